/* SPDX-License-Identifier: Apache-2.0
 * Counts of one wave while they are made: aggregate.c counts the tree and the positions,
 * aggregate_sets.c associations, aggregate_show.c decides what may be shown. Raw counts
 * stay between these three. */
#pragma once

#include "aggregate.h"

struct cell_count {
	uint64_t n, need, unclear;
};

struct scope_count {
	const char *kind;
	uint64_t id;
	struct metod_str word; /* of a position */
	size_t parent;         /* index; SIZE_MAX: none */
	size_t family; /* children of one family are disjoint parts of the parent */
	uint64_t target, n, shown_n;
	uint64_t who; /* digest of the members who have answered; associations only */
	struct cell_count *cells; /* by competency */
	struct metod_shown *need, *unclear;
	struct metod_release *old; /* NULL: never released */
	uint8_t *in;               /* by sheet: counted here; NULL: nobody is */
	bool *kept;                /* by competency: the cell stays as it was released */
	bool held;                 /* keeps its old release */
};

struct sheet_count {
	uint64_t person;
	size_t leaf; /* scope of his organisation */
	struct metod_str position;
	int64_t at, since; /* since: counted from here on; now, if it has waited */
	bool waits;        /* not in the release of his organisation */
	bool counts;       /* counted above it */
	uint8_t *states;   /* by competency */
};

struct counting {
	struct metod_call *call;
	const struct metod_wave *wave;
	struct territory territory;
	struct people people;
	struct metod_strs competencies; /* framework order */
	struct sheet_count *sheets;     /* by person */
	size_t n_sheets;
	struct scope_count *
	    scopes; /* the tree first, the root at `root`; then positions, associations */
	size_t n_scopes, n_tree, root;
	size_t n_families;
	bool closed;
};

struct scope_count *aggregate_add_scope(
    struct counting *c, const char *kind, uint64_t id, size_t family);
void aggregate_count_into(
    const struct counting *c, struct scope_count *scope, const struct sheet_count *sheet);
/* Does the sheet say anything about the competency? */
bool aggregate_judged(const struct sheet_count *sheet, size_t competency);
/* May this scope's release be replaced (or first be made) now? */
bool aggregate_may_enter(const struct counting *c, const struct scope_count *scope);
/* Counts every association; holds those that would tell of 1 to 4 people. */
void aggregate_associations(struct counting *c);

/* Runs every family of scopes through the small-group rule. */
void aggregate_show(struct counting *c);
/* What was last published of this scope, if anything was. */
bool aggregate_old_cell(const struct counting *c, const struct scope_count *scope,
    size_t competency, struct metod_release_cell *ret);
/* Hides what all numbers together tell too much of. */
void aggregate_joint(struct counting *c);
/* Release of one scope, as decided. */
void aggregate_release(
    const struct counting *c, const struct scope_count *scope, struct metod_release *ret);
