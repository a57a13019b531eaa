/* SPDX-License-Identifier: Apache-2.0
 * Records on the wire and in the store (msgpack), MessagePack-RPC without I/O, and the
 * output of people and programs (text, JSON, CSV, TSV). All of it walks over descriptors.
 * No type of msgpack or JSON libraries leaves lib/wire. */
#pragma once

#include "metod/desc.h"
#include "metod/limits.h"

/* ---- pre-scan: mandatory before any decoder sees bytes from outside ---- */

enum metod_scanned {
	METOD_SCAN_MORE,     /* a good beginning */
	METOD_SCAN_COMPLETE, /* one whole object */
	METOD_SCAN_HOSTILE,  /* no continuation can make it acceptable: close the
				connection */
};

/* Place reached in one object. Embedded, one per connection; metod_prescan_init starts
 * it. */
struct metod_prescan_state {
	size_t at;    /* bytes of finished tokens */
	size_t cap;   /* most bytes of the object */
	size_t items; /* finished tokens */
	size_t items_max;
	size_t pending; /* tokens that are announced and not finished */
	unsigned depth;
	uint32_t left[METOD_DEPTH_MAX]; /* children to come, by level */
};

/* cap: most bytes of the object. Up to METOD_MSG_MAX it may have METOD_MSG_ITEMS_MAX
 * elements, over it METOD_REPLY_ITEMS_MAX. */
void metod_prescan_init(struct metod_prescan_state *state, size_t cap);

/* p[0..n) is the object from its first byte, as far as it has arrived; n never shrinks
 * between calls. Goes on where the last call stopped, so a slow sender costs no more than
 * a fast one. COMPLETE: *ret_len is the length of the object; more bytes may follow it.
 * HOSTILE: the byte 0xc1, an ext type, more than METOD_DEPTH_MAX nested containers (empty
 * ones count), too many elements, or an announced size that the cap does not allow.
 * Allocates nothing, does not recurse. Values are not looked at: metod_load does that. */
enum metod_scanned metod_prescan(
    const uint8_t *p, size_t n, struct metod_prescan_state *state, size_t *ret_len);

/* ---- records ---- */

enum metod_keys {
	METOD_KEYS_INT,  /* stored records: the small integers of the descriptor */
	METOD_KEYS_NAME, /* RPC: field names */
};

/* Appends the record as one map. Absent fields and fields with any flag of drop_flags
 * (for example METOD_SECRET), also those of sub-records, are left out. A METOD_REQ
 * sub-record that is NULL is packed as nil. Same record, same bytes. */
void metod_pack(const struct metod_desc *desc, const void *record, enum metod_keys keys,
    unsigned drop_flags, struct metod_buf *out);

/* Reads one map into *ret_record (desc->size bytes), which is untouched on failure. The
 * bytes are pre-scanned whole first; nothing may follow the map. Result memory is in the
 * arena and does not point into `bytes`. Absent METOD_NULL fields become METOD_NIL,
 * others zero; nil and an empty text or list given for an optional field are "absent". A
 * whole number is a valid REAL. With METOD_KEYS_NAME only, because peers in JavaScript
 * and people's files need it: a float without fraction is a valid integer, and a text is
 * read into an integer field as metod_field_parse does (ids from 2^53, dates). Errors
 * carry the path of the field, `rows[3].code`: METOD_FORMAT   not one acceptable map,
 * wrong kind, duplicate field, text not UTF-8 METOD_RANGE    outside the bounds of the
 * descriptor or of the integer type METOD_MISSING  a METOD_REQ field is absent
 *   METOD_UNKNOWN  a field the descriptor does not have, unless unknown_ok; the nearest
 * is named Recursion follows the descriptor and is no deeper than METOD_DEPTH_MAX. */
enum metod_err metod_load(const struct metod_desc *desc, struct metod_str bytes,
    enum metod_keys keys, bool unknown_ok, struct metod_arena *arena, void *ret_record,
    struct metod_error *err) METOD_MUST_CHECK;

/* The same from a JSON object, as metod_emit writes it: METOD_MILLI is a decimal number,
 * dates and times are strings, bytes are hexadecimal. Duplicate keys are refused; the
 * text is at most METOD_FILE_MAX bytes. A syntax error names line and column in
 * `field`. */
enum metod_err metod_load_json(const struct metod_desc *desc, struct metod_str text,
    bool unknown_ok, struct metod_arena *arena, void *ret_record,
    struct metod_error *err) METOD_MUST_CHECK;

/* ---- MessagePack-RPC ----
 * request [0, id, method, [{params}]], response [1, id, error, result], notice
 * [2, method, [{params}]]. error is nil or {code, message, field, hint}. The params
 * _session, _key (idempotency), _lang and _request (an id for the log) are reserved: they
 * travel in the map and are not fields. */

enum metod_rpc_kind { METOD_RPC_REQUEST, METOD_RPC_RESPONSE, METOD_RPC_NOTICE };

struct metod_rpc_request {
	uint32_t id;
	struct metod_str method;
	struct metod_str params; /* map bytes for metod_load, without the reserved keys */
	struct metod_str session, key, lang, request; /* empty when absent */
};

struct metod_rpc_response {
	uint32_t id;
	struct metod_error error; /* code METOD_OK: success */
	struct metod_str result;  /* one object, for metod_load; nil when failed */
};

/* Kind and id of a complete message (id 0 of a notice), so that a request that is refused
 * by the parser below can still be answered. False when it is no RPC message at all:
 * close. */
bool metod_rpc_peek(
    struct metod_str bytes, enum metod_rpc_kind *ret_kind, uint32_t *ret_id);

/* Parses a request or, with id 0, a notice. Slices point into `bytes`, params into the
 * arena. METOD_FORMAT when the shape is wrong or a text too long, METOD_UNKNOWN when the
 * method name is longer than METOD_METHOD_MAX; *ret untouched then. */
enum metod_err metod_rpc_request_parse(struct metod_str bytes, struct metod_arena *arena,
    struct metod_rpc_request *ret, struct metod_error *err) METOD_MUST_CHECK;

/* Parses a response; `result` points into `bytes`. A refusal by the peer is a good
 * response: look at ret->error.code. METOD_FORMAT when the shape is wrong. */
enum metod_err metod_rpc_response_parse(struct metod_str bytes, struct metod_arena *arena,
    struct metod_rpc_response *ret, struct metod_error *err) METOD_MUST_CHECK;

/* Appends a request. params: map bytes, empty for an empty map. */
void metod_rpc_request_pack(
    const struct metod_rpc_request *request, struct metod_buf *out);
/* The same with params from a record (request->params is not looked at). */
void metod_rpc_call_pack(const struct metod_rpc_request *request,
    const struct metod_desc *desc, const void *record, struct metod_buf *out);
/* Appends a success response with one object, as metod_pack made it (empty: nil). */
void metod_rpc_result_pack(uint32_t id, struct metod_str result, struct metod_buf *out);
/* Appends an error response. */
void metod_rpc_error_pack(
    uint32_t id, const struct metod_error *error, struct metod_buf *out);
/* Appends a notice. params: map bytes, empty for an empty map. */
void metod_rpc_notice_pack(
    struct metod_str method, struct metod_str params, struct metod_buf *out);

/* Turns a stream of bytes into messages. Embedded; one per connection and direction. */
struct metod_frames {
	struct metod_buf in;
	size_t start; /* of the current message in `in` */
	struct metod_prescan_state scan;
	size_t cap;
	bool hostile; /* sticky */
};

void metod_frames_init(struct metod_frames *frames, size_t cap);
void metod_frames_done(struct metod_frames *frames);
/* Adds received bytes. The caller stops reading while whole messages wait to be taken;
 * then no more than one message and one read are held. */
void metod_frames_feed(struct metod_frames *frames, const void *bytes, size_t n);
/* Next whole message; the slice is good until the next call for these frames. */
enum metod_scanned metod_frames_next(
    struct metod_frames *frames, struct metod_str *ret_message);
/* Bytes of a message that has begun and not ended (for METOD_FRAME_MS). */
size_t metod_frames_waiting(const struct metod_frames *frames);

/* ---- output ---- */

enum metod_output {
	METOD_OUT_TEXT,  /* for people; may change */
	METOD_OUT_JSON,  /* one compact object */
	METOD_OUT_JSONL, /* one object per row */
	METOD_OUT_CSV,   /* quoting of RFC 4180; one line per row under a line of names */
	METOD_OUT_TSV, /* the same with tabs; tab, line feed and backslash as \t \n \\ */
	METOD_OUT_MSGPACK, /* one object of the shape of METOD_OUT_JSON */
};

struct metod_emit {
	enum metod_output output;
	bool excel;       /* CSV: byte order mark, semicolon, CR LF, decimal comma */
	bool comma;       /* TEXT: decimal comma */
	bool color;       /* TEXT: bold titles, coloured states; never the only sign */
	bool secrets;     /* METOD_SECRET fields too: only a command made for it */
	unsigned width;   /* columns of the terminal for TEXT; 0: as wide as needed */
	int zone_minutes; /* for METOD_TIME in TEXT; machine formats are UTC */
	struct metod_strs fields; /* chosen columns in this order; empty: all */
	const char *lang;   /* TEXT: which side of a text in two languages; NULL: both */
	const char *schema; /* JSON and JSONL: value of "schema"; NULL: none */
	bool demo; /* machine forms of a record without a field "demo" say that the data
		      are for training: "demo":true, or a last column `demo` when no
		      columns were chosen */
	/* Titles, METOD_TOKEN words (as "token:WORD"), subjects ("subject:CODE") and
	 * yes/no of TEXT: returns msgid itself when it knows no better. NULL: as they
	 * are. */
	const char *(*translate)(void *arg, const char *msgid);
	void *translate_arg;
};

/* "text", "json", "jsonl", "csv", "tsv", "msgpack"; false when it is none. */
bool metod_output_parse(struct metod_str name, enum metod_output *ret);
/* The name of an output; NULL behind the last one. */
const char *metod_output_name(size_t which);

/* Appends the record in the chosen form. The rows of JSONL, CSV and TSV are the RECS
 * field named `rows`; a record without one is its own single row. TEXT prints scalars as
 * `title: value`, lists of records as tables (METOD_HIDE columns only when chosen,
 * METOD_LONG below the table). JSON: "no value" is null, METOD_MILLI a decimal number,
 * dates "2026-11-21", times "2026-11-21T14:05:00Z", integers beyond 2^53 strings, bytes
 * hexadecimal. MSGPACK: the members of JSON; integers and bytes are themselves. CSV and
 * TSV: text that begins with = + - @ tab or CR, also behind spaces, gets an apostrophe in
 * front, so that no spreadsheet takes it for a formula; numbers and
 * dates do not. Sub-records in a cell are compact JSON. "No value" is an empty cell.
 * METOD_UNKNOWN when `fields` names a column that is not there; nothing is appended
 * then. */
enum metod_err metod_emit(const struct metod_desc *desc, const void *record,
    const struct metod_emit *how, struct metod_buf *out,
    struct metod_error *err) METOD_MUST_CHECK;

/* Pieces of CSV and TSV for a table that no descriptor knows: what stands in front of
 * all, one cell (guarded: text, which must not become a formula), the end of a line. */
void metod_csv_begin(const struct metod_emit *how, struct metod_buf *out);
void metod_csv_cell(const struct metod_emit *how, size_t column, struct metod_str text,
    bool guarded, struct metod_arena *arena, struct metod_buf *out);
void metod_csv_end(const struct metod_emit *how, struct metod_buf *out);

/* The columns that metod_emit would show of this record: those chosen by how->fields,
 * else all; of the rows when it has some. *ret_rows: the field `rows`, NULL without. In
 * the arena. METOD_UNKNOWN when a name is not there. */
enum metod_err metod_emit_columns(const struct metod_desc *desc,
    const struct metod_emit *how, struct metod_arena *arena,
    const struct metod_field ***ret_columns, size_t *ret_n,
    const struct metod_field **ret_rows, struct metod_error *err) METOD_MUST_CHECK;

/* Appends a JSON string literal; bad UTF-8 becomes U+FFFD. */
void metod_json_quote(struct metod_str text, struct metod_buf *out);

/* Columns of a terminal that a text takes: combining marks 0, wide East Asian 2,
 * others 1. */
size_t metod_text_width(struct metod_str text);
