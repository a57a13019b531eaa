/* SPDX-License-Identifier: Apache-2.0
 * The log: one event, one line, one write(). Knows neither files nor rotation: the
 * service manager keeps the lines. */
#include "metod/log.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 2000 };

static const struct {
	const char *name;
	enum metod_log_level level;
} names[] = {
    {"critical", METOD_LOG_CRIT},
    {"error", METOD_LOG_ERROR},
    {"warning", METOD_LOG_WARNING},
    {"notice", METOD_LOG_NOTICE},
    {"info", METOD_LOG_INFO},
    {"debug", METOD_LOG_DEBUG},
};

static _Atomic int highest = METOD_LOG_INFO;
static _Thread_local char request[32];

void metod_log_set_level(enum metod_log_level level)
{
	highest = (int)level;
}

enum metod_log_level metod_log_get_level(void)
{
	return (enum metod_log_level)highest;
}

bool metod_log_level_parse(struct metod_str name, enum metod_log_level *ret)
{
	for (size_t i = 0; i < METOD_LEN(names); i++) {
		if (metod_str_is(name, names[i].name)) {
			*ret = names[i].level;
			return true;
		}
	}
	return false;
}

void metod_log_set_request(const char *id)
{
	snprintf(request, sizeof(request), "%s", id ? id : "");
}

/* Bytes of a formatted text that are really in a buffer of `cap`. */
static size_t kept(int n, size_t cap)
{
	if (n < 0)
		return 0;
	return (size_t)n < cap ? (size_t)n : cap - 1;
}

void metod_log(enum metod_log_level level, const char *module, const char *format, ...)
{
	char text[LINE_MAX_BYTES], line[LINE_MAX_BYTES + 128];
	size_t n, first;
	ssize_t ignored;
	va_list args;

	if ((int)level > highest)
		return;
	va_start(args, format);
	n = kept(vsnprintf(text, sizeof(text), format, args), sizeof(text));
	va_end(args);
	first = strcspn(text, " ");
	if (request[0])
		n = kept(snprintf(line, sizeof(line) - 1, "<%d>%s %.*s request=%s%s",
			     (int)level, module, (int)first, text, request, text + first),
		    sizeof(line) - 1);
	else
		n = kept(snprintf(line, sizeof(line) - 1, "<%d>%s %s", (int)level, module,
			     text),
		    sizeof(line) - 1);
	for (size_t i = 0; i < n; i++) {
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = ' ';
	}
	line[n++] = '\n';
	ignored = write(STDERR_FILENO, line, n);
	(void)ignored; /* there is nowhere left to complain */
}
