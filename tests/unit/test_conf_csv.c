/* SPDX-License-Identifier: Apache-2.0
 * CSV registers as people write them: delimiters, quotes, Russian titles and words, and
 * every fault reported at its line and column while the good rows come through. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metod/conf.h"

static struct metod_arena *arena;
static struct metod_issues issues;
static struct metod_csv csv;

static int fresh(void **state)
{
	(void)state;
	arena = metod_arena_new();
	issues = (struct metod_issues){.arena = arena};
	return 0;
}

static int spent(void **state)
{
	(void)state;
	arena = metod_arena_free(arena);
	return 0;
}

static const char *russian(const char *msgid)
{
	static const char *const titles[][2] = {{"Code", "Код"}, {"Name", "Название"},
	    {"Kind", "Вид"}, {"In teaching since", "В педагогике с"},
	    {"Low-result school", "Школа с низкими результатами"}};

	for (size_t i = 0; i < METOD_LEN(titles); i++) {
		if (strcmp(msgid, titles[i][0]) == 0)
			return titles[i][1];
	}
	return msgid;
}

static const char *all_issues(void)
{
	struct metod_str all = METOD_STR("");

	for (size_t i = 0; i < issues.n; i++)
		all = metod_arena_printf(arena, "%.*s\n%.*s", METOD_FMT(all),
		    METOD_FMT(metod_issue_line(&issues, &issues.p[i])));
	return metod_arena_z(arena, all);
}

static enum metod_err read_rows(const struct metod_desc *desc, const char *text)
{
	issues = (struct metod_issues){.arena = arena};
	return metod_csv_read(
	    "t.csv", metod_str(text), desc, russian, arena, &csv, &issues);
}

static const struct metod_teacher_row *teachers(const char *text)
{
	if (read_rows(&metod_teacher_row_desc, text) || issues.errors)
		fail_msg("%s", all_issues());
	return csv.rows;
}

/* ---- right files ---- */

/* The same two people, written in many ways. */
/* clang-format off */
static const struct {
	const char *name, *text;
	char delimiter;
} same[] = {
    {"field names, commas",
        "code,name,org,position,subjects\nT-1,Анна Белова,O-1,teacher,rus;lit\n"
        "T-2,Ольга Громова,O-2,speech,\n", ','},
    {"BOM and CRLF",
        "\xef\xbb\xbf" "code,name,org,position,subjects\r\nT-1,Анна Белова,O-1,teacher,rus;lit\r\n"
        "T-2,Ольга Громова,O-2,speech,\r\n", ','},
    {"semicolons, Russian words",
        "Код;ФИО;Организация;Должность;Предмет(ы)\nT-1;Анна Белова;O-1;Учитель;\"rus;lit\"\n"
        "T-2;Ольга Громова;O-2;учитель-логопед;\n", ';'},
    {"tabs, other order",
        "Должность\tКод\tПредмет\tФИО\tОрганизация\nучитель\tT-1\trus, lit\tАнна Белова\tO-1\n"
        "логопед\tT-2\t\tОльга Громова\tO-2\n", '\t'},
    {"quotes around everything",
        "\"code\",\"name\",\"org\",\"position\",\"subjects\"\n"
        "\"T-1\",\"Анна Белова\",\"O-1\",\"teacher\",\"rus,lit\"\n"
        "\"T-2\",\"Ольга Громова\",\"O-2\",\"speech\",\"\"\n", ','},
    {"a line break inside a cell is a space",
        "code,name,org,position,subjects\nT-1,\"Анна\r\nБелова\",O-1,teacher,rus|lit\n"
        "T-2,Ольга Громова,O-2,speech,\n", ','},
    {"spaces, no-break spaces, case, empty rows and columns",
        " КОД ;ф.и.о.;Место  работы:;ДОЛЖНОСТЬ *;предметы;;\n\n"
        " T-1 ;\xc2\xa0" "Анна Белова\xc2\xa0;O-1; УЧИТЕЛЬ ; rus | lit ;;\n;;;;;;\n"
        "T-2;Ольга Громова;O-2;Логопед;;;\n;;;;;;\n", ';'},
    {"no line end at the end, short last row",
        "code,name,org,position,subjects\nT-1,Анна Белова,O-1,teacher,rus;lit\n"
        "T-2,Ольга Громова,O-2,speech", ','},
};
/* clang-format on */

static void one_roster_in_many_ways(void **state)
{
	(void)state;
	for (size_t i = 0; i < METOD_LEN(same); i++) {
		const struct metod_teacher_row *rows = teachers(same[i].text);

		if (csv.n != 2 || csv.read != 2 || csv.delimiter != same[i].delimiter ||
		    !metod_str_is(rows[0].code, "T-1") ||
		    !metod_str_is(rows[0].name, "Анна Белова") ||
		    !metod_str_is(rows[0].org, "O-1") ||
		    !metod_str_is(rows[0].position, "teacher") ||
		    rows[0].subjects.n != 2 ||
		    !metod_str_is(rows[0].subjects.p[1], "lit") ||
		    !metod_str_is(rows[1].name, "Ольга Громова") ||
		    !metod_str_is(rows[1].position, "speech") ||
		    rows[1].subjects.n != 0 || rows[0].hired != METOD_NIL)
			fail_msg("%s", same[i].name);
		assert_int_equal(csv.columns.n, 5);
	}
}

static void a_formula_is_text_and_lines_are_told(void **state)
{
	const struct metod_teacher_row *rows = teachers(
	    "code;name;org;position;Стаж;Год рождения;category;formats;stage\n"
	    "\n"
	    "T-1;\"=HYPERLINK(\"\"x\"\")\";O-1;заместитель директора;01.09.2015;1990;"
	    "Высшая;онлайн, очно;начальное\n"
	    "T-2;\"two\nlines\";O-1;воспитатель;;;особая;;\n"
	    "T-3;-1+2;O-1;педагог  дополнительного образования;;;;;\n");

	(void)state;
	assert_int_equal(csv.n, 3);
	assert_true(metod_str_is(rows[0].name, "=HYPERLINK(\"x\")"));
	assert_true(metod_str_is(rows[0].position, "administrator"));
	assert_int_equal(rows[0].hired, metod_days_from_civil(2015, 9, 1));
	assert_int_equal(rows[0].birth_year, 1990);
	assert_true(metod_str_is(rows[0].category, "highest"));
	assert_int_equal(rows[0].formats.n, 2);
	assert_true(metod_str_is(rows[0].formats.p[0], "online"));
	assert_true(metod_str_is(rows[0].formats.p[1], "inperson"));
	assert_true(metod_str_is(rows[0].stage, "primary"));
	assert_int_equal(rows[0].line, 3);
	assert_int_equal(rows[1].line, 4);
	assert_true(metod_str_is(rows[1].category, "особая"));
	assert_int_equal(rows[2].line, 6);
	assert_true(metod_str_is(rows[2].name, "-1+2"));
	assert_true(metod_str_is(rows[2].position, "additional"));
}

static void kinds_of_organisations_may_be_russian(void **state)
{
	const struct metod_org_row *rows;

	(void)state;
	assert_int_equal(read_rows(&metod_org_row_desc,
			     "Код,Название,Вид,Школа с низкими результатами,ШНОР сама\n"),
	    METOD_FORMAT);
	assert_int_equal(read_rows(&metod_org_row_desc,
			     "Код,Название,Вид,шнор\nO-1,\"МБОУ \"\"Школа "
			     "№ 1\"\"\",СОШ,Да\nO-2,Сад,детский сад,нет\n"
			     "O-3,Лицей,лицей,\n"),
	    METOD_OK);
	rows = csv.rows;
	assert_true(metod_str_is(rows[0].name, "МБОУ \"Школа № 1\""));
	assert_true(metod_str_is(rows[0].kind, "secondary"));
	assert_true(rows[0].low_result);
	assert_true(metod_str_is(rows[1].kind, "kindergarten"));
	assert_false(rows[1].low_result);
	assert_true(metod_str_is(rows[2].kind, "gymnasium"));
}

/* ---- wrong files ---- */

#define HEAD "code,name,org,position,birth_year\n"

/* good: rows that still come through. */
/* clang-format off */
static const struct {
	const char *name, *text;
	enum metod_err e;
	size_t good, line, column;
	const char *message;
} bad[] = {
    {"empty", "", METOD_FORMAT, 0, 0, 0, "empty"},
    {"only empty lines", "\n\n;;\n", METOD_FORMAT, 0, 0, 0, "empty"},
    {"Windows text", "code,name\nT-1,\xc0\xed\xed\xe0\n", METOD_FORMAT, 0, 2, 5, "CSV UTF-8"},
    {"UTF-16", "\xff\xfe" "c", METOD_FORMAT, 0, 1, 1, "not UTF-8"},
    {"unknown column", "code,nane,org,position\n", METOD_FORMAT, 0, 1, 6, "did you mean \"name\""},
    {"unknown Russian column", "Код,ФИО,Огранизация,Должность\n", METOD_FORMAT, 0, 1, 9, "did you mean \"организация\""},
    {"unknown column, nothing near", "code,name,org,position,xyzzy\n", METOD_FORMAT, 0, 1, 24, "unknown column \"xyzzy\""},
    {"duplicate column", "code,name,org,position,ФИО\n", METOD_FORMAT, 0, 1, 24, "\"ФИО\" says the same as column \"name\""},
    {"the line is no column", "line,code,name,org,position\n", METOD_FORMAT, 0, 1, 1, "unknown column \"line\""},
    {"missing column", "code,name,position\nT-1,A,teacher\n", METOD_FORMAT, 0, 1, 1, "column \"org\" (\"Organisation\") is missing"},
    {"broken header", "code,\"name,org,position\nT-1,A,O,teacher\n", METOD_FORMAT, 0, 1, 6, "not closed"},
    {"number", HEAD "T-1,A,O,teacher,x9\nT-2,B,O,teacher,1980\n", METOD_BAD_ROWS, 1, 2, 17, "column \"birth_year\": is not a whole number from 0 up: \"x9\""},
    {"range", HEAD "T-1,A,O,teacher,2101\n", METOD_BAD_ROWS, 0, 2, 17, "from 0 to 2100"},
    {"required cell", HEAD "T-1,,O,teacher,\nT-2,B,O,teacher,\n", METOD_BAD_ROWS, 1, 2, 5, "column \"name\": must not be empty"},
    {"short row", HEAD "T-1,A,O\nT-2,B,O,teacher\n", METOD_BAD_ROWS, 1, 2, 1, "column \"position\": must not be empty"},
    {"too many cells", HEAD "T-1,A,O,teacher,1980,7\nT-2,B,O,teacher,,\n", METOD_BAD_ROWS, 1, 2, 22, "more cells than the 5 columns"},
    {"cell without a column", "code,name,,org,position\nT-1,A,x,O,teacher\n", METOD_BAD_ROWS, 0, 2, 7, "column that has no name"},
    {"position", HEAD "T-1,A,O,учитил,\n", METOD_BAD_ROWS, 0, 2, 9, "did you mean \"учитель\""},
    {"position, nothing near", HEAD "T-1,A,O,cosmonaut,\n", METOD_BAD_ROWS, 0, 2, 9, "words: teacher, educator, additional, psychologist, speech, administrator"},
    {"quote inside a cell", HEAD "T-1,A \"B\" C,O,teacher,\nT-2,B,O,teacher,\n", METOD_BAD_ROWS, 1, 2, 7, "a quote inside a cell"},
    {"text behind a quote", HEAD "T-1,\"A\" B,O,teacher,\nT-2,B,O,teacher,\n", METOD_BAD_ROWS, 1, 2, 9, "behind the closing quote"},
    {"unclosed quote spoils one line", HEAD "T-1,\"A,O,teacher,\nT-2,B,O,teacher,\n", METOD_BAD_ROWS, 1, 2, 5, "not closed"},
    {"control character", HEAD "T-1,A\x02,O,teacher,\n", METOD_FORMAT, 0, 2, 6, "U+0002"},
    {"list too long", "code,name,org,position,formats\nT-1,A,O,teacher,очно;онлайн;очно;очно\n", METOD_BAD_ROWS, 0, 2, 17, "from 0 to 3 elements"},
    {"word in a list", "code,name,org,position,formats\nT-1,A,O,teacher,очно;онлайм\n", METOD_BAD_ROWS, 0, 2, 17, "unknown word \"онлайм\" (did you mean \"онлайн\"?)"},
    {"date", "code,name,org,position,hired\nT-1,A,O,teacher,12 лет\n", METOD_BAD_ROWS, 0, 2, 17, "is not a date like 2026-11-21 or 21.11.2026: \"12 лет\""},
};
/* clang-format on */

static void faults_are_told_at_their_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < METOD_LEN(bad); i++) {
		enum metod_err e = read_rows(&metod_teacher_row_desc, bad[i].text);
		bool told = false;

		for (size_t j = 0; j < issues.n; j++)
			told |= issues.p[j].line == bad[i].line &&
			    issues.p[j].column == bad[i].column &&
			    strstr(metod_arena_z(
				       arena, metod_issue_line(&issues, &issues.p[j])),
				bad[i].message);
		if (e != bad[i].e || !told || csv.n != bad[i].good ||
		    (e == METOD_BAD_ROWS && issues.errors != 1))
			fail_msg("%s: %s, %zu good, wanted %zu:%zu %s, got:%s",
			    bad[i].name, metod_err_wire(e), csv.n, bad[i].line,
			    bad[i].column, bad[i].message, all_issues());
	}
}

static void every_bad_cell_of_a_row_is_told(void **state)
{
	(void)state;
	assert_int_equal(read_rows(&metod_teacher_row_desc,
			     HEAD "T-1,,O,x,old\nT-2,B,O,teacher,1980\n"),
	    METOD_BAD_ROWS);
	assert_int_equal(issues.errors, 3);
	assert_int_equal(csv.n, 1);
	assert_int_equal(csv.read, 2);
	assert_true(metod_str_is(issues.p[1].field, "position"));
	assert_true(metod_str_is(issues.p[2].field, "birth_year"));
}

/* ---- caps ---- */

static void caps_hold(void **state)
{
	struct metod_buf text = {0};

	(void)state;
	metod_buf_z(&text, "code,name,kind\n");
	for (int i = 0; i <= METOD_CSV_ROWS_MAX; i++)
		metod_buf_z(&text, "a,b,сош\n");
	metod_buf_byte(&text, 0);
	/* The first rows must not be taken for the file. */
	assert_int_equal(
	    read_rows(&metod_org_row_desc, (const char *)text.p), METOD_FORMAT);
	assert_int_equal(issues.p[0].line, METOD_CSV_ROWS_MAX + 2);

	metod_buf_clear(&text);
	metod_buf_z(&text, "code,name,kind\na,");
	for (int i = 0; i <= METOD_CSV_CELL_MAX; i++)
		metod_buf_byte(&text, 'x');
	metod_buf_z(&text, ",сош\nb,c,сош\n");
	metod_buf_byte(&text, 0);
	assert_int_equal(
	    read_rows(&metod_org_row_desc, (const char *)text.p), METOD_BAD_ROWS);
	assert_int_equal(csv.n, 1);
	assert_non_null(strstr(all_issues(), "longer than 8192 bytes"));

	metod_buf_clear(&text);
	metod_buf_z(&text, "code,name,kind");
	for (int i = 0; i < METOD_CSV_COLUMNS_MAX; i++)
		metod_buf_byte(&text, ',');
	metod_buf_byte(&text, 0);
	assert_int_equal(
	    read_rows(&metod_org_row_desc, (const char *)text.p), METOD_FORMAT);
	assert_non_null(strstr(all_issues(), "more than 64 cells"));
	metod_buf_done(&text);
}

static void findings_are_kept_up_to_the_callers_cap(void **state)
{
	struct metod_buf text = {0};

	(void)state;
	metod_buf_z(&text, HEAD);
	for (int i = 0; i < 300; i++)
		metod_buf_z(&text, "T,,O,teacher,\n");
	issues = (struct metod_issues){.arena = arena, .max = 200};
	assert_int_equal(metod_csv_read("t", metod_buf_view(&text),
			     &metod_teacher_row_desc, NULL, arena, &csv, &issues),
	    METOD_BAD_ROWS);
	assert_int_equal(issues.n, 200);
	assert_int_equal(issues.errors, 300);
	metod_buf_done(&text);
}

/* Every register cut at every byte: an error or fewer rows, and nothing points into the
 * file. */
static void a_cut_file_never_harms(void **state)
{
	const char *text = same[2].text;
	size_t n = strlen(text), rows = 0;

	(void)state;
	for (size_t cut = 0; cut <= n; cut++) {
		char *copy = metod_xmalloc(cut + 1);
		enum metod_err e;

		memcpy(copy, text, cut);
		metod_arena_clear(arena);
		issues = (struct metod_issues){.arena = arena};
		e = metod_csv_read("t", (struct metod_str){copy, cut},
		    &metod_teacher_row_desc, russian, arena, &csv, &issues);
		memset(copy, '!', cut);
		assert_int_equal(e == METOD_OK, issues.errors == 0);
		for (size_t i = 0; i < csv.n; i++, rows++) {
			const struct metod_teacher_row *row =
			    (const struct metod_teacher_row *)csv.rows + i;

			assert_false(metod_str_is(row->code, "!!!"));
		}
		free(copy);
	}
	assert_true(rows > 10);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, fresh, spent)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(one_roster_in_many_ways),
	    CASE(a_formula_is_text_and_lines_are_told),
	    CASE(kinds_of_organisations_may_be_russian),
	    CASE(faults_are_told_at_their_place),
	    CASE(every_bad_cell_of_a_row_is_told),
	    CASE(caps_hold),
	    CASE(findings_are_kept_up_to_the_callers_cap),
	    CASE(a_cut_file_never_harms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
