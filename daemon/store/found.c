/* SPDX-License-Identifier: Apache-2.0
 * What a verification finds, named by table and key. */
#include "verify.h"

#include <stdio.h>

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
void metod_note(
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

void metod_note_event(struct check *check, uint64_t seq, enum metod_found_kind kind)
{
	char key[24];

	snprintf(key, sizeof(key), "%llu", (unsigned long long)seq);
	metod_note(check, "event", key, kind);
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

void metod_note_row(
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
	metod_note(
	    check, metod_env_db_name(db) ? metod_env_db_name(db) : "?", text, kind);
}
