/* SPDX-License-Identifier: Apache-2.0
 * Key material: opening, closing, and the small secrets made from it. */
#pragma once

#include <stdlib.h>

#include "internal.h"

enum metod_err keys_open(
    const char *keys_dir, struct metod_secrets **ret, struct metod_error *err);
void keys_close(struct metod_secrets *keys); /* wipes; NULL allowed */
/* BLAKE2b-128 over a, a zero byte, b. */
void digest16(const void *a, size_t an, const void *b, size_t bn, uint8_t ret[16]);
/* Of an idempotency key, to know it again when the rest is erased. Fits an id. */
uint64_t key_digest(const struct metod_secrets *keys, struct metod_str key);
struct metod_str hex_text(const uint8_t *bytes, size_t n, struct metod_arena *arena);
bool hex_bytes(struct metod_str text, uint8_t *to, size_t n); /* exactly n bytes */
/* Text of an access token; made from its id, so that a repeated command can show it
 * again. */
struct metod_str token_text(
    struct metod_app *app, uint64_t token, struct metod_arena *arena);
void token_hash(struct metod_app *app, struct metod_str text, uint8_t ret[32]);
