/* SPDX-License-Identifier: Apache-2.0
 * Rendering of bound templates: walks over the nodes with the records around each place.
 * Every value goes through `put`, which escapes by place. */
#include "internal.h"

#include <string.h>

struct rendering {
	const struct metod_render *how;
	struct metod_buf *out;
	struct doc_scopes scopes;
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
	const struct metod_field *field = doc_find(&r->scopes, name, &record);

	return metod_field_words(field, record, r->how);
}

/* What a field reads for {{=}}: fixed words as they are, numbers as digits. */
static struct metod_str plain_of(struct rendering *r, struct metod_str name)
{
	const void *record;
	const struct metod_field *field = doc_find(&r->scopes, name, &record);

	return metod_field_text(field, record, r->how->zone_minutes, r->how->arena);
}

static void put_text(
    struct rendering *r, const struct doc_node *node, struct metod_str text)
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
	const struct metod_field *field = doc_find(&r->scopes, node->a, &record);
	uint64_t count;

	memcpy(&count, (const char *)record + field->offset, sizeof(count));
	put_text(r, node,
	    metod_str(metod_trn(r->how->lang, node->msgid, node->plural, count)));
}

static void put_fixed(struct rendering *r, const struct doc_node *node)
{
	const void *record;
	const struct metod_field *field = doc_find(&r->scopes, node->a, &record);
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

static void render_nodes(
    struct rendering *r, const struct doc_source *source, size_t from, size_t to);

static void render_each(struct rendering *r, const struct doc_source *source, size_t at)
{
	const struct doc_node *node = &source->nodes[at];
	struct doc_scope *scope = &r->scopes.at[r->scopes.n];
	const void *record;
	const struct metod_field *field = doc_find(&r->scopes, node->a, &record);
	const char *member = (const char *)record + field->offset;
	struct {
		const char *p;
		size_t n;
	} list = {NULL, 0};

	scope->desc = doc_element(field);
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
	const struct metod_field *field = doc_find(&r->scopes, node->a, &record);
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

static void render_nodes(
    struct rendering *r, const struct doc_source *source, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		i = render_node(r, source, i);
}

void metod_template_render(const struct metod_template *template, const void *record,
    const struct metod_render *how, struct metod_buf *out)
{
	struct rendering r = {.how = how, .out = out};

	r.scopes.at[r.scopes.n++] = (struct doc_scope){template->desc, record};
	render_nodes(&r, template->source, 0, template->source->n);
}
