/* SPDX-License-Identifier: Apache-2.0
 * What the parts of the order share: the relaxed problem, where every candidate chooses
 * for itself at the price of the teachers' time, and the seats of chosen groups. */
#pragma once

#include "metod/assign.h"
#include "metod/dpo_order.h"

/* A benefit seen from its candidate. */
struct dpo_seat {
	int64_t rest; /* benefit less the teacher's multiplier, 1/METOD_DPO_SCALE */
	uint32_t teacher;
	int32_t benefit;
};
struct dpo_relaxed {
	const struct metod_dpo_order *order;
	uint32_t *start; /* seats of candidate p: seat[start[p]] .. */
	struct dpo_seat *seat;
	uint32_t *groups; /* what each candidate would open */
	uint32_t *used;   /* how many candidates would have each teacher */
};

void metod_dpo_relax_begin(struct dpo_relaxed *relaxed,
    const struct metod_dpo_order *order, struct metod_arena *arena);
/* The bound of these multipliers in 1/METOD_DPO_SCALE points; sets groups and used. */
int64_t metod_dpo_relax(struct dpo_relaxed *relaxed, const int64_t *multiplier);

/* Best seats for given groups. A candidate is two servers, 2p with the places that must
 * be filled and 2p + 1 with the others: a bonus on the former fills them first. Teachers
 * with one programme are one client. The others are a client for each of their benefits,
 * and a server of their own where all but `limit` of these have to rest. */
struct dpo_seats {
	const struct metod_dpo_order *order;
	struct metod_assign assign;
	uint32_t *row;    /* first benefit of each client */
	uint32_t *rows;   /* and how many it stands for */
	uint32_t *groups; /* open now */
	int64_t *worth;   /* of each candidate, as it is filled now */
};

void metod_dpo_seats_begin(struct dpo_seats *seats, const struct metod_dpo_order *order,
    struct metod_arena *arena);
void metod_dpo_seats_open(struct dpo_seats *seats, uint32_t candidate, uint32_t groups);
/* Closes groups that cannot be filled, the weakest first; returns the value. */
int64_t metod_dpo_seats_value(struct dpo_seats *seats);
void metod_dpo_seats_taken(const struct dpo_seats *seats, bool *ret_taken);
