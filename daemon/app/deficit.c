/* SPDX-License-Identifier: Apache-2.0
 * Published difficulties of one scope, and the map of organisations by competencies.
 * Reads releases only: what a release does not hold cannot be asked for. */
#include "results.h"

#include <stdlib.h>

/* Order of rows that cannot all be ordered by share: classes, then what is not shown. */
static unsigned row_rank(const struct metod_release_cell *cell)
{
	if (cell->how >= METOD_SHOW_CLASS)
		return METOD_CLASS_MOST - (unsigned)cell->cls;
	return METOD_CLASS_MOST + (cell->how == METOD_SHOW_HIDDEN ? 1 : 2);
}

static bool all_exact(const struct metod_release *release)
{
	bool any = false;
	for (size_t i = 0; i < release->cells.n; i++) {
		if (release->cells.p[i].how == METOD_SHOW_CLASS)
			return false;
		any = any || release->cells.p[i].how == METOD_SHOW_EXACT;
	}
	return any;
}

static bool comes_before(
    const struct metod_release_cell *a, const struct metod_release_cell *b, bool by_share)
{
	if (by_share && a->how == METOD_SHOW_EXACT && b->how == METOD_SHOW_EXACT)
		return a->part * b->n > b->part * a->n;
	if (by_share && a->how != b->how)
		return a->how > b->how;
	return row_rank(a) < row_rank(b);
}

/* Insertion sort of at most 64 cells: equal ones stay in framework order. */
static void order_cells(struct metod_release *release, bool by_share)
{
	struct metod_release_cell *cells = release->cells.p;
	for (size_t i = 1; i < release->cells.n; i++) {
		struct metod_release_cell moved = cells[i];
		size_t at = i;
		for (; at > 0 && comes_before(&moved, &cells[at - 1], by_share); at--)
			cells[at] = cells[at - 1];
		cells[at] = moved;
	}
}

static void top_row(struct metod_call *call, const struct metod_framework *framework,
    const struct metod_release_cell *cell, struct metod_deficit_row *ret)
{
	metod_record_init(&metod_deficit_row_desc, ret);
	ret->competency = cell->competency;
	ret->name = competency_name(framework, cell->competency, call->lang);
	ret->shown = metod_str(shown_word((enum metod_disclosure)cell->how));
	if (cell->how < METOD_SHOW_CLASS)
		return;
	ret->n = (int64_t)cell->n;
	ret->cls = metod_str(class_word((enum metod_share_class)cell->cls));
	if (cell->how != METOD_SHOW_EXACT)
		return;
	ret->part = (int64_t)cell->part;
	ret->share = (int64_t)cell->share;
	ret->lo = (int64_t)cell->lo;
	ret->hi = (int64_t)cell->hi;
	if (cell->unclear_how == METOD_SHOW_EXACT)
		ret->unclear = (int64_t)cell->unclear_share;
}

enum metod_err metod_do_deficit_top(
    struct metod_call *call, const void *request, void *reply)
{
	const struct metod_deficit_top_req *req = request;
	struct metod_deficit_top_rep *rep = reply;
	struct metod_wave wave;
	struct metod_scope scope;
	struct metod_release release;
	struct metod_framework framework;
	enum metod_err code =
	    gate_wave(call, call->command->who, req->wave, false, &wave);
	if (code == METOD_OK)
		code = gate_scope(call, call->command->who, req->in, &scope);
	if (code == METOD_OK)
		code = release_find(
		    call, &wave, &scope, req->position, &release, &rep->scope);
	if (code == METOD_OK)
		code = framework_of(call, wave.framework, &framework);
	if (code != METOD_OK)
		return code;
	rep->wave = wave.code;
	rep->at = release.at;
	rep->n = release.n ? (int64_t)release.n : METOD_NIL;
	rep->target = release.target;
	rep->method = method_sentence(call, release.at);
	rep->demo = call->demo;
	rep->ordered = all_exact(&release);
	order_cells(&release, rep->ordered);
	rep->rows.n = release.cells.n;
	rep->rows.p = METOD_NEWS(call->arena, rep->rows.n + 1, struct metod_deficit_row);
	for (size_t i = 0; i < rep->rows.n; i++)
		top_row(call, &framework, &release.cells.p[i], &rep->rows.p[i]);
	return METOD_OK;
}

/* ---- map ---- */

static void map_cell(const struct metod_org *org, const struct metod_release_cell *cell,
    struct metod_map_cell *ret)
{
	metod_record_init(&metod_map_cell_desc, ret);
	ret->org = org->code;
	ret->org_name = org->name;
	ret->competency = cell->competency;
	ret->shown = metod_str(shown_word((enum metod_disclosure)cell->how));
	if (cell->how >= METOD_SHOW_CLASS) {
		ret->n = (int64_t)cell->n;
		ret->cls = metod_str(class_word((enum metod_share_class)cell->cls));
	}
	if (cell->how == METOD_SHOW_EXACT)
		ret->share = (int64_t)cell->share;
}

static int by_code(const void *a, const void *b)
{
	return metod_str_cmp(
	    ((const struct metod_org *)a)->code, ((const struct metod_org *)b)->code);
}

static enum metod_err fill_map(struct metod_call *call, const struct metod_wave *wave,
    const struct metod_scope *scope, struct metod_deficit_map_rep *rep)
{
	struct territory territory;
	size_t n = 0, cap = 0;
	territory_load(call, &territory);
	struct metod_org *orgs =
	    METOD_NEWS(call->arena, territory.n + 1, struct metod_org);
	for (size_t i = 0; i < territory.n; i++)
		if (territory_within(&territory, territory.orgs[i].id, scope->org))
			orgs[n++] = territory.orgs[i];
	qsort(orgs, n, sizeof *orgs, by_code);
	for (size_t i = 0; i < n; i++) {
		struct metod_release key = {.wave = wave->id,
		    .scope_kind = METOD_STR("org"),
		    .scope = orgs[i].id};
		struct metod_release one;
		if (metod_get(call->txn, METOD_T_RELEASE, &key, call->arena, &one) !=
		    METOD_OK)
			continue;
		if (rep->rows.n + one.cells.n > METOD_ROWS_MAX)
			return metod_fail(call->err, METOD_TOO_BIG, "in", "%s",
			    metod_tr(call->lang,
				"too many organisations at once: name a municipality"));
		rep->at = one.at > rep->at ? one.at : rep->at;
		for (size_t k = 0; k < one.cells.n; k++) {
			FLOW_ROOM(call->arena, rep->rows, cap);
			map_cell(&orgs[i], &one.cells.p[k], &rep->rows.p[rep->rows.n++]);
		}
	}
	return METOD_OK;
}

enum metod_err metod_do_deficit_map(
    struct metod_call *call, const void *request, void *reply)
{
	const struct metod_deficit_map_req *req = request;
	struct metod_deficit_map_rep *rep = reply;
	struct metod_wave wave;
	struct metod_scope scope;
	struct metod_release release;
	struct metod_str name;
	enum metod_err code =
	    gate_wave(call, call->command->who, req->wave, false, &wave);
	if (code == METOD_OK)
		code = gate_scope(call, call->command->who, req->in, &scope);
	if (code == METOD_OK && strcmp(scope.kind, "association") == 0)
		code = gate_not_found(call, "in");
	if (code ==
	    METOD_OK) /* the refusal of a scope without a release, with its hint */
		code = release_find(call, &wave, &scope, METOD_STR(""), &release, &name);
	if (code != METOD_OK)
		return code;
	rep->wave = wave.code;
	rep->at = release.at;
	rep->demo = call->demo;
	return fill_map(call, &wave, &scope, rep);
}
