/* SPDX-License-Identifier: Apache-2.0
 * What a failure is called, how a program exits with it, and its detail.
 * Must not print: library folders return errors, programs show them. */
#include "metod/errors.h"

#include <stdio.h>
#include <string.h>

static _Thread_local const char *(*translate)(void *arg, const char *msgid);
static _Thread_local void *translate_arg;

/* No default: a row without an answer is a compiler warning, a number outside the list
 * falls out of the switch. */
const char *metod_err_wire(enum metod_err code)
{
	switch (code) {
#define ERR_WIRE(name, number, wire, exit_status, http, text)                            \
	case METOD_##name:                                                               \
		return wire;
		METOD_ERRORS(ERR_WIRE)
#undef ERR_WIRE
	}
	return "failed";
}

const char *metod_err_text(enum metod_err code)
{
	switch (code) {
#define ERR_TEXT(name, number, wire, exit_status, http, text)                            \
	case METOD_##name:                                                               \
		return text;
		METOD_ERRORS(ERR_TEXT)
#undef ERR_TEXT
	}
	return "internal failure";
}

int metod_err_exit(enum metod_err code)
{
	switch (code) {
#define ERR_EXIT(name, number, wire, exit_status, http, text)                            \
	case METOD_##name:                                                               \
		return exit_status;
		METOD_ERRORS(ERR_EXIT)
#undef ERR_EXIT
	}
	return 1;
}

int metod_err_http(enum metod_err code)
{
	switch (code) {
#define ERR_HTTP(name, number, wire, exit_status, http, text)                            \
	case METOD_##name:                                                               \
		return http;
		METOD_ERRORS(ERR_HTTP)
#undef ERR_HTTP
	}
	return 500;
}

enum metod_err metod_err_from_wire(struct metod_str name)
{
#define ERR_NAMED(id, number, wire, exit_status, http, text)                             \
	if (metod_str_is(name, wire))                                                    \
		return METOD_##id;
	METOD_ERRORS(ERR_NAMED)
#undef ERR_NAMED
	return METOD_FAILED;
}

void metod_fail_language(const char *(*function)(void *arg, const char *msgid), void *arg)
{
	translate = function;
	translate_arg = arg;
}

__attribute__((format_arg(1))) static const char *translated(const char *msgid)
{
	return translate ? translate(translate_arg, msgid) : msgid;
}

/* Copies what fits without cutting a character in two. The source may be inside `to`. */
static void put(char *to, size_t cap, const char *from)
{
	size_t n = strlen(from);

	if (n >= cap) {
		n = cap - 1;
		while (n && ((unsigned char)from[n] & 0xc0) == 0x80)
			n--;
	}
	memmove(to, from, n);
	to[n] = '\0';
}

enum metod_err metod_fail(struct metod_error *err, enum metod_err code, const char *field,
    const char *format, ...)
{
	/* Arguments may point into *err, so it is written last. One byte more than fits
	 * lets put() see that the text was cut. */
	char message[sizeof(err->message) + 4];
	va_list args;

	if (!err)
		return code;
	va_start(args, format);
	vsnprintf(message, sizeof(message), translated(format), args);
	va_end(args);
	err->code = code;
	put(err->field, sizeof(err->field), field ? field : "");
	put(err->message, sizeof(err->message), message);
	err->hint[0] = '\0';
	return code;
}

enum metod_err metod_hint(struct metod_error *err, const char *format, ...)
{
	char hint[sizeof(err->hint) + 4];
	va_list args;

	if (!err)
		return METOD_FAILED;
	va_start(args, format);
	vsnprintf(hint, sizeof(hint), translated(format), args);
	va_end(args);
	put(err->hint, sizeof(err->hint), hint);
	return err->code;
}
