/* SPDX-License-Identifier: Apache-2.0
 * Descriptors: what every consumer of a record needs: finding a field, checking bounds,
 * "absent", deep copy, digest. Text forms of values are in field_text.c.
 * Knows no format. Lists of sub-records are read through memcpy, because each field has
 * its own anonymous struct type of pointer and count. */
#include "metod/desc.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
	NEAR = 3,       /* edit distance at which a name is no longer a guess */
	HASH_DEPTH = 8, /* deeper sub-descriptors count by name only; a cycle ends here */
};

const struct metod_desc none_desc = {"none", 0, 0, NULL};

/* Shape shared by all list members. */
struct list {
	void *p;
	size_t n;
};

static const void *member(const struct metod_field *field, const void *record)
{
	return (const char *)record + field->offset;
}

static struct list list_of(const struct metod_field *field, const void *record)
{
	struct list list;

	memcpy(&list, member(field, record), sizeof(list));
	return list;
}

static int64_t i64_of(const struct metod_field *field, const void *record)
{
	int64_t value;

	memcpy(&value, member(field, record), sizeof(value));
	return value;
}

const struct metod_field *metod_desc_field(
    const struct metod_desc *desc, struct metod_str name)
{
	for (size_t i = 0; i < desc->count; i++) {
		if (metod_str_is(name, desc->fields[i].name))
			return &desc->fields[i];
	}
	return NULL;
}

const char *metod_desc_nearest(const struct metod_desc *desc, struct metod_str name)
{
	/* In a short name every letter counts: "ab" is not a slip of "xy". */
	size_t best = name.n < 5 ? (name.n + 1) / 2 + 1 : NEAR + 1;
	const char *nearest = NULL;

	if (best > NEAR + 1)
		best = NEAR + 1;
	for (size_t i = 0; i < desc->count; i++) {
		size_t far =
		    metod_edit_distance(name, metod_str(desc->fields[i].name), best);

		if (far < best) {
			best = far;
			nearest = desc->fields[i].name;
		}
	}
	return nearest;
}

bool metod_field_empty(const struct metod_field *field, const void *record)
{
	const void *at = member(field, record);
	double real;
	bool truth;
	void *sub;

	switch (field->kind) {
	case METOD_KIND_I64:
		return i64_of(field, record) ==
		    (field->flags & METOD_NULL ? METOD_NIL : 0);
	case METOD_KIND_U64:
		return i64_of(field, record) == 0;
	case METOD_KIND_REAL:
		memcpy(&real, at, sizeof(real));
		return !(real < 0 || real > 0) && !isnan(real);
	case METOD_KIND_BOOL:
		memcpy(&truth, at, sizeof(truth));
		return !truth;
	case METOD_KIND_REC:
		memcpy(&sub, at, sizeof(sub));
		return sub == NULL;
	case METOD_KIND_STR:
	case METOD_KIND_BIN:
	case METOD_KIND_U64S:
	case METOD_KIND_I64S:
	case METOD_KIND_REALS:
	case METOD_KIND_STRS:
	case METOD_KIND_RECS:
		return list_of(field, record).n == 0;
	}
	return true;
}

/* A bound as people read it. */
static void bound_text(const struct metod_field *field, double bound, char out[32])
{
	if (field->kind == METOD_KIND_I64 && field->flags & METOD_DATE)
		metod_date_format((int64_t)bound, out);
	else if (field->kind == METOD_KIND_I64 && field->flags & METOD_TIME)
		metod_time_format((int64_t)bound, 0, out);
	else
		snprintf(
		    out, 32, "%.15g", field->flags & METOD_MILLI ? bound / 1000 : bound);
}

static bool bounded(const struct metod_field *field)
{
	return field->low < 0 || field->low > 0 || field->high < 0 || field->high > 0;
}

enum what { VALUE, BYTES, ELEMENTS };

static enum metod_err check_bounds(const struct metod_field *field, double value,
    enum what what, struct metod_error *err)
{
	const char *name = field->name;
	char low[32], high[32];

	if (!bounded(field) || (value >= field->low && value <= field->high))
		return METOD_OK;
	bound_text(field, field->low, low);
	bound_text(field, field->high, high);
	switch (what) {
	case VALUE:
		return metod_fail(
		    err, METOD_RANGE, name, "must be from %s to %s", low, high);
	case BYTES:
		return metod_fail(err, METOD_RANGE, name,
		    "must be from %s to %s bytes long", low, high);
	case ELEMENTS:
		break;
	}
	return metod_fail(
	    err, METOD_RANGE, name, "must have from %s to %s elements", low, high);
}

static enum metod_err check_text(
    const struct metod_field *field, struct metod_str text, struct metod_error *err)
{
	if (metod_utf8_ok(text))
		return METOD_OK;
	return metod_fail(err, METOD_FORMAT, field->name,
	    "is not UTF-8 text or has control characters");
}

static enum metod_err check_texts(
    const struct metod_field *field, struct list list, struct metod_error *err)
{
	const struct metod_str *texts = list.p;

	for (size_t i = 0; i < list.n; i++) {
		enum metod_err e = check_text(field, texts[i], err);

		if (e)
			return e;
	}
	return METOD_OK;
}

enum metod_err metod_field_check(
    const struct metod_field *field, const void *record, struct metod_error *err)
{
	struct list list;
	uint64_t natural;
	double real;
	enum metod_err e = METOD_OK;

	switch (field->kind) {
	case METOD_KIND_U64:
		memcpy(&natural, member(field, record), sizeof(natural));
		return check_bounds(field, (double)natural, VALUE, err);
	case METOD_KIND_I64:
		if (field->flags & METOD_NULL && metod_field_empty(field, record))
			return METOD_OK;
		return check_bounds(field, (double)i64_of(field, record), VALUE, err);
	case METOD_KIND_REAL:
		memcpy(&real, member(field, record), sizeof(real));
		if (!isfinite(real))
			return metod_fail(
			    err, METOD_RANGE, field->name, "is not a finite number");
		return check_bounds(field, real, VALUE, err);
	case METOD_KIND_BOOL:
	case METOD_KIND_REC:
		return METOD_OK;
	case METOD_KIND_STR:
	case METOD_KIND_BIN:
		list = list_of(field, record);
		if (field->kind == METOD_KIND_STR)
			e = check_text(field, (struct metod_str){list.p, list.n}, err);
		return e ? e : check_bounds(field, (double)list.n, BYTES, err);
	case METOD_KIND_STRS:
		list = list_of(field, record);
		e = check_texts(field, list, err);
		return e ? e : check_bounds(field, (double)list.n, ELEMENTS, err);
	case METOD_KIND_U64S:
	case METOD_KIND_I64S:
	case METOD_KIND_REALS:
	case METOD_KIND_RECS:
		return check_bounds(
		    field, (double)list_of(field, record).n, ELEMENTS, err);
	}
	return METOD_OK;
}

void metod_record_init(const struct metod_desc *desc, void *record)
{
	const int64_t nil = METOD_NIL;

	for (size_t i = 0; i < desc->count; i++) {
		const struct metod_field *field = &desc->fields[i];

		if (field->kind == METOD_KIND_I64 && field->flags & METOD_NULL)
			memcpy((char *)record + field->offset, &nil, sizeof(nil));
	}
}

static void *copy_bytes(
    struct metod_arena *arena, const void *from, size_t n, size_t each)
{
	void *copy;

	if (n == 0)
		return NULL;
	copy = metod_arena_array(arena, n, each);
	return memcpy(copy, from, n * each);
}

/* The member of the new record still points into the old one; gives it its own memory. */
static void copy_member(
    const struct metod_field *field, void *to, struct metod_arena *arena)
{
	struct metod_str *texts;
	struct list list;
	char *rows;

	if (field->kind < METOD_KIND_STR)
		return; /* a scalar is smaller than a list */
	list = list_of(field, to);
	switch (field->kind) {
	case METOD_KIND_STR:
	case METOD_KIND_BIN:
		list.p = copy_bytes(arena, list.p, list.n, 1);
		break;
	case METOD_KIND_U64S:
	case METOD_KIND_I64S:
	case METOD_KIND_REALS:
		list.p = copy_bytes(arena, list.p, list.n, sizeof(uint64_t));
		break;
	case METOD_KIND_STRS:
		texts = list.p = copy_bytes(arena, list.p, list.n, sizeof(*texts));
		for (size_t i = 0; i < list.n; i++)
			texts[i] = metod_arena_str(arena, texts[i]);
		break;
	case METOD_KIND_RECS:
		rows = list.p;
		list.p = metod_arena_array(arena, list.n, field->sub->size);
		for (size_t i = 0; i < list.n; i++)
			metod_record_copy(field->sub,
			    (char *)list.p + i * field->sub->size,
			    rows + i * field->sub->size, arena);
		break;
	case METOD_KIND_U64:
	case METOD_KIND_I64:
	case METOD_KIND_REAL:
	case METOD_KIND_BOOL:
	case METOD_KIND_REC:
		return;
	}
	memcpy((char *)to + field->offset, &list, sizeof(list));
}

static void copy_sub(const struct metod_field *field, void *to, struct metod_arena *arena)
{
	void *old, *copy;

	memcpy(&old, member(field, to), sizeof(old));
	if (!old)
		return;
	copy = metod_arena_alloc(arena, field->sub->size);
	metod_record_copy(field->sub, copy, old, arena);
	memcpy((char *)to + field->offset, &copy, sizeof(copy));
}

void metod_record_copy(
    const struct metod_desc *desc, void *to, const void *from, struct metod_arena *arena)
{
	memmove(to, from, desc->size);
	for (size_t i = 0; i < desc->count; i++) {
		if (desc->fields[i].kind == METOD_KIND_REC)
			copy_sub(&desc->fields[i], to, arena);
		else
			copy_member(&desc->fields[i], to, arena);
	}
}

static uint64_t hash_number(uint64_t seed, uint64_t number)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(number >> 8 * i);
	return metod_hash64(seed, bytes, sizeof(bytes));
}

static uint64_t hash_real(uint64_t seed, double number)
{
	uint64_t bits;

	number += 0; /* -0 becomes 0 */
	memcpy(&bits, &number, sizeof(bits));
	return hash_number(seed, bits);
}

/* Titles, offsets and display flags are left out: they do not change the format. */
static uint64_t hash_desc(uint64_t seed, const struct metod_desc *desc, unsigned depth)
{
	const unsigned display =
	    METOD_HIDE | METOD_LONG | METOD_ARG | METOD_TOKEN | METOD_SUBJECT;
	uint64_t hash = metod_hash64(seed, desc->name, strlen(desc->name));

	if (depth == HASH_DEPTH)
		return hash;
	hash = hash_number(hash, desc->count);
	for (size_t i = 0; i < desc->count; i++) {
		const struct metod_field *field = &desc->fields[i];

		hash = metod_hash64(hash, field->name, strlen(field->name));
		hash = hash_number(hash, field->kind);
		hash = hash_number(hash, field->key);
		hash = hash_number(hash, field->flags & ~display);
		hash = hash_real(hash, field->low);
		hash = hash_real(hash, field->high);
		hash = hash_desc(hash, field->sub, depth + 1);
	}
	return hash;
}

uint64_t metod_desc_hash(uint64_t seed, const struct metod_desc *desc)
{
	return hash_desc(seed, desc, 0);
}
