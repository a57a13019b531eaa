/* SPDX-License-Identifier: Apache-2.0
 * One factor by maximum likelihood: Sigma = l l' + diag(psi), found by Fisher scoring
 * with step halving. Sigma has a closed inverse, so that a step costs one Cholesky
 * factorisation of 2k unknowns. Knows matrices, not questionnaires. */
#include <math.h>
#include <string.h>

#include "cholesky.h"
#include "metod/classical.h"

#define PSI_FLOOR                                                                        \
	.005 /* share of the item's variance: the usual guard of Heywood cases */
#define GRADIENT_END 1e-10

enum { STEPS_MAX = 500, HALVINGS_MAX = 40 };

/* On the correlation matrix: steps do not depend on the units of the answers. */
struct search {
	size_t k;
	const double *r; /* correlations */
	double *l, *psi;
	double *inverse; /* of Sigma */
	double *v;       /* inverse l */
	double *gap;     /* inverse (R - Sigma) inverse */
	double *product; /* scratch */
	double *info, *step, *next;
};

/* log det Sigma + trace(R Sigma^-1), which the maximum of the likelihood makes least.
 * Infinite where psi is not positive. Leaves the inverse. */
static double misfit(struct search *s, const double *l, const double *psi)
{
	size_t k = s->k;
	double across = 1, value = 0;

	for (size_t i = 0; i < k; i++) {
		if (!(psi[i] > 0))
			return INFINITY;
		across += l[i] * l[i] / psi[i];
		value += log(psi[i]);
	}
	value += log(across);
	for (size_t i = 0; i < k; i++)
		for (size_t j = 0; j < k; j++) {
			double here = -l[i] * l[j] / (psi[i] * psi[j] * across);

			here += i == j ? 1 / psi[i] : 0;
			s->inverse[i * k + j] = here;
			value += here * s->r[i * k + j];
		}
	return value;
}

static void multiply(const double *a, const double *b, size_t k, double *ret)
{
	for (size_t i = 0; i < k; i++) {
		memset(ret + i * k, 0, k * sizeof(*ret));
		for (size_t m = 0; m < k; m++)
			for (size_t j = 0; j < k; j++)
				ret[i * k + j] += a[i * k + m] * b[m * k + j];
	}
}

/* inverse (R - Sigma) inverse = inverse R inverse - inverse. */
static void find_gap(struct search *s)
{
	multiply(s->inverse, s->r, s->k, s->product);
	multiply(s->product, s->inverse, s->k, s->gap);
	for (size_t i = 0; i < s->k * s->k; i++)
		s->gap[i] -= s->inverse[i];
}

/* Takes an unknown that stands at its bound out of the step. */
static void hold(struct search *s, size_t at)
{
	size_t all = 2 * s->k;

	for (size_t i = 0; i < all; i++)
		s->info[at * all + i] = s->info[i * all + at] = i == at ? 1 : 0;
	s->step[at] = 0;
}

/* Half the negative gradient goes to s->step, half the expected Hessian to s->info.
 * Returns the largest element that may still move. */
static double slope(struct search *s)
{
	size_t k = s->k, all = 2 * k;
	double along = 0, most = 0;

	find_gap(s);
	for (size_t i = 0; i < k; i++) {
		s->v[i] = 0;
		for (size_t j = 0; j < k; j++)
			s->v[i] += s->inverse[i * k + j] * s->l[j];
		along += s->v[i] * s->l[i];
	}
	for (size_t i = 0; i < k; i++) {
		s->step[i] = 0;
		for (size_t j = 0; j < k; j++)
			s->step[i] += s->gap[i * k + j] * s->l[j];
		s->step[k + i] = s->gap[i * k + i] / 2;
		most = fmax(most, fabs(s->step[i]));
		if (s->psi[i] > PSI_FLOOR || s->step[k + i] > 0)
			most = fmax(most, fabs(s->step[k + i]));
	}
	for (size_t i = 0; i < k; i++)
		for (size_t j = 0; j < k; j++) {
			double w = s->inverse[i * k + j];

			s->info[i * all + j] = w * along + s->v[i] * s->v[j];
			s->info[i * all + k + j] = w * s->v[j];
			s->info[(k + j) * all + i] = w * s->v[j];
			s->info[(k + i) * all + k + j] = w * w / 2;
		}
	for (size_t i = 0; i < k; i++)
		if (s->psi[i] <= PSI_FLOOR && s->step[k + i] <= 0)
			hold(s, k + i);
	return most;
}

/* One improving step; false when there is none. */
static bool advance(struct search *s, double *misfit_now)
{
	size_t k = s->k;
	double share = 1;

	if (!metod_cholesky_solve(s->info, s->step, 2 * k))
		return false;
	for (int i = 0; i < HALVINGS_MAX; i++, share /= 2) {
		double then;

		for (size_t j = 0; j < k; j++) {
			s->next[j] = s->l[j] + share * s->step[j];
			s->next[k + j] =
			    fmax(PSI_FLOOR, s->psi[j] + share * s->step[k + j]);
		}
		then = misfit(s, s->next, s->next + k);
		if (then < *misfit_now) {
			memcpy(s->l, s->next, k * sizeof(*s->l));
			memcpy(s->psi, s->next + k, k * sizeof(*s->psi));
			*misfit_now = then;
			return true;
		}
	}
	return false;
}

/* First guess: the main direction of R by repeated multiplication; signs follow it. */
static void begin(struct search *s)
{
	size_t k = s->k;
	double size = 0;

	for (size_t i = 0; i < k; i++)
		s->l[i] = 1;
	for (int round = 0; round < 20; round++) {
		size = 0;
		for (size_t i = 0; i < k; i++) {
			s->next[i] = 0;
			for (size_t j = 0; j < k; j++)
				s->next[i] += s->r[i * k + j] * s->l[j];
			size += s->next[i] * s->next[i];
		}
		size = sqrt(size);
		for (size_t i = 0; i < k; i++)
			s->l[i] = s->next[i] / size;
	}
	for (size_t i = 0; i < k; i++) {
		s->l[i] *= .8 * sqrt(fmax(size - .5, .5));
		s->psi[i] = fmax(.1, 1 - s->l[i] * s->l[i]);
	}
}

static bool search(struct search *s)
{
	double now;

	begin(s);
	now = misfit(s, s->l, s->psi);
	for (int i = 0; i < STEPS_MAX; i++) {
		double most = slope(s);

		if (most < GRADIENT_END)
			return true;
		/* Rounding hides what is left of a step: good enough below this. */
		if (!advance(s, &now))
			return most < 1e-6;
		misfit(s, s->l, s->psi); /* the inverse belongs to the accepted point */
	}
	return false;
}

bool metod_one_factor(const double *covariance, size_t k, struct metod_arena *arena,
    double *ret_loadings, double *ret_uniquenesses)
{
	struct search s = {.k = k};
	double *r, sum = 0;

	if (k < 3 || k > METOD_FACTOR_ITEMS_MAX)
		return false;
	r = METOD_NEWS(arena, k * k, double);
	for (size_t i = 0; i < k; i++)
		if (!(covariance[i * k + i] > 0))
			return false;
	for (size_t i = 0; i < k; i++)
		for (size_t j = 0; j < k; j++)
			r[i * k + j] = covariance[i * k + j] /
			    sqrt(covariance[i * k + i] * covariance[j * k + j]);
	s.r = r;
	s.l = METOD_NEWS(arena, k, double);
	s.psi = METOD_NEWS(arena, k, double);
	s.v = METOD_NEWS(arena, k, double);
	s.inverse = METOD_NEWS(arena, k * k, double);
	s.gap = METOD_NEWS(arena, k * k, double);
	s.product = METOD_NEWS(arena, k * k, double);
	s.info = METOD_NEWS(arena, 4 * k * k, double);
	s.step = METOD_NEWS(arena, 2 * k, double);
	s.next = METOD_NEWS(arena, 2 * k, double);
	if (!search(&s))
		return false;
	for (size_t i = 0; i < k; i++)
		sum += s.l[i];
	for (size_t i = 0; i < k; i++) {
		double scale = sqrt(covariance[i * k + i]);

		ret_loadings[i] = (sum < 0 ? -1 : 1) * s.l[i] * scale;
		ret_uniquenesses[i] = s.psi[i] * scale * scale;
	}
	return true;
}
