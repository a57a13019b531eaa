/* SPDX-License-Identifier: Apache-2.0
 * Keeps counters and writes them as text. Process-wide, like the log. Knows no HTTP and
 * nothing of what is counted. */
#include "metod/metrics.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { SERIES_MAX = 1024, LABEL_MAX = 48, BUCKETS = 12 };

static const struct {
	const char *name;
	enum metod_metric_kind kind;
	enum metod_metric_scale scale;
	const char *label[2], *help;
} metrics[METOD_METRIC_COUNT] = {
#define METRIC_ROW(name, kind, scale, a, b, help) {#name, kind, scale, {a, b}, help},
    METOD_METRICS(METRIC_ROW)
#undef METRIC_ROW
};

/* Upper ends of the buckets, in what metod_metric_see is given. */
static const uint64_t bounds[2][BUCKETS] = {
    {1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000, 2500000,
	10000000},
    {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048},
};

struct series {
	char label[2][LABEL_MAX];
	enum metod_metric metric;
	struct series *next; /* of the same metric */
	uint64_t value;      /* of a histogram: the sum */
	uint64_t bucket[BUCKETS + 1];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct series pool[SERIES_MAX];
static size_t n_series;
static struct series *first[METOD_METRIC_COUNT];

int64_t metod_clock_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static struct series *find(enum metod_metric metric, const char *a, const char *b)
{
	struct series **at = &first[metric];

	for (; *at; at = &(*at)->next) {
		if (!strncmp((*at)->label[0], a, LABEL_MAX - 1) &&
		    !strncmp((*at)->label[1], b, LABEL_MAX - 1))
			return *at;
	}
	/* The last places are for "other", one for each metric. */
	if (n_series + METOD_METRIC_COUNT >= SERIES_MAX && strcmp(a, "other"))
		return find(metric, "other", "");
	*at = &pool[n_series++];
	(*at)->metric = metric;
	snprintf((*at)->label[0], LABEL_MAX, "%s", a);
	snprintf((*at)->label[1], LABEL_MAX, "%s", b);
	return *at;
}

static struct series *begin(enum metod_metric metric, const char *a, const char *b)
{
	pthread_mutex_lock(&lock);
	return find(metric, a ? a : "", b ? b : "");
}

void metod_metric_add(enum metod_metric metric, const char *a, const char *b, uint64_t n)
{
	begin(metric, a, b)->value += n;
	pthread_mutex_unlock(&lock);
}

void metod_metric_set(
    enum metod_metric metric, const char *a, const char *b, uint64_t value)
{
	begin(metric, a, b)->value = value;
	pthread_mutex_unlock(&lock);
}

static const uint64_t *bounds_of(enum metod_metric metric)
{
	return bounds[metrics[metric].kind == METOD_SIZES];
}

void metod_metric_see(enum metod_metric metric, uint64_t value)
{
	struct series *series = begin(metric, "", "");
	const uint64_t *bound = bounds_of(metric);
	size_t i = 0;

	while (i < BUCKETS && value > bound[i])
		i++;
	series->bucket[i]++;
	series->value += value;
	pthread_mutex_unlock(&lock);
}

void metod_metric_memory(enum metod_metric metric)
{
	FILE *file = fopen("/proc/self/status", "re");
	unsigned long long kb;
	char line[256];

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "VmRSS: %llu kB", &kb) == 1)
			metod_metric_set(metric, "resident", "", kb * 1024);
		else if (sscanf(line, "RssAnon: %llu kB", &kb) == 1)
			metod_metric_set(metric, "anonymous", "", kb * 1024);
	}
	if (file)
		fclose(file);
}

/* ---- text ---- */

static void put_number(
    struct metod_buf *out, uint64_t value, enum metod_metric_scale scale)
{
	uint64_t rest = value % (uint64_t)scale;

	metod_buf_printf(out, "%" PRIu64, value / (uint64_t)scale);
	if (scale == METOD_FROM_US)
		metod_buf_printf(out, ".%06" PRIu64, rest);
	else if (scale == METOD_FROM_MS)
		metod_buf_printf(out, ".%03" PRIu64, rest);
}

/* Values of labels are words of the program; a byte that would need escaping is none. */
static void put_labels(struct metod_buf *out, const struct series *series)
{
	const char *between = "{";

	for (size_t i = 0; i < 2; i++) {
		const char *name = metrics[series->metric].label[i];

		if (!*name)
			continue;
		metod_buf_printf(out, "%s%s=\"", between, name);
		for (const char *p = series->label[i]; *p; p++)
			metod_buf_byte(out,
			    *p < 0x20 || *p == '"' || *p == '\\' ? '?' : (uint8_t)*p);
		metod_buf_byte(out, '"');
		between = ",";
	}
	if (*between == ',')
		metod_buf_byte(out, '}');
}

static void put_histogram(struct metod_buf *out, const struct series *series)
{
	const char *name = metrics[series->metric].name;
	enum metod_metric_scale scale = metrics[series->metric].scale;
	uint64_t count = 0;

	for (size_t i = 0; i < BUCKETS; i++) {
		count += series->bucket[i];
		metod_buf_printf(out, "metod_%s_bucket{le=\"", name);
		put_number(out, bounds_of(series->metric)[i], scale);
		metod_buf_printf(out, "\"} %" PRIu64 "\n", count);
	}
	count += series->bucket[BUCKETS];
	metod_buf_printf(out, "metod_%s_bucket{le=\"+Inf\"} %" PRIu64 "\n", name, count);
	metod_buf_printf(out, "metod_%s_sum ", name);
	put_number(out, series->value, scale);
	metod_buf_printf(out, "\nmetod_%s_count %" PRIu64 "\n", name, count);
}

static void put_metric(struct metod_buf *out, enum metod_metric metric)
{
	static const char *const types[] = {"counter", "gauge", "histogram", "histogram"};
	const char *name = metrics[metric].name;

	metod_buf_printf(out, "# HELP metod_%s %s\n# TYPE metod_%s %s\n", name,
	    metrics[metric].help, name, types[metrics[metric].kind]);
	for (const struct series *series = first[metric]; series; series = series->next) {
		if (metrics[metric].kind >= METOD_TIMES) {
			put_histogram(out, series);
			continue;
		}
		metod_buf_printf(out, "metod_%s", name);
		put_labels(out, series);
		metod_buf_byte(out, ' ');
		put_number(out, series->value, metrics[metric].scale);
		metod_buf_byte(out, '\n');
	}
}

void metod_metrics_text(const char *prefix, struct metod_buf *out)
{
	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < METOD_METRIC_COUNT; i++) {
		if (first[i] && !strncmp(metrics[i].name, prefix, strlen(prefix)))
			put_metric(out, (enum metod_metric)i);
	}
	pthread_mutex_unlock(&lock);
}
