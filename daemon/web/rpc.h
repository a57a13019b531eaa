/* SPDX-License-Identifier: Apache-2.0
 * Client of the store: pipelined MessagePack-RPC over one connection, each call with a
 * deadline. Knows no pages. */
#pragma once

#include "metod/commands.h"
#include "metod/i18n.h"
#include "metod/wire.h"

struct event_base;
struct web_rpc;

enum { WEB_CALL_MS = 10000 }; /* then a call has failed and its outcome is unknown */

/* Called once, never inside web_rpc_call. response is good during the call only; NULL
 * when there is none: METOD_UNREACHED (no answer in time, connection lost) or METOD_BUSY
 * (too many wait). */
typedef void web_rpc_done(
    void *ctx, enum metod_err e, const struct metod_rpc_response *response);

struct web_rpc_config {
	struct event_base *base;
	int fd; /* connected socket, taken over; -1: connect to `path`, and again when
		   lost */
	const char *path;
	void (*ready)(
	    void *ctx, const struct metod_status_rep *status); /* after each connection */
	void (*lost)(void *ctx); /* an inherited socket has ended */
	void *ctx;
};
struct web_rpc *web_rpc_new(const struct web_rpc_config *config);
/* Calls that are out are answered METOD_UNREACHED. */
struct web_rpc *web_rpc_free(struct web_rpc *rpc);

/* params: map bytes. Copies everything. */
void web_rpc_call(struct web_rpc *rpc, const struct metod_rpc_request *request,
    web_rpc_done *done, void *ctx);
/* The handshake is done and the connection stands. */
bool web_rpc_ready(const struct web_rpc *rpc);
