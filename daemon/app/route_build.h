/* SPDX-License-Identifier: Apache-2.0
 * Building routes while it runs: route_build.c reads and records, route_plan.c plans one
 * teacher.
 */
#pragma once

#include "results.h"

#include "metod/route.h"
#include "route.h"

struct planned {
	struct metod_route route;
	bool changed, no_need, empty;
	bool counted; /* may be part of a count that somebody else sees */
	int64_t gap;  /* thousandths; METOD_NIL: nothing was chosen */
};
/* Everything read from the snapshot, so that it can be let go before the computing. */
struct build {
	struct metod_call *call;
	const struct metod_route_build_req *req;
	struct metod_wave wave;
	struct metod_framework framework;
	struct territory territory;
	struct catalogue {
		struct metod_activity *rows;
		struct metod_activity_in *in;
		size_t n;
	} catalogue;
	struct task {
		struct metod_profile profile;
		struct metod_person person;
		struct metod_wants wants;
		struct metod_route previous; /* version 0: none */
		bool counted;
	} * tasks;
	size_t n_tasks;
	int32_t week_from, week_to;
};

int32_t week_of(int64_t days); /* weeks since 1970-01-01, from Monday */
int64_t monday_of(int32_t week);
/* New version of one teacher's route; the working memory is in `scratch`, the route is
 * not. */
enum metod_err plan_route(const struct build *b, const struct task *task,
    struct metod_arena *scratch, struct planned *ret);
