/* SPDX-License-Identifier: Apache-2.0
 * What changed between two sets of content, as records: found by diff.c, told to people
 * by diff_show.c. */
#pragma once

#include "cli.h"

/* clang-format off */
#define METOD_CLI_CHANGE_FIELDS(F, R)                                                     \
	F(R, STR, kind, 1, METOD_REQ | METOD_TOKEN, 0, 0, none, "Kind")                   \
	F(R, STR, id, 2, METOD_REQ, 0, 0, none, "Id")                                     \
	F(R, STR, list, 3, METOD_HIDE, 0, 0, none, "List")                                \
	F(R, STR, list_title, 12, METOD_HIDE, 0, 0, none, "List")                         \
	F(R, STR, item, 4, 0, 0, 0, none, "Item")                                         \
	F(R, STR, change, 5, METOD_REQ | METOD_TOKEN, 0, 0, none, "Change") /* added removed reworded moved changed */ \
	F(R, STR, field, 6, METOD_HIDE, 0, 0, none, "Field")                              \
	F(R, STR, title, 7, 0, 0, 0, none, "What")                                        \
	F(R, STR, lang, 8, METOD_HIDE, 0, 0, none, "Language") /* ru en of a text */      \
	F(R, STR, before, 9, 0, 0, 0, none, "Before")                                     \
	F(R, STR, after, 10, 0, 0, 0, none, "After")                                      \
	F(R, STR, effect, 11, METOD_REQ | METOD_TOKEN, 0, 0, none, "Comparison") /* yes care no */
METOD_RECORD(metod_cli_change, METOD_CLI_CHANGE_FIELDS)
#define METOD_CLI_CHANGES_FIELDS(F, R)                                                    \
	F(R, BOOL, same, 1, METOD_REQ, 0, 0, none, "Nothing changed")                     \
	F(R, STR, comparable, 2, METOD_REQ | METOD_TOKEN, 0, 0, none, "Results comparable") /* yes care no */ \
	F(R, STRS, reasons, 3, 0, 0, 0, none, "Why")                                      \
	F(R, RECS, rows, 4, METOD_REQ, 0, 0, metod_cli_change, "Changes")
METOD_RECORD(metod_cli_changes, METOD_CLI_CHANGES_FIELDS)

/* All that files of content can hold. */
#define METOD_CLI_CONTENT_FIELDS(F, R)                                                    \
	F(R, REC, framework, 1, 0, 0, 0, metod_framework, "Framework")                    \
	F(R, RECS, form, 2, 0, 0, 0, metod_form, "Forms")                                 \
	F(R, RECS, paramset, 3, 0, 0, 0, metod_paramset, "Parameter sets")                \
	F(R, RECS, rules, 4, 0, 0, 0, metod_rules, "Rules")                               \
	F(R, RECS, activity, 5, 0, 0, 0, metod_activity_row, "Activities")
METOD_RECORD(metod_cli_content, METOD_CLI_CONTENT_FIELDS)
/* clang-format on */

/* Fills *ret with every change from `before` to `after`, in the order of the content, and
 * whether results stay comparable. Titles and reasons are msgids: programs read them as
 * they are. Memory is in the arena of cli. */
void metod_cli_diff(struct metod_cli *cli, const struct metod_cli_content *before,
    const struct metod_cli_content *after, struct metod_cli_changes *ret);
/* One text with what went and what came, between words: [-old-] {+new+}. */
struct metod_str metod_cli_word_diff(
    struct metod_cli *cli, struct metod_str before, struct metod_str after);
void metod_cli_show_changes(struct metod_cli *cli,
    const struct metod_cli_changes *changes, struct metod_buf *out);
