/* SPDX-License-Identifier: Apache-2.0
 * The journal: dense sequence of events, chained by BLAKE2b-256.
 * The chain runs over the fixed part of an entry and the digests of its body and extra
 * part, not over the bytes themselves: erasing them later leaves the chain valid. A
 * digest is taken over a random salt that is erased with the bytes, so that nobody can
 * confirm a guess of what was there.
 */
#include "internal.h"

#include <sodium.h>
#include <string.h>

enum {
	AT_VERSION = 0,
	AT_FLAGS = 1,
	AT_KIND = 2,
	AT_CIPHER_KEY = 4, /* key that encrypts the body; 0: none */
	AT_SEQ = 8,
	AT_TIME = 16,
	AT_ACTOR = 24,
	AT_SUBJECT = 32,
	AT_PERSON = 40,
	AT_BODY_HASH = 48,
	AT_EXTRA_HASH = AT_BODY_HASH + HASH_BYTES,
	AT_PREV = AT_EXTRA_HASH + HASH_BYTES,
	CHAINED = AT_PREV + HASH_BYTES, /* what the chain covers, flags taken as 0 */
	AT_BODY_BYTES = CHAINED,
	AT_EXTRA_BYTES = AT_BODY_BYTES + 4,
	AT_CRC = AT_EXTRA_BYTES + 4,
	AT_BLOCKS = AT_CRC + 4, /* salt and body, salt and extra part */

	ENTRY_VERSION = 1,
	BODY_ERASED = 1,
	EXTRA_ERASED = 2,
};

/* An entry in its stored form. */
struct raw {
	uint8_t head[AT_BLOCKS];
	struct metod_str body, extra; /* with salt; empty: none or erased */
};

static void digest(struct metod_str bytes, uint8_t ret[HASH_BYTES])
{
	crypto_generichash(ret, HASH_BYTES, (const uint8_t *)bytes.p, bytes.n, NULL, 0);
}

static void chain_hash(const struct raw *raw, uint8_t ret[HASH_BYTES])
{
	uint8_t head[CHAINED];

	memcpy(head, raw->head, CHAINED);
	head[AT_FLAGS] = 0;
	crypto_generichash(ret, HASH_BYTES, head, CHAINED, NULL, 0);
}

static uint32_t raw_crc(const struct raw *raw)
{
	uint8_t sums[AT_CRC + 8];

	memcpy(sums, raw->head, AT_CRC);
	metod_be32(sums + AT_CRC, metod_crc32c(raw->body.p, raw->body.n));
	metod_be32(sums + AT_CRC + 4, metod_crc32c(raw->extra.p, raw->extra.n));
	return metod_crc32c(sums, sizeof(sums));
}

static enum metod_err put_raw(struct metod_txn *txn, struct raw *raw)
{
	struct metod_buf value = {0};
	enum metod_err e;

	metod_be32(raw->head + AT_BODY_BYTES, (uint32_t)raw->body.n);
	metod_be32(raw->head + AT_EXTRA_BYTES, (uint32_t)raw->extra.n);
	metod_be32(raw->head + AT_CRC, raw_crc(raw));
	metod_buf_add(&value, raw->head, sizeof(raw->head));
	metod_buf_str(&value, raw->body);
	metod_buf_str(&value, raw->extra);
	e = metod_value_put(
	    txn, DB_JOURNAL, metod_val(raw->head + AT_SEQ, 8), metod_buf_view(&value));
	metod_buf_done(&value);
	return e;
}

/* Salt and bytes in `block`, their digest in `ret`. */
static struct metod_str seal_block(
    struct metod_buf *block, struct metod_str bytes, uint8_t ret[HASH_BYTES])
{
	uint8_t salt[SALT_BYTES];

	randombytes_buf(salt, sizeof(salt));
	metod_buf_add(block, salt, sizeof(salt));
	metod_buf_str(block, bytes);
	digest(metod_buf_view(block), ret);
	return metod_buf_view(block);
}

enum metod_err metod_journal_append(struct metod_txn *txn, struct store_entry *entry)
{
	struct metod_buf body = {0}, extra = {0};
	struct raw raw = {{ENTRY_VERSION}, {NULL, 0}, {NULL, 0}};
	enum metod_err e;

	entry->seq = txn->state.seq + 1;
	memcpy(entry->prev, txn->state.head, HASH_BYTES);
	raw.head[AT_KIND] = (uint8_t)(entry->kind >> 8);
	raw.head[AT_KIND + 1] = (uint8_t)entry->kind;
	metod_be64(raw.head + AT_SEQ, entry->seq);
	metod_be64(raw.head + AT_TIME, (uint64_t)entry->time_ms);
	metod_be64(raw.head + AT_ACTOR, entry->actor);
	metod_be64(raw.head + AT_SUBJECT, entry->subject);
	metod_be64(raw.head + AT_PERSON, entry->person);
	memcpy(raw.head + AT_PREV, entry->prev, HASH_BYTES);
	raw.body = seal_block(&body, entry->body, raw.head + AT_BODY_HASH);
	if (entry->extra.n)
		raw.extra = seal_block(&extra, entry->extra, raw.head + AT_EXTRA_HASH);
	chain_hash(&raw, entry->hash);
	e = put_raw(txn, &raw);
	if (!e) {
		txn->state.seq = entry->seq;
		memcpy(txn->state.head, entry->hash, HASH_BYTES);
	}
	metod_buf_done(&body);
	metod_buf_done(&extra);
	return e;
}

static int put_index(struct metod_txn *txn, uint64_t person, uint64_t seq)
{
	uint8_t p[16] = {0};
	MDB_val key = metod_val(p, sizeof(p)), none = metod_val("", 0);

	metod_be64(p, person);
	metod_be64(p + 8, seq);
	return mdb_put(txn->mdb, txn->env->dbi[DB_SUBJECT], &key, &none, 0);
}

enum metod_err metod_journal_index(struct metod_txn *txn, const struct store_entry *entry)
{
	int rc = entry->subject ? put_index(txn, entry->subject, entry->seq) : 0;

	if (!rc && entry->person && entry->person != entry->subject)
		rc = put_index(txn, entry->person, entry->seq);
	return rc ? metod_txn_fail(txn, rc) : METOD_OK;
}

static bool split(struct metod_str value, uint64_t seq, struct raw *ret)
{
	uint64_t body, extra;

	if (value.n < AT_BLOCKS)
		return false;
	memcpy(ret->head, value.p, AT_BLOCKS);
	body = metod_from_be32(ret->head + AT_BODY_BYTES);
	extra = metod_from_be32(ret->head + AT_EXTRA_BYTES);
	if (ret->head[AT_VERSION] != ENTRY_VERSION ||
	    metod_from_be64(ret->head + AT_SEQ) != seq ||
	    metod_from_be32(ret->head + AT_CIPHER_KEY) ||
	    body + extra != value.n - AT_BLOCKS)
		return false;
	ret->body = (struct metod_str){value.p + AT_BLOCKS, body};
	ret->extra = (struct metod_str){value.p + AT_BLOCKS + body, extra};
	return metod_from_be32(ret->head + AT_CRC) == raw_crc(ret);
}

/* Is the block what its digest promises: the bytes, or nothing at all after erasure? */
static bool block_ok(
    struct metod_str block, bool erased, bool optional, const uint8_t want[HASH_BYTES])
{
	static const uint8_t none[HASH_BYTES];
	uint8_t have[HASH_BYTES];

	if (erased)
		return !block.n;
	if (!block.n)
		return optional && !memcmp(want, none, HASH_BYTES);
	digest(block, have);
	return block.n > SALT_BYTES && !memcmp(want, have, HASH_BYTES);
}

static struct metod_str without_salt(struct metod_str block)
{
	return block.n ? (struct metod_str){block.p + SALT_BYTES, block.n - SALT_BYTES}
		       : block;
}

static enum metod_err get_raw(
    struct metod_txn *txn, uint64_t seq, struct metod_arena *arena, struct raw *ret)
{
	struct metod_str value;
	uint8_t key[8];
	enum metod_err e;

	metod_be64(key, seq);
	e = metod_value_get(txn, DB_JOURNAL, metod_val(key, sizeof(key)), arena, &value);
	if (e)
		return e;
	return split(value, seq, ret) ? METOD_OK : METOD_DAMAGED;
}

enum metod_err metod_journal_get(struct metod_txn *txn, uint64_t seq,
    struct metod_arena *arena, struct store_entry *ret)
{
	struct store_entry entry = {.seq = seq};
	struct raw raw;
	enum metod_err e = get_raw(txn, seq, arena, &raw);

	if (e)
		return e;
	entry.kind = (unsigned)raw.head[AT_KIND] << 8 | raw.head[AT_KIND + 1];
	entry.time_ms = (int64_t)metod_from_be64(raw.head + AT_TIME);
	entry.actor = metod_from_be64(raw.head + AT_ACTOR);
	entry.subject = metod_from_be64(raw.head + AT_SUBJECT);
	entry.person = metod_from_be64(raw.head + AT_PERSON);
	entry.body_erased = raw.head[AT_FLAGS] & BODY_ERASED;
	entry.extra_erased = raw.head[AT_FLAGS] & EXTRA_ERASED;
	memcpy(entry.prev, raw.head + AT_PREV, HASH_BYTES);
	chain_hash(&raw, entry.hash);
	if (!block_ok(raw.body, entry.body_erased, false, raw.head + AT_BODY_HASH) ||
	    !block_ok(raw.extra, entry.extra_erased, true, raw.head + AT_EXTRA_HASH))
		return METOD_DAMAGED;
	entry.body = without_salt(raw.body);
	entry.extra = without_salt(raw.extra);
	*ret = entry;
	return METOD_OK;
}

/* Read through `into`, so that what is handed on is what was written. */
enum metod_err metod_journal_copy(struct metod_txn *from, struct metod_txn *into,
    uint64_t seq, struct metod_arena *arena, struct store_entry *ret)
{
	struct metod_str value;
	uint8_t key[8];
	enum metod_err e;

	metod_be64(key, seq);
	e = metod_value_get(from, DB_JOURNAL, metod_val(key, sizeof(key)), arena, &value);
	if (!e)
		e = metod_value_put(into, DB_JOURNAL, metod_val(key, sizeof(key)), value);
	if (!e)
		e = metod_journal_get(into, seq, arena, ret);
	if (e)
		return e;
	into->state.seq = seq;
	memcpy(into->state.head, ret->hash, HASH_BYTES);
	return METOD_OK;
}

/* ---- erasure ---- */

bool metod_scope_is_answers(struct metod_str scope)
{
	return metod_str_is(scope, "answers");
}

bool metod_forgets(const struct schema_table *table, bool answers_only)
{
	if (!table->person || table->erase == METOD_KEEP)
		return false;
	return !answers_only || table->erase == METOD_ERASE_ANSWERS ||
	    table->number == METOD_T_IDEM;
}

static enum metod_err erase_entry(struct metod_txn *txn, uint64_t person,
    bool answers_only, uint64_t seq, struct metod_arena *arena)
{
	struct raw raw;
	enum metod_err e = get_raw(txn, seq, arena, &raw);
	const struct schema_table *table;
	unsigned flags;

	if (e)
		return e;
	flags = raw.head[AT_FLAGS];
	table =
	    metod_schema_event((unsigned)raw.head[AT_KIND] << 8 | raw.head[AT_KIND + 1]);
	if (metod_from_be64(raw.head + AT_SUBJECT) == person && table &&
	    metod_forgets(table, answers_only)) {
		flags |= BODY_ERASED;
		raw.body.n = 0;
	}
	if (metod_from_be64(raw.head + AT_PERSON) == person && raw.extra.n) {
		flags |= EXTRA_ERASED;
		raw.extra.n = 0;
	}
	if (flags == raw.head[AT_FLAGS])
		return METOD_OK;
	raw.head[AT_FLAGS] = (uint8_t)flags;
	return put_raw(txn, &raw);
}

enum metod_err metod_journal_forget(struct metod_txn *txn, uint64_t person,
    bool answers_only, uint64_t seq, struct metod_arena *arena)
{
	uint8_t p[16] = {0};
	MDB_val at = metod_val(p, sizeof(p)), none;
	enum metod_err e = METOD_OK;
	MDB_cursor *cursor;
	int rc = mdb_cursor_open(txn->mdb, txn->env->dbi[DB_SUBJECT], &cursor);

	if (rc)
		return metod_txn_fail(txn, rc);
	metod_be64(p, person);
	metod_be64(p + 8, 0);
	rc = mdb_cursor_get(cursor, &at, &none, MDB_SET_RANGE);
	/* The loop changes only the journal, so the cursor stays where it is. */
	while (!rc && !e && at.mv_size == sizeof(p)) {
		memcpy(p, at.mv_data, sizeof(p));
		if (metod_from_be64(p) != person || metod_from_be64(p + 8) >= seq)
			break;
		e = erase_entry(txn, person, answers_only, metod_from_be64(p + 8), arena);
		rc = mdb_cursor_get(cursor, &at, &none, MDB_NEXT);
	}
	mdb_cursor_close(cursor);
	return e ? e : rc && rc != MDB_NOTFOUND ? metod_txn_fail(txn, rc) : METOD_OK;
}

/* ---- for audit and export ---- */

enum metod_err metod_journal_read(struct metod_txn *txn, uint64_t from,
    struct metod_arena *arena, struct metod_event *ret)
{
	uint8_t p[8] = {0};
	MDB_val key = metod_val(p, sizeof(p)), value;
	struct store_entry entry;
	MDB_cursor *cursor;
	enum metod_err e;
	int rc = mdb_cursor_open(txn->mdb, txn->env->dbi[DB_JOURNAL], &cursor);

	if (rc)
		return metod_txn_fail(txn, rc);
	metod_be64(p, from);
	rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
	if (!rc && key.mv_size == sizeof(p))
		memcpy(p, key.mv_data, sizeof(p));
	mdb_cursor_close(cursor);
	if (rc)
		return metod_txn_fail(txn, rc);
	ret->seq = metod_from_be64(p);
	e = metod_journal_get(txn, ret->seq, arena, &entry);
	if (e)
		return e;
	*ret = (struct metod_event){.seq = entry.seq,
	    .time_ms = entry.time_ms,
	    .actor = entry.actor,
	    .kind = (enum metod_event_kind)entry.kind,
	    .subject = entry.subject,
	    .erased = entry.body_erased,
	    .body = metod_arena_str(arena, entry.body)};
	return METOD_OK;
}

uint64_t metod_journal_last(struct metod_txn *txn)
{
	struct store_state state = {0};

	if (txn->writes)
		return txn->state.seq;
	return metod_state_load(txn, &state) ? 0 : state.seq;
}
