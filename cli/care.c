/* SPDX-License-Identifier: Apache-2.0
 * Care of the store: what is done to one that nobody serves is the work of metodd, which
 * alone may open it; this starts it. And the settings of the daemon. */
#include "cli.h"

#include "metod/options.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The name of the copy once more: as an option, or typed on a terminal. */
static bool confirmed(struct metod_cli *cli, const char *file, int *ret_status)
{
	const char *confirm = metod_cli_option_of(cli, "confirm"),
		   *name = base_name(file);
	struct metod_str typed;
	const char *prompt;

	if (!confirm && (cli->no_input || !cli->tty_in || !cli->tty_err)) {
		metod_fail(&cli->error, METOD_USAGE, "",
		    "restoring replaces the store, and nobody is there to ask (no terminal). "
		    "Add --confirm %s",
		    name);
		*ret_status = metod_cli_fail(cli);
		return false;
	}
	if (confirm && strcmp(confirm, name) != 0) {
		metod_fail(&cli->error, METOD_USAGE, "--confirm",
		    "does not repeat the name %s", name);
		*ret_status = metod_cli_fail(cli);
		return false;
	}
	prompt = metod_arena_printf(
	    cli->arena, metod_cli_tr(cli, "The store will be replaced. Type %s"), name)
		     .p;
	if (confirm ||
	    (metod_cli_ask(cli, prompt, true, &typed) && metod_str_is(typed, name)))
		return true;
	metod_cli_say(cli, "%s", metod_cli_tr(cli, "Cancelled, nothing was changed."));
	*ret_status = METOD_CLI_CANCELLED;
	return false;
}

/* Where the store lies: --data, else the configuration of the daemon. */
static const char *data_dir(struct metod_cli *cli)
{
	const char *data = metod_cli_option_of(cli, "data");
	struct metod_issues issues = metod_cli_issues(cli);
	struct metod_settings settings;

	if (data)
		return data;
	memset(&settings, 0, sizeof(settings));
	if (!metod_config_load(
		NULL, (struct metod_strs){0}, cli->arena, &settings, &issues))
		return settings.values.data_dir.p;
	metod_cli_say_issues(cli, &issues);
	metod_fail(&cli->error, METOD_USAGE, "--data",
	    "is required: the configuration cannot be read");
	return NULL;
}

int metod_cli_run_restore(struct metod_cli *cli)
{
	const char *file = metod_cli_option_of(cli, "file"), *dir;
	int status = 0;

	if (metod_cli_required(cli))
		return metod_cli_fail(cli);
	dir = data_dir(cli);
	if (!dir)
		return metod_cli_fail(cli);
	if (metod_cli_option_of(cli, "dry-run"))
		return metod_cli_become_metodd(cli,
		    (const char *const[]){
			"metodd", "restore", "--dry-run", file, dir, NULL});
	/* Who types the name has seen what he agrees to. */
	if (!metod_cli_option_of(cli, "confirm") && !cli->no_input && cli->tty_in)
		status = metod_cli_run_metodd(cli,
		    (const char *const[]){
			"metodd", "restore", "--dry-run", file, dir, NULL},
		    NULL);
	if (status || !confirmed(cli, file, &status))
		return status;
	return metod_cli_become_metodd(
	    cli, (const char *const[]){"metodd", "restore", file, dir, NULL});
}

int metod_cli_run_verify_copy(struct metod_cli *cli)
{
	const char *file = metod_cli_option_of(cli, "file");

	if (metod_cli_required(cli))
		return metod_cli_fail(cli);
	return metod_cli_become_metodd(
	    cli, (const char *const[]){"metodd", "verify", file, NULL});
}

/* store.rebuild and store.upgrade: a stopped store is made anew. */
int metod_cli_run_rebuild(struct metod_cli *cli)
{
	const char *keep = metod_cli_option_of(cli, "keep"), *dir = data_dir(cli);

	if (!dir)
		return metod_cli_fail(cli);
	if (strcmp(cli->verb->name, "store.upgrade") == 0)
		return metod_cli_become_metodd(
		    cli, (const char *const[]){"metodd", "upgrade", dir, NULL});
	if (keep)
		return metod_cli_become_metodd(cli,
		    (const char *const[]){
			"metodd", "rebuild", "--keep", keep, dir, NULL});
	return metod_cli_become_metodd(
	    cli, (const char *const[]){"metodd", "rebuild", dir, NULL});
}

int metod_cli_run_verify(struct metod_cli *cli)
{
	const char *data = metod_cli_option_of(cli, "data");
	const struct metod_command *command = cli->verb->command;
	struct metod_verify_rep reply = {0};
	int status;

	if (data)
		return metod_cli_become_metodd(
		    cli, (const char *const[]){"metodd", "verify", data, NULL});
	if (metod_cli_call(cli, command, cli->request, &reply))
		return metod_cli_fail(cli);
	status = metod_cli_show(cli, command->reply, &reply);
	return status || reply.ok ? status : metod_err_exit(METOD_DAMAGED);
}

/* ---- the chain ---- */

/* clang-format off */
#define METOD_CLI_MANIFEST_FIELDS(F, R)                                                 \
	F(R, U64, last_seq, 4, METOD_REQ, 1, METOD_ID_MAX, none, "Last sequence")        \
	F(R, STR, head, 6, METOD_REQ, 1, 100, none, "Head of the chain")
METOD_RECORD(metod_cli_manifest, METOD_CLI_MANIFEST_FIELDS)
METOD_RECORD_DEFINE(metod_cli_manifest, METOD_CLI_MANIFEST_FIELDS);
/* clang-format on */

/* A head as it was given, from the manifest of a copy, or the last one of a log. */
static enum metod_err read_head(
    struct metod_cli *cli, const char *given, struct metod_str *ret)
{
	struct metod_cli_manifest manifest = {0};
	struct metod_str text, found = {0};
	enum metod_err e;

	if (access(given, F_OK)) {
		*ret = metod_str(given);
		return METOD_OK;
	}
	e = metod_cli_read_file(cli, given, &text);
	if (e)
		return e;
	if (metod_str_starts(metod_str_trim(text), "{")) {
		e = metod_load_json(&metod_cli_manifest_desc, text, true, cli->arena,
		    &manifest, &cli->error);
		*ret = metod_arena_printf(cli->arena, "%llu:%.*s",
		    (unsigned long long)manifest.last_seq, METOD_FMT(manifest.head));
		return e;
	}
	while (text.n) {
		struct metod_str word = metod_str_cut(&text, '\n'), rest = word;

		while (rest.n && !metod_str_starts(rest, "head="))
			metod_str_cut(&rest, ' ');
		if (rest.n) {
			metod_str_cut(&rest, '=');
			found = metod_str_cut(&rest, ' ');
		} else if (metod_str_trim(word).n) {
			found = metod_str_trim(word);
		}
	}
	*ret = found;
	return METOD_OK;
}

int metod_cli_run_audit_verify(struct metod_cli *cli)
{
	const char *data = metod_cli_option_of(cli, "data"),
		   *given = metod_cli_option_of(cli, "head");
	const struct metod_command *command = cli->verb->command;
	struct metod_audit_verify_req *request = cli->request;
	struct metod_audit_verify_rep reply = {0};
	int status;

	if (given && read_head(cli, given, &request->head))
		return metod_cli_fail(cli);
	if (given)
		metod_cli_give(cli, "head");
	if (data && given)
		return metod_cli_become_metodd(cli,
		    (const char *const[]){"metodd", "audit", "--head",
			metod_arena_z(cli->arena, request->head), data, NULL});
	if (data)
		return metod_cli_become_metodd(
		    cli, (const char *const[]){"metodd", "audit", data, NULL});
	if (metod_cli_call(cli, command, request, &reply))
		return metod_cli_fail(cli);
	status = metod_cli_show(cli, command->reply, &reply);
	if (!given)
		metod_cli_say(cli, "%s",
		    metod_cli_tr(cli,
			"without a head that was kept elsewhere a cut-off end passes unseen"));
	return status || reply.ok ? status : metod_err_exit(METOD_DAMAGED);
}

/* ---- settings ---- */

/* clang-format off */
#define METOD_CLI_SETTING_FIELDS(F, R)                                                  \
	F(R, STR, name, 1, METOD_REQ, 0, 0, none, "Setting")                            \
	F(R, STR, value, 2, METOD_REQ, 0, 0, none, "Value")                             \
	F(R, STR, origin, 3, METOD_REQ | METOD_TOKEN, 0, 0, none, "Comes from")         \
	F(R, BOOL, restart, 4, 0, 0, 1, none, "Needs a restart")
METOD_RECORD(metod_cli_setting, METOD_CLI_SETTING_FIELDS)
METOD_RECORD_DEFINE(metod_cli_setting, METOD_CLI_SETTING_FIELDS);
#define METOD_CLI_SETTINGS_FIELDS(F, R) \
	F(R, RECS, rows, 1, METOD_REQ, 0, 0, metod_cli_setting, "Settings")
METOD_RECORD(metod_cli_settings, METOD_CLI_SETTINGS_FIELDS)
METOD_RECORD_DEFINE(metod_cli_settings, METOD_CLI_SETTINGS_FIELDS);
/* Without --origin: the first fields of the same rows. */
#define METOD_CLI_VALUE_FIELDS(F, R)                                                    \
	F(R, STR, name, 1, METOD_REQ, 0, 0, none, "Setting")                            \
	F(R, STR, value, 2, METOD_REQ, 0, 0, none, "Value")
METOD_RECORD(metod_cli_value, METOD_CLI_VALUE_FIELDS)
METOD_RECORD_DEFINE(metod_cli_value, METOD_CLI_VALUE_FIELDS);
#define METOD_CLI_VALUES_FIELDS(F, R) \
	F(R, RECS, rows, 1, METOD_REQ, 0, 0, metod_cli_value, "Settings")
METOD_RECORD(metod_cli_values, METOD_CLI_VALUES_FIELDS)
METOD_RECORD_DEFINE(metod_cli_values, METOD_CLI_VALUES_FIELDS);
/* clang-format on */

/* "FILE:LINE", "METOD_NAME", or a word. */
static struct metod_str origin_of(struct metod_cli *cli,
    const struct metod_settings *settings, const char *file, size_t i)
{
	struct metod_str name;
	char *p;

	if (settings->origin[i] == METOD_FROM_FILE)
		return metod_arena_printf(cli->arena, "%s:%zu",
		    file ? file : METOD_CONFIG_FILE, settings->line[i]);
	if (settings->origin[i] != METOD_FROM_ENVIRONMENT)
		return metod_str(metod_origin_text(settings->origin[i]));
	name = metod_arena_printf(cli->arena, "METOD_%s", metod_config_options[i].name);
	p = (char *)(uintptr_t)name.p;
	for (size_t j = 0; j < name.n; j++)
		p[j] = (char)toupper((unsigned char)p[j]);
	return name;
}

static struct metod_cli_setting setting_row(struct metod_cli *cli,
    const struct metod_settings *settings, const char *file, size_t i)
{
	const struct metod_field *field = &metod_config_desc.fields[i];

	return (struct metod_cli_setting){
	    .name = metod_str(field->name),
	    .value = field->flags & METOD_SECRET
		? METOD_STR("***")
		: metod_field_text(field, &settings->values, 0, cli->arena),
	    .origin = origin_of(cli, settings, file, i),
	    .restart = metod_config_options[i].applies == METOD_ON_START,
	};
}

static int show_settings(
    struct metod_cli *cli, const struct metod_settings *settings, const char *file)
{
	struct metod_cli_settings all = {0};
	struct metod_cli_values brief = {0};

	all.rows.p = METOD_NEWS(cli->arena, METOD_OPTION_COUNT, struct metod_cli_setting);
	brief.rows.p = METOD_NEWS(cli->arena, METOD_OPTION_COUNT, struct metod_cli_value);
	all.rows.n = brief.rows.n = METOD_OPTION_COUNT;
	for (size_t i = 0; i < METOD_OPTION_COUNT; i++) {
		all.rows.p[i] = setting_row(cli, settings, file, i);
		brief.rows.p[i] = (struct metod_cli_value){
		    .name = all.rows.p[i].name, .value = all.rows.p[i].value};
	}
	return metod_cli_option_of(cli, "origin")
	    ? metod_cli_show(cli, &metod_cli_settings_desc, &all)
	    : metod_cli_show(cli, &metod_cli_values_desc, &brief);
}

int metod_cli_run_config(struct metod_cli *cli)
{
	struct metod_issues issues = metod_cli_issues(cli);
	const char *file = metod_cli_option_of(cli, "file");
	struct metod_settings settings;
	enum metod_err e;
	int status;

	memset(&settings, 0, sizeof(settings));
	e = metod_config_load(
	    file, (struct metod_strs){0}, cli->arena, &settings, &issues);
	if (!e && strcmp(cli->verb->name, "config.check") != 0)
		return show_settings(cli, &settings, file);
	status = metod_cli_show_issues(cli, &issues);
	return e && !status ? metod_err_exit(e) : status;
}
