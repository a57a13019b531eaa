/* SPDX-License-Identifier: Apache-2.0
 * Mentor matching: score and exclusion by cases, the optimum against brute force, the
 * certificate recomputed as a third party would. Links lib/base and the match objects of
 * lib/core only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "metod/match.h"

enum { MENTEES_MAX = 60, MENTORS_MAX = 40, LIST_MAX = 3 };

static const uint32_t same_subject[2] = {0, 1}; /* SUB, STD */

/* ---- one pair ---- */

struct pair {
	struct metod_mentee mentee;
	struct metod_mentor_in mentor;
	struct metod_strength needs[3], strengths[3];
	uint64_t mentee_list[1], mentor_list[1];
	struct metod_match_settings settings;
};

static void make_pair(struct pair *p)
{
	*p = (struct pair){
	    .needs = {{7, 600}, {8, 300}, {9, 100}},
	    .strengths = {{7, 500}, {9, 1000}, {3, 900}},
	    .mentee_list = {21},
	    .mentor_list = {11},
	    .settings = metod_match_defaults(),
	};
	p->mentee = (struct metod_mentee){.id = 1,
	    .person = 11,
	    .tier = 1,
	    .org = 5,
	    .municipality = 50,
	    .subject = METOD_STR("math"),
	    .area = METOD_STR("exact"),
	    .stage = METOD_STR("main"),
	    .formats = METOD_FORMAT_IN_PERSON | METOD_FORMAT_ONLINE,
	    .needs = p->needs,
	    .n_needs = 3};
	p->mentor = (struct metod_mentor_in){.id = 2,
	    .person = 21,
	    .capacity = 3,
	    .org = 6,
	    .municipality = 60,
	    .subject = METOD_STR("physics"),
	    .area = METOD_STR("art"),
	    .stage = METOD_STR("primary"),
	    .formats = METOD_FORMAT_IN_PERSON,
	    .strengths = p->strengths,
	    .n_strengths = 3,
	    .admitted = true};
}

/* One attribute differs from the plain pair, whose cov is (600*.5 + 100*1) / 1000 = .4.
 */
static void vary(struct pair *p, int what)
{
	switch (what) {
	case 1:
		p->mentee.area = p->mentor.area;
		break;
	case 2:
		p->mentee.subject = p->mentor.subject;
		break;
	case 3:
		p->mentor.municipality = 50;
		break;
	case 4:
		p->mentor.org = 5;
		break;
	case 5:
		p->mentor.formats |= METOD_FORMAT_ONLINE;
		break;
	case 6:
		p->mentor.stage = p->mentee.stage;
		break;
	case 7:
		p->mentee.wishes = p->mentee_list;
		p->mentee.n_wishes = 1;
		break;
	case 8:
		vary(p, 7);
		p->mentor.wishes = p->mentor_list;
		p->mentor.n_wishes = 1;
		break;
	case 9:
		p->mentee.no_profile = true;
		break;
	case 10:
		p->mentee.n_needs = 0;
		break;
	case 11:
		p->mentor.n_strengths = 0;
		break;
	case 12:
		p->mentee.subject = p->mentor.subject = METOD_STR("");
		break;
	case 13:
		p->mentee.org = p->mentor.org = 0;
		break;
	case 14:
		p->strengths[2] = (struct metod_strength){7, 400};
		break;
	case 15:
		p->needs[0].value = 601;
		break;
	default:
		break;
	}
}

static void every_term_of_the_score_is_counted(void **state)
{
	static const struct {
		const char *name;
		int what;
		int32_t terms[METOD_TERMS];
	} rows[] = {
	    {"plain", 0, {2400, 0, 0, 250, 0, 0}},
	    {"same area", 1, {2400, 750, 0, 250, 0, 0}},
	    {"same subject", 2, {2400, 1500, 0, 250, 0, 0}},
	    {"same municipality", 3, {2400, 0, 800, 250, 0, 0}},
	    {"same organisation", 4, {2400, 0, 1000, 250, 0, 0}},
	    {"both online", 5, {2400, 0, 200, 500, 0, 0}},
	    {"same stage", 6, {2400, 0, 0, 250, 500, 0}},
	    {"a wish of one side is no term", 7, {2400, 0, 0, 250, 0, 0}},
	    {"a mutual wish", 8, {2400, 0, 0, 250, 0, 500}},
	    {"no profile, no cov", 9, {0, 0, 0, 250, 0, 0}},
	    {"no needs, no cov", 10, {0, 0, 0, 250, 0, 0}},
	    {"no strengths, no cov", 11, {0, 0, 0, 250, 0, 0}},
	    {"two unknown subjects are not the same", 12, {2400, 0, 0, 250, 0, 0}},
	    {"two unknown organisations are not the same", 13, {2400, 0, 0, 250, 0, 0}},
	    {"of two records of a strength the larger counts", 14,
		{2400, 0, 0, 250, 0, 0}},
	    {"cov is rounded once", 15,
		{2401, 0, 0, 250, 0, 0}}, /* 6000 * 400.5 / 1001 */
	};
	(void)state;

	for (size_t i = 0; i < METOD_LEN(rows); i++) {
		struct pair p;
		int32_t terms[METOD_TERMS], score, sum = 0;
		enum metod_match_reason why;
		make_pair(&p);
		vary(&p, rows[i].what);
		assert_true(metod_match_score(&p.mentee, &p.mentor, same_subject, 2,
		    &p.settings, terms, &score, &why));
		for (int t = 0; t < METOD_TERMS; t++) {
			sum += rows[i].terms[t];
			if (terms[t] != rows[i].terms[t])
				fail_msg("%s: term %d is %d", rows[i].name, t, terms[t]);
		}
		assert_int_equal(score, sum);
	}
}

static void exclude(struct pair *p, int what)
{
	switch (what) {
	case 1:
		p->mentor.admitted = false;
		break;
	case 2:
		p->mentor.person = 11;
		break;
	case 3:
		p->mentee.blocks = p->mentee_list;
		p->mentee.n_blocks = 1;
		break;
	case 4:
		p->mentor.blocks = p->mentor_list;
		p->mentor.n_blocks = 1;
		break;
	case 5:
		p->mentee.managers = p->mentee_list;
		p->mentee.n_managers = 1;
		break;
	case 6:
		p->mentee_list[0] = 2;
		p->mentee.declined = p->mentee_list;
		p->mentee.n_declined = 1;
		break;
	case 7:
		p->mentor.formats = METOD_FORMAT_MIXED;
		break;
	case 8:
		p->needs[2].competency = 1;
		break;
	case 9:
		exclude(p, 8);
		p->mentee.subject = p->mentor.subject;
		break;
	case 10:
		exclude(p, 8);
		p->needs[2].value = 0;
		break;
	case 11:
		p->settings.cov_floor = 400;
		break;
	case 12:
		p->settings.cov_floor = 401;
		break;
	case 13:
		p->settings.cov_floor = 1;
		p->mentee.no_profile = true;
		break;
	default:
		break;
	}
}

static void a_pair_is_excluded_by_one_rule(void **state)
{
	static const struct {
		const char *name;
		int what;
		enum metod_match_reason why;
	} rows[] = {
	    {"plain", 0, METOD_WHY_PAIRED},
	    {"the mentor is not admitted", 1, METOD_WHY_NO_MENTOR},
	    {"the same person", 2, METOD_WHY_SELF},
	    {"the mentee blocks", 3, METOD_WHY_BLOCKED},
	    {"the mentor blocks", 4, METOD_WHY_BLOCKED},
	    {"line manager", 5, METOD_WHY_MANAGER},
	    {"declined this season", 6, METOD_WHY_DECLINED},
	    {"no common format", 7, METOD_WHY_NO_COMMON_FORMAT},
	    {"a need in the subject, another subject", 8, METOD_WHY_SUBJECT},
	    {"a need in the subject, the same subject", 9, METOD_WHY_PAIRED},
	    {"no real need in the subject", 10, METOD_WHY_PAIRED},
	    {"at the floor", 11, METOD_WHY_PAIRED},
	    {"below the floor", 12, METOD_WHY_COV},
	    {"a floor and no profile", 13, METOD_WHY_COV},
	};
	(void)state;

	for (size_t i = 0; i < METOD_LEN(rows); i++) {
		struct pair p;
		int32_t terms[METOD_TERMS], score;
		enum metod_match_reason why;
		make_pair(&p);
		exclude(&p, rows[i].what);
		bool allowed = metod_match_score(&p.mentee, &p.mentor, same_subject, 2,
		    &p.settings, terms, &score, &why);
		if (why != rows[i].why || allowed != (why == METOD_WHY_PAIRED))
			fail_msg("%s: %d", rows[i].name, why);
	}
}

/* ---- random worlds ---- */

struct world {
	size_t n, m;
	struct metod_mentee mentees[MENTEES_MAX];
	struct metod_mentor_in mentors[MENTORS_MAX];
	struct metod_strength needs[MENTEES_MAX][LIST_MAX],
	    strengths[MENTORS_MAX][LIST_MAX];
	uint64_t wishes[MENTEES_MAX][LIST_MAX], blocks[MENTEES_MAX][LIST_MAX];
	uint64_t mentor_wishes[MENTORS_MAX][LIST_MAX];
	struct metod_match_settings settings;
};

static uint64_t below(uint64_t *rng, uint64_t n)
{
	return metod_rand64(rng) % n;
}

static struct metod_str any(uint64_t *rng, const char *const words[3])
{
	return metod_str(words[below(rng, 3)]);
}

static void make_world(
    struct world *w, uint64_t *rng, size_t n, size_t m, unsigned capacity_max)
{
	static const char *const subjects[3] = {"math", "music", ""};
	static const char *const areas[3] = {"exact", "arts", ""};
	static const char *const stages[3] = {"primary", "main", ""};

	memset(w, 0, sizeof(*w));
	w->n = n;
	w->m = m;
	w->settings = metod_match_defaults();
	w->settings.season = metod_rand64(rng);
	for (size_t i = 0; i < n; i++) {
		struct metod_mentee *x = &w->mentees[i];
		for (size_t k = 0; k < LIST_MAX; k++) {
			w->needs[i][k] = (struct metod_strength){
			    (uint32_t)below(rng, 6), (int32_t)below(rng, 668)};
			w->wishes[i][k] = 2000 + below(rng, m + 1);
			w->blocks[i][k] = 2000 + below(rng, 2 * m + 1);
		}
		*x = (struct metod_mentee){.id = 100 + 7 * i,
		    .person = 1000 + i,
		    .tier = 1 + (unsigned)below(rng, 3),
		    .org = below(rng, 4),
		    .municipality = below(rng, 3),
		    .subject = any(rng, subjects),
		    .area = any(rng, areas),
		    .stage = any(rng, stages),
		    .formats = 1 + (unsigned)below(rng, 7),
		    .needs = w->needs[i],
		    .n_needs = (size_t)below(rng, LIST_MAX + 1),
		    .wishes = w->wishes[i],
		    .n_wishes = (size_t)below(rng, LIST_MAX + 1),
		    .blocks = w->blocks[i],
		    .n_blocks = (size_t)below(rng, 2)};
	}
	for (size_t j = 0; j < m; j++) {
		for (size_t k = 0; k < LIST_MAX; k++) {
			w->strengths[j][k] = (struct metod_strength){
			    (uint32_t)below(rng, 6), (int32_t)below(rng, 1001)};
			w->mentor_wishes[j][k] = 1000 + below(rng, n + 1);
		}
		w->mentors[j] = (struct metod_mentor_in){.id = 500 + 3 * j,
		    .person = 2000 + j,
		    .capacity = (unsigned)below(rng, capacity_max + 1),
		    .org = below(rng, 4),
		    .municipality = below(rng, 3),
		    .subject = any(rng, subjects),
		    .area = any(rng, areas),
		    .stage = any(rng, stages),
		    .formats = 1 + (unsigned)below(rng, 7),
		    .strengths = w->strengths[j],
		    .n_strengths = LIST_MAX,
		    .wishes = w->mentor_wishes[j],
		    .n_wishes = LIST_MAX,
		    .admitted = below(rng, 8) > 0};
	}
}

static enum metod_err solve(const struct world *w, struct metod_arena *arena,
    struct metod_match_result *ret, struct metod_error *err)
{
	return metod_match_solve(w->mentees, w->n, w->mentors, w->m, same_subject, 2,
	    &w->settings, arena, ret, err);
}

static void solve_well(
    const struct world *w, struct metod_arena *arena, struct metod_match_result *ret)
{
	struct metod_error err = {0};
	if (solve(w, arena, ret, &err) != METOD_OK)
		fail_msg("%s: %s", err.field, err.message);
	assert_int_equal(ret->objective, ret->dual);
	assert_int_equal(ret->n_pairs, w->n);
}

static bool score_of(const struct world *w, size_t i, size_t j, int32_t *score)
{
	int32_t terms[METOD_TERMS];
	enum metod_match_reason why;
	return metod_match_score(&w->mentees[i], &w->mentors[j], same_subject, 2,
	    &w->settings, terms, score, &why);
}

/* ---- brute force ---- */

struct best {
	const struct world *w;
	const int64_t *outside;
	unsigned load[MENTORS_MAX];
	size_t covered[4], top1, top2; /* cover of tier 1, then of tier 2 beside it */
	int64_t value, top;
};

static void try_all(struct best *b, size_t i)
{
	const struct world *w = b->w;
	int64_t before = b->value;

	if (i == w->n) {
		b->top = b->value > b->top ? b->value : b->top;
		if (b->covered[1] > b->top1 ||
		    (b->covered[1] == b->top1 && b->covered[2] > b->top2)) {
			b->top1 = b->covered[1];
			b->top2 = b->covered[2];
		}
		return;
	}
	unsigned tier = w->mentees[i].tier;
	b->value = before - b->outside[tier];
	try_all(b, i + 1);
	b->covered[tier]++;
	for (size_t j = 0; j < w->m; j++) {
		int32_t score;
		if (b->load[j] >= w->mentors[j].capacity || !score_of(w, i, j, &score))
			continue;
		b->value = before + score - w->settings.fairness * (int64_t)b->load[j];
		b->load[j]++;
		try_all(b, i + 1);
		b->load[j]--;
	}
	b->covered[tier]--;
	b->value = before;
}

static int64_t value_of_pairs(const struct world *w, const struct metod_match_result *r)
{
	unsigned load[MENTORS_MAX] = {0};
	int64_t value = 0;

	for (size_t i = 0; i < w->n; i++) {
		const struct metod_pair_out *pair = &r->pairs[i];
		int32_t score, sum = 0;
		assert_int_equal(pair->mentee, w->mentees[i].id);
		if (pair->mentor == 0) {
			assert_int_not_equal(pair->why, METOD_WHY_PAIRED);
			value -= r->outside[w->mentees[i].tier];
			continue;
		}
		size_t j = (size_t)(pair->mentor - 500) / 3;
		assert_true(score_of(w, i, j, &score));
		for (int t = 0; t < METOD_TERMS; t++)
			sum += pair->terms[t];
		assert_int_equal(pair->score, score);
		assert_int_equal(pair->score, sum);
		assert_int_equal(pair->general, pair->terms[METOD_TERM_COV] == 0);
		value += score - w->settings.fairness * (int64_t)load[j]++;
		assert_true(load[j] <= w->mentors[j].capacity);
	}
	return value;
}

static void optimum_equals_brute_force(void **state)
{
	static const struct {
		int32_t fairness, outside[4];
	} settings[] = {
	    {200, {0, 100000, 30000, 3000}}, {0, {0, 9000, 4000, 0}},
	    {600, {0, 1900, 1800, 1800}}, /* the tiers need doubling */
	    {300, {0, 900, 5000, 20000}}, /* costs in the wrong order */
	};
	uint64_t rng = 31;
	size_t raised = 0, unmatched = 0;
	(void)state;

	for (int round = 0; round < 600; round++) {
		struct metod_arena *arena = metod_arena_new();
		struct metod_match_result r;
		struct world w;
		make_world(
		    &w, &rng, 1 + below(&rng, 6), 1 + below(&rng, 4), 1 + round % 3);
		w.settings.fairness = settings[round % 4].fairness;
		memcpy(w.settings.outside, settings[round % 4].outside,
		    sizeof(w.settings.outside));
		solve_well(&w, arena, &r);
		struct best b = {.w = &w, .outside = r.outside, .top = INT64_MIN};
		try_all(&b, 0);
		assert_int_equal(r.objective, b.top);
		assert_int_equal(r.objective, value_of_pairs(&w, &r));
		assert_int_equal(r.matched_by_tier[1], b.top1);
		assert_int_equal(r.matched_by_tier[2], b.top2);
		for (int t = 1; t <= 3; t++) {
			assert_true(r.outside[t] >= w.settings.outside[t]);
			raised += r.outside[t] > w.settings.outside[t];
		}
		unmatched += w.n - r.matched;
		metod_arena_free(arena);
	}
	assert_true(raised > 5 && unmatched > 100);
}

/* One pass over the pairs with the published prices, as a spreadsheet would do it. */
static void published_prices_prove_the_result(void **state)
{
	uint64_t rng = 32;
	(void)state;

	for (int round = 0; round < 60; round++) {
		struct metod_arena *arena = metod_arena_new();
		struct metod_match_result r;
		struct world w;
		int64_t dual = 0;
		make_world(
		    &w, &rng, 1 + below(&rng, MENTEES_MAX), 1 + below(&rng, 20), 4);
		solve_well(&w, arena, &r);
		assert_int_equal(value_of_pairs(&w, &r), r.objective);
		assert_int_equal(r.n_prices, w.m);
		assert_true(r.scale > 63 * (int64_t)w.n && r.scale <= 126 * (int64_t)w.n);
		for (size_t i = 0; i < w.n; i++) {
			int64_t u = -r.outside[w.mentees[i].tier] * r.scale;
			for (size_t j = 0; j < w.m; j++) {
				uint64_t ids[2] = {w.mentees[i].id, w.mentors[j].id};
				int64_t tie =
				    (int64_t)(metod_hash64(w.settings.season, ids, 16) %
					64);
				int32_t score;
				if (score_of(&w, i, j, &score) &&
				    score * r.scale + tie - r.price[j] > u)
					u = score * r.scale + tie - r.price[j];
			}
			dual += u;
		}
		for (size_t j = 0; j < w.m; j++) {
			assert_int_equal(r.price_mentor[j], w.mentors[j].id);
			assert_true(r.price[j] >= 0);
			for (unsigned k = 0; k < w.mentors[j].capacity; k++)
				if (r.price[j] > w.settings.fairness * r.scale * k)
					dual += r.price[j] -
					    w.settings.fairness * r.scale * k;
		}
		int64_t floored =
		    dual >= 0 ? dual / r.scale : -((-dual + r.scale - 1) / r.scale);
		assert_int_equal(floored, r.dual);
		metod_arena_free(arena);
	}
}

static void input_order_changes_nothing(void **state)
{
	uint64_t rng = 33;
	(void)state;

	for (int round = 0; round < 40; round++) {
		struct metod_arena *arena = metod_arena_new();
		struct metod_match_result r, turned;
		struct world w;
		make_world(&w, &rng, 30, 12, 3);
		for (size_t i = 0; i < w.n;
		     i++) /* everybody alike: only the tie hash decides */
			w.mentees[i].n_needs = round % 2 ? w.mentees[i].n_needs : 0;
		solve_well(&w, arena, &r);
		for (size_t i = w.n - 1; i > 0; i--) {
			size_t k = (size_t)below(&rng, i + 1);
			struct metod_mentee swap = w.mentees[i];
			w.mentees[i] = w.mentees[k];
			w.mentees[k] = swap;
		}
		for (size_t j = 0; j < w.m / 2; j++) {
			struct metod_mentor_in swap = w.mentors[j];
			w.mentors[j] = w.mentors[w.m - 1 - j];
			w.mentors[w.m - 1 - j] = swap;
		}
		solve_well(&w, arena, &turned);
		assert_int_equal(r.objective, turned.objective);
		assert_memory_equal(r.pairs, turned.pairs, w.n * sizeof(*r.pairs));
		assert_memory_equal(r.price, turned.price, w.m * sizeof(*r.price));
		metod_arena_free(arena);
	}
}

static void one_more_place_is_worth_at_most_its_price(void **state)
{
	uint64_t rng = 34;
	size_t gains = 0;
	(void)state;

	for (int round = 0; round < 60; round++) {
		struct metod_arena *arena = metod_arena_new();
		struct metod_match_result r, more;
		struct world w;
		make_world(&w, &rng, 20, 5, 3);
		solve_well(&w, arena, &r);
		size_t j = (size_t)below(&rng, w.m);
		int64_t next_place =
		    w.settings.fairness * (int64_t)w.mentors[j].capacity * r.scale;
		int64_t worth = r.price[j] > next_place ? r.price[j] - next_place : 0;
		w.mentors[j].capacity++;
		solve_well(&w, arena, &more);
		assert_true(more.objective >= r.objective);
		assert_true((more.objective - r.objective - 1) * r.scale <= worth);
		gains += more.objective > r.objective;
		metod_arena_free(arena);
	}
	assert_true(gains > 10);
}

static void blocking_a_used_pair_costs_no_more_than_the_pair(void **state)
{
	uint64_t rng = 35;
	(void)state;

	for (int round = 0; round < 60; round++) {
		struct metod_arena *arena = metod_arena_new();
		struct metod_match_result r, less;
		struct world w;
		make_world(&w, &rng, 15, 6, 3);
		solve_well(&w, arena, &r);
		size_t i = 0;
		while (i < w.n && r.pairs[i].mentor == 0)
			i++;
		if (i < w.n) {
			uint64_t declined[1] = {r.pairs[i].mentor};
			w.mentees[i].declined = declined;
			w.mentees[i].n_declined = 1;
			solve_well(&w, arena, &less);
			assert_int_not_equal(less.pairs[i].mentor, declined[0]);
			int64_t fall = r.objective - less.objective;
			if (less.outside[1] == r.outside[1] &&
			    less.outside[2] == r.outside[2])
				assert_true(fall >= 0 &&
				    fall <=
					r.pairs[i].score + r.outside[w.mentees[i].tier]);
		}
		metod_arena_free(arena);
	}
}

/* ---- prepared stories ---- */

/* Plain people: same format, nothing else in common, one need and one strength each. */
struct story {
	struct metod_mentee mentees[8];
	struct metod_mentor_in mentors[4];
	struct metod_strength needs[8], strengths[4];
	struct metod_match_settings settings;
	struct metod_arena *arena;
	struct metod_match_result r;
};

static void tell(struct story *s, size_t n, const int32_t *strengths,
    const unsigned *capacity, size_t m)
{
	memset(s, 0, sizeof(*s));
	s->settings = metod_match_defaults();
	s->arena = metod_arena_new();
	for (size_t i = 0; i < n; i++) {
		s->needs[i] = (struct metod_strength){9, 500};
		s->mentees[i] = (struct metod_mentee){.id = i + 1,
		    .person = 100 + i,
		    .tier = 1,
		    .formats = METOD_FORMAT_IN_PERSON,
		    .needs = &s->needs[i],
		    .n_needs = 1};
	}
	for (size_t j = 0; j < m; j++) {
		s->strengths[j] = (struct metod_strength){9, strengths[j]};
		s->mentors[j] = (struct metod_mentor_in){.id = 10 + j,
		    .person = 200 + j,
		    .capacity = capacity[j],
		    .formats = METOD_FORMAT_IN_PERSON,
		    .strengths = &s->strengths[j],
		    .n_strengths = 1,
		    .admitted = true};
	}
}

static void play(struct story *s, size_t n, size_t m)
{
	struct metod_error err = {0};
	if (metod_match_solve(s->mentees, n, s->mentors, m, same_subject, 2, &s->settings,
		s->arena, &s->r, &err) != METOD_OK)
		fail_msg("%s: %s", err.field, err.message);
}

/* Five young teachers of one subject and one mentor with two places; another mentor has
 * room, but only for the sixth, who asks for nothing special. */
static void a_shortage_names_who_waits_for_which_places(void **state)
{
	static const int32_t strengths[2] = {1000, 200};
	static const unsigned capacity[2] = {2, 3};
	static const uint64_t waiting[5] = {1, 2, 3, 4, 5};
	struct story s;
	(void)state;

	tell(&s, 6, strengths, capacity, 2);
	for (int i = 0; i < 5; i++) {
		s.needs[i].competency = 0; /* SUB: the same subject is needed */
		s.mentees[i].subject = METOD_STR("music");
	}
	s.strengths[0].competency = 0;
	s.mentors[0].subject = METOD_STR("music");
	play(&s, 6, 2);
	assert_int_equal(s.r.matched, 3);
	assert_int_equal(s.r.matched_by_tier[1], 3);
	assert_int_equal(s.r.total_by_tier[1], 6);
	/* 2 x (6000 cov + 1500 subject + 500 format) - 200 load step, and 1200 + 500. */
	assert_int_equal(s.r.objective, 2 * 8000 - 200 + 1700 - 3 * 100000);
	assert_int_equal(s.r.dual, s.r.objective);
	assert_int_equal(s.r.shortage_places, 2);
	assert_int_equal(s.r.shortage_mentees, 5);
	assert_int_equal(s.r.n_shortage_ids, 5);
	assert_memory_equal(s.r.shortage_ids, waiting, sizeof(waiting));
	for (int i = 0; i < 6; i++) {
		const struct metod_pair_out *pair = &s.r.pairs[i];
		assert_int_equal(pair->mentee, i + 1);
		assert_int_equal(
		    pair->why, pair->mentor ? METOD_WHY_PAIRED : METOD_WHY_FULL);
		if (i == 5)
			assert_int_equal(pair->mentor, 11);
		else if (pair->mentor == 0)
			assert_int_equal(pair->alternative[0].why, METOD_WHY_FULL);
		assert_int_equal(pair->n_alternatives, pair->mentor ? 1 : 2);
	}
	/* The scarce mentor has a price: nearly what a place would save. */
	assert_true(s.r.price[0] / s.r.scale > 100000);
	/* The other has an open place: no price above what that place costs. */
	assert_true(s.r.price[1] <= s.settings.fairness * s.r.scale);
	metod_arena_free(s.arena);
}

static void a_covered_territory_has_no_shortage(void **state)
{
	static const int32_t strengths[2] = {900, 100};
	static const unsigned capacity[2] = {2, 2};
	struct story s;
	(void)state;

	tell(&s, 4, strengths, capacity, 2);
	play(&s, 4, 2);
	assert_int_equal(s.r.matched, 4);
	assert_int_equal(s.r.shortage_mentees, 0);
	assert_int_equal(s.r.n_shortage_ids, 0);
	metod_arena_free(s.arena);
}

static void the_load_step_spreads_equal_mentors(void **state)
{
	static const int32_t strengths[2] = {500, 500};
	static const unsigned capacity[2] = {3, 3};
	struct story s;
	(void)state;

	tell(&s, 4, strengths, capacity, 2);
	play(&s, 4, 2);
	int of_first = 0;
	for (int i = 0; i < 4; i++)
		of_first += s.r.pairs[i].mentor == 10;
	assert_int_equal(of_first, 2);
	metod_arena_free(s.arena);
}

static void a_lower_tier_steps_back(void **state)
{
	static const int32_t strengths[1] = {500};
	static const unsigned capacity[1] = {1};
	struct story s;
	(void)state;

	for (unsigned young = 0; young < 3; young++) {
		tell(&s, 3, strengths, capacity, 1);
		for (unsigned i = 0; i < 3; i++)
			s.mentees[i].tier = i == young ? 1 : 2 + i % 2;
		s.mentees[(young + 1) % 3].stage = s.mentors[0].stage = METOD_STR("main");
		play(&s, 3, 1);
		assert_int_equal(s.r.matched, 1);
		assert_int_equal(s.r.pairs[young].mentor, 10);
		metod_arena_free(s.arena);
	}
}

static void equal_pairs_are_settled_by_the_season(void **state)
{
	static const int32_t strengths[1] = {500};
	static const unsigned capacity[1] = {1};
	struct story s;
	int first = 0;
	(void)state;

	for (uint64_t season = 0; season < 40; season++) {
		tell(&s, 2, strengths, capacity, 1);
		s.settings.season = season;
		play(&s, 2, 1);
		assert_int_equal(s.r.matched, 1);
		first += s.r.pairs[0].mentor == 10;
		metod_arena_free(s.arena);
	}
	assert_true(first > 5 && first < 35);
}

static void alternatives_say_why_not(void **state)
{
	static const int32_t strengths[4] = {900, 800, 700, 600};
	static const unsigned capacity[4] = {1, 1, 1, 1};
	struct story s;
	uint64_t declined[1] = {12};
	(void)state;

	/* The second mentee gains more from the best mentor: the first steps back. */
	tell(&s, 2, strengths, capacity, 4);
	s.mentees[1].stage = s.mentors[0].stage = METOD_STR("main");
	s.mentees[0].declined = declined;
	s.mentees[0].n_declined = 1;
	play(&s, 2, 4);
	const struct metod_pair_out *pair = &s.r.pairs[0];
	assert_int_equal(s.r.pairs[1].mentor, 10);
	assert_int_equal(s.r.pairs[1].alternative[0].mentor, 11);
	assert_int_equal(s.r.pairs[1].alternative[0].why, METOD_WHY_SCORE);
	assert_int_equal(pair->mentor, 11);
	assert_int_equal(pair->n_alternatives, 3);
	assert_int_equal(pair->alternative[0].mentor, 10);
	assert_int_equal(pair->alternative[0].why, METOD_WHY_FULL);
	assert_int_equal(pair->alternative[0].score, 5900);
	assert_int_equal(pair->alternative[1].mentor, 13);
	assert_int_equal(pair->alternative[1].why, METOD_WHY_SCORE);
	assert_int_equal(pair->alternative[2].mentor, 12);
	assert_int_equal(pair->alternative[2].why, METOD_WHY_DECLINED);
	metod_arena_free(s.arena);
}

static void an_unmatched_mentee_learns_the_binding_reason(void **state)
{
	static const int32_t strengths[3] = {900, 900, 900};
	static const unsigned capacity[3] = {1, 1, 1};
	struct story s;
	uint64_t blocks[1] = {200}, managers[3] = {200, 201, 202};
	(void)state;

	tell(&s, 4, strengths, capacity, 3);
	s.mentees[0].blocks = blocks; /* one blocked, two without a common format */
	s.mentees[0].n_blocks = 1;
	s.mentees[0].formats = METOD_FORMAT_ONLINE;
	s.mentees[1].managers = managers;
	s.mentees[1].n_managers = 3;
	s.mentees[2].needs[0].competency = 0;
	s.settings.outside[1] = 50;
	s.settings.fairness = 0;
	play(&s, 4, 3);
	assert_int_equal(s.r.pairs[0].why, METOD_WHY_NO_COMMON_FORMAT);
	assert_int_equal(s.r.pairs[1].why, METOD_WHY_MANAGER);
	assert_int_equal(s.r.pairs[2].why, METOD_WHY_SUBJECT);
	assert_int_equal(s.r.pairs[3].why, METOD_WHY_PAIRED);
	metod_arena_free(s.arena);

	tell(&s, 1, strengths, capacity, 3);
	for (int j = 0; j < 3; j++)
		s.mentors[j].admitted = false;
	play(&s, 1, 3);
	assert_int_equal(s.r.pairs[0].why, METOD_WHY_NO_MENTOR);
	assert_int_equal(s.r.n_shortage_ids, 1);
	assert_int_equal(s.r.shortage_places, 0);
	metod_arena_free(s.arena);

	tell(&s, 1, strengths, capacity, 0);
	play(&s, 1, 0);
	assert_int_equal(s.r.pairs[0].why, METOD_WHY_NO_MENTOR);
	play(&s, 0, 0);
	assert_int_equal(s.r.n_pairs, 0);
	assert_int_equal(s.r.objective, 0);
	metod_arena_free(s.arena);
}

static void no_strength_on_record_means_general_support(void **state)
{
	static const int32_t strengths[1] = {0};
	static const unsigned capacity[1] = {1};
	struct story s;
	(void)state;

	tell(&s, 1, strengths, capacity, 1);
	play(&s, 1, 1);
	assert_int_equal(s.r.pairs[0].mentor, 10);
	assert_true(s.r.pairs[0].general);
	metod_arena_free(s.arena);
}

static void spoil(struct story *s, int what)
{
	switch (what) {
	case 0:
		s->mentees[1].tier = 0;
		break;
	case 1:
		s->mentees[1].tier = 4;
		break;
	case 2:
		s->mentees[1].id = 1;
		break;
	case 3:
		s->mentees[1].id = 0;
		break;
	case 4:
		s->needs[1].value = 1001;
		break;
	case 5:
		s->needs[1].value = -1;
		break;
	case 6:
		s->mentors[1].capacity = 10;
		break;
	case 7:
		s->mentors[1].id = 10;
		break;
	case 8:
		s->strengths[1].value = 1001;
		break;
	case 9:
		s->settings.weight[0] = 6001;
		break;
	case 10:
		s->settings.weight[5] = -1;
		break;
	case 11:
		s->settings.fairness = 60000;
		break;
	case 12:
		s->settings.outside[1] = 199;
		break;
	case 13:
		s->settings.cov_floor = 1001;
		break;
	default:
		s->settings.outside[3] = -1;
		break;
	}
}

static void input_out_of_range_is_named(void **state)
{
	static const char *const fields[] = {"mentee.tier", "mentee.tier", "mentee.id",
	    "mentee.id", "mentee.needs", "mentee.needs", "mentor.capacity", "mentor.id",
	    "mentor.strengths", "weight", "weight", "fairness", "fairness", "cov_floor",
	    "outside"};
	static const int32_t strengths[2] = {500, 500};
	static const unsigned capacity[2] = {2, 2};
	(void)state;

	for (size_t i = 0; i < METOD_LEN(fields); i++) {
		struct story s;
		struct metod_error err = {0};
		tell(&s, 2, strengths, capacity, 2);
		spoil(&s, (int)i);
		assert_int_equal(metod_match_solve(s.mentees, 2, s.mentors, 2,
				     same_subject, 2, &s.settings, s.arena, &s.r, &err),
		    METOD_RANGE);
		assert_string_equal(err.field, fields[i]);
		assert_int_equal(s.r.n_pairs, 0); /* untouched on failure */
		metod_arena_free(s.arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_term_of_the_score_is_counted),
	    cmocka_unit_test(a_pair_is_excluded_by_one_rule),
	    cmocka_unit_test(optimum_equals_brute_force),
	    cmocka_unit_test(published_prices_prove_the_result),
	    cmocka_unit_test(input_order_changes_nothing),
	    cmocka_unit_test(one_more_place_is_worth_at_most_its_price),
	    cmocka_unit_test(blocking_a_used_pair_costs_no_more_than_the_pair),
	    cmocka_unit_test(a_shortage_names_who_waits_for_which_places),
	    cmocka_unit_test(a_covered_territory_has_no_shortage),
	    cmocka_unit_test(the_load_step_spreads_equal_mentors),
	    cmocka_unit_test(a_lower_tier_steps_back),
	    cmocka_unit_test(equal_pairs_are_settled_by_the_season),
	    cmocka_unit_test(alternatives_say_why_not),
	    cmocka_unit_test(an_unmatched_mentee_learns_the_binding_reason),
	    cmocka_unit_test(no_strength_on_record_means_general_support),
	    cmocka_unit_test(input_out_of_range_is_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
