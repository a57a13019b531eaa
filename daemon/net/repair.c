/* SPDX-License-Identifier: Apache-2.0
 * Errands on a store that nobody serves: verify, audit, restore, rebuild, upgrade. They
 * talk to a person, and say what to do next. */
#include "daemon.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "errand.h"
#include "metod/store.h"
#include "net.h"

enum metod_lang metod_errand_lang(void)
{
	const char *word = getenv("METOD_LANG");
	return word && *word ? metod_lang_from(metod_str(word)) : METOD_EN;
}

static const char *translate(void *arg, const char *msgid)
{
	(void)arg;
	return metod_tr(metod_errand_lang(), msgid);
}

void metod_errand_speak(void)
{
	metod_fail_language(translate, NULL);
}

/* The errand's own words, one line. */
static void say(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

/* A folder for a moment, below the one for temporary files. */
static char *scratch_dir(void)
{
	const char *tmp = getenv("TMPDIR");
	char path[4096];
	snprintf(path, sizeof path, "%s/metod-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(path)) {
		fprintf(stderr, "metodd: %s: %s\n", path, strerror(errno));
		return NULL;
	}
	return metod_xstrdup(path);
}

static void scratch_done(char *dir)
{
	rmdir(dir);
	free(dir);
}

const char *metod_errand_moment(int64_t ms, char *out)
{
	metod_time_format(ms, 0, out);
	memcpy(out + strlen(out), " UTC", sizeof " UTC");
	return out;
}

/* Name for the store that gives way, from the clock. */
static const char *aside_name(char *out, size_t bytes)
{
	int64_t now = net_wall_ms(NULL);
	char when[24];
	metod_time_format(now, 0, when);
	for (char *p = when; *p; p++)
		if (*p == ' ' || *p == ':')
			*p = '-';
	snprintf(out, bytes, "store.mdb.aside-%s-%02d-%03d", when, (int)(now / 1000 % 60),
	    (int)(now % 1000));
	return out;
}

/* ---- verify ---- */

static void print_list(const struct metod_verify_report *found)
{
	size_t shown =
	    found->n_found < METOD_FOUND_MAX ? found->n_found : METOD_FOUND_MAX;
	for (size_t i = 0; i < shown; i++) {
		const struct metod_found *one = &found->found[i];
		say("  %s%s%s: %s", one->table, one->key[0] ? " " : "", one->key,
		    TR(metod_found_text(one->kind)));
	}
	if (found->n_found > shown)
		say(TR("  and %llu more"), ULL(found->n_found - shown));
}

static void print_found(const struct metod_verify_report *found)
{
	say(TR("events %llu, erased %llu, rows %llu"), ULL(found->events),
	    ULL(found->erased), ULL(found->rows));
	say("%s, %s, %s, %s",
	    found->checksums_ok ? TR("checksums agree") : TR("checksums DIFFER"),
	    found->sequence_ok ? TR("sequence unbroken") : TR("sequence BROKEN"),
	    found->chain_ok ? TR("hash chain unbroken") : TR("hash chain BROKEN"),
	    found->format < metod_store_format
		? TR("tables of an older format not compared")
		: found->tables_equal ? TR("replayed tables equal byte by byte")
				      : TR("replayed tables DIFFER"));
}

static bool is_dir(const char *path)
{
	struct stat kind;
	return stat(path, &kind) == 0 && S_ISDIR(kind.st_mode);
}

static int print_damage(
    const struct metod_verify_report *found, const struct metod_error *err, bool dir)
{
	if (found->events)
		print_found(found);
	say(TR("damaged %llu, missing %llu, extra %llu, different %llu"),
	    ULL(found->damaged), ULL(found->missing), ULL(found->extra),
	    ULL(found->different));
	print_list(found);
	if (dir)
		say("%s",
		    TR("what to do: metodctl store rebuild, or restore the last good copy"));
	return found->n_found ? metod_err_exit(err->code) : metod_daemon_fail(err);
}

int metod_daemon_verify(const char *path)
{
	struct metod_verify_report found = {0};
	struct metod_error err = {0};
	bool described = true, dir = is_dir(path);
	char *scratch = scratch_dir();
	metod_errand_speak();
	if (!scratch)
		return 1;
	enum metod_err e = dir
	    ? metod_store_verify(path, scratch, &found, &err)
	    : metod_store_verify_copy(path, scratch, &described, &found, &err);
	scratch_done(scratch);
	if (e == METOD_DAMAGED)
		return print_damage(&found, &err, dir);
	if (e != METOD_OK)
		return metod_daemon_fail(&err);
	print_found(&found);
	if (!described)
		say("%s",
		    TR("there is no manifest beside it: whether it is the file that was made cannot be told"));
	if (found.format < metod_store_format)
		say(TR("its format is the older %u: metodctl store upgrade makes a new file of it"),
		    found.format);
	say("%s", dir ? TR("the store is whole") : TR("the copy is whole"));
	return 0;
}

/* ---- audit ---- */

int metod_daemon_audit(const char *path, const char *text)
{
	struct metod_verify_report found = {0};
	struct metod_error err = {0};
	struct metod_head head;
	metod_errand_speak();
	if (text && !metod_head_parse(metod_str(text), &head)) {
		metod_fail(&err, METOD_USAGE, "--head",
		    "is not a number, a colon and 64 hexadecimal digits");
		return metod_daemon_fail(&err);
	}
	enum metod_err e = metod_store_audit(path, text ? &head : NULL, &found, &err);
	if (e != METOD_OK && e != METOD_DAMAGED)
		return metod_daemon_fail(&err);
	say(TR("the chain holds from event 1 to %llu"), ULL(found.chain_to));
	if (e == METOD_DAMAGED) {
		print_list(&found);
		return found.n_found ? metod_err_exit(e) : metod_daemon_fail(&err);
	}
	say("%s",
	    text
		? TR("the event that was noted elsewhere is there, unchanged")
		: TR("without a head that was kept elsewhere a cut-off end passes unseen"));
	return 0;
}

/* ---- restore ---- */

static void print_lost(const struct metod_restore_plan *plan, const char *dir)
{
	const struct metod_store_facts *now = &plan->now;
	char when[32];
	if (plan->in_place == METOD_NOT_FOUND) {
		say(TR("There is no store in %s: nothing can be lost."), dir);
		return;
	}
	if (plan->in_place != METOD_OK) {
		say(TR("The store in place cannot be read (%s): what was recorded after the copy "
		       "cannot be told."),
		    TR(metod_err_text(plan->in_place)));
		return;
	}
	say(TR("In place: %llu events, the last of %s."), ULL(now->seq),
	    metod_errand_moment(now->last_ms, when));
	if (!now->grew_from)
		say("%s",
		    TR("The store in place did not grow out of this copy: all of its events "
		       "would give way."));
	else if (now->after == 0)
		say("%s",
		    TR("Nothing was recorded after the copy: nothing would be lost."));
	else
		say(TR("Lost would be %llu events recorded after the copy, since %s; submitted "
		       "questionnaires among them: %llu."),
		    ULL(now->after), metod_errand_moment(now->after_ms, when),
		    ULL(now->submissions));
	if (now->erasures)
		say(TR("Erasures among them: %llu. What was erased would be back: repeat them."),
		    ULL(now->erasures));
}

static void print_plan(
    const struct metod_restore_plan *plan, const char *backup, const char *dir)
{
	char when[32];
	say(TR("The copy %s is whole: %llu events, the last of %s."), backup,
	    ULL(plan->of_copy.seq), metod_errand_moment(plan->of_copy.last_ms, when));
	if (!plan->described)
		say("%s",
		    TR("there is no manifest beside it: whether it is the file that was made cannot be told"));
	print_lost(plan, dir);
	if (plan->in_place != METOD_NOT_FOUND)
		say("%s",
		    TR("The store in place would be kept beside the new one, under another name."));
	say("%s",
	    TR("Keys are not part of a copy: the folder of the keys stays as it is."));
	say("%s", TR("Nothing was changed."));
}

static int dry_run(const char *backup, const char *dir)
{
	struct metod_restore_plan plan;
	struct metod_error err = {0};
	char *scratch = scratch_dir();
	if (!scratch)
		return 1;
	enum metod_err e = metod_store_restore_plan(backup, dir, scratch, &plan, &err);
	scratch_done(scratch);
	if (e == METOD_DAMAGED)
		return print_damage(&plan.copy, &err, false);
	if (e != METOD_OK)
		return metod_daemon_fail(&err);
	print_plan(&plan, backup, dir);
	return 0;
}

/* The name under which the old store is kept, if there was one. */
static void say_aside(const char *dir, const char *aside)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/%s", dir, aside);
	if (access(path, F_OK) == 0)
		say(TR("The store before it is kept as %s. It holds personal data: delete it when "
		       "it is no longer needed."),
		    path);
}

/* What only the store put aside has, of which nobody may have thought. */
static void say_what_gave_way(const char *dir, const char *aside)
{
	struct metod_store_facts now, before;
	char path[4096];
	snprintf(path, sizeof path, "%s/%s", dir, aside);
	if (metod_store_look(dir, NULL, &now, NULL) != METOD_OK ||
	    metod_store_look(path, &now.head, &before, NULL) != METOD_OK)
		return;
	if (before.after)
		say(TR("Events that only the store before it has: %llu."),
		    ULL(before.after));
	if (before.erasures)
		say(TR("Erasures among them: %llu. What was erased is back: repeat them."),
		    ULL(before.erasures));
}

int metod_daemon_restore(const char *backup, const char *dir, bool only_say)
{
	struct metod_error err = {0};
	char aside[64];
	metod_errand_speak();
	if (only_say)
		return dry_run(backup, dir);
	aside_name(aside, sizeof aside);
	enum metod_err e = metod_daemon_make_dirs(dir)
	    ? metod_store_restore(backup, dir, aside, &err)
	    : metod_fail(
		  &err, METOD_IO, dir, "cannot make the folder: %s", strerror(errno));
	if (e != METOD_OK)
		return metod_daemon_fail(&err);
	say(TR("%s: restored from %s"), dir, backup);
	say_aside(dir, aside);
	say_what_gave_way(dir, aside);
	say("%s",
	    TR("Receipts given after the copy belong to another generation of the store."));
	say("%s",
	    TR("Keys are not part of a copy: the folder of the keys stays as it is."));
	return 0;
}

/* ---- rebuild and upgrade ---- */

static void say_what_can_be_saved(
    const char *dir, const struct metod_rebuild_report *found)
{
	char when[32];
	say(TR("The journal is damaged at event %llu of %llu."), ULL(found->readable) + 1,
	    ULL(found->last));
	if (!found->readable) {
		say("%s", TR("Nothing can be saved: restore the last good copy."));
		return;
	}
	say(TR("Events 1 to %llu can be saved, until %s; the others would be lost."),
	    ULL(found->readable), metod_errand_moment(found->last_ms, when));
	say("%s",
	    TR("A good copy may hold more: metodctl backup restore --dry-run tells."));
	say(TR("To save them: metodd rebuild --keep %llu %s"), ULL(found->readable), dir);
}

static int print_rebuilt(const char *dir, const char *aside, uint64_t keep,
    const struct metod_rebuild_report *found)
{
	uint64_t kept = keep ? keep : found->readable;
	say(TR("%s: made anew from events 1 to %llu"), dir, ULL(kept));
	say_aside(dir, aside);
	say("%s",
	    !found->whole || kept < found->last
		? TR("Events were cut off: the store has a new generation, receipts given for them "
		     "are void.")
		: TR("All receipts stay valid."));
	return 0;
}

int metod_daemon_rebuild(const char *dir, unsigned long long keep)
{
	struct metod_rebuild_report found;
	struct metod_error err = {0};
	char aside[64];
	metod_errand_speak();
	aside_name(aside, sizeof aside);
	enum metod_err e = metod_store_rebuild(dir, keep, aside, &found, &err);
	if (e == METOD_OK)
		return print_rebuilt(dir, aside, keep, &found);
	if ((found.last || found.readable) && !found.whole && !found.generation)
		say_what_can_be_saved(dir, &found);
	else if (e == METOD_DAMAGED && !found.readable)
		say("%s", TR("Nothing can be saved: restore the last good copy."));
	return metod_daemon_fail(&err);
}

int metod_daemon_upgrade(const char *dir)
{
	struct metod_rebuild_report found;
	struct metod_error err = {0};
	char aside[64];
	metod_errand_speak();
	aside_name(aside, sizeof aside);
	enum metod_err e = metod_store_upgrade(dir, aside, &found, &err);
	if (e == METOD_CONFLICT) {
		say("%s: %s", dir, err.message);
		return 0;
	}
	if (e == METOD_OK)
		return print_rebuilt(dir, aside, 0, &found);
	if ((found.last || found.readable) && !found.whole)
		say_what_can_be_saved(dir, &found);
	return metod_daemon_fail(&err);
}
