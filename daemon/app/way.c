/* SPDX-License-Identifier: Apache-2.0
 * Whose questionnaire a call is about and whether its campaign takes answers today.
 * Reads only. */
#include "flow.h"

enum { DAY_MS = 24 * 60 * 60 * 1000, MINUTE_MS = 60 * 1000 };

struct metod_str fitting(struct metod_str text, size_t most)
{
	if (text.n <= most)
		return text;
	while (most > 0 && ((unsigned char)text.p[most] & 0xc0) == 0x80)
		most--;
	return (struct metod_str){text.p, most};
}

bool wave_takes(const struct metod_call *call, const struct metod_wave *wave)
{
	return metod_str_is(wave->state, "open") && wave->start <= call->today &&
	    call->today <= wave->finish;
}

enum metod_err wave_refuses(struct metod_call *call, const struct metod_wave *wave)
{
	if (metod_str_is(wave->state, "open") && call->today < wave->start) {
		struct metod_str day =
		    metod_tr_date(call->lang, wave->start, call->arena);
		metod_fail(call->err, METOD_CLOSED, "wave", "%s: %.*s",
		    metod_tr(
			call->lang, "the questionnaire has not opened yet; it opens on"),
		    METOD_FMT(day));
		return metod_hint(call->err, "%s",
		    metod_tr(call->lang,
			"your code will work from that day, please come back then"));
	}
	metod_fail(call->err, METOD_CLOSED, "wave", "%s",
	    metod_tr(
		call->lang, "this questionnaire is over, answers are no longer taken"));
	return metod_hint(call->err, "%s",
	    metod_tr(call->lang, "ask your methodist when the next one is planned"));
}

int64_t wave_end_ms(const struct metod_call *call, const struct metod_wave *wave)
{
	return (wave->finish + 1) * DAY_MS - (int64_t)call->zone_minutes * MINUTE_MS;
}

static bool waits(const struct metod_call *call, const struct way *way)
{
	return wave_takes(call, &way->wave) &&
	    !metod_str_is(way->invitation.state, "submitted");
}

/* An account is bound to no invitation: what is still to be answered goes first, then the
 * newest.
 */
static enum metod_err newest_way(struct metod_call *call, struct way *ret)
{
	struct metod_invitation key = {.person = call->caller.person};
	struct way one = {0};
	bool any = false;

	if (key.person == 0)
		return gate_not_found(call, "invitation");
	struct metod_scan *scan =
	    metod_scan_index(call->txn, METOD_I_INVITATION_PERSON, &key, 1);
	while (next_row(scan, call->arena, &one.invitation)) {
		if (wave_by_id(call, one.invitation.wave, &one.wave) != METOD_OK)
			continue;
		bool better = !any || waits(call, &one) > waits(call, ret) ||
		    (waits(call, &one) == waits(call, ret) &&
			one.wave.start > ret->wave.start);
		if (better)
			*ret = one;
		any = true;
	}
	metod_scan_end(scan);
	return any ? METOD_OK : gate_not_found(call, "invitation");
}

enum metod_err way_of(struct metod_call *call, struct way *ret)
{
	*ret = (struct way){0};
	if (call->caller.invitation) {
		struct metod_invitation key = {.id = call->caller.invitation};
		if (metod_get(call->txn, METOD_T_INVITATION, &key, call->arena,
			&ret->invitation) != METOD_OK ||
		    wave_by_id(call, ret->invitation.wave, &ret->wave) != METOD_OK)
			return gate_not_found(call, "invitation");
	} else if (newest_way(call, ret) != METOD_OK) {
		return METOD_NOT_FOUND;
	}
	if (ret->invitation.attempt) {
		struct metod_attempt key = {.id = ret->invitation.attempt};
		enum metod_err e = metod_get(
		    call->txn, METOD_T_ATTEMPT, &key, call->arena, &ret->attempt);
		if (e != METOD_OK)
			return e;
	}
	ret->open = wave_takes(call, &ret->wave);
	return METOD_OK;
}

uint64_t session_wave(struct metod_call *call)
{
	struct metod_invitation key = {.id = call->caller.invitation}, invitation;
	if (call->caller.invitation == 0)
		return WAVE_ALL;
	if (metod_get(call->txn, METOD_T_INVITATION, &key, call->arena, &invitation) !=
	    METOD_OK)
		return UINT64_MAX; /* the wave of nothing */
	return invitation.wave;
}

enum metod_err own_profile(struct metod_call *call, struct metod_profile *ret)
{
	struct metod_profile key = {
	    .wave = session_wave(call), .person = call->caller.person};
	enum metod_err e = key.wave == WAVE_ALL
	    ? newest_profile(call, key.person, ret)
	    : metod_get(call->txn, METOD_T_PROFILE, &key, call->arena, ret);
	if (e != METOD_NOT_FOUND)
		return e;
	metod_fail(call->err, METOD_NOT_FOUND, "profile", "%s",
	    metod_tr(call->lang, "there is no result yet"));
	return metod_hint(call->err, "%s",
	    metod_tr(call->lang, "it appears as soon as you send your answers"));
}
