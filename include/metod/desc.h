/* SPDX-License-Identifier: Apache-2.0
 * Descriptors: a record is declared once as a list of fields; struct, codec, JSON, CSV,
 * text, argv and form parsing, templates and documentation walk over the same rows.
 *
 * A field list is   #define METOD_X_FIELDS(F, R) F(R, KIND, member, key, flags, low,
 * high, sub, title) and METOD_RECORD(metod_x, METOD_X_FIELDS) makes `struct metod_x` and
 * `metod_x_desc`. A zero (empty) value of a field that is not METOD_REQ is "absent" and
 * is not packed. low..high bound a number, the bytes of a string, or the element count of
 * a list; 0..0 means no bounds. */
#pragma once

#include "metod/base.h"
#include "metod/errors.h"

/* Scalars first, then what holds a pointer and a count, then sub-records. */
enum metod_kind {
	METOD_KIND_U64,
	METOD_KIND_I64,
	METOD_KIND_REAL,
	METOD_KIND_BOOL,
	METOD_KIND_STR, /* UTF-8; imports compose Cyrillic letters (app/letters.c) */
	METOD_KIND_BIN,
	METOD_KIND_U64S,
	METOD_KIND_I64S,
	METOD_KIND_REALS,
	METOD_KIND_STRS,
	METOD_KIND_REC,  /* pointer to a sub-record, NULL when absent */
	METOD_KIND_RECS, /* list of sub-records */
};

enum metod_field_flags {
	METOD_REQ = 1,     /* must be present; packed even when zero */
	METOD_SECRET = 2,  /* never logged, printed only by a command made for it, never
			      journalled in replies */
	METOD_NAME = 4,    /* personal data: never logged */
	METOD_ARG = 8,     /* positional argument of the command line, in order of rows */
	METOD_NULL = 16,   /* I64: METOD_NIL is "no value"; JSON null, empty CSV cell */
	METOD_DATE = 32,   /* I64 days since 1970, shown and read as a date */
	METOD_TIME = 64,   /* I64 milliseconds UTC, shown in the zone of the store */
	METOD_MILLI = 128, /* U64 or I64 thousandths, shown as a decimal fraction */
	METOD_HIDE = 256,  /* not a column of the text table (machine formats keep it) */
	METOD_LONG = 512,  /* long text: below the table, not a column */
	METOD_TOKEN = 1024,   /* STR: a fixed word; shown translated in text, as is in
				 machine formats */
	METOD_SUBJECT = 2048, /* STR, STRS: codes of school subjects, shown by their names
				 in text, as they are in machine formats */
};

struct metod_field {
	const char *name;
	const char *title; /* msgid of po/ */
	enum metod_kind kind;
	unsigned flags;
	unsigned key; /* small integer of stored records; never reused */
	size_t offset;
	double low, high;
	const struct metod_desc *sub;
};

struct metod_desc {
	const char *name;
	size_t size;
	size_t count;
	const struct metod_field *fields;
};

/* ---- making records from field lists ---- */
#define METOD_M_U64(m, s) uint64_t m;
#define METOD_M_I64(m, s) int64_t m;
#define METOD_M_REAL(m, s) double m;
#define METOD_M_BOOL(m, s) bool m;
#define METOD_M_STR(m, s) struct metod_str m;
#define METOD_M_BIN(m, s) struct metod_str m;
#define METOD_M_U64S(m, s) struct metod_u64s m;
#define METOD_M_I64S(m, s) struct metod_i64s m;
#define METOD_M_REALS(m, s) struct metod_reals m;
#define METOD_M_STRS(m, s) struct metod_strs m;
#define METOD_M_REC(m, s) struct s *m;
#define METOD_M_RECS(m, s)                                                               \
	struct {                                                                         \
		struct s *p;                                                             \
		size_t n;                                                                \
	} m;
/* `none` is the sub of fields that have none. */
extern const struct metod_desc none_desc;

#define METOD_F_MEMBER(R, kind, member, key, flags, low, high, sub, title)               \
	METOD_M_##kind(member, sub)
#define METOD_F_ROW(R, kind, member, key, flags, low, high, sub, title)                  \
	{#member, title, METOD_KIND_##kind, flags, key, offsetof(struct R, member), low, \
	    high, &sub##_desc},
/* Two fields with one key do not compile: duplicate case. */
#define METOD_F_CASE(R, kind, member, key, flags, low, high, sub, title) case key:

/* In a header: the struct and the name of its descriptor. */
#define METOD_RECORD(R, FIELDS)                                                          \
	struct R {                                                                       \
		FIELDS(METOD_F_MEMBER, R)                                                \
	};                                                                               \
	extern const struct metod_desc R##_desc;

/* In one .c file: the rows. */
#define METOD_RECORD_DEFINE(R, FIELDS)                                                   \
	static const struct metod_field R##_fields[] = {FIELDS(METOD_F_ROW, R)};         \
	const struct metod_desc R##_desc = {                                             \
	    #R, sizeof(struct R), METOD_LEN(R##_fields), R##_fields};                    \
	__attribute__((unused)) static inline void R##_keys_are_unique(unsigned key)     \
	{                                                                                \
		switch (key) {                                                           \
			FIELDS(METOD_F_CASE, R)                                          \
			break;                                                           \
		default:                                                                 \
			break;                                                           \
		}                                                                        \
	}                                                                                \
	_Static_assert(                                                                  \
	    METOD_LEN(R##_fields) <= 64, "at most 64 fields: presence is one mask")

/* Field by name; NULL when absent. */
const struct metod_field *metod_desc_field(
    const struct metod_desc *desc, struct metod_str name);
/* Nearest field name by edit distance, for error texts; NULL when nothing is near. */
const char *metod_desc_nearest(const struct metod_desc *desc, struct metod_str name);

/* Checks low..high, NaN, UTF-8 of one present value. `record` points to the struct.
 * METOD_RANGE or METOD_FORMAT with the name of the field. Sub-records are not entered. */
enum metod_err metod_field_check(
    const struct metod_field *field, const void *record, struct metod_error *err);
/* Is the value "absent": METOD_NIL in a METOD_NULL field, zero or empty in others? */
bool metod_field_empty(const struct metod_field *field, const void *record);
/* Reads one scalar or list (comma separated) from text: command line, CSV cell, HTML
 * form, and checks it. Dates 2026-11-21 or 21.11.2026; moments 2026-11-21T14:05:00Z, with
 * an offset +04:00, or milliseconds; METOD_MILLI "1.25" or "1,25" -> 1250; BOOL
 * true/false, yes/no, on/off, 1/0, да/нет; BIN hexadecimal. Empty text is "absent",
 * METOD_MISSING for METOD_REQ. Memory is from the arena; *record is untouched on failure.
 * REC and RECS: METOD_FORMAT. */
enum metod_err metod_field_parse(const struct metod_field *field, void *record,
    struct metod_str text, struct metod_arena *arena, struct metod_error *err);
/* Text form of one field, as people read it: dates 2026-11-21, moments 2026-11-21 14:05
 * in the zone, thousandths with a point ("1.25", "1.0"), "yes"/"no" (translated by the
 * caller), bytes hexadecimal, lists joined by ", ", RECS their count, REC and "no value"
 * empty. STR is the slice of the record itself, the rest is in the arena. */
struct metod_str metod_field_text(const struct metod_field *field, const void *record,
    int zone_minutes, struct metod_arena *arena);
/* Fewest digits that read back as the same number; empty when it is not finite. In the
 * arena. */
struct metod_str metod_real_text(double value, struct metod_arena *arena);
/* Every METOD_NULL field of a fresh record becomes METOD_NIL, in the record itself only.
 */
void metod_record_init(const struct metod_desc *desc, void *record);
/* Deep copy into the arena; nothing of *to points into *from or its memory afterwards. */
void metod_record_copy(
    const struct metod_desc *desc, void *to, const void *from, struct metod_arena *arena);
/* Digest of a descriptor and its sub-descriptors, chained by seed over a list of them:
 * changes when any name, kind, key, bound or flag that concerns values changes; titles
 * and display flags do not count. */
uint64_t metod_desc_hash(uint64_t seed, const struct metod_desc *desc);
