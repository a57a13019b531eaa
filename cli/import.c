/* SPDX-License-Identifier: Apache-2.0
 * Imports of registers: the CSV is read here, rows go to the daemon in parts, and the
 * summary with + ~ = ! comes back. Bad rows go to a file beside the input, and nothing is
 * written unless the user said so. Knows registers only by their descriptors. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

enum { SAMPLES = 3, LINES_SHOWN = 6 };

struct import {
	const char *path;
	const char *errors_path; /* NULL: none is written */
	struct metod_csv csv;
	struct metod_issues issues;
	bool dry_run, skip_bad;
	struct metod_import_rep rep;
};

static void *member(struct metod_cli *cli, const char *name)
{
	const struct metod_field *field =
	    metod_desc_field(cli->verb->command->request, metod_str(name));

	return (char *)cli->request + field->offset;
}

static const struct metod_desc *row_desc(const struct metod_cli *cli)
{
	return metod_desc_field(cli->verb->command->request, METOD_STR("rows"))->sub;
}

/* pedagogi.csv -> pedagogi.errors.csv */
static const char *default_errors_path(struct metod_cli *cli, const char *path)
{
	size_t n = strlen(path);

	if (strcmp(path, "-") == 0)
		return NULL;
	if (n > 4 && strcmp(path + n - 4, ".csv") == 0)
		n -= 4;
	return metod_arena_printf(cli->arena, "%.*s.errors.csv", (int)n, path).p;
}

static enum metod_err read_rows(struct metod_cli *cli, struct import *import)
{
	struct metod_str bytes;
	enum metod_err e = metod_cli_read_file(cli, import->path, &bytes);

	if (e)
		return e;
	import->issues = metod_cli_issues(cli);
	import->issues.max = METOD_CSV_ROWS_MAX;
	e = metod_csv_read(import->path, bytes, row_desc(cli), metod_cli_translator(cli),
	    cli->arena, &import->csv, &import->issues);
	if (e && e != METOD_BAD_ROWS) {
		metod_cli_say_issues(cli, &import->issues);
		return metod_fail(
		    &cli->error, e, import->path, "the file cannot be used");
	}
	return METOD_OK;
}

/* ---- sending ---- */

static enum metod_err send_part(
    struct metod_cli *cli, struct import *import, size_t from, size_t n)
{
	const struct metod_desc *desc = row_desc(cli);
	const struct {
		const void *p;
		size_t n;
	} rows = {(const char *)import->csv.rows + from * desc->size, n};
	bool last = from + n == import->csv.n;
	uint64_t stage = import->rep.stage;
	struct metod_import_rep rep = {0};
	enum metod_err e;

	memcpy(member(cli, "rows"), &rows, sizeof(rows));
	memcpy(member(cli, "stage"), &stage, sizeof(stage));
	memcpy(member(cli, "last"), &last, sizeof(last));
	memcpy(member(cli, "columns"), &import->csv.columns, sizeof(import->csv.columns));
	e = metod_cli_call(cli, cli->verb->command, cli->request, &rep);
	if (e)
		return e;
	import->rep = rep;
	return METOD_OK;
}

static enum metod_err send_rows(struct metod_cli *cli, struct import *import)
{
	size_t at = 0;

	while (at < import->csv.n) {
		size_t left = import->csv.n - at;
		size_t n = left < METOD_STAGE_ROWS ? left : METOD_STAGE_ROWS;
		enum metod_err e = send_part(cli, import, at, n);

		if (e)
			return e;
		at += n;
		if (import->csv.n > METOD_STAGE_ROWS)
			metod_cli_progress(cli, at, import->csv.n);
	}
	return METOD_OK;
}

/* ---- what was wrong in the file itself ---- */

static int by_line(const void *a, const void *b)
{
	const struct metod_import_mark *x = a, *y = b;

	return (x->line > y->line) - (x->line < y->line);
}

/* Rows that the reader refused join those the daemon refused, in order of lines. */
static void join_issues(struct metod_cli *cli, struct import *import)
{
	struct metod_import_rep *rep = &import->rep;
	size_t n = 0;
	struct metod_import_mark *all = METOD_NEWS(
	    cli->arena, import->issues.n + rep->rows.n, struct metod_import_mark);

	for (size_t i = 0; i < import->issues.n; i++) {
		const struct metod_issue *issue = &import->issues.p[i];
		struct metod_str text = issue->text;

		if (issue->severity != METOD_SEV_ERROR)
			continue;
		if (issue->hint.n)
			text = metod_arena_printf(cli->arena, "%.*s (%.*s)",
			    METOD_FMT(issue->text), METOD_FMT(issue->hint));
		all[n++] = (struct metod_import_mark){.line = issue->line,
		    .mark = METOD_STR("!"),
		    .column = issue->field,
		    .text = text};
	}
	if (rep->rows.n)
		memcpy(all + n, rep->rows.p, rep->rows.n * sizeof(*all));
	rep->errors += import->csv.read - import->csv.n;
	rep->read = import->csv.read;
	rep->rows.p = all;
	rep->rows.n += n;
	if (rep->rows.n)
		qsort(all, rep->rows.n, sizeof(*all), by_line);
}

static int write_errors(struct metod_cli *cli, const struct import *import)
{
	static struct metod_str columns[] = {
	    {"line", 4}, {"column", 6}, {"code", 4}, {"text", 4}};
	struct metod_import_rep bad = {0};
	struct metod_emit how = metod_cli_emit(cli);
	struct metod_buf out = {0};
	enum metod_err e;

	if (!import->errors_path || import->rep.errors == 0)
		return 0;
	bad.rows.p = METOD_NEWS(cli->arena, import->rep.rows.n, struct metod_import_mark);
	for (size_t i = 0; i < import->rep.rows.n; i++) {
		if (metod_str_is(import->rep.rows.p[i].mark, "!"))
			bad.rows.p[bad.rows.n++] = import->rep.rows.p[i];
	}
	how.output = METOD_OUT_CSV;
	how.fields = (struct metod_strs){columns, METOD_LEN(columns)};
	e = metod_emit(&metod_import_rep_desc, &bad, &how, &out, &cli->error);
	/* Names of people may be quoted in the texts. */
	if (!e)
		e = metod_cli_write_file(
		    cli, import->errors_path, metod_buf_view(&out), 0600);
	metod_buf_done(&out);
	return e ? metod_cli_fail(cli) : 0;
}

/* ---- summary for people ---- */

static void samples(
    struct metod_cli *cli, const struct import *import, char mark, struct metod_buf *out)
{
	size_t shown = 0;

	for (size_t i = 0; i < import->rep.rows.n && shown < SAMPLES; i++) {
		const struct metod_import_mark *row = &import->rep.rows.p[i];
		struct metod_buf line = {0};

		if (row->mark.n != 1 || row->mark.p[0] != mark)
			continue;
		if (mark == '!')
			metod_buf_printf(&line, "%llu", (unsigned long long)row->line);
		else
			metod_buf_str(&line, row->code);
		metod_buf_printf(
		    &line, "%s%.*s", row->text.n ? ": " : "", METOD_FMT(row->text));
		metod_cli_wrap(out, metod_buf_view(&line), 6, cli->width);
		metod_buf_done(&line);
		shown++;
	}
}

/* "lines 17, 204, … (5 more)" without repeats. */
static void bad_lines(const struct import *import, struct metod_buf *out)
{
	uint64_t before = 0;
	size_t shown = 0;

	for (size_t i = 0; i < import->rep.rows.n && shown <= LINES_SHOWN; i++) {
		const struct metod_import_mark *row = &import->rep.rows.p[i];

		if (!metod_str_is(row->mark, "!") || row->line == before)
			continue;
		before = row->line;
		if (shown++ == LINES_SHOWN)
			metod_buf_z(out, ", …");
		else
			metod_buf_printf(out, "%s%llu", shown == 1 ? "" : ", ",
			    (unsigned long long)row->line);
	}
	if (import->errors_path)
		metod_buf_printf(out, " → %s", import->errors_path);
}

static void count_line(
    struct metod_cli *cli, const char *title, uint64_t count, struct metod_buf *out)
{
	metod_buf_z(out, "  ");
	metod_cli_pad(out, metod_str(metod_cli_tr(cli, title)), 18);
	metod_cli_pad_left(out, metod_str(metod_cli_number(cli, count)), 8);
}

static void first_line(
    struct metod_cli *cli, const struct import *import, struct metod_buf *out)
{
	char delimiter[2] = {import->csv.delimiter, '\0'};
	struct metod_buf line = {0};

	metod_buf_printf(&line,
	    metod_cli_tr(cli, "Rows read: %s (delimiter \"%s\"). Columns: "),
	    metod_cli_number(cli, import->csv.read),
	    import->csv.delimiter == '\t' ? "TAB" : delimiter);
	for (size_t i = 0; i < import->csv.columns.n; i++) {
		const struct metod_field *field =
		    metod_desc_field(row_desc(cli), import->csv.columns.p[i]);

		metod_buf_printf(&line, "%s%s", i ? ", " : "",
		    field ? metod_cli_tr(cli, field->title)
			  : metod_arena_z(cli->arena, import->csv.columns.p[i]));
	}
	metod_buf_byte(&line, '.');
	metod_cli_wrap(out, metod_buf_view(&line), 0, cli->width);
	metod_buf_done(&line);
}

static void last_line(
    struct metod_cli *cli, const struct import *import, struct metod_buf *out)
{
	const struct metod_import_rep *rep = &import->rep;

	if (rep->written) {
		metod_buf_printf(out, "%s\n", metod_cli_tr(cli, "Written."));
		return;
	}
	metod_buf_printf(out, "%s", metod_cli_tr(cli, "Nothing was written."));
	if (rep->errors && !import->skip_bad)
		metod_buf_printf(out,
		    metod_cli_tr(
			cli, " To write the good rows: metodctl %s %s --skip-bad"),
		    metod_cli_spelling(cli, cli->verb), import->path);
	else if (rep->added || rep->changed)
		metod_buf_printf(out, metod_cli_tr(cli, " To write it: metodctl %s %s"),
		    metod_cli_spelling(cli, cli->verb), import->path);
	metod_buf_byte(out, '\n');
}

static int show(struct metod_cli *cli, const struct import *import)
{
	const struct metod_import_rep *rep = &import->rep;
	struct metod_buf out = {0};
	int status;

	if (cli->output != METOD_OUT_TEXT || cli->fields.n)
		return metod_cli_show(cli, &metod_import_rep_desc, rep);
	metod_cli_learn_store(cli);
	metod_cli_demo_line(cli, cli->demo, &out);
	first_line(cli, import, &out);
	count_line(cli, "+ new", rep->added, &out);
	metod_buf_byte(&out, '\n');
	samples(cli, import, '+', &out);
	count_line(cli, "~ changed", rep->changed, &out);
	metod_buf_byte(&out, '\n');
	samples(cli, import, '~', &out);
	count_line(cli, "= same", rep->same, &out);
	metod_buf_byte(&out, '\n');
	count_line(cli, "! errors", rep->errors, &out);
	if (rep->errors) {
		metod_buf_printf(&out, "   %s ", metod_cli_tr(cli, "lines"));
		bad_lines(import, &out);
	}
	metod_buf_byte(&out, '\n');
	samples(cli, import, '!', &out);
	last_line(cli, import, &out);
	status = metod_cli_put(cli, &out);
	metod_buf_done(&out);
	return status;
}

int metod_cli_run_import(struct metod_cli *cli)
{
	struct import import = {0};
	bool shown_only;
	int status;

	if (metod_cli_required(cli))
		return metod_cli_fail(cli);
	import.path = metod_cli_option_of(cli, "file");
	import.errors_path = metod_cli_option_of(cli, "errors");
	if (!import.errors_path)
		import.errors_path = default_errors_path(cli, import.path);
	memcpy(&import.dry_run, member(cli, "dry_run"), sizeof(bool));
	memcpy(&import.skip_bad, member(cli, "skip_bad"), sizeof(bool));
	if (read_rows(cli, &import))
		return metod_cli_fail(cli);
	/* Refused rows of the file: ask what the good ones would change, and write
	 * nothing. */
	shown_only =
	    import.dry_run || (import.csv.n < import.csv.read && !import.skip_bad);
	memcpy(member(cli, "dry_run"), &shown_only, sizeof(bool));
	if (send_rows(cli, &import))
		return metod_cli_fail(cli);
	join_issues(cli, &import);
	status = write_errors(cli, &import);
	if (!status)
		status = show(cli, &import);
	if (!status && import.rep.errors && !(import.skip_bad && import.rep.written))
		status = metod_err_exit(METOD_BAD_ROWS);
	return status;
}
