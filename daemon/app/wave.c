/* SPDX-License-Identifier: Apache-2.0
 * Campaigns: one frozen form, one parameter set, a period, an organisation and its target
 * group. Coverage is counted for the whole campaign only, and shown live to methodists
 * only: nobody sees who has answered. */
#include "flow.h"

enum { DEFAULT_COMPETENCIES = 12 };

/* ---- creating ---- */

static enum metod_err newest_form(
    struct metod_call *call, struct metod_str id, struct metod_form *ret)
{
	struct metod_form key = {.id = id}, one;
	bool any = false;
	struct metod_scan *scan = metod_scan_table(call->txn, METOD_T_FORM, &key, 1);
	while (next_row(scan, call->arena, &one))
		if (!any || version_cmp(one.version, ret->version) > 0) {
			*ret = one;
			any = true;
		}
	metod_scan_end(scan);
	return any ? METOD_OK : gate_not_found(call, "form");
}

static bool form_has(const struct metod_form *form, struct metod_str competency)
{
	for (size_t i = 0; i < form->items.n; i++)
		if (metod_str_eq(form->items.p[i].competency, competency))
			return true;
	return false;
}

/* The n-th (from 0) general competency of a group that the form asks; SIZE_MAX: no more.
 */
static size_t nth_general(const struct metod_framework *framework,
    const struct metod_form *form, struct metod_str group, size_t n)
{
	for (size_t c = 0; c < framework->competencies.n; c++) {
		const struct metod_competency *one = &framework->competencies.p[c];
		if (one->general && metod_str_eq(one->group, group) &&
		    form_has(form, one->id) && n-- == 0)
			return c;
	}
	return SIZE_MAX;
}

/* Every group in turn gives its next competency until there are enough; framework order.
 */
static struct metod_strs default_competencies(struct metod_call *call,
    const struct metod_framework *framework, const struct metod_form *form)
{
	struct metod_strs list = {
	    METOD_NEWS(call->arena, DEFAULT_COMPETENCIES, struct metod_str), 0};
	bool chosen[METOD_COMPETENCIES_MAX] = {false}, more = true;
	size_t n = 0;
	for (size_t round = 0; more && n < DEFAULT_COMPETENCIES; round++) {
		more = false;
		for (size_t g = 0; g < framework->groups.n && n < DEFAULT_COMPETENCIES;
		     g++) {
			size_t c = nth_general(
			    framework, form, framework->groups.p[g].id, round);
			if (c == SIZE_MAX)
				continue;
			chosen[c] = more = true;
			n++;
		}
	}
	for (size_t c = 0; c < framework->competencies.n; c++)
		if (chosen[c])
			list.p[list.n++] = framework->competencies.p[c].id;
	return list;
}

static enum metod_err check_competencies(struct metod_call *call,
    const struct metod_framework *framework, const struct metod_form *form,
    struct metod_strs list)
{
	if (list.n == 0)
		return metod_fail(call->err, METOD_MISSING, "competencies", "%s",
		    metod_tr(
			call->lang, "the form has no general competencies: name them"));
	for (size_t i = 0; i < list.n; i++) {
		if (!competency_of(framework, list.p[i]) || !form_has(form, list.p[i]))
			return metod_fail(call->err, METOD_RANGE, "competencies",
			    "%s: %.*s",
			    metod_tr(call->lang,
				"the form does not ask about this competency"),
			    METOD_FMT(list.p[i]));
		for (size_t j = 0; j < i; j++)
			if (metod_str_eq(list.p[i], list.p[j]))
				return metod_fail(call->err, METOD_RANGE, "competencies",
				    "%s: %.*s",
				    metod_tr(
					call->lang, "this competency is named twice"),
				    METOD_FMT(list.p[i]));
	}
	return METOD_OK;
}

/* Everybody below the organisation whose position the form asks: the denominator. */
static uint64_t target_of(
    struct metod_call *call, uint64_t org, const struct metod_form *form)
{
	struct metod_u64s orgs = orgs_below(call, org);
	struct metod_person person;
	uint64_t n = 0;
	for (size_t i = 0; i < orgs.n; i++) {
		struct metod_person key = {.org = orgs.p[i]};
		struct metod_scan *scan =
		    metod_scan_index(call->txn, METOD_I_PERSON_ORG, &key, 1);
		while (next_row(scan, call->arena, &person))
			n += form_asks(form, person.position);
		metod_scan_end(scan);
	}
	return n;
}

/* A campaign needs a name people recognise; the form's own title may be longer than the
 * field. */
static struct metod_str title_of(const struct metod_form *form)
{
	return fitting(form->title->ru, METOD_NAME_MAX);
}

static enum metod_err check_period_and_code(
    struct metod_call *call, const struct metod_wave_create_req *req)
{
	struct metod_wave same;
	if (req->from > req->to) {
		metod_fail(call->err, METOD_RANGE, "to", "%s",
		    metod_tr(call->lang, "the last day is before the first one"));
		return metod_hint(
		    call->err, "%s", metod_tr(call->lang, "the last day is inclusive"));
	}
	enum metod_err e = wave_by_code(call, req->code, &same);
	if (e == METOD_NOT_FOUND)
		return METOD_OK;
	if (e != METOD_OK)
		return e;
	metod_fail(call->err, METOD_CONFLICT, "code", "%s",
	    metod_tr(call->lang, "there is a campaign with this code already"));
	return metod_hint(call->err, "%s", metod_tr(call->lang, "choose another code"));
}

static enum metod_err check_paramset(
    struct metod_call *call, struct metod_str id, const struct metod_form *form)
{
	struct metod_paramset key = {.id = id}, set;
	enum metod_err e =
	    metod_get(call->txn, METOD_T_PARAMSET, &key, call->arena, &set);
	if (e == METOD_NOT_FOUND)
		return gate_not_found(call, "paramset");
	if (e == METOD_OK && !metod_str_eq(set.framework, form->framework))
		return metod_fail(call->err, METOD_RANGE, "paramset", "%s",
		    metod_tr(call->lang,
			"this parameter set belongs to another framework than the form"));
	return e;
}

enum metod_err metod_do_wave_create(
    struct metod_call *call, const void *request, void *reply)
{
	const struct metod_wave_create_req *req = request;
	struct metod_done_rep *rep = reply;
	struct metod_str paramset = req->paramset.n ? req->paramset : METOD_STR("0");
	struct metod_strs competencies = req->competencies;
	struct metod_framework framework;
	struct metod_form form;
	struct metod_org org;

	enum metod_err e = gate_org(call, METOD_METHODIST, req->in, &org);
	if (e == METOD_OK)
		e = check_period_and_code(call, req);
	if (e == METOD_OK)
		e = newest_form(call, req->form, &form);
	if (e == METOD_OK)
		e = framework_of(call, form.framework, &framework);
	if (e == METOD_OK)
		e = check_paramset(call, paramset, &form);
	if (e != METOD_OK)
		return e;
	if (competencies.n == 0)
		competencies = default_competencies(call, &framework, &form);
	e = check_competencies(call, &framework, &form, competencies);
	if (e != METOD_OK)
		return e;
	struct metod_wave wave = {.id = fresh_id(call),
	    .code = req->code,
	    .title = req->title.n ? req->title : title_of(&form),
	    .form = form.id,
	    .form_version = form.version,
	    .framework = metod_arena_printf(call->arena, "%.*s@%.*s",
		METOD_FMT(framework.id), METOD_FMT(framework.version)),
	    .paramset = paramset,
	    .start = req->from,
	    .finish = req->to,
	    .org = org.id,
	    .competencies = competencies,
	    .state = METOD_STR("open"),
	    .target = target_of(call, org.id, &form),
	    .created = call->now_ms,
	    .closed = METOD_NIL,
	    .published_at = METOD_NIL,
	    .leaves_until = METOD_NIL};
	metod_record(call->txn, METOD_E_WAVE_PUT, &wave);
	rep->code = wave.code;
	rep->count = wave.target;
	rep->note = metod_str(metod_tr(call->lang,
	    "The campaign is made. Next: personal invitations (invite create)."));
	return METOD_OK;
}

/* ---- showing ---- */

static void count_coverage(
    struct metod_call *call, uint64_t wave, struct metod_wave_view *view)
{
	struct metod_invitation key = {.wave = wave}, one;
	struct metod_scan *scan =
	    metod_scan_index(call->txn, METOD_I_INVITATION_WAVE, &key, 1);
	view->started = view->submitted = view->declined = 0;
	while (next_row(scan, call->arena, &one)) {
		if (metod_str_is(one.state, "revoked"))
			continue;
		view->invited++;
		if (metod_str_is(one.state, "started"))
			view->started++;
		else if (metod_str_is(one.state, "submitted"))
			view->submitted++;
		else if (metod_str_is(one.state, "declined"))
			view->declined++;
	}
	metod_scan_end(scan);
}

/* Live counts are for methodists, of the whole campaign, and of 5 people at least: beside
 * a list of a few invited they would tell who has answered. The others wait for the end.
 */
static void cover_coverage(
    struct metod_call *call, const struct metod_wave *wave, struct metod_wave_view *view)
{
	struct metod_error *err = call->err, unseen;
	struct metod_wave same;
	call->err = &unseen;
	bool cares = gate_wave(call, METOD_METHODIST | METOD_ADMIN, wave->code, false,
			 &same) == METOD_OK;
	call->err = err;
	if (cares && view->invited >= METOD_K)
		return;
	view->started = view->declined = METOD_NIL;
	if (metod_str_is(wave->state, "open") || view->submitted < METOD_K)
		view->submitted = METOD_NIL;
}

static void wave_view(
    struct metod_call *call, const struct metod_wave *wave, struct metod_wave_view *view)
{
	*view = (struct metod_wave_view){.code = wave->code,
	    .title = wave->title,
	    .form = wave->form,
	    .paramset = wave->paramset,
	    .from = wave->start,
	    .to = wave->finish,
	    .state = wave->state,
	    .target = wave->target,
	    .published_at = wave->published_at,
	    .competencies = wave->competencies};
	count_coverage(call, wave->id, view);
	cover_coverage(call, wave, view);
}

enum metod_err metod_do_wave_list(
    struct metod_call *call, const void *request, void *reply)
{
	struct metod_waves_rep *rep = reply;
	struct metod_error *err = call->err, unseen;
	struct metod_wave wave, seen;
	size_t cap = 0;
	(void)request;

	struct metod_scan *scan = metod_scan_table(call->txn, METOD_T_WAVE, NULL, 0);
	call->err = &unseen; /* a campaign out of reach is left out, not an error */
	while (next_row(scan, call->arena, &wave)) {
		if (gate_wave(call, METOD_STAFF | METOD_ANALYST, wave.code, false,
			&seen) != METOD_OK)
			continue;
		FLOW_ROOM(call->arena, rep->rows, cap);
		size_t at = rep->rows.n++;
		for (; at > 0 && rep->rows.p[at - 1].from < wave.start;
		     at--) /* newest first */
			rep->rows.p[at] = rep->rows.p[at - 1];
		wave_view(call, &wave, &rep->rows.p[at]);
	}
	call->err = err;
	metod_scan_end(scan);
	return METOD_OK;
}

enum metod_err metod_do_wave_show(
    struct metod_call *call, const void *request, void *reply)
{
	const struct metod_code_req *req = request;
	struct metod_wave wave;
	enum metod_err e =
	    gate_wave(call, METOD_STAFF | METOD_ANALYST, req->code, false, &wave);
	if (e == METOD_OK)
		wave_view(call, &wave, reply);
	return e;
}

enum metod_err metod_do_wave_close(
    struct metod_call *call, const void *request, void *reply)
{
	const struct metod_code_req *req = request;
	struct metod_done_rep *rep = reply;
	struct metod_wave wave;

	enum metod_err e = gate_wave(call, METOD_METHODIST, req->code, true, &wave);
	if (e != METOD_OK)
		return e;
	rep->code = wave.code;
	rep->note = metod_str(metod_tr(call->lang,
	    "The campaign is closed: answers are no longer taken, results stay open to their owners."));
	if (metod_str_is(wave.state, "closed"))
		return METOD_OK;
	wave.state = METOD_STR("closed");
	wave.closed = call->now_ms;
	metod_record(call->txn, METOD_E_WAVE_PUT, &wave);
	return METOD_OK;
}
