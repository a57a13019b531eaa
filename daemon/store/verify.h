/* SPDX-License-Identifier: Apache-2.0
 * Between the parts of a verification: the journal (verify.c), tables (verify_rows.c),
 * what they find (found.c). */
#pragma once

#include "check.h"

struct check {
	struct store_env env, replayed;
	struct metod_txn txn, into;
	bool replay;
	struct metod_arena *arena;
	struct metod_verify_report *report;
	struct metod_error *err;
	struct forgotten_list forgotten;
	const struct metod_head *head; /* noted elsewhere */
};

/* The first trouble is the error; many are listed; all are counted. */
void metod_note(
    struct check *check, const char *table, const char *key, enum metod_found_kind kind);
void metod_note_event(struct check *check, uint64_t seq, enum metod_found_kind kind);
/* Names the row that an entry of a table, an index or of long values belongs to. */
void metod_note_row(
    struct check *check, unsigned db, MDB_val key, enum metod_found_kind kind);

/* Exactly the tables of this format. */
enum metod_err metod_check_names(struct check *check);
/* Checksums of one table, its number of rows, and (with a replay) every row and entry. */
enum metod_err metod_check_db(struct check *check, unsigned db);
