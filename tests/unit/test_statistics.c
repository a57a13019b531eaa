/* SPDX-License-Identifier: Apache-2.0
 * Classical statistics and calibration: closed forms worked by hand, properties, and
 * edges where there is nothing to compute. The numbers of the public data set bfi are
 * compared in tests/reference, which has its rows. Links lib/base and lib/core only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "metod/calibrate.h"

static struct metod_arena *arena;

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

static void close_to(const char *what, double is, double wanted, double tolerance)
{
	if (!(fabs(is - wanted) <= tolerance))
		fail_msg("%s: %.12g, wanted %.12g +- %g", what, is, wanted, tolerance);
}

static const char *const names[] = {"a", "b", "c", "d", "e", "f"};

static struct metod_answers table(
    const int8_t *values, size_t n, size_t k, unsigned range)
{
	return (struct metod_answers){n, k, range, values, names};
}

/* ---- a scale small enough for paper ---- */

static void a_scale_of_four_persons_by_hand(void **state)
{
	static const int8_t values[] = {0, 0, 0, 1, 2, 0, 2, 1, 2, 3, 3, 2};
	struct metod_answers answers = table(values, 4, 3, 4);
	struct metod_scale_stats scale;
	struct metod_item_stats items[3];

	(void)state;
	metod_scale_stats(&answers, arena, &scale, items);
	/* columns 0 1 2 3 | 0 2 1 3 | 0 0 2 2: variances 5/3, 5/3, 4/3; sums 0 3 5 8:
	 * squares 98, mean 4, variance (98 - 64)/3 = 34/3. */
	assert_int_equal(scale.n, 4);
	close_to("alpha", scale.alpha, 1.5 * (1 - (14. / 3) / (34. / 3)), 1e-12);
	close_to("mean", scale.mean, 4. / 3, 1e-12);
	close_to("sd", scale.sd, sqrt(34. / 3) / 3, 1e-12);
	close_to("sem", scale.sem, scale.sd * sqrt(1 - scale.alpha), 1e-12);
	close_to("item mean", items[2].mean, 1, 1e-12);
	close_to("item sd", items[2].sd, sqrt(4. / 3), 1e-12);
	/* others of item 0: 0 2 3 5, variance 13/3, covariance with 0 1 2 3: 8/3 */
	close_to(
	    "item-rest", items[0].item_rest, (8. / 3) / sqrt(5. / 3 * 13 / 3), 1e-12);
	close_to("alpha without item 0", items[0].alpha_if_dropped,
	    2 * (1 - 3 / (13. / 3)), 1e-12);
	assert_int_equal(items[2].counts[0], 2);
	assert_int_equal(items[2].counts[2], 2);
}

/* The reference table has alpha .59771825397 with [-.11913122421, .90810269819] at n = 8,
 * k = 5. Its two factors of 1 - alpha depend on n and k alone, so any eight rows of five
 * items must show them. */
static void intervals_use_the_f_distribution(void **state)
{
	/* alpha of these rows is made by search below; the interval only needs alpha, n
	 * and k, so a scale with the right n and k and any alpha shows the two quantiles.
	 */
	static const int8_t values[] = {0, 1, 0, 0, 1, 1, 1, 2, 1, 0, 2, 2, 1, 3, 2, 3, 1,
	    3, 3, 3, 0, 0, 1, 1, 0, 2, 3, 2, 2, 3, 1, 0, 0, 2, 1, 3, 3, 2, 3, 2};
	struct metod_answers answers = table(values, 8, 5, 4);
	struct metod_scale_stats scale;
	struct metod_item_stats items[5];
	double upper = (1 + .11913122421) / (1 - .59771825397);
	double lower = (1 - .90810269819) / (1 - .59771825397);

	(void)state;
	metod_scale_stats(&answers, arena, &scale, items);
	close_to("F .975", (1 - scale.alpha_ci[0]) / (1 - scale.alpha), upper, 1e-9);
	close_to("F .025", (1 - scale.alpha_ci[1]) / (1 - scale.alpha), lower, 1e-9);
}

/* Rows that miss an answer do not count; a reversed item with mirrored answers changes
 * nothing; the order of persons and items changes nothing. */
static void rows_with_gaps_are_left_out_and_order_is_nothing(void **state)
{
	int8_t values[60 * 4], shuffled[60 * 4];
	struct metod_answers answers = table(values, 60, 4, 4), other;
	struct metod_scale_stats a, b;
	struct metod_item_stats items[4], mixed[4];
	uint64_t seed = 11;
	size_t whole = 0;

	(void)state;
	for (size_t i = 0; i < 60; i++) {
		double trait = metod_rand_normal(&seed);
		bool gap = false;

		for (size_t j = 0; j < 4; j++) {
			double x = 1.5 + trait + metod_rand_normal(&seed) * .8;

			x = x < 0 ? 0 : x > 3 ? 3 : x;
			values[i * 4 + j] = (int8_t)x;
			if (metod_rand64(&seed) % 20 == 0)
				values[i * 4 + j] = -1;
			gap = gap || values[i * 4 + j] < 0;
		}
		whole += !gap;
	}
	for (size_t i = 0; i < 60; i++)
		for (size_t j = 0; j < 4; j++)
			shuffled[(59 - i) * 4 + (3 - j)] = values[i * 4 + j];
	other = table(shuffled, 60, 4, 4);
	metod_scale_stats(&answers, arena, &a, items);
	metod_scale_stats(&other, arena, &b, mixed);
	assert_int_equal(a.n, whole);
	close_to("alpha", b.alpha, a.alpha, 1e-14);
	close_to("omega", b.omega, a.omega, 1e-9);
	for (size_t j = 0; j < 4; j++)
		close_to("item-rest", mixed[3 - j].item_rest, items[j].item_rest, 1e-14);
}

/* A covariance matrix that one factor makes exactly gives the factor back. */
static void one_factor_is_found_again(void **state)
{
	static const double loadings[5] = {1.2, .8, 1.5, .4, .9};
	static const double unique[5] = {.5, 1.1, .3, 2, .7};
	double c[25], l[5], psi[5];

	(void)state;
	for (size_t i = 0; i < 5; i++)
		for (size_t j = 0; j < 5; j++)
			c[i * 5 + j] =
			    loadings[i] * loadings[j] + (i == j ? unique[i] : 0);
	assert_true(metod_one_factor(c, 5, arena, l, psi));
	for (size_t i = 0; i < 5; i++) {
		close_to("loading", l[i], loadings[i], 1e-7);
		close_to("uniqueness", psi[i], unique[i], 1e-7);
	}
}

/* A Heywood case: the uniqueness stays at its bound, and the search ends. */
static void a_heywood_case_ends_at_the_bound(void **state)
{
	static const double c[9] = {1, .9, .9, .9, 1, .6, .9, .6, 1};
	double l[3], psi[3];

	(void)state;
	assert_true(metod_one_factor(c, 3, arena, l, psi));
	close_to("bound", psi[0], .005, 1e-9);
	assert_true(l[0] > 0 && psi[1] > 0 && psi[2] > 0);
}

/* ---- nothing to compute ---- */

static void where_nothing_can_be_computed_it_says_why(void **state)
{
	static const int8_t one_row[] = {1, 2, 3}, constant[] = {1, 2, 1, 2, 1, 2};
	static const int8_t gaps[] = {-1, 1, 2, -1}, three[] = {0, 1, 1, 3, 2, 2};
	static const struct {
		const char *what;
		const int8_t *values;
		size_t n, k;
		enum metod_no_scale missing;
	} cases[] = {
	    {"no row", one_row, 0, 3, METOD_SCALE_FEW_PERSONS},
	    {"one row", one_row, 1, 3, METOD_SCALE_FEW_PERSONS},
	    {"one item", one_row, 3, 1, METOD_SCALE_ONE_ITEM},
	    {"constants", constant, 3, 2, METOD_SCALE_CONSTANT},
	    {"no whole row", gaps, 2, 2, METOD_SCALE_FEW_PERSONS},
	    {"three rows of two items", three, 3, 2, METOD_SCALE_OK},
	};

	(void)state;
	for (size_t i = 0; i < METOD_LEN(cases); i++) {
		struct metod_answers answers =
		    table(cases[i].values, cases[i].n, cases[i].k, 4);
		struct metod_scale_stats scale;
		struct metod_item_stats items[3];

		metod_scale_stats(&answers, arena, &scale, items);
		if (scale.missing != cases[i].missing)
			fail_msg("%s: %d", cases[i].what, scale.missing);
		assert_int_equal(isnan(scale.alpha) != 0, scale.missing != 0);
		assert_false(scale.omega_found);
		assert_true(isnan(scale.omega));
	}
}

/* ---- change ---- */

static void a_change_of_three_persons_by_hand(void **state)
{
	static const int8_t before[] = {0, 1, 1, 2, 2, 2, -1, 3};
	static const int8_t after[] = {1, 2, 2, 3, 3, 1, 3, 3};
	struct metod_answers entry = table(before, 4, 2, 4), exit = table(after, 4, 2, 4);
	struct metod_change_stats change;

	(void)state;
	metod_change_stats(&entry, &exit, arena, &change);
	/* item means .5 1.5 2 and 1.5 2.5 2: differences 1 1 0 */
	assert_int_equal(change.n, 3);
	close_to("mean change", change.mean_change, 2. / 3, 1e-12);
	close_to("t", change.t, (2. / 3) / sqrt((1. / 3) / 3), 1e-12);
	/* t .975 with two degrees of freedom: 4.302652729911275 */
	close_to("interval", change.ci[1] - change.mean_change,
	    4.302652729911275 * sqrt((1. / 3) / 3), 1e-9);
	close_to("r", change.r12, .5 / sqrt(7. / 12 * .25) / 2, 1e-12);
	close_to("d", change.d_av, (2. / 3) / ((sqrt(7. / 12) + .5) / 2), 1e-12);
}

/* ---- calibration ---- */

/* Answers of the design set's kind of items. */
static void simulate(
    uint64_t seed, size_t n, const struct metod_grm *items, size_t k, int8_t *values)
{
	for (size_t i = 0; i < n; i++) {
		double theta = metod_rand_normal(&seed);

		for (size_t j = 0; j < k; j++) {
			double u = metod_rand_unit(&seed), sum = 0;
			unsigned x = 0;

			while (x + 1 < items[j].categories &&
			    (sum += metod_grm_prob(&items[j], x, theta)) < u)
				x++;
			values[i * k + j] = (int8_t)x;
		}
	}
}

static void true_items(struct metod_grm *items, size_t k)
{
	for (size_t j = 0; j < k; j++) {
		items[j] = metod_grm_design();
		items[j].a = .8 + .4 * (double)j;
		items[j].c[0] += .3 * (double)j;
		items[j].c[2] -= .2 * (double)j;
	}
}

static void parameters_of_many_persons_are_found_again(void **state)
{
	static int8_t values[4000 * 5];
	struct metod_grm truth[5], found[5];
	struct metod_answers answers = table(values, 4000, 5, 4);
	struct metod_calibration fit;
	struct metod_error err = {0};

	(void)state;
	true_items(truth, 5);
	simulate(7, 4000, truth, 5, values);
	assert_int_equal(
	    metod_calibrate(&answers, METOD_PRIOR_NONE, arena, found, &fit, &err), 0);
	assert_true(fit.converged && fit.n == 4000);
	assert_true(fit.max_gradient <= 1e-6);
	for (size_t j = 0; j < 5; j++) {
		close_to("a", found[j].a, truth[j].a, .25);
		for (unsigned k = 0; k < 3; k++)
			close_to("c", found[j].c[k], truth[j].c[k], .3);
	}
}

/* The end is a maximum: no small change of any parameter raises the likelihood, which is
 * computed here in another way. */
static double plain_loglik(
    const struct metod_answers *answers, const struct metod_grm *items)
{
	double all = 0, sum = 0;

	for (int q = -60; q <= 60; q++)
		sum += exp(-(q / 10.) * (q / 10.) / 2);
	for (size_t i = 0; i < answers->n; i++) {
		double person = 0;

		for (int q = -60; q <= 60; q++) {
			double p = exp(-(q / 10.) * (q / 10.) / 2) / sum;

			for (size_t j = 0; j < answers->k; j++)
				if (answers->values[i * answers->k + j] >= 0)
					p *= metod_grm_prob(&items[j],
					    (unsigned)answers->values[i * answers->k + j],
					    q / 10.);
			person += p;
		}
		all += log(person);
	}
	return all;
}

static void the_end_is_a_maximum_of_the_plain_likelihood(void **state)
{
	static int8_t values[300 * 3];
	struct metod_grm truth[3], found[3];
	struct metod_answers answers = table(values, 300, 3, 4);
	struct metod_calibration fit;
	struct metod_error err = {0};
	double top;

	(void)state;
	true_items(truth, 3);
	simulate(3, 300, truth, 3, values);
	for (size_t i = 0; i < 900; i += 17)
		values[i] = -1; /* missing answers take part too */
	assert_int_equal(
	    metod_calibrate(&answers, METOD_PRIOR_NONE, arena, found, &fit, &err), 0);
	top = plain_loglik(&answers, found);
	close_to("log-likelihood", fit.loglik, top, 1e-8);
	for (size_t j = 0; j < 3; j++)
		for (unsigned k = 0; k < 4; k++)
			for (int sign = -1; sign <= 1; sign += 2) {
				struct metod_grm moved[3];

				memcpy(moved, found, sizeof(moved));
				*(k ? &moved[j].c[k - 1] : &moved[j].a) += sign * .01;
				assert_true(plain_loglik(&answers, moved) < top);
			}
}

/* Eight persons: plain likelihood cannot, the design priors hold every number. */
static void few_persons_are_held_by_the_priors(void **state)
{
	static int8_t values[8 * 4];
	struct metod_grm truth[4], found[4];
	struct metod_answers answers = table(values, 8, 4, 4);
	struct metod_calibration fit;
	struct metod_error err = {0};

	(void)state;
	true_items(truth, 4);
	simulate(5, 8, truth, 4, values);
	for (size_t i = 0; i < 8; i++)
		values[i * 4] = values[i * 4] == 3 ? 2 : values[i * 4];
	assert_int_equal(
	    metod_calibrate(&answers, METOD_PRIOR_NONE, arena, found, &fit, &err),
	    METOD_RANGE);
	assert_string_equal(err.field, "a");
	assert_int_equal(
	    metod_calibrate(&answers, METOD_PRIOR_DESIGN, arena, found, &fit, &err), 0);
	assert_true(fit.converged);
	for (size_t j = 0; j < 4; j++) {
		assert_int_equal(metod_grm_check(&found[j], &err), 0);
		assert_true(found[j].a > .6 && found[j].a < 3);
	}
}

/* Options that nobody chose, in the middle too, where two thresholds meet: the search
 * settles all the same, and the thresholds stay in order. */
static void every_small_set_settles_with_the_priors(void **state)
{
	static int8_t values[40 * 4];
	struct metod_grm truth[4], found[4];
	struct metod_error err = {0};
	uint64_t seed = 77;

	(void)state;
	true_items(truth, 4);
	for (int round = 0; round < 300; round++) {
		size_t n = 2 + metod_rand64(&seed) % 38;
		struct metod_answers answers = table(values, n, 4, 4);
		struct metod_calibration fit;

		simulate(metod_rand64(&seed), n, truth, 4, values);
		for (size_t i = 0; round % 3 == 0 && i < n; i++)
			values[i * 4 + 2] =
			    values[i * 4 + 2] == 1 ? 3 : values[i * 4 + 2];
		assert_int_equal(metod_calibrate(&answers, METOD_PRIOR_DESIGN, arena,
				     found, &fit, &err),
		    0);
		if (!fit.converged)
			fail_msg("round %d, n %zu: gradient %g after %u", round, n,
			    fit.max_gradient, fit.iterations);
		for (size_t j = 0; j < 4; j++)
			assert_int_equal(metod_grm_check(&found[j], &err), 0);
	}
}

/* Equal rows in another order give every digit again; mirrored answers give mirrored
 * parameters. */
static void order_changes_no_digit_and_mirrors_mirror(void **state)
{
	static int8_t values[200 * 3], turned[200 * 3], mirrored[200 * 3];
	struct metod_grm truth[3], a[3], b[3], m[3];
	struct metod_answers one = table(values, 200, 3, 4);
	struct metod_answers two = table(turned, 200, 3, 4);
	struct metod_answers three = table(mirrored, 200, 3, 4);
	struct metod_calibration fit;
	struct metod_error err = {0};

	(void)state;
	true_items(truth, 3);
	simulate(9, 200, truth, 3, values);
	for (size_t i = 0; i < 600; i++) {
		turned[(199 - i / 3) * 3 + i % 3] = values[i];
		mirrored[i] = (int8_t)(3 - values[i]);
	}
	assert_int_equal(
	    metod_calibrate(&one, METOD_PRIOR_NONE, arena, a, &fit, &err), 0);
	assert_int_equal(
	    metod_calibrate(&two, METOD_PRIOR_NONE, arena, b, &fit, &err), 0);
	assert_int_equal(
	    metod_calibrate(&three, METOD_PRIOR_NONE, arena, m, &fit, &err), 0);
	assert_memory_equal(a, b, sizeof(a));
	for (size_t j = 0; j < 3; j++) {
		close_to("a", m[j].a, a[j].a, 1e-4);
		for (unsigned k = 0; k < 3; k++)
			close_to("c", m[j].c[k], -a[j].c[2 - k], 1e-4);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_scale_of_four_persons_by_hand),
	    cmocka_unit_test(intervals_use_the_f_distribution),
	    cmocka_unit_test(rows_with_gaps_are_left_out_and_order_is_nothing),
	    cmocka_unit_test(one_factor_is_found_again),
	    cmocka_unit_test(a_heywood_case_ends_at_the_bound),
	    cmocka_unit_test(where_nothing_can_be_computed_it_says_why),
	    cmocka_unit_test(a_change_of_three_persons_by_hand),
	    cmocka_unit_test(parameters_of_many_persons_are_found_again),
	    cmocka_unit_test(the_end_is_a_maximum_of_the_plain_likelihood),
	    cmocka_unit_test(few_persons_are_held_by_the_priors),
	    cmocka_unit_test(every_small_set_settles_with_the_priors),
	    cmocka_unit_test(order_changes_no_digit_and_mirrors_mirror),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
