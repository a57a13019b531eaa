/* SPDX-License-Identifier: Apache-2.0
 * Entry check of HTTP requests: every refusal with a neighbour that is admitted; cookies
 * and forms. Pure: no socket is opened. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "web/gate.h"

#define FORM "Content-Type: application/x-www-form-urlencoded"
#define HOST "Host: metod.example"

static struct metod_arena *arena;

/* "GET /x HTTP/1.1|Host: a|Name: value" */
static int gate(
    const char *request, const char *origin, struct web_admitted *in, const char **why)
{
	static struct web_header headers[METOD_HTTP_HEADERS_MAX + 8];
	struct metod_str rest = metod_str(request), line = metod_str_cut(&rest, '|');
	struct web_head head = {.headers = headers};
	struct metod_str version;

	head.method = metod_str_cut(&line, ' ');
	head.target = metod_str_cut(&line, ' ');
	version = line;
	head.major = version.p[5] - '0';
	head.minor = version.p[7] - '0';
	while (rest.n) {
		struct metod_str value = metod_str_cut(&rest, '|');
		struct metod_str name = metod_str_cut(&value, ':');

		assert_true(head.n_headers < METOD_LEN(headers));
		headers[head.n_headers++] =
		    (struct web_header){name, metod_str_trim(value)};
	}
	*why = "";
	memset(in, 0, sizeof(*in));
	return web_gate(&head, metod_str(origin), arena, in, why);
}

static void requests_are_judged(void **state)
{
	static const struct {
		const char *name, *request;
		int status;
		const char *why;
	} cases[] = {
	    {"a page", "GET / HTTP/1.1|" HOST, 0, ""},
	    {"the head of a page", "HEAD /help HTTP/1.1|" HOST, 0, ""},
	    {"a form", "POST /start HTTP/1.1|" HOST "|" FORM "|Content-Length: 3", 0, ""},
	    {"HTTP/1.0 without Host", "GET / HTTP/1.0|A: b", 0, ""},
	    {"HTTP/2.0", "GET / HTTP/2.0|" HOST, 505, "version"},
	    {"HTTP/1.9", "GET / HTTP/1.9|" HOST, 505, "version"},
	    {"no Host", "GET / HTTP/1.1|A: b", 400, "host"},
	    {"two Hosts", "GET / HTTP/1.1|" HOST "|" HOST, 400, "host"},
	    {"two Hosts in HTTP/1.0", "GET / HTTP/1.0|" HOST "|" HOST, 400, "host"},
	    {"an odd Host", "GET / HTTP/1.1|Host: a/b", 400, "host"},
	    {"an empty Host", "GET / HTTP/1.1|Host: ", 400, "host"},
	    {"a Host with a port", "GET / HTTP/1.1|Host: [::1]:8080", 0, ""},
	    {"two lengths",
		"POST / HTTP/1.1|" HOST "|" FORM "|Content-Length: 3|Content-Length: 3",
		400, "framing"},
	    {"a length with a sign",
		"POST / HTTP/1.1|" HOST "|" FORM "|Content-Length: +3", 400, "framing"},
	    {"a length in a list",
		"POST / HTTP/1.1|" HOST "|" FORM "|Content-Length: 3, 3", 400, "framing"},
	    {"a length too long for a number",
		"POST / HTTP/1.1|" HOST "|" FORM "|Content-Length: 99999999999999999999",
		400, "framing"},
	    {"an empty length", "POST / HTTP/1.1|" HOST "|" FORM "|Content-Length: ", 400,
		"framing"},
	    {"length and chunks",
		"POST / HTTP/1.1|" HOST "|" FORM
		"|Content-Length: 3|Transfer-Encoding: chunked",
		400, "framing"},
	    {"chunks", "POST / HTTP/1.1|" HOST "|" FORM "|Transfer-Encoding: Chunked",
		411, "framing"},
	    {"another encoding",
		"POST / HTTP/1.1|" HOST "|" FORM "|Transfer-Encoding: gzip, chunked", 501,
		"framing"},
	    {"two encodings",
		"POST / HTTP/1.1|" HOST "|" FORM
		"|Transfer-Encoding: chunked|Transfer-Encoding: chunked",
		400, "framing"},
	    {"a name with a space", "GET / HTTP/1.1|" HOST "|Transfer-Encoding : chunked",
		400, "header"},
	    {"an empty name", "GET / HTTP/1.1|" HOST "|: x", 400, "header"},
	    {"a control character in a value", "GET / HTTP/1.1|" HOST "|A: b\001c", 400,
		"header"},
	    {"a tab in a value", "GET / HTTP/1.1|" HOST "|A: b\tc", 0, ""},
	    {"a body too large",
		"POST / HTTP/1.1|" HOST "|" FORM "|Content-Length: 65537", 413, "body"},
	    {"chunks with GET", "GET / HTTP/1.1|" HOST "|Transfer-Encoding: chunked", 411,
		"framing"},
	    {"an expectation we fulfil",
		"POST / HTTP/1.1|" HOST "|" FORM
		"|Content-Length: 3|Expect: 100-Continue",
		0, ""},
	    {"another expectation",
		"POST / HTTP/1.1|" HOST "|" FORM "|Content-Length: 3|Expect: a miracle",
		417, "body"},
	    {"an expectation of HTTP/1.0", "GET / HTTP/1.0|Expect: a miracle", 0, ""},
	    {"two types", "POST / HTTP/1.1|" HOST "|" FORM "|" FORM, 400, "header"},
	    {"two lines of cookies", "GET / HTTP/1.1|" HOST "|Cookie: a=1|Cookie: b=2",
		400, "header"},
	    {"two expectations", "GET / HTTP/1.1|" HOST "|Expect: x|Expect: 100-continue",
		400, "header"},
	    {"two origins", "GET / HTTP/1.1|" HOST "|Origin: null|Origin: null", 400,
		"header"},
	    {"the largest body",
		"POST / HTTP/1.1|" HOST "|" FORM "|Content-Length: 65536", 0, ""},
	    {"a body with GET", "GET / HTTP/1.1|" HOST "|Content-Length: 3", 400, "body"},
	    {"length zero with GET", "GET / HTTP/1.1|" HOST "|Content-Length: 0", 0, ""},
	    {"another method", "PUT / HTTP/1.1|" HOST, 405, "method"},
	    {"a method that nobody knows", "BREW / HTTP/1.1|" HOST, 501, "method"},
	    {"methods are in capitals", "get / HTTP/1.1|" HOST, 501, "method"},
	    {"a form of another type",
		"POST / HTTP/1.1|" HOST
		"|Content-Type: multipart/form-data|Content-Length: 3",
		415, "type"},
	    {"a form without type", "POST / HTTP/1.1|" HOST "|Content-Length: 3", 415,
		"type"},
	    {"a form with a character set",
		"POST / HTTP/1.1|" HOST "|" FORM "; charset=UTF-8|Content-Length: 3", 0,
		""},
	    {"an absolute address", "GET http://a/ HTTP/1.1|" HOST, 400, "target"},
	    {"two slashes", "GET //a HTTP/1.1|" HOST, 400, "target"},
	    {"an encoded NUL", "GET /a%00b HTTP/1.1|" HOST, 400, "target"},
	    {"an encoded slash", "GET /a%2fb HTTP/1.1|" HOST, 400, "target"},
	    {"an encoded backslash", "GET /a%5Cb HTTP/1.1|" HOST, 400, "target"},
	    {"an encoded slash in the query", "GET /lang/ru?to=%2Fme HTTP/1.1|" HOST, 0,
		""},
	    {"a bad escape", "GET /a%2 HTTP/1.1|" HOST, 400, "target"},
	    {"a path that is not UTF-8", "GET /%ff HTTP/1.1|" HOST, 400, "target"},
	    {"an encoded line break", "GET /%0d%0aA HTTP/1.1|" HOST, 400, "target"},
	    {"a backslash", "GET /a\\b HTTP/1.1|" HOST, 400, "target"},
	    {"asterisk", "GET * HTTP/1.1|" HOST, 400, "target"},
	};

	(void)state;
	for (size_t i = 0; i < METOD_LEN(cases); i++) {
		struct web_admitted in;
		const char *why;
		int status = gate(cases[i].request, "", &in, &why);

		if (status != cases[i].status || strcmp(why, cases[i].why))
			fail_msg("%s: %d %s, wanted %d %s", cases[i].name, status, why,
			    cases[i].status, cases[i].why);
	}
}

static void forms_come_from_here(void **state)
{
	static const struct {
		const char *name, *headers, *origin;
		int status;
	} cases[] = {
	    {"the browser says: same origin", "Sec-Fetch-Site: same-origin|Origin: null",
		"", 0},
	    {"the browser says: the person", "Sec-Fetch-Site: none", "", 0},
	    {"the browser says: same site", "Sec-Fetch-Site: same-site", "", 403},
	    {"the browser says: another site", "Sec-Fetch-Site: cross-site|Origin: null",
		"", 403},
	    {"no word of it: the token decides", "A: b", "", 0},
	    {"an old browser under no-referrer", "Origin: null", "", 0},
	    {"the same host", "Origin: http://metod.example", "", 0},
	    {"another host", "Origin: http://evil.example", "", 403},
	    {"a host that begins alike", "Origin: http://metod.example.evil", "", 403},
	    {"the public address", "Origin: https://lk.example", "https://lk.example", 0},
	    {"the host, but not the public address", "Origin: https://metod.example",
		"https://lk.example", 403},
	};

	(void)state;
	for (size_t i = 0; i < METOD_LEN(cases); i++) {
		char request[400];
		struct web_admitted in;
		const char *why;
		int status;

		snprintf(request, sizeof(request),
		    "POST / HTTP/1.1|" HOST "|" FORM "|Content-Length: 3|%s",
		    cases[i].headers);
		status = gate(request, cases[i].origin, &in, &why);
		if (status != cases[i].status)
			fail_msg("%s: %d %s", cases[i].name, status, why);
	}
}

static void headers_are_counted(void **state)
{
	char request[4096];

	(void)state;
	for (int extra = METOD_HTTP_HEADERS_MAX - 2; extra <= METOD_HTTP_HEADERS_MAX + 1;
	     extra++) {
		struct web_admitted in;
		const char *why;
		int n = snprintf(request, sizeof(request), "GET / HTTP/1.1|" HOST);

		for (int i = 0; i < extra; i++)
			n += snprintf(request + n, sizeof(request) - (size_t)n, "|A: b");
		assert_int_equal(gate(request, "", &in, &why),
		    extra + 1 > METOD_HTTP_HEADERS_MAX ? 431 : 0);
	}
}

static void addresses_have_an_end(void **state)
{
	static char request[4096];

	(void)state;
	for (int length = 2047; length <= 2049; length++) {
		struct web_admitted in;
		const char *why;
		int n = snprintf(request, sizeof(request), "GET /");

		memset(request + n, 'a', (size_t)length - 1);
		snprintf(request + n + length - 1, 100, " HTTP/1.1|" HOST);
		assert_int_equal(gate(request, "", &in, &why), length > 2048 ? 414 : 0);
	}
}

static void headers_are_weighed(void **state)
{
	static char request[METOD_HTTP_HEADERS_BYTES + 100];
	const int host = 4 + 13 + 4; /* "Host: metod.example" with its CR LF */

	(void)state;
	for (int over = -1; over <= 1; over++) {
		int wanted = METOD_HTTP_HEADERS_BYTES + over - host - 5;
		struct web_admitted in;
		const char *why;
		int n = snprintf(request, sizeof(request), "GET / HTTP/1.1|" HOST "|A:");

		memset(request + n, 'x', (size_t)wanted);
		request[n + wanted] = '\0';
		assert_int_equal(gate(request, "", &in, &why), over > 0 ? 431 : 0);
	}
}

static void what_was_admitted_is_told(void **state)
{
	struct web_admitted in;
	const char *why;

	(void)state;
	assert_int_equal(
	    gate("GET /i/A%42-%D1%8F?x=1&y HTTP/1.1|" HOST
		 "|Cookie: m=1; l=en|Accept-Language: en|X-Forwarded-For: 1.2.3.4",
		"", &in, &why),
	    0);
	assert_true(metod_str_is(in.path, "/i/AB-я"));
	assert_true(metod_str_is(in.query, "x=1&y"));
	assert_true(metod_str_is(in.cookie, "m=1; l=en"));
	assert_true(metod_str_is(in.languages, "en"));
	assert_int_equal(in.n_forwarded, 1);
	assert_true(metod_str_is(in.forwarded[0], "1.2.3.4"));
	assert_false(in.post);
	assert_int_equal(in.length, 0);
	assert_int_equal(
	    gate("POST / HTTP/1.1|" HOST "|" FORM "|Content-Length: 0065", "", &in, &why),
	    0);
	assert_int_equal(in.length, 65);
}

/* The page of a refusal needs to know this much. */
static void what_is_told_of_a_refused_request(void **state)
{
	struct web_admitted in;
	const char *why;

	(void)state;
	assert_int_equal(
	    gate("HEAD http://a/ HTTP/1.1|" HOST "|Accept-Language: en", "", &in, &why),
	    400);
	assert_true(in.head);
	assert_true(metod_str_is(in.languages, "en"));
}

static void cookies_are_found(void **state)
{
	static const struct {
		const char *cookies, *name, *value;
	} cases[] = {
	    {"m=1", "m", "1"},
	    {"a=2; m=1; b=3", "m", "1"},
	    {"xm=2; m=1", "m", "1"},
	    {"m", "m", ""},
	    {"", "m", ""},
	    {"m=a=b", "m", "a=b"},
	    {" m=1 ", "m", "1"},
	    {"mm=1", "m", ""},
	};

	(void)state;
	for (size_t i = 0; i < METOD_LEN(cases); i++) {
		struct metod_str value =
		    web_cookie(metod_str(cases[i].cookies), metod_str(cases[i].name));

		if (!metod_str_is(value, cases[i].value))
			fail_msg("%s: %.*s", cases[i].cookies, METOD_FMT(value));
	}
}

static void forms_are_read(void **state)
{
	struct web_form form;
	struct metod_strs all;

	(void)state;
	assert_true(web_form_parse(
	    METOD_STR("a=1&b=%D0%AF+x&c=x%0D%0Ay%0Dz&d&=&a=2&a=&a=3&e=%3D%26"), arena,
	    &form));
	assert_true(metod_str_is(web_form_get(&form, "a"), "1"));
	assert_true(metod_str_is(web_form_get(&form, "b"), "Я x"));
	assert_true(metod_str_is(web_form_get(&form, "c"), "x\ny\nz"));
	assert_true(metod_str_is(web_form_get(&form, "e"), "=&"));
	assert_int_equal(web_form_get(&form, "nothing").n, 0);
	all = web_form_all(&form, "a", 8, arena);
	assert_int_equal(all.n, 3);
	assert_true(metod_str_is(all.p[2], "3"));
	assert_int_equal(web_form_all(&form, "a", 2, arena).n, 2);
	assert_true(web_form_parse(METOD_STR(""), arena, &form));
	assert_int_equal(form.n, 0);
}

static void bad_forms_are_refused(void **state)
{
	static const char *const bodies[] = {"a=%", "a=%4", "a=%zz", "a=%00", "a=%ff",
	    "a=%C0%80", "a=%ED%A0%80", "a=%01", "%ff=1"};
	char many[4 * METOD_FORM_FIELDS_MAX + 16];
	struct web_form form;
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < METOD_LEN(bodies); i++) {
		if (web_form_parse(metod_str(bodies[i]), arena, &form))
			fail_msg("%s: accepted", bodies[i]);
	}
	for (int i = 0; i < METOD_FORM_FIELDS_MAX; i++)
		n += (size_t)snprintf(many + n, sizeof(many) - n, "%sa=1", i ? "&" : "");
	assert_true(web_form_parse((struct metod_str){many, n}, arena, &form));
	assert_int_equal(form.n, METOD_FORM_FIELDS_MAX);
	n += (size_t)snprintf(many + n, sizeof(many) - n, "&a=1");
	assert_false(web_form_parse((struct metod_str){many, n}, arena, &form));
}

static void only_local_paths_are_gone_to(void **state)
{
	static const char *const good[] = {"/", "/me", "/a/3", "/me/data"};
	static const char *const bad[] = {"", "me", "//evil", "/a//b", "/\\evil", "/a?b",
	    "/a b", "http://a", "/a.b", "/%2f", "/a\r\nB: c"};

	(void)state;
	for (size_t i = 0; i < METOD_LEN(good); i++)
		assert_true(web_local_path(metod_str(good[i])));
	for (size_t i = 0; i < METOD_LEN(bad); i++)
		assert_false(web_local_path(metod_str(bad[i])));
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
	    cmocka_unit_test(requests_are_judged),
	    cmocka_unit_test(forms_come_from_here),
	    cmocka_unit_test(headers_are_counted),
	    cmocka_unit_test(headers_are_weighed),
	    cmocka_unit_test(addresses_have_an_end),
	    cmocka_unit_test(what_was_admitted_is_told),
	    cmocka_unit_test(what_is_told_of_a_refused_request),
	    cmocka_unit_test(cookies_are_found),
	    cmocka_unit_test(forms_are_read),
	    cmocka_unit_test(bad_forms_are_refused),
	    cmocka_unit_test(only_local_paths_are_gone_to),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
