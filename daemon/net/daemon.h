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
/* Prints the report; exit 0 or 8. */
int metod_daemon_verify(const char *path);
int metod_daemon_restore(const char *backup, const char *dir);
/* Loads the configuration or says what is wrong with it, to a person or (`log`) as
 * events; exit status, 0 when it is good. */
int metod_daemon_settings(const struct metod_daemon_args *args, struct metod_arena *arena,
    struct metod_settings *ret, bool log);
