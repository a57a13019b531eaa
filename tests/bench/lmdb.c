/* SPDX-License-Identifier: Apache-2.0
 * LMDB alone, with the work that PostgreSQL is given: journal value, answers, profile and
 * receipt of a submission, 64 submissions in one transaction, committed with a real
 * flush. bench_lmdb FILE SECONDS ANSWERS-BYTES PROFILE-BYTES Prints one JSON object;
 * times are from the begin of the transaction to its commit. */
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "metod/base.h"

enum { BATCH = 64, TABLES = 4, TIMES_MAX = 1 << 20, VALUE_MAX = 1 << 16 };

static const char *const names[TABLES] = {"journal", "answers", "profile", "receipt"};

struct bench {
	MDB_env *env;
	MDB_dbi dbi[TABLES];
	size_t bytes[TABLES];
	uint64_t seq, rng;
};

static void must(int rc)
{
	if (!rc)
		return;
	fprintf(stderr, "bench_lmdb: %s\n", mdb_strerror(rc));
	exit(2);
}

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void open_env(struct bench *bench, const char *file)
{
	MDB_txn *txn;

	must(mdb_env_create(&bench->env));
	must(mdb_env_set_maxdbs(bench->env, TABLES));
	must(mdb_env_set_mapsize(bench->env, (size_t)16 << 30));
	must(mdb_env_open(bench->env, file, MDB_NOSUBDIR, 0600));
	must(mdb_txn_begin(bench->env, NULL, 0, &txn));
	for (size_t i = 0; i < TABLES; i++)
		must(mdb_dbi_open(txn, names[i], MDB_CREATE, &bench->dbi[i]));
	must(mdb_txn_commit(txn));
}

/* The journal's keys rise; the others are as random as ids and keys are. */
static void put_submission(struct bench *bench, MDB_txn *txn)
{
	static char value[VALUE_MAX];
	uint64_t person = metod_rand64(&bench->rng);

	memcpy(value, &person, sizeof(person));
	for (size_t i = 0; i < TABLES; i++) {
		uint64_t number = i ? person : __builtin_bswap64(++bench->seq);
		MDB_val key = {sizeof(number), &number};
		MDB_val data = {bench->bytes[i], value};
		must(mdb_put(txn, bench->dbi[i], &key, &data, 0));
	}
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	static double times[TIMES_MAX];
	struct bench bench = {.rng = 1};
	uint64_t answers, profile;
	double seconds;
	size_t n = 0;

	if (argc != 5 || !metod_str_real(metod_str(argv[2]), &seconds) ||
	    !metod_str_u64(metod_str(argv[3]), &answers) ||
	    !metod_str_u64(metod_str(argv[4]), &profile) || answers > VALUE_MAX ||
	    profile > VALUE_MAX)
		return 2;
	bench.bytes[0] = bench.bytes[1] = answers;
	bench.bytes[2] = profile;
	bench.bytes[3] = 64;
	open_env(&bench, argv[1]);
	double begun = now_s(), now = begun;
	while (n < TIMES_MAX && now - begun < seconds) {
		MDB_txn *txn;
		must(mdb_txn_begin(bench.env, NULL, 0, &txn));
		for (int i = 0; i < BATCH; i++)
			put_submission(&bench, txn);
		must(mdb_txn_commit(txn));
		double end = now_s();
		times[n++] = (end - now) * 1e6;
		now = end;
	}
	qsort(times, n, sizeof(*times), by_size);
	printf("{\"commits\": %zu, \"commit_p50_us\": %.1f, \"commit_p99_us\": %.1f, "
	       "\"jobs_per_second\": %.1f}\n",
	    n, times[n / 2], times[n * 99 / 100], (double)n * BATCH / (now - begun));
	mdb_env_close(bench.env);
	return 0;
}
