/* SPDX-License-Identifier: Apache-2.0
 * How often is the word about a teacher wrong (method.md sections 6 and 7)? Parameters
 * are known; only answers are drawn. */
#include "simulate.h"

#include <math.h>
#include <stdio.h>

enum { FORMS = 100, PERSONS = 2000 };
static const struct metod_cuts cuts = {.5, 1.5, 2.5, 2.0};

/* ---- one stage, 2 to 15 items ---- */

static const struct rule_row {
	size_t items;
	double undecided, wrong, missed, psd;
} rule_rows[] = {
    {2, .44, .100, .065, .686},
    {3, .36, .087, .059, .607},
    {4, .33, .078, .049, .561},
    {5, .29, .067, .041, .504},
    {6, .27, .067, .040, .478},
    {8, .26, .065, .034, .433},
    {10, .23, .054, .028, .393},
    {15, .18, .044, .024, .322},
};

struct rule_found {
	struct draws undecided, wrong, missed, psd, need;
	struct draws bare_wrong, bare_missed; /* P >= .50 alone decides */
};

static void one_form(struct sim *sim, size_t k, struct rule_found *found)
{
	struct metod_grm items[METOD_ITEMS_MAX];
	struct verdicts verdicts = {0}, bare = {0};
	double cut = 0, psd = 0;
	size_t need = 0;

	metod_arena_clear(sim->arena);
	do
		draw_items(sim, items, k);
	while (!metod_cut_theta(items, k, cuts.need, &cut));
	const struct metod_scale *scale =
	    metod_scale_new(items, k, &cuts, METOD_NODES, sim->arena);
	for (size_t i = 0; i < PERSONS; i++) {
		double theta = metod_rand_normal(&sim->seed);
		struct metod_posterior post;
		int answers[METOD_ITEMS_MAX];

		for (size_t j = 0; j < k; j++)
			answers[j] = draw_answer(sim, &items[j], theta);
		metod_score_posterior(scale, answers, &post);
		double p = metod_posterior_below(&post, cut);
		judge(&verdicts, p, theta < cut);
		judge(&bare, p >= .50, theta < cut);
		need += theta < cut;
		psd += post.psd;
	}
	draws_add(&found->undecided,
	    1 - share(verdicts.flagged + verdicts.cleared, verdicts.n));
	draws_add(&found->wrong, share(verdicts.wrong, verdicts.flagged));
	draws_add(&found->missed, share(verdicts.missed, verdicts.cleared));
	draws_add(&found->bare_wrong, share(bare.wrong, bare.flagged));
	draws_add(&found->bare_missed, share(bare.missed, bare.cleared));
	draws_add(&found->psd, psd / PERSONS);
	draws_add(&found->need, share(need, PERSONS));
}

/* The table has one draw of items that nobody kept: its distance from our mean is
 * measured in the SD between our draws, after its rounding. */
static bool near_table(const struct draws *is, double wanted, double rounding)
{
	return fabs(draws_mean(is) - wanted) <= 3 * draws_error(is, 1) + rounding;
}

/* What P >= .80 promises. */
static bool mostly_right(const struct draws *wrong)
{
	return draws_mean(wrong) <= .20;
}

static void hold_rule(
    struct sim *sim, const struct rule_row *row, const struct rule_found *found)
{
	const struct {
		const char *what;
		const struct draws *is;
		double wanted, rounding;
	} bounds[] = {
	    {"PSD", &found->psd, row->psd, .0005},
	    {"undecided", &found->undecided, row->undecided, .005},
	    {"false", &found->wrong, row->wrong, .0005},
	    {"missed", &found->missed, row->missed, .0005},
	};

	for (size_t i = 0; i < METOD_LEN(bounds); i++)
		must_hold(sim,
		    near_table(bounds[i].is, bounds[i].wanted, bounds[i].rounding),
		    "rule, %zu items: %s %.3f, the table says %.3f", row->items,
		    bounds[i].what, draws_mean(bounds[i].is), bounds[i].wanted);
	must_hold(sim, mostly_right(&found->wrong) && mostly_right(&found->missed),
	    "rule, %zu items: more than one word in five is wrong", row->items);
	/* The control: a threshold alone, without the undecided, breaks a bound. */
	must_hold(sim,
	    !near_table(&found->bare_wrong, row->wrong, .0005) ||
		!mostly_right(&found->bare_wrong),
	    "rule, %zu items: a bare threshold passes for the rule", row->items);
}

void simulate_rule(struct sim *sim)
{
	double before = 1;

	printf("\nThe rule, %d forms of %d persons; +-: SD between the forms\n", FORMS,
	    PERSONS);
	printf("items  PSD    need   undecided +-     false  +-     missed  +-     "
	       "bare: false  missed\n");
	for (size_t r = 0; r < METOD_LEN(rule_rows); r++) {
		const struct rule_row *row = &rule_rows[r];
		struct rule_found found = {0};

		for (size_t form = 0; form < FORMS; form++)
			one_form(sim, row->items, &found);
		printf("%5zu  %.3f  %.3f  %.3f     %.3f  %.3f  %.3f  %.3f   %.3f        "
		       "%.3f  %.3f\n",
		    row->items, draws_mean(&found.psd), draws_mean(&found.need),
		    draws_mean(&found.undecided), draws_sd(&found.undecided),
		    draws_mean(&found.wrong), draws_sd(&found.wrong),
		    draws_mean(&found.missed), draws_sd(&found.missed),
		    draws_mean(&found.bare_wrong), draws_mean(&found.bare_missed));
		hold_rule(sim, row, &found);
		must_hold(sim, draws_mean(&found.undecided) < before,
		    "rule, %zu items: more undecided than with fewer", row->items);
		before = draws_mean(&found.undecided);
	}
}

/* ---- two stages ---- */

enum { ITEMS = 6, WAVES = 20, TEACHERS = 200, COMPETENCIES = 24 };

struct competency {
	struct metod_grm items[ITEMS];
	const struct metod_scale *scale;
	double cut;
};

enum { S_ITEMS, S_FLAGGED, S_WRONG, S_CLEARED, S_MISSED, S_UNDECIDED, S_ALL };
static const char *const stage_names[S_ALL] = {
    "items", "flagged", "false", "cleared", "missed", "undecided"};

/* tau: cut on T; first: items of the first stage; most: competencies of the second. */
static const struct stage_row {
	const char *what;
	double tau;
	size_t competencies, first, most;
	double table[S_ALL]; /* zeros: it does not have this form */
} stage_rows[] = {
    {"two stages, no cap", 1.5, 24, 3, 24, {4.14, .196, .091, .586, .062, .218}},
    {"two stages, 8 of 24", 1.5, 24, 3, 8, {0}},
    {"two stages, 8 of 12", 1.5, 12, 3, 8, {0}},
    {"3 fixed", 1.5, 24, 3, 0, {3, .127, .090, .487, .064, .386}},
    {"4 fixed", 1.5, 24, 4, 0, {4, .138, .070, .531, .053, .331}},
    {"6 fixed", 1.5, 24, 6, 0, {6, .174, .064, .536, .038, .290}},
    {"two stages, no cap", 2.0, 24, 3, 24, {4.29, .501, .069, .250, .099, .249}},
    {"two stages, 8 of 24", 2.0, 24, 3, 8, {0}},
    {"two stages, 8 of 12", 2.0, 12, 3, 8, {0}},
    {"3 fixed", 2.0, 24, 3, 0, {3, .414, .065, .168, .091, .418}},
    {"4 fixed", 2.0, 24, 4, 0, {4, .385, .065, .234, .080, .381}},
    {"6 fixed", 2.0, 24, 6, 0, {6, .455, .043, .232, .061, .313}},
};

/* A fixed form has no items but its own; a form of two stages always has six. */
static size_t items_of(const struct stage_row *row)
{
	return row->most ? ITEMS : row->first;
}

static void draw_wave(
    struct sim *sim, const struct stage_row *row, struct competency *competencies)
{
	size_t k = items_of(row);

	metod_arena_clear(sim->arena);
	for (size_t c = 0; c < row->competencies; c++) {
		struct competency *one = &competencies[c];

		do
			draw_items(sim, one->items, k);
		while (!metod_cut_theta(one->items, k, row->tau, &one->cut));
		one->scale =
		    metod_scale_new(one->items, k, &cuts, METOD_NODES, sim->arena);
	}
}

static double p_below(const struct competency *competency, const int *answers)
{
	struct metod_posterior post;

	metod_score_posterior(competency->scale, answers, &post);
	return metod_posterior_below(&post, competency->cut);
}

/* Competencies of one teacher have half of their variance in common. Returns how many
 * items were asked. */
static size_t one_teacher(struct sim *sim, const struct stage_row *row,
    const struct competency *competencies, struct metod_arena *scratch,
    struct verdicts *verdicts)
{
	double theta[COMPETENCIES], common = metod_rand_normal(&sim->seed);
	int answers[COMPETENCIES][ITEMS];
	struct metod_stage_one cells[COMPETENCIES];
	bool chosen[COMPETENCIES] = {false};
	size_t n = row->competencies, more = 0;

	metod_arena_clear(scratch);
	for (size_t c = 0; c < n; c++) {
		theta[c] = sqrt(.5) * (common + metod_rand_normal(&sim->seed));
		for (size_t j = 0; j < ITEMS; j++)
			answers[c][j] = j < row->first
			    ? draw_answer(sim, &competencies[c].items[j], theta[c])
			    : METOD_ANSWER_UNSHOWN;
		cells[c] = (struct metod_stage_one){
		    .p_need = p_below(&competencies[c], answers[c]),
		    .answered = (unsigned)row->first};
	}
	if (row->most)
		more = metod_second_stage(cells, n, row->most, scratch, chosen);
	for (size_t c = 0; c < n; c++) {
		for (size_t j = row->first; chosen[c] && j < ITEMS; j++)
			answers[c][j] =
			    draw_answer(sim, &competencies[c].items[j], theta[c]);
		judge(verdicts,
		    chosen[c] ? p_below(&competencies[c], answers[c]) : cells[c].p_need,
		    theta[c] < competencies[c].cut);
	}
	return n * row->first + more * (ITEMS - row->first);
}

static void one_wave(struct sim *sim, const struct stage_row *row,
    struct metod_arena *scratch, struct draws *found)
{
	struct competency competencies[COMPETENCIES];
	struct verdicts verdicts = {0};
	size_t items = 0;

	draw_wave(sim, row, competencies);
	for (size_t i = 0; i < TEACHERS; i++)
		items += one_teacher(sim, row, competencies, scratch, &verdicts);
	const double is[S_ALL] = {share(items, verdicts.n),
	    share(verdicts.flagged, verdicts.n), share(verdicts.wrong, verdicts.flagged),
	    share(verdicts.cleared, verdicts.n), share(verdicts.missed, verdicts.cleared),
	    1 - share(verdicts.flagged + verdicts.cleared, verdicts.n)};
	for (size_t i = 0; i < S_ALL; i++)
		draws_add(&found[i], is[i]);
}

static void print_stage(const char *what, double tau, const double *numbers)
{
	printf("%.1f  %-20s  %.2f   %.3f    %.3f  %.3f    %.3f   %.3f\n", tau, what,
	    numbers[S_ITEMS], numbers[S_FLAGGED], numbers[S_WRONG], numbers[S_CLEARED],
	    numbers[S_MISSED], numbers[S_UNDECIDED]);
}

/* The table is taken as one wave. */
static void show_stage(
    struct sim *sim, const struct stage_row *row, const struct draws *found)
{
	double means[S_ALL];

	for (size_t i = 0; i < S_ALL; i++)
		means[i] = draws_mean(&found[i]);
	print_stage(row->what, row->tau, means);
	must_hold(sim, mostly_right(&found[S_WRONG]) && mostly_right(&found[S_MISSED]),
	    "%s, cut %.1f: more than one word in five is wrong", row->what, row->tau);
	if (row->table[S_ITEMS] == 0)
		return;
	print_stage("  the table", row->tau, row->table);
	for (size_t i = 0; i < S_ALL; i++)
		must_hold(sim,
		    near_table(&found[i], row->table[i], .0005 + .0045 * (i == 0)),
		    "%s, cut %.1f: %s %.3f +- %.3f, the table says %.3f", row->what,
		    row->tau, stage_names[i], means[i], draws_sd(&found[i]),
		    row->table[i]);
}

void simulate_two_stages(struct sim *sim)
{
	struct metod_arena *scratch = metod_arena_new();

	printf("\nTwo stages, %d waves of %d teachers\n", WAVES, TEACHERS);
	printf("cut  form                  items  flagged  false  cleared  missed  "
	       "undecided\n");
	for (size_t r = 0; r < METOD_LEN(stage_rows); r++) {
		struct draws found[S_ALL] = {{0}};

		for (size_t wave = 0; wave < WAVES; wave++)
			one_wave(sim, &stage_rows[r], scratch, found);
		show_stage(sim, &stage_rows[r], found);
	}
	metod_arena_free(scratch);
}
