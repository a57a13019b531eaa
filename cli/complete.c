/* SPDX-License-Identifier: Apache-2.0
 * Completion. The scripts of the shells are a few lines that ask this program: the words
 * before the cursor go in, candidates come out, one a line, with a tab and their title.
 * So all shells know the same, from the same lists that run the commands. Values that
 * only the daemon knows are asked for with a short patience, and their absence is no
 * error. */
#include "cli.h"

#include <string.h>

#include "metod/words.h"

enum { PATIENCE_S = 1, SHOWN_MAX = 200 };

/* Where the values of a field or option come from. */
struct source {
	const char *verb;        /* "wave.show", "wave." for all of a noun, "" for all */
	const char *name;        /* field or option */
	const char *words;       /* parted by spaces */
	const char *const *list; /* up to NULL */
	enum metod_word_set set;
	bool roles, files;
	const char *command, *column; /* rows of a list of the daemon */
};

/* The first that fits. */
static const struct source sources[] = {
    {"", "output", .list = metod_cli_outputs},
    {"", "color", .list = metod_cli_colors},
    {"", "lang", .words = "ru en"},
    {"", "socket", .files = true},
    {"", "token-file", .files = true},
    {"", "save", .files = true},
    {"recommend.", "format", .words = "text md json html"},
    {"schema", "format", .words = "text json md"},
    {"", "shell", .words = "bash zsh fish"},
    {"me.step", "state", .words = "wanted passed refused"},
    {"me.mark", "state", .words = "opened wanted done declined"},
    {"", "role", .roles = true},
    {"", "position", .set = METOD_WORDS_POSITION},
    {"", "act", .set = METOD_WORDS_ACT},
    {"", "audiences", .set = METOD_WORDS_AUDIENCE},
    {"", "wave", .command = "wave.list", .column = "code"},
    {"wave.create", "code", .words = NULL},
    {"wave.", "code", .command = "wave.list", .column = "code"},
    {"mentor.pairs", "code", .command = "wave.list", .column = "code"},
    {"org.", "code", .command = "org.list", .column = "code"},
    {"association.", "code", .command = "association.list", .column = "code"},
    {"activity.", "code", .command = "activity.list", .column = "code"},
    {"recommend.", "code", .command = "recommend.list", .column = "code"},
    {"user.disable", "code", .command = "user.list", .column = "login"},
    {"user.role", "login", .command = "user.list", .column = "login"},
    {"token.issue", "login", .command = "user.list", .column = "login"},
    {"token.revoke", "id", .command = "token.list", .column = "id"},
    {"grant.revoke", "id", .command = "grant.list", .column = "id"},
    {"mentor.", "pair", .command = "mentee.list", .column = "pair"},
    {"", "in", .command = "org.list", .column = "code"},
    {"wave.", "form", .command = "form.list", .column = "id"},
    {"wave.", "paramset", .command = "form.list", .column = "id"},
    {"", "file", .files = true},
    {"", "path", .files = true},
    {"", "old", .files = true},
    {"", "new", .files = true},
    {"", "errors", .files = true},
    {"", "html", .files = true},
    {"", "out", .files = true},
    {"", "data", .files = true},
};

struct completion {
	struct metod_cli *cli; /* parsed from the words before the cursor */
	const char *begin;     /* what the candidate must begin with */
	struct metod_buf *out;
};

static void offer(struct completion *c, const char *word, const char *title)
{
	struct metod_str text = metod_str(title);

	if (strncmp(word, c->begin, strlen(c->begin)) != 0)
		return;
	metod_buf_z(c->out, word);
	if (text.n)
		metod_buf_printf(
		    c->out, "\t%.*s", METOD_FMT(metod_cli_cut(c->cli, text, SHOWN_MAX)));
	metod_buf_byte(c->out, '\n');
}

static struct metod_str noun_of(
    const struct metod_cli_verb *verb, struct metod_str *ret_rest)
{
	*ret_rest = metod_str(verb->name);
	return metod_str_cut(ret_rest, '.');
}

/* ---- nouns and verbs ---- */

/* Has a verb before this one the same noun? */
static bool seen(const struct metod_cli_verb *all, size_t before, struct metod_str noun)
{
	struct metod_str rest;

	for (size_t i = 0; i < before; i++) {
		if (metod_str_eq(noun_of(&all[i], &rest), noun))
			return true;
	}
	return false;
}

static void offer_nouns(struct completion *c)
{
	size_t n;
	const struct metod_cli_verb *all = metod_cli_verbs(&n);

	for (size_t i = 0; i < n; i++) {
		struct metod_str rest, noun = noun_of(&all[i], &rest);

		if (!seen(all, i, noun))
			offer(c, metod_arena_z(c->cli->arena, noun),
			    rest.n ? "" : metod_cli_tr(c->cli, all[i].summary));
	}
}

static void offer_verbs(struct completion *c, struct metod_str noun)
{
	size_t n;
	const struct metod_cli_verb *all = metod_cli_verbs(&n);

	for (size_t i = 0; i < n; i++) {
		struct metod_str rest;

		if (metod_str_eq(noun_of(&all[i], &rest), noun) && rest.n)
			offer(c, rest.p, metod_cli_tr(c->cli, all[i].summary));
	}
}

/* ---- options ---- */

static bool is_word(const struct metod_field *field)
{
	return field->flags & METOD_ARG && !(field->flags & METOD_SECRET);
}

static void offer_option(struct completion *c, const char *name, const char *title)
{
	offer(c, metod_cli_dashes(c->cli, name), metod_cli_tr(c->cli, title));
}

static void offer_options(struct completion *c)
{
	const struct metod_cli_verb *verb = c->cli->verb;
	const struct metod_desc *desc =
	    verb && verb->command ? verb->command->request : NULL;

	for (size_t i = 0; desc && i < desc->count; i++) {
		const struct metod_field *field = &desc->fields[i];

		if (!metod_cli_field_is_open(field) || is_word(field) ||
		    c->cli->given & UINT64_C(1) << i)
			continue;
		offer_option(c,
		    field->flags & METOD_SECRET
			? metod_arena_printf(c->cli->arena, "%s_file", field->name).p
			: field->name,
		    field->title);
	}
	for (size_t i = 0; verb && i < verb->options_n; i++) {
		if (verb->options[i].kind <= METOD_CLI_VALUE)
			offer_option(c, verb->options[i].name, verb->options[i].title);
	}
	for (size_t i = 0; i < metod_cli_globals_n; i++)
		offer_option(c, metod_cli_globals[i].name, metod_cli_globals[i].title);
}

/* ---- values ---- */

static const struct source *source_of(const struct metod_cli *cli, const char *name)
{
	const char *verb = cli->verb ? cli->verb->name : "";

	for (size_t i = 0; i < METOD_LEN(sources); i++) {
		const char *of = sources[i].verb;
		bool whole = of[0] && of[strlen(of) - 1] != '.';

		if (strcmp(sources[i].name, name) == 0 &&
		    (whole ? strcmp(verb, of) == 0 : strncmp(verb, of, strlen(of)) == 0))
			return &sources[i];
	}
	return NULL;
}

static void offer_words(struct completion *c, const char *words)
{
	struct metod_str rest = metod_str(words);

	while (rest.n)
		offer(c, metod_arena_z(c->cli->arena, metod_str_cut(&rest, ' ')), "");
}

static void offer_set(struct completion *c, enum metod_word_set set)
{
	for (size_t i = 0; i < metod_words_n; i++) {
		if (metod_words[i].set == set)
			offer(c, metod_words[i].word,
			    metod_cli_word(c->cli, metod_str(metod_words[i].word)));
	}
}

static void offer_roles(struct completion *c)
{
	for (size_t i = 0; i < metod_role_words_n; i++)
		offer(c, metod_role_words[i].word,
		    metod_cli_tr(c->cli, metod_role_words[i].title));
}

/* What stands behind a code in its row: its name or title. */
static struct metod_str title_of(
    struct completion *c, const struct metod_desc *desc, const void *row)
{
	static const char *const names[] = {"name", "title", "scope", "login", "note"};

	for (size_t i = 0; i < METOD_LEN(names); i++) {
		const struct metod_field *field =
		    metod_desc_field(desc, metod_str(names[i]));

		if (field && field->kind == METOD_KIND_STR)
			return metod_field_text(field, row, 0, c->cli->arena);
	}
	return METOD_STR("");
}

static void offer_rows(struct completion *c, const char *name, const char *column)
{
	const struct metod_command *command = metod_command_find(metod_str(name));
	const struct metod_field *rows =
	    metod_desc_field(command->reply, METOD_STR("rows"));
	const struct metod_field *field = metod_desc_field(rows->sub, metod_str(column));
	void *request = metod_arena_alloc(c->cli->arena, command->request->size);
	void *reply = metod_arena_alloc(c->cli->arena, command->reply->size);
	struct {
		const char *p;
		size_t n;
	} list;

	metod_record_init(command->request, request);
	c->cli->timeout_s = PATIENCE_S;
	if (metod_cli_call(c->cli, command, request, reply))
		return;
	memcpy(&list, (const char *)reply + rows->offset, sizeof(list));
	for (size_t i = 0; i < list.n; i++) {
		const void *row = list.p + i * rows->sub->size;
		struct metod_str word = metod_field_text(field, row, 0, c->cli->arena);

		offer(c, metod_arena_z(c->cli->arena, word),
		    metod_arena_z(c->cli->arena, title_of(c, rows->sub, row)));
	}
}

static void offer_values(struct completion *c, const char *name)
{
	const struct source *source = source_of(c->cli, name);
	const char *noun = metod_cli_option_of(c->cli, "command");

	if (strcmp(name, "command") == 0)
		offer_nouns(c);
	else if (strcmp(name, "verb") == 0 && noun)
		offer_verbs(c, metod_str(noun));
	if (!source)
		return;
	if (source->words)
		offer_words(c, source->words);
	for (size_t i = 0; source->list && source->list[i]; i++)
		offer(c, source->list[i], "");
	if (source->set)
		offer_set(c, source->set);
	if (source->roles)
		offer_roles(c);
	if (source->command)
		offer_rows(c, source->command, source->column);
	if (source->files)
		metod_buf_z(c->out, ":files\n");
}

/* ---- where the cursor stands ---- */

/* Does the word spell this option, one that takes a value? */
static bool spells(
    struct metod_cli *cli, const struct metod_cli_option *option, const char *word)
{
	return option->kind == METOD_CLI_VALUE &&
	    (strcmp(word, metod_cli_dashes(cli, option->name)) == 0 ||
		(option->letter && word[1] == option->letter && !word[2]));
}

/* The same for a field of the request; a secret comes from a file. */
static const char *field_with_value(
    struct metod_cli *cli, const struct metod_desc *desc, const char *word)
{
	for (size_t i = 0; desc && i < desc->count; i++) {
		const struct metod_field *field = &desc->fields[i];
		const char *dashes = metod_cli_dashes(cli, field->name);

		if (field->flags & METOD_SECRET &&
		    metod_str_starts(metod_str(word), dashes))
			return "file";
		if (strcmp(word, dashes) == 0 && metod_cli_field_is_open(field) &&
		    field->kind != METOD_KIND_BOOL)
			return field->name;
	}
	return NULL;
}

/* The option that this word names and whose value is still to come; NULL: none. */
static const char *option_with_value(struct metod_cli *cli, const char *word)
{
	const struct metod_cli_verb *verb = cli->verb;

	if (word[0] != '-' || strchr(word, '='))
		return NULL;
	for (size_t i = 0; verb && i < verb->options_n; i++) {
		if (spells(cli, &verb->options[i], word))
			return verb->options[i].name;
	}
	for (size_t i = 0; i < metod_cli_globals_n; i++) {
		if (spells(cli, &metod_cli_globals[i], word))
			return metod_cli_globals[i].name;
	}
	return field_with_value(
	    cli, verb && verb->command ? verb->command->request : NULL, word);
}

/* The positional word that comes next. */
static void offer_position(struct completion *c)
{
	const struct metod_cli *cli = c->cli;
	const struct metod_desc *desc =
	    cli->verb->command ? cli->verb->command->request : NULL;

	for (size_t i = 0; desc && i < desc->count; i++) {
		if (is_word(&desc->fields[i]) && !(cli->given & UINT64_C(1) << i)) {
			offer_values(c, desc->fields[i].name);
			return;
		}
	}
	for (size_t i = 0; i < cli->verb->options_n; i++) {
		const struct metod_cli_option *option = &cli->verb->options[i];

		if (option->kind == METOD_CLI_WORDS ||
		    ((option->kind == METOD_CLI_WORD ||
			 option->kind == METOD_CLI_MAYBE) &&
			!metod_cli_option_of(cli, option->name))) {
			offer_values(c, option->name);
			return;
		}
	}
}

/* A list in one word: "teacher,dep" completes its last element. */
static void inside_list(struct completion *c, const char *name)
{
	const char *comma = strrchr(c->begin, ',');
	struct metod_buf lines = {0}, *out = c->out;
	struct metod_str front, rest;

	if (!comma) {
		offer_values(c, name);
		return;
	}
	front = (struct metod_str){c->begin, (size_t)(comma + 1 - c->begin)};
	c->begin = comma + 1;
	c->out = &lines;
	offer_values(c, name);
	rest = metod_buf_view(&lines);
	while (rest.n) {
		struct metod_str line = metod_str_cut(&rest, '\n');

		metod_buf_printf(out, "%.*s%.*s\n", METOD_FMT(front), METOD_FMT(line));
	}
	metod_buf_done(&lines);
}

/* Bash hands "--output=js" over in three words. */
static int join_equals(int argc, char **argv)
{
	if (argc > 2 && strcmp(argv[argc - 2], "=") == 0) {
		argv[argc - 2] = argv[argc - 1];
		return argc - 1;
	}
	if (argc > 2 && strcmp(argv[argc - 1], "=") == 0)
		argv[argc - 1][0] = '\0';
	return argc;
}

static void complete(struct metod_cli *cli, int argc, char **argv, struct metod_buf *out)
{
	struct completion c = {.cli = cli, .begin = argv[argc - 1], .out = out};
	const char *option;

	/* Mistakes in front of the cursor do not stop anybody from going on. */
	if (metod_cli_parse(cli, argc - 1, argv))
		cli->error.code = METOD_OK;
	option = argc > 2 ? option_with_value(cli, argv[argc - 2]) : NULL;
	if (option)
		inside_list(&c, option);
	else if (c.begin[0] == '-')
		offer_options(&c);
	else if (cli->verb)
		offer_position(&c);
	else if (cli->noun.n)
		offer_verbs(&c, cli->noun);
	else
		offer_nouns(&c);
}

void metod_cli_complete(
    struct metod_cli *cli, int argc, char **argv, struct metod_buf *out)
{
	static char none[] = "";
	char **words = METOD_NEWS(cli->arena, (size_t)argc + 2, char *);

	/* argv[0] is the mark that brought us here; the last word may be empty. */
	for (int i = 0; i < argc; i++)
		words[i] = argv[i];
	if (argc < 2)
		words[argc++] = none;
	cli->quiet = true;
	cli->no_input = true;
	complete(cli, join_equals(argc, words), words, out);
}

/* ---- scripts ---- */

static const struct {
	const char *shell, *script;
} scripts[] = {
    {"bash",
	"# bash completion of metodctl, made by: metodctl completion bash\n"
	"_metodctl()\n"
	"{\n"
	"\tlocal line cur=${COMP_WORDS[COMP_CWORD]}\n"
	"\t[ \"$cur\" = = ] && cur=\n"
	"\tCOMPREPLY=()\n"
	"\twhile IFS= read -r line; do\n"
	"\t\tif [ \"$line\" = :files ]; then\n"
	"\t\t\tcompopt -o filenames\n"
	"\t\t\tmapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- \"$cur\")\n"
	"\t\telse\n"
	"\t\t\tCOMPREPLY+=(\"${line%%$'\\t'*}\")\n"
	"\t\tfi\n"
	"\tdone < <(\"${COMP_WORDS[0]}\" " METOD_CLI_COMPLETE
	" \"${COMP_WORDS[@]:1:COMP_CWORD}\" 2>/dev/null)\n"
	"}\n"
	"complete -F _metodctl metodctl\n"},
    {"zsh",
	"#compdef metodctl\n"
	"# zsh completion of metodctl, made by: metodctl completion zsh\n"
	"_metodctl()\n"
	"{\n"
	"\tlocal line files=\n"
	"\tlocal -a found\n"
	"\tfor line in \"${(@f)$(\"${words[1]}\" " METOD_CLI_COMPLETE
	" \"${(@)words[2,CURRENT]}\" 2>/dev/null)}\"; do\n"
	"\t\tcase $line in\n"
	"\t\t\t'') ;;\n"
	"\t\t\t:files) files=yes ;;\n"
	"\t\t\t*$'\\t'*) found+=(\"${${line%%$'\\t'*}//:/\\\\:}:${line#*$'\\t'}\") ;;\n"
	"\t\t\t*) found+=(\"${line//:/\\\\:}\") ;;\n"
	"\t\tesac\n"
	"\tdone\n"
	"\t(( $#found )) && _describe -V metodctl found\n"
	"\t[ -n \"$files\" ] && _files\n"
	"\treturn 0\n"
	"}\n"
	"if [ \"${funcstack[1]}\" = _metodctl ]; then\n"
	"\t_metodctl \"$@\"\n"
	"else\n"
	"\tcompdef _metodctl metodctl\n"
	"fi\n"},
    {"fish",
	"# fish completion of metodctl, made by: metodctl completion fish\n"
	"function __metodctl_complete\n"
	"\tset -l words (commandline -opc)\n"
	"\tset -l cur (commandline -ct)\n"
	"\tfor line in ($words[1] " METOD_CLI_COMPLETE
	" $words[2..-1] \"$cur\" 2>/dev/null)\n"
	"\t\tif test \"$line\" = :files\n"
	"\t\t\t__fish_complete_path \"$cur\"\n"
	"\t\telse\n"
	"\t\t\techo $line\n"
	"\t\tend\n"
	"\tend\n"
	"end\n"
	"complete -c metodctl -f -a '(__metodctl_complete)'\n"},
};

int metod_cli_run_completion(struct metod_cli *cli)
{
	const char *shell = metod_cli_option_of(cli, "shell");
	struct metod_buf out = {0};
	int status;

	if (metod_cli_required(cli))
		return metod_cli_fail(cli);
	for (size_t i = 0; i < METOD_LEN(scripts); i++) {
		if (strcmp(shell, scripts[i].shell) == 0)
			metod_buf_z(&out, scripts[i].script);
	}
	if (out.n == 0) {
		metod_cli_usage(cli, "shell",
		    "there is no completion for \"%s\": bash, zsh or fish", shell);
		return metod_cli_fail(cli);
	}
	status = metod_cli_put(cli, &out);
	metod_buf_done(&out);
	return status;
}
