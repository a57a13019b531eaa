/* SPDX-License-Identifier: Apache-2.0
 * Decoded records that never change once stored. */
#pragma once

#include "internal.h"

struct metod_frozen *frozen_new(void);
void frozen_free(struct metod_frozen *frozen);
/* Row of the table by `key`; what *ret points to lives as long as the app or the call. */
enum metod_err frozen_get(struct metod_call *call, enum metod_table table,
    const struct metod_desc *desc, struct metod_str id, struct metod_str version,
    const void *key, void *ret);
/* Form, framework and parameters made ready for measuring (measure.c); lives like the
 * records above. */
struct gauge;
const struct gauge *frozen_gauge(struct metod_call *call, const struct metod_form *form,
    const struct metod_framework *framework, const struct metod_paramset *set);
const struct gauge *gauge_new(const struct metod_form *form,
    const struct metod_framework *framework, const struct metod_paramset *set,
    struct metod_arena *arena);
/* A number of a wave that is dear to count and may be a minute old: false when it must be
 * counted. */
bool frozen_minutes(struct metod_call *call, uint64_t wave, uint64_t *ret);
void frozen_keep_minutes(struct metod_call *call, uint64_t wave, uint64_t minutes);
