/* SPDX-License-Identifier: Apache-2.0
 * All that is stored about the teacher, to read, to take away and to withdraw. */
#include "internal.h"

#include "metod/wire.h"

struct data {
	struct metod_data_view view;
	struct metod_profile_view profile; /* this and the route: for names of themes */
	struct metod_route_view route;
	struct metod_done_rep done;
};

/* "SUB-1: 2; SUB-2: -2": the codes of the answers are explained on the page. */
static struct metod_str answers_text(
    struct web_request *rq, struct metod_strs items, struct metod_i64s answers)
{
	struct metod_buf buf = {0};
	struct metod_str text;

	for (size_t i = 0; i < answers.n; i++) {
		metod_buf_z(&buf, i ? "; " : "");
		if (i < items.n)
			metod_buf_printf(&buf, "%.*s: ", METOD_FMT(items.p[i]));
		metod_buf_printf(&buf, "%lld", (long long)answers.p[i]);
	}
	text = metod_arena_str(rq->arena, metod_buf_view(&buf));
	metod_buf_done(&buf);
	return text;
}

static void fill_sheets(struct web_request *rq, const struct metod_data_view *view,
    struct web_data_page *page)
{
	page->sheets.n = view->submissions.n;
	page->sheets.p = METOD_NEWS(rq->arena, view->submissions.n, struct web_sheet);
	for (size_t i = 0; i < view->submissions.n; i++) {
		const struct metod_submission *sheet = &view->submissions.p[i];

		page->sheets.p[i] = (struct web_sheet){.at = sheet->at,
		    .answers = answers_text(rq, sheet->items, sheet->answers)};
	}
	page->saved.n = view->pages.n;
	page->saved.p = METOD_NEWS(rq->arena, view->pages.n, struct web_sheet);
	for (size_t i = 0; i < view->pages.n; i++) {
		const struct metod_page *saved = &view->pages.p[i];

		page->saved.p[i] = (struct web_sheet){.at = saved->saved,
		    .page = saved->page,
		    .answers = answers_text(rq, (struct metod_strs){0}, saved->answers)};
	}
}

/* "process:1" is a consent and the version of its text. */
static void name_consents(struct web_request *rq, struct metod_data_view *view)
{
	for (size_t i = 0; i < view->attempts.n; i++) {
		struct metod_strs consents = view->attempts.p[i].consents;

		for (size_t j = 0; j < consents.n; j++) {
			if (metod_str_starts(consents.p[j], "process:"))
				consents.p[j] = web_tr(rq, "my profile and route");
			else if (metod_str_starts(consents.p[j], "aggregate:"))
				consents.p[j] = web_tr(rq, "group numbers without names");
		}
	}
}

static void show_data(struct web_request *rq, enum metod_err e)
{
	struct data *data = rq->state;
	struct web_data_page *page;

	if (e) {
		web_fail(rq, e);
		return;
	}
	page = METOD_NEW(rq->arena, struct web_data_page);
	page->data = &data->view;
	fill_sheets(rq, &data->view, page);
	name_consents(rq, &data->view);
	web_grants(rq, data->view.grants.p, data->view.grants.n, &data->profile,
	    &data->route, &page->open.p, &page->open.n);
	rq->here = "data";
	web_page(rq, rq->problem.n ? 422 : 200, WEB_PAGE_DATA, page);
}

static void ask_data(struct web_request *rq, web_then *then)
{
	struct data *data = METOD_NEW(rq->arena, struct data);
	const struct web_want wants[] = {
	    {"me.data", NULL, &data->view, false},
	    {"me.profile", NULL, &data->profile, true},
	    {"me.route", NULL, &data->route, true},
	};

	metod_record_init(&metod_profile_view_desc, &data->profile);
	rq->state = data;
	web_ask(rq, then, wants, METOD_LEN(wants));
}

void web_get_data(struct web_request *rq)
{
	ask_data(rq, show_data);
}

static void send_json(struct web_request *rq, enum metod_err e)
{
	const struct data *data = rq->state;
	const struct metod_emit how = {
	    .output = METOD_OUT_JSON, .schema = "metod.v1", .demo = rq->web->demo};
	struct metod_buf json = {0};

	if (!e)
		e = metod_emit(
		    &metod_data_view_desc, &data->view, &how, &json, &rq->error);
	if (e) {
		web_fail(rq, e);
	} else {
		web_header_out(
		    rq, "Content-Disposition", "attachment; filename=\"my-data.json\"");
		web_bytes(rq, 200, "application/json; charset=utf-8",
		    metod_buf_view(&json), false);
	}
	metod_buf_done(&json);
}

void web_get_data_json(struct web_request *rq)
{
	ask_data(rq, send_json);
}

static void withdrawn(struct web_request *rq, enum metod_err e)
{
	struct data *data = rq->state;
	struct web_message_page *page;

	if (e) {
		web_fail(rq, e);
		return;
	}
	page = METOD_NEW(rq->arena, struct web_message_page);
	web_set_cookie(rq, "m", METOD_STR(""), 0);
	rq->session = METOD_STR("");
	page->heading = web_tr(rq, "Your answers are withdrawn");
	page->text = data->done.note;
	page->back = METOD_STR("");
	web_page(rq, 200, WEB_PAGE_MESSAGE, page);
}

void web_withdraw(struct web_request *rq)
{
	struct data *data;
	struct web_want want = {"me.withdraw", NULL, NULL, false};

	if (web_form_get(&rq->form, "confirm").n == 0) {
		web_problem(
		    rq, "To withdraw, tick that you understand: this cannot be undone.");
		ask_data(rq, show_data);
		return;
	}
	data = METOD_NEW(rq->arena, struct data);
	rq->state = data;
	want.reply = &data->done;
	web_ask(rq, withdrawn, &want, 1);
}
