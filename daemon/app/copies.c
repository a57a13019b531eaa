/* SPDX-License-Identifier: Apache-2.0
 * Copies outlive an erasure. So they end: each new copy takes those away that are too
 * old, and who erases somebody is told which copies there are and until when. */
#include "copies.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

static void remove_old(struct metod_call *call, const char *path, int64_t day, void *arg)
{
	const char *name = strrchr(path, '/') + 1;
	char beside[2056];
	(void)arg;
	if (strncmp(name, "metod-", 6) || call->today - day <= METOD_BACKUP_DAYS)
		return;
	unlink(path);
	snprintf(beside, sizeof beside, "%s.json", path);
	unlink(beside);
}

void copies_expire(struct metod_call *call)
{
	walk(call, remove_old, NULL);
}
