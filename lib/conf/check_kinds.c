/* SPDX-License-Identifier: Apache-2.0
 * Checks of the kinds that the daemon does not store (kinds.h): second stage, selection,
 * observation, card, practices, site; and what only the whole folder can tell. */
#include "internal.h"

#include <string.h>

enum { INDICATORS_OF_COMPETENCY = 2 };

static bool is_one_of(struct metod_str word, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (metod_str_is(word, words[i]))
			return true;
	}
	return false;
}

static void check_own_word(struct source *source, const struct metod_node *node,
    const char *const *words, size_t n)
{
	if (!metod_node_text(node).n || is_one_of(node->text, words, n))
		return;
	conf_suggest(source,
	    conf_at(
		source, node, "unknown word \"%s\"", conf_excerpt(source, node->text)),
	    conf_nearest(words, n, node->text));
}

static const struct metod_node *competency_named(
    const struct check *check, struct metod_str id)
{
	return conf_with(check->competencies, "id", id);
}

static size_t count_of(const struct metod_node *items, struct metod_str competency)
{
	size_t n = 0;

	for (const struct metod_node *one = metod_node_first(items); one; one = one->next)
		n += metod_str_eq(
		    metod_node_text(metod_node_get(one, "competency")), competency);
	return n;
}

/* ---- second stage and selection ---- */

static const struct doc *form_of(struct check *check, struct doc *doc, const char *key)
{
	const struct metod_node *node = metod_node_get(doc->root, key);
	const struct doc *form;

	if (!metod_node_text(node).n || !check->docs.folder)
		return NULL;
	form = conf_doc(check, "form", node->text);
	if (!form)
		conf_at(&doc->source, node, "there is no form \"%s\" among the files",
		    conf_excerpt(&doc->source, node->text));
	return form;
}

/* Both files say for themselves who reads which wording; they must not part ways. */
static void check_same_wordings(struct doc *doc, const struct doc *form)
{
	const struct metod_node *theirs = metod_node_get(form->root, "wordings");
	const struct metod_node *ours = metod_node_get(doc->root, "wordings");

	for (const struct metod_node *one = metod_node_first(ours); one;
	     one = one->next) {
		struct metod_str key = metod_node_text(metod_node_get(one, "key"));
		const struct metod_node *other = conf_with(theirs, "key", key);
		const struct metod_node *a =
		    metod_node_first(metod_node_get(one, "positions"));
		const struct metod_node *b =
		    metod_node_first(metod_node_get(other, "positions"));

		while (a && b && metod_str_eq(a->text, b->text)) {
			a = a->next;
			b = b->next;
		}
		if (!other || a || b)
			conf_at(&doc->source, one,
			    "this wording differs from the one in %s",
			    form->source.file.p);
	}
	if (metod_node_count(theirs) != metod_node_count(ours) && ours)
		conf_at(&doc->source, ours, "the wordings differ from those in %s",
		    form->source.file.p);
}

void conf_check_second_stage(struct check *check, struct doc *doc)
{
	const struct doc *form = form_of(check, doc, "form");
	const struct metod_node *theirs, *item;

	conf_check_items(check, doc);
	if (!form)
		return;
	check_same_wordings(doc, form);
	theirs = metod_node_get(form->root, "items");
	item = metod_node_first(metod_node_get(doc->root, "items"));
	for (; item; item = item->next) {
		const struct metod_node *id = metod_node_get(item, "id");
		const struct metod_node *competency = metod_node_get(item, "competency");

		if (metod_node_text(id).n && conf_with(theirs, "id", id->text))
			conf_at(&doc->source, id, "%s has a question \"%s\" already",
			    form->source.file.p, conf_excerpt(&doc->source, id->text));
		if (metod_node_text(competency).n && !count_of(theirs, competency->text))
			conf_at(&doc->source, competency,
			    "%s asks nothing about \"%s\" at first", form->source.file.p,
			    conf_excerpt(&doc->source, competency->text));
	}
}

void conf_check_selection(struct check *check, struct doc *doc)
{
	const struct doc *form = form_of(check, doc, "from");
	const struct metod_node *list = metod_node_get(doc->root, "competencies");

	for (const struct metod_node *one = metod_node_first(list); one;
	     one = one->next) {
		conf_check_competency(check, &doc->source, one);
		if (form && conf_known(check, metod_node_text(one)) &&
		    !count_of(metod_node_get(form->root, "items"), metod_node_text(one)))
			conf_at(&doc->source, one,
			    "%s asks nothing about \"%s\" at first", form->source.file.p,
			    conf_excerpt(&doc->source, one->text));
		for (const struct metod_node *two = list->first; two != one;
		     two = two->next) {
			if (metod_str_eq(metod_node_text(two), metod_node_text(one)))
				conf_at(&doc->source, one,
				    "\"%s\" stands here twice, first in line %u",
				    conf_excerpt(&doc->source, one->text), two->line);
		}
	}
}

/* ---- observation ---- */

static void check_indicator(
    struct check *check, struct doc *doc, const struct metod_node *item)
{
	static const char *const settings[] = {"lesson", "kindergarten"};
	const struct metod_node *competency = metod_node_get(item, "competency");
	const struct metod_node *known =
	    competency_named(check, metod_node_text(competency));

	conf_check_competency(check, &doc->source, competency);
	if (known &&
	    !metod_str_is(metod_node_text(metod_node_get(known, "observable")), "true"))
		conf_at(&doc->source, competency,
		    "\"%s\" is not marked observable in the framework",
		    conf_excerpt(&doc->source, competency->text));
	for (size_t i = 0; i < METOD_LEN(settings); i++) {
		const struct metod_node *ru =
		    metod_node_get(metod_node_get(item, settings[i]), "ru");

		if (metod_node_text(ru).n)
			conf_check_alike(check, "indicators", metod_str(settings[i]),
			    &doc->source, ru->line, ru->column, ru->text);
	}
}

void conf_check_observation(struct check *check, struct doc *doc)
{
	const struct metod_node *items = metod_node_get(doc->root, "items");
	const struct metod_node *one = metod_node_first(items);

	conf_check_levels(&doc->source, doc->root, "scale");
	conf_check_ids(&doc->source, items, "id");
	for (; one; one = one->next)
		check_indicator(check, doc, one);
	for (one = metod_node_first(check->competencies); items && one; one = one->next) {
		struct metod_str id = metod_node_text(metod_node_get(one, "id"));
		size_t n = count_of(items, id);

		if (n != INDICATORS_OF_COMPETENCY &&
		    metod_str_is(
			metod_node_text(metod_node_get(one, "observable")), "true"))
			conf_at(&doc->source, items,
			    "competency \"%s\" has %zu indicators, %d are needed", id.p,
			    n, INDICATORS_OF_COMPETENCY);
	}
}

/* ---- cards ---- */

static const char *const uses[] = {
    "needs", "conditions", "help", "checklist", "external"};
static const char *const types[] = {
    "choice", "several", "text", "number", "date", "competencies"};

static void check_question(
    struct doc *doc, const struct metod_node *section, const struct metod_node *question)
{
	const struct metod_node *type = metod_node_get(question, "type");
	const struct metod_node *choices = metod_node_get(question, "choices");
	bool chosen = metod_str_is(metod_node_text(type), "choice") ||
	    metod_str_is(metod_node_text(type), "several");

	check_own_word(&doc->source, type, types, METOD_LEN(types));
	conf_check_ids(&doc->source, choices, "value");
	if (!choices && chosen)
		choices = metod_node_get(section, "choices");
	if (chosen && metod_node_count(choices) < 2)
		conf_at(&doc->source, question, "two choices at least are needed");
	if (!chosen && choices)
		conf_at(&doc->source, choices, "this type of question has no choices");
}

/* The same id in two sections is one column of the answers. */
static void check_section(struct doc *doc, const struct metod_node *section)
{
	const struct metod_node *question =
	    metod_node_first(metod_node_get(section, "questions"));

	conf_check_ids(&doc->source, metod_node_get(section, "questions"), "id");
	conf_check_ids(&doc->source, metod_node_get(section, "choices"), "value");
	for (; question; question = question->next) {
		const struct metod_node *id = metod_node_get(question, "id");
		const struct metod_node *other =
		    metod_node_first(metod_node_get(doc->root, "sections"));

		check_question(doc, section, question);
		for (; metod_node_text(id).n && other && other != section;
		     other = other->next) {
			if (conf_with(metod_node_get(other, "questions"), "id", id->text))
				conf_at(&doc->source, id,
				    "a question \"%s\" stands in another section",
				    conf_excerpt(&doc->source, id->text));
		}
	}
}

static bool has_type(const struct metod_node *sections, const char *type)
{
	for (const struct metod_node *section = metod_node_first(sections); section;
	     section = section->next) {
		if (conf_with(
			metod_node_get(section, "questions"), "type", metod_str(type)))
			return true;
	}
	return false;
}

void conf_check_card(struct check *check, struct doc *doc)
{
	const struct metod_node *sections = metod_node_get(doc->root, "sections");
	const struct metod_node *use = metod_node_get(doc->root, "use");
	const struct metod_node *form =
	    metod_node_first(metod_node_get(doc->root, "forms"));

	check_own_word(&doc->source, use, uses, METOD_LEN(uses));
	conf_check_ids(&doc->source, sections, "id");
	for (const struct metod_node *one = metod_node_first(sections); one;
	     one = one->next)
		check_section(doc, one);
	for (; form; form = form->next) {
		if (check->docs.folder && metod_node_text(form).n &&
		    !conf_doc(check, "form", form->text) &&
		    !conf_doc(check, "selection", form->text) &&
		    !conf_doc(check, "observation", form->text))
			conf_at(&doc->source, form,
			    "there is no form \"%s\" among the files",
			    conf_excerpt(&doc->source, form->text));
	}
	if (sections && !has_type(sections, "text"))
		conf_at(&doc->source, sections, "an open line is missing (type text)");
	if (metod_str_is(metod_node_text(use), "needs") &&
	    !has_type(sections, "competencies"))
		conf_at(&doc->source, sections,
		    "a card of needs asks for themes (type competencies)");
}

/* ---- practices ---- */

void conf_check_practices(struct check *check, struct doc *doc)
{
	const struct metod_node *list = metod_node_get(doc->root, "practices");
	const struct metod_node *one = metod_node_first(list), *word;

	conf_check_ids(&doc->source, list, "id");
	for (; one; one = one->next) {
		const struct metod_node *title =
		    metod_node_get(metod_node_get(one, "title"), "ru");

		conf_check_competency(
		    check, &doc->source, metod_node_get(one, "competency"));
		for (word = metod_node_first(metod_node_get(one, "audiences")); word;
		     word = word->next)
			conf_check_word(&doc->source, METOD_WORDS_AUDIENCE, word);
		for (word = metod_node_first(metod_node_get(one, "positions")); word;
		     word = word->next)
			conf_check_word(&doc->source, METOD_WORDS_POSITION, word);
		if (metod_node_text(title).n)
			conf_check_alike(check, "practices", METOD_STR(""), &doc->source,
			    title->line, title->column, title->text);
	}
	for (one = metod_node_first(check->competencies); list && one; one = one->next) {
		struct metod_str id = metod_node_text(metod_node_get(one, "id"));

		if (id.n && !count_of(list, id))
			conf_at(&doc->source, list, "competency \"%s\" has no practice",
			    id.p);
	}
}

/* ---- site ---- */

/* How often a competency stands in the named lists of a map. */
static size_t times(const struct metod_node *map, const char *const *keys, size_t n,
    struct metod_str competency)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++) {
		const struct metod_node *one =
		    metod_node_first(metod_node_get(map, keys[i]));

		for (; one; one = one->next)
			found += metod_str_eq(metod_node_text(one), competency);
	}
	return found;
}

static void check_known(struct check *check, struct doc *doc,
    const struct metod_node *map, const char *const *keys, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct metod_node *one =
		    metod_node_first(metod_node_get(map, keys[i]));

		for (; one; one = one->next)
			conf_check_competency(check, &doc->source, one);
	}
}

static void check_customary(struct check *check, struct doc *doc)
{
	static const char *const keys[] = {"competencies"};
	const struct metod_node *groups = metod_node_get(doc->root, "customary");
	const struct metod_node *one = metod_node_first(check->competencies), *group;

	conf_check_ids(&doc->source, groups, "id");
	for (group = metod_node_first(groups); group; group = group->next)
		check_known(check, doc, group, keys, 1);
	for (; groups && one; one = one->next) {
		struct metod_str id = metod_node_text(metod_node_get(one, "id"));
		size_t found = 0;

		for (group = groups->first; group; group = group->next)
			found += times(group, keys, 1, id);
		if (id.n && found != 1)
			conf_at(&doc->source, groups,
			    "competency \"%s\" stands in %zu customary groups, 1 is right",
			    id.p, found);
	}
}

static void check_required(struct check *check, struct doc *doc)
{
	static const char *const keys[] = {"independent", "example", "none"};
	const struct metod_node *list = metod_node_get(doc->root, "required");
	const char *position;

	for (const struct metod_node *row = metod_node_first(list); row;
	     row = row->next) {
		const struct metod_node *one = metod_node_first(check->competencies);

		conf_check_word(
		    &doc->source, METOD_WORDS_POSITION, metod_node_get(row, "position"));
		check_known(check, doc, row, keys, METOD_LEN(keys));
		for (; one; one = one->next) {
			struct metod_str id = metod_node_text(metod_node_get(one, "id"));
			size_t found = times(row, keys, METOD_LEN(keys), id);

			if (id.n && found != 1)
				conf_at(&doc->source, row,
				    "competency \"%s\" stands in %zu levels of this position, 1 is right",
				    id.p, found);
		}
	}
	for (size_t i = 0; list && (position = conf_word_at(METOD_WORDS_POSITION, i));
	     i++) {
		if (!conf_with(list, "position", metod_str(position)))
			conf_at(&doc->source, list,
			    "position \"%s\" has no required levels", position);
	}
}

void conf_check_site(struct check *check, struct doc *doc)
{
	check_customary(check, doc);
	check_required(check, doc);
}

/* ---- the whole folder ---- */

static bool card_names(const struct check *check, const char *use, struct metod_str form)
{
	for (size_t i = 0; i < check->docs.n; i++) {
		const struct doc *doc = &check->docs.p[i];
		const struct metod_node *one =
		    metod_node_first(metod_node_get(doc->root, "forms"));

		if (!metod_str_is(doc->kind, "card") ||
		    !metod_str_is(metod_node_text(metod_node_get(doc->root, "use")), use))
			continue;
		for (; one; one = one->next) {
			if (metod_str_eq(metod_node_text(one), form))
				return true;
		}
	}
	return false;
}

/* Where there are cards at all, every questionnaire ends with needs and an open line. */
void conf_check_folder(struct check *check)
{
	bool cards = false;

	for (size_t i = 0; i < check->docs.n; i++)
		cards |= metod_str_is(check->docs.p[i].kind, "card");
	for (size_t i = 0; cards && i < check->docs.n; i++) {
		struct doc *doc = &check->docs.p[i];
		const struct metod_node *id = metod_node_get(doc->root, "id");

		if (!metod_str_is(doc->kind, "form") &&
		    !metod_str_is(doc->kind, "selection"))
			continue;
		if (metod_node_text(id).n && !card_names(check, "needs", id->text))
			conf_at(&doc->source, id,
			    "no card of needs names the form \"%s\"",
			    conf_excerpt(&doc->source, id->text));
	}
}
