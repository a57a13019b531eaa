/* SPDX-License-Identifier: Apache-2.0
 * JSON into a record, by way of msgpack: so kinds, bounds and required fields are checked
 * by the one metod_load. This file only reads the syntax and undoes what JSON writes in
 * its own way: thousandths and bytes. Sole includer of jansson. */
#include "internal.h"

#include <jansson.h>
#include <math.h>

struct json_walk {
	msgpack_packer packer;
	struct metod_arena *arena;
	bool deep;
};

/* 1.25 -> 1250. What has more decimals stays a fraction, which metod_load refuses. */
static void pack_milli(struct json_walk *walk, const json_t *value)
{
	double scaled = json_number_value(value) * 1000, whole = round(scaled);
	double tolerance = fmax(1e-6, fabs(scaled) * 4e-16);

	msgpack_pack_double(
	    &walk->packer, fabs(scaled - whole) <= tolerance ? whole : scaled);
}

static void pack_string(
    struct json_walk *walk, const json_t *value, const struct metod_field *field)
{
	struct metod_str text = {json_string_value(value), json_string_length(value)},
			 bytes;
	struct metod_field bin = {.name = "", .kind = METOD_KIND_BIN, .sub = &none_desc};

	/* Bytes that are not hexadecimal stay text, which metod_load refuses. */
	if (field && field->kind == METOD_KIND_BIN &&
	    metod_field_parse(&bin, &bytes, text, walk->arena, NULL) == METOD_OK) {
		msgpack_pack_bin(&walk->packer, bytes.n);
		if (bytes.n)
			msgpack_pack_bin_body(&walk->packer, bytes.p, bytes.n);
		return;
	}
	metod_wire_pack_str(&walk->packer, text);
}

static void pack_json(struct json_walk *walk, json_t *value,
    const struct metod_field *field, const struct metod_desc *desc, unsigned depth);

static void pack_object(
    struct json_walk *walk, json_t *object, const struct metod_desc *desc, unsigned depth)
{
	const char *key;
	json_t *value;

	msgpack_pack_map(&walk->packer, json_object_size(object));
	json_object_foreach(object, key, value)
	{
		const struct metod_field *field = metod_desc_field(desc, metod_str(key));

		metod_wire_pack_str(&walk->packer, metod_str(key));
		pack_json(walk, value, field, field ? field->sub : &none_desc, depth);
	}
}

static void pack_array(struct json_walk *walk, json_t *array,
    const struct metod_field *field, const struct metod_desc *desc, unsigned depth)
{
	msgpack_pack_array(&walk->packer, json_array_size(array));
	for (size_t i = 0; i < json_array_size(array); i++)
		pack_json(walk, json_array_get(array, i), field, desc, depth);
}

/* `field` is NULL where the descriptor knows nothing: metod_load decides about that. */
static void pack_json(struct json_walk *walk, json_t *value,
    const struct metod_field *field, const struct metod_desc *desc, unsigned depth)
{
	if (json_is_object(value) || json_is_array(value)) {
		walk->deep = walk->deep || depth == METOD_DEPTH_MAX;
		if (walk->deep)
			msgpack_pack_nil(&walk->packer);
		else if (json_is_object(value))
			pack_object(walk, value, desc, depth + 1);
		else
			pack_array(walk, value, field, desc, depth + 1);
	} else if (json_is_string(value)) {
		pack_string(walk, value, field);
	} else if (json_is_number(value) && field && field->flags & METOD_MILLI) {
		pack_milli(walk, value);
	} else if (json_is_integer(value)) {
		msgpack_pack_int64(&walk->packer, json_integer_value(value));
	} else if (json_is_real(value)) {
		msgpack_pack_double(&walk->packer, json_real_value(value));
	} else if (json_is_boolean(value)) {
		if (json_is_true(value))
			msgpack_pack_true(&walk->packer);
		else
			msgpack_pack_false(&walk->packer);
	} else {
		msgpack_pack_nil(&walk->packer);
	}
}

enum metod_err metod_load_json(const struct metod_desc *desc, struct metod_str text,
    bool unknown_ok, struct metod_arena *arena, void *ret_record, struct metod_error *err)
{
	struct json_walk walk = {.arena = arena};
	struct metod_buf bytes = {0};
	json_error_t wrong;
	json_t *root;
	enum metod_err e;

	if (text.n > METOD_MSG_MAX)
		return metod_fail(err, METOD_TOO_BIG, "", "the JSON text is too large");
	root = json_loadb(text.n ? text.p : "", text.n, JSON_REJECT_DUPLICATES, &wrong);
	if (!root && json_error_code(&wrong) == json_error_out_of_memory)
		metod_no_memory();
	if (!root)
		return metod_fail(err, METOD_FORMAT,
		    metod_arena_printf(arena, "%d:%d", wrong.line, wrong.column).p,
		    "is not JSON: %s", wrong.text);
	metod_wire_packer(&walk.packer, &bytes);
	pack_json(&walk, root, NULL, desc, 0);
	json_decref(root);
	if (walk.deep)
		e = metod_fail(err, METOD_FORMAT, "", "is nested too deeply");
	else
		e = metod_load(desc, metod_buf_view(&bytes), METOD_KEYS_NAME, unknown_ok,
		    arena, ret_record, err);
	metod_buf_done(&bytes);
	return e;
}
