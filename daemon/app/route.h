/* SPDX-License-Identifier: Apache-2.0
 * What route.c and route_build.c share. */
#pragma once

#include "internal.h"

/* METOD_PIN: this session may not see the result. */
enum metod_err result_closed(struct metod_call *call);
/* Certified gap of a stored route, thousandths of its bound. */
int64_t route_gap(const struct metod_route *route);
