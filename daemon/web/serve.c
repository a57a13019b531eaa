/* SPDX-License-Identifier: Apache-2.0
 * The web process from start to stop: its own loop, listener, HTTP library and connection
 * to the store. Allocation failure ends the process: a library path that carries on after
 * one has been seen to answer 200. */
#include "internal.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>

#include "metod/log.h"
#include "metod/metrics.h"
#include "metod/version.h"

enum { BACKLOG = 4096, STOP_MS = 10000, STOP_TICK_MS = 100 };

static void on_library_log(int severity, const char *text)
{
	metod_log(severity >= EVENT_LOG_WARN ? METOD_LOG_WARNING : METOD_LOG_DEBUG, "web",
	    "event=libevent text=%s", text);
}

/* ---- listener ---- */

static struct evconnlistener *listen_unix(struct web *web, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct evconnlistener *listener;
	size_t n = strlen(path);

	if (n >= sizeof(address.sun_path))
		return NULL;
	memcpy(address.sun_path, path, n);
	unlink(path); /* of a process that was killed */
	listener = evconnlistener_new_bind(web->base, NULL, NULL,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, BACKLOG,
	    (struct sockaddr *)&address, sizeof(address));
	if (listener)
		chmod(path, 0660); /* the front of this host, by group */
	return listener;
}

static struct evconnlistener *listen_address(struct web *web, const char *text)
{
	struct sockaddr_storage address;
	int n = sizeof(address);

	if (evutil_parse_sockaddr_port(text, (struct sockaddr *)&address, &n))
		return NULL;
	return evconnlistener_new_bind(web->base, NULL, NULL,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE, BACKLOG,
	    (struct sockaddr *)&address, n);
}

static struct evconnlistener *listen_inherited(struct web *web, int fd)
{
	evutil_make_socket_nonblocking(fd);
	return evconnlistener_new(
	    web->base, NULL, NULL, LEV_OPT_CLOSE_ON_FREE, BACKLOG, fd);
}

static bool is_unix(int fd)
{
	struct sockaddr_storage address;
	socklen_t n = sizeof(address);

	return !getsockname(fd, (struct sockaddr *)&address, &n) &&
	    address.ss_family == AF_UNIX;
}

/* fd: inherited, 0: none. */
static struct evconnlistener *open_listener(struct web *web, const char *text, int fd)
{
	struct evconnlistener *listener;
	int one = 1, unread = METOD_HTTP_UNREAD_BYTES;
	bool unix_socket;

	if (fd > 0)
		listener = listen_inherited(web, fd);
	else if (!strncmp(text, "unix:", 5))
		listener = listen_unix(web, text + 5);
	else
		listener = listen_address(web, text);
	if (!listener) {
		metod_log(METOD_LOG_CRIT, "web",
		    "event=listen_failed address=%s error=%s", text, strerror(errno));
		return NULL;
	}
	unix_socket = is_unix(evconnlistener_get_fd(listener));
	/* Accepted sockets inherit both. Clients that do not read would else fill
	 * megabytes of the system's memory each; and small answers would wait for each
	 * other. */
	setsockopt(evconnlistener_get_fd(listener), SOL_SOCKET, SO_SNDBUF, &unread,
	    sizeof(unread));
	if (!unix_socket)
		setsockopt(evconnlistener_get_fd(listener), IPPROTO_TCP, TCP_NODELAY,
		    &one, sizeof(one));
	metod_log(METOD_LOG_NOTICE, "web", "event=listening address=%s",
	    fd > 0 ? "inherited" : text);
	return listener;
}

/* libevent gives the error callback the argument of the accept callback, which is
 * evhttp's. */
static struct web_guard *the_guard;

static void on_accept_error(struct evconnlistener *listener, void *arg)
{
	(void)listener;
	(void)arg;
	web_guard_pause(the_guard);
}

/* The socket of the counters waits by itself: the guard pauses the pages only. */
static void listen_again(evutil_socket_t fd, short what, void *listener)
{
	(void)fd;
	(void)what;
	evconnlistener_enable(listener);
}

static void on_metrics_error(struct evconnlistener *listener, void *arg)
{
	const struct timeval second = {1, 0};

	(void)arg;
	evconnlistener_disable(listener);
	event_base_once(evconnlistener_get_base(listener), -1, EV_TIMEOUT, listen_again,
	    listener, &second);
}

static struct evhttp *open_server(struct web *web, struct evconnlistener *listener,
    void (*serve)(struct evhttp_request *ev, void *web))
{
	struct evhttp *http = evhttp_new(web->base);

	evhttp_set_bevcb(http, web_guard_make, web->guard);
	evhttp_set_gencb(http, serve, web);
	evhttp_set_max_headers_size(http, METOD_HTTP_HEADERS_BYTES);
	evhttp_set_max_body_size(http, METOD_HTTP_BODY_BYTES);
	evhttp_set_timeout(http, METOD_HTTP_IDLE_S);
	evhttp_set_default_content_type(http, NULL);
	evhttp_bind_listener(http, listener);
	return http;
}

static bool open_http(struct web *web)
{
	const struct metod_web_config *config = web->config;
	struct evconnlistener *listener = open_listener(
	    web, config->listen ? config->listen : "127.0.0.1:8080", config->listen_fd);

	if (!listener)
		return false;
	web->unix_socket = is_unix(evconnlistener_get_fd(listener));
	web->guard = the_guard = web_guard_new(web->base, listener, web->origin);
	web->http = open_server(web, listener, web_serve);
	evconnlistener_set_error_cb(listener, on_accept_error);
	if (!config->metrics_fd && (!config->metrics || !*config->metrics))
		return true;
	listener = open_listener(web, config->metrics, config->metrics_fd);
	if (!listener)
		return false;
	web->metrics = open_server(web, listener, web_serve_metrics);
	evconnlistener_set_error_cb(listener, on_metrics_error);
	metod_metric_set(
	    METOD_M_web_build_info, METOD_VERSION_TEXT, event_get_version(), 1);
	metod_metric_set(
	    METOD_M_web_start_time_seconds, NULL, NULL, (uint64_t)time(NULL));
	return true;
}

/* ---- service manager ---- */

static void tell(const struct web *web, const char *state)
{
	if (web->config->notify)
		web->config->notify(state);
}

static void on_watchdog(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	tell(arg, "WATCHDOG=1");
}

/* NULL: nobody waits for a sign of life. */
static struct event *open_watchdog(struct web *web)
{
	unsigned long long half = web->config->watchdog_us / 2;
	const struct timeval every = {(time_t)(half / 1000000), (long)(half % 1000000)};
	struct event *event;

	if (!half)
		return NULL;
	event = event_new(web->base, -1, EV_PERSIST, on_watchdog, web);
	event_add(event, &every);
	return event;
}

/* ---- stopping ---- */

struct stopping {
	struct web *web;
	struct event *tick;
	int64_t until_ms;
};

static void on_stop_tick(evutil_socket_t fd, short what, void *arg)
{
	struct stopping *stop = arg;

	(void)fd;
	(void)what;
	if (web_guard_connections(stop->web->guard) == 0 ||
	    web_clock_ms() >= stop->until_ms)
		event_base_loopbreak(stop->web->base);
}

static void begin_stop(struct stopping *stop)
{
	const struct timeval every = {0, STOP_TICK_MS * 1000};

	if (stop->web->stopping)
		return;
	stop->web->stopping = true;
	tell(stop->web, "STOPPING=1");
	stop->until_ms = web_clock_ms() + STOP_MS;
	metod_log(METOD_LOG_NOTICE, "web", "event=stopping connections=%zu requests=%zu",
	    web_guard_connections(stop->web->guard), stop->web->requests);
	web_guard_stop(stop->web->guard);
	event_add(stop->tick, &every);
}

static void on_signal(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	begin_stop(arg);
}

/* ---- store ---- */

static void on_ready(void *ctx, const struct metod_status_rep *status)
{
	struct web *web = ctx;
	size_t n = status->title.n < METOD_NAME_MAX ? status->title.n : METOD_NAME_MAX;

	web->demo = status->demo;
	if (!metod_zone_offset(status->zone, &web->zone_minutes))
		web->zone_minutes = 0;
	if (n)
		memcpy(web->territory, status->title.p, n);
	web->territory[n] = '\0';
}

static struct stopping
    *the_stop; /* of this process: the store's end is a reason to stop */

static void on_lost(void *ctx)
{
	(void)ctx;
	if (the_stop)
		begin_stop(the_stop);
}

/* ---- main ---- */

static void run(struct web *web, int rpc_fd)
{
	struct stopping stop = {.web = web};
	const struct web_rpc_config rpc = {.base = web->base,
	    .fd = rpc_fd,
	    .path = web->config->rpc_path,
	    .ready = on_ready,
	    .lost = on_lost,
	    .ctx = web};
	struct event *term = evsignal_new(web->base, SIGTERM, on_signal, &stop);
	struct event *interrupt = evsignal_new(web->base, SIGINT, on_signal, &stop);
	struct event *watchdog = open_watchdog(web);

	the_stop = &stop;
	stop.tick = event_new(web->base, -1, EV_PERSIST, on_stop_tick, &stop);
	event_add(term, NULL);
	event_add(interrupt, NULL);
	web->rpc = web_rpc_new(&rpc);
	/* Not when the store is there: a page says kindly that it is not. */
	tell(web, "READY=1");
	event_base_dispatch(web->base);
	the_stop = NULL;
	web->rpc = web_rpc_free(web->rpc);
	if (watchdog)
		event_free(watchdog);
	event_free(stop.tick);
	event_free(term);
	event_free(interrupt);
}

static bool prepare(struct web *web)
{
	struct metod_error err = {0};

	if (web_bind_pages(web, &err)) {
		metod_log(METOD_LOG_CRIT, "web",
		    "event=bad_template at=%s text=%s hint=%s", err.field, err.message,
		    err.hint);
		return false;
	}
	if (web->config->trusted_proxy &&
	    !metod_networks_parse(metod_str(web->config->trusted_proxy), &web->trusted))
		return false; /* the configuration was checked */
	web->secure = web->config->secure;
	if (web->config->public_url) {
		web->origin = metod_str(web->config->public_url);
		while (web->origin.n && web->origin.p[web->origin.n - 1] == '/')
			web->origin.n--;
		web->secure = web->secure || metod_str_starts(web->origin, "https://");
	}
	return true;
}

int metod_web_main(int rpc_fd, const struct metod_web_config *config)
{
	struct web web = {.config = config, .origin = METOD_STR("")};
	bool ok;

	event_set_mem_functions(metod_xmalloc, metod_xrealloc, free);
	event_set_log_callback(on_library_log);
	signal(SIGPIPE, SIG_IGN);
	web.base = event_base_new();
	metod_log(
	    METOD_LOG_NOTICE, "web", "event=start libevent=%s", event_get_version());
	ok = web.base && (rpc_fd >= 0 || config->rpc_path) && prepare(&web) &&
	    open_http(&web);
	if (ok)
		run(&web, rpc_fd);
	if (web.http)
		evhttp_free(web.http);
	if (web.metrics)
		evhttp_free(web.metrics);
	web_guard_free(web.guard);
	if (web.base)
		event_base_free(web.base);
	metod_templates_free(web.templates);
	libevent_global_shutdown();
	metod_log(METOD_LOG_NOTICE, "web", "event=stopped");
	return ok ? 0 : 1;
}
