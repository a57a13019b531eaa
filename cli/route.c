/* SPDX-License-Identifier: Apache-2.0
 * Routes and mentoring in the terminal: steps with dates and reasons, what a mentee
 * opened, suggested pairs with why. */
#include "cli.h"

enum { INDENT = 2, DEEP = 6 };

/* "-" is what the daemon puts in place of what was closed again. */
static struct metod_str opened(struct metod_cli *cli, struct metod_str text)
{
	return metod_str_is(text, "-") ? metod_str(metod_cli_tr(cli, "not opened"))
				       : text;
}

/* ---- steps ---- */

static void step_dates(
    struct metod_cli *cli, const struct metod_route_row *step, struct metod_buf *line)
{
	struct metod_str from = metod_cli_day(cli, step->from),
			 to = metod_cli_day(cli, step->to);

	if (step->from == step->to && from.n)
		metod_buf_printf(line, ", %.*s", METOD_FMT(from));
	else if (from.n || to.n)
		metod_buf_printf(line, ", %.*s–%.*s", METOD_FMT(from), METOD_FMT(to));
}

/* What it is for, where, who holds it, and what it stands for. */
static void step_details(
    struct metod_cli *cli, const struct metod_route_row *step, struct metod_buf *out)
{
	struct metod_str what = step->serves_name.n ? step->serves_name : step->serves;
	struct metod_buf line = {0};

	if (step->prerequisite)
		metod_buf_printf(
		    &line, "%s ", metod_cli_tr(cli, "Comes before another step."));
	metod_buf_printf(&line, "%s %.*s", metod_cli_tr(cli, "What for:"),
	    METOD_FMT(opened(cli, what)));
	if (step->provider.n)
		metod_buf_printf(&line, " · %.*s", METOD_FMT(step->provider));
	if (step->place.n)
		metod_buf_printf(&line, " · %.*s", METOD_FMT(step->place));
	if (step->instead.n)
		metod_buf_printf(&line, " · %s %.*s", metod_cli_tr(cli, "instead:"),
		    METOD_FMT(step->instead));
	metod_cli_wrap(out, metod_buf_view(&line), DEEP, cli->width);
	metod_buf_done(&line);
}

void metod_cli_steps(struct metod_cli *cli, const struct metod_route_row *steps, size_t n,
    struct metod_buf *out)
{
	for (size_t i = 0; i < n; i++) {
		const struct metod_route_row *step = &steps[i];
		struct metod_buf line = {0};

		metod_buf_printf(&line, "%llu. %.*s (", (unsigned long long)step->n,
		    METOD_FMT(step->title));
		if (step->kind.n)
			metod_buf_printf(&line, "%s, ", metod_cli_word(cli, step->kind));
		if (step->format.n)
			metod_buf_printf(
			    &line, "%s, ", metod_cli_word(cli, step->format));
		metod_buf_printf(
		    &line, metod_cli_tr(cli, "%llu h"), (unsigned long long)step->hours);
		step_dates(cli, step, &line);
		metod_buf_printf(&line, ") — %s", metod_cli_word(cli, step->state));
		metod_cli_wrap(out, metod_buf_view(&line), INDENT, cli->width);
		metod_buf_done(&line);
		step_details(cli, step, out);
	}
}

void metod_cli_show_route(struct metod_cli *cli, const void *reply, struct metod_buf *out)
{
	const struct metod_route_view *view = reply;

	if (view->version == 0) {
		metod_buf_printf(out, "%.*s: %s\n", METOD_FMT(view->teacher),
		    metod_cli_tr(cli, "there is no route yet"));
		return;
	}
	metod_buf_printf(out, metod_cli_tr(cli, "Route of %.*s, version %llu, %llu h"),
	    METOD_FMT(view->teacher), (unsigned long long)view->version,
	    (unsigned long long)view->hours);
	metod_buf_byte(out, '\n');
	if (view->no_need)
		metod_buf_printf(out, "%s\n",
		    metod_cli_tr(cli, "The answers show no need for a route."));
	metod_cli_steps(cli, view->rows.p, view->rows.n, out);
	if (view->uncovered.n)
		metod_buf_printf(out, "%s %.*s\n",
		    metod_cli_tr(cli, "Nothing in the catalogue yet for:"),
		    METOD_FMT(metod_cli_join(cli, view->uncovered, ", ")));
	metod_cli_wrap(out,
	    metod_str(metod_cli_tr(
		cli, "A route is a suggestion: every step may be changed or refused.")),
	    0, cli->width);
}

/* ---- mentoring ---- */

void metod_cli_show_mentee(
    struct metod_cli *cli, const void *reply, struct metod_buf *out)
{
	const struct metod_mentee_view *view = reply;

	metod_buf_printf(out, "%.*s%s%.*s%s%.*s", METOD_FMT(view->teacher),
	    view->name.n ? " " : "", METOD_FMT(view->name), view->org.n ? " · " : "",
	    METOD_FMT(view->org));
	for (size_t i = 0; i < view->subjects.n; i++)
		metod_buf_printf(out, "%s%s", i ? ", " : " · ",
		    metod_tr_subject(cli->lang, view->subjects.p[i], cli->arena));
	metod_buf_printf(out, " · %s\n\n", metod_cli_word(cli, view->state));
	metod_cli_areas(cli, view->rows.p, view->rows.n, out);
	if (view->steps.n) {
		metod_buf_printf(out, "\n%s\n",
		    metod_cli_tr(cli, "Steps of the route for these themes"));
		metod_cli_steps(cli, view->steps.p, view->steps.n, out);
	}
	if (view->reason.n) {
		metod_buf_printf(out, "\n%s\n", metod_cli_tr(cli, "Why this pair"));
		metod_cli_wrap(out, view->reason, INDENT, cli->width);
	}
}

static void pair(
    struct metod_cli *cli, const struct metod_pair_row *row, struct metod_buf *out)
{
	struct metod_buf line = {0};

	if (row->id)
		metod_buf_printf(&line, "%llu  ", (unsigned long long)row->id);
	metod_buf_printf(&line, "%.*s", METOD_FMT(opened(cli, row->mentee)));
	if (row->mentor.n)
		metod_buf_printf(&line, " → %.*s · %.*s", METOD_FMT(row->mentor),
		    METOD_FMT(metod_tr_milli(
			cli->lang, (int64_t)row->score / 10, 2, cli->arena)));
	metod_buf_printf(&line, " · %s", metod_cli_word(cli, row->state));
	if (row->themes.n)
		metod_buf_printf(
		    &line, " · %.*s", METOD_FMT(metod_cli_join(cli, row->themes, ", ")));
	metod_cli_wrap(out, metod_buf_view(&line), INDENT, cli->width);
	metod_buf_done(&line);
	if (row->reason.n)
		metod_cli_wrap(out, row->reason, DEEP, cli->width);
}

static void shortage(struct metod_cli *cli, const struct metod_mentor_suggest_rep *rep,
    struct metod_buf *out)
{
	if (rep->shortage.n)
		metod_buf_printf(out, "\n%s\n",
		    metod_cli_tr(cli, "What is asked for and who is strong in it"));
	for (size_t i = 0; i < rep->shortage.n; i++) {
		const struct metod_shortage_row *row = &rep->shortage.p[i];

		struct metod_buf line = {0};

		metod_buf_printf(
		    &line, "%s %.*s — ", row->is_short ? "!" : "·", METOD_FMT(row->name));
		metod_buf_printf(&line,
		    metod_cli_tr(cli, "asked %.*s, mentors %llu, places %llu"),
		    METOD_FMT(row->wanted), (unsigned long long)row->mentors,
		    (unsigned long long)row->places);
		metod_cli_wrap(out, metod_buf_view(&line), INDENT, cli->width);
		metod_buf_done(&line);
	}
	if (rep->shortage_text.n)
		metod_cli_wrap(out, rep->shortage_text, 0, cli->width);
}

void metod_cli_show_pairs(struct metod_cli *cli, const void *reply, struct metod_buf *out)
{
	const struct metod_mentor_suggest_rep *rep = reply;
	struct metod_buf line = {0};

	metod_buf_printf(&line,
	    metod_cli_tr(cli,
		"Asked for a mentor: %s · mentors: %s · places: %s · pairs: %s · young specialists: %s of %s"),
	    metod_cli_number(cli, rep->mentees), metod_cli_number(cli, rep->mentors),
	    metod_cli_number(cli, rep->places), metod_cli_number(cli, rep->matched),
	    metod_cli_number(cli, rep->young_matched),
	    metod_cli_number(cli, rep->young_total));
	metod_cli_wrap(out, metod_buf_view(&line), 0, cli->width);
	metod_buf_done(&line);
	if (rep->rows.n)
		metod_cli_wrap(out,
		    metod_str(metod_cli_tr(
			cli, "Pair, mentee → mentor · score 0–1 · state · themes")),
		    INDENT, cli->width);
	for (size_t i = 0; i < rep->rows.n; i++)
		pair(cli, &rep->rows.p[i], out);
	shortage(cli, rep, out);
	metod_cli_wrap(out,
	    metod_str(metod_cli_tr(cli, "A pair is a suggestion: both sides decide.")), 0,
	    cli->width);
}
