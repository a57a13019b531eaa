/* SPDX-License-Identifier: Apache-2.0
 * Address recommendations: which rules speak about which published findings, and in what
 * order. Knows numbers that have already passed the small-group rule; must not know texts
 * or persons. Invariant: a finding that may not be shown never gives a line. */
#include "metod/recommend.h"

#include "order.h"

enum { RULES_PER_FINDING = 2 };

static bool may_be_shown(const struct metod_shown *need)
{
	return need->how == METOD_SHOW_CLASS || need->how == METOD_SHOW_EXACT;
}

static enum metod_share_class class_of(const struct metod_shown *need)
{
	if (need->how != METOD_SHOW_EXACT)
		return need->cls;
	if (4 * need->part < need->n)
		return METOD_CLASS_FEW;
	return 2 * need->part > need->n ? METOD_CLASS_MOST : METOD_CLASS_NOTABLE;
}

/* Class first: it is what both kinds of numbers have. Inside a class exact shares come by
 * size, then the classed ones; then the larger group, then names that never change. */
static bool stronger(const void *context, size_t x, size_t y)
{
	const struct metod_finding *findings = context, *a = &findings[x],
				   *b = &findings[y];

	if (class_of(&a->need) != class_of(&b->need))
		return class_of(&a->need) > class_of(&b->need);
	if (a->need.how != b->need.how)
		return a->need.how == METOD_SHOW_EXACT;
	if (a->need.how == METOD_SHOW_EXACT) {
		uint64_t left = a->need.part * b->need.n,
			 right = b->need.part * a->need.n;
		if (left != right)
			return left > right;
	}
	if (a->need.n != b->need.n)
		return a->need.n > b->need.n;
	if (a->competency != b->competency)
		return a->competency < b->competency;
	return a->scope < b->scope;
}

/* Few in a large territory may be many people: a group of its own is worth a measure. */
static bool enough(const struct metod_rule *rule, const struct metod_shown *need)
{
	return class_of(need) >= rule->min_class ||
	    (rule->people && need->how == METOD_SHOW_EXACT && need->part >= rule->people);
}

/* A number that is not shown decides nothing. */
static bool answers_fit(
    const struct metod_rule *rule, const struct metod_finding *finding)
{
	uint64_t n = finding->need.n, answered = finding->answered;

	if (n < rule->answers_from || (rule->answers_to && n > rule->answers_to))
		return false;
	return !rule->coverage_below ||
	    (answered && 100 * answered < rule->coverage_below * finding->invited);
}

static bool trend_fits(const struct metod_rule *rule, const struct metod_finding *finding)
{
	const struct metod_shown *now = &finding->need, *before = &finding->before;

	if (rule->trend == METOD_TREND_ANY)
		return true;
	if (!may_be_shown(before))
		return false;
	if (rule->trend == METOD_TREND_LASTING)
		return class_of(before) >= rule->min_class;
	return now->how == METOD_SHOW_EXACT && before->how == METOD_SHOW_EXACT &&
	    now->lo > before->hi;
}

static bool speaks_of(const struct metod_rule *rule, const struct metod_finding *finding,
    unsigned audience, uint64_t context)
{
	return rule->audience == audience &&
	    (rule->competency == METOD_ANY || rule->competency == finding->competency) &&
	    enough(rule, &finding->need) && (!rule->when_shortage || finding->shortage) &&
	    answers_fit(rule, finding) && trend_fits(rule, finding) &&
	    (rule->context & ~context) == 0;
}

static bool comes_before(const struct metod_rule *x, const struct metod_rule *y)
{
	bool x_any = x->competency == METOD_ANY, y_any = y->competency == METOD_ANY;

	if (!x->coverage_below != !y->coverage_below)
		return x->coverage_below;
	if (x_any != y_any)
		return y_any;
	return x->priority > y->priority;
}

static bool fallback(const struct metod_rule *rule)
{
	return rule->competency == METOD_ANY && !rule->context && !rule->when_shortage &&
	    !rule->answers_from && !rule->answers_to && !rule->coverage_below &&
	    !rule->trend;
}

/* The best rules for a finding, best first; in equal rank the order of the rules. `said`
 * marks the general rules that have spoken to this audience. */
static size_t pick_rules(const struct metod_rule *rules, size_t n,
    const struct metod_finding *finding, unsigned audience, uint64_t context,
    const bool *said, uint32_t best[RULES_PER_FINDING])
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		size_t at = count;
		if (said[i] || !speaks_of(&rules[i], finding, audience, context))
			continue;
		while (at > 0 && comes_before(&rules[i], &rules[best[at - 1]]))
			at--;
		if (at == RULES_PER_FINDING)
			continue;
		count += count < RULES_PER_FINDING;
		for (size_t k = count - 1; k > at; k--)
			best[k] = best[k - 1];
		best[at] = (uint32_t)i;
	}
	/* Specific rules stand first: a fallback behind one has nothing to add. */
	while (count > 1 && fallback(&rules[best[count - 1]]))
		count--;
	return count;
}

/* Lines for one audience; returns how many. */
static size_t pick_for(unsigned audience, const struct metod_finding *findings,
    const size_t *order, size_t n_findings, const struct metod_rule *rules,
    size_t n_rules, uint64_t context, size_t limit, bool *said,
    struct metod_advice *advice)
{
	size_t used = 0, n = 0;

	for (size_t i = 0; i < n_findings && used < limit; i++) {
		uint32_t best[RULES_PER_FINDING];
		const struct metod_finding *finding = &findings[order[i]];
		size_t count;
		if (!may_be_shown(&finding->need))
			continue;
		count =
		    pick_rules(rules, n_rules, finding, audience, context, said, best);
		for (size_t k = 0; k < count; k++) {
			advice[n++] = (struct metod_advice){best[k], (uint32_t)order[i]};
			said[best[k]] = rules[best[k]].competency == METOD_ANY;
		}
		used += count > 0;
	}
	return n;
}

size_t metod_recommend_pick(const struct metod_finding *findings, size_t n_findings,
    const struct metod_rule *rules, size_t n_rules, unsigned audiences, uint64_t context,
    size_t limit, struct metod_arena *arena, struct metod_advice **ret)
{
	static const unsigned all[] = {METOD_FOR_TEACHER, METOD_FOR_ASSOCIATION,
	    METOD_FOR_DEPUTY, METOD_FOR_MUNICIPALITY};
	const size_t *order = metod_order(n_findings, stronger, findings, arena);
	size_t room = n_findings < limit ? n_findings : limit, n = 0;
	struct metod_advice *advice = METOD_NEWS(
	    arena, METOD_LEN(all) * RULES_PER_FINDING * room + 1, struct metod_advice);
	bool *said = METOD_NEWS(arena, n_rules + 1, bool); /* rules have one audience */

	for (size_t a = 0; a < METOD_LEN(all); a++) {
		if (audiences & all[a])
			n += pick_for(all[a], findings, order, n_findings, rules, n_rules,
			    context, limit, said, advice + n);
	}
	*ret = advice;
	return n;
}
