/* SPDX-License-Identifier: Apache-2.0
 * Checks of recommendation rules: their words, that every competency has a rule for every
 * audience and no published finding stays without an offer, that a measure for many does
 * not answer the difficulty of a few, and that no two measures are alike. */
#include "internal.h"

static bool is(const struct metod_node *rule, const char *key, const char *word)
{
	return metod_str_is(metod_node_text(metod_node_get(rule, key)), word);
}

/* Speaks in this place (school or kindergarten) without looking at the size, the age of
 * the team, mentors, the number of answers, coverage or the wave before. */
static bool speaks_in(const struct metod_node *rule, const char *place)
{
	static const char *const keys[] = {
	    "answers_from", "answers_to", "coverage_below", "trend"};
	const struct metod_node *context = metod_node_get(rule, "context");
	size_t n = metod_node_count(context);

	for (size_t i = 0; i < METOD_LEN(keys); i++) {
		if (metod_node_get(rule, keys[i]))
			return false;
	}
	return !is(rule, "shortage", "true") &&
	    (n == 0 || (n == 1 && metod_str_is(metod_node_text(context->first), place)));
}

static bool plain(const struct metod_node *rule)
{
	return speaks_in(rule, "school") || speaks_in(rule, "kindergarten");
}

static void check_measure(
    struct check *check, struct doc *doc, const struct metod_node *rule)
{
	static const char *const texts[] = {
	    "measure", "responsible", "evidence", "acceptance"};
	const struct metod_node *measure =
	    metod_node_get(metod_node_get(rule, "measure"), "ru");

	for (size_t i = 0; i < METOD_LEN(texts); i++)
		conf_check_offer(
		    &doc->source, metod_node_get(metod_node_get(rule, texts[i]), "ru"));
	if (metod_node_text(measure).n)
		conf_check_alike(check, "measures",
		    metod_node_text(metod_node_get(rule, "audience")), &doc->source,
		    measure->line, measure->column, measure->text);
}

/* What one teacher may try can be said to few; a meeting, a day or a course for all is
 * for a noticeable share. */
static void check_share(struct doc *doc, const struct metod_node *rule)
{
	const struct metod_node *class = metod_node_get(rule, "min_class");

	if (plain(rule) && metod_str_is(metod_node_text(class), "few") &&
	    !is(rule, "audience", "teacher") && !is(rule, "competency", "*"))
		conf_hint(&doc->source,
		    conf_at(&doc->source, class,
			"a measure for many must not speak from any share"),
		    "%s",
		    conf_tr(doc->source.issues,
			"min_class: notable; the rule for \"*\" answers a few"));
}

static void check_answers(struct doc *doc, const struct metod_node *rule)
{
	const struct metod_node *from = metod_node_get(rule, "answers_from"),
				*to = metod_node_get(rule, "answers_to");
	uint64_t least, most;

	if (metod_str_u64(metod_node_text(from), &least) &&
	    metod_str_u64(metod_node_text(to), &most) && least > most)
		conf_at(&doc->source, to, "no number of answers fits this rule");
}

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
	conf_check_word(&doc->source, METOD_WORDS_TREND, metod_node_get(rule, "trend"));
	check_answers(doc, rule);
	for (; context; context = context->next)
		conf_check_word(&doc->source, METOD_WORDS_CONTEXT, context);
	if (!metod_str_is(metod_node_text(competency), "*"))
		conf_check_competency(check, &doc->source, competency);
	check_measure(check, doc, rule);
	check_share(doc, rule);
}

static bool has_rule(const struct metod_node *rules, struct metod_str competency,
    const char *audience, const char *place)
{
	for (const struct metod_node *rule = rules->first; rule; rule = rule->next) {
		if (metod_str_eq(metod_node_text(metod_node_get(rule, "competency")),
			competency) &&
		    is(rule, "audience", audience) && speaks_in(rule, place))
			return true;
	}
	return false;
}

/* A finding of a few has an answer: this competency's rule or one for any of them. */
static bool answers_few(const struct metod_node *rules, struct metod_str competency,
    const char *audience, const char *place)
{
	for (const struct metod_node *rule = rules->first; rule; rule = rule->next) {
		struct metod_str of = metod_node_text(metod_node_get(rule, "competency"));

		if ((metod_str_is(of, "*") || metod_str_eq(of, competency)) &&
		    is(rule, "audience", audience) && is(rule, "min_class", "few") &&
		    speaks_in(rule, place))
			return true;
	}
	return false;
}

static void check_covered(struct doc *doc, const struct metod_node *rules,
    struct metod_str competency, const char *audience)
{
	static const char *const places[] = {"school", "kindergarten"};

	for (size_t i = 0; i < METOD_LEN(places); i++) {
		if (!has_rule(rules, competency, audience, places[i]))
			conf_at(&doc->source, rules,
			    "no rule for audience \"%s\" and competency \"%s\" (context \"%s\")",
			    audience, competency.p, places[i]);
		else if (!answers_few(rules, competency, audience, places[i]))
			conf_at(&doc->source, rules,
			    "no rule for audience \"%s\" speaks of competency \"%s\" when few need it (context \"%s\")",
			    audience, competency.p, places[i]);
	}
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
		     id.n && (audience = conf_word_at(METOD_WORDS_AUDIENCE, i)); i++)
			check_covered(doc, rules, id, audience);
	}
}
