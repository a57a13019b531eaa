/* SPDX-License-Identifier: Apache-2.0
 * A workbook (xlsx) from grids of cells. Numbers are numbers, dates are dates, and text
 * is always text: whatever somebody typed can never become a formula. Knows grids and the
 * library, no record. The only includer of <xlsxwriter.h>. */
#include "metod/doc.h"

#include <stdio.h>
#include <string.h>
#include <xlsxwriter.h>

enum {
	NAME_MAX = 31,    /* characters of a sheet's name */
	WIDTH_MIN = 7,    /* of a column, in characters */
	WIDTH_MAX = 48,   /* longer text wraps */
	FILTER_WIDTH = 3, /* the button of the filter beside a title */
	LINE_POINTS = 15,
	HEIGHT_MAX = 409, /* points; no row is higher */
	LINES_MAX = HEIGHT_MAX / LINE_POINTS,
	EPOCH_DAY = 25569, /* 1970-01-01 in the days of a spreadsheet */
	PAPER_A4 = 9,
	PAGE_WIDTH = 150, /* characters that are still read on a landscape page */
};

enum { IN_TABLE, IN_PAIRS, PLACES };

struct book {
	lxw_workbook *file;
	lxw_format *title, *name, *of[PLACES][METOD_CELL_MOMENT + 1];
	struct metod_arena *arena;
};

static lxw_format *format_of(struct book *book, const char *number)
{
	lxw_format *format = workbook_add_format(book->file);

	format_set_align(format, LXW_ALIGN_VERTICAL_TOP);
	if (number)
		format_set_num_format(format, number);
	return format;
}

static lxw_format *bold(struct book *book)
{
	lxw_format *format = format_of(book, NULL);

	format_set_bold(format);
	format_set_text_wrap(format);
	return format;
}

static void make_formats(struct book *book)
{
	static const char *const shapes[] = {
	    [METOD_CELL_TEXT] = "@",
	    [METOD_CELL_NUMBER] = "0",
	    [METOD_CELL_MILLI] = "0.000",
	    [METOD_CELL_SHARE] = "0.0%",
	    [METOD_CELL_DATE] = "dd.mm.yyyy",
	    [METOD_CELL_MOMENT] = "dd.mm.yyyy hh:mm",
	};

	for (size_t kind = METOD_CELL_TEXT; kind < METOD_LEN(shapes); kind++) {
		for (size_t place = 0; place < PLACES; place++)
			book->of[place][kind] = format_of(book, shapes[kind]);
		format_set_align(book->of[IN_PAIRS][kind], LXW_ALIGN_LEFT);
	}
	format_set_text_wrap(book->of[IN_TABLE][METOD_CELL_TEXT]);
	/* A number that stands to the right touches the text behind it otherwise. */
	format_set_indent(book->of[IN_TABLE][METOD_CELL_TEXT], 1);
	format_set_text_wrap(book->of[IN_PAIRS][METOD_CELL_TEXT]);
	book->name = bold(book);
	book->title = bold(book);
	format_set_bottom(book->title, LXW_BORDER_THIN);
	format_set_bg_color(book->title, 0xE8EEF4);
}

/* ---- cells ---- */

/* Control characters have no place in a sheet; line feeds have. */
static const char *clean(struct book *book, struct metod_str text)
{
	char *copy = metod_arena_alloc(book->arena, text.n + 1);

	for (size_t i = 0; i < text.n; i++) {
		unsigned char byte = (unsigned char)text.p[i];

		copy[i] =
		    byte == '\n' || (byte >= 0x20 && byte != 0x7f) ? text.p[i] : ' ';
	}
	return copy;
}

static lxw_format *look(
    const struct book *book, const struct metod_grid *grid, size_t row, size_t column)
{
	if (grid->titled && row == 0)
		return book->title;
	if (!grid->titled && column == 0)
		return book->name;
	return book->of[grid->titled ? IN_TABLE : IN_PAIRS]
		       [grid->cells[row * grid->columns + column].kind];
}

static void put(struct book *book, lxw_worksheet *sheet, const struct metod_grid *grid,
    size_t row, size_t column)
{
	const struct metod_grid_cell *cell = &grid->cells[row * grid->columns + column];
	lxw_format *format = look(book, grid, row, column);
	double number = cell->number;

	if (cell->kind == METOD_CELL_DATE || cell->kind == METOD_CELL_MOMENT)
		number += EPOCH_DAY;
	if (cell->kind == METOD_CELL_TEXT)
		worksheet_write_string(sheet, (lxw_row_t)row, (lxw_col_t)column,
		    clean(book, cell->text), format);
	else if (cell->kind != METOD_CELL_EMPTY)
		worksheet_write_number(
		    sheet, (lxw_row_t)row, (lxw_col_t)column, number, format);
}

/* ---- widths ---- */

static size_t cell_width(const struct metod_grid_cell *cell)
{
	struct metod_str text = cell->text;
	size_t longest = 0;

	if (cell->kind == METOD_CELL_DATE)
		return strlen("21.11.2026");
	if (cell->kind == METOD_CELL_MOMENT)
		return strlen("21.11.2026 18:05");
	if (cell->kind != METOD_CELL_TEXT)
		return (size_t)snprintf(NULL, 0, "%.0f.000", cell->number);
	while (text.n) {
		size_t line = metod_utf8_count(metod_str_cut(&text, '\n'));

		longest = line > longest ? line : longest;
	}
	return longest;
}

/* Titles wrap between words, but no word of theirs is cut. */
static size_t title_width(struct metod_str title)
{
	size_t longest = 0;

	while (title.n) {
		size_t word = metod_utf8_count(metod_str_cut(&title, ' '));

		longest = word > longest ? word : longest;
	}
	return longest + FILTER_WIDTH;
}

/* The width of every column, in characters. */
static size_t *set_widths(
    struct book *book, lxw_worksheet *sheet, const struct metod_grid *grid)
{
	size_t *widths = METOD_NEWS(book->arena, grid->columns, size_t);

	for (size_t c = 0; c < grid->columns; c++) {
		widths[c] = WIDTH_MIN;
		for (size_t r = 0; r < grid->rows; r++) {
			const struct metod_grid_cell *cell =
			    &grid->cells[r * grid->columns + c];
			size_t one = r == 0 && grid->titled ? title_width(cell->text)
							    : cell_width(cell) + 2;

			widths[c] = one > widths[c] ? one : widths[c];
		}
		widths[c] = widths[c] < WIDTH_MAX ? widths[c] : WIDTH_MAX;
		worksheet_set_column(
		    sheet, (lxw_col_t)c, (lxw_col_t)c, (double)widths[c], NULL);
	}
	return widths;
}

/* Lines that the text takes when it wraps between words. */
static size_t lines_of(struct metod_str text, size_t width)
{
	size_t lines = text.n ? 1 : 0, used = 0;

	while (text.n) {
		size_t from = 0, word;

		while (from < text.n && text.p[from] != ' ' && text.p[from] != '\n')
			from++;
		word = metod_utf8_count((struct metod_str){text.p, from});
		if (used && used + 1 + word > width) {
			lines++;
			used = word;
		} else {
			used += (used ? 1 : 0) + word;
		}
		/* A word longer than the column goes on below. */
		for (; used > width; used -= width)
			lines++;
		if (from < text.n && text.p[from] == '\n') {
			lines++;
			used = 0;
		}
		from += from < text.n;
		text = (struct metod_str){text.p + from, text.n - from};
	}
	return lines;
}

/* Not every program measures wrapped text when it opens a sheet. */
static void set_height(
    lxw_worksheet *sheet, const struct metod_grid *grid, size_t row, const size_t *widths)
{
	size_t lines = 1;

	for (size_t c = 0; c < grid->columns; c++) {
		const struct metod_grid_cell *cell =
		    &grid->cells[row * grid->columns + c];
		size_t button = grid->titled && row == 0 ? FILTER_WIDTH - 1 : 0;
		size_t one = cell->kind == METOD_CELL_TEXT
		    ? lines_of(cell->text, widths[c] - 2 - button)
		    : 1;

		lines = one > lines ? one : lines;
	}
	if (lines > 1)
		worksheet_set_row(sheet, (lxw_row_t)row,
		    lines < LINES_MAX ? (double)lines * LINE_POINTS : HEIGHT_MAX, NULL);
}

/* ---- sheets ---- */

/* A name that a spreadsheet takes: short, without []:*?/\ and quotes at its ends, and no
 * other sheet has it. */
static const char *sheet_name(struct book *book, struct metod_str title, size_t number)
{
	char *name = metod_arena_alloc(book->arena, title.n + 8);
	size_t n = 0, letters = 0;

	for (size_t at = 0; at < title.n && letters < NAME_MAX - 3; letters++) {
		size_t from = at;

		metod_utf8_next(title, &at);
		if (at - from == 1 && strchr("[]:*?/\\'", title.p[from]))
			name[n++] = ' ';
		else
			for (; from < at; from++)
				name[n++] = title.p[from];
	}
	while (n && name[n - 1] == ' ')
		n--;
	name[n] = '\0';
	if (n == 0 || workbook_get_worksheet_by_name(book->file, name))
		return metod_arena_printf(book->arena, "%s %zu", name, number).p;
	return name;
}

/* A4, one page wide unless nobody could read that: then the first column, which says what
 * a row is about, stands on every page beside the rest. The titles on every page. */
static void set_print(
    lxw_worksheet *sheet, const struct metod_grid *grid, const size_t *widths)
{
	size_t wide = 0;

	for (size_t c = 0; c < grid->columns; c++)
		wide += widths[c];
	worksheet_set_paper(sheet, PAPER_A4);
	if (grid->columns > 4)
		worksheet_set_landscape(sheet);
	if (wide <= PAGE_WIDTH) {
		worksheet_fit_to_pages(sheet, 1, 0);
	} else {
		worksheet_repeat_columns(sheet, 0, 0);
		worksheet_print_across(sheet);
	}
	worksheet_set_footer(sheet, "&C&P / &N");
	if (grid->titled)
		worksheet_repeat_rows(sheet, 0, 0);
}

static bool add_sheet(struct book *book, const struct metod_grid *grid, size_t number)
{
	lxw_worksheet *sheet = workbook_add_worksheet(
	    book->file, sheet_name(book, metod_str(grid->title), number));
	const size_t *widths;

	if (!sheet)
		return false;
	widths = set_widths(book, sheet, grid);
	for (size_t r = 0; r < grid->rows; r++) {
		for (size_t c = 0; c < grid->columns; c++)
			put(book, sheet, grid, r, c);
		set_height(sheet, grid, r, widths);
	}
	set_print(sheet, grid, widths);
	if (grid->titled && grid->columns) {
		worksheet_freeze_panes(sheet, 1, 0);
		worksheet_autofilter(sheet, 0, 0,
		    (lxw_row_t)(grid->rows > 1 ? grid->rows - 1 : 1),
		    (lxw_col_t)(grid->columns - 1));
	}
	return true;
}

static void set_properties(struct book *book, const char *title, int64_t made_ms)
{
	lxw_doc_properties properties = {.created = (time_t)(made_ms / 1000)};
	size_t n = strlen(title) + 1;

	properties.title = metod_arena_alloc(book->arena, n);
	memcpy(properties.title, title, n);
	workbook_set_properties(book->file, &properties);
}

enum metod_err metod_doc_workbook(const char *path, const char *title,
    const struct metod_grid *grids, size_t n, int64_t made_ms, struct metod_error *err)
{
	struct book book = {.file = workbook_new(path), .arena = metod_arena_new()};
	lxw_error failed = LXW_NO_ERROR;
	bool added = book.file != NULL;

	if (book.file) {
		make_formats(&book);
		set_properties(&book, title, made_ms);
		for (size_t i = 0; i < n && added; i++)
			added = add_sheet(&book, &grids[i], i + 1);
		failed = workbook_close(book.file);
	}
	metod_arena_free(book.arena);
	if (added && failed == LXW_NO_ERROR)
		return METOD_OK;
	return metod_fail(err, METOD_IO, path, "the file cannot be written: %s",
	    failed == LXW_NO_ERROR ? "xlsx" : lxw_strerror(failed));
}
