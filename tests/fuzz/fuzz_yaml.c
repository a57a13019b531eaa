/* SPDX-License-Identifier: Apache-2.0
 * Content files from arbitrary bytes: parsing, binding to records. Findings and the
 * result code must agree. */
#include <stdlib.h>
#include <string.h>

#include "metod/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct metod_arena *arena = metod_arena_new();
	struct metod_issues issues = {.arena = arena};
	struct metod_str bytes = {(const char *)data, size};
	struct metod_form_load_req req;
	enum metod_err e;

	memset(&req, 0, sizeof(req));
	e = metod_conf_load_text("fuzz.yaml", bytes, arena, &req, &issues);
	if ((e == METOD_OK) != (issues.errors == 0) || issues.n > METOD_ISSUES_MAX)
		abort();
	metod_arena_free(arena);
	return 0;
}
