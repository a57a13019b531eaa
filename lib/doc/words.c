/* SPDX-License-Identifier: Apache-2.0
 * Values of fields as people read them in their language. */
#include "metod/doc.h"

#include <string.h>

enum { DAY_MS = 86400000, MINUTE_MS = 60000 };

static struct metod_str date_words(int64_t days, const struct metod_render *how)
{
	return metod_tr_date(how->lang, days, how->arena);
}

/* "21.11.2026 14:05" in the zone */
static struct metod_str time_words(int64_t time_ms, const struct metod_render *how)
{
	int64_t local = time_ms + (int64_t)how->zone_minutes * MINUTE_MS;
	int64_t days = local / DAY_MS - (local % DAY_MS < 0);
	int minute = (int)((local - days * DAY_MS) / MINUTE_MS);
	struct metod_str date = date_words(days, how);

	return metod_arena_printf(
	    how->arena, "%.*s %02d:%02d", METOD_FMT(date), minute / 60, minute % 60);
}

/* Tenths are enough for people. */
static struct metod_str milli_words(int64_t value, const struct metod_render *how)
{
	return metod_tr_milli(how->lang, value, 1, how->arena);
}

/* Names of school subjects instead of their codes. */
static struct metod_str subject_words(
    const struct metod_field *field, const void *record, const struct metod_render *how)
{
	const char *at = (const char *)record + field->offset;
	struct metod_str one, all = METOD_STR("");
	struct metod_strs list = {&one, 1};

	if (field->kind == METOD_KIND_STRS)
		memcpy(&list, at, sizeof(list));
	else
		memcpy(&one, at, sizeof(one));
	for (size_t i = 0; i < list.n; i++)
		all = metod_arena_printf(how->arena, "%.*s%s%s", METOD_FMT(all),
		    i ? ", " : "", metod_tr_subject(how->lang, list.p[i], how->arena));
	return all;
}

struct metod_str metod_field_words(
    const struct metod_field *field, const void *record, const struct metod_render *how)
{
	const char *at = (const char *)record + field->offset;
	bool number = field->kind == METOD_KIND_I64 || field->kind == METOD_KIND_U64;
	struct metod_str text = {NULL, 0};
	int64_t value = 0;

	/* Zero is a value where it is required or where "no value" has its own mark;
	 * elsewhere it is a count that people want to see, but no date. */
	if (number && field->flags & (METOD_DATE | METOD_TIME | METOD_MILLI)) {
		memcpy(&value, at, sizeof(value));
		if (metod_field_empty(field, record) && !(field->flags & METOD_REQ))
			return METOD_STR("");
		if (field->flags & METOD_MILLI)
			return milli_words(value, how);
		return field->flags & METOD_DATE ? date_words(value, how)
						 : time_words(value, how);
	}
	if (field->kind == METOD_KIND_BOOL)
		return metod_str(
		    metod_tr(how->lang, *(const bool *)(const void *)at ? "yes" : "no"));
	if (field->flags & METOD_SUBJECT)
		return subject_words(field, record, how);
	if (field->kind == METOD_KIND_STR && field->flags & METOD_TOKEN) {
		memcpy(&text, at, sizeof(text));
		return text.n ? metod_str(metod_tr_token(how->lang, text, how->arena))
			      : METOD_STR("");
	}
	return metod_field_text(field, record, how->zone_minutes, how->arena);
}
