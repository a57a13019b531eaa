/* SPDX-License-Identifier: Apache-2.0
 * Checks the input of a route and prepares what may be chosen: fit, calendar,
 * prerequisites. Must not choose. Invariant: a course left out here cannot be part of any
 * feasible route. */
#include "route_model.h"

#include <inttypes.h>

#include "metod/limits.h"
#include "order.h"

enum {
	WISHED_DEPTH = 300, /* a wish that was not measured */
	WISH_WEIGHT = 2,
	TRAVEL = 30,  /* outside the municipality, per mille */
	DISLIKE = 15, /* none of the teacher's formats */
};

/* ---- checks ---- */

static enum metod_err check_teacher(
    const struct metod_route_teacher *t, struct metod_error *err)
{
	if (t->week_to < t->week_from ||
	    (int64_t)t->week_to - t->week_from >= METOD_ROUTE_WEEKS_MAX)
		return metod_fail(err, METOD_RANGE, "teacher.weeks",
		    "the calendar has 1 to %d weeks", METOD_ROUTE_WEEKS_MAX);
	if (t->minutes_total > METOD_ROUTE_MINUTES_MAX ||
	    t->minutes_week > METOD_ROUTE_MINUTES_MAX)
		return metod_fail(err, METOD_RANGE, "teacher.minutes",
		    "more than %d minutes", METOD_ROUTE_MINUTES_MAX);
	for (size_t i = 0; i < t->n_needs; i++)
		if (t->needs[i].value < 0 || t->needs[i].value > METOD_ROUTE_NEED_MAX)
			return metod_fail(err, METOD_RANGE, "teacher.needs",
			    "a need is outside 0..%d", METOD_ROUTE_NEED_MAX);
	return METOD_OK;
}

static enum metod_err check_activity(
    const struct metod_activity_in *a, struct metod_error *err)
{
	if (a->id == 0)
		return metod_fail(
		    err, METOD_RANGE, "activity.id", "an activity has no id");
	if (a->minutes > METOD_ROUTE_MINUTES_MAX)
		return metod_fail(err, METOD_RANGE, "activity.minutes",
		    "activity %" PRIu64 ": more than %d minutes", a->id,
		    METOD_ROUTE_MINUTES_MAX);
	if (a->n_gains > METOD_ROUTE_GAINS_MAX)
		return metod_fail(err, METOD_RANGE, "activity.gains",
		    "activity %" PRIu64 ": more than %d gains", a->id,
		    METOD_ROUTE_GAINS_MAX);
	for (size_t i = 0; i < a->n_gains; i++)
		if (a->gains[i].gain < 0 || a->gains[i].gain > METOD_ROUTE_GAIN_MAX)
			return metod_fail(err, METOD_RANGE, "activity.gains",
			    "activity %" PRIu64 ": a gain is outside 0..%d", a->id,
			    METOD_ROUTE_GAIN_MAX);
	for (size_t i = 0; i < a->n_sessions; i++)
		if (a->sessions[i].id == 0 ||
		    a->sessions[i].week_to < a->sessions[i].week_from ||
		    a->sessions[i].weekly_minutes > METOD_ROUTE_MINUTES_MAX)
			return metod_fail(err, METOD_RANGE, "activity.sessions",
			    "activity %" PRIu64
			    ": session %zu has no id, ends before it starts "
			    "or takes more than %d minutes a week",
			    a->id, i + 1, METOD_ROUTE_MINUTES_MAX);
	return METOD_OK;
}

/* ---- needs ---- */

static bool need_before(const void *context, size_t x, size_t y)
{
	const struct metod_route_need *needs = context;
	return needs[x].competency < needs[y].competency;
}

static struct metod_route_need *find_need(
    struct metod_route_need *needs, size_t n, uint32_t competency)
{
	for (size_t i = 0; i < n; i++)
		if (needs[i].competency == competency)
			return &needs[i];
	return NULL;
}

static void collect_needs(struct metod_route_model *model, struct metod_arena *arena)
{
	const struct metod_route_teacher *t = model->teacher;
	size_t n = 0;
	struct metod_route_need *needs =
	    METOD_NEWS(arena, t->n_needs + t->n_wishes + 1, struct metod_route_need);

	for (size_t i = 0; i < t->n_needs; i++) {
		struct metod_route_need *need =
		    find_need(needs, n, t->needs[i].competency);
		if (t->needs[i].value == 0)
			continue;
		if (!need)
			need = &needs[n++];
		need->competency = t->needs[i].competency;
		need->weight = 1;
		if (t->needs[i].value > need->depth)
			need->depth = t->needs[i].value;
	}
	for (size_t i = 0; i < t->n_wishes; i++) {
		struct metod_route_need *need = find_need(needs, n, t->wishes[i]);
		if (!need)
			need = &needs[n++];
		need->competency = t->wishes[i];
		need->weight = WISH_WEIGHT;
		if (need->depth == 0)
			need->depth = WISHED_DEPTH;
	}
	size_t *order = metod_order(n, need_before, needs, arena);
	model->needs = METOD_NEWS(arena, n + 1, struct metod_route_need);
	model->n_needs = n;
	for (size_t i = 0; i < n; i++)
		model->needs[i] = needs[order[i]];
}

/* Tenths keep .7 d and .6 d whole: 10 hundredths for each of the first, 4 for each of the
 * next. */
int64_t metod_route_worth(const struct metod_route_need *need, int64_t sum)
{
	int64_t tenths = 10 * sum, steep = 7 * need->depth, flat = 6 * need->depth;
	if (tenths <= steep)
		return need->weight * 10 * tenths;
	tenths = tenths - steep < flat ? tenths - steep : flat;
	return need->weight * (10 * steep + 4 * tenths);
}

/* ---- courses ---- */

static bool is_refused(const struct metod_route_teacher *t, uint64_t id)
{
	for (size_t i = 0; i < t->n_refused; i++)
		if (t->refused[i] == id)
			return true;
	return false;
}

static bool is_meant_for(struct metod_strs list, struct metod_str own)
{
	for (size_t i = 0; i < list.n; i++)
		if (metod_str_eq(list.p[i], own))
			return true;
	return list.n == 0;
}

struct sessions {
	const struct metod_session_in *in;
};

static bool session_before(const void *context, size_t x, size_t y)
{
	const struct sessions *s = context;
	const struct metod_session_in *a = &s->in[x], *b = &s->in[y];
	if (a->week_to != b->week_to)
		return a->week_to < b->week_to;
	if (a->week_from != b->week_from)
		return a->week_from < b->week_from;
	return a->id < b->id;
}

/* Sessions that lie in the teacher's calendar and weekly limit. False when none of them
 * does. */
static bool collect_sessions(const struct metod_route_teacher *t,
    struct metod_route_course *course, struct metod_arena *arena)
{
	const struct metod_activity_in *in = course->in;
	struct sessions context = {in->sessions};
	size_t *order = metod_order(in->n_sessions, session_before, &context, arena);

	course->sessions =
	    METOD_NEWS(arena, in->n_sessions + 1, const struct metod_session_in *);
	for (size_t i = 0; i < in->n_sessions; i++) {
		const struct metod_session_in *s = &in->sessions[order[i]];
		if (s->week_from >= t->week_from && s->week_to <= t->week_to &&
		    s->weekly_minutes <= t->minutes_week)
			course->sessions[course->n_sessions++] = s;
	}
	return in->n_sessions == 0 || course->n_sessions > 0;
}

static void collect_gains(const struct metod_route_model *model,
    struct metod_route_course *course, struct metod_arena *arena)
{
	const struct metod_activity_in *in = course->in;

	course->gains = METOD_NEWS(arena, model->n_needs + 1, struct metod_route_gain);
	for (size_t c = 0; c < model->n_needs; c++) {
		int64_t sum = 0;
		for (size_t i = 0; i < in->n_gains; i++)
			if (in->gains[i].competency == model->needs[c].competency)
				sum += in->gains[i].gain;
		if (sum > 0)
			course->gains[course->n_gains++] =
			    (struct metod_route_gain){c, sum};
	}
}

static bool activity_before(const void *context, size_t x, size_t y)
{
	const struct metod_activity_in *activities = context;
	return activities[x].id < activities[y].id;
}

static enum metod_err collect_courses(struct metod_route_model *model,
    const struct metod_activity_in *activities, size_t n, struct metod_arena *arena,
    struct metod_error *err)
{
	const struct metod_route_teacher *t = model->teacher;
	size_t *order = metod_order(n, activity_before, activities, arena);

	model->courses = METOD_NEWS(arena, n + 1, struct metod_route_course);
	for (size_t i = 0; i < n; i++) {
		const struct metod_activity_in *in = &activities[order[i]];
		struct metod_route_course course = {.in = in};
		enum metod_err code = check_activity(in, err);
		if (code != METOD_OK)
			return code;
		if (i > 0 && activities[order[i - 1]].id == in->id)
			return metod_fail(err, METOD_RANGE, "activity.id",
			    "activity %" PRIu64 " comes twice", in->id);
		if (is_refused(t, in->id) || !is_meant_for(in->positions, t->position) ||
		    !is_meant_for(in->subjects, t->subject) ||
		    in->minutes > t->minutes_total ||
		    !collect_sessions(t, &course, arena))
			continue;
		collect_gains(model, &course, arena);
		model->courses[model->n_courses++] = course;
	}
	return METOD_OK;
}

int64_t metod_route_penalty(
    const struct metod_route_model *model, struct metod_route_step step)
{
	const struct metod_route_teacher *t = model->teacher;
	const struct metod_route_course *course = &model->courses[step.course];
	int64_t penalty = 0;

	if (t->formats && course->in->formats && !(t->formats & course->in->formats))
		penalty += model->dislike;
	if (step.session != METOD_ROUTE_SELF_PACED) {
		uint64_t place = course->sessions[step.session]->municipality;
		if (place != 0 && place != t->municipality)
			penalty += model->travel;
	}
	return penalty;
}

/* ---- prerequisites ---- */

static bool find_course(const struct metod_route_model *model, uint64_t id, size_t *ret)
{
	size_t lo = 0, hi = model->n_courses;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (model->courses[mid].in->id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	*ret = lo;
	return lo < model->n_courses && model->courses[lo].in->id == id;
}

/* The soonest end after week `ready`, loads of other courses left aside. */
static bool end_soonest(
    const struct metod_route_teacher *t, struct metod_route_course *course)
{
	if (course->n_sessions > 0) {
		for (size_t s = 0; s < course->n_sessions; s++) {
			if (course->sessions[s]->week_from > course->ready) {
				course->earliest_session = (int32_t)s;
				course->earliest_end = course->sessions[s]->week_to;
				return true;
			}
		}
		return false;
	}
	int64_t minutes = course->in->minutes, week = t->minutes_week;
	if (week == 0 && minutes > 0)
		return false;
	int64_t weeks = minutes ? (minutes + week - 1) / week : 1;
	if (course->ready + weeks > t->week_to)
		return false;
	course->earliest_session = METOD_ROUTE_SELF_PACED;
	course->earliest_end = (int32_t)(course->ready + weeks);
	return true;
}

static void add_before(struct metod_route_course *course, struct metod_route_step step)
{
	for (size_t i = 0; i < course->n_before; i++)
		if (course->before[i].course == step.course)
			return;
	course->before[course->n_before++] = step;
}

/* Settles a course all of whose prerequisites are settled. */
static void settle(struct metod_route_model *model, struct metod_route_course *course,
    struct metod_arena *arena)
{
	size_t most = 0;

	course->ready = model->teacher->week_from - 1;
	for (size_t i = 0; i < course->n_prereq; i++)
		most += model->courses[course->prereq[i]].n_before + 1;
	course->before = METOD_NEWS(arena, most + 1, struct metod_route_step);
	for (size_t i = 0; i < course->n_prereq; i++) {
		const struct metod_route_course *first =
		    &model->courses[course->prereq[i]];
		for (size_t b = 0; b < first->n_before; b++)
			add_before(course, first->before[b]);
		add_before(course,
		    (struct metod_route_step){
			course->prereq[i], first->earliest_session});
		if (first->earliest_end > course->ready)
			course->ready = first->earliest_end;
	}
	course->reachable = end_soonest(model->teacher, course);
}

/* Courses whose prerequisites are missing or form a circle are never settled. */
static void order_prerequisites(
    struct metod_route_model *model, struct metod_arena *arena)
{
	bool *dead = METOD_NEWS(arena, model->n_courses + 1, bool);
	bool moved = true;

	for (size_t i = 0; i < model->n_courses; i++) {
		struct metod_route_course *course = &model->courses[i];
		course->prereq = METOD_NEWS(arena, course->in->n_prereq + 1, size_t);
		for (size_t k = 0; k < course->in->n_prereq; k++)
			if (!find_course(model, course->in->prereq[k],
				&course->prereq[course->n_prereq++]))
				dead[i] = true;
	}
	while (moved) {
		moved = false;
		for (size_t i = 0; i < model->n_courses; i++) {
			struct metod_route_course *course = &model->courses[i];
			bool open = !dead[i] && !course->reachable;
			for (size_t k = 0; open && k < course->n_prereq; k++)
				open = model->courses[course->prereq[k]].reachable;
			if (!open)
				continue;
			settle(model, course, arena);
			dead[i] = !course->reachable;
			moved = true;
		}
	}
}

enum metod_err metod_route_model(const struct metod_route_teacher *teacher,
    const struct metod_activity_in *activities, size_t n_activities,
    struct metod_arena *arena, struct metod_route_model *ret, struct metod_error *err)
{
	enum metod_err code = check_teacher(teacher, err);
	if (code != METOD_OK)
		return code;
	*ret = (struct metod_route_model){
	    .teacher = teacher,
	    .travel = TRAVEL * METOD_ROUTE_HUNDREDTHS,
	    .dislike = DISLIKE * METOD_ROUTE_HUNDREDTHS,
	};
	collect_needs(ret, arena);
	code = collect_courses(ret, activities, n_activities, arena, err);
	if (code == METOD_OK)
		order_prerequisites(ret, arena);
	return code;
}
