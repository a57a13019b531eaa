/* SPDX-License-Identifier: Apache-2.0
 * Verification: checksums, sequence and chain of the journal, and a replay of the journal
 * into an empty environment that must give every table and index byte by byte. Trusts
 * nothing of the file and changes nothing of it. Runs in a child process (child.c). */
#include "internal.h"

#include <stdio.h>
#include <string.h>

#include "check.h"

enum { REPLAY_BATCH = 2000 };

struct check {
	struct store_env env, replayed;
	struct metod_txn txn, into;
	bool replay;
	struct metod_arena *arena;
	struct metod_verify_report *report;
	struct metod_error *err;
	struct forgotten_list forgotten;
	const struct metod_head *head; /* noted elsewhere */
};

const char *metod_found_text(enum metod_found_kind kind)
{
	switch (kind) {
#define FOUND_TEXT(name, text)                                                           \
	case METOD_FOUND_##name:                                                         \
		return text;
		METOD_FOUND_KINDS(FOUND_TEXT)
#undef FOUND_TEXT
	}
	return "";
}

/* ---- notes ---- */

/* The first trouble is the error; many are listed; all are counted. */
static void note(
    struct check *check, const char *table, const char *key, enum metod_found_kind kind)
{
	struct metod_verify_report *report = check->report;
	char field[96];

	if (report->n_found++ < METOD_FOUND_MAX) {
		struct metod_found *found = &report->found[report->n_found - 1];

		snprintf(found->table, sizeof(found->table), "%s", table);
		snprintf(found->key, sizeof(found->key), "%s", key);
		found->kind = kind;
	}
	if (check->err->code)
		return;
	snprintf(field, sizeof(field), "%s%s%s", table, key[0] ? " " : "", key);
	metod_fail(check->err, METOD_DAMAGED, field, "%s", metod_found_text(kind));
}

static void note_event(struct check *check, uint64_t seq, enum metod_found_kind kind)
{
	char key[24];

	snprintf(key, sizeof(key), "%llu", (unsigned long long)seq);
	note(check, "event", key, kind);
}

/* The row that an entry of a table or index belongs to, for people. */
static void row_key(unsigned db, const uint8_t *p, size_t n, char *out, size_t size)
{
	const struct schema_index *index = metod_schema_index(db);
	const struct schema_table *table = metod_schema_table(index ? index->table : db);
	size_t skip = index ? metod_key_skip(&index->fields, p, n) : 0;

	if (table)
		metod_key_text(&table->key, p + skip, n - skip, out, size);
	else if (db == DB_SUBJECT && n == 16)
		snprintf(out, size, "%llu", (unsigned long long)metod_from_be64(p + 8));
	else
		metod_key_text(&(struct schema_fields){.n = 0}, p, n, out, size);
}

static void note_row(
    struct check *check, unsigned db, MDB_val key, enum metod_found_kind kind)
{
	const uint8_t *p = key.mv_data;
	size_t n = key.mv_size;
	char text[72] = "";

	if (db == DB_PARTS &&
	    n > 5) { /* of which value, without the number of the part */
		db = *p++;
		n -= 5;
	}
	row_key(db, p, n, text, sizeof(text));
	note(check, metod_env_db_name(db) ? metod_env_db_name(db) : "?", text, kind);
}

/* ---- journal ---- */

static enum metod_err replay_event(struct check *check, const struct store_entry *entry)
{
	enum metod_err e = metod_apply(&check->into, entry, true, check->arena);

	if (e && !check->into.rc) {
		check->report->damaged++;
		note_event(check, entry->seq, METOD_FOUND_EVENT_UNAPPLIED);
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
		note_event(check, head->seq, METOD_FOUND_HEAD_ABSENT);
	else if (memcmp(head->hash, hash, HASH_BYTES))
		note_event(check, seq, METOD_FOUND_HEAD_DIFFERS);
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
		note_event(check, seq, METOD_FOUND_EVENT_UNCHAINED);
	}
	if (!e && entry.kind == METOD_E_PERSON_FORGOTTEN)
		e = metod_forgotten_add(&check->forgotten, &entry, check->arena);
	/* Seen by the walk and not found by its number: a key of the tree was hit. */
	if (e == METOD_DAMAGED || e == METOD_NOT_FOUND) {
		report->damaged++;
		report->checksums_ok = report->chain_ok = false;
		note_event(check, seq, METOD_FOUND_EVENT_DAMAGED);
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
		note_event(check, state->seq, METOD_FOUND_EVENT_LAST);
	} else if (memcmp(head, state->head, HASH_BYTES)) {
		report->chain_ok = false;
		note(check, "state", "", METOD_FOUND_STATE_HEAD);
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
	note_event(check, last + 1, METOD_FOUND_EVENT_MISSING);
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
		note(check, ".journal", "", METOD_FOUND_PAGES);
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
		note_event(check, seq, METOD_FOUND_EVENT_ERASURE);
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
	note_row(check, table, key, METOD_FOUND_ROW_DAMAGED);
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
	uint8_t last[512]; /* key before this one */
	size_t last_n;
};

/* Keys rise; pages that lead in a circle would be read for ever. */
static bool rises(struct side *side)
{
	MDB_val last = {side->last_n, side->last};
	bool good = side->key.mv_size <= sizeof(side->last) &&
	    (!side->last_n || compare(last, side->key) < 0);

	if (good && side->key.mv_size)
		memcpy(side->last, side->key.mv_data, side->key.mv_size);
	side->last_n = good ? side->key.mv_size : side->last_n;
	return good;
}

static void next(struct side *side, unsigned db, MDB_cursor_op op)
{
	if (!side->cursor) {
		side->rc = MDB_NOTFOUND;
		return;
	}
	do {
		side->rc = mdb_cursor_get(side->cursor, &side->key, &side->value, op);
		op = MDB_NEXT;
		if (!side->rc && !rises(side))
			side->rc = MDB_CORRUPTED;
		/* The journal is not replayed, so neither are the parts of its long
		 * events. */
	} while (!side->rc && db == DB_PARTS && side->key.mv_size &&
	    *(const uint8_t *)side->key.mv_data == DB_JOURNAL);
}

static void differ(struct check *check, unsigned db, uint64_t *counter, MDB_val key,
    enum metod_found_kind kind)
{
	++*counter;
	check->report->tables_equal = false;
	note_row(check, db, key, kind);
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
			differ(check, db, &report->missing, want->key,
			    METOD_FOUND_ROW_MISSING);
		else if (order < 0)
			differ(
			    check, db, &report->extra, have->key, METOD_FOUND_ROW_EXTRA);
		else if (compare(have->value, want->value))
			differ(check, db, &report->different, have->key,
			    METOD_FOUND_ROW_DIFFERENT);
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
			note(check, metod_env_db_name(db), "", METOD_FOUND_PAGES);
		if (metod_schema_table(db)) {
			check->report->rows += rows;
			if (rows != check->txn.state.rows[db]) {
				check->report->different++;
				check->report->tables_equal = false;
				note(check, metod_env_db_name(db), "",
				    METOD_FOUND_ROW_COUNT);
			}
		}
	}
	if (have.cursor)
		mdb_cursor_close(have.cursor);
	if (want.cursor)
		mdb_cursor_close(want.cursor);
	return e;
}

/* ---- the list of tables ---- */

static bool is_table(MDB_val name)
{
	for (unsigned db = 0; db < SCHEMA_DBS; db++) {
		const char *known = metod_env_db_name(db);

		if (known && strlen(known) == name.mv_size &&
		    !memcmp(known, name.mv_data, name.mv_size))
			return true;
	}
	return false;
}

/* A table whose name was hit looks like an empty one. A format has exactly its tables. */
static enum metod_err check_names(struct check *check)
{
	MDB_val name, value;
	MDB_cursor *cursor;
	MDB_dbi main;
	char text[24];
	int rc = mdb_dbi_open(check->txn.mdb, NULL, 0, &main);

	for (unsigned db = 0; db < SCHEMA_DBS; db++) {
		if (metod_env_db_name(db) && !check->env.dbi[db])
			note(check, metod_env_db_name(db), "", METOD_FOUND_TABLE_ABSENT);
	}
	if (!rc)
		rc = mdb_cursor_open(check->txn.mdb, main, &cursor);
	if (rc)
		return metod_env_err(rc);
	for (unsigned n = 0; n <= SCHEMA_DBS && !rc; n++) {
		rc = mdb_cursor_get(cursor, &name, &value, n ? MDB_NEXT : MDB_FIRST);
		if (rc || is_table(name))
			continue;
		metod_key_text(&(struct schema_fields){.n = 0}, name.mv_data,
		    name.mv_size, text, sizeof(text));
		note(check, text, "", METOD_FOUND_TABLE_UNKNOWN);
	}
	mdb_cursor_close(cursor);
	return rc == MDB_NOTFOUND ? METOD_OK : metod_env_err(rc ? rc : MDB_CORRUPTED);
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
		e = check_names(check);
	for (unsigned db = 0; db < SCHEMA_DBS && !e; db++) {
		/* Tables of an older format are not read, but made anew (format.c). */
		if (!metod_env_db_name(db) || db == DB_STATE || db == DB_JOURNAL ||
		    check->report->format < metod_store_format)
			continue;
		reading(check, metod_env_db_name(db));
		e = check_db(check, db);
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
