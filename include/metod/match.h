/* SPDX-License-Identifier: Apache-2.0
 * Mentor matching (optimisation.md section 1): exact maximum-score b-matching. Pure,
 * integers only. The pair and the reasons are a suggestion: people decide. */
#pragma once

#include "metod/base.h"
#include "metod/errors.h"

enum {
	METOD_TERMS = 6, /* cov subj prox format level wish */
	METOD_SCORE_MAX = 10000,
	METOD_CAPACITY_MAX = 9,
};
enum metod_term {
	METOD_TERM_COV,
	METOD_TERM_SUBJ,
	METOD_TERM_PROX,
	METOD_TERM_FORMAT,
	METOD_TERM_LEVEL,
	METOD_TERM_WISH,
};

/* d and s per competency index, thousandths. */
struct metod_strength {
	uint32_t competency;
	int32_t value; /* 0..1000 */
};
struct metod_mentee {
	uint64_t id; /* stable id: ties and order */
	uint64_t person;
	unsigned
	    tier; /* 1 young specialist, 2 teacher of a low-result school, 3 others */
	uint64_t org, municipality;
	struct metod_str subject, area; /* area: field of subjects */
	struct metod_str stage;         /* preschool, primary, main, ... */
	unsigned formats;               /* bit set of METOD_FORMAT_* */
	struct metod_strength *needs;   /* weighted needs, three largest */
	size_t n_needs;
	bool no_profile; /* no data: no cov term, manual list */
	uint64_t *wishes;
	size_t n_wishes; /* mentor person ids the mentee named */
	uint64_t *blocks;
	size_t n_blocks; /* person ids, both directions are given by either side */
	uint64_t *declined;
	size_t n_declined; /* mentor ids declined this season */
	uint64_t *managers;
	size_t n_managers; /* person ids of line managers */
};
struct metod_mentor_in {
	uint64_t id;
	uint64_t person;
	unsigned capacity; /* open places, already minus running pairs */
	uint64_t org, municipality;
	struct metod_str subject, area, stage;
	unsigned formats;
	struct metod_strength *strengths;
	size_t n_strengths;
	uint64_t *blocks;
	size_t n_blocks;
	uint64_t *wishes;
	size_t n_wishes;
	bool admitted;
};
enum {
	METOD_FORMAT_IN_PERSON = 1,
	METOD_FORMAT_ONLINE = 2,
	METOD_FORMAT_MIXED = 4,
};
struct metod_match_settings {
	int32_t weight[METOD_TERMS]; /* 6000 1500 1000 500 500 500 */
	int32_t fairness;            /* s = 200: f(k) = s (k-1) */
	int32_t outside[4];          /* [tier] 1..3: 100000 30000 3000 */
	int32_t cov_floor;           /* thousandths, 0 by default */
	uint64_t season;             /* tie hash seed */
};
enum metod_match_reason {
	METOD_WHY_PAIRED = 0,
	METOD_WHY_NO_MENTOR = 1, /* no admitted mentor at all */
	METOD_WHY_BLOCKED = 2,
	METOD_WHY_MANAGER = 3,
	METOD_WHY_SELF = 4,
	METOD_WHY_DECLINED = 5,
	METOD_WHY_NO_COMMON_FORMAT = 6,
	METOD_WHY_SUBJECT = 7, /* SUB/STD needs another subject */
	METOD_WHY_COV = 8,     /* below the floor */
	METOD_WHY_FULL = 9,    /* places went to a higher total gain */
	METOD_WHY_SCORE = 10,  /* only as the reason of an alternative: lower score */
};
struct metod_pair_out {
	uint64_t mentee, mentor; /* mentor 0: unmatched */
	int32_t score;
	int32_t terms[METOD_TERMS];  /* weighted terms; they add up to score */
	enum metod_match_reason why; /* of an unmatched mentee: the binding reason */
	bool general; /* cov = 0: labelled "общая поддержка" */
	struct {
		uint64_t mentor;
		int32_t score;
		enum metod_match_reason why;
	} alternative[3];
	size_t n_alternatives;
};
struct metod_match_result {
	struct metod_pair_out *pairs; /* one row per mentee, by mentee id */
	size_t n_pairs;
	size_t matched, matched_by_tier[4], total_by_tier[4];
	int64_t objective, dual; /* equal: certificate of optimality, unhashed units */
	int64_t outside[4]; /* [tier] outside costs used: the settings, doubled where a
			     * tier needed it to be covered as far as it can be */
	int64_t scale;      /* prices are in 1/scale points */
	int64_t *price; /* per mentor in input order sorted by id; scarcity of places */
	uint64_t *price_mentor;
	size_t n_prices;
	/* Shortage (Hall) set of the first uncovered tier 1-2 mentee: x mentees reach
	 * only y places. */
	size_t shortage_mentees, shortage_places;
	uint64_t *shortage_ids;
	size_t n_shortage_ids;
};

struct metod_match_settings metod_match_defaults(void);
/* Same result for any input order. Everything returned lives in the arena. `same_subject`
 * lists the competency indices (SUB, STD) whose needs demand the same subject.
 * METOD_RANGE names the record when an input is out of range; METOD_FAILED if primal and
 * dual disagree (never published). */
METOD_MUST_CHECK enum metod_err metod_match_solve(const struct metod_mentee *mentees,
    size_t n_mentees, const struct metod_mentor_in *mentors, size_t n_mentors,
    const uint32_t *same_subject, size_t n_same_subject,
    const struct metod_match_settings *settings, struct metod_arena *arena,
    struct metod_match_result *ret, struct metod_error *err);
/* Score of one pair and its terms; false with the reason when the pair is excluded. */
bool metod_match_score(const struct metod_mentee *mentee,
    const struct metod_mentor_in *mentor, const uint32_t *same_subject,
    size_t n_same_subject, const struct metod_match_settings *settings,
    int32_t terms[METOD_TERMS], int32_t *ret_score, enum metod_match_reason *ret_why);
