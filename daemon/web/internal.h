/* SPDX-License-Identifier: Apache-2.0
 * Shared by the files of daemon/web only: one request on its way, and what a handler may
 * do. */
#pragma once

#include "gate.h"
#include "guard.h"
#include "pages.h"
#include "rpc.h"
#include "source.h"
#include "web.h"

#include "metod/doc.h"

struct evhttp;
struct evhttp_request;

/* Files built in by embed.py: templates and assets. */
struct web_file {
	const char *name;
	const char *bytes;
	size_t n;
	const char *digest; /* 16 hexadecimal digits of the content */
};
extern const struct web_file web_files[];
extern const size_t web_files_n;

struct web {
	const struct metod_web_config *config;
	struct event_base *base;
	struct evhttp *http, *metrics; /* metrics: NULL when nobody wants counters */
	struct web_guard *guard;
	struct web_rpc *rpc;
	struct metod_templates *templates;
	const struct metod_template *pages[WEB_PAGES_N];
	struct metod_networks trusted; /* fronts */
	struct metod_str origin;       /* scheme and host of public_url, or empty */
	bool secure, unix_socket, stopping, failed;
	size_t requests; /* on their way */
	/* from the status of the store */
	bool demo;
	int zone_minutes;
	char territory[METOD_NAME_MAX + 1];
};

struct web_request;
typedef void web_handler(struct web_request *rq);
typedef void web_then(struct web_request *rq, enum metod_err e);

enum web_route_flags {
	WEB_GET = 1,
	WEB_POST = 2,
	WEB_SESSION = 4,  /* without a session cookie: the page that asks for the code */
	WEB_QUIET = 8,    /* not logged when it went well */
	WEB_METRICS = 16, /* on the socket of the counters only */
};
struct web_route {
	unsigned flags;
	const char *pattern; /* "/a/N": N is a number, CODE and WORD are text; the name in
				the log */
	web_handler *handler;
};

/* One request. Lives until it is answered or its connection has died, and every call of
 * it to the store has come back. */
struct web_request {
	struct web *web;
	struct evhttp_request
	    *ev; /* NULL once answered, or when the connection has died */
	struct metod_arena *arena;
	const struct web_route *route;
	struct web_admitted in;
	struct web_form form, query;
	enum metod_lang lang;
	struct metod_str session, token, source, body;
	uint64_t number;       /* N of the pattern */
	struct metod_str word; /* CODE or WORD of the pattern */
	bool again;            /* the session was entered anew within this request */
	int64_t started_us;    /* monotonic */
	bool metrics;          /* came to the socket of the counters */
	char id[13]; /* names this request in the log of both processes and on error pages
		      */
	/* what the page will say around its content */
	const char *here; /* part of a teacher's pages that this is; NULL: none of them */
	const char *notice; /* msgid of what was done; NULL: nothing */
	struct metod_str
	    problem; /* what was wrong with the form; shown at the top, status 422 */
	/* calls to the store */
	size_t waiting;
	web_then *then;
	enum metod_err result;
	struct metod_error error;
	bool asking; /* inside web_ask */
	void *state; /* of the handler, in the arena */
};

/* ---- request.c ---- */
/* Entry from the HTTP library. */
void web_serve(struct evhttp_request *ev, void *web);
/* The same on the socket of the counters. */
void web_serve_metrics(struct evhttp_request *ev, void *web);
/* Monotonic milliseconds. */
int64_t web_clock_ms(void);
/* 128 random bits, hexadecimal. */
struct metod_str web_random(struct metod_arena *arena);

/* ---- ask.c: the store ---- */
struct web_want {
	const char *command;
	const void *request; /* of the command's request record; NULL: an empty one */
	void *reply;         /* filled when it went well */
	bool optional;       /* its failure is no failure of the whole */
};
/* Sends all of them at once; `then` is called when all have come back, with the first
 * error of those that are not optional; its detail is in rq->error. Not called when the
 * connection has died. The key of the form, else a fresh one, goes with commands that
 * write. */
void web_ask(
    struct web_request *rq, web_then *then, const struct web_want *wants, size_t n);

/* ---- answer.c ---- */
/* Renders and sends. `page` begins with the fields of the frame, which are filled here.
 */
void web_page(struct web_request *rq, int status, enum web_page_id id, void *page);
void web_see_other(struct web_request *rq, const char *path);
/* path?done=word: the next page says what was done. */
void web_see_done(struct web_request *rq, const char *path, const char *done);
/* Bytes as they are; `cache` for files whose address changes with their content. */
void web_bytes(struct web_request *rq, int status, const char *type,
    struct metod_str bytes, bool cache);
void web_header_out(struct web_request *rq, const char *name, const char *value);
/* name without prefix: m session, c form token, e code on its way to the PIN, l language.
 * age_s: 0 deletes, negative: until the browser ends. */
void web_set_cookie(
    struct web_request *rq, const char *name, struct metod_str value, int64_t age_s);
struct metod_str web_get_cookie(const struct web_request *rq, const char *name);
/* Is the session a plausible cookie value? */
bool web_plain_cookie(struct metod_str value);

/* ---- fail.c: pages of errors ---- */
/* Answers with the page for rq->error and e. A form that failed for reasons outside it
 * comes back with its fields, to be sent again under the same key. */
void web_fail(struct web_request *rq, enum metod_err e);
/* A page for an HTTP status that no command gave. */
void web_refuse(struct web_request *rq, int status);
/* The form came without the token of its browser. */
void web_stale_form(struct web_request *rq);
/* Is the error one of the form's content, to be shown beside it? Then rq->problem is set.
 */
bool web_form_problem(struct web_request *rq, enum metod_err e);
/* An error text as a sentence: capital letter, full stop. */
struct metod_str web_sentence(struct web_request *rq, const char *text);
void web_problem(struct web_request *rq, const char *msgid);
struct metod_str web_tr(const struct web_request *rq, const char *msgid);
/* Fields of the form that travel on in a page, without token, code and PIN. */
size_t web_carried(struct web_request *rq, struct web_carry **ret);

/* ---- route.c ---- */
void web_dispatch(struct web_request *rq);

/* ---- enter.c ---- */
/* Enters with a code (and PIN); then(rq, OK) when rq->session is set and its cookie too.
 * Answers itself when a PIN is needed. */
void web_enter(
    struct web_request *rq, struct metod_str code, struct metod_str pin, web_then *then);
/* Cookie of a session that ends with the wave (until: its last day) or stays with the
 * result (until: METOD_NIL), or ends with the browser on a shared computer. */
void web_keep_session(
    struct web_request *rq, struct metod_str session, int64_t until, bool shared);
void web_show_enter(struct web_request *rq, int status);
void web_show_pin(struct web_request *rq, int status);

web_handler web_get_root, web_post_root, web_get_code, web_get_pin, web_post_pin,
    web_get_start, web_post_start, web_logout, web_language;
/* ---- answers.c ---- */
web_handler web_get_answers, web_post_answers, web_get_check, web_submit;
/* ---- me.c ---- */
web_handler web_get_me, web_post_wants, web_post_grant, web_post_revoke, web_post_pair,
    web_post_pin_set;
/* Grants in words, for the pages that list them. */
void web_grants(struct web_request *rq, const struct metod_grant_view *grants, size_t n,
    const struct metod_profile_view *profile, const struct metod_route_view *route,
    struct web_grant **ret, size_t *ret_n);
/* ---- steps.c ---- */
web_handler web_get_route, web_post_route, web_get_messages, web_post_messages;
/* ---- data.c ---- */
web_handler web_get_data, web_get_data_json, web_withdraw;
/* ---- files.c ---- */
web_handler web_get_help, web_get_privacy, web_health, web_ready, web_css, web_icon,
    web_metrics;
const struct web_file *web_file_find(const char *name);
/* Templates and their descriptors; METOD_UNKNOWN names the first that does not fit. */
enum metod_err web_bind_pages(struct web *web, struct metod_error *err);
