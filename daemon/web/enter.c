/* SPDX-License-Identifier: Apache-2.0
 * The way in: code, PIN, what this is and who sees it, consents, and the way out. */
#include "internal.h"

#include <time.h>

enum { DAY_S = 86400, CODE_COOKIE_S = 600, RESULT_COOKIE_S = 180 * DAY_S };

/* ---- entering ---- */

struct entering {
	struct metod_enter_req request;
	struct metod_enter_rep reply;
	web_then *then;
};

/* Seconds to the end of a day in the zone of the store; at least an hour. The store
 * decides how long a session lives; this is only how long the browser keeps it. */
static int64_t until_s(const struct web_request *rq, int64_t last_day)
{
	int64_t now = (int64_t)time(NULL) + (int64_t)rq->web->zone_minutes * 60;
	int64_t left = (last_day + 1) * DAY_S - now;

	return left < 3600 ? 3600 : left;
}

void web_keep_session(
    struct web_request *rq, struct metod_str session, int64_t until, bool shared)
{
	int64_t age_s = until == METOD_NIL ? RESULT_COOKIE_S : until_s(rq, until);

	rq->session = session;
	web_set_cookie(rq, "m", session, shared ? -1 : age_s);
}

static void entered(struct web_request *rq, enum metod_err e)
{
	struct entering *entering = rq->state;

	if (!e && entering->reply.session.n == 0) {
		/* The PIN is asked for on its own page; the code waits in a cookie, not
		 * in a page. */
		web_set_cookie(rq, "e", entering->request.code, CODE_COOKIE_S);
		if (entering->reply.pin_needed)
			web_see_other(rq, "/pin");
		else
			web_refuse(rq, 500);
		return;
	}
	if (!e) {
		web_keep_session(rq, entering->reply.session,
		    metod_str_is(entering->reply.state, "submitted")
			? METOD_NIL
			: entering->reply.until,
		    entering->reply.shared);
		web_set_cookie(rq, "e", METOD_STR(""), 0);
	}
	entering->then(rq, e);
}

void web_enter(
    struct web_request *rq, struct metod_str code, struct metod_str pin, web_then *then)
{
	struct entering *entering = METOD_NEW(rq->arena, struct entering);
	const struct web_want want = {
	    "session.enter", &entering->request, &entering->reply, false};

	metod_record_init(&metod_enter_rep_desc, &entering->reply);
	entering->request.code = code;
	entering->request.pin = pin;
	entering->request.source = rq->source;
	entering->then = then;
	rq->state = entering;
	rq->session = METOD_STR(""); /* an old session has no say in a new one */
	web_ask(rq, entered, &want, 1);
}

/* A code that is wrong, revoked or too long is a fault of the form, not of the service.
 */
static bool bad_code(struct web_request *rq, enum metod_err e)
{
	if (e != METOD_NOT_FOUND && e != METOD_LOGIN && e != METOD_DENIED &&
	    !web_form_problem(rq, e))
		return false;
	web_problem(rq,
	    "This code is not found. Compare it with the slip: letters and digits, case and "
	    "spaces do not matter.");
	return true;
}

static void go_in(struct web_request *rq, enum metod_err e)
{
	if (!e)
		web_see_other(rq, "/start");
	else if (e == METOD_PIN)
		web_show_pin(rq, 401);
	else if (bad_code(rq, e))
		web_show_enter(rq, 422);
	else
		web_fail(rq, e);
}

void web_show_enter(struct web_request *rq, int status)
{
	struct web_enter_page *page = METOD_NEW(rq->arena, struct web_enter_page);

	page->code = web_form_get(&rq->form, "code");
	web_page(rq, status, WEB_PAGE_ENTER, page);
}

void web_get_root(struct web_request *rq)
{
	web_show_enter(rq, 200);
}

void web_post_root(struct web_request *rq)
{
	struct metod_str code = metod_str_trim(web_form_get(&rq->form, "code"));

	if (code.n == 0 || code.n > METOD_CODE_MAX) {
		web_problem(rq, "Enter the code from your invitation.");
		web_show_enter(rq, 422);
		return;
	}
	web_enter(rq, code, METOD_STR(""), go_in);
}

void web_get_code(struct web_request *rq)
{
	web_enter(rq, rq->word, METOD_STR(""), go_in);
}

/* ---- PIN ---- */

void web_show_pin(struct web_request *rq, int status)
{
	struct web_pin_page *page = METOD_NEW(rq->arena, struct web_pin_page);

	page->with_code = web_get_cookie(rq, "e").n == 0;
	web_page(rq, status, WEB_PAGE_PIN, page);
}

void web_get_pin(struct web_request *rq)
{
	web_show_pin(rq, 200);
}

static void pin_tried(struct web_request *rq, enum metod_err e)
{
	if (!e) {
		web_see_other(rq, "/start");
		return;
	}
	if (e == METOD_PIN || e == METOD_LOGIN || e == METOD_DENIED ||
	    e == METOD_NOT_FOUND || web_form_problem(rq, e)) {
		web_problem(rq, "The code or the PIN does not fit. Try once more.");
		web_show_pin(rq, 422);
		return;
	}
	web_fail(rq, e);
}

void web_post_pin(struct web_request *rq)
{
	struct metod_str code = metod_str_trim(web_form_get(&rq->form, "code"));
	struct metod_str pin = metod_str_trim(web_form_get(&rq->form, "pin"));

	if (code.n == 0)
		code = web_get_cookie(rq, "e");
	if (code.n == 0 || code.n > METOD_CODE_MAX || pin.n == 0 || pin.n > 32) {
		web_problem(rq, "Enter the code and the PIN.");
		web_show_pin(rq, 422);
		return;
	}
	web_enter(rq, code, pin, pin_tried);
}

/* ---- start ---- */

struct starting {
	struct metod_start_view view;
	struct metod_start_req request;
	struct metod_done_rep done;
	struct metod_str wrong; /* field that was refused */
	int status;
};

static struct starting *starting_of(struct web_request *rq)
{
	if (!rq->state || rq->again)
		rq->state = METOD_NEW(rq->arena, struct starting);
	rq->again = false;
	return rq->state;
}

static void show_start(struct web_request *rq, enum metod_err e)
{
	struct starting *starting = rq->state;
	const struct metod_start_view *view = &starting->view;
	struct web_start_page *page;

	if (e) {
		web_fail(rq, e);
		return;
	}
	page = METOD_NEW(rq->arena, struct web_start_page);
	page->view = &starting->view;
	page->consent_process = starting->request.consent_process;
	page->consent_aggregate = starting->request.consent_aggregate;
	page->shared_answer = web_form_get(&rq->form, "shared");
	page->may_begin = view->open &&
	    (metod_str_is(view->state, "created") ||
		metod_str_is(view->state, "declined"));
	page->may_go_on = view->open && metod_str_is(view->state, "started");
	page->all_answered = view->next_page > view->pages;
	page->wrong = starting->wrong;
	web_page(rq, starting->status ? starting->status : 200, WEB_PAGE_START, page);
}

static void ask_start(struct web_request *rq, web_then *then)
{
	struct starting *starting = starting_of(rq);
	const struct web_want want = {"attempt.show", NULL, &starting->view, false};

	metod_record_init(&metod_start_view_desc, &starting->view);
	web_ask(rq, then, &want, 1);
}

void web_get_start(struct web_request *rq)
{
	ask_start(rq, show_start);
}

static void started(struct web_request *rq, enum metod_err e)
{
	struct starting *starting = rq->state;

	if (!e) {
		web_keep_session(
		    rq, rq->session, starting->view.until, starting->request.shared);
		web_see_other(rq, "/a/1");
	} else if (web_form_problem(rq, e)) {
		starting->status = 422;
		starting->wrong = metod_arena_strz(rq->arena, rq->error.field);
		ask_start(rq, show_start);
	} else {
		web_fail(rq, e);
	}
}

static void declined(struct web_request *rq, enum metod_err e)
{
	if (e)
		web_fail(rq, e);
	else
		web_see_done(rq, "/start", "declined");
}

static bool ticked(struct web_request *rq, const char *name)
{
	return web_form_get(&rq->form, name).n > 0;
}

/* The view came first: it has the last day, which the cookie needs. */
static void begin(struct web_request *rq, enum metod_err e)
{
	struct starting *starting = rq->state;
	const struct web_want want = {
	    "attempt.start", &starting->request, &starting->done, false};

	if (e) {
		web_fail(rq, e);
		return;
	}
	starting->request.consent_process = ticked(rq, "consent_process");
	starting->request.consent_aggregate = ticked(rq, "consent_aggregate");
	starting->request.shared = metod_str_is(web_form_get(&rq->form, "shared"), "yes");
	starting->request.pin = metod_str_trim(web_form_get(&rq->form, "pin"));
	web_ask(rq, started, &want, 1);
}

void web_post_start(struct web_request *rq)
{
	struct starting *starting = starting_of(rq);
	const struct web_want want = {"attempt.decline", NULL, &starting->done, false};

	if (metod_str_is(web_form_get(&rq->form, "act"), "decline"))
		web_ask(rq, declined, &want, 1);
	else
		ask_start(rq, begin);
}

/* ---- out, and language ---- */

static void logged_out(struct web_request *rq, enum metod_err e)
{
	(void)e; /* the browser forgets in any case */
	web_set_cookie(rq, "m", METOD_STR(""), 0);
	web_set_cookie(rq, "e", METOD_STR(""), 0);
	web_header_out(rq, "Clear-Site-Data", "\"cache\", \"cookies\", \"storage\"");
	web_see_other(rq, "/");
}

void web_logout(struct web_request *rq)
{
	const struct web_want want = {"logout", NULL, NULL, true};

	web_ask(rq, logged_out, &want, 1);
}

void web_language(struct web_request *rq)
{
	struct metod_str to = web_form_get(&rq->query, "to");
	enum metod_lang lang = metod_lang_from(rq->word);

	web_set_cookie(rq, "l", metod_str(metod_lang_word(lang)), 365 * DAY_S);
	web_see_other(rq, web_local_path(to) ? metod_arena_z(rq->arena, to) : "/");
}
