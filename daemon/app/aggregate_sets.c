/* SPDX-License-Identifier: Apache-2.0
 * Associations of a wave: parts of the whole that overlap each other and the
 * organisations. Anybody may be put into an association, so two published sets of people
 * that differ by 1 to 4 would be a question about these: the later one is not published.
 */
#include "aggregate_count.h"

enum { FAMILIES_MAX = 8 };

/* Members whose answers are counted: indices of sheets, ascending. */
struct set {
	size_t *p, n;
	struct scope_count *scope;
};

struct sets {
	struct set *p;
	size_t n;
	size_t *inside; /* by scope of the tree: how many of the set at hand it holds */
};

static size_t find_sheet(const struct counting *c, uint64_t person)
{
	size_t lo = 0, hi = c->n_sheets;
	while (lo < hi) {
		size_t middle = (lo + hi) / 2;
		if (c->sheets[middle].person < person)
			lo = middle + 1;
		else
			hi = middle;
	}
	return lo < c->n_sheets && c->sheets[lo].person == person ? lo : SIZE_MAX;
}

/* Of the members who had answered at some time; those who have answered since do not
 * change it. */
static uint64_t who_answered(
    const struct counting *c, const struct metod_association *association, int64_t until)
{
	uint64_t sum = 0; /* in any order */
	for (size_t i = 0; i < association->members.n; i++) {
		uint64_t person = association->members.p[i];
		size_t at = find_sheet(c, person);
		if (at != SIZE_MAX && c->sheets[at].at <= until)
			sum += metod_hash64(c->wave->id, &person, sizeof person);
	}
	return sum & ((UINT64_C(1) << 53) - 1);
}

/* Counts the members; `member` marks their sheets. */
static void read_set(const struct counting *c,
    const struct metod_association *association, bool *member, struct set *set)
{
	struct scope_count *scope = set->scope;
	memset(member, 0, c->n_sheets * sizeof *member);
	for (size_t i = 0; i < association->members.n; i++) {
		size_t at = find_sheet(c, association->members.p[i]);
		scope->target +=
		    people_find(&c->people, association->members.p[i]) != NULL;
		if (at == SIZE_MAX || !c->sheets[at].counts || member[at])
			continue;
		member[at] = true;
		aggregate_count_into(c, scope, &c->sheets[at]);
	}
	set->p = METOD_NEWS(c->call->arena, scope->n + 1, size_t);
	for (size_t i = 0; set->n < scope->n; i++)
		if (member[i])
			set->p[set->n++] = i;
}

/* Whoever is outside is known by subtraction: his new answers come in blocks too. */
static bool outside_may_enter(
    const struct counting *c, const struct scope_count *scope, const bool *member)
{
	uint64_t fresh = 0;
	for (size_t i = 0; i < c->n_sheets; i++)
		fresh +=
		    c->sheets[i].counts && !member[i] && c->sheets[i].at > scope->old->at;
	return fresh == 0 || fresh >= METOD_K;
}

/* First family whose members so far do not meet these; a family of its own when there is
 * none. */
static size_t join_family(
    struct counting *c, bool *taken[FAMILIES_MAX], size_t first, const bool *member)
{
	for (size_t f = 0; f < FAMILIES_MAX; f++) {
		bool meets = false;
		for (size_t i = 0; i < c->n_sheets && !meets; i++)
			meets = member[i] && taken[f][i];
		if (meets)
			continue;
		for (size_t i = 0; i < c->n_sheets; i++)
			taken[f][i] = taken[f][i] || member[i];
		return first + f;
	}
	return ++c->n_families;
}

/* ---- sets that differ by a few ---- */

static bool few_apart(size_t a, size_t b, size_t both)
{
	size_t apart = a + b - 2 * both;
	return apart > 0 && apart < METOD_K;
}

static size_t common(const struct set *a, const struct set *b)
{
	size_t n = 0;
	for (size_t i = 0, k = 0; i < a->n && k < b->n;) {
		n += a->p[i] == b->p[k];
		if (a->p[i] < b->p[k])
			i++;
		else if (a->p[i] > b->p[k])
			k++;
		else
			i++, k++;
	}
	return n;
}

static bool near_a_scope(
    const struct counting *c, const struct sets *sets, const struct set *set)
{
	memset(sets->inside, 0, c->n_tree * sizeof *sets->inside);
	for (size_t i = 0; i < set->n; i++)
		for (size_t s = c->sheets[set->p[i]].leaf; s != SIZE_MAX;
		     s = c->scopes[s].parent)
			sets->inside[s]++;
	for (size_t s = 0; s < c->n_tree; s++)
		if (few_apart(set->n, (size_t)c->scopes[s].n, sets->inside[s]))
			return true;
	return false;
}

/* Sets that were published before come first. */
static bool near_a_set(const struct sets *sets, size_t at)
{
	const struct set *set = &sets->p[at];
	for (size_t i = 0; i < sets->n; i++) {
		const struct set *other = &sets->p[i];
		bool stands = i < at ? !other->scope->held || other->scope->old
				     : i > at && !set->scope->old && other->scope->old;
		if (stands && other->n >= METOD_K &&
		    few_apart(set->n, other->n, common(set, other)))
			return true;
	}
	return false;
}

static void hold_near_ones(struct counting *c, struct sets *sets)
{
	sets->inside = METOD_NEWS(c->call->arena, c->n_tree + 1, size_t);
	for (size_t i = 0; i < sets->n; i++) {
		const struct set *set = &sets->p[i];
		if (set->n >= METOD_K && !set->scope->held &&
		    (near_a_scope(c, sets, set) || near_a_set(sets, i)))
			set->scope->held = true;
	}
}

void aggregate_associations(struct counting *c)
{
	struct metod_arena *arena = c->call->arena;
	size_t cap = (size_t)metod_table_count(c->call->txn, METOD_T_ASSOCIATION);
	bool *taken[FAMILIES_MAX], *member = METOD_NEWS(arena, c->n_sheets + 1, bool);
	size_t first = c->n_families + 1;
	struct sets sets = {.p = METOD_NEWS(arena, cap + 1, struct set)};
	for (size_t f = 0; f < FAMILIES_MAX; f++)
		taken[f] = METOD_NEWS(arena, c->n_sheets + 1, bool);
	c->n_families += FAMILIES_MAX;
	struct metod_association one;
	struct metod_scan *scan =
	    metod_scan_table(c->call->txn, METOD_T_ASSOCIATION, NULL, 0);
	while (sets.n < cap && next_row(scan, arena, &one)) {
		struct set *set = &sets.p[sets.n++];
		struct scope_count *scope = set->scope =
		    aggregate_add_scope(c, "association", one.id, 0);
		read_set(c, &one, member, set);
		scope->family = join_family(c, taken, first, member);
		scope->who = who_answered(c, &one, INT64_MAX);
		/* Whoever edits the list of members would ask about single ones. */
		scope->held = scope->old &&
		    (!aggregate_may_enter(c, scope) ||
			!outside_may_enter(c, scope, member) ||
			scope->old->who != who_answered(c, &one, scope->old->at));
	}
	metod_scan_end(scan);
	hold_near_ones(c, &sets);
}
