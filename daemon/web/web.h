/* SPDX-License-Identifier: Apache-2.0
 * The web process: HTTP in front of the store, spoken to by MessagePack-RPC. It holds no
 * rule of the domain, no key and no path into the store; a taken web process has only the
 * sessions that pass through it at that moment. */
#pragma once

#include <stdbool.h>

struct metod_web_config {
	const char
	    *listen;   /* "127.0.0.1:8080", "[::1]:8080" or "unix:/run/metod/web.sock" */
	int listen_fd; /* inherited listening socket instead of `listen`; 0: none */
	const char *public_url; /* "https://host" as people see it, no slash at the end;
				   or NULL */
	const char *trusted_proxy; /* addresses and networks whose X-Forwarded-For is
				      believed; NULL: nobody's. On a unix socket the front
				      is always believed */
	const char
	    *metrics;   /* as `listen`, for GET /metrics alone; NULL or empty: none */
	int metrics_fd; /* inherited; 0: none */
	const char *rpc_path; /* socket of the store, when rpc_fd is -1 */
	/* Tells the service manager the state ("READY=1"); NULL: there is none. */
	void (*notify)(const char *state);
	unsigned long long watchdog_us; /* longest silence it allows; 0: any */
	bool secure; /* cookies for HTTPS only; implied by a public_url of https */
};

/* Serves until SIGTERM or SIGINT, or until the store closes an inherited socket. rpc_fd:
 * connected socket of the store, taken over; or -1. Returns the exit status: 0 after an
 * orderly stop. */
int metod_web_main(int rpc_fd, const struct metod_web_config *config);
