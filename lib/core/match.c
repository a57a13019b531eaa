/* SPDX-License-Identifier: Apache-2.0
 * Mentor matching: checks the records, poses the assignment, solves and proves it.
 * Knows people only by id; must not know where records come from or who sees the result.
 * Invariant: nothing is returned whose primal and dual differ, and the order of the input
 * never matters. */
#include "metod/match.h"

#include <inttypes.h>

#include "match_problem.h"
#include "order.h"

enum {
	COUNT_MAX = 1 << 24,
	OUTSIDE_MAX = 1 << 30,
};
/* ---- checks ---- */

static enum metod_err check_settings(const struct metod_match_problem *p)
{
	const struct metod_match_settings *s = p->settings;
	int64_t sum = 0;

	for (int t = 0; t < METOD_TERMS; t++) {
		if (s->weight[t] < 0 || s->weight[t] > METOD_SCORE_MAX)
			return metod_fail(p->err, METOD_RANGE, "weight",
			    "a weight is outside 0..%d", METOD_SCORE_MAX);
		sum += s->weight[t];
	}
	if (sum > METOD_SCORE_MAX)
		return metod_fail(p->err, METOD_RANGE, "weight",
		    "the weights add up to more than %d", METOD_SCORE_MAX);
	if (s->fairness < 0 || s->fairness > METOD_SCORE_MAX)
		return metod_fail(p->err, METOD_RANGE, "fairness",
		    "the step is outside 0..%d", METOD_SCORE_MAX);
	if (s->cov_floor < 0 || s->cov_floor > 1000)
		return metod_fail(
		    p->err, METOD_RANGE, "cov_floor", "the floor is outside 0..1000");
	for (int t = 1; t <= METOD_MATCH_TIERS; t++)
		if (s->outside[t] < 0 || s->outside[t] > OUTSIDE_MAX)
			return metod_fail(p->err, METOD_RANGE, "outside",
			    "the outside cost of tier %d is outside 0..%d", t,
			    OUTSIDE_MAX);
	return METOD_OK;
}

static enum metod_err check_strengths(const struct metod_match_problem *p,
    const char *field, uint64_t id, const struct metod_strength *values, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (values[i].value < 0 || values[i].value > 1000)
			return metod_fail(p->err, METOD_RANGE, field,
			    "record %" PRIu64 ": a value is outside 0..1000", id);
	return METOD_OK;
}

static enum metod_err check_mentees(const struct metod_match_problem *p)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct metod_mentee *x = metod_mentee_at(p, i);
		if (x->id == 0 || (i > 0 && x->id == metod_mentee_at(p, i - 1)->id))
			return metod_fail(p->err, METOD_RANGE, "mentee.id",
			    "mentee %" PRIu64 ": the id is zero or comes twice", x->id);
		if (x->tier < 1 || x->tier > METOD_MATCH_TIERS)
			return metod_fail(p->err, METOD_RANGE, "mentee.tier",
			    "mentee %" PRIu64 ": the tier is outside 1..%d", x->id,
			    METOD_MATCH_TIERS);
		enum metod_err code =
		    check_strengths(p, "mentee.needs", x->id, x->needs, x->n_needs);
		if (code != METOD_OK)
			return code;
	}
	return METOD_OK;
}

static enum metod_err check_mentors(const struct metod_match_problem *p)
{
	for (size_t j = 0; j < p->m; j++) {
		const struct metod_mentor_in *x = metod_mentor_at(p, j);
		if (x->id == 0 || (j > 0 && x->id == metod_mentor_at(p, j - 1)->id))
			return metod_fail(p->err, METOD_RANGE, "mentor.id",
			    "mentor %" PRIu64 ": the id is zero or comes twice", x->id);
		if (x->capacity > METOD_CAPACITY_MAX)
			return metod_fail(p->err, METOD_RANGE, "mentor.capacity",
			    "mentor %" PRIu64 ": more than %d places", x->id,
			    METOD_CAPACITY_MAX);
		enum metod_err code = check_strengths(
		    p, "mentor.strengths", x->id, x->strengths, x->n_strengths);
		if (code != METOD_OK)
			return code;
	}
	return METOD_OK;
}

/* A load step above an outside cost would leave people out although places are free. */
static enum metod_err check_steps(const struct metod_match_problem *p)
{
	unsigned most = 1;
	for (size_t j = 0; j < p->m; j++)
		if (metod_mentor_at(p, j)->capacity > most)
			most = metod_mentor_at(p, j)->capacity;
	for (size_t i = 0; i < p->n; i++)
		if (p->settings->outside[metod_mentee_at(p, i)->tier] <
		    (int64_t)p->settings->fairness * (most - 1))
			return metod_fail(p->err, METOD_RANGE, "fairness",
			    "the load step exceeds the outside cost of tier %u",
			    metod_mentee_at(p, i)->tier);
	return METOD_OK;
}

static bool mentee_before(const void *context, size_t x, size_t y)
{
	const struct metod_mentee *mentees = context;
	return mentees[x].id < mentees[y].id;
}

static bool mentor_before(const void *context, size_t x, size_t y)
{
	const struct metod_mentor_in *mentors = context;
	return mentors[x].id < mentors[y].id;
}

static enum metod_err check(struct metod_match_problem *p)
{
	if (p->n > COUNT_MAX || p->m > COUNT_MAX)
		return metod_fail(
		    p->err, METOD_RANGE, "mentees", "more than %d records", COUNT_MAX);
	p->mentee_at = metod_order(p->n, mentee_before, p->mentees, p->arena);
	p->mentor_at = metod_order(p->m, mentor_before, p->mentors, p->arena);
	enum metod_err code = check_settings(p);
	if (code == METOD_OK)
		code = check_mentees(p);
	if (code == METOD_OK)
		code = check_mentors(p);
	return code == METOD_OK ? check_steps(p) : code;
}

/* ---- the assignment ---- */

static size_t count_candidates(const struct metod_match_problem *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		for (size_t j = 0; j < p->m; j++) {
			int32_t terms[METOD_TERMS], score;
			enum metod_match_reason why;
			n += metod_match_score_at(p, i, j, terms, &score, &why);
		}
	return n;
}

static void pose(struct metod_match_problem *p)
{
	struct metod_assign *a = &p->assign;
	uint32_t n = 0;

	*a = (struct metod_assign){
	    .n = p->n, .m = p->m, .scale = metod_assign_scale(p->n)};
	a->step = p->settings->fairness * a->scale;
	a->start = metod_arena_array(p->arena, p->n + 1, sizeof(*a->start));
	a->edge = metod_arena_array(p->arena, count_candidates(p) + 1, sizeof(*a->edge));
	a->outside = METOD_NEWS(p->arena, p->n + 1, int64_t);
	a->capacity = METOD_NEWS(p->arena, p->m + 1, uint32_t);
	a->held = METOD_NEWS(p->arena, p->m + 1, uint32_t);
	p->tier = METOD_NEWS(p->arena, p->n + 1, unsigned);
	for (size_t j = 0; j < p->m; j++)
		a->capacity[j] = metod_mentor_at(p, j)->capacity;
	for (size_t i = 0; i < p->n; i++) {
		p->tier[i] = metod_mentee_at(p, i)->tier;
		for (size_t j = 0; j < p->m; j++) {
			int32_t terms[METOD_TERMS], score;
			enum metod_match_reason why;
			if (!metod_match_score_at(p, i, j, terms, &score, &why))
				continue;
			a->edge[n++] = (struct metod_assign_edge){(uint32_t)j,
			    score * METOD_TIE_RANGE +
				metod_assign_tie(p->settings->season,
				    metod_mentee_at(p, i)->id,
				    metod_mentor_at(p, j)->id)};
		}
		a->start[i + 1] = n;
	}
	metod_assign_begin(a, p->arena);
}

static int64_t objective(const struct metod_match_problem *p)
{
	int64_t sum = 0;

	for (size_t i = 0; i < p->n; i++) {
		if (p->assign.mate[i] == METOD_ASSIGN_OUT) {
			sum -= p->outside[p->tier[i]];
			continue;
		}
		int32_t terms[METOD_TERMS], score;
		enum metod_match_reason why;
		metod_match_score_at(
		    p, i, (size_t)p->assign.mate[i], terms, &score, &why);
		sum += score;
	}
	for (size_t j = 0; j < p->m; j++)
		for (unsigned k = 1; k <= p->assign.load[j]; k++)
			sum -= p->settings->fairness * (int64_t)(k - 1);
	return sum;
}

static enum metod_err prove(
    const struct metod_match_problem *p, struct metod_match_result *ret)
{
	metod_wide dual;

	if (!metod_assign_certify(&p->assign, p->arena, &dual))
		return metod_fail(
		    p->err, METOD_FAILED, "dual", "the matching is not proven optimal");
	ret->objective = objective(p);
	ret->dual =
	    (int64_t)(dual >= 0 ? dual / p->assign.scale
				: -((-dual + p->assign.scale - 1) / p->assign.scale));
	if (ret->objective != ret->dual)
		return metod_fail(
		    p->err, METOD_FAILED, "dual", "objective and bound differ");
	return METOD_OK;
}

enum metod_err metod_match_solve(const struct metod_mentee *mentees, size_t n_mentees,
    const struct metod_mentor_in *mentors, size_t n_mentors, const uint32_t *same_subject,
    size_t n_same_subject, const struct metod_match_settings *settings,
    struct metod_arena *arena, struct metod_match_result *ret, struct metod_error *err)
{
	struct metod_match_problem p = {
	    .mentees = mentees,
	    .n = n_mentees,
	    .mentors = mentors,
	    .m = n_mentors,
	    .same_subject = same_subject,
	    .n_same_subject = n_same_subject,
	    .settings = settings,
	    .arena = arena,
	    .err = err,
	};
	struct metod_match_result result = {0};
	size_t most[METOD_MATCH_TIERS + 1];
	enum metod_err code = check(&p);

	if (code != METOD_OK)
		return code;
	pose(&p);
	for (int t = 1; t <= METOD_MATCH_TIERS; t++)
		p.outside[t] = settings->outside[t];
	code = metod_assign_tiers(&p.assign, p.tier, p.outside, true, most, arena, err);
	if (code == METOD_OK)
		code = prove(&p, &result);
	if (code != METOD_OK)
		return code;
	metod_match_explain(&p, &result);
	*ret = result;
	return METOD_OK;
}
