/* SPDX-License-Identifier: Apache-2.0
 * Closed sets of words in the files of people, with the Russian words that stand for
 * them, and what people call the columns of registers. Row order inside a set is the
 * order in which the words are named to people. */
#include "internal.h"

static const struct word {
	enum word_set set;
	const char *word;
	const char *russian; /* folded, parted by '|' */
} words[] = {
    {WORDS_POSITION, "teacher",
	"учитель|преподаватель|учитель-предметник"
	"|учитель начальных классов"},
    {WORDS_POSITION, "educator", "воспитатель|старший воспитатель"},
    {WORDS_POSITION, "additional",
	"педагог дополнительного образования|педагог доп. образования"
	"|пдо"},
    {WORDS_POSITION, "psychologist", "педагог-психолог|психолог"},
    {WORDS_POSITION, "speech", "учитель-логопед|логопед|учитель-дефектолог|дефектолог"},
    {WORDS_POSITION, "administrator",
	"администратор|заместитель директора|зам. директора"
	"|заместитель заведующего|директор|заведующий"
	"|руководитель"},
    {WORDS_ORG_KIND, "region", "регион"},
    {WORDS_ORG_KIND, "municipality",
	"муниципалитет|муниципальное образование"
	"|городской округ|муниципальный район"
	"|муниципальный округ"},
    {WORDS_ORG_KIND, "gymnasium", "гимназия|лицей"},
    {WORDS_ORG_KIND, "secondary", "средняя школа|сош"},
    {WORDS_ORG_KIND, "basic", "основная школа|оош"},
    {WORDS_ORG_KIND, "primary", "начальная школа|нош"},
    {WORDS_ORG_KIND, "kindergarten", "детский сад|доу|доо"},
    {WORDS_ORG_KIND, "supplementary",
	"дополнительное образование"
	"|организация дополнительного образования"
	"|центр дополнительного образования"},
    {WORDS_ORG_KIND, "centre", "центр|ресурсный центр|методический центр"},
    {WORDS_ACTIVITY_KIND, "course", "курс|курсы|курс повышения квалификации"},
    {WORDS_ACTIVITY_KIND, "internship", "стажировка"},
    {WORDS_ACTIVITY_KIND, "webinar", "вебинар"},
    {WORDS_ACTIVITY_KIND, "meeting", "встреча|заседание|заседание объединения"},
    {WORDS_ACTIVITY_KIND, "methodist_hour", "час методиста"},
    {WORDS_ACTIVITY_KIND, "methodical_wednesday", "методическая среда"},
    {WORDS_ACTIVITY_KIND, "supervision", "супервизия"},
    {WORDS_ACTIVITY_KIND, "trial", "проба|профессиональная проба"},
    {WORDS_ACTIVITY_KIND, "visit", "взаимопосещение|посещение урока"},
    {WORDS_ACTIVITY_KIND, "selfstudy", "самообразование|самостоятельная работа"},
    {WORDS_ACTIVITY_KIND, "contest", "конкурс"},
    {WORDS_ACTIVITY_KIND, "expert", "экспертная работа|экспертиза"},
    {WORDS_FORMAT, "inperson", "очно|очный|очная"},
    {WORDS_FORMAT, "online", "онлайн|дистанционно|дистанционный|дистанционная"},
    {WORDS_FORMAT, "mixed", "смешанно|смешанный|смешанная|очно-дистанционно"},
    {WORDS_AUDIENCE, "teacher", ""},
    {WORDS_AUDIENCE, "association", ""},
    {WORDS_AUDIENCE, "deputy", ""},
    {WORDS_AUDIENCE, "municipality", ""},
    {WORDS_CLASS, "few", ""},
    {WORDS_CLASS, "notable", ""},
    {WORDS_CLASS, "most", ""},
    {WORDS_CONTEXT, "low_result", ""},
    {WORDS_CONTEXT, "small_school", ""},
    {WORDS_CONTEXT, "kindergarten", ""},
    {WORDS_CONTEXT, "young_team", ""},
    {WORDS_LABEL, "design", ""},
    {WORDS_LABEL, "preliminary", ""},
    {WORDS_LABEL, "calibrated", ""},
    {WORDS_STAGE, "preschool", "дошкольное|дошкольный|дошкольное образование|до"},
    {WORDS_STAGE, "primary", "начальное|начальная|начальное общее|ноо"},
    {WORDS_STAGE, "main", "основное|основная|основное общее|ооо"},
    {WORDS_STAGE, "secondary", "среднее|средняя|среднее общее|соо"},
    {WORDS_CATEGORY, "no_category", "нет|без категории|не имеет"},
    {WORDS_CATEGORY, "fit", "соответствие|соответствие занимаемой должности|сзд"},
    {WORDS_CATEGORY, "first", "первая|1|i"},
    {WORDS_CATEGORY, "highest", "высшая"},
    {WORDS_CATEGORY, "methodist", "педагог-методист"},
    {WORDS_CATEGORY, "mentor", "педагог-наставник"},
    {WORDS_LEVEL, "school", "школьное|шмо|школа"},
    {WORDS_LEVEL, "district", "районное|рмо|район"},
    {WORDS_LEVEL, "territory", "территориальное|тумо|территория"},
    {WORDS_LEVEL, "region", "региональное|регион"},
    {WORDS_STATUS, "active", "действует|активен|да"},
    {WORDS_STATUS, "paused", "пауза|приостановлен"},
    {WORDS_STATUS, "left", "выбыл|нет"},
};

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

bool conf_words_closed(enum word_set set)
{
	return set != WORDS_NONE && set < WORDS_STAGE;
}

const char *conf_word_at(enum word_set set, size_t i)
{
	for (size_t at = 0; at < METOD_LEN(words); at++) {
		if (words[at].set == set && i-- == 0)
			return words[at].word;
	}
	return NULL;
}

const char *conf_word_of(
    enum word_set set, struct metod_str text, struct metod_arena *arena)
{
	struct metod_str folded = conf_fold(text, arena);

	for (size_t i = 0; i < METOD_LEN(words); i++) {
		struct metod_str russian = metod_str(words[i].russian);

		if (words[i].set != set)
			continue;
		if (metod_str_is(folded, words[i].word))
			return words[i].word;
		while (russian.n) {
			if (metod_str_eq(folded, metod_str_cut(&russian, '|')))
				return words[i].word;
		}
	}
	return NULL;
}

/* Among the Russian words too, so that a slip in either alphabet is understood. */
const char *conf_word_nearest(
    enum word_set set, struct metod_str text, struct metod_arena *arena)
{
	const char *candidates[256];
	size_t n = 0;

	for (size_t i = 0; i < METOD_LEN(words); i++) {
		struct metod_str russian = metod_str(words[i].russian);

		if (words[i].set != set)
			continue;
		candidates[n++] = words[i].word;
		while (russian.n && n < METOD_LEN(candidates))
			candidates[n++] =
			    metod_arena_z(arena, metod_str_cut(&russian, '|'));
	}
	return conf_nearest(candidates, n, conf_fold(text, arena));
}
