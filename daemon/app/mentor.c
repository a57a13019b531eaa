/* SPDX-License-Identifier: Apache-2.0
 * Life of a pair: each side agrees or declines for itself, places are counted again when
 * the second one agrees; lists of mentors and pairs for the coordinator, and the mentee's
 * own page. Names stand on a page only after both have agreed; why somebody declined is
 * shown to nobody. */
#include "mentoring.h"

/* ---- one's own side of a pair ---- */

enum side { SIDE_NONE, SIDE_MENTEE, SIDE_MENTOR };

static enum side side_of(struct metod_call *call, const struct metod_pair *pair)
{
	uint64_t only = session_wave(call);
	if (call->caller.person == 0 || !call->caller.result ||
	    (only != WAVE_ALL && pair->wave != only))
		return SIDE_NONE;
	if (pair->mentee == call->caller.person)
		return SIDE_MENTEE;
	return pair->mentor == call->caller.person ? SIDE_MENTOR : SIDE_NONE;
}

/* "Absent" and "not yours" are one answer. */
static enum metod_err own_pair(
    struct metod_call *call, uint64_t id, struct metod_pair *ret, enum side *ret_side)
{
	struct metod_pair key = {.id = id};
	enum metod_err code = metod_get(call->txn, METOD_T_PAIR, &key, call->arena, ret);
	if (code == METOD_DAMAGED)
		return code;
	*ret_side = code == METOD_OK ? side_of(call, ret) : SIDE_NONE;
	return *ret_side == SIDE_NONE ? gate_not_found(call, "pair") : METOD_OK;
}

static enum metod_err pair_closed(struct metod_call *call)
{
	return metod_fail(call->err, METOD_CLOSED, "pair", "%s",
	    metod_tr(call->lang, "this pair is not open any more"));
}

/* Does the mentee have a mentor in this wave already? */
static bool has_mentor(struct metod_call *call, const struct metod_pair *pair)
{
	struct metod_pair key = {.mentee = pair->mentee}, one;
	struct metod_scan *scan =
	    metod_scan_index(call->txn, METOD_I_PAIR_MENTEE, &key, 1);
	bool found = false;
	while (!found && next_row(scan, call->arena, &one))
		found = one.id != pair->id && one.wave == pair->wave &&
		    pair_is(&one, "accepted");
	metod_scan_end(scan);
	return found;
}

/* Whether the pair may still come about: the act and the admission are in force, a place
 * is free.
 */
static enum metod_err check_possible(
    struct metod_call *call, const struct metod_pair *pair)
{
	struct metod_mentor key = {.person = pair->mentor}, mentor;
	struct metod_grant grant;
	if (!grant_in_force(call, pair->mentee, "find_mentor", &grant) ||
	    metod_get(call->txn, METOD_T_MENTOR, &key, call->arena, &mentor) !=
		METOD_OK ||
	    !mentor_admitted(&mentor, call->today))
		return pair_closed(call);
	if (has_mentor(call, pair))
		return metod_fail(call->err, METOD_CONFLICT, "pair", "%s",
		    metod_tr(call->lang, "this person has a mentor already"));
	if (pairs_taken(call, pair->mentor) >= mentor_places(call, &mentor))
		return metod_fail(call->err, METOD_CONFLICT, "pair", "%s",
		    metod_tr(call->lang, "this mentor has no free places left"));
	return METOD_OK;
}

enum metod_err metod_do_mentor_accept(
    struct metod_call *call, const void *request, void *reply)
{
	const struct metod_pair_req *req = request;
	struct metod_done_rep *rep = reply;
	struct metod_pair pair;
	enum side side;
	enum metod_err code = own_pair(call, req->pair, &pair, &side);
	if (code != METOD_OK)
		return code;
	int64_t *mine = side == SIDE_MENTEE ? &pair.mentee_at : &pair.mentor_at;
	if (*mine != METOD_NIL &&
	    (pair_is(&pair, "proposed") || pair_is(&pair, "accepted")))
		return METOD_OK; /* agreed before */
	if (!pair_is(&pair, "proposed"))
		return pair_closed(call);
	code = check_possible(call, &pair);
	if (code != METOD_OK)
		return code;
	*mine = call->now_ms;
	if (pair.mentee_at != METOD_NIL && pair.mentor_at != METOD_NIL)
		pair.state = METOD_STR("accepted");
	else
		rep->note = metod_str(metod_tr(call->lang,
		    "Noted. The pair begins as soon as the other side agrees too."));
	metod_record(call->txn, METOD_E_PAIR_PUT, &pair);
	return METOD_OK;
}

enum metod_err metod_do_mentor_decline(
    struct metod_call *call, const void *request, void *reply)
{
	const struct metod_pair_req *req = request;
	struct metod_done_rep *rep = reply;
	struct metod_pair pair;
	enum side side;
	enum metod_err code = own_pair(call, req->pair, &pair, &side);
	if (code != METOD_OK)
		return code;
	if (!pair_is(&pair, "proposed") && !pair_is(&pair, "accepted"))
		return pair_closed(call);
	/* Nobody is held in a pair: leaving an accepted one ends it. */
	pair.state =
	    pair_is(&pair, "accepted") ? METOD_STR("ended") : METOD_STR("declined");
	pair.declined_by =
	    side == SIDE_MENTEE ? METOD_STR("mentee") : METOD_STR("mentor");
	pair.reason = req->reason;
	metod_record(call->txn, METOD_E_PAIR_PUT, &pair);
	rep->note =
	    metod_str(metod_tr(call->lang, "Done. The other side does not see why."));
	return METOD_OK;
}

/* ---- the mentee's page ---- */

/* Before both agree: nothing by which the mentor could be recognised. */
static struct metod_str anonymous_reason(struct metod_call *call,
    const struct metod_pair *pair, const struct metod_framework *framework,
    struct metod_strs themes)
{
	struct metod_mentor key = {.person = pair->mentor}, mentor;
	struct metod_person person;
	struct metod_org place;
	struct metod_str names[THEMES_MAX], where = METOD_STR(""), how = METOD_STR("");
	struct metod_strs strong = {names, 0};
	if (metod_get(call->txn, METOD_T_MENTOR, &key, call->arena, &mentor) !=
		METOD_OK ||
	    person_by_id(call, pair->mentor, &person) != METOD_OK)
		return METOD_STR("");
	for (size_t i = 0; i < themes.n && strong.n < THEMES_MAX; i++)
		for (size_t k = 0; k < mentor.strengths.n; k++)
			if (metod_str_eq(mentor.strengths.p[k].competency, themes.p[i]) &&
			    mentor.strengths.p[k].value > 0) {
				names[strong.n++] = themes.p[i];
				break;
			}
	if (org_by_id(call, municipality_of(call, person.org), &place) == METOD_OK)
		where = place.name;
	for (size_t i = 0; i < mentor.formats.n; i++)
		how = metod_arena_printf(call->arena, "%.*s%s%s", METOD_FMT(how),
		    i ? ", " : "",
		    metod_tr_token(call->lang, mentor.formats.p[i], call->arena));
	struct metod_str first = pair->general || strong.n == 0
	    ? metod_str(
		  metod_tr(call->lang, "General support from an experienced colleague."))
	    : metod_arena_printf(call->arena,
		  metod_tr(call->lang, "A colleague with a confirmed strength in %.*s."),
		  METOD_FMT(quoted_names(call, framework, strong)));
	return metod_arena_printf(call->arena, "%.*s %.*s%s%.*s", METOD_FMT(first),
	    METOD_FMT(where), how.n && where.n ? "; " : "", METOD_FMT(how));
}

static enum metod_err my_pair(
    struct metod_call *call, const struct metod_pair *pair, struct metod_my_pair *ret)
{
	struct metod_wave wave;
	struct metod_framework framework;
	struct metod_person mentor;
	struct metod_org org;
	enum metod_err code = wave_by_id(call, pair->wave, &wave);
	if (code == METOD_OK)
		code = framework_of(call, wave.framework, &framework);
	if (code != METOD_OK)
		return code;
	*ret = (struct metod_my_pair){.pair = pair->id,
	    .state = pair->state,
	    .themes = opened_themes(call, pair->mentee),
	    .i_agreed = pair->mentee_at != METOD_NIL};
	if (!pair_is(pair, "accepted")) {
		if (pair_is(pair, "proposed"))
			ret->reason =
			    anonymous_reason(call, pair, &framework, ret->themes);
		return METOD_OK;
	}
	if (person_by_id(call, pair->mentor, &mentor) == METOD_OK) {
		ret->mentor = mentor.name;
		if (org_by_id(call, mentor.org, &org) == METOD_OK)
			ret->org = org.name;
	}
	ret->reason = pair_reason(call, pair, ret->themes);
	return METOD_OK;
}

enum metod_err metod_do_me_pairs(
    struct metod_call *call, const void *request, void *reply)
{
	struct metod_my_pairs_rep *rep = reply;
	struct metod_pair key = {.mentee = call->caller.person}, one;
	struct metod_person self;
	uint64_t only = session_wave(call);
	size_t cap = 0;
	(void)request;
	enum metod_err code = gate_self(call, &self);
	if (code != METOD_OK)
		return code;
	struct metod_scan *scan =
	    metod_scan_index(call->txn, METOD_I_PAIR_MENTEE, &key, 1);
	while (
	    code == METOD_OK && rep->rows.n < 100 && next_row(scan, call->arena, &one)) {
		if (pair_is(&one, "withdrawn") || (only != WAVE_ALL && one.wave != only))
			continue;
		FLOW_ROOM(call->arena, rep->rows, cap);
		code = my_pair(call, &one, &rep->rows.p[rep->rows.n++]);
	}
	metod_scan_end(scan);
	return code;
}

/* ---- the coordinator's lists ---- */

static bool is_strong_in(const struct metod_mentor *mentor, struct metod_str competency)
{
	for (size_t i = 0; i < mentor->strengths.n; i++)
		if (metod_str_eq(mentor->strengths.p[i].competency, competency))
			return mentor->strengths.p[i].value >= STRONG_FROM;
	return false;
}

static void mentor_row(struct metod_call *call, const struct metod_mentor *mentor,
    const struct metod_person *person, struct metod_mentor_row_view *ret)
{
	struct metod_org org;
	*ret = (struct metod_mentor_row_view){.code = person->code,
	    .status = mentor->status,
	    .capacity = mentor_places(call, mentor),
	    .taken = pairs_taken(call, person->id)};
	if (org_by_id(call, person->org, &org) == METOD_OK)
		ret->org = org.code;
	ret->strengths.p =
	    METOD_NEWS(call->arena, mentor->strengths.n + 1, struct metod_str);
	for (size_t i = 0; i < mentor->strengths.n; i++)
		ret->strengths.p[ret->strengths.n++] = mentor->strengths.p[i].competency;
}

enum metod_err metod_do_mentor_list(
    struct metod_call *call, const void *request, void *reply)
{
	const struct metod_mentor_list_req *req = request;
	struct metod_mentors_rep *rep = reply;
	struct metod_wave wave;
	struct metod_org in = {0};
	struct metod_mentor mentor;
	struct metod_person person;
	size_t cap = 0;
	enum metod_err code = METOD_OK;
	if (req->wave.n)
		code = gate_wave(call, call->command->who, req->wave, false, &wave);
	if (code == METOD_OK && req->in.n)
		code = gate_org(call, call->command->who, req->in, &in);
	if (code != METOD_OK)
		return code;
	struct metod_scan *scan = metod_scan_table(call->txn, METOD_T_MENTOR, NULL, 0);
	while (rep->rows.n < METOD_ROWS_MAX && next_row(scan, call->arena, &mentor)) {
		if (person_by_id(call, mentor.person, &person) != METOD_OK ||
		    !gate_reaches_person(call, call->command->who, &person) ||
		    !org_within(call, person.org, in.id) ||
		    (req->wave.n && !org_within(call, person.org, wave.org)) ||
		    (req->competency.n && !is_strong_in(&mentor, req->competency)))
			continue;
		FLOW_ROOM(call->arena, rep->rows, cap);
		mentor_row(call, &mentor, &person, &rep->rows.p[rep->rows.n++]);
	}
	metod_scan_end(scan);
	return METOD_OK;
}

enum metod_err metod_do_mentor_pairs(
    struct metod_call *call, const void *request, void *reply)
{
	const struct metod_code_req *req = request;
	struct metod_wave wave;
	struct metod_match_run run;
	struct mentoring m;
	enum metod_err code = gate_wave(call, METOD_COORDINATOR, req->code, true, &wave);
	if (code != METOD_OK)
		return code;
	if (!newest_run(call, wave.id, &run)) {
		metod_fail(call->err, METOD_NOT_FOUND, "wave", "%s",
		    metod_tr(
			call->lang, "no pairs have been suggested for this wave yet"));
		return metod_hint(
		    call->err, "metodctl mentor suggest %.*s", METOD_FMT(wave.code));
	}
	code = mentoring_load(call, &wave, &m);
	if (code != METOD_OK)
		return code;
	struct metod_pair *proposed =
	    METOD_NEWS(call->arena, m.pairs.n + 1, struct metod_pair);
	size_t n = 0;
	for (size_t i = 0; i < m.pairs.n; i++)
		if (pair_is(&m.pairs.p[i], "proposed") ||
		    pair_is(&m.pairs.p[i], "declined"))
			proposed[n++] = m.pairs.p[i];
	suggest_reply(&m, &run, proposed, n, reply);
	for (size_t i = 0; i < m.askers.n; i++)
		look_if_written(call, m.askers.p[i].person.id, "mentee");
	return METOD_OK;
}
