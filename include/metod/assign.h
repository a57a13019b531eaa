/* SPDX-License-Identifier: Apache-2.0
 * Best assignment of clients to places with rising place costs and an outside option,
 * with prices that prove it (optimisation.md section 1). Pure;
 * knows numbers only, not mentors. Integers only.
 *
 * Every client takes at most one place; server j has capacity[j] places, the k-th taken
 * place costs (held[j] + k - 1) steps, where held counts places that are fixed already.
 * To be maximised: gains of the taken places, less their costs, plus `outside` of those
 * without a place. Amounts are points * scale + tie with 0 <= tie < 64: when scale
 * exceeds 63 n the ties decide among equal points and never against them. */
#pragma once

#include "metod/base.h"
#include "metod/errors.h"

__extension__ typedef __int128 metod_wide; /* totals */

enum {
	METOD_ASSIGN_OUT = -1,
	METOD_ASSIGN_FREE = -2, /* not settled yet; never after solving */
	METOD_TIE_BITS = 6,
	METOD_TIE_RANGE = 1 << METOD_TIE_BITS,
	METOD_POINTS_MAX = 1 << 24, /* of one gain, either sign */
};
#define METOD_ASSIGN_GONE INT32_MIN /* gain of an edge that may not be used any more */

struct metod_assign_edge {
	uint32_t server;
	int32_t gain; /* points << METOD_TIE_BITS | tie */
};

struct metod_assign {
	/* the problem; edges of client i are edge[start[i]] .. edge[start[i + 1] - 1],
	 * each server at most once */
	size_t n, m;
	uint32_t *start;
	struct metod_assign_edge *edge;
	int64_t scale;
	int64_t *outside;   /* amount of each client without a place */
	uint32_t *capacity; /* open places of each server */
	uint32_t *held;     /* places of each server that are fixed already */
	int64_t step;       /* amount */
	/* the answer */
	int32_t *mate;  /* server or METOD_ASSIGN_OUT */
	int64_t *value; /* u_i = max(outside_i, max_j gain_ij - price_j) */
	int64_t *price; /* p_j >= 0 */
	uint32_t *load;
	uint32_t *place; /* clients of server j: holder[place[j]] .., load[j] of them */
	uint32_t *holder;
	struct metod_assign_work *work;
};

static inline int64_t metod_assign_amount(const struct metod_assign *a, int32_t gain)
{
	return (int64_t)(gain >> METOD_TIE_BITS) * a->scale +
	    (gain & (METOD_TIE_RANGE - 1));
}

/* Cost of the k-th open place, k from 1. */
static inline int64_t metod_assign_cost(
    const struct metod_assign *a, size_t j, uint32_t k)
{
	return a->step * (int64_t)(a->held[j] + k - 1);
}

/* Makes ready to solve: takes memory from the arena. Call once. */
void metod_assign_begin(struct metod_assign *assign, struct metod_arena *arena);
/* Finds the optimum: from nothing, or, after `outside` has grown apart, from the prices
 * of the last call. */
void metod_assign_solve(struct metod_assign *assign);

/* One change to a solved assignment, after which it is optimal again. */
void metod_assign_forbid(struct metod_assign *assign, uint32_t client, uint32_t server);
/* New capacity of a server; clients that lose their place look for another. */
void metod_assign_resize(struct metod_assign *assign, uint32_t server, uint32_t capacity);
/* The client wants nothing any more (false), or again (true). */
void metod_assign_wants(struct metod_assign *assign, uint32_t client, bool wants);

/* Primal and dual from edges, mates and prices alone; nothing else of the answer is
 * looked at. False when the mates are not admissible or a price is negative. */
bool metod_assign_sums(const struct metod_assign *assign, struct metod_arena *arena,
    metod_wide *ret_primal, metod_wide *ret_dual);
/* Recomputes primal and dual from edges, mates and prices alone. True when the mates are
 * admissible and both are equal; *ret_dual then is the common value. */
bool metod_assign_certify(
    const struct metod_assign *assign, struct metod_arena *arena, metod_wide *ret_dual);
/* Solves with outside costs by tier: outside[1..3] in points, tier[i] of client i. With
 * `strict` the costs of tiers 1 and 2 are doubled until as many of them have a place as
 * can have one at all; an optimum that covers so many stays one for every larger cost.
 * outside is then what was used. ret_most: see metod_assign_cover. METOD_RANGE names the
 * tier whose cost is too large for 64-bit amounts. */
METOD_MUST_CHECK enum metod_err metod_assign_tiers(struct metod_assign *assign,
    const unsigned *tier, int64_t outside[4], bool strict, size_t ret_most[4],
    struct metod_arena *arena, struct metod_error *err);
/* Hash of a pair for ties, below METOD_TIE_RANGE, from hashes of both ends. */
int32_t metod_assign_tie(uint64_t season, uint64_t client, uint64_t server);
/* Smallest power of two above the sum of all ties of an answer of n clients. */
int64_t metod_assign_scale(size_t n);

/* Largest number of clients of each tier (1..3) that can have a place at all, lower tiers
 * keeping theirs. */
void metod_assign_cover(const struct metod_assign *assign, const unsigned *tier,
    struct metod_arena *arena, size_t ret[4]);
