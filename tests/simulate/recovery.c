/* SPDX-License-Identifier: Apache-2.0
 * Do calibration and scoring find again what was put in (method.md section 5)? A scale of
 * five items is drawn, N persons calibrate it, 2000 others are measured with the result.
 */
#include "simulate.h"

#include <math.h>
#include <stdio.h>

#include "metod/calibrate.h"

enum { K = 5, MEASURED = 2000 };
enum set { SET_DESIGN, SET_ML, SET_PRIOR, SET_TRUE, SETS };

static const char *const names[K] = {"1", "2", "3", "4", "5"};
static const struct metod_cuts cuts = {.5, 1.5, 2.5, 2.0};

/* The table of method.md; it had 40 draws, 15 from N = 1000. */
static const struct row {
	size_t n, rounds, theirs;
	double rmse[SETS], wrong[SETS];
} rows[] = {
    {8, 200, 40, {.575, 1.044, .570, .528}, {.082, .242, .086, .079}},
    {30, 200, 40, {.559, .620, .541, .510}, {.066, .150, .074, .070}},
    {100, 100, 40, {.565, .548, .536, .520}, {.071, .089, .076, .071}},
    {200, 100, 40, {.563, .534, .533, .522}, {.078, .079, .076, .073}},
    {4000, 15, 15, {.579, .535, .535, .534}, {.071, .074, .074, .075}},
};

struct found {
	struct draws rmse[SETS], wrong[SETS];
	struct draws a[SETS], b[SETS]; /* squared error of the parameters */
	size_t refused;                /* sets that plain likelihood could not give */
};

/* False when the set would not be published. */
static bool calibrate(struct sim *sim, const int8_t *values, size_t n,
    enum metod_prior prior, struct metod_grm *ret_items)
{
	struct metod_answers answers = {n, K, 4, values, names};
	struct metod_calibration fit;
	struct metod_error err = {0};

	return metod_calibrate(&answers, prior, sim->arena, ret_items, &fit, &err) == 0 &&
	    fit.converged;
}

/* Thresholds further out than 3 concern almost nobody and are left out. */
static void compare_parameters(struct found *found, enum set set,
    const struct metod_grm *truth, const struct metod_grm *items)
{
	for (size_t j = 0; j < K; j++) {
		draws_add(&found->a[set], pow(items[j].a - truth[j].a, 2));
		for (unsigned k = 0; k < 3; k++) {
			double wanted = -truth[j].c[k] / truth[j].a;
			double is = -items[j].c[k] / items[j].a;

			if (fabs(wanted) <= 3)
				draws_add(&found->b[set], pow(is - wanted, 2));
		}
	}
}

static void measure(struct sim *sim, struct found *found, enum set set,
    const struct metod_grm *truth, const struct metod_grm *items, uint64_t seed)
{
	const struct metod_scale *scale =
	    metod_scale_new(items, K, &cuts, METOD_NODES, sim->arena);
	struct sim people = {.seed = seed};
	struct verdicts verdicts = {0};
	double squares = 0, cut = 0, true_cut = 0;

	if (!metod_cut_theta(items, K, cuts.need, &cut) ||
	    !metod_cut_theta(truth, K, cuts.need, &true_cut))
		return;
	for (size_t i = 0; i < MEASURED; i++) {
		double theta = metod_rand_normal(&people.seed);
		struct metod_posterior post;
		int answers[K];

		for (size_t j = 0; j < K; j++)
			answers[j] = draw_answer(&people, &truth[j], theta);
		metod_score_posterior(scale, answers, &post);
		squares += pow(post.eap - theta, 2);
		judge(&verdicts, metod_posterior_below(&post, cut), theta < true_cut);
	}
	draws_add(&found->rmse[set], sqrt(squares / MEASURED));
	draws_add(&found->wrong[set], share(verdicts.wrong, verdicts.flagged));
}

/* All sets measure the same 2000 persons. */
static void one_draw(struct sim *sim, size_t n, struct found *found)
{
	static int8_t values[4000 * K];
	struct metod_grm sets[SETS][K], *truth = sets[SET_TRUE];
	bool published[SETS] = {true, false, false, true};

	metod_arena_clear(sim->arena);
	draw_items(sim, truth, K);
	for (size_t i = 0; i < n; i++) {
		double theta = metod_rand_normal(&sim->seed);

		for (size_t j = 0; j < K; j++)
			values[i * K + j] = (int8_t)draw_answer(sim, &truth[j], theta);
	}
	for (size_t j = 0; j < K; j++)
		sets[SET_DESIGN][j] = metod_grm_design();
	published[SET_ML] = calibrate(sim, values, n, METOD_PRIOR_NONE, sets[SET_ML]);
	published[SET_PRIOR] =
	    calibrate(sim, values, n, METOD_PRIOR_DESIGN, sets[SET_PRIOR]);
	must_hold(sim, published[SET_PRIOR], "recovery: N = %zu: no set with priors", n);
	found->refused += !published[SET_ML];
	uint64_t people = metod_rand64(&sim->seed);
	for (enum set set = 0; set < SETS; set++) {
		if (!published[set])
			continue;
		compare_parameters(found, set, truth, sets[set]);
		measure(sim, found, set, truth, sets[set], people);
	}
}

static void print_row(const struct row *row, const struct found *found)
{
	printf("%5zu", row->n);
	for (enum set set = 0; set < SETS; set++)
		printf("  %.3f / %.3f", draws_mean(&found->rmse[set]),
		    draws_mean(&found->wrong[set]));
	printf("  %3zu of %zu", found->refused, row->rounds);
	for (enum set set = SET_ML; set <= SET_PRIOR; set++)
		printf("  %6.2f %6.2f", sqrt(draws_mean(&found->a[set])),
		    sqrt(draws_mean(&found->b[set])));
	printf("\n");
}

/* Plain likelihood counts where it refused nothing: ours refuses a set with an option
 * that nobody chose, and what is left then are the easier draws. */
static void hold_to_the_table(
    struct sim *sim, const struct row *row, const struct found *found)
{
	for (enum set set = 0; set < SETS; set++) {
		const struct draws *rmse = &found->rmse[set], *wrong = &found->wrong[set];

		if (set == SET_ML && found->refused > 0)
			continue;
		must_hold(sim,
		    fabs(draws_mean(rmse) - row->rmse[set]) <=
			3 * draws_error(rmse, row->theirs),
		    "recovery: N = %zu, set %d: RMSE %.3f, the table says %.3f", row->n,
		    set, draws_mean(rmse), row->rmse[set]);
		must_hold(sim,
		    fabs(draws_mean(wrong) - row->wrong[set]) <=
			3 * draws_error(wrong, row->theirs),
		    "recovery: N = %zu, set %d: false %.3f, the table says %.3f", row->n,
		    set, draws_mean(wrong), row->wrong[set]);
	}
}

void simulate_recovery(struct sim *sim)
{
	struct found before = {0};

	printf("RMSE of EAP / share false among flagged, %d items\n", K);
	printf(
	    "    N  design set     likelihood     with priors    true           refused"
	    "     likelihood a, b  priors a, b\n");
	for (size_t r = 0; r < METOD_LEN(rows); r++) {
		struct found found = {0};

		for (size_t round = 0; round < rows[r].rounds; round++)
			one_draw(sim, rows[r].n, &found);
		print_row(&rows[r], &found);
		hold_to_the_table(sim, &rows[r], &found);
		if (r > 0) {
			must_hold(sim,
			    draws_mean(&found.a[SET_PRIOR]) <
				draws_mean(&before.a[SET_PRIOR]),
			    "recovery: N = %zu: a is no better than with fewer",
			    rows[r].n);
			must_hold(sim,
			    draws_mean(&found.b[SET_PRIOR]) <
				draws_mean(&before.b[SET_PRIOR]),
			    "recovery: N = %zu: b is no better than with fewer",
			    rows[r].n);
		}
		before = found;
	}
	must_hold(sim,
	    draws_mean(&before.rmse[SET_PRIOR]) <
		1.01 * draws_mean(&before.rmse[SET_TRUE]),
	    "recovery: many persons do not bring the error to that of true parameters");
}
