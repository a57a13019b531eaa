/* SPDX-License-Identifier: Apache-2.0
 * The writer thread: queue, group commit, and what happens when the disk does not take
 * it. Invariant: done(METOD_OK) is called only after a commit with a real flush of
 * everything that the command wrote or saw. Knows nothing of what commands mean. */
#include "internal.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <time.h>

#include "metod/log.h"
#include "metod/metrics.h"

enum {
	/* LMDB: no transactions above 100,000 pages. A batch is closed early at this
	   size. */
	BATCH_BYTES = 32 * 1024 * 1024,
	/* Less than this free: do not even try to leave the refusing state. */
	ROOM_BYTES = 128 * 1024,
	/* A compaction is one long call of LMDB: minutes for a large store. */
	CHORE_MS = 30 * 60 * 1000,
};

/* How an attempt to write a batch ended. */
enum outcome {
	ENDED, /* every job has its result */
	GROW,  /* the map is full */
	NO_ROOM,
	APART, /* one of several jobs cannot be applied: run them one by one */
};

struct batch {
	struct metod_store *store;
	struct metod_txn txn;
	struct recording *recording;
	struct metod_arena *arena;
	bool refuse; /* no room: whoever records gets METOD_FULL */
};

/* ---- queue ---- */

enum metod_err metod_store_submit(struct metod_store *store, struct metod_job *job)
{
	enum metod_err e = METOD_OK;

	job->next = NULL;
	pthread_mutex_lock(&store->queue_mutex);
	if (store->closing || store->queued >= METOD_QUEUE_MAX) {
		e = METOD_BUSY;
	} else {
		if (!store->step_ms)
			store->step_ms = metod_monotonic_ms();
		*store->last = job;
		store->last = &job->next;
		store->queued++;
		pthread_cond_signal(&store->queue_cond);
	}
	pthread_mutex_unlock(&store->queue_mutex);
	return e;
}

/* Waits until as many commands as in the last batch have come, because the same callers
 * are likely to be back, but no longer than commit_ms. A single caller never waits. */
static void wait_for_company(struct metod_store *store, size_t last_batch)
{
	struct timespec until;
	int64_t ns;

	clock_gettime(CLOCK_MONOTONIC, &until);
	ns = until.tv_nsec + (int64_t)store->config.commit_ms * 1000000;
	until.tv_sec += ns / 1000000000;
	until.tv_nsec = ns % 1000000000;
	while (store->queued < last_batch && !store->closing) {
		if (pthread_cond_timedwait(
			&store->queue_cond, &store->queue_mutex, &until))
			break;
	}
}

/* Takes what is queued, at most batch_max, and the chore; nothing of both: the store is
 * closing. */
static size_t take(struct metod_store *store, struct metod_job **jobs, size_t last_batch,
    struct store_chore **ret_chore)
{
	size_t n = 0;

	pthread_mutex_lock(&store->queue_mutex);
	while (!store->queued && !store->chore && !store->closing) {
		store->step_ms = 0;
		pthread_cond_wait(&store->queue_cond, &store->queue_mutex);
	}
	store->step_ms = metod_monotonic_ms();
	*ret_chore = store->chore;
	store->chore = NULL;
	if (store->queued && store->config.commit_ms)
		wait_for_company(store, last_batch);
	while (store->first && n < store->config.batch_max) {
		jobs[n] = store->first;
		store->first = jobs[n++]->next;
	}
	if (!store->first)
		store->last = &store->first;
	store->queued -= n;
	pthread_mutex_unlock(&store->queue_mutex);
	return n;
}

bool metod_store_writer_moves(const struct metod_store *store, int64_t most_ms)
{
	int64_t since = store->step_ms;

	if (store->at_chore && most_ms < CHORE_MS)
		most_ms = CHORE_MS;
	return !since || metod_monotonic_ms() - since <= most_ms;
}

/* ---- trouble ---- */

_Noreturn void metod_store_fatal(struct metod_store *store, const char *why)
{
	metod_log(METOD_LOG_CRIT, "store", "event=fatal why=%s", why);
	if (store->config.fatal)
		store->config.fatal(why);
	abort();
}

static _Noreturn void fatal(struct metod_store *store, int rc)
{
	metod_store_fatal(store, mdb_strerror(rc));
}

/* False: the map has its largest size already. */
static bool grow(struct metod_store *store)
{
	MDB_envinfo info;
	size_t bytes;
	int rc;

	mdb_env_info(store->env.mdb, &info);
	if (info.me_mapsize >= store->config.map_max)
		return false;
	bytes = info.me_mapsize > store->config.map_max / 2 ? store->config.map_max
							    : 2 * info.me_mapsize;
	metod_gate_close(store);
	rc = mdb_env_set_mapsize(store->env.mdb, bytes);
	metod_gate_open(store);
	if (rc)
		fatal(store, rc); /* the old map is gone */
	metod_log(METOD_LOG_NOTICE, "store", "event=map_grown bytes=%zu", bytes);
	return true;
}

static bool disk_is_full(const struct metod_store *store)
{
	struct statvfs disk;

	return !statvfs(store->dir, &disk) &&
	    (uint64_t)disk.f_bavail * disk.f_frsize < ROOM_BYTES;
}

static void set_refusing(struct metod_store *store, bool refusing)
{
	bool before;

	pthread_mutex_lock(&store->queue_mutex);
	before = store->refusing;
	store->refusing = refusing;
	pthread_mutex_unlock(&store->queue_mutex);
	if (before != refusing)
		metod_log(METOD_LOG_WARNING, "store", "event=%s writes=%s",
		    refusing ? "no_room" : "room_again", refusing ? "refused" : "taken");
}

/* ---- one batch ---- */

/* False: apply failed and the transaction is fit only for abort. */
static bool run_job(struct batch *batch, struct metod_job *job)
{
	struct metod_txn *txn = &batch->txn;

	metod_recording_clear(batch->recording);
	batch->store->step_ms = metod_monotonic_ms();
	txn->damaged = false;
	txn->rc = 0;
	job->result = job->work(job, txn);
	metod_txn_end_scans(txn);
	if (job->result || !metod_recorded(txn))
		return true;
	if (batch->refuse) {
		job->result = METOD_FULL;
		return true;
	}
	txn->rc = 0;
	job->result = metod_recording_apply(txn, batch->arena);
	return job->result == METOD_OK;
}

/* A failure of one job is its answer; in company nobody knows whose it is. */
static enum outcome blame(struct metod_job **jobs, size_t n, enum metod_err e)
{
	if (n > 1)
		return APART;
	jobs[0]->result = e;
	return ENDED;
}

/* What a failed LMDB call means for the batch. Whatever is not understood ends the
 * process: an answer after it could be wrong. */
static enum outcome judge(
    struct metod_store *store, int rc, struct metod_job **jobs, size_t n)
{
	enum metod_err e = metod_env_err(rc);

	if (e == METOD_FULL)
		return rc == MDB_MAP_FULL ? GROW : NO_ROOM;
	if (e == METOD_TOO_BIG || e == METOD_BUSY || e == METOD_DAMAGED)
		return blame(jobs, n, e);
	fatal(store, rc);
}

/* Runs jobs until the batch is big enough; *ret_n of them are in it. */
static enum outcome try_batch(
    struct batch *batch, struct metod_job **jobs, size_t n, size_t *ret_n)
{
	struct metod_txn *txn = &batch->txn;
	uint64_t before;
	size_t bytes = 0, i = 0;
	int64_t begun_us;
	int rc;

	if (metod_txn_begin(txn, &batch->store->env, true))
		fatal(batch->store, txn->rc ? txn->rc : MDB_CORRUPTED);
	txn->recording = batch->recording;
	before = txn->state.seq;
	while (i < n && bytes < BATCH_BYTES) {
		struct metod_job *job = jobs[i++];

		if (!run_job(batch, job)) {
			metod_txn_abort(txn);
			*ret_n = i;
			return txn->rc ? judge(batch->store, txn->rc, jobs, n)
				       : blame(jobs, n, job->result);
		}
		bytes += metod_recording_bytes(batch->recording);
	}
	*ret_n = i;
	if (txn->state.seq == before) {
		metod_txn_abort(txn);
		return ENDED;
	}
	batch->store->step_ms = metod_monotonic_ms();
	begun_us = metod_clock_us();
	rc = txn->erases ? metod_erased_mark(batch->store) : 0;
	if (rc)
		metod_txn_abort(txn);
	else
		rc = metod_txn_commit(txn);
	if (rc)
		return judge(batch->store, rc, jobs, n);
	set_refusing(batch->store, false);
	metod_metric_add(METOD_M_store_commits_total, NULL, NULL, 1);
	metod_metric_see(METOD_M_store_batch_commands, i);
	metod_metric_see(
	    METOD_M_store_flush_seconds, (uint64_t)(metod_clock_us() - begun_us));
	pthread_mutex_lock(&batch->store->queue_mutex);
	batch->store->batches++;
	pthread_mutex_unlock(&batch->store->queue_mutex);
	return ENDED;
}

static void answer(struct metod_store *store, struct metod_job **jobs, size_t n)
{
	pthread_mutex_lock(&store->queue_mutex);
	store->commands += n;
	pthread_mutex_unlock(&store->queue_mutex);
	for (size_t i = 0; i < n; i++)
		jobs[i]->done(jobs[i], jobs[i]->result);
}

/* Writes and answers at least the first of the jobs; returns how many. A batch that fails
 * runs again from the start, refusals too: what they saw of the others was never stored.
 */
static size_t run(struct batch *batch, struct metod_job **jobs, size_t n)
{
	size_t done = 0;

	for (;;) {
		switch (try_batch(batch, jobs, n, &done)) {
		case ENDED:
			answer(batch->store, jobs, done);
			return done;
		case GROW:
			if (grow(batch->store))
				break;
			/* fall through */
		case NO_ROOM:
			batch->refuse = true;
			set_refusing(batch->store, true);
			break;
		case APART:
			for (size_t i = 0; i < n; i++)
				run(batch, &jobs[i], 1);
			return n;
		}
	}
}

static void do_chore(struct metod_store *store, struct store_chore *chore)
{
	store->step_ms = metod_monotonic_ms();
	store->at_chore = true;
	chore->result = metod_compact_here(store, chore->err);
	store->at_chore = false;
	pthread_mutex_lock(&store->queue_mutex);
	chore->finished = true;
	pthread_cond_broadcast(&store->chore_cond);
	pthread_mutex_unlock(&store->queue_mutex);
}

enum metod_err metod_store_compact(struct metod_store *store, struct metod_error *err)
{
	struct store_chore chore = {.err = err};

	pthread_mutex_lock(&store->queue_mutex);
	while (store->chore)
		pthread_cond_wait(&store->chore_cond, &store->queue_mutex);
	store->chore = &chore;
	pthread_cond_signal(&store->queue_cond);
	while (!chore.finished)
		pthread_cond_wait(&store->chore_cond, &store->queue_mutex);
	pthread_mutex_unlock(&store->queue_mutex);
	return chore.result;
}

void *metod_writer_main(void *arg)
{
	struct metod_store *store = arg;
	struct batch batch = {.store = store,
	    .recording = metod_recording_new(&store->step_ms),
	    .arena = metod_arena_new()};
	struct metod_job *jobs[METOD_BATCH_MAX];
	struct store_chore *chore;
	size_t n = 0;

	while ((n = take(store, jobs, n, &chore)) > 0 || chore) {
		for (size_t i = 0; i < n;) {
			batch.refuse = store->refusing && disk_is_full(store);
			i += run(&batch, jobs + i, n - i);
			metod_arena_clear(batch.arena);
		}
		if (chore)
			do_chore(store, chore);
	}
	metod_recording_free(batch.recording);
	metod_arena_free(batch.arena);
	return NULL;
}
