/* SPDX-License-Identifier: Apache-2.0
 * Verification: checksums, sequence and chain of the journal, and a replay of the journal
 * into an empty environment that must give every table and index byte by byte. Trusts
 * nothing of the file and changes nothing of it. Runs in a child process (child.c). */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

enum { REPLAY_BATCH = 2000 };

struct forgotten {
	uint64_t person, seq;
	bool answers_only;
};

struct check {
	struct store_env env, replayed;
	struct metod_txn txn, into;
	bool replay;
	struct metod_arena *arena;
	struct metod_verify_report *report;
	struct metod_error *err;
	struct forgotten *forgotten;
	size_t n_forgotten;
};

/* The first trouble is described; all are counted. */
static void note(struct check *check, const char *where, uint64_t seq, const char *what)
{
	char field[96];

	if (check->err->code)
		return;
	if (seq)
		snprintf(field, sizeof(field), "%s %llu", where, (unsigned long long)seq);
	else
		snprintf(field, sizeof(field), "%s", where);
	metod_fail(check->err, METOD_DAMAGED, field, "%s", what);
}

/* ---- journal ---- */

static enum metod_err replay_event(struct check *check, const struct store_entry *entry)
{
	enum metod_err e = metod_apply(&check->into, entry, true, check->arena);

	if (e && !check->into.rc) {
		check->report->damaged++;
		note(check, "event", entry->seq, "cannot be applied");
		return METOD_DAMAGED;
	}
	if (!e && entry->seq % REPLAY_BATCH == 0) {
		e = metod_env_err(metod_txn_commit(&check->into));
		if (!e)
			e = metod_txn_begin(&check->into, &check->replayed, true);
	}
	return e;
}

static enum metod_err keep_forgotten(struct check *check, const struct store_entry *entry)
{
	struct metod_forgotten row;
	enum metod_err e = metod_load(&metod_forgotten_desc, entry->body, METOD_KEYS_INT,
	    true, check->arena, &row, NULL);

	if (e)
		return METOD_DAMAGED;
	check->forgotten = metod_xrealloc(
	    check->forgotten, (check->n_forgotten + 1) * sizeof(*check->forgotten));
	check->forgotten[check->n_forgotten++] = (struct forgotten){.person = row.person,
	    .seq = entry->seq,
	    .answers_only = metod_scope_is_answers(row.scope)};
	return METOD_OK;
}

/* One event at its place in the chain; `head` is the hash of the one before, then of this
 * one. */
static enum metod_err check_event(
    struct check *check, uint64_t seq, uint8_t head[HASH_BYTES])
{
	struct metod_verify_report *report = check->report;
	struct store_entry entry;
	enum metod_err e;

	metod_arena_clear(check->arena);
	report->events++;
	e = metod_journal_get(&check->txn, seq, check->arena, &entry);
	if (!e && memcmp(entry.prev, head, HASH_BYTES)) {
		report->chain_ok = false;
		note(check, "event", seq, "does not follow the one before");
	}
	if (!e && entry.kind == METOD_E_PERSON_FORGOTTEN)
		e = keep_forgotten(check, &entry);
	if (e == METOD_DAMAGED) {
		report->damaged++;
		report->checksums_ok = report->chain_ok = false;
		note(check, "event", seq, "is damaged");
		return METOD_OK;
	}
	if (e)
		return e;
	memcpy(head, entry.hash, HASH_BYTES);
	report->erased += entry.body_erased;
	return check->replay ? replay_event(check, &entry) : METOD_OK;
}

static enum metod_err walk_journal(struct check *check)
{
	struct metod_verify_report *report = check->report;
	uint8_t head[HASH_BYTES] = {0};
	uint64_t last = 0;
	enum metod_err e = METOD_OK;
	MDB_val key, value;
	MDB_cursor *cursor;
	int rc;

	if (!check->env.dbi[DB_JOURNAL])
		return metod_fail(check->err, METOD_DAMAGED, "", "is no store of metod");
	rc = mdb_cursor_open(check->txn.mdb, check->env.dbi[DB_JOURNAL], &cursor);
	if (rc)
		return metod_env_err(rc);
	for (rc = mdb_cursor_get(cursor, &key, &value, MDB_FIRST); !rc && !e;
	     rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) {
		uint64_t seq = key.mv_size == 8 ? metod_from_be64(key.mv_data) : 0;

		if (seq != last + 1) {
			report->sequence_ok = false;
			report->missing += seq > last ? seq - last - 1 : 1;
			note(check, "event", last + 1, "is missing");
		}
		last = seq;
		e = check_event(check, seq, head);
	}
	mdb_cursor_close(cursor);
	if (!e && rc != MDB_NOTFOUND)
		e = metod_env_err(rc);
	if (!e && last != check->txn.state.seq) {
		report->sequence_ok = false;
		note(check, "event", check->txn.state.seq, "should be the last one");
	} else if (!e && memcmp(head, check->txn.state.head, HASH_BYTES)) {
		report->chain_ok = false;
		note(check, "state", 0, "does not name the end of the journal");
	}
	return e;
}

/* ---- erasure ---- */

static bool was_forgotten(const struct check *check, uint64_t person, uint64_t seq,
    const struct schema_table *table)
{
	for (size_t i = 0; person && i < check->n_forgotten; i++) {
		const struct forgotten *forgotten = &check->forgotten[i];

		if (forgotten->person == person && forgotten->seq > seq && table &&
		    metod_forgets(table, forgotten->answers_only))
			return true;
	}
	return false;
}

/* Exactly that is erased which a later PERSON_FORGOTTEN covers: nothing was left behind,
 * and nobody hid an event by calling it erased. */
static void check_erasure(struct check *check)
{
	const struct schema_table *idem = metod_schema_table(METOD_T_IDEM);
	struct store_entry entry;

	if (!check->report->erased && !check->n_forgotten)
		return;
	for (uint64_t seq = 1; seq <= check->txn.state.seq; seq++) {
		bool body, extra;

		metod_arena_clear(check->arena);
		if (metod_journal_get(&check->txn, seq, check->arena, &entry))
			continue; /* counted already */
		body = was_forgotten(
		    check, entry.subject, seq, metod_schema_event(entry.kind));
		extra = was_forgotten(check, entry.person, seq, idem);
		if (body == entry.body_erased && !(entry.extra_erased && !extra) &&
		    !(entry.extra.n && extra))
			continue;
		check->report->damaged++;
		note(check, "event", seq, "is erased without cause, or not erased");
	}
}

/* ---- tables ---- */

static void check_row(struct check *check, unsigned table, MDB_val key)
{
	struct metod_str value, body;
	enum metod_err e;

	metod_arena_clear(check->arena);
	e = metod_value_get(&check->txn, table, key, check->arena, &value);
	if (!e)
		e = metod_row_unseal(table, key, value, &body);
	if (!e)
		return;
	check->report->damaged++;
	check->report->checksums_ok = false;
	note(check, metod_env_db_name(table), 0, "has a damaged row");
}

static int compare(MDB_val a, MDB_val b)
{
	size_t n = a.mv_size < b.mv_size ? a.mv_size : b.mv_size;
	int order = n ? memcmp(a.mv_data, b.mv_data, n) : 0;

	return order ? order : (a.mv_size > b.mv_size) - (a.mv_size < b.mv_size);
}

struct side {
	MDB_cursor *cursor; /* NULL: the file has no such table */
	MDB_val key, value;
	int rc;
};

static void next(struct side *side, unsigned db, MDB_cursor_op op)
{
	if (!side->cursor) {
		side->rc = MDB_NOTFOUND;
		return;
	}
	do {
		side->rc = mdb_cursor_get(side->cursor, &side->key, &side->value, op);
		op = MDB_NEXT;
		/* The journal is not replayed, so neither are the parts of its long
		 * events. */
	} while (!side->rc && db == DB_PARTS && side->key.mv_size &&
	    *(const uint8_t *)side->key.mv_data == DB_JOURNAL);
}

static void differ(struct check *check, unsigned db, uint64_t *counter, const char *what)
{
	++*counter;
	check->report->tables_equal = false;
	note(check, metod_env_db_name(db), 0, what);
}

/* Both sides in key order; returns the rows of the store. */
static uint64_t compare_db(
    struct check *check, unsigned db, struct side *have, struct side *want)
{
	struct metod_verify_report *report = check->report;
	bool table = metod_schema_table(db) != NULL;
	uint64_t rows = 0;

	next(have, db, MDB_FIRST);
	next(want, db, MDB_FIRST);
	while (!have->rc || !want->rc) {
		int order = have->rc ? 1 : want->rc ? -1 : compare(have->key, want->key);

		if (!have->rc && order <= 0 && table)
			check_row(check, db, have->key);
		if (!check->replay)
			; /* nothing to compare with */
		else if (order > 0)
			differ(check, db, &report->missing,
			    "lacks a row that the journal gives");
		else if (order < 0)
			differ(check, db, &report->extra,
			    "has a row that the journal does not give");
		else if (compare(have->value, want->value))
			differ(check, db, &report->different,
			    "has a row unlike the journal's");
		rows += order <= 0;
		if (order >= 0)
			next(want, db, MDB_NEXT);
		if (order <= 0)
			next(have, db, MDB_NEXT);
	}
	return rows;
}

static enum metod_err open_side(struct metod_txn *txn, unsigned db, struct side *ret)
{
	*ret = (struct side){0};
	if (!txn->mdb || !txn->env->dbi[db])
		return METOD_OK;
	return metod_env_err(mdb_cursor_open(txn->mdb, txn->env->dbi[db], &ret->cursor));
}

static enum metod_err check_db(struct check *check, unsigned db)
{
	struct side have = {0}, want = {0};
	enum metod_err e = open_side(&check->txn, db, &have);
	uint64_t rows;

	if (!e)
		e = open_side(&check->into, db, &want);
	if (!e) {
		rows = compare_db(check, db, &have, &want);
		if (have.rc != MDB_NOTFOUND)
			e = metod_env_err(have.rc);
		if (metod_schema_table(db)) {
			check->report->rows += rows;
			if (rows != check->txn.state.rows[db])
				differ(check, db, &check->report->different,
				    "does not count its rows right");
		}
	}
	if (have.cursor)
		mdb_cursor_close(have.cursor);
	if (want.cursor)
		mdb_cursor_close(want.cursor);
	return e;
}

static enum metod_err check_all(struct check *check)
{
	enum metod_err e = walk_journal(check);

	if (e)
		return e;
	check_erasure(check);
	for (unsigned db = 0; db < SCHEMA_DBS && !e; db++) {
		if (metod_env_db_name(db) && db != DB_STATE && db != DB_JOURNAL)
			e = check_db(check, db);
	}
	if (!e && check->err->code)
		e = METOD_DAMAGED;
	return e;
}

static enum metod_err begin_replay(struct check *check, const char *scratch_file)
{
	MDB_envinfo info;
	enum metod_err e;

	mdb_env_info(check->env.mdb, &info);
	e = metod_env_open(&check->replayed, scratch_file, ENV_NOSYNC,
	    4 * (info.me_last_pgno + 1) * 4096 + ((size_t)1 << 30), check->err);
	return e ? e : metod_txn_begin(&check->into, &check->replayed, true);
}

enum metod_err metod_check_file(const char *file, const char *scratch_file,
    struct metod_verify_report *ret, struct store_state *ret_state,
    struct metod_error *err)
{
	struct check check = {.replay = scratch_file != NULL,
	    .report = ret,
	    .err = err,
	    .arena = metod_arena_new()};
	enum metod_err e;

	*ret = (struct metod_verify_report){.chain_ok = true,
	    .sequence_ok = true,
	    .checksums_ok = true,
	    .tables_equal = true};
	err->code = METOD_OK;
	e = metod_env_open(&check.env, file, ENV_READ, 0, err);
	if (!e)
		e = metod_txn_begin(&check.txn, &check.env, false);
	if (!e)
		e = metod_state_load(&check.txn, &check.txn.state);
	if (!e && check.replay)
		e = begin_replay(&check, scratch_file);
	if (!e)
		e = check_all(&check);
	*ret_state = check.txn.state;
	if (e && !err->code)
		metod_fail(err, e, file, "%s", metod_err_text(e));
	metod_txn_abort(&check.into);
	metod_txn_abort(&check.txn);
	metod_env_close(&check.replayed);
	metod_env_close(&check.env);
	metod_arena_free(check.arena);
	free(check.forgotten);
	return e;
}
