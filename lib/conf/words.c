/* SPDX-License-Identifier: Apache-2.0
 * Finds the words of words.h by what people write in their files, and knows what they
 * call the columns of registers. */
#include "internal.h"

/* What people call a column, folded. A row counts when the record has the field. */
static const struct column {
	const char *word, *field;
} columns[] = {
    {"фио", "name"},
    {"ф.и.о.", "name"},
    {"фамилия имя отчество", "name"},
    {"фамилия, имя, отчество", "name"},
    {"название", "name"},
    {"наименование", "name"},
    {"название", "title"},
    {"наименование", "title"},
    {"код", "code"},
    {"табельный номер", "code"},
    {"код организации", "org"},
    {"организация", "org"},
    {"образовательная организация", "org"},
    {"место работы", "org"},
    {"школа", "org"},
    {"вышестоящая организация", "parent"},
    {"муниципалитет", "parent"},
    {"тип", "kind"},
    {"вид", "kind"},
    {"тип организации", "kind"},
    {"должность", "position"},
    {"должности", "positions"},
    {"предмет", "subjects"},
    {"предметы", "subjects"},
    {"предмет(ы)", "subjects"},
    {"преподаваемый предмет", "subjects"},
    {"предмет", "subject"},
    {"ступень", "stage"},
    {"уровень образования", "stage"},
    {"категория", "category"},
    {"квалификационная категория", "category"},
    {"категория до", "category_until"},
    {"срок категории", "category_until"},
    {"стаж", "hired"},
    {"стаж с", "hired"},
    {"педагогический стаж", "hired"},
    {"педагогический стаж с", "hired"},
    {"начало педагогической деятельности", "hired"},
    {"дата начала работы", "hired"},
    {"год рождения", "birth_year"},
    {"форматы", "formats"},
    {"формат", "formats"},
    {"формат", "format"},
    {"уровень", "level"},
    {"руководитель", "head"},
    {"участники", "members"},
    {"члены", "members"},
    {"места", "capacity"},
    {"сколько наставляемых", "capacity"},
    {"статус", "status"},
    {"сильные стороны", "strengths"},
    {"часы", "hours"},
    {"прирост", "gains"},
    {"начало", "start"},
    {"окончание", "end"},
    {"мест", "seats"},
    {"организатор", "provider"},
    {"шнор", "low_result"},
    {"школа с низкими результатами", "low_result"},
    {"базовая школа", "base_school"},
    {"опорная площадка", "pilot"},
};

const char *conf_column_word(size_t i, const char **ret_field)
{
	if (i >= METOD_LEN(columns))
		return NULL;
	*ret_field = columns[i].field;
	return columns[i].word;
}

bool conf_words_closed(enum metod_word_set set)
{
	return set != METOD_WORDS_NONE && set < METOD_WORDS_STAGE;
}

const char *conf_word_at(enum metod_word_set set, size_t i)
{
	for (size_t at = 0; at < metod_words_n; at++) {
		if (metod_words[at].set == set && i-- == 0)
			return metod_words[at].word;
	}
	return NULL;
}

const char *conf_word_of(
    enum metod_word_set set, struct metod_str text, struct metod_arena *arena)
{
	struct metod_str folded = conf_fold(text, arena);

	for (size_t i = 0; i < metod_words_n; i++) {
		struct metod_str russian = metod_str(metod_words[i].russian);

		if (metod_words[i].set != set)
			continue;
		if (metod_str_is(folded, metod_words[i].word))
			return metod_words[i].word;
		while (russian.n) {
			if (metod_str_eq(folded, metod_str_cut(&russian, '|')))
				return metod_words[i].word;
		}
	}
	return NULL;
}

/* Among the Russian words too, so that a slip in either alphabet is understood. */
const char *conf_word_nearest(
    enum metod_word_set set, struct metod_str text, struct metod_arena *arena)
{
	const char *candidates[256];
	size_t n = 0;

	for (size_t i = 0; i < metod_words_n; i++) {
		struct metod_str russian = metod_str(metod_words[i].russian);

		if (metod_words[i].set != set)
			continue;
		candidates[n++] = metod_words[i].word;
		while (russian.n && n < METOD_LEN(candidates))
			candidates[n++] =
			    metod_arena_z(arena, metod_str_cut(&russian, '|'));
	}
	return conf_nearest(candidates, n, conf_fold(text, arena));
}
