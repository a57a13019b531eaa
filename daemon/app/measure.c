/* SPDX-License-Identifier: Apache-2.0
 * One sheet measured: its profile. What forms, parameters and frameworks say does not
 * change, so it is made ready once (struct gauge) and kept by frozen.c; a sheet then
 * costs its answers. Invariant: stored numbers are thousandths rounded once; states come
 * from unrounded ones. */
#include <math.h>
#include <stdlib.h>

#include "flow.h"
#include "frozen.h"

struct metod_grm grm_of(const struct metod_param *param)
{
	struct metod_grm grm = {
	    .a = (double)param->a / 1e6, .categories = (unsigned)param->c.n + 1};
	for (size_t k = 0; k < param->c.n && k < METOD_LEN(grm.c); k++)
		grm.c[k] = (double)param->c.p[k] / 1e6;
	return grm;
}

static struct metod_grm item_grm(const struct metod_paramset *set, struct metod_str item)
{
	for (size_t i = 0; i < set->items.n; i++)
		if (metod_str_eq(set->items.p[i].item, item))
			return grm_of(&set->items.p[i]);
	return grm_of(set->standard);
}

/* ---- the gauge ---- */

/* The items of one competency; answers[i] of `at[i]` in the gauge's ids. */
struct gauge_scale {
	struct metod_str competency;
	const struct metod_scale *scale;
	size_t *at, n;
};

/* A form with its parameters and cuts. */
struct gauge {
	struct metod_strs ids; /* of the items, sorted */
	struct gauge_scale *scales;
	size_t n;
};

static int by_id(const void *a, const void *b)
{
	return metod_str_cmp(*(const struct metod_str *)a, *(const struct metod_str *)b);
}

/* Place of the item in the gauge's ids; ids.n: not there. */
static size_t place_of(const struct gauge *gauge, struct metod_str id)
{
	size_t lo = 0, hi = gauge->ids.n;
	while (lo < hi) {
		size_t middle = (lo + hi) / 2;
		int order = metod_str_cmp(gauge->ids.p[middle], id);
		if (order == 0)
			return middle;
		if (order < 0)
			lo = middle + 1;
		else
			hi = middle;
	}
	return gauge->ids.n;
}

static void make_scale(const struct gauge *gauge, const struct metod_form *form,
    const struct metod_paramset *set, const struct metod_cuts *cuts,
    struct metod_arena *arena, struct gauge_scale *ret)
{
	struct metod_grm items[METOD_ITEMS_MAX];

	ret->at = METOD_NEWS(arena, METOD_ITEMS_MAX, size_t);
	for (size_t i = 0; i < form->items.n && ret->n < METOD_ITEMS_MAX; i++) {
		if (!metod_str_eq(form->items.p[i].competency, ret->competency))
			continue;
		items[ret->n] = item_grm(set, form->items.p[i].id);
		ret->at[ret->n++] = place_of(gauge, form->items.p[i].id);
	}
	ret->scale = metod_scale_new(items, ret->n, cuts, METOD_NODES, arena);
}

const struct gauge *gauge_new(const struct metod_form *form,
    const struct metod_framework *framework, const struct metod_paramset *set,
    struct metod_arena *arena)
{
	const struct metod_cuts cuts = {(double)framework->severe / 1000,
	    (double)framework->need / 1000, (double)framework->resource / 1000,
	    (double)framework->target / 1000};
	struct gauge *gauge = METOD_NEW(arena, struct gauge);

	gauge->ids.p = METOD_NEWS(arena, form->items.n + 1, struct metod_str);
	for (; gauge->ids.n < form->items.n; gauge->ids.n++)
		gauge->ids.p[gauge->ids.n] =
		    metod_arena_str(arena, form->items.p[gauge->ids.n].id);
	qsort(gauge->ids.p, gauge->ids.n, sizeof *gauge->ids.p, by_id);
	gauge->n = framework->competencies.n;
	gauge->scales = METOD_NEWS(arena, gauge->n + 1, struct gauge_scale);
	for (size_t c = 0; c < gauge->n; c++) {
		gauge->scales[c].competency =
		    metod_arena_str(arena, framework->competencies.p[c].id);
		make_scale(gauge, form, set, &cuts, arena, &gauge->scales[c]);
	}
	return gauge;
}

/* ---- a sheet ---- */

static int64_t milli(double x)
{
	return llround(x * 1000);
}

/* Numbers stand where the model could be applied (then the error is above zero); a state
 * without them says why. */
static struct metod_profile_cell quantised(
    struct metod_str competency, const struct metod_cell *cell)
{
	bool measured =
	    cell->answered > 0 && cell->reason != METOD_REASON_NO_PARAMS && cell->psd > 0;
	struct metod_profile_cell out = {.competency = competency,
	    .state = cell->state,
	    .reason = cell->reason,
	    .level = cell->level < 0 ? METOD_NIL : cell->level,
	    .shown = cell->shown,
	    .answered = cell->answered,
	    .np = cell->np,
	    .cannot = cell->cannot,
	    .mean = cell->answered ? milli(cell->mean) : METOD_NIL};
	out.eap = measured ? milli(cell->eap) : METOD_NIL;
	out.psd = measured ? milli(cell->psd) : METOD_NIL;
	out.t = measured ? milli(cell->t) : METOD_NIL;
	out.t_lo = measured ? milli(cell->t_lo) : METOD_NIL;
	out.t_hi = measured ? milli(cell->t_hi) : METOD_NIL;
	out.p_need = measured ? milli(cell->p_need) : METOD_NIL;
	out.p_severe = measured ? milli(cell->p_severe) : METOD_NIL;
	out.p_resource = measured ? milli(cell->p_resource) : METOD_NIL;
	out.need = measured ? milli(cell->need) : METOD_NIL;
	return out;
}

/* Answers in the order of the gauge's ids. */
static int *spread(struct metod_call *call, const struct gauge *gauge,
    const struct metod_submission *sheet)
{
	int *answers = METOD_NEWS(call->arena, gauge->ids.n + 1, int);

	for (size_t i = 0; i <= gauge->ids.n; i++)
		answers[i] = METOD_ANSWER_UNSHOWN;
	for (size_t i = 0; i < sheet->items.n && i < sheet->answers.n; i++)
		answers[place_of(gauge, sheet->items.p[i])] = (int)sheet->answers.p[i];
	return answers;
}

static struct metod_profile_cell cell_of(
    const struct gauge_scale *one, const int *answers, struct metod_str competency)
{
	int own[METOD_ITEMS_MAX];
	struct metod_cell cell;

	for (size_t i = 0; i < one->n; i++)
		own[i] = answers[one->at[i]];
	metod_score_cell(one->scale, own, &cell);
	return quantised(competency, &cell);
}

enum metod_err compute_profile(struct metod_call *call, const struct metod_wave *wave,
    const struct metod_form *form, const struct metod_framework *framework,
    const struct metod_paramset *paramset, const struct metod_submission *sheet,
    struct metod_profile *ret)
{
	const struct gauge *gauge = frozen_gauge(call, form, framework, paramset);
	const int *answers = spread(call, gauge, sheet);

	*ret = (struct metod_profile){.wave = wave->id,
	    .person = sheet->person,
	    .attempt = sheet->attempt,
	    .at = sheet->at,
	    .framework = wave->framework,
	    .paramset = paramset->id,
	    .form = form->id,
	    .form_version = form->version};
	ret->cells.p = METOD_NEWS(call->arena, gauge->n, struct metod_profile_cell);
	for (size_t c = 0; c < gauge->n; c++) {
		struct metod_str id = framework->competencies.p[c].id;
		if (strs_have(wave->competencies, id))
			ret->cells.p[ret->cells.n++] =
			    cell_of(&gauge->scales[c], answers, id);
	}
	return METOD_OK;
}
