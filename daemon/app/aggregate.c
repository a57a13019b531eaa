/* SPDX-License-Identifier: Apache-2.0
 * Counts of one wave by territory, municipality, organisation, position and association,
 * and what may be shown of them. Knows states of profiles, never answers.
 *
 * Releases follow each other, and the difference of two is a release too. So answers
 * enter in blocks: an organisation's new answers wait until at least 5 of its answers
 * have changed, and whoever waits is not counted above either. Whoever works in a
 * municipality itself is an organisation of it here. With the close of the wave no
 * release follows, so the waiting ones of a municipality enter its sum, if they are at
 * least 5 together. */
#include "aggregate_count.h"

enum { POSITIONS_MAX = 16 };

/* ---- reading ---- */

static void list_competencies(struct counting *c, const struct metod_framework *framework)
{
	struct metod_strs *list = &c->competencies;
	list->p =
	    METOD_NEWS(c->call->arena, framework->competencies.n + 1, struct metod_str);
	for (size_t i = 0; i < framework->competencies.n; i++)
		if (strs_have(c->wave->competencies, framework->competencies.p[i].id))
			list->p[list->n++] = framework->competencies.p[i].id;
}

struct scope_count *aggregate_add_scope(
    struct counting *c, const char *kind, uint64_t id, size_t family)
{
	struct scope_count *scope = &c->scopes[c->n_scopes++];
	struct metod_release key = {
	    .wave = c->wave->id, .scope_kind = metod_str(kind), .scope = id};
	struct metod_release old;
	size_t n = c->competencies.n;
	*scope = (struct scope_count){
	    .kind = kind, .id = id, .parent = c->root, .family = family};
	scope->cells = METOD_NEWS(c->call->arena, n, struct cell_count);
	scope->need = METOD_NEWS(c->call->arena, n, struct metod_shown);
	scope->unclear = METOD_NEWS(c->call->arena, n, struct metod_shown);
	scope->kept = METOD_NEWS(c->call->arena, n, bool);
	if (metod_get(c->call->txn, METOD_T_RELEASE, &key, c->call->arena, &old) ==
	    METOD_OK) {
		scope->old = METOD_NEW(c->call->arena, struct metod_release);
		*scope->old = old;
	}
	return scope;
}

/* People who belong to a scope that has organisations under it stand beside these, not
 * outside all of them: an organisation of their own, under the scope's id. */
static void add_own_people(struct counting *c, size_t *leaf_of_org)
{
	for (size_t s = 0, n = c->n_scopes; s < n; s++) {
		uint64_t id = c->scopes[s].id;
		bool has_parts = false, has_people = false;
		for (size_t i = 0; i < n && !has_parts; i++)
			has_parts = c->scopes[i].parent == s;
		for (size_t i = 0; has_parts && i < c->people.n && !has_people; i++)
			has_people = c->people.p[i].org == id;
		if (!has_people)
			continue;
		leaf_of_org[territory_index(&c->territory, id)] = c->n_scopes;
		aggregate_add_scope(c, "org", id, 0)->parent = s;
	}
}

/* One scope for every organisation of the wave; the territory is the wave's own
 * organisation. */
static void add_tree(struct counting *c, size_t *leaf_of_org)
{
	const struct territory *t = &c->territory;
	uint64_t root = c->wave->org;
	c->root = SIZE_MAX;
	aggregate_add_scope(c, "territory", root, 0);
	c->root = 0;
	for (size_t i = 0; i < t->n; i++) {
		const struct metod_org *org = &t->orgs[i];
		leaf_of_org[i] = org->id == root ? 0 : SIZE_MAX;
		if (org->id == root || !territory_within(t, org->id, root))
			continue;
		bool municipality = metod_str_is(org->kind, "municipality");
		leaf_of_org[i] = c->n_scopes;
		aggregate_add_scope(c, municipality ? "municipality" : "org", org->id, 0);
	}
	for (size_t i = 0; i < t->n; i++) {
		uint64_t above = territory_municipality(t, t->orgs[i].id);
		size_t at = territory_index(t, above);
		if (leaf_of_org[i] != SIZE_MAX && leaf_of_org[i] != 0 &&
		    above != t->orgs[i].id && at != SIZE_MAX &&
		    leaf_of_org[at] != SIZE_MAX)
			c->scopes[leaf_of_org[i]].parent = leaf_of_org[at];
	}
	add_own_people(c, leaf_of_org);
	c->n_tree = c->n_scopes;
}

static void add_targets(struct counting *c, const size_t *leaf_of_org)
{
	for (size_t i = 0; i < c->people.n; i++) {
		size_t at = territory_index(&c->territory, c->people.p[i].org);
		for (size_t s = leaf_of_org[at]; s != SIZE_MAX; s = c->scopes[s].parent)
			c->scopes[s].target++;
	}
	if (c->wave->target)
		c->scopes[c->root].target = c->wave->target;
}

static void read_states(
    const struct counting *c, const struct metod_profile *profile, uint8_t *states)
{
	for (size_t k = 0; k < c->competencies.n; k++) {
		const struct metod_profile_cell *cell =
		    profile_cell(profile, c->competencies.p[k]);
		states[k] = cell ? (uint8_t)cell->state : METOD_STATE_NO_DATA;
	}
}

/* Where it was when it was sent; of older profiles, where the person is now. */
static bool place_sheet(const struct counting *c, const size_t *leaf_of_org,
    const struct metod_profile *profile, struct sheet_count *sheet)
{
	const struct metod_person *person = people_find(&c->people, profile->person);
	if (!profile->org && !person)
		return false;
	size_t at =
	    territory_index(&c->territory, profile->org ? profile->org : person->org);
	sheet->position = profile->org ? profile->position : person->position;
	sheet->leaf = at == SIZE_MAX ? SIZE_MAX : leaf_of_org[at];
	return sheet->leaf != SIZE_MAX;
}

static void read_sheets(struct counting *c, const size_t *leaf_of_org)
{
	struct profiles profiles;
	profiles_load(c->call, c->wave->id, &profiles);
	c->sheets = METOD_NEWS(c->call->arena, profiles.n + 1, struct sheet_count);
	for (size_t i = 0; i < profiles.n; i++) {
		const struct metod_profile *profile = &profiles.p[i];
		struct sheet_count sheet = {.person = profile->person, .at = profile->at};
		if (!place_sheet(c, leaf_of_org, profile, &sheet) ||
		    !agreed_to_counts(c->call, profile->attempt))
			continue;
		sheet.counts = true;
		sheet.states = metod_arena_alloc(c->call->arena, c->competencies.n + 1);
		read_states(c, profile, sheet.states);
		c->sheets[c->n_sheets++] = sheet;
	}
}

/* ---- blocks: which answers enter now ---- */

static uint64_t changed(const struct scope_count *scope)
{
	uint64_t basis = scope->old ? scope->old->basis : 0;
	return scope->n > basis ? scope->n - basis : basis - scope->n;
}

static bool discloses(const struct metod_release *release)
{
	for (size_t i = 0; i < release->cells.n; i++)
		if (release->cells.p[i].how >= METOD_SHOW_CLASS)
			return true;
	return release->n > 0;
}

/* Before the first publication everybody enters; after it a scope that was not there is
 * new as a whole. */
static bool is_first(const struct counting *c, const struct scope_count *scope)
{
	return !scope->old && c->wave->published_at == METOD_NIL;
}

static bool is_block(const struct counting *c, const struct scope_count *scope)
{
	return is_first(c, scope) || changed(scope) >= METOD_K ||
	    (!scope->old && changed(scope) == 0);
}

/* What has shown nothing so far is compared with nothing. */
static bool shows_nothing(const struct scope_count *scope)
{
	return changed(scope) > 0 && (!scope->old || !discloses(scope->old));
}

bool aggregate_may_enter(const struct counting *c, const struct scope_count *scope)
{
	return is_block(c, scope) || (c->closed && shows_nothing(scope));
}

static bool is_org(const struct scope_count *scope)
{
	return strcmp(scope->kind, "org") == 0;
}

/* Marks the sheets that wait, and those of them that are counted above all the same. */
static void hold_sheets(struct counting *c)
{
	uint64_t *waiting =
	    METOD_NEWS(c->call->arena, c->n_scopes, uint64_t); /* by parent */
	for (size_t i = 0; i < c->n_sheets; i++)
		c->scopes[c->sheets[i].leaf].n++;
	for (size_t s = 0; s < c->n_tree; s++)
		c->scopes[s].held = is_org(&c->scopes[s]) && !is_block(c, &c->scopes[s]);
	for (size_t i = 0; i < c->n_sheets; i++) {
		struct sheet_count *sheet = &c->sheets[i];
		const struct scope_count *leaf = &c->scopes[sheet->leaf];
		sheet->waits = leaf->held &&
		    sheet->at > (leaf->old ? leaf->old->at : c->wave->published_at);
		if (sheet->waits)
			waiting[leaf->parent]++;
	}
	for (size_t i = 0; i < c->n_sheets; i++) {
		struct sheet_count *sheet = &c->sheets[i];
		struct scope_count *leaf = &c->scopes[sheet->leaf];
		bool together =
		    sheet->waits && c->closed && waiting[leaf->parent] >= METOD_K;
		sheet->counts = !sheet->waits || together;
		if (together && shows_nothing(leaf))
			leaf->held = false;
	}
	for (size_t i = 0; i < c->n_sheets; i++) {
		struct sheet_count *sheet = &c->sheets[i];
		const struct scope_count *leaf = &c->scopes[sheet->leaf];
		sheet->since =
		    leaf->old && sheet->at > leaf->old->at ? c->call->now_ms : sheet->at;
		sheet->waits = sheet->waits && leaf->held;
	}
}

/* ---- counting ---- */

bool aggregate_judged(const struct sheet_count *sheet, size_t competency)
{
	uint8_t state = sheet->states[competency];
	return state == METOD_STATE_NEED || state == METOD_STATE_UNCLEAR ||
	    state == METOD_STATE_OK;
}

void aggregate_count_into(
    const struct counting *c, struct scope_count *scope, const struct sheet_count *sheet)
{
	if (!scope->in)
		scope->in = METOD_NEWS(c->call->arena, c->n_sheets, uint8_t);
	scope->in[sheet - c->sheets] = 1;
	scope->n++;
	for (size_t k = 0; k < c->competencies.n; k++) {
		uint8_t state = sheet->states[k];
		scope->cells[k].need += state == METOD_STATE_NEED;
		scope->cells[k].unclear += state == METOD_STATE_UNCLEAR;
		scope->cells[k].n += aggregate_judged(sheet, k);
	}
}

static void count_tree(struct counting *c)
{
	for (size_t s = 0; s < c->n_tree; s++)
		c->scopes[s].n = 0;
	for (size_t i = 0; i < c->n_sheets; i++) {
		const struct sheet_count *sheet = &c->sheets[i];
		for (size_t s = sheet->leaf; s != SIZE_MAX; s = c->scopes[s].parent)
			if (is_org(&c->scopes[s]) ? !sheet->waits : sheet->counts)
				aggregate_count_into(c, &c->scopes[s], sheet);
	}
	for (size_t s = 0; s < c->n_tree; s++)
		if (!is_org(&c->scopes[s]))
			c->scopes[s].held = !aggregate_may_enter(c, &c->scopes[s]);
}

static void count_positions(struct counting *c)
{
	size_t first = c->n_scopes, family = ++c->n_families;
	for (size_t i = 0; i < c->people.n; i++) {
		struct metod_str word = c->people.p[i].position;
		size_t s = first;
		while (s < c->n_scopes && !metod_str_eq(c->scopes[s].word, word))
			s++;
		if (s == c->n_scopes && metod_word_in(METOD_WORDS_POSITION, word))
			aggregate_add_scope(c, "position", position_scope(word), family)
			    ->word = word;
		if (s < c->n_scopes)
			c->scopes[s].target++;
	}
	for (size_t i = 0; i < c->n_sheets; i++)
		for (size_t s = first; s < c->n_scopes; s++)
			if (c->sheets[i].counts &&
			    metod_str_eq(c->scopes[s].word, c->sheets[i].position))
				aggregate_count_into(c, &c->scopes[s], &c->sheets[i]);
}

/* Positions cut across organisations, so blocks of organisations say nothing about them:
 * all of them are refreshed together or none is. With the close, those with 1 to 4
 * changes stay behind if that leaves a group of at least 5; else the one with the fewest
 * changes stays with them. */
static void hold_positions(struct counting *c, size_t first)
{
	uint64_t behind = 0;
	size_t fewest = SIZE_MAX;
	for (size_t s = first; s < c->n_scopes; s++) {
		struct scope_count *scope = &c->scopes[s];
		scope->held =
		    scope->old && changed(scope) > 0 && changed(scope) < METOD_K;
		behind += scope->held ? changed(scope) : 0;
		if (!scope->held &&
		    (fewest == SIZE_MAX || changed(scope) < changed(&c->scopes[fewest])))
			fewest = s;
	}
	if (behind > 0 && c->closed && behind < METOD_K && fewest != SIZE_MAX)
		c->scopes[fewest].held = c->scopes[fewest].old != NULL;
	for (size_t s = first; s < c->n_scopes; s++)
		if ((behind > 0 && !c->closed) || changed(&c->scopes[s]) == 0)
			c->scopes[s].held = c->scopes[s].old != NULL;
}

/* A new organisation that waits is known from now on, with nothing in it: its answers
 * since the last publication stay apart until they are a block. */
static void release_empty(
    const struct counting *c, const struct scope_count *scope, struct metod_release *ret)
{
	struct scope_count empty = *scope;
	empty.n = empty.shown_n = 0;
	empty.need = METOD_NEWS(c->call->arena, c->competencies.n, struct metod_shown);
	empty.unclear = METOD_NEWS(c->call->arena, c->competencies.n, struct metod_shown);
	aggregate_release(c, &empty, ret);
	ret->at = c->wave->published_at;
}

static void list_releases(const struct counting *c, struct aggregate_result *ret)
{
	ret->releases = METOD_NEWS(c->call->arena, c->n_scopes, struct metod_release);
	for (size_t s = 0; s < c->n_scopes; s++) {
		const struct scope_count *scope = &c->scopes[s];
		struct metod_release *next = &ret->releases[ret->n_releases];
		if (scope->target == 0 && scope->n == 0)
			continue;
		if (!scope->held)
			aggregate_release(c, scope, next);
		else if (!scope->old && is_org(scope))
			release_empty(c, scope, next);
		else
			continue;
		ret->n_releases++;
	}
}

enum metod_err aggregate_wave(
    struct metod_call *call, const struct metod_wave *wave, struct aggregate_result *ret)
{
	struct counting c = {
	    .call = call, .wave = wave, .closed = metod_str_is(wave->state, "closed")};
	struct metod_framework framework;
	enum metod_err code = framework_of(call, wave->framework, &framework);
	if (code != METOD_OK)
		return code;
	list_competencies(&c, &framework);
	territory_load(call, &c.territory);
	people_load(call, &c.territory, wave->org, &c.people);
	size_t associations = (size_t)metod_table_count(call->txn, METOD_T_ASSOCIATION);
	size_t *leaf_of_org = METOD_NEWS(call->arena, c.territory.n + 1, size_t);
	c.scopes = METOD_NEWS(call->arena,
	    2 * c.territory.n + POSITIONS_MAX + associations + 1, struct scope_count);
	add_tree(&c, leaf_of_org);
	add_targets(&c, leaf_of_org);
	read_sheets(&c, leaf_of_org);
	hold_sheets(&c);
	count_tree(&c);
	count_positions(&c);
	hold_positions(&c, c.n_tree);
	aggregate_associations(&c);
	aggregate_show(&c);
	*ret = (struct aggregate_result){.answers = c.n_sheets};
	list_releases(&c, ret);
	for (size_t i = 0; i < c.n_sheets; i++)
		ret->waiting += c.sheets[i].waits;
	return METOD_OK;
}
