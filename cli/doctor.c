/* SPDX-License-Identifier: Apache-2.0
 * metodctl doctor: what metodd finds from outside (files, settings, machine), joined with
 * what only the running daemon knows. */
#include "cli.h"

#include "metod/options.h"

#include <string.h>

enum { ROWS_MAX = 200, ARGS = 64, READER_MS = 60000 };

struct findings {
	struct metod_cli *cli;
	struct metod_symptom rows[ROWS_MAX];
	size_t n;
};

static void add(struct findings *found, const char *state, const char *about,
    const char *command, struct metod_str says)
{
	if (found->n < ROWS_MAX)
		found->rows[found->n++] =
		    (struct metod_symptom){.state = metod_str(state),
			.about = metod_str(about),
			.says = says,
			.command = metod_str(command)};
}

/* ---- the running daemon ---- */

/* Options whose value in the file is not the one in force. */
static void compare_settings(struct findings *found, const struct metod_stat_rep *stat)
{
	struct metod_cli *cli = found->cli;
	struct metod_issues issues = metod_cli_issues(cli);
	struct metod_settings settings;
	struct metod_buf names = {0};

	memset(&settings, 0, sizeof(settings));
	if (metod_config_load(metod_cli_option_of(cli, "config"), (struct metod_strs){0},
		cli->arena, &settings, &issues))
		return; /* metodd tells of it */
	for (size_t i = 0; i < METOD_OPTION_COUNT && i < stat->settings.n; i++) {
		const struct metod_setting_row *row = &stat->settings.p[i];
		struct metod_str value = metod_field_text(
		    &metod_config_desc.fields[i], &settings.values, 0, cli->arena);

		if (metod_str_is(row->name, metod_config_options[i].name) &&
		    (metod_str_is(row->origin, metod_origin_text(METOD_FROM_FILE)) ||
			metod_str_is(
			    row->origin, metod_origin_text(METOD_FROM_DEFAULT))) &&
		    !metod_str_eq(row->value, value))
			metod_buf_printf(
			    &names, "%s%.*s", names.n ? ", " : "", METOD_FMT(row->name));
	}
	if (names.n)
		add(found, "attention", metod_cli_tr(cli, "configuration"),
		    "systemctl restart metodd metodd-web",
		    metod_arena_printf(cli->arena,
			metod_cli_tr(cli, "changed in the file and not in force: %.*s"),
			METOD_FMT(metod_buf_view(&names))));
	metod_buf_done(&names);
}

static void look_at_work(struct findings *found, const struct metod_stat_rep *stat)
{
	struct metod_cli *cli = found->cli;

	if (stat->refusing)
		add(found, "wrong", metod_cli_tr(cli, "writing"), "df -h",
		    metod_str(metod_cli_tr(
			cli, "the disk is full: the daemon reads and refuses to write")));
	if (stat->oldest_reader_ms > READER_MS)
		add(found, "attention", metod_cli_tr(cli, "reading"),
		    "systemctl restart metodd",
		    metod_arena_printf(cli->arena,
			metod_cli_tr(cli,
			    "something has been reading for %llu s; the file grows meanwhile"),
			(unsigned long long)(stat->oldest_reader_ms / 1000)));
	compare_settings(found, stat);
}

/* True: the daemon told its settings. */
static bool ask_daemon(struct findings *found, struct metod_stat_rep *stat)
{
	struct metod_cli *cli = found->cli;
	const struct metod_command *command = metod_command_find(METOD_STR("store.stat"));
	struct metod_none_req none = {0};
	enum metod_err e = metod_cli_call(cli, command, &none, stat);

	if (e == METOD_UNREACHED)
		add(found, "attention", metod_cli_tr(cli, "daemon"),
		    "systemctl status metodd",
		    metod_arena_printf(cli->arena,
			metod_cli_tr(cli, "does not answer on %s"), cli->socket));
	else if (e)
		add(found, "attention", metod_cli_tr(cli, "daemon"),
		    "sudo metodctl doctor",
		    metod_arena_printf(cli->arena,
			metod_cli_tr(cli, "answers, and tells you nothing: %s"),
			cli->error.message));
	else
		add(found, "good", metod_cli_tr(cli, "daemon"), "",
		    metod_arena_printf(
			cli->arena, metod_cli_tr(cli, "answers on %s"), cli->socket));
	cli->error = (struct metod_error){0};
	if (!e)
		look_at_work(found, stat);
	return !e;
}

/* ---- metodd ---- */

/* False: it cannot be started, or prints something else; the status is in *ret_status. */
static bool ask_metodd(
    struct findings *found, const struct metod_stat_rep *stat, int *ret_status)
{
	struct metod_cli *cli = found->cli;
	const char *config = metod_cli_option_of(cli, "config");
	const char *args[ARGS] = {"metodd", "doctor"};
	struct metod_doctor_rep rep = {0};
	struct metod_buf out = {0};
	size_t n = 2;

	if (config)
		args[n++] = metod_arena_printf(cli->arena, "--config=%s", config).p;
	/* The settings in force: the daemon may have others than the file. */
	for (size_t i = 0; stat && i < stat->settings.n && n < ARGS - 1; i++)
		args[n++] = metod_arena_printf(cli->arena, "%.*s=%.*s",
		    METOD_FMT(stat->settings.p[i].name),
		    METOD_FMT(stat->settings.p[i].value))
				.p;
	*ret_status = metod_cli_run_metodd(cli, args, &out);
	if (out.n &&
	    metod_load_json(&metod_doctor_rep_desc, metod_buf_view(&out), true,
		cli->arena, &rep, &cli->error))
		*ret_status = metod_cli_fail(cli);
	for (size_t i = 0; i < rep.rows.n && found->n < ROWS_MAX; i++)
		found->rows[found->n++] = rep.rows.p[i];
	metod_buf_done(&out);
	return rep.rows.n > 0;
}

/* ---- showing ---- */

static enum metod_cli_tone tone_of(struct metod_str state)
{
	return metod_str_is(state, "wrong")    ? METOD_CLI_BAD
	    : metod_str_is(state, "attention") ? METOD_CLI_CARE
					       : METOD_CLI_GOOD;
}

static size_t widest(const struct metod_doctor_rep *rep)
{
	size_t width = 0;

	for (size_t i = 0; i < rep->rows.n; i++) {
		size_t one = metod_text_width(rep->rows.p[i].about);

		width = one > width ? one : width;
	}
	return width;
}

static void show_one(struct metod_cli *cli, const struct metod_symptom *row, size_t width,
    struct metod_buf *out)
{
	enum { STATE = 10 };
	size_t indent = STATE + width + 2;
	const char *state = metod_cli_word(cli, row->state);
	size_t pad = metod_text_width(metod_str(state));
	struct metod_buf says = {0};

	metod_buf_z(out, metod_cli_paint(cli, tone_of(row->state), state));
	for (; pad < STATE; pad++)
		metod_buf_byte(out, ' ');
	metod_cli_pad(out, row->about, width + 2);
	metod_cli_wrap(&says, row->says, indent, cli->width);
	/* The first line goes on behind the name. */
	metod_buf_drop(&says, says.n > indent ? indent : 0);
	metod_buf_str(out, metod_buf_view(&says));
	metod_buf_done(&says);
	if (row->command.n)
		metod_buf_printf(
		    out, "%*s→ %.*s\n", (int)STATE, "", METOD_FMT(row->command));
}

void metod_cli_show_doctor(
    struct metod_cli *cli, const void *reply, struct metod_buf *out)
{
	const struct metod_doctor_rep *rep = reply;
	size_t width = widest(rep), bad = 0, care = 0;

	for (size_t i = 0; i < rep->rows.n; i++) {
		bad += tone_of(rep->rows.p[i].state) == METOD_CLI_BAD;
		care += tone_of(rep->rows.p[i].state) == METOD_CLI_CARE;
		show_one(cli, &rep->rows.p[i], width, out);
	}
	metod_buf_byte(out, '\n');
	if (bad || care)
		metod_buf_printf(out,
		    metod_cli_tr(cli, "Wrong: %zu. Asks for attention: %zu."), bad, care);
	else
		metod_buf_z(out, metod_cli_tr(cli, "Nothing is wrong."));
	metod_buf_byte(out, '\n');
}

int metod_cli_run_doctor(struct metod_cli *cli)
{
	struct findings found = {.cli = cli};
	struct metod_stat_rep stat = {0};
	struct metod_doctor_rep rep = {0};
	bool known = ask_daemon(&found, &stat), wrong = false;
	int status;

	if (!ask_metodd(&found, known ? &stat : NULL, &status))
		return status;
	rep.rows.p = found.rows;
	rep.rows.n = found.n;
	for (size_t i = 0; i < found.n; i++)
		wrong |= tone_of(found.rows[i].state) == METOD_CLI_BAD;
	status = metod_cli_show(cli, &metod_doctor_rep_desc, &rep);
	return status || !wrong ? status : metod_err_exit(METOD_DAMAGED);
}
