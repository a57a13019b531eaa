/* SPDX-License-Identifier: Apache-2.0
 * Output of records: JSON, JSONL, CSV, TSV and text, each compared whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metod/wire.h"

/* clang-format off */
#define NOTE_FIELDS(F, R)                                                        \
	F(R, STR, ru, 1, METOD_REQ, 1, 100, none, "Russian")                     \
	F(R, STR, en, 2, METOD_HIDE, 0, 100, none, "English")
METOD_RECORD(note, NOTE_FIELDS)
METOD_RECORD_DEFINE(note, NOTE_FIELDS);

#define LINE_FIELDS(F, R)                                                        \
	F(R, U64,  id,    1, METOD_REQ | METOD_HIDE, 1, 0x1p64, none, "Id")      \
	F(R, STR,  name,  2, METOD_REQ, 1, 100, none, "name")                    \
	F(R, I64,  score, 3, METOD_NULL | METOD_MILLI, -9e15, 9e15, none, "балл")\
	F(R, I64,  until, 4, METOD_DATE, -20000, 100000, none, "until")          \
	F(R, STR,  state, 5, METOD_TOKEN, 0, 20, none, "state")                  \
	F(R, STRS, tags,  6, METOD_HIDE, 0, 9, none, "Tags")                     \
	F(R, REC,  note,  7, METOD_HIDE, 0, 0, note, "Note")                     \
	F(R, STR,  pin,   8, METOD_SECRET, 0, 20, none, "PIN")                   \
	F(R, STR,  story, 9, METOD_LONG, 0, 4000, none, "Story")
METOD_RECORD(line, LINE_FIELDS)
METOD_RECORD_DEFINE(line, LINE_FIELDS);

#define REPORT_FIELDS(F, R)                                                      \
	F(R, RECS, rows,  1, 0, 0, 100, line, "Rows")                            \
	F(R, U64,  total, 2, METOD_REQ, 0, 1e6, none, "Total")                   \
	F(R, REAL, share, 3, 0, 0, 0, none, "Share")                             \
	F(R, BOOL, final, 4, 0, 0, 1, none, "Final")                             \
	F(R, I64,  made,  5, METOD_TIME, 0, 9e15, none, "Made")                  \
	F(R, REC,  note,  6, 0, 0, 0, note, "Note")                              \
	F(R, RECS, parts, 7, 0, 0, 9, note, "Parts")
METOD_RECORD(report, REPORT_FIELDS)
METOD_RECORD_DEFINE(report, REPORT_FIELDS);
/* clang-format on */

static struct metod_buf out;

static int clear(void **state)
{
	(void)state;
	metod_buf_done(&out);
	return 0;
}

static const char *text(void)
{
	metod_buf_byte(&out, '\0');
	return (const char *)out.p;
}

static struct line lines[2];
static struct note note;

static struct report example(void)
{
	static struct metod_str tags[] = {{"a", 1}, {"b", 1}};
	struct report report = {.total = 2,
	    .share = .1,
	    .final = true,
	    .made = INT64_C(20778) * 86400000 + 50700000};

	memset(lines, 0, sizeof(lines));
	note = (struct note){METOD_STR("заметка"), METOD_STR("note")};
	metod_record_init(&line_desc, &lines[0]);
	metod_record_init(&line_desc, &lines[1]);
	lines[0].id = UINT64_C(1) << 53;
	lines[0].name = METOD_STR("Школа № 7");
	lines[0].score = 1250;
	lines[0].until = 20778;
	lines[0].state = METOD_STR("open");
	lines[0].tags = (struct metod_strs){tags, 2};
	lines[0].note = &note;
	lines[0].pin = METOD_STR("1234");
	lines[0].story = METOD_STR("Раз.\nДва, три.");
	lines[1].id = (UINT64_C(1) << 53) - 1;
	lines[1].name = METOD_STR("b");
	report.rows.p = lines;
	report.rows.n = 2;
	report.note = &note;
	return report;
}

static enum metod_err emit(const struct report *report, struct metod_emit how)
{
	struct metod_error err = {0};

	return metod_emit(&report_desc, report, &how, &out, &err);
}

static void json_has_every_field_and_no_secret(void **state)
{
	struct report report = example();

	(void)state;
	assert_int_equal(
	    emit(&report,
		(struct metod_emit){.output = METOD_OUT_JSON, .schema = "metod.v1"}),
	    METOD_OK);
	assert_string_equal(text(),
	    "{\"schema\":\"metod.v1\",\"total\":2,\"share\":0.1,\"final\":true,"
	    "\"made\":\"2026-11-21T14:05:00Z\",\"note\":{\"ru\":\"заметка\",\"en\":\"note\"},"
	    "\"parts\":[],\"rows\":["
	    "{\"id\":\"9007199254740992\",\"name\":\"Школа № 7\",\"score\":1.25,"
	    "\"until\":\"2026-11-21\",\"state\":\"open\",\"tags\":[\"a\",\"b\"],"
	    "\"note\":{\"ru\":\"заметка\",\"en\":\"note\"},\"story\":\"Раз.\\nДва, три.\"},"
	    "{\"id\":9007199254740991,\"name\":\"b\",\"score\":null,\"until\":null,"
	    "\"state\":\"\",\"tags\":[],\"note\":null,\"story\":\"\"}]}\n");
}

static void json_of_odd_values(void **state)
{
	struct report report = {.share = NAN, .made = 1250};
	struct line line = {.id = UINT64_MAX,
	    .name = METOD_STR("x"),
	    .score = -1,
	    .pin = METOD_STR("1234")};
	struct metod_emit how = {.output = METOD_OUT_JSON};

	(void)state;
	assert_int_equal(emit(&report, how), METOD_OK);
	assert_string_equal(text(),
	    "{\"total\":0,\"share\":null,\"final\":false,"
	    "\"made\":\"1970-01-01T00:00:01.250Z\",\"note\":null,"
	    "\"parts\":[],\"rows\":[]}\n");
	metod_buf_clear(&out);
	how.secrets = true;
	assert_int_equal(metod_emit(&line_desc, &line, &how, &out, NULL), METOD_OK);
	assert_string_equal(text(),
	    "{\"id\":\"18446744073709551615\",\"name\":\"x\",\"score\":-0.001,\"until\":null,"
	    "\"state\":\"\",\"tags\":[],\"note\":null,\"pin\":\"1234\",\"story\":\"\"}\n");
}

static void json_strings_are_escaped(void **state)
{
	(void)state;
	metod_json_quote(
	    METOD_STR("a\"\\/\b\f\n\r\t\x01\x0b\x7f\xc2\x85Я😀\xff\xd0"), &out);
	assert_string_equal(text(),
	    "\"a\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u000b\\u007f\\u0085Я😀"
	    "\xef\xbf\xbd\xef\xbf\xbd\"");
}

static void jsonl_is_one_object_per_row(void **state)
{
	struct report report = example();
	struct metod_str columns[] = {METOD_STR("name"), METOD_STR("id")};

	(void)state;
	assert_int_equal(
	    emit(&report,
		(struct metod_emit){.output = METOD_OUT_JSONL, .fields = {columns, 2}}),
	    METOD_OK);
	assert_string_equal(text(),
	    "{\"name\":\"Школа № 7\",\"id\":\"9007199254740992\"}\n"
	    "{\"name\":\"b\",\"id\":9007199254740991}\n");
	metod_buf_clear(&out);
	assert_int_equal(
	    metod_emit(&note_desc, &note,
		&(struct metod_emit){.output = METOD_OUT_JSONL, .schema = "s"}, &out,
		NULL),
	    METOD_OK);
	assert_string_equal(
	    text(), "{\"schema\":\"s\",\"ru\":\"заметка\",\"en\":\"note\"}\n");
}

static void training_data_are_marked_in_every_machine_form(void **state)
{
	static const struct {
		enum metod_output output;
		const char *text;
	} cases[] = {
	    {METOD_OUT_JSON,
		"{\"schema\":\"s\",\"demo\":true,\"ru\":\"заметка\",\"en\":\"note\"}\n"},
	    {METOD_OUT_JSONL,
		"{\"schema\":\"s\",\"demo\":true,\"ru\":\"заметка\",\"en\":\"note\"}\n"},
	    {METOD_OUT_CSV, "ru,en,demo\nзаметка,note,true\n"},
	    {METOD_OUT_TSV, "ru\ten\tdemo\nзаметка\tnote\ttrue\n"},
	};
	struct metod_str column = METOD_STR("en");

	(void)state;
	for (size_t i = 0; i < METOD_LEN(cases); i++) {
		struct metod_emit how = {
		    .output = cases[i].output, .schema = "s", .demo = true};

		metod_buf_clear(&out);
		assert_int_equal(
		    metod_emit(&note_desc, &note, &how, &out, NULL), METOD_OK);
		assert_string_equal(text(), cases[i].text);
	}
	metod_buf_clear(&out);
	assert_int_equal(
	    metod_emit(&note_desc, &note,
		&(struct metod_emit){
		    .output = METOD_OUT_CSV, .demo = true, .fields = {&column, 1}},
		&out, NULL),
	    METOD_OK);
	assert_string_equal(text(), "en\nnote\n");
}

static void csv_is_quoted_where_needed(void **state)
{
	struct report report = example();

	(void)state;
	lines[1].name = METOD_STR(" say \"hi\", ok");
	assert_int_equal(
	    emit(&report, (struct metod_emit){.output = METOD_OUT_CSV}), METOD_OK);
	assert_string_equal(text(),
	    "id,name,score,until,state,tags,note,story\n"
	    "9007199254740992,Школа № 7,1.25,2026-11-21,open,\"a, b\","
	    "\"{\"\"ru\"\":\"\"заметка\"\",\"\"en\"\":\"\"note\"\"}\",\"Раз.\nДва, три.\"\n"
	    "9007199254740991,\" say \"\"hi\"\", ok\",,,,,null,\n");
}

/* A record without `rows` is its own row; moments are UTC whatever the zone. */
static void csv_of_a_single_record(void **state)
{
	const struct metod_field fields[] = {report_desc.fields[1], report_desc.fields[2],
	    report_desc.fields[3], report_desc.fields[4]};
	const struct metod_desc desc = {"report", sizeof(struct report), 4, fields};
	struct report report = example();
	struct metod_emit how = {
	    .output = METOD_OUT_CSV, .zone_minutes = 240, .excel = true};

	(void)state;
	assert_int_equal(metod_emit(&desc, &report, &how, &out, NULL), METOD_OK);
	assert_string_equal(text(),
	    "\xef\xbb\xbf"
	    "total;share;final;made\r\n"
	    "2;0,1;true;2026-11-21T14:05:00Z\r\n");
	metod_buf_clear(&out);
	how.excel = false;
	report.final = false;
	report.made = INT64_C(9000000000000000); /* beyond the calendar */
	assert_int_equal(metod_emit(&desc, &report, &how, &out, NULL), METOD_OK);
	assert_string_equal(
	    text(), "total,share,final,made\n2,0.1,false,9000000000000000\n");
}

static void csv_for_excel_has_its_own_marks(void **state)
{
	struct report report = example();
	struct metod_str columns[] = {
	    METOD_STR("name"), METOD_STR("score"), METOD_STR("until")};

	(void)state;
	lines[1].name = METOD_STR("a;b,c");
	lines[1].score = -500;
	assert_int_equal(
	    emit(&report,
		(struct metod_emit){
		    .output = METOD_OUT_CSV, .excel = true, .fields = {columns, 3}}),
	    METOD_OK);
	assert_string_equal(text(),
	    "\xef\xbb\xbf"
	    "name;score;until\r\n"
	    "Школа № 7;1,25;2026-11-21\r\n"
	    "\"a;b,c\";-0,5;\r\n");
}

static void no_cell_of_text_is_a_formula(void **state)
{
	static const struct {
		const char *name, *cell, *tsv;
	} cases[] = {
	    {"=1+1", "'=1+1", "'=1+1"},
	    {"+7 846", "'+7 846", "'+7 846"},
	    {"-x", "'-x", "'-x"},
	    {"@SUM(A1)", "'@SUM(A1)", "'@SUM(A1)"},
	    {"\tx", "\"'\tx\"", "'\\tx"},
	    {"\rx", "\"'\rx\"", "'\\rx"},
	    {"  =x", "'  =x", "'  =x"},
	    {"=\"a\"", "\"'=\"\"a\"\"\"", "'=\"a\""},
	    {"a=b", "a=b", "a=b"},
	    {"\\n", "\\n", "\\\\n"},
	};
	struct metod_str columns[] = {METOD_STR("name"), METOD_STR("score")};
	struct line line = {.id = 1, .score = -1250};

	(void)state;
	for (size_t i = 0; i < METOD_LEN(cases); i++) {
		struct metod_emit how = {.output = METOD_OUT_CSV, .fields = {columns, 2}};
		char want[100];

		line.name = metod_str(cases[i].name);
		assert_int_equal(
		    metod_emit(&line_desc, &line, &how, &out, NULL), METOD_OK);
		/* The negative number stays a number. */
		snprintf(want, sizeof(want), "name,score\n%s,-1.25\n", cases[i].cell);
		assert_string_equal(text(), want);
		metod_buf_clear(&out);
		how.output = METOD_OUT_TSV;
		assert_int_equal(
		    metod_emit(&line_desc, &line, &how, &out, NULL), METOD_OK);
		snprintf(want, sizeof(want), "name\tscore\n%s\t-1.25\n", cases[i].tsv);
		assert_string_equal(text(), want);
		metod_buf_clear(&out);
	}
}

static const char *to_russian(void *arg, const char *msgid)
{
	static const char *const words[][2] = {{"name", "название"}, {"until", "до"},
	    {"state", "состояние"}, {"token:open", "открыта"}, {"yes", "да"},
	    {"Total", "Всего"}, {"Nothing found.", "Ничего не найдено."}};

	*(int *)arg += 1;
	for (size_t i = 0; i < METOD_LEN(words); i++) {
		if (strcmp(msgid, words[i][0]) == 0)
			return words[i][1];
	}
	return msgid;
}

static void text_is_aligned_by_width(void **state)
{
	struct report report = example();
	int calls = 0;

	(void)state;
	lines[1].name = METOD_STR("日本e\xcc\x81");
	lines[1].score = -12000;
	assert_int_equal(emit(&report,
			     (struct metod_emit){.output = METOD_OUT_TEXT,
				 .comma = true,
				 .zone_minutes = 240,
				 .translate = to_russian,
				 .translate_arg = &calls}),
	    METOD_OK);
	assert_true(calls > 0);
	assert_string_equal(text(),
	    "Всего: 2\n"
	    "Share: 0,1\n"
	    "Final: да\n"
	    "Made: 21.11.2026 18:05 (UTC+4)\n"
	    "Note:\n"
	    "  Russian: заметка\n"
	    "НАЗВАНИЕ    БАЛЛ  ДО          СОСТОЯНИЕ\n"
	    "Школа № 7   1,25  21.11.2026  открыта\n"
	    "日本e\xcc\x81      -12,0\n"
	    "Школа № 7. Story:\n"
	    "  Раз.\n"
	    "  Два, три.\n");
}

static void narrow_terminals_wrap_the_widest_column(void **state)
{
	struct report report = example();
	struct metod_str columns[] = {METOD_STR("id"), METOD_STR("name")};

	(void)state;
	lines[0].id = 7;
	lines[1].id = 10;
	lines[0].name = METOD_STR("Средняя школа имени Пушкина");
	lines[1].name = METOD_STR("Сверхдлинное и ещё");
	report.share = 0;
	report.final = false;
	report.made = 0;
	report.note = NULL;
	assert_int_equal(
	    emit(&report,
		(struct metod_emit){
		    .output = METOD_OUT_TEXT, .width = 18, .fields = {columns, 2}}),
	    METOD_OK);
	assert_string_equal(text(),
	    "Total: 2\n"
	    "Share: 0\n"
	    "Final: no\n"
	    "ID  NAME\n"
	    " 7  Средняя школа\n"
	    "    имени Пушкина\n"
	    "10  Сверхдлинное и\n"
	    "    ещё\n");
	metod_buf_clear(&out);
	/* Columns stand closer before the table is given up. */
	assert_int_equal(
	    emit(&report,
		(struct metod_emit){
		    .output = METOD_OUT_TEXT, .width = 15, .fields = {columns, 2}}),
	    METOD_OK);
	assert_non_null(strstr(text(), "ID NAME\n 7 Средняя\n   школа имени\n"));
	metod_buf_clear(&out);
	/* Words that do not fit side by side: a paragraph for every row. */
	assert_int_equal(
	    emit(&report,
		(struct metod_emit){
		    .output = METOD_OUT_TEXT, .width = 14, .fields = {columns, 2}}),
	    METOD_OK);
	assert_non_null(
	    strstr(text(), "\n7\n  name:\n  Средняя\n  школа имени\n  Пушкина\n10\n"));
	assert_null(strstr(text(), "NAME"));
	metod_buf_clear(&out);
	/* Nothing is narrowed to nothing. */
	assert_int_equal(
	    emit(&report,
		(struct metod_emit){
		    .output = METOD_OUT_TEXT, .width = 1, .fields = {columns, 2}}),
	    METOD_OK);
	assert_non_null(strstr(text(), "  Средняя\n  школа\n"));
}

static void a_long_word_breaks_at_its_hyphen_a_code_does_not(void **state)
{
	struct report report = example();
	struct metod_str columns[] = {METOD_STR("name")};

	(void)state;
	report.total = 1;
	report.rows.n = 1;
	lines[0].name = METOD_STR("педагог-психолог KDP-G7-42-1 кто-то");
	assert_int_equal(
	    emit(&report,
		(struct metod_emit){
		    .output = METOD_OUT_TEXT, .width = 11, .fields = {columns, 1}}),
	    METOD_OK);
	assert_non_null(
	    strstr(text(), "NAME\nпедагог-\nпсихолог\nKDP-G7-42-1\nкто-то\n"));
}

static void colour_is_beside_the_words(void **state)
{
	struct report report = example();
	struct metod_str columns[] = {METOD_STR("name"), METOD_STR("state")};
	struct metod_emit how = {.output = METOD_OUT_TEXT, .fields = {columns, 2}};
	char plain[2000];
	const char *p;
	size_t n = 0;

	(void)state;
	lines[0].state = METOD_STR("need");
	assert_int_equal(emit(&report, how), METOD_OK);
	snprintf(plain, sizeof(plain), "%s", text());
	assert_null(strchr(plain, 033));
	metod_buf_clear(&out);
	how.color = true;
	assert_int_equal(emit(&report, how), METOD_OK);
	assert_non_null(strstr(text(), "\033[1mNAME\033[0m"));
	assert_non_null(strstr(text(), "\033[33mneed\033[0m"));
	for (p = text(); *p; p++) {
		if (*p == 033)
			p = strchr(p, 'm');
		else
			assert_int_equal(*p, plain[n++]);
	}
	assert_int_equal(plain[n], 0);
}

static void empty_lists_and_lists_inside(void **state)
{
	struct report report = {.total = 0};
	struct note parts[] = {
	    {METOD_STR("раз"), METOD_STR("one")}, {METOD_STR("два\tтри"), {0}}};

	(void)state;
	report.parts.p = parts;
	report.parts.n = 2;
	assert_int_equal(
	    emit(&report, (struct metod_emit){.output = METOD_OUT_TEXT}), METOD_OK);
	assert_string_equal(text(),
	    "Total: 0\n"
	    "Share: 0\n"
	    "Final: no\n"
	    "Parts:\n"
	    "RUSSIAN\n"
	    "раз\n"
	    "два три\n"
	    "Nothing found.\n");
}

static void columns_that_are_not_there_are_named(void **state)
{
	struct report report = example();
	struct metod_str wrong[] = {METOD_STR("name"), METOD_STR("scroe")};
	struct metod_str secret[] = {METOD_STR("pin")};
	struct metod_emit how = {.output = METOD_OUT_CSV, .fields = {wrong, 2}};
	struct metod_error err = {0};

	(void)state;
	for (int output = METOD_OUT_TEXT; output <= METOD_OUT_TSV; output++) {
		how.output = (enum metod_output)output;
		assert_int_equal(
		    metod_emit(&report_desc, &report, &how, &out, &err), METOD_UNKNOWN);
		assert_string_equal(err.field, "scroe");
		assert_string_equal(err.hint, "perhaps score?");
		assert_int_equal(out.n, 0);
	}
	how.fields = (struct metod_strs){secret, 1};
	assert_int_equal(
	    metod_emit(&report_desc, &report, &how, &out, &err), METOD_UNKNOWN);
	how.secrets = true;
	assert_int_equal(metod_emit(&report_desc, &report, &how, &out, &err), METOD_OK);
	assert_string_equal(text(), "pin\n1234\n\n");
}

/* Whatever the form, the secret is not in it. */
static void secrets_appear_in_no_form(void **state)
{
	struct report report = example();
	enum metod_output output;

	(void)state;
	assert_false(metod_output_parse(METOD_STR("xml"), &output));
	for (int i = METOD_OUT_TEXT; i <= METOD_OUT_TSV; i++) {
		static const char *const names[] = {
		    "text", "json", "jsonl", "csv", "tsv"};

		assert_true(metod_output_parse(metod_str(names[i]), &output));
		assert_int_equal(output, i);
		assert_int_equal(
		    emit(&report, (struct metod_emit){.output = output}), METOD_OK);
		assert_non_null(strstr(text(), "Школа № 7"));
		assert_null(strstr(text(), "1234"));
		metod_buf_clear(&out);
		assert_int_equal(
		    emit(&report, (struct metod_emit){.output = output, .secrets = true}),
		    METOD_OK);
		assert_non_null(strstr(text(), "1234"));
		metod_buf_clear(&out);
	}
}

static void width_counts_cells(void **state)
{
	(void)state;
	assert_int_equal(metod_text_width(METOD_STR("")), 0);
	assert_int_equal(metod_text_width(METOD_STR("Школа № 7")), 9);
	assert_int_equal(metod_text_width(METOD_STR("и\xcc\x86")), 1);
	assert_int_equal(metod_text_width(METOD_STR("日本")), 4);
	assert_int_equal(metod_text_width(METOD_STR("—–«»")), 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(json_has_every_field_and_no_secret, clear),
	    cmocka_unit_test_teardown(json_of_odd_values, clear),
	    cmocka_unit_test_teardown(json_strings_are_escaped, clear),
	    cmocka_unit_test_teardown(jsonl_is_one_object_per_row, clear),
	    cmocka_unit_test_teardown(
		training_data_are_marked_in_every_machine_form, clear),
	    cmocka_unit_test_teardown(csv_is_quoted_where_needed, clear),
	    cmocka_unit_test_teardown(csv_of_a_single_record, clear),
	    cmocka_unit_test_teardown(csv_for_excel_has_its_own_marks, clear),
	    cmocka_unit_test_teardown(no_cell_of_text_is_a_formula, clear),
	    cmocka_unit_test_teardown(text_is_aligned_by_width, clear),
	    cmocka_unit_test_teardown(narrow_terminals_wrap_the_widest_column, clear),
	    cmocka_unit_test_teardown(
		a_long_word_breaks_at_its_hyphen_a_code_does_not, clear),
	    cmocka_unit_test_teardown(colour_is_beside_the_words, clear),
	    cmocka_unit_test_teardown(empty_lists_and_lists_inside, clear),
	    cmocka_unit_test_teardown(columns_that_are_not_there_are_named, clear),
	    cmocka_unit_test_teardown(secrets_appear_in_no_form, clear),
	    cmocka_unit_test(width_counts_cells),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
