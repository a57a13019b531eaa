/* SPDX-License-Identifier: Apache-2.0
 * The certificate of a matching as a CSV file of three columns. Written and read here, so
 * that the names of the settings stand once. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "solve.h"

enum { FAIRNESS, CONTINUITY, SCALE, OBJECTIVE, TIER1, TIER2, TIER3, DIGEST, SETTINGS };

static const char *const settings[SETTINGS] = {"fairness", "continuity", "scale",
    "objective", "outside-1", "outside-2", "outside-3", "digest"};

/* The digest is kept as a signed number of the same bits. */
static int64_t *place_of(struct metod_solve_certificate *c, size_t setting)
{
	union {
		uint64_t *bits;
		int64_t *number;
	} digest = {&c->digest};

	switch (setting) {
	case FAIRNESS:
		return &c->fairness;
	case CONTINUITY:
		return &c->continuity;
	case SCALE:
		return &c->scale;
	case OBJECTIVE:
		return &c->objective;
	case DIGEST:
		return digest.number;
	default:
		return &c->outside[setting - TIER1 + 1];
	}
}

/* A text in quotes where CSV needs them. */
static void put_text(struct metod_buf *out, struct metod_str text)
{
	bool plain = true;

	for (size_t i = 0; i < text.n; i++)
		plain = plain && !strchr(",;\"\n\r\t", text.p[i]);
	if (plain) {
		metod_buf_str(out, text);
		return;
	}
	metod_buf_byte(out, '"');
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"')
			metod_buf_byte(out, '"');
		metod_buf_byte(out, (uint8_t)text.p[i]);
	}
	metod_buf_byte(out, '"');
}

void metod_solve_certificate_write(const struct metod_solve_files *files,
    const struct metod_solve_certificate *certificate, struct metod_buf *out)
{
	struct metod_solve_certificate copy = *certificate;

	metod_buf_z(out, "kind,name,value\n");
	for (size_t i = 0; i < SETTINGS; i++)
		metod_buf_printf(
		    out, "setting,%s,%" PRId64 "\n", settings[i], *place_of(&copy, i));
	for (size_t i = 0; i < files->n; i++) {
		if (copy.mate[i] < 0)
			continue;
		metod_buf_z(out, "pair,");
		put_text(out, files->mentee_id[i]);
		metod_buf_byte(out, ',');
		put_text(out, files->mentor_id[copy.mate[i]]);
		metod_buf_byte(out, '\n');
	}
	for (size_t j = 0; j < files->m; j++) {
		metod_buf_z(out, "price,");
		put_text(out, files->mentor_id[j]);
		metod_buf_printf(out, ",%" PRId64 "\n", copy.price[j]);
	}
}

/* ---- reading ---- */

struct reading {
	struct rows rows;
	const struct metod_solve_files *files;
	struct metod_solve_certificate *ret;
	bool *priced, seen[SETTINGS];
};

static int by_text(const void *a, const void *b)
{
	return metod_str_cmp(*(const struct metod_str *)a, *(const struct metod_str *)b);
}

/* Number of the id in a sorted list; an error, and n, when it is not there. */
static size_t id_at(struct reading *r, size_t column, const struct metod_str *ids,
    size_t n, const char *file)
{
	const struct cell *cell = rows_cell(&r->rows, column);
	const struct metod_str *found =
	    n ? bsearch(&cell->text, ids, n, sizeof(*ids), by_text) : NULL;

	if (found)
		return (size_t)(found - ids);
	conf_error(r->rows.scan.source, cell->line, cell->column,
	    "the id \"%s\" is not in %s", conf_excerpt(r->rows.scan.source, cell->text),
	    file);
	return n;
}

static void take_setting(struct reading *r)
{
	struct source *source = r->rows.scan.source;
	const struct cell *name = rows_cell(&r->rows, 1);

	for (size_t i = 0; i < SETTINGS; i++)
		if (metod_str_is(name->text, settings[i])) {
			*place_of(r->ret, i) = rows_number(&r->rows, 2,
			    i == DIGEST || i == OBJECTIVE ? INT64_MIN : 0, INT64_MAX);
			r->seen[i] = true;
			return;
		}
	conf_suggest(source,
	    conf_error(source, name->line, name->column, "there is no setting \"%s\"",
		conf_excerpt(source, name->text)),
	    conf_nearest(settings, SETTINGS, name->text));
}

static void take_pair(struct reading *r)
{
	const struct metod_solve_files *files = r->files;
	size_t i = id_at(r, 1, files->mentee_id, files->n, "mentees.csv");
	size_t j = id_at(r, 2, files->mentor_id, files->m, "mentors.csv");
	const struct cell *cell = rows_cell(&r->rows, 1);

	if (i == files->n || j == files->m)
		return;
	if (r->ret->mate[i] >= 0)
		conf_error(r->rows.scan.source, cell->line, cell->column,
		    "\"%s\" stands here twice",
		    conf_excerpt(r->rows.scan.source, cell->text));
	r->ret->mate[i] = (int32_t)j;
}

static void take_price(struct reading *r)
{
	size_t j = id_at(r, 1, r->files->mentor_id, r->files->m, "mentors.csv");

	if (j == r->files->m)
		return;
	r->ret->price[j] = rows_number(&r->rows, 2, 0, INT64_MAX / 2);
	r->priced[j] = true;
}

static void take_all(struct reading *r)
{
	while (rows_next(&r->rows)) {
		const struct cell *kind = rows_cell(&r->rows, 0);

		if (metod_str_is(kind->text, "setting"))
			take_setting(r);
		else if (metod_str_is(kind->text, "pair"))
			take_pair(r);
		else if (metod_str_is(kind->text, "price"))
			take_price(r);
		else
			conf_error(r->rows.scan.source, kind->line, kind->column,
			    "\"%s\" is none of setting, pair, price",
			    conf_excerpt(r->rows.scan.source, kind->text));
	}
	for (size_t i = 0; i < SETTINGS; i++)
		if (!r->seen[i])
			conf_error(r->rows.scan.source, 0, 0,
			    "the setting \"%s\" is missing", settings[i]);
	for (size_t j = 0; j < r->files->m; j++)
		if (!r->priced[j])
			conf_error(r->rows.scan.source, 0, 0,
			    "the price of \"%s\" is missing",
			    conf_excerpt(r->rows.scan.source, r->files->mentor_id[j]));
}

enum metod_err metod_solve_certificate_read(const char *path,
    const struct metod_solve_files *files, struct metod_arena *arena,
    struct metod_solve_certificate *ret, struct metod_issues *issues)
{
	static const char *const columns[] = {"kind", "name", "value"};
	struct source source = {metod_arena_strz(arena, path), arena, issues};
	struct metod_solve_certificate c = {0};
	struct reading r = {.files = files, .ret = &c};
	struct metod_str mapped, text;
	size_t errors = issues->errors;
	enum metod_err e = solve_map(&source, &mapped);

	if (e)
		return e;
	c.mate = METOD_NEWS(arena, files->n + 1, int32_t);
	c.price = METOD_NEWS(arena, files->m + 1, int64_t);
	r.priced = METOD_NEWS(arena, files->m + 1, bool);
	for (size_t i = 0; i < files->n; i++)
		c.mate[i] = -1;
	text = mapped;
	if (conf_text_ok(&source, &text) &&
	    rows_begin(&r.rows, &source, text, columns, METOD_LEN(columns)))
		take_all(&r);
	if (issues->errors == errors && c.scale < 1)
		conf_error(&source, 0, 0, "the scale must be at least 1");
	solve_unmap(mapped);
	if (issues->errors > errors)
		return METOD_FORMAT;
	*ret = c;
	return METOD_OK;
}
