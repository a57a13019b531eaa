/* SPDX-License-Identifier: Apache-2.0
 * Fills a stopped store fast: the events that the commands would record, through the real
 * journal and tables, flushed once at the end instead of at every commit.
 *   bench_fill STORE KEYS WAVE open N LIST   N begun sheets with all pages saved
 *   bench_fill STORE KEYS WAVE sent N LIST   N sent sheets in waves like WAVE, one begun
 * LIST gets the sizes of the pages, then one session a line of each begun sheet. Ids and
 * answers follow from the number of the sheet: two runs make the same content. Ids of
 * begun sheets are as scattered as the daemon's own; those of sent ones rise, which makes
 * a file of a million in minutes. */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/flow.h"
#include "fill.h"

enum { TOGETHER = 256, PERSONS = 50000, DAY_MS = 86400000 };

/* What all sheets share; the content lives in `arena` and in the app. */
struct filler {
	struct metod_store *store;
	struct metod_app *app;
	struct metod_arena *arena;
	struct metod_wave wave; /* the one that exists */
	struct metod_framework framework;
	struct metod_form form;
	struct metod_paramset paramset;
	int64_t now_ms;
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	size_t at_work;
};

struct sheet_job {
	struct metod_job job; /* first: the writer thread gives it back */
	struct filler *filler;
	struct metod_arena *arena;
	uint64_t number;
	bool sent;
	struct metod_u64s pages;
	struct metod_str session;
};

static _Noreturn void trouble(const char *what, const char *why)
{
	fprintf(stderr, "bench_fill: %s: %s\n", what, why);
	exit(2);
}

static void must(enum metod_err e, const char *what)
{
	if (e != METOD_OK)
		trouble(what, metod_err_text(e));
}

/* A call of nobody, for what reads through the cache of the app. */
static struct metod_call call_of(
    struct filler *filler, struct metod_txn *txn, struct metod_arena *arena)
{
	return (struct metod_call){
	    .app = filler->app, .txn = txn, .arena = arena, .now_ms = filler->now_ms};
}

/* ---- one sheet ---- */

static void record_person(
    struct metod_txn *txn, const struct sheet_job *job, uint64_t person)
{
	struct metod_person row = {.id = person,
	    .code = metod_arena_printf(job->arena, "B-%llu", (unsigned long long)person),
	    .name = METOD_STR("Пробина Анна Ивановна"),
	    .org = job->filler->wave.org,
	    .position = METOD_STR("teacher"),
	    .category_until = METOD_NIL,
	    .hired = METOD_NIL};
	metod_record(txn, METOD_E_PERSON_PUT, &row);
}

static void record_wave(
    struct metod_txn *txn, const struct sheet_job *job, struct metod_wave wave)
{
	wave.code = metod_arena_printf(job->arena, "B%llu", (unsigned long long)wave.id);
	metod_record(txn, METOD_E_WAVE_PUT, &wave);
}

static void record_pages(struct metod_txn *txn, const struct metod_attempt *attempt,
    const struct metod_i64s *answers)
{
	for (size_t p = 0, at = 0; p < attempt->pages.n; at += attempt->pages.p[p++]) {
		struct metod_page page = {.attempt = attempt->id,
		    .page = p + 1,
		    .person = attempt->person,
		    .version = 1,
		    .answers = {answers->p + at, attempt->pages.p[p]},
		    .saved = attempt->started,
		    .spent_ms = 40000};
		metod_record(txn, METOD_E_PAGE_SAVED, &page);
	}
}

static void record_sent(struct metod_txn *txn, const struct sheet_job *job,
    const struct metod_attempt *attempt, const struct metod_i64s *answers)
{
	struct filler *filler = job->filler;
	struct metod_call call = call_of(filler, txn, job->arena);
	struct metod_wave wave = filler->wave;
	struct metod_submission submission = {.wave = attempt->wave,
	    .person = attempt->person,
	    .attempt = attempt->id,
	    .at = attempt->started,
	    .items = attempt->items,
	    .answers = *answers,
	    .duration_ms = 600000,
	    .source = METOD_STR("self"),
	    .wording = attempt->wording};
	struct metod_profile profile;

	wave.id = attempt->wave;
	must(compute_profile(&call, &wave, &filler->form, &filler->framework,
		 &filler->paramset, &submission, &profile),
	    "profile");
	metod_record(txn, METOD_E_SUBMITTED, &submission);
	metod_record(txn, METOD_E_PROFILE_COMPUTED, &profile);
}

/* The row of the idempotency key, as long as the one of a real submission. */
static void record_receipt(
    struct metod_txn *txn, const struct sheet_job *job, uint64_t person)
{
	static const char reply[120];
	uint8_t digest[16] = {0};
	struct metod_str key =
	    metod_arena_printf(job->arena, "%032llx", (unsigned long long)job->number);

	metod_record_key(txn, METOD_ACTOR_RESPONDENT | person, key, digest,
	    (struct metod_str){reply, sizeof(reply)}, person);
}

static struct metod_attempt attempt_of(const struct sheet_job *job)
{
	struct filler *filler = job->filler;
	struct metod_call call = call_of(filler, NULL, job->arena);
	uint64_t id = job->sent ? job->number + 1 : bench_id(job->number);
	struct metod_attempt attempt = {.id = id,
	    .invitation = id,
	    .wave = filler->wave.id + (job->sent ? job->number / PERSONS : 0),
	    .person = job->sent ? job->number % PERSONS + 1 : id,
	    .seed = job->number,
	    .started = filler->now_ms,
	    .state = job->sent ? METOD_STR("submitted") : METOD_STR("open"),
	    .wording = METOD_STR("teacher")};

	sheet_plan(&call, &filler->framework, &filler->form, &filler->wave, attempt.seed,
	    &attempt.items, &attempt.pages);
	return attempt;
}

static struct metod_invitation invitation_row(
    const struct sheet_job *job, const struct metod_attempt *attempt)
{
	struct metod_str hash =
	    metod_arena_printf(job->arena, "%032llx", (unsigned long long)attempt->id);

	return (struct metod_invitation){.id = attempt->invitation,
	    .wave = attempt->wave,
	    .person = attempt->person,
	    .generation = 1,
	    .state = job->sent ? METOD_STR("submitted") : METOD_STR("started"),
	    .hash = hash,
	    .attempt = attempt->id};
}

static struct metod_i64s draw_answers(const struct sheet_job *job, size_t n)
{
	struct metod_i64s answers = {METOD_NEWS(job->arena, n, int64_t), n};
	uint64_t seed = job->number + 1;

	for (size_t i = 0; i < n; i++)
		answers.p[i] = (int64_t)(metod_rand64(&seed) % 4);
	return answers;
}

static enum metod_err fill_sheet(struct metod_job *arg, struct metod_txn *txn)
{
	struct sheet_job *job = (struct sheet_job *)arg;
	struct filler *filler = job->filler;

	metod_arena_clear(job->arena);
	metod_record_as(txn, 0, filler->now_ms);
	struct metod_attempt attempt = attempt_of(job);
	struct metod_invitation invitation = invitation_row(job, &attempt);
	struct metod_i64s answers = draw_answers(job, attempt.items.n);
	if (attempt.id == attempt.person)
		record_person(txn, job, attempt.person);
	else if (attempt.person == 1) {
		struct metod_wave wave = filler->wave;
		wave.id = attempt.wave;
		record_wave(txn, job, wave);
	}
	if (job->sent)
		record_sent(txn, job, &attempt, &answers);
	else
		record_pages(txn, &attempt, &answers);
	metod_record(txn, METOD_E_ATTEMPT_PUT, &attempt);
	metod_record(txn, METOD_E_INVITATION_PUT, &invitation);
	if (job->sent)
		record_receipt(txn, job, attempt.person);
	job->pages = attempt.pages;
	job->session = respondent_session(
	    filler->app, &invitation, false, filler->now_ms + 30LL * DAY_MS, job->arena);
	return METOD_OK;
}

/* ---- many sheets ---- */

static void sheet_done(struct metod_job *arg, enum metod_err result)
{
	struct filler *filler = ((struct sheet_job *)arg)->filler;

	must(result, "sheet");
	pthread_mutex_lock(&filler->mutex);
	if (--filler->at_work == 0)
		pthread_cond_signal(&filler->cond);
	pthread_mutex_unlock(&filler->mutex);
}

static void run_together(struct filler *filler, struct sheet_job *jobs, size_t n)
{
	filler->at_work = n;
	for (size_t i = 0; i < n; i++)
		must(metod_store_submit(filler->store, &jobs[i].job), "submit");
	pthread_mutex_lock(&filler->mutex);
	while (filler->at_work)
		pthread_cond_wait(&filler->cond, &filler->mutex);
	pthread_mutex_unlock(&filler->mutex);
}

static void write_list(FILE *list, const struct sheet_job *jobs, size_t n)
{
	if (ftell(list) == 0) {
		for (size_t p = 0; p < jobs[0].pages.n; p++)
			fprintf(list, "%llu ", (unsigned long long)jobs[0].pages.p[p]);
		fputc('\n', list);
	}
	for (size_t i = 0; i < n; i++)
		fprintf(list, "%.*s\n", METOD_FMT(jobs[i].session));
}

static void fill(
    struct filler *filler, uint64_t first, uint64_t end, bool sent, FILE *list)
{
	struct sheet_job jobs[TOGETHER];

	for (size_t i = 0; i < TOGETHER; i++)
		jobs[i] =
		    (struct sheet_job){.job = {.work = fill_sheet, .done = sheet_done},
			.filler = filler,
			.arena = metod_arena_new(),
			.sent = sent};
	while (first < end) {
		size_t n = end - first < TOGETHER ? (size_t)(end - first) : TOGETHER;
		for (size_t i = 0; i < n; i++)
			jobs[i].number = first + i;
		run_together(filler, jobs, n);
		if (!sent)
			write_list(list, jobs, n);
		first += n;
	}
	for (size_t i = 0; i < TOGETHER; i++)
		metod_arena_free(jobs[i].arena);
}

/* ---- beginning and end ---- */

static void read_content(struct filler *filler, const char *wave_code)
{
	struct metod_call call = call_of(filler, NULL, filler->arena);
	struct metod_wave key = {.code = metod_str(wave_code)};

	must(metod_read_begin(filler->store, &call.txn), "snapshot");
	must(metod_find(call.txn, METOD_I_WAVE_CODE, &key, filler->arena, &filler->wave),
	    "wave");
	must(
	    framework_of(&call, filler->wave.framework, &filler->framework), "framework");
	must(wave_form(&call, &filler->wave, &filler->form), "form");
	must(wave_paramset(&call, &filler->wave, &filler->paramset), "parameters");
	metod_read_end(call.txn);
}

static void flush(const char *dir)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/store.mdb", dir);
	int fd = open(path, O_RDWR);
	if (fd < 0 || fsync(fd))
		trouble(path, "cannot be flushed");
	close(fd);
}

int main(int argc, char **argv)
{
	struct filler filler = {.mutex = PTHREAD_MUTEX_INITIALIZER,
	    .cond = PTHREAD_COND_INITIALIZER,
	    .arena = metod_arena_new(),
	    .now_ms = (int64_t)time(NULL) * 1000};
	struct metod_error err = {0};

	if (argc != 7)
		trouble("usage", "bench_fill STORE KEYS WAVE open|sent N LIST");
	const struct metod_store_config store = {
	    .dir = argv[1], .map_bytes = (size_t)16 << 30, .nosync = true};
	if (metod_store_open(&store, &filler.store, &err))
		trouble(err.field, err.message);
	const struct metod_app_config app = {.store = filler.store, .keys_dir = argv[2]};
	if (metod_app_new(&app, &filler.app, &err))
		trouble(err.field, err.message);
	uint64_t n = strtoull(argv[5], NULL, 10);
	bool sent = strcmp(argv[4], "sent") == 0;
	FILE *list = fopen(argv[6], "w");
	if (!list)
		trouble(argv[6], "cannot be written");
	read_content(&filler, argv[3]);
	if (sent)
		fill(&filler, 0, n, true, list);
	fill(&filler, sent ? n : 0, sent ? n + 1 : n, false, list);
	fclose(list);
	metod_store_close(filler.store);
	metod_app_free(filler.app);
	metod_arena_free(filler.arena);
	flush(argv[1]);
	return 0;
}
