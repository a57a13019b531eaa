/* SPDX-License-Identifier: Apache-2.0
 * Sets of templates and their binding to descriptors. What is bound has no name that its
 * records lack, no field that may not be printed and no loop, so that rendering cannot
 * fail. */
#include "internal.h"

#include <stdlib.h>

/* The element of a STRS list, as a record with the one field ".". */
struct element {
	struct metod_str item;
};
static const struct metod_field element_fields[] = {
    {".", "", METOD_KIND_STR, 0, 1, offsetof(struct element, item), 0, 0, &none_desc}};
static const struct metod_desc element_desc = {
    "element", sizeof(struct element), 1, element_fields};

const struct metod_desc *doc_element(const struct metod_field *field)
{
	return field->kind == METOD_KIND_STRS ? &element_desc : field->sub;
}

const struct metod_field *doc_find(
    const struct doc_scopes *scopes, struct metod_str name, const void **ret_record)
{
	if (ret_record)
		*ret_record = NULL;
	for (size_t i = scopes->n; i-- > 0;) {
		const struct metod_field *field =
		    metod_desc_field(scopes->at[i].desc, name);

		if (!field)
			continue;
		if (ret_record)
			*ret_record = scopes->at[i].record;
		return field;
	}
	return NULL;
}

/* ---- the set ---- */

const struct doc_source *doc_source_of(
    const struct metod_templates *templates, struct metod_str name)
{
	for (size_t i = 0; i < templates->n; i++) {
		struct metod_str file = metod_str(templates->list[i].name);

		if (metod_str_eq(metod_str_cut(&file, '.'), name))
			return &templates->list[i];
	}
	return NULL;
}

/* "`name`: what", at the line of the node. */
static enum metod_err refuse(const struct doc_source *source, const struct doc_node *node,
    enum metod_err code, struct metod_error *err, struct metod_arena *arena,
    const char *what, struct metod_str name)
{
	struct metod_str where =
	    metod_arena_printf(arena, "%.60s:%u", source->name, node->line);

	return metod_fail(err, code, where.p, "`%.*s`: %s", METOD_FMT(name), what);
}

static enum metod_err resolve(struct metod_templates *templates, struct metod_error *err)
{
	for (size_t t = 0; t < templates->n; t++) {
		struct doc_source *source = &templates->list[t];

		for (size_t i = 0; i < source->n; i++) {
			struct doc_node *node = &source->nodes[i];

			if (node->kind != DOC_INCLUDE)
				continue;
			node->include = doc_source_of(templates, node->a);
			if (!node->include)
				return refuse(source, node, METOD_FORMAT, err,
				    templates->arena, "there is no such template",
				    node->a);
		}
	}
	return METOD_OK;
}

enum metod_err metod_templates_new(const struct metod_template_file *files, size_t n,
    struct metod_templates **ret, struct metod_error *err)
{
	struct metod_templates *templates = metod_xcalloc(1, sizeof(*templates));
	enum metod_err e = METOD_OK;

	templates->arena = metod_arena_new();
	templates->list = METOD_NEWS(templates->arena, n, struct doc_source);
	for (; templates->n < n && !e; templates->n++)
		e = doc_parse(&files[templates->n], templates->arena,
		    &templates->list[templates->n], err);
	if (!e)
		e = resolve(templates, err);
	if (e) {
		metod_templates_free(templates);
		return e;
	}
	*ret = templates;
	return METOD_OK;
}

struct metod_templates *metod_templates_free(struct metod_templates *templates)
{
	if (templates) {
		metod_arena_free(templates->arena);
		free(templates);
	}
	return NULL;
}

/* ---- binding ---- */

struct binding {
	struct metod_arena *arena;
	struct metod_error *err;
	struct doc_scopes scopes;
	unsigned included;
};

static bool printable(const struct metod_field *field)
{
	return field->kind != METOD_KIND_REC && field->kind != METOD_KIND_RECS &&
	    field->kind != METOD_KIND_BIN && !(field->flags & METOD_SECRET);
}

static enum metod_err unknown(struct binding *b, const struct doc_source *source,
    const struct doc_node *node, struct metod_str name)
{
	enum metod_err e = refuse(source, node, METOD_UNKNOWN, b->err, b->arena,
	    "there is no such field", name);

	for (size_t i = b->scopes.n; i-- > 0;) {
		const char *near = metod_desc_nearest(b->scopes.at[i].desc, name);

		if (near)
			return metod_hint(b->err, "nearest: %s", near);
	}
	return e;
}

static enum metod_err check_value(struct binding *b, const struct doc_source *source,
    const struct doc_node *node, struct metod_str name)
{
	const struct metod_field *field = doc_find(&b->scopes, name, NULL);

	if (!field)
		return unknown(b, source, node, name);
	if (!printable(field))
		return refuse(source, node, METOD_FORMAT, b->err, b->arena,
		    "this field cannot be printed", name);
	return METOD_OK;
}

/* Every {name} of a text in every language. */
static enum metod_err check_text(
    struct binding *b, const struct doc_source *source, const struct doc_node *node)
{
	const char
	    *texts[2 + 2 * 4]; /* plural forms for 0, 1, 2 and 5 in two languages */
	static const uint64_t counts[] = {0, 1, 2, 5};
	size_t n = 0;

	for (enum metod_lang lang = METOD_RU; lang <= METOD_EN; lang++) {
		if (node->kind == DOC_TR) {
			texts[n++] = metod_tr(lang, node->msgid);
			continue;
		}
		for (size_t i = 0; i < METOD_LEN(counts); i++)
			texts[n++] =
			    metod_trn(lang, node->msgid, node->plural, counts[i]);
	}
	for (size_t i = 0; i < n; i++) {
		struct metod_str text = metod_str(texts[i]), plain, name;

		for (size_t at = 0; at < text.n;) {
			enum metod_err e;

			doc_next_name(text, &at, &plain, &name);
			e = name.n ? check_value(b, source, node, name) : METOD_OK;
			if (e)
				return e;
		}
	}
	return METOD_OK;
}

static enum metod_err check_nodes(
    struct binding *b, const struct doc_source *source, size_t from, size_t to);

static enum metod_err check_each(
    struct binding *b, const struct doc_source *source, size_t at)
{
	const struct doc_node *node = &source->nodes[at];
	const struct metod_field *field = doc_find(&b->scopes, node->a, NULL);
	enum metod_err e;

	if (!field)
		return unknown(b, source, node, node->a);
	if (field->kind != METOD_KIND_RECS && field->kind != METOD_KIND_REC &&
	    field->kind != METOD_KIND_STRS)
		return refuse(source, node, METOD_FORMAT, b->err, b->arena,
		    "this field has no elements", node->a);
	if (b->scopes.n == DOC_DEPTH_MAX)
		return refuse(source, node, METOD_FORMAT, b->err, b->arena,
		    "nested too deeply", node->a);
	b->scopes.at[b->scopes.n++].desc = doc_element(field);
	e = check_nodes(b, source, at + 1, node->end);
	b->scopes.n--;
	return e;
}

static enum metod_err check_compare(
    struct binding *b, const struct doc_source *source, const struct doc_node *node)
{
	enum metod_err e = check_value(b, source, node, node->a);

	if (!e && node->b.p[0] == '@')
		e = check_value(
		    b, source, node, (struct metod_str){node->b.p + 1, node->b.n - 1});
	return e;
}

static enum metod_err check_word(
    struct binding *b, const struct doc_source *source, const struct doc_node *node)
{
	const struct metod_field *field = doc_find(&b->scopes, node->a, NULL);
	enum metod_err e = check_value(b, source, node, node->a);

	if (!e && field->kind != METOD_KIND_STR && field->kind != METOD_KIND_STRS)
		e = refuse(source, node, METOD_FORMAT, b->err, b->arena,
		    "this field is not a word", node->a);
	return e;
}

static enum metod_err check_include(
    struct binding *b, const struct doc_source *source, const struct doc_node *node)
{
	enum metod_err e;

	if (b->included == DOC_INCLUDE_MAX)
		return refuse(source, node, METOD_FORMAT, b->err, b->arena,
		    "this template includes itself", node->a);
	b->included++;
	e = check_nodes(b, node->include, 0, node->include->n);
	b->included--;
	return e;
}

static enum metod_err check_node(
    struct binding *b, const struct doc_source *source, size_t i)
{
	const struct doc_node *node = &source->nodes[i];

	switch (node->kind) {
	case DOC_LITERAL:
	case DOC_END:
		return METOD_OK;
	case DOC_FIELD:
		return check_value(b, source, node, node->a);
	case DOC_WORD:
		return check_word(b, source, node);
	case DOC_TR:
		return check_text(b, source, node);
	case DOC_TRN: {
		const struct metod_field *count = doc_find(&b->scopes, node->a, NULL);

		if (count && count->kind != METOD_KIND_U64)
			return refuse(source, node, METOD_FORMAT, b->err, b->arena,
			    "this field is not a count", node->a);
		return count ? check_text(b, source, node)
			     : unknown(b, source, node, node->a);
	}
	case DOC_EACH:
		return check_each(b, source, i);
	case DOC_IF:
	case DOC_UNLESS:
		return doc_find(&b->scopes, node->a, NULL)
		    ? METOD_OK
		    : unknown(b, source, node, node->a);
	case DOC_EQUAL:
		return check_compare(b, source, node);
	case DOC_INCLUDE:
		return check_include(b, source, node);
	}
	return METOD_OK;
}

static enum metod_err check_nodes(
    struct binding *b, const struct doc_source *source, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		enum metod_err e = check_node(b, source, i);

		if (e)
			return e;
		if (source->nodes[i].kind == DOC_EACH)
			i = source->nodes[i].end;
	}
	return METOD_OK;
}

enum metod_err metod_template_bind(struct metod_templates *templates, const char *name,
    const struct metod_desc *desc, const struct metod_template **ret,
    struct metod_error *err)
{
	struct binding b = {.arena = templates->arena, .err = err};
	struct metod_template *template;
	enum metod_err e;

	template = METOD_NEW(templates->arena, struct metod_template);
	template->source = doc_source_of(templates, metod_str(name));
	template->desc = desc;
	if (!template->source)
		return metod_fail(
		    err, METOD_NOT_FOUND, name, "there is no such template");
	b.scopes.at[b.scopes.n++].desc = desc;
	e = check_nodes(&b, template->source, 0, template->source->n);
	if (!e)
		*ret = template;
	return e;
}
