/* SPDX-License-Identifier: Apache-2.0
 * Staff sessions in memory and failure counters: may be lost, so they are no events. */
#pragma once

#include "internal.h"

struct metod_sessions *sessions_new(void);
void sessions_free(struct metod_sessions *sessions);
void sessions_tick(struct metod_sessions *sessions, int64_t now_ms);
/* User behind a staff session text in force; moves its idle clock. False: none. */
bool staff_session_user(struct metod_app *app, struct metod_str session, int64_t now_ms,
    uint64_t *ret_user, uint64_t *ret_generation);
/* Fields of a respondent's session whose MAC is right and that has not expired. */
struct respondent {
	uint64_t invitation, generation;
	int64_t expires_ms;
	bool result;
};
bool respondent_session_read(struct metod_app *app, struct metod_str session,
    int64_t now_ms, struct respondent *ret);
