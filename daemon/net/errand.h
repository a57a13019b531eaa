/* SPDX-License-Identifier: Apache-2.0
 * For the errands of metodd that talk to a person. */
#pragma once

#include "metod/i18n.h"

/* metodctl, which starts some errands, names its language; else English, like the log. */
enum metod_lang metod_errand_lang(void);
/* Errors speak it from here on. */
void metod_errand_speak(void);
#define TR(msgid) metod_tr(metod_errand_lang(), msgid)
#define ULL(number) (unsigned long long)(number)
/* "2026-11-22 10:31 UTC"; `out` holds 32 bytes. */
const char *metod_errand_moment(int64_t ms, char *out);
