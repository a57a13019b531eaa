/* SPDX-License-Identifier: Apache-2.0
 * Msgpack bytes as bytes: where objects begin and end. Everything here expects or makes
 * sure that the pre-scan has accepted the bytes. */
#include "internal.h"

/* The largest limits: what came from outside has passed the narrower ones of its
 * frame. */
static enum metod_scanned scan(struct metod_str bytes, size_t *ret_len)
{
	struct metod_prescan_state state;

	metod_prescan_init(&state, METOD_REPLY_MAX);
	return metod_prescan((const uint8_t *)bytes.p, bytes.n, &state, ret_len);
}

size_t metod_wire_object(struct metod_str bytes)
{
	size_t n;

	return scan(bytes, &n) == METOD_SCAN_COMPLETE ? n : 0;
}

bool metod_wire_whole(struct metod_str bytes)
{
	return bytes.n && metod_wire_object(bytes) == bytes.n;
}

bool metod_wire_map(struct metod_str bytes, size_t *ret_pairs, size_t *ret_at)
{
	const uint8_t *p = (const uint8_t *)bytes.p;

	if (bytes.n >= 1 && p[0] >= 0x80 && p[0] <= 0x8f) {
		*ret_pairs = p[0] & 0x0f;
		*ret_at = 1;
	} else if (bytes.n >= 3 && p[0] == 0xde) {
		*ret_pairs = (size_t)p[1] << 8 | p[2];
		*ret_at = 3;
	} else if (bytes.n >= 5 && p[0] == 0xdf) {
		*ret_pairs =
		    (size_t)p[1] << 24 | (size_t)p[2] << 16 | (size_t)p[3] << 8 | p[4];
		*ret_at = 5;
	} else {
		return false;
	}
	return true;
}
