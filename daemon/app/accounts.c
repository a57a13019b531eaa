/* SPDX-License-Identifier: Apache-2.0
 * Accounts of staff: login, tokens, users and their roles. */
#include <string.h>

#include "keys.h"
#include "session.h"

enum {
	PASSWORD_MIN = 15,
	/* After so many wrong passwords of one Unix user for one account he may try once
	 * a second; after so many for any account, ten times a second, because each costs
	 * the pool a hash. Other Unix users do not wait for him. */
	LOGIN_FAILURES = 10,
	LOGIN_PAUSE_MS = 1000,
	PEER_FAILURES = 100,
	PEER_PAUSE_MS = 100,
	TOKEN_DAYS = 30,
	DAY_MS = 86400000
};

static enum metod_err user_by_login(
    struct metod_call *call, struct metod_str login, struct metod_user *ret)
{
	struct metod_user key = {.login = login};
	return metod_find(call->txn, METOD_I_USER_LOGIN, &key, call->arena, ret);
}

/* "methodist (M-NKB)" */
static struct metod_str role_text(struct metod_call *call, const struct metod_role *role)
{
	struct metod_org org;
	struct metod_association key = {.id = role->association}, association;
	if (role->association &&
	    metod_get(call->txn, METOD_T_ASSOCIATION, &key, call->arena, &association) ==
		METOD_OK)
		return metod_arena_printf(call->arena, "%.*s (%.*s)",
		    METOD_FMT(role->role), METOD_FMT(association.code));
	if (role->org && org_by_id(call, role->org, &org) == METOD_OK)
		return metod_arena_printf(call->arena, "%.*s (%.*s)",
		    METOD_FMT(role->role), METOD_FMT(org.code));
	return role->role;
}

static struct metod_strs role_texts(
    struct metod_call *call, const struct metod_user *user)
{
	struct metod_strs list = {
	    METOD_NEWS(call->arena, user->roles.n, struct metod_str), user->roles.n};
	for (size_t i = 0; i < user->roles.n; i++)
		list.p[i] = role_text(call, &user->roles.p[i]);
	return list;
}

/* ---- login ---- */

struct login_plan {
	struct metod_user user;
};

enum metod_err metod_prepare_login(struct metod_call *call, const void *request)
{
	const struct metod_login_req *req = request;
	struct login_plan *plan = METOD_NEW(call->arena, struct login_plan);
	struct metod_str peer =
	    metod_arena_printf(call->arena, "peer:%lld", (long long)call->uid);
	struct metod_str account = metod_arena_printf(
	    call->arena, "login:%lld:%.*s", (long long)call->uid, METOD_FMT(req->login));
	if (!may_try(call->app, peer, PEER_FAILURES, PEER_PAUSE_MS, call->now_ms) ||
	    !may_try(call->app, account, LOGIN_FAILURES, LOGIN_PAUSE_MS, call->now_ms)) {
		metod_fail(call->err, METOD_THROTTLED, "login", "%s",
		    metod_tr(call->lang, "too many attempts, wait a little"));
		return metod_hint(call->err, "%s",
		    metod_tr(call->lang, "try again in a second, or use a token"));
	}
	bool found = user_by_login(call, req->login, &plan->user) == METOD_OK &&
	    !plan->user.disabled;
	snapshot_done(call);
	/* An absent login costs the same time as a wrong password. */
	struct metod_str hash = found && plan->user.password.n
	    ? plan->user.password
	    : METOD_STR("$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
			"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
	if (!password_fits(hash, req->password) || !found) {
		count_failure(call->app, peer, call->now_ms);
		count_failure(call->app, account, call->now_ms);
		return metod_fail(call->err, METOD_LOGIN, "password", "%s",
		    metod_tr(call->lang, "login or password is wrong"));
	}
	call->plan = plan;
	return METOD_OK;
}

enum metod_err metod_do_login(struct metod_call *call, const void *request, void *reply)
{
	const struct login_plan *plan = call->plan;
	struct metod_login_rep *rep = reply;
	struct metod_user key = {.id = plan->user.id}, user;
	(void)request;
	/* The account may have been closed while the password was being checked. */
	if (metod_get(call->txn, METOD_T_USER, &key, call->arena, &user) != METOD_OK ||
	    user.disabled || user.generation != plan->user.generation)
		return METOD_LOGIN;
	rep->session =
	    staff_session(call->app, &user, call->now_ms, call->arena, &rep->expires);
	rep->roles = role_texts(call, &user);
	return METOD_OK;
}

enum metod_err metod_do_logout(struct metod_call *call, const void *request, void *reply)
{
	(void)request;
	(void)reply;
	if (metod_str_starts(call->session, "s."))
		staff_session_end(call->app, call->session);
	return METOD_OK;
}

enum metod_err metod_do_whoami(struct metod_call *call, const void *request, void *reply)
{
	struct metod_whoami_rep *rep = reply;
	struct metod_user key = {.id = call->caller.user}, user;
	struct metod_person person;
	(void)request;
	rep->demo = call->demo;
	if (call->caller.person &&
	    person_by_id(call, call->caller.person, &person) == METOD_OK)
		rep->person = person.code;
	if (call->caller.user &&
	    metod_get(call->txn, METOD_T_USER, &key, call->arena, &user) == METOD_OK) {
		rep->login = user.login;
		rep->roles = role_texts(call, &user);
	} else if (call->caller.invitation) {
		rep->roles =
		    (struct metod_strs){METOD_NEW(call->arena, struct metod_str), 1};
		rep->roles.p[0] = METOD_STR("teacher");
	}
	return METOD_OK;
}

/* ---- tokens ---- */

enum metod_err metod_do_token_issue(
    struct metod_call *call, const void *request, void *reply)
{
	const struct metod_token_req *req = request;
	struct metod_token_rep *rep = reply;
	struct metod_user user;
	uint8_t hash[32];
	if (user_by_login(call, req->login, &user) != METOD_OK || user.disabled)
		return gate_not_found(call, "login");
	struct metod_token token = {.id = fresh_id(call),
	    .user = user.id,
	    .created = call->now_ms,
	    .expires =
		call->now_ms + (int64_t)(req->days ? req->days : TOKEN_DAYS) * DAY_MS,
	    .note = req->note};
	rep->id = token.id;
	rep->token = token_text(call->app, token.id, call->arena);
	rep->expires = token.expires;
	token_hash(call->app, rep->token, hash);
	token.hash = (struct metod_str){(const char *)hash, sizeof hash};
	metod_record(call->txn, METOD_E_TOKEN_PUT, &token);
	return METOD_OK;
}

enum metod_err metod_do_token_revoke(
    struct metod_call *call, const void *request, void *reply)
{
	const struct metod_id_req *req = request;
	struct metod_token key = {.id = req->id}, token;
	(void)reply;
	if (metod_get(call->txn, METOD_T_TOKEN, &key, call->arena, &token) != METOD_OK)
		return gate_not_found(call, "token");
	token.revoked = true;
	metod_record(call->txn, METOD_E_TOKEN_PUT, &token);
	return METOD_OK;
}

enum metod_err metod_do_token_list(
    struct metod_call *call, const void *request, void *reply)
{
	static const char no_hash[32] = {0};
	struct metod_tokens_rep *rep = reply;
	struct metod_token token;
	(void)request;
	rep->rows.p = METOD_NEWS(call->arena,
	    metod_table_count(call->txn, METOD_T_TOKEN) + 1, struct metod_token);
	struct metod_scan *scan = metod_scan_table(call->txn, METOD_T_TOKEN, NULL, 0);
	while (metod_scan_next(scan, call->arena, &token) == METOD_OK)
		if (!token.revoked && call->now_ms < token.expires) {
			token.hash = (struct metod_str){no_hash, sizeof(no_hash)};
			rep->rows.p[rep->rows.n++] = token;
		}
	return METOD_OK;
}

/* ---- users ---- */

/* Scope of a role: empty is the whole territory. */
static enum metod_err read_scope(
    struct metod_call *call, struct metod_str code, struct metod_role *ret)
{
	struct metod_org org;
	struct metod_association key = {.code = code}, association;
	bool needs_association = metod_str_is(ret->role, "head");
	if (code.n == 0)
		return needs_association
		    ? metod_fail(call->err, METOD_MISSING, "in", "%s",
			  metod_tr(call->lang,
			      "a head of an association needs --in ASSOCIATION"))
		    : METOD_OK;
	if (!needs_association && org_by_code(call, code, &org) == METOD_OK)
		ret->org = org.id;
	else if (metod_find(call->txn, METOD_I_ASSOCIATION_CODE, &key, call->arena,
		     &association) == METOD_OK)
		ret->association = association.id;
	else
		return gate_not_found(call, "in");
	return METOD_OK;
}

static enum metod_err read_role(struct metod_call *call, struct metod_str word,
    struct metod_str in, struct metod_role *ret)
{
	*ret = (struct metod_role){.role = word};
	if (metod_role_from_word(word) == 0 ||
	    metod_role_from_word(word) == METOD_GUEST) {
		metod_fail(call->err, METOD_RANGE, "role",
		    metod_tr(call->lang, "no such role: %.*s"), METOD_FMT(word));
		return metod_hint(call->err, "%s",
		    "teacher mentor head deputy methodist coordinator analyst admin");
	}
	return read_scope(call, in, ret);
}

struct user_plan {
	struct metod_str password;
};

enum metod_err metod_prepare_user_add(struct metod_call *call, const void *request)
{
	const struct metod_user_add_req *req = request;
	struct user_plan *plan = METOD_NEW(call->arena, struct user_plan);
	call->plan = plan;
	if (req->password.n == 0)
		return METOD_OK;
	if (metod_utf8_count(req->password) < PASSWORD_MIN)
		return metod_fail(call->err, METOD_RANGE, "password", "%s",
		    metod_tr(call->lang, "a password has at least 15 signs"));
	snapshot_done(call);
	plan->password = password_hash(req->password, call->arena);
	return METOD_OK;
}

enum metod_err metod_do_user_add(
    struct metod_call *call, const void *request, void *reply)
{
	const struct metod_user_add_req *req = request;
	const struct user_plan *plan = call->plan;
	struct metod_done_rep *rep = reply;
	struct metod_user user = {.id = fresh_id(call),
			      .login = req->login,
			      .uid = req->uid,
			      .password = plan ? plan->password : (struct metod_str){0},
			      .generation = 1},
			  other;
	struct metod_person person;
	struct metod_role role;
	if (user_by_login(call, req->login, &other) == METOD_OK)
		return metod_fail(call->err, METOD_CONFLICT, "login", "%s",
		    metod_tr(call->lang, "this login exists already"));
	if (req->uid != METOD_NIL &&
	    metod_find(call->txn, METOD_I_USER_UID, &user, call->arena, &other) ==
		METOD_OK)
		return metod_fail(call->err, METOD_CONFLICT, "uid", "%s",
		    metod_tr(call->lang, "this Unix user already has a login"));
	if (req->person.n) {
		if (person_by_code(call, req->person, &person) != METOD_OK)
			return gate_not_found(call, "person");
		user.person = person.id;
	}
	if (req->role.n) {
		enum metod_err e = read_role(call, req->role, req->in, &role);
		if (e != METOD_OK)
			return e;
		user.roles.p = &role;
		user.roles.n = 1;
	}
	metod_record(call->txn, METOD_E_USER_PUT, &user);
	rep->code = req->login;
	rep->note = metod_str(user.roles.n
		? metod_tr(call->lang,
		      "Next: a way to enter (token issue), unless a password or Unix user was given.")
		: metod_tr(call->lang,
		      "Next: a role (user role); without one nothing is open."));
	return METOD_OK;
}

/* The last administrator keeps his role: otherwise nobody could give it back. */
static bool last_admin(struct metod_call *call, uint64_t except)
{
	struct metod_user user;
	bool other = false;
	struct metod_scan *scan = metod_scan_table(call->txn, METOD_T_USER, NULL, 0);
	while (!other && metod_scan_next(scan, call->arena, &user) == METOD_OK)
		for (size_t i = 0; i < user.roles.n; i++)
			other |= user.id != except && !user.disabled &&
			    metod_str_is(user.roles.p[i].role, "admin");
	metod_scan_end(scan);
	return !other;
}

static bool has_role(const struct metod_user *user, const char *word)
{
	for (size_t i = 0; i < user->roles.n; i++)
		if (metod_str_is(user->roles.p[i].role, word))
			return true;
	return false;
}

static enum metod_err keep_an_admin(
    struct metod_call *call, const struct metod_user *user)
{
	if (has_role(user, "admin") && last_admin(call, user->id))
		return metod_fail(call->err, METOD_CONFLICT, "role", "%s",
		    metod_tr(call->lang, "this is the last administrator"));
	return METOD_OK;
}

enum metod_err metod_do_user_role(
    struct metod_call *call, const void *request, void *reply)
{
	const struct metod_user_role_req *req = request;
	struct metod_user user;
	struct metod_role role;
	(void)reply;
	if (user_by_login(call, req->login, &user) != METOD_OK)
		return gate_not_found(call, "login");
	enum metod_err e = read_role(call, req->role, req->in, &role);
	if (e == METOD_OK && req->remove && metod_str_is(req->role, "admin"))
		e = keep_an_admin(call, &user);
	if (e != METOD_OK)
		return e;
	struct metod_role *roles =
	    METOD_NEWS(call->arena, user.roles.n + 1, struct metod_role);
	size_t n = 0;
	for (size_t i = 0; i < user.roles.n; i++) {
		const struct metod_role *old = &user.roles.p[i];
		bool same = metod_str_eq(old->role, role.role) && old->org == role.org &&
		    old->association == role.association;
		if (!same)
			roles[n++] = *old;
	}
	if (!req->remove)
		roles[n++] = role;
	if (n > 16)
		return metod_fail(call->err, METOD_RANGE, "role", "%s",
		    metod_tr(call->lang, "a user has at most 16 roles"));
	user.roles.p = roles;
	user.roles.n = n;
	metod_record(call->txn, METOD_E_USER_PUT, &user);
	return METOD_OK;
}

enum metod_err metod_do_user_disable(
    struct metod_call *call, const void *request, void *reply)
{
	const struct metod_code_req *req = request;
	struct metod_user user;
	(void)reply;
	if (user_by_login(call, req->code, &user) != METOD_OK)
		return gate_not_found(call, "login");
	enum metod_err e = keep_an_admin(call, &user);
	if (e != METOD_OK)
		return e;
	user.disabled = true;
	user.generation++; /* sessions of the old generation end with the commit */
	metod_record(call->txn, METOD_E_USER_PUT, &user);
	return METOD_OK;
}

enum metod_err metod_do_user_list(
    struct metod_call *call, const void *request, void *reply)
{
	struct metod_users_rep *rep = reply;
	struct metod_user user;
	struct metod_person person;
	(void)request;
	rep->rows.p = METOD_NEWS(call->arena,
	    metod_table_count(call->txn, METOD_T_USER) + 1, struct metod_user_row);
	struct metod_scan *scan =
	    metod_scan_index(call->txn, METOD_I_USER_LOGIN, NULL, 0);
	while (metod_scan_next(scan, call->arena, &user) == METOD_OK) {
		struct metod_user_row *row = &rep->rows.p[rep->rows.n++];
		*row = (struct metod_user_row){.login = user.login,
		    .roles = role_texts(call, &user),
		    .disabled = user.disabled};
		if (user.person && person_by_id(call, user.person, &person) == METOD_OK)
			row->person = person.code;
	}
	return METOD_OK;
}
