/* SPDX-License-Identifier: Apache-2.0
 * Explains a solved matching: why this mentor, why not that one, and who waits for which
 * places. Must not change the answer. */
#include "match_problem.h"

/* A mentor beside the chosen one: possible ones, best first, then excluded ones. */
struct option {
	size_t server;
	int64_t gain;
	int32_t score;
	enum metod_match_reason why;
};

static uint32_t candidates(const struct metod_match_problem *p, size_t i)
{
	return p->assign.start[i + 1] - p->assign.start[i];
}

static bool better_option(const struct option *x, const struct option *y)
{
	bool x_free = x->why == METOD_WHY_PAIRED, y_free = y->why == METOD_WHY_PAIRED;
	if (x_free != y_free)
		return x_free;
	return x->gain > y->gain;
}

static void keep_best(struct option *best, size_t *n, size_t max, struct option option)
{
	size_t at = *n < max ? (*n)++ : max;
	if (at == max && !better_option(&option, &best[--at]))
		return;
	for (; at > 0 && better_option(&option, &best[at - 1]); at--)
		best[at] = best[at - 1];
	best[at] = option;
}

static size_t best_options(
    const struct metod_match_problem *p, size_t i, struct option *best, size_t max)
{
	size_t n = 0;

	const struct metod_assign *a = &p->assign;
	for (uint32_t e = a->start[i]; e < a->start[i + 1]; e++) {
		struct metod_assign_edge edge = a->edge[e];
		if ((int32_t)edge.server == a->mate[i])
			continue;
		keep_best(best, &n, max,
		    (struct option){.server = edge.server,
			.gain = metod_assign_amount(a, edge.gain),
			.score = edge.gain >> METOD_TIE_BITS,
			.why = METOD_WHY_PAIRED});
	}
	bool room = n < max;
	for (size_t j = 0; j < p->m && room; j++) {
		struct option option = {.server = j};
		int32_t terms[METOD_TERMS];
		if (metod_match_score_at(p, i, j, terms, &option.score, &option.why) ||
		    option.why == METOD_WHY_NO_MENTOR || option.why == METOD_WHY_SELF)
			continue;
		option.gain = option.score;
		keep_best(best, &n, max, option);
	}
	return n;
}

/* Why a mentor who was possible was not taken. */
static enum metod_match_reason why_not(const struct metod_match_problem *p,
    const struct metod_pair_out *pair, const struct option *option)
{
	if (option->why != METOD_WHY_PAIRED)
		return option->why;
	bool full = p->assign.load[option->server] >= p->assign.capacity[option->server];
	if (pair->mentor == 0 || (full && option->score >= pair->score))
		return METOD_WHY_FULL;
	return METOD_WHY_SCORE;
}

static void list_alternatives(
    const struct metod_match_problem *p, size_t i, struct metod_pair_out *pair)
{
	struct option best[METOD_LEN(pair->alternative)];

	pair->n_alternatives = best_options(p, i, best, METOD_LEN(best));
	for (size_t a = 0; a < pair->n_alternatives; a++) {
		pair->alternative[a].mentor = metod_mentor_at(p, best[a].server)->id;
		pair->alternative[a].score = best[a].score;
		pair->alternative[a].why = why_not(p, pair, &best[a]);
	}
}

/* The rule that took most of the admitted mentors away. */
static enum metod_match_reason binding_reason(
    const struct metod_match_problem *p, size_t i)
{
	size_t count[METOD_WHY_SCORE + 1] = {0};
	enum metod_match_reason most = METOD_WHY_NO_MENTOR;

	if (candidates(p, i) > 0)
		return METOD_WHY_FULL;
	for (size_t j = 0; j < p->m; j++) {
		int32_t terms[METOD_TERMS], score;
		enum metod_match_reason why;
		metod_match_score_at(p, i, j, terms, &score, &why);
		count[why]++;
	}
	count[METOD_WHY_NO_MENTOR] = 0;
	for (int why = METOD_WHY_BLOCKED; why < METOD_WHY_SCORE; why++)
		if (count[why] > count[most])
			most = (enum metod_match_reason)why;
	return most;
}

static void list_pairs(
    const struct metod_match_problem *p, struct metod_match_result *ret)
{
	ret->n_pairs = p->n;
	ret->pairs = METOD_NEWS(p->arena, p->n + 1, struct metod_pair_out);
	for (size_t i = 0; i < p->n; i++) {
		struct metod_pair_out *pair = &ret->pairs[i];
		int32_t mate = p->assign.mate[i];
		pair->mentee = metod_mentee_at(p, i)->id;
		ret->total_by_tier[p->tier[i]]++;
		if (mate == METOD_ASSIGN_OUT) {
			pair->why = binding_reason(p, i);
		} else {
			pair->mentor = metod_mentor_at(p, (size_t)mate)->id;
			metod_match_score_at(
			    p, i, (size_t)mate, pair->terms, &pair->score, &pair->why);
			pair->general = pair->terms[METOD_TERM_COV] == 0;
			ret->matched++;
			ret->matched_by_tier[p->tier[i]]++;
		}
		list_alternatives(p, i, pair);
	}
	ret->n_prices = p->m;
	ret->price = p->assign.price;
	ret->price_mentor = METOD_NEWS(p->arena, p->m + 1, uint64_t);
	for (size_t j = 0; j < p->m; j++)
		ret->price_mentor[j] = metod_mentor_at(p, j)->id;
	for (int t = 1; t <= METOD_MATCH_TIERS; t++)
		ret->outside[t] = p->outside[t];
	ret->scale = p->assign.scale;
}

/* ---- shortage ---- */

/* First uncovered mentee of tier 1, else 2, by id; one with candidates tells more. */
static size_t first_uncovered(const struct metod_match_problem *p)
{
	for (unsigned wish = 0; wish < 2; wish++)
		for (unsigned t = 1; t <= 2; t++)
			for (size_t i = 0; i < p->n; i++)
				if (p->tier[i] == t &&
				    p->assign.mate[i] == METOD_ASSIGN_OUT &&
				    (wish == 1 || candidates(p, i) > 0))
					return i;
	return p->n;
}

static bool reaches_only(
    const struct metod_match_problem *p, size_t i, const bool *servers)
{
	for (uint32_t e = p->assign.start[i]; e < p->assign.start[i + 1]; e++)
		if (!servers[p->assign.edge[e].server])
			return false;
	return candidates(p, i) > 0;
}

/* From one uncovered mentee to all mentors he may have, to those they serve, and on:
 * everybody so reached asks for the same full places. Others who wait for nothing but
 * these places join. */
static void find_shortage(
    const struct metod_match_problem *p, struct metod_match_result *ret)
{
	const struct metod_assign *a = &p->assign;
	size_t start = first_uncovered(p), head = 0, tail = 0;
	bool *servers = METOD_NEWS(p->arena, p->m + 1, bool);
	bool *inside = METOD_NEWS(p->arena, p->n + 1, bool);
	size_t *queue = METOD_NEWS(p->arena, p->n + 1, size_t);

	if (start == p->n)
		return;
	inside[start] = true;
	queue[tail++] = start;
	while (head < tail) {
		size_t i = queue[head++];
		for (uint32_t e = a->start[i]; e < a->start[i + 1]; e++) {
			uint32_t j = a->edge[e].server;
			if (servers[j])
				continue;
			servers[j] = true;
			ret->shortage_places += a->capacity[j];
			for (uint32_t k = 0; k < a->load[j]; k++) {
				uint32_t q = a->holder[a->place[j] + k];
				inside[q] = true;
				queue[tail++] = q;
			}
		}
	}
	ret->shortage_ids = METOD_NEWS(p->arena, p->n, uint64_t);
	for (size_t i = 0; i < p->n; i++) {
		bool waits = a->mate[i] == METOD_ASSIGN_OUT && p->tier[i] <= 2;
		if (inside[i] || (waits && reaches_only(p, i, servers)))
			ret->shortage_ids[ret->n_shortage_ids++] =
			    metod_mentee_at(p, i)->id;
	}
	ret->shortage_mentees = ret->n_shortage_ids;
}

void metod_match_explain(
    const struct metod_match_problem *p, struct metod_match_result *ret)
{
	list_pairs(p, ret);
	find_shortage(p, ret);
}
