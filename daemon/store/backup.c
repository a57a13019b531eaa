/* SPDX-License-Identifier: Apache-2.0
 * Backup and restore. A backup is a compacted copy, so that pages freed by erasure do not
 * travel, flushed, read through, and only then given its name; the manifest beside it
 * names the head of the chain, which is what makes a cut-off journal visible. A restore
 * trusts nothing that it gets. */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEX_BYTES = 2 * HASH_BYTES };

/* clang-format off */
#define METOD_MANIFEST_FIELDS(F, R)                                                     \
	F(R, U64, format, 1, METOD_REQ, 1, 1000000, none, "Format")                      \
	F(R, U64, bytes, 2, METOD_REQ, 1, METOD_ID_MAX, none, "Bytes")                   \
	F(R, STR, blake2b, 3, METOD_REQ, HEX_BYTES, HEX_BYTES, none, "Digest, as b2sum -l 256") \
	F(R, U64, last_seq, 4, METOD_REQ, 1, METOD_ID_MAX, none, "Last sequence")        \
	F(R, U64, generation, 5, METOD_REQ, 1, METOD_ID_MAX, none, "Generation")         \
	F(R, STR, head, 6, METOD_REQ, HEX_BYTES, HEX_BYTES, none, "Head of the chain")
/* clang-format on */
METOD_RECORD(metod_manifest, METOD_MANIFEST_FIELDS)
METOD_RECORD_DEFINE(metod_manifest, METOD_MANIFEST_FIELDS);

static char *beside(const char *file, const char *suffix)
{
	size_t n = strlen(file) + strlen(suffix) + 1;
	char *path = metod_xmalloc(n);

	snprintf(path, n, "%s%s", file, suffix);
	return path;
}

static enum metod_err fail_errno(struct metod_error *err, const char *path)
{
	int code = errno;

	return metod_fail(
	    err, metod_env_err(code ? code : EIO), path, "%s", strerror(code));
}

/* ---- bytes and digests ---- */

static bool write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno != EINTR)
			return false;
		p += done > 0 ? done : 0;
		n -= done > 0 ? (size_t)done : 0;
	}
	return true;
}

/* Reads `from` to its end, copies it to `to` unless that is negative. */
static bool digest_file(
    int from, int to, char ret_hex[HEX_BYTES + 1], uint64_t *ret_bytes)
{
	enum { CHUNK = 1 << 20 };
	char *chunk = metod_xmalloc(CHUNK);
	crypto_generichash_state state;
	uint8_t digest[HASH_BYTES];
	uint64_t bytes = 0;
	ssize_t n;

	crypto_generichash_init(&state, NULL, 0, HASH_BYTES);
	while ((n = read(from, chunk, CHUNK)) > 0 || (n < 0 && errno == EINTR)) {
		if (n < 0)
			continue;
		crypto_generichash_update(&state, (const uint8_t *)chunk, (size_t)n);
		bytes += (uint64_t)n;
		if (to >= 0 && !write_all(to, chunk, (size_t)n)) {
			n = -1;
			break;
		}
	}
	crypto_generichash_final(&state, digest, HASH_BYTES);
	sodium_bin2hex(ret_hex, HEX_BYTES + 1, digest, HASH_BYTES);
	*ret_bytes = bytes;
	free(chunk);
	return n == 0;
}

/* ---- manifest ---- */

static enum metod_err write_manifest(const char *to, const char *hex, uint64_t bytes,
    const struct store_state *state, struct metod_error *err)
{
	static const struct metod_emit how = {
	    .output = METOD_OUT_JSON, .schema = "metod.backup/1"};
	struct metod_manifest manifest = {.format = METOD_FORMAT_VERSION,
	    .bytes = bytes,
	    .blake2b = metod_str(hex),
	    .last_seq = state->seq,
	    .generation = state->generation};
	char *path = beside(to, ".json"), head[HEX_BYTES + 1];
	struct metod_buf text = {0};
	enum metod_err e;

	sodium_bin2hex(head, sizeof(head), state->head, HASH_BYTES);
	manifest.head = metod_str(head);
	e = metod_emit(&metod_manifest_desc, &manifest, &how, &text, err);
	if (!e)
		e = metod_dir_write(path, metod_buf_view(&text), err);
	metod_buf_done(&text);
	free(path);
	return e;
}

/* NOT_FOUND: a backup without manifest; it is verified all the same. */
static enum metod_err read_manifest(const char *backup, struct metod_arena *arena,
    struct metod_manifest *ret, struct metod_error *err)
{
	char *path = beside(backup, ".json");
	char text[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text));
	enum metod_err e;

	if (fd < 0 && errno == ENOENT)
		e = METOD_NOT_FOUND;
	else if (n < 0)
		e = fail_errno(err, path);
	else
		e = metod_load_json(&metod_manifest_desc,
		    (struct metod_str){text, (size_t)n}, true, arena, ret, err);
	if (!e && ret->format > METOD_FORMAT_VERSION)
		e = metod_fail(err, METOD_VERSION, path,
		    "the backup has format %llu, this program "
		    "knows up to %d",
		    (unsigned long long)ret->format, METOD_FORMAT_VERSION);
	if (fd >= 0)
		close(fd);
	free(path);
	return e;
}

/* ---- backup ---- */

static enum metod_err copy_out(
    struct metod_store *store, int fd, const char *path, struct metod_error *err)
{
	int rc;

	metod_gate_enter(
	    store); /* LMDB's own read transaction must not see the map move */
	rc = mdb_env_copyfd2(store->env.mdb, fd, MDB_CP_COMPACT);
	metod_gate_leave(store);
	if (rc)
		return metod_fail(err, metod_env_err(rc), path, "%s", mdb_strerror(rc));
	return fsync(fd) ? fail_errno(err, path) : METOD_OK;
}

static enum metod_err write_copy(struct metod_store *store, int fd, const char *tmp,
    const char *to, struct store_state *ret_state, struct metod_error *err)
{
	struct metod_verify_report report;
	char hex[HEX_BYTES + 1];
	uint64_t bytes = 0;
	enum metod_err e = copy_out(store, fd, tmp, err);

	if (!e)
		e = metod_verify_file(tmp, NULL, &report, ret_state, err);
	if (!e && (lseek(fd, 0, SEEK_SET) || !digest_file(fd, -1, hex, &bytes)))
		e = fail_errno(err, tmp);
	if (!e)
		e = write_manifest(to, hex, bytes, ret_state, err);
	if (!e)
		e = metod_dir_rename(tmp, to, err);
	return e;
}

enum metod_err metod_store_backup(struct metod_store *store, const char *to,
    uint64_t *ret_last_seq, struct metod_error *err)
{
	char *tmp = beside(to, ".tmp");
	struct store_state state;
	enum metod_err e;
	int fd = -1;

	if (!access(to, F_OK)) {
		e = metod_fail(err, METOD_CONFLICT, to, "the file exists");
	} else {
		unlink(tmp); /* of a backup that was cut short */
		fd = open(tmp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		e = fd < 0 ? fail_errno(err, tmp)
			   : write_copy(store, fd, tmp, to, &state, err);
	}
	if (fd >= 0) {
		close(fd);
		if (e)
			unlink(tmp);
	}
	if (!e)
		*ret_last_seq = state.seq;
	free(tmp);
	return e;
}

/* ---- restore ---- */

static enum metod_err copy_in(const char *backup, const char *new,
    const struct metod_manifest *manifest, struct metod_error *err)
{
	int from = open(backup, O_RDONLY | O_CLOEXEC), to = -1;
	char hex[HEX_BYTES + 1];
	uint64_t bytes;
	enum metod_err e = METOD_OK;

	if (from < 0)
		return fail_errno(err, backup);
	unlink(new);
	to = open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (to < 0 || !digest_file(from, to, hex, &bytes) || fsync(to))
		e = fail_errno(err, new);
	else if (manifest && !metod_str_is(manifest->blake2b, hex))
		e = metod_fail(err, METOD_DAMAGED, backup,
		    "is not the file that its manifest describes");
	close(from);
	if (to >= 0)
		close(to);
	return e;
}

/* Sequence numbers may repeat after an older backup; the generation tells the receipts
 * apart. */
static enum metod_err renew_generation(const char *file, struct metod_error *err)
{
	struct store_env env;
	struct metod_txn txn;
	struct stat size;
	enum metod_err e;

	if (stat(file, &size))
		return fail_errno(err, file);
	e = metod_env_open(&env, file, ENV_WRITE, (size_t)size.st_size + (1 << 20), err);
	if (e)
		return e;
	e = metod_txn_begin(&txn, &env, true);
	if (!e) {
		txn.state.generation = metod_store_generation();
		e = metod_env_err(metod_txn_commit(&txn));
	}
	metod_env_close(&env);
	return e ? metod_fail(err, e, file, "%s", metod_err_text(e)) : METOD_OK;
}

static enum metod_err put_in_place(const char *backup, const char *dir,
    const struct metod_manifest *manifest, struct metod_error *err)
{
	char *new = metod_dir_path(dir, "store.mdb.new"),
	     *new_lock = metod_dir_lock_path(new);
	char *file = metod_dir_path(dir, "store.mdb"),
	     *file_lock = metod_dir_lock_path(file);
	struct metod_verify_report report;
	enum metod_err e = copy_in(backup, new, manifest, err);

	if (!e)
		e = metod_verify_file(new, dir, &report, NULL, err);
	if (!e)
		e = renew_generation(new, err);
	if (!e)
		e = metod_dir_format_write(dir, err);
	unlink(new_lock);
	if (!e)
		unlink(file_lock); /* belongs to the file that goes */
	if (!e)
		e = metod_dir_rename(new, file, err);
	unlink(new);
	free(file_lock);
	free(file);
	free(new_lock);
	free(new);
	return e;
}

/* The folder to restore into: absent, or one whose format this program knows. */
static enum metod_err prepare_dir(const char *dir, struct metod_error *err)
{
	enum metod_err e = metod_dir_format_check(dir, err);

	if (e != METOD_NOT_FOUND)
		return e;
	return mkdir(dir, 0700) && errno != EEXIST ? fail_errno(err, dir) : METOD_OK;
}

enum metod_err metod_store_restore(
    const char *backup, const char *dir, struct metod_error *err)
{
	struct metod_arena *arena = metod_arena_new();
	struct metod_manifest manifest;
	enum metod_err described = read_manifest(backup, arena, &manifest, err);
	enum metod_err e = described == METOD_NOT_FOUND ? METOD_OK : described;
	int lock = -1;

	if (!e && sodium_init() < 0)
		e = metod_fail(err, METOD_FAILED, "", "libsodium has no random source");
	if (!e && access(backup, R_OK))
		e = fail_errno(err, backup);
	if (!e)
		e = prepare_dir(dir, err);
	if (!e)
		e = metod_dir_lock(dir, &lock, err);
	if (!e)
		e = put_in_place(backup, dir, described ? NULL : &manifest, err);
	if (lock >= 0)
		close(lock);
	metod_arena_free(arena);
	return e;
}
