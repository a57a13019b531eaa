/* SPDX-License-Identifier: Apache-2.0
 * Best assignment of clients to places with rising place costs and an outside option,
 * with prices that prove it. Internal to lib/core: knows numbers only, not mentors. */
#pragma once

#include "metod/match.h"

enum { METOD_FLOW_OUT = -1 };

__extension__ typedef __int128 metod_wide; /* totals */

struct metod_flow_edge {
	int64_t gain;
	uint32_t server;
};

/* Clients 0..n-1 ask for one place each; server j has capacity[j] <= METOD_CAPACITY_MAX
 * places, the k-th taken place costs step (k-1). All amounts below 2^60. */
struct metod_flow {
	size_t n, m;
	struct metod_flow_edge **edges; /* per client, by server */
	size_t *degree;
	int64_t *outside; /* what a client gets without a place, usually negative */
	unsigned *capacity;
	int64_t step;
	/* answer */
	int32_t *mate;  /* server or METOD_FLOW_OUT */
	int64_t *value; /* u_i */
	int64_t *price; /* p_j >= 0 */
	unsigned *load;
	uint32_t (*holder)[METOD_CAPACITY_MAX]; /* clients of a server, `load` of them */
};

/* Fills the answer; the arrays of the answer come from the arena. */
void metod_flow_solve(struct metod_flow *flow, struct metod_arena *arena);
/* Recomputes primal and dual from the edges, mates and prices alone: true when the mates
 * are admissible and both sums are equal. Then *ret_dual is the common value. */
bool metod_flow_certify(
    const struct metod_flow *flow, struct metod_arena *arena, metod_wide *ret_dual);
/* Largest number of clients of each tier (1..3) that can have a place at all, lower tiers
 * keeping theirs. */
void metod_flow_cover(const struct metod_flow *flow, const unsigned *tier,
    struct metod_arena *arena, size_t ret[4]);
