/* SPDX-License-Identifier: Apache-2.0
 * Building routes: profiles, wishes and earlier steps in, new versions out; the choice itself is
 * lib/core. A methodist starts it for a wave and sees counts only; a teacher starts his own.
 * What a teacher has decided about a step is never changed here. */
#include "results.h"

#include <stdlib.h>

#include "metod/route.h"
#include "route.h"

enum {
	NEEDS_MAX = 5,
	STEPS_MAX = 64,
	WISH_DEPTH = 300, /* of a wish that was not measured, as in lib/core */
	HOURS = 36,
	WEEKLY = 4,
	VERSION_MAX = 100000,
};

struct planned {
	struct metod_route route;
	bool changed, no_need, empty;
	bool counted; /* may be part of a count that somebody else sees */
	int64_t gap;  /* thousandths; METOD_NIL: nothing was chosen */
};
struct build_plan {
	struct planned *routes;
	size_t n;
	bool own;
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
	} *tasks;
	size_t n_tasks;
	int32_t week_from, week_to;
};

/* ---- who may build what ---- */

/* *ret_person: the one person to build for, 0: everybody of the wave. */
static enum metod_err authorise(struct metod_call *call, const struct metod_route_build_req *req,
    struct metod_wave *ret_wave, uint64_t *ret_person)
{
	struct metod_person person;
	struct metod_grant grant;
	bool methodist = call->caller.who & METOD_METHODIST;
	bool self = gate_self(call, &person) == METOD_OK;
	*ret_person = 0;
	*call->err = (struct metod_error){0};
	if (self && (req->teacher.n ? metod_str_eq(req->teacher, person.code) : !methodist)) {
		*ret_person = person.id;
		if (!call->caller.result)
			return result_closed(call);
		uint64_t only = session_wave(call);
		if (wave_by_code(call, req->wave, ret_wave) != METOD_OK ||
		    (only != WAVE_ALL && only != ret_wave->id))
			return gate_not_found(call, "wave");
		return METOD_OK;
	}
	if (!methodist)
		return gate_not_found(call, "teacher");
	enum metod_err code = gate_wave(call, METOD_METHODIST, req->wave, true, ret_wave);
	if (code != METOD_OK || req->teacher.n == 0)
		return code;
	/* The counts of one person are his result: they need his act. */
	code = gate_person(call, METOD_METHODIST, req->teacher, &person);
	if (code == METOD_OK && !grant_in_force(call, person.id, "show_methodist", &grant))
		return gate_not_found(call, "teacher");
	*ret_person = person.id;
	return code;
}

/* ---- reading ---- */

static int32_t week_of(int64_t days)
{
	return (int32_t)((days + 3) / 7); /* 1970-01-01 was a Thursday */
}

static int64_t monday_of(int32_t week)
{
	return (int64_t)week * 7 - 3;
}

/* From the next Monday to the end of the school year; from May on, to the end of the next one. */
static void set_calendar(struct build *b)
{
	int year, month, day;
	metod_civil_from_days(b->call->today, &year, &month, &day);
	if (b->call->today > metod_days_from_civil(year, 5, 1))
		year++;
	b->week_from = week_of(b->call->today) + 1;
	b->week_to = week_of(metod_days_from_civil(year, 5, 31));
}

static uint64_t place_municipality(const struct build *b, struct metod_str place)
{
	for (size_t i = 0; place.n && i < b->territory.n; i++)
		if (metod_str_eq(b->territory.orgs[i].code, place))
			return territory_municipality(&b->territory, b->territory.orgs[i].id);
	return 0;
}

static void activity_sessions(struct build *b, const struct metod_activity *row,
    struct metod_activity_in *in)
{
	in->sessions = METOD_NEWS(b->call->arena, row->sessions.n + 1, struct metod_session_in);
	for (size_t i = 0; i < row->sessions.n; i++) {
		const struct metod_session *session = &row->sessions.p[i];
		in->sessions[in->n_sessions++] = (struct metod_session_in){.id = session->id,
		    .week_from = week_of(session->start), .week_to = week_of(session->finish),
		    .weekly_minutes = (uint32_t)session->weekly_hours * 60,
		    .seats = (uint32_t)session->seats,
		    .municipality = place_municipality(b, session->place)};
	}
}

static uint64_t activity_id(const struct catalogue *catalogue, struct metod_str code)
{
	for (size_t i = 0; i < catalogue->n; i++)
		if (metod_str_eq(catalogue->rows[i].code, code))
			return catalogue->rows[i].id;
	return 0;
}

static void activity_in(struct build *b, const struct metod_activity *row,
    struct metod_activity_in *in)
{
	struct metod_str format = row->format;
	*in = (struct metod_activity_in){.id = row->id, .kind = row->kind,
	    .minutes = (uint32_t)row->hours * 60, .positions = row->positions,
	    .subjects = row->subjects};
	in->formats = formats_mask((struct metod_strs){&format, 1});
	in->gains = METOD_NEWS(b->call->arena, row->gains.n + 1, struct metod_gain);
	for (size_t i = 0; i < row->gains.n; i++) {
		size_t at = competency_index(&b->framework, row->gains.p[i].competency);
		if (at != SIZE_MAX)
			in->gains[in->n_gains++] =
			    (struct metod_gain){(uint32_t)at, (int32_t)row->gains.p[i].gain};
	}
	in->prereq = METOD_NEWS(b->call->arena, row->prereq.n + 1, uint64_t);
	for (size_t i = 0; i < row->prereq.n; i++)
		in->prereq[in->n_prereq++] = activity_id(&b->catalogue, row->prereq.p[i]);
	activity_sessions(b, row, in);
}

static void read_catalogue(struct build *b)
{
	struct catalogue *c = &b->catalogue;
	size_t cap = (size_t)metod_table_count(b->call->txn, METOD_T_ACTIVITY);
	struct metod_scan *scan = metod_scan_table(b->call->txn, METOD_T_ACTIVITY, NULL, 0);
	c->rows = METOD_NEWS(b->call->arena, cap + 1, struct metod_activity);
	c->in = METOD_NEWS(b->call->arena, cap + 1, struct metod_activity_in);
	while (c->n < cap && next_row(scan, b->call->arena, &c->rows[c->n]))
		c->n++;
	metod_scan_end(scan);
	for (size_t i = 0; i < c->n; i++)
		activity_in(b, &c->rows[i], &c->in[i]);
}

static void add_task(struct build *b, const struct metod_profile *profile)
{
	struct metod_call *call = b->call;
	struct task *task = &b->tasks[b->n_tasks];
	struct metod_wants key = {.wave = b->wave.id, .person = profile->person};
	struct metod_profile newest;
	*task = (struct task){.profile = *profile};
	if (person_by_id(call, profile->person, &task->person) != METOD_OK)
		return;
	if (metod_get(call->txn, METOD_T_WANTS, &key, call->arena, &task->wants) != METOD_OK)
		task->wants = (struct metod_wants){0};
	if (newest_route(call, profile->person, &task->previous) != METOD_OK)
		task->previous = (struct metod_route){0};
	/* The route of a later wave is not built back. */
	if (task->previous.version && task->previous.wave != b->wave.id &&
	    (newest_profile(call, profile->person, &newest) != METOD_OK || newest.wave != b->wave.id))
		return;
	task->counted = b->wave.published_at != METOD_NIL && profile->at <= b->wave.published_at &&
	    agreed_to_counts(call, profile->attempt);
	b->n_tasks++;
}

static enum metod_err read_tasks(struct build *b, uint64_t person)
{
	struct profiles profiles = {0};
	struct metod_profile one, key = {.wave = b->wave.id, .person = person};
	if (person) {
		if (metod_get(b->call->txn, METOD_T_PROFILE, &key, b->call->arena, &one) != METOD_OK)
			return gate_not_found(b->call, "wave");
		profiles = (struct profiles){&one, 1};
	} else {
		profiles_load(b->call, b->wave.id, &profiles);
	}
	b->tasks = METOD_NEWS(b->call->arena, profiles.n + 1, struct task);
	for (size_t i = 0; i < profiles.n; i++)
		add_task(b, &profiles.p[i]);
	return METOD_OK;
}

/* ---- one teacher ---- */

static bool is_kept(const struct metod_route_step *step)
{
	return !metod_str_is(step->state, "proposed");
}

static bool is_refused(const struct metod_route_step *step)
{
	return metod_str_is(step->state, "refused");
}

static bool is_past(const struct metod_route_step *step)
{
	return metod_str_is(step->state, "passed") || metod_str_is(step->state, "accepted");
}

static const struct metod_activity_in *find_activity(const struct catalogue *c, uint64_t id)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->in[i].id == id)
			return &c->in[i];
	return NULL;
}

/* Largest needs first; equal ones in framework order. Cells come in framework order. */
static size_t largest_needs(const struct build *b, const struct metod_profile *profile,
    struct metod_strength needs[NEEDS_MAX])
{
	size_t n = 0;
	for (size_t i = 0; i < profile->cells.n; i++) {
		const struct metod_profile_cell *cell = &profile->cells.p[i];
		size_t at = competency_index(&b->framework, cell->competency);
		bool open = cell->state == METOD_STATE_NEED || cell->state == METOD_STATE_UNCLEAR;
		if (!open || at == SIZE_MAX || cell->need == METOD_NIL || cell->need <= 0)
			continue;
		struct metod_strength need = {(uint32_t)at, (int32_t)((2 * cell->need + 3) / 6)};
		size_t to = n < NEEDS_MAX ? n++ : NEEDS_MAX;
		for (; to > 0 && needs[to - 1].value < need.value; to--)
			if (to < NEEDS_MAX)
				needs[to] = needs[to - 1];
		if (to < NEEDS_MAX)
			needs[to] = need;
	}
	return n;
}

static bool has_need(const struct metod_profile *profile)
{
	for (size_t i = 0; i < profile->cells.n; i++)
		if (profile->cells.p[i].state == METOD_STATE_NEED)
			return true;
	return false;
}

/* What the kept steps give towards a competency. */
static int64_t kept_gain(const struct build *b, const struct metod_route *previous,
    uint32_t competency)
{
	int64_t sum = 0;
	for (size_t i = 0; i < previous->steps.n; i++) {
		const struct metod_route_step *step = &previous->steps.p[i];
		const struct metod_activity_in *in = find_activity(&b->catalogue, step->activity);
		if (!is_kept(step) || is_refused(step) || !in)
			continue;
		for (size_t g = 0; g < in->n_gains; g++)
			sum += in->gains[g].competency == competency ? in->gains[g].gain : 0;
	}
	return sum;
}

/* Needs and wishes that the kept steps leave open. */
static void open_needs(const struct build *b, const struct task *task, struct metod_arena *arena,
    struct metod_route_teacher *ret)
{
	struct metod_strength needs[NEEDS_MAX + METOD_WISHES_MAX];
	size_t n = largest_needs(b, &task->profile, needs), wished = 0;
	uint32_t wishes[METOD_WISHES_MAX];
	for (size_t i = 0; i < task->wants.competencies.n && wished < METOD_WISHES_MAX; i++) {
		size_t at = competency_index(&b->framework, task->wants.competencies.p[i]), k = 0;
		if (at == SIZE_MAX)
			continue;
		wishes[wished++] = (uint32_t)at;
		while (k < n && needs[k].competency != at)
			k++;
		if (k == n)
			needs[n++] = (struct metod_strength){(uint32_t)at, WISH_DEPTH};
	}
	ret->needs = METOD_NEWS(arena, n + 1, struct metod_strength);
	ret->wishes = METOD_NEWS(arena, wished + 1, uint32_t);
	for (size_t i = 0; i < n; i++) {
		int64_t left = needs[i].value - kept_gain(b, &task->previous, needs[i].competency);
		if (left <= 0)
			continue;
		ret->needs[ret->n_needs++] = (struct metod_strength){needs[i].competency, (int32_t)left};
		for (size_t w = 0; w < wished; w++)
			if (wishes[w] == needs[i].competency)
				ret->wishes[ret->n_wishes++] = wishes[w];
	}
}

/* The catalogue for a teacher who has passed something: that is no prerequisite any more. */
static struct metod_activity_in *own_catalogue(const struct build *b,
    const struct metod_route *previous, struct metod_arena *arena)
{
	size_t past = 0;
	for (size_t i = 0; i < previous->steps.n; i++)
		past += is_past(&previous->steps.p[i]);
	if (past == 0)
		return b->catalogue.in;
	struct metod_activity_in *own = METOD_NEWS(arena, b->catalogue.n + 1, struct metod_activity_in);
	for (size_t a = 0; a < b->catalogue.n; a++) {
		own[a] = b->catalogue.in[a];
		own[a].prereq = METOD_NEWS(arena, own[a].n_prereq + 1, uint64_t);
		own[a].n_prereq = 0;
		for (size_t k = 0; k < b->catalogue.in[a].n_prereq; k++) {
			bool met = false;
			for (size_t i = 0; i < previous->steps.n && !met; i++)
				met = is_past(&previous->steps.p[i]) &&
				    previous->steps.p[i].activity == b->catalogue.in[a].prereq[k];
			if (!met)
				own[a].prereq[own[a].n_prereq++] = b->catalogue.in[a].prereq[k];
		}
	}
	return own;
}

static void teacher_of(const struct build *b, const struct task *task, struct metod_arena *arena,
    struct metod_route_teacher *ret)
{
	uint64_t hours = b->req->hours ? b->req->hours : HOURS;
	uint64_t weekly = b->req->weekly ? b->req->weekly : WEEKLY;
	uint64_t minutes = hours * 60, kept = 0;
	*ret = (struct metod_route_teacher){.id = task->person.id,
	    .municipality = territory_municipality(&b->territory, task->person.org),
	    .formats = formats_mask(task->person.formats), .position = task->person.position,
	    .subject = first_subject(&task->person), .minutes_week = (uint32_t)weekly * 60,
	    .week_from = b->week_from, .week_to = b->week_to};
	ret->refused = METOD_NEWS(arena, task->previous.steps.n + 1, uint64_t);
	for (size_t i = 0; i < task->previous.steps.n; i++) {
		const struct metod_route_step *step = &task->previous.steps.p[i];
		if (!is_kept(step))
			continue;
		ret->refused[ret->n_refused++] = step->activity; /* neither refused nor twice */
		kept += is_refused(step) ? 0 : step->minutes;
	}
	ret->minutes_total = (uint32_t)(minutes > kept ? minutes - kept : 0);
	open_needs(b, task, arena, ret);
}

/* ---- the new version ---- */

static const struct metod_activity *find_row(const struct catalogue *c, uint64_t id)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->rows[i].id == id)
			return &c->rows[i];
	return NULL;
}

static void step_of(const struct build *b, const struct metod_route_item *item,
    struct metod_route_step *ret)
{
	const struct metod_activity *row = find_row(&b->catalogue, item->activity);
	const struct metod_activity *instead = find_row(&b->catalogue, item->instead);
	metod_record_init(&metod_route_step_desc, ret);
	ret->activity = item->activity;
	ret->code = row->code;
	ret->session = item->session;
	ret->state = METOD_STR("proposed");
	ret->start = monday_of(item->week_from);
	ret->finish = monday_of(item->week_to) + 6;
	for (size_t i = 0; i < row->sessions.n; i++)
		if (row->sessions.p[i].id == item->session) {
			ret->start = row->sessions.p[i].start;
			ret->finish = row->sessions.p[i].finish;
		}
	ret->minutes = item->minutes;
	ret->serves = b->framework.competencies.p[item->serves].id;
	ret->gain = item->gain;
	ret->instead = instead ? instead->code : METOD_STR("");
	ret->prerequisite = item->prerequisite;
}

static int step_order(const void *a, const void *b)
{
	const struct metod_route_step *x = a, *y = b;
	if (x->start != y->start)
		return (x->start > y->start) - (x->start < y->start);
	return metod_str_cmp(x->code, y->code);
}

static void fill_steps(const struct build *b, const struct task *task,
    const struct metod_route_result *result, struct metod_route *ret)
{
	size_t kept = 0;
	ret->steps.p = METOD_NEWS(b->call->arena, STEPS_MAX + task->previous.steps.n,
	    struct metod_route_step);
	for (size_t i = 0; i < task->previous.steps.n; i++)
		if (is_kept(&task->previous.steps.p[i]))
			ret->steps.p[kept++] = task->previous.steps.p[i];
	ret->steps.n = kept;
	for (size_t i = 0; i < result->n_items && ret->steps.n < STEPS_MAX; i++)
		step_of(b, &result->items[i], &ret->steps.p[ret->steps.n++]);
	qsort(ret->steps.p, ret->steps.n, sizeof *ret->steps.p, step_order);
	for (size_t i = 0; i < ret->steps.n; i++) {
		ret->steps.p[i].n = i + 1;
		ret->minutes += is_refused(&ret->steps.p[i]) ? 0 : ret->steps.p[i].minutes;
	}
}

static bool same_strs(struct metod_strs a, struct metod_strs b)
{
	bool same = a.n == b.n;
	for (size_t i = 0; i < a.n && same; i++)
		same = metod_str_eq(a.p[i], b.p[i]);
	return same;
}

static bool same_route(const struct metod_route *a, const struct metod_route *b)
{
	bool same = a->wave == b->wave && a->steps.n == b->steps.n && a->no_need == b->no_need &&
	    same_strs(a->uncovered, b->uncovered);
	for (size_t i = 0; i < a->steps.n && same; i++) {
		const struct metod_route_step *x = &a->steps.p[i], *y = &b->steps.p[i];
		same = x->activity == y->activity && x->session == y->session &&
		    x->start == y->start && x->finish == y->finish &&
		    metod_str_eq(x->state, y->state) && metod_str_eq(x->serves, y->serves);
	}
	return same;
}

static enum metod_err plan_route(const struct build *b, const struct task *task,
    struct metod_arena *scratch, struct planned *ret)
{
	struct metod_route *route = &ret->route;
	struct metod_route_teacher teacher;
	struct metod_route_result result = {0};
	metod_record_init(&metod_route_desc, route);
	teacher_of(b, task, scratch, &teacher);
	*ret = (struct planned){.route = *route, .counted = task->counted, .gap = METOD_NIL};
	ret->no_need = route->no_need = !has_need(&task->profile) && task->wants.competencies.n == 0;
	if (!ret->no_need) {
		enum metod_err code = metod_route_solve(&teacher,
		    own_catalogue(b, &task->previous, scratch), b->catalogue.n, scratch, &result,
		    b->call->err);
		if (code != METOD_OK)
			return code;
	}
	route->person = task->person.id;
	route->version = task->previous.version + 1;
	route->wave = b->wave.id;
	route->at = b->call->now_ms;
	route->value = result.value > 0 ? result.value : 0;
	route->bound = result.bound > route->value ? result.bound : route->value;
	route->uncovered.p = METOD_NEWS(b->call->arena, result.n_uncovered + 1, struct metod_str);
	for (size_t i = 0; i < result.n_uncovered; i++)
		route->uncovered.p[route->uncovered.n++] =
		    b->framework.competencies.p[result.uncovered[i]].id;
	fill_steps(b, task, &result, route);
	ret->empty = !ret->no_need && route->steps.n == 0;
	ret->changed = task->previous.version == 0 || !same_route(route, &task->previous);
	if (result.n_items)
		ret->gap = route_gap(route);
	return METOD_OK;
}

/* ---- the command ---- */

enum metod_err metod_prepare_route_build(struct metod_call *call, const void *request)
{
	struct build b = {.call = call, .req = request};
	struct build_plan *plan = METOD_NEW(call->arena, struct build_plan);
	uint64_t person;
	enum metod_err code = authorise(call, b.req, &b.wave, &person);
	if (code == METOD_OK)
		code = framework_of(call, b.wave.framework, &b.framework);
	if (code != METOD_OK)
		return code;
	territory_load(call, &b.territory);
	read_catalogue(&b);
	set_calendar(&b);
	code = read_tasks(&b, person);
	if (code != METOD_OK)
		return code;
	snapshot_done(call);
	plan->own = person != 0;
	plan->routes = METOD_NEWS(call->arena, b.n_tasks + 1, struct planned);
	struct metod_arena *scratch = metod_arena_new();
	for (size_t i = 0; i < b.n_tasks && code == METOD_OK; i++) {
		metod_arena_clear(scratch);
		code = plan_route(&b, &b.tasks[i], scratch, &plan->routes[plan->n++]);
	}
	metod_arena_free(scratch);
	call->plan = plan;
	return code;
}

/* Is the plan still about what is stored? Withdrawn answers and a teacher's new decisions win. */
static bool still_true(struct metod_call *call, const struct metod_route *route)
{
	struct metod_profile profile, key = {.wave = route->wave, .person = route->person};
	struct metod_route newest;
	if (metod_get(call->txn, METOD_T_PROFILE, &key, call->arena, &profile) != METOD_OK)
		return false;
	uint64_t version =
	    newest_route(call, route->person, &newest) == METOD_OK ? newest.version : 0;
	return version + 1 == route->version && route->version <= VERSION_MAX;
}

/* A count that may leave: of one's own all; of others the exact number where the rule shows it.
 * Counted over published answers only, so that a build after each answer tells nothing of it. */
static uint64_t open_count(const struct build_plan *plan, uint64_t counted, uint64_t part)
{
	struct metod_count cell = {counted, part};
	return plan->own ? part : metod_smallgroup_show(cell).part;
}

static void report(const struct build_plan *plan, struct metod_route_build_rep *rep)
{
	uint64_t counted = 0, no_need = 0, empty = 0;
	int64_t gaps = 0, n_gaps = 0;
	for (size_t i = 0; i < plan->n; i++) {
		const struct planned *one = &plan->routes[i];
		if (!plan->own && !one->counted)
			continue;
		counted++;
		no_need += one->no_need;
		empty += one->empty;
		gaps += one->gap == METOD_NIL ? 0 : one->gap;
		n_gaps += one->gap != METOD_NIL;
	}
	rep->profiles = plan->n;
	rep->no_need = open_count(plan, counted, no_need);
	rep->empty = open_count(plan, counted, empty);
	rep->built = plan->n - rep->no_need - rep->empty;
	if (n_gaps >= (plan->own ? 1 : METOD_K))
		rep->gap = gaps / n_gaps;
}

enum metod_err metod_do_route_build(struct metod_call *call, const void *request, void *reply)
{
	const struct build_plan *plan = call->plan;
	struct metod_wave wave;
	uint64_t person;
	enum metod_err code = authorise(call, request, &wave, &person);
	if (code != METOD_OK)
		return code;
	for (size_t i = 0; i < plan->n; i++)
		if (plan->routes[i].changed && still_true(call, &plan->routes[i].route))
			metod_record(call->txn, METOD_E_ROUTE_PUT, &plan->routes[i].route);
	report(plan, reply);
	return METOD_OK;
}
