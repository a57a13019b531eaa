/* SPDX-License-Identifier: Apache-2.0
 * Address recommendations: published findings x rules -> lines with their numbers. Pure.
 */
#pragma once

#include "metod/base.h"
#include "metod/smallgroup.h"

enum metod_audience {
	METOD_FOR_TEACHER = 1,
	METOD_FOR_ASSOCIATION = 2,
	METOD_FOR_DEPUTY = 4,
	METOD_FOR_MUNICIPALITY = 8,
};
enum metod_trend {
	METOD_TREND_ANY = 0,
	METOD_TREND_LASTING, /* the rule's class in the wave before as well */
	METOD_TREND_RISING,  /* two EXACT shares whose intervals do not meet, upwards */
};
struct metod_finding {
	uint32_t competency;
	uint64_t scope;            /* org or association id */
	struct metod_shown need;   /* already through the small-group rule */
	struct metod_shown before; /* of the wave before; SHOW_NOTHING: none to compare */
	uint64_t answered,
	    invited;      /* of the scope; answered as published, 0: not shown */
	bool shortage;    /* fewer mentors' places than wanted for this competency */
	uint64_t mentors; /* admitted mentors with a strength in it */
};
struct metod_rule {
	struct metod_str id;
	unsigned audience;   /* one of METOD_FOR_* */
	uint32_t competency; /* METOD_ANY: every competency */
	enum metod_share_class
	    min_class;   /* at least this class; EXACT shares are classed alike */
	uint64_t people; /* or an EXACT finding of at least so many people; 0: never */
	uint64_t answers_from, answers_to; /* of the finding, inclusive; 0: any */
	uint64_t coverage_below; /* only if fewer per cent of those invited answered */
	enum metod_trend trend;
	bool when_shortage; /* only if the finding has a shortage */
	uint64_t
	    context; /* bit set: 0 any, else all bits must be in the scope's context */
	int32_t priority; /* larger first */
};
#define METOD_ANY UINT32_MAX
enum {
	METOD_CONTEXT_SMALL_SCHOOL = 1,
	METOD_CONTEXT_KINDERGARTEN = 2,
	METOD_CONTEXT_LOW_RESULT = 4,
	METOD_CONTEXT_YOUNG_TEAM = 8,
	METOD_CONTEXT_SCHOOL = 16, /* teachers work here; wide scopes may have both */
};
struct metod_advice {
	uint32_t rule;    /* index into rules */
	uint32_t finding; /* index into findings */
};
/* For each audience the findings by strength (share or class, then n), at most `limit`
 * findings per audience, for each the best rules (specific competency before METOD_ANY,
 * priority, order), at most 2 per finding. A rule for METOD_ANY speaks once for an
 * audience, about its strongest finding; one without context and shortage only where no
 * rule of the competency speaks. A rule about coverage speaks of all the numbers at once,
 * so it stands before those that take them for granted. Deterministic. Findings that may
 * not be shown never give a line. */
size_t metod_recommend_pick(const struct metod_finding *findings, size_t n_findings,
    const struct metod_rule *rules, size_t n_rules, unsigned audiences, uint64_t context,
    size_t limit, struct metod_arena *arena, struct metod_advice **ret);
