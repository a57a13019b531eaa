/* SPDX-License-Identifier: Apache-2.0
 * Where options come from when they are not on the command line: a file of the machine,
 * a file of the user, the environment, each above the one before. A setting is a global
 * option by its name; no other names are known here. */
#include "cli.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SYSTEM_FILE "/etc/metod/metodctl.conf"

/* Those that make sense for every call. */
static const char *const settings[] = {"socket", "token-file", "lang", "output", "color",
    "excel", "quiet", "no-input", "timeout"};

static bool is_setting(const char *name)
{
	for (size_t i = 0; i < METOD_LEN(settings); i++) {
		if (strcmp(settings[i], name) == 0)
			return true;
	}
	return false;
}

static enum metod_err set(struct metod_cli *cli, const char *name, const char *value)
{
	size_t which = 0;
	bool yes = strcmp(value, "yes") == 0, no = strcmp(value, "no") == 0;

	while (strcmp(metod_cli_globals[which].name, name) != 0)
		which++;
	if (strcmp(name, "lang") == 0)
		cli->wished_lang = value;
	if (metod_cli_globals[which].kind == METOD_CLI_VALUE)
		return metod_cli_set_global(cli, which, value);
	if (!yes && !no)
		return metod_cli_usage(cli, name, "\"%s\" is neither yes nor no", value);
	return yes ? metod_cli_set_global(cli, which, "") : METOD_OK;
}

/* ---- files ---- */

static enum metod_err unknown(struct metod_cli *cli, const char *place, const char *name)
{
	const char *nearest = metod_cli_nearest(cli, name, settings, METOD_LEN(settings));

	metod_cli_usage(cli, place, "there is no setting \"%s\"", name);
	if (nearest)
		metod_hint(&cli->error, "perhaps %s?", nearest);
	return METOD_USAGE;
}

static enum metod_err read_setting(
    struct metod_cli *cli, const char *path, size_t number, struct metod_str line)
{
	const char *place = metod_arena_printf(cli->arena, "%s:%zu", path, number).p;
	struct metod_str rest = line, name = metod_str_trim(metod_str_cut(&rest, '='));
	struct metod_str message;
	const char *word;

	if (metod_str_trim(line).n == 0 || metod_str_trim(line).p[0] == '#')
		return METOD_OK;
	word = metod_arena_z(cli->arena, name);
	if (name.n + rest.n == line.n)
		return metod_cli_usage(cli, place, "write it as name = value");
	if (!is_setting(word))
		return unknown(cli, place, word);
	if (!set(cli, word, metod_arena_z(cli->arena, metod_str_trim(rest))))
		return METOD_OK;
	message = metod_arena_strz(cli->arena, cli->error.message);
	return metod_cli_usage(cli, place, "%s: %s", word, message.p);
}

static enum metod_err read_settings(struct metod_cli *cli, const char *path)
{
	struct metod_str text;
	enum metod_err e;
	size_t number = 1;

	if (access(path, F_OK) != 0)
		return METOD_OK;
	e = metod_cli_read_file(cli, path, &text);
	for (; !e && text.n; number++)
		e = read_setting(cli, path, number, metod_str_cut(&text, '\n'));
	return e;
}

static const char *user_file(struct metod_cli *cli)
{
	const char *folder = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (folder && folder[0] == '/')
		return metod_arena_printf(cli->arena, "%s/metod/metodctl.conf", folder).p;
	if (!home || home[0] != '/')
		return NULL;
	return metod_arena_printf(cli->arena, "%s/.config/metod/metodctl.conf", home).p;
}

/* ---- environment ---- */

/* "token-file" -> METOD_TOKEN_FILE */
static const char *variable(struct metod_cli *cli, const char *name)
{
	char *text = metod_arena_alloc(cli->arena, strlen(name) + sizeof("METOD_"));

	memcpy(text, "METOD_", sizeof("METOD_") - 1);
	for (size_t i = 0; name[i]; i++)
		text[i + sizeof("METOD_") - 1] =
		    name[i] == '-' ? '_' : (char)toupper((unsigned char)name[i]);
	return text;
}

static enum metod_err read_environment(struct metod_cli *cli)
{
	for (size_t i = 0; i < METOD_LEN(settings); i++) {
		const char *name = variable(cli, settings[i]), *value = getenv(name);
		struct metod_str message;

		if (!value || !value[0] || !set(cli, settings[i], value))
			continue;
		message = metod_arena_strz(cli->arena, cli->error.message);
		return metod_cli_usage(cli, name, "%s", message.p);
	}
	return METOD_OK;
}

enum metod_err metod_cli_read_surroundings(struct metod_cli *cli)
{
	const char *own = user_file(cli);
	enum metod_err e = read_settings(cli, SYSTEM_FILE);

	if (!e && own)
		e = read_settings(cli, own);
	if (!e)
		e = read_environment(cli);
	/* What was set here may still be said once on the command line, and the ending of
	 * --save still tells the form. */
	cli->output_given = false;
	return e;
}
