/* SPDX-License-Identifier: Apache-2.0
 * Records as grids of cells for a workbook: a list with a title line, or the fields of
 * one record under each other. Values keep their kind; words are those of the language.
 */
#include "metod/doc.h"

#include <string.h>

enum { DAY_MS = 86400000, MINUTE_MS = 60000 };
#define EXACT_MAX INT64_C(1000000000000000)

struct metod_grid_cell metod_cell_text(struct metod_str text)
{
	return (struct metod_grid_cell){
	    .kind = text.n ? METOD_CELL_TEXT : METOD_CELL_EMPTY, .text = text};
}

struct metod_grid_cell metod_cell_number(double number)
{
	return (struct metod_grid_cell){.kind = METOD_CELL_NUMBER, .number = number};
}

/* A moment in the zone of the store: a spreadsheet knows no zones. */
static double local_days(int64_t time_ms, const struct metod_render *how)
{
	return (double)(time_ms + (int64_t)how->zone_minutes * MINUTE_MS) / DAY_MS;
}

static struct metod_grid_cell whole_cell(
    const struct metod_field *field, const void *record, const struct metod_render *how)
{
	int64_t value;

	memcpy(&value, (const char *)record + field->offset, sizeof(value));
	if (field->kind == METOD_KIND_I64 && field->flags & METOD_NULL &&
	    value == METOD_NIL)
		return (struct metod_grid_cell){.kind = METOD_CELL_EMPTY};
	if (field->flags & (METOD_DATE | METOD_TIME) && !(field->flags & METOD_REQ) &&
	    metod_field_empty(field, record))
		return (struct metod_grid_cell){.kind = METOD_CELL_EMPTY};
	if (field->flags & METOD_DATE)
		return (struct metod_grid_cell){METOD_CELL_DATE, {0}, (double)value};
	if (field->flags & METOD_TIME)
		return (struct metod_grid_cell){
		    METOD_CELL_MOMENT, {0}, local_days(value, how)};
	if (field->flags & METOD_MILLI)
		return (struct metod_grid_cell){
		    field->high > 1000 ? METOD_CELL_MILLI : METOD_CELL_SHARE, {0},
		    (double)value / 1000};
	/* A spreadsheet keeps 15 digits: a longer id would become another one. */
	if (value >= EXACT_MAX || value <= -EXACT_MAX)
		return metod_cell_text(
		    metod_field_text(field, record, how->zone_minutes, how->arena));
	return metod_cell_number((double)value);
}

/* "head (M-1)": what stands in brackets behind a fixed word stays. */
static struct metod_str list_words(
    const struct metod_field *field, const void *record, const struct metod_render *how)
{
	struct metod_str all = METOD_STR("");
	struct metod_strs list;

	memcpy(&list, (const char *)record + field->offset, sizeof(list));
	for (size_t i = 0; i < list.n; i++) {
		struct metod_str rest = list.p[i];
		struct metod_str word = metod_str_trim(metod_str_cut(&rest, '('));

		all = metod_arena_printf(how->arena, "%.*s%s%s%s%.*s", METOD_FMT(all),
		    i ? ", " : "", metod_tr_token(how->lang, word, how->arena),
		    rest.n ? " (" : "", METOD_FMT(rest));
	}
	return all;
}

static struct metod_grid_cell record_cell(
    const struct metod_field *field, const void *record, const struct metod_render *how)
{
	struct metod_str all = METOD_STR("");
	const void *sub;

	memcpy(&sub, (const char *)record + field->offset, sizeof(sub));
	if (field->sub == &metod_text_desc)
		return metod_cell_text(metod_pick(sub, how->lang));
	for (size_t i = 0; sub && i < field->sub->count; i++) {
		struct metod_str text = METOD_STR("");

		if (!(field->sub->fields[i].flags & METOD_SECRET))
			text = metod_field_words(&field->sub->fields[i], sub, how);
		if (text.n)
			all = metod_arena_printf(how->arena, "%.*s%s%.*s", METOD_FMT(all),
			    all.n ? ", " : "", METOD_FMT(text));
	}
	return metod_cell_text(all);
}

static struct metod_grid_cell cell_of(
    const struct metod_field *field, const void *record, const struct metod_render *how)
{
	double real;

	switch (field->kind) {
	case METOD_KIND_U64:
	case METOD_KIND_I64:
		return whole_cell(field, record, how);
	case METOD_KIND_REAL:
		memcpy(&real, (const char *)record + field->offset, sizeof(real));
		return (struct metod_grid_cell){METOD_CELL_MILLI, {0}, real};
	case METOD_KIND_STRS:
		return metod_cell_text(field->flags & METOD_SUBJECT
			? metod_field_words(field, record, how)
			: list_words(field, record, how));
	case METOD_KIND_REC:
		return record_cell(field, record, how);
	case METOD_KIND_BOOL:
	case METOD_KIND_STR:
	case METOD_KIND_BIN:
	case METOD_KIND_U64S:
	case METOD_KIND_I64S:
	case METOD_KIND_REALS:
	case METOD_KIND_RECS:
		break;
	}
	return metod_cell_text(metod_field_words(field, record, how));
}

static struct metod_str title_of(
    const struct metod_field *field, const struct metod_render *how)
{
	const char *title = metod_tr(how->lang, field->title);
	int minutes = how->zone_minutes, size = minutes < 0 ? -minutes : minutes;

	if (!(field->flags & METOD_TIME))
		return metod_str(title);
	return metod_arena_printf(how->arena,
	    size % 60 ? "%s, UTC%c%d:%02d" : "%s, UTC%c%d", title,
	    minutes < 0 ? '-' : '+', size / 60, size % 60);
}

/* A column that says nothing in any row is left out. */
static bool is_empty(const struct metod_grid_cell *cells, size_t rows, size_t columns)
{
	for (size_t r = 1; r < rows; r++) {
		if (cells[r * columns].kind != METOD_CELL_EMPTY)
			return false;
	}
	return rows > 1;
}

static void drop_empty(struct metod_grid *grid)
{
	size_t kept = 0, columns = grid->columns;

	for (size_t c = 0; c < columns; c++) {
		if (is_empty(&grid->cells[c], grid->rows, columns))
			continue;
		for (size_t r = 0; r < grid->rows; r++)
			grid->cells[r * columns + kept] = grid->cells[r * columns + c];
		kept++;
	}
	for (size_t r = 1; r < grid->rows; r++)
		memmove(&grid->cells[r * kept], &grid->cells[r * columns],
		    kept * sizeof(*grid->cells));
	grid->columns = kept;
}

struct metod_grid metod_grid_list(const char *title,
    const struct metod_field *const *fields, size_t fields_n, const void *records,
    size_t each, size_t records_n, const struct metod_render *how)
{
	struct metod_grid grid = {title, fields_n, records_n + 1, true,
	    METOD_NEWS(how->arena, fields_n * (records_n + 1), struct metod_grid_cell)};

	for (size_t c = 0; c < fields_n; c++) {
		grid.cells[c] = metod_cell_text(title_of(fields[c], how));
		for (size_t r = 0; r < records_n; r++)
			grid.cells[(r + 1) * fields_n + c] =
			    cell_of(fields[c], (const char *)records + r * each, how);
	}
	drop_empty(&grid);
	return grid;
}

struct metod_grid metod_grid_pairs(const char *title,
    const struct metod_field *const *fields, size_t fields_n, const void *record,
    const struct metod_render *how)
{
	struct metod_grid grid = {title, 2, 0, false,
	    METOD_NEWS(how->arena, fields_n * 2, struct metod_grid_cell)};

	for (size_t i = 0; i < fields_n; i++) {
		struct metod_grid_cell value = cell_of(fields[i], record, how);

		if (value.kind != METOD_CELL_EMPTY)
			metod_grid_add_pair(&grid, title_of(fields[i], how), value);
	}
	return grid;
}

void metod_grid_add_pair(
    struct metod_grid *grid, struct metod_str name, struct metod_grid_cell value)
{
	grid->cells[grid->rows * 2] = metod_cell_text(name);
	grid->cells[grid->rows * 2 + 1] = value;
	grid->rows++;
}
