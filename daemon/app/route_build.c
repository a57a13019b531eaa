/* SPDX-License-Identifier: Apache-2.0
 * Building routes: who may, what is read, what is recorded and counted. A methodist
 * starts it for a wave and sees counts only; a teacher starts his own. */
#include "route_build.h"

enum { VERSION_MAX = 100000 };

struct build_plan {
	struct planned *routes;
	size_t n;
	bool own;
};

/* ---- who may build what ---- */

/* *ret_person: the one person to build for, 0: everybody of the wave. */
static enum metod_err authorise(struct metod_call *call,
    const struct metod_route_build_req *req, struct metod_wave *ret_wave,
    uint64_t *ret_person)
{
	struct metod_person person;
	struct metod_grant grant;
	bool methodist = call->caller.who & METOD_METHODIST;
	bool self = gate_self(call, &person) == METOD_OK;
	*ret_person = 0;
	*call->err = (struct metod_error){0};
	if (self &&
	    (req->teacher.n ? metod_str_eq(req->teacher, person.code) : !methodist)) {
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
	if (code == METOD_OK &&
	    !grant_in_force(call, person.id, "show_methodist", &grant))
		return gate_not_found(call, "teacher");
	*ret_person = person.id;
	return code;
}

/* ---- reading ---- */

/* From the next Monday to the end of the school year; from May on, to the end of the next
 * one. */
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
			return territory_municipality(
			    &b->territory, b->territory.orgs[i].id);
	return 0;
}

static void activity_sessions(
    struct build *b, const struct metod_activity *row, struct metod_activity_in *in)
{
	in->sessions =
	    METOD_NEWS(b->call->arena, row->sessions.n + 1, struct metod_session_in);
	for (size_t i = 0; i < row->sessions.n; i++) {
		const struct metod_session *session = &row->sessions.p[i];
		in->sessions[in->n_sessions++] =
		    (struct metod_session_in){.id = session->id,
			.week_from = week_of(session->start),
			.week_to = week_of(session->finish),
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

static void activity_in(
    struct build *b, const struct metod_activity *row, struct metod_activity_in *in)
{
	struct metod_str format = row->format;
	*in = (struct metod_activity_in){.id = row->id,
	    .kind = row->kind,
	    .minutes = (uint32_t)row->hours * 60,
	    .positions = row->positions,
	    .subjects = row->subjects};
	in->formats = formats_mask((struct metod_strs){&format, 1});
	in->gains = METOD_NEWS(b->call->arena, row->gains.n + 1, struct metod_gain);
	for (size_t i = 0; i < row->gains.n; i++) {
		size_t at = competency_index(&b->framework, row->gains.p[i].competency);
		if (at != SIZE_MAX)
			in->gains[in->n_gains++] = (struct metod_gain){
			    (uint32_t)at, (int32_t)row->gains.p[i].gain};
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
	struct metod_scan *scan =
	    metod_scan_table(b->call->txn, METOD_T_ACTIVITY, NULL, 0);
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
	if (metod_get(call->txn, METOD_T_WANTS, &key, call->arena, &task->wants) !=
	    METOD_OK)
		task->wants = (struct metod_wants){0};
	if (newest_route(call, profile->person, &task->previous) != METOD_OK)
		task->previous = (struct metod_route){0};
	/* The route of a later wave is not built back. */
	if (task->previous.version && task->previous.wave != b->wave.id &&
	    (newest_profile(call, profile->person, &newest) != METOD_OK ||
		newest.wave != b->wave.id))
		return;
	task->counted = b->wave.published_at != METOD_NIL &&
	    profile->at <= b->wave.published_at &&
	    agreed_to_counts(call, profile->attempt);
	b->n_tasks++;
}

static enum metod_err read_tasks(struct build *b, uint64_t person)
{
	struct profiles profiles = {0};
	struct metod_profile one, key = {.wave = b->wave.id, .person = person};
	if (person) {
		if (metod_get(b->call->txn, METOD_T_PROFILE, &key, b->call->arena,
			&one) != METOD_OK)
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

/* Is the plan still about what is stored? Withdrawn answers and a teacher's new decisions
 * win. */
static bool still_true(struct metod_call *call, const struct metod_route *route)
{
	struct metod_profile profile,
	    key = {.wave = route->wave, .person = route->person};
	struct metod_route newest;
	if (metod_get(call->txn, METOD_T_PROFILE, &key, call->arena, &profile) !=
	    METOD_OK)
		return false;
	uint64_t version =
	    newest_route(call, route->person, &newest) == METOD_OK ? newest.version : 0;
	return version + 1 == route->version && route->version <= VERSION_MAX;
}

/* A count that may leave: of one's own all; of others the exact number where the rule
 * shows it. Counted over published answers only, so that a build after each answer tells
 * nothing of it. */
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

enum metod_err metod_do_route_build(
    struct metod_call *call, const void *request, void *reply)
{
	const struct build_plan *plan = call->plan;
	struct metod_wave wave;
	uint64_t person;
	enum metod_err code = authorise(call, request, &wave, &person);
	if (code != METOD_OK)
		return code;
	for (size_t i = 0; i < plan->n; i++)
		if (plan->routes[i].changed && still_true(call, &plan->routes[i].route))
			metod_record(
			    call->txn, METOD_E_ROUTE_PUT, &plan->routes[i].route);
	if (person)
		gate_look(call, person, "route");
	report(plan, reply);
	return METOD_OK;
}
