/* SPDX-License-Identifier: Apache-2.0
 * YAML trees, content records and content checks. Every rule has a sample that breaks it:
 * one place of the small set in tests/unit/data/conf is replaced, and the finding must
 * stand at its line and column. Runs from the root of the sources. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "metod/conf.h"

#define DATA "tests/unit/data/conf/"

static struct metod_arena *arena;
static struct metod_issues issues;

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

static const char *all_issues(void)
{
	struct metod_str all = METOD_STR("");

	for (size_t i = 0; i < issues.n; i++)
		all = metod_arena_printf(arena, "%.*s\n%.*s", METOD_FMT(all),
		    METOD_FMT(metod_issue_line(&issues, &issues.p[i])));
	return metod_arena_z(arena, all);
}

/* Is there a finding at line:column whose line has both texts? */
static bool found(size_t line, size_t column, const char *message)
{
	for (size_t i = 0; i < issues.n; i++) {
		const char *text =
		    metod_arena_z(arena, metod_issue_line(&issues, &issues.p[i]));

		if (issues.p[i].line == line && issues.p[i].column == column &&
		    strstr(text, message))
			return true;
	}
	return false;
}

/* ---- YAML ---- */

/* clang-format off */
static const struct {
	const char *name, *text;
	size_t line, column;
	const char *message;
} bad_yaml[] = {
    {"alias", "a: &x 1\nb: *x\n", 2, 4, "aliases (*x)"},
    {"anchor", "a: 1\nb: &x 1\n", 2, 4, "anchors (&x)"},
    {"anchor of a map", "a: 1\nb: &x {c: 1}\n", 2, 4, "anchors"},
    {"tag", "a: !!str 1\n", 1, 4, "tags"},
    {"tag of a list", "a: !x [1]\n", 1, 4, "tags"},
    {"directive", "%YAML 1.1\n---\na: 1\n", 1, 1, "directives"},
    {"duplicate key", "a: 1\nb: 2\n\"a\": 3\n", 3, 1, "first in line 1"},
    {"duplicate key in a flow map", "a: {b: 1, c: 2,\n  b: 3}\n", 2, 3, "\"b\" stands here twice"},
    {"second document", "a: 1\n---\nb: 1\n", 2, 1, "second document"},
    {"list as a key", "? [a]\n: 1\n", 1, 3, "plain word"},
    {"empty key", "a:\n  \"\": 1\n", 2, 3, "a key is missing"},
    {"a bare word", "hello\n", 1, 1, "must begin with a key"},
    {"nothing", "# only a comment\n", 0, 0, "empty"},
    {"bad UTF-8", "a: 1\nb: ж\xd0\n", 2, 5, "not UTF-8"},
    {"overlong UTF-8", "a: \xc0\xaf\n", 1, 4, "not UTF-8"},
    {"control character", "a: ж\x01\n", 1, 5, "U+0001"},
    {"lone carriage return", "a: 1\rb: 2\n", 1, 5, "U+000D"},
    {"BOM in the middle", "a: 1\nb: \xef\xbb\xbf" "2\n", 2, 4, "U+FEFF"},
    {"escaped control character", "a: \"\\x07\"\n", 1, 4, "control character"},
    {"escaped NUL", "a: \"\\0\"\n", 1, 4, "control character"},
    {"unclosed bracket", "a: [1, 2\nb: 3\n", 2, 2, ""},
    {"tab as indentation", "a:\n\tb: 1\n", 2, 1, "cannot start any token"},
    {"wrong indentation", "a: 1\n  b: 2\n", 2, 4, "not allowed"},
    {"depth 13", "a: [[[[[[[[[[[[1]]]]]]]]]]]]\n", 1, 15, "deeper than 12"},
};
/* clang-format on */

static void bad_yaml_is_refused_at_its_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < METOD_LEN(bad_yaml); i++) {
		struct metod_node *root = NULL;

		issues = (struct metod_issues){.arena = arena};
		assert_int_equal(metod_yaml_parse("f.yaml", metod_str(bad_yaml[i].text),
				     arena, &root, &issues),
		    METOD_FORMAT);
		assert_null(root);
		if (!found(bad_yaml[i].line, bad_yaml[i].column, bad_yaml[i].message))
			fail_msg("%s: wanted %zu:%zu %s, got:%s", bad_yaml[i].name,
			    bad_yaml[i].line, bad_yaml[i].column, bad_yaml[i].message,
			    all_issues());
	}
}

static void a_tree_keeps_places_of_keys_and_values(void **state)
{
	static const char text[] = "\xef\xbb\xbf# head\r\n"
				   "ключ: {b: \"два слова\",\r\n"
				   "   c: [x, 7, -2.5]}\r\n"
				   "long: >\r\n"
				   "  one\r\n"
				   "  two\r\n";
	const struct metod_node *map, *list;
	struct metod_node *root;
	uint64_t whole = 1;
	double real;

	(void)state;
	assert_int_equal(
	    metod_yaml_parse("f", metod_str(text), arena, &root, &issues), METOD_OK);
	map = metod_node_get(root, "ключ");
	assert_int_equal(map->kind, METOD_NODE_MAP);
	assert_int_equal(map->key_line, 2);
	assert_int_equal(map->key_column, 1);
	assert_int_equal(map->column, 7);
	assert_true(metod_str_is(metod_node_text(metod_node_get(map, "b")), "два слова"));
	list = metod_node_get(map, "c");
	assert_int_equal(list->line, 3);
	assert_int_equal(list->column, 7);
	assert_int_equal(metod_node_count(list), 3);
	assert_false(metod_node_u64(metod_node_first(list), &whole));
	assert_int_equal(whole, 1);
	assert_true(metod_node_u64(metod_node_first(list)->next, &whole));
	assert_int_equal(whole, 7);
	assert_true(metod_node_real(metod_node_first(list)->next->next, &real));
	assert_true(real > -2.51 && real < -2.49);
	assert_true(
	    metod_str_is(metod_node_text(metod_node_get(root, "long")), "one two\n"));
	assert_null(metod_node_get(metod_node_get(NULL, "x"), "y"));
	assert_int_equal(metod_node_text(list).n, 0);
}

static void depth_12_is_read(void **state)
{
	struct metod_node *root;

	(void)state;
	assert_int_equal(metod_yaml_parse("f", METOD_STR("a: [[[[[[[[[[[1]]]]]]]]]]]\n"),
			     arena, &root, &issues),
	    METOD_OK);
}

static void large_yaml_is_refused(void **state)
{
	struct metod_buf text = {0};
	struct metod_node *root;
	struct metod_str huge;

	(void)state;
	metod_buf_z(&text, "a: [");
	for (int i = 0; i < METOD_YAML_NODES_MAX; i++)
		metod_buf_z(&text, "1,");
	metod_buf_z(&text, "]\n");
	assert_int_equal(
	    metod_yaml_parse("f", metod_buf_view(&text), arena, &root, &issues),
	    METOD_FORMAT);
	assert_non_null(strstr(all_issues(), "more than 500000 values"));

	metod_buf_clear(&text);
	for (int i = 0; i <= METOD_YAML_KEYS_MAX; i++)
		metod_buf_printf(&text, "k%d: 1\n", i);
	assert_int_equal(
	    metod_yaml_parse("f", metod_buf_view(&text), arena, &root, &issues),
	    METOD_FORMAT);
	assert_true(found(257, 1, "more than 256 keys"));

	huge = (struct metod_str){(const char *)text.p, METOD_FILE_MAX + 1};
	assert_int_equal(
	    metod_yaml_parse("f", huge, arena, &root, &issues), METOD_TOO_BIG);
	metod_buf_done(&text);
}

static const char *in_other_words(const char *msgid)
{
	return strstr(msgid, "stands here twice") ? "ключ \"%s\", строка %u" : msgid;
}

static void findings_are_capped_counted_and_translated(void **state)
{
	struct metod_buf text = {0};
	struct metod_node *root;

	(void)state;
	issues.tr = in_other_words;
	for (int i = 0; i < 61; i++)
		metod_buf_z(&text, "a: 1\n");
	assert_int_equal(
	    metod_yaml_parse("f", metod_buf_view(&text), arena, &root, &issues),
	    METOD_FORMAT);
	assert_int_equal(issues.n, METOD_ISSUES_MAX);
	assert_true(issues.errors > 60);
	assert_true(metod_str_is(issues.p[0].text, "ключ \"a\", строка 1"));
	metod_buf_done(&text);
}

/* ---- changing one place ---- */

static const char *const set_files[] = {"framework.yaml", "form.yaml", "paramset.yaml",
    "rules.yaml", "activities.csv", "second.yaml", "selection.yaml", "observation.yaml",
    "card.yaml", "practices.yaml", "site.yaml"};

static struct metod_str read_whole(const char *path)
{
	struct metod_str bytes = METOD_STR("");

	if (metod_file_read(path, arena, &bytes, &issues))
		fail_msg("cannot read %s", path);
	return bytes;
}

static void write_whole(const char *path, struct metod_str bytes)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes.p, 1, bytes.n, file), bytes.n);
	assert_int_equal(fclose(file), 0);
}

static struct metod_str replaced(
    struct metod_str text, const char *find, const char *with)
{
	const char *z = metod_arena_z(arena, text), *at = strstr(z, find);

	if (!at)
		fail_msg("the sample has no \"%s\"", find);
	return metod_arena_printf(
	    arena, "%.*s%s%s", (int)(at - z), z, with, at + strlen(find));
}

static void place_of(
    struct metod_str text, const char *needle, size_t *line, size_t *column)
{
	const char *z = metod_arena_z(arena, text), *at = strstr(z, needle);

	if (!at)
		fail_msg("the changed sample has no \"%s\"", needle);
	*line = 1;
	*column = 1;
	for (size_t i = 0; i < (size_t)(at - z); *column += 1) {
		if (metod_utf8_next(text, &i) == '\n') {
			*line += 1;
			*column = 0;
		}
	}
}

static const char *make_folder(void)
{
	static const char pattern[] = "/tmp/metod-conf-XXXXXX";
	char *path = metod_arena_alloc(arena, sizeof(pattern));

	memcpy(path, pattern, sizeof(pattern));
	assert_non_null(mkdtemp(path));
	return path;
}

static void remove_folder(const char *folder)
{
	for (size_t i = 0; i < METOD_LEN(set_files); i++)
		unlink(metod_arena_printf(arena, "%s/%s", folder, set_files[i]).p);
	assert_int_equal(rmdir(folder), 0);
}

/* The set with one file changed, checked in a folder of its own. */
static enum metod_err check_changed(const char *file, struct metod_str changed)
{
	const char *folder = make_folder();
	enum metod_err e;

	for (size_t i = 0; i < METOD_LEN(set_files); i++) {
		const char *name = set_files[i];

		write_whole(metod_arena_printf(arena, "%s/%s", folder, name).p,
		    strcmp(name, file) == 0
			? changed
			: read_whole(metod_arena_printf(arena, DATA "%s", name).p));
	}
	e = metod_conf_check(folder, arena, &issues);
	remove_folder(folder);
	return e;
}

/* find is replaced by with; the finding stands where `at` begins. at "": the whole file.
 */
/* clang-format off */
static const struct {
	const char *file, *find, *with, *at, *message;
} broken[] = {
    /* shape: framework */
    {"framework.yaml", "kind: framework", "kind: framwork", "framwork", "did you mean \"framework\""},
    {"framework.yaml", "kind: framework\n", "", "id: mini-1", "key \"kind\" is missing"},
    {"framework.yaml", "not_in_work:", "not_in_wrok:", "not_in_wrok", "did you mean \"not_in_work\""},
    {"framework.yaml", "version: \"1\"\n", "", "kind: framework", "key \"version\" is missing"},
    {"framework.yaml", "need: 1.5", "needs: 1.5", "needs", "did you mean \"need\""},
    {"framework.yaml", "need: 1.5, ", "", "kind: framework", "\"need\" is missing under \"cuts\""},
    {"framework.yaml", "need: 1.5", "need: 1.5555", "1.5555", "three decimals"},
    {"framework.yaml", "target: 2.0", "target: 3.5", "3.5", "must be from 0 to 3"},
    {"framework.yaml", "general: true", "general: perhaps", "perhaps", "neither yes nor no"},
    {"framework.yaml", "functions: [A/01.6]", "functions: A/01.6", "A/01.6", "a list is expected"},
    {"framework.yaml", "value: 3, ru: \"три\"", "value: 4, ru: \"три\"", "4, ru", "must be from 0 to 3"},
    {"framework.yaml", "    ru: \"Уроки\"\n", "", "id: G1\n    en", "key \"ru\" is missing"},
    {"framework.yaml", "ru: \"Уроки\"", "ru: [Уроки]", "[Уроки]", "a single value"},
    {"framework.yaml", "ru: \"Уроки\"", "ru: \"\"", "\"\"\n", "must not be empty"},
    {"framework.yaml", "title: {ru: \"Малая рамка\", en: \"Small framework\"}", "title: рамка", "рамка", "keys with values"},
    /* rules: framework */
    {"framework.yaml", "id: G1\n", "id: ГР1\n", "ГР1", "not an identifier"},
    {"framework.yaml", "groups:\n", "groups:\n  - {id: G1, ru: а-а, en: a, heading: {ru: б-б, en: b}}\n", "G1\n    ru", "twice, first in line 21"},
    {"framework.yaml", "group: G1", "group: G2", "G2", "no group \"G2\""},
    {"framework.yaml", "groups:\n", "groups:\n  - {id: G9, ru: а-а, en: a, heading: {ru: б-б, en: b}}\n", "{id: G9", "has no competencies"},
    {"framework.yaml", "severe: 0.5", "severe: 1.5", "1.5, resource", "cuts must grow"},
    {"framework.yaml", "target: 2.0", "target: 1.2", "1.2", "cuts must grow"},
    {"framework.yaml", "  - {value: 3, ru: \"три\", en: \"three\"}\n", "", "- {value: 0, ru: \"ноль\"", "four values"},
    {"framework.yaml", "{value: 1, ru: \"слово один\"", "{value: 2, ru: \"слово один\"", "2, ru: \"слово один\"", "value 1 is expected"},
    {"framework.yaml", "{value: 0, ru: \"Уровень ноль. Пример.\"", "{value: 3, ru: \"Уровень ноль. Пример.\"", "3, ru: \"Уровень ноль", "levels: value 0"},
    {"framework.yaml", "    levels:\n      - {value: 0, ru: \"Уровень ноль. Пример.\", en: \"Level zero. Example.\"}\n      - {value: 1, ru: \"Уровень один. Пример.\", en: \"Level one. Example.\"}\n      - {value: 2, ru: \"Уровень два. Пример.\", en: \"Level two. Example.\"}\n      - {value: 3, ru: \"Уровень три. Пример.\", en: \"Level three. Example.\"}\n", "", "id: FOR", "levels: the four values"},
    /* spelling */
    {"framework.yaml", "Обратная связь", "Обрaтная связь", "\"Обрaтная", "Latin letters inside"},
    {"framework.yaml", "Обратная связь", "Обратная c ними", "\"Обратная c", "Latin letters inside"},
    {"framework.yaml", "en: \"Feedback\"", "en: \"Feеdback\"", "\"Feеdback", "Russian letters in the English"},
    {"framework.yaml", "Обратная связь", "Мои\xcc\x86 путь", "\"Мои", "made of two characters"},
    {"framework.yaml", "Обратная связь", "Обратная  связь", "\"Обратная", "two spaces"},
    {"framework.yaml", "    en: \"Feedback\"\n", "", "\"Обратная связь\"", "has no English"},
    /* form */
    {"form.yaml", "framework: mini-1", "framework: mini-2", "mini-2", "is \"mini-1\""},
    {"form.yaml", "id: MINI", "id: \"анкета\"", "\"анкета\"", "not an identifier"},
    {"form.yaml", "id: FOR-2", "id: FOR-1", "FOR-1\n    competency: FOR\n    teacher:\n      ru: \"По", "twice"},
    {"form.yaml", "id: FOR-2", "id: FOR-x", "FOR-x", "must be \"FOR-\" and a number"},
    {"form.yaml", "id: FOR-2", "id: DAT-2", "DAT-2", "must be \"FOR-\" and a number"},
    {"form.yaml", "id: FOR-2\n    competency: FOR", "id: FOX-2\n    competency: FOX", "FOX\n    teacher", "did you mean \"FOR\""},
    {"form.yaml", "id: FOR-2\n    competency: FOR", "id: FOX-2\n    competency: FOX", "FOR\n    teacher:\n      ru: \"В отзыве", "has 2 items, 3 are needed"},
    {"form.yaml", "    educator:\n      ru: \"По ходу занятия я проверяю понимание темы коротким вопросом.\"\n      en: \"During the activity I use a short question.\"\n", "", "id: FOR-2", "no text for wording \"educator\""},
    {"form.yaml", "    teacher:\n", "    techer:\n", "techer", "did you mean \"teacher\""},
    {"form.yaml", "key: teacher, positions: [teacher,", "key: teacher, positions: [techer,", "techer", "did you mean \"teacher\""},
    {"form.yaml", "psychologist, speech]", "psychologist]", "- {key: teacher", "\"speech\" has no wording"},
    {"form.yaml", "psychologist, speech]", "psychologist, speech, teacher]", "teacher]}", "has two wordings"},
    {"form.yaml", "{key: educator", "{key: teacher", "teacher, positions: [educator", "twice"},
    {"form.yaml", "посильный следующий шаг.\"", "посильный следующий шаг.\"\n      de: x", "de: x", "unknown key \"de\""},
    {"form.yaml", "В отзыве на работу я подсказываю ученику следующий шаг.", "В отзыве я подсказываю ученику следующий шаг.", "\"В отзыве", "has 7 words"},
    {"form.yaml", "В отзыве на работу я", "В отзыве на работу а а а а а а а а а а я", "\"В отзыве", "has 19 words"},
    {"form.yaml", "я подсказываю ученику", "я умею подсказывать ученику", "\"В отзыве", "\"умею\""},
    {"form.yaml", "я подсказываю ученику", "я не навязываю ученику", "\"В отзыве", "\"не\""},
    {"form.yaml", "признаки хорошей", "по ФГОС хорошей", "\"До начала работы", "\"фгос\""},
    {"form.yaml", "признаки хорошей", "по приказу хорошей", "\"До начала работы", "name the act"},
    {"form.yaml", "В отзыве на работу я подсказываю", "К каждому уроку я планирую и провожу", "\"К каждому", "two acts in one item"},
    {"form.yaml", "В отзыве на работу я подсказываю ученику", "Прежде чем начать, читаю тетрадь и подсказываю ученику", "\"Прежде", "\"читаю\" and \"подсказываю\""},
    {"form.yaml", "В отзыве на работу я подсказываю ученику", "К каждому случаю я подсказываю ученику", "\"К каждому", NULL},
    {"form.yaml", "В отзыве на работу я подсказываю ученику", "В отзыве на работу ученику даётся подсказка про", "\"В отзыве", "nobody acts"},
    {"form.yaml", "я подсказываю ученику", "я никогда ни разу ученику", "\"В отзыве", "\"ни\""},
    {"form.yaml", "признаки хорошей", "по новому закону хорошей", "\"До начала работы", "\"закону\""},
    {"form.yaml", "я подсказываю ученику следующий", "я подсказываю отстающему ученику следующий", "\"В отзыве", "a label is not for a question"},
    {"form.yaml", "я подсказываю ученику следующий", "я на любые уроки подсказываю ученику следующий", "\"В отзыве", "the name \"Уроки\" of the framework"},
    {"form.yaml", "я подсказываю ученику следующий", "через обратную связь я подсказываю ученику следующий", "\"В отзыве", NULL},
    {"form.yaml", "я подсказываю ученику следующий", "обратная связь: я подсказываю ученику следующий", "\"В отзыве", "the name \"Обратная связь\""},
    {"form.yaml", "Проверка.", "Найдём ваши дефициты.", "\"Найдём", "say \"затруднение\""},
    {"form.yaml", "По ходу урока я проверяю понимание темы коротким заданием.", "В отзыве на эту работу я подсказываю ученику следующий шаг.", "\"В отзыве на работу", "nearly the same text"},
    {"form.yaml", "      en: \"During the lesson I use a short task.\"\n", "", "\"По ходу урока", "has no English"},
    {"form.yaml", "positions: [teacher, additional, administrator]", "positions: []", "[]}", "positions"},
    {"form.yaml", "По ходу урока я проверяю понимание темы коротким заданием.", "В  отзыве на РАБОТУ я подсказываю ученику следующий шаг.", "\"В отзыве на работу", "nearly the same text as in "},
    /* parameters */
    {"paramset.yaml", "[2.556, 0.710, -1.136]", "[2.556, 2.710, -1.136]", "2.710", "must fall"},
    {"paramset.yaml", "[2.556, 0.710, -1.136]", "[2.556, 0.710]", "[2.556", "three thresholds"},
    {"paramset.yaml", "[2, 1, -1.25]", "[2, 1, 1]", "1]", "must fall"},
    {"paramset.yaml", "[2, 1, -1.25]", "[2, 1, x]", "x]", "is not a number"},
    {"paramset.yaml", "[2, 1, -1.25]", "[2, 1, -51]", "-51]", "from -50 to 50"},
    {"paramset.yaml", "a: 1.42", "a: 0.04", "0.04", "must be from 0.05 to 12"},
    {"paramset.yaml", "a: 1.42", "a: 12.01", "12.01", "must be from 0.05 to 12"},
    {"paramset.yaml", "default:", "standard:", "standard", "unknown key"},
    {"paramset.yaml", "item: FOR-1", "item: FOR-9", "FOR-9", "no form has an item"},
    {"paramset.yaml", "item: FOR-1, ", "", "{a: 1.5", "key \"item\" is missing"},
    {"paramset.yaml", "label: design", "label: desing", "desing", "did you mean \"design\""},
    {"paramset.yaml", "-1.25]}", "-1.25]}\n  - {item: FOR-1, a: 1, c: [3, 2, 1]}", "FOR-1, a: 1, c", "twice"},
    /* rules */
    {"rules.yaml", "audience: deputy", "audience: deputies", "deputies", "did you mean \"deputy\""},
    {"rules.yaml", "audience: deputy", "audience: teacher", "- {id: R-TEA", "no rule for audience \"deputy\""},
    {"rules.yaml", "competency: FOR, min_class: most", "competency: FORM, min_class: most", "FORM", "did you mean \"FOR\""},
    {"rules.yaml", "min_class: most", "min_class: mosst", "mosst", "did you mean \"most\""},
    {"rules.yaml", "[low_result]", "[low_results]", "low_results", "did you mean \"low_result\""},
    {"rules.yaml", "id: R-ASS", "id: R-TEA", "R-TEA, audience: association", "twice"},
    {"rules.yaml", "deadline_days: 30", "deadline_days: 0", "0, evidence", "must be from 1 to 1000"},
    {"rules.yaml", "measure: {ru: \"мера\"", "measure: {ru: \"\"", "\"\", en", "must not be empty"},
    {"rules.yaml", "responsible: {ru: \"кто\", en: \"who\"},\n", "", "{id: R-TEA", "\"responsible\" is missing"},
    {"rules.yaml", "competency: \"*\"", "competency: \"**\"", "\"**\"", "no competency"},
    {"rules.yaml", "audience: association, competency: FOR, min_class: notable", "audience: association, competency: FOR, min_class: few", "few, shortage: false,\n     context: [], priority: 1, measure: {ru: \"мера\", en: \"measure\"},\n     responsible", "must not speak from any share"},
    {"rules.yaml", "{id: R-FEW-D, audience: deputy, competency: \"*\", min_class: few", "{id: R-FEW-D, audience: deputy, competency: \"*\", min_class: most", "- {id: R-TEA", "speaks of competency \"FOR\" when few"},
    {"rules.yaml", "audience: deputy, competency: FOR, min_class: most, shortage: false", "audience: deputy, competency: FOR, min_class: most, shortage: true", "- {id: R-TEA", "no rule for audience \"deputy\""},
    {"rules.yaml", "audience: deputy, competency: FOR, min_class: most,", "audience: deputy, competency: FOR, min_class: most, answers_to: 9,", "- {id: R-TEA", "no rule for audience \"deputy\""},
    {"rules.yaml", "audience: deputy, competency: FOR, min_class: most,", "audience: deputy, competency: FOR, min_class: most, coverage_below: 50,", "- {id: R-TEA", "no rule for audience \"deputy\""},
    {"rules.yaml", "min_class: most,", "min_class: most, answers_from: 9, answers_to: 8,", "8, shortage", "no number of answers fits"},
    {"rules.yaml", "min_class: most,", "min_class: most, coverage_below: 101,", "101", "must be from 0 to 100"},
    {"rules.yaml", "min_class: most,", "min_class: most, trend: risin,", "risin", "did you mean \"rising\""},
    {"rules.yaml", "ru: \"малая группа\"", "ru: \"все обязаны прийти\"", "\"все обязаны", "offer a step"},
    {"rules.yaml", "ru: \"малая группа\"", "ru: \"помочь слабым\"", "\"помочь слабым", "nobody is to blame"},
    /* activities */
    {"activities.csv", "FOR:220", "FOR", "FOR,A-2", "gains are written"},
    {"activities.csv", "FOR:220", "FOR:3001", "FOR:3001", "from 1 to 3000"},
    {"activities.csv", "FOR:220", "FOX:220", "FOX:220", "no competency \"FOX\""},
    {"activities.csv", "FOR:220", "FOR:220;FOR:1", "FOR:220;", "two gains"},
    {"activities.csv", "selfstudy", "selfstduy", "selfstduy", "did you mean \"selfstudy\""},
    {"activities.csv", "2,online", "2,onlain", "onlain", "unknown word"},
    {"activities.csv", "2027-02-04,2027-02-04", "2027-02-04,2027-02-03", "2027-02-03", "before the start"},
    {"activities.csv", "2027-02-04,2027-02-04", "2027-02-04,", "A-2,Вебинар", "both a start and an end"},
    {"activities.csv", "FOR:110,A-1", "FOR:110,A-9", "A-9", "no activity \"A-9\""},
    {"activities.csv", "FOR:110,A-1", "FOR:110,A-3", "A-2,,,,,2", "go in a circle"},
    {"activities.csv", "FOR:110,A-1", "FOR:110,A-2", "A-2,,,2027", "go in a circle"},
    {"activities.csv", "FOR:450,,teacher,,2027-01", "FOR:450,,techer,,2027-01", "techer", "did you mean \"teacher\""},
    {"activities.csv", "A-1,Курс,Course,course,24,mixed,FOR:450,,teacher,,2027-03", "A-1,Курсы,Course,course,24,mixed,FOR:450,,teacher,,2027-03", "Курсы", "differs from line 2"},
    {"activities.csv", "2027-03-18", "2027-01-18", "A-1,Курс,Course,course,24,mixed,FOR:450,,teacher,,2027-01-18,2027-04", "same session as in line 2"},
    {"activities.csv", "A-3,Сам", "А-3,Сам", "А-3", "not an identifier"},
    {"activities.csv", "Вебинар", "Bебинар", "Bебинар", "Latin letters inside"},
    {"activities.csv", "A-5,Визит,Visit,visit,3", "A-5,Визит,Visit,meeting,3", "A-5", NULL},
    {"activities.csv", "A-5,Визит,Visit,visit,3,inperson,FOR:150,,,,2027-02-17,2027-02-17,3,M-1,10,центр,\n", "", "A-4,В", "4 activities of 4 kinds; 5 of 3"},
    {"activities.csv", "inperson,FOR:150", "inperson,FOR:150;CRI:160", "A-5,В", "4 activities of 4 kinds; 5 of 3"},
    {"activities.csv", "A-5,Визит,Visit,visit,3,inperson,FOR:150", "A-5,Визит,Visit,meeting,3,inperson,FOR:170", "FOR:170,,,,2027-02-17", "kind and gain as \"A-4\" in line 6"},
    {"activities.csv", "A-4,Встреча,Meeting", "A-4,Веб инар,Meeting", "Веб инар", NULL},
    {"activities.csv", "A-4,Встреча,Meeting", "A-4,Вебинар!,Meeting", "Вебинар!", "nearly the same text"},
    {"activities.csv", "Вебинар,Webinar", "Вебинар (образец),Webinar", "Webinar,webinar", "in both titles or in none"},
    {"activities.csv", "2027-02-16,2027-02-16,3,M-1", ",,3,M-1", "meeting", "no session of this activity"},
    {"activities.csv", "meeting,3,inperson", "meeting,9,inperson", "3,M-1,40", "9 hours do not fit into 1 weeks"},
    {"activities.csv", "3,M-1,40", "3,,40", "inperson,FOR:170", "the place is missing"},
    {"activities.csv", "3,M-1,40", "3,M-1,0", "0,центр,\nA-5", "how many seats"},
    {"activities.csv", "2027-02-04,2,,0", "2027-02-04,2,M-1,0", "M-1,0", "has no place"},
    /* levels */
    {"framework.yaml", "Уровень ноль. Пример.", "Уровень ноль.", "\"Уровень ноль", "two sentences, here there are 1"},
    {"framework.yaml", "Уровень ноль. Пример.", "Уровень ноль. Пример. Ещё.", "\"Уровень ноль", "two sentences, here there are 3"},
    {"framework.yaml", "Уровень ноль. Пример.", "Вопрос «зачем?» звучит. Пример 2.5.", "\"Вопрос", NULL},
    /* second stage */
    {"second.yaml", "form: MINI", "form: MAXI", "MAXI", "no form \"MAXI\""},
    {"second.yaml", "id: FOR-4", "id: FOR-3", "FOR-3", "has a question \"FOR-3\" already"},
    {"second.yaml", "teacher, additional, administrator]", "teacher, additional]", "{key: teacher", "differs from the one in"},
    {"second.yaml", "  - {key: educator, positions: [educator, psychologist, speech]}\n", "", "- {key: teacher", "the wordings differ"},
    {"second.yaml", "Для доработки тетради я оставляю время на следующий день.", "В отзыве на работу я подсказываю ученику и второй шаг.", "\"В отзыве", "nearly the same text as in"},
    {"second.yaml", "Я прошу ученика назвать", "Я читаю и прошу ученика назвать", "\"Я читаю", "two acts"},
    {"second.yaml", "  - id: FOR-4\n    competency: FOR\n", "  - id: FOR-4\n    competency: FOX\n", "FOX", "did you mean \"FOR\""},
    {"second.yaml", "kind: second_stage", "kind: second_stages", "second_stages", "did you mean \"second_stage\""},
    /* selection */
    {"selection.yaml", "from: MINI", "from: MAXI", "MAXI", "no form \"MAXI\""},
    {"selection.yaml", "[FOR]", "[FOX]", "FOX", "did you mean \"FOR\""},
    {"selection.yaml", "[FOR]", "[FOR, FOR]", "FOR]", "twice"},
    {"selection.yaml", "id: MINI-Y", "id: MINI-X", "MINI-X", "no card of needs names the form"},
    /* observation */
    {"observation.yaml", "    evidence: {ru: \"Слова одного ребёнка\", en: \"Words of one child\"}\n", "", "id: FOR-a", "\"evidence\" is missing"},
    {"observation.yaml", "id: FOR-b", "id: FOR-a", "FOR-a\n    competency: FOR\n    lesson: {ru: \"Учитель", "twice"},
    {"observation.yaml", "id: FOR-b\n    competency: FOR", "id: FOR-b\n    competency: FOX", "FOX", "did you mean \"FOR\""},
    {"observation.yaml", "id: FOR-b\n    competency: FOR", "id: FOR-b\n    competency: FOX", "- id: FOR-a", "has 1 indicators, 2 are needed"},
    {"observation.yaml", "Учитель слышит ответы от большинства класса", "Ученики называют три признака хорошей работы", "\"Ученики называют три", "nearly the same text"},
    /* cards */
    {"card.yaml", "use: needs", "use: need", "need\n", "did you mean \"needs\""},
    {"card.yaml", "type: choice", "type: choise", "choise", "did you mean \"choice\""},
    {"card.yaml", "      - {value: alone, text: {ru: \"одному\", en: \"alone\"}}\n", "", "{id: way, type", "two choices"},
    {"card.yaml", "id: way, type", "id: line, type", "line, type: choice", "stands in another section"},
    {"card.yaml", "type: text", "type: number", "- id: themes", "an open line is missing"},
    {"card.yaml", "type: competencies, most: 3", "type: text", "- id: themes", "asks for themes"},
    {"card.yaml", "[MINI, MINI-Y]", "[MINI, MINI-Y, MAXI]", "MAXI", "no form \"MAXI\""},
    {"card.yaml", "type: text, text", "type: text, choices: [{value: a, text: {ru: \"а-а\", en: \"a\"}}], text", "[{value: a", "has no choices"},
    /* practices */
    {"practices.yaml", "competency: FOR", "competency: FOX", "FOX", "did you mean \"FOR\""},
    {"practices.yaml", "competency: FOR", "competency: FOX", "- id: P-FOR-1", "has no practice"},
    {"practices.yaml", "[teacher, association]", "[teacher, associations]", "associations", "did you mean \"association\""},
    {"practices.yaml", "    first_step: {ru: \"шаг\", en: \"step\"}\n", "", "id: P-FOR-1", "\"first_step\" is missing"},
    /* site */
    {"site.yaml", "competencies: [FOR]", "competencies: [FOX]", "FOX", "did you mean \"FOR\""},
    {"site.yaml", "competencies: [FOR]", "competencies: [FOR, FOR]", "- {id: methodical", "stands in 2 customary groups"},
    {"site.yaml", "position: administrator, none: [FOR]", "position: administrator", "{position: administrator", "stands in 0 levels"},
    {"site.yaml", "  - {position: administrator, none: [FOR]}\n", "", "- {position: teacher", "\"administrator\" has no required levels"},
    {"site.yaml", "position: speech", "position: speach", "speach", "did you mean \"speech\""},
};
/* clang-format on */

static void every_rule_is_caught_at_its_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < METOD_LEN(broken); i++) {
		struct metod_str text, changed;
		size_t line, column;
		enum metod_err e;

		metod_arena_clear(arena);
		issues = (struct metod_issues){.arena = arena};
		text = read_whole(metod_arena_printf(arena, DATA "%s", broken[i].file).p);
		changed = replaced(text, broken[i].find, broken[i].with);
		e = check_changed(broken[i].file, changed);
		if (!broken[i].message) { /* a neighbour of a broken sample that is still
					     right */
			if (issues.errors + issues.warnings || e)
				fail_msg("%s -> %s:%s", broken[i].find, broken[i].with,
				    all_issues());
			continue;
		}
		place_of(changed, broken[i].at, &line, &column);
		if (!found(line, column, broken[i].message))
			fail_msg("%s: \"%s\" -> \"%s\": wanted %zu:%zu %s, got:%s",
			    broken[i].file, broken[i].find, broken[i].with, line, column,
			    broken[i].message, all_issues());
		assert_int_equal(e, issues.errors ? METOD_FORMAT : METOD_OK);
	}
}

static void one_kind_of_activity_is_no_choice(void **state)
{
	struct metod_str text = read_whole(DATA "activities.csv");

	(void)state;
	text = replaced(text, "Webinar,webinar", "Webinar,course");
	text = replaced(text, "Alone,selfstudy", "Alone,course");
	text = replaced(text, "online,FOR:220,A-2,,,,,2",
	    "online,FOR:220,A-2,,,2027-02-04,2027-02-17,4");
	text = replaced(text, "Meeting,meeting", "Meeting,visit");
	assert_int_equal(check_changed("activities.csv", text), METOD_FORMAT);
	assert_int_equal(issues.errors, 1);
	assert_true(found(7, 1,
	    "\"FOR\" is the main gain of 5 activities of 2 kinds; 5 of 3 kinds are needed"));
}

static void several_findings_come_at_once(void **state)
{
	struct metod_str text = read_whole(DATA "form.yaml");

	(void)state;
	text = replaced(text, "я подсказываю ученику", "я умею подсказывать ученику");
	text = replaced(text, "key: educator", "kay: educator");
	text = replaced(text, "framework: mini-1", "framework: other");
	assert_int_equal(check_changed("form.yaml", text), METOD_FORMAT);
	assert_true(issues.errors >= 4);
	assert_true(found(5, 12, "mini-1"));
	assert_true(found(12, 6, "unknown key \"kay\" (did you mean \"key\"?)"));
	assert_true(found(33, 11, "умею"));
}

/* ---- loading ---- */

static void the_real_content_loads(void **state)
{
	struct metod_form_load_req req;
	const struct metod_framework *framework;
	const struct metod_item *item;

	(void)state;
	assert_int_equal(metod_conf_load_dir("surveys", arena, &req, &issues), METOD_OK);
	framework = req.framework;
	assert_int_equal(framework->competencies.n, 24);
	assert_int_equal(framework->groups.n, 7);
	assert_int_equal(framework->severe, 500);
	assert_int_equal(framework->need, 1500);
	assert_int_equal(framework->resource, 2500);
	assert_int_equal(framework->target, 2000);
	assert_int_equal(framework->scale.p[3].value, 3);
	assert_true(
	    metod_str_is(framework->level_words.p[3].text->ru, "могу поделиться"));
	assert_true(
	    metod_str_is(framework->competencies.p[0].name->en, "Subject content"));
	assert_int_equal(framework->competencies.p[0].functions.n, 4);
	assert_int_equal(framework->competencies.p[0].levels.n, 4);
	assert_int_equal(req.forms.n, 4);
	assert_int_equal(req.forms.p[0].items.n, 72);
	/* A selection is a form too: sixteen competencies of three questions. */
	assert_true(metod_str_is(req.forms.p[3].id, "KDP-Y"));
	assert_int_equal(req.forms.p[3].items.n, 48);
	assert_int_equal(req.forms.p[3].wordings.n, req.forms.p[0].wordings.n);
	item = &req.forms.p[0].items.p[0];
	assert_true(metod_str_is(item->id, "SUB-1"));
	assert_int_equal(item->texts.n, 3);
	assert_true(metod_str_is(item->texts.p[1].wording, "educator"));
	assert_true(metod_str_starts(item->texts.p[0].text->en, "Before a new topic"));
	assert_int_equal(req.paramsets.n, 1);
	assert_int_equal(req.paramsets.p[0].standard->a, 1420000);
	assert_int_equal(req.paramsets.p[0].standard->c.n, 3);
	assert_int_equal(req.paramsets.p[0].standard->c.p[0], 2556000);
	assert_int_equal(req.paramsets.p[0].standard->c.p[2], -1136000);
	assert_int_equal(req.rules.n, 1);
	assert_true(req.rules.p[0].rules.n > 96);
	assert_int_equal(req.rules.p[0].rules.p[0].deadline_days, 90);
}

static void the_real_content_is_clean(void **state)
{
	(void)state;
	assert_int_equal(metod_conf_check("surveys", arena, &issues), METOD_OK);
	assert_string_equal(all_issues(), "");
}

static void the_small_set_is_clean(void **state)
{
	(void)state;
	assert_int_equal(
	    metod_conf_check("tests/unit/data/conf/", arena, &issues), METOD_OK);
	assert_string_equal(all_issues(), "");
}

static void the_territory_is_a_plain_tree(void **state)
{
	struct metod_node *root;
	uint64_t count, all = 0;

	(void)state;
	assert_int_equal(
	    metod_yaml_read("surveys/demo/territory.yaml", arena, &root, &issues),
	    METOD_OK);
	for (const struct metod_node *kind =
		 metod_node_first(metod_node_get(root, "org_kinds"));
	     kind; kind = kind->next) {
		assert_true(metod_node_u64(metod_node_get(kind, "count"), &count));
		all += count;
	}
	assert_int_equal(all, 96);
}

static void a_single_file_says_what_was_not_checked(void **state)
{
	(void)state;
	assert_int_equal(metod_conf_check(DATA "form.yaml", arena, &issues), METOD_OK);
	assert_int_equal(issues.warnings, 1);
	assert_int_equal(issues.p[0].severity, METOD_SEV_WARNING);
	assert_non_null(
	    strstr(all_issues(), DATA "form.yaml: warning: there is no framework"));
}

static void what_cannot_be_read_is_said(void **state)
{
	struct metod_form_load_req req;
	const char *folder = make_folder();

	(void)state;
	assert_int_equal(
	    metod_conf_check("no/such/folder", arena, &issues), METOD_NOT_FOUND);
	assert_int_equal(
	    metod_conf_load_dir(folder, arena, &req, &issues), METOD_NOT_FOUND);
	assert_int_equal(metod_conf_load_dir(DATA "activities.csv", arena, &req, &issues),
	    METOD_FORMAT);
	assert_int_equal(metod_conf_check("/dev/null", arena, &issues), METOD_IO);
	assert_int_equal(issues.errors, 4);
	assert_int_equal(rmdir(folder), 0);
}

static void two_frameworks_are_refused(void **state)
{
	struct metod_form_load_req req;
	struct metod_str text = read_whole(DATA "framework.yaml");

	(void)state;
	memset(&req, 0, sizeof(req));
	assert_int_equal(metod_conf_load_text("a", text, arena, &req, &issues), METOD_OK);
	assert_int_equal(
	    metod_conf_load_text("b", text, arena, &req, &issues), METOD_FORMAT);
	assert_non_null(strstr(all_issues(), "second framework"));
}

/* A file cut anywhere: an error with a place, or a smaller right file; never a crash. */
static void a_cut_file_is_an_error_or_a_file(void **state)
{
	static const char *const files[] = {
	    "framework.yaml", "form.yaml", "paramset.yaml"};
	size_t right = 0, wrong = 0;

	(void)state;
	for (size_t i = 0; i < METOD_LEN(files); i++) {
		struct metod_str text =
		    read_whole(metod_arena_printf(arena, DATA "%s", files[i]).p);

		char *copy = strdup(metod_arena_z(arena, text));

		for (size_t n = 0; n < text.n; n += 7) {
			struct metod_form_load_req req;
			enum metod_err e;

			metod_arena_clear(arena);
			issues = (struct metod_issues){.arena = arena};
			memset(&req, 0, sizeof(req));
			e = metod_conf_load_text(
			    "cut", (struct metod_str){copy, n}, arena, &req, &issues);
			assert_int_equal(e == METOD_OK, issues.errors == 0);
			right += e == METOD_OK;
			wrong += e != METOD_OK;
		}
		free(copy);
	}
	assert_true(right > 0 && wrong > right);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, fresh, spent)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(bad_yaml_is_refused_at_its_place),
	    CASE(a_tree_keeps_places_of_keys_and_values),
	    CASE(depth_12_is_read),
	    CASE(large_yaml_is_refused),
	    CASE(findings_are_capped_counted_and_translated),
	    CASE(every_rule_is_caught_at_its_place),
	    CASE(one_kind_of_activity_is_no_choice),
	    CASE(several_findings_come_at_once),
	    CASE(the_real_content_loads),
	    CASE(the_real_content_is_clean),
	    CASE(the_small_set_is_clean),
	    CASE(the_territory_is_a_plain_tree),
	    CASE(a_single_file_says_what_was_not_checked),
	    CASE(what_cannot_be_read_is_said),
	    CASE(two_frameworks_are_refused),
	    CASE(a_cut_file_is_an_error_or_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
