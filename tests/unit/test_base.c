/* SPDX-License-Identifier: Apache-2.0
 * lib/base apart from descriptors: slices, numbers, UTF-8, arena, buffer, calendar,
 * checksums, errors, log. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "metod/base.h"
#include "metod/errors.h"
#include "metod/limits.h"
#include "metod/log.h"

#include "../../lib/base/log_text.h"

static void slices_compare_by_bytes_then_length(void **state)
{
	(void)state;
	assert_true(metod_str_eq(metod_str(NULL), METOD_STR("")));
	assert_true(metod_str_is(METOD_STR("ab"), "ab"));
	assert_false(metod_str_is(METOD_STR("ab"), "abc"));
	assert_true(metod_str_cmp(METOD_STR("ab"), METOD_STR("abc")) < 0);
	assert_true(metod_str_cmp(METOD_STR("b"), METOD_STR("abc")) > 0);
	assert_int_equal(metod_str_cmp(METOD_STR("abc"), METOD_STR("abc")), 0);
	assert_true(metod_str_starts(METOD_STR("abc"), "ab"));
	assert_true(metod_str_starts(METOD_STR("abc"), ""));
	assert_false(metod_str_starts(METOD_STR("a"), "ab"));
}

static void cut_takes_parts_up_to_the_end(void **state)
{
	struct metod_str s = METOD_STR("a,,b"), none = METOD_STR("");

	(void)state;
	assert_true(metod_str_is(metod_str_cut(&s, ','), "a"));
	assert_true(metod_str_is(metod_str_cut(&s, ','), ""));
	assert_true(metod_str_is(metod_str_cut(&s, ','), "b"));
	assert_int_equal(s.n, 0);
	assert_int_equal(metod_str_cut(&none, ',').n, 0);
	assert_true(metod_str_is(metod_str_trim(METOD_STR(" \t a b\r\n")), "a b"));
	assert_int_equal(metod_str_trim(METOD_STR("  ")).n, 0);
}

static void whole_numbers_are_read_whole_or_not_at_all(void **state)
{
	static const struct {
		const char *text;
		bool u_ok;
		uint64_t u;
		bool i_ok;
		int64_t i;
	} cases[] = {
	    {"0", true, 0, true, 0},
	    {"42", true, 42, true, 42},
	    {"18446744073709551615", true, UINT64_MAX, false, 0},
	    {"18446744073709551616", false, 0, false, 0},
	    {"9223372036854775807", true, INT64_MAX, true, INT64_MAX},
	    {"9223372036854775808", true, (uint64_t)INT64_MAX + 1, false, 0},
	    {"-9223372036854775808", false, 0, true, INT64_MIN},
	    {"-9223372036854775809", false, 0, false, 0},
	    {"+7", false, 0, true, 7},
	    {"-1", false, 0, true, -1},
	    {"", false, 0, false, 0},
	    {"-", false, 0, false, 0},
	    {"--1", false, 0, false, 0},
	    {"1 ", false, 0, false, 0},
	    {"0x10", false, 0, false, 0},
	};

	(void)state;
	for (size_t k = 0; k < METOD_LEN(cases); k++) {
		struct metod_str s = metod_str(cases[k].text);
		uint64_t u = 77;
		int64_t i = 77;

		assert_int_equal(metod_str_u64(s, &u), cases[k].u_ok);
		assert_true(u == (cases[k].u_ok ? cases[k].u : 77));
		assert_int_equal(metod_str_i64(s, &i), cases[k].i_ok);
		assert_true(i == (cases[k].i_ok ? cases[k].i : 77));
	}
}

static void reals_are_decimal_only(void **state)
{
	static const char *const good[] = {
	    "1", "-1.5", ".5", "5.", "1e3", "1E-3", "+2.25e+2"};
	static const double value[] = {1, -1.5, .5, 5, 1000, .001, 225};
	static const char *const bad[] = {"", ".", "e1", "nan", "inf", "-inf", "0x1p3",
	    "1e", "1e+", "1,5", " 1", "1 ", "1e999", "1.2.3",
	    "1000000000000000000000000000000000000000000000000000000000000000000"};
	double real = 0;

	(void)state;
	for (size_t i = 0; i < METOD_LEN(good); i++) {
		assert_true(metod_str_real(metod_str(good[i]), &real));
		assert_true(fabs(real - value[i]) < 1e-12);
	}
	for (size_t i = 0; i < METOD_LEN(bad); i++)
		assert_false(metod_str_real(metod_str(bad[i]), &real));
}

static void utf8_is_checked_strictly(void **state)
{
	static const char *const good[] = {"", "plain", "Школа № 7\n\tда",
	    "\xf0\x9f\x98\x80", "\xef\xbf\xbd", "\xf4\x8f\xbf\xbf", "\xc2\xa0"};
	static const char *const bad[] = {"\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\xaf",
	    "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xd0", "\xe2\x82",
	    "\xf0\x9f\x98", "a\x01", "a\r", "\x7f", "\xc2\x85", "\xff", "\xd0\xd0"};

	(void)state;
	for (size_t i = 0; i < METOD_LEN(good); i++)
		assert_true(metod_utf8_ok(metod_str(good[i])));
	for (size_t i = 0; i < METOD_LEN(bad); i++)
		assert_false(metod_utf8_ok(metod_str(bad[i])));
	assert_false(metod_utf8_ok(METOD_STR("a\0b")));
	assert_int_equal(metod_utf8_count(METOD_STR("Школа 7")), 7);
}

static void decoding_moves_on_over_bad_bytes(void **state)
{
	size_t at = 0;

	(void)state;
	assert_int_equal(metod_utf8_next(METOD_STR("\xffz"), &at), 0xfffd);
	assert_int_equal(metod_utf8_next(METOD_STR("\xffz"), &at), 'z');
	assert_int_equal(metod_utf8_next(METOD_STR("\xffz"), &at), 0);
	at = 0;
	assert_int_equal(metod_utf8_next(METOD_STR("Ж"), &at), 0x416);
	assert_int_equal(at, 2);
}

static void edit_distance_counts_letters_not_bytes(void **state)
{
	static const struct {
		const char *a, *b;
		size_t far;
	} cases[] = {
	    {"", "", 0},
	    {"wave", "wave", 0},
	    {"wave", "wvae", 2},
	    {"close", "clsoe", 2},
	    {"код", "кот", 1},
	    {"код", "", 3},
	    {"kitten", "sitting", 3},
	    {"a", "abcdefgh", 5},
	};
	char longer[100];

	(void)state;
	for (size_t i = 0; i < METOD_LEN(cases); i++) {
		assert_int_equal(
		    metod_edit_distance(metod_str(cases[i].a), metod_str(cases[i].b), 5),
		    cases[i].far);
		assert_int_equal(
		    metod_edit_distance(metod_str(cases[i].b), metod_str(cases[i].a), 5),
		    cases[i].far);
	}
	memset(longer, 'a', sizeof(longer));
	assert_int_equal(metod_edit_distance((struct metod_str){longer, 100},
			     (struct metod_str){longer, 99}, 5),
	    5);
}

static void arena_memory_is_zeroed_aligned_and_stays(void **state)
{
	struct metod_arena *arena = metod_arena_new();
	uint64_t seed = 1;
	unsigned char *blocks[400];
	size_t sizes[400];

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < METOD_LEN(blocks); i++) {
			sizes[i] = metod_rand64(&seed) % (i % 50 == 0 ? 100000 : 300);
			blocks[i] = metod_arena_alloc(arena, sizes[i]);
			assert_int_equal((uintptr_t)blocks[i] % 16, 0);
			for (size_t k = 0; k < sizes[i]; k++)
				assert_int_equal(blocks[i][k], 0);
			memset(blocks[i], (int)(i % 251) + 1, sizes[i]);
		}
		for (size_t i = 0; i < METOD_LEN(blocks); i++) {
			for (size_t k = 0; k < sizes[i]; k++)
				assert_int_equal(blocks[i][k], i % 251 + 1);
		}
		assert_true(metod_arena_bytes(arena) > 100000);
		metod_arena_clear(arena);
		assert_int_equal(metod_arena_bytes(arena), 0);
	}
	/* One huge request, alone and cleared. */
	memset(metod_arena_alloc(arena, 3000000), 1, 3000000);
	metod_arena_clear(arena);
	assert_int_equal(*(char *)metod_arena_alloc(arena, 1), 0);
	assert_null(metod_arena_free(arena));
	assert_null(metod_arena_free(NULL));
	arena = metod_arena_new();
	memset(metod_arena_alloc(arena, 3000000), 1, 3000000);
	metod_arena_clear(arena);
	metod_arena_clear(arena);
	assert_int_equal(*(char *)metod_arena_alloc(arena, 1), 0);
	metod_arena_free(arena);
}

static void arena_text_is_a_terminated_copy(void **state)
{
	struct metod_arena *arena = metod_arena_new();
	char source[] = "abc";
	struct metod_str copy = metod_arena_str(arena, metod_str(source));
	struct metod_str made = metod_arena_printf(arena, "%d-%s", 7, "x");

	(void)state;
	source[0] = 'z';
	assert_string_equal(copy.p, "abc");
	assert_string_equal(made.p, "7-x");
	assert_int_equal(made.n, 3);
	assert_string_equal(metod_arena_z(arena, (struct metod_str){NULL, 0}), "");
	metod_arena_free(arena);
}

static void buffer_grows_and_drops_from_the_front(void **state)
{
	struct metod_buf buf = {0};

	(void)state;
	for (int i = 0; i < 1000; i++)
		metod_buf_printf(&buf, "%03d,", i);
	assert_int_equal(buf.n, 4000);
	metod_buf_drop(&buf, 3992);
	assert_true(metod_str_is(metod_buf_view(&buf), "998,999,"));
	metod_buf_drop(&buf, 100);
	assert_int_equal(buf.n, 0);
	metod_buf_z(&buf, "a");
	metod_buf_byte(&buf, 'b');
	metod_buf_str(&buf, METOD_STR("c"));
	assert_true(metod_str_is(metod_buf_view(&buf), "abc"));
	metod_buf_done(&buf);
	metod_buf_done(&buf);
}

/* Independent of the formulas: counts on day by day. */
static void calendar_agrees_with_counting(void **state)
{
	static const int length[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int year = 1600, month = 1, day = 1;
	int64_t first = metod_days_from_civil(1600, 1, 1);

	(void)state;
	assert_int_equal(metod_days_from_civil(1970, 1, 1), 0);
	assert_int_equal(metod_days_from_civil(2026, 11, 21), 20778);
	for (int64_t days = first; year < 2405; days++) {
		bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
		int y, m, d, last = length[month - 1] + (month == 2 && leap);

		assert_int_equal(metod_days_from_civil(year, month, day), days);
		metod_civil_from_days(days, &y, &m, &d);
		assert_true(y == year && m == month && d == day);
		if (++day > last) {
			day = 1;
			month++;
		}
		if (month > 12) {
			month = 1;
			year++;
		}
	}
}

static void dates_are_read_in_two_forms(void **state)
{
	static const char *const good[] = {"2026-11-21", "21.11.2026"};
	static const char *const bad[] = {"", "2026-11-31", "31.04.2026", "2026-13-01",
	    "2025-02-29", "0000-01-01", "2026-1-1", "21.11.26", "2026/11/21",
	    "2026-11-21x", "21.11.2026 ", "0.1.2026", "2026-11", "1-1-2026"};
	int64_t days = 0;

	(void)state;
	for (size_t i = 0; i < METOD_LEN(good); i++) {
		assert_true(metod_date_parse(metod_str(good[i]), &days));
		assert_int_equal(days, 20778);
	}
	for (size_t i = 0; i < METOD_LEN(bad); i++)
		assert_false(metod_date_parse(metod_str(bad[i]), &days));
	assert_true(metod_date_parse(METOD_STR("1.2.2024"), &days));
	assert_int_equal(days, metod_days_from_civil(2024, 2, 1));
	assert_true(metod_date_parse(METOD_STR("2024-02-29"), &days));
}

static void moments_are_shown_in_the_zone(void **state)
{
	char text[20];
	int minutes = 0;

	(void)state;
	assert_true(metod_zone_offset(METOD_STR("Europe/Samara"), &minutes));
	assert_int_equal(minutes, 240);
	assert_true(metod_zone_offset(METOD_STR("Asia/Kamchatka"), &minutes));
	assert_int_equal(minutes, 720);
	assert_false(metod_zone_offset(METOD_STR("Europe/Berlin"), &minutes));
	metod_time_format((int64_t)20778 * 86400000 + 82800000, 240, text);
	assert_string_equal(text, "2026-11-22 03:00");
	metod_time_format(-1, 0, text);
	assert_string_equal(text, "1969-12-31 23:59");
	metod_date_format(-719162, text);
	assert_string_equal(text, "0001-01-01");
	metod_date_format(2932896, text);
	assert_string_equal(text, "9999-12-31");
	metod_date_format(2932897, text);
	assert_string_equal(text, "?");
	metod_time_format(INT64_MIN / 2, 0, text);
	assert_string_equal(text, "?");
}

static void checksums_are_the_published_ones(void **state)
{
	uint8_t zeros[32] = {0}, ones[32];
	uint64_t state64 = 1234567;

	(void)state;
	memset(ones, 0xff, sizeof(ones));
	assert_int_equal(metod_crc32c("123456789", 9), 0xe3069283);
	assert_int_equal(metod_crc32c(zeros, 32), 0x8a9136aa); /* RFC 3720, B.4 */
	assert_int_equal(metod_crc32c(ones, 32), 0x62a8ab43);
	assert_int_equal(metod_crc32c("", 0), 0);
	assert_true(metod_rand64(&state64) == UINT64_C(6457827717110365317));
	assert_true(metod_rand64(&state64) == UINT64_C(3203168211198807973));

	/* Whole words and the rest behind them, at every place in a word: bit by bit. */
	uint64_t rng = 7;
	uint8_t bytes[64];
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)metod_rand64(&rng);
	for (size_t from = 0; from < 8; from++) {
		uint32_t crc = 0xffffffff;
		for (size_t n = 0; from + n < sizeof(bytes); n++) {
			assert_int_equal(metod_crc32c(bytes + from, n), ~crc);
			crc ^= bytes[from + n];
			for (int bit = 0; bit < 8; bit++)
				crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
		}
	}
}

static void hash_depends_on_every_byte_and_the_seed(void **state)
{
	uint8_t bytes[24] = {0};
	uint64_t plain = metod_hash64(7, bytes, sizeof(bytes));

	(void)state;
	for (size_t i = 0; i < sizeof(bytes) * 8; i++) {
		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_true(metod_hash64(7, bytes, sizeof(bytes)) != plain);
		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	assert_true(metod_hash64(7, bytes, sizeof(bytes)) == plain);
	assert_true(metod_hash64(8, bytes, sizeof(bytes)) != plain);
	assert_true(metod_hash64(7, bytes, sizeof(bytes) - 1) != plain);
}

static void random_numbers_have_their_moments(void **state)
{
	double sum = 0, squares = 0, unit = 0;
	uint64_t seed = 5;
	int n = 200000;

	(void)state;
	for (int i = 0; i < n; i++) {
		double x = metod_rand_normal(&seed), u = metod_rand_unit(&seed);

		assert_true(isfinite(x) && u >= 0 && u < 1);
		sum += x;
		squares += x * x;
		unit += u;
	}
	assert_true(fabs(sum / n) < .01);
	assert_true(fabs(squares / n - 1) < .02);
	assert_true(fabs(unit / n - .5) < .005);
}

static void error_list_is_consistent(void **state)
{
	static const enum metod_err all[] = {
#define CODE(name, number, wire, exit_status, http, text) METOD_##name,
	    METOD_ERRORS(CODE)
#undef CODE
	};

	(void)state;
	for (size_t i = 0; i < METOD_LEN(all); i++) {
		assert_int_equal(
		    metod_err_from_wire(metod_str(metod_err_wire(all[i]))), all[i]);
		assert_true(metod_err_text(all[i])[0] != '\0');
		assert_int_equal(metod_err_exit(all[i]) == 0, all[i] == METOD_OK);
		assert_int_equal(metod_err_http(all[i]) < 400, all[i] == METOD_OK);
	}
	assert_int_equal(metod_err_from_wire(METOD_STR("no_such")), METOD_FAILED);
	assert_int_equal(metod_err_exit((enum metod_err)999), 1);
}

static void long_errors_are_cut_between_characters(void **state)
{
	struct metod_error err;
	char big[1001];

	(void)state;
	for (size_t i = 0; i < 1000; i += 2)
		memcpy(big + i, "Я", 2);
	big[1000] = '\0';
	assert_int_equal(metod_fail(&err, METOD_RANGE, big, "x%s", big), METOD_RANGE);
	assert_true(metod_utf8_ok(metod_str(err.message)));
	assert_true(metod_utf8_ok(metod_str(err.field)));
	assert_int_equal(strlen(err.message), 399);
	assert_int_equal(strlen(err.field), 94);
	assert_int_equal(metod_hint(&err, "%s", big), METOD_RANGE);
	assert_true(metod_utf8_ok(metod_str(err.hint)));
	assert_string_equal(err.field + 92, "Я");
	/* A new failure may be made from the text of the old one. */
	assert_int_equal(
	    metod_fail(&err, METOD_FORMAT, "f", "%.3s!", err.message), METOD_FORMAT);
	assert_string_equal(err.message, "xЯ!");
	assert_string_equal(err.hint, "");
	assert_int_equal(metod_fail(NULL, METOD_BUSY, "f", "x"), METOD_BUSY);
}

static const char *to_russian(void *arg, const char *msgid)
{
	(void)arg;
	return strcmp(msgid, "must be from %s to %s") == 0 ? "должно быть от %s до %s"
							   : msgid;
}

static void errors_speak_the_language_of_the_thread(void **state)
{
	struct metod_error err;

	(void)state;
	metod_fail_language(to_russian, NULL);
	metod_fail(&err, METOD_RANGE, "n", "must be from %s to %s", "1", "5");
	metod_fail_language(NULL, NULL);
	assert_string_equal(err.message, "должно быть от 1 до 5");
	metod_fail(&err, METOD_RANGE, "n", "must be from %s to %s", "1", "5");
	assert_string_equal(err.message, "must be from 1 to 5");
}

/* Runs `act` with standard error in a pipe; returns what it wrote. */
static const char *logged(void (*act)(void))
{
	static char text[65536];
	int ends[2], saved = dup(STDERR_FILENO);
	ssize_t n;

	assert_int_equal(pipe(ends), 0);
	fflush(stderr);
	dup2(ends[1], STDERR_FILENO);
	act();
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(ends[1]);
	n = read(ends[0], text, sizeof(text) - 1);
	close(ends[0]);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

/* As the journal of systemd names the pipe that it reads. */
static void name_journal(void)
{
	struct stat here;
	char word[64];

	assert_int_equal(fstat(STDERR_FILENO, &here), 0);
	snprintf(word, sizeof(word), "%llu:%llu", (unsigned long long)here.st_dev,
	    (unsigned long long)here.st_ino);
	setenv("JOURNAL_STREAM", word, 1);
}

static void log_some(void)
{
	metod_log(METOD_LOG_INFO, "net", "event=start port=%d", 7);
	metod_log(METOD_LOG_DEBUG, "net", "event=hidden");
	metod_log_set_request("7f3a");
	metod_log(METOD_LOG_ERROR, "net", "event=reply command=%s", "x\ny");
	metod_log(METOD_LOG_ERROR, "net", "event=alone");
	metod_log_set_request(NULL);
}

static void log_debug(void)
{
	metod_log_set_level(METOD_LOG_DEBUG);
	metod_log(METOD_LOG_DEBUG, "net", "event=seen");
	metod_log_set_level(METOD_LOG_ERROR);
	metod_log(METOD_LOG_WARNING, "net", "event=hidden");
	metod_log_set_level(METOD_LOG_INFO);
}

static void log_big(void)
{
	char big[5000];

	memset(big, 'a', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	metod_log(METOD_LOG_INFO, "m", "event=big a=%s b=%d c=%s d=%d", big, 1, big, 2);
}

static void log_to_journal(void)
{
	name_journal();
	metod_log(METOD_LOG_NOTICE, "net", "event=start");
	metod_log(METOD_LOG_CRIT, "net", "event=fatal");
}

static void log_other_journal(void)
{
	setenv("JOURNAL_STREAM", "1:2", 1);
	metod_log(METOD_LOG_NOTICE, "net", "event=start");
	unsetenv("JOURNAL_STREAM");
}

static void log_numbers(void)
{
	metod_log(METOD_LOG_INFO, "m",
	    "event=n a=%d b=%u c=%zu d=%lld e=%llu f=%x g=%ld h=%.*s", -1, 4000000000u,
	    (size_t)-1, -5LL, 18446744073709551615ULL, 255u, -7L, 2, "abc");
}

static void log_flood(void)
{
	for (int i = 0; i < METOD_LOG_PER_SECOND + 50; i++)
		metod_log(METOD_LOG_INFO, "m", "event=flood i=%d", i);
	metod_log(METOD_LOG_ERROR, "m", "event=other");
	metod_log(METOD_LOG_CRIT, "m", "event=last");
}

static void *log_many(void *arg)
{
	metod_log_set_request(arg);
	for (int i = 0; i < 45; i++)
		metod_log(METOD_LOG_INFO, "m", "event=thread id=%s", (const char *)arg);
	return NULL;
}

static void log_from_threads(void)
{
	static char names[4][2] = {"a", "b", "c", "d"};
	pthread_t threads[4];

	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, log_many, names[i]);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
}

static void log_lines_have_their_shape(void **state)
{
	enum metod_log_level level;

	(void)state;
	assert_string_equal(logged(log_some),
	    "info net event=start port=7\n"
	    "error net event=reply request=7f3a command=\"x\\x0ay\"\n"
	    "error net event=alone request=7f3a\n");
	assert_string_equal(logged(log_debug), "debug net event=seen\n");
	assert_int_equal(metod_log_get_level(), METOD_LOG_INFO);
	assert_string_equal(logged(log_numbers),
	    "info m event=n a=-1 b=4000000000 c=18446744073709551615 d=-5 "
	    "e=18446744073709551615 f=ff g=-7 h=ab\n");
	assert_string_equal(
	    logged(log_to_journal), "<5>net event=start\n<2>net event=fatal\n");
	assert_string_equal(logged(log_other_journal), "notice net event=start\n");
	assert_true(metod_log_level_parse(METOD_STR("debug"), &level));
	assert_int_equal(level, METOD_LOG_DEBUG);
	assert_false(metod_log_level_parse(METOD_STR("loud"), &level));
}

static void log_values_cannot_leave_their_place(void **state)
{
	static const struct {
		const char *value, *written;
	} cases[] = {
	    {"word", "word"},
	    {"", "\"\""},
	    {"/i/x.y:z,1-2", "/i/x.y:z,1-2"},
	    {"two words", "\"two words\""},
	    {"a=b", "\"a=b\""},
	    {"say \"x\"", "\"say \\\"x\\\"\""},
	    {"back\\", "\"back\\\\\""},
	    {"a\n<2>net event=forged", "\"a\\x0a<2>net event=forged\""},
	    {"\x1b[31mred\r\t", "\"\\x1b[31mred\\x0d\\x09\""},
	    {"диск", "\"диск\""},
	    {"\xc2\x9b", "\"\\xc2\\x9b\""},
	    {"\xff\xd0", "\"\\xff\\xd0\""},
	    {"\x7f", "\"\\x7f\""},
	};

	(void)state;
	for (size_t i = 0; i < METOD_LEN(cases); i++) {
		char bytes[200];
		struct log_line line = {.p = bytes, .cap = sizeof(bytes)};

		log_value(&line, metod_str(cases[i].value));
		bytes[line.n] = '\0';
		assert_string_equal(bytes, cases[i].written);
	}
}

static void log_cuts_values_and_leaves_out_pairs(void **state)
{
	const char *text = logged(log_big);
	size_t n = strlen(text);

	(void)state;
	assert_memory_equal(text, "info m event=big a=\"aaaa", 23);
	assert_true(n > 1000 && n < 1100);
	assert_string_equal(text + n - 9, "a...\" b=1\n" + 1);
}

static void log_of_one_kind_is_limited(void **state)
{
	struct metod_str text = metod_str(logged(log_flood)), last = {NULL, 0},
			 before = last;
	size_t lines = 0;

	(void)state;
	for (; text.n; lines++) {
		if (lines == METOD_LOG_PER_SECOND)
			before = metod_str_cut(&text, '\n');
		else
			last = metod_str_cut(&text, '\n');
	}
	/* A second may have ended meanwhile: then more are written. */
	assert_in_range(lines, METOD_LOG_PER_SECOND + 3, METOD_LOG_PER_SECOND + 52);
	assert_true(metod_str_is(last, "critical m event=last"));
	if (lines == METOD_LOG_PER_SECOND + 3)
		assert_true(metod_str_is(
		    before, "info m event=log_limited of=flood dropped_before=0"));
}

static void log_lines_of_threads_do_not_mix(void **state)
{
	struct metod_str text = metod_str(logged(log_from_threads));
	size_t lines = 0;

	(void)state;
	while (text.n) {
		struct metod_str line = metod_str_cut(&text, '\n');
		char id = line.p[line.n - 1], want[64];

		snprintf(
		    want, sizeof(want), "info m event=thread request=%c id=%c", id, id);
		assert_true(metod_str_is(line, want));
		lines++;
	}
	assert_int_equal(lines, 180);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(slices_compare_by_bytes_then_length),
	    cmocka_unit_test(cut_takes_parts_up_to_the_end),
	    cmocka_unit_test(whole_numbers_are_read_whole_or_not_at_all),
	    cmocka_unit_test(reals_are_decimal_only),
	    cmocka_unit_test(utf8_is_checked_strictly),
	    cmocka_unit_test(decoding_moves_on_over_bad_bytes),
	    cmocka_unit_test(edit_distance_counts_letters_not_bytes),
	    cmocka_unit_test(arena_memory_is_zeroed_aligned_and_stays),
	    cmocka_unit_test(arena_text_is_a_terminated_copy),
	    cmocka_unit_test(buffer_grows_and_drops_from_the_front),
	    cmocka_unit_test(calendar_agrees_with_counting),
	    cmocka_unit_test(dates_are_read_in_two_forms),
	    cmocka_unit_test(moments_are_shown_in_the_zone),
	    cmocka_unit_test(checksums_are_the_published_ones),
	    cmocka_unit_test(hash_depends_on_every_byte_and_the_seed),
	    cmocka_unit_test(random_numbers_have_their_moments),
	    cmocka_unit_test(error_list_is_consistent),
	    cmocka_unit_test(long_errors_are_cut_between_characters),
	    cmocka_unit_test(errors_speak_the_language_of_the_thread),
	    cmocka_unit_test(log_lines_have_their_shape),
	    cmocka_unit_test(log_values_cannot_leave_their_place),
	    cmocka_unit_test(log_cuts_values_and_leaves_out_pairs),
	    cmocka_unit_test(log_of_one_kind_is_limited),
	    cmocka_unit_test(log_lines_of_threads_do_not_mix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
