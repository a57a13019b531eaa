/* SPDX-License-Identifier: Apache-2.0
 * Changes of content in a methodist's words: which object, which item, what it was and
 * what it is, between words; and at the end whether results may be compared. */
#include "diff.h"

#include <string.h>
#include <sys/stat.h>

enum { WORDS_MAX = 1200, INDENT = 2, DEEP = 6 };

/* ---- between words ---- */

static size_t split(struct metod_str text, struct metod_str *words)
{
	size_t n = 0;

	while (text.n && n < WORDS_MAX) {
		struct metod_str word = metod_str_cut(&text, ' ');

		if (word.n)
			words[n++] = word;
	}
	return n;
}

struct words {
	struct metod_str *before, *after;
	size_t before_n, after_n;
	uint16_t *common; /* of the rest from (i, j) on: longest common run of words */
};

static uint16_t *cell(const struct words *w, size_t i, size_t j)
{
	return &w->common[i * (w->after_n + 1) + j];
}

static void compare(struct metod_cli *cli, struct words *w)
{
	w->common =
	    METOD_NEWS(cli->arena, (w->before_n + 1) * (w->after_n + 1), uint16_t);
	for (size_t i = w->before_n; i-- > 0;) {
		for (size_t j = w->after_n; j-- > 0;) {
			uint16_t down = *cell(w, i + 1, j), right = *cell(w, i, j + 1);

			if (metod_str_eq(w->before[i], w->after[j]))
				*cell(w, i, j) = (uint16_t)(*cell(w, i + 1, j + 1) + 1);
			else
				*cell(w, i, j) = down > right ? down : right;
		}
	}
}

enum side { BOTH, GONE, CAME };

/* Opens and closes the brackets around words of one side. */
static void turn(
    struct metod_cli *cli, enum side *now, enum side next, struct metod_buf *out)
{
	static const char *const opened[] = {"", "[-", "{+"},
				 *const closed[] = {"", "-]", "+}"};
	static const char *const painted[] = {"", "\033[31m", "\033[32m"};

	if (*now == next) {
		metod_buf_z(out, out->n ? " " : "");
		return;
	}
	metod_buf_z(out, closed[*now]);
	if (cli->color && *now != BOTH)
		metod_buf_z(out, "\033[0m");
	metod_buf_z(out, out->n ? " " : "");
	if (cli->color)
		metod_buf_z(out, painted[next]);
	metod_buf_z(out, opened[next]);
	*now = next;
}

struct metod_str metod_cli_word_diff(
    struct metod_cli *cli, struct metod_str before, struct metod_str after)
{
	struct words w = {METOD_NEWS(cli->arena, WORDS_MAX, struct metod_str),
	    METOD_NEWS(cli->arena, WORDS_MAX, struct metod_str), 0, 0, NULL};
	struct metod_buf out = {0};
	struct metod_str text;
	enum side now = BOTH;
	size_t i = 0, j = 0;

	w.before_n = split(before, w.before);
	w.after_n = split(after, w.after);
	compare(cli, &w);
	while (i < w.before_n || j < w.after_n) {
		enum side next = j == w.after_n                  ? GONE
		    : i == w.before_n                            ? CAME
		    : metod_str_eq(w.before[i], w.after[j])      ? BOTH
		    : *cell(&w, i + 1, j) >= *cell(&w, i, j + 1) ? GONE
								 : CAME;

		turn(cli, &now, next, &out);
		metod_buf_str(&out, next == CAME ? w.after[j] : w.before[i]);
		i += next != CAME;
		j += next != GONE;
	}
	turn(cli, &now, BOTH, &out);
	text = metod_arena_str(cli->arena, metod_str_trim(metod_buf_view(&out)));
	metod_buf_done(&out);
	return text;
}

/* ---- text ---- */

static const struct {
	const char *change, *sign;
} signs[] = {{"added", "+"}, {"removed", "-"}, {"reworded", "~"}, {"changed", "~"},
    {"moved", "^"}};

static const char *sign_of(struct metod_str change)
{
	for (size_t i = 0; i < METOD_LEN(signs); i++) {
		if (metod_str_is(change, signs[i].change))
			return signs[i].sign;
	}
	return " ";
}

/* The values: between words for texts, with an arrow for the rest. */
static struct metod_str values(struct metod_cli *cli, const struct metod_cli_change *row)
{
	if (metod_str_is(row->change, "reworded"))
		return metod_cli_word_diff(cli, row->before, row->after);
	if (metod_str_is(row->change, "added") || metod_str_is(row->change, "removed"))
		return row->before.n ? row->before : row->after;
	return metod_arena_printf(cli->arena, "%.*s → %.*s",
	    METOD_FMT(row->before.n ? row->before : METOD_STR("—")),
	    METOD_FMT(row->after.n ? row->after : METOD_STR("—")));
}

/* "SUB-1 (teacher)", "Level words 1": the item, and its list where people would not know
 * it. */
static void put_item(
    struct metod_cli *cli, const struct metod_cli_change *row, struct metod_buf *line)
{
	struct metod_str rest = row->item, dot = METOD_STR(" · ");
	bool known = metod_str_is(row->list, "items") || metod_str_is(row->list, "texts");
	size_t at = 0;

	if (row->list_title.n && !known)
		metod_buf_printf(line, " %s",
		    metod_cli_tr(cli, metod_arena_z(cli->arena, row->list_title)));
	while (at + dot.n <= rest.n && memcmp(rest.p + at, dot.p, dot.n) != 0)
		at++;
	if (at + dot.n > rest.n) {
		metod_buf_printf(line, "%s%.*s", rest.n ? " " : "", METOD_FMT(rest));
		return;
	}
	metod_buf_printf(line, " %.*s (%s)", (int)at, rest.p,
	    metod_cli_word(
		cli, (struct metod_str){rest.p + at + dot.n, rest.n - at - dot.n}));
}

static void show_change(
    struct metod_cli *cli, const struct metod_cli_change *row, struct metod_buf *out)
{
	struct metod_str value = values(cli, row);
	struct metod_buf line = {0};

	metod_buf_z(&line, sign_of(row->change));
	put_item(cli, row, &line);
	metod_buf_printf(
	    &line, "%s%s", line.n > 1 ? " — " : " ", metod_cli_word(cli, row->change));
	if (row->title.n)
		metod_buf_printf(&line, ": %s",
		    metod_cli_tr(cli, metod_arena_z(cli->arena, row->title)));
	if (row->lang.n)
		metod_buf_printf(&line, " (%.*s)", METOD_FMT(row->lang));
	metod_cli_wrap(out, metod_buf_view(&line), INDENT, cli->width);
	metod_cli_wrap(out, value, DEEP, cli->width);
	metod_buf_done(&line);
}

static bool same_object(
    const struct metod_cli_change *one, const struct metod_cli_change *other)
{
	return metod_str_eq(one->kind, other->kind) && metod_str_eq(one->id, other->id);
}

/* How many of each kind, in the order of the signs: "+ 2, - 1, ~ 3". */
static void heading(struct metod_cli *cli, const struct metod_cli_change *rows, size_t n,
    struct metod_buf *out)
{
	const char *sep = ": ";
	struct metod_buf line = {0};

	metod_buf_printf(
	    &line, "%s %.*s", metod_cli_word(cli, rows->kind), METOD_FMT(rows->id));
	for (size_t s = 0; s < METOD_LEN(signs); s++) {
		size_t count = 0;

		for (size_t i = 0; i < n && same_object(rows, &rows[i]); i++)
			count += metod_str_is(rows[i].change, signs[s].change);
		if (count) {
			metod_buf_printf(&line, "%s%s %zu", sep,
			    metod_cli_word(cli, metod_str(signs[s].change)), count);
			sep = ", ";
		}
	}
	metod_buf_printf(out, "%s\n",
	    metod_cli_paint(
		cli, METOD_CLI_TITLE, metod_arena_z(cli->arena, metod_buf_view(&line))));
	metod_buf_done(&line);
}

static void verdict(
    struct metod_cli *cli, const struct metod_cli_changes *changes, struct metod_buf *out)
{
	static const struct {
		const char *word, *text; /* msgid */
		enum metod_cli_tone tone;
	} verdicts[] = {
	    {"yes", "Results stay comparable.", METOD_CLI_GOOD},
	    {"care", "Results may be compared with care:", METOD_CLI_CARE},
	    {"no", "Results can no longer be compared:", METOD_CLI_BAD},
	};

	metod_buf_byte(out, '\n');
	for (size_t i = 0; i < METOD_LEN(verdicts); i++) {
		if (metod_str_is(changes->comparable, verdicts[i].word))
			metod_buf_printf(out, "%s\n",
			    metod_cli_paint(cli, verdicts[i].tone,
				metod_cli_tr(cli, verdicts[i].text)));
	}
	for (size_t i = 0; i < changes->reasons.n; i++) {
		struct metod_str line = metod_arena_printf(cli->arena, "- %s",
		    metod_cli_tr(cli, metod_arena_z(cli->arena, changes->reasons.p[i])));

		metod_cli_wrap(out, line, INDENT, cli->width);
	}
}

void metod_cli_show_changes(
    struct metod_cli *cli, const struct metod_cli_changes *changes, struct metod_buf *out)
{
	const struct metod_cli_change *rows = changes->rows.p;

	if (changes->same) {
		metod_buf_printf(out, "%s\n", metod_cli_tr(cli, "Nothing changed."));
		return;
	}
	for (size_t i = 0; i < changes->rows.n; i++) {
		if (i == 0 || !same_object(&rows[i - 1], &rows[i])) {
			metod_buf_z(out, i ? "\n" : "");
			heading(cli, &rows[i], changes->rows.n - i, out);
		}
		show_change(cli, &rows[i], out);
	}
	verdict(cli, changes, out);
}

/* ---- the command ---- */

/* A workbook is for people: what programs read as msgids is translated there. */
static void translate(struct metod_cli *cli, struct metod_cli_changes *changes)
{
	for (size_t i = 0; i < changes->reasons.n; i++)
		changes->reasons.p[i] = metod_str(
		    metod_cli_tr(cli, metod_arena_z(cli->arena, changes->reasons.p[i])));
	for (size_t i = 0; i < changes->rows.n; i++) {
		struct metod_str *title = &changes->rows.p[i].title;

		*title = metod_str(metod_cli_tr(cli, metod_arena_z(cli->arena, *title)));
	}
}

static bool ends_in(const char *path, const char *end)
{
	size_t n = strlen(path), m = strlen(end);

	return n > m && strcmp(path + n - m, end) == 0;
}

static enum metod_err read_catalogue(struct metod_cli *cli, const char *path,
    struct metod_cli_content *ret, struct metod_issues *issues)
{
	struct metod_csv csv = {0};
	struct metod_str bytes;
	enum metod_err e = metod_cli_read_file(cli, path, &bytes);

	if (!e)
		e = metod_csv_read(path, bytes, &metod_activity_row_desc,
		    metod_cli_translator(cli), cli->arena, &csv, issues);
	ret->activity.p = csv.rows;
	ret->activity.n = csv.n;
	return e;
}

/* A file or a folder; a folder may hold the catalogue too. */
static enum metod_err read_content(
    struct metod_cli *cli, const char *path, struct metod_cli_content *ret)
{
	struct metod_issues issues = metod_cli_issues(cli);
	struct metod_form_load_req req = {0};
	const char *catalogue = path;
	enum metod_err e = METOD_OK;
	struct stat there;
	bool csv = ends_in(path, ".csv");

	if (!csv) {
		e = metod_conf_load_dir(path, cli->arena, &req, &issues);
		catalogue = metod_arena_printf(cli->arena, "%s/activities.csv", path).p;
	}
	ret->framework = req.framework;
	memcpy(&ret->form, &req.forms, sizeof(ret->form));
	memcpy(&ret->paramset, &req.paramsets, sizeof(ret->paramset));
	memcpy(&ret->rules, &req.rules, sizeof(ret->rules));
	if (!e && (csv || stat(catalogue, &there) == 0))
		e = read_catalogue(cli, catalogue, ret, &issues);
	metod_cli_say_issues(cli, &issues);
	if (e && issues.errors)
		return metod_fail(&cli->error, e == METOD_NOT_FOUND ? e : METOD_BAD_ROWS,
		    path, "the file cannot be used");
	return e;
}

int metod_cli_run_form_diff(struct metod_cli *cli)
{
	struct metod_cli_content before = {0}, after = {0};
	struct metod_cli_changes changes;
	struct metod_buf out = {0};
	int status;

	if (metod_cli_required(cli) ||
	    read_content(cli, metod_cli_option_of(cli, "old"), &before) ||
	    read_content(cli, metod_cli_option_of(cli, "new"), &after))
		return metod_cli_fail(cli);
	metod_cli_diff(cli, &before, &after, &changes);
	if (cli->sheet)
		translate(cli, &changes);
	if (cli->sheet || cli->output != METOD_OUT_TEXT || cli->fields.n) {
		status = metod_cli_show(cli, &metod_cli_changes_desc, &changes);
	} else {
		metod_cli_show_changes(cli, &changes, &out);
		status = metod_cli_put(cli, &out);
		metod_buf_done(&out);
	}
	return status || changes.same ? status : metod_err_exit(METOD_CONFLICT);
}
