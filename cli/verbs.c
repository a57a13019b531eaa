/* SPDX-License-Identifier: Apache-2.0
 * The verbs: the daemon's list, joined with the few that need help of the client or that
 * the client does alone. A verb without a row here is called and shown by its
 * descriptors. */
#include "cli.h"

#include <string.h>

/* clang-format off */
static const struct metod_cli_option import_options[] = {
	{"file", 0, METOD_CLI_WORD, "CSV file, - for standard input"},
	{"errors", 0, METOD_CLI_VALUE, "Where to write the bad rows (FILE.errors.csv)"},
};
static const struct metod_cli_option paths_options[] = {
	{"path", 0, METOD_CLI_WORDS, "YAML files or folders"},
};
static const struct metod_cli_option diff_options[] = {
	{"old", 0, METOD_CLI_WORD, "A file or folder as it was"},
	{"new", 0, METOD_CLI_WORD, "The same as it is now"},
};
static const struct metod_cli_option save_options[] = {
	{"save", 0, METOD_CLI_VALUE, "Write it to this file, readable by you only, instead of printing"},
};
static const struct metod_cli_option invite_options[] = {
	{"html", 0, METOD_CLI_VALUE, "Write slips to cut and hand out as an HTML page"},
	{"url", 0, METOD_CLI_VALUE, "Address of the site, printed on the slips"},
};
static const struct metod_cli_option recommend_options[] = {
	{"format", 'f', METOD_CLI_VALUE, "text, md, json or html"},
	{"out", 0, METOD_CLI_VALUE, "Write to this file"},
};
static const struct metod_cli_option restore_options[] = {
	{"file", 0, METOD_CLI_WORD, "The copy"},
	{"data", 0, METOD_CLI_VALUE, "Data directory (that of the configuration)"},
	{"confirm", 0, METOD_CLI_VALUE, "Name of the copy once more"},
	{"dry-run", 0, METOD_CLI_FLAG, "Only say what would be lost"},
};
static const struct metod_cli_option copy_options[] = {
	{"file", 0, METOD_CLI_WORD, "The copy"},
};
static const struct metod_cli_option rebuild_options[] = {
	{"data", 0, METOD_CLI_VALUE, "Data directory (that of the configuration)"},
	{"keep", 0, METOD_CLI_VALUE, "Events of a damaged journal to keep"},
};
static const struct metod_cli_option upgrade_options[] = {
	{"data", 0, METOD_CLI_VALUE, "Data directory (that of the configuration)"},
};
static const struct metod_cli_option doctor_options[] = {
	{"config", 0, METOD_CLI_VALUE, "Configuration file of the daemon"},
};
static const struct metod_cli_option audit_options[] = {
	{"head", 0, METOD_CLI_VALUE, "SEQ:HEX, the manifest of a copy, or a log with heads"},
	{"data", 0, METOD_CLI_VALUE, "A data directory or copy that nobody serves now"},
};
static const struct metod_cli_option verify_options[] = {
	{"data", 0, METOD_CLI_VALUE, "A data directory or copy that nobody serves now"},
};
static const struct metod_cli_option config_options[] = {
	{"file", 0, METOD_CLI_MAYBE, "Configuration file of the daemon"},
};
static const struct metod_cli_option settings_options[] = {
	{"file", 0, METOD_CLI_MAYBE, "Configuration file of the daemon"},
	{"origin", 0, METOD_CLI_FLAG, "Also where each value comes from"},
};
static const struct metod_cli_option maybe_command_options[] = {
	{"command", 0, METOD_CLI_MAYBE, "Command: noun and verb"},
	{"verb", 0, METOD_CLI_MAYBE, "Verb"},
};
static const struct metod_cli_option schema_options[] = {
	{"command", 0, METOD_CLI_MAYBE, "Command: noun and verb"},
	{"verb", 0, METOD_CLI_MAYBE, "Verb"},
	{"format", 'f', METOD_CLI_VALUE, "text, json, or md: the whole protocol as a document"},
};
static const struct metod_cli_option shell_options[] = {
	{"shell", 0, METOD_CLI_WORD, "bash, zsh or fish"},
};
static const struct metod_cli_option sheets_options[] = {
	{"folder", 0, METOD_CLI_WORD, "Folder with the content (surveys/)"},
};
#define ANSWERS_OPTIONS                                                                              \
	{"min", 0, METOD_CLI_VALUE, "Smallest possible answer"},                                      \
	{"max", 0, METOD_CLI_VALUE, "Largest possible answer"},                                       \
	{"items", 0, METOD_CLI_VALUE, "Columns of the items, with commas (all but id)"},              \
	{"reverse", 0, METOD_CLI_VALUE, "Columns whose answers are turned over"}
static const struct metod_cli_option scale_options[] = {
	{"file", 0, METOD_CLI_WORD, "CSV file of answers, - for standard input"},
	ANSWERS_OPTIONS,
};
static const struct metod_cli_option calibrate_options[] = {
	{"file", 0, METOD_CLI_WORD, "CSV file of answers, - for standard input"},
	ANSWERS_OPTIONS,
	{"prior", 0, METOD_CLI_VALUE, "design (holds items with few answers) or none"},
};
static const struct metod_cli_option score_options[] = {
	{"file", 0, METOD_CLI_WORD, "CSV file of answers, - for standard input"},
	{"params", 0, METOD_CLI_VALUE, "Item parameters: what stats calibrate -o json printed"},
	{"cut", 0, METOD_CLI_VALUE, "A place on the scale; the chance to be below it is printed"},
	{"min", 0, METOD_CLI_VALUE, "Smallest possible answer"},
	{"reverse", 0, METOD_CLI_VALUE, "Columns whose answers are turned over"},
};
static const struct metod_cli_option change_options[] = {
	{"entry", 0, METOD_CLI_WORD, "CSV file of the answers before"},
	{"exit", 0, METOD_CLI_WORD, "CSV file of the answers after; rows are matched by id"},
	ANSWERS_OPTIONS,
};
static const struct metod_cli_option solve_options[] = {
	{"dir", 0, METOD_CLI_WORD, "Folder with mentees.csv, mentors.csv and pairs.csv"},
	{"fairness", 0, METOD_CLI_VALUE, "Points that each further mentee of a mentor costs (200)"},
	{"outside", 0, METOD_CLI_VALUE, "Points lost without a mentor, by tier (100000,30000,3000)"},
	{"continuity", 0, METOD_CLI_VALUE, "Points for a pair that is running already (1000)"},
	{"tiers", 0, METOD_CLI_VALUE, "strict: tier 1 is covered as far as it can be; soft"},
	{"season", 0, METOD_CLI_VALUE, "Number that settles equal choices (0)"},
	{"certificate", 0, METOD_CLI_VALUE, "Write what proves the result to this CSV file"},
};
static const struct metod_cli_option verify_match_options[] = {
	{"dir", 0, METOD_CLI_WORD, "Folder with mentees.csv, mentors.csv and pairs.csv"},
	{"file", 0, METOD_CLI_WORD, "The certificate"},
};
static const struct metod_cli_option order_options[] = {
	{"dir", 0, METOD_CLI_WORD, "Folder with candidates.csv, teachers.csv and benefits.csv"},
	{"what-if", 0, METOD_CLI_FLAG, "Also what the order is worth without each opened group"},
	{"multipliers", 0, METOD_CLI_FLAG, "With -o json: the numbers that prove the bound"},
};
static const struct metod_cli_option route_solve_options[] = {
	{"dir", 0, METOD_CLI_WORD, "Folder with teachers.csv, needs.csv, activities.csv, gains.csv, sessions.csv, prerequisites.csv"},
	{"nodes", 0, METOD_CLI_VALUE, "Steps of the search for one teacher at most (3000); more makes gaps smaller"},
};
#define OPTIONS(list) list, METOD_LEN(list)

/* Commands of the daemon that get help. */
static const struct metod_cli_verb helped[] = {
	{"status", NULL, NULL, NULL, 0, NULL, metod_cli_show_status, NULL},
	{"login", NULL, NULL, OPTIONS(save_options), metod_cli_run_login, NULL, NULL},
	{"token.issue", NULL, NULL, OPTIONS(save_options), metod_cli_run_login, NULL, NULL},
	{"session.enter", NULL, NULL, OPTIONS(save_options), metod_cli_run_login, NULL, NULL},
	{"attempt.submit", NULL, NULL, OPTIONS(save_options), metod_cli_run_login, NULL, NULL},
	{"org.import", NULL, NULL, OPTIONS(import_options), metod_cli_run_import, NULL, NULL},
	{"teacher.import", NULL, NULL, OPTIONS(import_options), metod_cli_run_import, NULL, NULL},
	{"association.import", NULL, NULL, OPTIONS(import_options), metod_cli_run_import, NULL, NULL},
	{"mentor.import", NULL, NULL, OPTIONS(import_options), metod_cli_run_import, NULL, NULL},
	{"activity.import", NULL, NULL, OPTIONS(import_options), metod_cli_run_import, NULL, NULL},
	{"teacher.export", NULL, NULL, NULL, 0, metod_cli_run_teacher_export, NULL, NULL},
	{"teacher.forget", NULL, NULL, NULL, 0, metod_cli_run_teacher_forget, NULL, NULL},
	{"form.load", NULL, NULL, OPTIONS(paths_options), metod_cli_run_form_load, NULL, NULL},
	{"invite.print", NULL, NULL, OPTIONS(invite_options), metod_cli_run_invite_print, NULL, NULL},
	{"me.data", NULL, NULL, NULL, 0, metod_cli_run_teacher_export, NULL, NULL},
	{"me.profile", NULL, NULL, NULL, 0, NULL, metod_cli_show_profile, NULL},
	{"profile.show", NULL, NULL, NULL, 0, NULL, metod_cli_show_profile, NULL},
	{"me.route", NULL, NULL, NULL, 0, NULL, metod_cli_show_route, NULL},
	{"route.show", NULL, NULL, NULL, 0, NULL, metod_cli_show_route, NULL},
	{"deficit.top", NULL, NULL, NULL, 0, NULL, metod_cli_show_top, NULL},
	{"deficit.map", NULL, NULL, NULL, 0, NULL, metod_cli_show_map, metod_cli_map_grid},
	{"mentor.suggest", NULL, NULL, NULL, 0, NULL, metod_cli_show_pairs, NULL},
	{"mentor.pairs", NULL, NULL, NULL, 0, NULL, metod_cli_show_pairs, NULL},
	{"mentee.show", NULL, NULL, NULL, 0, NULL, metod_cli_show_mentee, NULL},
	{"recommend.build", NULL, NULL, OPTIONS(recommend_options), metod_cli_run_recommend, NULL, NULL},
	{"recommend.show", NULL, NULL, OPTIONS(recommend_options), metod_cli_run_recommend, NULL, NULL},
	{"answers.export", NULL, NULL, NULL, 0, metod_cli_run_answers_export, NULL, NULL},
	{"audit.verify", NULL, NULL, OPTIONS(audit_options), metod_cli_run_audit_verify, NULL, NULL},
	{"store.verify", NULL, NULL, OPTIONS(verify_options), metod_cli_run_verify, NULL, NULL},
};

/* What the client does alone. */
static const struct metod_cli_verb own[] = {
	{"form.check", "Check framework, forms, parameters and rules without a daemon", NULL, OPTIONS(paths_options), metod_cli_run_form_check, NULL, NULL},
	{"form.diff", "What changed between two files or folders, and whether results stay comparable", NULL, OPTIONS(diff_options), metod_cli_run_form_diff, NULL, NULL},
	{"form.sheets", "Tables for a methodical council to review and sign: HTML, or -o xlsx", NULL, OPTIONS(sheets_options), metod_cli_run_form_sheets, NULL, NULL},
	{"backup.restore", "Put a copy back in place of a store that is not served", NULL, OPTIONS(restore_options), metod_cli_run_restore, NULL, NULL},
	{"backup.verify", "Check a copy and its manifest", NULL, OPTIONS(copy_options), metod_cli_run_verify_copy, NULL, NULL},
	{"store.rebuild", "Make a stopped store anew from its journal", NULL, OPTIONS(rebuild_options), metod_cli_run_rebuild, NULL, NULL},
	{"store.upgrade", "Make a stopped store of an older format anew", NULL, OPTIONS(upgrade_options), metod_cli_run_rebuild, NULL, NULL},
	{"doctor", "What is wrong, and the command that mends it", NULL, OPTIONS(doctor_options), metod_cli_run_doctor, metod_cli_show_doctor, NULL},
	{"config.check", "Check the configuration file of the daemon", NULL, OPTIONS(config_options), metod_cli_run_config, NULL, NULL},
	{"config.show", "Show the settings in force", NULL, OPTIONS(settings_options), metod_cli_run_config, NULL, NULL},
	{"mentor.solve", "Match mentees and mentors of CSV files, with proof", NULL, OPTIONS(solve_options), metod_cli_run_mentor_solve, NULL, NULL},
	{"mentor.verify", "Check the certificate of a matching", NULL, OPTIONS(verify_match_options), metod_cli_run_mentor_verify, NULL, NULL},
	{"order.solve", "Which groups to open and for whom, from CSV files, with a bound", NULL, OPTIONS(order_options), metod_cli_run_order_solve, NULL, NULL},
	{"route.solve", "Routes for the teachers of CSV files, each with a bound", NULL, OPTIONS(route_solve_options), metod_cli_run_route_solve, NULL, NULL},
	{"stats.scale", "Reliability of a scale and its items, from a CSV file", NULL, OPTIONS(scale_options), metod_cli_run_stats_scale, metod_cli_show_stats_scale, NULL},
	{"stats.calibrate", "Item parameters of the graded response model, from a CSV file", NULL, OPTIONS(calibrate_options), metod_cli_run_stats_calibrate, metod_cli_show_stats_params, NULL},
	{"stats.score", "Scores and their errors with given item parameters", NULL, OPTIONS(score_options), metod_cli_run_stats_score, metod_cli_show_stats_scores, NULL},
	{"stats.change", "Change between two files of the same people", NULL, OPTIONS(change_options), metod_cli_run_stats_change, metod_cli_show_stats_change, NULL},
	{"schema", "Commands, fields and errors, for programs", NULL, OPTIONS(schema_options), metod_cli_run_schema, NULL, NULL},
	{"completion", "Completion script for a shell", NULL, OPTIONS(shell_options), metod_cli_run_completion, NULL, NULL},
	{"help", "What can be asked for", NULL, OPTIONS(maybe_command_options), metod_cli_run_help, NULL, NULL},
};
/* clang-format on */

enum { VERBS_MAX = 160 };
static struct metod_cli_verb verbs[VERBS_MAX];
static size_t verbs_n;

static struct metod_cli_verb joined(const struct metod_command *command)
{
	struct metod_cli_verb verb = {0};

	for (size_t i = 0; i < METOD_LEN(helped); i++) {
		if (strcmp(helped[i].name, command->name) == 0)
			verb = helped[i];
	}
	verb.name = command->name;
	verb.summary = command->summary;
	verb.command = command;
	return verb;
}

const struct metod_cli_verb *metod_cli_verbs(size_t *ret_n)
{
	if (verbs_n == 0) {
		for (size_t i = 0; i < metod_commands_n && verbs_n < VERBS_MAX; i++)
			verbs[verbs_n++] = joined(&metod_commands[i]);
		for (size_t i = 0; i < METOD_LEN(own) && verbs_n < VERBS_MAX; i++)
			verbs[verbs_n++] = own[i];
	}
	*ret_n = verbs_n;
	return verbs;
}

const struct metod_cli_verb *metod_cli_verb_find(struct metod_str name)
{
	size_t n;
	const struct metod_cli_verb *all = metod_cli_verbs(&n);

	for (size_t i = 0; i < n; i++) {
		if (metod_str_is(name, all[i].name))
			return &all[i];
	}
	return NULL;
}

const char *metod_cli_spelling(struct metod_cli *cli, const struct metod_cli_verb *verb)
{
	struct metod_str rest = metod_str(verb->name);
	struct metod_str noun = metod_str_cut(&rest, '.');

	return metod_arena_printf(
	    cli->arena, "%.*s%s%.*s", METOD_FMT(noun), rest.n ? " " : "", METOD_FMT(rest))
	    .p;
}

bool metod_cli_field_is_open(const struct metod_field *field)
{
	return !(field->flags & METOD_HIDE) && field->kind != METOD_KIND_REC &&
	    field->kind != METOD_KIND_RECS;
}
