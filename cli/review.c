/* SPDX-License-Identifier: Apache-2.0
 * Review sheets: the content of a folder as tables that a methodical council reads,
 * writes its remarks into and signs. A workbook with -o xlsx, else HTML for A4. Reads the
 * files as trees, so a kind that the daemon does not store is shown like the others. */
#include <dirent.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "metod/conf.h"
#include "metod/doc.h"

enum {
	FILES_MAX = 100,
	ROWS_MAX = 4000,
	COLUMNS_MAX = 14,
	SHEETS_MAX = 10,
};

struct review_file {
	const char *name;
	const struct metod_node *root;
	struct metod_str kind;
	struct metod_str sum; /* SHA-256, as sha256sum prints it */
};
struct review {
	struct metod_cli *cli;
	struct review_file files[FILES_MAX];
	size_t n;
	const struct metod_node *framework;
	struct metod_grid grids[SHEETS_MAX];
	size_t grids_n;
};

/* ---- the files ---- */

static int by_name(const void *a, const void *b)
{
	return strcmp(
	    ((const struct review_file *)a)->name, ((const struct review_file *)b)->name);
}

static bool ends_in(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n > m && strcmp(text + n - m, end) == 0;
}

/* Who signs can compare it with the file that is in use, by any program. */
static struct metod_str sha256(struct metod_str bytes, struct metod_arena *arena)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	char *hex = metod_arena_alloc(arena, 2 * sizeof(hash) + 1);

	crypto_hash_sha256(hash, (const unsigned char *)bytes.p, bytes.n);
	sodium_bin2hex(hex, 2 * sizeof(hash) + 1, hash, sizeof(hash));
	return metod_str(hex);
}

static enum metod_err read_one(struct review *r, const char *folder,
    struct review_file *file, struct metod_issues *issues)
{
	struct metod_arena *arena = r->cli->arena;
	const char *path = metod_arena_printf(arena, "%s/%s", folder, file->name).p;
	struct metod_str bytes;
	struct metod_node *root = NULL;
	enum metod_err e = metod_file_read(path, arena, &bytes, issues);

	if (e)
		return e;
	file->sum = sha256(bytes, arena);
	if (ends_in(file->name, ".yaml"))
		e = metod_yaml_parse(path, bytes, arena, &root, issues);
	file->root = root;
	file->kind = metod_node_text(metod_node_get(root, "kind"));
	if (metod_str_is(file->kind, "framework"))
		r->framework = root;
	return e;
}

static enum metod_err read_folder(
    struct review *r, const char *folder, struct metod_issues *issues)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;
	enum metod_err e = METOD_OK;

	if (!dir)
		return metod_fail(&r->cli->error, METOD_NOT_FOUND, folder,
		    "a folder with the content is needed");
	while (r->n < FILES_MAX && (entry = readdir(dir))) {
		if (entry->d_name[0] != '.' &&
		    (ends_in(entry->d_name, ".yaml") ||
			strcmp(entry->d_name, "activities.csv") == 0))
			r->files[r->n++].name =
			    metod_arena_strz(r->cli->arena, entry->d_name).p;
	}
	closedir(dir);
	qsort(r->files, r->n, sizeof(*r->files), by_name);
	for (size_t i = 0; i < r->n && !e; i++)
		e = read_one(r, folder, &r->files[i], issues);
	return e;
}

/* ---- cells ---- */

static const char *tr(const struct review *r, const char *msgid)
{
	return metod_cli_tr(r->cli, msgid);
}

static struct metod_grid *sheet(
    struct review *r, const char *title, const char *const *columns, size_t n)
{
	struct metod_grid *grid = &r->grids[r->grids_n++];

	*grid = (struct metod_grid){tr(r, title), n, 1, true,
	    METOD_NEWS(r->cli->arena, (ROWS_MAX + 1) * n, struct metod_grid_cell)};
	for (size_t i = 0; i < n; i++)
		grid->cells[i] = metod_cell_text(metod_str(tr(r, columns[i])));
	return grid;
}

#define SHEET(r, title, ...)                                                             \
	sheet(r, title, (const char *const[]){__VA_ARGS__},                              \
	    METOD_LEN(((const char *const[]){__VA_ARGS__})))

/* The cells of a new row; the last row again when there is no room. */
static struct metod_grid_cell *row(struct metod_grid *grid)
{
	if (grid->rows <= ROWS_MAX)
		grid->rows++;
	return &grid->cells[(grid->rows - 1) * grid->columns];
}

static struct metod_grid_cell cell(struct metod_str text)
{
	return metod_cell_text(text);
}

static struct metod_str text_of(const struct metod_node *map, const char *key)
{
	return metod_node_text(metod_node_get(map, key));
}

/* `key` of the map in the language of the client, else what is there. */
static struct metod_str word(
    const struct review *r, const struct metod_node *map, const char *key)
{
	const struct metod_node *node = key ? metod_node_get(map, key) : map;
	struct metod_str en = text_of(node, "en"), ru = text_of(node, "ru");

	return r->cli->lang == METOD_EN && en.n ? en : ru;
}

static struct metod_str token(const struct review *r, struct metod_str word)
{
	const char *msgid =
	    metod_arena_printf(r->cli->arena, "token:%.*s", METOD_FMT(word)).p;
	const char *text = tr(r, msgid);

	return strcmp(text, msgid) == 0 ? word : metod_str(text);
}

/* Fixed words are translated, other texts stay. */
static struct metod_str joined(const struct review *r, const struct metod_node *list)
{
	struct metod_str out = METOD_STR("");

	for (const struct metod_node *one = metod_node_first(list); one; one = one->next)
		out = metod_arena_printf(r->cli->arena, "%.*s%s%.*s", METOD_FMT(out),
		    out.n ? ", " : "", METOD_FMT(token(r, metod_node_text(one))));
	return out;
}

static struct metod_str competency_name(const struct review *r, struct metod_str id)
{
	const struct metod_node *one =
	    metod_node_first(metod_node_get(r->framework, "competencies"));

	for (; one; one = one->next) {
		if (metod_str_eq(text_of(one, "id"), id))
			return word(r, one, NULL);
	}
	return id;
}

/* ---- the sheets ---- */

static void add_files(struct review *r)
{
	struct metod_grid *grid = SHEET(r, "Files and signatures", "File", "Kind", "Id",
	    "Version", "Checksum (SHA-256)");

	for (size_t i = 0; i < r->n; i++) {
		const struct review_file *file = &r->files[i];
		struct metod_grid_cell *to = row(grid);

		to[0] = cell(metod_str(file->name));
		to[1] = cell(file->kind);
		to[2] = cell(text_of(file->root, "id"));
		to[3] = cell(text_of(file->root, "version"));
		to[4] = cell(file->sum);
	}
	row(grid);
	static const char *const lines[] = {"Looked through by (name, position)",
	    "Decision of the council (number, date)", "Signature"};
	for (size_t i = 0; i < METOD_LEN(lines); i++) {
		struct metod_grid_cell *to = row(grid);
		to[0] = cell(metod_str(tr(r, lines[i])));
		to[1] = cell(METOD_STR("____________________"));
	}
}

static void add_levels(
    const struct review *r, const struct metod_node *list, struct metod_grid_cell to[4])
{
	const struct metod_node *level = metod_node_first(list);

	for (size_t i = 0; level && i < 4; i++, level = level->next)
		to[i] = cell(word(r, level, NULL));
}

static void add_competencies(struct review *r)
{
	struct metod_grid *grid =
	    SHEET(r, "Competencies", "Id", "Competency", "Labour functions", "Observable",
		"0", "1", "2", "3", "Agreed (yes, no)", "Remark");
	const struct metod_node *one =
	    metod_node_first(metod_node_get(r->framework, "competencies"));
	struct metod_grid_cell *to = row(grid);

	to[1] = cell(metod_str(tr(r, "Answers")));
	add_levels(r, metod_node_get(r->framework, "scale"), to + 4);
	to = row(grid);
	to[1] = cell(metod_str(tr(r, "Words of the result")));
	add_levels(r, metod_node_get(r->framework, "level_words"), to + 4);
	for (; one; one = one->next) {
		bool seen = metod_str_is(text_of(one, "observable"), "true");

		to = row(grid);
		to[0] = cell(text_of(one, "id"));
		to[1] = cell(word(r, one, NULL));
		to[2] = cell(joined(r, metod_node_get(one, "functions")));
		to[3] = cell(metod_str(tr(r, seen ? "yes" : "no")));
		add_levels(r, metod_node_get(one, "levels"), to + 4);
	}
}

/* One line for each wording of each question. */
static void add_items(
    struct review *r, struct metod_grid *grid, const struct review_file *file)
{
	const struct metod_node *item =
	    metod_node_first(metod_node_get(file->root, "items"));

	for (; item; item = item->next) {
		const struct metod_node *wording =
		    metod_node_first(metod_node_get(file->root, "wordings"));

		for (; wording; wording = wording->next) {
			struct metod_str key = text_of(wording, "key");
			const struct metod_node *text = metod_node_get(item, key.p);
			struct metod_grid_cell *to = row(grid);

			to[0] = cell(text_of(file->root, "id"));
			to[1] = cell(text_of(item, "id"));
			to[2] = cell(competency_name(r, text_of(item, "competency")));
			to[3] = cell(joined(r, metod_node_get(wording, "positions")));
			to[4] = cell(text_of(text, "ru"));
			to[5] = cell(text_of(text, "en"));
		}
	}
}

static void add_questions(struct review *r)
{
	static const char *const kinds[] = {"form", "second_stage"};
	struct metod_grid *grid =
	    SHEET(r, "Questions and wordings", "Form", "Id", "Competency", "Positions",
		"In Russian", "In English", "Agreed (yes, no)", "Remark");

	for (size_t k = 0; k < METOD_LEN(kinds); k++) {
		for (size_t i = 0; i < r->n; i++) {
			if (metod_str_is(r->files[i].kind, kinds[k]))
				add_items(r, grid, &r->files[i]);
		}
	}
}

static void add_indicators(struct review *r)
{
	struct metod_grid *grid =
	    SHEET(r, "Observation", "Id", "Competency", "In a lesson", "In kindergarten",
		"Evidence line", "Agreed (yes, no)", "Remark");

	for (size_t i = 0; i < r->n; i++) {
		const struct metod_node *one =
		    metod_node_first(metod_node_get(r->files[i].root, "items"));

		if (!metod_str_is(r->files[i].kind, "observation"))
			continue;
		for (; one; one = one->next) {
			struct metod_grid_cell *to = row(grid);

			to[0] = cell(text_of(one, "id"));
			to[1] = cell(competency_name(r, text_of(one, "competency")));
			to[2] = cell(word(r, one, "lesson"));
			to[3] = cell(word(r, one, "kindergarten"));
			to[4] = cell(word(r, one, "evidence"));
		}
	}
}

static struct metod_str choices_of(const struct review *r,
    const struct metod_node *section, const struct metod_node *question)
{
	const struct metod_node *list = metod_node_get(question, "choices");
	const struct metod_node *one;
	struct metod_str type = text_of(question, "type"), out = METOD_STR("");

	if (!list && (metod_str_is(type, "choice") || metod_str_is(type, "several")))
		list = metod_node_get(section, "choices");
	for (one = metod_node_first(list); one; one = one->next)
		out = metod_arena_printf(r->cli->arena, "%.*s%s%.*s", METOD_FMT(out),
		    out.n ? " / " : "", METOD_FMT(word(r, one, "text")));
	return out;
}

static void add_card(
    struct review *r, struct metod_grid *grid, const struct metod_node *card)
{
	const struct metod_node *section =
	    metod_node_first(metod_node_get(card, "sections"));

	for (; section; section = section->next) {
		const struct metod_node *one =
		    metod_node_first(metod_node_get(section, "questions"));

		for (; one; one = one->next) {
			struct metod_grid_cell *to = row(grid);

			to[0] = cell(word(r, card, "title"));
			to[1] = cell(word(r, section, "title"));
			to[2] = cell(word(r, one, "text"));
			to[3] = cell(choices_of(r, section, one));
		}
	}
}

static void add_cards(struct review *r)
{
	struct metod_grid *grid = SHEET(r, "Cards without a score", "Card", "Section",
	    "Question", "Choices", "Agreed (yes, no)", "Remark");

	for (size_t i = 0; i < r->n; i++) {
		if (metod_str_is(r->files[i].kind, "card"))
			add_card(r, grid, r->files[i].root);
	}
}

static struct metod_str more_conditions(
    const struct review *r, const struct metod_node *rule, struct metod_str out)
{
	static const struct {
		const char *key, *phrase;
	} all[] = {
	    {"answers_from", "%.*s; from %.*s answers"},
	    {"answers_to", "%.*s; up to %.*s answers"},
	    {"coverage_below", "%.*s; fewer than %.*s %% of those invited answered"},
	};
	struct metod_str trend = text_of(rule, "trend");

	for (size_t i = 0; i < METOD_LEN(all); i++) {
		struct metod_str value = text_of(rule, all[i].key);
		if (value.n)
			out = metod_arena_printf(r->cli->arena, tr(r, all[i].phrase),
			    METOD_FMT(out), METOD_FMT(value));
	}
	if (trend.n)
		out = metod_arena_printf(r->cli->arena, "%.*s; %.*s", METOD_FMT(out),
		    METOD_FMT(token(r, trend)));
	return out;
}

/* "from notable or 25 people; school, small_school; mentors are short" */
static struct metod_str condition(const struct review *r, const struct metod_node *rule)
{
	struct metod_str class = text_of(rule, "min_class");
	struct metod_str people = text_of(rule, "people");
	struct metod_str context = joined(r, metod_node_get(rule, "context"));
	const char *shown = metod_str_is(class, "few") ? tr(r, "from a few")
	    : metod_str_is(class, "notable")           ? tr(r, "from a quarter")
						       : tr(r, "from a half");
	struct metod_str out = metod_str(shown);

	if (people.n)
		out = metod_arena_printf(r->cli->arena, tr(r, "%.*s or %.*s people"),
		    METOD_FMT(out), METOD_FMT(people));
	if (context.n)
		out = metod_arena_printf(
		    r->cli->arena, "%.*s; %.*s", METOD_FMT(out), METOD_FMT(context));
	if (metod_str_is(text_of(rule, "shortage"), "true"))
		out = metod_arena_printf(r->cli->arena, "%.*s; %s", METOD_FMT(out),
		    tr(r, "mentors are short"));
	return more_conditions(r, rule, out);
}

static void add_rules(struct review *r)
{
	struct metod_grid *grid = SHEET(r, "Recommendations", "Id", "Audience",
	    "Competency", "Speaks when", "Measure", "Responsible", "Deadline, days",
	    "Evidence", "Acceptance", "Agreed (yes, no)", "Remark");

	for (size_t i = 0; i < r->n; i++) {
		const struct metod_node *one =
		    metod_node_first(metod_node_get(r->files[i].root, "rules"));

		for (; one; one = one->next) {
			struct metod_grid_cell *to = row(grid);

			to[0] = cell(text_of(one, "id"));
			to[1] = cell(token(r, text_of(one, "audience")));
			to[2] = cell(competency_name(r, text_of(one, "competency")));
			to[3] = cell(condition(r, one));
			to[4] = cell(word(r, one, "measure"));
			to[5] = cell(word(r, one, "responsible"));
			to[6] = cell(text_of(one, "deadline_days"));
			to[7] = cell(word(r, one, "evidence"));
			to[8] = cell(word(r, one, "acceptance"));
		}
	}
}

static void add_practices(struct review *r)
{
	struct metod_grid *grid = SHEET(r, "Practices", "Id", "Competency", "Title",
	    "Who did it", "What was done", "What changed, how it is known", "First step",
	    "Agreed (yes, no)", "Remark");

	for (size_t i = 0; i < r->n; i++) {
		const struct metod_node *one =
		    metod_node_first(metod_node_get(r->files[i].root, "practices"));

		for (; one; one = one->next) {
			struct metod_grid_cell *to = row(grid);

			to[0] = cell(text_of(one, "id"));
			to[1] = cell(competency_name(r, text_of(one, "competency")));
			to[2] = cell(word(r, one, "title"));
			to[3] = cell(word(r, one, "author"));
			to[4] = cell(word(r, one, "done"));
			to[5] = cell(word(r, one, "change"));
			to[6] = cell(word(r, one, "first_step"));
		}
	}
}

static struct metod_str tokens(const struct review *r, struct metod_strs list)
{
	struct metod_str out = METOD_STR("");

	for (size_t i = 0; i < list.n; i++)
		out = metod_arena_printf(r->cli->arena, "%.*s%s%.*s", METOD_FMT(out),
		    i ? ", " : "", METOD_FMT(token(r, list.p[i])));
	return out;
}

static void fill_activity(const struct review *r, const struct metod_activity_row *a,
    struct metod_grid_cell *to)
{
	bool english = r->cli->lang == METOD_EN && a->title_en.n;

	to[0] = cell(a->code);
	to[1] = cell(english ? a->title_en : a->title);
	to[2] = cell(token(r, a->kind));
	to[3] = metod_cell_number((double)a->hours);
	to[4] = cell(token(r, a->format));
	to[5] = cell(a->gains);
	to[6] = cell(tokens(r, a->positions));
	to[7] = metod_cell_number((double)a->seats);
	to[9] = cell(a->provider);
	to[10] = cell(a->tag);
}

/* Further sessions of one activity add their dates to its line. */
static void add_activities(struct review *r, const struct metod_csv *csv)
{
	struct metod_grid *grid = SHEET(r, "Activities", "Code", "Title", "Kind", "Hours",
	    "Format", "Gains", "Positions", "Seats", "From", "Provider",
	    "National project tag", "Agreed (yes, no)", "Remark");
	const struct metod_activity_row *rows = csv->rows;
	struct metod_grid_cell *to = NULL;

	for (size_t i = 0; i < csv->n; i++) {
		char start[24] = "";

		if (rows[i].start != METOD_NIL)
			metod_date_format(rows[i].start, start);
		if (i == 0 || !metod_str_eq(rows[i].code, rows[i - 1].code)) {
			to = row(grid);
			fill_activity(r, &rows[i], to);
			to[8] = cell(metod_arena_strz(r->cli->arena, start));
		} else {
			to[8] = cell(metod_arena_printf(
			    r->cli->arena, "%.*s, %s", METOD_FMT(to[8].text), start));
		}
	}
}

static enum metod_err add_catalogue(
    struct review *r, const char *folder, struct metod_issues *issues)
{
	const char *path =
	    metod_arena_printf(r->cli->arena, "%s/activities.csv", folder).p;
	struct metod_str bytes;
	struct metod_csv csv;
	enum metod_err e = METOD_OK;

	for (size_t i = 0; i < r->n && !e; i++) {
		if (strcmp(r->files[i].name, "activities.csv") != 0)
			continue;
		e = metod_file_read(path, r->cli->arena, &bytes, issues);
		if (!e)
			e = metod_csv_read(path, bytes, &metod_activity_row_desc, NULL,
			    r->cli->arena, &csv, issues);
		if (!e)
			add_activities(r, &csv);
	}
	return e;
}

/* ---- as HTML ---- */

static const char head[] =
    "<meta name=\"viewport\" content=\"width=device-width\">\n<style>\n"
    "@page{size:A4 landscape;margin:10mm}\n"
    "body{font:10pt/1.35 \"PT Sans\",\"Liberation Sans\",Arial,sans-serif;color:#000;"
    "background:#fff;margin:4mm}\n"
    "h1{font-size:15pt}h2{font-size:13pt;break-before:page}h2:first-of-type{break-before:"
    "auto}\n"
    "table{border-collapse:collapse;width:100%}\n"
    "th,td{border:.5pt solid #555;padding:1mm 1.5mm;vertical-align:top;text-align:left;"
    "overflow-wrap:break-word}\n"
    "th{background:#eee}thead{display:table-header-group}tr{break-inside:avoid}\n"
    "</style></head><body>\n";

static void put_cell(
    const struct metod_grid_cell *cell, const char *tag, struct metod_buf *out)
{
	metod_buf_printf(out, "<%s>", tag);
	if (cell->kind == METOD_CELL_NUMBER)
		metod_buf_printf(out, "%.0f", cell->number);
	else
		metod_html_escape(cell->text, out);
	metod_buf_printf(out, "</%s>", tag);
}

static void put_table(const struct metod_grid *grid, struct metod_buf *out)
{
	metod_buf_z(out, "<h2>");
	metod_html_escape(metod_str(grid->title), out);
	metod_buf_z(out, "</h2>\n<table><thead>");
	for (size_t i = 0; i < grid->rows; i++) {
		metod_buf_z(out, "<tr>");
		for (size_t k = 0; k < grid->columns; k++)
			put_cell(&grid->cells[i * grid->columns + k],
			    i ? "td" : "th scope=\"col\"", out);
		metod_buf_z(out, i ? "</tr>\n" : "</tr></thead><tbody>\n");
	}
	metod_buf_z(out, "</tbody></table>\n");
}

static int put_html(struct review *r, const char *title)
{
	struct metod_buf out = {0};
	int status;

	metod_buf_printf(&out,
	    "<!DOCTYPE html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\"><title>%s"
	    "</title>%s<h1>%s</h1>\n",
	    metod_lang_word(r->cli->lang), title, head, title);
	for (size_t i = 0; i < r->grids_n; i++)
		put_table(&r->grids[i], &out);
	metod_buf_z(&out, "</body></html>\n");
	status = metod_cli_put(r->cli, &out);
	metod_buf_done(&out);
	return status;
}

/* ---- the command ---- */

static enum metod_err make_sheets(struct review *r, const char *folder)
{
	struct metod_issues issues = metod_cli_issues(r->cli);
	enum metod_err e = read_folder(r, folder, &issues);

	if (!e && !r->framework)
		e = metod_fail(&r->cli->error, METOD_NOT_FOUND, folder,
		    "there is no framework in this folder");
	if (!e) {
		add_files(r);
		add_competencies(r);
		add_questions(r);
		add_indicators(r);
		add_cards(r);
		e = add_catalogue(r, folder, &issues);
		add_rules(r);
		add_practices(r);
	}
	metod_cli_say_issues(r->cli, &issues);
	if (e && issues.errors)
		metod_fail(
		    &r->cli->error, METOD_BAD_ROWS, folder, "the file cannot be used");
	return e;
}

int metod_cli_run_form_sheets(struct metod_cli *cli)
{
	struct review r = {.cli = cli};
	const char *title = metod_cli_tr(cli, "Content for review");

	if (metod_cli_required(cli) ||
	    make_sheets(&r, metod_cli_option_of(cli, "folder")))
		return metod_cli_fail(cli);
	return cli->sheet ? metod_cli_put_grids(cli, title, r.grids, r.grids_n)
			  : put_html(&r, title);
}
