/* SPDX-License-Identifier: Apache-2.0
 * Kinds of content that the daemon does not store: which record each has, and how a
 * selection becomes a form. */
#include "internal.h"

#include <string.h>

METOD_RECORD_DEFINE(metod_selection, METOD_SELECTION_FIELDS);
METOD_RECORD_DEFINE(metod_second_stage, METOD_SECOND_STAGE_FIELDS);
METOD_RECORD_DEFINE(metod_indicator, METOD_INDICATOR_FIELDS);
METOD_RECORD_DEFINE(metod_observation, METOD_OBSERVATION_FIELDS);
METOD_RECORD_DEFINE(metod_choice, METOD_CHOICE_FIELDS);
METOD_RECORD_DEFINE(metod_card_question, METOD_CARD_QUESTION_FIELDS);
METOD_RECORD_DEFINE(metod_card_section, METOD_CARD_SECTION_FIELDS);
METOD_RECORD_DEFINE(metod_card, METOD_CARD_FIELDS);
METOD_RECORD_DEFINE(metod_practice, METOD_PRACTICE_FIELDS);
METOD_RECORD_DEFINE(metod_practices, METOD_PRACTICES_FIELDS);
METOD_RECORD_DEFINE(metod_customary, METOD_CUSTOMARY_FIELDS);
METOD_RECORD_DEFINE(metod_required, METOD_REQUIRED_FIELDS);
METOD_RECORD_DEFINE(metod_site, METOD_SITE_FIELDS);

static const struct {
	const char *kind;
	const struct metod_desc *desc;
} shapes[] = {
    {"second_stage", &metod_second_stage_desc},
    {"observation", &metod_observation_desc},
    {"card", &metod_card_desc},
    {"practices", &metod_practices_desc},
    {"site", &metod_site_desc},
};

void conf_bind_shape(struct doc *doc)
{
	for (size_t i = 0; i < METOD_LEN(shapes); i++) {
		if (metod_str_is(doc->kind, shapes[i].kind))
			conf_bind(&doc->source, shapes[i].desc, doc->root,
			    metod_arena_alloc(doc->source.arena, shapes[i].desc->size));
	}
}

static bool wanted(const struct metod_selection *selection, struct metod_str competency)
{
	for (size_t i = 0; i < selection->competencies.n; i++) {
		if (metod_str_eq(selection->competencies.p[i], competency))
			return true;
	}
	return false;
}

static const struct metod_form *find_form(
    const struct metod_form_load_req *req, struct metod_str id)
{
	for (size_t i = 0; i < req->forms.n; i++) {
		if (metod_str_eq(req->forms.p[i].id, id))
			return &req->forms.p[i];
	}
	return NULL;
}

bool conf_select(
    struct doc *doc, const struct metod_form_load_req *req, struct metod_form *ret)
{
	struct metod_selection selection = {0};
	const struct metod_node *from = metod_node_get(doc->root, "from");
	const struct metod_form *form;

	conf_bind(&doc->source, &metod_selection_desc, doc->root, &selection);
	if (!selection.from.n)
		return false;
	form = find_form(req, selection.from);
	if (!form) {
		conf_at(&doc->source, from, "there is no form \"%s\" among the files",
		    conf_excerpt(&doc->source, selection.from));
		return false;
	}
	*ret = *form;
	ret->id = selection.id;
	ret->version = selection.version;
	ret->title = selection.title;
	ret->purpose = selection.purpose;
	ret->items.n = 0;
	ret->items.p = METOD_NEWS(doc->source.arena, form->items.n, struct metod_item);
	for (size_t i = 0; i < form->items.n; i++) {
		if (wanted(&selection, form->items.p[i].competency))
			ret->items.p[ret->items.n++] = form->items.p[i];
	}
	return true;
}
