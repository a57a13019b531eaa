/* SPDX-License-Identifier: Apache-2.0
 * A profile in the terminal: strengths first, every area with its level in words and a
 * strip drawn to scale. The numbers come from the daemon; here they are only placed. */
#include "cli.h"

enum {
	CELLS = 20,       /* of the strip, 0.15 points each */
	SCALE_MAX = 3000, /* thousandths */
	STRIP_WIDTH = CELLS + 3,
	INDENT = 2,
	NUMBER_WIDTH = 3, /* "1,1" */
	RANGE_WIDTH = 7,  /* "0,8–1,3" */
	NAME_MAX = 34,
};

/* Order of the sections; the words are those of the records. */
static const struct {
	const char *state;
	const char *title; /* msgid */
	enum metod_cli_tone tone;
} sections[] = {
    {"ok", "Works already", METOD_CLI_GOOD},
    {"need", "Needs support", METOD_CLI_CARE},
    {"unclear", "Unclear so far", METOD_CLI_TITLE},
    {"no_data", "Not enough data", METOD_CLI_TITLE},
    {"not_in_work", "Not in this work", METOD_CLI_TITLE},
};

static size_t clamp_cell(int64_t cell)
{
	return cell < 0 ? 0 : cell >= CELLS ? CELLS - 1 : (size_t)cell;
}

/* |····■■■■··|··········|: the filled cells are the interval, the inner bar is the
 * cut 1.5. */
static void strip(const struct metod_area *area, struct metod_buf *out)
{
	bool drawn = area->t_lo != METOD_NIL && area->t_hi != METOD_NIL;
	size_t first = CELLS, last = CELLS;

	if (drawn) {
		first = clamp_cell(area->t_lo * CELLS / SCALE_MAX);
		last = clamp_cell((area->t_hi * CELLS + SCALE_MAX - 1) / SCALE_MAX - 1);
	}
	metod_buf_byte(out, '|');
	for (size_t i = 0; i < CELLS; i++) {
		if (i == CELLS / 2)
			metod_buf_byte(out, '|');
		metod_buf_z(out, i >= first && (i <= last || i == first) ? "■" : "·");
	}
	metod_buf_byte(out, '|');
}

static struct metod_str tenths(struct metod_cli *cli, int64_t milli)
{
	return milli == METOD_NIL ? METOD_STR("")
				  : metod_tr_milli(cli->lang, milli, 1, cli->arena);
}

static void numbers(
    struct metod_cli *cli, const struct metod_area *area, struct metod_buf *out)
{
	metod_cli_pad_left(out, tenths(cli, area->t), NUMBER_WIDTH);
	metod_buf_z(out, "  ");
	strip(area, out);
	metod_buf_printf(out, "  %.*s–%.*s", METOD_FMT(tenths(cli, area->t_lo)),
	    METOD_FMT(tenths(cli, area->t_hi)));
}

/* Level in words, why there is no state, and whether the teacher chose the area. */
static struct metod_str remark(struct metod_cli *cli, const struct metod_area *area)
{
	struct metod_str text = area->level_word;

	if (area->reason.n)
		text = metod_arena_printf(cli->arena, "%.*s%s%s", METOD_FMT(text),
		    text.n ? "; " : "", metod_cli_word(cli, area->reason));
	if (area->wanted)
		text = metod_arena_printf(cli->arena, "%.*s%s%s", METOD_FMT(text),
		    text.n ? "; " : "", metod_cli_tr(cli, "I want to work on it"));
	return text;
}

struct columns {
	size_t name;
	bool one_line; /* name, strip and remark fit side by side */
};

static struct columns measure(
    struct metod_cli *cli, const struct metod_area *areas, size_t n)
{
	struct columns columns = {0};
	size_t words = 0;

	for (size_t i = 0; i < n; i++) {
		size_t name = metod_text_width(areas[i].name);
		size_t word = metod_text_width(remark(cli, &areas[i]));

		columns.name = name > columns.name ? name : columns.name;
		words = word > words ? word : words;
	}
	columns.one_line = columns.name <= NAME_MAX &&
	    INDENT + columns.name + 2 + NUMBER_WIDTH + 2 + STRIP_WIDTH + 2 + RANGE_WIDTH +
		    2 + words <=
		cli->width;
	return columns;
}

static void area_row(struct metod_cli *cli, const struct metod_area *area,
    const struct columns *columns, struct metod_buf *out)
{
	struct metod_str words = remark(cli, area);
	bool has_number = area->t != METOD_NIL;

	if (columns->one_line && has_number) {
		metod_buf_z(out, "  ");
		metod_cli_pad(out, area->name, columns->name + 2);
		numbers(cli, area, out);
		metod_buf_printf(out, "  %.*s\n", METOD_FMT(words));
		return;
	}
	if (words.n)
		words = metod_arena_printf(
		    cli->arena, "%.*s: %.*s", METOD_FMT(area->name), METOD_FMT(words));
	else
		words = area->name;
	metod_cli_wrap(out, words, INDENT, cli->width);
	if (has_number) {
		metod_buf_z(out, "    ");
		numbers(cli, area, out);
		metod_buf_byte(out, '\n');
	}
}

/* Marks 0, 1.5 and 3 under the strips. */
static void scale(
    struct metod_cli *cli, const struct columns *columns, struct metod_buf *out)
{
	size_t indent = columns->one_line ? INDENT + columns->name + 2 : 2 * INDENT;

	metod_cli_pad(out, METOD_STR(""), indent + NUMBER_WIDTH + 2);
	metod_cli_pad(out, METOD_STR("0"), CELLS / 2);
	metod_cli_pad(
	    out, metod_tr_milli(cli->lang, SCALE_MAX / 2, 1, cli->arena), CELLS / 2 + 2);
	metod_buf_z(out, "3\n");
}

void metod_cli_areas(struct metod_cli *cli, const struct metod_area *areas, size_t n,
    struct metod_buf *out)
{
	struct columns columns = measure(cli, areas, n);
	bool numbered = false;

	for (size_t section = 0; section < METOD_LEN(sections); section++) {
		bool titled = false;

		for (size_t i = 0; i < n; i++) {
			if (!metod_str_is(areas[i].state, sections[section].state))
				continue;
			if (!titled)
				metod_buf_printf(out, "%s\n",
				    metod_cli_paint(cli, sections[section].tone,
					metod_cli_tr(cli, sections[section].title)));
			titled = true;
			numbered = numbered || areas[i].t != METOD_NIL;
			area_row(cli, &areas[i], &columns, out);
		}
	}
	if (numbered)
		scale(cli, &columns, out);
}

static void opened(
    struct metod_cli *cli, const struct metod_profile_view *view, struct metod_buf *out)
{
	for (size_t i = 0; i < view->grants.n; i++) {
		const struct metod_grant_view *grant = &view->grants.p[i];

		if (grant->revoked != METOD_NIL)
			continue;
		metod_buf_printf(out, "%s %s%s%.*s\n", metod_cli_tr(cli, "Opened:"),
		    metod_cli_word(cli, grant->act), grant->themes.n ? ": " : "",
		    METOD_FMT(metod_cli_join(cli, grant->themes, ", ")));
	}
}

void metod_cli_show_profile(
    struct metod_cli *cli, const void *reply, struct metod_buf *out)
{
	const struct metod_profile_view *view = reply;

	metod_buf_printf(out, "%.*s%s%.*s · %.*s · %.*s\n", METOD_FMT(view->teacher),
	    view->name.n ? " " : "", METOD_FMT(view->name), METOD_FMT(view->wave),
	    METOD_FMT(metod_cli_moment(cli, view->at)));
	metod_buf_printf(out,
	    metod_cli_tr(
		cli, "Works already: %llu · needs support: %llu · unclear: %llu"),
	    (unsigned long long)view->strengths, (unsigned long long)view->needs,
	    (unsigned long long)view->unclear);
	metod_buf_z(out, "\n\n");
	metod_cli_areas(cli, view->rows.p, view->rows.n, out);
	metod_buf_byte(out, '\n');
	if (view->wants.n)
		metod_buf_printf(out, "%s %.*s\n", metod_cli_tr(cli, "Wants to work on:"),
		    METOD_FMT(metod_cli_join(cli, view->wants, ", ")));
	if (view->want_line.n)
		metod_cli_wrap(out, view->want_line, INDENT, cli->width);
	opened(cli, view, out);
	metod_buf_printf(out, "%s %.*s%s%s%s\n", metod_cli_tr(cli, "Parameter set:"),
	    METOD_FMT(view->paramset), view->paramset_label.n ? " (" : "",
	    view->paramset_label.n ? metod_cli_word(cli, view->paramset_label) : "",
	    view->paramset_label.n ? ")" : "");
	if (view->note.n)
		metod_cli_wrap(out, view->note, 0, cli->width);
}
