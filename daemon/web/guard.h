/* SPDX-License-Identifier: Apache-2.0
 * Guard of the HTTP connections: strict heads before the library reads them, absolute
 * deadlines, a cap on their number and on the bytes of requests in flight. The HTTP
 * library has none of these. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "metod/base.h"

struct event_base;
struct evconnlistener;
struct bufferevent;
struct web_guard;

/* listener: paused at the cap and when descriptors run out. origin: for the gate. */
struct web_guard *web_guard_new(
    struct event_base *base, struct evconnlistener *listener, struct metod_str origin);
struct web_guard *web_guard_free(struct web_guard *guard);
/* Connection factory for evhttp_set_bevcb; arg is the guard. */
struct bufferevent *web_guard_make(struct event_base *base, void *arg);
/* Accept failed (no descriptors): pause, try again in a second. */
void web_guard_pause(struct web_guard *guard);
/* Stop taking connections and close the idle ones now, the others when they become idle.
 */
void web_guard_stop(struct web_guard *guard);
/* Status of the refusal that stands in the place of a request with this target; 0: it is
 * a request. */
int web_refusal_of(const char *target);
size_t web_guard_connections(const struct web_guard *guard);
