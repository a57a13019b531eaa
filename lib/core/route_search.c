/* SPDX-License-Identifier: Apache-2.0
 * Branch and bound over the courses of a route (optimisation.md 2.2 (4)), depth first on
 * a stack of its own. Must not decide what is worth proposing besides value.
 * Invariant: a branch is closed without a trace only when no feasible route in it is worth
 * more than the best known; every other closed branch leaves its bound in `open`. */
#include "metod/limits.h"
#include "order.h"
#include "route_plan.h"

enum state { FREE, TAKEN, BANNED };

/* A course being decided: each of its sessions, then, unless something needs it, none. */
struct branch {
	size_t course;
	size_t next, options;
	int64_t bound; /* of everything below */
};

struct search {
	const struct metod_route_model *model;
	size_t *list; /* courses with a gain and what comes before them */
	size_t n;
	int64_t *profit; /* per course, at the multipliers of the root */
	size_t *order;   /* places of the list by profit per minute */
	int64_t *penalty;
	/* what is decided */
	enum state *state;
	unsigned *wanted; /* taken courses that need this one */
	int32_t *session;
	int64_t *sum; /* gains per need */
	int64_t *load;
	int64_t minutes, value;
	int64_t relaxed; /* multipliers: needs and taken courses */
	size_t missing;  /* wanted and not taken */
	struct branch *stack;
	size_t depth, cap;
	/* scratch */
	int64_t *marginal, *due, *could;
	struct metod_plan plan;
	/* results */
	struct metod_route_found found;
	int64_t best, open;
};

static const struct metod_route_course *course_of(const struct search *s, size_t i)
{
	return &s->model->courses[i];
}

static int64_t minutes_of(const struct search *s, size_t i)
{
	return course_of(s, i)->in->minutes;
}

static bool comes_before(const struct search *s, size_t first, size_t course)
{
	const struct metod_route_course *c = course_of(s, course);
	for (size_t b = 0; b < c->n_before; b++)
		if (c->before[b].course == first)
			return true;
	return false;
}

/* Undecided, and nothing that it needs is banned. */
static bool is_available(const struct search *s, size_t i)
{
	const struct metod_route_course *c = course_of(s, i);

	if (s->state[i] != FREE)
		return false;
	for (size_t b = 0; b < c->n_before; b++)
		if (s->state[c->before[b].course] == BANNED)
			return false;
	return true;
}

/* Of the gains of one course on top of what is taken, its least penalty off. */
static int64_t marginal_of(const struct search *s, size_t i)
{
	const struct metod_route_course *c = course_of(s, i);
	int64_t value = -s->penalty[i];

	for (size_t g = 0; g < c->n_gains; g++) {
		const struct metod_route_need *need = &s->model->needs[c->gains[g].need];
		int64_t sum = s->sum[c->gains[g].need];
		value += metod_route_worth(need, sum + c->gains[g].gain) -
		    metod_route_worth(need, sum);
	}
	return value;
}

/* ---- bounds: of what the courses not decided can add ---- */

/* Minutes left when all wanted courses are taken, too. */
static int64_t minutes_left(const struct search *s)
{
	int64_t left = (int64_t)s->model->teacher->minutes_total - s->minutes;

	for (size_t k = 0; k < s->n; k++)
		if (s->state[s->list[k]] == FREE && s->wanted[s->list[k]])
			left -= minutes_of(s, s->list[k]);
	return left;
}

/* By the multipliers of the root. Rounded down: values are whole. */
static int64_t bound_by_multipliers(const struct search *s, int64_t left)
{
	int64_t sum = s->relaxed;

	for (size_t k = 0; k < s->n; k++)
		if (s->state[s->list[k]] == FREE && s->wanted[s->list[k]])
			sum += s->profit[s->list[k]];
	for (size_t k = 0; k < s->n; k++) {
		size_t i = s->list[s->order[k]];
		int64_t minutes = minutes_of(s, i);
		if (s->profit[i] <= 0)
			break;
		if (s->wanted[i] || !is_available(s, i))
			continue;
		if (minutes > left) {
			sum += s->profit[i] * left / minutes + 1;
			break;
		}
		sum += s->profit[i];
		left -= minutes;
	}
	return sum < 0 ? -1 : sum / METOD_ROUTE_FINE;
}

/* Each course at its marginal value: phi is concave, together they are worth less. */
static int64_t bound_by_marginals(const struct search *s, int64_t left)
{
	int64_t sum = 0;

	for (size_t k = 0; k < s->n; k++) {
		size_t i = s->list[k];
		s->marginal[k] =
		    s->state[i] == FREE && (s->wanted[i] || is_available(s, i))
		    ? marginal_of(s, i)
		    : 0;
		if (s->state[i] == FREE && s->wanted[i]) {
			sum += s->marginal[k];
			s->marginal[k] = 0;
		}
	}
	for (;;) {
		size_t best = s->n;
		for (size_t k = 0; k < s->n; k++)
			if (s->marginal[k] > 0 &&
			    (best == s->n ||
				s->marginal[k] * minutes_of(s, s->list[best]) >
				    s->marginal[best] * minutes_of(s, s->list[k])))
				best = k;
		if (best == s->n)
			return sum;
		int64_t minutes = minutes_of(s, s->list[best]);
		if (minutes > left)
			return sum + s->marginal[best] * left / minutes;
		sum += s->marginal[best];
		left -= minutes;
		s->marginal[best] = 0;
	}
}

/* Everything available at once, hours aside. */
static int64_t bound_by_potential(const struct search *s)
{
	int64_t total = 0;

	for (size_t c = 0; c < s->model->n_needs; c++)
		s->could[c] = s->sum[c];
	for (size_t k = 0; k < s->n; k++) {
		const struct metod_route_course *c = course_of(s, s->list[k]);
		bool wanted = s->state[s->list[k]] == FREE && s->wanted[s->list[k]];
		if (wanted)
			total -= s->penalty[s->list[k]];
		if (wanted || is_available(s, s->list[k]))
			for (size_t g = 0; g < c->n_gains; g++)
				s->could[c->gains[g].need] += c->gains[g].gain;
	}
	for (size_t c = 0; c < s->model->n_needs; c++)
		total += metod_route_worth(&s->model->needs[c], s->could[c]) -
		    metod_route_worth(&s->model->needs[c], s->sum[c]);
	return total;
}

static int64_t least(int64_t x, int64_t y)
{
	return x < y ? x : y;
}

static int64_t bound_here(const struct search *s, int64_t left)
{
	int64_t bound = s->value + bound_by_potential(s);

	if (bound <= s->best)
		return bound;
	bound = least(bound, bound_by_multipliers(s, left));
	if (bound <= s->best)
		return bound;
	return least(bound, s->value + bound_by_marginals(s, left));
}

/* ---- decisions ---- */

static const struct metod_session_in *session_of(
    const struct search *s, size_t i, int32_t session)
{
	return session == METOD_ROUTE_SELF_PACED ? NULL : course_of(s, i)->sessions[session];
}

/* Do the weeks of this session stand beside those of the sessions taken? Exact, but
 * self-paced courses are left aside. */
static bool session_fits(const struct search *s, size_t i, const struct metod_session_in *in)
{
	const struct metod_route_teacher *t = s->model->teacher;

	if (in->week_from <= course_of(s, i)->ready)
		return false;
	for (int32_t week = in->week_from; week <= in->week_to; week++)
		if (s->load[week - t->week_from] + in->weekly_minutes > t->minutes_week)
			return false;
	for (size_t d = 0; d < s->depth; d++) {
		size_t other = s->stack[d].course;
		if (s->state[other] != TAKEN)
			continue;
		const struct metod_session_in *at =
		    session_of(s, other, s->session[other]);
		if (at && comes_before(s, other, i) && at->week_to >= in->week_from)
			return false;
		if (at && comes_before(s, i, other) && in->week_to >= at->week_from)
			return false;
	}
	return true;
}

/* Counts a course in or, with sign -1, out again. */
static void count(struct search *s, size_t i, int sign)
{
	const struct metod_route_course *c = course_of(s, i);
	const struct metod_session_in *in = session_of(s, i, s->session[i]);
	struct metod_route_step step = {i, s->session[i]};

	s->value -= sign * metod_route_penalty(s->model, step);
	for (size_t g = 0; g < c->n_gains; g++) {
		size_t need = c->gains[g].need;
		int64_t before = metod_route_worth(&s->model->needs[need], s->sum[need]);
		s->sum[need] += sign * c->gains[g].gain;
		s->value +=
		    metod_route_worth(&s->model->needs[need], s->sum[need]) - before;
	}
	s->minutes += sign * minutes_of(s, i);
	s->relaxed += sign * s->profit[i];
	for (int32_t week = in ? in->week_from : 0; in && week <= in->week_to; week++)
		s->load[week - s->model->teacher->week_from] +=
		    sign * (int64_t)in->weekly_minutes;
}

static void want_before(struct search *s, size_t i)
{
	const struct metod_route_course *c = course_of(s, i);
	for (size_t b = 0; b < c->n_before; b++) {
		size_t first = c->before[b].course;
		s->missing += s->state[first] == FREE && s->wanted[first] == 0;
		s->wanted[first]++;
	}
}

static void unwant_before(struct search *s, size_t i)
{
	const struct metod_route_course *c = course_of(s, i);
	for (size_t b = 0; b < c->n_before; b++) {
		size_t first = c->before[b].course;
		s->wanted[first]--;
		s->missing -= s->state[first] == FREE && s->wanted[first] == 0;
	}
}

static void take(struct search *s, size_t i, int32_t session)
{
	s->missing -= s->wanted[i] > 0;
	s->state[i] = TAKEN;
	s->session[i] = session;
	count(s, i, 1);
	want_before(s, i);
}

static void undo(struct search *s, size_t i)
{
	if (s->state[i] == TAKEN) {
		unwant_before(s, i);
		count(s, i, -1);
		s->missing += s->wanted[i] > 0;
	}
	s->state[i] = FREE;
}

/* ---- is it a route? ---- */

static int32_t latest_start(const struct search *s, size_t i)
{
	const struct metod_session_in *in = session_of(s, i, s->session[i]);
	int64_t week = s->model->teacher->minutes_week;
	int64_t weeks = 1;

	if (in)
		return in->week_from;
	if (week > 0 && minutes_of(s, i) > 0)
		weeks = (minutes_of(s, i) + week - 1) / week;
	return (int32_t)(s->due[i] - weeks + 1);
}

/* The last week in which each taken course may end. */
static void set_due(struct search *s)
{
	const struct metod_plan *plan = &s->plan;
	bool moved = true;

	for (size_t p = 0; p < plan->n; p++) {
		size_t i = plan->picks[p].step.course;
		const struct metod_session_in *in = session_of(s, i, s->session[i]);
		s->due[i] = in ? in->week_to : s->model->teacher->week_to;
	}
	while (moved) {
		moved = false;
		for (size_t p = 0; p < plan->n; p++) {
			size_t i = plan->picks[p].step.course;
			const struct metod_route_course *c = course_of(s, i);
			for (size_t k = 0; k < c->n_prereq; k++) {
				int64_t last = (int64_t)latest_start(s, i) - 1;
				if (s->due[c->prereq[k]] <= last)
					continue;
				s->due[c->prereq[k]] = last;
				moved = true;
			}
		}
	}
}

static void insert_by_due(struct search *s, struct metod_plan_pick pick)
{
	struct metod_plan *plan = &s->plan;
	size_t at = plan->n++;

	for (; at > 0; at--) {
		if (s->due[plan->picks[at - 1].step.course] <= s->due[pick.step.course])
			break;
		plan->picks[at] = plan->picks[at - 1];
	}
	plan->picks[at] = pick;
}

/* Puts what is taken into the plan, what is due first to the front. */
static bool schedule(struct search *s)
{
	struct metod_plan *plan = &s->plan;
	size_t n;

	plan->n = 0;
	for (size_t d = 0; d < s->depth; d++) {
		size_t i = s->stack[d].course;
		if (s->state[i] == TAKEN)
			plan->picks[plan->n++] =
			    (struct metod_plan_pick){.step = {i, s->session[i]}};
	}
	set_due(s);
	n = plan->n;
	plan->n = 0;
	for (size_t p = 0; p < n; p++)
		insert_by_due(s, plan->picks[p]);
	return metod_plan_schedule(plan);
}

/* What is due first goes first: this finds a schedule if there is one, unless self-paced
 * courses wait for self-paced courses, whose ends move. */
static bool is_exact(const struct search *s)
{
	for (size_t p = 0; p < s->plan.n; p++) {
		struct metod_route_step step = s->plan.picks[p].step;
		const struct metod_route_course *c = course_of(s, step.course);
		if (step.session != METOD_ROUTE_SELF_PACED)
			continue;
		for (size_t k = 0; k < c->n_prereq; k++)
			if (course_of(s, c->prereq[k])->n_sessions == 0)
				return false;
	}
	return true;
}

/* ---- the walk ---- */

static void keep(struct search *s)
{
	s->best = s->value;
	s->found.n = s->plan.n;
	for (size_t p = 0; p < s->plan.n; p++)
		s->found.steps[p] = s->plan.picks[p].step;
}

/* By value per minute, what comes before counted in. */
static int64_t minutes_with_before(const struct search *s, size_t i)
{
	const struct metod_route_course *c = course_of(s, i);
	int64_t minutes = minutes_of(s, i);

	for (size_t b = 0; b < c->n_before; b++)
		if (s->state[c->before[b].course] == FREE)
			minutes += minutes_of(s, c->before[b].course);
	return minutes;
}

/* The next course to decide: one that is wanted, or the densest. A course that adds
 * nothing now adds nothing later. False when there is none. */
static bool choose(const struct search *s, size_t *ret)
{
	int64_t best = 0, best_minutes = 0;

	for (size_t k = 0; k < s->n; k++) {
		size_t i = s->list[k];
		if (s->missing > 0) {
			if (s->state[i] != FREE || s->wanted[i] == 0)
				continue;
			*ret = i;
			return true;
		}
		if (!is_available(s, i))
			continue;
		int64_t value = marginal_of(s, i), minutes = minutes_with_before(s, i);
		if (value > 0 && (best == 0 || value * best_minutes > best * minutes)) {
			best = value;
			best_minutes = minutes;
			*ret = i;
		}
	}
	return best > 0;
}

static void leave_open(struct search *s, int64_t bound)
{
	if (bound > s->open)
		s->open = bound;
}

/* Looks at what is decided so far and, if more can come of it, opens the next branch. */
static void enter(struct search *s)
{
	int64_t left = minutes_left(s), bound;
	size_t next;

	s->found.nodes++;
	if (left < 0)
		return;
	bound = bound_here(s, left);
	if (bound <= s->best)
		return;
	if (s->missing == 0) {
		if (!schedule(s)) {
			if (!is_exact(s))
				leave_open(s, bound);
			return;
		}
		if (s->value > s->best)
			keep(s);
	}
	if (bound <= s->best || !choose(s, &next))
		return;
	size_t ways = course_of(s, next)->n_sessions;
	s->stack[s->depth++] = (struct branch){
	    .course = next,
	    .options = (ways ? ways : 1) + (s->wanted[next] == 0),
	    .bound = bound,
	};
}

static void walk(struct search *s)
{
	enter(s);
	while (s->depth > 0) {
		struct branch *top = &s->stack[s->depth - 1];
		size_t i = top->course, ways = course_of(s, i)->n_sessions;
		undo(s, i);
		if (top->next == top->options || top->bound <= s->best) {
			s->depth--;
			continue;
		}
		if (s->found.nodes >= s->cap) {
			leave_open(s, top->bound);
			s->depth--;
			continue;
		}
		size_t way = top->next++;
		if (way >= (ways ? ways : 1)) {
			s->state[i] = BANNED;
			enter(s);
			continue;
		}
		if (ways && !session_fits(s, i, course_of(s, i)->sessions[way]))
			continue;
		take(s, i, ways ? (int32_t)way : METOD_ROUTE_SELF_PACED);
		enter(s);
	}
}

/* ---- preparation ---- */

static bool denser(const void *context, size_t x, size_t y)
{
	const struct search *s = context;
	int64_t px = s->profit[s->list[x]], py = s->profit[s->list[y]];

	if ((px > 0) != (py > 0))
		return px > 0;
	return px * minutes_of(s, s->list[y]) > py * minutes_of(s, s->list[x]);
}

/* Courses with a gain and what comes before them; in order of id. */
static void list_courses(struct search *s, struct metod_arena *arena)
{
	bool *in = METOD_NEWS(arena, s->model->n_courses + 1, bool);

	for (size_t i = 0; i < s->model->n_courses; i++) {
		const struct metod_route_course *c = course_of(s, i);
		if (!c->reachable || c->n_gains == 0)
			continue;
		in[i] = true;
		for (size_t b = 0; b < c->n_before; b++)
			in[c->before[b].course] = true;
	}
	s->list = METOD_NEWS(arena, s->model->n_courses + 1, size_t);
	for (size_t i = 0; i < s->model->n_courses; i++)
		if (in[i])
			s->list[s->n++] = i;
}

struct metod_route_found metod_route_search(
    const struct metod_route_model *model, int64_t value, struct metod_arena *arena)
{
	size_t n = model->n_courses + 1, needs = model->n_needs + 1;
	size_t weeks =
	    (size_t)((int64_t)model->teacher->week_to - model->teacher->week_from + 1);
	struct search s = {.model = model, .best = value, .open = value};
	int64_t *mu, root = metod_route_bound(model, value, arena, &mu);

	s.cap = model->teacher->nodes ? model->teacher->nodes : METOD_ROUTE_NODES;
	list_courses(&s, arena);
	s.profit = METOD_NEWS(arena, n, int64_t);
	s.penalty = METOD_NEWS(arena, n, int64_t);
	s.state = METOD_NEWS(arena, n, enum state);
	s.wanted = METOD_NEWS(arena, n, unsigned);
	s.session = METOD_NEWS(arena, n, int32_t);
	s.stack = METOD_NEWS(arena, n, struct branch);
	s.marginal = METOD_NEWS(arena, n, int64_t);
	s.due = METOD_NEWS(arena, n, int64_t);
	s.sum = METOD_NEWS(arena, needs, int64_t);
	s.could = METOD_NEWS(arena, needs, int64_t);
	s.load = METOD_NEWS(arena, weeks, int64_t);
	s.plan = metod_plan_new(model, arena);
	s.found.steps = METOD_NEWS(arena, n, struct metod_route_step);
	for (size_t k = 0; k < s.n; k++) {
		s.penalty[s.list[k]] = metod_route_least_penalty(model, s.list[k]);
		s.profit[s.list[k]] = metod_route_profit(model, s.list[k], mu);
	}
	for (size_t c = 0; c < model->n_needs; c++)
		s.relaxed += metod_route_most(&model->needs[c], mu[c]);
	s.order = metod_order(s.n, denser, &s, arena);
	walk(&s);
	s.found.bound = least(root, s.best > s.open ? s.best : s.open);
	return s.found;
}
