/* SPDX-License-Identifier: Apache-2.0
 * Settings of the daemon: the list of options agrees with its record, the four places in
 * their order, and every fault of the file at its line and column. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "metod/options.h"

static struct metod_arena *arena;
static struct metod_issues issues;
static struct metod_settings settings;
static char path[] = "/tmp/metod-options-XXXXXX";

static int fresh(void **state)
{
	int fd;

	(void)state;
	for (size_t i = 0; i < METOD_OPTION_COUNT; i++) {
		char name[64];

		snprintf(name, sizeof(name), "METOD_%s", metod_config_options[i].name);
		for (char *c = name; *c; c++)
			*c = (char)(*c >= 'a' && *c <= 'z' ? *c - 32 : *c);
		unsetenv(name);
	}
	arena = metod_arena_new();
	issues = (struct metod_issues){.arena = arena};
	memcpy(path + sizeof(path) - 7, "XXXXXX", 6);
	fd = mkstemp(path);
	return fd < 0 || close(fd);
}

static int spent(void **state)
{
	(void)state;
	arena = metod_arena_free(arena);
	return unlink(path);
}

static enum metod_err load(const char *text, const char *word)
{
	struct metod_str one = metod_str(word);
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
	assert_int_equal(fclose(file), 0);
	issues = (struct metod_issues){.arena = arena};
	return metod_config_load(
	    path, (struct metod_strs){&one, word ? 1 : 0}, arena, &settings, &issues);
}

static const char *all_issues(void)
{
	struct metod_str all = METOD_STR("");

	for (size_t i = 0; i < issues.n; i++)
		all = metod_arena_printf(arena, "%.*s\n%.*s", METOD_FMT(all),
		    METOD_FMT(metod_issue_line(&issues, &issues.p[i])));
	return metod_arena_z(arena, all);
}

static enum metod_origin origin_of(const char *name)
{
	return settings.origin[metod_desc_field(&metod_config_desc, metod_str(name)) -
	    metod_config_desc.fields];
}

static void the_list_and_the_record_agree(void **state)
{
	(void)state;
	assert_int_equal(metod_config_desc.count, METOD_OPTION_COUNT);
	for (size_t i = 0; i < METOD_OPTION_COUNT; i++) {
		assert_string_equal(
		    metod_config_desc.fields[i].name, metod_config_options[i].name);
		assert_true(strlen(metod_config_options[i].summary) > 0);
	}
}

static void defaults_are_right_by_themselves(void **state)
{
	(void)state;
	if (load("", NULL))
		fail_msg("%s", all_issues());
	assert_string_equal(settings.values.data_dir.p, "/var/lib/metod/store");
	assert_string_equal(settings.values.socket.p, "/run/metod/ctl.sock");
	assert_string_equal(settings.values.http_listen.p, "127.0.0.1:8080");
	assert_string_equal(settings.values.public_url.p, "");
	assert_int_equal(settings.values.commit_ms, 2);
	assert_int_equal(settings.values.map_gib, 64);
	assert_int_equal(settings.values.mentor_capacity, 3);
	assert_int_equal(settings.values.cov_floor, 0);
	assert_string_equal(settings.values.log_level.p, "info");
	for (size_t i = 0; i < METOD_OPTION_COUNT; i++)
		assert_int_equal(settings.origin[i], METOD_FROM_DEFAULT);
}

static void the_command_line_is_above_the_environment_is_above_the_file(void **state)
{
	static const char file[] =
	    "# comment\n\n  commit_ms = 5  \r\nmap_gib=8\n"
	    "cov_floor = 0,25\npublic_url = \"https://m.example.ru\"\n"
	    "http_listen = [::1]:80";

	(void)state;
	setenv("METOD_MAP_GIB", "16", 1);
	setenv("METOD_MENTOR_CAPACITY", "4", 1);
	if (load(file, "mentor_capacity=9"))
		fail_msg("%s", all_issues());
	assert_int_equal(settings.values.commit_ms, 5);
	assert_int_equal(origin_of("commit_ms"), METOD_FROM_FILE);
	assert_int_equal(
	    settings.line[metod_desc_field(&metod_config_desc, METOD_STR("commit_ms")) -
		metod_config_desc.fields],
	    3);
	assert_int_equal(settings.values.map_gib, 16);
	assert_int_equal(origin_of("map_gib"), METOD_FROM_ENVIRONMENT);
	assert_int_equal(settings.values.mentor_capacity, 9);
	assert_int_equal(origin_of("mentor_capacity"), METOD_FROM_ARGUMENT);
	assert_int_equal(settings.values.cov_floor, 250);
	assert_string_equal(settings.values.public_url.p, "https://m.example.ru");
	assert_string_equal(settings.values.http_listen.p, "[::1]:80");
	assert_int_equal(origin_of("data_dir"), METOD_FROM_DEFAULT);
}

/* clang-format off */
static const struct {
	const char *name, *text;
	size_t line, column;
	const char *message;
} bad[] = {
    {"unknown option", "a\n  comit_ms = 2\n", 2, 3, "did you mean \"commit_ms\""},
    {"no value", "commit_ms\n", 1, 1, "name = value"},
    {"twice", "map_gib = 1\n\nmap_gib = 2\n", 3, 1, "first in line 1"},
    {"twice, first wrong", "map_gib = x\nmap_gib = 2\n", 2, 1, "first in line 1"},
    {"range", "commit_ms = 101\n", 1, 13, "must be from 0 to 100"},
    {"not a number", "map_gib = many\n", 1, 11, "whole number"},
    {"empty value", "commit_ms =\n", 1, 12, "must not be empty"},
    {"half a quote", "public_url = \"http://x\n", 1, 14, "quotes"},
    {"comment behind a value", "commit_ms = 5 # ms\n", 1, 13, "whole number"},
    {"relative path", "data_dir = store\n", 1, 12, "path from the root"},
    {"long socket", "socket = /12345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567\n", 1, 10, "from 1 to 107 bytes"},
    {"no port", "http_listen = 127.0.0.1\n", 1, 15, "address and a port"},
    {"port", "http_listen = 127.0.0.1:65536\n", 1, 15, "address and a port"},
    {"name as address", "http_listen = example:80\n", 1, 15, "address and a port"},
    {"bare IPv6", "http_listen = ::1:80\n", 1, 15, "address and a port"},
    {"url", "public_url = metod.example.ru\n", 1, 14, "https://"},
    {"url with a slash", "public_url = https://m.ru/\n", 1, 14, "without a slash"},
    {"proxy", "trusted_proxy = proxy\n", 1, 17, "such as 127.0.0.1"},
    {"networks", "trusted_proxy = 127.0.0.1, 10.0.0.0/40\n", 1, 17, "networks such as"},
    {"metrics", "metrics_listen = 9633\n", 1, 18, "or unix:/path"},
    {"level", "log_level = loud\n", 1, 13, "one of error"},
    {"bad UTF-8", "log_level = \xff\n", 1, 13, "not UTF-8"},
    {"keys in the store", "keys_dir = /var/lib/metod/store/keys\n", 0, 0, "keys must lie outside"},
    {"keys are the backup", "keys_dir = /b\nbackup_dir = /b/\n", 0, 0, "keys must lie outside"},
    {"backup in the store", "backup_dir = /var/lib/metod/store\n", 0, 0, "backups must lie outside"},
};
/* clang-format on */

static void faults_are_told_at_their_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < METOD_LEN(bad); i++) {
		bool told = false;

		assert_int_equal(load(bad[i].text, NULL), METOD_FORMAT);
		for (size_t j = 0; j < issues.n; j++)
			told |= issues.p[j].line == bad[i].line &&
			    issues.p[j].column == bad[i].column &&
			    strstr(metod_arena_z(
				       arena, metod_issue_line(&issues, &issues.p[j])),
				bad[i].message);
		if (!told)
			fail_msg("%s: wanted %zu:%zu %s, got:%s", bad[i].name,
			    bad[i].line, bad[i].column, bad[i].message, all_issues());
	}
}

static void a_wrong_value_keeps_the_one_below(void **state)
{
	(void)state;
	setenv("METOD_COMMIT_MS", "soon", 1);
	assert_int_equal(load("commit_ms = 7\n", "map_gib"), METOD_FORMAT);
	assert_int_equal(settings.values.commit_ms, 7);
	assert_int_equal(origin_of("commit_ms"), METOD_FROM_FILE);
	assert_non_null(strstr(all_issues(), "METOD_COMMIT_MS: commit_ms: "));
	assert_non_null(
	    strstr(all_issues(), "command line: map_gib: a value is missing"));
	assert_int_equal(issues.errors, 2);
}

static void sibling_folders_with_one_beginning_are_apart(void **state)
{
	(void)state;
	if (load(
		"data_dir = /srv/metod\nkeys_dir = /srv/metod-keys\nbackup_dir = /srv/m\n",
		NULL))
		fail_msg("%s", all_issues());
}

static void a_named_file_must_exist(void **state)
{
	(void)state;
	assert_int_equal(metod_config_load("/tmp/metod-no-such-file",
			     (struct metod_strs){NULL, 0}, arena, &settings, &issues),
	    METOD_NOT_FOUND);
	assert_int_equal(issues.errors, 1);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, fresh, spent)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(the_list_and_the_record_agree),
	    CASE(defaults_are_right_by_themselves),
	    CASE(the_command_line_is_above_the_environment_is_above_the_file),
	    CASE(faults_are_told_at_their_place),
	    CASE(a_wrong_value_keeps_the_one_below),
	    CASE(sibling_folders_with_one_beginning_are_apart),
	    CASE(a_named_file_must_exist),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
