/* SPDX-License-Identifier: Apache-2.0
 * The command list as a table, the words of the roles and the digest of the whole
 * interface. Knows no handler: the daemon joins its functions to the same list. */
#include "metod/commands.h"

#include <string.h>

const struct metod_command metod_commands[] = {
#define COMMAND_ROW(number, name, who, mode, req, rep, fn, summary)                      \
	{number, name, who, mode, &metod_##req##_desc, &metod_##rep##_desc, summary},
    METOD_COMMANDS(COMMAND_ROW)
#undef COMMAND_ROW
};
const size_t metod_commands_n = METOD_LEN(metod_commands);

const struct metod_role_word metod_role_words[] = {
    {METOD_TEACHER, "teacher", "teacher"},
    {METOD_MENTOR, "mentor", "mentor"},
    {METOD_HEAD, "head", "head of an association"},
    {METOD_DEPUTY, "deputy", "deputy head of an organisation"},
    {METOD_METHODIST, "methodist", "methodist"},
    {METOD_COORDINATOR, "coordinator", "coordinator of mentoring"},
    {METOD_ANALYST, "analyst", "analyst"},
    {METOD_ADMIN, "admin", "administrator"},
};
const size_t metod_role_words_n = METOD_LEN(metod_role_words);

/* Two commands with one number do not compile: duplicate case. */
__attribute__((unused)) static inline void numbers_are_unique(unsigned number)
{
	switch (number) {
#define COMMAND_CASE(number, name, who, mode, req, rep, fn, summary) case number:
		METOD_COMMANDS(COMMAND_CASE)
#undef COMMAND_CASE
		break;
	default:
		break;
	}
}

const struct metod_command *metod_command_find(struct metod_str name)
{
	for (size_t i = 0; i < metod_commands_n; i++) {
		if (metod_str_is(name, metod_commands[i].name))
			return &metod_commands[i];
	}
	return NULL;
}

unsigned metod_role_from_word(struct metod_str word)
{
	for (size_t i = 0; i < metod_role_words_n; i++) {
		if (metod_str_is(word, metod_role_words[i].word))
			return metod_role_words[i].who;
	}
	return 0;
}

/* Who may call and how it runs count too: a client may rely on both. */
static uint64_t hash_schema(void)
{
	uint64_t hash = 0;

	for (size_t i = 0; i < metod_commands_n; i++) {
		const struct metod_command *command = &metod_commands[i];
		const uint8_t numbers[] = {
		    (uint8_t)command->number,
		    (uint8_t)(command->number >> 8),
		    (uint8_t)command->who,
		    (uint8_t)(command->who >> 8),
		    (uint8_t)command->mode,
		};

		hash = metod_hash64(hash, command->name, strlen(command->name));
		hash = metod_hash64(hash, numbers, sizeof(numbers));
		hash = metod_desc_hash(hash, command->request);
		hash = metod_desc_hash(hash, command->reply);
	}
	return hash;
}

/* It takes half a millisecond, and every connection is greeted with it. Threads that come
 * first together compute the same number. */
uint64_t metod_schema_hash(void)
{
	static _Atomic uint64_t known;

	if (!known)
		known = hash_schema();
	return known;
}
