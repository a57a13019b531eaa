/* SPDX-License-Identifier: Apache-2.0
 * Text for people: `title: value` lines and tables whose columns are aligned by width on
 * the terminal. A table that is wider than the terminal narrows its widest columns and
 * wraps them between words; when that is not enough, every row becomes a paragraph.
 * Nothing here is read by programs. */
#include "writer.h"

enum {
	GAP = 2,
	COLUMN_MIN = 8, /* a column is not narrowed below this */
	INDENT = 2,
	JOINT_BYTES = 8, /* four Russian letters on either side of a hyphen */
	NO_LIMIT = 1 << 20,
};

static const char *translated(const struct writer *writer, const char *msgid)
{
	const struct metod_emit *how = writer->how;

	return how->translate && msgid[0] ? how->translate(how->translate_arg, msgid)
					  : msgid;
}

/* A fixed word: msgid "token:WORD" or "subject:CODE", the word itself when the catalogue
 * has none. */
static struct metod_str fixed_word(
    struct writer *writer, const char *space, struct metod_str word)
{
	const char *msgid =
	    metod_arena_printf(writer->arena, "%s:%.*s", space, METOD_FMT(word)).p;
	const char *text = translated(writer, msgid);

	return word.n == 0 || strcmp(text, msgid) == 0 ? word : metod_str(text);
}

/* Every element of a list by itself; what stands behind a word stays: "head (M-1)",
 * "math: advanced". */
static struct metod_str list_text(
    struct writer *writer, const struct metod_field *field, struct metod_str text)
{
	bool subject = field->flags & METOD_SUBJECT;
	struct metod_buf buf = {0};

	while (text.n) {
		struct metod_str word = metod_str_trim(metod_str_cut(&text, ',')),
				 rest = word;
		struct metod_str first = metod_str_cut(&rest, subject ? ':' : '(');

		metod_buf_z(&buf, buf.n ? ", " : "");
		metod_buf_str(&buf,
		    fixed_word(
			writer, subject ? "subject" : "token", metod_str_trim(first)));
		if (first.n < word.n)
			metod_buf_printf(
			    &buf, subject ? ":%.*s" : " (%.*s", METOD_FMT(rest));
	}
	text = metod_arena_str(writer->arena, metod_buf_view(&buf));
	metod_buf_done(&buf);
	return text;
}

/* ---- colour: beside the words, never instead of them ---- */

#define BOLD "\033[1m"
#define PLAIN "\033[0m"

/* Words that ask for attention, and the one that says all is well. */
static const struct {
	const char *word, *tone;
} tones[] = {
    {"need", "\033[33m"},
    {"warning", "\033[33m"},
    {"unmatched", "\033[33m"},
    {"error", "\033[31m"},
    {"damaged", "\033[31m"},
    {"ok", "\033[32m"},
};

/* NULL: as any other text. */
static const char *tone_of(
    const struct writer *writer, const struct metod_field *field, const void *record)
{
	struct metod_str word;

	if (!writer->how->color || field->kind != METOD_KIND_STR ||
	    !(field->flags & METOD_TOKEN))
		return NULL;
	memcpy(&word, wire_member(field, record), sizeof(word));
	for (size_t i = 0; i < METOD_LEN(tones); i++) {
		if (metod_str_is(word, tones[i].word))
			return tones[i].tone;
	}
	return NULL;
}

static void put_toned(struct writer *writer, struct metod_str text, const char *tone)
{
	bool painted = writer->how->color && tone && text.n;

	metod_buf_z(writer->out, painted ? tone : "");
	metod_buf_str(writer->out, text);
	metod_buf_z(writer->out, painted ? PLAIN : "");
}

/* ---- text of values ---- */

static bool number(const struct metod_field *field)
{
	return (field->kind == METOD_KIND_U64 || field->kind == METOD_KIND_I64 ||
		   field->kind == METOD_KIND_REAL) &&
	    !(field->flags & (METOD_DATE | METOD_TIME));
}

/* Control characters would move the cursor, marks of direction the words. Line feeds stay
 * in long text only. */
static struct metod_str printable(
    struct writer *writer, struct metod_str text, bool lines)
{
	char *p = metod_arena_alloc(writer->arena, text.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		bool control = (unsigned char)text.p[i] < 0x20 || text.p[i] == 0x7f;
		size_t turns = metod_utf8_turns(text, i);

		control = control && !(lines && text.p[i] == '\n');
		p[n++] = control || turns ? ' ' : text.p[i];
		i += turns ? turns - 1 : 0;
	}
	return (struct metod_str){p, n};
}

/* 2026-11-21 18:05 as it is written in Russian: 21.11.2026 18:05. */
static struct metod_str day_first(struct writer *writer, struct metod_str text)
{
	if (text.n < 10 || text.p[4] != '-' || text.p[7] != '-')
		return text;
	return metod_arena_printf(writer->arena, "%.2s.%.2s.%.4s%.*s", text.p + 8,
	    text.p + 5, text.p, (int)(text.n - 10), text.p + 10);
}

/* The zone in which moments are shown: "UTC+3", "UTC-3:30". */
static struct metod_str zone_text(struct writer *writer)
{
	int minutes = writer->how->zone_minutes, size = minutes < 0 ? -minutes : minutes;

	if (minutes == 0)
		return METOD_STR("UTC");
	if (size % 60 == 0)
		return metod_arena_printf(
		    writer->arena, "UTC%c%d", minutes < 0 ? '-' : '+', size / 60);
	return metod_arena_printf(
	    writer->arena, "UTC%c%d:%02d", minutes < 0 ? '-' : '+', size / 60, size % 60);
}

static struct metod_str with_comma(struct writer *writer, struct metod_str text)
{
	char *p = metod_arena_alloc(writer->arena, text.n + 1);

	for (size_t i = 0; i < text.n; i++)
		p[i] = text.p[i] == '.' ? ',' : text.p[i];
	return (struct metod_str){p, text.n};
}

static struct metod_str value_text(
    struct writer *writer, const struct metod_field *field, const void *record);

/* A sub-record with one text in two languages: people read one. */
static bool is_bilingual(const struct writer *writer, const struct metod_field *field)
{
	return writer->how->lang && field->kind == METOD_KIND_REC &&
	    metod_desc_field(field->sub, METOD_STR("ru")) &&
	    metod_desc_field(field->sub, METOD_STR("en"));
}

static struct metod_str one_language(
    struct writer *writer, const struct metod_field *field, const void *record)
{
	const void *sub = wire_sub(field, record);
	struct metod_str text = METOD_STR("");

	if (sub)
		text = value_text(writer,
		    metod_desc_field(field->sub, metod_str(writer->how->lang)), sub);
	if (sub && text.n == 0)
		text = value_text(
		    writer, metod_desc_field(field->sub, METOD_STR("ru")), sub);
	return text;
}

/* The values of a sub-record in one cell. */
static struct metod_str sub_text(
    struct writer *writer, const struct metod_desc *desc, const void *record)
{
	struct metod_str all = METOD_STR("");

	for (size_t i = 0; record && i < desc->count; i++) {
		const struct metod_field *field = &desc->fields[i];
		struct metod_str text;

		if (field->flags & METOD_HIDE || !metod_writer_shows(writer, field))
			continue;
		text = value_text(writer, field, record);
		if (text.n)
			all = metod_arena_printf(writer->arena, "%.*s%s%.*s",
			    METOD_FMT(all), all.n ? ", " : "", METOD_FMT(text));
	}
	return all;
}

static struct metod_str value_text(
    struct writer *writer, const struct metod_field *field, const void *record)
{
	struct metod_str text;

	if (is_bilingual(writer, field))
		return one_language(writer, field, record);
	if (field->kind == METOD_KIND_REC)
		return sub_text(writer, field->sub, wire_sub(field, record));
	text = metod_field_text(field, record, writer->how->zone_minutes, writer->arena);
	if (field->kind == METOD_KIND_BOOL)
		text = metod_str(translated(writer, text.p));
	if (field->kind == METOD_KIND_STR && field->flags & METOD_TOKEN)
		text = fixed_word(writer, "token", text);
	if (field->kind == METOD_KIND_STRS || field->flags & METOD_SUBJECT)
		text = list_text(writer, field, text);
	if (writer->how->comma && field->flags & (METOD_DATE | METOD_TIME))
		text = day_first(writer, text);
	if (writer->how->comma && number(field))
		text = with_comma(writer, text);
	return printable(writer, text, field->flags & METOD_LONG);
}

/* Titles of columns are in capitals; Latin and Russian letters only. */
static struct metod_str capitals(struct writer *writer, struct metod_str text)
{
	char *p = metod_arena_alloc(writer->arena, text.n + 1);

	for (size_t at = 0; at < text.n;) {
		size_t from = at;
		uint32_t point = metod_utf8_next(text, &at);

		memcpy(p + from, text.p + from, at - from);
		if (point >= 'a' && point <= 'z')
			p[from] = (char)(point - 'a' + 'A');
		else if (point >= 0x430 && point <= 0x44f)
			point -= 0x20;
		else if (point == 0x451)
			point = 0x401;
		if (at - from == 2) {
			p[from] = (char)(0xc0 | point >> 6);
			p[from + 1] = (char)(0x80 | (point & 0x3f));
		}
	}
	return (struct metod_str){p, text.n};
}

/* ---- lines ---- */

static void spaces(struct writer *writer, size_t n)
{
	while (n--)
		metod_buf_byte(writer->out, ' ');
}

static void end_line(struct writer *writer)
{
	struct metod_buf *out = writer->out;

	while (out->n && out->p[out->n - 1] == ' ')
		out->n--;
	metod_buf_byte(out, '\n');
}

/* A hyphen inside a long word, as in педагог-психолог; codes such as M-2 and KDP-G are
 * kept whole. `at` is its place. */
static bool is_joint(struct metod_str text, size_t at)
{
	size_t before = 0, after = 0;

	if (text.p[at] != '-')
		return false;
	while (before < at && (text.p[at - 1 - before] & 0x80))
		before++;
	while (at + 1 + after < text.n && (text.p[at + 1 + after] & 0x80))
		after++;
	return before >= JOINT_BYTES && after >= JOINT_BYTES;
}

/* A space between words; the one behind № holds its number. */
static bool is_space(struct metod_str text, size_t at)
{
	static const char number[] = "№";
	size_t n = sizeof(number) - 1;

	return text.p[at] == ' ' && !(at >= n && memcmp(text.p + at - n, number, n) == 0);
}

/* Cuts the next line of at most `width` columns off *text: at a line feed, at the last
 * space or joint that fits, or inside a word that is longer than the line. */
static struct metod_str cut_line(struct metod_str *text, size_t width)
{
	struct metod_str rest = *text, line;
	size_t at = 0, used = 0, space = 0, end = 0;

	while (at < rest.n && rest.p[at] != '\n') {
		size_t from = at;

		metod_utf8_next(rest, &at);
		used += metod_text_width((struct metod_str){rest.p + from, at - from});
		if (used > width && from > 0) {
			end = is_space(rest, from) ? from : space ? space : from;
			break;
		}
		if (is_space(rest, from))
			space = from;
		else if (is_joint(rest, from))
			space = at;
		end = at;
	}
	line = (struct metod_str){rest.p, end};
	while (end < rest.n && rest.p[end] == ' ')
		end++;
	if (end < rest.n && rest.p[end] == '\n')
		end++;
	*text = (struct metod_str){rest.p + end, rest.n - end};
	return metod_str_trim(line);
}

static void put_long(struct writer *writer, struct metod_str text, size_t indent)
{
	size_t width = writer->how->width ? writer->how->width : NO_LIMIT;

	width = width > indent + COLUMN_MIN ? width - indent : COLUMN_MIN;
	while (text.n) {
		spaces(writer, indent);
		metod_buf_str(writer->out, cut_line(&text, width));
		end_line(writer);
	}
}

/* ---- table ---- */

struct table {
	size_t columns, rows; /* row 0 holds the titles */
	size_t gap;           /* between columns */
	const struct metod_field **fields;
	struct metod_str *cells;
	const char **tones;   /* of the cells, NULL: plain */
	size_t *width, *word; /* of each column: as wide as it is, its longest word */
};

/* The longest piece that is never broken. */
static size_t longest_word(struct metod_str text)
{
	size_t longest = COLUMN_MIN, from = 0;

	for (size_t at = 0; at <= text.n; at++) {
		bool joint = at < text.n && is_joint(text, at);
		size_t width;

		if (at < text.n && !is_space(text, at) && !joint)
			continue;
		width = metod_text_width(
		    (struct metod_str){text.p + from, at + joint - from});
		longest = width > longest ? width : longest;
		from = at + 1;
	}
	return longest;
}

static void measure(struct table *table)
{
	for (size_t i = 0; i < table->rows * table->columns; i++) {
		size_t column = i % table->columns,
		       width = metod_text_width(table->cells[i]);
		size_t word = longest_word(table->cells[i]);

		if (width > table->width[column])
			table->width[column] = width;
		if (word > table->word[column])
			table->word[column] = word;
	}
}

/* Narrows the widest column that is wider than its `least`, until the table fits. */
static void narrow(struct table *table, const size_t *least, size_t *total, size_t limit)
{
	while (*total > limit) {
		size_t widest = table->columns;

		for (size_t i = 0; i < table->columns; i++) {
			if (table->width[i] > least[i] &&
			    (widest == table->columns ||
				table->width[i] > table->width[widest]))
				widest = i;
		}
		if (widest == table->columns)
			return;
		table->width[widest]--;
		--*total;
	}
}

/* Whether the table fits without breaking a word, with closer columns if need be. */
static bool fit(struct table *table, size_t limit)
{
	size_t total = 0;

	for (size_t i = 0; i < table->columns; i++)
		total += table->width[i];
	for (table->gap = GAP; table->gap; table->gap--) {
		size_t with_gaps = total + table->gap * (table->columns - 1);

		narrow(table, table->word, &with_gaps, limit);
		if (with_gaps <= limit)
			return true;
		total = with_gaps - table->gap * (table->columns - 1);
	}
	return false;
}

/* The title of a column; moments name their zone once, here. */
static struct metod_str title_text(struct writer *writer, const struct metod_field *field)
{
	struct metod_str title =
	    printable(writer, metod_str(translated(writer, field->title)), false);

	if (field->flags & METOD_TIME)
		title = metod_arena_printf(writer->arena, "%.*s, %.*s", METOD_FMT(title),
		    METOD_FMT(zone_text(writer)));
	return title;
}

/* A column that says nothing in any row is left out, unless the user named the columns.
 */
static bool empty_column(struct writer *writer, const struct metod_field *field,
    const void *const *records, size_t records_n)
{
	if (writer->how->fields.n)
		return false;
	for (size_t row = 0; row < records_n; row++) {
		if (value_text(writer, field, records[row]).n)
			return false;
	}
	return true;
}

static void put_cell(struct writer *writer, const struct table *table, size_t column,
    struct metod_str text, const char *tone)
{
	size_t used = metod_text_width(text);
	size_t pad = table->width[column] > used ? table->width[column] - used : 0;

	if (column)
		spaces(writer, table->gap);
	if (number(table->fields[column]))
		spaces(writer, pad);
	put_toned(writer, text, tone);
	if (!number(table->fields[column]))
		spaces(writer, pad);
}

static void put_row(struct writer *writer, const struct table *table, size_t row)
{
	struct metod_str *rest = &table->cells[row * table->columns];
	bool more = true;

	while (more) {
		more = false;
		for (size_t i = 0; i < table->columns; i++) {
			put_cell(writer, table, i, cut_line(&rest[i], table->width[i]),
			    table->tones[row * table->columns + i]);
			more = more || rest[i].n;
		}
		end_line(writer);
	}
}

/* "no" is left out where there is no column for it. */
static bool is_false(const struct metod_field *field, const void *record)
{
	return field->kind == METOD_KIND_BOOL &&
	    !*(const bool *)wire_member(field, record);
}

/* A terminal too narrow for columns: every row is a paragraph under its first cell. */
static void put_cards(
    struct writer *writer, const struct table *table, const void *const *records)
{
	for (size_t row = 1; row < table->rows; row++) {
		const struct metod_str *cells = &table->cells[row * table->columns];
		struct metod_buf text = {0};

		for (size_t i = 1; i < table->columns; i++) {
			if (cells[i].n && !is_false(table->fields[i], records[row - 1]))
				metod_buf_printf(&text, "%s%.*s: %.*s",
				    text.n ? " · " : "",
				    METOD_FMT(title_text(writer, table->fields[i])),
				    METOD_FMT(cells[i]));
		}
		put_long(writer, cells[0], 0);
		put_long(writer, metod_buf_view(&text), INDENT);
		metod_buf_done(&text);
	}
}

/* Long texts do not fit into columns: below the table, under the first cell of their
 * row. */
static void put_longs(struct writer *writer, const struct table *table,
    const struct metod_field *const *fields, size_t fields_n, const void *const *records)
{
	for (size_t row = 1; row < table->rows; row++) {
		for (size_t i = 0; i < fields_n; i++) {
			struct metod_str text, name = METOD_STR("");

			if (!(fields[i]->flags & METOD_LONG))
				continue;
			text = value_text(writer, fields[i], records[row - 1]);
			if (text.n == 0)
				continue;
			if (table->columns)
				name = value_text(
				    writer, table->fields[0], records[row - 1]);
			metod_buf_printf(writer->out, "%.*s%s%s:", METOD_FMT(name),
			    name.n ? ". " : "", translated(writer, fields[i]->title));
			end_line(writer);
			put_long(writer, text, INDENT);
		}
	}
}

static void put_table(struct writer *writer, const struct metod_field *const *fields,
    size_t fields_n, const void *const *records, size_t records_n)
{
	struct table table = {.rows = records_n + 1};
	size_t limit = writer->how->width ? writer->how->width : NO_LIMIT;

	table.fields = METOD_NEWS(writer->arena, fields_n, const struct metod_field *);
	for (size_t i = 0; i < fields_n; i++) {
		if (!(fields[i]->flags & METOD_LONG) &&
		    !empty_column(writer, fields[i], records, records_n))
			table.fields[table.columns++] = fields[i];
	}
	table.cells =
	    METOD_NEWS(writer->arena, table.rows * table.columns, struct metod_str);
	table.tones = METOD_NEWS(writer->arena, table.rows * table.columns, const char *);
	table.width = METOD_NEWS(writer->arena, table.columns, size_t);
	table.word = METOD_NEWS(writer->arena, table.columns, size_t);
	for (size_t i = 0; i < table.columns; i++) {
		table.cells[i] = capitals(writer, title_text(writer, table.fields[i]));
		table.tones[i] = BOLD;
		for (size_t row = 0; row < records_n; row++) {
			size_t at = (row + 1) * table.columns + i;

			table.cells[at] =
			    value_text(writer, table.fields[i], records[row]);
			table.tones[at] = tone_of(writer, table.fields[i], records[row]);
		}
	}
	if (table.columns) {
		measure(&table);
		if (fit(&table, limit) || table.columns == 1) {
			for (size_t row = 0; row < table.rows; row++)
				put_row(writer, &table, row);
		} else {
			put_cards(writer, &table, records);
		}
	}
	put_longs(writer, &table, fields, fields_n, records);
}

/* ---- document ---- */

static void put_field(struct writer *writer, const struct metod_field *field,
    const void *record, size_t indent);

/* A list of records that is not `rows`: a table under its title. */
static void put_list(struct writer *writer, const struct metod_field *field,
    const void *record, size_t indent)
{
	struct wire_list list = wire_list(field, record);
	const struct metod_field **fields =
	    METOD_NEWS(writer->arena, field->sub->count, const struct metod_field *);
	const void **records = METOD_NEWS(writer->arena, list.n, const void *);
	size_t n = 0;

	if (list.n == 0)
		return;
	for (size_t i = 0; i < field->sub->count; i++) {
		if (!(field->sub->fields[i].flags & METOD_HIDE) &&
		    metod_writer_shows(writer, &field->sub->fields[i]))
			fields[n++] = &field->sub->fields[i];
	}
	for (size_t i = 0; i < list.n; i++)
		records[i] = list.p + i * field->sub->size;
	spaces(writer, indent);
	metod_buf_printf(writer->out, "%s:\n", translated(writer, field->title));
	put_table(writer, fields, n, records, list.n);
}

static void put_sub(struct writer *writer, const struct metod_field *field,
    const void *record, size_t indent)
{
	const void *sub = wire_sub(field, record);

	if (!sub)
		return;
	spaces(writer, indent);
	metod_buf_printf(writer->out, "%s:\n", translated(writer, field->title));
	for (size_t i = 0; i < field->sub->count; i++) {
		if (!(field->sub->fields[i].flags & METOD_HIDE) &&
		    metod_writer_shows(writer, &field->sub->fields[i]))
			put_field(writer, &field->sub->fields[i], sub, indent + INDENT);
	}
}

/* A value that is absent has no line. */
static void put_field(struct writer *writer, const struct metod_field *field,
    const void *record, size_t indent)
{
	struct metod_str text;

	if (field->kind == METOD_KIND_RECS) {
		put_list(writer, field, record, indent);
		return;
	}
	if (field->kind == METOD_KIND_REC && !is_bilingual(writer, field)) {
		put_sub(writer, field, record, indent);
		return;
	}
	text = value_text(writer, field, record);
	if (text.n == 0)
		return;
	spaces(writer, indent);
	metod_buf_printf(writer->out, "%s:", translated(writer, field->title));
	if (field->flags & METOD_LONG) {
		end_line(writer);
		put_long(writer, text, indent + INDENT);
		return;
	}
	metod_buf_printf(writer->out, " %.*s", METOD_FMT(text));
	if (field->flags & METOD_TIME)
		metod_buf_printf(writer->out, " (%.*s)", METOD_FMT(zone_text(writer)));
	end_line(writer);
}

static void top_field(
    struct writer *writer, const struct metod_field *field, const void *record)
{
	put_field(writer, field, record, 0);
}

static void rows_begin(struct writer *writer, size_t count)
{
	writer->rows = METOD_NEWS(writer->arena, count, const void *);
	writer->rows_n = 0;
}

static void row(struct writer *writer, const void *record)
{
	writer->rows[writer->rows_n++] = record;
}

static void rows_end(struct writer *writer)
{
	if (writer->rows_n == 0) {
		metod_buf_z(writer->out, translated(writer, "Nothing found."));
		end_line(writer);
		return;
	}
	put_table(
	    writer, writer->columns, writer->columns_n, writer->rows, writer->rows_n);
}

static void nothing(struct writer *writer)
{
	(void)writer;
}

const struct writer_ops metod_writer_text = {
    "text", false, nothing, top_field, rows_begin, row, rows_end, nothing};
