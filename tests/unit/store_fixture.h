/* SPDX-License-Identifier: Apache-2.0
 * For the tests of the store: a store on a real LMDB file in a fresh directory, commands
 * that are waited for, a blocker that makes one batch of many, and a few records. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "metod/store.h"

/* ---- a store in its own directory ---- */

struct fixture {
	char dir[64];
	struct metod_store_config config;
	struct metod_store *store;
	struct metod_arena *arena;
};

static const struct metod_meta meta = {
    .one = 1, .zone = {"Europe/Samara", 13}, .young_age = 35, .young_years = 3};

static inline void open_store(struct fixture *f)
{
	struct metod_error err = {0};
	enum metod_err e = metod_store_open(&f->config, &f->store, &err);

	if (e)
		fail_msg("open: %s: %s", err.field, err.message);
}

static inline void close_store(struct fixture *f)
{
	metod_store_close(f->store);
	f->store = NULL;
}

static inline void start(struct fixture *f, size_t map_bytes, size_t map_max)
{
	*f =
	    (struct fixture){.dir = "/tmp/test_store_XXXXXX", .arena = metod_arena_new()};
	assert_non_null(mkdtemp(f->dir));
	f->config = (struct metod_store_config){
	    .dir = f->dir, .map_bytes = map_bytes, .map_max = map_max};
	assert_int_equal(metod_store_create(&f->config, &meta, 1000, NULL), METOD_OK);
	open_store(f);
}

static inline void path_in(char *out, size_t n, const char *dir, const char *name)
{
	assert_in_range(snprintf(out, n, "%s/%s", dir, name), 1, n - 1);
}

static inline void remove_dir(const char *dir)
{
	DIR *list = opendir(dir);
	struct dirent *entry;
	char path[512];

	while (list && (entry = readdir(list))) {
		path_in(path, sizeof(path), dir, entry->d_name);
		unlink(path);
	}
	if (list)
		closedir(list);
	rmdir(dir);
}

static inline void stop(struct fixture *f)
{
	metod_store_close(f->store);
	metod_arena_free(f->arena);
	remove_dir(f->dir);
}

/* ---- commands ---- */

struct work {
	struct metod_job job;
	enum metod_err (*fn)(struct metod_txn *txn, void *arg);
	void *arg;
	atomic_uint runs;
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	bool finished;
	enum metod_err result;
};

static inline enum metod_err do_work(struct metod_job *job, struct metod_txn *txn)
{
	struct work *work = (struct work *)job;

	atomic_fetch_add(&work->runs, 1);
	metod_record_as(txn, 7, 5000);
	return work->fn(txn, work->arg);
}

static inline void finish(struct metod_job *job, enum metod_err result)
{
	struct work *work = (struct work *)job;

	pthread_mutex_lock(&work->mutex);
	work->finished = true;
	work->result = result;
	pthread_cond_signal(&work->cond);
	pthread_mutex_unlock(&work->mutex);
}

static inline enum metod_err submit(struct fixture *f, struct work *work,
    enum metod_err (*fn)(struct metod_txn *, void *), void *arg)
{
	*work = (struct work){.job = {.work = do_work, .done = finish},
	    .fn = fn,
	    .arg = arg,
	    .mutex = PTHREAD_MUTEX_INITIALIZER,
	    .cond = PTHREAD_COND_INITIALIZER};
	return metod_store_submit(f->store, &work->job);
}

static inline enum metod_err wait_for(struct work *work)
{
	pthread_mutex_lock(&work->mutex);
	while (!work->finished)
		pthread_cond_wait(&work->cond, &work->mutex);
	pthread_mutex_unlock(&work->mutex);
	return work->result;
}

static inline enum metod_err run(
    struct fixture *f, enum metod_err (*fn)(struct metod_txn *, void *), void *arg)
{
	struct work work;

	assert_int_equal(submit(f, &work, fn, arg), METOD_OK);
	return wait_for(&work);
}

/* Holds the writer thread so that what is submitted meanwhile becomes one batch. */
struct blocker {
	struct work work;
	atomic_bool running, release;
};

static inline enum metod_err block(struct metod_txn *txn, void *arg)
{
	struct blocker *blocker = arg;

	(void)txn;
	atomic_store(&blocker->running, true);
	while (!atomic_load(&blocker->release))
		usleep(200);
	return METOD_OK;
}

static inline void hold(struct fixture *f, struct blocker *blocker)
{
	*blocker = (struct blocker){0};
	assert_int_equal(submit(f, &blocker->work, block, blocker), METOD_OK);
	while (!atomic_load(&blocker->running))
		usleep(200);
}

static inline void release(struct blocker *blocker)
{
	atomic_store(&blocker->release, true);
	assert_int_equal(wait_for(&blocker->work), METOD_OK);
}

/* ---- records ---- */

static inline struct metod_org org(uint64_t id, const char *code, uint64_t parent)
{
	return (struct metod_org){.id = id,
	    .code = metod_str(code),
	    .name = METOD_STR("School"),
	    .kind = METOD_STR("school"),
	    .parent = parent};
}

static inline enum metod_err put_org(struct metod_txn *txn, void *arg)
{
	metod_record(txn, METOD_E_ORG_PUT, arg);
	return METOD_OK;
}

static inline enum metod_err put_org_and_refuse(struct metod_txn *txn, void *arg)
{
	metod_record(txn, METOD_E_ORG_PUT, arg);
	return METOD_CONFLICT;
}

static inline void add_org(
    struct fixture *f, uint64_t id, const char *code, uint64_t parent)
{
	struct metod_org row = org(id, code, parent);

	assert_int_equal(run(f, put_org, &row), METOD_OK);
}

static inline struct metod_message message(uint64_t id, uint64_t person, const char *text)
{
	return (struct metod_message){.id = id,
	    .person = person,
	    .sending = 1,
	    .competency = METOD_STR("A1"),
	    .text = metod_str(text),
	    .deadline = METOD_NIL,
	    .at = 1,
	    .state = METOD_STR("delivered")};
}

static inline enum metod_err put_message(struct metod_txn *txn, void *arg)
{
	metod_record(txn, METOD_E_MESSAGE_PUT, arg);
	return METOD_OK;
}

static inline struct metod_txn *snapshot(struct fixture *f)
{
	struct metod_txn *txn;

	assert_int_equal(metod_read_begin(f->store, &txn), METOD_OK);
	return txn;
}

static inline enum metod_err get_org(
    struct fixture *f, uint64_t id, struct metod_org *ret)
{
	struct metod_txn *txn = snapshot(f);
	struct metod_org key = {.id = id};
	enum metod_err e = metod_get(txn, METOD_T_ORG, &key, f->arena, ret);

	metod_read_end(txn);
	return e;
}

static inline uint64_t last_seq(struct fixture *f)
{
	struct metod_txn *txn = snapshot(f);
	uint64_t seq = metod_journal_last(txn);

	metod_read_end(txn);
	return seq;
}

/* Closes, verifies with replay, opens again. */
static inline struct metod_verify_report verify_ok(struct fixture *f)
{
	struct metod_verify_report report;
	struct metod_error err = {0};
	enum metod_err e;

	close_store(f);
	e = metod_store_verify(f->dir, "/tmp", &report, &err);
	if (e)
		fail_msg("verify: %s %s", err.field, err.message);
	open_store(f);
	return report;
}

static inline enum metod_err put_wants(struct metod_txn *txn, void *arg)
{
	metod_record(txn, METOD_E_WANTS_PUT, arg);
	return METOD_OK;
}

static inline enum metod_err put_user(struct metod_txn *txn, void *arg)
{
	metod_record(txn, METOD_E_USER_PUT, arg);
	return METOD_OK;
}

static inline enum metod_err put_association(struct metod_txn *txn, void *arg)
{
	metod_record(txn, METOD_E_ASSOCIATION_PUT, arg);
	return METOD_OK;
}

/* A command with two events and an idempotency key. */
struct keyed {
	struct metod_org org;
	struct metod_str key, reply;
	uint64_t person, actor; /* actor 0: 7 */
};

static const uint8_t keyed_digest[16] = {1, 2, 3};

static inline enum metod_err put_keyed(struct metod_txn *txn, void *arg)
{
	struct keyed *keyed = arg;

	metod_record(txn, METOD_E_ORG_PUT, &keyed->org);
	metod_record(txn, METOD_E_ORG_PUT, &keyed->org);
	metod_record_key(txn, keyed->actor ? keyed->actor : 7, keyed->key, keyed_digest,
	    keyed->reply, keyed->person);
	return METOD_OK;
}

/* ---- files ---- */

static inline struct metod_buf read_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	struct metod_buf all = {0};
	char chunk[65536];
	size_t n;

	while (file && (n = fread(chunk, 1, sizeof(chunk), file)) > 0)
		metod_buf_add(&all, chunk, n);
	if (file)
		fclose(file);
	return all;
}

static inline void write_file(const char *path, const void *bytes, size_t n)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, n, file), n);
	assert_int_equal(fclose(file), 0);
}
