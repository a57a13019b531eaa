/* SPDX-License-Identifier: Apache-2.0
 * Signs of haste, and the choice of the second stage. Owns method.md sections 7 and 9;
 * must not know what is done about a sheet. */
#include "metod/quality.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	QUICK_MEDIAN_MS = 2000,
	QUICK_MS = 1000,
	LONG_MIN = 10,
	FLAT_ANSWERS = 20,
	HALF_SCALES = 8,
	HALF_ITEMS = 4,
};
#define QUICK_SHARE .30
#define FLAT_SD .20
#define HALVES_AGREE .20

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void look_at_times(const struct metod_shown *shown, size_t n,
    struct metod_arena *arena, struct metod_quality *ret)
{
	double *times = METOD_NEWS(arena, n, double);
	size_t known = 0, quick = 0;

	for (size_t i = 0; i < n; i++) {
		if (!shown[i].ms)
			continue;
		times[known++] = shown[i].ms;
		quick += shown[i].ms < QUICK_MS;
	}
	ret->median_ms = ret->below_1s = NAN;
	if (!known)
		return;
	qsort(times, known, sizeof(*times), by_size);
	ret->median_ms = (times[(known - 1) / 2] + times[known / 2]) / 2;
	ret->below_1s = (double)quick / (double)known;
	if (ret->median_ms < QUICK_MEDIAN_MS || ret->below_1s > QUICK_SHARE)
		ret->signs |= METOD_HASTE_TIME;
}

static void look_at_runs(
    const struct metod_shown *shown, size_t n, struct metod_quality *ret)
{
	size_t run = 0, answers = 0, most = 0;
	double mean = 0, limit = fmax(LONG_MIN, .5 * (double)n);
	double squares = 0;

	for (size_t i = 0; i < n; i++) {
		bool same = i && shown[i].answer == shown[i - 1].answer;

		run = shown[i].answer < 0 ? 0 : same ? run + 1 : 1;
		most = run > most ? run : most;
		if (shown[i].answer >= 0) {
			double gap = shown[i].answer - mean; /* Welford */

			answers++;
			mean += gap / (double)answers;
			squares += gap * (shown[i].answer - mean);
		}
	}
	ret->longstring = (unsigned)most;
	ret->irv = answers > 1 ? sqrt(squares / (double)(answers - 1)) : NAN;
	if ((double)most >= limit)
		ret->signs |= METOD_HASTE_LONGSTRING;
	if (answers >= FLAT_ANSWERS && ret->irv < FLAT_SD)
		ret->signs |= METOD_HASTE_FLAT;
}

struct halves {
	unsigned competency, n[2];
	double sum[2];
};

static struct halves *halves_of(struct halves *list, size_t *n, unsigned competency)
{
	for (size_t i = 0; i < *n; i++)
		if (list[i].competency == competency)
			return &list[i];
	list[*n] = (struct halves){.competency = competency};
	return &list[(*n)++];
}

/* Correlation within the person of the half scores of the scales. */
static void look_at_halves(const struct metod_shown *shown, size_t n,
    struct metod_arena *arena, struct metod_quality *ret)
{
	struct halves *list = METOD_NEWS(arena, n, struct halves);
	double x = 0, y = 0, xx = 0, yy = 0, xy = 0, r, vx, vy;
	size_t scales = 0, used = 0;

	for (size_t i = 0; i < n; i++) {
		struct halves *at;
		unsigned half;

		if (shown[i].answer < 0)
			continue;
		at = halves_of(list, &scales, shown[i].competency);
		half = (at->n[0] + at->n[1]) % 2;
		at->n[half]++;
		at->sum[half] += shown[i].answer;
	}
	for (size_t i = 0; i < scales; i++) {
		double a, b;

		if (list[i].n[0] + list[i].n[1] < HALF_ITEMS)
			continue;
		a = list[i].sum[0] / list[i].n[0];
		b = list[i].sum[1] / list[i].n[1];
		used++;
		x += a;
		y += b;
		xx += a * a;
		yy += b * b;
		xy += a * b;
	}
	ret->even_odd = NAN;
	vx = xx - x * x / (double)used;
	vy = yy - y * y / (double)used;
	/* Halves that do not vary say nothing; the flat sheet is another sign. */
	if (used < HALF_SCALES || !(vx > 1e-9) || !(vy > 1e-9))
		return;
	r = (xy - x * y / (double)used) / sqrt(vx * vy);
	ret->even_odd = r > -1 ? fmax(-1, 2 * r / (1 + r)) : -1;
	if (ret->even_odd < HALVES_AGREE)
		ret->signs |= METOD_HASTE_EVEN_ODD;
}

void metod_quality_of(const struct metod_shown *shown, size_t n,
    struct metod_arena *arena, struct metod_quality *ret)
{
	struct metod_quality quality = {0};

	look_at_times(shown, n, arena, &quality);
	look_at_runs(shown, n, &quality);
	look_at_halves(shown, n, arena, &quality);
	quality.ask_again = (quality.signs & (quality.signs - 1)) != 0;
	*ret = quality;
}

/* ---- second stage ---- */

struct candidate {
	size_t at;
	bool priority;
	double distance; /* of P from .5 */
};

static int by_worth(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->priority != y->priority)
		return x->priority ? -1 : 1;
	if (x->distance < y->distance || x->distance > y->distance)
		return x->distance < y->distance ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

size_t metod_second_stage(const struct metod_stage_one *cells, size_t n, size_t most,
    struct metod_arena *arena, bool *ret_chosen)
{
	struct candidate *list = METOD_NEWS(arena, n, struct candidate);
	size_t found = 0;

	for (size_t i = 0; i < n; i++) {
		const struct metod_stage_one *cell = &cells[i];
		bool between = cell->p_need > .20 && cell->p_need < .80;

		ret_chosen[i] = false;
		if (!cell->not_in_work &&
		    (between || cell->answered < METOD_STAGE1_ITEMS))
			list[found++] = (struct candidate){
			    i, cell->priority, fabs(cell->p_need - .5)};
	}
	qsort(list, found, sizeof(*list), by_worth);
	if (found > most)
		found = most;
	for (size_t i = 0; i < found; i++)
		ret_chosen[list[i].at] = true;
	return found;
}
