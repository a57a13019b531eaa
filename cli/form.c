/* SPDX-License-Identifier: Apache-2.0
 * Framework, forms, parameters and rules: read and checked here, sent to the daemon as
 * records. */
#include "cli.h"

#include <string.h>

/* Shape shared by all lists of records. */
struct list {
	void *p;
	size_t n;
};

/* Appends the records of one list to another of the same kind. */
static void append(struct metod_cli *cli, void *to, const void *from, size_t each)
{
	struct list all, head, tail;

	memcpy(&head, to, sizeof(head));
	memcpy(&tail, from, sizeof(tail));
	all.n = head.n + tail.n;
	all.p = metod_arena_array(cli->arena, all.n, each);
	if (head.n)
		memcpy(all.p, head.p, head.n * each);
	if (tail.n)
		memcpy((char *)all.p + head.n * each, tail.p, tail.n * each);
	memcpy(to, &all, sizeof(all));
}

static enum metod_err join(struct metod_cli *cli, struct metod_form_load_req *to,
    const struct metod_form_load_req *from, const char *path)
{
	if (to->framework && from->framework)
		return metod_fail(&cli->error, METOD_FORMAT, path, "a second framework");
	if (from->framework)
		to->framework = from->framework;
	append(cli, &to->forms, &from->forms, sizeof(*to->forms.p));
	append(cli, &to->paramsets, &from->paramsets, sizeof(*to->paramsets.p));
	append(cli, &to->rules, &from->rules, sizeof(*to->rules.p));
	return METOD_OK;
}

static enum metod_err read_paths(struct metod_cli *cli, struct metod_form_load_req *req)
{
	struct metod_issues issues = metod_cli_issues(cli);
	enum metod_err e = METOD_OK;

	for (size_t i = 0; i < cli->words_n; i++) {
		struct metod_form_load_req one = {0};
		enum metod_err read =
		    metod_conf_load_dir(cli->words[i], cli->arena, &one, &issues);

		if (!read)
			read = join(cli, req, &one, cli->words[i]);
		if (read && !e)
			e = read;
	}
	metod_cli_say_issues(cli, &issues);
	if (e && issues.errors)
		metod_fail(&cli->error, METOD_FORMAT, "",
		    "the files have errors; nothing was sent");
	return e;
}

int metod_cli_run_form_load(struct metod_cli *cli)
{
	if (metod_cli_required(cli) || read_paths(cli, cli->request))
		return metod_cli_fail(cli);
	return metod_cli_default(cli);
}

int metod_cli_run_form_check(struct metod_cli *cli)
{
	struct metod_issues issues = metod_cli_issues(cli);

	if (metod_cli_required(cli))
		return metod_cli_fail(cli);
	for (size_t i = 0; i < cli->words_n; i++) {
		enum metod_err e = metod_conf_check(cli->words[i], cli->arena, &issues);

		/* Something is wrong, and no finding says what. */
		if (e && issues.errors == 0) {
			metod_fail(
			    &cli->error, e, cli->words[i], "the file cannot be checked");
			return metod_cli_fail(cli);
		}
	}
	return metod_cli_show_issues(cli, &issues);
}
