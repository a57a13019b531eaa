/* SPDX-License-Identifier: Apache-2.0
 * MessagePack-RPC messages: taken apart without decoding their params or result, and
 * built. Knows no commands, no sessions, no sockets. Params stay raw bytes, so that one
 * metod_load with the descriptor of the command is the only decoder they meet. */
#include "internal.h"

/* clang-format off */
#define ERROR_FIELDS(F, R)                                               \
	F(R, STR, code,    1, METOD_REQ, 1, 64, none, "Code")            \
	F(R, STR, message, 2, 0, 0, METOD_TEXT_MAX, none, "Message")     \
	F(R, STR, field,   3, 0, 0, METOD_TEXT_MAX, none, "Field")       \
	F(R, STR, hint,    4, 0, 0, METOD_TEXT_MAX, none, "Hint")
/* clang-format on */
METOD_RECORD(metod_rpc_error, ERROR_FIELDS)
METOD_RECORD_DEFINE(metod_rpc_error, ERROR_FIELDS);

enum {
	NIL = 0xc0,
	ARRAY_ONE = 0x91, /* array of one element */
	LANG_MAX = 16,
	RESERVED = 4,
};

/* The reserved params and where they go. */
static const struct {
	const char *name;
	size_t offset, high;
} reserved[RESERVED] = {
    {"_session", offsetof(struct metod_rpc_request, session), METOD_SESSION_MAX},
    {"_key", offsetof(struct metod_rpc_request, key), METOD_KEY_MAX},
    {"_lang", offsetof(struct metod_rpc_request, lang), LANG_MAX},
    {"_request", offsetof(struct metod_rpc_request, request), METOD_REQUEST_ID_MAX},
};

static struct metod_str *reserved_of(struct metod_rpc_request *request, size_t i)
{
	return (struct metod_str *)(void *)((char *)request + reserved[i].offset);
}

/* ---- taking apart ---- */

static enum metod_err not_rpc(struct metod_error *err)
{
	return metod_fail(err, METOD_FORMAT, "", "is not a MessagePack-RPC message");
}

/* Cuts the next object off *s. */
static bool cut_object(struct metod_str *s, struct metod_str *ret)
{
	size_t n = metod_wire_object(*s);

	*ret = (struct metod_str){s->p, n};
	s->p += n;
	s->n -= n;
	return n > 0;
}

/* An unsigned integer of up to 32 bits in any of its encodings. */
static bool read_u32(struct metod_str object, uint32_t *ret)
{
	const uint8_t *p = (const uint8_t *)object.p;
	uint64_t value = 0;

	if (object.n == 1 && p[0] < 0x80) {
		*ret = p[0];
		return true;
	}
	if (object.n < 2 || p[0] < 0xcc || p[0] > 0xcf)
		return false;
	for (size_t i = 1; i < object.n; i++)
		value = value << 8 | p[i];
	*ret = (uint32_t)value;
	return value <= UINT32_MAX;
}

static bool read_str(struct metod_str object, struct metod_str *ret)
{
	uint8_t type = (uint8_t)object.p[0];
	size_t head;

	if (type >= 0xa0 && type <= 0xbf)
		head = 1;
	else if (type >= 0xd9 && type <= 0xdb)
		head = 1 + ((size_t)1 << (type - 0xd9));
	else
		return false;
	*ret = (struct metod_str){object.p + head, object.n - head};
	return true;
}

/* The parts of an RPC message: kind, then what follows it. */
static bool open_message(struct metod_str bytes, enum metod_rpc_kind *ret_kind,
    uint32_t *ret_id, struct metod_str *ret_rest)
{
	struct metod_str object;
	uint32_t kind, id = 0;
	size_t parts;

	if (!metod_wire_whole(bytes) || ((uint8_t)bytes.p[0] & 0xf0) != 0x90)
		return false;
	parts = (uint8_t)bytes.p[0] & 0x0f;
	bytes.p++;
	bytes.n--;
	if (!cut_object(&bytes, &object) || !read_u32(object, &kind) ||
	    kind > METOD_RPC_NOTICE || parts != (kind == METOD_RPC_NOTICE ? 3 : 4))
		return false;
	if (kind != METOD_RPC_NOTICE &&
	    (!cut_object(&bytes, &object) || !read_u32(object, &id)))
		return false;
	*ret_kind = (enum metod_rpc_kind)kind;
	*ret_id = id;
	*ret_rest = bytes;
	return true;
}

bool metod_rpc_peek(
    struct metod_str bytes, enum metod_rpc_kind *ret_kind, uint32_t *ret_id)
{
	struct metod_str rest;

	return open_message(bytes, ret_kind, ret_id, &rest);
}

/* Takes a reserved param into the request; false when the key is an ordinary one. */
static bool take_reserved(struct metod_str key, struct metod_str value,
    struct metod_rpc_request *request, bool seen[RESERVED], enum metod_err *ret_e,
    struct metod_error *err)
{
	struct metod_str name;

	*ret_e = METOD_OK;
	if (!read_str(key, &name))
		return false;
	for (size_t i = 0; i < RESERVED; i++) {
		struct metod_str *at = reserved_of(request, i);

		if (!metod_str_is(name, reserved[i].name))
			continue;
		if (seen[i])
			*ret_e = metod_fail(
			    err, METOD_FORMAT, reserved[i].name, "is given twice");
		else if ((uint8_t)value.p[0] != NIL && !read_str(value, at))
			*ret_e = metod_fail(err, METOD_FORMAT, reserved[i].name,
			    "has a value of the wrong kind");
		else if (at->n > reserved[i].high || !metod_utf8_ok(*at))
			*ret_e = metod_fail(err, METOD_FORMAT, reserved[i].name,
			    "is too long or not text");
		seen[i] = true;
		return true;
	}
	return false;
}

/* Writes a map header of the widest form in front of `at`; returns its begin. */
static char *map_header(char *at, size_t pairs)
{
	uint8_t header[5] = {0xdf, (uint8_t)(pairs >> 24), (uint8_t)(pairs >> 16),
	    (uint8_t)(pairs >> 8), (uint8_t)pairs};

	if (pairs < 16) {
		at[-1] = (char)(0x80 | pairs);
		return at - 1;
	}
	memcpy(at - sizeof(header), header, sizeof(header));
	return at - sizeof(header);
}

/* Copies the pairs of the map that are not reserved. */
static enum metod_err split_params(struct metod_str map, struct metod_arena *arena,
    struct metod_rpc_request *request, struct metod_error *err)
{
	const size_t header_max = 5;
	bool seen[RESERVED] = {false};
	size_t pairs, at, kept = 0;
	char *copy, *end;

	if (!metod_wire_map(map, &pairs, &at))
		return not_rpc(err);
	copy = metod_arena_alloc(arena, header_max + map.n);
	end = copy = copy + header_max;
	map.p += at;
	map.n -= at;
	for (size_t i = 0; i < pairs; i++) {
		struct metod_str key, value;
		enum metod_err e;

		if (!cut_object(&map, &key) || !cut_object(&map, &value))
			return not_rpc(err);
		if (take_reserved(key, value, request, seen, &e, err)) {
			if (e)
				return e;
			continue;
		}
		memcpy(end, key.p, key.n + value.n); /* they are neighbours */
		end += key.n + value.n;
		kept++;
	}
	copy = map_header(copy, kept);
	request->params = (struct metod_str){copy, (size_t)(end - copy)};
	return METOD_OK;
}

enum metod_err metod_rpc_request_parse(struct metod_str bytes, struct metod_arena *arena,
    struct metod_rpc_request *ret, struct metod_error *err)
{
	struct metod_rpc_request request = {0};
	struct metod_str rest, object;
	enum metod_rpc_kind kind;
	enum metod_err e;

	if (!open_message(bytes, &kind, &request.id, &rest) ||
	    kind == METOD_RPC_RESPONSE || !cut_object(&rest, &object) ||
	    !read_str(object, &request.method))
		return not_rpc(err);
	if (request.method.n > METOD_METHOD_MAX)
		return metod_fail(err, METOD_UNKNOWN, "", "there is no such command");
	if (!metod_utf8_ok(request.method) || rest.n < 2 ||
	    (uint8_t)rest.p[0] != ARRAY_ONE)
		return not_rpc(err);
	rest.p++;
	rest.n--;
	e = split_params(rest, arena, &request, err);
	if (!e)
		*ret = request;
	return e;
}

/* The peer's error map as our own error; an unknown code becomes METOD_FAILED. */
static enum metod_err read_error(struct metod_str map, struct metod_arena *arena,
    struct metod_error *ret, struct metod_error *err)
{
	struct metod_rpc_error error;
	enum metod_err e, code;

	e = metod_load(
	    &metod_rpc_error_desc, map, METOD_KEYS_NAME, true, arena, &error, err);
	if (e)
		return metod_fail(
		    err, METOD_FORMAT, "error", "is not an error of this protocol");
	code = metod_err_from_wire(error.code);
	if (code == METOD_OK)
		code = METOD_FAILED;
	metod_fail(ret, code, metod_arena_z(arena, error.field), "%s",
	    metod_arena_z(arena, error.message));
	metod_hint(ret, "%s", metod_arena_z(arena, error.hint));
	return METOD_OK;
}

enum metod_err metod_rpc_response_parse(struct metod_str bytes, struct metod_arena *arena,
    struct metod_rpc_response *ret, struct metod_error *err)
{
	struct metod_rpc_response response;
	struct metod_str rest, error;
	enum metod_rpc_kind kind;
	enum metod_err e = METOD_OK;

	memset(&response, 0, sizeof(response));
	if (!open_message(bytes, &kind, &response.id, &rest) ||
	    kind != METOD_RPC_RESPONSE || !cut_object(&rest, &error))
		return not_rpc(err);
	response.result = rest;
	if ((uint8_t)error.p[0] != NIL)
		e = read_error(error, arena, &response.error, err);
	if (!e)
		*ret = response;
	return e;
}

/* ---- building ---- */

/* method and [{params}] */
static void pack_call(msgpack_packer *packer, const struct metod_rpc_request *request,
    struct metod_buf *out)
{
	struct metod_rpc_request copy = *request;
	size_t pairs = 0, at = 0, extra = 0;

	metod_wire_packer(packer, out);
	metod_wire_pack_str(packer, request->method);
	msgpack_pack_array(packer, 1);
	metod_wire_map(request->params, &pairs, &at);
	for (size_t i = 0; i < RESERVED; i++)
		extra += reserved_of(&copy, i)->n > 0;
	msgpack_pack_map(packer, pairs + extra);
	for (size_t i = 0; i < RESERVED; i++) {
		if (reserved_of(&copy, i)->n == 0)
			continue;
		metod_wire_pack_str(packer, metod_str(reserved[i].name));
		metod_wire_pack_str(packer, *reserved_of(&copy, i));
	}
	metod_buf_add(out, request->params.p + at, request->params.n - at);
}

void metod_rpc_request_pack(
    const struct metod_rpc_request *request, struct metod_buf *out)
{
	msgpack_packer packer;

	metod_wire_packer(&packer, out);
	msgpack_pack_array(&packer, 4);
	msgpack_pack_uint8(&packer, METOD_RPC_REQUEST);
	msgpack_pack_uint32(&packer, request->id);
	pack_call(&packer, request, out);
}

void metod_rpc_call_pack(const struct metod_rpc_request *request,
    const struct metod_desc *desc, const void *record, struct metod_buf *out)
{
	struct metod_rpc_request call = *request;
	struct metod_buf params = {0};

	metod_pack(desc, record, METOD_KEYS_NAME, 0, &params);
	call.params = metod_buf_view(&params);
	metod_rpc_request_pack(&call, out);
	metod_buf_done(&params);
}

static void pack_response(msgpack_packer *packer, uint32_t id, struct metod_buf *out)
{
	metod_wire_packer(packer, out);
	msgpack_pack_array(packer, 4);
	msgpack_pack_uint8(packer, METOD_RPC_RESPONSE);
	msgpack_pack_uint32(packer, id);
}

void metod_rpc_result_pack(uint32_t id, struct metod_str result, struct metod_buf *out)
{
	msgpack_packer packer;

	pack_response(&packer, id, out);
	msgpack_pack_nil(&packer);
	if (result.n)
		metod_buf_str(out, result);
	else
		msgpack_pack_nil(&packer);
}

/* The text as the peer will accept it: whatever went into it, it leaves as clean
 * UTF-8. */
static struct metod_str clean(char *text)
{
	struct metod_str s = metod_str(text);

	for (size_t at = 0; at < s.n;) {
		size_t from = at;

		metod_utf8_next(s, &at);
		if (!metod_utf8_ok((struct metod_str){s.p + from, at - from}))
			memset(text + from, '?', at - from);
	}
	return s;
}

void metod_rpc_error_pack(
    uint32_t id, const struct metod_error *error, struct metod_buf *out)
{
	struct metod_error copy = *error;
	const struct metod_rpc_error map = {
	    .code = metod_str(metod_err_wire(error->code ? error->code : METOD_FAILED)),
	    .message = clean(copy.message),
	    .field = clean(copy.field),
	    .hint = clean(copy.hint),
	};
	msgpack_packer packer;

	pack_response(&packer, id, out);
	metod_pack(&metod_rpc_error_desc, &map, METOD_KEYS_NAME, 0, out);
	msgpack_pack_nil(&packer);
}

void metod_rpc_notice_pack(
    struct metod_str method, struct metod_str params, struct metod_buf *out)
{
	const struct metod_rpc_request notice = {.method = method, .params = params};
	msgpack_packer packer;

	metod_wire_packer(&packer, out);
	msgpack_pack_array(&packer, 3);
	msgpack_pack_uint8(&packer, METOD_RPC_NOTICE);
	pack_call(&packer, &notice, out);
}
