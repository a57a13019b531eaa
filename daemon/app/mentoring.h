/* SPDX-License-Identifier: Apache-2.0
 * What the files of mentoring share: who asked, who may mentor, their pairs, and the
 * words about them. A theme is named only if its owner has opened it. */
#pragma once

#include "results.h"

enum { STRONG_FROM = 500, THEMES_MAX = 3 }; /* thousandths of a confirmed strength */

struct asker {
	struct metod_person person;
	struct metod_strs themes; /* as opened, at most THEMES_MAX */
	uint64_t grant;
	unsigned tier;
	bool paired; /* has an accepted pair in this wave */
};
struct helper {
	struct metod_person person;
	struct metod_mentor mentor;
	unsigned taken, places; /* accepted pairs of all waves; free places */
};
struct mentoring {
	struct metod_call *call;
	struct metod_wave wave;
	struct metod_framework framework;
	struct territory territory;
	struct {
		struct asker *p;
		size_t n;
	} askers; /* by person */
	struct {
		struct helper *p;
		size_t n;
	} helpers; /* admitted today, by person */
	struct {
		struct helper *p;
		size_t n;
	} former; /* of a pair of this wave, not admitted any more */
	struct {
		struct metod_pair *p;
		size_t n;
	} pairs; /* of this wave */
};
/* Reads all of it for a wave, within the organisation of the wave. */
enum metod_err mentoring_load(
    struct metod_call *call, const struct metod_wave *wave, struct mentoring *ret);
struct asker *mentoring_asker(
    const struct mentoring *m, uint64_t person); /* NULL: none */
struct helper *mentoring_helper(
    const struct mentoring *m, uint64_t person); /* NULL: none */
/* The mentor of a pair, admitted or not; NULL: forgotten. */
const struct helper *mentoring_pair_mentor(const struct mentoring *m, uint64_t person);

bool pair_is(const struct metod_pair *pair, const char *state);
/* Accepted pairs of a mentor in all waves, and the places he has in all. */
unsigned pairs_taken(struct metod_call *call, uint64_t mentor);
unsigned mentor_places(const struct metod_call *call, const struct metod_mentor *mentor);
bool mentor_admitted(const struct metod_mentor *mentor, int64_t today);
/* Themes of the person's act «Помогите найти наставника»; empty when it is not in force.
 */
struct metod_strs opened_themes(struct metod_call *call, uint64_t person);

/* The last run of a wave; false: none. */
bool newest_run(struct metod_call *call, uint64_t wave, struct metod_match_run *ret);

/* Why this pair: themes in which the mentor is strong, then subject, place and format,
 * with points that add up to the score. `mentor` may be NULL: the themes are not named
 * then. */
struct metod_str reason_text(struct metod_call *call,
    const struct metod_framework *framework, const struct metod_mentor *mentor,
    const struct metod_pair *pair, struct metod_strs themes);
const char *why_word(enum metod_match_reason why);
struct metod_str why_sentence(struct metod_call *call, struct metod_str word);
/* Per theme: asked, strong mentors, their free places. */
void shortage_rows(const struct mentoring *m, struct metod_mentor_suggest_rep *rep);
struct metod_str shortage_sentence(
    struct metod_call *call, uint64_t mentees, uint64_t places);
/* Reply of a run: totals, accepted pairs of the wave, the given proposals, those left
 * out. Texts of the rows need no transaction. */
void suggest_reply(const struct mentoring *m, const struct metod_match_run *run,
    const struct metod_pair *proposed, size_t n_proposed,
    struct metod_mentor_suggest_rep *ret);
/* Records the look where the command writes. */
void look_if_written(struct metod_call *call, uint64_t person, const char *what);
