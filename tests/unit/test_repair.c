/* SPDX-License-Identifier: Apache-2.0
 * Mending: what verification names, rebuilding from the journal, what a restore would
 * lose, and whoever changes the journal against a head that was kept elsewhere. */
#include "store_harm.h"

#include <sodium.h>

/* ---- a store at rest with something in it ---- */

static enum metod_err put_person(struct metod_txn *txn, void *arg)
{
	struct metod_person person = {.id = *(uint64_t *)arg,
	    .code = METOD_STR("T-1"),
	    .name = METOD_STR("Name"),
	    .org = 1,
	    .position = METOD_STR("teacher"),
	    .category_until = METOD_NIL,
	    .hired = METOD_NIL};

	metod_record(txn, METOD_E_PERSON_PUT, &person);
	return METOD_OK;
}

static enum metod_err put_forgotten(struct metod_txn *txn, void *arg)
{
	metod_record(txn, METOD_E_PERSON_FORGOTTEN, arg);
	return METOD_OK;
}

/* Events: 1 creation, then `orgs` organisations, 2 of a keyed command. */
static void fill(struct fixture *f, uint64_t orgs)
{
	struct keyed keyed = {.org = org(900, "K", 0),
	    .key = METOD_STR("key"),
	    .reply = METOD_STR("reply")};
	char code[16];

	start(f, 0, 0);
	for (uint64_t id = 1; id <= orgs; id++) {
		snprintf(code, sizeof(code), "O-%d", (int)id);
		add_org(f, id, code, 0);
	}
	assert_int_equal(run(f, put_keyed, &keyed), METOD_OK);
}

static struct metod_store_facts look(const char *dir)
{
	struct metod_store_facts facts = {0};
	struct metod_error err = {0};
	enum metod_err e = metod_store_look(dir, NULL, &facts, &err);

	if (e)
		fail_msg("look: %s: %s", err.field, err.message);
	return facts;
}

static void file_of(const struct fixture *f, char out[512])
{
	path_in(out, 512, f->dir, "store.mdb");
}

static enum metod_err rebuild(
    struct fixture *f, uint64_t keep, struct metod_rebuild_report *ret)
{
	static int n;
	char aside[32];
	struct metod_error err = {0};

	snprintf(aside, sizeof(aside), "aside-%d", ++n);
	return metod_store_rebuild(f->dir, keep, aside, ret, &err);
}

/* ---- what is named ---- */

static void damage_is_named_by_table_and_key(void **state)
{
	/* clang-format off */
	static const struct {
		const char *db;
		enum harm harm;
		const char *table, *key;
		enum metod_found_kind kind;
	} cases[] = {
	    {"ORG", FLIP, "ORG", "1", METOD_FOUND_ROW_DAMAGED},
	    {"ORG", DELETE, "ORG", "1", METOD_FOUND_ROW_MISSING},
	    {"ORG_CODE", DELETE, "ORG_CODE", "900", METOD_FOUND_ROW_MISSING},
	    {"ORG_CODE", MOVE, "ORG_CODE", "964", METOD_FOUND_ROW_EXTRA},
	    {".journal", FLIP, "event", "2", METOD_FOUND_EVENT_DAMAGED},
	    {"IDEM", DELETE, "IDEM", "7 key", METOD_FOUND_ROW_MISSING},
	};
	/* clang-format on */
	struct metod_verify_report report;
	struct metod_buf good;
	struct fixture f;
	char file[512];

	(void)state;
	fill(&f, 3);
	close_store(&f);
	file_of(&f, file);
	good = read_file(file);
	for (size_t i = 0; i < METOD_LEN(cases); i++) {
		bool named = false;

		write_file(file, good.p, good.n);
		harm(file, cases[i].db, cases[i].harm, 20);
		assert_int_equal(
		    metod_store_verify(f.dir, "/tmp", &report, NULL), METOD_DAMAGED);
		for (size_t j = 0; j < report.n_found && j < METOD_FOUND_MAX; j++)
			named |= !strcmp(report.found[j].table, cases[i].table) &&
			    !strcmp(report.found[j].key, cases[i].key) &&
			    report.found[j].kind == cases[i].kind;
		if (!named)
			fail_msg("case %zu: %zu found, first %s %s %s", i, report.n_found,
			    report.found[0].table, report.found[0].key,
			    metod_found_text(report.found[0].kind));
	}
	metod_buf_done(&good);
	stop(&f);
}

/* It passed for a table without rows. */
static void a_table_whose_name_was_hit_is_reported(void **state)
{
	struct metod_verify_report report;
	struct metod_buf bytes;
	struct fixture f;
	char file[512];
	size_t hits = 0;

	(void)state;
	fill(&f, 1);
	close_store(&f);
	file_of(&f, file);
	bytes = read_file(file);
	for (size_t i = 0; i + 9 < bytes.n; i++) {
		if (memcmp(bytes.p + i, "MATCH_RUN", 9) || bytes.p[i + 9] == '_')
			continue;
		bytes.p[i + 8] ^= 1;
		hits++;
	}
	assert_true(hits > 0);
	write_file(file, bytes.p, bytes.n);
	assert_int_equal(metod_store_verify(f.dir, "/tmp", &report, NULL), METOD_DAMAGED);
	metod_buf_done(&bytes);
	stop(&f);
}

/* ---- rebuild ---- */

static void damaged_tables_are_made_anew_from_the_journal(void **state)
{
	/* clang-format off */
	static const struct { const char *db; enum harm harm; size_t at; } cases[] = {
	    {"ORG", FLIP, 20}, {"ORG", DELETE, 0}, {"ORG_CODE", MOVE, 0}, {"IDEM", DELETE, 0},
	    {".subject", DELETE, 0}, {"META", FLIP, 5},
	};
	/* clang-format on */
	struct metod_rebuild_report report;
	struct metod_store_facts before, after;
	struct fixture f;
	uint64_t person = 5;
	char file[512];

	(void)state;
	fill(&f, 30);
	assert_int_equal(run(&f, put_person, &person), METOD_OK);
	close_store(&f);
	before = look(f.dir);
	file_of(&f, file);
	for (size_t i = 0; i < METOD_LEN(cases); i++) {
		harm(file, cases[i].db, cases[i].harm, cases[i].at);
		assert_int_equal(rebuild(&f, 0, &report), METOD_OK);
		assert_true(report.done && report.whole);
		after = look(f.dir);
		assert_int_equal(after.seq, before.seq);
		assert_int_equal(after.generation, before.generation);
		assert_memory_equal(after.head.hash, before.head.hash, METOD_HEAD_BYTES);
		open_store(&f);
		verify_ok(&f);
		close_store(&f);
	}
	open_store(&f);
	stop(&f);
}

/* Without the state, LMDB's count of events says that none is lacking; which generation
 * it was is lost. */
static void a_damaged_state_costs_no_event(void **state)
{
	struct metod_rebuild_report report;
	struct metod_store_facts before, after;
	struct fixture f;
	char file[512];

	(void)state;
	fill(&f, 5);
	close_store(&f);
	before = look(f.dir);
	file_of(&f, file);
	harm(file, ".state", FLIP, 30);
	assert_int_equal(rebuild(&f, 0, &report), METOD_OK);
	after = look(f.dir);
	assert_int_equal(after.seq, before.seq);
	assert_int_not_equal(after.generation, before.generation);
	assert_memory_equal(after.head.hash, before.head.hash, METOD_HEAD_BYTES);
	open_store(&f);
	verify_ok(&f);
	stop(&f);
}

static void a_damaged_journal_is_cut_only_when_told(void **state)
{
	struct metod_rebuild_report report;
	struct metod_store_facts before, after;
	struct metod_org row;
	struct fixture f;
	char file[512];

	(void)state;
	fill(&f, 5); /* 8 events; the second is O-1 */
	close_store(&f);
	before = look(f.dir);
	file_of(&f, file);
	harm(file, ".journal", DELETE_LAST, 0);
	assert_int_equal(rebuild(&f, 0, &report), METOD_DAMAGED);
	assert_false(report.done || report.whole);
	assert_int_equal(report.readable, 7);
	assert_int_equal(report.last, 8);
	assert_int_equal(rebuild(&f, 8, &report), METOD_RANGE);
	assert_int_equal(rebuild(&f, 7, &report), METOD_OK);
	after = look(f.dir);
	assert_int_equal(after.seq, 7);
	assert_int_not_equal(after.generation, before.generation);
	open_store(&f);
	verify_ok(&f);
	assert_int_equal(get_org(&f, 5, &row), METOD_OK);
	add_org(&f, 50, "NEXT", 0);
	close_store(&f);

	harm(file, ".journal", FLIP, 20);
	assert_int_equal(rebuild(&f, 0, &report), METOD_DAMAGED);
	assert_int_equal(report.readable, 1);
	assert_int_equal(rebuild(&f, 1, &report), METOD_OK);
	open_store(&f);
	verify_ok(&f);
	assert_int_equal(last_seq(&f), 1);
	stop(&f);
}

/* The event that erased somebody is lost; he stays erased. */
static void who_was_forgotten_stays_so_when_the_journal_is_cut(void **state)
{
	static const char *const scopes[] = {"all", "answers"};
	struct metod_person row, key;
	struct fixture f;
	char file[512];

	(void)state;
	for (size_t i = 0; i < METOD_LEN(scopes); i++) {
		struct metod_forgotten gone = {
		    .person = 5, .at = 9, .scope = metod_str(scopes[i])};
		struct metod_message sent = message(7, 5, "text");
		struct metod_rebuild_report report;
		struct metod_txn *txn;
		uint64_t person = 5;

		fill(&f, 1);
		assert_int_equal(run(&f, put_person, &person), METOD_OK);
		assert_int_equal(run(&f, put_message, &sent), METOD_OK);
		assert_int_equal(run(&f, put_forgotten, &gone), METOD_OK);
		close_store(&f);
		file_of(&f, file);
		harm(file, ".journal", DELETE_LAST, 0);
		assert_int_equal(rebuild(&f, 0, &report), METOD_DAMAGED);
		assert_int_equal(rebuild(&f, report.readable, &report), METOD_OK);
		open_store(&f);
		verify_ok(&f);
		txn = snapshot(&f);
		key = (struct metod_person){.id = 5};
		assert_int_equal(metod_get(txn, METOD_T_PERSON, &key, f.arena, &row),
		    i == 0 ? METOD_NOT_FOUND : METOD_OK);
		assert_int_equal(metod_table_count(txn, METOD_T_MESSAGE), 0);
		assert_int_equal(metod_table_count(txn, METOD_T_FORGOTTEN), 1);
		metod_read_end(txn);
		stop(&f);
	}
}

static void a_served_store_is_not_rebuilt(void **state)
{
	struct metod_rebuild_report report;
	struct metod_error err = {0};
	struct fixture f;

	(void)state;
	fill(&f, 1);
	assert_int_equal(
	    metod_store_rebuild(f.dir, 0, "aside", &report, &err), METOD_LOCKED);
	assert_int_equal(
	    metod_store_upgrade(f.dir, "aside", &report, &err), METOD_LOCKED);
	close_store(&f);
	assert_int_equal(
	    metod_store_upgrade(f.dir, "aside", &report, &err), METOD_CONFLICT);
	open_store(&f);
	stop(&f);
}

/* ---- restore ---- */

static void a_plan_says_what_a_restore_would_lose(void **state)
{
	struct metod_restore_plan plan;
	struct metod_error err = {0};
	struct fixture f, other;
	char copy[512], elsewhere[512], file[512];
	struct metod_buf before, after;
	uint64_t seq;

	(void)state;
	fill(&f, 2);
	path_in(copy, sizeof(copy), f.dir, "copy");
	path_in(elsewhere, sizeof(elsewhere), f.dir, "none");
	assert_int_equal(metod_store_backup(f.store, copy, &seq, &err), METOD_OK);
	assert_int_equal(
	    metod_store_restore_plan(copy, f.dir, "/tmp", &plan, &err), METOD_OK);
	if (!plan.described || plan.in_place != METOD_OK || !plan.now.grew_from)
		fail_msg("described %d, in place %d, grew %d", plan.described,
		    plan.in_place, plan.now.grew_from);
	assert_int_equal(plan.now.after, 0);
	add_org(&f, 70, "A", 0);
	add_org(&f, 71, "B", 0);
	close_store(&f);
	file_of(&f, file);
	before = read_file(file);
	assert_int_equal(
	    metod_store_restore_plan(copy, f.dir, "/tmp", &plan, &err), METOD_OK);
	assert_int_equal(plan.of_copy.seq, seq);
	assert_int_equal(plan.now.seq, seq + 2);
	assert_int_equal(plan.now.after, 2);
	assert_int_equal(plan.now.submissions, 0);
	assert_int_equal(plan.now.after_ms, 5000);
	after = read_file(file);
	assert_int_equal(before.n, after.n);
	assert_memory_equal(before.p, after.p, before.n);

	assert_int_equal(
	    metod_store_restore_plan(copy, elsewhere, "/tmp", &plan, &err), METOD_OK);
	assert_int_equal(plan.in_place, METOD_NOT_FOUND);
	fill(&other, 9);
	assert_int_equal(
	    metod_store_restore_plan(copy, other.dir, "/tmp", &plan, &err), METOD_OK);
	assert_false(plan.now.grew_from);
	stop(&other);
	write_file(file, "no store", 8);
	assert_int_equal(
	    metod_store_restore_plan(copy, f.dir, "/tmp", &plan, &err), METOD_OK);
	assert_true(plan.in_place != METOD_OK && plan.in_place != METOD_NOT_FOUND);
	write_file(file, before.p, before.n);
	metod_buf_done(&before);
	metod_buf_done(&after);
	open_store(&f);
	stop(&f);
}

static void a_restore_keeps_the_store_before_it(void **state)
{
	struct metod_error err = {0};
	struct metod_buf before, aside;
	struct fixture f;
	char copy[512], file[512], kept[512];
	uint64_t seq;

	(void)state;
	fill(&f, 2);
	path_in(copy, sizeof(copy), f.dir, "copy");
	path_in(kept, sizeof(kept), f.dir, "kept");
	assert_int_equal(metod_store_backup(f.store, copy, &seq, &err), METOD_OK);
	add_org(&f, 70, "A", 0);
	close_store(&f);
	file_of(&f, file);
	before = read_file(file);
	assert_int_equal(metod_store_restore(copy, f.dir, "kept", &err), METOD_OK);
	aside = read_file(kept);
	assert_int_equal(before.n, aside.n);
	assert_memory_equal(before.p, aside.p, before.n);
	assert_int_equal(look(f.dir).seq, seq);
	/* Never over one that is kept already. */
	assert_int_not_equal(metod_store_restore(copy, f.dir, "kept", &err), METOD_OK);
	assert_int_equal(look(f.dir).seq, seq);
	metod_buf_done(&before);
	metod_buf_done(&aside);
	open_store(&f);
	verify_ok(&f);
	stop(&f);
}

/* ---- the journal against a head that was kept elsewhere ---- */

enum { EVENTS_MAX = 64, SEQ = 8, PREV = 112, CHAINED = 144, BLOCKS = 156 };

struct forged {
	struct metod_buf events[EVENTS_MAX];
	size_t n;
};

static void put32(uint8_t *p, uint32_t number)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(number >> (24 - 8 * i));
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void put64(uint8_t *p, uint64_t number)
{
	put32(p, (uint32_t)(number >> 32));
	put32(p + 4, (uint32_t)number);
}

static void load_all(const char *file, struct forged *all)
{
	MDB_val key, value;
	struct raw raw;

	all->n = 0;
	raw_open(&raw, file, ".journal");
	for (int rc = mdb_cursor_get(raw.cursor, &key, &value, MDB_FIRST); !rc;
	     rc = mdb_cursor_get(raw.cursor, &key, &value, MDB_NEXT)) {
		struct metod_buf *event = &all->events[all->n++];

		event->n = 0;
		metod_buf_add(event, value.mv_data, value.mv_size);
	}
	raw_close(&raw);
}

/* The whole journal again, with every number, digest, checksum and link right. */
static void seal_all(struct forged *all, uint8_t head[32])
{
	memset(head, 0, 32);
	for (size_t i = 0; i < all->n; i++) {
		uint8_t *p = all->events[i].p, sums[152 + 8], chained[CHAINED];
		uint32_t body = get32(p + 144), extra = get32(p + 148);

		put64(p + SEQ, i + 1);
		memcpy(p + PREV, head, 32);
		crypto_generichash(p + 48, 32, p + BLOCKS, body, NULL, 0);
		if (extra)
			crypto_generichash(p + 80, 32, p + BLOCKS + body, extra, NULL, 0);
		memcpy(sums, p, 152);
		put32(sums + 152, metod_crc32c(p + BLOCKS, body));
		put32(sums + 156, metod_crc32c(p + BLOCKS + body, extra));
		put32(p + 152, metod_crc32c(sums, sizeof(sums)));
		memcpy(chained, p, CHAINED);
		chained[1] = 0;
		crypto_generichash(head, 32, chained, CHAINED, NULL, 0);
	}
}

static void store_all(const char *file, const struct forged *all)
{
	struct raw raw;

	raw_open(&raw, file, ".journal");
	mdb_cursor_close(raw.cursor);
	assert_int_equal(mdb_drop(raw.txn, raw.dbi, 0), 0);
	assert_int_equal(mdb_cursor_open(raw.txn, raw.dbi, &raw.cursor), 0);
	for (size_t i = 0; i < all->n; i++) {
		uint8_t at[8];
		MDB_val key = {8, at}, value = {all->events[i].n, all->events[i].p};

		put64(at, i + 1);
		assert_int_equal(mdb_put(raw.txn, raw.dbi, &key, &value, 0), 0);
	}
	raw_close(&raw);
}

static void store_state(const char *file, uint64_t seq, const uint8_t head[32])
{
	MDB_val key, value;
	struct metod_buf bytes = {0};
	struct raw raw;

	raw_open(&raw, file, ".state");
	assert_int_equal(mdb_cursor_get(raw.cursor, &key, &value, MDB_FIRST), 0);
	metod_buf_add(&bytes, value.mv_data, value.mv_size);
	put64(bytes.p + 8, seq);
	memcpy(bytes.p + 24, head, 32);
	put32(bytes.p + bytes.n - 4, metod_crc32c(bytes.p, bytes.n - 4));
	value = (MDB_val){bytes.n, bytes.p};
	assert_int_equal(mdb_put(raw.txn, raw.dbi, &key, &value, 0), 0);
	raw_close(&raw);
	metod_buf_done(&bytes);
}

enum tamper { EDIT, REMOVE, SWAP, INSERT, TRUNCATE, TAMPERS };

static void tamper(struct forged *all, enum tamper what, uint64_t *rng)
{
	size_t at = 1 + metod_rand64(rng) % (all->n - 1);
	size_t to = 1 + (at + 1 + metod_rand64(rng) % (all->n - 2)) % (all->n - 1);
	struct metod_buf one = all->events[at];

	switch (what) {
	case EDIT: /* time, actor, or a byte of the body */
		one.p[metod_rand64(rng) % 2 ? 16 + metod_rand64(rng) % 16
					    : BLOCKS + 16 + metod_rand64(rng) % 8] ^= 1;
		break;
	case REMOVE:
		memmove(&all->events[at], &all->events[at + 1],
		    (all->n - at - 1) * sizeof(one));
		all->events[--all->n] = one;
		break;
	case SWAP:
		all->events[at] = all->events[to == at ? (at == 1 ? 2 : 1) : to];
		all->events[to == at ? (at == 1 ? 2 : 1) : to] = one;
		break;
	case INSERT: /* a copy of one before another */
		one = all->events[all->n];
		one.n = 0;
		metod_buf_add(&one, all->events[at].p, all->events[at].n);
		memmove(
		    &all->events[to + 1], &all->events[to], (all->n - to) * sizeof(one));
		all->events[to] = one;
		all->n++;
		break;
	case TRUNCATE:
	case TAMPERS:
		all->n = at;
		break;
	}
}

/* Somebody who can write the file and knows its format. `sealed`: he makes everything
 * agree again, so that nothing in the file shows what he did. */
static void who_changes_the_journal_is_found(void **state)
{
	enum { ROUNDS = 200 };
	static const char *const names[] = {
	    "edit", "remove", "swap", "insert", "truncate"};
	struct metod_verify_report report;
	struct metod_store_facts facts;
	struct forged all = {0};
	struct metod_buf good;
	struct fixture f;
	uint64_t rng = 20261127, unseen = 0;
	uint8_t head[32];
	char file[512];

	(void)state;
	fill(&f, 25);
	close_store(&f);
	file_of(&f, file);
	facts = look(f.dir);
	assert_int_equal(metod_store_audit(f.dir, &facts.head, &report, NULL), METOD_OK);
	assert_int_equal(report.chain_to, facts.seq);
	good = read_file(file);
	for (int i = 0; i < ROUNDS; i++) {
		enum tamper what = (enum tamper)(i % TAMPERS);
		bool sealed = i / TAMPERS % 4 != 0;

		write_file(file, good.p, good.n);
		load_all(file, &all);
		tamper(&all, what, &rng);
		if (sealed) {
			seal_all(&all, head);
			store_state(file, all.n, head);
		}
		store_all(file, &all);
		if (metod_store_audit(f.dir, &facts.head, &report, NULL) == METOD_OK ||
		    report.chain_to >= facts.seq)
			fail_msg(
			    "round %d: %s passed, sealed %d", i, names[what], sealed);
		unseen +=
		    sealed && metod_store_audit(f.dir, NULL, &report, NULL) == METOD_OK;
	}
	/* Why the head has to be kept elsewhere: nothing in the file gives them away. */
	assert_int_equal(unseen, ROUNDS * 3 / 4);
	for (size_t i = 0; i < EVENTS_MAX; i++)
		metod_buf_done(&all.events[i]);
	write_file(file, good.p, good.n);
	metod_buf_done(&good);
	open_store(&f);
	stop(&f);
}

static void a_head_is_read_back(void **state)
{
	static const char *const bad[] = {"", "5", "5:", ":00", "0:", "x:00"};
	struct metod_head head = {.seq = 812}, back;
	char text[METOD_HEAD_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(head.hash); i++)
		head.hash[i] = (uint8_t)(7 * i);
	metod_head_text(&head, text);
	assert_true(metod_head_parse(metod_str(text), &back));
	assert_int_equal(back.seq, 812);
	assert_memory_equal(back.hash, head.hash, sizeof(head.hash));
	text[strlen(text) - 1] = 'g';
	assert_false(metod_head_parse(metod_str(text), &back));
	for (size_t i = 0; i < METOD_LEN(bad); i++)
		assert_false(metod_head_parse(metod_str(bad[i]), &back));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(damage_is_named_by_table_and_key),
	    cmocka_unit_test(a_table_whose_name_was_hit_is_reported),
	    cmocka_unit_test(damaged_tables_are_made_anew_from_the_journal),
	    cmocka_unit_test(a_damaged_state_costs_no_event),
	    cmocka_unit_test(a_damaged_journal_is_cut_only_when_told),
	    cmocka_unit_test(who_was_forgotten_stays_so_when_the_journal_is_cut),
	    cmocka_unit_test(a_served_store_is_not_rebuilt),
	    cmocka_unit_test(a_plan_says_what_a_restore_would_lose),
	    cmocka_unit_test(a_restore_keeps_the_store_before_it),
	    cmocka_unit_test(who_changes_the_journal_is_found),
	    cmocka_unit_test(a_head_is_read_back),
	};

	return cmocka_run_group_tests_name("repair", tests, NULL, NULL);
}
