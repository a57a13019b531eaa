/* SPDX-License-Identifier: Apache-2.0
 * The order of programmes: against brute force, and a check that refuses what does not
 * hold. Links lib/base and lib/core only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "metod/dpo_order.h"

enum { TEACHERS_MAX = 7, CANDIDATES_MAX = 3, CASES = 600 };

static uint64_t seed;

static uint32_t below(uint32_t n)
{
	return (uint32_t)(metod_rand64(&seed) % n);
}

/* ---- random cases ---- */

static void random_candidate(struct metod_dpo_candidate *c)
{
	c->fixed = below(4) ? below(100) : 0;
	c->min = 1 + below(3);
	c->max = c->min + below(3);
	c->groups = below(8) ? 1 + below(2) : 0;
}

/* Kinds of benefits: wide, few different ones, all equal, negative ones too. */
static int32_t benefit(unsigned kind)
{
	switch (kind % 4) {
	case 0:
		return (int32_t)below(101);
	case 1:
		return (int32_t)below(3) * 50;
	case 2:
		return 60;
	default:
		return (int32_t)below(101) - 40;
	}
}

static struct metod_dpo_order random_case(struct metod_arena *arena, unsigned kind)
{
	struct metod_dpo_order o = {
	    .n = below(TEACHERS_MAX + 1), .m = below(10) ? 1 + below(CANDIDATES_MAX) : 0};
	uint32_t e = 0;

	o.candidate = METOD_NEWS(arena, o.m + 1, struct metod_dpo_candidate);
	o.limit = METOD_NEWS(arena, o.n + 1, uint32_t);
	o.start = METOD_NEWS(arena, o.n + 1, uint32_t);
	o.benefit = METOD_NEWS(arena, o.n * o.m + 1, struct metod_dpo_benefit);
	for (size_t p = 0; p < o.m; p++)
		random_candidate(&o.candidate[p]);
	for (size_t i = 0; i < o.n; i++) {
		o.limit[i] = below(3) ? 1 : below(4);
		for (uint32_t p = 0; p < o.m; p++)
			if (below(4))
				o.benefit[e++] =
				    (struct metod_dpo_benefit){p, benefit(kind)};
		o.start[i + 1] = e;
	}
	return o;
}

/* ---- brute force: every choice of every teacher ---- */

struct brute {
	const struct metod_dpo_order *order;
	uint32_t load[CANDIDATES_MAX];
	int64_t best;
};

/* Fewest groups for so many people; false when no number of groups fits. */
static bool cost_of(const struct metod_dpo_candidate *c, uint32_t load, int64_t *ret)
{
	uint32_t n = (load + c->max - 1) / c->max;

	*ret = c->fixed * n;
	return n <= c->groups && load >= n * c->min;
}

static void weigh(struct brute *b, int64_t gain)
{
	for (size_t p = 0; p < b->order->m; p++) {
		int64_t cost;

		if (!cost_of(&b->order->candidate[p], b->load[p], &cost))
			return;
		gain -= cost;
	}
	b->best = gain > b->best ? gain : b->best;
}

static void choose(struct brute *b, size_t teacher, int64_t gain)
{
	const struct metod_dpo_order *o = b->order;
	uint32_t row, rows;

	if (teacher == o->n) {
		weigh(b, gain);
		return;
	}
	row = o->start[teacher];
	rows = o->start[teacher + 1] - row;
	for (unsigned set = 0; set < 1U << rows; set++) {
		int64_t more = 0;

		if ((uint32_t)__builtin_popcount(set) > o->limit[teacher])
			continue;
		for (uint32_t k = 0; k < rows; k++)
			if (set >> k & 1) {
				b->load[o->benefit[row + k].candidate]++;
				more += o->benefit[row + k].benefit;
			}
		choose(b, teacher + 1, gain + more);
		for (uint32_t k = 0; k < rows; k++)
			if (set >> k & 1)
				b->load[o->benefit[row + k].candidate]--;
	}
}

static int64_t optimum(const struct metod_dpo_order *order)
{
	struct brute b = {.order = order};

	choose(&b, 0, 0);
	return b.best;
}

/* value <= optimum <= bound in every case; together the orders found are worth at least
 * 99 % of the optima, and nine of ten are optimal */
static void test_brute_force(void **state)
{
	struct metod_arena *arena = metod_arena_new();
	int64_t found = 0, best = 0;
	int equal = 0, worth = 0;

	(void)state;
	seed = 6;
	for (unsigned c = 0; c < CASES; c++) {
		struct metod_dpo_order order = random_case(arena, c);
		struct metod_dpo_answer answer;
		struct metod_error err = {0};
		int64_t most = optimum(&order);

		metod_dpo_solve(&order, true, arena, &answer);
		if (metod_dpo_check(&order, &answer, arena, &err))
			fail_msg("case %u: %s: %s", c, err.field, err.message);
		assert_in_range(answer.value, 0, (uintmax_t)most);
		assert_true(most <= answer.bound);
		for (size_t p = 0; p < order.m; p++)
			assert_true(answer.without[p] <= answer.value);
		found += answer.value;
		best += most;
		equal += answer.value == most;
		worth += most > 0;
		metod_arena_clear(arena);
	}
	print_message("value %lld of %lld, optimal %d of %d, of these %d above 0\n",
	    (long long)found, (long long)best, equal, CASES, worth);
	assert_true(worth > CASES / 2);
	assert_true(100 * found >= 99 * best);
	assert_true(10 * equal >= 9 * CASES);
	metod_arena_free(arena);
}

/* ---- the check ---- */

/* Two teachers, a programme for both and one nobody can fill. */
static struct metod_dpo_candidate candidates[] = {{10, 2, 3, 1}, {0, 3, 3, 1}};
static uint32_t limits[] = {1, 1}, starts[] = {0, 2, 3};
static struct metod_dpo_benefit benefits[] = {{0, 30}, {1, 90}, {0, 20}};
static const struct metod_dpo_order small = {2, 2, candidates, limits, starts, benefits};

/* the small case by hand: both in the first programme, 30 + 20 - 10 */
static void test_by_hand(void **state)
{
	struct metod_arena *arena = metod_arena_new();
	struct metod_dpo_answer a;
	const bool taken[] = {true, false, true};

	(void)state;
	metod_dpo_solve(&small, true, arena, &a);
	assert_int_equal(a.value, 40);
	assert_int_equal(a.bound, 40);
	assert_int_equal(a.groups[0], 1);
	assert_int_equal(a.groups[1], 0);
	assert_memory_equal(a.taken, taken, sizeof(taken));
	assert_int_equal(a.without[0], 0);
	metod_arena_free(arena);
}

enum harm { SEAT, GONE, GROUP, VALUE, BOUND, LOW_BOUND, NEGATIVE, DEAR, HARMS };

static void harm(struct metod_dpo_answer *a, enum harm how)
{
	switch (how) {
	case SEAT:
		a->taken[1] = true;
		break;
	case GONE:
		a->taken[2] = false;
		break;
	case GROUP:
		a->groups[1] = 1;
		break;
	case VALUE:
		a->value++;
		break;
	case BOUND:
		a->bound++;
		break;
	case LOW_BOUND:
		a->bound--;
		break;
	case NEGATIVE:
		a->multiplier[0] = -1;
		break;
	case DEAR:
		a->multiplier[0] += 100000;
		break;
	case HARMS:
		break;
	}
}

/* every change that breaks a promise of the answer is refused */
static void test_check_refuses(void **state)
{
	(void)state;
	for (unsigned how = 0; how < HARMS; how++) {
		struct metod_arena *arena = metod_arena_new();
		struct metod_dpo_answer a;
		struct metod_error err = {0};

		metod_dpo_solve(&small, false, arena, &a);
		assert_int_equal(metod_dpo_check(&small, &a, arena, &err), METOD_OK);
		harm(&a, (enum harm)how);
		assert_int_equal(metod_dpo_check(&small, &a, arena, &err), METOD_DAMAGED);
		metod_arena_free(arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_brute_force),
	    cmocka_unit_test(test_by_hand),
	    cmocka_unit_test(test_check_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
