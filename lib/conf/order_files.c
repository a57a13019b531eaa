/* SPDX-License-Identifier: Apache-2.0
 * The three files of an order of programmes: ids become numbers in order of ids, benefits
 * are gathered by teacher. */
#include <stdlib.h>
#include <string.h>

#include "solve.h"

void metod_order_files_done(struct metod_order_files *files)
{
	for (size_t i = 0; i < METOD_LEN(files->mapped); i++)
		solve_unmap(files->mapped[i]);
	memset(files->mapped, 0, sizeof(files->mapped));
}

/* ---- candidates: the ids have been read, now the numbers ---- */

static void read_candidates(struct source *source, struct metod_str bytes,
    const struct ids *ids, struct metod_order_files *ret)
{
	static const char *const names[] = {"id", "fixed", "min", "max"};
	struct rows rows;

	ret->candidate =
	    metod_arena_array(source->arena, ids->n + 1, sizeof(*ret->candidate));
	if (!rows_begin(&rows, source, bytes, names, METOD_LEN(names)))
		return;
	while (rows_next(&rows)) {
		uint32_t p = ids_index(&rows, 0, ids);
		struct metod_order_candidate *c = &ret->candidate[p];
		const struct cell *max = rows_cell(&rows, 3);

		c->groups = ids->value[p];
		c->fixed = rows_number(&rows, 1, 0, METOD_DPO_FIXED_MAX);
		c->min = (uint32_t)rows_number(&rows, 2, 1, METOD_DPO_PEOPLE_MAX);
		c->max = (uint32_t)rows_number(&rows, 3, 1, METOD_DPO_PEOPLE_MAX);
		if (c->max < c->min)
			conf_error(source, max->line, max->column,
			    "a group of at most %u people cannot have at least %u",
			    c->max, c->min);
	}
}

/* ---- benefits ---- */

static const char *const benefit_columns[] = {"teacher", "candidate", "benefit"};
enum { TEACHER, CANDIDATE, BENEFIT };

/* First reading: how many benefits each teacher has. */
static bool count_benefits(struct source *source, struct metod_str bytes,
    const struct ids *teachers, const struct ids *candidates, uint32_t *start)
{
	size_t n = 0, errors = source->issues->errors;
	struct rows rows;

	if (!rows_begin(
		&rows, source, bytes, benefit_columns, METOD_LEN(benefit_columns)))
		return false;
	while (rows_next(&rows)) {
		uint32_t i = ids_index(&rows, TEACHER, teachers);

		if (i == UINT32_MAX)
			ids_unknown(&rows, TEACHER, "teachers.csv");
		else
			start[i + 1]++;
		if (ids_index(&rows, CANDIDATE, candidates) == UINT32_MAX)
			ids_unknown(&rows, CANDIDATE, "candidates.csv");
		rows_number(
		    &rows, BENEFIT, -METOD_DPO_BENEFIT_MAX, METOD_DPO_BENEFIT_MAX);
		if (++n > METOD_PAIRS_MAX) {
			conf_error(source, rows.scan.line, 1,
			    "more than %d rows; split the file", METOD_PAIRS_MAX);
			return false;
		}
	}
	return source->issues->errors == errors;
}

static int by_candidate(const void *a, const void *b)
{
	const struct metod_order_benefit *x = a, *y = b;

	if (x->candidate != y->candidate)
		return x->candidate < y->candidate ? -1 : 1;
	return (x->line > y->line) - (x->line < y->line);
}

static void sort_benefits(struct source *source, struct metod_order_benefit *list,
    size_t n, const struct metod_order_files *files)
{
	qsort(list, n, sizeof(*list), by_candidate);
	for (size_t k = 1; k < n; k++)
		if (list[k].candidate == list[k - 1].candidate)
			conf_error(source, list[k].line, 1,
			    "candidate \"%s\" of this teacher stands already in line %zu",
			    conf_excerpt(source, files->candidate_id[list[k].candidate]),
			    list[k - 1].line);
}

/* Second reading: each benefit to its place. */
static void fill_benefits(struct source *source, struct metod_str bytes,
    const struct ids *teachers, const struct ids *candidates,
    struct metod_order_files *ret)
{
	uint32_t *next = metod_arena_array(source->arena, ret->n + 1, sizeof(*next));
	struct rows rows;

	ret->benefit = metod_arena_array(
	    source->arena, ret->start[ret->n] + 1, sizeof(*ret->benefit));
	memcpy(next, ret->start, ret->n * sizeof(*next));
	rows_begin(&rows, source, bytes, benefit_columns, METOD_LEN(benefit_columns));
	while (rows_next(&rows))
		ret->benefit[next[ids_index(&rows, TEACHER, teachers)]++] =
		    (struct metod_order_benefit){ids_index(&rows, CANDIDATE, candidates),
			(int32_t)rows_number(&rows, BENEFIT, -METOD_DPO_BENEFIT_MAX,
			    METOD_DPO_BENEFIT_MAX),
			rows.scan.line};
	for (size_t i = 0; i < ret->n; i++)
		sort_benefits(source, ret->benefit + ret->start[i],
		    ret->start[i + 1] - ret->start[i], ret);
}

/* ---- the whole ---- */

enum { CANDIDATES, TEACHERS, BENEFITS, FILES };

static enum metod_err map_all(
    struct source *sources, struct metod_order_files *files, struct metod_str text[FILES])
{
	for (size_t f = 0; f < FILES; f++) {
		enum metod_err e = solve_map(&sources[f], &files->mapped[f]);

		if (e)
			return e;
		text[f] = files->mapped[f]; /* then without a byte order mark */
		if (!conf_text_ok(&sources[f], &text[f]))
			return METOD_FORMAT;
	}
	return METOD_OK;
}

static enum metod_err read_all(struct source *sources, struct metod_order_files *ret)
{
	struct ids teachers = {0}, candidates = {0};
	struct metod_issues *issues = sources[0].issues;
	struct metod_str text[FILES];
	size_t errors = issues->errors;
	enum metod_err e = map_all(sources, ret, text);

	if (e)
		return e;
	ids_read(&sources[CANDIDATES], text[CANDIDATES], "groups_max", 0,
	    METOD_DPO_GROUPS_MAX, &candidates);
	ids_read(&sources[TEACHERS], text[TEACHERS], "limit", 0, METOD_DPO_LIMIT_MAX,
	    &teachers);
	if (candidates.n > METOD_DPO_CANDIDATES_MAX)
		conf_error(&sources[CANDIDATES], 0, 0,
		    "more than %d rows; split the file", METOD_DPO_CANDIDATES_MAX);
	if (issues->errors > errors)
		return METOD_FORMAT;
	ret->n = teachers.n;
	ret->m = candidates.n;
	ret->teacher_id = teachers.id;
	ret->candidate_id = candidates.id;
	ret->limit = teachers.value;
	read_candidates(&sources[CANDIDATES], text[CANDIDATES], &candidates, ret);
	ret->start = metod_arena_array(sources[0].arena, ret->n + 2, sizeof(*ret->start));
	if (!count_benefits(
		&sources[BENEFITS], text[BENEFITS], &teachers, &candidates, ret->start))
		return METOD_FORMAT;
	for (size_t i = 0; i < ret->n; i++)
		ret->start[i + 1] += ret->start[i];
	fill_benefits(&sources[BENEFITS], text[BENEFITS], &teachers, &candidates, ret);
	return issues->errors > errors ? METOD_FORMAT : METOD_OK;
}

enum metod_err metod_order_files_read(const char *dir, struct metod_arena *arena,
    struct metod_order_files *ret, struct metod_issues *issues)
{
	static const char *const names[] = {
	    "candidates.csv", "teachers.csv", "benefits.csv"};
	struct metod_order_files files = {0};
	struct source sources[FILES];
	enum metod_err e;

	for (size_t f = 0; f < FILES; f++)
		sources[f] = (struct source){
		    metod_arena_printf(arena, "%s/%s", dir, names[f]), arena, issues};
	e = read_all(sources, &files);
	if (e)
		metod_order_files_done(&files);
	else
		*ret = files;
	return e;
}
