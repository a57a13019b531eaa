/* SPDX-License-Identifier: Apache-2.0
 * Options that every command has, and the language of the invocation. Knows no command.
 */
#include "cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TIMEOUT_MAX = 86400 };

enum global {
	OUTPUT,
	FIELDS,
	LANG,
	QUIET,
	NO_INPUT,
	SOCKET,
	TOKEN_FILE,
	EXCEL,
	SAVE,
	COLOR,
	KEY,
	TIMEOUT,
	HELP,
	VERSION,
};

const struct metod_cli_option metod_cli_globals[] = {
    [OUTPUT] = {"output", 'o', METOD_CLI_VALUE,
	"table, json, jsonl, csv, tsv, msgpack or xlsx"},
    [FIELDS] = {"fields", 0, METOD_CLI_VALUE, "Columns to show, separated by commas"},
    [LANG] = {"lang", 0, METOD_CLI_VALUE, "ru or en"},
    [QUIET] = {"quiet", 'q', METOD_CLI_FLAG, "No words on standard error but errors"},
    [NO_INPUT] = {"no-input", 0, METOD_CLI_FLAG, "Never ask anything"},
    [SOCKET] = {"socket", 0, METOD_CLI_VALUE, "Socket of the daemon"},
    [TOKEN_FILE] = {"token-file", 0, METOD_CLI_VALUE, "File with a session or token"},
    [EXCEL] = {"excel", 0, METOD_CLI_FLAG, "CSV as a Russian spreadsheet opens it"},
    [SAVE] = {"save", 0, METOD_CLI_VALUE,
	"Write the data to this file; its ending tells the form"},
    [COLOR] = {"color", 0, METOD_CLI_VALUE, "auto, always or never"},
    [KEY] = {"key", 0, METOD_CLI_VALUE, "The same key makes a repeated write safe"},
    [TIMEOUT] = {"timeout", 0, METOD_CLI_VALUE, "Seconds to wait for an answer (130)"},
    [HELP] = {"help", 'h', METOD_CLI_FLAG, "Help on the command"},
    [VERSION] = {"version", 0, METOD_CLI_FLAG, "Version and schema hash"},
};
const size_t metod_cli_globals_n = METOD_LEN(metod_cli_globals);

/* ---- language ---- */

static bool english(const char *word)
{
	return word && strncmp(word, "en", 2) == 0;
}

static bool russian(const char *word)
{
	return word && strncmp(word, "ru", 2) == 0;
}

enum metod_lang metod_cli_parse_lang(int argc, char **argv, const char *wished)
{
	static const char *const names[] = {"LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"};

	for (int i = 1; i < argc; i++) {
		const char *value = NULL;

		if (strncmp(argv[i], "--lang=", 7) == 0)
			value = argv[i] + 7;
		else if (strcmp(argv[i], "--lang") == 0 && i + 1 < argc)
			value = argv[i + 1];
		if (value)
			return english(value) ? METOD_EN : METOD_RU;
	}
	if (english(wished) || russian(wished))
		return english(wished) ? METOD_EN : METOD_RU;
	for (size_t i = 0; i < METOD_LEN(names); i++) {
		if (english(getenv(names[i])))
			return METOD_EN;
		if (russian(getenv(names[i])))
			return METOD_RU;
	}
	return METOD_RU;
}

/* ---- values ---- */

static enum metod_err set_fields(struct metod_cli *cli, const char *value)
{
	struct metod_str rest = metod_str(value);
	size_t n = 1;

	for (const char *p = value; *p; p++)
		n += *p == ',';
	cli->fields.p = METOD_NEWS(cli->arena, n, struct metod_str);
	cli->fields.n = 0;
	while (rest.n) {
		struct metod_str name = metod_str_trim(metod_str_cut(&rest, ','));

		if (name.n)
			cli->fields.p[cli->fields.n++] = name;
	}
	return METOD_OK;
}

/* One of a list of words; the index, or METOD_USAGE with the nearest. */
static enum metod_err choose(struct metod_cli *cli, const char *shown, const char *value,
    const char *const *words, size_t n, size_t *ret)
{
	const char *nearest;

	for (size_t i = 0; i < n; i++) {
		if (strcmp(value, words[i]) == 0) {
			*ret = i;
			return METOD_OK;
		}
	}
	metod_cli_usage(cli, shown, "there is no \"%s\"", value);
	nearest = metod_cli_nearest(cli, value, words, n);
	if (nearest)
		metod_hint(&cli->error, "perhaps %s?", nearest);
	return METOD_USAGE;
}

const char *const metod_cli_outputs[] = {
    "table", "json", "jsonl", "csv", "tsv", "msgpack", "xlsx", NULL};
enum { OUTPUTS = METOD_LEN(metod_cli_outputs) - 1, XLSX = OUTPUTS - 1 };
const char *const metod_cli_colors[] = {"auto", "always", "never", NULL};
enum { COLORS = METOD_LEN(metod_cli_colors) - 1 };

static void take_output(struct metod_cli *cli, size_t which)
{
	cli->output_given = true;
	cli->sheet = which == XLSX;
	cli->output = cli->sheet ? METOD_OUT_CSV : (enum metod_output)which;
}

static enum metod_err set_output(struct metod_cli *cli, const char *value)
{
	size_t which;

	if (choose(cli, "-o", value, metod_cli_outputs, OUTPUTS, &which))
		return METOD_USAGE;
	take_output(cli, which);
	return METOD_OK;
}

static enum metod_err set_color(struct metod_cli *cli, const char *value)
{
	size_t which;

	if (choose(cli, "--color", value, metod_cli_colors, COLORS, &which))
		return METOD_USAGE;
	cli->color_wish = which;
	return METOD_OK;
}

enum metod_err metod_cli_set_global(
    struct metod_cli *cli, size_t which, const char *value)
{
	uint64_t seconds;

	switch ((enum global)which) {
	case OUTPUT:
		return set_output(cli, value);
	case FIELDS:
		return set_fields(cli, value);
	case LANG:
		if (!english(value) && !russian(value))
			return metod_cli_usage(
			    cli, "--lang", "there is no language \"%s\"", value);
		break;
	case QUIET:
		cli->quiet = true;
		break;
	case NO_INPUT:
		cli->no_input = true;
		break;
	case SOCKET:
		cli->socket = value;
		break;
	case TOKEN_FILE:
		cli->token_file = value;
		break;
	case EXCEL:
		cli->excel = true;
		break;
	case SAVE:
		if (!value[0])
			return metod_cli_usage(cli, "--save", "the name is empty");
		cli->save = strcmp(value, "-") == 0 ? NULL : value;
		break;
	case COLOR:
		return set_color(cli, value);
	case KEY:
		if (!value[0] || strlen(value) > METOD_KEY_MAX)
			return metod_cli_usage(
			    cli, "--key", "the key is empty or too long");
		cli->key = value;
		break;
	case TIMEOUT:
		if (!metod_str_u64(metod_str(value), &seconds) || !seconds ||
		    seconds > TIMEOUT_MAX)
			return metod_cli_usage(
			    cli, "--timeout", "\"%s\" is no number of seconds", value);
		cli->timeout_s = (unsigned)seconds;
		break;
	case HELP:
		cli->help = true;
		break;
	case VERSION:
		cli->version = true;
		break;
	}
	return METOD_OK;
}

/* ---- together ---- */

/* The form that the ending of a file name stands for; a file without one that is known
 * holds what the terminal would show. */
static void form_by_name(struct metod_cli *cli)
{
	const char *dot = strrchr(cli->save, '.');

	for (size_t i = 0; dot && i < OUTPUTS; i++) {
		if (strcmp(dot + 1, metod_cli_outputs[i]) == 0)
			take_output(cli, i);
	}
}

static bool wants_color(const struct metod_cli *cli, bool terminal)
{
	const char *no = getenv("NO_COLOR"), *kind = getenv("TERM");

	if (cli->color_wish != METOD_CLI_AUTO)
		return cli->color_wish == METOD_CLI_ALWAYS;
	return terminal && !(no && no[0]) && kind && kind[0] && strcmp(kind, "dumb") != 0;
}

/* Looked at before the call, which may write something that is not asked for twice. */
static enum metod_err folder_takes_files(struct metod_cli *cli)
{
	const char *slash = cli->save ? strrchr(cli->save, '/') : NULL;
	struct metod_str folder = METOD_STR(".");

	if (!cli->save)
		return METOD_OK;
	if (slash)
		folder = (struct metod_str){cli->save, (size_t)(slash - cli->save) + 1};
	if (access(metod_arena_z(cli->arena, folder), W_OK | X_OK) == 0)
		return METOD_OK;
	return metod_fail(&cli->error, METOD_IO, cli->save,
	    "the file cannot be written: %s", strerror(errno));
}

enum metod_err metod_cli_settle(struct metod_cli *cli)
{
	if (folder_takes_files(cli))
		return cli->error.code;
	if (cli->save && !cli->output_given)
		form_by_name(cli);
	cli->color =
	    cli->output == METOD_OUT_TEXT && wants_color(cli, cli->tty_out && !cli->save);
	cli->color_err = wants_color(cli, cli->tty_err);
	if (!cli->tty_out || cli->save ||
	    !(cli->sheet || cli->output == METOD_OUT_MSGPACK))
		return METOD_OK;
	metod_cli_usage(
	    cli, "-o", "%s is not for a terminal", cli->sheet ? "xlsx" : "msgpack");
	return metod_hint(&cli->error, "--save FILE, or > FILE");
}
