/* SPDX-License-Identifier: Apache-2.0
 * Use cases: decide, record events, answer. The one authorisation gate. The same from RPC
 * and tests. No sockets, no LMDB, no clock: `now` and `seed` come with the call. */
#pragma once

#include "metod/commands.h"
#include "metod/i18n.h"
#include "metod/store.h"

struct metod_app;

struct metod_app_config {
	struct metod_store *store;
	const char *keys_dir;   /* keys beside the data directory, never inside backups */
	const char *backup_dir; /* where backup.create writes by default */
	const char *scratch_dir;                  /* for store.verify */
	unsigned mentor_capacity;                 /* default places of a mentor, 3 */
	unsigned cov_floor;                       /* thousandths, 0 */
	const struct metod_setting_row *settings; /* in force, for store.stat */
	size_t n_settings;
};
METOD_MUST_CHECK enum metod_err metod_app_new(const struct metod_app_config *config,
    struct metod_app **ret_app, struct metod_error *err);
void metod_app_free(struct metod_app *app);

/* Makes the key files of a new installation (0600 in a 0700 directory, flushed). */
METOD_MUST_CHECK enum metod_err metod_app_init_keys(
    const char *keys_dir, struct metod_error *err);
/* First administrator of a fresh store, through the store's own write path. */
METOD_MUST_CHECK enum metod_err metod_app_init_admin(struct metod_app *app, int64_t uid,
    struct metod_str login, int64_t now_ms, struct metod_error *err);

/* Who is behind a connection before any session: peer uid of the unix socket (-1 none).
 * `web` is the inherited socket of the web process: it has no role of its own and passes
 * a session per call. */
struct metod_peer {
	int64_t uid;
	bool web;
};
struct metod_role_scope {
	unsigned who; /* one METOD_* role */
	uint64_t org; /* 0: whole territory */
	uint64_t association;
};
struct metod_caller {
	uint64_t actor;  /* for the journal; 0: guest */
	uint64_t user;   /* staff account, 0 none */
	uint64_t person; /* 0 none */
	unsigned who;    /* union of roles */
	struct metod_role_scope roles[16];
	size_t n_roles;
	uint64_t invitation; /* respondent's session: bound to it */
	bool result; /* may see the result (submitted here, or PIN given, or a teacher's
			account) */
};

/* One call on its way: filled by the dispatcher, read by handlers. */
struct metod_call {
	struct metod_app *app;
	const struct metod_command *command;
	struct metod_txn
	    *txn; /* snapshot or write transaction; NULL in the finish of PREPARE phase */
	struct metod_arena *arena; /* everything a handler returns lives here */
	struct metod_error *err;
	struct metod_caller caller;
	enum metod_lang lang;
	int64_t now_ms, today; /* UTC; days in the store's zone */
	uint64_t rand;         /* state for metod_rand64; seeded from the system */
	struct metod_str session, key;
	void *plan; /* what prepare() of a PREPARE command left for the handler */
	bool web;
	int64_t uid;            /* of the peer on this machine; -1: unknown */
	enum metod_err trouble; /* what kept something from being read so far */
	int zone_minutes;
	bool demo;
};

/* An asynchronous call: all of RPC and the tests go through here. `request` is the raw
 * params map. done() is called exactly once, on the loop thread side by the poster (see
 * net), with a packed result map (METOD_OK) or a filled error. */
struct metod_reply {
	enum metod_err code;
	struct metod_error error;
	struct metod_buf result; /* name-keyed msgpack of the reply record */
};
typedef void metod_reply_fn(
    void *ctx, struct metod_reply *reply); /* takes nothing: reply is freed after */

/* Threads that the owner of the loop provides: compute pool and a way back to the loop.
 */
struct metod_runner {
	void *ctx;
	/* Runs fn(arg) in the compute pool; false: the pool is full. */
	bool (*pool)(void *ctx, void (*fn)(void *arg), void *arg);
	/* Runs fn(arg) on the loop thread soon. Callable from any thread. */
	void (*post)(void *ctx, void (*fn)(void *arg), void *arg);
	int64_t (*now_ms)(void *ctx);
};
void metod_app_runner(struct metod_app *app, const struct metod_runner *runner);

/* Loop thread. READ commands answer before this returns; the others later through `post`.
 * `done` is always called once, on the loop thread. The request id that the log has when
 * this is called stands in the lines of every thread that works on the call. */
void metod_app_call(struct metod_app *app, const struct metod_peer *origin,
    struct metod_str method, struct metod_str params, struct metod_str session,
    struct metod_str key, enum metod_lang lang, metod_reply_fn *done, void *ctx);
/* Same, waiting: for tests and `metodd init`; runs pool work inline. Not on a loop
 * thread. */
void metod_app_call_wait(struct metod_app *app, const struct metod_peer *origin,
    struct metod_str method, struct metod_str params, struct metod_str session,
    struct metod_str key, enum metod_lang lang, int64_t now_ms, struct metod_reply *ret);
/* Once a minute: drops ended sessions; compacts the store after an erasure. */
void metod_app_tick(struct metod_app *app, int64_t now_ms);
struct metod_store *metod_app_store(struct metod_app *app);
