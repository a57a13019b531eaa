/* SPDX-License-Identifier: Apache-2.0
 * Pages of the sheet: shown with the saved answers, saved one by one, listed before
 * sending. A page that was answered "saved" is an event. Answers that were sent are not
 * shown here again: a printed code opens the questionnaire, not an earlier result. */
#include "flow.h"

enum { SPENT_MS_MAX = 1000000000 };

enum metod_err not_begun(struct metod_call *call)
{
	metod_fail(call->err, METOD_CONFLICT, "attempt", "%s",
	    metod_tr(call->lang, "this questionnaire has not been begun"));
	return metod_hint(
	    call->err, "%s", metod_tr(call->lang, "begin it on the first page"));
}

/* The begun, unsent sheet of the caller. */
static enum metod_err open_sheet(struct metod_call *call, struct way *ret)
{
	enum metod_err e = way_of(call, ret);
	if (e != METOD_OK)
		return e;
	if (metod_str_is(ret->invitation.state, "submitted")) {
		metod_fail(call->err, METOD_CLOSED, "attempt", "%s",
		    metod_tr(call->lang,
			"your answers have been sent, they are safe and no longer change"));
		return metod_hint(call->err, "%s",
		    metod_tr(call->lang,
			"your answers are on the page of all that is stored about you"));
	}
	if (!ret->open)
		return wave_refuses(call, &ret->wave);
	return metod_str_is(ret->invitation.state, "started") && ret->attempt.id
	    ? METOD_OK
	    : not_begun(call);
}

/* Items of a page; NOT_FOUND when there is no such page. */
static enum metod_err page_items(
    struct metod_call *call, const struct way *way, uint64_t page, struct metod_strs *ret)
{
	if (page == 0 || page > way->attempt.pages.n)
		return gate_not_found(call, "page");
	*ret = (struct metod_strs){
	    way->attempt.items.p + page_begin(&way->attempt.pages, page),
	    (size_t)way->attempt.pages.p[page - 1]};
	return METOD_OK;
}

/* ---- showing ---- */

static void fill_options(struct metod_call *call, const struct metod_framework *framework,
    struct metod_page_view *view)
{
	size_t n = framework->scale.n;
	view->options.p = METOD_NEWS(call->arena, n + 2, struct metod_option);
	for (size_t i = 0; i < n; i++)
		view->options.p[i] =
		    (struct metod_option){(int64_t)framework->scale.p[i].value,
			metod_pick(framework->scale.p[i].text, call->lang)};
	view->options.p[n++] = (struct metod_option){
	    METOD_ANSWER_NP, metod_pick(framework->not_in_work, call->lang)};
	view->options.p[n++] = (struct metod_option){
	    METOD_ANSWER_CANNOT, metod_pick(framework->cannot_judge, call->lang)};
	view->options.n = n;
}

/* One neutral question over the whole run of a group's pages. */
static struct metod_str heading_of(struct metod_call *call,
    const struct metod_framework *framework, const struct metod_item *item)
{
	const struct metod_competency *competency =
	    competency_of(framework, item->competency);
	for (size_t g = 0; competency && g < framework->groups.n; g++)
		if (metod_str_eq(framework->groups.p[g].id, competency->group))
			return metod_pick(framework->groups.p[g].heading, call->lang);
	return metod_str(metod_tr(call->lang, "How do you do this at work?"));
}

static enum metod_err fill_statements(struct metod_call *call, const struct way *way,
    const struct metod_framework *framework, const struct metod_form *form,
    struct metod_strs ids, const struct sheet *sheet, struct metod_page_view *view)
{
	size_t begin = page_begin(&way->attempt.pages, view->page);
	view->rows.p = METOD_NEWS(call->arena, ids.n, struct metod_question);
	for (size_t i = 0; i < ids.n; i++) {
		const struct metod_item *item = form_item(form, ids.p[i]);
		if (!item) /* a frozen form keeps its items */
			return METOD_DAMAGED;
		if (i == 0)
			view->heading = heading_of(call, framework, item);
		view->rows.p[i] = (struct metod_question){begin + i + 1, item->id,
		    item_text(item, way->attempt.wording, call->lang),
		    sheet->answers.p[begin + i]};
	}
	view->rows.n = ids.n;
	return METOD_OK;
}

enum metod_err metod_do_page_show(
    struct metod_call *call, const void *request, void *reply)
{
	const struct metod_page_req *req = request;
	struct metod_page_view *view = reply;
	struct metod_framework framework;
	struct metod_form form;
	struct metod_strs ids;
	struct sheet sheet;
	struct way way;

	enum metod_err e = open_sheet(call, &way);
	if (e == METOD_OK)
		e = page_items(call, &way, req->page, &ids);
	if (e == METOD_OK)
		e = framework_of(call, way.wave.framework, &framework);
	if (e == METOD_OK)
		e = wave_form(call, &way.wave, &form);
	if (e != METOD_OK)
		return e;
	sheet_read(call, &way.attempt, &sheet);
	view->page = req->page;
	view->pages = way.attempt.pages.n;
	struct metod_page key = {.attempt = way.attempt.id, .page = req->page}, saved;
	if (metod_get(call->txn, METOD_T_PAGE, &key, call->arena, &saved) == METOD_OK)
		view->version = saved.version;
	e = fill_statements(call, &way, &framework, &form, ids, &sheet, view);
	if (e != METOD_OK)
		return e;
	fill_options(call, &framework, view);
	view->questions = sheet.answers.n;
	view->answered = sheet.answers.n - sheet.gaps;
	view->minutes_left =
	    (wave_minutes(call, &way.wave) * sheet.gaps + sheet.answers.n - 1) /
	    sheet.answers.n;
	view->shared = way.attempt.shared;
	view->demo = call->demo;
	view->shown_at = call->now_ms;
	view->sheet = metod_arena_printf(call->arena, "%016llx",
	    (unsigned long long)metod_hash64(
		way.attempt.seed, &way.attempt.id, sizeof way.attempt.id));
	return METOD_OK;
}

/* ---- saving ---- */

static enum metod_err check_answers(
    struct metod_call *call, const struct metod_page_save_req *req, size_t statements)
{
	if (req->answers.n != statements)
		return metod_fail(call->err, METOD_RANGE, "answers", "%s: %zu",
		    metod_tr(call->lang, "this page has another number of statements"),
		    statements);
	for (size_t i = 0; i < statements; i++) {
		int64_t answer = req->answers.p[i];
		struct metod_str field =
		    metod_arena_printf(call->arena, "answers[%zu]", i);
		if (answer < METOD_ANSWER_CANNOT || answer > 3)
			return metod_fail(call->err, METOD_RANGE, field.p, "%s",
			    metod_tr(call->lang, "an answer is one of the six offered"));
		if (answer == METOD_ANSWER_NONE && !req->partial) {
			metod_fail(call->err, METOD_MISSING, field.p, "%s",
			    metod_tr(
				call->lang, "please choose an answer to this statement"));
			return metod_hint(call->err, "%s",
			    metod_tr(call->lang,
				"if none fits, there are \"did not come up in my work\" and \"cannot judge\"; or save and return later"));
		}
	}
	return METOD_OK;
}

enum metod_err metod_do_page_save(
    struct metod_call *call, const void *request, void *reply)
{
	const struct metod_page_save_req *req = request;
	struct metod_page_save_rep *rep = reply;
	struct metod_strs ids;
	struct way way;

	enum metod_err e = open_sheet(call, &way);
	if (e == METOD_OK)
		e = page_items(call, &way, req->page, &ids);
	if (e == METOD_OK)
		e = check_answers(call, req, ids.n);
	if (e != METOD_OK)
		return e;
	struct metod_page page = {.attempt = way.attempt.id, .page = req->page}, old;
	e = metod_get(call->txn, METOD_T_PAGE, &page, call->arena, &old);
	if (e != METOD_OK) /* none yet, or damaged: the new one takes its place */
		old = (struct metod_page){0};
	page.person = way.invitation.person;
	page.version = old.version + 1;
	page.answers = req->answers;
	page.saved = call->now_ms;
	/* A page may be saved several times while it stays open: its clock runs on from
	 * the showing. */
	page.spent_ms = old.spent_ms;
	if (req->shown_at > 0 && req->shown_at < call->now_ms) {
		uint64_t spent = (uint64_t)(call->now_ms - req->shown_at);
		if (spent > SPENT_MS_MAX)
			spent = SPENT_MS_MAX;
		if (spent > page.spent_ms)
			page.spent_ms = spent;
	}
	metod_record(call->txn, METOD_E_PAGE_SAVED, &page);
	rep->page = page.page;
	rep->version = page.version;
	rep->pages = way.attempt.pages.n;
	rep->next_page = page.page + 1; /* pages + 1: the check */
	return METOD_OK;
}

/* ---- the check before sending ---- */

static struct metod_str answer_text(
    struct metod_call *call, const struct metod_framework *framework, int64_t answer)
{
	if (answer == METOD_ANSWER_NP)
		return metod_pick(framework->not_in_work, call->lang);
	if (answer == METOD_ANSWER_CANNOT)
		return metod_pick(framework->cannot_judge, call->lang);
	if (answer >= 0 && (size_t)answer < framework->scale.n)
		return metod_pick(framework->scale.p[answer].text, call->lang);
	return METOD_STR("");
}

enum metod_err metod_do_attempt_check(
    struct metod_call *call, const void *request, void *reply)
{
	struct metod_check_view *view = reply;
	struct metod_framework framework;
	struct metod_form form;
	struct sheet sheet;
	struct way way;
	(void)request;

	enum metod_err e = open_sheet(call, &way);
	if (e == METOD_OK)
		e = framework_of(call, way.wave.framework, &framework);
	if (e == METOD_OK)
		e = wave_form(call, &way.wave, &form);
	if (e != METOD_OK)
		return e;
	sheet_read(call, &way.attempt, &sheet);
	view->rows.p =
	    METOD_NEWS(call->arena, sheet.answers.n + 1, struct metod_check_row);
	for (uint64_t page = 1, i = 0; page <= way.attempt.pages.n; page++)
		for (size_t end = page_begin(&way.attempt.pages, page + 1); i < end;
		     i++) {
			const struct metod_item *item =
			    form_item(&form, way.attempt.items.p[i]);
			if (!item)
				return METOD_DAMAGED;
			int64_t answer = sheet.answers.p[i];
			view->rows.p[view->rows.n++] = (struct metod_check_row){page,
			    i + 1, item_text(item, way.attempt.wording, call->lang),
			    answer, answer_text(call, &framework, answer)};
		}
	view->gaps = sheet.gaps;
	view->first_gap = sheet.gap_page;
	view->pages = way.attempt.pages.n;
	view->demo = call->demo;
	return METOD_OK;
}
