/* SPDX-License-Identifier: Apache-2.0
 * Copies outlive an erasure. So they end: each new copy takes those away that are too
 * old, and who erases somebody is told which copies there are and until when. */
#include "copies.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "metod/log.h"

#define DAY_MS INT64_C(86400000)

static bool ends_with(const char *name, const char *end)
{
	size_t n = strlen(name), k = strlen(end);
	return n > k && !strcmp(name + n - k, end);
}

/* Calls each(call, path, name, day) for every copy. */
static void walk(struct metod_call *call,
    void (*each)(struct metod_call *call, const char *path, int64_t day, void *arg),
    void *arg)
{
	const char *folder = call->app->config.backup_dir;
	DIR *dir = folder ? opendir(folder) : NULL;
	if (!dir)
		return;
	for (struct dirent *entry; (entry = readdir(dir));) {
		char path[2048];
		struct stat st;
		int n = snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
		if (n < 0 || (size_t)n >= sizeof path ||
		    !ends_with(entry->d_name, ".mbk") || entry->d_name[0] == '.' ||
		    stat(path, &st))
			continue;
		int64_t ms =
		    (int64_t)st.st_mtim.tv_sec * 1000 + call->zone_minutes * 60000;
		each(call, path, ms / DAY_MS, arg);
	}
	closedir(dir);
}

static void note_copy(struct metod_call *call, const char *path, int64_t day, void *arg)
{
	struct copies *copies = arg;
	(void)call;
	(void)path;
	copies->oldest = copies->n == 0 || day < copies->oldest ? day : copies->oldest;
	copies->newest = copies->n == 0 || day > copies->newest ? day : copies->newest;
	copies->n++;
}

void copies_look(struct metod_call *call, struct copies *ret)
{
	*ret = (struct copies){0};
	walk(call, note_copy, ret);
}

struct metod_str copies_note(struct metod_call *call)
{
	struct copies copies;
	char oldest[16], newest[16], until[16];
	copies_look(call, &copies);
	if (copies.n == 0)
		return metod_str(metod_tr(call->lang,
		    "There is no copy in the backup folder. If you keep copies elsewhere, delete them or erase again after restoring one."));
	metod_date_format(copies.oldest, oldest);
	metod_date_format(copies.newest, newest);
	metod_date_format(copies.newest + METOD_BACKUP_DAYS, until);
	return metod_arena_printf(call->arena,
	    metod_tr(call->lang,
		"Copies made before still hold it: %llu in the backup folder, from %s to %s. The daily backup removes each after %d days, the last on %s. Delete them earlier if you can, also those kept elsewhere, and erase again after restoring one."),
	    (unsigned long long)copies.n, oldest, newest, METOD_BACKUP_DAYS, until);
}

/* Days of the newest copy and of the one before it; -1: there is none. */
struct newest {
	int64_t first, second;
};

static void note_newest(struct metod_call *call, const char *path, int64_t day, void *arg)
{
	struct newest *newest = arg;
	(void)call;
	(void)path;
	if (day > newest->first) {
		newest->second = newest->first;
		newest->first = day;
	} else if (day > newest->second) {
		newest->second = day;
	}
}

static void remove_old(struct metod_call *call, const char *path, int64_t day, void *arg)
{
	const struct newest *newest = arg;
	const char *name = strrchr(path, '/') + 1;
	char beside[2056];
	(void)call;
	if (strncmp(name, "metod-", 6) || newest->first - day <= METOD_BACKUP_DAYS)
		return;
	unlink(path);
	snprintf(beside, sizeof beside, "%s.json", path);
	unlink(beside);
	metod_log(METOD_LOG_NOTICE, "app", "event=copy_removed age_days=%lld",
	    (long long)(newest->first - day));
}

void copies_expire(struct metod_call *call)
{
	struct newest newest = {-1, -1};
	walk(call, note_newest, &newest);
	/* No copy for so long, or a clock that jumped: nothing is thrown away on the word
	 * of one new copy. The next one does it. */
	if (newest.second >= 0 && newest.first - newest.second > METOD_BACKUP_DAYS) {
		metod_log(METOD_LOG_WARNING, "app", "event=copies_kept gap_days=%lld",
		    (long long)(newest.first - newest.second));
		return;
	}
	walk(call, remove_old, &newest);
}
