/* SPDX-License-Identifier: Apache-2.0
 * Several sources about one person, signs of haste, and the choice of the second stage:
 * worked examples, properties and the simulated table of method.md section 10.2. Links
 * lib/base and lib/core only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "metod/fusion.h"
#include "metod/quality.h"

static void close_to(const char *what, double is, double wanted, double tolerance)
{
	if (!(fabs(is - wanted) <= tolerance))
		fail_msg("%s: %.9f, wanted %.9f +- %g", what, is, wanted, tolerance);
}

/* ---- fusion ---- */

static void unshrinking_undoes_the_prior(void **state)
{
	struct metod_value value;

	(void)state;
	assert_true(metod_unshrink(-.798, .5, &value));
	close_to("u", value.u, -.798 / .75, 1e-12);
	close_to("v", value.v, .25 / .75, 1e-12);
	/* Fused with the prior alone it is the EAP again. */
	close_to("EAP", value.u / value.v / (1 + 1 / value.v), -.798, 1e-12);
	assert_false(metod_unshrink(0, 1, &value));
	assert_false(metod_unshrink(0, NAN, &value));
}

static struct metod_source lesson(double u, double v, uint64_t observer)
{
	return (struct metod_source){
	    .kind = METOD_SOURCE_LESSON, .value = {u, v}, .observer = observer};
}

static struct metod_source self(double u, double v)
{
	return (struct metod_source){.kind = METOD_SOURCE_SELF, .value = {u, v}};
}

/* By hand: w_self = 1/(.25+1.94), two lessons of one observer 2/3 / (.2+.96) each. */
static void weights_follow_the_precision_of_each_source(void **state)
{
	const struct metod_fusion_settings settings = metod_fusion_defaults();
	struct metod_source sources[] = {self(.5, .25), lesson(-1, .2, 7), lesson(-.6, .2, 7)};
	double ws = 1 / 2.19, wl = 2. / 3 / 1.16, all = 1 + ws + 2 * wl;
	struct metod_fused fused;

	(void)state;
	metod_fuse(sources, 3, -.5, 1.1, &settings, &fused);
	close_to("mean", fused.mean, (ws * (.5 - .32) + wl * -1.6) / all, 1e-12);
	close_to("sd", fused.sd, 1 / sqrt(all), 1e-12);
	close_to("share", sources[0].share, ws / all, 1e-12);
	close_to("shares", sources[0].share + 2 * sources[1].share + fused.prior_share, 1,
	    1e-12);
	assert_int_equal(fused.lessons, 2);
	sources[2].observer = 8; /* another observer says more */
	metod_fuse(sources, 3, -.5, 1.1, &settings, &fused);
	assert_true(sources[1].share > wl / all);
	/* A declared weight of nothing changes nothing. */
	sources[2] = (struct metod_source){.kind = METOD_SOURCE_EXTERNAL, .value = {3, .1}};
	metod_fuse(sources, 3, -.5, 1.1, &settings, &fused);
	close_to("no trust", sources[2].share, 0, 1e-12);
}

/* method.md section 10.2: shares of flagged, of false ones among them, and of undecided. */
static void the_simulated_table_comes_again(void **state)
{
	static const struct {
		bool self;
		size_t lessons;
		double flagged, wrong, undecided;
	} rows[] = {
	    {true, 0, .016, .144, .619},
	    {false, 1, .050, .119, .518},
	    {true, 1, .081, .102, .447},
	    {true, 2, .119, .084, .366},
	    {true, 4, .162, .068, .284},
	};
	const struct metod_fusion_settings settings = metod_fusion_defaults();
	enum { PERSONS = 40000 };
	uint64_t seed = 20261127;

	(void)state;
	for (size_t r = 0; r < METOD_LEN(rows); r++) {
		size_t flagged = 0, wrong = 0, undecided = 0;

		for (size_t i = 0; i < PERSONS; i++) {
			double trait = metod_rand_normal(&seed);
			struct metod_source sources[5];
			struct metod_fused fused;
			size_t n = 0;

			if (rows[r].self)
				sources[n++] = self(trait + .32 +
					sqrt(1.94 + .25) * metod_rand_normal(&seed),
				    .25);
			for (size_t k = 0; k < rows[r].lessons; k++)
				sources[n++] = lesson(trait +
					sqrt(.96 + .2025) * metod_rand_normal(&seed),
				    .2025, k);
			metod_fuse(sources, n, -.5, 1.11, &settings, &fused);
			flagged += fused.p_need >= .80;
			wrong += fused.p_need >= .80 && trait >= -.5;
			undecided += fused.p_need > .20 && fused.p_need < .80;
		}
		close_to("flagged", (double)flagged / PERSONS, rows[r].flagged, .012);
		/* three standard errors of two simulations of this size */
		close_to("wrong", (double)wrong / (double)flagged, rows[r].wrong,
		    3 * sqrt(2 * .1 / (double)flagged));
		close_to("undecided", (double)undecided / PERSONS, rows[r].undecided, .02);
	}
}

static void what_may_be_said_needs_two_lessons(void **state)
{
	static const struct {
		size_t seconds;
		double self, fused;
		enum metod_evidence says;
	} rows[] = {
	    {0, .8, NAN, METOD_EVIDENCE_DECLARED},
	    {0, .2, NAN, METOD_EVIDENCE_NOT_DECLARED},
	    {0, .5, NAN, METOD_EVIDENCE_UNCLEAR},
	    {1, .9, .01, METOD_EVIDENCE_DECLARED}, /* one lesson is too few */
	    {1, NAN, .9, METOD_EVIDENCE_NONE},
	    {2, .9, .85, METOD_EVIDENCE_CONFIRMED},
	    {2, .5, .85, METOD_EVIDENCE_CONFIRMED},
	    {2, .1, .85, METOD_EVIDENCE_OTHER_VIEW},
	    {2, .9, .15, METOD_EVIDENCE_NOT_CONFIRMED},
	    {2, .5, .15, METOD_EVIDENCE_ABSENT},
	    {2, .1, .5, METOD_EVIDENCE_UNCLEAR},
	    {3, NAN, .85, METOD_EVIDENCE_CONFIRMED},
	    {3, NAN, .1, METOD_EVIDENCE_ABSENT},
	};

	(void)state;
	for (size_t i = 0; i < METOD_LEN(rows); i++)
		if (metod_evidence_of(rows[i].self, rows[i].fused, rows[i].seconds) !=
		    rows[i].says)
			fail_msg("row %zu", i);
}

static void one_lesson_must_be_far_away_to_disagree(void **state)
{
	const struct metod_fusion_settings settings = metod_fusion_defaults();
	struct metod_source sources[] = {self(1, .25), lesson(-1, .2, 1), lesson(-1, .2, 2)};
	double one, two;

	(void)state;
	one = metod_discrepancy(sources, 2, &settings);
	two = metod_discrepancy(sources, 3, &settings);
	close_to("one lesson", one, (1 - .32 + 1) / sqrt(.25 + .2 + .96), 1e-12);
	close_to("two observers", two, 1.68 / sqrt(.25 + .1 + .48), 1e-12);
	assert_true(isnan(metod_discrepancy(sources, 1, &settings)));
	assert_true(isnan(metod_discrepancy(sources + 1, 2, &settings)));
}

/* ---- signs of haste ---- */

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

enum { SHEET = 48 };

/* An attentive sheet: 12 scales of 4, each with a level of its own, 8 s an answer. */
static void attentive(struct metod_shown *shown)
{
	for (unsigned i = 0; i < SHEET; i++)
		shown[i] = (struct metod_shown){
		    .answer = (int)((i / 4 * 7 % 4 + (i % 4 == 3)) % 4),
		    .competency = i / 4,
		    .ms = 8000 + 100 * i};
}

static void each_sign_is_seen_alone_and_one_is_no_verdict(void **state)
{
	struct metod_shown shown[SHEET];
	struct metod_quality quality;

	(void)state;
	attentive(shown);
	metod_quality_of(shown, SHEET, arena, &quality);
	assert_int_equal(quality.signs, 0);
	close_to("median", quality.median_ms, 8000 + 100 * 23.5, 1e-9);

	for (unsigned i = 0; i < SHEET; i++)
		shown[i].ms = 1500;
	metod_quality_of(shown, SHEET, arena, &quality);
	assert_int_equal(quality.signs, METOD_HASTE_TIME);
	assert_false(quality.ask_again);

	attentive(shown);
	for (unsigned i = 0; i < 15; i++)
		shown[i * 3].ms = 900; /* under a third at less than a second */
	metod_quality_of(shown, SHEET, arena, &quality);
	assert_int_equal(quality.signs, METOD_HASTE_TIME);

	/* All «3», slowly: honest perhaps, but long and flat. */
	attentive(shown);
	for (unsigned i = 0; i < SHEET; i++)
		shown[i].answer = 3;
	metod_quality_of(shown, SHEET, arena, &quality);
	assert_int_equal(quality.longstring, SHEET);
	assert_int_equal(quality.signs, METOD_HASTE_LONGSTRING | METOD_HASTE_FLAT);
	assert_true(quality.ask_again && isnan(quality.even_odd));
}

static void halves_need_eight_scales_of_four(void **state)
{
	struct metod_shown shown[SHEET];
	struct metod_quality quality;
	uint64_t seed = 4;

	(void)state;
	for (unsigned i = 0; i < SHEET; i++)
		shown[i] = (struct metod_shown){
		    .answer = (int)(i % 2 ? 3 - i / 4 % 4 : i / 4 % 4),
		    .competency = i / 4};
	metod_quality_of(shown, SHEET, arena, &quality);
	assert_true(!isnan(quality.even_odd) && quality.even_odd < .2);
	assert_true(quality.signs & METOD_HASTE_EVEN_ODD);
	assert_true(isnan(quality.median_ms)); /* no time is known: no sign of time */
	assert_false(quality.signs & METOD_HASTE_TIME);
	metod_quality_of(shown, 28, arena, &quality); /* seven scales */
	assert_true(isnan(quality.even_odd));
	/* A hundred sheets at random: most have the sign. */
	for (unsigned round = 0, seen = 0; round < 100; round++) {
		for (unsigned i = 0; i < SHEET; i++)
			shown[i].answer = (int)(metod_rand64(&seed) % 4);
		metod_quality_of(shown, SHEET, arena, &quality);
		seen += (quality.signs & METOD_HASTE_EVEN_ODD) != 0;
		if (round == 99)
			assert_in_range(seen, 50, 95);
	}
}

/* ---- second stage ---- */

static void the_undecided_are_asked_on_nearest_first(void **state)
{
	struct metod_stage_one cells[] = {
	    {.80, 3, false, false}, {.79, 3, false, false}, {.5, 3, false, false},
	    {.20, 3, false, false}, {.21, 3, true, false}, {.99, 2, false, false},
	    {.5, 3, false, true}, {.45, 3, false, false}};
	bool chosen[METOD_LEN(cells)];

	(void)state;
	assert_int_equal(metod_second_stage(cells, METOD_LEN(cells), 8, arena, chosen), 5);
	assert_true(chosen[1] && chosen[2] && chosen[4] && chosen[5] && chosen[7]);
	assert_false(chosen[0] || chosen[3] || chosen[6]);
	assert_int_equal(metod_second_stage(cells, METOD_LEN(cells), 3, arena, chosen), 3);
	assert_true(chosen[4] && chosen[2] && chosen[7]); /* priority, then nearest to .5 */
	assert_int_equal(metod_second_stage(cells, 0, 8, arena, chosen), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(unshrinking_undoes_the_prior),
	    cmocka_unit_test(weights_follow_the_precision_of_each_source),
	    cmocka_unit_test(the_simulated_table_comes_again),
	    cmocka_unit_test(what_may_be_said_needs_two_lessons),
	    cmocka_unit_test(one_lesson_must_be_far_away_to_disagree),
	    cmocka_unit_test(each_sign_is_seen_alone_and_one_is_no_verdict),
	    cmocka_unit_test(halves_need_eight_scales_of_four),
	    cmocka_unit_test(the_undecided_are_asked_on_nearest_first),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
