/* SPDX-License-Identifier: Apache-2.0
 * Sessions. A respondent's is a text with a MAC: no state, so that thousands cost nothing
 * and a restart loses none. A staff session is random, kept hashed in memory, and ends
 * with the process; access tokens (stored) are for those who must outlive it. */
#include "session.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "keys.h"

enum {
	STAFF_MAX = 4096,
	STAFF_IDLE_MS = 30 * 60 * 1000,
	STAFF_ABSOLUTE_MS = 12 * 60 * 60 * 1000,
	SOURCES_MAX = 4096,
	SOURCE_PLACES = 8, /* where one source may stand */
	HOUR_MS = 60 * 60 * 1000,
	RESPONDENT_BYTES = 26, /* version, flags, invitation, generation, expiry */
	MAC_BYTES = 16,
};

struct staff {
	uint8_t hash[32];
	uint64_t user, generation;
	int64_t begun_ms, used_ms;
};
struct source {
	uint64_t hash;
	int64_t since_ms, tried_ms;
	unsigned failures;
};
struct metod_sessions {
	pthread_mutex_t lock;
	struct staff staff[STAFF_MAX];
	size_t n_staff;
	struct source sources[SOURCES_MAX];
};

struct metod_sessions *sessions_new(void)
{
	struct metod_sessions *sessions = metod_xcalloc(1, sizeof *sessions);
	pthread_mutex_init(&sessions->lock, NULL);
	return sessions;
}

void sessions_free(struct metod_sessions *sessions)
{
	if (!sessions)
		return;
	pthread_mutex_destroy(&sessions->lock);
	free(sessions);
}

static bool staff_ended(const struct staff *one, int64_t now_ms)
{
	return now_ms - one->used_ms > STAFF_IDLE_MS ||
	    now_ms - one->begun_ms > STAFF_ABSOLUTE_MS;
}

void sessions_tick(struct metod_sessions *sessions, int64_t now_ms)
{
	pthread_mutex_lock(&sessions->lock);
	size_t kept = 0;
	for (size_t i = 0; i < sessions->n_staff; i++)
		if (!staff_ended(&sessions->staff[i], now_ms))
			sessions->staff[kept++] = sessions->staff[i];
	sessions->n_staff = kept;
	pthread_mutex_unlock(&sessions->lock);
}

struct metod_str staff_session(struct metod_app *app, const struct metod_user *user,
    int64_t now_ms, struct metod_arena *arena, int64_t *ret_expires_ms)
{
	uint8_t secret[32];
	struct staff one = {.user = user->id,
	    .generation = user->generation,
	    .begun_ms = now_ms,
	    .used_ms = now_ms};
	random_bytes(secret, sizeof secret);
	struct metod_str text = metod_arena_printf(
	    arena, "s.%.64s", hex_text(secret, sizeof secret, arena).p);
	keyed_hash(app->keys, "session", text.p, text.n, one.hash);
	struct metod_sessions *all = app->sessions;
	pthread_mutex_lock(&all->lock);
	if (all->n_staff == STAFF_MAX) { /* the longest unused gives way */
		size_t oldest = 0;
		for (size_t i = 1; i < all->n_staff; i++)
			if (all->staff[i].used_ms < all->staff[oldest].used_ms)
				oldest = i;
		all->staff[oldest] = all->staff[--all->n_staff];
	}
	all->staff[all->n_staff++] = one;
	pthread_mutex_unlock(&all->lock);
	*ret_expires_ms = now_ms + STAFF_ABSOLUTE_MS;
	return text;
}

static struct staff *find_staff(struct metod_app *app, struct metod_str session)
{
	uint8_t hash[32];
	keyed_hash(app->keys, "session", session.p, session.n, hash);
	for (size_t i = 0; i < app->sessions->n_staff; i++)
		if (equal_secret(app->sessions->staff[i].hash, hash, sizeof hash))
			return &app->sessions->staff[i];
	return NULL;
}

bool staff_session_user(struct metod_app *app, struct metod_str session, int64_t now_ms,
    uint64_t *ret_user, uint64_t *ret_generation)
{
	pthread_mutex_lock(&app->sessions->lock);
	struct staff *one = find_staff(app, session);
	bool ok = one && !staff_ended(one, now_ms);
	if (ok) {
		one->used_ms = now_ms;
		*ret_user = one->user;
		*ret_generation = one->generation;
	}
	pthread_mutex_unlock(&app->sessions->lock);
	return ok;
}

void staff_session_end(struct metod_app *app, struct metod_str session)
{
	pthread_mutex_lock(&app->sessions->lock);
	struct staff *one = find_staff(app, session);
	if (one)
		*one = app->sessions->staff[--app->sessions->n_staff];
	pthread_mutex_unlock(&app->sessions->lock);
}

void staff_sessions_end_of(struct metod_app *app, uint64_t user)
{
	pthread_mutex_lock(&app->sessions->lock);
	for (size_t i = app->sessions->n_staff; i-- > 0;)
		if (app->sessions->staff[i].user == user)
			app->sessions->staff[i] =
			    app->sessions->staff[--app->sessions->n_staff];
	pthread_mutex_unlock(&app->sessions->lock);
}

/* ---- respondents ---- */

static void put_be(uint8_t *to, size_t n, uint64_t value)
{
	for (size_t i = n; i-- > 0; value >>= 8)
		to[i] = (uint8_t)value;
}

static uint64_t get_be(const uint8_t *from, size_t n)
{
	uint64_t value = 0;
	for (size_t i = 0; i < n; i++)
		value = value << 8 | from[i];
	return value;
}

struct metod_str respondent_session(struct metod_app *app,
    const struct metod_invitation *invitation, bool result, int64_t expires_ms,
    struct metod_arena *arena)
{
	uint8_t bytes[RESPONDENT_BYTES + MAC_BYTES], mac[32];
	bytes[0] = 1;
	bytes[1] = result;
	put_be(bytes + 2, 8, invitation->id);
	put_be(bytes + 10, 8, invitation->generation);
	put_be(bytes + 18, 8, (uint64_t)expires_ms);
	keyed_hash(app->keys, "respondent", bytes, RESPONDENT_BYTES, mac);
	memcpy(bytes + RESPONDENT_BYTES, mac, MAC_BYTES);
	struct metod_str hex = hex_text(bytes, sizeof bytes, arena);
	return metod_arena_printf(arena, "r.%.*s", METOD_FMT(hex));
}

bool respondent_session_read(struct metod_app *app, struct metod_str session,
    int64_t now_ms, struct respondent *ret)
{
	uint8_t bytes[RESPONDENT_BYTES + MAC_BYTES], mac[32];
	if (!metod_str_starts(session, "r."))
		return false;
	struct metod_str hex = {session.p + 2, session.n - 2};
	if (!hex_bytes(hex, bytes, sizeof bytes) || bytes[0] != 1)
		return false;
	keyed_hash(app->keys, "respondent", bytes, RESPONDENT_BYTES, mac);
	if (!equal_secret(mac, bytes + RESPONDENT_BYTES, MAC_BYTES))
		return false;
	ret->result = bytes[1] != 0;
	ret->invitation = get_be(bytes + 2, 8);
	ret->generation = get_be(bytes + 10, 8);
	ret->expires_ms = (int64_t)get_be(bytes + 18, 8);
	return now_ms < ret->expires_ms;
}

/* ---- failures ---- */

/* A fixed table: a new source takes the place of one whose hour is over, else of the one
 * with the fewest failures. So a crowd of sources with one failure each does not make the
 * failures of another forgotten. */
static struct source *source_of(
    struct metod_app *app, struct metod_str name, int64_t now_ms)
{
	uint64_t hash = metod_hash64((uint64_t)app->started_ms, name.p, name.n);
	struct source *places =
	    &app->sessions->sources[hash % (SOURCES_MAX / SOURCE_PLACES) * SOURCE_PLACES];
	struct source *weakest = places;
	for (size_t i = 0; i < SOURCE_PLACES; i++) {
		struct source *one = &places[i];
		if (now_ms - one->since_ms > HOUR_MS)
			*one = (struct source){.since_ms = now_ms};
		if (one->hash == hash)
			return one;
		if (one->failures < weakest->failures)
			weakest = one;
	}
	*weakest = (struct source){.hash = hash, .since_ms = now_ms};
	return weakest;
}

void count_failure(struct metod_app *app, struct metod_str source, int64_t now_ms)
{
	pthread_mutex_lock(&app->sessions->lock);
	source_of(app, source, now_ms)->failures++;
	pthread_mutex_unlock(&app->sessions->lock);
}

unsigned failures_of(struct metod_app *app, struct metod_str source, int64_t now_ms)
{
	pthread_mutex_lock(&app->sessions->lock);
	unsigned failures = source_of(app, source, now_ms)->failures;
	pthread_mutex_unlock(&app->sessions->lock);
	return failures;
}

bool may_try(struct metod_app *app, struct metod_str source, unsigned most,
    int64_t pause_ms, int64_t now_ms)
{
	pthread_mutex_lock(&app->sessions->lock);
	struct source *one = source_of(app, source, now_ms);
	int64_t since = now_ms - one->tried_ms;
	/* A clock that was set back must not keep anybody out. */
	bool may = one->failures < most || since >= pause_ms || since < 0;
	if (may)
		one->tried_ms = now_ms;
	pthread_mutex_unlock(&app->sessions->lock);
	return may;
}
