/* SPDX-License-Identifier: Apache-2.0
 * Auction with a ladder of steps: clients bid for the cheapest place of their best
 * server, in ever smaller steps. It is quick and nearly right; the repair makes it right.
 */
#include "assign_work.h"

enum {
	BIDS_PER_CLIENT = 50, /* of one rung; the repair ends what is left */
};

/* ---- places of a server: a heap of prices, holders move along ---- */

static void sink(int64_t *price, uint32_t *holder, uint32_t n)
{
	uint32_t at = 0;

	for (;;) {
		uint32_t least = at, child = 2 * at + 1;
		int64_t p;
		uint32_t h;

		if (child < n && price[child] < price[least])
			least = child;
		if (child + 1 < n && price[child + 1] < price[least])
			least = child + 1;
		if (least == at)
			return;
		p = price[at];
		h = holder[at];
		price[at] = price[least];
		holder[at] = holder[least];
		price[least] = p;
		holder[least] = h;
		at = least;
	}
}

/* Every place is empty and costs what it must at least. Rising costs are a heap. */
static void open_places(struct metod_assign *a)
{
	struct metod_assign_work *w = a->work;

	for (uint32_t j = 0; j < a->m; j++)
		for (uint32_t k = 0; k < w->room[j]; k++) {
			int64_t cost = metod_assign_cost(a, j, k + 1);

			w->place_price[a->place[j] + k] =
			    cost > a->price[j] ? cost : a->price[j];
			a->holder[a->place[j] + k] = UINT32_MAX;
		}
	for (uint32_t j = 0; j < a->m; j++)
		if (w->room[j])
			a->price[j] = w->place_price[a->place[j]];
}

/* Best and second best for the client at the prices of now. */
struct look {
	int64_t first, second;
	uint32_t server;
};

static struct look look(const struct metod_assign *a, uint32_t client)
{
	const struct metod_assign_work *w = a->work;
	int64_t out = a->outside[client];
	struct look best = {out, out, UINT32_MAX};

	for (uint32_t e = a->start[client]; e < a->start[client + 1]; e++) {
		const struct metod_assign_edge edge = a->edge[e];
		int64_t net;

		if (edge.gain == METOD_ASSIGN_GONE || !w->room[edge.server])
			continue;
		net = metod_assign_amount(a, edge.gain) - a->price[edge.server];
		if (net > best.first) {
			best.second = best.first;
			best.first = net;
			best.server = edge.server;
		} else if (net > best.second) {
			best.second = net;
		}
	}
	return best;
}

void metod_assign_rung(struct metod_assign *a, int64_t epsilon)
{
	struct metod_assign_work *w = a->work;
	size_t left = 0, bids = 0;

	open_places(a);
	for (uint32_t i = (uint32_t)a->n; i-- > 0;) {
		a->mate[i] = METOD_ASSIGN_OUT;
		if (w->wanted[i])
			w->queue[left++] = i;
	}
	while (left && bids++ < BIDS_PER_CLIENT * a->n) {
		uint32_t client = w->queue[--left], lost;
		struct look best = look(a, client);
		int64_t *price;
		uint32_t *holder;

		if (best.server == UINT32_MAX)
			continue;
		price = w->place_price + a->place[best.server];
		holder = a->holder + a->place[best.server];
		lost = holder[0];
		if (lost != UINT32_MAX) {
			a->mate[lost] = METOD_ASSIGN_OUT;
			w->queue[left++] = lost;
		}
		a->mate[client] = (int32_t)best.server;
		holder[0] = client;
		price[0] += best.first - best.second + epsilon;
		sink(price, holder, w->room[best.server]);
		a->price[best.server] = price[0];
	}
}
