/* SPDX-License-Identifier: Apache-2.0
 * Scoring against published reference numbers (public data set bfi, design set "0") and
 * by properties over random items. Links lib/base and score.c only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>

#include "metod/score.h"

#define NA METOD_ANSWER_NONE
#define NP METOD_ANSWER_NP
#define CANNOT METOD_ANSWER_CANNOT
#define UNSHOWN METOD_ANSWER_UNSHOWN

static const struct metod_cuts cuts = {0.5, 1.5, 2.5, 2.0};

/* ---- a scale for one sheet ---- */

static struct metod_arena *arena;

static void posterior_of(const struct metod_grm *items, const int *answers, size_t n,
    unsigned nodes, struct metod_posterior *ret)
{
	metod_arena_clear(arena);
	metod_score_posterior(
	    metod_scale_new(items, n, &cuts, nodes, arena), answers, ret);
}

static void cell_of(const struct metod_grm *items, const int *answers, size_t n,
    const struct metod_cuts *of, struct metod_cell *ret)
{
	metod_arena_clear(arena);
	metod_score_cell(metod_scale_new(items, n, of, METOD_NODES, arena), answers, ret);
}

static void close_to(const char *what, double is, double wanted, double tolerance)
{
	if (!(fabs(is - wanted) <= tolerance))
		fail_msg("%s: %.9f, wanted %.9f +- %g", what, is, wanted, tolerance);
}

/* ---- the bfi neuroticism items with fixed parameters ---- */

static void bfi_items(struct metod_grm items[5])
{
	static const double a[5] = {3.13565, 2.89747, 2.03258, 1.27927, 1.11575};
	static const double b[5][5] = {
	    {-.81644, -.09746, .33506, .97068, 1.70273},
	    {-1.36815, -.55971, -.12018, .63735, 1.46637},
	    {-1.19231, -.29999, .11239, .86695, 1.76355},
	    {-1.57035, -.36497, .23111, 1.21519, 2.24876},
	    {-1.30177, -.12987, .48039, 1.45343, 2.50733},
	};
	for (int j = 0; j < 5; j++) {
		items[j] = (struct metod_grm){.a = a[j], .categories = 6};
		for (int k = 0; k < 5; k++)
			items[j].c[k] = -a[j] * b[j][k];
	}
}

/* Answers 1..6 of the data set, 0: missing. */
static const struct {
	int answers[5];
	double eap, psd, below_cut50, below_minus1, wle, wle_se;
} patterns[] = {
    {{1, 1, 1, 1, 1}, -2.0252153, .5445752, .9999997, .9834706, -2.4922919, .9473144},
    {{6, 6, 6, 6, 6}, 2.4478248, .521261, 8e-07, 0, 3.4866048, 1.2407634},
    {{3, 3, 3, 3, 3}, -.0696866, .3028962, .8803096, .0015484, -.0760664, .3603815},
    {{1, 2, 1, 2, 0}, -1.184256, .3838872, .99992, .6809408, -1.2787525, .4298761},
    {{2, 4, 4, 0, 1}, -.0989141, .3503388, .8646829, .0061302, -.1063237, .3733261},
    {{4, 5, 3, 2, 0}, .4547776, .3462261, .3024234, 8.3e-05, .5236288, .3742262},
    {{5, 2, 4, 1, 6}, .2773507, .4465835, .4990694, .0023603, .3731455, .362988},
    {{1, 6, 1, 6, 1}, -.4365573, .5442822, .9021288, .1431297, -.6616943, .368853},
    {{2, 2, 2, 2, 2}, -.6493501, .3205698, .997539, .134248, -.7121888, .370219},
    {{5, 5, 5, 4, 4}, 1.0529711, .3205829, .0100263, 0, 1.1716029, .3712545},
    {{0, 0, 3, 0, 0}, -.0564285, .6313139, .711779, .0653708, -.087834, .8779161},
};

static void fixed_parameters_give_the_reference_scores(void **state)
{
	static const struct {
		unsigned nodes;
		double cut50, minus1;
	} grids[] = {{METOD_NODES, 3e-3, 3e-3}, {241, 3e-4, 1e-3}};
	struct metod_grm items[5];
	struct metod_posterior post;
	(void)state;

	bfi_items(items);
	for (size_t g = 0; g < METOD_LEN(grids); g++) {
		for (size_t i = 0; i < METOD_LEN(patterns); i++) {
			int answers[5];
			for (int j = 0; j < 5; j++)
				answers[j] = patterns[i].answers[j] - 1;
			posterior_of(items, answers, 5, grids[g].nodes, &post);
			close_to("eap", post.eap, patterns[i].eap, 2e-5);
			close_to("psd", post.psd, patterns[i].psd, 2e-5);
			close_to("below cut50",
			    metod_posterior_below(&post, .28247639372),
			    patterns[i].below_cut50, grids[g].cut50);
			close_to("below -1", metod_posterior_below(&post, -1),
			    patterns[i].below_minus1, grids[g].minus1);
		}
	}
}

static void cut50_is_where_half_of_the_score_is_expected(void **state)
{
	struct metod_grm items[5];
	double theta = 0;
	(void)state;

	bfi_items(items);
	assert_true(metod_cut_theta(items, 5, 2.5, &theta));
	close_to("cut50", theta, .28247639372, 1e-9);
	close_to("T", metod_expected_score(items, 5, theta), 2.5, 1e-10);
}

/* The reference gives SE = 1/sqrt(I) at its own WLE. */
static void information_gives_the_reference_standard_error(void **state)
{
	struct metod_grm all[5], items[5];
	(void)state;

	bfi_items(all);
	for (size_t i = 0; i < METOD_LEN(patterns); i++) {
		size_t n = 0;
		for (int j = 0; j < 5; j++)
			if (patterns[i].answers[j] > 0)
				items[n++] = all[j];
		double info = metod_information(items, n, patterns[i].wle);
		close_to("SE", 1 / sqrt(info), patterns[i].wle_se, 1e-5);
	}
}

static void every_sum_has_the_reference_score(void **state)
{
	static const double wanted[26] = {-2.02520439, -1.62571625, -1.33743954,
	    -1.13585784, -.95768207, -.79376623, -.63730701, -.48978807, -.34889164,
	    -.21256036, -.07921271, .05215358, .18229171, .31196173, .44224934, .57388727,
	    .70808009, .84588245, .98930974, 1.1403987, 1.30120035, 1.47206345,
	    1.65692535, 1.87714756, 2.11581447, 2.4477993};
	struct metod_grm items[5];
	double eap[26];
	(void)state;

	bfi_items(items);
	metod_eap_for_sums(items, 5, eap);
	for (int s = 0; s < 26; s++)
		close_to("eap for sum", eap[s], wanted[s], 1e-4);
}

/* ---- the design set ---- */

static void design_items(struct metod_grm *items, size_t n)
{
	for (size_t j = 0; j < n; j++)
		items[j] = metod_grm_design();
}

static void design_cuts_are_the_printed_ones(void **state)
{
	static const struct {
		double tau, theta;
	} rows[] = {{1.0, -1.24051026}, {1.5, -.5}, {2.0, .24051026}, {2.5, 1.10949884}};
	struct metod_grm items[3];
	(void)state;

	design_items(items, 3);
	for (size_t i = 0; i < METOD_LEN(rows); i++) {
		double theta = 0;
		assert_true(metod_cut_theta(items, 3, rows[i].tau, &theta));
		close_to("cut", theta, rows[i].theta, 1e-8);
	}
}

static void design_set_reproduces_its_table(void **state)
{
	static const struct {
		int answers[6];
		size_t n;
		double eap, psd, below1, below2, resource, need;
	} rows[] = {
	    {{0, 0, 0}, 3, -1.946077, .666336, .859014, .999256, .000010, 1.368021},
	    {{1, 1, 1}, 3, -.797831, .557571, .212303, .966557, .000690, .702740},
	    {{1, 2, 2}, 3, -.183349, .568275, .031364, .774526, .012394, .335861},
	    {{2, 2, 2}, 3, .104403, .551412, .008150, .598210, .034439, .197439},
	    {{2, 3, 3}, 3, .859048, .630244, .000492, .160052, .339411, .035228},
	    {{3, 3, 3}, 3, 1.402526, .689454, .000055, .040943, .659151, .007416},
	    {{2, 2, 2, 2, 2, 2}, 6, .123797, .417974, .000724, .610680, .009792, .154867},
	    {{3, 3, 3, 3, 3, 3}, 6, 1.840495, .604218, 0, .001790, .893778, .000183},
	    {{NA, NA, NA}, 3, 0, 1, .107397, .595036, .133796, .352881},
	};
	struct metod_grm items[6];
	struct metod_posterior post;
	struct metod_cell cell;
	(void)state;

	design_items(items, 6);
	for (size_t i = 0; i < METOD_LEN(rows); i++) {
		double at1 = 0, at2 = 0;
		assert_true(metod_cut_theta(items, rows[i].n, 1.0, &at1));
		assert_true(metod_cut_theta(items, rows[i].n, 2.0, &at2));
		posterior_of(items, rows[i].answers, rows[i].n, METOD_NODES, &post);
		cell_of(items, rows[i].answers, rows[i].n, &cuts, &cell);
		close_to("eap", post.eap, rows[i].eap, 1e-6);
		close_to("psd", post.psd, rows[i].psd, 1e-6);
		close_to(
		    "P(T<1)", metod_posterior_below(&post, at1), rows[i].below1, 1e-6);
		close_to(
		    "P(T<2)", metod_posterior_below(&post, at2), rows[i].below2, 1e-6);
		close_to("cell eap", cell.eap, rows[i].eap, 1e-6);
		close_to("cell psd", cell.psd, rows[i].psd, 1e-6);
		close_to("P(T>=2.5)", cell.p_resource, rows[i].resource, 1e-6);
		close_to("need", cell.need, rows[i].need, 1e-6);
	}
}

/* ---- states ---- */

static void a_cell_gets_the_state_of_the_rules(void **state)
{
	static const struct {
		const char *name;
		int answers[8];
		size_t n;
		enum metod_state state;
		enum metod_no_data reason;
		int level;
	} rows[] = {
	    {"six zeros are a need at the lowest level", {0, 0, 0, 0, 0, 0}, 6,
		METOD_STATE_NEED, 0, 0},
	    {"three zeros are a need, drawn towards the middle", {0, 0, 0}, 3,
		METOD_STATE_NEED, 0, 1},
	    {"six ones are a need", {1, 1, 1, 1, 1, 1}, 6, METOD_STATE_NEED, 0, 1},
	    {"three ones stay unclear", {1, 1, 1}, 3, METOD_STATE_UNCLEAR, 0, 1},
	    {"between the cuts is unclear", {1, 2, 1}, 3, METOD_STATE_UNCLEAR, 0, 2},
	    {"twos are no need", {2, 2, 2}, 3, METOD_STATE_OK, 0, 2},
	    {"threes are no need", {3, 3, 3}, 3, METOD_STATE_OK, 0, 3},
	    {"two answers are too few", {2, 2, NA}, 3, METOD_STATE_NO_DATA,
		METOD_REASON_FEW_ANSWERS, -1},
	    {"cannot judge counts like an omitted item", {2, 2, CANNOT}, 3,
		METOD_STATE_NO_DATA, METOD_REASON_FEW_ANSWERS, -1},
	    {"three of six are too few", {2, 2, 2, NA, NA, NA}, 6, METOD_STATE_NO_DATA,
		METOD_REASON_FEW_ANSWERS, -1},
	    {"four of six are enough", {2, 2, 2, 2, NA, NA}, 6, METOD_STATE_OK, 0, 2},
	    {"not in the work leaves the denominator", {2, 2, 2, NP, NP, NA}, 6,
		METOD_STATE_OK, 0, 2},
	    {"an unreached second stage is not an omission",
		{2, 2, 2, UNSHOWN, UNSHOWN, UNSHOWN}, 6, METOD_STATE_OK, 0, 2},
	    {"half not in the work is still a result", {2, 2, 2, NP, NP, NP}, 6,
		METOD_STATE_OK, 0, 2},
	    {"more than half is not in the work", {2, 2, NP, NP, NP}, 5,
		METOD_STATE_NOT_IN_WORK, 0, -1},
	    {"two of three are not in the work", {2, NP, NP}, 3, METOD_STATE_NOT_IN_WORK,
		0, -1},
	    {"nothing answered", {NA, NA, NA}, 3, METOD_STATE_NO_DATA,
		METOD_REASON_FEW_ANSWERS, -1},
	    {"an answer outside the scale is none", {2, 2, 4}, 3, METOD_STATE_NO_DATA,
		METOD_REASON_FEW_ANSWERS, -1},
	    {"no items", {0}, 0, METOD_STATE_NO_DATA, METOD_REASON_NO_PARAMS, -1},
	};
	struct metod_grm items[8];
	(void)state;

	design_items(items, 8);
	for (size_t i = 0; i < METOD_LEN(rows); i++) {
		struct metod_cell cell;
		cell_of(items, rows[i].answers, rows[i].n, &cuts, &cell);
		if (cell.state != rows[i].state || cell.reason != rows[i].reason ||
		    cell.level != rows[i].level)
			fail_msg("%s: state %d reason %d level %d", rows[i].name,
			    cell.state, cell.reason, cell.level);
	}
}

static void a_cell_counts_every_kind_of_answer(void **state)
{
	static const int answers[8] = {3, 2, 1, NA, NP, NP, CANNOT, UNSHOWN};
	struct metod_grm items[8];
	struct metod_cell cell;
	(void)state;

	design_items(items, 8);
	cell_of(items, answers, 8, &cuts, &cell);
	assert_int_equal(cell.shown, 7);
	assert_int_equal(cell.answered, 3);
	assert_int_equal(cell.np, 2);
	assert_int_equal(cell.cannot, 1);
	assert_int_equal(cell.none, 1);
	close_to("mean", cell.mean, 2, 0);
}

static void unfit_parameters_give_no_data(void **state)
{
	static const int answers[3] = {2, 2, 2};
	struct metod_grm items[3];
	struct metod_cell cell;
	(void)state;

	/* Flat items: T stays between 1 and 2, so that the outer cuts have no root. */
	for (int j = 0; j < 3; j++)
		items[j] =
		    (struct metod_grm){.a = .05, .c = {.5, 0, -.5}, .categories = 4};
	cell_of(items, answers, 3, &cuts, &cell);
	assert_int_equal(cell.state, METOD_STATE_NO_DATA);
	assert_int_equal(cell.reason, METOD_REASON_NO_PARAMS);

	design_items(items, 3);
	items[1].c[0] = NAN;
	cell_of(items, answers, 3, &cuts, &cell);
	assert_int_equal(cell.reason, METOD_REASON_NO_PARAMS);
}

static void a_wide_posterior_gives_no_data(void **state)
{
	static const int answers[3] = {3, 3, 3};
	struct metod_grm items[3];
	struct metod_cell cell;
	(void)state;

	for (int j = 0; j < 3; j++)
		items[j] = (struct metod_grm){
		    .a = 1.2, .c = {2.556, .710, -1.136}, .categories = 4};
	cell_of(items, answers, 3, &cuts, &cell);
	assert_true(cell.psd > .70);
	assert_int_equal(cell.reason, METOD_REASON_UNCERTAIN);
	assert_int_equal(cell.level, -1);
}

static void trouble_in_an_item_is_named(void **state)
{
	static const struct {
		struct metod_grm item;
		enum metod_err code;
		const char *field;
	} rows[] = {
	    {{1.42, {2.5, .7, -1.1}, 4}, METOD_OK, ""},
	    {{.05, {2.5, .7, -1.1}, 4}, METOD_OK, ""},
	    {{.049, {2.5, .7, -1.1}, 4}, METOD_RANGE, "a"},
	    {{12.1, {2.5, .7, -1.1}, 4}, METOD_RANGE, "a"},
	    {{NAN, {2.5, .7, -1.1}, 4}, METOD_RANGE, "a"},
	    {{1.42, {2.5, 2.5, -1.1}, 4}, METOD_RANGE, "c"},
	    {{1.42, {2.5, .7, INFINITY}, 4}, METOD_RANGE, "c"},
	    {{1.42, {2.5}, 2}, METOD_OK, ""},
	    {{1.42, {0}, 1}, METOD_RANGE, "categories"},
	    {{1.42, {0}, 9}, METOD_RANGE, "categories"},
	};
	(void)state;

	for (size_t i = 0; i < METOD_LEN(rows); i++) {
		struct metod_error err = {0};
		assert_int_equal(metod_grm_check(&rows[i].item, &err), rows[i].code);
		assert_string_equal(err.field, rows[i].field);
	}
}

/* ---- properties ---- */

static unsigned below(uint64_t *rng, unsigned n)
{
	return (unsigned)(metod_rand64(rng) % n);
}

static struct metod_grm random_item(uint64_t *rng)
{
	struct metod_grm item = {.categories = 4};
	item.a = .6 + 2.4 * metod_rand_unit(rng);
	item.c[0] = 1 + 3 * metod_rand_unit(rng);
	item.c[1] = item.c[0] - .2 - 2 * metod_rand_unit(rng);
	item.c[2] = item.c[1] - .2 - 2 * metod_rand_unit(rng);
	return item;
}

/* P(below tau) >= .80 exactly when the interval ends at or below tau, and the mirror
 * image. */
static void interval_and_state_agree(void **state)
{
	uint64_t rng = 11;
	size_t seen[5] = {0};
	(void)state;

	for (int round = 0; round < 20000; round++) {
		struct metod_grm items[6];
		int answers[6];
		size_t n = 3 + below(&rng, 4);
		struct metod_cell cell;
		for (size_t j = 0; j < n; j++) {
			items[j] = random_item(&rng);
			answers[j] = (int)below(&rng, 5) - 1;
		}
		cell_of(items, answers, n, &cuts, &cell);
		seen[cell.state]++;
		if (cell.reason == METOD_REASON_NO_PARAMS)
			continue;
		assert_int_equal(cell.p_severe >= .80, cell.t_hi <= .5);
		assert_int_equal(cell.p_severe <= .20, cell.t_lo >= .5);
		assert_int_equal(cell.p_need >= .80, cell.t_hi <= 1.5);
		assert_int_equal(cell.p_need <= .20, cell.t_lo >= 1.5);
		assert_int_equal(cell.p_resource >= .80, cell.t_lo >= 2.5);
		assert_int_equal(cell.p_resource <= .20, cell.t_hi <= 2.5);
		assert_true(cell.t_lo < cell.t_hi);
		assert_true(
		    cell.p_severe <= cell.p_need && cell.p_need <= 1 - cell.p_resource);
		assert_true(cell.need >= 0 && cell.need <= 2);
	}
	assert_true(seen[METOD_STATE_NEED] > 100 && seen[METOD_STATE_OK] > 100);
	assert_true(seen[METOD_STATE_UNCLEAR] > 100 && seen[METOD_STATE_NO_DATA] > 100);
}

/* A cut laid on the very end of an interval: picture and word still agree. */
static void interval_and_state_agree_at_the_edge(void **state)
{
	uint64_t rng = 18;
	size_t sides[2] = {0};
	(void)state;

	for (int round = 0; round < 2000; round++) {
		struct metod_grm items[3];
		int answers[3];
		struct metod_cell cell;
		struct metod_cuts edge = cuts;
		for (int j = 0; j < 3; j++) {
			items[j] = random_item(&rng);
			answers[j] = (int)below(&rng, 4);
		}
		cell_of(items, answers, 3, &cuts, &cell);
		if (cell.reason == METOD_REASON_NO_PARAMS)
			continue;
		edge.need = round % 2 ? cell.t_hi : cell.t_lo;
		cell_of(items, answers, 3, &edge, &cell);
		assert_int_equal(cell.p_need >= .80, cell.t_hi <= edge.need);
		assert_int_equal(cell.p_need <= .20, cell.t_lo >= edge.need);
		close_to("end", round % 2 ? cell.t_hi : cell.t_lo, edge.need, 1e-9);
		sides[cell.p_need >= .80 || cell.p_need <= .20]++;
	}
	assert_true(sides[0] > 100 && sides[1] > 100);
}

/* The interval is the posterior's own: its ends hold 20 % and 80 %. */
static void interval_ends_hold_a_fifth_on_either_side(void **state)
{
	uint64_t rng = 12;
	(void)state;

	for (int round = 0; round < 500; round++) {
		struct metod_grm items[4];
		int answers[4];
		struct metod_posterior post;
		struct metod_cell cell;
		double lo, hi;
		for (int j = 0; j < 4; j++) {
			items[j] = random_item(&rng);
			answers[j] = (int)below(&rng, 4);
		}
		cell_of(items, answers, 4, &cuts, &cell);
		if (cell.reason == METOD_REASON_NO_PARAMS)
			continue;
		posterior_of(items, answers, 4, METOD_NODES, &post);
		assert_true(metod_cut_theta(items, 4, cell.t_lo, &lo));
		assert_true(metod_cut_theta(items, 4, cell.t_hi, &hi));
		close_to(
		    "below the lower end", metod_posterior_below(&post, lo), .2, 1e-8);
		close_to(
		    "below the upper end", metod_posterior_below(&post, hi), .8, 1e-8);
	}
}

static void order_of_items_changes_nothing(void **state)
{
	uint64_t rng = 13;
	(void)state;

	for (int round = 0; round < 300; round++) {
		struct metod_grm items[5], mirror[5];
		int answers[5], mirror_answers[5];
		struct metod_cell x, y;
		for (int j = 0; j < 5; j++) {
			items[j] = mirror[4 - j] = random_item(&rng);
			answers[j] = mirror_answers[4 - j] = (int)below(&rng, 4);
		}
		cell_of(items, answers, 5, &cuts, &x);
		cell_of(mirror, mirror_answers, 5, &cuts, &y);
		assert_int_equal(x.state, y.state);
		close_to("eap", x.eap, y.eap, 1e-12);
		close_to("p_need", x.p_need, y.p_need, 1e-10);
	}
}

/* Reading every item and answer from the other end turns theta round. */
static void reversed_options_mirror_the_trait(void **state)
{
	uint64_t rng = 14;
	(void)state;

	for (int round = 0; round < 300; round++) {
		struct metod_grm items[4], mirror[4];
		int answers[4], mirror_answers[4];
		struct metod_posterior x, y;
		for (int j = 0; j < 4; j++) {
			items[j] = mirror[j] = random_item(&rng);
			for (int k = 0; k < 3; k++)
				mirror[j].c[k] = -items[j].c[2 - k];
			answers[j] = (int)below(&rng, 4);
			mirror_answers[j] = 3 - answers[j];
		}
		posterior_of(items, answers, 4, METOD_NODES, &x);
		posterior_of(mirror, mirror_answers, 4, METOD_NODES, &y);
		close_to("eap", x.eap, -y.eap, 1e-11);
		close_to("psd", x.psd, y.psd, 1e-11);
	}
}

/* With mirrored cuts the whole cell turns round: what was below is above. */
static void reversed_options_mirror_the_profile(void **state)
{
	uint64_t rng = 22;
	size_t measured = 0;
	(void)state;

	for (int round = 0; round < 300; round++) {
		struct metod_grm items[6], mirror[6];
		int answers[6], mirror_answers[6];
		struct metod_cell x, y;
		for (int j = 0; j < 6; j++) {
			items[j] = mirror[j] = random_item(&rng);
			for (int k = 0; k < 3; k++)
				mirror[j].c[k] = -items[j].c[2 - k];
			answers[j] = (int)below(&rng, 4);
			mirror_answers[j] = 3 - answers[j];
		}
		cell_of(items, answers, 6, &cuts, &x);
		cell_of(mirror, mirror_answers, 6, &cuts, &y);
		if (x.reason == METOD_REASON_NO_PARAMS)
			continue;
		measured++;
		close_to("t", x.t, 3 - y.t, 1e-9);
		close_to("interval", x.t_lo, 3 - y.t_hi, 1e-9);
		close_to("need", x.p_need, 1 - y.p_need, 1e-9); /* 1.5 is the middle */
		close_to("ends", x.p_severe, y.p_resource, 1e-9);
		close_to("mean", x.mean, 3 - y.mean, 1e-12);
		if (x.state == METOD_STATE_NEED)
			assert_int_equal(y.state, METOD_STATE_OK);
	}
	assert_true(measured > 250);
}

static void category_probabilities_sum_to_one(void **state)
{
	uint64_t rng = 15;
	(void)state;

	for (int round = 0; round < 1000; round++) {
		struct metod_grm item = random_item(&rng);
		double theta = 12 * metod_rand_unit(&rng) - 6, sum = 0, score = 0;
		for (unsigned x = 0; x < 4; x++) {
			sum += metod_grm_prob(&item, x, theta);
			score += x * metod_grm_prob(&item, x, theta);
		}
		close_to("sum", sum, 1, 1e-11);
		close_to("T", metod_expected_score(&item, 1, theta), score, 1e-10);
	}
}

/* The whole posterior sums to 1, and a higher cut never has less below it. */
static void the_posterior_sums_to_one_and_rises_with_the_cut(void **state)
{
	uint64_t rng = 20;
	(void)state;

	for (int round = 0; round < 300; round++) {
		struct metod_grm items[5];
		int answers[5];
		struct metod_posterior post;
		double sum = 0, before = 0;
		for (int j = 0; j < 5; j++) {
			items[j] = random_item(&rng);
			answers[j] = (int)below(&rng, 5) - 1;
		}
		posterior_of(items, answers, 5, METOD_NODES, &post);
		for (unsigned q = 0; q < post.nodes; q++)
			sum += post.weight[q];
		close_to("sum", sum, 1, 1e-12);
		for (double cut = -7; cut <= 7; cut += .037) {
			double p = metod_posterior_below(&post, cut);
			assert_true(p >= before - 1e-15 && p <= 1); /* rounding */
			before = p;
		}
		close_to("below everything", metod_posterior_below(&post, -6.06), 0, 0);
		close_to("below the end", before, 1, 0);
	}
}

/* Whatever the items: who answered nothing is anybody. */
static void no_answers_give_the_prior(void **state)
{
	static const int answers[5] = {NA, NP, CANNOT, UNSHOWN, NA};
	uint64_t rng = 21;
	(void)state;

	for (int round = 0; round < 100; round++) {
		struct metod_grm items[5];
		struct metod_posterior post;
		for (int j = 0; j < 5; j++)
			items[j] = random_item(&rng);
		posterior_of(items, answers, 5, METOD_NODES, &post);
		close_to("eap", post.eap, 0, 1e-12);
		close_to("psd", post.psd, 1, 1e-6);
		for (double cut = -3; cut <= 3; cut += .25)
			close_to("normal", metod_posterior_below(&post, cut),
			    erfc(-cut / sqrt(2)) / 2, 1e-3);
	}
}

/* ---- the plain formulas: nothing shared, nothing kept ---- */

static double plain_weight(
    const struct metod_grm *items, const int *answers, size_t n, double theta)
{
	double w = exp(-theta * theta / 2);
	for (size_t j = 0; j < n; j++)
		if (answers[j] >= 0)
			w *= metod_grm_prob(&items[j], (unsigned)answers[j], theta);
	return w;
}

/* Share of the posterior that lies in theta < cut; each node is a bin of width 0.1. */
static double plain_below(
    const struct metod_grm *items, const int *answers, size_t n, double cut)
{
	double all = 0, part = 0;
	for (int q = -60; q <= 60; q++) {
		double theta = q / 10.0, w = plain_weight(items, answers, n, theta);
		all += w;
		part += w * fmin(1, fmax(0, (cut - theta + .05) / .1));
	}
	return part / all;
}

static double plain_quantile(
    const struct metod_grm *items, const int *answers, size_t n, double p)
{
	double lo = -6.05, hi = 6.05;
	for (int turn = 0; turn < 60; turn++) {
		double middle = (lo + hi) / 2;
		if (plain_below(items, answers, n, middle) < p)
			lo = middle;
		else
			hi = middle;
	}
	return (lo + hi) / 2;
}

static double plain_below_score(
    const struct metod_grm *items, const int *answers, size_t n, double tau)
{
	double theta = 0;
	assert_true(metod_cut_theta(items, n, tau, &theta));
	return plain_below(items, answers, n, theta);
}

static void plain_cell(
    const struct metod_grm *items, const int *answers, size_t n, struct metod_cell *ret)
{
	double all = 0, first = 0, second = 0, need = 0;
	for (int q = -60; q <= 60; q++) {
		double theta = q / 10.0, w = plain_weight(items, answers, n, theta);
		all += w;
		first += w * theta;
		second += w * theta * theta;
		need += w * fmax(0, cuts.target - metod_expected_score(items, n, theta));
	}
	ret->eap = first / all;
	ret->psd = sqrt(second / all - ret->eap * ret->eap);
	ret->need = need / all;
	ret->p_severe = plain_below_score(items, answers, n, cuts.severe);
	ret->p_need = plain_below_score(items, answers, n, cuts.need);
	ret->p_resource = 1 - plain_below_score(items, answers, n, cuts.resource);
	ret->t = metod_expected_score(items, n, ret->eap);
	ret->t_lo = metod_expected_score(items, n, plain_quantile(items, answers, n, .2));
	ret->t_hi = metod_expected_score(items, n, plain_quantile(items, answers, n, .8));
}

/* Items of one scale share what they have in common; some here do and some nearly do. */
static void a_cell_has_the_numbers_of_the_plain_formulas(void **state)
{
	uint64_t rng = 16;
	size_t measured = 0;
	(void)state;

	for (int round = 0; round < 300; round++) {
		struct metod_grm items[20];
		int answers[20];
		size_t n = 1 + below(&rng, 20);
		struct metod_cell cell, plain;
		for (size_t j = 0; j < n; j++) {
			items[j] = j % 2 ? items[j - 1] : random_item(&rng);
			items[j].c[2] -= j == 5; /* nearly the same item */
			answers[j] = (int)below(&rng, 5) - 1;
		}
		cell_of(items, answers, n, &cuts, &cell);
		if (cell.reason == METOD_REASON_NO_PARAMS)
			continue;
		measured++;
		plain_cell(items, answers, n, &plain);
		close_to("eap", cell.eap, plain.eap, 1e-10);
		close_to("psd", cell.psd, plain.psd, 1e-9);
		close_to("need", cell.need, plain.need, 1e-10);
		close_to("p_severe", cell.p_severe, plain.p_severe, 1e-10);
		close_to("p_need", cell.p_need, plain.p_need, 1e-10);
		close_to("p_resource", cell.p_resource, plain.p_resource, 1e-10);
		close_to("t", cell.t, plain.t, 1e-10);
		close_to("t_lo", cell.t_lo, plain.t_lo, 1e-9);
		close_to("t_hi", cell.t_hi, plain.t_hi, 1e-9);
	}
	assert_true(measured > 250);
}

static void one_more_answer_lowers_the_error_on_average(void **state)
{
	uint64_t rng = 17;
	double change = 0;
	(void)state;

	for (int round = 0; round < 1000; round++) {
		struct metod_grm items[4];
		int answers[4];
		struct metod_posterior fewer, more;
		double theta = metod_rand_normal(&rng);
		for (int j = 0; j < 4; j++) {
			double u = metod_rand_unit(&rng);
			items[j] = random_item(&rng);
			answers[j] = 0;
			for (unsigned x = 0;
			     x < 3 && u > metod_grm_prob(&items[j], x, theta); x++) {
				u -= metod_grm_prob(&items[j], x, theta);
				answers[j]++;
			}
		}
		posterior_of(items, answers, 3, METOD_NODES, &fewer);
		posterior_of(items, answers, 4, METOD_NODES, &more);
		change += more.psd - fewer.psd;
	}
	assert_true(change / 1000 < -.02);
}

static void many_contradicting_answers_do_not_underflow(void **state)
{
	struct metod_grm items[120];
	int answers[120];
	struct metod_posterior post;
	(void)state;

	for (int j = 0; j < 120; j++) {
		items[j] =
		    (struct metod_grm){.a = 12, .c = {30, 0, -30}, .categories = 4};
		answers[j] = j % 2 ? 3 : 0;
	}
	posterior_of(items, answers, 120, METOD_NODES, &post);
	assert_true(isfinite(post.eap) && isfinite(post.psd));
	close_to("eap", post.eap, 0, 1e-9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(fixed_parameters_give_the_reference_scores),
	    cmocka_unit_test(cut50_is_where_half_of_the_score_is_expected),
	    cmocka_unit_test(information_gives_the_reference_standard_error),
	    cmocka_unit_test(every_sum_has_the_reference_score),
	    cmocka_unit_test(design_cuts_are_the_printed_ones),
	    cmocka_unit_test(design_set_reproduces_its_table),
	    cmocka_unit_test(a_cell_gets_the_state_of_the_rules),
	    cmocka_unit_test(a_cell_counts_every_kind_of_answer),
	    cmocka_unit_test(unfit_parameters_give_no_data),
	    cmocka_unit_test(a_wide_posterior_gives_no_data),
	    cmocka_unit_test(trouble_in_an_item_is_named),
	    cmocka_unit_test(interval_and_state_agree),
	    cmocka_unit_test(interval_and_state_agree_at_the_edge),
	    cmocka_unit_test(interval_ends_hold_a_fifth_on_either_side),
	    cmocka_unit_test(order_of_items_changes_nothing),
	    cmocka_unit_test(reversed_options_mirror_the_trait),
	    cmocka_unit_test(reversed_options_mirror_the_profile),
	    cmocka_unit_test(category_probabilities_sum_to_one),
	    cmocka_unit_test(the_posterior_sums_to_one_and_rises_with_the_cut),
	    cmocka_unit_test(no_answers_give_the_prior),
	    cmocka_unit_test(a_cell_has_the_numbers_of_the_plain_formulas),
	    cmocka_unit_test(one_more_answer_lowers_the_error_on_average),
	    cmocka_unit_test(many_contradicting_answers_do_not_underflow),
	};
	arena = metod_arena_new();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	metod_arena_free(arena);
	return failed;
}
