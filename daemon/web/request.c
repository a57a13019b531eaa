/* SPDX-License-Identifier: Apache-2.0
 * One request: from the HTTP library through the gate to its handler, and its end. The
 * connection may die while the store is asked: then `ev` becomes NULL and is never
 * touched again. */
#include "internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/random.h>
#include <time.h>

#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>

#include "metod/log.h"
#include "metod/metrics.h"
#include "request.h"

int64_t web_clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void random_bytes(void *bytes, size_t n)
{
	while (getrandom(bytes, n, 0) != (ssize_t)n) {
		if (errno != EINTR)
			abort(); /* without randomness there are no forms */
	}
}

struct metod_str web_random(struct metod_arena *arena)
{
	static const char digit[] = "0123456789abcdef";
	uint8_t bytes[16];
	char *text = metod_arena_alloc(arena, 2 * sizeof(bytes) + 1);

	random_bytes(bytes, sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++) {
		text[2 * i] = digit[bytes[i] >> 4];
		text[2 * i + 1] = digit[bytes[i] & 15];
	}
	return (struct metod_str){text, 2 * sizeof(bytes)};
}

/* Twelve digits: a teacher may have to say them on the phone. */
static void name_request(struct web_request *rq)
{
	uint64_t number;

	random_bytes(&number, sizeof(number));
	snprintf(rq->id, sizeof(rq->id), "%012llu",
	    (unsigned long long)(number % 1000000000000));
	metod_log_set_request(rq->id);
}

/* ---- end ---- */

static void release(struct web_request *rq)
{
	if (rq->ev || rq->waiting || rq->asking)
		return;
	rq->web->requests--;
	metod_arena_free(rq->arena);
	free(rq);
}

void web_release(struct web_request *rq)
{
	release(rq);
}

static const char *method_of(const struct web_request *rq)
{
	if (rq->in.path.n == 0)
		return "-"; /* refused at the gate */
	return rq->in.post ? "POST" : rq->in.head ? "HEAD" : "GET";
}

static void on_close(struct evhttp_connection *connection, void *arg)
{
	struct web_request *rq = arg;

	(void)connection;
	rq->ev = NULL;
	metod_log_set_request(rq->id);
	metod_log(METOD_LOG_INFO, "web",
	    "event=request method=%s route=%s status=gone ms=%lld", method_of(rq),
	    rq->route ? rq->route->pattern : "-",
	    (long long)((metod_clock_us() - rq->started_us) / 1000));
	metod_log_set_request(NULL);
	release(rq);
}

/* What a teacher does with the result is counted together: one who withdraws must not
 * show as a step of a curve. */
static void count(const struct web_request *rq, int status)
{
	int64_t us = metod_clock_us() - rq->started_us;
	const char *route = rq->route ? rq->route->pattern : "-";
	char text[12];

	snprintf(text, sizeof(text), "%d", status);
	metod_metric_add(METOD_M_web_requests_total,
	    strncmp(route, "/me/", 4) ? route : "/me/*", text, 1);
	metod_metric_see(METOD_M_web_request_seconds, us > 0 ? (uint64_t)us : 0);
}

void web_sent(struct web_request *rq, int status)
{
	const char *route = rq->route ? rq->route->pattern : "-";

	count(rq, status);
	evhttp_connection_set_closecb(evhttp_request_get_connection(rq->ev), NULL, NULL);
	rq->ev = NULL;
	if (rq->route && rq->route->flags & WEB_QUIET && status < 400)
		return;
	metod_log(status >= 500 ? METOD_LOG_WARNING : METOD_LOG_INFO, "web",
	    "event=request method=%s route=%s status=%d ms=%lld", method_of(rq), route,
	    status, (long long)((metod_clock_us() - rq->started_us) / 1000));
}

/* ---- begin ---- */

static const char *method_word(enum evhttp_cmd_type type)
{
	return type == EVHTTP_REQ_GET ? "GET"
	    : type == EVHTTP_REQ_HEAD ? "HEAD"
	    : type == EVHTTP_REQ_POST ? "POST"
				      : "other";
}

/* At most one header more than allowed is kept, so that the gate sees there are too many.
 */
static struct web_head head_of(struct web_request *rq)
{
	struct evkeyvalq *list = evhttp_request_get_input_headers(rq->ev);
	struct web_header *headers =
	    METOD_NEWS(rq->arena, METOD_HTTP_HEADERS_MAX + 1, struct web_header);
	struct web_head head = {
	    .method = metod_str(method_word(evhttp_request_get_command(rq->ev))),
	    .major = rq->ev->major,
	    .minor = rq->ev->minor,
	    .target = metod_arena_strz(rq->arena, evhttp_request_get_uri(rq->ev)),
	    .headers = headers,
	};
	struct evkeyval *pair;

	TAILQ_FOREACH (pair, list, next) {
		if (head.n_headers > METOD_HTTP_HEADERS_MAX)
			break;
		headers[head.n_headers++] =
		    (struct web_header){metod_arena_strz(rq->arena, pair->key),
			metod_arena_strz(rq->arena, pair->value)};
	}
	return head;
}

static struct metod_str source_of(struct web_request *rq)
{
	const struct web *web = rq->web;
	char *peer = NULL;
	ev_uint16_t port;

	if (!web->unix_socket)
		evhttp_connection_get_peer(
		    evhttp_request_get_connection(rq->ev), &peer, &port);
	return web_source(&web->trusted, metod_arena_strz(rq->arena, peer ? peer : ""),
	    rq->in.forwarded, rq->in.n_forwarded, rq->arena);
}

/* Cookie first, then the first of our languages that the browser names. */
static enum metod_lang language_of(const struct web_request *rq)
{
	struct metod_str word = web_get_cookie(rq, "l"), list = rq->in.languages;

	while (word.n == 0 && list.n) {
		struct metod_str one = metod_str_trim(metod_str_cut(&list, ','));

		if (metod_str_starts(one, "ru") || metod_str_starts(one, "en"))
			word = (struct metod_str){one.p, 2};
	}
	return metod_lang_from(word);
}

static bool good_token(struct metod_str token)
{
	return token.n == 32 && web_plain_cookie(token);
}

static void read_cookies(struct web_request *rq)
{
	rq->session = web_get_cookie(rq, "m");
	if (!web_plain_cookie(rq->session))
		rq->session = METOD_STR("");
	rq->token = web_get_cookie(rq, "c");
	if (!good_token(rq->token))
		rq->token = METOD_STR("");
	rq->lang = language_of(rq);
}

static struct metod_str body_of(struct web_request *rq)
{
	struct evbuffer *buffer = evhttp_request_get_input_buffer(rq->ev);
	size_t n = evbuffer_get_length(buffer);
	char *bytes = metod_arena_alloc(rq->arena, n + 1);

	evbuffer_remove(buffer, bytes, n);
	return (struct metod_str){bytes, n};
}

/* The gate has refused the request, or our guard has already. Its cookies are not read:
 * it must not change the token of the browser's own pages. */
static void turn_away(struct web_request *rq, int status)
{
	web_header_out(rq, "Connection", "close");
	rq->token = web_random(rq->arena);
	rq->lang = language_of(rq);
	web_refuse(rq, status);
}

/* The guard has asked the gate about the bytes; now it is asked about what the library
 * made of them. They never differ; if they did, nothing would be run. */
static int admit(struct web_request *rq)
{
	const char *why = "disagreement";
	struct web_head head = head_of(rq);
	int status = web_gate(&head, rq->web->origin, rq->arena, &rq->in, &why);

	if (!status &&
	    rq->in.length != evbuffer_get_length(evhttp_request_get_input_buffer(rq->ev)))
		status = 400;
	if (status)
		metod_log(METOD_LOG_WARNING, "web",
		    "event=refused reason=%s status=%d second=yes", why, status);
	return status;
}

static void start(struct web_request *rq)
{
	int refused = web_refusal_of(evhttp_request_get_uri(rq->ev));
	int status = refused;

	if (refused) {
		struct web_head head = head_of(rq);

		rq->in.languages = head.headers[0].value;
	} else {
		status = admit(rq);
	}
	if (status) {
		turn_away(rq, status);
		return;
	}
	read_cookies(rq);
	rq->source = source_of(rq);
	if (!web_form_parse(rq->in.query, rq->arena, &rq->query) ||
	    (rq->in.post && !web_form_parse(body_of(rq), rq->arena, &rq->form)))
		web_refuse(rq, 400);
	else
		web_dispatch(rq);
}

static void serve(struct web *web, struct evhttp_request *ev, bool metrics)
{
	struct web_request *rq = metod_xcalloc(1, sizeof(*rq));

	rq->web = web;
	rq->ev = ev;
	rq->metrics = metrics;
	rq->arena = metod_arena_new();
	rq->started_us = metod_clock_us();
	rq->session = rq->token = rq->source = METOD_STR("");
	name_request(rq);
	web->requests++;
	evhttp_connection_set_closecb(evhttp_request_get_connection(ev), on_close, rq);
	rq->asking = true;
	start(rq);
	rq->asking = false;
	metod_log_set_request(NULL);
	release(rq);
}

void web_serve(struct evhttp_request *ev, void *web)
{
	serve(web, ev, false);
}

void web_serve_metrics(struct evhttp_request *ev, void *web)
{
	serve(web, ev, true);
}
