/* SPDX-License-Identifier: Apache-2.0
 * Text of files: whole-file UTF-8 check with a place, folding for comparison, words,
 * nearest word. Knows two alphabets, Latin and Russian; no language rules (those are in
 * check_text.c). */
#include "internal.h"

#include <stdio.h>
#include <string.h>

enum {
	EXCERPT = 40,
	NBSP = 0xa0,
	BOM = 0xfeff,
	BAD = 0xfffd,
};

const char *conf_excerpt(struct source *source, struct metod_str text)
{
	size_t at = 0, count = 0;

	while (at < text.n && count < EXCERPT) {
		metod_utf8_next(text, &at);
		count++;
	}
	if (at == text.n)
		return metod_arena_z(source->arena, text);
	return metod_arena_printf(source->arena, "%.*s…", (int)at, text.p).p;
}

static bool control(struct metod_str text, size_t at, uint32_t point)
{
	if (point == '\r')
		return at + 1 >= text.n || text.p[at + 1] != '\n';
	return (point < 0x20 && point != '\t' && point != '\n') ||
	    (point >= 0x7f && point <= 0x9f) || point == BOM || (point | 1) == 0xffff;
}

static void hint_control(struct source *source, struct metod_issue *issue, uint32_t point)
{
	if (point == 0) /* every second byte of UTF-16 */
		conf_hint(source, issue,
		    "save the file as UTF-8; in a spreadsheet program "
		    "choose \"CSV UTF-8\"");
	else if (point == '\r')
		conf_hint(source, issue,
		    "save the file with line ends of Windows or Unix, not of an old Mac");
	else
		conf_hint(source, issue,
		    "delete this character: it cannot be seen, often it comes with "
		    "copied text");
}

bool conf_text_ok(struct source *source, struct metod_str *bytes)
{
	size_t line = 1, column = 1;
	struct metod_issue *issue;

	if (bytes->n >= 3 && memcmp(bytes->p, "\xef\xbb\xbf", 3) == 0)
		*bytes = (struct metod_str){bytes->p + 3, bytes->n - 3};
	for (size_t at = 0; at < bytes->n; column++) {
		size_t from = at;
		uint32_t point = metod_utf8_next(*bytes, &at);

		if (point == BAD && at - from == 1) {
			issue = conf_error(source, line, column,
			    "this is not UTF-8 text (byte %02x)",
			    (unsigned char)bytes->p[from]);
			conf_hint(source, issue,
			    "save the file as UTF-8; in a spreadsheet program "
			    "choose \"CSV UTF-8\"");
			return false;
		}
		if (control(*bytes, from, point)) {
			issue = conf_error(
			    source, line, column, "control character U+%04X", point);
			hint_control(source, issue, point);
			return false;
		}
		if (point == '\n') {
			line++;
			column = 0;
		}
	}
	return true;
}

uint32_t conf_lower(uint32_t point)
{
	if (point >= 'A' && point <= 'Z')
		return point + 32;
	if (point >= 0x410 && point <= 0x42f) /* А..Я */
		return point + 32;
	if (point == 0x401 || point == 0x451) /* Ё, ё: people write both е and ё */
		return 0x435;
	return point;
}

bool conf_cyrillic(uint32_t point)
{
	return point >= 0x400 && point <= 0x52f;
}

bool conf_latin(uint32_t point)
{
	return (point >= 'a' && point <= 'z') || (point >= 'A' && point <= 'Z');
}

static bool space(uint32_t point)
{
	return point == ' ' || point == '\t' || point == '\n' || point == '\r' ||
	    point == NBSP;
}

/* Points of the two alphabets keep their length when they become small. */
static size_t put(char *out, uint32_t point)
{
	if (point < 0x80) {
		out[0] = (char)point;
		return 1;
	}
	out[0] = (char)(0xc0 | point >> 6);
	out[1] = (char)(0x80 | (point & 0x3f));
	return 2;
}

struct metod_str conf_fold(struct metod_str text, struct metod_arena *arena)
{
	char *out = metod_arena_alloc(arena, text.n + 1);
	size_t n = 0;
	bool gap = false;

	for (size_t at = 0; at < text.n;) {
		size_t from = at;
		uint32_t point = metod_utf8_next(text, &at);

		if (space(point)) {
			gap = n > 0;
			continue;
		}
		if (gap)
			out[n++] = ' ';
		gap = false;
		if (point < 0x80 || (point >= 0x400 && point < 0x460)) {
			n += put(out + n, conf_lower(point));
		} else {
			memcpy(out + n, text.p + from, at - from);
			n += at - from;
		}
	}
	return (struct metod_str){out, n};
}

static bool word_point(uint32_t point)
{
	return conf_latin(point) || conf_cyrillic(point) ||
	    (point >= '0' && point <= '9') || point == '-' ||
	    (point >= 0xc0 && point < 0x250) || (point >= 0x300 && point < 0x370);
}

bool conf_word(struct metod_str text, size_t *at, struct metod_str *ret_word)
{
	size_t from, next;

	for (from = next = *at; from < text.n; from = next) {
		uint32_t point = metod_utf8_next(text, &next);

		if (word_point(point) && point != '-')
			break;
	}
	if (from >= text.n)
		return false;
	for (*at = next; next < text.n; *at = next) {
		if (!word_point(metod_utf8_next(text, &next)))
			break;
	}
	*ret_word = (struct metod_str){text.p + from, *at - from};
	return true;
}

const char *conf_nearest(const char *const *words, size_t n, struct metod_str word)
{
	/* In a short word every letter counts. */
	size_t best = word.n < 5 ? (word.n + 1) / 2 + 1 : 4;
	const char *nearest = NULL;

	for (size_t i = 0; i < n; i++) {
		size_t far = metod_edit_distance(word, metod_str(words[i]), best);

		if (far < best) {
			best = far;
			nearest = words[i];
		}
	}
	return nearest;
}

bool conf_id_ok(struct metod_str id)
{
	for (size_t i = 0; i < id.n; i++) {
		char c = id.p[i];
		bool solid = conf_latin((unsigned char)c) || (c >= '0' && c <= '9');

		if (!solid && (i == 0 || (c != '-' && c != '_' && c != '.')))
			return false;
	}
	return id.n > 0;
}
