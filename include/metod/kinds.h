/* SPDX-License-Identifier: Apache-2.0
 * Kinds of content files beside those that the daemon stores (framework, form, paramset,
 * rules): `metodctl form check` binds them to these records and checks them, `form load`
 * makes forms of selections and leaves the other kinds where they are. */
#pragma once

#include "metod/records.h"

/* clang-format off */
/* ---- selection: a shorter form made of the questions of another one ---- */
#define METOD_SELECTION_FIELDS(F, R)                                                                   \
	F(R, STR, id, 1, METOD_REQ, 1, METOD_CODE_MAX, none, "Id")                                        \
	F(R, STR, version, 2, METOD_REQ, 1, 16, none, "Version")                                          \
	F(R, STR, framework, 3, METOD_REQ, 1, METOD_CODE_MAX, none, "Framework")                          \
	F(R, REC, title, 4, METOD_REQ, 0, 0, metod_text, "Title")                                         \
	F(R, REC, purpose, 5, METOD_REQ, 0, 0, metod_text, "Purpose")                                     \
	F(R, STR, from, 6, METOD_REQ, 1, METOD_CODE_MAX, none, "Form")                                    \
	F(R, STRS, competencies, 7, METOD_REQ, 1, METOD_COMPETENCIES_MAX, none, "Competencies")
METOD_RECORD(metod_selection, METOD_SELECTION_FIELDS)

/* ---- second stage: three more questions where the first three left it open ---- */
#define METOD_SECOND_STAGE_FIELDS(F, R)                                                                \
	F(R, STR, id, 1, METOD_REQ, 1, METOD_CODE_MAX, none, "Id")                                        \
	F(R, STR, version, 2, METOD_REQ, 1, 16, none, "Version")                                          \
	F(R, STR, framework, 3, METOD_REQ, 1, METOD_CODE_MAX, none, "Framework")                          \
	F(R, STR, form, 4, METOD_REQ, 1, METOD_CODE_MAX, none, "Form")                                    \
	F(R, RECS, wordings, 5, METOD_REQ, 1, 16, metod_wording, "Wordings")                              \
	F(R, RECS, items, 6, METOD_REQ, 1, METOD_ITEMS_FORM_MAX, metod_item, "Items")
METOD_RECORD(metod_second_stage, METOD_SECOND_STAGE_FIELDS)

/* ---- observation of a lesson or of a session in kindergarten ---- */
#define METOD_INDICATOR_FIELDS(F, R)                                                                   \
	F(R, STR, id, 1, METOD_REQ, 1, 32, none, "Id")                                                    \
	F(R, STR, competency, 2, METOD_REQ, 1, 16, none, "Competency")                                    \
	F(R, REC, lesson, 3, METOD_REQ, 0, 0, metod_text, "In a lesson")                                  \
	F(R, REC, kindergarten, 4, METOD_REQ, 0, 0, metod_text, "In kindergarten")                        \
	F(R, REC, evidence, 5, METOD_REQ, 0, 0, metod_text, "Evidence line")
METOD_RECORD(metod_indicator, METOD_INDICATOR_FIELDS)
#define METOD_OBSERVATION_FIELDS(F, R)                                                                 \
	F(R, STR, id, 1, METOD_REQ, 1, METOD_CODE_MAX, none, "Id")                                        \
	F(R, STR, version, 2, METOD_REQ, 1, 16, none, "Version")                                          \
	F(R, STR, framework, 3, METOD_REQ, 1, METOD_CODE_MAX, none, "Framework")                          \
	F(R, REC, title, 4, METOD_REQ, 0, 0, metod_text, "Title")                                         \
	F(R, REC, purpose, 5, METOD_REQ, 0, 0, metod_text, "Purpose")                                     \
	F(R, RECS, scale, 6, METOD_REQ, 4, 4, metod_level, "Scale")                                       \
	F(R, REC, no_occasion, 7, METOD_REQ, 0, 0, metod_text, "No occasion")                             \
	F(R, RECS, items, 8, METOD_REQ, 1, METOD_ITEMS_FORM_MAX, metod_indicator, "Indicators")
METOD_RECORD(metod_observation, METOD_OBSERVATION_FIELDS)

/* ---- card: questions without a score (needs, conditions, help, check-list, outside) ---- */
#define METOD_CHOICE_FIELDS(F, R)                                                                      \
	F(R, STR, value, 1, METOD_REQ, 1, 32, none, "Value")                                              \
	F(R, REC, text, 2, METOD_REQ, 0, 0, metod_text, "Text")
METOD_RECORD(metod_choice, METOD_CHOICE_FIELDS)
#define METOD_CARD_QUESTION_FIELDS(F, R)                                                               \
	F(R, STR, id, 1, METOD_REQ, 1, 32, none, "Id")                                                    \
	F(R, STR, type, 2, METOD_REQ | METOD_TOKEN, 1, 16, none, "Type")                                  \
	F(R, REC, text, 3, METOD_REQ, 0, 0, metod_text, "Text")                                           \
	F(R, REC, hint, 4, 0, 0, 0, metod_text, "Hint")                                                   \
	F(R, BOOL, must, 5, 0, 0, 1, none, "Answer needed")                                               \
	F(R, U64, most, 6, 0, 0, 24, none, "At most")                                                     \
	F(R, RECS, choices, 7, 0, 0, 24, metod_choice, "Choices")
METOD_RECORD(metod_card_question, METOD_CARD_QUESTION_FIELDS)
#define METOD_CARD_SECTION_FIELDS(F, R)                                                                \
	F(R, STR, id, 1, METOD_REQ, 1, 32, none, "Id")                                                    \
	F(R, REC, title, 2, METOD_REQ, 0, 0, metod_text, "Title")                                         \
	F(R, RECS, choices, 3, 0, 0, 24, metod_choice, "Choices") /* of questions that have none */       \
	F(R, RECS, questions, 4, METOD_REQ, 1, 64, metod_card_question, "Questions")
METOD_RECORD(metod_card_section, METOD_CARD_SECTION_FIELDS)
#define METOD_CARD_FIELDS(F, R)                                                                        \
	F(R, STR, id, 1, METOD_REQ, 1, METOD_CODE_MAX, none, "Id")                                        \
	F(R, STR, version, 2, METOD_REQ, 1, 16, none, "Version")                                          \
	F(R, STR, use, 3, METOD_REQ | METOD_TOKEN, 1, 16, none, "Use")                                    \
	F(R, REC, title, 4, METOD_REQ, 0, 0, metod_text, "Title")                                         \
	F(R, REC, purpose, 5, METOD_REQ, 0, 0, metod_text, "Purpose")                                     \
	F(R, STRS, forms, 6, 0, 0, 32, none, "Behind these forms")                                        \
	F(R, RECS, sections, 7, METOD_REQ, 1, 16, metod_card_section, "Sections")
METOD_RECORD(metod_card, METOD_CARD_FIELDS)

/* ---- practices worth passing on ---- */
#define METOD_PRACTICE_FIELDS(F, R)                                                                    \
	F(R, STR, id, 1, METOD_REQ, 1, METOD_CODE_MAX, none, "Id")                                        \
	F(R, STR, competency, 2, METOD_REQ, 1, 16, none, "Competency")                                    \
	F(R, REC, title, 3, METOD_REQ, 0, 0, metod_text, "Title")                                         \
	F(R, STRS, audiences, 4, METOD_REQ, 1, 4, none, "For")                                            \
	F(R, STRS, positions, 5, 0, 0, 16, none, "Positions")                                             \
	F(R, REC, author, 6, METOD_REQ, 0, 0, metod_text, "Who did it")                                   \
	F(R, REC, done, 7, METOD_REQ, 0, 0, metod_text, "What was done")                                  \
	F(R, REC, change, 8, METOD_REQ, 0, 0, metod_text, "What changed, how it is known")                \
	F(R, REC, first_step, 9, METOD_REQ, 0, 0, metod_text, "First step for others")
METOD_RECORD(metod_practice, METOD_PRACTICE_FIELDS)
#define METOD_PRACTICES_FIELDS(F, R)                                                                   \
	F(R, STR, id, 1, METOD_REQ, 1, METOD_CODE_MAX, none, "Id")                                        \
	F(R, STR, version, 2, METOD_REQ, 1, 16, none, "Version")                                          \
	F(R, STR, framework, 3, METOD_REQ, 1, METOD_CODE_MAX, none, "Framework")                          \
	F(R, REC, title, 4, METOD_REQ, 0, 0, metod_text, "Title")                                         \
	F(R, RECS, practices, 5, METOD_REQ, 1, 1000, metod_practice, "Practices")
METOD_RECORD(metod_practices, METOD_PRACTICES_FIELDS)

/* ---- site: what a methodical council may decide otherwise ---- */
#define METOD_CUSTOMARY_FIELDS(F, R)                                                                   \
	F(R, STR, id, 1, METOD_REQ, 1, 32, none, "Id")                                                    \
	F(R, REC, name, 2, METOD_REQ, 0, 0, metod_text, "Name")                                           \
	F(R, STRS, competencies, 3, METOD_REQ, 1, METOD_COMPETENCIES_MAX, none, "Competencies")
METOD_RECORD(metod_customary, METOD_CUSTOMARY_FIELDS)
#define METOD_REQUIRED_FIELDS(F, R)                                                                    \
	F(R, STR, position, 1, METOD_REQ | METOD_TOKEN, 1, 32, none, "Position")                          \
	F(R, STRS, independent, 2, 0, 0, METOD_COMPETENCIES_MAX, none, "On one's own (2)")                \
	F(R, STRS, example, 3, 0, 0, METOD_COMPETENCIES_MAX, none, "From an example (1)")                 \
	F(R, STRS, none, 4, 0, 0, METOD_COMPETENCIES_MAX, none, "Not part of the work")
METOD_RECORD(metod_required, METOD_REQUIRED_FIELDS)
#define METOD_SITE_FIELDS(F, R)                                                                        \
	F(R, STR, id, 1, METOD_REQ, 1, METOD_CODE_MAX, none, "Id")                                        \
	F(R, STR, version, 2, METOD_REQ, 1, 16, none, "Version")                                          \
	F(R, STR, framework, 3, METOD_REQ, 1, METOD_CODE_MAX, none, "Framework")                          \
	F(R, REC, title, 4, METOD_REQ, 0, 0, metod_text, "Title")                                         \
	F(R, RECS, customary, 5, METOD_REQ, 1, 16, metod_customary, "Customary groups")                   \
	F(R, RECS, required, 6, METOD_REQ, 1, 16, metod_required, "Required levels")
METOD_RECORD(metod_site, METOD_SITE_FIELDS)
/* clang-format on */
