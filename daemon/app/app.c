/* SPDX-License-Identifier: Apache-2.0
 * The application object: its parts, its beginning and end, the first administrator, and
 * the waiting form of a call for `metodd init` and tests. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "frozen.h"
#include "import.h"
#include "keys.h"
#include "session.h"

/* ---- the runner until a loop provides one: everything at once, in the caller's thread
 * ---- */

static bool inline_pool(void *ctx, void (*fn)(void *), void *arg)
{
	(void)ctx;
	fn(arg);
	return true;
}

static void inline_post(void *ctx, void (*fn)(void *), void *arg)
{
	(void)ctx;
	fn(arg);
}

static int64_t inline_now(void *ctx)
{
	return ((struct metod_app *)ctx)->inline_now_ms;
}

enum metod_err metod_app_new(const struct metod_app_config *config,
    struct metod_app **ret_app, struct metod_error *err)
{
	struct metod_app *app = metod_xcalloc(1, sizeof *app);
	struct metod_store_stat stat;
	app->config = *config;
	app->store = config->store;
	if (app->config.mentor_capacity == 0)
		app->config.mentor_capacity = 3;
	enum metod_err e = keys_open(config->keys_dir, &app->keys, err);
	if (e == METOD_OK)
		e = metod_store_stat(app->store, &stat);
	if (e != METOD_OK) {
		metod_app_free(app);
		return e;
	}
	if (config->backup_dir)
		metod_store_sweep(config->backup_dir);
	app->generation = stat.generation;
	app->sessions = sessions_new();
	app->stages = stages_new();
	app->frozen = frozen_new();
	app->runner = (struct metod_runner){app, inline_pool, inline_post, inline_now};
	*ret_app = app;
	return METOD_OK;
}

void metod_app_free(struct metod_app *app)
{
	if (!app)
		return;
	keys_close(app->keys);
	sessions_free(app->sessions);
	stages_free(app->stages);
	frozen_free(app->frozen);
	free(app);
}

void metod_app_runner(struct metod_app *app, const struct metod_runner *runner)
{
	app->runner = *runner;
	app->started_ms = runner->now_ms(runner->ctx);
}

struct metod_store *metod_app_store(struct metod_app *app)
{
	return app->store;
}

/* Rows and bodies are gone with the commit; this takes their bytes out of the file. */
static void compact(void *arg)
{
	struct metod_app *app = arg;
	struct metod_error err = {0};
	if (metod_store_compact(app->store, &err) !=
	    METOD_OK) /* a later tick tries again */
		metod_log(METOD_LOG_ERROR, "app", "event=compact_failed code=%s",
		    metod_err_wire(err.code));
	atomic_store(&app->compacting, false);
}

void metod_app_tick(struct metod_app *app, int64_t now_ms)
{
	sessions_tick(app->sessions, now_ms);
	if (metod_store_erased(app->store) && !atomic_exchange(&app->compacting, true) &&
	    !app->runner.pool(app->runner.ctx, compact, app))
		atomic_store(&app->compacting, false);
}

/* ---- waiting ---- */

struct waiter {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool ready;
	struct metod_reply *reply;
};

static void wake(void *ctx, struct metod_reply *reply)
{
	struct waiter *waiter = ctx;
	pthread_mutex_lock(&waiter->lock);
	*waiter->reply = *reply;
	reply->result = (struct metod_buf){0}; /* the waiter owns it now */
	waiter->ready = true;
	pthread_cond_signal(&waiter->cond);
	pthread_mutex_unlock(&waiter->lock);
}

void metod_app_call_wait(struct metod_app *app, const struct metod_peer *origin,
    struct metod_str method, struct metod_str params, struct metod_str session,
    struct metod_str key, enum metod_lang lang, int64_t now_ms, struct metod_reply *ret)
{
	struct waiter waiter = {.reply = ret};
	pthread_mutex_init(&waiter.lock, NULL);
	pthread_cond_init(&waiter.cond, NULL);
	app->inline_now_ms = now_ms;
	metod_app_call(app, origin, method, params, session, key, lang, wake, &waiter);
	pthread_mutex_lock(&waiter.lock);
	while (!waiter.ready)
		pthread_cond_wait(&waiter.cond, &waiter.lock);
	pthread_mutex_unlock(&waiter.lock);
	pthread_mutex_destroy(&waiter.lock);
	pthread_cond_destroy(&waiter.cond);
}

/* ---- the first administrator ---- */

struct first_admin {
	struct metod_job job;
	struct metod_user user;
	int64_t now_ms;
	struct metod_arena *arena;
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool ready;
	enum metod_err result;
};

static enum metod_err first_admin_work(struct metod_job *job, struct metod_txn *txn)
{
	struct first_admin *first = (struct first_admin *)job;
	if (metod_table_count(txn, METOD_T_USER) != 0)
		return METOD_CONFLICT;
	metod_record_as(txn, 0, first->now_ms);
	metod_record(txn, METOD_E_USER_PUT, &first->user);
	return METOD_OK;
}

static void first_admin_done(struct metod_job *job, enum metod_err result)
{
	struct first_admin *first = (struct first_admin *)job;
	pthread_mutex_lock(&first->lock);
	first->result = result;
	first->ready = true;
	pthread_cond_signal(&first->cond);
	pthread_mutex_unlock(&first->lock);
}

enum metod_err metod_app_init_admin(struct metod_app *app, int64_t uid,
    struct metod_str login, int64_t now_ms, struct metod_error *err)
{
	struct metod_role role = {.role = METOD_STR("admin")};
	struct first_admin first = {
	    .job = {.work = first_admin_work, .done = first_admin_done},
	    .now_ms = now_ms,
	    .user = {.login = login, .uid = uid, .roles = {&role, 1}, .generation = 1}};
	random_bytes(&first.user.id, sizeof first.user.id);
	first.user.id = (first.user.id >> 11) | 1;
	pthread_mutex_init(&first.lock, NULL);
	pthread_cond_init(&first.cond, NULL);
	enum metod_err e = metod_store_submit(app->store, &first.job);
	if (e == METOD_OK) {
		pthread_mutex_lock(&first.lock);
		while (!first.ready)
			pthread_cond_wait(&first.cond, &first.lock);
		pthread_mutex_unlock(&first.lock);
		e = first.result;
	}
	pthread_mutex_destroy(&first.lock);
	pthread_cond_destroy(&first.cond);
	if (e == METOD_CONFLICT)
		return metod_fail(err, e, "admin-uid", "this store has users already");
	if (e != METOD_OK)
		return metod_fail(
		    err, e, "admin-uid", "the first administrator could not be written");
	return METOD_OK;
}
