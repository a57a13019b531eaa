/* SPDX-License-Identifier: Apache-2.0
 * Content that people write: frameworks, forms, parameter sets, rules of recommendations.
 * What may be in use is frozen: the same id and version never gets another content. Reads
 * no files: the content comes parsed in the request. */
#include "content.h"
#include "metod/wire.h"

/* ---- comparing with what is stored ---- */

static bool same_content(const struct metod_desc *desc, const void *a, const void *b)
{
	struct metod_buf x = {0}, y = {0};
	metod_pack(desc, a, METOD_KEYS_INT, 0, &x);
	metod_pack(desc, b, METOD_KEYS_INT, 0, &y);
	bool same = x.n == y.n && (x.n == 0 || memcmp(x.p, y.p, x.n) == 0);
	metod_buf_done(&x);
	metod_buf_done(&y);
	return same;
}

static enum metod_err frozen(struct loading *load, struct metod_str id, const char *hint)
{
	metod_fail(load->call->err, METOD_CONFLICT, load->what.p, "%s: %.*s",
	    metod_tr(load->call->lang,
		"another content is stored under this id, and what is in use is frozen"),
	    METOD_FMT(id));
	return metod_hint(load->call->err, "%s", hint);
}

/* Stored twin of a record, or NOT_FOUND; *ret_same tells whether nothing would change. */
static enum metod_err stored_twin(struct loading *load, enum metod_table table,
    const struct metod_desc *desc, const void *record, void **ret_stored, bool *ret_same)
{
	*ret_stored = metod_arena_alloc(load->call->arena, desc->size);
	enum metod_err e =
	    metod_get(load->call->txn, table, record, load->call->arena, *ret_stored);
	*ret_same = e == METOD_OK && same_content(desc, record, *ret_stored);
	return e;
}

static void add_row(struct loading *load, struct metod_form_row row)
{
	FLOW_ROOM(load->call->arena, load->rep->rows, load->cap);
	load->rep->rows.p[load->rep->rows.n++] = row;
}

static struct metod_form_row framework_row(
    struct metod_call *call, const struct metod_framework *one)
{
	return (struct metod_form_row){METOD_STR("framework"), one->id, one->version,
	    metod_pick(one->title, call->lang), one->competencies.n, METOD_STR("")};
}
static struct metod_form_row form_row(
    struct metod_call *call, const struct metod_form *one)
{
	return (struct metod_form_row){METOD_STR("form"), one->id, one->version,
	    metod_pick(one->title, call->lang), one->items.n, METOD_STR("")};
}
static struct metod_form_row paramset_row(
    struct metod_call *call, const struct metod_paramset *one)
{
	return (struct metod_form_row){METOD_STR("paramset"), one->id, one->version,
	    metod_pick(one->title, call->lang), one->items.n, METOD_STR("")};
}
static struct metod_form_row rules_row(
    struct metod_call *call, const struct metod_rules *one)
{
	return (struct metod_form_row){METOD_STR("rules"), one->id, one->version,
	    metod_pick(one->title, call->lang), one->rules.n, METOD_STR("")};
}

/* Marks the row and records the event unless nothing changes or it is a rehearsal. */
static enum metod_err settle(struct loading *load, struct metod_form_row row,
    const char *mark, enum metod_event_kind kind, const void *body)
{
	row.mark = metod_str(mark);
	add_row(load, row);
	if (!load->req->dry_run && mark[0] != '=')
		metod_record(load->call->txn, kind, body);
	return METOD_OK;
}

/* ---- the four kinds ---- */

static enum metod_err load_framework(
    struct loading *load, const struct metod_framework *one)
{
	void *stored;
	bool same;
	load->what = METOD_STR("framework");
	enum metod_err e = content_framework(load, one);
	if (e != METOD_OK)
		return e;
	e = stored_twin(
	    load, METOD_T_FRAMEWORK, &metod_framework_desc, one, &stored, &same);
	if (same)
		return settle(load, framework_row(load->call, one), "=",
		    METOD_E_FRAMEWORK_PUT, one);
	if (e == METOD_OK)
		return frozen(
		    load, one->id, metod_tr(load->call->lang, "raise the version"));
	if (e != METOD_NOT_FOUND)
		return e;
	return settle(
	    load, framework_row(load->call, one), "+", METOD_E_FRAMEWORK_PUT, one);
}

static enum metod_err load_form(struct loading *load, size_t i)
{
	const struct metod_form *one = &load->req->forms.p[i];
	void *stored;
	bool same;
	load->what = metod_arena_printf(load->call->arena, "forms[%zu]", i);
	for (size_t j = 0; j < i; j++)
		if (metod_str_eq(load->req->forms.p[j].id, one->id) &&
		    metod_str_eq(load->req->forms.p[j].version, one->version))
			return content_wrong(load, "id",
			    metod_tr(load->call->lang, "this id is used twice"), one->id);
	enum metod_err e = content_form(load, one);
	if (e != METOD_OK)
		return e;
	e = stored_twin(load, METOD_T_FORM, &metod_form_desc, one, &stored, &same);
	if (same)
		return settle(
		    load, form_row(load->call, one), "=", METOD_E_FORM_PUT, one);
	if (e == METOD_OK)
		return frozen(load, one->id,
		    metod_tr(
			load->call->lang, "a form in use is frozen: raise the version"));
	return e == METOD_NOT_FOUND
	    ? settle(load, form_row(load->call, one), "+", METOD_E_FORM_PUT, one)
	    : e;
}

/* Waves name a parameter set by its id alone: a new version needs a new id. */
static enum metod_err load_paramset(struct loading *load, size_t i)
{
	const struct metod_paramset *one = &load->req->paramsets.p[i];
	void *stored;
	bool same;
	load->what = metod_arena_printf(load->call->arena, "paramsets[%zu]", i);
	for (size_t j = 0; j < i; j++)
		if (metod_str_eq(load->req->paramsets.p[j].id, one->id))
			return content_wrong(load, "id",
			    metod_tr(load->call->lang, "this id is used twice"), one->id);
	enum metod_err e = content_paramset(load, one);
	if (e != METOD_OK)
		return e;
	e = stored_twin(
	    load, METOD_T_PARAMSET, &metod_paramset_desc, one, &stored, &same);
	if (same)
		return settle(
		    load, paramset_row(load->call, one), "=", METOD_E_PARAMSET_PUT, one);
	if (e == METOD_OK)
		return frozen(load, one->id,
		    metod_tr(load->call->lang, "give the new parameter set another id"));
	return e == METOD_NOT_FOUND
	    ? settle(load, paramset_row(load->call, one), "+", METOD_E_PARAMSET_PUT, one)
	    : e;
}

/* Rules are read when recommendations are built, so a higher version takes their place.
 */
static enum metod_err load_rules(struct loading *load, size_t i)
{
	const struct metod_rules *one = &load->req->rules.p[i];
	void *stored;
	bool same;
	load->what = metod_arena_printf(load->call->arena, "rules[%zu]", i);
	for (size_t j = 0; j < i; j++)
		if (metod_str_eq(load->req->rules.p[j].id, one->id))
			return content_wrong(load, "id",
			    metod_tr(load->call->lang, "this id is used twice"), one->id);
	enum metod_err e = content_rules(load, one);
	if (e != METOD_OK)
		return e;
	e = stored_twin(load, METOD_T_RULES, &metod_rules_desc, one, &stored, &same);
	if (same)
		return settle(
		    load, rules_row(load->call, one), "=", METOD_E_RULES_PUT, one);
	if (e == METOD_OK) {
		const struct metod_rules *old = stored;
		if (version_cmp(one->version, old->version) <= 0)
			return frozen(load, one->id,
			    metod_tr(load->call->lang, "raise the version"));
		return settle(
		    load, rules_row(load->call, one), "~", METOD_E_RULES_PUT, one);
	}
	return e == METOD_NOT_FOUND
	    ? settle(load, rules_row(load->call, one), "+", METOD_E_RULES_PUT, one)
	    : e;
}

enum metod_err metod_do_form_load(
    struct metod_call *call, const void *request, void *reply)
{
	const struct metod_form_load_req *req = request;
	struct loading load = {.call = call, .req = req, .rep = reply};
	enum metod_err e = METOD_OK;

	if (!req->framework && !req->forms.n && !req->paramsets.n && !req->rules.n)
		return metod_fail(call->err, METOD_MISSING, "forms", "%s",
		    metod_tr(call->lang, "there is nothing to load in this file"));
	if (req->framework)
		e = load_framework(&load, req->framework);
	for (size_t i = 0; e == METOD_OK && i < req->forms.n; i++)
		e = load_form(&load, i);
	for (size_t i = 0; e == METOD_OK && i < req->paramsets.n; i++)
		e = load_paramset(&load, i);
	for (size_t i = 0; e == METOD_OK && i < req->rules.n; i++)
		e = load_rules(&load, i);
	return e;
}

enum metod_err metod_do_form_list(
    struct metod_call *call, const void *request, void *reply)
{
	struct loading load = {.call = call, .rep = reply};
	struct metod_framework framework;
	struct metod_form form;
	struct metod_paramset paramset;
	struct metod_rules rules;
	struct metod_scan *scan;
	(void)request;

	scan = metod_scan_table(call->txn, METOD_T_FRAMEWORK, NULL, 0);
	while (next_row(scan, call->arena, &framework))
		add_row(&load, framework_row(call, &framework));
	metod_scan_end(scan);
	scan = metod_scan_table(call->txn, METOD_T_FORM, NULL, 0);
	while (next_row(scan, call->arena, &form))
		add_row(&load, form_row(call, &form));
	metod_scan_end(scan);
	scan = metod_scan_table(call->txn, METOD_T_PARAMSET, NULL, 0);
	while (next_row(scan, call->arena, &paramset))
		add_row(&load, paramset_row(call, &paramset));
	metod_scan_end(scan);
	scan = metod_scan_table(call->txn, METOD_T_RULES, NULL, 0);
	while (next_row(scan, call->arena, &rules))
		add_row(&load, rules_row(call, &rules));
	metod_scan_end(scan);
	return METOD_OK;
}
