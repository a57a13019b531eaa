/* SPDX-License-Identifier: Apache-2.0
 * Wording: alphabets of every text, and the rules for questions to teachers (method: one
 * act in the first person, no negation, no document, no "I am able to"). Lists of words,
 * no grammar. */
#include "internal.h"

#include <string.h>

enum {
	WORDS_LOW = 8,
	WORDS_HIGH = 18,
	ITEM_WORDS = 64,
};

/* ---- spelling ---- */

static bool lookalike(uint32_t point)
{
	return point < 0x80 && strchr("aceopxyABCEHKMOPTX", (int)point);
}

/* One part of a word between hyphens: "IT-куб" is two good parts. */
static bool mixed(struct metod_str part)
{
	bool latin = false, cyrillic = false;
	uint32_t point = 0;
	size_t n = 0;

	for (size_t at = 0; at < part.n; n++) {
		point = metod_utf8_next(part, &at);
		latin |= conf_latin(point);
		cyrillic |= conf_cyrillic(point);
	}
	return (latin && cyrillic) || (n == 1 && latin && lookalike(point));
}

static bool has_cyrillic(struct metod_str word)
{
	for (size_t at = 0; at < word.n;) {
		if (conf_cyrillic(metod_utf8_next(word, &at)))
			return true;
	}
	return false;
}

static bool has_combining(struct metod_str text)
{
	for (size_t at = 0; at < text.n;) {
		uint32_t point = metod_utf8_next(text, &at);

		if (point >= 0x300 && point < 0x370)
			return true;
	}
	return false;
}

static void check_russian_word(
    struct source *source, size_t line, size_t column, struct metod_str word)
{
	struct metod_str rest = word;

	while (rest.n) {
		if (!mixed(metod_str_cut(&rest, '-')))
			continue;
		conf_error(source, line, column,
		    "Latin letters inside the Russian word \"%s\"",
		    conf_excerpt(source, word));
		return;
	}
}

void conf_check_spelling(struct source *source, size_t line, size_t column,
    struct metod_str text, bool russian)
{
	struct metod_str word;

	if (has_combining(text)) {
		conf_error(source, line, column,
		    "a letter is made of two characters; write it as one");
		return;
	}
	for (size_t at = 0; conf_word(text, &at, &word);) {
		if (russian) {
			check_russian_word(source, line, column, word);
		} else if (has_cyrillic(word)) {
			conf_error(source, line, column,
			    "Russian letters in the English text: \"%s\"",
			    conf_excerpt(source, word));
			return;
		}
	}
	for (size_t i = 0; i + 1 < text.n; i++) {
		if (text.p[i] == ' ' && text.p[i + 1] == ' ') {
			conf_warning(source, line, column, "two spaces in a row");
			return;
		}
	}
}

void conf_check_texts(struct source *source, const struct metod_node *root)
{
	const struct metod_node *ru = metod_node_get(root, "ru");

	for (const struct metod_node *one = metod_node_first(root); one;
	     one = one->next) {
		bool russian = metod_str_is(one->key, "ru");

		if (one->kind != METOD_NODE_SCALAR)
			conf_check_texts(source, one);
		else if (russian || metod_str_is(one->key, "en"))
			conf_check_spelling(
			    source, one->line, one->column, one->text, russian);
	}
	if (ru && !metod_node_text(metod_node_get(root, "en")).n)
		conf_warning(source, ru->line, ru->column, "the text has no English");
}

/* ---- items ---- */

/* First-person acts that are usual in such items: two of them joined make two questions.
 */
static bool is_act(struct metod_str word)
{
	static const char *const acts[] = {"анализирую", "веду", "выбираю", "вношу",
	    "внедряю", "готовлю", "даю", "делаю", "знаю", "использую", "изучаю",
	    "корректирую", "меняю", "наблюдаю", "нахожу", "обсуждаю", "объясняю",
	    "организую", "отбираю", "отмечаю", "оцениваю", "планирую", "поддерживаю",
	    "подбираю", "показываю", "помогаю", "понимаю", "предлагаю", "применяю",
	    "проверяю", "провожу", "проектирую", "прошу", "развиваю", "разбираю",
	    "разрабатываю", "рассказываю", "слежу", "согласовываю", "создаю", "составляю",
	    "стараюсь", "строю", "учитываю", "учу", "фиксирую", "формирую"};

	for (size_t i = 0; i < METOD_LEN(acts); i++) {
		if (metod_str_is(word, acts[i]))
			return true;
	}
	return false;
}

static const char *bad_word(struct metod_str word)
{
	static const char *const documents[] = {
	    "фгос", "фоп", "фаоп", "приказ", "санпин"};

	if (metod_str_is(word, "умею"))
		return "say what you do, not what you are able to do";
	if (metod_str_is(word, "не") || metod_str_is(word, "нет"))
		return "say it without a negation: agreeing with \"not\" confuses";
	for (size_t i = 0; i < METOD_LEN(documents); i++) {
		if (metod_str_starts(word, documents[i]))
			return "name the act, not a document";
	}
	return NULL;
}

static size_t split(struct metod_str text, struct metod_str words[ITEM_WORDS])
{
	struct metod_str word;
	size_t n = 0;

	for (size_t at = 0; conf_word(text, &at, &word); n++) {
		if (n < ITEM_WORDS)
			words[n] = word;
	}
	return n;
}

void conf_check_item_text(struct source *source, const struct metod_node *ru)
{
	struct metod_str words[ITEM_WORDS], text;
	size_t n, kept;

	if (!ru || ru->kind != METOD_NODE_SCALAR || !ru->text.n)
		return;
	text = conf_fold(ru->text, source->arena);
	n = split(text, words);
	kept = n < ITEM_WORDS ? n : ITEM_WORDS;
	if (n < WORDS_LOW || n > WORDS_HIGH)
		conf_at(source, ru, "the item has %zu words; from %d to %d read well", n,
		    WORDS_LOW, WORDS_HIGH);
	for (size_t i = 0; i < kept; i++) {
		const char *why = bad_word(words[i]);

		if (why)
			conf_hint(source,
			    conf_at(source, ru, "the word \"%s\" in an item",
				conf_excerpt(source, words[i])),
			    "%s", conf_tr(source->issues, why));
		if (i >= 2 && metod_str_is(words[i - 1], "и") && is_act(words[i - 2]) &&
		    is_act(words[i]))
			conf_at(source, ru, "two acts in one item: \"%s\" and \"%s\"",
			    conf_excerpt(source, words[i - 2]),
			    conf_excerpt(source, words[i]));
	}
}
