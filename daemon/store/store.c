/* SPDX-License-Identifier: Apache-2.0
 * Life of a store: creation, opening, closing, figures about it.
 * One daemon per store, kept by a lock; an unknown format is refused before anything is
 * touched. */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "metod/log.h"

static const size_t map_default = (size_t)64 << 30, map_limit = (size_t)1 << 40;

static struct metod_store_config with_defaults(const struct metod_store_config *config)
{
	struct metod_store_config full = *config;

	if (!full.map_bytes)
		full.map_bytes = map_default;
	if (!full.map_max)
		full.map_max = map_limit;
	if (full.map_max < full.map_bytes)
		full.map_max = full.map_bytes;
	if (!full.batch_max || full.batch_max > METOD_BATCH_MAX)
		full.batch_max = METOD_BATCH_MAX;
	return full;
}

static enum metod_err ready(struct metod_error *err)
{
	if (sodium_init() < 0)
		return metod_fail(
		    err, METOD_FAILED, "", "libsodium has no random source");
	metod_schema_init();
	return METOD_OK;
}

/* ---- creation ---- */

static enum metod_err make_dir(const char *dir, struct metod_error *err)
{
	if (!mkdir(dir, 0700))
		return metod_dir_sync_parent(dir, err);
	if (errno == EEXIST)
		return METOD_OK;
	return metod_fail(err, METOD_IO, dir, "%s", strerror(errno));
}

static enum metod_err first_event(
    struct store_env *env, const struct metod_meta *meta, int64_t now_ms)
{
	struct metod_arena *arena = metod_arena_new();
	struct recording *recording = metod_recording_new(NULL);
	struct metod_txn txn;
	enum metod_err e = metod_txn_begin(&txn, env, true);

	if (!e) {
		txn.recording = recording;
		txn.state.generation = metod_store_generation();
		metod_record_as(&txn, 0, now_ms);
		metod_record(&txn, METOD_E_STORE_CREATED, meta);
		e = metod_recording_apply(&txn, arena);
		if (e)
			metod_txn_abort(&txn);
		else
			e = metod_env_err(metod_txn_commit(&txn));
	}
	metod_recording_free(recording);
	metod_arena_free(arena);
	return e;
}

uint64_t metod_store_generation(void)
{
	uint64_t number;

	randombytes_buf(&number, sizeof(number));
	return number % ((1ULL << 53) - 1) + 1;
}

/* Under another name until it is whole. */
static enum metod_err create_file(const struct metod_store_config *config,
    const char *file, const struct metod_meta *meta, int64_t now_ms,
    struct metod_error *err)
{
	char *new = metod_dir_path(config->dir, "store.mdb.new");
	char *new_lock = metod_dir_lock_path(new);
	struct store_env env;
	enum metod_err e;

	unlink(new);
	e = metod_env_open(
	    &env, new, config->nosync ? ENV_NOSYNC : ENV_WRITE, config->map_bytes, err);
	if (!e) {
		e = first_event(&env, meta, now_ms);
		if (e)
			metod_fail(err, e, file, "%s", metod_err_text(e));
		metod_env_close(&env);
	}
	if (!e)
		e = metod_dir_format_write(config->dir, err);
	if (!e)
		e = metod_dir_rename(new, file, err);
	unlink(new);
	unlink(new_lock);
	free(new_lock);
	free(new);
	return e;
}

enum metod_err metod_store_create(const struct metod_store_config *config,
    const struct metod_meta *meta, int64_t now_ms, struct metod_error *err)
{
	struct metod_store_config full = with_defaults(config);
	char *file = metod_dir_path(full.dir, "store.mdb");
	int lock = -1;
	enum metod_err e = ready(err);

	if (!e)
		e = make_dir(full.dir, err);
	if (!e && !access(file, F_OK))
		e = metod_fail(err, METOD_CONFLICT, file, "there is a store already");
	if (!e)
		e = metod_dir_lock(full.dir, &lock, err);
	if (!e)
		e = create_file(&full, file, meta, now_ms, err);
	if (lock >= 0)
		close(lock);
	free(file);
	return e;
}

/* ---- opening and closing ---- */

/* The last event and the state must agree; the whole check is metod_store_verify. */
static enum metod_err check_tail(
    struct store_env *env, const char *file, struct metod_error *err)
{
	struct metod_arena *arena = metod_arena_new();
	struct store_state state = {0};
	struct store_entry last;
	struct metod_event after;
	struct metod_txn txn;
	enum metod_err e = metod_txn_begin(&txn, env, false);

	if (!e) {
		e = metod_state_load(&txn, &state);
		if (!e)
			e = metod_journal_get(&txn, state.seq, arena, &last);
		if (e == METOD_NOT_FOUND ||
		    (!e &&
			(memcmp(last.hash, state.head, HASH_BYTES) ||
			    metod_journal_read(&txn, state.seq + 1, arena, &after) !=
				METOD_NOT_FOUND)))
			e = METOD_DAMAGED;
		metod_txn_abort(&txn);
	}
	metod_arena_free(arena);
	if (e == METOD_VERSION)
		return metod_fail(
		    err, e, file, "was written by a newer version of metod");
	if (e == METOD_DAMAGED)
		return metod_fail(
		    err, e, file, "the end of the journal does not agree with the state");
	return e ? metod_fail(err, e, file, "%s", metod_err_text(e)) : METOD_OK;
}

static struct metod_store *new_store(const struct metod_store_config *config)
{
	struct metod_store *store = metod_xcalloc(1, sizeof(*store));
	pthread_condattr_t monotonic;

	store->config = with_defaults(config);
	store->dir = metod_xstrdup(config->dir);
	store->config.dir = store->dir;
	store->file = metod_dir_path(store->dir, "store.mdb");
	store->lock_fd = -1;
	store->last = &store->first;
	pthread_mutex_init(&store->read_mutex, NULL);
	pthread_cond_init(&store->read_cond, NULL);
	pthread_mutex_init(&store->queue_mutex, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&store->queue_cond, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_cond_init(&store->chore_cond, NULL);
	return store;
}

static void free_store(struct metod_store *store)
{
	metod_readers_free(store);
	metod_env_close(&store->env);
	if (store->lock_fd >= 0)
		close(store->lock_fd);
	pthread_cond_destroy(&store->chore_cond);
	pthread_cond_destroy(&store->queue_cond);
	pthread_mutex_destroy(&store->queue_mutex);
	pthread_cond_destroy(&store->read_cond);
	pthread_mutex_destroy(&store->read_mutex);
	free(store->file);
	free(store->dir);
	free(store);
}

/* Before anything of an older file is opened for writing. */
static enum metod_err check_format(const char *file, struct metod_error *err)
{
	struct store_state state = {0};
	struct store_env env;
	struct metod_txn txn;
	enum metod_err e = metod_env_open(&env, file, ENV_LOOK, 0, err);

	if (e)
		return e;
	e = metod_txn_begin(&txn, &env, false);
	if (!e)
		metod_state_load(&txn, &state); /* check_tail tells of damage */
	metod_txn_abort(&txn);
	metod_env_close(&env);
	if (!state.format || state.format >= metod_store_format)
		return METOD_OK;
	metod_fail(err, METOD_VERSION, file,
	    "has the older format %u; this program has %u", state.format,
	    metod_store_format);
	return metod_hint(
	    err, "make a new file of it, the old one is kept: metodctl store upgrade");
}

static enum metod_err open_file(struct metod_store *store, struct metod_error *err)
{
	const struct metod_store_config *config = &store->config;
	enum metod_err e = METOD_OK;

	if (access(store->file, F_OK)) /* LMDB would make a new one */
		e = metod_fail(
		    err, METOD_DAMAGED, store->file, "the file of the store is missing");
	if (!e)
		e = check_format(store->file, err);
	if (!e)
		e = metod_env_open(&store->env, store->file,
		    config->nosync ? ENV_NOSYNC : ENV_WRITE, config->map_bytes, err);
	if (!e)
		e = check_tail(&store->env, store->file, err);
	if (!e) {
		metod_store_sweep(store->dir);
		metod_erased_look(store);
		metod_store_tick(store);
	}
	return e;
}

enum metod_err metod_store_open(const struct metod_store_config *config,
    struct metod_store **ret_store, struct metod_error *err)
{
	struct metod_store *store;
	enum metod_err e = ready(err);
	int rc;

	if (!e)
		e = metod_dir_format_check(config->dir, err);
	if (e)
		return e;
	store = new_store(config);
	e = metod_dir_lock(store->dir, &store->lock_fd, err);
	if (!e)
		e = open_file(store, err);
	if (!e) {
		rc = pthread_create(&store->writer, NULL, metod_writer_main, store);
		if (rc)
			e = metod_fail(
			    err, METOD_FAILED, "", "no thread: %s", strerror(rc));
	}
	if (e) {
		free_store(store);
		return e;
	}
	*ret_store = store;
	return METOD_OK;
}

void metod_store_close(struct metod_store *store)
{
	if (!store)
		return;
	pthread_mutex_lock(&store->queue_mutex);
	store->closing = true;
	pthread_cond_signal(&store->queue_cond);
	pthread_mutex_unlock(&store->queue_mutex);
	pthread_join(store->writer, NULL);
	free_store(store);
}

/* ---- figures ---- */

void metod_store_tick(struct metod_store *store)
{
	int dead = 0, rc;

	metod_gate_enter(store);
	rc = mdb_reader_check(store->env.mdb, &dead);
	metod_gate_leave(store);
	if (rc || dead)
		metod_log(METOD_LOG_NOTICE, "store",
		    "event=reader_check cleared=%d result=%d", dead, rc);
}

static uint64_t oldest_reader_ms(
    struct metod_store *store, const struct metod_txn *except)
{
	int64_t now = metod_monotonic_ms(), oldest = now;

	pthread_mutex_lock(&store->read_mutex);
	for (const struct metod_txn *txn = store->readers; txn; txn = txn->next) {
		if (txn != except && txn->begin_ms && txn->begin_ms < oldest)
			oldest = txn->begin_ms;
	}
	pthread_mutex_unlock(&store->read_mutex);
	return (uint64_t)(now - oldest);
}

static void table_rows(const struct store_state *state, struct metod_store_stat *ret)
{
	for (unsigned i = 0; i < SCHEMA_TABLES && ret->n_tables < METOD_LEN(ret->tables);
	     i++) {
		const struct schema_table *table = metod_schema_table(i);

		if (!table)
			continue;
		ret->tables[ret->n_tables].name = table->name;
		ret->tables[ret->n_tables++].rows = state->rows[i];
	}
}

enum metod_err metod_store_stat(struct metod_store *store, struct metod_store_stat *ret)
{
	struct metod_store_stat stats = {0};
	struct store_state state = {0};
	struct metod_txn *txn;
	struct statvfs disk;
	struct stat file;
	MDB_envinfo info;
	MDB_stat env;
	enum metod_err e = metod_read_begin(store, &txn);

	if (e)
		return e;
	e = metod_state_load(txn, &state);
	if (!e) {
		/* Inside the read transaction: the map does not move meanwhile. */
		mdb_env_info(store->env.mdb, &info);
		mdb_env_stat(store->env.mdb, &env);
		stats.map_bytes = info.me_mapsize;
		stats.used_bytes = (info.me_last_pgno + 1) * env.ms_psize;
		stats.readers_oldest_ms = oldest_reader_ms(store, txn);
	}
	metod_read_end(txn);
	if (e)
		return e;
	stats.journal_last = state.seq;
	stats.generation = state.generation;
	stats.head.seq = state.seq;
	memcpy(stats.head.hash, state.head, HASH_BYTES);
	table_rows(&state, &stats);
	if (!stat(store->file, &file))
		stats.file_bytes = (uint64_t)file.st_size;
	if (!statvfs(store->dir, &disk))
		stats.free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
	pthread_mutex_lock(&store->queue_mutex);
	stats.batches = store->batches;
	stats.commands = store->commands;
	stats.queued = store->queued;
	stats.refusing = store->refusing;
	pthread_mutex_unlock(&store->queue_mutex);
	*ret = stats;
	return METOD_OK;
}
