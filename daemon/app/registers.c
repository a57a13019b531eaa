/* SPDX-License-Identifier: Apache-2.0
 * Registers that come in from files: organisations, roster, associations, mentors,
 * catalogue. Each resolver turns one row of the file into one whole record, or says what
 * is wrong with it. */
#include <stdlib.h>
#include <string.h>

#include "import.h"

#define TR(import, msgid) metod_tr((import)->call->lang, msgid)

/* Only a role that may use this very import counts, each with its own scope. */
static bool reaches(const struct import *import, uint64_t org)
{
	return gate_reaches_org(import->call, import->call->command->who, org);
}

/* A person of the caller's scope; "absent" and "not yours" look alike. */
static bool find_person(
    const struct import *import, struct metod_str code, struct metod_person *ret)
{
	return person_by_code(import->call, code, ret) == METOD_OK &&
	    reaches(import, ret->org);
}

/* Copies a stored record found by code into the arena. */
#define STORED(fn, type, index)                                                          \
	static const void *fn(struct metod_call *call, struct metod_str code)            \
	{                                                                                \
		struct type key = {.code = code};                                        \
		struct type *found = METOD_NEW(call->arena, struct type);                \
		bool is =                                                                \
		    metod_find(call->txn, index, &key, call->arena, found) == METOD_OK;  \
		return is ? found : NULL;                                                \
	}
STORED(stored_org, metod_org, METOD_I_ORG_CODE)
STORED(stored_person, metod_person, METOD_I_PERSON_CODE)
STORED(stored_association, metod_association, METOD_I_ASSOCIATION_CODE)
STORED(stored_activity, metod_activity, METOD_I_ACTIVITY_CODE)

/* ---- organisations ---- */

static void *resolve_org(struct import *import, size_t i)
{
	struct metod_call *call = import->call;
	const struct metod_org_row *row = import_row(import, i);
	struct metod_org *org = METOD_NEW(call->arena, struct metod_org);
	*org = (struct metod_org){.id = import->ids[i],
	    .code = row->code,
	    .name = row->name,
	    .kind = row->kind,
	    .low_result = row->low_result,
	    .base_school = row->base_school,
	    .pilot = row->pilot};
	if (!metod_word_in(METOD_WORDS_ORG_KIND, row->kind))
		return import_bad(import, i, "kind",
		    TR(import, "no such kind of organisation: %.*s"),
		    METOD_FMT(row->kind));
	if (import->before[i] && !reaches(import, org->id))
		return import_bad(
		    import, i, "code", "%s", TR(import, "outside your territory"));
	if (row->parent.n == 0) {
		struct metod_org key = {.parent = 0}, root;
		if (!reaches(import, 0))
			return import_bad(import, i, "parent", "%s",
			    TR(import, "outside your territory"));
		if (metod_find(call->txn, METOD_I_ORG_PARENT, &key, call->arena, &root) ==
			METOD_OK &&
		    root.id != org->id)
			return import_bad(import, i, "parent",
			    TR(import,
				"a territory has one root, and it is %.*s: name the parent"),
			    METOD_FMT(root.code));
		return org;
	}
	size_t in_file = import_find(import, row->parent);
	struct metod_org parent;
	if (in_file != SIZE_MAX) {
		/* Upwards inside the file, so that a ring is seen. */
		size_t at = in_file, steps = 0;
		while (at != SIZE_MAX && at != i && ++steps <= import->n_rows) {
			if (import->bad[at].n)
				return import_bad(import, i, "parent", "%s",
				    TR(import,
					"the row of an organisation above has an error"));
			at = import_find(import,
			    ((const struct metod_org_row *)import_row(import, at))
				->parent);
		}
		if (at == i || steps > import->n_rows)
			return import_bad(import, i, "parent", "%s",
			    TR(import, "the organisation would stand below itself"));
		org->parent = import->ids[in_file];
	} else if (org_by_code(call, row->parent, &parent) == METOD_OK) {
		if (!reaches(import, parent.id))
			return import_bad(import, i, "parent", "%s",
			    TR(import, "outside your territory"));
		if (org_within(call, parent.id, org->id))
			return import_bad(import, i, "parent", "%s",
			    TR(import, "the organisation would stand below itself"));
		org->parent = parent.id;
	} else {
		return import_bad(import, i, "parent",
		    TR(import, "no such organisation: %.*s"), METOD_FMT(row->parent));
	}
	return org;
}

static const struct importer org_importer = {&metod_org_row_desc, &metod_org_desc,
    METOD_E_ORG_PUT, METOD_T_ORG, offsetof(struct metod_org_row, code), false,
    resolve_org, stored_org};

/* ---- roster ---- */

static void *resolve_person(struct import *import, size_t i)
{
	struct metod_call *call = import->call;
	const struct metod_teacher_row *row = import_row(import, i);
	struct metod_org org;
	if (!metod_word_in(METOD_WORDS_POSITION, row->position))
		return import_bad(import, i, "position",
		    TR(import, "no such position: %.*s"), METOD_FMT(row->position));
	for (size_t f = 0; f < row->formats.n; f++)
		if (!metod_word_in(METOD_WORDS_FORMAT, row->formats.p[f]))
			return import_bad(import, i, "formats",
			    TR(import, "no such format: %.*s"),
			    METOD_FMT(row->formats.p[f]));
	if (row->birth_year && (row->birth_year < 1920 || row->birth_year > 2020))
		return import_bad(import, i, "birth_year", "%s",
		    TR(import, "the year of birth is unlikely"));
	if (org_by_code(call, row->org, &org) != METOD_OK)
		return import_bad(import, i, "org",
		    TR(import, "no such organisation: %.*s"), METOD_FMT(row->org));
	const struct metod_person *before = import->before[i];
	if (!reaches(import, org.id) || (before && !reaches(import, before->org)))
		return import_bad(
		    import, i, "org", "%s", TR(import, "outside your territory"));
	struct metod_person *person = METOD_NEW(call->arena, struct metod_person);
	*person = (struct metod_person){.id = import->ids[i],
	    .code = row->code,
	    .name = row->name,
	    .org = org.id,
	    .position = row->position,
	    .subjects = row->subjects,
	    .stage = row->stage,
	    .category = row->category,
	    .category_until = row->category_until,
	    .hired = row->hired,
	    .birth_year = row->birth_year,
	    .formats = row->formats};
	return person;
}

static const struct importer person_importer = {&metod_teacher_row_desc,
    &metod_person_desc, METOD_E_PERSON_PUT, METOD_T_PERSON,
    offsetof(struct metod_teacher_row, code), false, resolve_person, stored_person};

/* ---- associations ---- */

static int by_id(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

/* Everybody below the association's organisation who teaches its subject. Kindergarten
 * subjects are found by position: an educator's roster row names no school subject. */
static struct metod_u64s members_by_subject(
    struct metod_call *call, struct metod_str subject, uint64_t root)
{
	size_t cap = (size_t)metod_table_count(call->txn, METOD_T_PERSON);
	struct metod_u64s list = {METOD_NEWS(call->arena, cap + 1, uint64_t), 0};
	struct metod_u64s orgs = orgs_below(call, root);
	struct metod_arena *scratch = metod_arena_new();
	struct metod_person person;
	struct metod_scan *scan = metod_scan_table(call->txn, METOD_T_PERSON, NULL, 0);
	while (list.n < cap && metod_scan_next(scan, scratch, &person) == METOD_OK) {
		if (strs_have(person.subjects, subject) && orgs.n &&
		    bsearch(&person.org, orgs.p, orgs.n, sizeof *orgs.p, by_id))
			list.p[list.n++] = person.id;
		metod_arena_clear(scratch);
	}
	metod_scan_end(scan);
	metod_arena_free(scratch);
	return list;
}

static void *resolve_association(struct import *import, size_t i)
{
	struct metod_call *call = import->call;
	const struct metod_association_row *row = import_row(import, i);
	struct metod_association *one = METOD_NEW(call->arena, struct metod_association);
	struct metod_org org;
	struct metod_person person;
	*one = (struct metod_association){.id = import->ids[i],
	    .code = row->code,
	    .name = row->name,
	    .level = row->level,
	    .subject = row->subject};
	if (!metod_str_is(row->level, "school") &&
	    !metod_str_is(row->level, "municipal") &&
	    !metod_str_is(row->level, "territorial") &&
	    !metod_str_is(row->level, "regional"))
		return import_bad(import, i, "level", "%s",
		    TR(import,
			"the level is school, municipal, territorial or regional"));
	if (row->org.n) {
		if (org_by_code(call, row->org, &org) != METOD_OK)
			return import_bad(import, i, "org",
			    TR(import, "no such organisation: %.*s"),
			    METOD_FMT(row->org));
		one->org = org.id;
	}
	const struct metod_association *before = import->before[i];
	if (!reaches(import, one->org) || (before && !reaches(import, before->org)))
		return import_bad(
		    import, i, "org", "%s", TR(import, "outside your territory"));
	if (row->head.n) {
		if (!find_person(import, row->head, &person))
			return import_bad(import, i, "head",
			    TR(import, "no such person: %.*s"), METOD_FMT(row->head));
		one->head = person.id;
	}
	if (row->members.n == 0 && row->subject.n) {
		one->members = members_by_subject(call, row->subject, one->org);
		return one;
	}
	one->members.p = METOD_NEWS(call->arena, row->members.n + 1, uint64_t);
	for (size_t m = 0; m < row->members.n; m++) {
		if (!find_person(import, row->members.p[m], &person))
			return import_bad(import, i, "members",
			    TR(import, "no such person: %.*s"),
			    METOD_FMT(row->members.p[m]));
		one->members.p[one->members.n++] = person.id;
	}
	return one;
}

static const struct importer association_importer = {&metod_association_row_desc,
    &metod_association_desc, METOD_E_ASSOCIATION_PUT, METOD_T_ASSOCIATION,
    offsetof(struct metod_association_row, code), false, resolve_association,
    stored_association};

/* ---- mentors ---- */

static const void *stored_mentor(struct metod_call *call, struct metod_str code)
{
	struct metod_person person;
	if (person_by_code(call, code, &person) != METOD_OK)
		return NULL;
	struct metod_mentor key = {.person = person.id};
	struct metod_mentor *found = METOD_NEW(call->arena, struct metod_mentor);
	return metod_get(call->txn, METOD_T_MENTOR, &key, call->arena, found) == METOD_OK
	    ? found
	    : NULL;
}

/* One "FOR:0.8" of a list; false when malformed or the competency is unknown. */
static bool read_pair(
    struct metod_str one, struct metod_str *ret_competency, double *ret_value)
{
	*ret_competency = metod_str_trim(metod_str_cut(&one, ':'));
	return ret_competency->n && metod_str_real(metod_str_trim(one), ret_value);
}

static bool known_competency(struct metod_call *call, struct metod_str id)
{
	struct metod_framework framework;
	struct metod_scan *scan = metod_scan_table(call->txn, METOD_T_FRAMEWORK, NULL, 0);
	bool any = false, known = false;
	while (!known && metod_scan_next(scan, call->arena, &framework) == METOD_OK) {
		any = true;
		known = competency_of(&framework, id) != NULL;
	}
	metod_scan_end(scan);
	return known || !any; /* before a framework is loaded every word may be one */
}

static void *resolve_mentor(struct import *import, size_t i)
{
	struct metod_call *call = import->call;
	const struct metod_mentor_row *row = import_row(import, i);
	struct metod_mentor *mentor = METOD_NEW(call->arena, struct metod_mentor);
	struct metod_person person;
	if (!find_person(import, row->code, &person))
		return import_bad(import, i, "code", TR(import, "no such person: %.*s"),
		    METOD_FMT(row->code));
	*mentor = (struct metod_mentor){.person = person.id,
	    .status = row->status.n ? row->status : METOD_STR("active"),
	    .capacity = row->capacity ? row->capacity : call->app->config.mentor_capacity,
	    .formats = row->formats,
	    .admitted = row->admitted,
	    .admitted_to = row->admitted_to};
	if (!metod_word_in(METOD_WORDS_STATUS, mentor->status))
		return import_bad(
		    import, i, "status", "%s", one_of_words(call, METOD_WORDS_STATUS));
	struct metod_str list = row->strengths, one;
	mentor->strengths.p =
	    METOD_NEWS(call->arena, METOD_COMPETENCIES_MAX, struct metod_strength_rec);
	while (list.n && mentor->strengths.n < METOD_COMPETENCIES_MAX) {
		struct metod_strength_rec *strength =
		    &mentor->strengths.p[mentor->strengths.n++];
		double value;
		one = metod_str_cut(&list, ';');
		if (!read_pair(one, &strength->competency, &value) || value < 0 ||
		    value > 1)
			return import_bad(import, i, "strengths",
			    TR(import, "expected COMPETENCY:0..1, found %.*s"),
			    METOD_FMT(one));
		if (!known_competency(call, strength->competency))
			return import_bad(import, i, "strengths",
			    TR(import, "no such competency: %.*s"),
			    METOD_FMT(strength->competency));
		strength->value = (uint64_t)(value * 1000 + 0.5);
		strength->evidence = row->evidence;
		strength->confirmed_by = row->confirmed_by;
	}
	return mentor;
}

static const struct importer mentor_importer = {&metod_mentor_row_desc,
    &metod_mentor_desc, METOD_E_MENTOR_PUT, METOD_T_MENTOR,
    offsetof(struct metod_mentor_row, code), false, resolve_mentor, stored_mentor};

/* ---- catalogue ---- */

/* The id of a session is made from what it is, so that a re-import finds the same one. */
static uint64_t session_id(const struct metod_activity_row *row)
{
	uint64_t hash = metod_hash64((uint64_t)row->start, row->code.p, row->code.n);
	hash = metod_hash64(hash ^ (uint64_t)row->end, row->place.p, row->place.n);
	return (hash >> 11) | 1;
}

static const void *bad_session(struct import *import, size_t i)
{
	const struct metod_activity_row *row = import_row(import, i);
	if ((row->start == METOD_NIL) != (row->end == METOD_NIL))
		return import_bad(import, i, "end", "%s",
		    TR(import, "start and end stand together or not at all"));
	if (row->start != METOD_NIL && row->start > row->end)
		return import_bad(
		    import, i, "end", "%s", TR(import, "the end is before the start"));
	if (row->start != METOD_NIL && row->weekly_hours == 0)
		return import_bad(import, i, "weekly_hours", "%s",
		    TR(import, "a session needs its hours a week"));
	return row;
}

/* Sessions of all rows with this code. */
static bool read_sessions(
    struct import *import, size_t first, struct metod_activity *activity)
{
	activity->sessions.p = METOD_NEWS(import->call->arena, 64, struct metod_session);
	for (size_t i = first; i < import->n_rows; i++) {
		const struct metod_activity_row *row = import_row(import, i);
		if (!metod_str_eq(row->code, activity->code))
			continue;
		if (import->bad[i].n || !bad_session(import, i))
			return false;
		if (row->start == METOD_NIL)
			continue;
		if (activity->sessions.n == 64)
			return import_bad(import, i, "code", "%s",
				   TR(import, "at most 64 sessions")) != NULL;
		activity->sessions.p[activity->sessions.n++] =
		    (struct metod_session){session_id(row), row->start, row->end,
			row->weekly_hours, row->place, row->seats};
	}
	return true;
}

static const void *read_gains(
    struct import *import, size_t i, struct metod_activity *activity)
{
	const struct metod_activity_row *row = import_row(import, i);
	struct metod_str list = row->gains, one;
	activity->gains.p =
	    METOD_NEWS(import->call->arena, 16, struct metod_activity_gain);
	while (list.n) {
		double value;
		if (activity->gains.n == 16)
			return import_bad(
			    import, i, "gains", "%s", TR(import, "at most 16 gains"));
		struct metod_activity_gain *gain =
		    &activity->gains.p[activity->gains.n++];
		one = metod_str_cut(&list, ';');
		if (!read_pair(one, &gain->competency, &value) || value < 1 ||
		    value > 3000)
			return import_bad(import, i, "gains",
			    TR(import, "expected COMPETENCY:1..3000, found %.*s"),
			    METOD_FMT(one));
		if (!known_competency(import->call, gain->competency))
			return import_bad(import, i, "gains",
			    TR(import, "no such competency: %.*s"),
			    METOD_FMT(gain->competency));
		gain->gain = (uint64_t)value;
	}
	return row;
}

static void *resolve_activity(struct import *import, size_t i)
{
	struct metod_call *call = import->call;
	const struct metod_activity_row *row = import_row(import, i);
	struct metod_activity *activity = METOD_NEW(call->arena, struct metod_activity);
	struct metod_text *title = METOD_NEW(call->arena, struct metod_text);
	*title = (struct metod_text){row->title, row->title_en};
	*activity = (struct metod_activity){.id = import->ids[i],
	    .code = row->code,
	    .title = title,
	    .kind = row->kind,
	    .hours = row->hours,
	    .format = row->format,
	    .prereq = row->prereq,
	    .positions = row->positions,
	    .subjects = row->subjects,
	    .provider = row->provider,
	    .tag = row->tag};
	if (!metod_word_in(METOD_WORDS_ACTIVITY_KIND, row->kind))
		return import_bad(import, i, "kind",
		    TR(import, "no such kind of activity: %.*s"), METOD_FMT(row->kind));
	if (!metod_word_in(METOD_WORDS_FORMAT, row->format))
		return import_bad(import, i, "format", TR(import, "no such format: %.*s"),
		    METOD_FMT(row->format));
	for (size_t p = 0; p < row->positions.n; p++)
		if (!metod_word_in(METOD_WORDS_POSITION, row->positions.p[p]))
			return import_bad(import, i, "positions",
			    TR(import, "no such position: %.*s"),
			    METOD_FMT(row->positions.p[p]));
	for (size_t p = 0; p < row->prereq.n; p++)
		if (import_find(import, row->prereq.p[p]) == SIZE_MAX &&
		    !stored_activity(call, row->prereq.p[p]))
			return import_bad(import, i, "prereq",
			    TR(import, "no such activity: %.*s"),
			    METOD_FMT(row->prereq.p[p]));
	if (!read_gains(import, i, activity) || !read_sessions(import, i, activity))
		return NULL;
	return activity;
}

static const struct importer activity_importer = {&metod_activity_row_desc,
    &metod_activity_desc, METOD_E_ACTIVITY_PUT, METOD_T_ACTIVITY,
    offsetof(struct metod_activity_row, code), true, resolve_activity, stored_activity};

/* ---- handlers: the parts of five requests are alike but for the type of a row ---- */

#define IMPORT_HANDLER(noun, importer)                                                   \
	enum metod_err metod_do_##noun##_import(                                         \
	    struct metod_call *call, const void *request, void *reply)                   \
	{                                                                                \
		const struct metod_##noun##_import_req *req = request;                   \
		struct import_part part = {req->stage, req->last, req->dry_run,          \
		    req->skip_bad, req->rows.p, req->rows.n, req->columns};              \
		return import_run(call, &importer, &part, reply);                        \
	}
IMPORT_HANDLER(org, org_importer)
IMPORT_HANDLER(teacher, person_importer)
IMPORT_HANDLER(association, association_importer)
IMPORT_HANDLER(mentor, mentor_importer)
IMPORT_HANDLER(activity, activity_importer)
