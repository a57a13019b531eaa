/* SPDX-License-Identifier: Apache-2.0
 * A reader of everything that was published about one competency, who also knows who has
 * answered, who belongs where, and every rule. Solves the equations and bounds that the
 * publications are, in whole numbers. Knows nothing of how publications are made. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Atoms: people whom no publication tells apart. n of them, x of these in need. `gone`:
 * they have withdrawn since, so that nobody can take care of ranges about them. */
struct audit_atom {
	int64_t n, x;
	bool gone;
};
enum audit_kind {
	AUDIT_SILENT, /* hidden, or fewer than 5: no number */
	AUDIT_CLASS,  /* the number in need lies within lo..hi */
	AUDIT_EXACT,  /* lo == hi */
};
struct audit_cell {
	enum audit_kind kind;
	int64_t lo, hi;
	const uint64_t *atoms; /* a bit for each */
};
struct audit_system {
	const char *name;
	struct audit_atom *atoms;
	size_t n_atoms;
	struct audit_cell *cells;
	size_t n_cells;
};
struct audit_found {
	uint64_t cells,
	    shown; /* of scopes with 5 answers or more; those that say something */
	uint64_t targets, solved; /* groups looked at; those that needed the solver */
	uint64_t exact;           /* groups known to the digit that may not be */
	uint64_t persons;  /* of them: everybody in the group is known to need, or not */
	uint64_t narrowed; /* hidden cells, and those below 5, told to a width below 5 */
	uint64_t classes;  /* classes told closer than they are, to a width below 5 */
	uint64_t
	    broken; /* publications that contradict each other: a fault of the audit */
};

/* Adds what it finds; prints a line for each finding if `say`. */
void audit(const struct audit_system *system, bool say, struct audit_found *found);
/* The numbers that a class leaves open, to a reader who knows the rules. */
void audit_class(int64_t n, int64_t x, int64_t *ret_lo, int64_t *ret_hi);
bool audit_may_be_exact(int64_t n, int64_t x);
