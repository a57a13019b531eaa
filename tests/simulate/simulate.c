/* SPDX-License-Identifier: Apache-2.0
 * `make simulate`: tables for docs/measurement.md, and the bounds that they must keep.
 * Links lib/base and lib/core only. */
#include "simulate.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

enum { SEED = 20261127 };

void draws_add(struct draws *draws, double x)
{
	draws->n++;
	draws->sum += x;
	draws->squares += x * x;
}

double draws_mean(const struct draws *draws)
{
	return draws->n ? draws->sum / (double)draws->n : NAN;
}

double draws_sd(const struct draws *draws)
{
	double n = (double)draws->n, mean = draws_mean(draws);

	return n > 1 ? sqrt(fmax(0, draws->squares - n * mean * mean) / (n - 1)) : NAN;
}

double draws_error(const struct draws *draws, size_t theirs)
{
	return draws_sd(draws) * sqrt(1 / (double)draws->n + 1 / (double)theirs);
}

static bool falls(const struct metod_grm *item)
{
	return item->c[0] > item->c[1] && item->c[1] > item->c[2];
}

void draw_items(struct sim *sim, struct metod_grm *ret_items, size_t n)
{
	const struct metod_grm design = metod_grm_design();

	for (size_t j = 0; j < n; j++) {
		ret_items[j] = design;
		ret_items[j].a = exp(.35 + .35 * metod_rand_normal(&sim->seed));
		do
			for (unsigned k = 0; k + 1 < design.categories; k++)
				ret_items[j].c[k] =
				    design.c[k] + metod_rand_normal(&sim->seed);
		while (!falls(&ret_items[j]));
	}
}

int draw_answer(struct sim *sim, const struct metod_grm *item, double theta)
{
	double u = metod_rand_unit(&sim->seed);
	unsigned x = 0;

	while (x + 1 < item->categories && (u -= metod_grm_prob(item, x, theta)) >= 0)
		x++;
	return (int)x;
}

void judge(struct verdicts *verdicts, double p, bool need)
{
	verdicts->n++;
	if (p >= .80) {
		verdicts->flagged++;
		verdicts->wrong += !need;
	} else if (p <= .20) {
		verdicts->cleared++;
		verdicts->missed += need;
	}
}

double share(size_t part, size_t whole)
{
	return whole ? (double)part / (double)whole : 0;
}

void must_hold(struct sim *sim, bool holds, const char *format, ...)
{
	va_list args;

	sim->passed += holds;
	sim->failed += !holds;
	if (holds)
		return;
	va_start(args, format);
	printf("BROKEN: ");
	vprintf(format, args);
	printf("\n");
	va_end(args);
}

int main(void)
{
	struct sim sim = {.seed = SEED, .arena = metod_arena_new()};

	simulate_recovery(&sim);
	simulate_rule(&sim);
	simulate_two_stages(&sim);
	metod_arena_free(sim.arena);
	printf("\n%u passed, %u failed\n", sim.passed, sim.failed);
	return sim.failed ? 1 : 0;
}
