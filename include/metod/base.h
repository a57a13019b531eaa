/* SPDX-License-Identifier: Apache-2.0
 * Base types: slices, arena, growing buffer, UTF-8 and number helpers, civil time.
 * Knows libc only. Allocation failure ends the process (the service manager restarts it):
 * every size that a client controls is capped before it reaches these functions. */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define METOD_MUST_CHECK __attribute__((warn_unused_result))
#define METOD_PRINTF(f, a) __attribute__((format(printf, f, a)))
#define METOD_LEN(array) (sizeof(array) / sizeof((array)[0]))

/* "No value" of an I64 field that may be null. */
#define METOD_NIL INT64_MIN

/* ---- slices: borrowed bytes, not NUL-terminated unless said ---- */
struct metod_str {
	const char *p;
	size_t n;
};
struct metod_strs {
	struct metod_str *p;
	size_t n;
};
struct metod_u64s {
	uint64_t *p;
	size_t n;
};
struct metod_i64s {
	int64_t *p;
	size_t n;
};
struct metod_reals {
	double *p;
	size_t n;
};

#define METOD_STR(literal) ((struct metod_str){(literal), sizeof(literal) - 1})
/* printf("%.*s", METOD_FMT(s)) */
#define METOD_FMT(s) (int)(s).n, ((s).p ? (s).p : "")

struct metod_str metod_str(const char *z);
bool metod_str_eq(struct metod_str a, struct metod_str b);
bool metod_str_is(struct metod_str a, const char *z);
int metod_str_cmp(struct metod_str a, struct metod_str b);
bool metod_str_starts(struct metod_str s, const char *prefix);
struct metod_str metod_str_trim(struct metod_str s);
/* Cuts the part before the first sep off *s and returns it; *s becomes the rest (empty at
 * the end). */
struct metod_str metod_str_cut(struct metod_str *s, char sep);
/* Whole slice is a decimal number in range; false otherwise (*ret untouched). The
 * programs do not call setlocale, so the decimal point is always a point. */
bool metod_str_u64(struct metod_str s, uint64_t *ret);
bool metod_str_i64(struct metod_str s, int64_t *ret);
bool metod_str_real(
    struct metod_str s, double *ret); /* point as separator; no nan, inf, hex */
/* Well-formed UTF-8 without NUL and other control characters (tab and line feed allowed).
 */
bool metod_utf8_ok(struct metod_str s);
/* Length of the sign at `at` if it turns the direction of what follows (U+202A..202E,
 * U+2066..2069), else 0: in a table or a document it would move words of others. */
size_t metod_utf8_turns(struct metod_str s, size_t at);
size_t metod_utf8_count(struct metod_str s); /* code points */
/* Decodes one code point at *at, moves *at. Returns 0 at the end, U+FFFD for a bad byte.
 */
uint32_t metod_utf8_next(struct metod_str s, size_t *at);
/* Edit distance in code points, at most `cap`; words over 64 code points are `cap` apart.
 * For "did you mean". */
size_t metod_edit_distance(struct metod_str a, struct metod_str b, size_t cap);

/* ---- arena: all memory of one request; freed at once ---- */
struct metod_arena;
struct metod_arena *metod_arena_new(void);
struct metod_arena *metod_arena_free(struct metod_arena *arena);
void metod_arena_clear(struct metod_arena *arena);
/* Zeroed, aligned for any type. Never NULL. */
void *metod_arena_alloc(struct metod_arena *arena, size_t bytes);
/* Zeroed array; multiplication checked. */
void *metod_arena_array(struct metod_arena *arena, size_t count, size_t bytes);
struct metod_str metod_arena_str(
    struct metod_arena *arena, struct metod_str s); /* and a NUL */
struct metod_str metod_arena_strz(struct metod_arena *arena, const char *z);
const char *metod_arena_z(
    struct metod_arena *arena, struct metod_str s); /* NUL-terminated copy */
struct metod_str metod_arena_printf(struct metod_arena *arena, const char *format, ...)
    METOD_PRINTF(2, 3);
size_t metod_arena_bytes(
    const struct metod_arena *arena); /* handed out since new or clear */
/* One record, or an array of them; metod_record_init is the caller's. */
#define METOD_NEW(arena, type) ((type *)metod_arena_alloc((arena), sizeof(type)))
#define METOD_NEWS(arena, count, type)                                                   \
	((type *)metod_arena_array((arena), (count), sizeof(type)))

/* The end of a process that has no memory left, with one line to stderr: abort(), or
 * _exit(status) in a child that has said so and whose parent knows what it means. Also
 * for libraries that report it by a code which would be taken for another failure. */
_Noreturn void metod_no_memory(void);
void metod_no_memory_exits(int status);
/* malloc and friends that end the process when memory is out (see limits.h for the caps).
 */
void *metod_xmalloc(size_t bytes);
void *metod_xcalloc(size_t count, size_t bytes);
void *metod_xrealloc(void *old, size_t bytes);
char *metod_xstrdup(const char *z);

/* ---- growing byte buffer on the heap; all zero is an empty one ---- */
struct metod_buf {
	uint8_t *p;
	size_t n, cap;
};
void metod_buf_add(struct metod_buf *buf, const void *bytes, size_t n);
void metod_buf_byte(struct metod_buf *buf, uint8_t byte);
void metod_buf_str(struct metod_buf *buf, struct metod_str s);
void metod_buf_z(struct metod_buf *buf, const char *z);
void metod_buf_printf(struct metod_buf *buf, const char *format, ...) METOD_PRINTF(2, 3);
void metod_buf_drop(struct metod_buf *buf, size_t n); /* removes n bytes from the front */
void metod_buf_clear(struct metod_buf *buf);          /* keeps the memory */
void metod_buf_done(struct metod_buf *buf);           /* frees */
struct metod_str metod_buf_view(const struct metod_buf *buf); /* until the next change */

/* ---- civil time: pure arithmetic; nobody here asks the clock ---- */
/* Days since 1970-01-01 of a Gregorian date and back. */
int64_t metod_days_from_civil(int year, int month, int day);
void metod_civil_from_days(int64_t days, int *year, int *month, int *day);
/* "2026-11-21" or "21.11.2026" -> days; false when it is not a date. */
bool metod_date_parse(struct metod_str s, int64_t *ret_days);
/* UTC offset of the territory's zone in minutes, from its IANA name (fixed Russian
 * zones). */
bool metod_zone_offset(struct metod_str zone, int *ret_minutes);
/* "2026-11-21" / "2026-11-21 14:05" in the zone; out holds at least 20 bytes.
 * "?" outside the years 1..9999. */
void metod_date_format(int64_t days, char *out);
void metod_time_format(int64_t time_ms, int zone_minutes, char *out);

/* ---- checksums and hashing without secrets ---- */
uint32_t metod_crc32c(const void *bytes, size_t n);
uint64_t metod_hash64(
    uint64_t seed, const void *bytes, size_t n); /* same on every machine */
/* SplitMix64: advances *state and returns the next number. Deterministic for a seed. */
uint64_t metod_rand64(uint64_t *state);
double metod_rand_unit(uint64_t *state);   /* [0, 1) */
double metod_rand_normal(uint64_t *state); /* N(0, 1) */
