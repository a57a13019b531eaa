/* SPDX-License-Identifier: Apache-2.0
 * Registers from arbitrary bytes; the first byte chooses the register. Rows, findings and
 * the result code must agree. */
#include <stdlib.h>

#include "metod/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct metod_desc *const registers[] = {&metod_org_row_desc,
	    &metod_teacher_row_desc, &metod_association_row_desc, &metod_mentor_row_desc,
	    &metod_activity_row_desc};
	struct metod_arena *arena = metod_arena_new();
	struct metod_issues issues = {.arena = arena};
	const struct metod_desc *desc =
	    registers[size ? data[0] % METOD_LEN(registers) : 0];
	struct metod_str bytes = {(const char *)data + (size > 0), size - (size > 0)};
	struct metod_csv csv;
	enum metod_err e =
	    metod_csv_read("fuzz.csv", bytes, desc, NULL, arena, &csv, &issues);

	if ((e == METOD_OK) != (issues.errors == 0) || csv.n > csv.read ||
	    (e == METOD_OK && csv.n != csv.read))
		abort();
	metod_arena_free(arena);
	return 0;
}
