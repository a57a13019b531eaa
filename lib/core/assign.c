/* SPDX-License-Identifier: Apache-2.0
 * The assignment: an auction finds good prices and most mates, an exact repair the rest.
 * Whatever the auction leaves, the repair ends at an optimum with prices that prove it;
 * metod_assign_certify shows it without trust in either. */
#include "metod/assign.h"

#include <string.h>

#include "assign_work.h"

enum {
	LADDER_TOP = 2000, /* points */
	LADDER_FALL = 5,
	FEW = 20, /* so much of all may be left to the repair */
};

int64_t metod_assign_best(const struct metod_assign *a, uint32_t client)
{
	int64_t best = a->outside[client];

	for (uint32_t e = a->start[client]; e < a->start[client + 1]; e++) {
		int64_t net;

		if (a->edge[e].gain == METOD_ASSIGN_GONE)
			continue;
		net =
		    metod_assign_amount(a, a->edge[e].gain) - a->price[a->edge[e].server];
		best = net > best ? net : best;
	}
	return best;
}

void metod_assign_put(struct metod_assign *a, uint32_t client, uint32_t server)
{
	a->holder[a->place[server] + a->load[server]++] = client;
	a->mate[client] = (int32_t)server;
}

void metod_assign_take(struct metod_assign *a, uint32_t client)
{
	int32_t server = a->mate[client];

	a->mate[client] = METOD_ASSIGN_FREE;
	if (server >= 0) {
		uint32_t *holder = a->holder + a->place[server];
		uint32_t k = 0;

		while (holder[k] != client)
			k++;
		holder[k] = holder[--a->load[server]];
	}
}

/* ---- memory ---- */

static void index_back(struct metod_assign *a, struct metod_arena *arena)
{
	struct metod_assign_work *w = a->work;
	uint32_t *next = metod_arena_array(arena, a->m + 1, sizeof(*next));

	w->back_start = metod_arena_array(arena, a->m + 2, sizeof(*w->back_start));
	w->back = metod_arena_array(arena, a->start[a->n] + 1, sizeof(*w->back));
	for (uint32_t e = 0; e < a->start[a->n]; e++)
		w->back_start[a->edge[e].server + 1]++;
	for (size_t j = 0; j < a->m; j++) {
		w->back_start[j + 1] += w->back_start[j];
		next[j] = w->back_start[j];
	}
	for (uint32_t i = 0; i < a->n; i++)
		for (uint32_t e = a->start[i]; e < a->start[i + 1]; e++) {
			uint32_t at = next[a->edge[e].server]++;

			w->back[at].client = i;
			w->back[at].edge = e;
		}
}

/* No server can use more places than it has candidates; one more shows that it has an
 * open one. */
static void lay_places(struct metod_assign *a, struct metod_arena *arena)
{
	struct metod_assign_work *w = a->work;
	size_t places = 0;

	a->place = metod_arena_array(arena, a->m + 1, sizeof(*a->place));
	for (size_t j = 0; j < a->m; j++) {
		a->place[j] = (uint32_t)places;
		places += w->back_start[j + 1] - w->back_start[j] + 1;
	}
	a->place[a->m] = (uint32_t)places;
	a->holder = metod_arena_array(arena, places + 1, sizeof(*a->holder));
	w->place_price = metod_arena_array(arena, places + 1, sizeof(*w->place_price));
}

void metod_assign_begin(struct metod_assign *a, struct metod_arena *arena)
{
	struct metod_assign_work *w = METOD_NEW(arena, struct metod_assign_work);

	a->work = w;
	index_back(a, arena);
	lay_places(a, arena);
	a->mate = METOD_NEWS(arena, a->n + 1, int32_t);
	a->value = METOD_NEWS(arena, a->n + 1, int64_t);
	a->price = METOD_NEWS(arena, a->m + 1, int64_t);
	a->load = METOD_NEWS(arena, a->m + 1, uint32_t);
	w->room = METOD_NEWS(arena, a->m + 1, uint32_t);
	w->dist = METOD_NEWS(arena, a->m + 1, int64_t);
	w->round = METOD_NEWS(arena, a->m + 1, uint32_t);
	w->closed = METOD_NEWS(arena, a->m + 1, bool);
	w->via = METOD_NEWS(arena, a->m + 1, uint32_t);
	w->from = METOD_NEWS(arena, a->m + 1, uint32_t);
	w->popped = METOD_NEWS(arena, a->m + 1, uint32_t);
	w->heap.list = METOD_NEWS(arena, a->m + 1, uint32_t);
	w->heap.at = METOD_NEWS(arena, a->m + 1, uint32_t);
	w->queue = METOD_NEWS(arena, a->n + 1, uint32_t);
	w->wanted = METOD_NEWS(arena, a->n + 1, bool);
	memset(w->wanted, true, a->n);
	for (size_t i = 0; i < a->n; i++)
		a->mate[i] = METOD_ASSIGN_OUT;
}

void metod_assign_shut(struct metod_assign *a, uint32_t server)
{
	const struct metod_assign_work *w = a->work;

	for (uint32_t b = w->back_start[server]; b < w->back_start[server + 1]; b++) {
		int32_t gain = a->edge[w->back[b].edge].gain;
		int64_t over;

		if (gain == METOD_ASSIGN_GONE)
			continue;
		over = metod_assign_amount(a, gain) - a->outside[w->back[b].client];
		if (over > a->price[server])
			a->price[server] = over;
	}
}

static void find_room(struct metod_assign *a, uint32_t j)
{
	uint32_t most = a->place[j + 1] - a->place[j];

	a->work->room[j] = a->capacity[j] < most ? a->capacity[j] : most;
	if (!a->capacity[j])
		metod_assign_shut(a, j);
}

/* ---- between auction and repair ---- */

/* A client keeps, or gets, a place that is tight: nothing is better for it at these
 * prices. False: it is left free. */
static bool keep(struct metod_assign *a, uint32_t client, int32_t was)
{
	uint32_t found = UINT32_MAX;

	a->value[client] = metod_assign_best(a, client);
	for (uint32_t e = a->start[client]; e < a->start[client + 1]; e++) {
		uint32_t j = a->edge[e].server;

		if (a->edge[e].gain == METOD_ASSIGN_GONE ||
		    metod_assign_amount(a, a->edge[e].gain) - a->price[j] !=
			a->value[client] ||
		    a->load[j] >= a->capacity[j] ||
		    a->price[j] < metod_assign_cost(a, j, a->load[j] + 1))
			continue;
		if ((int32_t)j == was || found == UINT32_MAX)
			found = j;
		if ((int32_t)j == was)
			break;
	}
	if (found != UINT32_MAX)
		metod_assign_put(a, client, found);
	else if (a->value[client] == a->outside[client])
		a->mate[client] = METOD_ASSIGN_OUT;
	return a->mate[client] != METOD_ASSIGN_FREE;
}

/* Everybody keeps what is tight; who does not goes to the queue. */
static size_t keep_all(struct metod_assign *a)
{
	struct metod_assign_work *w = a->work;
	size_t left = 0;

	memset(a->load, 0, a->m * sizeof(*a->load));
	for (uint32_t i = 0; i < a->n; i++) {
		int32_t was = a->mate[i];

		a->mate[i] = METOD_ASSIGN_FREE;
		if (!w->wanted[i])
			a->mate[i] = METOD_ASSIGN_OUT;
		else if (!keep(a, i, was))
			w->queue[left++] = i;
	}
	return left;
}

static void repair(struct metod_assign *a, size_t left)
{
	for (size_t x = 0; x < left; x++) {
		uint32_t i = a->work->queue[x];

		a->value[i] = metod_assign_best(a, i);
		metod_assign_forward(a, i);
	}
	for (uint32_t j = 0; j < a->m; j++)
		metod_assign_reverse(a, j);
}

static void lower_prices(struct metod_assign *a, int64_t by)
{
	for (size_t j = 0; j < a->m; j++)
		if (a->capacity[j])
			a->price[j] = a->price[j] > by ? a->price[j] - by : 0;
}

/* Below one point a rung only settles ties. Where there are few the repair is quicker;
 * where all is equal the ladder goes on to its end. */
void metod_assign_solve(struct metod_assign *a)
{
	int64_t epsilon = a->work->begun ? a->scale : LADDER_TOP * a->scale;
	size_t left = 0;

	for (uint32_t j = 0; j < a->m; j++)
		find_room(a, j);
	for (;; epsilon /= LADDER_FALL) {
		epsilon = epsilon < 1 ? 1 : epsilon;
		metod_assign_rung(a, epsilon);
		if (epsilon <= a->scale) {
			left = keep_all(a);
			if (epsilon == 1 || left <= a->n / FEW)
				break;
		}
		lower_prices(a, 3 * epsilon);
	}
	repair(a, left);
	a->work->begun = true;
}

/* ---- changes ---- */

static void settle(struct metod_assign *a, uint32_t client)
{
	a->value[client] = metod_assign_best(a, client);
	metod_assign_forward(a, client);
}

void metod_assign_forbid(struct metod_assign *a, uint32_t client, uint32_t server)
{
	for (uint32_t e = a->start[client]; e < a->start[client + 1]; e++)
		if (a->edge[e].server == server)
			a->edge[e].gain = METOD_ASSIGN_GONE;
	if (a->mate[client] != (int32_t)server)
		return; /* it did not need this place */
	metod_assign_take(a, client);
	settle(a, client);
	metod_assign_reverse(a, server);
}

void metod_assign_resize(struct metod_assign *a, uint32_t server, uint32_t capacity)
{
	struct metod_assign_work *w = a->work;
	size_t n = 0;

	a->capacity[server] = capacity;
	find_room(a, server);
	while (a->load[server] > a->capacity[server]) {
		uint32_t client = a->holder[a->place[server] + a->load[server] - 1];

		metod_assign_take(a, client);
		w->queue[n++] = client;
	}
	for (size_t x = 0; x < n; x++)
		settle(a, w->queue[x]);
	metod_assign_reverse(a, server);
}

void metod_assign_wants(struct metod_assign *a, uint32_t client, bool wants)
{
	int32_t server = a->mate[client];

	if (a->work->wanted[client] == wants)
		return;
	a->work->wanted[client] = wants;
	if (wants) {
		a->mate[client] = METOD_ASSIGN_FREE;
		settle(a, client);
		return;
	}
	metod_assign_take(a, client);
	a->mate[client] = METOD_ASSIGN_OUT;
	if (server >= 0)
		metod_assign_reverse(a, (uint32_t)server);
}
