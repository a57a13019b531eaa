/* SPDX-License-Identifier: Apache-2.0
 * The configuration of metodd, and making a new store. */
#include "daemon.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "metod/app.h"
#include "metod/log.h"
#include "net.h"

int metod_daemon_fail(const struct metod_error *err)
{
	fprintf(stderr, "metodd: %s%s%s\n", err->field, err->field[0] ? ": " : "",
	    err->message);
	if (err->hint[0])
		fprintf(stderr, "metodd: %s\n", err->hint);
	return metod_err_exit(err->code);
}

int metod_daemon_settings(const struct metod_daemon_args *args, struct metod_arena *arena,
    struct metod_settings *ret, bool log)
{
	struct metod_issues issues = {.arena = arena};
	enum metod_err e =
	    metod_config_load(args->config, args->overrides, arena, ret, &issues);
	for (size_t i = 0; i < issues.n; i++) {
		struct metod_str line = metod_issue_line(&issues, &issues.p[i]);
		if (log)
			metod_log(METOD_LOG_ERROR, "net", "event=configuration text=%.*s",
			    METOD_FMT(line));
		else
			fprintf(stderr, "metodd: %.*s\n", METOD_FMT(line));
	}
	return e == METOD_OK ? 0 : 2;
}

/* The folder and those above it; 0700 for what did not exist. */
bool metod_daemon_make_dirs(const char *path)
{
	char part[4096];
	snprintf(part, sizeof part, "%s", path);
	for (char *p = part + 1; *p; p++)
		if (*p == '/') {
			*p = 0;
			if (mkdir(part, 0700) != 0 && errno != EEXIST)
				return false;
			*p = '/';
		}
	return mkdir(part, 0700) == 0 || errno == EEXIST;
}

static enum metod_err init_store(const struct metod_settings *settings,
    const struct metod_init_args *init, struct metod_error *err)
{
	const struct metod_config *values = &settings->values;
	int64_t now = net_wall_ms(NULL);
	struct metod_meta meta = {.one = 1,
	    .title = metod_str(init->title ? init->title : ""),
	    .zone = metod_str(init->zone),
	    .demo = init->demo,
	    .young_age = 35,
	    .young_years = 3,
	    .created = now};
	struct metod_store_config config = {.dir = values->data_dir.p};
	struct metod_app_config app_config = {.keys_dir = values->keys_dir.p,
	    .backup_dir = values->backup_dir.p,
	    .scratch_dir = values->backup_dir.p};
	struct metod_app *app = NULL;
	int offset;
	if (!metod_zone_offset(meta.zone, &offset))
		return metod_fail(
		    err, METOD_RANGE, "zone", "no such time zone: %s", init->zone);
	const char *dirs[] = {
	    values->data_dir.p, values->keys_dir.p, values->backup_dir.p};
	for (size_t i = 0; i < METOD_LEN(dirs); i++)
		if (!metod_daemon_make_dirs(dirs[i]))
			return metod_fail(err, METOD_IO, dirs[i],
			    "cannot make the folder: %s", strerror(errno));
	enum metod_err e = metod_app_init_keys(values->keys_dir.p, err);
	if (e == METOD_OK)
		e = metod_store_create(&config, &meta, now, err);
	if (e == METOD_OK)
		e = metod_store_open(&config, &app_config.store, err);
	if (e == METOD_OK)
		e = metod_app_new(&app_config, &app, err);
	if (e == METOD_OK)
		e = metod_app_init_admin(
		    app, init->admin_uid, metod_str(init->admin_login), now, err);
	metod_app_free(app);
	metod_store_close(app_config.store);
	return e;
}

int metod_daemon_init(
    const struct metod_daemon_args *args, const struct metod_init_args *init)
{
	struct metod_arena *arena = metod_arena_new();
	struct metod_settings settings;
	struct metod_error err = {0};
	int status = metod_daemon_settings(args, arena, &settings, false);
	if (status == 0 && init_store(&settings, init, &err) != METOD_OK)
		status = metod_daemon_fail(&err);
	if (status == 0)
		printf("%s: ready; administrator \"%s\" is the Unix user %lld\n",
		    settings.values.data_dir.p, init->admin_login, init->admin_uid);
	metod_arena_free(arena);
	return status;
}
