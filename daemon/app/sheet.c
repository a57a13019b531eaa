/* SPDX-License-Identifier: Apache-2.0
 * The sheet of one respondent: which statements, in which order, on which pages, with
 * which answers. The order is drawn once and stored with the attempt; nothing here
 * records events. */
#include <stdlib.h>

#include "flow.h"
#include "frozen.h"

enum {
	MEDIAN_LEAST = 20,
	MEDIAN_SAMPLE = 64,
	PAGE_MS_MAX = 30 * 60 * 1000,
	MINUTE_MS = 60 * 1000
};

bool next_row(struct metod_scan *scan, struct metod_arena *arena, void *ret)
{
	enum metod_err e;
	do
		e = metod_scan_next(scan, arena, ret);
	while (e == METOD_DAMAGED);
	return e == METOD_OK;
}

bool form_asks(const struct metod_form *form, struct metod_str position)
{
	return wording_of(form, position).n > 0;
}

struct metod_str wording_of(const struct metod_form *form, struct metod_str position)
{
	for (size_t i = 0; i < form->wordings.n; i++)
		if (strs_have(form->wordings.p[i].positions, position))
			return form->wordings.p[i].key;
	return METOD_STR("");
}

const struct metod_item *form_item(const struct metod_form *form, struct metod_str id)
{
	for (size_t i = 0; i < form->items.n; i++)
		if (metod_str_eq(form->items.p[i].id, id))
			return &form->items.p[i];
	return NULL;
}

struct metod_str item_text(
    const struct metod_item *item, struct metod_str wording, enum metod_lang lang)
{
	for (size_t i = 0; i < item->texts.n; i++)
		if (metod_str_eq(item->texts.p[i].wording, wording))
			return metod_pick(item->texts.p[i].text, lang);
	return METOD_STR("");
}

/* ---- order ---- */

static bool in_group(const struct metod_framework *framework,
    const struct metod_wave *wave, const struct metod_item *item, struct metod_str group)
{
	const struct metod_competency *competency =
	    competency_of(framework, item->competency);
	return competency && metod_str_eq(competency->group, group) &&
	    strs_have(wave->competencies, item->competency);
}

static void shuffle(struct metod_str *items, size_t n, uint64_t *state)
{
	for (size_t i = n; i > 1; i--) {
		size_t j = (size_t)(metod_rand64(state) % i);
		struct metod_str held = items[i - 1];
		items[i - 1] = items[j];
		items[j] = held;
	}
}

/* 9 statements make 5 and 4, not 6 and 3: pages of one run differ by one at most. */
static void add_pages(struct metod_u64s *pages, size_t statements)
{
	size_t n = (statements + METOD_PAGE_ITEMS_MAX - 1) / METOD_PAGE_ITEMS_MAX;
	for (size_t i = 0; i < n; i++)
		pages->p[pages->n++] = statements / n + (i < statements % n);
}

void sheet_plan(struct metod_call *call, const struct metod_framework *framework,
    const struct metod_form *form, const struct metod_wave *wave, uint64_t seed,
    struct metod_strs *ret_items, struct metod_u64s *ret_pages)
{
	struct metod_strs items = {
	    METOD_NEWS(call->arena, form->items.n + 1, struct metod_str), 0};
	struct metod_u64s pages = {
	    METOD_NEWS(call->arena, form->items.n + 1, uint64_t), 0};

	for (size_t g = 0; g < framework->groups.n; g++) {
		size_t first = items.n;
		for (size_t i = 0; i < form->items.n; i++)
			if (in_group(framework, wave, &form->items.p[i],
				framework->groups.p[g].id))
				items.p[items.n++] = form->items.p[i].id;
		shuffle(items.p + first, items.n - first, &seed);
		add_pages(&pages, items.n - first);
	}
	*ret_items = items;
	*ret_pages = pages;
}

size_t page_begin(const struct metod_u64s *pages, uint64_t page)
{
	size_t begin = 0;
	for (size_t i = 0; i < pages->n && i + 1 < page; i++)
		begin += pages->p[i];
	return begin;
}

/* ---- answers ---- */

void sheet_read(
    struct metod_call *call, const struct metod_attempt *attempt, struct sheet *ret)
{
	struct metod_page key = {.attempt = attempt->id}, page;
	struct metod_scan *scan = metod_scan_table(call->txn, METOD_T_PAGE, &key, 1);
	*ret = (struct sheet){
	    .answers = {METOD_NEWS(call->arena, attempt->items.n + 1, int64_t),
		attempt->items.n}};

	for (size_t i = 0; i < attempt->items.n; i++)
		ret->answers.p[i] = METOD_ANSWER_NONE;
	while (next_row(scan, call->arena, &page)) {
		size_t begin = page_begin(&attempt->pages, page.page);
		for (size_t i = 0; i < page.answers.n && begin + i < attempt->items.n;
		     i++)
			ret->answers.p[begin + i] = page.answers.p[i];
		ret->duration_ms +=
		    page.spent_ms < PAGE_MS_MAX ? page.spent_ms : PAGE_MS_MAX;
	}
	metod_scan_end(scan);
	for (size_t page_no = 1, i = 0; page_no <= attempt->pages.n; page_no++)
		for (size_t end = page_begin(&attempt->pages, page_no + 1); i < end; i++)
			if (ret->answers.p[i] == METOD_ANSWER_NONE && ret->gaps++ == 0)
				ret->gap_page = page_no;
}

/* ---- time ---- */

static int by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

/* Rows of the sample stand in the order of random ids, so the first ones are a fair
 * sample. */
static uint64_t count_minutes(struct metod_call *call, const struct metod_wave *wave)
{
	struct metod_submission key = {.wave = wave->id}, sheet;
	struct metod_scan *scan =
	    metod_scan_table(call->txn, METOD_T_SUBMISSION, &key, 1);
	uint64_t ms[MEDIAN_SAMPLE];
	size_t n = 0;

	while (n < MEDIAN_SAMPLE && next_row(scan, call->arena, &sheet))
		ms[n++] = sheet.duration_ms;
	metod_scan_end(scan);
	if (n < MEDIAN_LEAST)
		return 0;
	qsort(ms, n, sizeof *ms, by_size);
	uint64_t median = ms[n / 2];
	return median == 0 ? 1 : (median + MINUTE_MS - 1) / MINUTE_MS;
}

uint64_t wave_minutes(struct metod_call *call, const struct metod_wave *wave)
{
	uint64_t minutes;
	if (!frozen_minutes(call, wave->id, &minutes)) {
		minutes = count_minutes(call, wave);
		frozen_keep_minutes(call, wave->id, minutes);
	}
	return minutes;
}
