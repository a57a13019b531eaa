/* SPDX-License-Identifier: Apache-2.0
 * Requests and replies of the commands. String keys on the wire; METOD_ARG fields are
 * positional words of the command line in row order, the others are options `--name`. A
 * list reply has `rows`. */
#pragma once

#include "metod/records.h"

/* clang-format off */
#define METOD_NONE_REQ_FIELDS(F, R) \
	F(R, BOOL, unused, 1, METOD_HIDE, 0, 1, none, "Unused")
METOD_RECORD(metod_none_req, METOD_NONE_REQ_FIELDS)

/* The promise: this was written and flushed. */
#define METOD_RECEIPT_FIELDS(F, R)                                                                     \
	F(R, U64, seq, 1, METOD_REQ, 0, METOD_ID_MAX, none, "Sequence")                                   \
	F(R, U64, generation, 2, METOD_REQ, 0, METOD_ID_MAX, none, "Store generation")                    \
	F(R, STR, digest, 3, METOD_REQ, 0, 64, none, "Digest")                                            \
	F(R, STR, key, 4, 0, 0, METOD_KEY_MAX, none, "Key")
METOD_RECORD(metod_receipt, METOD_RECEIPT_FIELDS)

#define METOD_DONE_REP_FIELDS(F, R)                                                                    \
	F(R, REC, receipt, 1, METOD_HIDE, 0, 0, metod_receipt, "Receipt")                                 \
	F(R, STR, code, 2, 0, 0, METOD_CODE_MAX, none, "Code")                                            \
	F(R, U64, count, 3, 0, 0, METOD_ID_MAX, none, "Count")                                            \
	F(R, STR, note, 4, 0, 0, METOD_TEXT_MAX, none, "Note")
METOD_RECORD(metod_done_rep, METOD_DONE_REP_FIELDS)

/* ---- generic requests ---- */
#define METOD_CODE_REQ_FIELDS(F, R) \
	F(R, STR, code, 1, METOD_REQ | METOD_ARG, 1, METOD_CODE_MAX, none, "Code")
METOD_RECORD(metod_code_req, METOD_CODE_REQ_FIELDS)
#define METOD_ID_REQ_FIELDS(F, R) \
	F(R, U64, id, 1, METOD_REQ | METOD_ARG, 1, METOD_ID_MAX, none, "Id")
METOD_RECORD(metod_id_req, METOD_ID_REQ_FIELDS)
#define METOD_LIST_REQ_FIELDS(F, R)                                                                    \
	F(R, STR, in, 1, 0, 0, METOD_CODE_MAX, none, "Organisation, municipality or association")         \
	F(R, U64, limit, 2, 0, 0, METOD_ROWS_MAX, none, "At most")                                        \
	F(R, STR, after, 3, 0, 0, METOD_CODE_MAX, none, "After this code")
METOD_RECORD(metod_list_req, METOD_LIST_REQ_FIELDS)

/* ---- handshake: the first call of a connection, both directions ---- */
#define METOD_HELLO_FIELDS(F, R)                                                                       \
	F(R, U64, proto, 1, METOD_REQ, 0, 1000, none, "Protocol")                                         \
	F(R, U64, min, 2, 0, 0, 1000, none, "Oldest protocol understood")                                 \
	F(R, STR, client, 3, 0, 0, METOD_NAME_MAX, none, "Client")                                        \
	F(R, STR, server, 4, 0, 0, METOD_NAME_MAX, none, "Server")                                        \
	F(R, STR, schema, 5, 0, 0, 64, none, "Schema hash")                                               \
	F(R, U64, max_msg, 6, 0, 0, METOD_ID_MAX, none, "Largest message, bytes")                         \
	F(R, STRS, features, 7, 0, 0, 32, none, "Features")
METOD_RECORD(metod_hello, METOD_HELLO_FIELDS)

/* ---- identity ---- */
#define METOD_LOGIN_REQ_FIELDS(F, R)                                                                   \
	F(R, STR, login, 1, METOD_REQ | METOD_ARG, 1, METOD_CODE_MAX, none, "Login")                      \
	F(R, STR, password, 2, METOD_REQ | METOD_SECRET, 1, 256, none, "Password")                        \
	F(R, STR, source, 3, METOD_HIDE, 0, 64, none, "Source")
METOD_RECORD(metod_login_req, METOD_LOGIN_REQ_FIELDS)
#define METOD_LOGIN_REP_FIELDS(F, R)                                                                   \
	F(R, STR, session, 1, METOD_REQ | METOD_SECRET, 1, METOD_SESSION_MAX, none, "Session")            \
	F(R, I64, expires, 2, METOD_REQ | METOD_TIME, 0, METOD_ID_MAX, none, "Expires")                   \
	F(R, STRS, roles, 3, 0, 0, 16, none, "Roles")
METOD_RECORD(metod_login_rep, METOD_LOGIN_REP_FIELDS)
#define METOD_WHOAMI_REP_FIELDS(F, R)                                                                  \
	F(R, STR, login, 1, 0, 0, METOD_CODE_MAX, none, "Login")                                          \
	F(R, STRS, roles, 2, 0, 0, 32, none, "Roles")                                                     \
	F(R, STR, person, 3, 0, 0, METOD_CODE_MAX, none, "Person")                                        \
	F(R, BOOL, demo, 4, 0, 0, 1, none, "Training data")
METOD_RECORD(metod_whoami_rep, METOD_WHOAMI_REP_FIELDS)
#define METOD_TOKEN_REQ_FIELDS(F, R)                                                                   \
	F(R, STR, login, 1, METOD_REQ | METOD_ARG, 1, METOD_CODE_MAX, none, "Login")                      \
	F(R, U64, days, 2, 0, 0, 400, none, "Valid for days (30)")                                        \
	F(R, STR, note, 3, 0, 0, METOD_NAME_MAX, none, "Note")
METOD_RECORD(metod_token_req, METOD_TOKEN_REQ_FIELDS)
#define METOD_TOKEN_REP_FIELDS(F, R)                                                                   \
	F(R, REC, receipt, 1, METOD_HIDE, 0, 0, metod_receipt, "Receipt")                                 \
	F(R, U64, id, 2, METOD_REQ, 1, METOD_ID_MAX, none, "Id")                                          \
	F(R, STR, token, 3, METOD_SECRET, 0, METOD_SESSION_MAX, none, "Token")                            \
	F(R, I64, expires, 4, METOD_REQ | METOD_TIME, 0, METOD_ID_MAX, none, "Expires")
METOD_RECORD(metod_token_rep, METOD_TOKEN_REP_FIELDS)
#define METOD_TOKENS_REP_FIELDS(F, R) \
	F(R, RECS, rows, 1, 0, 0, METOD_ROWS_MAX, metod_token, "Tokens")
METOD_RECORD(metod_tokens_rep, METOD_TOKENS_REP_FIELDS)
#define METOD_USER_ADD_REQ_FIELDS(F, R)                                                                \
	F(R, STR, login, 1, METOD_REQ | METOD_ARG, 1, METOD_CODE_MAX, none, "Login")                      \
	F(R, STR, person, 2, 0, 0, METOD_CODE_MAX, none, "Person's code")                                 \
	F(R, I64, uid, 3, METOD_NULL, 0, 4294967295.0, none, "Unix user id")                              \
	F(R, STR, password, 4, METOD_SECRET, 0, 256, none, "Password")                                    \
	F(R, STR, role, 5, METOD_TOKEN, 0, 32, none, "Role")                                              \
	F(R, STR, in, 6, 0, 0, METOD_CODE_MAX, none, "Scope: organisation or association")
METOD_RECORD(metod_user_add_req, METOD_USER_ADD_REQ_FIELDS)
#define METOD_USER_ROLE_REQ_FIELDS(F, R)                                                               \
	F(R, STR, login, 1, METOD_REQ | METOD_ARG, 1, METOD_CODE_MAX, none, "Login")                      \
	F(R, STR, role, 2, METOD_REQ | METOD_ARG | METOD_TOKEN, 1, 32, none, "Role")                      \
	F(R, STR, in, 3, 0, 0, METOD_CODE_MAX, none, "Scope: organisation or association")                \
	F(R, BOOL, remove, 4, 0, 0, 1, none, "Take the role away")
METOD_RECORD(metod_user_role_req, METOD_USER_ROLE_REQ_FIELDS)
#define METOD_USER_ROW_FIELDS(F, R)                                                                    \
	F(R, STR, login, 1, METOD_REQ, 1, METOD_CODE_MAX, none, "Login")                                  \
	F(R, STR, person, 2, 0, 0, METOD_CODE_MAX, none, "Person")                                        \
	F(R, STRS, roles, 3, 0, 0, 32, none, "Roles")                                                     \
	F(R, BOOL, disabled, 4, 0, 0, 1, none, "Disabled")
METOD_RECORD(metod_user_row, METOD_USER_ROW_FIELDS)
#define METOD_USERS_REP_FIELDS(F, R) \
	F(R, RECS, rows, 1, 0, 0, METOD_ROWS_MAX, metod_user_row, "Users")
METOD_RECORD(metod_users_rep, METOD_USERS_REP_FIELDS)

/* ---- imports: same three counters and marks for every register ---- */
#define METOD_IMPORT_MARK_FIELDS(F, R)                                                                 \
	F(R, U64, line, 1, METOD_REQ, 0, METOD_FILE_MAX, none, "Line")                                \
	F(R, STR, mark, 2, METOD_REQ, 1, 1, none, "Mark") /* + ~ = ! */                                   \
	F(R, STR, code, 3, 0, 0, METOD_CODE_MAX, none, "Code")                                            \
	F(R, STR, column, 4, 0, 0, 64, none, "Column")                                                    \
	F(R, STR, text, 5, METOD_NAME, 0, METOD_TEXT_MAX, none, "What")
METOD_RECORD(metod_import_mark, METOD_IMPORT_MARK_FIELDS)
#define METOD_IMPORT_REP_FIELDS(F, R)                                                                  \
	F(R, REC, receipt, 1, METOD_HIDE, 0, 0, metod_receipt, "Receipt")                                 \
	F(R, U64, stage, 2, METOD_HIDE, 0, METOD_ID_MAX, none, "Stage")                                   \
	F(R, BOOL, written, 3, 0, 0, 1, none, "Written")                                                  \
	F(R, U64, read, 4, METOD_REQ, 0, METOD_CSV_ROWS_MAX, none, "Rows read")                           \
	F(R, U64, added, 5, METOD_REQ, 0, METOD_CSV_ROWS_MAX, none, "+ new")                              \
	F(R, U64, changed, 6, METOD_REQ, 0, METOD_CSV_ROWS_MAX, none, "~ changed")                        \
	F(R, U64, same, 7, METOD_REQ, 0, METOD_CSV_ROWS_MAX, none, "= same")                              \
	F(R, U64, errors, 8, METOD_REQ, 0, METOD_CSV_ROWS_MAX, none, "! errors")                          \
	F(R, RECS, rows, 9, 0, 0, METOD_CSV_ROWS_MAX, metod_import_mark, "Rows") /* errors all, changes the first 20 */
METOD_RECORD(metod_import_rep, METOD_IMPORT_REP_FIELDS)

/* `line` is the line of the file, filled by the reader. Column names of the CSV are the field names
 * or their Russian titles. */
#define METOD_ORG_ROW_FIELDS(F, R)                                                                     \
	F(R, U64, line, 1, METOD_HIDE, 0, METOD_FILE_MAX, none, "Line")                               \
	F(R, STR, code, 2, METOD_REQ, 1, METOD_CODE_MAX, none, "Code")                                    \
	F(R, STR, name, 3, METOD_REQ, 1, METOD_NAME_MAX, none, "Name")                                    \
	F(R, STR, kind, 4, METOD_REQ | METOD_TOKEN, 1, 32, none, "Kind")                                  \
	F(R, STR, parent, 5, 0, 0, METOD_CODE_MAX, none, "Parent")                                        \
	F(R, BOOL, low_result, 6, 0, 0, 1, none, "Low-result school")                                     \
	F(R, BOOL, base_school, 7, 0, 0, 1, none, "Base school")                                          \
	F(R, BOOL, pilot, 8, 0, 0, 1, none, "Pilot site")
METOD_RECORD(metod_org_row, METOD_ORG_ROW_FIELDS)
#define METOD_TEACHER_ROW_FIELDS(F, R)                                                                 \
	F(R, U64, line, 1, METOD_HIDE, 0, METOD_FILE_MAX, none, "Line")                               \
	F(R, STR, code, 2, METOD_REQ, 1, METOD_CODE_MAX, none, "Code")                                    \
	F(R, STR, name, 3, METOD_REQ | METOD_NAME, 1, METOD_NAME_MAX, none, "Full name")                       \
	F(R, STR, org, 4, METOD_REQ, 1, METOD_CODE_MAX, none, "Organisation")                             \
	F(R, STR, position, 5, METOD_REQ | METOD_TOKEN, 1, 32, none, "Position")                          \
	F(R, STRS, subjects, 6, METOD_SUBJECT, 0, 10, none, "Subjects")                                   \
	F(R, STR, stage, 7, METOD_TOKEN, 0, 32, none, "Stage")                                            \
	F(R, STR, category, 8, METOD_TOKEN, 0, 32, none, "Category")                                      \
	F(R, I64, category_until, 9, METOD_NULL | METOD_DATE, 0, 100000, none, "Category until")          \
	F(R, I64, hired, 10, METOD_NULL | METOD_DATE, -20000, 100000, none, "In teaching since")          \
	F(R, U64, birth_year, 11, METOD_NAME, 0, 2100, none, "Year of birth")                             \
	F(R, STRS, formats, 12, 0, 0, 3, none, "Formats")
METOD_RECORD(metod_teacher_row, METOD_TEACHER_ROW_FIELDS)
#define METOD_ASSOCIATION_ROW_FIELDS(F, R)                                                             \
	F(R, U64, line, 1, METOD_HIDE, 0, METOD_FILE_MAX, none, "Line")                               \
	F(R, STR, code, 2, METOD_REQ, 1, METOD_CODE_MAX, none, "Code")                                    \
	F(R, STR, name, 3, METOD_REQ, 1, METOD_NAME_MAX, none, "Name")                                    \
	F(R, STR, level, 4, METOD_REQ | METOD_TOKEN, 1, 32, none, "Level")                                \
	F(R, STR, subject, 5, METOD_SUBJECT, 0, METOD_CODE_MAX, none, "Subject") /* members: everybody with it, if none given */ \
	F(R, STR, org, 6, 0, 0, METOD_CODE_MAX, none, "Organisation")                                     \
	F(R, STR, head, 7, 0, 0, METOD_CODE_MAX, none, "Head")                                            \
	F(R, STRS, members, 8, 0, 0, 20000, none, "Members")
METOD_RECORD(metod_association_row, METOD_ASSOCIATION_ROW_FIELDS)
#define METOD_MENTOR_ROW_FIELDS(F, R)                                                                  \
	F(R, U64, line, 1, METOD_HIDE, 0, METOD_FILE_MAX, none, "Line")                               \
	F(R, STR, code, 2, METOD_REQ, 1, METOD_CODE_MAX, none, "Code")                                    \
	F(R, U64, capacity, 3, 0, 0, 9, none, "Places") /* 0: the setting, 3 */                           \
	F(R, STR, status, 4, METOD_TOKEN, 0, 16, none, "Status")                                          \
	F(R, STRS, formats, 5, 0, 0, 3, none, "Formats")                                                  \
	F(R, I64, admitted, 6, METOD_NULL | METOD_DATE, 0, 100000, none, "Admitted from")                 \
	F(R, I64, admitted_to, 7, METOD_NULL | METOD_DATE, 0, 100000, none, "Admitted to")                \
	F(R, STR, strengths, 8, 0, 0, METOD_LINE_MAX, none, "Strengths") /* FOR:0.8;CRI:1 */               \
	F(R, STR, evidence, 9, 0, 0, METOD_NAME_MAX, none, "Evidence")                                    \
	F(R, STR, confirmed_by, 10, 0, 0, METOD_NAME_MAX, none, "Confirmed by")
METOD_RECORD(metod_mentor_row, METOD_MENTOR_ROW_FIELDS)
#define METOD_ACTIVITY_ROW_FIELDS(F, R)                                                                \
	F(R, U64, line, 1, METOD_HIDE, 0, METOD_FILE_MAX, none, "Line")                               \
	F(R, STR, code, 2, METOD_REQ, 1, METOD_CODE_MAX, none, "Code")                                    \
	F(R, STR, title, 3, METOD_REQ, 1, METOD_NAME_MAX, none, "Title")                                  \
	F(R, STR, title_en, 4, 0, 0, METOD_NAME_MAX, none, "Title in English")                            \
	F(R, STR, kind, 5, METOD_REQ | METOD_TOKEN, 1, 32, none, "Kind")                                  \
	F(R, U64, hours, 6, METOD_REQ, 1, 1000, none, "Hours")                                            \
	F(R, STR, format, 7, METOD_REQ | METOD_TOKEN, 1, 16, none, "Format")                              \
	F(R, STR, gains, 8, METOD_REQ, 1, METOD_LINE_MAX, none, "Gains") /* FOR:450;CRI:200 */             \
	F(R, STRS, prereq, 9, 0, 0, 8, none, "Prerequisites")                                             \
	F(R, STRS, positions, 10, 0, 0, 16, none, "Positions")                                            \
	F(R, STRS, subjects, 11, METOD_SUBJECT, 0, 32, none, "Subjects")                                  \
	F(R, I64, start, 12, METOD_NULL | METOD_DATE, 0, 100000, none, "Start")                           \
	F(R, I64, end, 13, METOD_NULL | METOD_DATE, 0, 100000, none, "End")                               \
	F(R, U64, weekly_hours, 14, 0, 0, 60, none, "Hours a week")                                       \
	F(R, STR, place, 15, 0, 0, METOD_CODE_MAX, none, "Place")                                         \
	F(R, U64, seats, 16, 0, 0, 100000, none, "Seats")                                                 \
	F(R, STR, provider, 17, 0, 0, METOD_NAME_MAX, none, "Provider")                                   \
	F(R, STR, tag, 18, 0, 0, METOD_NAME_MAX, none, "National project tag")
METOD_RECORD(metod_activity_row, METOD_ACTIVITY_ROW_FIELDS)

/* stage 0 and last: a small file in one call; else the first call returns the stage. A column that
 * the file does not have leaves what is stored. */
#define METOD_IMPORT_COMMON(F, R)                                                                      \
	F(R, U64, stage, 1, METOD_HIDE, 0, METOD_ID_MAX, none, "Stage")                                   \
	F(R, BOOL, last, 2, METOD_HIDE, 0, 1, none, "Last part")                                          \
	F(R, BOOL, dry_run, 3, 0, 0, 1, none, "Only show what would change")                              \
	F(R, BOOL, skip_bad, 4, 0, 0, 1, none, "Write the good rows, leave out the bad ones")              \
	F(R, STRS, columns, 5, METOD_HIDE, 0, METOD_CSV_COLUMNS_MAX, none, "Columns of the file") /* none: all */
#define METOD_ORG_IMPORT_REQ_FIELDS(F, R) METOD_IMPORT_COMMON(F, R) \
	F(R, RECS, rows, 9, METOD_HIDE, 0, METOD_STAGE_ROWS, metod_org_row, "Rows")
METOD_RECORD(metod_org_import_req, METOD_ORG_IMPORT_REQ_FIELDS)
#define METOD_TEACHER_IMPORT_REQ_FIELDS(F, R) METOD_IMPORT_COMMON(F, R) \
	F(R, RECS, rows, 9, METOD_HIDE, 0, METOD_STAGE_ROWS, metod_teacher_row, "Rows")
METOD_RECORD(metod_teacher_import_req, METOD_TEACHER_IMPORT_REQ_FIELDS)
#define METOD_ASSOCIATION_IMPORT_REQ_FIELDS(F, R) METOD_IMPORT_COMMON(F, R) \
	F(R, RECS, rows, 9, METOD_HIDE, 0, METOD_STAGE_ROWS, metod_association_row, "Rows")
METOD_RECORD(metod_association_import_req, METOD_ASSOCIATION_IMPORT_REQ_FIELDS)
#define METOD_MENTOR_IMPORT_REQ_FIELDS(F, R) METOD_IMPORT_COMMON(F, R) \
	F(R, RECS, rows, 9, METOD_HIDE, 0, METOD_STAGE_ROWS, metod_mentor_row, "Rows")
METOD_RECORD(metod_mentor_import_req, METOD_MENTOR_IMPORT_REQ_FIELDS)
#define METOD_ACTIVITY_IMPORT_REQ_FIELDS(F, R) METOD_IMPORT_COMMON(F, R) \
	F(R, RECS, rows, 9, METOD_HIDE, 0, METOD_STAGE_ROWS, metod_activity_row, "Rows")
METOD_RECORD(metod_activity_import_req, METOD_ACTIVITY_IMPORT_REQ_FIELDS)

/* ---- registers ---- */
#define METOD_ORG_VIEW_FIELDS(F, R)                                                                    \
	F(R, STR, code, 1, METOD_REQ, 1, METOD_CODE_MAX, none, "Code")                                    \
	F(R, STR, name, 2, METOD_REQ, 1, METOD_NAME_MAX, none, "Name")                                    \
	F(R, STR, kind, 3, METOD_REQ | METOD_TOKEN, 1, 32, none, "Kind")                                  \
	F(R, STR, parent, 4, 0, 0, METOD_CODE_MAX, none, "Parent")                                        \
	F(R, U64, staff, 5, 0, 0, METOD_PERSONS_MAX, none, "Staff")                                       \
	F(R, BOOL, low_result, 6, 0, 0, 1, none, "Low-result school")
METOD_RECORD(metod_org_view, METOD_ORG_VIEW_FIELDS)
#define METOD_ORGS_REP_FIELDS(F, R)                                                                    \
	F(R, RECS, rows, 1, 0, 0, METOD_ROWS_MAX, metod_org_view, "Organisations")                        \
	F(R, U64, total, 2, 0, 0, METOD_ROWS_MAX, none, "Total")
METOD_RECORD(metod_orgs_rep, METOD_ORGS_REP_FIELDS)
#define METOD_TEACHER_SHOW_REQ_FIELDS(F, R)                                                            \
	F(R, STR, code, 1, METOD_REQ | METOD_ARG, 1, METOD_CODE_MAX, none, "Teacher's code")              \
	F(R, BOOL, names, 2, 0, 0, 1, none, "With the name (recorded)")
METOD_RECORD(metod_teacher_show_req, METOD_TEACHER_SHOW_REQ_FIELDS)
#define METOD_TEACHER_LIST_REQ_FIELDS(F, R)                                                            \
	F(R, STR, in, 1, 0, 0, METOD_CODE_MAX, none, "Organisation, municipality or association")         \
	F(R, STR, position, 2, METOD_TOKEN, 0, 32, none, "Position")                                      \
	F(R, STR, subject, 3, METOD_SUBJECT, 0, METOD_CODE_MAX, none, "Subject")                          \
	F(R, BOOL, young, 4, 0, 0, 1, none, "Young specialists only")                                     \
	F(R, BOOL, names, 5, 0, 0, 1, none, "With names (recorded)")                                      \
	F(R, U64, limit, 6, 0, 0, METOD_ROWS_MAX, none, "At most")                                        \
	F(R, STR, after, 7, 0, 0, METOD_CODE_MAX, none, "After this code")
METOD_RECORD(metod_teacher_list_req, METOD_TEACHER_LIST_REQ_FIELDS)
#define METOD_TEACHER_VIEW_FIELDS(F, R)                                                                \
	F(R, STR, code, 1, METOD_REQ, 1, METOD_CODE_MAX, none, "Code")                                    \
	F(R, STR, name, 2, METOD_NAME, 0, METOD_NAME_MAX, none, "Full name")                                   \
	F(R, STR, org, 3, 0, 0, METOD_CODE_MAX, none, "Organisation")                                     \
	F(R, STR, position, 4, METOD_TOKEN, 0, 32, none, "Position")                                      \
	F(R, STRS, subjects, 5, METOD_SUBJECT, 0, 10, none, "Subjects")                                   \
	F(R, STR, stage, 6, METOD_TOKEN, 0, 32, none, "Stage")                                            \
	F(R, BOOL, young, 7, 0, 0, 1, none, "Young specialist")                                           \
	F(R, BOOL, mentor, 8, 0, 0, 1, none, "Mentor")
METOD_RECORD(metod_teacher_view, METOD_TEACHER_VIEW_FIELDS)
#define METOD_TEACHERS_REP_FIELDS(F, R)                                                                \
	F(R, RECS, rows, 1, 0, 0, METOD_ROWS_MAX, metod_teacher_view, "Teachers")                         \
	F(R, U64, total, 2, 0, 0, METOD_ROWS_MAX, none, "Total")
METOD_RECORD(metod_teachers_rep, METOD_TEACHERS_REP_FIELDS)
#define METOD_FORGET_REQ_FIELDS(F, R)                                                                  \
	F(R, STR, code, 1, METOD_REQ | METOD_ARG, 1, METOD_CODE_MAX, none, "Teacher's code")              \
	F(R, STR, confirm, 2, METOD_REQ, 1, METOD_CODE_MAX, none, "The same code once more")
METOD_RECORD(metod_forget_req, METOD_FORGET_REQ_FIELDS)
#define METOD_ASSOCIATION_VIEW_FIELDS(F, R)                                                            \
	F(R, STR, code, 1, METOD_REQ, 1, METOD_CODE_MAX, none, "Code")                                    \
	F(R, STR, name, 2, METOD_REQ, 1, METOD_NAME_MAX, none, "Name")                                    \
	F(R, STR, level, 3, METOD_REQ | METOD_TOKEN, 1, 32, none, "Level")                                \
	F(R, STR, head, 4, 0, 0, METOD_CODE_MAX, none, "Head")                                            \
	F(R, U64, members, 5, 0, 0, METOD_PERSONS_MAX, none, "Members")
METOD_RECORD(metod_association_view, METOD_ASSOCIATION_VIEW_FIELDS)
#define METOD_ASSOCIATIONS_REP_FIELDS(F, R) \
	F(R, RECS, rows, 1, 0, 0, METOD_ROWS_MAX, metod_association_view, "Associations")
METOD_RECORD(metod_associations_rep, METOD_ASSOCIATIONS_REP_FIELDS)
#define METOD_ACTIVITY_VIEW_FIELDS(F, R)                                                               \
	F(R, STR, code, 1, METOD_REQ, 1, METOD_CODE_MAX, none, "Code")                                    \
	F(R, STR, title, 2, METOD_REQ, 1, METOD_NAME_MAX, none, "Title")                                  \
	F(R, STR, kind, 3, METOD_REQ | METOD_TOKEN, 1, 32, none, "Kind")                                  \
	F(R, U64, hours, 4, METOD_REQ, 1, 1000, none, "Hours")                                            \
	F(R, STR, format, 5, METOD_REQ | METOD_TOKEN, 1, 16, none, "Format")                              \
	F(R, STRS, competencies, 6, 0, 0, 16, none, "Competencies")                                       \
	F(R, U64, sessions, 7, 0, 0, 64, none, "Sessions")
METOD_RECORD(metod_activity_view, METOD_ACTIVITY_VIEW_FIELDS)
#define METOD_ACTIVITIES_REP_FIELDS(F, R) \
	F(R, RECS, rows, 1, 0, 0, METOD_ROWS_MAX, metod_activity_view, "Activities")
METOD_RECORD(metod_activities_rep, METOD_ACTIVITIES_REP_FIELDS)

/* ---- content ---- */
#define METOD_FORM_LOAD_REQ_FIELDS(F, R) /* what the file held; any subset */                          \
	F(R, BOOL, dry_run, 1, 0, 0, 1, none, "Only show what would change")                              \
	F(R, REC, framework, 2, METOD_HIDE, 0, 0, metod_framework, "Framework")                           \
	F(R, RECS, forms, 3, METOD_HIDE, 0, 32, metod_form, "Forms")                                      \
	F(R, RECS, paramsets, 4, METOD_HIDE, 0, 32, metod_paramset, "Parameter sets")                     \
	F(R, RECS, rules, 5, METOD_HIDE, 0, 8, metod_rules, "Rules")
METOD_RECORD(metod_form_load_req, METOD_FORM_LOAD_REQ_FIELDS)
#define METOD_FORM_ROW_FIELDS(F, R)                                                                    \
	F(R, STR, kind, 1, METOD_REQ | METOD_TOKEN, 1, 16, none, "Kind")                                  \
	F(R, STR, id, 2, METOD_REQ, 1, METOD_CODE_MAX, none, "Id")                                        \
	F(R, STR, version, 3, METOD_REQ, 1, 16, none, "Version")                                          \
	F(R, STR, title, 4, 0, 0, METOD_TEXT_MAX, none, "Title")                                          \
	F(R, U64, items, 5, 0, 0, 10000, none, "Items")                                                   \
	F(R, STR, mark, 6, 0, 0, 1, none, "Mark")
METOD_RECORD(metod_form_row, METOD_FORM_ROW_FIELDS)
#define METOD_FORMS_REP_FIELDS(F, R)                                                                   \
	F(R, REC, receipt, 1, METOD_HIDE, 0, 0, metod_receipt, "Receipt")                                 \
	F(R, RECS, rows, 2, 0, 0, 1000, metod_form_row, "Forms")
METOD_RECORD(metod_forms_rep, METOD_FORMS_REP_FIELDS)

/* ---- waves and invitations ---- */
#define METOD_WAVE_CREATE_REQ_FIELDS(F, R)                                                             \
	F(R, STR, code, 1, METOD_REQ | METOD_ARG, 1, METOD_CODE_MAX, none, "Code")                        \
	F(R, STR, title, 2, 0, 0, METOD_NAME_MAX, none, "Title")                                          \
	F(R, STR, form, 3, METOD_REQ, 1, METOD_CODE_MAX, none, "Form")                                    \
	F(R, STR, paramset, 4, 0, 0, METOD_CODE_MAX, none, "Parameter set (0)")                           \
	F(R, I64, from, 5, METOD_REQ | METOD_DATE, 0, 100000, none, "First day")                          \
	F(R, I64, to, 6, METOD_REQ | METOD_DATE, 0, 100000, none, "Last day, inclusive")                  \
	F(R, STR, in, 7, METOD_REQ, 1, METOD_CODE_MAX, none, "Organisation")                              \
	F(R, STRS, competencies, 8, 0, 0, 24, none, "Competencies (12 of the general form)")
METOD_RECORD(metod_wave_create_req, METOD_WAVE_CREATE_REQ_FIELDS)
#define METOD_WAVE_VIEW_FIELDS(F, R)                                                                   \
	F(R, STR, code, 1, METOD_REQ, 1, METOD_CODE_MAX, none, "Code")                                    \
	F(R, STR, title, 2, METOD_REQ, 1, METOD_NAME_MAX, none, "Title")                                  \
	F(R, STR, form, 3, METOD_REQ | METOD_HIDE, 1, METOD_CODE_MAX, none, "Form")                                    \
	F(R, STR, paramset, 4, METOD_HIDE, 0, METOD_CODE_MAX, none, "Parameter set")                               \
	F(R, I64, from, 5, METOD_REQ | METOD_DATE, 0, 100000, none, "From")                               \
	F(R, I64, to, 6, METOD_REQ | METOD_DATE, 0, 100000, none, "To")                                   \
	F(R, STR, state, 7, METOD_REQ | METOD_TOKEN, 1, 16, none, "State")                                \
	F(R, U64, target, 8, 0, 0, METOD_PERSONS_MAX, none, "Target group")                               \
	F(R, U64, invited, 9, METOD_HIDE, 0, METOD_PERSONS_MAX, none, "Invited")                                   \
	F(R, I64, started, 10, METOD_NULL | METOD_HIDE, 0, METOD_PERSONS_MAX, none, "Started") /* none: not shown */ \
	F(R, I64, submitted, 11, METOD_NULL, 0, METOD_PERSONS_MAX, none, "Submitted")                     \
	F(R, I64, declined, 12, METOD_NULL | METOD_HIDE, 0, METOD_PERSONS_MAX, none, "Do not take part")  \
	F(R, I64, published_at, 13, METOD_NULL | METOD_TIME | METOD_HIDE, 0, METOD_ID_MAX, none, "Published")          \
	F(R, STRS, competencies, 14, METOD_LONG, 0, 24, none, "Competencies")
METOD_RECORD(metod_wave_view, METOD_WAVE_VIEW_FIELDS)
#define METOD_WAVES_REP_FIELDS(F, R) \
	F(R, RECS, rows, 1, 0, 0, METOD_ROWS_MAX, metod_wave_view, "Waves")
METOD_RECORD(metod_waves_rep, METOD_WAVES_REP_FIELDS)
#define METOD_INVITE_REQ_FIELDS(F, R)                                                                  \
	F(R, STR, wave, 1, METOD_REQ | METOD_ARG, 1, METOD_CODE_MAX, none, "Wave")                        \
	F(R, STR, in, 2, 0, 0, METOD_CODE_MAX, none, "Organisation")                                      \
	F(R, STR, teacher, 3, 0, 0, METOD_CODE_MAX, none, "Teacher's code")                               \
	F(R, STRS, positions, 4, 0, 0, 16, none, "Positions")
METOD_RECORD(metod_invite_req, METOD_INVITE_REQ_FIELDS)
#define METOD_INVITE_ROW_FIELDS(F, R)                                                                  \
	F(R, STR, org, 1, 0, 0, METOD_CODE_MAX, none, "Organisation")                                     \
	F(R, STR, teacher, 2, METOD_REQ, 1, METOD_CODE_MAX, none, "Teacher")                              \
	F(R, STR, name, 3, METOD_NAME, 0, METOD_NAME_MAX, none, "Full name")                                   \
	F(R, STR, code, 4, METOD_SECRET, 0, 32, none, "Invitation code")
METOD_RECORD(metod_invite_row, METOD_INVITE_ROW_FIELDS)
#define METOD_INVITES_REP_FIELDS(F, R)                                                                 \
	F(R, RECS, rows, 1, 0, 0, METOD_ROWS_MAX, metod_invite_row, "Invitations")                        \
	F(R, STR, wave_title, 2, METOD_HIDE, 0, METOD_NAME_MAX, none, "Wave")
METOD_RECORD(metod_invites_rep, METOD_INVITES_REP_FIELDS)

/* ---- the teacher's way ---- */
#define METOD_ENTER_REQ_FIELDS(F, R)                                                                   \
	F(R, STR, code, 1, METOD_REQ | METOD_SECRET | METOD_ARG, 1, METOD_CODE_MAX, none, "Invitation code") \
	F(R, STR, pin, 2, METOD_SECRET, 0, 32, none, "PIN")                                               \
	F(R, STR, source, 3, METOD_HIDE, 0, 64, none, "Source")
METOD_RECORD(metod_enter_req, METOD_ENTER_REQ_FIELDS)
/* session may be empty with pin_needed: ask for the PIN and call again. */
#define METOD_ENTER_REP_FIELDS(F, R)                                                                   \
	F(R, STR, session, 1, METOD_SECRET, 0, METOD_SESSION_MAX, none, "Session")                        \
	F(R, BOOL, pin_needed, 2, 0, 0, 1, none, "PIN is needed")                                         \
	F(R, STR, state, 3, METOD_REQ | METOD_TOKEN, 1, 16, none, "State") /* created started submitted declined */ \
	F(R, I64, until, 4, METOD_REQ | METOD_DATE, 0, 100000, none, "Last day")                          \
	F(R, BOOL, shared, 5, 0, 0, 1, none, "Shared computer")
METOD_RECORD(metod_enter_rep, METOD_ENTER_REP_FIELDS)
#define METOD_START_VIEW_FIELDS(F, R)                                                                  \
	F(R, STR, org, 1, 0, 0, METOD_NAME_MAX, none, "Organisation")                                     \
	F(R, STR, title, 2, 0, 0, METOD_TEXT_MAX, none, "Title")                                          \
	F(R, STR, purpose, 3, 0, 0, METOD_TEXT_MAX, none, "Purpose")                                      \
	F(R, U64, questions, 4, 0, 0, 1000, none, "Questions")                                            \
	F(R, U64, pages, 5, 0, 0, 1000, none, "Pages")                                                    \
	F(R, U64, minutes, 6, 0, 0, 1000, none, "Minutes") /* 0: fewer than 20 complete sheets */         \
	F(R, I64, until, 7, METOD_DATE, 0, 100000, none, "Last day")                                      \
	F(R, STR, state, 8, METOD_TOKEN, 0, 16, none, "State")                                            \
	F(R, U64, next_page, 9, 0, 0, 1000, none, "Next page") /* first page with a gap; pages+1: check */ \
	F(R, BOOL, has_pin, 10, 0, 0, 1, none, "PIN is set")                                              \
	F(R, BOOL, shared, 11, 0, 0, 1, none, "Shared computer")                                          \
	F(R, BOOL, result_open, 12, 0, 0, 1, none, "Result may be shown")                                 \
	F(R, BOOL, demo, 13, 0, 0, 1, none, "Training data")                                              \
	F(R, BOOL, open, 14, 0, 0, 1, none, "Wave is open")
METOD_RECORD(metod_start_view, METOD_START_VIEW_FIELDS)
#define METOD_START_REQ_FIELDS(F, R)                                                                   \
	F(R, BOOL, consent_process, 1, 0, 0, 1, none, "Consent: profile and route")                       \
	F(R, BOOL, consent_aggregate, 2, 0, 0, 1, none, "Consent: counts without names")                  \
	F(R, BOOL, shared, 3, 0, 0, 1, none, "Shared computer")                                           \
	F(R, STR, pin, 4, METOD_SECRET, 0, 32, none, "PIN")
METOD_RECORD(metod_start_req, METOD_START_REQ_FIELDS)
#define METOD_PAGE_REQ_FIELDS(F, R) \
	F(R, U64, page, 1, METOD_REQ | METOD_ARG, 1, METOD_ITEMS_FORM_MAX, none, "Page")
METOD_RECORD(metod_page_req, METOD_PAGE_REQ_FIELDS)
#define METOD_QUESTION_FIELDS(F, R)                                                                    \
	F(R, U64, n, 1, METOD_REQ, 1, METOD_ITEMS_FORM_MAX, none, "No.")                                  \
	F(R, STR, item, 2, METOD_REQ, 1, 32, none, "Item")                                                \
	F(R, STR, text, 3, METOD_REQ, 1, METOD_TEXT_MAX, none, "Statement")                               \
	F(R, I64, answer, 4, METOD_REQ, -3, 3, none, "Answer")
METOD_RECORD(metod_question, METOD_QUESTION_FIELDS)
#define METOD_OPTION_FIELDS(F, R)                                                                      \
	F(R, I64, value, 1, METOD_REQ, -3, 3, none, "Value")                                              \
	F(R, STR, text, 2, METOD_REQ, 1, METOD_TEXT_MAX, none, "Text")
METOD_RECORD(metod_option, METOD_OPTION_FIELDS)
#define METOD_PAGE_VIEW_FIELDS(F, R)                                                                   \
	F(R, U64, page, 1, METOD_REQ, 1, METOD_ITEMS_FORM_MAX, none, "Page")                              \
	F(R, U64, pages, 2, METOD_REQ, 1, METOD_ITEMS_FORM_MAX, none, "Pages")                            \
	F(R, U64, version, 3, 0, 0, 1000000, none, "Version")                                             \
	F(R, STR, heading, 4, METOD_REQ, 1, METOD_TEXT_MAX, none, "Heading")                              \
	F(R, RECS, rows, 5, METOD_REQ, 1, METOD_PAGE_ITEMS_MAX, metod_question, "Statements")             \
	F(R, RECS, options, 6, METOD_HIDE, 0, 8, metod_option, "Answers")                                 \
	F(R, U64, answered, 7, 0, 0, 1000, none, "Answered in all")                                       \
	F(R, U64, questions, 8, 0, 0, 1000, none, "Questions in all")                                     \
	F(R, U64, minutes_left, 9, 0, 0, 1000, none, "Minutes left")                                      \
	F(R, BOOL, shared, 10, 0, 0, 1, none, "Shared computer")                                          \
	F(R, BOOL, demo, 11, 0, 0, 1, none, "Training data")                                              \
	F(R, I64, shown_at, 12, METOD_TIME | METOD_HIDE, 0, METOD_ID_MAX, none, "When the page was shown") \
	F(R, STR, sheet, 13, METOD_HIDE, 0, 16, none, "Sheet") /* carried answers go to no other one */
METOD_RECORD(metod_page_view, METOD_PAGE_VIEW_FIELDS)
/* answers in the page's order, -1 where none. partial: gaps allowed ("save and return later"). */
#define METOD_PAGE_SAVE_REQ_FIELDS(F, R)                                                               \
	F(R, U64, page, 1, METOD_REQ | METOD_ARG, 1, METOD_ITEMS_FORM_MAX, none, "Page")                  \
	F(R, I64S, answers, 2, METOD_REQ, 1, METOD_PAGE_ITEMS_MAX, none, "Answers")                       \
	F(R, BOOL, partial, 3, 0, 0, 1, none, "Gaps allowed")                                             \
	F(R, I64, shown_at, 4, METOD_TIME, 0, METOD_ID_MAX, none, "When the page was shown") /* as page.show said */
METOD_RECORD(metod_page_save_req, METOD_PAGE_SAVE_REQ_FIELDS)
#define METOD_PAGE_SAVE_REP_FIELDS(F, R)                                                               \
	F(R, REC, receipt, 1, METOD_HIDE, 0, 0, metod_receipt, "Receipt")                                 \
	F(R, U64, page, 2, METOD_REQ, 1, METOD_ITEMS_FORM_MAX, none, "Page")                              \
	F(R, U64, version, 3, METOD_REQ, 1, 1000000, none, "Version")                                     \
	F(R, U64, next_page, 4, METOD_REQ, 1, 1000, none, "Next page")                                    \
	F(R, U64, pages, 5, METOD_REQ, 1, 1000, none, "Pages")
METOD_RECORD(metod_page_save_rep, METOD_PAGE_SAVE_REP_FIELDS)
#define METOD_CHECK_ROW_FIELDS(F, R)                                                                   \
	F(R, U64, page, 1, METOD_REQ, 1, 1000, none, "Page")                                              \
	F(R, U64, n, 2, METOD_REQ, 1, 1000, none, "No.")                                                  \
	F(R, STR, text, 3, METOD_REQ, 1, METOD_TEXT_MAX, none, "Statement")                               \
	F(R, I64, answer, 4, METOD_REQ, -3, 3, none, "Answer")                                            \
	F(R, STR, answer_text, 5, 0, 0, METOD_TEXT_MAX, none, "Answer")
METOD_RECORD(metod_check_row, METOD_CHECK_ROW_FIELDS)
#define METOD_CHECK_VIEW_FIELDS(F, R)                                                                  \
	F(R, U64, gaps, 1, METOD_REQ, 0, 1000, none, "Without an answer")                                 \
	F(R, U64, first_gap, 2, 0, 0, 1000, none, "First page with a gap")                                \
	F(R, RECS, rows, 3, METOD_REQ, 0, METOD_ITEMS_FORM_MAX, metod_check_row, "Answers")               \
	F(R, U64, pages, 4, 0, 0, 1000, none, "Pages")                                                    \
	F(R, BOOL, demo, 5, 0, 0, 1, none, "Training data")
METOD_RECORD(metod_check_view, METOD_CHECK_VIEW_FIELDS)
#define METOD_SUBMIT_REQ_FIELDS(F, R) \
	F(R, BOOL, with_gaps, 1, 0, 0, 1, none, "Send with gaps")
METOD_RECORD(metod_submit_req, METOD_SUBMIT_REQ_FIELDS)
#define METOD_SUBMIT_REP_FIELDS(F, R)                                                                  \
	F(R, REC, receipt, 1, METOD_HIDE, 0, 0, metod_receipt, "Receipt")                                 \
	F(R, STR, session, 2, METOD_SECRET, 0, METOD_SESSION_MAX, none, "Session") /* opens the result */
METOD_RECORD(metod_submit_rep, METOD_SUBMIT_REP_FIELDS)
#define METOD_PIN_REQ_FIELDS(F, R) \
	F(R, STR, pin, 1, METOD_REQ | METOD_SECRET, 4, 32, none, "PIN")
METOD_RECORD(metod_pin_req, METOD_PIN_REQ_FIELDS)

/* ---- result ---- */
/* One row of a profile as people see it. */
#define METOD_AREA_FIELDS(F, R)                                                                        \
	F(R, STR, competency, 1, METOD_REQ, 1, 16, none, "Code")                                          \
	F(R, STR, name, 2, METOD_REQ, 1, METOD_TEXT_MAX, none, "Area")                                    \
	F(R, STR, state, 3, METOD_REQ | METOD_TOKEN, 1, 32, none, "State") /* need unclear ok no_data not_in_work */ \
	F(R, STR, reason, 4, METOD_TOKEN | METOD_HIDE, 0, 32, none, "Reason") /* few_answers uncertain no_params */ \
	F(R, I64, level, 5, METOD_NULL | METOD_HIDE, 0, 3, none, "Level")                                 \
	F(R, STR, level_word, 6, 0, 0, METOD_TEXT_MAX, none, "In words")                                  \
	F(R, I64, t, 7, METOD_NULL | METOD_MILLI, 0, 3000, none, "Score 0-3")                             \
	F(R, I64, t_lo, 8, METOD_NULL | METOD_MILLI, 0, 3000, none, "From")                               \
	F(R, I64, t_hi, 9, METOD_NULL | METOD_MILLI, 0, 3000, none, "To")                                 \
	F(R, I64, mean, 10, METOD_NULL | METOD_MILLI | METOD_HIDE, 0, 3000, none, "Mean")                 \
	F(R, U64, answered, 11, METOD_HIDE, 0, 64, none, "Answered")                                      \
	F(R, U64, shown, 12, METOD_HIDE, 0, 64, none, "Shown")                                            \
	F(R, I64, p_need, 13, METOD_NULL | METOD_MILLI | METOD_HIDE, 0, 1000, none, "P(T < 1.5)")         \
	F(R, I64, need, 14, METOD_NULL | METOD_MILLI | METOD_HIDE, 0, 2000, none, "Need")                 \
	F(R, BOOL, wanted, 15, METOD_HIDE, 0, 1, none, "Wants to work on")                                \
	F(R, U64, np, 16, METOD_HIDE, 0, 64, none, "Not in my work")                                      \
	F(R, I64, eap, 17, METOD_NULL | METOD_MILLI | METOD_HIDE, -6000, 6000, none, "EAP")               \
	F(R, I64, psd, 18, METOD_NULL | METOD_MILLI | METOD_HIDE, 0, 6000, none, "Posterior SD")
METOD_RECORD(metod_area, METOD_AREA_FIELDS)
#define METOD_GRANT_VIEW_FIELDS(F, R)                                                                  \
	F(R, U64, id, 1, METOD_REQ, 1, METOD_ID_MAX, none, "Id")                                          \
	F(R, STR, act, 2, METOD_REQ | METOD_TOKEN, 1, 32, none, "Act")                                    \
	F(R, STRS, themes, 3, 0, 0, 24, none, "Themes")                                                   \
	F(R, I64, at, 4, METOD_REQ | METOD_TIME, 0, METOD_ID_MAX, none, "Given")                          \
	F(R, I64, revoked, 5, METOD_NULL | METOD_TIME, 0, METOD_ID_MAX, none, "Revoked")
METOD_RECORD(metod_grant_view, METOD_GRANT_VIEW_FIELDS)
#define METOD_PROFILE_VIEW_FIELDS(F, R)                                                                \
	F(R, STR, teacher, 1, METOD_REQ, 1, METOD_CODE_MAX, none, "Teacher")                              \
	F(R, STR, name, 2, METOD_NAME, 0, METOD_NAME_MAX, none, "Full name")                                   \
	F(R, STR, wave, 3, METOD_REQ, 1, METOD_CODE_MAX, none, "Wave")                                    \
	F(R, I64, at, 4, METOD_REQ | METOD_TIME, 0, METOD_ID_MAX, none, "Submitted")                      \
	F(R, STR, form, 5, METOD_HIDE, 0, METOD_CODE_MAX, none, "Form")                                   \
	F(R, STR, paramset, 6, METOD_REQ, 1, METOD_CODE_MAX, none, "Parameter set")                       \
	F(R, STR, paramset_label, 7, METOD_TOKEN, 0, 32, none, "Parameters are")                          \
	F(R, RECS, rows, 8, METOD_REQ, 0, METOD_COMPETENCIES_MAX, metod_area, "Areas")                    \
	F(R, U64, strengths, 9, METOD_HIDE, 0, 64, none, "Works already")                                 \
	F(R, U64, needs, 10, METOD_HIDE, 0, 64, none, "Needs support")                                    \
	F(R, U64, unclear, 11, METOD_HIDE, 0, 64, none, "Unclear")                                        \
	F(R, STRS, wants, 12, 0, 0, METOD_WISHES_MAX, none, "Wants to work on")                           \
	F(R, STR, want_line, 13, METOD_NAME | METOD_HIDE, 0, METOD_LINE_MAX, none, "In own words")        \
	F(R, RECS, grants, 14, METOD_HIDE, 0, 100, metod_grant_view, "Opened")                            \
	F(R, BOOL, demo, 15, METOD_HIDE, 0, 1, none, "Training data")                                     \
	F(R, STR, note, 16, METOD_LONG, 0, METOD_TEXT_MAX, none, "Note")
METOD_RECORD(metod_profile_view, METOD_PROFILE_VIEW_FIELDS)
#define METOD_PROFILE_REQ_FIELDS(F, R)                                                                 \
	F(R, STR, teacher, 1, METOD_REQ | METOD_ARG, 1, METOD_CODE_MAX, none, "Teacher's code")           \
	F(R, STR, wave, 2, 0, 0, METOD_CODE_MAX, none, "Wave (the newest)")                               \
	F(R, BOOL, names, 3, 0, 0, 1, none, "With the name (recorded)")
METOD_RECORD(metod_profile_req, METOD_PROFILE_REQ_FIELDS)
#define METOD_WANTS_REQ_FIELDS(F, R)                                                                   \
	F(R, STRS, competencies, 1, 0, 0, METOD_WISHES_MAX, none, "Up to three competencies")             \
	F(R, STR, line, 2, METOD_NAME, 0, METOD_LINE_MAX, none, "In own words")
METOD_RECORD(metod_wants_req, METOD_WANTS_REQ_FIELDS)
#define METOD_GRANT_REQ_FIELDS(F, R)                                                                   \
	F(R, STR, act, 1, METOD_REQ | METOD_ARG | METOD_TOKEN, 1, 32, none, "Act")                        \
	F(R, STRS, themes, 2, 0, 0, 24, none, "Themes")                                                   \
	F(R, I64, until, 3, METOD_NULL | METOD_DATE, 0, 100000, none, "Until")
METOD_RECORD(metod_grant_req, METOD_GRANT_REQ_FIELDS)
#define METOD_GRANTS_REP_FIELDS(F, R) \
	F(R, RECS, rows, 1, 0, 0, 1000, metod_grant_view, "Grants")
METOD_RECORD(metod_grants_rep, METOD_GRANTS_REP_FIELDS)

/* ---- routes ---- */
#define METOD_ROUTE_BUILD_REQ_FIELDS(F, R)                                                             \
	F(R, STR, wave, 1, METOD_REQ | METOD_ARG, 1, METOD_CODE_MAX, none, "Wave")                        \
	F(R, STR, teacher, 2, 0, 0, METOD_CODE_MAX, none, "Teacher's code (else everybody's)")            \
	F(R, U64, hours, 3, 0, 0, 400, none, "Hours in all (36)")                                         \
	F(R, U64, weekly, 4, 0, 0, 40, none, "Hours a week (4)")
METOD_RECORD(metod_route_build_req, METOD_ROUTE_BUILD_REQ_FIELDS)
#define METOD_ROUTE_BUILD_REP_FIELDS(F, R)                                                             \
	F(R, REC, receipt, 1, METOD_HIDE, 0, 0, metod_receipt, "Receipt")                                 \
	F(R, U64, profiles, 2, METOD_REQ, 0, METOD_PERSONS_MAX, none, "Profiles")                         \
	F(R, U64, built, 3, METOD_REQ, 0, METOD_PERSONS_MAX, none, "Routes")                              \
	F(R, U64, no_need, 4, METOD_REQ, 0, METOD_PERSONS_MAX, none, "Without a need")                    \
	F(R, U64, empty, 5, METOD_REQ, 0, METOD_PERSONS_MAX, none, "Nothing fitted")                      \
	F(R, I64, gap, 6, METOD_NULL | METOD_MILLI, 0, 1000, none, "Mean certified gap")
METOD_RECORD(metod_route_build_rep, METOD_ROUTE_BUILD_REP_FIELDS)
#define METOD_ROUTE_ROW_FIELDS(F, R)                                                                   \
	F(R, U64, n, 1, METOD_REQ, 1, 64, none, "No.")                                                    \
	F(R, STR, code, 2, METOD_REQ, 1, METOD_CODE_MAX, none, "Code")                                    \
	F(R, STR, title, 3, METOD_REQ, 1, METOD_NAME_MAX, none, "Activity")                               \
	F(R, STR, kind, 4, METOD_TOKEN, 0, 32, none, "Kind")                                              \
	F(R, STR, format, 5, METOD_TOKEN | METOD_HIDE, 0, 16, none, "Format")                             \
	F(R, U64, hours, 6, METOD_REQ, 0, 1000, none, "Hours")                                            \
	F(R, I64, from, 7, METOD_NULL | METOD_DATE, 0, 100000, none, "From")                              \
	F(R, I64, to, 8, METOD_NULL | METOD_DATE, 0, 100000, none, "To")                                  \
	F(R, STR, serves, 9, METOD_REQ, 1, 16, none, "Serves")                                            \
	F(R, STR, serves_name, 10, 0, 0, METOD_TEXT_MAX, none, "What for")                                \
	F(R, STR, state, 11, METOD_REQ | METOD_TOKEN, 1, 16, none, "State")                               \
	F(R, STR, place, 12, METOD_HIDE, 0, METOD_NAME_MAX, none, "Place")                                \
	F(R, STR, provider, 13, METOD_HIDE, 0, METOD_NAME_MAX, none, "Provider")                          \
	F(R, STR, instead, 14, METOD_HIDE, 0, METOD_NAME_MAX, none, "Instead")                            \
	F(R, BOOL, prerequisite, 15, METOD_HIDE, 0, 1, none, "Prerequisite")
METOD_RECORD(metod_route_row, METOD_ROUTE_ROW_FIELDS)
#define METOD_ROUTE_VIEW_FIELDS(F, R)                                                                  \
	F(R, STR, teacher, 1, METOD_REQ, 1, METOD_CODE_MAX, none, "Teacher")                              \
	F(R, U64, version, 2, METOD_REQ, 0, 100000, none, "Version") /* 0: no route yet */                \
	F(R, I64, at, 3, METOD_TIME, 0, METOD_ID_MAX, none, "Built")                                      \
	F(R, BOOL, no_need, 4, 0, 0, 1, none, "No need")                                                  \
	F(R, U64, hours, 5, 0, 0, 10000, none, "Hours")                                                   \
	F(R, I64, gap, 6, METOD_NULL | METOD_MILLI, 0, 1000, none, "Certified gap")                       \
	F(R, RECS, rows, 7, METOD_REQ, 0, 64, metod_route_row, "Steps")                                   \
	F(R, STRS, uncovered, 8, 0, 0, 64, none, "Nothing in the catalogue for")                          \
	F(R, BOOL, demo, 9, METOD_HIDE, 0, 1, none, "Training data")
METOD_RECORD(metod_route_view, METOD_ROUTE_VIEW_FIELDS)
#define METOD_STEP_REQ_FIELDS(F, R)                                                                    \
	F(R, U64, n, 1, METOD_REQ | METOD_ARG, 1, 64, none, "Step")                                       \
	F(R, STR, state, 2, METOD_REQ | METOD_ARG | METOD_TOKEN, 1, 16, none, "wanted, passed or refused")
METOD_RECORD(metod_step_req, METOD_STEP_REQ_FIELDS)

/* ---- messages to the teacher ---- */
#define METOD_MESSAGE_ROW_FIELDS(F, R)                                                                 \
	F(R, U64, id, 1, METOD_REQ, 1, METOD_ID_MAX, none, "Id")                                          \
	F(R, STR, area, 2, 0, 0, METOD_TEXT_MAX, none, "Area")                                            \
	F(R, STR, text, 3, METOD_REQ, 1, METOD_TEXT_MAX, none, "Text")                                    \
	F(R, I64, deadline, 4, METOD_NULL | METOD_DATE, 0, 100000, none, "Until")                         \
	F(R, I64, at, 5, METOD_REQ | METOD_TIME, 0, METOD_ID_MAX, none, "Received")                       \
	F(R, STR, state, 6, METOD_REQ | METOD_TOKEN, 1, 16, none, "State")
METOD_RECORD(metod_message_row, METOD_MESSAGE_ROW_FIELDS)
#define METOD_MESSAGES_REP_FIELDS(F, R) \
	F(R, RECS, rows, 1, METOD_REQ, 0, 1000, metod_message_row, "Messages")
METOD_RECORD(metod_messages_rep, METOD_MESSAGES_REP_FIELDS)
#define METOD_MESSAGE_MARK_REQ_FIELDS(F, R)                                                            \
	F(R, U64, id, 1, METOD_REQ | METOD_ARG, 1, METOD_ID_MAX, none, "Message")                         \
	F(R, STR, state, 2, METOD_REQ | METOD_ARG | METOD_TOKEN, 1, 16, none, "opened, wanted, done or declined")
METOD_RECORD(metod_message_mark_req, METOD_MESSAGE_MARK_REQ_FIELDS)

/* ---- all that is stored about a person ---- */
#define METOD_LOOK_ROW_FIELDS(F, R)                                                                    \
	F(R, I64, at, 1, METOD_REQ | METOD_TIME, 0, METOD_ID_MAX, none, "When")                           \
	F(R, STR, who, 2, METOD_REQ, 1, METOD_NAME_MAX, none, "Who")                                      \
	F(R, STR, role, 3, METOD_REQ | METOD_TOKEN, 1, 32, none, "Role")                                  \
	F(R, STR, what, 4, METOD_REQ | METOD_TOKEN, 1, 32, none, "What")
METOD_RECORD(metod_look_row, METOD_LOOK_ROW_FIELDS)
#define METOD_DATA_VIEW_FIELDS(F, R)                                                                   \
	F(R, REC, person, 1, METOD_REQ, 0, 0, metod_person, "Person")                                     \
	F(R, STR, org_name, 2, 0, 0, METOD_NAME_MAX, none, "Organisation")                                \
	F(R, RECS, submissions, 3, 0, 0, 100, metod_submission, "Answers")                                \
	F(R, RECS, profiles, 4, 0, 0, 100, metod_profile, "Profiles")                                     \
	F(R, RECS, pages, 5, 0, 0, 1000, metod_page, "Saved pages")                                       \
	F(R, RECS, wants, 6, 0, 0, 100, metod_wants, "Wants to work on")                                  \
	F(R, RECS, routes, 7, 0, 0, 100, metod_route, "Routes")                                           \
	F(R, RECS, grants, 8, 0, 0, 1000, metod_grant_view, "Opened")                                     \
	F(R, RECS, messages, 9, 0, 0, 1000, metod_message_row, "Messages")                                \
	F(R, RECS, looks, 10, 0, 0, 10000, metod_look_row, "Who looked")                                  \
	F(R, RECS, attempts, 11, 0, 0, 100, metod_attempt, "Attempts")                                    \
	F(R, RECS, pairs, 12, 0, 0, 100, metod_pair, "Pairs")                                             \
	F(R, BOOL, demo, 13, 0, 0, 1, none, "Training data")
METOD_RECORD(metod_data_view, METOD_DATA_VIEW_FIELDS)

/* ---- aggregates ---- */
#define METOD_DEFICIT_TOP_REQ_FIELDS(F, R)                                                             \
	F(R, STR, wave, 1, METOD_REQ | METOD_ARG, 1, METOD_CODE_MAX, none, "Wave")                        \
	F(R, STR, in, 2, 0, 0, METOD_CODE_MAX, none, "Organisation, municipality or association")         \
	F(R, STR, position, 3, METOD_TOKEN, 0, 32, none, "Position (whole territory only)")
METOD_RECORD(metod_deficit_top_req, METOD_DEFICIT_TOP_REQ_FIELDS)
/* shown: exact class hidden nothing; cls: few notable most */
#define METOD_DEFICIT_ROW_FIELDS(F, R)                                                                 \
	F(R, STR, competency, 1, METOD_REQ, 1, 16, none, "Code")                                          \
	F(R, STR, name, 2, METOD_REQ, 1, METOD_TEXT_MAX, none, "Competency")                              \
	F(R, STR, shown, 3, METOD_REQ | METOD_TOKEN | METOD_HIDE, 1, 16, none, "Shown")                   \
	F(R, I64, n, 4, METOD_NULL, 0, METOD_PERSONS_MAX, none, "Answers")                                \
	F(R, I64, part, 5, METOD_NULL, 0, METOD_PERSONS_MAX, none, "Need support")                        \
	F(R, I64, share, 6, METOD_NULL | METOD_MILLI, 0, 1000, none, "Share")                             \
	F(R, I64, lo, 7, METOD_NULL | METOD_MILLI, 0, 1000, none, "From")                                 \
	F(R, I64, hi, 8, METOD_NULL | METOD_MILLI, 0, 1000, none, "To")                                   \
	F(R, STR, cls, 9, METOD_TOKEN, 0, 16, none, "How many")                                           \
	F(R, I64, unclear, 10, METOD_NULL | METOD_MILLI, 0, 1000, none, "Unclear")
METOD_RECORD(metod_deficit_row, METOD_DEFICIT_ROW_FIELDS)
#define METOD_DEFICIT_TOP_REP_FIELDS(F, R)                                                             \
	F(R, STR, wave, 1, METOD_REQ, 1, METOD_CODE_MAX, none, "Wave")                                    \
	F(R, STR, scope, 2, METOD_REQ, 1, METOD_NAME_MAX, none, "Scope")                                  \
	F(R, I64, at, 3, METOD_REQ | METOD_TIME, 0, METOD_ID_MAX, none, "Published")                      \
	F(R, I64, n, 4, METOD_NULL, 0, METOD_PERSONS_MAX, none, "Answered")                               \
	F(R, U64, target, 5, 0, 0, METOD_PERSONS_MAX, none, "Target group")                               \
	F(R, STR, method, 6, METOD_LONG, 0, METOD_TEXT_MAX, none, "Method")                               \
	F(R, RECS, rows, 7, METOD_REQ, 0, METOD_COMPETENCIES_MAX, metod_deficit_row, "Competencies")      \
	F(R, BOOL, ordered, 8, METOD_HIDE, 0, 1, none, "Ordered by share") /* false: framework order */   \
	F(R, BOOL, demo, 9, METOD_HIDE, 0, 1, none, "Training data")
METOD_RECORD(metod_deficit_top_rep, METOD_DEFICIT_TOP_REP_FIELDS)
#define METOD_DEFICIT_MAP_REQ_FIELDS(F, R)                                                             \
	F(R, STR, wave, 1, METOD_REQ | METOD_ARG, 1, METOD_CODE_MAX, none, "Wave")                        \
	F(R, STR, in, 2, 0, 0, METOD_CODE_MAX, none, "Municipality")
METOD_RECORD(metod_deficit_map_req, METOD_DEFICIT_MAP_REQ_FIELDS)
#define METOD_MAP_CELL_FIELDS(F, R)                                                                    \
	F(R, STR, org, 1, METOD_REQ, 1, METOD_CODE_MAX, none, "Code")                                     \
	F(R, STR, org_name, 2, METOD_REQ, 1, METOD_NAME_MAX, none, "Organisation")                        \
	F(R, STR, competency, 3, METOD_REQ, 1, 16, none, "Competency")                                    \
	F(R, STR, shown, 4, METOD_REQ | METOD_TOKEN, 1, 16, none, "Shown")                                \
	F(R, I64, n, 5, METOD_NULL, 0, METOD_PERSONS_MAX, none, "Answers")                                \
	F(R, I64, share, 6, METOD_NULL | METOD_MILLI, 0, 1000, none, "Share")                             \
	F(R, STR, cls, 7, METOD_TOKEN, 0, 16, none, "How many")
METOD_RECORD(metod_map_cell, METOD_MAP_CELL_FIELDS)
#define METOD_DEFICIT_MAP_REP_FIELDS(F, R)                                                             \
	F(R, STR, wave, 1, METOD_REQ, 1, METOD_CODE_MAX, none, "Wave")                                    \
	F(R, I64, at, 2, METOD_REQ | METOD_TIME, 0, METOD_ID_MAX, none, "Published")                      \
	F(R, RECS, rows, 3, METOD_REQ, 0, METOD_ROWS_MAX, metod_map_cell, "Cells")                        \
	F(R, BOOL, demo, 4, METOD_HIDE, 0, 1, none, "Training data")
METOD_RECORD(metod_deficit_map_rep, METOD_DEFICIT_MAP_REP_FIELDS)

/* ---- mentoring ---- */
#define METOD_MENTOR_SUGGEST_REQ_FIELDS(F, R)                                                          \
	F(R, STR, wave, 1, METOD_REQ | METOD_ARG, 1, METOD_CODE_MAX, none, "Wave")                        \
	F(R, BOOL, dry_run, 2, 0, 0, 1, none, "Only show")
METOD_RECORD(metod_mentor_suggest_req, METOD_MENTOR_SUGGEST_REQ_FIELDS)
/* Text of reasons never shows more than the acts opened. */
#define METOD_PAIR_ROW_FIELDS(F, R)                                                                    \
	F(R, U64, id, 1, 0, 0, METOD_ID_MAX, none, "Pair")                                                \
	F(R, STR, mentee, 2, METOD_REQ, 1, METOD_CODE_MAX, none, "Mentee")                                \
	F(R, STR, mentor, 3, 0, 0, METOD_CODE_MAX, none, "Mentor")                                        \
	F(R, STR, state, 4, METOD_REQ | METOD_TOKEN, 1, 16, none, "State") /* + unmatched */              \
	F(R, U64, tier, 5, 0, 0, 3, none, "Tier")                                                         \
	F(R, U64, score, 6, 0, 0, 10000, none, "Score")                                                   \
	F(R, STRS, themes, 7, 0, 0, 3, none, "Themes")                                                    \
	F(R, STR, reason, 8, METOD_LONG, 0, METOD_TEXT_MAX, none, "Why")
METOD_RECORD(metod_pair_row, METOD_PAIR_ROW_FIELDS)
#define METOD_SHORTAGE_ROW_FIELDS(F, R)                                                                \
	F(R, STR, competency, 1, METOD_REQ, 1, 16, none, "Code")                                          \
	F(R, STR, name, 2, METOD_REQ, 1, METOD_TEXT_MAX, none, "Competency")                              \
	F(R, STR, wanted, 3, METOD_REQ, 1, 32, none, "Asked for") /* number, or "<5" below the rule */    \
	F(R, U64, mentors, 4, METOD_REQ, 0, METOD_PERSONS_MAX, none, "Mentors strong in it")              \
	F(R, U64, places, 5, METOD_REQ, 0, METOD_PERSONS_MAX, none, "Their places")                       \
	F(R, BOOL, is_short, 6, METOD_REQ, 0, 1, none, "Short")
METOD_RECORD(metod_shortage_row, METOD_SHORTAGE_ROW_FIELDS)
#define METOD_MENTOR_SUGGEST_REP_FIELDS(F, R)                                                          \
	F(R, REC, receipt, 1, METOD_HIDE, 0, 0, metod_receipt, "Receipt")                                 \
	F(R, U64, mentees, 2, METOD_REQ, 0, METOD_PERSONS_MAX, none, "Asked for a mentor")                \
	F(R, U64, mentors, 3, METOD_REQ, 0, METOD_PERSONS_MAX, none, "Mentors")                           \
	F(R, U64, places, 4, METOD_REQ, 0, METOD_PERSONS_MAX, none, "Places")                             \
	F(R, U64, matched, 5, METOD_REQ, 0, METOD_PERSONS_MAX, none, "Pairs")                             \
	F(R, U64, young_total, 6, METOD_REQ, 0, METOD_PERSONS_MAX, none, "Young specialists")             \
	F(R, U64, young_matched, 7, METOD_REQ, 0, METOD_PERSONS_MAX, none, "Young specialists matched")   \
	F(R, I64, objective, 8, METOD_REQ, -METOD_ID_MAX, METOD_ID_MAX, none, "Objective")                \
	F(R, I64, dual, 9, METOD_REQ, -METOD_ID_MAX, METOD_ID_MAX, none, "Dual")                          \
	F(R, RECS, rows, 10, METOD_REQ, 0, METOD_ROWS_MAX, metod_pair_row, "Pairs")                       \
	F(R, RECS, shortage, 11, METOD_HIDE, 0, 64, metod_shortage_row, "Shortage")                       \
	F(R, STR, shortage_text, 12, METOD_LONG, 0, METOD_TEXT_MAX, none, "Shortage")                     \
	F(R, BOOL, demo, 13, METOD_HIDE, 0, 1, none, "Training data")
METOD_RECORD(metod_mentor_suggest_rep, METOD_MENTOR_SUGGEST_REP_FIELDS)
#define METOD_PAIR_REQ_FIELDS(F, R)                                                                    \
	F(R, U64, pair, 1, METOD_REQ | METOD_ARG, 1, METOD_ID_MAX, none, "Pair")                          \
	F(R, STR, reason, 2, METOD_NAME, 0, METOD_LINE_MAX, none, "Reason (not shown to the other side)")
METOD_RECORD(metod_pair_req, METOD_PAIR_REQ_FIELDS)
#define METOD_MENTOR_LIST_REQ_FIELDS(F, R)                                                             \
	F(R, STR, wave, 1, 0, 0, METOD_CODE_MAX, none, "Wave")                                            \
	F(R, STR, in, 2, 0, 0, METOD_CODE_MAX, none, "Organisation or municipality")                      \
	F(R, STR, competency, 3, 0, 0, 16, none, "Strong in")
METOD_RECORD(metod_mentor_list_req, METOD_MENTOR_LIST_REQ_FIELDS)
#define METOD_MENTOR_ROW_VIEW_FIELDS(F, R)                                                             \
	F(R, STR, code, 1, METOD_REQ, 1, METOD_CODE_MAX, none, "Mentor")                                  \
	F(R, STR, org, 2, 0, 0, METOD_CODE_MAX, none, "Organisation")                                     \
	F(R, STR, status, 3, METOD_REQ | METOD_TOKEN, 1, 16, none, "Status")                              \
	F(R, U64, capacity, 4, METOD_REQ, 0, 9, none, "Places")                                           \
	F(R, U64, taken, 5, METOD_REQ, 0, 100, none, "Taken")                                             \
	F(R, STRS, strengths, 6, 0, 0, 64, none, "Strengths")
METOD_RECORD(metod_mentor_row_view, METOD_MENTOR_ROW_VIEW_FIELDS)
#define METOD_MENTORS_REP_FIELDS(F, R) \
	F(R, RECS, rows, 1, METOD_REQ, 0, METOD_ROWS_MAX, metod_mentor_row_view, "Mentors")
METOD_RECORD(metod_mentors_rep, METOD_MENTORS_REP_FIELDS)
/* A mentor's own list: names and contact only after both agreed. */
#define METOD_MENTEE_ROW_FIELDS(F, R)                                                                  \
	F(R, U64, pair, 1, METOD_REQ, 1, METOD_ID_MAX, none, "Pair")                                      \
	F(R, STR, teacher, 2, METOD_REQ, 1, METOD_CODE_MAX, none, "Teacher")                              \
	F(R, STR, name, 3, METOD_NAME, 0, METOD_NAME_MAX, none, "Full name")                                   \
	F(R, STR, state, 4, METOD_REQ | METOD_TOKEN, 1, 16, none, "State")                                \
	F(R, STRS, themes, 5, 0, 0, 3, none, "Themes")                                                    \
	F(R, STR, next, 6, 0, 0, METOD_TEXT_MAX, none, "Next")
METOD_RECORD(metod_mentee_row, METOD_MENTEE_ROW_FIELDS)
#define METOD_MENTEES_REP_FIELDS(F, R) \
	F(R, RECS, rows, 1, METOD_REQ, 0, 1000, metod_mentee_row, "Mentees")
METOD_RECORD(metod_mentees_rep, METOD_MENTEES_REP_FIELDS)
#define METOD_MENTEE_VIEW_FIELDS(F, R)                                                                 \
	F(R, U64, pair, 1, METOD_REQ, 1, METOD_ID_MAX, none, "Pair")                                      \
	F(R, STR, teacher, 2, METOD_REQ, 1, METOD_CODE_MAX, none, "Teacher")                              \
	F(R, STR, name, 3, METOD_NAME, 0, METOD_NAME_MAX, none, "Full name")                                   \
	F(R, STR, org, 4, 0, 0, METOD_NAME_MAX, none, "Organisation")                                     \
	F(R, STRS, subjects, 5, METOD_SUBJECT, 0, 10, none, "Subjects")                                   \
	F(R, STR, state, 6, METOD_REQ | METOD_TOKEN, 1, 16, none, "State")                                \
	F(R, RECS, rows, 7, METOD_REQ, 0, 64, metod_area, "What was opened")                              \
	F(R, RECS, steps, 8, 0, 0, 64, metod_route_row, "Steps of the route for these themes")            \
	F(R, STR, reason, 9, METOD_LONG, 0, METOD_TEXT_MAX, none, "Why this pair")                        \
	F(R, BOOL, demo, 10, METOD_HIDE, 0, 1, none, "Training data")
METOD_RECORD(metod_mentee_view, METOD_MENTEE_VIEW_FIELDS)
#define METOD_MY_PAIR_FIELDS(F, R)                                                                     \
	F(R, U64, pair, 1, METOD_REQ, 1, METOD_ID_MAX, none, "Pair")                                      \
	F(R, STR, state, 2, METOD_REQ | METOD_TOKEN, 1, 16, none, "State")                                \
	F(R, STR, mentor, 3, METOD_NAME, 0, METOD_NAME_MAX, none, "Mentor") /* name after both agreed */  \
	F(R, STR, org, 4, 0, 0, METOD_NAME_MAX, none, "Organisation")                                     \
	F(R, STRS, themes, 5, 0, 0, 3, none, "Themes")                                                    \
	F(R, BOOL, i_agreed, 6, 0, 0, 1, none, "I agreed")                                                \
	F(R, STR, reason, 7, METOD_LONG, 0, METOD_TEXT_MAX, none, "Why this pair")
METOD_RECORD(metod_my_pair, METOD_MY_PAIR_FIELDS)
#define METOD_MY_PAIRS_REP_FIELDS(F, R) \
	F(R, RECS, rows, 1, METOD_REQ, 0, 100, metod_my_pair, "Pairs")
METOD_RECORD(metod_my_pairs_rep, METOD_MY_PAIRS_REP_FIELDS)

/* ---- recommendations ---- */
#define METOD_RECOMMEND_BUILD_REQ_FIELDS(F, R)                                                         \
	F(R, STR, wave, 1, METOD_REQ | METOD_ARG, 1, METOD_CODE_MAX, none, "Wave")                        \
	F(R, STR, in, 2, 0, 0, METOD_CODE_MAX, none, "Organisation, municipality or association")         \
	F(R, STRS, audiences, 3, 0, 0, 4, none, "teacher,association,deputy,municipality (all)")          \
	F(R, U64, limit, 4, 0, 0, 24, none, "Findings of each audience (5)")
METOD_RECORD(metod_recommend_build_req, METOD_RECOMMEND_BUILD_REQ_FIELDS)
#define METOD_RECOMMEND_VIEW_FIELDS(F, R)                                                              \
	F(R, REC, receipt, 1, METOD_HIDE, 0, 0, metod_receipt, "Receipt")                                 \
	F(R, STR, code, 2, METOD_REQ, 1, METOD_CODE_MAX, none, "Code")                                    \
	F(R, STR, title, 3, METOD_REQ, 1, METOD_TEXT_MAX, none, "Title")                                  \
	F(R, STR, wave, 4, METOD_REQ, 1, METOD_CODE_MAX, none, "Wave")                                    \
	F(R, STR, scope, 5, METOD_REQ, 1, METOD_NAME_MAX, none, "Scope")                                  \
	F(R, I64, at, 6, METOD_REQ | METOD_TIME, 0, METOD_ID_MAX, none, "At")                             \
	F(R, I64, n, 7, METOD_NULL, 0, METOD_PERSONS_MAX, none, "Answered")                               \
	F(R, U64, target, 8, 0, 0, METOD_PERSONS_MAX, none, "Target group")                               \
	F(R, STRS, audiences, 9, 0, 0, 4, none, "Audiences")                                              \
	F(R, RECS, rows, 10, METOD_REQ, 0, 1000, metod_advice_line, "Lines")                              \
	F(R, STR, method, 11, METOD_LONG, 0, METOD_TEXT_MAX, none, "Method")                              \
	F(R, BOOL, demo, 12, METOD_HIDE, 0, 1, none, "Training data")                                     \
	F(R, STR, rules, 13, METOD_HIDE, 0, METOD_CODE_MAX, none, "Rules")
METOD_RECORD(metod_recommend_view, METOD_RECOMMEND_VIEW_FIELDS)
#define METOD_RECOMMEND_ROW_FIELDS(F, R)                                                               \
	F(R, STR, code, 1, METOD_REQ, 1, METOD_CODE_MAX, none, "Code")                                    \
	F(R, STR, wave, 2, METOD_REQ, 1, METOD_CODE_MAX, none, "Wave")                                    \
	F(R, STR, scope, 3, METOD_REQ, 1, METOD_NAME_MAX, none, "Scope")                                  \
	F(R, STRS, audiences, 4, 0, 0, 4, none, "Audiences")                                              \
	F(R, U64, lines, 5, METOD_REQ, 0, 1000, none, "Lines")                                            \
	F(R, I64, at, 6, METOD_REQ | METOD_TIME, 0, METOD_ID_MAX, none, "At")
METOD_RECORD(metod_recommend_row, METOD_RECOMMEND_ROW_FIELDS)
#define METOD_RECOMMENDS_REP_FIELDS(F, R) \
	F(R, RECS, rows, 1, METOD_REQ, 0, METOD_ROWS_MAX, metod_recommend_row, "Recommendations")
METOD_RECORD(metod_recommends_rep, METOD_RECOMMENDS_REP_FIELDS)
#define METOD_RECOMMEND_SEND_REQ_FIELDS(F, R)                                                          \
	F(R, STR, code, 1, METOD_REQ | METOD_ARG, 1, METOD_CODE_MAX, none, "Recommendation")              \
	F(R, U64, line, 2, METOD_REQ, 1, 1000, none, "Line")                                              \
	F(R, STR, position, 3, METOD_TOKEN, 0, 32, none, "Position")                                      \
	F(R, STR, subject, 4, METOD_SUBJECT, 0, METOD_CODE_MAX, none, "Subject")                          \
	F(R, STR, text, 5, 0, 0, METOD_TEXT_MAX, none, "Edited text")                                     \
	F(R, BOOL, dry_run, 6, 0, 0, 1, none, "Only show whether the group is large enough")
METOD_RECORD(metod_recommend_send_req, METOD_RECOMMEND_SEND_REQ_FIELDS)
/* Counts below the rule are null. */
#define METOD_SEND_ROW_FIELDS(F, R)                                                                    \
	F(R, REC, receipt, 1, METOD_HIDE, 0, 0, metod_receipt, "Receipt")                                 \
	F(R, U64, id, 2, METOD_REQ, 0, METOD_ID_MAX, none, "Sending")                                     \
	F(R, STR, competency, 3, METOD_REQ, 1, 16, none, "Competency")                                    \
	F(R, STR, position, 4, METOD_TOKEN, 0, 32, none, "Position")                                      \
	F(R, STR, subject, 5, METOD_SUBJECT, 0, METOD_CODE_MAX, none, "Subject")                          \
	F(R, I64, delivered, 6, METOD_NULL, 0, METOD_PERSONS_MAX, none, "Delivered")                      \
	F(R, I64, opened, 7, METOD_NULL, 0, METOD_PERSONS_MAX, none, "Opened")                            \
	F(R, I64, wanted, 8, METOD_NULL, 0, METOD_PERSONS_MAX, none, "Wanted")                            \
	F(R, I64, finished, 9, METOD_NULL, 0, METOD_PERSONS_MAX, none, "Done")                            \
	F(R, STR, note, 10, METOD_LONG, 0, METOD_TEXT_MAX, none, "Note")
METOD_RECORD(metod_send_row, METOD_SEND_ROW_FIELDS)
#define METOD_SENDS_REP_FIELDS(F, R) \
	F(R, RECS, rows, 1, METOD_REQ, 0, 10000, metod_send_row, "Sendings")
METOD_RECORD(metod_sends_rep, METOD_SENDS_REP_FIELDS)

/* ---- analyst ---- */
#define METOD_EXPORT_REQ_FIELDS(F, R)                                                                  \
	F(R, STR, wave, 1, METOD_REQ | METOD_ARG, 1, METOD_CODE_MAX, none, "Wave")                        \
	F(R, U64, offset, 2, METOD_HIDE, 0, METOD_PERSONS_MAX, none, "From row")                          \
	F(R, U64, limit, 3, METOD_HIDE, 0, 1000, none, "Rows")
METOD_RECORD(metod_export_req, METOD_EXPORT_REQ_FIELDS)
#define METOD_EXPORT_ROW_FIELDS(F, R)                                                                  \
	F(R, STR, id, 1, METOD_REQ, 1, 32, none, "Row") /* random, no person behind it */                 \
	F(R, STR, wording, 2, METOD_REQ, 1, 32, none, "Wording")                                          \
	F(R, STRS, items, 3, METOD_REQ, 0, METOD_ITEMS_FORM_MAX, none, "Items")                           \
	F(R, I64S, answers, 4, METOD_REQ, 0, METOD_ITEMS_FORM_MAX, none, "Answers") /* framework order */
METOD_RECORD(metod_export_row, METOD_EXPORT_ROW_FIELDS)
#define METOD_EXPORT_REP_FIELDS(F, R)                                                                  \
	F(R, RECS, rows, 1, METOD_REQ, 0, 1000, metod_export_row, "Rows")                                 \
	F(R, U64, total, 2, 0, 0, METOD_PERSONS_MAX, none, "Total")                                       \
	F(R, BOOL, demo, 3, METOD_HIDE, 0, 1, none, "Training data")
METOD_RECORD(metod_export_rep, METOD_EXPORT_REP_FIELDS)

/* ---- care ---- */
#define METOD_AUDIT_REQ_FIELDS(F, R)                                                                   \
	F(R, U64, from, 1, 0, 0, METOD_ID_MAX, none, "From sequence")                                     \
	F(R, U64, limit, 2, 0, 0, 10000, none, "At most (100)")                                           \
	F(R, STR, teacher, 3, 0, 0, METOD_CODE_MAX, none, "About this teacher")
METOD_RECORD(metod_audit_req, METOD_AUDIT_REQ_FIELDS)
#define METOD_AUDIT_ROW_FIELDS(F, R)                                                                   \
	F(R, U64, seq, 1, METOD_REQ, 0, METOD_ID_MAX, none, "Seq")                                        \
	F(R, I64, at, 2, METOD_REQ | METOD_TIME, 0, METOD_ID_MAX, none, "When")                           \
	F(R, STR, actor, 3, METOD_REQ, 1, METOD_CODE_MAX, none, "Who") /* login, "respondent", "system" */ \
	F(R, STR, event, 4, METOD_REQ | METOD_TOKEN, 1, 32, none, "Event")                                \
	F(R, STR, subject, 5, 0, 0, METOD_CODE_MAX, none, "About") /* teacher code of staff acts only */   \
	F(R, BOOL, erased, 6, METOD_HIDE, 0, 1, none, "Erased")
METOD_RECORD(metod_audit_row, METOD_AUDIT_ROW_FIELDS)
#define METOD_AUDIT_REP_FIELDS(F, R)                                                                   \
	F(R, RECS, rows, 1, METOD_REQ, 0, 10000, metod_audit_row, "Events")                               \
	F(R, U64, last, 2, 0, 0, METOD_ID_MAX, none, "Last sequence")
METOD_RECORD(metod_audit_rep, METOD_AUDIT_REP_FIELDS)
#define METOD_PATH_REQ_FIELDS(F, R) \
	F(R, STR, file, 1, METOD_ARG, 0, 1024, none, "File")
METOD_RECORD(metod_path_req, METOD_PATH_REQ_FIELDS)
#define METOD_FOUND_ROW_FIELDS(F, R)                                                                   \
	F(R, STR, table, 1, METOD_REQ, 0, 32, none, "Table")                                              \
	F(R, STR, key, 2, 0, 0, 100, none, "Key")                                                         \
	F(R, STR, what, 3, METOD_REQ, 1, 200, none, "What is wrong")
METOD_RECORD(metod_found_row, METOD_FOUND_ROW_FIELDS)
#define METOD_VERIFY_REP_FIELDS(F, R)                                                                  \
	F(R, BOOL, ok, 1, METOD_REQ, 0, 1, none, "All agree")                                             \
	F(R, U64, events, 2, METOD_REQ, 0, METOD_ID_MAX, none, "Events")                                  \
	F(R, U64, rows_checked, 3, METOD_REQ, 0, METOD_ID_MAX, none, "Rows")                              \
	F(R, U64, erased, 4, METOD_REQ, 0, METOD_ID_MAX, none, "Erased events")                           \
	F(R, U64, damaged, 5, METOD_REQ, 0, METOD_ID_MAX, none, "Damaged")                                \
	F(R, U64, missing, 6, METOD_REQ, 0, METOD_ID_MAX, none, "Missing")                                \
	F(R, U64, extra, 7, METOD_REQ, 0, METOD_ID_MAX, none, "Extra")                                    \
	F(R, U64, different, 8, METOD_REQ, 0, METOD_ID_MAX, none, "Different")                            \
	F(R, BOOL, chain, 9, METOD_REQ, 0, 1, none, "Hash chain")                                         \
	F(R, BOOL, sequence, 10, METOD_REQ, 0, 1, none, "Sequence")                                       \
	F(R, RECS, found, 11, 0, 0, 100, metod_found_row, "What was found")
METOD_RECORD(metod_verify_rep, METOD_VERIFY_REP_FIELDS)
/* head: number of an event, a colon and its hash in hexadecimal, as it was noted elsewhere. */
#define METOD_AUDIT_VERIFY_REQ_FIELDS(F, R) \
	F(R, STR, head, 1, METOD_HIDE, 0, 100, none, "Head of the chain that was kept elsewhere")
METOD_RECORD(metod_audit_verify_req, METOD_AUDIT_VERIFY_REQ_FIELDS)
#define METOD_AUDIT_VERIFY_REP_FIELDS(F, R)                                                            \
	F(R, BOOL, ok, 1, METOD_REQ, 0, 1, none, "All agree")                                             \
	F(R, U64, events, 2, METOD_REQ, 0, METOD_ID_MAX, none, "Events")                                  \
	F(R, U64, holds_to, 3, METOD_REQ, 0, METOD_ID_MAX, none, "The chain holds up to event")           \
	F(R, BOOL, compared, 4, METOD_REQ, 0, 1, none, "Compared with a head kept elsewhere")             \
	F(R, STR, head, 5, METOD_REQ, 0, 100, none, "Head of the chain now")                              \
	F(R, RECS, found, 6, 0, 0, 100, metod_found_row, "What was found")
METOD_RECORD(metod_audit_verify_rep, METOD_AUDIT_VERIFY_REP_FIELDS)
#define METOD_STAT_ROW_FIELDS(F, R)                                                                    \
	F(R, STR, table, 1, METOD_REQ, 1, 32, none, "Table")                                              \
	F(R, U64, rows, 2, METOD_REQ, 0, METOD_ID_MAX, none, "Rows")
METOD_RECORD(metod_stat_row, METOD_STAT_ROW_FIELDS)
/* A setting that is in force. */
#define METOD_SETTING_ROW_FIELDS(F, R)                                                                 \
	F(R, STR, name, 1, METOD_REQ, 1, 64, none, "Setting")                                             \
	F(R, STR, value, 2, 0, 0, 1024, none, "Value")                                                    \
	F(R, STR, origin, 3, METOD_REQ | METOD_TOKEN, 1, 64, none, "Comes from")
METOD_RECORD(metod_setting_row, METOD_SETTING_ROW_FIELDS)
#define METOD_STAT_REP_FIELDS(F, R)                                                                    \
	F(R, U64, journal, 1, METOD_REQ, 0, METOD_ID_MAX, none, "Events")                                 \
	F(R, U64, generation, 2, METOD_REQ, 0, METOD_ID_MAX, none, "Store generation")                    \
	F(R, U64, used_bytes, 3, METOD_REQ, 0, METOD_ID_MAX, none, "Used, bytes")                         \
	F(R, U64, map_bytes, 4, METOD_REQ, 0, METOD_ID_MAX, none, "Map, bytes")                           \
	F(R, U64, free_bytes, 5, METOD_REQ, 0, METOD_ID_MAX, none, "Free on the disk, bytes")             \
	F(R, U64, batches, 6, METOD_REQ, 0, METOD_ID_MAX, none, "Commits")                                \
	F(R, U64, commands, 7, METOD_REQ, 0, METOD_ID_MAX, none, "Commands committed")                    \
	F(R, RECS, rows, 8, METOD_REQ, 0, 64, metod_stat_row, "Tables")                                   \
	F(R, STR, head, 9, 0, 0, 100, none, "Head of the chain now")                                      \
	F(R, U64, oldest_reader_ms, 10, METOD_HIDE, 0, METOD_ID_MAX, none, "Oldest reader, ms")           \
	F(R, BOOL, refusing, 11, METOD_HIDE, 0, 1, none, "Disk full")                                     \
	F(R, RECS, settings, 12, METOD_HIDE, 0, 64, metod_setting_row, "Settings")
METOD_RECORD(metod_stat_rep, METOD_STAT_REP_FIELDS)
/* In Prometheus' text format (include/metod/metrics.h). */
#define METOD_METRICS_REP_FIELDS(F, R)                                                                 \
	F(R, STR, text, 1, METOD_REQ, 0, 1024 * 1024, none, "Text")
METOD_RECORD(metod_metrics_rep, METOD_METRICS_REP_FIELDS)

/* What `metodctl doctor` found: state is good, attention or wrong. */
#define METOD_SYMPTOM_FIELDS(F, R)                                                                     \
	F(R, STR, state, 1, METOD_REQ | METOD_TOKEN, 1, 16, none, "State")                                \
	F(R, STR, about, 2, METOD_REQ, 1, 64, none, "About")                                              \
	F(R, STR, says, 3, METOD_REQ, 1, METOD_TEXT_MAX, none, "What was found")                          \
	F(R, STR, command, 4, 0, 0, 400, none, "Command")
METOD_RECORD(metod_symptom, METOD_SYMPTOM_FIELDS)
#define METOD_DOCTOR_REP_FIELDS(F, R) \
	F(R, RECS, rows, 1, METOD_REQ, 0, 200, metod_symptom, "Findings")
METOD_RECORD(metod_doctor_rep, METOD_DOCTOR_REP_FIELDS)
#define METOD_STATUS_REP_FIELDS(F, R)                                                                  \
	F(R, STR, version, 1, METOD_REQ, 1, 32, none, "Version")                                          \
	F(R, STR, title, 2, 0, 0, METOD_NAME_MAX, none, "Territory")                                      \
	F(R, BOOL, demo, 3, 0, 0, 1, none, "Training data")                                               \
	F(R, U64, uptime_s, 4, METOD_REQ, 0, METOD_ID_MAX, none, "Up, seconds")                           \
	F(R, STR, zone, 5, METOD_REQ, 1, 64, none, "Zone")                                                \
	F(R, U64, orgs, 6, METOD_REQ, 0, METOD_ID_MAX, none, "Organisations")                             \
	F(R, U64, teachers, 7, METOD_REQ, 0, METOD_ID_MAX, none, "Teachers")                              \
	F(R, U64, waves_open, 8, METOD_REQ, 0, METOD_ID_MAX, none, "Open waves")                          \
	F(R, BOOL, disk_full, 9, METOD_REQ, 0, 1, none, "Disk full")                                      \
	F(R, STR, next, 10, METOD_LONG, 0, METOD_TEXT_MAX, none, "Next")                                  \
	F(R, STR, schema_hash, 11, METOD_HIDE, 0, 32, none, "Schema hash")                                \
	F(R, BOOL, disk_low, 12, METOD_HIDE, 0, 1, none, "Disk nearly full")
METOD_RECORD(metod_status_rep, METOD_STATUS_REP_FIELDS)
/* clang-format on */
