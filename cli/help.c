/* SPDX-License-Identifier: Apache-2.0
 * Help: made from the verbs and the request descriptors, so that it cannot drift. */
#include "cli.h"

#include <string.h>

enum { NAME_WIDTH = 22, OPTION_WIDTH = 26, TEXT_MIN = 24, INDENT = 2 };

/* Every noun belongs to one section; a section may have several. In order of the help. */
static const struct {
	const char *title; /* msgid */
	const char *nouns[8];
} sections[] = {
    {"STATE", {"status", "whoami", "login", "logout", "help", "schema", "completion"}},
    {"TERRITORY", {"org", "teacher", "association"}},
    {"QUESTIONNAIRES AND WAVES", {"form", "wave", "invite", "answers"}},
    {"THE TEACHER'S OWN", {"session", "attempt", "page", "pin", "me", "grant"}},
    {"RESULTS", {"profile", "deficit", "stats"}},
    {"ROUTES AND CATALOGUE", {"route", "activity", "order"}},
    {"MENTORING", {"mentor", "mentee"}},
    {"RECOMMENDATIONS", {"recommend"}},
    {"CARE", {"doctor", "user", "token", "audit", "backup", "store", "config"}},
};

static const char *dashed(struct metod_cli *cli, const struct metod_cli_option *option)
{
	return option->letter
	    ? metod_arena_printf(cli->arena, "-%c, --%s", option->letter, option->name).p
	    : metod_arena_printf(cli->arena, "    --%s", option->name).p;
}

/* "  name            text", the text wrapped under itself. */
static void entry(struct metod_cli *cli, const char *name, const char *text, size_t width,
    struct metod_buf *out)
{
	bool narrow = cli->width < 2 + width + 1 + TEXT_MIN;
	size_t indent = narrow ? 2 * INDENT : 2 + width + 1, before;
	struct metod_buf lines = {0};

	metod_cli_wrap(&lines, metod_str(text), indent, cli->width);
	metod_buf_z(out, "  ");
	metod_cli_pad(out, metod_str(name), narrow ? 0 : width);
	before = metod_text_width(metod_str(name));
	if (before > width || narrow) {
		metod_buf_byte(out, '\n');
		metod_buf_add(out, lines.p, lines.n);
	} else if (lines.n > indent) {
		metod_buf_byte(out, ' ');
		metod_buf_add(out, lines.p + indent, lines.n - indent);
	} else {
		metod_buf_byte(out, '\n');
	}
	metod_buf_done(&lines);
}

static struct metod_str noun_of(const struct metod_cli_verb *verb)
{
	struct metod_str rest = metod_str(verb->name);

	return metod_str_cut(&rest, '.');
}

static void verbs_of(struct metod_cli *cli, struct metod_str noun, struct metod_buf *out)
{
	size_t n;
	const struct metod_cli_verb *all = metod_cli_verbs(&n);

	for (size_t i = 0; i < n; i++) {
		if (!metod_str_eq(noun_of(&all[i]), noun))
			continue;
		entry(cli, metod_cli_spelling(cli, &all[i]),
		    metod_cli_tr(cli, all[i].summary), NAME_WIDTH, out);
	}
}

static void globals(struct metod_cli *cli, struct metod_buf *out)
{
	for (size_t i = 0; i < metod_cli_globals_n; i++)
		entry(cli, dashed(cli, &metod_cli_globals[i]),
		    metod_cli_tr(cli, metod_cli_globals[i].title), OPTION_WIDTH, out);
}

void metod_cli_help(struct metod_cli *cli, struct metod_buf *out)
{
	metod_buf_printf(out, "%s\n",
	    metod_cli_tr(cli, "metodctl [options] NOUN VERB [words] [options]"));
	for (size_t i = 0; i < METOD_LEN(sections); i++) {
		metod_buf_printf(out, "\n%s\n",
		    metod_cli_paint(
			cli, METOD_CLI_TITLE, metod_cli_tr(cli, sections[i].title)));
		for (size_t j = 0;
		     j < METOD_LEN(sections[i].nouns) && sections[i].nouns[j]; j++)
			verbs_of(cli, metod_str(sections[i].nouns[j]), out);
	}
	metod_buf_printf(out, "\n%s\n",
	    metod_cli_paint(
		cli, METOD_CLI_TITLE, metod_cli_tr(cli, "OPTIONS OF EVERY COMMAND")));
	globals(cli, out);
	metod_buf_printf(out, "\n%s\n",
	    metod_cli_tr(cli, "More about a command: metodctl help NOUN VERB"));
}

void metod_cli_help_noun(
    struct metod_cli *cli, struct metod_str noun, struct metod_buf *out)
{
	verbs_of(cli, noun, out);
	metod_buf_byte(out, '\n');
	metod_buf_printf(out,
	    metod_cli_tr(cli, "More about a command: metodctl help %.*s VERB"),
	    METOD_FMT(noun));
	metod_buf_byte(out, '\n');
}

/* ---- one command ---- */

/* Name of a word in a usage line: capitals of its field. */
static const char *capitals(struct metod_cli *cli, const char *name)
{
	char *text = metod_arena_alloc(cli->arena, strlen(name) + 1);

	for (size_t i = 0; name[i]; i++)
		text[i] = name[i] >= 'a' && name[i] <= 'z' ? (char)(name[i] - 'a' + 'A')
							   : name[i];
	return metod_cli_tr(cli, text);
}

static const char *value_word(const struct metod_field *field)
{
	if (field->flags & METOD_DATE)
		return "DATE";
	switch (field->kind) {
	case METOD_KIND_BOOL:
		return "";
	case METOD_KIND_U64:
	case METOD_KIND_I64:
	case METOD_KIND_REAL:
		return "N";
	case METOD_KIND_U64S:
	case METOD_KIND_I64S:
	case METOD_KIND_REALS:
		return "N,N";
	case METOD_KIND_STRS:
		return "A,B";
	case METOD_KIND_STR:
	case METOD_KIND_BIN:
	case METOD_KIND_REC:
	case METOD_KIND_RECS:
		break;
	}
	return "TEXT";
}

static bool is_word(const struct metod_field *field)
{
	return field->flags & METOD_ARG && !(field->flags & METOD_SECRET);
}

/* "--from DATE", "--password-file FILE" */
static const char *option_form(struct metod_cli *cli, const struct metod_field *field)
{
	const char *name = metod_cli_dashes(cli, field->name);

	if (field->flags & METOD_SECRET)
		return metod_arena_printf(
		    cli->arena, "%s-file %s", name, metod_cli_tr(cli, "FILE"))
		    .p;
	if (!value_word(field)[0])
		return name;
	return metod_arena_printf(
	    cli->arena, "%s %s", name, metod_cli_tr(cli, value_word(field)))
	    .p;
}

static void usage_word(
    struct metod_cli *cli, const struct metod_cli_option *option, struct metod_buf *out)
{
	const char *name = capitals(cli, option->name);

	if (option->kind == METOD_CLI_WORD)
		metod_buf_printf(out, " %s", name);
	else if (option->kind == METOD_CLI_MAYBE)
		metod_buf_printf(out, " [%s]", name);
	else if (option->kind == METOD_CLI_WORDS)
		metod_buf_printf(out, " %s...", name);
}

static void usage_line(
    struct metod_cli *cli, const struct metod_cli_verb *verb, struct metod_buf *out)
{
	const struct metod_desc *desc = verb->command ? verb->command->request : NULL;

	metod_buf_printf(out, "metodctl %s", metod_cli_spelling(cli, verb));
	for (size_t i = 0; desc && i < desc->count; i++) {
		const struct metod_field *field = &desc->fields[i];

		if (is_word(field))
			metod_buf_printf(out, field->flags & METOD_REQ ? " %s" : " [%s]",
			    capitals(cli, field->name));
	}
	for (size_t i = 0; i < verb->options_n; i++)
		usage_word(cli, &verb->options[i], out);
	for (size_t i = 0; desc && i < desc->count; i++) {
		const struct metod_field *field = &desc->fields[i];

		if (!is_word(field) && metod_cli_field_is_open(field) &&
		    field->flags & METOD_REQ)
			metod_buf_printf(out, " %s", option_form(cli, field));
	}
	metod_buf_printf(out, " %s\n", metod_cli_tr(cli, "[options]"));
}

static void fields_of(struct metod_cli *cli, const struct metod_desc *desc, bool words,
    struct metod_buf *out)
{
	for (size_t i = 0; i < desc->count; i++) {
		const struct metod_field *field = &desc->fields[i];
		const char *title = metod_cli_tr(cli, field->title);

		if (!metod_cli_field_is_open(field) || is_word(field) != words)
			continue;
		if (field->flags & METOD_REQ && !words)
			title = metod_arena_printf(
			    cli->arena, metod_cli_tr(cli, "%s (required)"), title)
				    .p;
		entry(cli,
		    words ? capitals(cli, field->name)
			  : metod_arena_printf(
				cli->arena, "    %s", option_form(cli, field))
				.p,
		    title, OPTION_WIDTH, out);
	}
}

static void own_options(struct metod_cli *cli, const struct metod_cli_verb *verb,
    bool words, struct metod_buf *out)
{
	for (size_t i = 0; i < verb->options_n; i++) {
		const struct metod_cli_option *option = &verb->options[i];
		bool is_value =
		    option->kind == METOD_CLI_VALUE || option->kind == METOD_CLI_FLAG;

		if (is_value == words)
			continue;
		entry(cli,
		    words
			? capitals(cli, option->name)
			: metod_arena_printf(cli->arena, "%s %s", dashed(cli, option),
			      option->kind == METOD_CLI_VALUE ? metod_cli_tr(cli, "TEXT")
							      : "")
			      .p,
		    metod_cli_tr(cli, option->title), OPTION_WIDTH, out);
	}
}

static void roles(struct metod_cli *cli, unsigned who, struct metod_buf *out)
{
	const char *sep = " ";

	metod_buf_printf(out, "\n%s", metod_cli_tr(cli, "For:"));
	if (who & METOD_GUEST) {
		metod_buf_printf(out, " %s", metod_cli_tr(cli, "everybody"));
		who = 0;
	}
	for (size_t i = 0; i < metod_role_words_n; i++) {
		if (!(who & metod_role_words[i].who))
			continue;
		metod_buf_printf(
		    out, "%s%s", sep, metod_cli_tr(cli, metod_role_words[i].title));
		sep = ", ";
	}
	metod_buf_byte(out, '\n');
}

void metod_cli_help_verb(
    struct metod_cli *cli, const struct metod_cli_verb *verb, struct metod_buf *out)
{
	const struct metod_desc *desc = verb->command ? verb->command->request : NULL;
	struct metod_buf words = {0}, options = {0};

	usage_line(cli, verb, out);
	metod_cli_wrap(out, metod_str(metod_cli_tr(cli, verb->summary)), 2, cli->width);
	if (desc) {
		fields_of(cli, desc, true, &words);
		fields_of(cli, desc, false, &options);
	}
	own_options(cli, verb, true, &words);
	own_options(cli, verb, false, &options);
	if (words.n || options.n)
		metod_buf_byte(out, '\n');
	metod_buf_str(out, metod_buf_view(&words));
	metod_buf_str(out, metod_buf_view(&options));
	if (verb->command)
		roles(cli, verb->command->who, out);
	metod_buf_printf(
	    out, "%s\n", metod_cli_tr(cli, "Options of every command: metodctl help"));
	metod_buf_done(&words);
	metod_buf_done(&options);
}

int metod_cli_put_help(struct metod_cli *cli)
{
	struct metod_buf out = {0};
	int status;

	if (cli->verb)
		metod_cli_help_verb(cli, cli->verb, &out);
	else if (cli->noun.n)
		metod_cli_help_noun(cli, cli->noun, &out);
	else
		metod_cli_help(cli, &out);
	status = metod_cli_put(cli, &out);
	metod_buf_done(&out);
	return status;
}

/* `help NOUN VERB` is read like a command line of its own, mistakes included. */
int metod_cli_run_help(struct metod_cli *cli)
{
	const char *const words[] = {
	    metod_cli_option_of(cli, "command"), metod_cli_option_of(cli, "verb")};
	char *argv[] = {NULL, NULL, NULL};
	struct metod_cli asked = *cli;
	int argc = 1;

	for (size_t i = 0; i < METOD_LEN(words) && words[i]; i++) {
		argv[argc] = metod_arena_alloc(cli->arena, strlen(words[i]) + 1);
		memcpy(argv[argc++], words[i], strlen(words[i]));
	}
	asked.verb = NULL;
	asked.options_n = 0;
	asked.help = true;
	if (!metod_cli_parse(&asked, argc, argv))
		return metod_cli_put_help(&asked);
	cli->error = asked.error;
	return metod_cli_fail(cli);
}
