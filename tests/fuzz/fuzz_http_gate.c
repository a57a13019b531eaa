/* SPDX-License-Identifier: Apache-2.0
 * The head of a request from arbitrary bytes: look, parse, entry check. The first byte
 * is the size of the reads, which must not matter. What is admitted keeps its promises,
 * and a form behind it is read under the caps. */
#include <stdlib.h>
#include <string.h>

#include "web/head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

/* Status of the look in reads of `step` bytes; *ret_n: bytes of a whole head, else 0. */
static int look(struct metod_str bytes, size_t step, size_t *ret_n)
{
	struct web_look at = {0};
	bool whole = false;
	int status = 0;

	*ret_n = 0;
	for (size_t i = 0; i < bytes.n && !whole && !status;) {
		size_t n = step < bytes.n - i ? step : bytes.n - i, seen = 0;

		status = web_look(&at, bytes.p + i, n, &seen, &whole);
		i += seen;
		*ret_n = whole ? i : 0;
	}
	return status;
}

static void check_bytes(struct metod_str head)
{
	must(head.n <= METOD_HTTP_HEADERS_BYTES + 1);
	must(!memcmp(head.p + head.n - 4, "\r\n\r\n", 4));
	must(!memchr(head.p, '\0', head.n));
	for (size_t i = 0; i < head.n; i++)
		must((head.p[i] == '\n') == (i > 0 && head.p[i - 1] == '\r'));
}

static void check_admitted(const struct web_head *head, const struct web_admitted *in)
{
	must(head->n_headers <= METOD_HTTP_HEADERS_MAX);
	must(in->length <= METOD_HTTP_BODY_BYTES);
	must(in->path.n && in->path.p[0] == '/' && metod_utf8_ok(in->path));
	must(in->path.n < 2 || in->path.p[1] != '/');
	must(!memchr(in->path.p, '\\', in->path.n));
	must(head->minor == 0 || in->host.n > 0);
	must(in->post || in->length == 0);
	must(!(in->post && in->head));
}

static void judge(struct metod_str bytes, struct metod_arena *arena)
{
	struct web_admitted in;
	struct web_head head;
	struct web_form form;
	const char *why;

	if (web_head_parse(bytes, arena, &head) ||
	    web_gate(&head, METOD_STR("https://metod.example"), arena, &in, &why))
		return;
	check_admitted(&head, &in);
	if (web_form_parse(in.query, arena, &form))
		must(form.n <= METOD_FORM_FIELDS_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct metod_str bytes = {(const char *)data + 1, size - 1};
	struct metod_arena *arena;
	size_t n, in_parts;
	int status;

	if (!size)
		return 0;
	status = look(bytes, size, &n);
	must(look(bytes, 1u + data[0], &in_parts) == status && in_parts == n);
	if (!n)
		return 0;
	bytes.n = n;
	check_bytes(bytes);
	arena = metod_arena_new();
	judge(bytes, arena);
	metod_arena_free(arena);
	return 0;
}
