/* SPDX-License-Identifier: Apache-2.0
 * Upper bound of a route's value by multipliers on the competencies (optimisation.md 2.2
 * (3)). Calendar and prerequisites are relaxed; whatever the multipliers, the bound
 * holds. Floats search for good multipliers, then they are rounded and the bound is
 * computed in integers. */
#include <math.h>

#include "route_model.h"

enum { STEPS = 60, FINE = METOD_ROUTE_FINE };

/* max_y (worth(y) - mu y) lies at one of the breakpoints 0, .7 d, 1.3 d. */
static int64_t breakpoint(const struct metod_route_need *need, int k)
{
	static const int64_t tenths[3] = {0, 7, 13};
	return tenths[k] * need->depth; /* of a per mille */
}

static int64_t worth_at(const struct metod_route_need *need, int k)
{
	static const int64_t hundredths[3] = {0, 70, 94}; /* .7, .7 + .4 x .6 */
	return hundredths[k] * need->depth * need->weight;
}

struct search {
	const struct metod_route_model *model;
	int64_t *penalty; /* per course, that of its best session */
	size_t *order;    /* courses by density, kept from step to step */
	double *profit, *mu, *best_mu, *slope;
};

int64_t metod_route_least_penalty(const struct metod_route_model *model, size_t course)
{
	struct metod_route_step step = {course, METOD_ROUTE_SELF_PACED};
	size_t n = model->courses[course].n_sessions;
	int64_t least;

	if (n == 0)
		return metod_route_penalty(model, step);
	step.session = 0;
	least = metod_route_penalty(model, step);
	for (size_t s = 1; s < n; s++) {
		step.session = (int32_t)s;
		int64_t penalty = metod_route_penalty(model, step);
		least = penalty < least ? penalty : least;
	}
	return least;
}

static double minutes_of(const struct search *s, size_t course)
{
	return (double)s->model->courses[course].in->minutes;
}

/* Insertion sort: the order hardly changes from one step to the next. */
static void sort_by_density(struct search *s)
{
	for (size_t i = 1; i < s->model->n_courses; i++) {
		size_t course = s->order[i], at = i;
		for (; at > 0; at--) {
			size_t other = s->order[at - 1];
			if (s->profit[other] * minutes_of(s, course) >=
			    s->profit[course] * minutes_of(s, other))
				break;
			s->order[at] = other;
		}
		s->order[at] = course;
	}
}

/* Value of the relaxation at mu, in hundredths; slope gets its subgradient. */
static double relaxed(struct search *s)
{
	const struct metod_route_model *m = s->model;
	double sum = 0, left = m->teacher->minutes_total;

	for (size_t c = 0; c < m->n_needs; c++) {
		double best = 0;
		s->slope[c] = 0;
		for (int k = 1; k < 3; k++) {
			double y = (double)breakpoint(&m->needs[c], k) / 10;
			double net = (double)worth_at(&m->needs[c], k) - s->mu[c] * y;
			if (net > best) {
				best = net;
				s->slope[c] = -y;
			}
		}
		sum += best;
	}
	for (size_t i = 0; i < m->n_courses; i++) {
		s->profit[i] = -(double)s->penalty[i];
		for (size_t g = 0; g < m->courses[i].n_gains; g++)
			s->profit[i] += s->mu[m->courses[i].gains[g].need] *
			    (double)m->courses[i].gains[g].gain;
	}
	sort_by_density(s);
	for (size_t x = 0; x < m->n_courses; x++) {
		const struct metod_route_course *course = &m->courses[s->order[x]];
		double minutes = minutes_of(s, s->order[x]);
		double share = minutes <= left ? 1 : left / minutes;
		if (s->profit[s->order[x]] <= 0)
			continue;
		sum += share * s->profit[s->order[x]];
		for (size_t g = 0; g < course->n_gains; g++)
			s->slope[course->gains[g].need] +=
			    share * (double)course->gains[g].gain;
		left -= share * minutes;
		if (share < 1)
			break;
	}
	return sum;
}

static double clamp(double x, double max)
{
	return x < 0 ? 0 : x > max ? max : x;
}

/* Steps by the gap to a known value. A multiplier above the steepest slope never helps.
 */
static void find_multipliers(struct search *s, double value)
{
	const struct metod_route_model *m = s->model;
	double least = INFINITY;

	for (size_t c = 0; c < m->n_needs; c++)
		s->mu[c] = s->best_mu[c] =
		    METOD_ROUTE_HUNDREDTHS * 0.4 * (double)m->needs[c].weight;
	for (int step = 0; step < STEPS; step++) {
		double bound = relaxed(s), norm = 0;
		if (bound < least) {
			least = bound;
			for (size_t c = 0; c < m->n_needs; c++)
				s->best_mu[c] = s->mu[c];
		}
		for (size_t c = 0; c < m->n_needs; c++)
			norm += s->slope[c] * s->slope[c];
		if (norm == 0 || bound <= value)
			return;
		for (size_t c = 0; c < m->n_needs; c++)
			s->mu[c] = clamp(s->mu[c] - (bound - value) / norm * s->slope[c],
			    METOD_ROUTE_HUNDREDTHS * (double)m->needs[c].weight);
	}
}

/* ---- the exact bound of given multipliers ---- */

static int64_t ceil_div(int64_t x, int64_t y)
{
	return x <= 0 ? x / y : (x + y - 1) / y;
}

/* Takes the densest course out of those that are left: quadratic, once per route. */
static bool next_densest(const struct metod_route_model *m, int64_t *profit, size_t *ret)
{
	bool found = false;
	for (size_t i = 0; i < m->n_courses; i++) {
		if (profit[i] <= 0)
			continue;
		if (!found ||
		    profit[i] * m->courses[*ret].in->minutes >
			profit[*ret] * m->courses[i].in->minutes)
			*ret = i;
		found = true;
	}
	return found;
}

int64_t metod_route_most(const struct metod_route_need *need, int64_t mu)
{
	int64_t best = 0;
	for (int k = 1; k < 3; k++) {
		int64_t net = worth_at(need, k) * FINE - mu * breakpoint(need, k) / 10;
		best = net > best ? net : best;
	}
	return best; /* mu y was rounded down, so this is rounded up */
}

int64_t metod_route_profit(
    const struct metod_route_model *model, size_t course, const int64_t *mu)
{
	const struct metod_route_course *c = &model->courses[course];
	int64_t profit = -metod_route_least_penalty(model, course) * FINE;
	for (size_t g = 0; g < c->n_gains; g++)
		profit += mu[c->gains[g].need] * c->gains[g].gain;
	return profit;
}

static int64_t exact_bound(
    const struct search *s, const int64_t *mu, struct metod_arena *arena)
{
	const struct metod_route_model *m = s->model;
	int64_t *profit = METOD_NEWS(arena, m->n_courses + 1, int64_t);
	int64_t sum = 0, left = m->teacher->minutes_total;

	for (size_t c = 0; c < m->n_needs; c++)
		sum += metod_route_most(&m->needs[c], mu[c]);
	for (size_t i = 0; i < m->n_courses; i++)
		profit[i] = metod_route_profit(m, i, mu);
	for (size_t i = 0; next_densest(m, profit, &i);) {
		int64_t minutes = m->courses[i].in->minutes;
		if (minutes > left)
			return ceil_div(sum + ceil_div(profit[i] * left, minutes), FINE);
		sum += profit[i];
		left -= minutes;
		profit[i] = 0;
	}
	return ceil_div(sum, FINE);
}

int64_t metod_route_bound(const struct metod_route_model *model, int64_t value,
    struct metod_arena *arena, int64_t **ret_mu)
{
	struct search s = {
	    .model = model,
	    .penalty = METOD_NEWS(arena, model->n_courses + 1, int64_t),
	    .order = METOD_NEWS(arena, model->n_courses + 1, size_t),
	    .profit = METOD_NEWS(arena, model->n_courses + 1, double),
	    .mu = METOD_NEWS(arena, model->n_needs + 1, double),
	    .best_mu = METOD_NEWS(arena, model->n_needs + 1, double),
	    .slope = METOD_NEWS(arena, model->n_needs + 1, double),
	};
	int64_t *mu = METOD_NEWS(arena, model->n_needs + 1, int64_t);
	int64_t everything = 0; /* the bound of multipliers 0 */

	for (size_t i = 0; i < model->n_courses; i++) {
		s.penalty[i] = metod_route_least_penalty(model, i);
		s.order[i] = i;
	}
	find_multipliers(&s, (double)value);
	for (size_t c = 0; c < model->n_needs; c++) {
		mu[c] = llround(s.best_mu[c] * FINE);
		everything += worth_at(&model->needs[c], 2);
	}
	*ret_mu = mu;
	int64_t bound = exact_bound(&s, mu, arena);
	return bound < everything ? bound : everything;
}
