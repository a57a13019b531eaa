/* SPDX-License-Identifier: Apache-2.0
 * Verification of tables and indexes: checksums, numbers of rows, and comparison with
 * those that a replay of the journal gives. */
#include "verify.h"

#include <string.h>

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
	metod_note_row(check, table, key, METOD_FOUND_ROW_DAMAGED);
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
	metod_note_row(check, db, key, kind);
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

enum metod_err metod_check_db(struct check *check, unsigned db)
{
	struct side have = {0}, want = {0};
	enum metod_err e = open_side(&check->txn, db, &have);
	uint64_t rows;

	if (!e)
		e = open_side(&check->into, db, &want);
	if (!e) {
		rows = compare_db(check, db, &have, &want);
		if (have.rc != MDB_NOTFOUND)
			metod_note(check, metod_env_db_name(db), "", METOD_FOUND_PAGES);
		if (metod_schema_table(db)) {
			check->report->rows += rows;
			if (rows != check->txn.state.rows[db]) {
				check->report->different++;
				check->report->tables_equal = false;
				metod_note(check, metod_env_db_name(db), "",
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
enum metod_err metod_check_names(struct check *check)
{
	MDB_val name, value;
	MDB_cursor *cursor;
	MDB_dbi main;
	char text[24];
	int rc = mdb_dbi_open(check->txn.mdb, NULL, 0, &main);

	for (unsigned db = 0; db < SCHEMA_DBS; db++) {
		if (metod_env_db_name(db) && !check->env.dbi[db])
			metod_note(
			    check, metod_env_db_name(db), "", METOD_FOUND_TABLE_ABSENT);
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
		metod_note(check, text, "", METOD_FOUND_TABLE_UNKNOWN);
	}
	mdb_cursor_close(cursor);
	return rc == MDB_NOTFOUND ? METOD_OK : metod_env_err(rc ? rc : MDB_CORRUPTED);
}
