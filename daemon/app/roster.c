/* SPDX-License-Identifier: Apache-2.0
 * Lists and cards of the registers: no results here, and names only when asked for, on
 * record. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static uint64_t limit_or_all(uint64_t limit)
{
	return limit && limit < METOD_ROWS_MAX ? limit : METOD_ROWS_MAX;
}

/* Organisations the caller may list: of `in`, or of all his roles. Sorted ids. */
static enum metod_err reachable_orgs(
    struct metod_call *call, struct metod_str in, struct metod_u64s *ret)
{
	struct metod_scope scope;
	enum metod_err e = gate_scope(call, METOD_STAFF, in, &scope);
	if (e != METOD_OK)
		return e;
	*ret = scope.org ? orgs_below(call, scope.org) : (struct metod_u64s){0};
	return METOD_OK;
}

static int by_id(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

static bool has_id(struct metod_u64s list, uint64_t id)
{
	return list.n && bsearch(&id, list.p, list.n, sizeof id, by_id);
}

/* ---- organisations ---- */

static uint64_t staff_of(struct metod_call *call, uint64_t org)
{
	struct metod_person key = {.org = org}, person;
	struct metod_arena *scratch = metod_arena_new();
	uint64_t n = 0;
	struct metod_scan *scan =
	    metod_scan_index(call->txn, METOD_I_PERSON_ORG, &key, 1);
	for (; metod_scan_next(scan, scratch, &person) == METOD_OK; n++)
		metod_arena_clear(scratch);
	metod_scan_end(scan);
	metod_arena_free(scratch);
	return n;
}

static void org_view(
    struct metod_call *call, const struct metod_org *org, struct metod_org_view *ret)
{
	struct metod_org parent;
	*ret = (struct metod_org_view){.code = org->code,
	    .name = org->name,
	    .kind = org->kind,
	    .staff = staff_of(call, org->id),
	    .low_result = org->low_result};
	if (org->parent && org_by_id(call, org->parent, &parent) == METOD_OK)
		ret->parent = parent.code;
}

enum metod_err metod_do_org_list(
    struct metod_call *call, const void *request, void *reply)
{
	const struct metod_list_req *req = request;
	struct metod_orgs_rep *rep = reply;
	struct metod_u64s orgs;
	struct metod_org org;
	enum metod_err e = reachable_orgs(call, req->in, &orgs);
	if (e != METOD_OK)
		return e;
	rep->rows.p = METOD_NEWS(call->arena, orgs.n + 1, struct metod_org_view);
	struct metod_scan *scan = metod_scan_index(call->txn, METOD_I_ORG_CODE, NULL, 0);
	while (metod_scan_next(scan, call->arena, &org) == METOD_OK) {
		if (!has_id(orgs, org.id))
			continue;
		rep->total++;
		if (rep->rows.n < limit_or_all(req->limit) &&
		    metod_str_cmp(org.code, req->after) > 0)
			org_view(call, &org, &rep->rows.p[rep->rows.n++]);
	}
	return METOD_OK;
}

enum metod_err metod_do_org_show(
    struct metod_call *call, const void *request, void *reply)
{
	const struct metod_code_req *req = request;
	struct metod_org org;
	enum metod_err e = gate_org(call, METOD_STAFF, req->code, &org);
	if (e == METOD_OK)
		org_view(call, &org, reply);
	return e;
}

/* ---- roster ---- */

static bool is_mentor(struct metod_call *call, uint64_t person)
{
	struct metod_mentor key = {.person = person}, mentor;
	return metod_get(call->txn, METOD_T_MENTOR, &key, call->arena, &mentor) ==
	    METOD_OK &&
	    metod_str_is(mentor.status, "active");
}

static void teacher_view(struct metod_call *call, const struct metod_person *person,
    bool names, struct metod_teacher_view *ret)
{
	struct metod_org org;
	*ret = (struct metod_teacher_view){.code = person->code,
	    .position = person->position,
	    .subjects = person->subjects,
	    .stage = person->stage,
	    .young = young_specialist(call, person),
	    .mentor = is_mentor(call, person->id)};
	if (org_by_id(call, person->org, &org) == METOD_OK)
		ret->org = org.code;
	if (names) {
		ret->name = person->name;
		gate_look(call, person->id, "roster");
	}
}

static bool is_member(const struct metod_association *association, uint64_t person)
{
	for (size_t i = 0; i < association->members.n; i++)
		if (association->members.p[i] == person)
			return true;
	return false;
}

enum metod_err metod_do_teacher_list(
    struct metod_call *call, const void *request, void *reply)
{
	const struct metod_teacher_list_req *req = request;
	struct metod_teachers_rep *rep = reply;
	struct metod_association key = {0}, association = {0};
	struct metod_scope scope;
	struct metod_person person;
	enum metod_err e = gate_scope(call, METOD_STAFF, req->in, &scope);
	if (e != METOD_OK)
		return e;
	key.id = scope.id;
	if (!scope.org &&
	    metod_get(call->txn, METOD_T_ASSOCIATION, &key, call->arena, &association))
		return gate_not_found(call, "scope");
	struct metod_u64s orgs =
	    scope.org ? orgs_below(call, scope.org) : (struct metod_u64s){0};
	uint64_t limit = limit_or_all(req->limit),
		 cap = metod_table_count(call->txn, METOD_T_PERSON);
	rep->rows.p = METOD_NEWS(
	    call->arena, (limit < cap ? limit : cap) + 1, struct metod_teacher_view);
	struct metod_scan *scan =
	    metod_scan_index(call->txn, METOD_I_PERSON_CODE, NULL, 0);
	while (metod_scan_next(scan, call->arena, &person) == METOD_OK) {
		if (scope.org ? !has_id(orgs, person.org)
			      : !is_member(&association, person.id))
			continue;
		if ((req->position.n && !metod_str_eq(req->position, person.position)) ||
		    (req->subject.n && !strs_have(person.subjects, req->subject)) ||
		    (req->young && !young_specialist(call, &person)))
			continue;
		rep->total++;
		if (rep->rows.n < limit && metod_str_cmp(person.code, req->after) > 0)
			teacher_view(
			    call, &person, req->names, &rep->rows.p[rep->rows.n++]);
	}
	return METOD_OK;
}

enum metod_err metod_do_teacher_show(
    struct metod_call *call, const void *request, void *reply)
{
	const struct metod_teacher_show_req *req = request;
	struct metod_person person;
	enum metod_err e = gate_person(call, METOD_STAFF, req->code, &person);
	if (e == METOD_OK)
		teacher_view(call, &person, req->names, reply);
	return e;
}

/* ---- associations ---- */

static bool reaches_association(
    struct metod_call *call, const struct metod_association *one)
{
	for (size_t i = 0; i < call->caller.n_roles; i++) {
		const struct metod_role_scope *role = &call->caller.roles[i];
		if ((role->who & METOD_STAFF) &&
		    (role->association ? role->association == one->id
				       : org_within(call, one->org, role->org)))
			return true;
	}
	return false;
}

static void association_view(struct metod_call *call, const struct metod_association *one,
    struct metod_association_view *ret)
{
	struct metod_person head;
	*ret = (struct metod_association_view){.code = one->code,
	    .name = one->name,
	    .level = one->level,
	    .members = one->members.n};
	if (one->head && person_by_id(call, one->head, &head) == METOD_OK)
		ret->head = head.code;
}

enum metod_err metod_do_association_list(
    struct metod_call *call, const void *request, void *reply)
{
	const struct metod_list_req *req = request;
	struct metod_associations_rep *rep = reply;
	struct metod_association one;
	struct metod_org org = {0};
	if (req->in.n) {
		enum metod_err e = gate_org(call, METOD_STAFF, req->in, &org);
		if (e != METOD_OK)
			return e;
	}
	rep->rows.p =
	    METOD_NEWS(call->arena, metod_table_count(call->txn, METOD_T_ASSOCIATION) + 1,
		struct metod_association_view);
	struct metod_scan *scan =
	    metod_scan_index(call->txn, METOD_I_ASSOCIATION_CODE, NULL, 0);
	while (metod_scan_next(scan, call->arena, &one) == METOD_OK)
		if (reaches_association(call, &one) &&
		    (!org.id || org_within(call, one.org, org.id)) &&
		    rep->rows.n < limit_or_all(req->limit) &&
		    metod_str_cmp(one.code, req->after) > 0)
			association_view(call, &one, &rep->rows.p[rep->rows.n++]);
	return METOD_OK;
}

enum metod_err metod_do_association_show(
    struct metod_call *call, const void *request, void *reply)
{
	const struct metod_code_req *req = request;
	struct metod_association key = {.code = req->code}, one;
	if (metod_find(call->txn, METOD_I_ASSOCIATION_CODE, &key, call->arena, &one) !=
		METOD_OK ||
	    !reaches_association(call, &one))
		return gate_not_found(call, "association");
	association_view(call, &one, reply);
	return METOD_OK;
}

/* ---- catalogue ---- */

enum metod_err metod_do_activity_list(
    struct metod_call *call, const void *request, void *reply)
{
	const struct metod_list_req *req = request;
	struct metod_activities_rep *rep = reply;
	struct metod_activity one;
	rep->rows.p =
	    METOD_NEWS(call->arena, metod_table_count(call->txn, METOD_T_ACTIVITY) + 1,
		struct metod_activity_view);
	struct metod_scan *scan =
	    metod_scan_index(call->txn, METOD_I_ACTIVITY_CODE, NULL, 0);
	while (metod_scan_next(scan, call->arena, &one) == METOD_OK) {
		if (rep->rows.n >= limit_or_all(req->limit) ||
		    metod_str_cmp(one.code, req->after) <= 0)
			continue;
		struct metod_activity_view *row = &rep->rows.p[rep->rows.n++];
		*row = (struct metod_activity_view){.code = one.code,
		    .title = metod_pick(one.title, call->lang),
		    .kind = one.kind,
		    .hours = one.hours,
		    .format = one.format,
		    .sessions = one.sessions.n};
		row->competencies.p =
		    METOD_NEWS(call->arena, one.gains.n + 1, struct metod_str);
		for (size_t g = 0; g < one.gains.n; g++)
			row->competencies.p[row->competencies.n++] =
			    one.gains.p[g].competency;
	}
	return METOD_OK;
}

enum metod_err metod_do_activity_show(
    struct metod_call *call, const void *request, void *reply)
{
	const struct metod_code_req *req = request;
	struct metod_activity key = {.code = req->code};
	if (metod_find(call->txn, METOD_I_ACTIVITY_CODE, &key, call->arena, reply) !=
	    METOD_OK)
		return gate_not_found(call, "activity");
	return METOD_OK;
}
