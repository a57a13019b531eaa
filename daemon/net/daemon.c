/* SPDX-License-Identifier: Apache-2.0
 * The store process: opens the parts in order, turns the loop, and lets them go in
 * reverse order. The web process is a child with one inherited socket; it is started
 * again when it falls. */
#include "daemon.h"

#include <errno.h>
#include <event2/thread.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#include "metod/limits.h"
#include "metod/log.h"
#include "metod/metrics.h"
#include "metod/version.h"
#include "net.h"

enum { DRAIN_MS = 10000, TICK_S = 60, WEB_PAUSE_MS = 1000, WEB_FD = 3, EXIT_DISK = 74 };

extern char **environ;

struct daemon {
	const struct metod_daemon_args *args;
	struct metod_settings settings;
	struct metod_arena *arena;
	struct event_base *base;
	struct net_pool *pool;
	struct net_rpc *rpc;
	struct metod_store *store;
	struct metod_app *app;
	struct event *events[8];
	size_t n_events;
	struct event *web_again;
	pid_t web;
	uint64_t watchdog_us; /* longest silence that the service manager allows */
	int64_t stopping_ms, head_day;
	char socket[108];
};

/* The disk failed: nothing more may be answered; the service manager starts us again. */
static void disk_failed(const char *why)
{
	metod_log(METOD_LOG_CRIT, "store", "event=fatal why=%s", why);
	_exit(EXIT_DISK);
}

/* ---- the web process ---- */

static void start_web(struct daemon *daemon)
{
	int pair[2];
	if (daemon->stopping_ms || daemon->args->no_web)
		return;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
		metod_log(
		    METOD_LOG_ERROR, "net", "event=web_failed why=%s", strerror(errno));
		return;
	}
	const char *argv[64] = {daemon->args->self, "web", "--rpc-fd", "3"};
	size_t n = 4;
	if (daemon->args->config) {
		argv[n++] = "--config";
		argv[n++] = daemon->args->config;
	}
	for (size_t i = 0; i < daemon->args->overrides.n && n < METOD_LEN(argv) - 1; i++)
		argv[n++] = metod_arena_z(daemon->arena, daemon->args->overrides.p[i]);
	posix_spawn_file_actions_t actions;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, pair[1], WEB_FD);
	/* argv is const in meaning; posix_spawn only lacks the word. */
	union {
		const char **from;
		char *const *to;
	} words = {argv};
	int failed = posix_spawn(
	    &daemon->web, daemon->args->self, &actions, NULL, words.to, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(pair[1]);
	if (failed) {
		metod_log(
		    METOD_LOG_ERROR, "net", "event=web_failed why=%s", strerror(failed));
		close(pair[0]);
		daemon->web = 0;
		return;
	}
	const struct metod_peer peer = {.uid = -1, .web = true};
	net_rpc_adopt(daemon->rpc, pair[0], &peer);
}

static void on_web_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	metod_metric_add(METOD_M_store_web_restarts_total, NULL, NULL, 1);
	start_web(arg);
}

static void on_child(evutil_socket_t fd, short what, void *arg)
{
	struct daemon *daemon = arg;
	const struct timeval pause = {WEB_PAUSE_MS / 1000, 0};
	int status;
	(void)fd;
	(void)what;
	if (daemon->web <= 0 || waitpid(daemon->web, &status, WNOHANG) != daemon->web)
		return;
	daemon->web = 0;
	if (daemon->stopping_ms)
		return;
	metod_log(METOD_LOG_ERROR, "net", "event=web_ended status=%d", status);
	event_add(daemon->web_again, &pause);
}

/* ---- stop, reload, tick ---- */

static void on_stop(evutil_socket_t signal, short what, void *arg)
{
	struct daemon *daemon = arg;
	(void)what;
	if (daemon->stopping_ms)
		return;
	metod_log(METOD_LOG_NOTICE, "net", "event=stopping signal=%d", (int)signal);
	sd_notify(0, "STOPPING=1");
	daemon->stopping_ms = net_mono_ms();
	if (daemon->web > 0)
		kill(daemon->web, SIGTERM);
}

static void on_drain(evutil_socket_t fd, short what, void *arg)
{
	struct daemon *daemon = arg;
	(void)fd;
	(void)what;
	if (!daemon->stopping_ms)
		return;
	bool late = net_mono_ms() - daemon->stopping_ms > DRAIN_MS;
	/* The web process goes first: its last requests are still answered. */
	if (daemon->web > 0 && !late)
		return;
	if (net_rpc_drain(daemon->rpc) || late)
		event_base_loopbreak(daemon->base);
}

static void apply_reloadable(struct daemon *daemon)
{
	enum metod_log_level level;
	if (metod_log_level_parse(daemon->settings.values.log_level, &level))
		metod_log_set_level(level);
}

/* Only the level of the log can change under way; the other new values are named, so that
 * nobody believes them to be in force. */
static void say_what_waits(const struct metod_settings *now,
    const struct metod_settings *fresh, struct metod_arena *arena)
{
	for (size_t i = 0; i < METOD_OPTION_COUNT; i++) {
		const struct metod_field *field = &metod_config_desc.fields[i];
		struct metod_str was = metod_field_text(field, &now->values, 0, arena);
		struct metod_str is = metod_field_text(field, &fresh->values, 0, arena);
		if (metod_config_options[i].applies == METOD_ON_START &&
		    !metod_str_eq(was, is))
			metod_log(METOD_LOG_WARNING, "net",
			    "event=restart_needed option=%s", field->name);
	}
}

static void on_reload(evutil_socket_t fd, short what, void *arg)
{
	struct daemon *daemon = arg;
	struct metod_arena *arena = metod_arena_new();
	struct metod_settings fresh;
	enum metod_log_level level;
	(void)fd;
	(void)what;
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld",
	    (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	if (metod_daemon_settings(daemon->args, arena, &fresh, true) == 0) {
		if (metod_log_level_parse(fresh.values.log_level, &level))
			metod_log_set_level(level);
		say_what_waits(&daemon->settings, &fresh, arena);
		metod_log(METOD_LOG_NOTICE, "net", "event=reloaded log_level=%.*s",
		    METOD_FMT(fresh.values.log_level));
	} else {
		metod_log(METOD_LOG_ERROR, "net", "event=reload_refused kept=before");
	}
	metod_arena_free(arena);
	sd_notify(0, "READY=1");
}

/* Once a day and at the start: the head of the journal, kept where the store cannot
 * change it. `metodctl audit verify --head` takes it. */
static void log_head(struct daemon *daemon)
{
	enum { DAY_MS = 86400000 };
	struct metod_store_stat stat;
	char head[METOD_HEAD_TEXT];
	int64_t day = net_wall_ms(NULL) / DAY_MS;
	if (day == daemon->head_day || metod_store_stat(daemon->store, &stat) != METOD_OK)
		return;
	daemon->head_day = day;
	metod_head_text(&stat.head, head);
	metod_log(METOD_LOG_NOTICE, "store", "event=journal_head head=%s generation=%llu",
	    head, (unsigned long long)stat.generation);
}

/* What `systemctl status` shows. */
static void say_status(struct daemon *daemon)
{
	struct metod_store_stat stat;
	if (metod_store_stat(daemon->store, &stat) == METOD_OK)
		sd_notifyf(0, "STATUS=%s: %llu events, %s",
		    daemon->settings.values.data_dir.p,
		    (unsigned long long)stat.journal_last,
		    stat.refusing ? "the disk is full, writes are refused" : "serving");
}

static void on_minute(evutil_socket_t fd, short what, void *arg)
{
	struct daemon *daemon = arg;
	(void)fd;
	(void)what;
	metod_app_tick(daemon->app, net_wall_ms(NULL));
	metod_store_tick(daemon->store);
	log_head(daemon);
	say_status(daemon);
}

/* A sign of life of the loop, which runs this, and of the writer thread: a commit that
 * never returns must bring a restart, too. */
static void on_watchdog(evutil_socket_t fd, short what, void *arg)
{
	struct daemon *daemon = arg;
	int64_t most_ms = (int64_t)(daemon->watchdog_us / 1000);
	(void)fd;
	(void)what;
	if (metod_store_writer_moves(daemon->store, most_ms))
		sd_notify(0, "WATCHDOG=1");
	else
		metod_log(METOD_LOG_ERROR, "net",
		    "event=writer_stuck longer_than_ms=%lld", (long long)most_ms);
}

static void every(struct daemon *daemon, const struct timeval *when, event_callback_fn fn)
{
	struct event *event = event_new(daemon->base, -1, EV_PERSIST, fn, daemon);
	event_add(event, when);
	daemon->events[daemon->n_events++] = event;
}

static void on_signal(struct daemon *daemon, int signal, event_callback_fn fn)
{
	struct event *event = evsignal_new(daemon->base, signal, fn, daemon);
	event_add(event, NULL);
	daemon->events[daemon->n_events++] = event;
}

/* ---- the socket of commands ---- */

static int bind_socket(struct daemon *daemon, struct metod_error *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const char *path = daemon->settings.values.socket.p;
	if (strlen(path) >= sizeof address.sun_path) {
		metod_fail(err, METOD_RANGE, "socket",
		    "the path of the socket is too long: %s", path);
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path) + 1);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* The store's lock is held, so an old socket of this path is nobody's. */
	unlink(path);
	mode_t mask = umask(0117);
	bool ok = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
	    listen(fd, 1024) == 0;
	umask(mask);
	if (!ok) {
		metod_fail(err, METOD_IO, path, "cannot listen: %s", strerror(errno));
		metod_hint(
		    err, "make the folder, or choose another one: metodd socket=PATH");
		if (fd >= 0)
			close(fd);
		return -1;
	}
	snprintf(daemon->socket, sizeof daemon->socket, "%s", path);
	return fd;
}

static void free_names(char **names)
{
	for (size_t i = 0; names && names[i]; i++)
		free(names[i]);
	free(names);
}

/* Sockets of the service manager: one named "web" is for the web process alone. */
static enum metod_err listen_inherited(
    struct daemon *daemon, int n, char **names, struct metod_error *err)
{
	for (int i = 0; i < n; i++) {
		int fd = SD_LISTEN_FDS_START + i;
		bool web = names && strcmp(names[i], "web") == 0;
		if (sd_is_socket_unix(fd, SOCK_STREAM, 1, NULL, 0) <= 0)
			return metod_fail(err, METOD_IO, "LISTEN_FDS",
			    "descriptor %d is not a listening unix socket", fd);
		if (!net_rpc_listen(daemon->rpc, fd, web))
			return metod_fail(err, METOD_IO, "LISTEN_FDS",
			    "cannot listen on descriptor %d", fd);
		metod_log(METOD_LOG_INFO, "net", "event=inherited fd=%d web=%d", fd, web);
	}
	return METOD_OK;
}

static enum metod_err open_sockets(struct daemon *daemon, struct metod_error *err)
{
	char **names = NULL;
	int n = sd_listen_fds_with_names(0, &names);
	if (n > 0) {
		enum metod_err e = listen_inherited(daemon, n, names, err);
		free_names(names);
		return e;
	}
	int fd = bind_socket(daemon, err);
	if (fd < 0)
		return err->code;
	if (!net_rpc_listen(daemon->rpc, fd, false))
		return metod_fail(err, METOD_IO, daemon->socket, "cannot listen");
	return METOD_OK;
}

/* ---- beginning and end ---- */

/* The settings in force, for whoever compares them with the file. */
static const struct metod_setting_row *settings_in_force(struct daemon *daemon)
{
	struct metod_setting_row *rows =
	    METOD_NEWS(daemon->arena, METOD_OPTION_COUNT, struct metod_setting_row);
	for (size_t i = 0; i < METOD_OPTION_COUNT; i++)
		rows[i] = (struct metod_setting_row){
		    .name = metod_str(metod_config_options[i].name),
		    .value = metod_field_text(&metod_config_desc.fields[i],
			&daemon->settings.values, 0, daemon->arena),
		    .origin = metod_str(metod_origin_text(daemon->settings.origin[i]))};
	return rows;
}

static enum metod_err open_parts(struct daemon *daemon, struct metod_error *err)
{
	const struct metod_config *values = &daemon->settings.values;
	const struct metod_store_config store = {.dir = values->data_dir.p,
	    .map_bytes = (size_t)values->map_gib << 30,
	    .commit_ms = (unsigned)values->commit_ms,
	    .fatal = disk_failed};
	enum metod_err e = metod_store_open(&store, &daemon->store, err);
	if (e != METOD_OK)
		return e;
	const struct metod_app_config app = {.store = daemon->store,
	    .keys_dir = values->keys_dir.p,
	    .backup_dir = values->backup_dir.p,
	    .scratch_dir = values->backup_dir.p,
	    .mentor_capacity = (unsigned)values->mentor_capacity,
	    .cov_floor = (unsigned)values->cov_floor,
	    .settings = settings_in_force(daemon),
	    .n_settings = METOD_OPTION_COUNT};
	e = metod_app_new(&app, &daemon->app, err);
	if (e != METOD_OK)
		return e;
	daemon->base = event_base_new();
	daemon->pool = net_pool_new(daemon->base, METOD_POOL_THREADS);
	const struct metod_runner runner = {
	    daemon->pool, net_pool_run, net_pool_post, net_wall_ms};
	metod_app_runner(daemon->app, &runner);
	daemon->rpc = net_rpc_new(daemon->base, daemon->app);
	return open_sockets(daemon, err);
}

static void open_events(struct daemon *daemon)
{
	const struct timeval minute = {TICK_S, 0}, often = {0, 100000};
	on_signal(daemon, SIGTERM, on_stop);
	on_signal(daemon, SIGINT, on_stop);
	on_signal(daemon, SIGHUP, on_reload);
	on_signal(daemon, SIGCHLD, on_child);
	every(daemon, &minute, on_minute);
	every(daemon, &often, on_drain);
	if (sd_watchdog_enabled(0, &daemon->watchdog_us) > 0) {
		const struct timeval half = {(time_t)(daemon->watchdog_us / 2000000),
		    (long)(daemon->watchdog_us / 2 % 1000000)};
		every(daemon, &half, on_watchdog);
	}
	daemon->web_again = evtimer_new(daemon->base, on_web_again, daemon);
}

static void close_parts(struct daemon *daemon)
{
	if (daemon->web > 0) {
		kill(daemon->web, SIGKILL);
		waitpid(daemon->web, NULL, 0);
	}
	/* The pool hands work to the writer thread, and both answer through the post box.
	 */
	net_pool_stop(daemon->pool);
	metod_store_close(daemon->store);
	net_pool_free(daemon->pool);
	for (size_t i = 0; i < daemon->n_events; i++)
		event_free(daemon->events[i]);
	if (daemon->web_again)
		event_free(daemon->web_again);
	net_rpc_free(daemon->rpc);
	metod_app_free(daemon->app);
	if (daemon->base) {
		/* Callbacks that were put off still hold their connections. */
		event_base_loop(daemon->base, EVLOOP_NONBLOCK);
		event_base_free(daemon->base);
	}
	if (daemon->socket[0])
		unlink(daemon->socket);
	metod_arena_free(daemon->arena);
	libevent_global_shutdown();
}

/* Counters that count from nothing are there before the first event. */
static void begin_metrics(void)
{
	const enum metod_metric zero[] = {METOD_M_store_pages_saved_total,
	    METOD_M_store_submissions_total, METOD_M_store_key_replays_total,
	    METOD_M_store_commits_total, METOD_M_store_web_restarts_total};
	for (size_t i = 0; i < METOD_LEN(zero); i++)
		metod_metric_add(zero[i], NULL, NULL, 0);
	metod_metric_set(
	    METOD_M_store_build_info, METOD_VERSION_TEXT, event_get_version(), 1);
	metod_metric_set(METOD_M_store_start_time_seconds, NULL, NULL,
	    (uint64_t)(net_wall_ms(NULL) / 1000));
}

static void on_event_log(int severity, const char *text)
{
	metod_log(severity >= EVENT_LOG_WARN ? METOD_LOG_WARNING : METOD_LOG_DEBUG,
	    "libevent", "event=message text=%s", text);
}

int metod_daemon_serve(const struct metod_daemon_args *args)
{
	struct daemon daemon = {.args = args, .arena = metod_arena_new()};
	struct metod_error err = {0};
	int status = metod_daemon_settings(args, daemon.arena, &daemon.settings, false);
	if (status != 0) {
		metod_arena_free(daemon.arena);
		return status;
	}
	event_set_mem_functions(metod_xmalloc, metod_xrealloc, free);
	event_set_log_callback(on_event_log);
	evthread_use_pthreads();
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a limit of the file size answers like a full disk */
	apply_reloadable(&daemon);
	enum metod_err e = open_parts(&daemon, &err);
	if (e != METOD_OK) {
		/* Nobody said more; the exit status must tell that it failed all the
		 * same. */
		if (err.code == METOD_OK)
			metod_fail(&err, e, "", "%s", metod_err_text(e));
		fprintf(stderr, "metodd: %s%s%s\n", err.field, err.field[0] ? ": " : "",
		    err.message);
		if (err.hint[0])
			fprintf(stderr, "metodd: %s\n", err.hint);
		close_parts(&daemon);
		return metod_err_exit(err.code);
	}
	open_events(&daemon);
	begin_metrics();
	start_web(&daemon);
	metod_log(METOD_LOG_NOTICE, "net",
	    "event=started version=%s libevent=%s store=%s socket=%s", METOD_VERSION_TEXT,
	    event_get_version(), daemon.settings.values.data_dir.p,
	    daemon.socket[0] ? daemon.socket : "inherited");
	log_head(&daemon);
	sd_notify(0, "READY=1");
	say_status(&daemon);
	event_base_dispatch(daemon.base);
	metod_log(METOD_LOG_NOTICE, "net", "event=stopped");
	close_parts(&daemon);
	return 0;
}
