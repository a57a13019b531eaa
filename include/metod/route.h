/* SPDX-License-Identifier: Apache-2.0
 * Individual educational route (ИОМ): a feasible choice of activities within hours and
 * calendar (optimisation.md section 2). Pure, integers only: per mille of the 0..3 scale.
 */
#pragma once

#include "metod/base.h"
#include "metod/errors.h"
#include "metod/match.h"

struct metod_gain {
	uint32_t competency;
	int32_t gain; /* per mille of the 0..3 scale */
};
struct metod_session_in {
	uint64_t id;
	int32_t week_from, week_to; /* weeks since 1970-01-01 (Monday based), inclusive */
	uint32_t weekly_minutes;
	uint32_t seats;        /* free seats; 0: unlimited */
	uint64_t municipality; /* 0: online or anywhere */
};
struct metod_activity_in {
	uint64_t id;
	struct metod_str kind; /* course, internship, webinar, ... : variety */
	uint32_t minutes;      /* whole length */
	unsigned formats;      /* METOD_FORMAT_* */
	struct metod_gain *gains;
	size_t n_gains;
	uint64_t *prereq;
	size_t n_prereq; /* activity ids that must come before */
	struct metod_session_in *sessions;
	size_t n_sessions;           /* none: self-paced, any week */
	struct metod_strs positions; /* empty: everybody */
	struct metod_strs subjects;  /* empty: every subject */
};
struct metod_route_teacher {
	uint64_t id;
	struct metod_strength *needs;
	size_t n_needs; /* d_c = round(1000 need / 3) */
	uint32_t *wishes;
	size_t n_wishes; /* competencies ticked by the teacher: v_c = 2 */
	uint64_t *refused;
	size_t n_refused; /* activity ids never proposed again */
	uint64_t municipality;
	unsigned formats;
	struct metod_str position, subject;
	uint32_t minutes_total, minutes_week; /* H and W */
	int32_t week_from, week_to;           /* calendar of the route */
	uint32_t nodes; /* of branch and bound at most; 0: METOD_ROUTE_NODES */
};
struct metod_route_item {
	uint64_t activity, session; /* session 0: self-paced */
	int32_t week_from, week_to;
	uint32_t minutes;
	uint32_t serves;   /* competency with the largest gain used */
	int32_t gain;      /* marginal value in per mille */
	uint64_t instead;  /* best alternative for the same competency, 0: none */
	bool prerequisite; /* there only because another item needs it */
};
struct metod_route_result {
	struct metod_route_item *items;
	size_t n_items; /* by week */
	int64_t value;
	int64_t bound; /* certified upper bound of the value, >= value */
	int64_t value_exact, bound_exact; /* the same in hundredths of a per mille */
	size_t nodes;                     /* of branch and bound */
	uint32_t minutes;
	uint32_t *uncovered;
	size_t n_uncovered; /* needs nothing in the catalogue serves */
};
/* Greedy by marginal value per hour over addable sessions and {prerequisite, session}
 * bundles, from every possible first item; branch and bound improves the best and proves
 * the bound. At least one item per need where the catalogue allows it and hours remain,
 * even if travel outweighs it. No needs and no wishes: an empty route with
 * value 0. */
METOD_MUST_CHECK enum metod_err metod_route_solve(
    const struct metod_route_teacher *teacher, const struct metod_activity_in *activities,
    size_t n_activities, struct metod_arena *arena, struct metod_route_result *ret,
    struct metod_error *err);
