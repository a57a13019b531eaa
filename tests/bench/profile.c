/* SPDX-License-Identifier: Apache-2.0
 * Measuring sheets: one profile in memory, and a whole territory from the store and back
 * into it with real flushes. Works on a filled store (bench_fill open) that nobody
 * serves. bench_profile STORE KEYS WAVE SHEETS Prints one JSON object. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/flow.h"
#include "fill.h"
#include "metod/wire.h"

enum { ROUNDS = 7, TOGETHER = METOD_BATCH_MAX };

struct territory {
	struct metod_store *store;
	struct metod_app *app;
	struct metod_arena *arena;
	struct metod_wave wave;
	struct metod_framework framework;
	struct metod_form form;
	struct metod_paramset paramset;
	struct metod_submission *sheets;
	size_t n;
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	size_t at_work;
};

static _Noreturn void trouble(const char *what, const char *why)
{
	fprintf(stderr, "bench_profile: %s: %s\n", what, why);
	exit(2);
}

static void must(enum metod_err e, const char *what)
{
	if (e != METOD_OK)
		trouble(what, metod_err_text(e));
}

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static struct metod_call call_of(
    struct territory *territory, struct metod_txn *txn, struct metod_arena *arena)
{
	return (struct metod_call){.app = territory->app, .txn = txn, .arena = arena};
}

/* ---- the sheets ---- */

static void read_sheet(struct metod_call *call, const struct territory *territory,
    size_t i, struct metod_submission *ret)
{
	struct metod_attempt attempt = {.id = bench_id(i)};
	struct sheet sheet;

	must(metod_get(call->txn, METOD_T_ATTEMPT, &attempt, call->arena, &attempt),
	    "attempt");
	sheet_read(call, &attempt, &sheet);
	*ret = (struct metod_submission){.wave = territory->wave.id,
	    .person = attempt.person,
	    .attempt = attempt.id,
	    .at = attempt.started,
	    .items = attempt.items,
	    .answers = sheet.answers,
	    .source = METOD_STR("self"),
	    .wording = attempt.wording};
}

static void measure(struct metod_call *call, const struct territory *territory,
    const struct metod_submission *sheet, struct metod_profile *ret)
{
	must(compute_profile(call, &territory->wave, &territory->form,
		 &territory->framework, &territory->paramset, sheet, ret),
	    "profile");
}

static void read_all(struct territory *territory, const char *wave_code)
{
	struct metod_call call = call_of(territory, NULL, territory->arena);
	struct metod_wave key = {.code = metod_str(wave_code)};

	must(metod_read_begin(territory->store, &call.txn), "snapshot");
	must(metod_find(
		 call.txn, METOD_I_WAVE_CODE, &key, territory->arena, &territory->wave),
	    "wave");
	must(framework_of(&call, territory->wave.framework, &territory->framework),
	    "framework");
	must(wave_form(&call, &territory->wave, &territory->form), "form");
	must(wave_paramset(&call, &territory->wave, &territory->paramset), "parameters");
	territory->sheets =
	    METOD_NEWS(territory->arena, territory->n, struct metod_submission);
	for (size_t i = 0; i < territory->n; i++)
		read_sheet(&call, territory, i, &territory->sheets[i]);
	metod_read_end(call.txn);
}

/* ---- one profile ---- */

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* Median of rounds over all sheets, so that no sheet is hot in the caches. */
static double one_profile_us(struct territory *territory, size_t *ret_cells)
{
	struct metod_arena *arena = metod_arena_new();
	struct metod_call call = call_of(territory, NULL, arena);
	double us[ROUNDS];

	for (size_t round = 0; round < ROUNDS; round++) {
		double begun = now_us();
		for (size_t i = 0; i < territory->n; i++) {
			struct metod_profile profile;
			metod_arena_clear(arena);
			measure(&call, territory, &territory->sheets[i], &profile);
			*ret_cells = profile.cells.n;
		}
		us[round] = (now_us() - begun) / (double)territory->n;
	}
	metod_arena_free(arena);
	qsort(us, ROUNDS, sizeof(*us), by_size);
	return us[ROUNDS / 2];
}

/* What PostgreSQL and LMDB are given to store must be as long as what we store. */
static void stored_bytes(
    struct territory *territory, size_t *ret_answers, size_t *ret_profile)
{
	struct metod_arena *arena = metod_arena_new();
	struct metod_call call = call_of(territory, NULL, arena);
	struct metod_profile profile;
	struct metod_buf out = {0};

	metod_pack(
	    &metod_submission_desc, &territory->sheets[0], METOD_KEYS_INT, 0, &out);
	*ret_answers = out.n;
	metod_buf_clear(&out);
	measure(&call, territory, &territory->sheets[0], &profile);
	metod_pack(&metod_profile_desc, &profile, METOD_KEYS_INT, 0, &out);
	*ret_profile = out.n;
	metod_buf_done(&out);
	metod_arena_free(arena);
}

/* ---- the whole territory ---- */

struct again {
	struct metod_job job; /* first: the writer thread gives it back */
	struct territory *territory;
	struct metod_arena *arena;
	size_t number;
};

static enum metod_err measure_again(struct metod_job *job, struct metod_txn *txn)
{
	struct again *again = (struct again *)job;
	struct metod_call call = call_of(again->territory, txn, again->arena);
	struct metod_submission sheet;
	struct metod_profile profile;

	metod_arena_clear(again->arena);
	metod_record_as(txn, 0, 1);
	read_sheet(&call, again->territory, again->number, &sheet);
	measure(&call, again->territory, &sheet, &profile);
	metod_record(txn, METOD_E_PROFILE_COMPUTED, &profile);
	return METOD_OK;
}

static void again_done(struct metod_job *job, enum metod_err result)
{
	struct territory *territory = ((struct again *)job)->territory;

	must(result, "job");
	pthread_mutex_lock(&territory->mutex);
	if (--territory->at_work == 0)
		pthread_cond_signal(&territory->cond);
	pthread_mutex_unlock(&territory->mutex);
}

static double whole_territory_ms(struct territory *territory)
{
	static struct again jobs[TOGETHER];
	double begun = now_us();

	for (size_t first = 0; first < territory->n; first += TOGETHER) {
		size_t n = territory->n - first;
		n = territory->at_work = n < TOGETHER ? n : TOGETHER;
		for (size_t i = 0; i < n; i++) {
			if (!jobs[i].arena)
				jobs[i].arena = metod_arena_new();
			jobs[i].job =
			    (struct metod_job){.work = measure_again, .done = again_done};
			jobs[i].territory = territory;
			jobs[i].number = first + i;
			must(
			    metod_store_submit(territory->store, &jobs[i].job), "submit");
		}
		pthread_mutex_lock(&territory->mutex);
		while (territory->at_work)
			pthread_cond_wait(&territory->cond, &territory->mutex);
		pthread_mutex_unlock(&territory->mutex);
	}
	return (now_us() - begun) / 1e3;
}

int main(int argc, char **argv)
{
	struct territory territory = {.mutex = PTHREAD_MUTEX_INITIALIZER,
	    .cond = PTHREAD_COND_INITIALIZER,
	    .arena = metod_arena_new()};
	struct metod_store_stat before, after;
	struct metod_error err = {0};
	size_t cells = 0, answers_bytes, profile_bytes;
	uint64_t n;

	if (argc != 5 || !metod_str_u64(metod_str(argv[4]), &n))
		trouble("usage", "bench_profile STORE KEYS WAVE SHEETS");
	territory.n = n;
	const struct metod_store_config store = {.dir = argv[1]};
	if (metod_store_open(&store, &territory.store, &err))
		trouble(err.field, err.message);
	const struct metod_app_config app = {
	    .store = territory.store, .keys_dir = argv[2]};
	if (metod_app_new(&app, &territory.app, &err))
		trouble(err.field, err.message);
	read_all(&territory, argv[3]);
	stored_bytes(&territory, &answers_bytes, &profile_bytes);
	double one_us = one_profile_us(&territory, &cells);
	must(metod_store_stat(territory.store, &before), "stat");
	double all_ms = whole_territory_ms(&territory);
	must(metod_store_stat(territory.store, &after), "stat");
	printf(
	    "{\"profile_us\": %.2f, \"cells\": %zu, \"sheets\": %zu, \"territory_ms\": %.1f, "
	    "\"territory_commits\": %llu, \"answers_bytes\": %zu, \"profile_bytes\": %zu}\n",
	    one_us, cells, territory.n, all_ms,
	    (unsigned long long)(after.batches - before.batches), answers_bytes,
	    profile_bytes);
	metod_store_close(territory.store);
	metod_app_free(territory.app);
	metod_arena_free(territory.arena);
	return 0;
}
