/* SPDX-License-Identifier: Apache-2.0
 * Recommendation rules by cases. Links lib/base, recommend.c, order.c and
 * smallgroup.c only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "metod/recommend.h"

enum {
	TEACHER = METOD_FOR_TEACHER,
	ASSOCIATION = METOD_FOR_ASSOCIATION,
	DEPUTY = METOD_FOR_DEPUTY,
	MUNICIPALITY = METOD_FOR_MUNICIPALITY,
	EVERYBODY = 15,
	SMALL_SCHOOL = METOD_CONTEXT_SMALL_SCHOOL,
	LOW_RESULT = METOD_CONTEXT_LOW_RESULT,
};
static const uint32_t ANY = METOD_ANY;
#define NOTABLE METOD_CLASS_NOTABLE
#define MOST METOD_CLASS_MOST

static struct metod_finding finding(uint32_t competency, uint64_t part, uint64_t n)
{
	return (struct metod_finding){.competency = competency,
	    .scope = 1,
	    .need = metod_smallgroup_show((struct metod_count){n, part})};
}

static struct metod_rule rule(unsigned audience, uint32_t competency, int32_t priority)
{
	return (struct metod_rule){
	    .audience = audience, .competency = competency, .priority = priority};
}

/* Lines as "rule/finding", parted by blanks. */
static const char *pick(const struct metod_finding *findings, size_t n_findings,
    const struct metod_rule *rules, size_t n_rules, unsigned audiences, uint64_t context,
    size_t limit)
{
	static char text[256];
	struct metod_arena *arena = metod_arena_new();
	struct metod_advice *advice = NULL;
	size_t n = metod_recommend_pick(findings, n_findings, rules, n_rules, audiences,
	    context, limit, arena, &advice);
	size_t at = 0;

	text[0] = '\0';
	for (size_t i = 0; i < n; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%u/%u",
		    i ? " " : "", advice[i].rule, advice[i].finding);
	metod_arena_free(arena);
	return text;
}

static void a_rule_speaks_where_all_its_conditions_hold(void **state)
{
	static const struct {
		const char *name;
		uint64_t part, n;
		bool shortage;
		unsigned audiences;
		uint64_t context;
		struct metod_rule rule;
		bool speaks;
	} rows[] = {
	    {"plain", 10, 40, false, ASSOCIATION, 0,
		{.audience = ASSOCIATION, .competency = 7}, true},
	    {"another audience", 10, 40, false, DEPUTY, 0,
		{.audience = ASSOCIATION, .competency = 7}, false},
	    {"one of the audiences", 10, 40, false, EVERYBODY, 0,
		{.audience = MUNICIPALITY, .competency = 7}, true},
	    {"another competency", 10, 40, false, ASSOCIATION, 0,
		{.audience = ASSOCIATION, .competency = 8}, false},
	    {"every competency", 10, 40, false, ASSOCIATION, 0,
		{.audience = ASSOCIATION, .competency = METOD_ANY}, true},
	    {"exactly the class", 10, 40, false, ASSOCIATION, 0,
		{.audience = ASSOCIATION, .competency = 7, .min_class = NOTABLE}, true},
	    {"below the class", 9, 40, false, ASSOCIATION, 0,
		{.audience = ASSOCIATION, .competency = 7, .min_class = NOTABLE}, false},
	    {"a classed cell of the class", 8, 12, false, ASSOCIATION, 0,
		{.audience = ASSOCIATION, .competency = 7, .min_class = MOST}, true},
	    {"a classed cell below the class", 6, 12, false, ASSOCIATION, 0,
		{.audience = ASSOCIATION, .competency = 7, .min_class = MOST}, false},
	    {"no shortage", 10, 40, false, ASSOCIATION, 0,
		{.audience = ASSOCIATION, .competency = 7, .when_shortage = true}, false},
	    {"a shortage", 10, 40, true, ASSOCIATION, 0,
		{.audience = ASSOCIATION, .competency = 7, .when_shortage = true}, true},
	    {"without the context", 10, 40, false, ASSOCIATION, LOW_RESULT,
		{.audience = ASSOCIATION,
		    .competency = 7,
		    .context = SMALL_SCHOOL | LOW_RESULT},
		false},
	    {"with more than the context", 10, 40, false, ASSOCIATION, 15,
		{.audience = ASSOCIATION,
		    .competency = 7,
		    .context = SMALL_SCHOOL | LOW_RESULT},
		true},
	    {"fewer than five answers", 4, 4, true, ASSOCIATION, 0,
		{.audience = ASSOCIATION, .competency = METOD_ANY}, false},
	};
	(void)state;

	for (size_t i = 0; i < METOD_LEN(rows); i++) {
		struct metod_finding f = finding(7, rows[i].part, rows[i].n);
		f.shortage = rows[i].shortage;
		const char *lines =
		    pick(&f, 1, &rows[i].rule, 1, rows[i].audiences, rows[i].context, 5);
		if (strcmp(lines, rows[i].speaks ? "0/0" : "") != 0)
			fail_msg("%s: \"%s\"", rows[i].name, lines);
	}
}

static void a_hidden_finding_gives_no_line(void **state)
{
	struct metod_finding f = finding(7, 30, 40);
	struct metod_rule r = rule(TEACHER, ANY, 0);
	(void)state;

	assert_string_equal(pick(&f, 1, &r, 1, EVERYBODY, 0, 5), "0/0");
	f.need.how = METOD_SHOW_HIDDEN;
	assert_string_equal(pick(&f, 1, &r, 1, EVERYBODY, 0, 5), "");
	f.need.how = METOD_SHOW_NOTHING;
	assert_string_equal(pick(&f, 1, &r, 1, EVERYBODY, 0, 5), "");
}

static void findings_come_by_strength(void **state)
{
	const struct metod_finding findings[] = {
	    finding(1, 3, 20),   /* few */
	    finding(2, 11, 40),  /* notable, .275 */
	    finding(3, 6, 12),   /* notable, classed */
	    finding(4, 25, 40),  /* most, .625 */
	    finding(5, 12, 40),  /* notable, .3 */
	    finding(6, 24, 24),  /* most, classed */
	    finding(7, 120, 400) /* notable, .3 of a larger group */
	};
	struct metod_rule rules[10];
	struct metod_finding twins[] = {
	    finding(9, 12, 40), finding(8, 12, 40), finding(8, 12, 40)};
	(void)state;

	for (uint32_t i = 0; i < 10; i++)
		rules[i] = rule(DEPUTY, i, 0);
	assert_string_equal(
	    pick(findings, 7, rules, 10, DEPUTY, 0, 99), "4/3 6/5 7/6 5/4 2/1 3/2 1/0");
	assert_string_equal(pick(findings, 7, rules, 10, DEPUTY, 0, 3), "4/3 6/5 7/6");
	assert_string_equal(pick(findings, 7, rules, 10, DEPUTY, 0, 0), "");
	/* Equal numbers: by competency, then by scope. */
	twins[1].scope = 5;
	assert_string_equal(pick(twins, 3, rules, 10, DEPUTY, 0, 9), "8/2 8/1 9/0");
}

static void a_finding_without_a_rule_leaves_its_place(void **state)
{
	const struct metod_finding findings[] = {finding(1, 30, 40), finding(2, 20, 40)};
	const struct metod_rule only = rule(TEACHER, 2, 0);
	(void)state;

	assert_string_equal(pick(findings, 2, &only, 1, TEACHER, 0, 1), "0/1");
}

static void the_two_best_rules_speak(void **state)
{
	const struct metod_finding f = finding(7, 20, 40);
	const struct metod_rule rules[] = {rule(TEACHER, ANY, 90), rule(TEACHER, 7, 10),
	    rule(TEACHER, 7, 20), rule(TEACHER, 7, 20), rule(TEACHER, 7, 15)};
	(void)state;

	assert_string_equal(pick(&f, 1, rules, 1, TEACHER, 0, 5), "0/0");
	/* A rule of the competency makes a general one of higher priority superfluous. */
	assert_string_equal(pick(&f, 1, rules, 2, TEACHER, 0, 5), "1/0");
	assert_string_equal(pick(&f, 1, rules, 3, TEACHER, 0, 5), "2/0 1/0");
	/* Equal rank: in the order of the rules; a third has no place. */
	assert_string_equal(pick(&f, 1, rules, 5, TEACHER, 0, 5), "2/0 3/0");
}

static void a_general_rule_is_heard_once(void **state)
{
	const struct metod_finding findings[] = {
	    finding(1, 25, 40), finding(2, 20, 40), finding(3, 15, 40)};
	struct metod_rule rules[] = {rule(TEACHER, ANY, 0), rule(DEPUTY, ANY, 0),
	    rule(TEACHER, 2, 0), rule(TEACHER, ANY, 5)};
	(void)state;

	/* About the strongest finding; the next findings get their turn. */
	assert_string_equal(pick(findings, 3, rules, 3, EVERYBODY, 0, 5), "0/0 2/1 1/0");
	/* With a context it adds to a rule of the competency. */
	rules[3].context = SMALL_SCHOOL;
	assert_string_equal(
	    pick(findings + 1, 2, rules, 4, TEACHER, SMALL_SCHOOL, 5), "2/0 3/0 0/1");
}

static void a_small_share_of_many_people_is_a_group(void **state)
{
	const struct metod_finding findings[] = {
	    finding(7, 60, 400), finding(8, 59, 400)};
	struct metod_rule rules[] = {rule(MUNICIPALITY, 7, 0), rule(MUNICIPALITY, 8, 0)};
	struct metod_finding classed = findings[0];
	(void)state;

	rules[0].min_class = rules[1].min_class = NOTABLE;
	assert_string_equal(pick(findings, 2, rules, 2, MUNICIPALITY, 0, 5), "");
	rules[0].people = rules[1].people = 60;
	assert_string_equal(pick(findings, 2, rules, 2, MUNICIPALITY, 0, 5), "0/0");
	/* Where only the class may be shown, nothing is told about the number. */
	classed.need.how = METOD_SHOW_CLASS;
	classed.need.cls = METOD_CLASS_FEW;
	assert_string_equal(pick(&classed, 1, rules, 2, MUNICIPALITY, 0, 5), "");
}

static void the_number_of_answers_decides(void **state)
{
	static const struct {
		uint64_t n, from, to;
		bool speaks;
	} rows[] = {
	    {40, 40, 0, true},
	    {40, 41, 0, false},
	    {12, 0, 12, true},
	    {12, 0, 11, false},
	    {12, 5, 12, true},
	    {40, 0, 0, true},
	};
	(void)state;

	for (size_t i = 0; i < METOD_LEN(rows); i++) {
		struct metod_finding f = finding(7, rows[i].n / 2, rows[i].n);
		struct metod_rule r = rule(TEACHER, 7, 0);
		r.answers_from = rows[i].from;
		r.answers_to = rows[i].to;
		assert_string_equal(
		    pick(&f, 1, &r, 1, TEACHER, 0, 5), rows[i].speaks ? "0/0" : "");
	}
}

static void a_rule_about_coverage_stands_first(void **state)
{
	struct metod_finding f = finding(7, 20, 40);
	struct metod_rule rules[] = {rule(TEACHER, 7, 90), rule(TEACHER, ANY, 0)};
	(void)state;

	rules[1].coverage_below = 50;
	/* Not shown, so it decides nothing. */
	f.invited = 100;
	assert_string_equal(pick(&f, 1, rules, 2, TEACHER, 0, 5), "0/0");
	f.answered = 40;
	assert_string_equal(pick(&f, 1, rules, 2, TEACHER, 0, 5), "1/0 0/0");
	f.answered = 49;
	assert_string_equal(pick(&f, 1, rules, 2, TEACHER, 0, 5), "1/0 0/0");
	f.answered = 50;
	assert_string_equal(pick(&f, 1, rules, 2, TEACHER, 0, 5), "0/0");
	f.answered = 40;
	f.invited = 0;
	assert_string_equal(pick(&f, 1, rules, 2, TEACHER, 0, 5), "0/0");
}

static void a_trend_needs_two_published_waves(void **state)
{
	static const struct {
		const char *name;
		uint64_t part, n; /* before */
		bool lasting, rising;
	} rows[] = {
	    {"nothing before", 0, 0, false, false},
	    {"fewer than five before", 4, 4, false, false},
	    {"few before", 20, 200, false, true},
	    {"a quarter before", 50, 200, true, true},
	    {"the same", 120, 200, true, false},
	    {"a little less, within chance", 110, 200, true, false},
	    {"more before", 180, 200, true, false},
	    {"a class before", 6, 12, true, false},
	};
	(void)state;

	for (size_t i = 0; i < METOD_LEN(rows); i++) {
		struct metod_finding f = finding(7, 120, 200);
		struct metod_rule r = rule(TEACHER, 7, 0);
		f.before = finding(7, rows[i].part, rows[i].n).need;
		r.min_class = NOTABLE;
		r.trend = METOD_TREND_LASTING;
		if ((*pick(&f, 1, &r, 1, TEACHER, 0, 5) != '\0') != rows[i].lasting)
			fail_msg("lasting: %s", rows[i].name);
		r.trend = METOD_TREND_RISING;
		if ((*pick(&f, 1, &r, 1, TEACHER, 0, 5) != '\0') != rows[i].rising)
			fail_msg("rising: %s", rows[i].name);
		f.before.how = METOD_SHOW_HIDDEN;
		assert_string_equal(pick(&f, 1, &r, 1, TEACHER, 0, 5), "");
	}
}

static void every_audience_has_its_own_limit(void **state)
{
	const struct metod_finding findings[] = {finding(1, 20, 40), finding(2, 30, 40)};
	const struct metod_rule rules[] = {
	    rule(MUNICIPALITY, ANY, 0), rule(TEACHER, ANY, 0), rule(TEACHER, 1, 0)};
	(void)state;

	assert_string_equal(pick(findings, 2, rules, 3, EVERYBODY, 0, 1), "1/1 0/1");
	assert_string_equal(
	    pick(findings, 2, rules, 3, EVERYBODY, 0, SIZE_MAX), "1/1 2/0 0/1");
	assert_string_equal(pick(findings, 2, rules, 3, MUNICIPALITY, 0, 2), "0/1");
	assert_string_equal(pick(findings, 0, rules, 3, EVERYBODY, 0, 2), "");
	assert_string_equal(pick(findings, 2, rules, 0, EVERYBODY, 0, 2), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_rule_speaks_where_all_its_conditions_hold),
	    cmocka_unit_test(a_hidden_finding_gives_no_line),
	    cmocka_unit_test(findings_come_by_strength),
	    cmocka_unit_test(a_finding_without_a_rule_leaves_its_place),
	    cmocka_unit_test(the_two_best_rules_speak),
	    cmocka_unit_test(a_general_rule_is_heard_once),
	    cmocka_unit_test(a_small_share_of_many_people_is_a_group),
	    cmocka_unit_test(the_number_of_answers_decides),
	    cmocka_unit_test(a_rule_about_coverage_stands_first),
	    cmocka_unit_test(a_trend_needs_two_published_waves),
	    cmocka_unit_test(every_audience_has_its_own_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
