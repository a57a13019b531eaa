/* SPDX-License-Identifier: Apache-2.0
 * What a monitoring system asks of the store process: technical totals, never about a
 * person, a school or a wave. */
#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "internal.h"
#include "metod/metrics.h"

static void see_backups(const char *dir)
{
	DIR *folder = opendir(dir);
	uint64_t copies = 0, newest = 0;
	struct dirent *entry;
	while (folder && (entry = readdir(folder))) {
		struct metod_str name = metod_str(entry->d_name);
		struct stat file;
		if (name.n < 4 || strcmp(name.p + name.n - 4, ".mbk") != 0 ||
		    fstatat(dirfd(folder), name.p, &file, 0) != 0)
			continue;
		copies++;
		if ((uint64_t)file.st_mtime > newest)
			newest = (uint64_t)file.st_mtime;
	}
	if (folder)
		closedir(folder);
	metod_metric_set(METOD_M_store_backups, NULL, NULL, copies);
	metod_metric_set(METOD_M_store_last_backup_time_seconds, NULL, NULL, newest);
}

static void see_store(const struct metod_store_stat *stat)
{
	const struct {
		enum metod_metric metric;
		uint64_t value;
	} rows[] = {
	    {METOD_M_store_queue_length, stat->queued},
	    {METOD_M_store_writes_refused, stat->refusing},
	    {METOD_M_store_map_used_bytes, stat->used_bytes},
	    {METOD_M_store_map_free_bytes, stat->map_bytes - stat->used_bytes},
	    {METOD_M_store_disk_free_bytes, stat->free_bytes},
	    {METOD_M_store_oldest_reader_seconds, stat->readers_oldest_ms},
	};
	for (size_t i = 0; i < METOD_LEN(rows); i++)
		metod_metric_set(rows[i].metric, NULL, NULL, rows[i].value);
}

enum metod_err metod_do_store_metrics(
    struct metod_call *call, const void *request, void *reply)
{
	struct metod_metrics_rep *rep = reply;
	struct metod_store_stat stat;
	struct metod_buf text = {0};
	(void)request;
	enum metod_err e = metod_store_stat(call->app->store, &stat);
	if (e != METOD_OK)
		return e;
	see_store(&stat);
	see_backups(call->app->config.backup_dir);
	metod_metric_memory(METOD_M_store_memory_bytes);
	metod_metrics_text("store_", &text);
	rep->text = metod_arena_str(call->arena, metod_buf_view(&text));
	metod_buf_done(&text);
	return METOD_OK;
}
