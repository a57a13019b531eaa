/* SPDX-License-Identifier: Apache-2.0
 * Every group that two publications can tell apart (a set, a difference, a common part,
 * an atom) is a target. Least and greatest number in need are found by integer
 * programming (lp_solve). Each solution is a world: it is checked against all
 * publications in whole numbers and kept, so that two worlds that differ prove that a
 * number is not known. */
#include "audit.h"

#include <lpsolve/lp_lib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { K = 5, K_SHARE = 25, WORLDS_MAX = 256 };

struct targets {
	uint64_t *p; /* masks, one after the other */
	size_t n, cap;
};

struct work {
	const struct audit_system *system;
	size_t words; /* of a mask */
	lprec *lp;
	int64_t *worlds[WORLDS_MAX];
	size_t n_worlds;
	struct targets targets;
	struct audit_found *found;
	bool say;
};

struct range {
	int64_t lo, hi;
};

bool audit_may_be_exact(int64_t n, int64_t x)
{
	return n >= K_SHARE && x >= K && n - x >= K;
}

static int class_of(int64_t n, int64_t x)
{
	return 4 * x < n ? 1 : 2 * x > n ? 3 : 2;
}

void audit_class(int64_t n, int64_t x, int64_t *ret_lo, int64_t *ret_hi)
{
	*ret_lo = n;
	*ret_hi = 0;
	for (int64_t y = 0; y <= n; y++) {
		if (class_of(n, y) != class_of(n, x) || audit_may_be_exact(n, y))
			continue;
		*ret_lo = y < *ret_lo ? y : *ret_lo;
		*ret_hi = y;
	}
}

/* ---- sets ---- */

static bool has(const uint64_t *mask, size_t atom)
{
	return mask[atom / 64] >> (atom % 64) & 1;
}

static int64_t size_of(const struct work *w, const uint64_t *mask)
{
	int64_t n = 0;
	for (size_t a = 0; a < w->system->n_atoms; a++)
		n += has(mask, a) ? w->system->atoms[a].n : 0;
	return n;
}

static int64_t need_of(const struct work *w, const uint64_t *mask, const int64_t *world)
{
	int64_t x = 0;
	for (size_t a = 0; a < w->system->n_atoms; a++)
		x += !has(mask, a) ? 0 : world ? world[a] : w->system->atoms[a].x;
	return x;
}

static void add_target(struct work *w, const uint64_t *mask)
{
	struct targets *t = &w->targets;
	size_t bytes = w->words * sizeof *mask;
	for (size_t i = 0; i < t->n; i++)
		if (memcmp(t->p + i * w->words, mask, bytes) == 0)
			return;
	if (size_of(w, mask) == 0)
		return;
	if (t->n == t->cap) {
		t->cap = 2 * t->cap + 64;
		t->p = realloc(t->p, t->cap * bytes);
	}
	memcpy(t->p + t->n++ * w->words, mask, bytes);
}

/* Published sets first: their index in `cells` need not be kept. */
static void list_targets(struct work *w)
{
	const struct audit_system *s = w->system;
	uint64_t *mask = calloc(w->words, sizeof *mask);
	for (size_t c = 0; c < s->n_cells; c++)
		add_target(w, s->cells[c].atoms);
	for (size_t a = 0; a < s->n_atoms; a++) {
		memset(mask, 0, w->words * sizeof *mask);
		mask[a / 64] = UINT64_C(1) << (a % 64);
		add_target(w, mask);
	}
	for (size_t i = 0; i < s->n_cells; i++)
		for (size_t j = 0; j < s->n_cells; j++) {
			if (i == j)
				continue;
			for (size_t b = 0; b < w->words; b++)
				mask[b] = s->cells[i].atoms[b] & ~s->cells[j].atoms[b];
			add_target(w, mask);
			for (size_t b = 0; j < i && b < w->words; b++)
				mask[b] = s->cells[i].atoms[b] & s->cells[j].atoms[b];
			if (j < i)
				add_target(w, mask);
		}
	free(mask);
}

/* ---- worlds ---- */

static bool is_world(const struct work *w, const int64_t *world)
{
	const struct audit_system *s = w->system;
	for (size_t a = 0; a < s->n_atoms; a++)
		if (world[a] < 0 || world[a] > s->atoms[a].n)
			return false;
	for (size_t c = 0; c < s->n_cells; c++) {
		int64_t x = need_of(w, s->cells[c].atoms, world);
		if (s->cells[c].kind != AUDIT_SILENT &&
		    (x < s->cells[c].lo || x > s->cells[c].hi))
			return false;
	}
	return true;
}

static void keep_world(struct work *w, const int64_t *world)
{
	size_t at = w->n_worlds < WORLDS_MAX ? w->n_worlds++
					     : 1 + w->found->solved % (WORLDS_MAX - 1);
	size_t bytes = (w->system->n_atoms + 1) * sizeof *world;
	if (!w->worlds[at])
		w->worlds[at] = malloc(bytes);
	memcpy(w->worlds[at], world, bytes - sizeof *world);
}

static void build(struct work *w)
{
	const struct audit_system *s = w->system;
	int columns = (int)s->n_atoms, *at = calloc(s->n_atoms + 1, sizeof *at);
	REAL *ones = calloc(s->n_atoms + 1, sizeof *ones);
	w->lp = make_lp(0, columns);
	set_verbose(w->lp, NEUTRAL);
	set_add_rowmode(w->lp, TRUE);
	for (size_t c = 0; c < s->n_cells; c++) {
		int k = 0;
		if (s->cells[c].kind == AUDIT_SILENT)
			continue;
		for (size_t a = 0; a < s->n_atoms; a++)
			if (has(s->cells[c].atoms, a)) {
				at[k] = (int)a + 1;
				ones[k++] = 1;
			}
		if (k == 0)
			continue;
		add_constraintex(w->lp, k, ones, at, GE, (REAL)s->cells[c].lo);
		add_constraintex(w->lp, k, ones, at, LE, (REAL)s->cells[c].hi);
	}
	set_add_rowmode(w->lp, FALSE);
	for (int a = 1; a <= columns; a++) {
		set_int(w->lp, a, TRUE);
		set_bounds(w->lp, a, 0, (REAL)s->atoms[a - 1].n);
	}
	set_timeout(w->lp, 20);
	free(at);
	free(ones);
}

/* The end of the range that the solver finds; its world is checked and kept. */
static int64_t solve_end(struct work *w, const uint64_t *mask, bool most)
{
	size_t n = w->system->n_atoms;
	REAL *row = calloc(n + 1, sizeof *row), *x = calloc(n + 1, sizeof *x);
	int64_t *world = calloc(n + 1, sizeof *world), end = -1;
	for (size_t a = 0; a < n; a++)
		row[a + 1] = has(mask, a);
	set_obj_fn(w->lp, row);
	if (most)
		set_maxim(w->lp);
	else
		set_minim(w->lp);
	default_basis(w->lp);
	int status = solve(w->lp);
	w->found->solved++;
	if (status == OPTIMAL && get_variables(w->lp, x)) {
		for (size_t a = 0; a < n; a++)
			world[a] = (int64_t)(x[a] + 0.5);
		if (is_world(w, world)) {
			end = need_of(w, mask, world);
			keep_world(w, world);
		}
	}
	w->found->broken += end < 0;
	free(row);
	free(x);
	free(world);
	return end;
}

static struct range seen(const struct work *w, const uint64_t *mask)
{
	struct range r = {need_of(w, mask, NULL), need_of(w, mask, NULL)};
	for (size_t i = 0; i < w->n_worlds; i++) {
		int64_t x = need_of(w, mask, w->worlds[i]);
		r.lo = x < r.lo ? x : r.lo;
		r.hi = x > r.hi ? x : r.hi;
	}
	return r;
}

/* ---- judgement ---- */

/* What the most telling publication says of a group by itself: that is the rule's own
 * price. Whoever is in one of the two sets only may need or not. */
static struct range alone(const struct work *w, const uint64_t *mask, int64_t n)
{
	struct range r = {0, n};
	for (size_t c = 0; c < w->system->n_cells; c++) {
		const struct audit_cell *cell = &w->system->cells[c];
		int64_t here = 0, there = 0;
		if (cell->kind == AUDIT_SILENT)
			continue;
		for (size_t a = 0; a < w->system->n_atoms; a++) {
			bool in = has(mask, a), also = has(cell->atoms, a);
			here += in && !also ? w->system->atoms[a].n : 0;
			there += also && !in ? w->system->atoms[a].n : 0;
		}
		r.lo = cell->lo - there > r.lo ? cell->lo - there : r.lo;
		r.hi = cell->hi + here < r.hi ? cell->hi + here : r.hi;
	}
	return r;
}

static const struct audit_cell *published(const struct work *w, const uint64_t *mask)
{
	const struct audit_cell *best = NULL;
	for (size_t c = 0; c < w->system->n_cells; c++) {
		const struct audit_cell *cell = &w->system->cells[c];
		if (memcmp(cell->atoms, mask, w->words * sizeof *mask) == 0 &&
		    (!best || cell->kind > best->kind))
			best = cell;
	}
	return best;
}

static void tell(const struct work *w, const char *what, int64_t n, int64_t x,
    struct range known, struct range fair)
{
	if (w->say)
		printf("%s: %s: n %lld in need %lld known %lld..%lld fair %lld..%lld\n",
		    w->system->name, what, (long long)n, (long long)x,
		    (long long)known.lo, (long long)known.hi, (long long)fair.lo,
		    (long long)fair.hi);
}

static bool has_gone(const struct work *w, const uint64_t *mask)
{
	for (size_t a = 0; a < w->system->n_atoms; a++)
		if (w->system->atoms[a].gone && has(mask, a))
			return true;
	return false;
}

static void judge(struct work *w, const uint64_t *mask)
{
	int64_t n = size_of(w, mask), x = need_of(w, mask, NULL);
	const struct audit_cell *cell = published(w, mask);
	struct range fair = alone(w, mask, n), known = seen(w, mask), rule = {0, n};
	w->found->targets++;
	if (n >= K)
		audit_class(n, x, &rule.lo, &rule.hi);
	if (audit_may_be_exact(n, x) || fair.lo == fair.hi || rule.lo == rule.hi)
		return;
	/* Of a published set the whole range counts, of another group that it has one. */
	bool whole = cell && !(known.lo == fair.lo && known.hi == fair.hi);
	if (!whole && known.lo < known.hi)
		return;
	known = (struct range){solve_end(w, mask, false), solve_end(w, mask, true)};
	if (known.lo < 0 || known.hi < 0)
		return;
	if (known.lo == known.hi) {
		w->found->exact++;
		w->found->persons += known.lo == n || known.hi == 0;
		tell(w, cell ? "cell recovered" : "group recovered", n, x, known, fair);
	} else if (cell && known.hi - known.lo < K && !has_gone(w, mask) &&
	    (known.lo > fair.lo || known.hi < fair.hi)) {
		bool is_class = cell->kind == AUDIT_CLASS;
		w->found->classes += is_class;
		w->found->narrowed += !is_class;
		tell(w, is_class ? "class narrowed" : "cell narrowed", n, x, known, fair);
	}
}

void audit(const struct audit_system *system, bool say, struct audit_found *found)
{
	struct work w = {.system = system,
	    .words = system->n_atoms / 64 + 1,
	    .found = found,
	    .say = say};
	int64_t *truth = calloc(system->n_atoms + 1, sizeof *truth);
	for (size_t a = 0; a < system->n_atoms; a++)
		truth[a] = system->atoms[a].x;
	if (!is_world(&w, truth)) {
		found->broken++;
		if (say)
			printf("%s: the publications are not true\n", system->name);
	} else {
		for (size_t c = 0; c < system->n_cells; c++) {
			bool large = size_of(&w, system->cells[c].atoms) >= K;
			found->cells += large;
			found->shown += large && system->cells[c].kind != AUDIT_SILENT;
		}
		build(&w);
		list_targets(&w);
		for (size_t i = 0; i < w.targets.n; i++)
			judge(&w, w.targets.p + i * w.words);
		delete_lp(w.lp);
	}
	for (size_t i = 0; i < WORLDS_MAX; i++)
		free(w.worlds[i]);
	free(w.targets.p);
	free(truth);
}
