/* SPDX-License-Identifier: Apache-2.0
 * The three files of a matching: ids become numbers in order of ids, pairs are gathered
 * by mentee. Files may have tens of millions of rows, so they are mapped and read twice.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "solve.h"

/* ---- mapped files ---- */

enum metod_err solve_map(struct source *source, struct metod_str *ret)
{
	int fd = open(metod_arena_z(source->arena, source->file), O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *p;

	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		conf_error(source, 0, 0, "the file cannot be read: %s",
		    strerror(fd < 0 ? errno : EINVAL));
		if (fd >= 0)
			close(fd);
		return fd < 0 && errno == ENOENT ? METOD_NOT_FOUND : METOD_IO;
	}
	*ret = (struct metod_str){"", 0};
	p = st.st_size ? mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0)
		       : NULL;
	close(fd);
	if (p == MAP_FAILED) {
		conf_error(source, 0, 0, "the file cannot be read: %s", strerror(errno));
		return METOD_IO;
	}
	if (p)
		*ret = (struct metod_str){p, (size_t)st.st_size};
	return METOD_OK;
}

void solve_unmap(struct metod_str bytes)
{
	union {
		const char *in;
		void *out;
	} p = {bytes.p};

	if (bytes.n)
		munmap(p.out, bytes.n);
}

void metod_solve_files_done(struct metod_solve_files *files)
{
	for (size_t i = 0; i < METOD_LEN(files->mapped); i++)
		solve_unmap(files->mapped[i]);
	memset(files->mapped, 0, sizeof(files->mapped));
}

/* ---- rows ---- */

bool rows_begin(struct rows *rows, struct source *source, struct metod_str bytes,
    const char *const *names, size_t n)
{
	size_t errors = source->issues->errors;

	conf_csv_start(&rows->scan, source, bytes);
	if (!conf_csv_row(&rows->scan)) {
		conf_error(source, 0, 0, "the file is empty");
		return false;
	}
	rows->columns = rows->scan.n;
	for (size_t i = 0; i < n; i++) {
		rows->at[i] = rows->columns;
		for (size_t c = 0; c < rows->columns; c++)
			if (metod_str_is(rows->scan.cells[c].text, names[i]))
				rows->at[i] = c;
		if (rows->at[i] == rows->columns)
			conf_error(source, rows->scan.line, 1,
			    "there is no column \"%s\"", names[i]);
	}
	return source->issues->errors == errors;
}

bool rows_next(struct rows *rows)
{
	while (conf_csv_row(&rows->scan)) {
		if (rows->scan.n == rows->columns)
			return true;
		conf_error(rows->scan.source, rows->scan.line, 1,
		    "the row has %zu cells, the header has %zu", rows->scan.n,
		    rows->columns);
	}
	return false;
}

const struct cell *rows_cell(const struct rows *rows, size_t column)
{
	return &rows->scan.cells[rows->at[column]];
}

int64_t rows_number(const struct rows *rows, size_t column, int64_t low, int64_t high)
{
	const struct cell *cell = rows_cell(rows, column);
	int64_t value = low;

	if (!metod_str_i64(cell->text, &value) || value < low || value > high) {
		conf_error(rows->scan.source, cell->line, cell->column,
		    "\"%s\" is not a whole number in %lld..%lld",
		    conf_excerpt(rows->scan.source, cell->text), (long long)low,
		    (long long)high);
		return low;
	}
	return value;
}

/* ---- ids ---- */

static void *grown(
    struct metod_arena *arena, const void *old, size_t n, size_t room, size_t each)
{
	void *p = metod_arena_array(arena, room, each);

	return n ? memcpy(p, old, n * each) : p;
}

static void ids_grow(struct metod_arena *arena, struct ids *ids)
{
	ids->room = ids->room ? 2 * ids->room : 1024;
	ids->id = grown(arena, ids->id, ids->n, ids->room, sizeof(*ids->id));
	ids->value = grown(arena, ids->value, ids->n, ids->room, sizeof(*ids->value));
	ids->line = grown(arena, ids->line, ids->n, ids->room, sizeof(*ids->line));
}

bool ids_add(
    struct ids *ids, const struct rows *rows, struct metod_str id, uint32_t value)
{
	struct source *source = rows->scan.source;

	if (!id.n)
		conf_error(source, rows->scan.line, 1, "the id is empty");
	if (ids->n == METOD_SOLVE_IDS_MAX) {
		conf_error(source, rows->scan.line, 1,
		    "more than %d rows; split the file", METOD_SOLVE_IDS_MAX);
		return false;
	}
	if (ids->n == ids->room)
		ids_grow(source->arena, ids);
	ids->id[ids->n] = id;
	ids->value[ids->n] = value;
	ids->line[ids->n++] = rows->scan.line;
	return true;
}

static int by_id(const void *a, const void *b, void *arg)
{
	const struct metod_str *id = arg;
	size_t x = *(const size_t *)a, y = *(const size_t *)b;
	int order = metod_str_cmp(id[x], id[y]);

	return order ? order : (x > y) - (x < y);
}

/* Place of the id in the table: its own, or the empty one where it belongs. */
static uint32_t *find_slot(const struct ids *ids, struct metod_str id)
{
	size_t at = metod_hash64(0, id.p, id.n) & (ids->slots - 1);

	while (ids->slot[at] && !metod_str_eq(ids->id[ids->slot[at] - 1], id))
		at = (at + 1) & (ids->slots - 1);
	return &ids->slot[at];
}

void ids_settle(struct source *source, struct ids *ids)
{
	struct metod_arena *arena = source->arena;
	size_t *order = METOD_NEWS(arena, ids->n + 1, size_t);
	struct ids sorted = {.n = ids->n, .slots = 16};

	for (size_t i = 0; i < ids->n; i++)
		order[i] = i;
	if (ids->n)
		qsort_r(order, ids->n, sizeof(*order), by_id, ids->id);
	sorted.id = METOD_NEWS(arena, ids->n + 1, struct metod_str);
	sorted.value = metod_arena_array(arena, ids->n + 1, sizeof(*sorted.value));
	while (sorted.slots < 2 * ids->n)
		sorted.slots *= 2;
	sorted.slot = metod_arena_array(arena, sorted.slots, sizeof(*sorted.slot));
	for (size_t i = 0; i < ids->n; i++) {
		sorted.id[i] = ids->id[order[i]];
		sorted.value[i] = ids->value[order[i]];
		if (i && metod_str_eq(sorted.id[i], sorted.id[i - 1]))
			conf_error(source, ids->line[order[i]], 1,
			    "the id \"%s\" stands already in line %zu",
			    conf_excerpt(source, sorted.id[i]), ids->line[order[i - 1]]);
		*find_slot(&sorted, sorted.id[i]) = (uint32_t)i + 1;
	}
	*ids = sorted;
}

void ids_read(struct source *source, struct metod_str bytes, const char *value,
    int64_t low, int64_t high, struct ids *ret)
{
	const char *const names[] = {"id", value};
	struct rows rows;

	if (!rows_begin(&rows, source, bytes, names, 2))
		return;
	while (rows_next(&rows)) {
		struct metod_str id = rows_cell(&rows, 0)->text;

		if (!ids_add(ret, &rows, id, (uint32_t)rows_number(&rows, 1, low, high)))
			break;
	}
	ids_settle(source, ret);
}

/* ---- pairs ---- */

uint32_t ids_index(const struct rows *rows, size_t column, const struct ids *ids)
{
	const struct cell *cell = rows_cell(rows, column);
	uint32_t found = ids->slots ? *find_slot(ids, cell->text) : 0;

	return found - 1;
}

void ids_unknown(const struct rows *rows, size_t column, const char *file)
{
	const struct cell *cell = rows_cell(rows, column);

	conf_error(rows->scan.source, cell->line, cell->column,
	    "the id \"%s\" is not in %s", conf_excerpt(rows->scan.source, cell->text),
	    file);
}

static const char *const pair_columns[] = {"mentee", "mentor", "score", "running"};
enum { MENTEE, MENTOR, SCORE, RUNNING };

/* First reading: how many pairs each mentee has. */
static bool count_pairs(struct source *source, struct metod_str bytes,
    const struct ids *mentees, const struct ids *mentors, uint32_t *start)
{
	size_t n = 0, errors = source->issues->errors;
	struct rows rows;

	if (!rows_begin(&rows, source, bytes, pair_columns, METOD_LEN(pair_columns)))
		return false;
	while (rows_next(&rows)) {
		uint32_t i = ids_index(&rows, MENTEE, mentees);

		if (i == UINT32_MAX)
			ids_unknown(&rows, MENTEE, "mentees.csv");
		else
			start[i + 1]++;
		if (ids_index(&rows, MENTOR, mentors) == UINT32_MAX)
			ids_unknown(&rows, MENTOR, "mentors.csv");
		rows_number(&rows, SCORE, 0, 10000);
		rows_number(&rows, RUNNING, 0, 1);
		if (++n > METOD_PAIRS_MAX) {
			conf_error(source, rows.scan.line, 1,
			    "more than %d rows; split the file", METOD_PAIRS_MAX);
			return false;
		}
	}
	return source->issues->errors == errors;
}

static int by_mentor(const void *a, const void *b)
{
	const struct metod_solve_pair *x = a, *y = b;

	return (x->mentor > y->mentor) - (x->mentor < y->mentor);
}

/* Second reading: each pair to its place. */
static void fill_pairs(struct source *source, struct metod_str bytes,
    const struct ids *mentees, const struct ids *mentors, struct metod_solve_files *ret)
{
	uint32_t *next = metod_arena_array(source->arena, ret->n + 1, sizeof(*next));
	struct rows rows;

	for (size_t i = 0; i < ret->n; i++)
		next[i] = ret->start[i];
	rows_begin(&rows, source, bytes, pair_columns, METOD_LEN(pair_columns));
	while (rows_next(&rows))
		ret->pair[next[ids_index(&rows, MENTEE, mentees)]++] =
		    (struct metod_solve_pair){ids_index(&rows, MENTOR, mentors),
			(int16_t)rows_number(&rows, SCORE, 0, 10000),
			rows_number(&rows, RUNNING, 0, 1) != 0};
	for (size_t i = 0; i < ret->n; i++) {
		struct metod_solve_pair *pair = ret->pair + ret->start[i];
		size_t n = ret->start[i + 1] - ret->start[i];

		qsort(pair, n, sizeof(*pair), by_mentor);
		for (size_t k = 1; k < n; k++)
			if (pair[k].mentor == pair[k - 1].mentor)
				conf_error(source, 0, 0, "the pair %s, %s is there twice",
				    conf_excerpt(source, ret->mentee_id[i]),
				    conf_excerpt(source, ret->mentor_id[pair[k].mentor]));
	}
}

static uint64_t digest_of(const struct metod_solve_files *files)
{
	uint64_t digest = 1;

	for (size_t i = 0; i < files->n; i++) {
		const uint64_t numbers[] = {
		    files->mentee_id[i].n, files->tier[i], files->start[i + 1]};

		digest =
		    metod_hash64(digest, files->mentee_id[i].p, files->mentee_id[i].n);
		digest = metod_hash64(digest, numbers, sizeof(numbers));
	}
	for (size_t j = 0; j < files->m; j++) {
		const uint64_t numbers[] = {files->mentor_id[j].n, files->capacity[j]};

		digest =
		    metod_hash64(digest, files->mentor_id[j].p, files->mentor_id[j].n);
		digest = metod_hash64(digest, numbers, sizeof(numbers));
	}
	for (uint32_t e = 0; e < files->start[files->n]; e++) {
		const uint64_t numbers[] = {files->pair[e].mentor,
		    (uint64_t)files->pair[e].score << 1 | files->pair[e].running};

		digest = metod_hash64(digest, numbers, sizeof(numbers));
	}
	return digest;
}

static enum metod_err read_all(
    struct source sources[3], struct metod_solve_files *ret, struct metod_issues *issues)
{
	struct metod_arena *arena = sources[0].arena;
	struct ids mentees = {0}, mentors = {0};
	struct metod_str text[3]; /* without a byte order mark */
	size_t errors = issues->errors;

	for (size_t f = 0; f < 3; f++) {
		enum metod_err e = solve_map(&sources[f], &ret->mapped[f]);

		if (e)
			return e;
		text[f] = ret->mapped[f];
		if (!conf_text_ok(&sources[f], &text[f]))
			return METOD_FORMAT;
	}
	ids_read(&sources[0], text[0], "tier", 1, 3, &mentees);
	ids_read(&sources[1], text[1], "capacity", 0, 1000000, &mentors);
	if (issues->errors > errors)
		return METOD_FORMAT;
	ret->n = mentees.n;
	ret->m = mentors.n;
	ret->mentee_id = mentees.id;
	ret->mentor_id = mentors.id;
	ret->tier = mentees.value;
	ret->capacity = mentors.value;
	ret->start = metod_arena_array(arena, ret->n + 2, sizeof(*ret->start));
	if (!count_pairs(&sources[2], text[2], &mentees, &mentors, ret->start))
		return METOD_FORMAT;
	for (size_t i = 0; i < ret->n; i++)
		ret->start[i + 1] += ret->start[i];
	ret->pair = metod_arena_array(arena, ret->start[ret->n] + 1, sizeof(*ret->pair));
	fill_pairs(&sources[2], text[2], &mentees, &mentors, ret);
	ret->digest = digest_of(ret);
	return issues->errors > errors ? METOD_FORMAT : METOD_OK;
}

enum metod_err metod_solve_files_read(const char *dir, struct metod_arena *arena,
    struct metod_solve_files *ret, struct metod_issues *issues)
{
	static const char *const names[] = {"mentees.csv", "mentors.csv", "pairs.csv"};
	struct metod_solve_files files = {0};
	struct source sources[3];
	enum metod_err e;

	for (size_t f = 0; f < 3; f++)
		sources[f] = (struct source){
		    metod_arena_printf(arena, "%s/%s", dir, names[f]), arena, issues};
	e = read_all(sources, &files, issues);
	if (e)
		metod_solve_files_done(&files);
	else
		*ret = files;
	return e;
}
