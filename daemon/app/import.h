/* SPDX-License-Identifier: Apache-2.0
 * The one way registers come in from files: rows are staged until the last part,
 * resolved, compared with what is stored, and written all or nothing. */
#pragma once

#include "internal.h"

struct metod_stages *stages_new(void);
void stages_free(struct metod_stages *stages);

/* What every import request carries. */
struct import_part {
	uint64_t stage;
	bool last, dry_run, skip_bad;
	const void *rows;
	size_t n_rows;
	struct metod_strs columns; /* of the file; none: all of the row */
};

struct import;
/* One register. `resolve` turns row i into a whole new record (allocated in call->arena),
 * or marks the row as bad with import_bad() and returns NULL. */
struct importer {
	const struct metod_desc *row;
	const struct metod_desc *record;
	enum metod_event_kind event;
	enum metod_table table;
	size_t code_offset; /* of `code` in the row */
	bool merge; /* rows with one code make one record (sessions of an activity) */
	void *(*resolve)(struct import *import, size_t i);
	/* Stored record of this code, NULL when new. */
	const void *(*stored)(struct metod_call *call, struct metod_str code);
};

struct import {
	struct metod_call *call;
	const struct importer *kind;
	struct metod_strs columns;
	const char *rows; /* contiguous rows of kind->row->size */
	size_t n_rows;
	struct metod_str *bad; /* message of row i; empty: good */
	const char **bad_column;
	struct code_slot *slots; /* code -> first row, open addressing */
	size_t n_slots;
	uint64_t *ids;       /* id of row i: stored or fresh */
	const void **before; /* stored record of row i or NULL */
};
const void *import_row(const struct import *import, size_t i);
struct metod_str import_code(const struct import *import, size_t i);
/* Row of this code in the same file; SIZE_MAX none. */
size_t import_find(const struct import *import, struct metod_str code);
void *import_bad(struct import *import, size_t i, const char *column, const char *format,
    ...) METOD_PRINTF(4, 5);

/* Letters written in two parts become whole: "и" + breve is «й» (letters.c). */
struct metod_str import_compose(struct metod_str text, struct metod_arena *arena);

enum metod_err import_run(struct metod_call *call, const struct importer *kind,
    const struct import_part *part, struct metod_import_rep *rep);
