/* SPDX-License-Identifier: Apache-2.0
 * Counting one wave into releases: which answers enter now, and what may be shown of
 * every scope.
 */
#pragma once

#include "results.h"

struct aggregate_result {
	struct metod_release *releases; /* new ones only; the others stay as they are */
	size_t n_releases;
	uint64_t answers; /* all answers of the wave that may be counted */
	uint64_t waiting; /* of them: in no organisation's release yet */
};
/* Counts the profiles of the wave on the snapshot of the call. Everything lives in
 * call->arena. */
enum metod_err aggregate_wave(
    struct metod_call *call, const struct metod_wave *wave, struct aggregate_result *ret);
