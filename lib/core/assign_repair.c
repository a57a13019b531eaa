/* SPDX-License-Identifier: Apache-2.0
 * Exact repair of an assignment by shortest paths in slack over servers.
 *
 * Kept throughout: p >= 0; u_i = max(outside_i, max_j gain_ij - p_j); a held place is
 * tight (gain - p = u_i); a client outside has u_i = outside_i; p_j is at least the cost
 * of the last taken place. `forward` settles a free client and keeps all that. What may
 * be missing then is that p_j is at most the cost of the next open place: `reverse` mends
 * it. */
#include "assign_work.h"

enum { NOWHERE = -1 };
#define FAR INT64_MAX

/* ---- heap by (distance, number) ---- */

static bool nearer(const struct metod_assign_work *w, uint32_t x, uint32_t y)
{
	return w->dist[x] < w->dist[y] || (w->dist[x] == w->dist[y] && x < y);
}

static void rise(struct metod_assign_work *w, size_t at)
{
	uint32_t *list = w->heap.list, j = list[at];

	while (at && nearer(w, j, list[(at - 1) / 2])) {
		list[at] = list[(at - 1) / 2];
		w->heap.at[list[at]] = (uint32_t)at;
		at = (at - 1) / 2;
	}
	list[at] = j;
	w->heap.at[j] = (uint32_t)at;
}

static uint32_t pop(struct metod_assign_work *w)
{
	uint32_t *list = w->heap.list, top = list[0], j = list[--w->heap.n];
	size_t n = w->heap.n, at = 0;

	for (size_t child; (child = 2 * at + 1) < n; at = child) {
		if (child + 1 < n && nearer(w, list[child + 1], list[child]))
			child++;
		if (!nearer(w, list[child], j))
			break;
		list[at] = list[child];
		w->heap.at[list[at]] = (uint32_t)at;
	}
	if (n) {
		list[at] = j;
		w->heap.at[j] = (uint32_t)at;
	}
	return top;
}

/* `via` is the client that made the way to the server, `from` the server before. */
static void reach(struct metod_assign_work *w, uint32_t server, int64_t dist,
    uint32_t via, uint32_t from)
{
	bool seen = w->round[server] == w->now;

	if (seen && (w->closed[server] || dist >= w->dist[server]))
		return;
	w->dist[server] = dist;
	w->via[server] = via;
	w->from[server] = from;
	if (seen) {
		rise(w, w->heap.at[server]);
		return;
	}
	w->round[server] = w->now;
	w->closed[server] = false;
	w->heap.list[w->heap.n] = server;
	rise(w, w->heap.n++);
}

static void begin_search(struct metod_assign_work *w)
{
	w->now++;
	w->heap.n = 0;
	w->n_popped = 0;
}

/* The nearest server that is not closed, closed now; false when none is nearer than the
 * end. */
static bool next_server(struct metod_assign_work *w, int64_t length, uint32_t *ret)
{
	if (!w->heap.n || w->dist[w->heap.list[0]] >= length)
		return false;
	*ret = pop(w);
	w->closed[*ret] = true;
	w->popped[w->n_popped++] = *ret;
	return true;
}

/* The cheapest end found so far. */
struct end {
	int64_t length;
	int32_t server; /* NOWHERE: at the start itself */
	int32_t client; /* who moves there, or leaves from there; NOWHERE: nobody */
};

static void offer(struct end *best, int64_t length, int32_t server, int32_t client)
{
	if (length < best->length)
		*best = (struct end){length, server, client};
}

/* ---- forward ---- */

static void spread(struct metod_assign *a, uint32_t client, int64_t base, int64_t length)
{
	int64_t at = base + a->value[client];

	for (uint32_t e = a->start[client]; e < a->start[client + 1]; e++) {
		const struct metod_assign_edge edge = a->edge[e];
		int64_t dist;

		if (edge.gain == METOD_ASSIGN_GONE || !a->work->room[edge.server])
			continue;
		dist = at - metod_assign_amount(a, edge.gain) + a->price[edge.server];
		if (dist < length)
			reach(a->work, edge.server, dist, client, 0);
	}
}

static void close_forward(struct metod_assign *a, uint32_t j, struct end *best)
{
	const struct metod_assign_work *w = a->work;
	const uint32_t *holder = a->holder + a->place[j];

	if (a->load[j] < a->work->room[j]) {
		int64_t gap = metod_assign_cost(a, j, a->load[j] + 1) - a->price[j];

		offer(best, w->dist[j] + (gap > 0 ? gap : 0), (int32_t)j, NOWHERE);
	}
	for (uint32_t k = 0; k < a->load[j]; k++)
		offer(best, w->dist[j] + a->value[holder[k]] - a->outside[holder[k]],
		    (int32_t)j, (int32_t)holder[k]);
	for (uint32_t k = 0; k < a->load[j] && w->dist[j] < best->length; k++)
		spread(a, holder[k], w->dist[j], best->length);
}

/* Prices of what was nearer than the end change by the difference; so do the values of
 * its holders, the other way. sign 1: prices rise. */
static void reprice(struct metod_assign *a, int64_t length, int64_t sign)
{
	const struct metod_assign_work *w = a->work;

	for (size_t x = 0; x < w->n_popped; x++) {
		uint32_t j = w->popped[x];
		int64_t change = sign * (length - w->dist[j]);

		if (length <= w->dist[j])
			continue;
		a->price[j] += change;
		for (uint32_t k = 0; k < a->load[j]; k++)
			a->value[a->holder[a->place[j] + k]] -= change;
	}
}

void metod_assign_forward(struct metod_assign *a, uint32_t client)
{
	struct metod_assign_work *w = a->work;
	struct end best = {a->value[client] - a->outside[client], NOWHERE, NOWHERE};
	int32_t server;

	begin_search(w);
	spread(a, client, 0, best.length);
	for (uint32_t j; next_server(w, best.length, &j);)
		close_forward(a, j, &best);
	a->value[client] -= best.length;
	reprice(a, best.length, 1);
	server = best.server;
	if (best.client != NOWHERE) {
		metod_assign_take(a, (uint32_t)best.client);
		a->mate[best.client] = METOD_ASSIGN_OUT;
	}
	if (server == NOWHERE)
		a->mate[client] = METOD_ASSIGN_OUT;
	while (server != NOWHERE) {
		uint32_t mover = w->via[server];
		int32_t from = a->mate[mover];

		metod_assign_take(a, mover);
		metod_assign_put(a, mover, (uint32_t)server);
		server = mover == client ? NOWHERE : from;
	}
}

/* ---- reverse ---- */

/* From a server whose price sinks: who would come to it, and from where. */
static void close_reverse(
    struct metod_assign *a, uint32_t j, uint32_t start, struct end *best)
{
	const struct metod_assign_work *w = a->work;
	int64_t base = w->dist[j];

	/* It gives one away, and its last place stays empty. */
	if (j != start)
		offer(best, base + a->price[j] - metod_assign_cost(a, j, a->load[j]),
		    (int32_t)j, NOWHERE);
	for (uint32_t b = w->back_start[j]; b < w->back_start[j + 1]; b++) {
		uint32_t i = w->back[b].client;
		int32_t gain = a->edge[w->back[b].edge].gain;
		int64_t dist;

		if (gain == METOD_ASSIGN_GONE || !w->wanted[i] ||
		    a->mate[i] == (int32_t)j)
			continue;
		dist = base + a->value[i] - metod_assign_amount(a, gain) + a->price[j];
		if (dist >= best->length)
			continue;
		if (a->mate[i] == METOD_ASSIGN_OUT)
			offer(best, dist, (int32_t)j, (int32_t)i);
		else
			reach(a->work, (uint32_t)a->mate[i], dist, i, j);
	}
}

/* From the far end of the chain to the start: each server gives one client to the one
 * before it. */
static void pull_along(struct metod_assign *a, uint32_t start, const struct end *best)
{
	const struct metod_assign_work *w = a->work;
	uint32_t at = (uint32_t)best->server;

	if (best->client != NOWHERE)
		metod_assign_put(a, (uint32_t)best->client, at);
	for (; at != start; at = w->from[at]) {
		uint32_t client = w->via[at];

		metod_assign_take(a, client);
		metod_assign_put(a, client, w->from[at]);
	}
}

void metod_assign_reverse(struct metod_assign *a, uint32_t server)
{
	struct metod_assign_work *w = a->work;

	while (a->load[server] < a->work->room[server]) {
		int64_t cost = metod_assign_cost(a, server, a->load[server] + 1);
		struct end best = {a->price[server] - cost, NOWHERE, NOWHERE};

		if (best.length <= 0)
			return;
		begin_search(w);
		reach(w, server, 0, 0, 0);
		for (uint32_t j; next_server(w, best.length, &j);)
			close_reverse(a, j, server, &best);
		reprice(a, best.length, -1);
		if (best.server == NOWHERE)
			return; /* the price alone has come down */
		pull_along(a, server, &best);
	}
}
