/* SPDX-License-Identifier: Apache-2.0
 * Profiles said in people's words. The result belongs to the teacher: he sees all of it,
 * a methodist sees the states he has opened, and every look is recorded. measure.c
 * computes them. */
#include "flow.h"

/* ---- in people's words ---- */

static const char *state_word(uint64_t state)
{
	switch ((enum metod_state)state) {
	case METOD_STATE_NO_DATA:
		return "no_data";
	case METOD_STATE_NOT_IN_WORK:
		return "not_in_work";
	case METOD_STATE_NEED:
		return "need";
	case METOD_STATE_UNCLEAR:
		return "unclear";
	case METOD_STATE_OK:
		return "ok";
	}
	return "no_data";
}

static const char *reason_word(uint64_t reason)
{
	switch ((enum metod_no_data)reason) {
	case METOD_REASON_NONE:
		return "";
	case METOD_REASON_FEW_ANSWERS:
		return "few_answers";
	case METOD_REASON_UNCERTAIN:
		return "uncertain";
	case METOD_REASON_NO_PARAMS:
		return "no_params";
	}
	return "";
}

static struct metod_str level_word(
    struct metod_call *call, const struct metod_framework *framework, int64_t level)
{
	for (size_t i = 0; i < framework->level_words.n; i++)
		if ((int64_t)framework->level_words.p[i].value == level)
			return metod_pick(framework->level_words.p[i].text, call->lang);
	return METOD_STR("");
}

void area_view(struct metod_call *call, const struct metod_framework *framework,
    const struct metod_profile_cell *cell, struct metod_area *ret)
{
	const struct metod_competency *competency =
	    competency_of(framework, cell->competency);
	bool said = cell->state == METOD_STATE_NEED ||
	    cell->state == METOD_STATE_UNCLEAR || cell->state == METOD_STATE_OK;

	metod_record_init(&metod_area_desc, ret);
	ret->competency = cell->competency;
	ret->name =
	    competency ? metod_pick(competency->plain, call->lang) : cell->competency;
	ret->state = metod_str(state_word(cell->state));
	ret->reason = metod_str(reason_word(cell->reason));
	ret->mean = cell->mean;
	ret->answered = cell->answered;
	ret->shown = cell->shown;
	ret->np = cell->np;
	if (!said) /* too little to say anything: then no number either */
		return;
	ret->level = cell->level;
	ret->level_word = level_word(call, framework, cell->level);
	ret->t = cell->t;
	ret->t_lo = cell->t_lo;
	ret->t_hi = cell->t_hi;
	ret->p_need = cell->p_need;
	ret->need = cell->need;
	ret->eap = cell->eap;
	ret->psd = cell->psd;
}

/* States are opened, single answers never: what three answers could be told from stays
 * away. */
static void hide_answers(struct metod_area *area)
{
	area->answered = area->shown = area->np = 0;
	area->mean = area->p_need = area->need = area->eap = area->psd = METOD_NIL;
}

static void count_states(struct metod_profile_view *view, uint64_t state)
{
	view->strengths += state == METOD_STATE_OK;
	view->needs += state == METOD_STATE_NEED;
	view->unclear += state == METOD_STATE_UNCLEAR;
}

/* What both the teacher and a methodist see; `own` adds what is his alone. */
static enum metod_err profile_view(struct metod_call *call,
    const struct metod_person *person, const struct metod_profile *profile, bool own,
    struct metod_profile_view *view)
{
	struct metod_framework framework;
	struct metod_paramset paramset, key = {.id = profile->paramset};
	struct metod_wave wave;
	struct metod_wants wants = {.wave = profile->wave, .person = person->id};

	enum metod_err e = framework_of(call, profile->framework, &framework);
	if (e == METOD_OK)
		e = wave_by_id(call, profile->wave, &wave);
	if (e != METOD_OK)
		return e;
	if (metod_get(call->txn, METOD_T_PARAMSET, &key, call->arena, &paramset) ==
	    METOD_OK)
		view->paramset_label = paramset.label;
	view->teacher = person->code;
	view->wave = wave.code;
	view->at = profile->at;
	view->form = profile->form;
	view->paramset = profile->paramset;
	if (own &&
	    metod_get(call->txn, METOD_T_WANTS, &wants, call->arena, &wants) ==
		METOD_OK) {
		view->wants = wants.competencies;
		view->want_line = wants.line;
	}
	view->rows.p = METOD_NEWS(call->arena, profile->cells.n + 1, struct metod_area);
	for (size_t i = 0; i < profile->cells.n; i++) {
		struct metod_area *area = &view->rows.p[view->rows.n++];
		area_view(call, &framework, &profile->cells.p[i], area);
		count_states(view, profile->cells.p[i].state);
		area->wanted = strs_have(view->wants, area->competency);
		if (!own)
			hide_answers(area);
	}
	if (own)
		grant_views(call, person->id, profile->wave, true, &view->grants.p,
		    &view->grants.n);
	view->demo = call->demo;
	view->note = metod_str(metod_tr(call->lang,
	    "This is how a teacher sees his or her own work: a self-report with a margin of error, a start for talking and planning. It is not for attestation, hiring or pay."));
	return METOD_OK;
}

/* ---- commands ---- */

enum metod_err metod_do_me_profile(
    struct metod_call *call, const void *request, void *reply)
{
	struct metod_person person;
	struct metod_profile profile;
	(void)request;

	enum metod_err e = gate_self(call, &person);
	if (e == METOD_OK)
		e = own_profile(call, &profile);
	return e == METOD_OK ? profile_view(call, &person, &profile, true, reply) : e;
}

static enum metod_err own_profile_in(
    struct metod_call *call, struct metod_str wave_code, struct metod_profile *ret)
{
	struct metod_wave wave;
	if (!call->caller.result)
		return metod_fail(call->err, METOD_PIN, "pin", "%s",
		    metod_tr(call->lang,
			"a result opens in the browser where you answered, or with your PIN"));
	if (wave_code.n == 0)
		return own_profile(call, ret);
	if (wave_by_code(call, wave_code, &wave) != METOD_OK ||
	    (session_wave(call) != WAVE_ALL && session_wave(call) != wave.id))
		return gate_not_found(call, "profile");
	struct metod_profile key = {.wave = wave.id, .person = call->caller.person};
	enum metod_err e = metod_get(call->txn, METOD_T_PROFILE, &key, call->arena, ret);
	return e == METOD_NOT_FOUND ? gate_not_found(call, "profile") : e;
}

/* An act opens the result of the campaign it was given in. Absent, closed and not opened
 * look alike. */
static enum metod_err opened_profile(struct metod_call *call,
    const struct metod_person *person, struct metod_str wave_code,
    struct metod_profile *ret)
{
	struct metod_grant grant;
	struct metod_wave wave;
	if (!grant_in_force(call, person->id, "show_methodist", &grant) ||
	    wave_by_id(call, grant.wave, &wave) != METOD_OK ||
	    (wave_code.n && !metod_str_eq(wave_code, wave.code)))
		return gate_not_found(call, "teacher");
	struct metod_profile key = {.wave = grant.wave, .person = person->id};
	enum metod_err e = metod_get(call->txn, METOD_T_PROFILE, &key, call->arena, ret);
	return e == METOD_NOT_FOUND ? gate_not_found(call, "teacher") : e;
}

enum metod_err metod_do_profile_show(
    struct metod_call *call, const void *request, void *reply)
{
	const struct metod_profile_req *req = request;
	struct metod_profile_view *view = reply;
	struct metod_person person;
	struct metod_profile profile;

	if ((call->caller.who & METOD_TEACHER) && gate_self(call, &person) == METOD_OK &&
	    metod_str_eq(person.code, req->teacher)) {
		enum metod_err e = own_profile_in(call, req->wave, &profile);
		if (e == METOD_OK)
			e = profile_view(call, &person, &profile, true, view);
		if (e == METOD_OK && req->names)
			view->name = person.name;
		return e;
	}
	enum metod_err e = gate_person(call, METOD_METHODIST, req->teacher, &person);
	if (e == METOD_OK)
		e = opened_profile(call, &person, req->wave, &profile);
	if (e == METOD_OK)
		e = profile_view(call, &person, &profile, false, view);
	if (e != METOD_OK)
		return e;
	if (req->names)
		view->name = person.name;
	gate_look(call, person.id, "profile");
	return METOD_OK;
}

enum metod_err metod_do_me_wants(
    struct metod_call *call, const void *request, void *reply)
{
	const struct metod_wants_req *req = request;
	struct metod_profile profile;
	(void)reply;

	enum metod_err e = own_profile(call, &profile);
	if (e != METOD_OK)
		return e;
	for (size_t i = 0; i < req->competencies.n; i++) {
		struct metod_str id = req->competencies.p[i];
		bool found = false;
		for (size_t c = 0; c < profile.cells.n; c++)
			found = found || metod_str_eq(profile.cells.p[c].competency, id);
		if (!found)
			return metod_fail(call->err, METOD_RANGE, "competencies",
			    "%s: %.*s",
			    metod_tr(call->lang, "there is no such area in your result"),
			    METOD_FMT(id));
		for (size_t j = 0; j < i; j++)
			if (metod_str_eq(req->competencies.p[j], id))
				return metod_fail(call->err, METOD_RANGE, "competencies",
				    "%s: %.*s",
				    metod_tr(call->lang, "the same area is named twice"),
				    METOD_FMT(id));
	}
	struct metod_wants wants = {.wave = profile.wave,
	    .person = profile.person,
	    .competencies = req->competencies,
	    .line = req->line,
	    .at = call->now_ms};
	metod_record(call->txn, METOD_E_WANTS_PUT, &wants);
	return METOD_OK;
}
