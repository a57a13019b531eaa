/* SPDX-License-Identifier: Apache-2.0
 * Shared by the files of daemon/store only: the LMDB environment, transactions, stored
 * values, the journal and apply(). Nobody outside this folder includes it. */
#pragma once

#include <lmdb.h>
#include <pthread.h>
#include <stdatomic.h>

#include "metod/store.h"
#include "metod/wire.h"

#include "schema.h"

enum {
	/* Databases beside the tables and indexes, which are at their own numbers. */
	DB_STATE =
	    200, /* one value: sequence, head of the chain, generation, row counts */
	DB_JOURNAL = 201, /* sequence -> event */
	DB_SUBJECT = 202, /* person, sequence: events that hold data of a person */
	DB_PARTS = 203,   /* further parts of values longer than PART_BYTES */

	PART_BYTES =
	    16 * 4096 - 16, /* LMDB 0.9.24: no values above 64 KiB; fills 16 pages */
	HASH_BYTES = 32,
	SALT_BYTES = 16,
};

/* ---- environment: env.c ---- */

struct store_env {
	MDB_env *mdb;
	MDB_dbi
	    dbi[SCHEMA_DBS]; /* 0: absent in an older store that was opened read-only */
};

enum env_mode {
	ENV_READ, /* nothing is created or changed but the lock file */
	ENV_LOOK, /* nor that; a writer may pull pages away: checksums tell, try again */
	ENV_WRITE,
	ENV_NOSYNC, /* not flushed: thrown away soon, or the control of a durability test
		     */
};

/* NULL: no database of that number. The name is the one inside LMDB. */
const char *metod_env_db_name(unsigned number);
METOD_MUST_CHECK enum metod_err metod_env_open(struct store_env *env, const char *file,
    enum env_mode mode, size_t map_bytes, struct metod_error *err);
void metod_env_close(struct store_env *env);
/* The only translation of LMDB codes and of errno that LMDB returns. */
enum metod_err metod_env_err(int rc);
/* mdb_txn_commit that tells a full disk from a failing one: LMDB reports a short write,
 * which means "no room", as EIO. */
int metod_env_commit(MDB_txn *txn);

/* ---- files beside the environment: dir.c ---- */

/* "dir/name" on the heap. */
char *metod_dir_path(const char *dir, const char *name);
/* The file of the store: of a folder that one in it, else the name itself; on the heap.
 */
char *metod_dir_store(const char *file_or_dir);
/* LMDB's own lock file, "file-lock". */
char *metod_dir_lock_path(const char *file);
enum metod_err metod_dir_sync(const char *dir, struct metod_error *err);
/* Flushes the folder that holds the file. */
enum metod_err metod_dir_sync_parent(const char *file, struct metod_error *err);
enum metod_err metod_dir_rename(
    const char *from, const char *to, struct metod_error *err);
/* Writes a small file through a temporary one: it is there whole or not at all. */
enum metod_err metod_dir_write(
    const char *path, struct metod_str text, struct metod_error *err);
/* One daemon, or one restore, per store; the descriptor holds the lock. */
METOD_MUST_CHECK enum metod_err metod_dir_lock(
    const char *dir, int *ret_fd, struct metod_error *err);
enum metod_err metod_dir_format_write(const char *dir, struct metod_error *err);
/* VERSION when it is newer than this program, NOT_FOUND when there is no store. Changes
 * nothing. FORMAT only keeps older programs away; the truth is in the state of the file.
 */
METOD_MUST_CHECK enum metod_err metod_dir_format_check(
    const char *dir, struct metod_error *err);
/* Gives the file to the owner of its folder, when an administrator works on it. */
enum metod_err metod_dir_adopt(
    const char *dir, const char *file, struct metod_error *err);
/* The checked file `new` becomes the store of the folder in one step; the store before it
 * keeps the name `aside` (NULL: there is none). Nothing is lost wherever it stops. */
METOD_MUST_CHECK enum metod_err metod_dir_swap(
    const char *dir, const char *new, const char *aside, struct metod_error *err);

/* ---- transactions: txn.c ---- */

/* Kept in the same transaction as what it counts. */
struct store_state {
	unsigned format;          /* of the file; an older one is only read */
	uint64_t seq;             /* of the last event */
	uint64_t generation;      /* drawn anew at creation and at every restore */
	uint8_t head[HASH_BYTES]; /* chain hash of the last event */
	uint64_t rows[SCHEMA_TABLES];
};

struct recording; /* record.c */

struct metod_txn {
	struct store_env *env;
	MDB_txn *mdb;
	int rc; /* first LMDB failure; sticky, so that the writer can tell its kind */
	bool writes;
	bool damaged; /* a row or index entry could not be read since the beginning */
	bool erases;  /* a person was forgotten: bytes of rows are left in freed pages */
	struct store_state state; /* of a write transaction */
	struct recording *recording;
	struct metod_scan *scans;
	/* reads of a running store */
	struct metod_store *store;
	struct metod_txn *next;
	int64_t begin_ms; /* monotonic; 0: resting in the pool */
};

METOD_MUST_CHECK enum metod_err metod_txn_begin(
    struct metod_txn *txn, struct store_env *env, bool writes);
/* Saves the state and commits; LMDB code. */
int metod_txn_commit(struct metod_txn *txn);
void metod_txn_abort(struct metod_txn *txn);
void metod_txn_end_scans(struct metod_txn *txn);
/* Keeps the first LMDB code and translates it. */
enum metod_err metod_txn_fail(struct metod_txn *txn, int rc);
/* VERSION when a newer program wrote it, DAMAGED. */
enum metod_err metod_state_load(struct metod_txn *txn, struct store_state *ret);

/* ---- stored values: value.c ---- */

MDB_val metod_val(const void *bytes, size_t n);
/* The slice points into the map, or into the arena when the value has parts. */
enum metod_err metod_value_get(struct metod_txn *txn, unsigned db, MDB_val key,
    struct metod_arena *arena, struct metod_str *ret);
enum metod_err metod_value_put(
    struct metod_txn *txn, unsigned db, MDB_val key, struct metod_str value);
enum metod_err metod_value_del(struct metod_txn *txn, unsigned db, MDB_val key);
/* Row value: version, number of the table, length and checksum around the packed record.
 * The checksum covers the key, so a row under another key is damaged. */
void metod_row_seal(
    unsigned table, MDB_val key, struct metod_str body, struct metod_buf *out);
enum metod_err metod_row_unseal(
    unsigned table, MDB_val key, struct metod_str value, struct metod_str *ret_body);
/* A verified row as record. NOT_FOUND, DAMAGED. */
enum metod_err metod_row_load(struct metod_txn *txn, const struct schema_table *table,
    MDB_val key, struct metod_arena *arena, void *ret);

void metod_be32(uint8_t *p, uint32_t number);
void metod_be64(uint8_t *p, uint64_t number);
uint32_t metod_from_be32(const uint8_t *p);
uint64_t metod_from_be64(const uint8_t *p);

/* ---- journal: journal.c ---- */

struct store_entry {
	uint64_t seq;
	int64_t time_ms;
	uint64_t actor;
	uint64_t subject; /* person whose data the body is */
	uint64_t person;  /* person whose data the extra part may hold */
	unsigned kind;
	bool body_erased, extra_erased;
	struct metod_str body;
	struct metod_str extra; /* packed IDEM row, empty without idempotency key */
	uint8_t prev[HASH_BYTES];
	uint8_t hash[HASH_BYTES]; /* chain hash of this event */
};

/* Next event of the store: gives it the sequence number and the previous hash of
 * txn->state and moves both on. */
enum metod_err metod_journal_append(struct metod_txn *txn, struct store_entry *entry);
/* Index entries of an event; derived from what erasure leaves in place. */
enum metod_err metod_journal_index(
    struct metod_txn *txn, const struct store_entry *entry);
/* The event as it is stored; *ret as of metod_journal_get. */
enum metod_err metod_journal_copy(struct metod_txn *from, struct metod_txn *into,
    uint64_t seq, struct metod_arena *arena, struct store_entry *ret);
/* DAMAGED also when a body does not match its digest. NOT_FOUND. */
enum metod_err metod_journal_get(struct metod_txn *txn, uint64_t seq,
    struct metod_arena *arena, struct store_entry *ret);
/* Removes bodies and extra parts that hold data of the person from events before `seq`.
 */
enum metod_err metod_journal_forget(struct metod_txn *txn, uint64_t person,
    bool answers_only, uint64_t seq, struct metod_arena *arena);
/* Does PERSON_FORGOTTEN of this scope remove such data? */
bool metod_forgets(const struct schema_table *table, bool answers_only);
bool metod_scope_is_answers(struct metod_str scope);

/* ---- what was forgotten: forgotten.c ---- */

struct forgotten {
	uint64_t person, seq;
	bool answers_only;
};
struct forgotten_list {
	struct forgotten *p;
	size_t n;
};
/* Takes in a PERSON_FORGOTTEN; DAMAGED when it cannot be read. */
enum metod_err metod_forgotten_add(struct forgotten_list *list,
    const struct store_entry *entry, struct metod_arena *arena);
/* Does one of them, later than `seq`, remove rows of the person from this table? */
bool metod_forgotten_covers(const struct forgotten_list *list, uint64_t person,
    uint64_t seq, const struct schema_table *table);
void metod_forgotten_done(struct forgotten_list *list);

/* ---- apply.c ---- */

/* Puts what the event says into the tables: the only code that writes them. `replay`: the
 * journal is somewhere else and already erased. A failure leaves the transaction fit only
 * for abort. */
enum metod_err metod_apply(struct metod_txn *txn, const struct store_entry *entry,
    bool replay, struct metod_arena *arena);

/* ---- recording of a handler: record.c ---- */

/* step_ms: set to now with each event that is recorded or applied; NULL: nobody looks. */
struct recording *metod_recording_new(_Atomic int64_t *step_ms);
void metod_recording_free(struct recording *recording);
void metod_recording_clear(struct recording *recording);
size_t metod_recording_bytes(const struct recording *recording);
/* Appends and applies what the handler recorded. */
enum metod_err metod_recording_apply(struct metod_txn *txn, struct metod_arena *arena);

/* ---- the running store: store.c, read.c, writer.c, compact.c ---- */

/* Work for the writer thread between two batches, outside of any transaction. */
struct store_chore {
	bool finished;
	enum metod_err result;
	struct metod_error *err;
};

struct metod_store {
	struct metod_store_config config; /* defaults filled in; dir is our copy */
	char *dir;
	char *file;
	int lock_fd;
	struct store_env env;

	/* readers: read.c */
	pthread_mutex_t read_mutex;
	pthread_cond_t read_cond;
	struct metod_txn *readers; /* all, resting ones too */
	unsigned reading;
	bool gate_closed; /* the map is about to move */

	/* queue: writer.c */
	pthread_mutex_t queue_mutex;
	pthread_cond_t queue_cond;
	struct metod_job *first, **last;
	size_t queued;
	bool closing;
	struct store_chore *chore;
	pthread_cond_t chore_cond;
	pthread_t writer;
	uint64_t batches, commands;
	bool refusing;
	/* Monotonic time of the writer's last step; 0: it has nothing to do. */
	_Atomic int64_t step_ms;
	_Atomic bool at_chore;

	atomic_bool erased; /* the file ERASED is there: compact.c */
};

/* Waits until no thread of this process reads, and keeps new readers waiting. */
void metod_gate_close(struct metod_store *store);
void metod_gate_open(struct metod_store *store);
void metod_readers_free(struct metod_store *store);
/* Counts as a reader without a transaction of ours: for LMDB's own copy. */
void metod_gate_enter(struct metod_store *store);
void metod_gate_leave(struct metod_store *store);
void *metod_writer_main(void *store);
/* Logs and ends the process; for what must not be answered. */
_Noreturn void metod_store_fatal(struct metod_store *store, const char *why);
/* On the writer thread. */
enum metod_err metod_compact_here(struct metod_store *store, struct metod_error *err);
/* Before a commit that erases: a file says so until the store has been compacted, so that
 * a crash in between does not keep what was erased. 0 or errno. */
int metod_erased_mark(struct metod_store *store);
/* At opening: is there such a file? */
void metod_erased_look(struct metod_store *store);
uint64_t metod_store_generation(void); /* a new random one */
int64_t metod_monotonic_ms(void);

/* ---- verification: child.c ---- */

/* Reads the store in a child process, because a damaged file can end its reader.
 * `scratch` NULL: journal and checksums only, no replay. `head` as in metod_check_file.
 */
enum metod_err metod_verify_file(const char *file, const char *scratch,
    const struct metod_head *head, struct metod_verify_report *ret,
    struct store_state *ret_state, struct metod_error *err);
