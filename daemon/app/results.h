/* SPDX-License-Identifier: Apache-2.0
 * What the use cases of results share: the territory read once, profiles of a wave,
 * releases and the words around published numbers. Nothing here decides who may see what.
 * Only publish, aggregate, deficit, route*, mentor*, mentee, recommend, send and export
 * know it. */
#pragma once

#include "flow.h"

/* ---- the territory read once: hundreds of organisations, thousands of questions about
 * them ----
 */
struct territory {
	struct metod_org *orgs; /* by id */
	size_t n;
};
void territory_load(struct metod_call *call, struct territory *ret);
/* Index in orgs; SIZE_MAX when absent. */
size_t territory_index(const struct territory *territory, uint64_t org);
/* Is `org` the same as, or below, `ancestor`? ancestor 0: the whole territory. */
bool territory_within(const struct territory *territory, uint64_t org, uint64_t ancestor);
/* Itself or the nearest ancestor of kind "municipality"; else the root; 0 when unknown.
 */
uint64_t territory_municipality(const struct territory *territory, uint64_t org);

/* Persons at or below `root` (0: all), by id. */
struct people {
	struct metod_person *p;
	size_t n;
};
void people_load(struct metod_call *call, const struct territory *territory,
    uint64_t root, struct people *ret);
const struct metod_person *people_find(
    const struct people *people, uint64_t id); /* NULL: absent */
/* Code of the first subject; empty when there is none. */
struct metod_str first_subject(const struct metod_person *person);
bool has_subject(const struct metod_person *person, struct metod_str code);

/* ---- profiles ---- */
struct profiles {
	struct metod_profile *p; /* by person */
	size_t n;
};
void profiles_load(struct metod_call *call, uint64_t wave, struct profiles *ret);
const struct metod_profile_cell *profile_cell(
    const struct metod_profile *profile, struct metod_str competency); /* NULL: absent */
/* Did the person agree, at the start, that his answers are counted without a name? */
bool agreed_to_counts(struct metod_call *call, uint64_t attempt);

/* ---- releases ---- */
/* Release of a scope in a wave: of the whole wave when the scope holds it; position "":
 * everybody. NOT_FOUND with the hint to publish. *ret_name: the scope as people call it.
 */
enum metod_err release_find(struct metod_call *call, const struct metod_wave *wave,
    const struct metod_scope *scope, struct metod_str position, struct metod_release *ret,
    struct metod_str *ret_name);
uint64_t position_scope(struct metod_str position); /* scope id of a position's release */
struct metod_shown shown_of(const struct metod_release_cell *cell);
const char *shown_word(enum metod_disclosure how); /* exact class hidden nothing */
const char *class_word(enum metod_share_class share_class); /* few notable most; "" */
/* One sentence: numerator, denominator, moment, rule. */
struct metod_str method_sentence(struct metod_call *call, int64_t at_ms);

/* ---- numbers and names in sentences ---- */
/* "1 284" (ru, no-break space) or "1,284". */
struct metod_str number_text(struct metod_call *call, enum metod_lang lang, uint64_t n);
/* Whole per cent of a share 0..1. */
unsigned percent(double share);
struct metod_str competency_name(const struct metod_framework *framework,
    struct metod_str id,
    enum metod_lang lang); /* the id itself when the framework does not know it */
/* Names in angle quotes of the language, joined: «Обратная связь», «Критерии». */
struct metod_str quoted_names(struct metod_call *call,
    const struct metod_framework *framework, struct metod_strs ids);
