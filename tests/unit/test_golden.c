/* SPDX-License-Identifier: Apache-2.0
 * Stored bytes of format 1: every record of every table, and everything around them that
 * a small store has. A changed line of tests/unit/golden/ is a decision about upgrades,
 * never an accident. METOD_GOLDEN=write makes the files anew. */
#include "store_harm.h"

#include <sodium.h>

#include "metod/tables.h"
#include "metod/wire.h"

static const char records[] = "tests/unit/golden/records.txt";
static const char stored[] = "tests/unit/golden/store.txt";

static void sample(
    const struct metod_desc *desc, void *record, struct metod_arena *arena);

/* A list of one: enough to fix its bytes. */
static void sample_list(
    const struct metod_field *field, void *at, struct metod_arena *arena)
{
	struct metod_strs *list = at;
	size_t size = field->kind == METOD_KIND_RECS ? field->sub->size
	    : field->kind == METOD_KIND_STRS         ? sizeof(struct metod_str)
						     : sizeof(uint64_t);
	list->n = 1;
	list->p = metod_arena_alloc(arena, size);
	if (field->kind == METOD_KIND_RECS)
		sample(field->sub, list->p, arena);
	else if (field->kind == METOD_KIND_STRS)
		list->p[0] = METOD_STR("слово");
	else if (field->kind == METOD_KIND_REALS)
		*(double *)(void *)list->p = 0.5;
	else
		*(uint64_t *)(void *)list->p = 2;
}

/* Every field filled by its kind and key alone, so that the sample needs no description.
 */
static void sample(const struct metod_desc *desc, void *record, struct metod_arena *arena)
{
	for (size_t i = 0; i < desc->count; i++) {
		const struct metod_field *field = &desc->fields[i];
		void *at = (char *)record + field->offset;
		switch (field->kind) {
		case METOD_KIND_U64:
			*(uint64_t *)at = field->key;
			break;
		case METOD_KIND_I64:
			*(int64_t *)at = -(int64_t)field->key;
			break;
		case METOD_KIND_REAL:
			*(double *)at = 0.5;
			break;
		case METOD_KIND_BOOL:
			*(bool *)at = true;
			break;
		case METOD_KIND_STR:
		case METOD_KIND_BIN:
			*(struct metod_str *)at = METOD_STR("текст");
			break;
		case METOD_KIND_REC:
			*(void **)at = metod_arena_alloc(arena, field->sub->size);
			sample(field->sub, *(void **)at, arena);
			break;
		case METOD_KIND_U64S:
		case METOD_KIND_I64S:
		case METOD_KIND_REALS:
		case METOD_KIND_STRS:
		case METOD_KIND_RECS:
			sample_list(field, at, arena);
			break;
		}
	}
}

static void add_line(
    const char *name, const struct metod_desc *desc, struct metod_buf *out)
{
	struct metod_arena *arena = metod_arena_new();
	struct metod_buf bytes = {0};
	void *record = metod_arena_alloc(arena, desc->size);
	sample(desc, record, arena);
	metod_pack(desc, record, METOD_KEYS_INT, 0, &bytes);
	metod_buf_printf(out, "%s 1 ", name);
	for (size_t i = 0; i < bytes.n; i++)
		metod_buf_printf(out, "%02x", bytes.p[i]);
	metod_buf_byte(out, '\n');
	metod_buf_done(&bytes);
	metod_arena_free(arena);
}

static void compare_with(const char *golden, const struct metod_buf *now)
{
	const char *write = getenv("METOD_GOLDEN");
	struct metod_buf then;
	struct metod_str a, b;

	if (write && strcmp(write, "write") == 0)
		write_file(golden, now->p, now->n);
	then = read_file(golden);
	a = metod_buf_view(now);
	b = metod_buf_view(&then);
	while (a.n || b.n) {
		struct metod_str x = metod_str_cut(&a, '\n'), y = metod_str_cut(&b, '\n');
		if (!metod_str_eq(x, y))
			fail_msg("stored bytes changed:\n now  %.*s\n then %.*s",
			    METOD_FMT(x), METOD_FMT(y));
	}
	metod_buf_done(&then);
}

static void stored_bytes_of_every_table_are_golden(void **state)
{
	struct metod_buf now = {0};
	(void)state;
#define GOLDEN_LINE(number, name, record, key, person, erase)                            \
	add_line(#name, &record##_desc, &now);
	METOD_TABLES(GOLDEN_LINE)
#undef GOLDEN_LINE
	compare_with(records, &now);
	metod_buf_done(&now);
}

/* ---- the envelopes: journal, rows, index entries, state ---- */

/* Salts and the generation must be the same each time. */
static void count_up(void *const bytes, const size_t n)
{
	static uint8_t next;

	for (size_t i = 0; i < n; i++)
		((uint8_t *)bytes)[i] = next++;
}

static const char *its_name(void)
{
	return "counting";
}

static uint32_t four_bytes(void)
{
	uint32_t number;

	count_up(&number, sizeof(number));
	return number;
}

static struct randombytes_implementation counting = {
    .implementation_name = its_name, .random = four_bytes, .buf = count_up};

static enum metod_err put_forgotten(struct metod_txn *txn, void *arg)
{
	metod_record(txn, METOD_E_PERSON_FORGOTTEN, arg);
	return METOD_OK;
}

static void add_hex(struct metod_buf *out, MDB_val bytes)
{
	const uint8_t *p = bytes.mv_data;

	for (size_t i = 0; i < bytes.mv_size; i++)
		metod_buf_printf(out, "%02x", p[i]);
}

static void add_database(const char *file, const char *db, struct metod_buf *out)
{
	MDB_val key, value;
	struct raw raw;

	raw_open(&raw, file, db);
	for (int rc = mdb_cursor_get(raw.cursor, &key, &value, MDB_FIRST); !rc;
	     rc = mdb_cursor_get(raw.cursor, &key, &value, MDB_NEXT)) {
		metod_buf_printf(out, "%s ", db);
		add_hex(out, key);
		metod_buf_byte(out, ' ');
		add_hex(out, value);
		metod_buf_byte(out, '\n');
	}
	raw_close(&raw);
}

/* An event with and one without an idempotency key, one that was erased with the row that
 * it made, and what is left of a person. */
static void stored_bytes_of_a_small_store_are_golden(void **state)
{
	static const char *const dbs[] = {".state", ".journal", ".subject", "META", "ORG",
	    "ORG_CODE", "IDEM", "FORGOTTEN", "MESSAGE"};
	struct metod_forgotten gone = {
	    .person = 5, .at = 6000, .scope = METOD_STR("answers")};
	struct keyed keyed = {
	    .org = org(9, "K", 0), .key = METOD_STR("key"), .reply = METOD_STR("reply")};
	struct metod_message sent = message(7, 5, "text");
	struct metod_buf now = {0};
	struct fixture f;
	char file[512];

	(void)state;
	assert_int_equal(randombytes_set_implementation(&counting), 0);
	start(&f, 0, 0);
	add_org(&f, 1, "A", 0);
	assert_int_equal(run(&f, put_keyed, &keyed), METOD_OK);
	assert_int_equal(run(&f, put_message, &sent), METOD_OK);
	assert_int_equal(run(&f, put_forgotten, &gone), METOD_OK);
	close_store(&f);
	path_in(file, sizeof(file), f.dir, "store.mdb");
	for (size_t i = 0; i < METOD_LEN(dbs); i++)
		add_database(file, dbs[i], &now);
	compare_with(stored, &now);
	metod_buf_done(&now);
	open_store(&f);
	stop(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(stored_bytes_of_every_table_are_golden),
	    cmocka_unit_test(stored_bytes_of_a_small_store_are_golden),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
