/* SPDX-License-Identifier: Apache-2.0
 * A route in the making: weeks, loads, gains. Must not choose what goes in.
 * Invariant: picks stand behind their prerequisites. */
#include "route_plan.h"

/* ---- calendar ---- */

const struct metod_session_in *metod_plan_session(
    const struct metod_route_model *m, struct metod_route_step step)
{
	if (step.session == METOD_ROUTE_SELF_PACED)
		return NULL;
	return m->courses[step.course].sessions[step.session];
}

static bool place_session(struct metod_plan *plan, struct metod_plan_pick *pick,
    const struct metod_session_in *s)
{
	const struct metod_route_teacher *t = plan->model->teacher;

	pick->from = s->week_from;
	pick->to = s->week_to;
	for (int32_t week = s->week_from; week <= s->week_to; week++) {
		int64_t *load = &plan->load[week - t->week_from];
		*load += s->weekly_minutes;
		if (*load > t->minutes_week)
			return false;
	}
	return true;
}

/* Fills the free minutes of the weeks from `first` on. */
static bool place_self_paced(
    struct metod_plan *plan, struct metod_plan_pick *pick, int32_t first)
{
	const struct metod_route_teacher *t = plan->model->teacher;
	int64_t left = plan->model->courses[pick->step.course].in->minutes;
	bool started = false;

	if (first > t->week_to)
		return false;
	pick->from = pick->to = first;
	for (int32_t week = first; left > 0; week++) {
		if (week > t->week_to)
			return false;
		int64_t *load = &plan->load[week - t->week_from];
		int64_t take =
		    t->minutes_week - *load < left ? t->minutes_week - *load : left;
		if (take == 0)
			continue;
		*load += take;
		left -= take;
		pick->from = started ? pick->from : week;
		pick->to = week;
		started = true;
	}
	return true;
}

static const struct metod_plan_pick *find_pick(
    const struct metod_plan *plan, size_t course)
{
	for (size_t i = 0; i < plan->n; i++)
		if (plan->picks[i].step.course == course)
			return &plan->picks[i];
	return NULL;
}

/* Last week of the prerequisites; false when one is not in the route. */
static bool prerequisites_end(
    const struct metod_plan *plan, const struct metod_plan_pick *pick, int32_t *ret_week)
{
	const struct metod_route_course *course =
	    &plan->model->courses[pick->step.course];

	*ret_week = plan->model->teacher->week_from - 1;
	for (size_t k = 0; k < course->n_prereq; k++) {
		const struct metod_plan_pick *first = find_pick(plan, course->prereq[k]);
		if (!first)
			return false;
		*ret_week = first->to > *ret_week ? first->to : *ret_week;
	}
	return true;
}

bool metod_plan_schedule(struct metod_plan *plan)
{
	const struct metod_route_teacher *t = plan->model->teacher;
	int32_t end;

	for (int32_t week = t->week_from; week <= t->week_to; week++)
		plan->load[week - t->week_from] = 0;
	for (size_t i = 0; i < plan->n; i++) {
		const struct metod_session_in *s =
		    metod_plan_session(plan->model, plan->picks[i].step);
		if (s && !place_session(plan, &plan->picks[i], s))
			return false;
	}
	for (size_t i = 0; i < plan->n; i++)
		if (!metod_plan_session(plan->model, plan->picks[i].step) &&
		    (!prerequisites_end(plan, &plan->picks[i], &end) ||
			!place_self_paced(plan, &plan->picks[i], end + 1)))
			return false;
	for (size_t i = 0; i < plan->n; i++)
		if (!prerequisites_end(plan, &plan->picks[i], &end) ||
		    end >= plan->picks[i].from)
			return false;
	return true;
}

/* ---- value ---- */

int64_t metod_plan_add(struct metod_plan *plan, size_t course, size_t *ret_need)
{
	const struct metod_route_course *c = &plan->model->courses[course];
	int64_t total = 0, most = 0;

	*ret_need = plan->model->n_needs;
	for (size_t g = 0; g < c->n_gains; g++) {
		const struct metod_route_need *need =
		    &plan->model->needs[c->gains[g].need];
		int64_t *sum = &plan->sum[c->gains[g].need];
		int64_t worth = metod_route_worth(need, *sum + c->gains[g].gain) -
		    metod_route_worth(need, *sum);
		*sum += c->gains[g].gain;
		total += worth;
		if (worth > most) {
			most = worth;
			*ret_need = c->gains[g].need;
		}
	}
	return total;
}

void metod_plan_remove(struct metod_plan *plan, size_t course)
{
	const struct metod_route_course *c = &plan->model->courses[course];
	for (size_t g = 0; g < c->n_gains; g++)
		plan->sum[c->gains[g].need] -= c->gains[g].gain;
}

bool metod_plan_new_kind(const struct metod_plan *plan, size_t course)
{
	const struct metod_route_course *courses = plan->model->courses;
	for (size_t i = 0; i < plan->n; i++)
		if (metod_str_eq(courses[plan->picks[i].step.course].in->kind,
			courses[course].in->kind))
			return false;
	return true;
}

/* ---- changes ---- */

void metod_plan_copy(struct metod_plan *to, const struct metod_plan *from)
{
	size_t weeks = (size_t)(from->model->teacher->week_to -
	    (int64_t)from->model->teacher->week_from + 1);

	for (size_t i = 0; i < from->n; i++)
		to->picks[i] = from->picks[i];
	for (size_t c = 0; c < from->model->n_needs; c++)
		to->sum[c] = from->sum[c];
	for (size_t i = 0; i < from->model->n_courses; i++)
		to->taken[i] = from->taken[i];
	for (size_t w = 0; w < weeks; w++)
		to->load[w] = from->load[w];
	to->n = from->n;
	to->minutes = from->minutes;
	to->value = from->value;
	to->kinds = from->kinds;
}

static void append(
    struct metod_plan *plan, struct metod_route_step step, size_t wanted_by)
{
	struct metod_plan_pick *pick = &plan->picks[plan->n];

	*pick = (struct metod_plan_pick){.step = step, .wanted_by = wanted_by};
	plan->kinds += metod_plan_new_kind(plan, step.course);
	pick->gain = metod_plan_add(plan, step.course, &pick->need) -
	    metod_route_penalty(plan->model, step);
	plan->value += pick->gain;
	plan->minutes += plan->model->courses[step.course].in->minutes;
	plan->taken[step.course] = true;
	plan->n++;
}

bool metod_plan_fits(struct metod_plan *plan, struct metod_route_step step)
{
	const struct metod_route_course *course = &plan->model->courses[step.course];
	size_t before = plan->n;

	for (size_t b = 0; b < course->n_before; b++)
		if (!plan->taken[course->before[b].course])
			plan->picks[plan->n++] =
			    (struct metod_plan_pick){.step = course->before[b]};
	plan->picks[plan->n++] = (struct metod_plan_pick){.step = step};
	bool ok = metod_plan_schedule(plan);
	plan->n = before;
	return ok;
}

void metod_plan_take(struct metod_plan *plan, struct metod_route_step step)
{
	const struct metod_route_course *course = &plan->model->courses[step.course];
	size_t missing = 0;

	for (size_t b = 0; b < course->n_before; b++)
		missing += !plan->taken[course->before[b].course];
	size_t target = plan->n + missing;
	for (size_t b = 0; b < course->n_before; b++)
		if (!plan->taken[course->before[b].course])
			append(plan, course->before[b], target);
	append(plan, step, target);
}

void metod_plan_clear(struct metod_plan *plan)
{
	plan->n = 0;
	plan->minutes = plan->value = 0;
	plan->kinds = 0;
	for (size_t c = 0; c < plan->model->n_needs; c++)
		plan->sum[c] = 0;
	for (size_t i = 0; i < plan->model->n_courses; i++)
		plan->taken[i] = false;
}

static bool prepares(const struct metod_plan *plan, size_t first, size_t later)
{
	const struct metod_route_course *course =
	    &plan->model->courses[plan->picks[later].step.course];
	for (size_t b = 0; b < course->n_before; b++)
		if (course->before[b].course == plan->picks[first].step.course)
			return true;
	return false;
}

void metod_plan_fill(
    struct metod_plan *plan, const struct metod_route_step *steps, size_t n)
{
	metod_plan_clear(plan);
	for (size_t i = 0; i < n; i++)
		append(plan, steps[i], i);
	for (size_t i = 0; i < n; i++)
		for (size_t later = n; later-- > i + 1;)
			if (prepares(plan, i, later) &&
			    plan->picks[later].need < plan->model->n_needs)
				plan->picks[i].wanted_by = later;
}

struct metod_plan metod_plan_new(
    const struct metod_route_model *model, struct metod_arena *arena)
{
	size_t weeks =
	    (size_t)(model->teacher->week_to - (int64_t)model->teacher->week_from + 1);
	return (struct metod_plan){
	    .model = model,
	    .picks = METOD_NEWS(arena, model->n_courses + 1, struct metod_plan_pick),
	    .sum = METOD_NEWS(arena, model->n_needs + 1, int64_t),
	    .taken = METOD_NEWS(arena, model->n_courses + 1, bool),
	    .load = METOD_NEWS(arena, weeks, int64_t),
	};
}
