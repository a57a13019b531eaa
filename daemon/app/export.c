/* SPDX-License-Identifier: Apache-2.0
 * Answers for analysts: only sheets whose owner agreed to be counted, without person,
 * organisation, time or free text. Row ids are keyed hashes and give the order, so that
 * neither says anything. Once a wave was published only published answers leave, also
 * after its close: new ones come in blocks, never one by one. */
#include <stdlib.h>

#include "results.h"

enum { ID_BYTES = 12, ROWS_MAX = 1000 };

struct export_sheet {
	struct metod_submission sheet;
	uint8_t id[ID_BYTES];
};
struct sheets {
	struct export_sheet *p;
	size_t n;
};

static void row_id(
    struct metod_call *call, const struct metod_submission *sheet, uint8_t ret[ID_BYTES])
{
	uint8_t bytes[16], hash[32];
	for (size_t i = 0; i < 8; i++) {
		bytes[i] = (uint8_t)(sheet->wave >> (56 - 8 * i));
		bytes[8 + i] = (uint8_t)(sheet->person >> (56 - 8 * i));
	}
	keyed_hash(call->app->keys, "export", bytes, sizeof bytes, hash);
	memcpy(ret, hash, ID_BYTES);
}

static int by_id(const void *a, const void *b)
{
	return memcmp(((const struct export_sheet *)a)->id,
	    ((const struct export_sheet *)b)->id, ID_BYTES);
}

static void read_sheets(
    struct metod_call *call, const struct metod_wave *wave, struct sheets *ret)
{
	struct metod_submission key = {.wave = wave->id}, one;
	int64_t until =
	    wave->leaves_until != METOD_NIL ? wave->leaves_until : wave->published_at;
	bool all = until == METOD_NIL && metod_str_is(wave->state, "closed");
	size_t cap = 0;
	struct metod_scan *scan =
	    metod_scan_table(call->txn, METOD_T_SUBMISSION, &key, 1);
	*ret = (struct sheets){0};
	while (next_row(scan, call->arena, &one)) {
		bool published = until != METOD_NIL && one.at <= until;
		if ((!all && !published) || !agreed_to_counts(call, one.attempt))
			continue;
		FLOW_ROOM(call->arena, *ret, cap);
		ret->p[ret->n].sheet = one;
		row_id(call, &one, ret->p[ret->n++].id);
	}
	metod_scan_end(scan);
	if (ret->n)
		qsort(ret->p, ret->n, sizeof *ret->p, by_id);
}

/* A wording tells the kind of work: one that fewer than 5 answered is not told. */
static bool is_common(const struct sheets *sheets, struct metod_str wording)
{
	size_t n = 0;
	for (size_t i = 0; i < sheets->n && n < METOD_K; i++)
		n += metod_str_eq(sheets->p[i].sheet.wording, wording);
	return n >= METOD_K;
}

/* Answers in the order of the form, not in the order that was shown. */
static void export_row(struct metod_call *call, const struct metod_form *form,
    const struct sheets *sheets, const struct export_sheet *from,
    struct metod_export_row *ret)
{
	static const char digits[] = "0123456789abcdef";
	const struct metod_submission *sheet = &from->sheet;
	char *id = metod_arena_alloc(call->arena, 2 * ID_BYTES);
	for (size_t i = 0; i < ID_BYTES; i++) {
		id[2 * i] = digits[from->id[i] >> 4];
		id[2 * i + 1] = digits[from->id[i] & 15];
	}
	*ret = (struct metod_export_row){.id = {id, 2 * ID_BYTES},
	    .wording =
		is_common(sheets, sheet->wording) ? sheet->wording : METOD_STR("other")};
	ret->items.p = METOD_NEWS(call->arena, sheet->items.n + 1, struct metod_str);
	ret->answers.p = METOD_NEWS(call->arena, sheet->items.n + 1, int64_t);
	for (size_t f = 0; f < form->items.n; f++)
		for (size_t i = 0; i < sheet->items.n && i < sheet->answers.n; i++)
			if (metod_str_eq(sheet->items.p[i], form->items.p[f].id)) {
				ret->items.p[ret->items.n++] = sheet->items.p[i];
				ret->answers.p[ret->answers.n++] = sheet->answers.p[i];
			}
}

enum metod_err metod_do_answers_export(
    struct metod_call *call, const void *request, void *reply)
{
	const struct metod_export_req *req = request;
	struct metod_export_rep *rep = reply;
	struct metod_wave wave;
	struct metod_form form;
	struct sheets sheets;
	enum metod_err code = gate_wave(call, METOD_ANALYST, req->wave, false, &wave);
	if (code == METOD_OK)
		code = wave_form(call, &wave, &form);
	if (code != METOD_OK)
		return code;
	read_sheets(call, &wave, &sheets);
	if (sheets.n < METOD_K) {
		metod_fail(call->err, METOD_SMALL, "wave", "%s",
		    metod_tr(call->lang, "fewer than 5 answers that may be counted"));
		return metod_hint(call->err, "%s",
		    metod_tr(call->lang,
			"answers leave after the wave was published or closed"));
	}
	uint64_t limit = req->limit && req->limit < ROWS_MAX ? req->limit : ROWS_MAX;
	rep->total = sheets.n;
	rep->demo = call->demo;
	rep->rows.p = METOD_NEWS(call->arena, limit, struct metod_export_row);
	for (uint64_t i = req->offset; i < sheets.n && rep->rows.n < limit; i++)
		export_row(
		    call, &form, &sheets, &sheets.p[i], &rep->rows.p[rep->rows.n++]);
	return METOD_OK;
}
