/* SPDX-License-Identifier: Apache-2.0
 * What bench_fill and bench_profile must agree on. */
#pragma once

#include "metod/base.h"

/* Id of a begun sheet, and of its person and invitation: 53 bits, never 0. */
static inline uint64_t bench_id(uint64_t number)
{
	return metod_hash64(1, &number, sizeof(number)) >> 11 | 1;
}
