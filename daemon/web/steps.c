/* SPDX-License-Identifier: Apache-2.0
 * The route as a check-list, and recommendations addressed to a group the teacher is in.
 * Nothing is obligatory here: every step and every message can be refused in one press.
 */
#include "internal.h"

struct steps {
	struct metod_route_view route;
	struct metod_profile_view profile;
	struct metod_grants_rep grants;
	struct metod_messages_rep messages;
	struct metod_route_build_req build;
	struct metod_route_build_rep built;
	struct metod_step_req step;
	struct metod_grant_req grant;
	struct metod_message_mark_req mark;
	struct metod_done_rep done;
	const char *path, *word;
	int status;
};

static struct steps *new_steps(struct web_request *rq)
{
	struct steps *steps = METOD_NEW(rq->arena, struct steps);

	metod_record_init(&metod_route_view_desc, &steps->route);
	metod_record_init(&metod_profile_view_desc, &steps->profile);
	metod_record_init(&metod_grant_req_desc, &steps->grant);
	rq->state = steps;
	return steps;
}

/* ---- route ---- */

/* Names instead of codes, where the profile knows them. */
static struct metod_strs uncovered_names(
    struct web_request *rq, const struct steps *steps)
{
	struct metod_strs names = {
	    METOD_NEWS(rq->arena, steps->route.uncovered.n, struct metod_str),
	    steps->route.uncovered.n};

	for (size_t i = 0; i < names.n; i++) {
		names.p[i] = steps->route.uncovered.p[i];
		for (size_t j = 0; j < steps->profile.rows.n; j++) {
			if (metod_str_eq(steps->profile.rows.p[j].competency, names.p[i]))
				names.p[i] = steps->profile.rows.p[j].name;
		}
	}
	return names;
}

static void show_route(struct web_request *rq, enum metod_err e)
{
	struct steps *steps = rq->state;
	struct web_route_page *page;

	if (e) {
		web_fail(rq, e);
		return;
	}
	page = METOD_NEW(rq->arena, struct web_route_page);
	page->view = &steps->route;
	page->uncovered = uncovered_names(rq, steps);
	page->has_steps = steps->route.rows.n > 0;
	rq->here = "route";
	web_page(rq, steps->status ? steps->status : 200, WEB_PAGE_ROUTE, page);
}

static void ask_route(struct web_request *rq)
{
	struct steps *steps = rq->state;
	const struct web_want wants[] = {
	    {"me.route", NULL, &steps->route, false},
	    {"me.profile", NULL, &steps->profile, true},
	};

	web_ask(rq, show_route, wants, METOD_LEN(wants));
}

void web_get_route(struct web_request *rq)
{
	new_steps(rq);
	ask_route(rq);
}

static void acted(struct web_request *rq, enum metod_err e)
{
	struct steps *steps = rq->state;

	if (!e) {
		web_see_done(rq, steps->path, steps->word);
	} else if (web_form_problem(rq, e)) {
		steps->status = 422;
		ask_route(rq);
	} else {
		web_fail(rq, e);
	}
}

static void act(struct web_request *rq, const char *command, const void *request,
    void *reply, const char *word)
{
	struct steps *steps = rq->state;
	const struct web_want want = {command, request, reply, false};

	if (!steps->path)
		steps->path = "/me/route";
	steps->word = word;
	web_ask(rq, acted, &want, 1);
}

static void build(struct web_request *rq, enum metod_err e)
{
	struct steps *steps = rq->state;

	if (e) {
		web_fail(rq, e);
		return;
	}
	steps->build.wave = steps->profile.wave;
	steps->build.teacher = steps->profile.teacher;
	act(rq, "route.build", &steps->build, &steps->built, "built");
}

/* One application is in force at a time, so the new step joins those applied for before.
 */
static void apply(struct web_request *rq, enum metod_err e)
{
	struct steps *steps = rq->state;
	struct metod_str code = web_form_get(&rq->form, "step");
	struct metod_strs *themes = &steps->grant.themes;

	if (e) {
		web_fail(rq, e);
		return;
	}
	steps->grant.act = METOD_STR("apply_course");
	themes->p = METOD_NEWS(rq->arena, 24, struct metod_str);
	themes->p[themes->n++] = code;
	for (size_t i = 0; i < steps->grants.rows.n; i++) {
		const struct metod_grant_view *grant = &steps->grants.rows.p[i];

		if (grant->revoked != METOD_NIL ||
		    !metod_str_is(grant->act, "apply_course"))
			continue;
		for (size_t j = 0; j < grant->themes.n && themes->n < 24; j++) {
			if (!metod_str_eq(grant->themes.p[j], code))
				themes->p[themes->n++] = grant->themes.p[j];
		}
	}
	act(rq, "grant.give", &steps->grant, &steps->done, "opened");
}

void web_post_route(struct web_request *rq)
{
	struct steps *steps = new_steps(rq);
	struct metod_str what = web_form_get(&rq->form, "act");
	const struct web_want profile = {"me.profile", NULL, &steps->profile, false};
	const struct web_want grants = {"grant.list", NULL, &steps->grants, false};

	if (metod_str_is(what, "build")) {
		web_ask(rq, build, &profile, 1);
	} else if (metod_str_is(what, "apply")) {
		web_ask(rq, apply, &grants, 1);
	} else if (metod_str_u64(web_form_get(&rq->form, "n"), &steps->step.n)) {
		steps->step.state = what;
		act(rq, "me.step", &steps->step, &steps->done, "saved");
	} else {
		web_refuse(rq, 400);
	}
}

/* ---- messages ---- */

static void show_messages(struct web_request *rq, enum metod_err e)
{
	struct steps *steps = rq->state;
	struct web_messages_page *page;

	if (e) {
		web_fail(rq, e);
		return;
	}
	page = METOD_NEW(rq->arena, struct web_messages_page);
	page->rows.p = steps->messages.rows.p;
	page->rows.n = steps->messages.rows.n;
	rq->here = "messages";
	web_page(rq, 200, WEB_PAGE_MESSAGES, page);
}

void web_get_messages(struct web_request *rq)
{
	struct steps *steps = new_steps(rq);
	const struct web_want want = {"me.messages", NULL, &steps->messages, false};

	web_ask(rq, show_messages, &want, 1);
}

void web_post_messages(struct web_request *rq)
{
	struct steps *steps = new_steps(rq);

	steps->path = "/me/messages";
	steps->mark.state = web_form_get(&rq->form, "act");
	if (metod_str_u64(web_form_get(&rq->form, "id"), &steps->mark.id))
		act(rq, "me.mark", &steps->mark, &steps->done, "saved");
	else
		web_refuse(rq, 400);
}
