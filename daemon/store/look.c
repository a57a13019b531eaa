/* SPDX-License-Identifier: Apache-2.0
 * Looking at a file without trusting it: how far its journal goes, and what a store has
 * that a copy of it has not. Runs in a child process; writes nothing. */
#include "check.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- a head as text ---- */

bool metod_head_parse(struct metod_str hex, struct metod_head *ret)
{
	struct metod_str seq = metod_str_cut(&hex, ':');
	struct metod_head head = {0};
	size_t n = 0;

	if (!metod_str_u64(seq, &head.seq) || !head.seq || hex.n != 2 * HASH_BYTES ||
	    sodium_hex2bin(head.hash, HASH_BYTES, hex.p, hex.n, NULL, &n, NULL) ||
	    n != HASH_BYTES)
		return false;
	*ret = head;
	return true;
}

void metod_head_text(const struct metod_head *head, char out[METOD_HEAD_TEXT])
{
	int n = snprintf(out, METOD_HEAD_TEXT, "%llu:", (unsigned long long)head->seq);

	sodium_bin2hex(out + n, METOD_HEAD_TEXT - (size_t)n, head->hash, HASH_BYTES);
}

/* ---- how far can the journal be read? ---- */

struct survey_task {
	const char *file;
	uint64_t upto; /* do not go further: the reader died behind it */
	enum metod_err result;
	struct metod_error err;
	struct survey found;
	uint64_t reading; /* event */
};

struct reader {
	struct store_env env;
	struct metod_txn txn;
	struct metod_arena *arena;
};

static enum metod_err open_reader(
    struct reader *reader, const char *file, struct metod_error *err)
{
	enum metod_err e;

	*reader = (struct reader){.arena = metod_arena_new()};
	e = metod_env_open(&reader->env, file, ENV_LOOK, 0, err);
	if (!e)
		e = metod_txn_begin(&reader->txn, &reader->env, false);
	if (!e && !reader->env.dbi[DB_JOURNAL])
		e = metod_fail(err, METOD_DAMAGED, file, "is no store of metod");
	return e;
}

static void close_reader(struct reader *reader)
{
	metod_txn_abort(&reader->txn);
	metod_env_close(&reader->env);
	metod_arena_free(reader->arena);
}

/* The head of the chain that the state names must be that of its last event. Without a
 * readable state LMDB's own count of events stands in for it. */
static void judge_end(struct survey_task *task, struct reader *reader,
    const struct store_state *state, const uint8_t head[HASH_BYTES])
{
	struct survey *found = &task->found;
	struct store_entry after;
	MDB_stat stat = {0};

	found->last = found->state_known ? state->seq : 0;
	found->generation = state->generation;
	if (task->upto) {
		found->whole = false; /* no step further: the reader died there */
	} else if (found->state_known) {
		found->whole = found->readable == state->seq &&
		    !memcmp(head, state->head, HASH_BYTES) &&
		    metod_journal_get(&reader->txn, state->seq + 1, reader->arena,
			&after) == METOD_NOT_FOUND;
	} else {
		mdb_stat(reader->txn.mdb, reader->env.dbi[DB_JOURNAL], &stat);
		found->last = stat.ms_entries;
		found->whole = found->readable == stat.ms_entries;
	}
}

/* In a whole journal every erasure has its cause. */
static void judge_erasures(struct survey *found, struct reader *reader,
    const struct forgotten_list *forgotten, uint64_t first_erased)
{
	const struct schema_table *idem = metod_schema_table(METOD_T_IDEM);
	struct store_entry entry;

	for (uint64_t seq = first_erased; seq && found->whole && seq <= found->readable;
	     seq++) {
		metod_arena_clear(reader->arena);
		if (metod_journal_get(&reader->txn, seq, reader->arena, &entry))
			found->whole = false;
		else if ((entry.body_erased &&
			     !metod_forgotten_covers(forgotten, entry.subject, seq,
				 metod_schema_event(entry.kind))) ||
		    (entry.extra_erased &&
			!metod_forgotten_covers(forgotten, entry.person, seq, idem)))
			found->whole = false;
		if (!found->whole)
			found->readable = seq - 1;
	}
}

static void walk(
    struct survey_task *task, struct reader *reader, const struct store_state *state)
{
	struct survey *found = &task->found;
	struct forgotten_list forgotten = {0};
	uint8_t head[HASH_BYTES] = {0};
	uint64_t first_erased = 0;
	struct store_entry entry;

	for (uint64_t seq = 1; !task->upto || seq <= task->upto; seq++) {
		metod_arena_clear(reader->arena);
		task->reading = seq;
		if (found->state_known && seq > state->seq)
			break;
		if (metod_journal_get(&reader->txn, seq, reader->arena, &entry) ||
		    memcmp(entry.prev, head, HASH_BYTES) ||
		    (entry.kind == METOD_E_PERSON_FORGOTTEN && !entry.body_erased &&
			metod_forgotten_add(&forgotten, &entry, reader->arena)))
			break;
		memcpy(head, entry.hash, HASH_BYTES);
		found->readable = seq;
		found->last_ms = entry.time_ms;
		if (!first_erased && (entry.body_erased || entry.extra_erased))
			first_erased = seq;
	}
	judge_end(task, reader, state, head);
	judge_erasures(found, reader, &forgotten, first_erased);
	metod_forgotten_done(&forgotten);
}

static void survey_here(void *arg)
{
	struct survey_task *task = arg;
	struct store_state state = {0};
	struct reader reader;
	enum metod_err e = open_reader(&reader, task->file, &task->err);

	if (!e) {
		enum metod_err known = metod_state_load(&reader.txn, &state);

		task->found.state_known = !known && state.seq;
		task->found.format = state.format;
		if (known == METOD_VERSION)
			e = metod_fail(&task->err, known, task->file,
			    "was written by a newer version of metod");
		else
			walk(task, &reader, &state);
	}
	close_reader(&reader);
	if (e && !task->err.code)
		metod_fail(&task->err, e, task->file, "%s", metod_err_text(e));
	task->result = e;
}

/* Where the reader died, the journal ends; what is before it is read once more. */
enum metod_err metod_survey(const char *file, struct survey *ret, struct metod_error *err)
{
	struct survey_task task = {.file = file};
	enum metod_err e = metod_apart(&task, sizeof(task), survey_here, file, err);

	if (e == METOD_DAMAGED && task.reading > 1) {
		task = (struct survey_task){.file = file, .upto = task.reading - 1};
		e = metod_apart(&task, sizeof(task), survey_here, file, err);
		task.found.whole = false;
		if (task.found.last <= task.found.readable) /* the one it died at */
			task.found.last = task.found.readable + 1;
	}
	if (!e && task.result && err)
		*err = task.err;
	*ret = task.found;
	return e ? e : task.result;
}

/* ---- a look ---- */

struct look_task {
	const char *file;
	const struct metod_head *from;
	enum metod_err result;
	struct metod_error err;
	struct metod_store_facts facts;
};

/* The events of the store that a copy which ends at `from` does not have. */
static enum metod_err count_after(struct look_task *task, struct reader *reader)
{
	struct metod_store_facts *facts = &task->facts;
	struct store_entry entry;
	enum metod_err e = METOD_OK;

	if (task->from->seq > facts->seq)
		return METOD_OK;
	e = metod_journal_get(&reader->txn, task->from->seq, reader->arena, &entry);
	facts->grew_from = !e && !memcmp(entry.hash, task->from->hash, HASH_BYTES);
	for (uint64_t seq = task->from->seq + 1; !e && seq <= facts->seq; seq++) {
		metod_arena_clear(reader->arena);
		e = metod_journal_get(&reader->txn, seq, reader->arena, &entry);
		if (e)
			break;
		if (!facts->after++)
			facts->after_ms = entry.time_ms;
		facts->submissions += entry.kind == METOD_E_SUBMITTED;
		facts->erasures += entry.kind == METOD_E_PERSON_FORGOTTEN;
	}
	return e;
}

static enum metod_err read_facts(struct look_task *task, struct reader *reader)
{
	struct store_state state = {0};
	struct store_entry last;
	MDB_envinfo info;
	enum metod_err e = metod_state_load(&reader->txn, &state);

	task->facts.format = state.format;
	if (!e)
		e = metod_journal_get(&reader->txn, state.seq, reader->arena, &last);
	if (!e && memcmp(last.hash, state.head, HASH_BYTES))
		e = METOD_DAMAGED;
	if (e)
		return e == METOD_NOT_FOUND ? METOD_DAMAGED : e;
	mdb_env_info(reader->env.mdb, &info);
	task->facts = (struct metod_store_facts){.format = state.format,
	    .seq = state.seq,
	    .generation = state.generation,
	    .head.seq = state.seq,
	    .last_ms = last.time_ms,
	    .used_bytes = (info.me_last_pgno + 1) * 4096};
	memcpy(task->facts.head.hash, state.head, HASH_BYTES);
	return task->from ? count_after(task, reader) : METOD_OK;
}

static void look_here(void *arg)
{
	struct look_task *task = arg;
	struct reader reader;
	enum metod_err e = open_reader(&reader, task->file, &task->err);

	if (!e)
		e = read_facts(task, &reader);
	close_reader(&reader);
	if (e && !task->err.code)
		metod_fail(&task->err, e, task->file, "%s", metod_err_text(e));
	task->result = e;
}

/* Pages may be pulled away under a look at a served store: damage counts when it stays.
 */
enum metod_err metod_store_look(const char *file_or_dir, const struct metod_head *from,
    struct metod_store_facts *ret, struct metod_error *err)
{
	char *file = metod_dir_store(file_or_dir);
	struct look_task task = {0};
	bool is_dir = strcmp(file, file_or_dir) != 0;
	enum metod_err e = is_dir ? metod_dir_format_check(file_or_dir, err) : METOD_OK;

	if (!e && access(file, R_OK))
		e = metod_fail(err, metod_env_err(errno), file, "%s", strerror(errno));
	for (int tries = 3; !e && tries; tries--) {
		task = (struct look_task){.file = file, .from = from};
		e = metod_apart(&task, sizeof(task), look_here, file, err);
		if (!e)
			e = task.result;
		if (!e)
			*ret = task.facts;
		if (e != METOD_DAMAGED)
			break;
		e = tries > 1 ? METOD_OK : e;
	}
	if (e && err && task.err.code)
		*err = task.err;
	ret->format = task.facts.format;
	free(file);
	return e;
}
