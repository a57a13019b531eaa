/* SPDX-License-Identifier: Apache-2.0
 * Between verify.c, which reads a store that may be damaged, and child.c, which gives it
 * a process of its own. */
#pragma once

#include "internal.h"

/* In this process. `err` is filled unless all is well. scratch_file NULL: no replay. */
enum metod_err metod_check_file(const char *file, const char *scratch_file,
    struct metod_verify_report *ret, struct store_state *ret_state,
    struct metod_error *err);
