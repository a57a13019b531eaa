/* SPDX-License-Identifier: Apache-2.0
 * Errors: one list gives enum, wire name, exit status, HTTP status and text.
 * Numbers are never reused. */
#pragma once

#include "metod/base.h"

/* clang-format off */
/* name, number, wire name, exit status, HTTP status, text (msgid of po/) */
#define METOD_ERRORS(E)                                                                     \
	E(OK,          0, "ok",            0, 200, "done")                                     \
	E(FAILED,      1, "failed",        1, 500, "internal failure")                         \
	E(USAGE,       2, "usage",         2, 400, "the command line is not understood")       \
	E(FORMAT,     10, "format",        7, 400, "malformed input")                          \
	E(MISSING,    11, "missing",       7, 422, "a required field is absent")               \
	E(RANGE,      12, "range",         7, 422, "a value is out of range")                  \
	E(UNKNOWN,    13, "unknown",       2, 404, "no such command or field")                 \
	E(BAD_ROWS,   14, "bad_rows",      7, 422, "the input has bad rows")                   \
	E(NOT_FOUND,  20, "not_found",     3, 404, "not found")                                \
	E(DENIED,     21, "denied",        4, 403, "not allowed for this role")                \
	E(SMALL,      22, "small_group",   4, 403, "fewer than 5 answers")                     \
	E(LOGIN,      23, "login",         4, 401, "the session is absent or has ended")       \
	E(PIN,        24, "pin",           4, 401, "a PIN is needed")                          \
	E(CONFLICT,   30, "conflict",      5, 409, "changed meanwhile or exists already")      \
	E(KEY_REUSED, 31, "key_reused",    5, 409, "the same key came with another content")   \
	E(CLOSED,     32, "closed",        5, 409, "this is closed")                           \
	E(THROTTLED,  33, "throttled",     4, 429, "too many attempts, wait a little")         \
	E(GONE,       34, "gone",          3, 410, "this was erased since")                    \
	E(FULL,       40, "full",          1, 503, "the disk is full; nothing was written")    \
	E(BUSY,       41, "busy",          1, 503, "too much work at once, try again")         \
	E(TOO_BIG,    42, "too_big",       2, 413, "the message is too large")                 \
	E(DAMAGED,    43, "damaged",       8, 500, "a stored record is damaged")               \
	E(VERSION,    44, "version",       8, 500, "the format is newer than this program")    \
	E(IO,         45, "io",            1, 500, "the disk reported an error")               \
	E(LOCKED,     46, "locked",        5, 500, "another daemon already serves this store") \
	E(UNREACHED,  50, "unreachable",   6, 503, "the daemon is not reachable")              \
	E(HELLO,     426, "hello",         1, 426, "hello required")
/* clang-format on */

enum metod_err {
#define METOD_ERR_ENUM(name, number, wire, exit_status, http, text) METOD_##name = number,
	METOD_ERRORS(METOD_ERR_ENUM)
#undef METOD_ERR_ENUM
};

/* Place for the detail of one failure. Filled where the cause is known. */
struct metod_error {
	enum metod_err code;
	char field[96]; /* field, file:line:column or object that is wrong; may be "" */
	char message[400]; /* what is wrong, translated; never personal data */
	char hint[240];    /* what to do; may be "" */
};

const char *metod_err_wire(enum metod_err code);
const char *metod_err_text(enum metod_err code); /* msgid */
int metod_err_exit(enum metod_err code);
int metod_err_http(enum metod_err code);
enum metod_err metod_err_from_wire(struct metod_str name); /* METOD_FAILED when unknown */

/* Language of the texts that metod_fail and metod_hint make on this thread: `translate`
 * gets the format string as msgid and returns the one to use (same conversions, same
 * order). NULL: texts stay as written, in English. `arg` must live until the next call.
 */
void metod_fail_language(
    const char *(*translate)(void *arg, const char *msgid), void *arg);

/* Fills `err` (may be NULL) and returns code, so that `return metod_fail(...)` reads
 * well. */
enum metod_err metod_fail(struct metod_error *err, enum metod_err code, const char *field,
    const char *format, ...) METOD_PRINTF(4, 5);
/* Adds the hint to an error that is already filled; returns its code. */
enum metod_err metod_hint(struct metod_error *err, const char *format, ...)
    METOD_PRINTF(2, 3);
