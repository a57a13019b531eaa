/* SPDX-License-Identifier: Apache-2.0
 * Texts in the language of a request: catalogue look-up, plural forms, numbers and dates.
 */
#include "metod/i18n.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue.h"

static int by_msgid(const void *key, const void *row)
{
	return strcmp(key, ((const struct metod_catalogue_row *)row)->msgid);
}

static const struct metod_catalogue_row *find(const char *msgid)
{
	return bsearch(msgid, metod_catalogue, metod_catalogue_n,
	    sizeof metod_catalogue[0], by_msgid);
}

const char *metod_tr(enum metod_lang lang, const char *msgid)
{
	const struct metod_catalogue_row *row = find(msgid);
	if (lang == METOD_EN)
		return row && row->en ? row->en : msgid;
	return row ? row->form[0] : msgid;
}

/* 1, 21, 31 / 2-4, 22-24 / the rest: the rule of Russian. */
static unsigned russian_form(uint64_t n)
{
	if (n % 10 == 1 && n % 100 != 11)
		return 0;
	if (n % 10 >= 2 && n % 10 <= 4 && (n % 100 < 12 || n % 100 > 14))
		return 1;
	return 2;
}

const char *metod_trn(
    enum metod_lang lang, const char *msgid, const char *plural, uint64_t n)
{
	const struct metod_catalogue_row *row = lang == METOD_RU ? find(msgid) : NULL;
	if (!row)
		return n == 1 ? msgid : plural;
	const char *form = row->form[russian_form(n)];
	return form ? form : row->form[0];
}

enum metod_lang metod_lang_from(struct metod_str word)
{
	return metod_str_starts(word, "en") ? METOD_EN : METOD_RU;
}

const char *metod_lang_word(enum metod_lang lang)
{
	return lang == METOD_EN ? "en" : "ru";
}

struct metod_str metod_pick(const struct metod_text *text, enum metod_lang lang)
{
	if (!text)
		return METOD_STR("");
	return lang == METOD_EN && text->en.n ? text->en : text->ru;
}

const char *metod_tr_token(
    enum metod_lang lang, struct metod_str word, struct metod_arena *arena)
{
	struct metod_str msgid = metod_arena_printf(arena, "token:%.*s", METOD_FMT(word));
	const char *key = metod_arena_z(arena, msgid);
	const char *text = metod_tr(lang, key);
	if (text != key)
		return text;
	/* English: the word itself, with spaces. */
	char *plain = metod_arena_alloc(arena, word.n + 1);
	for (size_t i = 0; i < word.n; i++)
		plain[i] = word.p[i];
	if (lang == METOD_EN)
		for (size_t i = 0; i < word.n; i++)
			if (plain[i] == '_')
				plain[i] = ' ';
	return plain;
}

const char *metod_tr_subject(
    enum metod_lang lang, struct metod_str word, struct metod_arena *arena)
{
	struct metod_str remark = word,
			 code = metod_str_trim(metod_str_cut(&remark, ':'));
	const char *key = metod_arena_printf(arena, "subject:%.*s", METOD_FMT(code)).p;
	const char *name = metod_tr(lang, key);
	if (name == key)
		return metod_arena_z(arena, word);
	return metod_arena_printf(
	    arena, remark.n ? "%s:%.*s" : "%s%.*s", name, METOD_FMT(remark))
	    .p;
}

struct metod_str metod_tr_milli(
    enum metod_lang lang, int64_t milli, unsigned digits, struct metod_arena *arena)
{
	static const int64_t unit[] = {1000, 100, 10, 1};
	int64_t step = unit[digits > 3 ? 3 : digits];
	bool minus = milli < 0;
	uint64_t size = minus ? (uint64_t)-milli : (uint64_t)milli;
	size = (size + (uint64_t)step / 2) /
	    (uint64_t)step; /* half up, in units of the last digit */
	uint64_t whole = size / (uint64_t)(1000 / step),
		 rest = size % (uint64_t)(1000 / step);
	const char *sign = minus && size ? "-" : "";
	if (step == 1000)
		return metod_arena_printf(
		    arena, "%s%llu", sign, (unsigned long long)whole);
	return metod_arena_printf(arena, "%s%llu%s%0*llu", sign,
	    (unsigned long long)whole, lang == METOD_RU ? "," : ".",
	    (int)(digits > 3 ? 3 : digits), (unsigned long long)rest);
}

struct metod_str metod_tr_date(
    enum metod_lang lang, int64_t days, struct metod_arena *arena)
{
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
	    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	int year, month, day;
	metod_civil_from_days(days, &year, &month, &day);
	if (lang == METOD_EN)
		return metod_arena_printf(
		    arena, "%d %s %d", day, months[month - 1], year);
	return metod_arena_printf(arena, "%02d.%02d.%04d", day, month, year);
}
