/* SPDX-License-Identifier: Apache-2.0
 * Signs that a sheet was filled in haste (method.md section 9), and which competencies
 * get the second stage (section 7). Pure. One sign is no verdict: a flat sheet can be
 * honest. */
#pragma once

#include "metod/score.h"

/* One answer in the order in which it was shown. */
struct metod_shown {
	int answer;          /* 0..categories-1 or METOD_ANSWER_* */
	unsigned competency; /* any number that is the same for the same competency */
	uint32_t ms;         /* time on it; of a page: its time / its items. 0: unknown */
};
enum metod_haste {
	METOD_HASTE_TIME = 1,       /* median < 2 s, or more than 30 % below 1 s */
	METOD_HASTE_LONGSTRING = 2, /* one option max(10, half of all) times in a row */
	METOD_HASTE_FLAT = 4,       /* SD of 20 answers or more below .20 */
	METOD_HASTE_EVEN_ODD = 8,   /* halves agree less than .20 over 8 scales of 4 */
};
struct metod_quality {
	double median_ms, below_1s; /* NaN when no time is known */
	unsigned longstring;
	double irv;      /* SD of the answers; NaN with fewer than two */
	double even_odd; /* Spearman-Brown; NaN with fewer than 8 scales of 4 items */
	unsigned signs;  /* set of METOD_HASTE_* */
	bool ask_again;  /* two signs or more */
};
void metod_quality_of(const struct metod_shown *shown, size_t n,
    struct metod_arena *arena, struct metod_quality *ret);

/* A competency after the first stage. */
struct metod_stage_one {
	double p_need;     /* P(T < 1.5) */
	unsigned answered; /* of its first three items */
	bool priority;     /* of the wave */
	bool not_in_work;  /* more than half NP: asking on makes no sense */
};
enum { METOD_STAGE2_MOST = 8, METOD_STAGE1_ITEMS = 3 };
/* Competencies that get three more items: .20 < P < .80 or fewer than three answers; at
 * most `most`, priority first, then those nearest to P = .5, then in order. ret_chosen
 * has n places and is filled in the order of the input; returns how many. */
size_t metod_second_stage(const struct metod_stage_one *cells, size_t n, size_t most,
    struct metod_arena *arena, bool *ret_chosen);
