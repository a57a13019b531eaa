/* SPDX-License-Identifier: Apache-2.0
 * Template text into nodes. Follows the HTML around the tags, because the place of a tag
 * decides how its value is escaped. Knows no descriptors: names are checked when a
 * template is bound. */
#include "internal.h"

#include <string.h>

/* HTML as far as escaping needs it. */
enum state { TEXT, OPEN, TAG, NAME, EQUALS, VALUE, COMMENT, RAW };

struct parser {
	const struct metod_template_file *file;
	struct metod_arena *arena;
	struct metod_error *err;
	size_t at;
	unsigned line;
	enum state state;
	struct metod_str element, attribute; /* names as written */
	bool value_begun; /* literal text stands in the attribute value */
	struct doc_node *nodes;
	size_t n, cap;
	struct {
		size_t node;
		enum state state;
	} open[DOC_DEPTH_MAX];
	size_t n_open;
};

static enum metod_err wrong(struct parser *p, const char *what)
{
	char where[96];
	struct metod_str s =
	    metod_arena_printf(p->arena, "%s:%u", p->file->name, p->line);

	memcpy(where, s.p, s.n < sizeof(where) ? s.n + 1 : sizeof(where));
	where[sizeof(where) - 1] = '\0';
	return metod_fail(p->err, METOD_FORMAT, where, "%s", what);
}

static struct doc_node *add(struct parser *p, enum doc_kind kind, enum doc_place place)
{
	struct doc_node *node;

	if (p->n == p->cap) {
		size_t cap = p->cap ? 2 * p->cap : 64;
		struct doc_node *more = METOD_NEWS(p->arena, cap, struct doc_node);

		if (p->n)
			memcpy(more, p->nodes, p->n * sizeof(*more));
		p->nodes = more;
		p->cap = cap;
	}
	node = &p->nodes[p->n++];
	*node = (struct doc_node){.kind = kind, .place = place, .line = p->line};
	return node;
}

/* ---- the HTML between the tags ---- */

static bool name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '-' || c == '_' || c == ':';
}

static bool raw_element(struct metod_str name)
{
	return metod_str_is(name, "script") || metod_str_is(name, "style");
}

/* One character; p->at is at it. */
static enum metod_err html_char(struct parser *p, char c)
{
	const char *text = p->file->text.p;
	size_t left = p->file->text.n - p->at;

	switch (p->state) {
	case TEXT:
		if (c == '<' && left >= 4 && !memcmp(text + p->at, "<!--", 4))
			p->state = COMMENT;
		else if (c == '<') {
			p->state = OPEN;
			p->element = (struct metod_str){text + p->at + 1, 0};
		}
		break;
	case OPEN:
		if (name_char(c) || (p->element.n == 0 && (c == '/' || c == '!'))) {
			p->element.n++;
			break;
		}
		p->state = TAG;
		/* fall through */
	case TAG:
		if (c == '>')
			p->state = raw_element(p->element) ? RAW : TEXT;
		else if (name_char(c)) {
			p->state = NAME;
			p->attribute = (struct metod_str){text + p->at, 1};
		} else if (c == '"' || c == '\'' || c == '=' || c == '<')
			return wrong(p, "the HTML of this tag is not understood");
		break;
	case NAME:
		if (name_char(c)) {
			p->attribute.n++;
		} else if (c == '=') {
			p->state = EQUALS;
		} else {
			p->state = TAG;
			return html_char(p, c);
		}
		break;
	case EQUALS:
		if (c != '"')
			return wrong(p, "attribute values stand in double quotes");
		p->state = VALUE;
		p->value_begun = false;
		break;
	case VALUE:
		if (c == '"')
			p->state = TAG;
		else if (c == '<')
			return wrong(p, "an attribute value does not end");
		p->value_begun = true;
		break;
	case COMMENT:
		if (c == '>' && p->at >= 2 && !memcmp(text + p->at - 2, "--", 2))
			p->state = TEXT;
		break;
	case RAW:
		if (c == '<' && left >= 2 && text[p->at + 1] == '/') {
			p->state = OPEN;
			p->element = (struct metod_str){text + p->at + 1, 0};
		}
		break;
	}
	return METOD_OK;
}

static bool url_attribute(struct metod_str name)
{
	static const char *const names[] = {"href", "src", "action", "formaction"};

	for (size_t i = 0; i < METOD_LEN(names); i++) {
		if (metod_str_is(name, names[i]))
			return true;
	}
	return false;
}

static enum doc_place place_of(const struct parser *p)
{
	switch (p->state) {
	case TEXT:
		return DOC_IN_TEXT;
	case TAG:
		return DOC_IN_TAG;
	case VALUE:
		return url_attribute(p->attribute) ? DOC_IN_URL : DOC_IN_VALUE;
	case OPEN:
	case NAME:
	case EQUALS:
	case COMMENT:
	case RAW:
		break;
	}
	return DOC_IN_RAW;
}

/* ---- the tags ---- */

static bool good_name(struct metod_str s)
{
	if (metod_str_is(s, "."))
		return true;
	for (size_t i = 0; i < s.n; i++) {
		if (!name_char(s.p[i]) || s.p[i] == ':')
			return false;
	}
	return s.n > 0;
}

/* Cuts "text" off the front; NULL when there is none. */
static const char *cut_quoted(struct parser *p, struct metod_str *s)
{
	struct metod_str text;

	*s = metod_str_trim(*s);
	if (s->n < 2 || s->p[0] != '"')
		return NULL;
	s->p++;
	s->n--;
	if (!memchr(s->p, '"', s->n))
		return NULL;
	text = metod_str_cut(s, '"');
	return text.n ? metod_arena_z(p->arena, text) : NULL;
}

static enum metod_err open_block(
    struct parser *p, enum doc_kind kind, struct metod_str a, struct metod_str b)
{
	if (p->state == NAME || (p->state == OPEN && p->element.n > 0))
		p->state = TAG; /* the name of the element or attribute ends here */
	enum doc_place place = place_of(p);

	if (!good_name(a))
		return wrong(p, "a block needs the name of a field");
	if (place == DOC_IN_RAW)
		return wrong(p, "no block can stand here");
	if (p->n_open == DOC_DEPTH_MAX / 2)
		return wrong(p, "blocks are nested too deeply");
	p->open[p->n_open].node = p->n;
	p->open[p->n_open++].state = p->state;
	*add(p, kind, place) = (struct doc_node){
	    .kind = kind, .place = place, .line = p->line, .a = a, .b = b};
	return METOD_OK;
}

static enum metod_err close_block(struct parser *p, struct metod_str name)
{
	struct doc_node *node;
	bool fits = false;

	if (p->n_open == 0)
		return wrong(p, "nothing is open here");
	node = &p->nodes[p->open[p->n_open - 1].node];
	switch (node->kind) {
	case DOC_EACH:
		fits = metod_str_eq(name, node->a);
		break;
	case DOC_IF:
		fits = metod_str_is(name, "?");
		break;
	case DOC_UNLESS:
		fits = metod_str_is(name, "^");
		break;
	case DOC_EQUAL:
		fits = metod_str_is(name, "=");
		break;
	case DOC_LITERAL:
	case DOC_FIELD:
	case DOC_WORD:
	case DOC_TR:
	case DOC_TRN:
	case DOC_END:
	case DOC_INCLUDE:
		break;
	}
	if (!fits)
		return wrong(p, "this closes another block than the one that is open");
	if (p->state == NAME)
		p->state = TAG; /* an attribute without a value ends here */
	if (p->state != p->open[p->n_open - 1].state)
		return wrong(
		    p, "a block ends at another place of the HTML than it began");
	p->n_open--;
	node->end = p->n;
	add(p, DOC_END, place_of(p));
	return METOD_OK;
}

/* {{_ "..."}}, {{_n name "..." "..."}}, {{_token name}} */
static enum metod_err translation(
    struct parser *p, struct metod_str tag, enum doc_place place)
{
	struct metod_str word = metod_str_cut(&tag, ' ');
	const char *msgid = NULL, *plural = NULL;
	struct metod_str name = {NULL, 0};
	struct doc_node *node;
	enum doc_kind kind;

	if (place == DOC_IN_URL)
		return wrong(p, "no translation can stand in an address");
	if (metod_str_is(word, "_token")) {
		kind = DOC_WORD;
		name = metod_str_trim(tag);
		tag.n = 0;
	} else if (metod_str_is(word, "_n")) {
		kind = DOC_TRN;
		tag = metod_str_trim(tag);
		name = metod_str_cut(&tag, ' ');
		msgid = cut_quoted(p, &tag);
		plural = msgid ? cut_quoted(p, &tag) : NULL;
	} else {
		kind = DOC_TR;
		msgid = metod_str_is(word, "_") ? cut_quoted(p, &tag) : NULL;
	}
	if ((kind != DOC_TR && !good_name(name)) || (kind != DOC_WORD && !msgid) ||
	    (kind == DOC_TRN && !plural) || metod_str_trim(tag).n)
		return wrong(p, "this translation is not understood");
	node = add(p, kind, place);
	node->a = name;
	node->msgid = msgid;
	node->plural = plural;
	return METOD_OK;
}

static enum metod_err value(struct parser *p, struct metod_str tag)
{
	enum doc_place place = place_of(p);

	if (place == DOC_IN_RAW || place == DOC_IN_TAG)
		return wrong(p, "a field stands in text or in a quoted attribute value");
	if (place == DOC_IN_URL && !p->value_begun)
		return wrong(p, "an address begins with literal text");
	if (tag.p[0] == '_')
		return translation(p, tag, place);
	if (!good_name(tag))
		return wrong(p, "this is not a name");
	add(p, DOC_FIELD, place)->a = tag;
	return METOD_OK;
}

static enum metod_err parse_tag(struct parser *p, struct metod_str tag)
{
	struct metod_str rest = {tag.p + 1, tag.n ? tag.n - 1 : 0}, name;

	if (tag.n == 0)
		return wrong(p, "an empty tag");
	/* The name of an element, or an attribute without a value, ends here. */
	if (p->state == NAME || (p->state == OPEN && p->element.n))
		p->state = TAG;
	switch (tag.p[0]) {
	case '!':
		return METOD_OK;
	case '#':
		return open_block(p, DOC_EACH, rest, (struct metod_str){0});
	case '?':
		return open_block(p, DOC_IF, rest, (struct metod_str){0});
	case '^':
		return open_block(p, DOC_UNLESS, rest, (struct metod_str){0});
	case '=':
		name = metod_str_cut(&rest, ' ');
		rest = metod_str_trim(rest);
		if (rest.n == 0)
			return wrong(p, "nothing to compare with");
		return open_block(p, DOC_EQUAL, name, rest);
	case '/':
		return close_block(p, rest);
	case '&':
		if (p->state != TEXT || !good_name(rest))
			return wrong(p, "a template is included between elements");
		add(p, DOC_INCLUDE, DOC_IN_TEXT)->a = rest;
		return METOD_OK;
	default:
		return value(p, tag);
	}
}

/* Literal text up to the next tag or the end. */
static enum metod_err literal(struct parser *p)
{
	struct metod_str text = p->file->text;
	size_t from = p->at;
	enum metod_err e;

	while (p->at < text.n &&
	    !(text.p[p->at] == '{' && p->at + 1 < text.n && text.p[p->at + 1] == '{')) {
		e = html_char(p, text.p[p->at]);
		if (e)
			return e;
		p->line += text.p[p->at] == '\n';
		p->at++;
	}
	if (p->at > from)
		add(p, DOC_LITERAL, DOC_IN_TEXT)->a =
		    (struct metod_str){text.p + from, p->at - from};
	return METOD_OK;
}

enum metod_err doc_parse(const struct metod_template_file *file,
    struct metod_arena *arena, struct doc_source *ret, struct metod_error *err)
{
	struct parser p = {.file = file, .arena = arena, .err = err, .line = 1};
	struct metod_str text = file->text;

	for (;;) {
		enum metod_err e = literal(&p);
		struct metod_str tag;
		size_t end;

		if (e)
			return e;
		if (p.at == text.n)
			break;
		for (end = p.at + 2; end + 1 < text.n; end++) {
			if (text.p[end] == '}' && text.p[end + 1] == '}')
				break;
		}
		if (end + 1 >= text.n)
			return wrong(&p, "a tag does not end");
		tag =
		    metod_str_trim((struct metod_str){text.p + p.at + 2, end - p.at - 2});
		e = parse_tag(&p, tag);
		if (e)
			return e;
		for (; p.at < end + 2; p.at++)
			p.line += text.p[p.at] == '\n';
	}
	if (p.n_open)
		return wrong(&p, "a block is not closed");
	if (p.state != TEXT)
		return wrong(&p, "the HTML ends inside a tag");
	*ret = (struct doc_source){.name = file->name, .nodes = p.nodes, .n = p.n};
	return METOD_OK;
}

void doc_next_name(struct metod_str text, size_t *at, struct metod_str *ret_literal,
    struct metod_str *ret_name)
{
	size_t from = *at;

	for (size_t i = from; i < text.n; i++) {
		const char *end;

		if (text.p[i] != '{')
			continue;
		end = memchr(text.p + i, '}', text.n - i);
		if (!end)
			break;
		*ret_name =
		    (struct metod_str){text.p + i + 1, (size_t)(end - text.p) - i - 1};
		if (!good_name(*ret_name))
			continue;
		*ret_literal = (struct metod_str){text.p + from, i - from};
		*at = (size_t)(end - text.p) + 1;
		return;
	}
	*ret_literal = (struct metod_str){text.p + from, text.n - from};
	*ret_name = (struct metod_str){NULL, 0};
	*at = text.n;
}
