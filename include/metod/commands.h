/* SPDX-License-Identifier: Apache-2.0
 * Commands: one list gives dispatcher, gate, command line, help, schema and the matrix
 * test. "noun.verb" on the wire is `metodctl noun verb`. `who` admits roles; 0 admits
 * nobody. */
#pragma once

#include "metod/messages.h"

/* Who a caller can be. A respondent's session has METOD_TEACHER too, bound to one
 * invitation. */
enum metod_who {
	METOD_GUEST = 1,   /* no session at all */
	METOD_TEACHER = 2, /* his own data */
	METOD_MENTOR = 4,
	METOD_HEAD = 8,    /* head of an association */
	METOD_DEPUTY = 16, /* deputy head of an organisation */
	METOD_METHODIST = 32,
	METOD_COORDINATOR = 64, /* of mentoring */
	METOD_ANALYST = 128,
	METOD_ADMIN = 256,
	METOD_RESULT =
	    512, /* flag of a teacher command: needs a session that may see the result */
};
#define METOD_STAFF                                                                      \
	(METOD_HEAD | METOD_DEPUTY | METOD_METHODIST | METOD_COORDINATOR | METOD_ADMIN)
#define METOD_ANYBODY (METOD_TEACHER | METOD_MENTOR | METOD_STAFF | METOD_ANALYST)
#define METOD_EVERYBODY (METOD_ANYBODY | METOD_GUEST)

/* How a command runs. */
enum metod_mode {
	METOD_READ,    /* loop thread, short snapshot, records nothing */
	METOD_WRITE,   /* writer thread, inside the current write transaction */
	METOD_PREPARE, /* prepare() in the compute pool on a snapshot, then the handler as
			  a write */
	METOD_POOL,    /* handler in the compute pool on a snapshot, records nothing */
};

/* clang-format off */
/* number, name, who, mode, request, reply, function suffix, summary (msgid) */
#define METOD_COMMANDS(C)                                                                                            \
	C(  1, "status",            METOD_EVERYBODY, METOD_READ, none_req, status_rep, status, "State of the service and what to do next") \
	C(  2, "login",             METOD_EVERYBODY, METOD_PREPARE, login_req, login_rep, login, "Log in with a password")            \
	C(  3, "logout",            METOD_ANYBODY, METOD_READ, none_req, done_rep, logout, "End this session")                     \
	C(  4, "whoami",            METOD_EVERYBODY, METOD_READ, none_req, whoami_rep, whoami, "Who you are here")                \
	C(  5, "token.issue",       METOD_ADMIN, METOD_WRITE, token_req, token_rep, token_issue, "Issue an access token of a user") \
	C(  6, "token.revoke",      METOD_ADMIN, METOD_WRITE, id_req, done_rep, token_revoke, "Revoke a token")                   \
	C(  7, "token.list",        METOD_ADMIN, METOD_READ, none_req, tokens_rep, token_list, "Tokens in force")                 \
	C(  8, "user.add",          METOD_ADMIN, METOD_PREPARE, user_add_req, done_rep, user_add, "Add a user")                       \
	C(  9, "user.role",         METOD_ADMIN, METOD_WRITE, user_role_req, done_rep, user_role, "Give or take a role")           \
	C( 10, "user.disable",      METOD_ADMIN, METOD_WRITE, code_req, done_rep, user_disable, "Close a user's access")           \
	C( 11, "user.list",         METOD_ADMIN, METOD_READ, none_req, users_rep, user_list, "Users and their roles")              \
	C( 20, "org.import",        METOD_ADMIN | METOD_METHODIST, METOD_WRITE, org_import_req, import_rep, org_import, "Load organisations from CSV") \
	C( 21, "org.list",          METOD_STAFF, METOD_READ, list_req, orgs_rep, org_list, "Organisations")                         \
	C( 22, "org.show",          METOD_STAFF, METOD_READ, code_req, org_view, org_show, "One organisation")                     \
	C( 23, "teacher.import",    METOD_ADMIN | METOD_METHODIST, METOD_WRITE, teacher_import_req, import_rep, teacher_import, "Load the roster from CSV") \
	C( 24, "teacher.list",      METOD_STAFF, METOD_WRITE, teacher_list_req, teachers_rep, teacher_list, "The roster, without results") \
	C( 25, "teacher.show",      METOD_STAFF, METOD_WRITE, teacher_show_req, teacher_view, teacher_show, "One card of the roster, without results") \
	C( 26, "teacher.forget",    METOD_ADMIN | METOD_METHODIST, METOD_WRITE, forget_req, done_rep, teacher_forget, "Erase a person for good") \
	C( 27, "teacher.export",    METOD_ADMIN | METOD_TEACHER | METOD_RESULT, METOD_WRITE, code_req, data_view, teacher_export, "All that is stored: one's own whole, another's card without results") \
	C( 28, "association.import", METOD_ADMIN | METOD_METHODIST, METOD_WRITE, association_import_req, import_rep, association_import, "Load associations from CSV") \
	C( 29, "association.list",  METOD_STAFF, METOD_READ, list_req, associations_rep, association_list, "Associations")          \
	C( 30, "association.show",  METOD_STAFF, METOD_READ, code_req, association_view, association_show, "One association")        \
	C( 31, "mentor.import",     METOD_ADMIN | METOD_METHODIST | METOD_COORDINATOR, METOD_WRITE, mentor_import_req, import_rep, mentor_import, "Load admitted mentors from CSV") \
	C( 32, "activity.import",   METOD_ADMIN | METOD_METHODIST, METOD_WRITE, activity_import_req, import_rep, activity_import, "Load the catalogue from CSV") \
	C( 33, "activity.list",     METOD_ANYBODY, METOD_READ, list_req, activities_rep, activity_list, "The catalogue")            \
	C( 34, "activity.show",     METOD_ANYBODY, METOD_READ, code_req, activity, activity_show, "One activity with its sessions")  \
	C( 40, "form.load",         METOD_ADMIN | METOD_METHODIST, METOD_WRITE, form_load_req, forms_rep, form_load, "Load framework, forms, parameters and rules") \
	C( 41, "form.list",         METOD_ANYBODY, METOD_READ, none_req, forms_rep, form_list, "Loaded frameworks, forms, parameter sets and rules") \
	C( 45, "wave.create",       METOD_METHODIST, METOD_WRITE, wave_create_req, done_rep, wave_create, "Start a campaign")        \
	C( 46, "wave.list",         METOD_STAFF | METOD_ANALYST, METOD_READ, none_req, waves_rep, wave_list, "Campaigns")           \
	C( 47, "wave.show",         METOD_STAFF | METOD_ANALYST, METOD_READ, code_req, wave_view, wave_show, "One campaign and its coverage") \
	C( 48, "wave.close",        METOD_METHODIST, METOD_WRITE, code_req, done_rep, wave_close, "Close a campaign")                \
	C( 49, "wave.publish",      METOD_METHODIST, METOD_PREPARE, code_req, done_rep, wave_publish, "Publish aggregates under the small-group rule") \
	C( 50, "invite.create",     METOD_METHODIST, METOD_WRITE, invite_req, done_rep, invite_create, "Make personal invitations")  \
	C( 51, "invite.print",      METOD_METHODIST, METOD_WRITE, invite_req, invites_rep, invite_print, "Codes to hand out (recorded)") \
	C( 52, "invite.revoke",     METOD_METHODIST, METOD_WRITE, invite_req, done_rep, invite_revoke, "Replace codes by new ones")  \
	C( 60, "session.enter",     METOD_EVERYBODY, METOD_PREPARE, enter_req, enter_rep, session_enter, "Enter with an invitation code") \
	C( 61, "attempt.show",      METOD_TEACHER, METOD_READ, none_req, start_view, attempt_show, "What this questionnaire is and how far it is") \
	C( 62, "attempt.start",     METOD_TEACHER, METOD_PREPARE, start_req, done_rep, attempt_start, "Begin, with the consents given") \
	C( 63, "attempt.decline",   METOD_TEACHER, METOD_WRITE, none_req, done_rep, attempt_decline, "Not taking part; no reminders follow") \
	C( 64, "page.show",         METOD_TEACHER, METOD_READ, page_req, page_view, page_show, "One page with the saved answers")     \
	C( 65, "page.save",         METOD_TEACHER, METOD_WRITE, page_save_req, page_save_rep, page_save, "Save one page")             \
	C( 66, "attempt.check",     METOD_TEACHER, METOD_READ, none_req, check_view, attempt_check, "All answers before sending")     \
	C( 67, "attempt.submit",    METOD_TEACHER, METOD_WRITE, submit_req, submit_rep, attempt_submit, "Send the answers and see the result") \
	C( 68, "pin.set",           METOD_TEACHER | METOD_RESULT, METOD_PREPARE, pin_req, done_rep, pin_set, "Set the PIN that opens the result elsewhere") \
	C( 70, "me.profile",        METOD_TEACHER | METOD_RESULT, METOD_READ, none_req, profile_view, me_profile, "My result")         \
	C( 71, "me.wants",          METOD_TEACHER | METOD_RESULT, METOD_WRITE, wants_req, done_rep, me_wants, "What I want to work on") \
	C( 72, "me.route",          METOD_TEACHER | METOD_RESULT, METOD_READ, none_req, route_view, me_route, "My route")               \
	C( 73, "me.step",           METOD_TEACHER | METOD_RESULT, METOD_WRITE, step_req, done_rep, me_step, "Mark a step of my route")  \
	C( 74, "me.messages",       METOD_TEACHER | METOD_RESULT, METOD_READ, none_req, messages_rep, me_messages, "Recommendations addressed to me") \
	C( 75, "me.mark",           METOD_TEACHER | METOD_RESULT, METOD_WRITE, message_mark_req, done_rep, me_mark, "Mark a message")   \
	C( 76, "me.data",           METOD_TEACHER | METOD_RESULT, METOD_READ, none_req, data_view, me_data, "All that is stored about me and who looked") \
	C( 77, "me.withdraw",       METOD_TEACHER | METOD_RESULT, METOD_WRITE, none_req, done_rep, me_withdraw, "Withdraw my answers for good") \
	C( 78, "me.pairs",          METOD_TEACHER | METOD_RESULT, METOD_READ, none_req, my_pairs_rep, me_pairs, "Mentors proposed to me") \
	C( 80, "grant.give",        METOD_TEACHER | METOD_RESULT, METOD_WRITE, grant_req, done_rep, grant_give, "Open something to somebody") \
	C( 81, "grant.revoke",      METOD_TEACHER | METOD_RESULT, METOD_WRITE, id_req, done_rep, grant_revoke, "Close what was opened")  \
	C( 82, "grant.list",        METOD_TEACHER | METOD_RESULT, METOD_READ, none_req, grants_rep, grant_list, "What is opened")          \
	C( 90, "profile.show",      METOD_TEACHER | METOD_METHODIST | METOD_RESULT, METOD_WRITE, profile_req, profile_view, profile_show, "A profile: one's own, or one that was opened (recorded)") \
	C( 91, "deficit.top",       METOD_HEAD | METOD_DEPUTY | METOD_METHODIST | METOD_COORDINATOR | METOD_ANALYST, METOD_READ, deficit_top_req, deficit_top_rep, deficit_top, "What most needs support") \
	C( 92, "deficit.map",       METOD_METHODIST | METOD_ANALYST, METOD_READ, deficit_map_req, deficit_map_rep, deficit_map, "Organisations by competencies") \
	C(100, "route.build",       METOD_METHODIST | METOD_TEACHER | METOD_RESULT, METOD_PREPARE, route_build_req, route_build_rep, route_build, "Build routes (methodist: the whole wave; teacher: his own)") \
	C(101, "route.show",        METOD_TEACHER | METOD_METHODIST | METOD_DEPUTY | METOD_RESULT, METOD_WRITE, profile_req, route_view, route_show, "A route: one's own, or the items applied for (recorded)") \
	C(110, "mentor.suggest",    METOD_COORDINATOR, METOD_PREPARE, mentor_suggest_req, mentor_suggest_rep, mentor_suggest, "Suggest pairs with reasons") \
	C(111, "mentor.accept",     METOD_MENTOR | METOD_TEACHER | METOD_RESULT, METOD_WRITE, pair_req, done_rep, mentor_accept, "Agree to a suggested pair") \
	C(112, "mentor.decline",    METOD_MENTOR | METOD_TEACHER | METOD_RESULT, METOD_WRITE, pair_req, done_rep, mentor_decline, "Decline a suggested pair") \
	C(113, "mentor.list",       METOD_COORDINATOR | METOD_METHODIST, METOD_READ, mentor_list_req, mentors_rep, mentor_list, "Mentors, places and strengths") \
	C(114, "mentor.pairs",      METOD_COORDINATOR, METOD_WRITE, code_req, mentor_suggest_rep, mentor_pairs, "Pairs of a wave, their state and reasons") \
	C(115, "mentee.list",       METOD_MENTOR, METOD_WRITE, none_req, mentees_rep, mentee_list, "My mentees")                          \
	C(116, "mentee.show",       METOD_MENTOR, METOD_WRITE, code_req, mentee_view, mentee_show, "What a mentee opened to me (recorded)") \
	C(120, "recommend.build",   METOD_METHODIST | METOD_HEAD | METOD_DEPUTY, METOD_WRITE, recommend_build_req, recommend_view, recommend_build, "Build address recommendations") \
	C(121, "recommend.list",    METOD_METHODIST | METOD_HEAD | METOD_DEPUTY, METOD_READ, none_req, recommends_rep, recommend_list, "Recommendations") \
	C(122, "recommend.show",    METOD_METHODIST | METOD_HEAD | METOD_DEPUTY, METOD_READ, code_req, recommend_view, recommend_show, "One set of recommendations") \
	C(123, "recommend.send",    METOD_METHODIST, METOD_WRITE, recommend_send_req, send_row, recommend_send, "Send a line to a group, without names") \
	C(124, "recommend.sent",    METOD_METHODIST, METOD_POOL, code_req, sends_rep, recommend_sent, "What became of the sendings (counts)") \
	C(130, "answers.export",    METOD_ANALYST, METOD_WRITE, export_req, export_rep, answers_export, "Answers without persons, places and free text") \
	C(140, "audit.log",         METOD_ADMIN, METOD_POOL, audit_req, audit_rep, audit_log, "Who did what and when")                       \
	C(141, "backup.create",     METOD_ADMIN, METOD_POOL, path_req, done_rep, backup_create, "A verified copy of the running store")        \
	C(142, "store.verify",      METOD_ADMIN, METOD_POOL, none_req, verify_rep, store_verify, "Replay the journal and compare every table") \
	C(143, "store.stat",        METOD_ADMIN, METOD_READ, none_req, stat_rep, store_stat, "Size and counters of the store") \
	C(144, "audit.verify",      METOD_ADMIN, METOD_POOL, audit_verify_req, audit_verify_rep, audit_verify, "Check the hash chain of the journal") \
	C(146, "store.metrics",     METOD_EVERYBODY, METOD_READ, none_req, metrics_rep, store_metrics, "Counters of the store process for monitoring")
/* clang-format on */

struct metod_command {
	unsigned number;
	const char *name;
	unsigned who;
	enum metod_mode mode;
	const struct metod_desc *request, *reply;
	const char *summary;
};

enum metod_command_number {
#define METOD_COMMAND_ENUM(number, name, who, mode, req, rep, fn, summary)               \
	METOD_C_##fn = number,
	METOD_COMMANDS(METOD_COMMAND_ENUM)
#undef METOD_COMMAND_ENUM
};

/* All rows, in the order of the list (lib/wire). */
extern const struct metod_command metod_commands[];
extern const size_t metod_commands_n;
const struct metod_command *metod_command_find(struct metod_str name);
/* Words of the roles, for `who` columns and stored roles: "teacher" ... "admin". */
struct metod_role_word {
	unsigned who;
	const char *word;  /* stable, machine formats */
	const char *title; /* msgid */
};
extern const struct metod_role_word metod_role_words[];
extern const size_t metod_role_words_n;
unsigned metod_role_from_word(struct metod_str word); /* 0: no such role */
/* Digest of every command and record: both programs print it and compare it in `hello`.
 */
uint64_t metod_schema_hash(void);
