/* SPDX-License-Identifier: Apache-2.0
 * The relaxed order and what is recomputed without trust in the search: the bound of any
 * multipliers, and sizes, limits and value of an answer. */
#include <stdlib.h>
#include <string.h>

#include "dpo_work.h"

/* ---- the relaxed problem ---- */

void metod_dpo_relax_begin(
    struct dpo_relaxed *r, const struct metod_dpo_order *order, struct metod_arena *arena)
{
	uint32_t *next = METOD_NEWS(arena, order->m + 1, uint32_t);

	r->order = order;
	r->start = METOD_NEWS(arena, order->m + 2, uint32_t);
	r->seat = METOD_NEWS(arena, order->start[order->n] + 1, struct dpo_seat);
	r->groups = METOD_NEWS(arena, order->m + 1, uint32_t);
	r->used = METOD_NEWS(arena, order->n + 1, uint32_t);
	for (uint32_t e = 0; e < order->start[order->n]; e++)
		r->start[order->benefit[e].candidate + 1]++;
	for (size_t p = 0; p < order->m; p++) {
		r->start[p + 1] += r->start[p];
		next[p] = r->start[p];
	}
	for (uint32_t i = 0; i < order->n; i++)
		for (uint32_t e = order->start[i]; e < order->start[i + 1]; e++) {
			struct dpo_seat *seat =
			    &r->seat[next[order->benefit[e].candidate]++];

			seat->teacher = i;
			seat->benefit = order->benefit[e].benefit;
		}
}

static int by_rest(const void *a, const void *b)
{
	const struct dpo_seat *x = a, *y = b;

	if (x->rest != y->rest)
		return x->rest < y->rest ? 1 : -1;
	return (x->teacher > y->teacher) - (x->teacher < y->teacher);
}

/* Sums of the first k seats only rise while `rest` is above 0, so with n groups the best
 * k is the number of such seats, moved into [n min, n max]. */
static int64_t best_of(const struct metod_dpo_candidate *c, const struct dpo_seat *seat,
    size_t n_seats, uint32_t *ret_groups, size_t *ret_people)
{
	int64_t best = 0, sum = 0;
	size_t gaining = 0, summed = 0;

	*ret_groups = 0;
	*ret_people = 0;
	while (gaining < n_seats && seat[gaining].rest > 0)
		gaining++;
	for (uint32_t n = 1; n <= c->groups && (size_t)n * c->min <= n_seats; n++) {
		size_t low = (size_t)n * c->min, high = (size_t)n * c->max;
		size_t k = gaining < low ? low : gaining > high ? high : gaining;

		while (summed < k) /* k never falls from n to n + 1 */
			sum += seat[summed++].rest;
		if (sum - c->fixed * n * METOD_DPO_SCALE > best) {
			best = sum - c->fixed * n * METOD_DPO_SCALE;
			*ret_groups = n;
			*ret_people = k;
		}
	}
	return best;
}

int64_t metod_dpo_relax(struct dpo_relaxed *r, const int64_t *multiplier)
{
	const struct metod_dpo_order *order = r->order;
	int64_t bound = 0;

	memset(r->used, 0, order->n * sizeof(*r->used));
	for (size_t i = 0; i < order->n; i++)
		bound += order->limit[i] * multiplier[i];
	for (size_t p = 0; p < order->m; p++) {
		struct dpo_seat *seat = r->seat + r->start[p];
		size_t n = r->start[p + 1] - r->start[p], people;

		for (size_t s = 0; s < n; s++)
			seat[s].rest = (int64_t)seat[s].benefit * METOD_DPO_SCALE -
			    multiplier[seat[s].teacher];
		qsort(seat, n, sizeof(*seat), by_rest);
		bound += best_of(&order->candidate[p], seat, n, &r->groups[p], &people);
		for (size_t s = 0; s < people; s++)
			r->used[seat[s].teacher]++;
	}
	return bound;
}

int64_t metod_dpo_bound(const struct metod_dpo_order *order, const int64_t *multiplier,
    struct metod_arena *arena)
{
	struct dpo_relaxed relaxed;

	metod_dpo_relax_begin(&relaxed, order, arena);
	return metod_dpo_relax(&relaxed, multiplier) / METOD_DPO_SCALE;
}

/* ---- the check ---- */

static enum metod_err check_seats(const struct metod_dpo_order *order,
    const struct metod_dpo_answer *answer, uint64_t *load, int64_t *ret_value,
    struct metod_error *err)
{
	for (size_t i = 0; i < order->n; i++) {
		uint32_t used = 0;

		for (uint32_t e = order->start[i]; e < order->start[i + 1]; e++) {
			if (!answer->taken[e])
				continue;
			used++;
			load[order->benefit[e].candidate]++;
			*ret_value += order->benefit[e].benefit;
		}
		if (used > order->limit[i])
			return metod_fail(err, METOD_DAMAGED, "limit",
			    "teacher %zu takes part in %u programmes, the limit is %u",
			    i + 1, used, order->limit[i]);
		if (answer->multiplier[i] < 0)
			return metod_fail(err, METOD_DAMAGED, "multipliers",
			    "the multiplier of teacher %zu is below 0", i + 1);
	}
	return METOD_OK;
}

enum metod_err metod_dpo_check(const struct metod_dpo_order *order,
    const struct metod_dpo_answer *answer, struct metod_arena *arena,
    struct metod_error *err)
{
	uint64_t *load = METOD_NEWS(arena, order->m + 1, uint64_t);
	int64_t value = 0, bound;
	enum metod_err e = check_seats(order, answer, load, &value, err);

	for (size_t p = 0; !e && p < order->m; p++) {
		const struct metod_dpo_candidate *c = &order->candidate[p];
		uint64_t n = answer->groups[p];

		value -= c->fixed * answer->groups[p];
		if (n > c->groups || load[p] < n * c->min || load[p] > n * c->max)
			return metod_fail(err, METOD_DAMAGED, "opened",
			    "candidate %zu has %llu people in %llu groups", p + 1,
			    (unsigned long long)load[p], (unsigned long long)n);
	}
	if (e)
		return e;
	if (value != answer->value)
		return metod_fail(err, METOD_DAMAGED, "value",
		    "the order is worth %lld, not %lld", (long long)value,
		    (long long)answer->value);
	bound = metod_dpo_bound(order, answer->multiplier, arena);
	if (bound != answer->bound || bound < value)
		return metod_fail(err, METOD_DAMAGED, "bound",
		    "the multipliers allow up to %lld, not %lld", (long long)bound,
		    (long long)answer->bound);
	return METOD_OK;
}
