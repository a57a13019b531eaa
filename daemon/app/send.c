/* SPDX-License-Identifier: Apache-2.0
 * Blind addressing: a line goes to a group by criteria, and nobody learns who is in it.
 * The group, and everybody whom a second sending would tell apart from it, is at least 5
 * people or nobody. Counts come back, never names. */
#include "recommend.h"

enum {
	/* With fewer who answered, "at least 5 need it" would say more than the class
	 * “most” does.
	 */
	RESPONDENTS_MIN = 8,
	SCRATCH_ROWS = 256,
};

struct group {
	uint64_t answered, need;      /* in the scope */
	uint64_t chosen, chosen_need; /* of them by the criteria */
	struct {
		uint64_t *p;
		size_t n;
	} people; /* chosen and in need */
};

struct criteria {
	const struct metod_recommendation *rec;
	const struct metod_wave *wave;
	struct metod_str competency, position, subject;
};

static bool fits(const struct criteria *criteria, const struct metod_person *person)
{
	return (criteria->position.n == 0 ||
		   metod_str_eq(criteria->position, person->position)) &&
	    (criteria->subject.n == 0 || has_subject(person, criteria->subject));
}

/* Only published answers make the group, as they made its numbers: who sends again after
 * each answer learns nothing, nor do the counts of a sending tell those who agreed to no
 * count. */
static void add_person(struct metod_call *call, const struct criteria *criteria,
    const struct metod_person *person, struct group *ret)
{
	struct metod_profile key = {.wave = criteria->wave->id, .person = person->id},
			     profile;
	if (metod_get(call->txn, METOD_T_PROFILE, &key, call->arena, &profile) !=
		METOD_OK ||
	    profile.at > criteria->wave->published_at ||
	    !agreed_to_counts(call, profile.attempt))
		return;
	const struct metod_profile_cell *cell =
	    profile_cell(&profile, criteria->competency);
	if (!cell ||
	    (cell->state != METOD_STATE_NEED && cell->state != METOD_STATE_UNCLEAR &&
		cell->state != METOD_STATE_OK))
		return;
	bool need = cell->state == METOD_STATE_NEED;
	ret->answered++;
	ret->need += need;
	if (!fits(criteria, person))
		return;
	ret->chosen++;
	ret->chosen_need += need;
	if (need)
		ret->people.p[ret->people.n++] = person->id;
}

static void find_group(
    struct metod_call *call, const struct criteria *criteria, struct group *ret)
{
	const struct metod_recommendation *rec = criteria->rec;
	struct metod_association key = {.id = rec->scope}, association;
	struct metod_person person;
	*ret = (struct group){0};
	if (criteria->wave->published_at == METOD_NIL)
		return;
	if (metod_str_is(rec->scope_kind, "association")) {
		if (metod_get(call->txn, METOD_T_ASSOCIATION, &key, call->arena,
			&association) != METOD_OK)
			return;
		ret->people.p =
		    METOD_NEWS(call->arena, association.members.n + 1, uint64_t);
		for (size_t i = 0; i < association.members.n; i++)
			if (person_by_id(call, association.members.p[i], &person) ==
				METOD_OK &&
			    gate_reaches_person(call, METOD_METHODIST, &person))
				add_person(call, criteria, &person, ret);
		return;
	}
	struct territory territory;
	struct people people;
	territory_load(call, &territory);
	people_load(call, &territory, rec->org, &people);
	ret->people.p = METOD_NEWS(call->arena, people.n + 1, uint64_t);
	for (size_t i = 0; i < people.n; i++)
		add_person(call, criteria, &people.p[i], ret);
}

static bool few(uint64_t n)
{
	return n > 0 && n < METOD_K;
}

static enum metod_err check_group(struct metod_call *call, const struct group *group)
{
	if (group->chosen_need >= METOD_K && group->chosen >= RESPONDENTS_MIN &&
	    !few(group->need - group->chosen_need) &&
	    !few(group->answered - group->chosen))
		return METOD_OK;
	metod_fail(call->err, METOD_SMALL, "line", "%s",
	    metod_tr(call->lang,
		"this group, or those left outside it, is too small to stay unknown"));
	return metod_hint(call->err, "%s",
	    metod_tr(call->lang, "widen the criteria, or leave them out"));
}

/* ---- sending ---- */

static enum metod_err find_line(struct metod_call *call,
    const struct metod_recommend_send_req *req, const struct metod_recommendation *rec,
    const struct metod_advice_line **ret)
{
	for (size_t i = 0; i < rec->lines.n; i++) {
		const struct metod_advice_line *line = &rec->lines.p[i];
		if (line->n != req->line)
			continue;
		*ret = line;
		if (metod_str_is(line->audience, "teacher"))
			return METOD_OK;
		return metod_fail(call->err, METOD_RANGE, "line", "%s",
		    metod_tr(call->lang, "only lines for teachers are sent to teachers"));
	}
	return gate_not_found(call, "line");
}

static bool sent_before(struct metod_call *call,
    const struct metod_recommend_send_req *req, uint64_t recommendation)
{
	struct metod_sending key = {.recommendation = recommendation}, one;
	struct metod_scan *scan =
	    metod_scan_index(call->txn, METOD_I_SENDING_RECOMMENDATION, &key, 1);
	bool found = false;
	while (!found && next_row(scan, call->arena, &one))
		found = one.line == req->line &&
		    metod_str_eq(one.position, req->position) &&
		    metod_str_eq(one.subject, req->subject);
	metod_scan_end(scan);
	return found;
}

static struct metod_str text_in(struct metod_call *call, struct metod_str edited,
    const struct metod_advice_line *line, enum metod_lang lang)
{
	struct metod_str body = edited.n ? edited : metod_pick(line->measure, lang);
	return metod_arena_printf(call->arena, "%.*s\n\n%s", METOD_FMT(body),
	    metod_tr(lang,
		"This went to colleagues with a similar result. Nobody sees who received it, "
		"opened it or chose it until you tell it yourself. It is an offer: take it up, "
		"put it off or leave it."));
}

/* In both languages: who sends does not know in which one the page will be read. Words of
 * the sender's own stay as they are. */
static enum metod_err message_texts(struct metod_call *call, struct metod_str edited,
    const struct metod_advice_line *line, struct metod_text *ret)
{
	struct metod_str own = metod_str_trim(edited);
	*ret = (struct metod_text){
	    text_in(call, own, line, METOD_RU), text_in(call, own, line, METOD_EN)};
	if (ret->ru.n > METOD_TEXT_MAX || ret->en.n > METOD_TEXT_MAX)
		return metod_fail(call->err, METOD_RANGE, "text", "%s",
		    metod_tr(call->lang, "the text is too long"));
	return METOD_OK;
}

static void record_sending(struct metod_call *call, const struct metod_sending *sending,
    const struct group *group, const struct metod_advice_line *line,
    const struct metod_text *text)
{
	metod_record(call->txn, METOD_E_SENT, sending);
	for (size_t i = 0; i < group->people.n; i++) {
		struct metod_message message = {.id = fresh_id(call),
		    .person = group->people.p[i],
		    .sending = sending->id,
		    .competency = line->competency,
		    .text = text->ru,
		    .text_en = text->en,
		    .deadline = line->deadline,
		    .at = call->now_ms,
		    .state = METOD_STR("delivered")};
		metod_record(call->txn, METOD_E_MESSAGE_PUT, &message);
	}
}

/* Words of a school are not for educators, nor the other way round: who sends may not
 * have noticed. */
static struct metod_str sending_note(struct metod_call *call,
    const struct metod_sending *sending, const struct metod_advice_line *line,
    bool dry_run)
{
	const char *note = dry_run
	    ? metod_tr(call->lang, "The group is large enough: at least 5 people.")
	    : metod_tr(
		  call->lang, "Delivered to at least 5 people; nobody sees to whom.");
	if (line->position.n == 0 || metod_str_eq(line->position, sending->position))
		return metod_str(note);
	return metod_arena_printf(call->arena, "%s %s", note,
	    metod_str_is(line->position, "educator")
		? metod_tr(call->lang,
		      "The line is worded for kindergartens: --position educator sends it to educators only.")
		: metod_tr(call->lang,
		      "The line is worded for schools: --position teacher sends it to teachers only."));
}

/* How many it reached is told where it is published: of the scope, or of a position in
 * the whole. Two groups by other criteria may differ by a few. */
static bool is_published(struct metod_call *call, const struct metod_sending *sending,
    const struct metod_recommendation *rec, uint64_t need)
{
	struct metod_release key = {.wave = sending->wave,
				 .scope_kind = rec->scope_kind,
				 .scope = rec->scope},
			     release;
	bool whole = metod_str_is(rec->scope_kind, "territory");
	if (sending->subject.n || (sending->position.n && !whole))
		return false;
	if (sending->position.n) {
		key.scope_kind = METOD_STR("position");
		key.scope = position_scope(sending->position);
	}
	if (metod_get(call->txn, METOD_T_RELEASE, &key, call->arena, &release) !=
	    METOD_OK)
		return false;
	for (size_t i = 0; i < release.cells.n; i++)
		if (metod_str_eq(release.cells.p[i].competency, sending->competency))
			return release.cells.p[i].how == METOD_SHOW_EXACT &&
			    release.cells.p[i].part == need;
	return false;
}

static void send_reply(struct metod_call *call, const struct metod_sending *sending,
    const struct criteria *criteria, const struct group *group,
    const struct metod_advice_line *line, bool dry_run, struct metod_send_row *rep)
{
	rep->id = dry_run ? 0 : sending->id;
	rep->competency = sending->competency;
	rep->position = sending->position;
	rep->subject = sending->subject;
	if (is_published(call, sending, criteria->rec, group->chosen_need))
		rep->delivered = (int64_t)group->chosen_need;
	rep->note = sending_note(call, sending, line, dry_run);
}

enum metod_err metod_do_recommend_send(
    struct metod_call *call, const void *request, void *reply)
{
	const struct metod_recommend_send_req *req = request;
	struct metod_recommendation rec;
	struct metod_wave wave;
	const struct metod_advice_line *line = NULL;
	struct metod_text text;
	struct group group;
	enum metod_err code = recommendation_find(call, METOD_METHODIST, req->code, &rec);
	if (code == METOD_OK)
		code = wave_by_id(call, rec.wave, &wave);
	if (code == METOD_OK)
		code = find_line(call, req, &rec, &line);
	if (code == METOD_OK)
		code = message_texts(call, req->text, line, &text);
	if (code != METOD_OK)
		return code;
	if (req->position.n && !metod_word_in(METOD_WORDS_POSITION, req->position))
		return metod_fail(call->err, METOD_RANGE, "position", "%s",
		    metod_tr(call->lang, "there is no such position"));
	if (sent_before(call, req, rec.id))
		return metod_fail(call->err, METOD_CONFLICT, "line", "%s",
		    metod_tr(call->lang, "this line was sent to this group already"));
	struct criteria criteria = {
	    &rec, &wave, line->competency, req->position, req->subject};
	find_group(call, &criteria, &group);
	code = check_group(call, &group);
	if (code != METOD_OK)
		return code;
	struct metod_sending sending = {.id = fresh_id(call),
	    .recommendation = rec.id,
	    .line = line->n,
	    .wave = wave.id,
	    .org = rec.org,
	    .competency = line->competency,
	    .position = req->position,
	    .subject = req->subject,
	    .by = call->caller.user,
	    .at = call->now_ms};
	if (!req->dry_run)
		record_sending(call, &sending, &group, line, &text);
	send_reply(call, &sending, &criteria, &group, line, req->dry_run, reply);
	return METOD_OK;
}

/* ---- what became of it ---- */

static int64_t shown_count(uint64_t n)
{
	return n >= METOD_K ? (int64_t)n : METOD_NIL;
}

/* Messages are long and not needed together: their memory goes every few hundred rows. */
static void count_messages(struct metod_call *call, const struct metod_sending *sending,
    const struct metod_recommendation *rec, struct metod_send_row *ret)
{
	struct metod_message key = {.sending = sending->id}, one;
	struct metod_arena *scratch = metod_arena_new();
	uint64_t all = 0, wanted = 0, finished = 0, waiting = 0;
	struct metod_scan *scan =
	    metod_scan_index(call->txn, METOD_I_MESSAGE_SENDING, &key, 1);
	while (next_row(scan, scratch, &one)) {
		bool done = metod_str_is(one.state, "done");
		all++;
		waiting += metod_str_is(one.state, "delivered");
		finished += done;
		wanted += done || metod_str_is(one.state, "wanted");
		if (all % SCRATCH_ROWS == 0)
			metod_arena_clear(scratch);
	}
	metod_scan_end(scan);
	metod_arena_free(scratch);
	metod_record_init(&metod_send_row_desc, ret);
	ret->id = sending->id;
	ret->competency = sending->competency;
	ret->position = sending->position;
	ret->subject = sending->subject;
	ret->delivered = is_published(call, sending, rec, all) ? (int64_t)all : METOD_NIL;
	ret->opened = shown_count(all - waiting);
	ret->wanted = shown_count(wanted);
	ret->finished = shown_count(finished);
}

enum metod_err metod_do_recommend_sent(
    struct metod_call *call, const void *request, void *reply)
{
	const struct metod_code_req *req = request;
	struct metod_sends_rep *rep = reply;
	struct metod_recommendation rec;
	struct metod_sending one;
	size_t cap = 0;
	enum metod_err code = recommendation_find(call, METOD_METHODIST, req->code, &rec);
	if (code != METOD_OK)
		return code;
	struct metod_sending key = {.recommendation = rec.id};
	struct metod_scan *scan =
	    metod_scan_index(call->txn, METOD_I_SENDING_RECOMMENDATION, &key, 1);
	while (rep->rows.n < 10000 && next_row(scan, call->arena, &one)) {
		FLOW_ROOM(call->arena, rep->rows, cap);
		count_messages(call, &one, &rec, &rep->rows.p[rep->rows.n++]);
	}
	metod_scan_end(scan);
	return METOD_OK;
}
