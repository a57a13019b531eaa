/* SPDX-License-Identifier: Apache-2.0
 * Record to msgpack. Writes the fields in the order of the descriptor, so the same record
 * always gives the same bytes: digests of stored records rely on it. */
#include "internal.h"

static int append(void *data, const char *bytes, size_t n)
{
	metod_buf_add(data, bytes, n);
	return 0;
}

void metod_wire_packer(msgpack_packer *packer, struct metod_buf *out)
{
	msgpack_packer_init(packer, out, append);
}

void metod_wire_pack_str(msgpack_packer *packer, struct metod_str s)
{
	msgpack_pack_str(packer, s.n);
	if (s.n)
		msgpack_pack_str_body(packer, s.p, s.n);
}

static bool packed(
    const struct metod_field *field, const void *record, unsigned drop_flags)
{
	if (field->flags & drop_flags)
		return false;
	return field->flags & METOD_REQ || !metod_field_empty(field, record);
}

static void pack_record(msgpack_packer *packer, const struct metod_desc *desc,
    const void *record, enum metod_keys keys, unsigned drop_flags);

static void pack_i64(
    msgpack_packer *packer, const struct metod_field *field, const void *record)
{
	if (field->flags & METOD_NULL && metod_field_empty(field, record))
		msgpack_pack_nil(packer);
	else
		msgpack_pack_int64(packer, *(const int64_t *)wire_member(field, record));
}

static void pack_elements(
    msgpack_packer *packer, const struct metod_field *field, const struct wire_list list)
{
	const void *p = list.p;

	msgpack_pack_array(packer, list.n);
	for (size_t i = 0; i < list.n; i++) {
		if (field->kind == METOD_KIND_U64S)
			msgpack_pack_uint64(packer, ((const uint64_t *)p)[i]);
		else if (field->kind == METOD_KIND_I64S)
			msgpack_pack_int64(packer, ((const int64_t *)p)[i]);
		else if (field->kind == METOD_KIND_REALS)
			msgpack_pack_double(packer, ((const double *)p)[i]);
		else
			metod_wire_pack_str(packer, ((const struct metod_str *)p)[i]);
	}
}

static void pack_rows(msgpack_packer *packer, const struct metod_field *field,
    const struct wire_list list, enum metod_keys keys, unsigned drop_flags)
{
	msgpack_pack_array(packer, list.n);
	for (size_t i = 0; i < list.n; i++)
		pack_record(
		    packer, field->sub, list.p + i * field->sub->size, keys, drop_flags);
}

static void pack_value(msgpack_packer *packer, const struct metod_field *field,
    const void *record, enum metod_keys keys, unsigned drop_flags)
{
	const void *at = wire_member(field, record);
	struct wire_list list;

	switch (field->kind) {
	case METOD_KIND_U64:
		msgpack_pack_uint64(packer, *(const uint64_t *)at);
		return;
	case METOD_KIND_I64:
		pack_i64(packer, field, record);
		return;
	case METOD_KIND_REAL:
		msgpack_pack_double(packer, *(const double *)at);
		return;
	case METOD_KIND_BOOL:
		if (*(const bool *)at)
			msgpack_pack_true(packer);
		else
			msgpack_pack_false(packer);
		return;
	case METOD_KIND_STR:
		metod_wire_pack_str(packer, *(const struct metod_str *)at);
		return;
	case METOD_KIND_BIN:
		list = wire_list(field, record);
		msgpack_pack_bin(packer, list.n);
		if (list.n)
			msgpack_pack_bin_body(packer, list.p, list.n);
		return;
	case METOD_KIND_U64S:
	case METOD_KIND_I64S:
	case METOD_KIND_REALS:
	case METOD_KIND_STRS:
		pack_elements(packer, field, wire_list(field, record));
		return;
	case METOD_KIND_REC:
		if (wire_sub(field, record))
			pack_record(packer, field->sub, wire_sub(field, record), keys,
			    drop_flags);
		else
			msgpack_pack_nil(packer);
		return;
	case METOD_KIND_RECS:
		pack_rows(packer, field, wire_list(field, record), keys, drop_flags);
		return;
	}
}

static void pack_record(msgpack_packer *packer, const struct metod_desc *desc,
    const void *record, enum metod_keys keys, unsigned drop_flags)
{
	uint64_t mask = 0; /* a record has at most 64 fields */
	size_t count = 0;

	for (size_t i = 0; i < desc->count; i++) {
		bool in = packed(&desc->fields[i], record, drop_flags);
		mask |= (uint64_t)in << i;
		count += in;
	}
	msgpack_pack_map(packer, count);
	for (size_t i = 0; i < desc->count; i++) {
		const struct metod_field *field = &desc->fields[i];

		if (!(mask >> i & 1))
			continue;
		if (keys == METOD_KEYS_INT)
			msgpack_pack_uint64(packer, field->key);
		else
			metod_wire_pack_str(packer, metod_str(field->name));
		pack_value(packer, field, record, keys, drop_flags);
	}
}

void metod_pack(const struct metod_desc *desc, const void *record, enum metod_keys keys,
    unsigned drop_flags, struct metod_buf *out)
{
	msgpack_packer packer;

	metod_wire_packer(&packer, out);
	pack_record(&packer, desc, record, keys, drop_flags);
}
