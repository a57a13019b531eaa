/* SPDX-License-Identifier: Apache-2.0
 * Graded response model: posterior, cuts, information and the state of one competency.
 * Owns the formulas of method.md sections 4, 6 and 8; must not know forms, persons,
 * files. Invariant: state and interval of a cell never contradict each other. */
#include "metod/score.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define GRID_END 6.0
#define PROB_FLOOR 1e-12
#define PSD_MAX 0.70
#define SURE 0.80  /* a statement is made */
#define CLEAR 0.20 /* a statement is ruled out */

enum {
	THRESHOLDS_MAX = METOD_CATEGORIES_MAX - 1,
	RESCALE_EVERY =
	    16, /* factors of at least 1e-12 each: stays far above the underflow */
};

/* What the items say before anybody has answered. Arrays run over the nodes. */
struct metod_scale {
	const struct metod_grm *items;
	size_t n;
	struct metod_cuts cuts;
	bool fit;                      /* good parameters, and T reaches the cuts */
	double severe, need, resource; /* theta of the cuts */
	unsigned nodes;
	double h;
	double *theta, *prior;
	double *t;           /* T */
	double *short_of;    /* what T lacks of the target */
	const double **prob; /* of each item: categories x nodes; equal items share */
};

struct metod_grm metod_grm_design(void)
{
	return (struct metod_grm){
	    .a = 1.42,
	    .c = {2.556, 0.710, -1.136},
	    .categories = 4,
	};
}

enum metod_err metod_grm_check(const struct metod_grm *item, struct metod_error *err)
{
	if (item->categories < 2 || item->categories > METOD_CATEGORIES_MAX)
		return metod_fail(err, METOD_RANGE, "categories",
		    "an item has 2 to %d categories", METOD_CATEGORIES_MAX);
	if (!(item->a >= 0.05 && item->a <= 12))
		return metod_fail(err, METOD_RANGE, "a", "the slope is outside 0.05..12");
	for (unsigned k = 0; k + 1 < item->categories; k++) {
		if (!isfinite(item->c[k]))
			return metod_fail(
			    err, METOD_RANGE, "c", "threshold %u is not a number", k + 1);
		if (k > 0 && !(item->c[k] < item->c[k - 1]))
			return metod_fail(err, METOD_RANGE, "c",
			    "threshold %u does not fall below the one before it", k + 1);
	}
	return METOD_OK;
}

static double logistic(double x)
{
	return 1 / (1 + exp(-x));
}

/* P*_k(theta) with its two fixed ends, k = 0..categories. */
static double star_at(const struct metod_grm *item, unsigned k, double theta)
{
	if (k == 0)
		return 1;
	if (k >= item->categories)
		return 0;
	return logistic(item->a * theta + item->c[k - 1]);
}

double metod_grm_prob(const struct metod_grm *item, unsigned category, double theta)
{
	if (category >= item->categories)
		return PROB_FLOOR;
	double p = star_at(item, category, theta) - star_at(item, category + 1, theta);
	return p > PROB_FLOOR ? p : PROB_FLOOR;
}

/* ---- the scale ---- */

static void lay_grid(unsigned nodes, double *theta, double *prior)
{
	assert(nodes >= 3 && nodes <= METOD_NODES_MAX && nodes % 2 == 1);
	for (unsigned q = 0; q < nodes; q++) {
		theta[q] = ((double)q - (nodes - 1) / 2.0) * 2 * GRID_END / (nodes - 1);
		prior[q] = exp(-theta[q] * theta[q] / 2);
	}
}

static bool same_item(const struct metod_grm *x, const struct metod_grm *y)
{
	if (x->categories != y->categories || x->a != y->a)
		return false;
	for (unsigned k = 0; k + 1 < x->categories; k++)
		if (x->c[k] != y->c[k])
			return false;
	return true;
}

static const double *draw_curves(const struct metod_scale *scale,
    const struct metod_grm *item, struct metod_arena *arena)
{
	double *prob =
	    metod_arena_array(arena, item->categories * scale->nodes, sizeof(*prob));

	for (unsigned x = 0; x < item->categories; x++)
		for (unsigned q = 0; q < scale->nodes; q++)
			prob[x * scale->nodes + q] =
			    metod_grm_prob(item, x, scale->theta[q]);
	return prob;
}

static void draw_scale(struct metod_scale *scale, struct metod_arena *arena)
{
	for (size_t j = 0; j < scale->n; j++) {
		size_t i = 0;
		while (!same_item(&scale->items[i], &scale->items[j]))
			i++;
		scale->prob[j] =
		    i < j ? scale->prob[i] : draw_curves(scale, &scale->items[j], arena);
	}
	for (unsigned q = 0; q < scale->nodes; q++) {
		scale->t[q] =
		    metod_expected_score(scale->items, scale->n, scale->theta[q]);
		scale->short_of[q] = fmax(0, scale->cuts.target - scale->t[q]);
	}
}

static bool params_ok(const struct metod_grm *items, size_t n)
{
	for (size_t j = 0; j < n; j++)
		if (metod_grm_check(&items[j], NULL) != METOD_OK)
			return false;
	return n > 0;
}

const struct metod_scale *metod_scale_new(const struct metod_grm *items, size_t n,
    const struct metod_cuts *cuts, unsigned nodes, struct metod_arena *arena)
{
	struct metod_scale *scale = METOD_NEW(arena, struct metod_scale);
	struct metod_grm *own = METOD_NEWS(arena, n + 1, struct metod_grm);

	if (n)
		memcpy(own, items, n * sizeof(*own));
	*scale = (struct metod_scale){.items = own,
	    .n = n,
	    .cuts = *cuts,
	    .nodes = nodes,
	    .h = 2 * GRID_END / (nodes - 1),
	    .theta = METOD_NEWS(arena, nodes, double),
	    .prior = METOD_NEWS(arena, nodes, double),
	    .t = METOD_NEWS(arena, nodes, double),
	    .short_of = METOD_NEWS(arena, nodes, double),
	    .prob = METOD_NEWS(arena, n + 1, const double *)};
	lay_grid(nodes, scale->theta, scale->prior);
	if (!params_ok(own, n))
		return scale;
	draw_scale(scale, arena);
	scale->fit = metod_cut_theta(own, n, cuts->severe, &scale->severe) &&
	    metod_cut_theta(own, n, cuts->need, &scale->need) &&
	    metod_cut_theta(own, n, cuts->resource, &scale->resource);
	return scale;
}

/* ---- posterior ---- */

static void rescale(struct metod_posterior *post)
{
	double max = 0;
	for (unsigned q = 0; q < post->nodes; q++)
		if (post->weight[q] > max)
			max = post->weight[q];
	for (unsigned q = 0; q < post->nodes; q++)
		post->weight[q] /= max;
}

static void settle(const double *theta, struct metod_posterior *post)
{
	double sum = 0, first = 0, second = 0;
	for (unsigned q = 0; q < post->nodes; q++) {
		double weight = post->weight[q], moment = weight * theta[q];
		post->below[q] = sum;
		sum += weight;
		first += moment;
		second += moment * theta[q];
	}
	for (unsigned q = 0; q < post->nodes; q++) {
		post->weight[q] *= 1 / sum;
		post->below[q] *= 1 / sum;
	}
	post->eap = first / sum;
	post->psd = sqrt(fmax(0, second / sum - post->eap * post->eap));
}

static bool is_answer(const struct metod_grm *item, int x)
{
	return x >= 0 && (unsigned)x < item->categories;
}

void metod_score_posterior(
    const struct metod_scale *scale, const int *answers, struct metod_posterior *ret)
{
	unsigned used = 0;

	ret->nodes = scale->nodes;
	ret->h = scale->h;
	memcpy(ret->weight, scale->prior, scale->nodes * sizeof(*ret->weight));
	for (size_t j = 0; j < scale->n; j++) {
		if (!is_answer(&scale->items[j], answers[j]))
			continue;
		const double *p = scale->prob[j] + (unsigned)answers[j] * scale->nodes;
		for (unsigned q = 0; q < ret->nodes; q++)
			ret->weight[q] *= p[q];
		if (++used % RESCALE_EVERY == 0)
			rescale(ret);
	}
	settle(scale->theta, ret);
}

/* Every node stands for a bin of width h in which the weight is spread evenly. */
double metod_posterior_below(const struct metod_posterior *post, double cut)
{
	double bins = (cut + GRID_END) / post->h + 0.5;

	if (!(bins > 0))
		return 0;
	if (bins >= post->nodes)
		return 1;
	unsigned q = (unsigned)bins;
	return fmin(1, post->below[q] + post->weight[q] * (bins - q));
}

/* Inverse of metod_posterior_below. */
static double quantile(const struct metod_posterior *post, double p)
{
	unsigned q = 0;

	while (q + 1 < post->nodes && post->below[q + 1] < p)
		q++;
	double bins = q + (p - post->below[q]) / post->weight[q];
	return (bins - 0.5) * post->h - GRID_END;
}

/* ---- expected score, cuts, information ---- */

static double score_and_slope(
    const struct metod_grm *items, size_t n, double theta, double *ret_slope)
{
	double score = 0, slope = 0;
	const struct metod_grm *known = NULL;
	double item_score = 0, item_slope = 0;

	for (size_t j = 0; j < n; j++) {
		if (!known || !same_item(known, &items[j])) {
			item_score = item_slope = 0;
			for (unsigned k = 1; k < items[j].categories; k++) {
				double s = star_at(&items[j], k, theta);
				item_score += s;
				item_slope += items[j].a * s * (1 - s);
			}
		}
		known = &items[j];
		score += item_score;
		slope += item_slope;
	}
	*ret_slope = n ? slope / (double)n : 0;
	return n ? score / (double)n : 0;
}

double metod_expected_score(const struct metod_grm *items, size_t n, double theta)
{
	double slope;
	return score_and_slope(items, n, theta, &slope);
}

/* Root of T = tau between lo and hi, where T(lo) <= tau <= T(hi): Newton steps from
 * theta, halving where one would leave the bracket. T rises, so the bracket shrinks on
 * every turn. */
static double find_root(const struct metod_grm *items, size_t n, double tau, double lo,
    double hi, double theta)
{
	for (int turn = 0; turn < 200 && hi - lo > 1e-12; turn++) {
		double slope;
		double gap = score_and_slope(items, n, theta, &slope) - tau;
		if (gap > 0)
			hi = theta;
		else
			lo = theta;
		double next = slope > 0 ? theta - gap / slope : lo;
		if (fabs(next - theta) < 1e-12)
			return next;
		theta = next > lo && next < hi ? next : (lo + hi) / 2;
	}
	return theta;
}

bool metod_cut_theta(
    const struct metod_grm *items, size_t n, double tau, double *ret_theta)
{
	if (n == 0 || !(metod_expected_score(items, n, -GRID_END) <= tau) ||
	    !(metod_expected_score(items, n, GRID_END) >= tau))
		return false;
	*ret_theta = find_root(items, n, tau, -GRID_END, GRID_END, 0);
	return true;
}

double metod_information(const struct metod_grm *items, size_t n, double theta)
{
	double sum = 0;
	for (size_t j = 0; j < n; j++) {
		const struct metod_grm *item = &items[j];
		double slope_above = 0; /* dP*_k of the category's lower end */
		for (unsigned x = 0; x < item->categories; x++) {
			double s = star_at(item, x + 1, theta);
			double slope = item->a * s * (1 - s);
			double rise = slope_above - slope;
			sum += rise * rise / metod_grm_prob(item, x, theta);
			slope_above = slope;
		}
	}
	return sum;
}

/* Distribution of the sum at one theta, item by item; returns the highest sum. */
static size_t sum_distribution(
    const struct metod_grm *items, size_t n, double theta, double *p)
{
	size_t top = 0;
	p[0] = 1;
	for (size_t j = 0; j < n; j++) {
		double next[METOD_ITEMS_MAX * THRESHOLDS_MAX + 1] = {0};
		for (unsigned x = 0; x < items[j].categories; x++) {
			double px = metod_grm_prob(&items[j], x, theta);
			for (size_t s = 0; s <= top; s++)
				next[s + x] += p[s] * px;
		}
		top += items[j].categories - 1;
		memcpy(p, next, (top + 1) * sizeof(*p));
	}
	return top;
}

void metod_eap_for_sums(const struct metod_grm *items, size_t n, double *ret)
{
	double p[METOD_ITEMS_MAX * THRESHOLDS_MAX + 1];
	double mass[METOD_ITEMS_MAX * THRESHOLDS_MAX + 1] = {0};
	double theta[METOD_NODES], prior[METOD_NODES];
	size_t top = 0;

	assert(n <= METOD_ITEMS_MAX);
	lay_grid(METOD_NODES, theta, prior);
	for (size_t j = 0; j < n; j++)
		top += items[j].categories - 1;
	for (size_t s = 0; s <= top; s++)
		ret[s] = 0;
	for (unsigned q = 0; q < METOD_NODES; q++) {
		sum_distribution(items, n, theta[q], p);
		for (size_t s = 0; s <= top; s++) {
			mass[s] += prior[q] * p[s];
			ret[s] += prior[q] * p[s] * theta[q];
		}
	}
	for (size_t s = 0; s <= top; s++)
		ret[s] /= mass[s];
}

/* ---- one competency of one sheet ---- */

static void count_answers(
    const struct metod_grm *items, const int *answers, size_t n, struct metod_cell *cell)
{
	double sum = 0;
	for (size_t j = 0; j < n; j++) {
		if (answers[j] == METOD_ANSWER_UNSHOWN)
			continue;
		cell->shown++;
		if (answers[j] == METOD_ANSWER_NP) {
			cell->np++;
		} else if (answers[j] == METOD_ANSWER_CANNOT) {
			cell->cannot++;
		} else if (is_answer(&items[j], answers[j])) {
			cell->answered++;
			sum += answers[j];
		} else {
			cell->none++;
		}
	}
	if (cell->answered > 0)
		cell->mean = sum / cell->answered;
}

/* An item that is not part of the teacher's work leaves the denominator, an omitted one
 * stays. */
static bool few_answers(const struct metod_cell *cell)
{
	unsigned k = cell->shown - cell->np;
	unsigned needed = (6 * k + 9) / 10;
	return cell->answered < (needed > 3 ? needed : 3);
}

/* The 80 % quantile lies below a cut exactly when P(T < cut) >= .80, and so on. The two
 * sides are computed by different sums: the last digits of the interval follow the
 * probability. */
static void agree(
    double cut, bool surely_below, bool surely_above, struct metod_cell *cell)
{
	if (surely_below)
		cell->t_hi = fmin(cell->t_hi, cut);
	else if (cell->t_hi <= cut)
		cell->t_hi = nextafter(cut, INFINITY);
	if (surely_above)
		cell->t_lo = fmax(cell->t_lo, cut);
	else if (cell->t_lo >= cut)
		cell->t_lo = nextafter(cut, -INFINITY);
}

static void fill_numbers(
    const struct metod_scale *scale, const int *answers, struct metod_cell *cell)
{
	const struct metod_cuts *cuts = &scale->cuts;
	struct metod_posterior post;

	metod_score_posterior(scale, answers, &post);
	cell->eap = post.eap;
	cell->psd = post.psd;
	cell->p_severe = metod_posterior_below(&post, scale->severe);
	cell->p_need = metod_posterior_below(&post, scale->need);
	cell->p_resource = 1 - metod_posterior_below(&post, scale->resource);
	for (unsigned q = 0; q < post.nodes; q++)
		cell->need += post.weight[q] * scale->short_of[q];
	cell->t = metod_expected_score(scale->items, scale->n, post.eap);
	cell->t_lo = metod_expected_score(scale->items, scale->n, quantile(&post, CLEAR));
	cell->t_hi = metod_expected_score(scale->items, scale->n, quantile(&post, SURE));
	agree(cuts->severe, cell->p_severe >= SURE, cell->p_severe <= CLEAR, cell);
	agree(cuts->need, cell->p_need >= SURE, cell->p_need <= CLEAR, cell);
	agree(cuts->resource, cell->p_resource <= CLEAR, cell->p_resource >= SURE, cell);
}

static int nearest_anchor(double t)
{
	return t >= 2.5 ? 3 : t >= 1.5 ? 2 : t >= 0.5 ? 1 : 0;
}

void metod_score_cell(
    const struct metod_scale *scale, const int *answers, struct metod_cell *ret)
{
	struct metod_cell cell = {.level = -1};

	count_answers(scale->items, answers, scale->n, &cell);
	if (scale->fit)
		fill_numbers(scale, answers, &cell);
	if (2 * cell.np > cell.shown) {
		cell.state = METOD_STATE_NOT_IN_WORK;
	} else if (!scale->fit) {
		cell.reason = METOD_REASON_NO_PARAMS;
	} else if (few_answers(&cell)) {
		cell.reason = METOD_REASON_FEW_ANSWERS;
	} else if (cell.psd > PSD_MAX) {
		cell.reason = METOD_REASON_UNCERTAIN;
	} else {
		cell.state = cell.p_need >= SURE ? METOD_STATE_NEED
		    : cell.p_need <= CLEAR       ? METOD_STATE_OK
						 : METOD_STATE_UNCLEAR;
		cell.level = nearest_anchor(cell.t);
	}
	*ret = cell;
}
