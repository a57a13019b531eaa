/* SPDX-License-Identifier: Apache-2.0
 * Files that people write: YAML of forms, framework, parameters and rules, CSV registers,
 * and the checks of their content. Every finding has file, line and column; all findings
 * of a file are collected, not only the first. Knows records, not how they are stored. */
#pragma once

#include "metod/desc.h"
#include "metod/messages.h"

/* ---- findings ---- */
enum { METOD_ISSUES_MAX = 50 };

enum metod_severity {
	METOD_SEV_ERROR,
	METOD_SEV_WARNING,
};

struct metod_issue {
	struct metod_str file;
	size_t line, column; /* from 1, columns in characters; 0: the whole file */
	enum metod_severity severity;
	struct metod_str
	    field; /* column of a CSV file or key of an option; may be empty */
	struct metod_str text;
	struct metod_str hint; /* may be empty */
};

/* The caller sets arena, and what it likes of tr and max; the rest starts as zero. Texts
 * live in the arena and may quote the file: show them to its author, do not log them.
 * Bounds of single values are worded by metod_fail, so set metod_fail_language to the
 * same language. */
struct metod_issues {
	struct metod_arena *arena;
	const char *(*tr)(const char *msgid); /* NULL: English */
	size_t max;                           /* findings kept; 0: METOD_ISSUES_MAX */
	struct metod_issue *p;
	size_t n, room;
	size_t errors, warnings; /* counted even when not kept */
};

/* "file:line:column: message", with "warning: " before the message of a warning and the
 * hint behind it in brackets. In the arena of the issues. */
struct metod_str metod_issue_line(
    const struct metod_issues *issues, const struct metod_issue *issue);

/* Whole regular file, at most METOD_FILE_MAX bytes, into the arena. A failure is also an
 * issue: METOD_NOT_FOUND, METOD_DENIED, METOD_TOO_BIG or METOD_IO. */
METOD_MUST_CHECK enum metod_err metod_file_read(const char *path,
    struct metod_arena *arena, struct metod_str *ret_bytes, struct metod_issues *issues);

/* ---- YAML as a plain tree ---- */
enum metod_node_kind {
	METOD_NODE_SCALAR,
	METOD_NODE_LIST,
	METOD_NODE_MAP,
};

/* Texts are valid UTF-8 without control characters but line feed, with a NUL behind.
 * Values are texts: nothing becomes a number, a truth value or "nothing" by its looks. */
struct metod_node {
	enum metod_node_kind kind;
	uint32_t line, column;         /* of the value, from 1 */
	uint32_t key_line, key_column; /* of the key, inside a map */
	struct metod_str key;          /* inside a map */
	struct metod_str text;         /* of a scalar */
	struct metod_node *first, *last, *next;
	size_t n; /* children */
};

/* One document with a map or a list at its top. Refused: aliases, anchors, tags,
 * directives, second documents, duplicate keys, keys that are not plain words,
 * METOD_YAML_DEPTH_MAX, METOD_YAML_NODES_MAX, METOD_YAML_KEYS_MAX of one map,
 * METOD_FILE_MAX, bad UTF-8, control characters. METOD_FORMAT with issues then; *ret is
 * untouched. `file` is the name in issues. */
METOD_MUST_CHECK enum metod_err metod_yaml_parse(const char *file, struct metod_str bytes,
    struct metod_arena *arena, struct metod_node **ret, struct metod_issues *issues);
METOD_MUST_CHECK enum metod_err metod_yaml_read(const char *path,
    struct metod_arena *arena, struct metod_node **ret, struct metod_issues *issues);

/* All take NULL, so that a path of gets needs one test at its end. */
const struct metod_node *metod_node_get(const struct metod_node *map, const char *key);
const struct metod_node *metod_node_first(const struct metod_node *list_or_map);
size_t metod_node_count(const struct metod_node *list_or_map);
/* Text of a scalar; empty for NULL, lists and maps. */
struct metod_str metod_node_text(const struct metod_node *scalar);
/* False (and *ret untouched) when it is not such a scalar. */
bool metod_node_u64(const struct metod_node *scalar, uint64_t *ret);
bool metod_node_real(const struct metod_node *scalar, double *ret);

/* ---- content: YAML to records ---- */
/* Reads a file, or every *.yaml of a folder (in order of names, not below it), by its
 * `kind:` framework, form, paramset or rules into *ret. A file of kind territory in a
 * folder is left alone. Cuts become thousandths, item parameters millionths. METOD_FORMAT
 * when there is an error: *ret then holds what could be read and must not be sent. */
METOD_MUST_CHECK enum metod_err metod_conf_load_dir(const char *path,
    struct metod_arena *arena, struct metod_form_load_req *ret,
    struct metod_issues *issues);
/* The same for the bytes of one file; adds to *ret, which starts as zero. */
METOD_MUST_CHECK enum metod_err metod_conf_load_text(const char *file,
    struct metod_str bytes, struct metod_arena *arena, struct metod_form_load_req *ret,
    struct metod_issues *issues);

/* Rules of content, of a folder or of one *.yaml or activities.csv: references,
 * completeness, wording of items, dates and order of activities. METOD_FORMAT when there
 * is an error (not for warnings). References that leave a single file are not checked; a
 * warning says so. */
METOD_MUST_CHECK enum metod_err metod_conf_check(
    const char *path, struct metod_arena *arena, struct metod_issues *issues);

/* ---- CSV to records ---- */
struct metod_csv {
	const struct metod_desc *desc;
	void *rows; /* array of desc's records: the good rows only */
	size_t n;
	size_t read; /* rows of the file, without header and empty lines */
	char delimiter;
	struct metod_strs columns; /* names of the fields recognised, in file order */
};

/* UTF-8 with or without BOM; comma, semicolon or TAB, told by the header line; quotes of
 * RFC 4180; CRLF or LF. A header cell is a field name, its title in English or through
 * `tr` (NULL: none), or a usual Russian word for it («ФИО»); case, spaces and ё do not
 * matter. Lists in a cell are parted by ';' ',' or '|', words such as positions may be
 * Russian. Line breaks inside a cell become spaces; a cell that looks like a formula is
 * just text. A field `line` gets the line of the row. METOD_FORMAT: the header cannot be
 * used or there are too many rows, none is to be used; METOD_BAD_ROWS: some rows have
 * issues and are left out. The rows do not point into `bytes`. */
METOD_MUST_CHECK enum metod_err metod_csv_read(const char *file, struct metod_str bytes,
    const struct metod_desc *row_desc, const char *(*tr)(const char *msgid),
    struct metod_arena *arena, struct metod_csv *ret, struct metod_issues *issues);

/* ---- CSV of answers, for statistics without a daemon ---- */
struct metod_answers_wanted {
	struct metod_strs items;   /* columns in this order; empty: all but `id` */
	struct metod_strs reverse; /* of these, max + min - answer counts */
	int64_t min, max;          /* answers are whole numbers between these */
	bool guess_min; /* only max - min counts: min is 0 when a 0 is found and 1 when an
			   answer is above max - min; anything else is an issue */
};
struct metod_answers_csv {
	struct metod_strs ids;   /* of the rows; the number of the row when there is no
				    column `id` */
	struct metod_strs names; /* of the items */
	int64_t min;
	int8_t *values; /* ids.n x names.n, from 0; -1 where the cell is empty or NA */
};
/* One respondent a row under a header, delimiters as in metod_csv_read; a first column
 * named `id` is the key and must differ from row to row. METOD_FORMAT with issues. */
METOD_MUST_CHECK enum metod_err metod_csv_answers(const char *file,
    struct metod_str bytes, const struct metod_answers_wanted *wanted,
    struct metod_arena *arena, struct metod_answers_csv *ret,
    struct metod_issues *issues);

/* ---- a matching as CSV files, for solving without a daemon ---- */
struct metod_solve_pair {
	uint32_t mentor;
	int16_t score; /* 0..10000 */
	bool running;
};
/* Everything in order of ids, so that the order of rows does not matter. The ids point
 * into the files: let go by metod_solve_files_done. */
struct metod_solve_files {
	size_t n, m; /* mentees, mentors */
	struct metod_str *mentee_id, *mentor_id;
	unsigned *tier;     /* of each mentee, 1..3 */
	uint32_t *capacity; /* of each mentor */
	uint32_t *start;    /* pairs of mentee i: start[i] .. start[i + 1] - 1 */
	struct metod_solve_pair *pair; /* by mentor */
	uint64_t digest; /* of the content, the same for any order of rows */
	struct metod_str mapped[3];
};
/* mentees.csv (id, tier), mentors.csv (id, capacity) and pairs.csv (mentee, mentor,
 * score, running) of a folder. METOD_FORMAT with issues; nothing is held then. */
METOD_MUST_CHECK enum metod_err metod_solve_files_read(const char *dir,
    struct metod_arena *arena, struct metod_solve_files *ret,
    struct metod_issues *issues);
void metod_solve_files_done(struct metod_solve_files *files);

/* ---- an order of programmes as CSV files (core's metod_dpo_order, with ids) ---- */
struct metod_order_candidate {
	int64_t fixed;
	uint32_t min, max, groups;
};
struct metod_order_benefit {
	uint32_t candidate;
	int32_t benefit;
	size_t line;
};
/* In order of ids, which point into the files: let go by metod_order_files_done. */
struct metod_order_files {
	size_t n, m; /* teachers, candidates */
	struct metod_str *teacher_id, *candidate_id;
	struct metod_order_candidate *candidate;
	uint32_t *limit; /* programmes of each teacher */
	uint32_t *start; /* benefits of teacher i: start[i] .. start[i + 1] - 1 */
	struct metod_order_benefit *benefit; /* by candidate */
	struct metod_str mapped[3];
};
/* candidates.csv (id, fixed, min, max, groups_max), teachers.csv (id, limit) and
 * benefits.csv (teacher, candidate, benefit) of a folder. METOD_FORMAT with issues;
 * nothing is held then. */
METOD_MUST_CHECK enum metod_err metod_order_files_read(const char *dir,
    struct metod_arena *arena, struct metod_order_files *ret,
    struct metod_issues *issues);
void metod_order_files_done(struct metod_order_files *files);

/* ---- routes as CSV files, for solving without a daemon ---- */
struct metod_route_person {
	uint32_t minutes, weekly; /* in all and a week */
	int32_t week_from, week_to;
	unsigned formats;              /* bit i: word i of METOD_WORDS_FORMAT; 0: any */
	struct metod_str municipality; /* empty: none */
};
struct metod_route_work {
	uint32_t minutes;
	unsigned formats;
	struct metod_str kind;
};
struct metod_route_group {
	uint32_t work; /* number of the activity */
	uint32_t weekly;
	int32_t week_from, week_to;
	struct metod_str municipality; /* empty: anywhere */
};
/* One row about two things: a teacher's need of a competency, an activity's gain on one,
 * an activity and one that comes before it. */
struct metod_route_link {
	uint32_t of, to;
	int32_t value; /* need or gain, per mille */
	bool wish;
	size_t line;
};
struct metod_route_links {
	struct metod_route_link *p; /* by of and to, each once */
	size_t n, room;
	size_t *start; /* those of i: start[i] .. start[i + 1] - 1 */
};
/* Everything in order of ids, so that the order of rows does not matter. Texts point into
 * the files: let go by metod_route_files_done. */
struct metod_route_files {
	size_t teachers, activities, sessions;
	struct metod_str *teacher_id, *activity_id, *session_id;
	struct metod_route_person *teacher;
	struct metod_route_work *activity;
	struct metod_route_group *session;
	struct metod_route_links needs, gains, before;
	struct metod_str mapped[6];
};
/* teachers.csv, activities.csv, sessions.csv, needs.csv, gains.csv and prerequisites.csv
 * of a folder (docs/optimisation.md). METOD_FORMAT with issues; nothing is held then. */
METOD_MUST_CHECK enum metod_err metod_route_files_read(const char *dir,
    struct metod_arena *arena, struct metod_route_files *ret,
    struct metod_issues *issues);
void metod_route_files_done(struct metod_route_files *files);

/* What proves a matching: settings, pairs and prices, as a CSV file with the columns kind
 * (setting, pair, price), name and value, so that a spreadsheet can check it too. */
struct metod_solve_certificate {
	int64_t fairness, continuity, scale, objective;
	int64_t outside[4]; /* of tiers 1..3 */
	uint64_t digest;    /* of the files it was made from */
	int32_t *mate;      /* mentor of each mentee, -1: none */
	int64_t *price;     /* of each mentor, in 1/scale points */
};
METOD_MUST_CHECK enum metod_err metod_solve_certificate_read(const char *path,
    const struct metod_solve_files *files, struct metod_arena *arena,
    struct metod_solve_certificate *ret, struct metod_issues *issues);
void metod_solve_certificate_write(const struct metod_solve_files *files,
    const struct metod_solve_certificate *certificate, struct metod_buf *out);
