/* SPDX-License-Identifier: Apache-2.0
 * Small reads that many use cases need. Nothing here decides who may see what. */
#include <stdlib.h>
#include <string.h>

#include "frozen.h"

enum { TREE_DEPTH_MAX = 16, ID_BITS = 53 };

enum metod_err org_by_id(struct metod_call *call, uint64_t id, struct metod_org *ret)
{
	struct metod_org key = {.id = id};
	return metod_get(call->txn, METOD_T_ORG, &key, call->arena, ret);
}

enum metod_err org_by_code(
    struct metod_call *call, struct metod_str code, struct metod_org *ret)
{
	struct metod_org key = {.code = code};
	return metod_find(call->txn, METOD_I_ORG_CODE, &key, call->arena, ret);
}

enum metod_err person_by_id(
    struct metod_call *call, uint64_t id, struct metod_person *ret)
{
	struct metod_person key = {.id = id};
	return metod_get(call->txn, METOD_T_PERSON, &key, call->arena, ret);
}

enum metod_err person_by_code(
    struct metod_call *call, struct metod_str code, struct metod_person *ret)
{
	struct metod_person key = {.code = code};
	return metod_find(call->txn, METOD_I_PERSON_CODE, &key, call->arena, ret);
}

enum metod_err wave_by_id(struct metod_call *call, uint64_t id, struct metod_wave *ret)
{
	struct metod_wave key = {.id = id};
	return metod_get(call->txn, METOD_T_WAVE, &key, call->arena, ret);
}

enum metod_err wave_by_code(
    struct metod_call *call, struct metod_str code, struct metod_wave *ret)
{
	struct metod_wave key = {.code = code};
	return metod_find(call->txn, METOD_I_WAVE_CODE, &key, call->arena, ret);
}

enum metod_err newest_profile(
    struct metod_call *call, uint64_t person, struct metod_profile *ret)
{
	struct metod_profile key = {.person = person}, one;
	struct metod_scan *scan =
	    metod_scan_index(call->txn, METOD_I_PROFILE_PERSON, &key, 1);
	bool any = false;
	while (metod_scan_next(scan, call->arena, &one) == METOD_OK)
		if (!any || one.at > ret->at) {
			*ret = one;
			any = true;
		}
	metod_scan_end(scan);
	return any ? METOD_OK : METOD_NOT_FOUND;
}

bool invitation_of(
    struct metod_call *call, uint64_t wave, uint64_t person, struct metod_invitation *ret)
{
	struct metod_invitation key = {.wave = wave, .person = person};
	return metod_find(call->txn, METOD_I_INVITATION_WAVE, &key, call->arena, ret) ==
	    METOD_OK;
}

enum metod_err newest_route(
    struct metod_call *call, uint64_t person, struct metod_route *ret)
{
	struct metod_route key = {.person = person}, one;
	struct metod_scan *scan = metod_scan_table(call->txn, METOD_T_ROUTE, &key, 1);
	bool any = false;
	while (metod_scan_next(scan, call->arena, &one) == METOD_OK) {
		*ret = one; /* versions stand in key order */
		any = true;
	}
	metod_scan_end(scan);
	return any ? METOD_OK : METOD_NOT_FOUND;
}

enum metod_err wave_form(
    struct metod_call *call, const struct metod_wave *wave, struct metod_form *ret)
{
	struct metod_form key = {.id = wave->form, .version = wave->form_version};
	return frozen_get(
	    call, METOD_T_FORM, &metod_form_desc, key.id, key.version, &key, ret);
}

/* "0.10" after "0.9": numbers between the points, other signs by their bytes. */
int version_cmp(struct metod_str a, struct metod_str b)
{
	while (a.n || b.n) {
		struct metod_str x = metod_str_cut(&a, '.'), y = metod_str_cut(&b, '.');
		uint64_t p, q;
		bool numbers = metod_str_u64(x, &p) && metod_str_u64(y, &q);
		int order = numbers ? (p > q) - (p < q) : metod_str_cmp(x, y);
		if (order)
			return order;
	}
	return 0;
}

enum metod_err framework_of(
    struct metod_call *call, struct metod_str id, struct metod_framework *ret)
{
	struct metod_str version = id;
	id = metod_str_cut(&version, '@');
	struct metod_framework key = {.id = id, .version = version}, one;
	if (version.n)
		return frozen_get(call, METOD_T_FRAMEWORK, &metod_framework_desc, id,
		    version, &key, ret);
	struct metod_scan *scan = metod_scan_table(call->txn, METOD_T_FRAMEWORK, &key, 1);
	bool any = false;
	while (metod_scan_next(scan, call->arena, &one) == METOD_OK)
		if (!any || version_cmp(ret->version, one.version) < 0) {
			*ret = one;
			any = true;
		}
	metod_scan_end(scan);
	return any ? METOD_OK : METOD_NOT_FOUND;
}

enum metod_err wave_paramset(
    struct metod_call *call, const struct metod_wave *wave, struct metod_paramset *ret)
{
	struct metod_paramset key = {.id = wave->paramset};
	return frozen_get(call, METOD_T_PARAMSET, &metod_paramset_desc, key.id,
	    METOD_STR(""), &key, ret);
}

size_t competency_index(const struct metod_framework *framework, struct metod_str id)
{
	for (size_t i = 0; i < framework->competencies.n; i++)
		if (metod_str_eq(framework->competencies.p[i].id, id))
			return i;
	return SIZE_MAX;
}

const struct metod_competency *competency_of(
    const struct metod_framework *framework, struct metod_str id)
{
	size_t i = competency_index(framework, id);
	return i == SIZE_MAX ? NULL : &framework->competencies.p[i];
}

struct metod_meta *store_meta(struct metod_call *call)
{
	struct metod_meta key = {.one = 1};
	struct metod_meta *meta = METOD_NEW(call->arena, struct metod_meta);
	if (metod_get(call->txn, METOD_T_META, &key, call->arena, meta) != METOD_OK)
		*meta = (struct metod_meta){.one = 1,
		    .zone = METOD_STR("Europe/Samara"),
		    .young_age = 35,
		    .young_years = 3};
	return meta;
}

bool org_within(struct metod_call *call, uint64_t org, uint64_t ancestor)
{
	struct metod_org one;
	if (ancestor == 0)
		return true;
	for (unsigned depth = 0; org != 0 && depth < TREE_DEPTH_MAX; depth++) {
		if (org == ancestor)
			return true;
		if (org_by_id(call, org, &one) != METOD_OK)
			return false;
		org = one.parent;
	}
	return false;
}

static int by_id(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

struct metod_u64s orgs_below(struct metod_call *call, uint64_t root)
{
	size_t cap = (size_t)metod_table_count(call->txn, METOD_T_ORG);
	struct metod_u64s list = {METOD_NEWS(call->arena, cap + 1, uint64_t), 0};
	struct metod_org org;
	if (root == 0) {
		struct metod_scan *scan =
		    metod_scan_table(call->txn, METOD_T_ORG, NULL, 0);
		while (
		    list.n < cap && metod_scan_next(scan, call->arena, &org) == METOD_OK)
			list.p[list.n++] = org.id;
		metod_scan_end(scan);
		return list;
	}
	if (org_by_id(call, root, &org) != METOD_OK)
		return list;
	list.p[list.n++] = root;
	for (size_t i = 0; i < list.n;
	     i++) { /* breadth first: the list is its own queue */
		struct metod_org key = {.parent = list.p[i]};
		struct metod_scan *scan =
		    metod_scan_index(call->txn, METOD_I_ORG_PARENT, &key, 1);
		while (
		    list.n < cap && metod_scan_next(scan, call->arena, &org) == METOD_OK)
			list.p[list.n++] = org.id;
		metod_scan_end(scan);
	}
	qsort(list.p, list.n, sizeof *list.p, by_id);
	return list;
}

uint64_t municipality_of(struct metod_call *call, uint64_t org)
{
	struct metod_org one;
	uint64_t last = org;
	for (unsigned depth = 0; org != 0 && depth < TREE_DEPTH_MAX; depth++) {
		if (org_by_id(call, org, &one) != METOD_OK)
			break;
		last = org;
		if (metod_str_is(one.kind, "municipality"))
			break;
		org = one.parent;
	}
	return last;
}

bool young_specialist(struct metod_call *call, const struct metod_person *person)
{
	const struct metod_meta *meta = store_meta(call);
	int year, month, day;
	if (person->birth_year == 0 || person->hired == METOD_NIL)
		return false;
	metod_civil_from_days(call->today, &year, &month, &day);
	int64_t days = call->today - person->hired;
	return year - (int64_t)person->birth_year <= (int64_t)meta->young_age &&
	    days >= 0 && days * 4 < (int64_t)meta->young_years * 1461;
}

bool grant_in_force(
    struct metod_call *call, uint64_t person, const char *act, struct metod_grant *ret)
{
	struct metod_grant key = {.person = person}, one;
	struct metod_scan *scan =
	    metod_scan_index(call->txn, METOD_I_GRANT_PERSON, &key, 1);
	bool any = false;
	while (metod_scan_next(scan, call->arena, &one) == METOD_OK) {
		if (!metod_str_is(one.act, act) || one.revoked != METOD_NIL ||
		    (one.until != METOD_NIL && one.until < call->today))
			continue;
		if (!any || one.at > ret->at) {
			*ret = one;
			any = true;
		}
	}
	metod_scan_end(scan);
	return any;
}

uint64_t fresh_id(struct metod_call *call)
{
	uint64_t id;
	do
		id = metod_rand64(&call->rand) >> (64 - ID_BITS);
	while (id == 0);
	return id;
}
