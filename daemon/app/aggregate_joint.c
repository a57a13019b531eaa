/* SPDX-License-Identifier: Apache-2.0
 * All that is published about one competency, taken together. Families overlap (a school,
 * a position and an association share people), and the numbers of the last publication
 * are known still, so a hidden number may be squeezed between the others. The reader is
 * assumed to know who has answered. Bounds go through all equations until they rest;
 * where they tell too much, one more number is hidden, and again. */
#include "aggregate_count.h"

/* Views of a scope: its numbers are view * n_scopes + scope. */
enum { NOW, FRESH, OLD, PAST = 4, VIEWS = OLD + PAST };
enum {
	ROUNDS_MAX = 64,
	WIDTH_SURE = 2 * METOD_K, /* a range that no further thought brings below 5 */
};

/* Numbers: of every scope now and at its last publications, of those who came since, of
 * the people whom two scopes share or do not, and of the atoms: people in the same sets.
 */
struct bound {
	int64_t lo, hi;
};
struct number {
	int64_t n, need;
	struct bound own; /* what its own mark tells */
	uint64_t *atoms;  /* a bit for each */
};
struct past { /* newest first */
	struct metod_told p[PAST];
	size_t n;
};
struct equation {
	size_t total, *parts, n_parts; /* the parts make up the total */
};
struct joint {
	struct counting *c;
	struct metod_arena *arena;
	size_t k;          /* the competency */
	struct past *past; /* by scope */
	size_t *first;     /* by view of a scope: the first one with the same people */
	size_t *atom_of;   /* by sheet; SIZE_MAX: no number has it */
	size_t n_atoms, words;
	int64_t *atom_n, *atom_need;
	struct number *numbers;
	struct bound *known, *trial; /* by number */
	size_t n_numbers, first_atom;
	struct equation *equations;
	size_t n_equations, cap_equations;
};

/* ---- sets ---- */

static bool is_in(const struct joint *j, size_t scope, size_t sheet)
{
	const struct scope_count *s = &j->c->scopes[scope];
	return s->in && s->in[sheet];
}

/* At how many of the last publications he was in already. */
static size_t depth(const struct joint *j, size_t scope, size_t sheet)
{
	const struct past *past = &j->past[scope];
	size_t n = 0;
	while (n < past->n && j->c->sheets[sheet].since <= past->p[n].at)
		n++;
	return is_in(j, scope, sheet) ? n : 0;
}

static bool in_view(const struct joint *j, size_t scope, size_t view, size_t sheet)
{
	if (view == NOW)
		return is_in(j, scope, sheet);
	if (view == FRESH)
		return is_in(j, scope, sheet) && depth(j, scope, sheet) == 0;
	return depth(j, scope, sheet) > view - OLD;
}

static void read_past(struct joint *j)
{
	j->past = METOD_NEWS(j->arena, j->c->n_scopes + 1, struct past);
	for (size_t s = 0; s < j->c->n_scopes; s++) {
		struct metod_release_cell old;
		struct past *past = &j->past[s];
		if (!aggregate_old_cell(j->c, &j->c->scopes[s], j->k, &old))
			continue;
		past->p[past->n++] =
		    (struct metod_told){old.at, old.how, old.cls, old.n, old.part};
		for (size_t i = 0; i < old.earlier.n && past->n < PAST; i++)
			past->p[past->n++] = old.earlier.p[i];
	}
}

static bool same_sets(const struct joint *j, size_t a, size_t b)
{
	for (size_t s = 0; s < j->c->n_scopes; s++)
		if (is_in(j, s, a) != is_in(j, s, b) || depth(j, s, a) != depth(j, s, b))
			return false;
	return true;
}

static uint64_t hash_of_sets(const struct joint *j, size_t sheet)
{
	uint64_t hash = 0;
	for (size_t s = 0; s < j->c->n_scopes; s++) {
		size_t word = (PAST + 1) * s + depth(j, s, sheet);
		if (is_in(j, s, sheet))
			hash = metod_hash64(hash + 1, &word, sizeof word);
	}
	return hash;
}

/* Open addressing; the first sheet of an atom stands for it. */
static void find_atoms(struct joint *j)
{
	struct counting *c = j->c;
	size_t room = 2 * c->n_sheets + 1;
	size_t *first = METOD_NEWS(j->arena, room, size_t);
	j->atom_of = METOD_NEWS(j->arena, c->n_sheets + 1, size_t);
	for (size_t i = 0; i < c->n_sheets; i++) {
		uint64_t hash = hash_of_sets(j, i);
		j->atom_of[i] = SIZE_MAX;
		if (hash == 0 || !aggregate_judged(&c->sheets[i], j->k))
			continue;
		size_t at = hash % room;
		while (first[at] && !same_sets(j, first[at] - 1, i))
			at = (at + 1) % room;
		if (!first[at]) {
			first[at] = i + 1;
			j->atom_of[i] = j->n_atoms++;
		} else
			j->atom_of[i] = j->atom_of[first[at] - 1];
	}
	j->words = j->n_atoms / 64 + 1;
	j->atom_n = METOD_NEWS(j->arena, j->n_atoms + 1, int64_t);
	j->atom_need = METOD_NEWS(j->arena, j->n_atoms + 1, int64_t);
	for (size_t i = 0; i < c->n_sheets; i++)
		if (j->atom_of[i] != SIZE_MAX) {
			j->atom_n[j->atom_of[i]]++;
			j->atom_need[j->atom_of[i]] +=
			    c->sheets[i].states[j->k] == METOD_STATE_NEED;
		}
}

static struct number *new_number(struct joint *j)
{
	struct number *number = &j->numbers[j->n_numbers++];
	number->atoms = METOD_NEWS(j->arena, j->words, uint64_t);
	return number;
}

static void add_sheet(struct joint *j, struct number *number, size_t sheet)
{
	size_t atom = j->atom_of[sheet];
	if (atom == SIZE_MAX)
		return;
	number->atoms[atom / 64] |= UINT64_C(1) << (atom % 64);
	number->n++;
	number->need += j->c->sheets[sheet].states[j->k] == METOD_STATE_NEED;
}

static void list_scopes(struct joint *j)
{
	for (size_t view = NOW; view < VIEWS; view++)
		for (size_t s = 0; s < j->c->n_scopes; s++) {
			struct number *number = new_number(j);
			for (size_t i = 0; i < j->c->n_sheets; i++)
				if (in_view(j, s, view, i))
					add_sheet(j, number, i);
		}
}

static void list_atoms(struct joint *j)
{
	j->first_atom = j->n_numbers;
	for (size_t a = 0; a < j->n_atoms; a++)
		new_number(j);
	for (size_t i = 0; i < j->c->n_sheets; i++)
		if (j->atom_of[i] != SIZE_MAX)
			add_sheet(j, &j->numbers[j->first_atom + j->atom_of[i]], i);
}

/* ---- equations ---- */

static bool has(const struct number *number, size_t atom)
{
	return number->atoms[atom / 64] >> (atom % 64) & 1;
}

static bool is_part(const struct joint *j, size_t part, size_t total)
{
	const struct number *p = &j->numbers[part], *t = &j->numbers[total];
	for (size_t w = 0; w < j->words; w++)
		if (p->atoms[w] & ~t->atoms[w])
			return false;
	return p->n > 0 && part != total;
}

/* total = those parts that lie in it (disjoint), and the atoms that are in none. */
static void equate(struct joint *j, size_t total, const size_t *parts, size_t n)
{
	struct equation *e = &j->equations[j->n_equations];
	*e =
	    (struct equation){total, METOD_NEWS(j->arena, n + j->n_atoms + 1, size_t), 0};
	if (j->numbers[total].n == 0)
		return;
	for (size_t i = 0; i < n; i++)
		if (is_part(j, parts[i], total))
			e->parts[e->n_parts++] = parts[i];
	size_t n_sets = e->n_parts;
	for (size_t a = 0; a < j->n_atoms; a++) {
		bool rest = has(&j->numbers[total], a);
		for (size_t i = 0; i < n_sets && rest; i++)
			rest = !has(&j->numbers[e->parts[i]], a);
		if (rest)
			e->parts[e->n_parts++] = j->first_atom + a;
	}
	if (n == 0 || n_sets > 0)
		j->n_equations++;
}

/* The children of a view of the parent are their widest views within it: publications of
 * one moment, or of the last one before. */
static void equate_family(struct joint *j, size_t parent, size_t family, size_t view)
{
	const struct counting *c = j->c;
	size_t total = view * c->n_scopes + parent, n = 0;
	size_t *parts = METOD_NEWS(j->arena, c->n_scopes, size_t);
	for (size_t s = 0; s < c->n_scopes; s++) {
		size_t widest = SIZE_MAX;
		if (c->scopes[s].parent != parent || c->scopes[s].family != family)
			continue;
		for (size_t v = NOW; v < VIEWS; v++) {
			size_t at = v * c->n_scopes + s;
			if ((v == FRESH) == (view == FRESH) && is_part(j, at, total) &&
			    (widest == SIZE_MAX ||
				j->numbers[at].n > j->numbers[widest].n))
				widest = at;
		}
		if (widest != SIZE_MAX)
			parts[n++] = widest;
	}
	equate(j, total, parts, n);
}

static void equate_families(struct joint *j, size_t view)
{
	const struct counting *c = j->c;
	for (size_t f = 0; f <= c->n_families; f++)
		equate_family(j, c->root, f, view);
	for (size_t s = 0; s < c->n_tree; s++)
		if (s != c->root)
			equate_family(j, s, 0, view);
}

enum { BOTH, FIRST_ONLY, SECOND_ONLY };

static size_t list_meeting(struct joint *j, size_t a, size_t b, int which)
{
	struct number *number = new_number(j);
	const struct number *first = &j->numbers[a], *second = &j->numbers[b];
	for (size_t w = 0; w < j->words; w++)
		number->atoms[w] =
		    (which == SECOND_ONLY ? ~first->atoms[w] : first->atoms[w]) &
		    (which == FIRST_ONLY ? ~second->atoms[w] : second->atoms[w]);
	for (size_t w = 0; w < j->words; w++)
		for (uint64_t left = number->atoms[w]; left; left &= left - 1) {
			size_t atom = 64 * w + (size_t)__builtin_ctzll(left);
			number->n += j->atom_n[atom];
			number->need += j->atom_need[atom];
		}
	return j->n_numbers - 1;
}

/* Two sets that overlap: those in both, and those in one only. Returns the number of the
 * first; 0: none, or all of the first set. */
static size_t share(struct joint *j, size_t a, size_t b)
{
	size_t both = list_meeting(j, a, b, BOTH);
	if (j->numbers[both].n == 0 || j->numbers[both].n == j->numbers[a].n) {
		j->numbers[--j->n_numbers] = (struct number){0};
		return 0;
	}
	list_meeting(j, a, b, FIRST_ONLY);
	list_meeting(j, a, b, SECOND_ONLY);
	return both;
}

static void equate_meeting(struct joint *j, size_t a, size_t b, size_t both)
{
	if (j->numbers[a].n > 0 && is_part(j, a, b))
		equate(j, b, &a, 1);
	if (!both)
		return;
	equate(j, a, (size_t[]){both, both + FIRST_ONLY}, 2);
	if (j->numbers[both].n < j->numbers[b].n)
		equate(j, b, (size_t[]){both, both + SECOND_ONLY}, 2);
	else
		equate(j, a, (size_t[]){b, both + FIRST_ONLY}, 2);
}

/* Sets that are looked at in pairs: not two places, which lie in each other or apart, and
 * not twice the same people. */
static bool is_pair(const struct joint *j, size_t a, size_t b)
{
	const struct number *first = &j->numbers[a], *second = &j->numbers[b];
	size_t sets = j->c->n_scopes;
	return first->n > 0 && second->n > 0 && a / sets != FRESH && b / sets != FRESH &&
	    (a % sets >= j->c->n_tree || b % sets >= j->c->n_tree) && j->first[a] == a &&
	    j->first[b] == b;
}

/* The first number with the same people. */
static void find_same(struct joint *j)
{
	size_t views = VIEWS * j->c->n_scopes;
	j->first = METOD_NEWS(j->arena, views, size_t);
	for (size_t a = 0; a < views; a++)
		for (j->first[a] = 0; j->first[a] < a; j->first[a]++)
			if (memcmp(j->numbers[j->first[a]].atoms, j->numbers[a].atoms,
				j->words * sizeof(uint64_t)) == 0)
				break;
}

/* Shared numbers make up the set over all places, and the place over all sets of a
 * family. */
static void equate_shared(struct joint *j, const size_t *shared)
{
	const struct counting *c = j->c;
	size_t *parts = METOD_NEWS(j->arena, c->n_scopes, size_t), n, sets = c->n_scopes;
	for (size_t t = c->n_tree; t < sets; t++)
		for (size_t up = 0; up < c->n_tree; up++) {
			n = 0;
			for (size_t s = 0; s < c->n_tree; s++)
				if (c->scopes[s].parent == up && shared[s * sets + t])
					parts[n++] = shared[s * sets + t];
			if (n && (up == c->root || shared[up * sets + t]))
				equate(j, up == c->root ? t : shared[up * sets + t],
				    parts, n);
		}
	for (size_t s = 0; s < c->n_tree; s++)
		for (size_t f = 1; f <= c->n_families; f++) {
			n = 0;
			for (size_t t = c->n_tree; t < sets; t++)
				if (c->scopes[t].family == f && shared[s * sets + t])
					parts[n++] = shared[s * sets + t];
			if (n)
				equate(j, s, parts, n);
		}
}

struct pair {
	size_t a, b, both;
};

static size_t list_pairs(struct joint *j, struct pair *ret, size_t *shared)
{
	size_t sets = j->c->n_scopes, n = 0;
	for (size_t a = 0; a < VIEWS * sets; a++)
		for (size_t b = a + 1; b < VIEWS * sets; b++) {
			if (!is_pair(j, a, b))
				continue;
			if (ret) {
				ret[n] = (struct pair){a, b, share(j, a, b)};
				if (b < sets)
					shared[a * sets + b] = ret[n].both;
			}
			n++;
		}
	return n;
}

static void find_equations(struct joint *j)
{
	struct counting *c = j->c;
	size_t sets = c->n_scopes, views = VIEWS * sets;
	size_t *shared = METOD_NEWS(j->arena, sets * sets + 1, size_t);
	j->numbers = METOD_NEWS(j->arena, views, struct number);
	list_scopes(j);
	find_same(j);
	size_t n_pairs = list_pairs(j, NULL, NULL),
	       most = views + 3 * n_pairs + j->n_atoms + 1;
	struct pair *pairs = METOD_NEWS(j->arena, n_pairs + 1, struct pair);
	struct number *numbers = METOD_NEWS(j->arena, most, struct number);
	memcpy(numbers, j->numbers, views * sizeof *numbers);
	j->numbers = numbers;
	j->known = METOD_NEWS(j->arena, most, struct bound);
	j->trial = METOD_NEWS(j->arena, most, struct bound);
	list_pairs(j, pairs, shared);
	list_atoms(j);
	j->equations = METOD_NEWS(j->arena,
	    views + 4 * n_pairs + VIEWS * (c->n_families + c->n_tree + sets + 2) +
		2 * sets * sets,
	    struct equation);
	for (size_t i = 0; i < j->first_atom; i++)
		if (i < views ? j->first[i] == i : (i - views) % 3 == BOTH)
			equate(j, i, NULL, 0);
	for (size_t i = 0; i < views; i++)
		if (j->first[i] != i && j->numbers[i].n > 0)
			equate(j, i, &j->first[i], 1);
	for (size_t i = 0; i < n_pairs; i++)
		equate_meeting(j, pairs[i].a, pairs[i].b, pairs[i].both);
	for (size_t view = NOW; view < VIEWS; view++)
		equate_families(j, view);
	equate_shared(j, shared);
	for (size_t s = 0; s < sets; s++) {
		equate(j, s, (size_t[]){s + OLD * sets, s + FRESH * sets}, 2);
		for (size_t view = OLD; view + 1 < VIEWS; view++)
			equate(j, s + view * sets, (size_t[]){s + (view + 1) * sets}, 1);
	}
}

/* ---- what the marks tell ---- */

static void read_mark(struct number *number, const struct metod_shown *shown)
{
	uint64_t lo, hi;
	if (shown->how < METOD_SHOW_CLASS)
		return;
	metod_smallgroup_range(shown, &lo, &hi);
	number->own.lo = (int64_t)lo;
	number->own.hi = (int64_t)hi;
}

/* A cell that stays as it was says nothing new. */
static struct metod_shown told(const struct joint *j, size_t s)
{
	const struct scope_count *scope = &j->c->scopes[s];
	struct metod_shown hidden = {.how = METOD_SHOW_HIDDEN};
	return scope->kept[j->k] || scope->held ? hidden : scope->need[j->k];
}

/* A former number was of somewhat other people when some have withdrawn or joined since.
 * What these answered is not known here any more: the reader is assumed to know it. */
static void read_told(struct joint *j, size_t s, size_t i)
{
	const struct metod_told *told = &j->past[s].p[i];
	struct number *number = &j->numbers[(OLD + i) * j->c->n_scopes + s],
		      then = *number;
	struct metod_shown shown = {.how = (enum metod_disclosure)told->how,
	    .cls = (enum metod_share_class)told->cls,
	    .n = told->n,
	    .part = told->part};
	int64_t gone = (int64_t)told->n - number->n, need = number->need;
	if (shown.how < METOD_SHOW_CLASS)
		return;
	read_mark(&then, &shown);
	then.own.lo -= gone < 0 ? gone : 0;
	then.own.hi -= gone > 0 ? gone : 0;
	number->own.lo = then.own.lo < need ? then.own.lo : need;
	number->own.hi = then.own.hi > need ? then.own.hi : need;
}

static void read_marks(struct joint *j)
{
	for (size_t i = 0; i < j->n_numbers; i++)
		j->numbers[i].own = (struct bound){0, j->numbers[i].n};
	for (size_t s = 0; s < j->c->n_scopes; s++) {
		struct metod_shown shown = told(j, s);
		read_mark(&j->numbers[s], &shown);
		for (size_t i = 0; i < j->past[s].n; i++)
			read_told(j, s, i);
	}
	for (size_t i = 0; i < j->n_numbers; i++)
		j->known[i] = j->numbers[i].own;
}

static bool meet(struct bound *x, int64_t lo, int64_t hi)
{
	bool moved = lo > x->lo || hi < x->hi;
	x->lo = lo > x->lo ? lo : x->lo;
	x->hi = hi < x->hi ? hi : x->hi;
	return moved;
}

/* False when it cannot be. */
static bool settle(struct bound *known, const struct equation *e, bool *moved)
{
	int64_t lo = 0, hi = 0;
	struct bound *total = &known[e->total];
	for (size_t i = 0; i < e->n_parts; i++) {
		lo += known[e->parts[i]].lo;
		hi += known[e->parts[i]].hi;
	}
	*moved |= meet(total, lo, hi);
	for (size_t i = 0; i < e->n_parts; i++) {
		struct bound *part = &known[e->parts[i]];
		int64_t rest_lo = lo - part->lo, rest_hi = hi - part->hi;
		*moved |= meet(part, total->lo - rest_hi, total->hi - rest_lo);
		if (part->lo > part->hi)
			return false;
		lo = rest_lo + part->lo;
		hi = rest_hi + part->hi;
	}
	return total->lo <= total->hi;
}

static bool propagate(const struct joint *j, struct bound *known)
{
	bool moved = true;
	for (int round = 0; moved && round < ROUNDS_MAX; round++) {
		moved = false;
		for (size_t i = 0; i < j->n_equations; i++)
			if (!settle(known, &j->equations[i], &moved))
				return false;
	}
	return true;
}

/* ---- judgement ---- */

/* People of `a` who are not in `b`. */
static int64_t outside(const struct joint *j, size_t a, size_t b)
{
	int64_t n = 0;
	for (size_t w = 0; w < j->words; w++) {
		uint64_t left = j->numbers[a].atoms[w] & ~j->numbers[b].atoms[w];
		for (; left; left &= left - 1)
			n += j->atom_n[64 * w + (size_t)__builtin_ctzll(left)];
	}
	return n;
}

/* What single publications tell of a group by themselves: that is the rule's own price.
 */
static struct bound fair_of(const struct joint *j, size_t at)
{
	struct bound fair = j->numbers[at].own;
	for (size_t s = 0; s < VIEWS * j->c->n_scopes; s++) {
		const struct number *told = &j->numbers[s];
		if (told->own.lo > 0 || told->own.hi < told->n)
			meet(&fair, told->own.lo - outside(j, s, at),
			    told->own.hi + outside(j, at, s));
	}
	return fair;
}

static bool may_be(struct joint *j, size_t at, int64_t value)
{
	memcpy(j->trial, j->known, j->n_numbers * sizeof *j->known);
	j->trial[at] = (struct bound){value, value};
	return propagate(j, j->trial);
}

/* Bounds that go from equation to equation see less than the equations together: an end
 * is believed when the whole can be with it. */
static void shave(struct joint *j, size_t at)
{
	struct bound *x = &j->known[at];
	while (x->lo < x->hi && !may_be(j, at, x->lo))
		x->lo++;
	while (x->lo < x->hi && !may_be(j, at, x->hi))
		x->hi--;
}

static bool tells_too_much(struct joint *j, size_t at)
{
	const struct number *x = &j->numbers[at];
	struct bound *known = &j->known[at];
	struct metod_count cell = {(uint64_t)x->n, (uint64_t)x->need};
	bool scope = at < VIEWS * j->c->n_scopes && at / j->c->n_scopes != FRESH;
	if (x->n == 0 || metod_smallgroup_show(cell).how == METOD_SHOW_EXACT ||
	    x->own.lo >= x->own.hi || known->hi - known->lo >= WIDTH_SURE)
		return false;
	struct bound fair = fair_of(j, at);
	if (fair.lo >= fair.hi ||
	    (known->lo <= fair.lo && known->hi >= fair.hi && !scope))
		return false;
	shave(j, at);
	if (known->lo == known->hi)
		return true;
	return scope && known->hi - known->lo < METOD_K &&
	    (known->lo > fair.lo || known->hi < fair.hi);
}

/* Associations are given up first, then positions, then places. */
static unsigned rank(const struct counting *c, size_t s)
{
	if (s >= c->n_tree)
		return strcmp(c->scopes[s].kind, "association") == 0 ? 0 : 1;
	return s == c->root ? 4 : strcmp(c->scopes[s].kind, "org") == 0 ? 2 : 3;
}

/* Do they share people, or a parent? */
static bool touches(const struct joint *j, size_t s, size_t at)
{
	const struct counting *c = j->c;
	size_t of = at % c->n_scopes;
	if (at < VIEWS * c->n_scopes && c->scopes[s].parent == c->scopes[of].parent &&
	    c->scopes[s].family == c->scopes[of].family)
		return true;
	for (size_t w = 0; w < j->words; w++)
		if (j->numbers[s].atoms[w] & j->numbers[at].atoms[w])
			return true;
	return false;
}

/* The smallest of what stands nearest is hidden first. */
static bool goes_before(const struct joint *j, size_t a, size_t b, size_t at)
{
	const struct counting *c = j->c;
	if (touches(j, a, at) != touches(j, b, at))
		return touches(j, a, at);
	if (rank(c, a) != rank(c, b))
		return rank(c, a) < rank(c, b);
	return c->scopes[a].cells[j->k].n < c->scopes[b].cells[j->k].n;
}

static bool hide_near(struct joint *j, size_t at)
{
	struct counting *c = j->c;
	size_t best = SIZE_MAX;
	for (size_t s = 0; s < c->n_scopes; s++)
		if (told(j, s).how >= METOD_SHOW_CLASS &&
		    (best == SIZE_MAX || goes_before(j, s, best, at)))
			best = s;
	if (best == SIZE_MAX)
		return false;
	c->scopes[best].need[j->k] = (struct metod_shown){.how = METOD_SHOW_HIDDEN};
	return true;
}

/* False when nothing tells too much, or nothing is left to hide. */
static bool hide_one(struct joint *j)
{
	read_marks(j);
	propagate(j, j->known);
	for (size_t i = 0; i < j->n_numbers; i++)
		if (tells_too_much(j, i) && hide_near(j, i))
			return true;
	return false;
}

void aggregate_joint(struct counting *c)
{
	struct metod_arena *arena = metod_arena_new();
	for (size_t k = 0; k < c->competencies.n; k++) {
		struct joint j = {.c = c, .arena = arena, .k = k};
		read_past(&j);
		find_atoms(&j);
		find_equations(&j);
		while (hide_one(&j))
			continue;
		metod_arena_clear(arena);
	}
	metod_arena_free(arena);
}
