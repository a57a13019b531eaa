/* SPDX-License-Identifier: Apache-2.0
 * Tables, indexes and events: one list each. A projection row is one record; its key is
 * made of the named fields (numbers big-endian, strings with a closing NUL). Numbers are
 * never reused. */
#pragma once

#include "metod/records.h"

/* What `teacher forget` and a withdrawal remove. */
enum metod_erase {
	METOD_KEEP = 0, /* no data of a person */
	METOD_ERASE_ANSWERS =
	    1, /* goes with a withdrawal of answers and with the person */
	METOD_ERASE_PERSON = 2, /* goes with the person */
};

/* clang-format off */
/* number, name, record, key fields, field that names the person ("" none), erased with */
#define METOD_TABLES(T)                                                                     \
	T( 1, META,           metod_meta,           "one",            "",       METOD_KEEP)            \
	T( 2, ORG,            metod_org,            "id",             "",       METOD_KEEP)            \
	T( 3, PERSON,         metod_person,         "id",             "id",     METOD_ERASE_PERSON)    \
	T( 4, ASSOCIATION,    metod_association,    "id",             "",       METOD_KEEP)            \
	T( 5, USER,           metod_user,           "id",             "",       METOD_KEEP)            \
	T( 6, TOKEN,          metod_token,          "id",             "",       METOD_KEEP)            \
	T( 7, FRAMEWORK,      metod_framework,      "id version",     "",       METOD_KEEP)            \
	T( 8, FORM,           metod_form,           "id version",     "",       METOD_KEEP)            \
	T( 9, PARAMSET,       metod_paramset,       "id",             "",       METOD_KEEP)            \
	T(10, RULES,          metod_rules,          "id",             "",       METOD_KEEP)            \
	T(11, ACTIVITY,       metod_activity,       "id",             "",       METOD_KEEP)            \
	T(12, WAVE,           metod_wave,           "id",             "",       METOD_KEEP)            \
	T(13, INVITATION,     metod_invitation,     "id",             "person", METOD_ERASE_PERSON)    \
	T(14, ATTEMPT,        metod_attempt,        "id",             "person", METOD_ERASE_ANSWERS)   \
	T(15, PAGE,           metod_page,           "attempt page",   "person", METOD_ERASE_ANSWERS)   \
	T(16, SUBMISSION,     metod_submission,     "wave person",    "person", METOD_ERASE_ANSWERS)   \
	T(17, PROFILE,        metod_profile,        "wave person",    "person", METOD_ERASE_ANSWERS)   \
	T(18, WANTS,          metod_wants,          "wave person",    "person", METOD_ERASE_ANSWERS)   \
	T(19, GRANT,          metod_grant,          "id",             "person", METOD_ERASE_PERSON)    \
	T(20, ROUTE,          metod_route,          "person version", "person", METOD_ERASE_ANSWERS)   \
	T(21, MENTOR,         metod_mentor,         "person",         "person", METOD_ERASE_PERSON)    \
	T(22, PAIR,           metod_pair,           "id",             "mentee", METOD_ERASE_PERSON)    \
	T(23, MATCH_RUN,      metod_match_run,      "id",             "",       METOD_KEEP)            \
	T(24, RELEASE,        metod_release,        "wave scope_kind scope", "", METOD_KEEP)           \
	T(25, RECOMMENDATION, metod_recommendation, "id",             "",       METOD_KEEP)            \
	T(26, SENDING,        metod_sending,        "id",             "",       METOD_KEEP)            \
	T(27, MESSAGE,        metod_message,        "id",             "person", METOD_ERASE_ANSWERS)   \
	T(28, LOOK,           metod_look,           "person look",    "person", METOD_ERASE_PERSON)    \
	T(29, FORGOTTEN,      metod_forgotten,      "person at",      "",       METOD_KEEP)            \
	T(30, IDEM,           metod_idem,           "actor key",      "person", METOD_ERASE_PERSON)

/* number, name, table, fields; the primary key follows the fields in the index key */
#define METOD_INDEXES(I)                                              \
	I(101, ORG_CODE,           ORG,            "code")              \
	I(102, ORG_PARENT,         ORG,            "parent")            \
	I(103, PERSON_CODE,        PERSON,         "code")              \
	I(104, PERSON_ORG,         PERSON,         "org")               \
	I(105, ASSOCIATION_CODE,   ASSOCIATION,    "code")              \
	I(106, USER_LOGIN,         USER,           "login")             \
	I(107, USER_PERSON,        USER,           "person")            \
	I(108, TOKEN_HASH,         TOKEN,          "hash")              \
	I(109, TOKEN_USER,         TOKEN,          "user")              \
	I(110, ACTIVITY_CODE,      ACTIVITY,       "code")              \
	I(111, WAVE_CODE,          WAVE,           "code")              \
	I(112, INVITATION_HASH,    INVITATION,     "hash")              \
	I(113, INVITATION_WAVE,    INVITATION,     "wave person")       \
	I(114, INVITATION_PERSON,  INVITATION,     "person")            \
	I(115, ATTEMPT_PERSON,     ATTEMPT,        "person")            \
	I(116, SUBMISSION_PERSON,  SUBMISSION,     "person")            \
	I(117, PROFILE_PERSON,     PROFILE,        "person")            \
	I(118, GRANT_PERSON,       GRANT,          "person")            \
	I(119, PAIR_MENTEE,        PAIR,           "mentee")            \
	I(120, PAIR_MENTOR,        PAIR,           "mentor")            \
	I(121, PAIR_WAVE,          PAIR,           "wave")              \
	I(122, MATCH_RUN_WAVE,     MATCH_RUN,      "wave")              \
	I(123, RECOMMENDATION_CODE, RECOMMENDATION, "code")             \
	I(124, SENDING_RECOMMENDATION, SENDING,    "recommendation")    \
	I(125, MESSAGE_PERSON,     MESSAGE,        "person")            \
	I(126, MESSAGE_SENDING,    MESSAGE,        "sending")           \
	I(127, IDEM_PERSON,        IDEM,           "person")            \
	I(128, USER_UID,           USER,           "uid")               \
	I(129, WANTS_PERSON,       WANTS,          "person")            \
	I(130, PAGE_PERSON,        PAGE,           "person")

/* number, name, table whose row it puts. The body is the whole new row. */
#define METOD_EVENTS(E)                             \
	E( 1, STORE_CREATED,     META)            \
	E( 2, ORG_PUT,           ORG)             \
	E( 3, PERSON_PUT,        PERSON)          \
	E( 4, ASSOCIATION_PUT,   ASSOCIATION)     \
	E( 5, USER_PUT,          USER)            \
	E( 6, TOKEN_PUT,         TOKEN)           \
	E( 7, FRAMEWORK_PUT,     FRAMEWORK)       \
	E( 8, FORM_PUT,          FORM)            \
	E( 9, PARAMSET_PUT,      PARAMSET)        \
	E(10, RULES_PUT,         RULES)           \
	E(11, ACTIVITY_PUT,      ACTIVITY)        \
	E(12, WAVE_PUT,          WAVE)            \
	E(13, INVITATION_PUT,    INVITATION)      \
	E(14, ATTEMPT_PUT,       ATTEMPT)         \
	E(15, PAGE_SAVED,        PAGE)            \
	E(16, SUBMITTED,         SUBMISSION)      \
	E(17, PROFILE_COMPUTED,  PROFILE)         \
	E(18, WANTS_PUT,         WANTS)           \
	E(19, GRANT_PUT,         GRANT)           \
	E(20, ROUTE_PUT,         ROUTE)           \
	E(21, MENTOR_PUT,        MENTOR)          \
	E(22, PAIR_PUT,          PAIR)            \
	E(23, MATCH_RUN_PUT,     MATCH_RUN)       \
	E(24, RELEASED,          RELEASE)         \
	E(25, RECOMMENDATION_PUT, RECOMMENDATION) \
	E(26, SENT,              SENDING)         \
	E(27, MESSAGE_PUT,       MESSAGE)         \
	E(28, VIEWED,            LOOK)            \
	E(29, PERSON_FORGOTTEN,  FORGOTTEN) /* also removes the person's rows and the bodies of his events */
/* clang-format on */

enum metod_table {
#define METOD_TABLE_ENUM(number, name, record, key, person, erase)                       \
	METOD_T_##name = number,
	METOD_TABLES(METOD_TABLE_ENUM)
#undef METOD_TABLE_ENUM
};
enum metod_index {
#define METOD_INDEX_ENUM(number, name, table, fields) METOD_I_##name = number,
	METOD_INDEXES(METOD_INDEX_ENUM)
#undef METOD_INDEX_ENUM
};
enum metod_event_kind {
#define METOD_EVENT_ENUM(number, name, table) METOD_E_##name = number,
	METOD_EVENTS(METOD_EVENT_ENUM)
#undef METOD_EVENT_ENUM
};
