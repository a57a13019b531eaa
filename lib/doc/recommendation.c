/* SPDX-License-Identifier: Apache-2.0
 * Address recommendations as a document. One model, three forms: print-ready HTML through
 * the template engine, Markdown and plain text. */
#include "metod/doc.h"

#include <string.h>

/* clang-format off */
#define DOC_LINE_FIELDS(F, R)                                                                \
	F(R, U64, n, 1, METOD_REQ, 0, 0, none, "No.")                                           \
	F(R, STR, finding, 2, 0, 0, 0, none, "Basis")                                           \
	F(R, STR, measure, 3, 0, 0, 0, none, "Recommendation")                                  \
	F(R, STR, responsible, 4, 0, 0, 0, none, "Responsible")                                 \
	F(R, I64, deadline, 5, METOD_REQ | METOD_DATE, 0, 0, none, "Deadline")                  \
	F(R, STR, evidence, 6, 0, 0, 0, none, "How it will be confirmed")                       \
	F(R, STR, acceptance, 7, 0, 0, 0, none, "How it will be accepted")
#define DOC_SECTION_FIELDS(F, R)                                                             \
	F(R, STR, audience, 1, METOD_TOKEN, 0, 0, none, "Audience")                             \
	F(R, STR, heading, 2, 0, 0, 0, none, "Heading")                                         \
	F(R, RECS, lines, 3, 0, 0, 0, doc_line, "Lines")
#define DOC_ADVICE_FIELDS(F, R)                                                              \
	F(R, STR, lang, 1, 0, 0, 0, none, "Language")                                           \
	F(R, STR, title, 2, 0, 0, 0, none, "Title")                                             \
	F(R, STR, code, 4, 0, 0, 0, none, "Code")                                               \
	F(R, STR, wave, 5, 0, 0, 0, none, "Wave")                                               \
	F(R, STR, scope, 6, 0, 0, 0, none, "Scope")                                             \
	F(R, I64, at, 7, METOD_REQ | METOD_DATE, 0, 0, none, "Date")                              \
	F(R, I64, n, 8, METOD_NULL, 0, 0, none, "Answered")                                     \
	F(R, U64, target, 9, 0, 0, 0, none, "Target group")                                     \
	F(R, RECS, sections, 10, 0, 0, 0, doc_section, "Sections")                              \
	F(R, STR, method, 11, 0, 0, 0, none, "Method")                                          \
	F(R, BOOL, demo, 12, 0, 0, 1, none, "Training data")                                    \
	F(R, STR, rules, 13, 0, 0, 0, none, "Rules")
/* clang-format on */
METOD_RECORD(doc_line, DOC_LINE_FIELDS)
METOD_RECORD_DEFINE(doc_line, DOC_LINE_FIELDS);
METOD_RECORD(doc_section, DOC_SECTION_FIELDS)
METOD_RECORD_DEFINE(doc_section, DOC_SECTION_FIELDS);
METOD_RECORD(doc_advice, DOC_ADVICE_FIELDS)
METOD_RECORD_DEFINE(doc_advice, DOC_ADVICE_FIELDS);

static const char page[] =
    "<!DOCTYPE html>\n<html lang=\"{{lang}}\"><head><meta charset=\"utf-8\">"
    "<meta name=\"viewport\" content=\"width=device-width\"><title>{{title}}</title>\n<style>\n"
    "@page{size:A4;margin:20mm 10mm 20mm 30mm}\n"
    "body{font:12pt/1.35 \"PT Serif\",\"Liberation Serif\",\"Times New Roman\",serif;color:#000;"
    "background:#fff;max-width:169mm;margin:0 auto}\n"
    "h1{font-size:15pt;text-align:center;margin:0 0 6pt}\n"
    "h2{font-size:13pt;margin:16pt 0 6pt;break-after:avoid}\n"
    ".demo{text-align:center;border:1pt solid #000;padding:4pt;font-weight:bold}\n"
    "table{border-collapse:collapse;width:100%;table-layout:fixed;font-size:9pt;line-height:1.25}\n"
    "th,td{box-sizing:border-box;border:.5pt solid #000;padding:3pt;text-align:left;vertical-align:top;"
    "overflow-wrap:break-word;hyphens:auto}\n"
    "thead{display:table-header-group}tr{break-inside:avoid}\n"
    "th{font-size:8pt;padding:3pt 2pt}.c1{width:4%}.c2{width:18%}.c3{width:18%}.c4{width:16.5%}"
    ".c5{width:11%}.c6{width:15%}\n"
    "dl{margin:12pt 0}dt{font-weight:bold}dd{margin:0 0 4pt}\n"
    ".note{font-size:10pt;border-top:.5pt solid #000;padding-top:6pt;white-space:pre-line}\n"
    "@media screen{body{padding:1em}.wide{overflow-x:auto}table{min-width:150mm}}\n"
    "</style></head><body>\n"
    "{{?demo}}<p class=\"demo\">{{_ \"Training data: invented people and numbers\"}}</p>{{/?}}\n"
    "<h1>{{title}}</h1>\n<dl>\n"
    "<dt>{{_ \"Where\"}}</dt><dd>{{scope}}</dd>\n"
    "<dt>{{_ \"Basis\"}}</dt><dd>{{_ \"Self-diagnosis, wave {wave}\"}}"
    "{{?n}}; {{_ \"answered {n} of {target}\"}}{{/?}}</dd>\n"
    "<dt>{{_ \"Number and date\"}}</dt><dd>{{code}}, {{at}}</dd>\n</dl>\n"
    "{{^sections}}<p>{{_ \"There is nothing to recommend from the published numbers.\"}}</p>{{/^}}\n"
    "{{?sections}}<p>{{_ \"Each line is an offer: take what fits your place, swap or put off the rest.\"}}</p>{{/?}}\n"
    "{{#sections}}<h2>{{heading}}</h2>\n<div class=\"wide\"><table><thead><tr>"
    "<th class=\"c1\" scope=\"col\">{{_ \"No.\"}}</th>"
    "<th class=\"c2\" scope=\"col\">{{_ \"Basis\"}}</th>"
    "<th class=\"c3\" scope=\"col\">{{_ \"Recommendation\"}}</th>"
    "<th class=\"c4\" scope=\"col\">{{_ \"Responsible\"}}</th>"
    "<th class=\"c5\" scope=\"col\">{{_ \"Deadline\"}}</th>"
    "<th class=\"c6\" scope=\"col\">{{_ \"How it will be confirmed\"}}</th>"
    "<th scope=\"col\">{{_ \"How it will be accepted\"}}</th></tr></thead><tbody>\n"
    "{{#lines}}<tr><td>{{n}}</td><td>{{finding}}</td><td>{{measure}}</td><td>{{responsible}}</td>"
    "<td>{{deadline}}</td><td>{{evidence}}</td><td>{{acceptance}}</td></tr>\n{{/lines}}"
    "</tbody></table></div>\n{{/sections}}"
    "<p class=\"note\">{{?method}}{{method}}\n{{/?}}{{_ \"These are suggestions: people decide. "
    "Not for attestation, hiring or pay.\"}}</p>\n</body></html>\n";

bool metod_doc_format_parse(struct metod_str name, enum metod_doc_format *ret)
{
	static const char *const names[] = {"text", "md", "html"};

	for (size_t i = 0; i < METOD_LEN(names); i++) {
		if (metod_str_is(name, names[i])) {
			*ret = (enum metod_doc_format)i;
			return true;
		}
	}
	return false;
}

/* ---- the model ---- */

static const char *heading_of(struct metod_str audience)
{
	static const struct {
		const char *word, *heading;
	} headings[] = {
	    {"teacher", "For teachers"},
	    {"association", "For heads of methodical associations"},
	    {"deputy", "For deputy heads"},
	    {"municipality", "For the methodical service"},
	};

	for (size_t i = 0; i < METOD_LEN(headings); i++) {
		if (metod_str_is(audience, headings[i].word))
			return headings[i].heading;
	}
	return "For others";
}

static size_t count_lines(
    const struct metod_recommend_view *view, struct metod_str audience)
{
	size_t n = 0;

	for (size_t i = 0; i < view->rows.n; i++)
		n += metod_str_eq(view->rows.p[i].audience, audience);
	return n;
}

static void fill_section(const struct metod_recommend_view *view,
    struct metod_str audience, const struct metod_render *how,
    struct doc_section *section)
{
	section->audience = audience;
	section->heading = metod_str(metod_tr(how->lang, heading_of(audience)));
	section->lines.n = count_lines(view, audience);
	section->lines.p = METOD_NEWS(how->arena, section->lines.n, struct doc_line);
	for (size_t i = 0, n = 0; i < view->rows.n; i++) {
		const struct metod_advice_line *line = &view->rows.p[i];

		if (!metod_str_eq(line->audience, audience))
			continue;
		section->lines.p[n++] = (struct doc_line){
		    .n = line->n,
		    .finding = metod_pick(line->finding, how->lang),
		    .measure = metod_pick(line->measure, how->lang),
		    .responsible = metod_pick(line->responsible, how->lang),
		    .deadline = line->deadline,
		    .evidence = metod_pick(line->evidence, how->lang),
		    .acceptance = metod_pick(line->acceptance, how->lang),
		};
	}
}

static bool seen_before(const struct metod_recommend_view *view, size_t row)
{
	for (size_t i = 0; i < row; i++) {
		if (metod_str_eq(view->rows.p[i].audience, view->rows.p[row].audience))
			return true;
	}
	return false;
}

/* A document has a date, in the zone of the store, and no clock. */
static int64_t day_of(int64_t time_ms, const struct metod_render *how)
{
	int64_t day_ms = 86400000, local = time_ms + (int64_t)how->zone_minutes * 60000;

	return local / day_ms - (local % day_ms < 0);
}

/* Sections in the order in which their audiences first appear. The title names them all.
 */
static struct doc_advice model(
    const struct metod_recommend_view *view, const struct metod_render *how)
{
	struct doc_advice advice = {
	    .lang = metod_str(metod_lang_word(how->lang)),
	    .title = view->title,
	    .code = view->code,
	    .wave = view->wave,
	    .scope = view->scope,
	    .at = day_of(view->at, how),
	    .n = view->n,
	    .target = view->target,
	    .method = view->method,
	    .demo = view->demo,
	    .rules = view->rules,
	};

	for (size_t i = 0; i < view->rows.n; i++)
		advice.sections.n += !seen_before(view, i);
	advice.sections.p = METOD_NEWS(how->arena, advice.sections.n, struct doc_section);
	for (size_t i = 0, n = 0; i < view->rows.n; i++) {
		if (!seen_before(view, i))
			fill_section(
			    view, view->rows.p[i].audience, how, &advice.sections.p[n++]);
	}
	return advice;
}

/* ---- forms ---- */

static void html(const struct doc_advice *advice, const struct metod_render *how,
    struct metod_buf *out)
{
	const struct metod_template_file file = {
	    "recommendation.html", {page, sizeof(page) - 1}};
	const struct metod_template *template;
	struct metod_templates *templates;
	struct metod_error err;

	/* A fault in our own text above is shown by the tests, not by a missing document.
	 */
	if (metod_templates_new(&file, 1, &templates, &err))
		return;
	if (!metod_template_bind(
		templates, "recommendation", &doc_advice_desc, &template, &err))
		metod_template_render(template, advice, how, out);
	metod_templates_free(templates);
}

struct writer {
	const struct metod_render *how;
	struct metod_buf *out;
	bool markdown;
};

static void put(const struct writer *w, struct metod_str text)
{
	if (w->markdown)
		metod_md_escape(text, w->out);
	else
		metod_plain_escape(text, w->out);
}

static void put_tr(const struct writer *w, const char *msgid)
{
	put(w, metod_str(metod_tr(w->how->lang, msgid)));
}

static void heading(const struct writer *w, const char *mark, struct metod_str text)
{
	metod_buf_z(w->out, w->markdown ? mark : "");
	put(w, text);
	metod_buf_z(w->out, "\n\n");
}

/* "**Basis:** text" or "Basis: text", one line. */
static void item(
    const struct writer *w, const struct metod_field *field, const void *record)
{
	struct metod_str words = metod_field_words(field, record, w->how);

	if (words.n == 0)
		return;
	metod_buf_z(w->out, w->markdown ? "   - **" : "   ");
	put_tr(w, field->title);
	metod_buf_z(w->out, w->markdown ? ":** " : ": ");
	/* A date has nothing to escape. */
	if (field->flags & METOD_DATE)
		metod_buf_str(w->out, words);
	else
		put(w, words);
	metod_buf_byte(w->out, '\n');
}

static void put_line(const struct writer *w, const struct doc_line *line)
{
	metod_buf_printf(w->out, "%llu. ", (unsigned long long)line->n);
	put(w, line->measure);
	metod_buf_byte(w->out, '\n');
	for (size_t i = 0; i < doc_line_desc.count; i++) {
		const struct metod_field *field = &doc_line_desc.fields[i];

		if (field->offset != offsetof(struct doc_line, n) &&
		    field->offset != offsetof(struct doc_line, measure))
			item(w, field, line);
	}
	metod_buf_byte(w->out, '\n');
}

static void put_head(const struct writer *w, const struct doc_advice *advice)
{
	static const char *const names[] = {"code", "at", "wave", "scope", "n", "target"};

	if (advice->demo)
		heading(w, "> ",
		    metod_str(metod_tr(
			w->how->lang, "Training data: invented people and numbers")));
	heading(w, "# ", advice->title);
	for (size_t i = 0; i < METOD_LEN(names); i++)
		item(w, metod_desc_field(&doc_advice_desc, metod_str(names[i])), advice);
	metod_buf_byte(w->out, '\n');
}

static void paragraphs(const struct doc_advice *advice, bool markdown,
    const struct metod_render *how, struct metod_buf *out)
{
	const struct writer w = {how, out, markdown};

	put_head(&w, advice);
	if (advice->sections.n == 0) {
		put_tr(&w, "There is nothing to recommend from the published numbers.");
		metod_buf_z(out, "\n\n");
	} else {
		put_tr(&w,
		    "Each line is an offer: take what fits your place, swap or put off the rest.");
		metod_buf_z(out, "\n\n");
	}
	for (size_t s = 0; s < advice->sections.n; s++) {
		heading(&w, "## ", advice->sections.p[s].heading);
		for (size_t i = 0; i < advice->sections.p[s].lines.n; i++)
			put_line(&w, &advice->sections.p[s].lines.p[i]);
	}
	if (advice->method.n) {
		put(&w, advice->method);
		metod_buf_z(out, "\n\n");
	}
	put_tr(&w,
	    "These are suggestions: people decide. Not for attestation, hiring or pay.");
	metod_buf_byte(out, '\n');
}

void metod_doc_recommendation(const struct metod_recommend_view *view,
    enum metod_doc_format format, const struct metod_render *how, struct metod_buf *out)
{
	struct doc_advice advice = model(view, how);

	if (format == METOD_DOC_HTML)
		html(&advice, how, out);
	else
		paragraphs(&advice, format == METOD_DOC_MARKDOWN, how, out);
}
