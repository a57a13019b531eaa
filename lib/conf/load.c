/* SPDX-License-Identifier: Apache-2.0
 * Content files: which files a path means, what `kind:` each has, and the request they
 * make together. Knows the kinds; not the rules of their content (check.c). */
#include "internal.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
	FORMS_MAX = 32,
	PARAMSETS_MAX = 32,
	RULES_MAX = 8,
	FILES_MAX = 1000,
};

static const char *const kinds[] = {"framework", "form", "paramset", "rules", "territory",
    "selection", "second_stage", "observation", "card", "practices", "site"};

/* ---- adding one file ---- */

/* Next free element of a list of the request; the room is taken once, at its largest. */
static void *next(struct doc *doc, void *member, size_t max, size_t size)
{
	struct {
		char *p;
		size_t n;
	} list;

	memcpy(&list, member, sizeof(list));
	if (list.n == max) {
		conf_at(&doc->source, doc->root, "more than %zu files of this kind", max);
		return NULL;
	}
	if (!list.p)
		list.p = metod_arena_array(doc->source.arena, max, size);
	list.n++;
	memcpy(member, &list, sizeof(list));
	return list.p + (list.n - 1) * size;
}

static void add(struct doc *doc, const struct metod_desc *desc, void *member, size_t max)
{
	void *record = next(doc, member, max, desc->size);

	if (record)
		conf_bind(&doc->source, desc, doc->root, record);
}

static void add_framework(struct doc *doc, struct metod_form_load_req *ret)
{
	if (ret->framework)
		conf_at(
		    &doc->source, doc->root, "a second framework; one load takes one");
	ret->framework = METOD_NEW(doc->source.arena, struct metod_framework);
	conf_bind(&doc->source, &metod_framework_desc, doc->root, ret->framework);
}

static void add_selection(struct doc *doc, struct metod_form_load_req *ret)
{
	struct metod_form form, *record;

	if (!conf_select(doc, ret, &form))
		return;
	record = next(doc, &ret->forms, FORMS_MAX, sizeof(form));
	if (record)
		*record = form;
}

static void add_one(struct doc *doc, struct metod_form_load_req *ret)
{
	if (metod_str_is(doc->kind, "framework"))
		add_framework(doc, ret);
	else if (metod_str_is(doc->kind, "form"))
		add(doc, &metod_form_desc, &ret->forms, FORMS_MAX);
	else if (metod_str_is(doc->kind, "paramset"))
		add(doc, &metod_paramset_desc, &ret->paramsets, PARAMSETS_MAX);
	else if (metod_str_is(doc->kind, "rules"))
		add(doc, &metod_rules_desc, &ret->rules, RULES_MAX);
	else
		conf_bind_shape(doc);
}

void conf_add_all(struct docs *docs, struct metod_form_load_req *ret)
{
	for (size_t i = 0; i < docs->n; i++)
		add_one(&docs->p[i], ret);
	for (size_t i = 0; i < docs->n; i++) {
		if (metod_str_is(docs->p[i].kind, "selection"))
			add_selection(&docs->p[i], ret);
	}
}

/* ---- parsing ---- */

static bool kind_of(struct doc *doc)
{
	const struct metod_node *kind = metod_node_get(doc->root, "kind");
	struct metod_str word = metod_node_text(kind);
	struct metod_issue *issue;

	for (size_t i = 0; i < METOD_LEN(kinds); i++) {
		if (metod_str_is(word, kinds[i])) {
			doc->kind = word;
			return true;
		}
	}
	if (!kind) {
		issue = conf_at(&doc->source, doc->root, "key \"%s\" is missing", "kind");
		conf_hint(&doc->source, issue, "kinds: %s",
		    "framework, form, paramset, rules, selection, second_stage, "
		    "observation, card, practices, site");
	} else {
		issue = conf_at(&doc->source, kind, "unknown kind \"%s\"",
		    conf_excerpt(&doc->source, word));
		conf_suggest(
		    &doc->source, issue, conf_nearest(kinds, METOD_LEN(kinds), word));
	}
	return false;
}

static bool parse_doc(const char *file, struct metod_str bytes, struct metod_arena *arena,
    struct metod_issues *issues, struct doc *ret)
{
	*ret = (struct doc){.source = {metod_arena_strz(arena, file), arena, issues}};
	return metod_yaml_parse(file, bytes, arena, &ret->root, issues) == METOD_OK &&
	    kind_of(ret);
}

static enum metod_err read_doc(const char *path, struct metod_arena *arena,
    struct metod_issues *issues, struct docs *docs)
{
	struct metod_str bytes;
	enum metod_err e = metod_file_read(path, arena, &bytes, issues);

	if (!e && parse_doc(path, bytes, arena, issues, &docs->p[docs->n]))
		docs->n++;
	return e;
}

/* ---- folders ---- */

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool ends(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n > m && strcmp(name + n - m, end) == 0;
}

/* Names of the folder's YAML files, sorted; hidden ones are somebody's leftovers. */
static size_t list_names(
    DIR *dir, struct source *source, const char **names, bool *activities)
{
	const struct dirent *entry;
	size_t n = 0;

	while ((entry = readdir(dir))) {
		if (strcmp(entry->d_name, "activities.csv") == 0)
			*activities = true;
		if (entry->d_name[0] == '.' || !ends(entry->d_name, ".yaml"))
			continue;
		if (n == FILES_MAX) {
			conf_error(
			    source, 0, 0, "more than %d files in this folder", FILES_MAX);
			break;
		}
		names[n++] = metod_arena_strz(source->arena, entry->d_name).p;
	}
	qsort(names, n, sizeof(*names), by_name);
	return n;
}

static enum metod_err read_folder(DIR *dir, struct source *source, struct docs *docs)
{
	const char **names = METOD_NEWS(source->arena, FILES_MAX, const char *);
	bool activities = false;
	size_t n = list_names(dir, source, names, &activities);
	enum metod_err first = METOD_OK;
	const char *folder = source->file.p;
	const char *slash = ends(folder, "/") ? "" : "/";

	docs->folder = true;
	docs->p = METOD_NEWS(source->arena, n, struct doc);
	for (size_t i = 0; i < n; i++) {
		struct metod_str path =
		    metod_arena_printf(source->arena, "%s%s%s", folder, slash, names[i]);
		enum metod_err e = read_doc(path.p, source->arena, source->issues, docs);

		first = first ? first : e;
	}
	if (activities)
		docs->activities =
		    metod_arena_printf(source->arena, "%s%sactivities.csv", folder, slash)
			.p;
	if (n == 0 && !activities) {
		conf_error(source, 0, 0, "the folder has no *.yaml files");
		return METOD_NOT_FOUND;
	}
	return first;
}

enum metod_err conf_docs(const char *path, struct metod_arena *arena, struct docs *ret,
    struct metod_issues *issues)
{
	struct source source = {metod_arena_strz(arena, path), arena, issues};
	DIR *dir = opendir(path);
	enum metod_err e;

	*ret = (struct docs){0};
	if (dir) {
		e = read_folder(dir, &source, ret);
		closedir(dir);
		return e;
	}
	if (ends(path, ".csv")) {
		ret->activities = source.file.p;
		return METOD_OK;
	}
	ret->p = METOD_NEW(arena, struct doc);
	return read_doc(path, arena, issues, ret);
}

enum metod_err metod_conf_load_text(const char *file, struct metod_str bytes,
    struct metod_arena *arena, struct metod_form_load_req *ret,
    struct metod_issues *issues)
{
	size_t errors = issues->errors;
	struct doc doc;
	struct docs docs = {.p = &doc, .n = 1};

	if (parse_doc(file, bytes, arena, issues, &doc))
		conf_add_all(&docs, ret);
	return issues->errors > errors ? METOD_FORMAT : METOD_OK;
}

static bool nothing(const struct metod_form_load_req *req)
{
	return !req->framework && req->forms.n + req->paramsets.n + req->rules.n == 0;
}

enum metod_err metod_conf_load_dir(const char *path, struct metod_arena *arena,
    struct metod_form_load_req *ret, struct metod_issues *issues)
{
	struct source source = {metod_arena_strz(arena, path), arena, issues};
	size_t errors = issues->errors;
	struct docs docs;
	enum metod_err e;

	memset(ret, 0, sizeof(*ret));
	e = conf_docs(path, arena, &docs, issues);
	if (e)
		return e;
	conf_add_all(&docs, ret);
	if (!docs.folder && nothing(ret))
		conf_error(&source, 0, 0, "the file has nothing to load");
	return issues->errors > errors ? METOD_FORMAT : METOD_OK;
}
