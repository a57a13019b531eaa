/* SPDX-License-Identifier: Apache-2.0
 * Entry check and form reading on arbitrary bytes. The input is a request: first line,
 * headers until an empty line, body. What the gate admits must keep its promises. */
#include <stdlib.h>
#include <string.h>

#include "web/gate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

/* Reads the header lines; the rest of *text is the body. */
static size_t read_headers(
    struct metod_str *text, struct web_header *headers, size_t most)
{
	size_t n = 0;

	while (text->n) {
		struct metod_str value = metod_str_cut(text, '\n');
		struct metod_str name;

		if (value.n == 0)
			break;
		name = metod_str_cut(&value, ':');
		if (n < most)
			headers[n++] = (struct web_header){name, metod_str_trim(value)};
	}
	return n;
}

static void check_admitted(const struct web_head *head, const struct web_admitted *in)
{
	must(head->n_headers <= METOD_HTTP_HEADERS_MAX);
	must(head->body_bytes <= METOD_HTTP_BODY_BYTES);
	must(in->path.n && in->path.p[0] == '/' && metod_utf8_ok(in->path));
	must(in->path.n < 2 || in->path.p[1] != '/');
	must(!memchr(in->path.p, '\\', in->path.n));
	must(head->minor == 0 || in->host.n > 0);
	must(in->post || head->body_bytes == 0);
	must(!(in->post && in->head));
}

static void check_form(struct metod_str body, struct metod_arena *arena)
{
	struct web_form form;

	if (!web_form_parse(body, arena, &form))
		return;
	must(form.n <= METOD_FORM_FIELDS_MAX);
	for (size_t i = 0; i < form.n; i++) {
		must(metod_utf8_ok(form.p[i].name) && metod_utf8_ok(form.p[i].value));
		must(!form.p[i].value.n ||
		    !memchr(form.p[i].value.p, '\r', form.p[i].value.n));
		if (web_local_path(form.p[i].value))
			must(form.p[i].value.n < 2 || form.p[i].value.p[1] != '/');
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct metod_str text = {(const char *)data, size},
			 line = metod_str_cut(&text, '\n');
	struct web_header headers[METOD_HTTP_HEADERS_MAX + 1];
	struct web_head head = {.major = 1, .minor = 1, .headers = headers};
	struct metod_arena *arena = metod_arena_new();
	struct web_admitted in;
	const char *why;

	head.method = metod_str_cut(&line, ' ');
	head.target = metod_str_cut(&line, ' ');
	if (line.n)
		head.minor = line.p[line.n - 1] & 1;
	head.n_headers = read_headers(&text, headers, METOD_LEN(headers));
	head.body_bytes = text.n;
	if (web_gate(&head, METOD_STR("https://metod.example"), arena, &in, &why) == 0) {
		check_admitted(&head, &in);
		web_cookie(in.cookie, METOD_STR("m"));
		check_form(in.query, arena);
	}
	check_form(text, arena);
	metod_arena_free(arena);
	return 0;
}
