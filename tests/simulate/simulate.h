/* SPDX-License-Identifier: Apache-2.0
 * Simulated teachers whose true trait is known: what the rules of measurement get right.
 * Everything is drawn from one seed, so a run can be repeated to the last digit. */
#pragma once

#include "metod/quality.h"
#include "metod/score.h"

/* A number that differs from one draw of items to the next. */
struct draws {
	size_t n;
	double sum, squares;
};
void draws_add(struct draws *draws, double x);
double draws_mean(const struct draws *draws);
double draws_sd(const struct draws *draws); /* with n-1 */
/* Standard error of the difference between our mean and one over `theirs` draws. */
double draws_error(const struct draws *draws, size_t theirs);

struct sim {
	uint64_t seed;
	struct metod_arena *arena; /* of one draw of items: cleared with the next */
	unsigned passed, failed;
};

/* Items of the family that the design priors describe: ln a from N(.35, .35), each c from
 * N(its design value, 1), drawn again until the thresholds fall. */
void draw_items(struct sim *sim, struct metod_grm *ret_items, size_t n);
int draw_answer(struct sim *sim, const struct metod_grm *item, double theta);

/* What the rule said of people whose truth is known. */
struct verdicts {
	size_t n, flagged, wrong, cleared, missed;
};
/* p: P(T < cut) of one person; need: whether it is so. */
void judge(struct verdicts *verdicts, double p, bool need);
double share(size_t part, size_t whole); /* 0 of nothing */

/* A bound that the run must keep: counted, and printed when it is broken. */
void must_hold(struct sim *sim, bool holds, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

void simulate_recovery(struct sim *sim);
void simulate_rule(struct sim *sim);
void simulate_two_stages(struct sim *sim);
