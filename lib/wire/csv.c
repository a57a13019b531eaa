/* SPDX-License-Identifier: Apache-2.0
 * CSV and TSV of the rows. A cell of text can never become a formula in a spreadsheet.
 * Names of columns are field names, so a file can be read back. */
#include "writer.h"

static bool numeric(const struct metod_field *field)
{
	return field->kind == METOD_KIND_U64 || field->kind == METOD_KIND_I64 ||
	    field->kind == METOD_KIND_REAL;
}

/* A compact JSON value in a cell. */
static struct metod_str json_cell(
    struct writer *writer, const struct metod_field *field, const void *record)
{
	struct metod_buf text = {0}, *out = writer->out;
	struct metod_str cell;

	writer->out = &text;
	metod_json_value(writer, field, record);
	writer->out = out;
	cell = metod_arena_str(writer->arena, metod_buf_view(&text));
	metod_buf_done(&text);
	return cell;
}

static struct metod_str decimal_comma(struct metod_str number, struct metod_arena *arena)
{
	struct metod_str copy = metod_arena_str(arena, number);
	char *text = metod_arena_alloc(arena, copy.n + 1);

	for (size_t i = 0; i < copy.n; i++)
		text[i] = copy.p[i] == '.' ? ',' : copy.p[i];
	copy.p = text;
	return copy;
}

static struct metod_str cell_text(
    struct writer *writer, const struct metod_field *field, const void *record)
{
	bool decimal = field->kind == METOD_KIND_REAL || field->flags & METOD_MILLI;
	struct metod_str text;

	if (field->kind == METOD_KIND_REC || field->kind == METOD_KIND_RECS)
		return json_cell(writer, field, record);
	if (field->kind == METOD_KIND_BOOL)
		return *(const bool *)wire_member(field, record) ? METOD_STR("true")
								 : METOD_STR("false");
	text = metod_field_text(field, record, 0, writer->arena);
	if (text.n && field->kind == METOD_KIND_I64 && field->flags & METOD_TIME)
		return metod_writer_moment(
		    *(const int64_t *)wire_member(field, record), writer->arena);
	if (decimal && numeric(field) && writer->how->excel)
		return decimal_comma(text, writer->arena);
	return text;
}

static bool formula(struct metod_str text)
{
	size_t at = 0;

	while (at < text.n && text.p[at] == ' ')
		at++;
	return at < text.n && memchr("=+-@\t\r", text.p[at], 6);
}

static void csv_cell(bool excel, struct metod_str text, struct metod_buf *out)
{
	char sep = excel ? ';' : ',';
	bool quote = text.n && (text.p[0] == ' ' || text.p[text.n - 1] == ' ');

	for (size_t i = 0; i < text.n && !quote; i++)
		quote = text.p[i] == sep || memchr("\"\r\n\t", text.p[i], 4);
	if (!quote) {
		metod_buf_str(out, text);
		return;
	}
	metod_buf_byte(out, '"');
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"')
			metod_buf_byte(out, '"');
		metod_buf_byte(out, (uint8_t)text.p[i]);
	}
	metod_buf_byte(out, '"');
}

static void tsv_cell(struct metod_str text, struct metod_buf *out)
{
	static const char plain[] = "\t\n\r\\", letter[] = "tnr\\";

	for (size_t i = 0; i < text.n; i++) {
		const char *at = text.p[i] ? strchr(plain, text.p[i]) : NULL;

		if (at)
			metod_buf_byte(out, '\\');
		metod_buf_byte(out, (uint8_t)(at ? letter[at - plain] : text.p[i]));
	}
}

void metod_csv_cell(const struct metod_emit *how, size_t column, struct metod_str text,
    bool guarded, struct metod_arena *arena, struct metod_buf *out)
{
	bool tabs = how->output == METOD_OUT_TSV;

	if (column)
		metod_buf_byte(out, tabs ? '\t' : how->excel ? ';' : ',');
	if (guarded && formula(text))
		text = metod_arena_printf(arena, "'%.*s", METOD_FMT(text));
	if (tabs)
		tsv_cell(text, out);
	else
		csv_cell(how->excel, text, out);
}

void metod_csv_end(const struct metod_emit *how, struct metod_buf *out)
{
	bool crlf = how->excel && how->output == METOD_OUT_CSV;

	metod_buf_z(out, crlf ? "\r\n" : "\n");
}

void metod_csv_begin(const struct metod_emit *how, struct metod_buf *out)
{
	if (how->excel && how->output == METOD_OUT_CSV)
		metod_buf_z(out, "\xef\xbb\xbf");
}

static void put_cell(
    struct writer *writer, size_t column, struct metod_str text, bool guarded)
{
	metod_csv_cell(writer->how, column, text, guarded, writer->arena, writer->out);
}

/* Rows are copied elsewhere, so each one says what it is. */
static void put_mark(struct writer *writer, const char *text)
{
	if (writer->demo && writer->how->fields.n == 0)
		put_cell(writer, writer->columns_n, metod_str(text), false);
}

static void begin(struct writer *writer)
{
	metod_csv_begin(writer->how, writer->out);
	for (size_t i = 0; i < writer->columns_n; i++)
		put_cell(writer, i, metod_str(writer->columns[i]->name), false);
	put_mark(writer, "demo");
	metod_csv_end(writer->how, writer->out);
}

static void row(struct writer *writer, const void *record)
{
	for (size_t i = 0; i < writer->columns_n; i++) {
		const struct metod_field *field = writer->columns[i];

		put_cell(writer, i, cell_text(writer, field, record), !numeric(field));
	}
	put_mark(writer, "true");
	metod_csv_end(writer->how, writer->out);
}

static void no_field(
    struct writer *writer, const struct metod_field *field, const void *record)
{
	(void)writer;
	(void)field;
	(void)record;
}

static void rows_begin(struct writer *writer, size_t count)
{
	(void)writer;
	(void)count;
}

static void nothing(struct writer *writer)
{
	(void)writer;
}

const struct writer_ops metod_writer_csv = {
    "csv", true, begin, no_field, rows_begin, row, nothing, nothing};
const struct writer_ops metod_writer_tsv = {
    "tsv", true, begin, no_field, rows_begin, row, nothing, nothing};
