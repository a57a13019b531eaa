/* SPDX-License-Identifier: Apache-2.0
 * Commands about one person or one access that need more than a call: logging in, export
 * of a person's data, erasing for good. */
#include "cli.h"

#include <string.h>

static struct metod_str *secret_of(const struct metod_desc *desc, void *reply)
{
	for (size_t i = 0; i < desc->count; i++) {
		if (desc->fields[i].flags & METOD_SECRET)
			return (struct metod_str *)(void *)((char *)reply +
			    desc->fields[i].offset);
	}
	return NULL;
}

/* Commands that answer with a session or token: printed, or kept in a file of its own. */
int metod_cli_run_login(struct metod_cli *cli)
{
	const struct metod_command *command = cli->verb->command;
	void *reply = metod_arena_alloc(cli->arena, command->reply->size);
	const char *save = metod_cli_option_of(cli, "save");
	struct metod_str *secret;

	if (metod_cli_required(cli) || metod_cli_secrets(cli) ||
	    metod_cli_call(cli, command, cli->request, reply))
		return metod_cli_fail(cli);
	cli->secrets_shown = true;
	secret = secret_of(command->reply, reply);
	if (save && secret && secret->n) {
		if (metod_cli_save_secret(cli, save, *secret))
			return metod_cli_fail(cli);
		*secret = METOD_STR("");
		metod_cli_say(cli,
		    metod_cli_tr(cli, "Saved. From now on: metodctl --token-file %s"),
		    save);
	}
	return metod_cli_show(cli, command->reply, reply);
}

/* A person gets all that is stored, in a form that programs read too. */
int metod_cli_run_teacher_export(struct metod_cli *cli)
{
	if (!cli->output_given)
		cli->output = METOD_OUT_JSON;
	return metod_cli_default(cli);
}

int metod_cli_run_teacher_forget(struct metod_cli *cli)
{
	struct metod_forget_req *req = cli->request;
	const char *code;

	if (!metod_cli_was_given(cli, "code"))
		return metod_cli_default(cli);
	code = metod_arena_z(cli->arena, req->code);
	if (!metod_cli_was_given(cli, "confirm")) {
		const char *prompt = metod_arena_printf(cli->arena,
		    metod_cli_tr(cli, "This cannot be undone. Type %s to erase"), code)
					 .p;

		if (cli->no_input || !cli->tty_in || !cli->tty_err) {
			metod_fail(&cli->error, METOD_USAGE, "",
			    "erasing cannot be undone, and nobody is there to ask (no terminal). "
			    "Add --confirm %s",
			    code);
			return metod_cli_fail(cli);
		}
		if (!metod_cli_ask(cli, prompt, true, &req->confirm) ||
		    !metod_str_is(req->confirm, code)) {
			metod_cli_say(cli, "%s",
			    metod_cli_tr(cli, "Cancelled, nothing was changed."));
			return METOD_CLI_CANCELLED;
		}
		metod_cli_give(cli, "confirm");
	}
	if (!metod_str_eq(req->code, req->confirm)) {
		metod_fail(&cli->error, METOD_USAGE, "--confirm",
		    "does not repeat the code %s", code);
		return metod_cli_fail(cli);
	}
	return metod_cli_default(cli);
}
