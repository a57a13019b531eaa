/* SPDX-License-Identifier: Apache-2.0
 * A route in the making: the courses picked so far, with their weeks and what they are
 * worth. Internal to lib/core. */
#pragma once

#include "route_model.h"

struct metod_plan_pick {
	struct metod_route_step step;
	int32_t from, to; /* weeks */
	int64_t gain;     /* marginal value when it was added, hundredths */
	size_t need;      /* that gained most by it; n_needs: none */
	size_t wanted_by; /* pick that needs it; own index when it stands for itself */
};

struct metod_plan {
	const struct metod_route_model *model;
	struct metod_plan_pick *picks;
	size_t n;
	int64_t *sum;  /* gains per need */
	bool *taken;   /* per course of the model */
	int64_t *load; /* minutes per week of the calendar */
	int64_t minutes, value;
	size_t kinds; /* different kinds of activity */
};

/* Empty, with room for every course; in the arena. */
struct metod_plan metod_plan_new(
    const struct metod_route_model *model, struct metod_arena *arena);
void metod_plan_clear(struct metod_plan *plan);
/* Both are plans of the same model. */
void metod_plan_copy(struct metod_plan *to, const struct metod_plan *from);

/* NULL for a self-paced step. */
const struct metod_session_in *metod_plan_session(
    const struct metod_route_model *model, struct metod_route_step step);
/* Sets the weeks of all picks: sessions where they are, self-paced courses around them in
 * order of picking, which puts prerequisites first. False when it does not fit. The hours
 * in all are not counted here. */
bool metod_plan_schedule(struct metod_plan *plan);
/* Would the weeks hold the step with its missing prerequisites? Changes weeks only. */
bool metod_plan_fits(struct metod_plan *plan, struct metod_route_step step);
/* Adds the step behind its missing prerequisites. */
void metod_plan_take(struct metod_plan *plan, struct metod_route_step step);

/* The plan anew, of these steps in this order, prerequisites first. */
void metod_plan_fill(
    struct metod_plan *plan, const struct metod_route_step *steps, size_t n);

/* Adds the gains of a course to the sums alone; returns what they are worth and which
 * need got most of it (n_needs: none). */
int64_t metod_plan_add(struct metod_plan *plan, size_t course, size_t *ret_need);
void metod_plan_remove(struct metod_plan *plan, size_t course);
/* No pick is of the course's kind yet. */
bool metod_plan_new_kind(const struct metod_plan *plan, size_t course);
