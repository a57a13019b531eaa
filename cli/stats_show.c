/* SPDX-License-Identifier: Apache-2.0
 * Statistics in words: what a number means, and from how many answers on it is shown. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "stats.h"

/* clang-format off */
/* A table for people: numbers are rounded already. */
#define STATS_LINE_FIELDS(F, R)                                                     \
	F(R, STR, name, 1, METOD_REQ, 0, 0, none, "Item")                           \
	F(R, STR, mean, 2, 0, 0, 0, none, "Mean")                                   \
	F(R, STR, sd, 3, 0, 0, 0, none, "SD")                                       \
	F(R, STR, rest, 4, 0, 0, 0, none, "With the others")                        \
	F(R, STR, without, 5, 0, 0, 0, none, "Alpha without it")                    \
	F(R, STR, counts, 6, 0, 0, 0, none, "Answers")
METOD_RECORD(stats_line, STATS_LINE_FIELDS)
METOD_RECORD_DEFINE(stats_line, STATS_LINE_FIELDS);
#define STATS_LINES_FIELDS(F, R) \
	F(R, RECS, rows, 1, METOD_REQ, 0, 0, stats_line, "Items")
METOD_RECORD(stats_lines, STATS_LINES_FIELDS)
METOD_RECORD_DEFINE(stats_lines, STATS_LINES_FIELDS);
/* clang-format on */

/* What is shown to people at this many answers (method.md section 3). */
enum { SHOW_COUNTS = 5, SHOW_MEANS = 10, SHOW_ALPHA = 30, SHOW_OMEGA = 100 };

static void say_line(struct metod_cli *cli, struct metod_buf *out, const char *format,
    ...) METOD_PRINTF(3, 4);
static void say_line(
    struct metod_cli *cli, struct metod_buf *out, const char *format, ...)
{
	char text[1000];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	metod_cli_wrap(out, metod_str(text), 0, cli->width);
}

/* ---- scale ---- */

static void scale_lines(
    struct metod_cli *cli, const struct stats_scale *scale, struct metod_buf *out)
{
	struct stats_lines lines = {0};
	struct metod_emit how = metod_cli_emit(cli);
	struct metod_error err;

	lines.rows.n = scale->items.n;
	lines.rows.p = METOD_NEWS(cli->arena, lines.rows.n, struct stats_line);
	for (size_t i = 0; i < lines.rows.n; i++) {
		const struct stats_item *item = &scale->items.p[i];
		struct stats_line *line = &lines.rows.p[i];

		line->name = item->name;
		line->counts = metod_field_text(
		    metod_desc_field(&stats_item_desc, METOD_STR("counts")), item, 0,
		    cli->arena);
		if (scale->n >= SHOW_MEANS)
			line->mean = metod_cli_real(cli, item->mean, 2);
		if (scale->n < SHOW_ALPHA)
			continue;
		line->sd = metod_cli_real(cli, item->sd, 2);
		line->rest = metod_cli_real(cli, item->item_rest, 3);
		line->without = metod_cli_real(cli, item->alpha_if_dropped, 3);
	}
	if (metod_emit(&stats_lines_desc, &lines, &how, out, &err))
		metod_buf_z(out, err.message);
}

static void scale_numbers(
    struct metod_cli *cli, const struct stats_scale *scale, struct metod_buf *out)
{
	if (scale->n >= SHOW_MEANS)
		say_line(cli, out,
		    metod_cli_tr(cli, "Mean of the item means %.*s, SD %.*s."),
		    METOD_FMT(metod_cli_real(cli, scale->mean, 2)),
		    METOD_FMT(metod_cli_real(cli, scale->sd, 2)));
	if (scale->n >= SHOW_ALPHA)
		say_line(cli, out,
		    metod_cli_tr(cli,
			"Cronbach's alpha %.*s (95 %%: %.*s to %.*s, Feldt), error of "
			"measurement %.*s."),
		    METOD_FMT(metod_cli_real(cli, scale->alpha, 3)),
		    METOD_FMT(metod_cli_real(cli, scale->alpha_ci.p[0], 3)),
		    METOD_FMT(metod_cli_real(cli, scale->alpha_ci.p[1], 3)),
		    METOD_FMT(metod_cli_real(cli, scale->sem, 2)));
	else
		say_line(cli, out,
		    metod_cli_tr(cli,
			"Alpha is shown from %d complete rows on: with fewer "
			"its interval is too wide to say anything."),
		    SHOW_ALPHA);
	if (scale->n >= SHOW_OMEGA && isfinite(scale->omega))
		say_line(cli, out,
		    metod_cli_tr(cli,
			"McDonald's omega %.*s: one factor by maximum "
			"likelihood, (sum of loadings)² / ((sum of "
			"loadings)² + sum of uniquenesses), covariances."),
		    METOD_FMT(metod_cli_real(cli, scale->omega, 3)));
	else if (scale->n >= SHOW_OMEGA)
		say_line(cli, out, "%s",
		    metod_cli_tr(cli,
			"Omega cannot be had: it needs at least three "
			"items that vary and share one factor."));
}

void metod_cli_show_stats_scale(
    struct metod_cli *cli, const void *reply, struct metod_buf *out)
{
	const struct stats_scale *scale = reply;

	say_line(cli, out, metod_cli_tr(cli, "Items: %s. Rows without a gap: %s."),
	    metod_cli_number(cli, scale->k), metod_cli_number(cli, scale->n));
	if (scale->n < SHOW_COUNTS) {
		say_line(cli, out,
		    metod_cli_tr(cli, "Fewer than %d answers are not shown."),
		    SHOW_COUNTS);
		return;
	}
	if (isfinite(scale->alpha))
		scale_numbers(cli, scale, out);
	metod_buf_byte(out, '\n');
	scale_lines(cli, scale, out);
}

/* ---- parameters ---- */

void metod_cli_show_stats_params(
    struct metod_cli *cli, const void *reply, struct metod_buf *out)
{
	const struct stats_params *params = reply;

	say_line(cli, out,
	    metod_cli_tr(cli,
		"Rows: %s. Log-likelihood %.*s after %s cycles; largest "
		"gradient per row %.1g."),
	    metod_cli_number(cli, params->n),
	    METOD_FMT(metod_cli_real(cli, params->loglik, 3)),
	    metod_cli_number(cli, params->iterations), params->max_gradient_per_n);
	say_line(cli, out, "%s",
	    metod_cli_tr(cli,
		"a: how sharply the item tells people apart; b: where on the "
		"scale half of the people choose this answer or a higher one."));
	metod_buf_byte(out, '\n');
	for (size_t j = 0; j < params->items.n; j++) {
		const struct stats_param *item = &params->items.p[j];

		metod_cli_pad(out, item->name, 12);
		metod_buf_printf(
		    out, "  a %.*s  b", METOD_FMT(metod_cli_real(cli, item->a, 3)));
		for (size_t k = 0; k < item->b.n; k++)
			metod_buf_printf(out, "  %.*s",
			    METOD_FMT(metod_cli_real(cli, item->b.p[k], 3)));
		metod_buf_byte(out, '\n');
	}
}

/* ---- scores ---- */

void metod_cli_show_stats_scores(
    struct metod_cli *cli, const void *reply, struct metod_buf *out)
{
	const struct stats_scores *scores = reply;
	size_t width = 8;
	bool cut = scores->rows.n && isfinite(scores->rows.p[0].p_below);

	for (size_t i = 0; i < scores->rows.n; i++) {
		size_t wide = metod_text_width(scores->rows.p[i].id);

		width = wide > width ? wide : width;
	}
	say_line(cli, out, "%s",
	    metod_cli_tr(cli,
		"EAP: estimate on the scale of the parameters (mean 0, "
		"standard deviation 1); ±: its standard error; P: chance to "
		"be below the cut."));
	metod_buf_byte(out, '\n');
	for (size_t i = 0; i < scores->rows.n; i++) {
		const struct stats_score *row = &scores->rows.p[i];

		metod_cli_pad(out, row->id, width);
		metod_buf_z(out, "  ");
		metod_cli_pad_left(out, metod_cli_real(cli, row->eap, 2), 5);
		metod_buf_printf(
		    out, " ± %.*s", METOD_FMT(metod_cli_real(cli, row->psd, 2)));
		if (cut)
			metod_buf_printf(out, "  P %.*s",
			    METOD_FMT(metod_cli_real(cli, row->p_below, 2)));
		metod_buf_byte(out, '\n');
	}
}

/* ---- change ---- */

void metod_cli_show_stats_change(
    struct metod_cli *cli, const void *reply, struct metod_buf *out)
{
	const struct stats_change *change = reply;

	say_line(cli, out, metod_cli_tr(cli, "Complete at both times: %s."),
	    metod_cli_number(cli, change->n));
	if (change->n < SHOW_COUNTS) {
		say_line(cli, out,
		    metod_cli_tr(cli, "Fewer than %d answers are not shown."),
		    SHOW_COUNTS);
		return;
	}
	say_line(cli, out,
	    metod_cli_tr(cli,
		"Mean %.*s before, %.*s after; change %.*s (95 %%: %.*s to "
		"%.*s), which is %.*s of a standard deviation."),
	    METOD_FMT(metod_cli_real(cli, change->mean.p[0], 2)),
	    METOD_FMT(metod_cli_real(cli, change->mean.p[1], 2)),
	    METOD_FMT(metod_cli_real(cli, change->mean_change, 2)),
	    METOD_FMT(metod_cli_real(cli, change->ci.p[0], 2)),
	    METOD_FMT(metod_cli_real(cli, change->ci.p[1], 2)),
	    METOD_FMT(metod_cli_real(cli, change->d_av, 2)));
	say_line(cli, out,
	    metod_cli_tr(cli,
		"Reliably changed (by more than 1.96 × %.*s): up %s, down %s. "
		"By chance alone about %s would be expected on each side."),
	    METOD_FMT(metod_cli_real(cli, change->se_diff, 2)),
	    metod_cli_number(cli, change->up), metod_cli_number(cli, change->down),
	    metod_cli_number(cli, (uint64_t)((double)change->n * .025 + .5)));
}
