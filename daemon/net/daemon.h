/* SPDX-License-Identifier: Apache-2.0
 * The store process and its errands, as functions, so that tests link the whole program.
 */
#pragma once

#include "metod/options.h"

/* What the command line of metodd says. */
struct metod_daemon_args {
	const char *config;          /* file, NULL: the default one */
	struct metod_strs overrides; /* "name=value" words */
	const char *self;            /* path of this program, for the web process */
	bool no_web;
};
/* Serves until SIGTERM or SIGINT. Returns the exit status. */
int metod_daemon_serve(const struct metod_daemon_args *args);

struct metod_init_args {
	long long admin_uid;
	const char *admin_login, *title, *zone;
	bool demo;
};
/* Makes keys, an empty store and the first administrator; touches nothing that exists. */
int metod_daemon_init(
    const struct metod_daemon_args *args, const struct metod_init_args *init);
/* ---- repair.c: errands on a store that nobody serves; they talk to a person ---- */
/* Prints the report on a data folder or copy; exit 0 or 8. */
int metod_daemon_verify(const char *path);
/* The journal alone. head: "SEQ:HEX" that was kept elsewhere, NULL: none. */
int metod_daemon_audit(const char *path, const char *head);
/* dry_run: says what would be lost and changes nothing. */
int metod_daemon_restore(const char *backup, const char *dir, bool dry_run);
/* keep: how many events of a damaged journal to keep, 0: all or nothing. */
int metod_daemon_rebuild(const char *dir, unsigned long long keep);
int metod_daemon_upgrade(const char *dir);

/* doctor.c: what is wrong with files, settings and machine, as one JSON document for
 * metodctl. Works beside a running daemon; changes nothing. Exit 0, or 8: something is.
 */
int metod_daemon_doctor(const struct metod_daemon_args *args);

/* ---- admin.c ---- */
/* Prints the error; its exit status. */
int metod_daemon_fail(const struct metod_error *err);
/* The folder and those above it; 0700 for what did not exist. */
bool metod_daemon_make_dirs(const char *path);
/* Loads the configuration or says what is wrong with it, to a person or (`log`) as
 * events; exit status, 0 when it is good. */
int metod_daemon_settings(const struct metod_daemon_args *args, struct metod_arena *arena,
    struct metod_settings *ret, bool log);
