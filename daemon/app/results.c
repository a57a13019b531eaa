/* SPDX-License-Identifier: Apache-2.0
 * The territory read once, profiles of a wave, releases and the words around published
 * numbers. Nothing here decides who may see what, and nothing records. */
#include "results.h"

#include <inttypes.h>

enum { TREE_DEPTH_MAX = 16 };

/* ---- the territory ---- */

void territory_load(struct metod_call *call, struct territory *ret)
{
	size_t cap = (size_t)metod_table_count(call->txn, METOD_T_ORG);
	struct metod_scan *scan = metod_scan_table(call->txn, METOD_T_ORG, NULL, 0);
	*ret = (struct territory){METOD_NEWS(call->arena, cap + 1, struct metod_org), 0};
	while (ret->n < cap && next_row(scan, call->arena, &ret->orgs[ret->n]))
		ret->n++;
	metod_scan_end(scan);
}

size_t territory_index(const struct territory *territory, uint64_t org)
{
	size_t lo = 0, hi = territory->n;
	while (lo < hi) {
		size_t middle = (lo + hi) / 2;
		if (territory->orgs[middle].id < org)
			lo = middle + 1;
		else
			hi = middle;
	}
	return lo < territory->n && territory->orgs[lo].id == org ? lo : SIZE_MAX;
}

bool territory_within(const struct territory *territory, uint64_t org, uint64_t ancestor)
{
	if (ancestor == 0)
		return true;
	for (unsigned depth = 0; org != 0 && depth < TREE_DEPTH_MAX; depth++) {
		if (org == ancestor)
			return true;
		size_t at = territory_index(territory, org);
		org = at == SIZE_MAX ? 0 : territory->orgs[at].parent;
	}
	return false;
}

uint64_t territory_municipality(const struct territory *territory, uint64_t org)
{
	uint64_t last = 0;
	for (unsigned depth = 0; org != 0 && depth < TREE_DEPTH_MAX; depth++) {
		size_t at = territory_index(territory, org);
		if (at == SIZE_MAX)
			break;
		last = org;
		if (metod_str_is(territory->orgs[at].kind, "municipality"))
			break;
		org = territory->orgs[at].parent;
	}
	return last;
}

void people_load(struct metod_call *call, const struct territory *territory,
    uint64_t root, struct people *ret)
{
	size_t cap = (size_t)metod_table_count(call->txn, METOD_T_PERSON);
	struct metod_scan *scan = metod_scan_table(call->txn, METOD_T_PERSON, NULL, 0);
	*ret = (struct people){METOD_NEWS(call->arena, cap + 1, struct metod_person), 0};
	while (ret->n < cap && next_row(scan, call->arena, &ret->p[ret->n]))
		if (territory_within(territory, ret->p[ret->n].org, root))
			ret->n++;
	metod_scan_end(scan);
}

const struct metod_person *people_find(const struct people *people, uint64_t id)
{
	size_t lo = 0, hi = people->n;
	while (lo < hi) {
		size_t middle = (lo + hi) / 2;
		if (people->p[middle].id < id)
			lo = middle + 1;
		else
			hi = middle;
	}
	return lo < people->n && people->p[lo].id == id ? &people->p[lo] : NULL;
}

/* Rosters write a subject as its code, or as "code: remark". */
static struct metod_str subject_code(struct metod_str subject)
{
	return metod_str_trim(metod_str_cut(&subject, ':'));
}

struct metod_str first_subject(const struct metod_person *person)
{
	return person->subjects.n ? subject_code(person->subjects.p[0]) : METOD_STR("");
}

bool has_subject(const struct metod_person *person, struct metod_str code)
{
	for (size_t i = 0; i < person->subjects.n; i++)
		if (metod_str_eq(subject_code(person->subjects.p[i]), code))
			return true;
	return false;
}

/* ---- profiles ---- */

void profiles_load(struct metod_call *call, uint64_t wave, struct profiles *ret)
{
	size_t cap = (size_t)metod_table_count(call->txn, METOD_T_PROFILE);
	struct metod_profile key = {.wave = wave};
	struct metod_scan *scan = metod_scan_table(call->txn, METOD_T_PROFILE, &key, 1);
	*ret =
	    (struct profiles){METOD_NEWS(call->arena, cap + 1, struct metod_profile), 0};
	while (ret->n < cap && next_row(scan, call->arena, &ret->p[ret->n]))
		ret->n++;
	metod_scan_end(scan);
}

const struct metod_profile_cell *profile_cell(
    const struct metod_profile *profile, struct metod_str competency)
{
	for (size_t i = 0; i < profile->cells.n; i++)
		if (metod_str_eq(profile->cells.p[i].competency, competency))
			return &profile->cells.p[i];
	return NULL;
}

bool agreed_to_counts(struct metod_call *call, uint64_t attempt)
{
	struct metod_attempt key = {.id = attempt}, found;
	struct metod_arena *arena =
	    metod_arena_new(); /* attempts are long and not needed later */
	bool agreed = false;
	if (metod_get(call->txn, METOD_T_ATTEMPT, &key, arena, &found) == METOD_OK)
		for (size_t i = 0; i < found.consents.n && !agreed; i++)
			agreed = metod_str_starts(found.consents.p[i], "aggregate:");
	metod_arena_free(arena);
	return agreed;
}

/* ---- releases ---- */

uint64_t position_scope(struct metod_str position)
{
	return metod_hash64(0, position.p, position.n) & ((UINT64_C(1) << 53) - 1);
}

static enum metod_err nothing_published(
    struct metod_call *call, const struct metod_wave *wave)
{
	if (wave->published_at == METOD_NIL) {
		metod_fail(call->err, METOD_NOT_FOUND, "wave", "%s",
		    metod_tr(call->lang, "nothing is published for this wave yet"));
		return metod_hint(
		    call->err, "metodctl wave publish %.*s", METOD_FMT(wave->code));
	}
	metod_fail(call->err, METOD_NOT_FOUND, "in", "%s",
	    metod_tr(call->lang, "nothing is published for this scope"));
	return metod_hint(call->err, "%s",
	    metod_tr(call->lang,
		"it enters the next publication of the wave if it has answers"));
}

enum metod_err release_find(struct metod_call *call, const struct metod_wave *wave,
    const struct metod_scope *scope, struct metod_str position, struct metod_release *ret,
    struct metod_str *ret_name)
{
	bool association = strcmp(scope->kind, "association") == 0;
	bool whole = !association && org_within(call, wave->org, scope->org);
	struct metod_release key = {
	    .wave = wave->id, .scope_kind = metod_str(scope->kind), .scope = scope->id};
	struct metod_org root;
	*ret_name = scope->name;
	if (whole) {
		key.scope_kind = METOD_STR("territory");
		key.scope = wave->org;
		if (org_by_id(call, wave->org, &root) == METOD_OK)
			*ret_name = root.name;
	}
	if (position.n && (!metod_word_in(METOD_WORDS_POSITION, position) || !whole))
		return metod_fail(call->err, METOD_RANGE, "position", "%s",
		    metod_tr(
			call->lang, "positions are published for the whole wave only"));
	if (position.n) {
		key.scope_kind = METOD_STR("position");
		key.scope = position_scope(position);
		*ret_name =
		    metod_arena_printf(call->arena, "%.*s, %s", METOD_FMT(*ret_name),
			metod_tr_token(call->lang, position, call->arena));
	}
	enum metod_err code =
	    metod_get(call->txn, METOD_T_RELEASE, &key, call->arena, ret);
	return code == METOD_NOT_FOUND ? nothing_published(call, wave) : code;
}

struct metod_shown shown_of(const struct metod_release_cell *cell)
{
	/* Exact: from the counts, because per cents of rounded thousandths would be
	 * rounded twice. */
	if (cell->how == METOD_SHOW_EXACT)
		return metod_smallgroup_show((struct metod_count){cell->n, cell->part});
	return (struct metod_shown){
	    .how = (enum metod_disclosure)cell->how,
	    .cls = (enum metod_share_class)cell->cls,
	    .n = cell->n,
	};
}

const char *shown_word(enum metod_disclosure how)
{
	static const char *const words[] = {"nothing", "hidden", "class", "exact"};
	return how <= METOD_SHOW_EXACT ? words[how] : "nothing";
}

const char *class_word(enum metod_share_class share_class)
{
	static const char *const words[] = {"", "few", "notable", "most"};
	return share_class <= METOD_CLASS_MOST ? words[share_class] : "";
}

struct metod_str method_sentence(struct metod_call *call, int64_t at_ms)
{
	int64_t day = (at_ms + (int64_t)call->zone_minutes * 60000) / 86400000;
	return metod_arena_printf(call->arena,
	    metod_tr(call->lang,
		"Counted: those whose own answers point to a difficulty (probability at least 80 %%), out of "
		"all who could be assessed in this area and agreed to be counted without names; as published "
		"on %.*s; fewer than 5 answers are not shown, shares are shown from 25 answers (with a 95 %% "
		"interval), otherwise only “few”, “notable” or “most”."),
	    METOD_FMT(metod_tr_date(call->lang, day, call->arena)));
}

/* ---- numbers and names ---- */

struct metod_str number_text(struct metod_call *call, enum metod_lang lang, uint64_t n)
{
	const char *sep = lang == METOD_RU ? "\xc2\xa0" : ",";
	if (n < 1000)
		return metod_arena_printf(call->arena, "%" PRIu64, n);
	struct metod_str head =
	    number_text(call, lang, n / 1000); /* at most seven levels */
	return metod_arena_printf(
	    call->arena, "%.*s%s%03u", METOD_FMT(head), sep, (unsigned)(n % 1000));
}

unsigned percent(double share)
{
	return (unsigned)(share * 100 + 0.5);
}

struct metod_str competency_name(
    const struct metod_framework *framework, struct metod_str id, enum metod_lang lang)
{
	const struct metod_competency *found = competency_of(framework, id);
	return found ? metod_pick(found->name, lang) : id;
}

struct metod_str quoted_names(struct metod_call *call,
    const struct metod_framework *framework, struct metod_strs ids)
{
	bool ru = call->lang == METOD_RU;
	struct metod_str out = METOD_STR("");
	for (size_t i = 0; i < ids.n; i++)
		out = metod_arena_printf(call->arena, "%.*s%s%s%.*s%s", METOD_FMT(out),
		    i ? ", " : "", ru ? "«" : "“",
		    METOD_FMT(competency_name(framework, ids.p[i], call->lang)),
		    ru ? "»" : "”");
	return out;
}
