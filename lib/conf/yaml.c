/* SPDX-License-Identifier: Apache-2.0
 * YAML: a small tree over the events of libyaml, the only user of <yaml.h>. Refuses
 * whatever makes one file mean more than it shows (aliases, anchors, tags, directives,
 * duplicate keys, second documents). Invariant: no recursion; depth, nodes and keys are
 * capped before memory is taken for them. */
#include "internal.h"

#include <string.h>
#include <yaml.h>

struct builder {
	struct source *source;
	struct metod_node *root;
	struct metod_node *open[METOD_YAML_DEPTH_MAX]; /* lists and maps not yet closed */
	size_t depth;
	size_t nodes;
	struct metod_node key; /* text and place of the key that waits for its value */
	bool has_key;
	bool stop; /* the rest cannot be understood */
};

#define LINE(event) ((event)->start_mark.line + 1)
#define COLUMN(event) ((event)->start_mark.column + 1)

static void duplicate(
    struct builder *b, const struct metod_node *map, struct metod_str key)
{
	for (const struct metod_node *old = map->first; old; old = old->next) {
		if (metod_str_eq(old->key, key))
			conf_error(b->source, b->key.line, b->key.column,
			    "key \"%s\" stands here twice, first in line %u", key.p,
			    old->key_line);
	}
}

static void attach(struct builder *b, struct metod_node *node)
{
	struct metod_node *parent = b->depth ? b->open[b->depth - 1] : NULL;

	if (!parent) {
		b->root = node;
		return;
	}
	if (parent->kind == METOD_NODE_MAP) {
		duplicate(b, parent, b->key.text);
		node->key = b->key.text;
		node->key_line = b->key.line;
		node->key_column = b->key.column;
		b->has_key = false;
		if (parent->n == METOD_YAML_KEYS_MAX) {
			conf_error(b->source, node->key_line, node->key_column,
			    "more than %d keys in one map", METOD_YAML_KEYS_MAX);
			b->stop = true;
		}
	}
	if (parent->last)
		parent->last->next = node;
	else
		parent->first = node;
	parent->last = node;
	parent->n++;
}

static struct metod_node *new_node(
    struct builder *b, const yaml_event_t *event, enum metod_node_kind kind)
{
	struct metod_node *node;

	if (++b->nodes > METOD_YAML_NODES_MAX) {
		conf_error(b->source, LINE(event), COLUMN(event),
		    "more than %d values in one file", METOD_YAML_NODES_MAX);
		b->stop = true;
	}
	node = METOD_NEW(b->source->arena, struct metod_node);
	node->kind = kind;
	node->line = (uint32_t)LINE(event);
	node->column = (uint32_t)COLUMN(event);
	return node;
}

static bool wants_key(const struct builder *b)
{
	return b->depth && b->open[b->depth - 1]->kind == METOD_NODE_MAP && !b->has_key;
}

/* Marks that can give a value another meaning than its text. */
static void refuse_marks(struct builder *b, const yaml_event_t *event,
    const yaml_char_t *anchor, const yaml_char_t *tag)
{
	if (anchor)
		conf_error(b->source, LINE(event), COLUMN(event),
		    "anchors (&%s) are not used in these files", (const char *)anchor);
	if (tag)
		conf_error(b->source, LINE(event), COLUMN(event),
		    "tags (%s) are not used in these files", (const char *)tag);
}

static void open_node(
    struct builder *b, const yaml_event_t *event, enum metod_node_kind kind)
{
	struct metod_node *node;

	if (wants_key(b)) {
		conf_error(
		    b->source, LINE(event), COLUMN(event), "a key must be a plain word");
		b->stop = true;
		return;
	}
	node = new_node(b, event, kind);
	attach(b, node);
	if (b->depth == METOD_YAML_DEPTH_MAX) {
		conf_error(b->source, LINE(event), COLUMN(event),
		    "nested deeper than %d levels", METOD_YAML_DEPTH_MAX);
		b->stop = true;
		return;
	}
	b->open[b->depth++] = node;
}

static void take_scalar(struct builder *b, const yaml_event_t *event)
{
	struct metod_str text = {
	    (const char *)event->data.scalar.value, event->data.scalar.length};

	/* Escapes of a quoted scalar can still make control characters. */
	if (!metod_utf8_ok(text)) {
		conf_error(b->source, LINE(event), COLUMN(event),
		    "the text has a control character");
		text = METOD_STR("");
	}
	text = metod_arena_str(b->source->arena, text);
	if (wants_key(b)) {
		if (text.n == 0)
			conf_error(b->source, LINE(event), COLUMN(event),
			    "a key is missing here");
		b->key = (struct metod_node){.text = text,
		    .line = (uint32_t)LINE(event),
		    .column = (uint32_t)COLUMN(event)};
		b->has_key = true;
		return;
	}
	if (b->depth == 0) {
		conf_error(b->source, LINE(event), COLUMN(event),
		    "the file must begin with a key, such as \"kind: form\"");
		b->stop = true;
		return;
	}
	struct metod_node *node = new_node(b, event, METOD_NODE_SCALAR);

	node->text = text;
	attach(b, node);
}

static void start_document(struct builder *b, const yaml_event_t *event)
{
	if (b->root) {
		conf_error(b->source, LINE(event), COLUMN(event),
		    "a second document begins here; one file holds one");
		b->stop = true;
	}
	if (event->data.document_start.version_directive ||
	    event->data.document_start.tag_directives.start !=
		event->data.document_start.tag_directives.end)
		conf_error(b->source, LINE(event), COLUMN(event),
		    "directives (%%) are not used in these files");
}

static void take(struct builder *b, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		start_document(b, event);
		return;
	case YAML_ALIAS_EVENT:
		conf_error(b->source, LINE(event), COLUMN(event),
		    "aliases (*%s) are not used in these files",
		    (const char *)event->data.alias.anchor);
		b->stop = true;
		return;
	case YAML_SCALAR_EVENT:
		refuse_marks(b, event, event->data.scalar.anchor, event->data.scalar.tag);
		take_scalar(b, event);
		return;
	case YAML_SEQUENCE_START_EVENT:
		refuse_marks(b, event, event->data.sequence_start.anchor,
		    event->data.sequence_start.tag);
		open_node(b, event, METOD_NODE_LIST);
		return;
	case YAML_MAPPING_START_EVENT:
		refuse_marks(b, event, event->data.mapping_start.anchor,
		    event->data.mapping_start.tag);
		open_node(b, event, METOD_NODE_MAP);
		return;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		b->depth--;
		return;
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		return;
	}
}

static void syntax_error(struct source *source, const yaml_parser_t *parser)
{
	const yaml_mark_t *mark = &parser->problem_mark;
	struct metod_issue *issue;

	if (parser->error == YAML_MEMORY_ERROR)
		metod_no_memory();
	issue = conf_error(source, mark->line + 1, mark->column + 1, "%s",
	    conf_tr(
		source->issues, parser->problem ? parser->problem : "malformed input"));
	if (parser->context && parser->context_mark.line != mark->line)
		conf_hint(source, issue,
		    "check quotes, brackets and indentation from line %zu on",
		    parser->context_mark.line + 1);
}

static void build(struct builder *b, yaml_parser_t *parser)
{
	yaml_event_type_t type = YAML_NO_EVENT;

	while (type != YAML_STREAM_END_EVENT && !b->stop) {
		yaml_event_t event;

		if (!yaml_parser_parse(parser, &event)) {
			syntax_error(b->source, parser);
			return;
		}
		type = event.type;
		take(b, &event);
		yaml_event_delete(&event);
	}
	if (!b->root && !b->stop)
		conf_error(b->source, 0, 0, "the file is empty");
}

enum metod_err metod_yaml_parse(const char *file, struct metod_str bytes,
    struct metod_arena *arena, struct metod_node **ret, struct metod_issues *issues)
{
	struct source source = {metod_arena_strz(arena, file), arena, issues};
	struct builder b = {.source = &source};
	size_t errors = issues->errors;
	yaml_parser_t parser;

	if (bytes.n > METOD_FILE_MAX) {
		conf_error(&source, 0, 0, "the file is larger than %d MiB",
		    METOD_FILE_MAX >> 20);
		return METOD_TOO_BIG;
	}
	if (!conf_text_ok(&source, &bytes))
		return METOD_FORMAT;
	if (!yaml_parser_initialize(&parser))
		metod_no_memory();
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)bytes.p, bytes.n);
	build(&b, &parser);
	yaml_parser_delete(&parser);
	if (issues->errors > errors)
		return METOD_FORMAT;
	*ret = b.root;
	return METOD_OK;
}

enum metod_err metod_yaml_read(const char *path, struct metod_arena *arena,
    struct metod_node **ret, struct metod_issues *issues)
{
	struct metod_str bytes;
	enum metod_err e = metod_file_read(path, arena, &bytes, issues);

	return e ? e : metod_yaml_parse(path, bytes, arena, ret, issues);
}

const struct metod_node *metod_node_get(const struct metod_node *map, const char *key)
{
	if (!map || map->kind != METOD_NODE_MAP)
		return NULL;
	for (const struct metod_node *child = map->first; child; child = child->next) {
		if (metod_str_is(child->key, key))
			return child;
	}
	return NULL;
}

const struct metod_node *metod_node_first(const struct metod_node *list_or_map)
{
	return list_or_map ? list_or_map->first : NULL;
}

size_t metod_node_count(const struct metod_node *list_or_map)
{
	return list_or_map ? list_or_map->n : 0;
}

struct metod_str metod_node_text(const struct metod_node *scalar)
{
	return scalar && scalar->kind == METOD_NODE_SCALAR ? scalar->text : METOD_STR("");
}

bool metod_node_u64(const struct metod_node *scalar, uint64_t *ret)
{
	return metod_str_u64(metod_node_text(scalar), ret);
}

bool metod_node_real(const struct metod_node *scalar, double *ret)
{
	return metod_str_real(metod_node_text(scalar), ret);
}
