/* SPDX-License-Identifier: Apache-2.0
 * Heads of requests as bytes: what ends a line, what may stand where, and that the way
 * the bytes arrive makes no difference. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "web/guard.h"
#include "web/head.h"

#define BYTES(literal) (literal), sizeof(literal) - 1
#define MORE (-1) /* the head is not whole */

static struct metod_arena *arena;

/* Status of a head that arrives in pieces of `step` bytes; 0: whole and well formed. */
static int look(struct metod_str bytes, size_t step, size_t *ret_n)
{
	struct web_look at = {0};
	bool whole = false;

	for (size_t i = 0; i < bytes.n && !whole;) {
		size_t n = step < bytes.n - i ? step : bytes.n - i, seen = 0;
		int status = web_look(&at, bytes.p + i, n, &seen, &whole);

		if (status)
			return status;
		i += seen;
		*ret_n = i;
	}
	return whole ? 0 : MORE;
}

static void heads_are_judged(void **state)
{
	static const struct {
		const char *name, *bytes;
		size_t n;
		int looked, parsed;
	} cases[] = {
	    {"a head", BYTES("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), 0, 0},
	    {"no header", BYTES("GET / HTTP/1.0\r\n\r\n"), 0, 0},
	    {"half a head", BYTES("GET / HTTP/1.1\r\nHost: a\r\n"), MORE, 0},
	    {"half of its end", BYTES("GET / HTTP/1.1\r\nHost: a\r\n\r"), MORE, 0},
	    {"letters of any language in a value",
		BYTES("GET / HTTP/1.1\r\nA: \xd0\xaf\xff\r\n\r\n"), 0, 0},
	    {"a tab in a value", BYTES("GET / HTTP/1.1\r\nA:\tb\r\n\r\n"), 0, 0},
	    {"no value", BYTES("GET / HTTP/1.1\r\nA:\r\n\r\n"), 0, 0},
	    {"LF alone after the first line", BYTES("GET / HTTP/1.1\nHost: a\r\n\r\n"),
		400, 0},
	    {"LF alone after a header", BYTES("GET / HTTP/1.1\r\nHost: a\n\r\n"), 400, 0},
	    {"LF alone at the end", BYTES("GET / HTTP/1.1\r\nHost: a\r\n\n"), 400, 0},
	    {"CR alone", BYTES("GET / HTTP/1.1\r\nA: b\rC: d\r\n\r\n"), 400, 0},
	    {"CR twice", BYTES("GET / HTTP/1.1\r\r\nA: b\r\n\r\n"), 400, 0},
	    {"a folded line", BYTES("GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n"), 400, 0},
	    {"a line folded with a tab", BYTES("GET / HTTP/1.1\r\nA: b\r\n\tc\r\n\r\n"),
		400, 0},
	    {"a folded first header", BYTES("GET / HTTP/1.1\r\n A: b\r\n\r\n"), 400, 0},
	    {"NUL in a value", BYTES("GET / HTTP/1.1\r\nA: b\0c\r\n\r\n"), 400, 0},
	    {"NUL in the address", BYTES("GET /\0 HTTP/1.1\r\n\r\n"), 400, 0},
	    {"a control character", BYTES("GET / HTTP/1.1\r\nA: \x0b\r\n\r\n"), 400, 0},
	    {"DEL", BYTES("GET / HTTP/1.1\r\nA: \x7f\r\n\r\n"), 400, 0},
	    {"an empty line first", BYTES("\r\nGET / HTTP/1.1\r\n\r\n"), 400, 0},
	    {"a space first", BYTES(" GET / HTTP/1.1\r\n\r\n"), 400, 0},
	    {"TLS", BYTES("\x16\x03\x01"), 400, 0},
	    {"a header without colon", BYTES("GET / HTTP/1.1\r\nHost\r\n\r\n"), 0, 400},
	    {"no version", BYTES("GET /\r\n\r\n"), 0, 400},
	    {"no address", BYTES("GET HTTP/1.1\r\n\r\n"), 0, 400},
	    {"two spaces", BYTES("GET  / HTTP/1.1\r\n\r\n"), 0, 400},
	    {"a space in the address", BYTES("GET /a b HTTP/1.1\r\n\r\n"), 0, 400},
	    {"a space behind the version", BYTES("GET / HTTP/1.1 \r\n\r\n"), 0, 400},
	    {"a long version", BYTES("GET / HTTP/4294967297.1\r\n\r\n"), 0, 400},
	    {"a version in small letters", BYTES("GET / http/1.1\r\n\r\n"), 0, 400},
	    {"a version without point", BYTES("GET / HTTP/1-1\r\n\r\n"), 0, 400},
	};

	(void)state;
	for (size_t i = 0; i < METOD_LEN(cases); i++) {
		const struct metod_str bytes = {cases[i].bytes, cases[i].n};

		for (size_t step = 1; step <= bytes.n; step++) {
			struct web_head head;
			size_t n = 0;
			int status = look(bytes, step, &n);

			if (status != cases[i].looked)
				fail_msg("%s in steps of %zu: %d", cases[i].name, step,
				    status);
			if (status)
				continue;
			assert_int_equal(n, bytes.n);
			status = web_head_parse(bytes, arena, &head);
			if (status != cases[i].parsed)
				fail_msg("%s: %d", cases[i].name, status);
		}
	}
}

static void a_head_ends_before_what_follows(void **state)
{
	const struct metod_str bytes = METOD_STR("GET / HTTP/1.1\r\n\r\n\r\nBODY");
	size_t n = 0;

	(void)state;
	for (size_t step = 1; step <= bytes.n; step++) {
		assert_int_equal(look(bytes, step, &n), 0);
		assert_int_equal(n, 18);
	}
}

static void parts_are_told(void **state)
{
	struct web_head head;

	(void)state;
	assert_int_equal(
	    web_head_parse(METOD_STR("POST /a?b HTTP/1.0\r\nA:  b c\t\r\nD:\r\n"
				     "E:f:g\r\n\r\n"),
		arena, &head),
	    0);
	assert_true(metod_str_is(head.method, "POST"));
	assert_true(metod_str_is(head.target, "/a?b"));
	assert_int_equal(head.major * 10 + head.minor, 10);
	assert_int_equal(head.n_headers, 3);
	assert_true(metod_str_is(head.headers[0].name, "A"));
	assert_true(metod_str_is(head.headers[0].value, "b c"));
	assert_true(metod_str_is(head.headers[1].value, ""));
	assert_true(metod_str_is(head.headers[2].value, "f:g"));
}

/* A space before the colon stays in the name, where the gate finds it. */
static void names_are_not_mended(void **state)
{
	struct web_head head;

	(void)state;
	assert_int_equal(
	    web_head_parse(METOD_STR("GET / HTTP/1.1\r\nA : b\r\n\r\n"), arena, &head),
	    0);
	assert_true(metod_str_is(head.headers[0].name, "A "));
}

static void heads_have_an_end(void **state)
{
	static char bytes[METOD_HTTP_HEADERS_BYTES + 8];
	struct web_head head;
	size_t n = 0;
	int at = 16;

	(void)state;
	memset(bytes, 'A', sizeof(bytes));
	assert_int_equal(look((struct metod_str){bytes, sizeof(bytes)}, 1000, &n), 414);
	memcpy(bytes, "GET / HTTP/1.1\r\n", 16);
	assert_int_equal(look((struct metod_str){bytes, sizeof(bytes)}, 1000, &n), 431);
	for (int i = 0; i <= METOD_HTTP_HEADERS_MAX; i++)
		at += snprintf(bytes + at, 10, "A: b\r\n");
	snprintf(bytes + at, 10, "\r\n");
	assert_int_equal(web_head_parse(metod_str(bytes), arena, &head), 431);
	snprintf(bytes + at - 6, 10, "\r\n");
	assert_int_equal(web_head_parse(metod_str(bytes), arena, &head), 0);
}

static void only_ours_is_a_refusal(void **state)
{
	(void)state;
	assert_int_equal(web_refusal_of("*431"), 431);
	assert_int_equal(web_refusal_of("*"), 0);
	assert_int_equal(web_refusal_of("/*431"), 0);
	assert_int_equal(web_refusal_of("431"), 0);
}

static int begin(void **state)
{
	(void)state;
	arena = metod_arena_new();
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena = metod_arena_free(arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(heads_are_judged),
	    cmocka_unit_test(a_head_ends_before_what_follows),
	    cmocka_unit_test(parts_are_told),
	    cmocka_unit_test(names_are_not_mended),
	    cmocka_unit_test(heads_have_an_end),
	    cmocka_unit_test(only_ours_is_a_refusal),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
