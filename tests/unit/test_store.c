/* SPDX-License-Identifier: Apache-2.0
 * The store on a real LMDB file: tables and indexes, group commit, refusals, a full map,
 * a full disk, the lock and the format. Care of the data is in test_store_care.c. */
#include "store_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

/* ---- tables ---- */

static void rows_are_found_by_key_index_and_prefix(void **state)
{
	struct metod_org row, key = {.parent = 2};
	struct fixture f;
	struct metod_txn *txn;
	struct metod_scan *scan;

	(void)state;
	start(&f, 0, 0);
	add_org(&f, 4, "AB", 2);
	add_org(&f, 2, "B", 0);
	add_org(&f, 3, "A", 2);
	assert_int_equal(get_org(&f, 3, &row), METOD_OK);
	assert_true(metod_str_is(row.code, "A"));
	assert_int_equal(get_org(&f, 5, &row), METOD_NOT_FOUND);

	txn = snapshot(&f);
	key.code = METOD_STR("A");
	assert_int_equal(
	    metod_find(txn, METOD_I_ORG_CODE, &key, f.arena, &row), METOD_OK);
	assert_int_equal(row.id, 3);
	key.code = METOD_STR("AA"); /* between "A" and "AB" */
	assert_int_equal(
	    metod_find(txn, METOD_I_ORG_CODE, &key, f.arena, &row), METOD_NOT_FOUND);
	scan = metod_scan_index(txn, METOD_I_ORG_PARENT, &key, 1);
	for (uint64_t id = 3; id <= 4; id++) {
		assert_int_equal(metod_scan_next(scan, f.arena, &row), METOD_OK);
		assert_int_equal(row.id, id);
	}
	assert_int_equal(metod_scan_next(scan, f.arena, &row), METOD_NOT_FOUND);
	assert_int_equal(metod_scan_next(scan, f.arena, &row), METOD_NOT_FOUND);
	scan = metod_scan_table(txn, METOD_T_ORG, NULL, 0);
	for (uint64_t id = 2; id <= 4; id++) {
		assert_int_equal(metod_scan_next(scan, f.arena, &row), METOD_OK);
		assert_int_equal(row.id, id);
	}
	metod_scan_end(scan);
	assert_int_equal(metod_table_count(txn, METOD_T_ORG), 3);
	metod_read_end(txn);
	stop(&f);
}

static void a_prefix_of_a_composite_key_selects_its_rows(void **state)
{
	static const uint64_t waves[] = {1, 1, 2, 3}, persons[] = {10, 11, 10, 10};
	struct metod_wants row, key = {.wave = 1, .person = 10};
	size_t by_wave = 0, by_person = 0;
	struct fixture f;
	struct metod_txn *txn;
	struct metod_scan *scan;

	(void)state;
	start(&f, 0, 0);
	for (size_t i = 0; i < METOD_LEN(waves); i++) {
		struct metod_wants wants = {
		    .wave = waves[i], .person = persons[i], .at = 1};

		assert_int_equal(run(&f, put_wants, &wants), METOD_OK);
	}
	txn = snapshot(&f);
	scan = metod_scan_table(txn, METOD_T_WANTS, &key, 1);
	while (!metod_scan_next(scan, f.arena, &row)) {
		by_wave++;
		assert_int_equal(row.wave, 1);
	}
	scan = metod_scan_index(txn, METOD_I_WANTS_PERSON, &key, 1);
	while (!metod_scan_next(scan, f.arena, &row)) {
		by_person++;
		assert_int_equal(row.person, 10);
	}
	metod_read_end(txn); /* with both scans open */
	assert_int_equal(by_wave, 2);
	assert_int_equal(by_person, 3);
	stop(&f);
}

static void a_lookup_key_that_cannot_be_stored_is_not_found(void **state)
{
	char code[600];
	struct metod_org row, key = {.code = {code, sizeof(code)}};
	struct fixture f;
	struct metod_txn *txn;

	(void)state;
	start(&f, 0, 0);
	add_org(&f, 1, "A", 0);
	memset(code, 'A', sizeof(code));
	txn = snapshot(&f);
	assert_int_equal(
	    metod_find(txn, METOD_I_ORG_CODE, &key, f.arena, &row), METOD_NOT_FOUND);
	key.code = (struct metod_str){"A\0x", 3};
	assert_int_equal(
	    metod_find(txn, METOD_I_ORG_CODE, &key, f.arena, &row), METOD_NOT_FOUND);
	metod_read_end(txn);
	stop(&f);
}

static void an_index_follows_an_update(void **state)
{
	struct metod_org row, key = {.code = METOD_STR("OLD")};
	struct fixture f;
	struct metod_txn *txn;

	(void)state;
	start(&f, 0, 0);
	add_org(&f, 1, "OLD", 0);
	add_org(&f, 1, "NEW", 0);
	txn = snapshot(&f);
	assert_int_equal(
	    metod_find(txn, METOD_I_ORG_CODE, &key, f.arena, &row), METOD_NOT_FOUND);
	key.code = METOD_STR("NEW");
	assert_int_equal(
	    metod_find(txn, METOD_I_ORG_CODE, &key, f.arena, &row), METOD_OK);
	assert_int_equal(metod_table_count(txn, METOD_T_ORG), 1);
	metod_read_end(txn);
	verify_ok(&f);
	stop(&f);
}

static void signed_numbers_sort_below_zero_first(void **state)
{
	static const int64_t uids[] = {1000, METOD_NIL, 0, 4294967295};
	static const uint64_t order[] = {2, 3, 1, 4};
	struct metod_user row;
	struct fixture f;
	struct metod_txn *txn;
	struct metod_scan *scan;

	(void)state;
	start(&f, 0, 0);
	for (size_t i = 0; i < METOD_LEN(uids); i++) {
		struct metod_user user = {
		    .id = i + 1, .login = METOD_STR("u"), .uid = uids[i]};

		assert_int_equal(run(&f, put_user, &user), METOD_OK);
	}
	txn = snapshot(&f);
	scan = metod_scan_index(txn, METOD_I_USER_UID, NULL, 0);
	for (size_t i = 0; i < METOD_LEN(order); i++) {
		assert_int_equal(metod_scan_next(scan, f.arena, &row), METOD_OK);
		assert_int_equal(row.id, order[i]);
	}
	metod_read_end(txn);
	stop(&f);
}

/* Sizes around the part of a long value, and back to a short one. */
static void long_rows_come_back_whole(void **state)
{
	static const size_t members[] = {
	    20000, 7270, 7279, 7280, 7281, 14560, 1, 14500, 0};
	struct metod_association row, key = {.id = 1};
	uint64_t *ids = metod_xcalloc(20000, sizeof(*ids));
	struct fixture f;
	struct metod_txn *txn;

	(void)state;
	start(&f, 0, 0);
	for (size_t i = 0; i < 20000; i++)
		ids[i] = (1ULL << 52) + i; /* nine bytes each */
	for (size_t i = 0; i < METOD_LEN(members); i++) {
		struct metod_association association = {.id = 1,
		    .code = METOD_STR("MO"),
		    .name = METOD_STR("MO"),
		    .level = METOD_STR("school"),
		    .members = {ids, members[i]}};

		assert_int_equal(run(&f, put_association, &association), METOD_OK);
		txn = snapshot(&f);
		assert_int_equal(
		    metod_get(txn, METOD_T_ASSOCIATION, &key, f.arena, &row), METOD_OK);
		assert_int_equal(row.members.n, members[i]);
		if (members[i])
			assert_memory_equal(
			    row.members.p, ids, members[i] * sizeof(*ids));
		metod_read_end(txn);
		verify_ok(&f);
	}
	free(ids);
	stop(&f);
}

/* Every total length near one and two full parts. */
static void values_of_every_length_near_a_part_come_back_whole(void **state)
{
	static const size_t centres[] = {65520, 131040};
	char *bytes = metod_xcalloc(1, 140000);
	struct metod_idem row, key = {.actor = 7, .key = METOD_STR("k")};
	struct fixture f;

	(void)state;
	start(&f, 0, 0);
	for (size_t c = 0; c < METOD_LEN(centres); c++) {
		for (size_t n = centres[c] - 75; n < centres[c] - 25; n++) {
			struct keyed keyed = {.org = org(1, "A", 0),
			    .key = METOD_STR("k"),
			    .reply = {bytes, n}};
			struct metod_txn *txn;

			memset(bytes, (int)(n % 251) + 1, n);
			assert_int_equal(run(&f, put_keyed, &keyed), METOD_OK);
			txn = snapshot(&f);
			assert_int_equal(
			    metod_get(txn, METOD_T_IDEM, &key, f.arena, &row), METOD_OK);
			assert_int_equal(row.reply.n, n);
			assert_memory_equal(row.reply.p, bytes, n);
			metod_read_end(txn);
			metod_arena_clear(f.arena);
		}
	}
	verify_ok(&f);
	free(bytes);
	stop(&f);
}

/* ---- commands ---- */

static enum metod_err expect_org_then_put(struct metod_txn *txn, void *arg)
{
	struct metod_arena *arena = metod_arena_new();
	struct metod_org *row = arg, found, key = {.id = row->id - 1};
	enum metod_err e = metod_get(txn, METOD_T_ORG, &key, arena, &found);

	metod_arena_free(arena);
	if (e)
		return e;
	metod_record(txn, METOD_E_ORG_PUT, row);
	return METOD_OK;
}

static void a_command_sees_what_its_batch_did_before(void **state)
{
	struct metod_store_stat before, after;
	struct metod_org rows[3] = {org(1, "A", 0), org(2, "B", 0), org(3, "C", 0)}, row;
	struct blocker blocker;
	struct work work[3];
	struct fixture f;

	(void)state;
	start(&f, 0, 0);
	assert_int_equal(metod_store_stat(f.store, &before), METOD_OK);
	hold(&f, &blocker);
	assert_int_equal(submit(&f, &work[0], put_org, &rows[0]), METOD_OK);
	assert_int_equal(submit(&f, &work[1], expect_org_then_put, &rows[1]), METOD_OK);
	assert_int_equal(submit(&f, &work[2], expect_org_then_put, &rows[2]), METOD_OK);
	release(&blocker);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(wait_for(&work[i]), METOD_OK);
	assert_int_equal(get_org(&f, 3, &row), METOD_OK);
	assert_int_equal(metod_store_stat(f.store, &after), METOD_OK);
	assert_int_equal(after.batches, before.batches + 1);
	assert_int_equal(after.commands, before.commands + 4);
	stop(&f);
}

static void a_snapshot_does_not_change(void **state)
{
	struct metod_org row, key = {.id = 1};
	struct fixture f;
	struct metod_txn *txn;

	(void)state;
	start(&f, 0, 0);
	txn = snapshot(&f);
	add_org(&f, 1, "A", 0);
	assert_int_equal(
	    metod_get(txn, METOD_T_ORG, &key, f.arena, &row), METOD_NOT_FOUND);
	assert_int_equal(metod_journal_last(txn), 1);
	metod_read_end(txn);
	assert_int_equal(get_org(&f, 1, &row), METOD_OK);
	stop(&f);
}

static void refused_work_writes_nothing(void **state)
{
	struct metod_org row = org(1, "A", 0);
	struct metod_store_stat stat;
	struct fixture f;

	(void)state;
	start(&f, 0, 0);
	assert_int_equal(run(&f, put_org_and_refuse, &row), METOD_CONFLICT);
	assert_int_equal(get_org(&f, 1, &row), METOD_NOT_FOUND);
	assert_int_equal(last_seq(&f), 1);
	assert_int_equal(metod_store_stat(f.store, &stat), METOD_OK);
	assert_int_equal(stat.batches, 0); /* nothing to flush */
	stop(&f);
}

/* The third of five breaks the bounds of its own record. */
static void a_failing_apply_costs_only_the_job_that_caused_it(void **state)
{
	char long_code[METOD_CODE_MAX + 2];
	struct metod_org rows[5], row;
	struct blocker blocker;
	struct work work[5];
	struct fixture f;

	(void)state;
	memset(long_code, 'x', sizeof(long_code));
	long_code[sizeof(long_code) - 1] = 0;
	start(&f, 0, 0);
	hold(&f, &blocker);
	for (size_t i = 0; i < 5; i++) {
		static const char *codes[5] = {"A", "B", "", "D", "E"};

		rows[i] = org(i + 1, i == 2 ? long_code : codes[i], 0);
		assert_int_equal(submit(&f, &work[i], put_org, &rows[i]), METOD_OK);
	}
	release(&blocker);
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(wait_for(&work[i]), i == 2 ? METOD_RANGE : METOD_OK);
		assert_int_equal(
		    get_org(&f, i + 1, &row), i == 2 ? METOD_NOT_FOUND : METOD_OK);
	}
	assert_int_equal(atomic_load(&work[0].runs), 2);
	assert_int_equal(last_seq(&f), 5);
	verify_ok(&f);
	stop(&f);
}

static void a_row_keeps_its_person(void **state)
{
	struct metod_message mine = message(1, 10, "text"),
			     stolen = message(1, 11, "text");
	struct fixture f;

	(void)state;
	start(&f, 0, 0);
	assert_int_equal(run(&f, put_message, &mine), METOD_OK);
	assert_int_equal(run(&f, put_message, &stolen), METOD_FAILED);
	assert_int_equal(last_seq(&f), 2);
	stop(&f);
}

static enum metod_err look_at_receipt(struct metod_txn *txn, void *arg)
{
	struct metod_org row = org(5, "E", 0);
	uint64_t *seqs = arg;
	uint8_t first[16], second[16];

	assert_true(metod_txn_writes(txn));
	assert_int_equal(metod_recorded(txn), 0);
	assert_int_equal(metod_record_last_seq(txn), 0);
	metod_record(txn, METOD_E_ORG_PUT, &row);
	seqs[0] = metod_record_last_seq(txn);
	metod_record_digest(txn, first);
	row.parent = 1;
	metod_record(txn, METOD_E_ORG_PUT, &row);
	seqs[1] = metod_record_last_seq(txn);
	metod_record_digest(txn, second);
	assert_memory_not_equal(first, second, sizeof(first));
	assert_int_equal(metod_recorded(txn), 2);
	return METOD_OK;
}

static void sequence_numbers_are_dense_and_known_before_the_commit(void **state)
{
	struct metod_event event;
	uint64_t seqs[2], seq = 0;
	struct fixture f;
	struct metod_txn *txn;

	(void)state;
	start(&f, 0, 0);
	add_org(&f, 1, "A", 0);
	assert_int_equal(run(&f, look_at_receipt, seqs), METOD_OK);
	assert_int_equal(seqs[0], 3);
	assert_int_equal(seqs[1], 4);
	txn = snapshot(&f);
	assert_false(metod_txn_writes(txn));
	while (metod_journal_read(txn, seq + 1, f.arena, &event) == METOD_OK)
		assert_int_equal(event.seq, ++seq);
	assert_int_equal(seq, 4);
	assert_int_equal(event.actor, 7);
	assert_int_equal(event.time_ms, 5000);
	assert_int_equal(event.kind, METOD_E_ORG_PUT);
	metod_read_end(txn);
	stop(&f);
}

static void a_keyed_command_leaves_its_answer(void **state)
{
	struct keyed keyed = {.org = org(1, "A", 0),
	    .key = METOD_STR("key-1"),
	    .reply = METOD_STR("reply"),
	    .person = 10,
	    .actor = METOD_ACTOR_RESPONDENT | 10};
	struct metod_idem row,
	    key = {.actor = METOD_ACTOR_RESPONDENT | 10, .key = METOD_STR("key-1")};
	struct fixture f;
	struct metod_txn *txn;

	(void)state;
	start(&f, 0, 0);
	assert_int_equal(run(&f, put_keyed, &keyed), METOD_OK);
	close_store(&f);
	open_store(&f);
	txn = snapshot(&f);
	assert_int_equal(metod_get(txn, METOD_T_IDEM, &key, f.arena, &row), METOD_OK);
	assert_int_equal(row.seq, 3); /* the last event of the command */
	assert_true(metod_str_is(row.reply, "reply"));
	assert_memory_equal(row.digest.p, keyed_digest, sizeof(keyed_digest));
	assert_int_equal(row.person, 10);
	key.actor = 10;
	assert_int_equal(
	    metod_get(txn, METOD_T_IDEM, &key, f.arena, &row), METOD_NOT_FOUND);
	metod_read_end(txn);
	stop(&f);
}

static void a_full_queue_says_busy(void **state)
{
	struct metod_org row = org(1, "A", 0);
	struct work *work = metod_xcalloc(METOD_QUEUE_MAX + 1, sizeof(*work));
	struct blocker blocker;
	struct fixture f;

	(void)state;
	start(&f, 0, 0);
	hold(&f, &blocker);
	for (size_t i = 0; i < METOD_QUEUE_MAX; i++)
		assert_int_equal(submit(&f, &work[i], put_org, &row), METOD_OK);
	assert_int_equal(submit(&f, &work[METOD_QUEUE_MAX], put_org, &row), METOD_BUSY);
	release(&blocker);
	close_store(&f); /* finishes what was taken */
	for (size_t i = 0; i < METOD_QUEUE_MAX; i++)
		assert_true(work[i].finished && work[i].result == METOD_OK);
	open_store(&f);
	assert_int_equal(last_seq(&f), METOD_QUEUE_MAX + 1);
	free(work);
	stop(&f);
}

/* ---- room ---- */

struct reader {
	struct fixture *f;
	atomic_bool stop;
	atomic_uint bad, rounds;
};

/* Reads all the time and never sees a row of another length or a count that does not fit.
 */
static void *read_on(void *arg)
{
	struct reader *reader = arg;
	struct metod_arena *arena = metod_arena_new();

	while (!atomic_load(&reader->stop)) {
		struct metod_message row;
		struct metod_txn *txn;
		struct metod_scan *scan;
		uint64_t n = 0;

		if (metod_read_begin(reader->f->store, &txn))
			continue;
		scan = metod_scan_table(txn, METOD_T_MESSAGE, NULL, 0);
		while (!metod_scan_next(scan, arena, &row))
			n += row.text.n == METOD_TEXT_MAX;
		if (n != metod_table_count(txn, METOD_T_MESSAGE))
			atomic_fetch_add(&reader->bad, 1);
		metod_read_end(txn);
		metod_arena_clear(arena);
		atomic_fetch_add(&reader->rounds, 1);
	}
	metod_arena_free(arena);
	return NULL;
}

static void the_map_grows_under_readers(void **state)
{
	char text[METOD_TEXT_MAX + 1] = {0};
	struct metod_store_stat stat;
	struct reader reader = {0};
	struct fixture f;
	pthread_t thread;

	(void)state;
	memset(text, 'x', METOD_TEXT_MAX);
	start(&f, 256 << 10, 64 << 20);
	reader.f = &f;
	assert_int_equal(pthread_create(&thread, NULL, read_on, &reader), 0);
	for (uint64_t id = 1; id <= 600; id++) {
		struct metod_message row = message(id, 10 + id % 5, text);

		assert_int_equal(run(&f, put_message, &row), METOD_OK);
	}
	atomic_store(&reader.stop, true);
	pthread_join(thread, NULL);
	assert_int_equal(atomic_load(&reader.bad), 0);
	assert_true(atomic_load(&reader.rounds) > 0);
	assert_int_equal(metod_store_stat(f.store, &stat), METOD_OK);
	assert_true(stat.map_bytes >= 8 << 20); /* five doublings */
	assert_true(stat.used_bytes <= stat.map_bytes);
	assert_int_equal(last_seq(&f), 601);
	verify_ok(&f);
	stop(&f);
}

static uint64_t fill(struct fixture *f, uint64_t id, enum metod_err *ret_last)
{
	char text[METOD_TEXT_MAX + 1] = {0};

	memset(text, 'x', METOD_TEXT_MAX);
	for (;; id++) {
		struct metod_message row = message(id, 10, text);

		*ret_last = run(f, put_message, &row);
		if (*ret_last)
			return id;
		assert_in_range(id, 1, 5000);
	}
}

static void a_map_at_its_limit_refuses_writes_and_goes_on_reading(void **state)
{
	struct metod_message row, key = {.id = 1};
	struct metod_store_stat stat;
	struct fixture f;
	struct metod_txn *txn;
	enum metod_err e;
	uint64_t id;

	(void)state;
	start(&f, 512 << 10, 1 << 20);
	id = fill(&f, 1, &e);
	assert_int_equal(e, METOD_FULL);
	assert_true(id > 50);
	assert_int_equal(metod_store_stat(f.store, &stat), METOD_OK);
	assert_true(stat.refusing);
	assert_int_equal(stat.map_bytes, 1 << 20);
	txn = snapshot(&f);
	assert_int_equal(metod_get(txn, METOD_T_MESSAGE, &key, f.arena, &row), METOD_OK);
	assert_int_equal(metod_table_count(txn, METOD_T_MESSAGE), id - 1);
	metod_read_end(txn);
	/* With a larger limit the same store takes writes again. */
	f.config.map_max = 4 << 20;
	verify_ok(&f);
	assert_true(fill(&f, id, &e) > id + 50);
	stop(&f);
}

/* One row that is asked for, and more bytes than fit. */
static enum metod_err put_much(struct metod_txn *txn, void *arg)
{
	char text[METOD_TEXT_MAX + 1] = {0};

	memset(text, 'y', METOD_TEXT_MAX);
	metod_record(txn, METOD_E_ORG_PUT, arg);
	for (uint64_t i = 0; i < 300; i++) {
		struct metod_message row = message(100000 + i, 10, text);

		metod_record(txn, METOD_E_MESSAGE_PUT, &row);
	}
	return METOD_OK;
}

static enum metod_err expect_org(struct metod_txn *txn, void *arg)
{
	struct metod_arena *arena = metod_arena_new();
	struct metod_org row;
	enum metod_err e = metod_get(txn, METOD_T_ORG, arg, arena, &row);

	metod_arena_free(arena);
	return e;
}

/* A limit on the size of files stands for the full disk: a short write, then an error. */
static void a_full_disk_refuses_writes_until_there_is_room(void **state)
{
	struct metod_store_stat stat;
	struct rlimit was, limit;
	struct blocker blocker;
	struct metod_org fresh = org(77, "Z", 0), row;
	struct work writes, sees;
	struct fixture f;
	enum metod_err e;
	uint64_t id;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	start(&f, 0, 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	assert_int_equal(metod_store_stat(f.store, &stat), METOD_OK);
	limit = (struct rlimit){stat.file_bytes + 500000, was.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	id = fill(&f, 1, &e);
	assert_int_equal(e, METOD_FULL);
	for (uint64_t i = id; i < id + 20; i++) {
		struct metod_message again = message(i, 10, "short");

		e = run(&f, put_message, &again);
		assert_true(e == METOD_OK || e == METOD_FULL);
	}
	fill(&f, id + 100, &e);
	assert_int_equal(e, METOD_FULL);
	assert_int_equal(metod_store_stat(f.store, &stat), METOD_OK);
	assert_true(stat.refusing);

	/* One batch: what the second saw of the first was never stored, so it must not
	 * answer OK.
	 */
	hold(&f, &blocker);
	assert_int_equal(submit(&f, &writes, put_much, &fresh), METOD_OK);
	assert_int_equal(submit(&f, &sees, expect_org, &fresh), METOD_OK);
	release(&blocker);
	assert_int_equal(wait_for(&writes), METOD_FULL);
	assert_int_equal(wait_for(&sees), METOD_NOT_FOUND);
	assert_int_equal(get_org(&f, 77, &row), METOD_NOT_FOUND);

	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	add_org(&f, 77, "Z", 0);
	assert_int_equal(metod_store_stat(f.store, &stat), METOD_OK);
	assert_false(stat.refusing);
	verify_ok(&f);
	stop(&f);
}

/* ---- opening ---- */

static void a_second_daemon_is_locked_out(void **state)
{
	struct metod_error err = {0};
	struct metod_store *second = NULL;
	struct fixture f;

	(void)state;
	start(&f, 0, 0);
	assert_int_equal(metod_store_open(&f.config, &second, &err), METOD_LOCKED);
	assert_null(second);
	assert_non_null(strstr(err.field, f.dir));
	assert_int_equal(metod_store_create(&f.config, &meta, 1, &err), METOD_CONFLICT);
	close_store(&f);
	assert_int_equal(metod_store_create(&f.config, &meta, 1, &err), METOD_CONFLICT);
	open_store(&f);
	stop(&f);
}

static uint64_t dir_digest(const char *dir)
{
	static const char *names[] = {"store.mdb", "store.mdb-lock", "lock", "FORMAT"};
	uint64_t hash = 0;

	for (size_t i = 0; i < METOD_LEN(names); i++) {
		char path[512];
		struct metod_buf all;

		path_in(path, sizeof(path), dir, names[i]);
		all = read_file(path);
		hash = metod_hash64(hash, all.p, all.n);
		metod_buf_done(&all);
	}
	return hash;
}

static void a_newer_format_is_refused_untouched(void **state)
{
	struct metod_error err = {0};
	struct metod_verify_report report;
	struct fixture f;
	uint64_t before;
	char path[512];

	(void)state;
	start(&f, 0, 0);
	close_store(&f);
	path_in(path, sizeof(path), f.dir, "FORMAT");
	write_file(path, "metod 2\n", 8);
	before = dir_digest(f.dir);
	assert_int_equal(metod_store_open(&f.config, &f.store, &err), METOD_VERSION);
	assert_int_equal(metod_store_verify(f.dir, "/tmp", &report, &err), METOD_VERSION);
	assert_true(dir_digest(f.dir) == before);
	write_file(path, "junk\n", 5);
	assert_int_equal(metod_store_open(&f.config, &f.store, &err), METOD_DAMAGED);
	write_file(path, "metod 1\n", 8);
	open_store(&f);
	stop(&f);
}

static void an_absent_store_is_not_made_by_opening(void **state)
{
	struct metod_store *store;
	struct fixture f;
	char path[512];

	(void)state;
	start(&f, 0, 0);
	close_store(&f);
	path_in(path, sizeof(path), f.dir, "store.mdb");
	unlink(path);
	assert_int_equal(metod_store_open(&f.config, &store, NULL), METOD_DAMAGED);
	assert_int_not_equal(access(path, F_OK), 0);
	path_in(path, sizeof(path), f.dir, "FORMAT");
	unlink(path);
	assert_int_equal(metod_store_open(&f.config, &store, NULL), METOD_NOT_FOUND);
	stop(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rows_are_found_by_key_index_and_prefix),
	    cmocka_unit_test(a_prefix_of_a_composite_key_selects_its_rows),
	    cmocka_unit_test(a_lookup_key_that_cannot_be_stored_is_not_found),
	    cmocka_unit_test(an_index_follows_an_update),
	    cmocka_unit_test(signed_numbers_sort_below_zero_first),
	    cmocka_unit_test(long_rows_come_back_whole),
	    cmocka_unit_test(values_of_every_length_near_a_part_come_back_whole),
	    cmocka_unit_test(a_command_sees_what_its_batch_did_before),
	    cmocka_unit_test(a_snapshot_does_not_change),
	    cmocka_unit_test(refused_work_writes_nothing),
	    cmocka_unit_test(a_failing_apply_costs_only_the_job_that_caused_it),
	    cmocka_unit_test(a_row_keeps_its_person),
	    cmocka_unit_test(sequence_numbers_are_dense_and_known_before_the_commit),
	    cmocka_unit_test(a_keyed_command_leaves_its_answer),
	    cmocka_unit_test(a_full_queue_says_busy),
	    cmocka_unit_test(the_map_grows_under_readers),
	    cmocka_unit_test(a_map_at_its_limit_refuses_writes_and_goes_on_reading),
	    cmocka_unit_test(a_full_disk_refuses_writes_until_there_is_room),
	    cmocka_unit_test(a_second_daemon_is_locked_out),
	    cmocka_unit_test(a_newer_format_is_refused_untouched),
	    cmocka_unit_test(an_absent_store_is_not_made_by_opening),
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
