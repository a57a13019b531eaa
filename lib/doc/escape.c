/* SPDX-License-Identifier: Apache-2.0
 * Escaping for HTML, URL and Markdown. There is no "safe" input: every text goes through
 * here. */
#include "metod/doc.h"

#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd"

static const char *html_entity(unsigned char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return (c < 0x20 && c != '\t' && c != '\n') || c == 0x7f ? REPLACEMENT
									 : NULL;
	}
}

void metod_html_escape(struct metod_str text, struct metod_buf *out)
{
	size_t from = 0;

	for (size_t i = 0; i < text.n; i++) {
		size_t turns = metod_utf8_turns(text, i);
		const char *entity =
		    turns ? REPLACEMENT : html_entity((unsigned char)text.p[i]);

		if (!entity)
			continue;
		metod_buf_add(out, text.p + from, i - from);
		metod_buf_z(out, entity);
		i += turns ? turns - 1 : 0;
		from = i + 1;
	}
	if (text.n > from)
		metod_buf_add(out, text.p + from, text.n - from);
}

static bool unreserved(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || (c && strchr("-._~", c));
}

void metod_plain_escape(struct metod_str text, struct metod_buf *out)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		size_t turns = metod_utf8_turns(text, i);
		bool control = (c < 0x20 && c != '\n') || c == 0x7f;

		metod_buf_byte(out, control || turns ? ' ' : c);
		i += turns ? turns - 1 : 0;
	}
}

void metod_url_escape(struct metod_str text, struct metod_buf *out)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (unreserved(c))
			metod_buf_byte(out, c);
		else
			metod_buf_printf(out, "%%%02X", c);
	}
}

/* "12." at the start of a text would begin a list. */
static bool begins_list(struct metod_str text, size_t at)
{
	for (size_t i = 0; i < at; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
	}
	return at > 0;
}

void metod_md_escape(struct metod_str text, struct metod_buf *out)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c == '<' || c == '&') {
			metod_buf_z(out, html_entity(c));
		} else if (c < 0x20 || c == 0x7f || metod_utf8_turns(text, i)) {
			metod_buf_byte(out, ' ');
			i += c == 0xe2 ? 2 : 0;
		} else {
			/* Some signs mean something at the start of a text only. */
			if (strchr("\\`*_[]|~", c) || (i == 0 && strchr("#>+-=", c)) ||
			    ((c == '.' || c == ')') && begins_list(text, i)))
				metod_buf_byte(out, '\\');
			metod_buf_byte(out, c);
		}
	}
}
