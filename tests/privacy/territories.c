/* SPDX-License-Identifier: Apache-2.0
 * Random territories with their whole life: answers in turns, moves between schools,
 * withdrawals, associations that change, publications while the wave is open and one
 * after its close. People and answers are recorded as events; every publication is made
 * and read by the real commands on a real store. What comes out is what the auditor may
 * know. */
#include "territories.h"

#include <ftw.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "metod/app.h"
#include "metod/score.h"
#include "metod/wire.h"

enum {
	PEOPLE_MAX = 260,
	SCOPES_MAX = 40,
	TIMES_MAX = 4,
	COMPETENCIES = 3,
	WAVE = 700,
	ORGS_MAX = 14,
	ASSOCIATIONS_MAX = 5,
	UID = 3000,
};
#define DAY_MS 86400000LL

static const char *const competencies[COMPETENCIES] = {"SUB", "FOR", "CRI"};
static const char *const positions[] = {"teacher", "educator", "psychologist"};
enum { POSITIONS = METOD_LEN(positions) };

struct person {
	size_t org, position;               /* by the roster now */
	size_t counts_org, counts_position; /* when he answered */
	bool answered, agreed, gone;
	int64_t at;
	uint8_t state[COMPETENCIES];
};
/* One publication of one scope. */
struct release {
	bool told;
	int64_t at, basis;
	uint8_t *in; /* by person */
	struct {
		char shown[8], cls[8];
		int64_t n, part;
	} cells[COMPETENCIES];
};
struct scope {
	enum { TREE_ROOT, TREE_MIDDLE, TREE_SCHOOL, POSITION, ASSOCIATION } kind;
	uint64_t id;
	size_t parent; /* index of a municipality, of a school */
	char code[16];
	bool member[PEOPLE_MAX];
	struct release releases[TIMES_MAX];
};
struct territory_world {
	uint64_t rng;
	char dir[64], data[96], keys[96], name[32];
	struct metod_store *store;
	struct metod_app *app;
	struct metod_arena *arena;
	int64_t now_ms, today, published_at;
	unsigned keys_used;
	struct person people[PEOPLE_MAX];
	size_t n_people;
	struct scope scopes[SCOPES_MAX];
	size_t n_scopes, schools[ORGS_MAX], n_schools;
	size_t n_times;
	bool closed;
};

static void die(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s\n", what, why);
	exit(2);
}

static uint64_t below(struct territory_world *w, uint64_t n)
{
	return metod_rand64(&w->rng) % n;
}

static struct metod_str z(const char *text)
{
	return metod_str(text);
}

static uint64_t person_id(size_t i)
{
	return 10000 + i;
}

/* ---- events ---- */

struct seeding {
	struct metod_job job;
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool ready;
	enum metod_err result;
	struct territory_world *w;
	void (*fill)(struct territory_world *w, struct metod_txn *txn, size_t arg);
	size_t arg;
};

static enum metod_err seed_work(struct metod_job *job, struct metod_txn *txn)
{
	struct seeding *seeding = (struct seeding *)job;
	metod_record_as(txn, 0, seeding->w->now_ms);
	seeding->fill(seeding->w, txn, seeding->arg);
	return METOD_OK;
}

static void seed_done(struct metod_job *job, enum metod_err result)
{
	struct seeding *seeding = (struct seeding *)job;
	pthread_mutex_lock(&seeding->lock);
	seeding->result = result;
	seeding->ready = true;
	pthread_cond_signal(&seeding->cond);
	pthread_mutex_unlock(&seeding->lock);
}

static void seed(struct territory_world *w,
    void (*fill)(struct territory_world *, struct metod_txn *, size_t), size_t arg)
{
	struct seeding seeding = {.job = {.work = seed_work, .done = seed_done},
	    .lock = PTHREAD_MUTEX_INITIALIZER,
	    .cond = PTHREAD_COND_INITIALIZER,
	    .w = w,
	    .fill = fill,
	    .arg = arg};
	if (metod_store_submit(w->store, &seeding.job))
		die(w->name, "submit");
	pthread_mutex_lock(&seeding.lock);
	while (!seeding.ready)
		pthread_cond_wait(&seeding.cond, &seeding.lock);
	pthread_mutex_unlock(&seeding.lock);
	if (seeding.result)
		die(w->name, metod_err_text(seeding.result));
}

static struct metod_text *text(struct territory_world *w, const char *words)
{
	struct metod_text *one = METOD_NEW(w->arena, struct metod_text);
	*one = (struct metod_text){z(words), z(words)};
	return one;
}

static struct metod_level *levels(struct territory_world *w)
{
	struct metod_level *list = METOD_NEWS(w->arena, 4, struct metod_level);
	for (unsigned i = 0; i < 4; i++)
		list[i] = (struct metod_level){i, text(w, "level")};
	return list;
}

static void put_content(struct territory_world *w, struct metod_txn *txn)
{
	struct metod_group group = {z("G"), text(w, "group"), text(w, "how")};
	struct metod_competency list[COMPETENCIES] = {0};
	struct metod_item items[COMPETENCIES] = {0};
	struct metod_str where[POSITIONS];
	struct metod_item_text item_text = {z("t"), text(w, "statement")};
	for (size_t i = 0; i < POSITIONS; i++)
		where[i] = z(positions[i]);
	struct metod_wording wording = {z("t"), {where, POSITIONS}};
	for (size_t i = 0; i < COMPETENCIES; i++) {
		list[i] = (struct metod_competency){.id = z(competencies[i]),
		    .group = z("G"),
		    .name = text(w, competencies[i]),
		    .plain = text(w, "p"),
		    .general = true};
		items[i] = (struct metod_item){.id = z(competencies[i]),
		    .competency = z(competencies[i]),
		    .texts = {&item_text, 1}};
	}
	struct metod_framework framework = {.id = z("fw"),
	    .version = z("1"),
	    .title = text(w, "framework"),
	    .scale = {levels(w), 4},
	    .level_words = {levels(w), 4},
	    .not_in_work = text(w, "n"),
	    .cannot_judge = text(w, "n"),
	    .severe = 500,
	    .need = 1500,
	    .resource = 2500,
	    .target = 2000,
	    .groups = {&group, 1},
	    .competencies = {list, COMPETENCIES}};
	struct metod_form form = {.id = z("F"),
	    .version = z("1"),
	    .framework = z("fw"),
	    .title = text(w, "form"),
	    .purpose = text(w, "why"),
	    .wordings = {&wording, 1},
	    .items = {items, COMPETENCIES}};
	metod_record(txn, METOD_E_FRAMEWORK_PUT, &framework);
	metod_record(txn, METOD_E_FORM_PUT, &form);
}

static void put_wave(struct territory_world *w, struct metod_txn *txn)
{
	struct metod_str list[COMPETENCIES];
	for (size_t i = 0; i < COMPETENCIES; i++)
		list[i] = z(competencies[i]);
	struct metod_wave wave = {.id = WAVE,
	    .code = z("w1"),
	    .title = z("w1"),
	    .form = z("F"),
	    .form_version = z("1"),
	    .framework = z("fw@1"),
	    .paramset = z("0"),
	    .start = w->today - 5,
	    .finish = w->today + 30,
	    .org = 1,
	    .competencies = {list, COMPETENCIES},
	    .state = z("open"),
	    .created = 1,
	    .closed = METOD_NIL,
	    .published_at = METOD_NIL};
	metod_record(txn, METOD_E_WAVE_PUT, &wave);
}

static void put_person(struct territory_world *w, struct metod_txn *txn, size_t i)
{
	char code[16];
	snprintf(code, sizeof code, "P-%03zu", i);
	struct metod_person person = {.id = person_id(i),
	    .code = z(code),
	    .name = z(code),
	    .org = w->scopes[w->people[i].org].id,
	    .position = z(positions[w->people[i].position]),
	    .category_until = METOD_NIL,
	    .hired = METOD_NIL};
	metod_record(txn, METOD_E_PERSON_PUT, &person);
}

static void put_association(struct territory_world *w, struct metod_txn *txn, size_t s)
{
	const struct scope *scope = &w->scopes[s];
	uint64_t members[PEOPLE_MAX];
	size_t n = 0;
	for (size_t i = 0; i < w->n_people; i++)
		if (scope->member[i])
			members[n++] = person_id(i);
	struct metod_association one = {.id = scope->id,
	    .code = z(scope->code),
	    .name = z(scope->code),
	    .level = z("municipal"),
	    .org = 1,
	    .members = {members, n}};
	metod_record(txn, METOD_E_ASSOCIATION_PUT, &one);
}

static void put_world(struct territory_world *w, struct metod_txn *txn, size_t arg)
{
	static const char *const kinds[] = {"region", "municipality", "secondary"};
	(void)arg;
	for (size_t s = 0; s < w->n_scopes; s++) {
		const struct scope *scope = &w->scopes[s];
		if (scope->kind == ASSOCIATION)
			put_association(w, txn, s);
		if (scope->kind > TREE_SCHOOL)
			continue;
		struct metod_org org = {.id = scope->id,
		    .code = z(scope->code),
		    .name = z(scope->code),
		    .kind = z(kinds[scope->kind]),
		    .parent = scope->kind == TREE_ROOT ? 0 : w->scopes[scope->parent].id};
		metod_record(txn, METOD_E_ORG_PUT, &org);
	}
	for (size_t i = 0; i < w->n_people; i++)
		put_person(w, txn, i);
	struct metod_role role = {.role = z("methodist"), .org = 1};
	struct metod_user user = {
	    .id = 1, .login = z("m"), .uid = UID, .roles = {&role, 1}, .generation = 1};
	metod_record(txn, METOD_E_USER_PUT, &user);
	put_content(w, txn);
	put_wave(w, txn);
}

static void put_answer(struct territory_world *w, struct metod_txn *txn, size_t i)
{
	const struct person *p = &w->people[i];
	struct metod_profile_cell cells[COMPETENCIES];
	struct metod_str items[COMPETENCIES],
	    consents[2] = {z("process:1"), z("aggregate:1")};
	int64_t answers[COMPETENCIES] = {0};
	uint64_t page = COMPETENCIES;
	for (size_t k = 0; k < COMPETENCIES; k++) {
		metod_record_init(
		    &metod_profile_cell_desc, memset(&cells[k], 0, sizeof cells[k]));
		cells[k].competency = items[k] = z(competencies[k]);
		cells[k].state = p->state[k];
		cells[k].shown = cells[k].answered = 1;
	}
	struct metod_attempt attempt = {.id = 50000 + i,
	    .invitation = 90000 + i,
	    .wave = WAVE,
	    .person = person_id(i),
	    .started = 1,
	    .state = z("submitted"),
	    .wording = z("t"),
	    .items = {items, COMPETENCIES},
	    .pages = {&page, 1},
	    .consents = {consents, p->agreed ? 2 : 1}};
	struct metod_submission sheet = {.wave = WAVE,
	    .person = person_id(i),
	    .attempt = attempt.id,
	    .at = w->now_ms,
	    .items = attempt.items,
	    .answers = {answers, COMPETENCIES},
	    .source = z("self"),
	    .wording = z("t")};
	struct metod_profile profile = {.wave = WAVE,
	    .person = person_id(i),
	    .attempt = attempt.id,
	    .at = w->now_ms,
	    .framework = z("fw"),
	    .paramset = z("0"),
	    .cells = {cells, COMPETENCIES},
	    .org = w->scopes[p->org].id,
	    .position = z(positions[p->position])};
	metod_record(txn, METOD_E_ATTEMPT_PUT, &attempt);
	metod_record(txn, METOD_E_SUBMITTED, &sheet);
	metod_record(txn, METOD_E_PROFILE_COMPUTED, &profile);
}

static void put_withdrawal(struct territory_world *w, struct metod_txn *txn, size_t i)
{
	struct metod_forgotten forgotten = {
	    .person = person_id(i), .at = w->now_ms, .scope = z("answers")};
	metod_record(txn, METOD_E_PERSON_FORGOTTEN, &forgotten);
}

/* ---- drawing a territory ---- */

static size_t add_scope(
    struct territory_world *w, int kind, size_t parent, const char *prefix)
{
	size_t s = w->n_scopes++;
	struct scope *scope = &w->scopes[s];
	*scope = (struct scope){.kind = kind, .parent = parent, .id = s + 1};
	snprintf(scope->code, sizeof scope->code, "%s%zu", prefix, s);
	for (size_t t = 0; t < TIMES_MAX; t++)
		scope->releases[t].in = calloc(PEOPLE_MAX, 1);
	return s;
}

static void draw_schools(struct territory_world *w)
{
	static const unsigned from[] = {1, 3, 5, 12, 25}, width[] = {4, 4, 10, 16, 30};
	size_t municipalities = 1 + below(w, 3);
	add_scope(w, TREE_ROOT, 0, "T");
	for (size_t m = 0; m < municipalities; m++) {
		size_t middle = add_scope(w, TREE_MIDDLE, 0, "M");
		for (size_t n = 1 + below(w, 4); n > 0 && w->n_schools < ORGS_MAX; n--) {
			size_t s = add_scope(w, TREE_SCHOOL, middle, "S"),
			       size = below(w, 5);
			w->schools[w->n_schools++] = s;
			for (size_t i = from[size] + below(w, width[size]);
			     i > 0 && w->n_people < PEOPLE_MAX; i--)
				w->people[w->n_people++] = (struct person){.org = s,
				    .position = below(w, 8) < 6 ? 0 : 1 + below(w, 2)};
		}
	}
}

/* Members: a school less a few, one position, or anybody. */
static void draw_members(struct territory_world *w, struct scope *scope)
{
	size_t school = w->schools[below(w, w->n_schools)], style = below(w, 3);
	size_t position = below(w, POSITIONS);
	uint64_t share = 1 + below(w, 9);
	for (size_t i = 0; i < w->n_people; i++)
		scope->member[i] = style == 0 ? w->people[i].org == school && below(w, 12)
		    : style == 1              ? w->people[i].position == position
					      : below(w, 10) < share;
}

static void draw(struct territory_world *w)
{
	draw_schools(w);
	for (size_t i = 0; i < POSITIONS; i++)
		snprintf(w->scopes[add_scope(w, POSITION, i, "")].code, 16, "%s",
		    positions[i]);
	for (size_t n = below(w, ASSOCIATIONS_MAX + 1); n > 0; n--)
		draw_members(w, &w->scopes[add_scope(w, ASSOCIATION, 0, "A")]);
	for (size_t s = 0; s < w->n_schools; s++) {
		uint64_t need[COMPETENCIES];
		for (size_t k = 0; k < COMPETENCIES; k++)
			need[k] = below(w, 5) ? below(w, 101) : 100 * below(w, 2);
		for (size_t i = 0; i < w->n_people; i++)
			for (size_t k = 0; k < COMPETENCIES; k++)
				if (w->people[i].org == w->schools[s])
					w->people[i].state[k] = below(w, 30) == 0
					    ? METOD_STATE_NO_DATA
					    : below(w, 100) < need[k] ? METOD_STATE_NEED
					    : below(w, 4)             ? METOD_STATE_OK
							  : METOD_STATE_UNCLEAR;
	}
	for (size_t i = 0; i < w->n_people; i++)
		w->people[i].agreed = below(w, 15) > 0;
}

/* ---- the life of a wave ---- */

static void answers_come(struct territory_world *w, uint64_t share)
{
	for (size_t i = 0; i < w->n_people; i++)
		if (!w->people[i].answered && !w->people[i].gone &&
		    below(w, 100) < share) {
			w->now_ms += 10;
			w->people[i].at = w->now_ms;
			w->people[i].answered = true;
			w->people[i].counts_org = w->people[i].org;
			w->people[i].counts_position = w->people[i].position;
			seed(w, put_answer, i);
		}
}

static void roster_changes(struct territory_world *w)
{
	for (size_t i = 0; i < w->n_people; i++) {
		uint64_t luck = below(w, 100);
		if (luck < 2)
			w->people[i].org = w->schools[below(w, w->n_schools)];
		else if (luck == 3)
			w->people[i].position = below(w, POSITIONS);
		if (luck < 4)
			seed(w, put_person, i);
		if (luck == 4 && w->people[i].answered) {
			w->people[i].answered = false;
			w->people[i].gone = true;
			seed(w, put_withdrawal, i);
		}
	}
	for (size_t s = 0; s < w->n_scopes; s++)
		if (w->scopes[s].kind == ASSOCIATION && below(w, 4) == 0) {
			for (size_t i = 0; i < w->n_people; i++)
				if (below(w, 25) == 0)
					w->scopes[s].member[i] = !w->scopes[s].member[i];
			seed(w, put_association, s);
		}
}

static enum metod_err ask(
    struct territory_world *w, const char *method, const void *req, void *rep)
{
	const struct metod_command *command = metod_command_find(z(method));
	const struct metod_peer peer = {.uid = UID};
	struct metod_buf params = {0};
	struct metod_reply reply = {0};
	struct metod_error err = {0};
	char key[32];
	snprintf(key, sizeof key, "k%u", ++w->keys_used);
	metod_pack(command->request, req, METOD_KEYS_NAME, 0, &params);
	metod_app_call_wait(w->app, &peer, z(method), metod_buf_view(&params), z(""),
	    z(key), METOD_EN, w->now_ms, &reply);
	if (reply.code == METOD_OK &&
	    metod_load(command->reply, metod_buf_view(&reply.result), METOD_KEYS_NAME,
		false, w->arena, rep, &err))
		die(method, err.message);
	if (reply.code && reply.code != METOD_SMALL && reply.code != METOD_NOT_FOUND)
		die(method, reply.error.message);
	metod_buf_done(&params);
	metod_buf_done(&reply.result);
	return reply.code;
}

static void keep_rows(const struct metod_deficit_top_rep *rep, struct release *release)
{
	for (size_t r = 0; r < rep->rows.n; r++)
		for (size_t k = 0; k < COMPETENCIES; k++) {
			const struct metod_deficit_row *row = &rep->rows.p[r];
			if (!metod_str_is(row->competency, competencies[k]))
				continue;
			snprintf(
			    release->cells[k].shown, 8, "%.*s", METOD_FMT(row->shown));
			snprintf(release->cells[k].cls, 8, "%.*s", METOD_FMT(row->cls));
			release->cells[k].n = row->n == METOD_NIL ? 0 : row->n;
			release->cells[k].part = row->part == METOD_NIL ? 0 : row->part;
		}
}

static void read_scope(struct territory_world *w, struct scope *scope, size_t t)
{
	bool position = scope->kind == POSITION;
	struct metod_deficit_top_req req = {.wave = z("w1"),
	    .in = z(position ? w->scopes[0].code : scope->code),
	    .position = z(position ? scope->code : "")};
	struct metod_deficit_top_rep rep;
	struct release *release = &scope->releases[t];
	if (ask(w, "deficit.top", &req, &rep) != METOD_OK)
		return;
	release->told = true;
	release->at = rep.at;
	keep_rows(&rep, release);
}

/* ---- who was counted ---- */

static bool counts(const struct person *p)
{
	return p->answered && p->agreed;
}

/* A school's new answers enter when at least 5 have changed, or at the first publication;
 * until then they wait. */
static bool enters(const struct territory_world *w, size_t school, size_t t)
{
	const struct release *before = t > 0 ? &w->scopes[school].releases[t - 1] : NULL;
	int64_t now = 0;
	for (size_t i = 0; i < w->n_people; i++)
		now += w->people[i].counts_org == school && counts(&w->people[i]);
	if (!before || !before->told)
		return t == 0 || now >= 5 || now == 0;
	return llabs(now - before->basis) >= 5;
}

/* With the close those who wait in a municipality enter its sum, from 5 on together. */
static void who_is_above(const struct territory_world *w, size_t t, bool *above)
{
	uint64_t together[SCOPES_MAX] = {0};
	bool waits[PEOPLE_MAX];
	for (size_t i = 0; i < w->n_people; i++) {
		const struct person *p = &w->people[i];
		const struct scope *school = &w->scopes[p->counts_org];
		int64_t since = t > 0 && school->releases[t - 1].told
		    ? school->releases[t - 1].at
		    : w->published_at;
		waits[i] = counts(p) && !enters(w, p->counts_org, t) && p->at > since;
		together[school->parent] += waits[i];
	}
	for (size_t i = 0; i < w->n_people; i++)
		above[i] = counts(&w->people[i]) &&
		    (!waits[i] ||
			(w->closed &&
			    together[w->scopes[w->people[i].counts_org].parent] >= 5));
}

static bool is_in(const struct territory_world *w, const struct scope *scope, size_t i)
{
	const struct person *p = &w->people[i];
	switch (scope->kind) {
	case TREE_ROOT:
		return true;
	case TREE_MIDDLE:
		return &w->scopes[w->scopes[p->counts_org].parent] == scope;
	case TREE_SCHOOL:
		return &w->scopes[p->counts_org] == scope;
	case POSITION:
		return scope->parent == p->counts_position;
	case ASSOCIATION:
		return scope->member[i];
	}
	return false;
}

static void note_sets(struct territory_world *w, size_t t)
{
	bool above[PEOPLE_MAX];
	who_is_above(w, t, above);
	for (size_t s = 0; s < w->n_scopes; s++) {
		struct scope *scope = &w->scopes[s];
		struct release *release = &scope->releases[t];
		if (!release->told || release->at != w->now_ms) {
			if (t > 0)
				memcpy(
				    release->in, scope->releases[t - 1].in, PEOPLE_MAX);
			if (t > 0)
				release->basis = scope->releases[t - 1].basis;
			continue;
		}
		for (size_t i = 0; i < w->n_people; i++) {
			release->in[i] = is_in(w, scope, i) &&
			    (scope->kind == TREE_SCHOOL ? counts(&w->people[i])
							: above[i]);
			release->basis += release->in[i];
		}
	}
}

static void publish(struct territory_world *w)
{
	struct metod_code_req req = {z("w1")};
	struct metod_done_rep rep;
	size_t t = w->n_times;
	w->now_ms += 1000;
	if (ask(w, "wave.publish", &req, &rep) != METOD_OK)
		return;
	for (size_t s = 0; s < w->n_scopes; s++)
		read_scope(w, &w->scopes[s], t);
	note_sets(w, t);
	w->published_at = w->now_ms;
	w->n_times++;
	w->now_ms += 1000;
}

static void live(struct territory_world *w)
{
	struct metod_code_req req = {z("w1")};
	struct metod_done_rep rep;
	size_t open = 1 + below(w, TIMES_MAX - 1);
	for (size_t t = 0; t < open; t++) {
		answers_come(w, t == 0 ? 40 + below(w, 60) : 10 + below(w, 50));
		publish(w);
		if (below(w, 2))
			roster_changes(w);
	}
	if (below(w, 3) == 0)
		return;
	answers_come(w, 10 + below(w, 90));
	w->now_ms += 1000;
	ask(w, "wave.close", &req, &rep);
	w->closed = true;
	publish(w);
}

/* ---- what the auditor gets ---- */

static bool judged(const struct person *p, size_t k)
{
	return p->state[k] == METOD_STATE_NEED || p->state[k] == METOD_STATE_OK ||
	    p->state[k] == METOD_STATE_UNCLEAR;
}

static void count(const struct territory_world *w, const uint8_t *in, size_t k,
    int64_t *ret_n, int64_t *ret_x)
{
	*ret_n = *ret_x = 0;
	for (size_t i = 0; i < w->n_people; i++) {
		*ret_n += in[i] && judged(&w->people[i], k);
		*ret_x += in[i] && w->people[i].state[k] == METOD_STATE_NEED;
	}
}

/* Does the cell say this of the set? A cell that is not refreshed stands for an earlier
 * set of its scope. */
static bool may_say(const struct territory_world *w, const struct release *release,
    const uint8_t *in, size_t k, struct audit_cell *ret)
{
	static const char *const words[] = {"", "few", "notable", "most"};
	const char *shown = release->cells[k].shown, *cls = release->cells[k].cls;
	int64_t n, x;
	count(w, in, k, &n, &x);
	*ret = (struct audit_cell){.kind = AUDIT_SILENT, .lo = 0, .hi = n};
	if (strcmp(shown, "exact") == 0) {
		*ret = (struct audit_cell){AUDIT_EXACT, x, x, NULL};
		return release->cells[k].n == n && release->cells[k].part == x;
	}
	if (strcmp(shown, "class") == 0) {
		audit_class(n, x, &ret->lo, &ret->hi);
		ret->kind = AUDIT_CLASS;
		return release->cells[k].n == n &&
		    strcmp(cls,
			words[4 * x < n     ? 1
				: 2 * x > n ? 3
					    : 2]) == 0;
	}
	return true;
}

struct listing {
	struct audit_cell cells[SCOPES_MAX * TIMES_MAX];
	const uint8_t *in[SCOPES_MAX * TIMES_MAX];
	size_t n;
};

static bool list_cells(const struct territory_world *w, size_t k, struct listing *list)
{
	bool whole = true;
	list->n = 0;
	for (size_t s = 0; s < w->n_scopes; s++)
		for (size_t t = 0; t < w->n_times; t++) {
			const struct release *release = &w->scopes[s].releases[t];
			size_t of = t;
			if (!release->told)
				continue;
			while (!may_say(w, release, w->scopes[s].releases[of].in, k,
				   &list->cells[list->n]) &&
			    of > 0)
				of--;
			list->in[list->n] = w->scopes[s].releases[of].in;
			if (!may_say(w, release, list->in[list->n], k,
				&list->cells[list->n])) {
				whole = false;
				printf(
				    "%s: %s at %zu: a cell of nobody: %s n %lld part %lld\n",
				    w->name, w->scopes[s].code, t,
				    release->cells[k].shown,
				    (long long)release->cells[k].n,
				    (long long)release->cells[k].part);
			}
			list->n++;
		}
	return whole;
}

/* People in the same sets are one atom. */
static void make_system(const struct territory_world *w, size_t k, struct listing *list,
    struct audit_system *ret)
{
	size_t first[PEOPLE_MAX], atom_of[PEOPLE_MAX], n = 0;
	struct audit_atom *atoms = calloc(PEOPLE_MAX, sizeof *atoms);
	for (size_t i = 0; i < w->n_people; i++) {
		bool any = false, same = false;
		atom_of[i] = SIZE_MAX;
		for (size_t c = 0; c < list->n; c++)
			any |= list->in[c][i];
		if (!any || !judged(&w->people[i], k))
			continue;
		size_t a = 0;
		for (; a < n; a += !same) {
			same = true;
			for (size_t c = 0; c < list->n && same; c++)
				same = list->in[c][i] == list->in[c][first[a]];
			if (same)
				break;
		}
		if (a == n)
			first[n++] = i;
		atom_of[i] = a;
		atoms[a].n++;
		atoms[a].gone |= w->people[i].gone;
		atoms[a].x += w->people[i].state[k] == METOD_STATE_NEED;
	}
	size_t words = n / 64 + 1;
	uint64_t *masks = calloc((list->n + 1) * words, sizeof *masks);
	for (size_t c = 0; c < list->n; c++) {
		uint64_t *mask = masks + c * words;
		for (size_t i = 0; i < w->n_people; i++)
			if (atom_of[i] != SIZE_MAX && list->in[c][i])
				mask[atom_of[i] / 64] |= UINT64_C(1) << (atom_of[i] % 64);
		list->cells[c].atoms = mask;
	}
	*ret = (struct audit_system){w->name, atoms, n, list->cells, list->n};
}

static void judge(const struct territory_world *w, bool say, struct audit_found *found)
{
	for (size_t k = 0; k < COMPETENCIES; k++) {
		struct listing list;
		struct audit_system system;
		if (!list_cells(w, k, &list)) {
			found->broken++;
			continue;
		}
		if (list.n == 0)
			continue;
		make_system(w, k, &list, &system);
		audit(&system, say, found);
		free(system.atoms);
		free((void *)(uintptr_t)list.cells[0].atoms);
	}
}

/* ---- a store for each ---- */

static int drop(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static void open_store(struct territory_world *w)
{
	static const struct metod_meta meta = {
	    .one = 1, .zone = {"Europe/Samara", 13}, .young_age = 35, .young_years = 3};
	struct metod_error err = {0};
	const char *tmp = getenv("TMPDIR");
	snprintf(w->dir, sizeof w->dir, "%s/metod-privacy-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(w->dir))
		die(w->name, "no folder");
	snprintf(w->data, sizeof w->data, "%s/data", w->dir);
	snprintf(w->keys, sizeof w->keys, "%s/keys", w->dir);
	struct metod_store_config config = {
	    .dir = w->data, .map_bytes = 64 << 20, .nosync = true};
	if (metod_store_create(&config, &meta, 1, &err) ||
	    metod_store_open(&config, &w->store, &err) ||
	    metod_app_init_keys(w->keys, &err) ||
	    metod_app_new(
		&(struct metod_app_config){.store = w->store, .keys_dir = w->keys},
		&w->app, &err))
		die(err.field, err.message);
}

size_t territory_audit(uint64_t seed_value, bool say, struct audit_found *found)
{
	struct territory_world *w = calloc(1, sizeof *w);
	w->rng = seed_value * UINT64_C(0x9e3779b97f4a7c15) + 1;
	w->today = metod_days_from_civil(2026, 11, 21);
	w->now_ms = w->today * DAY_MS + 8 * 3600000LL;
	snprintf(
	    w->name, sizeof w->name, "territory %llu", (unsigned long long)seed_value);
	w->arena = metod_arena_new();
	open_store(w);
	draw(w);
	seed(w, put_world, 0);
	live(w);
	judge(w, say, found);
	metod_app_free(w->app);
	metod_store_close(w->store);
	nftw(w->dir, drop, 8, FTW_DEPTH | FTW_PHYS);
	metod_arena_free(w->arena);
	for (size_t s = 0; s < w->n_scopes; s++)
		for (size_t t = 0; t < TIMES_MAX; t++)
			free(w->scopes[s].releases[t].in);
	size_t times = w->n_times;
	free(w);
	return times;
}
