/* SPDX-License-Identifier: Apache-2.0
 * Text of one field and back: command line, CSV cell, HTML form.
 * Dates are 2026-11-21 or 21.11.2026, thousandths are decimals with a point (a comma is
 * also read), bytes are hexadecimal. Translation is the caller's. */
#include "metod/desc.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MILLI_DIGITS = 3 };

static void *member(const struct metod_field *field, void *record)
{
	return (char *)record + field->offset;
}

/* ---- reading ---- */

/* Macro, so that the text stays a literal of metod_fail and reaches the catalogue. */
#define not_a(field, text, err) metod_fail((err), METOD_FORMAT, (field)->name, text)

/* "1.25" or "1,25" -> 1250; at most three digits behind the point. */
static bool milli_parse(struct metod_str s, int64_t *ret)
{
	bool minus = s.n && s.p[0] == '-';
	char sep = s.n && memchr(s.p, ',', s.n) ? ',' : '.';
	bool dot = s.n && memchr(s.p, sep, s.n);
	struct metod_str whole = metod_str_cut(&s, sep);
	int64_t value, part = 0;

	if (!metod_str_i64(whole, &value) || (dot && (s.n == 0 || s.n > MILLI_DIGITS)))
		return false;
	if (dot) {
		uint64_t digits;

		if (!metod_str_u64(s, &digits))
			return false;
		part = (int64_t)digits;
		for (size_t n = s.n; n < MILLI_DIGITS; n++)
			part *= 10;
	}
	if (__builtin_mul_overflow(value, 1000, &value))
		return false;
	return !__builtin_add_overflow(value, minus ? -part : part, ret);
}

/* Two digits at `at`, below `limit`. */
static bool two(struct metod_str s, size_t at, uint64_t limit, int64_t *ret)
{
	uint64_t value;

	if (s.n < at + 2 || !metod_str_u64((struct metod_str){s.p + at, 2}, &value) ||
	    value >= limit)
		return false;
	*ret = (int64_t)value;
	return true;
}

/* Z or +hh:mm or -hh:mm; a moment without a zone is not a moment. */
static bool zone_parse(struct metod_str s, int64_t *ret_minutes)
{
	int64_t hours, minutes;

	if (metod_str_is(s, "Z")) {
		*ret_minutes = 0;
		return true;
	}
	if (s.n != 6 || (s.p[0] != '+' && s.p[0] != '-') || s.p[3] != ':' ||
	    !two(s, 1, 24, &hours) || !two(s, 4, 60, &minutes))
		return false;
	*ret_minutes = (hours * 60 + minutes) * (s.p[0] == '-' ? -1 : 1);
	return true;
}

/* 2026-11-21T14:05[:09[.250]]Z */
static bool time_parse(struct metod_str s, int64_t *ret_ms)
{
	int64_t days, hour, minute, second = 0, ms = 0, zone;
	size_t at = 16;

	if (s.n < 17 || (s.p[10] != 'T' && s.p[10] != ' ') || s.p[13] != ':' ||
	    !metod_date_parse((struct metod_str){s.p, 10}, &days) ||
	    !two(s, 11, 24, &hour) || !two(s, 14, 60, &minute))
		return false;
	if (s.p[at] == ':') {
		if (!two(s, at + 1, 60, &second))
			return false;
		at += 3;
	}
	if (at + 4 <= s.n && s.p[at] == '.') {
		uint64_t fraction;

		if (!metod_str_u64((struct metod_str){s.p + at + 1, 3}, &fraction))
			return false;
		ms = (int64_t)fraction;
		at += 4;
	}
	if (!zone_parse((struct metod_str){s.p + at, s.n - at}, &zone))
		return false;
	*ret_ms = ((days * 1440 + hour * 60 + minute - zone) * 60 + second) * 1000 + ms;
	return true;
}

static enum metod_err parse_i64(const struct metod_field *field, struct metod_str text,
    int64_t *ret, struct metod_error *err)
{
	if (field->flags & METOD_DATE)
		return metod_date_parse(text, ret)
		    ? METOD_OK
		    : not_a(field, "is not a date like 2026-11-21 or 21.11.2026", err);
	if (field->flags & METOD_TIME)
		return time_parse(text, ret) || metod_str_i64(text, ret)
		    ? METOD_OK
		    : not_a(field, "is not a time like 2026-11-21T14:05:00Z", err);
	if (field->flags & METOD_MILLI)
		return milli_parse(text, ret)
		    ? METOD_OK
		    : not_a(field, "is not a number with at most three decimals", err);
	return metod_str_i64(text, ret) ? METOD_OK
					: not_a(field, "is not a whole number", err);
}

static enum metod_err parse_u64(const struct metod_field *field, struct metod_str text,
    uint64_t *ret, struct metod_error *err)
{
	int64_t value;

	if (!(field->flags & METOD_MILLI))
		return metod_str_u64(text, ret)
		    ? METOD_OK
		    : not_a(field, "is not a whole number from 0 up", err);
	if (!milli_parse(text, &value) || value < 0 || text.p[0] == '-')
		return not_a(field, "is not a number with at most three decimals", err);
	*ret = (uint64_t)value;
	return METOD_OK;
}

static enum metod_err parse_real(const struct metod_field *field, struct metod_str text,
    double *ret, struct metod_error *err)
{
	char copy[64];
	char *comma;

	if (text.n >= sizeof(copy))
		return not_a(field, "is not a number", err);
	memcpy(copy, text.p, text.n);
	comma = memchr(copy, ',', text.n);
	if (comma)
		*comma = '.';
	return metod_str_real((struct metod_str){copy, text.n}, ret)
	    ? METOD_OK
	    : not_a(field, "is not a number", err);
}

static enum metod_err parse_bool(const struct metod_field *field, struct metod_str text,
    bool *ret, struct metod_error *err)
{
	static const char *const yes[] = {"1", "true", "yes", "on", "да"};
	static const char *const no[] = {"0", "false", "no", "off", "нет"};

	for (size_t i = 0; i < METOD_LEN(yes); i++) {
		if (metod_str_is(text, yes[i]) || metod_str_is(text, no[i])) {
			*ret = metod_str_is(text, yes[i]);
			return METOD_OK;
		}
	}
	return not_a(field, "is neither yes nor no", err);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static enum metod_err parse_bin(const struct metod_field *field, struct metod_str text,
    struct metod_arena *arena, struct metod_str *ret, struct metod_error *err)
{
	char *bytes = metod_arena_alloc(arena, text.n / 2);

	for (size_t i = 0; i + 1 < text.n; i += 2) {
		int high = hex_digit(text.p[i]), low = hex_digit(text.p[i + 1]);

		if (high < 0 || low < 0)
			return not_a(field, "is not hexadecimal", err);
		bytes[i / 2] = (char)(high << 4 | low);
	}
	if (text.n % 2)
		return not_a(field, "is not hexadecimal", err);
	*ret = (struct metod_str){bytes, text.n / 2};
	return METOD_OK;
}

/* One element at *at: the scalar kinds and the elements of lists. */
static enum metod_err parse_one(const struct metod_field *field, enum metod_kind kind,
    struct metod_str text, void *at, struct metod_arena *arena, struct metod_error *err)
{
	struct metod_str copy;

	switch (kind) {
	case METOD_KIND_U64:
		return parse_u64(field, text, at, err);
	case METOD_KIND_I64:
		return parse_i64(field, text, at, err);
	case METOD_KIND_REAL:
		return parse_real(field, text, at, err);
	case METOD_KIND_BOOL:
		return parse_bool(field, text, at, err);
	case METOD_KIND_STR:
		copy = metod_arena_str(arena, text);
		memcpy(at, &copy, sizeof(copy));
		return METOD_OK;
	case METOD_KIND_BIN:
		return parse_bin(field, text, arena, at, err);
	case METOD_KIND_U64S:
	case METOD_KIND_I64S:
	case METOD_KIND_REALS:
	case METOD_KIND_STRS:
	case METOD_KIND_REC:
	case METOD_KIND_RECS:
		break;
	}
	return not_a(field, "cannot be given as text", err);
}

static enum metod_err parse_list(const struct metod_field *field, enum metod_kind element,
    struct metod_str text, void *at, struct metod_arena *arena, struct metod_error *err)
{
	size_t each =
	    element == METOD_KIND_STR ? sizeof(struct metod_str) : sizeof(uint64_t);
	struct metod_strs list = {NULL, 0}; /* same shape as the other lists */
	size_t n = 1;
	char *items;

	for (size_t i = 0; i < text.n; i++)
		n += text.p[i] == ',';
	items = metod_arena_array(arena, n, each);
	for (size_t i = 0; i < n; i++) {
		struct metod_str item = metod_str_trim(metod_str_cut(&text, ','));
		enum metod_err e;

		if (item.n == 0)
			return not_a(field, "has an empty element", err);
		e = parse_one(field, element, item, items + i * each, arena, err);
		if (e)
			return e;
	}
	list.n = n;
	memcpy(at, &list, sizeof(list));
	memcpy(at, &items, sizeof(items));
	return METOD_OK;
}

/* Empty text is "absent". */
static enum metod_err parse_nothing(
    const struct metod_field *field, void *record, struct metod_error *err)
{
	const struct metod_desc only = {"", 0, 1, field};
	const struct metod_str zero = {NULL, 0};

	if (field->flags & METOD_REQ && !(field->flags & METOD_NULL))
		return metod_fail(err, METOD_MISSING, field->name, "must not be empty");
	switch (field->kind) {
	case METOD_KIND_BOOL:
		*(bool *)member(field, record) = false;
		break;
	case METOD_KIND_U64:
	case METOD_KIND_I64:
	case METOD_KIND_REAL:
	case METOD_KIND_REC:
		memset(member(field, record), 0, sizeof(uint64_t));
		break;
	case METOD_KIND_STR:
	case METOD_KIND_BIN:
	case METOD_KIND_U64S:
	case METOD_KIND_I64S:
	case METOD_KIND_REALS:
	case METOD_KIND_STRS:
	case METOD_KIND_RECS:
		memcpy(member(field, record), &zero, sizeof(zero));
		break;
	}
	metod_record_init(&only, record); /* METOD_NIL where the field may be null */
	return METOD_OK;
}

enum metod_err metod_field_parse(const struct metod_field *field, void *record,
    struct metod_str text, struct metod_arena *arena, struct metod_error *err)
{
	/* Into a place of its own first: *record is untouched on failure. */
	union {
		uint64_t natural;
		int64_t whole;
		double real;
		bool truth;
		struct metod_str text;
		struct metod_strs list;
	} value;
	struct metod_field alone = *field;
	size_t bytes = sizeof(uint64_t);
	enum metod_err e;

	if (field->kind != METOD_KIND_STR)
		text = metod_str_trim(text);
	if (text.n == 0)
		return parse_nothing(field, record, err);
	memset(&value, 0, sizeof(value));
	if (field->kind == METOD_KIND_U64S)
		e = parse_list(field, METOD_KIND_U64, text, &value, arena, err);
	else if (field->kind == METOD_KIND_I64S)
		e = parse_list(field, METOD_KIND_I64, text, &value, arena, err);
	else if (field->kind == METOD_KIND_REALS)
		e = parse_list(field, METOD_KIND_REAL, text, &value, arena, err);
	else if (field->kind == METOD_KIND_STRS)
		e = parse_list(field, METOD_KIND_STR, text, &value, arena, err);
	else
		e = parse_one(field, field->kind, text, &value, arena, err);
	alone.offset = 0;
	if (!e)
		e = metod_field_check(&alone, &value, err);
	if (e)
		return e;
	if (field->kind == METOD_KIND_BOOL)
		bytes = sizeof(bool);
	else if (field->kind >= METOD_KIND_STR)
		bytes = sizeof(struct metod_str);
	memcpy(member(field, record), &value, bytes);
	return METOD_OK;
}

/* ---- writing ---- */

/* 1250 -> "1.25", 1000 -> "1.0" */
static struct metod_str milli_text(int64_t value, struct metod_arena *arena)
{
	uint64_t size = value < 0 ? -(uint64_t)value : (uint64_t)value;
	struct metod_str text =
	    metod_arena_printf(arena, "%s%llu.%03llu", value < 0 ? "-" : "",
		(unsigned long long)(size / 1000), (unsigned long long)(size % 1000));

	for (int cut = 0; cut < MILLI_DIGITS - 1 && text.p[text.n - 1] == '0'; cut++)
		text.n--;
	return text;
}

struct metod_str metod_real_text(double value, struct metod_arena *arena)
{
	struct metod_str text = {NULL, 0};

	if (!isfinite(value))
		return METOD_STR("");
	for (int digits = 6; digits <= 17; digits++) {
		double back;

		text = metod_arena_printf(arena, "%.*g", digits, value);
		if (metod_str_real(text, &back) && !(back < value || back > value))
			break;
	}
	return text;
}

static struct metod_str i64_text(const struct metod_field *field, int64_t value,
    int zone_minutes, struct metod_arena *arena)
{
	char text[32];

	if (field->flags & METOD_NULL && value == METOD_NIL)
		return METOD_STR("");
	if (field->flags & METOD_MILLI)
		return milli_text(value, arena);
	if (field->flags & METOD_DATE)
		metod_date_format(value, text);
	else if (field->flags & METOD_TIME)
		metod_time_format(value, zone_minutes, text);
	else
		snprintf(text, sizeof(text), "%lld", (long long)value);
	return metod_arena_strz(arena, text);
}

static struct metod_str u64_text(
    const struct metod_field *field, uint64_t value, struct metod_arena *arena)
{
	if (field->flags & METOD_MILLI && value <= INT64_MAX)
		return milli_text((int64_t)value, arena);
	return metod_arena_printf(arena, "%llu", (unsigned long long)value);
}

static struct metod_str hex_text(struct metod_str bytes, struct metod_arena *arena)
{
	static const char digit[] = "0123456789abcdef";
	char *text = metod_arena_array(arena, bytes.n, 2);

	for (size_t i = 0; i < bytes.n; i++) {
		text[2 * i] = digit[(uint8_t)bytes.p[i] >> 4];
		text[2 * i + 1] = digit[(uint8_t)bytes.p[i] & 15];
	}
	return (struct metod_str){text, 2 * bytes.n};
}

static struct metod_str join(
    const struct metod_str *items, size_t n, struct metod_arena *arena)
{
	size_t total = 0;
	char *text, *at;

	for (size_t i = 0; i < n; i++)
		total += items[i].n + 2;
	text = at = metod_arena_alloc(arena, total);
	for (size_t i = 0; i < n; i++) {
		if (i) {
			memcpy(at, ", ", 2);
			at += 2;
		}
		if (items[i].n)
			memcpy(at, items[i].p, items[i].n);
		at += items[i].n;
	}
	return (struct metod_str){text, (size_t)(at - text)};
}

/* One element of a list of numbers: all are eight bytes. */
static struct metod_str number_text(const struct metod_field *field, const uint64_t *at,
    int zone_minutes, struct metod_arena *arena)
{
	double real;

	if (field->kind == METOD_KIND_U64S)
		return u64_text(field, *at, arena);
	if (field->kind == METOD_KIND_I64S)
		return i64_text(field, (int64_t)*at, zone_minutes, arena);
	memcpy(&real, at, sizeof(real));
	return metod_real_text(real, arena);
}

static struct metod_str numbers_text(const struct metod_field *field, const uint64_t *p,
    size_t n, int zone_minutes, struct metod_arena *arena)
{
	struct metod_str *items = METOD_NEWS(arena, n, struct metod_str);

	for (size_t i = 0; i < n; i++)
		items[i] = number_text(field, &p[i], zone_minutes, arena);
	return join(items, n, arena);
}

struct metod_str metod_field_text(const struct metod_field *field, const void *record,
    int zone_minutes, struct metod_arena *arena)
{
	const void *at = (const char *)record + field->offset;
	struct metod_str list = {NULL, 0};

	if (field->kind >= METOD_KIND_STR && field->kind != METOD_KIND_REC)
		memcpy(&list, at, sizeof(list));
	/* A date that was never set is not 1970-01-01. */
	if (field->flags & (METOD_DATE | METOD_TIME) && !(field->flags & METOD_REQ) &&
	    metod_field_empty(field, record))
		return METOD_STR("");
	switch (field->kind) {
	case METOD_KIND_U64:
		return u64_text(field, *(const uint64_t *)at, arena);
	case METOD_KIND_I64:
		return i64_text(field, *(const int64_t *)at, zone_minutes, arena);
	case METOD_KIND_REAL:
		return metod_real_text(*(const double *)at, arena);
	case METOD_KIND_BOOL:
		return *(const bool *)at ? METOD_STR("yes") : METOD_STR("no");
	case METOD_KIND_STR:
		return list;
	case METOD_KIND_BIN:
		return hex_text(list, arena);
	case METOD_KIND_U64S:
	case METOD_KIND_I64S:
	case METOD_KIND_REALS:
		return numbers_text(
		    field, (const void *)list.p, list.n, zone_minutes, arena);
	case METOD_KIND_STRS:
		return join((const void *)list.p, list.n, arena);
	case METOD_KIND_RECS:
		return metod_arena_printf(arena, "%zu", list.n);
	case METOD_KIND_REC:
		break;
	}
	return METOD_STR("");
}
