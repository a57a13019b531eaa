/* SPDX-License-Identifier: Apache-2.0
 * Leaving: a teacher withdraws his answers, or a person is erased for good.
 * Events are applied in the order recorded: first what refers to the person is loosened,
 * then PERSON_FORGOTTEN removes the rows and the bodies of earlier events. Nothing may
 * put such a row back afterwards. */
#include "copies.h"
#include "flow.h"
#include "keys.h"

/* The codes stay valid: whoever changes his mind begins a new sheet. */
static void reset_invitations(struct metod_call *call, uint64_t person)
{
	struct metod_invitation key = {.person = person}, invitation;
	struct metod_scan *scan =
	    metod_scan_index(call->txn, METOD_I_INVITATION_PERSON, &key, 1);
	while (next_row(scan, call->arena, &invitation)) {
		if (invitation.attempt == 0)
			continue;
		invitation.attempt = 0;
		invitation.state = METOD_STR("declined");
		metod_record(call->txn, METOD_E_INVITATION_PUT, &invitation);
	}
	metod_scan_end(scan);
}

/* A form that was sent long ago and comes again must not be stored as a new one. */
static struct metod_u64s used_keys(struct metod_call *call, uint64_t person)
{
	struct metod_idem of = {.person = person}, one;
	struct metod_arena *scratch = metod_arena_new();
	struct metod_u64s list = {0};
	size_t cap = 0;
	struct metod_scan *scan =
	    metod_scan_index(call->txn, METOD_I_IDEM_PERSON, &of, 1);
	while (list.n < METOD_ERASED_KEYS_MAX && next_row(scan, scratch, &one)) {
		FLOW_ROOM(call->arena, list, cap);
		list.p[list.n++] = key_digest(call->app->keys, one.key);
		metod_arena_clear(scratch);
	}
	metod_scan_end(scan);
	metod_arena_free(scratch);
	return list;
}

enum metod_err metod_do_me_withdraw(
    struct metod_call *call, const void *request, void *reply)
{
	struct metod_done_rep *rep = reply;
	struct metod_person person;
	(void)request;

	enum metod_err e = gate_self(call, &person);
	if (e != METOD_OK)
		return e;
	struct metod_forgotten forgotten = {
	    .person = person.id, .at = call->now_ms, .scope = METOD_STR("answers")};
	forgotten.keys = used_keys(call, person.id);
	grants_close(call, person.id, NULL);
	pairs_withdraw(call, person.id, true);
	metod_record(call->txn, METOD_E_PERSON_FORGOTTEN, &forgotten);
	reset_invitations(call, person.id);
	rep->note = metod_str(metod_tr(call->lang,
	    "Your answers, result and route are erased, and what you had opened is closed. Counts without names that were published before stay as they are; backup copies keep the erased data for up to 30 days."));
	return METOD_OK;
}

/* ---- a person ---- */

static void leave_associations(struct metod_call *call, uint64_t person)
{
	struct metod_association one;
	struct metod_scan *scan =
	    metod_scan_table(call->txn, METOD_T_ASSOCIATION, NULL, 0);
	while (next_row(scan, call->arena, &one)) {
		size_t kept = 0;
		for (size_t i = 0; i < one.members.n; i++)
			if (one.members.p[i] != person)
				one.members.p[kept++] = one.members.p[i];
		if (kept == one.members.n && one.head != person)
			continue;
		one.members.n = kept;
		if (one.head == person)
			one.head = 0;
		metod_record(call->txn, METOD_E_ASSOCIATION_PUT, &one);
	}
	metod_scan_end(scan);
}

/* The account is closed and no longer points to anybody. */
static void close_accounts(struct metod_call *call, uint64_t person)
{
	struct metod_user key = {.person = person}, user;
	struct metod_scan *scan =
	    metod_scan_index(call->txn, METOD_I_USER_PERSON, &key, 1);
	while (next_row(scan, call->arena, &user)) {
		user.disabled = true;
		user.person = 0;
		user.uid = METOD_NIL;
		user.password = METOD_STR("");
		user.generation++;
		metod_record(call->txn, METOD_E_USER_PUT, &user);
		staff_sessions_end_of(call->app, user.id);
	}
	metod_scan_end(scan);
}

/* Pairs of his mentees stay theirs; the mentor is only a number without a person behind
 * it. */
static void end_mentoring(struct metod_call *call, uint64_t person)
{
	struct metod_pair key = {.mentor = person}, pair;
	struct metod_scan *scan =
	    metod_scan_index(call->txn, METOD_I_PAIR_MENTOR, &key, 1);
	while (next_row(scan, call->arena, &pair)) {
		if (pair.mentee == person || metod_str_is(pair.state, "ended"))
			continue;
		pair.state = METOD_STR("ended");
		pair.reason = METOD_STR("");
		metod_record(call->txn, METOD_E_PAIR_PUT, &pair);
	}
	metod_scan_end(scan);
}

enum metod_err metod_do_teacher_forget(
    struct metod_call *call, const void *request, void *reply)
{
	const struct metod_forget_req *req = request;
	struct metod_done_rep *rep = reply;
	struct metod_person person;

	if (!metod_str_eq(req->confirm, req->code)) {
		metod_fail(call->err, METOD_CONFLICT, "confirm", "%s",
		    metod_tr(call->lang, "the confirmation is another code"));
		return metod_hint(call->err, "%s",
		    metod_tr(call->lang,
			"erasing cannot be undone: type the same code once more"));
	}
	enum metod_err e =
	    gate_person(call, METOD_ADMIN | METOD_METHODIST, req->code, &person);
	if (e != METOD_OK)
		return e;
	struct metod_forgotten forgotten = {
	    .person = person.id, .at = call->now_ms, .scope = METOD_STR("all")};
	leave_associations(call, person.id);
	close_accounts(call, person.id);
	end_mentoring(call, person.id);
	metod_record(call->txn, METOD_E_PERSON_FORGOTTEN, &forgotten);
	/* No code in the reply: it is kept for a repeated call. */
	rep->note = metod_arena_printf(call->arena, "%s %.*s",
	    metod_tr(call->lang, "Erased for good from this store."),
	    METOD_FMT(copies_note(call)));
	return METOD_OK;
}
