/* SPDX-License-Identifier: Apache-2.0
 * One questionnaire from its first page to the receipt: what it is, beginning with
 * separate consents, declining, sending. The pages between stand in page.c. A sent sheet
 * is never changed: sheet, profile and both states go into one transaction. */
#include "flow.h"

enum { SEED_BITS = 53 };

/* ---- what it is ---- */

/* Framework and form of the wave; NOT_FOUND would mean damaged content. */
static enum metod_err content_of(struct metod_call *call, const struct metod_wave *wave,
    struct metod_framework *framework, struct metod_form *form)
{
	enum metod_err e = framework_of(call, wave->framework, framework);
	return e == METOD_OK ? wave_form(call, wave, form) : e;
}

static struct metod_str org_name(struct metod_call *call, uint64_t person_id)
{
	struct metod_person person;
	struct metod_org org;
	if (person_by_id(call, person_id, &person) != METOD_OK ||
	    org_by_id(call, person.org, &org) != METOD_OK)
		return METOD_STR("");
	return org.name;
}

/* How long and how far: the plan of pages exists before the start too, only its order
 * does not. */
static void fill_progress(struct metod_call *call, const struct way *way,
    const struct metod_framework *framework, const struct metod_form *form,
    struct metod_start_view *view)
{
	struct metod_strs items = way->attempt.items;
	struct metod_u64s pages = way->attempt.pages;
	view->next_page = 1;
	if (way->attempt.id == 0) {
		sheet_plan(call, framework, form, &way->wave, 0, &items, &pages);
	} else {
		struct sheet sheet;
		sheet_read(call, &way->attempt, &sheet);
		view->next_page = sheet.gap_page ? sheet.gap_page : pages.n + 1;
	}
	view->questions = items.n;
	view->pages = pages.n;
}

enum metod_err metod_do_attempt_show(
    struct metod_call *call, const void *request, void *reply)
{
	struct metod_start_view *view = reply;
	struct metod_framework framework;
	struct metod_form form;
	struct way way;
	(void)request;

	enum metod_err e = way_of(call, &way);
	if (e == METOD_OK)
		e = content_of(call, &way.wave, &framework, &form);
	if (e != METOD_OK)
		return e;
	view->org = org_name(call, way.invitation.person);
	view->title = metod_pick(form.title, call->lang);
	view->purpose = metod_pick(form.purpose, call->lang);
	fill_progress(call, &way, &framework, &form, view);
	view->minutes = wave_minutes(call, &way.wave);
	view->until = way.wave.finish;
	view->state = way.invitation.state;
	view->has_pin = way.invitation.pin.n > 0;
	view->shared = way.attempt.shared;
	view->result_open =
	    call->caller.result && metod_str_is(way.invitation.state, "submitted");
	view->demo = call->demo;
	view->open = way.open;
	return METOD_OK;
}

/* ---- beginning ---- */

enum metod_err metod_prepare_attempt_start(struct metod_call *call, const void *request)
{
	const struct metod_start_req *req = request;
	if (req->pin.n == 0)
		return METOD_OK;
	enum metod_err e = pin_check(call, req->pin);
	if (e != METOD_OK)
		return e;
	struct metod_str *hash = METOD_NEW(call->arena, struct metod_str);
	snapshot_done(call);
	*hash = password_hash(req->pin, call->arena);
	call->plan = hash;
	return METOD_OK;
}

/* Purposes with the version of the text that was shown. */
static struct metod_strs consents_of(
    struct metod_call *call, const struct metod_start_req *req)
{
	struct metod_strs list = {METOD_NEWS(call->arena, 2, struct metod_str), 0};
	list.p[list.n++] = METOD_STR("process:1");
	if (req->consent_aggregate)
		list.p[list.n++] = METOD_STR("aggregate:1");
	return list;
}

static enum metod_err consent_missing(struct metod_call *call)
{
	metod_fail(call->err, METOD_MISSING, "consent_process", "%s",
	    metod_tr(call->lang,
		"we can begin only with your consent to make your profile and route"));
	return metod_hint(call->err, "%s",
	    metod_tr(call->lang,
		"tick it if you agree; if you would rather not take part, that is an answer too"));
}

static enum metod_err new_attempt(
    struct metod_call *call, const struct way *way, struct metod_attempt *ret)
{
	struct metod_framework framework;
	struct metod_form form;
	struct metod_person person;
	enum metod_err e = content_of(call, &way->wave, &framework, &form);
	if (e == METOD_OK)
		e = person_by_id(call, way->invitation.person, &person);
	if (e != METOD_OK)
		return e;
	struct metod_str wording = wording_of(&form, person.position);
	if (wording.n == 0) {
		metod_fail(call->err, METOD_RANGE, "position", "%s",
		    metod_tr(call->lang,
			"this questionnaire has no questions for your position"));
		return metod_hint(call->err, "%s",
		    metod_tr(call->lang,
			"tell your methodist: the position in the roster may be wrong"));
	}
	*ret = (struct metod_attempt){.id = fresh_id(call),
	    .invitation = way->invitation.id,
	    .wave = way->wave.id,
	    .person = person.id,
	    .seed = metod_rand64(&call->rand) >> (64 - SEED_BITS),
	    .started = call->now_ms,
	    .state = METOD_STR("open"),
	    .wording = wording};
	sheet_plan(
	    call, &framework, &form, &way->wave, ret->seed, &ret->items, &ret->pages);
	return METOD_OK;
}

static enum metod_err sent_already(struct metod_call *call)
{
	metod_fail(call->err, METOD_CLOSED, "attempt", "%s",
	    metod_tr(call->lang,
		"your answers have been sent, they are safe and no longer change"));
	return metod_hint(call->err, "%s",
	    metod_tr(call->lang,
		"your result is on your page; withdrawing everything is possible there too"));
}

enum metod_err metod_do_attempt_start(
    struct metod_call *call, const void *request, void *reply)
{
	const struct metod_start_req *req = request;
	const struct metod_str *pin = call->plan;
	struct way way;
	(void)reply;

	enum metod_err e = way_of(call, &way);
	if (e != METOD_OK)
		return e;
	if (metod_str_is(way.invitation.state, "submitted"))
		return sent_already(call);
	if (metod_str_is(way.invitation.state, "started"))
		return METOD_OK; /* a second start changes nothing */
	if (!way.open)
		return wave_refuses(call, &way.wave);
	if (!req->consent_process)
		return consent_missing(call);
	if (way.attempt.id == 0) /* after declining half way the same sheet goes on */
		e = new_attempt(call, &way, &way.attempt);
	if (e != METOD_OK)
		return e;
	way.attempt.shared = req->shared;
	way.attempt.consents = consents_of(call, req);
	way.invitation.state = METOD_STR("started");
	way.invitation.attempt = way.attempt.id;
	if (pin)
		way.invitation.pin = *pin;
	metod_record(call->txn, METOD_E_ATTEMPT_PUT, &way.attempt);
	metod_record(call->txn, METOD_E_INVITATION_PUT, &way.invitation);
	return METOD_OK;
}

enum metod_err metod_do_attempt_decline(
    struct metod_call *call, const void *request, void *reply)
{
	struct metod_done_rep *rep = reply;
	struct way way;
	(void)request;

	enum metod_err e = way_of(call, &way);
	if (e != METOD_OK)
		return e;
	if (metod_str_is(way.invitation.state, "submitted"))
		return sent_already(call);
	rep->note = metod_str(metod_tr(call->lang,
	    "Thank you for telling us. No reminders will follow; the code stays valid if you change your mind."));
	if (metod_str_is(way.invitation.state, "declined"))
		return METOD_OK;
	if (!way.open)
		return wave_refuses(call, &way.wave);
	way.invitation.state = METOD_STR("declined");
	metod_record(call->txn, METOD_E_INVITATION_PUT, &way.invitation);
	return METOD_OK;
}

/* ---- sending ---- */

static enum metod_err gaps_left(struct metod_call *call, const struct sheet *sheet)
{
	size_t i = 0;
	while (sheet->answers.p[i] != METOD_ANSWER_NONE)
		i++;
	struct metod_str field = metod_arena_printf(call->arena, "answers[%zu]", i);
	metod_fail(call->err, METOD_MISSING, field.p, "%s: %zu",
	    metod_tr(call->lang, "statements without an answer"), sheet->gaps);
	return metod_hint(call->err, "%s",
	    metod_tr(
		call->lang, "answer them, or send the sheet with gaps: both are fine"));
}

/* May the sheet be sent as it is? */
static enum metod_err sheet_ready(
    struct metod_call *call, const struct way *way, bool with_gaps, struct sheet *ret)
{
	if (metod_str_is(way->invitation.state, "submitted"))
		return sent_already(call);
	if (!way->open)
		return wave_refuses(call, &way->wave);
	if (!metod_str_is(way->invitation.state, "started"))
		return not_begun(call);
	sheet_read(call, &way->attempt, ret);
	if (ret->gaps == ret->answers.n) {
		metod_fail(call->err, METOD_MISSING, "answers[0]", "%s",
		    metod_tr(call->lang, "there are no answers to send yet"));
		return metod_hint(call->err, "%s",
		    metod_tr(call->lang,
			"if you would rather not take part, choose that on the first page"));
	}
	return ret->gaps && !with_gaps ? gaps_left(call, ret) : METOD_OK;
}

static struct metod_submission submission_of(
    struct metod_call *call, const struct way *way, const struct sheet *sheet)
{
	uint64_t duration = sheet->duration_ms;
	if (duration == 0 && call->now_ms > way->attempt.started)
		duration = (uint64_t)(call->now_ms - way->attempt.started);
	return (struct metod_submission){.wave = way->wave.id,
	    .person = way->invitation.person,
	    .attempt = way->attempt.id,
	    .at = call->now_ms,
	    .items = way->attempt.items,
	    .answers = sheet->answers,
	    .duration_ms = duration,
	    .source = METOD_STR("self"),
	    .wording = way->attempt.wording};
}

enum metod_err metod_do_attempt_submit(
    struct metod_call *call, const void *request, void *reply)
{
	const struct metod_submit_req *req = request;
	struct metod_submit_rep *rep = reply;
	struct metod_framework framework;
	struct metod_form form;
	struct metod_paramset paramset;
	struct metod_profile profile;
	struct metod_person person;
	struct sheet sheet;
	struct way way;

	enum metod_err e = way_of(call, &way);
	if (e == METOD_OK)
		e = sheet_ready(call, &way, req->with_gaps, &sheet);
	if (e == METOD_OK)
		e = content_of(call, &way.wave, &framework, &form);
	if (e == METOD_OK)
		e = wave_paramset(call, &way.wave, &paramset);
	if (e != METOD_OK)
		return e;
	struct metod_submission submission = submission_of(call, &way, &sheet);
	e = compute_profile(
	    call, &way.wave, &form, &framework, &paramset, &submission, &profile);
	if (e == METOD_OK)
		e = person_by_id(call, submission.person, &person);
	if (e != METOD_OK)
		return e;
	/* Where it counts is settled here: whoever edits the roster later would learn
	 * from the difference. */
	profile.org = person.org;
	profile.position = person.position;
	way.attempt.state = METOD_STR("submitted");
	way.invitation.state = METOD_STR("submitted");
	metod_record(call->txn, METOD_E_SUBMITTED, &submission);
	metod_record(call->txn, METOD_E_PROFILE_COMPUTED, &profile);
	metod_record(call->txn, METOD_E_ATTEMPT_PUT, &way.attempt);
	metod_record(call->txn, METOD_E_INVITATION_PUT, &way.invitation);
	if (call->caller.invitation) /* an account sees its results anyway */
		rep->session = respondent_session(call->app, &way.invitation, true,
		    call->now_ms + RESULT_SESSION_MS, call->arena);
	return METOD_OK;
}
