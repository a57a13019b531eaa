/* SPDX-License-Identifier: Apache-2.0
 * Slices, numbers in text, UTF-8. Never allocates, never looks at the locale.
 * Every reader is safe on any bytes; "valid UTF-8 expected" means only that the answer
 * is meaningful then. */
#include "metod/base.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	REAL_TEXT_MAX = 64,   /* longest number that metod_str_real reads */
	EDIT_POINTS_MAX = 64, /* longer words are simply "far" */
	BAD_POINT = 0xfffd,
};

struct metod_str metod_str(const char *z)
{
	return (struct metod_str){z, z ? strlen(z) : 0};
}

bool metod_str_eq(struct metod_str a, struct metod_str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool metod_str_is(struct metod_str a, const char *z)
{
	return metod_str_eq(a, metod_str(z));
}

int metod_str_cmp(struct metod_str a, struct metod_str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n ? memcmp(a.p, b.p, n) : 0;

	if (order)
		return order;
	return (a.n > b.n) - (a.n < b.n);
}

bool metod_str_starts(struct metod_str s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s.n >= n && (n == 0 || memcmp(s.p, prefix, n) == 0);
}

static bool space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

struct metod_str metod_str_trim(struct metod_str s)
{
	while (s.n && space(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n && space(s.p[s.n - 1]))
		s.n--;
	return s;
}

struct metod_str metod_str_cut(struct metod_str *s, char sep)
{
	const char *at = s->n ? memchr(s->p, sep, s->n) : NULL;
	struct metod_str head = *s;

	if (!at) {
		*s = (struct metod_str){s->n ? s->p + s->n : s->p, 0};
		return head;
	}
	head.n = (size_t)(at - s->p);
	*s = (struct metod_str){at + 1, s->n - head.n - 1};
	return head;
}

bool metod_str_u64(struct metod_str s, uint64_t *ret)
{
	uint64_t value = 0;

	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(s.p[i] - '0'), &value))
			return false;
	}
	*ret = value;
	return true;
}

bool metod_str_i64(struct metod_str s, int64_t *ret)
{
	bool minus = s.n && s.p[0] == '-';
	uint64_t size;

	if (s.n && (s.p[0] == '-' || s.p[0] == '+')) {
		s.p++;
		s.n--;
	}
	if (!metod_str_u64(s, &size) || size > (uint64_t)INT64_MAX + (minus ? 1 : 0))
		return false;
	if (minus)
		*ret = size > INT64_MAX ? INT64_MIN : -(int64_t)size;
	else
		*ret = (int64_t)size;
	return true;
}

/* Length of the run of digits at `at`. */
static size_t digits(struct metod_str s, size_t at)
{
	size_t n = 0;

	while (at + n < s.n && s.p[at + n] >= '0' && s.p[at + n] <= '9')
		n++;
	return n;
}

/* [+-] digits [. digits] [e [+-] digits]: narrower than strtod, which also reads "nan",
 * "inf" and hexadecimal numbers. */
static bool real_shape(struct metod_str s)
{
	size_t at = s.n && (s.p[0] == '-' || s.p[0] == '+');
	size_t whole = digits(s, at), part = 0, power;

	at += whole;
	if (at < s.n && s.p[at] == '.') {
		part = digits(s, ++at);
		at += part;
	}
	if (whole + part == 0)
		return false;
	if (at < s.n && (s.p[at] == 'e' || s.p[at] == 'E')) {
		at++;
		if (at < s.n && (s.p[at] == '-' || s.p[at] == '+'))
			at++;
		power = digits(s, at);
		if (power == 0)
			return false;
		at += power;
	}
	return at == s.n;
}

bool metod_str_real(struct metod_str s, double *ret)
{
	char text[REAL_TEXT_MAX];
	double value;

	if (s.n >= sizeof(text) || !real_shape(s))
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	value = strtod(text, NULL);
	if (!isfinite(value))
		return false;
	*ret = value;
	return true;
}

/* Decodes at s.p[at]; returns the length of the sequence, 0 when it is not
 * well-formed. */
static size_t decode(struct metod_str s, size_t at, uint32_t *ret)
{
	static const uint32_t lowest[] = {0, 0, 0x80, 0x800, 0x10000};
	uint8_t first = (uint8_t)s.p[at];
	uint32_t point;
	size_t n;

	if (first < 0x80) {
		*ret = first;
		return 1;
	}
	if (first >= 0xc2 && first <= 0xdf)
		n = 2;
	else if (first >= 0xe0 && first <= 0xef)
		n = 3;
	else if (first >= 0xf0 && first <= 0xf4)
		n = 4;
	else
		return 0;
	if (s.n - at < n)
		return 0;
	point = first & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		uint8_t next = (uint8_t)s.p[at + i];

		if ((next & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (next & 0x3f);
	}
	if (point < lowest[n] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
		return 0;
	*ret = point;
	return n;
}

bool metod_utf8_ok(struct metod_str s)
{
	for (size_t at = 0; at < s.n;) {
		uint32_t point;

		if (s.p[at] >= 0x20 && s.p[at] <= 0x7e) { /* most of all bytes */
			at++;
			continue;
		}
		size_t n = decode(s, at, &point);
		if (n == 0)
			return false;
		if (point < 0x20 && point != '\t' && point != '\n')
			return false;
		if (point >= 0x7f && point <= 0x9f)
			return false;
		at += n;
	}
	return true;
}

size_t metod_utf8_turns(struct metod_str s, size_t at)
{
	const unsigned char *p = (const unsigned char *)s.p + at;

	if (s.n - at < 3 || p[0] != 0xe2)
		return 0;
	return (p[1] == 0x80 && p[2] >= 0xaa && p[2] <= 0xae) ||
		(p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9)
	    ? 3
	    : 0;
}

size_t metod_utf8_count(struct metod_str s)
{
	size_t count = 0;

	for (size_t at = 0; at < s.n; count++)
		metod_utf8_next(s, &at);
	return count;
}

uint32_t metod_utf8_next(struct metod_str s, size_t *at)
{
	uint32_t point;
	size_t n;

	if (*at >= s.n)
		return 0;
	n = decode(s, *at, &point);
	if (n == 0) {
		*at += 1;
		return BAD_POINT;
	}
	*at += n;
	return point;
}

static size_t points(struct metod_str s, uint32_t *out)
{
	size_t n = 0;

	for (size_t at = 0; at < s.n && n < EDIT_POINTS_MAX;)
		out[n++] = metod_utf8_next(s, &at);
	return n;
}

/* One row of the Levenshtein table at a time. */
size_t metod_edit_distance(struct metod_str a, struct metod_str b, size_t cap)
{
	uint32_t pa[EDIT_POINTS_MAX], pb[EDIT_POINTS_MAX];
	size_t row[EDIT_POINTS_MAX + 1];
	size_t na = points(a, pa), nb = points(b, pb);

	if (metod_utf8_count(a) != na || metod_utf8_count(b) != nb)
		return metod_str_eq(a, b) ? 0 : cap;
	for (size_t j = 0; j <= nb; j++)
		row[j] = j;
	for (size_t i = 1; i <= na; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t j = 1; j <= nb; j++) {
			size_t swap = corner + (pa[i - 1] != pb[j - 1]);
			size_t drop = row[j] + 1, add = row[j - 1] + 1;
			size_t best = drop < add ? drop : add;

			corner = row[j];
			row[j] = swap < best ? swap : best;
		}
	}
	return row[nb] < cap ? row[nb] : cap;
}
