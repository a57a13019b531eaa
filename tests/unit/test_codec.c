/* SPDX-License-Identifier: Apache-2.0
 * Pre-scan and record codec: golden bytes, random records, hostile input, JSON input. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metod/wire.h"
#include "wire_records.h"

static struct metod_arena *arena;

static int make_arena(void **state)
{
	(void)state;
	arena = metod_arena_new();
	return 0;
}

static int free_arena(void **state)
{
	(void)state;
	arena = metod_arena_free(arena);
	return 0;
}

/* Bytes of hexadecimal text. */
static struct metod_str hex(const char *text)
{
	size_t n = strlen(text) / 2;
	char *bytes = metod_arena_alloc(arena, n);

	for (size_t i = 0; i < n; i++) {
		unsigned byte;

		assert_int_equal(sscanf(text + 2 * i, "%2x", &byte), 1);
		bytes[i] = (char)byte;
	}
	return (struct metod_str){bytes, n};
}

static const char *to_hex(struct metod_str bytes)
{
	char *text = metod_arena_alloc(arena, 2 * bytes.n + 1);

	for (size_t i = 0; i < bytes.n; i++)
		snprintf(text + 2 * i, 3, "%02x", (uint8_t)bytes.p[i]);
	return text;
}

static enum metod_scanned scan(struct metod_str bytes, size_t cap, size_t *ret_len)
{
	struct metod_prescan_state state;

	metod_prescan_init(&state, cap);
	return metod_prescan((const uint8_t *)bytes.p, bytes.n, &state, ret_len);
}

/* ---- pre-scan ---- */

static void every_type_is_measured(void **state)
{
	static const char *const objects[] = {"00", "7f", "e0", "ff", "c0", "c2", "c3",
	    "cc80", "cd8000", "ce80000000", "cf8000000000000000", "d080", "d18000",
	    "d280000000", "d38000000000000000", "ca00000000", "cb0000000000000000", "a0",
	    "a161", "d90161", "da000161", "db0000000161", "c40100", "c5000100",
	    "c60000000100", "c400", "90", "9100", "dc000100", "dd0000000100", "80",
	    "810000", "de00010000", "df000000010000", "93a1618201029090c3", "dc0000",
	    "df00000000"};

	(void)state;
	for (size_t i = 0; i < METOD_LEN(objects); i++) {
		struct metod_str bytes = hex(objects[i]);
		size_t len = 0;

		for (size_t n = 0; n < bytes.n; n++)
			assert_int_equal(scan((struct metod_str){bytes.p, n}, 1000, &len),
			    METOD_SCAN_MORE);
		assert_int_equal(scan(bytes, 1000, &len), METOD_SCAN_COMPLETE);
		assert_int_equal(len, bytes.n);
		/* What follows is not looked at, and the cap is exact. */
		bytes = metod_arena_printf(arena, "%s", "");
		bytes = hex(metod_arena_printf(arena, "%sc1", objects[i]).p);
		assert_int_equal(scan(bytes, bytes.n - 1, &len), METOD_SCAN_COMPLETE);
		assert_int_equal(len, bytes.n - 1);
		assert_int_equal(scan(bytes, bytes.n - 2, &len), METOD_SCAN_HOSTILE);
	}
}

static void bombs_are_refused_at_their_header(void **state)
{
	static const char *const bombs[] = {"c1", "dd07ffffff", "ddffffffff",
	    "df05000000c0", "dfffffffff", "dfffffff41", "dbffffffff", "c6ffffffff",
	    "c70001", "c8000001", "c90000000001", "d40100", "d5010000", "d601", "d701",
	    "d801", "91c1", "81c1",
	    /* each fits alone, together they do not: 3 x 200,000 elements */
	    "93dd00030d40"};
	size_t len;

	(void)state;
	for (size_t i = 0; i < METOD_LEN(bombs) - 1; i++)
		assert_int_equal(
		    scan(hex(bombs[i]), METOD_MSG_MAX, &len), METOD_SCAN_HOSTILE);
	assert_int_equal(
	    scan(hex(bombs[METOD_LEN(bombs) - 1]), METOD_MSG_MAX, &len), METOD_SCAN_MORE);
	assert_int_equal(
	    scan(hex("dd00061a80"), METOD_MSG_MAX, &len), METOD_SCAN_HOSTILE);
	assert_int_equal(scan(hex("dd00061a7f"), METOD_MSG_MAX, &len), METOD_SCAN_MORE);
	/* More elements than the cap has bytes left for. */
	assert_int_equal(scan(hex("dc0064"), 103, &len), METOD_SCAN_MORE);
	assert_int_equal(scan(hex("dc0064"), 102, &len), METOD_SCAN_HOSTILE);
	/* 31 nested headers of 16 million elements each */
	assert_int_equal(
	    scan(hex("dd01000000dd01000000"), METOD_MSG_MAX, &len), METOD_SCAN_HOSTILE);
}

static void depth_limit_is_exact(void **state)
{
	uint8_t nested[METOD_DEPTH_MAX + 2];
	size_t len;

	(void)state;
	for (size_t depth = 1; depth <= METOD_DEPTH_MAX + 1; depth++) {
		enum metod_scanned want =
		    depth <= METOD_DEPTH_MAX ? METOD_SCAN_COMPLETE : METOD_SCAN_HOSTILE;

		memset(nested, 0x91, sizeof(nested));
		nested[depth - 1] = 0x90; /* the innermost is empty and counts */
		assert_int_equal(
		    scan((struct metod_str){(char *)nested, depth}, 100, &len), want);
		nested[depth - 1] = 0x91;
		nested[depth] = 0xc0;
		assert_int_equal(
		    scan((struct metod_str){(char *)nested, depth + 1}, 100, &len), want);
	}
}

static void element_limit_is_exact(void **state)
{
	uint8_t *bytes = metod_arena_alloc(arena, METOD_MSG_ITEMS_MAX + 5);
	struct metod_str all = {(char *)bytes, METOD_MSG_ITEMS_MAX + 4};
	uint32_t n = METOD_MSG_ITEMS_MAX - 1; /* the array itself is one */
	size_t len;

	(void)state;
	for (int more = 0; more < 2; more++, n++, all.n++) {
		bytes[0] = 0xdd;
		for (int i = 0; i < 4; i++)
			bytes[1 + i] = (uint8_t)(n >> (24 - 8 * i));
		assert_int_equal(scan(all, METOD_MSG_MAX, &len),
		    more ? METOD_SCAN_HOSTILE : METOD_SCAN_COMPLETE);
	}
	/* The wider limit of replies. */
	assert_int_equal(
	    scan((struct metod_str){(char *)bytes, all.n - 1}, METOD_REPLY_MAX, &len),
	    METOD_SCAN_COMPLETE);
}

/* Byte by byte, and the place must not go back: work is linear. */
static void slow_senders_are_scanned_once(void **state)
{
	struct metod_str bytes = hex("9401a568656c6c6f82a16193010203a162c40401020304c3");
	struct metod_prescan_state place;
	size_t len = 0, before = 0;

	(void)state;
	metod_prescan_init(&place, 1000);
	for (size_t n = 0; n < bytes.n; n++) {
		assert_int_equal(metod_prescan((const uint8_t *)bytes.p, n, &place, &len),
		    METOD_SCAN_MORE);
		assert_true(place.at >= before && place.at <= n);
		before = place.at;
	}
	assert_int_equal(metod_prescan((const uint8_t *)bytes.p, bytes.n, &place, &len),
	    METOD_SCAN_COMPLETE);
	assert_int_equal(len, bytes.n);
}

/* ---- golden bytes ---- */

static struct whole example(void)
{
	static uint64_t refs[] = {1, 300};
	static int64_t steps[] = {-1, 128};
	static double ends[] = {-1.5};
	static struct metod_str words[1];
	static struct part parts[2];
	struct whole whole;

	memset(&whole, 0, sizeof(whole));
	metod_record_init(&whole_desc, &whole);
	words[0] = METOD_STR("да");
	parts[0] = (struct part){.code = METOD_STR("a"), .share = .5};
	parts[1] = (struct part){.code = METOD_STR("b"), .tags = {words, 1}};
	whole.id = 7;
	whole.shift = -2;
	whole.ratio = .25;
	whole.young = true;
	whole.name = METOD_STR("Анна");
	whole.hash = METOD_STR("\x00\x01\x02\xff");
	whole.refs = (struct metod_u64s){refs, 2};
	whole.steps = (struct metod_i64s){steps, 2};
	whole.words = (struct metod_strs){words, 1};
	whole.main = &parts[0];
	whole.parts.p = parts;
	whole.parts.n = 2;
	whole.until = 20778;
	whole.at = 1;
	whole.score = 1250;
	whole.secret = METOD_STR("s3");
	whole.ends = (struct metod_reals){ends, 1};
	return whole;
}

static const char golden_int[] = "de0010"
				 "0107"
				 "02fe"
				 "03cb3fd0000000000000"
				 "04c3"
				 "05a8d090d0bdd0bdd0b0"
				 "06c404000102ff"
				 "079201cd012c"
				 "0892ffcc80"
				 "0991a4d0b4d0b0"
				 "0a8201a16102cb3fe0000000000000"
				 "0b928201a16102cb3fe00000000000008201a1620391a4d0b4d0b0"
				 "0dcd512a"
				 "0e01"
				 "0fcd04e2"
				 "10a27333"
				 "1291cbbff8000000000000";

static void stored_bytes_are_golden(void **state)
{
	struct whole whole = example();
	struct metod_buf out = {0};
	char want[sizeof(golden_int)];

	(void)state;
	snprintf(want, sizeof(want), "%s", golden_int);
	metod_pack(&whole_desc, &whole, METOD_KEYS_INT, 0, &out);
	assert_string_equal(to_hex(metod_buf_view(&out)), want);
	metod_buf_clear(&out);
	metod_pack(&whole_desc, &whole, METOD_KEYS_INT, METOD_SECRET, &out);
	/* 15 pairs: fixmap, and without the pair of key 16. */
	snprintf(want, sizeof(want), "8f%s", golden_int + 6);
	memmove(strstr(want, "10a27333"), strstr(want, "1291cb"),
	    strlen(strstr(want, "1291cb")) + 1);
	assert_string_equal(to_hex(metod_buf_view(&out)), want);
	metod_buf_done(&out);
}

static void required_and_absent_fields_are_golden(void **state)
{
	struct part part = {.code = METOD_STR("")};
	struct metod_buf out = {0};

	(void)state;
	metod_pack(&part_desc, &part, METOD_KEYS_INT, 0, &out);
	assert_string_equal(to_hex(metod_buf_view(&out)), "8101a0");
	metod_buf_clear(&out);
	part.code = METOD_STR("x");
	part.share = 1;
	metod_pack(&part_desc, &part, METOD_KEYS_NAME, 0, &out);
	assert_string_equal(to_hex(metod_buf_view(&out)),
	    "82a4636f6465a178a57368617265cb3ff0000000000000");
	metod_buf_done(&out);
}

/* ---- random records ---- */

static uint64_t seed;

static uint64_t below(uint64_t n)
{
	return metod_rand64(&seed) % n;
}

static struct metod_str random_text(size_t low, size_t high)
{
	static const char *const letters[] = {
	    "a", "Z", "7", " ", "\n", "ж", "Ё", "€", "😀", "\"", "=", "-", ","};
	size_t want = low + below(high - low + 1);
	struct metod_buf text = {0};
	struct metod_str copy;

	while (text.n < want) {
		const char *letter = letters[below(METOD_LEN(letters))];

		if (text.n + strlen(letter) <= want)
			metod_buf_z(&text, letter);
		else
			metod_buf_z(&text, "x");
	}
	copy = metod_arena_str(arena, metod_buf_view(&text));
	metod_buf_done(&text);
	return copy;
}

static uint64_t random_u64(const struct metod_field *field)
{
	uint64_t value = metod_rand64(&seed) >> below(64);

	if (field->high > 0 && (double)value > field->high)
		value = (uint64_t)field->high;
	return (double)value < field->low ? (uint64_t)field->low : value;
}

static int64_t random_i64(const struct metod_field *field)
{
	bool bounds = field->low < 0 || field->high > 0;
	int64_t value = (int64_t)metod_rand64(&seed) >> below(64);

	if (value == METOD_NIL)
		value = 0;
	if (bounds && ((double)value < field->low || (double)value > field->high))
		value = (int64_t)field->low +
		    (int64_t)below((uint64_t)(field->high - field->low));
	return value;
}

static void random_record(const struct metod_desc *desc, void *record);

static void random_list(const struct metod_field *field, void *at)
{
	size_t n = (size_t)field->low + below((uint64_t)(field->high - field->low) + 1);
	size_t each = field->kind == METOD_KIND_RECS ? field->sub->size
	    : field->kind == METOD_KIND_STRS         ? sizeof(struct metod_str)
						     : sizeof(uint64_t);
	char *items = metod_arena_array(arena, n, each);
	struct metod_str list = {n ? items : NULL, n};
	struct metod_field element = *field;

	element.low = element.high = 0;
	for (size_t i = 0; i < n; i++) {
		void *item = items + i * each;

		if (field->kind == METOD_KIND_RECS)
			random_record(field->sub, item);
		else if (field->kind == METOD_KIND_STRS)
			*(struct metod_str *)item = random_text(0, 30);
		else if (field->kind == METOD_KIND_U64S)
			*(uint64_t *)item = random_u64(&element);
		else if (field->kind == METOD_KIND_REALS)
			*(double *)item = metod_rand_normal(&seed);
		else
			*(int64_t *)item = random_i64(&element);
	}
	memcpy(at, &list, sizeof(list));
}

static void random_value(const struct metod_field *field, void *record)
{
	void *at = (char *)record + field->offset, *sub;

	switch (field->kind) {
	case METOD_KIND_U64:
		*(uint64_t *)at = random_u64(field);
		break;
	case METOD_KIND_I64:
		*(int64_t *)at = random_i64(field);
		break;
	case METOD_KIND_REAL:
		*(double *)at = metod_rand_unit(&seed);
		break;
	case METOD_KIND_BOOL:
		*(bool *)at = below(2);
		break;
	case METOD_KIND_STR:
	case METOD_KIND_BIN:
		*(struct metod_str *)at =
		    random_text((size_t)field->low, (size_t)field->high);
		break;
	case METOD_KIND_REC:
		sub = metod_arena_alloc(arena, field->sub->size);
		random_record(field->sub, sub);
		memcpy(at, &sub, sizeof(sub));
		break;
	case METOD_KIND_U64S:
	case METOD_KIND_I64S:
	case METOD_KIND_REALS:
	case METOD_KIND_STRS:
	case METOD_KIND_RECS:
		random_list(field, at);
		break;
	}
}

static void random_record(const struct metod_desc *desc, void *record)
{
	memset(record, 0, desc->size);
	metod_record_init(desc, record);
	for (size_t i = 0; i < desc->count; i++) {
		if (desc->fields[i].flags & METOD_REQ || below(3))
			random_value(&desc->fields[i], record);
	}
}

static bool same_record(const struct metod_desc *desc, const void *a, const void *b);

static bool same_value(const struct metod_field *field, const void *a, const void *b)
{
	const char *pa = (const char *)a + field->offset,
		   *pb = (const char *)b + field->offset;
	struct metod_str la, lb;
	const void *sa, *sb;

	if (field->kind == METOD_KIND_BOOL)
		return *pa == *pb;
	if (field->kind < METOD_KIND_STR)
		return memcmp(pa, pb, 8) == 0;
	if (field->kind == METOD_KIND_REC) {
		memcpy(&sa, pa, sizeof(sa));
		memcpy(&sb, pb, sizeof(sb));
		return sa && sb ? same_record(field->sub, sa, sb) : !sa && !sb;
	}
	memcpy(&la, pa, sizeof(la));
	memcpy(&lb, pb, sizeof(lb));
	if (la.n != lb.n)
		return false;
	for (size_t i = 0; i < la.n; i++) {
		size_t each = field->sub->size;

		if (field->kind == METOD_KIND_RECS) {
			if (!same_record(field->sub, la.p + i * each, lb.p + i * each))
				return false;
		} else if (field->kind == METOD_KIND_STRS) {
			const void *va = la.p, *vb = lb.p;

			if (!metod_str_eq(((const struct metod_str *)va)[i],
				((const struct metod_str *)vb)[i]))
				return false;
		}
	}
	if (field->kind == METOD_KIND_STR || field->kind == METOD_KIND_BIN)
		return metod_str_eq(la, lb);
	if (field->kind == METOD_KIND_U64S || field->kind == METOD_KIND_I64S ||
	    field->kind == METOD_KIND_REALS)
		return la.n == 0 || memcmp(la.p, lb.p, la.n * 8) == 0;
	return true;
}

static bool same_record(const struct metod_desc *desc, const void *a, const void *b)
{
	for (size_t i = 0; i < desc->count; i++) {
		if (!same_value(&desc->fields[i], a, b))
			return false;
	}
	return true;
}

static void random_records_come_back_the_same(void **state)
{
	(void)state;
	seed = 20261121;
	for (int round = 0; round < 3000; round++) {
		enum metod_keys keys = round % 2 ? METOD_KEYS_NAME : METOD_KEYS_INT;
		struct whole from, to, copy, json;
		struct metod_error err = {0};
		struct metod_buf bytes = {0}, again = {0};
		const struct metod_emit how = {.output = METOD_OUT_JSON, .secrets = true};
		enum metod_err e;

		metod_arena_clear(arena);
		random_record(&whole_desc, &from);
		metod_pack(&whole_desc, &from, keys, 0, &bytes);
		e = metod_load(
		    &whole_desc, metod_buf_view(&bytes), keys, false, arena, &to, &err);
		if (e)
			fail_msg("round %d: %s: %s", round, err.field, err.message);
		assert_true(same_record(&whole_desc, &from, &to));
		metod_pack(&whole_desc, &to, keys, 0, &again);
		assert_true(metod_str_eq(metod_buf_view(&bytes), metod_buf_view(&again)));
		metod_record_copy(&whole_desc, &copy, &from, arena);
		assert_true(same_record(&whole_desc, &from, &copy));
		/* And through JSON. */
		metod_buf_clear(&again);
		assert_int_equal(
		    metod_emit(&whole_desc, &from, &how, &again, &err), METOD_OK);
		e = metod_load_json(
		    &whole_desc, metod_buf_view(&again), false, arena, &json, &err);
		if (e)
			fail_msg("round %d: JSON %s: %s in %.*s", round, err.field,
			    err.message, METOD_FMT(metod_buf_view(&again)));
		if (!same_record(&whole_desc, &from, &json))
			fail_msg(
			    "round %d: %.*s", round, METOD_FMT(metod_buf_view(&again)));
		metod_buf_done(&again);
		metod_buf_done(&bytes);
	}
}

/* Every byte of a good record changed to every value: an answer, never a crash, and the
 * target untouched when refused. */
static void damaged_records_are_refused_or_read(void **state)
{
	struct whole whole = example(), to, before;
	struct metod_buf out = {0};
	size_t refused = 0;

	(void)state;
	metod_pack(&whole_desc, &whole, METOD_KEYS_INT, 0, &out);
	memset(&before, 0x5a, sizeof(before));
	for (size_t i = 0; i < out.n; i++) {
		uint8_t was = out.p[i];

		for (unsigned value = 0; value < 256; value++) {
			struct metod_arena *own = metod_arena_new();

			out.p[i] = (uint8_t)value;
			memcpy(&to, &before, sizeof(to));
			if (metod_load(&whole_desc, metod_buf_view(&out), METOD_KEYS_INT,
				false, own, &to, NULL)) {
				assert_memory_equal(&to, &before, sizeof(to));
				refused++;
			}
			metod_arena_free(own);
		}
		out.p[i] = was;
	}
	assert_true(refused > out.n * 100);
	for (size_t n = 0; n < out.n; n++)
		assert_int_equal(
		    metod_load(&whole_desc, (struct metod_str){(char *)out.p, n},
			METOD_KEYS_INT, false, arena, &to, NULL),
		    METOD_FORMAT);
	metod_buf_done(&out);
}

/* ---- what load refuses, and how it names it ---- */

static const struct {
	const char *bytes; /* hexadecimal, of a `part` or `whole` with names as keys */
	const struct metod_desc *desc;
	bool unknown_ok;
	enum metod_err code;
	const char *field, *hint;
} refusals[] = {
    {"", &part_desc, false, METOD_FORMAT, "", ""},
    {"c1", &part_desc, false, METOD_FORMAT, "", ""},
    {"c0", &part_desc, false, METOD_FORMAT, "", ""},
    {"90", &part_desc, false, METOD_FORMAT, "", ""},
    {"dd07ffffff", &part_desc, false, METOD_FORMAT, "", ""},
    {"80", &part_desc, false, METOD_MISSING, "code", ""},
    {"81a4636f6465a161", &part_desc, false, METOD_OK, "", ""},
    {"81a4636f6465a16100", &part_desc, false, METOD_FORMAT, "", ""}, /* trailing */
    {"82a4636f6465a161a4636f6465a161", &part_desc, false, METOD_FORMAT, "code",
	""}, /* twice */
    {"81a4636f6465c0", &part_desc, false, METOD_MISSING, "code", ""},
    {"81a4636f6465a0", &part_desc, false, METOD_RANGE, "code", ""},
    {"81a4636f64650a", &part_desc, false, METOD_FORMAT, "code", ""},
    {"81a4636f6465c40161", &part_desc, false, METOD_FORMAT, "code", ""}, /* bin for str */
    {"81a4636f6465a1ff", &part_desc, false, METOD_FORMAT, "code", ""},   /* not UTF-8 */
    {"81a4636f6465a100", &part_desc, false, METOD_FORMAT, "code", ""},   /* NUL */
    {"8101a161", &part_desc, false, METOD_FORMAT, "", ""},               /* key kind */
    {"82a4636f6465a161a4636f6463a161", &part_desc, false, METOD_UNKNOWN, "codc",
	"perhaps code?"},
    {"82a4636f6465a161a4636f6463a161", &part_desc, true, METOD_OK, "", ""},
    {"82a4636f6465a161a1ff00", &part_desc, false, METOD_UNKNOWN, "?", ""},
    {"82a4636f6465a161a000", &part_desc, false, METOD_UNKNOWN, "",
	""}, /* fuzzing: empty key */
    /* share: 1, 0, 2, nan, nil, "1" */
    {"82a4636f6465a161a5736861726501", &part_desc, false, METOD_OK, "", ""},
    {"82a4636f6465a161a5736861726502", &part_desc, false, METOD_RANGE, "share", ""},
    {"82a4636f6465a161a57368617265ff", &part_desc, false, METOD_RANGE, "share", ""},
    {"82a4636f6465a161a57368617265cb7ff8000000000000", &part_desc, false, METOD_RANGE,
	"share", ""},
    {"82a4636f6465a161a57368617265ca3f000000", &part_desc, false, METOD_OK, "", ""},
    {"82a4636f6465a161a57368617265c0", &part_desc, false, METOD_OK, "", ""},
    {"82a4636f6465a161a57368617265a131", &part_desc, false, METOD_FORMAT, "share", ""},
    /* tags: too many, wrong element, map */
    {"82a4636f6465a161a47461677396a0a0a0a0a0a0", &part_desc, false, METOD_RANGE, "tags",
	""},
    {"82a4636f6465a161a47461677393a0a001", &part_desc, false, METOD_FORMAT, "tags[2]",
	""},
    {"82a4636f6465a161a47461677392a0a1ff", &part_desc, false, METOD_FORMAT, "tags", ""},
    {"82a4636f6465a161a47461677380", &part_desc, false, METOD_FORMAT, "tags", ""},
    {"82a4636f6465a161a474616773c0", &part_desc, false, METOD_OK, "", ""},
};

static void refusals_name_the_field(void **state)
{
	(void)state;
	for (size_t i = 0; i < METOD_LEN(refusals); i++) {
		struct metod_error err = {0};
		struct part part;
		enum metod_err e = metod_load(refusals[i].desc, hex(refusals[i].bytes),
		    METOD_KEYS_NAME, refusals[i].unknown_ok, arena, &part, &err);

		if (e != refusals[i].code)
			fail_msg(
			    "case %zu: code %d (%s: %s)", i, e, err.field, err.message);
		assert_string_equal(err.field, refusals[i].field);
		assert_string_equal(err.hint, refusals[i].hint);
		assert_int_equal(err.code, e);
	}
}

/* A whole record as JSON, packed by names with one member replaced: the numbers that
 * peers in other languages send. */
static enum metod_err load_with(const char *member, const char *value,
    enum metod_keys keys, struct whole *ret, struct metod_error *err)
{
	const struct metod_field *field =
	    metod_desc_field(&whole_desc, metod_str(member));
	struct metod_str name = metod_str(member);
	const char *text;

	if (keys == METOD_KEYS_INT)
		text = metod_arena_printf(arena, "%s%s%02x%s",
		    strcmp(member, "id") ? "830107" : "82", "05a161", field->key, value)
			   .p;
	else
		text = metod_arena_printf(arena, "%sa46e616d65a161%02x%s%s",
		    strcmp(member, "id") ? "83a2696407" : "82", 0xa0u + (unsigned)name.n,
		    to_hex(name), value)
			   .p;
	return metod_load(&whole_desc, hex(text), keys, false, arena, ret, err);
}

static void numbers_of_other_languages_are_read(void **state)
{
	static const struct {
		const char *field, *value;
		enum metod_err by_name, by_int;
		int64_t number;
	} cases[] = {
	    {"id", "01", METOD_OK, METOD_OK, 1},
	    {"id", "00", METOD_RANGE, METOD_RANGE, 0},
	    {"id", "ff", METOD_RANGE, METOD_RANGE, 0},
	    {"id", "cb3ff0000000000000", METOD_OK, METOD_FORMAT, 1}, /* 1.0 */
	    {"id", "cb4340000000000000", METOD_OK, METOD_FORMAT, INT64_C(1) << 53},
	    {"id", "cb3ff8000000000000", METOD_FORMAT, METOD_FORMAT, 0}, /* 1.5 */
	    {"id", "cb43f0000000000000", METOD_RANGE, METOD_FORMAT, 0},  /* 2^64 */
	    {"id", "cb7ff0000000000000", METOD_RANGE, METOD_FORMAT, 0},  /* inf */
	    {"id", "cb7ff8000000000000", METOD_FORMAT, METOD_FORMAT, 0}, /* nan */
	    {"id", "a3313233", METOD_OK, METOD_FORMAT, 123},             /* "123" */
	    {"id", "a131", METOD_OK, METOD_FORMAT, 1},
	    {"id", "a0", METOD_MISSING, METOD_FORMAT, 0},
	    {"id", "a178", METOD_FORMAT, METOD_FORMAT, 0},
	    {"id", "c3", METOD_FORMAT, METOD_FORMAT, 0},
	    {"shift", "d1fc18", METOD_OK, METOD_OK, -1000},
	    {"shift", "d1fc17", METOD_RANGE, METOD_RANGE, 0},
	    {"shift", "cbbff0000000000000", METOD_OK, METOD_FORMAT, -1},
	    {"shift", "cf8000000000000000", METOD_RANGE, METOD_RANGE, 0},
	    {"big", "cf7fffffffffffffff", METOD_OK, METOD_OK, INT64_MAX},
	    {"big", "d38000000000000000", METOD_RANGE, METOD_RANGE,
		0}, /* the nil number */
	    {"big", "d38000000000000001", METOD_OK, METOD_OK, INT64_MIN + 1},
	    {"big", "cbc3e0000000000000", METOD_RANGE, METOD_FORMAT, 0}, /* -2^63 */
	    {"big", "cb43e0000000000000", METOD_RANGE, METOD_FORMAT, 0}, /* 2^63 */
	    {"big", "c0", METOD_OK, METOD_OK, METOD_NIL},
	    {"big", "00", METOD_OK, METOD_OK, 0},
	    {"until", "aa323032362d31312d3231", METOD_OK, METOD_FORMAT, 20778},
	    {"until", "aa323032362d31312d3331", METOD_FORMAT, METOD_FORMAT, 0},
	    {"score", "a4312e3235", METOD_OK, METOD_FORMAT, 1250},
	    {"score", "cd04e2", METOD_OK, METOD_OK, 1250},
	};

	(void)state;
	for (size_t i = 0; i < 2 * METOD_LEN(cases); i++) {
		size_t k = i / 2;
		enum metod_keys keys = i % 2 ? METOD_KEYS_INT : METOD_KEYS_NAME;
		enum metod_err want = i % 2 ? cases[k].by_int : cases[k].by_name, e;
		const struct metod_field *field =
		    metod_desc_field(&whole_desc, metod_str(cases[k].field));
		struct metod_error err = {0};
		struct whole whole;

		e = load_with(cases[k].field, cases[k].value, keys, &whole, &err);
		if (e != want)
			fail_msg("%s %s: %d %s", cases[k].field, cases[k].value, e,
			    err.message);
		if (e)
			assert_string_equal(err.field, cases[k].field);
		else
			assert_true(*(int64_t *)(void *)((char *)&whole +
					field->offset) == cases[k].number);
	}
}

static void paths_lead_into_lists(void **state)
{
	static const struct {
		const char *json;
		enum metod_err code;
		const char *field;
	} cases[] = {
	    {"{\"id\":1,\"name\":\"x\",\"parts\":[{\"code\":\"a\"},{\"code\":\"\"}]}",
		METOD_RANGE, "parts[1].code"},
	    {"{\"id\":1,\"name\":\"x\",\"parts\":[{\"code\":\"a\"},{}]}", METOD_MISSING,
		"parts[1].code"},
	    {"{\"id\":1,\"name\":\"x\",\"parts\":[{\"code\":\"a\",\"tags\":[\"b\",3]}]}",
		METOD_FORMAT, "parts[0].tags[1]"},
	    {"{\"id\":1,\"name\":\"x\",\"main\":{\"code\":\"a\",\"share\":-1}}",
		METOD_RANGE, "main.share"},
	    {"{\"id\":1,\"name\":\"x\",\"main\":{\"code\":\"a\",\"shar\":1}}",
		METOD_UNKNOWN, "main.shar"},
	    {"{\"id\":1,\"name\":\"x\",\"parts\":[1]}", METOD_FORMAT, "parts[0]"},
	    {"{\"id\":1,\"name\":\"x\",\"refs\":[1,\"2\",-3]}", METOD_RANGE, "refs[2]"},
	    {"{\"id\":1,\"name\":\"x\",\"refs\":[18446744073709551616.0]}", METOD_RANGE,
		"refs[0]"},
	    {"{\"id\":1,\"name\":\"x\",\"score\":1.2345}", METOD_FORMAT, "score"},
	    {"{\"id\":1,\"name\":\"x\",\"hash\":\"zz\"}", METOD_FORMAT, "hash"},
	    {"{\"id\":1,\"name\":\"x\",\"words\":[]}", METOD_OK, ""},
	    {"{\"id\":1,\"id\":2,\"name\":\"x\"}", METOD_FORMAT, "1:12"},
	    {"{\"id\":1,\n\"name\":x}", METOD_FORMAT, "2:8"},
	    {"[1]", METOD_FORMAT, ""},
	    {"", METOD_FORMAT, "1:0"},
	    {"[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]", METOD_FORMAT, ""},
	};

	(void)state;
	for (size_t i = 0; i < METOD_LEN(cases); i++) {
		struct metod_error err = {0};
		struct whole whole;
		enum metod_err e = metod_load_json(
		    &whole_desc, metod_str(cases[i].json), false, arena, &whole, &err);

		if (e != cases[i].code || strcmp(err.field, cases[i].field))
			fail_msg(
			    "%s: %d '%s' %s", cases[i].json, e, err.field, err.message);
	}
}

static void json_has_its_own_size_limit(void **state)
{
	char *text = metod_arena_alloc(arena, METOD_MSG_MAX + 2);
	struct metod_str json = {text, METOD_MSG_MAX};
	struct metod_error err;
	struct part part;

	(void)state;
	memset(text, ' ', METOD_MSG_MAX + 1);
	memcpy(text, "{\"code\":\"a\"}", 12);
	assert_int_equal(
	    metod_load_json(&part_desc, json, false, arena, &part, &err), METOD_OK);
	json.n++;
	assert_int_equal(
	    metod_load_json(&part_desc, json, false, arena, &part, &err), METOD_TOO_BIG);
}

static void result_does_not_point_into_the_input(void **state)
{
	struct whole whole = example(), to;
	struct metod_buf out = {0};

	(void)state;
	metod_pack(&whole_desc, &whole, METOD_KEYS_NAME, 0, &out);
	assert_int_equal(metod_load(&whole_desc, metod_buf_view(&out), METOD_KEYS_NAME,
			     false, arena, &to, NULL),
	    METOD_OK);
	memset(out.p, 0, out.n);
	metod_buf_done(&out);
	assert_true(same_record(&whole_desc, &whole, &to));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_type_is_measured),
	    cmocka_unit_test(bombs_are_refused_at_their_header),
	    cmocka_unit_test(depth_limit_is_exact),
	    cmocka_unit_test(element_limit_is_exact),
	    cmocka_unit_test(slow_senders_are_scanned_once),
	    cmocka_unit_test(stored_bytes_are_golden),
	    cmocka_unit_test(required_and_absent_fields_are_golden),
	    cmocka_unit_test(random_records_come_back_the_same),
	    cmocka_unit_test(damaged_records_are_refused_or_read),
	    cmocka_unit_test(refusals_name_the_field),
	    cmocka_unit_test(numbers_of_other_languages_are_read),
	    cmocka_unit_test(paths_lead_into_lists),
	    cmocka_unit_test(json_has_its_own_size_limit),
	    cmocka_unit_test(result_does_not_point_into_the_input),
	};

	return cmocka_run_group_tests(tests, make_arena, free_arena);
}
