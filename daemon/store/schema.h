/* SPDX-License-Identifier: Apache-2.0
 * The lists of tables.h as arrays, and the keys that they describe. Knows no LMDB.
 * Everything that is generic in the store (apply, indexes, erasure, verification) walks
 * over these rows; no other code of the store knows a table by name, except IDEM and
 * FORGOTTEN. */
#pragma once

#include "metod/tables.h"

enum {
	SCHEMA_FIELDS = 3,   /* fields of one key */
	SCHEMA_INDEXES = 6,  /* indexes of one table */
	SCHEMA_TABLES = 64,  /* table numbers are below this */
	SCHEMA_DBS = 256,    /* table and index numbers are below this */
	SCHEMA_KEY_MAX = 480 /* LMDB takes 511; parts of long values add a few bytes */
};

struct schema_fields {
	const struct metod_field *p[SCHEMA_FIELDS];
	size_t n;
};

struct schema_index {
	const char *name;
	unsigned number;
	unsigned table;
	struct schema_fields fields; /* the primary key follows them */
};

struct schema_table {
	const char *name;
	unsigned number;
	const struct metod_desc *desc;
	struct schema_fields key;
	const struct metod_field *person; /* NULL: no data of a person */
	enum metod_erase erase;
	const struct schema_index *indexes[SCHEMA_INDEXES];
	size_t n_indexes;
	/* Where the rows of one person are found: number of an index or of the table
	 * itself. */
	unsigned by_person;
};

/* Builds the arrays, once; any thread. A contradiction in tables.h ends the process. */
void metod_schema_init(void);
/* NULL: no such number. */
const struct schema_table *metod_schema_table(unsigned number);
const struct schema_index *metod_schema_index(unsigned number);
/* Table whose row an event puts; NULL: no such event. */
const struct schema_table *metod_schema_event(unsigned kind);
/* Value of the field that names the person; 0 for tables without one. */
uint64_t metod_schema_person(const struct schema_table *table, const void *record);

struct metod_key {
	size_t n;
	uint8_t p[SCHEMA_KEY_MAX];
};

/* Appends the first `count` of the fields: numbers big-endian (I64 with the sign bit
 * turned, so that order holds), text with a closing NUL, bytes behind their length.
 * False: no key of this store. */
bool metod_key_add(struct metod_key *key, const struct schema_fields *fields,
    size_t count, const void *record);
/* Primary key of the record; false when it is too long. */
bool metod_key_row(
    struct metod_key *key, const struct schema_table *table, const void *record);
/* Index entry of the record: index fields and primary key. */
bool metod_key_index(
    struct metod_key *key, const struct schema_index *index, const void *record);
/* Bytes that the index fields take in an index entry; 0 when the entry is malformed. */
size_t metod_key_skip(const struct schema_fields *fields, const uint8_t *p, size_t n);
/* The key for a person's eyes: numbers decimal, words as they are, bytes in hexadecimal;
 * what does not parse is hexadecimal as a whole. No personal data in primary keys. */
void metod_key_text(const struct schema_fields *fields, const uint8_t *p, size_t n,
    char *out, size_t out_bytes);
