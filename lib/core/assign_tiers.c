/* SPDX-License-Identifier: Apache-2.0
 * Tiers of clients: outside costs that rise until a tier is covered as far as it can be,
 * and ties that never weigh against a point. */
#include "assign_work.h"

#define AMOUNT_MAX (INT64_C(1) << 60)

enum { TIERS = 3 };

int64_t metod_assign_scale(size_t n)
{
	int64_t scale = 1;

	while (scale <= (METOD_TIE_RANGE - 1) * (int64_t)n)
		scale *= 2;
	return scale;
}

int32_t metod_assign_tie(uint64_t season, uint64_t client, uint64_t server)
{
	const uint64_t words[2] = {client, server};

	return (int32_t)(metod_hash64(season, words, sizeof(words)) % METOD_TIE_RANGE);
}

static void count_covered(
    const struct metod_assign *a, const unsigned *tier, size_t ret[TIERS + 1])
{
	for (int t = 0; t <= TIERS; t++)
		ret[t] = 0;
	for (size_t i = 0; i < a->n; i++)
		ret[tier[i]] += a->mate[i] != METOD_ASSIGN_OUT;
}

static enum metod_err set_outside(struct metod_assign *a, const unsigned *tier,
    const int64_t *outside, struct metod_error *err)
{
	for (int t = 1; t <= TIERS; t++)
		if (outside[t] >= AMOUNT_MAX / a->scale / 4)
			return metod_fail(err, METOD_RANGE, "outside",
			    "the outside cost of tier %d is too large for %zu mentees", t,
			    a->n);
	for (size_t i = 0; i < a->n; i++)
		a->outside[i] = -outside[tier[i]] * a->scale;
	return METOD_OK;
}

enum metod_err metod_assign_tiers(struct metod_assign *a, const unsigned *tier,
    int64_t outside[4], bool strict, size_t ret_most[4], struct metod_arena *arena,
    struct metod_error *err)
{
	size_t now[TIERS + 1];

	metod_assign_cover(a, tier, arena, ret_most);
	for (;;) {
		enum metod_err e = set_outside(a, tier, outside, err);
		int short_of;

		if (e)
			return e;
		metod_assign_solve(a);
		count_covered(a, tier, now);
		short_of = now[1] < ret_most[1] ? 1 : now[2] < ret_most[2] ? 2 : 0;
		if (!strict || !short_of)
			return METOD_OK;
		outside[short_of] = 2 * outside[short_of] + 1;
	}
}
