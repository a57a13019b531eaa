/* SPDX-License-Identifier: Apache-2.0
 * Forms, versioned frameworks and parameter sets never change once stored, and every page
 * needs them: they are decoded once and kept for the life of the process. Any thread. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "frozen.h"

enum { MINUTES_MAX = 16, MINUTES_MS = 60000, GAUGES_MAX = 32 };
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
		const void *form, *framework, *set; /* the kept records */
		const struct gauge *gauge;
	} gauges[GAUGES_MAX];
	size_t n_gauges;
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

/* Reads the row into the cache from what is committed. A row of the running batch may
 * still be undone: it is not found here, and the caller reads it without keeping it. */
static const void *keep(struct metod_call *call, enum metod_table table,
    const struct metod_desc *desc, struct metod_str id, struct metod_str version,
    const void *key)
{
	struct metod_frozen *frozen = call->app->frozen;
	struct metod_txn *txn = call->txn;
	if (frozen->n == FROZEN_MAX ||
	    (metod_txn_writes(txn) &&
		metod_read_begin(call->app->store, &txn) != METOD_OK))
		return NULL;
	void *record = metod_arena_alloc(frozen->arena, desc->size);
	bool found = metod_get(txn, table, key, frozen->arena, record) == METOD_OK;
	if (txn != call->txn)
		metod_read_end(txn);
	if (!found)
		return NULL;
	frozen->rows[frozen->n].table = table;
	frozen->rows[frozen->n].id = metod_arena_str(frozen->arena, id);
	frozen->rows[frozen->n].version = metod_arena_str(frozen->arena, version);
	frozen->rows[frozen->n++].record = record;
	return record;
}

enum metod_err frozen_get(struct metod_call *call, enum metod_table table,
    const struct metod_desc *desc, struct metod_str id, struct metod_str version,
    const void *key, void *ret)
{
	struct metod_frozen *frozen = call->app->frozen;
	pthread_mutex_lock(&frozen->lock);
	const void *known = find(frozen, table, id, version);
	if (!known)
		known = keep(call, table, desc, id, version, key);
	if (known)
		memcpy(ret, known, desc->size);
	pthread_mutex_unlock(&frozen->lock);
	return known ? METOD_OK : metod_get(call->txn, table, key, call->arena, ret);
}

/* Only of records that are kept: others may still be undone. */
static const struct gauge *keep_gauge(struct metod_frozen *frozen,
    const struct metod_form *form, const struct metod_framework *framework,
    const struct metod_paramset *set)
{
	const void *a = find(frozen, METOD_T_FORM, form->id, form->version);
	const void *b =
	    find(frozen, METOD_T_FRAMEWORK, framework->id, framework->version);
	const void *c = find(frozen, METOD_T_PARAMSET, set->id, METOD_STR(""));
	size_t n = 0;
	while (n < frozen->n_gauges &&
	    (frozen->gauges[n].form != a || frozen->gauges[n].framework != b ||
		frozen->gauges[n].set != c))
		n++;
	if (!a || !b || !c || n == GAUGES_MAX)
		return NULL;
	if (n == frozen->n_gauges) {
		frozen->gauges[n].form = a;
		frozen->gauges[n].framework = b;
		frozen->gauges[n].set = c;
		frozen->gauges[n].gauge = gauge_new(a, b, c, frozen->arena);
		frozen->n_gauges++;
	}
	return frozen->gauges[n].gauge;
}

const struct gauge *frozen_gauge(struct metod_call *call, const struct metod_form *form,
    const struct metod_framework *framework, const struct metod_paramset *set)
{
	struct metod_frozen *frozen = call->app->frozen;
	pthread_mutex_lock(&frozen->lock);
	const struct gauge *gauge = keep_gauge(frozen, form, framework, set);
	pthread_mutex_unlock(&frozen->lock);
	return gauge ? gauge : gauge_new(form, framework, set, call->arena);
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
