/* SPDX-License-Identifier: Apache-2.0
 * Snapshots and scans. Rows are verified and copied out; no LMDB pointer leaves this
 * file. Resting read transactions are kept for the next reader. A gate lets the writer
 * wait until nobody reads, because LMDB may move the map only then. */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "metod/log.h"

int64_t metod_monotonic_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- the gate ---- */

static void enter_locked(struct metod_store *store)
{
	while (store->gate_closed)
		pthread_cond_wait(&store->read_cond, &store->read_mutex);
	store->reading++;
}

static void leave_locked(struct metod_store *store)
{
	if (--store->reading == 0 && store->gate_closed)
		pthread_cond_broadcast(&store->read_cond);
}

void metod_gate_enter(struct metod_store *store)
{
	pthread_mutex_lock(&store->read_mutex);
	enter_locked(store);
	pthread_mutex_unlock(&store->read_mutex);
}

void metod_gate_leave(struct metod_store *store)
{
	pthread_mutex_lock(&store->read_mutex);
	leave_locked(store);
	pthread_mutex_unlock(&store->read_mutex);
}

void metod_gate_close(struct metod_store *store)
{
	pthread_mutex_lock(&store->read_mutex);
	store->gate_closed = true;
	while (store->reading)
		pthread_cond_wait(&store->read_cond, &store->read_mutex);
	pthread_mutex_unlock(&store->read_mutex);
}

void metod_gate_open(struct metod_store *store)
{
	pthread_mutex_lock(&store->read_mutex);
	store->gate_closed = false;
	pthread_cond_broadcast(&store->read_cond);
	pthread_mutex_unlock(&store->read_mutex);
}

/* ---- snapshots ---- */

static struct metod_txn *take_resting(struct metod_store *store)
{
	struct metod_txn *txn;

	pthread_mutex_lock(&store->read_mutex);
	enter_locked(store);
	for (txn = store->readers; txn && txn->begin_ms; txn = txn->next)
		;
	if (!txn) {
		txn = metod_xcalloc(1, sizeof(*txn));
		txn->store = store;
		txn->env = &store->env;
		txn->next = store->readers;
		store->readers = txn;
	}
	txn->begin_ms = metod_monotonic_ms() + 1; /* never 0 */
	pthread_mutex_unlock(&store->read_mutex);
	return txn;
}

static void put_to_rest(struct metod_txn *txn)
{
	struct metod_store *store = txn->store;

	pthread_mutex_lock(&store->read_mutex);
	txn->begin_ms = 0;
	leave_locked(store);
	pthread_mutex_unlock(&store->read_mutex);
}

enum metod_err metod_read_begin(struct metod_store *store, struct metod_txn **ret)
{
	struct metod_txn *txn = take_resting(store);
	int rc;

	if (txn->mdb)
		rc = mdb_txn_renew(txn->mdb);
	else
		rc = mdb_txn_begin(store->env.mdb, NULL, MDB_RDONLY, &txn->mdb);
	if (rc) {
		put_to_rest(txn);
		return metod_env_err(rc);
	}
	txn->rc = 0;
	txn->damaged = false;
	*ret = txn;
	return METOD_OK;
}

void metod_read_end(struct metod_txn *txn)
{
	if (!txn)
		return;
	metod_txn_end_scans(txn);
	mdb_txn_reset(txn->mdb);
	put_to_rest(txn);
}

/* Nobody reads: all of them rest. */
void metod_readers_free(struct metod_store *store)
{
	while (store->readers) {
		struct metod_txn *txn = store->readers;

		store->readers = txn->next;
		if (txn->mdb)
			mdb_txn_abort(txn->mdb);
		free(txn);
	}
}

/* ---- rows ---- */

/* Primary keys are ids and opaque words: no personal data. */
static enum metod_err damaged(struct metod_txn *txn, const struct schema_table *table,
    MDB_val key, const char *what)
{
	char hex[2 * 64 + 1] = "";
	const uint8_t *p = key.mv_data;

	for (size_t i = 0; i < key.mv_size && i < 64; i++)
		snprintf(hex + 2 * i, 3, "%02x", p[i]);
	txn->damaged = true;
	metod_log(METOD_LOG_ERROR, "store", "event=damaged table=%s key=%s what=%s",
	    table->name, hex, what);
	return METOD_DAMAGED;
}

enum metod_err metod_txn_trouble(const struct metod_txn *txn)
{
	return txn->damaged ? METOD_DAMAGED : metod_env_err(txn->rc);
}

static enum metod_err load_row(struct metod_txn *txn, const struct schema_table *table,
    MDB_val key, struct metod_arena *arena, void *ret)
{
	enum metod_err e = metod_row_load(txn, table, key, arena, ret);

	return e == METOD_DAMAGED ? damaged(txn, table, key, "row") : e;
}

enum metod_err metod_get(struct metod_txn *txn, enum metod_table table, const void *key,
    struct metod_arena *arena, void *ret)
{
	const struct schema_table *row = metod_schema_table(table);
	struct metod_key bytes;

	if (!metod_key_row(&bytes, row, key))
		return METOD_NOT_FOUND;
	return load_row(txn, row, metod_val(bytes.p, bytes.n), arena, ret);
}

enum metod_err metod_find(struct metod_txn *txn, enum metod_index index, const void *key,
    struct metod_arena *arena, void *ret)
{
	struct metod_scan *scan = metod_scan_index(txn, index, key, SCHEMA_FIELDS);
	enum metod_err e = metod_scan_next(scan, arena, ret);

	metod_scan_end(scan);
	return e;
}

uint64_t metod_table_count(struct metod_txn *txn, enum metod_table table)
{
	struct store_state state = {0};

	if (txn->writes)
		return txn->state.rows[table];
	return metod_state_load(txn, &state) ? 0 : state.rows[table];
}

/* ---- scans ---- */

struct metod_scan {
	struct metod_txn *txn;
	struct metod_scan *next;
	MDB_cursor *cursor; /* NULL: nothing to find */
	const struct schema_table *table;
	const struct schema_index *index; /* NULL: the table itself */
	struct metod_key prefix;
	bool begun;
	enum metod_err failed; /* sticky */
};

static struct metod_scan *open_scan(struct metod_txn *txn, unsigned db,
    const struct schema_fields *keys, const void *key, unsigned fields)
{
	struct metod_scan *scan = metod_xcalloc(1, sizeof(*scan));
	int rc = 0;

	scan->txn = txn;
	scan->next = txn->scans;
	txn->scans = scan;
	if (!txn->env->dbi[db] || !metod_key_add(&scan->prefix, keys, fields, key))
		scan->failed = METOD_NOT_FOUND;
	else
		rc = mdb_cursor_open(txn->mdb, txn->env->dbi[db], &scan->cursor);
	if (rc)
		scan->failed = metod_txn_fail(txn, rc);
	return scan;
}

struct metod_scan *metod_scan_table(
    struct metod_txn *txn, enum metod_table table, const void *key, unsigned fields)
{
	const struct schema_table *row = metod_schema_table(table);
	struct metod_scan *scan = open_scan(txn, table, &row->key, key, fields);

	scan->table = row;
	return scan;
}

struct metod_scan *metod_scan_index(
    struct metod_txn *txn, enum metod_index index, const void *key, unsigned fields)
{
	const struct schema_index *entry = metod_schema_index(index);
	struct metod_scan *scan = open_scan(txn, index, &entry->fields, key, fields);

	scan->index = entry;
	scan->table = metod_schema_table(entry->table);
	return scan;
}

static enum metod_err step(struct metod_scan *scan, MDB_val *ret_key)
{
	MDB_val key = metod_val(scan->prefix.p, scan->prefix.n), value;
	MDB_cursor_op op = scan->begun ? MDB_NEXT
	    : scan->prefix.n           ? MDB_SET_RANGE
				       : MDB_FIRST;
	int rc = mdb_cursor_get(scan->cursor, &key, &value, op);

	scan->begun = true;
	if (rc)
		return metod_txn_fail(scan->txn, rc);
	if (key.mv_size < scan->prefix.n ||
	    memcmp(key.mv_data, scan->prefix.p, scan->prefix.n))
		return METOD_NOT_FOUND;
	*ret_key = key;
	return METOD_OK;
}

/* An index entry without its row, or with a row that says something else, is damage. */
static enum metod_err load_indexed(
    struct metod_scan *scan, MDB_val entry, struct metod_arena *arena, void *ret)
{
	size_t skip = metod_key_skip(&scan->index->fields, entry.mv_data, entry.mv_size);
	MDB_val key = metod_val((const char *)entry.mv_data + skip, entry.mv_size - skip);
	struct metod_key again;
	enum metod_err e;

	if (!skip)
		return damaged(scan->txn, scan->table, entry, "index_entry");
	e = load_row(scan->txn, scan->table, key, arena, ret);
	if (e == METOD_NOT_FOUND)
		return damaged(scan->txn, scan->table, key, "indexed_row_is_absent");
	if (!e &&
	    (!metod_key_index(&again, scan->index, ret) || again.n != entry.mv_size ||
		memcmp(again.p, entry.mv_data, again.n)))
		return damaged(scan->txn, scan->table, key, "index_disagrees");
	return e;
}

enum metod_err metod_scan_next(
    struct metod_scan *scan, struct metod_arena *arena, void *ret)
{
	MDB_val key;
	enum metod_err e;

	if (scan->failed)
		return scan->failed;
	e = step(scan, &key);
	if (e) {
		scan->failed = e;
		return e;
	}
	if (scan->index)
		return load_indexed(scan, key, arena, ret);
	return load_row(scan->txn, scan->table, key, arena, ret);
}

void metod_scan_end(struct metod_scan *scan)
{
	struct metod_scan **at;

	if (!scan)
		return;
	for (at = &scan->txn->scans; *at != scan; at = &(*at)->next)
		;
	*at = scan->next;
	if (scan->cursor)
		mdb_cursor_close(scan->cursor);
	free(scan);
}

void metod_txn_end_scans(struct metod_txn *txn)
{
	while (txn->scans)
		metod_scan_end(txn->scans);
}
