/* SPDX-License-Identifier: Apache-2.0
 * Results through the real dispatcher and a real store: publication, difficulties,
 * routes, mentoring, recommendations, blind addressing, export. Rows that other use cases
 * would have written are seeded as events. Every case ends with a replay of the journal.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

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
	WAVE = 700,
	ASSOCIATION = 500,
	COMPETENCIES = 4,
	METHODIST = 3000, /* unix users */
	METHODIST_EAST = 3001,
	COORDINATOR = 3002,
	ANALYST = 3003,
	DEPUTY = 3004,
	HEAD = 3005,
	TEACHER = 4000, /* + place in `accounts` */
};
#define DAY_MS 86400000LL

/* The tree: 1 is the root, 2 and 3 are municipalities. */
static const struct {
	uint64_t id, parent;
	const char *code, *kind;
	unsigned people;
} places[] = {
    {1, 0, "T", "region", 0},
    {2, 1, "WEST", "municipality", 0},
    {3, 1, "EAST", "municipality", 0},
    {10, 2, "W1", "secondary", 40},
    {11, 2, "W2", "secondary", 30},
    {12, 2, "W3", "secondary", 30},
    {13, 2, "W4", "primary", 3},
    {20, 3, "E1", "secondary", 40},
    {21, 3, "E2", "kindergarten", 9},
    {22, 3, "E3", "secondary", 30},
};
static const char *const competencies[COMPETENCIES] = {"SUB", "FOR", "CRI", "DIG"};
/* Persons with an account: organisation and number in it. */
static const struct {
	unsigned org, i;
	bool mentor;
} accounts[] = {
    {10, 0, false},
    {10, 1, false},
    {10, 2, false},
    {11, 0, true},
    {20, 0, true},
};

struct fixture {
	char dir[64], data[96], keys[96];
	struct metod_store *store;
	struct metod_app *app;
	struct metod_arena *arena;
	enum metod_lang lang;
	int64_t now_ms, today;
	struct metod_error error;
	unsigned keys_used;
};

static struct metod_str z(const char *text)
{
	return metod_str(text);
}

static uint64_t person_id(unsigned org, unsigned i)
{
	return (uint64_t)org * 1000 + i;
}

static struct metod_str person_code(struct fixture *f, unsigned org, unsigned i)
{
	return metod_arena_printf(f->arena, "T-%02u-%02u", org, i);
}

/* ---- calls ---- */

static enum metod_err ask(
    struct fixture *f, int64_t uid, const char *method, const void *req, void *rep)
{
	const struct metod_command *command = metod_command_find(z(method));
	const struct metod_peer peer = {.uid = uid};
	struct metod_buf params = {0};
	struct metod_reply reply = {0};
	struct metod_none_req none = {0};
	char key[32];
	snprintf(key, sizeof key, "k%u", ++f->keys_used);
	assert_non_null(command);
	metod_pack(command->request, req ? req : &none, METOD_KEYS_NAME, 0, &params);
	metod_app_call_wait(f->app, &peer, z(method), metod_buf_view(&params), z(""),
	    z(key), f->lang, f->now_ms, &reply);
	f->error = reply.error;
	if (reply.code == METOD_OK && rep) {
		struct metod_error err = {0};
		if (metod_load(command->reply, metod_buf_view(&reply.result),
			METOD_KEYS_NAME, false, f->arena, rep, &err))
			fail_msg("reply of %s: %s: %s", method, err.field, err.message);
	}
	metod_buf_done(&params);
	metod_buf_done(&reply.result);
	return reply.code;
}

static void expect(
    struct fixture *f, enum metod_err got, enum metod_err wanted, const char *what)
{
	if (got != wanted)
		fail_msg("%s: %s (%s: %s), expected %s", what, metod_err_wire(got),
		    f->error.field, f->error.message, metod_err_wire(wanted));
}
#define OK(f, call) expect(f, call, METOD_OK, #call)
#define REFUSED(f, code, call) expect(f, call, code, #call)

/* ---- seeding ---- */

struct seeding {
	struct metod_job job;
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool ready;
	enum metod_err result;
	struct fixture *f;
	void (*fill)(struct fixture *f, struct metod_txn *txn, const void *arg);
	const void *arg;
};

static enum metod_err seed_work(struct metod_job *job, struct metod_txn *txn)
{
	struct seeding *seeding = (struct seeding *)job;
	metod_record_as(txn, 0, seeding->f->now_ms);
	seeding->fill(seeding->f, txn, seeding->arg);
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

static void seed(struct fixture *f,
    void (*fill)(struct fixture *, struct metod_txn *, const void *), const void *arg)
{
	struct seeding seeding = {.job = {.work = seed_work, .done = seed_done},
	    .f = f,
	    .fill = fill,
	    .arg = arg};
	pthread_mutex_init(&seeding.lock, NULL);
	pthread_cond_init(&seeding.cond, NULL);
	assert_int_equal(metod_store_submit(f->store, &seeding.job), METOD_OK);
	pthread_mutex_lock(&seeding.lock);
	while (!seeding.ready)
		pthread_cond_wait(&seeding.cond, &seeding.lock);
	pthread_mutex_unlock(&seeding.lock);
	assert_int_equal(seeding.result, METOD_OK);
}

static struct metod_text *text(struct fixture *f, const char *ru, const char *en)
{
	struct metod_text *one = METOD_NEW(f->arena, struct metod_text);
	*one = (struct metod_text){z(ru), z(en)};
	return one;
}

static struct metod_strs words(struct fixture *f, const char *a, const char *b)
{
	struct metod_strs list = {METOD_NEWS(f->arena, 2, struct metod_str), b ? 2 : 1};
	list.p[0] = z(a);
	list.p[1] = z(b ? b : "");
	return list;
}

static void seed_people(struct metod_txn *txn)
{
	static struct metod_str math[] = {{"math", 4}}, rus[] = {{"rus", 3}};
	for (size_t o = 0; o < METOD_LEN(places); o++)
		for (unsigned i = 0; i < places[o].people; i++) {
			char code[24], name[48];
			snprintf(
			    code, sizeof code, "T-%02u-%02u", (unsigned)places[o].id, i);
			snprintf(
			    name, sizeof name, "Имя %u %u", (unsigned)places[o].id, i);
			struct metod_person person = {
			    .id = person_id((unsigned)places[o].id, i),
			    .code = z(code),
			    .name = z(name),
			    .org = places[o].id,
			    .position = z(i % 10 == 9 ? "psychologist" : "teacher"),
			    .subjects = {i % 2 ? rus : math, 1},
			    .stage = z("main"),
			    .category_until = METOD_NIL,
			    .hired = METOD_NIL,
			    .birth_year = i % 3 == 0 ? 2000 : 1975};
			metod_record(txn, METOD_E_PERSON_PUT, &person);
		}
}

static void seed_user(struct metod_txn *txn, uint64_t id, int64_t uid, const char *role,
    uint64_t org, uint64_t association, uint64_t person)
{
	struct metod_role roles[2] = {
	    {.role = z(role), .org = org, .association = association}};
	char login[24];
	snprintf(login, sizeof login, "u%u", (unsigned)id);
	struct metod_user user = {.id = id,
	    .login = z(login),
	    .uid = uid,
	    .person = person,
	    .roles = {roles, 1},
	    .generation = 1};
	if (strcmp(role, "mentor") == 0) {
		roles[1].role = z("teacher");
		user.roles.n = 2;
	}
	metod_record(txn, METOD_E_USER_PUT, &user);
}

static struct metod_level *levels(struct fixture *f)
{
	struct metod_level *list = METOD_NEWS(f->arena, 4, struct metod_level);
	for (unsigned i = 0; i < 4; i++)
		list[i] = (struct metod_level){i, text(f, "уровень", "level")};
	return list;
}

static void seed_content(struct fixture *f, struct metod_txn *txn)
{
	struct metod_group group = {
	    z("G"), text(f, "группа", "group"), text(f, "как", "how")};
	struct metod_competency list[COMPETENCIES] = {0};
	struct metod_item items[COMPETENCIES * 3] = {0};
	struct metod_item_text item_text = {z("t"), text(f, "утверждение", "statement")};
	struct metod_wording wording = {z("t"), words(f, "teacher", "psychologist")};
	for (size_t i = 0; i < COMPETENCIES; i++)
		list[i] = (struct metod_competency){.id = z(competencies[i]),
		    .group = z("G"),
		    .name = text(f, competencies[i], competencies[i]),
		    .plain = text(f, "п", "p"),
		    .general = true};
	for (size_t i = 0; i < METOD_LEN(items); i++)
		items[i] = (struct metod_item){.id = metod_arena_printf(f->arena,
						   "%s-%zu", competencies[i / 3], i % 3),
		    .competency = z(competencies[i / 3]),
		    .texts = {&item_text, 1}};
	struct metod_framework framework = {.id = z("fw"),
	    .version = z("1"),
	    .title = text(f, "рамка", "framework"),
	    .scale = {levels(f), 4},
	    .level_words = {levels(f), 4},
	    .not_in_work = text(f, "н", "n"),
	    .cannot_judge = text(f, "н", "n"),
	    .severe = 500,
	    .need = 1500,
	    .resource = 2500,
	    .target = 2000,
	    .groups = {&group, 1},
	    .competencies = {list, COMPETENCIES}};
	struct metod_form form = {.id = z("F"),
	    .version = z("1"),
	    .framework = z("fw"),
	    .title = text(f, "анкета", "form"),
	    .purpose = text(f, "зачем", "why"),
	    .wordings = {&wording, 1},
	    .items = {items, METOD_LEN(items)}};
	metod_record(txn, METOD_E_FRAMEWORK_PUT, &framework);
	metod_record(txn, METOD_E_FORM_PUT, &form);
}

static struct metod_wave wave_row(struct fixture *f)
{
	struct metod_wave wave = {.id = WAVE,
	    .code = z("w1"),
	    .title = z("Осень"),
	    .form = z("F"),
	    .form_version = z("1"),
	    .framework = z("fw@1"),
	    .paramset = z("0"),
	    .start = f->today - 5,
	    .finish = f->today + 30,
	    .org = 1,
	    .state = z("open"),
	    .created = 1,
	    .closed = METOD_NIL,
	    .published_at = METOD_NIL};
	wave.competencies = (struct metod_strs){
	    METOD_NEWS(f->arena, COMPETENCIES, struct metod_str), COMPETENCIES};
	for (size_t i = 0; i < COMPETENCIES; i++)
		wave.competencies.p[i] =
		    z(competencies[COMPETENCIES - 1 - i]); /* not framework order */
	return wave;
}

static void seed_world(struct fixture *f, struct metod_txn *txn, const void *arg)
{
	(void)arg;
	for (size_t i = 0; i < METOD_LEN(places); i++) {
		struct metod_org org = {.id = places[i].id,
		    .code = z(places[i].code),
		    .name = z(places[i].code),
		    .kind = z(places[i].kind),
		    .parent = places[i].parent,
		    .low_result = places[i].id == 12};
		metod_record(txn, METOD_E_ORG_PUT, &org);
	}
	seed_people(txn);
	seed_user(txn, 1, METHODIST, "methodist", 1, 0, 0);
	seed_user(txn, 2, METHODIST_EAST, "methodist", 3, 0, 0);
	seed_user(txn, 3, COORDINATOR, "coordinator", 1, 0, 0);
	seed_user(txn, 4, ANALYST, "analyst", 0, 0, 0);
	seed_user(txn, 5, DEPUTY, "deputy", 10, 0, 0);
	seed_user(txn, 6, HEAD, "head", 0, ASSOCIATION, 0);
	for (size_t i = 0; i < METOD_LEN(accounts); i++)
		seed_user(txn, 20 + i, TEACHER + (int64_t)i,
		    accounts[i].mentor ? "mentor" : "teacher", 0, 0,
		    person_id(accounts[i].org, accounts[i].i));
	uint64_t members[35];
	for (unsigned i = 0; i < METOD_LEN(members); i++)
		members[i] = person_id(i % 2 ? 10 : 20, i);
	struct metod_association association = {.id = ASSOCIATION,
	    .code = z("A1"),
	    .name = z("МО"),
	    .level = z("municipal"),
	    .org = 1,
	    .members = {members, METOD_LEN(members)}};
	metod_record(txn, METOD_E_ASSOCIATION_PUT, &association);
	seed_content(f, txn);
	struct metod_wave wave = wave_row(f);
	metod_record(txn, METOD_E_WAVE_PUT, &wave);
}

/* State of a person in a competency: about a third in need, a third unclear, a third
 * fine. */
static unsigned state_of(uint64_t person, size_t k)
{
	return METOD_STATE_NEED + (unsigned)(metod_hash64(k, &person, sizeof person) % 3);
}

struct answering {
	unsigned org, from, to;
	bool silent; /* without the consent to be counted */
};

static void seed_answers(struct fixture *f, struct metod_txn *txn, const void *arg)
{
	const struct answering *a = arg;
	for (unsigned i = a->from; i < a->to; i++) {
		uint64_t person = person_id(a->org, i);
		struct metod_profile_cell cells[COMPETENCIES];
		struct metod_str items[COMPETENCIES * 3];
		int64_t answers[COMPETENCIES * 3];
		uint64_t page = 1;
		for (size_t k = 0; k < COMPETENCIES; k++) {
			metod_record_init(&metod_profile_cell_desc,
			    memset(&cells[k], 0, sizeof cells[k]));
			cells[k].competency = z(competencies[k]);
			cells[k].state = state_of(person, k);
			cells[k].shown = cells[k].answered = 3;
			cells[k].level = 1;
			cells[k].need = cells[k].state == METOD_STATE_NEED
			    ? 900 + (int64_t)k * 50
			    : 200;
		}
		for (size_t k = 0; k < METOD_LEN(items); k++) { /* shown backwards */
			size_t from = METOD_LEN(items) - 1 - k;
			items[k] = metod_arena_printf(
			    f->arena, "%s-%zu", competencies[from / 3], from % 3);
			answers[k] = (int64_t)(from % 4);
		}
		struct metod_strs shown = {items, METOD_LEN(items)};
		struct metod_attempt attempt = {.id = 50000 + person,
		    .invitation = 90000 + person,
		    .wave = WAVE,
		    .person = person,
		    .started = 1,
		    .state = z("submitted"),
		    .wording = z("t"),
		    .items = shown,
		    .pages = {&page, 1},
		    .consents = words(f, "process:1", a->silent ? NULL : "aggregate:1")};
		struct metod_submission sheet = {.wave = WAVE,
		    .person = person,
		    .attempt = attempt.id,
		    .at = f->now_ms,
		    .items = shown,
		    .answers = {answers, METOD_LEN(answers)},
		    .source = z("self"),
		    .wording = z("t")};
		struct metod_profile profile = {.wave = WAVE,
		    .person = person,
		    .attempt = attempt.id,
		    .at = f->now_ms,
		    .framework = z("fw"),
		    .paramset = z("0"),
		    .cells = {cells, COMPETENCIES}};
		metod_record(txn, METOD_E_ATTEMPT_PUT, &attempt);
		metod_record(txn, METOD_E_SUBMITTED, &sheet);
		metod_record(txn, METOD_E_PROFILE_COMPUTED, &profile);
	}
}

static void answer(struct fixture *f, unsigned org, unsigned from, unsigned to)
{
	struct answering answering = {org, from, to, false};
	f->now_ms += 1000;
	seed(f, seed_answers, &answering);
	f->now_ms += 1000;
}

static void everybody_answers(struct fixture *f)
{
	for (size_t o = 0; o < METOD_LEN(places); o++)
		answer(f, (unsigned)places[o].id, 0, places[o].people);
}

static int set_up(void **state)
{
	static const struct metod_meta meta = {
	    .one = 1, .zone = {"Europe/Samara", 13}, .young_age = 35, .young_years = 3};
	struct fixture *f = calloc(1, sizeof *f);
	struct metod_error err = {0};
	snprintf(f->dir, sizeof f->dir, "/tmp/test_app_results_XXXXXX");
	if (!mkdtemp(f->dir))
		return 1;
	snprintf(f->data, sizeof f->data, "%s/data", f->dir);
	snprintf(f->keys, sizeof f->keys, "%s/keys", f->dir);
	struct metod_store_config config = {.dir = f->data, .map_bytes = 256 << 20};
	f->arena = metod_arena_new();
	f->lang = METOD_EN;
	f->today = metod_days_from_civil(2026, 11, 21);
	f->now_ms = f->today * DAY_MS + 8 * 3600000LL;
	if (metod_store_create(&config, &meta, 1, &err) ||
	    metod_store_open(&config, &f->store, &err) ||
	    metod_app_init_keys(f->keys, &err) ||
	    metod_app_new(
		&(struct metod_app_config){
		    .store = f->store, .keys_dir = f->keys, .mentor_capacity = 3},
		&f->app, &err)) {
		print_error("%s: %s\n", err.field, err.message);
		return 1;
	}
	seed(f, seed_world, NULL);
	*state = f;
	return 0;
}

static int drop(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	struct metod_verify_report report = {0};
	struct metod_error err = {0};
	char scratch[96];
	snprintf(scratch, sizeof scratch, "%s/scratch", f->dir);
	mkdir(scratch, 0700);
	metod_app_free(f->app);
	metod_store_close(f->store);
	enum metod_err e = metod_store_verify(f->data, scratch, &report, &err);
	if (e)
		print_error("verify: %s: %s\n", err.field, err.message);
	nftw(f->dir, drop, 8, FTW_DEPTH | FTW_PHYS);
	metod_arena_free(f->arena);
	free(f);
	return e != METOD_OK;
}

/* ---- publication and difficulties ---- */

static enum metod_err publish(struct fixture *f, struct metod_done_rep *ret)
{
	struct metod_code_req req = {z("w1")};
	f->now_ms += 1000;
	return ask(f, METHODIST, "wave.publish", &req, ret);
}

static struct metod_deficit_top_rep top(struct fixture *f, int64_t uid, const char *in)
{
	struct metod_deficit_top_req req = {.wave = z("w1"), .in = z(in)};
	struct metod_deficit_top_rep rep;
	OK(f, ask(f, uid, "deficit.top", &req, &rep));
	return rep;
}

static const struct metod_deficit_row *row_of(
    const struct metod_deficit_top_rep *rep, const char *id)
{
	for (size_t i = 0; i < rep->rows.n; i++)
		if (metod_str_is(rep->rows.p[i].competency, id))
			return &rep->rows.p[i];
	fail_msg("no row %s", id);
	return NULL;
}

static uint64_t in_need(unsigned org, unsigned from, unsigned to, size_t k)
{
	uint64_t n = 0;
	for (unsigned i = from; i < to; i++)
		n += state_of(person_id(org, i), k) == METOD_STATE_NEED;
	return n;
}

static void nothing_is_published_of_fewer_than_five(void **state)
{
	struct fixture *f = *state;
	struct metod_deficit_top_req req = {.wave = z("w1")};
	answer(f, 10, 0, 4);
	struct answering silent = {11, 0, 20, true};
	seed(f, seed_answers, &silent);
	REFUSED(f, METOD_SMALL, publish(f, NULL));
	assert_null(strstr(f->error.message, "4"));
	REFUSED(f, METOD_NOT_FOUND, ask(f, METHODIST, "deficit.top", &req, NULL));
	assert_string_equal(f->error.hint, "metodctl wave publish w1");
}

static void published_numbers_are_the_counts(void **state)
{
	struct fixture *f = *state;
	struct metod_done_rep done;
	everybody_answers(f);
	OK(f, publish(f, &done));
	assert_true(done.count > 10);
	assert_int_equal(done.note.n, 0);
	struct metod_deficit_top_rep rep = top(f, METHODIST, "");
	assert_int_equal(rep.n, 182);
	assert_true(rep.ordered);
	for (size_t k = 0; k < COMPETENCIES; k++) {
		uint64_t part = 0;
		for (size_t o = 0; o < METOD_LEN(places); o++)
			part += in_need((unsigned)places[o].id, 0, places[o].people, k);
		const struct metod_deficit_row *row = row_of(&rep, competencies[k]);
		assert_true(metod_str_is(row->shown, "exact"));
		assert_int_equal(row->part, part);
		assert_int_equal(row->n, 182);
		assert_int_equal(row->share, (1000 * part + 91) / 182);
		assert_true(row->lo < row->share && row->share < row->hi);
	}
	for (size_t i = 1; i < rep.rows.n; i++)
		assert_true(rep.rows.p[i - 1].part >= rep.rows.p[i].part);
}

/* What a reader could subtract: children that are shown never leave a group of 1 to 4. */
static void a_small_school_stays_unknown(void **state)
{
	struct fixture *f = *state;
	static const char *const schools[] = {"W1", "W2", "W3"};
	everybody_answers(f);
	OK(f, publish(f, NULL));
	struct metod_deficit_top_rep small = top(f, METHODIST, "W4"),
				     west = top(f, METHODIST, "WEST");
	assert_int_equal(small.n, METOD_NIL);
	assert_int_equal(small.target, 3);
	int64_t left = west.n;
	for (size_t i = 0; i < METOD_LEN(schools); i++) {
		struct metod_deficit_top_rep one = top(f, METHODIST, schools[i]);
		left -= one.n == METOD_NIL ? 0 : one.n;
	}
	assert_true(left == 0 || left >= 5);
	for (size_t k = 0; k < COMPETENCIES; k++) {
		const struct metod_deficit_row *row = row_of(&small, competencies[k]);
		assert_true(metod_str_is(row->shown, "nothing"));
		assert_int_equal(row->n, METOD_NIL);
		assert_int_equal(row->share, METOD_NIL);
		assert_int_equal(row->cls.n, 0);
		int64_t n = row_of(&west, competencies[k])->n;
		for (size_t i = 0; i < METOD_LEN(schools) && n != METOD_NIL; i++) {
			struct metod_deficit_top_rep one = top(f, METHODIST, schools[i]);
			int64_t own = row_of(&one, competencies[k])->n;
			n -= own == METOD_NIL ? 0 : own;
		}
		assert_true(n == METOD_NIL || n == 0 || n >= 5);
	}
}

static void classes_keep_framework_order(void **state)
{
	struct fixture *f = *state;
	everybody_answers(f);
	OK(f, publish(f, NULL));
	struct metod_deficit_top_rep rep = top(f, METHODIST, "E2");
	assert_false(rep.ordered);
	static const char *const order[] = {"most", "notable", "few", ""};
	size_t at = 0, framework = 0;
	for (size_t i = 0; i < rep.rows.n; i++) {
		size_t k = 0;
		while (!metod_str_is(rep.rows.p[i].cls, order[at])) {
			at++;
			framework = 0;
			assert_true(at < METOD_LEN(order));
		}
		while (!metod_str_is(rep.rows.p[i].competency, competencies[k]))
			k++;
		assert_true(k + 1 > framework);
		framework = k + 1;
		assert_int_equal(rep.rows.p[i].share, METOD_NIL);
		assert_int_equal(rep.rows.p[i].part, METOD_NIL);
	}
}

/* Answers enter in blocks: nobody's answer is the difference of two publications. */
static void releases_differ_by_five_answers_or_by_none(void **state)
{
	struct fixture *f = *state;
	struct metod_done_rep done;
	answer(f, 10, 0, 30);
	answer(f, 11, 0, 25);
	OK(f, publish(f, NULL));
	assert_int_equal(top(f, METHODIST, "").n, 55);
	answer(f, 10, 30, 34);
	REFUSED(f, METOD_SMALL, publish(f, NULL));
	answer(f, 11, 25, 30);
	OK(f, publish(f, &done));
	assert_true(done.note.n > 0);
	assert_int_equal(top(f, METHODIST, "W1").n, 30);
	assert_int_equal(top(f, METHODIST, "W2").n, 30);
	assert_int_equal(top(f, METHODIST, "WEST").n, 60);
	assert_int_equal(top(f, METHODIST, "").n, 60);
	answer(f, 10, 34, 36);
	answer(f, 20, 0, 3);
	OK(f, publish(f, NULL));
	assert_int_equal(top(f, METHODIST, "W1").n, 36);
	/* 3 in the east: the whole is 69, but 60 + 6 is all that a reader may see of it.
	 */
	assert_int_equal(top(f, METHODIST, "WEST").n, 66);
}

static void seed_close(struct fixture *f, struct metod_txn *txn, const void *arg)
{
	struct metod_wave wave = wave_row(f);
	const struct metod_wave *now = arg;
	wave.published = now->published;
	wave.published_at = now->published_at;
	wave.state = z("closed");
	wave.closed = f->now_ms;
	metod_record(txn, METOD_E_WAVE_PUT, &wave);
}

static void the_close_takes_in_those_who_waited_together(void **state)
{
	struct fixture *f = *state;
	for (unsigned org = 10; org < 13; org++)
		answer(f, org, 0, 25);
	answer(f, 20, 0, 25);
	OK(f, publish(f, NULL));
	struct metod_wave published = {.published = 100, .published_at = f->now_ms};
	for (unsigned org = 10; org < 13; org++)
		answer(f, org, 25, 27);
	answer(f, 20, 25, 27); /* 2 alone in their municipality stay out */
	seed(f, seed_close, &published);
	OK(f, publish(f, NULL));
	assert_int_equal(top(f, METHODIST, "W1").n, 25);
	assert_int_equal(top(f, METHODIST, "WEST").n, 81);
	assert_int_equal(top(f, METHODIST, "EAST").n, 25);
	assert_int_equal(top(f, METHODIST, "").n, 106);
	OK(f, publish(f, NULL)); /* once more: nothing moves */
	assert_int_equal(top(f, METHODIST, "WEST").n, 81);
}

static void scopes_end_where_roles_end(void **state)
{
	struct fixture *f = *state;
	struct metod_deficit_top_req west = {.wave = z("w1"), .in = z("WEST")};
	struct metod_deficit_top_req place = {.wave = z("w1"), .position = z("teacher")};
	struct metod_deficit_map_req map = {.wave = z("w1")};
	struct metod_deficit_map_rep cells;
	struct metod_code_req code = {z("w1")};
	everybody_answers(f);
	OK(f, publish(f, NULL));
	assert_true(metod_str_is(top(f, METHODIST_EAST, "").scope, "EAST"));
	assert_true(metod_str_is(top(f, DEPUTY, "").scope, "W1"));
	assert_true(metod_str_is(top(f, HEAD, "").scope, "МО"));
	assert_int_equal(top(f, HEAD, "").n, 35);
	assert_true(metod_str_is(top(f, ANALYST, "").scope, "T"));
	REFUSED(f, METOD_NOT_FOUND, ask(f, METHODIST_EAST, "deficit.top", &west, NULL));
	REFUSED(f, METOD_NOT_FOUND, ask(f, DEPUTY, "deficit.top", &west, NULL));
	REFUSED(f, METOD_RANGE, ask(f, DEPUTY, "deficit.top", &place, NULL));
	OK(f, ask(f, METHODIST, "deficit.top", &place, NULL));
	REFUSED(f, METOD_NOT_FOUND, ask(f, METHODIST_EAST, "wave.publish", &code, NULL));
	OK(f, ask(f, METHODIST, "deficit.map", &map, &cells));
	assert_int_equal(cells.rows.n, 7 * COMPETENCIES);
	assert_true(metod_str_is(cells.rows.p[0].org, "E1"));
	OK(f, ask(f, METHODIST_EAST, "deficit.map", &map, &cells));
	assert_int_equal(cells.rows.n, 3 * COMPETENCIES);
	for (size_t i = 0; i < cells.rows.n; i++)
		assert_int_equal(cells.rows.p[i].org.p[0], 'E');
}

/* ---- routes ---- */

static void seed_catalogue(struct fixture *f, struct metod_txn *txn, const void *arg)
{
	(void)arg;
	for (uint64_t i = 0; i < 12; i++) {
		struct metod_activity_gain gain = {
		    z(competencies[i % COMPETENCIES]), 200};
		struct metod_session session = {.id = 800 + i,
		    .start = f->today + 10,
		    .finish = f->today + 40,
		    .weekly_hours = 2,
		    .place = z("WEST")};
		struct metod_activity activity = {.id = 600 + i,
		    .code = metod_arena_printf(f->arena, "A-%02u", (unsigned)i),
		    .title = text(f, "курс", "course"),
		    .kind = z("course"),
		    .hours = 8,
		    .format = z("online"),
		    .gains = {&gain, 1},
		    .sessions = {&session, i % 2}};
		metod_record(txn, METOD_E_ACTIVITY_PUT, &activity);
	}
}

static void seed_grant(struct fixture *f, struct metod_txn *txn, const void *arg)
{
	const struct metod_grant *grant = arg;
	(void)f;
	metod_record(txn, METOD_E_GRANT_PUT, grant);
}

static void give(struct fixture *f, uint64_t id, uint64_t person, const char *act,
    struct metod_strs themes)
{
	struct metod_grant grant = {.id = id,
	    .person = person,
	    .act = z(act),
	    .wave = WAVE,
	    .themes = themes,
	    .at = f->now_ms,
	    .until = METOD_NIL,
	    .revoked = METOD_NIL};
	seed(f, seed_grant, &grant);
}

static void routes_keep_what_the_teacher_decided(void **state)
{
	struct fixture *f = *state;
	struct metod_route_build_req all = {.wave = z("w1")};
	struct metod_route_build_rep rep;
	struct metod_route_view view, again;
	seed(f, seed_catalogue, NULL);
	everybody_answers(f);
	OK(f, publish(f, NULL));
	OK(f, ask(f, METHODIST, "route.build", &all, &rep));
	assert_int_equal(rep.profiles, 182);
	assert_true(rep.gap != METOD_NIL);
	size_t teacher = 0;
	for (; teacher < 3; teacher++) {
		OK(f, ask(f, TEACHER + (int64_t)teacher, "me.route", NULL, &view));
		if (view.rows.n >= 2)
			break;
	}
	assert_true(teacher < 3);
	int64_t uid = TEACHER + (int64_t)teacher;
	assert_int_equal(view.version, 1);
	assert_true(view.hours <= 36);
	struct metod_step_req wanted = {1, z("wanted")}, refused = {2, z("refused")};
	struct metod_step_req accepted = {1, z("accepted")};
	OK(f, ask(f, uid, "me.step", &wanted, NULL));
	OK(f, ask(f, uid, "me.step", &refused, NULL));
	REFUSED(f, METOD_RANGE, ask(f, uid, "me.step", &accepted, NULL));
	OK(f, ask(f, METHODIST, "route.build", &all, &rep));
	OK(f, ask(f, uid, "me.route", NULL, &again));
	assert_int_equal(again.version, 4);
	unsigned kept = 0, gone = 0;
	for (size_t i = 0; i < again.rows.n; i++) {
		struct metod_route_row *row = &again.rows.p[i];
		if (metod_str_eq(row->code, view.rows.p[0].code))
			kept += metod_str_is(row->state, "wanted");
		if (metod_str_eq(row->code, view.rows.p[1].code))
			gone += metod_str_is(row->state, "refused") ? 1 : 100;
	}
	assert_int_equal(kept, 1);
	assert_int_equal(gone, 1);
	OK(f, ask(f, METHODIST, "route.build", &all, &rep));
	OK(f, ask(f, uid, "me.route", NULL, &again));
	assert_int_equal(again.version, 4); /* nothing new: no new version */
}

static void a_route_opens_by_its_owner_only(void **state)
{
	struct fixture *f = *state;
	unsigned i = 0;
	while (i < 3 && state_of(person_id(10, i), 1) != METOD_STATE_NEED)
		i++;
	assert_true(i < 3);
	int64_t owner = TEACHER + (int64_t)i,
		colleague = TEACHER + (int64_t)((i + 1) % 3);
	struct metod_route_build_req own = {.wave = z("w1")};
	struct metod_route_build_req other = {
	    .wave = z("w1"), .teacher = person_code(f, 10, i)};
	struct metod_profile_req show = {.teacher = person_code(f, 10, i)};
	struct metod_route_view mine, applied;
	struct metod_data_view data;
	seed(f, seed_catalogue, NULL);
	everybody_answers(f);
	REFUSED(f, METOD_NOT_FOUND, ask(f, colleague, "route.build", &other, NULL));
	REFUSED(f, METOD_NOT_FOUND, ask(f, METHODIST, "route.build", &other, NULL));
	OK(f, ask(f, owner, "route.build", &own, NULL));
	OK(f, ask(f, owner, "route.show", &show, &mine));
	assert_true(mine.rows.n > 0);
	REFUSED(f, METOD_NOT_FOUND, ask(f, colleague, "route.show", &show, NULL));
	REFUSED(f, METOD_NOT_FOUND, ask(f, METHODIST, "route.show", &show, NULL));
	REFUSED(f, METOD_NOT_FOUND, ask(f, DEPUTY, "route.show", &show, NULL));
	struct metod_strs chosen = {&mine.rows.p[0].code, 1};
	give(f, 31, person_id(10, i), "apply_course", chosen);
	REFUSED(f, METOD_NOT_FOUND, ask(f, METHODIST_EAST, "route.show", &show, NULL));
	OK(f, ask(f, DEPUTY, "route.show", &show, &applied));
	assert_int_equal(applied.rows.n, 1);
	assert_true(metod_str_eq(applied.rows.p[0].code, mine.rows.p[0].code));
	assert_true(metod_str_is(applied.rows.p[0].serves, "-"));
	assert_int_equal(applied.gap, METOD_NIL);
	OK(f, ask(f, owner, "me.data", NULL, &data));
	assert_int_equal(data.looks.n, 1);
	assert_true(metod_str_is(data.looks.p[0].what, "route"));
}

/* ---- mentoring ---- */

static void seed_mentors(struct fixture *f, struct metod_txn *txn, const void *arg)
{
	static const struct {
		unsigned org, i;
		const char *strong;
	} mentors[] = {{11, 0, "FOR"}, {20, 0, "CRI"}};
	const unsigned *capacity = arg;
	(void)f;
	for (size_t i = 0; i < METOD_LEN(mentors); i++) {
		struct metod_strength_rec strength = {
		    .competency = z(mentors[i].strong), .value = 900};
		struct metod_mentor mentor = {
		    .person = person_id(mentors[i].org, mentors[i].i),
		    .status = z("active"),
		    .capacity = *capacity,
		    .admitted = METOD_NIL,
		    .admitted_to = METOD_NIL,
		    .strengths = {&strength, 1}};
		metod_record(txn, METOD_E_MENTOR_PUT, &mentor);
	}
}

static void seed_paused(struct fixture *f, struct metod_txn *txn, const void *arg)
{
	struct metod_strength_rec strength = {.competency = z("FOR"), .value = 900};
	struct metod_mentor mentor = {.person = person_id(11, 0),
	    .status = z("paused"),
	    .capacity = 3,
	    .admitted = METOD_NIL,
	    .admitted_to = METOD_NIL,
	    .strengths = {&strength, 1}};
	(void)f;
	(void)arg;
	metod_record(txn, METOD_E_MENTOR_PUT, &mentor);
}

static const struct metod_pair_row *pair_of(
    const struct metod_mentor_suggest_rep *rep, struct metod_str mentee)
{
	for (size_t i = 0; i < rep->rows.n; i++)
		if (metod_str_eq(rep->rows.p[i].mentee, mentee))
			return &rep->rows.p[i];
	fail_msg("no row of %.*s", METOD_FMT(mentee));
	return NULL;
}

static bool holds(struct metod_str text_in, const char *part)
{
	return memmem(text_in.p, text_in.n, part, strlen(part)) != NULL;
}

static void pairs_begin_when_both_agree(void **state)
{
	struct fixture *f = *state;
	static const unsigned places_each = 3;
	struct metod_mentor_suggest_req req = {.wave = z("w1"), .dry_run = true};
	struct metod_mentor_suggest_rep rep;
	struct metod_code_req wave = {z("w1")}, mentee = {person_code(f, 10, 0)};
	struct metod_my_pairs_rep mine;
	struct metod_mentees_rep list;
	struct metod_mentee_view view;
	struct metod_data_view data;
	everybody_answers(f);
	seed(f, seed_mentors, &places_each);
	give(f, 41, person_id(10, 0), "find_mentor", words(f, "FOR", NULL));
	OK(f, ask(f, COORDINATOR, "mentor.suggest", &req, &rep));
	REFUSED(f, METOD_NOT_FOUND, ask(f, COORDINATOR, "mentor.pairs", &wave, NULL));
	req.dry_run = false;
	OK(f, ask(f, COORDINATOR, "mentor.suggest", &req, &rep));
	assert_int_equal(rep.matched, 1);
	assert_int_equal(rep.objective, rep.dual);
	const struct metod_pair_row *row = pair_of(&rep, mentee.code);
	assert_true(metod_str_eq(row->mentor, person_code(f, 11, 0)));
	assert_true(holds(row->reason, "FOR") && !holds(row->reason, "CRI"));
	assert_true(metod_str_is(rep.shortage.p[0].wanted, "<5"));
	struct metod_pair_req pair = {.pair = row->id, .reason = z("причина")};
	REFUSED(f, METOD_NOT_FOUND, ask(f, TEACHER + 1, "mentor.accept", &pair, NULL));
	REFUSED(f, METOD_NOT_FOUND, ask(f, TEACHER + 4, "mentor.decline", &pair, NULL));
	OK(f, ask(f, TEACHER, "mentor.accept", &pair, NULL));
	OK(f, ask(f, TEACHER, "me.pairs", NULL, &mine));
	assert_int_equal(mine.rows.n, 1);
	assert_true(mine.rows.p[0].i_agreed);
	assert_int_equal(mine.rows.p[0].mentor.n, 0);
	assert_int_equal(mine.rows.p[0].org.n, 0);
	assert_false(holds(mine.rows.p[0].reason, "W2"));
	OK(f, ask(f, TEACHER + 3, "mentee.list", NULL, &list));
	assert_int_equal(list.rows.n, 1);
	assert_int_equal(list.rows.p[0].name.n, 0);
	assert_int_equal(list.rows.p[0].themes.n, 0);
	REFUSED(f, METOD_NOT_FOUND, ask(f, TEACHER + 3, "mentee.show", &mentee, NULL));
	OK(f, ask(f, TEACHER + 3, "mentor.accept", &pair, NULL));
	OK(f, ask(f, TEACHER + 3, "mentee.show", &mentee, &view));
	assert_int_equal(view.rows.n, 1);
	assert_true(metod_str_is(view.rows.p[0].competency, "FOR"));
	assert_int_equal(view.rows.p[0].p_need, METOD_NIL);
	REFUSED(f, METOD_NOT_FOUND, ask(f, TEACHER + 4, "mentee.show", &mentee, NULL));
	OK(f, ask(f, TEACHER, "me.pairs", NULL, &mine));
	assert_true(mine.rows.p[0].mentor.n > 0);
	OK(f, ask(f, TEACHER, "me.data", NULL, &data));
	assert_true(
	    data.looks.n >= 3); /* two runs of the coordinator, one look of the mentor */
	OK(f, ask(f, COORDINATOR, "mentor.pairs", &wave, &rep));
	assert_true(metod_str_is(pair_of(&rep, mentee.code)->state, "accepted"));
	/* The pair outlives the admission of its mentor, with its name and its reason. */
	seed(f, seed_paused, NULL);
	OK(f, ask(f, COORDINATOR, "mentor.pairs", &wave, &rep));
	row = pair_of(&rep, mentee.code);
	assert_true(metod_str_eq(row->mentor, person_code(f, 11, 0)));
	assert_true(holds(row->reason, "FOR"));
}

static void places_are_counted_again_at_acceptance(void **state)
{
	struct fixture *f = *state;
	static const unsigned two = 2, one = 1;
	struct metod_mentor_suggest_req req = {.wave = z("w1")};
	struct metod_mentor_suggest_rep rep;
	struct metod_pair_req pairs[2];
	everybody_answers(f);
	seed(f, seed_mentors, &two);
	for (unsigned i = 0; i < 2; i++)
		give(f, 41 + i, person_id(10, i), "find_mentor", words(f, "FOR", NULL));
	OK(f, ask(f, COORDINATOR, "mentor.suggest", &req, &rep));
	assert_int_equal(rep.matched, 2);
	for (unsigned i = 0; i < 2; i++) {
		const struct metod_pair_row *row = pair_of(&rep, person_code(f, 10, i));
		assert_true(metod_str_eq(row->mentor, person_code(f, 11, 0)));
		pairs[i] = (struct metod_pair_req){.pair = row->id};
		OK(f, ask(f, TEACHER + i, "mentor.accept", &pairs[i], NULL));
	}
	seed(f, seed_mentors, &one);
	OK(f, ask(f, TEACHER + 3, "mentor.accept", &pairs[0], NULL));
	REFUSED(f, METOD_CONFLICT, ask(f, TEACHER + 3, "mentor.accept", &pairs[1], NULL));
	/* The next run leaves the accepted pair, and finds the other one another mentor.
	 */
	OK(f, ask(f, COORDINATOR, "mentor.suggest", &req, &rep));
	assert_true(
	    metod_str_is(pair_of(&rep, person_code(f, 10, 0))->state, "accepted"));
	const struct metod_pair_row *row = pair_of(&rep, person_code(f, 10, 1));
	assert_true(metod_str_eq(row->mentor, person_code(f, 20, 0)));
	assert_true(holds(row->reason, "General support"));
	struct metod_pair_req again = {.pair = row->id};
	OK(f, ask(f, TEACHER + 1, "mentor.decline", &again, NULL));
	REFUSED(f, METOD_CLOSED, ask(f, TEACHER + 4, "mentor.accept", &again, NULL));
	OK(f, ask(f, COORDINATOR, "mentor.suggest", &req, &rep));
	row = pair_of(&rep, person_code(f, 10, 1));
	assert_true(metod_str_is(row->state, "unmatched"));
	assert_int_equal(row->mentor.n, 0);
}

static void a_shortage_is_said_in_numbers(void **state)
{
	struct fixture *f = *state;
	static const unsigned one = 1;
	struct metod_mentor_suggest_req req = {.wave = z("w1")};
	struct metod_mentor_suggest_rep rep;
	everybody_answers(f);
	seed(f, seed_mentors, &one);
	for (unsigned i = 0; i < 7; i++) /* a low-result school: tier 2 */
		give(f, 41 + i, person_id(12, i), "find_mentor",
		    words(f, "FOR", i < 4 ? "DIG" : NULL));
	f->lang = METOD_RU;
	OK(f, ask(f, COORDINATOR, "mentor.suggest", &req, &rep));
	assert_true(metod_str_is(rep.shortage_text,
	    "Эти 7 специалистов достают только до 2 мест у наставников: нужно ещё 5 мест."));
	assert_int_equal(rep.rows.n, 7);
	assert_int_equal(rep.rows.p[0].tier, 2);
	assert_true(metod_str_is(rep.rows.p[6].state, "unmatched"));
	assert_true(
	    metod_str_is(rep.rows.p[6].reason, "Места у подходящих наставников заняты."));
	assert_int_equal(rep.shortage.n, 2);
	assert_true(metod_str_is(rep.shortage.p[0].competency, "FOR"));
	assert_true(metod_str_is(rep.shortage.p[0].wanted, "7"));
	assert_int_equal(rep.shortage.p[0].places, 1);
	assert_true(rep.shortage.p[0].is_short);
	assert_true(metod_str_is(rep.shortage.p[1].wanted, "<5"));
	assert_int_equal(rep.shortage.p[1].mentors, 0);
}

/* ---- recommendations ---- */

static void seed_rules(struct fixture *f, struct metod_txn *txn, const void *arg)
{
	static const char *const audience[] = {
	    "teacher", "association", "deputy", "municipality"};
	struct metod_advice_rule rules[4 * (COMPETENCIES + 1)];
	struct metod_rules all = {.id = z("rec"),
	    .version = z("1"),
	    .framework = z("fw"),
	    .title = text(f, "правила", "rules"),
	    .rules = {rules, METOD_LEN(rules)}};
	(void)arg;
	for (size_t i = 0; i < METOD_LEN(rules); i++)
		rules[i] = (struct metod_advice_rule){
		    .id = metod_arena_printf(f->arena, "R%zu", i),
		    .audience = z(audience[i % 4]),
		    .competency = z(i < 4 ? "GONE" : competencies[i / 4 - 1]),
		    .min_class = z("few"),
		    .measure = text(f, "мера", "measure"),
		    .responsible = text(f, "кто", "who"),
		    .deadline_days = 60,
		    .evidence = text(f, "след", "trace"),
		    .acceptance = text(f, "приёмка", "acceptance")};
	metod_record(txn, METOD_E_RULES_PUT, &all);
}

static void recommendations_name_all_they_address(void **state)
{
	struct fixture *f = *state;
	struct metod_recommend_build_req req = {.wave = z("w1")};
	struct metod_recommend_view rep;
	struct metod_recommends_rep list;
	struct metod_code_req code;
	everybody_answers(f);
	OK(f, publish(f, NULL));
	REFUSED(f, METOD_NOT_FOUND, ask(f, METHODIST, "recommend.build", &req, NULL));
	assert_non_null(strstr(f->error.hint, "form load"));
	seed(f, seed_rules, NULL);
	f->lang = METOD_RU;
	OK(f, ask(f, METHODIST, "recommend.build", &req, &rep));
	assert_true(metod_str_is(rep.code, "R-0001"));
	assert_true(holds(rep.title,
	    "для учителей, руководителей методических объединений, заместителей руководителей и "
	    "муниципальной методической службы: T"));
	assert_int_equal(rep.rows.n, 4 * COMPETENCIES);
	assert_true(holds(rep.rows.p[0].finding->ru, "из 182 ответивших"));
	assert_true(holds(rep.rows.p[0].finding->en, "of 182 who answered"));
	assert_int_equal(rep.rows.p[0].deadline, f->today + 60);
	code = (struct metod_code_req){rep.code};
	REFUSED(
	    f, METOD_NOT_FOUND, ask(f, METHODIST_EAST, "recommend.show", &code, NULL));
	REFUSED(f, METOD_NOT_FOUND, ask(f, DEPUTY, "recommend.show", &code, NULL));
	OK(f, ask(f, DEPUTY, "recommend.build", &req, &rep));
	assert_true(metod_str_is(rep.code, "R-0002"));
	assert_true(metod_str_is(rep.scope, "W1"));
	assert_true(holds(rep.title, "для учителей и заместителей руководителей: W1"));
	OK(f, ask(f, HEAD, "recommend.build", &req, &rep));
	assert_true(metod_str_is(rep.scope, "МО"));
	OK(f, ask(f, HEAD, "recommend.list", NULL, &list));
	assert_int_equal(list.rows.n, 1);
	OK(f, ask(f, METHODIST, "recommend.list", NULL, &list));
	assert_int_equal(list.rows.n, 3);
	req.audiences = words(f, "municipality", NULL);
	REFUSED(f, METOD_DENIED, ask(f, DEPUTY, "recommend.build", &req, NULL));
	req.audiences = words(f, "parents", NULL);
	REFUSED(f, METOD_RANGE, ask(f, METHODIST, "recommend.build", &req, NULL));
}

enum { CONDITIONS = 6 };
/* Rules about any competency, each with one condition on numbers. */
static void seed_conditions(struct fixture *f, struct metod_txn *txn, const void *arg)
{
	const struct metod_advice_rule conditions[CONDITIONS] = {
	    {.id = z("many"), .answers_from = 182},
	    {.id = z("more"), .answers_from = 183},
	    {.id = z("small"), .answers_to = 25},
	    {.id = z("silence"), .coverage_below = 95},
	    {.id = z("lasting"), .trend = z("lasting")},
	    {.id = z("rising"), .trend = z("rising")},
	};
	struct metod_advice_rule rules[CONDITIONS];
	struct metod_rules all = {.id = z("rec"),
	    .version = z("1"),
	    .framework = z("fw"),
	    .title = text(f, "правила", "rules"),
	    .rules = {rules, CONDITIONS}};
	(void)arg;
	for (size_t i = 0; i < CONDITIONS; i++) {
		rules[i] = conditions[i];
		rules[i].audience = z("teacher");
		rules[i].competency = z("*");
		rules[i].min_class = z("few");
		rules[i].measure = text(f, "мера", "measure");
		rules[i].responsible = text(f, "кто", "who");
		rules[i].deadline_days = 60;
		rules[i].evidence = text(f, "след", "trace");
		rules[i].acceptance = text(f, "приёмка", "acceptance");
	}
	metod_record(txn, METOD_E_RULES_PUT, &all);
}

struct former {
	uint64_t id;
	const char *code, *form_version;
};

/* A wave of the past with the numbers of this one. */
static void seed_former_wave(struct fixture *f, struct metod_txn *txn, const void *arg)
{
	const struct former *former = arg;
	struct metod_wave wave = wave_row(f);
	struct metod_release key = {.wave = WAVE}, release, all[32];
	size_t n = 0;
	struct metod_scan *scan = metod_scan_table(txn, METOD_T_RELEASE, &key, 1);
	while (metod_scan_next(scan, f->arena, &release) == METOD_OK)
		all[n++] = release;
	metod_scan_end(scan);
	assert_in_range(n, 1, METOD_LEN(all));
	wave.id = former->id;
	wave.code = z(former->code);
	wave.form_version = z(former->form_version);
	wave.start = f->today - 100;
	wave.finish = f->today - 60;
	wave.published_at = f->now_ms - 60 * DAY_MS;
	metod_record(txn, METOD_E_WAVE_PUT, &wave);
	for (size_t i = 0; i < n; i++) {
		all[i].wave = former->id;
		metod_record(txn, METOD_E_RELEASED, &all[i]);
	}
}

/* The rules that speak, in the order of the lines. */
static const char *rules_heard(struct fixture *f, const char *in)
{
	struct metod_recommend_build_req req = {.wave = z("w1"), .in = z(in)};
	struct metod_recommend_view rep;
	struct metod_str heard = METOD_STR("");
	OK(f, ask(f, METHODIST, "recommend.build", &req, &rep));
	for (size_t i = 0; i < rep.rows.n; i++)
		heard = metod_arena_printf(f->arena, "%.*s%s%.*s", METOD_FMT(heard),
		    i ? " " : "", METOD_FMT(rep.rows.p[i].rule));
	return metod_arena_z(f->arena, heard);
}

static void conditions_look_at_published_numbers_only(void **state)
{
	struct fixture *f = *state;
	static const struct former other = {900, "w0", "0"}, same = {901, "w00", "1"};
	everybody_answers(f);
	OK(f, publish(f, NULL));
	seed(f, seed_conditions, NULL);
	assert_string_equal(rules_heard(f, "T"), "many");
	/* Another version of the form asks something else; the same one can be compared.
	 */
	seed(f, seed_former_wave, &other);
	assert_string_equal(rules_heard(f, "T"), "many");
	seed(f, seed_former_wave, &same);
	assert_string_equal(rules_heard(f, "T"), "many lasting");
}

static void seed_invitations(struct fixture *f, struct metod_txn *txn, const void *arg)
{
	const unsigned *of_ten = arg;
	uint8_t hash[32] = {0};
	for (size_t o = 0; o < METOD_LEN(places); o++)
		for (unsigned i = 0; i < places[o].people; i++) {
			uint64_t person = person_id((unsigned)places[o].id, i);
			struct metod_invitation one = {.id = 90000 + person,
			    .wave = WAVE,
			    .person = person,
			    .generation = 1,
			    .state = z("created"),
			    .hash = {(const char *)hash, sizeof hash}};
			memcpy(hash, &person, sizeof person);
			if (i % 10 < *of_ten)
				metod_record(txn, METOD_E_INVITATION_PUT, &one);
		}
	(void)f;
}

/* Who was not asked is not silent. */
static void silence_of_many_is_spoken_of_first(void **state)
{
	static const unsigned nine = 9, all = 10;
	struct fixture *f = *state;
	for (size_t o = 0; o < METOD_LEN(places); o++)
		answer(f, (unsigned)places[o].id, 0,
		    places[o].people - places[o].people / 8);
	OK(f, publish(f, NULL));
	seed(f, seed_conditions, NULL);
	assert_string_equal(rules_heard(f, "T"), "");
	seed(f, seed_invitations, &nine);
	assert_string_equal(rules_heard(f, "T"), "");
	seed(f, seed_invitations, &all);
	assert_string_equal(rules_heard(f, "T"), "silence");
}

static uint64_t teacher_line(
    const struct metod_recommend_view *view, const char *competency)
{
	for (size_t i = 0; i < view->rows.n; i++)
		if (metod_str_is(view->rows.p[i].audience, "teacher") &&
		    metod_str_is(view->rows.p[i].competency, competency))
			return view->rows.p[i].n;
	fail_msg("no line for teachers about %s", competency);
	return 0;
}

static void a_line_reaches_those_in_need_and_names_nobody(void **state)
{
	struct fixture *f = *state;
	struct metod_recommend_build_req build = {.wave = z("w1")};
	struct metod_recommend_view view;
	struct metod_send_row row;
	struct metod_sends_rep sent;
	struct metod_messages_rep messages;
	unsigned seen = 0;
	everybody_answers(f);
	OK(f, publish(f, NULL));
	seed(f, seed_rules, NULL);
	OK(f, ask(f, METHODIST, "recommend.build", &build, &view));
	struct metod_recommend_send_req req = {
	    .code = view.code, .line = teacher_line(&view, "FOR"), .dry_run = true};
	uint64_t need = 0;
	for (size_t o = 0; o < METOD_LEN(places); o++)
		need += in_need((unsigned)places[o].id, 0, places[o].people, 1);
	OK(f, ask(f, METHODIST, "recommend.send", &req, &row));
	assert_int_equal(row.id, 0);
	req.dry_run = false;
	OK(f, ask(f, METHODIST, "recommend.send", &req, &row));
	assert_int_equal(row.delivered, need);
	REFUSED(f, METOD_CONFLICT, ask(f, METHODIST, "recommend.send", &req, NULL));
	for (unsigned i = 0; i < 3; i++) {
		bool in = state_of(person_id(10, i), 1) == METOD_STATE_NEED;
		f->lang = METOD_EN;
		OK(f, ask(f, TEACHER + i, "me.messages", NULL, &messages));
		assert_int_equal(messages.rows.n, in ? 1 : 0);
		if (!in)
			continue;
		/* In the language of the page, whoever sent it. */
		assert_true(holds(messages.rows.p[0].text, "measure\n\nThis went to"));
		f->lang = METOD_RU;
		OK(f, ask(f, TEACHER + i, "me.messages", NULL, &messages));
		assert_true(holds(messages.rows.p[0].text, "мера\n\nЭто письмо"));
		f->lang = METOD_EN;
		seen++;
	}
	assert_in_range(seen, 1, 3);
	struct metod_code_req code = {view.code};
	OK(f, ask(f, METHODIST, "recommend.sent", &code, &sent));
	assert_int_equal(sent.rows.n, 1);
	assert_int_equal(sent.rows.p[0].delivered, need);
	assert_int_equal(sent.rows.p[0].opened, METOD_NIL);
	/* Nobody teaches physics here; other lines go to other groups. */
	req.subject = z("phys");
	REFUSED(f, METOD_SMALL, ask(f, METHODIST, "recommend.send", &req, NULL));
	assert_null(strpbrk(f->error.message, "0123456789"));
	req.subject = z("");
	req.line = 1000;
	REFUSED(f, METOD_NOT_FOUND, ask(f, METHODIST, "recommend.send", &req, NULL));
	REFUSED(f, METOD_NOT_FOUND, ask(f, METHODIST_EAST, "recommend.send", &req, NULL));
}

/* Version 2 of the rules words FOR for teachers twice: for schools and kindergartens. */
static void seed_words_of_places(
    struct fixture *f, struct metod_txn *txn, const void *arg)
{
	static const char *const words[] = {"kindergarten", "school"};
	struct metod_str contexts[2];
	struct metod_advice_rule rules[2];
	struct metod_rules all = {.id = z("rec"),
	    .version = z("2"),
	    .framework = z("fw"),
	    .title = text(f, "правила", "rules"),
	    .rules = {rules, METOD_LEN(rules)}};
	(void)arg;
	for (size_t i = 0; i < METOD_LEN(rules); i++) {
		contexts[i] = z(words[i]);
		rules[i] = (struct metod_advice_rule){.id = contexts[i],
		    .audience = z("teacher"),
		    .competency = z("FOR"),
		    .min_class = z("few"),
		    .context = {&contexts[i], 1},
		    .priority = 2 - (int)i,
		    .measure = text(f, "мера", "measure"),
		    .responsible = text(f, "кто", "who"),
		    .deadline_days = 60,
		    .evidence = text(f, "след", "trace"),
		    .acceptance = text(f, "приёмка", "acceptance")};
	}
	metod_record(txn, METOD_E_RULES_PUT, &all);
}

static uint64_t letters(struct fixture *f)
{
	struct metod_txn *txn;
	assert_int_equal(metod_read_begin(f->store, &txn), METOD_OK);
	uint64_t n = metod_table_count(txn, METOD_T_MESSAGE);
	metod_read_end(txn);
	return n;
}

static void words_of_a_school_are_said_to_be_for_teachers(void **state)
{
	struct fixture *f = *state;
	struct metod_recommend_build_req build = {.wave = z("w1")};
	struct metod_recommend_view view;
	struct metod_send_row row;
	uint64_t need = 0;
	everybody_answers(f);
	OK(f, publish(f, NULL));
	seed(f, seed_words_of_places, NULL);
	OK(f, ask(f, METHODIST, "recommend.build", &build, &view));
	/* No educators work here: nothing is said in the words of a kindergarten. */
	assert_int_equal(view.rows.n, 1);
	assert_true(metod_str_is(view.rows.p[0].rule, "school"));
	assert_true(metod_str_is(view.rows.p[0].position, "teacher"));
	struct metod_recommend_send_req req = {
	    .code = view.code, .line = teacher_line(&view, "FOR")};
	req.dry_run = true;
	OK(f, ask(f, METHODIST, "recommend.send", &req, &row));
	assert_true(holds(row.note, "--position teacher"));
	req.dry_run = false;
	req.position = z("teacher");
	OK(f, ask(f, METHODIST, "recommend.send", &req, &row));
	assert_false(holds(row.note, "--position"));
	for (size_t o = 0; o < METOD_LEN(places); o++)
		for (unsigned i = 0; i < places[o].people; i++)
			need += i % 10 != 9 &&
			    state_of(person_id((unsigned)places[o].id, i), 1) ==
				METOD_STATE_NEED;
	assert_int_equal(letters(f), need);
	/* A number that is not published would tell of those outside the group. */
	assert_int_equal(row.delivered, METOD_NIL);
}

/* Sending after every new answer would tell what the last one was. */
static void who_answered_after_the_publication_gets_nothing_yet(void **state)
{
	struct fixture *f = *state;
	struct metod_recommend_build_req build = {.wave = z("w1")};
	struct metod_recommend_view view;
	struct metod_send_row row;
	everybody_answers(f);
	OK(f, publish(f, NULL));
	seed(f, seed_rules, NULL);
	OK(f, ask(f, METHODIST, "recommend.build", &build, &view));
	struct metod_recommend_send_req req = {
	    .code = view.code, .line = teacher_line(&view, "FOR")};
	answer(f, 10, 0, 40);
	OK(f, ask(f, METHODIST, "recommend.send", &req, &row));
	uint64_t need = 0;
	for (size_t o = 0; o < METOD_LEN(places); o++)
		need += places[o].id == 10
		    ? 0
		    : in_need((unsigned)places[o].id, 0, places[o].people, 1);
	assert_int_equal(letters(f), need);
	assert_int_equal(row.delivered, METOD_NIL);
}

/* All but 3 or 4 of a school are teachers: a sending to teachers would tell the others
 * apart. */
static void those_left_outside_are_not_told_apart(void **state)
{
	struct fixture *f = *state;
	static const char *const schools[] = {"W1", "W2", "W3", "E1", "E3"};
	everybody_answers(f);
	OK(f, publish(f, NULL));
	seed(f, seed_rules, NULL);
	for (size_t s = 0; s < METOD_LEN(schools); s++) {
		struct metod_recommend_build_req build = {
		    .wave = z("w1"), .in = z(schools[s])};
		struct metod_recommend_view view;
		OK(f, ask(f, METHODIST, "recommend.build", &build, &view));
		for (size_t i = 0; i < view.rows.n; i++) {
			struct metod_recommend_send_req req = {.code = view.code,
			    .line = view.rows.p[i].n,
			    .position = z("teacher")};
			bool teacher = metod_str_is(view.rows.p[i].audience, "teacher");
			REFUSED(f, teacher ? METOD_SMALL : METOD_RANGE,
			    ask(f, METHODIST, "recommend.send", &req, NULL));
		}
	}
}

/* ---- export ---- */

static void exported_rows_have_nobody_behind_them(void **state)
{
	struct fixture *f = *state;
	struct metod_export_req req = {.wave = z("w1")},
				second = {.wave = z("w1"), .offset = 90};
	struct metod_export_rep all, part;
	answer(f, 10, 0, 4);
	REFUSED(f, METOD_SMALL, ask(f, ANALYST, "answers.export", &req, NULL));
	everybody_answers(f);
	REFUSED(f, METOD_SMALL,
	    ask(f, ANALYST, "answers.export", &req, NULL)); /* not published */
	OK(f, publish(f, NULL));
	OK(f, ask(f, ANALYST, "answers.export", &req, &all));
	assert_int_equal(all.total, 182);
	assert_int_equal(all.rows.n, 182);
	for (size_t i = 0; i < all.rows.n; i++) {
		const struct metod_export_row *row = &all.rows.p[i];
		assert_int_equal(row->id.n, 24);
		assert_true(i == 0 || metod_str_cmp(all.rows.p[i - 1].id, row->id) < 0);
		assert_int_equal(row->items.n, COMPETENCIES * 3);
		assert_true(metod_str_is(row->items.p[0], "SUB-0"));
		for (size_t k = 0; k < row->answers.n; k++)
			assert_int_equal(row->answers.p[k], k % 4);
	}
	OK(f, ask(f, ANALYST, "answers.export", &second, &part));
	assert_int_equal(part.rows.n, 92);
	assert_true(metod_str_eq(part.rows.p[0].id, all.rows.p[90].id));
	REFUSED(f, METOD_DENIED, ask(f, METHODIST, "answers.export", &req, NULL));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(nothing_is_published_of_fewer_than_five),
	    CASE(published_numbers_are_the_counts),
	    CASE(a_small_school_stays_unknown),
	    CASE(classes_keep_framework_order),
	    CASE(releases_differ_by_five_answers_or_by_none),
	    CASE(the_close_takes_in_those_who_waited_together),
	    CASE(scopes_end_where_roles_end),
	    CASE(routes_keep_what_the_teacher_decided),
	    CASE(a_route_opens_by_its_owner_only),
	    CASE(pairs_begin_when_both_agree),
	    CASE(places_are_counted_again_at_acceptance),
	    CASE(a_shortage_is_said_in_numbers),
	    CASE(recommendations_name_all_they_address),
	    CASE(conditions_look_at_published_numbers_only),
	    CASE(silence_of_many_is_spoken_of_first),
	    CASE(a_line_reaches_those_in_need_and_names_nobody),
	    CASE(words_of_a_school_are_said_to_be_for_teachers),
	    CASE(who_answered_after_the_publication_gets_nothing_yet),
	    CASE(those_left_outside_are_not_told_apart),
	    CASE(exported_rows_have_nobody_behind_them),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
