/* SPDX-License-Identifier: Apache-2.0
 * Shared by the log and its tests only. */
#pragma once

#include <stdarg.h>

#include "metod/base.h"

struct log_line {
	char *p;
	size_t n, cap;
	bool full; /* something did not fit: nothing is added any more */
};
/* A value as it stands behind '='; cut at about 1000 bytes. */
void log_value(struct log_line *line, struct metod_str value);
/* Conversions: s .*s d u x, the numbers also with l, ll and z. A pair that does not fit
 * is left out whole, and all behind it. */
void log_pairs(struct log_line *line, const char *format, va_list *args);
