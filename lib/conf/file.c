/* SPDX-License-Identifier: Apache-2.0
 * Whole files of people, at most METOD_FILE_MAX bytes. Knows no format. */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum metod_err refuse(struct source *source, int number)
{
	switch (number) {
	case ENOENT:
	case ENOTDIR:
		conf_error(source, 0, 0, "there is no such file");
		return METOD_NOT_FOUND;
	case EACCES:
	case EPERM:
		conf_error(source, 0, 0, "no permission to read this file");
		return METOD_DENIED;
	default:
		conf_error(source, 0, 0, "the file cannot be read: %s", strerror(number));
		return METOD_IO;
	}
}

static enum metod_err too_big(struct source *source)
{
	conf_error(source, 0, 0, "the file is larger than %d MiB", METOD_FILE_MAX >> 20);
	return METOD_TOO_BIG;
}

/* A file may grow or shrink while it is read: `size` is only a hint for the room. */
static enum metod_err fill(
    int fd, size_t size, struct source *source, struct metod_str *ret)
{
	char *p = metod_arena_alloc(source->arena, size + 1);
	size_t n = 0;

	while (n <= size) {
		ssize_t got = read(fd, p + n, size + 1 - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return refuse(source, errno);
		if (got == 0)
			break;
		n += (size_t)got;
	}
	if (n > size) {
		conf_error(source, 0, 0, "the file changes while it is read");
		return METOD_IO;
	}
	*ret = (struct metod_str){p, n};
	return METOD_OK;
}

enum metod_err metod_file_read(const char *path, struct metod_arena *arena,
    struct metod_str *ret_bytes, struct metod_issues *issues)
{
	struct source source = {metod_arena_strz(arena, path), arena, issues};
	/* Non-blocking: opening a named pipe must not wait for a writer. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	enum metod_err e;
	struct stat st;

	if (fd < 0)
		return refuse(&source, errno);
	if (fstat(fd, &st) != 0) {
		e = refuse(&source, errno);
	} else if (!S_ISREG(st.st_mode)) {
		conf_error(&source, 0, 0, "this is not a regular file");
		e = METOD_IO;
	} else if (st.st_size > METOD_FILE_MAX) {
		e = too_big(&source);
	} else {
		e = fill(fd, (size_t)st.st_size, &source, ret_bytes);
	}
	close(fd);
	return e;
}
