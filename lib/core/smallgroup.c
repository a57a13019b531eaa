/* SPDX-License-Identifier: Apache-2.0
 * The small-group rule: what may leave of a count, alone and beside its siblings.
 * Knows counts only; must not know persons, organisations or output formats.
 * Invariant: what is published never narrows a child that is not shown exactly. */
#include "metod/smallgroup.h"

#include <math.h>

#define WILSON_Z 1.959964

/* A reader of the page knows of every cell that n, part and rest = n - part lie in
 * intervals, and that cells add up to their parent. The shapes that the marks leave open
 * (a point, a segment, a triangle) have edges in these three directions only, and so have
 * their sums. Bounds on the three numbers are therefore not an approximation: they are
 * all that any linear argument, or any counting of cases, can tell. One step of
 * subtraction gives them. */
struct span {
	int64_t lo, hi;
};
struct view {
	struct span n, part, rest;
};

static enum metod_share_class class_of(struct metod_count cell)
{
	if (4 * cell.part < cell.n)
		return METOD_CLASS_FEW;
	return 2 * cell.part > cell.n ? METOD_CLASS_MOST : METOD_CLASS_NOTABLE;
}

void metod_wilson(uint64_t part, uint64_t n, double *ret_lo, double *ret_hi)
{
	if (n == 0) {
		*ret_lo = 0;
		*ret_hi = 1;
		return;
	}
	double count = (double)n, p = (double)part / count, z2 = WILSON_Z * WILSON_Z;
	double middle = p + z2 / (2 * count);
	double reach = WILSON_Z * sqrt(p * (1 - p) / count + z2 / (4 * count * count));
	double lo = (middle - reach) / (1 + z2 / count);
	double hi = (middle + reach) / (1 + z2 / count);
	/* The share lies inside; at 0 and 1 rounding would put an end on the wrong side
	 * of it. */
	*ret_lo = part > 0 ? lo : 0;
	*ret_hi = part < n ? hi : 1;
}

struct metod_shown metod_smallgroup_show(struct metod_count cell)
{
	struct metod_shown shown = {0};

	if (cell.n < METOD_K || cell.part > cell.n)
		return shown;
	shown.n = cell.n;
	shown.cls = class_of(cell);
	shown.how = METOD_SHOW_CLASS;
	if (cell.n >= METOD_K_SHARE && cell.part >= METOD_K &&
	    cell.n - cell.part >= METOD_K) {
		shown.how = METOD_SHOW_EXACT;
		shown.part = cell.part;
		shown.share = (double)cell.part / (double)cell.n;
		metod_wilson(cell.part, cell.n, &shown.lo, &shown.hi);
	}
	return shown;
}

bool metod_smallgroup_may_refresh(uint64_t n_before, uint64_t n_now)
{
	return (n_now > n_before ? n_now - n_before : n_before - n_now) >= METOD_K;
}

/* ---- what a reader knows ---- */

static int64_t max(int64_t x, int64_t y)
{
	return x > y ? x : y;
}

static int64_t min(int64_t x, int64_t y)
{
	return x < y ? x : y;
}

static struct span meet(struct span x, int64_t lo, int64_t hi)
{
	return (struct span){max(x.lo, lo), min(x.hi, hi)};
}

/* Makes the three spans agree with n = part + rest. Two rounds reach the fixpoint of a
 * triangle cut by a box; a third costs nothing. */
static struct view tighten(struct view v)
{
	for (int round = 0; round < 3; round++) {
		v.n = meet(v.n, v.part.lo + v.rest.lo, v.part.hi + v.rest.hi);
		v.part = meet(v.part, v.n.lo - v.rest.hi, v.n.hi - v.rest.lo);
		v.rest = meet(v.rest, v.n.lo - v.part.hi, v.n.hi - v.part.lo);
	}
	return v;
}

/* The parts that a class leaves open. From n = 25 a class means that the exact number was
 * refused: the part or the rest is below 5, and a reader knows that. */
static struct span class_span(int64_t n, enum metod_share_class cls)
{
	bool refused = n >= METOD_K_SHARE;
	if (cls == METOD_CLASS_FEW)
		return (struct span){0, refused ? METOD_K - 1 : (n - 1) / 4};
	if (cls == METOD_CLASS_MOST)
		return (struct span){refused ? n - METOD_K + 1 : n / 2 + 1, n};
	return (struct span){(n + 3) / 4, n / 2};
}

/* What one published cell tells by itself. `top` bounds a cell whose n is not told. A
 * reader is assumed to know the rules, so «скрыто» tells him that n is at least 5. */
static struct view read_cell(const struct metod_shown *shown, int64_t top)
{
	int64_t n = (int64_t)shown->n, part = (int64_t)shown->part;
	struct view v = {{0, 0}, {0, top}, {0, top}};

	switch (shown->how) {
	case METOD_SHOW_NOTHING:
		v.n.hi = min(top, METOD_K - 1);
		break;
	case METOD_SHOW_HIDDEN:
		v.n = (struct span){min(top, METOD_K), top};
		break;
	case METOD_SHOW_CLASS:
		v.n = (struct span){n, n};
		v.part = class_span(n, shown->cls);
		break;
	case METOD_SHOW_EXACT:
		v.n = (struct span){n, n};
		v.part = (struct span){part, part};
		break;
	}
	return tighten(v);
}

void metod_smallgroup_range(
    const struct metod_shown *shown, uint64_t *ret_lo, uint64_t *ret_hi)
{
	struct span part = read_cell(shown, (int64_t)shown->n).part;
	*ret_lo = (uint64_t)part.lo;
	*ret_hi = (uint64_t)part.hi;
}

static bool same_span(struct span x, struct span y)
{
	return x.lo == y.lo && x.hi == y.hi;
}

/* People who are in `all` and not in `some`; what the two marks together tell of them and
 * of each other. */
static bool tells_no_more(const struct metod_shown *some, const struct metod_shown *all)
{
	int64_t n = (int64_t)all->n - (int64_t)some->n;
	struct span in = read_cell(some, (int64_t)some->n).part;
	struct span whole = read_cell(all, (int64_t)all->n).part;
	struct span rest = meet((struct span){0, n}, whole.lo - in.hi, whole.hi - in.lo);
	struct span fair =
	    meet((struct span){0, n}, whole.lo - (int64_t)some->n, whole.hi);
	return whole.lo - n <= in.lo && whole.hi >= in.hi && in.lo <= whole.lo &&
	    in.hi + n >= whole.hi &&
	    (same_span(rest, fair) || rest.hi - rest.lo >= METOD_K);
}

bool metod_smallgroup_may_follow(
    const struct metod_shown *before, const struct metod_shown *after)
{
	bool grows = after->n >= before->n;
	if (before->how < METOD_SHOW_CLASS || after->how < METOD_SHOW_CLASS)
		return true;
	if (before->how == METOD_SHOW_CLASS || after->how == METOD_SHOW_CLASS)
		return grows ? tells_no_more(before, after)
			     : tells_no_more(after, before);
	if (after->n == before->n)
		return after->part == before->part;
	struct metod_count more = {after->n - before->n, after->part - before->part};
	return grows && after->part >= before->part &&
	    metod_smallgroup_show(more).how == METOD_SHOW_EXACT;
}

/* Parent minus the siblings. */
static struct span subtract(struct span parent, struct span all, struct span own)
{
	return (struct span){
	    parent.lo - (all.hi - own.hi), parent.hi - (all.lo - own.lo)};
}

static struct view narrow(struct view own, struct view all, struct view parent)
{
	struct span n = subtract(parent.n, all.n, own.n);
	struct span part = subtract(parent.part, all.part, own.part);
	struct span rest = subtract(parent.rest, all.rest, own.rest);
	own.n = meet(own.n, n.lo, n.hi);
	own.part = meet(own.part, part.lo, part.hi);
	own.rest = meet(own.rest, rest.lo, rest.hi);
	return tighten(own);
}

/* What the parent tells of a child before any sibling is published. */
static struct view below_parent(struct view own, struct view parent)
{
	own.n = meet(own.n, 0, parent.n.hi);
	own.part = meet(own.part, 0, parent.part.hi);
	own.rest = meet(own.rest, 0, parent.rest.hi);
	return tighten(own);
}

/* A class keeps all its parts, whoever narrows it. Of a small or hidden child the
 * siblings may tell nothing (small) or leave a width of at least 5 (hidden); what the
 * parent alone tells is beyond the reach of any mark below it. */
static bool is_covered(
    enum metod_disclosure how, struct view own, struct view all, struct view parent)
{
	struct view known = narrow(own, all, parent);
	struct view fair = below_parent(own, parent);

	switch (how) {
	case METOD_SHOW_EXACT:
		return true;
	case METOD_SHOW_CLASS:
		return same_span(known.part, own.part);
	case METOD_SHOW_NOTHING:
		return same_span(known.part, fair.part) && same_span(known.n, fair.n);
	case METOD_SHOW_HIDDEN:
		break;
	}
	return known.part.hi - known.part.lo >= METOD_K ||
	    same_span(known.part, fair.part);
}

/* ---- partition ---- */

struct family {
	struct metod_count parent,
	    remainder; /* remainder: of the parent outside the children */
	const struct metod_count *children;
	struct metod_shown *shown;
	size_t n;
	struct view head,
	    all; /* what is told of the parent, and the sum of what cells tell */
};

static struct view read_child(const struct family *f, size_t i)
{
	return read_cell(&f->shown[i], (int64_t)f->parent.n);
}

/* A remainder is never published, but that there is one is assumed to be known. */
static struct view read_remainder(const struct family *f)
{
	int64_t top = f->remainder.n ? (int64_t)f->parent.n : 0;
	return (struct view){{top ? 1 : 0, top}, {0, top}, {0, top}};
}

static void add_span(struct span *sum, struct span x)
{
	sum->lo += x.lo;
	sum->hi += x.hi;
}

static void sum_up(struct family *f)
{
	f->all = read_remainder(f);
	for (size_t i = 0; i < f->n; i++) {
		struct view v = read_child(f, i);
		add_span(&f->all.n, v.n);
		add_span(&f->all.part, v.part);
		add_span(&f->all.rest, v.rest);
	}
}

static bool is_exposed(const struct family *f, size_t i)
{
	return !is_covered(f->shown[i].how, read_child(f, i), f->all, f->head);
}

/* Beside an exact parent, all children that are not exact are known exactly as one group.
 */
static bool union_may_be_known(const struct family *f)
{
	struct metod_count group = f->remainder;
	bool any = f->remainder.n > 0;

	for (size_t i = 0; i < f->n; i++) {
		if (f->shown[i].how == METOD_SHOW_EXACT)
			continue;
		any = true;
		group.n += f->children[i].n;
		group.part += f->children[i].part;
	}
	return !any || metod_smallgroup_show(group).how == METOD_SHOW_EXACT;
}

static bool is_safe(const struct family *f, enum metod_disclosure parent_how)
{
	if (parent_how == METOD_SHOW_EXACT && !union_may_be_known(f))
		return false;
	for (size_t i = 0; i < f->n; i++)
		if (is_exposed(f, i))
			return false;
	return f->remainder.n == 0 ||
	    metod_smallgroup_show(f->remainder).how == METOD_SHOW_EXACT ||
	    is_covered(METOD_SHOW_HIDDEN, read_remainder(f), f->all, f->head);
}

static void hide(struct metod_shown *shown)
{
	*shown = (struct metod_shown){.how = METOD_SHOW_HIDDEN};
}

/* Hiding others does not help a class that the parent alone narrows. */
static void hide_hopeless(struct family *f)
{
	for (size_t i = 0; i < f->n; i++) {
		struct view own = read_child(f, i);
		if (f->shown[i].how == METOD_SHOW_CLASS &&
		    !same_span(own.part, below_parent(own, f->head).part))
			hide(&f->shown[i]);
	}
}

/* Order of hiding: exact children, then narrowed classes, then classes; the smallest of
 * them. Children with equal counts are the same to a reader: there the index decides. */
static bool hides_before(const struct family *f, size_t x, size_t y)
{
	const struct metod_count *a = &f->children[x], *b = &f->children[y];

	if (f->shown[x].how != f->shown[y].how)
		return f->shown[x].how == METOD_SHOW_EXACT;
	if (is_exposed(f, x) != is_exposed(f, y))
		return is_exposed(f, x);
	if (a->n != b->n)
		return a->n < b->n;
	return a->part < b->part;
}

/* False when nothing is left to hide. */
static bool hide_one(struct family *f)
{
	size_t best = f->n;

	for (size_t i = 0; i < f->n; i++)
		if (f->shown[i].how >= METOD_SHOW_CLASS &&
		    (best == f->n || hides_before(f, i, best)))
			best = i;
	if (best == f->n)
		return false;
	hide(&f->shown[best]);
	return true;
}

/* False when the children hold more than their parent: then the counts are not of one
 * release. */
static bool find_remainder(struct family *f)
{
	struct metod_count left = f->parent;

	for (size_t i = 0; i < f->n; i++) {
		struct metod_count child = f->children[i];
		if (child.part > child.n || child.n > left.n || child.part > left.part)
			return false;
		left.n -= child.n;
		left.part -= child.part;
	}
	f->remainder = left;
	return left.part <= left.n;
}

void metod_smallgroup_partition(struct metod_count parent,
    const struct metod_count *children, size_t n_children, struct metod_shown *ret)
{
	struct family f = {
	    .parent = parent, .children = children, .shown = ret, .n = n_children};
	struct metod_shown parent_shown = metod_smallgroup_show(parent);

	for (size_t i = 0; i < n_children; i++)
		ret[i] = metod_smallgroup_show(children[i]);
	bool consistent = find_remainder(&f);
	f.head = read_cell(&parent_shown, (int64_t)parent.n);
	hide_hopeless(&f);
	do
		sum_up(&f);
	while ((!consistent || !is_safe(&f, parent_shown.how)) && hide_one(&f));
}
