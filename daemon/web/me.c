/* SPDX-License-Identifier: Apache-2.0
 * The result: strengths first, then where support would help, then the next step; and the
 * acts by which a teacher opens something to somebody. Everything stays closed until an
 * act opens it. */
#include "internal.h"

struct result {
	struct metod_profile_view profile;
	struct metod_route_view route;
	struct metod_messages_rep messages;
	struct metod_my_pairs_rep pairs;
	int status;
	/* acts */
	struct metod_wants_req wants;
	struct metod_grant_req grant;
	struct metod_id_req revoke;
	struct metod_pair_req pair;
	struct metod_pin_req pin;
	struct metod_done_rep done;
	const char *done_word;
};

/* ---- rows ---- */

enum { SCALE_MILLI = 3000 };

/* Thousandths of the 0..3 scale as a percentage of the strip: "41.7%". */
static struct metod_str percent(struct web_request *rq, int64_t milli)
{
	int64_t tenths = milli * 1000 / SCALE_MILLI;

	return metod_arena_printf(
	    rq->arena, "%lld.%lld%%", (long long)(tenths / 10), (long long)(tenths % 10));
}

static struct web_area area_of(struct web_request *rq, const struct metod_area *area)
{
	struct web_area row = {
	    .competency = area->competency,
	    .name = area->name,
	    .state = area->state,
	    .level_word = area->level_word,
	    .t = area->t,
	    .t_lo = area->t_lo,
	    .t_hi = area->t_hi,
	    .answered = area->answered,
	    .shown = area->shown,
	    .wanted = area->wanted,
	};

	if (area->t != METOD_NIL && area->t_lo != METOD_NIL && area->t_hi >= area->t_lo) {
		row.strip_t = percent(rq, area->t);
		row.strip_from = percent(rq, area->t_lo);
		row.strip_wide = percent(rq, area->t_hi - area->t_lo);
	}
	return row;
}

static void fill_areas(struct web_request *rq, const struct metod_profile_view *profile,
    struct web_me_page *page)
{
	size_t n = profile->rows.n;

	page->all.p = METOD_NEWS(rq->arena, n, struct web_area);
	page->strong.p = METOD_NEWS(rq->arena, n, struct web_area);
	page->need.p = METOD_NEWS(rq->arena, n, struct web_area);
	page->unclear.p = METOD_NEWS(rq->arena, n, struct web_area);
	page->other.p = METOD_NEWS(rq->arena, n, struct web_area);
	for (size_t i = 0; i < n; i++) {
		struct web_area row = area_of(rq, &profile->rows.p[i]);

		page->all.p[page->all.n++] = row;
		if (metod_str_is(row.state, "ok"))
			page->strong.p[page->strong.n++] = row;
		else if (metod_str_is(row.state, "need"))
			page->need.p[page->need.n++] = row;
		else if (metod_str_is(row.state, "unclear"))
			page->unclear.p[page->unclear.n++] = row;
		else
			page->other.p[page->other.n++] = row;
	}
	page->needs = page->need.n;
}

/* ---- what is open ---- */

/* A theme is an area of the profile or a step of the route. */
static struct metod_str theme_name(const struct metod_profile_view *profile,
    const struct metod_route_view *route, struct metod_str code)
{
	for (size_t i = 0; i < profile->rows.n; i++) {
		if (metod_str_eq(profile->rows.p[i].competency, code))
			return profile->rows.p[i].name;
	}
	for (size_t i = 0; i < route->rows.n; i++) {
		if (metod_str_eq(route->rows.p[i].code, code))
			return route->rows.p[i].title;
	}
	return code;
}

static struct metod_str theme_names(struct web_request *rq,
    const struct metod_profile_view *profile, const struct metod_route_view *route,
    struct metod_strs themes)
{
	struct metod_buf buf = {0};
	struct metod_str text;

	for (size_t i = 0; i < themes.n; i++) {
		metod_buf_z(&buf, i ? "; " : "");
		metod_buf_str(&buf, theme_name(profile, route, themes.p[i]));
	}
	text = metod_arena_str(rq->arena, metod_buf_view(&buf));
	metod_buf_done(&buf);
	return text;
}

void web_grants(struct web_request *rq, const struct metod_grant_view *grants, size_t n,
    const struct metod_profile_view *profile, const struct metod_route_view *route,
    struct web_grant **ret, size_t *ret_n)
{
	struct web_grant *list = METOD_NEWS(rq->arena, n, struct web_grant);

	*ret_n = 0;
	for (size_t i = 0; i < n; i++) {
		if (grants[i].revoked != METOD_NIL)
			continue;
		list[(*ret_n)++] = (struct web_grant){.id = grants[i].id,
		    .act = grants[i].act,
		    .themes = theme_names(rq, profile, route, grants[i].themes),
		    .at = grants[i].at};
	}
	*ret = list;
}

static bool is_open(const struct web_me_page *page, const char *act)
{
	for (size_t i = 0; i < page->grants.n; i++) {
		if (metod_str_is(page->grants.p[i].act, act))
			return true;
	}
	return false;
}

/* ---- the page ---- */

/* First step that is still ahead. */
static struct metod_route_row *next_step(struct metod_route_view *route)
{
	for (size_t i = 0; i < route->rows.n; i++) {
		struct metod_str state = route->rows.p[i].state;

		if (!metod_str_is(state, "passed") && !metod_str_is(state, "accepted") &&
		    !metod_str_is(state, "refused"))
			return &route->rows.p[i];
	}
	return NULL;
}

static uint64_t unread(const struct metod_messages_rep *messages)
{
	uint64_t n = 0;

	for (size_t i = 0; i < messages->rows.n; i++)
		n += metod_str_is(messages->rows.p[i].state, "delivered");
	return n;
}

/* Pairs that are over are history, not a question. */
static void fill_pairs(struct web_request *rq, struct web_me_page *page)
{
	const struct result *result = rq->state;
	const struct metod_my_pairs_rep *pairs = &result->pairs;

	page->pairs.p = METOD_NEWS(rq->arena, pairs->rows.n, struct metod_my_pair);
	for (size_t i = 0; i < pairs->rows.n; i++) {
		struct metod_my_pair pair = pairs->rows.p[i];

		if (!metod_str_is(pair.state, "proposed") &&
		    !metod_str_is(pair.state, "accepted"))
			continue;
		for (size_t j = 0; j < pair.themes.n; j++)
			pair.themes.p[j] = theme_name(
			    &result->profile, &result->route, pair.themes.p[j]);
		page->pairs.p[page->pairs.n++] = pair;
	}
}

static void show_me(struct web_request *rq, enum metod_err e)
{
	struct result *result = rq->state;
	const struct metod_profile_view *profile = &result->profile;
	struct web_me_page *page;

	if (e) {
		web_fail(rq, e);
		return;
	}
	page = METOD_NEW(rq->arena, struct web_me_page);
	page->at = profile->at;
	page->wave = profile->wave;
	page->label = profile->paramset_label;
	page->note = profile->note;
	page->print = profile->teacher;
	page->want_line = profile->want_line;
	fill_areas(rq, profile, page);
	page->next = next_step(&result->route);
	page->may_build = result->route.rows.n == 0 && !result->route.no_need;
	web_grants(rq, profile->grants.p, profile->grants.n, profile, &result->route,
	    &page->grants.p, &page->grants.n);
	page->shown_methodist = is_open(page, "show_methodist");
	page->finds_mentor = is_open(page, "find_mentor");
	fill_pairs(rq, page);
	page->news = unread(&result->messages);
	rq->here = "me";
	web_page(rq, result->status ? result->status : 200, WEB_PAGE_ME, page);
}

static struct result *new_result(struct web_request *rq)
{
	struct result *result = METOD_NEW(rq->arena, struct result);

	metod_record_init(&metod_profile_view_desc, &result->profile);
	metod_record_init(&metod_route_view_desc, &result->route);
	metod_record_init(&metod_grant_req_desc, &result->grant);
	rq->state = result;
	return result;
}

static void ask_me(struct web_request *rq)
{
	struct result *result = rq->state;
	const struct web_want wants[] = {
	    {"me.profile", NULL, &result->profile, false},
	    {"me.route", NULL, &result->route, true},
	    {"me.messages", NULL, &result->messages, true},
	    {"me.pairs", NULL, &result->pairs, true},
	};

	web_ask(rq, show_me, wants, METOD_LEN(wants));
}

void web_get_me(struct web_request *rq)
{
	new_result(rq);
	ask_me(rq);
}

/* ---- acts ---- */

/* What is wrong with a form is shown on the page itself. */
static void again(struct web_request *rq)
{
	struct result *result = rq->state;

	result->status = 422;
	ask_me(rq);
}

static void acted(struct web_request *rq, enum metod_err e)
{
	const struct result *result = rq->state;

	if (!e)
		web_see_done(rq, "/me", result->done_word);
	else if (web_form_problem(rq, e))
		again(rq);
	else
		web_fail(rq, e);
}

static void act(
    struct web_request *rq, const char *command, const void *request, const char *word)
{
	struct result *result = rq->state;
	const struct web_want want = {command, request, &result->done, false};

	result->done_word = word;
	web_ask(rq, acted, &want, 1);
}

void web_post_wants(struct web_request *rq)
{
	struct result *result = new_result(rq);

	result->wants.competencies =
	    web_form_all(&rq->form, "c", METOD_WISHES_MAX + 1, rq->arena);
	result->wants.line = metod_str_trim(web_form_get(&rq->form, "line"));
	if (result->wants.competencies.n > METOD_WISHES_MAX) {
		web_problem(rq, "Please choose no more than three.");
		again(rq);
	} else if (result->wants.line.n > METOD_LINE_MAX) {
		web_problem(rq, "The line is too long: about 500 letters fit.");
		again(rq);
	} else {
		act(rq, "me.wants", &result->wants, "saved");
	}
}

void web_post_grant(struct web_request *rq)
{
	struct result *result = new_result(rq);

	result->grant.act = web_form_get(&rq->form, "act");
	result->grant.themes =
	    web_form_all(&rq->form, "c", METOD_WISHES_MAX + 1, rq->arena);
	if (metod_str_is(result->grant.act, "find_mentor") &&
	    (result->grant.themes.n == 0 || result->grant.themes.n > METOD_WISHES_MAX)) {
		web_problem(rq, "Choose one to three themes for a mentor.");
		again(rq);
	} else {
		act(rq, "grant.give", &result->grant, "opened");
	}
}

static bool form_id(struct web_request *rq, const char *name, uint64_t *ret)
{
	if (metod_str_u64(web_form_get(&rq->form, name), ret) && *ret > 0)
		return true;
	web_refuse(rq, 400);
	return false;
}

void web_post_revoke(struct web_request *rq)
{
	struct result *result = new_result(rq);

	if (form_id(rq, "id", &result->revoke.id))
		act(rq, "grant.revoke", &result->revoke, "closed");
}

void web_post_pair(struct web_request *rq)
{
	struct result *result = new_result(rq);

	if (!form_id(rq, "pair", &result->pair.pair))
		return;
	if (metod_str_is(web_form_get(&rq->form, "act"), "accept"))
		act(rq, "mentor.accept", &result->pair, "agreed");
	else
		act(rq, "mentor.decline", &result->pair, "declined");
}

void web_post_pin_set(struct web_request *rq)
{
	struct result *result = new_result(rq);

	result->pin.pin = metod_str_trim(web_form_get(&rq->form, "pin"));
	act(rq, "pin.set", &result->pin, "pin");
}
