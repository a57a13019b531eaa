/* SPDX-License-Identifier: Apache-2.0
 * End of a request, for the files that answer and ask. */
#pragma once

struct web_request;

/* The answer has been handed over: `ev` is NULL from now on. Call just before the library
 * gets it. */
void web_sent(struct web_request *rq, int status);
/* Frees the request when it is answered (or its connection is gone) and no call is out.
 */
void web_release(struct web_request *rq);
