/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "audit.h"

/* Draws, plays and audits the territory of this number; says how many publications it
 * had. */
size_t territory_audit(uint64_t number, bool say, struct audit_found *found);
