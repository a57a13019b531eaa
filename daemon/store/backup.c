/* SPDX-License-Identifier: Apache-2.0
 * Backup and restore. A backup is a compacted copy, so that pages freed by erasure do not
 * travel, flushed, read through, and only then given its name; the manifest beside it
 * names the head of the chain, which is what makes a cut-off journal visible. A restore
 * trusts nothing that it gets: the copy is checked, and what is put in place is made anew
 * from its events. */
#include "check.h"

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
#define METOD_MANIFEST_ROW_FIELDS(F, R)                                                 \
	F(R, STR, table, 1, METOD_REQ, 1, 32, none, "Table")                            \
	F(R, U64, rows, 2, METOD_REQ, 0, METOD_ID_MAX, none, "Rows")
METOD_RECORD(metod_manifest_row, METOD_MANIFEST_ROW_FIELDS)
METOD_RECORD_DEFINE(metod_manifest_row, METOD_MANIFEST_ROW_FIELDS);
#define METOD_MANIFEST_FIELDS(F, R)                                                     \
	F(R, U64, format, 1, METOD_REQ, 1, 1000000, none, "Format")                      \
	F(R, U64, bytes, 2, METOD_REQ, 1, METOD_ID_MAX, none, "Bytes")                   \
	F(R, STR, blake2b, 3, METOD_REQ, HEX_BYTES, HEX_BYTES, none, "Digest, as b2sum -l 256") \
	F(R, U64, last_seq, 4, METOD_REQ, 1, METOD_ID_MAX, none, "Last sequence")        \
	F(R, U64, generation, 5, METOD_REQ, 1, METOD_ID_MAX, none, "Generation")         \
	F(R, STR, head, 6, METOD_REQ, HEX_BYTES, HEX_BYTES, none, "Head of the chain") \
	F(R, U64, events, 7, 0, 0, METOD_ID_MAX, none, "Events")                         \
	F(R, I64, last_at, 8, METOD_TIME, 0, METOD_ID_MAX, none, "Time of the last event") \
	F(R, RECS, rows, 9, 0, 0, SCHEMA_TABLES, metod_manifest_row, "Tables")
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

/* ---- digests ---- */

static bool digest_fd(int from, char ret_hex[HEX_BYTES + 1], uint64_t *ret_bytes)
{
	enum { CHUNK = 1 << 20 };
	uint8_t *chunk = metod_xmalloc(CHUNK), digest[HASH_BYTES];
	crypto_generichash_state state;
	uint64_t bytes = 0;
	ssize_t n;

	crypto_generichash_init(&state, NULL, 0, HASH_BYTES);
	while ((n = read(from, chunk, CHUNK)) > 0 || (n < 0 && errno == EINTR)) {
		if (n < 0)
			continue;
		crypto_generichash_update(&state, chunk, (size_t)n);
		bytes += (uint64_t)n;
	}
	crypto_generichash_final(&state, digest, HASH_BYTES);
	sodium_bin2hex(ret_hex, HEX_BYTES + 1, digest, HASH_BYTES);
	*ret_bytes = bytes;
	free(chunk);
	return n == 0;
}

static enum metod_err digest_of(const char *path, char ret_hex[HEX_BYTES + 1],
    uint64_t *ret_bytes, struct metod_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum metod_err e = METOD_OK;

	if (fd < 0 || !digest_fd(fd, ret_hex, ret_bytes))
		e = fail_errno(err, path);
	if (fd >= 0)
		close(fd);
	return e;
}

/* ---- manifest ---- */

static void list_rows(const struct store_state *state, struct metod_manifest *manifest,
    struct metod_arena *arena)
{
	manifest->rows.p = METOD_NEWS(arena, SCHEMA_TABLES, struct metod_manifest_row);
	for (unsigned i = 0; i < SCHEMA_TABLES; i++) {
		const struct schema_table *table = metod_schema_table(i);

		if (table)
			manifest->rows.p[manifest->rows.n++] =
			    (struct metod_manifest_row){
				metod_str(table->name), state->rows[i]};
	}
}

static enum metod_err write_manifest(const char *to, const char *hex, uint64_t bytes,
    const struct store_state *state, const struct metod_verify_report *report,
    struct metod_error *err)
{
	static const struct metod_emit how = {
	    .output = METOD_OUT_JSON, .schema = "metod.backup/1"};
	struct metod_arena *arena = metod_arena_new();
	struct metod_manifest manifest = {.format = metod_store_format,
	    .bytes = bytes,
	    .blake2b = metod_str(hex),
	    .last_seq = state->seq,
	    .generation = state->generation,
	    .events = report->events,
	    .last_at = report->last_ms};
	char *path = beside(to, ".json"), head[HEX_BYTES + 1];
	struct metod_buf text = {0};
	enum metod_err e;

	sodium_bin2hex(head, sizeof(head), state->head, HASH_BYTES);
	manifest.head = metod_str(head);
	list_rows(state, &manifest, arena);
	e = metod_emit(&metod_manifest_desc, &manifest, &how, &text, err);
	if (!e)
		e = metod_dir_write(path, metod_buf_view(&text), err);
	metod_buf_done(&text);
	metod_arena_free(arena);
	free(path);
	return e;
}

/* NOT_FOUND: a backup without manifest; it is verified all the same. */
static enum metod_err read_manifest(const char *backup, struct metod_arena *arena,
    struct metod_manifest *ret, struct metod_error *err)
{
	char *path = beside(backup, ".json");
	char text[16384];
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
	if (!e && ret->format > metod_store_format)
		e = metod_fail(err, METOD_VERSION, path,
		    "the backup has format %llu, this program knows up to %u",
		    (unsigned long long)ret->format, metod_store_format);
	if (fd >= 0)
		close(fd);
	free(path);
	return e;
}

/* ---- backup ---- */

struct copy_task {
	const char *file, *to;
	MDB_env *mdb; /* open here; NULL: `file` is opened by a process of its own */
	enum metod_err result;
	struct metod_error err;
};

static enum metod_err write_pages(struct copy_task *task, MDB_env *mdb)
{
	int fd = open(task->to, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600), rc;
	enum metod_err e = METOD_OK;

	if (fd < 0)
		return fail_errno(&task->err, task->to);
	rc = mdb_env_copyfd2(mdb, fd, MDB_CP_COMPACT);
	if (rc == EFAULT) /* a page names more pages than there are */
		rc = MDB_CORRUPTED;
	if (rc)
		e = metod_fail(
		    &task->err, metod_env_err(rc), task->to, "%s", mdb_strerror(rc));
	else if (fsync(fd))
		e = fail_errno(&task->err, task->to);
	close(fd);
	return e;
}

static void copy_here(void *arg)
{
	struct copy_task *task = arg;
	struct store_env env = {0};

	if (!task->mdb)
		task->result = metod_env_open(&env, task->file, ENV_READ, 0, &task->err);
	if (!task->result)
		task->result = write_pages(task, task->mdb ? task->mdb : env.mdb);
	metod_env_close(&env);
}

/* Damaged pages may end the copying; then only a child ends. The gate: LMDB's own read
 * transaction must not see the map move, nor the file be exchanged. */
enum metod_err metod_store_copy(
    struct metod_store *store, const char *to, struct metod_error *err)
{
	struct copy_task task = {.file = store->file,
	    .to = to,
	    .mdb = metod_apart_possible() ? NULL : store->env.mdb};
	enum metod_err e;

	metod_gate_enter(store);
	e = metod_apart(&task, sizeof(task), copy_here, store->file, err);
	metod_gate_leave(store);
	if (!e && task.result && err)
		*err = task.err;
	return e ? e : task.result;
}

/* The copy gets its name when it has been read through and described. */
static enum metod_err name_copy(const char *tmp, const char *to,
    struct store_state *ret_state, struct metod_error *err)
{
	struct metod_verify_report report;
	char hex[HEX_BYTES + 1];
	uint64_t bytes = 0;
	enum metod_err e = metod_verify_file(tmp, NULL, NULL, &report, ret_state, err);

	if (!e)
		e = digest_of(tmp, hex, &bytes, err);
	if (!e)
		e = write_manifest(to, hex, bytes, ret_state, &report, err);
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

	if (!access(to, F_OK)) {
		e = metod_fail(err, METOD_CONFLICT, to, "the file exists");
	} else {
		unlink(tmp); /* of a backup that was cut short */
		e = metod_store_copy(store, tmp, err);
		if (!e)
			e = name_copy(tmp, to, &state, err);
		if (e)
			unlink(tmp);
	}
	if (!e)
		*ret_last_seq = state.seq;
	free(tmp);
	return e;
}

/* ---- checking a copy ---- */

/* Is it the very file that was checked when the copy was made? */
static enum metod_err compare_digest(
    const char *backup, const struct metod_manifest *manifest, struct metod_error *err)
{
	char hex[HEX_BYTES + 1];
	uint64_t bytes;
	enum metod_err e = digest_of(backup, hex, &bytes, err);

	if (!e && !metod_str_is(manifest->blake2b, hex))
		e = metod_fail(err, METOD_DAMAGED, backup,
		    "is not the file that its manifest describes");
	return e;
}

static enum metod_err compare_state(const char *backup,
    const struct metod_manifest *manifest, const struct store_state *state,
    struct metod_error *err)
{
	char head[HEX_BYTES + 1];

	sodium_bin2hex(head, sizeof(head), state->head, HASH_BYTES);
	if (manifest->last_seq == state->seq &&
	    manifest->generation == state->generation &&
	    metod_str_is(manifest->head, head))
		return METOD_OK;
	return metod_fail(
	    err, METOD_DAMAGED, backup, "ends elsewhere than its manifest says");
}

static enum metod_err check_copy(const char *backup, const char *scratch,
    bool *ret_described, struct metod_verify_report *ret, struct store_state *ret_state,
    struct metod_error *err)
{
	struct metod_arena *arena = metod_arena_new();
	struct metod_manifest manifest;
	enum metod_err described = read_manifest(backup, arena, &manifest, err);
	enum metod_err e = described == METOD_NOT_FOUND ? METOD_OK : described;

	*ret_described = !described;
	if (!e && access(backup, R_OK))
		e = fail_errno(err, backup);
	if (!e && !described)
		e = compare_digest(backup, &manifest, err);
	if (!e)
		e = metod_verify_file(backup, scratch, NULL, ret, ret_state, err);
	if (!e && !described)
		e = compare_state(backup, &manifest, ret_state, err);
	metod_arena_free(arena);
	return e;
}

enum metod_err metod_store_verify_copy(const char *file, const char *scratch,
    bool *ret_described, struct metod_verify_report *ret, struct metod_error *err)
{
	struct store_state state;

	*ret = (struct metod_verify_report){0};
	return check_copy(file, scratch, ret_described, ret, &state, err);
}

enum metod_err metod_store_copy_intact(const char *file, struct metod_error *err)
{
	struct metod_arena *arena = metod_arena_new();
	struct metod_manifest manifest;
	enum metod_err e = read_manifest(file, arena, &manifest, err);

	if (!e)
		e = compare_digest(file, &manifest, err);
	metod_arena_free(arena);
	return e;
}

/* ---- restore ---- */

/* Sequence numbers may repeat after an older backup; the generation tells the receipts
 * apart. */
static enum metod_err put_in_place(const char *backup, const char *dir, const char *aside,
    const struct store_state *state, struct metod_error *err)
{
	char *new = metod_dir_path(dir, "store.mdb.new");
	char *file = metod_dir_path(dir, "store.mdb"), *old = metod_dir_path(dir, aside);
	struct metod_verify_report report;
	enum metod_err e;

	unlink(new);
	e = metod_replay_file(backup, new, state->seq, metod_store_generation(), err);
	if (!e)
		e = metod_verify_file(new, NULL, NULL, &report, NULL, err);
	if (!e)
		e = metod_dir_swap(dir, new, access(file, F_OK) ? NULL : old, err);
	unlink(new);
	free(old);
	free(file);
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
    const char *backup, const char *dir, const char *aside, struct metod_error *err)
{
	struct metod_verify_report report = {0};
	struct store_state state;
	bool described;
	enum metod_err e = METOD_OK;
	int lock = -1;

	if (sodium_init() < 0)
		e = metod_fail(err, METOD_FAILED, "", "libsodium has no random source");
	if (!e)
		e = prepare_dir(dir, err);
	if (!e)
		e = metod_dir_lock(dir, &lock, err);
	if (!e)
		metod_store_sweep(dir);
	if (!e)
		e = check_copy(backup, dir, &described, &report, &state, err);
	if (!e)
		e = put_in_place(backup, dir, aside, &state, err);
	if (lock >= 0)
		close(lock);
	return e;
}

enum metod_err metod_store_restore_plan(const char *backup, const char *dir,
    const char *scratch, struct metod_restore_plan *ret, struct metod_error *err)
{
	struct metod_error why = {0};
	struct store_state state;
	enum metod_err e;

	*ret = (struct metod_restore_plan){0};
	e = check_copy(backup, scratch, &ret->described, &ret->copy, &state, err);
	if (!e)
		e = metod_store_look(backup, NULL, &ret->of_copy, err);
	if (e)
		return e;
	ret->in_place = metod_dir_format_check(dir, &why);
	if (!ret->in_place)
		ret->in_place =
		    metod_store_look(dir, &ret->of_copy.head, &ret->now, &why);
	return METOD_OK;
}
