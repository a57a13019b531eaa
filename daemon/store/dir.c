/* SPDX-License-Identifier: Apache-2.0
 * Files of the data directory beside LMDB: FORMAT, lock, temporary files, renames.
 * LMDB does not flush the folder after it creates a file; this file does, and after every
 * rename.
 */
#include "internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static char *join(const char *a, const char *b, const char *c)
{
	size_t n = strlen(a) + strlen(b) + strlen(c) + 1;
	char *path = metod_xmalloc(n);

	snprintf(path, n, "%s%s%s", a, b, c);
	return path;
}

char *metod_dir_path(const char *dir, const char *name)
{
	return join(dir, "/", name);
}

char *metod_dir_store(const char *file_or_dir)
{
	struct stat kind;
	bool is_dir = !stat(file_or_dir, &kind) && S_ISDIR(kind.st_mode);

	return is_dir ? metod_dir_path(file_or_dir, "store.mdb")
		      : metod_xstrdup(file_or_dir);
}

char *metod_dir_lock_path(const char *file)
{
	return join(file, "-lock", "");
}

static enum metod_err fail_errno(struct metod_error *err, const char *path)
{
	int code = errno;

	return metod_fail(
	    err, metod_env_err(code ? code : EIO), path, "%s", strerror(code));
}

enum metod_err metod_dir_sync(const char *dir, struct metod_error *err)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum metod_err e = METOD_OK;

	if (fd < 0)
		return fail_errno(err, dir);
	if (fsync(fd))
		e = fail_errno(err, dir);
	close(fd);
	return e;
}

enum metod_err metod_dir_sync_parent(const char *file, struct metod_error *err)
{
	const char *slash = strrchr(file, '/');
	char *dir = metod_xstrdup(slash == file ? "/" : slash ? file : ".");
	enum metod_err e;

	if (slash && slash != file)
		dir[slash - file] = 0;
	e = metod_dir_sync(dir, err);
	free(dir);
	return e;
}

enum metod_err metod_dir_rename(const char *from, const char *to, struct metod_error *err)
{
	if (rename(from, to))
		return fail_errno(err, to);
	return metod_dir_sync_parent(to, err);
}

enum metod_err metod_dir_write(
    const char *path, struct metod_str text, struct metod_error *err)
{
	char *tmp = join(path, ".tmp", "");
	int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	enum metod_err e = METOD_OK;

	if (fd < 0) {
		e = fail_errno(err, tmp);
	} else {
		ssize_t n = write(fd, text.p, text.n);

		if (n >= 0 && (size_t)n < text.n)
			errno = ENOSPC;
		if (n < 0 || (size_t)n < text.n || fsync(fd))
			e = fail_errno(err, tmp);
		close(fd);
		if (!e)
			e = metod_dir_rename(tmp, path, err);
		if (e)
			unlink(tmp);
	}
	free(tmp);
	return e;
}

static bool is_leftover(struct metod_str name)
{
	const struct metod_str tmp = METOD_STR(".tmp");

	return metod_str_starts(name, METOD_SCRATCH) ||
	    metod_str_starts(name, "store.mdb.new") ||
	    (name.n > tmp.n && !memcmp(name.p + name.n - tmp.n, tmp.p, tmp.n));
}

/* A check that was cut short has a folder with a store of its own. */
static void remove_leftover(int parent, const char *name)
{
	int fd;

	if (!unlinkat(parent, name, 0))
		return;
	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return;
	unlinkat(fd, "store.mdb", 0);
	unlinkat(fd, "store.mdb-lock", 0);
	close(fd);
	unlinkat(parent, name, AT_REMOVEDIR);
}

void metod_store_sweep(const char *dir)
{
	DIR *entries = opendir(dir);
	struct dirent *entry;

	while (entries && (entry = readdir(entries)))
		if (is_leftover(metod_str(entry->d_name)))
			remove_leftover(dirfd(entries), entry->d_name);
	if (entries)
		closedir(entries);
}

enum metod_err metod_dir_lock(const char *dir, int *ret_fd, struct metod_error *err)
{
	char *path = metod_dir_path(dir, "lock");
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	enum metod_err e = METOD_OK;

	/* flock and not fcntl: it also holds against a second open in this process. */
	if (fd < 0) {
		e = fail_errno(err, path);
	} else if (flock(fd, LOCK_EX | LOCK_NB)) {
		e = errno == EWOULDBLOCK ? metod_fail(err, METOD_LOCKED, path,
					       "another process serves this store")
					 : fail_errno(err, path);
		if (e == METOD_LOCKED)
			metod_hint(
			    err, "stop the other daemon, or give another data directory");
		close(fd);
	} else {
		*ret_fd = fd;
		metod_dir_adopt(dir, path, NULL);
	}
	free(path);
	return e;
}

enum metod_err metod_dir_adopt(const char *dir, const char *file, struct metod_error *err)
{
	struct stat owner;

	if (geteuid() != 0)
		return METOD_OK;
	if (stat(dir, &owner) || lchown(file, owner.st_uid, owner.st_gid))
		return fail_errno(err, file);
	return METOD_OK;
}

enum metod_err metod_dir_format_write(const char *dir, struct metod_error *err)
{
	char *path = metod_dir_path(dir, "FORMAT");
	char text[32];
	enum metod_err e;

	snprintf(text, sizeof(text), "metod %u\n", metod_store_format);
	e = metod_dir_write(path, metod_str(text), err);
	if (!e)
		e = metod_dir_adopt(dir, path, err);
	free(path);
	return e;
}

/* FORMAT comes first: a program that is too old must not open what follows. */
enum metod_err metod_dir_swap(
    const char *dir, const char *new, const char *aside, struct metod_error *err)
{
	char *file = metod_dir_path(dir, "store.mdb"), *lock = metod_dir_lock_path(file);
	enum metod_err e = metod_dir_adopt(dir, new, err);

	if (!e)
		e = metod_dir_format_write(dir, err);
	if (!e && aside &&
	    link(file, aside)) /* a second name; the rename takes the first */
		e = fail_errno(err, aside);
	if (!e && aside)
		e = metod_dir_sync(dir, err);
	if (!e) {
		unlink(lock); /* belongs to the file that goes */
		e = metod_dir_rename(new, file, err);
	}
	free(lock);
	free(file);
	return e;
}

static enum metod_err check_format(
    const char *path, struct metod_str text, struct metod_error *err)
{
	struct metod_str word = metod_str_cut(&text, ' ');
	uint64_t format;

	if (!metod_str_is(word, "metod") ||
	    !metod_str_u64(metod_str_trim(text), &format) || !format)
		return metod_fail(
		    err, METOD_DAMAGED, path, "is not the format file of a store");
	if (format <= metod_store_format)
		return METOD_OK;
	metod_fail(err, METOD_VERSION, path,
	    "the store has format %llu, this program knows up to %u",
	    (unsigned long long)format, metod_store_format);
	return metod_hint(
	    err, "install the version of metod that wrote it; nothing was changed");
}

enum metod_err metod_dir_format_check(const char *dir, struct metod_error *err)
{
	char *path = metod_dir_path(dir, "FORMAT");
	char text[64] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum metod_err e;

	if (fd < 0 && errno == ENOENT) {
		e = metod_fail(
		    err, METOD_NOT_FOUND, dir, "there is no store in this directory");
	} else if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0) {
		e = fail_errno(err, path);
	} else {
		e = check_format(path, metod_str(text), err);
	}
	if (fd >= 0)
		close(fd);
	free(path);
	return e;
}
