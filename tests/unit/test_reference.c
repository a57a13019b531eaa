/* SPDX-License-Identifier: Apache-2.0
 * Reference numbers of the public data set bfi (R: psych, OpenMx, mirt) that need none of
 * its rows: what depends on counts, on sizes or on parameters alone. What needs the rows
 * is compared by `make check-reference`. Fixed-parameter scores and EAP for sums are in
 * test_score.c. Links lib/base and lib/core only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>

#include "metod/classical.h"
#include "metod/score.h"

enum { K = 5, OPTIONS = 6 };

static struct metod_arena *arena;

static void close_to(
    const char *what, size_t row, double is, double wanted, double tolerance)
{
	if (!(fabs(is - wanted) <= tolerance))
		fail_msg("%s, row %zu: %.12g, wanted %.12g +- %g", what, row, is, wanted,
		    tolerance);
}

/* ---- items: their option counts are all that mean and SD need ---- */

static const struct {
	const char *name;
	size_t counts[OPTIONS];
	double mean, sd; /* of answers 1..6 */
} items[] = {
    {"A1", {82, 223, 337, 402, 818, 922}, 4.586566092, 1.4077371505},
    {"A2", {47, 126, 151, 553, 1023, 873}, 4.8023800938, 1.1720199217},
    {"A3", {90, 172, 207, 564, 986, 755}, 4.6038211968, 1.3018336392},
    {"A4", {129, 215, 185, 451, 654, 1147}, 4.699748292, 1.4796326863},
    {"A5", {59, 186, 254, 617, 973, 695}, 4.5603448276, 1.2585120984},
    {"C1", {73, 161, 275, 655, 1018, 597}, 4.5023389709, 1.2413465477},
    {"C2", {89, 236, 296, 643, 962, 550}, 4.3699567723, 1.3183465477},
    {"C3", {84, 248, 293, 741, 942, 472}, 4.3039568345, 1.2885518111},
    {"C4", {63, 228, 448, 472, 794, 769}, 4.4466474405, 1.3751181074},
    {"C5", {285, 466, 614, 348, 567, 504}, 3.7033045977, 1.628541868},
    {"E1", {241, 367, 450, 404, 652, 663}, 4.0255671588, 1.6315054587},
    {"E2", {254, 385, 599, 343, 670, 533}, 3.8581178161, 1.6052103156},
    {"E3", {149, 293, 412, 826, 743, 352}, 4.0007207207, 1.3527187714},
    {"E4", {140, 262, 271, 450, 942, 726}, 4.4224292368, 1.4575173975},
    {"E5", {95, 221, 288, 619, 940, 616}, 4.4163368118, 1.3347677187},
    {"N1", {654, 654, 427, 515, 334, 194}, 2.9290856731, 1.5709174819},
    {"N2", {325, 535, 411, 709, 510, 289}, 3.5077365959, 1.5259435895},
    {"N3", {499, 638, 365, 591, 439, 257}, 3.2165650771, 1.6029020818},
    {"N4", {472, 655, 401, 608, 380, 248}, 3.1856005789, 1.5696850936},
    {"N5", {654, 660, 382, 507, 327, 241}, 2.9696860339, 1.6186473859},
    {"O1", {22, 103, 210, 606, 925, 912}, 4.8160547156, 1.129530283},
    {"O2", {179, 276, 435, 388, 717, 805}, 4.2867857143, 1.5651518379},
    {"O3", {76, 145, 292, 775, 943, 541}, 4.4383116883, 1.2209011141},
    {"O4", {55, 125, 154, 481, 887, 1084}, 4.8923187365, 1.2212504439},
    {"O5", {70, 191, 364, 526, 883, 746}, 4.5104316547, 1.3279590221},
};

static void option_counts_give_mean_and_sd(void **state)
{
	(void)state;
	for (size_t i = 0; i < METOD_LEN(items); i++) {
		struct metod_scale_stats scale;
		struct metod_item_stats item;
		int8_t values[2800];
		size_t n = 0;

		for (int8_t x = 0; x < OPTIONS; x++)
			for (size_t c = 0; c < items[i].counts[x]; c++)
				values[n++] = x;
		const struct metod_answers answers = {
		    n, 1, OPTIONS, values, &items[i].name};
		metod_scale_stats(&answers, arena, &scale, &item);
		assert_int_equal(scale.n, n);
		close_to("mean", i, item.mean + 1, items[i].mean, 1e-9);
		close_to("sd", i, item.sd, items[i].sd, 1e-9);
		for (size_t x = 0; x < OPTIONS; x++)
			assert_int_equal(item.counts[x], items[i].counts[x]);
	}
}

/* ---- intervals: their factors of 1 - alpha depend on n and k alone ---- */

static const struct {
	size_t n;
	double alpha, ci[2];
} intervals[] = {
    {8, 0.59771825397, {-0.11913122421, 0.90810269819}},
    {15, 0.78726186029, {0.55116299714, 0.91889076602}},
    {30, 0.79869592995, {0.65694641311, 0.89341689026}},
    {60, 0.78745400932, {0.68871991597, 0.86195065064}},
    {120, 0.78500104062, {0.71756272213, 0.84032492422}},
    {2709, 0.70375589437, {0.68574463505, 0.7210359628}},
    {2707, 0.72927720317, {0.71281139886, 0.74507431444}},
    {2713, 0.76093263947, {0.74640859756, 0.77486748478}},
    {2694, 0.81330314316, {0.80191999051, 0.82422292281}},
    {2726, 0.60254642858, {0.57845881838, 0.62565916313}},
};

/* Any rows of that size: their own interval gives the factors. */
static void sizes_give_the_feldt_intervals(void **state)
{
	static const char *const names[K] = {"1", "2", "3", "4", "5"};
	uint64_t seed = 19;

	(void)state;
	for (size_t i = 0; i < METOD_LEN(intervals); i++) {
		struct metod_scale_stats scale;
		struct metod_item_stats stats[K];
		int8_t values[2800 * K];

		for (size_t v = 0; v < intervals[i].n * K; v++)
			values[v] = (int8_t)(metod_rand64(&seed) % OPTIONS);
		const struct metod_answers answers = {
		    intervals[i].n, K, OPTIONS, values, names};
		metod_scale_stats(&answers, arena, &scale, stats);
		assert_int_equal(scale.missing, METOD_SCALE_OK);
		for (int end = 0; end < 2; end++) {
			double factor = (1 - scale.alpha_ci[end]) / (1 - scale.alpha);

			close_to("interval", i, 1 - (1 - intervals[i].alpha) * factor,
			    intervals[i].ci[end], 1e-9);
		}
	}
}

/* ---- omega: the matrix that the reference factor makes has that factor ---- */

static const struct {
	double loadings[K], uniquenesses[K],
	    sd[K]; /* of the correlations; of the items */
	double omega_std, omega_raw;
} factors[] = {
    {{0.376224084, 0.65815025894, 0.76171325056, 0.4826804688, 0.62715357163},
	{0.85845539447, 0.56683810405, 0.41979290308, 0.76701920774, 0.60667838716},
	{1.4045752685, 1.176414712, 1.3045537041, 1.4864415337, 1.2616033189},
	0.72402138496, 0.71212935303},
    {{0.55122621629, 0.61192082961, 0.55341983783, 0.67453003679, 0.5863177957},
	{0.69614939352, 0.62555279524, 0.69372642611, 0.5450092651, 0.65623101575},
	{1.2384738047, 1.3213504351, 1.2888782385, 1.3742851352, 1.6277159095},
	0.73375620938, 0.73302229098},
    {{0.60780683094, 0.72992622873, 0.57220992923, 0.69239364299, 0.51776836894},
	{0.63057078319, 0.46720771652, 0.67257572979, 0.520591049, 0.73191585403},
	{1.6324076221, 1.6072017262, 1.3523714558, 1.4613116434, 1.3367626256},
	0.76305996607, 0.76733372928},
    {{0.81793960072, 0.80270266427, 0.71678000184, 0.55413707234, 0.50164852544},
	{0.33097468667, 0.35566803875, 0.48622764705, 0.69293408949, 0.74834049356},
	{1.573109513, 1.5262651139, 1.6003854012, 1.5730832265, 1.621897561},
	0.81496714961, 0.81284497067},
    {{0.54596584841, 0.44904577831, 0.64893089287, 0.29368344497, 0.51723902437},
	{0.70192163849, 0.79835762698, 0.57888829679, 0.91374983126, 0.73246384412},
	{1.1278750592, 1.5617609428, 1.2205081299, 1.2166504331, 1.3250985495},
	0.61797792422, 0.61037400997},
};

static double omega_of(size_t row, bool raw)
{
	double matrix[K * K], l[K], psi[K], loadings = 0, uniquenesses = 0;

	for (size_t i = 0; i < K; i++)
		for (size_t j = 0; j < K; j++) {
			double scale = raw ? factors[row].sd[i] * factors[row].sd[j] : 1;
			double unique = i == j ? factors[row].uniquenesses[i] : 0;

			matrix[i * K + j] = scale *
			    (factors[row].loadings[i] * factors[row].loadings[j] +
				unique);
		}
	assert_true(metod_one_factor(matrix, K, arena, l, psi));
	for (size_t i = 0; i < K; i++) {
		double unit = raw ? factors[row].sd[i] : 1;

		close_to("loading", row, l[i] / unit, factors[row].loadings[i], 1e-5);
		loadings += l[i];
		uniquenesses += psi[i];
	}
	return loadings * loadings / (loadings * loadings + uniquenesses);
}

static void factors_give_omega(void **state)
{
	(void)state;
	for (size_t i = 0; i < METOD_LEN(factors); i++) {
		close_to("omega std", i, omega_of(i, false), factors[i].omega_std, 1e-5);
		close_to("omega raw", i, omega_of(i, true), factors[i].omega_raw, 1e-5);
	}
}

/* ---- marginal reliability: the information of the fitted items ---- */

static void information_gives_the_marginal_reliability(void **state)
{
	static const double a[K] = {
	    3.1356549211, 2.897469971, 2.0325834413, 1.2792658993, 1.1157528535};
	static const double b[K][OPTIONS - 1] = {
	    {-0.8164444802, -0.097461630955, 0.33506341815, 0.9706803237, 1.7027328397},
	    {-1.368146611, -0.55971430158, -0.12018260818, 0.63735097907, 1.4663676799},
	    {-1.1923143602, -0.29999159754, 0.11239367291, 0.86694635736, 1.7635473277},
	    {-1.5703510337, -0.36496964273, 0.23110627596, 1.2151913324, 2.248758478},
	    {-1.3017721381, -0.129874895, 0.48038885565, 1.4534345707, 2.5073340902},
	};
	struct metod_grm fitted[K];
	double sum = 0, weights = 0;

	(void)state;
	for (size_t j = 0; j < K; j++) {
		fitted[j] = (struct metod_grm){.a = a[j], .categories = OPTIONS};
		for (size_t k = 0; k + 1 < OPTIONS; k++)
			fitted[j].c[k] = -a[j] * b[j][k];
	}
	for (int q = -60; q <= 60; q++) {
		double theta = q / 10., weight = exp(-theta * theta / 2);
		double information = metod_information(fitted, K, theta);

		weights += weight;
		sum += weight * information / (information + 1);
	}
	close_to("reliability", 0, sum / weights, 0.86425510427, 1e-4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(option_counts_give_mean_and_sd),
	    cmocka_unit_test(sizes_give_the_feldt_intervals),
	    cmocka_unit_test(factors_give_omega),
	    cmocka_unit_test(information_gives_the_marginal_reliability),
	};
	arena = metod_arena_new();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	metod_arena_free(arena);
	return failed;
}
