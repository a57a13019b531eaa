/* SPDX-License-Identifier: Apache-2.0
 * Documents: HTML templates over descriptors, with escaping by place, and the documents
 * of the product as HTML, Markdown and text. Knows records and languages; no files,
 * sockets or clocks. */
#pragma once

#include "metod/i18n.h"
#include "metod/messages.h"

/* ---- escaping: text is whatever somebody typed ---- */
/* For HTML text and for attribute values in double quotes. Control characters other than
 * tab and line feed, which no page needs, become U+FFFD. */
void metod_html_escape(struct metod_str text, struct metod_buf *out);
/* For one segment of a path or one value of a query: everything but A-Z a-z 0-9 - . _ ~
 */
/* For a terminal: no control characters, no marks of direction. */
void metod_plain_escape(struct metod_str text, struct metod_buf *out);
void metod_url_escape(struct metod_str text, struct metod_buf *out);
/* For a paragraph or a table cell of Markdown; line breaks become spaces. */
void metod_md_escape(struct metod_str text, struct metod_buf *out);

/* ---- templates ----
 * {{name}}                     field, escaped by place; dates and fractions in the
 * language
 * {{.}}                        the element of a STRS list
 * {{#list}}...{{/list}}        once for each element of RECS or STRS, once for a present
 * REC
 * {{?name}}...{{/?}}           if the field is not empty;  {{^name}}...{{/^}}  if it is
 * {{=name word}}...{{/=}}      if the field reads `word`; {{=name @other}} like another
 * field
 * {{_ "Step {page} of {pages}"}}                     translation; {field} as above
 * {{_n count "{count} question" "{count} questions"}} plural form for the field `count`
 * {{_token name}}              fixed word or list of them, translated
 * {{&other}}                   another template in place
 * {{! comment }}
 * Names are looked up in the innermost record first, then in those around it. Fields
 * stand in text and in attribute values in double quotes; href, src, action and
 * formaction begin with literal text and their fields are percent-encoded. Nothing is
 * printed raw. METOD_SECRET and METOD_KIND_BIN fields are not printed at all. */

struct metod_template_file {
	const char *name; /* "page.html"; {{&page}} */
	struct metod_str text;
};
struct metod_templates;
/* A template checked against the descriptor of the record it will get. */
struct metod_template;

/* Parses all files; their names and texts must outlive the result. METOD_FORMAT with file
 * and line in `field` for a syntax error, unbalanced blocks, or a field where HTML allows
 * none. */
enum metod_err metod_templates_new(const struct metod_template_file *files, size_t n,
    struct metod_templates **ret, struct metod_error *err) METOD_MUST_CHECK;
struct metod_templates *metod_templates_free(struct metod_templates *templates);

/* Checks every name of the template and of those it includes against the descriptor, also
 * the names in all translations of its texts. METOD_UNKNOWN names template, line and the
 * nearest field; METOD_NOT_FOUND when there is no such template. The result lives as long
 * as `templates`. */
enum metod_err metod_template_bind(struct metod_templates *templates, const char *name,
    const struct metod_desc *desc, const struct metod_template **ret,
    struct metod_error *err) METOD_MUST_CHECK;

struct metod_render {
	enum metod_lang lang;
	int zone_minutes;          /* for METOD_TIME */
	struct metod_arena *arena; /* for texts of fields */
};
/* Appends the page. `record` is of the descriptor given to metod_template_bind. */
void metod_template_render(const struct metod_template *template, const void *record,
    const struct metod_render *how, struct metod_buf *out);

/* Text of one field for people in the language: "21.11.2026", "1,2", "да"; METOD_TOKEN
 * fields are translated. Empty for "no value". */
struct metod_str metod_field_words(
    const struct metod_field *field, const void *record, const struct metod_render *how);

/* ---- documents ---- */

enum metod_doc_format {
	METOD_DOC_TEXT,
	METOD_DOC_MARKDOWN,
	METOD_DOC_HTML, /* ready to print on A4 */
};
/* "text", "md", "html"; false when it is none. */
bool metod_doc_format_parse(struct metod_str name, enum metod_doc_format *ret);

/* Address recommendations: title (which names all audiences), basis, then a section per
 * audience; each line with basis, recommendation, responsible, deadline, evidence and
 * acceptance; the note on method. Everything of a demonstration store says so. */
void metod_doc_recommendation(const struct metod_recommend_view *view,
    enum metod_doc_format format, const struct metod_render *how, struct metod_buf *out);

/* Slips with invitation codes, one per row, HTML for A4 with cut lines: organisation,
 * name, code in large type, the address public_url + /i/CODE, what it is, how long, who
 * sees. public_url: without a slash at the end; empty: no address is printed. */
void metod_doc_invitations(const struct metod_invites_rep *invites,
    const char *public_url, bool demo, const struct metod_render *how,
    struct metod_buf *out);

/* ---- workbooks (xlsx): linked only into programs that make them ---- */

enum metod_cell_kind {
	METOD_CELL_EMPTY,
	METOD_CELL_TEXT,   /* never a formula */
	METOD_CELL_NUMBER, /* whole */
	METOD_CELL_MILLI,  /* three decimals */
	METOD_CELL_SHARE,  /* 0.667, shown as 66.7 % */
	METOD_CELL_DATE,   /* days since 1970 */
	METOD_CELL_MOMENT, /* the same with a fraction, in the zone of the store */
};
struct metod_grid_cell {
	enum metod_cell_kind kind;
	struct metod_str text;
	double number;
};
/* One sheet. titled: row 0 holds titles, stays in sight and filters; else column 0 names
 * what stands in column 1. */
struct metod_grid {
	const char *title;
	size_t columns, rows;
	bool titled;
	struct metod_grid_cell *cells; /* rows x columns */
};

struct metod_grid_cell metod_cell_text(
    struct metod_str text); /* empty text: empty cell */
struct metod_grid_cell metod_cell_number(double number);
/* Records of `each` bytes under the titles of these fields, in how->arena; a column that
 * is empty in every row is left out. */
struct metod_grid metod_grid_list(const char *title,
    const struct metod_field *const *fields, size_t fields_n, const void *records,
    size_t each, size_t records_n, const struct metod_render *how);
/* `title: value` of the fields that have a value. There is room for the rest of
 * fields_n pairs. */
struct metod_grid metod_grid_pairs(const char *title,
    const struct metod_field *const *fields, size_t fields_n, const void *record,
    const struct metod_render *how);
void metod_grid_add_pair(
    struct metod_grid *grid, struct metod_str name, struct metod_grid_cell value);
/* Writes the grids as sheets to `path`, over what is there: write beside and rename. The
 * same grids and moment give the same bytes. METOD_IO when the file cannot be written. */
enum metod_err metod_doc_workbook(const char *path, const char *title,
    const struct metod_grid *grids, size_t n, int64_t made_ms,
    struct metod_error *err) METOD_MUST_CHECK;
