/* SPDX-License-Identifier: Apache-2.0
 * What does not trust the search: the certificate, recomputed from edges, mates and
 * prices, and how many clients of each tier can have a place at all. */
#include <string.h>

#include "assign_work.h"

static bool gain_of_mate(const struct metod_assign *a, size_t i, int64_t *ret)
{
	for (uint32_t e = a->start[i]; e < a->start[i + 1]; e++)
		if (a->edge[e].server == (uint32_t)a->mate[i] &&
		    a->edge[e].gain != METOD_ASSIGN_GONE) {
			*ret = metod_assign_amount(a, a->edge[e].gain);
			return true;
		}
	return false;
}

bool metod_assign_certify(
    const struct metod_assign *a, struct metod_arena *arena, metod_wide *ret_dual)
{
	metod_wide primal;

	return metod_assign_sums(a, arena, &primal, ret_dual) && primal == *ret_dual;
}

bool metod_assign_sums(const struct metod_assign *a, struct metod_arena *arena,
    metod_wide *ret_primal, metod_wide *ret_dual)
{
	uint32_t *load = METOD_NEWS(arena, a->m + 1, uint32_t);
	metod_wide primal = 0, dual = 0;

	for (uint32_t i = 0; i < a->n; i++) {
		int64_t gain = a->outside[i];

		if (a->work && !a->work->wanted[i])
			continue;
		dual += metod_assign_best(a, i);
		if (a->mate[i] != METOD_ASSIGN_OUT) {
			if (a->mate[i] < 0 || (size_t)a->mate[i] >= a->m ||
			    !gain_of_mate(a, i, &gain))
				return false;
			primal -=
			    metod_assign_cost(a, (size_t)a->mate[i], ++load[a->mate[i]]);
		}
		primal += gain;
	}
	for (size_t j = 0; j < a->m; j++) {
		if (a->price[j] < 0 || load[j] > a->capacity[j])
			return false;
		for (uint32_t k = 1; k <= a->capacity[j]; k++) {
			int64_t over = a->price[j] - metod_assign_cost(a, j, k);

			if (over <= 0)
				break;
			dual += over;
		}
	}
	*ret_primal = primal;
	*ret_dual = dual;
	return true;
}

/* ---- cover: augmenting paths, tier by tier ---- */

enum { NOWHERE = -1 };

struct cover {
	const struct metod_assign *a;
	int32_t *mate;
	uint32_t *load, *holder;
	uint32_t *via;   /* client that reached the server */
	uint32_t *queue; /* clients whose servers are looked at */
	uint32_t *list;  /* servers seen by this search */
	size_t n_list;
	bool *seen; /* also of failed searches: those servers lead nowhere for good */
};

static uint32_t *holders(const struct cover *c, size_t j)
{
	return c->holder + c->a->place[j];
}

/* A server with a free place that the client reaches; NOWHERE when there is none. */
static int32_t find_place(struct cover *c, uint32_t client)
{
	const struct metod_assign *a = c->a;
	size_t head = 0, tail = 0;

	c->n_list = 0;
	c->queue[tail++] = client;
	while (head < tail) {
		uint32_t i = c->queue[head++];

		for (uint32_t e = a->start[i]; e < a->start[i + 1]; e++) {
			uint32_t j = a->edge[e].server;

			if (c->seen[j] || a->edge[e].gain == METOD_ASSIGN_GONE ||
			    !a->capacity[j])
				continue;
			c->seen[j] = true;
			c->via[j] = i;
			c->list[c->n_list++] = j;
			if (c->load[j] < a->capacity[j])
				return (int32_t)j;
			for (uint32_t k = 0; k < c->load[j]; k++)
				c->queue[tail++] = holders(c, j)[k];
		}
	}
	return NOWHERE;
}

static void take_place(struct cover *c, uint32_t client, int32_t server)
{
	while (server != NOWHERE) {
		uint32_t mover = c->via[server], k = 0;
		int32_t from = c->mate[mover];

		if (from != METOD_ASSIGN_OUT) {
			while (holders(c, (size_t)from)[k] != mover)
				k++;
			holders(c, (size_t)from)[k] =
			    holders(c, (size_t)from)[--c->load[from]];
		}
		holders(c, (size_t)server)[c->load[server]++] = mover;
		c->mate[mover] = server;
		server = mover == client ? NOWHERE : from;
	}
}

static void cover_tier(
    struct cover *c, const unsigned *tier, unsigned which, size_t *ret_covered)
{
	for (uint32_t i = 0; i < c->a->n; i++) {
		int32_t server;

		if (tier[i] != which)
			continue;
		server = find_place(c, i);
		if (server == NOWHERE)
			continue;
		take_place(c, i, server);
		++*ret_covered;
		for (size_t x = 0; x < c->n_list; x++)
			c->seen[c->list[x]] = false;
	}
}

void metod_assign_cover(const struct metod_assign *a, const unsigned *tier,
    struct metod_arena *arena, size_t ret[4])
{
	struct cover c = {
	    .a = a,
	    .mate = METOD_NEWS(arena, a->n + 1, int32_t),
	    .load = METOD_NEWS(arena, a->m + 1, uint32_t),
	    .holder = METOD_NEWS(arena, a->place[a->m] + 1, uint32_t),
	    .via = METOD_NEWS(arena, a->m + 1, uint32_t),
	    .queue = METOD_NEWS(arena, a->n + 1, uint32_t),
	    .list = METOD_NEWS(arena, a->m + 1, uint32_t),
	    .seen = METOD_NEWS(arena, a->m + 1, bool),
	};

	for (size_t i = 0; i < a->n; i++)
		c.mate[i] = METOD_ASSIGN_OUT;
	memset(ret, 0, 4 * sizeof(*ret));
	for (unsigned t = 1; t <= 3; t++)
		cover_tier(&c, tier, t, &ret[t]);
}
