/* SPDX-License-Identifier: Apache-2.0
 * CSV cells to records by descriptor: columns from the header, values through the parser
 * of fields, Russian words to fixed ones. A bad row is reported and left out; its good
 * neighbours are not. Knows no register by name but for the two meanings of "kind". */
#include "internal.h"

#include <string.h>

enum { NAMES_MAX = 400 };

struct reader {
	struct source *source;
	const struct metod_desc *desc;
	const char *(*tr)(const char *msgid);
	struct csv_scan scan;
	const struct metod_field
	    *fields[METOD_CSV_COLUMNS_MAX];            /* NULL: a column without a name */
	struct metod_str names[METOD_CSV_COLUMNS_MAX]; /* as the header has them */
	size_t columns;
	const struct metod_field *line; /* NULL: the record has no such field */
};

/* ---- words ---- */

static enum metod_word_set set_of(const struct metod_desc *desc, const char *name)
{
	static const struct {
		const char *name;
		enum metod_word_set set;
	} sets[] = {
	    {"position", METOD_WORDS_POSITION},
	    {"positions", METOD_WORDS_POSITION},
	    {"format", METOD_WORDS_FORMAT},
	    {"formats", METOD_WORDS_FORMAT},
	    {"stage", METOD_WORDS_STAGE},
	    {"category", METOD_WORDS_CATEGORY},
	    {"level", METOD_WORDS_LEVEL},
	    {"status", METOD_WORDS_STATUS},
	};

	if (strcmp(name, "kind") == 0)
		return desc == &metod_activity_row_desc ? METOD_WORDS_ACTIVITY_KIND
							: METOD_WORDS_ORG_KIND;
	for (size_t i = 0; i < METOD_LEN(sets); i++) {
		if (strcmp(name, sets[i].name) == 0)
			return sets[i].set;
	}
	return METOD_WORDS_NONE;
}

static const char *all_words(enum metod_word_set set, struct metod_arena *arena)
{
	struct metod_str list = metod_str(conf_word_at(set, 0));
	const char *word;

	for (size_t i = 1; (word = conf_word_at(set, i)); i++)
		list = metod_arena_printf(arena, "%.*s, %s", METOD_FMT(list), word);
	return list.p;
}

/* The fixed word for what the cell says; the text itself where other words pass. */
static bool fixed_word(
    struct reader *r, size_t column, const struct cell *cell, struct metod_str *text)
{
	struct source *source = r->source;
	enum metod_word_set set = set_of(r->desc, r->fields[column]->name);
	const char *word, *near;
	struct metod_issue *issue;

	if (set == METOD_WORDS_NONE || text->n == 0)
		return true;
	word = conf_word_of(set, *text, source->arena);
	if (word) {
		*text = metod_str(word);
		return true;
	}
	if (!conf_words_closed(set))
		return true;
	issue = conf_error(source, cell->line, cell->column,
	    "column \"%s\": unknown word \"%s\"", r->names[column].p,
	    conf_excerpt(source, *text));
	near = conf_word_nearest(set, *text, source->arena);
	if (near)
		conf_suggest(source, issue, near);
	else
		conf_hint(source, issue, "words: %s", all_words(set, source->arena));
	if (issue)
		issue->field = r->names[column];
	return false;
}

/* Elements of a list cell, as fixed words, parted by commas for the parser of fields. */
static bool list_text(
    struct reader *r, size_t column, const struct cell *cell, struct metod_str *text)
{
	struct metod_buf joined = {0};
	bool good = true;

	for (size_t at = 0; at < text->n && good;) {
		size_t from = at;
		struct metod_str one;

		while (at < text->n && !strchr(";,|", text->p[at]))
			at++;
		one = metod_str_trim((struct metod_str){text->p + from, at - from});
		at++;
		good = fixed_word(r, column, cell, &one);
		if (one.n && joined.n)
			metod_buf_byte(&joined, ',');
		metod_buf_str(&joined, one);
	}
	*text = metod_arena_str(r->source->arena, metod_buf_view(&joined));
	metod_buf_done(&joined);
	return good;
}

/* ---- header ---- */

static bool column_like(const struct metod_field *field)
{
	return field->kind != METOD_KIND_REC && field->kind != METOD_KIND_RECS &&
	    strcmp(field->name, "line") != 0;
}

/* Folded, without the marks that people put behind a name: "Код *", "ФИО:". */
static struct metod_str column_name(struct metod_str text, struct metod_arena *arena)
{
	struct metod_str name = conf_fold(text, arena);

	while (name.n && (name.p[name.n - 1] == '*' || name.p[name.n - 1] == ':'))
		name = metod_str_trim((struct metod_str){name.p, name.n - 1});
	return name;
}

static bool titled(struct reader *r, struct metod_str name, const char *title)
{
	return metod_str_eq(name, column_name(metod_str(title), r->source->arena));
}

static const struct metod_field *field_named(struct reader *r, struct metod_str name)
{
	const char *word, *means;

	for (size_t i = 0; i < r->desc->count; i++) {
		const struct metod_field *field = &r->desc->fields[i];

		if (column_like(field) &&
		    (metod_str_is(name, field->name) || titled(r, name, field->title) ||
			(r->tr && titled(r, name, r->tr(field->title)))))
			return field;
	}
	for (size_t i = 0; (word = conf_column_word(i, &means)); i++) {
		const struct metod_field *field =
		    metod_desc_field(r->desc, metod_str(means));

		if (field && titled(r, name, word))
			return field;
	}
	return NULL;
}

static void unknown_column(
    struct reader *r, const struct cell *cell, struct metod_str name)
{
	const char *names[NAMES_MAX], *word, *means;
	struct metod_issue *issue;
	size_t n = 0;

	for (size_t i = 0; i < r->desc->count; i++) {
		const struct metod_field *field = &r->desc->fields[i];

		if (!column_like(field))
			continue;
		names[n++] = field->name;
		if (r->tr)
			names[n++] = metod_arena_z(r->source->arena,
			    column_name(
				metod_str(r->tr(field->title)), r->source->arena));
	}
	for (size_t i = 0; n < NAMES_MAX && (word = conf_column_word(i, &means)); i++) {
		if (metod_desc_field(r->desc, metod_str(means)))
			names[n++] = word;
	}
	issue = conf_error(r->source, cell->line, cell->column, "unknown column \"%s\"",
	    conf_excerpt(r->source, cell->text));
	conf_suggest(r->source, issue, conf_nearest(names, n, name));
}

static bool take_column(struct reader *r, const struct cell *cell)
{
	struct metod_str name = column_name(cell->text, r->source->arena);
	const struct metod_field *field = name.n ? field_named(r, name) : NULL;

	r->names[r->columns] = metod_arena_str(r->source->arena, cell->text);
	r->fields[r->columns++] = field;
	if (name.n && !field) {
		unknown_column(r, cell, name);
		return false;
	}
	for (size_t i = 0; field && i + 1 < r->columns; i++) {
		if (r->fields[i] == field) {
			conf_error(r->source, cell->line, cell->column,
			    "column \"%s\" says the same as column \"%s\"",
			    r->names[r->columns - 1].p, r->names[i].p);
			return false;
		}
	}
	return true;
}

static bool has_column(const struct reader *r, const struct metod_field *field)
{
	for (size_t i = 0; i < r->columns; i++) {
		if (r->fields[i] == field)
			return true;
	}
	return false;
}

static bool take_header(struct reader *r)
{
	bool good = true;

	if (!conf_csv_row(&r->scan)) {
		conf_error(r->source, 0, 0, "the file is empty");
		return false;
	}
	for (size_t i = 0; i < r->scan.n; i++)
		good = take_column(r, &r->scan.cells[i]) && good;
	for (size_t i = 0; i < r->desc->count; i++) {
		const struct metod_field *field = &r->desc->fields[i];

		if (!(field->flags & METOD_REQ) || !column_like(field) ||
		    has_column(r, field))
			continue;
		conf_error(r->source, r->scan.line, 1,
		    "column \"%s\" (\"%s\") is missing", field->name,
		    r->tr ? r->tr(field->title) : field->title);
		good = false;
	}
	return good && !r->scan.bad;
}

/* ---- rows ---- */

static bool take_cell(
    struct reader *r, size_t column, const struct cell *cell, void *record)
{
	const struct metod_field *field = r->fields[column];
	struct metod_arena *arena = r->source->arena;
	struct metod_str text = cell->text;
	struct metod_issue *issue;
	struct metod_error err;

	if (field->kind == METOD_KIND_BOOL)
		text = conf_fold(text, arena);
	if (!(field->kind == METOD_KIND_STRS ? list_text(r, column, cell, &text)
					     : fixed_word(r, column, cell, &text)))
		return false;
	if (metod_field_parse(field, record, text, arena, &err) == METOD_OK)
		return true;
	if (cell->text.n)
		issue = conf_error(r->source, cell->line, cell->column,
		    "column \"%s\": %s: \"%s\"", r->names[column].p, err.message,
		    conf_excerpt(r->source, cell->text));
	else
		issue = conf_error(r->source, cell->line, cell->column,
		    "column \"%s\": %s", r->names[column].p, err.message);
	if (issue)
		issue->field = r->names[column];
	return false;
}

/* A value where the header has no name for it. */
static bool stray(struct reader *r)
{
	for (size_t i = 0; i < r->scan.n; i++) {
		const struct cell *cell = &r->scan.cells[i];

		if (!cell->text.n || (i < r->columns && r->fields[i]))
			continue;
		if (i < r->columns)
			conf_error(r->source, cell->line, cell->column,
			    "a value in a column that has no name");
		else
			conf_error(r->source, cell->line, cell->column,
			    "more cells than the %zu columns of the header", r->columns);
		return true;
	}
	return false;
}

/* Into a zeroed `record`, whose cells by field are put into `places`. */
static bool take_row(struct reader *r, void *record, struct cell *places)
{
	const struct cell nothing = {.line = r->scan.line, .column = 1};
	uint64_t line = r->scan.line;
	bool good = true;

	if (r->scan.bad || stray(r))
		return false;
	metod_record_init(r->desc, record);
	for (size_t i = 0; i < r->columns; i++) {
		const struct cell *cell = i < r->scan.n ? &r->scan.cells[i] : &nothing;

		if (!r->fields[i])
			continue;
		places[r->fields[i] - r->desc->fields] = *cell;
		good = take_cell(r, i, cell, record) && good;
	}
	if (r->line)
		memcpy((char *)record + r->line->offset, &line, sizeof(line));
	return good;
}

static void recognised(struct reader *r, struct metod_csv *ret)
{
	ret->desc = r->desc;
	ret->delimiter = r->scan.delimiter;
	ret->columns.p = METOD_NEWS(r->source->arena, r->columns, struct metod_str);
	for (size_t i = 0; i < r->columns; i++) {
		if (r->fields[i])
			ret->columns.p[ret->columns.n++] = metod_str(r->fields[i]->name);
	}
}

enum metod_err conf_csv_records(struct source *source, struct metod_str bytes,
    const struct metod_desc *desc, const char *(*tr)(const char *), struct metod_csv *ret,
    conf_csv_each *each, void *arg)
{
	struct reader r = {.source = source, .desc = desc, .tr = tr};
	struct cell *places = METOD_NEWS(source->arena, desc->count, struct cell);
	void *record = metod_arena_alloc(source->arena, desc->size);
	size_t errors = source->issues->errors;

	memset(ret, 0, sizeof(*ret));
	if (!conf_text_ok(source, &bytes))
		return METOD_FORMAT;
	r.line = metod_desc_field(desc, METOD_STR("line"));
	conf_csv_start(&r.scan, source, bytes);
	if (!take_header(&r))
		return METOD_FORMAT;
	recognised(&r, ret);
	while (conf_csv_row(&r.scan)) {
		if (ret->read == METOD_CSV_ROWS_MAX) {
			conf_error(source, r.scan.line, 1,
			    "more than %d rows; split the file", METOD_CSV_ROWS_MAX);
			return METOD_FORMAT; /* a part is not the file */
		}
		ret->read++;
		memset(record, 0, desc->size);
		if (take_row(&r, record, places)) {
			ret->n++;
			each(arg, record, places);
		}
	}
	return source->issues->errors > errors ? METOD_BAD_ROWS : METOD_OK;
}

/* ---- all rows at once ---- */

struct rows {
	char *p;
	size_t n, size;
};

static void append(void *arg, void *record, const struct cell *cells)
{
	struct rows *rows = arg;

	(void)cells;
	memcpy(rows->p + rows->n++ * rows->size, record, rows->size);
}

enum metod_err metod_csv_read(const char *file, struct metod_str bytes,
    const struct metod_desc *row_desc, const char *(*tr)(const char *msgid),
    struct metod_arena *arena, struct metod_csv *ret, struct metod_issues *issues)
{
	struct source source = {metod_arena_strz(arena, file), arena, issues};
	struct rows rows = {NULL, 0, row_desc->size};
	size_t most = 1;
	enum metod_err e;

	/* A row takes a line at least: room for all of them, once. */
	for (size_t i = 0; i < bytes.n && most < METOD_CSV_ROWS_MAX; i++)
		most += bytes.p[i] == '\n';
	rows.p = metod_arena_array(arena, most, row_desc->size);
	e = conf_csv_records(&source, bytes, row_desc, tr, ret, append, &rows);
	ret->rows = rows.p;
	return e;
}
