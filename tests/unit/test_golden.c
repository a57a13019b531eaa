/* SPDX-License-Identifier: Apache-2.0
 * Stored bytes of every record of every table, format version 1. A changed schema changes
 * a line of tests/unit/golden/records.txt: that is a decision about upgrades, never an
 * accident. METOD_GOLDEN=write makes the file anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "metod/tables.h"
#include "metod/wire.h"

static const char golden[] = "tests/unit/golden/records.txt";

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

static struct metod_str read_file(struct metod_buf *buf)
{
	char part[4096];
	size_t n;
	FILE *file = fopen(golden, "r");
	assert_non_null(file);
	while ((n = fread(part, 1, sizeof part, file)) > 0)
		metod_buf_add(buf, part, n);
	fclose(file);
	return metod_buf_view(buf);
}

static void stored_bytes_of_every_table_are_golden(void **state)
{
	struct metod_buf now = {0}, then = {0};
	const char *write = getenv("METOD_GOLDEN");
	(void)state;
#define GOLDEN_LINE(number, name, record, key, person, erase)                            \
	add_line(#name, &record##_desc, &now);
	METOD_TABLES(GOLDEN_LINE)
#undef GOLDEN_LINE
	if (write && strcmp(write, "write") == 0) {
		FILE *file = fopen(golden, "w");
		assert_non_null(file);
		assert_int_equal(fwrite(now.p, 1, now.n, file), now.n);
		fclose(file);
	}
	struct metod_str a = metod_buf_view(&now), b = read_file(&then);
	while (a.n || b.n) {
		struct metod_str x = metod_str_cut(&a, '\n'), y = metod_str_cut(&b, '\n');
		if (!metod_str_eq(x, y))
			fail_msg("stored bytes changed:\n now  %.*s\n then %.*s",
			    METOD_FMT(x), METOD_FMT(y));
	}
	metod_buf_done(&now);
	metod_buf_done(&then);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(stored_bytes_of_every_table_are_golden),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
