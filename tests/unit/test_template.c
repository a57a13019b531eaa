/* SPDX-License-Identifier: Apache-2.0
 * Template engine and documents: escaping by place, scopes, texts, refusals at binding
 * time, and what a hostile name or code can do to a page or a printed sheet (nothing). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "metod/doc.h"

/* clang-format off */
#define LEAF_FIELDS(F, R)                                                       \
	F(R, STR, name, 1, 0, 0, 0, none, "Name")                                  \
	F(R, I64, value, 2, METOD_REQ, 0, 0, none, "Value")                        \
	F(R, STRS, words, 3, 0, 0, 0, none, "Words")
#define TREE_FIELDS(F, R)                                                       \
	F(R, STR, title, 1, 0, 0, 0, none, "Title")                                \
	F(R, U64, count, 2, 0, 0, 0, none, "Count")                                \
	F(R, BOOL, flag, 3, 0, 0, 1, none, "Flag")                                 \
	F(R, I64, day, 4, METOD_NULL | METOD_DATE, 0, 0, none, "Day")              \
	F(R, I64, score, 5, METOD_NULL | METOD_MILLI, 0, 0, none, "Score")         \
	F(R, I64, chosen, 6, METOD_REQ, 0, 0, none, "Chosen")                      \
	F(R, RECS, rows, 7, 0, 0, 0, leaf, "Rows")                                 \
	F(R, REC, one, 8, 0, 0, 0, leaf, "One")                                    \
	F(R, STR, secret, 9, METOD_SECRET, 0, 0, none, "Secret")                   \
	F(R, I64, moment, 10, METOD_NULL | METOD_TIME, 0, 0, none, "Moment")       \
	F(R, STR, name, 11, 0, 0, 0, none, "Name of the tree")
/* clang-format on */
METOD_RECORD(leaf, LEAF_FIELDS)
METOD_RECORD_DEFINE(leaf, LEAF_FIELDS);
METOD_RECORD(tree, TREE_FIELDS)
METOD_RECORD_DEFINE(tree, TREE_FIELDS);

static struct metod_str words[] = {{"x", 1}, {"<y>", 3}};
static struct leaf leaves[] = {
    {.name = {"a\"b", 3}, .value = 0, .words = {words, 2}},
    {.name = {"", 0}, .value = 2, .words = {NULL, 0}},
};

static struct tree sample(void)
{
	return (struct tree){.title = METOD_STR("<b>&'\"</b>"),
	    .count = 2,
	    .day = 20778, /* 2026-11-21 */
	    .score = 1250,
	    .chosen = 2,
	    .rows = {leaves, 2},
	    .moment = METOD_NIL,
	    .name = METOD_STR("tree")};
}

/* Renders `text` in English; NULL, and the error in *err, when it is refused. */
static const char *rendered(
    const char *text, const struct tree *tree, struct metod_error *err)
{
	static char out[4096];
	const struct metod_template_file files[] = {
	    {"page.html", metod_str(text)}, {"part.html", METOD_STR("[{{title}}]")}};
	const struct metod_template *template;
	struct metod_templates *templates;
	struct metod_buf buf = {0};
	struct metod_render how = {.lang = METOD_EN};

	memset(err, 0, sizeof(*err));
	if (metod_templates_new(files, 2, &templates, err))
		return NULL;
	if (metod_template_bind(templates, "page", &tree_desc, &template, err)) {
		metod_templates_free(templates);
		return NULL;
	}
	how.arena = metod_arena_new();
	metod_template_render(template, tree, &how, &buf);
	assert_true(buf.n < sizeof(out));
	if (buf.n)
		memcpy(out, buf.p, buf.n);
	out[buf.n] = '\0';
	metod_buf_done(&buf);
	metod_arena_free(how.arena);
	metod_templates_free(templates);
	return out;
}

static void good_templates_render(void **state)
{
	static const struct {
		const char *name, *text, *wanted;
	} cases[] = {
	    {"text is escaped", "<p>{{title}}</p>",
		"<p>&lt;b&gt;&amp;&#39;&quot;&lt;/b&gt;</p>"},
	    {"an attribute is escaped", "<p title=\"{{title}}\">",
		"<p title=\"&lt;b&gt;&amp;&#39;&quot;&lt;/b&gt;\">"},
	    {"an address is percent-encoded", "<a href=\"/x/{{title}}\">",
		"<a href=\"/x/%3Cb%3E%26%27%22%3C%2Fb%3E\">"},
	    {"numbers", "{{count}} {{chosen}}", "2 2"},
	    {"a date and a fraction in the language", "{{day}} {{score}}",
		"21 Nov 2026 1.3"},
	    {"no value is nothing", "[{{moment}}]", "[]"},
	    {"a list", "{{#rows}}<i>{{value}}</i>{{/rows}}", "<i>0</i><i>2</i>"},
	    {"the inner record first", "{{#rows}}({{name}}){{/rows}}", "(a&quot;b)()"},
	    {"the outer record where the inner has none", "{{#rows}}{{count}}{{/rows}}",
		"22"},
	    {"a list of texts", "{{#rows}}{{#words}}{{.}};{{/words}}|{{/rows}}",
		"x;&lt;y&gt;;||"},
	    {"an absent record", "{{#one}}{{name}}{{/one}}-", "-"},
	    {"if and unless", "{{?flag}}A{{/?}}{{^flag}}B{{/^}}{{?count}}C{{/?}}", "BC"},
	    {"if a word", "{{=name tree}}A{{/=}}{{=name leaf}}B{{/=}}", "A"},
	    {"if like another field",
		"{{#rows}}<input{{=value @chosen}} checked{{/=}}>{{/rows}}",
		"<input><input checked>"},
	    {"zero equals zero", "{{#rows}}{{=value 0}}Z{{/=}}{{/rows}}", "Z"},
	    {"a block in an attribute", "<p class=\"a{{?count}} b{{/?}}\">",
		"<p class=\"a b\">"},
	    {"a text with fields", "{{_ \"of {count} and {title} {unclosed\"}}",
		"of 2 and &lt;b&gt;&amp;&#39;&quot;&lt;/b&gt; {unclosed"},
	    {"a plural", "{{_n count \"{count} cow\" \"{count} cows\"}}", "2 cows"},
	    {"another template", "{{&part}}", "[&lt;b&gt;&amp;&#39;&quot;&lt;/b&gt;]"},
	    {"a comment", "a{{! no }}b", "ab"},
	    {"braces of CSS", "<style>p{a:b}</style>{{count}}", "<style>p{a:b}</style>2"},
	    {"script text is left alone", "<script>if(a<b){}</script>",
		"<script>if(a<b){}</script>"},
	    {"an HTML comment", "<!-- \"' -->{{count}}", "<!-- \"' -->2"},
	};
	struct tree tree = sample();
	struct metod_error err;

	(void)state;
	for (size_t i = 0; i < METOD_LEN(cases); i++) {
		const char *out = rendered(cases[i].text, &tree, &err);

		if (!out || strcmp(out, cases[i].wanted))
			fail_msg("%s: %s, wanted %s (%s %s)", cases[i].name,
			    out ? out : "refused", cases[i].wanted, err.field,
			    err.message);
	}
}

static void bad_templates_are_refused(void **state)
{
	static const struct {
		const char *name, *text;
		enum metod_err code;
		const char *field;
	} cases[] = {
	    {"unknown name", "\n{{titel}}", METOD_UNKNOWN, "page.html:2"},
	    {"unknown name in a text", "{{_ \"x {nobody}\"}}", METOD_UNKNOWN,
		"page.html:1"},
	    {"a name of the inner record outside", "{{value}}", METOD_UNKNOWN,
		"page.html:1"},
	    {"unknown template", "{{&nowhere}}", METOD_FORMAT, "page.html:1"},
	    {"a template in itself", "{{&page}}", METOD_FORMAT, "page.html:1"},
	    {"a secret", "{{secret}}", METOD_FORMAT, "page.html:1"},
	    {"a list as a value", "{{rows}}", METOD_FORMAT, "page.html:1"},
	    {"a value as a list", "{{#count}}{{/count}}", METOD_FORMAT, "page.html:1"},
	    {"a word of a number", "{{_token count}}", METOD_FORMAT, "page.html:1"},
	    {"a plural of a text", "{{_n title \"a\" \"b\"}}", METOD_FORMAT,
		"page.html:1"},
	    {"a field as a tag name", "<{{title}}>", METOD_FORMAT, "page.html:1"},
	    {"a field between attributes", "<p {{title}}>", METOD_FORMAT, "page.html:1"},
	    {"a field without quotes", "<p title={{title}}>", METOD_FORMAT,
		"page.html:1"},
	    {"single quotes", "<p title='{{title}}'>", METOD_FORMAT, "page.html:1"},
	    {"a field in a script", "<script>{{title}}</script>", METOD_FORMAT,
		"page.html:1"},
	    {"a field in a style", "<style>{{title}}</style>", METOD_FORMAT,
		"page.html:1"},
	    {"a field in an HTML comment", "<!-- {{title}} -->", METOD_FORMAT,
		"page.html:1"},
	    {"an address that begins with a field", "<a href=\"{{title}}\">",
		METOD_FORMAT, "page.html:1"},
	    {"a block that leaves its place", "<p{{?flag}}>{{/?}}", METOD_FORMAT,
		"page.html:1"},
	    {"a block that is not closed", "{{?flag}}a", METOD_FORMAT, "page.html:1"},
	    {"a block closed twice", "{{?flag}}a{{/?}}{{/?}}", METOD_FORMAT,
		"page.html:1"},
	    {"crossed blocks", "{{?flag}}{{^flag}}{{/?}}{{/^}}", METOD_FORMAT,
		"page.html:1"},
	    {"a tag that does not end", "{{title", METOD_FORMAT, "page.html:1"},
	    {"HTML that does not end", "<p title=\"", METOD_FORMAT, "page.html:1"},
	    {"an empty tag", "{{}}", METOD_FORMAT, "page.html:1"},
	};
	struct tree tree = sample();
	struct metod_error err;

	(void)state;
	for (size_t i = 0; i < METOD_LEN(cases); i++) {
		if (rendered(cases[i].text, &tree, &err))
			fail_msg("%s: accepted", cases[i].name);
		if (err.code != cases[i].code || strcmp(err.field, cases[i].field))
			fail_msg("%s: %d at %s: %s", cases[i].name, (int)err.code,
			    err.field, err.message);
	}
	rendered("{{titel}}", &tree, &err);
	assert_string_equal(err.hint, "nearest: title");
}

/* What may never stand in the page unescaped, whatever somebody typed. */
static void no_text_becomes_markup(void **state)
{
	static const char *const texts[] = {"<script>alert(1)</script>",
	    "\" onmouseover=\"x", "' onmouseover='x", "</title><b>", "&lt;b&gt;",
	    "javascript:alert(1)", "{{secret}}", "\x01\x1f\x7f", "--><b>", "`x`"};
	struct tree tree = sample();
	struct metod_error err;

	(void)state;
	for (size_t i = 0; i < METOD_LEN(texts); i++) {
		const char *out;

		tree.title = metod_str(texts[i]);
		out = rendered(
		    "{{title}}|<a href=\"/{{title}}\" title=\"{{title}}\">", &tree, &err);
		assert_non_null(out);
		assert_null(strstr(out, "<b>"));
		assert_null(strstr(out, "<script"));
		assert_null(strstr(out, " onmouseover=\""));
		assert_null(strstr(out, "href=\"javascript"));
		for (const char *c = out; *c; c++)
			assert_true((unsigned char)*c >= 0x20 || *c == '\n');
	}
}

static void markdown_is_escaped(void **state)
{
	static const struct {
		const char *text, *wanted;
	} cases[] = {
	    {"plain text, 5 people.", "plain text, 5 people."},
	    {"*a* _b_ `c`", "\\*a\\* \\_b\\_ \\`c\\`"},
	    {"[a](b) <b> |", "\\[a\\](b) &lt;b> \\|"},
	    {"1. one, 21.11.2026", "1\\. one, 21.11.2026"},
	    {"# one", "\\# one"},
	    {"- one\n# two", "\\- one # two"},
	};
	struct metod_buf buf = {0};

	(void)state;
	for (size_t i = 0; i < METOD_LEN(cases); i++) {
		metod_buf_clear(&buf);
		metod_md_escape(metod_str(cases[i].text), &buf);
		metod_buf_byte(&buf, 0);
		assert_string_equal((const char *)buf.p, cases[i].wanted);
	}
	metod_buf_done(&buf);
}

/* ---- documents ---- */

#define BYTES(text)                                                                      \
	{                                                                                \
		(text), sizeof(text) - 1                                                 \
	}
static struct metod_text finding = {BYTES("нужна опора 38 из 120"), BYTES("38 of 120")};
static struct metod_text measure = {BYTES("Мера <b>"), BYTES("Measure <b>")};
static struct metod_text who = {BYTES("методист"), BYTES("methodist")};

static struct metod_advice_line line(uint64_t n, const char *audience)
{
	return (struct metod_advice_line){.n = n,
	    .audience = metod_str(audience),
	    .competency = METOD_STR("FOR"),
	    .finding = &finding,
	    .rule = METOD_STR("R"),
	    .measure = &measure,
	    .responsible = &who,
	    .deadline = 20778,
	    .evidence = &who,
	    .acceptance = &who};
}

static const char *document(const struct metod_recommend_view *view,
    enum metod_doc_format format, enum metod_lang lang)
{
	static char out[16384];
	struct metod_render how = {.lang = lang, .arena = metod_arena_new()};
	struct metod_buf buf = {0};

	metod_doc_recommendation(view, format, &how, &buf);
	assert_true(buf.n > 0 && buf.n < sizeof(out));
	memcpy(out, buf.p, buf.n);
	out[buf.n] = '\0';
	metod_buf_done(&buf);
	metod_arena_free(how.arena);
	return out;
}

static void recommendations_have_a_section_per_audience(void **state)
{
	struct metod_str audiences[] = {METOD_STR("teacher"), METOD_STR("deputy")};
	struct metod_advice_line lines[] = {
	    line(1, "teacher"), line(2, "deputy"), line(3, "teacher")};
	struct metod_recommend_view view = {.code = METOD_STR("R-0001"),
	    .title = METOD_STR("Advice"),
	    .wave = METOD_STR("autumn"),
	    .scope = METOD_STR("Town"),
	    .n = 120,
	    .target = 200,
	    .audiences = {audiences, 2},
	    .rows = {lines, 3},
	    .method = METOD_STR("By answers."),
	    .demo = true};
	const char *html, *text;

	(void)state;
	html = document(&view, METOD_DOC_HTML, METOD_EN);
	assert_non_null(strstr(html, "<h2>For teachers</h2>"));
	assert_non_null(strstr(html, "<h2>For deputy heads</h2>"));
	assert_non_null(strstr(html, "Training data"));
	assert_non_null(strstr(html, "answered 120 of 200"));
	assert_non_null(strstr(html, "Measure &lt;b&gt;"));
	assert_non_null(strstr(html, "21 Nov 2026"));
	assert_null(strstr(html, "<b>"));
	/* Lines of one audience stand together, each section once. */
	text = document(&view, METOD_DOC_TEXT, METOD_EN);
	assert_non_null(strstr(text, "3. Measure <b>"));
	assert_true(strstr(text, "3. Measure") < strstr(text, "2. Measure"));
	assert_non_null(
	    strstr(document(&view, METOD_DOC_MARKDOWN, METOD_EN), "## For deputy heads"));
	assert_non_null(
	    strstr(document(&view, METOD_DOC_MARKDOWN, METOD_EN), "Measure &lt;b>"));
	view.demo = false;
	view.rows.n = 0;
	view.n = METOD_NIL;
	html = document(&view, METOD_DOC_HTML, METOD_RU);
	assert_null(strstr(html, "Учебные данные"));
	assert_non_null(strstr(html, "рекомендовать нечего"));
	assert_null(strstr(html, "ответили"));
}

static void slips_print_each_code_once(void **state)
{
	struct metod_invite_row rows[] = {
	    {.org = METOD_STR("School"),
		.teacher = METOD_STR("T-1"),
		.name = METOD_STR("A <b>"),
		.code = METOD_STR("AAAA-BBBB-CCCCC")},
	    {.teacher = METOD_STR("T-2"), .code = METOD_STR("DDDD-EEEE-FFFFF")},
	};
	struct metod_invites_rep invites = {
	    .rows = {rows, 2}, .wave_title = METOD_STR("Autumn")};
	struct metod_render how = {.lang = METOD_EN, .arena = metod_arena_new()};
	struct metod_buf buf = {0};

	(void)state;
	metod_doc_invitations(&invites, "https://metod.example", false, &how, &buf);
	metod_buf_byte(&buf, 0);
	assert_non_null(
	    strstr((const char *)buf.p, "https://metod.example/i/AAAA-BBBB-CCCCC"));
	assert_non_null(strstr((const char *)buf.p, "<h2>A &lt;b&gt;</h2>"));
	assert_non_null(strstr((const char *)buf.p, "<h2>T-2</h2>"));
	assert_null(strstr((const char *)buf.p, "Training data"));
	metod_buf_clear(&buf);
	metod_doc_invitations(&invites, "", true, &how, &buf);
	metod_buf_byte(&buf, 0);
	assert_null(strstr((const char *)buf.p, "/i/"));
	assert_non_null(strstr((const char *)buf.p, "Training data"));
	metod_buf_done(&buf);
	metod_arena_free(how.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(good_templates_render),
	    cmocka_unit_test(bad_templates_are_refused),
	    cmocka_unit_test(no_text_becomes_markup),
	    cmocka_unit_test(markdown_is_escaped),
	    cmocka_unit_test(recommendations_have_a_section_per_audience),
	    cmocka_unit_test(slips_print_each_code_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
