/* SPDX-License-Identifier: Apache-2.0
 * What is wrong with the files, the settings and the machine, and the command that mends
 * it. Looks from outside: takes no lock, opens nothing for writing, asks no daemon, so it
 * works beside a running one and without. What only the daemon knows metodctl asks it. */
#include "daemon.h"

#include <dirent.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <pwd.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "errand.h"
#include "metod/store.h"
#include "metod/wire.h"
#include "net.h"

/* libevent below this lets requests be smuggled (CVE-2026-63379 and seven more). */
#define LIBEVENT_FLOOR "2.1.12-stable-8+deb12u1"

enum { FINDINGS_MAX = 100, KEY_BYTES = 32, MINUTE_MS = 60000, HOUR_MS = 3600000 };

extern char **environ;

struct doctor {
	struct metod_arena *arena;
	struct metod_config *values;
	const char *config; /* file */
	struct metod_doctor_rep found;
	int64_t now_ms;
	uint64_t used_bytes; /* of the store, 0: not known */
	bool wrong;
};

static const char good[] = "good", attention[] = "attention", wrong[] = "wrong";

/* One finding; `command` NULL: nothing to do. Texts are translated already. */
static void tell(struct doctor *doctor, const char *state, const char *about,
    struct metod_str command, const char *format, ...) METOD_PRINTF(5, 6);
static void tell(struct doctor *doctor, const char *state, const char *about,
    struct metod_str command, const char *format, ...)
{
	char says[1000];
	va_list args;
	va_start(args, format);
	vsnprintf(says, sizeof says, format, args);
	va_end(args);
	if (doctor->found.rows.n == FINDINGS_MAX)
		return;
	doctor->wrong |= state == wrong;
	doctor->found.rows.p[doctor->found.rows.n++] =
	    (struct metod_symptom){.state = metod_str(state),
		.about = metod_str(about),
		.says = metod_arena_strz(doctor->arena, says),
		.command = command};
}

#define NOTHING ((struct metod_str){0})
#define COMMAND(...) metod_arena_printf(doctor->arena, __VA_ARGS__)

/* ---- configuration ---- */

static bool check_config(struct doctor *doctor, const struct metod_daemon_args *args,
    struct metod_settings *settings)
{
	struct metod_issues issues = {.arena = doctor->arena};
	enum metod_err e = metod_config_load(
	    args->config, args->overrides, doctor->arena, settings, &issues);
	for (size_t i = 0; i < issues.n; i++) {
		struct metod_str line = metod_issue_line(&issues, &issues.p[i]);
		tell(doctor, e ? wrong : attention, TR("configuration"),
		    METOD_STR("metodctl config check"), "%.*s", METOD_FMT(line));
	}
	if (e == METOD_OK && !issues.n)
		tell(doctor, good, TR("configuration"), NOTHING, "%s",
		    TR("every line is understood"));
	doctor->values = &settings->values;
	return e == METOD_OK;
}

static bool is_local(struct metod_str listen)
{
	return metod_str_starts(listen, "127.") || metod_str_starts(listen, "[::1]") ||
	    metod_str_starts(listen, "localhost");
}

/* How phones reach the pages: the settings must fit each other. */
static void check_address(struct doctor *doctor)
{
	const struct metod_config *values = doctor->values;
	const struct metod_str edit = COMMAND("sensible-editor %s", doctor->config);
	bool https = metod_str_starts(values->public_url, "https://");
	if (https && !values->trusted_proxy.n)
		tell(doctor, attention, TR("address of the pages"), edit, "%s",
		    TR("public_url is https and trusted_proxy is empty: every browser seems to "
		       "come from the proxy, and they share one limit"));
	else if (values->trusted_proxy.n && !values->public_url.n)
		tell(doctor, attention, TR("address of the pages"), edit, "%s",
		    TR("trusted_proxy is set and public_url is empty: invitations are printed "
		       "without an address"));
	else if (https && !is_local(values->http_listen))
		tell(doctor, attention, TR("address of the pages"), edit,
		    TR("http_listen = %s can be reached past the proxy, without encryption"),
		    values->http_listen.p);
	else
		tell(doctor, good, TR("address of the pages"), NOTHING, "%s",
		    values->public_url.n ? values->public_url.p : values->http_listen.p);
}

/* ---- folders and keys ---- */

static const char *owner_name(uid_t uid)
{
	const struct passwd *user = getpwuid(uid);
	return user ? user->pw_name : "?";
}

/* A folder or file that only its owner may read. `owner`: who it must be, -1 anybody. */
static bool check_private(struct doctor *doctor, const char *about, const char *path,
    unsigned mode, int64_t owner, struct stat *ret)
{
	if (stat(path, ret) != 0) {
		bool hidden = errno == EACCES;
		tell(doctor, hidden ? attention : wrong, about,
		    hidden ? METOD_STR("sudo metodctl doctor") : NOTHING, "%s: %s", path,
		    strerror(errno));
		return false;
	}
	if (ret->st_mode & 0077) {
		tell(doctor, wrong, about, COMMAND("chmod %o %s", mode, path),
		    TR("%s may be read by others (mode %o)"), path,
		    (unsigned)ret->st_mode & 07777);
		return false;
	}
	if (owner >= 0 && ret->st_uid != (uid_t)owner) {
		tell(doctor, wrong, about,
		    COMMAND("chown -R %s: %s", owner_name((uid_t)owner), path),
		    TR("%s belongs to %s; the store belongs to another user"), path,
		    owner_name(ret->st_uid));
		return false;
	}
	return true;
}

static int64_t check_folders(struct doctor *doctor)
{
	const struct metod_config *values = doctor->values;
	struct stat store, other;
	if (!check_private(
		doctor, TR("folder of the store"), values->data_dir.p, 0700, -1, &store))
		return -1;
	bool fine = check_private(doctor, TR("folder of the keys"), values->keys_dir.p,
	    0700, store.st_uid, &other);
	fine &= check_private(doctor, TR("folder of the backups"), values->backup_dir.p,
	    0700, store.st_uid, &other);
	if (fine)
		tell(doctor, good, TR("folders"), NOTHING,
		    TR("store, keys and backups can be read by %s only"),
		    owner_name(store.st_uid));
	return store.st_uid;
}

/* What an errand of root left behind would keep the daemon out. */
static void check_files(struct doctor *doctor, int64_t owner)
{
	static const char *const names[] = {
	    "store.mdb", "store.mdb-lock", "lock", "FORMAT"};
	struct stat file;
	for (size_t i = 0; owner >= 0 && i < METOD_LEN(names); i++) {
		struct metod_str path =
		    COMMAND("%s/%s", doctor->values->data_dir.p, names[i]);
		if (stat(path.p, &file) == 0)
			check_private(
			    doctor, TR("files of the store"), path.p, 0600, owner, &file);
	}
}

static void check_keys(struct doctor *doctor, int64_t owner)
{
	struct metod_str path = COMMAND("%s/master.key", doctor->values->keys_dir.p);
	struct stat key;
	if (owner < 0 || !check_private(doctor, TR("keys"), path.p, 0600, owner, &key))
		return;
	if (key.st_size != KEY_BYTES)
		tell(doctor, wrong, TR("keys"), NOTHING,
		    TR("%s is not %d bytes long: put the second copy of the keys back"),
		    path.p, KEY_BYTES);
	else
		tell(doctor, good, TR("keys"), NOTHING, "%s",
		    TR("present; they are in no backup, so keep a second copy elsewhere"));
}

/* ---- store, clock, disk ---- */

static void tell_unreadable(
    struct doctor *doctor, enum metod_err e, const struct metod_error *err)
{
	const char *dir = doctor->values->data_dir.p;
	if (e == METOD_NOT_FOUND)
		tell(doctor, wrong, TR("store"),
		    METOD_STR(
			"metodd init --admin-uid 0, or metodctl backup restore COPY"),
		    TR("there is no store in %s"), dir);
	else if (e == METOD_VERSION)
		tell(doctor, wrong, TR("store"), NOTHING, "%s. %s", err->message,
		    err->hint);
	else if (e == METOD_DAMAGED)
		tell(doctor, wrong, TR("store"),
		    COMMAND("metodctl store rebuild --data %s", dir),
		    TR("cannot be read: %s"), err->message);
	else
		tell(doctor, attention, TR("store"), METOD_STR("sudo metodctl doctor"),
		    TR("cannot be read: %s"), err->message);
}

static void check_clock(struct doctor *doctor, const struct metod_store_facts *facts)
{
	char when[32];
	if (doctor->now_ms < facts->last_ms - MINUTE_MS)
		tell(doctor, wrong, TR("clock"), METOD_STR("timedatectl"),
		    TR("the clock is behind the last event, which is of %s"),
		    metod_errand_moment(facts->last_ms, when));
	else
		tell(doctor, good, TR("clock"), NOTHING, "%s",
		    metod_errand_moment(doctor->now_ms, when));
}

static void check_map(struct doctor *doctor)
{
	uint64_t map = doctor->values->map_gib << 30;
	uint64_t per_cent = doctor->used_bytes / (map / 100);
	if (per_cent >= 70)
		tell(doctor, attention, TR("map"),
		    COMMAND("sensible-editor %s", doctor->config),
		    TR("%llu %% of map_gib are used; it grows by itself, and waits for readers then"),
		    ULL(per_cent));
}

static void check_store(struct doctor *doctor)
{
	struct metod_store_facts facts = {0};
	struct metod_error err = {0};
	char when[32];
	enum metod_err e =
	    metod_store_look(doctor->values->data_dir.p, NULL, &facts, &err);
	if (e != METOD_OK) {
		tell_unreadable(doctor, e, &err);
		return;
	}
	doctor->used_bytes = facts.used_bytes;
	if (facts.format < metod_store_format)
		tell(doctor, wrong, TR("store"),
		    COMMAND(
			"metodctl store upgrade --data %s", doctor->values->data_dir.p),
		    TR("has the older format %u; this program has %u"), facts.format,
		    metod_store_format);
	else
		tell(doctor, good, TR("store"), NOTHING,
		    TR("format %u, events: %llu, the last of %s"), facts.format,
		    ULL(facts.seq), metod_errand_moment(facts.last_ms, when));
	check_clock(doctor, &facts);
	check_map(doctor);
}

/* Room for the next copy and some time of writing. */
static void check_disk(struct doctor *doctor, const char *about, const char *dir)
{
	struct statvfs disk;
	if (statvfs(dir, &disk) != 0)
		return;
	uint64_t mib = (uint64_t)disk.f_bavail * disk.f_frsize >> 20;
	uint64_t want = (2 * doctor->used_bytes >> 20) + 256;
	tell(doctor,
	    mib < 16         ? wrong
		: mib < want ? attention
			     : good,
	    about, mib < want ? COMMAND("df -h %s", dir) : NOTHING, TR("free: %llu MiB"),
	    ULL(mib));
}

static bool ends_with(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);
	return n > m && strcmp(name + n - m, end) == 0;
}

/* Stores that gave way: personal data that nobody looks after. */
static void check_aside(struct doctor *doctor)
{
	const char *dir = doctor->values->data_dir.p;
	DIR *list = opendir(dir);
	const struct dirent *entry;
	while (list && (entry = readdir(list)))
		if (strncmp(entry->d_name, "store.mdb.aside-", 16) == 0)
			tell(doctor, attention, TR("store before"),
			    COMMAND("rm %s/%s", dir, entry->d_name),
			    TR("%s was put aside and holds personal data; delete it when it is no "
			       "longer needed"),
			    entry->d_name);
	if (list)
		closedir(list);
}

/* ---- backups ---- */

/* Name of the newest copy in the arena; NULL: none. */
static const char *newest_copy(struct doctor *doctor, int64_t *ret_age_ms)
{
	const char *dir = doctor->values->backup_dir.p, *newest = NULL;
	DIR *list = opendir(dir);
	const struct dirent *entry;
	struct stat file;
	time_t at = 0;
	while (list && (entry = readdir(list))) {
		struct metod_str path = COMMAND("%s/%s", dir, entry->d_name);
		if (entry->d_name[0] == '.' || ends_with(entry->d_name, ".json") ||
		    ends_with(entry->d_name, ".tmp") || stat(path.p, &file) != 0 ||
		    !S_ISREG(file.st_mode) || (newest && file.st_mtime < at))
			continue;
		newest = path.p;
		at = file.st_mtime;
	}
	if (list)
		closedir(list);
	*ret_age_ms = doctor->now_ms - (int64_t)at * 1000;
	return newest;
}

static void check_backup(struct doctor *doctor)
{
	const struct metod_str create = METOD_STR("metodctl backup create");
	struct metod_error err = {0};
	int64_t age_ms;
	const char *copy = newest_copy(doctor, &age_ms);
	if (!copy) {
		tell(doctor, wrong, TR("backup"), create, TR("there is no copy in %s"),
		    doctor->values->backup_dir.p);
		return;
	}
	/* It was read through when it was made; the digest says that it is the same. */
	enum metod_err e = metod_store_copy_intact(copy, &err);
	if (e == METOD_NOT_FOUND)
		tell(doctor, attention, TR("backup"),
		    COMMAND("metodctl backup verify %s", copy),
		    TR("the last copy %s has no manifest"), copy);
	else if (e != METOD_OK)
		tell(doctor, wrong, TR("backup"), create, "%s: %s", copy, err.message);
	else
		tell(doctor, age_ms > 48LL * HOUR_MS ? attention : good, TR("backup"),
		    age_ms > 48LL * HOUR_MS ? create : NOTHING,
		    TR("the last copy is %lld hours old and as it was made"),
		    (long long)(age_ms > 0 ? age_ms / HOUR_MS : 0));
}

/* ---- machine ---- */

/* First line that a program prints, in the arena; exit status, -1: it cannot be started.
 */
static int ask(struct doctor *doctor, const char *const *argv, struct metod_str *ret)
{
	posix_spawn_file_actions_t actions;
	int ends[2], status = 0;
	char line[256];
	pid_t pid;
	union {
		const char *const *from;
		char *const *to;
	} words = {argv};
	if (pipe(ends) != 0)
		return -1;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	posix_spawn_file_actions_addclose(&actions, ends[0]);
	posix_spawn_file_actions_addclose(&actions, ends[1]);
	posix_spawn_file_actions_addopen(
	    &actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	int failed = posix_spawnp(&pid, argv[0], &actions, NULL, words.to, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	ssize_t n = failed ? 0 : read(ends[0], line, sizeof line);
	close(ends[0]);
	while (!failed && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	struct metod_str text = {line, n > 0 ? (size_t)n : 0};
	*ret = metod_arena_str(doctor->arena, metod_str_cut(&text, '\n'));
	return failed || !WIFEXITED(status) ? -1 : WEXITSTATUS(status);
}

static void check_libevent(struct doctor *doctor)
{
	struct metod_str version, none;
	const char *query[] = {
	    "dpkg-query", "-W", "-f", "${Version}\n", "libevent-core-2.1-7*", NULL};
	if (ask(doctor, query, &version) != 0 || !version.n) {
		tell(doctor, good, "libevent", NOTHING, "%s", event_get_version());
		return;
	}
	const char *compare[] = {
	    "dpkg", "--compare-versions", version.p, "ge", LIBEVENT_FLOOR, NULL};
	if (ask(doctor, compare, &none) == 0)
		tell(doctor, good, "libevent", NOTHING, "%s", version.p);
	else
		tell(doctor, wrong, "libevent",
		    METOD_STR(
			"apt-get update && apt-get install --only-upgrade 'libevent-*2.1-7*'"),
		    TR("%s is older than %s, which closes known holes"), version.p,
		    LIBEVENT_FLOOR);
}

static void check_timer(struct doctor *doctor)
{
	const char *enabled[] = {"systemctl", "is-enabled", "metodd-backup.timer", NULL};
	struct metod_str says;
	if (access("/run/systemd/system", F_OK) != 0)
		return;
	if (ask(doctor, enabled, &says) == 0)
		tell(doctor, good, TR("daily backup"), NOTHING, "metodd-backup.timer: %s",
		    says.p);
	else
		tell(doctor, attention, TR("daily backup"),
		    METOD_STR("systemctl enable --now metodd-backup.timer"), "%s",
		    TR("metodd-backup.timer is not enabled"));
}

/* The way of the pages to the store: its mode is what proves who they are. */
static void check_link(struct doctor *doctor)
{
	static const char path[] = "/run/metod/link.sock";
	struct stat link;
	if (stat(path, &link) != 0)
		return;
	if (link.st_mode & 0007)
		tell(doctor, wrong, TR("link of the pages"),
		    COMMAND("chmod 660 %s", path),
		    TR("%s may be opened by anybody (mode %o)"), path,
		    (unsigned)link.st_mode & 07777);
	else
		tell(doctor, good, TR("link of the pages"), NOTHING, "%s", path);
}

static void check_all(struct doctor *doctor)
{
	int64_t owner = check_folders(doctor);
	check_files(doctor, owner);
	check_keys(doctor, owner);
	if (owner >= 0) {
		check_store(doctor);
		check_aside(doctor);
		check_disk(doctor, TR("disk of the store"), doctor->values->data_dir.p);
		check_disk(
		    doctor, TR("disk of the backups"), doctor->values->backup_dir.p);
		check_backup(doctor);
	}
	check_address(doctor);
	check_link(doctor);
	check_timer(doctor);
	check_libevent(doctor);
}

int metod_daemon_doctor(const struct metod_daemon_args *args)
{
	static const struct metod_emit how = {.output = METOD_OUT_JSON};
	struct doctor doctor = {.arena = metod_arena_new(),
	    .config = args->config ? args->config : METOD_CONFIG_FILE,
	    .now_ms = net_wall_ms(NULL)};
	struct metod_settings settings;
	struct metod_error err = {0};
	struct metod_buf out = {0};
	metod_errand_speak();
	memset(&settings, 0, sizeof settings);
	doctor.found.rows.p =
	    METOD_NEWS(doctor.arena, FINDINGS_MAX, struct metod_symptom);
	if (check_config(&doctor, args, &settings))
		check_all(&doctor);
	if (metod_emit(&metod_doctor_rep_desc, &doctor.found, &how, &out, &err) !=
	    METOD_OK)
		return metod_daemon_fail(&err);
	fwrite(out.p, 1, out.n, stdout);
	metod_buf_done(&out);
	metod_arena_free(doctor.arena);
	return doctor.wrong ? metod_err_exit(METOD_DAMAGED) : 0;
}
