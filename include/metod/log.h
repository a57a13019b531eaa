/* SPDX-License-Identifier: Apache-2.0
 * Log of the programs: one line per event to standard error, for journald.
 * Library folders do not log; they return errors. */
#pragma once

#include "metod/base.h"

/* Numbers of syslog; systemd reads them from the "<6>" before the line. */
enum metod_log_level {
	METOD_LOG_CRIT = 2,
	METOD_LOG_ERROR = 3,
	METOD_LOG_WARNING = 4,
	METOD_LOG_NOTICE = 5,
	METOD_LOG_INFO = 6,
	METOD_LOG_DEBUG = 7,
};

/* Writes `module event=name key=value ...` with one write(), so lines of threads do not
 * mix: after `<6>` when the journal reads standard error, else after the name of the
 * level. The format is `event=name key=%s key=%d ...` with the conversions s .*s d u x,
 * l, ll and z; a value that is no plain word is quoted by the log, so the format has no
 * quotes. A value is cut at about 1000 bytes, a line at 2000. The request id of the
 * thread is put behind the event. At most METOD_LOG_PER_SECOND lines of one format and
 * level in a second (critical ones are all written); what was left out is told. Never
 * give it a METOD_SECRET or METOD_NAME value, nor an answer. */
void metod_log(enum metod_log_level level, const char *module, const char *format, ...)
    METOD_PRINTF(3, 4);

/* Lines above this level are not written. METOD_LOG_INFO at start. Any thread. */
void metod_log_set_level(enum metod_log_level level);
enum metod_log_level metod_log_get_level(void);
/* "error" ... "debug"; false when it is none of the names. */
bool metod_log_level_parse(struct metod_str name, enum metod_log_level *ret);

/* Request id of the lines of this thread from now on (up to METOD_REQUEST_ID_MAX bytes,
 * copied). NULL or "" ends it. */
void metod_log_set_request(const char *id);
const char *metod_log_get_request(void); /* "" when there is none; until the next set */
