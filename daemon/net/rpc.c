/* SPDX-License-Identifier: Apache-2.0
 * MessagePack-RPC server: hello first, calls answered as they finish, back-pressure both
 * ways, absolute deadlines. Knows frames and calls; what a command means is daemon/app's
 * business. */
#include "net.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "metod/log.h"
#include "metod/metrics.h"
#include "metod/version.h"
#include "metod/wire.h"

/* A connection with many calls at once lets the others have their turn after so long. */
enum { TURN_MS = 5, BACKLOG = 1024, LISTENERS_MAX = 2, SLOW_MS = 1000 };

struct conn {
	struct net_rpc *rpc;
	struct bufferevent
	    *bev; /* NULL after the peer is gone; calls may still be in work */
	struct event
	    *again; /* goes on reading in the next turn of the loop; NULL with bev */
	struct metod_peer peer;
	struct metod_frames frames;
	bool greeted, closing, paused;
	unsigned in_work;
	TAILQ_HEAD(, call) calls;    /* in work, the oldest first */
	int64_t opened_ms, frame_ms; /* monotonic; 0: none */
	/* Bytes ever written; and how many of them had been at mark_ms: these must be
	 * taken by the peer before METOD_UNREAD_MS have passed. */
	uint64_t written, mark;
	int64_t mark_ms;
	size_t begun; /* bytes of a message that has not ended; counted in rpc->begun */
	LIST_ENTRY(conn) link;
};
struct call {
	struct conn *conn;
	TAILQ_ENTRY(call) link;
	uint32_t id;
	int64_t begun_us;
	char method[METOD_METHOD_MAX + 1];
	char request[METOD_REQUEST_ID_MAX + 1]; /* of the page, or our own: for the log */
};
struct net_rpc {
	struct event_base *base;
	struct metod_app *app;
	struct evconnlistener *listeners[LISTENERS_MAX];
	size_t n_listeners;
	struct event *tick;
	LIST_HEAD(, conn) conns;
	size_t n_conns, in_work;
	size_t unread; /* bytes of replies that wait in all connections */
	size_t begun;  /* bytes of messages that have not ended, of all connections */
	struct event *relief; /* next turn of the loop: too many of them */
	bool draining;
	uint64_t next_request;
};

static void conn_read(struct conn *conn);

static void accept_pause(struct net_rpc *rpc)
{
	for (size_t i = 0; i < rpc->n_listeners; i++)
		evconnlistener_disable(rpc->listeners[i]);
}

static void accept_again(struct net_rpc *rpc)
{
	for (size_t i = 0; i < rpc->n_listeners; i++)
		evconnlistener_enable(rpc->listeners[i]);
}

/* Too many bytes of begun messages are relieved in the next turn, when nobody is at work
 * with a connection. */
static void set_begun(struct conn *conn, size_t bytes)
{
	const struct timeval at_once = {0, 0};
	struct net_rpc *rpc = conn->rpc;
	rpc->begun += bytes - conn->begun;
	conn->begun = bytes;
	if (rpc->begun > METOD_FRAMES_MAX)
		event_add(rpc->relief, &at_once);
}

static void conn_free_if_idle(struct conn *conn)
{
	if (conn->bev || conn->in_work)
		return;
	LIST_REMOVE(conn, link);
	struct net_rpc *rpc = conn->rpc;
	if (rpc->n_conns-- == METOD_CONNECTIONS_MAX && !rpc->draining)
		accept_again(rpc);
	metod_metric_set(METOD_M_store_rpc_connections, NULL, NULL, rpc->n_conns);
	metod_frames_done(&conn->frames);
	free(conn);
}

/* Bytes of replies that the peer has not taken. */
static size_t waiting(const struct conn *conn)
{
	return evbuffer_get_length(bufferevent_get_output(conn->bev));
}

static void on_output(
    struct evbuffer *output, const struct evbuffer_cb_info *info, void *arg)
{
	struct conn *conn = arg;
	(void)output;
	conn->written += info->n_added;
	conn->rpc->unread += info->n_added;
	conn->rpc->unread -= info->n_deleted;
}

static void conn_close(struct conn *conn)
{
	if (conn->bev) {
		conn->rpc->unread -= waiting(conn);
		event_free(conn->again);
		bufferevent_free(conn->bev);
		set_begun(conn, 0);
		metod_frames_done(&conn->frames);
	}
	conn->bev = NULL;
	conn_free_if_idle(conn);
}

static void conn_send(struct conn *conn, struct metod_buf *out)
{
	if (conn->bev)
		bufferevent_write(conn->bev, out->p, out->n);
	metod_buf_done(out);
}

/* Last words: what is written goes out, then the connection ends; on_tick ends it when
 * the peer does not read them. */
static void conn_end(struct conn *conn)
{
	conn->closing = true;
	conn->frame_ms = net_mono_ms();
	if (!conn->bev)
		return;
	bufferevent_disable(conn->bev, EV_READ);
	if (waiting(conn) == 0)
		/* Not here and now: a caller up the stack still holds the connection. */
		bufferevent_trigger(conn->bev, EV_WRITE, BEV_TRIG_DEFER_CALLBACKS);
}

static void send_error(
    struct conn *conn, uint32_t id, enum metod_err code, const char *text)
{
	struct metod_buf out = {0};
	struct metod_error error;
	metod_fail(&error, code, "", "%s", text);
	metod_rpc_error_pack(id, &error, &out);
	conn_send(conn, &out);
}

/* ---- back-pressure ---- */

/* When there is much to do, each has one call at a time, so that nobody fills the queues
 * of all. The web process has many people behind it. */
static bool must_wait(const struct conn *conn)
{
	return conn->in_work >= METOD_PIPELINE_MAX ||
	    (conn->in_work > 0 && !conn->peer.web && conn->rpc->in_work >= METOD_CROWD);
}

/* When all together have used up what there is, whoever reads his replies goes on. */
static bool too_much(const struct conn *conn)
{
	size_t unread = waiting(conn);
	return must_wait(conn) || unread > METOD_OUTBOX_MAX ||
	    (unread > 0 && conn->rpc->unread > METOD_OUTBOXES_MAX);
}

static void conn_resume(struct conn *conn)
{
	if (!conn->bev || !conn->paused || conn->closing || too_much(conn))
		return;
	conn->paused = false;
	bufferevent_enable(conn->bev, EV_READ);
	conn_read(conn);
}

/* ---- calls ---- */

/* What went well and soon is told by the page; what we are to blame for must be seen. */
static enum metod_log_level call_level(enum metod_err code, int64_t ms)
{
	if (code == METOD_OK)
		return ms < SLOW_MS ? METOD_LOG_DEBUG : METOD_LOG_INFO;
	return metod_err_http(code) >= 500 ? METOD_LOG_WARNING : METOD_LOG_INFO;
}

/* Under which name a call is counted. Those that a teacher can make are counted together
 * by their noun: one who declines or withdraws must not show as a step of a curve. */
static const char *counted_as(const char *method, char noun[METOD_METHOD_MAX + 1])
{
	const struct metod_command *command = metod_command_find(metod_str(method));
	if (!command)
		return "unknown";
	if (!(command->who & METOD_TEACHER) || command->who & METOD_GUEST)
		return command->name;
	snprintf(noun, METOD_METHOD_MAX + 1, "%.*s", (int)strcspn(method, "."), method);
	return noun;
}

static void count_call(const char *method, enum metod_err code, int64_t us)
{
	char noun[METOD_METHOD_MAX + 1];
	const char *outcome = code == METOD_OK ? "ok" : metod_err_wire(code);
	metod_metric_add(
	    METOD_M_store_rpc_calls_total, counted_as(method, noun), outcome, 1);
	metod_metric_see(METOD_M_store_rpc_seconds, us > 0 ? (uint64_t)us : 0);
	bool code_entry = strcmp(method, "session.enter") == 0;
	bool password = strcmp(method, "login") == 0;
	if (code == METOD_LOGIN || (code != METOD_OK && (code_entry || password)))
		metod_metric_add(METOD_M_store_login_failures_total,
		    code_entry     ? "code"
			: password ? "password"
				   : "session",
		    outcome, 1);
}

static void call_answer(void *arg, struct metod_reply *reply)
{
	struct call *call = arg;
	struct conn *conn = call->conn;
	struct metod_buf out = {0};
	if (reply->code == METOD_OK)
		metod_rpc_result_pack(call->id, metod_buf_view(&reply->result), &out);
	else
		metod_rpc_error_pack(call->id, &reply->error, &out);
	int64_t us = metod_clock_us() - call->begun_us, ms = us / 1000;
	metod_log_set_request(call->request);
	metod_log(call_level(reply->code, ms), "net",
	    "event=call command=%s result=%s ms=%lld", call->method,
	    metod_err_wire(reply->code), (long long)ms);
	count_call(call->method, reply->code, us);
	conn->in_work--;
	conn->rpc->in_work--;
	TAILQ_REMOVE(&conn->calls, call, link);
	free(call);
	conn_send(conn, &out);
	if (conn->bev)
		conn_resume(conn);
	else
		conn_free_if_idle(conn);
}

static void hello(
    struct conn *conn, const struct metod_rpc_request *request, struct metod_arena *arena)
{
	struct metod_hello in = {0},
			   out = {.proto = METOD_PROTO,
			       .min = METOD_PROTO,
			       .server = METOD_STR("metodd " METOD_VERSION_TEXT),
			       .max_msg = METOD_MSG_MAX};
	struct metod_error err = {0};
	struct metod_buf map = {0}, bytes = {0};
	enum metod_err e = metod_load(
	    &metod_hello_desc, request->params, METOD_KEYS_NAME, true, arena, &in, &err);
	if (e == METOD_OK && (in.proto < METOD_PROTO || in.min > METOD_PROTO))
		e = metod_fail(&err, METOD_HELLO, "proto", "protocol %d is spoken here",
		    METOD_PROTO);
	if (e != METOD_OK) {
		metod_rpc_error_pack(request->id, &err, &bytes);
		conn_send(conn, &bytes);
		conn_end(conn);
		return;
	}
	out.schema =
	    metod_arena_printf(arena, "%016llx", (unsigned long long)metod_schema_hash());
	metod_pack(&metod_hello_desc, &out, METOD_KEYS_NAME, 0, &map);
	metod_rpc_result_pack(request->id, metod_buf_view(&map), &bytes);
	metod_buf_done(&map);
	conn->greeted = true;
	conn_send(conn, &bytes);
}

static bool good_request_id(struct metod_str id)
{
	for (size_t i = 0; i < id.n; i++)
		if (id.p[i] < '0' || id.p[i] > '9')
			return false;
	return id.n > 0;
}

/* The web process names its requests; other callers could name somebody else's. */
static void name_call(struct call *call, struct metod_str id)
{
	if (call->conn->peer.web && good_request_id(id))
		snprintf(call->request, sizeof call->request, "%.*s", METOD_FMT(id));
	else
		snprintf(call->request, sizeof call->request, "%012llu",
		    (unsigned long long)(call->conn->rpc->next_request++ %
			1000000000000));
}

static void call_begin(struct conn *conn, const struct metod_rpc_request *request)
{
	struct call *call = metod_xcalloc(1, sizeof *call);
	call->conn = conn;
	call->id = request->id;
	call->begun_us = metod_clock_us();
	snprintf(call->method, sizeof call->method, "%.*s", METOD_FMT(request->method));
	name_call(call, request->request);
	conn->in_work++;
	TAILQ_INSERT_TAIL(&conn->calls, call, link);
	conn->rpc->in_work++;
	metod_log_set_request(call->request);
	metod_app_call(conn->rpc->app, &conn->peer, request->method, request->params,
	    request->session, request->key, metod_lang_from(request->lang), call_answer,
	    call);
	metod_log_set_request(NULL);
}

/* One whole message. The connection may be gone afterwards (closing set, or freed by its
 * peer). */
static void on_message(struct conn *conn, struct metod_str message)
{
	struct metod_rpc_request request;
	struct metod_error err = {0};
	enum metod_rpc_kind kind;
	uint32_t id;
	if (!metod_rpc_peek(message, &kind, &id) || kind == METOD_RPC_RESPONSE) {
		conn_end(conn);
		return;
	}
	if (kind == METOD_RPC_NOTICE)
		return; /* nothing is announced to the store */
	struct metod_arena *arena = metod_arena_new();
	if (metod_rpc_request_parse(message, arena, &request, &err) != METOD_OK) {
		struct metod_buf out = {0};
		metod_rpc_error_pack(id, &err, &out);
		conn_send(conn, &out);
		if (!conn->greeted)
			conn_end(conn);
	} else if (metod_str_is(request.method, "hello")) {
		hello(conn, &request, arena);
	} else if (!conn->greeted) {
		send_error(conn, id, METOD_HELLO, "hello required");
		conn_end(conn);
	} else {
		call_begin(conn, &request);
	}
	metod_arena_free(arena);
}

/* ---- reading ---- */

static void conn_read(struct conn *conn)
{
	struct evbuffer *in = bufferevent_get_input(conn->bev);
	const struct timeval at_once = {0, 0};
	int64_t begun_ms = net_mono_ms();
	for (;;) {
		struct metod_str message;
		if (conn->closing)
			return;
		if (net_mono_ms() - begun_ms >= TURN_MS) {
			event_add(conn->again, &at_once);
			return;
		}
		if (too_much(conn)) {
			conn->paused = true;
			bufferevent_disable(conn->bev, EV_READ);
			return;
		}
		enum metod_scanned scan = metod_frames_next(&conn->frames, &message);
		if (scan == METOD_SCAN_HOSTILE) {
			metod_log(METOD_LOG_NOTICE, "net",
			    "event=hostile_message uid=%lld", (long long)conn->peer.uid);
			conn_end(conn);
			return;
		}
		if (scan == METOD_SCAN_COMPLETE) {
			conn->frame_ms = 0;
			on_message(conn, message);
			if (!conn->bev)
				return;
			continue;
		}
		size_t n = evbuffer_get_contiguous_space(in);
		if (n == 0) {
			set_begun(conn, metod_frames_waiting(&conn->frames));
			if (conn->begun && conn->frame_ms == 0)
				conn->frame_ms = net_mono_ms();
			return;
		}
		metod_frames_feed(&conn->frames, evbuffer_pullup(in, (ev_ssize_t)n), n);
		evbuffer_drain(in, n);
	}
}

static void on_read(struct bufferevent *bev, void *arg)
{
	(void)bev;
	conn_read(arg);
}

static void on_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	conn_read(arg);
}

static void on_drained(struct bufferevent *bev, void *arg)
{
	struct conn *conn = arg;
	(void)bev;
	if (conn->closing)
		conn_close(conn);
	else
		conn_resume(conn);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
		conn_close(arg);
}

bool net_rpc_adopt(struct net_rpc *rpc, int fd, const struct metod_peer *peer)
{
	struct conn *conn = metod_xcalloc(1, sizeof *conn);
	conn->rpc = rpc;
	conn->peer = *peer;
	conn->opened_ms = conn->mark_ms = net_mono_ms();
	TAILQ_INIT(&conn->calls);
	metod_frames_init(&conn->frames, METOD_MSG_MAX);
	evutil_make_socket_nonblocking(fd);
	conn->bev = bufferevent_socket_new(rpc->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!conn->bev) {
		metod_frames_done(&conn->frames);
		free(conn);
		close(fd);
		return false;
	}
	conn->again = evtimer_new(rpc->base, on_again, conn);
	bufferevent_setcb(conn->bev, on_read, on_drained, on_event, conn);
	bufferevent_setwatermark(conn->bev, EV_READ, 0, 256 * 1024);
	bufferevent_enable(conn->bev, EV_READ | EV_WRITE);
	evbuffer_add_cb(bufferevent_get_output(conn->bev), on_output, conn);
	LIST_INSERT_HEAD(&rpc->conns, conn, link);
	if (++rpc->n_conns >= METOD_CONNECTIONS_MAX)
		accept_pause(rpc);
	metod_metric_set(METOD_M_store_rpc_connections, NULL, NULL, rpc->n_conns);
	return true;
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd,
    struct sockaddr *address, int len, void *arg)
{
	struct ucred cred = {.uid = (uid_t)-1};
	socklen_t cred_len = sizeof cred;
	(void)listener;
	(void)address;
	(void)len;
	struct metod_peer peer = {.uid = -1};
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &cred_len) == 0)
		peer.uid = cred.uid;
	net_rpc_adopt(arg, fd, &peer);
}

/* The file mode of this socket says who is a web process; its uid may be nobody's, as
 * seen from another user namespace, and says nothing. */
static void on_accept_web(struct evconnlistener *listener, evutil_socket_t fd,
    struct sockaddr *address, int len, void *arg)
{
	const struct metod_peer peer = {.uid = -1, .web = true};
	(void)listener;
	(void)address;
	(void)len;
	net_rpc_adopt(arg, fd, &peer);
}

/* No descriptors left: pause, say it once, try again on the next tick. */
static void on_accept_error(struct evconnlistener *listener, void *arg)
{
	(void)arg;
	metod_log(METOD_LOG_WARNING, "net", "event=accept_paused reason=descriptors");
	evconnlistener_disable(listener);
}

bool net_rpc_listen(struct net_rpc *rpc, int fd, bool web)
{
	struct evconnlistener *listener = NULL;
	evutil_make_socket_nonblocking(fd);
	if (rpc->n_listeners < LISTENERS_MAX)
		listener = evconnlistener_new(rpc->base, web ? on_accept_web : on_accept,
		    rpc, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, BACKLOG, fd);
	if (!listener) {
		close(fd);
		return false;
	}
	evconnlistener_set_error_cb(listener, on_accept_error);
	rpc->listeners[rpc->n_listeners++] = listener;
	return true;
}

/* ---- too many begun messages: whose is the longest goes, but not the web process ----
 */

static struct conn *longest(struct net_rpc *rpc)
{
	struct conn *conn, *most = NULL;
	LIST_FOREACH (conn, &rpc->conns, link)
		if (conn->bev && !conn->peer.web && (!most || conn->begun > most->begun))
			most = conn;
	return most;
}

static void on_relief(evutil_socket_t fd, short what, void *arg)
{
	struct net_rpc *rpc = arg;
	struct conn *conn;
	(void)fd;
	(void)what;
	while (rpc->begun > METOD_FRAMES_MAX && (conn = longest(rpc)) && conn->begun) {
		metod_log(METOD_LOG_WARNING, "net",
		    "event=begun_messages_full uid=%lld bytes=%zu",
		    (long long)conn->peer.uid, conn->begun);
		conn_close(conn);
	}
}

/* ---- deadlines, twice a second ---- */

/* Does the peer leave what was written for him? Bytes that are taken one by one do not
 * help: all that waited at the mark must be gone. */
static bool leaves_unread(struct conn *conn, int64_t now)
{
	if (conn->written - waiting(conn) >= conn->mark) {
		conn->mark = conn->written;
		conn->mark_ms = now;
	}
	return now - conn->mark_ms > METOD_UNREAD_MS;
}

static bool late(struct conn *conn, int64_t now)
{
	const struct call *oldest = TAILQ_FIRST(&conn->calls);
	return (!conn->greeted && now - conn->opened_ms > METOD_HELLO_MS) ||
	    (conn->frame_ms && now - conn->frame_ms > METOD_FRAME_MS) ||
	    (oldest && now - oldest->begun_us / 1000 > METOD_CALL_MS) ||
	    leaves_unread(conn, now);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct net_rpc *rpc = arg;
	int64_t now = net_mono_ms();
	struct conn *conn, *next;
	(void)fd;
	(void)what;
	for (conn = LIST_FIRST(&rpc->conns); conn; conn = next) {
		next = LIST_NEXT(conn, link);
		if (conn->bev && late(conn, now)) {
			metod_log(METOD_LOG_NOTICE, "net", "event=deadline uid=%lld",
			    (long long)conn->peer.uid);
			conn_close(conn);
		}
	}
	if (!rpc->draining && rpc->n_conns < METOD_CONNECTIONS_MAX)
		accept_again(rpc);
}

struct net_rpc *net_rpc_new(struct event_base *base, struct metod_app *app)
{
	const struct timeval every = {0, 500000};
	struct net_rpc *rpc = metod_xcalloc(1, sizeof *rpc);
	rpc->base = base;
	rpc->app = app;
	while (getrandom(&rpc->next_request, sizeof rpc->next_request, 0) < 0)
		continue; /* interrupted */
	LIST_INIT(&rpc->conns);
	rpc->tick = event_new(base, -1, EV_PERSIST, on_tick, rpc);
	event_add(rpc->tick, &every);
	rpc->relief = evtimer_new(base, on_relief, rpc);
	return rpc;
}

size_t net_rpc_connections(const struct net_rpc *rpc)
{
	return rpc->n_conns;
}

bool net_rpc_drain(struct net_rpc *rpc)
{
	struct conn *conn, *next;
	if (!rpc->draining)
		accept_pause(rpc);
	rpc->draining = true;
	for (conn = LIST_FIRST(&rpc->conns); conn; conn = next) {
		next = LIST_NEXT(conn, link);
		if (!conn->bev || conn->in_work)
			continue;
		if (waiting(conn) == 0)
			conn_close(conn);
		else
			conn_end(conn);
	}
	return rpc->in_work == 0;
}

void net_rpc_free(struct net_rpc *rpc)
{
	struct conn *conn, *next;
	if (!rpc)
		return;
	for (conn = LIST_FIRST(&rpc->conns); conn; conn = next) {
		next = LIST_NEXT(conn, link);
		conn_close(conn);
	}
	for (size_t i = 0; i < rpc->n_listeners; i++)
		evconnlistener_free(rpc->listeners[i]);
	event_free(rpc->tick);
	event_free(rpc->relief);
	free(rpc);
}
