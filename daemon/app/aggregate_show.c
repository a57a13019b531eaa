/* SPDX-License-Identifier: Apache-2.0
 * What may be shown of the counts of a wave: territory, then its municipalities, then
 * their organisations; positions and associations as other parts of the whole. All
 * numbers that leave pass metod_smallgroup_*; this file only says who is part of what. */
#include "aggregate_count.h"

struct family {
	size_t *at; /* indices of scopes */
	size_t n;
	struct metod_count *counts;
	struct metod_shown *shown;
};

static void gather(
    const struct counting *c, size_t parent, size_t family, struct family *ret)
{
	ret->n = 0;
	for (size_t s = 0; s < c->n_scopes; s++)
		if (c->scopes[s].parent == parent && c->scopes[s].family == family)
			ret->at[ret->n++] = s;
}

/* If the parent is hidden, its children must not add up to it. */
static void break_sum(struct family *f)
{
	size_t largest = SIZE_MAX;
	for (size_t i = 0; i < f->n; i++) {
		if (f->shown[i].how == METOD_SHOW_HIDDEN)
			return;
		if (f->shown[i].how >= METOD_SHOW_CLASS &&
		    (largest == SIZE_MAX || f->counts[i].n > f->counts[largest].n))
			largest = i;
	}
	if (largest != SIZE_MAX)
		f->shown[largest] = (struct metod_shown){.how = METOD_SHOW_HIDDEN};
}

/* ---- what was published before ---- */

bool aggregate_old_cell(const struct counting *c, const struct scope_count *scope,
    size_t k, struct metod_release_cell *ret)
{
	for (size_t i = 0; scope->old && i < scope->old->cells.n; i++)
		if (metod_str_eq(
			scope->old->cells.p[i].competency, c->competencies.p[k])) {
			*ret = scope->old->cells.p[i];
			if (ret->at == METOD_NIL)
				ret->at = scope->old->at;
			return true;
		}
	return false;
}

static bool old_exact(const struct counting *c, const struct scope_count *scope, size_t k,
    struct metod_count *ret)
{
	struct metod_release_cell old;
	if (!aggregate_old_cell(c, scope, k, &old) || old.how != METOD_SHOW_EXACT)
		return false;
	*ret = (struct metod_count){old.n, old.part};
	return true;
}

/* A cell stays as it was if its new number beside the old one told of the people between
 * the two, or if there is no new one. */
static void keep_old(struct counting *c)
{
	struct metod_release_cell old;
	for (size_t s = 0; s < c->n_scopes; s++)
		for (size_t k = 0; k < c->competencies.n; k++) {
			struct scope_count *scope = &c->scopes[s];
			if (!aggregate_old_cell(c, scope, k, &old) ||
			    old.how < METOD_SHOW_CLASS)
				continue;
			struct metod_shown before = shown_of(&old);
			if (scope->need[k].how < METOD_SHOW_CLASS ||
			    !metod_smallgroup_may_follow(&before, &scope->need[k]))
				scope->kept[k] = true;
		}
}

/* Of children that were exact and are, the differences add up like the numbers: what may
 * be told of them is the same rule once more, with what the parent tells now, and with
 * what it has told since. */
static void keep_differences(struct counting *c, const struct scope_count *parent,
    const struct family *f, size_t k, struct metod_count whole)
{
	struct metod_count old,
	    *counts = METOD_NEWS(c->call->arena, f->n, struct metod_count);
	struct metod_shown *shown = METOD_NEWS(c->call->arena, f->n, struct metod_shown);
	size_t *of = METOD_NEWS(c->call->arena, f->n, size_t), n = 0;
	struct metod_count left = whole, since = whole;
	bool before = old_exact(c, parent, k, &old);
	since.n -= before ? old.n : 0;
	since.part -= before ? old.part : 0;
	for (size_t i = 0; i < f->n; i++) {
		struct scope_count *scope = &c->scopes[f->at[i]];
		if (!old_exact(c, scope, k, &old) || scope->held)
			continue;
		left.n -= old.n;
		left.part -= old.part;
		counts[n] = (struct metod_count){
		    f->counts[i].n - old.n, f->counts[i].part - old.part};
		if (counts[n].n || counts[n].part)
			of[n++] = i;
	}
	for (int round = 0; round < 2 && n > 0; round++) {
		metod_smallgroup_partition(round ? since : left, counts, n, shown);
		for (size_t i = 0; i < n && (before || !round); i++)
			if (shown[i].how != METOD_SHOW_EXACT)
				c->scopes[f->at[of[i]]].kept[k] = true;
	}
}

static void show_competency(struct counting *c, const struct scope_count *parent,
    struct family *f, size_t k, bool unclear)
{
	const struct cell_count *whole = &parent->cells[k];
	struct metod_count sum = {whole->n, unclear ? whole->unclear : whole->need};
	for (size_t i = 0; i < f->n; i++) {
		const struct cell_count *cell = &c->scopes[f->at[i]].cells[k];
		f->counts[i] =
		    (struct metod_count){cell->n, unclear ? cell->unclear : cell->need};
	}
	metod_smallgroup_partition(sum, f->counts, f->n, f->shown);
	const struct metod_shown *above = unclear ? parent->unclear : parent->need;
	if (above[k].how == METOD_SHOW_HIDDEN)
		break_sum(f);
	for (size_t i = 0; i < f->n; i++)
		(unclear ? c->scopes[f->at[i]].unclear : c->scopes[f->at[i]].need)[k] =
		    f->shown[i];
	if (!unclear)
		keep_differences(c, parent, f, k, sum);
}

/* How many answered is shown from 5 on. Children under 5 that subtraction would give (one
 * alone, or under 5 together) are covered by the smallest of the others. */
static void show_answers(
    struct counting *c, const struct scope_count *parent, const struct family *f)
{
	uint64_t small = parent->n, small_count = 0;
	struct scope_count *smallest = NULL;
	for (size_t i = 0; i < f->n; i++) {
		struct scope_count *scope = &c->scopes[f->at[i]];
		scope->shown_n = scope->n >= METOD_K ? scope->n : 0;
		small -= scope->shown_n < small ? scope->shown_n : small;
		small_count += scope->n > 0 && scope->n < METOD_K;
		if (scope->shown_n && (!smallest || scope->n < smallest->n))
			smallest = scope;
	}
	if (smallest && small > 0 && (small < METOD_K || small_count == 1))
		smallest->shown_n = 0;
}

static void show_family(
    struct counting *c, size_t parent, size_t family, struct family *f)
{
	gather(c, parent, family, f);
	if (f->n == 0)
		return;
	for (size_t k = 0; k < c->competencies.n; k++) {
		show_competency(c, &c->scopes[parent], f, k, false);
		show_competency(c, &c->scopes[parent], f, k, true);
	}
	show_answers(c, &c->scopes[parent], f);
}

void aggregate_show(struct counting *c)
{
	struct scope_count *root = &c->scopes[c->root];
	struct family f = {.at = METOD_NEWS(c->call->arena, c->n_scopes, size_t),
	    .counts = METOD_NEWS(c->call->arena, c->n_scopes, struct metod_count),
	    .shown = METOD_NEWS(c->call->arena, c->n_scopes, struct metod_shown)};
	root->shown_n = root->n >= METOD_K ? root->n : 0;
	for (size_t k = 0; k < c->competencies.n; k++) {
		const struct cell_count *cell = &root->cells[k];
		root->need[k] =
		    metod_smallgroup_show((struct metod_count){cell->n, cell->need});
		root->unclear[k] =
		    metod_smallgroup_show((struct metod_count){cell->n, cell->unclear});
	}
	for (size_t family = 0; family <= c->n_families; family++)
		show_family(c, c->root, family, &f);
	for (size_t s = 0; s < c->n_tree; s++) /* municipalities, decided just now */
		if (s != c->root && strcmp(c->scopes[s].kind, "municipality") == 0)
			show_family(c, s, 0, &f);
	keep_old(c);
	aggregate_joint(c);
	keep_old(c);
}

/* ---- releases ---- */

static uint64_t milli(double share)
{
	return (uint64_t)(share * 1000 + 0.5);
}

/* Newest first. */
static void remember(const struct counting *c, const struct metod_release_cell *old,
    struct metod_release_cell *ret)
{
	struct metod_told *list =
	    METOD_NEWS(c->call->arena, METOD_TOLD_MAX, struct metod_told);
	size_t n = 0;
	list[n++] = (struct metod_told){old->at, old->how, old->cls, old->n, old->part};
	for (size_t i = 0; i < old->earlier.n && n < METOD_TOLD_MAX; i++)
		list[n++] = old->earlier.p[i];
	ret->earlier.p = list;
	ret->earlier.n = n;
}

static void release_cell(const struct counting *c, const struct scope_count *scope,
    size_t k, struct metod_release_cell *ret)
{
	const struct metod_shown *need = &scope->need[k], *unclear = &scope->unclear[k];
	const struct cell_count *cell = &scope->cells[k];
	struct metod_release_cell old = {0};
	if (scope->kept[k] && aggregate_old_cell(c, scope, k, ret))
		return;
	*ret = (struct metod_release_cell){.competency = c->competencies.p[k],
	    .how = need->how,
	    .cls = need->cls,
	    .n = need->n,
	    .part = need->part,
	    .at = c->call->now_ms};
	if (aggregate_old_cell(c, scope, k, &old))
		remember(c, &old, ret);
	if (need->how != METOD_SHOW_EXACT)
		return;
	ret->share = milli(need->share);
	ret->lo = milli(need->lo);
	ret->hi = milli(need->hi);
	/* Both shares together tell the third one: it obeys the rule as well. */
	struct metod_count both = {cell->n, cell->need + cell->unclear};
	if (unclear->how == METOD_SHOW_EXACT &&
	    metod_smallgroup_show(both).how == METOD_SHOW_EXACT) {
		ret->unclear_how = METOD_SHOW_EXACT;
		ret->unclear_cls = unclear->cls;
		ret->unclear_share = milli(unclear->share);
	}
}

void aggregate_release(
    const struct counting *c, const struct scope_count *scope, struct metod_release *ret)
{
	*ret = (struct metod_release){.wave = c->wave->id,
	    .scope_kind = metod_str(scope->kind),
	    .scope = scope->id,
	    .scope_word = scope->word,
	    .at = c->call->now_ms,
	    .n = scope->shown_n,
	    .target = scope->target,
	    .basis = scope->n,
	    .who = scope->who};
	ret->cells.n = c->competencies.n;
	ret->cells.p =
	    METOD_NEWS(c->call->arena, ret->cells.n + 1, struct metod_release_cell);
	for (size_t k = 0; k < ret->cells.n; k++)
		release_cell(c, scope, k, &ret->cells.p[k]);
}
