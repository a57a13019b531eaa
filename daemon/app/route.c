/* SPDX-License-Identifier: Apache-2.0
 * Reading a route and marking its steps. The teacher sees all of his route; a methodist
 * or deputy head sees the steps the teacher applied for, and that is recorded; a mentor
 * the steps that serve the opened themes (mentee.c). */
#include "results.h"

#include "route.h"

enum metod_err result_closed(struct metod_call *call)
{
	return metod_fail(call->err, METOD_PIN, "pin", "%s",
	    metod_tr(call->lang,
		"a result opens in the browser where you answered, or with your PIN"));
}

int64_t route_gap(const struct metod_route *route)
{
	int64_t bound = route->bound > 1 ? route->bound : 1;
	int64_t gap = 1000 * (route->bound - route->value) / bound;
	return gap < 0 ? 0 : gap > 1000 ? 1000 : gap;
}

/* ---- views ---- */

static struct metod_str place_name(
    struct metod_call *call, const struct metod_activity *activity, uint64_t session)
{
	struct metod_org org;
	for (size_t i = 0; i < activity->sessions.n; i++) {
		struct metod_str place = activity->sessions.p[i].place;
		if (activity->sessions.p[i].id == session && place.n)
			return org_by_code(call, place, &org) == METOD_OK ? org.name
									  : place;
	}
	return METOD_STR("");
}

static void row_of(struct metod_call *call, const struct metod_framework *framework,
    const struct metod_route_step *step, struct metod_route_row *ret)
{
	struct metod_activity key = {.id = step->activity}, activity;
	metod_record_init(&metod_route_row_desc, ret);
	ret->n = step->n;
	ret->code = ret->title = step->code;
	ret->hours = (step->minutes + 59) / 60;
	ret->from = step->start;
	ret->to = step->finish;
	ret->serves = step->serves;
	ret->serves_name = competency_name(framework, step->serves, call->lang);
	ret->state = step->state;
	ret->prerequisite = step->prerequisite;
	if (metod_get(call->txn, METOD_T_ACTIVITY, &key, call->arena, &activity) ==
	    METOD_OK) {
		ret->title = metod_pick(activity.title, call->lang);
		ret->kind = activity.kind;
		ret->format = activity.format;
		ret->provider = activity.provider;
		ret->place = place_name(call, &activity, step->session);
	}
	key = (struct metod_activity){.code = step->instead};
	if (step->instead.n &&
	    metod_find(call->txn, METOD_I_ACTIVITY_CODE, &key, call->arena, &activity) ==
		METOD_OK)
		ret->instead = metod_pick(activity.title, call->lang);
}

enum metod_err route_rows(struct metod_call *call, const struct metod_route *route,
    struct metod_strs themes, struct metod_route_row **ret_rows, size_t *ret_n)
{
	struct metod_wave wave;
	struct metod_framework framework = {0};
	if (wave_by_id(call, route->wave, &wave) == METOD_OK &&
	    framework_of(call, wave.framework, &framework) != METOD_OK)
		framework = (struct metod_framework){0};
	*ret_rows = METOD_NEWS(call->arena, route->steps.n + 1, struct metod_route_row);
	*ret_n = 0;
	for (size_t i = 0; i < route->steps.n; i++)
		if (themes.n == 0 || strs_have(themes, route->steps.p[i].serves))
			row_of(call, &framework, &route->steps.p[i],
			    &(*ret_rows)[(*ret_n)++]);
	return METOD_OK;
}

/* Newest version of one wave; WAVE_ALL: of any. */
static enum metod_err find_route(
    struct metod_call *call, uint64_t person, uint64_t wave, struct metod_route *ret)
{
	struct metod_route key = {.person = person}, one;
	struct metod_scan *scan = metod_scan_table(call->txn, METOD_T_ROUTE, &key, 1);
	bool any = false;
	while (next_row(scan, call->arena, &one))
		if (wave == WAVE_ALL || one.wave == wave) {
			*ret = one;
			any = true;
		}
	metod_scan_end(scan);
	return any ? METOD_OK : METOD_NOT_FOUND;
}

static enum metod_err own_view(struct metod_call *call, const struct metod_person *person,
    uint64_t wave, struct metod_route_view *rep)
{
	struct metod_route route;
	rep->teacher = person->code;
	rep->demo = call->demo;
	enum metod_err code = find_route(call, person->id, wave, &route);
	if (code == METOD_NOT_FOUND)
		return METOD_OK; /* version 0: no route yet */
	if (code != METOD_OK)
		return code;
	rep->version = route.version;
	rep->at = route.at;
	rep->no_need = route.no_need;
	rep->hours = (route.minutes + 59) / 60;
	rep->gap = route.steps.n ? route_gap(&route) : METOD_NIL;
	rep->uncovered = route.uncovered;
	return route_rows(
	    call, &route, (struct metod_strs){0}, &rep->rows.p, &rep->rows.n);
}

/* «Подать заявку на курс» opens the chosen steps and nothing that follows from the
 * profile: not what they serve, not what they stand for, not how many others there are.
 */
static enum metod_err applied_view(struct metod_call *call,
    const struct metod_person *person, uint64_t wave, struct metod_route_view *rep)
{
	struct metod_grant grant;
	struct metod_route route, chosen;
	if (!grant_in_force(call, person->id, "apply_course", &grant) ||
	    find_route(call, person->id, wave, &route) != METOD_OK)
		return gate_not_found(call, "teacher");
	chosen = route;
	chosen.steps.p =
	    METOD_NEWS(call->arena, route.steps.n + 1, struct metod_route_step);
	chosen.steps.n = 0;
	for (size_t i = 0; i < route.steps.n; i++)
		if (strs_have(grant.themes, route.steps.p[i].code))
			chosen.steps.p[chosen.steps.n++] = route.steps.p[i];
	enum metod_err code =
	    route_rows(call, &chosen, (struct metod_strs){0}, &rep->rows.p, &rep->rows.n);
	if (code != METOD_OK)
		return code;
	for (size_t i = 0; i < rep->rows.n; i++) {
		struct metod_route_row *row = &rep->rows.p[i];
		row->n = i + 1;
		row->serves = METOD_STR("-");
		row->serves_name = row->instead = METOD_STR("");
		row->prerequisite = false;
		rep->hours += row->hours;
	}
	rep->teacher = person->code;
	rep->version = route.version;
	rep->at = route.at;
	rep->demo = call->demo;
	gate_look(call, person->id, "route");
	return METOD_OK;
}

enum metod_err metod_do_route_show(
    struct metod_call *call, const void *request, void *reply)
{
	const struct metod_profile_req *req = request;
	struct metod_person self, person;
	struct metod_wave wave = {.id = WAVE_ALL};
	bool own =
	    gate_self(call, &self) == METOD_OK && metod_str_eq(self.code, req->teacher);
	*call->err = (struct metod_error){0};
	if (req->wave.n && wave_by_code(call, req->wave, &wave) != METOD_OK)
		return gate_not_found(call, "wave");
	if (own) {
		uint64_t only = session_wave(call);
		if (!call->caller.result)
			return result_closed(call);
		if (only != WAVE_ALL && wave.id != WAVE_ALL && wave.id != only)
			return gate_not_found(call, "wave");
		return own_view(call, &self, only == WAVE_ALL ? wave.id : only, reply);
	}
	enum metod_err code =
	    gate_person(call, METOD_METHODIST | METOD_DEPUTY, req->teacher, &person);
	return code == METOD_OK ? applied_view(call, &person, wave.id, reply) : code;
}

enum metod_err metod_do_me_route(
    struct metod_call *call, const void *request, void *reply)
{
	struct metod_person self;
	(void)request;
	enum metod_err code = gate_self(call, &self);
	return code == METOD_OK ? own_view(call, &self, session_wave(call), reply) : code;
}

/* ---- marking ---- */

static bool is_own_word(struct metod_str state)
{
	return metod_str_is(state, "wanted") || metod_str_is(state, "passed") ||
	    metod_str_is(state, "refused");
}

/* «принято» is a recorded act of another person; what is ordered or studied is not
 * refused here. */
static bool may_mark(struct metod_str from, struct metod_str to)
{
	if (metod_str_is(from, "accepted"))
		return false;
	if (metod_str_is(from, "ordered") || metod_str_is(from, "studying"))
		return metod_str_is(to, "passed");
	return true;
}

enum metod_err metod_do_me_step(struct metod_call *call, const void *request, void *reply)
{
	const struct metod_step_req *req = request;
	struct metod_done_rep *rep = reply;
	struct metod_person self;
	struct metod_route route;
	uint64_t only = session_wave(call);
	enum metod_err code = gate_self(call, &self);
	if (code != METOD_OK)
		return code;
	if (newest_route(call, self.id, &route) != METOD_OK ||
	    (only != WAVE_ALL && route.wave != only))
		return gate_not_found(call, "route");
	if (!is_own_word(req->state))
		return metod_fail(call->err, METOD_RANGE, "state", "%s",
		    metod_tr(
			call->lang, "a step can be marked as wanted, passed or refused"));
	for (size_t i = 0; i < route.steps.n; i++) {
		struct metod_route_step *step = &route.steps.p[i];
		if (step->n != req->n)
			continue;
		rep->code = step->code;
		if (metod_str_eq(step->state, req->state))
			return METOD_OK;
		if (!may_mark(step->state, req->state))
			return metod_fail(call->err, METOD_CLOSED, "state", "%s",
			    metod_tr(call->lang,
				"this step is already ordered, running or accepted"));
		step->state = req->state;
		route.version++;
		route.at = call->now_ms;
		metod_record(call->txn, METOD_E_ROUTE_PUT, &route);
		return METOD_OK;
	}
	return gate_not_found(call, "step");
}
