/* SPDX-License-Identifier: Apache-2.0
 * What the readers of problems to solve share: mapped files, rows whose columns come in
 * any order, and ids that become numbers. */
#pragma once

#include "internal.h"

enum { ROWS_COLUMNS_MAX = 7 };

/* A file with some columns in any order. */
struct rows {
	struct csv_scan scan;
	size_t at[ROWS_COLUMNS_MAX]; /* column of each wanted name */
	size_t columns;
};

/* Reads the header; false with issues when a column is missing. */
bool rows_begin(struct rows *rows, struct source *source, struct metod_str bytes,
    const char *const *names, size_t n);
/* False at the end. Rows of another length are reported and left out. */
bool rows_next(struct rows *rows);
/* The cell under the i-th wanted name. */
const struct cell *rows_cell(const struct rows *rows, size_t i);
/* The same as a whole number; an issue, and `low`, when it is none in low..high. */
int64_t rows_number(const struct rows *rows, size_t i, int64_t low, int64_t high);

enum metod_err solve_map(struct source *source, struct metod_str *ret);
void solve_unmap(struct metod_str bytes);

/* ---- ids: numbered in their own order, each with one number of its row ---- */
struct ids {
	struct metod_str *id;
	uint32_t *value;
	size_t *line;
	size_t n, room;
	/* hash table of numbers + 1 */
	uint32_t *slot;
	size_t slots;
};

/* False, with an issue, when the id is empty or one too many. */
bool ids_add(
    struct ids *ids, const struct rows *rows, struct metod_str id, uint32_t value);
/* In order of ids, each once, with a table to find them. */
void ids_settle(struct source *source, struct ids *ids);
/* The columns "id" and `value`; issues name what is wrong. */
void ids_read(struct source *source, struct metod_str bytes, const char *value,
    int64_t low, int64_t high, struct ids *ret);
/* Number of the id in the cell; UINT32_MAX when there is no such id. */
uint32_t ids_index(const struct rows *rows, size_t column, const struct ids *ids);
void ids_unknown(const struct rows *rows, size_t column, const char *file);
