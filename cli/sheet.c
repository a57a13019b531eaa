/* SPDX-License-Identifier: Apache-2.0
 * A reply as a workbook: the rows, further lists, and a sheet about the document. The
 * same values as in every other form; what is hidden there is an empty cell here. */
#include "cli.h"

#include <string.h>
#include <time.h>

enum { SHEETS_MAX = 16, ABOUT_PAIRS = 8 };

struct metod_render metod_cli_render(struct metod_cli *cli)
{
	return (struct metod_render){
	    .lang = cli->lang, .zone_minutes = cli->zone_minutes, .arena = cli->arena};
}

/* Worth a place in a workbook: what people see, and the words that explain it. */
static bool is_shown(const struct metod_cli *cli, const struct metod_field *field)
{
	if (field->flags & METOD_SECRET && !cli->secrets_shown)
		return false;
	return !(field->flags & METOD_HIDE) || field->flags & METOD_TOKEN;
}

static const struct metod_field **shown_fields(
    const struct metod_cli *cli, const struct metod_desc *desc, bool lists, size_t *ret_n)
{
	const struct metod_field **fields =
	    METOD_NEWS(cli->arena, desc->count, const struct metod_field *);

	*ret_n = 0;
	for (size_t i = 0; i < desc->count; i++) {
		bool is_list = desc->fields[i].kind == METOD_KIND_RECS;

		if (is_list == lists && (lists || is_shown(cli, &desc->fields[i])))
			fields[(*ret_n)++] = &desc->fields[i];
	}
	return fields;
}

struct list {
	const void *p;
	size_t n;
};

static struct metod_grid list_grid(struct metod_cli *cli, const struct metod_field *field,
    const void *reply, const struct metod_field *const *columns, size_t columns_n)
{
	struct metod_render render = metod_cli_render(cli);
	struct list list;

	memcpy(&list, (const char *)reply + field->offset, sizeof(list));
	return metod_grid_list(metod_cli_tr(cli, field->title), columns, columns_n,
	    list.p, field->sub->size, list.n, &render);
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void about(
    struct metod_cli *cli, struct metod_grid *grid, const char *name, const char *value)
{
	metod_grid_add_pair(
	    grid, metod_str(metod_cli_tr(cli, name)), metod_cell_text(metod_str(value)));
}

/* The command as it was typed, without what says how to print it. */
static const char *command_text(struct metod_cli *cli)
{
	const struct metod_desc *desc =
	    cli->verb->command ? cli->verb->command->request : NULL;
	struct metod_str text = metod_arena_printf(
	    cli->arena, "metodctl %s", metod_cli_spelling(cli, cli->verb));

	for (size_t i = 0; desc && i < desc->count; i++) {
		const struct metod_field *field = &desc->fields[i];
		struct metod_str value;

		if (!(cli->given & UINT64_C(1) << i) || field->flags & METOD_SECRET ||
		    !metod_cli_field_is_open(field))
			continue;
		value = field->kind == METOD_KIND_BOOL
		    ? METOD_STR("")
		    : metod_field_text(field, cli->request, 0, cli->arena);
		text = metod_arena_printf(cli->arena, "%.*s%s%s%s%.*s", METOD_FMT(text),
		    field->flags & METOD_ARG ? "" : " ",
		    field->flags & METOD_ARG ? "" : metod_cli_dashes(cli, field->name),
		    value.n ? " " : "", METOD_FMT(value));
	}
	return text.p;
}

/* Does a row say how much of it may be shown? */
static bool may_hide(const struct metod_desc *desc)
{
	const struct metod_field *rows = metod_desc_field(desc, METOD_STR("rows"));

	return rows && metod_desc_field(rows->sub, METOD_STR("shown"));
}

/* Where it comes from, when, about how many, by which method. */
static struct metod_grid about_grid(
    struct metod_cli *cli, const struct metod_desc *desc, const void *reply)
{
	struct metod_render render = metod_cli_render(cli);
	const struct metod_field **fields;
	struct metod_grid grid = {.columns = 2}, facts;
	size_t n;

	fields = shown_fields(cli, desc, false, &n);
	facts = metod_grid_pairs("", fields, n, reply, &render);
	grid.title = metod_cli_tr(cli, "About the document");
	grid.cells = METOD_NEWS(
	    cli->arena, 2 * (facts.rows + ABOUT_PAIRS), struct metod_grid_cell);
	about(cli, &grid, "What", metod_cli_tr(cli, cli->verb->summary));
	if (cli->demo)
		about(cli, &grid, "Data",
		    metod_cli_tr(cli, "Training data: invented people and numbers"));
	if (cli->source.n)
		about(cli, &grid, "Source", metod_arena_z(cli->arena, cli->source));
	about(cli, &grid, "Command", command_text(cli));
	about(cli, &grid, "Made",
	    metod_arena_z(cli->arena, metod_cli_moment(cli, now_ms())));
	about(cli, &grid, "By program", "metodctl " METOD_VERSION_TEXT);
	memcpy(&grid.cells[2 * grid.rows], facts.cells,
	    2 * facts.rows * sizeof(*facts.cells));
	grid.rows += facts.rows;
	if (may_hide(desc))
		about(cli, &grid, "Empty cells",
		    metod_cli_tr(cli,
			"A number is not there, or it is hidden so that nobody can be recognised."));
	return grid;
}

struct book {
	const char *title;
	struct metod_grid grids[SHEETS_MAX];
	size_t n;
};

static enum metod_err write_book(struct metod_cli *cli, const char *path, void *arg)
{
	const struct book *book = arg;

	return metod_doc_workbook(
	    path, book->title, book->grids, book->n, now_ms(), &cli->error);
}

static int put_book(struct metod_cli *cli, struct book *book)
{
	if (!book->title)
		book->title = metod_cli_tr(cli, cli->verb->summary);
	if (metod_cli_write_by(cli, cli->save, write_book, book))
		return metod_cli_fail(cli);
	if (cli->save)
		metod_cli_say(cli, metod_cli_tr(cli, "Written: %s"), cli->save);
	return 0;
}

int metod_cli_put_grids(
    struct metod_cli *cli, const char *title, const struct metod_grid *grids, size_t n)
{
	struct book book = {.title = title, .n = n < SHEETS_MAX ? n : SHEETS_MAX};

	memcpy(book.grids, grids, book.n * sizeof(*grids));
	return put_book(cli, &book);
}

/* The other lists of the reply, those that hold something. */
static void add_lists(struct metod_cli *cli, const struct metod_desc *desc,
    const void *reply, const struct metod_field *rows, struct book *book)
{
	size_t n;
	const struct metod_field **lists = shown_fields(cli, desc, true, &n);

	for (size_t i = 0; i < n && book->n + 1 < SHEETS_MAX; i++) {
		const struct metod_field **columns;
		size_t columns_n;

		if (lists[i] == rows || metod_field_empty(lists[i], reply))
			continue;
		columns = shown_fields(cli, lists[i]->sub, false, &columns_n);
		book->grids[book->n++] =
		    list_grid(cli, lists[i], reply, columns, columns_n);
	}
}

int metod_cli_put_sheet(struct metod_cli *cli, const struct metod_desc *desc,
    const void *reply, const struct metod_grid *rows)
{
	struct book book = {0};

	if (rows)
		book.grids[book.n++] = *rows;
	add_lists(cli, desc, reply, metod_desc_field(desc, METOD_STR("rows")), &book);
	book.grids[book.n++] = about_grid(cli, desc, reply);
	return put_book(cli, &book);
}

int metod_cli_show_sheet(
    struct metod_cli *cli, const struct metod_desc *desc, const void *reply)
{
	struct metod_emit how = metod_cli_emit(cli);
	const struct metod_field **columns, *rows;
	struct metod_grid grid;
	size_t n;

	if (metod_emit_columns(
		desc, &how, cli->arena, &columns, &n, &rows, &cli->error)) {
		cli->error.code = METOD_USAGE;
		return metod_cli_fail(cli);
	}
	if (!rows)
		return metod_cli_put_sheet(cli, desc, reply, NULL);
	if (cli->fields.n == 0)
		columns = shown_fields(cli, rows->sub, false, &n);
	grid = cli->verb->grid && cli->fields.n == 0
	    ? cli->verb->grid(cli, reply)
	    : list_grid(cli, rows, reply, columns, n);
	return metod_cli_put_sheet(cli, desc, reply, &grid);
}
