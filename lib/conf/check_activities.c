/* SPDX-License-Identifier: Apache-2.0
 * Checks of the catalogue of activities: gains, dates, prerequisites, repeated codes
 * (further sessions of one activity), and that every competency can be worked on in two
 * ways. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

struct activity {
	struct metod_activity_row row;
	struct cell *cells; /* by field */
	size_t edge;        /* next prerequisite to follow */
	enum { NEW, OPEN, DONE } state;
};

struct catalogue {
	struct check *check;
	struct source source;
	struct activity *p; /* rows of the file */
	size_t n, room;
	struct activity **unique; /* first row of each code, by code */
	size_t n_unique;
};

static const struct cell *place(const struct activity *a, const char *field)
{
	const struct metod_desc *desc = &metod_activity_row_desc;

	return &a->cells[metod_desc_field(desc, metod_str(field)) - desc->fields];
}

#define AT(a, field) place(a, field)->line, place(a, field)->column

static void keep(void *arg, void *record, const struct cell *cells)
{
	struct catalogue *all = arg;
	size_t bytes = metod_activity_row_desc.count * sizeof(*cells);
	struct activity *a;

	if (all->n == all->room) {
		struct activity *old = all->p;

		all->room = all->room ? 2 * all->room : 256;
		all->p = METOD_NEWS(all->source.arena, all->room, struct activity);
		if (old)
			memcpy(all->p, old, all->n * sizeof(*old));
	}
	a = &all->p[all->n++];
	memcpy(&a->row, record, sizeof(a->row));
	a->cells = metod_arena_alloc(all->source.arena, bytes);
	memcpy(a->cells, cells, bytes);
}

/* ---- one row ---- */

/* Calls back for each gain of "FOR:450;CRI:200" that can be read. */
static bool next_gain(
    struct metod_str *rest, struct metod_str *ret_competency, struct metod_str *ret_value)
{
	if (!rest->n)
		return false;
	*ret_value = metod_str_cut(rest, ';');
	*ret_competency = metod_str_trim(metod_str_cut(ret_value, ':'));
	*ret_value = metod_str_trim(*ret_value);
	return true;
}

static bool gains(const struct activity *a, struct metod_str competency)
{
	struct metod_str rest = a->row.gains, one, value;

	while (next_gain(&rest, &one, &value)) {
		if (metod_str_eq(one, competency))
			return true;
	}
	return false;
}

static void check_gains(struct catalogue *all, const struct activity *a)
{
	const struct metod_field *bound =
	    metod_desc_field(&metod_activity_gain_desc, METOD_STR("gain"));
	struct metod_str rest = a->row.gains, competency, value, seen = rest;
	struct source *source = &all->source;
	uint64_t gain = 0;

	while (next_gain(&rest, &competency, &value)) {
		struct metod_str before = {seen.p, (size_t)(competency.p - seen.p)}, one,
				 other;

		if (!metod_str_u64(value, &gain) || (double)gain < bound->low ||
		    (double)gain > bound->high)
			conf_error(source, AT(a, "gains"),
			    "gains are written as FOR:450;CRI:200, each from %g to %g",
			    bound->low, bound->high);
		else if (!conf_known(all->check, competency))
			conf_error(source, AT(a, "gains"),
			    "the framework has no competency \"%s\"",
			    conf_excerpt(source, competency));
		while (next_gain(&before, &one, &other)) {
			if (metod_str_eq(one, competency))
				conf_error(source, AT(a, "gains"), "two gains for \"%s\"",
				    conf_excerpt(source, competency));
		}
	}
}

static void check_dates(struct catalogue *all, const struct activity *a)
{
	bool start = a->row.start != METOD_NIL, end = a->row.end != METOD_NIL;

	if (start != end)
		conf_error(&all->source, a->row.line, 1,
		    "an activity has both a start and an end, or neither");
	else if (start && a->row.start > a->row.end)
		conf_error(
		    &all->source, AT(a, "end"), "the end date is before the start");
}

static void check_row(struct catalogue *all, const struct activity *a)
{
	if (!conf_id_ok(a->row.code))
		conf_error(&all->source, AT(a, "code"),
		    "\"%s\" is not an identifier (Latin letters, digits, - _ .)",
		    conf_excerpt(&all->source, a->row.code));
	check_gains(all, a);
	check_dates(all, a);
	conf_check_spelling(&all->source, AT(a, "title"), a->row.title, true);
	conf_check_spelling(&all->source, AT(a, "title_en"), a->row.title_en, false);
	if (!a->row.title_en.n)
		conf_warning(&all->source, AT(a, "title"), "the text has no English");
}

/* ---- rows together ---- */

static int by_code(const void *a, const void *b)
{
	const struct activity *x = *(struct activity *const *)a,
			      *y = *(struct activity *const *)b;
	int order = metod_str_cmp(x->row.code, y->row.code);

	return order ? order : (x->row.line > y->row.line) - (x->row.line < y->row.line);
}

static struct activity *find(const struct catalogue *all, struct metod_str code)
{
	size_t low = 0, high = all->n_unique;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = metod_str_cmp(code, all->unique[middle]->row.code);

		if (order == 0)
			return all->unique[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

/* A repeated code is one more session: everything but its dates and places is the same.
 */
static void check_session(
    struct catalogue *all, const struct activity *first, const struct activity *a)
{
	static const char *const may[] = {
	    "line", "start", "end", "weekly_hours", "place", "seats"};
	const struct metod_desc *desc = &metod_activity_row_desc;

	for (size_t i = 0; i < desc->count; i++) {
		bool free = false;

		for (size_t j = 0; j < METOD_LEN(may); j++)
			free |= strcmp(desc->fields[i].name, may[j]) == 0;
		if (free || metod_str_eq(first->cells[i].text, a->cells[i].text))
			continue;
		conf_error(&all->source, a->cells[i].line, a->cells[i].column,
		    "column \"%s\" differs from line %llu with the same code",
		    desc->fields[i].name, (unsigned long long)first->row.line);
	}
	if (first->row.start == a->row.start &&
	    metod_str_eq(first->row.place, a->row.place))
		conf_error(&all->source, AT(a, "code"),
		    "the same session as in line %llu",
		    (unsigned long long)first->row.line);
}

static void index_codes(struct catalogue *all)
{
	struct activity **sorted =
	    METOD_NEWS(all->source.arena, all->n, struct activity *);

	for (size_t i = 0; i < all->n; i++)
		sorted[i] = &all->p[i];
	qsort(sorted, all->n, sizeof(struct activity *), by_code);
	all->unique = sorted;
	for (size_t i = 0; i < all->n; i++) {
		struct activity *last =
		    all->n_unique ? all->unique[all->n_unique - 1] : NULL;

		if (last && metod_str_eq(last->row.code, sorted[i]->row.code))
			check_session(all, last, sorted[i]);
		else
			all->unique[all->n_unique++] = sorted[i];
	}
}

/* Depth first with the path as a stack: a prerequisite that is open closes a circle. */
static void follow(struct catalogue *all, struct activity *from, struct activity **path)
{
	size_t depth = 0;

	path[depth++] = from;
	from->state = OPEN;
	while (depth) {
		struct activity *a = path[depth - 1], *next;
		struct metod_str code;

		if (a->edge == a->row.prereq.n) {
			a->state = DONE;
			depth--;
			continue;
		}
		code = a->row.prereq.p[a->edge++];
		next = find(all, code);
		if (!next) {
			conf_error(&all->source, AT(a, "prereq"),
			    "there is no activity \"%s\"",
			    conf_excerpt(&all->source, code));
		} else if (next->state == OPEN) {
			conf_error(&all->source, AT(a, "prereq"),
			    "\"%s\" leads back to this activity: prerequisites go in a circle",
			    conf_excerpt(&all->source, code));
		} else if (next->state == NEW) {
			next->state = OPEN;
			path[depth++] = next;
		}
	}
}

/* A route needs a choice: two kinds of activity for every competency. */
static void check_choice(struct catalogue *all, struct metod_str competency)
{
	struct metod_str kind = {NULL, 0};

	for (size_t i = 0; i < all->n; i++) {
		if (!gains(&all->p[i], competency))
			continue;
		if (kind.n && !metod_str_eq(kind, all->p[i].row.kind))
			return;
		kind = all->p[i].row.kind;
	}
	conf_error(&all->source, 0, 0,
	    "competency \"%s\" needs activities of two different kinds", competency.p);
}

void conf_check_activities(struct check *check, const char *path)
{
	struct catalogue all = {
	    .check = check, .source = {metod_str(path), check->arena, check->issues}};
	struct activity **stack;
	struct metod_str bytes;
	struct metod_csv csv;

	if (metod_file_read(path, check->arena, &bytes, check->issues))
		return;
	if (conf_csv_records(&all.source, bytes, &metod_activity_row_desc, NULL, &csv,
		keep, &all) == METOD_FORMAT)
		return;
	for (size_t i = 0; i < all.n; i++)
		check_row(&all, &all.p[i]);
	index_codes(&all);
	stack = METOD_NEWS(check->arena, all.n_unique, struct activity *);
	for (size_t i = 0; i < all.n_unique; i++) {
		if (all.unique[i]->state == NEW)
			follow(&all, all.unique[i], stack);
	}
	for (const struct metod_node *one = metod_node_first(check->competencies); one;
	     one = one->next) {
		if (metod_node_text(metod_node_get(one, "id")).n)
			check_choice(&all, metod_node_get(one, "id")->text);
	}
}
