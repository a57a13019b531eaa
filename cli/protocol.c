/* SPDX-License-Identifier: Apache-2.0
 * docs/protocol.md, made from the lists that run the protocol: commands, records, errors,
 * limits. The examples are packed here by the codec of both programs, so their bytes are
 * those on the wire. Always English; needs no daemon. */
#include "cli.h"

#include <math.h>
#include <string.h>

enum { RECORDS_MAX = 200, HEX_COLUMNS = 32 };

/* ---- fields ---- */

static const char *type_word(const struct metod_field *field)
{
	static const char *const words[] = {
	    [METOD_KIND_U64] = "integer",
	    [METOD_KIND_I64] = "integer",
	    [METOD_KIND_REAL] = "number",
	    [METOD_KIND_BOOL] = "true or false",
	    [METOD_KIND_STR] = "text",
	    [METOD_KIND_BIN] = "bytes",
	    [METOD_KIND_U64S] = "list of integers",
	    [METOD_KIND_I64S] = "list of integers",
	    [METOD_KIND_REALS] = "list of numbers",
	    [METOD_KIND_STRS] = "list of texts",
	    [METOD_KIND_REC] = "map",
	    [METOD_KIND_RECS] = "list of maps",
	};

	return words[field->kind];
}

static const char *form_word(const struct metod_field *field)
{
	if (field->flags & METOD_DATE)
		return ", days since 1970-01-01";
	if (field->flags & METOD_TIME)
		return ", ms since 1970-01-01 UTC";
	if (field->flags & METOD_MILLI)
		return ", thousandths";
	return field->flags & METOD_TOKEN ? ", a fixed word" : "";
}

/* Name of a record without the prefix that all have. */
static const char *record_name(const struct metod_desc *desc)
{
	return strncmp(desc->name, "metod_", 6) == 0 ? desc->name + 6 : desc->name;
}

/* 9007199254740991 as 2^53-1: nobody reads the digits. */
static const char *bound(double value, char text[32])
{
	double power = log2(fabs(value) + 1);

	if (fabs(value) > 1e9 && power >= floor(power) && power <= floor(power))
		snprintf(text, 32, "%s2^%.0f-1", value < 0 ? "-" : "", power);
	else
		snprintf(text, 32, "%.15g", value);
	return text;
}

static void bounds(const struct metod_field *field, struct metod_buf *out)
{
	char one[32], other[32];
	const char *unit = field->kind == METOD_KIND_STR || field->kind == METOD_KIND_BIN
	    ? " bytes"
	    : field->kind > METOD_KIND_BIN ? " elements"
					   : "";

	if (field->kind == METOD_KIND_BOOL || field->kind == METOD_KIND_REC)
		return;
	if (field->low < 0 || field->low > 0 || field->high < 0 || field->high > 0)
		metod_buf_printf(out, "%s–%s%s", bound(field->low, one),
		    bound(field->high, other), unit);
}

static void field_row(const struct metod_field *field, struct metod_buf *out)
{
	metod_buf_printf(
	    out, "| `%s` | %s%s", field->name, type_word(field), form_word(field));
	if (field->sub->count)
		metod_buf_printf(
		    out, " [%s](#%s)", record_name(field->sub), record_name(field->sub));
	metod_buf_z(out, " | ");
	bounds(field, out);
	metod_buf_printf(out, " | %s%s%s | %s |\n",
	    field->flags & METOD_REQ ? "required" : "",
	    field->flags & METOD_NULL ? "may be nil" : "",
	    field->flags & METOD_SECRET
		? (field->flags & METOD_REQ ? ", secret" : "secret")
		: "",
	    field->title);
}

static bool is_empty(const struct metod_desc *desc)
{
	return desc == &metod_none_req_desc;
}

static void fields_table(
    const struct metod_desc *desc, const char *what, struct metod_buf *out)
{
	if (is_empty(desc))
		return;
	metod_buf_printf(
	    out, "\n| %s | type | bounds | | meaning |\n|---|---|---|---|---|\n", what);
	for (size_t i = 0; i < desc->count; i++)
		field_row(&desc->fields[i], out);
}

/* ---- records that are part of others ---- */

struct records {
	const struct metod_desc *p[RECORDS_MAX];
	size_t n;
};

static void collect(const struct metod_desc *desc, struct records *records)
{
	for (size_t i = 0; i < desc->count; i++) {
		const struct metod_desc *sub = desc->fields[i].sub;
		size_t at = 0;

		while (at < records->n && records->p[at] != sub)
			at++;
		if (sub->count == 0 || at < records->n || records->n == RECORDS_MAX)
			continue;
		records->p[records->n++] = sub;
		collect(sub, records);
	}
}

static void put_records(struct metod_buf *out)
{
	struct records records = {.n = 0};

	for (size_t i = 0; i < metod_commands_n; i++) {
		collect(metod_commands[i].request, &records);
		collect(metod_commands[i].reply, &records);
	}
	metod_buf_z(out, "\n## Records inside requests and replies\n");
	for (size_t i = 0; i < records.n; i++) {
		metod_buf_printf(out, "\n### %s\n", record_name(records.p[i]));
		fields_table(records.p[i], "field", out);
	}
}

/* ---- commands ---- */

static void roles(const struct metod_command *command, struct metod_buf *out)
{
	const char *sep = "";

	if (command->who & METOD_GUEST) {
		metod_buf_z(out, "everybody, also without a session");
		return;
	}
	for (size_t i = 0; i < metod_role_words_n; i++) {
		if (!(command->who & metod_role_words[i].who))
			continue;
		metod_buf_printf(out, "%s%s", sep, metod_role_words[i].word);
		sep = ", ";
	}
	if (command->who & METOD_RESULT)
		metod_buf_z(out, "; a teacher needs a session that may see the result");
}

static void put_command(
    struct metod_cli *cli, const struct metod_command *command, struct metod_buf *out)
{
	static const char *const modes[] = {
	    [METOD_READ] = "reads",
	    [METOD_WRITE] = "writes: takes `_key`",
	    [METOD_PREPARE] = "computes on a snapshot, then writes: takes `_key`",
	    [METOD_POOL] = "computes on a snapshot, records nothing",
	};
	const struct metod_cli_verb *verb = metod_cli_verb_find(metod_str(command->name));

	metod_buf_printf(out, "\n### %s\n\n%s. Number %u; %s.\n\n- for: ", command->name,
	    command->summary, command->number, modes[command->mode]);
	roles(command, out);
	metod_buf_printf(
	    out, "\n- command line: `metodctl %s`\n", metod_cli_spelling(cli, verb));
	if (is_empty(command->request))
		metod_buf_z(out, "- params: none\n");
	fields_table(command->request, "param", out);
	fields_table(command->reply, "reply", out);
}

static void put_commands(struct metod_cli *cli, struct metod_buf *out)
{
	metod_buf_z(out, "\n## Commands\n");
	for (size_t i = 0; i < metod_commands_n; i++)
		put_command(cli, &metod_commands[i], out);
}

/* ---- errors and limits ---- */

static void put_errors(struct metod_buf *out)
{
	static const struct {
		const char *wire, *text;
		int number, exit, http;
	} rows[] = {
#define PROTOCOL_ERROR(name, number, wire, exit, http, text)                             \
	{wire, text, number, exit, http},
	    METOD_ERRORS(PROTOCOL_ERROR)
#undef PROTOCOL_ERROR
	};

	metod_buf_z(out,
	    "\n## Errors\n\n"
	    "An error is a map `{code, message, field, hint}`; `field` and `hint` may be absent. `code` is stable, the\n"
	    "texts are for people, in the language of `_lang`, and never hold personal data. *exit* is the status of\n"
	    "`metodctl`, *HTTP* that of the pages.\n\n"
	    "| code | number | exit | HTTP | meaning |\n|---|---|---|---|---|\n");
	for (size_t i = 0; i < METOD_LEN(rows); i++)
		metod_buf_printf(out, "| `%s` | %d | %d | %d | %s |\n", rows[i].wire,
		    rows[i].number, rows[i].exit, rows[i].http, rows[i].text);
	metod_buf_z(out,
	    "\nEvery call may meet `failed`, `format`, `missing`, `range`, `unknown`, `not_found`, `denied`, `login`, `pin`,\n"
	    "`small_group`, `conflict`, `closed`, `throttled`, `busy`, `too_big`, `damaged`, `io`, `hello`; one that writes\n"
	    "also `bad_rows`, `key_reused`, `full`. `metodctl schema -o json` lists them by command. `not_found` is also said of what is\n"
	    "there and is not opened to the caller. After `busy`, `full` and a lost connection the same call may be\n"
	    "sent again under the same `_key`.\n");
}

static void put_limits(struct metod_buf *out)
{
	static const struct {
		long long value;
		const char *text;
	} rows[] = {
	    {METOD_MSG_MAX, "bytes of a message to the daemon"},
	    {METOD_REPLY_MAX, "bytes of a reply"},
	    {METOD_MSG_ITEMS_MAX, "elements of a message"},
	    {METOD_REPLY_ITEMS_MAX, "elements of a reply"},
	    {METOD_DEPTH_MAX, "nested containers"},
	    {METOD_METHOD_MAX, "bytes of a method name"},
	    {METOD_KEY_MAX, "bytes of `_key`"},
	    {METOD_SESSION_MAX, "bytes of `_session`"},
	    {METOD_CONNECTIONS_MAX, "connections"},
	    {METOD_PIPELINE_MAX, "calls of one connection in work; more wait unread"},
	    {METOD_OUTBOX_MAX,
		"bytes of replies that were not read before reading pauses"},
	    {METOD_HELLO_MS, "ms until the first message must be there"},
	    {METOD_FRAME_MS, "ms until a message that began must be whole"},
	    {METOD_CALL_MS, "ms until a call is answered"},
	    {METOD_STAGE_ROWS, "rows of one call of an import; more are sent in stages"},
	    {METOD_ROWS_MAX, "rows of a reply"},
	};

	metod_buf_z(out, "\n## Limits\n\n| at most | |\n|---|---|\n");
	for (size_t i = 0; i < METOD_LEN(rows); i++)
		metod_buf_printf(out, "| %lld | %s |\n", rows[i].value, rows[i].text);
}

/* ---- examples ---- */

static void put_hex(struct metod_str bytes, struct metod_buf *out)
{
	metod_buf_z(out, "\n```hex");
	for (size_t i = 0; i < bytes.n; i++)
		metod_buf_printf(out, "%s%02x", i % HEX_COLUMNS ? " " : "\n",
		    (unsigned)(unsigned char)bytes.p[i]);
	metod_buf_z(out, "\n```\n");
}

/* The message as JSON and as bytes. */
static void put_message(
    const char *json, const struct metod_buf *bytes, struct metod_buf *out)
{
	metod_buf_printf(out, "\n```json\n%s\n```\n", json);
	put_hex(metod_buf_view(bytes), out);
}

/* A record from its JSON: the examples below are written as people read them. */
static void *record_of(
    struct metod_cli *cli, const struct metod_desc *desc, const char *json)
{
	void *record = metod_arena_alloc(cli->arena, desc->size);

	metod_record_init(desc, record);
	/* A mistake is kept in the error; the caller of metod_cli_protocol looks there.
	 */
	if (metod_load_json(
		desc, metod_str(json), false, cli->arena, record, &cli->error))
		metod_record_init(desc, record);
	return record;
}

static void example_call(struct metod_cli *cli, struct metod_rpc_request request,
    const struct metod_desc *desc, const char *params, const char *json,
    struct metod_buf *out)
{
	struct metod_buf bytes = {0};

	metod_rpc_call_pack(&request, desc, record_of(cli, desc, params), &bytes);
	put_message(json, &bytes, out);
	metod_buf_done(&bytes);
}

static void example_result(struct metod_cli *cli, uint32_t id,
    const struct metod_desc *desc, const char *result, const char *json,
    struct metod_buf *out)
{
	struct metod_buf map = {0}, bytes = {0};

	metod_pack(desc, record_of(cli, desc, result), METOD_KEYS_NAME, 0, &map);
	metod_rpc_result_pack(id, metod_buf_view(&map), &bytes);
	put_message(json, &bytes, out);
	metod_buf_done(&map);
	metod_buf_done(&bytes);
}

static void example_error(uint32_t id, struct metod_buf *out)
{
	struct metod_error error = {
	    .code = METOD_RANGE, .field = "page", .message = "must be between 1 and 400"};
	struct metod_buf bytes = {0};

	metod_rpc_error_pack(id, &error, &bytes);
	put_message(
	    "[1, 3, {\"code\": \"range\", \"message\": \"must be between 1 and 400\", \"field\": \"page\"}, null]",
	    &bytes, out);
	metod_buf_done(&bytes);
}

static void put_examples(struct metod_cli *cli, struct metod_buf *out)
{
	metod_buf_z(out,
	    "\n## Examples\n\nEach message as JSON and as the bytes of the wire.\n\nThe handshake:\n");
	example_call(cli,
	    (struct metod_rpc_request){.id = 1, .method = METOD_STR("hello")},
	    &metod_hello_desc, "{\"proto\":1,\"client\":\"example\"}",
	    "[0, 1, \"hello\", [{\"proto\": 1, \"client\": \"example\"}]]", out);
	example_result(cli, 1, &metod_hello_desc,
	    "{\"proto\":1,\"min\":1,\"server\":\"metodd\",\"max_msg\":4194304}",
	    "[1, 1, null, {\"proto\": 1, \"min\": 1, \"server\": \"metodd\", \"max_msg\": 4194304}]",
	    out);
	metod_buf_z(out, "\nA page with two answers, under a key, and its receipt:\n");
	example_call(cli,
	    (struct metod_rpc_request){.id = 2,
		.method = METOD_STR("page.save"),
		.session = METOD_STR("SESSION"),
		.key = METOD_STR("9f3c2a51"),
		.lang = METOD_STR("en")},
	    metod_command_find(METOD_STR("page.save"))->request,
	    "{\"page\":1,\"answers\":[3,-2]}",
	    "[0, 2, \"page.save\", [{\"_session\": \"SESSION\", \"_key\": \"9f3c2a51\", \"_lang\": \"en\", "
	    "\"page\": 1, \"answers\": [3, -2]}]]",
	    out);
	example_result(cli, 2, metod_command_find(METOD_STR("page.save"))->reply,
	    "{\"receipt\":{\"seq\":1207,\"generation\":1,\"digest\":\"5a0e\",\"key\":\"9f3c2a51\"},"
	    "\"page\":1,\"version\":1,\"next_page\":2,\"pages\":12}",
	    "[1, 2, null, {\"receipt\": {\"seq\": 1207, \"generation\": 1, \"digest\": \"5a0e\", \"key\": \"9f3c2a51\"}, "
	    "\"page\": 1, \"version\": 1, \"next_page\": 2, \"pages\": 12}]",
	    out);
	metod_buf_z(out, "\nA refusal:\n");
	example_error(3, out);
}

/* ---- document ---- */

static const char head[] =
    "<!-- Made by `metodctl schema --format md`; `make lint` compares. Do not edit. -->\n"
    "# Protocol of metodd\n\n"
    "MessagePack-RPC over a Unix stream socket, `/run/metod/ctl.sock`. This is protocol %d; `metodctl\n"
    "--version` prints the hash of its schema.\n\n"
    "## Framing\n\n"
    "A message is one msgpack array; nothing stands between messages.\n\n"
    "| message | shape |\n|---|---|\n"
    "| request | `[0, id, method, [params]]`: id 0 to 2^32-1, params one map |\n"
    "| response | `[1, id, error, result]`: error is nil, or the result is |\n"
    "| notice | `[2, method, [params]]`: answered by nothing; the daemon sends and reads none today |\n\n"
    "Calls may be pipelined; responses come in any order. Bytes that can never become a message that is\n"
    "acceptable (an ext type, the byte `c1`, too deep, too large) end the connection.\n\n"
    "## Handshake\n\n"
    "The first call of a connection is `hello`. The daemon answers with its protocol and the hash of its schema, or\n"
    "with `hello` as an error when it speaks another protocol; any other first call is refused in the same way. Another\n"
    "schema hash is no error: unknown fields are ignored in replies and refused in requests.\n";

static const char middle[] =
    "\n## Params that every call has\n\n"
    "| param | |\n|---|---|\n"
    "| `_session` | session or token; without it the daemon knows the caller by the Unix user of the socket |\n"
    "| `_key` | idempotency key of a call that writes |\n"
    "| `_lang` | `ru` or `en`, for the texts of the answer |\n"
    "| `_request` | number that ties lines of the log together; taken from the web process only |\n\n"
    "**Idempotency.** The same key and the same params give the stored answer again, with the same receipt, also after a\n"
    "restart of either side; the same key with other params is `key_reused`. Nobody can know what became of a call whose\n"
    "answer was lost: send it again under its key.\n\n"
    "**Receipt.** Most commands that write answer with `receipt`: sequence number, generation of the store, digest of what was stored,\n"
    "key. It is sent after the flush. A status without one acknowledges nothing.\n\n"
    "## Values\n\n"
    "Keys of maps are texts. A field that is not required and has no value is absent; *may be nil* tells \"no value\"\n"
    "from zero. An integer may come as a float without a fraction; dates, moments and thousandths may come as text\n"
    "(`2026-11-21`, `2026-11-21T14:05:00Z`, `1.25`). Texts are UTF-8. Bounds of texts are bytes, of lists elements. A\n"
    "*secret* is never printed, logged or stored in answers. Numbers of commands and keys of fields are never used again.\n";

enum metod_err metod_cli_protocol(struct metod_cli *cli, struct metod_buf *out)
{
	enum metod_lang lang = cli->lang;

	cli->lang = METOD_EN;
	metod_buf_printf(out, head, METOD_PROTO);
	fields_table(&metod_hello_desc, "field", out);
	metod_buf_z(out, middle);
	put_limits(out);
	put_errors(out);
	put_examples(cli, out);
	put_commands(cli, out);
	put_records(out);
	cli->lang = lang;
	return cli->error.code;
}
