/* SPDX-License-Identifier: Apache-2.0
 * What the files of the teacher's way share: whose questionnaire it is, the shown order
 * of its statements, how much of a person a session may see, and what his acts set off.
 * Only content, wave, invite, enter, sheet, attempt, profile, grant, me and forget know
 * it. */
#pragma once

#include <string.h>

#include "dispatch.h"

/* Next row of a scan; a damaged one is left out (the store has named it in the log;
 * sheet.c). */
bool next_row(struct metod_scan *scan, struct metod_arena *arena, void *ret);
/* The beginning of a text in at most `most` bytes, no character cut in two (way.c). */
struct metod_str fitting(struct metod_str text, size_t most);

/* ---- whose questionnaire (way.c) ---- */
struct way {
	struct metod_invitation invitation;
	struct metod_wave wave;
	struct metod_attempt attempt; /* id 0: not begun */
	bool open;                    /* answers are taken today */
};
/* The respondent's invitation; for an account the newest one of the person that is still
 * to be answered, else the newest. NOT_FOUND when there is none. */
enum metod_err way_of(struct metod_call *call, struct way *ret);
/* State open and today within its days. */
bool wave_takes(const struct metod_call *call, const struct metod_wave *wave);
/* METOD_CLOSED with the reason: not yet, over, or closed by hand. */
enum metod_err wave_refuses(struct metod_call *call, const struct metod_wave *wave);
/* UTC of the end of the wave's last day, which is inclusive, in the zone of the store. */
int64_t wave_end_ms(const struct metod_call *call, const struct metod_wave *wave);

/* ---- the sheet: order of statements and merged answers (sheet.c) ---- */
/* Wording of a position; empty: the form has none for it. */
struct metod_str wording_of(const struct metod_form *form, struct metod_str position);
/* Is the position asked by this form? */
bool form_asks(const struct metod_form *form, struct metod_str position);
/* Items of the wave in shown order and the sizes of the pages: one group of competencies
 * per run of pages, shuffled inside by the seed, at most METOD_PAGE_ITEMS_MAX statements
 * a page, balanced. */
void sheet_plan(struct metod_call *call, const struct metod_framework *framework,
    const struct metod_form *form, const struct metod_wave *wave, uint64_t seed,
    struct metod_strs *ret_items, struct metod_u64s *ret_pages);
/* Index of the first item of a page (1-based) in shown order; pages->n + 1 gives the
 * total. */
size_t page_begin(const struct metod_u64s *pages, uint64_t page);
const struct metod_item *form_item(const struct metod_form *form, struct metod_str id);
struct metod_str item_text(
    const struct metod_item *item, struct metod_str wording, enum metod_lang lang);
/* Answers of all pages in shown order, -1 where none. */
struct sheet {
	struct metod_i64s answers;
	size_t gaps;
	uint64_t gap_page; /* first page with a gap; 0: none */
	uint64_t
	    duration_ms; /* spent on the pages, an unattended page counts 30 minutes */
};
void sheet_read(
    struct metod_call *call, const struct metod_attempt *attempt, struct sheet *ret);
/* Median minutes of a complete sheet of the wave, rounded up; 0 under 20 sheets. */
uint64_t wave_minutes(struct metod_call *call, const struct metod_wave *wave);

/* METOD_CONFLICT: there is no sheet yet (page.c). */
enum metod_err not_begun(struct metod_call *call);
/* METOD_RANGE unless it is 4 to 32 digits or letters (enter.c). */
enum metod_err pin_check(struct metod_call *call, struct metod_str pin);

/* ---- how much of a person this session may see (way.c) ---- */
enum { WAVE_ALL = 0 };
/* A respondent's session sees the results of its own wave only, so that a slip found on a
 * table opens nothing of earlier campaigns. An account sees all: WAVE_ALL. */
uint64_t session_wave(struct metod_call *call);
/* The profile this session may see: of its wave, or the newest. NOT_FOUND without one. */
enum metod_err own_profile(struct metod_call *call, struct metod_profile *ret);
/* Item parameters: millionths of the record as numbers of the model. At most 7
 * thresholds (measure.c). */
struct metod_grm grm_of(const struct metod_param *param);

/* ---- what acts set off (grant.c) ---- */
/* Revokes the person's grants of this act that are not revoked yet; NULL: of every act.
 */
void grants_close(struct metod_call *call, uint64_t person, const char *act);
/* Withdraws the pairs in which the person is the mentee: proposed ones, and accepted ones
 * too. */
void pairs_withdraw(struct metod_call *call, uint64_t person, bool accepted_too);
/* Grants of the person, newest first, of one wave or WAVE_ALL; in force only or all. */
void grant_views(struct metod_call *call, uint64_t person, uint64_t wave, bool in_force,
    struct metod_grant_view **ret_rows, size_t *ret_n);

/* ---- messages (me.c) ---- */
void message_views(struct metod_call *call, uint64_t person, uint64_t wave,
    struct metod_message_row **ret_rows, size_t *ret_n);

/* Makes room for one more element of a list {p, n} that grows in the arena. */
#define FLOW_ROOM(arena, list, cap)                                                      \
	do {                                                                             \
		if ((list).n == (cap)) {                                                 \
			(cap) = (cap) ? 2 * (cap) : 16;                                  \
			void *room_ =                                                    \
			    metod_arena_array((arena), (cap), sizeof *(list).p);         \
			if ((list).n)                                                    \
				memcpy(room_, (list).p, (list).n * sizeof *(list).p);    \
			(list).p = room_;                                                \
		}                                                                        \
	} while (0)
