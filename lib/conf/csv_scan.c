/* SPDX-License-Identifier: Apache-2.0
 * CSV as cells: one row at a time, each cell with its place. RFC 4180 with three
 * delimiters. Knows no columns and no values. Invariant: a broken quote spoils one line,
 * never the file. */
#include "internal.h"

#include <string.h>

#define NBSP "\xc2\xa0"

static bool at_end(const struct csv_scan *scan)
{
	return scan->here.at >= scan->bytes.n;
}

/* The end of the file is the end of a line. */
static char byte(const struct csv_scan *scan)
{
	return at_end(scan) ? '\n' : scan->bytes.p[scan->here.at];
}

static bool line_end(const struct csv_scan *scan)
{
	size_t next = scan->here.at + 1;

	return byte(scan) == '\n' ||
	    (byte(scan) == '\r' &&
		(next >= scan->bytes.n || scan->bytes.p[next] == '\n'));
}

static bool cell_end(const struct csv_scan *scan)
{
	return byte(scan) == scan->delimiter || line_end(scan);
}

static void step(struct csv_scan *scan)
{
	bool newline = byte(scan) == '\n';

	metod_utf8_next(scan->bytes, &scan->here.at);
	scan->here.column++;
	if (newline) {
		scan->here.line++;
		scan->here.column = 1;
	}
}

static struct metod_str since(const struct csv_scan *scan, size_t from)
{
	return (struct metod_str){scan->bytes.p + from, scan->here.at - from};
}

static bool blank(const struct csv_scan *scan)
{
	struct metod_str rest = {
	    scan->bytes.p + scan->here.at, scan->bytes.n - scan->here.at};

	return !cell_end(scan) &&
	    (byte(scan) == ' ' || byte(scan) == '\t' || metod_str_starts(rest, NBSP));
}

/* The program that wrote the file puts no-break spaces behind numbers and names. */
static struct metod_str trim_end(struct metod_str text)
{
	for (;;) {
		text = metod_str_trim(text);
		if (text.n < 2 || memcmp(text.p + text.n - 2, NBSP, 2) != 0)
			return text;
		text.n -= 2;
	}
}

/* Doubled quotes become one, line breaks become spaces. */
static struct metod_str unquoted(struct csv_scan *scan, struct metod_str raw)
{
	char *out;
	size_t n = 0;

	if (!raw.n || (!memchr(raw.p, '"', raw.n) && !memchr(raw.p, '\n', raw.n)))
		return raw;
	out = metod_arena_alloc(scan->source->arena, raw.n);
	for (size_t i = 0; i < raw.n; i++) {
		if (raw.p[i] == '\r')
			continue;
		out[n++] = raw.p[i] == '\n' ? ' ' : raw.p[i];
		i += raw.p[i] == '"';
	}
	return (struct metod_str){out, n};
}

static void skip_line(struct csv_scan *scan)
{
	while (!line_end(scan))
		step(scan);
}

/* Behind the opening quote. False: it never closes; the rest of its line is given up. */
static bool read_quoted(struct csv_scan *scan, struct mark opened, struct metod_str *ret)
{
	size_t from = scan->here.at;
	struct mark inside = scan->here;
	struct metod_str raw;

	while (!at_end(scan) && scan->here.at - from <= METOD_CSV_CELL_MAX) {
		if (byte(scan) != '"') {
			step(scan);
			continue;
		}
		raw = since(scan, from);
		step(scan);
		if (byte(scan) == '"') {
			step(scan);
			continue;
		}
		*ret = unquoted(scan, raw);
		return true;
	}
	conf_error(scan->source, opened.line, opened.column,
	    "the quote that opens here is not closed within %d bytes",
	    METOD_CSV_CELL_MAX);
	scan->here = inside;
	skip_line(scan);
	return false;
}

static bool take_quoted(struct csv_scan *scan, struct metod_str *ret)
{
	struct mark opened = scan->here;

	step(scan);
	if (!read_quoted(scan, opened, ret))
		return false;
	while (blank(scan))
		step(scan);
	if (cell_end(scan))
		return true;
	conf_error(scan->source, scan->here.line, scan->here.column,
	    "text behind the closing quote; a quote inside a cell is written twice");
	while (!cell_end(scan))
		step(scan);
	return false;
}

static bool take_plain(struct csv_scan *scan, struct metod_str *ret)
{
	struct metod_issue *issue;
	size_t from = scan->here.at;
	bool good = true;

	while (!cell_end(scan)) {
		if (byte(scan) == '"' && good) {
			issue =
			    conf_error(scan->source, scan->here.line, scan->here.column,
				"a quote inside a cell that has no quotes around it");
			conf_hint(scan->source, issue,
			    "put the whole cell in quotes and write inner quotes twice");
			good = false;
		}
		step(scan);
	}
	*ret = since(scan, from);
	if (ret->n > METOD_CSV_CELL_MAX) {
		conf_error(scan->source, scan->line, 1, "a cell is longer than %d bytes",
		    METOD_CSV_CELL_MAX);
		good = false;
	}
	return good;
}

static void read_cell(struct csv_scan *scan)
{
	struct metod_str text = {NULL, 0};
	struct cell cell;

	while (blank(scan))
		step(scan);
	cell = (struct cell){.line = scan->here.line, .column = scan->here.column};
	if (!(byte(scan) == '"' ? take_quoted(scan, &text) : take_plain(scan, &text)))
		scan->bad = true;
	cell.text = trim_end(text);
	if (scan->n < METOD_CSV_COLUMNS_MAX) {
		scan->cells[scan->n++] = cell;
	} else if (!scan->bad) {
		conf_error(scan->source, cell.line, cell.column,
		    "more than %d cells in one row", METOD_CSV_COLUMNS_MAX);
		scan->bad = true;
	}
}

static void read_row(struct csv_scan *scan)
{
	scan->n = 0;
	scan->bad = false;
	scan->line = scan->here.line;
	read_cell(scan);
	while (!line_end(scan)) {
		step(scan); /* the delimiter */
		read_cell(scan);
	}
	while (!at_end(scan) && byte(scan) == '\r')
		step(scan);
	if (!at_end(scan))
		step(scan);
}

/* Programs leave rows of bare delimiters at the end of a sheet. */
static bool empty(const struct csv_scan *scan)
{
	for (size_t i = 0; i < scan->n; i++) {
		if (scan->cells[i].text.n)
			return false;
	}
	return !scan->bad;
}

bool conf_csv_row(struct csv_scan *scan)
{
	while (!at_end(scan)) {
		read_row(scan);
		if (!empty(scan))
			return true;
	}
	return false;
}

void conf_csv_start(struct csv_scan *scan, struct source *source, struct metod_str bytes)
{
	struct metod_str rest = bytes, first = metod_str_cut(&rest, '\n');
	size_t most = 0;

	while (rest.n && !metod_str_trim(first).n)
		first = metod_str_cut(&rest, '\n');
	*scan = (struct csv_scan){
	    .source = source, .bytes = bytes, .here = {0, 1, 1}, .delimiter = ','};
	for (const char *d = ",;\t"; *d; d++) {
		size_t count = 0;
		bool quoted = false;

		for (size_t i = 0; i < first.n; i++) {
			quoted ^= first.p[i] == '"';
			count += !quoted && first.p[i] == *d;
		}
		if (count > most) {
			most = count;
			scan->delimiter = *d;
		}
	}
}
