/* SPDX-License-Identifier: Apache-2.0
 * YAML tree to records: walks the descriptor of the record, so a new field of a record is
 * a new key of the file. The few places where a file is written otherwise than its record
 * is stored are the rows of `special`. Recursion follows descriptors, at most
 * METOD_YAML_DEPTH_MAX deep. Invariant: element i of a list in the record comes from
 * element i of the file. */
#include "internal.h"

#include <math.h>
#include <string.h>

enum how {
	SAME,       /* key and field have one name */
	RENAMED,    /* the file says `key` */
	FLAT,       /* a text whose ru: and en: stand in the map itself */
	UNDER,      /* stands in the map under `key` */
	BY_WORDING, /* every other key is the wording of a text */
	MICRO,      /* a decimal number, stored in millionths */
};

static const struct special {
	const struct metod_desc *desc;
	const char *field;
	enum how how;
	const char *key;
} specials[] = {
    {&metod_level_desc, "text", FLAT, "ru"},
    {&metod_group_desc, "name", FLAT, "ru"},
    {&metod_competency_desc, "name", FLAT, "ru"},
    {&metod_customary_desc, "name", FLAT, "ru"},
    {&metod_framework_desc, "severe", UNDER, "cuts"},
    {&metod_framework_desc, "need", UNDER, "cuts"},
    {&metod_framework_desc, "resource", UNDER, "cuts"},
    {&metod_framework_desc, "target", UNDER, "cuts"},
    {&metod_item_desc, "texts", BY_WORDING, NULL},
    {&metod_paramset_desc, "standard", RENAMED, "default"},
    {&metod_param_desc, "a", MICRO, "a"},
    {&metod_param_desc, "c", MICRO, "c"},
};
static const struct special same = {NULL, NULL, SAME, NULL};

enum {
	CANDIDATES = 96,
	WORDINGS_MAX = 16,
	MICROS = 1000000,
	INTERCEPT_MAX = 50,
};

struct bind {
	struct source *source;
	const struct metod_node *root;
	const struct metod_desc *desc;
	char *record;
	uint64_t seen; /* bit i: field i was given */
};

static void bind_map(struct bind *up, const struct metod_desc *desc,
    const struct metod_node *map, void *record);

static const struct special *special_of(
    const struct metod_desc *desc, const struct metod_field *field)
{
	for (size_t i = 0; i < METOD_LEN(specials); i++) {
		if (specials[i].desc == desc &&
		    strcmp(specials[i].field, field->name) == 0)
			return &specials[i];
	}
	return &same;
}

/* The name under which people write the field; NULL for texts by wording. */
static const char *key_of(const struct metod_desc *desc, const struct metod_field *field)
{
	const struct special *special = special_of(desc, field);

	return special->how == SAME || special->how == UNDER ? field->name : special->key;
}

static void see(struct bind *b, const struct metod_field *field)
{
	b->seen |= UINT64_C(1) << (field - b->desc->fields);
}

static void value_error(struct bind *b, const struct metod_node *node, const char *key,
    const struct metod_error *err)
{
	conf_at(b->source, node, "%s: %s", key, err->message);
}

static bool is_kind(struct bind *b, const struct metod_node *node, const char *key,
    enum metod_node_kind kind)
{
	if (node->kind == kind)
		return true;
	if (kind == METOD_NODE_MAP)
		conf_at(b->source, node, "%s: keys with values are expected here", key);
	else if (kind == METOD_NODE_LIST)
		conf_at(b->source, node, "%s: a list is expected here", key);
	else
		conf_at(b->source, node, "%s: a single value is expected here", key);
	return false;
}

static void check_count(
    struct bind *b, const struct metod_field *field, const struct metod_node *node)
{
	struct metod_error err;

	if (metod_field_check(field, b->record, &err))
		value_error(b, node, key_of(b->desc, field), &err);
}

static void bind_scalar(
    struct bind *b, const struct metod_field *field, const struct metod_node *node)
{
	struct metod_error err;

	if (is_kind(b, node, field->name, METOD_NODE_SCALAR) &&
	    metod_field_parse(
		field, b->record, metod_str_trim(node->text), b->source->arena, &err))
		value_error(b, node, field->name, &err);
}

static void bind_words(
    struct bind *b, const struct metod_field *field, const struct metod_node *node)
{
	struct metod_strs list = {
	    METOD_NEWS(b->source->arena, node->n, struct metod_str), 0};

	if (!is_kind(b, node, field->name, METOD_NODE_LIST))
		return;
	for (const struct metod_node *one = node->first; one; one = one->next) {
		if (is_kind(b, one, field->name, METOD_NODE_SCALAR) && one->text.n == 0)
			conf_at(b->source, one, "%s: has an empty element", field->name);
		list.p[list.n++] = metod_node_text(one);
	}
	memcpy(b->record + field->offset, &list, sizeof(list));
	check_count(b, field, node);
}

static void bind_list(
    struct bind *b, const struct metod_field *field, const struct metod_node *node)
{
	struct {
		char *p;
		size_t n;
	} list = {NULL, node->n};
	char *at;

	if (!is_kind(b, node, key_of(b->desc, field), METOD_NODE_LIST))
		return;
	at = list.p = metod_arena_array(b->source->arena, node->n, field->sub->size);
	for (const struct metod_node *one = node->first; one; one = one->next) {
		bind_map(b, field->sub, one, at);
		at += field->sub->size;
	}
	memcpy(b->record + field->offset, &list, sizeof(list));
	check_count(b, field, node);
}

static void bind_sub(
    struct bind *b, const struct metod_field *field, const struct metod_node *node)
{
	void *sub = metod_arena_alloc(b->source->arena, field->sub->size);

	bind_map(b, field->sub, node, sub);
	memcpy(b->record + field->offset, &sub, sizeof(sub));
}

/* "1.42" -> 1420000. Bounds of `a` are those of its field; intercepts have their own. */
static bool micro(struct bind *b, const struct metod_field *field,
    const struct metod_node *node, int64_t *ret)
{
	struct metod_error err;
	double value;

	if (!metod_node_real(node, &value)) {
		conf_at(b->source, node, "%s: is not a number", field->name);
		return false;
	}
	if (field->kind == METOD_KIND_I64S && !(fabs(value) <= INTERCEPT_MAX)) {
		conf_at(b->source, node, "%s: must be from %d to %d", field->name,
		    -INTERCEPT_MAX, INTERCEPT_MAX);
		return false;
	}
	if (field->kind == METOD_KIND_I64 &&
	    !(value * MICROS >= field->low && value * MICROS <= field->high)) {
		metod_fail(&err, METOD_RANGE, field->name, "must be from %g to %g",
		    field->low / MICROS, field->high / MICROS);
		value_error(b, node, field->name, &err);
		return false;
	}
	*ret = llround(value * MICROS);
	return true;
}

static void bind_micro(
    struct bind *b, const struct metod_field *field, const struct metod_node *node)
{
	struct metod_i64s list = {METOD_NEWS(b->source->arena, node->n, int64_t), 0};
	int64_t value = 0;

	if (field->kind == METOD_KIND_I64) {
		if (micro(b, field, node, &value))
			memcpy(b->record + field->offset, &value, sizeof(value));
		return;
	}
	if (!is_kind(b, node, field->name, METOD_NODE_LIST))
		return;
	for (const struct metod_node *one = node->first; one; one = one->next) {
		micro(b, field, one, &value);
		list.p[list.n++] = value;
	}
	memcpy(b->record + field->offset, &list, sizeof(list));
	check_count(b, field, node);
}

static void bind_field(
    struct bind *b, const struct metod_field *field, const struct metod_node *node)
{
	see(b, field);
	if (special_of(b->desc, field)->how == MICRO)
		bind_micro(b, field, node);
	else if (field->kind == METOD_KIND_RECS)
		bind_list(b, field, node);
	else if (field->kind == METOD_KIND_REC)
		bind_sub(b, field, node);
	else if (field->kind == METOD_KIND_STRS)
		bind_words(b, field, node);
	else
		bind_scalar(b, field, node);
}

/* ru: or en: of a text that has no map of its own. */
static bool bind_flat(struct bind *b, const struct metod_node *node)
{
	const struct metod_field *language =
	    metod_desc_field(&metod_text_desc, node->key);

	for (size_t i = 0; language && i < b->desc->count; i++) {
		const struct metod_field *field = &b->desc->fields[i];
		struct bind text = {b->source, b->root, &metod_text_desc, NULL, 0};
		void *record;

		if (special_of(b->desc, field)->how != FLAT)
			continue;
		memcpy(&record, b->record + field->offset, sizeof(record));
		if (!record)
			record = METOD_NEW(b->source->arena, struct metod_text);
		memcpy(b->record + field->offset, &record, sizeof(record));
		text.record = record;
		bind_scalar(&text, language, node);
		if (language->flags & METOD_REQ)
			see(b, field);
		return true;
	}
	return false;
}

/* Of the form around the item. A longer list is refused by the bounds of its field. */
static const struct metod_node *wordings(const struct bind *b)
{
	const struct metod_node *list = metod_node_get(b->root, "wordings");

	return metod_node_count(list) <= WORDINGS_MAX ? list : NULL;
}

/* `how` is UNDER inside a gathering map, else SAME. */
static void unknown_key(struct bind *b, const struct metod_node *node, enum how how)
{
	const char *candidates[CANDIDATES];
	struct metod_issue *issue;
	size_t n = 0;

	for (size_t i = 0; i < b->desc->count; i++) {
		const struct special *special = special_of(b->desc, &b->desc->fields[i]);

		if (special->how == how)
			candidates[n++] = b->desc->fields[i].name;
		else if (special->key && how == SAME)
			candidates[n++] = special->key;
	}
	if (b->desc == &metod_item_desc)
		for (const struct metod_node *one = metod_node_first(wordings(b));
		     one && n < CANDIDATES; one = one->next)
			candidates[n++] = metod_arena_z(b->source->arena,
			    metod_node_text(metod_node_get(one, "key")));
	issue = conf_error(b->source, node->key_line, node->key_column,
	    "unknown key \"%s\"", node->key.p);
	conf_suggest(b->source, issue, conf_nearest(candidates, n, node->key));
}

/* Keys of a map that gathers fields of the record above it. */
static bool bind_under(struct bind *b, const struct metod_node *node)
{
	bool known = false;

	for (size_t i = 0; i < METOD_LEN(specials); i++)
		known |= specials[i].desc == b->desc && specials[i].how == UNDER &&
		    metod_str_is(node->key, specials[i].key);
	if (!known || !is_kind(b, node, node->key.p, METOD_NODE_MAP))
		return known;
	for (const struct metod_node *one = node->first; one; one = one->next) {
		const struct metod_field *field = metod_desc_field(b->desc, one->key);

		if (field && special_of(b->desc, field)->how == UNDER)
			bind_field(b, field, one);
		else
			unknown_key(b, one, UNDER);
	}
	return true;
}

static bool bind_wording(struct bind *b, const struct metod_node *node)
{
	const struct metod_field *texts =
	    metod_desc_field(&metod_item_desc, METOD_STR("texts"));
	struct metod_item *item = (struct metod_item *)(void *)b->record;
	const struct metod_node *one = metod_node_first(wordings(b));
	struct metod_item_text *grown;

	if (b->desc != &metod_item_desc)
		return false;
	while (
	    one && !metod_str_eq(metod_node_text(metod_node_get(one, "key")), node->key))
		one = one->next;
	if (!one)
		return false;
	grown = METOD_NEWS(b->source->arena, item->texts.n + 1, struct metod_item_text);
	if (item->texts.n)
		memcpy(grown, item->texts.p, item->texts.n * sizeof(*grown));
	item->texts.p = grown;
	grown += item->texts.n++;
	grown->wording = node->key;
	grown->text = METOD_NEW(b->source->arena, struct metod_text);
	bind_map(b, &metod_text_desc, node, grown->text);
	see(b, texts);
	return true;
}

static void bind_key(struct bind *b, const struct metod_node *node)
{
	for (size_t i = 0; i < b->desc->count; i++) {
		const struct metod_field *field = &b->desc->fields[i];
		const struct special *special = special_of(b->desc, field);

		if (special->how != FLAT && special->how != UNDER &&
		    key_of(b->desc, field) &&
		    metod_str_is(node->key, key_of(b->desc, field))) {
			bind_field(b, field, node);
			return;
		}
	}
	if (!bind_flat(b, node) && !bind_under(b, node) && !bind_wording(b, node))
		unknown_key(b, node, SAME);
}

static void missing(struct bind *b, const struct metod_node *map)
{
	for (size_t i = 0; i < b->desc->count; i++) {
		const struct metod_field *field = &b->desc->fields[i];
		const struct special *special = special_of(b->desc, field);

		if (!(field->flags & METOD_REQ) || b->seen >> i & 1)
			continue;
		if (special->how == BY_WORDING)
			conf_at(b->source, map, "the item has no text");
		else if (special->how == UNDER)
			conf_at(b->source, map, "key \"%s\" is missing under \"%s\"",
			    field->name, special->key);
		else
			conf_at(b->source, map, "key \"%s\" is missing",
			    key_of(b->desc, field));
	}
}

static void bind_map(struct bind *up, const struct metod_desc *desc,
    const struct metod_node *map, void *record)
{
	struct bind b = {up->source, up->root, desc, record, 0};

	metod_record_init(desc, record);
	if (!is_kind(&b, map, map->key.n ? map->key.p : "-", METOD_NODE_MAP))
		return;
	for (const struct metod_node *child = map->first; child; child = child->next) {
		if (map != b.root || !metod_str_is(child->key, "kind"))
			bind_key(&b, child);
	}
	missing(&b, map);
}

void conf_bind(struct source *source, const struct metod_desc *desc,
    const struct metod_node *map, void *record)
{
	struct bind top = {source, map, desc, record, 0};

	bind_map(&top, desc, map, record);
}
