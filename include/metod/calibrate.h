/* SPDX-License-Identifier: Apache-2.0
 * Item parameters of the graded response model from answers (method.md section 5).
 * Pure; the caller decides what is published. */
#pragma once

#include "metod/classical.h"
#include "metod/score.h"

enum metod_prior {
	METOD_PRIOR_NONE,   /* plain maximum likelihood */
	METOD_PRIOR_DESIGN, /* ln a about .35 (SD .35), c about the design set (SD 1) */
};

/* Largest gradient of the objective per person at which a set may be published. */
#define METOD_GRADIENT_MAX 1e-3

struct metod_calibration {
	size_t n;      /* rows with at least one answer */
	double loglik; /* marginal, without the prior */
	unsigned iterations;
	bool converged;      /* stopped by itself, and the gradient is small enough */
	double max_gradient; /* per person */
	size_t worst;        /* item of the largest gradient */
};

/* Every item of `answers` has the same answers->range
 * categories, 2..METOD_CATEGORIES_MAX; at most METOD_ITEMS_MAX items. Missing answers are
 * left out, nothing is imputed. METOD_RANGE names in err->field the item that cannot be
 * calibrated: no answers, or without a prior an option nobody chose. ret_items has
 * answers->k places. Memory is from the arena. */
METOD_MUST_CHECK enum metod_err metod_calibrate(const struct metod_answers *answers,
    enum metod_prior prior, struct metod_arena *arena, struct metod_grm *ret_items,
    struct metod_calibration *ret, struct metod_error *err);
