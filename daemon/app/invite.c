/* SPDX-License-Identifier: Apache-2.0
 * Invitations: one per person of the target group. A code is made from the invitation and
 * its generation, so slips can be printed again; only its hash is stored. Codes and names
 * are roster data: nothing here tells who has answered. */
#include <stdlib.h>

#include "flow.h"

/* Whom a command is about: everybody below an organisation, or one teacher. */
struct invitees {
	struct metod_wave wave;
	struct metod_form form;
	bool one; /* a single teacher was named */
	struct {
		struct metod_person *p;
		size_t n;
	} people;
	size_t cap;
};

static void add_person(
    struct metod_call *call, struct invitees *who, const struct metod_person *person)
{
	FLOW_ROOM(call->arena, who->people, who->cap);
	who->people.p[who->people.n++] = *person;
}

/* Of those whom the form asks, the positions named; none named: all. */
static void add_people_below(struct metod_call *call, struct invitees *who, uint64_t root,
    struct metod_strs positions)
{
	struct metod_u64s orgs = orgs_below(call, root);
	struct metod_person person;
	for (size_t i = 0; i < orgs.n; i++) {
		struct metod_person key = {.org = orgs.p[i]};
		struct metod_scan *scan =
		    metod_scan_index(call->txn, METOD_I_PERSON_ORG, &key, 1);
		while (next_row(scan, call->arena, &person))
			if (form_asks(&who->form, person.position) &&
			    (positions.n == 0 || strs_have(positions, person.position)))
				add_person(call, who, &person);
		metod_scan_end(scan);
	}
}

static enum metod_err add_one(
    struct metod_call *call, struct invitees *who, struct metod_str code)
{
	struct metod_person person;
	enum metod_err e = gate_person(call, METOD_METHODIST, code, &person);
	if (e != METOD_OK)
		return e;
	if (!org_within(call, person.org, who->wave.org))
		return gate_not_found(call, "teacher");
	if (!form_asks(&who->form, person.position))
		return metod_fail(call->err, METOD_RANGE, "teacher", "%s",
		    metod_tr(call->lang,
			"the form of this campaign has no questions for this position"));
	who->one = true;
	add_person(call, who, &person);
	return METOD_OK;
}

static enum metod_err find_invitees(
    struct metod_call *call, const struct metod_invite_req *req, struct invitees *ret)
{
	struct metod_org org;
	*ret = (struct invitees){0};
	enum metod_err e = gate_wave(call, METOD_METHODIST, req->wave, true, &ret->wave);
	if (e == METOD_OK)
		e = wave_form(call, &ret->wave, &ret->form);
	if (e != METOD_OK)
		return e;
	for (size_t i = 0; i < req->positions.n; i++)
		if (!metod_word_in(METOD_WORDS_POSITION, req->positions.p[i]))
			return metod_fail(call->err, METOD_RANGE, "positions", "%s",
			    one_of_words(call, METOD_WORDS_POSITION));
	if (req->teacher.n)
		return add_one(call, ret, req->teacher);
	if (req->in.n) {
		e = gate_org(call, METOD_METHODIST, req->in, &org);
		if (e != METOD_OK)
			return e;
		if (!org_within(call, org.id, ret->wave.org))
			return gate_not_found(call, "organisation");
	}
	add_people_below(call, ret, req->in.n ? org.id : ret->wave.org, req->positions);
	return METOD_OK;
}

/* The hash of the code of this generation, in the arena. */
static struct metod_str code_hash(
    struct metod_call *call, const struct metod_invitation *invitation)
{
	uint8_t *hash = metod_arena_alloc(call->arena, 32);
	struct metod_str code = invitation_code(
	    call->app, invitation->id, invitation->generation, call->arena);
	invitation_code_hash(call->app, code, hash);
	return (struct metod_str){(const char *)hash, 32};
}

static bool have_position(const struct invitees *who, struct metod_str position)
{
	for (size_t i = 0; i < who->people.n; i++)
		if (metod_str_eq(who->people.p[i].position, position))
			return true;
	return false;
}

/* A form that asks one position only: its questions are about that work. */
static bool is_own_form(const struct metod_form *form)
{
	return form->wordings.n == 1 && form->wordings.p[0].positions.n == 1;
}

/* Forms of their own of some whom a form for many invites: "KDP-P, KDP-L"; "" if none. */
static struct metod_str own_forms(struct metod_call *call, const struct invitees *who)
{
	struct metod_str ids = METOD_STR(""), last = ids;
	struct metod_form form;
	if (is_own_form(&who->form))
		return ids;
	struct metod_scan *scan = metod_scan_table(call->txn, METOD_T_FORM, NULL, 0);
	while (next_row(scan, call->arena, &form)) {
		if (!is_own_form(&form) || metod_str_eq(form.id, last) ||
		    !have_position(who, form.wordings.p[0].positions.p[0]))
			continue;
		ids = metod_arena_printf(call->arena, "%.*s%s%.*s", METOD_FMT(ids),
		    ids.n ? ", " : "", METOD_FMT(form.id));
		last = form.id; /* versions stand together */
	}
	metod_scan_end(scan);
	return ids;
}

static struct metod_str created_note(
    struct metod_call *call, const struct invitees *who, uint64_t made)
{
	const char *note = made == who->people.n
	    ? metod_tr(call->lang,
		  "Next: print the codes (invite print) and hand them out in person.")
	    : metod_tr(call->lang,
		  "The others had an invitation already; their codes stay valid.");
	struct metod_str own = made ? own_forms(call, who) : METOD_STR("");
	if (own.n == 0)
		return metod_str(note);
	return metod_arena_printf(call->arena, "%s %.*s", note,
	    METOD_FMT(metod_arena_printf(call->arena,
		metod_tr(call->lang,
		    "Some of them have a form about their own work (%.*s): a wave over it fits "
		    "them better; --positions invites the others here."),
		METOD_FMT(own))));
}

enum metod_err metod_do_invite_create(
    struct metod_call *call, const void *request, void *reply)
{
	struct metod_done_rep *rep = reply;
	struct metod_invitation known;
	struct invitees who;

	enum metod_err e = find_invitees(call, request, &who);
	if (e != METOD_OK)
		return e;
	if (!metod_str_is(who.wave.state, "open"))
		return metod_fail(call->err, METOD_CLOSED, "wave", "%s",
		    metod_tr(call->lang, "this campaign is closed"));
	for (size_t i = 0; i < who.people.n; i++) {
		if (invitation_of(call, who.wave.id, who.people.p[i].id, &known))
			continue;
		struct metod_invitation made = {.id = fresh_id(call),
		    .wave = who.wave.id,
		    .person = who.people.p[i].id,
		    .generation = 1,
		    .state = METOD_STR("created")};
		made.hash = code_hash(call, &made);
		metod_record(call->txn, METOD_E_INVITATION_PUT, &made);
		rep->count++;
	}
	rep->code = who.wave.code;
	rep->note = created_note(call, &who, rep->count);
	return METOD_OK;
}

static int by_org_and_name(const void *a, const void *b)
{
	const struct metod_invite_row *x = a, *y = b;
	int order = metod_str_cmp(x->org, y->org);
	if (order == 0)
		order = metod_str_cmp(x->name, y->name);
	return order ? order : metod_str_cmp(x->teacher, y->teacher);
}

enum metod_err metod_do_invite_print(
    struct metod_call *call, const void *request, void *reply)
{
	struct metod_invites_rep *rep = reply;
	struct metod_invitation invitation;
	struct metod_org org = {0};
	struct invitees who;

	enum metod_err e = find_invitees(call, request, &who);
	if (e != METOD_OK)
		return e;
	rep->wave_title = who.wave.title;
	rep->rows.p = METOD_NEWS(call->arena, who.people.n + 1, struct metod_invite_row);
	for (size_t i = 0; i < who.people.n; i++) {
		const struct metod_person *person = &who.people.p[i];
		if (!invitation_of(call, who.wave.id, person->id, &invitation) ||
		    metod_str_is(invitation.state, "revoked"))
			continue;
		/* people stand by organisation, so it is read once for each */
		if (org.id != person->org &&
		    org_by_id(call, person->org, &org) != METOD_OK)
			org = (struct metod_org){.id = person->org};
		rep->rows.p[rep->rows.n++] =
		    (struct metod_invite_row){org.code, person->code, person->name,
			invitation_code(call->app, invitation.id, invitation.generation,
			    call->arena)};
	}
	if (who.one && rep->rows.n == 0)
		return gate_not_found(call, "invitation");
	qsort(rep->rows.p, rep->rows.n, sizeof *rep->rows.p, by_org_and_name);
	if (who.one) /* a list for handing out is no look at anybody */
		gate_look(call, who.people.p[0].id, "invitation");
	return METOD_OK;
}

/* The new code opens the questionnaire where it stopped, never a result: the PIN is
 * dropped, and without one a sent sheet stays closed. A sheet that a PIN closed is not
 * opened by a code that others print: it begins anew. */
enum metod_err metod_do_invite_revoke(
    struct metod_call *call, const void *request, void *reply)
{
	const struct metod_invite_req *req = request;
	struct metod_done_rep *rep = reply;
	struct metod_invitation invitation;
	struct invitees who;

	if (req->teacher.n == 0 && req->in.n == 0) {
		metod_fail(call->err, METOD_MISSING, "teacher", "%s",
		    metod_tr(call->lang, "whose codes should be replaced?"));
		return metod_hint(call->err, "%s",
		    metod_tr(call->lang,
			"name a teacher or an organisation; printed slips stop working"));
	}
	enum metod_err e = find_invitees(call, req, &who);
	if (e != METOD_OK)
		return e;
	for (size_t i = 0; i < who.people.n; i++) {
		if (!invitation_of(call, who.wave.id, who.people.p[i].id, &invitation))
			continue;
		invitation.generation++;
		if (invitation.pin.n && !metod_str_is(invitation.state, "submitted")) {
			invitation.attempt = 0;
			if (metod_str_is(invitation.state, "started"))
				invitation.state = METOD_STR("created");
		}
		invitation.pin = METOD_STR("");
		invitation.hash = code_hash(call, &invitation);
		metod_record(call->txn, METOD_E_INVITATION_PUT, &invitation);
		rep->count++;
	}
	if (who.one && rep->count == 0)
		return gate_not_found(call, "invitation");
	rep->code = who.wave.code;
	rep->note = metod_str(metod_tr(call->lang,
	    "The former codes no longer work. Print the new ones (invite print)."));
	return METOD_OK;
}
