/* SPDX-License-Identifier: Apache-2.0
 * A connection that receives any bytes: frames, peek, both parsers; a request that was
 * accepted comes back the same when it is built again. The first byte is the size of the
 * reads. */
#include <stdlib.h>

#include "metod/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void parse(struct metod_str message, struct metod_arena *arena)
{
	struct metod_rpc_request request, again;
	struct metod_rpc_response response;
	struct metod_buf built = {0};
	enum metod_rpc_kind kind;
	struct metod_error err;
	uint32_t id;

	if (!metod_rpc_peek(message, &kind, &id))
		return;
	if (metod_rpc_response_parse(message, arena, &response, &err) == METOD_OK &&
	    (kind != METOD_RPC_RESPONSE || response.id != id || response.result.n == 0))
		abort();
	if (metod_rpc_request_parse(message, arena, &request, &err) != METOD_OK)
		return;
	metod_rpc_request_pack(&request, &built);
	if (metod_rpc_request_parse(metod_buf_view(&built), arena, &again, &err) !=
		METOD_OK ||
	    !metod_str_eq(again.params, request.params) ||
	    !metod_str_eq(again.key, request.key) ||
	    !metod_str_eq(again.method, request.method) || again.id != id)
		abort();
	metod_buf_done(&built);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct metod_arena *arena = metod_arena_new();
	size_t step = size ? 1u + data[0] : 1;
	struct metod_frames frames;
	struct metod_str message;

	metod_frames_init(&frames, METOD_MSG_MAX);
	for (size_t at = 1; at < size; at += step) {
		metod_frames_feed(
		    &frames, data + at, step < size - at ? step : size - at);
		while (metod_frames_next(&frames, &message) == METOD_SCAN_COMPLETE)
			parse(message, arena);
	}
	metod_frames_done(&frames);
	metod_arena_free(arena);
	return 0;
}
