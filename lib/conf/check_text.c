/* SPDX-License-Identifier: Apache-2.0
 * Wording: alphabets of every text; questions to teachers (one act in the first person,
 * no negation, no document, no label, no "I am able to"); measures that offer and do not
 * order or blame. Lists of words and endings, no grammar. */
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

	/* Self-report never says so: that needs a second source. */
	if (metod_str_starts(conf_fold(word, source->arena), "дефицит"))
		conf_hint(source,
		    conf_error(source, line, column, "the word \"%s\"",
			conf_excerpt(source, word)),
		    "%s",
		    conf_tr(source->issues,
			"for what people tell about themselves say \"затруднение\""));

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

/* Behind a mark: closing quotes and a space, then no small letter ("why?" he asks). */
static bool sentence_ends(struct metod_str text, size_t at)
{
	uint32_t point = 0;
	bool gap = false;

	while (at < text.n) {
		point = metod_utf8_next(text, &at);
		gap |= point == ' ';
		if (point != ' ' && point != 0xbb && point != '"' && point != '.')
			break;
		point = 0;
	}
	if (!point)
		return true;
	return gap &&
	    !((conf_latin(point) || conf_cyrillic(point)) && conf_lower(point) == point);
}

size_t conf_sentences(struct metod_str text)
{
	size_t n = 0;
	bool open = false;

	for (size_t at = 0; at < text.n;) {
		uint32_t point = metod_utf8_next(text, &at);
		bool mark =
		    point == '.' || point == '!' || point == '?' || point == 0x2026;

		if (mark && open && sentence_ends(text, at)) {
			n++;
			open = false;
		} else if (!mark && point != ' ' && point != 0xbb && point != '"') {
			open = true;
		}
	}
	return n + open;
}

/* ---- items ---- */

static bool any_of(struct metod_str word, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (metod_str_is(word, words[i]))
			return true;
	}
	return false;
}

static bool starts_any(struct metod_str word, const char *const *stems, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (metod_str_starts(word, stems[i]))
			return true;
	}
	return false;
}

static bool ends_with(struct metod_str word, const char *end)
{
	size_t n = strlen(end);

	return word.n > n && memcmp(word.p + word.n - n, end, n) == 0;
}

/* A verb in the first person: by its ending, or by name where nouns and adjectives end
 * alike. */
static bool is_act(struct metod_str word)
{
	static const char *const nouns[] = {
	    "случаю", "чаю", "краю", "стаю", "урожаю", "обычаю", "раю"};
	static const char *const acts[] = {"анализирую", "берегу", "беру", "бужу",
	    "ввожу", "веду", "вижу", "вношу", "вожу", "говорю", "готовлю", "делю",
	    "держу", "жду", "завожу", "зову", "использую", "ищу", "кладу", "корректирую",
	    "ловлю", "моделирую", "нахожу", "ношу", "организую", "отвожу", "отношу",
	    "перевожу", "пишу", "планирую", "подвожу", "прихожу", "провожу", "проектирую",
	    "произношу", "прошу", "репетирую", "рисую", "свожу", "сижу", "слежу", "слышу",
	    "смотрю", "ставлю", "строю", "сужу", "учу", "фиксирую", "формирую",
	    "формулирую", "фотографирую", "хвалю", "хожу", "храню", "цитирую", "чередую",
	    "шлю", "шучу"};

	if (any_of(word, nouns, METOD_LEN(nouns)))
		return false;
	return any_of(word, acts, METOD_LEN(acts)) || ends_with(word, "аю") ||
	    ends_with(word, "яю") || ends_with(word, "юсь") || ends_with(word, "усь");
}

static bool is_mine(struct metod_str word)
{
	static const char *const words[] = {
	    "я", "мой", "моя", "мое", "мои", "мне", "меня", "мной"};

	return any_of(word, words, METOD_LEN(words));
}

static const char *bad_word(struct metod_str word)
{
	static const char *const negations[] = {"не", "ни", "нет", "нельзя", "никогда"};
	static const char *const documents[] = {"фгос", "фоп", "фаоп", "фкгос", "приказ",
	    "санпин", "распоряжени", "постановлени", "профстандарт", "законодательств",
	    "госстандарт"};
	static const char *const exact[] = {
	    "фз", "закон", "закона", "закону", "фрп", "ооп"};
	static const char *const labels[] = {"дефицит", "неуспевающ", "отстающ",
	    "предметные", "метапредметн", "психолого-педагогическ"};

	if (metod_str_is(word, "умею") || metod_str_is(word, "способен") ||
	    metod_str_is(word, "способна"))
		return "say what you do, not what you are able to do";
	if (any_of(word, negations, METOD_LEN(negations)))
		return "say it without a negation: agreeing with \"not\" confuses";
	if (starts_any(word, documents, METOD_LEN(documents)) ||
	    any_of(word, exact, METOD_LEN(exact)))
		return "name the act, not a document";
	if (starts_any(word, labels, METOD_LEN(labels)))
		return "describe the child or the act; a label is not for a question";
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

/* One act, and somebody who does it. */
static void check_acts(struct source *source, const struct metod_node *ru,
    const struct metod_str *words, size_t n)
{
	const struct metod_str *act = NULL;
	bool mine = false;

	for (size_t i = 0; i < n; i++) {
		mine |= is_mine(words[i]);
		if (!is_act(words[i]))
			continue;
		if (act) {
			conf_at(source, ru, "two acts in one item: \"%s\" and \"%s\"",
			    conf_excerpt(source, *act), conf_excerpt(source, words[i]));
			return;
		}
		act = &words[i];
	}
	if (!act && !mine)
		conf_hint(source, conf_at(source, ru, "nobody acts in this item"), "%s",
		    conf_tr(source->issues, "say it in the first person: \"я …\""));
}

static void check_word_count(struct source *source, const struct metod_node *ru, size_t n)
{
	if (n < WORDS_LOW || n > WORDS_HIGH)
		conf_at(source, ru, "the item has %zu words; from %d to %d read well", n,
		    WORDS_LOW, WORDS_HIGH);
}

/* Names of groups and competencies stand in reports; in a question they tell the answer.
 */
static void check_names(struct check *check, struct source *source,
    const struct metod_node *ru, struct metod_str folded)
{
	static const char *const lists[] = {"groups", "competencies"};
	const char *text = metod_arena_z(source->arena, folded);

	for (size_t i = 0; check->framework && i < METOD_LEN(lists); i++) {
		const struct metod_node *one =
		    metod_node_first(metod_node_get(check->framework->root, lists[i]));

		for (; one; one = one->next) {
			struct metod_str name =
			    metod_node_text(metod_node_get(one, "ru"));

			if (name.n &&
			    strstr(text,
				metod_arena_z(
				    source->arena, conf_fold(name, source->arena))))
				conf_at(source, ru,
				    "the name \"%s\" of the framework in an item",
				    conf_excerpt(source, name));
		}
	}
}

static void check_words(struct source *source, const struct metod_node *ru,
    const struct metod_str *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *why = bad_word(words[i]);

		if (why)
			conf_hint(source,
			    conf_at(source, ru, "the word \"%s\" in an item",
				conf_excerpt(source, words[i])),
			    "%s", conf_tr(source->issues, why));
	}
}

void conf_check_item_text(
    struct check *check, struct source *source, const struct metod_node *ru)
{
	struct metod_str words[ITEM_WORDS], text;
	size_t n, kept;

	if (!ru || ru->kind != METOD_NODE_SCALAR || !ru->text.n)
		return;
	text = conf_fold(ru->text, source->arena);
	n = split(text, words);
	kept = n < ITEM_WORDS ? n : ITEM_WORDS;
	check_word_count(source, ru, n);
	check_words(source, ru, words, kept);
	check_acts(source, ru, words, kept);
	check_names(check, source, ru, text);
}

/* ---- measures ---- */

void conf_check_offer(struct source *source, const struct metod_node *ru)
{
	static const char *const orders[] = {"обязать", "обязан", "должен", "должна",
	    "должны", "необходимо", "требуется", "потребовать", "требовать", "взыскани",
	    "наказа", "немедленно", "категорически"};
	static const char *const blames[] = {"виноват", "вина", "слабы", "отстающ",
	    "неэффективн", "неудовлетворительн", "недоработ", "нарушител", "худш"};
	struct metod_str word, folded;

	if (!metod_node_text(ru).n)
		return;
	folded = conf_fold(ru->text, source->arena);
	for (size_t at = 0; conf_word(folded, &at, &word);) {
		bool order = starts_any(word, orders, METOD_LEN(orders));
		struct metod_issue *issue;

		if (!order && !starts_any(word, blames, METOD_LEN(blames)))
			continue;
		issue = conf_at(source, ru, "the word \"%s\" in a recommendation",
		    conf_excerpt(source, word));
		conf_hint(source, issue, "%s",
		    conf_tr(source->issues,
			order ? "offer a step; people may choose another one"
			      : "say what would help; nobody is to blame"));
	}
}
