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

/* Writes `<6>module event=... key=value` with one write(), so lines of threads do not
 * mix. The text begins with `event=`; the request id of the thread is put behind that
 * pair. Control characters become spaces; a line is cut at 2000 bytes. Never give it a
 * METOD_SECRET or METOD_NAME value, nor an answer. */
void metod_log(enum metod_log_level level, const char *module, const char *format, ...)
    METOD_PRINTF(3, 4);

/* Lines above this level are not written. METOD_LOG_INFO at start. Any thread. */
void metod_log_set_level(enum metod_log_level level);
enum metod_log_level metod_log_get_level(void);
/* "error" ... "debug"; false when it is none of the names. */
bool metod_log_level_parse(struct metod_str name, enum metod_log_level *ret);

/* Request id of the lines of this thread from now on (up to 31 bytes, copied).
 * NULL or "" ends it. */
void metod_log_set_request(const char *id);
