/* SPDX-License-Identifier: Apache-2.0
 * What the use cases of daemon/app share: handler signatures, the gate's object checks,
 * ids, words. Every look at another person's data goes through gate_look(). */
#pragma once

#include <stdatomic.h>

#include "metod/app.h"
#include "metod/log.h"
#include "metod/match.h"
#include "metod/score.h"
#include "metod/smallgroup.h"
#include "metod/words.h"

/* ---- handlers: one per command, named by the function suffix of METOD_COMMANDS ----
 * req and rep are records of the command (rep zeroed, METOD_NIL set). A handler reads
 * call->txn, decides, records events with metod_record(), fills rep in call->arena and
 * returns METOD_OK; any other return records nothing. It may run again from the start. */
#define METOD_HANDLER_PROTO(number, name, who, mode, req, rep, fn, summary)              \
	enum metod_err metod_do_##fn(                                                    \
	    struct metod_call *call, const void *request, void *reply);
METOD_COMMANDS(METOD_HANDLER_PROTO)
#undef METOD_HANDLER_PROTO

/* PREPARE commands: runs first, in the compute pool, on a snapshot (call->txn is a read
 * transaction); copies what it needs, computes, and leaves call->plan. Records nothing.
 */
#define METOD_PREPARE_COMMANDS(L)                                                        \
	L(login)                                                                         \
	L(user_add)                                                                      \
	L(session_enter)                                                                 \
	L(attempt_start) L(pin_set) L(wave_publish) L(route_build) L(mentor_suggest)
#define METOD_PREPARE_PROTO(fn)                                                          \
	enum metod_err metod_prepare_##fn(struct metod_call *call, const void *request);
METOD_PREPARE_COMMANDS(METOD_PREPARE_PROTO)
#undef METOD_PREPARE_PROTO

struct metod_app {
	struct metod_app_config config;
	struct metod_store *store;
	struct metod_runner runner;
	struct metod_secrets *keys; /* keys.c */
	struct metod_sessions
	    *sessions; /* sessions.c: staff sessions, failure counters; own lock */
	struct metod_stages *stages; /* import.c: staged rows; writer thread only */
	struct metod_frozen *frozen; /* frozen.c: decoded forms and frameworks */
	int64_t started_ms;
	uint64_t generation; /* of the store: part of every receipt */
	atomic_bool compacting;
	int64_t inline_now_ms; /* clock of the waiting form of a call */
};

/* ---- keys.c: the only place that sees key material ---- */
/* 32-byte keyed hash (BLAKE2b) for a purpose: "code", "token", "session", "pin". */
void keyed_hash(const struct metod_secrets *keys, const char *purpose, const void *bytes,
    size_t n, uint8_t ret[32]);
bool equal_secret(const void *a, const void *b, size_t n); /* constant time */
/* Invitation code of (invitation, generation): 13 base32 signs XXXX-XXXX-XXXXX; and its
 * stored hash. */
struct metod_str invitation_code(struct metod_app *app, uint64_t invitation,
    uint64_t generation, struct metod_arena *arena);
void invitation_code_hash(struct metod_app *app, struct metod_str code, uint8_t ret[32]);
/* Forgiving input: case, spaces, dashes, O/0, I/1, Cyrillic look-alikes. False when not a
 * code. */
bool normalise_code(
    struct metod_str typed, struct metod_arena *arena, struct metod_str *ret);
/* Argon2id of a password or PIN; slow: compute pool only. */
struct metod_str password_hash(struct metod_str password, struct metod_arena *arena);
bool password_fits(struct metod_str hash, struct metod_str password);
/* Fills 32 random bytes. */
void random_bytes(void *to, size_t n);

/* ---- session.c ---- */
/* Respondent: text with MAC over invitation, generation, result flag and last day; no
 * state. */
struct metod_str respondent_session(struct metod_app *app,
    const struct metod_invitation *invitation, bool result, int64_t expires_ms,
    struct metod_arena *arena);
/* Staff: random, kept in memory hashed; idle 30 min, absolute 12 h. */
struct metod_str staff_session(struct metod_app *app, const struct metod_user *user,
    int64_t now_ms, struct metod_arena *arena, int64_t *ret_expires_ms);
void staff_session_end(struct metod_app *app, struct metod_str session);
void staff_sessions_end_of(struct metod_app *app, uint64_t user);
/* Failures of a source (address or login) within the last hour, counted and asked. */
void count_failure(struct metod_app *app, struct metod_str source, int64_t now_ms);
unsigned failures_of(struct metod_app *app, struct metod_str source, int64_t now_ms);
/* May this source try a secret once more? After `most` failures within an hour one try in
 * pause_ms may: whoever knows the secret is never locked out, and guessing stays slow. */
bool may_try(struct metod_app *app, struct metod_str source, unsigned most,
    int64_t pause_ms, int64_t now_ms);

/* ---- gate.c: may this caller do this to this object? ----
 * All return METOD_NOT_FOUND with the same body for "absent" and "not yours". */
/* Fills call->caller from origin and session/token text. METOD_LOGIN when the text is not
 * in force. */
enum metod_err gate_identify(struct metod_call *call, const struct metod_peer *origin);
/* Role against the command's `who`: METOD_DENIED (a role is no secret), METOD_LOGIN for
 * guests. */
enum metod_err gate_command(struct metod_call *call);
/* "not found" for this kind of object ("teacher", "organisation", "wave", ...); the one
 * body. */
enum metod_err gate_not_found(struct metod_call *call, const char *field);
/* Does one of the caller's roles in `who` reach this organisation (role's org is it or an
 * ancestor)? */
bool gate_reaches_org(struct metod_call *call, unsigned who, uint64_t org);
/* Person inside the scope of one of the roles in `who` (by org, or as a member of the
 * association). */
bool gate_reaches_person(
    struct metod_call *call, unsigned who, const struct metod_person *person);
/* Lookups by code that obey the scope of the roles in `who`. */
enum metod_err gate_org(
    struct metod_call *call, unsigned who, struct metod_str code, struct metod_org *ret);
enum metod_err gate_person(struct metod_call *call, unsigned who, struct metod_str code,
    struct metod_person *ret);
/* Wave by code: visible when the caller's scope overlaps the wave's organisation (either
 * contains the other). For managing (close, publish, invite) the role must contain the
 * wave's organisation. */
enum metod_err gate_wave(struct metod_call *call, unsigned who, struct metod_str code,
    bool manage, struct metod_wave *ret);
/* The scope of an aggregate: "" = the caller's own single scope. kind: territory
 * municipality org association. NOT_FOUND outside the caller's reach. */
struct metod_scope {
	const char *kind;
	uint64_t id;
	struct metod_str name;
	uint64_t org; /* organisation that gives access; 0 for an association */
};
enum metod_err gate_scope(struct metod_call *call, unsigned who, struct metod_str code,
    struct metod_scope *ret);
/* Records that the caller looked at a person's data (committed before the answer). No
 * event when the person looks at himself. `what` is a fixed word: roster profile route
 * mentee data invitation. */
void gate_look(struct metod_call *call, uint64_t person, const char *what);
/* The person himself: caller.person; NOT_FOUND when there is none. */
enum metod_err gate_self(struct metod_call *call, struct metod_person *ret);

/* ---- lookup.c: small reads many use cases need ---- */
enum metod_err org_by_id(struct metod_call *call, uint64_t id, struct metod_org *ret);
enum metod_err org_by_code(
    struct metod_call *call, struct metod_str code, struct metod_org *ret);
enum metod_err person_by_id(
    struct metod_call *call, uint64_t id, struct metod_person *ret);
enum metod_err person_by_code(
    struct metod_call *call, struct metod_str code, struct metod_person *ret);
enum metod_err wave_by_id(struct metod_call *call, uint64_t id, struct metod_wave *ret);
enum metod_err wave_by_code(
    struct metod_call *call, struct metod_str code, struct metod_wave *ret);
/* Newest wave in which this person has a profile; NOT_FOUND when none. */
enum metod_err newest_profile(
    struct metod_call *call, uint64_t person, struct metod_profile *ret);
bool invitation_of(struct metod_call *call, uint64_t wave, uint64_t person,
    struct metod_invitation *ret);
enum metod_err newest_route(
    struct metod_call *call, uint64_t person, struct metod_route *ret);
/* Form, framework, parameter set of a wave. */
enum metod_err wave_form(
    struct metod_call *call, const struct metod_wave *wave, struct metod_form *ret);
int version_cmp(struct metod_str a, struct metod_str b); /* "0.9" before "0.10" */
/* id: "kdp-ped-1@0.1" (a wave freezes it so) or "kdp-ped-1" (the newest). */
enum metod_err framework_of(
    struct metod_call *call, struct metod_str id, struct metod_framework *ret);
enum metod_err wave_paramset(
    struct metod_call *call, const struct metod_wave *wave, struct metod_paramset *ret);
const struct metod_competency *competency_of(
    const struct metod_framework *framework, struct metod_str id);
size_t competency_index(
    const struct metod_framework *framework, struct metod_str id); /* SIZE_MAX none */
struct metod_meta *store_meta(struct metod_call *call);            /* in call->arena */
/* Is `org` the same as, or below, `ancestor`? ancestor 0: the whole territory. */
bool org_within(struct metod_call *call, uint64_t org, uint64_t ancestor);
/* All organisations at or below `root` (0: all), as a sorted id list. */
struct metod_u64s orgs_below(struct metod_call *call, uint64_t root);
/* Municipality of an organisation: itself or the nearest ancestor of kind "municipality";
 * else the root. */
uint64_t municipality_of(struct metod_call *call, uint64_t org);
/* «молодой специалист»: birth year within meta.young_age (inclusive) and hired less than
 * meta.young_years ago, on call->today. Unknown dates: false. */
bool young_specialist(struct metod_call *call, const struct metod_person *person);
/* Latest grant of this act that is in force (not revoked, not past `until`); false: none.
 */
bool grant_in_force(
    struct metod_call *call, uint64_t person, const char *act, struct metod_grant *ret);
/* The snapshot of a prepare() may be let go early, before long computing: call->txn
 * becomes NULL. */
void snapshot_done(struct metod_call *call);
/* Fresh random id below 2^53, never 0. */
uint64_t fresh_id(struct metod_call *call);
bool strs_have(struct metod_strs list, struct metod_str word);
struct metod_str str_list(
    struct metod_call *call, struct metod_strs list, const char *sep);

/* ---- words of words.h (words.c) ---- */
/* "one of: ..." with the words of the set, translated. */
const char *one_of_words(struct metod_call *call, enum metod_word_set set);
unsigned formats_mask(
    struct metod_strs formats); /* METOD_FORMAT_*; empty list: all three */

/* ---- views shared by teacher, methodist and mentor ---- */
/* One row of a profile in people's words (profile.c). */
void area_view(struct metod_call *call, const struct metod_framework *framework,
    const struct metod_profile_cell *cell, struct metod_area *ret);
/* Route steps with titles; themes empty: all; else only steps that serve one of them
 * (route.c). */
enum metod_err route_rows(struct metod_call *call, const struct metod_route *route,
    struct metod_strs themes, struct metod_route_row **ret_rows, size_t *ret_n);
/* Why this pair, never more than the acts opened (mentor.c). */
struct metod_str pair_reason(
    struct metod_call *call, const struct metod_pair *pair, struct metod_strs themes);
/* Computes the profile of one sheet, quantised (measure.c). Pure but for reading records
 * given and keeping what it made ready of them. */
enum metod_err compute_profile(struct metod_call *call, const struct metod_wave *wave,
    const struct metod_form *form, const struct metod_framework *framework,
    const struct metod_paramset *paramset, const struct metod_submission *sheet,
    struct metod_profile *ret);
