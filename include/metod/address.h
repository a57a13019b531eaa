/* SPDX-License-Identifier: Apache-2.0
 * Addresses of machines and networks, as settings and headers name them. */
#pragma once

#include "metod/base.h"

/* IPv4 as ::ffff:a.b.c.d. False when the text is none, also with a port or brackets. */
bool metod_address_parse(struct metod_str text, uint8_t ret[16]);

struct metod_network {
	uint8_t bytes[16];
	unsigned bits;
};
enum { METOD_NETWORKS_MAX = 32 };
struct metod_networks {
	struct metod_network p[METOD_NETWORKS_MAX];
	size_t n;
};
/* "127.0.0.1, 10.0.0.0/8, ::1". False when a part is none, or there are too many. */
bool metod_networks_parse(struct metod_str list, struct metod_networks *ret);
bool metod_networks_hold(
    const struct metod_networks *networks, const uint8_t address[16]);

/* An IPv4 address, or the /64 network of an IPv6 one: whoever has one IPv6 address has
 * the 2^64 of its network, so these are one source. */
struct metod_str metod_source_text(const uint8_t address[16], struct metod_arena *arena);
