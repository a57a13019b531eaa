/* SPDX-License-Identifier: Apache-2.0
 * Templates bound to descriptors, and their rendering.
 * Invariant: a bound template has no name that its records lack, so rendering cannot fail. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

/* The element of a STRS list, as a record with the one field ".". */
struct element {
	struct metod_str item;
};
static const struct metod_field element_fields[] = {
    {".", "", METOD_KIND_STR, 0, 1, offsetof(struct element, item), 0, 0, &none_desc}};
static const struct metod_desc element_desc = {
    "element", sizeof(struct element), 1, element_fields};

struct metod_template {
	const struct doc_source *source;
	const struct metod_desc *desc;
};

/* Records around a place, outermost first. While binding only the descriptors are known. */
struct scope {
	const struct metod_desc *desc;
	const void *record;
};
struct scopes {
	struct scope at[DOC_DEPTH_MAX];
	size_t n;
};

static const struct metod_field *find(const struct scopes *scopes, struct metod_str name,
    const void **ret_record)
{
	if (ret_record)
		*ret_record = NULL;
	for (size_t i = scopes->n; i-- > 0;) {
		const struct metod_field *field = metod_desc_field(scopes->at[i].desc, name);

		if (!field)
			continue;
		if (ret_record)
			*ret_record = scopes->at[i].record;
		return field;
	}
	return NULL;
}

/* ---- parsing the set ---- */

static const struct doc_source *source_of(const struct metod_templates *templates,
    struct metod_str name)
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
    enum metod_err code, struct metod_error *err, struct metod_arena *arena, const char *what,
    struct metod_str name)
{
	struct metod_str where = metod_arena_printf(arena, "%.60s:%u", source->name, node->line);

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
			node->include = source_of(templates, node->a);
			if (!node->include)
				return refuse(source, node, METOD_FORMAT, err, templates->arena,
				    "there is no such template", node->a);
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
	struct scopes scopes;
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
	const struct metod_field *field = find(&b->scopes, name, NULL);

	if (!field)
		return unknown(b, source, node, name);
	if (!printable(field))
		return refuse(source, node, METOD_FORMAT, b->err, b->arena,
		    "this field cannot be printed", name);
	return METOD_OK;
}

/* Every {name} of a text in every language. */
static enum metod_err check_text(struct binding *b, const struct doc_source *source,
    const struct doc_node *node)
{
	const char *texts[2 + 2 * 4]; /* plural forms for 0, 1, 2 and 5 in two languages */
	static const uint64_t counts[] = {0, 1, 2, 5};
	size_t n = 0;

	for (enum metod_lang lang = METOD_RU; lang <= METOD_EN; lang++) {
		if (node->kind == DOC_TR) {
			texts[n++] = metod_tr(lang, node->msgid);
			continue;
		}
		for (size_t i = 0; i < METOD_LEN(counts); i++)
			texts[n++] = metod_trn(lang, node->msgid, node->plural, counts[i]);
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

static enum metod_err check_nodes(struct binding *b, const struct doc_source *source, size_t from,
    size_t to);

static enum metod_err check_each(struct binding *b, const struct doc_source *source, size_t at)
{
	const struct doc_node *node = &source->nodes[at];
	const struct metod_field *field = find(&b->scopes, node->a, NULL);
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
	b->scopes.at[b->scopes.n++].desc =
	    field->kind == METOD_KIND_STRS ? &element_desc : field->sub;
	e = check_nodes(b, source, at + 1, node->end);
	b->scopes.n--;
	return e;
}

static enum metod_err check_compare(struct binding *b, const struct doc_source *source,
    const struct doc_node *node)
{
	enum metod_err e = check_value(b, source, node, node->a);

	if (!e && node->b.p[0] == '@')
		e = check_value(b, source, node, (struct metod_str){node->b.p + 1, node->b.n - 1});
	return e;
}

static enum metod_err check_word(struct binding *b, const struct doc_source *source,
    const struct doc_node *node)
{
	const struct metod_field *field = find(&b->scopes, node->a, NULL);
	enum metod_err e = check_value(b, source, node, node->a);

	if (!e && field->kind != METOD_KIND_STR && field->kind != METOD_KIND_STRS)
		e = refuse(source, node, METOD_FORMAT, b->err, b->arena,
		    "this field is not a word", node->a);
	return e;
}

static enum metod_err check_include(struct binding *b, const struct doc_source *source,
    const struct doc_node *node)
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

static enum metod_err check_node(struct binding *b, const struct doc_source *source, size_t i)
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
		const struct metod_field *count = find(&b->scopes, node->a, NULL);

		if (count && count->kind != METOD_KIND_U64)
			return refuse(source, node, METOD_FORMAT, b->err, b->arena,
			    "this field is not a count", node->a);
		return count ? check_text(b, source, node) : unknown(b, source, node, node->a);
	}
	case DOC_EACH:
		return check_each(b, source, i);
	case DOC_IF:
	case DOC_UNLESS:
		return find(&b->scopes, node->a, NULL) ? METOD_OK
						       : unknown(b, source, node, node->a);
	case DOC_EQUAL:
		return check_compare(b, source, node);
	case DOC_INCLUDE:
		return check_include(b, source, node);
	}
	return METOD_OK;
}

static enum metod_err check_nodes(struct binding *b, const struct doc_source *source, size_t from,
    size_t to)
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
    const struct metod_desc *desc, const struct metod_template **ret, struct metod_error *err)
{
	struct binding b = {.arena = templates->arena, .err = err};
	struct metod_template *template;
	enum metod_err e;

	template = METOD_NEW(templates->arena, struct metod_template);
	template->source = source_of(templates, metod_str(name));
	template->desc = desc;
	if (!template->source)
		return metod_fail(err, METOD_NOT_FOUND, name, "there is no such template");
	b.scopes.at[b.scopes.n++].desc = desc;
	e = check_nodes(&b, template->source, 0, template->source->n);
	if (!e)
		*ret = template;
	return e;
}

/* ---- rendering ---- */

struct rendering {
	const struct metod_render *how;
	struct metod_buf *out;
	struct scopes scopes;
};

static void put(struct rendering *r, enum doc_place place, struct metod_str text)
{
	if (place == DOC_IN_URL)
		metod_url_escape(text, r->out);
	else
		metod_html_escape(text, r->out);
}

static struct metod_str words_of(struct rendering *r, struct metod_str name)
{
	const void *record;
	const struct metod_field *field = find(&r->scopes, name, &record);

	return metod_field_words(field, record, r->how);
}

/* What a field reads for {{=}}: fixed words as they are, numbers as digits. */
static struct metod_str plain_of(struct rendering *r, struct metod_str name)
{
	const void *record;
	const struct metod_field *field = find(&r->scopes, name, &record);

	return metod_field_text(field, record, r->how->zone_minutes, r->how->arena);
}

static void put_text(struct rendering *r, const struct doc_node *node, struct metod_str text)
{
	struct metod_str plain, name;

	for (size_t at = 0; at < text.n;) {
		doc_next_name(text, &at, &plain, &name);
		put(r, node->place, plain);
		if (name.n)
			put(r, node->place, words_of(r, name));
	}
}

static void put_plural(struct rendering *r, const struct doc_node *node)
{
	const void *record;
	const struct metod_field *field = find(&r->scopes, node->a, &record);
	uint64_t count;

	memcpy(&count, (const char *)record + field->offset, sizeof(count));
	put_text(r, node, metod_str(metod_trn(r->how->lang, node->msgid, node->plural, count)));
}

static void put_fixed(struct rendering *r, const struct doc_node *node)
{
	const void *record;
	const struct metod_field *field = find(&r->scopes, node->a, &record);
	struct metod_str one;
	struct metod_strs list = {&one, 1};
	const char *at = (const char *)record + field->offset;

	if (field->kind == METOD_KIND_STRS)
		memcpy(&list, at, sizeof(list));
	else
		memcpy(&one, at, sizeof(one));
	for (size_t i = 0; i < list.n; i++) {
		if (list.p[i].n == 0)
			continue;
		if (i)
			put(r, node->place, METOD_STR(", "));
		put(r, node->place,
		    metod_str(metod_tr_token(r->how->lang, list.p[i], r->how->arena)));
	}
}

static void render_nodes(struct rendering *r, const struct doc_source *source, size_t from,
    size_t to);

static void render_each(struct rendering *r, const struct doc_source *source, size_t at)
{
	const struct doc_node *node = &source->nodes[at];
	struct scope *scope = &r->scopes.at[r->scopes.n];
	const void *record;
	const struct metod_field *field = find(&r->scopes, node->a, &record);
	const char *member = (const char *)record + field->offset;
	struct {
		const char *p;
		size_t n;
	} list = {NULL, 0};

	scope->desc = field->kind == METOD_KIND_STRS ? &element_desc : field->sub;
	if (field->kind == METOD_KIND_REC) {
		memcpy(&list.p, member, sizeof(list.p));
		list.n = list.p != NULL;
	} else {
		memcpy(&list, member, sizeof(list));
	}
	r->scopes.n++;
	for (size_t i = 0; i < list.n; i++) {
		scope->record = list.p + i * scope->desc->size;
		render_nodes(r, source, at + 1, node->end);
	}
	r->scopes.n--;
}

static bool holds(struct rendering *r, const struct doc_node *node)
{
	const void *record;
	const struct metod_field *field = find(&r->scopes, node->a, &record);
	struct metod_str other = node->b;

	if (node->kind != DOC_EQUAL)
		return metod_field_empty(field, record) == (node->kind == DOC_UNLESS);
	if (other.p[0] == '@')
		other = plain_of(r, (struct metod_str){other.p + 1, other.n - 1});
	return metod_str_eq(plain_of(r, node->a), other);
}

/* Renders node i; returns the last node that is dealt with. */
static size_t render_node(struct rendering *r, const struct doc_source *source, size_t i)
{
	const struct doc_node *node = &source->nodes[i];

	switch (node->kind) {
	case DOC_LITERAL:
		metod_buf_str(r->out, node->a);
		break;
	case DOC_FIELD:
		put(r, node->place, words_of(r, node->a));
		break;
	case DOC_WORD:
		put_fixed(r, node);
		break;
	case DOC_TR:
		put_text(r, node, metod_str(metod_tr(r->how->lang, node->msgid)));
		break;
	case DOC_TRN:
		put_plural(r, node);
		break;
	case DOC_EACH:
		render_each(r, source, i);
		return node->end;
	case DOC_IF:
	case DOC_UNLESS:
	case DOC_EQUAL:
		return holds(r, node) ? i : node->end;
	case DOC_INCLUDE:
		render_nodes(r, node->include, 0, node->include->n);
		break;
	case DOC_END:
		break;
	}
	return i;
}

static void render_nodes(struct rendering *r, const struct doc_source *source, size_t from,
    size_t to)
{
	for (size_t i = from; i < to; i++)
		i = render_node(r, source, i);
}

void metod_template_render(const struct metod_template *template, const void *record,
    const struct metod_render *how, struct metod_buf *out)
{
	struct rendering r = {.how = how, .out = out};

	r.scopes.at[r.scopes.n++] = (struct scope){template->desc, record};
	render_nodes(&r, template->source, 0, template->source->n);
}
