/* SPDX-License-Identifier: Apache-2.0
 * Checks of content, the whole: which files, the framework they refer to, and the rules
 * of the framework itself. Works on the trees, so that every finding has the place of its
 * value; the shape of the files is checked by binding them first. */
#include "internal.h"

#include <string.h>

enum {
	LIST_MAX = 2000, /* the longest list of a record: rules */
	SENTENCES = 2,   /* of each level of a competency */
};

/* ---- shared by the kinds ---- */

const struct metod_node *conf_with(
    const struct metod_node *list, const char *key, struct metod_str value)
{
	for (const struct metod_node *one = metod_node_first(list); one;
	     one = one->next) {
		if (metod_str_eq(metod_node_text(metod_node_get(one, key)), value))
			return one;
	}
	return NULL;
}

bool conf_known(const struct check *check, struct metod_str competency)
{
	return !check->framework || conf_with(check->competencies, "id", competency);
}

const struct doc *conf_doc(
    const struct check *check, const char *kind, struct metod_str id)
{
	for (size_t i = 0; i < check->docs.n; i++) {
		const struct doc *doc = &check->docs.p[i];

		if (metod_str_is(doc->kind, kind) &&
		    metod_str_eq(metod_node_text(metod_node_get(doc->root, "id")), id))
			return doc;
	}
	return NULL;
}

static const char *nearest_competency(const struct check *check, struct metod_str word)
{
	const char *ids[METOD_COMPETENCIES_MAX];
	size_t n = 0;

	for (const struct metod_node *one = metod_node_first(check->competencies);
	     one && n < METOD_LEN(ids); one = one->next) {
		if (metod_node_text(metod_node_get(one, "id")).n)
			ids[n++] = metod_node_get(one, "id")->text.p;
	}
	return conf_nearest(ids, n, word);
}

void conf_check_competency(
    const struct check *check, struct source *source, const struct metod_node *node)
{
	struct metod_issue *issue;

	if (!node || node->kind != METOD_NODE_SCALAR || conf_known(check, node->text))
		return;
	issue = conf_at(source, node, "the framework has no competency \"%s\"",
	    conf_excerpt(source, node->text));
	conf_suggest(source, issue, nearest_competency(check, node->text));
}

void conf_check_word(
    struct source *source, enum metod_word_set set, const struct metod_node *node)
{
	struct metod_issue *issue;

	if (!node || node->kind != METOD_NODE_SCALAR)
		return;
	for (size_t i = 0; conf_word_at(set, i); i++) {
		if (metod_str_is(node->text, conf_word_at(set, i)))
			return;
	}
	issue = conf_at(
	    source, node, "unknown word \"%s\"", conf_excerpt(source, node->text));
	conf_suggest(source, issue, conf_word_nearest(set, node->text, source->arena));
}

void conf_check_ids(struct source *source, const struct metod_node *list, const char *key)
{
	for (const struct metod_node *one = metod_node_first(list); one;
	     one = one->next) {
		const struct metod_node *id = metod_node_get(one, key);
		const struct metod_node *same;

		if (!id || id->kind != METOD_NODE_SCALAR)
			continue;
		if (!conf_id_ok(id->text))
			conf_at(source, id,
			    "\"%s\" is not an identifier (Latin letters, digits, - _ .)",
			    conf_excerpt(source, id->text));
		same = conf_with(list, key, id->text);
		if (same != one)
			conf_at(source, id, "\"%s\" stands here twice, first in line %u",
			    conf_excerpt(source, id->text),
			    metod_node_get(same, key)->line);
	}
}

void conf_check_levels(
    struct source *source, const struct metod_node *owner, const char *key)
{
	const struct metod_node *list = metod_node_get(owner, key);
	const struct metod_node *one = metod_node_first(list);
	uint64_t wanted = 0, value;

	for (; one; one = one->next, wanted++) {
		const struct metod_node *node = metod_node_get(one, "value");

		if (metod_node_u64(node, &value) && value != wanted)
			conf_at(source, node, "%s: value %llu is expected here", key,
			    (unsigned long long)wanted);
	}
	if (wanted != 4 && owner)
		conf_at(source, list ? list : owner,
		    "%s: the four values 0, 1, 2, 3 are needed", key);
}

/* ---- framework ---- */

static void check_cuts(struct doc *doc)
{
	static const char *const order[] = {"severe", "need", "target", "resource"};
	const struct metod_node *cuts = metod_node_get(doc->root, "cuts");
	double last = -1, value;

	for (size_t i = 0; i < METOD_LEN(order); i++) {
		const struct metod_node *node = metod_node_get(cuts, order[i]);

		if (!metod_node_real(node, &value))
			continue;
		if (value <= last)
			conf_at(&doc->source, node,
			    "cuts must grow: severe, need, target, resource");
		last = value;
	}
}

/* What a level looks like in practice: one sentence is a label, three are a lecture. */
static void check_level_texts(struct doc *doc, const struct metod_node *competency)
{
	static const char *const languages[] = {"ru", "en"};
	const struct metod_node *level =
	    metod_node_first(metod_node_get(competency, "levels"));

	for (; level; level = level->next) {
		for (size_t i = 0; i < METOD_LEN(languages); i++) {
			const struct metod_node *text =
			    metod_node_get(level, languages[i]);

			if (metod_node_text(text).n &&
			    conf_sentences(text->text) != SENTENCES)
				conf_at(&doc->source, text,
				    "a level is shown in two sentences, here there are %zu",
				    conf_sentences(text->text));
		}
	}
}

static void check_id(struct doc *doc)
{
	const struct metod_node *id = metod_node_get(doc->root, "id");

	if (id && id->kind == METOD_NODE_SCALAR && !conf_id_ok(id->text))
		conf_at(&doc->source, id,
		    "\"%s\" is not an identifier (Latin letters, digits, - _ .)",
		    conf_excerpt(&doc->source, id->text));
}

void conf_check_framework(struct check *check, struct doc *doc)
{
	const struct metod_node *groups = metod_node_get(doc->root, "groups");

	check_cuts(doc);
	conf_check_levels(&doc->source, doc->root, "scale");
	conf_check_levels(&doc->source, doc->root, "level_words");
	conf_check_ids(&doc->source, groups, "id");
	conf_check_ids(&doc->source, check->competencies, "id");
	for (const struct metod_node *one = metod_node_first(check->competencies); one;
	     one = one->next) {
		const struct metod_node *group = metod_node_get(one, "group");

		conf_check_levels(&doc->source, one, "levels");
		check_level_texts(doc, one);
		if (group && group->kind == METOD_NODE_SCALAR &&
		    !conf_with(groups, "id", group->text))
			conf_at(&doc->source, group, "there is no group \"%s\"",
			    conf_excerpt(&doc->source, group->text));
	}
	for (const struct metod_node *one = metod_node_first(groups); one;
	     one = one->next) {
		struct metod_str id = metod_node_text(metod_node_get(one, "id"));

		if (id.n && !conf_with(check->competencies, "group", id))
			conf_at(
			    &doc->source, one, "group \"%s\" has no competencies", id.p);
	}
}

/* ---- parameter sets ---- */

/* Thresholds of a graded item fall from the first step to the last. */
static void check_thresholds(struct doc *doc, const struct metod_node *param)
{
	const struct metod_node *list = metod_node_get(param, "c");
	double last = 0, value;
	bool first = true;

	if (list && list->n != 3)
		conf_at(&doc->source, list,
		    "c: three thresholds are needed for four answers");
	for (const struct metod_node *one = metod_node_first(list); one;
	     one = one->next) {
		if (!metod_node_real(one, &value))
			continue;
		if (!first && value >= last)
			conf_at(&doc->source, one,
			    "c: thresholds must fall from first to last");
		last = value;
		first = false;
	}
}

/* True too when no form is among the files. */
static bool some_form_has(const struct check *check, struct metod_str item)
{
	bool forms = false;

	for (size_t i = 0; i < check->docs.n; i++) {
		const struct doc *doc = &check->docs.p[i];

		if (!metod_str_is(doc->kind, "form") &&
		    !metod_str_is(doc->kind, "second_stage"))
			continue;
		forms = true;
		if (conf_with(metod_node_get(doc->root, "items"), "id", item))
			return true;
	}
	return !forms;
}

void conf_check_paramset(struct check *check, struct doc *doc)
{
	const struct metod_node *items = metod_node_get(doc->root, "items");

	conf_check_word(
	    &doc->source, METOD_WORDS_LABEL, metod_node_get(doc->root, "label"));
	check_thresholds(doc, metod_node_get(doc->root, "default"));
	conf_check_ids(&doc->source, items, "item");
	for (const struct metod_node *one = metod_node_first(items); one;
	     one = one->next) {
		const struct metod_node *item = metod_node_get(one, "item");

		check_thresholds(doc, one);
		if (!item)
			conf_at(&doc->source, one, "key \"%s\" is missing", "item");
		else if (item->kind == METOD_NODE_SCALAR &&
		    !some_form_has(check, item->text))
			conf_at(&doc->source, item, "no form has an item \"%s\"",
			    conf_excerpt(&doc->source, item->text));
	}
}

/* ---- all together ---- */

/* Longer lists than any record takes were refused when they were bound; comparing all
 * their elements with each other would take too long. */
static bool too_long(const struct doc *doc)
{
	for (const struct metod_node *one = metod_node_first(doc->root); one;
	     one = one->next) {
		if (one->n > LIST_MAX)
			return true;
	}
	return false;
}

/* Does the file refer to the framework that is among the files? */
static void check_reference(const struct check *check, struct doc *doc)
{
	const struct metod_node *node = metod_node_get(doc->root, "framework");
	struct metod_str id;

	if (!check->framework || !node || node->kind != METOD_NODE_SCALAR)
		return;
	id = metod_node_text(metod_node_get(check->framework->root, "id"));
	if (id.n && !metod_str_eq(id, node->text))
		conf_at(
		    &doc->source, node, "the framework of these files is \"%s\"", id.p);
}

static void check_doc(struct check *check, struct doc *doc)
{
	if (too_long(doc))
		return;
	conf_check_texts(&doc->source, doc->root);
	check_id(doc);
	check_reference(check, doc);
	if (metod_str_is(doc->kind, "framework"))
		conf_check_framework(check, doc);
	else if (metod_str_is(doc->kind, "form"))
		conf_check_form(check, doc);
	else if (metod_str_is(doc->kind, "paramset"))
		conf_check_paramset(check, doc);
	else if (metod_str_is(doc->kind, "rules"))
		conf_check_rules(check, doc);
	else if (metod_str_is(doc->kind, "second_stage"))
		conf_check_second_stage(check, doc);
	else if (metod_str_is(doc->kind, "selection"))
		conf_check_selection(check, doc);
	else if (metod_str_is(doc->kind, "observation"))
		conf_check_observation(check, doc);
	else if (metod_str_is(doc->kind, "card"))
		conf_check_card(check, doc);
	else if (metod_str_is(doc->kind, "practices"))
		conf_check_practices(check, doc);
	else if (metod_str_is(doc->kind, "site"))
		conf_check_site(check, doc);
}

static void find_framework(struct check *check, const char *path)
{
	bool refers = check->docs.activities != NULL;

	for (size_t i = 0; i < check->docs.n; i++) {
		struct doc *doc = &check->docs.p[i];

		if (metod_str_is(doc->kind, "framework") && !check->framework &&
		    !too_long(doc))
			check->framework = doc;
		refers |= metod_node_get(doc->root, "framework") != NULL;
	}
	if (check->framework) {
		check->competencies =
		    metod_node_get(check->framework->root, "competencies");
	} else if (refers) {
		struct source source = {
		    metod_arena_strz(check->arena, path), check->arena, check->issues};

		conf_warning(&source, 0, 0,
		    "there is no framework among the files: competencies were not checked");
	}
}

enum metod_err metod_conf_check(
    const char *path, struct metod_arena *arena, struct metod_issues *issues)
{
	struct check check = {.arena = arena, .issues = issues};
	struct metod_form_load_req req;
	size_t errors = issues->errors;
	enum metod_err e = conf_docs(path, arena, &check.docs, issues);

	if (e)
		return e;
	memset(&req, 0, sizeof(req));
	conf_add_all(&check.docs, &req);
	find_framework(&check, path);
	for (size_t i = 0; i < check.docs.n; i++)
		check_doc(&check, &check.docs.p[i]);
	if (check.docs.folder)
		conf_check_folder(&check);
	if (check.docs.activities)
		conf_check_activities(&check, check.docs.activities);
	return issues->errors > errors ? METOD_FORMAT : METOD_OK;
}
