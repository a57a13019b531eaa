/* SPDX-License-Identifier: Apache-2.0
 * Pages as records: what each template may print, declared once. Every page begins with
 * the frame; its templates are checked against these rows at start. */
#pragma once

#include "metod/messages.h"

/* clang-format off */
/* Ends with a text, so that nothing of a page lies in the padding of the frame. */
#define WEB_FRAME(F, R)                                                                          \
	F(R, STR, lang, 1, 0, 0, 0, none, "Language")                                               \
	F(R, STR, path, 2, 0, 0, 0, none, "This page")                                              \
	F(R, STR, css, 3, 0, 0, 0, none, "Digest of the style sheet")                               \
	F(R, BOOL, demo, 4, 0, 0, 0, none, "Training data")                                         \
	F(R, STR, token, 5, 0, 0, 0, none, "Token of forms")                                        \
	F(R, STR, key, 6, 0, 0, 0, none, "Key of forms")                                            \
	F(R, BOOL, inside, 7, 0, 0, 0, none, "Has a session")                                       \
	F(R, STR, here, 8, 0, 0, 0, none, "Part")                                                   \
	F(R, STR, problem, 9, 0, 0, 0, none, "What was wrong")                                      \
	F(R, STR, notice, 10, 0, 0, 0, none, "What was done")                                       \
	F(R, STR, territory, 11, 0, 0, 0, none, "Territory")
METOD_RECORD(web_frame, WEB_FRAME)

/* A field of a form that travels through a page. */
#define WEB_CARRY_FIELDS(F, R)                                                                   \
	F(R, STR, name, 1, 0, 0, 0, none, "Name")                                                   \
	F(R, STR, value, 2, 0, 0, 0, none, "Value")
METOD_RECORD(web_carry, WEB_CARRY_FIELDS)

#define WEB_PLAIN_PAGE_FIELDS(F, R) WEB_FRAME(F, R)                                              \
	F(R, BOOL, unused, 20, 0, 0, 0, none, "Unused")
METOD_RECORD(web_plain_page, WEB_PLAIN_PAGE_FIELDS)

#define WEB_ENTER_PAGE_FIELDS(F, R) WEB_FRAME(F, R)                                              \
	F(R, STR, code, 20, 0, 0, 0, none, "Code as typed")                                         \
	F(R, BOOL, ended, 21, 0, 0, 0, none, "A session has ended")
METOD_RECORD(web_enter_page, WEB_ENTER_PAGE_FIELDS)

#define WEB_PIN_PAGE_FIELDS(F, R) WEB_FRAME(F, R)                                                \
	F(R, BOOL, with_code, 20, 0, 0, 0, none, "The code is asked for too")
METOD_RECORD(web_pin_page, WEB_PIN_PAGE_FIELDS)

#define WEB_START_PAGE_FIELDS(F, R) WEB_FRAME(F, R)                                              \
	F(R, REC, view, 20, 0, 0, 0, metod_start_view, "Questionnaire")                             \
	F(R, BOOL, consent_process, 21, 0, 0, 0, none, "Ticked")                                    \
	F(R, BOOL, consent_aggregate, 22, 0, 0, 0, none, "Ticked")                                  \
	F(R, STR, shared_answer, 23, 0, 0, 0, none, "Shared computer: yes, no or nothing")          \
	F(R, BOOL, may_begin, 24, 0, 0, 0, none, "Can begin")                                       \
	F(R, BOOL, may_go_on, 25, 0, 0, 0, none, "Can go on")                                       \
	F(R, BOOL, all_answered, 26, 0, 0, 0, none, "Nothing is left but to send")                  \
	F(R, STR, wrong, 27, 0, 0, 0, none, "Field that the problem is about")
METOD_RECORD(web_start_page, WEB_START_PAGE_FIELDS)

#define WEB_QUESTION_FIELDS(F, R)                                                                \
	F(R, U64, n, 1, 0, 0, 0, none, "No.")                                                       \
	F(R, U64, at, 2, 0, 0, 0, none, "Place on the page, from 1")                                \
	F(R, STR, text, 3, 0, 0, 0, none, "Statement")                                              \
	F(R, I64, answer, 4, METOD_REQ, 0, 0, none, "Answer")                                       \
	F(R, BOOL, missing, 5, 0, 0, 0, none, "No answer was given")
METOD_RECORD(web_question, WEB_QUESTION_FIELDS)

#define WEB_ANSWERS_PAGE_FIELDS(F, R) WEB_FRAME(F, R)                                            \
	F(R, U64, page, 20, 0, 0, 0, none, "Page")                                                  \
	F(R, U64, pages, 21, 0, 0, 0, none, "Pages")                                                \
	F(R, STR, heading, 22, 0, 0, 0, none, "Heading")                                            \
	F(R, RECS, rows, 23, 0, 0, 0, web_question, "Statements")                                   \
	F(R, RECS, options, 24, 0, 0, 0, metod_option, "Scale")                                     \
	F(R, RECS, escapes, 25, 0, 0, 0, metod_option, "Answers apart from the scale")              \
	F(R, U64, answered, 26, 0, 0, 0, none, "Answered in all")                                   \
	F(R, U64, questions, 27, 0, 0, 0, none, "Questions in all")                                 \
	F(R, U64, minutes_left, 28, 0, 0, 0, none, "Minutes left")                                  \
	F(R, U64, gaps, 29, 0, 0, 0, none, "Gaps of this page")                                     \
	F(R, STR, print, 30, 0, 0, 0, none, "Fingerprint of the statements")                        \
	F(R, U64, count, 31, 0, 0, 0, none, "Statements of this page")                              \
	F(R, U64, shown_at, 32, 0, 0, 0, none, "When it was shown, ms")                             \
	F(R, BOOL, from_check, 33, 0, 0, 0, none, "Returns to the check page")                      \
	F(R, U64, before, 34, 0, 0, 0, none, "Page before")
METOD_RECORD(web_answers_page, WEB_ANSWERS_PAGE_FIELDS)

#define WEB_CLASH_FIELDS(F, R)                                                                   \
	F(R, STR, text, 1, 0, 0, 0, none, "Statement")                                              \
	F(R, STR, stored, 2, 0, 0, 0, none, "Stored answer")                                        \
	F(R, STR, sent, 3, 0, 0, 0, none, "Answer just sent")                                       \
	F(R, BOOL, differs, 4, 0, 0, 0, none, "They differ")
METOD_RECORD(web_clash, WEB_CLASH_FIELDS)
#define WEB_CLASH_PAGE_FIELDS(F, R) WEB_FRAME(F, R)                                              \
	F(R, U64, page, 20, 0, 0, 0, none, "Page")                                                  \
	F(R, RECS, rows, 21, 0, 0, 0, web_clash, "Both values")                                     \
	F(R, RECS, fields, 22, 0, 0, 0, web_carry, "Carried")
METOD_RECORD(web_clash_page, WEB_CLASH_PAGE_FIELDS)

#define WEB_CHECK_GROUP_FIELDS(F, R)                                                             \
	F(R, U64, page, 1, 0, 0, 0, none, "Page")                                                   \
	F(R, RECS, rows, 2, 0, 0, 0, metod_check_row, "Answers")
METOD_RECORD(web_check_group, WEB_CHECK_GROUP_FIELDS)
#define WEB_CHECK_PAGE_FIELDS(F, R) WEB_FRAME(F, R)                                              \
	F(R, U64, gaps, 20, 0, 0, 0, none, "Gaps")                                                  \
	F(R, U64, first_gap, 21, 0, 0, 0, none, "First page with a gap")                            \
	F(R, RECS, missing, 22, 0, 0, 0, metod_check_row, "Without an answer")                      \
	F(R, RECS, groups, 23, 0, 0, 0, web_check_group, "Pages")
METOD_RECORD(web_check_page, WEB_CHECK_PAGE_FIELDS)

/* Positions of the strip are percentages of its width. */
#define WEB_AREA_FIELDS(F, R)                                                                    \
	F(R, STR, competency, 1, 0, 0, 0, none, "Code")                                             \
	F(R, STR, name, 2, 0, 0, 0, none, "Area")                                                   \
	F(R, STR, state, 3, 0, 0, 0, none, "State") /* as it is: it names a CSS class too */        \
	F(R, STR, level_word, 4, 0, 0, 0, none, "In words")                                         \
	F(R, I64, t, 5, METOD_NULL | METOD_MILLI, 0, 0, none, "Score")                              \
	F(R, I64, t_lo, 6, METOD_NULL | METOD_MILLI, 0, 0, none, "From")                            \
	F(R, I64, t_hi, 7, METOD_NULL | METOD_MILLI, 0, 0, none, "To")                              \
	F(R, U64, answered, 8, 0, 0, 0, none, "Answered")                                           \
	F(R, U64, shown, 9, 0, 0, 0, none, "Shown")                                                 \
	F(R, BOOL, wanted, 10, 0, 0, 0, none, "Wants to work on")                                   \
	F(R, STR, strip_t, 11, 0, 0, 0, none, "Point")                                              \
	F(R, STR, strip_from, 12, 0, 0, 0, none, "Begin of the interval")                           \
	F(R, STR, strip_wide, 13, 0, 0, 0, none, "Width of the interval")
METOD_RECORD(web_area, WEB_AREA_FIELDS)

#define WEB_GRANT_FIELDS(F, R)                                                                   \
	F(R, U64, id, 1, 0, 0, 0, none, "Id")                                                       \
	F(R, STR, act, 2, METOD_TOKEN, 0, 0, none, "Act")                                           \
	F(R, STR, themes, 3, 0, 0, 0, none, "Themes")                                               \
	F(R, I64, at, 4, METOD_REQ | METOD_TIME, 0, 0, none, "Given")
METOD_RECORD(web_grant, WEB_GRANT_FIELDS)

#define WEB_ME_PAGE_FIELDS(F, R) WEB_FRAME(F, R)                                                 \
	F(R, I64, at, 20, METOD_REQ | METOD_TIME, 0, 0, none, "Submitted")                          \
	F(R, STR, wave, 21, 0, 0, 0, none, "Wave")                                                  \
	F(R, STR, label, 22, METOD_TOKEN, 0, 0, none, "Parameters are")                             \
	F(R, RECS, strong, 23, 0, 0, 0, web_area, "Works already")                                  \
	F(R, RECS, need, 24, 0, 0, 0, web_area, "Needs support")                                    \
	F(R, RECS, unclear, 25, 0, 0, 0, web_area, "Unclear")                                       \
	F(R, RECS, other, 26, 0, 0, 0, web_area, "No data")                                         \
	F(R, RECS, all, 27, 0, 0, 0, web_area, "All areas")                                         \
	F(R, U64, needs, 28, 0, 0, 0, none, "Needs support")                                        \
	F(R, REC, next, 29, 0, 0, 0, metod_route_row, "Next step")                                  \
	F(R, BOOL, may_build, 30, 0, 0, 0, none, "No route yet and something to build it for")      \
	F(R, STR, want_line, 31, 0, 0, 0, none, "In own words")                                     \
	F(R, RECS, grants, 32, 0, 0, 0, web_grant, "Open now")                                      \
	F(R, BOOL, shown_methodist, 33, 0, 0, 0, none, "Open to methodists")                        \
	F(R, BOOL, finds_mentor, 34, 0, 0, 0, none, "Looks for a mentor")                           \
	F(R, RECS, pairs, 35, 0, 0, 0, metod_my_pair, "Proposed mentors")                           \
	F(R, U64, news, 36, 0, 0, 0, none, "Unread messages")                                       \
	F(R, STR, note, 37, 0, 0, 0, none, "Note")                                                  \
	F(R, STR, print, 38, 0, 0, 0, none, "Teacher's code")
METOD_RECORD(web_me_page, WEB_ME_PAGE_FIELDS)

#define WEB_ROUTE_PAGE_FIELDS(F, R) WEB_FRAME(F, R)                                              \
	F(R, REC, view, 20, 0, 0, 0, metod_route_view, "Route")                                     \
	F(R, STRS, uncovered, 21, 0, 0, 0, none, "Nothing in the catalogue for")                    \
	F(R, BOOL, has_steps, 22, 0, 0, 0, none, "There are steps")
METOD_RECORD(web_route_page, WEB_ROUTE_PAGE_FIELDS)

#define WEB_MESSAGES_PAGE_FIELDS(F, R) WEB_FRAME(F, R)                                           \
	F(R, RECS, rows, 20, 0, 0, 0, metod_message_row, "Messages")
METOD_RECORD(web_messages_page, WEB_MESSAGES_PAGE_FIELDS)

#define WEB_SHEET_FIELDS(F, R)                                                                   \
	F(R, I64, at, 1, METOD_REQ | METOD_TIME, 0, 0, none, "When")                                \
	F(R, STR, answers, 2, 0, 0, 0, none, "Answers")                                             \
	F(R, U64, page, 3, 0, 0, 0, none, "Page")
METOD_RECORD(web_sheet, WEB_SHEET_FIELDS)
#define WEB_DATA_PAGE_FIELDS(F, R) WEB_FRAME(F, R)                                               \
	F(R, REC, data, 20, 0, 0, 0, metod_data_view, "Data")                                       \
	F(R, RECS, sheets, 21, 0, 0, 0, web_sheet, "Answers sent")                                  \
	F(R, RECS, saved, 22, 0, 0, 0, web_sheet, "Pages saved")                                    \
	F(R, RECS, open, 23, 0, 0, 0, web_grant, "Opened")
METOD_RECORD(web_data_page, WEB_DATA_PAGE_FIELDS)

#define WEB_MESSAGE_PAGE_FIELDS(F, R) WEB_FRAME(F, R)                                            \
	F(R, STR, heading, 20, 0, 0, 0, none, "Heading")                                            \
	F(R, STR, text, 21, 0, 0, 0, none, "What happened")                                         \
	F(R, STR, hint, 22, 0, 0, 0, none, "What to do")                                            \
	F(R, RECS, fields, 24, 0, 0, 0, web_carry, "Carried")                                       \
	F(R, BOOL, retry, 25, 0, 0, 0, none, "The form can be sent again")                          \
	F(R, BOOL, ask_code, 26, 0, 0, 0, none, "The code is needed")                               \
	F(R, STR, back, 27, 0, 0, 0, none, "Where to go, without the first slash")                  \
	F(R, STR, request, 28, 0, 0, 0, none, "Number of this request")
METOD_RECORD(web_message_page, WEB_MESSAGE_PAGE_FIELDS)

/* id, template, record */
#define WEB_PAGES(P)                                                                             \
	P(ENTER, "enter", web_enter_page)                                                           \
	P(PIN, "pin", web_pin_page)                                                                 \
	P(START, "start", web_start_page)                                                           \
	P(ANSWERS, "answers", web_answers_page)                                                     \
	P(CLASH, "clash", web_clash_page)                                                           \
	P(CHECK, "check", web_check_page)                                                           \
	P(ME, "me", web_me_page)                                                                    \
	P(ROUTE, "route", web_route_page)                                                           \
	P(MESSAGES, "messages", web_messages_page)                                                  \
	P(DATA, "data", web_data_page)                                                              \
	P(HELP, "help", web_plain_page)                                                             \
	P(PRIVACY, "privacy", web_plain_page)                                                       \
	P(MESSAGE, "message", web_message_page)
/* clang-format on */

enum web_page_id {
#define WEB_PAGE_ENUM(id, name, record) WEB_PAGE_##id,
	WEB_PAGES(WEB_PAGE_ENUM)
#undef WEB_PAGE_ENUM
	    WEB_PAGES_N,
};
