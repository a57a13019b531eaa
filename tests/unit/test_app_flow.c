/* SPDX-License-Identifier: Apache-2.0
 * The teacher's way and a campaign through the real dispatcher and a real store: content,
 * wave, codes, pages, sending, result, acts, withdrawal, erasure. Each case starts from
 * an empty store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <math.h>
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
	GROUPS = 7,
	PER_GROUP = 4, /* 28 competencies, 24 of them general */
	COMPETENCIES = GROUPS * PER_GROUP,
	PEOPLE = 24,
	SCHOOL_2 = PEOPLE - 4, /* index of the first person of the second school */
	PAGES_MOST = 20,
	METHODIST = 2000, /* unix users */
	NEIGHBOUR = 3000, /* methodist of the second school only */
	ADMIN = 1000,
#ifdef __SANITIZE_ADDRESS__
	GUESSES = 100000,
#else
	GUESSES = 1000000,
#endif
};
#define DAY_MS 86400000LL

struct fixture {
	char dir[64], data[96], keys[96];
	struct metod_store *store;
	struct metod_app *app;
	struct metod_arena *arena;
	struct metod_peer peer;
	enum metod_lang lang;
	int64_t now_ms, today;
	struct metod_error error; /* of the last call */
	unsigned keys_used;
};

/* ---- calls ---- */

static struct metod_str z(const char *text)
{
	return metod_str(text);
}

static enum metod_err ask_keyed(struct fixture *f, const char *method, const void *req,
    void *rep, struct metod_str session, const char *key)
{
	const struct metod_command *command = metod_command_find(z(method));
	struct metod_buf params = {0};
	struct metod_reply reply = {0};
	struct metod_none_req none = {0};

	assert_non_null(command);
	metod_pack(command->request, req ? req : &none, METOD_KEYS_NAME, 0, &params);
	metod_app_call_wait(f->app, &f->peer, z(method), metod_buf_view(&params), session,
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

static enum metod_err ask_in(struct fixture *f, struct metod_str session,
    const char *method, const void *req, void *rep)
{
	char key[32];
	snprintf(key, sizeof key, "k%u", ++f->keys_used);
	return ask_keyed(f, method, req, rep, session, key);
}

static enum metod_err ask_as(
    struct fixture *f, int64_t uid, const char *method, const void *req, void *rep)
{
	struct metod_peer peer = f->peer;
	f->peer = (struct metod_peer){.uid = uid};
	enum metod_err e = ask_in(f, z(""), method, req, rep);
	f->peer = peer;
	return e;
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

/* ---- content ---- */

static struct metod_str named(struct fixture *f, const char *format, int a, int b)
{
	char text[64];
	snprintf(text, sizeof text,
	    format[0] == 'G'       ? "G%d"
		: format[0] == 'C' ? "C%02d"
				   : "C%02d-%d",
	    a, b);
	return metod_arena_strz(f->arena, text);
}

static struct metod_text *text(struct fixture *f, const char *ru)
{
	struct metod_text *one = METOD_NEW(f->arena, struct metod_text);
	one->ru = metod_arena_strz(f->arena, ru);
	return one;
}

static struct metod_level *levels(struct fixture *f, const char *word)
{
	struct metod_level *list = METOD_NEWS(f->arena, 4, struct metod_level);
	for (unsigned i = 0; i < 4; i++) {
		char spelled[64];
		snprintf(spelled, sizeof spelled, "%s %u", word, i);
		list[i] = (struct metod_level){i, text(f, spelled)};
	}
	return list;
}

static struct metod_framework *framework(struct fixture *f)
{
	struct metod_framework *one = METOD_NEW(f->arena, struct metod_framework);
	*one = (struct metod_framework){.id = z("fw"),
	    .version = z("1"),
	    .title = text(f, "рамка"),
	    .not_in_work = text(f, "не было"),
	    .cannot_judge = text(f, "не могу"),
	    .severe = 500,
	    .need = 1500,
	    .resource = 2500,
	    .target = 2000};
	one->scale.p = levels(f, "ответ");
	one->level_words.p = levels(f, "уровень");
	one->scale.n = one->level_words.n = 4;
	one->groups.n = GROUPS;
	one->groups.p = METOD_NEWS(f->arena, GROUPS, struct metod_group);
	one->competencies.n = COMPETENCIES;
	one->competencies.p = METOD_NEWS(f->arena, COMPETENCIES, struct metod_competency);
	for (int g = 0; g < GROUPS; g++)
		one->groups.p[g] = (struct metod_group){named(f, "G", g, 0),
		    text(f, "группа"), text(f, "Как вы это делаете?")};
	for (int c = 0; c < COMPETENCIES; c++)
		one->competencies.p[c] =
		    (struct metod_competency){.id = named(f, "C", c, 0),
			.group = named(f, "G", c / PER_GROUP, 0),
			.name = text(f, "название"),
			.plain = text(f, "простыми словами"),
			.general = c % PER_GROUP != 3 || c / PER_GROUP < 3};
	return one;
}

static struct metod_form form(struct fixture *f)
{
	struct metod_form one = {.id = z("F"),
	    .version = z("0.9"),
	    .framework = z("fw"),
	    .title = text(f, "анкета"),
	    .purpose = text(f, "зачем")};
	struct metod_str *positions = METOD_NEW(f->arena, struct metod_str);
	positions[0] = z("teacher");
	one.wordings.n = 1;
	one.wordings.p = METOD_NEW(f->arena, struct metod_wording);
	one.wordings.p[0] = (struct metod_wording){z("t"), {positions, 1}};
	one.items.n = COMPETENCIES * 3;
	one.items.p = METOD_NEWS(f->arena, one.items.n, struct metod_item);
	for (size_t i = 0; i < one.items.n; i++) {
		struct metod_item *item = &one.items.p[i];
		item->id = named(f, "I", (int)i / 3, (int)i % 3);
		item->competency = named(f, "C", (int)i / 3, 0);
		item->texts.n = 1;
		item->texts.p = METOD_NEW(f->arena, struct metod_item_text);
		item->texts.p[0] =
		    (struct metod_item_text){z("t"), text(f, "утверждение")};
	}
	return one;
}

static struct metod_paramset paramset(struct fixture *f)
{
	static int64_t c[] = {2556000, 710000, -1136000};
	struct metod_param *standard = METOD_NEW(f->arena, struct metod_param);
	*standard = (struct metod_param){.a = 1420000, .c = {c, 3}};
	return (struct metod_paramset){.id = z("0"),
	    .label = z("design"),
	    .framework = z("fw"),
	    .version = z("1"),
	    .title = text(f, "проектные"),
	    .standard = standard};
}

/* The whole content in one request; the caller may spoil it before it is sent. */
static struct metod_form_load_req content(struct fixture *f)
{
	struct metod_form_load_req req = {.framework = framework(f)};
	req.forms.p = METOD_NEW(f->arena, struct metod_form);
	req.forms.p[0] = form(f);
	req.forms.n = 1;
	req.paramsets.p = METOD_NEW(f->arena, struct metod_paramset);
	req.paramsets.p[0] = paramset(f);
	req.paramsets.n = 1;
	return req;
}

/* ---- a territory ---- */

struct seeding {
	struct metod_job job;
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool ready;
	enum metod_err result;
	void (*fill)(struct metod_txn *txn, const void *arg);
	const void *arg;
};

static uint64_t person_id(int i)
{
	return 1000 + (uint64_t)i;
}

static struct metod_str person_code(struct fixture *f, int i)
{
	return metod_arena_printf(f->arena, "T-%02d", i);
}

static void seed_people(struct metod_txn *txn)
{
	for (int i = 0; i < PEOPLE; i++) {
		char code[16], name[32];
		snprintf(code, sizeof code, "T-%02d", i);
		snprintf(name, sizeof name, "Педагог %02d", PEOPLE - i);
		struct metod_person person = {.id = person_id(i),
		    .code = z(code),
		    .name = z(name),
		    .org = i < SCHOOL_2 ? 2 : 3,
		    .position = z(i == 1 ? "speech" : "teacher"),
		    .category_until = METOD_NIL,
		    .hired = METOD_NIL};
		metod_record(txn, METOD_E_PERSON_PUT, &person);
	}
}

static void seed_territory(struct metod_txn *txn, const void *arg)
{
	struct metod_role methodist = {.role = z("methodist"), .org = 1};
	struct metod_role neighbour = {.role = z("methodist"), .org = 3};
	struct metod_role head = {.role = z("head"), .association = 5};
	uint64_t members[] = {person_id(0), person_id(2)};
	struct metod_org orgs[] = {
	    {.id = 1, .code = z("M"), .name = z("Округ"), .kind = z("municipality")},
	    {.id = 2,
		.code = z("S1"),
		.name = z("Школа 1"),
		.kind = z("secondary"),
		.parent = 1},
	    {.id = 3,
		.code = z("S2"),
		.name = z("Школа 2"),
		.kind = z("secondary"),
		.parent = 1}};
	struct metod_user users[] = {{.id = 11,
					 .login = z("methodist"),
					 .uid = METHODIST,
					 .roles = {&methodist, 1},
					 .generation = 1},
	    {.id = 12,
		.login = z("neighbour"),
		.uid = NEIGHBOUR,
		.roles = {&neighbour, 1},
		.generation = 1},
	    {.id = 13,
		.login = z("head"),
		.uid = METOD_NIL,
		.person = person_id(0),
		.roles = {&head, 1},
		.generation = 1}};
	struct metod_association association = {.id = 5,
	    .code = z("A"),
	    .name = z("МО"),
	    .level = z("school"),
	    .org = 2,
	    .head = person_id(0),
	    .members = {members, 2}};
	(void)arg;
	for (size_t i = 0; i < METOD_LEN(orgs); i++)
		metod_record(txn, METOD_E_ORG_PUT, &orgs[i]);
	seed_people(txn);
	for (size_t i = 0; i < METOD_LEN(users); i++)
		metod_record(txn, METOD_E_USER_PUT, &users[i]);
	metod_record(txn, METOD_E_ASSOCIATION_PUT, &association);
}

static enum metod_err seed_work(struct metod_job *job, struct metod_txn *txn)
{
	struct seeding *seeding = (struct seeding *)job;
	metod_record_as(txn, 0, 1);
	seeding->fill(txn, seeding->arg);
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

/* Writes rows that other use cases would have written. */
static void seed(
    struct fixture *f, void (*fill)(struct metod_txn *, const void *), const void *arg)
{
	struct seeding seeding = {
	    .job = {.work = seed_work, .done = seed_done}, .fill = fill, .arg = arg};
	pthread_mutex_init(&seeding.lock, NULL);
	pthread_cond_init(&seeding.cond, NULL);
	assert_int_equal(metod_store_submit(f->store, &seeding.job), METOD_OK);
	pthread_mutex_lock(&seeding.lock);
	while (!seeding.ready)
		pthread_cond_wait(&seeding.cond, &seeding.lock);
	pthread_mutex_unlock(&seeding.lock);
	assert_int_equal(seeding.result, METOD_OK);
}

static int set_up(void **state)
{
	static const struct metod_meta meta = {
	    .one = 1, .zone = {"Europe/Samara", 13}, .young_age = 35, .young_years = 3};
	struct fixture *f = calloc(1, sizeof *f);
	struct metod_error err = {0};
	snprintf(f->dir, sizeof f->dir, "/tmp/test_app_flow_XXXXXX");
	if (!mkdtemp(f->dir))
		return 1;
	snprintf(f->data, sizeof f->data, "%s/data", f->dir);
	snprintf(f->keys, sizeof f->keys, "%s/keys", f->dir);
	struct metod_store_config config = {.dir = f->data, .map_bytes = 64 << 20};
	f->arena = metod_arena_new();
	f->lang = METOD_EN;
	f->today = metod_days_from_civil(2026, 11, 21);
	f->now_ms = f->today * DAY_MS + 8 * 3600000LL; /* noon in Samara */
	f->peer = (struct metod_peer){.uid = -1, .web = true};
	if (metod_store_create(&config, &meta, 1, &err) ||
	    metod_store_open(&config, &f->store, &err) ||
	    metod_app_init_keys(f->keys, &err) ||
	    metod_app_new(
		&(struct metod_app_config){.store = f->store, .keys_dir = f->keys},
		&f->app, &err) ||
	    metod_app_init_admin(f->app, ADMIN, z("root"), 1, &err)) {
		print_error("%s: %s\n", err.field, err.message);
		return 1;
	}
	seed(f, seed_territory, NULL);
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

/* Every case ends with a replay of the journal: what the commands did must be in the
 * events. */
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

/* ---- steps of the way ---- */

static void load_content(struct fixture *f)
{
	struct metod_form_load_req req = content(f);
	OK(f, ask_as(f, METHODIST, "form.load", &req, NULL));
}

static void make_wave(struct fixture *f, const char *code)
{
	struct metod_wave_create_req req = {.code = z(code),
	    .form = z("F"),
	    .from = f->today - 1,
	    .to = f->today + 7,
	    .in = z("M")};
	struct metod_invite_req invite = {.wave = z(code)};
	OK(f, ask_as(f, METHODIST, "wave.create", &req, NULL));
	OK(f, ask_as(f, METHODIST, "invite.create", &invite, NULL));
}

static struct metod_str code_of(struct fixture *f, const char *wave, int person)
{
	struct metod_invite_req req = {
	    .wave = z(wave), .teacher = person_code(f, person)};
	struct metod_invites_rep rep;
	OK(f, ask_as(f, METHODIST, "invite.print", &req, &rep));
	assert_int_equal(rep.rows.n, 1);
	return rep.rows.p[0].code;
}

static enum metod_err enter(struct fixture *f, struct metod_str code, const char *pin,
    struct metod_enter_rep *ret)
{
	struct metod_enter_req req = {
	    .code = code, .pin = z(pin), .source = z("10.0.0.1")};
	return ask_in(f, z(""), "session.enter", &req, ret);
}

static struct metod_str entered(struct fixture *f, const char *wave, int person)
{
	struct metod_enter_rep rep;
	OK(f, enter(f, code_of(f, wave, person), "", &rep));
	assert_true(rep.session.n > 0);
	return rep.session;
}

static void begin(struct fixture *f, struct metod_str session)
{
	struct metod_start_req req = {.consent_process = true};
	OK(f, ask_in(f, session, "attempt.start", &req, NULL));
}

static struct metod_page_view page_of(
    struct fixture *f, struct metod_str session, uint64_t page)
{
	struct metod_page_req req = {page};
	struct metod_page_view view;
	OK(f, ask_in(f, session, "page.show", &req, &view));
	return view;
}

/* "C07-1" -> 7 */
static int competency_no(struct metod_str item)
{
	return (item.p[1] - '0') * 10 + item.p[2] - '0';
}

/* Competency 0: always 0; 1: always 3; 4: "not in my work"; 5: no answer; else 2. */
static int64_t answer_for(struct metod_str item)
{
	switch (competency_no(item)) {
	case 0:
		return 0;
	case 1:
		return 3;
	case 4:
		return METOD_ANSWER_NP;
	case 5:
		return METOD_ANSWER_NONE;
	default:
		return 2;
	}
}

static void answer_all(struct fixture *f, struct metod_str session)
{
	struct metod_page_view first = page_of(f, session, 1);
	for (uint64_t page = 1; page <= first.pages; page++) {
		struct metod_page_view view = page_of(f, session, page);
		int64_t answers[METOD_PAGE_ITEMS_MAX];
		for (size_t i = 0; i < view.rows.n; i++)
			answers[i] = answer_for(view.rows.p[i].item);
		struct metod_page_save_req req = {.page = page,
		    .answers = {answers, view.rows.n},
		    .partial = true,
		    .shown_at = f->now_ms - 30000};
		OK(f, ask_in(f, session, "page.save", &req, NULL));
	}
}

static struct metod_str submitted(struct fixture *f, const char *wave, int person)
{
	struct metod_submit_req req = {.with_gaps = true};
	struct metod_submit_rep rep;
	struct metod_str session = entered(f, wave, person);
	begin(f, session);
	answer_all(f, session);
	OK(f, ask_in(f, session, "attempt.submit", &req, &rep));
	assert_true(rep.session.n > 0);
	return rep.session;
}

static struct metod_wave wave_row(struct fixture *f, const char *code)
{
	struct metod_wave key = {.code = z(code)}, wave;
	struct metod_txn *txn;
	assert_int_equal(metod_read_begin(f->store, &txn), METOD_OK);
	assert_int_equal(
	    metod_find(txn, METOD_I_WAVE_CODE, &key, f->arena, &wave), METOD_OK);
	metod_read_end(txn);
	return wave;
}

static uint64_t rows(struct fixture *f, enum metod_table table)
{
	struct metod_txn *txn;
	assert_int_equal(metod_read_begin(f->store, &txn), METOD_OK);
	uint64_t n = metod_table_count(txn, table);
	metod_read_end(txn);
	return n;
}

/* ---- content ---- */

static void content_is_checked_compared_and_frozen(void **state)
{
	struct fixture *f = *state;
	struct metod_form_load_req req = content(f);
	struct metod_forms_rep rep;

	req.dry_run = true;
	OK(f, ask_as(f, METHODIST, "form.load", &req, &rep));
	assert_int_equal(rep.rows.n, 3);
	assert_true(metod_str_is(rep.rows.p[1].mark, "+"));
	assert_null(rep.receipt);
	assert_int_equal(rows(f, METOD_T_FORM), 0);
	req.dry_run = false;
	OK(f, ask_as(f, METHODIST, "form.load", &req, &rep));
	assert_non_null(rep.receipt);
	assert_int_equal(rows(f, METOD_T_FORM), 1);
	OK(f, ask_as(f, METHODIST, "form.load", &req, &rep));
	for (size_t i = 0; i < 3; i++)
		assert_true(metod_str_is(rep.rows.p[i].mark, "="));

	struct metod_form_load_req other = content(f);
	other.forms.p[0].items.p[4].texts.p[0].text = text(f, "другое");
	REFUSED(f, METOD_CONFLICT, ask_as(f, METHODIST, "form.load", &other, NULL));
	assert_string_equal(f->error.field, "forms[0]");
	other.forms.p[0].version = z("0.10");
	OK(f, ask_as(f, METHODIST, "form.load", &other, &rep));
	assert_true(metod_str_is(rep.rows.p[1].mark, "+"));
	other.paramsets.p[0].version = z("2"); /* waves know a set by its id alone */
	REFUSED(f, METOD_CONFLICT, ask_as(f, METHODIST, "form.load", &other, NULL));

	/* the newest version is 0.10, not 0.9 */
	make_wave(f, "w");
	assert_true(metod_str_is(wave_row(f, "w").form_version, "0.10"));
}

static void broken_content_names_its_place(void **state)
{
	struct fixture *f = *state;
	static int64_t crossed[] = {710000, 2556000, -1136000};
	struct metod_form_load_req req;
	enum { CASES = 9 };
	static const char *const fields[CASES] = {"forms[0].items[7].competency",
	    "forms[0].items", "forms[0].items[2].id", "forms[0].wordings[0].positions",
	    "forms[0].items[3].texts", "paramsets[0].standard",
	    "framework.competencies[6].group", "forms[0].framework",
	    "framework.competencies[6].id"};

	for (int i = 0; i < CASES; i++) {
		req = content(f);
		struct metod_form *one = &req.forms.p[0];
		switch (i) {
		case 0:
			one->items.p[7].competency = z("NONE");
			break;
		case 1:
			one->items.n--; /* the last competency keeps two questions */
			break;
		case 2:
			one->items.p[2].id = one->items.p[1].id;
			break;
		case 3:
			one->wordings.p[0].positions.p[0] = z("janitor");
			break;
		case 4:
			one->items.p[3].texts.p[0].wording = z("x");
			break;
		case 5:
			req.paramsets.p[0].standard->c.p = crossed;
			break;
		case 6:
			req.framework->competencies.p[6].group = z("G9");
			break;
		case 7:
			one->framework = z("absent");
			break;
		default:
			req.framework->competencies.p[6].id =
			    req.framework->competencies.p[5].id;
			break;
		}
		REFUSED(f, METOD_RANGE, ask_as(f, METHODIST, "form.load", &req, NULL));
		assert_string_equal(f->error.field, fields[i]);
	}
	assert_int_equal(rows(f, METOD_T_FRAMEWORK), 0);
}

/* ---- campaigns ---- */

static void a_wave_takes_twelve_competencies_of_all_groups(void **state)
{
	struct fixture *f = *state;
	struct metod_code_req code = {z("осень-2026")};
	struct metod_wave_view view;
	bool group[GROUPS] = {false};

	load_content(f);
	make_wave(f, "осень-2026");
	OK(f, ask_as(f, METHODIST, "wave.show", &code, &view));
	assert_int_equal(view.competencies.n, 12);
	assert_int_equal(
	    view.target, PEOPLE - 1); /* the form does not ask the speech therapist */
	assert_int_equal(view.invited, PEOPLE - 1);
	for (size_t i = 0; i < view.competencies.n; i++) {
		group[competency_no(view.competencies.p[i]) / PER_GROUP] = true;
		if (i)
			assert_true(metod_str_cmp(view.competencies.p[i - 1],
					view.competencies.p[i]) < 0);
	}
	for (int g = 0; g < GROUPS; g++)
		assert_true(group[g]);
}

static void wave_requests_are_checked(void **state)
{
	struct fixture *f = *state;
	struct metod_str wrong[] = {z("C03"), z("NONE")};
	struct metod_wave_create_req good = {.code = z("w"),
					 .form = z("F"),
					 .from = f->today,
					 .to = f->today + 1,
					 .in = z("M")},
				     req;

	load_content(f);
	req = good;
	req.to = f->today - 1;
	REFUSED(f, METOD_RANGE, ask_as(f, METHODIST, "wave.create", &req, NULL));
	req = good;
	req.competencies = (struct metod_strs){wrong, 2};
	REFUSED(f, METOD_RANGE, ask_as(f, METHODIST, "wave.create", &req, NULL));
	req = good;
	req.paramset = z("9");
	REFUSED(f, METOD_NOT_FOUND, ask_as(f, METHODIST, "wave.create", &req, NULL));
	/* the neighbour's scope is one school */
	REFUSED(f, METOD_NOT_FOUND, ask_as(f, NEIGHBOUR, "wave.create", &good, NULL));
	OK(f, ask_as(f, METHODIST, "wave.create", &good, NULL));
	REFUSED(f, METOD_CONFLICT, ask_as(f, METHODIST, "wave.create", &good, NULL));
	/* a newer framework does not touch an open campaign: it keeps the version it
	 * began with */
	struct metod_form_load_req newer = {.framework = framework(f)};
	struct metod_wave key = {.code = z("w")}, wave;
	struct metod_txn *txn;
	newer.framework->version = z("10");
	OK(f, ask_as(f, METHODIST, "form.load", &newer, NULL));
	assert_int_equal(metod_read_begin(f->store, &txn), METOD_OK);
	assert_int_equal(
	    metod_find(txn, METOD_I_WAVE_CODE, &key, f->arena, &wave), METOD_OK);
	metod_read_end(txn);
	assert_true(metod_str_is(wave.framework, "fw@1"));
}

static void invitations_are_made_once_and_codes_can_be_replaced(void **state)
{
	struct fixture *f = *state;
	struct metod_invite_req all = {.wave = z("w")},
				school = {.wave = z("w"), .in = z("S2")},
				one = {.wave = z("w"), .teacher = z("T-00")};
	struct metod_done_rep done;
	struct metod_invites_rep printed;
	struct metod_enter_rep in;

	load_content(f);
	make_wave(f, "w");
	OK(f, ask_as(f, METHODIST, "invite.create", &all, &done));
	assert_int_equal(done.count, 0);
	OK(f, ask_as(f, METHODIST, "invite.print", &all, &printed));
	assert_int_equal(printed.rows.n, PEOPLE - 1);
	for (size_t i = 1; i < printed.rows.n; i++) {
		int order =
		    metod_str_cmp(printed.rows.p[i - 1].org, printed.rows.p[i].org);
		assert_true(order < 0 ||
		    (order == 0 &&
			metod_str_cmp(
			    printed.rows.p[i - 1].name, printed.rows.p[i].name) < 0));
	}
	OK(f, ask_as(f, METHODIST, "invite.print", &school, &printed));
	assert_int_equal(printed.rows.n, PEOPLE - SCHOOL_2);
	assert_int_equal(
	    rows(f, METOD_T_LOOK), 0); /* lists for handing out are no looks */

	struct metod_str before = code_of(f, "w", 0);
	assert_int_equal(rows(f, METOD_T_LOOK), 1);
	REFUSED(f, METOD_MISSING, ask_as(f, METHODIST, "invite.revoke", &all, NULL));
	OK(f, ask_as(f, METHODIST, "invite.revoke", &one, &done));
	assert_int_equal(done.count, 1);
	REFUSED(f, METOD_NOT_FOUND, enter(f, before, "", &in));
	OK(f, enter(f, code_of(f, "w", 0), "", &in));
	/* the neighbour manages no campaign of the whole district */
	REFUSED(f, METOD_NOT_FOUND, ask_as(f, NEIGHBOUR, "invite.print", &school, NULL));
}

/* ---- entering ---- */

static void codes_are_forgiven_and_guesses_wait(void **state)
{
	struct fixture *f = *state;
	struct metod_enter_rep in;
	char typed[64];

	load_content(f);
	make_wave(f, "w");
	struct metod_str code = code_of(f, "w", 0);
	assert_true(code.n < sizeof typed);
	for (size_t i = 0; i < code.n; i++)
		typed[i] = code.p[i] == '-'
		    ? ' '
		    : (char)(code.p[i] | (code.p[i] >= 'A' ? 0x20 : 0));
	typed[code.n] = 0;
	OK(f, enter(f, z(typed), "", &in));
	assert_true(metod_str_is(in.state, "created"));
	assert_int_equal(in.until, f->today + 7);

	for (int i = 0; i < METOD_CODE_FAILURES; i++)
		REFUSED(f, METOD_NOT_FOUND, enter(f, z("AAAA-BBBB-CCCCC"), "", &in));
	REFUSED(f, METOD_THROTTLED, enter(f, z("AAAA-BBBB-CCCCC"), "", &in));
	OK(f, enter(f, code, "", &in)); /* a right code enters at any time */
	f->now_ms += 3600001;
	REFUSED(f, METOD_NOT_FOUND, enter(f, z("AAAA-BBBB-CCCCC"), "", &in));
}

static void a_pin_guards_the_invitation(void **state)
{
	struct fixture *f = *state;
	struct metod_start_req start = {.consent_process = true, .pin = z("12 4")};
	struct metod_enter_rep in;

	load_content(f);
	make_wave(f, "w");
	struct metod_str code = code_of(f, "w", 0), session = entered(f, "w", 0);
	REFUSED(f, METOD_RANGE, ask_in(f, session, "attempt.start", &start, NULL));
	assert_string_equal(f->error.field, "pin");
	start.pin = z("4711");
	OK(f, ask_in(f, session, "attempt.start", &start, NULL));
	OK(f, enter(f, code, "", &in));
	assert_true(in.pin_needed);
	assert_int_equal(in.session.n, 0);
	OK(f, enter(f, code, "4711", &in));
	assert_true(in.session.n > 0);
	for (int i = 0; i < METOD_PIN_FAILURES; i++)
		REFUSED(f, METOD_PIN, enter(f, code, "4712", &in));
	REFUSED(f, METOD_THROTTLED, enter(f, code, "4711", &in));
	/* A crowd of other sources does not make the failures forgotten. */
	struct metod_enter_req wrong = {.code = z("ZZZZ-ZZZZ-ZZZZZ")};
	f->peer.web = true;
	for (int i = 0; i < 12000; i++) {
		wrong.source = metod_arena_printf(f->arena, "2001:db8::%x", i);
		REFUSED(
		    f, METOD_NOT_FOUND, ask_in(f, z(""), "session.enter", &wrong, &in));
	}
	REFUSED(f, METOD_THROTTLED, enter(f, code, "4711", &in));
	f->now_ms += 3600001;
	OK(f, enter(f, code, "4711", &in));
}

static void a_million_wrong_codes_open_nothing_and_lock_nobody_out(void **state)
{
	static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	struct fixture *f = *state;
	char typed[14] = {0};
	struct metod_enter_req wrong = {.code = z(typed), .source = z("10.0.0.1")};
	struct metod_enter_rep in;
	uint64_t rand = 42;

	load_content(f);
	make_wave(f, "w");
	struct metod_str code = code_of(f, "w", 0);
	f->peer.web = true;
	for (int i = 0; i < GUESSES; i++) {
		for (int sign = 0; sign < 13; sign++)
			typed[sign] = alphabet[metod_rand64(&rand) & 31];
		wrong.code = (struct metod_str){typed, 13};
		enum metod_err e = ask_in(f, z(""), "session.enter", &wrong, &in);
		if (e != (i < METOD_CODE_FAILURES ? METOD_NOT_FOUND : METOD_THROTTLED))
			fail_msg("%.13s: %s", typed, metod_err_wire(e));
	}
	OK(f, enter(f, code, "", &in)); /* of the same source */
}

static enum metod_err log_in(
    struct fixture *f, int64_t uid, const char *login, const char *password)
{
	const struct metod_login_req req = {.login = z(login), .password = z(password)};
	return ask_as(f, uid, "login", &req, NULL);
}

static void wrong_passwords_delay_and_do_not_lock_out(void **state)
{
	static const char right[] = "очень длинный пароль",
			  wrong[] = "очень длинная ошибка";
	const struct metod_user_add_req add = {.login = z("staff"),
	    .role = z("analyst"),
	    .password = z(right),
	    .uid = METOD_NIL};
	struct fixture *f = *state;

	OK(f, ask_as(f, ADMIN, "user.add", &add, NULL));
	for (int i = 0; i < 10; i++)
		REFUSED(f, METOD_LOGIN, log_in(f, 5000, "staff", wrong));
	REFUSED(f, METOD_THROTTLED, log_in(f, 5000, "staff", right));
	OK(f, log_in(f, 5001, "staff", right)); /* another Unix user does not wait */
	REFUSED(
	    f, METOD_LOGIN, log_in(f, 5000, "other", wrong)); /* nor another account */
	f->now_ms += 1000;
	REFUSED(f, METOD_LOGIN, log_in(f, 5000, "staff", wrong));
	REFUSED(f, METOD_THROTTLED, log_in(f, 5000, "staff", right));
	f->now_ms += 1000;
	OK(f, log_in(f, 5000, "staff", right)); /* he is a second late */
	f->now_ms -= 3600000; /* a clock that was set back keeps nobody out */
	OK(f, log_in(f, 5000, "staff", right));
}

static void many_accounts_are_tried_slowly(void **state)
{
	struct fixture *f = *state;
	int refused = 0;

	for (int i = 0; i < 110; i++) {
		char login[16];
		snprintf(login, sizeof login, "guess-%d", i);
		enum metod_err e = log_in(f, 5000, login, "очень длинная ошибка");
		assert_true(e == METOD_LOGIN || e == METOD_THROTTLED);
		refused += e == METOD_THROTTLED;
	}
	assert_int_equal(refused, 10);
	REFUSED(f, METOD_LOGIN, log_in(f, 5001, "guess-0", "очень длинная ошибка"));
}

static void a_closed_wave_opens_only_what_was_sent(void **state)
{
	struct fixture *f = *state;
	struct metod_code_req wave = {z("w")};
	struct metod_page_view page;
	struct metod_page_req first = {1};
	struct metod_enter_rep in;

	load_content(f);
	make_wave(f, "w");
	struct metod_str sent = code_of(f, "w", 0), not_sent = code_of(f, "w", 2);
	struct metod_str session = entered(f, "w", 3);
	submitted(f, "w", 0);
	begin(f, session);
	OK(f, ask_as(f, METHODIST, "wave.close", &wave, NULL));
	REFUSED(f, METOD_CLOSED, ask_in(f, session, "page.show", &first, &page));
	REFUSED(f, METOD_CLOSED, enter(f, not_sent, "", &in));
	OK(f, enter(f, sent, "", &in));
	assert_true(metod_str_is(in.state, "submitted"));
}

/* ---- the sheet ---- */

static void consents_are_separate_and_a_second_start_changes_nothing(void **state)
{
	struct fixture *f = *state;
	struct metod_start_req no = {.consent_aggregate = true},
			       yes = {.consent_process = true},
			       again = {.consent_process = true,
				   .shared = true,
				   .pin = z("4711")};
	struct metod_start_view before, view;

	load_content(f);
	make_wave(f, "w");
	struct metod_str session = entered(f, "w", 0);
	OK(f, ask_in(f, session, "attempt.show", NULL, &before));
	assert_int_equal(before.questions, 36);
	assert_int_equal(before.minutes, 0);
	assert_int_equal(before.next_page, 1);
	REFUSED(f, METOD_MISSING, ask_in(f, session, "attempt.start", &no, NULL));
	assert_string_equal(f->error.field, "consent_process");
	assert_int_equal(rows(f, METOD_T_ATTEMPT), 0);
	OK(f, ask_in(f, session, "attempt.start", &yes, NULL));
	OK(f, ask_in(f, session, "attempt.start", &again, NULL));
	OK(f, ask_in(f, session, "attempt.show", NULL, &view));
	assert_int_equal(view.pages, before.pages);
	assert_true(metod_str_is(view.state, "started"));
	assert_false(view.shared);
	assert_false(view.has_pin);
	assert_int_equal(rows(f, METOD_T_ATTEMPT), 1);
}

static void pages_keep_to_one_group_and_show_every_question_once(void **state)
{
	struct fixture *f = *state;
	bool seen[COMPETENCIES * 3] = {false};
	size_t n = 0;
	int order = -1, before = -1;
	bool shuffled = false;

	load_content(f);
	make_wave(f, "w");
	struct metod_str session = entered(f, "w", 0);
	begin(f, session);
	struct metod_page_view first = page_of(f, session, 1);
	for (uint64_t p = 1; p <= first.pages; p++) {
		struct metod_page_view page = page_of(f, session, p);
		int group = competency_no(page.rows.p[0].item) / PER_GROUP;
		assert_in_range(page.rows.n, 3, METOD_PAGE_ITEMS_MAX);
		assert_int_equal(page.options.n, 6);
		assert_true(
		    group >= order); /* groups in framework order, each in one run */
		order = group;
		for (size_t i = 0; i < page.rows.n; i++) {
			struct metod_str item = page.rows.p[i].item;
			int no = competency_no(item) * 3 + item.p[4] - '0';
			assert_int_equal(competency_no(item) / PER_GROUP, group);
			assert_int_equal(page.rows.p[i].n, ++n);
			assert_false(seen[no]);
			seen[no] = true;
			shuffled =
			    shuffled || (before > no && before / 3 / PER_GROUP == group);
			before = no;
		}
	}
	assert_int_equal(n, 36);
	assert_true(shuffled);
	struct metod_page_req beyond = {first.pages + 1};
	REFUSED(f, METOD_NOT_FOUND, ask_in(f, session, "page.show", &beyond, NULL));
}

static void a_page_is_saved_whole_or_with_leave(void **state)
{
	struct fixture *f = *state;
	struct metod_page_save_rep first, replay;
	struct metod_start_view view;

	load_content(f);
	make_wave(f, "w");
	struct metod_str session = entered(f, "w", 0);
	struct metod_page_req one = {1};
	REFUSED(f, METOD_CONFLICT, ask_in(f, session, "page.show", &one, NULL));
	begin(f, session);
	struct metod_page_view page = page_of(f, session, 1);
	int64_t answers[METOD_PAGE_ITEMS_MAX] = {2, -1, -2, -3, 1, 0};
	struct metod_page_save_req req = {.page = 1, .answers = {answers, page.rows.n}};

	REFUSED(f, METOD_MISSING, ask_in(f, session, "page.save", &req, NULL));
	assert_string_equal(f->error.field, "answers[1]");
	assert_int_equal(rows(f, METOD_T_PAGE), 0);
	req.answers.n--;
	REFUSED(f, METOD_RANGE, ask_in(f, session, "page.save", &req, NULL));
	req.answers.n++;
	answers[0] = 4;
	REFUSED(f, METOD_RANGE, ask_in(f, session, "page.save", &req, NULL));
	assert_string_equal(f->error.field, "answers[0]");
	answers[0] = 2;

	req.partial = true;
	OK(f, ask_keyed(f, "page.save", &req, &first, session, "page-1"));
	assert_non_null(first.receipt);
	assert_int_equal(first.version, 1);
	assert_int_equal(first.next_page, 2);
	OK(f, ask_keyed(f, "page.save", &req, &replay, session, "page-1"));
	assert_int_equal(replay.version, 1);
	assert_int_equal(replay.receipt->seq, first.receipt->seq);
	answers[0] = 3;
	REFUSED(f, METOD_KEY_REUSED,
	    ask_keyed(f, "page.save", &req, NULL, session, "page-1"));
	OK(f, ask_keyed(f, "page.save", &req, &first, session, "page-1b"));
	assert_int_equal(first.version, 2);
	page = page_of(f, session, 1);
	assert_int_equal(page.version, 2);
	for (size_t i = 0; i < page.rows.n; i++)
		assert_int_equal(page.rows.p[i].answer, answers[i]);
	OK(f, ask_in(f, session, "attempt.show", NULL, &view));
	assert_int_equal(view.next_page, 1); /* it has a gap */

	/* another browser with the same code goes on with the same sheet */
	page = page_of(f, entered(f, "w", 0), 1);
	assert_int_equal(page.rows.p[0].answer, 3);
}

/* The same answer to three design items, straight from the model. */
static struct metod_cell scored(int answer)
{
	struct metod_grm items[3] = {
	    metod_grm_design(), metod_grm_design(), metod_grm_design()};
	int answers[3] = {answer, answer, answer};
	struct metod_cuts cuts = {0.5, 1.5, 2.5, 2.0};
	struct metod_cell cell;
	struct metod_arena *arena = metod_arena_new();
	metod_score_cell(
	    metod_scale_new(items, 3, &cuts, METOD_NODES, arena), answers, &cell);
	metod_arena_free(arena);
	return cell;
}

static void sending_counts_gaps_and_makes_the_profile_at_once(void **state)
{
	struct fixture *f = *state;
	struct metod_submit_req whole = {0}, with_gaps = {.with_gaps = true};
	struct metod_check_view check;
	struct metod_submit_rep rep, replay;
	struct metod_profile_view me;

	load_content(f);
	make_wave(f, "w");
	struct metod_str session = entered(f, "w", 0);
	begin(f, session);
	REFUSED(f, METOD_MISSING, ask_in(f, session, "attempt.submit", &with_gaps, NULL));
	answer_all(f, session);
	OK(f, ask_in(f, session, "attempt.check", NULL, &check));
	assert_int_equal(check.rows.n, 36);
	assert_int_equal(check.gaps, 3);
	assert_true(check.first_gap > 0);
	for (size_t i = 0; i < check.rows.n; i++)
		assert_int_equal(
		    check.rows.p[i].answer_text.n == 0, check.rows.p[i].answer == -1);
	REFUSED(f, METOD_MISSING, ask_in(f, session, "attempt.submit", &whole, NULL));
	assert_int_equal(rows(f, METOD_T_SUBMISSION), 0);
	REFUSED(f, METOD_PIN, ask_in(f, session, "me.profile", NULL, NULL));

	OK(f, ask_keyed(f, "attempt.submit", &with_gaps, &rep, session, "send"));
	OK(f, ask_keyed(f, "attempt.submit", &with_gaps, &replay, session, "send"));
	assert_true(metod_str_eq(rep.session, replay.session));
	REFUSED(f, METOD_CLOSED, ask_in(f, session, "attempt.submit", &with_gaps, NULL));
	OK(f, ask_in(f, rep.session, "me.profile", NULL, &me));
	assert_int_equal(me.rows.n, 12);
	assert_int_equal(me.needs, 1);
	/* three answers 0 lean towards the middle: level 1, and still a clear need */
	static const struct {
		const char *id, *state, *level;
		int answer;
	} expected[] = {{"C00", "need", "уровень 1", 0}, {"C01", "ok", "уровень 3", 3},
	    {"C04", "not_in_work", "", METOD_ANSWER_NP},
	    {"C05", "no_data", "", METOD_ANSWER_NONE}};
	for (size_t e = 0, i = 0; e < METOD_LEN(expected); e++) {
		while (!metod_str_is(me.rows.p[i].competency, expected[e].id))
			i++;
		struct metod_cell cell = scored(expected[e].answer);
		assert_true(metod_str_is(me.rows.p[i].state, expected[e].state));
		assert_true(metod_str_is(me.rows.p[i].level_word, expected[e].level));
		if (cell.level < 0)
			assert_true(me.rows.p[i].t == METOD_NIL &&
			    me.rows.p[i].p_need == METOD_NIL);
		else
			assert_int_equal(me.rows.p[i].t, llround(cell.t * 1000));
	}
	assert_int_equal(me.rows.p[0].mean, 0);
	assert_int_equal(me.rows.p[0].answered, 3);
	assert_true(
	    me.rows.p[0].t_lo <= me.rows.p[0].t && me.rows.p[0].t <= me.rows.p[0].t_hi);
	assert_true(
	    me.rows.p[0].t_hi <= 1500); /* the strip lies on one side of the cut */
}

static void the_printed_code_does_not_open_a_sent_result(void **state)
{
	struct fixture *f = *state;
	struct metod_pin_req pin = {z("кедр2026")};
	struct metod_profile_req own = {.teacher = z("T-00"), .wave = z("w")};
	struct metod_page_req one = {1};
	struct metod_enter_rep in;

	load_content(f);
	make_wave(f, "w");
	make_wave(f, "w2");
	struct metod_str code = code_of(f, "w", 0), mine = submitted(f, "w", 0);
	OK(f, enter(f, code, "", &in));
	REFUSED(f, METOD_PIN, ask_in(f, in.session, "me.profile", NULL, NULL));
	REFUSED(f, METOD_PIN, ask_in(f, in.session, "me.data", NULL, NULL));
	REFUSED(f, METOD_PIN, ask_in(f, in.session, "profile.show", &own, NULL));
	REFUSED(f, METOD_PIN, ask_in(f, in.session, "pin.set", &pin, NULL));
	REFUSED(f, METOD_CLOSED, ask_in(f, in.session, "page.show", &one, NULL));
	REFUSED(f, METOD_CLOSED, ask_in(f, in.session, "attempt.check", NULL, NULL));
	OK(f, ask_in(f, mine, "pin.set", &pin, NULL));
	OK(f, enter(f, code, "", &in));
	assert_true(in.pin_needed);
	OK(f, enter(f, code, "кедр2026", &in));
	OK(f, ask_in(f, in.session, "me.profile", NULL, NULL));

	/* a found slip of a later campaign opens nothing of this one, even after sending
	 * something */
	struct metod_data_view data;
	struct metod_profile_view profile;
	struct metod_str later = submitted(f, "w2", 0);
	OK(f, ask_in(f, later, "me.profile", NULL, &profile));
	assert_true(metod_str_is(profile.wave, "w2"));
	REFUSED(f, METOD_NOT_FOUND, ask_in(f, later, "profile.show", &own, NULL));
	OK(f, ask_in(f, later, "me.data", NULL, &data));
	assert_int_equal(data.submissions.n, 1);
	OK(f, ask_in(f, mine, "profile.show", &own, &profile));
	assert_int_equal(profile.name.n, 0);
}

static void minutes_come_from_twenty_sheets(void **state)
{
	struct fixture *f = *state;
	struct metod_start_view view;

	load_content(f);
	make_wave(f, "w");
	for (int i = 2; i < 21; i++)
		submitted(f, "w", i);
	struct metod_str session = entered(f, "w", 0);
	OK(f, ask_in(f, session, "attempt.show", NULL, &view));
	assert_int_equal(view.minutes, 0);
	submitted(f, "w", 21);
	f->now_ms += 61000; /* the number may be a minute old */
	OK(f, ask_in(f, session, "attempt.show", NULL, &view));
	assert_int_equal(
	    view.minutes, (view.pages * 30 + 59) / 60); /* 30 seconds a page */
	begin(f, session);
	struct metod_page_view page = page_of(f, session, 1);
	assert_int_equal(page.minutes_left, view.minutes);
	answer_all(f, session);
	page = page_of(f, session, 1);
	assert_true(page.minutes_left < view.minutes);
}

static void declining_is_an_answer_that_may_change(void **state)
{
	struct fixture *f = *state;
	struct metod_code_req code = {z("w")};
	struct metod_wave_view wave;
	struct metod_start_view view;

	load_content(f);
	make_wave(f, "w");
	struct metod_str session = entered(f, "w", 0);
	begin(f, session);
	answer_all(f, session);
	OK(f, ask_in(f, session, "attempt.decline", NULL, NULL));
	OK(f, ask_as(f, METHODIST, "wave.show", &code, &wave));
	assert_int_equal(wave.declined, 1);
	assert_int_equal(wave.started, 0);
	begin(f, session);
	OK(f, ask_in(f, session, "attempt.show", NULL, &view));
	assert_true(view.next_page > 1); /* the saved pages are still there */
	assert_int_equal(rows(f, METOD_T_ATTEMPT), 1);
	submitted(f, "w", 2);
	OK(f, ask_as(f, METHODIST, "wave.show", &code, &wave));
	assert_int_equal(wave.declined, 0);
	assert_int_equal(wave.started, 1);
	assert_int_equal(wave.submitted, 1);
}

/* ---- acts ---- */

static void a_methodist_sees_states_after_the_act_only(void **state)
{
	struct fixture *f = *state;
	struct metod_profile_req show = {.teacher = z("T-00"), .names = true};
	struct metod_grant_req act = {.act = z("show_methodist"), .until = METOD_NIL};
	struct metod_profile_view view;
	struct metod_data_view data;
	struct metod_grants_rep grants;

	load_content(f);
	make_wave(f, "w");
	struct metod_str mine = submitted(f, "w", 0);
	struct metod_str want = z("C00");
	struct metod_wants_req wants = {
	    .competencies = {&want, 1}, .line = z("хочу спокойнее")};
	OK(f, ask_in(f, mine, "me.wants", &wants, NULL));
	uint64_t looks = rows(f, METOD_T_LOOK);
	REFUSED(f, METOD_NOT_FOUND, ask_as(f, METHODIST, "profile.show", &show, NULL));
	REFUSED(f, METOD_DENIED, ask_as(f, ADMIN, "profile.show", &show, NULL));
	assert_int_equal(rows(f, METOD_T_LOOK), looks);

	OK(f, ask_in(f, mine, "grant.give", &act, NULL));
	f->now_ms += 1000;
	OK(f, ask_as(f, METHODIST, "profile.show", &show, &view));
	assert_true(view.name.n > 0);
	assert_int_equal(view.rows.n, 12);
	assert_int_equal(view.wants.n, 0);
	assert_int_equal(view.want_line.n, 0);
	assert_int_equal(view.grants.n, 0);
	for (size_t i = 0; i < view.rows.n; i++) {
		assert_true(
		    view.rows.p[i].mean == METOD_NIL && view.rows.p[i].eap == METOD_NIL);
		assert_true(view.rows.p[i].answered == 0 && view.rows.p[i].np == 0);
		assert_false(view.rows.p[i].wanted);
	}
	REFUSED(f, METOD_NOT_FOUND, ask_as(f, NEIGHBOUR, "profile.show", &show, NULL));
	OK(f, ask_in(f, mine, "me.data", NULL, &data));
	assert_int_equal(data.looks.n, looks + 1);
	assert_true(metod_str_is(data.looks.p[0].what, "profile"));
	assert_non_null(
	    memmem(data.looks.p[0].who.p, data.looks.p[0].who.n, "Округ", 10));

	/* giving again replaces; closing is at once */
	OK(f, ask_in(f, mine, "grant.give", &act, NULL));
	OK(f, ask_in(f, mine, "grant.list", NULL, &grants));
	assert_int_equal(grants.rows.n, 2);
	size_t in_force = grants.rows.p[0].revoked == METOD_NIL ? 0 : 1;
	assert_true(grants.rows.p[1 - in_force].revoked != METOD_NIL);
	struct metod_id_req close = {grants.rows.p[in_force].id};
	REFUSED(f, METOD_NOT_FOUND,
	    ask_in(f, submitted(f, "w", 2), "grant.revoke", &close, NULL));
	OK(f, ask_in(f, mine, "grant.revoke", &close, NULL));
	REFUSED(f, METOD_NOT_FOUND, ask_as(f, METHODIST, "profile.show", &show, NULL));
}

static void acts_check_their_themes(void **state)
{
	struct fixture *f = *state;
	struct metod_str themes[] = {z("C00"), z("C01"), z("C04"), z("C05"), z("C03")};
	struct metod_grant_req act = {.act = z("find_mentor"), .until = METOD_NIL};

	load_content(f);
	make_wave(f, "w");
	struct metod_str mine = submitted(f, "w", 0);
	REFUSED(f, METOD_RANGE, ask_in(f, mine, "grant.give", &act, NULL)); /* none */
	act.themes = (struct metod_strs){themes, 4};
	REFUSED(f, METOD_RANGE, ask_in(f, mine, "grant.give", &act, NULL)); /* too many */
	act.themes = (struct metod_strs){themes + 4, 1};
	REFUSED(f, METOD_RANGE,
	    ask_in(f, mine, "grant.give", &act, NULL)); /* not in the profile */
	act.themes = (struct metod_strs){themes, 3};
	act.until = f->today - 1;
	REFUSED(f, METOD_RANGE, ask_in(f, mine, "grant.give", &act, NULL));
	act.until = f->today;
	OK(f, ask_in(f, mine, "grant.give", &act, NULL));
	act = (struct metod_grant_req){
	    .act = z("apply_course"), .themes = {themes, 1}, .until = METOD_NIL};
	REFUSED(f, METOD_RANGE, ask_in(f, mine, "grant.give", &act, NULL)); /* no route */
	act.act = z("show_methodist");
	REFUSED(
	    f, METOD_RANGE, ask_in(f, mine, "grant.give", &act, NULL)); /* opens all */
	act.act = z("invite_observer");
	REFUSED(f, METOD_RANGE, ask_in(f, mine, "grant.give", &act, NULL));
	assert_int_equal(rows(f, METOD_T_GRANT), 1);
}

/* Person 0 is proposed a mentor, person 2, and is the accepted mentor of person 2. */
static void seed_pairs(struct metod_txn *txn, const void *arg)
{
	int64_t terms[6] = {0};
	struct metod_pair one = {.id = 7,
	    .wave = *(const uint64_t *)arg,
	    .mentee = person_id(0),
	    .mentor = person_id(2),
	    .state = z("proposed"),
	    .terms = {terms, 6},
	    .run = 1,
	    .mentee_at = METOD_NIL,
	    .mentor_at = METOD_NIL};
	metod_record(txn, METOD_E_PAIR_PUT, &one);
	one.id = 8;
	one.mentee = person_id(2);
	one.mentor = person_id(0);
	one.state = z("accepted");
	metod_record(txn, METOD_E_PAIR_PUT, &one);
}

/* State of a pair; empty: there is no such row. */
static struct metod_str pair_state(struct fixture *f, uint64_t id)
{
	struct metod_pair key = {.id = id}, pair = {0};
	struct metod_txn *txn;
	assert_int_equal(metod_read_begin(f->store, &txn), METOD_OK);
	if (metod_get(txn, METOD_T_PAIR, &key, f->arena, &pair) != METOD_OK)
		pair.state = z("");
	metod_read_end(txn);
	return pair.state;
}

static void closing_the_search_withdraws_what_was_proposed(void **state)
{
	struct fixture *f = *state;
	struct metod_str theme = z("C00");
	struct metod_grant_req act = {
	    .act = z("find_mentor"), .themes = {&theme, 1}, .until = METOD_NIL};
	struct metod_grants_rep grants;

	load_content(f);
	make_wave(f, "w");
	struct metod_str mine = submitted(f, "w", 0);
	uint64_t wave = wave_row(f, "w").id;
	seed(f, seed_pairs, &wave);
	OK(f, ask_in(f, mine, "grant.give", &act, NULL));
	OK(f, ask_in(f, mine, "grant.list", NULL, &grants));
	struct metod_id_req close = {grants.rows.p[0].id};
	OK(f, ask_in(f, mine, "grant.revoke", &close, NULL));
	assert_true(metod_str_is(pair_state(f, 7), "withdrawn"));
	assert_true(metod_str_is(pair_state(f, 8), "accepted"));
}

static void seed_message(struct metod_txn *txn, const void *arg)
{
	struct metod_sending sending = {.id = 5,
	    .recommendation = 1,
	    .line = 1,
	    .wave = *(const uint64_t *)arg,
	    .competency = z("C00"),
	    .by = 11,
	    .at = 1};
	struct metod_message message = {.id = 6,
	    .person = person_id(0),
	    .sending = 5,
	    .competency = z("C00"),
	    .text = z("Приглашаем"),
	    .deadline = METOD_NIL,
	    .at = 1,
	    .state = z("delivered")};
	metod_record(txn, METOD_E_SENT, &sending);
	metod_record(txn, METOD_E_MESSAGE_PUT, &message);
}

static void a_message_goes_forward_only(void **state)
{
	struct fixture *f = *state;
	struct metod_message_mark_req mark = {6, z("opened")};
	struct metod_messages_rep rep;

	load_content(f);
	make_wave(f, "w");
	make_wave(f, "w2");
	struct metod_str mine = submitted(f, "w", 0), other = submitted(f, "w", 2),
			 later = submitted(f, "w2", 0);
	uint64_t wave = wave_row(f, "w").id;
	seed(f, seed_message, &wave);
	OK(f, ask_in(f, mine, "me.messages", NULL, &rep));
	assert_int_equal(rep.rows.n, 1);
	assert_true(
	    metod_str_is(rep.rows.p[0].state, "delivered")); /* a list marks nothing */
	assert_true(metod_str_is(rep.rows.p[0].area, "простыми словами"));
	OK(f, ask_in(f, later, "me.messages", NULL, &rep));
	assert_int_equal(rep.rows.n, 0);
	REFUSED(f, METOD_NOT_FOUND, ask_in(f, other, "me.mark", &mark, NULL));
	REFUSED(f, METOD_NOT_FOUND, ask_in(f, later, "me.mark", &mark, NULL));
	OK(f, ask_in(f, mine, "me.mark", &mark, NULL));
	mark.state = z("done");
	OK(f, ask_in(f, mine, "me.mark", &mark, NULL));
	mark.state = z("wanted");
	REFUSED(f, METOD_CONFLICT, ask_in(f, mine, "me.mark", &mark, NULL));
	mark.state = z("delivered");
	REFUSED(f, METOD_RANGE, ask_in(f, mine, "me.mark", &mark, NULL));
	OK(f, ask_in(f, mine, "me.messages", NULL, &rep));
	assert_true(metod_str_is(rep.rows.p[0].state, "done"));
}

/* ---- leaving ---- */

static void withdrawal_erases_answers_and_leaves_the_door_open(void **state)
{
	struct fixture *f = *state;
	struct metod_grant_req act = {.act = z("show_methodist"), .until = METOD_NIL};
	struct metod_profile_req show = {.teacher = z("T-00")};
	struct metod_data_view data;

	load_content(f);
	make_wave(f, "w");
	struct metod_str mine = submitted(f, "w", 0);
	submitted(f, "w", 2);
	uint64_t wave = wave_row(f, "w").id;
	seed(f, seed_pairs, &wave);
	OK(f, ask_in(f, mine, "grant.give", &act, NULL));
	OK(f, ask_in(f, mine, "me.withdraw", NULL, NULL));
	assert_true(metod_str_is(pair_state(f, 7), "withdrawn"));
	REFUSED(f, METOD_NOT_FOUND, ask_in(f, mine, "me.profile", NULL, NULL));
	REFUSED(f, METOD_NOT_FOUND, ask_as(f, METHODIST, "profile.show", &show, NULL));
	assert_int_equal(rows(f, METOD_T_SUBMISSION), 1); /* the other teacher's */
	assert_int_equal(rows(f, METOD_T_PROFILE), 1);
	assert_int_equal(rows(f, METOD_T_ATTEMPT), 1);
	OK(f, ask_in(f, mine, "me.data", NULL, &data));
	assert_int_equal(
	    data.submissions.n + data.pages.n + data.attempts.n + data.profiles.n, 0);
	assert_true(data.grants.p[0].revoked != METOD_NIL);

	struct metod_txn *txn;
	struct metod_event event;
	assert_int_equal(metod_read_begin(f->store, &txn), METOD_OK);
	for (uint64_t seq = 1; metod_journal_read(txn, seq, f->arena, &event) == METOD_OK;
	     seq = event.seq + 1)
		if (event.subject == person_id(0) &&
		    (event.kind == METOD_E_SUBMITTED ||
			event.kind == METOD_E_PAGE_SAVED ||
			event.kind == METOD_E_PROFILE_COMPUTED))
			assert_true(event.erased);
	metod_read_end(txn);

	submitted(f, "w", 0); /* changed his mind */
	assert_int_equal(rows(f, METOD_T_SUBMISSION), 2);
}

static void forgetting_leaves_no_row_of_the_person(void **state)
{
	struct fixture *f = *state;
	struct metod_forget_req req = {z("T-00"), z("T-01")};
	struct metod_association key = {.id = 5}, association;
	struct metod_user ukey = {.id = 13}, user;
	struct metod_enter_rep in;
	struct metod_txn *txn;

	load_content(f);
	make_wave(f, "w");
	struct metod_str code = code_of(f, "w", 0), mine = submitted(f, "w", 0);
	REFUSED(f, METOD_CONFLICT, ask_as(f, METHODIST, "teacher.forget", &req, NULL));
	req.confirm = req.code;
	REFUSED(f, METOD_NOT_FOUND, ask_as(f, NEIGHBOUR, "teacher.forget", &req, NULL));
	uint64_t people = rows(f, METOD_T_PERSON), wave = wave_row(f, "w").id;
	seed(f, seed_pairs, &wave);
	OK(f, ask_as(f, METHODIST, "teacher.forget", &req, NULL));
	assert_int_equal(rows(f, METOD_T_PERSON), people - 1);
	assert_int_equal(rows(f, METOD_T_SUBMISSION), 0);
	assert_int_equal(rows(f, METOD_T_LOOK), 0);
	assert_int_equal(pair_state(f, 7).n, 0);
	assert_true(metod_str_is(pair_state(f, 8), "ended"));
	assert_int_equal(rows(f, METOD_T_INVITATION), PEOPLE - 2);
	REFUSED(f, METOD_NOT_FOUND, enter(f, code, "", &in));
	REFUSED(f, METOD_LOGIN, ask_in(f, mine, "me.profile", NULL, NULL));
	assert_int_equal(metod_read_begin(f->store, &txn), METOD_OK);
	assert_int_equal(
	    metod_get(txn, METOD_T_ASSOCIATION, &key, f->arena, &association), METOD_OK);
	assert_int_equal(metod_get(txn, METOD_T_USER, &ukey, f->arena, &user), METOD_OK);
	metod_read_end(txn);
	assert_int_equal(association.head, 0);
	assert_int_equal(association.members.n, 1);
	assert_int_equal(association.members.p[0], person_id(2));
	assert_true(user.disabled);
	assert_int_equal(user.person, 0);
	REFUSED(f, METOD_NOT_FOUND, ask_as(f, METHODIST, "teacher.forget", &req, NULL));
}

static void an_export_is_a_look(void **state)
{
	struct fixture *f = *state;
	struct metod_code_req code = {z("T-00")};
	struct metod_data_view data;

	load_content(f);
	make_wave(f, "w");
	struct metod_str mine = submitted(f, "w", 0);
	REFUSED(f, METOD_DENIED, ask_as(f, METHODIST, "teacher.export", &code, NULL));
	f->now_ms += 1000;
	/* an administrator gets no results, the person himself gets everything */
	OK(f, ask_as(f, ADMIN, "teacher.export", &code, &data));
	assert_true(metod_str_is(data.person->code, "T-00"));
	assert_int_equal(data.submissions.n + data.profiles.n + data.attempts.n, 0);
	OK(f, ask_in(f, mine, "teacher.export", &code, &data));
	assert_int_equal(data.submissions.n, 1);
	assert_int_equal(data.submissions.p[0].answers.n, 36);
	OK(f, ask_in(f, mine, "me.data", NULL, &data));
	assert_true(metod_str_is(data.looks.p[0].what, "data"));
	assert_true(metod_str_is(data.looks.p[0].role, "admin"));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(content_is_checked_compared_and_frozen),
	    CASE(broken_content_names_its_place),
	    CASE(a_wave_takes_twelve_competencies_of_all_groups),
	    CASE(wave_requests_are_checked),
	    CASE(invitations_are_made_once_and_codes_can_be_replaced),
	    CASE(codes_are_forgiven_and_guesses_wait),
	    CASE(a_pin_guards_the_invitation),
	    CASE(a_million_wrong_codes_open_nothing_and_lock_nobody_out),
	    CASE(wrong_passwords_delay_and_do_not_lock_out),
	    CASE(many_accounts_are_tried_slowly),
	    CASE(a_closed_wave_opens_only_what_was_sent),
	    CASE(consents_are_separate_and_a_second_start_changes_nothing),
	    CASE(pages_keep_to_one_group_and_show_every_question_once),
	    CASE(a_page_is_saved_whole_or_with_leave),
	    CASE(sending_counts_gaps_and_makes_the_profile_at_once),
	    CASE(the_printed_code_does_not_open_a_sent_result),
	    CASE(minutes_come_from_twenty_sheets),
	    CASE(declining_is_an_answer_that_may_change),
	    CASE(a_methodist_sees_states_after_the_act_only),
	    CASE(acts_check_their_themes),
	    CASE(closing_the_search_withdraws_what_was_proposed),
	    CASE(a_message_goes_forward_only),
	    CASE(withdrawal_erases_answers_and_leaves_the_door_open),
	    CASE(forgetting_leaves_no_row_of_the_person),
	    CASE(an_export_is_a_look),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
