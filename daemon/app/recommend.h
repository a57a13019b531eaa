/* SPDX-License-Identifier: Apache-2.0
 * What recommend.c and send.c share. */
#pragma once

#include "mentoring.h"

/* Recommendations by code, within the scope of the caller's roles in `who`. */
enum metod_err recommendation_find(struct metod_call *call, unsigned who,
    struct metod_str code, struct metod_recommendation *ret);
