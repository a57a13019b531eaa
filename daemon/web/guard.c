/* SPDX-License-Identifier: Apache-2.0
 * Guard of the HTTP connections. evhttp asks us for the bufferevent of each accepted
 * connection; we keep a reference and watch its two buffers.
 *
 * What comes in is held back until the head of a request is whole and has passed the
 * gate; then it is written anew in one plain form, so that the library never meets bytes
 * that two parsers could read in two ways. A refused request is taken away, with all that
 * follows it, and in its place the library gets one of ours that asks for the page of the
 * refusal (web_refusal_of).
 *
 * The library clears the callbacks of a bufferevent when it lets it go: then, at the next
 * tick, our reference goes too. The descriptor is closed with that last reference and not
 * before. Were it closed by evhttp while the bufferevent still stands, the next
 * connection would get the same number, its events would be taken for those of the dead
 * one, and it would wait for ever. This follows 2.1.12; tests/integration/test_http.py
 * holds it. */
#include "guard.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>

#include "head.h"
#include "metod/log.h"

enum {
	TICK_MS = 250,
	PAUSE_MS = 1000,
	LINGER_MS = 2000, /* after a refusal: what is still under way is read and dropped,
			   * else the answer would be lost with it */
	SPARE_FILES = 64, /* descriptors that are not connections */
};

struct guarded {
	struct guarded *next;
	struct web_guard *guard;
	struct bufferevent *bev;
	struct evbuffer *held; /* came in and is not let through yet */
	struct web_look look;  /* at the head that begins in `held` */
	size_t body;           /* bytes of the body that are still to come */
	unsigned whole;        /* requests let through whole and not answered */
	size_t bytes; /* came in since the last answer; counted in guard->bytes */
	/* Monotonic; 0: none. Of the request that is coming in, of the answer to the one
	 * before it, and the begin of idleness or of lingering. */
	int64_t request_ms, answer_ms, since_ms;
	bool refused, shut, own; /* own: we change its buffers ourselves */
};

struct web_guard {
	struct metod_str origin;
	struct evconnlistener *listener;
	struct event *tick;
	struct guarded *list; /* newest first */
	size_t n, most;
	size_t bytes; /* of all requests that are not answered */
	int64_t pause_until_ms;
	bool paused, stopping, warned;
};

static int64_t clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void set_bytes(struct guarded *g, size_t bytes)
{
	g->guard->bytes += bytes - g->bytes;
	g->bytes = bytes;
}

/* Has the library let go of it? */
static bool abandoned(struct bufferevent *bev)
{
	bufferevent_data_cb read = NULL, write = NULL;
	bufferevent_event_cb event = NULL;

	bufferevent_getcb(bev, &read, &write, &event, NULL);
	return !read && !write && !event;
}

/* The library sees the end of the stream and frees the connection in its own way. What
 * was not taken is forgotten by the system too. */
static void shut(struct guarded *g)
{
	const struct linger now = {.l_onoff = 1};
	evutil_socket_t fd = bufferevent_getfd(g->bev);

	if (g->shut || abandoned(g->bev))
		return;
	g->shut = true;
	if (g->answer_ms)
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	shutdown(fd, SHUT_RDWR);
}

/* Too many bytes are in flight: whoever has the most goes, not whoever came last. */
static void shut_greediest(struct web_guard *guard)
{
	struct guarded *most = guard->list;

	for (struct guarded *g = guard->list; g; g = g->next) {
		if (!g->shut && (most->shut || g->bytes > most->bytes))
			most = g;
	}
	evbuffer_drain(most->held, evbuffer_get_length(most->held));
	set_bytes(most, 0);
	shut(most);
}

/* ---- what comes in ---- */

static void request_is_whole(struct guarded *g)
{
	if (g->whole++ == 0)
		g->answer_ms = clock_ms() + METOD_HTTP_ANSWER_MS;
	g->look = (struct web_look){0};
	g->request_ms = 0;
}

int web_refusal_of(const char *target)
{
	int status = 0;

	/* No such target passes the gate, so it is ours. */
	return target[0] == '*' && sscanf(target + 1, "%3d", &status) == 1 ? status : 0;
}

static void refuse(
    struct guarded *g, int status, const char *why, const struct web_admitted *in)
{
	struct evbuffer *input = bufferevent_get_input(g->bev);
	bool english = in && metod_str_starts(in->languages, "en");

	metod_log(
	    METOD_LOG_INFO, "web", "event=refused reason=%s status=%d", why, status);
	evbuffer_drain(g->held, evbuffer_get_length(g->held));
	evbuffer_add_printf(input, "%s *%d HTTP/1.1\r\nAccept-Language: %s\r\n\r\n",
	    in && in->head ? "HEAD" : "GET", status, english ? "en" : "ru");
	g->refused = true;
	request_is_whole(g);
}

static void write_head(const struct web_head *head, struct evbuffer *out)
{
	evbuffer_add_printf(out, "%.*s %.*s HTTP/%d.%d\r\n", METOD_FMT(head->method),
	    METOD_FMT(head->target), head->major, head->minor);
	for (size_t i = 0; i < head->n_headers; i++)
		evbuffer_add_printf(out, "%.*s: %.*s\r\n",
		    METOD_FMT(head->headers[i].name), METOD_FMT(head->headers[i].value));
	evbuffer_add(out, "\r\n", 2);
}

/* A head has come whole: the first n bytes of `held`. */
static void judge(struct guarded *g, size_t n)
{
	struct metod_str bytes = {
	    (const char *)evbuffer_pullup(g->held, (ev_ssize_t)n), n};
	struct metod_arena *arena = metod_arena_new();
	struct web_admitted in = {0};
	const char *why = "head";
	struct web_head head;
	int status = web_head_parse(bytes, arena, &head);

	if (!status)
		status = web_gate(&head, g->guard->origin, arena, &in, &why);
	if (status) {
		refuse(g, status, why, &in);
	} else {
		write_head(&head, bufferevent_get_input(g->bev));
		evbuffer_drain(g->held, n);
		g->body = in.length;
		if (!g->body)
			request_is_whole(g);
	}
	metod_arena_free(arena);
}

/* True: something was let through, and there may be more. */
static bool take_head(struct guarded *g)
{
	struct evbuffer_iovec piece;
	struct evbuffer_ptr at;

	while (g->look.n < evbuffer_get_length(g->held)) {
		bool whole = false;
		size_t n = 0;
		int status;

		evbuffer_ptr_set(g->held, &at, g->look.n, EVBUFFER_PTR_SET);
		evbuffer_peek(g->held, -1, &at, &piece, 1);
		status = web_look(&g->look, piece.iov_base, piece.iov_len, &n, &whole);
		if (status)
			refuse(g, status, "head", NULL);
		else if (whole)
			judge(g, g->look.n + 1);
		if (status || whole)
			return !g->refused;
	}
	return false;
}

static bool take_body(struct guarded *g)
{
	size_t n = evbuffer_get_length(g->held);

	if (n > g->body)
		n = g->body;
	evbuffer_remove_buffer(g->held, bufferevent_get_input(g->bev), n);
	g->body -= n;
	if (!g->body)
		request_is_whole(g);
	return !g->body;
}

/* Moves the bytes behind the first `kept` ones from the input to those that are held. */
static void hold(struct guarded *g, struct evbuffer *input, size_t kept)
{
	struct evbuffer *front;

	if (!kept) {
		evbuffer_add_buffer(g->held, input);
		return;
	}
	front = evbuffer_new();
	evbuffer_remove_buffer(input, front, kept);
	evbuffer_add_buffer(g->held, input);
	evbuffer_add_buffer(input, front);
	evbuffer_free(front);
}

static void on_input(
    struct evbuffer *input, const struct evbuffer_cb_info *info, void *arg)
{
	struct guarded *g = arg;
	bool more = true;

	if (info->n_added == 0 || g->own)
		return;
	g->own = true;
	if (g->shut) { /* the system still has some of it: nobody wants it */
		evbuffer_drain(input, evbuffer_get_length(input));
		g->own = false;
		return;
	}
	set_bytes(g, g->bytes + info->n_added);
	hold(g, input, info->orig_size);
	while (more && !g->refused && evbuffer_get_length(g->held))
		more = g->body ? take_body(g) : take_head(g);
	if (g->refused)
		evbuffer_drain(g->held, evbuffer_get_length(g->held));
	else if (!g->request_ms && (g->body || evbuffer_get_length(g->held)))
		g->request_ms = clock_ms() + METOD_HTTP_REQUEST_MS;
	g->own = false;
	if (g->guard->bytes > METOD_HTTP_BODIES_BYTES)
		shut_greediest(g->guard);
}

/* An answer has left. (The library says "100 Continue" when there is nothing to answer
 * yet.) */
static void on_output(
    struct evbuffer *output, const struct evbuffer_cb_info *info, void *arg)
{
	struct guarded *g = arg;
	int64_t now = clock_ms();

	if (info->n_deleted == 0 || evbuffer_get_length(output) || !g->whole)
		return;
	g->answer_ms = --g->whole ? now + METOD_HTTP_ANSWER_MS : 0;
	g->since_ms = now;
	set_bytes(g,
	    evbuffer_get_length(g->held) +
		evbuffer_get_length(bufferevent_get_input(g->bev)));
}

struct bufferevent *web_guard_make(struct event_base *base, void *arg)
{
	struct web_guard *guard = arg;
	struct bufferevent *bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	struct guarded *g = metod_xcalloc(1, sizeof(*g));

	g->guard = guard;
	g->bev = bev;
	g->held = evbuffer_new();
	g->since_ms = clock_ms();
	g->next = guard->list;
	guard->list = g;
	guard->n++;
	bufferevent_incref(bev);
	evbuffer_add_cb(bufferevent_get_input(bev), on_input, g);
	evbuffer_add_cb(bufferevent_get_output(bev), on_output, g);
	if (guard->n >= guard->most && !guard->paused) {
		guard->paused = true;
		evconnlistener_disable(guard->listener);
		metod_log(
		    METOD_LOG_WARNING, "web", "event=connections_full n=%zu", guard->n);
	}
	return bev;
}

static void drop(struct web_guard *guard, struct guarded **at)
{
	struct guarded *g = *at;

	*at = g->next;
	guard->n--;
	set_bytes(g, 0);
	evbuffer_free(g->held);
	evbuffer_remove_cb(bufferevent_get_input(g->bev), on_input, g);
	evbuffer_remove_cb(bufferevent_get_output(g->bev), on_output, g);
	bufferevent_decref(g->bev);
	free(g);
}

static bool idle(const struct guarded *g)
{
	return !g->request_ms && !g->answer_ms;
}

/* Of the last twelfth of the places nobody may keep one for long. */
static bool scarce(const struct web_guard *guard)
{
	return guard->n > guard->most - guard->most / 12;
}

static bool late(const struct guarded *g, int64_t now)
{
	int64_t less = 0;

	if (g->request_ms && scarce(g->guard))
		less = METOD_HTTP_REQUEST_MS - METOD_HTTP_HASTE_MS;
	if (idle(g))
		return scarce(g->guard) && now >= g->since_ms + METOD_HTTP_HASTE_MS;
	return (g->request_ms && now >= g->request_ms - less) ||
	    (g->answer_ms && now >= g->answer_ms);
}

/* The library has let go. Does the client of a refused request still send? */
static bool lingers(struct guarded *g, int64_t now)
{
	char waste[16384];
	ssize_t n = 1;

	for (int i = 0; n > 0 && i < 8; i++)
		n = recv(bufferevent_getfd(g->bev), waste, sizeof(waste), MSG_DONTWAIT);
	return g->refused && !g->shut && n != 0 && now < g->since_ms + LINGER_MS &&
	    !g->guard->stopping;
}

static void walk(struct web_guard *guard, int64_t now)
{
	for (struct guarded **at = &guard->list; *at;) {
		struct guarded *g = *at;

		if (abandoned(g->bev)) {
			if (lingers(g, now))
				at = &g->next;
			else
				drop(guard, at);
			continue;
		}
		if (late(g, now) || (guard->stopping && idle(g)))
			shut(g);
		at = &g->next;
	}
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct web_guard *guard = arg;
	int64_t now = clock_ms();

	(void)fd;
	(void)what;
	walk(guard, now);
	if (guard->paused && !guard->stopping && guard->n < guard->most &&
	    now >= guard->pause_until_ms) {
		guard->paused = false;
		evconnlistener_enable(guard->listener);
	}
}

/* Below the limit of descriptors, which is raised as far as allowed. */
static size_t most_connections(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return 512;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur != RLIM_INFINITY &&
	    limit.rlim_cur < METOD_HTTP_CONNECTIONS_MAX + SPARE_FILES)
		return limit.rlim_cur > 2 * SPARE_FILES ? limit.rlim_cur - SPARE_FILES
							: SPARE_FILES;
	return METOD_HTTP_CONNECTIONS_MAX;
}

struct web_guard *web_guard_new(
    struct event_base *base, struct evconnlistener *listener, struct metod_str origin)
{
	const struct timeval every = {0, TICK_MS * 1000};
	struct web_guard *guard = metod_xcalloc(1, sizeof(*guard));

	guard->listener = listener;
	guard->origin = origin;
	guard->most = most_connections();
	guard->tick = event_new(base, -1, EV_PERSIST, on_tick, guard);
	event_add(guard->tick, &every);
	return guard;
}

struct web_guard *web_guard_free(struct web_guard *guard)
{
	if (!guard)
		return NULL;
	while (guard->list)
		drop(guard, &guard->list);
	event_free(guard->tick);
	free(guard);
	return NULL;
}

void web_guard_pause(struct web_guard *guard)
{
	if (guard->paused)
		return;
	guard->paused = true;
	guard->pause_until_ms = clock_ms() + PAUSE_MS;
	evconnlistener_disable(guard->listener);
	if (!guard->warned)
		metod_log(METOD_LOG_ERROR, "web", "event=accept_paused n=%zu", guard->n);
	guard->warned =
	    true; /* said once: the cause does not change from second to second */
}

void web_guard_stop(struct web_guard *guard)
{
	guard->stopping = true;
	evconnlistener_disable(guard->listener);
	walk(guard, clock_ms());
}

size_t web_guard_connections(const struct web_guard *guard)
{
	return guard->n;
}
