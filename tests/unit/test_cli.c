/* SPDX-License-Identifier: Apache-2.0
 * The command line without a daemon: parsing, "did you mean", help, schema, manual page.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../cli/cli.h"

static struct metod_cli cli;

static const char *translate(void *arg, const char *msgid)
{
	return metod_cli_tr(arg, msgid);
}

static int fresh(void **state)
{
	(void)state;
	memset(&cli, 0, sizeof(cli));
	cli.arena = metod_arena_new();
	cli.lang = METOD_EN;
	cli.width = METOD_CLI_WIDTH;
	metod_fail_language(translate, &cli);
	return 0;
}

static int spent(void **state)
{
	(void)state;
	metod_fail_language(NULL, NULL);
	cli.arena = metod_arena_free(cli.arena);
	return 0;
}

/* Splits the line at blanks and parses it as a fresh command line. */
static enum metod_err parse(const char *line)
{
	static char text[512];
	char *argv[32] = {(char *)(intptr_t) "metodctl"}, *rest = text;
	int argc = 1;

	fresh(NULL);
	snprintf(text, sizeof(text), "%s", line);
	for (char *word = strtok_r(rest, " ", &rest); word && argc < 31;
	     word = strtok_r(NULL, " ", &rest))
		argv[argc++] = word;
	return metod_cli_parse(&cli, argc, argv);
}

/* The request as JSON: what would go to the daemon. */
static const char *request(void)
{
	struct metod_emit how = {.output = METOD_OUT_JSON, .secrets = true};
	struct metod_buf out = {0};
	const char *text;

	assert_non_null(cli.request);
	assert_int_equal(
	    metod_emit(cli.verb->command->request, cli.request, &how, &out, NULL), 0);
	text = metod_arena_z(cli.arena, metod_str_trim(metod_buf_view(&out)));
	metod_buf_done(&out);
	return text;
}

static void words_and_options_fill_the_request(void **state)
{
	static const struct {
		const char *line, *verb, *part; /* part: stands in the request */
	} cases[] = {
	    {"wave close autumn", "wave.close", "\"code\":\"autumn\""},
	    {"wave create a --form F --from 2026-11-01 --to 30.11.2026 --in M",
		"wave.create",
		"\"from\":\"2026-11-01\",\"to\":\"2026-11-30\",\"in\":\"M\""},
	    {"wave create a --form=F --from=2026-11-01 --to=2026-11-30 --in=M",
		"wave.create", "\"form\":\"F\""},
	    {"wave create --form F a", "wave.create", "\"code\":\"a\""},
	    {"wave create a --competencies FOR,CRI", "wave.create",
		"\"competencies\":[\"FOR\",\"CRI\"]"},
	    {"teacher list --young --limit 5", "teacher.list", "\"young\":true"},
	    {"teacher list --young=no", "teacher.list", "\"young\":false"},
	    {"attempt start --consent-process", "attempt.start",
		"\"consent_process\":true"},
	    {"attempt start --consent_process", "attempt.start",
		"\"consent_process\":true"},
	    {"page save 3 --answers -1,2,3", "page.save",
		"\"page\":3,\"answers\":[-1,2,3]"},
	    {"user role ivanova methodist --in M-1", "user.role",
		"\"login\":\"ivanova\",\"role\":\"methodist\",\"in\":\"M-1\""},
	    {"-o json teacher list --fields code,org --in S-1", "teacher.list",
		"\"in\":\"S-1\""},
	    {"wave close -- --odd", "wave.close", "\"code\":\"--odd\""},
	};

	for (size_t i = 0; i < METOD_LEN(cases); i++) {
		enum metod_err e = parse(cases[i].line);

		if (e || strcmp(cli.verb->name, cases[i].verb) ||
		    !strstr(request(), cases[i].part))
			fail_msg("%s: %d %s %s", cases[i].line, e, cli.error.message,
			    cli.request ? request() : "");
		spent(state);
	}
}

static void a_mistake_is_named_with_the_nearest(void **state)
{
	static const struct {
		const char *line, *field, *message, *hint; /* parts */
	} cases[] = {
	    {"wave clsoe autumn", "", "\"wave clsoe\"", "wave close"},
	    {"waev close autumn", "", "\"waev close\"", "wave close"},
	    {"цфму сдщыу autumn", "", "no command", "wave close"}, /* keyboard layout */
	    {"ыефегы", "", "no command", "status"},
	    {"wаvе сlоsе autumn", "", "no command",
		"wave close"}, /* letters that look alike */
	    {"teachers list", "", "no command", "teacher list"},
	    {"xyzzy plugh", "", "no command", "metodctl help"}, {"wave", "", "", ""},
	    {"wave create a --frm F", "--frm", "no such option", "--form"},
	    {"wave create a --цфму F", "--цфму", "no such option", ""},
	    {"--dry-run org import f.csv", "--dry-run", "no such option", "stand after"},
	    {"wave create a --from tomorrow", "--from", "", ""},
	    {"wave create a --form", "--form", "value is missing", ""},
	    {"wave create a --form F --form G", "--form", "given twice", ""},
	    {"wave create a b", "", "too many: \"b\"", "wave create"},
	    {"teacher list --limit many", "--limit", "", ""},
	    {"user add x --password secret", "--password", "never", "--password-file"},
	    {"user add x --password-fd one", "--password-fd", "descriptor", ""},
	    {"-o xml status", "-o", "\"xml\"", ""},
	    {"-o jsn status", "-o", "\"jsn\"", "json"},
	    {"--lang fr status", "--lang", "\"fr\"", ""},
	    {"--timeout 0 status", "--timeout", "seconds", ""},
	    {"status --quiet=yes", "--quiet", "takes no value", ""},
	    {"login ivanova --source me", "--source", "no such option",
		""}, /* hidden field */
	};

	for (size_t i = 0; i < METOD_LEN(cases); i++) {
		enum metod_err e = parse(cases[i].line);
		bool alone = strcmp(cases[i].line, "wave") ==
		    0; /* a noun alone: help, not a mistake */

		if (e != (alone ? METOD_OK : METOD_USAGE) ||
		    !strstr(cli.error.field, cases[i].field) ||
		    !strstr(cli.error.message, cases[i].message) ||
		    !strstr(cli.error.hint, cases[i].hint))
			fail_msg("%s: %d (%s) %s / %s", cases[i].line, e, cli.error.field,
			    cli.error.message, cli.error.hint);
		spent(state);
	}
}

static void what_is_required_is_asked_for(void **state)
{
	assert_int_equal(parse("wave create autumn --form F"), METOD_OK);
	assert_int_equal(metod_cli_required(&cli), METOD_USAGE);
	assert_string_equal(cli.error.field, "--from");
	assert_int_equal(metod_err_exit(cli.error.code), 2);
	spent(state);
	assert_int_equal(parse("wave close"), METOD_OK);
	assert_int_equal(metod_cli_required(&cli), METOD_USAGE);
	assert_string_equal(cli.error.field, "code");
	spent(state);
	assert_int_equal(parse("teacher import"), METOD_OK);
	assert_int_equal(metod_cli_required(&cli), METOD_USAGE);
	assert_string_equal(cli.error.field, "file");
	spent(state);
	assert_int_equal(parse("form load a.yaml b.yaml"), METOD_OK);
	assert_int_equal(metod_cli_required(&cli), METOD_OK);
	assert_int_equal(cli.words_n, 2);
	spent(state);
}

static void a_secret_comes_from_a_descriptor(void **state)
{
	const struct metod_user_add_req *req;
	int ends[2];
	char line[64];

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], " a long enough word \nrest", 25), 25);
	close(ends[1]);
	snprintf(line, sizeof(line), "user add ivanova --password-fd %d", ends[0]);
	assert_int_equal(parse(line), METOD_OK);
	assert_int_equal(metod_cli_secrets(&cli), METOD_OK);
	req = cli.request;
	assert_true(metod_str_is(req->password, "a long enough word"));
	close(ends[0]);
	spent(state);

	/* Nobody to ask, nothing named: the option is. */
	assert_int_equal(parse("login ivanova"), METOD_OK);
	assert_int_equal(metod_cli_secrets(&cli), METOD_USAGE);
	assert_non_null(strstr(cli.error.hint, "--password-file"));
	spent(state);
}

/* --help of a command must reach it although the rest is wrong. */
static void help_stands_above_mistakes(void **state)
{
	parse("wave create --nonsense --help");
	assert_true(cli.help);
	assert_string_equal(cli.verb->name, "wave.create");
	spent(state);
}

static void help_shows_every_command_and_option(void **state)
{
	struct metod_buf out = {0};
	const struct metod_cli_verb *verbs;
	size_t n;
	char *text;

	metod_cli_help(&cli, &out);
	metod_buf_byte(&out, 0);
	verbs = metod_cli_verbs(&n);
	assert_true(n >= metod_commands_n + 7);
	for (size_t i = 0; i < n; i++) {
		char entry[80];

		snprintf(
		    entry, sizeof(entry), "\n  %s ", metod_cli_spelling(&cli, &verbs[i]));
		if (!strstr((const char *)out.p, entry))
			fail_msg("the help does not show %s", entry);
	}
	text = (char *)out.p;
	while (text && *text) { /* eighty columns */
		char *end = strchr(text, '\n');

		assert_true(metod_text_width(
				(struct metod_str){text, (size_t)(end - text)}) <= 80);
		text = end ? end + 1 : NULL;
	}
	metod_buf_done(&out);
	(void)state;
}

/* An option of a command must not hide behind a global one. */
static void names_do_not_collide(void **state)
{
	for (size_t i = 0; i < metod_commands_n; i++) {
		const struct metod_desc *desc = metod_commands[i].request;

		for (size_t f = 0; f < desc->count; f++) {
			const char *name =
			    metod_cli_dashes(&cli, desc->fields[f].name) + 2;

			if (!metod_cli_field_is_open(&desc->fields[f]) ||
			    desc->fields[f].flags & METOD_ARG)
				continue;
			for (size_t g = 0; g < metod_cli_globals_n; g++)
				assert_string_not_equal(name, metod_cli_globals[g].name);
		}
		assert_int_equal(
		    strspn(metod_commands[i].name, "abcdefghijklmnopqrstuvwxyz._"),
		    strlen(metod_commands[i].name));
	}
	(void)state;
}

/* ---- schema ---- */

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	if (!text)
		fail_msg("no text \"%s\"", name);
	return text;
}

static void check_params(const json_t *params, const struct metod_desc *desc)
{
	for (size_t i = 0; i < json_array_size(params); i++) {
		const json_t *param = json_array_get(params, i);
		const struct metod_field *field =
		    metod_desc_field(desc, metod_str(text_of(param, "name")));

		assert_non_null(field);
		assert_int_equal(json_is_true(json_object_get(param, "required")),
		    !!(field->flags & METOD_REQ));
	}
}

static void the_schema_is_json_with_every_command(void **state)
{
	struct metod_buf out = {0};
	json_error_t where;
	json_t *schema, *commands;

	metod_cli_schema_json(&cli, NULL, &out);
	schema = json_loadb((const char *)out.p, out.n, JSON_REJECT_DUPLICATES, &where);
	if (!schema)
		fail_msg("line %d: %s", where.line, where.text);
	assert_string_equal(text_of(schema, "schema"), "metod.v1");
	assert_int_equal(strlen(text_of(schema, "hash")), 16);
	commands = json_object_get(schema, "commands");
	assert_int_equal(json_array_size(commands), metod_commands_n);
	for (size_t i = 0; i < metod_commands_n; i++) {
		const json_t *row = json_array_get(commands, i);
		const struct metod_command *command = &metod_commands[i];

		assert_string_equal(text_of(row, "name"), command->name);
		assert_int_equal(
		    json_integer_value(json_object_get(row, "number")), command->number);
		check_params(json_object_get(row, "params"), command->request);
		assert_int_equal(json_array_size(json_object_get(row, "reply")),
		    command->reply->count);
		assert_true(json_array_size(json_object_get(row, "roles")) > 0);
		assert_true(json_array_size(json_object_get(row, "errors")) > 10);
	}
	json_decref(schema);
	metod_buf_done(&out);
	(void)state;
}

static void roles_have_words_both_ways(void **state)
{
	unsigned all = 0;

	for (size_t i = 0; i < metod_role_words_n; i++) {
		assert_int_equal(
		    metod_role_from_word(metod_str(metod_role_words[i].word)),
		    metod_role_words[i].who);
		all |= metod_role_words[i].who;
	}
	assert_int_equal(all, METOD_ANYBODY);
	assert_int_equal(metod_role_from_word(METOD_STR("guest")), 0);
	assert_null(metod_command_find(METOD_STR("wave")));
	(void)state;
}

/* ---- manual page ---- */

static const char *file_text(const char *path)
{
	struct metod_issues issues = {.arena = cli.arena};
	struct metod_str text;

	if (metod_file_read(path, cli.arena, &text, &issues))
		fail_msg("%s cannot be read", path);
	return metod_arena_z(cli.arena, text);
}

/* Options of a command in the page: behind its .It line, before the next line. */
static void check_page_entry(const char *page, const struct metod_cli_verb *verb)
{
	const struct metod_desc *desc = verb->command ? verb->command->request : NULL;
	const char *name = metod_cli_spelling(&cli, verb);
	const char *head = metod_arena_printf(cli.arena, "\n.It Cm %s", name).p;
	const char *at = strstr(page, head), *end;
	struct metod_str line;

	while (at && at[strlen(head)] != '\n' && strncmp(at + strlen(head), " Ar ", 4) &&
	    strncmp(at + strlen(head), " Fl ", 4) &&
	    strncmp(at + strlen(head), " Oo ", 4))
		at = strstr(at + 1, head);
	if (!at)
		fail_msg("the page has no \"%s\"", name);
	end = strchr(at + 1, '\n');
	line = metod_arena_printf(cli.arena, "%.*s ", (int)(end - at), at);
	for (size_t i = 0; desc && i < desc->count; i++) {
		const struct metod_field *field = &desc->fields[i];
		bool secret = field->flags & METOD_SECRET;
		const char *option;

		if (!metod_cli_field_is_open(field) ||
		    (field->flags & METOD_ARG && !secret))
			continue;
		option = metod_arena_printf(cli.arena, "Fl -%s%s ",
		    metod_cli_dashes(&cli, field->name) + 2, secret ? "-file" : "")
			     .p;
		if (!strstr(line.p, option))
			fail_msg("the page has no \"%s\" of \"%s\"", option, name);
	}
	for (size_t i = 0; i < verb->options_n; i++) {
		const char *option =
		    metod_arena_printf(cli.arena, "Fl -%s ", verb->options[i].name).p;

		if (verb->options[i].kind != METOD_CLI_FLAG &&
		    verb->options[i].kind != METOD_CLI_VALUE)
			continue;
		if (!strstr(line.p, option))
			fail_msg("the page has no \"%s\" of \"%s\"", option, name);
	}
}

static void the_manual_page_names_every_command_and_option(void **state)
{
	const char *page = file_text("docs/metodctl.1");
	const struct metod_cli_verb *verbs;
	size_t n;

	verbs = metod_cli_verbs(&n);
	for (size_t i = 0; i < n; i++)
		check_page_entry(page, &verbs[i]);
	for (size_t i = 0; i < metod_cli_globals_n; i++)
		assert_non_null(strstr(page, metod_cli_globals[i].name));
	(void)state;
}

static const char *candidates(const char *line)
{
	static char words[500], *argv[20];
	static struct metod_buf out;
	int argc = 0;

	snprintf(words, sizeof(words), "%s", line);
	argv[argc++] = words;
	for (char *p = words; *p; p++) {
		if (*p == ' ') {
			*p = 0;
			argv[argc++] = p + 1;
		}
	}
	spent(NULL);
	fresh(NULL);
	cli.lang = METOD_RU;
	cli.socket = "/nonexistent/ctl.sock";
	metod_buf_clear(&out);
	metod_cli_complete(&cli, argc, argv, &out);
	metod_buf_byte(&out, 0);
	return (const char *)out.p;
}

static void completion_knows_what_can_follow(void **state)
{
	size_t n;
	const struct metod_cli_verb *all = metod_cli_verbs(&n);

	/* Every verb after its noun. */
	for (size_t i = 0; i < n; i++) {
		char line[100], word[100];
		const char *dot = strchr(all[i].name, '.');

		snprintf(line, sizeof(line), "__complete %.*s%s",
		    dot ? (int)(dot - all[i].name) : 0, all[i].name, dot ? " " : "");
		snprintf(word, sizeof(word), "%s\t", dot ? dot + 1 : all[i].name);
		assert_non_null(strstr(candidates(line), word));
	}
	assert_string_equal(candidates("__complete wave cl"), "close\tЗакрыть волну\n");
	assert_string_equal(candidates("__complete -o js"), "json\njsonl\n");
	assert_string_equal(candidates("__complete org list --output = ms"), "msgpack\n");
	assert_non_null(strstr(candidates("__complete wave create W --fo"), "--form\t"));
	assert_null(
	    strstr(candidates("__complete wave create W --form F --f"), "--form\t"));
	assert_non_null(
	    strstr(candidates("__complete login root --pass"), "--password-file\t"));
	assert_string_equal(
	    candidates("__complete login root --password-file "), ":files\n");
	assert_string_equal(candidates("__complete user role x me"),
	    "mentor\tнаставник\nmethodist\tметодист\n");
	assert_string_equal(
	    candidates("__complete recommend build W --audiences teacher,de"),
	    "teacher,deputy\tзаместитель руководителя\n");
	assert_string_equal(candidates("__complete me step 3 p"), "passed\n");
	assert_string_equal(candidates("__complete form check "), ":files\n");
	assert_string_equal(candidates("__complete completion z"), "zsh\n");
	assert_string_equal(
	    candidates("__complete help wave cr"), "create\tНачать волну диагностики\n");
	/* Nobody answers: no candidates, no words. */
	assert_string_equal(candidates("__complete wave show "), "");
	assert_string_equal(candidates("__complete nonsense at all "), "");
	(void)state;
}

/* ---- layouts ---- */

static void a_strip_is_drawn_to_scale(void **state)
{
	struct metod_area areas[] = {
	    {.competency = METOD_STR("CRI"),
		.name = METOD_STR("Оценивание"),
		.state = METOD_STR("need"),
		.level_word = METOD_STR("по образцу"),
		.t = 1100,
		.t_lo = 750,
		.t_hi = 1350,
		.level = METOD_NIL},
	    {.competency = METOD_STR("SUB"),
		.name = METOD_STR("Предмет"),
		.state = METOD_STR("ok"),
		.t = 2200,
		.t_lo = 1900,
		.t_hi = 3000},
	    {.competency = METOD_STR("DIG"),
		.name = METOD_STR("Цифра"),
		.state = METOD_STR("no_data"),
		.t = METOD_NIL,
		.t_lo = METOD_NIL,
		.t_hi = METOD_NIL},
	};
	struct metod_buf out = {0};
	const char *text;

	cli.lang = METOD_RU;
	metod_cli_areas(&cli, areas, METOD_LEN(areas), &out);
	metod_buf_byte(&out, 0);
	text = (const char *)out.p;
	/* 0,75 is cell 5 of 20 cells of 0,15; 1,35 ends cell 9. */
	assert_non_null(strstr(text, "1,1  |·····■■■■·|··········|"));
	assert_non_null(strstr(text, "|··········|··■■■■■■■■|"));
	assert_true(
	    strstr(text, "Предмет") < strstr(text, "Оценивание")); /* strengths first */
	assert_non_null(strstr(text, "Цифра\n"));
	metod_buf_done(&out);
	(void)state;
}

static void text_is_padded_by_columns_not_bytes(void **state)
{
	struct metod_buf out = {0};

	metod_cli_pad(&out, METOD_STR("Школа № 7"), 12);
	metod_buf_z(&out, "|");
	metod_cli_pad_left(&out, METOD_STR("пять"), 6);
	assert_true(metod_str_is(metod_buf_view(&out), "Школа № 7   |  пять"));
	metod_buf_clear(&out);
	metod_cli_wrap(&out, METOD_STR("один два три четыре"), 2, 11);
	assert_true(metod_str_is(metod_buf_view(&out), "  один два\n  три\n  четыре\n"));
	assert_true(metod_str_is(metod_cli_cut(&cli, METOD_STR("Гимназия"), 5), "Гимн…"));
	cli.lang = METOD_RU;
	assert_string_equal(metod_cli_number(&cli, 1234567), "1 234 567");
	metod_buf_done(&out);
	(void)state;
}

static void a_map_shows_signs_and_never_a_hidden_number(void **state)
{
	struct metod_map_cell cells[] = {
	    {.org = METOD_STR("S-1"),
		.org_name = METOD_STR("Школа № 1"),
		.competency = METOD_STR("FOR"),
		.shown = METOD_STR("exact"),
		.n = 40,
		.share = 325},
	    {.org = METOD_STR("S-1"),
		.org_name = METOD_STR("Школа № 1"),
		.competency = METOD_STR("CRI"),
		.shown = METOD_STR("class"),
		.cls = METOD_STR("most"),
		.n = METOD_NIL,
		.share = METOD_NIL},
	    {.org = METOD_STR("S-2"),
		.org_name = METOD_STR("Школа № 2"),
		.competency = METOD_STR("CRI"),
		.shown = METOD_STR("nothing"),
		.n = METOD_NIL,
		.share = METOD_NIL},
	};
	struct metod_deficit_map_rep rep = {.wave = METOD_STR("w"), .rows = {cells, 3}};
	struct metod_buf out = {0};

	metod_cli_show_map(&cli, &rep, &out);
	metod_buf_byte(&out, 0);
	assert_non_null(strstr((const char *)out.p, "Школа № 1      33    ●\n"));
	assert_non_null(strstr((const char *)out.p, "Школа № 2            –\n"));
	metod_buf_done(&out);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(words_and_options_fill_the_request),
	    cmocka_unit_test(a_mistake_is_named_with_the_nearest),
	    cmocka_unit_test(what_is_required_is_asked_for),
	    cmocka_unit_test(a_secret_comes_from_a_descriptor),
	    cmocka_unit_test(help_stands_above_mistakes),
	    cmocka_unit_test_setup_teardown(
		help_shows_every_command_and_option, fresh, spent),
	    cmocka_unit_test_setup_teardown(names_do_not_collide, fresh, spent),
	    cmocka_unit_test_setup_teardown(
		the_schema_is_json_with_every_command, fresh, spent),
	    cmocka_unit_test_setup_teardown(roles_have_words_both_ways, fresh, spent),
	    cmocka_unit_test_setup_teardown(
		the_manual_page_names_every_command_and_option, fresh, spent),
	    cmocka_unit_test_setup_teardown(
		completion_knows_what_can_follow, fresh, spent),
	    cmocka_unit_test_setup_teardown(a_strip_is_drawn_to_scale, fresh, spent),
	    cmocka_unit_test_setup_teardown(
		text_is_padded_by_columns_not_bytes, fresh, spent),
	    cmocka_unit_test_setup_teardown(
		a_map_shows_signs_and_never_a_hidden_number, fresh, spent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
