/* SPDX-License-Identifier: Apache-2.0
 * Counters of both processes for monitoring, declared once; lib/base/metrics.c keeps them
 * and writes the text that Prometheus reads.
 *
 * Only totals over the whole installation of technical things: nothing by person,
 * organisation, wave or answer, and no count that follows a single act of a teacher, such
 * as declining (metod_metric_method). */
#pragma once

#include "metod/base.h"

enum metod_metric_kind {
	METOD_COUNTER,
	METOD_GAUGE,
	METOD_TIMES, /* histogram of microseconds, written as seconds */
	METOD_SIZES, /* histogram of counts */
};
/* What a value is divided by when it is written. */
enum metod_metric_scale {
	METOD_AS_IS = 1,
	METOD_FROM_MS = 1000,
	METOD_FROM_US = 1000000
};

/* clang-format off */
/* name without "metod_", kind, scale, first label, second label, help. The names that begin
 * with "web_" are of the web process, the others of the store. */
#define METOD_METRICS(M)                                                                             \
	M(store_build_info, METOD_GAUGE, METOD_AS_IS, "version", "libevent", "Always 1: what runs")       \
	M(store_start_time_seconds, METOD_GAUGE, METOD_AS_IS, "", "", "Start of the store process, Unix time") \
	M(store_memory_bytes, METOD_GAUGE, METOD_AS_IS, "kind", "", "Memory of the store process")        \
	M(store_rpc_connections, METOD_GAUGE, METOD_AS_IS, "", "", "Connections of clients and pages")    \
	M(store_rpc_calls_total, METOD_COUNTER, METOD_AS_IS, "method", "outcome", "Calls answered")       \
	M(store_rpc_seconds, METOD_TIMES, METOD_FROM_US, "", "", "From a call to its answer")             \
	M(store_login_failures_total, METOD_COUNTER, METOD_AS_IS, "kind", "reason", "Codes, passwords, tokens and sessions that were refused") \
	M(store_pages_saved_total, METOD_COUNTER, METOD_AS_IS, "", "", "Pages of answers stored")         \
	M(store_submissions_total, METOD_COUNTER, METOD_AS_IS, "", "", "Submissions stored")              \
	M(store_key_replays_total, METOD_COUNTER, METOD_AS_IS, "", "", "Commands that came again with their key and got their first answer") \
	M(store_commits_total, METOD_COUNTER, METOD_AS_IS, "", "", "Group commits, each with a flush")    \
	M(store_batch_commands, METOD_SIZES, METOD_AS_IS, "", "", "Commands of a group commit")           \
	M(store_flush_seconds, METOD_TIMES, METOD_FROM_US, "", "", "Time of a commit, the flush included") \
	M(store_queue_length, METOD_GAUGE, METOD_AS_IS, "", "", "Commands that wait for the writer thread") \
	M(store_writes_refused, METOD_GAUGE, METOD_AS_IS, "", "", "1: the disk is full and writes are refused") \
	M(store_map_used_bytes, METOD_GAUGE, METOD_AS_IS, "", "", "Used part of the LMDB map")            \
	M(store_map_free_bytes, METOD_GAUGE, METOD_AS_IS, "", "", "Free part of the LMDB map")            \
	M(store_disk_free_bytes, METOD_GAUGE, METOD_AS_IS, "", "", "Free space of the disk of the store") \
	M(store_oldest_reader_seconds, METOD_GAUGE, METOD_FROM_MS, "", "", "Age of the oldest read transaction") \
	M(store_backups, METOD_GAUGE, METOD_AS_IS, "", "", "Copies in the folder of the backups")         \
	M(store_last_backup_time_seconds, METOD_GAUGE, METOD_AS_IS, "", "", "Unix time of the newest copy; 0: there is none") \
	M(store_web_restarts_total, METOD_COUNTER, METOD_AS_IS, "", "", "Web processes that fell and were started again by the store") \
	M(web_build_info, METOD_GAUGE, METOD_AS_IS, "version", "libevent", "Always 1: what runs")         \
	M(web_start_time_seconds, METOD_GAUGE, METOD_AS_IS, "", "", "Start of the web process, Unix time") \
	M(web_memory_bytes, METOD_GAUGE, METOD_AS_IS, "kind", "", "Memory of the web process")            \
	M(web_connections, METOD_GAUGE, METOD_AS_IS, "", "", "Connections of browsers or of the front")   \
	M(web_requests_total, METOD_COUNTER, METOD_AS_IS, "route", "status", "Requests answered")         \
	M(web_request_seconds, METOD_TIMES, METOD_FROM_US, "", "", "From the end of a request to its answer") \
	M(web_store_up, METOD_GAUGE, METOD_AS_IS, "", "", "1: the store answers")
/* clang-format on */

enum metod_metric {
#define METOD_METRIC_ENUM(name, ...) METOD_M_##name,
	METOD_METRICS(METOD_METRIC_ENUM)
#undef METOD_METRIC_ENUM
	    METOD_METRIC_COUNT
};

/* Any thread. Labels are copied (up to 47 bytes); NULL or "" where the metric has none.
 * When there are too many series, new ones are counted together under "other". */
void metod_metric_add(enum metod_metric metric, const char *a, const char *b, uint64_t n);
void metod_metric_set(
    enum metod_metric metric, const char *a, const char *b, uint64_t value);
/* One value of a histogram: microseconds or a count. */
void metod_metric_see(enum metod_metric metric, uint64_t value);
/* Sets kind="resident" and "anonymous" of a memory gauge from /proc/self. */
void metod_metric_memory(enum metod_metric metric);
/* Appends the metrics whose names begin with "metod_" and `prefix` that have a value, in
 * Prometheus' text format 0.0.4. */
void metod_metrics_text(const char *prefix, struct metod_buf *out);

int64_t metod_clock_us(void); /* monotonic */
