/* SPDX-License-Identifier: Apache-2.0
 * Classical statistics of a scale and of a change (method.md sections 3 and 12).
 * Pure. A number that cannot be had is NaN, and `missing` says why. */
#pragma once

#include "metod/base.h"
#include "metod/errors.h"

enum {
	METOD_SCALE_ITEMS_MAX = 400, /* items of one analysis */
	METOD_ANSWER_RANGE_MAX = 16, /* different answers of one item */
	METOD_FACTOR_ITEMS_MAX =
	    64, /* items of one omega: its cost grows with the cube */
};

/* Answers of n persons to k items, person by person. values[i * k + j] is
 * 0..range-1, or METOD_ANSWER_NONE (score.h) where it is missing. */
struct metod_answers {
	size_t n, k;
	unsigned range;
	const int8_t *values;
	const char *const *names; /* of the items, for errors */
};

struct metod_item_stats {
	double mean, sd;         /* in answer points from 0; SD with n-1 */
	double item_rest;        /* cor(x_j, sum of the others); NaN where one of them is
				    constant */
	double alpha_if_dropped; /* NaN with fewer than three items */
	uint64_t counts[METOD_ANSWER_RANGE_MAX];
};

/* Why reliability is not there. */
enum metod_no_scale {
	METOD_SCALE_OK = 0,
	METOD_SCALE_FEW_PERSONS, /* fewer than two complete rows */
	METOD_SCALE_ONE_ITEM,
	METOD_SCALE_CONSTANT, /* every person has the same sum */
};

struct metod_scale_stats {
	size_t n, k; /* complete rows, items */
	enum metod_no_scale missing;
	double alpha;       /* k/(k-1) (1 - sum s_j^2 / s_T^2) */
	double alpha_ci[2]; /* Feldt, 95 % */
	double omega;       /* (sum l)^2 / ((sum l)^2 + sum psi), one factor by maximum
			       likelihood on the covariances ("raw") */
	bool omega_found; /* the search ended; false: fewer than three items, too many, a
			     constant item, or no factor */
	double lambda2;   /* Guttman */
	double sem;       /* sd sqrt(1 - alpha) */
	double mean, sd;  /* of the persons' item means, from 0 */
};

/* Listwise: only rows without a missing answer count. `items` has answers->k places.
 * Memory is from the arena. */
void metod_scale_stats(const struct metod_answers *answers, struct metod_arena *arena,
    struct metod_scale_stats *ret, struct metod_item_stats *items);

/* One factor by maximum likelihood on a k x k covariance matrix (row by row): loadings
 * and uniquenesses in its units. False when k is not 3..METOD_FACTOR_ITEMS_MAX, an item
 * does not vary, or the search does not end. */
bool metod_one_factor(const double *covariance, size_t k, struct metod_arena *arena,
    double *ret_loadings, double *ret_uniquenesses);

struct metod_change_stats {
	size_t n;                             /* persons complete at both times */
	struct metod_scale_stats entry, exit; /* omega is not computed */
	double r12;                           /* of the item means */
	double se_diff_jt;                    /* sqrt(2) SEM_entry (Jacobson and Truax) */
	double se_diff;               /* sqrt(SEM_entry^2 + SEM_exit^2) (Maassen) */
	uint64_t down, up;            /* persons changed by more than 1.96 se_diff */
	double mean_change, ci[2], t; /* paired, 95 % */
	double d_av;                  /* mean change / mean of both SDs */
};

/* Row i of both tables is the same person; rows that miss an answer at either time are
 * left out. Both have the same items. */
void metod_change_stats(const struct metod_answers *entry,
    const struct metod_answers *exit, struct metod_arena *arena,
    struct metod_change_stats *ret);
