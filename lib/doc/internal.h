/* SPDX-License-Identifier: Apache-2.0
 * Shared by the files of lib/doc only: a template as its parser leaves it. */
#pragma once

#include "metod/doc.h"

enum {
	DOC_DEPTH_MAX = 16,  /* blocks and included templates around one place */
	DOC_INCLUDE_MAX = 6, /* templates inside templates */
};

/* Where in the HTML a tag stands; decides how its value is escaped. */
enum doc_place { DOC_IN_TEXT, DOC_IN_TAG, DOC_IN_VALUE, DOC_IN_URL, DOC_IN_RAW };

enum doc_kind {
	DOC_LITERAL, /* a: bytes */
	DOC_FIELD,   /* a: name */
	DOC_WORD,    /* a: name of a field with fixed words */
	DOC_TR,      /* msgid */
	DOC_TRN,     /* a: name of the count; msgid, plural */
	DOC_EACH,    /* a: name; until `end` */
	DOC_IF,
	DOC_UNLESS,
	DOC_EQUAL, /* a: name, b: word or @name */
	DOC_END,
	DOC_INCLUDE, /* a: name of the template */
};

struct doc_node {
	enum doc_kind kind;
	enum doc_place place;
	unsigned line;
	struct metod_str a, b;
	const char *msgid, *plural;
	size_t end; /* of a block: index of its DOC_END */
	const struct doc_source *include;
};

struct doc_source {
	const char *name;
	struct doc_node *nodes;
	size_t n;
};

struct metod_templates {
	struct metod_arena *arena;
	struct doc_source *list;
	size_t n;
};

struct metod_template {
	const struct doc_source *source;
	const struct metod_desc *desc;
};

/* Records around a place, outermost first. While binding only the descriptors are known.
 */
struct doc_scope {
	const struct metod_desc *desc;
	const void *record;
};
struct doc_scopes {
	struct doc_scope at[DOC_DEPTH_MAX];
	size_t n;
};

/* Field by name in the innermost record that has it, and that record (may be NULL); NULL
 * when none has it. */
const struct metod_field *doc_find(
    const struct doc_scopes *scopes, struct metod_str name, const void **ret_record);
/* What an element of the list or a sub-record looks like; STRS elements have one field
 * ".". */
const struct metod_desc *doc_element(const struct metod_field *field);
/* Template by name without the extension; NULL when there is none. */
const struct doc_source *doc_source_of(
    const struct metod_templates *templates, struct metod_str name);

/* One file into nodes; includes are not resolved yet. */
enum metod_err doc_parse(const struct metod_template_file *file,
    struct metod_arena *arena, struct doc_source *ret,
    struct metod_error *err) METOD_MUST_CHECK;

/* Next {name} of a translated text at or after *at; *ret_literal is the text in front of
 * it. At the end *ret_name is empty. */
void doc_next_name(struct metod_str text, size_t *at, struct metod_str *ret_literal,
    struct metod_str *ret_name);
