/* SPDX-License-Identifier: Apache-2.0
 * Chooses a route: greedy by value per minute from every possible first course, best
 * kept and handed to branch and bound. Knows the prepared model only; must not know
 * catalogues or where needs come from. Invariant: every route it looks at is feasible. */
#include "metod/route.h"

#include "route_plan.h"

struct chooser {
	const struct metod_route_model *model;
	struct metod_route_step *candidates;
	size_t n;
	bool *out; /* candidates that fit no more */
	struct metod_plan route, best, trial;
};

static bool serves_open_need(const struct metod_plan *plan, size_t course)
{
	const struct metod_route_course *c = &plan->model->courses[course];
	for (size_t g = 0; g < c->n_gains; g++)
		if (plan->sum[c->gains[g].need] == 0)
			return true;
	return false;
}

/* Value and minutes that a candidate with its missing prerequisites would add. */
struct offer {
	int64_t value, minutes;
	bool new_kind;
};

static struct offer appraise(struct metod_plan *plan, struct metod_route_step step)
{
	const struct metod_route_course *course = &plan->model->courses[step.course];
	struct offer offer = {.minutes = course->in->minutes};
	size_t need;

	offer.value = metod_plan_add(plan, step.course, &need) -
	    metod_route_penalty(plan->model, step);
	for (size_t b = 0; b < course->n_before; b++) {
		size_t first = course->before[b].course;
		if (plan->taken[first])
			continue;
		offer.minutes += plan->model->courses[first].in->minutes;
		offer.value += metod_plan_add(plan, first, &need) -
		    metod_route_penalty(plan->model, course->before[b]);
	}
	metod_plan_remove(plan, step.course);
	for (size_t b = 0; b < course->n_before; b++)
		if (!plan->taken[course->before[b].course])
			metod_plan_remove(plan, course->before[b].course);
	return offer;
}

/* More value per minute; among equals another kind of work. */
static bool is_better(struct metod_plan *plan, struct metod_route_step step,
    struct offer *x, const struct offer *y)
{
	int64_t left = x->value * (y->minutes > 0 ? y->minutes : 1);
	int64_t right = y->value * (x->minutes > 0 ? x->minutes : 1);
	if (left != right)
		return left > right;
	x->new_kind = metod_plan_new_kind(plan, step.course);
	return x->new_kind && !y->new_kind;
}

/* ---- greedy ---- */

/* One more candidate: the best by value per minute or, to close what is still open, the
 * best that serves a need without any course, even if travel outweighs it. A candidate
 * that does not fit once is not tried again: loads only grow. False when there is none.
 */
static bool take_best(struct chooser *ch, bool open_needs)
{
	struct metod_plan *plan = &ch->route;
	struct offer best = {0};
	size_t chosen = ch->n;

	for (size_t i = 0; i < ch->n; i++) {
		struct metod_route_step step = ch->candidates[i];
		if (ch->out[i] || plan->taken[step.course])
			continue;
		if (open_needs && !serves_open_need(plan, step.course))
			continue;
		struct offer offer = appraise(plan, step);
		if (!open_needs && offer.value <= 0)
			continue;
		if (plan->minutes + offer.minutes > plan->model->teacher->minutes_total) {
			ch->out[i] = true;
			continue;
		}
		if (chosen < ch->n && !is_better(plan, step, &offer, &best))
			continue;
		ch->out[i] = !metod_plan_fits(plan, step);
		if (ch->out[i])
			continue;
		offer.new_kind = metod_plan_new_kind(plan, step.course);
		best = offer;
		chosen = i;
	}
	if (chosen == ch->n)
		return false;
	metod_plan_take(plan, ch->candidates[chosen]);
	return true;
}

static void grow_from(struct chooser *ch, size_t first)
{
	struct metod_plan *plan = &ch->route;

	metod_plan_clear(plan);
	for (size_t i = 0; i < ch->n; i++)
		ch->out[i] = false;
	struct metod_route_step step = ch->candidates[first];
	if (appraise(plan, step).minutes > plan->model->teacher->minutes_total ||
	    !metod_plan_fits(plan, step))
		return;
	metod_plan_take(plan, step);
	if (plan->picks[plan->n - 1].need == plan->model->n_needs) {
		plan->n = 0; /* its prerequisites alone do as much */
		return;
	}
	while (take_best(ch, false))
		;
	while (take_best(ch, true))
		;
}

static bool beats(const struct metod_plan *x, const struct metod_plan *y)
{
	if (x->value != y->value)
		return x->value > y->value;
	if (x->kinds != y->kinds)
		return x->kinds > y->kinds;
	return x->minutes < y->minutes;
}

/* ---- preparation ---- */

static void list_candidates(struct chooser *ch, struct metod_arena *arena)
{
	const struct metod_route_model *m = ch->model;
	size_t most = 0;

	for (size_t i = 0; i < m->n_courses; i++)
		most += m->courses[i].n_sessions + 1;
	ch->candidates = METOD_NEWS(arena, most + 1, struct metod_route_step);
	ch->out = METOD_NEWS(arena, most + 1, bool);
	for (size_t i = 0; i < m->n_courses; i++) {
		const struct metod_route_course *course = &m->courses[i];
		if (!course->reachable || course->n_gains == 0)
			continue;
		if (course->n_sessions == 0)
			ch->candidates[ch->n++] =
			    (struct metod_route_step){i, METOD_ROUTE_SELF_PACED};
		for (size_t s = 0; s < course->n_sessions; s++)
			if (course->sessions[s]->week_from > course->ready)
				ch->candidates[ch->n++] =
				    (struct metod_route_step){i, (int32_t)s};
	}
}

/* ---- branch and bound ---- */

/* Takes what the search found when it is better with the open needs closed, too. */
static void improve(
    struct chooser *ch, struct metod_arena *arena, struct metod_route_result *ret)
{
	int64_t known = ch->best.value > 0 ? ch->best.value : 0;
	struct metod_route_found found = metod_route_search(ch->model, known, arena);

	ret->bound_exact = found.bound;
	ret->nodes = found.nodes;
	if (found.n == 0)
		return;
	metod_plan_fill(&ch->route, found.steps, found.n);
	for (size_t i = 0; i < ch->n; i++)
		ch->out[i] = false;
	while (take_best(ch, true))
		;
	if (ch->best.n == 0 || beats(&ch->route, &ch->best))
		metod_plan_copy(&ch->best, &ch->route);
}

/* ---- the answer ---- */

static int64_t gain_on(const struct metod_route_course *course, size_t need)
{
	for (size_t g = 0; g < course->n_gains; g++)
		if (course->gains[g].need == need)
			return course->gains[g].gain;
	return 0;
}

/* The best other course for the same need that could stand in this place. */
static uint64_t best_instead(struct chooser *ch, size_t at, size_t need)
{
	const struct metod_route_model *m = ch->model;
	int64_t most = 0;
	uint64_t found = 0;

	if (need == m->n_needs)
		return 0;
	for (size_t i = 0; i < ch->n; i++) {
		struct metod_route_step step = ch->candidates[i];
		const struct metod_route_course *course = &m->courses[step.course];
		int64_t minutes = ch->best.minutes + course->in->minutes -
		    m->courses[ch->best.picks[at].step.course].in->minutes;
		if (ch->best.taken[step.course] || gain_on(course, need) <= most ||
		    minutes > m->teacher->minutes_total)
			continue;
		metod_plan_copy(&ch->trial, &ch->best);
		ch->trial.picks[at].step = step;
		if (!metod_plan_schedule(&ch->trial))
			continue;
		most = gain_on(course, need);
		found = course->in->id;
	}
	return found;
}

/* The need for whose sake a pick is there: its own, or that of the course it prepares. */
static size_t need_of(const struct metod_plan *plan, const struct metod_plan_pick *pick)
{
	if (pick->need < plan->model->n_needs)
		return pick->need;
	return plan->picks[pick->wanted_by].need;
}

static int64_t floor_div(int64_t x, int64_t y)
{
	return x >= 0 ? x / y : -((-x + y - 1) / y);
}

static bool item_before(
    const struct metod_route_item *x, const struct metod_route_item *y)
{
	if (x->week_from != y->week_from)
		return x->week_from < y->week_from;
	if (x->week_to != y->week_to)
		return x->week_to < y->week_to;
	return x->activity < y->activity;
}

static void insert_by_week(
    struct metod_route_item *items, size_t n, struct metod_route_item item)
{
	for (; n > 0 && item_before(&item, &items[n - 1]); n--)
		items[n] = items[n - 1];
	items[n] = item;
}

/* Gains are rounded as running totals, so that they add up to the value. */
static void list_items(
    struct chooser *ch, struct metod_arena *arena, struct metod_route_result *ret)
{
	struct metod_plan *plan = &ch->best;
	int64_t running = 0;

	ret->items = METOD_NEWS(arena, plan->n + 1, struct metod_route_item);
	for (size_t i = 0; i < plan->n; i++) {
		const struct metod_plan_pick *pick = &plan->picks[i];
		const struct metod_route_course *course =
		    &ch->model->courses[pick->step.course];
		const struct metod_session_in *session =
		    metod_plan_session(ch->model, pick->step);
		int64_t before = floor_div(running, METOD_ROUTE_HUNDREDTHS);
		size_t need = need_of(plan, pick);
		running += pick->gain;
		struct metod_route_item item = {
		    .activity = course->in->id,
		    .session = session ? session->id : 0,
		    .week_from = pick->from,
		    .week_to = pick->to,
		    .minutes = course->in->minutes,
		    .serves =
			need < ch->model->n_needs ? ch->model->needs[need].competency : 0,
		    .gain =
			(int32_t)(floor_div(running, METOD_ROUTE_HUNDREDTHS) - before),
		    .instead = best_instead(ch, i, pick->need),
		    .prerequisite =
			pick->need == ch->model->n_needs && pick->wanted_by != i,
		};
		insert_by_week(ret->items, ret->n_items++, item);
	}
	ret->value_exact = running;
	ret->value = floor_div(running, METOD_ROUTE_HUNDREDTHS);
	ret->minutes = (uint32_t)plan->minutes;
}

static void list_uncovered(
    const struct chooser *ch, struct metod_arena *arena, struct metod_route_result *ret)
{
	const struct metod_route_model *m = ch->model;

	ret->uncovered = METOD_NEWS(arena, m->n_needs + 1, uint32_t);
	for (size_t c = 0; c < m->n_needs; c++) {
		bool served = false;
		for (size_t i = 0; i < ch->n && !served; i++)
			served = gain_on(&m->courses[ch->candidates[i].course], c) > 0;
		if (!served)
			ret->uncovered[ret->n_uncovered++] = m->needs[c].competency;
	}
}

enum metod_err metod_route_solve(const struct metod_route_teacher *teacher,
    const struct metod_activity_in *activities, size_t n_activities,
    struct metod_arena *arena, struct metod_route_result *ret, struct metod_error *err)
{
	struct metod_route_model model;
	struct metod_route_result result = {0};
	enum metod_err code =
	    metod_route_model(teacher, activities, n_activities, arena, &model, err);

	if (code != METOD_OK)
		return code;
	struct chooser ch = {
	    .model = &model,
	    .route = metod_plan_new(&model, arena),
	    .best = metod_plan_new(&model, arena),
	    .trial = metod_plan_new(&model, arena),
	};
	list_candidates(&ch, arena);
	for (size_t first = 0; first < ch.n; first++) {
		grow_from(&ch, first);
		bool found = ch.route.n > 0;
		if (found && (ch.best.n == 0 || beats(&ch.route, &ch.best)))
			metod_plan_copy(&ch.best, &ch.route);
	}
	improve(&ch, arena, &result);
	metod_plan_schedule(&ch.best);
	list_items(&ch, arena, &result);
	list_uncovered(&ch, arena, &result);
	result.bound = -floor_div(-result.bound_exact, METOD_ROUTE_HUNDREDTHS);
	*ret = result;
	return METOD_OK;
}
