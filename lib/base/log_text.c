/* SPDX-License-Identifier: Apache-2.0
 * One line of the log as text: `event=name key=value`, where a value that is not a plain
 * word stands in quotes and cannot leave them, whatever bytes it has. So a line can be
 * taken apart again by a machine, and nobody writes lines or colours into it. */
#include "log_text.h"

#include <stdio.h>
#include <string.h>

enum { VALUE_MAX = 1000 };

static void put(struct log_line *line, const char *p, size_t n)
{
	if (line->full || n > line->cap - line->n) {
		line->full = true;
		return;
	}
	memcpy(line->p + line->n, p, n);
	line->n += n;
}

static bool plain(struct metod_str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c <= 0x20 || c >= 0x7f || c == '"' || c == '=' || c == '\\')
			return false;
	}
	return s.n > 0;
}

/* One character of a quoted value: printable UTF-8 stays, the rest becomes \" \\ \xHH.
 * U+0080 to U+009F are control characters too. Returns how many bytes it read. */
static size_t put_quoted(struct log_line *line, struct metod_str rest)
{
	unsigned char c = (unsigned char)rest.p[0];
	char hex[5];
	size_t n = 0;

	if (c == '"' || c == '\\') {
		put(line, "\\", 1);
		put(line, rest.p, 1);
		return 1;
	}
	if (c >= 0x20 && c < 0x7f) {
		put(line, rest.p, 1);
		return 1;
	}
	if (c >= 0x80 && metod_utf8_next(rest, &n) >= 0xa0 &&
	    metod_utf8_ok((struct metod_str){rest.p, n})) {
		put(line, rest.p, n);
		return n;
	}
	snprintf(hex, sizeof(hex), "\\x%02x", c);
	put(line, hex, 4);
	return 1;
}

void log_value(struct log_line *line, struct metod_str value)
{
	size_t i = 0, begin = line->n;

	if (plain(value) && value.n <= VALUE_MAX) {
		put(line, value.p, value.n);
		return;
	}
	put(line, "\"", 1);
	while (i < value.n && line->n - begin < VALUE_MAX)
		i += put_quoted(line, (struct metod_str){value.p + i, value.n - i});
	if (i < value.n)
		put(line, "...", 3);
	put(line, "\"", 1);
}

/* ---- the conversions that the log knows ---- */

struct walk {
	const char *at; /* behind '%' */
	va_list *args;
};

static void put_string(struct log_line *line, struct walk *walk)
{
	const char *text;
	size_t most = SIZE_MAX;

	if (!strncmp(walk->at, ".*", 2)) {
		int n = va_arg(*walk->args, int);

		most = n < 0 ? 0 : (size_t)n;
		walk->at += 2;
	}
	text = va_arg(*walk->args, const char *);
	walk->at++;
	if (!text)
		text = "";
	log_value(line, (struct metod_str){text, strnlen(text, most)});
}

static void put_number(struct log_line *line, struct walk *walk)
{
	size_t longs = strspn(walk->at, "l");
	bool size = walk->at[longs] == 'z';
	char kind = walk->at[longs + size], text[32];
	long long number;

	if (size)
		number = (long long)va_arg(*walk->args, size_t);
	else if (longs == 2)
		number = va_arg(*walk->args, long long);
	else if (longs == 1)
		number = va_arg(*walk->args, long);
	else if (kind == 'd')
		number = va_arg(*walk->args, int);
	else
		number = va_arg(*walk->args, unsigned);
	put(line, text,
	    (size_t)snprintf(text, sizeof(text),
		kind == 'd'       ? "%lld"
		    : kind == 'x' ? "%llx"
				  : "%llu",
		number));
	walk->at += longs + size + (kind != '\0');
}

void log_pairs(struct log_line *line, const char *format, va_list *args)
{
	size_t whole = line->n; /* end of the last pair that fits */
	struct walk walk = {.args = args};

	while (*format) {
		size_t n = strcspn(format, "% ");

		put(line, format, n);
		format += n;
		if (*format == '%') {
			walk.at = format + 1;
			if (strchr(".s", *walk.at))
				put_string(line, &walk);
			else
				put_number(line, &walk);
			format = walk.at;
		}
		if (*format == ' ' || *format == '\0') {
			if (!line->full)
				whole = line->n;
			put(line, format, *format != '\0');
			format += *format != '\0';
		}
	}
	if (line->full)
		line->n = whole;
}
