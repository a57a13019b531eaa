/* SPDX-License-Identifier: Apache-2.0
 * Stored records: bodies of events and values of tables. Keys are small integers, never
 * reused. Computed numbers are quantised integers (thousandths unless said), so that
 * replay copies only. */
#pragma once

#include "metod/desc.h"
#include "metod/limits.h"

#define METOD_ID_MAX 9007199254740991.0 /* ids stay exact in JavaScript */
#define METOD_ACTOR_MAX                                                                  \
	18014398509481983.0 /* an id, with METOD_ACTOR_RESPONDENT or without */

/* clang-format off */
/* F(R, kind, member, key, flags, low, high, sub, title) */
#define METOD_TEXT_FIELDS(F, R)                                                                        \
	F(R, STR, ru, 1, METOD_REQ, 1, METOD_TEXT_MAX, none, "Russian")                                   \
	F(R, STR, en, 2, 0, 0, METOD_TEXT_MAX, none, "English")
METOD_RECORD(metod_text, METOD_TEXT_FIELDS)

/* ---- territory ---- */
#define METOD_ORG_FIELDS(F, R)                                                                         \
	F(R, U64, id, 1, METOD_REQ | METOD_HIDE, 1, METOD_ID_MAX, none, "Id")                             \
	F(R, STR, code, 2, METOD_REQ, 1, METOD_CODE_MAX, none, "Code")                                    \
	F(R, STR, name, 3, METOD_REQ, 1, METOD_NAME_MAX, none, "Name")                                    \
	F(R, STR, kind, 4, METOD_REQ | METOD_TOKEN, 1, 32, none, "Kind")                                  \
	F(R, U64, parent, 5, METOD_HIDE, 0, METOD_ID_MAX, none, "Parent")                                 \
	F(R, BOOL, low_result, 6, 0, 0, 1, none, "Low-result school")                                     \
	F(R, BOOL, base_school, 7, METOD_HIDE, 0, 1, none, "Base school")                                 \
	F(R, BOOL, pilot, 8, METOD_HIDE, 0, 1, none, "Pilot site")
METOD_RECORD(metod_org, METOD_ORG_FIELDS)

#define METOD_PERSON_FIELDS(F, R)                                                                      \
	F(R, U64, id, 1, METOD_REQ | METOD_HIDE, 1, METOD_ID_MAX, none, "Id")                             \
	F(R, STR, code, 2, METOD_REQ, 1, METOD_CODE_MAX, none, "Code")                                    \
	F(R, STR, name, 3, METOD_REQ | METOD_NAME, 1, METOD_NAME_MAX, none, "Full name")                       \
	F(R, U64, org, 4, METOD_REQ | METOD_HIDE, 1, METOD_ID_MAX, none, "Organisation")                  \
	F(R, STR, position, 5, METOD_REQ | METOD_TOKEN, 1, 32, none, "Position")                          \
	F(R, STRS, subjects, 6, METOD_SUBJECT, 0, 10, none, "Subjects")                                   \
	F(R, STR, stage, 7, METOD_TOKEN, 0, 32, none, "Stage")                                            \
	F(R, STR, category, 8, METOD_TOKEN, 0, 32, none, "Category")                                      \
	F(R, I64, category_until, 9, METOD_NULL | METOD_DATE | METOD_HIDE, 0, 100000, none, "Category until") \
	F(R, I64, hired, 10, METOD_NULL | METOD_DATE, -20000, 100000, none, "In teaching since")          \
	F(R, U64, birth_year, 11, METOD_NAME | METOD_HIDE, 0, 2100, none, "Year of birth")                \
	F(R, STRS, formats, 12, METOD_HIDE, 0, 3, none, "Formats")
METOD_RECORD(metod_person, METOD_PERSON_FIELDS)

#define METOD_ASSOCIATION_FIELDS(F, R)                                                                 \
	F(R, U64, id, 1, METOD_REQ | METOD_HIDE, 1, METOD_ID_MAX, none, "Id")                             \
	F(R, STR, code, 2, METOD_REQ, 1, METOD_CODE_MAX, none, "Code")                                    \
	F(R, STR, name, 3, METOD_REQ, 1, METOD_NAME_MAX, none, "Name")                                    \
	F(R, STR, level, 4, METOD_REQ | METOD_TOKEN, 1, 32, none, "Level")                                \
	F(R, STR, subject, 5, METOD_SUBJECT, 0, METOD_CODE_MAX, none, "Subject")                          \
	F(R, U64, org, 6, METOD_HIDE, 0, METOD_ID_MAX, none, "Organisation")                              \
	F(R, U64, head, 7, METOD_HIDE, 0, METOD_ID_MAX, none, "Head")                                     \
	F(R, U64S, members, 8, METOD_HIDE, 0, 20000, none, "Members")
METOD_RECORD(metod_association, METOD_ASSOCIATION_FIELDS)

/* ---- accounts ---- */
#define METOD_ROLE_FIELDS(F, R)                                                                        \
	F(R, STR, role, 1, METOD_REQ | METOD_TOKEN, 1, 32, none, "Role")                                  \
	F(R, U64, org, 2, 0, 0, METOD_ID_MAX, none, "Organisation") /* scope; 0: whole territory */       \
	F(R, U64, association, 3, 0, 0, METOD_ID_MAX, none, "Association")
METOD_RECORD(metod_role, METOD_ROLE_FIELDS)

#define METOD_USER_FIELDS(F, R)                                                                        \
	F(R, U64, id, 1, METOD_REQ | METOD_HIDE, 1, METOD_ID_MAX, none, "Id")                             \
	F(R, STR, login, 2, METOD_REQ, 1, METOD_CODE_MAX, none, "Login")                                  \
	F(R, U64, person, 3, METOD_HIDE, 0, METOD_ID_MAX, none, "Person")                                 \
	F(R, I64, uid, 4, METOD_NULL, 0, 4294967295.0, none, "Unix user id")                              \
	F(R, RECS, roles, 5, 0, 0, 16, metod_role, "Roles")                                               \
	F(R, STR, password, 6, METOD_SECRET, 0, 160, none, "Password hash")                               \
	F(R, BOOL, disabled, 7, 0, 0, 1, none, "Disabled")                                                \
	F(R, U64, generation, 8, METOD_HIDE, 0, METOD_ID_MAX, none, "Session generation")
METOD_RECORD(metod_user, METOD_USER_FIELDS)

#define METOD_TOKEN_FIELDS(F, R)                                                                       \
	F(R, U64, id, 1, METOD_REQ, 1, METOD_ID_MAX, none, "Id")                                          \
	F(R, U64, user, 2, METOD_REQ | METOD_HIDE, 1, METOD_ID_MAX, none, "User")                         \
	F(R, BIN, hash, 3, METOD_REQ | METOD_SECRET, 32, 32, none, "Hash")                                \
	F(R, I64, created, 4, METOD_REQ | METOD_TIME, 0, METOD_ID_MAX, none, "Created")                   \
	F(R, I64, expires, 5, METOD_REQ | METOD_TIME, 0, METOD_ID_MAX, none, "Expires")                   \
	F(R, BOOL, revoked, 6, 0, 0, 1, none, "Revoked")                                                  \
	F(R, STR, note, 7, 0, 0, METOD_NAME_MAX, none, "Note")
METOD_RECORD(metod_token, METOD_TOKEN_FIELDS)

/* ---- framework, forms, parameters, rules, catalogue ---- */
#define METOD_LEVEL_FIELDS(F, R)                                                                       \
	F(R, U64, value, 1, METOD_REQ, 0, 3, none, "Value")                                               \
	F(R, REC, text, 2, METOD_REQ, 0, 0, metod_text, "Text")
METOD_RECORD(metod_level, METOD_LEVEL_FIELDS)

#define METOD_GROUP_FIELDS(F, R)                                                                       \
	F(R, STR, id, 1, METOD_REQ, 1, 16, none, "Id")                                                    \
	F(R, REC, name, 2, METOD_REQ, 0, 0, metod_text, "Name")                                           \
	F(R, REC, heading, 3, METOD_REQ, 0, 0, metod_text, "Heading")
METOD_RECORD(metod_group, METOD_GROUP_FIELDS)

#define METOD_COMPETENCY_FIELDS(F, R)                                                                  \
	F(R, STR, id, 1, METOD_REQ, 1, 16, none, "Id")                                                    \
	F(R, STR, group, 2, METOD_REQ, 1, 16, none, "Group")                                              \
	F(R, REC, name, 3, METOD_REQ, 0, 0, metod_text, "Name")                                           \
	F(R, REC, plain, 4, METOD_REQ, 0, 0, metod_text, "Plain name")                                    \
	F(R, STRS, functions, 5, 0, 0, 16, none, "Labour functions")                                      \
	F(R, BOOL, general, 6, 0, 0, 1, none, "In the general form")                                      \
	F(R, BOOL, young, 7, 0, 0, 1, none, "In the young specialist's form")                             \
	F(R, BOOL, observable, 8, 0, 0, 1, none, "Observable")                                            \
	F(R, RECS, levels, 9, 0, 0, 4, metod_level, "Levels")
METOD_RECORD(metod_competency, METOD_COMPETENCY_FIELDS)

#define METOD_FRAMEWORK_FIELDS(F, R)                                                                   \
	F(R, STR, id, 1, METOD_REQ, 1, METOD_CODE_MAX, none, "Id")                                        \
	F(R, STR, version, 2, METOD_REQ, 1, 16, none, "Version")                                          \
	F(R, REC, title, 3, METOD_REQ, 0, 0, metod_text, "Title")                                         \
	F(R, RECS, scale, 4, METOD_REQ, 4, 4, metod_level, "Scale")                                       \
	F(R, RECS, level_words, 5, METOD_REQ, 4, 4, metod_level, "Level words")                           \
	F(R, REC, not_in_work, 6, METOD_REQ, 0, 0, metod_text, "Not in my work")                          \
	F(R, REC, cannot_judge, 7, METOD_REQ, 0, 0, metod_text, "Cannot judge")                           \
	F(R, I64, severe, 8, METOD_REQ | METOD_MILLI, 0, 3000, none, "Cut: severe")                       \
	F(R, I64, need, 9, METOD_REQ | METOD_MILLI, 0, 3000, none, "Cut: need")                           \
	F(R, I64, resource, 10, METOD_REQ | METOD_MILLI, 0, 3000, none, "Cut: resource")                  \
	F(R, I64, target, 11, METOD_REQ | METOD_MILLI, 0, 3000, none, "Target")                           \
	F(R, RECS, groups, 12, METOD_REQ, 1, 16, metod_group, "Groups")                                   \
	F(R, RECS, competencies, 13, METOD_REQ, 1, METOD_COMPETENCIES_MAX, metod_competency, "Competencies")
METOD_RECORD(metod_framework, METOD_FRAMEWORK_FIELDS)

#define METOD_WORDING_FIELDS(F, R)                                                                     \
	F(R, STR, key, 1, METOD_REQ, 1, 32, none, "Wording")                                              \
	F(R, STRS, positions, 2, METOD_REQ, 1, 16, none, "Positions")
METOD_RECORD(metod_wording, METOD_WORDING_FIELDS)

#define METOD_ITEM_TEXT_FIELDS(F, R)                                                                   \
	F(R, STR, wording, 1, METOD_REQ, 1, 32, none, "Wording")                                          \
	F(R, REC, text, 2, METOD_REQ, 0, 0, metod_text, "Text")
METOD_RECORD(metod_item_text, METOD_ITEM_TEXT_FIELDS)

#define METOD_ITEM_FIELDS(F, R)                                                                        \
	F(R, STR, id, 1, METOD_REQ, 1, 32, none, "Id")                                                    \
	F(R, STR, competency, 2, METOD_REQ, 1, 16, none, "Competency")                                    \
	F(R, RECS, texts, 3, METOD_REQ, 1, 16, metod_item_text, "Texts")
METOD_RECORD(metod_item, METOD_ITEM_FIELDS)

#define METOD_FORM_FIELDS(F, R)                                                                        \
	F(R, STR, id, 1, METOD_REQ, 1, METOD_CODE_MAX, none, "Id")                                        \
	F(R, STR, version, 2, METOD_REQ, 1, 16, none, "Version")                                          \
	F(R, STR, framework, 3, METOD_REQ, 1, METOD_CODE_MAX, none, "Framework")                          \
	F(R, REC, title, 4, METOD_REQ, 0, 0, metod_text, "Title")                                         \
	F(R, REC, purpose, 5, METOD_REQ, 0, 0, metod_text, "Purpose")                                     \
	F(R, RECS, wordings, 6, METOD_REQ, 1, 16, metod_wording, "Wordings")                              \
	F(R, RECS, items, 7, METOD_REQ, 1, METOD_ITEMS_FORM_MAX, metod_item, "Items")
METOD_RECORD(metod_form, METOD_FORM_FIELDS)

/* Item parameters in millionths; item "" is the default of the set. */
#define METOD_PARAM_FIELDS(F, R)                                                                       \
	F(R, STR, item, 1, 0, 0, 32, none, "Item")                                                        \
	F(R, I64, a, 2, METOD_REQ, 50000, 12000000, none, "Slope")                                            \
	F(R, I64S, c, 3, METOD_REQ, 1, 7, none, "Intercepts")
METOD_RECORD(metod_param, METOD_PARAM_FIELDS)

#define METOD_PARAMSET_FIELDS(F, R)                                                                    \
	F(R, STR, id, 1, METOD_REQ, 1, METOD_CODE_MAX, none, "Id")                                        \
	F(R, STR, label, 2, METOD_REQ | METOD_TOKEN, 1, 32, none, "Label")                                \
	F(R, STR, framework, 3, METOD_REQ, 1, METOD_CODE_MAX, none, "Framework")                          \
	F(R, STR, version, 4, METOD_REQ, 1, 16, none, "Version")                                          \
	F(R, REC, title, 5, METOD_REQ, 0, 0, metod_text, "Title")                                         \
	F(R, REC, standard, 6, METOD_REQ, 0, 0, metod_param, "Default parameters")                        \
	F(R, RECS, items, 7, 0, 0, METOD_ITEMS_FORM_MAX, metod_param, "Items")
METOD_RECORD(metod_paramset, METOD_PARAMSET_FIELDS)

#define METOD_ADVICE_RULE_FIELDS(F, R)                                                                 \
	F(R, STR, id, 1, METOD_REQ, 1, METOD_CODE_MAX, none, "Id")                                        \
	F(R, STR, audience, 2, METOD_REQ | METOD_TOKEN, 1, 32, none, "Audience")                          \
	F(R, STR, competency, 3, METOD_REQ, 1, 16, none, "Competency") /* "*": any */                     \
	F(R, STR, min_class, 4, METOD_REQ | METOD_TOKEN, 1, 16, none, "From class")                       \
	F(R, BOOL, shortage, 5, 0, 0, 1, none, "When mentors are short")                                  \
	F(R, STRS, context, 6, 0, 0, 8, none, "Context")                                                  \
	F(R, I64, priority, 7, 0, -1000, 1000, none, "Priority")                                          \
	F(R, REC, measure, 8, METOD_REQ, 0, 0, metod_text, "Measure")                                     \
	F(R, REC, responsible, 9, METOD_REQ, 0, 0, metod_text, "Responsible")                             \
	F(R, U64, deadline_days, 10, METOD_REQ, 1, 1000, none, "Deadline, days")                          \
	F(R, REC, evidence, 11, METOD_REQ, 0, 0, metod_text, "Evidence")                                  \
	F(R, REC, acceptance, 12, METOD_REQ, 0, 0, metod_text, "Acceptance")                              \
	F(R, U64, people, 13, 0, 0, METOD_PERSONS_MAX, none, "Or from so many people")            \
	F(R, U64, answers_from, 14, 0, 0, METOD_PERSONS_MAX, none, "From so many answers")                \
	F(R, U64, answers_to, 15, 0, 0, METOD_PERSONS_MAX, none, "Up to so many answers")                 \
	F(R, U64, coverage_below, 16, 0, 0, 100, none, "When fewer of those invited answered, %")      \
	F(R, STR, trend, 17, METOD_TOKEN, 0, 16, none, "Trend")
METOD_RECORD(metod_advice_rule, METOD_ADVICE_RULE_FIELDS)

#define METOD_RULES_FIELDS(F, R)                                                                       \
	F(R, STR, id, 1, METOD_REQ, 1, METOD_CODE_MAX, none, "Id")                                        \
	F(R, STR, version, 2, METOD_REQ, 1, 16, none, "Version")                                          \
	F(R, STR, framework, 3, METOD_REQ, 1, METOD_CODE_MAX, none, "Framework")                          \
	F(R, REC, title, 4, METOD_REQ, 0, 0, metod_text, "Title")                                         \
	F(R, RECS, rules, 5, METOD_REQ, 1, 2000, metod_advice_rule, "Rules")
METOD_RECORD(metod_rules, METOD_RULES_FIELDS)

#define METOD_ACTIVITY_GAIN_FIELDS(F, R)                                                               \
	F(R, STR, competency, 1, METOD_REQ, 1, 16, none, "Competency")                                    \
	F(R, U64, gain, 2, METOD_REQ, 1, 3000, none, "Gain, per mille")
METOD_RECORD(metod_activity_gain, METOD_ACTIVITY_GAIN_FIELDS)

#define METOD_SESSION_FIELDS(F, R)                                                                     \
	F(R, U64, id, 1, METOD_REQ | METOD_HIDE, 1, METOD_ID_MAX, none, "Id")                             \
	F(R, I64, start, 2, METOD_REQ | METOD_DATE, 0, 100000, none, "Start")                             \
	F(R, I64, finish, 3, METOD_REQ | METOD_DATE, 0, 100000, none, "End")                              \
	F(R, U64, weekly_hours, 4, METOD_REQ, 1, 60, none, "Hours a week")                                \
	F(R, STR, place, 5, 0, 0, METOD_CODE_MAX, none, "Place")                                          \
	F(R, U64, seats, 6, 0, 0, 100000, none, "Seats")
METOD_RECORD(metod_session, METOD_SESSION_FIELDS)

#define METOD_ACTIVITY_FIELDS(F, R)                                                                    \
	F(R, U64, id, 1, METOD_REQ | METOD_HIDE, 1, METOD_ID_MAX, none, "Id")                             \
	F(R, STR, code, 2, METOD_REQ, 1, METOD_CODE_MAX, none, "Code")                                    \
	F(R, REC, title, 3, METOD_REQ, 0, 0, metod_text, "Title")                                         \
	F(R, STR, kind, 4, METOD_REQ | METOD_TOKEN, 1, 32, none, "Kind")                                  \
	F(R, U64, hours, 5, METOD_REQ, 1, 1000, none, "Hours")                                            \
	F(R, STR, format, 6, METOD_REQ | METOD_TOKEN, 1, 16, none, "Format")                              \
	F(R, RECS, gains, 7, METOD_REQ, 1, 16, metod_activity_gain, "Gains")                              \
	F(R, STRS, prereq, 8, 0, 0, 8, none, "Prerequisites")                                             \
	F(R, STRS, positions, 9, 0, 0, 16, none, "Positions")                                             \
	F(R, STRS, subjects, 10, METOD_SUBJECT, 0, 32, none, "Subjects")                                  \
	F(R, RECS, sessions, 11, 0, 0, 64, metod_session, "Sessions")                                     \
	F(R, STR, provider, 12, 0, 0, METOD_NAME_MAX, none, "Provider")                                   \
	F(R, STR, tag, 13, 0, 0, METOD_NAME_MAX, none, "National project tag")
METOD_RECORD(metod_activity, METOD_ACTIVITY_FIELDS)

/* ---- campaign and answers ---- */
#define METOD_WAVE_FIELDS(F, R)                                                                        \
	F(R, U64, id, 1, METOD_REQ | METOD_HIDE, 1, METOD_ID_MAX, none, "Id")                             \
	F(R, STR, code, 2, METOD_REQ, 1, METOD_CODE_MAX, none, "Code")                                    \
	F(R, STR, title, 3, METOD_REQ, 1, METOD_NAME_MAX, none, "Title")                                  \
	F(R, STR, form, 4, METOD_REQ, 1, METOD_CODE_MAX, none, "Form")                                    \
	F(R, STR, form_version, 5, METOD_REQ, 1, 16, none, "Form version")                                \
	F(R, STR, framework, 6, METOD_REQ, 1, METOD_CODE_MAX, none, "Framework")                          \
	F(R, STR, paramset, 7, METOD_REQ, 1, METOD_CODE_MAX, none, "Parameter set")                       \
	F(R, I64, start, 8, METOD_REQ | METOD_DATE, 0, 100000, none, "From")                              \
	F(R, I64, finish, 9, METOD_REQ | METOD_DATE, 0, 100000, none, "To (inclusive)")                   \
	F(R, U64, org, 10, METOD_REQ | METOD_HIDE, 1, METOD_ID_MAX, none, "Organisation")                 \
	F(R, STRS, competencies, 11, METOD_REQ, 1, 24, none, "Competencies")                              \
	F(R, STR, state, 12, METOD_REQ | METOD_TOKEN, 1, 16, none, "State") /* open closed */             \
	F(R, U64, target, 13, 0, 0, METOD_PERSONS_MAX, none, "Target group")                              \
	F(R, I64, created, 14, METOD_REQ | METOD_TIME | METOD_HIDE, 0, METOD_ID_MAX, none, "Created")     \
	F(R, I64, closed, 15, METOD_NULL | METOD_TIME | METOD_HIDE, 0, METOD_ID_MAX, none, "Closed")      \
	F(R, U64, published, 16, METOD_HIDE, 0, METOD_PERSONS_MAX, none, "Answers at the last publication") \
	F(R, I64, published_at, 17, METOD_NULL | METOD_TIME, 0, METOD_ID_MAX, none, "Published") \
	F(R, I64, leaves_until, 18, METOD_NULL | METOD_TIME | METOD_HIDE, 0, METOD_ID_MAX, none, "Answers until then may be exported")
METOD_RECORD(metod_wave, METOD_WAVE_FIELDS)

#define METOD_INVITATION_FIELDS(F, R)                                                                  \
	F(R, U64, id, 1, METOD_REQ, 1, METOD_ID_MAX, none, "Id")                                          \
	F(R, U64, wave, 2, METOD_REQ, 1, METOD_ID_MAX, none, "Wave")                                      \
	F(R, U64, person, 3, METOD_REQ, 1, METOD_ID_MAX, none, "Person")                                  \
	F(R, U64, generation, 4, METOD_REQ, 1, 1000000, none, "Generation")                               \
	F(R, STR, state, 5, METOD_REQ | METOD_TOKEN, 1, 16, none, "State") /* created started submitted declined revoked */ \
	F(R, BIN, hash, 6, METOD_REQ | METOD_SECRET, 16, 64, none, "Code hash")                           \
	F(R, STR, pin, 7, METOD_SECRET, 0, 160, none, "PIN hash")                                         \
	F(R, U64, attempt, 8, 0, 0, METOD_ID_MAX, none, "Attempt")
METOD_RECORD(metod_invitation, METOD_INVITATION_FIELDS)

#define METOD_ATTEMPT_FIELDS(F, R)                                                                     \
	F(R, U64, id, 1, METOD_REQ, 1, METOD_ID_MAX, none, "Id")                                          \
	F(R, U64, invitation, 2, METOD_REQ, 1, METOD_ID_MAX, none, "Invitation")                          \
	F(R, U64, wave, 3, METOD_REQ, 1, METOD_ID_MAX, none, "Wave")                                      \
	F(R, U64, person, 4, METOD_REQ, 1, METOD_ID_MAX, none, "Person")                                  \
	F(R, U64, seed, 5, METOD_REQ, 0, METOD_ID_MAX, none, "Order seed")                                \
	F(R, I64, started, 6, METOD_REQ | METOD_TIME, 0, METOD_ID_MAX, none, "Started")                   \
	F(R, STR, state, 7, METOD_REQ | METOD_TOKEN, 1, 16, none, "State") /* open submitted withdrawn */ \
	F(R, STR, wording, 8, METOD_REQ, 1, 32, none, "Wording")                                          \
	F(R, STRS, items, 9, METOD_REQ, 1, METOD_ITEMS_FORM_MAX, none, "Items in shown order")            \
	F(R, U64S, pages, 10, METOD_REQ, 1, METOD_ITEMS_FORM_MAX, none, "Items of each page")             \
	F(R, BOOL, shared, 11, 0, 0, 1, none, "Shared computer")                                          \
	F(R, STRS, consents, 12, 0, 0, 8, none, "Consents") /* purposes with text version: "process:1" */ \
	F(R, U64, check_key, 13, METOD_HIDE, 0, METOD_ID_MAX, none, "Reserved")
METOD_RECORD(metod_attempt, METOD_ATTEMPT_FIELDS)

/* Answers: 0..3, -1 none, -2 not in my work, -3 cannot judge; in the page's item order. */
#define METOD_PAGE_FIELDS(F, R)                                                                        \
	F(R, U64, attempt, 1, METOD_REQ, 1, METOD_ID_MAX, none, "Attempt")                                \
	F(R, U64, page, 2, METOD_REQ, 1, METOD_ITEMS_FORM_MAX, none, "Page")                              \
	F(R, U64, person, 3, METOD_REQ, 1, METOD_ID_MAX, none, "Person")                                  \
	F(R, U64, version, 4, METOD_REQ, 1, 1000000, none, "Version")                                     \
	F(R, I64S, answers, 5, METOD_REQ, 1, METOD_PAGE_ITEMS_MAX, none, "Answers")                       \
	F(R, I64, saved, 6, METOD_REQ | METOD_TIME, 0, METOD_ID_MAX, none, "Saved")                       \
	F(R, U64, spent_ms, 7, 0, 0, 1e9, none, "Time on the page, ms")
METOD_RECORD(metod_page, METOD_PAGE_FIELDS)

#define METOD_SUBMISSION_FIELDS(F, R)                                                                  \
	F(R, U64, wave, 1, METOD_REQ, 1, METOD_ID_MAX, none, "Wave")                                      \
	F(R, U64, person, 2, METOD_REQ, 1, METOD_ID_MAX, none, "Person")                                  \
	F(R, U64, attempt, 3, METOD_REQ, 1, METOD_ID_MAX, none, "Attempt")                                \
	F(R, I64, at, 4, METOD_REQ | METOD_TIME, 0, METOD_ID_MAX, none, "Submitted")                      \
	F(R, STRS, items, 5, METOD_REQ, 1, METOD_ITEMS_FORM_MAX, none, "Items in shown order")            \
	F(R, I64S, answers, 6, METOD_REQ, 1, METOD_ITEMS_FORM_MAX, none, "Answers")                       \
	F(R, U64, duration_ms, 7, 0, 0, METOD_ID_MAX, none, "Duration, ms")                               \
	F(R, STR, source, 8, METOD_REQ | METOD_TOKEN, 1, 16, none, "Source") /* self */                   \
	F(R, STR, wording, 9, METOD_REQ, 1, 32, none, "Wording")
METOD_RECORD(metod_submission, METOD_SUBMISSION_FIELDS)

#define METOD_PROFILE_CELL_FIELDS(F, R)                                                                \
	F(R, STR, competency, 1, METOD_REQ, 1, 16, none, "Competency")                                    \
	F(R, U64, state, 2, METOD_REQ, 0, 4, none, "State") /* enum metod_state */                        \
	F(R, U64, reason, 3, 0, 0, 3, none, "Reason") /* enum metod_no_data */                            \
	F(R, I64, level, 4, METOD_NULL, 0, 3, none, "Level")                                              \
	F(R, U64, shown, 5, METOD_REQ, 0, 64, none, "Shown")                                              \
	F(R, U64, answered, 6, METOD_REQ, 0, 64, none, "Answered")                                        \
	F(R, U64, np, 7, 0, 0, 64, none, "Not in my work")                                                \
	F(R, U64, cannot, 8, 0, 0, 64, none, "Cannot judge")                                              \
	F(R, I64, mean, 9, METOD_NULL | METOD_MILLI, 0, 3000, none, "Mean")                               \
	F(R, I64, eap, 10, METOD_NULL | METOD_MILLI, -6000, 6000, none, "EAP")                            \
	F(R, I64, psd, 11, METOD_NULL | METOD_MILLI, 0, 6000, none, "Posterior SD")                       \
	F(R, I64, t, 12, METOD_NULL | METOD_MILLI, 0, 3000, none, "Expected score")                       \
	F(R, I64, t_lo, 13, METOD_NULL | METOD_MILLI, 0, 3000, none, "From")                              \
	F(R, I64, t_hi, 14, METOD_NULL | METOD_MILLI, 0, 3000, none, "To")                                \
	F(R, I64, p_need, 15, METOD_NULL | METOD_MILLI, 0, 1000, none, "P(T < 1.5)")                      \
	F(R, I64, p_severe, 16, METOD_NULL | METOD_MILLI, 0, 1000, none, "P(T < 0.5)")                    \
	F(R, I64, p_resource, 17, METOD_NULL | METOD_MILLI, 0, 1000, none, "P(T >= 2.5)")                 \
	F(R, I64, need, 18, METOD_NULL | METOD_MILLI, 0, 2000, none, "Need")
METOD_RECORD(metod_profile_cell, METOD_PROFILE_CELL_FIELDS)

#define METOD_PROFILE_FIELDS(F, R)                                                                     \
	F(R, U64, wave, 1, METOD_REQ, 1, METOD_ID_MAX, none, "Wave")                                      \
	F(R, U64, person, 2, METOD_REQ, 1, METOD_ID_MAX, none, "Person")                                  \
	F(R, U64, attempt, 3, METOD_REQ, 1, METOD_ID_MAX, none, "Attempt")                                \
	F(R, I64, at, 4, METOD_REQ | METOD_TIME, 0, METOD_ID_MAX, none, "At")                             \
	F(R, STR, framework, 5, METOD_REQ, 1, METOD_CODE_MAX, none, "Framework")                          \
	F(R, STR, paramset, 6, METOD_REQ, 1, METOD_CODE_MAX, none, "Parameter set")                       \
	F(R, RECS, cells, 7, METOD_REQ, 1, METOD_COMPETENCIES_MAX, metod_profile_cell, "Cells")           \
	F(R, STR, form, 8, 0, 0, METOD_CODE_MAX, none, "Form")                                            \
	F(R, STR, form_version, 9, 0, 0, 16, none, "Form version")                                        \
	F(R, U64, org, 10, METOD_HIDE, 0, METOD_ID_MAX, none, "Organisation then")                        \
	F(R, STR, position, 11, METOD_TOKEN | METOD_HIDE, 0, 32, none, "Position then")
METOD_RECORD(metod_profile, METOD_PROFILE_FIELDS)

/* What the teacher ticked after the result. */
#define METOD_WANTS_FIELDS(F, R)                                                                       \
	F(R, U64, wave, 1, METOD_REQ, 1, METOD_ID_MAX, none, "Wave")                                      \
	F(R, U64, person, 2, METOD_REQ, 1, METOD_ID_MAX, none, "Person")                                  \
	F(R, STRS, competencies, 3, 0, 0, METOD_WISHES_MAX, none, "Competencies")                         \
	F(R, STR, line, 4, METOD_NAME, 0, METOD_LINE_MAX, none, "In own words")                           \
	F(R, I64, at, 5, METOD_REQ | METOD_TIME, 0, METOD_ID_MAX, none, "At")
METOD_RECORD(metod_wants, METOD_WANTS_FIELDS)

/* One act of disclosure. act: show_methodist find_mentor apply_course invite_observer */
#define METOD_GRANT_FIELDS(F, R)                                                                       \
	F(R, U64, id, 1, METOD_REQ, 1, METOD_ID_MAX, none, "Id")                                          \
	F(R, U64, person, 2, METOD_REQ | METOD_HIDE, 1, METOD_ID_MAX, none, "Person")                     \
	F(R, STR, act, 3, METOD_REQ | METOD_TOKEN, 1, 32, none, "Act")                                    \
	F(R, U64, wave, 4, METOD_HIDE, 0, METOD_ID_MAX, none, "Wave")                                     \
	F(R, STRS, themes, 5, 0, 0, 24, none, "Themes") /* competencies or activity codes */              \
	F(R, I64, at, 6, METOD_REQ | METOD_TIME, 0, METOD_ID_MAX, none, "Given")                          \
	F(R, I64, until, 7, METOD_NULL | METOD_DATE, 0, 100000, none, "Until")                            \
	F(R, I64, revoked, 8, METOD_NULL | METOD_TIME, 0, METOD_ID_MAX, none, "Revoked")                  \
	F(R, U64, text_version, 9, METOD_HIDE, 0, 1000, none, "Text version")
METOD_RECORD(metod_grant, METOD_GRANT_FIELDS)

/* ---- routes ---- */
#define METOD_ROUTE_STEP_FIELDS(F, R)                                                                  \
	F(R, U64, n, 1, METOD_REQ, 1, 64, none, "No.")                                                    \
	F(R, U64, activity, 2, METOD_REQ | METOD_HIDE, 1, METOD_ID_MAX, none, "Activity")                 \
	F(R, STR, code, 3, METOD_REQ, 1, METOD_CODE_MAX, none, "Code")                                    \
	F(R, U64, session, 4, METOD_HIDE, 0, METOD_ID_MAX, none, "Session")                               \
	F(R, STR, state, 5, METOD_REQ | METOD_TOKEN, 1, 16, none, "State") /* proposed wanted ordered studying passed accepted refused */ \
	F(R, I64, start, 6, METOD_NULL | METOD_DATE, 0, 100000, none, "From")                             \
	F(R, I64, finish, 7, METOD_NULL | METOD_DATE, 0, 100000, none, "To")                              \
	F(R, U64, minutes, 8, METOD_REQ, 0, 100000, none, "Minutes")                                      \
	F(R, STR, serves, 9, METOD_REQ, 1, 16, none, "Serves")                                            \
	F(R, I64, gain, 10, 0, -100000, 100000, none, "Gain")                                             \
	F(R, STR, instead, 11, 0, 0, METOD_CODE_MAX, none, "Instead")                                     \
	F(R, BOOL, prerequisite, 12, 0, 0, 1, none, "Prerequisite")
METOD_RECORD(metod_route_step, METOD_ROUTE_STEP_FIELDS)

#define METOD_ROUTE_FIELDS(F, R)                                                                       \
	F(R, U64, person, 1, METOD_REQ, 1, METOD_ID_MAX, none, "Person")                                  \
	F(R, U64, version, 2, METOD_REQ, 1, 100000, none, "Version")                                      \
	F(R, U64, wave, 3, METOD_REQ, 1, METOD_ID_MAX, none, "Wave")                                      \
	F(R, I64, at, 4, METOD_REQ | METOD_TIME, 0, METOD_ID_MAX, none, "At")                             \
	F(R, I64, value, 5, 0, 0, 1e9, none, "Value")                                                     \
	F(R, I64, bound, 6, 0, 0, 1e9, none, "Bound")                                                     \
	F(R, U64, minutes, 7, 0, 0, 1000000, none, "Minutes")                                             \
	F(R, RECS, steps, 8, 0, 0, 64, metod_route_step, "Steps")                                         \
	F(R, STRS, uncovered, 9, 0, 0, METOD_COMPETENCIES_MAX, none, "Nothing in the catalogue")          \
	F(R, BOOL, no_need, 10, 0, 0, 1, none, "No need")
METOD_RECORD(metod_route, METOD_ROUTE_FIELDS)

/* ---- mentoring ---- */
#define METOD_STRENGTH_REC_FIELDS(F, R)                                                                \
	F(R, STR, competency, 1, METOD_REQ, 1, 16, none, "Competency")                                    \
	F(R, U64, value, 2, METOD_REQ | METOD_MILLI, 0, 1000, none, "Value")                              \
	F(R, STR, evidence, 3, 0, 0, METOD_NAME_MAX, none, "Evidence")                                    \
	F(R, STR, confirmed_by, 4, 0, 0, METOD_NAME_MAX, none, "Confirmed by")
METOD_RECORD(metod_strength_rec, METOD_STRENGTH_REC_FIELDS)

#define METOD_MENTOR_FIELDS(F, R)                                                                      \
	F(R, U64, person, 1, METOD_REQ, 1, METOD_ID_MAX, none, "Person")                                  \
	F(R, STR, status, 2, METOD_REQ | METOD_TOKEN, 1, 16, none, "Status") /* active paused left */     \
	F(R, U64, capacity, 3, METOD_REQ, 0, 9, none, "Places")                                           \
	F(R, STRS, formats, 4, 0, 0, 3, none, "Formats")                                                  \
	F(R, I64, admitted, 5, METOD_NULL | METOD_DATE, 0, 100000, none, "Admitted from")                 \
	F(R, I64, admitted_to, 6, METOD_NULL | METOD_DATE, 0, 100000, none, "Admitted to")                \
	F(R, RECS, strengths, 7, 0, 0, METOD_COMPETENCIES_MAX, metod_strength_rec, "Strengths")
METOD_RECORD(metod_mentor, METOD_MENTOR_FIELDS)

#define METOD_PAIR_FIELDS(F, R)                                                                        \
	F(R, U64, id, 1, METOD_REQ, 1, METOD_ID_MAX, none, "Pair")                                        \
	F(R, U64, wave, 2, METOD_REQ | METOD_HIDE, 1, METOD_ID_MAX, none, "Wave")                         \
	F(R, U64, mentee, 3, METOD_REQ | METOD_HIDE, 1, METOD_ID_MAX, none, "Mentee")                     \
	F(R, U64, mentor, 4, METOD_REQ | METOD_HIDE, 1, METOD_ID_MAX, none, "Mentor")                     \
	F(R, STR, state, 5, METOD_REQ | METOD_TOKEN, 1, 16, none, "State") /* proposed accepted declined withdrawn ended */ \
	F(R, I64, score, 6, METOD_REQ, 0, 10000, none, "Score")                                           \
	F(R, I64S, terms, 7, METOD_REQ, 6, 6, none, "Terms") /* enum metod_term order */                  \
	F(R, BOOL, general, 8, 0, 0, 1, none, "General support")                                          \
	F(R, I64, mentee_at, 9, METOD_NULL | METOD_TIME, 0, METOD_ID_MAX, none, "Mentee agreed")          \
	F(R, I64, mentor_at, 10, METOD_NULL | METOD_TIME, 0, METOD_ID_MAX, none, "Mentor agreed")         \
	F(R, STR, declined_by, 11, METOD_TOKEN, 0, 16, none, "Declined by")                               \
	F(R, STR, reason, 12, METOD_NAME, 0, METOD_LINE_MAX, none, "Reason")                              \
	F(R, U64, run, 13, METOD_REQ | METOD_HIDE, 1, METOD_ID_MAX, none, "Run")                          \
	F(R, U64, tier, 14, 0, 0, 3, none, "Tier")
METOD_RECORD(metod_pair, METOD_PAIR_FIELDS)

#define METOD_UNMATCHED_FIELDS(F, R)                                                                   \
	F(R, U64, person, 1, METOD_REQ, 1, METOD_ID_MAX, none, "Person")                                  \
	F(R, U64, tier, 2, METOD_REQ, 1, 3, none, "Tier")                                                 \
	F(R, STR, why, 3, METOD_REQ | METOD_TOKEN, 1, 32, none, "Why")
METOD_RECORD(metod_unmatched, METOD_UNMATCHED_FIELDS)

#define METOD_MATCH_RUN_FIELDS(F, R)                                                                   \
	F(R, U64, id, 1, METOD_REQ, 1, METOD_ID_MAX, none, "Run")                                         \
	F(R, U64, wave, 2, METOD_REQ, 1, METOD_ID_MAX, none, "Wave")                                      \
	F(R, I64, at, 3, METOD_REQ | METOD_TIME, 0, METOD_ID_MAX, none, "At")                             \
	F(R, U64, mentees, 4, METOD_REQ, 0, METOD_PERSONS_MAX, none, "Mentees")                           \
	F(R, U64, matched, 5, METOD_REQ, 0, METOD_PERSONS_MAX, none, "Matched")                           \
	F(R, U64, young_total, 6, 0, 0, METOD_PERSONS_MAX, none, "Young specialists")                     \
	F(R, U64, young_matched, 7, 0, 0, METOD_PERSONS_MAX, none, "Young specialists matched")           \
	F(R, I64, objective, 8, METOD_REQ, -METOD_ID_MAX, METOD_ID_MAX, none, "Objective")                \
	F(R, I64, dual, 9, METOD_REQ, -METOD_ID_MAX, METOD_ID_MAX, none, "Dual")                          \
	F(R, I64S, weights, 10, METOD_REQ, 6, 6, none, "Weights")                                         \
	F(R, RECS, unmatched, 11, 0, 0, METOD_PERSONS_MAX, metod_unmatched, "Unmatched")                  \
	F(R, U64, shortage_mentees, 12, 0, 0, METOD_PERSONS_MAX, none, "Shortage: mentees")               \
	F(R, U64, shortage_places, 13, 0, 0, METOD_PERSONS_MAX, none, "Shortage: places")                 \
	F(R, U64, places, 14, 0, 0, METOD_PERSONS_MAX, none, "Places")                                    \
	F(R, U64, season, 15, 0, 0, METOD_ID_MAX, none, "Season")
METOD_RECORD(metod_match_run, METOD_MATCH_RUN_FIELDS)

/* ---- published aggregates: already through the small-group rule ---- */
/* What a cell has said before: it stays known, so it counts with every later number. */
#define METOD_TOLD_FIELDS(F, R)                                                                        \
	F(R, I64, at, 1, METOD_REQ | METOD_TIME, 0, METOD_ID_MAX, none, "Published")                      \
	F(R, U64, how, 2, METOD_REQ, 0, 3, none, "Disclosure")                                            \
	F(R, U64, cls, 3, 0, 0, 3, none, "Class")                                                         \
	F(R, U64, n, 4, 0, 0, METOD_PERSONS_MAX, none, "Answers")                                         \
	F(R, U64, part, 5, 0, 0, METOD_PERSONS_MAX, none, "Need support")
METOD_RECORD(metod_told, METOD_TOLD_FIELDS)

#define METOD_RELEASE_CELL_FIELDS(F, R)                                                                \
	F(R, STR, competency, 1, METOD_REQ, 1, 16, none, "Competency")                                    \
	F(R, U64, how, 2, METOD_REQ, 0, 3, none, "Disclosure") /* enum metod_disclosure */                \
	F(R, U64, cls, 3, 0, 0, 3, none, "Class") /* enum metod_share_class */                            \
	F(R, U64, n, 4, 0, 0, METOD_PERSONS_MAX, none, "Answers")                                         \
	F(R, U64, part, 5, 0, 0, METOD_PERSONS_MAX, none, "Need support")                                 \
	F(R, U64, share, 6, METOD_MILLI, 0, 1000, none, "Share")                                          \
	F(R, U64, lo, 7, METOD_MILLI, 0, 1000, none, "From")                                              \
	F(R, U64, hi, 8, METOD_MILLI, 0, 1000, none, "To")                                                \
	F(R, U64, unclear_how, 9, 0, 0, 3, none, "Unclear: disclosure")                                   \
	F(R, U64, unclear_cls, 10, 0, 0, 3, none, "Unclear: class")                                       \
	F(R, U64, unclear_share, 11, METOD_MILLI, 0, 1000, none, "Unclear: share")                        \
	F(R, I64, at, 12, METOD_NULL | METOD_TIME, 0, METOD_ID_MAX, none, "Published") /* none: with its release */ \
	F(R, RECS, earlier, 13, METOD_HIDE, 0, METOD_TOLD_MAX, metod_told, "Said before")
METOD_RECORD(metod_release_cell, METOD_RELEASE_CELL_FIELDS)

/* scope_kind: territory municipality org association position; scope: id or hash of the word. */
#define METOD_RELEASE_FIELDS(F, R)                                                                     \
	F(R, U64, wave, 1, METOD_REQ, 1, METOD_ID_MAX, none, "Wave")                                      \
	F(R, STR, scope_kind, 2, METOD_REQ | METOD_TOKEN, 1, 16, none, "Scope")                           \
	F(R, U64, scope, 3, METOD_REQ, 0, METOD_ID_MAX, none, "Scope id")                                 \
	F(R, STR, scope_word, 4, METOD_TOKEN, 0, METOD_CODE_MAX, none, "Scope word")                      \
	F(R, I64, at, 5, METOD_REQ | METOD_TIME, 0, METOD_ID_MAX, none, "At")                             \
	F(R, U64, n, 6, 0, 0, METOD_PERSONS_MAX, none, "Answers") /* 0: fewer than 5 or hidden */         \
	F(R, U64, target, 7, 0, 0, METOD_PERSONS_MAX, none, "Target group")                               \
	F(R, RECS, cells, 8, METOD_REQ, 0, METOD_COMPETENCIES_MAX, metod_release_cell, "Cells")           \
	F(R, U64, basis, 9, METOD_SECRET, 0, METOD_PERSONS_MAX, none, "Answers behind this release") \
	F(R, U64, who, 10, METOD_SECRET, 0, METOD_ID_MAX, none, "Digest of those who could be counted")
METOD_RECORD(metod_release, METOD_RELEASE_FIELDS)

/* ---- recommendations ---- */
#define METOD_ADVICE_LINE_FIELDS(F, R)                                                                 \
	F(R, U64, n, 1, METOD_REQ, 1, 10000, none, "No.")                                                 \
	F(R, STR, audience, 2, METOD_REQ | METOD_TOKEN, 1, 32, none, "Audience")                          \
	F(R, STR, competency, 3, METOD_REQ, 1, 16, none, "Competency")                                    \
	F(R, REC, finding, 4, METOD_REQ, 0, 0, metod_text, "Basis") /* sentence with number, N and scope */ \
	F(R, U64, answers, 5, 0, 0, METOD_PERSONS_MAX, none, "N")                                         \
	F(R, U64, share, 6, METOD_MILLI, 0, 1000, none, "Share")                                          \
	F(R, U64, how, 7, METOD_REQ, 0, 3, none, "Disclosure")                                            \
	F(R, U64, cls, 8, 0, 0, 3, none, "Class")                                                         \
	F(R, STR, rule, 9, METOD_REQ, 1, METOD_CODE_MAX, none, "Rule")                                    \
	F(R, REC, measure, 10, METOD_REQ, 0, 0, metod_text, "Recommendation")                             \
	F(R, REC, responsible, 11, METOD_REQ, 0, 0, metod_text, "Responsible")                            \
	F(R, I64, deadline, 12, METOD_REQ | METOD_DATE, 0, 100000, none, "Deadline")                      \
	F(R, REC, evidence, 13, METOD_REQ, 0, 0, metod_text, "Evidence")                                  \
	F(R, REC, acceptance, 14, METOD_REQ, 0, 0, metod_text, "Acceptance")                              \
	F(R, STR, position, 15, METOD_TOKEN | METOD_HIDE, 0, 32, none, "Position") /* worded for it */
METOD_RECORD(metod_advice_line, METOD_ADVICE_LINE_FIELDS)

#define METOD_RECOMMENDATION_FIELDS(F, R)                                                              \
	F(R, U64, id, 1, METOD_REQ | METOD_HIDE, 1, METOD_ID_MAX, none, "Id")                             \
	F(R, STR, code, 2, METOD_REQ, 1, METOD_CODE_MAX, none, "Code") /* R-0001 */                       \
	F(R, U64, wave, 3, METOD_REQ | METOD_HIDE, 1, METOD_ID_MAX, none, "Wave")                         \
	F(R, STR, scope_kind, 4, METOD_REQ | METOD_TOKEN, 1, 16, none, "Scope")                           \
	F(R, U64, scope, 5, METOD_REQ | METOD_HIDE, 0, METOD_ID_MAX, none, "Scope id")                    \
	F(R, U64, org, 6, METOD_HIDE, 0, METOD_ID_MAX, none, "Organisation for access")                   \
	F(R, STRS, audiences, 7, METOD_REQ, 1, 4, none, "Audiences")                                      \
	F(R, REC, title, 8, METOD_REQ, 0, 0, metod_text, "Title")                                         \
	F(R, I64, at, 9, METOD_REQ | METOD_TIME, 0, METOD_ID_MAX, none, "At")                             \
	F(R, U64, by, 10, METOD_HIDE, 0, METOD_ID_MAX, none, "By")                                        \
	F(R, STR, rules, 11, METOD_REQ, 1, METOD_CODE_MAX, none, "Rules")                                 \
	F(R, RECS, lines, 12, METOD_REQ, 0, 1000, metod_advice_line, "Lines")                             \
	F(R, U64, answers, 13, 0, 0, METOD_PERSONS_MAX, none, "N")                                        \
	F(R, U64, target, 14, 0, 0, METOD_PERSONS_MAX, none, "Target group")
METOD_RECORD(metod_recommendation, METOD_RECOMMENDATION_FIELDS)

/* One sending to a group by criteria, without names. */
#define METOD_SENDING_FIELDS(F, R)                                                                     \
	F(R, U64, id, 1, METOD_REQ, 1, METOD_ID_MAX, none, "Id")                                          \
	F(R, U64, recommendation, 2, METOD_REQ | METOD_HIDE, 1, METOD_ID_MAX, none, "Recommendation")     \
	F(R, U64, line, 3, METOD_REQ, 1, 10000, none, "Line")                                             \
	F(R, U64, wave, 4, METOD_REQ | METOD_HIDE, 1, METOD_ID_MAX, none, "Wave")                         \
	F(R, U64, org, 5, METOD_HIDE, 0, METOD_ID_MAX, none, "Organisation")                              \
	F(R, STR, competency, 6, METOD_REQ, 1, 16, none, "Competency")                                    \
	F(R, STR, position, 7, METOD_TOKEN, 0, 32, none, "Position")                                      \
	F(R, STR, subject, 8, METOD_SUBJECT, 0, METOD_CODE_MAX, none, "Subject")                          \
	F(R, U64, by, 9, METOD_REQ | METOD_HIDE, 1, METOD_ID_MAX, none, "By")                             \
	F(R, I64, at, 10, METOD_REQ | METOD_TIME, 0, METOD_ID_MAX, none, "At")
METOD_RECORD(metod_sending, METOD_SENDING_FIELDS)

#define METOD_MESSAGE_FIELDS(F, R)                                                                     \
	F(R, U64, id, 1, METOD_REQ, 1, METOD_ID_MAX, none, "Id")                                          \
	F(R, U64, person, 2, METOD_REQ | METOD_HIDE, 1, METOD_ID_MAX, none, "Person")                     \
	F(R, U64, sending, 3, METOD_REQ | METOD_HIDE, 1, METOD_ID_MAX, none, "Sending")                   \
	F(R, STR, competency, 4, METOD_REQ, 1, 16, none, "Competency")                                    \
	F(R, STR, text, 5, METOD_REQ, 1, METOD_TEXT_MAX, none, "Text")                                    \
	F(R, I64, deadline, 6, METOD_NULL | METOD_DATE, 0, 100000, none, "Deadline")                      \
	F(R, I64, at, 7, METOD_REQ | METOD_TIME, 0, METOD_ID_MAX, none, "At")                             \
	F(R, STR, state, 8, METOD_REQ | METOD_TOKEN, 1, 16, none, "State") /* delivered opened wanted done declined */ \
	F(R, STR, text_en, 9, 0, 0, METOD_TEXT_MAX, none, "Text for pages in English")
METOD_RECORD(metod_message, METOD_MESSAGE_FIELDS)

/* Somebody looked at a person's data. */
#define METOD_LOOK_FIELDS(F, R)                                                                        \
	F(R, U64, person, 1, METOD_REQ | METOD_HIDE, 1, METOD_ID_MAX, none, "Person")                     \
	F(R, U64, look, 2, METOD_REQ | METOD_HIDE, 1, METOD_ID_MAX, none, "Look")                         \
	F(R, I64, at, 3, METOD_REQ | METOD_TIME, 0, METOD_ID_MAX, none, "At")                             \
	F(R, U64, user, 4, METOD_REQ | METOD_HIDE, 1, METOD_ID_MAX, none, "User")                         \
	F(R, STR, role, 5, METOD_REQ | METOD_TOKEN, 1, 32, none, "Role")                                  \
	F(R, STR, what, 6, METOD_REQ | METOD_TOKEN, 1, 32, none, "What")
METOD_RECORD(metod_look, METOD_LOOK_FIELDS)

#define METOD_FORGOTTEN_FIELDS(F, R)                                                                   \
	F(R, U64, person, 1, METOD_REQ, 1, METOD_ID_MAX, none, "Person")                                  \
	F(R, I64, at, 2, METOD_REQ | METOD_TIME, 0, METOD_ID_MAX, none, "At")                             \
	F(R, STR, scope, 3, METOD_REQ | METOD_TOKEN, 1, 16, none, "Scope") /* all answers */ \
	F(R, U64S, keys, 4, METOD_SECRET, 0, METOD_ERASED_KEYS_MAX, none, "Digests of the keys used")
METOD_RECORD(metod_forgotten, METOD_FORGOTTEN_FIELDS)

/* Facts of the store itself. */
#define METOD_META_FIELDS(F, R)                                                                        \
	F(R, U64, one, 1, METOD_REQ, 1, 1, none, "One")                                                   \
	F(R, STR, title, 2, 0, 0, METOD_NAME_MAX, none, "Title")                                          \
	F(R, STR, zone, 3, METOD_REQ, 1, 64, none, "Zone")                                                \
	F(R, BOOL, demo, 4, 0, 0, 1, none, "Training data")                                               \
	F(R, U64, young_age, 5, METOD_REQ, 18, 99, none, "Young specialist: age up to")                   \
	F(R, U64, young_years, 6, METOD_REQ, 1, 20, none, "Young specialist: first years")                \
	F(R, I64, created, 7, METOD_REQ | METOD_TIME, 0, METOD_ID_MAX, none, "Created")
METOD_RECORD(metod_meta, METOD_META_FIELDS)

/* Stored answer of a keyed command. */
#define METOD_IDEM_FIELDS(F, R)                                                                        \
	F(R, U64, actor, 1, METOD_REQ, 0, METOD_ACTOR_MAX, none, "Actor")                                 \
	F(R, STR, key, 2, METOD_REQ, 1, METOD_KEY_MAX, none, "Key")                                       \
	F(R, BIN, digest, 3, METOD_REQ, 16, 16, none, "Digest of the request")                            \
	F(R, U64, seq, 4, METOD_REQ, 1, METOD_ID_MAX, none, "Sequence")                                   \
	F(R, BIN, reply, 5, 0, 0, METOD_MSG_MAX, none, "Reply")                                           \
	F(R, U64, person, 6, 0, 0, METOD_ID_MAX, none, "Person")
METOD_RECORD(metod_idem, METOD_IDEM_FIELDS)
/* clang-format on */
