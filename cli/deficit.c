/* SPDX-License-Identifier: Apache-2.0
 * Published aggregates in the terminal: the list of areas, and the map of organisations
 * by competencies with one sign a cell. What may be shown was decided before it came
 * here: this only draws what is exact, a class, hidden or too small. */
#include "cli.h"

#include <string.h>

#include "metod/smallgroup.h"

enum {
	GAP = 2,
	CELL_WIDTH = 5,
	NAME_MIN = 12,
};

static unsigned percent(double share)
{
	return (unsigned)(share * 100 + 0.5);
}

/* A share of n people in thousandths: the count behind it is whole, and a per cent of it
 * is rounded once, as in the documents. */
static unsigned percent_of(int64_t milli, int64_t n)
{
	return percent((double)((milli * n + 500) / 1000) / (double)n);
}

/* ---- list ---- */

static const char *need_text(struct metod_cli *cli, const struct metod_deficit_row *row)
{
	if (row->part != METOD_NIL && row->n > 0)
		return metod_arena_printf(cli->arena, "%s (%u %%)",
		    metod_cli_number(cli, (uint64_t)row->part),
		    percent((double)row->part / (double)row->n))
		    .p;
	return metod_cli_word(cli, row->cls.n ? row->cls : row->shown);
}

enum { CODE, NAME, ANSWERS, NEED, RANGE, UNCLEAR, COLUMNS };

static const char *const top_titles[COLUMNS] = {
    "CODE", "COMPETENCY", "ANSWERS", "NEEDS SUPPORT", "95 %", "UNCLEAR"};

static void top_row(
    struct metod_cli *cli, const struct metod_deficit_row *row, struct metod_str *cells)
{
	double lo, hi;

	cells[CODE] = row->competency;
	cells[NAME] = row->name;
	cells[NEED] = metod_str(need_text(cli, row));
	if (row->n != METOD_NIL)
		cells[ANSWERS] = metod_str(metod_cli_number(cli, (uint64_t)row->n));
	if (row->part != METOD_NIL && row->n > 0) {
		metod_wilson((uint64_t)row->part, (uint64_t)row->n, &lo, &hi);
		cells[RANGE] =
		    metod_arena_printf(cli->arena, "%u–%u %%", percent(lo), percent(hi));
	}
	if (row->unclear != METOD_NIL && row->n > 0)
		cells[UNCLEAR] = metod_arena_printf(
		    cli->arena, "%u %%", percent_of(row->unclear, row->n));
}

/* Columns as wide as they need; one that is empty in every row has no width and is left
 * out. Names take what is left of the line. */
static void top_widths(const struct metod_cli *cli, const struct metod_str *cells,
    size_t rows, size_t *width)
{
	size_t total = GAP * (COLUMNS - 1);

	for (size_t c = 0; c < COLUMNS; c++) {
		for (size_t r = 1; r < rows; r++) {
			size_t one = metod_text_width(cells[r * COLUMNS + c]);

			width[c] = one > width[c] ? one : width[c];
		}
		if (width[c] && metod_text_width(cells[c]) > width[c])
			width[c] = metod_text_width(cells[c]);
		total += width[c];
	}
	if (total > cli->width && width[NAME] > NAME_MIN)
		width[NAME] = width[NAME] + cli->width > total + NAME_MIN
		    ? width[NAME] + cli->width - total
		    : NAME_MIN;
}

static void put_top_line(struct metod_cli *cli, const struct metod_str *cells,
    struct metod_str name, const size_t *width, bool title, struct metod_buf *out)
{
	struct metod_buf line = {0};
	struct metod_str text;

	for (size_t c = 0; c < COLUMNS; c++) {
		struct metod_str cell = c == NAME ? name
		    : cells                       ? cells[c]
						  : METOD_STR("");

		if (!width[c])
			continue;
		metod_buf_z(&line, c ? "  " : "");
		if (c == ANSWERS || c == UNCLEAR)
			metod_cli_pad_left(&line, cell, width[c]);
		else
			metod_cli_pad(&line, cell, width[c]);
	}
	text = metod_buf_view(&line);
	while (text.n && text.p[text.n - 1] == ' ')
		text.n--;
	metod_buf_printf(out, "%s\n",
	    metod_cli_paint(cli, title ? METOD_CLI_TITLE : METOD_CLI_PLAIN,
		metod_arena_z(cli->arena, text)));
	metod_buf_done(&line);
}

/* One row; a long name goes on below itself. */
static void top_lines(struct metod_cli *cli, const struct metod_str *cells,
    const size_t *width, bool title, struct metod_buf *out)
{
	struct metod_buf name = {0};
	struct metod_str rest;

	metod_cli_wrap(&name, cells[NAME], 0, width[NAME]);
	rest = metod_buf_view(&name);
	put_top_line(cli, cells, metod_str_cut(&rest, '\n'), width, title, out);
	while (rest.n)
		put_top_line(cli, NULL, metod_str_cut(&rest, '\n'), width, title, out);
	metod_buf_done(&name);
}

static void top_table(
    struct metod_cli *cli, const struct metod_deficit_top_rep *rep, struct metod_buf *out)
{
	struct metod_str *cells =
	    METOD_NEWS(cli->arena, (rep->rows.n + 1) * COLUMNS, struct metod_str);
	size_t width[COLUMNS] = {0};

	for (size_t c = 0; c < COLUMNS; c++)
		cells[c] = metod_str(metod_cli_tr(cli, top_titles[c]));
	for (size_t i = 0; i < rep->rows.n; i++)
		top_row(cli, &rep->rows.p[i], &cells[(i + 1) * COLUMNS]);
	top_widths(cli, cells, rep->rows.n + 1, width);
	for (size_t r = 0; r <= rep->rows.n; r++)
		top_lines(cli, &cells[r * COLUMNS], width, r == 0, out);
}

void metod_cli_show_top(struct metod_cli *cli, const void *reply, struct metod_buf *out)
{
	const struct metod_deficit_top_rep *rep = reply;
	struct metod_buf head = {0};

	metod_buf_printf(&head, "%.*s · %.*s · %s %.*s", METOD_FMT(rep->wave),
	    METOD_FMT(rep->scope), metod_cli_tr(cli, "published"),
	    METOD_FMT(metod_cli_moment(cli, rep->at)));
	if (rep->n != METOD_NIL)
		metod_buf_printf(&head, metod_cli_tr(cli, " · answered %s of %s"),
		    metod_cli_number(cli, (uint64_t)rep->n),
		    metod_cli_number(cli, rep->target));
	metod_cli_wrap(out, metod_buf_view(&head), 0, cli->width);
	metod_buf_done(&head);
	metod_buf_byte(out, '\n');
	top_table(cli, rep, out);
	if (!rep->ordered)
		metod_buf_printf(out, "%s\n",
		    metod_cli_tr(
			cli, "The order is that of the framework, not of the size."));
	if (rep->method.n) {
		metod_buf_byte(out, '\n');
		metod_cli_wrap(out, rep->method, 0, cli->width);
	}
}

/* ---- map ---- */

/* Signs of the cells that have no exact share, in the order of the legend. */
static const struct {
	const char *word; /* cls, or shown when there is no class */
	const char *sign;
	const char *title; /* msgid */
} signs[] = {
    {"few", "○", "few (under a quarter)"},
    {"notable", "◐", "notable"},
    {"most", "●", "most (over a half)"},
    {"hidden", "×", "hidden, so that others stay unknown"},
    {"nothing", "–", "fewer than 5 answers"},
};

static struct metod_str cell_text(
    struct metod_cli *cli, const struct metod_map_cell *cell)
{
	struct metod_str word = cell->cls.n ? cell->cls : cell->shown;

	if (cell->share != METOD_NIL && cell->n > 0)
		return metod_arena_printf(
		    cli->arena, "%u", percent_of(cell->share, cell->n));
	for (size_t i = 0; i < METOD_LEN(signs); i++) {
		if (metod_str_is(word, signs[i].word))
			return metod_str(signs[i].sign);
	}
	return METOD_STR("?");
}

static size_t place(struct metod_strs *list, struct metod_str word)
{
	size_t at = 0;

	while (at < list->n && !metod_str_eq(list->p[at], word))
		at++;
	if (at == list->n)
		list->p[list->n++] = word;
	return at;
}

struct map {
	struct metod_strs orgs, names, competencies;
	size_t *row, *column;             /* of each cell */
	const struct metod_map_cell **at; /* orgs.n x competencies.n, NULL: no cell */
};

static struct map map_of(struct metod_cli *cli, const struct metod_deficit_map_rep *rep)
{
	size_t n = rep->rows.n;
	struct map map = {
	    .orgs.p = METOD_NEWS(cli->arena, n, struct metod_str),
	    .names.p = METOD_NEWS(cli->arena, n, struct metod_str),
	    .competencies.p = METOD_NEWS(cli->arena, n, struct metod_str),
	    .row = METOD_NEWS(cli->arena, n, size_t),
	    .column = METOD_NEWS(cli->arena, n, size_t),
	};

	for (size_t i = 0; i < n; i++) {
		/* Cells of one organisation come together: look at the one before first.
		 */
		if (i && metod_str_eq(rep->rows.p[i].org, rep->rows.p[i - 1].org))
			map.row[i] = map.row[i - 1];
		else
			map.row[i] = place(&map.orgs, rep->rows.p[i].org);
		map.names.p[map.row[i]] = rep->rows.p[i].org_name;
		map.column[i] = place(&map.competencies, rep->rows.p[i].competency);
	}
	map.at = METOD_NEWS(
	    cli->arena, map.orgs.n * map.competencies.n, const struct metod_map_cell *);
	for (size_t i = 0; i < n; i++)
		map.at[map.row[i] * map.competencies.n + map.column[i]] = &rep->rows.p[i];
	return map;
}

/* Columns [from, to) under their codes. */
static void block(struct metod_cli *cli, const struct map *map, size_t from, size_t to,
    size_t name_width, struct metod_buf *out)
{
	metod_cli_pad(out, METOD_STR(""), name_width);
	for (size_t c = from; c < to; c++)
		metod_cli_pad_left(out, map->competencies.p[c], CELL_WIDTH);
	metod_buf_byte(out, '\n');
	for (size_t o = 0; o < map->orgs.n; o++) {
		metod_cli_pad(
		    out, metod_cli_cut(cli, map->names.p[o], name_width - 1), name_width);
		for (size_t c = from; c < to; c++) {
			const struct metod_map_cell *cell =
			    map->at[o * map->competencies.n + c];

			metod_cli_pad_left(
			    out, cell ? cell_text(cli, cell) : METOD_STR(""), CELL_WIDTH);
		}
		metod_buf_byte(out, '\n');
	}
}

static void legend(struct metod_cli *cli, struct metod_buf *out)
{
	struct metod_buf line = {0};

	metod_buf_z(&line, metod_cli_tr(cli, "Number: per cent who need support"));
	for (size_t i = 0; i < METOD_LEN(signs); i++)
		metod_buf_printf(
		    &line, "; %s %s", signs[i].sign, metod_cli_tr(cli, signs[i].title));
	metod_buf_byte(&line, '.');
	metod_cli_wrap(out, metod_buf_view(&line), 0, cli->width);
	metod_buf_done(&line);
}

void metod_cli_show_map(struct metod_cli *cli, const void *reply, struct metod_buf *out)
{
	const struct metod_deficit_map_rep *rep = reply;
	struct map map = map_of(cli, rep);
	size_t name_width = NAME_MIN, columns;

	for (size_t i = 0; i < map.orgs.n; i++) {
		size_t width = metod_text_width(map.names.p[i]) + 1;

		name_width = width > name_width ? width : name_width;
	}
	if (name_width > cli->width / 3)
		name_width = cli->width / 3 > NAME_MIN ? cli->width / 3 : NAME_MIN;
	columns = cli->width > name_width + CELL_WIDTH
	    ? (cli->width - name_width) / CELL_WIDTH
	    : 1;
	metod_buf_printf(out, "%.*s · %s %.*s\n", METOD_FMT(rep->wave),
	    metod_cli_tr(cli, "published"), METOD_FMT(metod_cli_moment(cli, rep->at)));
	if (map.orgs.n == 0) {
		metod_buf_printf(out, "%s\n", metod_cli_tr(cli, "Nothing found."));
		return;
	}
	for (size_t from = 0; from < map.competencies.n; from += columns) {
		size_t left = map.competencies.n - from;

		metod_buf_byte(out, '\n');
		block(cli, &map, from, from + (left < columns ? left : columns),
		    name_width, out);
	}
	metod_buf_byte(out, '\n');
	legend(cli, out);
}

/* The map as people know it: organisations down, competencies across. A share that may be
 * shown is a number, everything else a word. */
struct metod_grid metod_cli_map_grid(struct metod_cli *cli, const void *reply)
{
	struct map map = map_of(cli, reply);
	size_t columns = map.competencies.n + 2;
	struct metod_grid grid = {metod_cli_tr(cli, "Map"), columns, map.orgs.n + 1, true,
	    METOD_NEWS(cli->arena, columns * (map.orgs.n + 1), struct metod_grid_cell)};

	grid.cells[0] = metod_cell_text(metod_str(metod_cli_tr(cli, "Code")));
	grid.cells[1] = metod_cell_text(metod_str(metod_cli_tr(cli, "Organisation")));
	for (size_t c = 0; c < map.competencies.n; c++)
		grid.cells[c + 2] = metod_cell_text(map.competencies.p[c]);
	for (size_t o = 0; o < map.orgs.n; o++) {
		struct metod_grid_cell *row = &grid.cells[(o + 1) * columns];

		row[0] = metod_cell_text(map.orgs.p[o]);
		row[1] = metod_cell_text(map.names.p[o]);
		for (size_t c = 0; c < map.competencies.n; c++) {
			const struct metod_map_cell *cell =
			    map.at[o * map.competencies.n + c];

			if (!cell)
				continue;
			row[c + 2] = cell->share != METOD_NIL
			    ? (struct metod_grid_cell){METOD_CELL_SHARE, {0},
				  (double)cell->share / 1000}
			    : metod_cell_text(metod_str(metod_cli_word(
				  cli, cell->cls.n ? cell->cls : cell->shown)));
		}
	}
	return grid;
}
