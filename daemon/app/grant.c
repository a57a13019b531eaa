/* SPDX-License-Identifier: Apache-2.0
 * Acts of disclosure: what a teacher opens, to whom, until when; each revocable at once.
 * One act of a kind is in force at a time. Knows nothing about what the others do with
 * it. */
#include "flow.h"

enum { MENTOR_THEMES_MOST = 3, TEXT_VERSION = 1 };

/* ---- what acts set off ---- */

static bool in_force(const struct metod_call *call, const struct metod_grant *grant)
{
	return grant->revoked == METOD_NIL &&
	    (grant->until == METOD_NIL || grant->until >= call->today);
}

void grants_close(struct metod_call *call, uint64_t person, const char *act)
{
	struct metod_grant key = {.person = person}, grant;
	struct metod_scan *scan =
	    metod_scan_index(call->txn, METOD_I_GRANT_PERSON, &key, 1);
	while (next_row(scan, call->arena, &grant)) {
		if (grant.revoked != METOD_NIL || (act && !metod_str_is(grant.act, act)))
			continue;
		grant.revoked = call->now_ms;
		metod_record(call->txn, METOD_E_GRANT_PUT, &grant);
	}
	metod_scan_end(scan);
}

void pairs_withdraw(struct metod_call *call, uint64_t person, bool accepted_too)
{
	struct metod_pair key = {.mentee = person}, pair;
	struct metod_scan *scan =
	    metod_scan_index(call->txn, METOD_I_PAIR_MENTEE, &key, 1);
	while (next_row(scan, call->arena, &pair)) {
		if (!metod_str_is(pair.state, "proposed") &&
		    !(accepted_too && metod_str_is(pair.state, "accepted")))
			continue;
		pair.state = METOD_STR("withdrawn");
		metod_record(call->txn, METOD_E_PAIR_PUT, &pair);
	}
	metod_scan_end(scan);
}

void grant_views(struct metod_call *call, uint64_t person, uint64_t wave,
    bool only_in_force, struct metod_grant_view **ret_rows, size_t *ret_n)
{
	struct metod_grant key = {.person = person}, grant;
	struct {
		struct metod_grant_view *p;
		size_t n;
	} list = {0};
	size_t cap = 0;
	struct metod_scan *scan =
	    metod_scan_index(call->txn, METOD_I_GRANT_PERSON, &key, 1);
	while (next_row(scan, call->arena, &grant)) {
		if ((wave != WAVE_ALL && grant.wave != wave) ||
		    (only_in_force && !in_force(call, &grant)))
			continue;
		FLOW_ROOM(call->arena, list, cap);
		size_t at = list.n++;
		for (; at > 0 && list.p[at - 1].at < grant.at; at--) /* newest first */
			list.p[at] = list.p[at - 1];
		list.p[at] = (struct metod_grant_view){
		    grant.id, grant.act, grant.themes, grant.at, grant.revoked};
	}
	metod_scan_end(scan);
	*ret_rows = list.p;
	*ret_n = list.n;
}

/* ---- giving ---- */

static enum metod_err bad_theme(
    struct metod_call *call, const char *text, struct metod_str theme)
{
	return metod_fail(call->err, METOD_RANGE, "themes", "%s%s%.*s", text,
	    theme.n ? ": " : "", METOD_FMT(theme));
}

static enum metod_err check_no_themes(struct metod_call *call, struct metod_strs themes)
{
	return themes.n == 0
	    ? METOD_OK
	    : bad_theme(call,
		  metod_tr(call->lang, "this act opens all areas; no themes are needed"),
		  METOD_STR(""));
}

static enum metod_err check_areas(struct metod_call *call, struct metod_strs themes,
    const struct metod_profile *profile)
{
	if (themes.n == 0 || themes.n > MENTOR_THEMES_MOST)
		return bad_theme(call,
		    metod_tr(call->lang, "choose one to three themes for a mentor"),
		    METOD_STR(""));
	for (size_t i = 0; i < themes.n; i++) {
		bool found = false;
		for (size_t c = 0; c < profile->cells.n; c++)
			found = found ||
			    metod_str_eq(profile->cells.p[c].competency, themes.p[i]);
		if (!found)
			return bad_theme(call,
			    metod_tr(call->lang, "there is no such area in your result"),
			    themes.p[i]);
	}
	return METOD_OK;
}

static enum metod_err check_courses(struct metod_call *call, struct metod_strs themes,
    const struct metod_profile *profile)
{
	struct metod_route route;
	if (themes.n == 0)
		return bad_theme(call,
		    metod_tr(call->lang, "name the steps of your route to apply for"),
		    METOD_STR(""));
	enum metod_err e = newest_route(call, profile->person, &route);
	if (e != METOD_OK && e != METOD_NOT_FOUND)
		return e;
	for (size_t i = 0; i < themes.n; i++) {
		bool found = false;
		for (size_t s = 0;
		     e == METOD_OK && route.wave == profile->wave && s < route.steps.n;
		     s++)
			found = found || metod_str_eq(route.steps.p[s].code, themes.p[i]);
		if (!found)
			return bad_theme(call,
			    metod_tr(call->lang, "there is no such step in your route"),
			    themes.p[i]);
	}
	return METOD_OK;
}

static enum metod_err check_grant(struct metod_call *call,
    const struct metod_grant_req *req, const struct metod_profile *profile)
{
	if (req->until != METOD_NIL && req->until < call->today)
		return metod_fail(call->err, METOD_RANGE, "until", "%s",
		    metod_tr(call->lang, "this day is in the past"));
	for (size_t i = 0; i < req->themes.n; i++)
		for (size_t j = 0; j < i; j++)
			if (metod_str_eq(req->themes.p[i], req->themes.p[j]))
				return bad_theme(call,
				    metod_tr(call->lang, "the same theme is named twice"),
				    req->themes.p[i]);
	if (metod_str_is(req->act, "find_mentor"))
		return check_areas(call, req->themes, profile);
	if (metod_str_is(req->act, "apply_course"))
		return check_courses(call, req->themes, profile);
	return check_no_themes(call, req->themes);
}

enum metod_err metod_do_grant_give(
    struct metod_call *call, const void *request, void *reply)
{
	const struct metod_grant_req *req = request;
	struct metod_done_rep *rep = reply;
	struct metod_profile profile;

	if (!metod_word_in(METOD_WORDS_ACT, req->act))
		return metod_fail(call->err, METOD_RANGE, "act", "%s",
		    one_of_words(call, METOD_WORDS_ACT));
	enum metod_err e = own_profile(call, &profile);
	if (e == METOD_OK)
		e = check_grant(call, req, &profile);
	if (e != METOD_OK)
		return e;
	grants_close(call, profile.person, metod_arena_z(call->arena, req->act));
	struct metod_grant grant = {.id = fresh_id(call),
	    .person = profile.person,
	    .act = req->act,
	    .wave = profile.wave,
	    .themes = req->themes,
	    .at = call->now_ms,
	    .until = req->until,
	    .revoked = METOD_NIL,
	    .text_version = TEXT_VERSION};
	metod_record(call->txn, METOD_E_GRANT_PUT, &grant);
	rep->count = 1;
	rep->note = metod_str(metod_tr(call->lang,
	    "Opened as you chose. You can close it at any time; who looked is shown to you."));
	return METOD_OK;
}

enum metod_err metod_do_grant_revoke(
    struct metod_call *call, const void *request, void *reply)
{
	const struct metod_id_req *req = request;
	struct metod_done_rep *rep = reply;
	struct metod_grant key = {.id = req->id}, grant;
	uint64_t wave = session_wave(call);

	enum metod_err e = metod_get(call->txn, METOD_T_GRANT, &key, call->arena, &grant);
	if (e != METOD_OK || call->caller.person == 0 ||
	    grant.person != call->caller.person ||
	    (wave != WAVE_ALL && grant.wave != wave))
		return gate_not_found(call, "grant");
	rep->note = metod_str(
	    metod_tr(call->lang, "Closed. From now on nobody sees it through this act."));
	if (grant.revoked != METOD_NIL)
		return METOD_OK;
	grant.revoked = call->now_ms;
	metod_record(call->txn, METOD_E_GRANT_PUT, &grant);
	if (metod_str_is(grant.act, "find_mentor"))
		pairs_withdraw(call, grant.person, false);
	return METOD_OK;
}

enum metod_err metod_do_grant_list(
    struct metod_call *call, const void *request, void *reply)
{
	struct metod_grants_rep *rep = reply;
	struct metod_person person;
	(void)request;

	enum metod_err e = gate_self(call, &person);
	if (e == METOD_OK)
		grant_views(call, person.id, session_wave(call), false, &rep->rows.p,
		    &rep->rows.n);
	return e;
}
