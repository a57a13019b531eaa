/* SPDX-License-Identifier: Apache-2.0
 * The head of a request, byte by byte and then line by line. What the HTTP library would
 * forgive (a bare LF, a folded line, NUL, two spaces) ends here, because a program in
 * front of us may read it in another way. */
#include "head.h"

#include <string.h>

enum at { BEGIN, TEXT, CR, LINE, LAST_CR };

static bool plain(char c)
{
	unsigned char byte = (unsigned char)c;

	return (byte >= 0x20 && byte != 0x7f) || c == '\t';
}

/* The place after this byte; -1: it may not stand here. */
static int next_place(enum at at, char c)
{
	switch (at) {
	case BEGIN:
		return c >= 'A' && c <= 'z' ? TEXT : -1;
	case TEXT:
		return c == '\r' ? CR : plain(c) ? TEXT : -1;
	case CR:
		return c == '\n' ? LINE : -1;
	case LINE:
		if (c == '\r')
			return LAST_CR;
		return plain(c) && c != ' ' && c != '\t' ? TEXT : -1;
	case LAST_CR:
		return c == '\n' ? BEGIN : -1;
	}
	return -1;
}

int web_look(
    struct web_look *look, const char *bytes, size_t n, size_t *ret_n, bool *ret_whole)
{
	*ret_whole = false;
	for (size_t i = 0; i < n; i++) {
		int place = next_place((enum at)look->at, bytes[i]);

		if (place < 0)
			return 400;
		look->at = (unsigned char)place;
		look->first = look->first || place == LINE;
		*ret_n = i + 1;
		*ret_whole = place == BEGIN;
		if (*ret_whole)
			return 0;
		if (++look->n > METOD_HTTP_HEADERS_BYTES)
			return look->first ? 431 : 414;
	}
	return 0;
}

/* "HTTP/1.1" */
static bool read_version(struct metod_str s, struct web_head *head)
{
	if (s.n != 8 || !metod_str_starts(s, "HTTP/") || s.p[6] != '.' || s.p[5] < '0' ||
	    s.p[5] > '9' || s.p[7] < '0' || s.p[7] > '9')
		return false;
	head->major = s.p[5] - '0';
	head->minor = s.p[7] - '0';
	return true;
}

/* Everything before the next CR LF, which is cut off as well. */
static struct metod_str cut_line(struct metod_str *s)
{
	struct metod_str line = metod_str_cut(s, '\r');

	if (s->n) {
		s->p++;
		s->n--;
	}
	return line;
}

static bool read_request_line(struct metod_str line, struct web_head *head)
{
	head->method = metod_str_cut(&line, ' ');
	head->target = metod_str_cut(&line, ' ');
	return head->method.n && head->target.n && read_version(line, head);
}

int web_head_parse(
    struct metod_str bytes, struct metod_arena *arena, struct web_head *ret)
{
	struct web_header *headers =
	    METOD_NEWS(arena, METOD_HTTP_HEADERS_MAX, struct web_header);
	struct web_head head = {.headers = headers};

	if (!read_request_line(cut_line(&bytes), &head))
		return 400;
	for (;;) {
		struct metod_str value = cut_line(&bytes), name;

		if (value.n == 0)
			break;
		if (!memchr(value.p, ':', value.n))
			return 400;
		if (head.n_headers == METOD_HTTP_HEADERS_MAX)
			return 431;
		name = metod_str_cut(&value, ':');
		headers[head.n_headers++] =
		    (struct web_header){name, metod_str_trim(value)};
	}
	*ret = head;
	return 0;
}
