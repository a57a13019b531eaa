/* SPDX-License-Identifier: Apache-2.0
 * The one walk of all output: which fields and rows appear, and in which order.
 * How they look is the business of the writers. */
#include "writer.h"

static const struct writer_ops *const writers[] = {
    [METOD_OUT_TEXT] = &metod_writer_text,
    [METOD_OUT_JSON] = &metod_writer_json,
    [METOD_OUT_JSONL] = &metod_writer_jsonl,
    [METOD_OUT_CSV] = &metod_writer_csv,
    [METOD_OUT_TSV] = &metod_writer_tsv,
    [METOD_OUT_MSGPACK] = &metod_writer_msgpack,
};

const char *metod_output_name(size_t which)
{
	return which < METOD_LEN(writers) ? writers[which]->name : NULL;
}

bool metod_output_parse(struct metod_str name, enum metod_output *ret)
{
	for (size_t i = 0; i < METOD_LEN(writers); i++) {
		if (metod_str_is(name, writers[i]->name)) {
			*ret = (enum metod_output)i;
			return true;
		}
	}
	return false;
}

bool metod_writer_shows(const struct writer *writer, const struct metod_field *field)
{
	return writer->how->secrets || !(field->flags & METOD_SECRET);
}

struct metod_str metod_writer_moment(int64_t time_ms, struct metod_arena *arena)
{
	int64_t day_ms = 86400000, days = time_ms / day_ms - (time_ms % day_ms < 0);
	unsigned of_day = (unsigned)(time_ms - days * day_ms), ms = of_day % 1000;
	unsigned seconds = of_day / 1000;
	char date[20];
	struct metod_str text;

	metod_date_format(days, date);
	if (date[0] == '?')
		return metod_arena_printf(arena, "%lld", (long long)time_ms);
	text = metod_arena_printf(arena, "%sT%02u:%02u:%02u.%03uZ", date, seconds / 3600,
	    seconds / 60 % 60, seconds % 60, ms);
	if (ms == 0)
		text = metod_arena_printf(arena, "%.*sZ", (int)(text.n - 5), text.p);
	return text;
}

bool metod_writer_no_date(const struct metod_field *field, const void *record)
{
	return field->kind == METOD_KIND_I64 &&
	    field->flags & (METOD_DATE | METOD_TIME) && !(field->flags & METOD_REQ) &&
	    metod_field_empty(field, record);
}

/* The columns that the user named, or all that the form shows by itself. */
static enum metod_err choose_columns(
    struct writer *writer, const struct metod_desc *desc, struct metod_error *err)
{
	const struct metod_emit *how = writer->how;
	unsigned hidden = how->output == METOD_OUT_TEXT ? METOD_HIDE : 0;
	size_t room = how->fields.n > desc->count ? how->fields.n : desc->count;

	writer->columns = METOD_NEWS(writer->arena, room, const struct metod_field *);
	for (size_t i = 0; i < how->fields.n; i++) {
		struct metod_str name = how->fields.p[i];
		const struct metod_field *field = metod_desc_field(desc, name);
		const char *nearest = metod_desc_nearest(desc, name);

		if (field && metod_writer_shows(writer, field)) {
			writer->columns[writer->columns_n++] = field;
			continue;
		}
		metod_fail(err, METOD_UNKNOWN, metod_arena_z(writer->arena, name),
		    "there is no such column");
		if (nearest && !field)
			metod_hint(err, "perhaps %s?", nearest);
		return METOD_UNKNOWN;
	}
	for (size_t i = 0; i < desc->count && how->fields.n == 0; i++) {
		if (metod_writer_shows(writer, &desc->fields[i]) &&
		    !(desc->fields[i].flags & hidden))
			writer->columns[writer->columns_n++] = &desc->fields[i];
	}
	return METOD_OK;
}

static void emit_rows(struct writer *writer, const struct writer_ops *ops,
    const struct metod_field *rows, const void *record)
{
	struct wire_list list = {record, 1};
	size_t each = 0;

	if (rows) {
		list = wire_list(rows, record);
		each = rows->sub->size;
	}
	ops->rows_begin(writer, list.n);
	for (size_t i = 0; i < list.n; i++)
		ops->row(writer, list.p + i * each);
	ops->rows_end(writer);
}

/* Fields of the document beside its rows, in order. */
static bool is_member(const struct writer *writer, const struct metod_field *field,
    const struct metod_field *rows)
{
	unsigned hidden = writer->how->output == METOD_OUT_TEXT ? METOD_HIDE : 0;

	return field != rows && metod_writer_shows(writer, field) &&
	    !(field->flags & hidden);
}

static size_t count_members(const struct writer *writer, const struct metod_desc *desc,
    const struct metod_field *rows)
{
	size_t n = 1; /* the rows */

	if (!rows)
		return writer->columns_n;
	for (size_t i = 0; i < desc->count; i++)
		n += is_member(writer, &desc->fields[i], rows);
	return n;
}

/* Scalars first, then the rows: a stream reader has the totals when the rows come. */
static void emit_record(struct writer *writer, const struct writer_ops *ops,
    const struct metod_desc *desc, const struct metod_field *rows, const void *record)
{
	writer->members = count_members(writer, desc, rows);
	ops->begin(writer);
	if (!rows && !ops->rows_only) {
		for (size_t i = 0; i < writer->columns_n; i++)
			ops->field(writer, writer->columns[i], record);
	} else {
		for (size_t i = 0; i < desc->count && !ops->rows_only; i++) {
			if (is_member(writer, &desc->fields[i], rows))
				ops->field(writer, &desc->fields[i], record);
		}
		emit_rows(writer, ops, rows, record);
	}
	ops->end(writer);
}

/* The list `rows` when there is one that may be shown. */
static const struct metod_field *rows_of(
    const struct writer *writer, const struct metod_desc *desc)
{
	const struct metod_field *rows = metod_desc_field(desc, METOD_STR("rows"));

	return rows && rows->kind == METOD_KIND_RECS && metod_writer_shows(writer, rows)
	    ? rows
	    : NULL;
}

enum metod_err metod_emit_columns(const struct metod_desc *desc,
    const struct metod_emit *how, struct metod_arena *arena,
    const struct metod_field ***ret_columns, size_t *ret_n,
    const struct metod_field **ret_rows, struct metod_error *err)
{
	struct writer writer = {.how = how, .arena = arena};
	enum metod_err e;

	*ret_rows = rows_of(&writer, desc);
	e = choose_columns(&writer, *ret_rows ? (*ret_rows)->sub : desc, err);
	*ret_columns = writer.columns;
	*ret_n = writer.columns_n;
	return e;
}

enum metod_err metod_emit(const struct metod_desc *desc, const void *record,
    const struct metod_emit *how, struct metod_buf *out, struct metod_error *err)
{
	struct writer writer = {.how = how, .out = out};
	const struct metod_field *rows = rows_of(&writer, desc);
	enum metod_err e;

	writer.demo = how->demo &&
	    !metod_desc_field(rows && writers[how->output]->rows_only ? rows->sub : desc,
		METOD_STR("demo"));
	writer.arena = metod_arena_new();
	e = choose_columns(&writer, rows ? rows->sub : desc, err);
	if (!e)
		emit_record(&writer, writers[how->output], desc, rows, record);
	metod_arena_free(writer.arena);
	return e;
}
