/* SPDX-License-Identifier: Apache-2.0
 * The LMDB environment: flags, named databases, translation of its codes.
 * The default sync flags are the durability promise: no WRITEMAP, NOMETASYNC, MAPASYNC,
 * NOMEMINIT here, NOLOCK only for a look that writes nothing, and NOSYNC only for data
 * that nobody was told is stored. */
#include "internal.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DBS_MAX = 128 };

const char *metod_env_db_name(unsigned number)
{
	const struct schema_table *table = metod_schema_table(number);
	const struct schema_index *index = metod_schema_index(number);

	switch (number) {
	case DB_STATE:
		return ".state";
	case DB_JOURNAL:
		return ".journal";
	case DB_SUBJECT:
		return ".subject";
	case DB_PARTS:
		return ".parts";
	default:
		return table ? table->name : index ? index->name : NULL;
	}
}

/* Every table is a plain one: another kind in the file is a bit that was turned over. */
static int check_kind(MDB_txn *txn, MDB_dbi dbi)
{
	unsigned flags;
	int rc = mdb_dbi_flags(txn, dbi, &flags);

	return rc ? rc : flags ? MDB_CORRUPTED : 0;
}

static bool read_only(enum env_mode mode)
{
	return mode == ENV_READ || mode == ENV_LOOK;
}

static int open_dbs(struct store_env *env, enum env_mode mode)
{
	MDB_txn *txn;
	int rc = mdb_txn_begin(env->mdb, NULL, read_only(mode) ? MDB_RDONLY : 0, &txn);

	if (rc)
		return rc;
	for (unsigned i = 0; i < SCHEMA_DBS && !rc; i++) {
		const char *name = metod_env_db_name(i);

		if (!name)
			continue;
		rc = mdb_dbi_open(
		    txn, name, read_only(mode) ? 0 : MDB_CREATE, &env->dbi[i]);
		if (rc == MDB_NOTFOUND) { /* a table that this file is too old to have */
			env->dbi[i] = 0;
			rc = 0;
		} else if (!rc) {
			rc = check_kind(txn, env->dbi[i]);
		}
	}
	if (!rc)
		return metod_env_commit(txn);
	mdb_txn_abort(txn);
	return rc;
}

static unsigned flags_of(enum env_mode mode)
{
	unsigned flags = MDB_NOSUBDIR | MDB_NOTLS;

	if (read_only(mode))
		flags |= MDB_RDONLY;
	if (mode == ENV_LOOK)
		flags |= MDB_NOLOCK;
	if (mode == ENV_NOSYNC)
		flags |= MDB_NOSYNC;
	return flags;
}

enum metod_err metod_env_open(struct store_env *env, const char *file, enum env_mode mode,
    size_t map_bytes, struct metod_error *err)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct stat size;
	int rc;

	*env = (struct store_env){0};
	metod_schema_init();
	/* LMDB would take an empty file for one that is yet to be filled. */
	if (read_only(mode) && !stat(file, &size) && (size_t)size.st_size < 2 * page)
		return metod_fail(err, METOD_DAMAGED, file, "is no store of metod");
	rc = mdb_env_create(&env->mdb);
	if (rc)
		return metod_fail(err, metod_env_err(rc), file, "%s", mdb_strerror(rc));
	rc = mdb_env_set_maxdbs(env->mdb, DBS_MAX);
	if (!rc && !read_only(mode))
		rc = mdb_env_set_mapsize(env->mdb, (map_bytes + page - 1) / page * page);
	if (!rc)
		rc = mdb_env_open(env->mdb, file, flags_of(mode), 0600);
	if (!rc)
		rc = open_dbs(env, mode);
	if (!rc)
		return METOD_OK;
	metod_env_close(env);
	return metod_fail(err, metod_env_err(rc), file, "%s", mdb_strerror(rc));
}

void metod_env_close(struct store_env *env)
{
	if (env->mdb)
		mdb_env_close(env->mdb);
	*env = (struct store_env){0};
}

enum metod_err metod_env_err(int rc)
{
	switch (rc) {
	case 0:
		return METOD_OK;
	case MDB_NOTFOUND:
	case ENOENT:
		return METOD_NOT_FOUND;
	case MDB_MAP_FULL:
	case ENOSPC:
	case EDQUOT:
	case EFBIG: /* limit on the size of files: no room either */
		return METOD_FULL;
	case MDB_CORRUPTED:
	case MDB_PAGE_NOTFOUND:
	case MDB_INVALID:
	case MDB_INCOMPATIBLE: /* the next four: no file of ours is so */
	case MDB_CURSOR_FULL:
	case MDB_PAGE_FULL:
	case MDB_BAD_VALSIZE:
		return METOD_DAMAGED;
	case MDB_VERSION_MISMATCH:
		return METOD_VERSION;
	case MDB_READERS_FULL:
	case ENOMEM:
	case EAGAIN:
		return METOD_BUSY;
	case MDB_TXN_FULL:
		return METOD_TOO_BIG;
	default:
		return METOD_IO;
	}
}

int metod_env_commit(MDB_txn *txn)
{
	int rc;

	errno = 0;
	rc = mdb_txn_commit(txn);
	return rc == EIO && errno == 0 ? ENOSPC : rc;
}
