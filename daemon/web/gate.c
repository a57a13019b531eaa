/* SPDX-License-Identifier: Apache-2.0
 * Entry check: what no page and no HTTP library may meet. It is asked twice: about the
 * bytes as they came, before the library sees them, and about what the library made of
 * them. Each refusal has a case in the tests. */
#include "gate.h"

#include <string.h>

enum { TARGET_MAX = 2048 };

struct seen {
	struct metod_str host, length, encoding, type, origin, site, expect;
	unsigned hosts, lengths, encodings;
	bool twice; /* one of the others came more than once */
};

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same_word(struct metod_str a, struct metod_str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++) {
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	}
	return true;
}

static bool is_word(struct metod_str a, const char *word)
{
	return same_word(a, metod_str(word));
}

/* tchar of RFC 9110 */
static bool token_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || (c && strchr("!#$%&'*+-.^_`|~", c));
}

static bool good_name(struct metod_str name)
{
	for (size_t i = 0; i < name.n; i++) {
		if (!token_char(name.p[i]))
			return false;
	}
	return name.n > 0;
}

static bool good_value(struct metod_str value)
{
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

static bool digits(struct metod_str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	}
	return s.n > 0;
}

static bool good_host(struct metod_str host)
{
	for (size_t i = 0; i < host.n; i++) {
		char c = lower(host.p[i]);

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
			(c && strchr("-.:[]_", c))))
			return false;
	}
	return host.n > 0 && host.n <= 255;
}

static void keep(struct seen *seen, struct metod_str *at, struct metod_str value)
{
	seen->twice = seen->twice || at->p;
	*at = value;
}

static void remember(
    struct seen *seen, struct web_admitted *in, const struct web_header *header)
{
	if (is_word(header->name, "Host")) {
		seen->hosts++;
		in->host = seen->host = header->value;
	} else if (is_word(header->name, "Content-Length")) {
		seen->lengths++;
		seen->length = header->value;
	} else if (is_word(header->name, "Transfer-Encoding")) {
		seen->encodings++;
		seen->encoding = header->value;
	} else if (is_word(header->name, "Content-Type")) {
		keep(seen, &seen->type, header->value);
	} else if (is_word(header->name, "Origin")) {
		keep(seen, &seen->origin, header->value);
	} else if (is_word(header->name, "Sec-Fetch-Site")) {
		keep(seen, &seen->site, header->value);
	} else if (is_word(header->name, "Expect")) {
		keep(seen, &seen->expect, header->value);
	} else if (is_word(header->name, "Cookie")) {
		keep(seen, &in->cookie, header->value);
	} else if (is_word(header->name, "Accept-Language")) {
		in->languages = header->value;
	} else if (is_word(header->name, "X-Forwarded-For")) {
		if (in->n_forwarded == WEB_FORWARDED_MAX)
			memmove(in->forwarded, in->forwarded + 1,
			    --in->n_forwarded * sizeof(*in->forwarded));
		in->forwarded[in->n_forwarded++] = header->value;
	}
}

/* ---- path ---- */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Percent escapes, and '+' in forms. False for a bad escape or NUL. */
static bool decode(
    struct metod_str s, bool plus, struct metod_arena *arena, struct metod_str *ret)
{
	char *out = metod_arena_alloc(arena, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '%') {
			int high = i + 2 < s.n ? hex_digit(s.p[i + 1]) : -1;
			int low = i + 2 < s.n ? hex_digit(s.p[i + 2]) : -1;

			if (high < 0 || low < 0)
				return false;
			c = (char)(high * 16 + low);
			i += 2;
		} else if (c == '+' && plus) {
			c = ' ';
		}
		if (c == '\0')
			return false;
		out[n++] = c;
	}
	*ret = (struct metod_str){out, n};
	return true;
}

static bool encoded_slash(struct metod_str path)
{
	for (size_t i = 0; i + 2 < path.n; i++) {
		if (path.p[i] == '%' &&
		    ((path.p[i + 1] == '2' && lower(path.p[i + 2]) == 'f') ||
			(path.p[i + 1] == '5' && lower(path.p[i + 2]) == 'c')))
			return true;
	}
	return false;
}

static bool good_target(
    struct metod_str target, struct metod_arena *arena, struct web_admitted *in)
{
	struct metod_str rest = target, path;

	if (target.n == 0 || target.p[0] != '/')
		return false;
	for (size_t i = 0; i < target.n; i++) {
		unsigned char c = (unsigned char)target.p[i];

		if (c <= 0x20 || c >= 0x7f || c == '\\' || c == '#')
			return false;
	}
	path = metod_str_cut(&rest, '?');
	in->query = rest;
	if ((path.n > 1 && path.p[1] == '/') || encoded_slash(path))
		return false;
	return decode(path, false, arena, &in->path) && metod_utf8_ok(in->path);
}

/* ---- who sent the form ---- */

/* Where a browser says who made the request, it decides. Under our Referrer-Policy
 * browsers send "Origin: null" with our own forms, so that says nothing; the token of the
 * form does. */
static bool own_form(const struct seen *seen, struct metod_str origin)
{
	struct metod_str from = seen->origin;

	if (seen->site.n)
		return is_word(seen->site, "same-origin") || is_word(seen->site, "none");
	if (from.n == 0 || metod_str_is(from, "null"))
		return true;
	if (origin.n)
		return same_word(from, origin);
	if (metod_str_starts(from, "http://"))
		from = (struct metod_str){from.p + 7, from.n - 7};
	else if (metod_str_starts(from, "https://"))
		from = (struct metod_str){from.p + 8, from.n - 8};
	return same_word(from, seen->host);
}

static bool form_type(struct metod_str type)
{
	return is_word(metod_str_trim(metod_str_cut(&type, ';')),
	    "application/x-www-form-urlencoded");
}

/* ---- verdict ---- */

static int check_headers(const struct web_head *head, struct seen *seen,
    struct web_admitted *in, const char **why)
{
	size_t bytes = 0;

	for (size_t i = 0; i < head->n_headers; i++)
		bytes += head->headers[i].name.n + head->headers[i].value.n +
		    4; /* ": " and CR LF */
	if (head->n_headers > METOD_HTTP_HEADERS_MAX ||
	    bytes > METOD_HTTP_HEADERS_BYTES) {
		*why = "headers";
		return 431;
	}
	*why = "header";
	for (size_t i = 0; i < head->n_headers; i++) {
		if (!good_name(head->headers[i].name) ||
		    !good_value(head->headers[i].value))
			return 400;
		remember(seen, in, &head->headers[i]);
	}
	return seen->twice ? 400 : 0;
}

/* A body has a length that was said before, or there is none. Chunks are refused: no
 * browser sends a form so, and their sizes are where parsers disagree most. */
static int check_length(const struct seen *seen, struct web_admitted *in)
{
	uint64_t length = 0;

	if (seen->lengths > 1 || seen->encodings > 1 ||
	    (seen->lengths && seen->encodings))
		return 400;
	if (seen->encodings)
		return is_word(seen->encoding, "chunked") ? 411 : 501;
	if (seen->lengths &&
	    (!digits(seen->length) || !metod_str_u64(seen->length, &length)))
		return 400;
	in->length =
	    length > METOD_HTTP_BODY_BYTES ? METOD_HTTP_BODY_BYTES + 1 : (size_t)length;
	return 0;
}

static int check_framing(const struct web_head *head, const struct seen *seen,
    struct web_admitted *in, const char **why)
{
	int status = check_length(seen, in);

	*why = "framing";
	if (status)
		return status;
	*why = "body";
	if (in->length > METOD_HTTP_BODY_BYTES)
		return 413;
	if (seen->expect.n && head->minor > 0 && !is_word(seen->expect, "100-continue"))
		return 417;
	*why = "host";
	if (seen->hosts > 1 || (head->minor > 0 && seen->hosts != 1) ||
	    (seen->hosts && !good_host(seen->host)))
		return 400;
	return 0;
}

/* Known ones are refused in a way of their own, for whoever looks for his mistake. */
static int other_method(struct metod_str method)
{
	static const char *const known[] = {
	    "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT"};

	for (size_t i = 0; i < METOD_LEN(known); i++) {
		if (metod_str_is(method, known[i]))
			return 405;
	}
	return 501;
}

static int check_method(const struct web_head *head, const struct seen *seen,
    struct metod_str origin, const struct web_admitted *in, const char **why)
{
	*why = "method";
	if (!in->post && !in->head && !metod_str_is(head->method, "GET"))
		return other_method(head->method);
	if (!in->post) {
		*why = "body";
		return in->length ? 400 : 0;
	}
	*why = "type";
	if (!form_type(seen->type))
		return 415;
	*why = "origin";
	return own_form(seen, origin) ? 0 : 403;
}

int web_gate(const struct web_head *head, struct metod_str origin,
    struct metod_arena *arena, struct web_admitted *ret, const char **ret_why)
{
	struct web_admitted in = {.post = metod_str_is(head->method, "POST"),
	    .head = metod_str_is(head->method, "HEAD")};
	struct seen seen = {0};
	const char *why = "version";
	int status = head->major == 1 && (head->minor == 0 || head->minor == 1) ? 0 : 505;

	if (!status)
		status = check_headers(head, &seen, &in, &why);
	if (!status)
		status = check_framing(head, &seen, &in, &why);
	if (!status) {
		why = "target";
		if (head->target.n > TARGET_MAX)
			status = 414;
		else
			status = good_target(head->target, arena, &in) ? 0 : 400;
	}
	if (!status)
		status = check_method(head, &seen, origin, &in, &why);
	if (status)
		*ret_why = why;
	*ret = in;
	return status;
}

/* ---- cookies and forms ---- */

struct metod_str web_cookie(struct metod_str cookies, struct metod_str name)
{
	while (cookies.n) {
		struct metod_str value = metod_str_trim(metod_str_cut(&cookies, ';'));
		struct metod_str is = metod_str_cut(&value, '=');

		if (metod_str_eq(is, name))
			return value;
	}
	return METOD_STR("");
}

/* CR LF and lone CR become LF, in place. */
static void unify_lines(struct metod_str *s)
{
	char *p = (char *)(uintptr_t)s->p;
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		if (p[i] == '\r' && i + 1 < s->n && p[i + 1] == '\n')
			continue;
		p[n++] = p[i] == '\r' ? '\n' : p[i];
	}
	s->n = n;
}

bool web_form_parse(
    struct metod_str body, struct metod_arena *arena, struct web_form *ret)
{
	struct web_form form = {0};
	size_t most = 1;

	for (size_t i = 0; i < body.n; i++)
		most += body.p[i] == '&';
	if (most > METOD_FORM_FIELDS_MAX)
		return false;
	form.p = METOD_NEWS(arena, most, struct web_field);
	while (body.n) {
		struct metod_str value = metod_str_cut(&body, '&');
		struct metod_str name = metod_str_cut(&value, '=');
		struct web_field *field = &form.p[form.n];

		if (name.n == 0 && value.n == 0)
			continue;
		if (!decode(name, true, arena, &field->name) ||
		    !decode(value, true, arena, &field->value))
			return false;
		unify_lines(&field->value);
		if (!metod_utf8_ok(field->name) || !metod_utf8_ok(field->value))
			return false;
		form.n++;
	}
	*ret = form;
	return true;
}

struct metod_str web_form_get(const struct web_form *form, const char *name)
{
	for (size_t i = 0; i < form->n; i++) {
		if (metod_str_is(form->p[i].name, name))
			return form->p[i].value;
	}
	return METOD_STR("");
}

struct metod_strs web_form_all(
    const struct web_form *form, const char *name, size_t most, struct metod_arena *arena)
{
	struct metod_strs all = {METOD_NEWS(arena, form->n, struct metod_str), 0};

	for (size_t i = 0; i < form->n && all.n < most; i++) {
		if (metod_str_is(form->p[i].name, name) && form->p[i].value.n)
			all.p[all.n++] = form->p[i].value;
	}
	return all;
}

bool web_local_path(struct metod_str path)
{
	if (path.n == 0 || path.n > 64 || path.p[0] != '/')
		return false;
	for (size_t i = 1; i < path.n; i++) {
		char c = lower(path.p[i]);

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
			(c == '/' && path.p[i - 1] != '/')))
			return false;
	}
	return true;
}
