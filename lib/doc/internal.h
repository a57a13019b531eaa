/* SPDX-License-Identifier: Apache-2.0
 * Shared by the files of lib/doc only: a template as its parser leaves it. */
#pragma once

#include "metod/doc.h"

enum {
	DOC_DEPTH_MAX = 16,   /* blocks and included templates around one place */
	DOC_INCLUDE_MAX = 6,  /* templates inside templates */
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
	DOC_EQUAL,   /* a: name, b: word or @name */
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

/* One file into nodes; includes are not resolved yet. */
enum metod_err doc_parse(const struct metod_template_file *file, struct metod_arena *arena,
    struct doc_source *ret, struct metod_error *err) METOD_MUST_CHECK;

/* Next {name} of a translated text at or after *at; *ret_literal is the text in front of it. At the
 * end *ret_name is empty. */
void doc_next_name(struct metod_str text, size_t *at, struct metod_str *ret_literal,
    struct metod_str *ret_name);
