/* SPDX-License-Identifier: Apache-2.0
 * Files of people on their way in: reading them, and what was found wrong in them. */
#include "cli.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { READ_BYTES = 65536 };

static const char *translate_ru(const char *msgid)
{
	return metod_tr(METOD_RU, msgid);
}

static const char *translate_en(const char *msgid)
{
	return metod_tr(METOD_EN, msgid);
}

metod_cli_tr_fn *metod_cli_translator(const struct metod_cli *cli)
{
	return cli->lang == METOD_RU ? translate_ru : translate_en;
}

struct metod_issues metod_cli_issues(struct metod_cli *cli)
{
	return (struct metod_issues){
	    .arena = cli->arena, .tr = metod_cli_translator(cli)};
}

static enum metod_err read_stdin(struct metod_cli *cli, struct metod_str *ret)
{
	static uint8_t bytes[READ_BYTES];
	struct metod_buf all = {0};
	enum metod_err e = METOD_OK;
	ssize_t n = 1;

	if (cli->tty_in)
		return metod_fail(&cli->error, METOD_USAGE, "-",
		    "standard input is a terminal; name a file or use a pipe");
	while (n && !e) {
		n = read(STDIN_FILENO, bytes, sizeof(bytes));
		if (n < 0 && errno != EINTR)
			e = metod_fail(&cli->error, METOD_IO, "-", "%s", strerror(errno));
		else if (n > 0)
			metod_buf_add(&all, bytes, (size_t)n);
		if (all.n > METOD_FILE_MAX)
			e = metod_fail(
			    &cli->error, METOD_TOO_BIG, "-", "the input is too large");
	}
	if (!e)
		*ret = metod_arena_str(cli->arena, metod_buf_view(&all));
	metod_buf_done(&all);
	return e;
}

enum metod_err metod_cli_read_file(
    struct metod_cli *cli, const char *path, struct metod_str *ret)
{
	struct metod_issues issues = metod_cli_issues(cli);
	enum metod_err e;

	if (strcmp(path, "-") == 0)
		return read_stdin(cli, ret);
	e = metod_file_read(path, cli->arena, ret, &issues);
	if (e && issues.n)
		metod_fail(&cli->error, e, path, "%s",
		    metod_arena_z(cli->arena, issues.p[0].text));
	else if (e)
		metod_fail(&cli->error, e, path, "the file cannot be read");
	return e;
}

void metod_cli_say_issues(const struct metod_cli *cli, const struct metod_issues *issues)
{
	for (size_t i = 0; i < issues->n; i++)
		metod_cli_say(
		    cli, "%.*s", METOD_FMT(metod_issue_line(issues, &issues->p[i])));
	if (issues->errors + issues->warnings > issues->n)
		metod_cli_say(cli, metod_cli_tr(cli, "and %zu more"),
		    issues->errors + issues->warnings - issues->n);
}

/* clang-format off */
#define METOD_CLI_ISSUE_FIELDS(F, R)                                                \
	F(R, STR, file, 1, METOD_REQ, 0, 0, none, "File")                           \
	F(R, U64, line, 2, METOD_REQ, 0, 0, none, "Line")                           \
	F(R, U64, column, 3, METOD_REQ, 0, 0, none, "Column")                       \
	F(R, STR, severity, 4, METOD_REQ | METOD_TOKEN, 0, 0, none, "Severity")     \
	F(R, STR, field, 5, 0, 0, 0, none, "Field")                                 \
	F(R, STR, text, 6, METOD_REQ, 0, 0, none, "What")                           \
	F(R, STR, hint, 7, 0, 0, 0, none, "Hint")
METOD_RECORD(metod_cli_issue, METOD_CLI_ISSUE_FIELDS)
METOD_RECORD_DEFINE(metod_cli_issue, METOD_CLI_ISSUE_FIELDS);
#define METOD_CLI_FINDINGS_FIELDS(F, R)                                             \
	F(R, U64, errors, 1, METOD_REQ, 0, 0, none, "Errors")                       \
	F(R, U64, warnings, 2, METOD_REQ, 0, 0, none, "Warnings")                   \
	F(R, RECS, rows, 3, METOD_REQ, 0, 0, metod_cli_issue, "Findings")
METOD_RECORD(metod_cli_findings, METOD_CLI_FINDINGS_FIELDS)
METOD_RECORD_DEFINE(metod_cli_findings, METOD_CLI_FINDINGS_FIELDS);
/* clang-format on */

static struct metod_cli_findings findings_of(
    struct metod_cli *cli, const struct metod_issues *issues)
{
	struct metod_cli_findings all = {
	    .errors = issues->errors, .warnings = issues->warnings};

	all.rows.p = METOD_NEWS(cli->arena, issues->n, struct metod_cli_issue);
	all.rows.n = issues->n;
	for (size_t i = 0; i < issues->n; i++) {
		const struct metod_issue *issue = &issues->p[i];

		all.rows.p[i] = (struct metod_cli_issue){
		    .file = issue->file,
		    .line = issue->line,
		    .column = issue->column,
		    .severity = issue->severity == METOD_SEV_ERROR ? METOD_STR("error")
								   : METOD_STR("warning"),
		    .field = issue->field,
		    .text = issue->text,
		    .hint = issue->hint,
		};
	}
	return all;
}

int metod_cli_show_issues(struct metod_cli *cli, const struct metod_issues *issues)
{
	struct metod_cli_findings all = findings_of(cli, issues);
	struct metod_buf out = {0};
	int status;

	if (cli->output != METOD_OUT_TEXT) {
		status = metod_cli_show(cli, &metod_cli_findings_desc, &all);
	} else {
		for (size_t i = 0; i < issues->n; i++)
			metod_buf_printf(&out, "%.*s\n",
			    METOD_FMT(metod_issue_line(issues, &issues->p[i])));
		status = metod_cli_put(cli, &out);
		metod_buf_done(&out);
	}
	metod_cli_say(cli, metod_cli_tr(cli, "Errors: %zu, warnings: %zu"),
	    issues->errors, issues->warnings);
	return issues->errors && !status ? metod_err_exit(METOD_BAD_ROWS) : status;
}
