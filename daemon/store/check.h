/* SPDX-License-Identifier: Apache-2.0
 * What is done to a file that may be damaged, in a process of its own (child.c): checking
 * it (verify.c), looking at it (look.c), making a new one from its journal (replay.c). */
#pragma once

#include "internal.h"

/* Runs work(task) in a child process, on memory that both share, so that what it noted
 * comes back even when it dies. DAMAGED when the file ended it with a signal (`reading`
 * of the caller's task tells where), FAILED when something else did. `task` is one flat
 * struct; pointers in it are good in the child. */
METOD_MUST_CHECK enum metod_err metod_apart(void *task, size_t bytes,
    void (*work)(void *task), const char *file, struct metod_error *err);

/* False: this process cannot fork now, and metod_apart works in it. */
bool metod_apart_possible(void);

/* ---- verify.c ---- */

/* In this process. `err` is filled unless all is well. scratch_file NULL: no replay.
 * head: what the chain must be at that event, 0: nothing to compare with. */
enum metod_err metod_check_file(const char *file, const char *scratch_file,
    const struct metod_head *head, struct metod_verify_report *ret,
    struct store_state *ret_state, struct metod_error *err);

/* ---- look.c ---- */

/* How far the journal of a file can be read, in this and in a child's process. */
struct survey {
	uint64_t readable; /* events 1..readable are whole and chained */
	uint64_t last;     /* what the file says its last event is */
	bool whole;        /* readable is all there is */
	bool state_known;
	uint64_t generation;
	unsigned format;
	int64_t last_ms; /* time of the last readable event */
};
METOD_MUST_CHECK enum metod_err metod_survey(
    const char *file, struct survey *ret, struct metod_error *err);

/* ---- replay.c ---- */

/* A new file `to`, flushed: events 1..upto of `from` as they are, tables made anew by
 * this program. generation 0: that of `from`. Erasures whose cause lies behind `upto` get
 * a new PERSON_FORGOTTEN. Verified by the caller. */
METOD_MUST_CHECK enum metod_err metod_replay_file(const char *from, const char *to,
    uint64_t upto, uint64_t generation, struct metod_error *err);
