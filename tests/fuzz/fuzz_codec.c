/* SPDX-License-Identifier: Apache-2.0
 * Records from any bytes: a crash, or a record that does not come back the same after
 * pack and load, is a defect. The first byte chooses keys, strictness and JSON. */
#include <stdlib.h>

#include "../unit/wire_records.h"
#include "metod/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void go_round(
    const struct whole *first, enum metod_keys keys, struct metod_arena *arena)
{
	struct metod_buf one = {0}, two = {0}, text = {0};
	struct whole again;

	metod_pack(&whole_desc, first, keys, 0, &one);
	if (metod_load(
		&whole_desc, metod_buf_view(&one), keys, false, arena, &again, NULL))
		abort();
	metod_pack(&whole_desc, &again, keys, 0, &two);
	if (!metod_str_eq(metod_buf_view(&one), metod_buf_view(&two)))
		abort();
	for (int output = METOD_OUT_TEXT; output <= METOD_OUT_TSV; output++) {
		const struct metod_emit how = {
		    .output = (enum metod_output)output, .width = 40};

		if (metod_emit(&whole_desc, first, &how, &text, NULL))
			abort();
	}
	metod_buf_done(&one);
	metod_buf_done(&two);
	metod_buf_done(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct metod_arena *arena = metod_arena_new();
	struct metod_error error;
	struct whole whole;
	enum metod_err e;

	if (size > 0) {
		enum metod_keys keys = data[0] & 1 ? METOD_KEYS_NAME : METOD_KEYS_INT;
		struct metod_str bytes = {(const char *)data + 1, size - 1};

		if (data[0] & 4)
			e = metod_load_json(
			    &whole_desc, bytes, data[0] & 2, arena, &whole, &error);
		else
			e = metod_load(
			    &whole_desc, bytes, keys, data[0] & 2, arena, &whole, &error);
		if (e == METOD_OK)
			go_round(&whole, keys, arena);
	}
	metod_arena_free(arena);
	return 0;
}
