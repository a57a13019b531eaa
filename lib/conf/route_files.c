/* SPDX-License-Identifier: Apache-2.0
 * The six files of routes: ids and competencies become numbers in their own order, rows
 * about two things are sorted by both. */
#include <stdlib.h>
#include <string.h>

#include "metod/limits.h"
#include "solve.h"

enum file { TEACHERS, ACTIVITIES, SESSIONS, NEEDS, GAINS, PREREQUISITES, FILES };

static const char *const file_names[FILES] = {"teachers.csv", "activities.csv",
    "sessions.csv", "needs.csv", "gains.csv", "prerequisites.csv"};

struct reading {
	struct source source[FILES];
	struct metod_str text[FILES]; /* without a byte order mark */
	struct ids teachers, activities, sessions;
	struct metod_str *competency; /* sorted, each once */
	size_t n_competencies, room;
	struct metod_route_files *ret;
};

/* ---- cells ---- */

static unsigned formats_of(const struct rows *rows, size_t column)
{
	const struct cell *cell = rows_cell(rows, column);
	struct source *source = rows->scan.source;
	struct metod_str text = cell->text;
	unsigned mask = 0;

	while (text.n > 0) {
		struct metod_str one = metod_str_trim(metod_str_cut(&text, ' '));
		const char *word = conf_word_of(METOD_WORDS_FORMAT, one, source->arena);
		if (!one.n)
			continue;
		if (!word) {
			struct metod_issue *issue = conf_error(source, cell->line,
			    cell->column, "\"%s\" is no format",
			    conf_excerpt(source, one));
			conf_hint(source, issue,
			    "inperson, online, mixed, with a space between them");
			return 0;
		}
		for (unsigned i = 0; conf_word_at(METOD_WORDS_FORMAT, i); i++)
			if (strcmp(conf_word_at(METOD_WORDS_FORMAT, i), word) == 0)
				mask |= 1u << i;
	}
	return mask;
}

/* Columns `from` and `from + 1`; the calendar may have a longest length. */
static void weeks_of(const struct rows *rows, size_t from, int64_t longest, int32_t *ret_from,
    int32_t *ret_to)
{
	*ret_from = (int32_t)rows_number(rows, from, 0, METOD_ROUTE_WEEK_MAX);
	*ret_to = (int32_t)rows_number(rows, from + 1, 0, METOD_ROUTE_WEEK_MAX);
	if (*ret_to < *ret_from || *ret_to - *ret_from >= longest)
		conf_error(rows->scan.source, rows_cell(rows, from + 1)->line,
		    rows_cell(rows, from + 1)->column,
		    "the last week is before the first, or more than %d weeks later",
		    (int)longest - 1);
}

static uint32_t minutes_of(const struct rows *rows, size_t column, int64_t low)
{
	return (uint32_t)rows_number(rows, column, low, METOD_ROUTE_MINUTES_MAX);
}

/* The number of the id in the cell, 0 with an issue when it is in no row of the file. */
static uint32_t reference(
    const struct rows *rows, size_t column, const struct ids *ids, enum file file)
{
	uint32_t at = ids_index(rows, column, ids);

	if (at != UINT32_MAX)
		return at;
	ids_unknown(rows, column, file_names[file]);
	return 0;
}

/* Room for one more element. */
static void *roomy(
    struct metod_arena *arena, void *list, size_t n, size_t *room, size_t each)
{
	void *more;

	if (n < *room)
		return list;
	*room = *room ? 2 * *room : 256;
	more = metod_arena_array(arena, *room, each);
	return n ? memcpy(more, list, n * each) : more;
}

static bool too_many(const struct rows *rows, size_t n, size_t most)
{
	if (n < most)
		return false;
	conf_error(rows->scan.source, rows->scan.line, 1,
	    "more than %d rows; split the file", (int)most);
	return true;
}

/* ---- things with an id ---- */

/* Where a row goes once the ids are in order; value is the number of the row. */
static void *in_order(struct metod_arena *arena, const struct ids *ids, const void *list,
    size_t each)
{
	char *sorted = metod_arena_array(arena, ids->n + 1, each);

	for (size_t i = 0; i < ids->n; i++)
		memcpy(sorted + i * each, (const char *)list + ids->value[i] * each, each);
	return sorted;
}

static void read_teachers(struct reading *r)
{
	static const char *const names[] = {"id", "minutes", "weekly", "week_from",
	    "week_to", "formats", "municipality"};
	struct source *source = &r->source[TEACHERS];
	struct metod_route_person *list = NULL;
	size_t room = 0;
	struct rows rows;

	if (!rows_begin(&rows, source, r->text[TEACHERS], names, METOD_LEN(names)))
		return;
	while (rows_next(&rows)) {
		size_t n = r->teachers.n;
		struct metod_route_person one = {.minutes = minutes_of(&rows, 1, 0),
		    .weekly = minutes_of(&rows, 2, 0),
		    .formats = formats_of(&rows, 5),
		    .municipality = rows_cell(&rows, 6)->text};
		weeks_of(&rows, 3, METOD_ROUTE_WEEKS_MAX, &one.week_from, &one.week_to);
		if (too_many(&rows, n, METOD_ROUTE_TEACHERS_MAX) ||
		    !ids_add(
			&r->teachers, &rows, rows_cell(&rows, 0)->text, (uint32_t)n))
			break;
		list = roomy(source->arena, list, n, &room, sizeof(*list));
		list[n] = one;
	}
	ids_settle(source, &r->teachers);
	r->ret->teacher = in_order(source->arena, &r->teachers, list, sizeof(*list));
}

static void read_activities(struct reading *r)
{
	static const char *const names[] = {"id", "kind", "minutes", "formats"};
	struct source *source = &r->source[ACTIVITIES];
	struct metod_route_work *list = NULL;
	size_t room = 0;
	struct rows rows;

	if (!rows_begin(&rows, source, r->text[ACTIVITIES], names, METOD_LEN(names)))
		return;
	while (rows_next(&rows)) {
		size_t n = r->activities.n;
		struct metod_route_work one = {.minutes = minutes_of(&rows, 2, 1),
		    .formats = formats_of(&rows, 3),
		    .kind = rows_cell(&rows, 1)->text};
		if (too_many(&rows, n, METOD_ROUTE_ACTIVITIES_MAX) ||
		    !ids_add(
			&r->activities, &rows, rows_cell(&rows, 0)->text, (uint32_t)n))
			break;
		list = roomy(source->arena, list, n, &room, sizeof(*list));
		list[n] = one;
	}
	ids_settle(source, &r->activities);
	r->ret->activity = in_order(source->arena, &r->activities, list, sizeof(*list));
}

static void read_sessions(struct reading *r)
{
	static const char *const names[] = {
	    "id", "activity", "week_from", "week_to", "weekly", "municipality"};
	struct source *source = &r->source[SESSIONS];
	struct metod_route_group *list = NULL;
	size_t room = 0;
	struct rows rows;

	if (!rows_begin(&rows, source, r->text[SESSIONS], names, METOD_LEN(names)))
		return;
	while (rows_next(&rows)) {
		size_t n = r->sessions.n;
		struct metod_route_group one = {
		    .work = reference(&rows, 1, &r->activities, ACTIVITIES),
		    .weekly = minutes_of(&rows, 4, 0),
		    .municipality = rows_cell(&rows, 5)->text};
		weeks_of(
		    &rows, 2, METOD_ROUTE_WEEK_MAX + 1, &one.week_from, &one.week_to);
		if (too_many(&rows, n, METOD_ROUTE_SESSIONS_MAX) ||
		    !ids_add(
			&r->sessions, &rows, rows_cell(&rows, 0)->text, (uint32_t)n))
			break;
		list = roomy(source->arena, list, n, &room, sizeof(*list));
		list[n] = one;
	}
	ids_settle(source, &r->sessions);
	r->ret->session = in_order(source->arena, &r->sessions, list, sizeof(*list));
}

/* ---- competencies ---- */

static int by_text(const void *a, const void *b)
{
	const struct metod_str *x = a, *y = b;

	return metod_str_cmp(*x, *y);
}

/* Those that somebody needs; gains on others serve nobody. */
static void number_competencies(struct reading *r)
{
	static const char *const names[] = {"competency"};
	struct source *source = &r->source[NEEDS];
	size_t n = 0, kept = 0;
	struct rows rows;

	if (!rows_begin(&rows, source, r->text[NEEDS], names, 1))
		return;
	while (rows_next(&rows)) {
		const struct cell *cell = rows_cell(&rows, 0);
		if (too_many(&rows, n, METOD_ROUTE_ROWS_MAX))
			return;
		if (!cell->text.n)
			conf_error(source, cell->line, cell->column,
			    "the competency is empty");
		r->competency = roomy(
		    source->arena, r->competency, n, &r->room, sizeof(*r->competency));
		r->competency[n++] = cell->text;
	}
	if (n)
		qsort(r->competency, n, sizeof(*r->competency), by_text);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || !metod_str_eq(r->competency[i], r->competency[kept - 1]))
			r->competency[kept++] = r->competency[i];
	r->n_competencies = kept;
}

/* False when nobody needs it. */
static bool competency_of(
    const struct reading *r, const struct rows *rows, size_t column, uint32_t *ret)
{
	const struct metod_str *found = r->n_competencies
	    ? bsearch(&rows_cell(rows, column)->text, r->competency, r->n_competencies,
		  sizeof(*r->competency), by_text)
	    : NULL;

	*ret = found ? (uint32_t)(found - r->competency) : 0;
	return found != NULL;
}

/* ---- rows about two things ---- */

static bool link_add(
    struct metod_route_links *links, const struct rows *rows, struct metod_route_link one)
{
	if (too_many(rows, links->n, METOD_ROUTE_ROWS_MAX))
		return false;
	one.line = rows->scan.line;
	links->p = roomy(
	    rows->scan.source->arena, links->p, links->n, &links->room, sizeof(one));
	links->p[links->n++] = one;
	return true;
}

static int by_both(const void *a, const void *b)
{
	const struct metod_route_link *x = a, *y = b;

	if (x->of != y->of)
		return x->of < y->of ? -1 : 1;
	if (x->to != y->to)
		return x->to < y->to ? -1 : 1;
	return (x->line > y->line) - (x->line < y->line);
}

static void links_settle(
    struct source *source, struct metod_route_links *links, size_t n_of)
{
	links->start = METOD_NEWS(source->arena, n_of + 1, size_t);
	if (links->n)
		qsort(links->p, links->n, sizeof(*links->p), by_both);
	for (size_t i = 0; i < links->n; i++) {
		const struct metod_route_link *one = &links->p[i];
		if (one->of < n_of)
			links->start[one->of + 1]++;
		if (i && one->of == one[-1].of && one->to == one[-1].to)
			conf_error(source, one->line, 1, "the same stands in line %zu",
			    one[-1].line);
	}
	for (size_t i = 0; i < n_of; i++)
		links->start[i + 1] += links->start[i];
}

static void read_needs(struct reading *r)
{
	static const char *const names[] = {"teacher", "competency", "need", "wish"};
	struct metod_route_links *links = &r->ret->needs;
	struct metod_route_link one = {0};
	struct rows rows;

	if (!rows_begin(&rows, &r->source[NEEDS], r->text[NEEDS], names, 4))
		return;
	do {
		if (!rows_next(&rows))
			break;
		one.of = reference(&rows, 0, &r->teachers, TEACHERS);
		competency_of(r, &rows, 1, &one.to);
		one.value = (int32_t)rows_number(&rows, 2, 0, METOD_ROUTE_NEED_MAX);
		one.wish = rows_number(&rows, 3, 0, 1) != 0;
	} while (link_add(links, &rows, one));
	links_settle(&r->source[NEEDS], links, r->teachers.n);
}

static void read_gains(struct reading *r)
{
	static const char *const names[] = {"activity", "competency", "gain"};
	struct metod_route_links *links = &r->ret->gains;
	struct source *source = &r->source[GAINS];
	struct metod_route_link one = {0};
	struct rows rows;

	if (!rows_begin(&rows, source, r->text[GAINS], names, 3))
		return;
	while (rows_next(&rows)) {
		one.of = reference(&rows, 0, &r->activities, ACTIVITIES);
		one.value = (int32_t)rows_number(&rows, 2, 0, METOD_ROUTE_GAIN_MAX);
		if (competency_of(r, &rows, 1, &one.to) && !link_add(links, &rows, one))
			break;
	}
	links_settle(source, links, r->activities.n);
	for (size_t i = 0; i < r->activities.n; i++)
		if (links->start[i + 1] - links->start[i] > METOD_ROUTE_GAINS_MAX)
			conf_error(source,
			    links->p[links->start[i] + METOD_ROUTE_GAINS_MAX].line, 1,
			    "an activity has more than %d gains", METOD_ROUTE_GAINS_MAX);
}

static void read_prerequisites(struct reading *r)
{
	static const char *const names[] = {"activity", "before"};
	struct metod_route_links *links = &r->ret->before;
	struct metod_route_link one = {0};
	struct rows rows;

	if (!rows_begin(&rows, &r->source[PREREQUISITES], r->text[PREREQUISITES], names, 2))
		return;
	do {
		if (!rows_next(&rows))
			break;
		one.of = reference(&rows, 0, &r->activities, ACTIVITIES);
		one.to = reference(&rows, 1, &r->activities, ACTIVITIES);
	} while (link_add(links, &rows, one));
	links_settle(&r->source[PREREQUISITES], links, r->activities.n);
}

/* ---- the folder ---- */

static enum metod_err map_all(struct reading *r)
{
	for (size_t f = 0; f < FILES; f++) {
		enum metod_err e = solve_map(&r->source[f], &r->ret->mapped[f]);

		if (e)
			return e;
		r->text[f] = r->ret->mapped[f];
		if (!conf_text_ok(&r->source[f], &r->text[f]))
			return METOD_FORMAT;
	}
	return METOD_OK;
}

static enum metod_err read_all(struct reading *r)
{
	struct metod_issues *issues = r->source[0].issues;
	struct metod_route_files *ret = r->ret;
	size_t errors = issues->errors;
	enum metod_err e = map_all(r);

	if (e)
		return e;
	read_teachers(r);
	read_activities(r);
	if (issues->errors == errors)
		read_sessions(r);
	if (issues->errors == errors)
		number_competencies(r);
	if (issues->errors > errors)
		return METOD_FORMAT;
	read_needs(r);
	read_gains(r);
	read_prerequisites(r);
	ret->teachers = r->teachers.n;
	ret->activities = r->activities.n;
	ret->sessions = r->sessions.n;
	ret->teacher_id = r->teachers.id;
	ret->activity_id = r->activities.id;
	ret->session_id = r->sessions.id;
	return issues->errors > errors ? METOD_FORMAT : METOD_OK;
}

enum metod_err metod_route_files_read(const char *dir, struct metod_arena *arena,
    struct metod_route_files *ret, struct metod_issues *issues)
{
	struct metod_route_files files = {0};
	struct reading r = {.ret = &files};
	enum metod_err e;

	for (size_t f = 0; f < FILES; f++)
		r.source[f] = (struct source){
		    metod_arena_printf(arena, "%s/%s", dir, file_names[f]), arena, issues};
	e = read_all(&r);
	if (e)
		metod_route_files_done(&files);
	else
		*ret = files;
	return e;
}

void metod_route_files_done(struct metod_route_files *files)
{
	for (size_t i = 0; i < METOD_LEN(files->mapped); i++)
		solve_unmap(files->mapped[i]);
	memset(files->mapped, 0, sizeof(files->mapped));
}
