/* SPDX-License-Identifier: Apache-2.0
 * Stored values. Long ones lie in parts, because LMDB 0.9.24 is not to be trusted with
 * values above 64 KiB: a part that is exactly full is followed by another, in DB_PARTS
 * under (database, key, number of the part). Rows have an envelope: version, table, two
 * zero bytes, length, checksum. */
#include "internal.h"

#include <string.h>

enum { ENVELOPE_VERSION = 1, ENVELOPE_CRC = 8, ENVELOPE_BYTES = 12 };

MDB_val metod_val(const void *bytes, size_t n)
{
	MDB_val val = {n, NULL};

	/* LMDB does not write through the pointer of a key or a value that is put. */
	memcpy(&val.mv_data, &bytes, sizeof(bytes));
	return val;
}

struct part_key {
	uint8_t p[SCHEMA_KEY_MAX + 5];
	size_t n;
};

static void part_key(struct part_key *part, unsigned db, MDB_val key)
{
	part->p[0] = (uint8_t)db;
	memcpy(part->p + 1, key.mv_data, key.mv_size);
	part->n = key.mv_size + 5;
}

static MDB_val part_number(struct part_key *part, uint32_t number)
{
	metod_be32(part->p + part->n - 4, number);
	return metod_val(part->p, part->n);
}

static enum metod_err join_parts(struct metod_txn *txn, unsigned db, MDB_val key,
    MDB_val head, struct metod_arena *arena, struct metod_str *ret)
{
	MDB_dbi parts = txn->env->dbi[DB_PARTS];
	struct metod_buf whole = {0};
	struct part_key part;
	MDB_val value = head;
	int rc = parts ? 0 : MDB_CORRUPTED;

	part_key(&part, db, key);
	metod_buf_add(&whole, head.mv_data, head.mv_size);
	for (uint32_t i = 1; !rc && value.mv_size == PART_BYTES; i++) {
		MDB_val at = part_number(&part, i);

		rc = mdb_get(txn->mdb, parts, &at, &value);
		if (!rc)
			metod_buf_add(&whole, value.mv_data, value.mv_size);
	}
	if (!rc)
		*ret = metod_arena_str(arena, metod_buf_view(&whole));
	metod_buf_done(&whole);
	return rc == MDB_NOTFOUND ? METOD_DAMAGED
	    : rc                  ? metod_txn_fail(txn, rc)
				  : METOD_OK;
}

enum metod_err metod_value_get(struct metod_txn *txn, unsigned db, MDB_val key,
    struct metod_arena *arena, struct metod_str *ret)
{
	MDB_val value;
	int rc;

	if (!txn->env->dbi[db] || !key.mv_size)
		return METOD_NOT_FOUND;
	rc = mdb_get(txn->mdb, txn->env->dbi[db], &key, &value);
	if (rc)
		return metod_txn_fail(txn, rc);
	if (value.mv_size == PART_BYTES)
		return join_parts(txn, db, key, value, arena, ret);
	*ret = (struct metod_str){value.mv_data, value.mv_size};
	return METOD_OK;
}

/* Removes parts from `number` on while the one before was full. */
static int del_parts(struct metod_txn *txn, unsigned db, MDB_val key)
{
	MDB_dbi parts = txn->env->dbi[DB_PARTS];
	struct part_key part;
	bool full = true;

	part_key(&part, db, key);
	for (uint32_t i = 1; full; i++) {
		MDB_val at = part_number(&part, i), value;
		int rc = mdb_get(txn->mdb, parts, &at, &value);

		if (rc == MDB_NOTFOUND)
			break;
		full = !rc && value.mv_size == PART_BYTES;
		if (!rc)
			rc = mdb_del(txn->mdb, parts, &at, NULL);
		if (rc)
			return rc;
	}
	return 0;
}

enum metod_err metod_value_del(struct metod_txn *txn, unsigned db, MDB_val key)
{
	MDB_val old;
	int rc = mdb_get(txn->mdb, txn->env->dbi[db], &key, &old);

	if (!rc && old.mv_size == PART_BYTES)
		rc = del_parts(txn, db, key);
	if (!rc)
		rc = mdb_del(txn->mdb, txn->env->dbi[db], &key, NULL);
	return rc ? metod_txn_fail(txn, rc) : METOD_OK;
}

static int put_parts(
    struct metod_txn *txn, unsigned db, MDB_val key, struct metod_str rest)
{
	struct part_key part;
	size_t n = PART_BYTES; /* of the part before */

	part_key(&part, db, key);
	for (uint32_t i = 1; n == PART_BYTES; i++) {
		MDB_val at = part_number(&part, i), value;
		int rc;

		n = rest.n < PART_BYTES ? rest.n : PART_BYTES;
		value = metod_val(rest.p, n);
		rc = mdb_put(txn->mdb, txn->env->dbi[DB_PARTS], &at, &value, 0);
		if (rc)
			return rc;
		rest = (struct metod_str){rest.p + n, rest.n - n};
	}
	return 0;
}

enum metod_err metod_value_put(
    struct metod_txn *txn, unsigned db, MDB_val key, struct metod_str value)
{
	MDB_dbi dbi = txn->env->dbi[db];
	size_t n = value.n < PART_BYTES ? value.n : PART_BYTES;
	MDB_val old, head = metod_val(value.p, n);
	int rc = mdb_get(txn->mdb, dbi, &key, &old);

	if (rc == MDB_NOTFOUND)
		rc = 0;
	else if (!rc && old.mv_size == PART_BYTES)
		rc = del_parts(txn, db, key);
	if (!rc)
		rc = mdb_put(txn->mdb, dbi, &key, &head, 0);
	if (!rc && n == PART_BYTES)
		rc =
		    put_parts(txn, db, key, (struct metod_str){value.p + n, value.n - n});
	return rc ? metod_txn_fail(txn, rc) : METOD_OK;
}

/* Over the checksums of the pieces, so that they need not be copied together. */
static uint32_t row_crc(
    const uint8_t head[ENVELOPE_CRC], MDB_val key, struct metod_str body)
{
	uint8_t sums[ENVELOPE_CRC + 8];

	memcpy(sums, head, ENVELOPE_CRC);
	metod_be32(sums + ENVELOPE_CRC, metod_crc32c(key.mv_data, key.mv_size));
	metod_be32(sums + ENVELOPE_CRC + 4, metod_crc32c(body.p, body.n));
	return metod_crc32c(sums, sizeof(sums));
}

void metod_row_seal(
    unsigned table, MDB_val key, struct metod_str body, struct metod_buf *out)
{
	uint8_t head[ENVELOPE_BYTES] = {ENVELOPE_VERSION, (uint8_t)table};

	metod_be32(head + 4, (uint32_t)body.n);
	metod_be32(head + ENVELOPE_CRC, row_crc(head, key, body));
	metod_buf_add(out, head, sizeof(head));
	metod_buf_str(out, body);
}

enum metod_err metod_row_unseal(
    unsigned table, MDB_val key, struct metod_str value, struct metod_str *ret_body)
{
	uint8_t head[ENVELOPE_BYTES];
	struct metod_str body;

	if (value.n < ENVELOPE_BYTES)
		return METOD_DAMAGED;
	body = (struct metod_str){value.p + ENVELOPE_BYTES, value.n - ENVELOPE_BYTES};
	memcpy(head, value.p, sizeof(head));
	if (head[0] != ENVELOPE_VERSION || head[1] != table || head[2] || head[3] ||
	    metod_from_be32(head + 4) != body.n ||
	    metod_from_be32(head + ENVELOPE_CRC) != row_crc(head, key, body))
		return METOD_DAMAGED;
	*ret_body = body;
	return METOD_OK;
}

enum metod_err metod_row_load(struct metod_txn *txn, const struct schema_table *table,
    MDB_val key, struct metod_arena *arena, void *ret)
{
	struct metod_str value, body;
	enum metod_err e = metod_value_get(txn, table->number, key, arena, &value);

	if (!e)
		e = metod_row_unseal(table->number, key, value, &body);
	if (e)
		return e;
	e = metod_load(table->desc, body, METOD_KEYS_INT, true, arena, ret, NULL);
	return e ? METOD_DAMAGED : METOD_OK;
}
