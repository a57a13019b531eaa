/* SPDX-License-Identifier: Apache-2.0
 * Entering with an invitation code, and the PIN that opens a result elsewhere.
 * A printed code opens the questionnaire; only the PIN, or the browser that sent the
 * answers, opens a result. Guesses are counted by source and by invitation; a right code
 * enters at any time. */
#include "flow.h"

enum { PIN_LEAST = 4, PIN_MOST = 32 };

struct entry {
	struct metod_invitation invitation;
	bool pin_needed, pin_fits;
};

/* ---- PIN ---- */

enum metod_err pin_check(struct metod_call *call, struct metod_str pin)
{
	bool fits =
	    pin.n >= PIN_LEAST && pin.n <= PIN_MOST && metod_utf8_count(pin) >= PIN_LEAST;
	for (size_t i = 0; fits && i < pin.n; i++) {
		unsigned char c = (unsigned char)pin.p[i];
		fits = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
		    (c >= 'a' && c <= 'z') || c >= 0x80;
	}
	if (fits)
		return METOD_OK;
	metod_fail(call->err, METOD_RANGE, "pin", "%s",
	    metod_tr(call->lang, "a PIN is 4 to 32 digits or letters, without spaces"));
	return metod_hint(call->err, "%s",
	    metod_tr(call->lang, "choose one that is easy for you and hard for others"));
}

enum metod_err metod_prepare_pin_set(struct metod_call *call, const void *request)
{
	const struct metod_pin_req *req = request;
	enum metod_err e = pin_check(call, req->pin);
	if (e != METOD_OK)
		return e;
	struct metod_str *hash = METOD_NEW(call->arena, struct metod_str);
	snapshot_done(call);
	*hash = password_hash(req->pin, call->arena);
	call->plan = hash;
	return METOD_OK;
}

enum metod_err metod_do_pin_set(struct metod_call *call, const void *request, void *reply)
{
	struct metod_done_rep *rep = reply;
	const struct metod_str *hash = call->plan;
	struct way way;
	(void)request;

	enum metod_err e = way_of(call, &way);
	if (e != METOD_OK)
		return e;
	if (!hash)
		return METOD_FAILED;
	way.invitation.pin = *hash;
	metod_record(call->txn, METOD_E_INVITATION_PUT, &way.invitation);
	rep->note = metod_str(metod_tr(call->lang,
	    "The PIN is set: your code together with it opens your result in any browser."));
	return METOD_OK;
}

/* ---- the code ---- */

static struct metod_str source_of(
    const struct metod_call *call, const struct metod_enter_req *req)
{
	/* Only the web process knows addresses; whoever is on the machine is one source.
	 */
	return call->web && req->source.n ? req->source : METOD_STR("local");
}

static enum metod_err throttled(struct metod_call *call, const char *field)
{
	metod_fail(call->err, METOD_THROTTLED, field, "%s",
	    metod_tr(call->lang, "too many attempts, wait a little"));
	return metod_hint(
	    call->err, "%s", metod_tr(call->lang, "please try again in an hour"));
}

static enum metod_err unknown_code(
    struct metod_call *call, const struct metod_enter_req *req)
{
	struct metod_str source = source_of(call, req);
	if (failures_of(call->app, source, call->now_ms) >= METOD_CODE_FAILURES)
		return throttled(call, "code");
	count_failure(call->app, source, call->now_ms);
	metod_fail(call->err, METOD_NOT_FOUND, "code", "%s",
	    metod_tr(call->lang, "there is no such code"));
	return metod_hint(call->err, "%s",
	    metod_tr(call->lang,
		"check the 13 signs on your slip; case, spaces and dashes do not matter"));
}

static bool find_code(
    struct metod_call *call, struct metod_str typed, struct metod_invitation *ret)
{
	struct metod_str code;
	uint8_t hash[32];
	if (!normalise_code(typed, call->arena, &code))
		return false;
	invitation_code_hash(call->app, code, hash);
	struct metod_invitation key = {.hash = {(const char *)hash, sizeof hash}};
	return metod_find(call->txn, METOD_I_INVITATION_HASH, &key, call->arena, ret) ==
	    METOD_OK &&
	    ret->hash.n == sizeof hash && equal_secret(ret->hash.p, hash, sizeof hash) &&
	    !metod_str_is(ret->state, "revoked");
}

/* Slow: the snapshot is given back first. */
static enum metod_err try_pin(
    struct metod_call *call, struct metod_str pin, struct entry *entry)
{
	struct metod_str source = metod_arena_printf(
	    call->arena, "pin:%llu", (unsigned long long)entry->invitation.id);
	if (failures_of(call->app, source, call->now_ms) >= METOD_PIN_FAILURES)
		return throttled(call, "pin");
	snapshot_done(call);
	if (password_fits(entry->invitation.pin, pin)) {
		entry->pin_fits = true;
		return METOD_OK;
	}
	count_failure(call->app, source, call->now_ms);
	metod_fail(call->err, METOD_PIN, "pin", "%s",
	    metod_tr(call->lang, "this PIN does not fit"));
	return metod_hint(call->err, "%s",
	    metod_tr(call->lang,
		"if you have forgotten it, your methodist can give you a new code"));
}

enum metod_err metod_prepare_session_enter(struct metod_call *call, const void *request)
{
	const struct metod_enter_req *req = request;
	struct entry *entry = METOD_NEW(call->arena, struct entry);

	if (!find_code(call, req->code, &entry->invitation))
		return unknown_code(call, req);
	call->plan = entry;
	if (entry->invitation.pin.n == 0)
		return METOD_OK;
	entry->pin_needed = req->pin.n == 0;
	return entry->pin_needed ? METOD_OK : try_pin(call, req->pin, entry);
}

/* Was the code replaced or the PIN changed between the two phases? */
static bool still_same(
    const struct metod_invitation *seen, const struct metod_invitation *now)
{
	return seen->generation == now->generation && metod_str_eq(seen->pin, now->pin) &&
	    !metod_str_is(now->state, "revoked");
}

enum metod_err metod_do_session_enter(
    struct metod_call *call, const void *request, void *reply)
{
	struct metod_enter_rep *rep = reply;
	const struct entry *entry = call->plan;
	struct metod_invitation now;
	struct metod_wave wave;

	if (!entry)
		return METOD_FAILED;
	if (metod_get(call->txn, METOD_T_INVITATION, &entry->invitation, call->arena,
		&now) != METOD_OK ||
	    !still_same(&entry->invitation, &now))
		return unknown_code(call, request);
	enum metod_err e = wave_by_id(call, now.wave, &wave);
	if (e != METOD_OK)
		return e;
	bool sent = metod_str_is(now.state, "submitted");
	if (!sent && !wave_takes(call, &wave))
		return wave_refuses(call, &wave);
	rep->state = now.state;
	rep->until = wave.finish;
	rep->pin_needed = entry->pin_needed;
	if (entry->pin_needed)
		return METOD_OK;
	rep->session = respondent_session(call->app, &now, entry->pin_fits,
	    sent ? call->now_ms + RESULT_SESSION_MS : wave_end_ms(call, &wave),
	    call->arena);
	struct metod_attempt key = {.id = now.attempt}, attempt;
	if (now.attempt &&
	    metod_get(call->txn, METOD_T_ATTEMPT, &key, call->arena, &attempt) ==
		METOD_OK)
		rep->shared = attempt.shared;
	return METOD_OK;
}
