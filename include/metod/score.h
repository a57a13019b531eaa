/* SPDX-License-Identifier: Apache-2.0
 * Graded response model and the state of one competency (method.md sections 4, 6, 8).
 * Pure. */
#pragma once

#include "metod/base.h"
#include "metod/errors.h"

enum {
	METOD_CATEGORIES_MAX = 8, /* answer categories of one item */
	METOD_NODES = 121,        /* quadrature nodes, theta from -6 to 6, step 0.1 */
	METOD_NODES_MAX = 241,
	METOD_ITEMS_MAX = 64, /* items of one competency */
};

/* One item: P*_k(theta) = 1/(1+exp(-(a*theta+c[k-1]))), k = 1..categories-1, c falling.
 * No 1.7. */
struct metod_grm {
	double a;
	double c[METOD_CATEGORIES_MAX - 1];
	unsigned categories;
};

/* Answers: 0..categories-1 or one of these. */
enum {
	METOD_ANSWER_NONE = -1,   /* skipped (NA) */
	METOD_ANSWER_NP = -2,     /* "did not occur in my work": leaves the denominator */
	METOD_ANSWER_CANNOT = -3, /* "cannot judge": scored as NA, counted apart */
	METOD_ANSWER_UNSHOWN =
	    -4, /* not in this sheet (second stage not reached): only in T(theta) */
};

struct metod_cuts {
	double severe, need, resource, target; /* 0.5 1.5 2.5 2.0 */
};

/* All scored items of one competency in a form, made ready: their curves over the nodes,
 * T and the places of the cuts depend on nobody's answers and are computed once. Never
 * changes, so any number of threads may use it; lives in the arena it was made in. */
struct metod_scale;
/* nodes: 3..METOD_NODES_MAX, odd; METOD_NODES in production. Items with unfit parameters,
 * or whose T does not reach the cuts, make a scale that measures nothing. */
const struct metod_scale *metod_scale_new(const struct metod_grm *items, size_t n,
    const struct metod_cuts *cuts, unsigned nodes, struct metod_arena *arena);

/* Quadrature: `nodes` points on -6..6, weighted by N(0,1) and the answers. */
struct metod_posterior {
	unsigned nodes;
	double h;
	double weight[METOD_NODES_MAX]; /* posterior, sums to 1 */
	double below[METOD_NODES_MAX];  /* sum of the weights before a node */
	double eap, psd;
};

/* The shipped design item: a = 1.42, c = 2.556, .710, -1.136. */
struct metod_grm metod_grm_design(void);
/* Ordered thresholds, a in [.05, 12], finite; names the trouble in err. */
enum metod_err metod_grm_check(const struct metod_grm *item, struct metod_error *err);
double metod_grm_prob(
    const struct metod_grm *item, unsigned category, double theta); /* floor 1e-12 */

/* Posterior over theta; answers[i] of item i of the scale, those outside
 * 0..categories-1 are left out. The parameters must be fit. */
void metod_score_posterior(
    const struct metod_scale *scale, const int *answers, struct metod_posterior *ret);
/* P(theta < cut) with the split bin. */
double metod_posterior_below(const struct metod_posterior *post, double cut);
/* Expected mean item score T(theta), 0..categories-1, over all n scored items of the
 * competency. */
double metod_expected_score(const struct metod_grm *items, size_t n, double theta);
/* theta where T(theta) = tau by bisection to 1e-10; false when there is no root on -6..6.
 */
bool metod_cut_theta(
    const struct metod_grm *items, size_t n, double tau, double *ret_theta);
/* Test information at theta. */
double metod_information(const struct metod_grm *items, size_t n, double theta);
/* Lord-Wingersky: EAP for every sum 0..max; ret holds sum(categories-1)+1 numbers. */
void metod_eap_for_sums(const struct metod_grm *items, size_t n, double *ret);

enum metod_state {
	METOD_STATE_NO_DATA = 0, /* "недостаточно данных"; see reason */
	METOD_STATE_NOT_IN_WORK = 1, /* more than half NP */
	METOD_STATE_NEED = 2,        /* P(T < 1.5) >= .80: declared difficulty */
	METOD_STATE_UNCLEAR = 3,     /* between */
	METOD_STATE_OK = 4,          /* P(T < 1.5) <= .20 */
};
enum metod_no_data {
	METOD_REASON_NONE = 0,
	METOD_REASON_FEW_ANSWERS = 1, /* answered < max(3, ceil(.6 k)), k = shown - np */
	METOD_REASON_UNCERTAIN = 2,   /* PSD > .70 */
	METOD_REASON_NO_PARAMS = 3,   /* parameter set missing or no root for the cut */
};

/* State of one competency of one sheet. Numbers unrounded. */
struct metod_cell {
	enum metod_state state;
	enum metod_no_data reason;
	unsigned shown, answered, np, cannot, none; /* item counts */
	double mean; /* mean of answered items, 0..3; NaN never: 0 when answered = 0 */
	double eap, psd;      /* theta units */
	double t, t_lo, t_hi; /* T at the EAP and the central 60 % interval on 0..3 */
	double p_need;        /* P(T < 1.5) */
	double p_severe;      /* P(T < 0.5) */
	double p_resource;    /* P(T >= 2.5) */
	double need;          /* sum post_q max(0, 2.0 - T): 0..2 */
	int level; /* nearest anchor to the expected score, 0..3; ties up; -1 without data
		    */
};

/* answers[i] of item i of the scale. */
void metod_score_cell(
    const struct metod_scale *scale, const int *answers, struct metod_cell *ret);
