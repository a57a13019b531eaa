/* SPDX-License-Identifier: Apache-2.0
 * One msgpack object of the shape of the JSON output, member by member, so that a reader
 * of either knows both. What msgpack says better stays itself: whole numbers of 64 bits
 * and bytes. */
#include "writer.h"

#include <math.h>

static msgpack_packer packer_of(struct writer *writer)
{
	msgpack_packer packer;

	metod_wire_packer(&packer, writer->out);
	return packer;
}

static void put_text(msgpack_packer *packer, const char *text)
{
	metod_wire_pack_str(packer, metod_str(text));
}

static void put_bool(msgpack_packer *packer, bool value)
{
	if (value)
		msgpack_pack_true(packer);
	else
		msgpack_pack_false(packer);
}

static void put_u64(
    msgpack_packer *packer, const struct metod_field *field, uint64_t value)
{
	if (field->flags & METOD_MILLI)
		msgpack_pack_double(packer, (double)value / 1000);
	else
		msgpack_pack_uint64(packer, value);
}

static void put_real(msgpack_packer *packer, double value)
{
	if (isfinite(value))
		msgpack_pack_double(packer, value);
	else
		msgpack_pack_nil(packer);
}

/* A date outside the calendar stays a number, as in JSON. */
static bool put_date(struct writer *writer, msgpack_packer *packer,
    const struct metod_field *field, int64_t value)
{
	char date[20];

	if (!(field->flags & (METOD_DATE | METOD_TIME)))
		return false;
	metod_date_format(
	    field->flags & METOD_TIME ? value / 86400000 - (value % 86400000 < 0) : value,
	    date);
	if (date[0] == '?')
		return false;
	if (field->flags & METOD_TIME)
		metod_wire_pack_str(packer, metod_writer_moment(value, writer->arena));
	else
		put_text(packer, date);
	return true;
}

static void put_i64(struct writer *writer, msgpack_packer *packer,
    const struct metod_field *field, int64_t value)
{
	if (field->flags & METOD_NULL && value == METOD_NIL)
		msgpack_pack_nil(packer);
	else if (put_date(writer, packer, field, value))
		return;
	else if (field->flags & METOD_MILLI)
		msgpack_pack_double(packer, (double)value / 1000);
	else
		msgpack_pack_int64(packer, value);
}

static void put_record(struct writer *writer, msgpack_packer *packer,
    const struct metod_desc *desc, const void *record);

static void put_list(struct writer *writer, msgpack_packer *packer,
    const struct metod_field *field, const void *record)
{
	struct wire_list list = wire_list(field, record);
	const void *p = list.p;

	msgpack_pack_array(packer, list.n);
	for (size_t i = 0; i < list.n; i++) {
		if (field->kind == METOD_KIND_U64S)
			put_u64(packer, field, ((const uint64_t *)p)[i]);
		else if (field->kind == METOD_KIND_I64S)
			put_i64(writer, packer, field, ((const int64_t *)p)[i]);
		else if (field->kind == METOD_KIND_REALS)
			put_real(packer, ((const double *)p)[i]);
		else if (field->kind == METOD_KIND_STRS)
			metod_wire_pack_str(packer, ((const struct metod_str *)p)[i]);
		else
			put_record(
			    writer, packer, field->sub, list.p + i * field->sub->size);
	}
}

static void put_bytes(
    msgpack_packer *packer, const struct metod_field *field, const void *record)
{
	struct wire_list bytes = wire_list(field, record);

	msgpack_pack_bin(packer, bytes.n);
	if (bytes.n)
		msgpack_pack_bin_body(packer, bytes.p, bytes.n);
}

static void put_value(struct writer *writer, msgpack_packer *packer,
    const struct metod_field *field, const void *record)
{
	const void *at = wire_member(field, record);

	switch (field->kind) {
	case METOD_KIND_U64:
		put_u64(packer, field, *(const uint64_t *)at);
		return;
	case METOD_KIND_I64:
		if (metod_writer_no_date(field, record))
			msgpack_pack_nil(packer);
		else
			put_i64(writer, packer, field, *(const int64_t *)at);
		return;
	case METOD_KIND_REAL:
		put_real(packer, *(const double *)at);
		return;
	case METOD_KIND_BOOL:
		put_bool(packer, *(const bool *)at);
		return;
	case METOD_KIND_STR:
		metod_wire_pack_str(packer, *(const struct metod_str *)at);
		return;
	case METOD_KIND_BIN:
		put_bytes(packer, field, record);
		return;
	case METOD_KIND_U64S:
	case METOD_KIND_I64S:
	case METOD_KIND_REALS:
	case METOD_KIND_STRS:
	case METOD_KIND_RECS:
		put_list(writer, packer, field, record);
		return;
	case METOD_KIND_REC:
		if (wire_sub(field, record))
			put_record(writer, packer, field->sub, wire_sub(field, record));
		else
			msgpack_pack_nil(packer);
		return;
	}
}

static void put_member(struct writer *writer, msgpack_packer *packer,
    const struct metod_field *field, const void *record)
{
	put_text(packer, field->name);
	put_value(writer, packer, field, record);
}

static void put_record(struct writer *writer, msgpack_packer *packer,
    const struct metod_desc *desc, const void *record)
{
	size_t shown = 0;

	for (size_t i = 0; i < desc->count; i++)
		shown += metod_writer_shows(writer, &desc->fields[i]);
	msgpack_pack_map(packer, shown);
	for (size_t i = 0; i < desc->count; i++) {
		if (metod_writer_shows(writer, &desc->fields[i]))
			put_member(writer, packer, &desc->fields[i], record);
	}
}

/* ---- document ---- */

static void begin(struct writer *writer)
{
	msgpack_packer packer = packer_of(writer);

	msgpack_pack_map(
	    &packer, writer->members + (writer->how->schema != NULL) + writer->demo);
	if (writer->how->schema) {
		put_text(&packer, "schema");
		put_text(&packer, writer->how->schema);
	}
	if (writer->demo) {
		put_text(&packer, "demo");
		msgpack_pack_true(&packer);
	}
}

static void field_of_document(
    struct writer *writer, const struct metod_field *field, const void *record)
{
	msgpack_packer packer = packer_of(writer);

	put_member(writer, &packer, field, record);
}

static void rows_begin(struct writer *writer, size_t count)
{
	msgpack_packer packer = packer_of(writer);

	put_text(&packer, "rows");
	msgpack_pack_array(&packer, count);
}

static void row(struct writer *writer, const void *record)
{
	msgpack_packer packer = packer_of(writer);

	msgpack_pack_map(&packer, writer->columns_n);
	for (size_t i = 0; i < writer->columns_n; i++)
		put_member(writer, &packer, writer->columns[i], record);
}

static void nothing(struct writer *writer)
{
	(void)writer;
}

const struct writer_ops metod_writer_msgpack = {
    "msgpack", false, begin, field_of_document, rows_begin, row, nothing, nothing};
