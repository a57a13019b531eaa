/* SPDX-License-Identifier: Apache-2.0
 * MessagePack-RPC messages and the stream of frames. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
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

static void requests_are_golden_and_come_back(void **state)
{
	const struct part part = {.code = METOD_STR("a")};
	const struct metod_rpc_request call = {.id = 300,
	    .method = METOD_STR("x.y"),
	    .session = METOD_STR("S"),
	    .key = METOD_STR("K"),
	    .lang = METOD_STR("ru")};
	struct metod_rpc_request got = {0};
	struct metod_buf out = {0};
	struct part back;

	(void)state;
	metod_rpc_call_pack(&call, &part_desc, &part, &out);
	assert_string_equal(to_hex(metod_buf_view(&out)),
	    "9400cd012ca3782e799184a85f73657373696f6ea153a45f6b6579a14ba55f6c616e67a27275"
	    "a4636f6465a161");
	assert_int_equal(
	    metod_rpc_request_parse(metod_buf_view(&out), arena, &got, NULL), METOD_OK);
	assert_int_equal(got.id, 300);
	assert_true(metod_str_is(got.method, "x.y"));
	assert_true(metod_str_is(got.session, "S"));
	assert_true(metod_str_is(got.key, "K"));
	assert_true(metod_str_is(got.lang, "ru"));
	assert_string_equal(to_hex(got.params), "81a4636f6465a161");
	assert_int_equal(metod_load(&part_desc, got.params, METOD_KEYS_NAME, false, arena,
			     &back, NULL),
	    METOD_OK);
	assert_true(metod_str_is(back.code, "a"));
	metod_buf_clear(&out);
	metod_rpc_notice_pack(METOD_STR("progress"), METOD_STR(""), &out);
	assert_string_equal(to_hex(metod_buf_view(&out)), "9302a870726f67726573739180");
	assert_int_equal(
	    metod_rpc_request_parse(metod_buf_view(&out), arena, &got, NULL), METOD_OK);
	assert_string_equal(to_hex(got.params), "80");
	assert_int_equal(got.session.n, 0);
	metod_buf_done(&out);
}

/* The header of the remaining map changes its form around 16 pairs. */
static void reserved_params_leave_a_good_map(void **state)
{
	(void)state;
	for (size_t n = 0; n < 40; n++) {
		struct metod_rpc_request got = {0},
					 call = {.method = METOD_STR("m"),
					     .session = METOD_STR("s"),
					     .key = METOD_STR("k")};
		struct metod_buf params = {0}, out = {0};

		metod_buf_byte(&params, 0xde);
		metod_buf_byte(&params, 0);
		metod_buf_byte(&params, (uint8_t)n);
		for (size_t i = 0; i < n; i++)
			metod_buf_printf(&params, "\xa2%02zu\x01", i);
		call.params = metod_buf_view(&params);
		metod_rpc_request_pack(&call, &out);
		assert_int_equal(
		    metod_rpc_request_parse(metod_buf_view(&out), arena, &got, NULL),
		    METOD_OK);
		assert_true(metod_str_is(got.key, "k"));
		if (n < 16)
			assert_int_equal((uint8_t)got.params.p[0], 0x80 + n);
		else
			assert_int_equal((uint8_t)got.params.p[4], n);
		assert_memory_equal(
		    got.params.p + got.params.n - 4 * n, params.p + 3, 4 * n);
		assert_int_equal(got.params.n, 4 * n + (n < 16 ? 1 : 5));
		metod_buf_done(&params);
		metod_buf_done(&out);
	}
}

static void responses_are_golden_and_come_back(void **state)
{
	struct metod_error failed;
	struct metod_rpc_response got;
	struct metod_buf out = {0};

	(void)state;
	metod_rpc_result_pack(7, hex("81a16101"), &out);
	assert_string_equal(to_hex(metod_buf_view(&out)), "940107c081a16101");
	assert_int_equal(
	    metod_rpc_response_parse(metod_buf_view(&out), arena, &got, NULL), METOD_OK);
	assert_int_equal(got.id, 7);
	assert_int_equal(got.error.code, METOD_OK);
	assert_string_equal(to_hex(got.result), "81a16101");

	metod_fail(&failed, METOD_CONFLICT, "rows[3].code", "exists \xff\x01 already");
	metod_hint(&failed, "try %s", "another");
	metod_buf_clear(&out);
	metod_rpc_error_pack(8, &failed, &out);
	assert_int_equal(
	    metod_rpc_response_parse(metod_buf_view(&out), arena, &got, NULL), METOD_OK);
	assert_int_equal(got.id, 8);
	assert_int_equal(got.error.code, METOD_CONFLICT);
	assert_string_equal(got.error.field, "rows[3].code");
	assert_string_equal(got.error.message, "exists ?? already");
	assert_string_equal(got.error.hint, "try another");
	assert_string_equal(to_hex(got.result), "c0");

	metod_fail(&failed, METOD_HELLO, "", "x");
	metod_buf_clear(&out);
	metod_rpc_error_pack(0, &failed, &out);
	assert_string_equal(to_hex(metod_buf_view(&out)),
	    "94010082a4636f6465a568656c6c6fa76d657373616765a178c0");
	metod_buf_done(&out);
}

static void unknown_error_codes_are_failures(void **state)
{
	static const struct {
		const char *bytes;
		enum metod_err parse, code;
	} cases[] = {
	    {"94010081a4636f6465a37a7a7ac0", METOD_OK, METOD_FAILED}, /* "zzz" */
	    {"94010081a4636f6465a26f6bc0", METOD_OK, METOD_FAILED},   /* "ok" */
	    {"94010082a4636f6465a46275737981a1610000c0", METOD_FORMAT, METOD_OK},
	    {"94010082a4636f6465a462757379a3657874c3c0", METOD_OK,
		METOD_BUSY}, /* later field */
	    {"94010080c0", METOD_FORMAT, METOD_OK},
	    {"940100a3626164c0", METOD_FORMAT, METOD_OK},
	    {"9401c0c0c0", METOD_FORMAT, METOD_OK},
	    {"930100c0", METOD_FORMAT, METOD_OK},
	    {"940000c0c0", METOD_FORMAT, METOD_OK},
	};

	(void)state;
	for (size_t i = 0; i < METOD_LEN(cases); i++) {
		struct metod_rpc_response got = {0};
		enum metod_err e =
		    metod_rpc_response_parse(hex(cases[i].bytes), arena, &got, NULL);

		if (e != cases[i].parse || got.error.code != cases[i].code)
			fail_msg("case %zu: %d, code %d", i, e, got.error.code);
	}
}

static void misshaped_requests_are_refused(void **state)
{
	static const struct {
		const char *bytes;
		enum metod_err code;
		const char *field;
		bool peek;
	} cases[] = {
	    {"940000a16d9180", METOD_OK, "", true},
	    {"9400cf00000000ffffffffa16d9180", METOD_OK, "", true},
	    {"9400cf0000000100000000a16d9180", METOD_FORMAT, "",
		false}, /* id over 32 bits */
	    {"9400ffa16d9180", METOD_FORMAT, "", false},
	    {"9400a130a16d9180", METOD_FORMAT, "", false},
	    {"940300a16d9180", METOD_FORMAT, "", false},
	    {"930000a16d", METOD_FORMAT, "", false},
	    {"950000a16d918000", METOD_FORMAT, "", false},
	    {"dc00040000a16d9180", METOD_FORMAT, "",
		false}, /* longer header than needed */
	    {"c0", METOD_FORMAT, "", false},
	    {"940000a16d918000", METOD_FORMAT, "", false}, /* trailing byte */
	    {"940000a16d91", METOD_FORMAT, "", false},
	    {"94000000a16d9180", METOD_FORMAT, "", false},
	    {"940000a16d90", METOD_FORMAT, "", true},     /* no map */
	    {"940000a16d928080", METOD_FORMAT, "", true}, /* two maps */
	    {"940000a16d80", METOD_FORMAT, "", true},     /* map without array */
	    {"940000a16d9190", METOD_FORMAT, "", true},
	    {"940000c0"
	     "9180",
		METOD_FORMAT, "", true},
	    {"940000a1ff9180", METOD_FORMAT, "", true},
	    {"940000d941616161616161616161616161616161616161616161616161616161616161616161616161"
	     "61616161616161616161616161616161616161616161616161616161619180",
		METOD_UNKNOWN, "", true},
	    {"940000a16d9181a45f6b657901", METOD_FORMAT, "_key", true},
	    {"940000a16d9181a45f6b6579c0", METOD_OK, "", true},
	    {"940000a16d9182a45f6b6579a161a45f6b6579a161", METOD_FORMAT, "_key", true},
	    {"940000a16d9181a55f6c616e67b16161616161616161616161616161616161",
		METOD_FORMAT, "_lang", true},
	    {"940000a16d9181a55f6c616e67a1ff", METOD_FORMAT, "_lang", true},
	    {"940000a16d918101c0", METOD_OK, "",
		true}, /* such keys are metod_load's business */
	};

	(void)state;
	for (size_t i = 0; i < METOD_LEN(cases); i++) {
		struct metod_rpc_request got = {.id = 99};
		struct metod_error err = {0};
		enum metod_rpc_kind kind;
		uint32_t id;
		struct metod_str bytes = hex(cases[i].bytes);
		enum metod_err e = metod_rpc_request_parse(bytes, arena, &got, &err);

		if (e != cases[i].code ||
		    metod_rpc_peek(bytes, &kind, &id) != cases[i].peek)
			fail_msg("case %zu: %d %s", i, e, err.field);
		assert_string_equal(err.field, cases[i].field);
		if (e)
			assert_int_equal(got.id, 99);
	}
}

/* Three messages, cut at every pair of places. */
static void frames_do_not_depend_on_the_cuts(void **state)
{
	struct metod_str one = hex("940000a16d9180"),
			 all = hex("940000a16d9180"
				   "940107c082a16101a162c403000102"
				   "9302a16e9181a16ba3616263");
	static const size_t length[] = {7, 15, 12};

	(void)state;
	assert_int_equal(all.n, 34);
	for (size_t a = 0; a <= all.n; a++) {
		for (size_t b = a; b <= all.n; b++) {
			const size_t from[] = {0, a, b}, to[] = {a, b, all.n};
			struct metod_frames frames;
			struct metod_str message;
			size_t taken = 0, at = 0;

			metod_frames_init(&frames, 100);
			for (size_t part = 0; part < 3; part++) {
				metod_frames_feed(
				    &frames, all.p + from[part], to[part] - from[part]);
				while (metod_frames_next(&frames, &message) ==
				    METOD_SCAN_COMPLETE) {
					assert_int_equal(message.n, length[taken++]);
					assert_memory_equal(
					    message.p, all.p + at, message.n);
					at += message.n;
				}
				assert_int_equal(
				    metod_frames_waiting(&frames), to[part] - at);
			}
			assert_int_equal(taken, 3);
			assert_false(frames.hostile);
			metod_frames_done(&frames);
		}
	}
	assert_int_equal(one.n, 7);
}

static void hostile_streams_stay_hostile(void **state)
{
	struct metod_frames frames;
	struct metod_str message;

	(void)state;
	metod_frames_init(&frames, 100);
	metod_frames_feed(&frames, "\x01\xc1", 2);
	assert_int_equal(metod_frames_next(&frames, &message), METOD_SCAN_COMPLETE);
	assert_int_equal(metod_frames_next(&frames, &message), METOD_SCAN_HOSTILE);
	metod_frames_feed(&frames, "\x01", 1);
	assert_int_equal(metod_frames_waiting(&frames), 1); /* takes no more in */
	assert_int_equal(metod_frames_next(&frames, &message), METOD_SCAN_HOSTILE);
	metod_frames_done(&frames);
	/* One byte over the cap, told by the header alone. */
	metod_frames_init(&frames, 100);
	metod_frames_feed(&frames, "\xc4\x62", 2);
	assert_int_equal(metod_frames_next(&frames, &message), METOD_SCAN_MORE);
	metod_frames_done(&frames);
	metod_frames_init(&frames, 100);
	metod_frames_feed(&frames, "\xc4\x63", 2);
	assert_int_equal(metod_frames_next(&frames, &message), METOD_SCAN_HOSTILE);
	metod_frames_done(&frames);
}

/* Many small messages in reads of odd sizes: nothing is lost when taken bytes move away.
 */
static void long_streams_keep_every_message(void **state)
{
	struct metod_buf stream = {0};
	struct metod_frames frames;
	struct metod_str message;
	uint64_t seed = 3;
	uint32_t next = 0;
	size_t at = 0;

	(void)state;
	for (uint32_t id = 0; id < 20000; id++) {
		const struct metod_rpc_request call = {
		    .id = id, .method = {"abcdefghijklmnopqrstuvwxyz", id % 26 + 1}};

		metod_rpc_request_pack(&call, &stream);
	}
	metod_frames_init(&frames, 200);
	while (at < stream.n) {
		size_t n = metod_rand64(&seed) % 150000;

		n = n < stream.n - at ? n : stream.n - at;
		metod_frames_feed(&frames, stream.p + at, n);
		at += n;
		while (metod_frames_next(&frames, &message) == METOD_SCAN_COMPLETE) {
			enum metod_rpc_kind kind;
			uint32_t id;

			assert_true(metod_rpc_peek(message, &kind, &id));
			assert_int_equal(id, next++);
		}
	}
	assert_int_equal(next, 20000);
	metod_frames_done(&frames);
	metod_buf_done(&stream);
}

/* A connection that once carried a large message does not keep its memory. */
static void idle_connections_hold_little(void **state)
{
	uint8_t *large = metod_arena_alloc(arena, 1000005);
	struct metod_frames frames;
	struct metod_str message;

	(void)state;
	memcpy(large, "\xc6\x00\x0f\x42\x40", 5);
	metod_frames_init(&frames, METOD_MSG_MAX);
	metod_frames_feed(&frames, large, 1000005);
	assert_int_equal(metod_frames_next(&frames, &message), METOD_SCAN_COMPLETE);
	assert_int_equal(message.n, 1000005);
	metod_frames_feed(&frames, "\x01", 1);
	assert_true(frames.in.cap < 100000);
	assert_int_equal(metod_frames_next(&frames, &message), METOD_SCAN_COMPLETE);
	assert_int_equal(message.n, 1);
	metod_frames_done(&frames);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(requests_are_golden_and_come_back),
	    cmocka_unit_test(reserved_params_leave_a_good_map),
	    cmocka_unit_test(responses_are_golden_and_come_back),
	    cmocka_unit_test(unknown_error_codes_are_failures),
	    cmocka_unit_test(misshaped_requests_are_refused),
	    cmocka_unit_test(frames_do_not_depend_on_the_cuts),
	    cmocka_unit_test(hostile_streams_stay_hostile),
	    cmocka_unit_test(long_streams_keep_every_message),
	    cmocka_unit_test(idle_connections_hold_little),
	};

	return cmocka_run_group_tests(tests, make_arena, free_arena);
}
