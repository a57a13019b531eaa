/* SPDX-License-Identifier: Apache-2.0
 * Guard of the HTTP connections. evhttp asks us for the bufferevent of each accepted
 * connection; we keep a reference and watch its two buffers. The library clears the
 * callbacks of a bufferevent when it lets it go: then, at the next tick, our reference
 * goes too. The descriptor is closed with that last reference and not before. Were it
 * closed by evhttp while the bufferevent still stands, the next connection would get the
 * same number, its events would be taken for those of the dead one, and it would wait for
 * ever. This follows 2.1.12; tests/integration/test_http.py holds it. */
#include "guard.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>

#include "metod/base.h"
#include "metod/limits.h"
#include "metod/log.h"

enum {
	TICK_MS = 250,
	PAUSE_MS = 1000,
	SPARE_FILES = 64, /* descriptors that are not connections */
};

struct guarded {
	struct guarded *next;
	struct web_guard *guard;
	struct bufferevent *bev;
	int64_t deadline_ms; /* of the request that has begun; 0: none */
	size_t bytes;        /* of that request, counted in guard->bytes */
	bool shut;
};

struct web_guard {
	struct evconnlistener *listener;
	struct event *tick;
	struct guarded *list;
	size_t n, most;
	size_t bytes; /* of all requests that have begun */
	int64_t pause_until_ms;
	bool paused, stopping, warned;
};

static int64_t clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void forget_bytes(struct guarded *g)
{
	g->guard->bytes -= g->bytes;
	g->bytes = 0;
}

/* Has the library let go of it? */
static bool abandoned(struct bufferevent *bev)
{
	bufferevent_data_cb read = NULL, write = NULL;
	bufferevent_event_cb event = NULL;

	bufferevent_getcb(bev, &read, &write, &event, NULL);
	return !read && !write && !event;
}

/* The library sees the end of the stream and frees the connection in its own way. */
static void shut(struct guarded *g)
{
	if (!g->shut && !abandoned(g->bev)) {
		g->shut = true;
		shutdown(bufferevent_getfd(g->bev), SHUT_RDWR);
	}
}

static void on_input(
    struct evbuffer *buffer, const struct evbuffer_cb_info *info, void *arg)
{
	struct guarded *g = arg;

	(void)buffer;
	if (info->n_added == 0)
		return;
	if (!g->deadline_ms)
		g->deadline_ms = clock_ms() + METOD_HTTP_REQUEST_MS;
	g->bytes += info->n_added;
	g->guard->bytes += info->n_added;
	if (g->guard->bytes > METOD_HTTP_BODIES_BYTES)
		shut(g);
}

/* The answer has begun: the request is over. Bytes of the next one may be here already.
 */
static void on_output(
    struct evbuffer *buffer, const struct evbuffer_cb_info *info, void *arg)
{
	struct guarded *g = arg;

	(void)buffer;
	if (info->n_added == 0)
		return;
	forget_bytes(g);
	g->deadline_ms = evbuffer_get_length(bufferevent_get_input(g->bev))
	    ? clock_ms() + METOD_HTTP_REQUEST_MS
	    : 0;
}

struct bufferevent *web_guard_make(struct event_base *base, void *arg)
{
	struct web_guard *guard = arg;
	struct bufferevent *bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	struct guarded *g = metod_xcalloc(1, sizeof(*g));

	g->guard = guard;
	g->bev = bev;
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
	forget_bytes(g);
	evbuffer_remove_cb(bufferevent_get_input(g->bev), on_input, g);
	evbuffer_remove_cb(bufferevent_get_output(g->bev), on_output, g);
	bufferevent_decref(g->bev);
	free(g);
}

static bool idle(const struct guarded *g)
{
	return !g->deadline_ms &&
	    evbuffer_get_length(bufferevent_get_output(g->bev)) == 0;
}

static void walk(struct web_guard *guard, int64_t now)
{
	for (struct guarded **at = &guard->list; *at;) {
		struct guarded *g = *at;

		if (abandoned(g->bev)) {
			drop(guard, at);
			continue;
		}
		if ((g->deadline_ms && now >= g->deadline_ms) ||
		    (guard->stopping && idle(g)))
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

struct web_guard *web_guard_new(struct event_base *base, struct evconnlistener *listener)
{
	const struct timeval every = {0, TICK_MS * 1000};
	struct web_guard *guard = metod_xcalloc(1, sizeof(*guard));

	guard->listener = listener;
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
