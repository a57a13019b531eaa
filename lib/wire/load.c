/* SPDX-License-Identifier: Apache-2.0
 * Msgpack to record. Order of work: pre-scan, decode into a tree, walk tree and
 * descriptor together into scratch, copy on success. Trusts nothing: kinds, bounds,
 * duplicates, text and required fields are checked here, so a handler never checks them
 * again. */
#include "internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* More than metod_error holds: it cuts at a whole character, snprintf does not. */
enum { PATH_MAX_BYTES = 160 };

/* One step of the way to a value, for error texts. */
struct path {
	const struct path *up;
	const char *name; /* NULL: an element of the list above */
	size_t index;
};

struct load {
	enum metod_keys keys;
	bool unknown_ok;
	struct metod_arena *arena;
	struct metod_error *err;
};

static enum metod_err load_record(struct load *load, const struct metod_desc *desc,
    const msgpack_object *map, const struct path *path, void *record);

static size_t path_text(const struct path *path, char *out, size_t cap)
{
	size_t n = path->up ? path_text(path->up, out, cap) : 0;
	int more;

	if (path->name)
		more = snprintf(out + n, cap - n, "%s%s", n ? "." : "", path->name);
	else if (path->up)
		more = snprintf(out + n, cap - n, "[%zu]", path->index);
	else
		more = 0;
	return n + (size_t)more < cap ? n + (size_t)more : cap - 1;
}

/* Macro, so that the text stays a literal of metod_fail and reaches the catalogue. */
#define fail_at(load, path, code, ...)                                                   \
	metod_fail((load)->err, (code), path_name((path), (char[PATH_MAX_BYTES]){0}),    \
	    __VA_ARGS__)

static const char *path_name(const struct path *path, char out[PATH_MAX_BYTES])
{
	path_text(path, out, PATH_MAX_BYTES);
	return out;
}

/* An error of lib/base names the field alone; gives it the whole path. */
static enum metod_err at_path(
    struct load *load, const struct path *path, enum metod_err code)
{
	if (code && load->err)
		fail_at(load, path, code, "%s", load->err->message);
	return code;
}

static enum metod_err wrong_kind(struct load *load, const struct path *path)
{
	return fail_at(load, path, METOD_FORMAT, "has a value of the wrong kind");
}

static enum metod_err too_large(struct load *load, const struct path *path)
{
	return fail_at(load, path, METOD_RANGE, "does not fit into a whole number");
}

/* ---- values ---- */

/* Text in an integer field: ids beyond 2^53, dates, decimals. */
static enum metod_err load_text_number(struct load *load, const struct metod_field *field,
    enum metod_kind kind, const msgpack_object *value, const struct path *path, void *at)
{
	struct metod_field one = *field;
	struct metod_str text = {value->via.str.ptr, value->via.str.size};

	one.kind = kind;
	one.offset = 0;
	one.flags |= METOD_REQ; /* empty text is not a number */
	one.flags &= ~(unsigned)METOD_NULL;
	one.low = one.high = 0; /* checked later with the whole field */
	return at_path(
	    load, path, metod_field_parse(&one, at, text, load->arena, load->err));
}

static bool is_float(const msgpack_object *value)
{
	return value->type == MSGPACK_OBJECT_FLOAT32 ||
	    value->type == MSGPACK_OBJECT_FLOAT64;
}

static enum metod_err load_u64(struct load *load, const struct metod_field *field,
    const msgpack_object *value, const struct path *path, uint64_t *ret)
{
	bool named = load->keys == METOD_KEYS_NAME;

	if (value->type == MSGPACK_OBJECT_POSITIVE_INTEGER) {
		*ret = value->via.u64;
		return METOD_OK;
	}
	if (value->type == MSGPACK_OBJECT_NEGATIVE_INTEGER)
		return fail_at(load, path, METOD_RANGE, "must not be negative");
	if (named && value->type == MSGPACK_OBJECT_STR)
		return load_text_number(load, field, METOD_KIND_U64, value, path, ret);
	if (!named || !is_float(value) || !(floor(value->via.f64) >= value->via.f64))
		return wrong_kind(load, path);
	if (!(value->via.f64 >= 0 && value->via.f64 < 0x1p64))
		return too_large(load, path);
	*ret = (uint64_t)value->via.f64;
	return METOD_OK;
}

static enum metod_err load_i64(struct load *load, const struct metod_field *field,
    const msgpack_object *value, const struct path *path, int64_t *ret)
{
	bool named = load->keys == METOD_KEYS_NAME;
	int64_t number;

	if (value->type == MSGPACK_OBJECT_POSITIVE_INTEGER) {
		if (value->via.u64 > INT64_MAX)
			return too_large(load, path);
		number = (int64_t)value->via.u64;
	} else if (value->type == MSGPACK_OBJECT_NEGATIVE_INTEGER) {
		number = value->via.i64;
	} else if (named && value->type == MSGPACK_OBJECT_STR) {
		enum metod_err e =
		    load_text_number(load, field, METOD_KIND_I64, value, path, &number);

		if (e)
			return e;
	} else if (named && is_float(value) && floor(value->via.f64) >= value->via.f64) {
		if (!(value->via.f64 >= -0x1p63 && value->via.f64 < 0x1p63))
			return too_large(load, path);
		number = (int64_t)value->via.f64;
	} else {
		return wrong_kind(load, path);
	}
	if (number == METOD_NIL && field->flags & METOD_NULL)
		return too_large(load, path); /* it would read back as "no value" */
	*ret = number;
	return METOD_OK;
}

static enum metod_err load_real(
    struct load *load, const msgpack_object *value, const struct path *path, double *ret)
{
	if (value->type == MSGPACK_OBJECT_POSITIVE_INTEGER)
		*ret = (double)value->via.u64;
	else if (value->type == MSGPACK_OBJECT_NEGATIVE_INTEGER)
		*ret = (double)value->via.i64;
	else if (is_float(value))
		*ret = value->via.f64;
	else
		return wrong_kind(load, path);
	return METOD_OK;
}

/* An element of a list: no check of the field comes after it. */
static enum metod_err load_finite(
    struct load *load, const msgpack_object *value, const struct path *path, double *ret)
{
	enum metod_err e = load_real(load, value, path, ret);

	if (!e && !isfinite(*ret))
		e = fail_at(load, path, METOD_RANGE, "is not a number");
	return e;
}

/* Slices of the copy of the message in the arena. */
static enum metod_err load_bytes(struct load *load, msgpack_object_type type,
    const msgpack_object *value, const struct path *path, struct metod_str *ret)
{
	if (value->type != type)
		return wrong_kind(load, path);
	if (type == MSGPACK_OBJECT_BIN)
		*ret = (struct metod_str){value->via.bin.ptr, value->via.bin.size};
	else
		*ret = (struct metod_str){value->via.str.ptr, value->via.str.size};
	return METOD_OK;
}

static enum metod_err load_elements(struct load *load, const struct metod_field *field,
    const msgpack_object *value, const struct path *path, void *items)
{
	enum metod_err e = METOD_OK;

	for (size_t i = 0; i < value->via.array.size && !e; i++) {
		const msgpack_object *element = &value->via.array.ptr[i];
		struct path here = {path, NULL, i};

		if (field->kind == METOD_KIND_U64S)
			e = load_u64(load, field, element, &here, (uint64_t *)items + i);
		else if (field->kind == METOD_KIND_I64S)
			e = load_i64(load, field, element, &here, (int64_t *)items + i);
		else if (field->kind == METOD_KIND_REALS)
			e = load_finite(load, element, &here, (double *)items + i);
		else if (field->kind == METOD_KIND_STRS)
			e = load_bytes(load, MSGPACK_OBJECT_STR, element, &here,
			    (struct metod_str *)items + i);
		else
			e = load_record(load, field->sub, element, &here,
			    (char *)items + i * field->sub->size);
	}
	return e;
}

/* The count is checked before memory is taken for it. */
static enum metod_err load_list(struct load *load, const struct metod_field *field,
    const msgpack_object *value, const struct path *path, void *at)
{
	size_t each = field->kind == METOD_KIND_RECS ? field->sub->size
	    : field->kind == METOD_KIND_STRS         ? sizeof(struct metod_str)
						     : sizeof(uint64_t);
	struct metod_field count = *field;
	struct {
		void *p;
		size_t n;
	} list;
	enum metod_err e;

	if (value->type != MSGPACK_OBJECT_ARRAY)
		return wrong_kind(load, path);
	list.p = NULL;
	list.n = value->via.array.size;
	if (list.n == 0 && !(field->flags & METOD_REQ))
		return METOD_OK;
	count.kind = METOD_KIND_RECS; /* only the count; elements come below */
	count.offset = 0;
	e = at_path(load, path, metod_field_check(&count, &list, load->err));
	if (e)
		return e;
	list.p = metod_arena_array(load->arena, list.n, each);
	memcpy(at, &list, sizeof(list));
	return load_elements(load, field, value, path, list.p);
}

static enum metod_err load_sub(struct load *load, const struct metod_field *field,
    const msgpack_object *value, const struct path *path, void *at)
{
	void *sub = metod_arena_alloc(load->arena, field->sub->size);
	enum metod_err e = load_record(load, field->sub, value, path, sub);

	if (!e)
		memcpy(at, &sub, sizeof(sub));
	return e;
}

static enum metod_err load_value(struct load *load, const struct metod_field *field,
    const msgpack_object *value, const struct path *path, void *record)
{
	void *at = (char *)record + field->offset;

	switch (field->kind) {
	case METOD_KIND_U64:
		return load_u64(load, field, value, path, at);
	case METOD_KIND_I64:
		return load_i64(load, field, value, path, at);
	case METOD_KIND_REAL:
		return load_real(load, value, path, at);
	case METOD_KIND_BOOL:
		if (value->type != MSGPACK_OBJECT_BOOLEAN)
			return wrong_kind(load, path);
		*(bool *)at = value->via.boolean;
		return METOD_OK;
	case METOD_KIND_STR:
		return load_bytes(load, MSGPACK_OBJECT_STR, value, path, at);
	case METOD_KIND_BIN:
		return load_bytes(load, MSGPACK_OBJECT_BIN, value, path, at);
	case METOD_KIND_U64S:
	case METOD_KIND_I64S:
	case METOD_KIND_REALS:
	case METOD_KIND_STRS:
	case METOD_KIND_RECS:
		return load_list(load, field, value, path, at);
	case METOD_KIND_REC:
		return load_sub(load, field, value, path, at);
	}
	return wrong_kind(load, path);
}

/* ---- fields of a record ---- */

/* Nil is "absent" where absence is allowed. */
static bool absent(const struct metod_field *field, const msgpack_object *value)
{
	return value->type == MSGPACK_OBJECT_NIL &&
	    (!(field->flags & METOD_REQ) || field->flags & METOD_NULL);
}

/* An empty text or list of an optional field is "absent" whatever the lower bound says; a
 * number that was given counts. */
static bool unchecked(const struct metod_field *field, const void *record)
{
	return !(field->flags & METOD_REQ) && field->kind >= METOD_KIND_STR &&
	    metod_field_empty(field, record);
}

static enum metod_err load_field(struct load *load, const struct metod_field *field,
    const msgpack_object *value, const struct path *up, void *record)
{
	struct path path = {up, field->name, 0};
	enum metod_err e;

	if (absent(field, value))
		return METOD_OK;
	if (value->type == MSGPACK_OBJECT_NIL)
		return fail_at(load, &path, METOD_MISSING, "must not be empty");
	e = load_value(load, field, value, &path, record);
	if (e || unchecked(field, record))
		return e;
	return at_path(load, &path, metod_field_check(field, record, load->err));
}

static enum metod_err unknown_field(struct load *load, const struct metod_desc *desc,
    struct metod_str name, const struct path *up)
{
	/* The name comes from outside: shown only when it is text of a sane length. */
	bool show = name.n <= 60 && metod_utf8_ok(name) &&
	    !(name.n && memchr(name.p, '\n', name.n));
	const char *nearest = metod_desc_nearest(desc, name), *shown = "?";
	struct path path;

	if (show)
		shown = metod_arena_z(load->arena, name);
	path = (struct path){up, shown, 0};
	fail_at(load, &path, METOD_UNKNOWN, "there is no such field");
	if (nearest && load->err && load->keys == METOD_KEYS_NAME)
		metod_hint(load->err, "perhaps %s?", nearest);
	return METOD_UNKNOWN;
}

/* Does the key name this field? The kind of the key was checked. */
static bool is_key_of(
    const struct load *load, const msgpack_object *key, const struct metod_field *field)
{
	if (load->keys == METOD_KEYS_INT)
		return field->key == key->via.u64;
	return metod_str_is(
	    (struct metod_str){key->via.str.ptr, key->via.str.size}, field->name);
}

static enum metod_err no_field(struct load *load, const struct metod_desc *desc,
    const msgpack_object *key, const struct path *path)
{
	struct metod_str name = {key->via.str.ptr, key->via.str.size};

	if (load->unknown_ok)
		return METOD_OK;
	if (load->keys == METOD_KEYS_INT)
		name = metod_arena_printf(
		    load->arena, "%llu", (unsigned long long)key->via.u64);
	return unknown_field(load, desc, name, path);
}

/* Finds the field of a key; *ret is NULL for one that is to be skipped. Records come in
 * the order of the descriptor, so the search begins at `from`, behind the last one. */
static enum metod_err find_field(struct load *load, const struct metod_desc *desc,
    const msgpack_object *key, const struct path *path, size_t from,
    const struct metod_field **ret)
{
	*ret = NULL;
	if (load->keys == METOD_KEYS_NAME && key->type != MSGPACK_OBJECT_STR)
		return fail_at(load, path, METOD_FORMAT, "has a key that is not text");
	if (load->keys == METOD_KEYS_INT && key->type != MSGPACK_OBJECT_POSITIVE_INTEGER)
		return fail_at(
		    load, path, METOD_FORMAT, "has a key that is not a number");
	for (size_t i = 0; i < desc->count; i++, from++) {
		if (from >= desc->count)
			from = 0;
		if (!is_key_of(load, key, &desc->fields[from]))
			continue;
		*ret = &desc->fields[from];
		return METOD_OK;
	}
	return no_field(load, desc, key, path);
}

static enum metod_err load_record(struct load *load, const struct metod_desc *desc,
    const msgpack_object *map, const struct path *path, void *record)
{
	uint64_t seen = 0;
	size_t next = 0;

	if (map->type != MSGPACK_OBJECT_MAP)
		return wrong_kind(load, path);
	metod_record_init(desc, record);
	for (size_t i = 0; i < map->via.map.size; i++) {
		const msgpack_object_kv *pair = &map->via.map.ptr[i];
		const struct metod_field *field;
		enum metod_err e = find_field(load, desc, &pair->key, path, next, &field);

		if (!e && !field)
			continue;
		if (!e && seen & UINT64_C(1) << (field - desc->fields))
			e = fail_at(load, (&(struct path){path, field->name, 0}),
			    METOD_FORMAT, "is given twice");
		if (!e)
			e = load_field(load, field, &pair->val, path, record);
		if (e)
			return e;
		next = (size_t)(field - desc->fields);
		seen |= UINT64_C(1) << next++;
	}
	for (size_t i = 0; i < desc->count; i++) {
		const struct metod_field *field = &desc->fields[i];

		if (field->flags & METOD_REQ && !(seen & UINT64_C(1) << i))
			return fail_at(load, (&(struct path){path, field->name, 0}),
			    METOD_MISSING, "is required");
	}
	return METOD_OK;
}

enum metod_err metod_load(const struct metod_desc *desc, struct metod_str bytes,
    enum metod_keys keys, bool unknown_ok, struct metod_arena *arena, void *ret_record,
    struct metod_error *err)
{
	struct load load = {keys, unknown_ok, arena, err};
	const struct path root = {NULL, NULL, 0};
	msgpack_unpacked tree;
	size_t at = 0;
	enum metod_err e = METOD_OK;
	void *scratch;

	if (!metod_wire_whole(bytes))
		return metod_fail(err, METOD_FORMAT, "", "is not one acceptable object");
	/* The decoder's texts point into the bytes it is given. */
	bytes = metod_arena_str(arena, bytes);
	scratch = metod_arena_alloc(arena, desc->size);
	msgpack_unpacked_init(&tree);
	switch (msgpack_unpack_next(&tree, bytes.p, bytes.n, &at)) {
	case MSGPACK_UNPACK_SUCCESS:
		break;
	case MSGPACK_UNPACK_NOMEM_ERROR:
		metod_no_memory(); /* depth and sizes were checked */
	case MSGPACK_UNPACK_EXTRA_BYTES:
	case MSGPACK_UNPACK_CONTINUE:
	case MSGPACK_UNPACK_PARSE_ERROR:
		e = metod_fail(err, METOD_FORMAT, "", "is not one acceptable object");
		break;
	}
	if (!e)
		e = load_record(&load, desc, &tree.data, &root, scratch);
	msgpack_unpacked_destroy(&tree);
	if (!e)
		memcpy(ret_record, scratch, desc->size);
	return e;
}
