/* SPDX-License-Identifier: Apache-2.0
 * Checks of recommendation rules: their words, and that every competency has a rule for
 * every audience, so that no published finding stays without an offer. */
#include "internal.h"

static void check_rule(
    struct check *check, struct doc *doc, const struct metod_node *rule)
{
	const struct metod_node *competency = metod_node_get(rule, "competency");
	const struct metod_node *context =
	    metod_node_first(metod_node_get(rule, "context"));

	conf_check_word(
	    &doc->source, METOD_WORDS_AUDIENCE, metod_node_get(rule, "audience"));
	conf_check_word(
	    &doc->source, METOD_WORDS_CLASS, metod_node_get(rule, "min_class"));
	for (; context; context = context->next)
		conf_check_word(&doc->source, METOD_WORDS_CONTEXT, context);
	if (!metod_str_is(metod_node_text(competency), "*"))
		conf_check_competency(check, &doc->source, competency);
}

/* A rule that needs no special context. */
static bool has_rule(
    const struct metod_node *rules, struct metod_str competency, const char *audience)
{
	for (const struct metod_node *rule = rules->first; rule; rule = rule->next) {
		if (metod_str_eq(metod_node_text(metod_node_get(rule, "competency")),
			competency) &&
		    metod_str_is(
			metod_node_text(metod_node_get(rule, "audience")), audience) &&
		    metod_node_count(metod_node_get(rule, "context")) == 0)
			return true;
	}
	return false;
}

void conf_check_rules(struct check *check, struct doc *doc)
{
	const struct metod_node *rules = metod_node_get(doc->root, "rules");
	const struct metod_node *one = metod_node_first(check->competencies);
	const char *audience;

	if (!rules || rules->kind != METOD_NODE_LIST)
		return;
	conf_check_ids(&doc->source, rules, "id");
	for (const struct metod_node *rule = rules->first; rule; rule = rule->next)
		check_rule(check, doc, rule);
	for (; one; one = one->next) {
		struct metod_str id = metod_node_text(metod_node_get(one, "id"));

		for (size_t i = 0;
		     id.n && (audience = conf_word_at(METOD_WORDS_AUDIENCE, i)); i++) {
			if (!has_rule(rules, id, audience))
				conf_at(&doc->source, rules,
				    "no rule for audience \"%s\" and competency \"%s\"",
				    audience, id.p);
		}
	}
}
