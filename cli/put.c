/* SPDX-License-Identifier: Apache-2.0
 * Bytes on their way out: standard output, a pager when a person reads more than a
 * screen, or a file that is there whole or not at all. A reader that goes away ends the
 * output without a word. */
#include "cli.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { READ_BYTES = 65536, NOT_STARTED = 127 };

static bool write_all(int fd, struct metod_str bytes)
{
	while (bytes.n) {
		ssize_t n = write(fd, bytes.p, bytes.n);

		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0) {
			bytes.p += n;
			bytes.n -= (size_t)n;
		}
	}
	return true;
}

static enum metod_err cannot_write(struct metod_cli *cli, const char *path)
{
	return metod_fail(&cli->error, errno == ENOSPC ? METOD_FULL : METOD_IO, path,
	    "the file cannot be written: %s", strerror(errno));
}

/* ---- pager ---- */

/* Lines as the terminal shows them: a long one takes several. */
static bool longer_than_screen(const struct metod_cli *cli, struct metod_str text)
{
	struct winsize size;
	size_t lines = 1;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0)
		return false;
	while (text.n && lines <= size.ws_row) {
		size_t wide = metod_text_width(metod_str_cut(&text, '\n'));

		lines += 1 + (wide ? (wide - 1) / cli->width : 0);
	}
	return lines > size.ws_row;
}

/* The program to page with; NULL: none is wanted. */
static const char *pager(void)
{
	static const char *const names[] = {"METOD_PAGER", "PAGER"};

	for (size_t i = 0; i < METOD_LEN(names); i++) {
		const char *value = getenv(names[i]);

		if (value)
			return value[0] && strcmp(value, "cat") != 0 ? value : NULL;
	}
	return "less -FRX";
}

/* False when the pager could not be started: the text is printed as it is then. */
static bool page(const char *command, struct metod_str text)
{
	int ends[2], status = 0;
	pid_t child;

	if (pipe(ends) != 0)
		return false;
	child = fork();
	if (child == 0) {
		signal(SIGPIPE, SIG_DFL);
		dup2(ends[0], STDIN_FILENO);
		close(ends[0]);
		close(ends[1]);
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(NOT_STARTED);
	}
	close(ends[0]);
	/* The pager decides what an interruption means. */
	signal(SIGINT, SIG_IGN);
	if (child > 0)
		write_all(ends[1], text);
	close(ends[1]);
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return child > 0 && !(WIFEXITED(status) && WEXITSTATUS(status) == NOT_STARTED);
}

/* ---- data ---- */

/* What was asked for goes to the file of --save; codes and tokens stay private there. */
static int put_saved(struct metod_cli *cli, struct metod_str text)
{
	if (metod_cli_write_file(cli, cli->save, text, metod_cli_save_mode(cli)))
		return metod_cli_fail(cli);
	metod_cli_say(cli, metod_cli_tr(cli, "Written: %s"), cli->save);
	return 0;
}

/* Text on a terminal, by pages when it is longer than the screen. */
static bool put_on_terminal(struct metod_cli *cli, struct metod_str text)
{
	struct metod_buf lines = {0};
	bool good;

	metod_cli_narrow(&lines, text, cli->width);
	text = metod_buf_view(&lines);
	good = (cli->tty_in && longer_than_screen(cli, text) && pager() &&
		   page(pager(), text)) ||
	    write_all(STDOUT_FILENO, text);
	metod_buf_done(&lines);
	return good;
}

int metod_cli_put(struct metod_cli *cli, const struct metod_buf *out)
{
	struct metod_str text = metod_buf_view(out);
	bool good;

	if (cli->sheet) {
		metod_cli_usage(cli, "-o", "this command has no table for a workbook");
		return metod_cli_fail(cli);
	}
	if (cli->save)
		return put_saved(cli, text);
	good = cli->tty_out && cli->output == METOD_OUT_TEXT
	    ? put_on_terminal(cli, text)
	    : write_all(STDOUT_FILENO, text);
	if (good || errno == EPIPE)
		return 0;
	cannot_write(cli, metod_cli_tr(cli, "standard output"));
	return metod_cli_fail(cli);
}

/* ---- files ---- */

unsigned metod_cli_save_mode(const struct metod_cli *cli)
{
	mode_t mask = umask(0);

	umask(mask);
	return cli->secrets_shown ? 0600 : 0666 & ~mask;
}

/* A new file beside `path`; its name is in the arena. */
static int temporary(struct metod_cli *cli, const char *path, char **ret_name)
{
	static const char tail[] = ".XXXXXX";
	size_t n = strlen(path);
	int fd;

	*ret_name = metod_arena_alloc(cli->arena, n + sizeof(tail));
	memcpy(*ret_name, path, n);
	memcpy(*ret_name + n, tail, sizeof(tail));
	fd = mkstemp(*ret_name);
	metod_cli_unfinished(fd < 0 ? NULL : *ret_name);
	return fd;
}

/* Flushed, with its mode, under its own name; or gone. */
static enum metod_err keep(
    struct metod_cli *cli, int fd, const char *name, const char *path, unsigned mode)
{
	enum metod_err e = METOD_OK;

	if (fchmod(fd, mode) != 0 || fsync(fd) != 0 || rename(name, path) != 0)
		e = cannot_write(cli, path);
	if (e)
		unlink(name);
	return e;
}

enum metod_err metod_cli_write_file(
    struct metod_cli *cli, const char *path, struct metod_str text, unsigned mode)
{
	enum metod_err e = METOD_OK;
	char *name;
	int fd;

	if (strcmp(path, "-") == 0)
		return write_all(STDOUT_FILENO, text) || errno == EPIPE
		    ? METOD_OK
		    : cannot_write(cli, path);
	fd = temporary(cli, path, &name);
	if (fd < 0)
		return cannot_write(cli, path);
	if (!write_all(fd, text)) {
		e = cannot_write(cli, path);
		unlink(name);
	}
	if (!e)
		e = keep(cli, fd, name, path, mode);
	close(fd);
	metod_cli_unfinished(NULL);
	return e;
}

static enum metod_err copy_out(struct metod_cli *cli, const char *name)
{
	static char bytes[READ_BYTES];
	FILE *file = fopen(name, "rbe");
	bool good = file != NULL;
	size_t n;

	while (good && (n = fread(bytes, 1, sizeof(bytes), file)) > 0)
		good = write_all(STDOUT_FILENO, (struct metod_str){bytes, n});
	good = good || errno == EPIPE;
	if (file)
		fclose(file);
	return good ? METOD_OK : cannot_write(cli, metod_cli_tr(cli, "standard output"));
}

enum metod_err metod_cli_write_by(struct metod_cli *cli, const char *path,
    enum metod_err (*write)(struct metod_cli *cli, const char *path, void *arg),
    void *arg)
{
	const char *folder = getenv("TMPDIR");
	const char *base = path
	    ? path
	    : metod_arena_printf(cli->arena, "%s/metodctl", folder ? folder : "/tmp").p;
	enum metod_err e;
	char *name;
	int fd = temporary(cli, base, &name);

	if (fd < 0)
		return cannot_write(cli, base);
	e = write(cli, name, arg);
	if (e)
		unlink(name);
	else if (path)
		e = keep(cli, fd, name, path, metod_cli_save_mode(cli));
	close(fd);
	if (!path && !e) {
		e = copy_out(cli, name);
		unlink(name);
	}
	metod_cli_unfinished(NULL);
	return e;
}
