/* SPDX-License-Identifier: Apache-2.0
 * The list of words as a table. Knows no file and no record. */
#include "metod/words.h"

const struct metod_word metod_words[] = {
#define WORD_ROW(set, word, russian) {METOD_WORDS_##set, word, russian},
    METOD_WORDS(WORD_ROW)
#undef WORD_ROW
};
const size_t metod_words_n = METOD_LEN(metod_words);

bool metod_word_in(enum metod_word_set set, struct metod_str word)
{
	for (size_t i = 0; i < metod_words_n; i++) {
		if (metod_words[i].set == set && metod_str_is(word, metod_words[i].word))
			return true;
	}
	return false;
}
