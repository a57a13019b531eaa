/* SPDX-License-Identifier: Apache-2.0
 * What an administrator needs to see and to do: status, audit log, backup, verification,
 * counters. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "copies.h"
#include "metod/version.h"

enum { AUDIT_ROWS = 100 };

static uint64_t open_waves(struct metod_call *call)
{
	struct metod_wave wave;
	uint64_t n = 0;
	struct metod_scan *scan = metod_scan_table(call->txn, METOD_T_WAVE, NULL, 0);
	while (metod_scan_next(scan, call->arena, &wave) == METOD_OK)
		n += metod_str_is(wave.state, "open");
	metod_scan_end(scan);
	return n;
}

static const char *what_next(const struct metod_status_rep *rep)
{
	if (rep->orgs == 0)
		return "metodctl org import orgs.csv";
	if (rep->teachers == 0)
		return "metodctl teacher import teachers.csv";
	if (rep->waves_open == 0)
		return "metodctl wave list";
	return "metodctl wave list; metodctl invite print WAVE";
}

enum metod_err metod_do_status(struct metod_call *call, const void *request, void *reply)
{
	struct metod_status_rep *rep = reply;
	struct metod_store_stat stat;
	const struct metod_meta *meta = store_meta(call);
	(void)request;
	enum metod_err e = metod_store_stat(call->app->store, &stat);
	if (e != METOD_OK)
		return e;
	*rep = (struct metod_status_rep){.version = METOD_STR(METOD_VERSION_TEXT),
	    .title = meta->title,
	    .demo = meta->demo,
	    .zone = meta->zone,
	    .uptime_s = (uint64_t)((call->now_ms - call->app->started_ms) / 1000),
	    .orgs = metod_table_count(call->txn, METOD_T_ORG),
	    .teachers = metod_table_count(call->txn, METOD_T_PERSON),
	    .waves_open = open_waves(call),
	    .disk_full = stat.refusing,
	    .disk_low = stat.free_bytes < METOD_DISK_LOW_BYTES,
	    .schema_hash = metod_arena_printf(
		call->arena, "%016llx", (unsigned long long)metod_schema_hash())};
	/* Advice to staff only: a guest at the door needs none. */
	if (call->caller.who & (METOD_STAFF | METOD_ANALYST))
		rep->next = metod_str(
		    stat.refusing ? "df -h" : metod_tr(call->lang, what_next(rep)));
	return METOD_OK;
}

static struct metod_str head_text(struct metod_call *call, const struct metod_head *head)
{
	char text[METOD_HEAD_TEXT];
	metod_head_text(head, text);
	return metod_arena_strz(call->arena, text);
}

enum metod_err metod_do_store_stat(
    struct metod_call *call, const void *request, void *reply)
{
	struct metod_stat_rep *rep = reply;
	struct metod_store_stat stat;
	(void)request;
	enum metod_err e = metod_store_stat(call->app->store, &stat);
	if (e != METOD_OK)
		return e;
	*rep = (struct metod_stat_rep){.journal = stat.journal_last,
	    .generation = stat.generation,
	    .used_bytes = stat.used_bytes,
	    .map_bytes = stat.map_bytes,
	    .free_bytes = stat.free_bytes,
	    .batches = stat.batches,
	    .commands = stat.commands,
	    .oldest_reader_ms = stat.readers_oldest_ms,
	    .refusing = stat.refusing,
	    .head = head_text(call, &stat.head)};
	rep->settings.p = METOD_NEWS(
	    call->arena, call->app->config.n_settings, struct metod_setting_row);
	for (size_t i = 0; i < call->app->config.n_settings; i++)
		rep->settings.p[rep->settings.n++] = call->app->config.settings[i];
	rep->rows.p = METOD_NEWS(call->arena, stat.n_tables, struct metod_stat_row);
	for (rep->rows.n = 0; rep->rows.n < stat.n_tables; rep->rows.n++)
		rep->rows.p[rep->rows.n] =
		    (struct metod_stat_row){metod_str(stat.tables[rep->rows.n].name),
			stat.tables[rep->rows.n].rows};
	return METOD_OK;
}

/* ---- audit ---- */

static const char *event_word(enum metod_event_kind kind)
{
	switch (kind) {
#define EVENT_WORD(number, name, table)                                                  \
	case METOD_E_##name:                                                             \
		return #name;
		METOD_EVENTS(EVENT_WORD)
#undef EVENT_WORD
	}
	return "?";
}

/* Who has answered, was addressed or opened something is nobody's business: such events
 * name no person here, whoever caused them. */
static bool tells_of_answers(enum metod_event_kind kind)
{
	static const enum metod_event_kind kinds[] = {METOD_E_ATTEMPT_PUT,
	    METOD_E_PAGE_SAVED, METOD_E_SUBMITTED, METOD_E_PROFILE_COMPUTED,
	    METOD_E_WANTS_PUT, METOD_E_GRANT_PUT, METOD_E_ROUTE_PUT, METOD_E_PAIR_PUT,
	    METOD_E_MESSAGE_PUT};
	for (size_t i = 0; i < METOD_LEN(kinds); i++)
		if (kind == kinds[i])
			return true;
	return false;
}

/* Nobody else's row may be missing. */
static bool was_forgotten(struct metod_call *call, uint64_t person)
{
	struct metod_forgotten key = {.person = person}, row;
	struct metod_scan *scan = metod_scan_table(call->txn, METOD_T_FORGOTTEN, &key, 1);
	bool found = metod_scan_next(scan, call->arena, &row) == METOD_OK;
	metod_scan_end(scan);
	return found;
}

/* A person's own acts are a respondent's, with a code or with an account. */
static struct metod_str actor_text(
    struct metod_call *call, const struct metod_event *event, bool *ret_own)
{
	struct metod_user key = {.id = event->actor}, user;
	*ret_own = event->actor & METOD_ACTOR_RESPONDENT;
	if (event->actor == 0)
		return METOD_STR("system");
	if (*ret_own)
		return METOD_STR("respondent");
	if (metod_get(call->txn, METOD_T_USER, &key, call->arena, &user) != METOD_OK) {
		call->trouble = METOD_DAMAGED; /* users are never taken away */
		return METOD_STR("?");
	}
	*ret_own = user.person && user.person == event->subject;
	return *ret_own ? METOD_STR("respondent") : user.login;
}

static struct metod_str lower(struct metod_call *call, const char *word)
{
	struct metod_str out = metod_arena_strz(call->arena, word);
	char *p = metod_arena_alloc(call->arena, out.n + 1);
	for (size_t i = 0; i < out.n; i++)
		p[i] = (char)(out.p[i] >= 'A' && out.p[i] <= 'Z' ? out.p[i] + ('a' - 'A')
								 : out.p[i]);
	return (struct metod_str){p, out.n};
}

/* The row of one event; *ret_about: the person it names, 0 none. */
static void audit_row(struct metod_call *call, const struct metod_event *event,
    struct metod_audit_row *ret, uint64_t *ret_about)
{
	struct metod_person person;
	bool own;
	*ret = (struct metod_audit_row){.seq = event->seq,
	    .at = event->time_ms,
	    .actor = actor_text(call, event, &own),
	    .event = lower(call, event_word(event->kind)),
	    .erased = event->erased};
	*ret_about = own || tells_of_answers(event->kind) ? 0 : event->subject;
	if (*ret_about == 0)
		return;
	if (person_by_id(call, *ret_about, &person) == METOD_OK)
		ret->subject = person.code;
	else if (!was_forgotten(call, *ret_about))
		call->trouble = METOD_DAMAGED;
}

enum metod_err metod_do_audit_log(
    struct metod_call *call, const void *request, void *reply)
{
	const struct metod_audit_req *req = request;
	struct metod_audit_rep *rep = reply;
	struct metod_person about = {0};
	uint64_t limit = req->limit ? req->limit : AUDIT_ROWS;
	uint64_t last = metod_journal_last(call->txn);
	uint64_t from = req->from ? req->from
	    : req->teacher.n      ? 1
	    : last > limit        ? last - limit + 1
				  : 1;
	if (req->teacher.n && person_by_code(call, req->teacher, &about) != METOD_OK)
		return gate_not_found(call, "teacher");
	rep->last = last;
	rep->rows.p = METOD_NEWS(call->arena, limit, struct metod_audit_row);
	struct metod_arena *scratch = metod_arena_new();
	struct metod_event event;
	enum metod_err e = METOD_OK;
	while (rep->rows.n < limit && from <= last) {
		/* The journal is unbroken: an event that cannot be read is damage, not
		 * its end. */
		e = metod_journal_read(call->txn, from, scratch, &event);
		if (e != METOD_OK || event.seq != from)
			break;
		from = event.seq + 1;
		struct metod_audit_row row;
		uint64_t of;
		audit_row(call, &event, &row, &of);
		if (!about.id || of == about.id)
			rep->rows.p[rep->rows.n++] = row;
		metod_arena_clear(scratch);
	}
	metod_arena_free(scratch);
	if (e == METOD_OK && (from > last || rep->rows.n >= limit))
		return METOD_OK;
	return metod_fail(call->err, METOD_DAMAGED, "from",
	    metod_tr(call->lang, "event %llu of the journal is damaged"),
	    (unsigned long long)from);
}

/* ---- backup and verification: in the pool; the store copies itself ---- */

enum metod_err metod_do_backup_create(
    struct metod_call *call, const void *request, void *reply)
{
	const struct metod_path_req *req = request;
	struct metod_done_rep *rep = reply;
	char when[24];
	uint64_t last;
	metod_time_format(call->now_ms, call->zone_minutes, when);
	for (char *p = when; *p; p++)
		if (*p == ' ' || *p == ':')
			*p = '-';
	struct metod_str path = req->file;
	/* A name, not a path: the daemon writes only into its own backup directory. Not
	 * one of those that metod_store_sweep removes. */
	if (path.n &&
	    (memchr(path.p, '/', path.n) || path.p[0] == '.' ||
		(path.n >= 4 && !memcmp(path.p + path.n - 4, ".tmp", 4))))
		return metod_fail(call->err, METOD_RANGE, "file",
		    metod_tr(call->lang, "give a file name only; copies are kept in %s"),
		    call->app->config.backup_dir);
	if (path.n == 0)
		path = metod_arena_printf(call->arena, "metod-%s.mbk", when);
	path = metod_arena_printf(
	    call->arena, "%s/%.*s", call->app->config.backup_dir, METOD_FMT(path));
	snapshot_done(call);
	enum metod_err e = metod_store_backup(
	    call->app->store, metod_arena_z(call->arena, path), &last, call->err);
	if (e == METOD_OK)
		copies_expire(call);
	rep->note = path;
	rep->count = last;
	return e;
}

/* Name of a copy below the scratch folder, made for one check and thrown away. */
static const char *scratch_copy(struct metod_call *call)
{
	return metod_arena_z(call->arena,
	    metod_arena_printf(call->arena, "%s/" METOD_SCRATCH "%llx.mbk",
		call->app->config.scratch_dir, (unsigned long long)fresh_id(call)));
}

/* A file whose pages cannot even be copied has no list, but one sentence. */
static void list_found(struct metod_call *call, const struct metod_verify_report *report,
    enum metod_err result, struct metod_found_row **ret, size_t *ret_n)
{
	size_t n = report->n_found < METOD_FOUND_MAX ? report->n_found : METOD_FOUND_MAX;
	*ret = METOD_NEWS(call->arena, n + 1, struct metod_found_row);
	for (*ret_n = 0; *ret_n < n; ++*ret_n) {
		const struct metod_found *found = &report->found[*ret_n];
		(*ret)[*ret_n] = (struct metod_found_row){
		    .table = metod_arena_strz(call->arena, found->table),
		    .key = metod_arena_strz(call->arena, found->key),
		    .what =
			metod_str(metod_tr(call->lang, metod_found_text(found->kind)))};
	}
	if (result != METOD_OK && n == 0)
		(*ret)[(*ret_n)++] = (struct metod_found_row){.table = METOD_STR("store"),
		    .what = metod_arena_strz(call->arena, call->err->message)};
}

enum metod_err metod_do_store_verify(
    struct metod_call *call, const void *request, void *reply)
{
	struct metod_verify_rep *rep = reply;
	struct metod_verify_report report = {0};
	(void)request;
	const char *copy = scratch_copy(call);
	snapshot_done(call);
	enum metod_err e = metod_store_copy(call->app->store, copy, call->err);
	if (e == METOD_OK)
		e = metod_store_verify(
		    copy, call->app->config.scratch_dir, &report, call->err);
	unlink(copy);
	if (e != METOD_OK && e != METOD_DAMAGED)
		return e;
	*rep = (struct metod_verify_rep){.ok = e == METOD_OK,
	    .events = report.events,
	    .rows_checked = report.rows,
	    .erased = report.erased,
	    .damaged = report.damaged,
	    .missing = report.missing,
	    .extra = report.extra,
	    .different = report.different,
	    .chain = report.chain_ok,
	    .sequence = report.sequence_ok};
	list_found(call, &report, e, &rep->found.p, &rep->found.n);
	return METOD_OK;
}

/* The chain by itself; with a head that was kept elsewhere also what was cut off its end,
 * or written anew as a whole. */
enum metod_err metod_do_audit_verify(
    struct metod_call *call, const void *request, void *reply)
{
	const struct metod_audit_verify_req *req = request;
	struct metod_audit_verify_rep *rep = reply;
	struct metod_verify_report report = {0};
	struct metod_store_stat stat;
	struct metod_head head;
	if (req->head.n && !metod_head_parse(req->head, &head))
		return metod_fail(call->err, METOD_RANGE, "head", "%s",
		    metod_tr(call->lang,
			"is not a number, a colon and 64 hexadecimal digits"));
	enum metod_err e = metod_store_stat(call->app->store, &stat);
	if (e != METOD_OK)
		return e;
	const char *copy = scratch_copy(call);
	snapshot_done(call);
	e = metod_store_copy(call->app->store, copy, call->err);
	if (e == METOD_OK)
		e = metod_store_audit(
		    copy, req->head.n ? &head : NULL, &report, call->err);
	unlink(copy);
	if (e != METOD_OK && e != METOD_DAMAGED)
		return e;
	*rep = (struct metod_audit_verify_rep){.ok = e == METOD_OK,
	    .events = report.events,
	    .holds_to = report.chain_to,
	    .compared = req->head.n > 0,
	    .head = head_text(call, &stat.head)};
	list_found(call, &report, e, &rep->found.p, &rep->found.n);
	return METOD_OK;
}
