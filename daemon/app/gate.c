/* SPDX-License-Identifier: Apache-2.0
 * The one authorisation gate: who is calling, may this role use the command, may it reach
 * the object. "Absent" and "not yours" have one body. A role that lacks a command is told
 * so: roles are public. */
#include <string.h>

#include "keys.h"
#include "session.h"

/* Loads the account's roles into the caller; false when it is closed. */
static bool become_user(
    struct metod_call *call, uint64_t id, uint64_t generation, bool any_generation)
{
	struct metod_user key = {.id = id}, user;
	struct metod_caller *caller = &call->caller;
	if (metod_get(call->txn, METOD_T_USER, &key, call->arena, &user) != METOD_OK ||
	    user.disabled)
		return false;
	if (!any_generation && user.generation != generation)
		return false;
	caller->actor = caller->user = user.id;
	caller->person = user.person;
	caller->result = true;
	for (size_t i = 0; i < user.roles.n && caller->n_roles < METOD_LEN(caller->roles);
	     i++) {
		const struct metod_role *role = &user.roles.p[i];
		unsigned who = metod_role_from_word(role->role);
		caller->who |= who;
		caller->roles[caller->n_roles++] =
		    (struct metod_role_scope){who, role->org, role->association};
	}
	return true;
}

static bool become_respondent(struct metod_call *call)
{
	struct respondent seen;
	struct metod_invitation key, invitation;
	if (!respondent_session_read(call->app, call->session, call->now_ms, &seen))
		return false;
	key = (struct metod_invitation){.id = seen.invitation};
	if (metod_get(call->txn, METOD_T_INVITATION, &key, call->arena, &invitation) !=
		METOD_OK ||
	    invitation.generation != seen.generation)
		return false;
	call->caller =
	    (struct metod_caller){.actor = invitation.person | METOD_ACTOR_RESPONDENT,
		.person = invitation.person,
		.who = METOD_TEACHER,
		.invitation = invitation.id,
		.result = seen.result};
	return true;
}

static bool become_token(struct metod_call *call)
{
	uint8_t hash[32];
	struct metod_token token, key = {0};
	token_hash(call->app, call->session, hash);
	key.hash = (struct metod_str){(const char *)hash, sizeof hash};
	return metod_find(call->txn, METOD_I_TOKEN_HASH, &key, call->arena, &token) ==
	    METOD_OK &&
	    !token.revoked && call->now_ms < token.expires &&
	    become_user(call, token.user, 0, true);
}

enum metod_err gate_identify(struct metod_call *call, const struct metod_peer *origin)
{
	uint64_t user, generation;
	call->caller = (struct metod_caller){.who = METOD_GUEST};
	call->web = origin->web;
	call->uid = origin->uid;
	if (call->session.n == 0) {
		if (!origin->web && origin->uid >= 0) {
			struct metod_user found, key = {.uid = origin->uid};
			if (metod_find(call->txn, METOD_I_USER_UID, &key, call->arena,
				&found) == METOD_OK) {
				call->caller.who = 0;
				if (!become_user(call, found.id, 0, true))
					call->caller =
					    (struct metod_caller){.who = METOD_GUEST};
			}
		}
		return METOD_OK;
	}
	call->caller.who = 0;
	bool in_force = false;
	if (metod_str_starts(call->session, "r."))
		in_force = become_respondent(call);
	else if (metod_str_starts(call->session, "t."))
		in_force = become_token(call);
	else if (staff_session_user(
		     call->app, call->session, call->now_ms, &user, &generation))
		in_force = become_user(call, user, generation, false);
	if (in_force)
		return METOD_OK;
	call->caller = (struct metod_caller){.who = METOD_GUEST};
	metod_fail(call->err, METOD_LOGIN, "_session", "%s",
	    metod_tr(call->lang, "this session has ended"));
	return metod_hint(
	    call->err, "%s", metod_tr(call->lang, "enter again with your code or token"));
}

enum metod_err gate_command(struct metod_call *call)
{
	unsigned who = call->command->who;
	if (call->caller.who & who & ~(unsigned)METOD_RESULT) {
		bool only_teacher =
		    !(call->caller.who & who & ~(unsigned)(METOD_RESULT | METOD_TEACHER));
		if ((who & METOD_RESULT) && only_teacher && !call->caller.result) {
			metod_fail(call->err, METOD_PIN, "pin", "%s",
			    metod_tr(call->lang,
				"a result opens in the browser where you answered, or with your PIN"));
			return METOD_PIN;
		}
		return METOD_OK;
	}
	if (call->caller.who == METOD_GUEST) {
		metod_fail(call->err, METOD_LOGIN, "", "%s",
		    metod_tr(call->lang, "please enter first"));
		return metod_hint(call->err, "%s",
		    metod_tr(call->lang, "enter again with your code or token"));
	}
	struct metod_buf roles = {0};
	for (size_t i = 0; i < metod_role_words_n; i++)
		if (who & metod_role_words[i].who)
			metod_buf_printf(&roles, "%s%s", roles.n ? ", " : "",
			    metod_tr(call->lang, metod_role_words[i].title));
	metod_buf_byte(&roles, 0);
	metod_fail(call->err, METOD_DENIED, call->command->name,
	    metod_tr(call->lang, "this is open to: %s"), (const char *)roles.p);
	metod_buf_done(&roles);
	return METOD_DENIED;
}

enum metod_err gate_not_found(struct metod_call *call, const char *field)
{
	return metod_fail(
	    call->err, METOD_NOT_FOUND, field, "%s", metod_tr(call->lang, "not found"));
}

bool gate_reaches_org(struct metod_call *call, unsigned who, uint64_t org)
{
	for (size_t i = 0; i < call->caller.n_roles; i++) {
		const struct metod_role_scope *role = &call->caller.roles[i];
		if ((role->who & who) && !role->association &&
		    org_within(call, org, role->org))
			return true;
	}
	return false;
}

static bool is_member(struct metod_call *call, uint64_t association, uint64_t person)
{
	struct metod_association key = {.id = association}, found;
	if (metod_get(call->txn, METOD_T_ASSOCIATION, &key, call->arena, &found) !=
	    METOD_OK)
		return false;
	for (size_t i = 0; i < found.members.n; i++)
		if (found.members.p[i] == person)
			return true;
	return false;
}

bool gate_reaches_person(
    struct metod_call *call, unsigned who, const struct metod_person *person)
{
	if (gate_reaches_org(call, who, person->org))
		return true;
	for (size_t i = 0; i < call->caller.n_roles; i++) {
		const struct metod_role_scope *role = &call->caller.roles[i];
		if ((role->who & who) && role->association &&
		    is_member(call, role->association, person->id))
			return true;
	}
	return false;
}

enum metod_err gate_org(
    struct metod_call *call, unsigned who, struct metod_str code, struct metod_org *ret)
{
	if (org_by_code(call, code, ret) != METOD_OK ||
	    !gate_reaches_org(call, who, ret->id))
		return gate_not_found(call, "organisation");
	return METOD_OK;
}

enum metod_err gate_person(struct metod_call *call, unsigned who, struct metod_str code,
    struct metod_person *ret)
{
	if (person_by_code(call, code, ret) != METOD_OK ||
	    !gate_reaches_person(call, who, ret))
		return gate_not_found(call, "teacher");
	return METOD_OK;
}

enum metod_err gate_wave(struct metod_call *call, unsigned who, struct metod_str code,
    bool manage, struct metod_wave *ret)
{
	if (wave_by_code(call, code, ret) != METOD_OK)
		return gate_not_found(call, "wave");
	for (size_t i = 0; i < call->caller.n_roles; i++) {
		const struct metod_role_scope *role = &call->caller.roles[i];
		uint64_t org = role->org;
		if (!(role->who & who))
			continue;
		if (role->association) {
			struct metod_association key = {.id = role->association}, found;
			if (manage ||
			    metod_get(call->txn, METOD_T_ASSOCIATION, &key, call->arena,
				&found))
				continue;
			org = found.org;
		}
		if (org_within(call, ret->org, org) ||
		    (!manage && org_within(call, org, ret->org)))
			return METOD_OK;
	}
	return gate_not_found(call, "wave");
}

static const char *org_scope_kind(const struct metod_org *org)
{
	if (org->parent == 0)
		return "territory";
	return metod_str_is(org->kind, "municipality") ? "municipality" : "org";
}

static enum metod_err scope_of_org(
    struct metod_call *call, const struct metod_org *org, struct metod_scope *ret)
{
	(void)call;
	*ret = (struct metod_scope){org_scope_kind(org), org->id, org->name, org->id};
	return METOD_OK;
}

static enum metod_err scope_of_association(
    struct metod_call *call, uint64_t id, struct metod_scope *ret)
{
	struct metod_association key = {.id = id}, found;
	if (metod_get(call->txn, METOD_T_ASSOCIATION, &key, call->arena, &found) !=
	    METOD_OK)
		return gate_not_found(call, "scope");
	*ret = (struct metod_scope){"association", found.id, found.name, 0};
	return METOD_OK;
}

/* The root of the organisation tree. */
static bool root_org(struct metod_call *call, struct metod_org *ret)
{
	struct metod_org key = {.parent = 0};
	return metod_find(call->txn, METOD_I_ORG_PARENT, &key, call->arena, ret) ==
	    METOD_OK;
}

enum metod_err gate_scope(
    struct metod_call *call, unsigned who, struct metod_str code, struct metod_scope *ret)
{
	struct metod_org org;
	struct metod_association association, key = {.code = code};
	if (code.n == 0) {
		for (size_t i = 0; i < call->caller.n_roles; i++) {
			const struct metod_role_scope *role = &call->caller.roles[i];
			if (!(role->who & who))
				continue;
			if (role->association)
				return scope_of_association(call, role->association, ret);
			if (role->org ? org_by_id(call, role->org, &org) == METOD_OK
				      : root_org(call, &org))
				return scope_of_org(call, &org, ret);
		}
		return gate_not_found(call, "scope");
	}
	if (org_by_code(call, code, &org) == METOD_OK)
		return gate_reaches_org(call, who, org.id)
		    ? scope_of_org(call, &org, ret)
		    : gate_not_found(call, "scope");
	if (metod_find(call->txn, METOD_I_ASSOCIATION_CODE, &key, call->arena,
		&association) != METOD_OK)
		return gate_not_found(call, "scope");
	for (size_t i = 0; i < call->caller.n_roles; i++) {
		const struct metod_role_scope *role = &call->caller.roles[i];
		if (!(role->who & who))
			continue;
		if (role->association == association.id ||
		    (!role->association && org_within(call, association.org, role->org)))
			return scope_of_association(call, association.id, ret);
	}
	return gate_not_found(call, "scope");
}

/* The role by which the caller acts here, for the record of looks. */
static const char *acting_role(const struct metod_call *call)
{
	unsigned who = call->caller.who & call->command->who;
	for (size_t i = 0; i < metod_role_words_n; i++)
		if (metod_role_words[i].who != METOD_TEACHER &&
		    (who & metod_role_words[i].who))
			return metod_role_words[i].word;
	return "teacher";
}

void gate_look(struct metod_call *call, uint64_t person, const char *what)
{
	if (call->caller.person == person)
		return;
	/* Time first, so that a person's looks stand in order; 12 random bits keep them
	 * apart. */
	struct metod_look look = {.person = person,
	    .look = ((uint64_t)call->now_ms << 12 | (fresh_id(call) & 0xfff)) &
		((1ULL << 53) - 1),
	    .at = call->now_ms,
	    .user = call->caller.user ? call->caller.user : 1,
	    .role = metod_str(acting_role(call)),
	    .what = metod_str(what)};
	metod_record(call->txn, METOD_E_VIEWED, &look);
}

enum metod_err gate_self(struct metod_call *call, struct metod_person *ret)
{
	if (call->caller.person == 0 ||
	    person_by_id(call, call->caller.person, ret) != METOD_OK)
		return gate_not_found(call, "teacher");
	return METOD_OK;
}
