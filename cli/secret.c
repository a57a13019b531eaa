/* SPDX-License-Identifier: Apache-2.0
 * Secrets and questions: read from a file, a descriptor or the terminal without echo;
 * never from the command line, never printed. Without a terminal nothing is asked. */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { LINE_BYTES = 1024 };

/* First line of a descriptor; false when reading failed or the line is too long. */
static bool first_line(int fd, char out[LINE_BYTES], size_t *ret_n)
{
	size_t n = 0;

	for (;;) {
		ssize_t got = read(fd, out + n, 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 || n + 1 == LINE_BYTES)
			return false;
		if (got == 0 || out[n] == '\n')
			break;
		n++;
	}
	*ret_n = n;
	return true;
}

static enum metod_err read_fd(
    struct metod_cli *cli, int fd, const char *shown, struct metod_str *ret)
{
	char line[LINE_BYTES];
	size_t n;

	if (!first_line(fd, line, &n))
		return metod_fail(&cli->error, METOD_USAGE, shown,
		    "cannot be read, or its first line is too long");
	*ret = metod_arena_str(cli->arena, metod_str_trim((struct metod_str){line, n}));
	explicit_bzero(line, sizeof(line));
	if (ret->n == 0)
		return metod_fail(
		    &cli->error, METOD_USAGE, shown, "the first line is empty");
	return METOD_OK;
}

enum metod_err metod_cli_read_line(
    struct metod_cli *cli, const char *path, struct metod_str *ret)
{
	enum metod_err e;
	int fd;

	if (strcmp(path, "-") == 0)
		return read_fd(cli, STDIN_FILENO, path, ret);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return metod_fail(&cli->error, METOD_USAGE, path,
		    "the file cannot be opened: %s",
		    errno == ENOENT       ? metod_cli_tr(cli, "there is no such file")
			: errno == EACCES ? metod_cli_tr(cli, "you may not read it")
					  : strerror(errno));
	e = read_fd(cli, fd, path, ret);
	close(fd);
	return e;
}

bool metod_cli_ask(
    struct metod_cli *cli, const char *prompt, bool echo, struct metod_str *ret)
{
	char line[LINE_BYTES];
	bool hidden = false, read;
	size_t n = 0;

	if (cli->no_input || !cli->tty_in || !cli->tty_err)
		return false;
	/* Silent before the question is seen: who answers at once is not shown either. */
	hidden = !echo && metod_cli_silence();
	fprintf(stderr, "%s: ", prompt);
	fflush(stderr);
	read = first_line(STDIN_FILENO, line, &n);
	if (hidden) {
		metod_cli_unsilence();
		fputc('\n', stderr);
	}
	if (read)
		*ret = metod_arena_str(
		    cli->arena, metod_str_trim((struct metod_str){line, n}));
	explicit_bzero(line, sizeof(line));
	return read && n > 0;
}

static const struct metod_cli_secret *named(
    const struct metod_cli *cli, const struct metod_field *field)
{
	for (size_t i = 0; i < cli->secrets_n; i++) {
		if (cli->secrets[i].field == field)
			return &cli->secrets[i];
	}
	return NULL;
}

static enum metod_err put_secret(struct metod_cli *cli, const struct metod_field *field,
    const char *shown, struct metod_str secret)
{
	enum metod_err e =
	    metod_field_parse(field, cli->request, secret, cli->arena, &cli->error);

	if (!e)
		e = metod_field_check(field, cli->request, &cli->error);
	if (e)
		metod_fail(&cli->error, METOD_USAGE, shown, "the value does not fit");
	return e ? METOD_USAGE : METOD_OK;
}

static enum metod_err one_secret(struct metod_cli *cli, const struct metod_field *field)
{
	const struct metod_cli_secret *from = named(cli, field);
	const char *shown = metod_cli_dashes(cli, field->name);
	struct metod_str secret;
	enum metod_err e;

	if (from) {
		e = from->path ? metod_cli_read_line(cli, from->path, &secret)
			       : read_fd(cli, from->fd, shown, &secret);
		return e ? e : put_secret(cli, field, shown, secret);
	}
	if (!(field->flags & METOD_REQ))
		return METOD_OK;
	if (metod_cli_ask(cli, metod_cli_tr(cli, field->title), false, &secret))
		return put_secret(cli, field, shown, secret);
	metod_fail(
	    &cli->error, METOD_USAGE, shown, "is needed, and nobody is there to ask");
	return metod_hint(&cli->error, "%s-file FILE or %s-fd N", shown, shown);
}

enum metod_err metod_cli_secrets(struct metod_cli *cli)
{
	const struct metod_desc *desc =
	    cli->verb->command ? cli->verb->command->request : NULL;

	for (size_t i = 0; desc && i < desc->count; i++) {
		const struct metod_field *field = &desc->fields[i];
		enum metod_err e = METOD_OK;

		if (field->flags & METOD_SECRET && metod_cli_field_is_open(field))
			e = one_secret(cli, field);
		if (e)
			return e;
	}
	return METOD_OK;
}

enum metod_err metod_cli_save_secret(
    struct metod_cli *cli, const char *path, struct metod_str secret)
{
	struct metod_str line =
	    metod_arena_printf(cli->arena, "%.*s\n", METOD_FMT(secret));

	return metod_cli_write_file(cli, path, line, 0600);
}
