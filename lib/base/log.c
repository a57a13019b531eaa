/* SPDX-License-Identifier: Apache-2.0
 * The log: one event, one line, one write(). Knows neither files nor rotation: the
 * service manager keeps the lines. Invariant: no kind of event writes more than
 * METOD_LOG_PER_SECOND lines in a second, so that a flood of one hides no other. */
#include "metod/log.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "log_text.h"
#include "metod/limits.h"

enum { LINE_MAX_BYTES = 2000, KINDS = 128 };

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
static _Thread_local char request[METOD_REQUEST_ID_MAX + 1];

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

const char *metod_log_get_request(void)
{
	return request;
}

/* ---- how much ---- */

/* One place of the program that logs, at one level. */
struct kind {
	const char *format;
	enum metod_log_level level;
	int64_t second;
	unsigned lines;
	uint64_t dropped; /* since it was last said */
};

static struct kind *kind_of(
    struct kind *kinds, const char *format, enum metod_log_level level)
{
	size_t first = ((uintptr_t)format >> 3 ^ (uintptr_t)level) % KINDS;

	for (size_t i = 0; i < KINDS; i++) {
		struct kind *kind = &kinds[(first + i) % KINDS];

		if (!kind->format)
			*kind = (struct kind){.format = format, .level = level};
		if (kind->format == format && kind->level == level)
			return kind;
	}
	return &kinds[first]; /* they share it */
}

enum may { MAY, MAY_NOT, MAY_SAY_SO };

/* MAY_SAY_SO: this line is the first of its second that is left out; *ret_dropped were
 * before. */
static enum may may_write(
    const char *format, enum metod_log_level level, uint64_t *ret_dropped)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static struct kind kinds[KINDS];
	struct timespec now;
	struct kind *kind;
	enum may may = MAY;

	clock_gettime(CLOCK_MONOTONIC, &now);
	pthread_mutex_lock(&lock);
	kind = kind_of(kinds, format, level);
	if (kind->second != now.tv_sec) {
		kind->second = now.tv_sec;
		kind->lines = 0;
	}
	if (++kind->lines > METOD_LOG_PER_SECOND) {
		may = kind->lines == METOD_LOG_PER_SECOND + 1 ? MAY_SAY_SO : MAY_NOT;
		*ret_dropped = kind->dropped;
		kind->dropped = may == MAY_SAY_SO ? 1 : kind->dropped + 1;
	}
	pthread_mutex_unlock(&lock);
	return may;
}

/* ---- the line ---- */

/* Does the journal read our standard error? It names the device and inode that it gave,
 * so that a redirected one is not taken for it. */
static bool to_journal(void)
{
	const char *word = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat here;

	return word && sscanf(word, "%llu:%llu", &device, &inode) == 2 &&
	    !fstat(STDERR_FILENO, &here) && here.st_dev == device && here.st_ino == inode;
}

static const char *level_name(enum metod_log_level level)
{
	for (size_t i = 0; i < METOD_LEN(names); i++) {
		if (names[i].level == level)
			return names[i].name;
	}
	return "info";
}

static size_t put_head(
    char *p, size_t cap, enum metod_log_level level, const char *module)
{
	int n = to_journal() ? snprintf(p, cap, "<%d>%s ", (int)level, module)
			     : snprintf(p, cap, "%s %s ", level_name(level), module);

	return n < 0 ? 0 : (size_t)n < cap ? (size_t)n : cap - 1;
}

METOD_PRINTF(3, 0)
static void write_line(
    enum metod_log_level level, const char *module, const char *format, va_list *args)
{
	char bytes[LINE_MAX_BYTES + 1];
	struct log_line line = {.p = bytes, .cap = LINE_MAX_BYTES};
	size_t first = strcspn(format, " ");
	char event[64];
	ssize_t ignored;

	line.n = put_head(bytes, LINE_MAX_BYTES, level, module);
	/* The id of the request stands behind the event, where every line has it. */
	snprintf(event, sizeof(event), "%.*s", (int)first, format);
	log_pairs(&line, event, args);
	if (request[0]) {
		line.n +=
		    (size_t)snprintf(bytes + line.n, line.cap - line.n, " request=");
		log_value(&line, metod_str(request));
	}
	log_pairs(&line, format + first, args);
	bytes[line.n++] = '\n';
	ignored = write(STDERR_FILENO, bytes, line.n);
	(void)ignored; /* there is nowhere left to complain */
}

METOD_PRINTF(3, 4)
static void write_now(
    enum metod_log_level level, const char *module, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	write_line(level, module, format, &args);
	va_end(args);
}

void metod_log(enum metod_log_level level, const char *module, const char *format, ...)
{
	const char *event = strchr(format, '=');
	uint64_t dropped = 0;
	enum may may;
	va_list args;

	if ((int)level > highest)
		return;
	may = level == METOD_LOG_CRIT ? MAY : may_write(format, level, &dropped);
	if (may == MAY_SAY_SO && event)
		write_now(level, module, "event=log_limited of=%.*s dropped_before=%llu",
		    (int)strcspn(event + 1, " "), event + 1, (unsigned long long)dropped);
	if (may != MAY)
		return;
	va_start(args, format);
	write_line(level, module, format, &args);
	va_end(args);
}
