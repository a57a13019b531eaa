/* SPDX-License-Identifier: Apache-2.0
 * Counts of one wave by territory, municipality, organisation, position and association,
 * and what may be shown of them. Knows states of profiles, never answers.
 *
 * Releases follow each other, and the difference of two is a release too. So answers
 * enter in blocks: an organisation's new answers wait until at least 5 of its answers
 * have changed, and whoever waits is not counted above either. With the close of the wave
 * no release follows, so the waiting ones of a municipality enter its sum, if they are at
 * least 5 together. */
#include "aggregate_count.h"

enum { FAMILIES_MAX = 8, POSITIONS_MAX = 16 };

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

static struct scope_count *add_scope(
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
	if (metod_get(c->call->txn, METOD_T_RELEASE, &key, c->call->arena, &old) ==
	    METOD_OK) {
		scope->old = METOD_NEW(c->call->arena, struct metod_release);
		*scope->old = old;
	}
	return scope;
}

/* One scope for every organisation of the wave; the territory is the wave's own
 * organisation. */
static void add_tree(struct counting *c, size_t *leaf_of_org)
{
	const struct territory *t = &c->territory;
	uint64_t root = c->wave->org;
	c->root = SIZE_MAX;
	add_scope(c, "territory", root, 0);
	c->root = 0;
	for (size_t i = 0; i < t->n; i++) {
		const struct metod_org *org = &t->orgs[i];
		leaf_of_org[i] = org->id == root ? 0 : SIZE_MAX;
		if (org->id == root || !territory_within(t, org->id, root))
			continue;
		bool municipality = metod_str_is(org->kind, "municipality");
		leaf_of_org[i] = c->n_scopes;
		add_scope(c, municipality ? "municipality" : "org", org->id, 0);
	}
	c->n_tree = c->n_scopes;
	for (size_t i = 0; i < t->n; i++) {
		uint64_t above = territory_municipality(t, t->orgs[i].id);
		size_t at = territory_index(t, above);
		if (leaf_of_org[i] != SIZE_MAX && leaf_of_org[i] != 0 &&
		    above != t->orgs[i].id && at != SIZE_MAX &&
		    leaf_of_org[at] != SIZE_MAX)
			c->scopes[leaf_of_org[i]].parent = leaf_of_org[at];
	}
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

static void read_sheets(struct counting *c, const size_t *leaf_of_org)
{
	struct profiles profiles;
	profiles_load(c->call, c->wave->id, &profiles);
	c->sheets = METOD_NEWS(c->call->arena, profiles.n + 1, struct sheet_count);
	for (size_t i = 0; i < profiles.n; i++) {
		const struct metod_profile *profile = &profiles.p[i];
		const struct metod_person *person =
		    people_find(&c->people, profile->person);
		if (!person || !agreed_to_counts(c->call, profile->attempt))
			continue;
		struct sheet_count *sheet = &c->sheets[c->n_sheets++];
		*sheet = (struct sheet_count){.person = profile->person,
		    .at = profile->at,
		    .position = person->position,
		    .counts = true};
		sheet->leaf = leaf_of_org[territory_index(&c->territory, person->org)];
		sheet->states = metod_arena_alloc(c->call->arena, c->competencies.n + 1);
		read_states(c, profile, sheet->states);
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

static bool may_enter(const struct counting *c, const struct scope_count *scope)
{
	if (!scope->old || metod_smallgroup_may_refresh(scope->old->basis, scope->n))
		return true;
	return c->closed && changed(scope) > 0 && !discloses(scope->old);
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
		c->scopes[s].held = is_org(&c->scopes[s]) && !may_enter(c, &c->scopes[s]);
	for (size_t i = 0; i < c->n_sheets; i++) {
		struct sheet_count *sheet = &c->sheets[i];
		const struct scope_count *leaf = &c->scopes[sheet->leaf];
		sheet->waits = leaf->held && sheet->at > leaf->old->at;
		if (sheet->waits)
			waiting[leaf->parent]++;
	}
	for (size_t i = 0; i < c->n_sheets; i++) {
		struct sheet_count *sheet = &c->sheets[i];
		uint64_t together =
		    sheet->waits ? waiting[c->scopes[sheet->leaf].parent] : 0;
		sheet->counts = !sheet->waits || (c->closed && together >= METOD_K);
	}
}

/* ---- counting ---- */

static void count_into(
    const struct counting *c, struct scope_count *scope, const struct sheet_count *sheet)
{
	scope->n++;
	for (size_t k = 0; k < c->competencies.n; k++) {
		uint8_t state = sheet->states[k];
		scope->cells[k].need += state == METOD_STATE_NEED;
		scope->cells[k].unclear += state == METOD_STATE_UNCLEAR;
		scope->cells[k].n += state == METOD_STATE_NEED ||
		    state == METOD_STATE_UNCLEAR || state == METOD_STATE_OK;
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
				count_into(c, &c->scopes[s], sheet);
	}
	for (size_t s = 0; s < c->n_tree; s++)
		if (!is_org(&c->scopes[s]))
			c->scopes[s].held = !may_enter(c, &c->scopes[s]);
}

static void count_positions(struct counting *c)
{
	size_t first = c->n_scopes, family = ++c->n_families;
	for (size_t i = 0; i < c->people.n; i++) {
		struct metod_str word = c->people.p[i].position;
		size_t s = first;
		while (s < c->n_scopes && !metod_str_eq(c->scopes[s].word, word))
			s++;
		if (s == c->n_scopes && word_is_position(word))
			add_scope(c, "position", position_scope(word), family)->word =
			    word;
		if (s < c->n_scopes)
			c->scopes[s].target++;
	}
	for (size_t i = 0; i < c->n_sheets; i++)
		for (size_t s = first; s < c->n_scopes; s++)
			if (c->sheets[i].counts &&
			    metod_str_eq(c->scopes[s].word, c->sheets[i].position))
				count_into(c, &c->scopes[s], &c->sheets[i]);
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

/* ---- associations: overlapping parts of the whole ---- */

static struct sheet_count *find_sheet(const struct counting *c, uint64_t person)
{
	size_t lo = 0, hi = c->n_sheets;
	while (lo < hi) {
		size_t middle = (lo + hi) / 2;
		if (c->sheets[middle].person < person)
			lo = middle + 1;
		else
			hi = middle;
	}
	return lo < c->n_sheets && c->sheets[lo].person == person ? &c->sheets[lo] : NULL;
}

/* Counts the members; `member` marks their sheets. */
static void count_members(struct counting *c, const struct metod_association *association,
    struct scope_count *scope, bool *member)
{
	memset(member, 0, c->n_sheets * sizeof *member);
	for (size_t i = 0; i < association->members.n; i++) {
		struct sheet_count *sheet = find_sheet(c, association->members.p[i]);
		scope->target +=
		    people_find(&c->people, association->members.p[i]) != NULL;
		if (!sheet || !sheet->counts || member[sheet - c->sheets])
			continue;
		member[sheet - c->sheets] = true;
		count_into(c, scope, sheet);
	}
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

static void count_associations(struct counting *c)
{
	struct metod_arena *arena = c->call->arena;
	bool *taken[FAMILIES_MAX], *member = METOD_NEWS(arena, c->n_sheets + 1, bool);
	size_t first = c->n_families + 1;
	for (size_t f = 0; f < FAMILIES_MAX; f++)
		taken[f] = METOD_NEWS(arena, c->n_sheets + 1, bool);
	c->n_families += FAMILIES_MAX;
	struct metod_association one;
	struct metod_scan *scan =
	    metod_scan_table(c->call->txn, METOD_T_ASSOCIATION, NULL, 0);
	while (next_row(scan, arena, &one)) {
		struct scope_count *scope = add_scope(c, "association", one.id, 0);
		count_members(c, &one, scope, member);
		scope->family = join_family(c, taken, first, member);
		scope->held = scope->old &&
		    (!may_enter(c, scope) || !outside_may_enter(c, scope, member));
	}
	metod_scan_end(scan);
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
	    c.territory.n + POSITIONS_MAX + associations + 1, struct scope_count);
	add_tree(&c, leaf_of_org);
	add_targets(&c, leaf_of_org);
	read_sheets(&c, leaf_of_org);
	hold_sheets(&c);
	count_tree(&c);
	count_positions(&c);
	hold_positions(&c, c.n_tree);
	count_associations(&c);
	aggregate_show(&c);
	*ret = (struct aggregate_result){.answers = c.n_sheets};
	ret->releases = METOD_NEWS(call->arena, c.n_scopes, struct metod_release);
	for (size_t s = 0; s < c.n_scopes; s++)
		if (!c.scopes[s].held && (c.scopes[s].target || c.scopes[s].n))
			aggregate_release(
			    &c, &c.scopes[s], &ret->releases[ret->n_releases++]);
	for (size_t i = 0; i < c.n_sheets; i++)
		ret->waiting += c.sheets[i].waits;
	return METOD_OK;
}
