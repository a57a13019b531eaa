/* SPDX-License-Identifier: Apache-2.0
 * The only dispatcher: one call from its name to its packed answer, on the thread its
 * mode asks for. Owns: order of the gate, idempotency keys, receipts, snapshots. Knows no
 * socket. Every phase runs the gate again inside its own transaction, so a right that was
 * taken away between two phases counts. */
#include "dispatch.h"

#include "metod/log.h"
#include "metod/metrics.h"
#include "metod/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keys.h"
#include "session.h"

typedef enum metod_err handler_fn(
    struct metod_call *call, const void *request, void *reply);
typedef enum metod_err prepare_fn(struct metod_call *call, const void *request);

static handler_fn *handler_of(unsigned number)
{
	switch (number) {
#define HANDLER_CASE(number_, name, who, mode, req, rep, fn, summary)                    \
	case number_:                                                                    \
		return metod_do_##fn;
		METOD_COMMANDS(HANDLER_CASE)
#undef HANDLER_CASE
	default:
		return NULL;
	}
}

static prepare_fn *prepare_of(unsigned number)
{
	switch (number) {
#define PREPARE_CASE(fn)                                                                 \
	case METOD_C_##fn:                                                               \
		return metod_prepare_##fn;
		METOD_PREPARE_COMMANDS(PREPARE_CASE)
#undef PREPARE_CASE
	default:
		return NULL;
	}
}

/* One call in flight. Owned by the thread that works on it; handed over by the queues. */
struct flight {
	struct metod_job job; /* first: the writer thread gives it back */
	struct metod_app *app;
	struct metod_peer origin;
	const struct metod_command *command;
	struct metod_buf text; /* params, session, key: one copy */
	struct metod_str params, session, key;
	enum metod_lang lang;
	int64_t now_ms;
	uint64_t seed;
	struct metod_arena
	    *prepared; /* arena of prepare(): the plan lives here until the end */
	struct metod_arena *arena; /* of the running phase */
	void *plan;
	struct metod_txn
	    *snapshot; /* of a READ or POOL call; NULL when the handler let it go */
	struct metod_reply reply;
	metod_reply_fn *done;
	void *ctx;
	char request[METOD_REQUEST_ID_MAX + 1]; /* id in the log, on every thread */
	bool replayed;                          /* answered by what its key had stored */
};

static void flight_free(struct flight *flight)
{
	metod_arena_free(flight->prepared);
	metod_arena_free(flight->arena);
	metod_buf_done(&flight->text);
	metod_buf_done(&flight->reply.result);
	free(flight);
}

/* ---- one phase of one call ---- */

static const char *translate(void *arg, const char *msgid)
{
	return metod_tr(*(const enum metod_lang *)arg, msgid);
}

static void call_begin(struct flight *flight, struct metod_txn *txn,
    struct metod_arena *arena, struct metod_call *call)
{
	*call = (struct metod_call){.app = flight->app,
	    .command = flight->command,
	    .txn = txn,
	    .arena = arena,
	    .err = &flight->reply.error,
	    .lang = flight->lang,
	    .now_ms = flight->now_ms,
	    .rand = flight->seed,
	    .session = flight->session,
	    .key = flight->key,
	    .plan = flight->plan};
	flight->reply.error = (struct metod_error){0};
	/* Of this thread, until its next call: so it may not point into this one. */
	static const enum metod_lang langs[] = {METOD_RU, METOD_EN};
	metod_fail_language(
	    translate, (void *)(uintptr_t)&langs[flight->lang == METOD_EN]);
	const struct metod_meta *meta = store_meta(call);
	metod_zone_offset(meta->zone, &call->zone_minutes);
	int64_t local = call->now_ms + (int64_t)call->zone_minutes * 60000;
	call->today = local / 86400000 - (local % 86400000 < 0);
	call->demo = meta->demo;
}

/* Identity, role, request record. */
static enum metod_err call_admit(
    struct flight *flight, struct metod_call *call, void **ret_request)
{
	const struct metod_desc *desc = flight->command->request;
	enum metod_err e = gate_identify(call, &flight->origin);
	/* Entering and looking around stay open to a browser with a stale cookie. */
	if (e == METOD_LOGIN && (flight->command->who & METOD_GUEST)) {
		flight->reply.error = (struct metod_error){0};
		e = METOD_OK;
	}
	if (e == METOD_OK)
		e = gate_command(call);
	if (e != METOD_OK)
		return e;
	*ret_request = metod_arena_alloc(call->arena, desc->size);
	metod_record_init(desc, *ret_request);
	return metod_load(desc, flight->params, METOD_KEYS_NAME, false, call->arena,
	    *ret_request, call->err);
}

static const struct metod_field *receipt_field(const struct metod_desc *desc)
{
	return metod_desc_field(desc, METOD_STR("receipt"));
}

/* Does the command change the journal by more than a look? Then it needs a key. */
static bool changes(const struct metod_command *command)
{
	return (command->mode == METOD_WRITE || command->mode == METOD_PREPARE) &&
	    receipt_field(command->reply);
}

static void *reply_new(struct metod_call *call)
{
	void *reply = metod_arena_alloc(call->arena, call->command->reply->size);
	metod_record_init(call->command->reply, reply);
	return reply;
}

static void reply_pack(struct flight *flight, const void *reply)
{
	metod_buf_clear(&flight->reply.result);
	metod_pack(
	    flight->command->reply, reply, METOD_KEYS_NAME, 0, &flight->reply.result);
}

/* Any failure must have a text; handlers that only return a code get the standard one. */
static enum metod_err finish_error(struct flight *flight, enum metod_err e)
{
	struct metod_error *error = &flight->reply.error;
	if (e != METOD_OK && (error->code != e || error->message[0] == 0))
		metod_fail(error, e, error->field[0] ? error->field : "", "%s",
		    metod_tr(flight->lang, metod_err_text(e)));
	if (e == METOD_FULL && error->hint[0] == 0)
		metod_hint(error, "%s",
		    metod_tr(flight->lang,
			"free some space: reading goes on, writing resumes by itself"));
	flight->reply.code = e;
	return e;
}

/* ---- idempotency ---- */

/* A stored reply holds no secrets; those that can be made again are made again. */
static void refill_secrets(struct metod_call *call, void *reply)
{
	if (call->command->number == METOD_C_token_issue) {
		struct metod_token_rep *rep = reply;
		rep->token = token_text(call->app, rep->id, call->arena);
	} else if (call->command->number == METOD_C_attempt_submit &&
	    call->caller.invitation) {
		struct metod_submit_rep *rep = reply;
		struct metod_invitation key = {.id = call->caller.invitation}, invitation;
		if (metod_get(call->txn, METOD_T_INVITATION, &key, call->arena,
			&invitation) == METOD_OK)
			rep->session = respondent_session(call->app, &invitation, true,
			    call->now_ms + RESULT_SESSION_MS, call->arena);
	}
}

/* Was the key used for something that its person has withdrawn since? */
static bool was_erased(struct metod_call *call, struct metod_str key)
{
	struct metod_forgotten of = {.person = call->caller.person}, one;
	uint64_t digest = key_digest(call->app->keys, key);
	bool erased = false;
	if (!of.person)
		return false;
	struct metod_scan *scan = metod_scan_table(call->txn, METOD_T_FORGOTTEN, &of, 1);
	while (!erased && metod_scan_next(scan, call->arena, &one) == METOD_OK)
		for (size_t i = 0; i < one.keys.n && !erased; i++)
			erased = one.keys.p[i] == digest;
	metod_scan_end(scan);
	return erased;
}

/* true: the key was used before; the flight is answered (same receipt, or
 * METOD_KEY_REUSED). */
static bool answered_before(struct flight *flight, struct metod_call *call,
    const uint8_t digest[16], enum metod_err *ret)
{
	struct metod_idem key = {.actor = call->caller.actor, .key = flight->key}, found;
	enum metod_err e = metod_get(call->txn, METOD_T_IDEM, &key, call->arena, &found);
	if (e == METOD_NOT_FOUND && !was_erased(call, flight->key))
		return false;
	if (e == METOD_NOT_FOUND)
		e = metod_fail(call->err, METOD_GONE, "_key", "%s",
		    metod_tr(call->lang,
			"what this key had stored was erased; it is not stored again"));
	if (e != METOD_OK) {
		*ret = e;
		return true;
	}
	if (found.digest.n != 16 || memcmp(found.digest.p, digest, 16) != 0) {
		*ret = metod_fail(call->err, METOD_KEY_REUSED, "_key", "%s",
		    metod_tr(call->lang, "the same key came with another content"));
		return true;
	}
	void *reply = reply_new(call);
	*ret = metod_load(call->command->reply, found.reply, METOD_KEYS_NAME, true,
	    call->arena, reply, call->err);
	flight->replayed = *ret == METOD_OK;
	if (*ret == METOD_OK) {
		refill_secrets(call, reply);
		reply_pack(flight, reply);
	}
	return true;
}

/* Lists that are long, or about persons, are not kept for a repeated call: the receipt
 * and the totals are. */
static void drop_lists(const struct metod_desc *desc, void *reply)
{
	for (size_t i = 0; i < desc->count; i++)
		if (desc->fields[i].kind == METOD_KIND_RECS) {
			struct metod_strs *list =
			    (struct metod_strs *)((char *)reply + desc->fields[i].offset);
			list->n = 0;
		}
}

static bool lists_persons(unsigned command)
{
	return command == METOD_C_mentor_suggest || command == METOD_C_teacher_import ||
	    command == METOD_C_mentor_import;
}

/* The receipt goes into the reply; the reply goes with the last event. */
static void seal(
    struct flight *flight, struct metod_call *call, const uint8_t digest[16], void *reply)
{
	enum { KEEP_BYTES = 32 * 1024 };
	const struct metod_field *field = receipt_field(call->command->reply);
	uint8_t body_digest[16];
	if (metod_recorded(call->txn) == 0 || !field)
		return;
	metod_record_digest(call->txn, body_digest);
	struct metod_receipt *receipt = METOD_NEW(call->arena, struct metod_receipt);
	*receipt = (struct metod_receipt){.seq = metod_record_last_seq(call->txn),
	    .generation = call->app->generation,
	    .digest = hex_text(body_digest, sizeof body_digest, call->arena),
	    .key = flight->key};
	*(struct metod_receipt **)((char *)reply + field->offset) = receipt;
	reply_pack(flight, reply);
	if (flight->key.n == 0)
		return;
	/* What is kept outlives an erasure of the persons it is about: no names, no
	 * themes of pairs. */
	const unsigned left_out = METOD_SECRET | METOD_NAME;
	struct metod_buf kept = {0};
	metod_pack(call->command->reply, reply, METOD_KEYS_NAME, left_out, &kept);
	if (kept.n > KEEP_BYTES || lists_persons(call->command->number)) {
		void *brief = metod_arena_alloc(call->arena, call->command->reply->size);
		memcpy(brief, reply, call->command->reply->size);
		drop_lists(call->command->reply, brief);
		metod_buf_clear(&kept);
		metod_pack(call->command->reply, brief, METOD_KEYS_NAME, left_out, &kept);
	}
	struct metod_str bytes = metod_arena_str(call->arena, metod_buf_view(&kept));
	metod_buf_done(&kept);
	metod_record_key(call->txn, call->caller.actor, flight->key, digest, bytes,
	    call->caller.person);
}

/* ---- phases ---- */

static void note_trouble(struct metod_call *call)
{
	if (call->txn && !call->trouble)
		call->trouble = metod_txn_trouble(call->txn);
}

/* A list that lacks a row which could not be read would be a wrong answer, and so would
 * "not found": there is none. */
static enum metod_err whole(struct metod_call *call, enum metod_err e)
{
	note_trouble(call);
	if (!call->trouble || call->trouble == e)
		return e;
	if (call->trouble != METOD_DAMAGED) {
		*call->err = (struct metod_error){0};
		return call->trouble;
	}
	metod_fail(call->err, METOD_DAMAGED, call->command->name, "%s",
	    metod_tr(call->lang, "a stored record is damaged"));
	return metod_hint(call->err, "%s",
	    metod_tr(call->lang,
		"metodctl store verify says where; restore the last good backup"));
}

static enum metod_err handle(struct flight *flight, struct metod_call *call)
{
	void *request;
	uint8_t digest[16];
	bool keyed = changes(flight->command);
	bool writes = call->txn && metod_txn_writes(call->txn);
	if (writes)
		metod_record_as(call->txn, 0, flight->now_ms);
	enum metod_err e = call_admit(flight, call, &request);
	if (e != METOD_OK)
		return e;
	if (keyed && flight->key.n == 0) {
		metod_fail(call->err, METOD_MISSING, "_key", "%s",
		    metod_tr(call->lang,
			"a command that changes something needs an idempotency key"));
		return metod_hint(call->err, "%s",
		    metod_tr(call->lang,
			"send a random _key and repeat the call with the same one"));
	}
	if (keyed) {
		digest16(flight->command->name, strlen(flight->command->name),
		    flight->params.p, flight->params.n, digest);
		if (answered_before(flight, call, digest, &e))
			return e;
	}
	if (writes)
		metod_record_as(call->txn, call->caller.actor, flight->now_ms);
	void *reply = reply_new(call);
	e = handler_of(flight->command->number)(call, request, reply);
	flight->snapshot = call->txn;
	if (e != METOD_OK)
		return e;
	reply_pack(flight, reply);
	if (keyed)
		seal(flight, call, digest, reply);
	return METOD_OK;
}

static enum metod_err run_handler(struct flight *flight, struct metod_txn *txn)
{
	struct metod_call call;
	flight->replayed = false;
	metod_arena_clear(flight->arena);
	call_begin(flight, txn, flight->arena, &call);
	return whole(&call, handle(flight, &call));
}

static void flight_answer(void *arg)
{
	struct flight *flight = arg;
	metod_log_set_request(flight->request);
	flight->done(flight->ctx, &flight->reply);
	metod_log_set_request(NULL);
	flight_free(flight);
}

static void post_answer(struct flight *flight)
{
	flight->app->runner.post(flight->app->runner.ctx, flight_answer, flight);
}

static enum metod_err job_work(struct metod_job *job, struct metod_txn *txn)
{
	struct flight *flight = (struct flight *)job;
	metod_log_set_request(flight->request);
	enum metod_err e = finish_error(flight, run_handler(flight, txn));
	metod_log_set_request(NULL);
	return e;
}

static void count_stored(const struct flight *flight)
{
	if (flight->replayed)
		metod_metric_add(METOD_M_store_key_replays_total, NULL, NULL, 1);
	else if (flight->command->number == METOD_C_page_save)
		metod_metric_add(METOD_M_store_pages_saved_total, NULL, NULL, 1);
	else if (flight->command->number == METOD_C_attempt_submit)
		metod_metric_add(METOD_M_store_submissions_total, NULL, NULL, 1);
}

static void job_done(struct metod_job *job, enum metod_err result)
{
	struct flight *flight = (struct flight *)job;
	if (result == METOD_OK)
		count_stored(flight);
	/* The store's own refusals (full disk) come here without a text. */
	finish_error(flight, result);
	post_answer(flight);
}

static void submit(struct flight *flight)
{
	flight->job.work = job_work;
	flight->job.done = job_done;
	enum metod_err e = metod_store_submit(flight->app->store, &flight->job);
	if (e != METOD_OK) {
		finish_error(flight, e);
		post_answer(flight);
	}
}

void snapshot_done(struct metod_call *call)
{
	note_trouble(call);
	if (call->txn)
		metod_read_end(call->txn);
	call->txn = NULL;
}

static enum metod_err run_prepare(struct flight *flight, struct metod_txn *txn)
{
	struct metod_call call;
	void *request;
	uint8_t digest[16];
	call_begin(flight, txn, flight->prepared, &call);
	enum metod_err e = call_admit(flight, &call, &request);
	bool known = false;
	if (e == METOD_OK && changes(flight->command) && flight->key.n) {
		digest16(flight->command->name, strlen(flight->command->name),
		    flight->params.p, flight->params.n, digest);
		known = answered_before(flight, &call, digest, &e);
	}
	/* A repeated call is answered by the handler phase, which looks again. */
	if (e == METOD_OK && !known)
		e = prepare_of(flight->command->number)(&call, request);
	e = whole(&call, e);
	flight->plan = call.plan;
	if (call.txn)
		metod_read_end(call.txn);
	return e;
}

static void pool_long(void *arg)
{
	struct flight *flight = arg;
	struct metod_txn *txn;
	metod_log_set_request(flight->request);
	flight->prepared = metod_arena_new();
	enum metod_err e = metod_read_begin(flight->app->store, &txn);
	if (e == METOD_OK)
		e = run_prepare(flight, txn);
	metod_log_set_request(NULL);
	if (finish_error(flight, e) != METOD_OK) {
		post_answer(flight);
		return;
	}
	submit(flight);
}

static void run_snapshot(struct flight *flight)
{
	enum metod_err e = metod_read_begin(flight->app->store, &flight->snapshot);
	if (e == METOD_OK) {
		e = run_handler(flight, flight->snapshot);
		if (flight->snapshot)
			metod_read_end(flight->snapshot);
	}
	finish_error(flight, e);
}

static void pool_snapshot(void *arg)
{
	metod_log_set_request(((struct flight *)arg)->request);
	run_snapshot(arg);
	metod_log_set_request(NULL);
	post_answer(arg);
}

/* ---- entrance ---- */

static void flight_texts(struct flight *flight, struct metod_str params,
    struct metod_str session, struct metod_str key)
{
	metod_buf_str(&flight->text, params);
	metod_buf_str(&flight->text, session);
	metod_buf_str(&flight->text, key);
	const char *p = (const char *)flight->text.p;
	flight->params = (struct metod_str){p, params.n};
	flight->session = (struct metod_str){p + params.n, session.n};
	flight->key = (struct metod_str){p + params.n + session.n, key.n};
}

void metod_app_call(struct metod_app *app, const struct metod_peer *origin,
    struct metod_str method, struct metod_str params, struct metod_str session,
    struct metod_str key, enum metod_lang lang, metod_reply_fn *done, void *ctx)
{
	struct flight *flight = metod_xcalloc(1, sizeof *flight);
	flight->app = app;
	flight->origin = *origin;
	flight->lang = lang;
	flight->done = done;
	flight->ctx = ctx;
	snprintf(flight->request, sizeof flight->request, "%s", metod_log_get_request());
	flight->now_ms = app->runner.now_ms(app->runner.ctx);
	flight->arena = metod_arena_new();
	random_bytes(&flight->seed, sizeof flight->seed);
	flight_texts(flight, params, session, key);
	flight->command = metod_command_find(method);
	if (!flight->command) {
		metod_fail(&flight->reply.error, METOD_UNKNOWN, "method", "%s",
		    metod_tr(lang, "there is no such command"));
		finish_error(flight, METOD_UNKNOWN);
		flight_answer(flight);
		return;
	}
	if (key.n > METOD_KEY_MAX || session.n > METOD_SESSION_MAX) {
		finish_error(flight, METOD_RANGE);
		flight_answer(flight);
		return;
	}
	switch (flight->command->mode) {
	case METOD_READ:
		run_snapshot(flight);
		flight_answer(flight);
		break;
	case METOD_WRITE:
		submit(flight);
		break;
	case METOD_PREPARE:
	case METOD_POOL:
		if (!app->runner.pool(app->runner.ctx,
			flight->command->mode == METOD_PREPARE ? pool_long
							       : pool_snapshot,
			flight)) {
			finish_error(flight, METOD_BUSY);
			flight_answer(flight);
		}
		break;
	}
}
