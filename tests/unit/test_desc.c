/* SPDX-License-Identifier: Apache-2.0
 * Descriptors: finding, bounds, "absent", text forms, deep copy, digest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "wire_records.h"

static struct metod_arena *arena;

static int make_arena(void **state)
{
	(void)state;
	arena = metod_arena_new();
	return 0;
}

static int free_arena(void **state)
{
	(void)state;
	arena = metod_arena_free(arena);
	return 0;
}

static const struct metod_field *field(const char *name)
{
	const struct metod_field *found = metod_desc_field(&whole_desc, metod_str(name));

	assert_non_null(found);
	return found;
}

static void fields_are_found_by_name_and_guessed_when_near(void **state)
{
	(void)state;
	assert_int_equal(field("until")->key, 13);
	assert_null(metod_desc_field(&whole_desc, METOD_STR("grade")));
	assert_null(metod_desc_field(&none_desc, METOD_STR("")));
	assert_string_equal(
	    metod_desc_nearest(&whole_desc, METOD_STR("secert")), "secret");
	assert_string_equal(metod_desc_nearest(&whole_desc, METOD_STR("nam")), "name");
	assert_null(metod_desc_nearest(&whole_desc, METOD_STR("quite_other")));
	assert_null(metod_desc_nearest(&whole_desc, METOD_STR("zz")));
}

static void fresh_records_hold_no_value(void **state)
{
	struct whole whole;

	(void)state;
	memset(&whole, 0, sizeof(whole));
	metod_record_init(&whole_desc, &whole);
	for (size_t i = 0; i < whole_desc.count; i++)
		assert_true(metod_field_empty(&whole_desc.fields[i], &whole));
	assert_true(whole.until == METOD_NIL);
	assert_int_equal(whole.at, 0);
	whole.until = 0; /* 1970-01-01 is a value */
	assert_false(metod_field_empty(field("until"), &whole));
	whole.ratio = -0.0;
	assert_true(metod_field_empty(field("ratio"), &whole));
	whole.ratio = NAN;
	assert_false(metod_field_empty(field("ratio"), &whole));
}

/* Text of one field, what it becomes, and how it is shown again. */
static void text_forms_are_read_and_shown(void **state)
{
	static const struct {
		const char *field, *text, *shown; /* shown NULL: refused with `code` */
		enum metod_err code;
	} cases[] = {
	    {"id", "42", "42", METOD_OK},
	    {"id", " 42 ", "42", METOD_OK},
	    {"id", "0", NULL, METOD_RANGE},
	    {"id", "-1", NULL, METOD_FORMAT},
	    {"id", "4.0", NULL, METOD_FORMAT},
	    {"id", "", NULL, METOD_MISSING},
	    {"id", "18446744073709551615", "18446744073709551615", METOD_OK},
	    {"shift", "-1000", "-1000", METOD_OK},
	    {"shift", "-1001", NULL, METOD_RANGE},
	    {"shift", "", "0", METOD_OK},
	    {"ratio", "0,1", "0.1", METOD_OK},
	    {"ratio", "1e-300", "1e-300", METOD_OK},
	    {"ratio", "0.30000000000000004", "0.30000000000000004", METOD_OK},
	    {"ratio", "nan", NULL, METOD_FORMAT},
	    {"ratio", "1,2,3", NULL, METOD_FORMAT},
	    {"young", "да", "yes", METOD_OK},
	    {"young", "on", "yes", METOD_OK},
	    {"young", "false", "no", METOD_OK},
	    {"young", "", "no", METOD_OK},
	    {"young", "maybe", NULL, METOD_FORMAT},
	    {"name", " Анна ", " Анна ", METOD_OK},
	    {"name", "", NULL, METOD_MISSING},
	    {"name", "a\x01", NULL, METOD_FORMAT},
	    {"name", "\xd0", NULL, METOD_FORMAT},
	    {"name", "1234567890123456789012345678901234567890123456789012345678901",
		NULL, METOD_RANGE},
	    {"hash", "00ffAB10", "00ffab10", METOD_OK},
	    {"hash", "00ffAB1", NULL, METOD_FORMAT},
	    {"hash", "00ffAB1g", NULL, METOD_FORMAT},
	    {"hash", "00ff", NULL, METOD_RANGE},
	    {"refs", "1, 2,3", "1, 2, 3", METOD_OK},
	    {"refs", "1,,3", NULL, METOD_FORMAT},
	    {"refs", "1,-2", NULL, METOD_FORMAT},
	    {"refs", "", "", METOD_OK},
	    {"steps", "-1,0,1", "-1, 0, 1", METOD_OK},
	    {"words", "да,нет", "да, нет", METOD_OK},
	    {"words", "a,b,c,d,e,f,g,h,i,j,k", NULL, METOD_RANGE},
	    {"until", "21.11.2026", "2026-11-21", METOD_OK},
	    {"until", "1970-01-01", "1970-01-01", METOD_OK},
	    {"until", "", "", METOD_OK},
	    {"until", "31.11.2026", NULL, METOD_FORMAT},
	    {"until", "20778", NULL, METOD_FORMAT},
	    {"until", "1900-01-01", NULL, METOD_RANGE},
	    {"at", "2026-11-21T14:05:00Z", "2026-11-21 18:05", METOD_OK},
	    {"at", "2026-11-21T14:05:59.999Z", "2026-11-21 18:05", METOD_OK},
	    {"at", "2026-11-21 18:05+04:00", "2026-11-21 18:05", METOD_OK},
	    {"at", "2026-11-21T00:05-03:30", "2026-11-21 07:35", METOD_OK},
	    {"at", "2026-11-21 18:05", NULL, METOD_FORMAT},
	    {"at", "2026-11-21T24:00Z", NULL, METOD_FORMAT},
	    {"at", "2026-11-21T14:05:00.1Z", NULL, METOD_FORMAT},
	    {"at", "", "", METOD_OK},
	    {"score", "1.25", "1.25", METOD_OK},
	    {"score", "1,5", "1.5", METOD_OK},
	    {"score", "-0.005", "-0.005", METOD_OK},
	    {"score", "2", "2.0", METOD_OK},
	    {"score", "0", "0.0", METOD_OK},
	    {"score", "", "", METOD_OK},
	    {"score", "1.2345", NULL, METOD_FORMAT},
	    {"score", "1.", NULL, METOD_FORMAT},
	    {"score", ".5", NULL, METOD_FORMAT},
	    {"score", "1.-5", NULL, METOD_FORMAT},
	    {"score", "9223372036854775807", NULL, METOD_FORMAT},
	    {"main", "x", NULL, METOD_FORMAT},
	};

	(void)state;
	for (size_t i = 0; i < METOD_LEN(cases); i++) {
		const struct metod_field *f = field(cases[i].field);
		struct whole whole, before;
		struct metod_error err = {0};
		enum metod_err e;

		memset(&whole, 0x11, sizeof(whole));
		before = whole;
		e = metod_field_parse(f, &whole, metod_str(cases[i].text), arena, &err);
		if (e != cases[i].code)
			fail_msg("%s = '%s': code %d", cases[i].field, cases[i].text, e);
		if (e) {
			assert_string_equal(err.field, cases[i].field);
			assert_true(err.message[0] != '\0');
			assert_memory_equal(&whole, &before, sizeof(whole));
			continue;
		}
		assert_string_equal(
		    metod_arena_z(arena, metod_field_text(f, &whole, 240, arena)),
		    cases[i].shown);
	}
}

static void natural_thousandths_are_never_negative(void **state)
{
	const struct metod_field price = {
	    "price", "Price", METOD_KIND_U64, METOD_MILLI, 1, 0, 0, 0, &none_desc};
	const struct metod_field rows = {
	    "rows", "Rows", METOD_KIND_RECS, 0, 1, 0, 0, 0, &part_desc};
	const struct metod_strs three = {NULL, 3};
	uint64_t value = 7;

	(void)state;
	assert_int_equal(
	    metod_field_parse(&price, &value, METOD_STR("-0.5"), arena, NULL),
	    METOD_FORMAT);
	assert_int_equal(metod_field_parse(&price, &value, METOD_STR("-0"), arena, NULL),
	    METOD_FORMAT);
	assert_int_equal(value, 7);
	assert_int_equal(
	    metod_field_parse(&price, &value, METOD_STR("10,07"), arena, NULL), METOD_OK);
	assert_int_equal(value, 10070);
	assert_true(metod_str_is(metod_field_text(&price, &value, 0, arena), "10.07"));
	assert_true(metod_str_is(metod_field_text(&rows, &three, 0, arena), "3"));
}

static void bounds_are_told_in_the_form_of_the_field(void **state)
{
	struct metod_error err;
	struct whole whole;

	(void)state;
	memset(&whole, 0, sizeof(whole));
	whole.until = -20001;
	assert_int_equal(metod_field_check(field("until"), &whole, &err), METOD_RANGE);
	assert_string_equal(err.message, "must be from 1915-03-31 to 2243-10-17");
	whole.shift = 1001;
	assert_int_equal(metod_field_check(field("shift"), &whole, &err), METOD_RANGE);
	assert_string_equal(err.message, "must be from -1000 to 1000");
	assert_string_equal(err.field, "shift");
	whole.shift = 1000;
	assert_int_equal(metod_field_check(field("shift"), &whole, &err), METOD_OK);
	whole.ratio = INFINITY;
	assert_int_equal(metod_field_check(field("ratio"), &whole, &err), METOD_RANGE);
	whole.ratio = 1e300; /* 0..0 is no bound */
	assert_int_equal(metod_field_check(field("ratio"), &whole, &err), METOD_OK);
	whole.big = INT64_MAX;
	assert_int_equal(metod_field_check(field("big"), &whole, &err), METOD_OK);
	whole.words.n = 11;
	whole.words.p = METOD_NEWS(arena, 11, struct metod_str);
	assert_int_equal(metod_field_check(field("words"), &whole, &err), METOD_RANGE);
	assert_string_equal(err.message, "must have from 1 to 10 elements");
	whole.words.p[10] = METOD_STR("\xff");
	assert_int_equal(metod_field_check(field("words"), &whole, &err), METOD_FORMAT);
}

static void copies_share_nothing(void **state)
{
	struct metod_str tags[2] = {METOD_STR("x"), METOD_STR("y")};
	struct part parts[2] = {
	    {.code = METOD_STR("a"), .tags = {tags, 2}}, {.code = METOD_STR("b")}};
	uint64_t refs[2] = {5, 6};
	char name[] = "name";
	struct whole from = {
	    .id = 9, .name = metod_str(name), .refs = {refs, 2}, .main = &parts[1]};
	struct whole to;

	(void)state;
	from.parts.p = parts;
	from.parts.n = 2;
	metod_record_copy(&whole_desc, &to, &from, arena);
	memset(name, '?', 4);
	memset(refs, 0, sizeof(refs));
	tags[1] = METOD_STR("?");
	parts[1].code = METOD_STR("?");
	assert_int_equal(to.id, 9);
	assert_true(metod_str_is(to.name, "name"));
	assert_int_equal(to.refs.p[1], 6);
	assert_int_equal(to.parts.n, 2);
	assert_true(metod_str_is(to.parts.p[0].tags.p[1], "y"));
	assert_true(metod_str_is(to.parts.p[1].code, "b"));
	assert_true(metod_str_is(to.main->code, "b"));
	assert_null(to.parts.p[1].tags.p);
}

/* Each change of one row must show; titles must not. */
static void digest_follows_the_format_and_not_the_titles(void **state)
{
	struct metod_field rows[2] = {part_desc.fields[0], part_desc.fields[1]},
			   was = rows[1];
	struct metod_desc desc = {"part", sizeof(struct part), 2, rows};
	uint64_t plain = metod_desc_hash(1, &desc);
	struct metod_field *f = &rows[1];

	(void)state;
	assert_true(metod_desc_hash(1, &desc) == plain);
	assert_true(metod_desc_hash(2, &desc) != plain);
#define CHANGES(statement)                                                               \
	statement;                                                                       \
	assert_true(metod_desc_hash(1, &desc) != plain);                                 \
	*f = was
	CHANGES(f->name = "other");
	CHANGES(f->kind = METOD_KIND_I64);
	CHANGES(f->key = 9);
	CHANGES(f->low = -1);
	CHANGES(f->high = 2);
	CHANGES(f->flags = METOD_REQ);
	CHANGES(f->sub = &whole_desc);
#undef CHANGES
	f->title = "Another title";
	f->flags |= METOD_HIDE;
	assert_true(metod_desc_hash(1, &desc) == plain);
	desc.count = 1;
	assert_true(metod_desc_hash(1, &desc) != plain);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(fields_are_found_by_name_and_guessed_when_near),
	    cmocka_unit_test(fresh_records_hold_no_value),
	    cmocka_unit_test(text_forms_are_read_and_shown),
	    cmocka_unit_test(natural_thousandths_are_never_negative),
	    cmocka_unit_test(bounds_are_told_in_the_form_of_the_field),
	    cmocka_unit_test(copies_share_nothing),
	    cmocka_unit_test(digest_follows_the_format_and_not_the_titles),
	};

	return cmocka_run_group_tests(tests, make_arena, free_arena);
}
