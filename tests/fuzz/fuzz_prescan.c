/* SPDX-License-Identifier: Apache-2.0
 * Pre-scan: the answer does not depend on how the bytes arrive, and what it accepts is
 * what the decoder accepts, with the same length. */
#include <stdint.h>
#include <stdlib.h>

#include <msgpack.h>

#include "metod/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct metod_prescan_state whole, parts;
	size_t len = 0, len_parts = 0, at = 0;
	enum metod_scanned scan, scan_parts = METOD_SCAN_MORE;
	msgpack_unpacked tree;

	metod_prescan_init(&whole, METOD_MSG_MAX);
	metod_prescan_init(&parts, METOD_MSG_MAX);
	scan = metod_prescan(data, size, &whole, &len);
	for (size_t n = 0; n <= size && scan_parts == METOD_SCAN_MORE; n++)
		scan_parts = metod_prescan(data, n, &parts, &len_parts);
	if (scan != scan_parts || len != len_parts || len > size)
		abort();
	if (scan != METOD_SCAN_COMPLETE)
		return 0;
	msgpack_unpacked_init(&tree);
	if (msgpack_unpack_next(&tree, (const char *)data, size, &at) !=
		MSGPACK_UNPACK_SUCCESS ||
	    at != len)
		abort();
	msgpack_unpacked_destroy(&tree);
	return 0;
}
