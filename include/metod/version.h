/* SPDX-License-Identifier: Apache-2.0
 * One version for both programs. */
#pragma once

#define METOD_VERSION_TEXT "0.1.0"
#define METOD_PROTO 1
