/* SPDX-License-Identifier: Apache-2.0
 * A mentor's view of his mentees. Before both have agreed he learns that a colleague
 * asks; after it the opened themes, their states in words and the steps of the route that
 * serve them, as long as the mentee's act is in force. Every look is recorded where the
 * command writes. */
#include "mentoring.h"

static struct metod_str next_words(struct metod_call *call, const struct metod_pair *pair)
{
	const char *words = "";
	if (pair_is(pair, "accepted"))
		words = metod_tr(call->lang, "Agree on a first meeting.");
	else if (pair_is(pair, "proposed") && pair->mentor_at != METOD_NIL)
		words = metod_tr(
		    call->lang, "You agreed; the colleague has not answered yet.");
	else if (pair_is(pair, "proposed") && pair->general)
		words = metod_tr(call->lang,
		    "A colleague asks for support. Name and themes open when both agree.");
	else if (pair_is(pair, "proposed"))
		words = metod_tr(call->lang,
		    "A colleague asks for support where you are strong. Name and themes open when both agree.");
	return metod_str(words);
}

static void mentee_row(struct metod_call *call, const struct metod_pair *pair,
    const struct metod_person *person, struct metod_mentee_row *ret)
{
	*ret = (struct metod_mentee_row){.pair = pair->id,
	    .teacher = person->code,
	    .state = pair->state,
	    .next = next_words(call, pair)};
	if (!pair_is(pair, "accepted"))
		return;
	ret->name = person->name;
	ret->themes = opened_themes(call, person->id);
	look_if_written(call, person->id, "mentee");
}

enum metod_err metod_do_mentee_list(
    struct metod_call *call, const void *request, void *reply)
{
	struct metod_mentees_rep *rep = reply;
	struct metod_pair key = {.mentor = call->caller.person}, one;
	struct metod_person self, person;
	size_t cap = 0;
	(void)request;
	enum metod_err code = gate_self(call, &self);
	if (code != METOD_OK)
		return code;
	struct metod_scan *scan =
	    metod_scan_index(call->txn, METOD_I_PAIR_MENTOR, &key, 1);
	while (rep->rows.n < 1000 && next_row(scan, call->arena, &one)) {
		if ((!pair_is(&one, "proposed") && !pair_is(&one, "accepted")) ||
		    person_by_id(call, one.mentee, &person) != METOD_OK)
			continue;
		FLOW_ROOM(call->arena, rep->rows, cap);
		mentee_row(call, &one, &person, &rep->rows.p[rep->rows.n++]);
	}
	metod_scan_end(scan);
	return METOD_OK;
}

/* The accepted pair of this mentor with this person. */
static bool accepted_pair(
    struct metod_call *call, uint64_t mentee, struct metod_pair *ret)
{
	struct metod_pair key = {.mentee = mentee};
	struct metod_scan *scan =
	    metod_scan_index(call->txn, METOD_I_PAIR_MENTEE, &key, 1);
	bool found = false;
	while (!found && next_row(scan, call->arena, ret))
		found = ret->mentor == call->caller.person && pair_is(ret, "accepted");
	metod_scan_end(scan);
	return found;
}

/* States and level words of the opened themes; numbers stay with the teacher. */
static void theme_rows(struct metod_call *call, const struct metod_framework *framework,
    const struct metod_profile *profile, struct metod_strs themes,
    struct metod_mentee_view *rep)
{
	rep->rows.p = METOD_NEWS(call->arena, themes.n + 1, struct metod_area);
	for (size_t i = 0; i < themes.n; i++) {
		const struct metod_profile_cell *cell =
		    profile_cell(profile, themes.p[i]);
		struct metod_area full, *row = &rep->rows.p[rep->rows.n];
		if (!cell)
			continue;
		metod_record_init(&metod_area_desc, row);
		memset(&full, 0, sizeof full);
		metod_record_init(&metod_area_desc, &full);
		area_view(call, framework, cell, &full);
		row->competency = full.competency;
		row->name = full.name;
		row->state = full.state;
		row->level = full.level;
		row->level_word = full.level_word;
		rep->rows.n++;
	}
}

static enum metod_err fill_view(struct metod_call *call, const struct metod_pair *pair,
    const struct metod_person *person, struct metod_strs themes,
    struct metod_mentee_view *rep)
{
	struct metod_wave wave;
	struct metod_framework framework;
	struct metod_profile profile, key = {.wave = pair->wave, .person = person->id};
	struct metod_route route;
	struct metod_org org;
	enum metod_err code = wave_by_id(call, pair->wave, &wave);
	if (code == METOD_OK)
		code = framework_of(call, wave.framework, &framework);
	if (code != METOD_OK)
		return code;
	rep->pair = pair->id;
	rep->teacher = person->code;
	rep->name = person->name;
	rep->subjects = person->subjects;
	rep->state = pair->state;
	rep->demo = call->demo;
	if (org_by_id(call, person->org, &org) == METOD_OK)
		rep->org = org.name;
	if (metod_get(call->txn, METOD_T_PROFILE, &key, call->arena, &profile) ==
	    METOD_OK)
		theme_rows(call, &framework, &profile, themes, rep);
	if (themes.n && newest_route(call, person->id, &route) == METOD_OK)
		code = route_rows(call, &route, themes, &rep->steps.p, &rep->steps.n);
	rep->reason = pair_reason(call, pair, themes);
	return code;
}

enum metod_err metod_do_mentee_show(
    struct metod_call *call, const void *request, void *reply)
{
	const struct metod_code_req *req = request;
	struct metod_person self, person;
	struct metod_pair pair;
	struct metod_grant grant;
	enum metod_err code = gate_self(call, &self);
	if (code != METOD_OK)
		return code;
	if (person_by_code(call, req->code, &person) != METOD_OK ||
	    !accepted_pair(call, person.id, &pair) ||
	    !grant_in_force(call, person.id, "find_mentor", &grant))
		return gate_not_found(call, "teacher");
	gate_look(call, person.id, "mentee");
	return fill_view(call, &pair, &person, opened_themes(call, person.id), reply);
}
