/* SPDX-License-Identifier: Apache-2.0
 * Large or finished outputs: answers in pages of rows, invitations as slips,
 * recommendations as documents. */
#include "cli.h"

#include <string.h>

enum { PAGE_ROWS = 500 };

/* ---- answers ---- */

/* All rows, page by page, in one reply. */
static enum metod_err fetch_answers(struct metod_cli *cli, struct metod_export_rep *all)
{
	struct metod_export_req *req = cli->request;
	size_t room = 0;

	for (;;) {
		struct metod_export_rep page = {0};
		enum metod_err e;

		req->offset = all->rows.n;
		req->limit = PAGE_ROWS;
		e = metod_cli_call(cli, cli->verb->command, req, &page);
		if (e)
			return e;
		if (all->rows.n + page.rows.n > room) {
			struct metod_export_row *old = all->rows.p;

			room = 2 * room + page.rows.n;
			all->rows.p =
			    METOD_NEWS(cli->arena, room, struct metod_export_row);
			if (all->rows.n)
				memcpy(all->rows.p, old, all->rows.n * sizeof(*old));
		}
		if (page.rows.n)
			memcpy(all->rows.p + all->rows.n, page.rows.p,
			    page.rows.n * sizeof(*page.rows.p));
		all->rows.n += page.rows.n;
		all->total = page.total;
		all->demo = page.demo;
		if (page.total > PAGE_ROWS)
			metod_cli_progress(cli, all->rows.n, page.total);
		if (page.rows.n == 0 || all->rows.n >= page.total)
			return METOD_OK;
	}
}

/* Every item of any row, in order of first appearance: the columns. */
static struct metod_strs items_of(
    struct metod_cli *cli, const struct metod_export_rep *all)
{
	struct metod_strs items = {
	    METOD_NEWS(cli->arena, METOD_ITEMS_FORM_MAX, struct metod_str), 0};

	for (size_t i = 0; i < all->rows.n; i++) {
		struct metod_strs row = all->rows.p[i].items;

		for (size_t j = 0; j < row.n; j++) {
			size_t at = 0;

			while (at < items.n && !metod_str_eq(items.p[at], row.p[j]))
				at++;
			if (at == items.n && items.n < METOD_ITEMS_FORM_MAX)
				items.p[items.n++] = row.p[j];
		}
	}
	return items;
}

/* One column per item; an item that a row was not asked is an empty cell. */
static struct metod_grid answers_grid(
    struct metod_cli *cli, const struct metod_export_rep *all)
{
	struct metod_strs items = items_of(cli, all);
	size_t columns = 2 + items.n + all->demo;
	struct metod_grid grid = {metod_cli_tr(cli, "Answers"), columns, all->rows.n + 1,
	    true,
	    METOD_NEWS(cli->arena, columns * (all->rows.n + 1), struct metod_grid_cell)};

	grid.cells[0] = metod_cell_text(METOD_STR("id"));
	grid.cells[1] = metod_cell_text(METOD_STR("wording"));
	for (size_t i = 0; i < items.n; i++)
		grid.cells[2 + i] = metod_cell_text(items.p[i]);
	if (all->demo)
		grid.cells[columns - 1] = metod_cell_text(METOD_STR("demo"));
	for (size_t r = 0; r < all->rows.n; r++) {
		const struct metod_export_row *sheet = &all->rows.p[r];
		struct metod_grid_cell *row = &grid.cells[(r + 1) * columns];

		row[0] = metod_cell_text(sheet->id);
		row[1] = metod_cell_text(sheet->wording);
		for (size_t i = 0; i < items.n; i++) {
			size_t at = 0;

			while (at < sheet->items.n &&
			    !metod_str_eq(sheet->items.p[at], items.p[i]))
				at++;
			if (at < sheet->items.n && at < sheet->answers.n)
				row[2 + i] =
				    metod_cell_number((double)sheet->answers.p[at]);
		}
		if (all->demo)
			row[columns - 1] = metod_cell_text(METOD_STR("true"));
	}
	return grid;
}

static void grid_csv(
    struct metod_cli *cli, const struct metod_grid *grid, struct metod_buf *out)
{
	struct metod_emit how = metod_cli_emit(cli);

	metod_csv_begin(&how, out);
	for (size_t i = 0; i < grid->rows * grid->columns; i++) {
		const struct metod_grid_cell *cell = &grid->cells[i];
		bool number = cell->kind == METOD_CELL_NUMBER;

		metod_csv_cell(&how, i % grid->columns,
		    number ? metod_arena_printf(cli->arena, "%.0f", cell->number)
			   : cell->text,
		    !number, cli->arena, out);
		if ((i + 1) % grid->columns == 0)
			metod_csv_end(&how, out);
	}
}

int metod_cli_run_answers_export(struct metod_cli *cli)
{
	struct metod_export_rep all = {0};
	struct metod_buf out = {0};
	struct metod_grid grid;
	int status;

	if (metod_cli_required(cli) || fetch_answers(cli, &all))
		return metod_cli_fail(cli);
	if (cli->output != METOD_OUT_CSV && cli->output != METOD_OUT_TSV)
		return metod_cli_show(cli, cli->verb->command->reply, &all);
	metod_cli_learn_store(cli);
	grid = answers_grid(cli, &all);
	if (cli->sheet)
		return metod_cli_put_sheet(cli, cli->verb->command->reply, &all, &grid);
	grid_csv(cli, &grid, &out);
	status = metod_cli_put(cli, &out);
	metod_buf_done(&out);
	return status;
}

/* ---- documents ---- */

static int put_or_write(
    struct metod_cli *cli, const char *path, const struct metod_buf *out, unsigned mode)
{
	if (!path)
		return metod_cli_put(cli, out);
	if (metod_cli_write_file(cli, path, metod_buf_view(out), mode))
		return metod_cli_fail(cli);
	metod_cli_say(cli, metod_cli_tr(cli, "Written: %s"), path);
	return 0;
}

int metod_cli_run_invite_print(struct metod_cli *cli)
{
	const struct metod_command *command = cli->verb->command;
	const char *path = metod_cli_option_of(cli, "html"),
		   *url = metod_cli_option_of(cli, "url");
	struct metod_invites_rep reply = {0};
	struct metod_render render;
	struct metod_buf out = {0};
	int status;

	if (metod_cli_required(cli) || metod_cli_call(cli, command, cli->request, &reply))
		return metod_cli_fail(cli);
	cli->secrets_shown = true;
	if (!path)
		return metod_cli_show(cli, command->reply, &reply);
	metod_cli_learn_store(cli);
	render = metod_cli_render(cli);
	metod_doc_invitations(&reply, url ? url : "", cli->demo, &render, &out);
	/* Whoever reads a code can open the questionnaire. */
	status = put_or_write(cli, path, &out, 0600);
	metod_buf_done(&out);
	return status;
}

/* The form of -f, else text for people; machine formats of -o stay as they are. Looked at
 * before the call, which may write. */
static enum metod_err choose_format(struct metod_cli *cli, enum metod_doc_format *ret)
{
	const char *format = metod_cli_option_of(cli, "format");
	const char *file = metod_cli_option_of(cli, "out");

	*ret = METOD_DOC_TEXT;
	file = file ? file : cli->save;
	if (!format && !cli->output_given && file && strrchr(file, '.'))
		metod_doc_format_parse(metod_str(strrchr(file, '.') + 1), ret);
	if (!format)
		return METOD_OK;
	if (strcmp(format, "json") == 0) {
		cli->output = METOD_OUT_JSON;
		return METOD_OK;
	}
	cli->output = METOD_OUT_TEXT;
	if (metod_doc_format_parse(metod_str(format), ret))
		return METOD_OK;
	return metod_fail(&cli->error, METOD_USAGE, "-f",
	    "there is no format \"%s\": text, md, json or html", format);
}

/* Lines of a document wrapped between words, under their own indent. */
static void to_terminal(
    struct metod_cli *cli, struct metod_str text, struct metod_buf *out)
{
	while (text.n) {
		struct metod_str line = metod_str_cut(&text, '\n');
		size_t indent = 0;

		while (indent < line.n && line.p[indent] == ' ')
			indent++;
		if (indent == line.n)
			metod_buf_byte(out, '\n');
		else
			metod_cli_wrap(out, line, indent, cli->width);
	}
}

static enum metod_err recommendation(struct metod_cli *cli, enum metod_doc_format format,
    const struct metod_recommend_view *view, struct metod_buf *out)
{
	struct metod_buf text = {0};
	struct metod_render render;
	struct metod_emit how;

	if (cli->output == METOD_OUT_TEXT && cli->fields.n == 0) {
		metod_cli_learn_store(cli);
		render = metod_cli_render(cli);
		metod_doc_recommendation(view, format, &render, &text);
		if (format == METOD_DOC_TEXT && cli->tty_out && !cli->save &&
		    !metod_cli_option_of(cli, "out"))
			to_terminal(cli, metod_buf_view(&text), out);
		else
			metod_buf_str(out, metod_buf_view(&text));
		metod_buf_done(&text);
		return METOD_OK;
	}
	how = metod_cli_emit(cli);
	return metod_emit(&metod_recommend_view_desc, view, &how, out, &cli->error);
}

int metod_cli_run_recommend(struct metod_cli *cli)
{
	const struct metod_command *command = cli->verb->command;
	struct metod_recommend_view view = {0};
	enum metod_doc_format format;
	struct metod_buf out = {0};
	int status;

	if (metod_cli_required(cli) || choose_format(cli, &format) ||
	    metod_cli_call(cli, command, cli->request, &view))
		return metod_cli_fail(cli);
	if (cli->sheet)
		return metod_cli_show(cli, command->reply, &view);
	if (recommendation(cli, format, &view, &out))
		status = metod_cli_fail(cli);
	else
		status = put_or_write(cli, metod_cli_option_of(cli, "out"), &out, 0644);
	metod_buf_done(&out);
	return status;
}
