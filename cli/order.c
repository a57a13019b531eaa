/* SPDX-License-Identifier: Apache-2.0
 * The order of further-education programmes from files, without a daemon. */
#include <inttypes.h>
#include <stdio.h>

#include "cli.h"
#include "metod/dpo_order.h"

struct solved {
	struct metod_order_files files;
	struct metod_dpo_order order;
	struct metod_dpo_answer answer;
	uint32_t *people; /* of each candidate */
	uint32_t *first;  /* those of candidate p: member[first[p]] .. */
	uint32_t *member;
	size_t groups, opened, seated;
	double seconds;
};

static struct metod_dpo_order pose(
    const struct metod_order_files *files, struct metod_arena *arena)
{
	struct metod_dpo_order order = {.n = files->n, .m = files->m};

	order.limit = files->limit;
	order.start = files->start;
	order.candidate = METOD_NEWS(arena, order.m + 1, struct metod_dpo_candidate);
	order.benefit =
	    METOD_NEWS(arena, files->start[files->n] + 1, struct metod_dpo_benefit);
	for (size_t p = 0; p < order.m; p++)
		order.candidate[p] = (struct metod_dpo_candidate){
		    files->candidate[p].fixed, files->candidate[p].min,
		    files->candidate[p].max, files->candidate[p].groups};
	for (uint32_t e = 0; e < files->start[files->n]; e++)
		order.benefit[e] = (struct metod_dpo_benefit){
		    files->benefit[e].candidate, files->benefit[e].benefit};
	return order;
}

static void count(struct solved *s, struct metod_arena *arena)
{
	const struct metod_dpo_order *order = &s->order;

	s->people = METOD_NEWS(arena, order->m + 1, uint32_t);
	for (size_t p = 0; p < order->m; p++) {
		s->groups += s->answer.groups[p];
		s->opened += s->answer.groups[p] > 0;
	}
	for (size_t i = 0; i < order->n; i++) {
		bool seated = false;

		for (uint32_t e = order->start[i]; e < order->start[i + 1]; e++) {
			s->people[order->benefit[e].candidate] += s->answer.taken[e];
			seated = seated || s->answer.taken[e];
		}
		s->seated += seated;
	}
}

/* Who takes part, by candidate, in order of ids. */
static void list(struct solved *s, struct metod_arena *arena)
{
	const struct metod_dpo_order *order = &s->order;
	uint32_t *next = METOD_NEWS(arena, order->m + 1, uint32_t);

	s->first = METOD_NEWS(arena, order->m + 1, uint32_t);
	for (size_t p = 0; p < order->m; p++) {
		s->first[p + 1] = s->first[p] + s->people[p];
		next[p] = s->first[p];
	}
	s->member = METOD_NEWS(arena, s->first[order->m] + 1, uint32_t);
	for (uint32_t i = 0; i < order->n; i++)
		for (uint32_t e = order->start[i]; e < order->start[i + 1]; e++)
			if (s->answer.taken[e])
				s->member[next[order->benefit[e].candidate]++] = i;
}

static enum metod_err read_files(struct metod_cli *cli, struct metod_order_files *ret)
{
	struct metod_issues issues = metod_cli_issues(cli);
	const char *dir = metod_cli_option_of(cli, "dir");
	enum metod_err e = metod_order_files_read(dir, cli->arena, ret, &issues);

	if (e) {
		metod_cli_say_issues(cli, &issues);
		metod_fail(&cli->error, e, dir, "nothing was computed");
	}
	return e;
}

static enum metod_err solve(struct metod_cli *cli, struct solved *s)
{
	bool what_if = metod_cli_option_of(cli, "what-if");
	double begun = metod_cli_cpu_seconds();
	enum metod_err e;

	s->order = pose(&s->files, cli->arena);
	metod_dpo_solve(&s->order, what_if, cli->arena, &s->answer);
	s->seconds = metod_cli_cpu_seconds() - begun;
	e = metod_dpo_check(&s->order, &s->answer, cli->arena, &cli->error);
	if (e)
		return e;
	count(s, cli->arena);
	list(s, cli->arena);
	return METOD_OK;
}

/* ---- for programs ---- */

static void teachers_json(const struct solved *s, size_t p, struct metod_buf *out)
{
	for (uint32_t k = s->first[p]; k < s->first[p + 1]; k++) {
		metod_buf_z(out, k > s->first[p] ? "," : "");
		metod_json_quote(s->files.teacher_id[s->member[k]], out);
	}
}

static void opened_json(const struct solved *s, struct metod_buf *out)
{
	const char *comma = "";

	for (size_t p = 0; p < s->order.m; p++) {
		if (!s->answer.groups[p])
			continue;
		metod_buf_printf(out, "%s{\"candidate\":", comma);
		metod_json_quote(s->files.candidate_id[p], out);
		metod_buf_printf(out, ",\"groups\":%u", s->answer.groups[p]);
		if (s->answer.without)
			metod_buf_printf(
			    out, ",\"value_without\":%" PRId64, s->answer.without[p]);
		metod_buf_z(out, ",\"teachers\":[");
		teachers_json(s, p, out);
		metod_buf_z(out, "]}");
		comma = ",";
	}
}

static void solved_json(
    const struct solved *s, bool with_multipliers, struct metod_buf *out)
{
	metod_buf_printf(out,
	    "{\"value\":%" PRId64 ",\"bound\":%" PRId64 ",\"gap\":%" PRId64
	    ",\"opened\":[",
	    s->answer.value, s->answer.bound, s->answer.bound - s->answer.value);
	opened_json(s, out);
	metod_buf_printf(out, "],\"unassigned\":%zu,\"solve_cpu_seconds\":%.6f",
	    s->order.n - s->seated, s->seconds);
	if (with_multipliers) {
		metod_buf_printf(out, ",\"scale\":%d,\"multipliers\":{", METOD_DPO_SCALE);
		for (size_t i = 0; i < s->order.n; i++) {
			metod_buf_z(out, i ? "," : "");
			metod_json_quote(s->files.teacher_id[i], out);
			metod_buf_printf(out, ":%" PRId64, s->answer.multiplier[i]);
		}
		metod_buf_byte(out, '}');
	}
	metod_buf_z(out, "}\n");
}

/* ---- for people ---- */

static void opened_text(
    struct metod_cli *cli, const struct solved *s, struct metod_buf *out)
{
	for (size_t p = 0; p < s->order.m; p++) {
		if (!s->answer.groups[p])
			continue;
		metod_buf_printf(out, "  %.*s: ", METOD_FMT(s->files.candidate_id[p]));
		metod_buf_printf(out, metod_cli_tr(cli, "groups %s, people %s"),
		    metod_cli_number(cli, s->answer.groups[p]),
		    metod_cli_number(cli, s->people[p]));
		if (s->answer.without) {
			metod_buf_z(out, "; ");
			metod_buf_printf(out,
			    metod_cli_tr(cli,
				"if it is not opened, the order is worth %lld, "
				"that is %lld less"),
			    (long long)s->answer.without[p],
			    (long long)(s->answer.value - s->answer.without[p]));
		}
		metod_buf_byte(out, '\n');
	}
}

static void solved_text(
    struct metod_cli *cli, const struct solved *s, struct metod_buf *out)
{
	metod_buf_printf(out,
	    metod_cli_tr(cli,
		"Groups: %s, in %s of %s candidates. Teachers with a place: %s of %s."),
	    metod_cli_number(cli, s->groups), metod_cli_number(cli, s->opened),
	    metod_cli_number(cli, s->order.m), metod_cli_number(cli, s->seated),
	    metod_cli_number(cli, s->order.n));
	metod_buf_byte(out, '\n');
	opened_text(cli, s, out);
	metod_buf_printf(out,
	    metod_cli_tr(
		cli, "The order is worth %lld points; no order is worth more than %lld."),
	    (long long)s->answer.value, (long long)s->answer.bound);
	metod_buf_byte(out, '\n');
	metod_buf_printf(out,
	    metod_cli_tr(
		cli, "Who goes where: -o json. What proves the bound: --multipliers."));
	metod_buf_byte(out, '\n');
}

int metod_cli_run_order_solve(struct metod_cli *cli)
{
	struct solved s = {0};
	struct metod_buf out = {0};
	int status;

	if (metod_cli_required(cli) || read_files(cli, &s.files))
		return metod_cli_fail(cli);
	if (solve(cli, &s)) {
		metod_order_files_done(&s.files);
		return metod_cli_fail(cli);
	}
	if (cli->output == METOD_OUT_TEXT)
		solved_text(cli, &s, &out);
	else
		solved_json(&s, metod_cli_option_of(cli, "multipliers"), &out);
	status = metod_cli_put(cli, &out);
	metod_buf_done(&out);
	metod_order_files_done(&s.files);
	return status;
}
