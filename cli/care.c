/* SPDX-License-Identifier: Apache-2.0
 * Care of the store: restoring and verifying one that nobody serves is the work of
 * metodd, which alone may open it; this starts it. And the settings of the daemon. */
#include "cli.h"

#include "metod/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, ARGS = 4 };

/* ---- metodd ---- */

/* metodd beside this program, else from PATH. Does not return on success. */
static int become_metodd(struct metod_cli *cli, const char *const *args)
{
	char beside[PATH_BYTES], *argv[ARGS + 1] = {NULL};
	ssize_t n = readlink("/proc/self/exe", beside, sizeof(beside) - sizeof("metodd"));
	char *slash = NULL;

	for (size_t i = 0; i < ARGS && args[i]; i++)
		argv[i] = metod_xstrdup(args[i]);
	setenv("METOD_LANG", metod_lang_word(cli->lang), 1);
	if (n > 0) {
		beside[n] = '\0';
		slash = strrchr(beside, '/');
	}
	if (slash) {
		memcpy(slash + 1, "metodd", sizeof("metodd"));
		execv(beside, argv);
	}
	execvp("metodd", argv);
	metod_fail(&cli->error, METOD_UNREACHED, "metodd",
	    "the program cannot be started: %s", strerror(errno));
	for (size_t i = 0; i < ARGS; i++)
		free(argv[i]);
	return metod_cli_fail(cli);
}

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

/* A dry run only checks the copy. */
int metod_cli_run_restore(struct metod_cli *cli)
{
	const char *file = metod_cli_option_of(cli, "file"), *dir;
	int status = 0;

	if (metod_cli_required(cli))
		return metod_cli_fail(cli);
	if (metod_cli_option_of(cli, "dry-run"))
		return become_metodd(
		    cli, (const char *const[ARGS]){"metodd", "verify", file});
	dir = data_dir(cli);
	if (!dir)
		return metod_cli_fail(cli);
	if (!confirmed(cli, file, &status))
		return status;
	return become_metodd(
	    cli, (const char *const[ARGS]){"metodd", "restore", file, dir});
}

int metod_cli_run_verify(struct metod_cli *cli)
{
	const char *data = metod_cli_option_of(cli, "data");
	const struct metod_command *command = cli->verb->command;
	struct metod_verify_rep reply = {0};
	int status;

	if (data)
		return become_metodd(
		    cli, (const char *const[ARGS]){"metodd", "verify", data});
	if (metod_cli_call(cli, command, cli->request, &reply))
		return metod_cli_fail(cli);
	status = metod_cli_show(cli, command->reply, &reply);
	return status || reply.ok ? status : metod_err_exit(METOD_DAMAGED);
}

/* ---- settings ---- */

/* clang-format off */
#define METOD_CLI_SETTING_FIELDS(F, R)                                                  \
	F(R, STR, name, 1, METOD_REQ, 0, 0, none, "Setting")                            \
	F(R, STR, value, 2, METOD_REQ, 0, 0, none, "Value")                             \
	F(R, STR, origin, 3, METOD_REQ | METOD_TOKEN, 0, 0, none, "Comes from")         \
	F(R, I64, line, 4, METOD_NULL, 0, 0, none, "Line")                              \
	F(R, BOOL, restart, 5, 0, 0, 1, none, "Needs a restart")
METOD_RECORD(metod_cli_setting, METOD_CLI_SETTING_FIELDS)
METOD_RECORD_DEFINE(metod_cli_setting, METOD_CLI_SETTING_FIELDS);
#define METOD_CLI_SETTINGS_FIELDS(F, R) \
	F(R, RECS, rows, 1, METOD_REQ, 0, 0, metod_cli_setting, "Settings")
METOD_RECORD(metod_cli_settings, METOD_CLI_SETTINGS_FIELDS)
METOD_RECORD_DEFINE(metod_cli_settings, METOD_CLI_SETTINGS_FIELDS);
/* clang-format on */

int metod_cli_run_config(struct metod_cli *cli)
{
	struct metod_issues issues = metod_cli_issues(cli);
	struct metod_settings settings;
	struct metod_cli_settings all = {0};
	enum metod_err e;

	memset(&settings, 0, sizeof(settings));
	e = metod_config_load(metod_cli_option_of(cli, "file"), (struct metod_strs){0},
	    cli->arena, &settings, &issues);
	if (e || strcmp(cli->verb->name, "config.check") == 0) {
		int status = metod_cli_show_issues(cli, &issues);

		return e && !status ? metod_err_exit(e) : status;
	}
	all.rows.p = METOD_NEWS(cli->arena, METOD_OPTION_COUNT, struct metod_cli_setting);
	all.rows.n = METOD_OPTION_COUNT;
	for (size_t i = 0; i < METOD_OPTION_COUNT; i++)
		all.rows.p[i] = (struct metod_cli_setting){
		    .name = metod_str(metod_config_options[i].name),
		    .value = metod_field_text(
			&metod_config_desc.fields[i], &settings.values, 0, cli->arena),
		    .origin = metod_str(metod_origin_text(settings.origin[i])),
		    .line = settings.line[i] ? (int64_t)settings.line[i] : METOD_NIL,
		    .restart = metod_config_options[i].applies == METOD_ON_START,
		};
	return metod_cli_show(cli, &metod_cli_settings_desc, &all);
}
