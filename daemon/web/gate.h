/* SPDX-License-Identifier: Apache-2.0
 * Entry check of every request, and the reading of cookies and forms. Pure: bytes in,
 * verdict out, so that tests and fuzzers need no socket. Everything in a request is
 * hostile until it passed. */
#pragma once

#include "metod/base.h"
#include "metod/limits.h"

enum { WEB_FORWARDED_MAX = 4 };

struct web_header {
	struct metod_str name, value;
};

/* A request as the HTTP library hands it over. */
struct web_head {
	struct metod_str method;
	int major, minor;        /* of HTTP */
	struct metod_str target; /* as sent */
	const struct web_header *headers;
	size_t n_headers;
};

struct web_admitted {
	bool post, head;
	size_t length;          /* of the body, as announced; 0: there is none */
	struct metod_str path;  /* decoded */
	struct metod_str query; /* behind '?', as sent */
	struct metod_str host, cookie, languages; /* values of headers; may be empty */
	/* of X-Forwarded-For, the last ones: those of the nearest fronts */
	struct metod_str forwarded[WEB_FORWARDED_MAX];
	size_t n_forwarded;
};

/* 0: admitted. Else an HTTP status; *ret_why is a fixed word for the log, and the
 * connection must be closed after the answer, because the end of the body is in doubt.
 * 400 framing, Host, header or path malformed; 403 a form sent from another site; 405
 * method; 411 chunks; 413 body too large; 414 address too long; 415 body that is no form;
 * 417 an expectation; 431 too many headers; 501 encoding or method that nobody knows; 505
 * version. Of a refused request only `head` and `languages` of *ret may be used. origin:
 * "https://host" of this service, empty: the Host of the request decides. */
int web_gate(const struct web_head *head, struct metod_str origin,
    struct metod_arena *arena, struct web_admitted *ret, const char **ret_why);

/* Value of a cookie; empty when absent. */
struct metod_str web_cookie(struct metod_str cookies, struct metod_str name);

struct web_field {
	struct metod_str name, value;
};
struct web_form {
	struct web_field *p;
	size_t n;
};
/* application/x-www-form-urlencoded, also of a query. Line breaks of values become LF.
 * False when there are more than METOD_FORM_FIELDS_MAX fields, an escape is bad or a text
 * is not UTF-8. */
bool web_form_parse(
    struct metod_str body, struct metod_arena *arena, struct web_form *ret);
/* First value of the name; empty when absent. */
struct metod_str web_form_get(const struct web_form *form, const char *name);
/* All values of the name that are not empty, at most `most`. */
struct metod_strs web_form_all(const struct web_form *form, const char *name, size_t most,
    struct metod_arena *arena);

/* A path that a redirect may go to: "/", then letters, digits, '-' and '/'; no "//". */
bool web_local_path(struct metod_str path);
