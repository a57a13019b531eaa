/* SPDX-License-Identifier: Apache-2.0
 * Reads who asked for a mentor and who may be one, and finds the words about pairs and
 * shortages. Must not decide who pairs with whom, and never names a theme that was not
 * opened. */
#include "mentoring.h"

#include <inttypes.h>
#include <stdlib.h>

bool pair_is(const struct metod_pair *pair, const char *state)
{
	return metod_str_is(pair->state, state);
}

unsigned pairs_taken(struct metod_call *call, uint64_t mentor)
{
	struct metod_pair key = {.mentor = mentor}, one;
	struct metod_scan *scan =
	    metod_scan_index(call->txn, METOD_I_PAIR_MENTOR, &key, 1);
	unsigned taken = 0;
	while (next_row(scan, call->arena, &one))
		taken += pair_is(&one, "accepted");
	metod_scan_end(scan);
	return taken;
}

unsigned mentor_places(const struct metod_call *call, const struct metod_mentor *mentor)
{
	uint64_t places =
	    mentor->capacity ? mentor->capacity : call->app->config.mentor_capacity;
	return places < METOD_CAPACITY_MAX ? (unsigned)places : METOD_CAPACITY_MAX;
}

bool mentor_admitted(const struct metod_mentor *mentor, int64_t today)
{
	return metod_str_is(mentor->status, "active") &&
	    (mentor->admitted == METOD_NIL || mentor->admitted <= today) &&
	    (mentor->admitted_to == METOD_NIL || today <= mentor->admitted_to);
}

/* ---- who asked ---- */

static struct metod_strs first_themes(struct metod_strs themes)
{
	themes.n = themes.n < THEMES_MAX ? themes.n : THEMES_MAX;
	return themes;
}

struct metod_strs opened_themes(struct metod_call *call, uint64_t person)
{
	struct metod_grant grant;
	if (!grant_in_force(call, person, "find_mentor", &grant))
		return (struct metod_strs){0};
	return first_themes(grant.themes);
}

static int by_person_and_time(const void *a, const void *b)
{
	const struct metod_grant *x = a, *y = b;
	if (x->person != y->person)
		return (x->person > y->person) - (x->person < y->person);
	return (x->at > y->at) - (x->at < y->at);
}

static bool asks(const struct mentoring *m, const struct metod_grant *grant)
{
	return metod_str_is(grant->act, "find_mentor") && grant->revoked == METOD_NIL &&
	    (grant->until == METOD_NIL || grant->until >= m->call->today) &&
	    (grant->wave == 0 || grant->wave == m->wave.id);
}

static unsigned tier_of(struct mentoring *m, const struct metod_person *person)
{
	size_t at = territory_index(&m->territory, person->org);
	if (young_specialist(m->call, person))
		return 1;
	return at != SIZE_MAX && m->territory.orgs[at].low_result ? 2 : 3;
}

static void load_askers(struct mentoring *m)
{
	struct {
		struct metod_grant *p;
		size_t n;
	} grants = {0};
	struct metod_grant one;
	size_t cap = 0;
	struct metod_scan *scan = metod_scan_table(m->call->txn, METOD_T_GRANT, NULL, 0);
	while (next_row(scan, m->call->arena, &one)) {
		if (!asks(m, &one))
			continue;
		FLOW_ROOM(m->call->arena, grants, cap);
		grants.p[grants.n++] = one;
	}
	metod_scan_end(scan);
	if (grants.n)
		qsort(grants.p, grants.n, sizeof *grants.p, by_person_and_time);
	m->askers.p = METOD_NEWS(m->call->arena, grants.n + 1, struct asker);
	for (size_t i = 0; i < grants.n; i++) {
		struct asker *asker = &m->askers.p[m->askers.n];
		bool latest =
		    i + 1 == grants.n || grants.p[i + 1].person != grants.p[i].person;
		if (!latest ||
		    person_by_id(m->call, grants.p[i].person, &asker->person) !=
			METOD_OK ||
		    !territory_within(&m->territory, asker->person.org, m->wave.org))
			continue;
		asker->themes = first_themes(grants.p[i].themes);
		asker->grant = grants.p[i].id;
		asker->tier = tier_of(m, &asker->person);
		m->askers.n++;
	}
}

/* ---- who may mentor ---- */

static void load_helpers(struct mentoring *m)
{
	size_t cap = (size_t)metod_table_count(m->call->txn, METOD_T_MENTOR);
	struct metod_scan *scan = metod_scan_table(m->call->txn, METOD_T_MENTOR, NULL, 0);
	m->helpers.p = METOD_NEWS(m->call->arena, cap + 1, struct helper);
	while (m->helpers.n < cap) {
		struct helper *helper = &m->helpers.p[m->helpers.n];
		if (!next_row(scan, m->call->arena, &helper->mentor))
			break;
		if (mentor_admitted(&helper->mentor, m->call->today) &&
		    person_by_id(m->call, helper->mentor.person, &helper->person) ==
			METOD_OK &&
		    territory_within(&m->territory, helper->person.org, m->wave.org))
			m->helpers.n++;
	}
	metod_scan_end(scan);
	for (size_t i = 0; i < m->helpers.n; i++) {
		struct helper *helper = &m->helpers.p[i];
		unsigned all = mentor_places(m->call, &helper->mentor);
		helper->taken = pairs_taken(m->call, helper->person.id);
		helper->places = all > helper->taken ? all - helper->taken : 0;
	}
}

/* A pair outlives the admission of its mentor: whoever looks after pairs sees who it is.
 */
static void load_former(struct mentoring *m, uint64_t person, size_t *cap)
{
	struct metod_mentor key = {.person = person};
	struct helper one = {0};
	if (mentoring_pair_mentor(m, person) ||
	    person_by_id(m->call, person, &one.person) != METOD_OK ||
	    metod_get(m->call->txn, METOD_T_MENTOR, &key, m->call->arena, &one.mentor) !=
		METOD_OK)
		return;
	FLOW_ROOM(m->call->arena, m->former, *cap);
	m->former.p[m->former.n++] = one;
}

static void load_pairs(struct mentoring *m)
{
	struct metod_pair key = {.wave = m->wave.id}, one;
	size_t cap = 0, former_cap = 0;
	struct metod_scan *scan =
	    metod_scan_index(m->call->txn, METOD_I_PAIR_WAVE, &key, 1);
	while (next_row(scan, m->call->arena, &one)) {
		FLOW_ROOM(m->call->arena, m->pairs, cap);
		m->pairs.p[m->pairs.n++] = one;
		struct asker *asker = mentoring_asker(m, one.mentee);
		if (asker && pair_is(&one, "accepted"))
			asker->paired = true;
	}
	metod_scan_end(scan);
	for (size_t i = 0; i < m->pairs.n; i++)
		load_former(m, m->pairs.p[i].mentor, &former_cap);
}

enum metod_err mentoring_load(
    struct metod_call *call, const struct metod_wave *wave, struct mentoring *ret)
{
	*ret = (struct mentoring){.call = call, .wave = *wave};
	enum metod_err code = framework_of(call, wave->framework, &ret->framework);
	if (code != METOD_OK)
		return code;
	territory_load(call, &ret->territory);
	load_askers(ret);
	load_helpers(ret);
	load_pairs(ret);
	return METOD_OK;
}

static int find_by_person(const void *key, const void *row)
{
	uint64_t id = *(const uint64_t *)key,
		 own = ((const struct metod_person *)row)->id;
	return (id > own) - (id < own);
}

struct asker *mentoring_asker(const struct mentoring *m, uint64_t person)
{
	_Static_assert(offsetof(struct asker, person) == 0, "searched by its person");
	return m->askers.n ? bsearch(&person, m->askers.p, m->askers.n,
				 sizeof *m->askers.p, find_by_person)
			   : NULL;
}

struct helper *mentoring_helper(const struct mentoring *m, uint64_t person)
{
	_Static_assert(offsetof(struct helper, person) == 0, "searched by its person");
	return m->helpers.n ? bsearch(&person, m->helpers.p, m->helpers.n,
				  sizeof *m->helpers.p, find_by_person)
			    : NULL;
}

const struct helper *mentoring_pair_mentor(const struct mentoring *m, uint64_t person)
{
	const struct helper *found = mentoring_helper(m, person);
	for (size_t i = 0; !found && i < m->former.n; i++)
		if (m->former.p[i].person.id == person)
			found = &m->former.p[i];
	return found;
}

bool newest_run(struct metod_call *call, uint64_t wave, struct metod_match_run *ret)
{
	struct metod_match_run key = {.wave = wave}, one;
	struct metod_scan *scan =
	    metod_scan_index(call->txn, METOD_I_MATCH_RUN_WAVE, &key, 1);
	bool any = false;
	while (next_row(scan, call->arena, &one))
		if (!any || one.at > ret->at) {
			*ret = one;
			any = true;
		}
	metod_scan_end(scan);
	return any;
}

/* ---- words about a pair ---- */

static uint64_t strength_in(
    const struct metod_mentor *mentor, struct metod_str competency)
{
	for (size_t i = 0; mentor && i < mentor->strengths.n; i++)
		if (metod_str_eq(mentor->strengths.p[i].competency, competency))
			return mentor->strengths.p[i].value;
	return 0;
}

static void add_term(
    struct metod_call *call, struct metod_str *text, const char *words, int64_t points)
{
	if (points > 0)
		*text = metod_arena_printf(call->arena, "%.*s%s%s (+%" PRId64 ").",
		    METOD_FMT(*text), text->n ? " " : "", words, points);
}

static const char *place_words(enum metod_lang lang, int64_t points)
{
	if (points >= 1000)
		return metod_tr(lang, "The same organisation");
	return points >= 800 ? metod_tr(lang, "The same municipality")
			     : metod_tr(lang, "Meetings online");
}

struct metod_str reason_text(struct metod_call *call,
    const struct metod_framework *framework, const struct metod_mentor *mentor,
    const struct metod_pair *pair, struct metod_strs themes)
{
	const int64_t *terms = pair->terms.p;
	struct metod_str strong[THEMES_MAX], text = METOD_STR("");
	struct metod_strs named = {strong, 0};
	enum metod_lang lang = call->lang;
	if (pair->terms.n < METOD_TERMS)
		return text;
	for (size_t i = 0; i < themes.n && named.n < THEMES_MAX; i++)
		if (strength_in(mentor, themes.p[i]) > 0)
			strong[named.n++] = themes.p[i];
	if (pair->general)
		text = metod_str(metod_tr(lang,
		    "General support: no confirmed strength in the themes asked for."));
	else if (named.n)
		add_term(call, &text,
		    metod_arena_z(call->arena,
			metod_arena_printf(call->arena,
			    metod_tr(lang,
				"The mentor's confirmed strength in the themes asked for: %.*s"),
			    METOD_FMT(quoted_names(call, framework, named)))),
		    terms[METOD_TERM_COV]);
	else
		add_term(call, &text, metod_tr(lang, "Themes that are not open any more"),
		    terms[METOD_TERM_COV]);
	add_term(call, &text,
	    terms[METOD_TERM_SUBJ] >= 1500 ? metod_tr(lang, "The same subject")
					   : metod_tr(lang, "A related subject"),
	    terms[METOD_TERM_SUBJ]);
	add_term(call, &text, place_words(lang, terms[METOD_TERM_PROX]),
	    terms[METOD_TERM_PROX]);
	add_term(
	    call, &text, metod_tr(lang, "Common ways to meet"), terms[METOD_TERM_FORMAT]);
	add_term(call, &text, metod_tr(lang, "The same stage"), terms[METOD_TERM_LEVEL]);
	add_term(call, &text, metod_tr(lang, "A mutual wish"), terms[METOD_TERM_WISH]);
	struct metod_str total = metod_arena_printf(call->arena,
	    metod_tr(lang, "In all %d of %d points."), (int)pair->score, METOD_SCORE_MAX);
	return metod_arena_printf(
	    call->arena, "%.*s %.*s", METOD_FMT(text), METOD_FMT(total));
}

struct metod_str pair_reason(
    struct metod_call *call, const struct metod_pair *pair, struct metod_strs themes)
{
	struct metod_wave wave;
	struct metod_framework framework = {0};
	struct metod_mentor key = {.person = pair->mentor}, mentor;
	if (wave_by_id(call, pair->wave, &wave) == METOD_OK &&
	    framework_of(call, wave.framework, &framework) != METOD_OK)
		framework = (struct metod_framework){0};
	bool known =
	    metod_get(call->txn, METOD_T_MENTOR, &key, call->arena, &mentor) == METOD_OK;
	return reason_text(call, &framework, known ? &mentor : NULL, pair, themes);
}

/* ---- words about those left out ---- */

static const struct {
	enum metod_match_reason why;
	const char *word, *sentence; /* msgid */
} whys[] = {
    {METOD_WHY_NO_MENTOR, "no_mentor", "There is no admitted mentor yet."},
    {METOD_WHY_BLOCKED, "blocked", "These people cannot be paired."},
    {METOD_WHY_MANAGER, "manager", "The only mentors here are this person's managers."},
    {METOD_WHY_SELF, "self", "There is no mentor other than this person."},
    {METOD_WHY_DECLINED, "declined", "The possible pairs were declined in this wave."},
    {METOD_WHY_NO_COMMON_FORMAT, "no_common_format", "No mentor shares a way to meet."},
    {METOD_WHY_SUBJECT, "subject",
	"The theme needs a mentor of the same subject, and there is none."},
    {METOD_WHY_COV, "cov", "No mentor has a confirmed strength in the themes asked for."},
    {METOD_WHY_FULL, "full", "The places of the possible mentors are taken."},
};

const char *why_word(enum metod_match_reason why)
{
	for (size_t i = 0; i < METOD_LEN(whys); i++)
		if (whys[i].why == why)
			return whys[i].word;
	return "full";
}

struct metod_str why_sentence(struct metod_call *call, struct metod_str word)
{
	for (size_t i = 0; i < METOD_LEN(whys); i++)
		if (metod_str_is(word, whys[i].word))
			return metod_str(metod_tr(call->lang, whys[i].sentence));
	return METOD_STR("");
}

void shortage_rows(const struct mentoring *m, struct metod_mentor_suggest_rep *rep)
{
	const struct metod_framework *framework = &m->framework;
	struct metod_call *call = m->call;
	rep->shortage.p = METOD_NEWS(
	    call->arena, framework->competencies.n + 1, struct metod_shortage_row);
	for (size_t c = 0; c < framework->competencies.n; c++) {
		struct metod_shortage_row *row = &rep->shortage.p[rep->shortage.n];
		struct metod_str id = framework->competencies.p[c].id;
		struct metod_count wanted = {0};
		for (size_t i = 0; i < m->askers.n; i++)
			wanted.n += !m->askers.p[i].paired &&
			    strs_have(m->askers.p[i].themes, id);
		if (wanted.n == 0)
			continue;
		row->competency = id;
		row->name = metod_pick(framework->competencies.p[c].name, call->lang);
		for (size_t j = 0; j < m->helpers.n; j++)
			if (strength_in(&m->helpers.p[j].mentor, id) >= STRONG_FROM) {
				row->mentors++;
				row->places += m->helpers.p[j].places;
			}
		uint64_t n = metod_smallgroup_show(wanted).n;
		row->wanted =
		    n ? metod_arena_printf(call->arena, "%" PRIu64, n) : METOD_STR("<5");
		row->is_short = wanted.n > row->places;
		rep->shortage.n++;
	}
}

struct metod_str shortage_sentence(
    struct metod_call *call, uint64_t mentees, uint64_t places)
{
	enum metod_lang lang = call->lang;
	uint64_t more = mentees > places ? mentees - places : 0;
	if (more == 0)
		return METOD_STR("");
	struct metod_str who = metod_arena_printf(call->arena,
	    metod_trn(lang, "This %u specialist reaches only",
		"These %u specialists reach only", mentees),
	    (unsigned)mentees);
	struct metod_str where = metod_arena_printf(call->arena,
	    metod_trn(lang, "%u mentor's place", "%u mentors' places", places),
	    (unsigned)places);
	struct metod_str need = metod_arena_printf(call->arena,
	    metod_trn(lang, "%u more place is needed", "%u more places are needed", more),
	    (unsigned)more);
	return metod_arena_printf(call->arena, "%.*s %.*s: %.*s.", METOD_FMT(who),
	    METOD_FMT(where), METOD_FMT(need));
}

/* ---- the reply of a run ---- */

/* Themes come from the act in force; without one a pair shows none. */
static void pair_row(
    const struct mentoring *m, const struct metod_pair *pair, struct metod_pair_row *ret)
{
	const struct asker *asker = mentoring_asker(m, pair->mentee);
	const struct helper *helper = mentoring_pair_mentor(m, pair->mentor);
	*ret = (struct metod_pair_row){.id = pair->id,
	    .state = pair->state,
	    .tier = pair->tier,
	    .score = (uint64_t)pair->score,
	    .mentee = METOD_STR("-"),
	    .mentor = METOD_STR("-")};
	if (asker) {
		ret->mentee = asker->person.code;
		ret->themes = asker->themes;
	}
	if (helper)
		ret->mentor = helper->person.code;
	ret->reason = reason_text(
	    m->call, &m->framework, helper ? &helper->mentor : NULL, pair, ret->themes);
}

static int row_order(const void *a, const void *b)
{
	const struct metod_pair_row *x = a, *y = b;
	bool x_left = x->mentor.n == 0, y_left = y->mentor.n == 0;
	if (x_left != y_left)
		return x_left - y_left;
	if (x->tier != y->tier)
		return (x->tier > y->tier) - (x->tier < y->tier);
	if (x->score != y->score)
		return (x->score < y->score) - (x->score > y->score);
	return metod_str_cmp(x->mentee, y->mentee);
}

void suggest_reply(const struct mentoring *m, const struct metod_match_run *run,
    const struct metod_pair *proposed, size_t n_proposed,
    struct metod_mentor_suggest_rep *ret)
{
	struct metod_call *call = m->call;
	size_t cap = m->pairs.n + n_proposed + run->unmatched.n;
	*ret = (struct metod_mentor_suggest_rep){.mentees = run->mentees,
	    .mentors = m->helpers.n,
	    .places = run->places,
	    .matched = run->matched,
	    .young_total = run->young_total,
	    .young_matched = run->young_matched,
	    .objective = run->objective,
	    .dual = run->dual,
	    .demo = call->demo};
	ret->rows.p = METOD_NEWS(call->arena, cap + 1, struct metod_pair_row);
	for (size_t i = 0; i < m->pairs.n; i++)
		if (pair_is(&m->pairs.p[i], "accepted"))
			pair_row(m, &m->pairs.p[i], &ret->rows.p[ret->rows.n++]);
	for (size_t i = 0; i < n_proposed; i++)
		pair_row(m, &proposed[i], &ret->rows.p[ret->rows.n++]);
	for (size_t i = 0; i < run->unmatched.n; i++) {
		const struct metod_unmatched *left = &run->unmatched.p[i];
		const struct asker *asker = mentoring_asker(m, left->person);
		if (!asker || asker->paired)
			continue; /* closed the act, or found a mentor since */
		ret->rows.p[ret->rows.n++] =
		    (struct metod_pair_row){.mentee = asker->person.code,
			.state = METOD_STR("unmatched"),
			.tier = left->tier,
			.themes = asker->themes,
			.reason = why_sentence(call, left->why)};
	}
	if (ret->rows.n)
		qsort(ret->rows.p, ret->rows.n, sizeof *ret->rows.p, row_order);
	shortage_rows(m, ret);
	ret->shortage_text =
	    shortage_sentence(call, run->shortage_mentees, run->shortage_places);
}

void look_if_written(struct metod_call *call, uint64_t person, const char *what)
{
	if (metod_txn_writes(call->txn))
		gate_look(call, person, what);
}
