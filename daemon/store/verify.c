/* SPDX-License-Identifier: Apache-2.0
 * Verification: checksums, sequence and chain of the journal, and a replay of the journal
 * into an empty environment that must give every table and index byte by byte. Trusts
 * nothing of the file and changes nothing of it. Runs in a child process (child.c). */
#include "verify.h"

#include <stdio.h>
#include <string.h>

enum { REPLAY_BATCH = 2000 };

/* ---- journal ---- */

static enum metod_err replay_event(struct check *check, const struct store_entry *entry)
{
	enum metod_err e = metod_apply(&check->into, entry, true, check->arena);

	if (e && !check->into.rc) {
		check->report->damaged++;
		metod_note_event(check, entry->seq, METOD_FOUND_EVENT_UNAPPLIED);
		return METOD_DAMAGED;
	}
	if (!e && entry->seq % REPLAY_BATCH == 0) {
		e = metod_env_err(metod_txn_commit(&check->into));
		if (!e)
			e = metod_txn_begin(&check->into, &check->replayed, true);
	}
	return e;
}

/* The event whose hash was noted elsewhere; seq 0: the journal has ended. */
static void check_head(struct check *check, uint64_t seq, const uint8_t *hash)
{
	const struct metod_head *head = check->head;

	if (!head || (seq && seq != head->seq))
		return;
	if (!seq)
		metod_note_event(check, head->seq, METOD_FOUND_HEAD_ABSENT);
	else if (memcmp(head->hash, hash, HASH_BYTES))
		metod_note_event(check, seq, METOD_FOUND_HEAD_DIFFERS);
	else
		return;
	check->report->chain_ok = false;
	if (check->report->chain_to >= head->seq)
		check->report->chain_to = head->seq - 1;
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
		metod_note_event(check, seq, METOD_FOUND_EVENT_UNCHAINED);
	}
	if (!e && entry.kind == METOD_E_PERSON_FORGOTTEN)
		e = metod_forgotten_add(&check->forgotten, &entry, check->arena);
	/* Seen by the walk and not found by its number: a key of the tree was hit. */
	if (e == METOD_DAMAGED || e == METOD_NOT_FOUND) {
		report->damaged++;
		report->checksums_ok = report->chain_ok = false;
		metod_note_event(check, seq, METOD_FOUND_EVENT_DAMAGED);
		return METOD_OK;
	}
	if (e)
		return e;
	memcpy(head, entry.hash, HASH_BYTES);
	report->erased += entry.body_erased;
	report->last_ms = entry.time_ms;
	if (report->chain_to + 1 == seq && report->chain_ok)
		report->chain_to = seq;
	check_head(check, seq, entry.hash);
	return check->replay ? replay_event(check, &entry) : METOD_OK;
}

static void check_end(struct check *check, uint64_t last, const uint8_t head[HASH_BYTES])
{
	struct metod_verify_report *report = check->report;
	const struct store_state *state = &check->txn.state;

	if (last != state->seq) {
		report->sequence_ok = false;
		metod_note_event(check, state->seq, METOD_FOUND_EVENT_LAST);
	} else if (memcmp(head, state->head, HASH_BYTES)) {
		report->chain_ok = false;
		metod_note(check, "state", "", METOD_FOUND_STATE_HEAD);
	}
	if (check->head && last < check->head->seq)
		check_head(check, 0, NULL);
}

/* False: the pages lead in a circle. */
static bool check_place(struct check *check, uint64_t seq, uint64_t last)
{
	struct metod_verify_report *report = check->report;

	if (seq == last + 1)
		return true;
	report->sequence_ok = false;
	report->missing += seq > last ? seq - last - 1 : 1;
	metod_note_event(check, last + 1, METOD_FOUND_EVENT_MISSING);
	return seq > last;
}

static enum metod_err walk_journal(struct check *check)
{
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

		if (!check_place(check, seq, last)) {
			rc = MDB_CORRUPTED;
			break;
		}
		last = seq;
		e = check_event(check, seq, head);
	}
	mdb_cursor_close(cursor);
	if (!e && rc != MDB_NOTFOUND) {
		metod_note(check, ".journal", "", METOD_FOUND_PAGES);
		e = metod_env_err(rc);
	}
	if (!e)
		check_end(check, last, head);
	return e;
}

/* ---- erasure ---- */

/* Exactly that is erased which a later PERSON_FORGOTTEN covers: nothing was left behind,
 * and nobody hid an event by calling it erased. */
static void check_erasure(struct check *check)
{
	const struct schema_table *idem = metod_schema_table(METOD_T_IDEM);
	struct store_entry entry;

	if (!check->report->erased && !check->forgotten.n)
		return;
	for (uint64_t seq = 1; seq <= check->txn.state.seq; seq++) {
		bool body, extra;

		metod_arena_clear(check->arena);
		if (metod_journal_get(&check->txn, seq, check->arena, &entry))
			continue; /* counted already */
		body = metod_forgotten_covers(&check->forgotten, entry.subject, seq,
		    metod_schema_event(entry.kind));
		extra =
		    metod_forgotten_covers(&check->forgotten, entry.person, seq, idem);
		if (body == entry.body_erased && !(entry.extra_erased && !extra) &&
		    !(entry.extra.n && extra))
			continue;
		check->report->damaged++;
		metod_note_event(check, seq, METOD_FOUND_EVENT_ERASURE);
	}
}

/* ---- the whole ---- */

/* For the parent, should this be the end. */
static void reading(struct check *check, const char *table)
{
	snprintf(check->report->reading, sizeof(check->report->reading), "%s", table);
}

static enum metod_err check_all(struct check *check)
{
	enum metod_err e;

	reading(check, ".journal");
	e = walk_journal(check);
	if (e)
		return e;
	check_erasure(check);
	if (check->report->format == metod_store_format)
		e = metod_check_names(check);
	for (unsigned db = 0; db < SCHEMA_DBS && !e; db++) {
		/* Tables of an older format are not read, but made anew (format.c). */
		if (!metod_env_db_name(db) || db == DB_STATE || db == DB_JOURNAL ||
		    check->report->format < metod_store_format)
			continue;
		reading(check, metod_env_db_name(db));
		e = metod_check_db(check, db);
	}
	if (e == METOD_NOT_FOUND || (!e && check->err->code))
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
    const struct metod_head *head, struct metod_verify_report *ret,
    struct store_state *ret_state, struct metod_error *err)
{
	struct check check = {.replay = scratch_file != NULL,
	    .report = ret,
	    .err = err,
	    .head = head,
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
	ret->format = check.txn.state.format;
	check.replay &= ret->format == metod_store_format;
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
	metod_forgotten_done(&check.forgotten);
	return e;
}
