/* SPDX-License-Identifier: Apache-2.0
 * Shared by the files of lib/wire only: access to members by descriptor and small msgpack
 * helpers. */
#pragma once

#include <msgpack.h>
#include <string.h>

#include "metod/wire.h"

/* Shape of every list member and of a string. */
struct wire_list {
	const char *p;
	size_t n;
};

static inline const void *wire_member(const struct metod_field *field, const void *record)
{
	return (const char *)record + field->offset;
}

static inline struct wire_list wire_list(
    const struct metod_field *field, const void *record)
{
	struct wire_list list;

	memcpy(&list, wire_member(field, record), sizeof(list));
	return list;
}

static inline const void *wire_sub(const struct metod_field *field, const void *record)
{
	const void *sub;

	memcpy(&sub, wire_member(field, record), sizeof(sub));
	return sub;
}

/* A packer that appends to the buffer. */
void metod_wire_packer(msgpack_packer *packer, struct metod_buf *out);
void metod_wire_pack_str(msgpack_packer *packer, struct metod_str s);
/* Raw map bytes (pre-scanned) without the header: number of pairs, and where the first
 * begins. False when the bytes are not a map. */
bool metod_wire_map(struct metod_str bytes, size_t *ret_pairs, size_t *ret_at);
/* Length of the object at the beginning of bytes that were pre-scanned; 0 at their
 * end. */
size_t metod_wire_object(struct metod_str bytes);
/* Is this one whole object with nothing behind it, acceptable under the largest
 * limits? */
bool metod_wire_whole(struct metod_str bytes);
