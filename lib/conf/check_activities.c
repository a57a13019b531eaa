/* SPDX-License-Identifier: Apache-2.0
 * Checks of the catalogue of activities: gains, dates, hours, places, prerequisites,
 * repeated codes (further sessions of one activity), titles alike, and that every
 * competency can be worked on in several ways by people of every position. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

enum {
	ACTIVITIES_LEAST = 5, /* of a competency */
	KINDS_LEAST = 3,
	POSITION_LEAST = 2, /* of a competency, open to one position */
	WEEK = 7,
};

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

static void check_hours(struct catalogue *all, const struct activity *a)
{
	uint64_t days = (uint64_t)(a->row.end - a->row.start) + 1;
	uint64_t weeks = (days + WEEK - 1) / WEEK;

	if (a->row.hours > weeks * a->row.weekly_hours)
		conf_error(&all->source, AT(a, "weekly_hours"),
		    "%llu hours do not fit into %llu weeks of %llu hours",
		    (unsigned long long)a->row.hours, (unsigned long long)weeks,
		    (unsigned long long)a->row.weekly_hours);
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
	else if (start)
		check_hours(all, a);
	else if (!metod_str_is(a->row.kind, "selfstudy"))
		conf_hint(&all->source,
		    conf_error(&all->source, AT(a, "kind"),
			"there is no session of this activity"),
		    "%s",
		    conf_tr(all->source.issues, "only self-study may go without dates"));
}

/* Where people meet; how many find a seat (0: as many as come, at a distance only). */
static void check_place(struct catalogue *all, const struct activity *a)
{
	bool online = metod_str_is(a->row.format, "online");

	if (!online && a->row.place.n == 0)
		conf_error(&all->source, AT(a, "format"), "the place is missing");
	if (online && a->row.place.n)
		conf_error(
		    &all->source, AT(a, "place"), "an online activity has no place");
	if (!online && a->row.seats == 0 && !metod_str_is(a->row.kind, "contest"))
		conf_error(&all->source, AT(a, "seats"),
		    "how many seats? 0 is for activities without a limit");
}

/* A catalogue of examples says so in both languages. */
static void check_sample(struct catalogue *all, const struct activity *a)
{
	const char *ru = metod_arena_z(all->source.arena, a->row.title);
	const char *en = metod_arena_z(all->source.arena, a->row.title_en);

	if (a->row.title_en.n && !strstr(ru, "(образец)") != !strstr(en, "(sample)"))
		conf_error(&all->source, AT(a, "title_en"),
		    "\"(образец)\" and \"(sample)\" stand in both titles or in none");
}

static void check_row(struct catalogue *all, const struct activity *a)
{
	if (!conf_id_ok(a->row.code))
		conf_error(&all->source, AT(a, "code"),
		    "\"%s\" is not an identifier (Latin letters, digits, - _ .)",
		    conf_excerpt(&all->source, a->row.code));
	check_gains(all, a);
	check_dates(all, a);
	check_place(all, a);
	check_sample(all, a);
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

static bool open_to(const struct activity *a, const char *position)
{
	for (size_t i = 0; i < a->row.positions.n; i++) {
		if (metod_str_is(a->row.positions.p[i], position))
			return true;
	}
	return a->row.positions.n == 0;
}

/* Among activities of this competency in order of codes: kinds that did not come before.
 */
static size_t count_kinds(struct activity *const *of, size_t n)
{
	size_t kinds = 0;

	for (size_t i = 0; i < n; i++) {
		size_t j = 0;

		while (j < i && !metod_str_eq(of[j]->row.kind, of[i]->row.kind))
			j++;
		kinds += j == i;
	}
	return kinds;
}

static uint64_t gain_of(const struct activity *a, struct metod_str competency)
{
	struct metod_str rest = a->row.gains, one, value;
	uint64_t gain = 0;

	while (next_gain(&rest, &one, &value)) {
		if (metod_str_eq(one, competency))
			metod_str_u64(value, &gain);
	}
	return gain;
}

/* Two with one kind and one gain are no choice for the one who plans a route. */
static void check_twins(struct catalogue *all, struct activity *const *of, size_t n,
    struct metod_str competency)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < i; j++) {
			if (!metod_str_eq(of[j]->row.kind, of[i]->row.kind) ||
			    gain_of(of[j], competency) != gain_of(of[i], competency))
				continue;
			conf_error(&all->source, AT(of[i], "gains"),
			    "the same competency \"%s\", kind and gain as \"%s\" in line %llu",
			    competency.p, conf_excerpt(&all->source, of[j]->row.code),
			    (unsigned long long)of[j]->row.line);
			break;
		}
	}
}

/* No other competency gains more: people would choose it for this one. */
static bool mainly_for(const struct activity *a, struct metod_str competency)
{
	struct metod_str rest = a->row.gains, one, value;
	uint64_t own = gain_of(a, competency), other;

	while (next_gain(&rest, &one, &value)) {
		if (metod_str_u64(value, &other) && other > own)
			return false;
	}
	return own > 0;
}

/* Enough that are meant for it, not only such as help by the way. */
static void check_number(struct catalogue *all, struct activity *const *of, size_t n,
    struct metod_str competency)
{
	struct activity **meant = METOD_NEWS(all->source.arena, n + 1, struct activity *);
	size_t count = 0, kinds;

	for (size_t i = 0; i < n; i++) {
		if (mainly_for(of[i], competency))
			meant[count++] = of[i];
	}
	kinds = count_kinds(meant, count);
	if (count < ACTIVITIES_LEAST || kinds < KINDS_LEAST)
		conf_error(&all->source, n ? of[n - 1]->row.line : 1, 1,
		    "competency \"%s\" is the main gain of %zu activities of %zu kinds; %d of %d kinds are needed",
		    competency.p, count, kinds, ACTIVITIES_LEAST, KINDS_LEAST);
}

/* A route needs a choice, whoever takes it. */
static void check_choice(struct catalogue *all, struct metod_str competency)
{
	struct activity **of =
	    METOD_NEWS(all->source.arena, all->n_unique + 1, struct activity *);
	const char *position;
	size_t n = 0;

	for (size_t i = 0; i < all->n_unique; i++) {
		if (gains(all->unique[i], competency))
			of[n++] = all->unique[i];
	}
	check_number(all, of, n, competency);
	for (size_t p = 0; (position = conf_word_at(METOD_WORDS_POSITION, p)); p++) {
		size_t open = 0;

		for (size_t i = 0; i < n; i++)
			open += open_to(of[i], position);
		if (n && open < POSITION_LEAST)
			conf_error(&all->source, of[n - 1]->row.line, 1,
			    "competency \"%s\" has %zu activities open to \"%s\", %d are needed",
			    competency.p, open, position, POSITION_LEAST);
	}
	check_twins(all, of, n, competency);
}

static void check_titles(struct catalogue *all)
{
	for (size_t i = 0; i < all->n_unique; i++) {
		const struct activity *a = all->unique[i];

		conf_check_alike(all->check, "activities", METOD_STR(""), &all->source,
		    AT(a, "title"), a->row.title);
	}
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
	check_titles(&all);
	for (const struct metod_node *one = metod_node_first(check->competencies); one;
	     one = one->next) {
		if (metod_node_text(metod_node_get(one, "id")).n)
			check_choice(&all, metod_node_get(one, "id")->text);
	}
}
