/* SPDX-License-Identifier: Apache-2.0
 * Does an item work? Misfit to the model, difference between groups, effect of its place
 * (method.md sections 3, 9 and 13). Pure; what is shown at how many answers is the
 * caller's. */
#pragma once

#include "metod/classical.h"
#include "metod/score.h"

struct metod_item_fit {
	size_t n;             /* persons who answered it */
	double infit, outfit; /* mean squares at the persons' EAP; about 1 where the model
			       * holds; NaN when nobody answered */
	double most_chosen;   /* share of the option chosen most */
	unsigned rare;        /* options with fewer than ten answers */
};
/* items: parameters of the columns of `answers`; eap: of each row. */
void metod_item_fit_of(const struct metod_answers *answers, const struct metod_grm *items,
    const double *eap, struct metod_item_fit *ret);

struct metod_dif {
	size_t n;         /* rows with an answer, a rest score and a group */
	double r2_change; /* Nagelkerke's R2 of rest + group + rest x group, less that of
			   * rest alone; NaN when it cannot be had */
	bool large;       /* at least .035 */
};
/* Difference of one item between two groups at the same score of the other items, by
 * ordinal logistic regression. group[i]: 0 or 1, or -1 for a row that is left out. */
void metod_dif_of(const struct metod_answers *answers, size_t item, const int8_t *group,
    struct metod_arena *arena, struct metod_dif *ret);

/* Correlation of two lists of n numbers; NaN where one of them is constant. */
double metod_correlation(const double *x, const double *y, size_t n);

/* A cut by modified Angoff: each judge marks for each item the answer of somebody who
 * just manages alone. marks[j * items + i] of judge j. */
struct metod_angoff {
	double cut, sd,
	    error;   /* mean of the judges' item means; SD of the judges; SD/sqrt n */
	bool enough; /* five judges or more */
};
void metod_angoff_of(
    const double *marks, size_t judges, size_t items, struct metod_angoff *ret);

/* Change of one person on a block (method.md section 12), unshrunken. */
enum metod_change_word {
	METOD_CHANGE_UNKNOWN = 0, /* fewer than 20 items, or no value */
	METOD_CHANGE_NONE = 1,    /* no reliable change */
	METOD_CHANGE_UP = 2,
	METOD_CHANGE_DOWN = 3,
};
enum { METOD_CHANGE_ITEMS = 20, METOD_CHANGE_DAYS = 30 };
/* From EAP and PSD at both times. ret_z: NaN when unknown. */
enum metod_change_word metod_change_of(
    double eap1, double psd1, double eap2, double psd2, size_t items, double *ret_z);
