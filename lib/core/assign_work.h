/* SPDX-License-Identifier: Apache-2.0
 * What the files of the assignment share. */
#pragma once

#include "metod/assign.h"

/* A heap of servers by (distance, number); `at` is the place of a server in it. */
struct metod_heap {
	uint32_t *list;
	uint32_t *at;
	size_t n;
};

struct metod_assign_work {
	/* reverse edges: clients of server j and the place of the edge in `edge` */
	uint32_t *back_start;
	struct {
		uint32_t client, edge;
	} * back;
	/* places that can matter: no more than candidates, and one that stays open */
	uint32_t *room;
	/* one search */
	int64_t *dist;   /* per server */
	uint32_t *round; /* dist is of this search when round[j] == now */
	bool *closed;
	uint32_t now;
	uint32_t *via;  /* client that reached the server */
	uint32_t *from; /* server from which it did (reverse) */
	uint32_t *popped;
	size_t n_popped;
	struct metod_heap heap;
	/* auction: prices of the places of each server as a heap, cheapest first */
	int64_t *place_price;
	uint32_t *queue;
	bool *wanted; /* clients that take part */
	bool begun;   /* prices of an earlier call */
};

/* Everybody is free and bids for the cheapest place of his best server, in steps of
 * epsilon, until nobody is. From the prices there are; leaves mates and prices. */
void metod_assign_rung(struct metod_assign *assign, int64_t epsilon);
/* Settles client i, which is METOD_ASSIGN_FREE, with its value up to date. */
void metod_assign_forward(struct metod_assign *assign, uint32_t client);
/* Brings the price of a server with open places down to the cost of the next one. */
void metod_assign_reverse(struct metod_assign *assign, uint32_t server);
/* Price at which nobody wants a server without places. */
void metod_assign_shut(struct metod_assign *assign, uint32_t server);
int64_t metod_assign_best(const struct metod_assign *assign, uint32_t client);
void metod_assign_put(struct metod_assign *assign, uint32_t client, uint32_t server);
/* Takes the client out of its place; it is METOD_ASSIGN_FREE then. */
void metod_assign_take(struct metod_assign *assign, uint32_t client);
