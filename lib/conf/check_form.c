/* SPDX-License-Identifier: Apache-2.0
 * Checks of one form and of its second stage: every position has a wording, every item a
 * text in each of them, every competency its three items, no text twice or nearly twice.
 * The wording of a single text is check_text.c. */
#include "internal.h"

#include <string.h>

enum { ITEMS_OF_COMPETENCY = 3 };

/* A form with a single wording is short: only what the work of its positions has. */
static bool for_everybody(const struct doc *doc)
{
	return metod_node_count(metod_node_get(doc->root, "wordings")) > 1;
}

static void check_wordings(struct doc *doc, const struct metod_node *wordings)
{
	struct source *source = &doc->source;
	bool taken[16] = {false};
	const char *word;

	conf_check_ids(source, wordings, "key");
	for (const struct metod_node *one = metod_node_first(wordings); one;
	     one = one->next) {
		const struct metod_node *position =
		    metod_node_first(metod_node_get(one, "positions"));

		for (; position; position = position->next) {
			conf_check_word(source, METOD_WORDS_POSITION, position);
			for (size_t i = 0; (word = conf_word_at(METOD_WORDS_POSITION, i));
			     i++) {
				if (!metod_str_is(metod_node_text(position), word))
					continue;
				if (taken[i])
					conf_at(source, position,
					    "position \"%s\" has two wordings", word);
				taken[i] = true;
			}
		}
	}
	for (size_t i = 0;
	     for_everybody(doc) && (word = conf_word_at(METOD_WORDS_POSITION, i)); i++) {
		if (!taken[i])
			conf_at(source, wordings, "position \"%s\" has no wording", word);
	}
}

/* SUB-1: the competency and a number. */
static void check_item_id(struct doc *doc, const struct metod_node *item)
{
	const struct metod_node *id = metod_node_get(item, "id");
	struct metod_str competency = metod_node_text(metod_node_get(item, "competency"));
	struct metod_str number = metod_node_text(id);
	uint64_t value;

	if (!id || id->kind != METOD_NODE_SCALAR || !competency.n)
		return;
	if (metod_str_starts(number, competency.p) && number.n > competency.n + 1 &&
	    number.p[competency.n] == '-' &&
	    metod_str_u64((struct metod_str){number.p + competency.n + 1,
			      number.n - competency.n - 1},
		&value))
		return;
	conf_at(&doc->source, id, "the id of this item must be \"%s-\" and a number",
	    conf_excerpt(&doc->source, competency));
}

static void check_item(
    struct check *check, struct doc *doc, const struct metod_node *item)
{
	const struct metod_node *wording =
	    metod_node_first(metod_node_get(doc->root, "wordings"));

	conf_check_competency(check, &doc->source, metod_node_get(item, "competency"));
	check_item_id(doc, item);
	for (; wording; wording = wording->next) {
		struct metod_str key = metod_node_text(metod_node_get(wording, "key"));
		const struct metod_node *text;

		if (!key.n)
			continue;
		text = metod_node_get(item, key.p);
		if (!text) {
			conf_at(&doc->source, item,
			    "the item has no text for wording \"%s\"", key.p);
			continue;
		}
		conf_check_item_text(check, &doc->source, metod_node_get(text, "ru"));
	}
}

static void check_alike(struct check *check, struct doc *doc,
    const struct metod_node *items, struct metod_str wording)
{
	for (const struct metod_node *item = items->first; item; item = item->next) {
		const struct metod_node *ru =
		    metod_node_get(metod_node_get(item, wording.p), "ru");

		if (metod_node_text(ru).n)
			conf_check_alike(check, "items", wording, &doc->source, ru->line,
			    ru->column, ru->text);
	}
}

static void check_count(
    struct doc *doc, const struct metod_node *items, const struct metod_node *competency)
{
	struct metod_str id = metod_node_text(metod_node_get(competency, "id"));
	struct metod_str general = metod_node_text(metod_node_get(competency, "general"));
	const struct metod_node *last = items;
	unsigned n = 0;

	for (const struct metod_node *one = metod_node_first(items); one;
	     one = one->next) {
		const struct metod_node *of = metod_node_get(one, "competency");

		if (of && metod_str_eq(metod_node_text(of), id)) {
			last = of;
			n++;
		}
	}
	if (!id.n || n == ITEMS_OF_COMPETENCY ||
	    (n == 0 && (metod_str_is(general, "false") || !for_everybody(doc))))
		return;
	conf_at(&doc->source, last, "competency \"%s\" has %u items, %d are needed", id.p,
	    n, ITEMS_OF_COMPETENCY);
}

void conf_check_items(struct check *check, struct doc *doc)
{
	const struct metod_node *items = metod_node_get(doc->root, "items");
	const struct metod_node *wordings = metod_node_get(doc->root, "wordings");

	check_wordings(doc, wordings);
	if (!items || items->kind != METOD_NODE_LIST)
		return;
	conf_check_ids(&doc->source, items, "id");
	for (const struct metod_node *item = items->first; item; item = item->next)
		check_item(check, doc, item);
	for (const struct metod_node *one = metod_node_first(wordings); one;
	     one = one->next) {
		struct metod_str key = metod_node_text(metod_node_get(one, "key"));

		if (key.n)
			check_alike(check, doc, items, key);
	}
	for (const struct metod_node *one = metod_node_first(check->competencies); one;
	     one = one->next)
		check_count(doc, items, one);
}

void conf_check_form(struct check *check, struct doc *doc)
{
	conf_check_items(check, doc);
}
