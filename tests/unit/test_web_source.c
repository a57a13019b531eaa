/* SPDX-License-Identifier: Apache-2.0
 * Who is behind a request: trusted and other peers, several fronts, invented headers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "../../daemon/web/source.h"

static const char trusted_list[] =
    "127.0.0.1, ::1,10.1.0.0/16 , 2001:db8::/33, 192.0.2.128/25";

static const struct {
	const char *name, *peer, *forwarded[3], *source;
} cases[] = {
    {"no header: the peer", "198.51.100.7", {0}, "198.51.100.7"},
    {"a peer that is not trusted is not believed", "198.51.100.7", {"203.0.113.9"},
	"198.51.100.7"},
    {"a trusted peer is", "127.0.0.1", {"203.0.113.9"}, "203.0.113.9"},
    {"also over IPv6", "::1", {"203.0.113.9"}, "203.0.113.9"},
    {"also as an IPv4 address in IPv6", "::ffff:127.0.0.1", {"203.0.113.9"},
	"203.0.113.9"},
    {"what a client wrote stands before what the front added", "127.0.0.1",
	{"1.1.1.1, 2.2.2.2, 203.0.113.9"}, "203.0.113.9"},
    {"a client that claims to be a front stays itself", "127.0.0.1",
	{"1.1.1.1, 10.1.0.9, 203.0.113.9"}, "203.0.113.9"},
    {"several fronts: the last address that is none of them", "127.0.0.1",
	{"1.1.1.1, 203.0.113.9, 10.1.2.3, 10.1.255.1"}, "203.0.113.9"},
    {"a front that adds a header of its own", "127.0.0.1",
	{"1.1.1.1, 203.0.113.9", "10.1.2.3"}, "203.0.113.9"},
    {"in three headers", "127.0.0.1", {"1.1.1.1", "203.0.113.9", "10.1.2.3"},
	"203.0.113.9"},
    {"an address just outside of the network", "127.0.0.1",
	{"203.0.113.9, 10.2.0.0, 10.1.0.1"}, "10.2.0.0"},
    {"a network inside a byte", "192.0.2.128", {"203.0.113.9"}, "203.0.113.9"},
    {"below it", "192.0.2.127", {"203.0.113.9"}, "192.0.2.127"},
    {"an IPv6 network", "2001:db8:7fff::1", {"203.0.113.9"}, "203.0.113.9"},
    {"beside it", "2001:db8:8000::1", {"203.0.113.9"}, "2001:db8:8000::"},
    {"a client over IPv6 counts as its network", "127.0.0.1", {"2001:dba:1:2:3:4:5:6"},
	"2001:dba:1:2::"},
    {"everything is a front: the first", "127.0.0.1", {"10.1.0.1, 10.1.0.2"}, "10.1.0.1"},
    {"no address ends the chain at who wrote it", "127.0.0.1",
	{"203.0.113.9, unknown, 10.1.0.2"}, "10.1.0.2"},
    {"nor an empty one", "127.0.0.1", {"203.0.113.9,"}, "127.0.0.1"},
    {"nor one with a port or brackets", "127.0.0.1", {"203.0.113.9:99"}, "127.0.0.1"},
    {"nor text", "127.0.0.1", {"<script>"}, "127.0.0.1"},
    {"unix socket: the front is trusted", "", {"1.1.1.1, 203.0.113.9"}, "203.0.113.9"},
    {"unix socket without a word of the front", "", {0}, "local"},
    {"unix socket, no address", "", {"1.1.1.1, x"}, "local"},
};

static void source_of_a_request(void **state)
{
	struct metod_arena *arena = metod_arena_new();
	struct metod_networks trusted;

	(void)state;
	assert_true(metod_networks_parse(metod_str(trusted_list), &trusted));
	for (size_t i = 0; i < METOD_LEN(cases); i++) {
		struct metod_str forwarded[3], got;
		size_t n = 0;

		while (n < 3 && cases[i].forwarded[n]) {
			forwarded[n] = metod_str(cases[i].forwarded[n]);
			n++;
		}
		got = web_source(&trusted, metod_str(cases[i].peer), forwarded, n, arena);
		if (!metod_str_is(got, cases[i].source))
			fail_msg("%s: %.*s, not %s", cases[i].name, METOD_FMT(got),
			    cases[i].source);
	}
	metod_arena_free(arena);
}

static void without_fronts_nobody_is_believed(void **state)
{
	struct metod_arena *arena = metod_arena_new();
	struct metod_networks none;
	struct metod_str forwarded = METOD_STR("203.0.113.9");

	(void)state;
	assert_true(metod_networks_parse(METOD_STR(""), &none));
	assert_true(
	    metod_str_is(web_source(&none, METOD_STR("127.0.0.1"), &forwarded, 1, arena),
		"127.0.0.1"));
	metod_arena_free(arena);
}

static void lists_are_strict(void **state)
{
	static const char *const bad[] = {"localhost", "10.0.0.0/33", "::/129",
	    "10.0.0.0/", "10.0.0.0/a", "10.0.0.0/-1", "127.0.0.1,,::1", "127.0.0.1;::1",
	    "10.0.0", "1.2.3.4/8/8", "[::1]"};
	struct metod_networks got;
	char many[33 * 4 + 1] = "";

	(void)state;
	for (size_t i = 0; i < METOD_LEN(bad); i++) {
		if (metod_networks_parse(metod_str(bad[i]), &got))
			fail_msg("taken: %s", bad[i]);
	}
	for (size_t i = 0; i < 33; i++)
		memcpy(many + 4 * i, "::1,", 4);
	assert_false(
	    metod_networks_parse((struct metod_str){many, sizeof(many) - 1}, &got));
	assert_true(metod_networks_parse((struct metod_str){many, 32 * 4 - 1}, &got));
	assert_int_equal(got.n, 32);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(source_of_a_request),
	    cmocka_unit_test(without_fronts_nobody_is_believed),
	    cmocka_unit_test(lists_are_strict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
