/* SPDX-License-Identifier: Apache-2.0
 * Transactions and the state value that every write transaction carries.
 * Invariant: the state in a snapshot describes the journal and the tables of that
 * snapshot. */
#include "internal.h"

#include <errno.h>
#include <string.h>

enum {
	STATE_SEQ = 8,
	STATE_GENERATION = 16,
	STATE_HEAD = 24,
	STATE_ROWS = STATE_HEAD + HASH_BYTES,
	STATE_CRC = STATE_ROWS + 8 * SCHEMA_TABLES,
	STATE_BYTES = STATE_CRC + 4,
};

static const char state_key[] = "state";

void metod_be32(uint8_t *p, uint32_t number)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(number >> (24 - 8 * i));
}

void metod_be64(uint8_t *p, uint64_t number)
{
	metod_be32(p, (uint32_t)(number >> 32));
	metod_be32(p + 4, (uint32_t)number);
}

uint32_t metod_from_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

uint64_t metod_from_be64(const uint8_t *p)
{
	return (uint64_t)metod_from_be32(p) << 32 | metod_from_be32(p + 4);
}

static enum metod_err decode_state(const uint8_t *p, size_t n, struct store_state *ret)
{
	if (n < 4)
		return METOD_DAMAGED;
	ret->format = metod_from_be32(p);
	if (ret->format > metod_store_format)
		return METOD_VERSION;
	if (n != STATE_BYTES ||
	    metod_from_be32(p + STATE_CRC) != metod_crc32c(p, STATE_CRC))
		return METOD_DAMAGED;
	ret->seq = metod_from_be64(p + STATE_SEQ);
	ret->generation = metod_from_be64(p + STATE_GENERATION);
	memcpy(ret->head, p + STATE_HEAD, HASH_BYTES);
	for (size_t i = 0; i < SCHEMA_TABLES; i++)
		ret->rows[i] = metod_from_be64(p + STATE_ROWS + 8 * i);
	return METOD_OK;
}

enum metod_err metod_state_load(struct metod_txn *txn, struct store_state *ret)
{
	MDB_val key = metod_val(state_key, sizeof(state_key)), value;
	int rc = txn->env->dbi[DB_STATE]
	    ? mdb_get(txn->mdb, txn->env->dbi[DB_STATE], &key, &value)
	    : MDB_NOTFOUND;

	if (rc == MDB_NOTFOUND) { /* a new environment */
		*ret = (struct store_state){.format = metod_store_format};
		return METOD_OK;
	}
	return rc ? metod_txn_fail(txn, rc)
		  : decode_state(value.mv_data, value.mv_size, ret);
}

static int save_state(struct metod_txn *txn)
{
	const struct store_state *state = &txn->state;
	MDB_val key = metod_val(state_key, sizeof(state_key)), value;
	uint8_t p[STATE_BYTES] = {0};

	metod_be32(p, metod_store_format);
	metod_be64(p + STATE_SEQ, state->seq);
	metod_be64(p + STATE_GENERATION, state->generation);
	memcpy(p + STATE_HEAD, state->head, HASH_BYTES);
	for (size_t i = 0; i < SCHEMA_TABLES; i++)
		metod_be64(p + STATE_ROWS + 8 * i, state->rows[i]);
	metod_be32(p + STATE_CRC, metod_crc32c(p, STATE_CRC));
	value = metod_val(p, sizeof(p));
	return mdb_put(txn->mdb, txn->env->dbi[DB_STATE], &key, &value, 0);
}

enum metod_err metod_txn_begin(struct metod_txn *txn, struct store_env *env, bool writes)
{
	enum metod_err e;
	int rc;

	*txn = (struct metod_txn){.env = env, .writes = writes};
	rc = mdb_txn_begin(env->mdb, NULL, writes ? 0 : MDB_RDONLY, &txn->mdb);
	if (rc)
		return metod_txn_fail(txn, rc);
	e = writes ? metod_state_load(txn, &txn->state) : METOD_OK;
	if (e)
		metod_txn_abort(txn);
	return e;
}

int metod_txn_commit(struct metod_txn *txn)
{
	int rc = save_state(txn);

	if (rc) {
		metod_txn_abort(txn);
		return rc;
	}
	rc = metod_env_commit(txn->mdb);
	txn->mdb = NULL;
	return rc;
}

void metod_txn_abort(struct metod_txn *txn)
{
	metod_txn_end_scans(txn);
	if (txn->mdb)
		mdb_txn_abort(txn->mdb);
	txn->mdb = NULL;
}

enum metod_err metod_txn_fail(struct metod_txn *txn, int rc)
{
	if (!txn->rc && rc != MDB_NOTFOUND)
		txn->rc = rc;
	return metod_env_err(rc);
}

bool metod_txn_writes(const struct metod_txn *txn)
{
	return txn->writes;
}
