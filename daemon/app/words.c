/* SPDX-License-Identifier: Apache-2.0
 * Closed sets of words that stored records may hold. */
#include "internal.h"

static bool one_of(struct metod_str word, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (metod_str_is(word, list[i]))
			return true;
	return false;
}

bool word_is_position(struct metod_str word)
{
	static const char *const list[] = {"teacher", "educator", "additional",
	    "psychologist", "speech", "administrator"};
	return one_of(word, list, METOD_LEN(list));
}

bool word_is_org_kind(struct metod_str word)
{
	static const char *const list[] = {"region", "municipality", "gymnasium",
	    "secondary", "basic", "primary", "kindergarten", "supplementary", "centre"};
	return one_of(word, list, METOD_LEN(list));
}

bool word_is_activity_kind(struct metod_str word)
{
	static const char *const list[] = {"course", "internship", "webinar", "meeting",
	    "methodist_hour", "methodical_wednesday", "supervision", "trial", "visit",
	    "selfstudy", "contest", "expert"};
	return one_of(word, list, METOD_LEN(list));
}

bool word_is_format(struct metod_str word)
{
	static const char *const list[] = {"inperson", "online", "mixed"};
	return one_of(word, list, METOD_LEN(list));
}

bool word_is_audience(struct metod_str word)
{
	static const char *const list[] = {
	    "teacher", "association", "deputy", "municipality"};
	return one_of(word, list, METOD_LEN(list));
}

bool word_is_act(struct metod_str word)
{
	static const char *const list[] = {
	    "show_methodist", "find_mentor", "apply_course"};
	return one_of(word, list, METOD_LEN(list));
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
