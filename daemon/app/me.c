/* SPDX-License-Identifier: Apache-2.0
 * All that is stored about a person, for the person: data, who looked, addressed
 * messages. The same view answers a request through the administrator, who is recorded as
 * having looked. */
#include <stdlib.h>

#include "flow.h"

enum { LOOKS_MOST = 10000, LISTS_MOST = 100, PAGES_MOST = 1000 };

/* ---- messages ---- */

static uint64_t sending_wave(struct metod_call *call, uint64_t id)
{
	struct metod_sending key = {.id = id}, sending;
	return metod_get(call->txn, METOD_T_SENDING, &key, call->arena, &sending) ==
		METOD_OK
	    ? sending.wave
	    : UINT64_MAX;
}

static struct metod_str area_name(
    struct metod_call *call, uint64_t sending, struct metod_str id)
{
	struct metod_framework framework;
	struct metod_wave wave;
	if (wave_by_id(call, sending_wave(call, sending), &wave) != METOD_OK ||
	    framework_of(call, wave.framework, &framework) != METOD_OK)
		return id;
	const struct metod_competency *competency = competency_of(&framework, id);
	return competency ? metod_pick(competency->plain, call->lang) : id;
}

static int newest_message(const void *a, const void *b)
{
	const struct metod_message_row *x = a, *y = b;
	return (x->at < y->at) - (x->at > y->at);
}

void message_views(struct metod_call *call, uint64_t person, uint64_t wave,
    struct metod_message_row **ret_rows, size_t *ret_n)
{
	struct metod_message key = {.person = person}, message;
	struct {
		struct metod_message_row *p;
		size_t n;
	} list = {0};
	size_t cap = 0;
	struct metod_scan *scan =
	    metod_scan_index(call->txn, METOD_I_MESSAGE_PERSON, &key, 1);
	while (list.n < PAGES_MOST && next_row(scan, call->arena, &message)) {
		if (wave != WAVE_ALL && sending_wave(call, message.sending) != wave)
			continue;
		/* Without it: sent before there were two. */
		struct metod_text text = {
		    message.text, message.text_en.n ? message.text_en : message.text};
		FLOW_ROOM(call->arena, list, cap);
		list.p[list.n++] = (struct metod_message_row){message.id,
		    area_name(call, message.sending, message.competency),
		    metod_pick(&text, call->lang), message.deadline, message.at,
		    message.state};
	}
	metod_scan_end(scan);
	if (list.n)
		qsort(list.p, list.n, sizeof *list.p, newest_message);
	*ret_rows = list.p;
	*ret_n = list.n;
}

enum metod_err metod_do_me_messages(
    struct metod_call *call, const void *request, void *reply)
{
	struct metod_messages_rep *rep = reply;
	struct metod_person person;
	(void)request;

	enum metod_err e = gate_self(call, &person);
	if (e == METOD_OK)
		message_views(
		    call, person.id, session_wave(call), &rep->rows.p, &rep->rows.n);
	return e;
}

/* delivered < opened < wanted < declined < done: a decision may change, an opening may
 * not undo it.
 */
static int message_rank(struct metod_str state)
{
	static const char *const order[] = {
	    "delivered", "opened", "wanted", "declined", "done"};
	for (size_t i = 0; i < METOD_LEN(order); i++)
		if (metod_str_is(state, order[i]))
			return (int)i;
	return -1;
}

enum metod_err metod_do_me_mark(struct metod_call *call, const void *request, void *reply)
{
	const struct metod_message_mark_req *req = request;
	struct metod_message key = {.id = req->id}, message;
	uint64_t wave = session_wave(call);
	int rank = message_rank(req->state);
	(void)reply;

	if (rank < 1)
		return metod_fail(call->err, METOD_RANGE, "state", "%s",
		    metod_tr(call->lang, "one of: opened, wanted, done, declined"));
	enum metod_err e =
	    metod_get(call->txn, METOD_T_MESSAGE, &key, call->arena, &message);
	if (e != METOD_OK || call->caller.person == 0 ||
	    message.person != call->caller.person ||
	    (wave != WAVE_ALL && sending_wave(call, message.sending) != wave))
		return gate_not_found(call, "message");
	if (rank == message_rank(message.state))
		return METOD_OK;
	if (rank < message_rank(message.state))
		return metod_fail(call->err, METOD_CONFLICT, "state", "%s",
		    metod_tr(call->lang, "this message is further along already"));
	message.state = req->state;
	metod_record(call->txn, METOD_E_MESSAGE_PUT, &message);
	return METOD_OK;
}

/* ---- who looked ---- */

static const char *role_title(struct metod_call *call, struct metod_str role)
{
	for (size_t i = 0; i < metod_role_words_n; i++)
		if (metod_str_is(role, metod_role_words[i].word))
			return metod_tr(call->lang, metod_role_words[i].title);
	return metod_tr(call->lang, "staff");
}

/* "methodist (Organisation)": the role and its scope, never the name of the one who
 * looked. */
static struct metod_str looker(struct metod_call *call, const struct metod_look *look)
{
	struct metod_user key = {.id = look->user}, user;
	struct metod_org org;
	const char *title = role_title(call, look->role);
	if (metod_get(call->txn, METOD_T_USER, &key, call->arena, &user) != METOD_OK)
		return metod_str(title);
	for (size_t i = 0; i < user.roles.n; i++)
		if (metod_str_eq(user.roles.p[i].role, look->role) &&
		    user.roles.p[i].org &&
		    org_by_id(call, user.roles.p[i].org, &org) == METOD_OK)
			return metod_arena_printf(call->arena, "%s (%.*s)", title,
			    METOD_FMT(fitting(org.name, METOD_NAME_MAX - 64)));
	return metod_str(title);
}

static int newest_look(const void *a, const void *b)
{
	const struct metod_look_row *x = a, *y = b;
	return (x->at < y->at) - (x->at > y->at);
}

static void fill_looks(
    struct metod_call *call, uint64_t person, struct metod_data_view *view)
{
	struct metod_look key = {.person = person}, look;
	size_t cap = 0;
	struct metod_scan *scan = metod_scan_table(call->txn, METOD_T_LOOK, &key, 1);
	while (view->looks.n < LOOKS_MOST && next_row(scan, call->arena, &look)) {
		FLOW_ROOM(call->arena, view->looks, cap);
		view->looks.p[view->looks.n++] = (struct metod_look_row){
		    look.at, looker(call, &look), look.role, look.what};
	}
	metod_scan_end(scan);
	if (view->looks.n)
		qsort(view->looks.p, view->looks.n, sizeof *view->looks.p, newest_look);
}

/* ---- everything ---- */

/* Rows of one table that are about the person, of one wave or all; `row` has a field
 * `wave`. */
#define FILL_ROWS(list, most, scan_expr, row)                                            \
	do {                                                                             \
		size_t cap_ = (list).n; /* a list may be filled in two goes */           \
		struct metod_scan *scan_ = (scan_expr);                                  \
		while ((list).n < (most) && next_row(scan_, call->arena, &(row))) {      \
			if (wave != WAVE_ALL && (row).wave != wave)                      \
				continue;                                                \
			FLOW_ROOM(call->arena, (list), cap_);                            \
			(list).p[(list).n++] = (row);                                    \
		}                                                                        \
		metod_scan_end(scan_);                                                   \
	} while (0)

static void fill_answers(
    struct metod_call *call, uint64_t person, uint64_t wave, struct metod_data_view *view)
{
	struct metod_attempt attempt = {.person = person};
	struct metod_submission submission = {.person = person};
	struct metod_profile profile = {.person = person};
	struct metod_wants wants = {.person = person};

	FILL_ROWS(view->attempts, LISTS_MOST,
	    metod_scan_index(call->txn, METOD_I_ATTEMPT_PERSON, &attempt, 1), attempt);
	FILL_ROWS(view->submissions, LISTS_MOST,
	    metod_scan_index(call->txn, METOD_I_SUBMISSION_PERSON, &submission, 1),
	    submission);
	FILL_ROWS(view->profiles, LISTS_MOST,
	    metod_scan_index(call->txn, METOD_I_PROFILE_PERSON, &profile, 1), profile);
	FILL_ROWS(view->wants, LISTS_MOST,
	    metod_scan_index(call->txn, METOD_I_WANTS_PERSON, &wants, 1), wants);

	size_t cap = 0;
	for (size_t i = 0; i < view->attempts.n; i++) {
		struct metod_page key = {.attempt = view->attempts.p[i].id}, page;
		struct metod_scan *scan =
		    metod_scan_table(call->txn, METOD_T_PAGE, &key, 1);
		while (view->pages.n < PAGES_MOST && next_row(scan, call->arena, &page)) {
			FLOW_ROOM(call->arena, view->pages, cap);
			view->pages.p[view->pages.n++] = page;
		}
		metod_scan_end(scan);
	}
}

static int64_t hidden_terms[METOD_TERMS]; /* all zero, never written */

/* The other side's reason is his own, and a mentor sees no more of a mentee than was
 * opened. */
static void hide_other_side(struct metod_pair *pair, uint64_t person)
{
	bool mentor = pair->mentor == person;
	if (!metod_str_is(pair->declined_by, mentor ? "mentor" : "mentee"))
		pair->reason = (struct metod_str){0};
	if (mentor) {
		pair->score = 0;
		pair->terms = (struct metod_i64s){hidden_terms, METOD_TERMS};
	}
}

static void fill_data(struct metod_call *call, const struct metod_person *person,
    uint64_t wave, struct metod_data_view *view)
{
	struct metod_route route = {.person = person->id};
	struct metod_pair pair = {.mentee = person->id};
	struct metod_org org;

	view->person = METOD_NEW(call->arena, struct metod_person);
	*view->person = *person;
	if (org_by_id(call, person->org, &org) == METOD_OK)
		view->org_name = org.name;
	fill_answers(call, person->id, wave, view);
	FILL_ROWS(view->routes, LISTS_MOST,
	    metod_scan_table(call->txn, METOD_T_ROUTE, &route, 1), route);
	struct metod_pair as_mentor = {.mentor = person->id};
	FILL_ROWS(view->pairs, LISTS_MOST,
	    metod_scan_index(call->txn, METOD_I_PAIR_MENTEE, &pair, 1), pair);
	FILL_ROWS(view->pairs, LISTS_MOST,
	    metod_scan_index(call->txn, METOD_I_PAIR_MENTOR, &as_mentor, 1), pair);
	for (size_t i = 0; i < view->pairs.n; i++)
		hide_other_side(&view->pairs.p[i], person->id);
	grant_views(call, person->id, wave, false, &view->grants.p, &view->grants.n);
	message_views(call, person->id, wave, &view->messages.p, &view->messages.n);
	fill_looks(call, person->id, view);
	view->demo = call->demo;
}

enum metod_err metod_do_me_data(struct metod_call *call, const void *request, void *reply)
{
	struct metod_person person;
	(void)request;

	enum metod_err e = gate_self(call, &person);
	if (e == METOD_OK)
		fill_data(call, &person, session_wave(call), reply);
	return e;
}

/* The person himself gets everything. An administrator gets no results, at whosever
 * request: the card, and who looked. */
enum metod_err metod_do_teacher_export(
    struct metod_call *call, const void *request, void *reply)
{
	const struct metod_code_req *req = request;
	struct metod_data_view *view = reply;
	struct metod_person person;
	struct metod_org org;

	if (gate_self(call, &person) == METOD_OK &&
	    metod_str_eq(person.code, req->code)) {
		fill_data(call, &person, session_wave(call), view);
		return METOD_OK;
	}
	enum metod_err e = gate_person(call, METOD_ADMIN, req->code, &person);
	if (e != METOD_OK)
		return e;
	view->person = METOD_NEW(call->arena, struct metod_person);
	*view->person = person;
	if (org_by_id(call, person.org, &org) == METOD_OK)
		view->org_name = org.name;
	fill_looks(call, person.id, view);
	view->demo = call->demo;
	gate_look(call, person.id, "data");
	return METOD_OK;
}
