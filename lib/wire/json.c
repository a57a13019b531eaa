/* SPDX-License-Identifier: Apache-2.0
 * JSON and JSONL. Every field that may be shown is present in every object, so the shape
 * of the output does not depend on the data. What metod_load_json reads back gives the
 * same record. */
#include "writer.h"

enum {
	EXACT_BITS = 53, /* integers of a JavaScript number */
	MILLI_BITS = 50, /* thousandths that survive the way through a fraction */
};

void metod_json_quote(struct metod_str text, struct metod_buf *out)
{
	static const char letters[] = "btn\0fr"; /* of \b \t \n - \f \r, from 8 */

	metod_buf_byte(out, '"');
	for (size_t at = 0; at < text.n;) {
		size_t from = at;
		uint32_t point = metod_utf8_next(text, &at);

		if (point == '"' || point == '\\')
			metod_buf_printf(out, "\\%c", (char)point);
		else if (point >= 8 && point <= 13 && point != 11)
			metod_buf_printf(out, "\\%c", letters[point - 8]);
		else if (point < 0x20 || (point >= 0x7f && point <= 0x9f))
			metod_buf_printf(out, "\\u%04x", (unsigned)point);
		else if (point == 0xfffd)
			metod_buf_z(out, "\xef\xbf\xbd");
		else
			metod_buf_add(out, text.p + from, at - from);
	}
	metod_buf_byte(out, '"');
}

/* Text that is a number already, or a string where a reader could lose digits. */
static void number(struct writer *writer, const struct metod_field *field,
    struct metod_str text, uint64_t size)
{
	if (size >> (field->flags & METOD_MILLI ? MILLI_BITS : EXACT_BITS) == 0)
		metod_buf_str(writer->out, text);
	else
		metod_json_quote(text, writer->out);
}

static struct metod_str element_text(struct writer *writer,
    const struct metod_field *field, enum metod_kind kind, const void *at)
{
	struct metod_field one = *field;

	one.kind = kind;
	one.offset = 0;
	one.flags |= METOD_REQ;
	return metod_field_text(&one, at, 0, writer->arena);
}

static void json_u64(
    struct writer *writer, const struct metod_field *field, const void *at)
{
	uint64_t value = *(const uint64_t *)at;

	number(writer, field, element_text(writer, field, METOD_KIND_U64, at), value);
}

static void json_i64(
    struct writer *writer, const struct metod_field *field, const void *at)
{
	int64_t value = *(const int64_t *)at;
	uint64_t size = value < 0 ? -(uint64_t)value : (uint64_t)value;
	struct metod_str text = element_text(writer, field, METOD_KIND_I64, at);

	if (field->flags & METOD_NULL && value == METOD_NIL) {
		metod_buf_z(writer->out, "null");
		return;
	}
	/* "?": no date of the calendar; the number tells more. */
	if (field->flags & (METOD_DATE | METOD_TIME) && text.p[0] != '?') {
		if (field->flags & METOD_TIME)
			text = metod_writer_moment(value, writer->arena);
		metod_json_quote(text, writer->out);
		return;
	}
	if (field->flags & (METOD_DATE | METOD_TIME))
		text = metod_arena_printf(writer->arena, "%lld", (long long)value);
	number(writer, field, text, size);
}

static void json_real(struct writer *writer, double value)
{
	struct metod_str text = metod_real_text(value, writer->arena);

	metod_buf_str(writer->out, text.n ? text : METOD_STR("null"));
}

static void json_object(
    struct writer *writer, const struct metod_desc *desc, const void *record);

static void json_list(
    struct writer *writer, const struct metod_field *field, const void *record)
{
	struct wire_list list = wire_list(field, record);
	const void *p = list.p;

	metod_buf_byte(writer->out, '[');
	for (size_t i = 0; i < list.n; i++) {
		if (i)
			metod_buf_byte(writer->out, ',');
		if (field->kind == METOD_KIND_U64S)
			json_u64(writer, field, (const uint64_t *)p + i);
		else if (field->kind == METOD_KIND_I64S)
			json_i64(writer, field, (const int64_t *)p + i);
		else if (field->kind == METOD_KIND_REALS)
			json_real(writer, ((const double *)p)[i]);
		else if (field->kind == METOD_KIND_STRS)
			metod_json_quote(((const struct metod_str *)p)[i], writer->out);
		else
			json_object(writer, field->sub, list.p + i * field->sub->size);
	}
	metod_buf_byte(writer->out, ']');
}

void metod_json_value(
    struct writer *writer, const struct metod_field *field, const void *record)
{
	const void *at = wire_member(field, record);
	struct metod_str text;

	switch (field->kind) {
	case METOD_KIND_U64:
		json_u64(writer, field, at);
		return;
	case METOD_KIND_I64:
		if (metod_writer_no_date(field, record))
			metod_buf_z(writer->out, "null");
		else
			json_i64(writer, field, at);
		return;
	case METOD_KIND_REAL:
		json_real(writer, *(const double *)at);
		return;
	case METOD_KIND_BOOL:
		metod_buf_z(writer->out, *(const bool *)at ? "true" : "false");
		return;
	case METOD_KIND_STR:
	case METOD_KIND_BIN:
		text = metod_field_text(field, record, 0, writer->arena);
		metod_json_quote(text, writer->out);
		return;
	case METOD_KIND_U64S:
	case METOD_KIND_I64S:
	case METOD_KIND_REALS:
	case METOD_KIND_STRS:
	case METOD_KIND_RECS:
		json_list(writer, field, record);
		return;
	case METOD_KIND_REC:
		if (wire_sub(field, record))
			json_object(writer, field->sub, wire_sub(field, record));
		else
			metod_buf_z(writer->out, "null");
		return;
	}
}

static void json_member(struct writer *writer, const struct metod_field *field,
    const void *record, bool first)
{
	if (!first)
		metod_buf_byte(writer->out, ',');
	metod_json_quote(metod_str(field->name), writer->out);
	metod_buf_byte(writer->out, ':');
	metod_json_value(writer, field, record);
}

static void json_object(
    struct writer *writer, const struct metod_desc *desc, const void *record)
{
	bool first = true;

	metod_buf_byte(writer->out, '{');
	for (size_t i = 0; i < desc->count; i++) {
		if (!metod_writer_shows(writer, &desc->fields[i]))
			continue;
		json_member(writer, &desc->fields[i], record, first);
		first = false;
	}
	metod_buf_byte(writer->out, '}');
}

/* ---- document ---- */

/* "{", the schema and the mark of training data; true when a member was written. */
static bool open_object(struct writer *writer)
{
	const char *schema = writer->how->schema;

	metod_buf_byte(writer->out, '{');
	if (schema) {
		metod_buf_z(writer->out, "\"schema\":");
		metod_json_quote(metod_str(schema), writer->out);
	}
	if (writer->demo)
		metod_buf_z(writer->out, schema ? ",\"demo\":true" : "\"demo\":true");
	return schema || writer->demo;
}

static void begin(struct writer *writer)
{
	writer->done = open_object(writer);
}

static void field_of_document(
    struct writer *writer, const struct metod_field *field, const void *record)
{
	json_member(writer, field, record, writer->done == 0);
	writer->done++;
}

static void rows_begin(struct writer *writer, size_t count)
{
	(void)count;
	metod_buf_z(writer->out, writer->done ? ",\"rows\":[" : "\"rows\":[");
	writer->done = 0;
}

static void row_members(struct writer *writer, const void *record, bool first)
{
	for (size_t i = 0; i < writer->columns_n; i++)
		json_member(writer, writer->columns[i], record, first && i == 0);
	metod_buf_byte(writer->out, '}');
}

static void row(struct writer *writer, const void *record)
{
	if (writer->done++)
		metod_buf_byte(writer->out, ',');
	metod_buf_byte(writer->out, '{');
	row_members(writer, record, true);
}

static void rows_end(struct writer *writer)
{
	metod_buf_byte(writer->out, ']');
}

static void end(struct writer *writer)
{
	metod_buf_z(writer->out, "}\n");
}

static void line(struct writer *writer, const void *record)
{
	row_members(writer, record, !open_object(writer));
	metod_buf_byte(writer->out, '\n');
}

static void nothing(struct writer *writer)
{
	(void)writer;
}

static void no_rows_begin(struct writer *writer, size_t count)
{
	(void)writer;
	(void)count;
}

const struct writer_ops metod_writer_json = {
    "json", false, begin, field_of_document, rows_begin, row, rows_end, end};
const struct writer_ops metod_writer_jsonl = {
    "jsonl", true, nothing, field_of_document, no_rows_begin, line, nothing, nothing};
