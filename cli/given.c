/* SPDX-License-Identifier: Apache-2.0
 * What the command line gave: asked for by verbs after parsing, and what is still
 * required. */
#include "cli.h"

#include <string.h>

const char *metod_cli_dashes(struct metod_cli *cli, const char *field)
{
	char *text = metod_arena_alloc(cli->arena, strlen(field) + 3);

	memcpy(text, "--", 2);
	for (size_t i = 0; field[i]; i++)
		text[i + 2] = field[i] == '_' ? '-' : field[i];
	return text;
}

const char *metod_cli_option_of(const struct metod_cli *cli, const char *name)
{
	for (size_t i = 0; i < cli->options_n; i++) {
		if (strcmp(cli->options[i].option->name, name) == 0)
			return cli->options[i].value;
	}
	return NULL;
}

bool metod_cli_was_given(const struct metod_cli *cli, const char *field)
{
	const struct metod_desc *desc = cli->verb->command->request;
	const struct metod_field *at = metod_desc_field(desc, metod_str(field));

	return at && cli->given & UINT64_C(1) << (at - desc->fields);
}

void metod_cli_give(struct metod_cli *cli, const char *field)
{
	const struct metod_desc *desc = cli->verb->command->request;
	const struct metod_field *at = metod_desc_field(desc, metod_str(field));

	if (at)
		cli->given |= UINT64_C(1) << (at - desc->fields);
}

static enum metod_err absent(struct metod_cli *cli, const char *shown, const char *title)
{
	metod_cli_usage(cli, shown, "is required: %s", metod_cli_tr(cli, title));
	return metod_hint(
	    &cli->error, "metodctl help %s", metod_cli_spelling(cli, cli->verb));
}

enum metod_err metod_cli_required(struct metod_cli *cli)
{
	const struct metod_desc *desc =
	    cli->verb->command ? cli->verb->command->request : NULL;

	for (size_t i = 0; desc && i < desc->count; i++) {
		const struct metod_field *field = &desc->fields[i];

		if (!(field->flags & METOD_REQ) || field->flags & METOD_SECRET ||
		    !metod_cli_field_is_open(field) || cli->given & UINT64_C(1) << i)
			continue;
		return absent(cli,
		    field->flags & METOD_ARG ? field->name
					     : metod_cli_dashes(cli, field->name),
		    field->title);
	}
	for (size_t i = 0; i < cli->verb->options_n; i++) {
		const struct metod_cli_option *option = &cli->verb->options[i];

		if ((option->kind == METOD_CLI_WORD &&
			!metod_cli_option_of(cli, option->name)) ||
		    (option->kind == METOD_CLI_WORDS && cli->words_n == 0))
			return absent(cli, option->name, option->title);
	}
	return METOD_OK;
}
