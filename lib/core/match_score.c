/* SPDX-License-Identifier: Apache-2.0
 * Score of one pair of mentee and mentor, and what excludes a pair (optimisation.md
 * section 1). Knows two records; must not know the other pairs. Integers only. Invariant:
 * the terms shown add up to the score shown. */
#include "metod/match.h"

enum { WHOLE = 1000 }; /* thousandths */

struct metod_match_settings metod_match_defaults(void)
{
	return (struct metod_match_settings){
	    .weight = {6000, 1500, 1000, 500, 500, 500},
	    .fairness = 200,
	    .outside = {0, 100000, 30000, 3000},
	};
}

static bool has_id(const uint64_t *ids, size_t n, uint64_t id)
{
	for (size_t i = 0; i < n; i++)
		if (ids[i] == id)
			return true;
	return false;
}

/* Unknown is never agreement. */
static bool same_id(uint64_t x, uint64_t y)
{
	return x != 0 && x == y;
}

static bool same_text(struct metod_str x, struct metod_str y)
{
	return x.n > 0 && metod_str_eq(x, y);
}

static int32_t strength_in(const struct metod_mentor_in *mentor, uint32_t competency)
{
	int32_t best = 0;
	for (size_t i = 0; i < mentor->n_strengths; i++)
		if (mentor->strengths[i].competency == competency &&
		    mentor->strengths[i].value > best)
			best = mentor->strengths[i].value;
	return best;
}

/* Sum of need x strength over the sum of needs, thousandths, as a fraction. */
struct coverage {
	int64_t part, whole;
};

static struct coverage coverage_of(
    const struct metod_mentee *mentee, const struct metod_mentor_in *mentor)
{
	struct coverage cov = {0, 0};
	if (mentee->no_profile)
		return cov;
	for (size_t i = 0; i < mentee->n_needs; i++) {
		int64_t need = mentee->needs[i].value;
		cov.whole += need;
		if (need > 0)
			cov.part +=
			    need * strength_in(mentor, mentee->needs[i].competency);
	}
	return cov;
}

static int32_t cov_term(struct coverage cov, int32_t weight)
{
	int64_t whole = cov.whole * WHOLE;
	return whole ? (int32_t)((weight * cov.part + whole / 2) / whole) : 0;
}

static int32_t part_of(int32_t weight, int32_t thousandths)
{
	return (int32_t)(((int64_t)weight * thousandths + WHOLE / 2) / WHOLE);
}

static int32_t subject_share(
    const struct metod_mentee *mentee, const struct metod_mentor_in *mentor)
{
	if (same_text(mentee->subject, mentor->subject))
		return WHOLE;
	return same_text(mentee->area, mentor->area) ? WHOLE / 2 : 0;
}

static int32_t nearness(
    const struct metod_mentee *mentee, const struct metod_mentor_in *mentor)
{
	unsigned common = mentee->formats & mentor->formats;
	if (same_id(mentee->org, mentor->org))
		return WHOLE;
	if (same_id(mentee->municipality, mentor->municipality))
		return 800;
	return common & (METOD_FORMAT_ONLINE | METOD_FORMAT_MIXED) ? 200 : 0;
}

/* Share of the mentee's formats that the mentor offers too. */
static int32_t format_share(unsigned asked, unsigned offered)
{
	int wanted = __builtin_popcount(asked);
	return wanted ? WHOLE * __builtin_popcount(asked & offered) / wanted : 0;
}

static bool needs_same_subject(const struct metod_mentee *mentee,
    const uint32_t *same_subject, size_t n_same_subject)
{
	for (size_t i = 0; i < mentee->n_needs; i++)
		for (size_t s = 0; s < n_same_subject; s++)
			if (mentee->needs[i].value > 0 &&
			    mentee->needs[i].competency == same_subject[s])
				return true;
	return false;
}

/* First rule that excludes the pair; METOD_WHY_PAIRED when none does. */
static enum metod_match_reason exclusion(const struct metod_mentee *mentee,
    const struct metod_mentor_in *mentor, const uint32_t *same_subject,
    size_t n_same_subject, int32_t cov_floor, struct coverage cov)
{
	if (!mentor->admitted)
		return METOD_WHY_NO_MENTOR;
	if (same_id(mentee->person, mentor->person))
		return METOD_WHY_SELF;
	if (has_id(mentee->blocks, mentee->n_blocks, mentor->person) ||
	    has_id(mentor->blocks, mentor->n_blocks, mentee->person))
		return METOD_WHY_BLOCKED;
	if (has_id(mentee->managers, mentee->n_managers, mentor->person))
		return METOD_WHY_MANAGER;
	if (has_id(mentee->declined, mentee->n_declined, mentor->id))
		return METOD_WHY_DECLINED;
	if (!(mentee->formats & mentor->formats))
		return METOD_WHY_NO_COMMON_FORMAT;
	if (!same_text(mentee->subject, mentor->subject) &&
	    needs_same_subject(mentee, same_subject, n_same_subject))
		return METOD_WHY_SUBJECT;
	if (cov.part < cov_floor * cov.whole || (cov_floor > 0 && cov.whole == 0))
		return METOD_WHY_COV;
	return METOD_WHY_PAIRED;
}

bool metod_match_score(const struct metod_mentee *mentee,
    const struct metod_mentor_in *mentor, const uint32_t *same_subject,
    size_t n_same_subject, const struct metod_match_settings *settings,
    int32_t terms[METOD_TERMS], int32_t *ret_score, enum metod_match_reason *ret_why)
{
	const int32_t *weight = settings->weight;
	struct coverage cov = coverage_of(mentee, mentor);
	bool wish = has_id(mentee->wishes, mentee->n_wishes, mentor->person) &&
	    has_id(mentor->wishes, mentor->n_wishes, mentee->person);

	terms[METOD_TERM_COV] = cov_term(cov, weight[METOD_TERM_COV]);
	terms[METOD_TERM_SUBJ] =
	    part_of(weight[METOD_TERM_SUBJ], subject_share(mentee, mentor));
	terms[METOD_TERM_PROX] =
	    part_of(weight[METOD_TERM_PROX], nearness(mentee, mentor));
	terms[METOD_TERM_FORMAT] = part_of(
	    weight[METOD_TERM_FORMAT], format_share(mentee->formats, mentor->formats));
	terms[METOD_TERM_LEVEL] =
	    same_text(mentee->stage, mentor->stage) ? weight[METOD_TERM_LEVEL] : 0;
	terms[METOD_TERM_WISH] = wish ? weight[METOD_TERM_WISH] : 0;
	*ret_score = 0;
	for (int t = 0; t < METOD_TERMS; t++)
		*ret_score += terms[t];
	*ret_why = exclusion(
	    mentee, mentor, same_subject, n_same_subject, settings->cov_floor, cov);
	return *ret_why == METOD_WHY_PAIRED;
}
