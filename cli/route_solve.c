/* SPDX-License-Identifier: Apache-2.0
 * Routes of files, without a daemon: each with its value and the bound that no route of
 * these files exceeds. */
#include <inttypes.h>

#include "cli.h"
#include "metod/limits.h"
#include "metod/route.h"

struct totals {
	int64_t value, bound;
	double gap;    /* sum of the shares */
	size_t proven; /* routes without a gap */
	double seconds;
	const char *comma;
};

/* ---- from files to the model ---- */

static uint64_t place(struct metod_str municipality)
{
	return municipality.n ? metod_hash64(0, municipality.p, municipality.n) | 1 : 0;
}

static void fill_sessions(const struct metod_route_files *files,
    struct metod_activity_in *activities, struct metod_arena *arena)
{
	for (size_t s = 0; s < files->sessions; s++)
		activities[files->session[s].work].n_sessions++;
	for (size_t i = 0; i < files->activities; i++) {
		activities[i].sessions = METOD_NEWS(
		    arena, activities[i].n_sessions + 1, struct metod_session_in);
		activities[i].n_sessions = 0;
	}
	for (size_t s = 0; s < files->sessions; s++) {
		const struct metod_route_group *in = &files->session[s];
		struct metod_activity_in *a = &activities[in->work];
		a->sessions[a->n_sessions++] = (struct metod_session_in){.id = s + 1,
		    .week_from = in->week_from,
		    .week_to = in->week_to,
		    .weekly_minutes = in->weekly,
		    .municipality = place(in->municipality)};
	}
}

/* The catalogue with numbers from 1 as ids. */
static struct metod_activity_in *catalogue(
    const struct metod_route_files *files, struct metod_arena *arena)
{
	struct metod_activity_in *list =
	    METOD_NEWS(arena, files->activities + 1, struct metod_activity_in);

	for (size_t i = 0; i < files->activities; i++) {
		const struct metod_route_link *gain =
		    files->gains.p + files->gains.start[i];
		const struct metod_route_link *before =
		    files->before.p + files->before.start[i];
		struct metod_activity_in *a = &list[i];
		*a = (struct metod_activity_in){.id = i + 1,
		    .kind = files->activity[i].kind,
		    .minutes = files->activity[i].minutes,
		    .formats = files->activity[i].formats,
		    .n_gains = files->gains.start[i + 1] - files->gains.start[i],
		    .n_prereq = files->before.start[i + 1] - files->before.start[i]};
		a->gains = METOD_NEWS(arena, a->n_gains + 1, struct metod_gain);
		a->prereq = METOD_NEWS(arena, a->n_prereq + 1, uint64_t);
		for (size_t g = 0; g < a->n_gains; g++)
			a->gains[g] = (struct metod_gain){gain[g].to, gain[g].value};
		for (size_t b = 0; b < a->n_prereq; b++)
			a->prereq[b] = (uint64_t)before[b].to + 1;
	}
	fill_sessions(files, list, arena);
	return list;
}

static struct metod_route_teacher teacher_of(
    const struct metod_route_files *files, size_t i, struct metod_arena *arena)
{
	const struct metod_route_person *in = &files->teacher[i];
	const struct metod_route_link *need = files->needs.p + files->needs.start[i];
	size_t n = files->needs.start[i + 1] - files->needs.start[i];
	struct metod_route_teacher t = {.id = i + 1,
	    .municipality = place(in->municipality),
	    .formats = in->formats,
	    .minutes_total = in->minutes,
	    .minutes_week = in->weekly,
	    .week_from = in->week_from,
	    .week_to = in->week_to};

	t.needs = METOD_NEWS(arena, n + 1, struct metod_strength);
	t.wishes = METOD_NEWS(arena, n + 1, uint32_t);
	for (size_t c = 0; c < n; c++) {
		t.needs[t.n_needs++] = (struct metod_strength){need[c].to, need[c].value};
		if (need[c].wish)
			t.wishes[t.n_wishes++] = need[c].to;
	}
	return t;
}

static enum metod_err nodes_option(struct metod_cli *cli, uint32_t *ret)
{
	const char *value = metod_cli_option_of(cli, "nodes");
	int64_t nodes = METOD_ROUTE_NODES;

	if (value &&
	    (!metod_str_i64(metod_str(value), &nodes) || nodes < 1 ||
		nodes > METOD_ROUTE_NODES_MAX))
		return metod_cli_usage(cli, "--nodes",
		    "must be a whole number in %lld..%lld", 1LL,
		    (long long)METOD_ROUTE_NODES_MAX);
	*ret = (uint32_t)nodes;
	return METOD_OK;
}

/* ---- the answer ---- */

static void route_json(const struct metod_route_files *files, size_t i,
    const struct metod_route_result *r, struct totals *totals, struct metod_buf *out)
{
	metod_buf_printf(out, "%s{\"id\":", totals->comma);
	totals->comma = ",";
	metod_json_quote(files->teacher_id[i], out);
	metod_buf_printf(out,
	    ",\"value\":%" PRId64 ",\"bound\":%" PRId64 ",\"gap\":%" PRId64
	    ",\"nodes\":%zu,\"minutes\":%" PRIu32 ",\"sessions\":[",
	    r->value_exact, r->bound_exact, r->bound_exact - r->value_exact, r->nodes,
	    r->minutes);
	for (size_t k = 0; k < r->n_items; k++) {
		const struct metod_route_item *item = &r->items[k];
		metod_buf_printf(out, "%s{\"activity\":", k ? "," : "");
		metod_json_quote(files->activity_id[item->activity - 1], out);
		metod_buf_z(out, ",\"session\":");
		if (item->session)
			metod_json_quote(files->session_id[item->session - 1], out);
		else
			metod_buf_z(out, "null");
		metod_buf_printf(out, ",\"week_from\":%d,\"week_to\":%d}",
		    (int)item->week_from, (int)item->week_to);
	}
	metod_buf_z(out, "]}");
}

static void count(const struct metod_route_result *r, struct totals *totals)
{
	int64_t gap = r->bound_exact - r->value_exact;

	totals->value += r->value_exact;
	totals->bound += r->bound_exact;
	totals->proven += gap == 0;
	if (gap > 0)
		totals->gap +=
		    r->bound_exact > gap ? (double)gap / (double)r->bound_exact : 1;
}

static enum metod_err solve_all(struct metod_cli *cli,
    const struct metod_route_files *files, uint32_t nodes, struct totals *totals,
    struct metod_buf *out)
{
	struct metod_activity_in *activities = catalogue(files, cli->arena);
	struct metod_arena *arena = metod_arena_new();
	enum metod_err e = METOD_OK;

	for (size_t i = 0; i < files->teachers && !e; i++) {
		struct metod_route_result r = {0};
		struct metod_route_teacher teacher = teacher_of(files, i, arena);
		double begun = metod_cli_cpu_seconds();
		teacher.nodes = nodes;
		e = metod_route_solve(
		    &teacher, activities, files->activities, arena, &r, &cli->error);
		totals->seconds += metod_cli_cpu_seconds() - begun;
		if (!e) {
			count(&r, totals);
			route_json(files, i, &r, totals, out);
		}
		metod_arena_clear(arena);
	}
	metod_arena_free(arena);
	return e;
}

static void totals_json(
    const struct totals *totals, double gap_mean, struct metod_buf *out)
{
	metod_buf_printf(out,
	    "],\"value\":%" PRId64 ",\"bound\":%" PRId64
	    ",\"gap_mean\":%.6f,\"solve_cpu_seconds\":%.6f}\n",
	    totals->value, totals->bound, gap_mean, totals->seconds);
}

static void totals_text(struct metod_cli *cli, size_t teachers,
    const struct totals *totals, double gap_mean, struct metod_buf *out)
{
	metod_buf_printf(out,
	    metod_cli_tr(cli,
		"Routes: %s. For %s of them it is proven that no route of these files "
		"closes more."),
	    metod_cli_number(cli, teachers), metod_cli_number(cli, totals->proven));
	metod_buf_byte(out, '\n');
	metod_buf_printf(out,
	    metod_cli_tr(cli,
		"On average a route could be better by %.*s %% at most. All routes: "
		"-o json."),
	    METOD_FMT(metod_cli_real(cli, 100 * gap_mean, 2)));
	metod_buf_byte(out, '\n');
}

static enum metod_err read_files(struct metod_cli *cli, struct metod_route_files *ret)
{
	struct metod_issues issues = metod_cli_issues(cli);
	const char *dir = metod_cli_option_of(cli, "dir");
	enum metod_err e = metod_route_files_read(dir, cli->arena, ret, &issues);

	if (e) {
		metod_cli_say_issues(cli, &issues);
		metod_fail(&cli->error, e, dir, "nothing was computed");
	}
	return e;
}

int metod_cli_run_route_solve(struct metod_cli *cli)
{
	struct metod_route_files files = {0};
	struct totals totals = {.comma = ""};
	struct metod_buf out = {0};
	uint32_t nodes;
	enum metod_err e;
	int status;

	if (metod_cli_required(cli) || nodes_option(cli, &nodes) ||
	    read_files(cli, &files))
		return metod_cli_fail(cli);
	metod_buf_z(&out, "{\"routes\":[");
	e = solve_all(cli, &files, nodes, &totals, &out);
	double gap_mean = files.teachers ? totals.gap / (double)files.teachers : 0;
	if (cli->output == METOD_OUT_TEXT) {
		metod_buf_done(&out);
		out = (struct metod_buf){0};
		totals_text(cli, files.teachers, &totals, gap_mean, &out);
	} else {
		totals_json(&totals, gap_mean, &out);
	}
	metod_route_files_done(&files);
	status = e ? metod_cli_fail(cli) : metod_cli_put(cli, &out);
	metod_buf_done(&out);
	return status;
}
