/* SPDX-License-Identifier: Apache-2.0
 * The command line: global options anywhere, then noun and verb, then words and options
 * of the command, which are the fields of its request. Knows no command by name. A secret
 * is never a value on the command line: `--password` names no option, only
 * `--password-file` and `--password-fd` do. */
#include "cli.h"

#include <ctype.h>
#include <string.h>

/* Place in argv. */
struct walk {
	int argc, at;
	char **argv;
	bool plain;   /* after "--": everything is a word */
	size_t words; /* words of the command so far */
};

/* ---- values ---- */

static const char *next_value(struct walk *walk)
{
	return walk->at + 1 < walk->argc ? walk->argv[++walk->at] : NULL;
}

/* The value of an option: behind "=", or the next argument. */
static enum metod_err take_value(struct metod_cli *cli, struct walk *walk,
    const char *shown, const char *attached, const char **ret)
{
	*ret = attached ? attached : next_value(walk);
	if (*ret)
		return METOD_OK;
	return metod_cli_usage(cli, shown, "a value is missing");
}

static enum metod_err set_field(struct metod_cli *cli, const struct metod_field *field,
    const char *shown, const char *value)
{
	uint64_t bit = UINT64_C(1) << (field - cli->verb->command->request->fields);
	enum metod_err e;

	if (cli->given & bit)
		return metod_cli_usage(cli, shown, "given twice");
	e = metod_field_parse(
	    field, cli->request, metod_str(value), cli->arena, &cli->error);
	if (!e)
		e = metod_field_check(field, cli->request, &cli->error);
	if (e) {
		/* The field of the record is an option or word of the command line here.
		 */
		struct metod_str message =
		    metod_arena_strz(cli->arena, cli->error.message);

		return metod_cli_usage(cli, shown, "%s", message.p);
	}
	cli->given |= bit;
	return METOD_OK;
}

static enum metod_err set_option(struct metod_cli *cli, struct walk *walk,
    const struct metod_cli_option *option, const char *shown, const char *attached)
{
	const char *value = "";
	enum metod_err e = METOD_OK;

	if (option->kind == METOD_CLI_VALUE)
		e = take_value(cli, walk, shown, attached, &value);
	else if (attached)
		return metod_cli_usage(cli, shown, "this option takes no value");
	if (e)
		return e;
	if (metod_cli_option_of(cli, option->name))
		return metod_cli_usage(cli, shown, "given twice");
	cli->options[cli->options_n++] = (struct metod_cli_given){option, value};
	return METOD_OK;
}

static enum metod_err set_secret(struct metod_cli *cli, const struct metod_field *field,
    const char *shown, bool is_fd, const char *value)
{
	struct metod_cli_secret secret = {field, is_fd ? NULL : value, -1};
	uint64_t fd = 0;

	if (cli->secrets_n == METOD_CLI_SECRETS_MAX)
		return metod_cli_usage(cli, shown, "given twice");
	if (is_fd && (!metod_str_u64(metod_str(value), &fd) || fd > 1024))
		return metod_cli_usage(
		    cli, shown, "\"%s\" is no number of a descriptor", value);
	if (is_fd)
		secret.fd = (int)fd;
	cli->secrets[cli->secrets_n++] = secret;
	return METOD_OK;
}

/* ---- long options ---- */

static bool is_option_kind(const struct metod_cli_option *option)
{
	return option->kind == METOD_CLI_FLAG || option->kind == METOD_CLI_VALUE;
}

/* Every spelling that would be accepted here, for "did you mean". */
static size_t spellings(struct metod_cli *cli, const char **out, size_t cap)
{
	size_t n = 0;

	for (size_t i = 0; i < metod_cli_globals_n && n < cap; i++)
		out[n++] = metod_cli_globals[i].name;
	for (size_t i = 0; cli->verb && i < cli->verb->options_n && n < cap; i++) {
		if (is_option_kind(&cli->verb->options[i]))
			out[n++] = cli->verb->options[i].name;
	}
	if (!cli->verb || !cli->verb->command)
		return n;
	for (size_t i = 0; i < cli->verb->command->request->count && n < cap; i++) {
		const struct metod_field *field = &cli->verb->command->request->fields[i];

		if (!metod_cli_field_is_open(field))
			continue;
		out[n++] = field->flags & METOD_SECRET
		    ? metod_arena_printf(cli->arena, "%s-file", field->name).p
		    : metod_cli_dashes(cli, field->name) + 2;
	}
	return n;
}

static enum metod_err unknown_option(
    struct metod_cli *cli, const char *shown, const char *name)
{
	const char *candidates[2 * METOD_CLI_OPTIONS_MAX];
	const char *nearest;
	size_t n;

	if (!cli->verb) {
		metod_cli_usage(cli, shown, "there is no such option");
		metod_hint(&cli->error,
		    "options of a command stand after it: metodctl NOUN VERB %s", shown);
	} else {
		metod_cli_usage(cli, shown, "there is no such option of \"%s\"",
		    metod_cli_spelling(cli, cli->verb));
	}
	n = spellings(cli, candidates, METOD_LEN(candidates));
	nearest = metod_cli_nearest(cli, name, candidates, n);
	if (nearest)
		metod_hint(&cli->error, "perhaps %s?", metod_cli_dashes(cli, nearest));
	return METOD_USAGE;
}

static bool ends_with(struct metod_str name, const char *end, struct metod_str *ret_begin)
{
	size_t n = strlen(end);

	if (name.n <= n || memcmp(name.p + name.n - n, end, n) != 0)
		return false;
	*ret_begin = (struct metod_str){name.p, name.n - n};
	return true;
}

/* An option that is a field of the request. *ret_known false: it is none. */
static enum metod_err request_option(struct metod_cli *cli, struct walk *walk,
    const char *shown, struct metod_str name, const char *attached, bool *ret_known)
{
	const struct metod_desc *desc = cli->verb->command->request;
	const struct metod_field *field = metod_desc_field(desc, name);
	bool is_fd = false;
	struct metod_str begin;
	const char *value;
	enum metod_err e;

	*ret_known = true;
	if (!field &&
	    (ends_with(name, "_file", &begin) || ends_with(name, "_fd", &begin))) {
		is_fd = name.n - begin.n == 3;
		field = metod_desc_field(desc, begin);
		if (field && field->flags & METOD_SECRET) {
			e = take_value(cli, walk, shown, attached, &value);
			return e ? e : set_secret(cli, field, shown, is_fd, value);
		}
		field = NULL;
	}
	if (!field || !metod_cli_field_is_open(field)) {
		*ret_known = false;
		return METOD_OK;
	}
	if (field->flags & METOD_SECRET) {
		metod_cli_usage(
		    cli, shown, "a secret is never given on the command line");
		metod_hint(&cli->error, "%s-file FILE or %s-fd N", shown, shown);
		return METOD_USAGE;
	}
	if (field->kind == METOD_KIND_BOOL)
		return set_field(cli, field, shown, attached ? attached : "true");
	e = take_value(cli, walk, shown, attached, &value);
	return e ? e : set_field(cli, field, shown, value);
}

static enum metod_err global_option(struct metod_cli *cli, struct walk *walk,
    size_t which, const char *shown, const char *attached)
{
	const char *value = "";
	enum metod_err e = METOD_OK;

	if (metod_cli_globals[which].kind == METOD_CLI_VALUE)
		e = take_value(cli, walk, shown, attached, &value);
	else if (attached)
		return metod_cli_usage(cli, shown, "this option takes no value");
	return e ? e : metod_cli_set_global(cli, which, value);
}

static enum metod_err long_option(struct metod_cli *cli, struct walk *walk)
{
	const char *arg = walk->argv[walk->at];
	struct metod_str rest = metod_str(arg + 2);
	struct metod_str dashed = metod_str_cut(&rest, '=');
	const char *attached = arg[2 + dashed.n] == '=' ? arg + 3 + dashed.n : NULL;
	char *name = metod_arena_alloc(cli->arena, dashed.n + 1);
	const char *shown;
	bool known = false;
	enum metod_err e;

	for (size_t i = 0; i < dashed.n; i++)
		name[i] = dashed.p[i] == '_' ? '-' : dashed.p[i];
	shown = metod_cli_dashes(cli, name);
	/* A command's own option stands above a global one of the same name. */
	for (size_t i = 0; cli->verb && i < cli->verb->options_n; i++) {
		if (is_option_kind(&cli->verb->options[i]) &&
		    strcmp(cli->verb->options[i].name, name) == 0)
			return set_option(
			    cli, walk, &cli->verb->options[i], shown, attached);
	}
	for (size_t i = 0; i < metod_cli_globals_n; i++) {
		if (strcmp(metod_cli_globals[i].name, name) == 0)
			return global_option(cli, walk, i, shown, attached);
	}
	if (cli->verb && cli->verb->command) {
		struct metod_str field = metod_arena_strz(cli->arena, name);
		char *p = metod_arena_alloc(cli->arena, field.n + 1);

		for (size_t i = 0; i < field.n; i++)
			p[i] = name[i] == '-' ? '_' : name[i];
		e = request_option(cli, walk, shown, metod_str(p), attached, &known);
		if (e || known)
			return e;
	}
	return unknown_option(cli, shown, name);
}

/* -o json, -ojson, -q. Flags are not joined: there are too few to learn that. */
static enum metod_err short_option(struct metod_cli *cli, struct walk *walk)
{
	const char *arg = walk->argv[walk->at];
	const char *attached = arg[2] ? arg + 2 : NULL;
	const char *shown = metod_arena_printf(cli->arena, "%.2s", arg).p;

	for (size_t i = 0; cli->verb && i < cli->verb->options_n; i++) {
		if (cli->verb->options[i].letter == arg[1])
			return set_option(
			    cli, walk, &cli->verb->options[i], shown, attached);
	}
	for (size_t i = 0; i < metod_cli_globals_n; i++) {
		if (metod_cli_globals[i].letter == arg[1])
			return global_option(cli, walk, i, shown, attached);
	}
	return unknown_option(cli, arg, arg + 1);
}

/* ---- words ---- */

static enum metod_err unknown_verb(struct metod_cli *cli, const char *typed)
{
	size_t n;
	const struct metod_cli_verb *all = metod_cli_verbs(&n);
	const char **names = METOD_NEWS(cli->arena, n, const char *);
	const char *nearest;

	for (size_t i = 0; i < n; i++)
		names[i] = metod_cli_spelling(cli, &all[i]);
	metod_cli_usage(cli, "", "there is no command \"%s\"", typed);
	nearest = metod_cli_nearest(cli, typed, names, n);
	if (nearest)
		return metod_hint(&cli->error, "perhaps: metodctl %s", nearest);
	return metod_hint(&cli->error, "all commands: metodctl help");
}

static bool is_noun(struct metod_str noun)
{
	size_t n;
	const struct metod_cli_verb *all = metod_cli_verbs(&n);

	for (size_t i = 0; i < n; i++) {
		struct metod_str rest = metod_str(all[i].name);

		if (metod_str_eq(metod_str_cut(&rest, '.'), noun) && rest.n)
			return true;
	}
	return false;
}

static void choose_verb(struct metod_cli *cli, const struct metod_cli_verb *verb)
{
	cli->verb = verb;
	if (!verb->command)
		return;
	cli->request = metod_arena_alloc(cli->arena, verb->command->request->size);
	metod_record_init(verb->command->request, cli->request);
}

/* The words before the command is known: noun, then verb. */
static enum metod_err command_word(struct metod_cli *cli, const char *word)
{
	const struct metod_cli_verb *verb;
	struct metod_str name;

	if (cli->noun.n == 0) {
		verb = strchr(word, '.') ? NULL : metod_cli_verb_find(metod_str(word));
		if (verb)
			choose_verb(cli, verb);
		else
			cli->noun = metod_str(word);
		return METOD_OK;
	}
	name = metod_arena_printf(cli->arena, "%.*s.%s", METOD_FMT(cli->noun), word);
	verb = metod_cli_verb_find(name);
	if (!verb)
		return unknown_verb(cli,
		    metod_arena_printf(cli->arena, "%.*s %s", METOD_FMT(cli->noun), word)
			.p);
	choose_verb(cli, verb);
	return METOD_OK;
}

/* The n-th positional field of the request; NULL: there are fewer. */
static const struct metod_field *word_field(const struct metod_cli *cli, size_t *n)
{
	const struct metod_desc *desc =
	    cli->verb->command ? cli->verb->command->request : NULL;

	for (size_t i = 0; desc && i < desc->count; i++) {
		const struct metod_field *field = &desc->fields[i];

		if (!(field->flags & METOD_ARG) || field->flags & METOD_SECRET)
			continue;
		if ((*n)-- == 0)
			return field;
	}
	return NULL;
}

static enum metod_err word(struct metod_cli *cli, struct walk *walk, const char *text)
{
	size_t n = walk->words;
	const struct metod_field *field;

	if (!cli->verb)
		return command_word(cli, text);
	walk->words++;
	field = word_field(cli, &n);
	if (field)
		return set_field(cli, field, field->name, text);
	for (size_t i = 0; i < cli->verb->options_n; i++) {
		const struct metod_cli_option *option = &cli->verb->options[i];

		if (option->kind == METOD_CLI_WORDS &&
		    cli->words_n < METOD_CLI_WORDS_MAX) {
			cli->words[cli->words_n++] = text;
			return METOD_OK;
		}
		if (is_option_kind(option) || n-- > 0)
			continue;
		cli->options[cli->options_n++] = (struct metod_cli_given){option, text};
		return METOD_OK;
	}
	metod_cli_usage(cli, "", "one word too many: \"%s\"", text);
	return metod_hint(
	    &cli->error, "metodctl help %s", metod_cli_spelling(cli, cli->verb));
}

/* ---- all of it ---- */

static enum metod_err one(struct metod_cli *cli, struct walk *walk)
{
	const char *arg = walk->argv[walk->at];

	if (walk->plain || arg[0] != '-' || !arg[1] || isdigit((unsigned char)arg[1]))
		return word(cli, walk, arg);
	if (strcmp(arg, "--") == 0) {
		walk->plain = true;
		return METOD_OK;
	}
	return arg[1] == '-' ? long_option(cli, walk) : short_option(cli, walk);
}

enum metod_err metod_cli_parse(struct metod_cli *cli, int argc, char **argv)
{
	struct walk walk = {.argc = argc, .at = 1, .argv = argv};
	enum metod_err first = METOD_OK;
	struct metod_error error = {0};

	/* Goes on after a mistake: --help and --version may still follow, and stand above
	 * it. */
	for (; walk.at < argc; walk.at++) {
		enum metod_err e = one(cli, &walk);

		if (e && !first) {
			first = e;
			error = cli->error;
		}
	}
	cli->error = error;
	if (first || cli->verb || cli->noun.n == 0)
		return first;
	if (is_noun(cli->noun))
		return METOD_OK;
	return unknown_verb(cli, metod_arena_z(cli->arena, cli->noun));
}
