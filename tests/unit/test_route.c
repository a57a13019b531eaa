/* SPDX-License-Identifier: Apache-2.0
 * Routes: calendar and prerequisites by cases, value and bound against all subsets of
 * small random catalogues. Links lib/base and the route objects of lib/core only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "metod/route.h"

enum { COURSES_MAX = 7, SESSIONS_MAX = 2, GAINS_MAX = 3, NEEDS_MAX = 3, WEEKS_MAX = 60 };

struct catalogue {
	size_t n;
	struct metod_activity_in courses[COURSES_MAX];
	struct metod_session_in sessions[COURSES_MAX][SESSIONS_MAX];
	struct metod_gain gains[COURSES_MAX][GAINS_MAX];
	uint64_t prereq[COURSES_MAX][2];
	struct metod_route_teacher teacher;
	struct metod_strength needs[NEEDS_MAX];
	uint32_t wishes[2];
	struct metod_arena *arena;
	struct metod_route_result r;
};

static void solve(struct catalogue *c)
{
	struct metod_error err = {0};
	if (metod_route_solve(&c->teacher, c->courses, c->n, c->arena, &c->r, &err) !=
	    METOD_OK)
		fail_msg("%s: %s", err.field, err.message);
	assert_true(c->r.bound >= c->r.value);
}

/* ---- what a route is worth and whether it holds, told again ---- */

static double worth(const struct catalogue *c, const double *sum, uint32_t competency)
{
	const struct metod_route_teacher *t = &c->teacher;
	double depth = 0, weight = 1;

	for (size_t i = 0; i < t->n_needs; i++)
		if (t->needs[i].competency == competency)
			depth = t->needs[i].value;
	for (size_t i = 0; i < t->n_wishes; i++)
		if (t->wishes[i] == competency) {
			weight = 2;
			depth = depth > 0 ? depth : 300;
		}
	double y = sum[competency];
	return weight *
	    (fmin(y, .7 * depth) + .4 * fmin(fmax(y - .7 * depth, 0), .6 * depth));
}

/* One way to attend: session index, SESSIONS_MAX for self-paced, -1 not at all. */
static double value_of(const struct catalogue *c, const int *choice)
{
	const struct metod_route_teacher *t = &c->teacher;
	double sum[8] = {0}, value = 0;

	for (size_t i = 0; i < c->n; i++) {
		const struct metod_activity_in *a = &c->courses[i];
		if (choice[i] < 0)
			continue;
		for (size_t g = 0; g < a->n_gains; g++)
			sum[a->gains[g].competency] += a->gains[g].gain;
		if (t->formats && a->formats && !(t->formats & a->formats))
			value -= 15;
		if (choice[i] < SESSIONS_MAX && a->sessions[choice[i]].municipality &&
		    a->sessions[choice[i]].municipality != t->municipality)
			value -= 30;
	}
	for (uint32_t k = 0; k < 8; k++)
		value += worth(c, sum, k);
	return value;
}

struct weeks {
	int32_t from[COURSES_MAX], to[COURSES_MAX];
	int64_t load[WEEKS_MAX];
};

static bool place(const struct catalogue *c, size_t i, const int *choice, struct weeks *w)
{
	const struct metod_route_teacher *t = &c->teacher;
	const struct metod_activity_in *a = &c->courses[i];
	int64_t left = a->minutes;
	int32_t start = t->week_from;

	if (choice[i] < SESSIONS_MAX) {
		const struct metod_session_in *s = &a->sessions[choice[i]];
		if (s->week_from < t->week_from || s->week_to > t->week_to)
			return false;
		w->from[i] = s->week_from;
		w->to[i] = s->week_to;
		for (int32_t k = s->week_from; k <= s->week_to; k++) {
			w->load[k] += s->weekly_minutes;
			if (w->load[k] > t->minutes_week)
				return false;
		}
		return true;
	}
	for (size_t p = 0; p < a->n_prereq; p++)
		for (size_t k = 0; k < c->n; k++)
			if (c->courses[k].id == a->prereq[p] && w->to[k] >= start)
				start = w->to[k] + 1;
	w->from[i] = w->to[i] = start;
	bool begun = false;
	for (int32_t k = start; left > 0; k++) {
		if (k > t->week_to)
			return false;
		int64_t spare = t->minutes_week - w->load[k];
		int64_t part = spare < left ? spare : left;
		if (part <= 0)
			continue;
		w->load[k] += part;
		left -= part;
		w->from[i] = begun ? w->from[i] : k;
		w->to[i] = k;
		begun = true;
	}
	return start <= t->week_to;
}

static bool prerequisites_hold(
    const struct catalogue *c, const int *choice, const struct weeks *w)
{
	for (size_t i = 0; i < c->n; i++) {
		for (size_t p = 0; choice[i] >= 0 && p < c->courses[i].n_prereq; p++) {
			bool held = false;
			for (size_t k = 0; k < c->n; k++)
				held |= c->courses[k].id == c->courses[i].prereq[p] &&
				    choice[k] >= 0 && w->to[k] < w->from[i];
			if (!held)
				return false;
		}
	}
	return true;
}

/* Self-paced courses in every order. */
static bool any_order(
    const struct catalogue *c, const int *choice, struct weeks w, unsigned todo)
{
	if (todo == 0)
		return prerequisites_hold(c, choice, &w);
	for (size_t i = 0; i < c->n; i++) {
		struct weeks next = w;
		if ((todo >> i & 1) && place(c, i, choice, &next) &&
		    any_order(c, choice, next, todo & ~(1u << i)))
			return true;
	}
	return false;
}

static bool is_feasible(const struct catalogue *c, const int *choice)
{
	struct weeks w = {0};
	int64_t minutes = 0;
	unsigned todo = 0;

	for (size_t i = 0; i < c->n; i++) {
		if (choice[i] < 0)
			continue;
		minutes += c->courses[i].minutes;
		for (size_t k = 0; k < c->teacher.n_refused; k++)
			if (c->teacher.refused[k] == c->courses[i].id)
				return false;
		if (choice[i] == SESSIONS_MAX)
			todo |= 1u << i;
		else if (!place(c, i, choice, &w))
			return false;
	}
	return minutes <= c->teacher.minutes_total && any_order(c, choice, w, todo);
}

static double optimum(const struct catalogue *c, int *choice, size_t i)
{
	double best = 0;

	if (i == c->n)
		return is_feasible(c, choice) ? value_of(c, choice) : 0;
	for (int k = -1; k <= SESSIONS_MAX; k++) {
		bool self = c->courses[i].n_sessions == 0;
		if (k >= 0 &&
		    (self ? k != SESSIONS_MAX : k >= (int)c->courses[i].n_sessions))
			continue;
		choice[i] = k;
		best = fmax(best, optimum(c, choice, i + 1));
	}
	return best;
}

/* The route as a choice; checks every item on the way. */
static void read_route(const struct catalogue *c, int *choice)
{
	int64_t minutes = 0, gains = 0;

	for (size_t i = 0; i < c->n; i++)
		choice[i] = -1;
	for (size_t k = 0; k < c->r.n_items; k++) {
		const struct metod_route_item *item = &c->r.items[k];
		size_t i = 0;
		while (c->courses[i].id != item->activity)
			i++;
		assert_int_equal(choice[i], -1);
		choice[i] = SESSIONS_MAX;
		for (size_t s = 0; s < c->courses[i].n_sessions; s++)
			if (c->courses[i].sessions[s].id == item->session)
				choice[i] = (int)s;
		assert_true((choice[i] == SESSIONS_MAX) == (item->session == 0));
		assert_true((c->courses[i].n_sessions == 0) == (item->session == 0));
		assert_true(k == 0 || c->r.items[k - 1].week_from <= item->week_from);
		minutes += item->minutes;
		gains += item->gain;
	}
	assert_int_equal(minutes, c->r.minutes);
	assert_int_equal(gains, c->r.value);
}

/* ---- random catalogues ---- */

static uint64_t below(uint64_t *rng, uint64_t n)
{
	return metod_rand64(rng) % n;
}

static void make_random(struct catalogue *c, uint64_t *rng, size_t n)
{
	static const char *const kinds[3] = {"course", "webinar", "visit"};

	memset(c, 0, sizeof(*c));
	c->n = n;
	for (size_t i = 0; i < n; i++) {
		struct metod_activity_in *a = &c->courses[i];
		*a = (struct metod_activity_in){.id = 10 + i,
		    .kind = metod_str(kinds[below(rng, 3)]),
		    .minutes = 60 * (uint32_t)(1 + below(rng, 12)),
		    .formats = (unsigned)below(rng, 4),
		    .gains = c->gains[i],
		    .n_gains = 1 + (size_t)below(rng, GAINS_MAX),
		    .prereq = c->prereq[i],
		    .sessions = c->sessions[i],
		    .n_sessions = (size_t)below(rng, SESSIONS_MAX + 1)};
		for (size_t g = 0; g < GAINS_MAX; g++)
			c->gains[i][g] = (struct metod_gain){
			    (uint32_t)below(rng, 5), 20 + (int32_t)below(rng, 400)};
		if (below(rng, 3) == 0) {
			a->n_prereq = 1;
			c->prereq[i][0] = 10 + below(rng, n + 1);
		}
		for (size_t s = 0; s < SESSIONS_MAX; s++) {
			int32_t from = 1 + (int32_t)below(rng, 8),
				length = 1 + (int32_t)below(rng, 4);
			c->sessions[i][s] =
			    (struct metod_session_in){.id = 100 + 10 * i + s,
				.week_from = from,
				.week_to = from + length - 1,
				.weekly_minutes = a->minutes / (uint32_t)length,
				.municipality = below(rng, 3)};
		}
	}
	c->teacher = (struct metod_route_teacher){.id = 1,
	    .needs = c->needs,
	    .n_needs = (size_t)below(rng, NEEDS_MAX + 1),
	    .wishes = c->wishes,
	    .n_wishes = (size_t)below(rng, 3),
	    .municipality = 1,
	    .formats = (unsigned)below(rng, 4),
	    .minutes_total = 60 * (uint32_t)(4 + below(rng, 30)),
	    .minutes_week = 60 * (uint32_t)(2 + below(rng, 6)),
	    .week_from = 2,
	    .week_to = 10};
	for (uint32_t k = 0; k < NEEDS_MAX; k++)
		c->needs[k] = (struct metod_strength){k, 50 + (int32_t)below(rng, 618)};
	c->wishes[0] = (uint32_t)below(rng, 2);
	c->wishes[1] = 3 + (uint32_t)below(rng, 2);
}

static void routes_hold_and_are_the_optimum(void **state)
{
	uint64_t rng = 41;
	double ratio = 0, gap = 0;
	size_t counted = 0, optimal = 0, proven = 0;
	(void)state;

	for (int round = 0; round < 600; round++) {
		struct catalogue c;
		int choice[COURSES_MAX], best_choice[COURSES_MAX];
		make_random(&c, &rng, 1 + below(&rng, COURSES_MAX));
		c.arena = metod_arena_new();
		solve(&c);
		read_route(&c, choice);
		assert_true(is_feasible(&c, choice));
		double value = value_of(&c, choice), best = optimum(&c, best_choice, 0);
		assert_true(
		    c.r.value <= value + 1e-6 && value < (double)c.r.value + 1 + 1e-6);
		assert_true(value <= best + 1e-6);
		assert_true(best <= (double)c.r.bound + 1e-6);
		assert_true(100 * best <= (double)c.r.bound_exact + 1e-6);
		assert_true(fabs(100 * value - (double)c.r.value_exact) < 1e-6);
		proven += c.r.bound_exact == c.r.value_exact;
		if (best > 0) {
			ratio += fmax(0, value) / best;
			gap += (double)c.r.bound / best;
			optimal += value > best - 1e-6;
			counted++;
		}
		metod_arena_free(c.arena);
	}
	assert_true(counted > 300);
	/* So small, they are all solved and proven. */
	assert_int_equal(optimal, counted);
	assert_int_equal(proven, 600);
	assert_true(ratio / (double)counted > .9999);
	assert_true(gap / (double)counted < 1.01); /* whole per mille, rounded up */
}

/* Whenever the search is cut off, what it left open bounds the optimum. */
static void a_search_cut_off_still_bounds_the_optimum(void **state)
{
	uint64_t rng = 43;
	size_t open = 0;
	(void)state;

	for (int round = 0; round < 600; round++) {
		struct catalogue c;
		int choice[COURSES_MAX];
		make_random(&c, &rng, COURSES_MAX);
		c.arena = metod_arena_new();
		c.teacher.nodes = 1 + (uint32_t)below(&rng, 12);
		solve(&c);
		assert_true(c.r.nodes <= c.teacher.nodes);
		double best = optimum(&c, choice, 0);
		assert_true((double)c.r.value_exact <= 100 * best + 1e-6);
		assert_true(100 * best <= (double)c.r.bound_exact + 1e-6);
		open += c.r.bound_exact > c.r.value_exact;
		metod_arena_free(c.arena);
	}
	assert_true(open > 60);
}

static void order_of_the_catalogue_changes_nothing(void **state)
{
	uint64_t rng = 42;
	(void)state;

	for (int round = 0; round < 200; round++) {
		struct catalogue c;
		make_random(&c, &rng, COURSES_MAX);
		c.arena = metod_arena_new();
		solve(&c);
		struct metod_route_result first = c.r;
		for (size_t i = 0; i < c.n / 2; i++) {
			struct metod_activity_in swap = c.courses[i];
			c.courses[i] = c.courses[c.n - 1 - i];
			c.courses[c.n - 1 - i] = swap;
		}
		solve(&c);
		assert_int_equal(c.r.value, first.value);
		assert_int_equal(c.r.bound, first.bound);
		assert_int_equal(c.r.n_items, first.n_items);
		assert_memory_equal(
		    c.r.items, first.items, first.n_items * sizeof(*first.items));
		metod_arena_free(c.arena);
	}
}

/* ---- prepared catalogues ---- */

/* One need of 500 per mille in competency 0, ten weeks, 10 h in all and 2 h a week. */
static void start(struct catalogue *c)
{
	memset(c, 0, sizeof(*c));
	c->arena = metod_arena_new();
	c->needs[0] = (struct metod_strength){0, 500};
	c->teacher = (struct metod_route_teacher){.id = 1,
	    .needs = c->needs,
	    .n_needs = 1,
	    .municipality = 1,
	    .formats = METOD_FORMAT_ONLINE,
	    .position = METOD_STR("teacher"),
	    .subject = METOD_STR("math"),
	    .minutes_total = 600,
	    .minutes_week = 120,
	    .week_from = 1,
	    .week_to = 10};
}

static struct metod_activity_in *add(
    struct catalogue *c, uint32_t minutes, uint32_t competency, int32_t gain)
{
	size_t i = c->n++;
	c->gains[i][0] = (struct metod_gain){competency, gain};
	c->courses[i] = (struct metod_activity_in){.id = 10 + i,
	    .kind = METOD_STR("course"),
	    .minutes = minutes,
	    .formats = METOD_FORMAT_ONLINE,
	    .gains = c->gains[i],
	    .n_gains = 1,
	    .prereq = c->prereq[i],
	    .sessions = c->sessions[i]};
	return &c->courses[i];
}

static void session(struct catalogue *c, struct metod_activity_in *a, int32_t from,
    int32_t to, uint32_t weekly)
{
	a->sessions[a->n_sessions] =
	    (struct metod_session_in){.id = a->id * 10 + a->n_sessions,
		.week_from = from,
		.week_to = to,
		.weekly_minutes = weekly};
	a->n_sessions++;
	(void)c;
}

/* The route as text: activity/session@from-to, in order. */
static void expect(
    struct catalogue *c, const char *name, size_t n, const int64_t (*items)[4])
{
	solve(c);
	if (c->r.n_items != n)
		fail_msg("%s: %d items", name, (int)c->r.n_items);
	for (size_t i = 0; i < n; i++) {
		const struct metod_route_item *x = &c->r.items[i];
		if ((int64_t)x->activity != items[i][0] ||
		    (int64_t)x->session != items[i][1] || x->week_from != items[i][2] ||
		    x->week_to != items[i][3])
			fail_msg("%s: item %d is %d/%d@%d-%d", name, (int)i,
			    (int)x->activity, (int)x->session, x->week_from, x->week_to);
	}
	metod_arena_free(c->arena);
}

static void without_needs_the_route_is_empty(void **state)
{
	struct catalogue c;
	(void)state;

	start(&c);
	add(&c, 60, 0, 300);
	c.teacher.n_needs = 0;
	expect(&c, "no needs", 0, NULL);
	assert_int_equal(c.r.value, 0);
	assert_int_equal(c.r.bound, 0);
	assert_int_equal(c.r.n_uncovered, 0);

	start(&c);
	add(&c, 60, 0, 300);
	c.needs[0].value = 0;
	expect(&c, "a need of nothing", 0, NULL);

	start(&c);
	expect(&c, "an empty catalogue", 0, NULL);
	assert_int_equal(c.r.n_uncovered, 1);
}

/* d = 500: slope 1 up to 350, slope .4 for the next 300. */
static void gains_are_worth_what_they_close(void **state)
{
	static const struct {
		int32_t gain;
		int64_t value;
	} rows[] = {{100, 100}, {350, 350}, {450, 390}, {650, 470}, {900, 470}};
	(void)state;

	for (size_t i = 0; i < METOD_LEN(rows); i++) {
		struct catalogue c;
		start(&c);
		add(&c, 60, 0, rows[i].gain);
		solve(&c);
		assert_int_equal(c.r.value, rows[i].value);
		assert_int_equal(c.r.bound, rows[i].value);
		assert_int_equal(c.r.items[0].serves, 0);
		assert_int_equal(c.r.items[0].gain, rows[i].value);
		metod_arena_free(c.arena);
	}
}

static void a_wish_counts_twice_even_unmeasured(void **state)
{
	struct catalogue c;
	uint32_t wishes[2] = {0, 4};
	(void)state;

	start(&c);
	add(&c, 60, 0, 100);
	add(&c, 60, 4, 500);
	c.teacher.wishes = wishes;
	c.teacher.n_wishes = 2;
	solve(&c);
	/* 2 x 100, and 2 x (210 + .4 x 180) for an assumed depth of 300. */
	assert_int_equal(c.r.value, 200 + 564);
	assert_int_equal(c.r.n_items, 2);
	metod_arena_free(c.arena);
}

static void what_does_not_fit_the_teacher_is_not_proposed(void **state)
{
	static const char *const names[] = {"fits", "refused", "another position",
	    "own position", "another subject", "longer than all hours",
	    "sessions outside the calendar", "more than the week allows",
	    "no gain on a need", "its prerequisite is unknown",
	    "it is its own prerequisite", "its prerequisite was refused"};
	static const int64_t items[1][4] = {{10, 0, 1, 1}};
	struct metod_str other[1] = {METOD_STR("physics")},
			 own[1] = {METOD_STR("teacher")};
	(void)state;

	for (size_t i = 0; i < METOD_LEN(names); i++) {
		struct catalogue c;
		uint64_t refused[1] = {10};
		start(&c);
		struct metod_activity_in *a = add(&c, 60, 0, 300);
		switch (i) {
		case 1:
			c.teacher.refused = refused;
			c.teacher.n_refused = 1;
			break;
		case 2:
			a->positions = (struct metod_strs){other, 1};
			break;
		case 3:
			a->positions = (struct metod_strs){own, 1};
			break;
		case 4:
			a->subjects = (struct metod_strs){other, 1};
			break;
		case 5:
			a->minutes = 601;
			break;
		case 6:
			session(&c, a, 0, 1, 30);
			session(&c, a, 10, 11, 30);
			break;
		case 7:
			session(&c, a, 1, 1, 121);
			break;
		case 8:
			c.gains[0][0].competency = 1;
			break;
		case 9:
			a->prereq[0] = 99;
			a->n_prereq = 1;
			break;
		case 10:
			a->prereq[0] = 10;
			a->n_prereq = 1;
			break;
		case 11:
			add(&c, 60, 5, 1);
			a->prereq[0] = refused[0] = 11;
			a->n_prereq = 1;
			c.teacher.refused = refused;
			c.teacher.n_refused = 1;
			break;
		default:
			break;
		}
		bool proposed = i == 0 || i == 3;
		expect(&c, names[i], proposed ? 1 : 0, items);
		assert_int_equal(c.r.n_uncovered, proposed ? 0 : 1);
	}
}

static void the_calendar_holds_every_week(void **state)
{
	struct catalogue c;
	(void)state;

	/* Both at once would take 150 minutes in week 3; the second session of the other
	 * does not. */
	start(&c);
	struct metod_activity_in *a = add(&c, 200, 0, 300), *b = add(&c, 200, 0, 250);
	session(&c, a, 1, 3, 70);
	session(&c, b, 3, 5, 80);
	session(&c, b, 6, 8, 80);
	static const int64_t apart[2][4] = {{10, 100, 1, 3}, {11, 111, 6, 8}};
	expect(&c, "another session", 2, apart);

	/* Without that session only the better one stays. */
	start(&c);
	a = add(&c, 200, 0, 300);
	b = add(&c, 200, 0, 250);
	session(&c, a, 1, 3, 70);
	session(&c, b, 3, 5, 80);
	static const int64_t alone[1][4] = {{10, 100, 1, 3}};
	expect(&c, "one of two", 1, alone);
	assert_int_equal(c.r.bound, 300); /* both of them are impossible: proven */

	/* A self-paced course flows around a session: 120, 50 and 50 minutes are free
	 * before it ends. */
	start(&c);
	a = add(&c, 200, 0, 300);
	session(&c, a, 2, 3, 70);
	add(&c, 200, 0, 250);
	static const int64_t around[2][4] = {{11, 0, 1, 3}, {10, 100, 2, 3}};
	expect(&c, "around a session", 2, around);

	/* The hours in all allow one of two equal courses. */
	start(&c);
	add(&c, 400, 0, 300);
	add(&c, 400, 0, 200);
	static const int64_t hours[1][4] = {{10, 0, 1, 4}};
	expect(&c, "hours", 1, hours);
}

static void a_prerequisite_ends_before_its_course(void **state)
{
	struct catalogue c;
	(void)state;

	/* The first session of the course starts too early. */
	start(&c);
	struct metod_activity_in *a = add(&c, 120, 0, 400), *p = add(&c, 60, 6, 100);
	a->prereq[0] = 11;
	a->n_prereq = 1;
	session(&c, a, 3, 4, 60);
	session(&c, a, 4, 5, 60);
	session(&c, p, 2, 3, 30);
	static const int64_t later[2][4] = {{11, 110, 2, 3}, {10, 101, 4, 5}};
	expect(&c, "later session", 2, later);

	start(&c);
	a = add(&c, 120, 0, 400);
	p = add(&c, 60, 6, 100);
	a->prereq[0] = 11;
	a->n_prereq = 1;
	solve(&c);
	assert_int_equal(c.r.n_items, 2);
	assert_int_equal(c.r.items[0].activity, 11);
	assert_true(c.r.items[0].prerequisite);
	assert_int_equal(c.r.items[0].gain, 0);
	assert_int_equal(c.r.items[0].serves, 0);
	assert_int_equal(c.r.items[0].week_to, 1);
	assert_false(c.r.items[1].prerequisite);
	assert_int_equal(c.r.items[1].week_from, 2);
	metod_arena_free(c.arena);

	/* No week is left after it. */
	start(&c);
	a = add(&c, 120, 0, 400);
	p = add(&c, 60, 6, 100);
	a->prereq[0] = 11;
	a->n_prereq = 1;
	session(&c, p, 9, 10, 30);
	expect(&c, "too late", 0, NULL);

	/* A chain of three, given backwards. */
	start(&c);
	for (int i = 0; i < 3; i++) {
		a = add(&c, 60, i == 0 ? 0 : 6, 100);
		a->prereq[0] = 11 + (uint64_t)i;
		a->n_prereq = i < 2;
	}
	static const int64_t chain[3][4] = {{12, 0, 1, 1}, {11, 0, 2, 2}, {10, 0, 3, 3}};
	expect(&c, "chain", 3, chain);

	/* The middle one must wait for its second session. */
	start(&c);
	add(&c, 60, 0, 400)->prereq[0] = 11;
	c.courses[0].n_prereq = 1;
	a = add(&c, 60, 6, 100);
	a->prereq[0] = 12;
	a->n_prereq = 1;
	session(&c, a, 2, 2, 60);
	session(&c, a, 3, 3, 60);
	session(&c, add(&c, 60, 6, 100), 2, 2, 60);
	static const int64_t middle[3][4] = {
	    {12, 120, 2, 2}, {11, 111, 3, 3}, {10, 0, 4, 4}};
	expect(&c, "second session in the middle", 3, middle);

	/* Pushed back by another course, the prerequisite would end in the week of the
	 * start. */
	start(&c);
	session(&c, add(&c, 120, 0, 350), 1, 1, 120);
	a = add(&c, 60, 0, 250);
	a->prereq[0] = 12;
	a->n_prereq = 1;
	session(&c, a, 3, 3, 60);
	add(&c, 180, 6, 100);
	static const int64_t pushed[1][4] = {{10, 100, 1, 1}};
	expect(&c, "pushed back", 1, pushed);

	/* Two courses that ask for each other. */
	start(&c);
	a = add(&c, 60, 0, 100);
	p = add(&c, 60, 0, 100);
	a->prereq[0] = 11;
	p->prereq[0] = 10;
	a->n_prereq = p->n_prereq = 1;
	expect(&c, "circle", 0, NULL);
}

static void travel_and_disliked_formats_weigh(void **state)
{
	struct catalogue c;
	(void)state;

	start(&c);
	struct metod_activity_in *a = add(&c, 60, 0, 300);
	session(&c, a, 1, 1, 60);
	session(&c, a, 5, 5, 60);
	a->sessions[0].municipality = 2;
	a->sessions[1].municipality = 1;
	static const int64_t near[1][4] = {{10, 101, 5, 5}};
	expect(&c, "the session near by", 1, near);
	assert_int_equal(c.r.value, 300);

	start(&c);
	a = add(&c, 60, 0, 300);
	session(&c, a, 1, 1, 60);
	a->sessions[0].municipality = 2;
	a->formats = METOD_FORMAT_IN_PERSON;
	static const int64_t far[1][4] = {{10, 100, 1, 1}};
	expect(&c, "away and not liked", 1, far);
	assert_int_equal(c.r.value, 300 - 30 - 15);

	/* A need gets one course where there is one, even if travel outweighs it. */
	start(&c);
	a = add(&c, 60, 0, 20);
	session(&c, a, 1, 1, 60);
	a->sessions[0].municipality = 2;
	expect(&c, "small but the only one", 1, far);
	assert_int_equal(c.r.value, 20 - 30);

	start(&c);
	a = add(&c, 60, 0, 20);
	session(&c, a, 1, 1, 60);
	a->sessions[0].municipality = 2;
	add(&c, 60, 1, 300);
	c.needs[1] = (struct metod_strength){1, 500};
	c.teacher.n_needs = 2;
	solve(&c);
	assert_int_equal(c.r.n_items, 2);
	assert_int_equal(c.r.value, 300 + 20 - 30);
	metod_arena_free(c.arena);
}

static void among_equals_another_kind_is_taken(void **state)
{
	struct catalogue c;
	(void)state;

	start(&c);
	add(&c, 300, 0, 150);
	add(&c, 300, 0, 150);
	add(&c, 300, 0, 150)->kind = METOD_STR("visit");
	solve(&c);
	assert_int_equal(c.r.n_items, 2);
	assert_true(c.r.items[0].activity == 12 || c.r.items[1].activity == 12);
	metod_arena_free(c.arena);

	start(&c);
	for (int i = 0; i < 5; i++)
		add(&c, 200, 0, 100)->kind = i == 3 ? METOD_STR("visit")
		    : i == 4                        ? METOD_STR("webinar")
						    : METOD_STR("course");
	solve(&c);
	assert_int_equal(c.r.n_items, 3);
	uint64_t courses = 0;
	for (int i = 0; i < 3; i++)
		courses += c.r.items[i].activity < 13;
	assert_int_equal(courses, 1);
	metod_arena_free(c.arena);
}

static void an_item_names_its_best_alternative(void **state)
{
	struct catalogue c;
	(void)state;

	start(&c);
	add(&c, 500, 0, 400);
	add(&c, 500, 0, 300);
	add(&c, 500, 0, 200);
	add(&c, 601, 0, 390); /* too long */
	solve(&c);
	assert_int_equal(c.r.n_items, 1);
	assert_int_equal(c.r.items[0].activity, 10);
	assert_int_equal(c.r.items[0].instead, 11);
	metod_arena_free(c.arena);

	start(&c);
	add(&c, 500, 0, 400);
	solve(&c);
	assert_int_equal(c.r.items[0].instead, 0);
	metod_arena_free(c.arena);
}

static void needs_that_nothing_serves_are_listed(void **state)
{
	struct catalogue c;
	(void)state;

	start(&c);
	c.needs[1] = (struct metod_strength){5, 300};
	c.needs[2] = (struct metod_strength){3, 300};
	c.teacher.n_needs = 3;
	add(&c, 60, 0, 300);
	solve(&c);
	assert_int_equal(c.r.n_uncovered, 2);
	assert_int_equal(c.r.uncovered[0], 3);
	assert_int_equal(c.r.uncovered[1], 5);
	metod_arena_free(c.arena);
}

static void spoil(struct catalogue *c, int what)
{
	switch (what) {
	case 0:
		c->teacher.week_to = 0;
		break;
	case 1:
		c->teacher.week_to = 2000;
		break;
	case 2:
		c->teacher.minutes_total = 1000001;
		break;
	case 3:
		c->needs[0].value = 1001;
		break;
	case 4:
		c->courses[0].id = 0;
		break;
	case 5:
		c->courses[1].id = 10;
		break;
	case 6:
		c->courses[0].minutes = 1000001;
		break;
	case 7:
		c->gains[0][0].gain = -1;
		break;
	case 8:
		c->gains[0][0].gain = 3001;
		break;
	case 9:
		c->sessions[0][0].id = 0;
		break;
	default:
		c->sessions[0][0].week_to = 0;
		break;
	}
}

static void input_out_of_range_is_named(void **state)
{
	static const char *const fields[] = {"teacher.weeks", "teacher.weeks",
	    "teacher.minutes", "teacher.needs", "activity.id", "activity.id",
	    "activity.minutes", "activity.gains", "activity.gains", "activity.sessions",
	    "activity.sessions"};
	(void)state;

	for (size_t i = 0; i < METOD_LEN(fields); i++) {
		struct catalogue c;
		struct metod_error err = {0};
		start(&c);
		session(&c, add(&c, 60, 0, 300), 1, 2, 30);
		add(&c, 60, 0, 300);
		spoil(&c, (int)i);
		assert_int_equal(
		    metod_route_solve(&c.teacher, c.courses, c.n, c.arena, &c.r, &err),
		    METOD_RANGE);
		assert_string_equal(err.field, fields[i]);
		assert_int_equal(c.r.n_items, 0);
		metod_arena_free(c.arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(routes_hold_and_are_the_optimum),
	    cmocka_unit_test(a_search_cut_off_still_bounds_the_optimum),
	    cmocka_unit_test(order_of_the_catalogue_changes_nothing),
	    cmocka_unit_test(without_needs_the_route_is_empty),
	    cmocka_unit_test(gains_are_worth_what_they_close),
	    cmocka_unit_test(a_wish_counts_twice_even_unmeasured),
	    cmocka_unit_test(what_does_not_fit_the_teacher_is_not_proposed),
	    cmocka_unit_test(the_calendar_holds_every_week),
	    cmocka_unit_test(a_prerequisite_ends_before_its_course),
	    cmocka_unit_test(travel_and_disliked_formats_weigh),
	    cmocka_unit_test(among_equals_another_kind_is_taken),
	    cmocka_unit_test(an_item_names_its_best_alternative),
	    cmocka_unit_test(needs_that_nothing_serves_are_listed),
	    cmocka_unit_test(input_out_of_range_is_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
