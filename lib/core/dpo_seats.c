/* SPDX-License-Identifier: Apache-2.0
 * Seats of chosen groups: an exact assignment, changed group by group. */
#include <string.h>

#include "dpo_work.h"

/* ---- the assignment ---- */

struct laying {
	struct dpo_seats *seats;
	int32_t bonus, rest; /* points of a place to fill, of a benefit that rests */
	uint32_t edges;
};

static int32_t bonus_of(const struct metod_dpo_order *order)
{
	int32_t most = 1;

	for (uint32_t e = 0; e < order->start[order->n]; e++) {
		int32_t b = order->benefit[e].benefit;

		most = b > most ? b : -b > most ? -b : most;
	}
	return 8 * most;
}

static void lay_edge(struct laying *l, uint32_t server, int32_t points, int32_t tie)
{
	l->seats->assign.edge[l->edges++] =
	    (struct metod_assign_edge){server, points * METOD_TIE_RANGE + tie};
}

static void lay_client(struct laying *l, uint32_t teacher, uint32_t row, uint32_t rows)
{
	struct metod_assign *a = &l->seats->assign;

	l->seats->row[a->n] = row;
	l->seats->rows[a->n] = rows;
	for (uint32_t e = row; e < row + rows; e++) {
		struct metod_dpo_benefit b = l->seats->order->benefit[e];
		int32_t tie = metod_assign_tie(0, teacher, b.candidate);

		lay_edge(l, 2 * b.candidate, b.benefit + l->bonus, tie);
		lay_edge(l, 2 * b.candidate + 1, b.benefit, tie);
	}
	a->start[++a->n] = l->edges;
}

static void lay_teacher(struct laying *l, uint32_t teacher)
{
	const struct metod_dpo_order *order = l->seats->order;
	struct metod_assign *a = &l->seats->assign;
	uint32_t row = order->start[teacher], rows = order->start[teacher + 1] - row;
	uint32_t limit = order->limit[teacher];

	if (!limit || !rows)
		return;
	if (limit == 1 || rows == 1) {
		lay_client(l, teacher, row, rows);
		return;
	}
	for (uint32_t e = row; e < row + rows; e++) {
		lay_client(l, teacher, e, 1);
		if (rows > limit)
			lay_edge(l, (uint32_t)a->m, l->rest, 0);
		a->start[a->n] = l->edges;
	}
	if (rows > limit)
		a->capacity[a->m++] = rows - limit;
}

void metod_dpo_seats_begin(
    struct dpo_seats *s, const struct metod_dpo_order *order, struct metod_arena *arena)
{
	struct metod_assign *a = &s->assign;
	size_t rows = order->start[order->n], servers = 2 * order->m + order->n;
	int32_t bonus = bonus_of(order);
	/* More than anything a benefit could gain elsewhere. */
	struct laying l = {.seats = s, .bonus = bonus, .rest = bonus + bonus / 8 + 1};

	*s = (struct dpo_seats){.order = order};
	s->row = METOD_NEWS(arena, rows + 1, uint32_t);
	s->rows = METOD_NEWS(arena, rows + 1, uint32_t);
	s->groups = METOD_NEWS(arena, order->m + 1, uint32_t);
	s->worth = METOD_NEWS(arena, order->m + 1, int64_t);
	a->m = 2 * order->m;
	a->start = METOD_NEWS(arena, rows + 2, uint32_t);
	a->edge = METOD_NEWS(arena, 3 * rows + 1, struct metod_assign_edge);
	a->capacity = METOD_NEWS(arena, servers + 1, uint32_t);
	a->held = METOD_NEWS(arena, servers + 1, uint32_t);
	for (uint32_t i = 0; i < order->n; i++)
		lay_teacher(&l, i);
	a->outside = METOD_NEWS(arena, a->n + 1, int64_t);
	a->scale = metod_assign_scale(a->n);
	metod_assign_begin(a, arena);
	metod_assign_solve(a);
}

void metod_dpo_seats_open(struct dpo_seats *s, uint32_t p, uint32_t groups)
{
	const struct metod_dpo_candidate *c = &s->order->candidate[p];

	if (s->groups[p] == groups)
		return;
	s->groups[p] = groups;
	metod_assign_resize(&s->assign, 2 * p, groups * c->min);
	metod_assign_resize(&s->assign, 2 * p + 1, groups * (c->max - c->min));
}

/* ---- what it is worth ---- */

/* The benefit that a client takes; UINT32_MAX: none. */
static uint32_t row_of(const struct dpo_seats *s, size_t client)
{
	int32_t server = s->assign.mate[client];
	uint32_t row = s->row[client], end = row + s->rows[client];

	if (server < 0 || (size_t)server >= 2 * s->order->m)
		return UINT32_MAX;
	while (row < end && s->order->benefit[row].candidate != (uint32_t)server / 2)
		row++;
	return row < end ? row : UINT32_MAX;
}

static int64_t weigh(struct dpo_seats *s)
{
	int64_t value = 0;

	for (size_t p = 0; p < s->order->m; p++) {
		s->worth[p] = -s->order->candidate[p].fixed * s->groups[p];
		value += s->worth[p];
	}
	for (size_t i = 0; i < s->assign.n; i++) {
		uint32_t row = row_of(s, i);

		if (row == UINT32_MAX)
			continue;
		s->worth[s->order->benefit[row].candidate] +=
		    s->order->benefit[row].benefit;
		value += s->order->benefit[row].benefit;
	}
	return value;
}

/* The least valuable of the candidates with too few people; m: none. */
static size_t weakest(const struct dpo_seats *s)
{
	size_t found = s->order->m;

	for (size_t p = 0; p < s->order->m; p++) {
		uint32_t load = s->assign.load[2 * p] + s->assign.load[2 * p + 1];

		if (load < s->groups[p] * s->order->candidate[p].min &&
		    (found == s->order->m || s->worth[p] < s->worth[found]))
			found = p;
	}
	return found;
}

int64_t metod_dpo_seats_value(struct dpo_seats *s)
{
	for (;;) {
		int64_t value = weigh(s);
		size_t p = weakest(s);

		if (p == s->order->m)
			return value;
		metod_dpo_seats_open(s, (uint32_t)p, s->groups[p] - 1);
	}
}

void metod_dpo_seats_taken(const struct dpo_seats *s, bool *ret_taken)
{
	memset(ret_taken, 0, s->order->start[s->order->n] * sizeof(*ret_taken));
	for (size_t i = 0; i < s->assign.n; i++) {
		uint32_t row = row_of(s, i);

		if (row != UINT32_MAX)
			ret_taken[row] = true;
	}
}
