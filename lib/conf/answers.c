/* SPDX-License-Identifier: Apache-2.0
 * A table of answers: one respondent a row, one item a column, whole numbers between two
 * bounds. Knows nothing of what is computed from it. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

struct reader {
	struct csv_scan scan;
	const struct metod_answers_wanted *wanted;
	bool has_id;
	size_t columns;
	size_t item[METOD_CSV_COLUMNS_MAX]; /* of each column, or NONE */
	struct metod_answers_csv table;
	size_t room;
	size_t *lines;           /* of the rows */
	int64_t lowest, highest; /* found */
	struct cell top;         /* the first of the highest */
};

enum { NONE = METOD_CSV_COLUMNS_MAX };

static bool listed(struct metod_strs list, struct metod_str name)
{
	for (size_t i = 0; i < list.n; i++)
		if (metod_str_eq(list.p[i], name))
			return true;
	return false;
}

/* ---- header ---- */

static void no_such_column(struct reader *r, struct metod_str name)
{
	struct source *source = r->scan.source;
	const char **have = METOD_NEWS(source->arena, r->scan.n, const char *);
	struct metod_issue *issue = conf_error(source, r->scan.line, 1,
	    "there is no column \"%s\"", conf_excerpt(source, name));

	for (size_t i = 0; i < r->scan.n; i++)
		have[i] = metod_arena_z(source->arena, r->scan.cells[i].text);
	conf_suggest(source, issue, conf_nearest(have, r->scan.n, name));
}

static size_t column_of(const struct reader *r, struct metod_str name)
{
	for (size_t i = r->has_id; i < r->scan.n; i++)
		if (metod_str_eq(r->scan.cells[i].text, name))
			return i;
	return NONE;
}

static void check_header(struct reader *r)
{
	for (size_t i = 0; i < r->scan.n; i++) {
		const struct cell *cell = &r->scan.cells[i];

		for (size_t j = 0; j < i; j++)
			if (cell->text.n &&
			    metod_str_eq(cell->text, r->scan.cells[j].text)) {
				conf_error(r->scan.source, cell->line, cell->column,
				    "the column \"%s\" is there twice",
				    conf_excerpt(r->scan.source, cell->text));
				break;
			}
	}
}

static void take_item(struct reader *r, size_t column)
{
	struct metod_str name = r->scan.cells[column].text;

	r->item[column] = r->table.names.n;
	r->table.names.p[r->table.names.n++] =
	    metod_arena_str(r->scan.source->arena, name);
}

static bool take_header(struct reader *r)
{
	struct source *source = r->scan.source;
	size_t errors = source->issues->errors;

	if (!conf_csv_row(&r->scan)) {
		conf_error(source, 0, 0, "the file is empty");
		return false;
	}
	r->columns = r->scan.n;
	r->has_id = metod_str_is(r->scan.cells[0].text, "id");
	r->table.names.p =
	    METOD_NEWS(source->arena, METOD_CSV_COLUMNS_MAX, struct metod_str);
	check_header(r);
	for (size_t i = 0; i < r->scan.n; i++)
		r->item[i] = NONE;
	for (size_t i = 0; i < r->wanted->items.n; i++) {
		size_t column = column_of(r, r->wanted->items.p[i]);

		if (column == NONE)
			no_such_column(r, r->wanted->items.p[i]);
		else if (r->item[column] == NONE)
			take_item(r, column);
	}
	for (size_t i = r->has_id; i < r->scan.n && !r->wanted->items.n; i++) {
		if (r->scan.cells[i].text.n)
			take_item(r, i);
		else
			conf_error(source, r->scan.line, r->scan.cells[i].column,
			    "column %zu has no name", i + 1);
	}
	for (size_t i = 0; i < r->wanted->reverse.n; i++)
		if (!listed(r->table.names, r->wanted->reverse.p[i]))
			no_such_column(r, r->wanted->reverse.p[i]);
	if (!r->table.names.n && source->issues->errors == errors)
		conf_error(source, r->scan.line, 1, "there is no column of answers");
	return source->issues->errors == errors;
}

/* ---- rows ---- */

static void grow(struct reader *r)
{
	struct metod_arena *arena = r->scan.source->arena;
	size_t n = r->table.ids.n, k = r->table.names.n;
	size_t room = r->room ? 2 * r->room : 256;
	struct metod_str *ids = METOD_NEWS(arena, room, struct metod_str);
	int8_t *values = METOD_NEWS(arena, room * k, int8_t);
	size_t *lines = METOD_NEWS(arena, room, size_t);

	if (n) {
		memcpy(ids, r->table.ids.p, n * sizeof(*ids));
		memcpy(values, r->table.values, n * k);
		memcpy(lines, r->lines, n * sizeof(*lines));
	}
	r->table.ids.p = ids;
	r->table.values = values;
	r->lines = lines;
	r->room = room;
}

static void note(struct reader *r, const struct cell *cell, int64_t answer)
{
	if (answer < r->lowest)
		r->lowest = answer;
	if (answer > r->highest) {
		r->highest = answer;
		r->top = *cell;
	}
}

/* The answer less min, -1 for none. */
static int8_t take_answer(struct reader *r, size_t column)
{
	const struct cell *cell = &r->scan.cells[column];
	const struct metod_answers_wanted *wanted = r->wanted;
	int64_t low = wanted->guess_min ? 0 : wanted->min, answer;
	int64_t high = wanted->guess_min ? wanted->max - wanted->min + 1 : wanted->max;

	if (!cell->text.n || metod_str_is(cell->text, "NA"))
		return -1;
	if (!metod_str_i64(cell->text, &answer)) {
		conf_error(r->scan.source, cell->line, cell->column,
		    "\"%s\" is not a whole number",
		    conf_excerpt(r->scan.source, cell->text));
		return -1;
	}
	if (answer < low || answer > high) {
		conf_error(r->scan.source, cell->line, cell->column,
		    "the answer %lld is outside %lld..%lld", (long long)answer,
		    (long long)low, (long long)high);
		return -1;
	}
	note(r, cell, answer);
	return (int8_t)(answer - low);
}

static void take_row(struct reader *r)
{
	struct source *source = r->scan.source;
	size_t n = r->table.ids.n, k = r->table.names.n;

	if (r->scan.n != r->columns) {
		conf_error(source, r->scan.line, 1,
		    "the row has %zu cells, the header has %zu", r->scan.n, r->columns);
		return;
	}
	if (n == r->room)
		grow(r);
	for (size_t i = 0; i < r->columns; i++)
		if (r->item[i] != NONE)
			r->table.values[n * k + r->item[i]] = take_answer(r, i);
	r->table.ids.p[n] = r->has_id
	    ? metod_arena_str(source->arena, r->scan.cells[0].text)
	    : metod_arena_printf(source->arena, "%zu", n + 1);
	if (r->has_id && !r->scan.cells[0].text.n)
		conf_error(source, r->scan.line, 1, "the id is empty");
	r->lines[n] = r->scan.line;
	r->table.ids.n++;
}

/* ---- the whole ---- */

static int by_id(const void *a, const void *b, void *ids)
{
	const struct metod_str *p = ids;
	size_t x = *(const size_t *)a, y = *(const size_t *)b;
	int order = metod_str_cmp(p[x], p[y]);

	return order ? order : (x > y) - (x < y);
}

static void check_ids(struct reader *r)
{
	size_t n = r->table.ids.n;
	size_t *order = METOD_NEWS(r->scan.source->arena, n, size_t);

	for (size_t i = 0; i < n; i++)
		order[i] = i;
	qsort_r(order, n, sizeof(*order), by_id, r->table.ids.p);
	for (size_t i = 1; r->has_id && i < n; i++)
		if (metod_str_eq(r->table.ids.p[order[i]], r->table.ids.p[order[i - 1]]))
			conf_error(r->scan.source, r->lines[order[i]], 1,
			    "the id \"%s\" stands already in line %zu",
			    conf_excerpt(r->scan.source, r->table.ids.p[order[i]]),
			    r->lines[order[i - 1]]);
}

/* Answers were read from 0; where they begin at 1 they come down by one. */
static void settle_min(struct reader *r)
{
	int64_t range = r->wanted->max - r->wanted->min;
	size_t all = r->table.ids.n * r->table.names.n;
	struct metod_issue *issue;

	if (r->lowest == 0 && r->highest > range) {
		issue = conf_error(r->scan.source, r->top.line, r->top.column,
		    "the answers go from 0 to %lld, the parameters have %lld options",
		    (long long)r->highest, (long long)range + 1);
		return;
	}
	if (r->lowest > 0 && r->highest <= range && r->highest >= r->lowest) {
		issue = conf_error(r->scan.source, 0, 0,
		    "the answers do not show whether they begin at 0 or at 1");
		conf_hint(r->scan.source, issue, "add --min 0 or --min 1");
		return;
	}
	r->table.min = r->lowest == 0 || r->highest < r->lowest ? 0 : 1;
	for (size_t i = 0; i < all && r->table.min; i++)
		if (r->table.values[i] >= 0)
			r->table.values[i]--;
}

static void turn_over(struct reader *r)
{
	int64_t range = r->wanted->max - r->wanted->min;
	size_t k = r->table.names.n;

	for (size_t j = 0; j < k; j++) {
		if (!listed(r->wanted->reverse, r->table.names.p[j]))
			continue;
		for (size_t i = 0; i < r->table.ids.n; i++) {
			int8_t *value = &r->table.values[i * k + j];

			if (*value >= 0)
				*value = (int8_t)(range - *value);
		}
	}
}

enum metod_err metod_csv_answers(const char *file, struct metod_str bytes,
    const struct metod_answers_wanted *wanted, struct metod_arena *arena,
    struct metod_answers_csv *ret, struct metod_issues *issues)
{
	struct source source = {metod_arena_strz(arena, file), arena, issues};
	struct reader r = {.wanted = wanted, .lowest = INT64_MAX, .highest = INT64_MIN};
	size_t errors = issues->errors;

	if (!conf_text_ok(&source, &bytes))
		return METOD_FORMAT;
	conf_csv_start(&r.scan, &source, bytes);
	if (!take_header(&r))
		return METOD_FORMAT;
	while (conf_csv_row(&r.scan)) {
		if (r.table.ids.n == METOD_CSV_ROWS_MAX) {
			conf_error(&source, r.scan.line, 1,
			    "more than %d rows; split the file", METOD_CSV_ROWS_MAX);
			break;
		}
		take_row(&r);
	}
	if (issues->errors == errors)
		check_ids(&r);
	r.table.min = wanted->min;
	if (wanted->guess_min && issues->errors == errors)
		settle_min(&r);
	if (issues->errors > errors)
		return METOD_FORMAT;
	turn_over(&r);
	*ret = r.table;
	return METOD_OK;
}
