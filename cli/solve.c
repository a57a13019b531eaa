/* SPDX-License-Identifier: Apache-2.0
 * Matchings of files, without a daemon: solve one, and check a certificate as a third
 * party would, from the files, the pairs and the prices alone. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli.h"
#include "metod/assign.h"

struct options {
	int64_t fairness, continuity, outside[4], season;
	bool strict;
};

/* ---- options ---- */

static enum metod_err number_option(
    struct metod_cli *cli, const char *name, int64_t high, int64_t usual, int64_t *ret)
{
	const char *value = metod_cli_option_of(cli, name);

	*ret = usual;
	if (!value || (metod_str_i64(metod_str(value), ret) && *ret >= 0 && *ret <= high))
		return METOD_OK;
	return metod_cli_usage(cli, metod_cli_dashes(cli, name),
	    "must be a whole number in %lld..%lld", 0LL, (long long)high);
}

static enum metod_err outside_option(struct metod_cli *cli, int64_t outside[4])
{
	static const int64_t usual[] = {0, 100000, 30000, 3000};
	const char *value = metod_cli_option_of(cli, "outside");
	struct metod_str text = metod_str(value ? value : "");

	memcpy(outside, usual, sizeof(usual));
	for (int t = 1; value && t <= 3; t++) {
		struct metod_str one = metod_str_trim(metod_str_cut(&text, ','));

		if (!metod_str_i64(one, &outside[t]) || outside[t] < 0 ||
		    outside[t] > 1 << 30 || (t == 3 && text.n)) {
			metod_cli_usage(cli, "--outside",
			    "is three whole numbers, of tiers 1, 2 and 3");
			return metod_hint(&cli->error, "--outside 100000,30000,3000");
		}
	}
	return METOD_OK;
}

static enum metod_err take_options(struct metod_cli *cli, struct options *ret)
{
	const char *tiers = metod_cli_option_of(cli, "tiers");

	ret->strict = tiers && strcmp(tiers, "strict") == 0;
	if (tiers && !ret->strict && strcmp(tiers, "soft") != 0)
		return metod_cli_usage(cli, "--tiers", "is strict or soft");
	if (number_option(cli, "fairness", 10000, 200, &ret->fairness) ||
	    number_option(cli, "continuity", 10000, 1000, &ret->continuity) ||
	    number_option(cli, "season", INT64_MAX, 0, &ret->season))
		return METOD_USAGE;
	return outside_option(cli, ret->outside);
}

/* ---- the problem ---- */

/* Hashes of ids: the same tie for the same two people in every file. */
static uint64_t *hashes(struct metod_arena *arena, const struct metod_str *ids, size_t n)
{
	uint64_t *list = METOD_NEWS(arena, n + 1, uint64_t);

	for (size_t i = 0; i < n; i++)
		list[i] = metod_hash64(0, ids[i].p, ids[i].n);
	return list;
}

/* With ties when a season is given; a certificate is checked without. */
static struct metod_assign pose(const struct metod_solve_files *files,
    const struct options *options, int64_t scale, bool ties, struct metod_arena *arena)
{
	struct metod_assign a = {.n = files->n, .m = files->m, .scale = scale};
	uint64_t *mentee = hashes(arena, files->mentee_id, files->n);
	uint64_t *mentor = hashes(arena, files->mentor_id, files->m);

	a.start = files->start;
	a.capacity = files->capacity;
	a.step = options->fairness * scale;
	a.edge = metod_arena_array(arena, files->start[files->n] + 1, sizeof(*a.edge));
	a.outside = METOD_NEWS(arena, files->n + 1, int64_t);
	a.held = METOD_NEWS(arena, files->m + 1, uint32_t);
	for (size_t i = 0; i < files->n; i++) {
		a.outside[i] = -options->outside[files->tier[i]] * scale;
		for (uint32_t e = files->start[i]; e < files->start[i + 1]; e++) {
			const struct metod_solve_pair *pair = &files->pair[e];
			int32_t points = pair->score +
			    (pair->running ? (int32_t)options->continuity : 0);
			int32_t tie = ties ? metod_assign_tie((uint64_t)options->season,
						 mentee[i], mentor[pair->mentor])
					   : 0;

			a.edge[e] = (struct metod_assign_edge){
			    pair->mentor, points * METOD_TIE_RANGE + tie};
		}
	}
	return a;
}

static int64_t floor_div(metod_wide value, int64_t by)
{
	metod_wide whole = value / by;

	return (int64_t)(whole * by > value ? whole - 1 : whole);
}

/* ---- solve ---- */

struct solved {
	int64_t objective, dual;
	size_t matched, tier1, tier1_covered, tier1_max;
	double seconds;
};

double metod_cli_cpu_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Recomputes both sums without ties from the pairs and prices; they must meet. */
static enum metod_err prove(struct metod_cli *cli, const struct metod_solve_files *files,
    const struct options *options, const int32_t *mate, int64_t *price, int64_t scale,
    struct solved *ret)
{
	struct metod_arena *arena = metod_arena_new();
	struct metod_assign plain = pose(files, options, scale, false, arena);
	metod_wide primal, dual;
	bool good;

	plain.mate = metod_arena_array(arena, files->n + 1, sizeof(*plain.mate));
	memcpy(plain.mate, mate, files->n * sizeof(*mate));
	plain.price = price;
	good = metod_assign_sums(&plain, arena, &primal, &dual);
	metod_arena_free(arena);
	if (!good)
		return metod_fail(&cli->error, METOD_DAMAGED, "pairs",
		    "a pair is none of pairs.csv, or a mentor has too many");
	ret->objective = floor_div(primal, scale);
	ret->dual = floor_div(dual, scale);
	if (ret->objective != ret->dual)
		return metod_fail(&cli->error, METOD_DAMAGED, "prices",
		    "the pairs are worth %lld, the prices allow up to %lld",
		    (long long)ret->objective, (long long)ret->dual);
	return METOD_OK;
}

static void count(
    const struct metod_solve_files *files, const int32_t *mate, struct solved *ret)
{
	for (size_t i = 0; i < files->n; i++) {
		ret->matched += mate[i] >= 0;
		ret->tier1 += files->tier[i] == 1;
		ret->tier1_covered += files->tier[i] == 1 && mate[i] >= 0;
	}
}

static void solved_json(const struct metod_solve_files *files,
    const struct metod_assign *a, const struct solved *s, struct metod_buf *out)
{
	const char *comma = "";

	metod_buf_printf(out,
	    "{\"objective\":%" PRId64 ",\"dual\":%" PRId64 ",\"gap\":%" PRId64
	    ",\"matched\":%zu,\"tier1_total\":%zu,\"tier1_covered\":%zu,"
	    "\"tier1_max\":%zu,\"solve_cpu_seconds\":%.6f,\"scale\":%" PRId64
	    ",\"pairs\":[",
	    s->objective, s->dual, s->dual - s->objective, s->matched, s->tier1,
	    s->tier1_covered, s->tier1_max, s->seconds, a->scale);
	for (size_t i = 0; i < files->n; i++) {
		if (a->mate[i] < 0)
			continue;
		for (uint32_t e = files->start[i]; e < files->start[i + 1]; e++) {
			if (files->pair[e].mentor != (uint32_t)a->mate[i])
				continue;
			metod_buf_printf(out, "%s[", comma);
			metod_json_quote(files->mentee_id[i], out);
			metod_buf_byte(out, ',');
			metod_json_quote(files->mentor_id[a->mate[i]], out);
			metod_buf_printf(out, ",%d]", files->pair[e].score);
			comma = ",";
		}
	}
	metod_buf_z(out, "],\"prices\":{");
	for (size_t j = 0; j < files->m; j++) {
		metod_buf_z(out, j ? "," : "");
		metod_json_quote(files->mentor_id[j], out);
		metod_buf_printf(out, ":%" PRId64, a->price[j]);
	}
	metod_buf_z(out, "}}\n");
}

static void solved_text(struct metod_cli *cli, const struct metod_solve_files *files,
    const struct solved *s, struct metod_buf *out)
{
	metod_buf_printf(out,
	    metod_cli_tr(cli,
		"Pairs: %s of %s mentees. Young specialists: %s of %s; more "
		"than %s cannot be covered by these mentors."),
	    metod_cli_number(cli, s->matched), metod_cli_number(cli, files->n),
	    metod_cli_number(cli, s->tier1_covered), metod_cli_number(cli, s->tier1),
	    metod_cli_number(cli, s->tier1_max));
	metod_buf_byte(out, '\n');
	metod_buf_printf(out,
	    metod_cli_tr(cli,
		"The pairs are worth %lld points, and the prices of the "
		"places prove that no choice is worth more."),
	    (long long)s->objective);
	metod_buf_byte(out, '\n');
	metod_buf_printf(out,
	    metod_cli_tr(
		cli, "All pairs: -o json. What proves them: --certificate FILE."));
	metod_buf_byte(out, '\n');
}

static enum metod_err write_certificate(struct metod_cli *cli,
    const struct metod_solve_files *files, const struct options *options,
    const struct metod_assign *a, const struct solved *s)
{
	const char *path = metod_cli_option_of(cli, "certificate");
	struct metod_solve_certificate certificate = {.fairness = options->fairness,
	    .continuity = options->continuity,
	    .scale = a->scale,
	    .objective = s->objective,
	    .digest = files->digest,
	    .mate = a->mate,
	    .price = a->price};
	struct metod_buf text = {0};
	enum metod_err e;

	if (!path)
		return METOD_OK;
	memcpy(certificate.outside, options->outside, sizeof(options->outside));
	metod_solve_certificate_write(files, &certificate, &text);
	e = metod_cli_write_file(cli, path, metod_buf_view(&text), 0644);
	metod_buf_done(&text);
	return e;
}

static enum metod_err read_files(struct metod_cli *cli, struct metod_solve_files *ret)
{
	struct metod_issues issues = metod_cli_issues(cli);
	const char *dir = metod_cli_option_of(cli, "dir");
	enum metod_err e = metod_solve_files_read(dir, cli->arena, ret, &issues);

	if (e) {
		metod_cli_say_issues(cli, &issues);
		metod_fail(&cli->error, e, dir, "nothing was computed");
	}
	return e;
}

static enum metod_err solve(struct metod_cli *cli, struct metod_solve_files *files,
    struct options *options, struct metod_assign *ret, struct solved *s)
{
	struct metod_assign a;
	size_t most[4];
	double begun;
	enum metod_err e;

	a = pose(files, options, metod_assign_scale(files->n), true, cli->arena);
	begun = metod_cli_cpu_seconds();
	metod_assign_begin(&a, cli->arena);
	e = metod_assign_tiers(&a, files->tier, options->outside, options->strict, most,
	    cli->arena, &cli->error);
	s->seconds = metod_cli_cpu_seconds() - begun;
	s->tier1_max = most[1];
	if (!e)
		e = prove(cli, files, options, a.mate, a.price, a.scale, s);
	*ret = a;
	return e;
}

int metod_cli_run_mentor_solve(struct metod_cli *cli)
{
	struct metod_solve_files files = {0};
	struct metod_assign a;
	struct options options;
	struct solved s = {0};
	struct metod_buf out = {0};
	int status;

	if (metod_cli_required(cli) || take_options(cli, &options) ||
	    read_files(cli, &files))
		return metod_cli_fail(cli);
	if (solve(cli, &files, &options, &a, &s) ||
	    write_certificate(cli, &files, &options, &a, &s)) {
		metod_solve_files_done(&files);
		return metod_cli_fail(cli);
	}
	count(&files, a.mate, &s);
	if (cli->output == METOD_OUT_TEXT)
		solved_text(cli, &files, &s, &out);
	else
		solved_json(&files, &a, &s, &out);
	status = metod_cli_put(cli, &out);
	metod_buf_done(&out);
	metod_solve_files_done(&files);
	return status;
}

/* ---- verify ---- */

static enum metod_err verify(struct metod_cli *cli, struct metod_solve_files *files,
    struct solved *s, bool *ret_same)
{
	struct metod_issues issues = metod_cli_issues(cli);
	const char *path = metod_cli_option_of(cli, "file");
	struct metod_solve_certificate c;
	struct options options = {0};
	enum metod_err e =
	    metod_solve_certificate_read(path, files, cli->arena, &c, &issues);

	if (e) {
		metod_cli_say_issues(cli, &issues);
		return metod_fail(&cli->error, e == METOD_FORMAT ? METOD_DAMAGED : e,
		    path, "this is no certificate of these files");
	}
	options.fairness = c.fairness;
	options.continuity = c.continuity;
	memcpy(options.outside, c.outside, sizeof(options.outside));
	*ret_same = c.digest == files->digest;
	e = prove(cli, files, &options, c.mate, c.price, c.scale, s);
	if (!e && s->objective != c.objective)
		return metod_fail(&cli->error, METOD_DAMAGED, "objective",
		    "the pairs are worth %lld, the certificate says %lld",
		    (long long)s->objective, (long long)c.objective);
	count(files, c.mate, s);
	return e;
}

int metod_cli_run_mentor_verify(struct metod_cli *cli)
{
	struct metod_solve_files files = {0};
	struct solved s = {0};
	struct metod_buf out = {0};
	bool same = false;
	enum metod_err e;
	int status;

	if (metod_cli_required(cli) || read_files(cli, &files))
		return metod_cli_fail(cli);
	e = verify(cli, &files, &s, &same);
	metod_solve_files_done(&files);
	if (e == METOD_DAMAGED) {
		/* The general words for this status speak of the store. */
		fprintf(stderr, "metodctl: %s: %s: %s\n", metod_cli_tr(cli, "not proven"),
		    cli->error.field, cli->error.message);
		return metod_err_exit(e);
	}
	if (e)
		return metod_cli_fail(cli);
	if (!same)
		metod_cli_say(cli, "%s",
		    metod_cli_tr(cli,
			"The files have changed since the certificate was "
			"made; it proves the pairs for them all the same."));
	if (cli->output == METOD_OUT_TEXT)
		metod_buf_printf(&out,
		    metod_cli_tr(cli,
			"Proven: %s pairs, worth %lld points; no choice is "
			"worth more."),
		    metod_cli_number(cli, s.matched), (long long)s.objective);
	else
		metod_buf_printf(&out,
		    "{\"objective\":%" PRId64 ",\"dual\":%" PRId64
		    ",\"matched\":%zu,\"same_inputs\":%s}",
		    s.objective, s.dual, s.matched, same ? "true" : "false");
	metod_buf_byte(&out, '\n');
	status = metod_cli_put(cli, &out);
	metod_buf_done(&out);
	return status;
}
