/* SPDX-License-Identifier: Apache-2.0
 * Completion for bash, made from the verbs: a script without calls of the program. */
#include "cli.h"

#include <string.h>

static struct metod_str noun_of(
    const struct metod_cli_verb *verb, struct metod_str *ret_rest)
{
	*ret_rest = metod_str(verb->name);
	return metod_str_cut(ret_rest, '.');
}

/* Has a verb before this one the same noun? */
static bool seen(const struct metod_cli_verb *all, size_t before, struct metod_str noun)
{
	struct metod_str rest;

	for (size_t i = 0; i < before; i++) {
		if (metod_str_eq(noun_of(&all[i], &rest), noun))
			return true;
	}
	return false;
}

static void nouns(struct metod_buf *out)
{
	size_t n;
	const struct metod_cli_verb *all = metod_cli_verbs(&n);
	struct metod_str rest;

	for (size_t i = 0; i < n; i++) {
		struct metod_str noun = noun_of(&all[i], &rest);

		if (!seen(all, i, noun))
			metod_buf_printf(out, "%s%.*s", i ? " " : "", METOD_FMT(noun));
	}
}

static void verbs_by_noun(struct metod_buf *out)
{
	size_t n;
	const struct metod_cli_verb *all = metod_cli_verbs(&n);
	struct metod_str rest, other;

	for (size_t i = 0; i < n; i++) {
		struct metod_str noun = noun_of(&all[i], &rest);

		if (rest.n == 0 || seen(all, i, noun))
			continue;
		metod_buf_printf(out, "\t%.*s) words=\"", METOD_FMT(noun));
		for (size_t j = i; j < n; j++) {
			if (metod_str_eq(noun_of(&all[j], &other), noun))
				metod_buf_printf(
				    out, "%s%.*s", j > i ? " " : "", METOD_FMT(other));
		}
		metod_buf_z(out, "\" ;;\n");
	}
}

static void options_of(
    struct metod_cli *cli, const struct metod_cli_verb *verb, struct metod_buf *out)
{
	const struct metod_desc *desc = verb->command ? verb->command->request : NULL;

	for (size_t i = 0; desc && i < desc->count; i++) {
		const struct metod_field *field = &desc->fields[i];
		bool secret = field->flags & METOD_SECRET;

		if (metod_cli_field_is_open(field) &&
		    (secret || !(field->flags & METOD_ARG)))
			metod_buf_printf(out, " %s%s", metod_cli_dashes(cli, field->name),
			    secret ? "-file" : "");
	}
	for (size_t i = 0; i < verb->options_n; i++) {
		if (verb->options[i].kind == METOD_CLI_FLAG ||
		    verb->options[i].kind == METOD_CLI_VALUE)
			metod_buf_printf(out, " --%s", verb->options[i].name);
	}
}

static void options_by_verb(struct metod_cli *cli, struct metod_buf *out)
{
	size_t n;
	const struct metod_cli_verb *all = metod_cli_verbs(&n);

	for (size_t i = 0; i < n; i++) {
		struct metod_buf options = {0};

		options_of(cli, &all[i], &options);
		if (options.n)
			metod_buf_printf(out, "\t\"%s\") words=\"%.*s\" ;;\n",
			    metod_cli_spelling(cli, &all[i]), (int)options.n - 1,
			    (const char *)options.p + 1);
		metod_buf_done(&options);
	}
}

void metod_cli_complete_bash(struct metod_cli *cli, struct metod_buf *out)
{
	metod_buf_z(out,
	    "# bash completion of metodctl, made by: metodctl completion bash\n"
	    "_metodctl()\n"
	    "{\n"
	    "\tlocal cur=${COMP_WORDS[COMP_CWORD]} noun= verb= words= i\n"
	    "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	    "\t\tcase ${COMP_WORDS[i]} in\n"
	    "\t\t-o|--output|--fields|--lang|--socket|--token-file|--key|--timeout) ((i++)) ;;\n"
	    "\t\t-*) ;;\n"
	    "\t\t*) if [ -z \"$noun\" ]; then noun=${COMP_WORDS[i]}; "
	    "elif [ -z \"$verb\" ]; then verb=${COMP_WORDS[i]}; fi ;;\n"
	    "\t\tesac\n"
	    "\tdone\n"
	    "\tif [ \"${COMP_WORDS[COMP_CWORD-1]}\" = -o ]; then\n"
	    "\t\tCOMPREPLY=($(compgen -W 'table json jsonl csv tsv' -- \"$cur\")); return\n"
	    "\tfi\n"
	    "\tif [ -z \"$noun\" ]; then\n"
	    "\t\tCOMPREPLY=($(compgen -W '");
	nouns(out);
	metod_buf_z(out,
	    "' -- \"$cur\")); return\n"
	    "\tfi\n"
	    "\tif [ \"${cur#-}\" = \"$cur\" ] && [ -z \"$verb\" ]; then case $noun in\n");
	verbs_by_noun(out);
	metod_buf_z(out,
	    "\tesac; fi\n"
	    "\tif [ -n \"$words\" ]; then\n"
	    "\t\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\")); return\n"
	    "\tfi\n"
	    "\tif [ \"${cur#-}\" = \"$cur\" ]; then\n"
	    "\t\tCOMPREPLY=($(compgen -f -- \"$cur\")); return\n"
	    "\tfi\n"
	    "\tcase \"$noun${verb:+ $verb}\" in\n");
	options_by_verb(cli, out);
	metod_buf_z(out, "\tesac\n\tCOMPREPLY=($(compgen -W \"$words");
	for (size_t i = 0; i < metod_cli_globals_n; i++)
		metod_buf_printf(out, " --%s", metod_cli_globals[i].name);
	metod_buf_z(
	    out, "\" -- \"$cur\"))\n}\ncomplete -o filenames -F _metodctl metodctl\n");
}

int metod_cli_run_completion(struct metod_cli *cli)
{
	const char *shell = metod_cli_option_of(cli, "shell");
	struct metod_buf out = {0};
	int status;

	if (metod_cli_required(cli))
		return metod_cli_fail(cli);
	if (strcmp(shell, "bash") != 0) {
		metod_fail(&cli->error, METOD_USAGE, "shell",
		    "completion is there for bash only");
		return metod_cli_fail(cli);
	}
	metod_cli_complete_bash(cli, &out);
	status = metod_cli_put(cli, &out);
	metod_buf_done(&out);
	return status;
}
