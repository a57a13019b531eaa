/* SPDX-License-Identifier: Apache-2.0
 * Shared by the writers of lib/wire only: one walk over the record (emit.c), one table of
 * functions per form of output. */
#pragma once

#include "internal.h"

struct writer {
	const struct metod_emit *how;
	struct metod_buf *out;
	struct metod_arena *arena;          /* for the time of one metod_emit */
	const struct metod_field **columns; /* of the rows, in order */
	size_t columns_n;
	size_t members; /* of the document: its fields and the rows */
	bool demo;   /* the mark is to be written, and no field of the record says it */
	size_t done; /* fields or rows written so far at this place: commas */
	/* table: the rows of the pass */
	const void **rows;
	size_t rows_n;
};

/* Every function is present in every table. */
struct writer_ops {
	const char *name;
	bool rows_only; /* `field` is not called: the form knows rows and nothing else */
	void (*begin)(struct writer *writer);
	void (*field)(
	    struct writer *writer, const struct metod_field *field, const void *record);
	void (*rows_begin)(struct writer *writer, size_t count);
	void (*row)(struct writer *writer, const void *record);
	void (*rows_end)(struct writer *writer);
	void (*end)(struct writer *writer);
};

extern const struct writer_ops metod_writer_json, metod_writer_jsonl, metod_writer_csv,
    metod_writer_tsv, metod_writer_msgpack, metod_writer_text;

/* May this output show the field at all (METOD_SECRET)? */
bool metod_writer_shows(const struct writer *writer, const struct metod_field *field);
/* The value as a JSON value. */
void metod_json_value(
    struct writer *writer, const struct metod_field *field, const void *record);
/* 2026-11-21T14:05:00Z, with milliseconds when there are any; the plain number outside
 * the years 1..9999. */
struct metod_str metod_writer_moment(int64_t time_ms, struct metod_arena *arena);
/* Is the field a date or moment that was never set? */
bool metod_writer_no_date(const struct metod_field *field, const void *record);
