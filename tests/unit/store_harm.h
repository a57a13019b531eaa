/* SPDX-License-Identifier: Apache-2.0
 * For the tests of damage: changes of a stopped store behind its back, with LMDB itself.
 */
#pragma once

#include "store_fixture.h"

#include <lmdb.h>

struct raw {
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;
	MDB_cursor *cursor;
};

/* One change of one database behind the store's back. */
static inline void raw_open(struct raw *raw, const char *file, const char *db)
{
	assert_int_equal(mdb_env_create(&raw->env), 0);
	mdb_env_set_maxdbs(raw->env, 128);
	mdb_env_set_mapsize(raw->env, 1 << 30);
	assert_int_equal(mdb_env_open(raw->env, file, MDB_NOSUBDIR, 0600), 0);
	assert_int_equal(mdb_txn_begin(raw->env, NULL, 0, &raw->txn), 0);
	assert_int_equal(mdb_dbi_open(raw->txn, db, 0, &raw->dbi), 0);
	assert_int_equal(mdb_cursor_open(raw->txn, raw->dbi, &raw->cursor), 0);
}

static inline void raw_close(struct raw *raw)
{
	mdb_cursor_close(raw->cursor);
	assert_int_equal(mdb_txn_commit(raw->txn), 0);
	mdb_env_close(raw->env);
}

enum harm { FLIP, DELETE, DELETE_LAST, MOVE, HIDE, TAMPER };

/* An event that calls itself erased, or says something else, with a checksum that fits;
 * see journal.c for the places. The event has no extra part. */
static inline void forge(struct metod_buf *event, enum harm harm)
{
	enum { FLAGS = 1, BODY_BYTES = 144, CRC = 152, BLOCKS = 156 };
	uint8_t sums[CRC + 8] = {0};
	uint32_t crc;

	if (harm == HIDE) {
		event->p[FLAGS] = 1;
		memset(event->p + BODY_BYTES, 0, 4);
		event->n = BLOCKS;
	} else {
		event->p[event->n - 1] ^= 1;
	}
	memcpy(sums, event->p, CRC);
	crc = metod_crc32c(event->p + BLOCKS, event->n - BLOCKS);
	for (int i = 0; i < 4; i++)
		sums[CRC + i] = (uint8_t)(crc >> (24 - 8 * i));
	crc = metod_crc32c(sums, sizeof(sums));
	for (int i = 0; i < 4; i++)
		event->p[CRC + i] = (uint8_t)(crc >> (24 - 8 * i));
}

static inline void harm(const char *file, const char *db, enum harm harm, size_t at)
{
	MDB_val key, value;
	struct metod_buf copy = {0}, name = {0};
	struct raw raw;

	raw_open(&raw, file, db);
	assert_int_equal(mdb_cursor_get(raw.cursor, &key, &value,
			     harm == DELETE_LAST ? MDB_LAST : MDB_FIRST),
	    0);
	if (harm != DELETE && harm != DELETE_LAST &&
	    !strcmp(db, ".journal")) /* the second event: an ORG */
		assert_int_equal(mdb_cursor_get(raw.cursor, &key, &value, MDB_NEXT), 0);
	metod_buf_add(&copy, value.mv_data, value.mv_size);
	metod_buf_add(&name, key.mv_data, key.mv_size);
	if (harm == HIDE || harm == TAMPER)
		forge(&copy, harm);
	key = (MDB_val){name.n, name.p};
	value = (MDB_val){copy.n, copy.p};
	if (harm == FLIP)
		copy.p[at < copy.n ? at : copy.n - 1] ^= 4;
	else
		assert_int_equal(mdb_del(raw.txn, raw.dbi, &key, NULL), 0);
	if (harm == MOVE)
		name.p[name.n - 1] ^= 64;
	if (harm != DELETE && harm != DELETE_LAST)
		assert_int_equal(mdb_put(raw.txn, raw.dbi, &key, &value, 0), 0);
	raw_close(&raw);
	metod_buf_done(&copy);
	metod_buf_done(&name);
}
