/* SPDX-License-Identifier: Apache-2.0
 * Pages of the questionnaire: show, save, check, send. Nothing that was typed is lost:
 * gaps, a session that ended and a changed answer under an old key all bring the form
 * back with its values. */
#include "internal.h"

enum { NO_ANSWER = -1 };

struct answering {
	struct metod_page_req page_request;
	struct metod_page_view view;
	struct metod_page_save_req save;
	struct metod_page_save_rep saved;
	bool given; /* save.answers are those of the form */
	int status;
};

static struct answering *new_answering(struct web_request *rq)
{
	struct answering *a = METOD_NEW(rq->arena, struct answering);

	metod_record_init(&metod_page_view_desc, &a->view);
	a->page_request.page = rq->number;
	rq->state = a;
	return a;
}

static void ask_page(struct web_request *rq, web_then *then)
{
	struct answering *a = rq->state;
	const struct web_want want = {"page.show", &a->page_request, &a->view, false};

	web_ask(rq, then, &want, 1);
}

/* Whose sheet, which statements, in which order: answers of another one must not land
 * here. */
static struct metod_str fingerprint(
    struct web_request *rq, const struct metod_page_view *view)
{
	uint64_t hash = metod_hash64(view->page, view->sheet.p, view->sheet.n);

	for (size_t i = 0; i < view->rows.n; i++)
		hash = metod_hash64(hash, view->rows.p[i].item.p, view->rows.p[i].item.n);
	return metod_arena_printf(rq->arena, "%016llx", (unsigned long long)hash);
}

/* ---- showing ---- */

static void fill_rows(struct web_request *rq, struct web_answers_page *page)
{
	const struct answering *a = rq->state;
	const struct metod_page_view *view = &a->view;

	page->rows.n = view->rows.n;
	page->rows.p = METOD_NEWS(rq->arena, view->rows.n, struct web_question);
	for (size_t i = 0; i < view->rows.n; i++) {
		bool given = a->given && i < a->save.answers.n;
		int64_t answer = given ? a->save.answers.p[i] : view->rows.p[i].answer;

		page->rows.p[i] = (struct web_question){
		    .n = view->rows.p[i].n,
		    .at = i + 1,
		    .text = view->rows.p[i].text,
		    .answer = answer,
		    .missing = a->status == 422 && answer == NO_ANSWER,
		};
		page->gaps += page->rows.p[i].missing;
	}
}

/* The scale first, in its order; "not in my work" and "cannot judge" stand apart. */
static void fill_options(struct web_request *rq, struct web_answers_page *page)
{
	const struct answering *a = rq->state;
	size_t n = a->view.options.n;

	page->options.p = METOD_NEWS(rq->arena, n, struct metod_option);
	page->escapes.p = METOD_NEWS(rq->arena, n, struct metod_option);
	for (size_t i = 0; i < n; i++) {
		const struct metod_option *option = &a->view.options.p[i];

		if (option->value >= 0)
			page->options.p[page->options.n++] = *option;
		else
			page->escapes.p[page->escapes.n++] = *option;
	}
}

static void show_answers(struct web_request *rq, enum metod_err e)
{
	const struct answering *a = rq->state;
	const struct metod_page_view *view = &a->view;
	struct web_answers_page *page;

	if (e) {
		web_fail(rq, e);
		return;
	}
	page = METOD_NEW(rq->arena, struct web_answers_page);
	page->page = view->page;
	page->pages = view->pages;
	page->heading = view->heading;
	page->answered = view->answered;
	page->questions = view->questions;
	page->minutes_left = view->minutes_left;
	page->print = fingerprint(rq, view);
	page->count = view->rows.n;
	page->shown_at = (uint64_t)view->shown_at;
	page->from_check =
	    web_form_get(&rq->query, "from").n || web_form_get(&rq->form, "from").n;
	page->before = view->page > 1 ? view->page - 1 : 0;
	fill_rows(rq, page);
	fill_options(rq, page);
	if (page->gaps && !rq->problem.n)
		web_problem(rq, "Some statements have no answer yet.");
	web_page(rq, a->status ? a->status : 200, WEB_PAGE_ANSWERS, page);
}

void web_get_answers(struct web_request *rq)
{
	new_answering(rq);
	ask_page(rq, show_answers);
}

/* ---- the form ---- */

static uint64_t form_u64(struct web_request *rq, const char *name, uint64_t most)
{
	uint64_t value = 0;

	return metod_str_u64(web_form_get(&rq->form, name), &value) && value <= most
	    ? value
	    : 0;
}

static int64_t form_answer(struct web_request *rq, size_t at)
{
	const char *name = metod_arena_printf(rq->arena, "q%zu", at).p;
	int64_t value;

	return metod_str_i64(web_form_get(&rq->form, name), &value) && value >= -3 &&
		value <= 3
	    ? value
	    : NO_ANSWER;
}

/* False when the form names no statements. */
static bool read_form(struct web_request *rq)
{
	struct answering *a = rq->state;
	size_t n = form_u64(rq, "n", METOD_PAGE_ITEMS_MAX);

	a->save.page = rq->number;
	a->save.partial = metod_str_is(web_form_get(&rq->form, "act"), "later");
	/* Passed on as it came: the same form sent twice must be the same request. */
	a->save.shown_at = (int64_t)form_u64(rq, "at", (uint64_t)METOD_ID_MAX);
	a->save.answers.n = n;
	a->save.answers.p = METOD_NEWS(rq->arena, n, int64_t);
	for (size_t i = 0; i < n; i++)
		a->save.answers.p[i] = form_answer(rq, i + 1);
	a->given = true;
	return n > 0;
}

static bool has_gaps(const struct answering *a)
{
	for (size_t i = 0; i < a->save.answers.n; i++) {
		if (a->save.answers.p[i] == NO_ANSWER)
			return true;
	}
	return false;
}

/* ---- both values ---- */

static struct metod_str answer_text(struct web_request *rq, int64_t value)
{
	const struct answering *a = rq->state;

	for (size_t i = 0; i < a->view.options.n; i++) {
		if (a->view.options.p[i].value == value)
			return a->view.options.p[i].text;
	}
	return web_tr(rq, "no answer");
}

/* The page was stored with other answers: both are shown, and the form can be sent under
 * a new key. */
static void show_clash(struct web_request *rq, enum metod_err e)
{
	const struct answering *a = rq->state;
	struct web_clash_page *page;

	if (e) {
		web_fail(rq, e);
		return;
	}
	page = METOD_NEW(rq->arena, struct web_clash_page);
	page->page = a->view.page;
	page->rows.n = a->view.rows.n;
	page->rows.p = METOD_NEWS(rq->arena, page->rows.n, struct web_clash);
	for (size_t i = 0; i < page->rows.n; i++) {
		const struct metod_question *row = &a->view.rows.p[i];
		int64_t sent = i < a->save.answers.n ? a->save.answers.p[i] : NO_ANSWER;

		page->rows.p[i] = (struct web_clash){.text = row->text,
		    .stored = answer_text(rq, row->answer),
		    .sent = answer_text(rq, sent),
		    .differs = row->answer != sent};
	}
	page->fields.n = web_carried(rq, &page->fields.p);
	for (size_t i = 0, n = page->fields.n; i < n; i++) {
		/* The template writes the new key. */
		if (metod_str_is(page->fields.p[i].name, "k"))
			page->fields.p[i] = page->fields.p[--page->fields.n];
	}
	web_page(rq, 409, WEB_PAGE_CLASH, page);
}

/* ---- saving ---- */

static void saved(struct web_request *rq, enum metod_err e)
{
	struct answering *a = rq->state;

	if (e == METOD_KEY_REUSED || e == METOD_CONFLICT) {
		ask_page(rq, show_clash);
	} else if (e && web_form_problem(rq, e)) {
		a->status = 422;
		ask_page(rq, show_answers);
	} else if (e) {
		web_fail(rq, e);
	} else if (a->save.partial) {
		web_see_done(rq, "/start", "later");
	} else if (web_form_get(&rq->form, "from").n || rq->number >= a->saved.pages) {
		web_see_other(rq, "/a/check");
	} else {
		web_see_other(rq,
		    metod_arena_printf(
			rq->arena, "/a/%llu", (unsigned long long)rq->number + 1)
			.p);
	}
}

static void send_page(struct web_request *rq)
{
	struct answering *a = rq->state;
	const struct web_want want = {"page.save", &a->save, &a->saved, false};

	if (!has_gaps(a) || a->save.partial) {
		web_ask(rq, saved, &want, 1);
		return;
	}
	a->status = 422;
	ask_page(rq, show_answers);
}

/* Behind a new session: is it still the same questionnaire? */
static void same_questionnaire(struct web_request *rq, enum metod_err e)
{
	const struct answering *a = rq->state;

	if (e)
		web_fail(rq, e);
	else if (metod_str_eq(web_form_get(&rq->form, "f"), fingerprint(rq, &a->view)))
		send_page(rq);
	else
		web_refuse(rq, 409);
}

void web_post_answers(struct web_request *rq)
{
	new_answering(rq);
	if (!read_form(rq))
		web_refuse(rq, 400);
	else if (rq->again)
		ask_page(rq, same_questionnaire);
	else
		send_page(rq);
}

/* ---- checking ---- */

struct checking {
	struct metod_check_view view;
	struct metod_submit_req request;
	struct metod_submit_rep reply;
	struct metod_start_view start;
	int status;
};

static void fill_groups(struct web_request *rq, const struct metod_check_view *view,
    struct web_check_page *page)
{
	struct web_check_group *group = NULL;

	page->groups.p = METOD_NEWS(rq->arena, view->rows.n, struct web_check_group);
	page->missing.p = METOD_NEWS(rq->arena, view->rows.n, struct metod_check_row);
	for (size_t i = 0; i < view->rows.n; i++) {
		struct metod_check_row *row = &view->rows.p[i];

		if (!group || group->page != row->page) {
			group = &page->groups.p[page->groups.n++];
			group->page = row->page;
			group->rows.p = row;
		}
		group->rows.n++;
		if (row->answer == NO_ANSWER)
			page->missing.p[page->missing.n++] = *row;
	}
}

static void show_check(struct web_request *rq, enum metod_err e)
{
	const struct checking *checking = rq->state;
	struct web_check_page *page;

	if (e) {
		web_fail(rq, e);
		return;
	}
	page = METOD_NEW(rq->arena, struct web_check_page);
	page->gaps = checking->view.gaps;
	page->first_gap = checking->view.first_gap;
	fill_groups(rq, &checking->view, page);
	web_page(rq, checking->status ? checking->status : 200, WEB_PAGE_CHECK, page);
}

static void ask_check(struct web_request *rq)
{
	struct checking *checking = rq->state;
	const struct web_want want = {"attempt.check", NULL, &checking->view, false};

	web_ask(rq, show_check, &want, 1);
}

void web_get_check(struct web_request *rq)
{
	rq->state = METOD_NEW(rq->arena, struct checking);
	ask_check(rq);
}

static void submitted(struct web_request *rq, enum metod_err e)
{
	struct checking *checking = rq->state;

	if (e && web_form_problem(rq, e)) {
		checking->status = 422;
		ask_check(rq);
	} else if (e) {
		web_fail(rq, e);
	} else {
		if (checking->reply.session.n)
			web_keep_session(rq, checking->reply.session, METOD_NIL,
			    checking->start.shared);
		web_see_other(rq, "/me");
	}
}

static void submit(struct web_request *rq, enum metod_err e)
{
	struct checking *checking = rq->state;
	const struct web_want want = {
	    "attempt.submit", &checking->request, &checking->reply, false};

	if (e)
		web_fail(rq, e);
	else
		web_ask(rq, submitted, &want, 1);
}

void web_submit(struct web_request *rq)
{
	struct checking *checking = METOD_NEW(rq->arena, struct checking);
	const struct web_want want = {"attempt.show", NULL, &checking->start, false};

	rq->state = checking;
	checking->request.with_gaps = web_form_get(&rq->form, "with_gaps").n > 0;
	web_ask(rq, submit, &want, 1);
}
