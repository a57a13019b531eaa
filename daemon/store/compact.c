/* SPDX-License-Identifier: Apache-2.0
 * Compaction of a running store. LMDB leaves the bytes of deleted rows in freed pages; a
 * compacted copy does not have them. The writer thread makes the copy while others read,
 * checks it, and puts it in place of the old file while nobody does. */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "metod/log.h"

int metod_erased_mark(struct metod_store *store)
{
	char *mark = metod_dir_path(store->dir, "ERASED");
	enum metod_err e = METOD_OK;

	if (!atomic_load(&store->erased))
		e = metod_dir_write(
		    mark, METOD_STR("freed pages hold erased rows\n"), NULL);
	if (!e)
		atomic_store(&store->erased, true);
	free(mark);
	return e == METOD_FULL ? ENOSPC : e ? EIO : 0;
}

void metod_erased_look(struct metod_store *store)
{
	char *mark = metod_dir_path(store->dir, "ERASED");

	atomic_store(&store->erased, !access(mark, F_OK));
	free(mark);
}

/* The folder was flushed when the new file got its name. */
static void unmark(struct metod_store *store)
{
	char *mark = metod_dir_path(store->dir, "ERASED");

	if (!unlink(mark) || errno == ENOENT)
		atomic_store(&store->erased, false);
	free(mark);
}

bool metod_store_erased(const struct metod_store *store)
{
	return atomic_load(&store->erased);
}

/* The copy on the disk, checked: whole journal, every checksum, nothing after it lost. */
static enum metod_err make_copy(
    struct metod_store *store, const char *new, struct metod_error *err)
{
	struct metod_verify_report report;
	struct store_state state;
	struct metod_txn txn;
	enum metod_err e;
	int fd, rc;

	unlink(new);
	fd = open(new, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return metod_fail(err, metod_env_err(errno), new, "%s", strerror(errno));
	rc = mdb_env_copyfd2(store->env.mdb, fd, MDB_CP_COMPACT);
	if (!rc && fsync(fd))
		rc = errno;
	close(fd);
	if (rc)
		return metod_fail(err, metod_env_err(rc), new, "%s", mdb_strerror(rc));
	e = metod_verify_file(new, NULL, NULL, &report, &state, err);
	if (!e)
		e = metod_txn_begin(&txn, &store->env, true);
	if (e)
		return e;
	if (memcmp(state.head, txn.state.head, HASH_BYTES))
		e = metod_fail(err, METOD_FAILED, new, "is not a copy of the store");
	metod_txn_abort(&txn);
	return e;
}

/* From here on there is no way back but the old file itself, which is good until the
 * rename. */
static void swap(struct metod_store *store, const char *new)
{
	char *lock = metod_dir_lock_path(store->file);
	struct metod_error err = {0};
	enum metod_err e;

	metod_gate_close(store);
	metod_readers_free(store);
	metod_env_close(&store->env);
	unlink(lock); /* belongs to the file that goes */
	e = metod_dir_rename(new, store->file, &err);
	if (!e)
		e = metod_env_open(&store->env, store->file,
		    store->config.nosync ? ENV_NOSYNC : ENV_WRITE,
		    store->config.map_bytes, &err);
	if (e)
		metod_store_fatal(store, err.message);
	metod_gate_open(store);
	free(lock);
}

enum metod_err metod_compact_here(struct metod_store *store, struct metod_error *err)
{
	char *new = metod_dir_path(store->dir, "store.mdb.new");
	enum metod_err e = make_copy(store, new, err);

	if (!e) {
		swap(store, new);
		unmark(store);
	}
	unlink(new);
	free(new);
	return e;
}
