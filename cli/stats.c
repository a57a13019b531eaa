/* SPDX-License-Identifier: Apache-2.0
 * Statistics of files of answers, without a daemon: reliability of a scale, item
 * parameters, scores, change. Reads files and fills records; the formulas are in
 * lib/core, the words in stats_show.c. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "metod/calibrate.h"
#include "stats.h"

/* clang-format off */
METOD_RECORD_DEFINE(stats_item, STATS_ITEM_FIELDS);
METOD_RECORD_DEFINE(stats_scale, STATS_SCALE_FIELDS);
METOD_RECORD_DEFINE(stats_param, STATS_PARAM_FIELDS);
METOD_RECORD_DEFINE(stats_params, STATS_PARAMS_FIELDS);
METOD_RECORD_DEFINE(stats_score, STATS_SCORE_FIELDS);
METOD_RECORD_DEFINE(stats_scores, STATS_SCORES_FIELDS);
METOD_RECORD_DEFINE(stats_change, STATS_CHANGE_FIELDS);
/* clang-format on */

/* ---- options ---- */

static struct metod_strs names_of(struct metod_cli *cli, const char *option)
{
	const char *value = metod_cli_option_of(cli, option);
	struct metod_str text = metod_str(value ? value : "");
	struct metod_strs list = {
	    METOD_NEWS(cli->arena, text.n + 1, struct metod_str), 0};

	while (text.n) {
		struct metod_str name = metod_str_trim(metod_str_cut(&text, ','));

		if (name.n)
			list.p[list.n++] = name;
	}
	return list;
}

/* A whole number between the bounds. */
static enum metod_err whole(
    struct metod_cli *cli, const char *option, int64_t low, int64_t high, int64_t *ret)
{
	const char *value = metod_cli_option_of(cli, option);

	if (!value) {
		metod_cli_usage(cli, metod_cli_dashes(cli, option), "is required: %s",
		    metod_cli_tr(cli, "the smallest and the largest possible answer"));
		return metod_hint(&cli->error, "--min 0 --max 3");
	}
	if (!metod_str_i64(metod_str(value), ret) || *ret < low || *ret > high)
		return metod_cli_usage(cli, metod_cli_dashes(cli, option),
		    "must be a whole number in %lld..%lld", (long long)low,
		    (long long)high);
	return METOD_OK;
}

/* Answers of at most `range_max` kinds. */
static enum metod_err range_of(
    struct metod_cli *cli, int64_t range_max, struct metod_answers_wanted *ret)
{
	enum metod_err e = whole(cli, "min", -100, 100, &ret->min);

	return e ? e
		 : whole(cli, "max", ret->min + 1, ret->min + range_max - 1, &ret->max);
}

static enum metod_err read_answers(struct metod_cli *cli, const char *path,
    const struct metod_answers_wanted *wanted, struct metod_answers_csv *ret)
{
	struct metod_issues issues = metod_cli_issues(cli);
	struct metod_str bytes;
	enum metod_err e = metod_cli_read_file(cli, path, &bytes);

	if (e)
		return e;
	e = metod_csv_answers(path, bytes, wanted, cli->arena, ret, &issues);
	if (e) {
		metod_cli_say_issues(cli, &issues);
		metod_fail(&cli->error, e, path, "nothing was computed");
	}
	return e;
}

static struct metod_answers answers_of(struct metod_cli *cli,
    const struct metod_answers_csv *table, const struct metod_answers_wanted *wanted)
{
	const char **names = METOD_NEWS(cli->arena, table->names.n, const char *);

	for (size_t i = 0; i < table->names.n; i++)
		names[i] = metod_arena_z(cli->arena, table->names.p[i]);
	return (struct metod_answers){.n = table->ids.n,
	    .k = table->names.n,
	    .range = (unsigned)(wanted->max - wanted->min + 1),
	    .values = table->values,
	    .names = names};
}

/* ---- output ---- */

static struct metod_reals two(struct metod_cli *cli, double a, double b)
{
	double *p = METOD_NEWS(cli->arena, 2, double);

	p[0] = a;
	p[1] = b;
	return (struct metod_reals){p, 2};
}

/* Machine forms have these keys and no others. */
static int put(struct metod_cli *cli, const struct metod_desc *desc, const void *record)
{
	struct metod_emit how = metod_cli_emit(cli);
	struct metod_buf out = {0};
	enum metod_err e = METOD_OK;
	int status;

	if (cli->sheet)
		return metod_cli_show(cli, desc, record);
	how.schema = NULL;
	if (cli->output == METOD_OUT_TEXT && cli->verb->show && !cli->fields.n)
		cli->verb->show(cli, record, &out);
	else
		e = metod_emit(desc, record, &how, &out, &cli->error);
	if (e == METOD_UNKNOWN)
		cli->error.code = METOD_USAGE;
	status = e ? metod_cli_fail(cli) : metod_cli_put(cli, &out);
	metod_buf_done(&out);
	return status;
}

/* ---- scale ---- */

static const char *const why_no_scale[] = {
    [METOD_SCALE_OK] = "",
    [METOD_SCALE_FEW_PERSONS] =
	"Fewer than two rows are complete: reliability cannot be computed.",
    [METOD_SCALE_ONE_ITEM] = "One item is no scale: reliability needs at least two.",
    [METOD_SCALE_CONSTANT] =
	"All complete rows have the same sum: there is nothing to tell apart.",
};

static struct stats_scale scale_record(struct metod_cli *cli,
    const struct metod_answers *answers, int64_t min,
    const struct metod_scale_stats *stats, const struct metod_item_stats *items)
{
	struct stats_scale scale = {.n = stats->n,
	    .k = stats->k,
	    .alpha = stats->alpha,
	    .alpha_ci = two(cli, stats->alpha_ci[0], stats->alpha_ci[1]),
	    .omega = stats->omega,
	    .sem = stats->sem,
	    .mean = stats->mean + (double)min,
	    .sd = stats->sd};

	scale.items.n = answers->k;
	scale.items.p = METOD_NEWS(cli->arena, answers->k, struct stats_item);
	for (size_t j = 0; j < answers->k; j++) {
		struct stats_item *item = &scale.items.p[j];
		uint64_t *counts = METOD_NEWS(cli->arena, answers->range, uint64_t);

		memcpy(counts, items[j].counts, answers->range * sizeof(*counts));
		*item = (struct stats_item){.name = metod_str(answers->names[j]),
		    .n = stats->n,
		    .mean = items[j].mean + (double)min,
		    .sd = items[j].sd,
		    .item_rest = items[j].item_rest,
		    .alpha_if_dropped = items[j].alpha_if_dropped,
		    .counts = {counts, answers->range}};
	}
	return scale;
}

int metod_cli_run_stats_scale(struct metod_cli *cli)
{
	struct metod_answers_wanted wanted = {
	    .items = names_of(cli, "items"), .reverse = names_of(cli, "reverse")};
	struct metod_answers_csv table;
	struct metod_answers answers;
	struct metod_scale_stats stats;
	struct metod_item_stats *items;
	struct stats_scale scale;

	if (metod_cli_required(cli) || range_of(cli, METOD_ANSWER_RANGE_MAX, &wanted) ||
	    read_answers(cli, metod_cli_option_of(cli, "file"), &wanted, &table))
		return metod_cli_fail(cli);
	answers = answers_of(cli, &table, &wanted);
	items = METOD_NEWS(cli->arena, answers.k, struct metod_item_stats);
	metod_scale_stats(&answers, cli->arena, &stats, items);
	scale = scale_record(cli, &answers, wanted.min, &stats, items);
	if (stats.missing)
		metod_cli_say(cli, "%s", metod_cli_tr(cli, why_no_scale[stats.missing]));
	return put(cli, &stats_scale_desc, &scale);
}

/* ---- calibrate ---- */

static struct stats_params params_record(struct metod_cli *cli,
    const struct metod_answers *answers, const struct metod_grm *items,
    const struct metod_calibration *fit)
{
	struct stats_params params = {.n = fit->n,
	    .loglik = fit->loglik,
	    .iterations = fit->iterations,
	    .converged = fit->converged,
	    .max_gradient_per_n = fit->max_gradient};

	params.items.n = answers->k;
	params.items.p = METOD_NEWS(cli->arena, answers->k, struct stats_param);
	for (size_t j = 0; j < answers->k; j++) {
		size_t n = items[j].categories - 1;
		double *b = METOD_NEWS(cli->arena, n, double);

		for (size_t k = 0; k < n; k++)
			b[k] = -items[j].c[k] / items[j].a;
		params.items.p[j] = (struct stats_param){
		    metod_str(answers->names[j]), items[j].a, {b, n}};
	}
	return params;
}

static enum metod_err prior_of(struct metod_cli *cli, enum metod_prior *ret)
{
	const char *word = metod_cli_option_of(cli, "prior");

	*ret = METOD_PRIOR_DESIGN;
	if (!word || strcmp(word, "design") == 0)
		return METOD_OK;
	*ret = METOD_PRIOR_NONE;
	if (strcmp(word, "none") == 0)
		return METOD_OK;
	return metod_cli_usage(cli, "--prior", "is none or design");
}

static enum metod_err too_many(struct metod_cli *cli, size_t items)
{
	if (items <= METOD_ITEMS_MAX)
		return METOD_OK;
	metod_cli_usage(cli, "--items",
	    "%zu items are too many for one scale: at most %d", items, METOD_ITEMS_MAX);
	return metod_hint(&cli->error, "--items a,b,c");
}

int metod_cli_run_stats_calibrate(struct metod_cli *cli)
{
	struct metod_answers_wanted wanted = {
	    .items = names_of(cli, "items"), .reverse = names_of(cli, "reverse")};
	struct metod_answers_csv table;
	struct metod_answers answers;
	struct metod_calibration fit;
	struct metod_grm *items;
	struct stats_params params;
	enum metod_prior prior;

	if (metod_cli_required(cli) || prior_of(cli, &prior) ||
	    range_of(cli, METOD_CATEGORIES_MAX, &wanted) ||
	    read_answers(cli, metod_cli_option_of(cli, "file"), &wanted, &table) ||
	    too_many(cli, table.names.n))
		return metod_cli_fail(cli);
	answers = answers_of(cli, &table, &wanted);
	items = METOD_NEWS(cli->arena, answers.k, struct metod_grm);
	if (metod_calibrate(&answers, prior, cli->arena, items, &fit, &cli->error)) {
		if (prior == METOD_PRIOR_NONE)
			metod_hint(&cli->error, "--prior design");
		return metod_cli_fail(cli);
	}
	if (!fit.converged)
		metod_cli_say(cli,
		    metod_cli_tr(cli,
			"The search did not settle: the largest gradient per "
			"row is %.2g at item %s. Such parameters are not fit "
			"for use; leave this item out or look at its answers."),
		    fit.max_gradient, answers.names[fit.worst]);
	params = params_record(cli, &answers, items, &fit);
	return put(cli, &stats_params_desc, &params);
}

/* ---- score ---- */

static enum metod_err read_params(struct metod_cli *cli, struct stats_params *ret)
{
	const char *path = metod_cli_option_of(cli, "params");
	struct metod_str text;
	enum metod_err e;

	if (!path) {
		metod_cli_usage(cli, "--params", "is required: %s",
		    metod_cli_tr(cli, "the output of stats calibrate -o json"));
		return METOD_USAGE;
	}
	e = metod_cli_read_file(cli, path, &text);
	return e ? e
		 : metod_load_json(
		       &stats_params_desc, text, true, cli->arena, ret, &cli->error);
}

static enum metod_err to_items(
    struct metod_cli *cli, const struct stats_params *params, struct metod_grm *items)
{
	for (size_t j = 0; j < params->items.n; j++) {
		const struct stats_param *from = &params->items.p[j];
		struct metod_grm *to = &items[j];
		enum metod_err e;

		if (from->b.n != params->items.p[0].b.n)
			return metod_fail(&cli->error, METOD_FORMAT,
			    metod_arena_z(cli->arena, from->name),
			    "has another number of thresholds than the first item");
		to->a = from->a;
		to->categories = (unsigned)from->b.n + 1;
		for (size_t k = 0; k < from->b.n; k++)
			to->c[k] = -from->a * from->b.p[k];
		e = metod_grm_check(to, &cli->error);
		if (e)
			return e;
	}
	return METOD_OK;
}

/* Columns of the parameters' items; the smallest answer is given, or told by the data. */
static enum metod_err wanted_items(struct metod_cli *cli,
    const struct stats_params *params, struct metod_answers_wanted *ret)
{
	int64_t range = (int64_t)params->items.p[0].b.n;

	ret->reverse = names_of(cli, "reverse");
	ret->items.n = params->items.n;
	ret->items.p = METOD_NEWS(cli->arena, ret->items.n, struct metod_str);
	for (size_t j = 0; j < ret->items.n; j++)
		ret->items.p[j] = params->items.p[j].name;
	ret->guess_min = !metod_cli_option_of(cli, "min");
	ret->min = 0;
	if (!ret->guess_min) {
		enum metod_err e = whole(cli, "min", -100, 100, &ret->min);

		if (e)
			return e;
	}
	ret->max = ret->min + range;
	return METOD_OK;
}

static enum metod_err cut_of(struct metod_cli *cli, double *ret)
{
	const char *value = metod_cli_option_of(cli, "cut");

	*ret = NAN;
	if (!value || metod_str_real(metod_str(value), ret))
		return METOD_OK;
	return metod_cli_usage(cli, "--cut", "must be a number");
}

static struct stats_scores score_rows(struct metod_cli *cli,
    const struct metod_answers_csv *table, const struct metod_grm *items, double cut)
{
	static const struct metod_cuts no_cuts = {0.5, 1.5, 2.5, 2.0};
	size_t k = table->names.n;
	const struct metod_scale *scale =
	    metod_scale_new(items, k, &no_cuts, METOD_NODES, cli->arena);
	struct stats_scores scores = {0};

	scores.rows.n = table->ids.n;
	scores.rows.p = METOD_NEWS(cli->arena, scores.rows.n, struct stats_score);
	for (size_t i = 0; i < scores.rows.n; i++) {
		struct metod_posterior post;
		int answers[METOD_ITEMS_MAX];

		for (size_t j = 0; j < k; j++)
			answers[j] = table->values[i * k + j];
		metod_score_posterior(scale, answers, &post);
		scores.rows.p[i] = (struct stats_score){table->ids.p[i], post.eap,
		    post.psd, isnan(cut) ? NAN : metod_posterior_below(&post, cut)};
	}
	return scores;
}

/* JSON is the bare array of the rows. */
static int put_array(struct metod_cli *cli, const struct stats_scores *scores)
{
	struct metod_emit how = metod_cli_emit(cli);
	struct metod_buf out = {0};
	enum metod_err e = METOD_OK;
	int status;

	how.schema = NULL;
	metod_buf_byte(&out, '[');
	for (size_t i = 0; i < scores->rows.n && !e; i++) {
		if (i)
			metod_buf_byte(&out, ',');
		e = metod_emit(
		    &stats_score_desc, &scores->rows.p[i], &how, &out, &cli->error);
		/* Without the line feed that ends a document. */
		while (out.n && out.p[out.n - 1] == '\n')
			out.n--;
	}
	metod_buf_z(&out, "]\n");
	if (e == METOD_UNKNOWN)
		cli->error.code = METOD_USAGE;
	status = e ? metod_cli_fail(cli) : metod_cli_put(cli, &out);
	metod_buf_done(&out);
	return status;
}

int metod_cli_run_stats_score(struct metod_cli *cli)
{
	struct metod_answers_wanted wanted = {0};
	struct metod_answers_csv table;
	struct metod_grm items[METOD_ITEMS_MAX];
	struct stats_params params = {0};
	struct stats_scores scores;
	double cut;

	if (metod_cli_required(cli) || cut_of(cli, &cut) || read_params(cli, &params) ||
	    to_items(cli, &params, items) || wanted_items(cli, &params, &wanted) ||
	    read_answers(cli, metod_cli_option_of(cli, "file"), &wanted, &table))
		return metod_cli_fail(cli);
	scores = score_rows(cli, &table, items, cut);
	if (cli->output == METOD_OUT_JSON && !cli->sheet)
		return put_array(cli, &scores);
	return put(cli, &stats_scores_desc, &scores);
}

/* ---- change ---- */

struct by_id {
	struct metod_str id;
	size_t row;
};

static int compare_ids(const void *a, const void *b)
{
	const struct by_id *x = a, *y = b;

	return metod_str_cmp(x->id, y->id);
}

static struct by_id *sorted(struct metod_cli *cli, const struct metod_answers_csv *table)
{
	struct by_id *list = METOD_NEWS(cli->arena, table->ids.n, struct by_id);

	for (size_t i = 0; i < table->ids.n; i++)
		list[i] = (struct by_id){table->ids.p[i], i};
	qsort(list, table->ids.n, sizeof(*list), compare_ids);
	return list;
}

/* Rows of both tables with the same id, in the order of ids. */
static void match_rows(struct metod_cli *cli, struct metod_answers_csv *entry,
    struct metod_answers_csv *exit)
{
	struct by_id *a = sorted(cli, entry), *b = sorted(cli, exit);
	size_t most = entry->ids.n < exit->ids.n ? entry->ids.n : exit->ids.n;
	size_t k = entry->names.n, i = 0, j = 0, n = 0;
	int8_t *before = METOD_NEWS(cli->arena, most * k, int8_t);
	int8_t *after = METOD_NEWS(cli->arena, most * k, int8_t);

	while (i < entry->ids.n && j < exit->ids.n) {
		int order = metod_str_cmp(a[i].id, b[j].id);

		if (order == 0) {
			memcpy(before + n * k, entry->values + a[i].row * k, k);
			memcpy(after + n * k, exit->values + b[j].row * k, k);
			n++;
		}
		i += order <= 0;
		j += order >= 0;
	}
	entry->values = before;
	exit->values = after;
	entry->ids.n = exit->ids.n = n;
}

static struct stats_change change_record(
    struct metod_cli *cli, const struct metod_change_stats *stats, int64_t min)
{
	const struct metod_scale_stats *entry = &stats->entry, *exit = &stats->exit;

	return (struct stats_change){.n = stats->n,
	    .alpha = two(cli, entry->alpha, exit->alpha),
	    .mean = two(cli, entry->mean + (double)min, exit->mean + (double)min),
	    .sd = two(cli, entry->sd, exit->sd),
	    .r12 = stats->r12,
	    .se_diff_jt = stats->se_diff_jt,
	    .se_diff = stats->se_diff,
	    .down = stats->down,
	    .up = stats->up,
	    .mean_change = stats->mean_change,
	    .ci = two(cli, stats->ci[0], stats->ci[1]),
	    .t = stats->t,
	    .d_av = stats->d_av};
}

int metod_cli_run_stats_change(struct metod_cli *cli)
{
	struct metod_answers_wanted wanted = {
	    .items = names_of(cli, "items"), .reverse = names_of(cli, "reverse")};
	struct metod_answers_csv first, second;
	struct metod_answers entry, exit;
	struct metod_change_stats stats;
	struct stats_change change;

	if (metod_cli_required(cli) || range_of(cli, METOD_ANSWER_RANGE_MAX, &wanted) ||
	    read_answers(cli, metod_cli_option_of(cli, "entry"), &wanted, &first))
		return metod_cli_fail(cli);
	wanted.items = first.names; /* the same columns in the same order */
	if (read_answers(cli, metod_cli_option_of(cli, "exit"), &wanted, &second))
		return metod_cli_fail(cli);
	match_rows(cli, &first, &second);
	entry = answers_of(cli, &first, &wanted);
	exit = answers_of(cli, &second, &wanted);
	metod_change_stats(&entry, &exit, cli->arena, &stats);
	change = change_record(cli, &stats, wanted.min);
	if (stats.entry.missing)
		metod_cli_say(
		    cli, "%s", metod_cli_tr(cli, why_no_scale[stats.entry.missing]));
	return put(cli, &stats_change_desc, &change);
}
