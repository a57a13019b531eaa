/* SPDX-License-Identifier: Apache-2.0
 * The daemon's settings from arbitrary bytes, as a file and as words of the command line.
 * Findings and the result code must agree; what is right is within its bounds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "metod/options.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void load(const char *path, struct metod_strs words)
{
	struct metod_arena *arena = metod_arena_new();
	struct metod_issues issues = {.arena = arena};
	struct metod_settings settings;
	enum metod_err e = metod_config_load(path, words, arena, &settings, &issues);

	if ((e == METOD_OK) != (issues.errors == 0) || issues.n > METOD_ISSUES_MAX)
		abort();
	if (settings.values.log_level.n > 16 || settings.values.log_level.p == NULL)
		abort();
	metod_arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	static char path[64];
	struct metod_str word = {(const char *)data, size};
	struct metod_strs none = {NULL, 0}, one = {&word, 1};

	if (fd < 0) {
		fd = memfd_create("settings", 0);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	if (ftruncate(fd, 0) || pwrite(fd, data, size, 0) != (ssize_t)size)
		abort();
	load(path, none);
	load("/dev/null", one);
	return 0;
}
