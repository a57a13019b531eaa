/* SPDX-License-Identifier: Apache-2.0
 * What the readers of a matching share: mapped files, and rows whose columns come in any
 * order. */
#pragma once

#include "internal.h"

enum { ROWS_COLUMNS_MAX = 4 };

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
