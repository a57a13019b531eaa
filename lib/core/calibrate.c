/* SPDX-License-Identifier: Apache-2.0
 * Graded response model by penalised EM (method.md section 5): posterior of every pattern
 * of answers on the grid, then Fisher scoring of each item alone. Two steps of EM give a
 * direction in which a third may go much further; it is kept when the objective agrees.
 * Owns the estimation only; must not know persons, waves, what may be published. */
#include "metod/calibrate.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cholesky.h"

#define GRID_END 6.0
#define PROB_FLOOR 1e-12
#define SLOPE_LOW .05
#define SLOPE_HIGH 12.0
#define PRIOR_LN_A .35
#define PRIOR_LN_A_SD .35
#define RISE_END 1e-9  /* relative rise of the objective */
#define SLACK_END 1e-7 /* gradient per person: a and b are then good to 1e-4 */
#define ORDER_GAP 1e-6 /* thresholds stay apart */

enum {
	NODES = METOD_NODES,
	CYCLES_MAX = 500,
	FISHER_STEPS = 4,
	HALVINGS = 20,
	PARAMS_MAX = METOD_CATEGORIES_MAX, /* a and the thresholds */
	RESCALE_EVERY = 16,
};

/* P_x at every node, and what moves it: s_k = P*_k (1 - P*_k). */
struct curves {
	double p[METOD_CATEGORIES_MAX][NODES];
	double slope[METOD_CATEGORIES_MAX + 1][NODES];
};

struct fit {
	size_t k, patterns_n, persons;
	unsigned categories;
	const int8_t *values;    /* patterns_n x k, different rows */
	const double *frequency; /* of each pattern */
	enum metod_prior prior;
	double theta[NODES], weight[NODES];
	struct metod_grm *items;
	struct curves *curves; /* of each item */
	double *counts;        /* k x categories x NODES: expected persons */
	double loglik, objective;
};

/* ---- the model ---- */

static void draw(const struct fit *fit, const struct metod_grm *item, struct curves *ret)
{
	unsigned last = item->categories;

	for (unsigned q = 0; q < NODES; q++) {
		double upper = 1;

		ret->slope[0][q] = ret->slope[last][q] = 0;
		for (unsigned x = 0; x < last; x++) {
			double lower = x + 1 == last
			    ? 0
			    : 1 / (1 + exp(-(item->a * fit->theta[q] + item->c[x])));

			ret->p[x][q] = fmax(PROB_FLOOR, upper - lower);
			if (x + 1 < last)
				ret->slope[x + 1][q] = lower * (1 - lower);
			upper = lower;
		}
	}
}

static double penalty(const struct fit *fit, const struct metod_grm *item)
{
	struct metod_grm design = metod_grm_design();
	double off = (log(item->a) - PRIOR_LN_A) / PRIOR_LN_A_SD, sum = off * off;

	if (fit->prior == METOD_PRIOR_NONE)
		return 0;
	for (unsigned k = 0; k + 1 < item->categories; k++) {
		double gap = item->c[k] - design.c[k];

		sum += gap * gap;
	}
	return sum / 2;
}

/* ---- expectation ---- */

static void weigh(double *likelihood, const double *p)
{
	for (unsigned q = 0; q < NODES; q++)
		likelihood[q] *= p[q];
}

/* Brings the largest to 1 and returns the logarithm of what was taken out. */
static double rescale(double *likelihood)
{
	double most = 0;

	for (unsigned q = 0; q < NODES; q++)
		most = fmax(most, likelihood[q]);
	for (unsigned q = 0; q < NODES; q++)
		likelihood[q] /= most;
	return log(most);
}

static void add_pattern(struct fit *fit, const int8_t *x, double frequency)
{
	double likelihood[NODES], sum = 0, taken = 0;
	unsigned used = 0;

	memcpy(likelihood, fit->weight, sizeof(likelihood));
	for (size_t j = 0; j < fit->k; j++) {
		if (x[j] < 0)
			continue;
		weigh(likelihood, fit->curves[j].p[x[j]]);
		if (++used % RESCALE_EVERY == 0)
			taken += rescale(likelihood);
	}
	for (unsigned q = 0; q < NODES; q++)
		sum += likelihood[q];
	fit->loglik += frequency * (taken + log(sum));
	for (unsigned q = 0; q < NODES; q++)
		likelihood[q] *= frequency / sum;
	for (size_t j = 0; j < fit->k; j++) {
		double *row;

		if (x[j] < 0)
			continue;
		row = fit->counts + (j * fit->categories + (size_t)x[j]) * NODES;
		for (unsigned q = 0; q < NODES; q++)
			row[q] += likelihood[q];
	}
}

static void expect(struct fit *fit)
{
	fit->loglik = 0;
	memset(fit->counts, 0, fit->k * fit->categories * NODES * sizeof(*fit->counts));
	for (size_t j = 0; j < fit->k; j++)
		draw(fit, &fit->items[j], &fit->curves[j]);
	for (size_t i = 0; i < fit->patterns_n; i++)
		add_pattern(fit, fit->values + i * fit->k, fit->frequency[i]);
	fit->objective = fit->loglik;
	for (size_t j = 0; j < fit->k; j++)
		fit->objective -= penalty(fit, &fit->items[j]);
}

/* ---- maximisation of one item ---- */

static double expected_loglik(const struct fit *fit, const double *counts,
    const struct metod_grm *item, struct curves *curves)
{
	double sum = -penalty(fit, item);

	draw(fit, item, curves);
	for (unsigned x = 0; x < item->categories; x++)
		for (unsigned q = 0; q < NODES; q++)
			sum += counts[x * NODES + q] * log(curves->p[x][q]);
	return sum;
}

/* Derivatives of P_x at node q by a and the thresholds. */
static void derive(const struct curves *curves, unsigned categories, double theta,
    unsigned x, unsigned q, double *d)
{
	memset(d, 0, categories * sizeof(*d));
	d[0] = theta * (curves->slope[x][q] - curves->slope[x + 1][q]);
	if (x > 0)
		d[x] = curves->slope[x][q];
	if (x + 1 < categories)
		d[x + 1] = -curves->slope[x + 1][q];
}

static void add_prior(
    const struct fit *fit, const struct metod_grm *item, double *slope, double *info)
{
	struct metod_grm design = metod_grm_design();
	unsigned m = item->categories;
	double variance = PRIOR_LN_A_SD * PRIOR_LN_A_SD;

	if (fit->prior == METOD_PRIOR_NONE)
		return;
	slope[0] -= (log(item->a) - PRIOR_LN_A) / (variance * item->a);
	info[0] += 1 / (variance * item->a * item->a);
	for (unsigned k = 1; k < m; k++) {
		slope[k] -= item->c[k - 1] - design.c[k - 1];
		info[k * m + k] += 1;
	}
}

/* Gradient of the objective by (a, c) of one item, and the expected information. Its
 * curves belong to its parameters. */
static void item_slope(const struct fit *fit, const double *counts,
    const struct metod_grm *item, const struct curves *curves, double *slope,
    double *info)
{
	unsigned m = item->categories;

	memset(slope, 0, m * sizeof(*slope));
	memset(info, 0, (size_t)m * m * sizeof(*info));
	for (unsigned q = 0; q < NODES; q++) {
		double persons = 0;

		for (unsigned x = 0; x < m; x++)
			persons += counts[x * NODES + q];
		for (unsigned x = 0; x < m; x++) {
			double d[PARAMS_MAX], p = curves->p[x][q];

			derive(curves, m, fit->theta[q], x, q, d);
			for (unsigned i = 0; i < m; i++) {
				slope[i] += counts[x * NODES + q] / p * d[i];
				for (unsigned j = 0; j < m; j++)
					info[i * m + j] += persons / p * d[i] * d[j];
			}
		}
	}
	add_prior(fit, item, slope, info);
}

static bool in_bounds(const struct metod_grm *item)
{
	if (!(item->a >= SLOPE_LOW && item->a <= SLOPE_HIGH))
		return false;
	for (unsigned k = 1; k + 1 < item->categories; k++)
		if (!(item->c[k] <= item->c[k - 1] - ORDER_GAP))
			return false;
	return true;
}

/* An option in the middle that nobody chose pushes its two thresholds together: the
 * maximum lies where they meet, and there they move as one. group[i] is the number of the
 * unknown that unknown i moves with; returns how many there are. */
static unsigned group_unknowns(
    const struct metod_grm *item, const double *slope, unsigned *group)
{
	unsigned n = 1;

	group[0] = 0;
	for (unsigned k = 1; k < item->categories; k++) {
		bool meets = k > 1 && item->c[k - 2] - item->c[k - 1] < 2 * ORDER_GAP;

		group[k] = meets && slope[k] > slope[k - 1] ? n - 1 : n++;
	}
	return n;
}

/* Sums of the slope over the groups. */
static void group_slope(
    const double *slope, const unsigned *group, unsigned m, double *ret)
{
	memset(ret, 0, m * sizeof(*ret));
	for (unsigned i = 0; i < m; i++)
		ret[group[i]] += slope[i];
}

/* Share of the step after which two thresholds meet; 1 when they do not. */
static double until_they_meet(const struct metod_grm *item, const double *step)
{
	double share = 1;

	for (unsigned k = 2; k < item->categories; k++) {
		double room = item->c[k - 2] - item->c[k - 1] - ORDER_GAP;
		double closing = step[k] - step[k - 1];

		if (closing > 0 && room < share * closing)
			share = fmax(0, room) / closing;
	}
	return share;
}

static struct metod_grm moved(
    const struct metod_grm *item, const double *step, double share)
{
	struct metod_grm next = *item;

	next.a = fmin(SLOPE_HIGH, fmax(SLOPE_LOW, item->a + share * step[0]));
	for (unsigned k = 1; k < item->categories; k++) {
		next.c[k - 1] += share * step[k];
		/* Rounding must not undo the gap of thresholds that have met. */
		if (k > 1 && next.c[k - 1] > next.c[k - 2] - ORDER_GAP)
			next.c[k - 1] = next.c[k - 2] - ORDER_GAP;
	}
	return next;
}

/* The Fisher step of all unknowns; false when the information is not definite. */
static bool find_step(const struct fit *fit, const double *counts,
    const struct metod_grm *item, const struct curves *curves, double *step)
{
	double slope[PARAMS_MAX], info[PARAMS_MAX * PARAMS_MAX];
	double grouped[PARAMS_MAX * PARAMS_MAX] = {0}, along[PARAMS_MAX];
	unsigned group[PARAMS_MAX], m = item->categories, n;

	item_slope(fit, counts, item, curves, slope, info);
	n = group_unknowns(item, slope, group);
	group_slope(slope, group, m, along);
	for (unsigned i = 0; i < m; i++)
		for (unsigned j = 0; j < m; j++)
			grouped[group[i] * n + group[j]] += info[i * m + j];
	if (!metod_cholesky_solve(grouped, along, n))
		return false;
	for (unsigned i = 0; i < m; i++)
		step[i] = along[group[i]];
	return true;
}

/* One step that raises the objective; false when there is none. */
static bool fisher_step(const struct fit *fit, const double *counts,
    struct metod_grm *item, struct curves *curves, double *value)
{
	double step[PARAMS_MAX], share;

	if (!find_step(fit, counts, item, curves, step))
		return false;
	share = until_they_meet(item, step);
	for (int i = 0; i < HALVINGS; i++, share /= 2) {
		struct metod_grm next = moved(item, step, share);
		double then = expected_loglik(fit, counts, &next, curves);

		if (then > *value) {
			*item = next;
			*value = then;
			return true;
		}
	}
	draw(fit, item, curves);
	return false;
}

static void maximise(struct fit *fit)
{
	for (size_t j = 0; j < fit->k; j++) {
		const double *counts = fit->counts + j * fit->categories * NODES;
		struct metod_grm *item = &fit->items[j];
		double value = expected_loglik(fit, counts, item, &fit->curves[j]);

		for (int i = 0; i < FISHER_STEPS; i++)
			if (!fisher_step(fit, counts, item, &fit->curves[j], &value))
				break;
	}
}

/* Largest element of the gradient of the marginal objective, which by Fisher's identity
 * is that of the expected one at the same parameters. Call after expect(). */
static double largest_slope(const struct fit *fit, size_t *ret_item)
{
	double most = 0;

	for (size_t j = 0; j < fit->k; j++) {
		double slope[PARAMS_MAX], info[PARAMS_MAX * PARAMS_MAX],
		    along[PARAMS_MAX];
		unsigned group[PARAMS_MAX], n;

		item_slope(fit, fit->counts + j * fit->categories * NODES, &fit->items[j],
		    &fit->curves[j], slope, info);
		n = group_unknowns(&fit->items[j], slope, group);
		group_slope(slope, group, fit->categories, along);
		for (unsigned i = 0; i < n; i++)
			if (fabs(along[i]) > most) {
				most = fabs(along[i]);
				*ret_item = j;
			}
	}
	return most;
}

/* ---- acceleration ---- */

static size_t unknowns(const struct fit *fit)
{
	return fit->k * fit->categories;
}

static void to_vector(const struct fit *fit, double *v)
{
	for (size_t j = 0; j < fit->k; j++) {
		*v++ = log(fit->items[j].a);
		for (unsigned k = 0; k + 1 < fit->categories; k++)
			*v++ = fit->items[j].c[k];
	}
}

static bool from_vector(struct fit *fit, const double *v)
{
	bool good = true;

	for (size_t j = 0; j < fit->k; j++) {
		fit->items[j].a = exp(*v++);
		for (unsigned k = 0; k + 1 < fit->categories; k++)
			fit->items[j].c[k] = *v++;
		good = good && in_bounds(&fit->items[j]);
	}
	return good;
}

struct path {
	double *from, *one, *two, *jump;
};

/* From three points of EM to a fourth, by squared extrapolation (Varadhan and Roland
 * 2008). Keeps the third when the jump leaves the bounds or lowers the objective. On
 * entry and exit the expectation belongs to the items. */
static void leap(struct fit *fit, const struct path *path)
{
	double first = 0, second = 0, reach, before = fit->objective;

	for (size_t i = 0; i < unknowns(fit); i++) {
		double r = path->one[i] - path->from[i];
		double v = path->two[i] - path->one[i] - r;

		first += r * r;
		second += v * v;
	}
	if (!(second > 0))
		return;
	reach = -fmax(1, sqrt(first / second));
	for (size_t i = 0; i < unknowns(fit); i++) {
		double r = path->one[i] - path->from[i];
		double v = path->two[i] - path->one[i] - r;

		path->jump[i] = path->from[i] - 2 * reach * r + reach * reach * v;
	}
	if (from_vector(fit, path->jump)) {
		expect(fit);
		if (fit->objective >= before)
			return;
	}
	from_vector(fit, path->two);
	expect(fit);
}

static void cycle(struct fit *fit, const struct path *path)
{
	to_vector(fit, path->from);
	maximise(fit);
	expect(fit);
	to_vector(fit, path->one);
	maximise(fit);
	expect(fit);
	to_vector(fit, path->two);
	leap(fit, path);
}

static void run(struct fit *fit, struct metod_arena *arena, struct metod_calibration *ret)
{
	size_t n = unknowns(fit);
	struct path path = {METOD_NEWS(arena, n, double), METOD_NEWS(arena, n, double),
	    METOD_NEWS(arena, n, double), METOD_NEWS(arena, n, double)};
	bool still = false;

	expect(fit);
	ret->max_gradient = largest_slope(fit, &ret->worst) / (double)fit->persons;
	while (!still && ret->iterations < CYCLES_MAX) {
		double before = fit->objective, rise;

		cycle(fit, &path);
		ret->iterations++;
		rise = (fit->objective - before) / (1 + fabs(fit->objective));
		ret->max_gradient =
		    largest_slope(fit, &ret->worst) / (double)fit->persons;
		still = rise < RISE_END && ret->max_gradient < SLACK_END;
	}
	ret->loglik = fit->loglik;
	ret->converged = ret->max_gradient <= METOD_GRADIENT_MAX;
}

/* ---- answers ---- */

static int compare_rows(const void *a, const void *b, void *bytes)
{
	return memcmp(a, b, *(size_t *)bytes);
}

/* Rows with an answer, sorted and equal ones put together: so the order of persons cannot
 * change a digit of the result. */
static void collapse(
    const struct metod_answers *answers, struct metod_arena *arena, struct fit *fit)
{
	size_t k = answers->k, n = 0;
	int8_t *rows = METOD_NEWS(arena, answers->n * k, int8_t);
	double *frequency = METOD_NEWS(arena, answers->n, double);

	for (size_t i = 0; i < answers->n; i++) {
		const int8_t *x = answers->values + i * k;
		bool any = false;

		for (size_t j = 0; j < k; j++) {
			rows[n * k + j] = x[j] < 0 ? METOD_ANSWER_NONE : x[j];
			any = any || x[j] >= 0;
		}
		n += any;
	}
	fit->persons = n;
	qsort_r(rows, n, k, compare_rows, &k);
	for (size_t i = 0; i < n; i++) {
		size_t last = fit->patterns_n;

		if (last && memcmp(rows + (last - 1) * k, rows + i * k, k) == 0) {
			frequency[last - 1]++;
			continue;
		}
		memmove(rows + last * k, rows + i * k, k);
		frequency[fit->patterns_n++] = 1;
	}
	fit->values = rows;
	fit->frequency = frequency;
}

static enum metod_err check_options(
    const struct metod_answers *answers, enum metod_prior prior, struct metod_error *err)
{
	for (size_t j = 0; j < answers->k; j++) {
		bool chosen[METOD_CATEGORIES_MAX] = {false};
		unsigned different = 0, missing = 0;

		for (size_t i = 0; i < answers->n; i++)
			if (answers->values[i * answers->k + j] >= 0)
				chosen[answers->values[i * answers->k + j]] = true;
		for (unsigned x = 0; x < answers->range; x++) {
			different += chosen[x];
			missing = chosen[x] ? missing : x;
		}
		if (different == 0)
			return metod_fail(
			    err, METOD_RANGE, answers->names[j], "has no answers");
		if (prior == METOD_PRIOR_NONE && different < answers->range)
			return metod_fail(err, METOD_RANGE, answers->names[j],
			    "nobody chose option %u of %u: without a prior its "
			    "threshold has no estimate",
			    missing + 1, answers->range);
	}
	return METOD_OK;
}

/* Slopes of 1 and thresholds at the shares of the answers. */
static struct metod_grm first_guess(const struct metod_answers *answers, size_t j)
{
	struct metod_grm item = {.a = 1, .categories = answers->range};
	double counts[METOD_CATEGORIES_MAX] = {0}, above = 0, all = 0;

	for (size_t i = 0; i < answers->n; i++)
		if (answers->values[i * answers->k + j] >= 0)
			counts[answers->values[i * answers->k + j]]++;
	for (unsigned x = 0; x < answers->range; x++)
		all += counts[x] + 1; /* nobody's option has a place too */
	for (unsigned x = answers->range; x-- > 1;) {
		above += counts[x] + 1;
		item.c[x - 1] = 1.2 * log(above / (all - above));
	}
	return item;
}

enum metod_err metod_calibrate(const struct metod_answers *answers,
    enum metod_prior prior, struct metod_arena *arena, struct metod_grm *ret_items,
    struct metod_calibration *ret, struct metod_error *err)
{
	struct fit fit = {.k = answers->k, .categories = answers->range, .prior = prior};
	struct metod_calibration result = {0};
	enum metod_err e = check_options(answers, prior, err);
	double sum = 0;

	assert(answers->k <= METOD_ITEMS_MAX && answers->range >= 2 &&
	    answers->range <= METOD_CATEGORIES_MAX);
	if (e)
		return e;
	collapse(answers, arena, &fit);
	fit.items = METOD_NEWS(arena, fit.k, struct metod_grm);
	fit.curves = METOD_NEWS(arena, fit.k, struct curves);
	fit.counts = METOD_NEWS(arena, fit.k * fit.categories * NODES, double);
	for (unsigned q = 0; q < NODES; q++) {
		fit.theta[q] = -GRID_END + 2 * GRID_END * q / (NODES - 1);
		fit.weight[q] = exp(-fit.theta[q] * fit.theta[q] / 2);
		sum += fit.weight[q];
	}
	for (unsigned q = 0; q < NODES; q++)
		fit.weight[q] /= sum;
	for (size_t j = 0; j < fit.k; j++)
		fit.items[j] = first_guess(answers, j);
	result.n = fit.persons;
	run(&fit, arena, &result);
	memcpy(ret_items, fit.items, fit.k * sizeof(*ret_items));
	*ret = result;
	return METOD_OK;
}
