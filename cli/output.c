/* SPDX-License-Identifier: Apache-2.0
 * What the program says: replies in the chosen form, and words for people on standard
 * error. */
#include "cli.h"

#include <string.h>

/* ---- words ---- */

void metod_cli_say(const struct metod_cli *cli, const char *format, ...)
{
	va_list args;

	if (cli->quiet)
		return;
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

/* Where the codes of a kind of thing are listed. */
static const struct {
	const char *field, *words;
} lists[] = {
    {"organisation", "metodctl org list"},
    {"in", "metodctl org list; metodctl association list"},
    {"scope", "metodctl org list; metodctl association list"},
    {"teacher", "metodctl teacher list"},
    {"person", "metodctl teacher list"},
    {"association", "metodctl association list"},
    {"wave", "metodctl wave list"},
    {"form", "metodctl form list"},
    {"paramset", "metodctl form list"},
    {"activity", "metodctl activity list"},
    {"recommendation", "metodctl recommend list"},
    {"line", "metodctl recommend show"},
    {"pair", "metodctl mentee list; metodctl me pairs"},
    {"token", "metodctl token list"},
    {"login", "metodctl user list"},
    {"grant", "metodctl grant list"},
    {"message", "metodctl me messages"},
    {"step", "metodctl me route"},
};

/* The daemon does not tell "absent" from "not opened to you", and neither does this. */
static void not_found_hint(struct metod_cli *cli)
{
	const char *name = cli->verb ? cli->verb->name : "";

	if (strcmp(name, "profile.show") == 0 || strcmp(name, "route.show") == 0 ||
	    strcmp(name, "mentee.show") == 0) {
		fprintf(stderr, "%s\n",
		    metod_cli_tr(cli,
			"a result is opened by its teacher alone; until then it is not found "
			"here"));
		return;
	}
	for (size_t i = 0; i < METOD_LEN(lists); i++) {
		if (strcmp(lists[i].field, cli->error.field) == 0) {
			fprintf(stderr, metod_cli_tr(cli, "what there is: %s"),
			    lists[i].words);
			fputc('\n', stderr);
			return;
		}
	}
}

/* The field of a failure: a kind of thing has a name in people's language. */
static const char *field_words(struct metod_cli *cli)
{
	const char *field = cli->error.field, *name, *words;

	if (cli->error.code != METOD_NOT_FOUND)
		return field;
	name = metod_arena_printf(cli->arena, "kind:%s", field).p;
	words = metod_cli_tr(cli, name);
	return strcmp(words, name) ? words : field;
}

/* A wrong password is no session that has ended: the message says it alone. */
static bool is_refused_login(const struct metod_error *error)
{
	return error->code == METOD_LOGIN && strcmp(error->field, "password") == 0 &&
	    error->message[0];
}

/* A mistake in the command line explains itself; every other failure begins with its
 * kind. */
int metod_cli_fail(struct metod_cli *cli)
{
	const struct metod_error *error = &cli->error;
	const char *kind = metod_cli_tr(cli, metod_err_text(error->code));
	bool usage = error->code == METOD_USAGE, alone = is_refused_login(error);

	fputs(cli->color_err ? "\033[31mmetodctl:\033[0m " : "metodctl: ", stderr);
	if (!usage && !alone)
		fputs(kind, stderr);
	if (error->field[0] && !alone)
		fprintf(stderr, usage ? "%s" : " (%s)", field_words(cli));
	if (error->message[0] && strcmp(error->message, kind) != 0)
		fprintf(stderr, "%s%s", alone || (usage && !error->field[0]) ? "" : ": ",
		    error->message);
	fputc('\n', stderr);
	if (error->hint[0])
		fprintf(stderr, "%s\n", error->hint);
	else if (error->code == METOD_NOT_FOUND)
		not_found_hint(cli);
	return metod_err_exit(error->code);
}

void metod_cli_progress(struct metod_cli *cli, size_t done, size_t total)
{
	unsigned percent = total ? (unsigned)(done * 100 / total) : 100;

	if (cli->quiet)
		return;
	if (cli->tty_err)
		fprintf(stderr, done < total ? "\r%3u %%" : "\r     \r", percent);
	else if (percent / 10 > cli->progress / 10)
		fprintf(stderr, "%u %%\n", percent / 10 * 10);
	cli->progress = percent;
	fflush(stderr);
}

/* ---- records ---- */

/* Titles, yes and no, and fixed words come through one door; a fixed word has its own
 * msgid. */
static const char *translate(void *arg, const char *msgid)
{
	struct metod_cli *cli = arg;
	const char *word = metod_tr_token(cli->lang, metod_str(msgid), cli->arena);

	return strcmp(word, msgid) ? word : metod_tr(cli->lang, msgid);
}

const char *metod_cli_word(struct metod_cli *cli, struct metod_str word)
{
	return metod_tr_token(cli->lang, word, cli->arena);
}

struct metod_emit metod_cli_emit(struct metod_cli *cli)
{
	return (struct metod_emit){
	    .output = cli->output,
	    .excel = cli->excel,
	    .comma = cli->lang == METOD_RU,
	    .color = cli->color,
	    .secrets = cli->secrets_shown,
	    .width = cli->width,
	    .zone_minutes = cli->zone_minutes,
	    .fields = cli->fields,
	    .lang = metod_lang_word(cli->lang),
	    .schema = "metod.v1",
	    .demo = cli->demo,
	    .translate = translate,
	    .translate_arg = cli,
	};
}

/* Moments are shown in the zone of the store, and training data are named as such; the
 * daemon knows both. A failure leaves the answer as it is. */
void metod_cli_learn_store(struct metod_cli *cli)
{
	const struct metod_command *command = metod_command_find(METOD_STR("status"));
	struct metod_none_req none = {0};
	struct metod_status_rep status = {0};
	struct metod_error kept = cli->error;

	if (cli->store_known || !cli->rpc)
		return;
	cli->store_known = true;
	if (!metod_cli_call(cli, command, &none, &status)) {
		metod_zone_offset(status.zone, &cli->zone_minutes);
		cli->demo = status.demo;
		cli->source = metod_arena_printf(cli->arena, "%.*s%smetodd %.*s",
		    METOD_FMT(status.title), status.title.n ? ", " : "",
		    METOD_FMT(status.version));
	}
	cli->error = kept;
}

static bool is_demo(const struct metod_desc *desc, const void *reply)
{
	const struct metod_field *field = metod_desc_field(desc, METOD_STR("demo"));

	return field && field->kind == METOD_KIND_BOOL &&
	    !metod_field_empty(field, reply);
}

void metod_cli_demo_line(struct metod_cli *cli, bool demo, struct metod_buf *out)
{
	if (demo)
		metod_buf_printf(out, "%s\n", metod_cli_tr(cli, "training data"));
}

int metod_cli_show(
    struct metod_cli *cli, const struct metod_desc *desc, const void *reply)
{
	struct metod_buf out = {0};
	struct metod_emit how;
	enum metod_err e = METOD_OK;
	int status;

	metod_cli_learn_store(cli);
	if (cli->sheet)
		return metod_cli_show_sheet(cli, desc, reply);
	if (cli->output == METOD_OUT_TEXT)
		metod_cli_demo_line(cli, cli->demo || is_demo(desc, reply), &out);
	how = metod_cli_emit(cli);
	if (cli->output == METOD_OUT_TEXT && cli->verb->show && cli->fields.n == 0)
		cli->verb->show(cli, reply, &out);
	else if (cli->output == METOD_OUT_TEXT && desc == &metod_done_rep_desc)
		metod_cli_show_done(cli, reply, &out);
	else
		e = metod_emit(desc, reply, &how, &out, &cli->error);
	/* The columns were named on the command line. */
	if (e == METOD_UNKNOWN)
		cli->error.code = METOD_USAGE;
	status = e ? metod_cli_fail(cli) : metod_cli_put(cli, &out);
	metod_buf_done(&out);
	return status;
}
