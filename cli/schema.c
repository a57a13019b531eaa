/* SPDX-License-Identifier: Apache-2.0
 * The interface as data: every command with its fields, roles and errors, from the same
 * lists that run it. Needs no daemon. */
#include "cli.h"

#include <inttypes.h>
#include <string.h>

enum { DEPTH_MAX = 9 };

/* Failures every call may meet, and those of commands that write. */
static const enum metod_err common_errors[] = {
    METOD_FAILED,
    METOD_USAGE,
    METOD_FORMAT,
    METOD_MISSING,
    METOD_RANGE,
    METOD_UNKNOWN,
    METOD_NOT_FOUND,
    METOD_DENIED,
    METOD_SMALL,
    METOD_LOGIN,
    METOD_PIN,
    METOD_CONFLICT, /* also of what is only read: a sheet that has not begun, or was sent
		     */
    METOD_CLOSED,
    METOD_THROTTLED,
    METOD_BUSY,
    METOD_TOO_BIG,
    METOD_DAMAGED,
    METOD_VERSION,
    METOD_IO,
    METOD_UNREACHED,
    METOD_HELLO,
};
static const enum metod_err write_errors[] = {
    METOD_BAD_ROWS,
    METOD_KEY_REUSED,
    METOD_FULL,
};
static const enum metod_err all_errors[] = {
#define SCHEMA_ERROR(name, number, wire, exit_status, http, text) METOD_##name,
    METOD_ERRORS(SCHEMA_ERROR)
#undef SCHEMA_ERROR
};

static const char *kind_word(enum metod_kind kind)
{
	switch (kind) {
	case METOD_KIND_U64:
		return "u64";
	case METOD_KIND_I64:
		return "i64";
	case METOD_KIND_REAL:
		return "real";
	case METOD_KIND_BOOL:
		return "bool";
	case METOD_KIND_STR:
		return "str";
	case METOD_KIND_BIN:
		return "bin";
	case METOD_KIND_U64S:
		return "u64s";
	case METOD_KIND_I64S:
		return "i64s";
	case METOD_KIND_REALS:
		return "reals";
	case METOD_KIND_STRS:
		return "strs";
	case METOD_KIND_REC:
		return "rec";
	case METOD_KIND_RECS:
		return "recs";
	}
	return "?";
}

static const char *mode_word(enum metod_mode mode)
{
	switch (mode) {
	case METOD_READ:
		return "read";
	case METOD_WRITE:
		return "write";
	case METOD_PREPARE:
		return "prepare";
	case METOD_POOL:
		return "pool";
	}
	return "?";
}

/* ---- JSON ---- */

static void member(struct metod_buf *out, const char *name, struct metod_str value)
{
	metod_buf_printf(out, "\"%s\":", name);
	metod_json_quote(value, out);
}

static void flag(struct metod_buf *out, const char *name, bool value)
{
	metod_buf_printf(out, ",\"%s\":%s", name, value ? "true" : "false");
}

static void fields_json(struct metod_cli *cli, const struct metod_desc *desc,
    bool request, unsigned depth, struct metod_buf *out);

static void field_json(struct metod_cli *cli, const struct metod_field *field,
    bool request, unsigned depth, struct metod_buf *out)
{
	static const struct {
		unsigned flag;
		const char *word;
	} forms[] = {{METOD_DATE, "date"}, {METOD_TIME, "time"}, {METOD_MILLI, "milli"},
	    {METOD_TOKEN, "token"}};

	metod_buf_byte(out, '{');
	member(out, "name", metod_str(field->name));
	metod_buf_byte(out, ',');
	member(out, "kind", metod_str(kind_word(field->kind)));
	for (size_t i = 0; i < METOD_LEN(forms); i++) {
		if (field->flags & forms[i].flag)
			metod_buf_printf(out, ",\"form\":\"%s\"", forms[i].word);
	}
	flag(out, "required", field->flags & METOD_REQ);
	if (field->flags & METOD_NULL)
		flag(out, "null", true);
	if (field->flags & METOD_SECRET)
		flag(out, "secret", true);
	if (request) {
		flag(out, "positional",
		    field->flags & METOD_ARG && !(field->flags & METOD_SECRET));
		flag(out, "hidden", !metod_cli_field_is_open(field));
	}
	if (field->low < 0 || field->low > 0 || field->high < 0 || field->high > 0)
		metod_buf_printf(
		    out, ",\"min\":%.17g,\"max\":%.17g", field->low, field->high);
	metod_buf_byte(out, ',');
	member(out, "title", metod_str(metod_cli_tr(cli, field->title)));
	if (field->sub->count && depth < DEPTH_MAX) {
		metod_buf_z(out, ",\"fields\":");
		fields_json(cli, field->sub, request, depth + 1, out);
	}
	metod_buf_byte(out, '}');
}

static void fields_json(struct metod_cli *cli, const struct metod_desc *desc,
    bool request, unsigned depth, struct metod_buf *out)
{
	metod_buf_byte(out, '[');
	for (size_t i = 0; i < desc->count; i++) {
		/* Records without content keep a member that nobody sends. */
		if (desc == &metod_none_req_desc)
			break;
		if (i)
			metod_buf_byte(out, ',');
		field_json(cli, &desc->fields[i], request, depth, out);
	}
	metod_buf_byte(out, ']');
}

static void error_json(
    struct metod_cli *cli, enum metod_err code, bool text, struct metod_buf *out)
{
	metod_buf_printf(out, "{\"code\":\"%s\",\"exit\":%d,\"http\":%d",
	    metod_err_wire(code), metod_err_exit(code), metod_err_http(code));
	if (text) {
		metod_buf_byte(out, ',');
		member(out, "text", metod_str(metod_cli_tr(cli, metod_err_text(code))));
	}
	metod_buf_byte(out, '}');
}

static void errors_json(
    struct metod_cli *cli, const struct metod_command *command, struct metod_buf *out)
{
	bool writes = command->mode == METOD_WRITE || command->mode == METOD_PREPARE;

	metod_buf_byte(out, '[');
	for (size_t i = 0; i < METOD_LEN(common_errors); i++) {
		if (i)
			metod_buf_byte(out, ',');
		error_json(cli, common_errors[i], false, out);
	}
	for (size_t i = 0; writes && i < METOD_LEN(write_errors); i++) {
		metod_buf_byte(out, ',');
		error_json(cli, write_errors[i], false, out);
	}
	metod_buf_byte(out, ']');
}

static void roles_json(const struct metod_command *command, struct metod_buf *out)
{
	const char *sep = "";

	metod_buf_byte(out, '[');
	if (command->who & METOD_GUEST) {
		metod_buf_z(out, "\"guest\"");
		sep = ",";
	}
	for (size_t i = 0; i < metod_role_words_n; i++) {
		if (!(command->who & metod_role_words[i].who))
			continue;
		metod_buf_printf(out, "%s\"%s\"", sep, metod_role_words[i].word);
		sep = ",";
	}
	metod_buf_byte(out, ']');
}

static void command_json(
    struct metod_cli *cli, const struct metod_command *command, struct metod_buf *out)
{
	const struct metod_cli_verb *verb = metod_cli_verb_find(metod_str(command->name));

	metod_buf_byte(out, '{');
	member(out, "name", metod_str(command->name));
	metod_buf_byte(out, ',');
	member(out, "cli", metod_str(metod_cli_spelling(cli, verb)));
	metod_buf_printf(out, ",\"number\":%u,\"roles\":", command->number);
	roles_json(command, out);
	flag(out, "result_session", command->who & METOD_RESULT);
	metod_buf_byte(out, ',');
	member(out, "mode", metod_str(mode_word(command->mode)));
	metod_buf_byte(out, ',');
	member(out, "summary", metod_str(metod_cli_tr(cli, command->summary)));
	metod_buf_z(out, ",\"params\":");
	fields_json(cli, command->request, true, 0, out);
	metod_buf_z(out, ",\"reply\":");
	fields_json(cli, command->reply, false, 0, out);
	metod_buf_z(out, ",\"errors\":");
	errors_json(cli, command, out);
	metod_buf_byte(out, '}');
}

/* What the client does without the daemon. */
static void own_json(struct metod_cli *cli, struct metod_buf *out)
{
	size_t n;
	const struct metod_cli_verb *all = metod_cli_verbs(&n);
	const char *sep = "";

	metod_buf_z(out, "],\"offline\":[");
	for (size_t i = 0; i < n; i++) {
		if (all[i].command)
			continue;
		metod_buf_printf(out, "%s{", sep);
		member(out, "cli", metod_str(metod_cli_spelling(cli, &all[i])));
		metod_buf_byte(out, ',');
		member(out, "summary", metod_str(metod_cli_tr(cli, all[i].summary)));
		metod_buf_byte(out, '}');
		sep = ",";
	}
}

void metod_cli_schema_json(
    struct metod_cli *cli, const struct metod_command *only, struct metod_buf *out)
{
	const char *sep = "";
	enum metod_lang lang = cli->lang;

	/* Programs read one language. */
	cli->lang = METOD_EN;
	metod_buf_printf(out,
	    "{\"schema\":\"metod.v1\",\"hash\":\"%016" PRIx64 "\",\"commands\":[",
	    metod_schema_hash());
	for (size_t i = 0; i < metod_commands_n; i++) {
		if (only && only != &metod_commands[i])
			continue;
		metod_buf_z(out, sep);
		command_json(cli, &metod_commands[i], out);
		sep = ",";
	}
	own_json(cli, out);
	metod_buf_z(out, "],\"errors\":[");
	for (size_t i = 0; i < METOD_LEN(all_errors); i++) {
		if (i)
			metod_buf_byte(out, ',');
		error_json(cli, all_errors[i], true, out);
	}
	metod_buf_z(out, "]}\n");
	cli->lang = lang;
}

/* ---- text ---- */

static void fields_text(struct metod_cli *cli, const struct metod_desc *desc,
    size_t indent, struct metod_buf *out)
{
	for (size_t i = 0; desc != &metod_none_req_desc && i < desc->count; i++) {
		const struct metod_field *field = &desc->fields[i];

		metod_cli_pad(out, METOD_STR(""), indent);
		metod_cli_pad(out, metod_str(field->name), 20);
		metod_cli_pad(out, metod_str(kind_word(field->kind)), 5);
		metod_buf_printf(out, "%c %s\n", field->flags & METOD_REQ ? '*' : ' ',
		    metod_cli_tr(cli, field->title));
		if (field->sub->count && indent < 2 * DEPTH_MAX)
			fields_text(cli, field->sub, indent + 2, out);
	}
}

static void schema_text(
    struct metod_cli *cli, const struct metod_command *only, struct metod_buf *out)
{
	for (size_t i = 0; i < metod_commands_n; i++) {
		const struct metod_command *command = &metod_commands[i];

		if (only && only != command)
			continue;
		metod_buf_printf(out, "%u %s (%s)\n", command->number, command->name,
		    mode_word(command->mode));
		fields_text(cli, command->request, 2, out);
		metod_buf_z(out, "  ->\n");
		fields_text(cli, command->reply, 2, out);
	}
}

/* text, json or md: of --format, else what -o says. */
static enum metod_err choose_format(struct metod_cli *cli, const char **ret)
{
	static const char *const formats[] = {"text", "json", "md"};
	const char *format = metod_cli_option_of(cli, "format");

	if (!format && cli->output == METOD_OUT_TEXT)
		format = "text";
	else if (!format && cli->output == METOD_OUT_JSON)
		format = "json";
	for (size_t i = 0; format && i < METOD_LEN(formats); i++) {
		if (strcmp(format, formats[i]) == 0) {
			*ret = formats[i];
			return METOD_OK;
		}
	}
	return metod_cli_usage(
	    cli, format ? "--format" : "-o", "the schema is there as text, json or md");
}

static enum metod_err find_command(
    struct metod_cli *cli, const struct metod_command **ret)
{
	const char *noun = metod_cli_option_of(cli, "command");
	const char *verb = metod_cli_option_of(cli, "verb");
	struct metod_str name;

	*ret = NULL;
	if (!noun)
		return METOD_OK;
	name = metod_arena_printf(
	    cli->arena, "%s%s%s", noun, verb ? "." : "", verb ? verb : "");
	*ret = metod_command_find(name);
	if (*ret)
		return METOD_OK;
	return metod_cli_usage(cli, "", "there is no command \"%s\"", name.p);
}

int metod_cli_run_schema(struct metod_cli *cli)
{
	const struct metod_command *only;
	const char *format;
	struct metod_buf out = {0};
	enum metod_err e = METOD_OK;
	int status;

	if (choose_format(cli, &format) || find_command(cli, &only))
		return metod_cli_fail(cli);
	if (strcmp(format, "md") == 0)
		e = metod_cli_protocol(cli, &out);
	else if (strcmp(format, "text") == 0)
		schema_text(cli, only, &out);
	else
		metod_cli_schema_json(cli, only, &out);
	status = e ? metod_cli_fail(cli) : metod_cli_put(cli, &out);
	metod_buf_done(&out);
	return status;
}
