/* SPDX-License-Identifier: Apache-2.0
 * Options of the daemon, declared once: configuration file, environment, command line,
 * `config show` and the manual are made from the list. Keys are never reused. */
#pragma once

#include "metod/conf.h"

#define METOD_CONFIG_FILE "/etc/metod/metodd.conf"

enum metod_applies {
	METOD_ON_START,
	METOD_ON_RELOAD,
};

/* What a text must look like, beyond its length. */
enum metod_shape {
	METOD_SHAPE_ANY,
	METOD_SHAPE_PATH,   /* absolute path */
	METOD_SHAPE_LISTEN, /* address:port, [address]:port or unix:/path */
	METOD_SHAPE_URL,    /* http:// or https://, no slash at the end; may be empty */
	METOD_SHAPE_HOSTS, /* addresses of machines or networks, with commas; may be empty
			    */
	METOD_SHAPE_LEVEL, /* level of the log */
};

/* clang-format off */
/* O(F, R, kind, name, key, flags, default, low, high, shape, applies, summary): low..high as in
 * records; F and R are passed on, so that the same rows make a record. */
#define METOD_OPTIONS(O, F, R)                                                                         \
	O(F, R, STR, data_dir, 1, METOD_REQ, "/var/lib/metod/store", 1, 1024, METOD_SHAPE_PATH, METOD_ON_START, "Folder of the store") \
	O(F, R, STR, keys_dir, 2, METOD_REQ, "/var/lib/metod/keys", 1, 1024, METOD_SHAPE_PATH, METOD_ON_START, "Folder of the keys, apart from backups") \
	O(F, R, STR, backup_dir, 3, METOD_REQ, "/var/lib/metod/backup", 1, 1024, METOD_SHAPE_PATH, METOD_ON_START, "Folder of the backups") \
	O(F, R, STR, socket, 4, METOD_REQ, "/run/metod/ctl.sock", 1, 107, METOD_SHAPE_PATH, METOD_ON_START, "Socket of the commands") \
	O(F, R, STR, http_listen, 5, METOD_REQ, "127.0.0.1:8080", 1, 128, METOD_SHAPE_LISTEN, METOD_ON_START, "Address of the pages") \
	O(F, R, STR, public_url, 6, 0, "", 0, 300, METOD_SHAPE_URL, METOD_ON_START, "Address of the pages as people see it, for invitations") \
	O(F, R, STR, trusted_proxy, 7, 0, "", 0, 500, METOD_SHAPE_HOSTS, METOD_ON_START, "Proxies whose word about the client's address is taken") \
	O(F, R, U64, commit_ms, 8, METOD_REQ, "2", 0, 100, METOD_SHAPE_ANY, METOD_ON_START, "Longest wait of a group commit, ms") \
	O(F, R, U64, map_gib, 9, METOD_REQ, "64", 1, 4096, METOD_SHAPE_ANY, METOD_ON_START, "Largest size of the store, GiB") \
	O(F, R, U64, mentor_capacity, 10, METOD_REQ, "3", 1, 9, METOD_SHAPE_ANY, METOD_ON_START, "Places of a mentor when none are given") \
	O(F, R, U64, cov_floor, 11, METOD_REQ | METOD_MILLI, "0", 0, 1000, METOD_SHAPE_ANY, METOD_ON_START, "Least share of the mentee's needs that a mentor must cover") \
	O(F, R, STR, log_level, 12, METOD_REQ, "info", 1, 16, METOD_SHAPE_LEVEL, METOD_ON_RELOAD, "Level of the log") \
	O(F, R, STR, metrics_listen, 13, 0, "", 0, 128, METOD_SHAPE_LISTEN, METOD_ON_START, "Address of the counters for monitoring; empty: none")
/* clang-format on */

#define METOD_OPTION_AS_FIELD(                                                           \
    F, R, kind, name, key, flags, fallback, low, high, shape, applies, summary)          \
	F(R, kind, name, key, flags, low, high, none, summary)
#define METOD_CONFIG_FIELDS(F, R) METOD_OPTIONS(METOD_OPTION_AS_FIELD, F, R)
METOD_RECORD(metod_config, METOD_CONFIG_FIELDS)

#define METOD_OPTION_COUNTED(F, R, ...) +1
enum { METOD_OPTION_COUNT = 0 METOD_OPTIONS(METOD_OPTION_COUNTED, , ) };

/* Row i belongs to metod_config_desc.fields[i]. */
struct metod_config_option {
	const char *name, *fallback, *summary; /* summary: msgid */
	enum metod_shape shape;
	enum metod_applies applies;
};
extern const struct metod_config_option metod_config_options[METOD_OPTION_COUNT];

enum metod_origin {
	METOD_FROM_DEFAULT,
	METOD_FROM_FILE,
	METOD_FROM_ENVIRONMENT,
	METOD_FROM_ARGUMENT,
};
const char *metod_origin_text(enum metod_origin origin); /* msgid */

struct metod_settings {
	struct metod_config values; /* texts have a NUL behind */
	enum metod_origin origin[METOD_OPTION_COUNT];
	size_t line[METOD_OPTION_COUNT]; /* of the file; 0: not from it */
};

/* Defaults, below the file, below environment METOD_NAME, below the words "name=value" of
 * the command line. The file has lines `name = value` (the value may stand in double
 * quotes) and comments from # at the start of a line. path NULL: METOD_CONFIG_FILE, which
 * may be absent. METOD_FORMAT or the reading error with issues: unknown name (nearest one
 * named), name given twice, value out of range or of the wrong shape. *ret holds the
 * values that are right. Environment variables METOD_* that are no options are left
 * alone: clients have some too. */
METOD_MUST_CHECK enum metod_err metod_config_load(const char *path,
    struct metod_strs overrides, struct metod_arena *arena, struct metod_settings *ret,
    struct metod_issues *issues);
