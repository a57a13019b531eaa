/* SPDX-License-Identifier: Apache-2.0
 * Address recommendations: published findings of one scope meet the rules of the
 * framework, and every line carries its number, its N and its scope. Reads releases only.
 * The title names every group that is addressed. */
#include "recommend.h"

#include <inttypes.h>

#include "metod/recommend.h"

enum { LIMIT = 5, SMALL_STAFF = 15, HOLIDAYS_LAST = 10 };

static const struct {
	const char *word;
	unsigned audience;
	const char *phrase; /* msgid: what follows the title */
} audiences[] = {
    {"teacher", METOD_FOR_TEACHER, "for teachers"},
    {"association", METOD_FOR_ASSOCIATION, "for heads of associations"},
    {"deputy", METOD_FOR_DEPUTY, "for deputy heads"},
    {"municipality", METOD_FOR_MUNICIPALITY, "for the municipal methodical service"},
};
enum { AUDIENCES = METOD_LEN(audiences) };

static const struct {
	const char *word;
	uint64_t bit;
} contexts[] = {
    {"small_school", METOD_CONTEXT_SMALL_SCHOOL},
    {"kindergarten", METOD_CONTEXT_KINDERGARTEN},
    {"low_result", METOD_CONTEXT_LOW_RESULT},
    {"young_team", METOD_CONTEXT_YOUNG_TEAM},
    {"school", METOD_CONTEXT_SCHOOL},
};

struct building {
	struct metod_call *call;
	struct metod_wave wave;
	struct metod_framework framework;
	struct metod_scope scope;
	struct metod_release release;
	struct metod_str scope_name;
	struct metod_rules rules;
	unsigned audiences;
	uint64_t context;
	uint64_t invited; /* of the scope; the target group may have others */
	struct metod_finding *findings;
	size_t n_findings;
};

/* ---- for whom, about what ---- */

/* The widest of the caller's roles that reaches the scope decides whom he may address. */
static enum metod_err find_scope(
    struct building *b, struct metod_str in, unsigned *ret_allowed)
{
	static const struct {
		unsigned who, allowed;
	} roles[] = {
	    {METOD_METHODIST,
		METOD_FOR_TEACHER | METOD_FOR_ASSOCIATION | METOD_FOR_DEPUTY |
		    METOD_FOR_MUNICIPALITY},
	    {METOD_HEAD, METOD_FOR_TEACHER | METOD_FOR_ASSOCIATION},
	    {METOD_DEPUTY, METOD_FOR_TEACHER | METOD_FOR_DEPUTY},
	};
	for (size_t i = 0; i < METOD_LEN(roles); i++) {
		*ret_allowed = roles[i].allowed;
		if ((b->call->caller.who & roles[i].who) &&
		    gate_scope(b->call, roles[i].who, in, &b->scope) == METOD_OK) {
			*b->call->err = (struct metod_error){0};
			return METOD_OK;
		}
	}
	return gate_not_found(b->call, "in");
}

static unsigned audience_of_word(struct metod_str word)
{
	for (size_t i = 0; i < AUDIENCES; i++)
		if (metod_str_is(word, audiences[i].word))
			return audiences[i].audience;
	return 0;
}

static enum metod_err choose_audiences(
    struct building *b, struct metod_strs asked, unsigned allowed)
{
	struct metod_call *call = b->call;
	b->audiences = asked.n ? 0 : allowed;
	for (size_t i = 0; i < asked.n; i++) {
		unsigned one = audience_of_word(asked.p[i]);
		if (!one)
			return metod_fail(call->err, METOD_RANGE, "audiences", "%s",
			    metod_tr(call->lang,
				"groups are teacher, association, deputy, municipality"));
		if (!(one & allowed))
			return metod_fail(call->err, METOD_DENIED, "audiences", "%s",
			    metod_tr(
				call->lang, "your role does not address this group"));
		b->audiences |= one;
	}
	return METOD_OK;
}

static struct metod_str without_version(struct metod_str id)
{
	return metod_str_cut(&id, '@');
}

static enum metod_err find_rules(struct building *b)
{
	struct metod_str framework = without_version(b->wave.framework);
	struct metod_rules one;
	bool any = false;
	struct metod_scan *scan = metod_scan_table(b->call->txn, METOD_T_RULES, NULL, 0);
	while (next_row(scan, b->call->arena, &one))
		if (metod_str_eq(without_version(one.framework), framework) &&
		    (!any || version_cmp(b->rules.version, one.version) <= 0)) {
			b->rules = one;
			any = true;
		}
	metod_scan_end(scan);
	if (any)
		return METOD_OK;
	metod_fail(b->call->err, METOD_NOT_FOUND, "rules", "%s",
	    metod_tr(b->call->lang,
		"no rules of recommendations are loaded for this framework"));
	return metod_hint(b->call->err, "metodctl form load rules.yaml");
}

static uint64_t place_of(const struct metod_person *person)
{
	if (metod_str_is(person->position, "educator"))
		return METOD_CONTEXT_KINDERGARTEN;
	return metod_str_is(person->position, "teacher") ? METOD_CONTEXT_SCHOOL : 0;
}

static void add_person(struct building *b, const struct metod_person *person)
{
	struct metod_invitation one;
	b->context |= place_of(person);
	b->invited += invitation_of(b->call, b->wave.id, person->id, &one) &&
	    !metod_str_is(one.state, "revoked");
}

/* Whose words fit: of a school, of a kindergarten, or both in a wide scope; and how many
 * were asked at all. */
static void find_places(struct building *b, const struct people *people)
{
	struct metod_association key = {.id = b->scope.id}, association;
	struct metod_person person;
	for (size_t i = 0; i < people->n; i++)
		add_person(b, &people->p[i]);
	if (strcmp(b->scope.kind, "association") != 0 ||
	    metod_get(b->call->txn, METOD_T_ASSOCIATION, &key, b->call->arena,
		&association) != METOD_OK)
		return;
	for (size_t i = 0; i < association.members.n; i++)
		if (person_by_id(b->call, association.members.p[i], &person) == METOD_OK)
			add_person(b, &person);
}

/* What is special about one organisation; wider scopes know only whose words fit. */
static void find_context(struct building *b)
{
	struct metod_org org;
	struct territory territory;
	struct people people = {0};
	const struct metod_meta *meta = store_meta(b->call);
	uint64_t young = 0;
	int year, month, day;
	if (strcmp(b->scope.kind, "association") != 0) {
		territory_load(b->call, &territory);
		people_load(b->call, &territory, b->scope.org, &people);
	}
	find_places(b, &people);
	if (strcmp(b->scope.kind, "org") != 0 ||
	    org_by_id(b->call, b->scope.org, &org) != METOD_OK)
		return;
	metod_civil_from_days(b->call->today, &year, &month, &day);
	for (size_t i = 0; i < people.n; i++)
		young += people.p[i].birth_year > 0 &&
		    people.p[i].birth_year + meta->young_age >= (uint64_t)year;
	b->context |= org.low_result ? METOD_CONTEXT_LOW_RESULT : 0;
	b->context |= people.n < SMALL_STAFF ? METOD_CONTEXT_SMALL_SCHOOL : 0;
	b->context |= 10 * young > 3 * people.n ? METOD_CONTEXT_YOUNG_TEAM : 0;
}

/* ---- findings ---- */

/* A shortage: the last matching left somebody out, and nobody strong in this has a free
 * place. */
static void find_shortages(struct building *b)
{
	struct metod_call *call = b->call;
	struct metod_match_run run;
	struct metod_mentor mentor;
	struct metod_person person;
	uint64_t *places =
	    METOD_NEWS(call->arena, b->framework.competencies.n + 1, uint64_t);
	bool left_out = newest_run(call, b->wave.id, &run) && run.mentees > run.matched;
	struct metod_scan *scan = metod_scan_table(call->txn, METOD_T_MENTOR, NULL, 0);
	while (next_row(scan, call->arena, &mentor)) {
		if (!mentor_admitted(&mentor, call->today) ||
		    person_by_id(call, mentor.person, &person) != METOD_OK ||
		    !org_within(call, person.org, b->wave.org))
			continue;
		unsigned all = mentor_places(call, &mentor),
			 taken = pairs_taken(call, mentor.person);
		for (size_t k = 0; k < mentor.strengths.n; k++) {
			size_t at = competency_index(
			    &b->framework, mentor.strengths.p[k].competency);
			if (at == SIZE_MAX || mentor.strengths.p[k].value < STRONG_FROM)
				continue;
			places[at] += all > taken ? all - taken : 0;
			for (size_t f = 0; f < b->n_findings; f++)
				b->findings[f].mentors += b->findings[f].competency == at;
		}
	}
	metod_scan_end(scan);
	for (size_t f = 0; f < b->n_findings; f++)
		b->findings[f].shortage =
		    left_out && places[b->findings[f].competency] == 0;
}

/* Of the wave before: the newest of the same form in the same place that was published
 * and over before this one began. */
static bool find_former(struct building *b, struct metod_wave *ret)
{
	struct metod_wave one;
	bool any = false;
	struct metod_scan *scan = metod_scan_table(b->call->txn, METOD_T_WAVE, NULL, 0);
	while (next_row(scan, b->call->arena, &one)) {
		if (one.org != b->wave.org || one.published_at == METOD_NIL ||
		    one.finish >= b->wave.start ||
		    !metod_str_eq(one.form, b->wave.form) ||
		    !metod_str_eq(one.form_version, b->wave.form_version) ||
		    !metod_str_eq(one.framework, b->wave.framework) ||
		    (any && one.finish <= ret->finish))
			continue;
		*ret = one;
		any = true;
	}
	metod_scan_end(scan);
	return any;
}

static void find_trends(struct building *b)
{
	struct metod_wave wave;
	struct metod_release release;
	struct metod_str name;
	if (!find_former(b, &wave))
		return;
	if (release_find(b->call, &wave, &b->scope, METOD_STR(""), &release, &name) !=
	    METOD_OK) {
		*b->call->err = (struct metod_error){0};
		return;
	}
	for (size_t i = 0; i < release.cells.n; i++) {
		size_t at =
		    competency_index(&b->framework, release.cells.p[i].competency);
		for (size_t f = 0; f < b->n_findings; f++)
			if (b->findings[f].competency == at)
				b->findings[f].before = shown_of(&release.cells.p[i]);
	}
}

static void list_findings(struct building *b)
{
	b->findings =
	    METOD_NEWS(b->call->arena, b->release.cells.n + 1, struct metod_finding);
	for (size_t i = 0; i < b->release.cells.n; i++) {
		const struct metod_release_cell *cell = &b->release.cells.p[i];
		size_t at = competency_index(&b->framework, cell->competency);
		if (at != SIZE_MAX)
			b->findings[b->n_findings++] =
			    (struct metod_finding){.competency = (uint32_t)at,
				.scope = b->release.scope,
				.need = shown_of(cell),
				.answered = b->release.n,
				.invited = b->invited};
	}
	find_shortages(b);
	find_trends(b);
}

static enum metod_share_class class_of_word(struct metod_str word)
{
	if (metod_str_is(word, "most"))
		return METOD_CLASS_MOST;
	return metod_str_is(word, "notable") ? METOD_CLASS_NOTABLE : METOD_CLASS_FEW;
}

static enum metod_trend trend_of_word(struct metod_str word)
{
	if (metod_str_is(word, "lasting"))
		return METOD_TREND_LASTING;
	return metod_str_is(word, "rising") ? METOD_TREND_RISING : METOD_TREND_ANY;
}

static struct metod_rule *list_rules(struct building *b)
{
	struct metod_rule *list =
	    METOD_NEWS(b->call->arena, b->rules.rules.n + 1, struct metod_rule);
	for (size_t i = 0; i < b->rules.rules.n; i++) {
		const struct metod_advice_rule *rule = &b->rules.rules.p[i];
		bool any = metod_str_is(rule->competency, "*");
		size_t at = competency_index(&b->framework, rule->competency);
		list[i] = (struct metod_rule){.id = rule->id,
		    .min_class = class_of_word(rule->min_class),
		    .people = rule->people,
		    .answers_from = rule->answers_from,
		    .answers_to = rule->answers_to,
		    .coverage_below = rule->coverage_below,
		    .trend = trend_of_word(rule->trend),
		    .when_shortage = rule->shortage,
		    .priority = (int32_t)rule->priority,
		    .competency = any ? METOD_ANY : (uint32_t)at};
		/* A rule about a competency that this version lacks keeps audience 0: it
		 * never fits. */
		if (any || at != SIZE_MAX)
			list[i].audience = audience_of_word(rule->audience);
		for (size_t c = 0; c < METOD_LEN(contexts); c++)
			if (strs_have(rule->context, metod_str(contexts[c].word)))
				list[i].context |= contexts[c].bit;
	}
	return list;
}

/* ---- sentences ---- */

static const char *scope_word(enum metod_lang lang, struct metod_str kind)
{
	if (metod_str_is(kind, "territory"))
		return metod_tr(lang, "the territory");
	if (metod_str_is(kind, "municipality"))
		return metod_tr(lang, "the municipality");
	return metod_str_is(kind, "association") ? metod_tr(lang, "the association")
						 : metod_tr(lang, "the organisation");
}

static struct metod_str finding_text(
    const struct building *b, const struct metod_finding *finding, enum metod_lang lang)
{
	struct metod_call *call = b->call;
	const struct metod_shown *need = &finding->need;
	struct metod_str name =
	    metod_pick(b->framework.competencies.p[finding->competency].name, lang);
	struct metod_str n = number_text(call, lang, need->n);
	const char *kind = scope_word(lang, b->release.scope_kind);
	if (need->how == METOD_SHOW_EXACT)
		return metod_arena_printf(call->arena,
		    metod_tr(lang,
			"%.*s: support is needed by %.*s of %.*s who answered (%u%%, 95%% interval "
			"%u–%u%%), %s %.*s"),
		    METOD_FMT(name), METOD_FMT(number_text(call, lang, need->part)),
		    METOD_FMT(n), percent(need->share), percent(need->lo),
		    percent(need->hi), kind, METOD_FMT(b->scope_name));
	bool most = need->cls == METOD_CLASS_MOST,
	     notable = need->cls == METOD_CLASS_NOTABLE;
	return metod_arena_printf(call->arena,
	    metod_tr(lang,
		most
		    ? "%.*s: most of those who answered need support (class, %.*s answers), %s %.*s"
		    : notable
		    ? "%.*s: notably many of those who answered need support (class, %.*s answers), "
		      "%s %.*s"
		    : "%.*s: a few of those who answered need support (class, %.*s answers), %s %.*s"),
	    METOD_FMT(name), METOD_FMT(n), kind, METOD_FMT(b->scope_name));
}

/* "for teachers, heads of associations and deputy heads": both languages begin with one
 * word and a space, which stands once. */
static struct metod_str audience_phrase(const struct building *b, enum metod_lang lang)
{
	struct metod_str out = METOD_STR("");
	unsigned left = b->audiences;
	for (size_t i = 0; i < AUDIENCES; i++) {
		if (!(b->audiences & audiences[i].audience))
			continue;
		struct metod_str phrase = metod_str(metod_tr(lang, audiences[i].phrase));
		left &= ~audiences[i].audience;
		if (out.n)
			metod_str_cut(&phrase, ' ');
		const char *sep = !out.n ? "" : left ? ", " : metod_tr(lang, " and ");
		out = metod_arena_printf(
		    b->call->arena, "%.*s%s%.*s", METOD_FMT(out), sep, METOD_FMT(phrase));
	}
	return out;
}

static struct metod_str title_text(const struct building *b, enum metod_lang lang)
{
	return metod_arena_printf(b->call->arena,
	    metod_tr(lang, "Address recommendations after the wave “%.*s” %.*s: %.*s"),
	    METOD_FMT(b->wave.title), METOD_FMT(audience_phrase(b, lang)),
	    METOD_FMT(b->scope_name));
}

static struct metod_text *both(
    const struct building *b, struct metod_str ru, struct metod_str en)
{
	struct metod_text *text = METOD_NEW(b->call->arena, struct metod_text);
	*text = (struct metod_text){ru, en};
	return text;
}

/* ---- the record ---- */

/* A deadline never falls on a weekend or into the New Year holidays: the next working day
 * instead. */
static int64_t working_day(int64_t days)
{
	for (;; days++) {
		int year, month, day;
		int64_t weekday = (days % 7 + 7) % 7; /* 0: Thursday, as 1970-01-01 */
		metod_civil_from_days(days, &year, &month, &day);
		if (weekday != 2 && weekday != 3 && !(month == 1 && day <= HOLIDAYS_LAST))
			return days;
	}
}

/* A measure in the words of one place is for those who work there. */
static struct metod_str worded_for(const struct metod_advice_rule *rule)
{
	if (strs_have(rule->context, METOD_STR("kindergarten")))
		return METOD_STR("educator");
	return strs_have(rule->context, METOD_STR("school")) ? METOD_STR("teacher")
							     : METOD_STR("");
}

static void make_line(const struct building *b, const struct metod_advice *advice,
    uint64_t n, struct metod_advice_line *ret)
{
	const struct metod_advice_rule *rule = &b->rules.rules.p[advice->rule];
	const struct metod_finding *finding = &b->findings[advice->finding];
	*ret = (struct metod_advice_line){.n = n,
	    .audience = rule->audience,
	    .competency = b->framework.competencies.p[finding->competency].id,
	    .finding = both(b, finding_text(b, finding, METOD_RU),
		finding_text(b, finding, METOD_EN)),
	    .answers = finding->need.n,
	    .share = (uint64_t)(finding->need.share * 1000 + 0.5),
	    .how = finding->need.how,
	    .cls = finding->need.cls,
	    .rule = rule->id,
	    .measure = rule->measure,
	    .responsible = rule->responsible,
	    .deadline = working_day(b->call->today + (int64_t)rule->deadline_days),
	    .evidence = rule->evidence,
	    .acceptance = rule->acceptance,
	    .position = worded_for(rule)};
}

static struct metod_str next_code(struct metod_call *call)
{
	uint64_t n = metod_table_count(call->txn, METOD_T_RECOMMENDATION);
	struct metod_recommendation key = {0}, taken;
	do
		key.code = metod_arena_printf(call->arena, "R-%04" PRIu64, ++n);
	while (metod_find(call->txn, METOD_I_RECOMMENDATION_CODE, &key, call->arena,
		   &taken) == METOD_OK);
	return key.code;
}

static void make_record(
    struct building *b, uint64_t limit, struct metod_recommendation *ret)
{
	struct metod_call *call = b->call;
	struct metod_advice *advice;
	bool association = metod_str_is(b->release.scope_kind, "association");
	const struct metod_rule *rules = list_rules(b);
	size_t n =
	    metod_recommend_pick(b->findings, b->n_findings, rules, b->rules.rules.n,
		b->audiences, b->context, limit ? limit : LIMIT, call->arena, &advice);
	/* The title names the groups that something is said to, and no others. */
	unsigned addressed = 0;
	for (size_t i = 0; i < n; i++)
		addressed |= rules[advice[i].rule].audience;
	if (addressed)
		b->audiences = addressed;
	*ret = (struct metod_recommendation){.id = fresh_id(call),
	    .code = next_code(call),
	    .wave = b->wave.id,
	    .scope_kind = b->release.scope_kind,
	    .scope = b->release.scope,
	    .org = association ? 0 : b->release.scope,
	    .title = both(b, title_text(b, METOD_RU), title_text(b, METOD_EN)),
	    .at = call->now_ms,
	    .by = call->caller.user,
	    .rules = b->rules.id,
	    .answers = b->release.n,
	    .target = b->release.target};
	ret->audiences.p = METOD_NEWS(call->arena, AUDIENCES, struct metod_str);
	for (size_t i = 0; i < AUDIENCES; i++)
		if (b->audiences & audiences[i].audience)
			ret->audiences.p[ret->audiences.n++] =
			    metod_str(audiences[i].word);
	ret->lines.p = METOD_NEWS(call->arena, n + 1, struct metod_advice_line);
	for (size_t i = 0; i < n && i < 1000; i++)
		make_line(b, &advice[i], i + 1, &ret->lines.p[ret->lines.n++]);
}

/* ---- reading ---- */

static struct metod_str scope_name(
    struct metod_call *call, const struct metod_recommendation *rec)
{
	struct metod_association key = {.id = rec->scope}, association;
	struct metod_org org;
	if (!metod_str_is(rec->scope_kind, "association"))
		return org_by_id(call, rec->scope, &org) == METOD_OK ? org.name
								     : METOD_STR("-");
	if (metod_get(call->txn, METOD_T_ASSOCIATION, &key, call->arena, &association) ==
	    METOD_OK)
		return association.name;
	return METOD_STR("-");
}

static enum metod_err view_of(struct metod_call *call,
    const struct metod_recommendation *rec, struct metod_recommend_view *ret)
{
	struct metod_wave wave;
	enum metod_err code = wave_by_id(call, rec->wave, &wave);
	if (code != METOD_OK)
		return code;
	ret->code = rec->code;
	ret->scope = scope_name(call, rec);
	ret->title = metod_pick(rec->title, call->lang);
	ret->wave = wave.code;
	ret->at = rec->at;
	ret->n = rec->answers ? (int64_t)rec->answers : METOD_NIL;
	ret->target = rec->target;
	ret->audiences = rec->audiences;
	ret->rows.p = rec->lines.p;
	ret->rows.n = rec->lines.n;
	ret->method = method_sentence(call, rec->at);
	ret->rules = rec->rules;
	ret->demo = call->demo;
	return METOD_OK;
}

static bool reaches(
    struct metod_call *call, unsigned who, const struct metod_recommendation *rec)
{
	struct metod_association key = {.id = rec->scope}, association;
	struct metod_scope scope;
	if (!metod_str_is(rec->scope_kind, "association"))
		return gate_reaches_org(call, who, rec->org);
	return metod_get(call->txn, METOD_T_ASSOCIATION, &key, call->arena,
		   &association) == METOD_OK &&
	    gate_scope(call, who, association.code, &scope) == METOD_OK;
}

enum metod_err recommendation_find(struct metod_call *call, unsigned who,
    struct metod_str code, struct metod_recommendation *ret)
{
	struct metod_recommendation key = {.code = code};
	if (metod_find(call->txn, METOD_I_RECOMMENDATION_CODE, &key, call->arena, ret) !=
		METOD_OK ||
	    !reaches(call, who, ret))
		return gate_not_found(call, "recommendation");
	return METOD_OK;
}

/* ---- the commands ---- */

enum metod_err metod_do_recommend_build(
    struct metod_call *call, const void *request, void *reply)
{
	const struct metod_recommend_build_req *req = request;
	struct building b = {.call = call};
	struct metod_recommendation rec;
	unsigned allowed;
	enum metod_err code =
	    gate_wave(call, call->command->who, req->wave, false, &b.wave);
	if (code == METOD_OK)
		code = find_scope(&b, req->in, &allowed);
	if (code == METOD_OK)
		code = choose_audiences(&b, req->audiences, allowed);
	if (code == METOD_OK)
		code = release_find(
		    call, &b.wave, &b.scope, METOD_STR(""), &b.release, &b.scope_name);
	if (code == METOD_OK)
		code = framework_of(call, b.wave.framework, &b.framework);
	if (code == METOD_OK)
		code = find_rules(&b);
	if (code != METOD_OK)
		return code;
	find_context(&b);
	list_findings(&b);
	make_record(&b, req->limit, &rec);
	metod_record(call->txn, METOD_E_RECOMMENDATION_PUT, &rec);
	return view_of(call, &rec, reply);
}

enum metod_err metod_do_recommend_list(
    struct metod_call *call, const void *request, void *reply)
{
	struct metod_recommends_rep *rep = reply;
	struct metod_recommendation rec;
	struct metod_wave wave;
	size_t cap = 0;
	(void)request;
	struct metod_scan *scan = metod_scan_index(
	    call->txn, METOD_I_RECOMMENDATION_CODE, &(struct metod_recommendation){0}, 0);
	while (rep->rows.n < METOD_ROWS_MAX && next_row(scan, call->arena, &rec)) {
		if (!reaches(call, call->command->who, &rec) ||
		    wave_by_id(call, rec.wave, &wave) != METOD_OK)
			continue;
		FLOW_ROOM(call->arena, rep->rows, cap);
		struct metod_recommend_row *row = &rep->rows.p[rep->rows.n++];
		*row = (struct metod_recommend_row){.code = rec.code,
		    .wave = wave.code,
		    .scope = scope_name(call, &rec),
		    .audiences = rec.audiences,
		    .lines = rec.lines.n,
		    .at = rec.at};
	}
	metod_scan_end(scan);
	return METOD_OK;
}

enum metod_err metod_do_recommend_show(
    struct metod_call *call, const void *request, void *reply)
{
	const struct metod_code_req *req = request;
	struct metod_recommendation rec;
	enum metod_err code =
	    recommendation_find(call, call->command->who, req->code, &rec);
	return code == METOD_OK ? view_of(call, &rec, reply) : code;
}
