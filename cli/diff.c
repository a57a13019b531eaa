/* SPDX-License-Identifier: Apache-2.0
 * What changed between two sets of content: one walk over the descriptors, which meets
 * every list by the keys of its elements. A table says which changes touch the comparison
 * of results; the rest of the code knows no form. */
#include "diff.h"

#include <string.h>

METOD_RECORD_DEFINE(metod_cli_change, METOD_CLI_CHANGE_FIELDS);
METOD_RECORD_DEFINE(metod_cli_changes, METOD_CLI_CHANGES_FIELDS);
METOD_RECORD_DEFINE(metod_cli_content, METOD_CLI_CONTENT_FIELDS);

/* ---- what a change does to the comparison of results ---- */

enum effect { SAME, CARE, BROKEN };
static const char *const effects[] = {"yes", "care", "no"};

/* By kind, list, field and change, NULL: any. The first that fits; none: SAME. */
static const struct {
	const char *kind, *list, *field, *change;
	enum effect effect;
	const char *reason; /* msgid */
} rules[] = {
    {"form", "items", "", "added", BROKEN, "statements were added"},
    {"form", "items", "", "removed", BROKEN, "statements were taken out"},
    {"form", "items", "competency", NULL, BROKEN,
	"statements belong to other competencies"},
    {"form", "texts", NULL, NULL, CARE, "statements were reworded"},
    {"form", "wordings", NULL, NULL, CARE, "other positions are asked with other words"},
    {"form", NULL, "framework", NULL, BROKEN, "the framework is another one"},
    {"form", NULL, "id", NULL, CARE, "these are two forms, not two versions of one"},
    {"framework", "scale", NULL, NULL, BROKEN, "the answers to choose from changed"},
    {"framework", NULL, "not_in_work", NULL, CARE,
	"the answers beside the scale changed"},
    {"framework", NULL, "cannot_judge", NULL, CARE,
	"the answers beside the scale changed"},
    {"framework", NULL, "severe", NULL, CARE, "the cuts between states changed"},
    {"framework", NULL, "need", NULL, CARE, "the cuts between states changed"},
    {"framework", NULL, "resource", NULL, CARE, "the cuts between states changed"},
    {"framework", NULL, "target", NULL, CARE, "the cuts between states changed"},
    {"framework", "competencies", "", "removed", BROKEN, "competencies were taken out"},
    {"framework", "competencies", "", "added", CARE, "competencies were added"},
    {"paramset", "items", NULL, NULL, CARE, "results are computed with other parameters"},
    {"paramset", NULL, "standard", NULL, CARE,
	"results are computed with other parameters"},
    {"paramset", "standard", NULL, NULL, CARE,
	"results are computed with other parameters"},
};

static bool fits(const char *wanted, struct metod_str got)
{
	return !wanted || metod_str_is(got, wanted);
}

/* ---- the walk ---- */

struct walk {
	struct metod_cli *cli;
	struct metod_cli_changes *ret;
	enum metod_lang lang; /* of labels: programs get the original */
	size_t room;
	enum effect worst;
	struct metod_str kind, id;     /* of the object we are in */
	const char *list, *list_title; /* innermost list, "" above all */
	struct metod_str item;         /* "SUB-1", "SUB-1 · teacher" */
};

static void add_reason(struct walk *walk, const char *reason)
{
	struct metod_strs *all = &walk->ret->reasons;
	struct metod_str text = metod_str(reason);

	for (size_t i = 0; i < all->n; i++) {
		if (metod_str_eq(all->p[i], text))
			return;
	}
	all->p[all->n++] = text;
}

static enum effect judge(struct walk *walk, const struct metod_cli_change *row)
{
	for (size_t i = 0; i < METOD_LEN(rules); i++) {
		if (!fits(rules[i].kind, row->kind) || !fits(rules[i].list, row->list) ||
		    !fits(rules[i].field, row->field) ||
		    !fits(rules[i].change, row->change))
			continue;
		if (rules[i].effect > walk->worst)
			walk->worst = rules[i].effect;
		add_reason(walk, rules[i].reason);
		return rules[i].effect;
	}
	return SAME;
}

static struct metod_cli_change *add(struct walk *walk, const char *change,
    const struct metod_field *field, struct metod_str before, struct metod_str after)
{
	struct metod_cli_changes *ret = walk->ret;
	struct metod_cli_change *row, *old = ret->rows.p;

	if (ret->rows.n == walk->room) {
		walk->room = 2 * walk->room + 32;
		ret->rows.p =
		    METOD_NEWS(walk->cli->arena, walk->room, struct metod_cli_change);
		if (ret->rows.n)
			memcpy(ret->rows.p, old, ret->rows.n * sizeof(*old));
	}
	row = &ret->rows.p[ret->rows.n++];
	*row = (struct metod_cli_change){.kind = walk->kind,
	    .id = walk->id,
	    .list = metod_str(walk->list),
	    .list_title = metod_str(walk->list_title),
	    .item = walk->item,
	    .change = metod_str(change),
	    .field = metod_str(field ? field->name : ""),
	    .title = metod_str(field ? field->title : ""),
	    .before = before,
	    .after = after};
	row->effect = metod_str(effects[judge(walk, row)]);
	return row;
}

struct list {
	const char *p;
	size_t n;
};

static struct list list_of(const struct metod_field *field, const void *record)
{
	struct list list;

	memcpy(&list, (const char *)record + field->offset, sizeof(list));
	return list;
}

static const void *sub_of(const struct metod_field *field, const void *record)
{
	const void *sub;

	memcpy(&sub, (const char *)record + field->offset, sizeof(sub));
	return sub;
}

/* What an element is known by, over all records of content. */
static struct metod_str key_of(
    struct walk *walk, const struct metod_desc *desc, const void *record)
{
	static const char *const names[] = {
	    "id", "code", "key", "wording", "value", "item", "competency"};

	for (size_t i = 0; i < METOD_LEN(names); i++) {
		const struct metod_field *field =
		    metod_desc_field(desc, metod_str(names[i]));

		if (field)
			return metod_field_text(field, record, 0, walk->cli->arena);
	}
	return METOD_STR("");
}

/* A line that tells people which element it is. */
static struct metod_str label_of(
    struct walk *walk, const struct metod_desc *desc, const void *record)
{
	static const char *const names[] = {
	    "text", "texts", "name", "title", "measure", "plain"};

	for (size_t i = 0; i < METOD_LEN(names); i++) {
		const struct metod_field *field =
		    metod_desc_field(desc, metod_str(names[i]));
		struct list list;

		if (!field)
			continue;
		if (field->kind == METOD_KIND_STR)
			return metod_field_text(field, record, 0, walk->cli->arena);
		if (field->kind == METOD_KIND_REC && field->sub == &metod_text_desc)
			return metod_pick(sub_of(field, record), walk->lang);
		list = list_of(field, record);
		if (field->kind == METOD_KIND_RECS && list.n)
			return label_of(walk, field->sub, list.p);
	}
	return METOD_STR("");
}

static void walk_record(struct walk *walk, const struct metod_desc *desc,
    const void *before, const void *after);

/* A text is reworded, in one language or in both. */
static void walk_text(struct walk *walk, const struct metod_field *field,
    const struct metod_text *before, const struct metod_text *after)
{
	static const struct metod_text none;
	const struct metod_text *a = before ? before : &none, *b = after ? after : &none;

	if (!metod_str_eq(a->ru, b->ru))
		add(walk, "reworded", field, a->ru, b->ru)->lang = METOD_STR("ru");
	if (!metod_str_eq(a->en, b->en))
		add(walk, "reworded", field, a->en, b->en)->lang = METOD_STR("en");
}

/* ---- lists ---- */

/* The element of the same key as number i of `from`, counting equal keys; `to.n`: none.
 */
static size_t partner(struct walk *walk, const struct metod_desc *desc, struct list from,
    size_t i, struct list to)
{
	struct metod_str key = key_of(walk, desc, from.p + i * desc->size);
	size_t nth = 0, at;

	for (size_t j = 0; j < i; j++)
		nth += metod_str_eq(key, key_of(walk, desc, from.p + j * desc->size));
	for (at = 0; at < to.n; at++) {
		if (metod_str_eq(key, key_of(walk, desc, to.p + at * desc->size)) &&
		    nth-- == 0)
			break;
	}
	return at;
}

/* Marks the elements that keep their order, the most of them: a longest rising run. */
static void keep_order(struct metod_cli *cli, const size_t *at, size_t n, bool *ret_kept)
{
	size_t *length = METOD_NEWS(cli->arena, n, size_t);
	size_t *previous = METOD_NEWS(cli->arena, n, size_t), last = n;

	for (size_t i = 0; i < n; i++) {
		length[i] = 1;
		previous[i] = n;
		for (size_t j = 0; j < i; j++) {
			if (at[j] < at[i] && length[j] + 1 > length[i]) {
				length[i] = length[j] + 1;
				previous[i] = j;
			}
		}
		if (last == n || length[i] > length[last])
			last = i;
	}
	for (; last < n; last = previous[last])
		ret_kept[last] = true;
}

/* Places, counted from 1, of elements whose order among those that stayed changed. */
static void walk_order(struct walk *walk, const struct metod_field *field,
    struct list before, struct list after)
{
	size_t *at = METOD_NEWS(walk->cli->arena, before.n, size_t);
	size_t *from = METOD_NEWS(walk->cli->arena, before.n, size_t), n = 0;
	bool *kept = METOD_NEWS(walk->cli->arena, before.n, bool);
	struct metod_str item = walk->item;

	for (size_t i = 0; i < before.n; i++) {
		at[n] = partner(walk, field->sub, before, i, after);
		from[n] = i;
		n += at[n] < after.n;
	}
	keep_order(walk->cli, at, n, kept);
	for (size_t i = 0; i < n; i++) {
		if (kept[i])
			continue;
		walk->item =
		    key_of(walk, field->sub, before.p + from[i] * field->sub->size);
		add(walk, "moved", NULL,
		    metod_arena_printf(walk->cli->arena, "%zu", from[i] + 1),
		    metod_arena_printf(walk->cli->arena, "%zu", at[i] + 1));
	}
	walk->item = item;
}

/* The name of an element inside what we are in already. */
static struct metod_str inside(struct walk *walk, struct metod_str key)
{
	if (walk->item.n == 0 || key.n == 0)
		return walk->item.n ? walk->item : key;
	return metod_arena_printf(
	    walk->cli->arena, "%.*s · %.*s", METOD_FMT(walk->item), METOD_FMT(key));
}

static void walk_list(struct walk *walk, const struct metod_field *field, const void *one,
    const void *other)
{
	struct list before = list_of(field, one), after = list_of(field, other);
	const struct metod_desc *desc = field->sub;
	struct walk saved = *walk;

	walk->list = field->name;
	walk->list_title = field->title;
	for (size_t i = 0; i < before.n; i++) {
		const void *element = before.p + i * desc->size;
		size_t at = partner(walk, desc, before, i, after);

		walk->item = saved.item;
		walk->item = inside(walk, key_of(walk, desc, element));
		if (at < after.n)
			walk_record(walk, desc, element, after.p + at * desc->size);
		else
			add(walk, "removed", NULL, label_of(walk, desc, element),
			    METOD_STR(""));
	}
	for (size_t i = 0; i < after.n; i++) {
		const void *element = after.p + i * desc->size;

		walk->item = saved.item;
		if (partner(walk, desc, after, i, before) < before.n)
			continue;
		walk->item = inside(walk, key_of(walk, desc, element));
		add(walk, "added", NULL, METOD_STR(""), label_of(walk, desc, element));
	}
	walk->item = saved.item;
	walk_order(walk, field, before, after);
	walk->list = saved.list;
	walk->list_title = saved.list_title;
}

/* ---- fields ---- */

static void walk_value(struct walk *walk, const struct metod_field *field,
    const void *before, const void *after)
{
	struct metod_str a = metod_field_text(field, before, 0, walk->cli->arena);
	struct metod_str b = metod_field_text(field, after, 0, walk->cli->arena);
	bool words = field->kind == METOD_KIND_STR && !(field->flags & METOD_TOKEN) &&
	    field->high > METOD_CODE_MAX;

	if (!metod_str_eq(a, b))
		add(walk, words ? "reworded" : "changed", field, a, b);
}

static void walk_sub(struct walk *walk, const struct metod_field *field,
    const void *before, const void *after)
{
	const void *a = sub_of(field, before), *b = sub_of(field, after);
	struct walk saved = *walk;

	if (field->sub == &metod_text_desc) {
		walk_text(walk, field, a, b);
		return;
	}
	walk->list = field->name;
	walk->list_title = field->title;
	if (a && b)
		walk_record(walk, field->sub, a, b);
	else if (a || b)
		add(walk, a ? "removed" : "added", field, METOD_STR(""), METOD_STR(""));
	walk->list = saved.list;
	walk->list_title = saved.list_title;
}

static void walk_record(struct walk *walk, const struct metod_desc *desc,
    const void *before, const void *after)
{
	for (size_t i = 0; i < desc->count; i++) {
		const struct metod_field *field = &desc->fields[i];

		if (field->kind == METOD_KIND_RECS)
			walk_list(walk, field, before, after);
		else if (field->kind == METOD_KIND_REC)
			walk_sub(walk, field, before, after);
		else if (!metod_str_is(metod_str(field->name), "line"))
			walk_value(walk, field, before, after);
	}
}

/* ---- objects ---- */

/* A whole object that is there on one side only. */
static void one_sided(struct walk *walk, const char *change,
    const struct metod_desc *desc, const void *object)
{
	struct metod_str label = label_of(walk, desc, object);
	bool came = strcmp(change, "added") == 0;

	walk->id = key_of(walk, desc, object);
	add(walk, change, NULL, came ? METOD_STR("") : label,
	    came ? label : METOD_STR(""));
}

/* Objects of one kind. One on either side are two versions, whatever they are called. */
static void walk_objects(struct walk *walk, const struct metod_field *field,
    const void *one, const void *other)
{
	struct list before = list_of(field, one), after = list_of(field, other);
	const struct metod_desc *desc = field->sub;
	bool pair = before.n == 1 && after.n == 1;

	walk->kind = metod_str(field->name);
	for (size_t i = 0; i < before.n; i++) {
		const void *object = before.p + i * desc->size;
		size_t at = pair ? 0 : partner(walk, desc, before, i, after);

		walk->id = key_of(walk, desc, object);
		if (at < after.n)
			walk_record(walk, desc, object, after.p + at * desc->size);
		else
			one_sided(walk, "removed", desc, object);
	}
	for (size_t i = 0; i < after.n && !pair; i++) {
		if (partner(walk, desc, after, i, before) == before.n)
			one_sided(walk, "added", desc, after.p + i * desc->size);
	}
}

void metod_cli_diff(struct metod_cli *cli, const struct metod_cli_content *before,
    const struct metod_cli_content *after, struct metod_cli_changes *ret)
{
	bool people = cli->output == METOD_OUT_TEXT || cli->sheet;
	struct walk walk = {.cli = cli,
	    .ret = ret,
	    .lang = people ? cli->lang : METOD_RU,
	    .list = "",
	    .list_title = ""};
	const struct metod_desc *desc = &metod_cli_content_desc;

	*ret = (struct metod_cli_changes){
	    .reasons.p = METOD_NEWS(cli->arena, METOD_LEN(rules), struct metod_str)};
	for (size_t i = 0; i < desc->count; i++) {
		const struct metod_field *field = &desc->fields[i];
		const void *a, *b;

		if (field->kind == METOD_KIND_RECS) {
			walk_objects(&walk, field, before, after);
			continue;
		}
		a = sub_of(field, before);
		b = sub_of(field, after);
		walk.kind = metod_str(field->name);
		walk.id = a || b ? key_of(&walk, field->sub, a ? a : b) : METOD_STR("");
		if (a && b)
			walk_record(&walk, field->sub, a, b);
		else if (a || b)
			one_sided(&walk, a ? "removed" : "added", field->sub, a ? a : b);
	}
	ret->same = ret->rows.n == 0;
	ret->comparable = metod_str(effects[walk.worst]);
}
