/* SPDX-License-Identifier: Apache-2.0
 * What the fault tests need of a store beside the daemon; one job per call:
 *
 *   check DIR     verifies, then prints every idempotency key with its number, the digest
 *                 of the event stored under it and the kept reply
 *
 *   hold FILE     holds a read transaction until stdin ends
 *
 *   follow FILE   reads again and again until stdin ends, also when the map has grown
 *
 *   compact DIR   rewrites the file without its freed pages
 *
 *   grow DIR MIB  makes a store with a map of 1 MiB and writes until it is so big
 *
 * Exit 0: good; 1: the store is not whole; 2: trouble. */
#include <errno.h>
#include <lmdb.h>
#include <poll.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "metod/store.h"

static _Noreturn void trouble(const char *what, const char *why)
{
	fprintf(stderr, "store_tool: %s: %s\n", what, why);
	exit(2);
}

/* ---- check ---- */

static void print_hex(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		printf("%02x", (unsigned char)p[i]);
}

static bool print_key(struct metod_txn *txn, const struct metod_idem *row)
{
	struct metod_arena *arena = metod_arena_new();
	struct metod_event event;
	uint8_t digest[16] = {0};
	bool there = metod_journal_read(txn, row->seq, arena, &event) == METOD_OK &&
	    event.seq == row->seq;

	if (there)
		crypto_generichash(digest, sizeof(digest), (const uint8_t *)event.body.p,
		    event.body.n, NULL, 0);
	printf("key %.*s %llu ", METOD_FMT(row->key), (unsigned long long)row->seq);
	print_hex((const char *)digest, sizeof(digest));
	printf(" ");
	print_hex(row->reply.p, row->reply.n);
	printf("\n");
	metod_arena_free(arena);
	return there;
}

static bool print_keys(struct metod_txn *txn)
{
	struct metod_arena *arena = metod_arena_new();
	struct metod_scan *scan = metod_scan_table(txn, METOD_T_IDEM, NULL, 0);
	struct metod_idem row;
	enum metod_err e;
	bool good = true;

	while ((e = metod_scan_next(scan, arena, &row)) != METOD_NOT_FOUND) {
		good = !e && print_key(txn, &row) && good;
		metod_arena_clear(arena);
	}
	printf("last %llu\n", (unsigned long long)metod_journal_last(txn));
	metod_arena_free(arena);
	return good;
}

static int check(const char *dir)
{
	struct metod_store_config config = {.dir = dir};
	struct metod_verify_report report;
	struct metod_error err = {0};
	struct metod_store *store;
	struct metod_txn *txn;
	bool good;

	/* In a process of its own: a bad file can crash its reader. */
	if (metod_store_verify(dir, dir, &report, &err) ||
	    metod_store_open(&config, &store, &err)) {
		printf("bad %s: %s\n", err.field, err.message);
		return 1;
	}
	if (metod_read_begin(store, &txn))
		trouble(dir, "no snapshot");
	good = print_keys(txn);
	metod_read_end(txn);
	metod_store_close(store);
	return good ? 0 : 1;
}

/* ---- readers of another process ---- */

static void must(int rc, const char *what)
{
	if (rc)
		trouble(what, mdb_strerror(rc));
}

static bool stdin_ended(int wait_ms)
{
	struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};

	return poll(&fd, 1, wait_ms) > 0;
}

static MDB_env *open_env(const char *file)
{
	MDB_env *env;

	must(mdb_env_create(&env), "mdb_env_create");
	must(mdb_env_open(env, file, MDB_NOSUBDIR | MDB_NOTLS | MDB_RDONLY, 0600), file);
	return env;
}

static int hold(const char *file)
{
	MDB_env *env = open_env(file);
	MDB_txn *txn;

	must(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn), "mdb_txn_begin");
	printf("holding %zu\n", mdb_txn_id(txn));
	fflush(stdout);
	while (!stdin_ended(-1))
		;
	mdb_txn_abort(txn);
	mdb_env_close(env);
	return 0;
}

static int follow(const char *file)
{
	MDB_env *env = open_env(file);
	unsigned long reads = 0, resized = 0;

	printf("following\n");
	fflush(stdout);
	while (!stdin_ended(2)) {
		MDB_txn *txn;
		MDB_stat stat;
		int rc = mdb_txn_begin(env, NULL, MDB_RDONLY, &txn);

		if (rc == MDB_MAP_RESIZED) {
			resized++;
			must(mdb_env_set_mapsize(env, 0), "mdb_env_set_mapsize");
			continue;
		}
		must(rc, "mdb_txn_begin");
		must(mdb_stat(txn, 1, &stat), "mdb_stat");
		mdb_txn_abort(txn);
		reads++;
	}
	mdb_env_close(env);
	printf("read %lu resized %lu\n", reads, resized);
	return 0;
}

/* ---- compaction ---- */

static int compact(const char *dir)
{
	struct metod_store_config config = {.dir = dir};
	struct metod_error err = {0};
	struct metod_store *store;

	if (metod_store_open(&config, &store, &err))
		trouble(err.field, err.message);
	if (metod_store_compact(store, &err))
		trouble(err.field, err.message);
	metod_store_close(store);
	return 0;
}

/* ---- growth ---- */

struct command {
	struct metod_job job;
	uint64_t number, seq;
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	bool finished;
	enum metod_err result;
};

enum { MESSAGES = 60 };

static enum metod_err put(struct metod_job *job, struct metod_txn *txn)
{
	struct command *command = (struct command *)job;
	char text[METOD_TEXT_MAX];

	memset(text, 'm', sizeof(text));
	metod_record_as(txn, 1, 1);
	for (uint64_t i = 0; i < MESSAGES; i++) {
		struct metod_message message = {.id = command->number * MESSAGES + i + 1,
		    .person = command->number + 1,
		    .sending = 1,
		    .competency = METOD_STR("A1"),
		    .text = {text, sizeof(text)},
		    .deadline = METOD_NIL,
		    .at = 1,
		    .state = METOD_STR("delivered")};

		metod_record(txn, METOD_E_MESSAGE_PUT, &message);
	}
	command->seq = metod_record_last_seq(txn);
	return METOD_OK;
}

static void finish(struct metod_job *job, enum metod_err result)
{
	struct command *command = (struct command *)job;

	pthread_mutex_lock(&command->mutex);
	command->finished = true;
	command->result = result;
	pthread_cond_signal(&command->cond);
	pthread_mutex_unlock(&command->mutex);
}

static void write_some(struct metod_store *store, uint64_t number)
{
	struct command command = {.job = {.work = put, .done = finish},
	    .number = number,
	    .mutex = PTHREAD_MUTEX_INITIALIZER,
	    .cond = PTHREAD_COND_INITIALIZER};

	if (metod_store_submit(store, &command.job))
		trouble("submit", "refused");
	pthread_mutex_lock(&command.mutex);
	while (!command.finished)
		pthread_cond_wait(&command.cond, &command.mutex);
	pthread_mutex_unlock(&command.mutex);
	if (command.result)
		trouble("write", metod_err_text(command.result));
	printf("wrote %llu\n", (unsigned long long)command.seq);
	fflush(stdout);
}

static int grow(const char *dir, uint64_t mib)
{
	static const struct metod_meta meta = {
	    .one = 1, .zone = {"Europe/Samara", 13}, .young_age = 35, .young_years = 3};
	struct metod_store_config config = {.dir = dir, .map_bytes = 1 << 20};
	struct metod_store_stat stat = {0};
	struct metod_error err = {0};
	struct metod_store *store;

	if (metod_store_create(&config, &meta, 1, &err) ||
	    metod_store_open(&config, &store, &err))
		trouble(err.field, err.message);
	for (uint64_t number = 0; stat.used_bytes < mib << 20; number++) {
		write_some(store, number);
		if (metod_store_stat(store, &stat))
			trouble("stat", "failed");
	}
	metod_store_close(store);
	printf("used %llu map %llu last %llu\n", (unsigned long long)stat.used_bytes,
	    (unsigned long long)stat.map_bytes, (unsigned long long)stat.journal_last);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "check"))
		return check(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "hold"))
		return hold(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "follow"))
		return follow(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "compact"))
		return compact(argv[2]);
	if (argc == 4 && !strcmp(argv[1], "grow"))
		return grow(argv[2], strtoull(argv[3], NULL, 10));
	fprintf(stderr,
	    "usage: store_tool check DIR | hold FILE | follow FILE | compact DIR | "
	    "grow DIR MIB\n");
	return 2;
}
