/* SPDX-License-Identifier: Apache-2.0
 * The assignment behind the matching: against brute force, against a second algorithm,
 * after sequences of changes, and a certificate that refuses what is not optimal. Links
 * lib/base and lib/core only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "metod/assign.h"
#include "plain_flow.h"

static uint64_t seed;

static uint64_t below(uint64_t n)
{
	return metod_rand64(&seed) % n;
}

/* ---- random cases ---- */

/* Kinds of cases: wide scores, few different ones, all equal, negative ones. */
static int32_t points(unsigned kind)
{
	switch (kind % 4) {
	case 0:
		return (int32_t)below(10001);
	case 1:
		return (int32_t)below(3) * 1000;
	case 2:
		return 5000;
	default:
		return (int32_t)below(6001) - 3000;
	}
}

static struct metod_assign random_case(
    struct metod_arena *arena, size_t n, size_t m, unsigned kind)
{
	struct metod_assign a = {.n = n, .m = m, .scale = 1};
	bool ties = below(2);
	uint32_t e = 0;

	while (ties && a.scale <= 63 * (int64_t)n)
		a.scale *= 2;
	a.start = metod_arena_array(arena, n + 1, sizeof(*a.start));
	a.edge = metod_arena_array(arena, n * m + 1, sizeof(*a.edge));
	a.outside = METOD_NEWS(arena, n + 1, int64_t);
	a.capacity = METOD_NEWS(arena, m + 1, uint32_t);
	a.held = METOD_NEWS(arena, m + 1, uint32_t);
	a.step = (int64_t)(below(3) ? below(400) : 0) * a.scale;
	for (size_t j = 0; j < m; j++) {
		a.capacity[j] = (uint32_t)below(4);
		a.held[j] = below(4) ? 0 : (uint32_t)below(3);
	}
	for (size_t i = 0; i < n; i++) {
		static const int64_t costs[] = {100000, 30000, 3000, 0};
		bool lonely = below(8) == 0;

		a.outside[i] = -costs[below(4)] * a.scale;
		for (uint32_t j = 0; j < m && !lonely; j++)
			if (below(3))
				a.edge[e++] = (struct metod_assign_edge){j,
				    points(kind) * METOD_TIE_RANGE +
					(ties ? (int32_t)below(METOD_TIE_RANGE) : 0)};
		a.start[i + 1] = e;
	}
	metod_assign_begin(&a, arena);
	return a;
}

static int64_t total(const struct metod_assign *a, struct metod_arena *arena)
{
	metod_wide dual;

	if (!metod_assign_certify(a, arena, &dual))
		fail_msg("no certificate");
	return (int64_t)dual;
}

/* ---- brute force ---- */

static int64_t best_of(const struct metod_assign *a, size_t i, uint32_t *load)
{
	int64_t best;

	if (i == a->n)
		return 0;
	best = a->outside[i] + best_of(a, i + 1, load);
	for (uint32_t e = a->start[i]; e < a->start[i + 1]; e++) {
		uint32_t j = a->edge[e].server;
		int64_t with;

		if (load[j] == a->capacity[j] || a->edge[e].gain == METOD_ASSIGN_GONE)
			continue;
		with = metod_assign_amount(a, a->edge[e].gain) -
		    metod_assign_cost(a, j, ++load[j]);
		with += best_of(a, i + 1, load);
		load[j]--;
		best = with > best ? with : best;
	}
	return best;
}

static void small_cases_equal_brute_force(void **state)
{
	(void)state;
	seed = 20261127;
	for (unsigned round = 0; round < 1000; round++) {
		struct metod_arena *arena = metod_arena_new();
		struct metod_assign a = random_case(arena, below(7), below(5), round);
		uint32_t load[8] = {0};

		metod_assign_solve(&a);
		if (total(&a, arena) != best_of(&a, 0, load))
			fail_msg("round %u", round);
		metod_arena_free(arena);
	}
}

/* ---- the second algorithm ---- */

static int64_t plain_total(const struct metod_assign *a, struct metod_arena *arena)
{
	struct plain_flow flow = {.n = a->n, .m = a->m, .step = a->step};
	int64_t sum = 0;

	flow.edges = METOD_NEWS(arena, a->n + 1, struct plain_edge *);
	flow.degree = METOD_NEWS(arena, a->n + 1, size_t);
	flow.outside = a->outside;
	flow.capacity = METOD_NEWS(arena, a->m + 1, unsigned);
	memcpy(flow.capacity, a->capacity, a->m * sizeof(*a->capacity));
	for (size_t i = 0; i < a->n; i++) {
		flow.edges[i] = METOD_NEWS(arena, a->m + 1, struct plain_edge);
		for (uint32_t e = a->start[i]; e < a->start[i + 1]; e++)
			if (a->capacity[a->edge[e].server])
				flow.edges[i][flow.degree[i]++] = (struct plain_edge){
				    metod_assign_amount(a, a->edge[e].gain),
				    a->edge[e].server};
	}
	plain_flow_solve(&flow, arena);
	for (size_t i = 0; i < a->n; i++) {
		sum += flow.mate[i] == PLAIN_OUT ? flow.outside[i] : 0;
		for (size_t k = 0; k < flow.degree[i]; k++)
			if ((int32_t)flow.edges[i][k].server == flow.mate[i])
				sum += flow.edges[i][k].gain;
	}
	for (size_t j = 0; j < a->m; j++)
		for (unsigned k = 1; k <= flow.load[j]; k++)
			sum -= a->step * (int64_t)(k - 1);
	return sum;
}

static void larger_cases_equal_a_second_algorithm(void **state)
{
	(void)state;
	seed = 5;
	for (unsigned round = 0; round < 150; round++) {
		struct metod_arena *arena = metod_arena_new();
		struct metod_assign a =
		    random_case(arena, 20 + below(200), 5 + below(30), round);

		memset(a.held, 0, a.m * sizeof(*a.held)); /* it knows no fixed places */
		metod_assign_solve(&a);
		if (total(&a, arena) != plain_total(&a, arena))
			fail_msg("round %u", round);
		metod_arena_free(arena);
	}
}

/* ---- changes ---- */

/* The same problem, solved from nothing: edges that are gone, clients that want nothing
 * and capacities as they are now. */
static int64_t from_scratch(
    const struct metod_assign *now, const bool *wants, struct metod_arena *arena)
{
	struct metod_assign a = *now;

	metod_assign_begin(&a, arena);
	for (uint32_t i = 0; i < a.n; i++)
		if (!wants[i])
			metod_assign_wants(&a, i, false);
	metod_assign_solve(&a);
	return total(&a, arena);
}

static void change(struct metod_assign *a, bool *wants)
{
	uint32_t i = (uint32_t)below(a->n), j = (uint32_t)below(a->m);

	switch (below(4)) {
	case 0: /* a decline */
		if (a->mate[i] >= 0)
			metod_assign_forbid(a, i, (uint32_t)a->mate[i]);
		return;
	case 1: /* any pair */
		metod_assign_forbid(a, i, j);
		return;
	case 2: /* places come and go, a mentor leaves */
		metod_assign_resize(a, j, (uint32_t)below(4));
		return;
	default:
		wants[i] = !wants[i];
		metod_assign_wants(a, i, wants[i]);
	}
}

static void every_change_ends_at_the_optimum_of_a_new_start(void **state)
{
	(void)state;
	seed = 99;
	for (unsigned round = 0; round < 1000; round++) {
		struct metod_arena *arena = metod_arena_new();
		struct metod_assign a =
		    random_case(arena, 3 + below(30), 2 + below(8), round);
		bool wants[40];

		memset(wants, true, sizeof(wants));
		metod_assign_solve(&a);
		for (unsigned step = 0; step < 12; step++) {
			change(&a, wants);
			total(&a, arena); /* the certificate holds after every step */
		}
		if (total(&a, arena) != from_scratch(&a, wants, arena))
			fail_msg("round %u", round);
		metod_arena_free(arena);
	}
}

/* ---- what must follow from a change of the problem ---- */

static void more_places_are_worth_at_most_their_price(void **state)
{
	(void)state;
	seed = 12;
	for (unsigned round = 0; round < 200; round++) {
		struct metod_arena *arena = metod_arena_new();
		struct metod_assign a = random_case(arena, 25, 6, round);
		uint32_t j = (uint32_t)below(6);
		int64_t before, gain, worth;

		metod_assign_solve(&a);
		before = total(&a, arena);
		worth = a.price[j] - metod_assign_cost(&a, j, a.capacity[j] + 1);
		metod_assign_resize(&a, j, a.capacity[j] + 1);
		gain = total(&a, arena) - before;
		assert_true(gain >= 0 && gain <= (worth > 0 ? worth : 0));
		metod_arena_free(arena);
	}
}

/* A giant with more places than there are clients, and everything equal. */
static void a_giant_and_equal_scores_end_well(void **state)
{
	struct metod_arena *arena = metod_arena_new();
	struct metod_assign a;
	size_t served = 0;

	(void)state;
	seed = 1;
	a = random_case(arena, 60, 3, 2);
	a.step = 100 * a.scale;
	a.capacity[0] = 100000;
	a.capacity[1] = 0;
	a.capacity[2] = 1;
	metod_assign_solve(&a);
	total(&a, arena);
	for (size_t i = 0; i < a.n; i++) {
		assert_true(a.mate[i] != 1);
		served += a.mate[i] == 0;
	}
	assert_int_equal(a.load[0], served);
	assert_true(served > 9 && a.load[2] <= 1);
	metod_arena_free(arena);
}

/* ---- the certificate ---- */

static void what_is_not_optimal_has_no_certificate(void **state)
{
	unsigned refused = 0, changed = 0;

	(void)state;
	seed = 31;
	for (unsigned round = 0; round < 300; round++) {
		struct metod_arena *arena = metod_arena_new();
		struct metod_assign a = random_case(arena, 12, 4, 0);
		uint32_t i = (uint32_t)below(12), j = (uint32_t)below(4);
		metod_wide dual;

		metod_assign_solve(&a);
		if (round % 2) {
			a.price[j] +=
			    a.price[j] < 50 * a.scale ? 20000 * a.scale : -a.price[j];
		} else if (a.mate[i] != METOD_ASSIGN_OUT) {
			a.mate[i] = METOD_ASSIGN_OUT;
		} else {
			metod_arena_free(arena);
			continue;
		}
		changed++;
		refused += !metod_assign_certify(&a, arena, &dual);
		metod_arena_free(arena);
	}
	/* A price may stay valid by chance: of a server nobody asks for. */
	assert_true(changed > 200 && refused > changed * 8 / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(small_cases_equal_brute_force),
	    cmocka_unit_test(larger_cases_equal_a_second_algorithm),
	    cmocka_unit_test(every_change_ends_at_the_optimum_of_a_new_start),
	    cmocka_unit_test(more_places_are_worth_at_most_their_price),
	    cmocka_unit_test(a_giant_and_equal_scores_end_well),
	    cmocka_unit_test(what_is_not_optimal_has_no_certificate),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
