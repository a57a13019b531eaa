/* SPDX-License-Identifier: Apache-2.0
 * The small-group rule by cases, and against a reader who subtracts: an auditor of its
 * own that knows only what was published. Links lib/base and smallgroup.c only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "metod/smallgroup.h"

enum {
	CHILDREN_MAX = 12,
	NOTHING = METOD_SHOW_NOTHING,
	HIDDEN = METOD_SHOW_HIDDEN,
	CLASS = METOD_SHOW_CLASS,
	EXACT = METOD_SHOW_EXACT,
	FEW = METOD_CLASS_FEW,
	NOTABLE = METOD_CLASS_NOTABLE,
	MOST = METOD_CLASS_MOST,
};

static void one_cell_shows_what_its_size_allows(void **state)
{
	static const struct {
		uint64_t n, part;
		int how, cls;
	} rows[] = {
	    {0, 0, NOTHING, 0}, {4, 2, NOTHING, 0}, {5, 0, CLASS, FEW},
	    {5, 1, CLASS, FEW}, {5, 2, CLASS, NOTABLE}, {5, 3, CLASS, MOST},
	    {8, 1, CLASS, FEW}, {8, 2, CLASS, NOTABLE}, /* exactly 1/4 */
	    {8, 4, CLASS, NOTABLE},                     /* exactly 1/2 */
	    {8, 5, CLASS, MOST}, {24, 12, CLASS, NOTABLE}, {25, 12, EXACT, NOTABLE},
	    {25, 5, EXACT, FEW}, {25, 4, CLASS, FEW}, {25, 20, EXACT, MOST},
	    {25, 21, CLASS, MOST}, {400, 4, CLASS, FEW}, {400, 396, CLASS, MOST},
	    {10, 11, NOTHING, 0}, /* not a count */
	};
	(void)state;

	for (size_t i = 0; i < METOD_LEN(rows); i++) {
		struct metod_count cell = {rows[i].n, rows[i].part};
		struct metod_shown shown = metod_smallgroup_show(cell);
		if ((int)shown.how != rows[i].how || (int)shown.cls != rows[i].cls)
			fail_msg("%d of %d: how %d class %d", (int)rows[i].part,
			    (int)rows[i].n, shown.how, shown.cls);
	}
}

static void what_may_not_be_shown_is_not_in_the_answer(void **state)
{
	static const struct metod_shown empty;
	struct metod_shown shown;
	(void)state;

	shown = metod_smallgroup_show((struct metod_count){4, 3});
	assert_memory_equal(&shown, &empty, sizeof(shown));
	shown = metod_smallgroup_show((struct metod_count){24, 9});
	assert_int_equal(shown.n, 24);
	assert_int_equal(shown.part, 0);
	assert_true(shown.share == 0 && shown.lo == 0 && shown.hi == 0);
}

/* Both ends of the interval solve (share - x)^2 = z^2 x (1 - x) / n. */
static void wilson_interval_solves_its_equation(void **state)
{
	double lo, hi;
	(void)state;

	for (uint64_t n = 1; n < 120; n += 7) {
		for (uint64_t part = 0; part <= n; part++) {
			double p = (double)part / (double)n, z2 = 1.959964 * 1.959964;
			metod_wilson(part, n, &lo, &hi);
			assert_true(lo >= 0 && lo <= p && p <= hi && hi <= 1);
			assert_true(fabs((p - lo) * (p - lo) -
					z2 * lo * (1 - lo) / (double)n) < 1e-12);
			assert_true(fabs((p - hi) * (p - hi) -
					z2 * hi * (1 - hi) / (double)n) < 1e-12);
		}
	}
	metod_wilson(8, 10, &lo, &hi);
	assert_true(fabs(lo - .4901625) < 1e-6 && fabs(hi - .9433178) < 1e-6);
	metod_wilson(0, 0, &lo, &hi);
	assert_true(lo == 0 && hi == 1);
}

static void a_release_is_replaced_after_five_changes(void **state)
{
	(void)state;
	assert_false(metod_smallgroup_may_refresh(0, 4));
	assert_true(metod_smallgroup_may_refresh(0, 5));
	assert_false(metod_smallgroup_may_refresh(30, 34));
	assert_true(metod_smallgroup_may_refresh(30, 35));
	assert_false(metod_smallgroup_may_refresh(30, 26));
	assert_true(metod_smallgroup_may_refresh(30, 25));
}

static void siblings_get_the_prepared_marks(void **state)
{
	static const struct {
		const char *name;
		struct metod_count parent;
		size_t n;
		struct metod_count children[6];
		int how[6];
	} rows[] = {
	    {"two large children need nothing", {60, 20}, 2, {{30, 10}, {30, 10}},
		{EXACT, EXACT}},
	    {"one small child would be the difference", {100, 40}, 3,
		{{40, 16}, {57, 23}, {3, 1}}, {HIDDEN, HIDDEN, NOTHING}},
	    {"two small children leave one large one free", {108, 41}, 4,
		{{40, 16}, {62, 23}, {3, 1}, {3, 1}}, {HIDDEN, EXACT, NOTHING, NOTHING}},
	    {"the smallest exact child is hidden first", {166, 57}, 4,
		{{62, 23}, {40, 16}, {60, 17}, {4, 1}}, {EXACT, HIDDEN, HIDDEN, NOTHING}},
	    {"classes at their common end tell the parts", {40, 10}, 2,
		{{20, 5}, {20, 5}}, {HIDDEN, CLASS}},
	    {"two classes are narrowed by an exact parent", {44, 15}, 2,
		{{22, 7}, {22, 8}}, {HIDDEN, CLASS}},
	    {"three classes with room stay", {60, 22}, 3, {{20, 7}, {20, 7}, {20, 8}},
		{CLASS, CLASS, CLASS}},
	    {"a small rest outside the children is protected too", {62, 20}, 2,
		{{30, 10}, {30, 10}}, {HIDDEN, EXACT}},
	    {"a large rest is a publishable group", {100, 40}, 2, {{30, 10}, {30, 10}},
		{EXACT, EXACT}},
	    {"a parent class leaves room for a child class", {24, 8}, 2,
		{{12, 4}, {12, 4}}, {CLASS, CLASS}},
	    {"a small parent shows nothing below it", {4, 2}, 2, {{2, 1}, {2, 1}},
		{NOTHING, NOTHING}},
	    {"children beyond their parent are not of one release", {60, 20}, 2,
		{{30, 10}, {40, 10}}, {HIDDEN, HIDDEN}},
	    {"parts beyond their parent's are not of one release", {60, 20}, 2,
		{{30, 15}, {30, 10}}, {HIDDEN, HIDDEN}},
	    {"small classes together are a group of their own", {61, 22}, 4,
		{{40, 15}, {7, 2}, {7, 2}, {7, 3}}, {HIDDEN, HIDDEN, CLASS, CLASS}},
	    {"a class that its parent narrows is hidden before exact ones", {184, 23}, 3,
		{{24, 13}, {60, 5}, {100, 5}}, {HIDDEN, HIDDEN, EXACT}},
	    {"a rest with more parts than answers is of another release", {100, 60}, 3,
		{{30, 10}, {30, 10}, {38, 20}}, {HIDDEN, HIDDEN, HIDDEN}},
	    {"an only child is its parent", {60, 20}, 1, {{60, 20}}, {EXACT}},
	    {"no children", {60, 20}, 0, {{0, 0}}, {0}},
	};
	(void)state;

	for (size_t i = 0; i < METOD_LEN(rows); i++) {
		struct metod_shown shown[6];
		metod_smallgroup_partition(
		    rows[i].parent, rows[i].children, rows[i].n, shown);
		for (size_t c = 0; c < rows[i].n; c++)
			if ((int)shown[c].how != rows[i].how[c])
				fail_msg("%s: child %d is %d", rows[i].name, (int)c,
				    shown[c].how);
	}
}

/* ---- the auditor ---- */

/* n, part and rest of a child, as far as the page tells. */
struct known {
	int64_t lo[3], hi[3];
};

/* From 25 answers on a class says that the part or the rest is below 5. */
static void class_ends(int64_t n, int cls, int64_t *lo, int64_t *hi)
{
	*lo = n;
	*hi = 0;
	for (int64_t part = 0; part <= n; part++) {
		int is = 4 * part < n ? FEW : 2 * part > n ? MOST : NOTABLE;
		if (is != cls || (n >= 25 && part >= 5 && n - part >= 5))
			continue;
		*lo = part < *lo ? part : *lo;
		*hi = part;
	}
}

/* hidden_from: the auditor's belief about the least n of a hidden child. */
static struct known published(
    const struct metod_shown *shown, int64_t top, int64_t hidden_from)
{
	struct known k = {{0, 0, 0}, {top, top, top}};
	int64_t n = (int64_t)shown->n;

	switch (shown->how) {
	case METOD_SHOW_NOTHING:
		k.hi[0] = k.hi[1] = k.hi[2] = 4;
		break;
	case METOD_SHOW_HIDDEN:
		k.lo[0] = hidden_from;
		break;
	case METOD_SHOW_CLASS:
		k.lo[0] = k.hi[0] = n;
		class_ends(n, (int)shown->cls, &k.lo[1], &k.hi[1]);
		k.lo[2] = n - k.hi[1];
		k.hi[2] = n - k.lo[1];
		break;
	case METOD_SHOW_EXACT:
		k.lo[0] = k.hi[0] = n;
		k.lo[1] = k.hi[1] = (int64_t)shown->part;
		k.lo[2] = k.hi[2] = n - (int64_t)shown->part;
		break;
	}
	return k;
}

static bool raise_lo(int64_t *lo, int64_t value)
{
	bool moved = value > *lo;
	*lo = moved ? value : *lo;
	return moved;
}

static bool cut_hi(int64_t *hi, int64_t value)
{
	bool moved = value < *hi;
	*hi = moved ? value : *hi;
	return moved;
}

/* n = part + rest inside one child. */
static bool inside(struct known *k)
{
	bool moved = raise_lo(&k->lo[0], k->lo[1] + k->lo[2]);
	moved |= cut_hi(&k->hi[0], k->hi[1] + k->hi[2]);
	for (int x = 1; x <= 2; x++) {
		moved |= raise_lo(&k->lo[x], k->lo[0] - k->hi[3 - x]);
		moved |= cut_hi(&k->hi[x], k->hi[0] - k->lo[3 - x]);
	}
	return moved;
}

/* Children add up to the parent, number by number. Runs until nothing moves. */
static void audit(struct known parent, struct known *child, size_t n)
{
	bool moved = true;
	while (moved) {
		moved = false;
		for (int x = 0; x < 3; x++) {
			for (size_t i = 0; i < n; i++) {
				int64_t others_lo = 0, others_hi = 0;
				for (size_t j = 0; j < n; j++) {
					others_lo += j == i ? 0 : child[j].lo[x];
					others_hi += j == i ? 0 : child[j].hi[x];
				}
				moved |=
				    raise_lo(&child[i].lo[x], parent.lo[x] - others_hi);
				moved |=
				    cut_hi(&child[i].hi[x], parent.hi[x] - others_lo);
			}
		}
		for (size_t i = 0; i < n; i++)
			moved |= inside(&child[i]);
	}
}

struct findings {
	size_t exact;    /* parts of unpublished children found to the digit */
	size_t narrowed; /* classes narrowed, hidden parts to a width below 5 */
	size_t small;    /* something learned of a child below 5 answers */
	size_t groups;   /* all unpublished children as a group too small to be known
			    exactly */
};

/* The child as the parent alone leaves it: its siblings are one unknown. */
static struct known parent_only(struct known parent, struct known child, int64_t top)
{
	struct known two[2] = {child, {{0, 0, 0}, {top, top, top}}};
	audit(parent, two, 2);
	return two[0];
}

static bool same(const struct known *x, const struct known *y, int number)
{
	return x->lo[number] == y->lo[number] && x->hi[number] == y->hi[number];
}

/* An exact parent less its exact children: known, whatever the others show. */
static bool is_small_group(
    struct metod_count parent, const struct metod_shown *shown, size_t n)
{
	bool any = false;
	for (size_t i = 0; i < n; i++) {
		any |= shown[i].how != METOD_SHOW_EXACT;
		parent.n -= shown[i].how == METOD_SHOW_EXACT ? shown[i].n : 0;
		parent.part -= shown[i].part;
	}
	return any && metod_smallgroup_show(parent).how != METOD_SHOW_EXACT;
}

/* The first `judged` cells must be covered; one more may be a remainder that is not
 * listed. */
static struct findings attack(struct metod_count parent, const struct metod_shown *shown,
    size_t n, size_t judged, int64_t hidden_from)
{
	struct findings found = {0};
	struct known child[CHILDREN_MAX + 1], own[CHILDREN_MAX + 1];
	struct metod_shown head = metod_smallgroup_show(parent);
	int64_t top = (int64_t)parent.n;
	struct known known_parent = published(&head, top, 0);

	for (size_t i = 0; i < n; i++)
		own[i] = child[i] = published(&shown[i], top, hidden_from);
	audit(known_parent, child, n);
	found.groups = head.how == METOD_SHOW_EXACT && is_small_group(parent, shown, n);
	for (size_t i = 0; i < judged; i++) {
		struct known fair = parent_only(known_parent, own[i], top);
		int64_t width = child[i].hi[1] - child[i].lo[1];
		assert_true(width >= 0);
		if (shown[i].how == METOD_SHOW_EXACT)
			continue;
		found.exact += width == 0 && own[i].lo[1] < own[i].hi[1];
		if (shown[i].how == METOD_SHOW_CLASS)
			found.narrowed += !same(&child[i], &own[i], 1);
		else if (shown[i].how == METOD_SHOW_HIDDEN)
			found.narrowed += width < 5 && !same(&child[i], &fair, 1);
		else
			found.small +=
			    !same(&child[i], &fair, 0) || !same(&child[i], &fair, 1);
	}
	return found;
}

/* ---- random families ---- */

static uint64_t below(uint64_t *rng, uint64_t n)
{
	return metod_rand64(rng) % n;
}

static struct metod_count random_cell(uint64_t *rng)
{
	static const uint64_t from[4] = {0, 5, 25, 25}, width[4] = {5, 20, 40, 200};
	size_t size = (size_t)below(rng, 4);
	struct metod_count cell = {from[size] + below(rng, width[size]), 0};
	uint64_t share = below(rng, 101);
	for (uint64_t i = 0; i < cell.n; i++)
		cell.part += below(rng, 100) < share;
	return cell;
}

struct sample {
	struct metod_count parent, children[CHILDREN_MAX];
	size_t n;
	bool whole;          /* the children are all of the parent */
	bool rest_is_public; /* else what is left is large enough to be known */
};

static struct sample random_family(uint64_t *rng)
{
	struct sample s = {.n = 2 + (size_t)below(rng, CHILDREN_MAX - 1)};
	s.whole = below(rng, 4) > 0;
	for (size_t i = 0; i < s.n; i++) {
		s.children[i] = random_cell(rng);
		s.parent.n += s.children[i].n;
		s.parent.part += s.children[i].part;
	}
	if (!s.whole) {
		struct metod_count rest = random_cell(rng);
		s.whole = rest.n == 0;
		s.rest_is_public = metod_smallgroup_show(rest).how == METOD_SHOW_EXACT;
		s.parent.n += rest.n;
		s.parent.part += rest.part;
	}
	return s;
}

static size_t count_shown(const struct metod_shown *shown, size_t n)
{
	size_t count = 0;
	for (size_t i = 0; i < n; i++)
		count += shown[i].how >= METOD_SHOW_CLASS;
	return count;
}

static void subtraction_recovers_nothing(void **state)
{
	uint64_t rng = 21;
	size_t shown_count = 0, showable = 0, everything_hidden = 0;
	(void)state;

	for (int round = 0; round < 4000; round++) {
		struct sample s = random_family(&rng);
		struct metod_shown shown[CHILDREN_MAX + 1] = {0};
		metod_smallgroup_partition(s.parent, s.children, s.n, shown);
		shown[s.n].how = METOD_SHOW_HIDDEN;
		size_t cells = s.n + (s.whole ? 0 : 1),
		       judged = s.rest_is_public ? s.n : cells;
		size_t visible = count_shown(shown, s.n);
		shown_count += visible;
		for (size_t i = 0; i < s.n; i++)
			showable += s.children[i].n >= METOD_K;
		for (int64_t belief = 0; belief <= (s.whole ? METOD_K : 0);
		     belief += METOD_K) {
			struct findings found =
			    attack(s.parent, shown, cells, judged, belief);
			assert_int_equal(found.exact, 0);
			assert_int_equal(found.groups, 0);
			if (visible == 0) {
				everything_hidden += belief == 0;
				continue; /* only the parent speaks */
			}
			assert_int_equal(found.narrowed, 0);
			assert_int_equal(found.small, 0);
		}
	}
	/* The price: most of what may be shown alone is still shown. */
	assert_true(100 * shown_count > 70 * showable);
	assert_true(everything_hidden < 600);
}

static void without_complements_subtraction_recovers_cells(void **state)
{
	uint64_t rng = 21;
	struct findings all = {0};
	(void)state;

	for (int round = 0; round < 2000; round++) {
		struct sample s = random_family(&rng);
		struct metod_shown shown[CHILDREN_MAX];
		if (!s.whole)
			continue;
		for (size_t i = 0; i < s.n; i++)
			shown[i] = metod_smallgroup_show(s.children[i]);
		struct findings found = attack(s.parent, shown, s.n, s.n, 0);
		all.exact += found.exact;
		all.narrowed += found.narrowed;
		all.small += found.small;
		all.groups += found.groups;
	}
	assert_true(all.exact > 100);
	assert_true(all.narrowed > 100);
	assert_true(all.small > 100);
	assert_true(all.groups > 100);
}

/* A second reader, who tries every case: three children with n up to 14 beside their
 * parent. */
static bool may_be(const struct metod_shown *shown, uint64_t n, uint64_t part)
{
	struct metod_shown alone = metod_smallgroup_show((struct metod_count){n, part});
	if (part > n)
		return false;
	if (shown->how == METOD_SHOW_HIDDEN)
		return n >= METOD_K;
	return shown->how == alone.how && shown->n == alone.n && shown->cls == alone.cls;
}

/* Least and greatest part of child `c`. Where `others` is false its siblings stay
 * unknown. */
static void every_case_of(struct metod_count parent, const struct metod_shown *shown,
    int c, bool others, uint64_t *lo, uint64_t *hi)
{
	struct metod_shown head = metod_smallgroup_show(parent);
	const struct metod_shown *own = &shown[c], *x = &shown[(c + 1) % 3],
				 *y = &shown[(c + 2) % 3];

	*lo = UINT64_MAX;
	*hi = 0;
	for (uint64_t p = 0; p <= parent.n; p++) {
		if (!may_be(&head, parent.n, p) || (head.part > 0 && head.part != p))
			continue;
		for (uint64_t n = 0; n <= parent.n; n++) {
			for (uint64_t part = 0; part <= p; part++) {
				bool found = !others && p - part <= parent.n - n;
				if (!may_be(own, n, part))
					continue;
				for (uint64_t nx = 0; nx + n <= parent.n && !found; nx++)
					for (uint64_t px = 0; px + part <= p && !found;
					     px++)
						found = others && may_be(x, nx, px) &&
						    may_be(y, parent.n - n - nx,
							p - part - px);
				if (found) {
					*lo = part < *lo ? part : *lo;
					*hi = part > *hi ? part : *hi;
				}
			}
		}
	}
}

static void trying_every_case_recovers_nothing_either(void **state)
{
	uint64_t rng = 23;
	size_t classes = 0, hidden = 0;
	(void)state;

	for (int round = 0; round < 200; round++) {
		struct metod_count parent = {0, 0}, children[3];
		struct metod_shown shown[3];
		for (int i = 0; i < 3; i++) {
			children[i].n = below(&rng, 15);
			children[i].part = below(&rng, children[i].n + 1);
			parent.n += children[i].n;
			parent.part += children[i].part;
		}
		metod_smallgroup_partition(parent, children, 3, shown);
		if (count_shown(shown, 3) == 0)
			continue;
		for (int i = 0; i < 3; i++) {
			uint64_t lo, hi, fair_lo, fair_hi;
			int64_t class_lo, class_hi;
			every_case_of(parent, shown, i, true, &lo, &hi);
			if (shown[i].how == METOD_SHOW_HIDDEN && hi - lo < 5) {
				every_case_of(
				    parent, shown, i, false, &fair_lo, &fair_hi);
				assert_int_equal(lo, fair_lo);
				assert_int_equal(hi, fair_hi);
			}
			hidden += shown[i].how == METOD_SHOW_HIDDEN;
			if (shown[i].how != METOD_SHOW_CLASS)
				continue;
			class_ends(
			    (int64_t)shown[i].n, (int)shown[i].cls, &class_lo, &class_hi);
			assert_int_equal(lo, class_lo);
			assert_int_equal(hi, class_hi);
			classes++;
		}
	}
	assert_true(classes > 50 && hidden > 30);
}

static void order_of_children_changes_no_mark(void **state)
{
	uint64_t rng = 22;
	(void)state;

	for (int round = 0; round < 500; round++) {
		struct sample s = random_family(&rng), turned = s;
		struct metod_shown shown[CHILDREN_MAX], turned_shown[CHILDREN_MAX];
		int marks[4] = {0};
		for (size_t i = 0; i < s.n; i++)
			turned.children[i] = s.children[s.n - 1 - i];
		metod_smallgroup_partition(s.parent, s.children, s.n, shown);
		metod_smallgroup_partition(s.parent, turned.children, s.n, turned_shown);
		for (size_t i = 0; i < s.n; i++) {
			marks[shown[i].how]++;
			marks[turned_shown[i].how]--;
		}
		for (int m = 0; m < 4; m++)
			assert_int_equal(marks[m], 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_cell_shows_what_its_size_allows),
	    cmocka_unit_test(what_may_not_be_shown_is_not_in_the_answer),
	    cmocka_unit_test(wilson_interval_solves_its_equation),
	    cmocka_unit_test(a_release_is_replaced_after_five_changes),
	    cmocka_unit_test(siblings_get_the_prepared_marks),
	    cmocka_unit_test(subtraction_recovers_nothing),
	    cmocka_unit_test(without_complements_subtraction_recovers_cells),
	    cmocka_unit_test(trying_every_case_recovers_nothing_either),
	    cmocka_unit_test(order_of_children_changes_no_mark),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
