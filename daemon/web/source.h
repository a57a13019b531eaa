/* SPDX-License-Identifier: Apache-2.0
 * Who is behind a request, for the counters of wrong codes: the peer, or what the fronts
 * that are trusted say about it. Pure. */
#pragma once

#include "metod/address.h"

/* The source as text: an IPv4 address, or the /64 network of an IPv6 one. peer: address
 * of the connection, empty on a unix socket, whose front is always trusted ("local" when
 * it names nobody). forwarded: values of X-Forwarded-For in their order; they are read
 * from the end, as long as who wrote them is trusted, up to the first address that is no
 * trusted front. What stands before it a client may have invented. */
struct metod_str web_source(const struct metod_networks *trusted, struct metod_str peer,
    const struct metod_str *forwarded, size_t n_forwarded, struct metod_arena *arena);
