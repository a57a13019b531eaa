/* SPDX-License-Identifier: Apache-2.0
 * Is a framework, form, parameter set or rule set whole? Every reference exists, every id
 * is used once, every word belongs to its set. Reads stored frameworks; records nothing.
 */
#include "content.h"

enum { SCALE_ANSWERS = 4, ITEMS_LEAST = 3 };

enum metod_err content_wrong(
    struct loading *load, const char *place, const char *text, struct metod_str named)
{
	struct metod_str at = metod_arena_printf(load->call->arena, "%.*s%s%s",
	    METOD_FMT(load->what), place[0] ? "." : "", place);
	return metod_fail(load->call->err, METOD_RANGE, at.p, "%s%s%.*s", text,
	    named.n ? ": " : "", METOD_FMT(named));
}

static const char *place(
    struct loading *load, const char *list, size_t i, const char *field)
{
	return metod_arena_printf(
	    load->call->arena, "%s[%zu]%s%s", list, i, field[0] ? "." : "", field)
	    .p;
}

/* ---- frameworks ---- */

static enum metod_err check_levels(
    struct loading *load, const char *field, const struct metod_level *levels, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (n != SCALE_ANSWERS || levels[i].value != i)
			return content_wrong(load, field,
			    metod_tr(
				load->call->lang, "four values are needed: 0, 1, 2, 3"),
			    METOD_STR(""));
	return METOD_OK;
}

static bool group_known(const struct metod_framework *framework, struct metod_str id)
{
	for (size_t i = 0; i < framework->groups.n; i++)
		if (metod_str_eq(framework->groups.p[i].id, id))
			return true;
	return false;
}

enum metod_err content_framework(
    struct loading *load, const struct metod_framework *framework)
{
	enum metod_err e =
	    check_levels(load, "scale", framework->scale.p, framework->scale.n);
	if (e == METOD_OK)
		e = check_levels(load, "level_words", framework->level_words.p,
		    framework->level_words.n);
	if (e != METOD_OK)
		return e;
	if (!(framework->severe < framework->need &&
		framework->need < framework->target &&
		framework->target <= framework->resource))
		return content_wrong(load, "cuts",
		    metod_tr(load->call->lang,
			"cuts must rise: severe, need, target, resource"),
		    METOD_STR(""));
	for (size_t i = 0; i < framework->groups.n; i++)
		for (size_t j = 0; j < i; j++)
			if (metod_str_eq(
				framework->groups.p[i].id, framework->groups.p[j].id))
				return content_wrong(load, place(load, "groups", i, "id"),
				    metod_tr(load->call->lang, "this id is used twice"),
				    framework->groups.p[i].id);
	for (size_t i = 0; i < framework->competencies.n; i++) {
		const struct metod_competency *competency = &framework->competencies.p[i];
		if (competency_index(framework, competency->id) != i)
			return content_wrong(load, place(load, "competencies", i, "id"),
			    metod_tr(load->call->lang, "this id is used twice"),
			    competency->id);
		if (!group_known(framework, competency->group))
			return content_wrong(load,
			    place(load, "competencies", i, "group"),
			    metod_tr(load->call->lang,
				"there is no such group in the framework"),
			    competency->group);
	}
	return METOD_OK;
}

/* The framework that comes along, else the stored one. */
static enum metod_err framework_for(
    struct loading *load, struct metod_str id, struct metod_framework *ret)
{
	if (load->req->framework && metod_str_eq(load->req->framework->id, id)) {
		*ret = *load->req->framework;
		return METOD_OK;
	}
	enum metod_err e = framework_of(load->call, id, ret);
	if (e == METOD_NOT_FOUND) {
		content_wrong(load, "framework",
		    metod_tr(load->call->lang, "this framework is not loaded here"), id);
		return metod_hint(load->call->err, "%s",
		    metod_tr(load->call->lang,
			"load the framework first, or in the same call"));
	}
	return e;
}

/* ---- forms ---- */

static enum metod_err check_wordings(struct loading *load, const struct metod_form *form)
{
	for (size_t i = 0; i < form->wordings.n; i++) {
		const struct metod_wording *wording = &form->wordings.p[i];
		for (size_t j = 0; j < i; j++)
			if (metod_str_eq(form->wordings.p[j].key, wording->key))
				return content_wrong(load,
				    place(load, "wordings", i, "key"),
				    metod_tr(load->call->lang, "this id is used twice"),
				    wording->key);
		for (size_t k = 0; k < wording->positions.n; k++) {
			struct metod_str position = wording->positions.p[k];
			if (!metod_word_in(METOD_WORDS_POSITION, position))
				return content_wrong(load,
				    place(load, "wordings", i, "positions"),
				    metod_tr(
					load->call->lang, "there is no such position"),
				    position);
			for (size_t j = 0; j < i; j++)
				if (strs_have(form->wordings.p[j].positions, position))
					return content_wrong(load,
					    place(load, "wordings", i, "positions"),
					    metod_tr(load->call->lang,
						"a position has one wording only"),
					    position);
		}
	}
	return METOD_OK;
}

static enum metod_err check_texts(
    struct loading *load, const struct metod_form *form, size_t i)
{
	const struct metod_item *item = &form->items.p[i];
	for (size_t w = 0; w < form->wordings.n; w++) {
		size_t texts = 0;
		for (size_t t = 0; t < item->texts.n; t++)
			texts += metod_str_eq(
			    item->texts.p[t].wording, form->wordings.p[w].key);
		if (texts != 1)
			return content_wrong(load, place(load, "items", i, "texts"),
			    metod_tr(load->call->lang,
				"exactly one text is needed for this wording"),
			    form->wordings.p[w].key);
	}
	if (item->texts.n != form->wordings.n)
		return content_wrong(load, place(load, "items", i, "texts"),
		    metod_tr(load->call->lang,
			"a text for a wording that the form does not have"),
		    item->id);
	return METOD_OK;
}

static enum metod_err check_items(struct loading *load, const struct metod_form *form,
    const struct metod_framework *framework)
{
	size_t count[METOD_COMPETENCIES_MAX] = {0};
	for (size_t i = 0; i < form->items.n; i++) {
		const struct metod_item *item = &form->items.p[i];
		size_t c = competency_index(framework, item->competency);
		if (c == SIZE_MAX)
			return content_wrong(load, place(load, "items", i, "competency"),
			    metod_tr(load->call->lang,
				"there is no such competency in the framework"),
			    item->competency);
		count[c]++;
		if (form_item(form, item->id) != item)
			return content_wrong(load, place(load, "items", i, "id"),
			    metod_tr(load->call->lang, "this id is used twice"),
			    item->id);
		enum metod_err e = check_texts(load, form, i);
		if (e != METOD_OK)
			return e;
	}
	for (size_t c = 0; c < framework->competencies.n; c++)
		if (count[c] > 0 &&
		    (count[c] < ITEMS_LEAST || count[c] > METOD_ITEMS_MAX))
			return content_wrong(load, "items",
			    metod_tr(
				load->call->lang, "a competency needs 3 to 64 questions"),
			    framework->competencies.p[c].id);
	return METOD_OK;
}

enum metod_err content_form(struct loading *load, const struct metod_form *form)
{
	struct metod_framework framework;
	enum metod_err e = framework_for(load, form->framework, &framework);
	if (e == METOD_OK)
		e = check_wordings(load, form);
	return e == METOD_OK ? check_items(load, form, &framework) : e;
}

/* ---- parameter sets ---- */

static enum metod_err check_param(
    struct loading *load, const struct metod_param *param, const char *at)
{
	struct metod_error inner = {0};
	struct metod_grm grm;
	if (param->c.n != SCALE_ANSWERS - 1)
		return content_wrong(load, at,
		    metod_tr(load->call->lang,
			"three thresholds are needed: the scale has four answers"),
		    param->item);
	grm = grm_of(param);
	if (metod_grm_check(&grm, &inner) != METOD_OK)
		return content_wrong(load, at, inner.message, param->item);
	return METOD_OK;
}

enum metod_err content_paramset(struct loading *load, const struct metod_paramset *set)
{
	struct metod_framework framework;
	enum metod_err e = framework_for(load, set->framework, &framework);
	if (e != METOD_OK)
		return e;
	if (!metod_word_in(METOD_WORDS_LABEL, set->label))
		return content_wrong(load, "label",
		    one_of_words(load->call, METOD_WORDS_LABEL), set->label);
	e = check_param(load, set->standard, "standard");
	for (size_t i = 0; e == METOD_OK && i < set->items.n; i++) {
		const struct metod_param *param = &set->items.p[i];
		if (param->item.n == 0)
			return content_wrong(load, place(load, "items", i, "item"),
			    metod_tr(load->call->lang, "an item id is needed here"),
			    param->item);
		for (size_t j = 0; j < i; j++)
			if (metod_str_eq(set->items.p[j].item, param->item))
				return content_wrong(load,
				    place(load, "items", i, "item"),
				    metod_tr(load->call->lang, "this id is used twice"),
				    param->item);
		e = check_param(load, param, place(load, "items", i, ""));
	}
	return e;
}

/* ---- rules ---- */

static enum metod_err check_rule(struct loading *load, const struct metod_rules *rules,
    size_t i, const struct metod_framework *framework)
{
	const struct metod_advice_rule *rule = &rules->rules.p[i];

	for (size_t j = 0; j < i; j++)
		if (metod_str_eq(rules->rules.p[j].id, rule->id))
			return content_wrong(load, place(load, "rules", i, "id"),
			    metod_tr(load->call->lang, "this id is used twice"),
			    rule->id);
	if (!metod_word_in(METOD_WORDS_AUDIENCE, rule->audience))
		return content_wrong(load, place(load, "rules", i, "audience"),
		    metod_tr(load->call->lang, "there is no such audience"),
		    rule->audience);
	if (!metod_word_in(METOD_WORDS_CLASS, rule->min_class))
		return content_wrong(load, place(load, "rules", i, "min_class"),
		    one_of_words(load->call, METOD_WORDS_CLASS), rule->min_class);
	if (rule->trend.n && !metod_word_in(METOD_WORDS_TREND, rule->trend))
		return content_wrong(load, place(load, "rules", i, "trend"),
		    one_of_words(load->call, METOD_WORDS_TREND), rule->trend);
	if (rule->answers_to && rule->answers_from > rule->answers_to)
		return content_wrong(load, place(load, "rules", i, "answers_to"),
		    metod_tr(load->call->lang, "no number of answers fits this rule"),
		    rule->id);
	if (!metod_str_is(rule->competency, "*") &&
	    !competency_of(framework, rule->competency))
		return content_wrong(load, place(load, "rules", i, "competency"),
		    metod_tr(
			load->call->lang, "there is no such competency in the framework"),
		    rule->competency);
	for (size_t k = 0; k < rule->context.n; k++)
		if (!metod_word_in(METOD_WORDS_CONTEXT, rule->context.p[k]))
			return content_wrong(load, place(load, "rules", i, "context"),
			    one_of_words(load->call, METOD_WORDS_CONTEXT),
			    rule->context.p[k]);
	return METOD_OK;
}

enum metod_err content_rules(struct loading *load, const struct metod_rules *rules)
{
	struct metod_framework framework;
	enum metod_err e = framework_for(load, rules->framework, &framework);
	for (size_t i = 0; e == METOD_OK && i < rules->rules.n; i++)
		e = check_rule(load, rules, i, &framework);
	return e;
}
