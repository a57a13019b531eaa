/* SPDX-License-Identifier: Apache-2.0
 * Civil time: the Gregorian calendar and the fixed offsets of the Russian zones.
 * Pure arithmetic: never asks the clock, the environment or the zone files, so an answer
 * computed twice is the same. Moments are milliseconds UTC since 1970, dates are days. */
#include "metod/base.h"

#include <stdio.h>
#include <string.h>

enum {
	DAYS_400 = 146097,     /* days of 400 Gregorian years */
	DAYS_TO_1970 = 719468, /* from 0000-03-01 */
	MINUTES_DAY = 24 * 60,
};

static const struct {
	const char *name;
	int minutes;
} zones[] = {
    {"UTC", 0},
    {"Europe/Kaliningrad", 2 * 60},
    {"Europe/Moscow", 3 * 60},
    {"Europe/Samara", 4 * 60},
    {"Asia/Yekaterinburg", 5 * 60},
    {"Asia/Omsk", 6 * 60},
    {"Asia/Krasnoyarsk", 7 * 60},
    {"Asia/Novosibirsk", 7 * 60},
    {"Asia/Irkutsk", 8 * 60},
    {"Asia/Yakutsk", 9 * 60},
    {"Asia/Vladivostok", 10 * 60},
    {"Asia/Magadan", 11 * 60},
    {"Asia/Kamchatka", 12 * 60},
};

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* The year is taken to begin in March: the leap day is then its last day, and the days
 * before month m (March = 0) are (153 m + 2) / 5. */
int64_t metod_days_from_civil(int year, int month, int day)
{
	int64_t y = (int64_t)year - (month <= 2);
	int64_t m = (month + 9) % 12;
	int64_t cycle = floor_div(y, 400), of_cycle = y - cycle * 400;
	int64_t of_year = (153 * m + 2) / 5 + day - 1;

	return cycle * DAYS_400 + of_cycle * 365 + of_cycle / 4 - of_cycle / 100 +
	    of_year - DAYS_TO_1970;
}

void metod_civil_from_days(int64_t days, int *year, int *month, int *day)
{
	int64_t z = days + DAYS_TO_1970;
	int64_t cycle = floor_div(z, DAYS_400), rest = z - cycle * DAYS_400;
	/* The last day of a century or of the cycle must not start a new one. */
	int64_t century = rest / 36524 - (rest == DAYS_400 - 1);
	int64_t four, one, m;

	rest -= century * 36524;
	four = rest / 1461;
	rest -= four * 1461;
	one = rest / 365 - (rest == 1460);
	rest -= one * 365;
	m = (5 * rest + 2) / 153;
	*day = (int)(rest - (153 * m + 2) / 5 + 1);
	*month = (int)(m < 10 ? m + 3 : m - 9);
	*year = (int)(cycle * 400 + century * 100 + four * 4 + one + (m >= 10));
}

/* low..high decimal digits, nothing else. */
static bool number(struct metod_str s, size_t low, size_t high, int *ret)
{
	uint64_t value;

	if (s.n < low || s.n > high || !metod_str_u64(s, &value))
		return false;
	*ret = (int)value;
	return true;
}

bool metod_date_parse(struct metod_str s, int64_t *ret_days)
{
	bool iso = s.n && memchr(s.p, '-', s.n);
	char sep = iso ? '-' : '.';
	int year, month, day, y, m, d;
	struct metod_str a = metod_str_cut(&s, sep);
	struct metod_str b = metod_str_cut(&s, sep);
	int64_t days;

	if (iso ? !(number(a, 4, 4, &year) && number(b, 2, 2, &month) &&
		      number(s, 2, 2, &day))
		: !(number(a, 1, 2, &day) && number(b, 1, 2, &month) &&
		      number(s, 4, 4, &year)))
		return false;
	if (year < 1 || month < 1 || month > 12 || day < 1 || day > 31)
		return false;
	days = metod_days_from_civil(year, month, day);
	metod_civil_from_days(days, &y, &m, &d);
	if (y != year || m != month || d != day)
		return false; /* 31 April came back as 1 May */
	*ret_days = days;
	return true;
}

bool metod_zone_offset(struct metod_str zone, int *ret_minutes)
{
	for (size_t i = 0; i < METOD_LEN(zones); i++) {
		if (metod_str_is(zone, zones[i].name)) {
			*ret_minutes = zones[i].minutes;
			return true;
		}
	}
	return false;
}

/* Only the years 1..9999 have a text form. */
static bool printable_days(int64_t days)
{
	return days >= -719162 && days <= 2932896;
}

void metod_date_format(int64_t days, char *out)
{
	int year, month, day;

	if (!printable_days(days)) {
		memcpy(out, "?", 2);
		return;
	}
	metod_civil_from_days(days, &year, &month, &day);
	snprintf(out, 20, "%04u-%02u-%02u", (unsigned)year % 10000, (unsigned)month % 100,
	    (unsigned)day % 100);
}

void metod_time_format(int64_t time_ms, int zone_minutes, char *out)
{
	int64_t minutes = floor_div(time_ms, 60000) + zone_minutes;
	int64_t days = floor_div(minutes, MINUTES_DAY);
	unsigned of_day = (unsigned)(minutes - days * MINUTES_DAY);

	metod_date_format(days, out);
	if (printable_days(days))
		snprintf(out + 10, 10, " %02u:%02u", of_day / 60 % 24, of_day % 60);
}
