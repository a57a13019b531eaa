/* SPDX-License-Identifier: Apache-2.0
 * Classical statistics of a scale: sums and products of answers are whole numbers and are
 * kept as such, so nothing is lost before the first division. Owns method.md section 3
 * and the classical part of section 12; must not know models, files, words. */
#include "metod/classical.h"

#include <math.h>
#include <string.h>

#include "distribution.h"

#define CONFIDENCE .95
#define CHANGE_Z 1.96

/* Sums over the complete rows. */
struct sums {
	size_t n, k;
	int64_t *one; /* sum of x_j */
	int64_t *two; /* sum of x_i x_j, k x k, upper half and diagonal */
};

static bool complete(const struct metod_answers *answers, size_t row)
{
	const int8_t *x = answers->values + row * answers->k;

	for (size_t j = 0; j < answers->k; j++)
		if (x[j] < 0)
			return false;
	return true;
}

static void add_row(struct sums *sums, const int8_t *x)
{
	sums->n++;
	for (size_t i = 0; i < sums->k; i++) {
		int64_t *row = sums->two + i * sums->k, xi = x[i];

		sums->one[i] += xi;
		for (size_t j = i; j < sums->k; j++)
			row[j] += xi * x[j];
	}
}

static struct sums add_up(const struct metod_answers *answers, struct metod_arena *arena)
{
	struct sums sums = {.k = answers->k};

	sums.one = METOD_NEWS(arena, sums.k, int64_t);
	sums.two = METOD_NEWS(arena, sums.k * sums.k, int64_t);
	for (size_t row = 0; row < answers->n; row++)
		if (complete(answers, row))
			add_row(&sums, answers->values + row * answers->k);
	return sums;
}

__extension__ typedef __int128 wide;

/* Covariance of two sums from whole numbers: n Sxy - Sx Sy is exact. */
static double covariance(size_t n, int64_t x, int64_t y, int64_t xy)
{
	wide top = (wide)n * xy - (wide)x * y;

	return (double)top / ((double)n * (double)(n - 1));
}

static const double *covariances(const struct sums *sums, struct metod_arena *arena)
{
	size_t k = sums->k;
	double *c = METOD_NEWS(arena, k * k, double);

	for (size_t i = 0; i < k; i++)
		for (size_t j = i; j < k; j++)
			c[i * k + j] = c[j * k + i] = covariance(
			    sums->n, sums->one[i], sums->one[j], sums->two[i * k + j]);
	return c;
}

static double alpha_of(double k, double item_variances, double total)
{
	return k / (k - 1) * (1 - item_variances / total);
}

static void item_stats(const struct sums *sums, const double *c, double total,
    double item_variances, struct metod_item_stats *items)
{
	size_t k = sums->k;

	for (size_t j = 0; j < k; j++) {
		double variance = c[j * k + j], with_total = 0, rest;

		for (size_t i = 0; i < k; i++)
			with_total += c[j * k + i];
		rest = total - 2 * with_total + variance; /* variance of the others */
		items[j].mean = (double)sums->one[j] / (double)sums->n;
		items[j].sd = sqrt(variance);
		if (variance > 0 && rest > 0)
			items[j].item_rest =
			    (with_total - variance) / sqrt(variance * rest);
		if (k > 2 && rest > 0)
			items[j].alpha_if_dropped =
			    alpha_of((double)k - 1, item_variances - variance, rest);
	}
}

/* 1 - (1 - alpha) F, at both ends. */
static void feldt(struct metod_scale_stats *stats)
{
	double d1 = (double)stats->n - 1, d2 = d1 * ((double)stats->k - 1);
	double tail = (1 - CONFIDENCE) / 2;

	stats->alpha_ci[0] = 1 - (1 - stats->alpha) * metod_f_quantile(1 - tail, d1, d2);
	stats->alpha_ci[1] = 1 - (1 - stats->alpha) * metod_f_quantile(tail, d1, d2);
}

static double lambda2(const double *c, size_t k, double total, double item_variances)
{
	double squares = 0, off = total - item_variances, count = (double)k;

	for (size_t i = 0; i < k; i++)
		for (size_t j = 0; j < k; j++)
			if (i != j)
				squares += c[i * k + j] * c[i * k + j];
	return (off + sqrt(count / (count - 1) * squares)) / total;
}

static void reliability(const struct sums *sums, const double *c,
    struct metod_scale_stats *stats, struct metod_item_stats *items)
{
	size_t k = sums->k;
	double total = 0, item_variances = 0;

	for (size_t i = 0; i < k * k; i++)
		total += c[i];
	for (size_t i = 0; i < k; i++)
		item_variances += c[i * k + i];
	stats->sd = sqrt(fmax(0, total)) / (double)k;
	if (items)
		item_stats(sums, c, total, item_variances, items);
	if (k < 2)
		stats->missing = METOD_SCALE_ONE_ITEM;
	else if (!(total > 0))
		stats->missing = METOD_SCALE_CONSTANT;
	if (stats->missing)
		return;
	stats->alpha = alpha_of((double)k, item_variances, total);
	stats->lambda2 = lambda2(c, k, total, item_variances);
	/* A negative alpha says that the items do not belong together; the error of
	 * measurement is then all that there is. */
	stats->sem = stats->sd * sqrt(1 - fmax(0, stats->alpha));
	feldt(stats);
}

static void find_omega(
    const double *c, struct metod_arena *arena, struct metod_scale_stats *stats)
{
	double *loadings = METOD_NEWS(arena, stats->k, double), sum = 0;
	double *uniquenesses = METOD_NEWS(arena, stats->k, double), rest = 0;

	if (stats->missing ||
	    !metod_one_factor(c, stats->k, arena, loadings, uniquenesses))
		return;
	for (size_t j = 0; j < stats->k; j++) {
		sum += loadings[j];
		rest += uniquenesses[j];
	}
	stats->omega = sum * sum / (sum * sum + rest);
	stats->omega_found = true;
}

static void count_options(
    const struct metod_answers *answers, struct metod_item_stats *items)
{
	for (size_t row = 0; row < answers->n; row++) {
		if (!complete(answers, row))
			continue;
		for (size_t j = 0; j < answers->k; j++)
			items[j].counts[answers->values[row * answers->k + j]]++;
	}
}

static struct metod_scale_stats nothing(size_t k)
{
	struct metod_scale_stats stats = {.k = k};

	stats.alpha = stats.alpha_ci[0] = stats.alpha_ci[1] = stats.omega = NAN;
	stats.lambda2 = stats.sem = stats.mean = stats.sd = NAN;
	return stats;
}

/* All but omega and the counts; `items` may be NULL. The covariances, or NULL. */
static const double *scale_of(const struct metod_answers *answers,
    struct metod_arena *arena, struct metod_scale_stats *ret,
    struct metod_item_stats *items)
{
	struct metod_scale_stats stats = nothing(answers->k);
	struct sums sums = add_up(answers, arena);
	const double *c = NULL;
	int64_t sum = 0;

	stats.n = sums.n;
	for (size_t j = 0; j < sums.k; j++) {
		sum += sums.one[j];
		if (items && sums.n)
			items[j].mean = (double)sums.one[j] / (double)sums.n;
	}
	if (sums.n)
		stats.mean = (double)sum / ((double)sums.n * (double)sums.k);
	if (sums.n < 2) {
		stats.missing = METOD_SCALE_FEW_PERSONS;
	} else {
		c = covariances(&sums, arena);
		reliability(&sums, c, &stats, items);
	}
	*ret = stats;
	return c;
}

void metod_scale_stats(const struct metod_answers *answers, struct metod_arena *arena,
    struct metod_scale_stats *ret, struct metod_item_stats *items)
{
	const double *c;

	for (size_t j = 0; j < answers->k; j++)
		items[j] = (struct metod_item_stats){
		    .mean = NAN, .sd = NAN, .item_rest = NAN, .alpha_if_dropped = NAN};
	c = scale_of(answers, arena, ret, items);
	if (c)
		find_omega(c, arena, ret);
	count_options(answers, items);
}

/* ---- change ---- */

static int64_t sum_of(const struct metod_answers *answers, size_t row)
{
	int64_t sum = 0;

	for (size_t j = 0; j < answers->k; j++)
		sum += answers->values[row * answers->k + j];
	return sum;
}

/* The rows of `rows` only. */
static struct metod_answers chosen(const struct metod_answers *answers,
    const size_t *rows, size_t n, struct metod_arena *arena)
{
	int8_t *values = METOD_NEWS(arena, n * answers->k, int8_t);
	struct metod_answers some = *answers;

	for (size_t i = 0; i < n; i++)
		memcpy(values + i * answers->k, answers->values + rows[i] * answers->k,
		    answers->k);
	some.n = n;
	some.values = values;
	return some;
}

static void paired(const struct metod_answers *entry, const struct metod_answers *exit,
    struct metod_change_stats *ret)
{
	int64_t x = 0, y = 0, xx = 0, yy = 0, xy = 0;
	double k = (double)entry->k, n = (double)entry->n, vx, vy, vd, error, reach;

	for (size_t i = 0; i < entry->n; i++) {
		int64_t before = sum_of(entry, i), after = sum_of(exit, i);
		double change = (double)(after - before) / k;

		x += before;
		y += after;
		xx += before * before;
		yy += after * after;
		xy += before * after;
		ret->down += change < -CHANGE_Z * ret->se_diff;
		ret->up += change > CHANGE_Z * ret->se_diff;
	}
	vx = covariance(entry->n, x, x, xx) / (k * k);
	vy = covariance(entry->n, y, y, yy) / (k * k);
	vd = vx + vy - 2 * covariance(entry->n, x, y, xy) / (k * k);
	ret->mean_change = (double)(y - x) / (n * k);
	if (vx > 0 && vy > 0)
		ret->r12 = covariance(entry->n, x, y, xy) / (k * k) / sqrt(vx * vy);
	if (vx > 0 || vy > 0)
		ret->d_av = ret->mean_change / ((sqrt(vx) + sqrt(vy)) / 2);
	error = sqrt(fmax(0, vd) / n);
	reach = metod_t_quantile(1 - (1 - CONFIDENCE) / 2, n - 1) * error;
	ret->ci[0] = ret->mean_change - reach;
	ret->ci[1] = ret->mean_change + reach;
	if (error > 0)
		ret->t = ret->mean_change / error;
}

void metod_change_stats(const struct metod_answers *entry,
    const struct metod_answers *exit, struct metod_arena *arena,
    struct metod_change_stats *ret)
{
	struct metod_change_stats stats = {0};
	size_t *rows = METOD_NEWS(arena, entry->n, size_t);
	struct metod_answers before, after;

	for (size_t i = 0; i < entry->n; i++)
		if (complete(entry, i) && complete(exit, i))
			rows[stats.n++] = i;
	before = chosen(entry, rows, stats.n, arena);
	after = chosen(exit, rows, stats.n, arena);
	scale_of(&before, arena, &stats.entry, NULL);
	scale_of(&after, arena, &stats.exit, NULL);
	stats.r12 = stats.mean_change = stats.t = stats.d_av = NAN;
	stats.ci[0] = stats.ci[1] = NAN;
	stats.se_diff_jt = sqrt(2) * stats.entry.sem;
	stats.se_diff =
	    sqrt(stats.entry.sem * stats.entry.sem + stats.exit.sem * stats.exit.sem);
	if (stats.n > 1)
		paired(&before, &after, &stats);
	*ret = stats;
}
