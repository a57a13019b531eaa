/* SPDX-License-Identifier: Apache-2.0
 * The formulas alone, on one core: scoring, profiles, calibration, reliability. Simulated
 * answers from one seed; medians of five rounds. `bench_core FILE` writes FILE (JSON) and
 * prints the same rows beside what is aimed at. Links lib/base and lib/core only. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "metod/calibrate.h"
#include "metod/score.h"

enum { ROUNDS = 5, TEACHERS = 4000, COMPETENCIES = 24, STAGE_ONE = 3 };
static const struct metod_cuts cuts = {.5, 1.5, 2.5, 2.0};

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- answers ---- */

/* A little different from item to item, so that no two share their curves. */
static void make_items(struct metod_grm *items, size_t k, unsigned categories)
{
	for (size_t j = 0; j < k; j++) {
		items[j] = (struct metod_grm){
		    .a = 1.2 + .05 * (double)j, .categories = categories};
		for (unsigned x = 0; x + 1 < categories; x++)
			items[j].c[x] =
			    2.5 - 4.0 * x / (categories - 2) + .02 * (double)j;
	}
}

static int draw(uint64_t *seed, const struct metod_grm *item, double theta)
{
	double u = metod_rand_unit(seed);
	unsigned x = 0;

	while (x + 1 < item->categories && (u -= metod_grm_prob(item, x, theta)) >= 0)
		x++;
	return (int)x;
}

static struct metod_answers make_answers(
    struct metod_arena *arena, size_t n, size_t k, unsigned categories, uint64_t seed)
{
	struct metod_grm *items = METOD_NEWS(arena, k, struct metod_grm);
	int8_t *values = METOD_NEWS(arena, n * k, int8_t);
	const char **names = METOD_NEWS(arena, k, const char *);

	make_items(items, k, categories);
	for (size_t j = 0; j < k; j++)
		names[j] = "item";
	for (size_t i = 0; i < n; i++) {
		double theta = metod_rand_normal(&seed);

		for (size_t j = 0; j < k; j++)
			values[i * k + j] = (int8_t)draw(&seed, &items[j], theta);
	}
	return (struct metod_answers){n, k, categories, values, names};
}

/* ---- what is measured; each returns seconds of one round ---- */

static volatile double kept; /* results are used */

static double score_cells(struct metod_arena *arena, size_t k, size_t cells)
{
	struct metod_answers answers = make_answers(arena, cells, k, 4, 1);
	struct metod_grm *items = METOD_NEWS(arena, k, struct metod_grm);
	int *rows = METOD_NEWS(arena, cells * k, int);

	make_items(items, k, 4);
	for (size_t i = 0; i < cells * k; i++)
		rows[i] = answers.values[i];
	const struct metod_scale *scale =
	    metod_scale_new(items, k, &cuts, METOD_NODES, arena);
	double begun = now_s();
	for (size_t i = 0; i < cells; i++) {
		struct metod_cell cell;

		metod_score_cell(scale, rows + i * k, &cell);
		kept = cell.eap;
	}
	return now_s() - begun;
}

static double one_cell(struct metod_arena *arena)
{
	return score_cells(arena, 6, 20000) / 20000;
}

static double territory(struct metod_arena *arena)
{
	return score_cells(arena, STAGE_ONE, TEACHERS * COMPETENCIES);
}

static double calibrate(struct metod_arena *arena, const struct metod_answers *answers,
    enum metod_prior prior)
{
	struct metod_grm items[METOD_ITEMS_MAX];
	struct metod_calibration fit;
	struct metod_error err = {0};
	double begun = now_s();

	if (metod_calibrate(answers, prior, arena, items, &fit, &err) || !fit.converged) {
		fprintf(stderr, "bench_core: the calibration found no set\n");
		exit(2);
	}
	kept = fit.loglik;
	return now_s() - begun;
}

static double calibrate_form(struct metod_arena *arena)
{
	double sum = 0;

	for (uint64_t c = 0; c < COMPETENCIES; c++) {
		metod_arena_clear(arena);
		struct metod_answers answers =
		    make_answers(arena, TEACHERS, STAGE_ONE, 4, c + 1);
		sum += calibrate(arena, &answers, METOD_PRIOR_DESIGN);
	}
	return sum;
}

/* The size of the neuroticism scale of bfi, which R calibrates in check-reference. */
static double calibrate_bfi(struct metod_arena *arena)
{
	struct metod_answers answers = make_answers(arena, 2694, 5, 6, 1);

	return calibrate(arena, &answers, METOD_PRIOR_NONE);
}

static double reliability(struct metod_arena *arena)
{
	struct metod_answers answers = make_answers(arena, 100000, 40, 4, 1);
	struct metod_item_stats *items = METOD_NEWS(arena, 40, struct metod_item_stats);
	struct metod_scale_stats scale;
	double begun = now_s();

	metod_scale_stats(&answers, arena, &scale, items);
	kept = scale.alpha;
	return now_s() - begun;
}

static const struct row {
	const char *name, *what, *unit;
	double (*round)(struct metod_arena *arena);
	double per_second; /* units of the row in a second */
	double aim;        /* in its unit; 0: none of its own */
} rows[] = {
    {"score_6_items_us", "one competency of 6 items measured", "us", one_cell, 1e6, 5},
    {"profiles_4000_ms", "4000 teachers x 24 competencies x 3 items measured", "ms",
	territory, 1e3, 0},
    {"calibrate_24x3_s", "24 scales x 3 items, N = 4000, calibrated", "s", calibrate_form,
	1, 6},
    {"calibrate_2694x5_ms", "5 items of 6 options, N = 2694, plain likelihood", "ms",
	calibrate_bfi, 1e3, 0},
    {"alpha_100000x40_ms", "alpha, omega and item statistics of 100000 x 40", "ms",
	reliability, 1e3, 0},
};

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double median(struct metod_arena *arena, const struct row *row)
{
	double seconds[ROUNDS];

	for (size_t i = 0; i < ROUNDS; i++) {
		metod_arena_clear(arena);
		seconds[i] = row->round(arena);
	}
	qsort(seconds, ROUNDS, sizeof(*seconds), by_size);
	return seconds[ROUNDS / 2] * row->per_second;
}

int main(int argc, char **argv)
{
	struct metod_arena *arena = metod_arena_new();
	FILE *out = argc == 2 ? fopen(argv[1], "w") : NULL;

	if (!out) {
		fprintf(stderr, "bench_core FILE: the file to write\n");
		return 2;
	}
	for (size_t i = 0; i < METOD_LEN(rows); i++) {
		double value = median(arena, &rows[i]);

		printf("%-52s %10.3f %s", rows[i].what, value, rows[i].unit);
		if (rows[i].aim > 0)
			printf("  (aim: at most %g)", rows[i].aim);
		printf("\n");
		fprintf(out, "%s\"%s\": %.6f", i ? ",\n " : "{", rows[i].name, value);
	}
	fprintf(out, "}\n");
	metod_arena_free(arena);
	return fclose(out) == 0 ? 0 : 2;
}
