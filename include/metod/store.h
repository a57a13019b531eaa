/* SPDX-License-Identifier: Apache-2.0
 * The store: journal, projections, group commit. Only daemon/store knows LMDB.
 * Events are the truth; every table row is put by apply() of an event in the same
 * transaction. */
#pragma once

#include "metod/base.h"
#include "metod/errors.h"
#include "metod/tables.h"

struct metod_store;
struct metod_txn; /* a read snapshot or the current write transaction, seen by handlers */

/* Format that this program writes. It reads the journal of every older one (format.c). */
extern const unsigned metod_store_format;
enum { METOD_HEAD_BYTES = 32 };
/* Hash of the chain at an event: what makes a cut-off or rewritten journal visible, when
 * it is kept elsewhere. */
struct metod_head {
	uint64_t seq;
	uint8_t hash[METOD_HEAD_BYTES];
};
/* "SEQ:HEX"; false when it is not that. */
bool metod_head_parse(struct metod_str text, struct metod_head *ret);
enum { METOD_HEAD_TEXT = 20 + 1 + 2 * METOD_HEAD_BYTES + 1 };
void metod_head_text(const struct metod_head *head, char out[METOD_HEAD_TEXT]);

struct metod_store_config {
	const char *dir;    /* data directory: holds store.mdb, lock, FORMAT; keys live
			       beside, not here */
	size_t map_bytes;   /* 0: 64 GiB sparse */
	size_t map_max;     /* 0: 1 TiB; growth stops there */
	unsigned commit_ms; /* longest wait for as many commands as in the last batch; 0:
			       none */
	unsigned batch_max; /* 0: METOD_BATCH_MAX */
	bool nosync; /* ONLY for the control of the durability harness: breaks the promise
		      */
	/* Called on the writer thread when the disk reported EIO or LMDB panicked; must
	 * not return (the daemon exits and is restarted by the service manager). NULL:
	 * abort(). */
	void (*fatal)(const char *why);
};

/* Creates an empty store with its first event. CONFLICT if there is one already. */
METOD_MUST_CHECK enum metod_err metod_store_create(
    const struct metod_store_config *config, const struct metod_meta *meta,
    int64_t now_ms, struct metod_error *err);
/* Opens, takes the lock of one daemon per store (LOCKED), checks the format (VERSION),
 * starts the writer thread. */
METOD_MUST_CHECK enum metod_err metod_store_open(const struct metod_store_config *config,
    struct metod_store **ret_store, struct metod_error *err);
/* Finishes queued work, stops the writer thread, closes. NULL allowed. */
void metod_store_close(struct metod_store *store);
/* Once a minute: frees what a killed process of this store left behind. */
void metod_store_tick(struct metod_store *store);

/* ---- reads ---- */
/* A snapshot; must end within one turn of the loop (pool threads: copy out and end). One
 * at a time in a thread: the map moves only when nobody reads. */
METOD_MUST_CHECK enum metod_err metod_read_begin(
    struct metod_store *store, struct metod_txn **ret);
void metod_read_end(struct metod_txn *txn); /* closes its scans too */

/* Row by primary key: key fields are taken from `key` (a record of that table).
 * NOT_FOUND, DAMAGED. Everything returned is copied into the arena; verified checksum. */
enum metod_err metod_get(struct metod_txn *txn, enum metod_table table, const void *key,
    struct metod_arena *arena, void *ret);
/* First row whose index fields equal those of `key`. */
enum metod_err metod_find(struct metod_txn *txn, enum metod_index index, const void *key,
    struct metod_arena *arena, void *ret);

struct metod_scan;
/* Rows in key order whose first `fields` key fields equal those of `key` (0: all rows).
 */
struct metod_scan *metod_scan_table(
    struct metod_txn *txn, enum metod_table table, const void *key, unsigned fields);
struct metod_scan *metod_scan_index(
    struct metod_txn *txn, enum metod_index index, const void *key, unsigned fields);
/* Next row into ret; NOT_FOUND at the end; DAMAGED names the key in the log and goes on
 * next time.
 */
enum metod_err metod_scan_next(
    struct metod_scan *scan, struct metod_arena *arena, void *ret);
void metod_scan_end(
    struct metod_scan *scan); /* optional: the transaction closes it too */
uint64_t metod_table_count(struct metod_txn *txn, enum metod_table table);

/* ---- journal, for audit and export ---- */
struct metod_event {
	uint64_t seq;
	int64_t time_ms;
	uint64_t actor; /* user id, or person id of a respondent with
			   METOD_ACTOR_RESPONDENT; 0: system */
	enum metod_event_kind kind;
	uint64_t subject;      /* person id, 0: none */
	bool erased;           /* body was removed by a later PERSON_FORGOTTEN */
	struct metod_str body; /* msgpack, integer keys */
};
#define METOD_ACTOR_RESPONDENT (1ULL << 53)
/* First event with seq >= from; ret in the arena. NOT_FOUND when there is none. DAMAGED:
 * ret->seq names it, go on behind it. */
enum metod_err metod_journal_read(struct metod_txn *txn, uint64_t from,
    struct metod_arena *arena, struct metod_event *ret);
uint64_t metod_journal_last(struct metod_txn *txn);

/* ---- writes ---- */
/* One command on its way through the writer thread. The caller owns it until done(). */
struct metod_job {
	/* Runs on the writer thread inside the write transaction: reads, decides,
	 * records. A return other than METOD_OK drops what it recorded. May run again
	 * (grown map, failed batch): it must start from scratch each time. */
	enum metod_err (*work)(struct metod_job *job, struct metod_txn *txn);
	/* Runs on the writer thread after the commit with a real flush (METOD_OK), or
	 * with what went wrong: result of work, METOD_FULL, METOD_IO. Must not block. */
	void (*done)(struct metod_job *job, enum metod_err result);
	struct metod_job *next;
	enum metod_err result;
};
/* BUSY when the queue is full (the job is not taken). Any thread. */
METOD_MUST_CHECK enum metod_err metod_store_submit(
    struct metod_store *store, struct metod_job *job);

/* False: the writer thread has work and has come no step further for longer than most_ms
 * (a commit, a handler that records nothing); a compaction may take half an hour. Any
 * thread. */
bool metod_store_writer_moves(const struct metod_store *store, int64_t most_ms);

/* Inside work(): */
void metod_record_as(struct metod_txn *txn, uint64_t actor, int64_t now_ms);
/* Buffers one event; body is a record of the event's table. Applied after work() returned
 * OK. */
void metod_record(struct metod_txn *txn, enum metod_event_kind kind, const void *body);
size_t metod_recorded(const struct metod_txn *txn); /* events buffered so far */
uint64_t metod_record_last_seq(
    const struct metod_txn *txn); /* seq of the last buffered event; 0 none */
void metod_record_digest(
    struct metod_txn *txn, uint8_t ret[16]); /* of the last buffered body */
/* Binds the buffered events to an idempotency key: the last event carries key, digest and
 * reply, and apply stores them as an IDEM row. `person` is the one whose data the reply
 * may hold. */
void metod_record_key(struct metod_txn *txn, uint64_t actor, struct metod_str key,
    const uint8_t digest[16], struct metod_str reply, uint64_t person);
bool metod_txn_writes(const struct metod_txn *txn);
/* What kept something from being read here (by this job, or in this snapshot): damage, no
 * memory, the disk. An answer made after it would lack rows, or take a row for absent, so
 * it must not be given. METOD_OK: nothing did. */
enum metod_err metod_txn_trouble(const struct metod_txn *txn);

/* ---- care ---- */
struct metod_store_stat {
	uint64_t journal_last, map_bytes, used_bytes, file_bytes,
	    free_bytes; /* free: of the disk */
	uint64_t batches, commands, queued, readers_oldest_ms, generation;
	bool refusing; /* the last commit met a full disk */
	struct metod_head head;
	struct {
		const char *name;
		uint64_t rows;
	} tables[40];
	size_t n_tables;
};
enum metod_err metod_store_stat(struct metod_store *store, struct metod_store_stat *ret);
/* Rewrites the file of a running store without the freed pages, which still hold the
 * bytes of what was erased: after a PERSON_FORGOTTEN, and whenever the file is much
 * larger than its content. Writes wait meanwhile (about a second for 100 MB), reads only
 * for the swap. Blocks the caller: a pool thread, without a read transaction. On failure
 * the old file stays. */
METOD_MUST_CHECK enum metod_err metod_store_compact(
    struct metod_store *store, struct metod_error *err);
/* A person was forgotten since the last compaction, perhaps by a process that ended
 * before it came to one. Any thread. */
bool metod_store_erased(const struct metod_store *store);
/* Consistent compacted copy of a running store into a new file, flushed, unchecked: for
 * whoever checks it. Blocks the caller; writes go on. */
METOD_MUST_CHECK enum metod_err metod_store_copy(
    struct metod_store *store, const char *to, struct metod_error *err);
/* The same under the name `to` only when it has been read through, + manifest `to`.json.
 * CONFLICT if `to` exists. */
METOD_MUST_CHECK enum metod_err metod_store_backup(struct metod_store *store,
    const char *to, uint64_t *ret_last_seq, struct metod_error *err);

/* ---- trouble: verification, restore, rebuild, upgrade ---- */

/* clang-format off */
/* name, text (msgid); behind "TABLE KEY" */
#define METOD_FOUND_KINDS(K)                                          \
	K(EVENT_MISSING,   "is missing")                                \
	K(EVENT_DAMAGED,   "is damaged")                                \
	K(EVENT_UNCHAINED, "does not follow the one before")            \
	K(EVENT_UNAPPLIED, "cannot be applied")                         \
	K(EVENT_LAST,      "should be the last one")                    \
	K(EVENT_ERASURE,   "is erased without cause, or not erased")    \
	K(STATE_HEAD,      "does not name the end of the journal")      \
	K(ROW_DAMAGED,     "has a damaged row")                         \
	K(ROW_MISSING,     "lacks a row that the journal gives")        \
	K(ROW_EXTRA,       "has a row that the journal does not give")  \
	K(ROW_DIFFERENT,   "has a row unlike the journal's")            \
	K(ROW_COUNT,       "does not count its rows right")             \
	K(TABLE_ABSENT,    "is a table that is missing")                \
	K(TABLE_UNKNOWN,   "is no table of a store")                    \
	K(PAGES,           "cannot be read to its end: its pages are damaged") \
	K(HEAD_DIFFERS,    "is not the one that was noted elsewhere")   \
	K(HEAD_ABSENT,     "was noted elsewhere and is not there: the journal was cut")
/* clang-format on */
enum metod_found_kind {
#define METOD_FOUND_ENUM(name, text) METOD_FOUND_##name,
	METOD_FOUND_KINDS(METOD_FOUND_ENUM)
#undef METOD_FOUND_ENUM
};
const char *metod_found_text(enum metod_found_kind kind); /* msgid */

/* One thing that is wrong. The key has ids and opaque words: no personal data. */
struct metod_found {
	char table[24]; /* table or index, "event", "state" */
	char key[72];   /* may be "" */
	enum metod_found_kind kind;
};
enum { METOD_FOUND_MAX = 100 };

/* Takes away what a process that was killed left in a folder of the store or of its
 * backups: temporary files, unfinished copies and checks. Nobody else may work there
 * meanwhile. */
void metod_store_sweep(const char *dir);
/* What is made for one check has a name that begins so. It holds personal data. */
#define METOD_SCRATCH ".check-"

struct metod_verify_report {
	uint64_t events, rows, erased, damaged, missing, extra, different;
	bool chain_ok, sequence_ok, checksums_ok, tables_equal;
	unsigned format;   /* older than metod_store_format: tables were not compared */
	uint64_t chain_to; /* events 1..chain_to are whole and chained */
	int64_t last_ms;   /* time of the last event that could be read */
	size_t n_found;    /* all; the first METOD_FOUND_MAX are listed */
	struct metod_found found[METOD_FOUND_MAX];
	char reading[24]; /* table that was being read at the end */
};
/* Reads the whole store at `file_or_dir` (not open in this process), checks checksums,
 * sequence and chain, replays the journal into an empty environment below `scratch` and
 * compares every table byte by byte. In a child process: a damaged file may end its
 * reader. METOD_OK only when all agree; DAMAGED otherwise, the report says where. */
METOD_MUST_CHECK enum metod_err metod_store_verify(const char *file_or_dir,
    const char *scratch, struct metod_verify_report *ret, struct metod_error *err);
/* The same for a copy, which must also be the file that its manifest describes (a copy
 * without manifest is checked all the same: *ret_described). */
METOD_MUST_CHECK enum metod_err metod_store_verify_copy(const char *file,
    const char *scratch, bool *ret_described, struct metod_verify_report *ret,
    struct metod_error *err);
/* Only that: fast, and enough for a copy that was checked when it was made. NOT_FOUND: it
 * has no manifest. */
METOD_MUST_CHECK enum metod_err metod_store_copy_intact(
    const char *file, struct metod_error *err);
/* The journal alone: checksums, sequence, chain, and the head that was kept elsewhere
 * (NULL: none, then an end that was cut off passes unseen). DAMAGED with a report. */
METOD_MUST_CHECK enum metod_err metod_store_audit(const char *file_or_dir,
    const struct metod_head *head, struct metod_verify_report *ret,
    struct metod_error *err);

/* What a quick look at a store or copy shows; also at one that is served. Read in a child
 * process; nothing is written, no lock is taken. */
struct metod_store_facts {
	unsigned format;
	uint64_t seq, generation;
	struct metod_head head;
	int64_t last_ms;      /* time of the last event */
	uint64_t used_bytes;  /* of the map */
	bool grew_from;       /* has the event of `from` with that very hash */
	uint64_t after;       /* events behind it */
	uint64_t submissions, erasures; /* among them */
	int64_t after_ms;     /* time of the first of them */
};
/* from: NULL or a head. NOT_FOUND, DAMAGED, VERSION. */
METOD_MUST_CHECK enum metod_err metod_store_look(const char *file_or_dir,
    const struct metod_head *from, struct metod_store_facts *ret,
    struct metod_error *err);

/* What a restore would do. */
struct metod_restore_plan {
	struct metod_verify_report copy;
	struct metod_store_facts of_copy;
	bool described; /* the copy has a manifest */
	enum metod_err
	    in_place; /* OK, NOT_FOUND: no store there; else it cannot be read */
	struct metod_store_facts
	    now; /* of the store in place, seen from the copy's end */
};
/* Checks the copy, looks at the store in place, changes nothing. */
METOD_MUST_CHECK enum metod_err metod_store_restore_plan(const char *backup,
    const char *dir, const char *scratch, struct metod_restore_plan *ret,
    struct metod_error *err);
/* A verified copy in place of an absent or stopped store; a new store generation. What is
 * put in place is made anew from the journal of the copy, so that nothing of the copy but
 * its checked events is ever trusted. The store before it keeps the name `aside` in the
 * folder (used only if there is one). LOCKED, VERSION, DAMAGED. */
METOD_MUST_CHECK enum metod_err metod_store_restore(
    const char *backup, const char *dir, const char *aside, struct metod_error *err);

/* How much of a journal can be saved. */
struct metod_rebuild_report {
	uint64_t readable;   /* events 1..readable are whole */
	uint64_t last;       /* the last one that there was */
	bool whole;          /* all of them */
	bool done;           /* a new store is in place */
	uint64_t generation; /* of the new store */
	int64_t last_ms;     /* time of the event `readable` */
};
/* A new store from the journal of a stopped one, whose tables are thrown away. A damaged
 * journal is cut only when `keep` says how many events: at most `readable`; the
 * generation changes then. DAMAGED with a report when the journal is not whole and keep
 * is 0. The old file stays as `aside`. */
METOD_MUST_CHECK enum metod_err metod_store_rebuild(const char *dir, uint64_t keep,
    const char *aside, struct metod_rebuild_report *ret, struct metod_error *err);
/* The same for a store of an older format with a whole journal; sequence, chain and
 * generation stay. CONFLICT: it has the format of this program already. */
METOD_MUST_CHECK enum metod_err metod_store_upgrade(const char *dir, const char *aside,
    struct metod_rebuild_report *ret, struct metod_error *err);
