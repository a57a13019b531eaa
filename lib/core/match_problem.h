/* SPDX-License-Identifier: Apache-2.0
 * One matching as its files share it: records in order of id, and the assignment posed
 * from them. Internal to lib/core. */
#pragma once

#include "metod/assign.h"
#include "metod/match.h"

enum { METOD_MATCH_TIERS = 3 };

struct metod_match_problem {
	const struct metod_mentee *mentees;
	const struct metod_mentor_in *mentors;
	size_t n, m;
	const size_t *mentee_at, *mentor_at; /* by id */
	const uint32_t *same_subject;
	size_t n_same_subject;
	const struct metod_match_settings *settings;
	struct metod_arena *arena;
	struct metod_error *err;
	int64_t outside[METOD_MATCH_TIERS + 1];
	unsigned *tier;
	struct metod_assign assign;
};

static inline const struct metod_mentee *metod_mentee_at(
    const struct metod_match_problem *p, size_t i)
{
	return &p->mentees[p->mentee_at[i]];
}

static inline const struct metod_mentor_in *metod_mentor_at(
    const struct metod_match_problem *p, size_t j)
{
	return &p->mentors[p->mentor_at[j]];
}

static inline bool metod_match_score_at(const struct metod_match_problem *p, size_t i,
    size_t j, int32_t terms[METOD_TERMS], int32_t *score, enum metod_match_reason *why)
{
	return metod_match_score(metod_mentee_at(p, i), metod_mentor_at(p, j),
	    p->same_subject, p->n_same_subject, p->settings, terms, score, why);
}

/* Fills pairs with reasons and alternatives, counts, prices and the shortage set. */
void metod_match_explain(
    const struct metod_match_problem *p, struct metod_match_result *ret);
