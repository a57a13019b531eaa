/* SPDX-License-Identifier: Apache-2.0
 * Bottom-up merge sort over indices. Knows nothing about the items but their order. */
#include "order.h"

static void merge(const size_t *from, size_t *to, size_t lo, size_t mid, size_t hi,
    metod_before *before, const void *context)
{
	size_t x = lo, y = mid;
	for (size_t at = lo; at < hi; at++) {
		bool right = x == mid || (y < hi && before(context, from[y], from[x]));
		to[at] = right ? from[y++] : from[x++];
	}
}

size_t *metod_order(
    size_t n, metod_before *before, const void *context, struct metod_arena *arena)
{
	size_t *from = METOD_NEWS(arena, n + 1, size_t);
	size_t *to = METOD_NEWS(arena, n + 1, size_t);

	for (size_t i = 0; i < n; i++)
		from[i] = i;
	for (size_t width = 1; width < n; width *= 2) {
		for (size_t lo = 0; lo < n; lo += 2 * width) {
			size_t mid = lo + width < n ? lo + width : n;
			size_t hi = lo + 2 * width < n ? lo + 2 * width : n;
			merge(from, to, lo, mid, hi, before, context);
		}
		size_t *swap = from;
		from = to;
		to = swap;
	}
	return from;
}
