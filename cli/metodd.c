/* SPDX-License-Identifier: Apache-2.0
 * Starting metodd, which alone may open a store: in place of this program, or as a
 * helper. The one beside this program is preferred to that of PATH. */
#include "cli.h"

#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, ARGS = 64 };

extern char **environ;

/* "" when it is not known where this program lies. */
static const char *beside(void)
{
	static char path[PATH_BYTES];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - sizeof("metodd"));
	char *slash;

	path[n > 0 ? n : 0] = '\0';
	slash = strrchr(path, '/');
	if (slash)
		memcpy(slash + 1, "metodd", sizeof("metodd"));
	return path;
}

static void fill(struct metod_cli *cli, const char *const *args, char **argv)
{
	for (size_t i = 0; i < ARGS && args[i]; i++)
		argv[i] = metod_xstrdup(args[i]);
	setenv("METOD_LANG", metod_lang_word(cli->lang), 1);
}

static void done(char **argv)
{
	for (size_t i = 0; argv[i]; i++)
		free(argv[i]);
}

static int cannot_start(struct metod_cli *cli, int why)
{
	metod_fail(&cli->error, METOD_UNREACHED, "metodd",
	    "the program cannot be started: %s", strerror(why));
	return metod_cli_fail(cli);
}

int metod_cli_become_metodd(struct metod_cli *cli, const char *const *args)
{
	char *argv[ARGS + 1] = {NULL};

	fill(cli, args, argv);
	execv(beside(), argv);
	execvp("metodd", argv);
	done(argv);
	return cannot_start(cli, errno);
}

static void read_all(int fd, struct metod_buf *out)
{
	char part[4096];
	ssize_t n;

	while ((n = read(fd, part, sizeof(part))) > 0 || (n < 0 && errno == EINTR))
		metod_buf_add(out, part, n > 0 ? (size_t)n : 0);
}

int metod_cli_run_metodd(
    struct metod_cli *cli, const char *const *args, struct metod_buf *out)
{
	posix_spawn_file_actions_t actions;
	char *argv[ARGS + 1] = {NULL};
	int ends[2], failed, status = 0;
	pid_t pid;

	if (pipe(ends))
		return cannot_start(cli, errno);
	fill(cli, args, argv);
	posix_spawn_file_actions_init(&actions);
	if (out)
		posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	posix_spawn_file_actions_addclose(&actions, ends[0]);
	posix_spawn_file_actions_addclose(&actions, ends[1]);
	failed = posix_spawn(&pid, beside(), &actions, NULL, argv, environ);
	if (failed)
		failed = posix_spawnp(&pid, "metodd", &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	done(argv);
	close(ends[1]);
	if (!failed && out)
		read_all(ends[0], out);
	close(ends[0]);
	while (!failed && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (failed)
		return cannot_start(cli, failed);
	return WIFEXITED(status) ? WEXITSTATUS(status) : metod_err_exit(METOD_FAILED);
}
