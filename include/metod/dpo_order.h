/* SPDX-License-Identifier: Apache-2.0
 * Order of further-education programmes (заказ на ДПО): which groups to open and who
 * takes part, with a bound that anybody can recompute (optimisation.md section 4). Pure;
 * integers decide.
 *
 * To be maximised: benefits of the seats taken, less `fixed` of every group opened. A
 * candidate (programme, place, period) with n groups has from n min to n max people; a
 * teacher takes part in at most `limit` candidates, in each once. Amounts are within
 * METOD_DPO_* of limits.h. */
#pragma once

#include "metod/base.h"
#include "metod/errors.h"

enum { METOD_DPO_SCALE = 100 }; /* multipliers are hundredths of a point */

struct metod_dpo_candidate {
	int64_t fixed;             /* points, of one group */
	uint32_t min, max, groups; /* 1 <= min <= max people in a group; most groups */
};
struct metod_dpo_benefit {
	uint32_t candidate;
	int32_t benefit; /* points */
};
/* Benefits of teacher i are benefit[start[i]] .. benefit[start[i + 1] - 1], each
 * candidate at most once. */
struct metod_dpo_order {
	size_t n, m; /* teachers, candidates */
	struct metod_dpo_candidate *candidate;
	uint32_t *limit;
	uint32_t *start;
	struct metod_dpo_benefit *benefit;
};
struct metod_dpo_answer {
	uint32_t *groups;    /* opened, of each candidate */
	bool *taken;         /* of each benefit: this teacher takes part */
	int64_t *multiplier; /* of each teacher, 1/METOD_DPO_SCALE points, >= 0 */
	int64_t value, bound;
	int64_t *without; /* value without this candidate; NULL unless asked for */
};

/* A good order, and a bound no order exceeds. Never worth less than 0: to order nothing
 * is allowed. With `what_if`: for each opened candidate the value when it is not opened
 * and the others, as far as they stay full enough, take who gains most there. */
void metod_dpo_solve(const struct metod_dpo_order *order, bool what_if,
    struct metod_arena *arena, struct metod_dpo_answer *ret);

/* What these multipliers prove: no order is worth more. Whole points, rounded down. */
int64_t metod_dpo_bound(const struct metod_dpo_order *order, const int64_t *multiplier,
    struct metod_arena *arena);

/* Recomputes sizes, limits, value and bound from groups, seats and multipliers alone.
 * METOD_DAMAGED says what does not hold. */
METOD_MUST_CHECK enum metod_err metod_dpo_check(const struct metod_dpo_order *order,
    const struct metod_dpo_answer *answer, struct metod_arena *arena,
    struct metod_error *err);
