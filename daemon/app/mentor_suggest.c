/* SPDX-License-Identifier: Apache-2.0
 * Suggesting pairs: everybody who asked meets everybody admitted, lib/core finds the best
 * pairs with a certificate, and people decide. Needs enter only for the themes that were
 * opened. Accepted pairs stay and take their place; proposals are made anew. */
#include "mentoring.h"

#include <stdlib.h>

struct suggest_plan {
	uint64_t wave;
	struct metod_match_run run;
	struct {
		struct metod_pair *p;
		size_t n;
	} pairs; /* to be recorded: proposed, withdrawn */
	struct {
		uint64_t *p;
		size_t n;
	} grants; /* what every row relies on */
	struct {
		struct metod_mentor *p;
		unsigned *taken;
		size_t n;
	} mentors;
	struct {
		uint64_t *p;
		size_t n;
	} seen; /* persons whose themes the reply shows */
	struct metod_mentor_suggest_rep reply;
};

struct suggest {
	struct metod_call *call;
	struct mentoring m;
	struct metod_mentee *mentees;
	size_t n_mentees;
	struct metod_mentor_in *mentors;
	struct metod_match_settings settings;
	struct metod_match_result result;
	struct suggest_plan *plan;
};

/* ---- posing ---- */

/* Fields of school subjects: colleagues of one field understand each other's lessons. */
static struct metod_str subject_area(struct metod_str subject)
{
	static const struct {
		const char *subject, *area;
	} areas[] = {
	    {"math", "stem"},
	    {"inf", "stem"},
	    {"phys", "stem"},
	    {"chem", "stem"},
	    {"bio", "stem"},
	    {"rus", "language"},
	    {"lit", "language"},
	    {"eng", "language"},
	    {"hist", "social"},
	    {"soc", "social"},
	    {"geo", "social"},
	    {"art", "arts"},
	    {"music", "arts"},
	    {"pe", "health"},
	    {"obzr", "health"},
	    {"primary", "primary"},
	    {"preschool", "preschool"},
	    {"preschool_music", "preschool"},
	    {"preschool_pe", "preschool"},
	};
	for (size_t i = 0; i < METOD_LEN(areas); i++)
		if (metod_str_is(subject, areas[i].subject))
			return metod_str(areas[i].area);
	return METOD_STR("");
}

/* Depths of the opened themes; one that was not measured or is shallow still counts. */
static void add_needs(
    struct suggest *s, const struct asker *asker, struct metod_mentee *ret)
{
	struct metod_profile key = {.wave = s->m.wave.id, .person = asker->person.id},
			     profile;
	bool known = metod_get(s->call->txn, METOD_T_PROFILE, &key, s->call->arena,
			 &profile) == METOD_OK;
	ret->needs =
	    METOD_NEWS(s->call->arena, asker->themes.n + 1, struct metod_strength);
	ret->no_profile = !known;
	for (size_t i = 0; known && i < asker->themes.n; i++) {
		size_t at = competency_index(&s->m.framework, asker->themes.p[i]);
		const struct metod_profile_cell *cell =
		    profile_cell(&profile, asker->themes.p[i]);
		int64_t need = cell && cell->need != METOD_NIL ? (cell->need + 1) / 3 : 0;
		if (at != SIZE_MAX)
			ret->needs[ret->n_needs++] = (struct metod_strength){
			    (uint32_t)at, need > 0 ? (int32_t)need : 1};
	}
}

static void add_managers(
    struct suggest *s, const struct metod_person *person, struct metod_mentee *ret)
{
	struct metod_person key = {.org = person->org}, one;
	struct {
		uint64_t *p;
		size_t n;
	} managers = {0};
	size_t cap = 0;
	struct metod_scan *scan =
	    metod_scan_index(s->call->txn, METOD_I_PERSON_ORG, &key, 1);
	while (next_row(scan, s->call->arena, &one))
		if (metod_str_is(one.position, "administrator")) {
			FLOW_ROOM(s->call->arena, managers, cap);
			managers.p[managers.n++] = one.id;
		}
	metod_scan_end(scan);
	ret->managers = managers.p;
	ret->n_managers = managers.n;
}

static void add_declined(struct suggest *s, uint64_t person, struct metod_mentee *ret)
{
	ret->declined = METOD_NEWS(s->call->arena, s->m.pairs.n + 1, uint64_t);
	for (size_t i = 0; i < s->m.pairs.n; i++)
		if (s->m.pairs.p[i].mentee == person &&
		    pair_is(&s->m.pairs.p[i], "declined"))
			ret->declined[ret->n_declined++] = s->m.pairs.p[i].mentor;
}

static void pose_mentees(struct suggest *s)
{
	s->mentees = METOD_NEWS(s->call->arena, s->m.askers.n + 1, struct metod_mentee);
	for (size_t i = 0; i < s->m.askers.n; i++) {
		const struct asker *asker = &s->m.askers.p[i];
		const struct metod_person *person = &asker->person;
		struct metod_mentee *mentee = &s->mentees[s->n_mentees];
		if (asker->paired)
			continue;
		*mentee = (struct metod_mentee){.id = person->id,
		    .person = person->id,
		    .tier = asker->tier,
		    .org = person->org,
		    .municipality = territory_municipality(&s->m.territory, person->org),
		    .subject = first_subject(person),
		    .area = subject_area(first_subject(person)),
		    .stage = person->stage,
		    .formats = formats_mask(person->formats)};
		add_needs(s, asker, mentee);
		add_managers(s, person, mentee);
		add_declined(s, person->id, mentee);
		s->n_mentees++;
	}
}

static void pose_mentors(struct suggest *s)
{
	s->mentors =
	    METOD_NEWS(s->call->arena, s->m.helpers.n + 1, struct metod_mentor_in);
	for (size_t i = 0; i < s->m.helpers.n; i++) {
		const struct helper *helper = &s->m.helpers.p[i];
		const struct metod_person *person = &helper->person;
		struct metod_mentor_in *in = &s->mentors[i];
		*in = (struct metod_mentor_in){.id = person->id,
		    .person = person->id,
		    .capacity = helper->places,
		    .org = person->org,
		    .municipality = territory_municipality(&s->m.territory, person->org),
		    .subject = first_subject(person),
		    .area = subject_area(first_subject(person)),
		    .stage = person->stage,
		    .formats = formats_mask(helper->mentor.formats),
		    .admitted = true};
		in->strengths = METOD_NEWS(s->call->arena, helper->mentor.strengths.n + 1,
		    struct metod_strength);
		for (size_t k = 0; k < helper->mentor.strengths.n; k++) {
			const struct metod_strength_rec *rec =
			    &helper->mentor.strengths.p[k];
			size_t at = competency_index(&s->m.framework, rec->competency);
			if (at != SIZE_MAX)
				in->strengths[in->n_strengths++] =
				    (struct metod_strength){
					(uint32_t)at, (int32_t)rec->value};
		}
	}
}

static enum metod_err solve(struct suggest *s)
{
	static const char *const same_subject[] = {"SUB", "STD"};
	uint32_t same[METOD_LEN(same_subject)];
	size_t n_same = 0;
	for (size_t i = 0; i < METOD_LEN(same_subject); i++) {
		size_t at = competency_index(&s->m.framework, metod_str(same_subject[i]));
		if (at != SIZE_MAX)
			same[n_same++] = (uint32_t)at;
	}
	s->settings = metod_match_defaults();
	s->settings.cov_floor = (int32_t)s->call->app->config.cov_floor;
	s->settings.season = s->m.wave.id;
	return metod_match_solve(s->mentees, s->n_mentees, s->mentors, s->m.helpers.n,
	    same, n_same, &s->settings, s->call->arena, &s->result, s->call->err);
}

/* ---- the records ---- */

static const struct metod_pair *stored_pair(
    const struct suggest *s, uint64_t mentee, uint64_t mentor)
{
	for (size_t i = 0; i < s->m.pairs.n; i++) {
		const struct metod_pair *pair = &s->m.pairs.p[i];
		if (pair->mentee == mentee && pair->mentor == mentor &&
		    pair_is(pair, "proposed"))
			return pair;
	}
	return NULL;
}

/* A proposal that comes again keeps its number and who has agreed already. */
static void make_pair(struct suggest *s, const struct metod_pair_out *out, unsigned tier)
{
	const struct metod_pair *stored = stored_pair(s, out->mentee, out->mentor);
	struct metod_pair *pair = &s->plan->pairs.p[s->plan->pairs.n++];
	metod_record_init(&metod_pair_desc, pair);
	if (stored)
		*pair = *stored;
	else
		pair->id = fresh_id(s->call);
	pair->wave = s->m.wave.id;
	pair->mentee = out->mentee;
	pair->mentor = out->mentor;
	pair->state = METOD_STR("proposed");
	pair->score = out->score;
	pair->terms.p = METOD_NEWS(s->call->arena, METOD_TERMS, int64_t);
	pair->terms.n = METOD_TERMS;
	for (size_t t = 0; t < METOD_TERMS; t++)
		pair->terms.p[t] = out->terms[t];
	pair->general = out->general;
	pair->run = s->plan->run.id;
	pair->tier = tier;
}

static void withdraw_others(struct suggest *s, size_t n_new)
{
	for (size_t i = 0; i < s->m.pairs.n; i++) {
		const struct metod_pair *old = &s->m.pairs.p[i];
		bool again = !pair_is(old, "proposed");
		for (size_t k = 0; k < n_new && !again; k++)
			again = s->plan->pairs.p[k].id == old->id;
		if (again)
			continue;
		struct metod_pair *pair = &s->plan->pairs.p[s->plan->pairs.n++];
		*pair = *old;
		pair->state = METOD_STR("withdrawn");
	}
}

static void make_run(struct suggest *s)
{
	const struct metod_match_result *result = &s->result;
	struct metod_match_run *run = &s->plan->run;
	*run = (struct metod_match_run){.id = fresh_id(s->call),
	    .wave = s->m.wave.id,
	    .at = s->call->now_ms,
	    .mentees = s->n_mentees,
	    .matched = result->matched,
	    .young_total = result->total_by_tier[1],
	    .young_matched = result->matched_by_tier[1],
	    .objective = result->objective,
	    .dual = result->dual,
	    .season = s->settings.season,
	    .shortage_mentees = result->shortage_mentees,
	    .shortage_places = result->shortage_places};
	for (size_t i = 0; i < s->m.helpers.n; i++)
		run->places += s->m.helpers.p[i].places;
	run->weights.p = METOD_NEWS(s->call->arena, METOD_TERMS, int64_t);
	run->weights.n = METOD_TERMS;
	for (size_t t = 0; t < METOD_TERMS; t++)
		run->weights.p[t] = s->settings.weight[t];
	run->unmatched.p =
	    METOD_NEWS(s->call->arena, result->n_pairs + 1, struct metod_unmatched);
	s->plan->pairs.p = METOD_NEWS(
	    s->call->arena, result->n_pairs + s->m.pairs.n + 1, struct metod_pair);
	for (size_t i = 0; i < result->n_pairs; i++) {
		const struct metod_pair_out *out = &result->pairs[i];
		unsigned tier = mentoring_asker(&s->m, out->mentee)->tier;
		if (out->mentor)
			make_pair(s, out, tier);
		else
			run->unmatched.p[run->unmatched.n++] =
			    (struct metod_unmatched){.person = out->mentee,
				.tier = tier,
				.why = metod_str(why_word(out->why))};
	}
	withdraw_others(s, s->plan->pairs.n);
}

/* What the handler checks again before it writes. */
static void keep_grounds(struct suggest *s)
{
	struct suggest_plan *plan = s->plan;
	size_t n = s->m.askers.n, m = s->m.helpers.n;
	plan->grants.p = METOD_NEWS(s->call->arena, n + 1, uint64_t);
	plan->seen.p = METOD_NEWS(s->call->arena, n + 1, uint64_t);
	plan->mentors.p = METOD_NEWS(s->call->arena, m + 1, struct metod_mentor);
	plan->mentors.taken = METOD_NEWS(s->call->arena, m + 1, unsigned);
	for (size_t i = 0; i < n; i++) {
		plan->grants.p[plan->grants.n++] = s->m.askers.p[i].grant;
		plan->seen.p[plan->seen.n++] = s->m.askers.p[i].person.id;
	}
	for (size_t i = 0; i < m; i++) {
		plan->mentors.p[i] = s->m.helpers.p[i].mentor;
		plan->mentors.taken[plan->mentors.n++] = s->m.helpers.p[i].taken;
	}
}

enum metod_err metod_prepare_mentor_suggest(struct metod_call *call, const void *request)
{
	const struct metod_mentor_suggest_req *req = request;
	struct suggest s = {
	    .call = call, .plan = METOD_NEW(call->arena, struct suggest_plan)};
	struct metod_wave wave;
	enum metod_err code = gate_wave(call, METOD_COORDINATOR, req->wave, true, &wave);
	if (code == METOD_OK)
		code = mentoring_load(call, &wave, &s.m);
	if (code != METOD_OK)
		return code;
	pose_mentees(&s);
	pose_mentors(&s);
	snapshot_done(call);
	code = solve(&s);
	if (code != METOD_OK)
		return code;
	s.plan->wave = wave.id;
	make_run(&s);
	keep_grounds(&s);
	size_t n = s.plan->pairs.n;
	while (n > 0 && !pair_is(&s.plan->pairs.p[n - 1], "proposed"))
		n--; /* withdrawn ones stand at the end and are not shown */
	suggest_reply(&s.m, &s.plan->run, s.plan->pairs.p, n, &s.plan->reply);
	if (req->dry_run)
		for (size_t i = 0; i < s.plan->reply.rows.n; i++)
			if (metod_str_is(s.plan->reply.rows.p[i].state, "proposed"))
				s.plan->reply.rows.p[i].id = 0;
	call->plan = s.plan;
	return METOD_OK;
}

/* ---- the handler ---- */

static bool grounds_hold(struct metod_call *call, const struct suggest_plan *plan)
{
	for (size_t i = 0; i < plan->grants.n; i++) {
		struct metod_grant key = {.id = plan->grants.p[i]}, grant;
		if (metod_get(call->txn, METOD_T_GRANT, &key, call->arena, &grant) !=
			METOD_OK ||
		    grant.revoked != METOD_NIL)
			return false;
	}
	for (size_t i = 0; i < plan->mentors.n; i++) {
		struct metod_mentor now;
		if (metod_get(call->txn, METOD_T_MENTOR, &plan->mentors.p[i], call->arena,
			&now) != METOD_OK ||
		    !mentor_admitted(&now, call->today) ||
		    now.capacity != plan->mentors.p[i].capacity ||
		    pairs_taken(call, now.person) != plan->mentors.taken[i])
			return false;
	}
	for (size_t i = 0; i < plan->pairs.n; i++) {
		struct metod_pair now;
		if (metod_get(call->txn, METOD_T_PAIR, &plan->pairs.p[i], call->arena,
			&now) == METOD_OK &&
		    (!pair_is(&now, "proposed") ||
			now.mentee_at != plan->pairs.p[i].mentee_at ||
			now.mentor_at != plan->pairs.p[i].mentor_at))
			return false;
	}
	return true;
}

/* A dry run leaves no run and no pair; that the coordinator saw the themes is recorded
 * all the same. */
enum metod_err metod_do_mentor_suggest(
    struct metod_call *call, const void *request, void *reply)
{
	const struct metod_mentor_suggest_req *req = request;
	const struct suggest_plan *plan = call->plan;
	struct metod_wave wave;
	enum metod_err code = gate_wave(call, METOD_COORDINATOR, req->wave, true, &wave);
	if (code != METOD_OK)
		return code;
	if (wave.id != plan->wave || !grounds_hold(call, plan))
		return metod_fail(call->err, METOD_CONFLICT, "wave", "%s",
		    metod_tr(call->lang, "something changed meanwhile, please repeat"));
	*(struct metod_mentor_suggest_rep *)reply = plan->reply;
	for (size_t i = 0; i < plan->seen.n; i++)
		gate_look(call, plan->seen.p[i], "mentee");
	if (req->dry_run)
		return METOD_OK;
	for (size_t i = 0; i < plan->pairs.n; i++)
		metod_record(call->txn, METOD_E_PAIR_PUT, &plan->pairs.p[i]);
	metod_record(call->txn, METOD_E_MATCH_RUN_PUT, &plan->run);
	return METOD_OK;
}
