/* SPDX-License-Identifier: Apache-2.0
 * Screens of single items, a cut by judges, and the change of one person. Must not know
 * forms, groups of people or what is done about an item. */
#include "metod/itemfit.h"

#include <math.h>
#include <string.h>

#include "cholesky.h"
#include "metod/fusion.h"

#define DIF_LARGE .035
#define RELIABLE 1.96

enum { RARE = 10, JUDGES = 5, STEPS_MAX = 60, HALVINGS = 20 };

/* ---- fit ---- */

struct moments {
	double mean, variance;
};

static struct moments expected(const struct metod_grm *item, double theta)
{
	struct moments m = {0, 0};
	double squares = 0;

	for (unsigned x = 0; x < item->categories; x++) {
		double p = metod_grm_prob(item, x, theta);

		m.mean += x * p;
		squares += (double)x * x * p;
	}
	m.variance = squares - m.mean * m.mean;
	return m;
}

static void count_options(
    const struct metod_answers *answers, size_t item, struct metod_item_fit *ret)
{
	size_t counts[METOD_ANSWER_RANGE_MAX] = {0}, most = 0;

	for (size_t i = 0; i < answers->n; i++) {
		int8_t x = answers->values[i * answers->k + item];

		if (x >= 0)
			counts[x]++;
	}
	for (unsigned x = 0; x < answers->range; x++) {
		most = counts[x] > most ? counts[x] : most;
		ret->rare += counts[x] < RARE;
	}
	ret->most_chosen = ret->n ? (double)most / (double)ret->n : NAN;
}

void metod_item_fit_of(const struct metod_answers *answers, const struct metod_grm *items,
    const double *eap, struct metod_item_fit *ret)
{
	for (size_t j = 0; j < answers->k; j++) {
		struct metod_item_fit fit = {0};
		double squares = 0, variances = 0, standard = 0;

		for (size_t i = 0; i < answers->n; i++) {
			int8_t x = answers->values[i * answers->k + j];
			struct moments m;

			if (x < 0)
				continue;
			m = expected(&items[j], eap[i]);
			fit.n++;
			squares += (x - m.mean) * (x - m.mean);
			variances += m.variance;
			standard += (x - m.mean) * (x - m.mean) / fmax(m.variance, 1e-9);
		}
		fit.infit = fit.n ? squares / variances : NAN;
		fit.outfit = fit.n ? standard / (double)fit.n : NAN;
		count_options(answers, j, &fit);
		ret[j] = fit;
	}
}

/* ---- ordinal logistic regression ---- */

enum { SLOPES_MAX = 3, UNKNOWNS_MAX = METOD_ANSWER_RANGE_MAX + SLOPES_MAX };

/* P(y >= k) = 1 / (1 + exp(-(c_k + b x))), c falling; rows with used options only. */
struct ordinal {
	size_t n;
	const unsigned *y;             /* 0..options-1 */
	const double (*x)[SLOPES_MAX]; /* of each row */
	unsigned options, slopes;
	double unknown[UNKNOWNS_MAX]; /* c_1.., then b */
};

static double at_least(
    const struct ordinal *o, const double *unknown, size_t row, unsigned k)
{
	double eta;

	if (k == 0)
		return 1;
	if (k == o->options)
		return 0;
	eta = unknown[k - 1];
	for (unsigned s = 0; s < o->slopes; s++)
		eta += unknown[o->options - 1 + s] * o->x[row][s];
	return 1 / (1 + exp(-eta));
}

static double likelihood(const struct ordinal *o, const double *unknown)
{
	double sum = 0;

	for (unsigned k = 1; k + 1 < o->options; k++)
		if (!(unknown[k] < unknown[k - 1]))
			return -INFINITY;
	for (size_t i = 0; i < o->n; i++)
		sum += log(fmax(1e-300,
		    at_least(o, unknown, i, o->y[i]) -
			at_least(o, unknown, i, o->y[i] + 1)));
	return sum;
}

/* Score and expected information, summed over rows and options. */
static void slope_of(const struct ordinal *o, double *slope, double *info)
{
	unsigned m = o->options - 1 + o->slopes;

	memset(slope, 0, m * sizeof(*slope));
	memset(info, 0, (size_t)m * m * sizeof(*info));
	for (size_t i = 0; i < o->n; i++)
		for (unsigned y = 0; y < o->options; y++) {
			double upper = at_least(o, o->unknown, i, y);
			double lower = at_least(o, o->unknown, i, y + 1);
			double su = upper * (1 - upper), sl = lower * (1 - lower);
			double p = fmax(1e-12, upper - lower), d[UNKNOWNS_MAX] = {0};

			if (y > 0)
				d[y - 1] = su;
			if (y + 1 < o->options)
				d[y] = -sl;
			for (unsigned s = 0; s < o->slopes; s++)
				d[o->options - 1 + s] = (su - sl) * o->x[i][s];
			for (unsigned a = 0; a < m; a++) {
				if (y == o->y[i])
					slope[a] += d[a] / p;
				for (unsigned b = 0; b < m; b++)
					info[a * m + b] += d[a] * d[b] / p;
			}
		}
}

/* Fisher scoring from the shares alone. NaN when it does not end. */
static double fit_ordinal(struct ordinal *o)
{
	unsigned m = o->options - 1 + o->slopes;
	double now;

	memset(o->unknown, 0, sizeof(o->unknown));
	for (unsigned k = 1; k < o->options; k++) {
		double above = 0;

		for (size_t i = 0; i < o->n; i++)
			above += o->y[i] >= k;
		o->unknown[k - 1] = log(above / ((double)o->n - above));
	}
	now = likelihood(o, o->unknown);
	for (int step = 0; step < STEPS_MAX; step++) {
		double slope[UNKNOWNS_MAX], info[UNKNOWNS_MAX * UNKNOWNS_MAX], share = 1;
		double next[UNKNOWNS_MAX], then = -INFINITY;

		slope_of(o, slope, info);
		if (!metod_cholesky_solve(info, slope, m))
			return NAN;
		for (int i = 0; i < HALVINGS && !(then > now); i++, share /= 2) {
			for (unsigned a = 0; a < m; a++)
				next[a] = o->unknown[a] + share * slope[a];
			then = likelihood(o, next);
		}
		if (!(then > now))
			return now;
		memcpy(o->unknown, next, sizeof(next));
		if (then - now < 1e-10 * (1 + fabs(now)))
			return then;
		now = then;
	}
	return NAN;
}

/* Nagelkerke: Cox and Snell's R2 as a share of its largest. */
static double nagelkerke(double model, double nothing, size_t n)
{
	return (1 - exp(2 * (nothing - model) / (double)n)) /
	    (1 - exp(2 * nothing / (double)n));
}

/* ---- difference between groups ---- */

static double rest_score(const struct metod_answers *answers, size_t row, size_t item)
{
	double sum = 0;
	size_t n = 0;

	for (size_t j = 0; j < answers->k; j++) {
		int8_t x = answers->values[row * answers->k + j];

		if (j == item || x < 0)
			continue;
		sum += x;
		n++;
	}
	return n ? sum / (double)n : NAN;
}

/* Options that somebody chose, renumbered from 0. */
static unsigned renumber(unsigned *y, size_t n)
{
	unsigned map[METOD_ANSWER_RANGE_MAX] = {0}, options = 0;

	for (size_t i = 0; i < n; i++)
		map[y[i]] = 1;
	for (unsigned x = 0; x < METOD_ANSWER_RANGE_MAX; x++)
		map[x] = map[x] ? options++ : 0;
	for (size_t i = 0; i < n; i++)
		y[i] = map[y[i]];
	return options;
}

void metod_dif_of(const struct metod_answers *answers, size_t item, const int8_t *group,
    struct metod_arena *arena, struct metod_dif *ret)
{
	unsigned *y = METOD_NEWS(arena, answers->n + 1, unsigned);
	double(*x)[SLOPES_MAX] = metod_arena_array(arena, answers->n + 1, sizeof(*x));
	struct metod_dif dif = {.r2_change = NAN};
	struct ordinal o = {.y = y, .x = (const double(*)[SLOPES_MAX])x};
	double nothing, rest, all;
	size_t in[2] = {0, 0};

	for (size_t i = 0; i < answers->n; i++) {
		int8_t value = answers->values[i * answers->k + item];
		double score = rest_score(answers, i, item);

		if (value < 0 || group[i] < 0 || isnan(score))
			continue;
		y[dif.n] = (unsigned)value;
		x[dif.n][0] = score;
		x[dif.n][1] = group[i];
		x[dif.n][2] = score * group[i];
		in[group[i] != 0]++;
		dif.n++;
	}
	o.n = dif.n;
	o.options = renumber(y, dif.n);
	if (in[0] && in[1] && o.options > 1) {
		nothing = fit_ordinal(&o);
		o.slopes = 1;
		rest = fit_ordinal(&o);
		o.slopes = 3;
		all = fit_ordinal(&o);
		dif.r2_change =
		    nagelkerke(all, nothing, dif.n) - nagelkerke(rest, nothing, dif.n);
		dif.large = dif.r2_change >= DIF_LARGE;
	}
	*ret = dif;
}

/* ---- small ones ---- */

double metod_correlation(const double *x, const double *y, size_t n)
{
	double mx = 0, my = 0, xx = 0, yy = 0, xy = 0;

	for (size_t i = 0; i < n; i++) {
		mx += x[i] / (double)n;
		my += y[i] / (double)n;
	}
	for (size_t i = 0; i < n; i++) {
		xx += (x[i] - mx) * (x[i] - mx);
		yy += (y[i] - my) * (y[i] - my);
		xy += (x[i] - mx) * (y[i] - my);
	}
	return xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : NAN;
}

void metod_angoff_of(
    const double *marks, size_t judges, size_t items, struct metod_angoff *ret)
{
	struct metod_angoff angoff = {NAN, NAN, NAN, judges >= JUDGES};
	double sum = 0, squares = 0, n = (double)judges;

	for (size_t j = 0; j < judges; j++) {
		double mean = 0;

		for (size_t i = 0; i < items; i++)
			mean += marks[j * items + i] / (double)items;
		sum += mean;
		squares += mean * mean;
	}
	if (judges && items)
		angoff.cut = sum / n;
	if (judges > 1 && items) {
		angoff.sd = sqrt(fmax(0, (squares - sum * sum / n) / (n - 1)));
		angoff.error = angoff.sd / sqrt(n);
	}
	*ret = angoff;
}

enum metod_change_word metod_change_of(
    double eap1, double psd1, double eap2, double psd2, size_t items, double *ret_z)
{
	struct metod_value before, after;

	*ret_z = NAN;
	if (items < METOD_CHANGE_ITEMS || !metod_unshrink(eap1, psd1, &before) ||
	    !metod_unshrink(eap2, psd2, &after))
		return METOD_CHANGE_UNKNOWN;
	*ret_z = (after.u - before.u) / sqrt(before.v + after.v);
	return *ret_z > RELIABLE ? METOD_CHANGE_UP
	    : *ret_z < -RELIABLE ? METOD_CHANGE_DOWN
				 : METOD_CHANGE_NONE;
}
