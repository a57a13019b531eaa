/* SPDX-License-Identifier: Apache-2.0
 * metodd: reads its command line and calls one function. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "metod/log.h"
#include "metod/version.h"
#include "net/daemon.h"
#include "web/web.h"

static const char usage[] =
    "metodd [--config FILE] [--no-web] [name=value ...]    serve\n"
    "metodd init --admin-uid UID [--admin-login NAME] [--title TEXT] [--zone ZONE] [--demo]\n"
    "metodd web [--rpc-fd N]                               the web process alone\n"
    "metodd reload PID                                     read the configuration again\n"
    "metodd verify STORE-OR-BACKUP                         replay and compare\n"
    "metodd audit [--head SEQ:HEX] STORE-OR-BACKUP         the chain of the journal\n"
    "metodd restore [--dry-run] BACKUP DIR                 put a verified backup in place\n"
    "metodd rebuild [--keep EVENTS] DIR                    a new store from its journal\n"
    "metodd upgrade DIR                                    the same for an older format\n"
    "metodd doctor [--config FILE] [name=value ...]        findings for metodctl doctor\n"
    "metodd --check-config | --version | --help\n";

struct words {
	struct metod_daemon_args daemon;
	struct metod_init_args init;
	int rpc_fd;
	const char *free[2]; /* words without a meaning of their own */
	size_t n_free;
	const char *head;
	unsigned long long keep;
	bool check, help, version, dry_run, bad;
};

/* Value of an option that takes one: "--name value" or "--name=value". */
static const char *value_of(const char *name, int argc, char **argv, int *i)
{
	size_t n = strlen(name);
	if (strncmp(argv[*i], name, n) != 0)
		return NULL;
	if (argv[*i][n] == '=')
		return argv[*i] + n + 1;
	return argv[*i][n] == 0 && *i + 1 < argc ? argv[++*i] : NULL;
}

static void read_words(int argc, char **argv, int first, struct words *words)
{
	struct metod_str *overrides = calloc((size_t)argc + 1, sizeof *overrides);
	if (!overrides)
		abort();
	words->daemon.overrides.p = overrides;
	for (int i = first; i < argc; i++) {
		const char *value;
		if (strcmp(argv[i], "--no-web") == 0)
			words->daemon.no_web = true;
		else if (strcmp(argv[i], "--demo") == 0)
			words->init.demo = true;
		else if (strcmp(argv[i], "--check-config") == 0)
			words->check = true;
		else if (strcmp(argv[i], "--dry-run") == 0)
			words->dry_run = true;
		else if (strcmp(argv[i], "--help") == 0)
			words->help = true;
		else if (strcmp(argv[i], "--version") == 0)
			words->version = true;
		else if ((value = value_of("--config", argc, argv, &i)))
			words->daemon.config = value;
		else if ((value = value_of("--admin-uid", argc, argv, &i)))
			words->bad |= sscanf(value, "%lld", &words->init.admin_uid) != 1;
		else if ((value = value_of("--admin-login", argc, argv, &i)))
			words->init.admin_login = value;
		else if ((value = value_of("--title", argc, argv, &i)))
			words->init.title = value;
		else if ((value = value_of("--zone", argc, argv, &i)))
			words->init.zone = value;
		else if ((value = value_of("--rpc-fd", argc, argv, &i)))
			words->bad |= sscanf(value, "%d", &words->rpc_fd) != 1;
		else if ((value = value_of("--head", argc, argv, &i)))
			words->head = value;
		else if ((value = value_of("--keep", argc, argv, &i)))
			words->bad |=
			    sscanf(value, "%llu", &words->keep) != 1 || !words->keep;
		else if (argv[i][0] != '-' && strchr(argv[i], '='))
			overrides[words->daemon.overrides.n++] = metod_str(argv[i]);
		else if (argv[i][0] != '-' && words->n_free < METOD_LEN(words->free))
			words->free[words->n_free++] = argv[i];
		else {
			fprintf(stderr, "metodd: what is \"%s\"?\n", argv[i]);
			words->bad = true;
		}
	}
}

static void notify(const char *state)
{
	sd_notify(0, state);
}

/* Sockets of the service manager: one named "metrics" is for the counters. */
static bool take_sockets(struct metod_web_config *config)
{
	char **names = NULL;
	int n = sd_listen_fds_with_names(1, &names);
	bool good = true;
	for (int i = 0; i < n; i++) {
		int *fd = strcmp(names[i], "metrics") == 0 ? &config->metrics_fd
							   : &config->listen_fd;
		good &= *fd == 0;
		*fd = SD_LISTEN_FDS_START + i;
		free(names[i]);
	}
	free(names);
	if (!good)
		fprintf(stderr,
		    "metodd: one socket for pages and one named \"metrics\" are "
		    "expected, not %d\n",
		    n);
	return good;
}

/* A child of the store (--rpc-fd) leaves the service manager to its parent. */
static int run_web(const struct words *words)
{
	bool child = words->rpc_fd >= 0;
	uint64_t watchdog_us = 0;
	struct metod_arena *arena = metod_arena_new();
	struct metod_settings settings;
	int status = metod_daemon_settings(&words->daemon, arena, &settings, false);
	if (!child)
		sd_watchdog_enabled(1, &watchdog_us);
	enum metod_log_level level;
	if (status == 0 && metod_log_level_parse(settings.values.log_level, &level))
		metod_log_set_level(level);
	if (status == 0) {
		struct metod_web_config config = {.listen = settings.values.http_listen.p,
		    .metrics = settings.values.metrics_listen.p,
		    .notify = child ? NULL : notify,
		    .watchdog_us = watchdog_us,
		    .public_url = settings.values.public_url.p,
		    .trusted_proxy = settings.values.trusted_proxy.p,
		    .rpc_path = settings.values.socket.p};
		status = child || take_sockets(&config)
		    ? metod_web_main(words->rpc_fd, &config)
		    : 2;
	}
	metod_arena_free(arena);
	return status;
}

static int check_config(const struct words *words)
{
	struct metod_arena *arena = metod_arena_new();
	struct metod_settings settings;
	int status = metod_daemon_settings(&words->daemon, arena, &settings, false);
	if (status == 0)
		printf("the configuration is good\n");
	metod_arena_free(arena);
	return status;
}

/* For ExecReload=: inside the sandbox no other program may run, and kill(1) need not be
 * there at all. */
static int reload(const char *text)
{
	uint64_t pid;
	if (!metod_str_u64(metod_str(text), &pid) || pid < 2 || pid > INT32_MAX) {
		fprintf(stderr, "metodd: reload: \"%s\" is no process\n", text);
		return 2;
	}
	if (kill((pid_t)pid, SIGHUP) == 0)
		return 0;
	perror("metodd: reload");
	return 1;
}

static int run(const char *verb, struct words *words)
{
	if (words->help) {
		fputs(usage, stdout);
		return 0;
	}
	if (words->version) {
		puts("metodd " METOD_VERSION_TEXT);
		return 0;
	}
	if (words->bad) {
		fputs(usage, stderr);
		return 2;
	}
	if (words->check)
		return check_config(words);
	if (strcmp(verb, "init") == 0 && words->init.admin_uid >= 0)
		return metod_daemon_init(&words->daemon, &words->init);
	if (strcmp(verb, "reload") == 0 && words->n_free == 1)
		return reload(words->free[0]);
	if (strcmp(verb, "web") == 0)
		return run_web(words);
	if (words->n_free == 0 && strcmp(verb, "doctor") == 0)
		return metod_daemon_doctor(&words->daemon);
	if (words->n_free == 1 && strcmp(verb, "verify") == 0)
		return metod_daemon_verify(words->free[0]);
	if (words->n_free == 1 && strcmp(verb, "audit") == 0)
		return metod_daemon_audit(words->free[0], words->head);
	if (words->n_free == 1 && strcmp(verb, "rebuild") == 0)
		return metod_daemon_rebuild(words->free[0], words->keep);
	if (words->n_free == 1 && strcmp(verb, "upgrade") == 0)
		return metod_daemon_upgrade(words->free[0]);
	if (words->n_free == 2 && strcmp(verb, "restore") == 0)
		return metod_daemon_restore(
		    words->free[0], words->free[1], words->dry_run);
	if (strcmp(verb, "") == 0 && words->n_free == 0)
		return metod_daemon_serve(&words->daemon);
	fputs(usage, stderr);
	return 2;
}

int main(int argc, char **argv)
{
	static char self[4096];
	bool has_verb = argc > 1 && argv[1][0] != '-' && !strchr(argv[1], '=');
	struct words words = {.rpc_fd = -1,
	    .init = {.admin_uid = -1, .admin_login = "admin", .zone = "Europe/Samara"}};
	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}); /* memory holds people's data */
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	words.daemon.self = n > 0 ? self : argv[0];
	read_words(argc, argv, has_verb ? 2 : 1, &words);
	int status = run(has_verb ? argv[1] : "", &words);
	free(words.daemon.overrides.p);
	return status;
}
