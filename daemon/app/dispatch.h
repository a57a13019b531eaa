/* SPDX-License-Identifier: Apache-2.0
 * Constants the dispatcher shares with use cases. */
#pragma once

#include "internal.h"

/* How long the browser that sent the answers may show the result. */
#define RESULT_SESSION_MS (180LL * 86400000)
