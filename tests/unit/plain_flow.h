/* SPDX-License-Identifier: Apache-2.0
 * The second algorithm: successive shortest paths over servers, slow and plain, so that
 * the quick one can be compared with something that shares no code with it.
 *
 * Clients come one after another. Prices p_j and values u_i = max(outside_i, max_j w_ij -
 * p_j) are kept such that a held place is tight (w_ij - p_j = u_i), an absent client has
 * u_i = outside_i, and p_j lies between the cost of the last taken place and that of the
 * next one. A new client starts a search for the cheapest way out in slack u_i - (w_ij -
 * p_j): into a free place, or by sending somebody (perhaps itself) outside. Raising
 * prices by the slack that is left over makes the path tight; places then shift along it.
 * With these conditions mates and prices are both optimal, as long as they
 * hold. */
#pragma once

#include "metod/base.h"

enum { PLAIN_OUT = -1, PLAIN_PLACES = 9 };

struct plain_edge {
	int64_t gain;
	uint32_t server;
};

/* Clients 0..n-1 ask for one place each; server j has capacity[j] <= PLAIN_PLACES
 * places, the k-th taken place costs step (k-1). All amounts below 2^60. */
struct plain_flow {
	size_t n, m;
	struct plain_edge **edges; /* per client, by server */
	size_t *degree;
	int64_t *outside; /* what a client gets without a place, usually negative */
	unsigned *capacity;
	int64_t step;
	/* answer */
	int32_t *mate;  /* server or PLAIN_OUT */
	int64_t *value; /* u_i */
	int64_t *price; /* p_j >= 0 */
	unsigned *load;
	uint32_t (*holder)[PLAIN_PLACES]; /* clients of a server, `load` of them */
};

enum { NOWHERE = -1 };

/* State of one search. */
struct search {
	const struct plain_flow *flow;
	int64_t *dist; /* per server; INT64_MAX: not reached */
	uint32_t *via; /* client that reached the server */
	bool *closed;
	uint32_t *popped; /* closed servers */
	size_t n_popped;
	int64_t best;   /* length of the cheapest way out */
	int32_t end;    /* server where it ends; NOWHERE: the new client stays outside */
	int32_t leaver; /* client that goes outside from there; NOWHERE: a free place */
};

static int64_t place_cost(const struct plain_flow *flow, unsigned k)
{
	return flow->step * (int64_t)(k - 1);
}

static void relax(struct search *s, uint32_t client, int64_t base)
{
	const struct plain_flow *flow = s->flow;
	const struct plain_edge *edge = flow->edges[client];
	int64_t at = base + flow->value[client];

	for (size_t e = 0; e < flow->degree[client]; e++) {
		uint32_t j = edge[e].server;
		int64_t dist = at - (edge[e].gain - flow->price[j]);
		if (dist < s->dist[j] && dist < s->best) {
			s->dist[j] = dist;
			s->via[j] = client;
		}
	}
}

/* The open server nearest to the start, the lowest index among equals. */
static int32_t nearest(const struct search *s)
{
	int32_t found = NOWHERE;
	int64_t least = s->best;
	for (size_t j = 0; j < s->flow->m; j++) {
		if (!s->closed[j] && s->dist[j] < least) {
			least = s->dist[j];
			found = (int32_t)j;
		}
	}
	return found;
}

static void offer_way_out(
    struct search *s, int64_t length, int32_t server, int32_t leaver)
{
	if (length < s->best) {
		s->best = length;
		s->end = server;
		s->leaver = leaver;
	}
}

static void close_server(struct search *s, int32_t j)
{
	const struct plain_flow *flow = s->flow;
	unsigned load = flow->load[j];

	s->closed[j] = true;
	s->popped[s->n_popped++] = (uint32_t)j;
	if (load < flow->capacity[j]) {
		int64_t gap = place_cost(flow, load + 1) - flow->price[j];
		offer_way_out(s, s->dist[j] + (gap > 0 ? gap : 0), j, NOWHERE);
	}
	for (unsigned k = 0; k < load; k++) {
		uint32_t q = flow->holder[j][k];
		offer_way_out(
		    s, s->dist[j] + flow->value[q] - flow->outside[q], j, (int32_t)q);
	}
	for (unsigned k = 0; k < load && s->dist[j] < s->best; k++)
		relax(s, flow->holder[j][k], s->dist[j]);
}

static void find_way_out(struct search *s, uint32_t client)
{
	const struct plain_flow *flow = s->flow;

	for (size_t j = 0; j < flow->m; j++) {
		s->dist[j] = INT64_MAX;
		s->closed[j] = false;
	}
	s->n_popped = 0;
	s->best = INT64_MAX;
	offer_way_out(s, flow->value[client] - flow->outside[client], NOWHERE, NOWHERE);
	relax(s, client, 0);
	for (int32_t j; (j = nearest(s)) != NOWHERE;)
		close_server(s, j);
}

/* Prices rise by what a server was nearer than the way out; values of its holders fall by
 * it. */
static void reprice(struct plain_flow *flow, const struct search *s, uint32_t client)
{
	flow->value[client] -= s->best;
	for (size_t x = 0; x < s->n_popped; x++) {
		uint32_t j = s->popped[x];
		int64_t rise = s->best - s->dist[j];
		if (rise <= 0)
			continue;
		flow->price[j] += rise;
		for (unsigned k = 0; k < flow->load[j]; k++)
			flow->value[flow->holder[j][k]] -= rise;
	}
}

static void drop_holder(uint32_t *holder, unsigned *load, uint32_t client)
{
	unsigned k = 0;
	while (holder[k] != client)
		k++;
	holder[k] = holder[--*load];
}

static void leave(struct plain_flow *flow, int32_t server, uint32_t client)
{
	drop_holder(flow->holder[server], &flow->load[server], client);
	flow->mate[client] = PLAIN_OUT;
}

static void shift_along(struct plain_flow *flow, const struct search *s, uint32_t client)
{
	int32_t server = s->end;

	if (s->leaver != NOWHERE)
		leave(flow, server, (uint32_t)s->leaver);
	while (server != NOWHERE) {
		uint32_t mover = s->via[server];
		int32_t from = flow->mate[mover];
		if (from != PLAIN_OUT)
			leave(flow, from, mover);
		flow->holder[server][flow->load[server]++] = mover;
		flow->mate[mover] = server;
		server = mover == client ? NOWHERE : from;
	}
}

static int64_t best_value(const struct plain_flow *flow, size_t i)
{
	int64_t best = flow->outside[i];
	for (size_t e = 0; e < flow->degree[i]; e++) {
		const struct plain_edge *edge = &flow->edges[i][e];
		if (edge->gain - flow->price[edge->server] > best)
			best = edge->gain - flow->price[edge->server];
	}
	return best;
}

static void clear_answer(struct plain_flow *flow, struct metod_arena *arena)
{
	flow->mate = METOD_NEWS(arena, flow->n + 1, int32_t);
	flow->value = METOD_NEWS(arena, flow->n + 1, int64_t);
	flow->price = METOD_NEWS(arena, flow->m + 1, int64_t);
	flow->load = METOD_NEWS(arena, flow->m + 1, unsigned);
	flow->holder = metod_arena_array(arena, flow->m + 1, sizeof(*flow->holder));
	for (size_t i = 0; i < flow->n; i++)
		flow->mate[i] = PLAIN_OUT;
}

static void plain_flow_solve(struct plain_flow *flow, struct metod_arena *arena)
{
	struct search s = {
	    .flow = flow,
	    .dist = METOD_NEWS(arena, flow->m + 1, int64_t),
	    .via = METOD_NEWS(arena, flow->m + 1, uint32_t),
	    .closed = METOD_NEWS(arena, flow->m + 1, bool),
	    .popped = METOD_NEWS(arena, flow->m + 1, uint32_t),
	};

	clear_answer(flow, arena);
	for (uint32_t i = 0; i < flow->n; i++) {
		flow->value[i] = best_value(flow, i);
		find_way_out(&s, i);
		reprice(flow, &s, i);
		shift_along(flow, &s, i);
	}
}
