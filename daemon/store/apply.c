/* SPDX-License-Identifier: Apache-2.0
 * apply(event): the only code that writes rows and index entries. It copies and computes
 * nothing, so that a replay gives the same bytes. The handlers' decisions are not its
 * business. Invariant: a row keeps its person for life; erasure by person could not be
 * replayed otherwise. */
#include "internal.h"

#include <string.h>

/* Moves the index entries of one row; old or new is NULL when there is none. */
static enum metod_err move_indexes(struct metod_txn *txn,
    const struct schema_table *table, const void *old, const void *new)
{
	for (size_t i = 0; i < table->n_indexes; i++) {
		const struct schema_index *index = table->indexes[i];
		MDB_dbi dbi = txn->env->dbi[index->number];
		struct metod_key from, to;
		MDB_val key, none = metod_val("", 0);
		int rc = 0;

		if ((old && !metod_key_index(&from, index, old)) ||
		    (new && !metod_key_index(&to, index, new)))
			return METOD_RANGE;
		if (old && new &&from.n == to.n && !memcmp(from.p, to.p, to.n))
			continue;
		if (old) {
			key = metod_val(from.p, from.n);
			rc = mdb_del(txn->mdb, dbi, &key, NULL);
		}
		if (rc == MDB_NOTFOUND)
			return METOD_DAMAGED;
		if (!rc && new) {
			key = metod_val(to.p, to.n);
			rc = mdb_put(txn->mdb, dbi, &key, &none, 0);
		}
		if (rc)
			return metod_txn_fail(txn, rc);
	}
	return METOD_OK;
}

static enum metod_err put_row(struct metod_txn *txn, const struct schema_table *table,
    struct metod_str packed, uint64_t subject, struct metod_arena *arena)
{
	void *new = metod_arena_alloc(arena, table->desc->size);
	void *old = metod_arena_alloc(arena, table->desc->size);
	struct metod_buf value = {0};
	struct metod_key key;
	MDB_val at;
	enum metod_err e =
	    metod_load(table->desc, packed, METOD_KEYS_INT, true, arena, new, NULL);

	if (e)
		return e;
	if (!metod_key_row(&key, table, new))
		return METOD_RANGE;
	at = metod_val(key.p, key.n);
	e = metod_row_load(txn, table, at, arena, old);
	if (e == METOD_NOT_FOUND)
		old = NULL;
	else if (e)
		return e;
	if (metod_schema_person(table, new) != subject ||
	    (old && metod_schema_person(table, old) != subject))
		return METOD_FAILED;
	e = move_indexes(txn, table, old, new);
	if (e)
		return e;
	metod_row_seal(table->number, at, packed, &value);
	e = metod_value_put(txn, table->number, at, metod_buf_view(&value));
	if (!old)
		txn->state.rows[table->number]++;
	metod_buf_done(&value);
	return e;
}

static enum metod_err delete_row(struct metod_txn *txn, const struct schema_table *table,
    MDB_val key, struct metod_arena *arena)
{
	void *old = metod_arena_alloc(arena, table->desc->size);
	enum metod_err e = metod_row_load(txn, table, key, arena, old);

	if (!e)
		e = move_indexes(txn, table, old, NULL);
	if (!e)
		e = metod_value_del(txn, table->number, key);
	if (!e)
		txn->state.rows[table->number]--;
	return e;
}

/* Deletes the person's rows of one table. Each deletion moves the entries under a cursor,
 * so the first row is looked up anew until there is none. */
static enum metod_err forget_table(struct metod_txn *txn,
    const struct schema_table *table, uint64_t person, struct metod_arena *arena)
{
	const struct schema_index *index = metod_schema_index(table->by_person);
	uint8_t prefix[8];
	enum metod_err e = METOD_OK;

	metod_be64(prefix, person);
	while (!e) {
		MDB_val key = metod_val(prefix, sizeof(prefix)), value;
		struct metod_str found;
		MDB_cursor *cursor;
		size_t skip;
		int rc =
		    mdb_cursor_open(txn->mdb, txn->env->dbi[table->by_person], &cursor);

		if (!rc) {
			rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
			mdb_cursor_close(cursor);
		}
		if (rc == MDB_NOTFOUND ||
		    (!rc &&
			(key.mv_size < sizeof(prefix) ||
			    memcmp(key.mv_data, prefix, sizeof(prefix)))))
			return METOD_OK;
		if (rc)
			return metod_txn_fail(txn, rc);
		skip =
		    index ? metod_key_skip(&index->fields, key.mv_data, key.mv_size) : 0;
		found = metod_arena_str(arena,
		    (struct metod_str){
			(const char *)key.mv_data + skip, key.mv_size - skip});
		e = delete_row(txn, table, metod_val(found.p, found.n), arena);
	}
	return e == METOD_NOT_FOUND ? METOD_DAMAGED : e;
}

static enum metod_err forget(struct metod_txn *txn, const struct store_entry *entry,
    bool replay, struct metod_arena *arena)
{
	struct metod_forgotten forgotten;
	enum metod_err e = metod_load(&metod_forgotten_desc, entry->body, METOD_KEYS_INT,
	    true, arena, &forgotten, NULL);
	bool answers_only;

	if (e)
		return e;
	answers_only = metod_scope_is_answers(forgotten.scope);
	if (!answers_only && !metod_str_is(forgotten.scope, "all"))
		return METOD_RANGE;
	for (unsigned i = 0; i < SCHEMA_TABLES && !e; i++) {
		const struct schema_table *table = metod_schema_table(i);

		if (table && metod_forgets(table, answers_only))
			e = forget_table(txn, table, forgotten.person, arena);
	}
	if (!e && !replay)
		e = metod_journal_forget(
		    txn, forgotten.person, answers_only, entry->seq, arena);
	return e;
}

enum metod_err metod_apply(struct metod_txn *txn, const struct store_entry *entry,
    bool replay, struct metod_arena *arena)
{
	const struct schema_table *table = metod_schema_event(entry->kind);
	enum metod_err e = metod_journal_index(txn, entry);

	if (!table)
		return METOD_VERSION;
	if (!e && !entry->body_erased)
		e = put_row(txn, table, entry->body, entry->subject, arena);
	txn->erases |= entry->kind == METOD_E_PERSON_FORGOTTEN;
	if (!e && !entry->body_erased && entry->kind == METOD_E_PERSON_FORGOTTEN)
		e = forget(txn, entry, replay, arena);
	if (!e && entry->extra.n)
		e = put_row(txn, metod_schema_table(METOD_T_IDEM), entry->extra,
		    entry->person, arena);
	return e;
}
