/* SPDX-License-Identifier: Apache-2.0
 * Lists of words: how they are met in records and joined for people. */
#include "internal.h"

const char *one_of_words(struct metod_call *call, enum metod_word_set set)
{
	struct metod_str words[16];
	struct metod_strs list = {words, 0};
	for (size_t i = 0; i < metod_words_n && list.n < METOD_LEN(words); i++)
		if (metod_words[i].set == set)
			words[list.n++] = metod_str(metod_words[i].word);
	struct metod_str all = str_list(call, list, ", ");
	return metod_arena_printf(
	    call->arena, metod_tr(call->lang, "one of: %.*s"), METOD_FMT(all))
	    .p;
}

unsigned formats_mask(struct metod_strs formats)
{
	unsigned mask = 0;
	for (size_t i = 0; i < formats.n; i++) {
		if (metod_str_is(formats.p[i], "inperson"))
			mask |= METOD_FORMAT_IN_PERSON;
		else if (metod_str_is(formats.p[i], "online"))
			mask |= METOD_FORMAT_ONLINE;
		else if (metod_str_is(formats.p[i], "mixed"))
			mask |= METOD_FORMAT_MIXED;
	}
	return mask ? mask
		    : METOD_FORMAT_IN_PERSON | METOD_FORMAT_ONLINE | METOD_FORMAT_MIXED;
}

bool strs_have(struct metod_strs list, struct metod_str word)
{
	for (size_t i = 0; i < list.n; i++)
		if (metod_str_eq(list.p[i], word))
			return true;
	return false;
}

struct metod_str str_list(
    struct metod_call *call, struct metod_strs list, const char *sep)
{
	struct metod_str out = METOD_STR("");
	for (size_t i = 0; i < list.n; i++)
		out = metod_arena_printf(call->arena, "%.*s%s%.*s", METOD_FMT(out),
		    i ? sep : "", METOD_FMT(list.p[i]));
	return out;
}
