/* SPDX-License-Identifier: Apache-2.0
 * Addresses of machines and networks. A network is compared by its bits, an address by
 * all of them. Asks no resolver: names are no addresses here. */
#include "metod/address.h"

#include <arpa/inet.h>
#include <string.h>

static const uint8_t ipv4_prefix[12] = {[10] = 0xff, [11] = 0xff};

bool metod_address_parse(struct metod_str text, uint8_t ret[16])
{
	char z[INET6_ADDRSTRLEN];

	if (text.n == 0 || text.n >= sizeof(z))
		return false;
	memcpy(z, text.p, text.n);
	z[text.n] = '\0';
	if (strlen(z) != text.n)
		return false;
	if (inet_pton(AF_INET6, z, ret) == 1)
		return true;
	memcpy(ret, ipv4_prefix, sizeof(ipv4_prefix));
	return inet_pton(AF_INET, z, ret + 12) == 1;
}

static bool parse_network(struct metod_str text, struct metod_network *ret)
{
	struct metod_str bits = text, address = metod_str_cut(&bits, '/');
	bool ipv4 = !memchr(address.p, ':', address.n);
	uint64_t number = ipv4 ? 32 : 128;

	if (!metod_address_parse(address, ret->bytes) ||
	    (address.n < text.n && !metod_str_u64(bits, &number)) ||
	    number > (ipv4 ? 32u : 128u))
		return false;
	ret->bits = (unsigned)number + (ipv4 ? 96 : 0);
	return true;
}

bool metod_networks_parse(struct metod_str list, struct metod_networks *ret)
{
	*ret = (struct metod_networks){.n = 0};
	while (list.n) {
		struct metod_str part = metod_str_trim(metod_str_cut(&list, ','));

		if (ret->n == METOD_NETWORKS_MAX ||
		    !parse_network(part, &ret->p[ret->n++]))
			return false;
	}
	return true;
}

static bool inside(const struct metod_network *network, const uint8_t address[16])
{
	size_t whole = network->bits / 8;
	unsigned rest = network->bits % 8;

	return !memcmp(network->bytes, address, whole) &&
	    (!rest || (network->bytes[whole] ^ address[whole]) >> (8 - rest) == 0);
}

bool metod_networks_hold(const struct metod_networks *trusted, const uint8_t address[16])
{
	for (size_t i = 0; i < trusted->n; i++) {
		if (inside(&trusted->p[i], address))
			return true;
	}
	return false;
}

struct metod_str metod_source_text(const uint8_t address[16], struct metod_arena *arena)
{
	uint8_t network[16];
	char text[INET6_ADDRSTRLEN];

	memcpy(network, address, sizeof(network));
	if (!memcmp(network, ipv4_prefix, sizeof(ipv4_prefix))) {
		inet_ntop(AF_INET, network + 12, text, sizeof(text));
	} else {
		memset(network + 8, 0, 8);
		inet_ntop(AF_INET6, network, text, sizeof(text));
	}
	return metod_arena_strz(arena, text);
}
