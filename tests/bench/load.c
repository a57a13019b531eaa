/* SPDX-License-Identifier: Apache-2.0
 * One outstanding call per connection until the time or the calls are used up.
 *   bench_load DRIVER TARGET [list=F] [lines=N] [warm=N] [count=N] [seconds=S] [skip=N]
 *              [idle=S]
 * Prints one JSON object: calls, seconds, calls per second, p50, p99 and the longest, in
 * microseconds. `idle` only opens the connections, calls once on each and waits so long.
 */
#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 256, STUCK_MS = 20000 };

static const struct driver *const drivers[] = {&driver_submit, &driver_page, &driver_http,
    &driver_form, &driver_postgres, &driver_postgres_one};

_Noreturn void load_trouble(const char *what, const char *why)
{
	fprintf(stderr, "bench_load: %s: %s\n", what, why);
	exit(2);
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* ---- for the drivers ---- */

static int connect_unix(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (strlen(path) >= sizeof(address.sun_path))
		load_trouble(path, "too long");
	memcpy(address.sun_path, path, strlen(path) + 1);
	return connect(fd, (struct sockaddr *)&address, sizeof(address)) ? -1 : fd;
}

static int connect_tcp(const char *target)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	struct metod_str port = metod_str(target);
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
	uint64_t number;

	metod_str_cut(&port, ':');
	if (!metod_str_u64(port, &number))
		load_trouble(target, "no port");
	address.sin_port = htons((uint16_t)number);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return connect(fd, (struct sockaddr *)&address, sizeof(address)) ? -1 : fd;
}

int load_connect(const char *target)
{
	int fd = target[0] == '/' ? connect_unix(target) : connect_tcp(target);

	if (fd < 0)
		load_trouble(target, strerror(errno));
	return fd;
}

void load_write(int fd, const void *bytes, size_t n)
{
	const char *p = bytes;

	while (n > 0) {
		ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
		if (sent < 0)
			load_trouble("send", strerror(errno));
		p += sent;
		n -= (size_t)sent;
	}
}

void load_key(char *to)
{
	static uint64_t state;

	if (!state && getrandom(&state, sizeof(state), 0) != sizeof(state))
		load_trouble("getrandom", strerror(errno));
	snprintf(to, 33, "%016llx%016llx", (unsigned long long)metod_rand64(&state),
	    (unsigned long long)metod_rand64(&state));
}

static void read_sessions(const char *path, struct sessions *ret)
{
	struct metod_arena *arena = metod_arena_new(); /* lives as long as we do */
	FILE *file = path ? fopen(path, "r") : NULL;
	static char line[1 << 16];
	size_t most = 0;

	if (!file || !fgets(line, sizeof(line), file))
		load_trouble("list", path ? path : "is needed");
	struct metod_str sizes = metod_str_trim(metod_str(line)), rest = sizes;
	ret->pages.p = METOD_NEWS(arena, sizes.n, uint64_t);
	while (rest.n)
		if (!metod_str_u64(
			metod_str_cut(&rest, ' '), &ret->pages.p[ret->pages.n++]))
			load_trouble("list", "has no sizes of pages");
	while (fgets(line, sizeof(line), file)) {
		if (ret->list.n == most) {
			most = most ? 2 * most : 1024;
			ret->list.p =
			    metod_xrealloc(ret->list.p, most * sizeof(*ret->list.p));
		}
		ret->list.p[ret->list.n++] =
		    metod_arena_str(arena, metod_str_trim(metod_str(line)));
	}
	fclose(file);
}

const struct sessions *load_sessions(const char *path)
{
	static struct sessions sessions;

	if (!sessions.list.n)
		read_sessions(path, &sessions);
	return &sessions;
}

/* ---- the loop ---- */

struct run {
	const struct driver *driver;
	const struct load *load;
	struct line *lines;
	int epoll;
	uint64_t sent, answered; /* warm ones too */
	unsigned open;           /* calls that wait for their answer */
	int64_t begun_ns, end_ns;
	uint32_t *us; /* of each counted answer, tenths of a microsecond */
	size_t n, most;
};

static bool over(struct run *run, int64_t now)
{
	const struct load *load = run->load;

	if (run->end_ns)
		return true;
	if ((load->count && run->sent >= load->warm + load->count) ||
	    (load->seconds > 0 && run->begun_ns &&
		now - run->begun_ns >= (int64_t)(load->seconds * 1e9)))
		run->end_ns = now;
	return run->end_ns != 0;
}

static void send_next(struct run *run, struct line *line)
{
	int64_t now = now_ns();

	if (over(run, now))
		return;
	line->begun_ns = now;
	line->calls++;
	if (!run->driver->send(line)) {
		run->end_ns = now;
		return;
	}
	line->waiting = true;
	run->open++;
	run->sent++;
}

static void answered(struct run *run, struct line *line)
{
	int64_t now = now_ns();

	line->waiting = false;
	run->open--;
	if (++run->answered == run->load->warm)
		run->begun_ns = now;
	if (run->answered <= run->load->warm || over(run, now))
		return;
	if (run->n == run->most) {
		run->most = run->most ? 2 * run->most : 1 << 16;
		run->us = metod_xrealloc(run->us, run->most * sizeof(*run->us));
	}
	run->us[run->n++] = (uint32_t)((now - line->begun_ns) / 100);
}

static void turn(struct run *run)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(run->epoll, events, EVENTS, STUCK_MS);

	if (n == 0)
		load_trouble(run->driver->name, "no answer in 20 s");
	for (int i = 0; i < n; i++) {
		struct line *line = events[i].data.ptr;
		if (!run->driver->take(line))
			continue;
		if (!line->waiting)
			load_trouble(run->driver->name, "an answer nobody asked for");
		answered(run, line);
		send_next(run, line);
	}
}

static void open_lines(struct run *run)
{
	run->lines = metod_xcalloc(run->load->lines, sizeof(*run->lines));
	run->epoll = epoll_create1(0);
	for (uint64_t i = 0; i < run->load->lines; i++) {
		struct line *line = &run->lines[i];
		struct epoll_event event = {.events = EPOLLIN, .data.ptr = line};
		line->load = run->load;
		line->index = i;
		run->driver->open(run->load, line);
		if (epoll_ctl(run->epoll, EPOLL_CTL_ADD, line->fd, &event))
			load_trouble("epoll_ctl", strerror(errno));
	}
}

static int by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

static double quantile(const struct run *run, double p)
{
	return run->n ? run->us[(size_t)(p * (double)(run->n - 1))] / 10.0 : 0;
}

static void report(struct run *run)
{
	struct rusage own;
	double seconds = (double)(run->end_ns - run->begun_ns) / 1e9;

	getrusage(RUSAGE_SELF, &own);
	qsort(run->us, run->n, sizeof(*run->us), by_size);
	printf(
	    "{\"calls\": %zu, \"all_calls\": %llu, \"seconds\": %.4f, \"per_second\": %.1f, "
	    "\"p50_us\": %.1f, \"p99_us\": %.1f, \"max_us\": %.1f, \"client_cpu_s\": %.3f}\n",
	    run->n, (unsigned long long)run->answered, seconds,
	    seconds > 0 ? (double)run->n / seconds : 0, quantile(run, 0.5),
	    quantile(run, 0.99), quantile(run, 1),
	    (double)own.ru_utime.tv_sec + (double)own.ru_utime.tv_usec / 1e6 +
		(double)own.ru_stime.tv_sec + (double)own.ru_stime.tv_usec / 1e6);
}

static void all(struct run *run)
{
	for (uint64_t i = 0; i < run->load->lines; i++)
		send_next(run, &run->lines[i]);
	while (run->open)
		turn(run);
	if (!run->end_ns)
		run->end_ns = now_ns();
}

/* ---- words ---- */

static void read_word(const char *word, struct load *load, uint64_t *idle)
{
	struct metod_str value = metod_str(word), name = metod_str_cut(&value, '=');
	bool good = true;

	if (metod_str_is(name, "list"))
		load->list = value.p;
	else if (metod_str_is(name, "lines"))
		good = metod_str_u64(value, &load->lines);
	else if (metod_str_is(name, "warm"))
		good = metod_str_u64(value, &load->warm);
	else if (metod_str_is(name, "count"))
		good = metod_str_u64(value, &load->count);
	else if (metod_str_is(name, "skip"))
		good = metod_str_u64(value, &load->skip);
	else if (metod_str_is(name, "answers"))
		good = metod_str_u64(value, &load->answers_bytes);
	else if (metod_str_is(name, "profile"))
		good = metod_str_u64(value, &load->profile_bytes);
	else if (metod_str_is(name, "seconds"))
		good = metod_str_real(value, &load->seconds);
	else if (metod_str_is(name, "idle"))
		good = metod_str_u64(value, idle);
	else
		good = false;
	if (!good)
		load_trouble(word, "is no word of mine");
}

int main(int argc, char **argv)
{
	struct load load = {.lines = 1};
	struct run run = {.load = &load};
	uint64_t idle = 0;

	if (argc < 3)
		load_trouble("usage", "bench_load DRIVER TARGET [name=value ...]");
	for (size_t i = 0; i < METOD_LEN(drivers); i++)
		if (strcmp(drivers[i]->name, argv[1]) == 0)
			run.driver = drivers[i];
	if (!run.driver)
		load_trouble(argv[1], "is no driver");
	load.target = argv[2];
	for (int i = 3; i < argc; i++) {
		if (strcmp(argv[i], "--") == 0)
			return load_start(run.driver, &load, argv + i + 1);
		read_word(argv[i], &load, &idle);
	}
	open_lines(&run);
	if (load.warm == 0)
		run.begun_ns = now_ns();
	if (idle)
		load.count = load.lines;
	all(&run);
	report(&run);
	fflush(stdout);
	if (idle) {
		fclose(stdout);
		sleep((unsigned)idle);
	}
	return 0;
}
