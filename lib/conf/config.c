/* SPDX-License-Identifier: Apache-2.0
 * Settings of the daemon from four places: defaults, file, environment, command line.
 * Knows the list of options and the shapes of their values; not what they are used for.
 */
#include "metod/options.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"
#include "metod/address.h"
#include "metod/log.h"

enum { UNIX_PATH_MAX = 107 };

METOD_RECORD_DEFINE(metod_config, METOD_CONFIG_FIELDS);

#define OPTION_ROW(                                                                      \
    F, R, kind, name, key, flags, fallback, low, high, shape, applies, summary)          \
	{#name, fallback, summary, shape, applies},
const struct metod_config_option metod_config_options[METOD_OPTION_COUNT] = {
    METOD_OPTIONS(OPTION_ROW, , )};

const char *metod_origin_text(enum metod_origin origin)
{
	switch (origin) {
	case METOD_FROM_DEFAULT:
		return "default";
	case METOD_FROM_FILE:
		return "file";
	case METOD_FROM_ENVIRONMENT:
		return "environment";
	case METOD_FROM_ARGUMENT:
		return "command line";
	}
	return "";
}

/* ---- shapes ---- */

static bool are_networks(struct metod_str text)
{
	struct metod_networks any;

	return metod_networks_parse(text, &any);
}

static bool is_listen(struct metod_str text, struct metod_arena *arena)
{
	const char *colon = text.n ? memrchr(text.p, ':', text.n) : NULL;
	struct metod_str host, port;
	struct in6_addr any;
	uint64_t number;

	if (metod_str_starts(text, "unix:/"))
		return text.n <= strlen("unix:") + UNIX_PATH_MAX;
	if (!colon)
		return false;
	host = (struct metod_str){text.p, (size_t)(colon - text.p)};
	port = (struct metod_str){colon + 1, text.n - host.n - 1};
	if (!metod_str_u64(port, &number) || number > 65535)
		return false;
	if (host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']') {
		host = (struct metod_str){host.p + 1, host.n - 2};
		return inet_pton(AF_INET6, metod_arena_z(arena, host), &any) == 1;
	}
	return metod_str_is(host, "localhost") ||
	    inet_pton(AF_INET, metod_arena_z(arena, host), &any) == 1;
}

static bool is_url(struct metod_str text)
{
	size_t scheme = metod_str_starts(text, "https://") ? 8 : 7;

	return (scheme == 8 || metod_str_starts(text, "http://")) && text.n > scheme &&
	    text.p[scheme] != '/' && text.p[text.n - 1] != '/' &&
	    !memchr(text.p, ' ', text.n);
}

/* What is wrong with the text; NULL when it has its shape. */
static const char *misshapen(
    enum metod_shape shape, struct metod_str text, struct metod_arena *arena)
{
	enum metod_log_level level;

	switch (shape) {
	case METOD_SHAPE_ANY:
		return NULL;
	case METOD_SHAPE_PATH:
		return metod_str_starts(text, "/") ? NULL
						   : "must be a path from the root, /...";
	case METOD_SHAPE_LISTEN:
		return is_listen(text, arena)
		    ? NULL
		    : "must be an address and a port, such as 127.0.0.1:8080 or [::1]:8080, or unix:/path";
	case METOD_SHAPE_URL:
		return text.n == 0 || is_url(text)
		    ? NULL
		    : "must be an address such as https://metod.example.ru, without a slash at the end";
	case METOD_SHAPE_HOSTS:
		return are_networks(text)
		    ? NULL
		    : "must be addresses such as 127.0.0.1, or networks such as 10.0.0.0/8, with commas";
	case METOD_SHAPE_LEVEL:
		return metod_log_level_parse(text, &level)
		    ? NULL
		    : "must be one of error, warning, notice, info, debug";
	}
	return NULL;
}

/* ---- one value ---- */

struct origin {
	struct source source;
	enum metod_origin kind;
	size_t line, key_column, column; /* of the file, else 0 */
};

static void label(struct metod_issue *issue, const struct metod_field *field)
{
	if (issue)
		issue->field = metod_str(field->name);
}

static void set(struct metod_settings *settings, const struct metod_field *field,
    struct metod_str text, struct origin *from)
{
	size_t i = (size_t)(field - metod_config_desc.fields);
	struct source *source = &from->source;
	struct metod_error err;
	const char *wrong = NULL;

	/* Shape first: it says more than the bounds of a length. */
	if (text.n || field->flags & METOD_REQ)
		wrong = misshapen(metod_config_options[i].shape, text, source->arena);
	if (wrong) {
		label(conf_error(source, from->line, from->column, "%s: %s", field->name,
			  conf_tr(source->issues, wrong)),
		    field);
		return;
	}
	if (metod_field_parse(field, &settings->values, text, source->arena, &err)) {
		label(conf_error(source, from->line, from->column, "%s: %s", field->name,
			  err.message),
		    field);
		return;
	}
	settings->origin[i] = from->kind;
	settings->line[i] = from->line;
}

static const struct metod_field *option(struct metod_str name, struct origin *from)
{
	const struct metod_field *field = metod_desc_field(&metod_config_desc, name);
	struct source *source = &from->source;

	if (!field)
		conf_suggest(source,
		    conf_error(source, from->line, from->key_column,
			"unknown option \"%s\"", conf_excerpt(source, name)),
		    metod_desc_nearest(&metod_config_desc, name));
	return field;
}

/* ---- the file ---- */

static size_t column_of(struct metod_str line, const char *at)
{
	return metod_utf8_count((struct metod_str){line.p, (size_t)(at - line.p)}) + 1;
}

/* "value" in double quotes is taken without them. */
static bool unquote(struct metod_str *value)
{
	if (!value->n || value->p[0] != '"')
		return true;
	if (value->n < 2 || value->p[value->n - 1] != '"')
		return false;
	*value = (struct metod_str){value->p + 1, value->n - 2};
	return !memchr(value->p, '"', value->n);
}

static void read_line(
    struct metod_settings *settings, struct metod_str line, struct origin *from)
{
	struct metod_str value = line, name = metod_str_trim(metod_str_cut(&value, '='));
	struct source *source = &from->source;
	const struct metod_field *field;
	size_t i;

	if (!metod_str_trim(line).n || metod_str_trim(line).p[0] == '#')
		return;
	from->key_column = name.n ? column_of(line, name.p) : 1;
	if (!memchr(line.p, '=', line.n)) {
		conf_error(source, from->line, from->key_column,
		    "a line is written as name = value");
		return;
	}
	value = metod_str_trim(value);
	from->column = column_of(line, value.p);
	field = option(name, from);
	if (!field)
		return;
	i = (size_t)(field - metod_config_desc.fields);
	if (settings->line[i]) {
		label(conf_error(source, from->line, from->key_column,
			  "%s stands here twice, first in line %zu", field->name,
			  settings->line[i]),
		    field);
		return;
	}
	if (!unquote(&value)) {
		label(conf_error(source, from->line, from->column,
			  "%s: quotes must stand around the whole value", field->name),
		    field);
		return;
	}
	settings->line[i] = from->line;
	set(settings, field, value, from);
}

static enum metod_err read_file(struct metod_settings *settings, const char *path,
    struct metod_arena *arena, struct metod_issues *issues)
{
	struct origin from = {
	    {metod_arena_strz(arena, path), arena, issues}, METOD_FROM_FILE, 0, 0, 0};
	struct metod_str bytes;
	enum metod_err e = metod_file_read(path, arena, &bytes, issues);

	if (e)
		return e;
	if (!conf_text_ok(&from.source, &bytes))
		return METOD_FORMAT;
	while (bytes.n) {
		from.line++;
		read_line(settings, metod_str_cut(&bytes, '\n'), &from);
	}
	return METOD_OK;
}

/* ---- other places ---- */

static void read_defaults(struct metod_settings *settings, struct metod_arena *arena,
    struct metod_issues *issues)
{
	struct origin from = {
	    {METOD_STR("default"), arena, issues}, METOD_FROM_DEFAULT, 0, 0, 0};

	for (size_t i = 0; i < METOD_OPTION_COUNT; i++)
		set(settings, &metod_config_desc.fields[i],
		    metod_str(metod_config_options[i].fallback), &from);
}

static void read_environment(struct metod_settings *settings, struct metod_arena *arena,
    struct metod_issues *issues)
{
	for (size_t i = 0; i < METOD_OPTION_COUNT; i++) {
		const struct metod_field *field = &metod_config_desc.fields[i];
		struct metod_str name =
		    metod_arena_printf(arena, "METOD_%s", field->name);
		struct origin from = {
		    {name, arena, issues}, METOD_FROM_ENVIRONMENT, 0, 0, 0};
		char *upper = metod_arena_alloc(arena, name.n + 1);
		const char *value;

		for (size_t j = 0; j < name.n; j++)
			upper[j] = (char)toupper((unsigned char)name.p[j]);
		from.source.file.p = upper;
		value = getenv(upper);
		if (value)
			set(settings, field, metod_str(value), &from);
	}
}

static void read_arguments(struct metod_settings *settings, struct metod_strs words,
    struct metod_arena *arena, struct metod_issues *issues)
{
	struct metod_str place = metod_str(conf_tr(issues, "command line"));
	struct origin from = {{place, arena, issues}, METOD_FROM_ARGUMENT, 0, 0, 0};

	for (size_t i = 0; i < words.n; i++) {
		struct metod_str value = words.p[i], name = metod_str_cut(&value, '=');
		const struct metod_field *field = option(name, &from);

		if (field && name.n == words.p[i].n)
			conf_error(
			    &from.source, 0, 0, "%s: a value is missing", field->name);
		else if (field)
			set(settings, field, value, &from);
	}
}

/* ---- all together ---- */

static bool inside(struct metod_str path, struct metod_str folder)
{
	while (folder.n && folder.p[folder.n - 1] == '/')
		folder.n--;
	return path.n >= folder.n && memcmp(path.p, folder.p, folder.n) == 0 &&
	    (path.n == folder.n || path.p[folder.n] == '/');
}

/* A copy of the store that carries its keys protects nothing. */
static void check_folders(const struct metod_config *values, struct source *source)
{
	if (inside(values->keys_dir, values->backup_dir) ||
	    inside(values->keys_dir, values->data_dir))
		conf_error(source, 0, 0,
		    "keys_dir: keys must lie outside the folders of the store and of the backups");
	if (inside(values->backup_dir, values->data_dir))
		conf_error(
		    source, 0, 0, "backup_dir: backups must lie outside the store");
}

enum metod_err metod_config_load(const char *path, struct metod_strs overrides,
    struct metod_arena *arena, struct metod_settings *ret, struct metod_issues *issues)
{
	struct source source = {
	    metod_str(path ? path : METOD_CONFIG_FILE), arena, issues};
	size_t errors = issues->errors;
	enum metod_err e = METOD_OK;

	memset(ret, 0, sizeof(*ret));
	metod_record_init(&metod_config_desc, &ret->values);
	read_defaults(ret, arena, issues);
	if (path || access(METOD_CONFIG_FILE, F_OK) == 0 || errno != ENOENT)
		e = read_file(ret, source.file.p, arena, issues);
	read_environment(ret, arena, issues);
	read_arguments(ret, overrides, arena, issues);
	if (issues->errors == errors)
		check_folders(&ret->values, &source);
	for (size_t i = 0; i < METOD_OPTION_COUNT; i++) {
		struct metod_str *text =
		    (void *)((char *)&ret->values + metod_config_desc.fields[i].offset);

		if (metod_config_desc.fields[i].kind == METOD_KIND_STR && !text->p)
			*text = METOD_STR("");
	}
	if (e)
		return e;
	return issues->errors > errors ? METOD_FORMAT : METOD_OK;
}
