/* SPDX-License-Identifier: Apache-2.0
 * The loop of the store process: who is served, by which threads, until when. */
#pragma once

#include <event2/event.h>

#include "metod/app.h"

/* ---- pool.c: compute threads and the way back to the loop ---- */
struct net_pool;
struct net_pool *net_pool_new(struct event_base *base, unsigned threads);
/* Finishes the work that was begun or queued; the threads end. Posts are still taken. */
void net_pool_stop(struct net_pool *pool);
/* Stops, runs the posts that came, frees. */
void net_pool_free(struct net_pool *pool);
bool net_pool_run(void *pool, void (*fn)(void *arg), void *arg);
void net_pool_post(void *pool, void (*fn)(void *arg), void *arg); /* any thread */

/* ---- rpc.c: MessagePack-RPC on a stream socket ---- */
struct net_rpc;
struct net_rpc *net_rpc_new(struct event_base *base, struct metod_app *app);
/* Listens on an open, bound unix socket; takes the descriptor. web: whoever may open this
 * socket is a web process (its word about the client's address is taken, its uid is
 * nobody). At most two sockets. */
bool net_rpc_listen(struct net_rpc *rpc, int fd, bool web);
/* Serves an already connected socket (the web process); takes the descriptor. */
bool net_rpc_adopt(struct net_rpc *rpc, int fd, const struct metod_peer *peer);
/* No new connections, no new calls; true when nothing is in work any more. */
bool net_rpc_drain(struct net_rpc *rpc);
void net_rpc_free(struct net_rpc *rpc);
size_t net_rpc_connections(const struct net_rpc *rpc);

int64_t net_wall_ms(void *unused);
int64_t net_mono_ms(void);
