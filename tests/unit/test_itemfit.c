/* SPDX-License-Identifier: Apache-2.0
 * Screens of items on simulated answers whose faults are known, a cut by judges, and the
 * change of one person. Links lib/base and lib/core only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>

#include "metod/itemfit.h"

enum { PERSONS = 600, ITEMS = 6 };

static struct metod_arena *arena;
static int8_t values[PERSONS * ITEMS], group[PERSONS];
static double eap[PERSONS];
static struct metod_grm items[ITEMS];
static const char *const names[ITEMS] = {"a", "b", "c", "d", "e", "f"};
static const struct metod_answers answers = {PERSONS, ITEMS, 4, values, names};

static void close_to(const char *what, double is, double wanted, double tolerance)
{
	if (!(fabs(is - wanted) <= tolerance))
		fail_msg("%s: %.6f, wanted %.6f +- %g", what, is, wanted, tolerance);
}

static int8_t answer_of(const struct metod_grm *item, double theta, uint64_t *seed)
{
	double u = metod_rand_unit(seed), sum = 0;
	unsigned x = 0;

	while (x + 1 < item->categories && (sum += metod_grm_prob(item, x, theta)) < u)
		x++;
	return (int8_t)x;
}

/* Item 4 is harder for group 1 by `shift`; item 5 is answered at random when asked so. */
static void simulate(double shift, bool noise)
{
	static const struct metod_cuts cuts = {.5, 1.5, 2.5, 2};
	const struct metod_scale *scale;
	uint64_t seed = 20261127;

	for (size_t j = 0; j < ITEMS; j++)
		items[j] = metod_grm_design();
	scale = metod_scale_new(items, ITEMS, &cuts, METOD_NODES, arena);
	for (size_t i = 0; i < PERSONS; i++) {
		double theta = metod_rand_normal(&seed);
		struct metod_posterior post;
		int row[ITEMS];

		group[i] = (int8_t)(i % 2);
		for (size_t j = 0; j < ITEMS; j++) {
			double at = j == 4 && group[i] ? theta - shift : theta;
			int8_t x = answer_of(&items[j], at, &seed);

			if (j == 5 && noise)
				x = (int8_t)(metod_rand64(&seed) % 4);
			values[i * ITEMS + j] = x;
			row[j] = x;
		}
		metod_score_posterior(scale, row, &post);
		eap[i] = post.eap;
	}
}

static int setup(void **state)
{
	(void)state;
	arena = metod_arena_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena = metod_arena_free(arena);
	return 0;
}

static void an_item_answered_at_random_misfits(void **state)
{
	struct metod_item_fit fit[ITEMS];

	(void)state;
	simulate(0, false);
	metod_item_fit_of(&answers, items, eap, fit);
	for (size_t j = 0; j < ITEMS; j++) {
		assert_int_equal(fit[j].n, PERSONS);
		assert_true(fit[j].infit > .6 && fit[j].infit < 1.2);
		assert_int_equal(fit[j].rare, 0);
	}
	simulate(0, true);
	metod_item_fit_of(&answers, items, eap, fit);
	assert_true(fit[5].infit > 1.4 && fit[0].infit < 1.4);
}

static void options_that_nobody_takes_are_counted(void **state)
{
	struct metod_item_fit fit[ITEMS];

	(void)state;
	simulate(0, false);
	for (size_t i = 0; i < PERSONS; i++)
		values[i * ITEMS] = i < 5 ? 1 : i < 8 ? -1 : 2;
	metod_item_fit_of(&answers, items, eap, fit);
	assert_int_equal(fit[0].rare, 3);
	assert_int_equal(fit[0].n, PERSONS - 3);
	close_to(
	    "most chosen", fit[0].most_chosen, (PERSONS - 8.) / (PERSONS - 3), 1e-12);
}

static void a_difference_between_groups_is_seen_on_its_item_alone(void **state)
{
	struct metod_dif dif;

	(void)state;
	simulate(1.5, false);
	for (size_t j = 0; j < ITEMS; j++) {
		metod_dif_of(&answers, j, group, arena, &dif);
		if (dif.large != (j == 4))
			fail_msg("item %zu: %.4f", j, dif.r2_change);
	}
	simulate(0, false);
	metod_dif_of(&answers, 4, group, arena, &dif);
	assert_true(!dif.large && dif.r2_change >= -1e-9 && dif.n == PERSONS);
	for (size_t i = 0; i < PERSONS; i++)
		group[i] = 0;
	metod_dif_of(&answers, 4, group, arena, &dif);
	assert_true(isnan(dif.r2_change) && !dif.large); /* one group tells nothing */
}

static void a_cut_is_the_mean_of_the_judges(void **state)
{
	static const double marks[] = {1, 2, 2, 2, 1, 1, 2, 1, 1, 2};
	struct metod_angoff angoff;

	(void)state;
	metod_angoff_of(marks, 5, 2, &angoff);
	/* judges' means 1.5 2 1 1.5 1.5 */
	close_to("cut", angoff.cut, 1.5, 1e-12);
	close_to("sd", angoff.sd, sqrt(.125), 1e-12);
	close_to("error", angoff.error, sqrt(.125 / 5), 1e-12);
	assert_true(angoff.enough);
	metod_angoff_of(marks, 4, 2, &angoff);
	assert_false(angoff.enough);
	metod_angoff_of(marks, 0, 2, &angoff);
	assert_true(isnan(angoff.cut));
}

static void change_is_judged_on_blocks_that_can_carry_it(void **state)
{
	double z;

	(void)state;
	assert_int_equal(
	    metod_change_of(-.5, .25, .5, .25, 19, &z), METOD_CHANGE_UNKNOWN);
	assert_true(isnan(z));
	assert_int_equal(metod_change_of(-.5, .25, .5, .25, 20, &z), METOD_CHANGE_UP);
	/* r = .9375, u = +-.5/r, v = .0625/r */
	close_to("z", z, 1 / .9375 / sqrt(2 * .0625 / .9375), 1e-12);
	assert_int_equal(metod_change_of(.5, .25, -.5, .25, 20, &z), METOD_CHANGE_DOWN);
	assert_int_equal(metod_change_of(0, .25, .3, .25, 20, &z), METOD_CHANGE_NONE);
}

/* No change at all: about 2.5 % each side are told changed, as the rule says. */
static void without_change_few_are_told_changed(void **state)
{
	static const struct metod_cuts cuts = {.5, 1.5, 2.5, 2};
	enum { BLOCK = 20, PEOPLE = 4000 };
	struct metod_grm block[BLOCK];
	const struct metod_scale *scale;
	size_t up = 0, down = 0;
	uint64_t seed = 7;

	(void)state;
	for (size_t j = 0; j < BLOCK; j++)
		block[j] = metod_grm_design();
	scale = metod_scale_new(block, BLOCK, &cuts, METOD_NODES, arena);
	for (size_t i = 0; i < PEOPLE; i++) {
		double theta = metod_rand_normal(&seed), z;
		struct metod_posterior post[2];
		enum metod_change_word word;

		for (int time = 0; time < 2; time++) {
			int row[BLOCK];

			for (size_t j = 0; j < BLOCK; j++)
				row[j] = answer_of(&block[j], theta, &seed);
			metod_score_posterior(scale, row, &post[time]);
		}
		word = metod_change_of(
		    post[0].eap, post[0].psd, post[1].eap, post[1].psd, BLOCK, &z);
		up += word == METOD_CHANGE_UP;
		down += word == METOD_CHANGE_DOWN;
	}
	/* three standard errors of .025 in 4,000 */
	close_to("up", (double)up / PEOPLE, .025, .0075);
	close_to("down", (double)down / PEOPLE, .025, .0075);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_item_answered_at_random_misfits),
	    cmocka_unit_test(options_that_nobody_takes_are_counted),
	    cmocka_unit_test(a_difference_between_groups_is_seen_on_its_item_alone),
	    cmocka_unit_test(a_cut_is_the_mean_of_the_judges),
	    cmocka_unit_test(change_is_judged_on_blocks_that_can_carry_it),
	    cmocka_unit_test(without_change_few_are_told_changed),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
