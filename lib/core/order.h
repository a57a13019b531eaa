/* SPDX-License-Identifier: Apache-2.0
 * Stable sorting of indices in arena memory (libc's qsort may allocate). Internal to
 * lib/core. */
#pragma once

#include "metod/base.h"

/* True when item x comes before item y. */
typedef bool metod_before(const void *context, size_t x, size_t y);

/* The n indices 0..n-1 in order; equal items keep their index order. In the arena. */
size_t *metod_order(
    size_t n, metod_before *before, const void *context, struct metod_arena *arena);
