/* SPDX-License-Identifier: Apache-2.0
 * What the files of the client share: one invocation, the verbs, the connection, the
 * output. The client holds no rule of the domain: it asks the daemon and shows the
 * answer. */
#pragma once

#include <stdio.h>

#include "metod/commands.h"
#include "metod/conf.h"
#include "metod/doc.h"
#include "metod/i18n.h"
#include "metod/version.h"
#include "metod/wire.h"

enum {
	METOD_CLI_USAGE = 2,
	METOD_CLI_CANCELLED = 9,
	METOD_CLI_WORDS_MAX = 64, /* positional words of one call */
	METOD_CLI_SECRETS_MAX = 4,
	METOD_CLI_OPTIONS_MAX = 64, /* options of one call */
	METOD_CLI_WIDTH = 80,       /* columns when there is no terminal */
};

/* An option or positional word that only the client knows (files, formats). The daemon's
 * ones are the fields of the request descriptor. */
struct metod_cli_option {
	const char *name; /* without dashes */
	char letter;      /* short form, 0: none */
	enum {
		METOD_CLI_FLAG,
		METOD_CLI_VALUE,
		METOD_CLI_WORD,  /* positional, required, in order */
		METOD_CLI_MAYBE, /* positional, may be absent */
		METOD_CLI_WORDS, /* positional, one or more; the last one */
	} kind;
	const char *title; /* msgid */
};

struct metod_cli;
struct metod_cli_rpc;

/* One thing that can be asked for: a command of the daemon, perhaps with help of the
 * client, or something the client does alone. */
struct metod_cli_verb {
	const char *name;                    /* "noun.verb" or "verb" */
	const char *summary;                 /* msgid */
	const struct metod_command *command; /* NULL: the client alone */
	const struct metod_cli_option *options;
	size_t options_n;
	/* Runs the verb; NULL: call the command and show the reply. Returns the exit
	 * status. */
	int (*run)(struct metod_cli *cli);
	/* Text for people of a reply; NULL: the general writer. */
	void (*show)(struct metod_cli *cli, const void *reply, struct metod_buf *out);
	/* The first sheet of a workbook; NULL: the rows as they are. */
	struct metod_grid (*grid)(struct metod_cli *cli, const void *reply);
};

/* Where a secret of the request is to be read from. */
struct metod_cli_secret {
	const struct metod_field *field;
	const char *path; /* NULL: from fd */
	int fd;
};

struct metod_cli_given {
	const struct metod_cli_option *option;
	const char *value;
};

/* One invocation. Memory of values is in the arena or in argv. */
struct metod_cli {
	struct metod_arena *arena;
	enum metod_lang lang;
	/* global options */
	enum metod_output output;
	bool sheet; /* a workbook instead; `output` is a machine form then */
	bool output_given, quiet, no_input, excel, help, version;
	const char *save; /* file for the data; NULL: standard output */
	enum { METOD_CLI_AUTO, METOD_CLI_ALWAYS, METOD_CLI_NEVER } color_wish;
	bool color, color_err; /* standard output, standard error */
	struct metod_strs fields;
	const char *socket, *token_file, *key;
	const char *wished_lang; /* of a settings file or METOD_LANG; NULL: none */
	struct metod_str noun;   /* first word, when it is no verb by itself */
	unsigned timeout_s;
	/* the call */
	const struct metod_cli_verb *verb;
	void *
	    request; /* record of verb->command, filled from argv; NULL without command */
	uint64_t given; /* bit i: field i of the request was given */
	struct metod_cli_given options[METOD_CLI_OPTIONS_MAX];
	size_t options_n;
	const char *words[METOD_CLI_WORDS_MAX]; /* words of METOD_CLI_WORDS */
	size_t words_n;
	struct metod_cli_secret secrets[METOD_CLI_SECRETS_MAX];
	size_t secrets_n;
	/* surroundings */
	bool tty_in, tty_out, tty_err;
	unsigned width;
	int zone_minutes;
	bool store_known, demo;    /* metod_cli_learn_store was here; training data */
	struct metod_str source;   /* whose store it is, and its program; may be empty */
	struct metod_cli_rpc *rpc; /* opened by the first call */
	unsigned calls;            /* writes made with the user's key */
	unsigned progress;         /* per cent shown last */
	bool secrets_shown;        /* this verb was made to print a secret */
	struct metod_error error;
};

/* ---- main ---- */
/* The whole program: parses, runs, prints. Returns the exit status. */
int metod_cli_main(int argc, char **argv);
/* Text in the language of the invocation. */
const char *metod_cli_tr(const struct metod_cli *cli, const char *msgid)
    __attribute__((format_arg(2)));
/* Title or fixed word of a record in that language. */
const char *metod_cli_word(struct metod_cli *cli, struct metod_str word);

/* ---- verbs.c ---- */
/* All verbs: the daemon's commands in the order of their list, then the client's own. */
const struct metod_cli_verb *metod_cli_verbs(size_t *ret_n);
const struct metod_cli_verb *metod_cli_verb_find(struct metod_str name);
/* "noun verb" of a verb, in the arena. */
const char *metod_cli_spelling(struct metod_cli *cli, const struct metod_cli_verb *verb);
/* Is the request field an option or word of the command line (and not filled by the
 * client)? */
bool metod_cli_field_is_open(const struct metod_field *field);

/* ---- parse.c ---- */
/* Fills the invocation from argv[1..]. METOD_USAGE or METOD_UNKNOWN with the text in
 * cli->error. Required fields are not checked here: a verb may fill them itself. */
enum metod_err metod_cli_parse(
    struct metod_cli *cli, int argc, char **argv) METOD_MUST_CHECK;
/* A mistake in the command line, in cli->error: METOD_USAGE. */
#define metod_cli_usage(cli, ...) metod_fail(&(cli)->error, METOD_USAGE, __VA_ARGS__)

/* ---- globals.c ---- */
/* In the order of help. */
extern const struct metod_cli_option metod_cli_globals[];
extern const size_t metod_cli_globals_n;
/* Values of -o and --color, up to NULL. */
extern const char *const metod_cli_outputs[], *const metod_cli_colors[];
/* Sets the global option metod_cli_globals[which]; value "" for a flag. */
enum metod_err metod_cli_set_global(
    struct metod_cli *cli, size_t which, const char *value) METOD_MUST_CHECK;
/* What follows from the options together and from the surroundings: form by the name of
 * --save, colours. METOD_USAGE when bytes would go to a terminal, METOD_IO when the
 * folder of --save takes no files. */
enum metod_err metod_cli_settle(struct metod_cli *cli) METOD_MUST_CHECK;
/* Language from --lang, `wished` (may be NULL) and the locale: Russian unless something
 * says English. */
enum metod_lang metod_cli_parse_lang(int argc, char **argv, const char *wished);
/* ---- settings.c ---- */
/* Global options from /etc/metod/metodctl.conf, the user's file below it, and METOD_*
 * above both. METOD_USAGE with file and line. */
enum metod_err metod_cli_read_surroundings(struct metod_cli *cli) METOD_MUST_CHECK;
/* ---- interrupt.c ---- */
void metod_cli_catch_interrupts(void);
/* Typed characters are not shown, until metod_cli_unsilence or a signal. */
bool metod_cli_silence(void);
void metod_cli_unsilence(void);
/* This file is removed by an interruption; NULL: nothing is. */
void metod_cli_unfinished(const char *path);

/* ---- given.c ---- */
/* METOD_USAGE when a METOD_REQ field or word was not given. */
enum metod_err metod_cli_required(struct metod_cli *cli) METOD_MUST_CHECK;
/* Value of a client option: text, "" for a flag that was given, NULL when absent. */
const char *metod_cli_option_of(const struct metod_cli *cli, const char *name);
/* Marks a request field as given (after a verb wrote it). */
void metod_cli_give(struct metod_cli *cli, const char *field);
bool metod_cli_was_given(const struct metod_cli *cli, const char *field);
/* Spelling of a field as option: `--low-result`. */
const char *metod_cli_dashes(struct metod_cli *cli, const char *field);

/* ---- nearest.c ---- */
/* Nearest of the candidates to what was typed, also when it was typed in the Russian
 * keyboard layout or with Russian letters that look Latin. NULL: nothing is near. */
const char *metod_cli_nearest(
    struct metod_cli *cli, const char *typed, const char *const *candidates, size_t n);

/* ---- rpc.c ---- */
/* Calls the command and reads its reply into *ret_reply (arena). Opens the connection
 * when needed; a lost one is opened again and the call repeated under the same key. */
enum metod_err metod_cli_call(struct metod_cli *cli, const struct metod_command *command,
    const void *request, void *ret_reply) METOD_MUST_CHECK;
void metod_cli_rpc_free(struct metod_cli_rpc *rpc);

/* ---- secret.c ---- */
/* Reads the METOD_SECRET fields of the request: from the file or descriptor that was
 * named, or (required ones) from the terminal without echo. */
enum metod_err metod_cli_secrets(struct metod_cli *cli) METOD_MUST_CHECK;
/* First line of a file ("-": standard input), without white space around. */
enum metod_err metod_cli_read_line(
    struct metod_cli *cli, const char *path, struct metod_str *ret) METOD_MUST_CHECK;
/* Asks on the terminal, with or without echo; false: nobody there, or end of input. */
bool metod_cli_ask(
    struct metod_cli *cli, const char *prompt, bool echo, struct metod_str *ret);
/* Writes a session or token to the file of --save, readable by its owner only. */
enum metod_err metod_cli_save_secret(
    struct metod_cli *cli, const char *path, struct metod_str secret) METOD_MUST_CHECK;

/* ---- output.c ---- */
/* Prints a reply in the chosen form; returns the exit status. */
int metod_cli_show(
    struct metod_cli *cli, const struct metod_desc *desc, const void *reply);
/* How to emit, from the global options. */
struct metod_emit metod_cli_emit(struct metod_cli *cli);
/* Prints cli->error on stderr; returns its exit status. */
int metod_cli_fail(struct metod_cli *cli);
/* Words for a person on stderr, with a line feed; nothing with -q. */
void metod_cli_say(const struct metod_cli *cli, const char *format, ...)
    METOD_PRINTF(2, 3);
/* How much is done: one moving number on a terminal, else one line each 10 %. */
void metod_cli_progress(struct metod_cli *cli, size_t done, size_t total);
/* «учебные данные» line. */
void metod_cli_demo_line(struct metod_cli *cli, bool demo, struct metod_buf *out);
/* Asks the daemon once for the zone of the store and whether its data are for training.
 */
void metod_cli_learn_store(struct metod_cli *cli);

/* ---- put.c ---- */
/* Data to the file of --save, a pager or standard output. A reader that went away ends
 * the program quietly. Returns the exit status. */
int metod_cli_put(struct metod_cli *cli, const struct metod_buf *out);
/* Mode of such a file: as the user's mask says; private when it holds secrets. */
unsigned metod_cli_save_mode(const struct metod_cli *cli);
/* Writes a file beside others: new content under a temporary name, then renamed. "-":
 * standard output. */
enum metod_err metod_cli_write_file(struct metod_cli *cli, const char *path,
    struct metod_str text, unsigned mode) METOD_MUST_CHECK;
/* The same for a library that writes files itself: `write` gets the temporary name. path
 * NULL: standard output. */
enum metod_err metod_cli_write_by(struct metod_cli *cli, const char *path,
    enum metod_err (*write)(struct metod_cli *cli, const char *path, void *arg),
    void *arg) METOD_MUST_CHECK;

/* ---- sheet.c ---- */
/* The reply as a workbook; returns the exit status. */
int metod_cli_show_sheet(
    struct metod_cli *cli, const struct metod_desc *desc, const void *reply);
/* The same with this grid instead of the rows. */
int metod_cli_put_sheet(struct metod_cli *cli, const struct metod_desc *desc,
    const void *reply, const struct metod_grid *rows);
/* These grids as a workbook; returns the exit status. */
int metod_cli_put_grids(
    struct metod_cli *cli, const char *title, const struct metod_grid *grids, size_t n);
struct metod_render metod_cli_render(struct metod_cli *cli);

/* ---- files.c ---- */
/* Whole file, "-": standard input. Issues become cli->error. */
enum metod_err metod_cli_read_file(
    struct metod_cli *cli, const char *path, struct metod_str *ret) METOD_MUST_CHECK;
/* Finding collector for lib/conf in the language of the invocation. */
struct metod_issues metod_cli_issues(struct metod_cli *cli);
/* msgid -> text, for lib/conf, which passes no argument. */
typedef const char *metod_cli_tr_fn(const char *msgid);
metod_cli_tr_fn *metod_cli_translator(const struct metod_cli *cli);
/* Findings as data on standard output: lines in text, records in machine formats. Counts
 * on standard error. Exit status: 7 when there is an error. */
int metod_cli_show_issues(struct metod_cli *cli, const struct metod_issues *issues);
/* Findings on standard error. */
void metod_cli_say_issues(const struct metod_cli *cli, const struct metod_issues *issues);

/* ---- layout.c: small pieces of text for people ---- */
enum metod_cli_tone {
	METOD_CLI_PLAIN,
	METOD_CLI_TITLE,
	METOD_CLI_GOOD,
	METOD_CLI_CARE, /* asks for attention */
	METOD_CLI_BAD,
};
/* The text in its colour when standard output has colours; in the arena. The words must
 * say the same without it. */
const char *metod_cli_paint(
    struct metod_cli *cli, enum metod_cli_tone tone, const char *text);
/* Text and spaces up to `width` columns; longer text is kept whole. */
void metod_cli_pad(struct metod_buf *out, struct metod_str text, size_t width);
void metod_cli_pad_left(struct metod_buf *out, struct metod_str text, size_t width);
/* Words of a text in lines of at most `width` columns; every line after `indent` spaces.
 */
void metod_cli_wrap(
    struct metod_buf *out, struct metod_str text, size_t indent, size_t width);
/* The text with every line that is wider than the terminal wrapped between words, under
 * its own indent. */
void metod_cli_narrow(struct metod_buf *out, struct metod_str text, size_t width);
/* As much of the text as fits into `width` columns, with … when something was cut. */
struct metod_str metod_cli_cut(
    struct metod_cli *cli, struct metod_str text, size_t width);
/* 3777 -> "3 777". */
const char *metod_cli_number(struct metod_cli *cli, uint64_t number);
/* 0.3517, 2 -> "0,35", with a point in English; — when it is not finite. */
struct metod_str metod_cli_real(struct metod_cli *cli, double value, int digits);
/* Day.month of a date, "" for METOD_NIL. */
struct metod_str metod_cli_day(struct metod_cli *cli, int64_t days);
/* A moment in the zone of the store, which it names. */
struct metod_str metod_cli_moment(struct metod_cli *cli, int64_t time_ms);
/* The list joined by the separator. */
struct metod_str metod_cli_join(
    struct metod_cli *cli, struct metod_strs list, const char *sep);

/* ---- help.c, complete.c, schema.c ---- */
void metod_cli_help(struct metod_cli *cli, struct metod_buf *out);
void metod_cli_help_verb(
    struct metod_cli *cli, const struct metod_cli_verb *verb, struct metod_buf *out);
void metod_cli_help_noun(
    struct metod_cli *cli, struct metod_str noun, struct metod_buf *out);
/* Help on the verb, the noun or everything, to standard output. */
int metod_cli_put_help(struct metod_cli *cli);
void metod_cli_schema_json(
    struct metod_cli *cli, const struct metod_command *only, struct metod_buf *out);
/* docs/protocol.md. An error only when an example in it does not fit the lists. */
enum metod_err metod_cli_protocol(
    struct metod_cli *cli, struct metod_buf *out) METOD_MUST_CHECK;
/* First argument of a call by a shell's completion: words up to the cursor follow. */
#define METOD_CLI_COMPLETE "__complete"
/* Candidates for the last of argv[1..], one a line, with a tab and their title; ":files"
 * asks the shell for names of files. */
void metod_cli_complete(
    struct metod_cli *cli, int argc, char **argv, struct metod_buf *out);

/* ---- verbs of the client and help for the daemon's: one function each ---- */
int metod_cli_default(struct metod_cli *cli); /* call and show */
int metod_cli_run_help(struct metod_cli *cli);
int metod_cli_run_schema(struct metod_cli *cli);
int metod_cli_run_completion(struct metod_cli *cli);
int metod_cli_run_login(struct metod_cli *cli);
int metod_cli_run_import(struct metod_cli *cli);
int metod_cli_run_form_load(struct metod_cli *cli);
int metod_cli_run_form_check(struct metod_cli *cli);
int metod_cli_run_form_diff(struct metod_cli *cli);
int metod_cli_run_form_sheets(struct metod_cli *cli);
int metod_cli_run_invite_print(struct metod_cli *cli);
int metod_cli_run_recommend(struct metod_cli *cli);
int metod_cli_run_answers_export(struct metod_cli *cli);
int metod_cli_run_teacher_export(struct metod_cli *cli);
int metod_cli_run_teacher_forget(struct metod_cli *cli);
int metod_cli_run_restore(struct metod_cli *cli);
int metod_cli_run_verify(struct metod_cli *cli);
int metod_cli_run_verify_copy(struct metod_cli *cli);
int metod_cli_run_rebuild(struct metod_cli *cli);
int metod_cli_run_audit_verify(struct metod_cli *cli);
int metod_cli_run_doctor(struct metod_cli *cli);
/* ---- metodd.c; the words end with NULL ---- */
/* metodd in place of this program; returns, with an exit status, only when it fails. */
int metod_cli_become_metodd(struct metod_cli *cli, const char *const *args);
/* Runs it and waits; what it prints goes to `out`, or (NULL) where ours goes. Its exit
 * status. */
int metod_cli_run_metodd(
    struct metod_cli *cli, const char *const *args, struct metod_buf *out);
int metod_cli_run_config(struct metod_cli *cli);
int metod_cli_run_stats_scale(struct metod_cli *cli);
int metod_cli_run_stats_calibrate(struct metod_cli *cli);
int metod_cli_run_stats_score(struct metod_cli *cli);
int metod_cli_run_stats_change(struct metod_cli *cli);
/* Processor time of this process. */
double metod_cli_cpu_seconds(void);
int metod_cli_run_mentor_solve(struct metod_cli *cli);
int metod_cli_run_mentor_verify(struct metod_cli *cli);
int metod_cli_run_order_solve(struct metod_cli *cli);
int metod_cli_run_route_solve(struct metod_cli *cli);

void metod_cli_show_status(
    struct metod_cli *cli, const void *reply, struct metod_buf *out);
void metod_cli_show_doctor(
    struct metod_cli *cli, const void *reply, struct metod_buf *out);
void metod_cli_show_done(struct metod_cli *cli, const void *reply, struct metod_buf *out);
void metod_cli_show_stats_scale(
    struct metod_cli *cli, const void *reply, struct metod_buf *out);
void metod_cli_show_stats_params(
    struct metod_cli *cli, const void *reply, struct metod_buf *out);
void metod_cli_show_stats_scores(
    struct metod_cli *cli, const void *reply, struct metod_buf *out);
void metod_cli_show_stats_change(
    struct metod_cli *cli, const void *reply, struct metod_buf *out);
void metod_cli_show_profile(
    struct metod_cli *cli, const void *reply, struct metod_buf *out);
void metod_cli_show_route(
    struct metod_cli *cli, const void *reply, struct metod_buf *out);
void metod_cli_show_mentee(
    struct metod_cli *cli, const void *reply, struct metod_buf *out);
void metod_cli_show_pairs(
    struct metod_cli *cli, const void *reply, struct metod_buf *out);
void metod_cli_show_top(struct metod_cli *cli, const void *reply, struct metod_buf *out);
void metod_cli_show_map(struct metod_cli *cli, const void *reply, struct metod_buf *out);
struct metod_grid metod_cli_map_grid(struct metod_cli *cli, const void *reply);
/* Rows of a profile; also used for what a mentee opened. */
void metod_cli_areas(struct metod_cli *cli, const struct metod_area *areas, size_t n,
    struct metod_buf *out);
/* Steps of a route. */
void metod_cli_steps(struct metod_cli *cli, const struct metod_route_row *steps, size_t n,
    struct metod_buf *out);
