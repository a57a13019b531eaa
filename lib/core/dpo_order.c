/* SPDX-License-Identifier: Apache-2.0
 * The order: multipliers of the teachers' time fall towards the least bound; the groups
 * that candidates would open at these prices are filled exactly, and the orders found so,
 * the best first, are improved group by group. */
#include "metod/dpo_order.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dpo_work.h"

enum {
	ROUNDS = 300,
	PATIENCE = 8,    /* rounds without a better bound before steps are halved */
	FILL_EVERY = 10, /* rounds */
	PLANS = ROUNDS / FILL_EVERY + 1,
	TRIES = 10 * 1000 * 1000, /* changes of a group, times rows of benefits */
};

struct plan {
	int64_t value;
	uint32_t *groups;
};
struct search {
	const struct metod_dpo_order *order;
	struct dpo_relaxed relaxed;
	struct dpo_seats seats;
	struct metod_dpo_answer *best;
	int64_t bound;           /* least so far, 1/METOD_DPO_SCALE */
	struct plan here;        /* what is being improved */
	struct plan plan[PLANS]; /* what the multipliers suggested */
	size_t n_plans;
	int64_t tries;
	double *u;
	int64_t *rounded;
};

/* ---- orders ---- */

static void open_all(struct search *s, const uint32_t *groups)
{
	for (uint32_t p = 0; p < s->order->m; p++)
		metod_dpo_seats_open(&s->seats, p, groups[p]);
}

/* Takes what is filled now in place of `here` when it is worth more. */
static bool better(struct search *s)
{
	size_t bytes = s->order->m * sizeof(uint32_t);
	int64_t value = metod_dpo_seats_value(&s->seats);

	if (value <= s->here.value)
		return false;
	s->here.value = value;
	memcpy(s->here.groups, s->seats.groups, bytes);
	if (value > s->best->value) {
		s->best->value = value;
		memcpy(s->best->groups, s->seats.groups, bytes);
		metod_dpo_seats_taken(&s->seats, s->best->taken);
	}
	return true;
}

static void start_from(struct search *s, const uint32_t *groups)
{
	open_all(s, groups);
	s->here.value = INT64_MIN;
	better(s);
}

/* Another number of groups of one candidate. */
static bool try_groups(struct search *s, uint32_t p, uint32_t groups)
{
	if (s->tries-- <= 0 || groups == s->here.groups[p])
		return false;
	metod_dpo_seats_open(&s->seats, p, groups);
	if (better(s))
		return true;
	open_all(s, s->here.groups);
	return false;
}

/* One group in place of one of another candidate. */
static bool try_swap(struct search *s, uint32_t p, uint32_t q)
{
	if (s->here.groups[q] == s->order->candidate[q].groups || p == q)
		return false;
	metod_dpo_seats_open(&s->seats, p, s->here.groups[p] - 1);
	return try_groups(s, q, s->here.groups[q] + 1);
}

static bool improve_at(struct search *s, uint32_t p)
{
	const struct metod_dpo_order *order = s->order;
	uint32_t n = s->here.groups[p];

	if (n < order->candidate[p].groups && try_groups(s, p, n + 1))
		return true;
	if (!n)
		return false;
	if (try_groups(s, p, n - 1) || (n > 1 && try_groups(s, p, 0)))
		return true;
	for (uint32_t q = 0; q < order->m && s->tries > 0; q++)
		if (try_swap(s, p, q))
			return true;
	return false;
}

static void improve(struct search *s)
{
	uint32_t still = 0; /* candidates in a row without a change for the better */

	for (uint32_t p = 0; still < s->order->m && s->tries > 0;
	     p = (p + 1) % (uint32_t)s->order->m)
		still = improve_at(s, p) ? 0 : still + 1;
}

static int by_value(const void *a, const void *b)
{
	const struct plan *x = a, *y = b;

	if (x->value != y->value)
		return x->value < y->value ? 1 : -1;
	return (x->groups > y->groups) - (x->groups < y->groups); /* the earlier one */
}

static void improve_all(struct search *s)
{
	const struct plan *last = NULL;

	s->tries = TRIES / (1 + (int64_t)s->order->start[s->order->n]);
	qsort(s->plan, s->n_plans, sizeof(*s->plan), by_value);
	for (const struct plan *plan = s->plan; plan < s->plan + s->n_plans; plan++) {
		if (s->tries <= 0 || s->best->value == s->bound / METOD_DPO_SCALE)
			break;
		if (last && last->value == plan->value)
			continue; /* the same one, in all likelihood */
		start_from(s, plan->groups);
		improve(s);
		last = plan;
	}
}

/* ---- multipliers ---- */

static double norm_of(const struct search *s)
{
	double norm = 0;

	for (size_t i = 0; i < s->order->n; i++) {
		double g = (double)s->order->limit[i] - s->relaxed.used[i];

		norm += g > 0 && s->u[i] <= 0 ? 0 : g * g;
	}
	return norm;
}

static void step(struct search *s, double length)
{
	for (size_t i = 0; i < s->order->n; i++) {
		s->u[i] -= length * ((double)s->order->limit[i] - s->relaxed.used[i]);
		s->u[i] = fmax(0, s->u[i]);
	}
}

/* The bound of the multipliers of this round, kept when it is the least so far. */
static int64_t look(struct search *s)
{
	int64_t bound;

	for (size_t i = 0; i < s->order->n; i++)
		s->rounded[i] = llround(s->u[i]);
	bound = metod_dpo_relax(&s->relaxed, s->rounded);
	if (bound < s->bound) {
		s->bound = bound;
		memcpy(s->best->multiplier, s->rounded, s->order->n * sizeof(int64_t));
	}
	return bound;
}

/* Fills the groups of this round. */
static void add_plan(struct search *s)
{
	struct plan *plan = &s->plan[s->n_plans++];

	start_from(s, s->relaxed.groups);
	plan->value = s->here.value;
	memcpy(plan->groups, s->here.groups, s->order->m * sizeof(uint32_t));
}

static void descend(struct search *s)
{
	double share = 1;
	int stale = 0;

	for (int round = 0; round < ROUNDS; round++) {
		int64_t former = s->bound, bound = look(s);
		double norm = norm_of(s);

		if (round % FILL_EVERY == FILL_EVERY - 1 || norm == 0) {
			add_plan(s);
		}
		if (norm == 0 || s->bound / METOD_DPO_SCALE == s->best->value)
			break;
		stale = bound < former ? 0 : stale + 1;
		if (stale == PATIENCE) {
			share /= 2;
			stale = 0;
		}
		step(
		    s, share * (double)(bound - s->best->value * METOD_DPO_SCALE) / norm);
	}
}

/* ---- the whole ---- */

/* An order without one candidate may be the better one when there were not tries enough:
 * then it is the answer, and all is asked again. */
static void what_if(struct search *s, struct metod_arena *arena)
{
	s->best->without = METOD_NEWS(arena, s->order->m + 1, int64_t);
	for (uint32_t p = 0; p < s->order->m;) {
		s->best->without[p] = s->best->value;
		if (s->best->groups[p]) {
			start_from(s, s->best->groups);
			metod_dpo_seats_open(&s->seats, p, 0);
			s->best->without[p] = metod_dpo_seats_value(&s->seats);
		}
		p = better(s) ? 0 : p + 1;
	}
}

static void begin(struct search *s, struct metod_arena *arena)
{
	const struct metod_dpo_order *order = s->order;
	uint32_t *groups = METOD_NEWS(arena, (PLANS + 1) * order->m + 1, uint32_t);

	s->here.groups = groups;
	for (size_t k = 0; k < PLANS; k++)
		s->plan[k].groups = groups + (k + 1) * order->m;
	s->u = METOD_NEWS(arena, order->n + 1, double);
	s->rounded = METOD_NEWS(arena, order->n + 1, int64_t);
	s->best->groups = METOD_NEWS(arena, order->m + 1, uint32_t);
	s->best->taken = METOD_NEWS(arena, order->start[order->n] + 1, bool);
	s->best->multiplier = METOD_NEWS(arena, order->n + 1, int64_t);
	metod_dpo_relax_begin(&s->relaxed, order, arena);
	metod_dpo_seats_begin(&s->seats, order, arena);
}

void metod_dpo_solve(const struct metod_dpo_order *order, bool with_what_if,
    struct metod_arena *arena, struct metod_dpo_answer *ret)
{
	struct search s = {.order = order, .best = ret, .bound = INT64_MAX};

	*ret = (struct metod_dpo_answer){0};
	begin(&s, arena);
	descend(&s);
	improve_all(&s);
	if (with_what_if)
		what_if(&s, arena);
	ret->bound = s.bound / METOD_DPO_SCALE;
}
