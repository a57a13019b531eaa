/* SPDX-License-Identifier: Apache-2.0
 * A new store from a journal: restore, rebuild and upgrade are this and a rename. Events
 * are copied as they are and applied again, so the result owes nothing to tables, indexes
 * or page structure of the file it comes from. */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BATCH = 2000 };

struct replay {
	const char *from, *to;
	uint64_t upto, generation;
	/* what came of it */
	enum metod_err result;
	struct metod_error err;
	uint64_t reading; /* event */
};

struct work {
	struct store_env from, to;
	struct metod_txn read, write;
	struct metod_arena *arena;
	struct forgotten_list forgotten;
	struct store_entry last;
	bool erased; /* some event is */
};

static enum metod_err next_batch(struct work *work)
{
	enum metod_err e = metod_env_err(metod_txn_commit(&work->write));

	return e ? e : metod_txn_begin(&work->write, &work->to, true);
}

static enum metod_err copy_event(struct work *work, uint64_t seq)
{
	struct store_entry entry;
	enum metod_err e;

	metod_arena_clear(work->arena);
	e = metod_journal_copy(&work->read, &work->write, seq, work->arena, &entry);
	if (!e && entry.kind == METOD_E_PERSON_FORGOTTEN)
		e = metod_forgotten_add(&work->forgotten, &entry, work->arena);
	if (!e)
		e = metod_apply(&work->write, &entry, false, work->arena);
	if (e)
		return e;
	work->last = entry;
	work->erased |= entry.body_erased || entry.extra_erased;
	return seq % BATCH ? METOD_OK : next_batch(work);
}

/* ---- erasures whose PERSON_FORGOTTEN was cut off ---- */

/* Person whose erasure in this event nothing explains any more, 0: none. */
static uint64_t orphan(
    const struct work *work, const struct store_entry *entry, bool *ret_answers_only)
{
	const struct schema_table *idem = metod_schema_table(METOD_T_IDEM);
	const struct schema_table *table = metod_schema_event(entry->kind);

	*ret_answers_only = true;
	if (entry->body_erased && table &&
	    !metod_forgotten_covers(
		&work->forgotten, entry->subject, entry->seq, table)) {
		*ret_answers_only = table->erase == METOD_ERASE_ANSWERS;
		return entry->subject;
	}
	if (entry->extra_erased &&
	    !metod_forgotten_covers(&work->forgotten, entry->person, entry->seq, idem))
		return entry->person;
	return 0;
}

static enum metod_err forget_again(struct work *work, uint64_t person, bool answers_only)
{
	struct metod_forgotten row = {.person = person,
	    .at = work->last.time_ms,
	    .scope = metod_str(answers_only ? "answers" : "all")};
	struct store_entry entry = {
	    .time_ms = work->last.time_ms, .kind = METOD_E_PERSON_FORGOTTEN};
	struct metod_buf body = {0};
	enum metod_err e;

	metod_pack(&metod_forgotten_desc, &row, METOD_KEYS_INT, 0, &body);
	entry.body = metod_buf_view(&body);
	e = metod_journal_append(&work->write, &entry);
	if (!e)
		e = metod_forgotten_add(&work->forgotten, &entry, work->arena);
	if (!e)
		e = metod_apply(&work->write, &entry, false, work->arena);
	metod_buf_done(&body);
	return e;
}

/* Who had been forgotten stays so, though the event that said it is lost. */
static enum metod_err keep_erasures(struct work *work, uint64_t upto)
{
	enum metod_err e = METOD_OK;

	for (uint64_t seq = 1; work->erased && seq <= upto && !e; seq++) {
		struct store_entry entry;
		bool answers_only;
		uint64_t person;

		metod_arena_clear(work->arena);
		e = metod_journal_get(&work->write, seq, work->arena, &entry);
		person = e ? 0 : orphan(work, &entry, &answers_only);
		if (person)
			e = forget_again(work, person, answers_only);
	}
	return e;
}

/* ---- the whole ---- */

static enum metod_err open_both(struct replay *replay, struct work *work)
{
	MDB_envinfo info;
	enum metod_err e =
	    metod_env_open(&work->from, replay->from, ENV_LOOK, 0, &replay->err);

	if (!e) {
		mdb_env_info(work->from.mdb, &info);
		e = metod_env_open(&work->to, replay->to, ENV_NOSYNC,
		    4 * (info.me_last_pgno + 1) * 4096 + ((size_t)1 << 30), &replay->err);
	}
	if (!e)
		e = metod_txn_begin(&work->read, &work->from, false);
	return e ? e : metod_txn_begin(&work->write, &work->to, true);
}

static enum metod_err copy_all(struct replay *replay, struct work *work)
{
	enum metod_err e = METOD_OK;

	work->write.state.generation = replay->generation;
	for (uint64_t seq = 1; seq <= replay->upto && !e; seq++) {
		replay->reading = seq;
		e = copy_event(work, seq);
	}
	if (!e)
		e = keep_erasures(work, replay->upto);
	if (!e)
		e = metod_env_err(metod_txn_commit(&work->write));
	return e ? e : metod_env_err(mdb_env_sync(work->to.mdb, 1));
}

static void replay_here(void *arg)
{
	struct replay *replay = arg;
	struct work work = {.arena = metod_arena_new()};
	enum metod_err e = open_both(replay, &work);
	char field[32] = "";

	if (!e)
		e = copy_all(replay, &work);
	if (replay->reading)
		snprintf(field, sizeof(field), "event %llu",
		    (unsigned long long)replay->reading);
	if (e && !replay->err.code)
		metod_fail(&replay->err, e, field[0] ? field : replay->from, "%s",
		    metod_err_text(e));
	replay->result = e;
	metod_txn_abort(&work.write);
	metod_txn_abort(&work.read);
	metod_env_close(&work.to);
	metod_env_close(&work.from);
	metod_forgotten_done(&work.forgotten);
	metod_arena_free(work.arena);
}

enum metod_err metod_replay_file(const char *from, const char *to, uint64_t upto,
    uint64_t generation, struct metod_error *err)
{
	struct replay replay = {
	    .from = from, .to = to, .upto = upto, .generation = generation};
	char *lock = metod_dir_lock_path(to);
	enum metod_err e = metod_apart(&replay, sizeof(replay), replay_here, from, err);

	unlink(lock);
	free(lock);
	if (!e && replay.result && err)
		*err = replay.err;
	return e ? e : replay.result;
}
