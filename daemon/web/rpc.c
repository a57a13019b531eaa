/* SPDX-License-Identifier: Apache-2.0
 * Client of the store. Replies may come in any order and are found by their id. A call
 * that was answered by its deadline keeps its id until the late reply comes, so that ids
 * never mix. Invariant: at most PIPELINE calls are on the wire; the rest wait here, at
 * most WAIT_MAX. */
#include "rpc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "metod/log.h"
#include "metod/messages.h"
#include "metod/version.h"

enum {
	PIPELINE = METOD_PIPELINE_MAX - 1, /* one place is kept for our own questions */
	WAIT_MAX = 4096,
	TICK_MS = 250,
	AGAIN_MS = 500, /* between two attempts to connect */
};

struct call {
	struct call *next;
	uint32_t id;
	int64_t until_ms;
	web_rpc_done *done; /* NULL: answered by its deadline */
	void *ctx;
	struct metod_buf bytes; /* of a call that waits */
};

struct queue {
	struct call *first, **last;
	size_t n;
};

struct web_rpc {
	struct web_rpc_config config;
	struct bufferevent *bev;
	struct event *tick;
	struct metod_frames frames;
	struct metod_arena *arena;
	struct queue sent, waiting;
	uint32_t last_id;
	bool ready;
	bool said; /* that the store is not there */
	int64_t again_ms;
};

static int64_t clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- queues ---- */

static void push(struct queue *queue, struct call *call)
{
	call->next = NULL;
	*queue->last = call;
	queue->last = &call->next;
	queue->n++;
}

static struct call *cut(struct queue *queue, struct call **at)
{
	struct call *call = *at;

	*at = call->next;
	if (queue->last == &call->next)
		queue->last = at;
	queue->n--;
	return call;
}

static void drop(struct call *call)
{
	metod_buf_done(&call->bytes);
	free(call);
}

static struct call *new_call(struct web_rpc *rpc, const struct metod_rpc_request *request,
    web_rpc_done *done, void *ctx)
{
	struct call *call = metod_xcalloc(1, sizeof(*call));
	struct metod_rpc_request numbered = *request;

	call->id = numbered.id = ++rpc->last_id;
	call->until_ms = clock_ms() + WEB_CALL_MS;
	call->done = done;
	call->ctx = ctx;
	metod_rpc_request_pack(&numbered, &call->bytes);
	return call;
}

static void send_call(struct web_rpc *rpc, struct call *call)
{
	bufferevent_write(rpc->bev, call->bytes.p, call->bytes.n);
	metod_buf_done(&call->bytes);
	push(&rpc->sent, call);
}

static void send_waiting(struct web_rpc *rpc)
{
	while (rpc->ready && rpc->waiting.first && rpc->sent.n < PIPELINE)
		send_call(rpc, cut(&rpc->waiting, &rpc->waiting.first));
}

static struct call **find_expired(struct queue *queue, int64_t now)
{
	struct call **at = &queue->first;

	while (*at && (!(*at)->done || (*at)->until_ms > now))
		at = &(*at)->next;
	return at;
}

/* Answers what has passed its deadline. A call that was sent stays as a place holder. The
 * search begins anew each time, because an answer may lead to new calls. */
static void expire(struct queue *queue, int64_t now, bool keep)
{
	struct call **at;

	while (*(at = find_expired(queue, now))) {
		struct call *call = *at;
		web_rpc_done *done = call->done;
		void *ctx = call->ctx;
		enum metod_err e = call->until_ms ? METOD_UNREACHED : METOD_BUSY;

		call->done = NULL;
		if (!keep)
			drop(cut(queue, at));
		done(ctx, e, NULL);
	}
}

/* ---- connection ---- */

static void close_connection(struct web_rpc *rpc)
{
	struct queue lost = rpc->sent;

	if (rpc->bev)
		bufferevent_free(rpc->bev);
	rpc->bev = NULL;
	rpc->ready = false;
	rpc->again_ms = clock_ms() + AGAIN_MS;
	metod_frames_done(&rpc->frames);
	rpc->sent = (struct queue){0};
	rpc->sent.last = &rpc->sent.first;
	while (lost.first) {
		struct call *call = lost.first;

		lost.first = call->next;
		if (call->done)
			call->done(call->ctx, METOD_UNREACHED, NULL);
		drop(call);
	}
}

static void lose(struct web_rpc *rpc, const char *why)
{
	if (rpc->ready || !rpc->said)
		metod_log(METOD_LOG_WARNING, "web", "event=store_lost reason=%s", why);
	rpc->said = true;
	close_connection(rpc);
	if (rpc->config.fd >= 0)
		rpc->config.lost(rpc->config.ctx);
}

static void on_status(
    void *ctx, enum metod_err e, const struct metod_rpc_response *response)
{
	struct web_rpc *rpc = ctx;
	struct metod_status_rep status;

	if (!e)
		e = metod_load(&metod_status_rep_desc, response->result, METOD_KEYS_NAME,
		    true, rpc->arena, &status, NULL);
	if (e) {
		metod_log(METOD_LOG_ERROR, "web", "event=store_refused code=%s",
		    metod_err_wire(e));
		return; /* not ready: the tick begins anew where it can */
	}
	rpc->ready = true;
	rpc->said = false;
	metod_log(METOD_LOG_NOTICE, "web", "event=store_ready");
	rpc->config.ready(rpc->config.ctx, &status);
	send_waiting(rpc);
}

static void on_hello(
    void *ctx, enum metod_err e, const struct metod_rpc_response *response)
{
	struct web_rpc *rpc = ctx;
	const struct metod_rpc_request status = {.method = METOD_STR("status")};

	(void)response;
	if (e)
		metod_log(METOD_LOG_ERROR, "web", "event=store_refused code=%s",
		    metod_err_wire(e));
	else
		send_call(rpc, new_call(rpc, &status, on_status, rpc));
}

static void answer(struct web_rpc *rpc, struct metod_str message)
{
	struct metod_rpc_response response;
	enum metod_rpc_kind kind;
	struct call **at, *call;
	uint32_t id;

	metod_arena_clear(rpc->arena);
	if (!metod_rpc_peek(message, &kind, &id) || kind != METOD_RPC_RESPONSE ||
	    metod_rpc_response_parse(message, rpc->arena, &response, NULL)) {
		rpc->frames.hostile = true;
		return;
	}
	for (at = &rpc->sent.first; *at && (*at)->id != id;)
		at = &(*at)->next;
	if (!*at)
		return;
	call = cut(&rpc->sent, at);
	if (call->done)
		call->done(call->ctx, response.error.code, &response);
	drop(call);
}

static void on_read(struct bufferevent *bev, void *ctx)
{
	struct web_rpc *rpc = ctx;
	struct evbuffer *in = bufferevent_get_input(bev);
	struct metod_str message;
	size_t n;

	while ((n = evbuffer_get_contiguous_space(in)) > 0) {
		metod_frames_feed(&rpc->frames, evbuffer_pullup(in, (ev_ssize_t)n), n);
		evbuffer_drain(in, n);
		while (metod_frames_next(&rpc->frames, &message) == METOD_SCAN_COMPLETE)
			answer(rpc, message);
	}
	if (rpc->frames.hostile)
		lose(rpc, "protocol");
	else
		send_waiting(rpc);
}

static void greet(struct web_rpc *rpc)
{
	const struct metod_hello hello = {
	    .proto = METOD_PROTO, .client = METOD_STR("metodd-web")};
	struct metod_rpc_request request = {.method = METOD_STR("hello")};
	struct metod_buf params = {0};

	metod_pack(&metod_hello_desc, &hello, METOD_KEYS_NAME, 0, &params);
	request.params = metod_buf_view(&params);
	send_call(rpc, new_call(rpc, &request, on_hello, rpc));
	metod_buf_done(&params);
}

static void on_event(struct bufferevent *bev, short what, void *ctx)
{
	struct web_rpc *rpc = ctx;

	(void)bev;
	if (what & BEV_EVENT_CONNECTED)
		greet(rpc);
	else if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
		lose(rpc, what & BEV_EVENT_EOF ? "closed" : "error");
}

static void attach(struct web_rpc *rpc, int fd)
{
	rpc->bev = bufferevent_socket_new(rpc->config.base, fd, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(rpc->bev, on_read, NULL, on_event, rpc);
	bufferevent_enable(rpc->bev, EV_READ | EV_WRITE);
	metod_frames_init(&rpc->frames, METOD_REPLY_MAX);
}

static void connect_path(struct web_rpc *rpc)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t n = strlen(rpc->config.path);

	if (n >= sizeof(address.sun_path))
		return;
	memcpy(address.sun_path, rpc->config.path, n);
	attach(rpc, -1);
	if (bufferevent_socket_connect(
		rpc->bev, (struct sockaddr *)&address, sizeof(address)))
		lose(rpc, "connect");
}

static void on_tick(evutil_socket_t fd, short what, void *ctx)
{
	struct web_rpc *rpc = ctx;
	int64_t now = clock_ms();

	(void)fd;
	(void)what;
	expire(&rpc->sent, now, true);
	expire(&rpc->waiting, now, false);
	/* Connected and still not greeted when the first call has expired: begin anew. */
	if (rpc->bev && !rpc->ready && now > rpc->again_ms + WEB_CALL_MS &&
	    rpc->config.fd < 0)
		lose(rpc, "silent");
	if (!rpc->bev && rpc->config.fd < 0 && now >= rpc->again_ms) {
		rpc->again_ms = now;
		connect_path(rpc);
	}
}

/* ---- public ---- */

struct web_rpc *web_rpc_new(const struct web_rpc_config *config)
{
	const struct timeval every = {0, TICK_MS * 1000};
	struct web_rpc *rpc = metod_xcalloc(1, sizeof(*rpc));

	rpc->config = *config;
	rpc->arena = metod_arena_new();
	rpc->sent.last = &rpc->sent.first;
	rpc->waiting.last = &rpc->waiting.first;
	rpc->tick = event_new(config->base, -1, EV_PERSIST, on_tick, rpc);
	event_add(rpc->tick, &every);
	if (config->fd >= 0) {
		evutil_make_socket_nonblocking(config->fd);
		attach(rpc, config->fd);
		greet(rpc);
	} else {
		connect_path(rpc);
	}
	return rpc;
}

struct web_rpc *web_rpc_free(struct web_rpc *rpc)
{
	if (!rpc)
		return NULL;
	close_connection(rpc);
	expire(&rpc->waiting, INT64_MAX, false);
	event_free(rpc->tick);
	metod_frames_done(&rpc->frames);
	metod_arena_free(rpc->arena);
	free(rpc);
	return NULL;
}

void web_rpc_call(struct web_rpc *rpc, const struct metod_rpc_request *request,
    web_rpc_done *done, void *ctx)
{
	struct call *call = new_call(rpc, request, done, ctx);

	/* Refusals come from the tick too, so that no caller is called back inside its
	 * own call. */
	if (rpc->waiting.n >= WAIT_MAX)
		call->until_ms = 0;
	push(&rpc->waiting, call);
	send_waiting(rpc);
}

bool web_rpc_ready(const struct web_rpc *rpc)
{
	return rpc->ready;
}
