/* SPDX-License-Identifier: Apache-2.0
 * Forms, versioned frameworks and parameter sets never change once stored, and every page
 * needs them: they are decoded once and kept for the life of the process. Any thread. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "frozen.h"

enum { MINUTES_MAX = 16, MINUTES_MS = 60000 };
enum {
	FROZEN_MAX = 256
}; /* more than a service ever loads; beyond it rows are read each time */

struct metod_frozen {
	pthread_mutex_t lock;
	struct metod_arena *arena;
	struct {
		enum metod_table table;
		struct metod_str id, version;
		const void *record;
	} rows[FROZEN_MAX];
	size_t n;
	struct {
		uint64_t wave, minutes;
		int64_t at_ms;
	} minutes[MINUTES_MAX];
};

struct metod_frozen *frozen_new(void)
{
	struct metod_frozen *frozen = metod_xcalloc(1, sizeof *frozen);
	pthread_mutex_init(&frozen->lock, NULL);
	frozen->arena = metod_arena_new();
	return frozen;
}

void frozen_free(struct metod_frozen *frozen)
{
	if (!frozen)
		return;
	metod_arena_free(frozen->arena);
	pthread_mutex_destroy(&frozen->lock);
	free(frozen);
}

static const void *find(const struct metod_frozen *frozen, enum metod_table table,
    struct metod_str id, struct metod_str version)
{
	for (size_t i = 0; i < frozen->n; i++)
		if (frozen->rows[i].table == table &&
		    metod_str_eq(frozen->rows[i].id, id) &&
		    metod_str_eq(frozen->rows[i].version, version))
			return frozen->rows[i].record;
	return NULL;
}

enum metod_err frozen_get(struct metod_call *call, enum metod_table table,
    const struct metod_desc *desc, struct metod_str id, struct metod_str version,
    const void *key, void *ret)
{
	struct metod_frozen *frozen = call->app->frozen;
	enum metod_err e = METOD_OK;
	pthread_mutex_lock(&frozen->lock);
	const void *known = find(frozen, table, id, version);
	if (!known && frozen->n < FROZEN_MAX) {
		/* A row of the running batch may still be undone, so the writer reads but
		 * does not keep. */
		struct metod_arena *arena =
		    metod_txn_writes(call->txn) ? call->arena : frozen->arena;
		void *record = metod_arena_alloc(arena, desc->size);
		e = metod_get(call->txn, table, key, arena, record);
		if (e == METOD_OK && arena == frozen->arena) {
			frozen->rows[frozen->n].table = table;
			frozen->rows[frozen->n].id = metod_arena_str(frozen->arena, id);
			frozen->rows[frozen->n].version =
			    metod_arena_str(frozen->arena, version);
			frozen->rows[frozen->n++].record = record;
		}
		known = e == METOD_OK ? record : NULL;
	} else if (!known) {
		e = metod_get(call->txn, table, key, call->arena, ret);
	}
	if (known)
		memcpy(ret, known, desc->size);
	pthread_mutex_unlock(&frozen->lock);
	return e;
}

bool frozen_minutes(struct metod_call *call, uint64_t wave, uint64_t *ret)
{
	struct metod_frozen *frozen = call->app->frozen;
	size_t at = wave % MINUTES_MAX;
	pthread_mutex_lock(&frozen->lock);
	int64_t age = call->now_ms - frozen->minutes[at].at_ms;
	bool fresh = frozen->minutes[at].wave == wave && age >= 0 && age < MINUTES_MS;
	if (fresh)
		*ret = frozen->minutes[at].minutes;
	pthread_mutex_unlock(&frozen->lock);
	return fresh;
}

void frozen_keep_minutes(struct metod_call *call, uint64_t wave, uint64_t minutes)
{
	struct metod_frozen *frozen = call->app->frozen;
	size_t at = wave % MINUTES_MAX;
	pthread_mutex_lock(&frozen->lock);
	frozen->minutes[at].wave = wave;
	frozen->minutes[at].minutes = minutes;
	frozen->minutes[at].at_ms = call->now_ms;
	pthread_mutex_unlock(&frozen->lock);
}
