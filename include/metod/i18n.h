/* SPDX-License-Identifier: Apache-2.0
 * Translations: catalogues of po/ compiled to tables; the language is an argument, never
 * global. */
#pragma once

#include "metod/base.h"
#include "metod/records.h"

enum metod_lang { METOD_RU = 0, METOD_EN = 1 };

/* Text of an English msgid in the language; the msgid itself when the catalogue has none.
 */
const char *metod_tr(enum metod_lang lang, const char *msgid)
    __attribute__((format_arg(2)));
/* Plural form for n ("%u answer" / "%u answers"): msgid is the singular of the catalogue.
 */
const char *metod_trn(enum metod_lang lang, const char *msgid, const char *plural,
    uint64_t n) __attribute__((format_arg(2), format_arg(3)));
/* "ru", "en"; METOD_RU for anything else. */
enum metod_lang metod_lang_from(struct metod_str word);
const char *metod_lang_word(enum metod_lang lang);
/* The text of a record in the language; English falls back to Russian. NULL text: empty.
 */
struct metod_str metod_pick(const struct metod_text *text, enum metod_lang lang);
/* Fixed word (METOD_TOKEN) for people: msgid "token:WORD" of the catalogue, else the word
 * itself. */
const char *metod_tr_token(
    enum metod_lang lang, struct metod_str word, struct metod_arena *arena);
/* School subject of a METOD_SUBJECT field for people: the name behind the code ("math"),
 * also where a roster wrote "math: remark"; any other word is itself. */
const char *metod_tr_subject(
    enum metod_lang lang, struct metod_str word, struct metod_arena *arena);
/* Number with decimal comma (ru) or point: milli 1250 -> "1,25"; digits 0..3. */
struct metod_str metod_tr_milli(
    enum metod_lang lang, int64_t milli, unsigned digits, struct metod_arena *arena);
/* "21.11.2026" (ru) or "21 Nov 2026" (en). */
struct metod_str metod_tr_date(
    enum metod_lang lang, int64_t days, struct metod_arena *arena);
