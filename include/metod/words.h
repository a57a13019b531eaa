/* SPDX-License-Identifier: Apache-2.0
 * The words that fields of records may hold, each declared once: the daemon takes these
 * and no others, files of people may spell them in Russian. Row order inside a set is
 * the order in which the words are named to people. What they are called on pages is in
 * po/ as "token:WORD". */
#pragma once

#include "metod/base.h"

enum metod_word_set {
	METOD_WORDS_NONE,
	METOD_WORDS_POSITION,
	METOD_WORDS_ORG_KIND,
	METOD_WORDS_ACTIVITY_KIND,
	METOD_WORDS_FORMAT,
	METOD_WORDS_AUDIENCE,
	METOD_WORDS_CLASS,
	METOD_WORDS_CONTEXT,
	METOD_WORDS_TREND,
	METOD_WORDS_LABEL,
	METOD_WORDS_ACT,
	/* open: other words pass */
	METOD_WORDS_STAGE,
	METOD_WORDS_CATEGORY,
	METOD_WORDS_LEVEL,
	METOD_WORDS_STATUS,
};

/* clang-format off */
/* set, word, spellings in files of people: folded, parted by '|' */
#define METOD_WORDS(W) \
	W(POSITION, "teacher", "учитель|преподаватель|учитель-предметник|учитель начальных классов") \
	W(POSITION, "educator", "воспитатель|старший воспитатель") \
	W(POSITION, "additional", "педагог дополнительного образования|педагог доп. образования|пдо") \
	W(POSITION, "psychologist", "педагог-психолог|психолог") \
	W(POSITION, "speech", "учитель-логопед|логопед|учитель-дефектолог|дефектолог") \
	W(POSITION, "administrator", "администратор|заместитель директора|зам. директора|заместитель заведующего|директор|заведующий|руководитель") \
	W(ORG_KIND, "region", "регион") \
	W(ORG_KIND, "municipality", "муниципалитет|муниципальное образование|городской округ|муниципальный район|муниципальный округ") \
	W(ORG_KIND, "gymnasium", "гимназия|лицей") \
	W(ORG_KIND, "secondary", "средняя школа|сош") \
	W(ORG_KIND, "basic", "основная школа|оош") \
	W(ORG_KIND, "primary", "начальная школа|нош") \
	W(ORG_KIND, "kindergarten", "детский сад|доу|доо") \
	W(ORG_KIND, "supplementary", "дополнительное образование|организация дополнительного образования|центр дополнительного образования") \
	W(ORG_KIND, "centre", "центр|ресурсный центр|методический центр") \
	W(ACTIVITY_KIND, "course", "курс|курсы|курс повышения квалификации") \
	W(ACTIVITY_KIND, "internship", "стажировка") \
	W(ACTIVITY_KIND, "webinar", "вебинар") \
	W(ACTIVITY_KIND, "meeting", "встреча|заседание|заседание объединения") \
	W(ACTIVITY_KIND, "methodist_hour", "час методиста") \
	W(ACTIVITY_KIND, "methodical_wednesday", "методическая среда") \
	W(ACTIVITY_KIND, "supervision", "супервизия") \
	W(ACTIVITY_KIND, "trial", "проба|профессиональная проба") \
	W(ACTIVITY_KIND, "visit", "взаимопосещение|посещение урока") \
	W(ACTIVITY_KIND, "selfstudy", "самообразование|самостоятельная работа") \
	W(ACTIVITY_KIND, "contest", "конкурс") \
	W(ACTIVITY_KIND, "expert", "экспертная работа|экспертиза") \
	W(FORMAT, "inperson", "очно|очный|очная") \
	W(FORMAT, "online", "онлайн|дистанционно|дистанционный|дистанционная") \
	W(FORMAT, "mixed", "смешанно|смешанный|смешанная|очно-дистанционно") \
	W(AUDIENCE, "teacher", "") \
	W(AUDIENCE, "association", "") \
	W(AUDIENCE, "deputy", "") \
	W(AUDIENCE, "municipality", "") \
	W(CLASS, "few", "") \
	W(CLASS, "notable", "") \
	W(CLASS, "most", "") \
	W(CONTEXT, "school", "") \
	W(CONTEXT, "low_result", "") \
	W(CONTEXT, "small_school", "") \
	W(CONTEXT, "kindergarten", "") \
	W(CONTEXT, "young_team", "") \
	W(TREND, "lasting", "") \
	W(TREND, "rising", "") \
	W(LABEL, "design", "") \
	W(LABEL, "preliminary", "") \
	W(LABEL, "calibrated", "") \
	W(ACT, "show_methodist", "") \
	W(ACT, "find_mentor", "") \
	W(ACT, "apply_course", "") \
	W(STAGE, "preschool", "дошкольное|дошкольный|дошкольное образование|до") \
	W(STAGE, "primary", "начальное|начальная|начальное общее|ноо") \
	W(STAGE, "main", "основное|основная|основное общее|ооо") \
	W(STAGE, "secondary", "среднее|средняя|среднее общее|соо") \
	W(CATEGORY, "no_category", "нет|без категории|не имеет") \
	W(CATEGORY, "fit", "соответствие|соответствие занимаемой должности|сзд") \
	W(CATEGORY, "first", "первая|1|i") \
	W(CATEGORY, "highest", "высшая") \
	W(CATEGORY, "methodist", "педагог-методист") \
	W(CATEGORY, "mentor", "педагог-наставник") \
	W(LEVEL, "school", "школьное|шмо|школа") \
	W(LEVEL, "district", "районное|рмо|район") \
	W(LEVEL, "territory", "территориальное|тумо|территория") \
	W(LEVEL, "region", "региональное|регион") \
	W(STATUS, "active", "действует|активен|да") \
	W(STATUS, "paused", "пауза|приостановлен") \
	W(STATUS, "left", "выбыл|нет")
/* clang-format on */

struct metod_word {
	enum metod_word_set set;
	const char *word, *russian;
};
extern const struct metod_word metod_words[];
extern const size_t metod_words_n;
/* Is it a word of the set? */
bool metod_word_in(enum metod_word_set set, struct metod_str word);
