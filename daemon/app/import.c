/* SPDX-License-Identifier: Apache-2.0
 * Import engine: stages, comparison with what is stored, marks + ~ = !, all or nothing.
 * Knows no register: those are in registers.c. Runs on the writer thread only. */
#include "import.h"

#include "metod/wire.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STAGES = 16, STAGE_MS = 10 * 60 * 1000, SAMPLE_ROWS = 20 };

struct stage {
	uint64_t id, actor;
	const struct metod_desc *row;
	int64_t used_ms;
	char last_key[METOD_KEY_MAX + 1]; /* a part that comes twice is taken once */
	struct metod_arena *arena;
	char *rows;
	size_t n, cap;
};
struct metod_stages {
	struct stage stage[STAGES];
};
struct code_slot {
	struct metod_str code;
	size_t row;
};

struct metod_stages *stages_new(void)
{
	return metod_xcalloc(1, sizeof(struct metod_stages));
}

static void stage_drop(struct stage *stage)
{
	metod_arena_free(stage->arena);
	free(stage->rows);
	*stage = (struct stage){0};
}

void stages_free(struct metod_stages *stages)
{
	if (!stages)
		return;
	for (size_t i = 0; i < STAGES; i++)
		stage_drop(&stages->stage[i]);
	free(stages);
}

/* ---- staging ---- */

static struct stage *stage_new(struct metod_call *call, const struct metod_desc *row)
{
	struct stage *oldest = &call->app->stages->stage[0];
	for (size_t i = 0; i < STAGES; i++) {
		struct stage *one = &call->app->stages->stage[i];
		if (one->id && call->now_ms - one->used_ms > STAGE_MS)
			stage_drop(one);
		if (one->used_ms < oldest->used_ms)
			oldest = one;
	}
	stage_drop(oldest);
	*oldest = (struct stage){.id = fresh_id(call),
	    .actor = call->caller.actor,
	    .row = row,
	    .arena = metod_arena_new()};
	return oldest;
}

static struct stage *stage_find(
    struct metod_call *call, uint64_t id, const struct metod_desc *row)
{
	for (size_t i = 0; i < STAGES; i++) {
		struct stage *one = &call->app->stages->stage[i];
		if (one->id == id && one->actor == call->caller.actor && one->row == row)
			return one;
	}
	return NULL;
}

static void stage_add(
    struct metod_call *call, struct stage *stage, const struct import_part *part)
{
	char key[METOD_KEY_MAX + 1] = "";
	snprintf(key, sizeof key, "%.*s", METOD_FMT(call->key));
	stage->used_ms = call->now_ms;
	if (key[0] && strcmp(key, stage->last_key) == 0)
		return;
	memcpy(stage->last_key, key, sizeof key);
	size_t size = stage->row->size;
	if (stage->n + part->n_rows > stage->cap) {
		stage->cap = (stage->n + part->n_rows) * 2;
		stage->rows = metod_xrealloc(stage->rows, stage->cap * size);
	}
	for (size_t i = 0; i < part->n_rows; i++)
		metod_record_copy(stage->row, stage->rows + (stage->n++) * size,
		    (const char *)part->rows + i * size, stage->arena);
}

static void compose_row(
    const struct metod_desc *desc, char *row, struct metod_arena *arena)
{
	for (size_t i = 0; i < desc->count; i++) {
		struct metod_str *text =
		    (struct metod_str *)(row + desc->fields[i].offset);
		if (desc->fields[i].kind == METOD_KIND_STR)
			*text = import_compose(*text, arena);
	}
}

/* Copies the staged rows and the last part into the call; the stage itself ends only when
 * the work was recorded, because a batch may run again. */
static void stage_take(struct metod_call *call, const struct stage *stage,
    const struct import_part *part, struct import *import)
{
	size_t size = import->kind->row->size, before = stage ? stage->n : 0;
	char *rows = metod_arena_array(call->arena, before + part->n_rows + 1, size);
	for (size_t i = 0; i < before; i++)
		metod_record_copy(import->kind->row, rows + i * size,
		    stage->rows + i * size, call->arena);
	if (part->n_rows)
		memcpy(rows + before * size, part->rows, part->n_rows * size);
	for (size_t i = 0; i < before + part->n_rows; i++)
		compose_row(import->kind->row, rows + i * size, call->arena);
	import->rows = rows;
	import->n_rows = before + part->n_rows;
}

/* ---- rows ---- */

const void *import_row(const struct import *import, size_t i)
{
	return import->rows + i * import->kind->row->size;
}

struct metod_str import_code(const struct import *import, size_t i)
{
	return *(const struct metod_str *)((const char *)import_row(import, i) +
	    import->kind->code_offset);
}

void *import_bad(
    struct import *import, size_t i, const char *column, const char *format, ...)
{
	char text[500];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	import->bad[i] = metod_arena_strz(import->call->arena, text);
	import->bad_column[i] = column;
	return NULL;
}

static size_t slot_of(const struct import *import, struct metod_str code)
{
	size_t at = metod_hash64(1, code.p, code.n) & (import->n_slots - 1);
	while (import->slots[at].code.p && !metod_str_eq(import->slots[at].code, code))
		at = (at + 1) & (import->n_slots - 1);
	return at;
}

size_t import_find(const struct import *import, struct metod_str code)
{
	size_t at = slot_of(import, code);
	return import->slots[at].code.p ? import->slots[at].row : SIZE_MAX;
}

static uint64_t record_id(const struct importer *kind, const void *record)
{
	const struct metod_field *field = metod_desc_field(kind->record, METOD_STR("id"));
	return field ? *(const uint64_t *)((const char *)record + field->offset) : 0;
}

/* First walk: which codes the file holds, which are stored, which id each will have. */
static void index_rows(struct import *import)
{
	struct metod_arena *arena = import->call->arena;
	for (import->n_slots = 64; import->n_slots < 2 * import->n_rows;)
		import->n_slots *= 2;
	import->slots = METOD_NEWS(arena, import->n_slots, struct code_slot);
	import->bad = METOD_NEWS(arena, import->n_rows + 1, struct metod_str);
	import->bad_column = METOD_NEWS(arena, import->n_rows + 1, const char *);
	import->ids = METOD_NEWS(arena, import->n_rows + 1, uint64_t);
	import->before = METOD_NEWS(arena, import->n_rows + 1, const void *);
	for (size_t i = 0; i < import->n_rows; i++) {
		struct metod_str code = import_code(import, i);
		size_t at = slot_of(import, code);
		if (import->slots[at].code.p) {
			if (!import->kind->merge)
				import_bad(import, i, "code",
				    metod_tr(import->call->lang,
					"this code stands in the file twice: %.*s"),
				    METOD_FMT(code));
			continue;
		}
		import->slots[at] = (struct code_slot){code, i};
		import->before[i] = import->kind->stored(import->call, code);
		if (import->before[i])
			import->ids[i] = record_id(import->kind, import->before[i]);
		if (import->ids[i] == 0)
			import->ids[i] = fresh_id(import->call);
	}
}

/* ---- comparison and report ---- */

static bool same_record(const struct metod_desc *desc, const void *a, const void *b)
{
	struct metod_buf one = {0}, two = {0};
	metod_pack(desc, a, METOD_KEYS_INT, 0, &one);
	metod_pack(desc, b, METOD_KEYS_INT, 0, &two);
	bool same = metod_str_eq(metod_buf_view(&one), metod_buf_view(&two));
	metod_buf_done(&one);
	metod_buf_done(&two);
	return same;
}

/* As people read it: fixed words and "yes" in their language. */
static struct metod_str value_text(
    struct metod_call *call, const struct metod_field *field, const void *record)
{
	struct metod_str text = metod_field_text(field, record, 0, call->arena);
	if (field->flags & METOD_TOKEN && text.n)
		return metod_str(metod_tr_token(call->lang, text, call->arena));
	if (field->kind == METOD_KIND_BOOL)
		return metod_str(metod_tr(call->lang, metod_arena_z(call->arena, text)));
	if (field->flags & METOD_SUBJECT && field->kind == METOD_KIND_STR)
		return metod_str(metod_tr_subject(call->lang, text, call->arena));
	return text;
}

/* "position: teacher → administrator; stage: ..." */
static struct metod_str what_changes(
    struct import *import, const void *before, const void *after)
{
	struct metod_call *call = import->call;
	const struct metod_desc *desc = import->kind->record;
	struct metod_str out = METOD_STR("");
	for (size_t i = 0; i < desc->count; i++) {
		const struct metod_field *field = &desc->fields[i];
		if (field->kind == METOD_KIND_REC || field->kind == METOD_KIND_RECS)
			continue;
		struct metod_str was = value_text(call, field, before);
		struct metod_str now = value_text(call, field, after);
		if (!metod_str_eq(was, now))
			out = metod_arena_printf(call->arena, "%.*s%s%s: %.*s → %.*s",
			    METOD_FMT(out), out.n ? "; " : "",
			    metod_tr(call->lang, field->title), METOD_FMT(was),
			    METOD_FMT(now));
	}
	return out;
}

static void mark(struct import *import, struct metod_import_rep *rep, size_t i,
    const char *sign, const char *column, struct metod_str text)
{
	const struct metod_field *line =
	    metod_desc_field(import->kind->row, METOD_STR("line"));
	rep->rows.p[rep->rows.n++] = (struct metod_import_mark){
	    .line =
		*(const uint64_t *)((const char *)import_row(import, i) + line->offset),
	    .mark = metod_str(sign),
	    .code = import_code(import, i),
	    .column = metod_str(column ? column : ""),
	    .text = text};
}

static size_t value_bytes(enum metod_kind kind)
{
	switch (kind) {
	case METOD_KIND_BOOL:
		return sizeof(bool);
	case METOD_KIND_U64:
	case METOD_KIND_I64:
	case METOD_KIND_REAL:
	case METOD_KIND_REC:
		return sizeof(uint64_t);
	case METOD_KIND_STR:
	case METOD_KIND_BIN:
	case METOD_KIND_U64S:
	case METOD_KIND_I64S:
	case METOD_KIND_REALS:
	case METOD_KIND_STRS:
	case METOD_KIND_RECS:
		break;
	}
	return sizeof(struct metod_str); /* pointer and count */
}

/* A roster without a column for subjects says nothing about subjects. */
static void keep_absent_columns(
    const struct import *import, const void *before, void *record)
{
	const struct metod_desc *desc = import->kind->record;
	for (size_t i = 0; import->columns.n && i < desc->count; i++) {
		struct metod_str name = metod_str(desc->fields[i].name);
		if (metod_desc_field(import->kind->row, name) &&
		    !strs_have(import->columns, name))
			memcpy((char *)record + desc->fields[i].offset,
			    (const char *)before + desc->fields[i].offset,
			    value_bytes(desc->fields[i].kind));
	}
}

/* Second walk: resolve, compare, count; records when `write`. */
static void walk(struct import *import, struct metod_import_rep *rep, bool write)
{
	struct metod_call *call = import->call;
	rep->rows.p =
	    METOD_NEWS(call->arena, import->n_rows + 1, struct metod_import_mark);
	rep->rows.n = 0;
	rep->read = import->n_rows;
	rep->added = rep->changed = rep->same = rep->errors = 0;
	for (size_t i = 0; i < import->n_rows; i++) {
		bool first = import_find(import, import_code(import, i)) == i;
		void *record =
		    import->bad[i].n || !first ? NULL : import->kind->resolve(import, i);
		if (import->bad[i].n) {
			rep->errors++;
			mark(import, rep, i, "!", import->bad_column[i], import->bad[i]);
			continue;
		}
		if (!record)
			continue; /* a further session of an activity */
		const void *before = import->before[i];
		if (before)
			keep_absent_columns(import, before, record);
		if (before && same_record(import->kind->record, before, record)) {
			rep->same++;
			continue;
		}
		if (before && ++rep->changed <= SAMPLE_ROWS)
			mark(import, rep, i, "~", NULL,
			    what_changes(import, before, record));
		if (!before)
			rep->added++;
		if (write)
			metod_record(call->txn, import->kind->event, record);
	}
}

enum metod_err import_run(struct metod_call *call, const struct importer *kind,
    const struct import_part *part, struct metod_import_rep *rep)
{
	struct stage *stage =
	    part->stage ? stage_find(call, part->stage, kind->row) : NULL;
	if (part->stage && !stage)
		return metod_fail(call->err, METOD_CONFLICT, "stage", "%s",
		    metod_tr(call->lang,
			"the begun import is no longer here; start it again"));
	if (stage && stage->n + part->n_rows > METOD_CSV_ROWS_MAX)
		return metod_fail(call->err, METOD_TOO_BIG, "rows", "%s",
		    metod_tr(call->lang, "too many rows for one import"));
	if (!part->last) {
		if (!stage)
			stage = stage_new(call, kind->row);
		stage_add(call, stage, part);
		rep->stage = stage->id;
		rep->read = stage->n;
		return METOD_OK;
	}
	struct import import = {.call = call, .kind = kind, .columns = part->columns};
	stage_take(call, stage, part, &import);
	index_rows(&import);
	walk(&import, rep, false);
	if (rep->errors) /* a row may stand on one that proved bad after it */
		walk(&import, rep, false);
	rep->written = !part->dry_run && (rep->errors == 0 || part->skip_bad);
	if (rep->written)
		walk(&import, rep, true);
	return METOD_OK; /* the stage is dropped by age: this work may run again */
}
