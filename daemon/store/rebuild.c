/* SPDX-License-Identifier: Apache-2.0
 * A stopped store made anew from its own journal: because its tables are damaged, or
 * because its format is an older one. Only a journal that is whole is taken as it is;
 * what lies behind a damaged event is given up when somebody says so. */
#include "check.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct job {
	const char *dir, *aside;
	uint64_t keep;
	bool upgrade;
};

/* New file, checked as a whole, in place of the old one. */
static enum metod_err replace(const struct job *job, char *const file, uint64_t upto,
    struct metod_rebuild_report *report, struct metod_error *err)
{
	char *new = metod_dir_path(job->dir, "store.mdb.new");
	char *old = metod_dir_path(job->dir, job->aside);
	struct metod_verify_report check;
	enum metod_err e;

	unlink(new);
	e = metod_replay_file(file, new, upto, report->generation, err);
	if (!e)
		e = metod_verify_file(new, job->dir, NULL, &check, NULL, err);
	if (!e)
		e = metod_dir_swap(job->dir, new, old, err);
	report->done = !e;
	unlink(new);
	free(old);
	free(new);
	return e;
}

static enum metod_err refuse(
    const struct metod_rebuild_report *report, uint64_t keep, struct metod_error *err)
{
	char field[32];

	if (keep)
		return metod_fail(err, METOD_RANGE, "keep",
		    "events 1 to %llu can be saved, not %llu",
		    (unsigned long long)report->readable, (unsigned long long)keep);
	snprintf(
	    field, sizeof(field), "event %llu", (unsigned long long)report->readable + 1);
	return metod_fail(
	    err, METOD_DAMAGED, field, "%s", metod_found_text(METOD_FOUND_EVENT_DAMAGED));
}

static enum metod_err rebuild_file(const struct job *job, char *const file,
    struct metod_rebuild_report *report, struct metod_error *err)
{
	struct survey found;
	enum metod_err e = metod_survey(file, &found, err);
	bool cut;

	if (e)
		return e;
	report->readable = found.readable;
	report->last = found.last;
	report->whole = found.whole;
	report->last_ms = found.last_ms;
	if (job->upgrade && found.format >= metod_store_format)
		return metod_fail(err, METOD_CONFLICT, job->dir,
		    "has the format of this program (%u) already", metod_store_format);
	cut = job->keep && job->keep < found.last;
	if (job->keep > found.readable || (!found.whole && !job->keep) || !found.readable)
		return refuse(report, job->keep, err);
	report->generation = cut || !found.whole || !found.state_known
	    ? metod_store_generation()
	    : found.generation;
	return replace(job, file, job->keep ? job->keep : found.readable, report, err);
}

static enum metod_err run(
    const struct job *job, struct metod_rebuild_report *ret, struct metod_error *err)
{
	char *file = metod_dir_path(job->dir, "store.mdb");
	enum metod_err e = metod_dir_format_check(job->dir, err);
	int lock = -1;

	*ret = (struct metod_rebuild_report){0};
	if (!e && sodium_init() < 0)
		e = metod_fail(err, METOD_FAILED, "", "libsodium has no random source");
	if (!e)
		e = metod_dir_lock(job->dir, &lock, err);
	if (!e)
		metod_store_sweep(job->dir);
	if (!e && access(file, R_OK))
		e = metod_fail(err, metod_env_err(errno), file, "%s", strerror(errno));
	if (!e)
		e = rebuild_file(job, file, ret, err);
	if (lock >= 0)
		close(lock);
	free(file);
	return e;
}

enum metod_err metod_store_rebuild(const char *dir, uint64_t keep, const char *aside,
    struct metod_rebuild_report *ret, struct metod_error *err)
{
	const struct job job = {.dir = dir, .aside = aside, .keep = keep};

	return run(&job, ret, err);
}

enum metod_err metod_store_upgrade(const char *dir, const char *aside,
    struct metod_rebuild_report *ret, struct metod_error *err)
{
	const struct job job = {.dir = dir, .aside = aside, .upgrade = true};

	return run(&job, ret, err);
}
