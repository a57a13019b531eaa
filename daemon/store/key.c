/* SPDX-License-Identifier: Apache-2.0
 * Keys of rows and indexes as bytes. Every field ends by itself, so that the fields of an
 * index entry can be told from the primary key behind them and a prefix never matches
 * half a field. */
#include "schema.h"

#include <stdio.h>
#include <string.h>

static bool add_bytes(struct metod_key *key, const void *bytes, size_t n)
{
	if (n > sizeof(key->p) - key->n)
		return false;
	if (n)
		memcpy(key->p + key->n, bytes, n);
	key->n += n;
	return true;
}

static bool add_number(struct metod_key *key, uint64_t number)
{
	uint8_t bytes[8];

	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(number >> (56 - 8 * i));
	return add_bytes(key, bytes, sizeof(bytes));
}

static bool add_field(
    struct metod_key *key, const struct metod_field *field, const void *member)
{
	struct metod_str bytes;
	uint64_t number;
	uint8_t length;

	if (field->kind == METOD_KIND_U64 || field->kind == METOD_KIND_I64) {
		memcpy(&number, member, sizeof(number));
		return add_number(
		    key, field->kind == METOD_KIND_I64 ? number ^ 1ULL << 63 : number);
	}
	memcpy(&bytes, member, sizeof(bytes));
	if (field->kind == METOD_KIND_STR)
		return (!bytes.n || !memchr(bytes.p, 0, bytes.n)) &&
		    add_bytes(key, bytes.p, bytes.n) && add_bytes(key, "", 1);
	length = (uint8_t)bytes.n;
	return bytes.n == length && add_bytes(key, &length, 1) &&
	    add_bytes(key, bytes.p, bytes.n);
}

bool metod_key_add(struct metod_key *key, const struct schema_fields *fields,
    size_t count, const void *record)
{
	for (size_t i = 0; i < count && i < fields->n; i++) {
		const struct metod_field *field = fields->p[i];

		if (!add_field(key, field, (const char *)record + field->offset))
			return false;
	}
	return true;
}

bool metod_key_row(
    struct metod_key *key, const struct schema_table *table, const void *record)
{
	key->n = 0;
	return metod_key_add(key, &table->key, SCHEMA_FIELDS, record);
}

bool metod_key_index(
    struct metod_key *key, const struct schema_index *index, const void *record)
{
	const struct schema_table *table = metod_schema_table(index->table);

	key->n = 0;
	return metod_key_add(key, &index->fields, SCHEMA_FIELDS, record) &&
	    metod_key_add(key, &table->key, SCHEMA_FIELDS, record);
}

size_t metod_key_skip(const struct schema_fields *fields, const uint8_t *p, size_t n)
{
	size_t at = 0;

	for (size_t i = 0; i < fields->n; i++) {
		enum metod_kind kind = fields->p[i]->kind;

		if (at >= n)
			return 0;
		if (kind == METOD_KIND_STR) {
			const uint8_t *end = memchr(p + at, 0, n - at);

			if (!end)
				return 0;
			at = (size_t)(end - p) + 1;
		} else {
			at +=
			    kind == METOD_KIND_BIN ? (size_t)p[at] + 1 : sizeof(uint64_t);
		}
	}
	return at < n ? at : 0;
}

/* ---- for people ---- */

/* Appends what fits; the rest is cut. */
static void put_text(char *out, size_t size, const char *text)
{
	size_t at = strlen(out);

	snprintf(out + at, size - at, "%s%s", at ? " " : "", text);
}

static void put_hex(char *out, size_t size, const uint8_t *p, size_t n)
{
	char hex[2 * 24 + 1] = "";

	for (size_t i = 0; i < n && i < 24; i++)
		snprintf(hex + 2 * i, 3, "%02x", p[i]);
	put_text(out, size, hex);
}

/* Bytes of the field at p; 0: it does not parse. */
static size_t put_field(
    char *out, size_t size, const struct metod_field *field, const uint8_t *p, size_t n)
{
	char number[24];
	uint64_t value = 0;
	const uint8_t *end;

	switch ((int)field->kind) {
	case METOD_KIND_STR:
		end = memchr(p, 0, n);
		if (!end ||
		    !metod_utf8_ok(
			(struct metod_str){(const char *)p, (size_t)(end - p)}))
			return 0;
		put_text(out, size, (const char *)p);
		return (size_t)(end - p) + 1;
	case METOD_KIND_BIN:
		if (!n || (size_t)p[0] + 1 > n)
			return 0;
		put_hex(out, size, p + 1, p[0]);
		return (size_t)p[0] + 1;
	default:
		if (n < sizeof(value))
			return 0;
		for (size_t i = 0; i < sizeof(value); i++)
			value = value << 8 | p[i];
		if (field->kind == METOD_KIND_I64)
			value ^= 1ULL << 63;
		snprintf(number, sizeof(number),
		    field->kind == METOD_KIND_I64 ? "%lld" : "%llu", (long long)value);
		put_text(out, size, number);
		return sizeof(value);
	}
}

void metod_key_text(const struct schema_fields *fields, const uint8_t *p, size_t n,
    char *out, size_t out_bytes)
{
	size_t at = 0;

	out[0] = 0;
	for (size_t i = 0; i < fields->n; i++) {
		size_t took = put_field(out, out_bytes, fields->p[i], p + at, n - at);

		if (!took) {
			out[0] = 0;
			put_hex(out, out_bytes, p, n);
			return;
		}
		at += took;
	}
}
