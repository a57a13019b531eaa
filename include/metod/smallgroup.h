/* SPDX-License-Identifier: Apache-2.0
 * The small-group rule (design.md section 6): the only code that turns counts into
 * something that may be shown. Pure. n = respondents of the cell; part = how many of them
 * need support. */
#pragma once

#include "metod/base.h"

enum {
	METOD_K = 5,        /* nothing below */
	METOD_K_SHARE = 25, /* shares from here */
};

enum metod_disclosure {
	METOD_SHOW_NOTHING = 0, /* n < 5: "меньше 5 ответов" */
	METOD_SHOW_HIDDEN = 1,  /* complementary: one mark "скрыто" */
	METOD_SHOW_CLASS = 2, /* "у немногих" < 1/4, "заметно", "у большинства" > 1/2 */
	METOD_SHOW_EXACT = 3, /* part, n, share, Wilson 95 % interval */
};
enum metod_share_class {
	METOD_CLASS_NONE = 0,
	METOD_CLASS_FEW = 1,
	METOD_CLASS_NOTABLE = 2,
	METOD_CLASS_MOST = 3,
};

struct metod_count {
	uint64_t n, part;
};
/* What may leave. Fields that may not be shown are 0: a caller cannot leak by mistake. */
struct metod_shown {
	enum metod_disclosure how;
	enum metod_share_class cls;
	uint64_t n;           /* respondents; 0 when how is NOTHING or HIDDEN */
	uint64_t part;        /* only EXACT */
	double share, lo, hi; /* only EXACT: share and Wilson interval, z = 1.959964 */
};

/* One cell by itself. */
struct metod_shown metod_smallgroup_show(struct metod_count cell);
/* The parts that a class or an exact cell leaves open to a reader who knows the rule. */
void metod_smallgroup_range(
    const struct metod_shown *shown, uint64_t *ret_lo, uint64_t *ret_hi);
/* Children that partition (part of) a parent which is itself shown with `parent` counts.
 * Decides every child; hides further children («скрыто») until no hidden or classed child
 * can be narrowed by subtraction beyond its own class. ret has n_children places.
 * Deterministic. */
void metod_smallgroup_partition(struct metod_count parent,
    const struct metod_count *children, size_t n_children, struct metod_shown *ret);
/* May `after` be published when `before` was, of the same people and some more (or some
 * less)? The difference is a group too: exact only if it might be shown exactly, and
 * neither class nor the group itself may be narrowed by the other number. */
bool metod_smallgroup_may_follow(
    const struct metod_shown *before, const struct metod_shown *after);
/* A new release of a cell may replace the former one only after at least K answers
 * changed. */
bool metod_smallgroup_may_refresh(uint64_t n_before, uint64_t n_now);
void metod_wilson(uint64_t part, uint64_t n, double *ret_lo, double *ret_hi);
