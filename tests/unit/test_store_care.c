/* SPDX-License-Identifier: Apache-2.0
 * Care of stored data: erasure, replay, verification of damaged files, backup and
 * restore. Damage is done with LMDB itself, behind the store's back. */
#include <sys/stat.h>

#include "store_harm.h"

#define MARK "MARKER-OF-A-PERSON"

/* ---- a person with data in every kind of table ---- */

static enum metod_err put_person(struct metod_txn *txn, void *arg)
{
	uint64_t id = *(uint64_t *)arg;
	struct metod_person person = {.id = id,
	    .code = METOD_STR("T-1"),
	    .name = METOD_STR(MARK),
	    .org = 1,
	    .position = METOD_STR("teacher"),
	    .category_until = METOD_NIL,
	    .hired = METOD_NIL};
	struct metod_grant grant = {.id = id + 1000,
	    .person = id,
	    .act = METOD_STR("find_mentor"),
	    .at = 1,
	    .until = METOD_NIL,
	    .revoked = METOD_NIL};
	struct metod_look look = {.person = id,
	    .look = 1,
	    .at = 1,
	    .user = 1,
	    .role = METOD_STR("methodist"),
	    .what = METOD_STR("profile")};
	struct metod_wants wants = {
	    .wave = 1, .person = id, .line = METOD_STR(MARK), .at = 1};
	struct metod_message first = message(id + 2000, id, MARK);

	metod_record(txn, METOD_E_PERSON_PUT, &person);
	metod_record(txn, METOD_E_GRANT_PUT, &grant);
	metod_record(txn, METOD_E_VIEWED, &look);
	metod_record(txn, METOD_E_WANTS_PUT, &wants);
	metod_record(txn, METOD_E_MESSAGE_PUT, &first);
	return METOD_OK;
}

struct forgetting {
	struct metod_forgotten row;
	struct metod_str key; /* empty: without idempotency key */
	uint64_t person;      /* of the key */
};

static enum metod_err put_forgotten(struct metod_txn *txn, void *arg)
{
	struct forgetting *forgetting = arg;

	metod_record(txn, METOD_E_PERSON_FORGOTTEN, &forgetting->row);
	if (forgetting->key.n)
		metod_record_key(txn, 7, forgetting->key, keyed_digest, METOD_STR("gone"),
		    forgetting->person);
	return METOD_OK;
}

static void forget(struct fixture *f, uint64_t person, const char *scope)
{
	struct forgetting forgetting = {
	    .row = {.person = person, .at = 9, .scope = metod_str(scope)}};

	assert_int_equal(run(f, put_forgotten, &forgetting), METOD_OK);
}

static void add_key(
    struct fixture *f, const char *key, uint64_t person, const char *reply)
{
	struct keyed keyed = {.org = org(50, "K", 0),
	    .key = metod_str(key),
	    .reply = metod_str(reply),
	    .person = person};

	assert_int_equal(run(f, put_keyed, &keyed), METOD_OK);
}

static void add_person(struct fixture *f, uint64_t id)
{
	assert_int_equal(run(f, put_person, &id), METOD_OK);
}

static uint64_t count(struct fixture *f, enum metod_table table)
{
	struct metod_txn *txn = snapshot(f);
	uint64_t rows = metod_table_count(txn, table);

	metod_read_end(txn);
	return rows;
}

static size_t marks_in(const char *path)
{
	struct metod_buf all = read_file(path);
	size_t n = 0;

	for (const uint8_t *p = all.p; p && p + sizeof(MARK) - 1 <= all.p + all.n; p++)
		n += !memcmp(p, MARK, sizeof(MARK) - 1);
	metod_buf_done(&all);
	return n;
}

/* Marks in a compacted copy: pages that were freed do not count. */
static size_t marks_in_backup(struct fixture *f)
{
	char path[512], manifest[512];
	uint64_t seq;
	size_t n;

	path_in(path, sizeof(path), f->dir, "copy");
	path_in(manifest, sizeof(manifest), f->dir, "copy.json");
	assert_int_equal(metod_store_backup(f->store, path, &seq, NULL), METOD_OK);
	assert_int_equal(seq, last_seq(f));
	n = marks_in(path);
	unlink(path);
	unlink(manifest);
	return n;
}

/* ---- erasure ---- */

static void a_forgotten_person_is_nowhere(void **state)
{
	struct metod_verify_report report;
	struct metod_person key = {.id = 10}, row;
	struct metod_event event;
	struct fixture f;
	struct metod_txn *txn;
	uint64_t seq = 0, erased = 0;

	(void)state;
	start(&f, 0, 0);
	add_person(&f, 10);
	add_key(&f, "key", 10, MARK);
	assert_int_equal(marks_in_backup(&f), 2 * 3 + 2);
	forget(&f, 10, "all");
	assert_int_equal(marks_in_backup(&f), 0);
	assert_int_equal(count(&f, METOD_T_PERSON) + count(&f, METOD_T_GRANT) +
		count(&f, METOD_T_LOOK) + count(&f, METOD_T_WANTS) +
		count(&f, METOD_T_MESSAGE) + count(&f, METOD_T_IDEM),
	    0);
	assert_int_equal(count(&f, METOD_T_FORGOTTEN), 1);
	txn = snapshot(&f);
	assert_int_equal(
	    metod_get(txn, METOD_T_PERSON, &key, f.arena, &row), METOD_NOT_FOUND);
	while (!metod_journal_read(txn, seq + 1, f.arena, &event)) {
		assert_int_equal(event.seq, ++seq);
		assert_int_equal(event.erased, event.subject == 10);
		assert_int_equal(event.body.n == 0, event.erased);
		erased += event.erased;
	}
	metod_read_end(txn);
	assert_int_equal(erased, 5);
	report = verify_ok(&f);
	assert_int_equal(report.erased, 5);
	assert_int_equal(report.events, 1 + 5 + 2 + 1);
	stop(&f);
}

static void withdrawn_answers_leave_the_person(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, 0, 0);
	add_person(&f, 10);
	add_key(&f, "key", 10, MARK);
	forget(&f, 10, "answers");
	assert_int_equal(count(&f, METOD_T_PERSON), 1);
	assert_int_equal(count(&f, METOD_T_GRANT), 1);
	assert_int_equal(count(&f, METOD_T_WANTS) + count(&f, METOD_T_MESSAGE) +
		count(&f, METOD_T_IDEM),
	    0);
	assert_int_equal(marks_in_backup(&f), 2); /* the name, in row and journal */
	verify_ok(&f);
	forget(&f, 10, "all");
	assert_int_equal(marks_in_backup(&f), 0);
	verify_ok(&f);
	stop(&f);
}

/* The tail of a long value goes with it, also when a shorter one took its place. */
static void parts_of_long_values_are_forgotten_too(void **state)
{
	struct metod_buf reply = {0};
	struct fixture f;

	(void)state;
	start(&f, 0, 0);
	while (reply.n < 200000)
		metod_buf_z(&reply, MARK);
	metod_buf_byte(&reply, 0);
	add_key(&f, "shrinks", 10, (const char *)reply.p);
	add_key(&f, "stays", 10, (const char *)reply.p);
	add_key(&f, "shrinks", 10, "short");
	assert_true(marks_in_backup(&f) > 20000);
	forget(&f, 10, "all");
	assert_int_equal(marks_in_backup(&f), 0);
	verify_ok(&f);
	metod_buf_done(&reply);
	stop(&f);
}

static void others_keep_their_data(void **state)
{
	struct metod_message row, key = {.id = 2011};
	struct fixture f;
	struct metod_txn *txn;

	(void)state;
	start(&f, 0, 0);
	add_person(&f, 10);
	add_person(&f, 11);
	add_key(&f, "mine", 10, MARK);
	add_key(&f, "theirs", 11, MARK);
	forget(&f, 10, "all");
	txn = snapshot(&f);
	assert_int_equal(metod_get(txn, METOD_T_MESSAGE, &key, f.arena, &row), METOD_OK);
	metod_read_end(txn);
	assert_int_equal(count(&f, METOD_T_IDEM), 1);
	assert_int_equal(marks_in_backup(&f), 2 * 3 + 2);
	verify_ok(&f);
	stop(&f);
}

/* Body and answer of one event may belong to different people, and a key may be used
 * again. */
static void keys_and_erasure_interleave(void **state)
{
	/* clang-format off */
	static const struct {
		const char *name;
		uint64_t key_person, again_person, forget_key_person;
		bool forget_twice;
		uint64_t rows; /* of IDEM at the end */
	} cases[] = {
	    {"answer of the forgotten person", 10, 0, 0, false, 1},
	    {"answer of nobody stays", 0, 0, 0, false, 2},
	    {"answer of somebody else stays", 11, 0, 0, false, 2},
	    {"the forgetting names the person itself", 10, 0, 10, false, 1},
	    {"the same, forgotten again", 10, 0, 10, true, 1},
	    {"the key comes again for nobody", 10, 99, 0, false, 2},
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < METOD_LEN(cases); i++) {
		struct forgetting forgetting = {
		    .row = {.person = 10, .at = 9, .scope = METOD_STR("all")},
		    .key = METOD_STR("forget"),
		    .person = cases[i].forget_key_person};
		struct fixture f;

		start(&f, 0, 0);
		add_person(&f, 10);
		add_key(&f, "key", cases[i].key_person, MARK);
		assert_int_equal(run(&f, put_forgotten, &forgetting), METOD_OK);
		if (cases[i].forget_twice) {
			forgetting.row.at++;
			forgetting.key = METOD_STR("again");
			assert_int_equal(run(&f, put_forgotten, &forgetting), METOD_OK);
		}
		if (cases[i].again_person)
			add_key(&f, "key", cases[i].again_person, "other");
		if (count(&f, METOD_T_IDEM) != cases[i].rows)
			fail_msg("%s: %llu rows", cases[i].name,
			    (unsigned long long)count(&f, METOD_T_IDEM));
		verify_ok(&f);
		stop(&f);
	}
}

static enum metod_err put_random(struct metod_txn *txn, void *arg)
{
	uint64_t *rng = arg, person = 10 + metod_rand64(rng) % 4;
	char text[32], key[32];
	struct metod_message row;
	struct metod_org place =
	    org(metod_rand64(rng) % 6 + 1, "C", metod_rand64(rng) % 3);
	struct forgetting forgetting = {
	    .row = {.person = person,
		.at = (int64_t)(*rng >> 12),
		.scope =
		    metod_rand64(rng) % 2 ? METOD_STR("all") : METOD_STR("answers")}};

	for (uint64_t n = metod_rand64(rng) % 4 + 1; n; n--) {
		snprintf(
		    text, sizeof(text), "text %u", (unsigned)(metod_rand64(rng) % 1000));
		/* ids of messages hold their person, as a row keeps its person */
		row = message(person * 100 + metod_rand64(rng) % 5 + 1, person, text);
		switch (metod_rand64(rng) % 5) {
		case 0:
			put_person(txn, &person);
			break;
		case 1:
			metod_record(txn, METOD_E_ORG_PUT, &place);
			break;
		case 2:
			if (metod_rand64(rng) % 3 == 0)
				put_forgotten(txn, &forgetting);
			break;
		default:
			metod_record(txn, METOD_E_MESSAGE_PUT, &row);
			break;
		}
	}
	snprintf(key, sizeof(key), "k%llu", (unsigned long long)metod_rand64(rng));
	if (metod_recorded(txn) && metod_rand64(rng) % 2)
		metod_record_key(txn, 7, metod_str(key), keyed_digest, METOD_STR("reply"),
		    metod_rand64(rng) % 2 ? person : 0);
	return METOD_OK;
}

static void any_history_replays_to_the_same_bytes(void **state)
{
	struct metod_verify_report report;
	uint64_t rng = 20261121, erased = 0;
	struct fixture f;

	(void)state;
	start(&f, 0, 0);
	for (int round = 0; round < 12; round++) {
		for (int i = 0; i < 40; i++)
			assert_int_equal(run(&f, put_random, &rng), METOD_OK);
		report = verify_ok(&f);
		erased = report.erased;
	}
	assert_true(erased > 100);
	assert_true(report.events - erased > 100);
	assert_true(report.rows > 20);
	stop(&f);
}

/* Freed pages keep what was deleted; compaction leaves nothing, and changes nothing else.
 */
static void compaction_leaves_no_trace_in_the_live_file(void **state)
{
	struct metod_store_stat before, after;
	struct metod_error err = {0};
	struct fixture f;
	char file[512];

	(void)state;
	start(&f, 0, 0);
	for (uint64_t id = 10; id < 40; id++)
		add_person(&f, id);
	for (uint64_t id = 10; id < 40; id++)
		forget(&f, id, "all");
	path_in(file, sizeof(file), f.dir, "store.mdb");
	assert_true(marks_in(file) > 0);
	assert_int_equal(metod_store_stat(f.store, &before), METOD_OK);
	assert_int_equal(metod_store_compact(f.store, &err), METOD_OK);
	assert_int_equal(marks_in(file), 0);
	assert_int_equal(metod_store_stat(f.store, &after), METOD_OK);
	assert_int_equal(after.journal_last, before.journal_last);
	assert_int_equal(after.generation, before.generation);
	assert_true(after.file_bytes < before.file_bytes);
	add_person(&f, 50);
	verify_ok(&f);
	assert_int_equal(count(&f, METOD_T_PERSON), 1);
	stop(&f);
}

/* A process that ends between the erasure and the compaction must not keep the bytes for
 * ever, nor leave copies of them. */
static void what_is_to_be_erased_outlives_the_process(void **state)
{
	struct fixture f;
	char left[512], dir[512], inner[600];

	(void)state;
	start(&f, 0, 0);
	assert_false(metod_store_erased(f.store));
	add_person(&f, 10);
	forget(&f, 10, "all");
	assert_true(metod_store_erased(f.store));
	path_in(left, sizeof(left), f.dir, "store.mdb.new");
	path_in(dir, sizeof(dir), f.dir, METOD_SCRATCH "abcdef");
	path_in(inner, sizeof(inner), dir, "store.mdb");
	assert_int_equal(mkdir(dir, 0700), 0);
	fclose(fopen(left, "w"));
	fclose(fopen(inner, "w"));
	close_store(&f);
	open_store(&f);
	assert_true(metod_store_erased(f.store));
	assert_int_equal(access(left, F_OK), -1);
	assert_int_equal(access(dir, F_OK), -1);
	assert_int_equal(metod_store_compact(f.store, NULL), METOD_OK);
	assert_false(metod_store_erased(f.store));
	close_store(&f);
	open_store(&f);
	assert_false(metod_store_erased(f.store));
	stop(&f);
}

static void *commit_on(void *arg)
{
	struct fixture *f = arg;

	for (uint64_t id = 100; id < 160; id++)
		add_person(f, id);
	return NULL;
}

static void *read_on(void *arg)
{
	struct fixture *f = arg;
	struct metod_arena *arena = metod_arena_new();
	uintptr_t bad = 0;

	for (int i = 0; i < 400; i++) {
		struct metod_txn *txn;
		struct metod_scan *scan;
		struct metod_person row;
		uint64_t n = 0;

		if (metod_read_begin(f->store, &txn)) {
			bad++;
			continue;
		}
		scan = metod_scan_index(txn, METOD_I_PERSON_ORG, NULL, 0);
		while (!metod_scan_next(scan, arena, &row))
			n++;
		bad += n != metod_table_count(txn, METOD_T_PERSON);
		metod_read_end(txn);
		metod_arena_clear(arena);
	}
	metod_arena_free(arena);
	return (void *)bad;
}

static void compaction_goes_on_under_load(void **state)
{
	pthread_t writer, reader;
	struct fixture f;
	void *bad;

	(void)state;
	start(&f, 256 << 10, 64 << 20);
	assert_int_equal(pthread_create(&writer, NULL, commit_on, &f), 0);
	assert_int_equal(pthread_create(&reader, NULL, read_on, &f), 0);
	for (int i = 0; i < 6; i++)
		assert_int_equal(metod_store_compact(f.store, NULL), METOD_OK);
	pthread_join(writer, NULL);
	pthread_join(reader, &bad);
	assert_null(bad);
	assert_int_equal(count(&f, METOD_T_PERSON), 60);
	verify_ok(&f);
	stop(&f);
}

/* ---- damage ---- */

static void every_kind_of_damage_is_reported(void **state)
{
	/* clang-format off */
	static const struct {
		const char *name, *db;
		enum harm harm;
		size_t at;
		const char *where; /* in the error */
		uint64_t damaged, missing, extra, different;
		bool chain_ok, sequence_ok;
	} cases[] = {
	    {"a bit of a row", "ORG", FLIP, 20, "ORG", 1, 0, 0, 1, true, true},
	    {"a bit of its envelope", "ORG", FLIP, 0, "ORG", 1, 0, 0, 1, true, true},
	    {"a row is gone", "ORG", DELETE, 0, "ORG", 0, 1, 0, 1, true, true},
	    {"a row under another key", "ORG", MOVE, 0, "ORG", 1, 1, 1, 0, true, true},
	    {"an index entry is gone", "ORG_CODE", DELETE, 0, "ORG_CODE", 0, 1, 0, 0, true, true},
	    {"an index entry under another key", "ORG_CODE", MOVE, 0, "ORG_CODE", 0, 1, 1, 0, true, true},
	    {"a bit of an event's body", ".journal", FLIP, 9999, "event 2", 1, 0, 3, 0, false, true},
	    {"a bit of an event's time", ".journal", FLIP, 20, "event 2", 1, 0, 3, 0, false, true},
	    {"an event is called erased", ".journal", FLIP, 1, "event 2", 1, 0, 3, 0, false, true},
	    {"an event hides as erased", ".journal", HIDE, 0, "event 2", 1, 0, 3, 0, true, true},
	    {"an event is rewritten", ".journal", TAMPER, 0, "event 2", 1, 0, 3, 0, false, true},
	    {"the first event is gone", ".journal", DELETE, 0, "event 1", 0, 1, 1, 0, false, false},
	    {"the last event is gone", ".journal", DELETE_LAST, 0, "event 5", 0, 0, 1, 0, true, false},
	    {"the index of subjects", ".subject", DELETE, 0, ".subject", 0, 1, 0, 0, true, true},
	    {"the state", ".state", FLIP, 30, "", 0, 0, 0, 0, true, true},
	};
	/* clang-format on */
	struct metod_buf good;
	struct metod_error err;
	struct metod_verify_report r;
	struct metod_message row = message(1, 10, "text");
	struct fixture f;
	char file[512];

	(void)state;
	start(&f, 0, 0);
	add_org(&f, 1, "A", 0);
	add_org(&f, 2, "B", 1);
	add_org(&f, 2, "BB", 1);
	assert_int_equal(run(&f, put_message, &row), METOD_OK);
	close_store(&f);
	path_in(file, sizeof(file), f.dir, "store.mdb");
	good = read_file(file);
	for (size_t i = 0; i < METOD_LEN(cases); i++) {
		write_file(file, good.p, good.n);
		err = (struct metod_error){0};
		harm(file, cases[i].db, cases[i].harm, cases[i].at);
		assert_int_equal(
		    metod_store_verify(f.dir, "/tmp", &r, &err), METOD_DAMAGED);
		if (!strstr(err.field, cases[i].where) || r.damaged != cases[i].damaged ||
		    !r.missing != !cases[i].missing || !r.extra != !cases[i].extra ||
		    !r.different != !cases[i].different ||
		    r.chain_ok != cases[i].chain_ok ||
		    r.sequence_ok != cases[i].sequence_ok)
			fail_msg(
			    "%s: %s: %s; damaged %d missing %d extra %d different %d chain %d "
			    "sequence %d",
			    cases[i].name, err.field, err.message, (int)r.damaged,
			    (int)r.missing, (int)r.extra, (int)r.different, r.chain_ok,
			    r.sequence_ok);
	}
	write_file(file, good.p, good.n);
	assert_int_equal(metod_store_verify(f.dir, "/tmp", &r, &err), METOD_OK);
	assert_int_equal(metod_store_verify(file, "/tmp", &r, &err), METOD_OK);
	metod_buf_done(&good);
	stop(&f);
}

/* A damaged row is refused by every way of reading it, and only that row. */
static void a_damaged_row_is_never_served(void **state)
{
	struct metod_org row, key = {.id = 1, .code = METOD_STR("A")};
	struct metod_txn *txn;
	struct metod_scan *scan;
	struct fixture f;
	char file[512];

	(void)state;
	start(&f, 0, 0);
	add_org(&f, 1, "A", 0);
	add_org(&f, 2, "B", 0);
	close_store(&f);
	path_in(file, sizeof(file), f.dir, "store.mdb");
	harm(file, "ORG", FLIP, 20);
	open_store(&f);
	txn = snapshot(&f);
	assert_int_equal(metod_get(txn, METOD_T_ORG, &key, f.arena, &row), METOD_DAMAGED);
	assert_int_equal(
	    metod_find(txn, METOD_I_ORG_CODE, &key, f.arena, &row), METOD_DAMAGED);
	scan = metod_scan_table(txn, METOD_T_ORG, NULL, 0);
	assert_int_equal(metod_scan_next(scan, f.arena, &row), METOD_DAMAGED);
	assert_int_equal(metod_scan_next(scan, f.arena, &row), METOD_OK);
	assert_int_equal(row.id, 2);
	metod_read_end(txn);
	close_store(&f);
	harm(file, "ORG", DELETE, 0);
	open_store(&f);
	txn = snapshot(&f);
	assert_int_equal(
	    metod_find(txn, METOD_I_ORG_CODE, &key, f.arena, &row), METOD_DAMAGED);
	metod_read_end(txn);
	stop(&f);

	/* An index entry that leads to the row of somebody else. */
	start(&f, 0, 0);
	path_in(file, sizeof(file), f.dir, "store.mdb");
	add_org(&f, 1, "A", 0);
	add_org(&f, 1 ^ 64, "B", 0);
	close_store(&f);
	harm(file, "ORG_CODE", MOVE, 0);
	open_store(&f);
	txn = snapshot(&f);
	assert_int_equal(
	    metod_find(txn, METOD_I_ORG_CODE, &key, f.arena, &row), METOD_DAMAGED);
	metod_read_end(txn);
	stop(&f);
}

/* One bit anywhere in the file: reported, or in room that is not used. */
static void no_flipped_bit_changes_data_silently(void **state)
{
	struct metod_verify_report report, whole;
	struct metod_buf good;
	struct fixture f;
	uint64_t rng = 1;
	size_t found = 0;
	char file[512];

	(void)state;
	start(&f, 0, 0);
	for (uint64_t id = 1; id <= 60; id++)
		add_person(&f, id);
	whole = verify_ok(&f);
	close_store(&f);
	path_in(file, sizeof(file), f.dir, "store.mdb");
	good = read_file(file);
	for (int i = 0; i < 150; i++) {
		struct metod_error err = {0};
		uint64_t bit = metod_rand64(&rng) % (8 * good.n);
		enum metod_err e;

		good.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		write_file(file, good.p, good.n);
		good.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		e = metod_store_verify(file, "/tmp", &report, &err);
		found += e != METOD_OK;
		/* All is well: then it is the whole store. Going back to the state before
		 * the last commit is what a broken meta page looks like. */
		if (!e && (report.rows != whole.rows || report.events != whole.events))
			assert_true(bit / 8 < 2 * 4096);
	}
	assert_true(found > 30);
	metod_buf_done(&good);
	stop(&f);
}

/* ---- backup and restore ---- */

static void a_backup_restores_to_a_running_store(void **state)
{
	struct metod_store_stat before, after;
	struct metod_verify_report report;
	struct metod_error err = {0};
	struct metod_org row;
	struct fixture f, g = {0};
	char copy[512], manifest[512];
	uint64_t seq;

	(void)state;
	start(&f, 0, 0);
	add_org(&f, 1, "A", 0);
	add_person(&f, 10);
	path_in(copy, sizeof(copy), f.dir, "copy");
	path_in(manifest, sizeof(manifest), f.dir, "copy.json");
	assert_int_equal(metod_store_backup(f.store, copy, &seq, &err), METOD_OK);
	assert_int_equal(seq, 7);
	assert_int_equal(metod_store_backup(f.store, copy, &seq, &err), METOD_CONFLICT);
	assert_int_equal(metod_store_verify(copy, "/tmp", &report, &err), METOD_OK);
	assert_int_equal(report.events, 7);
	add_org(&f, 1, "LATER", 0);
	assert_int_equal(metod_store_stat(f.store, &before), METOD_OK);

	/* Elsewhere. */
	snprintf(g.dir, sizeof(g.dir), "%s/restored", f.dir);
	assert_int_equal(metod_store_restore(copy, g.dir, "aside", &err), METOD_OK);
	g.config = (struct metod_store_config){.dir = g.dir};
	g.arena = metod_arena_new();
	open_store(&g);
	assert_int_equal(get_org(&g, 1, &row), METOD_OK);
	assert_true(metod_str_is(row.code, "A"));
	assert_int_equal(metod_store_stat(g.store, &after), METOD_OK);
	assert_int_equal(after.journal_last, 7);
	assert_true(after.generation != before.generation && after.generation > 0);
	add_org(&g, 2, "NEXT", 0);
	verify_ok(&g);
	stop(&g);

	/* In place: not under a running daemon. */
	assert_int_equal(metod_store_restore(copy, f.dir, "aside", &err), METOD_LOCKED);
	close_store(&f);
	assert_int_equal(metod_store_restore(copy, f.dir, "aside", &err), METOD_OK);
	open_store(&f);
	assert_int_equal(last_seq(&f), 7);
	verify_ok(&f);
	stop(&f);
}

static void a_bad_backup_is_not_restored(void **state)
{
	struct metod_error err = {0};
	struct metod_buf good, text;
	struct metod_org row;
	struct fixture f;
	char copy[512], manifest[512];
	uint64_t seq;
	char *digit;

	(void)state;
	start(&f, 0, 0);
	add_org(&f, 1, "A", 0);
	path_in(copy, sizeof(copy), f.dir, "copy");
	path_in(manifest, sizeof(manifest), f.dir, "copy.json");
	assert_int_equal(metod_store_backup(f.store, copy, &seq, &err), METOD_OK);
	add_org(&f, 2, "B", 0);
	close_store(&f);
	good = read_file(copy);
	text = read_file(manifest);
	metod_buf_byte(&text, 0);

	/* Another file than the manifest describes. */
	good.p[good.n - 1] ^= 1;
	write_file(copy, good.p, good.n);
	assert_int_equal(metod_store_restore(copy, f.dir, "aside", &err), METOD_DAMAGED);
	good.p[good.n - 1] ^= 1;
	write_file(copy, good.p, good.n);

	/* A format to come. */
	digit = strstr((char *)text.p, "\"format\":1");
	assert_non_null(digit);
	digit[9] = '2';
	write_file(manifest, text.p, text.n - 1);
	assert_int_equal(metod_store_restore(copy, f.dir, "aside", &err), METOD_VERSION);

	/* No manifest, but damage: the replay finds it. */
	unlink(manifest);
	harm(copy, "ORG", FLIP, 20);
	assert_int_equal(metod_store_restore(copy, f.dir, "aside", &err), METOD_DAMAGED);
	write_file(copy, "no store", 8);
	assert_int_not_equal(metod_store_restore(copy, f.dir, "aside", &err), METOD_OK);

	open_store(&f); /* what was there is still there */
	assert_int_equal(get_org(&f, 2, &row), METOD_OK);
	verify_ok(&f);
	metod_buf_done(&good);
	metod_buf_done(&text);
	path_in(copy, sizeof(copy), f.dir, "copy-lock");
	unlink(copy);
	stop(&f);
}

static void a_backup_under_load_is_whole(void **state)
{
	struct metod_verify_report report;
	struct fixture f;
	pthread_t thread;
	char copy[512], name[32];
	uint64_t seq, before;

	(void)state;
	start(&f, 256 << 10, 64 << 20); /* the map grows meanwhile */
	assert_int_equal(pthread_create(&thread, NULL, commit_on, &f), 0);
	for (int i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), "copy%d", i);
		path_in(copy, sizeof(copy), f.dir, name);
		before = last_seq(&f);
		assert_int_equal(metod_store_backup(f.store, copy, &seq, NULL), METOD_OK);
		assert_true(seq >= before);
		assert_int_equal(
		    metod_store_verify(copy, "/tmp", &report, NULL), METOD_OK);
		assert_int_equal(report.events, seq);
	}
	pthread_join(thread, NULL);
	verify_ok(&f);
	stop(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_forgotten_person_is_nowhere),
	    cmocka_unit_test(withdrawn_answers_leave_the_person),
	    cmocka_unit_test(parts_of_long_values_are_forgotten_too),
	    cmocka_unit_test(others_keep_their_data),
	    cmocka_unit_test(keys_and_erasure_interleave),
	    cmocka_unit_test(any_history_replays_to_the_same_bytes),
	    cmocka_unit_test(compaction_leaves_no_trace_in_the_live_file),
	    cmocka_unit_test(compaction_goes_on_under_load),
	    cmocka_unit_test(what_is_to_be_erased_outlives_the_process),
	    cmocka_unit_test(every_kind_of_damage_is_reported),
	    cmocka_unit_test(a_damaged_row_is_never_served),
	    cmocka_unit_test(no_flipped_bit_changes_data_silently),
	    cmocka_unit_test(a_backup_restores_to_a_running_store),
	    cmocka_unit_test(a_bad_backup_is_not_restored),
	    cmocka_unit_test(a_backup_under_load_is_whole),
	};

	return cmocka_run_group_tests_name("store_care", tests, NULL, NULL);
}
