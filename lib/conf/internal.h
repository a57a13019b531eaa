/* SPDX-License-Identifier: Apache-2.0
 * Inside lib/conf: where findings go, closed sets of words, folding of text, parsed
 * files. Nothing here is seen by other folders. */
#pragma once

#include "metod/conf.h"
#include "metod/kinds.h"
#include "metod/words.h"

/* One file being read. */
struct source {
	struct metod_str file;
	struct metod_arena *arena;
	struct metod_issues *issues;
};

/* ---- findings (issues.c) ---- */
/* Formats are msgids. The finding returned is for conf_hint and conf_field, which take
 * NULL: findings above the cap are only counted. line 0: the whole file. */
struct metod_issue *conf_error(struct source *source, size_t line, size_t column,
    const char *format, ...) METOD_PRINTF(4, 5);
struct metod_issue *conf_warning(struct source *source, size_t line, size_t column,
    const char *format, ...) METOD_PRINTF(4, 5);
/* At a value of the tree. */
struct metod_issue *conf_at(struct source *source, const struct metod_node *node,
    const char *format, ...) METOD_PRINTF(3, 4);
void conf_hint(struct source *source, struct metod_issue *issue, const char *format, ...)
    METOD_PRINTF(3, 4);
/* Hint "did you mean": nothing when `nearest` is NULL. */
void conf_suggest(struct source *source, struct metod_issue *issue, const char *nearest);
const char *conf_tr(const struct metod_issues *issues, const char *msgid)
    __attribute__((format_arg(2)));

/* ---- text (text.c) ---- */
/* First forty characters of a value, for messages; NUL behind. */
const char *conf_excerpt(struct source *source, struct metod_str text);
/* Whole file is UTF-8 without control characters but TAB and line ends; else an error.
 * The BOM is cut off *bytes. */
bool conf_text_ok(struct source *source, struct metod_str *bytes);
/* Small letters of Latin and Russian, ё as е, every run of spaces one space, none at the
 * ends. In the arena. */
struct metod_str conf_fold(struct metod_str text, struct metod_arena *arena);
uint32_t conf_lower(uint32_t point);
bool conf_cyrillic(uint32_t point);
bool conf_latin(uint32_t point);
/* Next run of letters, digits and hyphens from *at on; false at the end. */
bool conf_word(struct metod_str text, size_t *at, struct metod_str *ret_word);
/* Nearest of n words, NULL when none is near. */
const char *conf_nearest(const char *const *words, size_t n, struct metod_str word);
/* Letters, digits, '-', '_' and '.' of ASCII, a letter or digit first. */
bool conf_id_ok(struct metod_str id);

/* ---- closed sets of words (words.c) ---- */
/* The word itself or a Russian one that stands for it; NULL when it is in neither. */
const char *conf_word_of(
    enum metod_word_set set, struct metod_str text, struct metod_arena *arena);
const char *conf_word_nearest(
    enum metod_word_set set, struct metod_str text, struct metod_arena *arena);
bool conf_words_closed(enum metod_word_set set);
/* i-th word of the set, NULL behind the last. */
const char *conf_word_at(enum metod_word_set set, size_t i);

/* i-th usual Russian name of a column and the field that it means; NULL behind the last.
 */
const char *conf_column_word(size_t i, const char **ret_field);

/* ---- YAML (bind.c, load.c) ---- */
/* Reads the map into a zeroed record, element for element, whatever errors it finds. */
void conf_bind(struct source *source, const struct metod_desc *desc,
    const struct metod_node *map, void *record);

struct doc {
	struct source source;
	struct metod_str kind;
	struct metod_node *root;
};
struct docs {
	struct doc *p; /* YAML files of a known kind, in order of names */
	size_t n;
	const char *activities; /* path of activities.csv, NULL when there is none */
	bool folder;
};
/* Parses every file of the path; what could not be parsed is left out. */
enum metod_err conf_docs(const char *path, struct metod_arena *arena, struct docs *ret,
    struct metod_issues *issues);
/* Binds the parsed files and adds what the daemon stores to *ret; selections last,
 * because they take the questions of other files. */
void conf_add_all(struct docs *docs, struct metod_form_load_req *ret);
/* Shape of a kind that the daemon does not store; nothing for the others (kinds.c). */
void conf_bind_shape(struct doc *doc);
/* The form that a selection makes of a form in *req; false with a finding. */
bool conf_select(
    struct doc *doc, const struct metod_form_load_req *req, struct metod_form *ret);

/* ---- CSV (csv_scan.c, csv_read.c) ---- */
struct cell {
	struct metod_str text; /* in the arena or the file, NUL not promised */
	size_t line, column;
};
struct mark {
	size_t at, line, column;
};
struct csv_scan {
	struct source *source;
	struct metod_str bytes;
	struct mark here;
	char delimiter;
	struct cell cells[METOD_CSV_COLUMNS_MAX];
	size_t n;
	size_t line; /* where the row began */
	bool bad;    /* the row has an issue */
};
/* Tells the delimiter by the first line that is not empty. */
void conf_csv_start(struct csv_scan *scan, struct source *source, struct metod_str bytes);
/* Next row that is not empty; false at the end. */
bool conf_csv_row(struct csv_scan *scan);

/* Called for each good row. cells[i] is the place of field i, line 0 when it has no
 * column. */
typedef void conf_csv_each(void *arg, void *record, const struct cell *cells);
enum metod_err conf_csv_records(struct source *source, struct metod_str bytes,
    const struct metod_desc *desc, const char *(*tr)(const char *), struct metod_csv *ret,
    conf_csv_each *each, void *arg);

/* ---- checks of content ---- */
struct alike_text;
struct pool {
	struct metod_str name;
	struct alike_text *texts;
	size_t n;
	struct pool *next;
};
struct check {
	struct metod_arena *arena;
	struct metod_issues *issues;
	struct docs docs;
	struct doc *framework; /* NULL: not among the files */
	const struct metod_node *competencies;
	struct pool *pools; /* texts by who may meet them (check_alike.c) */
};
/* Does the framework know this competency? True without a framework. */
bool conf_known(const struct check *check, struct metod_str competency);
/* Error "no competency X" at the place unless known. */
void conf_check_competency(
    const struct check *check, struct source *source, const struct metod_node *node);
/* Error unless the scalar is a word of the set. */
void conf_check_word(
    struct source *source, enum metod_word_set set, const struct metod_node *node);
/* ids of the maps in a list are well-formed and differ. */
void conf_check_ids(
    struct source *source, const struct metod_node *list, const char *key);
/* The list has the values 0, 1, 2, 3 in this order. */
void conf_check_levels(
    struct source *source, const struct metod_node *owner, const char *key);

void conf_check_framework(struct check *check, struct doc *doc);
void conf_check_form(struct check *check, struct doc *doc);
void conf_check_paramset(struct check *check, struct doc *doc);
void conf_check_rules(struct check *check, struct doc *doc);
void conf_check_activities(struct check *check, const char *path);
/* Spelling of every text of the tree: alphabets, spaces, missing English. */
void conf_check_texts(struct source *source, const struct metod_node *root);
/* The same for one text of a CSV cell. */
void conf_check_spelling(struct source *source, size_t line, size_t column,
    struct metod_str text, bool russian);
/* Wording rules of an item's Russian text. */
void conf_check_item_text(
    struct check *check, struct source *source, const struct metod_node *ru);
/* Offers, not orders; no blame: measures of recommendations. */
void conf_check_offer(struct source *source, const struct metod_node *ru);
/* How many sentences: ends with . ! ? or … */
size_t conf_sentences(struct metod_str text);
/* Error when the text nearly repeats one that came before in the same pool. The source
 * must outlive the check. */
void conf_check_alike(struct check *check, const char *pool, struct metod_str part,
    struct source *source, size_t line, size_t column, struct metod_str text);
/* Items of a form or a second stage, under the wordings of their own file. */
void conf_check_items(struct check *check, struct doc *doc);
void conf_check_second_stage(struct check *check, struct doc *doc);
void conf_check_selection(struct check *check, struct doc *doc);
void conf_check_observation(struct check *check, struct doc *doc);
void conf_check_card(struct check *check, struct doc *doc);
void conf_check_practices(struct check *check, struct doc *doc);
void conf_check_site(struct check *check, struct doc *doc);
/* What only the whole folder can tell: a card of needs behind every form. */
void conf_check_folder(struct check *check);
/* The file of this kind and id among the files; NULL when there is none. */
const struct doc *conf_doc(
    const struct check *check, const char *kind, struct metod_str id);
/* Element of a list of maps whose `key` is `value`; NULL when there is none. */
const struct metod_node *conf_with(
    const struct metod_node *list, const char *key, struct metod_str value);
