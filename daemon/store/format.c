/* SPDX-License-Identifier: Apache-2.0
 * Formats of the store. 1: the first.
 *
 * A new table or index is a new format: files of one format have the same tables.
 *
 * What a new format may change: tables, indexes, the envelope of rows, the state. Its
 * program makes them anew from the journal (replay.c). What it may not change: stored
 * events. They keep their bytes, because receipts and heads that were noted elsewhere
 * name them; journal.c reads every version of their envelope there ever was, records.h
 * never uses a key again. So a step from one format to the next needs no code of its own.
 */
#include "metod/store.h"

const unsigned metod_store_format = 1;
