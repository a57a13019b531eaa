/* SPDX-License-Identifier: Apache-2.0
 * The head of a request as bytes, before the HTTP library sees it. Strict: CR LF and
 * nothing else ends a line, no control characters, no folding, one space where one
 * belongs. Pure. */
#pragma once

#include "gate.h"

/* Where the look at a head has got to. Zero: nothing has come. */
struct web_look {
	unsigned char at;
	bool first; /* the request line has passed */
	size_t n;   /* bytes looked at */
};

/* Looks at the next bytes of a head. 0: so far good, and *ret_whole says whether it ended
 * with the *ret_n-th of them. Else the status of the refusal: 400, 414 or 431. */
int web_look(
    struct web_look *look, const char *bytes, size_t n, size_t *ret_n, bool *ret_whole);

/* Takes a whole head apart; everything of *ret points into `bytes` or lies in the arena.
 * 0, 400, or 431 for too many headers. Whether they make sense is for the gate. */
int web_head_parse(
    struct metod_str bytes, struct metod_arena *arena, struct web_head *ret);
