/* SPDX-License-Identifier: Apache-2.0
 * What a route is chosen from: the needs of one teacher and the courses that fit him,
 * checked and in order of id. Internal to lib/core. Values are in hundredths of a per
 * mille. */
#pragma once

#include "metod/route.h"

enum {
	METOD_ROUTE_HUNDREDTHS = 100,
	METOD_ROUTE_SELF_PACED = -1,
	METOD_ROUTE_FINE = 1000, /* multipliers in thousandths of a hundredth */
};

struct metod_route_need {
	uint32_t competency;
	int64_t depth;  /* d_c, per mille */
	int64_t weight; /* v_c */
};
struct metod_route_gain {
	size_t need;
	int64_t gain;
};
/* One course at one of its sessions: index into `sessions` or METOD_ROUTE_SELF_PACED. */
struct metod_route_step {
	size_t course;
	int32_t session;
};
struct metod_route_course {
	const struct metod_activity_in *in;
	const struct metod_session_in **sessions; /* within the calendar, by their end */
	size_t n_sessions;
	struct metod_route_gain *gains; /* on needs of the teacher only */
	size_t n_gains;
	size_t *prereq;
	size_t n_prereq;
	/* Prerequisites of prerequisites included, first things first, each at its
	 * earliest. */
	struct metod_route_step *before;
	size_t n_before;
	int32_t ready; /* last week taken by them; the course starts later */
	int32_t earliest_end;
	int32_t earliest_session;
	bool reachable;
};
struct metod_route_model {
	const struct metod_route_teacher *teacher;
	struct metod_route_need *needs; /* by competency */
	size_t n_needs;
	struct metod_route_course *courses; /* by id */
	size_t n_courses;
	int64_t travel, dislike; /* penalties */
};

METOD_MUST_CHECK enum metod_err metod_route_model(
    const struct metod_route_teacher *teacher, const struct metod_activity_in *activities,
    size_t n_activities, struct metod_arena *arena, struct metod_route_model *ret,
    struct metod_error *err);
/* v_c phi_c(sum): slope 1 up to .7 d, slope .4 for the next .6 d, then flat. */
int64_t metod_route_worth(const struct metod_route_need *need, int64_t sum);
/* What travel and a disliked format take off. */
int64_t metod_route_penalty(
    const struct metod_route_model *model, struct metod_route_step step);
/* That of the best session. */
int64_t metod_route_least_penalty(const struct metod_route_model *model, size_t course);

/* Upper bound of the value of any feasible route; `value` is that of a known one. The
 * multipliers per need that prove it, in 1/METOD_ROUTE_FINE, go to the arena. */
int64_t metod_route_bound(const struct metod_route_model *model, int64_t value,
    struct metod_arena *arena, int64_t **ret_mu);
/* Its parts, in 1/METOD_ROUTE_FINE: the most that a need is worth over mu per gain, and
 * what a course brings at these multipliers. */
int64_t metod_route_most(const struct metod_route_need *need, int64_t mu);
int64_t metod_route_profit(
    const struct metod_route_model *model, size_t course, const int64_t *mu);

/* The best route that branch and bound finds within the nodes of the teacher. */
struct metod_route_found {
	struct metod_route_step *steps; /* prerequisites first */
	size_t n;                       /* 0: nothing is better than the value given */
	int64_t bound;                  /* no feasible route is worth more */
	size_t nodes;
};
/* Improves on `value`, that of a known route or 0. Memory of the arena. */
struct metod_route_found metod_route_search(
    const struct metod_route_model *model, int64_t value, struct metod_arena *arena);
