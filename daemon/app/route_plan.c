/* SPDX-License-Identifier: Apache-2.0
 * The route of one teacher: what his profile, wishes and earlier decisions leave open
 * goes to lib/core, and what comes back becomes the next version. Reads nothing, records
 * nothing. What a teacher has decided about a step is never changed here. */
#include <stdlib.h>

#include "route_build.h"

enum {
	NEEDS_MAX = 5,
	STEPS_MAX = 64,
	WISH_DEPTH = 300, /* of a wish that was not measured, as in lib/core */
	HOURS = 36,
	WEEKLY = 4,
};

int32_t week_of(int64_t days)
{
	return (int32_t)((days + 3) / 7); /* 1970-01-01 was a Thursday */
}

int64_t monday_of(int32_t week)
{
	return (int64_t)week * 7 - 3;
}

static bool is_kept(const struct metod_route_step *step)
{
	return !metod_str_is(step->state, "proposed");
}

static bool is_refused(const struct metod_route_step *step)
{
	return metod_str_is(step->state, "refused");
}

static bool is_past(const struct metod_route_step *step)
{
	return metod_str_is(step->state, "passed") ||
	    metod_str_is(step->state, "accepted");
}

static const struct metod_activity_in *find_activity(
    const struct catalogue *c, uint64_t id)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->in[i].id == id)
			return &c->in[i];
	return NULL;
}

/* Largest needs first; equal ones in framework order. Cells come in framework order. */
static size_t largest_needs(const struct build *b, const struct metod_profile *profile,
    struct metod_strength needs[NEEDS_MAX])
{
	size_t n = 0;
	for (size_t i = 0; i < profile->cells.n; i++) {
		const struct metod_profile_cell *cell = &profile->cells.p[i];
		size_t at = competency_index(&b->framework, cell->competency);
		bool open =
		    cell->state == METOD_STATE_NEED || cell->state == METOD_STATE_UNCLEAR;
		if (!open || at == SIZE_MAX || cell->need == METOD_NIL || cell->need <= 0)
			continue;
		struct metod_strength need = {
		    (uint32_t)at, (int32_t)((2 * cell->need + 3) / 6)};
		size_t to = n < NEEDS_MAX ? n++ : NEEDS_MAX;
		for (; to > 0 && needs[to - 1].value < need.value; to--)
			if (to < NEEDS_MAX)
				needs[to] = needs[to - 1];
		if (to < NEEDS_MAX)
			needs[to] = need;
	}
	return n;
}

static bool has_need(const struct metod_profile *profile)
{
	for (size_t i = 0; i < profile->cells.n; i++)
		if (profile->cells.p[i].state == METOD_STATE_NEED)
			return true;
	return false;
}

/* What the kept steps give towards a competency. */
static int64_t kept_gain(
    const struct build *b, const struct metod_route *previous, uint32_t competency)
{
	int64_t sum = 0;
	for (size_t i = 0; i < previous->steps.n; i++) {
		const struct metod_route_step *step = &previous->steps.p[i];
		const struct metod_activity_in *in =
		    find_activity(&b->catalogue, step->activity);
		if (!is_kept(step) || is_refused(step) || !in)
			continue;
		for (size_t g = 0; g < in->n_gains; g++)
			sum +=
			    in->gains[g].competency == competency ? in->gains[g].gain : 0;
	}
	return sum;
}

/* Needs and wishes that the kept steps leave open. */
static void open_needs(const struct build *b, const struct task *task,
    struct metod_arena *arena, struct metod_route_teacher *ret)
{
	struct metod_strength needs[NEEDS_MAX + METOD_WISHES_MAX];
	size_t n = largest_needs(b, &task->profile, needs), wished = 0;
	uint32_t wishes[METOD_WISHES_MAX];
	for (size_t i = 0; i < task->wants.competencies.n && wished < METOD_WISHES_MAX;
	     i++) {
		size_t at =
			   competency_index(&b->framework, task->wants.competencies.p[i]),
		       k = 0;
		if (at == SIZE_MAX)
			continue;
		wishes[wished++] = (uint32_t)at;
		while (k < n && needs[k].competency != at)
			k++;
		if (k == n)
			needs[n++] = (struct metod_strength){(uint32_t)at, WISH_DEPTH};
	}
	ret->needs = METOD_NEWS(arena, n + 1, struct metod_strength);
	ret->wishes = METOD_NEWS(arena, wished + 1, uint32_t);
	for (size_t i = 0; i < n; i++) {
		int64_t left =
		    needs[i].value - kept_gain(b, &task->previous, needs[i].competency);
		if (left <= 0)
			continue;
		ret->needs[ret->n_needs++] =
		    (struct metod_strength){needs[i].competency, (int32_t)left};
		for (size_t w = 0; w < wished; w++)
			if (wishes[w] == needs[i].competency)
				ret->wishes[ret->n_wishes++] = wishes[w];
	}
}

/* The catalogue for a teacher who has passed something: that is no prerequisite any more.
 */
static struct metod_activity_in *own_catalogue(
    const struct build *b, const struct metod_route *previous, struct metod_arena *arena)
{
	size_t past = 0;
	for (size_t i = 0; i < previous->steps.n; i++)
		past += is_past(&previous->steps.p[i]);
	if (past == 0)
		return b->catalogue.in;
	struct metod_activity_in *own =
	    METOD_NEWS(arena, b->catalogue.n + 1, struct metod_activity_in);
	for (size_t a = 0; a < b->catalogue.n; a++) {
		own[a] = b->catalogue.in[a];
		own[a].prereq = METOD_NEWS(arena, own[a].n_prereq + 1, uint64_t);
		own[a].n_prereq = 0;
		for (size_t k = 0; k < b->catalogue.in[a].n_prereq; k++) {
			bool met = false;
			for (size_t i = 0; i < previous->steps.n && !met; i++)
				met = is_past(&previous->steps.p[i]) &&
				    previous->steps.p[i].activity ==
					b->catalogue.in[a].prereq[k];
			if (!met)
				own[a].prereq[own[a].n_prereq++] =
				    b->catalogue.in[a].prereq[k];
		}
	}
	return own;
}

static void teacher_of(const struct build *b, const struct task *task,
    struct metod_arena *arena, struct metod_route_teacher *ret)
{
	uint64_t hours = b->req->hours ? b->req->hours : HOURS;
	uint64_t weekly = b->req->weekly ? b->req->weekly : WEEKLY;
	uint64_t minutes = hours * 60, kept = 0;
	*ret = (struct metod_route_teacher){.id = task->person.id,
	    .municipality = territory_municipality(&b->territory, task->person.org),
	    .formats = formats_mask(task->person.formats),
	    .position = task->person.position,
	    .subject = first_subject(&task->person),
	    .minutes_week = (uint32_t)weekly * 60,
	    .week_from = b->week_from,
	    .week_to = b->week_to};
	ret->refused = METOD_NEWS(arena, task->previous.steps.n + 1, uint64_t);
	for (size_t i = 0; i < task->previous.steps.n; i++) {
		const struct metod_route_step *step = &task->previous.steps.p[i];
		if (!is_kept(step))
			continue;
		ret->refused[ret->n_refused++] =
		    step->activity; /* neither refused nor twice */
		kept += is_refused(step) ? 0 : step->minutes;
	}
	ret->minutes_total = (uint32_t)(minutes > kept ? minutes - kept : 0);
	open_needs(b, task, arena, ret);
}

/* ---- the new version ---- */

static const struct metod_activity *find_row(const struct catalogue *c, uint64_t id)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->rows[i].id == id)
			return &c->rows[i];
	return NULL;
}

static void step_of(const struct build *b, const struct metod_route_item *item,
    struct metod_route_step *ret)
{
	const struct metod_activity *row = find_row(&b->catalogue, item->activity);
	const struct metod_activity *instead = find_row(&b->catalogue, item->instead);
	metod_record_init(&metod_route_step_desc, ret);
	ret->activity = item->activity;
	ret->code = row->code;
	ret->session = item->session;
	ret->state = METOD_STR("proposed");
	ret->start = monday_of(item->week_from);
	ret->finish = monday_of(item->week_to) + 6;
	for (size_t i = 0; i < row->sessions.n; i++)
		if (row->sessions.p[i].id == item->session) {
			ret->start = row->sessions.p[i].start;
			ret->finish = row->sessions.p[i].finish;
		}
	ret->minutes = item->minutes;
	ret->serves = b->framework.competencies.p[item->serves].id;
	ret->gain = item->gain;
	ret->instead = instead ? instead->code : METOD_STR("");
	ret->prerequisite = item->prerequisite;
}

static int step_order(const void *a, const void *b)
{
	const struct metod_route_step *x = a, *y = b;
	if (x->start != y->start)
		return (x->start > y->start) - (x->start < y->start);
	return metod_str_cmp(x->code, y->code);
}

static void fill_steps(const struct build *b, const struct task *task,
    const struct metod_route_result *result, struct metod_route *ret)
{
	size_t kept = 0;
	ret->steps.p = METOD_NEWS(
	    b->call->arena, STEPS_MAX + task->previous.steps.n, struct metod_route_step);
	for (size_t i = 0; i < task->previous.steps.n; i++)
		if (is_kept(&task->previous.steps.p[i]))
			ret->steps.p[kept++] = task->previous.steps.p[i];
	ret->steps.n = kept;
	for (size_t i = 0; i < result->n_items && ret->steps.n < STEPS_MAX; i++)
		step_of(b, &result->items[i], &ret->steps.p[ret->steps.n++]);
	qsort(ret->steps.p, ret->steps.n, sizeof *ret->steps.p, step_order);
	for (size_t i = 0; i < ret->steps.n; i++) {
		ret->steps.p[i].n = i + 1;
		ret->minutes +=
		    is_refused(&ret->steps.p[i]) ? 0 : ret->steps.p[i].minutes;
	}
}

static bool same_strs(struct metod_strs a, struct metod_strs b)
{
	bool same = a.n == b.n;
	for (size_t i = 0; i < a.n && same; i++)
		same = metod_str_eq(a.p[i], b.p[i]);
	return same;
}

static bool same_route(const struct metod_route *a, const struct metod_route *b)
{
	bool same = a->wave == b->wave && a->steps.n == b->steps.n &&
	    a->no_need == b->no_need && same_strs(a->uncovered, b->uncovered);
	for (size_t i = 0; i < a->steps.n && same; i++) {
		const struct metod_route_step *x = &a->steps.p[i], *y = &b->steps.p[i];
		same = x->activity == y->activity && x->session == y->session &&
		    x->start == y->start && x->finish == y->finish &&
		    metod_str_eq(x->state, y->state) &&
		    metod_str_eq(x->serves, y->serves);
	}
	return same;
}

enum metod_err plan_route(const struct build *b, const struct task *task,
    struct metod_arena *scratch, struct planned *ret)
{
	struct metod_route *route = &ret->route;
	struct metod_route_teacher teacher;
	struct metod_route_result result = {0};
	metod_record_init(&metod_route_desc, route);
	teacher_of(b, task, scratch, &teacher);
	*ret =
	    (struct planned){.route = *route, .counted = task->counted, .gap = METOD_NIL};
	ret->no_need = route->no_need =
	    !has_need(&task->profile) && task->wants.competencies.n == 0;
	if (!ret->no_need) {
		enum metod_err code = metod_route_solve(&teacher,
		    own_catalogue(b, &task->previous, scratch), b->catalogue.n, scratch,
		    &result, b->call->err);
		if (code != METOD_OK)
			return code;
	}
	route->person = task->person.id;
	route->version = task->previous.version + 1;
	route->wave = b->wave.id;
	route->at = b->call->now_ms;
	route->value = result.value > 0 ? result.value : 0;
	route->bound = result.bound > route->value ? result.bound : route->value;
	route->uncovered.p =
	    METOD_NEWS(b->call->arena, result.n_uncovered + 1, struct metod_str);
	for (size_t i = 0; i < result.n_uncovered; i++)
		route->uncovered.p[route->uncovered.n++] =
		    b->framework.competencies.p[result.uncovered[i]].id;
	fill_steps(b, task, &result, route);
	ret->empty = !ret->no_need && route->steps.n == 0;
	ret->changed = task->previous.version == 0 || !same_route(route, &task->previous);
	if (result.n_items)
		ret->gap = route_gap(route);
	return METOD_OK;
}
