/* SPDX-License-Identifier: Apache-2.0
 * Pre-scan of msgpack bytes: is this one object, within the limits, and where does it
 * end? One loop over tokens, no allocation, no recursion, no look at values. The decoder
 * sizes its memory by announced counts; therefore it only ever sees what passed here.
 * Invariant: at + pending <= cap and items + pending <= items_max, since every announced
 * element takes a byte at least. */
#include "metod/wire.h"

_Static_assert(
    sizeof(size_t) == 8, "sums of announced sizes are taken without overflow checks");

enum shape { SCALAR, BYTES, ARRAY, MAP, BAD };

/* One token: `head` bytes with type and size, then `body` bytes or `children` tokens. */
struct token {
	enum shape shape;
	size_t head, body, children;
};

/* clang-format off */
/* Types 0xc0..0xdf: shape, and the bytes of the value or of its size. */
static const struct {
	uint8_t shape, bytes;
} types[32] = {
    {SCALAR, 0}, {BAD, 0}, {SCALAR, 0}, {SCALAR, 0},       /* nil, 0xc1, false, true */
    {BYTES, 1}, {BYTES, 2}, {BYTES, 4},                    /* bin */
    {BAD, 0}, {BAD, 0}, {BAD, 0},                          /* ext */
    {SCALAR, 4}, {SCALAR, 8},                              /* float */
    {SCALAR, 1}, {SCALAR, 2}, {SCALAR, 4}, {SCALAR, 8},    /* uint */
    {SCALAR, 1}, {SCALAR, 2}, {SCALAR, 4}, {SCALAR, 8},    /* int */
    {BAD, 0}, {BAD, 0}, {BAD, 0}, {BAD, 0}, {BAD, 0},      /* fixext */
    {BYTES, 1}, {BYTES, 2}, {BYTES, 4},                    /* str */
    {ARRAY, 2}, {ARRAY, 4}, {MAP, 2}, {MAP, 4},
};
/* clang-format on */

void metod_prescan_init(struct metod_prescan_state *state, size_t cap)
{
	*state = (struct metod_prescan_state){
	    .cap = cap,
	    .items_max =
		cap <= METOD_MSG_MAX ? METOD_MSG_ITEMS_MAX : METOD_REPLY_ITEMS_MAX,
	    .pending = 1,
	};
}

/* Reads type and size at p; false when the size bytes have not all arrived. n > 0. */
static bool read_token(const uint8_t *p, size_t n, struct token *ret)
{
	uint8_t type = p[0];
	size_t size = 0, bytes;

	*ret = (struct token){SCALAR, 1, 0, 0};
	if (type < 0x80 || type >= 0xe0)
		return true;
	if (type < 0xc0) {
		ret->shape = type < 0x90 ? MAP : type < 0xa0 ? ARRAY : BYTES;
		size = type & (ret->shape == BYTES ? 0x1f : 0x0f);
	} else {
		ret->shape = (enum shape)types[type - 0xc0].shape;
		bytes = types[type - 0xc0].bytes;
		if (ret->shape == SCALAR) {
			ret->body = bytes;
			return true;
		}
		ret->head += bytes;
		if (n < ret->head)
			return ret->shape == BAD;
		for (size_t i = 1; i <= bytes; i++)
			size = size << 8 | p[i];
	}
	if (ret->shape == BYTES)
		ret->body = size;
	else
		ret->children = ret->shape == MAP ? 2 * size : size;
	return true;
}

/* Does the token keep the invariant? No sum can overflow: sizes are below 2^34. */
static bool admit(const struct metod_prescan_state *state, const struct token *token)
{
	size_t pending = state->pending - 1 + token->children;

	if (token->shape == BAD)
		return false;
	if ((token->shape == ARRAY || token->shape == MAP) &&
	    state->depth == METOD_DEPTH_MAX)
		return false;
	return state->items + 1 + pending <= state->items_max &&
	    state->at + token->head + token->body + pending <= state->cap;
}

/* Counts the token; true when it ends the object. */
static bool finish(struct metod_prescan_state *state, const struct token *token)
{
	state->at += token->head + token->body;
	state->items++;
	state->pending += token->children;
	state->pending--;
	if (token->children) {
		state->left[state->depth++] = (uint32_t)token->children;
		return false;
	}
	while (state->depth && --state->left[state->depth - 1] == 0)
		state->depth--;
	return state->depth == 0;
}

enum metod_scanned metod_prescan(
    const uint8_t *p, size_t n, struct metod_prescan_state *state, size_t *ret_len)
{
	while (state->at < n) {
		struct token token;

		if (!read_token(p + state->at, n - state->at, &token))
			return METOD_SCAN_MORE;
		if (!admit(state, &token))
			return METOD_SCAN_HOSTILE;
		if (n - state->at < token.head + token.body)
			return METOD_SCAN_MORE;
		if (finish(state, &token)) {
			*ret_len = state->at;
			return METOD_SCAN_COMPLETE;
		}
	}
	return METOD_SCAN_MORE;
}
