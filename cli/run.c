/* SPDX-License-Identifier: Apache-2.0
 * The program: surroundings, parsing, help, running the verb. */
#include "cli.h"

#include <inttypes.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { TIMEOUT_S = 130, WIDTH_MAX = 400 };

const char *metod_cli_tr(const struct metod_cli *cli, const char *msgid)
{
	return metod_tr(cli->lang, msgid);
}

static const char *translate_errors(void *arg, const char *msgid)
{
	return metod_cli_tr(arg, msgid);
}

static unsigned terminal_width(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col < WIDTH_MAX ? size.ws_col : WIDTH_MAX;
	return METOD_CLI_WIDTH;
}

/* A base system has no ru_RU: fall back, so that widths of letters are right all the
 * same. The decimal point of numbers that programs read stays a point. */
static void set_locale(void)
{
	if (!setlocale(LC_ALL, ""))
		setlocale(LC_ALL, "C.UTF-8");
	setlocale(LC_NUMERIC, "C");
}

static enum metod_err look_around(struct metod_cli *cli, int argc, char **argv)
{
	enum metod_err e;

	cli->arena = metod_arena_new();
	cli->lang = metod_cli_parse_lang(argc, argv, getenv("METOD_LANG"));
	cli->timeout_s = TIMEOUT_S;
	cli->socket = "/run/metod/ctl.sock";
	cli->tty_in = isatty(STDIN_FILENO);
	cli->tty_out = isatty(STDOUT_FILENO);
	cli->tty_err = isatty(STDERR_FILENO);
	cli->width = terminal_width();
	metod_fail_language(translate_errors, cli);
	e = metod_cli_read_surroundings(cli);
	cli->lang = metod_cli_parse_lang(argc, argv, cli->wished_lang);
	return e;
}

int metod_cli_default(struct metod_cli *cli)
{
	const struct metod_command *command = cli->verb->command;
	void *reply = metod_arena_alloc(cli->arena, command->reply->size);

	if (metod_cli_required(cli) || metod_cli_secrets(cli) ||
	    metod_cli_call(cli, command, cli->request, reply))
		return metod_cli_fail(cli);
	return metod_cli_show(cli, command->reply, reply);
}

/* Nothing, or a noun alone: say what can follow, as a mistake of usage. */
static int incomplete(struct metod_cli *cli)
{
	struct metod_buf out = {0};

	if (cli->noun.n)
		metod_cli_help_noun(cli, cli->noun, &out);
	else
		metod_cli_help(cli, &out);
	fwrite(out.p, 1, out.n, stderr);
	metod_buf_done(&out);
	return METOD_CLI_USAGE;
}

static int put_version(struct metod_cli *cli)
{
	struct metod_buf out = {0};
	int status;

	metod_buf_printf(&out,
	    "metodctl " METOD_VERSION_TEXT " (schema %016" PRIx64 ")\n",
	    metod_schema_hash());
	status = metod_cli_put(cli, &out);
	metod_buf_done(&out);
	return status;
}

static int put_candidates(struct metod_cli *cli, int argc, char **argv)
{
	struct metod_buf out = {0};
	int status;

	metod_cli_complete(cli, argc - 1, argv + 1, &out);
	cli->save = NULL;
	cli->sheet = false;
	cli->output = METOD_OUT_JSON; /* never paged */
	status = metod_cli_put(cli, &out);
	metod_buf_done(&out);
	return status;
}

static int run(struct metod_cli *cli, int argc, char **argv)
{
	enum metod_err e = metod_cli_parse(cli, argc, argv);

	if (cli->version)
		return put_version(cli);
	if (!e)
		e = metod_cli_settle(cli);
	if (cli->help && (cli->verb || cli->noun.n == 0 || !e))
		return metod_cli_put_help(cli);
	if (e)
		return metod_cli_fail(cli);
	if (!cli->verb)
		return incomplete(cli);
	return cli->verb->run ? cli->verb->run(cli) : metod_cli_default(cli);
}

int metod_cli_main(int argc, char **argv)
{
	struct metod_cli cli = {0};
	enum metod_err e;
	int status;

	set_locale();
	signal(SIGPIPE, SIG_IGN);
	metod_cli_catch_interrupts();
	e = look_around(&cli, argc, argv);
	if (argc > 1 && strcmp(argv[1], METOD_CLI_COMPLETE) == 0)
		status = put_candidates(&cli, argc, argv);
	else
		status = e ? metod_cli_fail(&cli) : run(&cli, argc, argv);
	metod_cli_rpc_free(cli.rpc);
	metod_fail_language(NULL, NULL);
	metod_arena_free(cli.arena);
	return status;
}
