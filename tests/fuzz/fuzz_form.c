/* SPDX-License-Identifier: Apache-2.0
 * Forms and queries from arbitrary bytes. What was read is clean text, and written again
 * it is read as the same. */
#include <stdlib.h>
#include <string.h>

#include "web/gate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void escape(struct metod_buf *out, struct metod_str text)
{
	static const char digit[] = "0123456789ABCDEF";

	for (size_t i = 0; i < text.n; i++) {
		const unsigned char c = (unsigned char)text.p[i];
		const char escaped[3] = {'%', digit[c >> 4], digit[c & 15]};

		metod_buf_add(out, escaped, sizeof(escaped));
	}
}

static void write_again(const struct web_form *form, struct metod_buf *out)
{
	for (size_t i = 0; i < form->n; i++) {
		metod_buf_add(out, "&", i > 0);
		escape(out, form->p[i].name);
		metod_buf_add(out, "=", 1);
		escape(out, form->p[i].value);
	}
}

static void check(const struct web_form *form, struct metod_arena *arena)
{
	must(form->n <= METOD_FORM_FIELDS_MAX);
	for (size_t i = 0; i < form->n; i++) {
		const struct web_field *field = &form->p[i];
		const char *name = metod_arena_z(arena, field->name);

		must(metod_utf8_ok(field->name) && metod_utf8_ok(field->value));
		must(!field->value.n || !memchr(field->value.p, '\r', field->value.n));
		must(web_form_all(form, name, 3, arena).n <= 3);
		must(web_form_get(form, name).n == 0 || form->n > 0);
		if (web_local_path(field->value))
			must(field->value.n < 2 || field->value.p[1] != '/');
	}
}

static void check_same(const struct web_form *a, const struct web_form *b)
{
	must(a->n == b->n);
	for (size_t i = 0; i < a->n; i++)
		must(metod_str_eq(a->p[i].name, b->p[i].name) &&
		    metod_str_eq(a->p[i].value, b->p[i].value));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct metod_str body = {(const char *)data, size};
	struct metod_arena *arena = metod_arena_new();
	struct metod_buf text = {0};
	struct web_form form, again;

	if (web_form_parse(body, arena, &form)) {
		check(&form, arena);
		write_again(&form, &text);
		must(web_form_parse(metod_buf_view(&text), arena, &again));
		check_same(&form, &again);
	}
	metod_buf_done(&text);
	metod_arena_free(arena);
	return 0;
}
