/* SPDX-License-Identifier: Apache-2.0
 * Random kill -9 of a process that writes to a store, with the ledger outside of it.
 *   store_crash --cycles N [--seed S] [--preload LIB [--nosync-control]]
 * Without --preload the process is killed and its file read as it is. With it (LIB is
 * powerloss_preload.so) the file is replaced by the image that a power cut would leave.
 * --nosync-control runs the store without flushes: it must lose, or the harness is blind.
 * One JSON line. Exit 0: nothing lost, phantom, duplicate or altered; 1: something was;
 * 2: trouble.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "metod/store.h"

enum {
	THREADS = 4,
	NOTES_FD = 3,     /* of the child */
	RESEND_MAX = 400, /* keys that are sent again in one cycle */
	FULL_CHECK = 10,  /* cycles */
	MAP_BYTES = 1 << 20,
};

enum note_kind { SENT = 1, RECEIPT };

/* What the child tells; one write() each, so notes of threads do not mix. */
struct note {
	uint64_t kind, key, seq;
	uint8_t digest[16];
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static _Noreturn void trouble(const char *what)
{
	fprintf(stderr, "store_crash: %s: %s\n", what, strerror(errno));
	exit(2);
}

/* ---- rows are derived from their key, so that any change shows ---- */

struct derived {
	char code[32], name[METOD_NAME_MAX + 1];
	struct metod_org org;
};

static void derive(uint64_t key, struct derived *ret)
{
	uint64_t rng = key;
	size_t n = 20 + metod_rand64(&rng) % 250;

	snprintf(ret->code, sizeof(ret->code), "k%016llx", (unsigned long long)key);
	for (size_t i = 0; i < n; i++)
		ret->name[i] = (char)('a' + metod_rand64(&rng) % 26);
	ret->name[n] = 0;
	ret->org = (struct metod_org){.id = key,
	    .code = metod_str(ret->code),
	    .name = metod_str(ret->name),
	    .kind = METOD_STR("school"),
	    .parent = key % 7};
}

static bool is_derived(const struct metod_org *row)
{
	struct derived want;

	derive(row->id, &want);
	return metod_str_eq(row->code, want.org.code) &&
	    metod_str_eq(row->name, want.org.name) && row->parent == want.org.parent;
}

/* ---- the child: sends commands until it is killed ---- */

struct command {
	struct metod_job job;
	uint64_t key, seq;
	uint8_t digest[16];
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	bool finished;
	enum metod_err result;
};

/* Some commands are long, and some forget the person whom the long ones are about. */
static void record_more(struct metod_txn *txn, uint64_t key)
{
	uint64_t person = key % 5 + 1;
	char text[METOD_TEXT_MAX];

	memset(text, 'm', sizeof(text));
	if (key % 8 == 0) {
		for (uint64_t i = 0; i < 3; i++) {
			struct metod_message message = {
			    .id = person * 1000 + (key / 8 + i) % 100 + 1,
			    .person = person,
			    .sending = 1,
			    .competency = METOD_STR("A1"),
			    .text = {text, sizeof(text)},
			    .deadline = METOD_NIL,
			    .at = 1,
			    .state = METOD_STR("delivered")};

			metod_record(txn, METOD_E_MESSAGE_PUT, &message);
		}
	}
	if (key % 64 == 1) {
		struct metod_forgotten forgotten = {
		    .person = person, .at = (int64_t)key, .scope = METOD_STR("all")};

		metod_record(txn, METOD_E_PERSON_FORGOTTEN, &forgotten);
	}
}

static enum metod_err put(struct metod_job *job, struct metod_txn *txn)
{
	struct command *command = (struct command *)job;
	struct metod_arena *arena = metod_arena_new();
	struct derived derived;
	struct metod_idem found, idem = {.actor = 1};
	enum metod_err e;

	derive(command->key, &derived);
	idem.key = derived.org.code;
	e = metod_get(txn, METOD_T_IDEM, &idem, arena, &found);
	if (!e) {
		command->seq = found.seq;
		memcpy(command->digest, found.reply.p, sizeof(command->digest));
	} else if (e == METOD_NOT_FOUND) {
		metod_record_as(txn, 1, (int64_t)command->key);
		record_more(txn, command->key);
		metod_record(txn, METOD_E_ORG_PUT, &derived.org);
		metod_record_digest(txn, command->digest);
		command->seq = metod_record_last_seq(txn);
		metod_record_key(txn, 1, derived.org.code, command->digest,
		    (struct metod_str){
			(const char *)command->digest, sizeof(command->digest)},
		    0);
		e = METOD_OK;
	}
	metod_arena_free(arena);
	return e;
}

static void finish(struct metod_job *job, enum metod_err result)
{
	struct command *command = (struct command *)job;

	pthread_mutex_lock(&command->mutex);
	command->finished = true;
	command->result = result;
	pthread_cond_signal(&command->cond);
	pthread_mutex_unlock(&command->mutex);
}

static void tell(enum note_kind kind, const struct command *command)
{
	struct note note = {.kind = kind, .key = command->key, .seq = command->seq};

	memcpy(note.digest, command->digest, sizeof(note.digest));
	if (write(NOTES_FD, &note, sizeof(note)) != (ssize_t)sizeof(note))
		exit(0); /* the parent is gone */
}

static void send_key(struct metod_store *store, uint64_t key)
{
	struct command command = {.job = {.work = put, .done = finish},
	    .key = key,
	    .mutex = PTHREAD_MUTEX_INITIALIZER,
	    .cond = PTHREAD_COND_INITIALIZER};

	tell(SENT, &command);
	if (metod_store_submit(store, &command.job))
		return;
	pthread_mutex_lock(&command.mutex);
	while (!command.finished)
		pthread_cond_wait(&command.cond, &command.mutex);
	pthread_mutex_unlock(&command.mutex);
	if (!command.result)
		tell(RECEIPT, &command);
}

struct sender {
	struct metod_store *store;
	uint64_t next_key;
	uint64_t resend[RESEND_MAX];
	size_t n_resend;
};

static void *send_on(void *arg)
{
	struct sender *sender = arg;

	for (size_t i = 0; i < sender->n_resend; i++)
		send_key(sender->store, sender->resend[i]);
	for (;;)
		send_key(sender->store, sender->next_key++);
	return NULL;
}

static int child_main(const char *dir, uint64_t cycle, bool nosync)
{
	struct metod_store_config config = {
	    .dir = dir, .map_bytes = MAP_BYTES, .nosync = nosync};
	static struct sender senders[THREADS];
	struct metod_store *store;
	struct metod_error err = {0};
	pthread_t thread;
	uint64_t key;

	if (metod_store_open(&config, &store, &err)) {
		fprintf(stderr, "store_crash: child: %s: %s\n", err.field, err.message);
		return 2;
	}
	for (size_t i = 0; read(STDIN_FILENO, &key, sizeof(key)) == (ssize_t)sizeof(key);
	     i++) {
		struct sender *sender = &senders[i % THREADS];

		sender->resend[sender->n_resend++] = key;
	}
	for (size_t i = 0; i < THREADS; i++) {
		senders[i].store = store;
		senders[i].next_key = cycle << 24 | i << 20 | 1;
		if (pthread_create(&thread, NULL, send_on, &senders[i]))
			return 2;
	}
	for (;;)
		pause();
}

/* ---- the ledger ---- */

struct line {
	uint64_t key, seq; /* seq 0: no receipt */
	uint8_t digest[16];
	uint64_t events; /* seen in the journal by the check */
};

struct ledger {
	struct line *lines; /* sorted by key when checked */
	size_t n, cap;
	uint64_t sent, receipts, resent;
	uint64_t lost, phantom, duplicate, altered, unopenable, unverified,
	    stored_unacknowledged;
};

static int by_key(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	return (x->key > y->key) - (x->key < y->key);
}

static struct line *find_line(const struct ledger *ledger, uint64_t key)
{
	struct line want = {.key = key};

	return bsearch(&want, ledger->lines, ledger->n, sizeof(want), by_key);
}

static void add_line(struct ledger *ledger, uint64_t key)
{
	if (ledger->n == ledger->cap) {
		ledger->cap = ledger->cap ? 2 * ledger->cap : 1024;
		ledger->lines =
		    metod_xrealloc(ledger->lines, ledger->cap * sizeof(*ledger->lines));
	}
	ledger->lines[ledger->n++] = (struct line){.key = key};
}

/* The same key twice must bring the same receipt. */
static void keep_receipt(struct ledger *ledger, const struct note *note)
{
	struct line *line = find_line(ledger, note->key);

	ledger->receipts++;
	if (!line->seq) {
		line->seq = note->seq;
		memcpy(line->digest, note->digest, sizeof(line->digest));
	} else if (line->seq != note->seq ||
	    memcmp(line->digest, note->digest, sizeof(line->digest))) {
		ledger->duplicate++;
	}
}

static void keep_notes(struct ledger *ledger, const struct metod_buf *bytes)
{
	size_t n = bytes->n / sizeof(struct note), old = ledger->n;
	struct note *notes = metod_xcalloc(n, sizeof(*notes));

	if (n)
		memcpy(notes, bytes->p, n * sizeof(*notes));

	for (size_t i = 0; i < n; i++) {
		struct line want = {.key = notes[i].key};

		if (notes[i].kind != SENT)
			continue;
		ledger->sent++;
		if (old && bsearch(&want, ledger->lines, old, sizeof(want), by_key))
			ledger->resent++;
		else
			add_line(ledger, notes[i].key);
	}
	if (ledger->n)
		qsort(ledger->lines, ledger->n, sizeof(*ledger->lines), by_key);
	for (size_t i = 0; i < n; i++) {
		if (notes[i].kind == RECEIPT)
			keep_receipt(ledger, &notes[i]);
	}
	free(notes);
}

/* ---- the check ---- */

static void check_line(struct ledger *ledger, struct line *line, struct metod_txn *txn,
    struct metod_arena *arena)
{
	struct metod_org key = {.id = line->key}, row;
	struct metod_idem idem = {.actor = 1}, stored;
	struct metod_event event;
	enum metod_err e = metod_get(txn, METOD_T_ORG, &key, arena, &row);

	if (!line->seq) {
		ledger->stored_unacknowledged += e == METOD_OK;
		return;
	}
	if (!e) {
		idem.key = row.code;
		e = metod_get(txn, METOD_T_IDEM, &idem, arena, &stored);
	}
	if (!e)
		e = metod_journal_read(txn, line->seq, arena, &event);
	if (e == METOD_NOT_FOUND)
		ledger->lost++;
	else if (e || !is_derived(&row) || stored.seq != line->seq ||
	    event.seq != line->seq ||
	    memcmp(stored.reply.p, line->digest, sizeof(line->digest)))
		ledger->altered++;
}

static void check_rows(
    struct ledger *ledger, struct metod_txn *txn, struct metod_arena *arena)
{
	struct metod_scan *scan = metod_scan_table(txn, METOD_T_ORG, NULL, 0);
	struct metod_org row;
	enum metod_err e;

	while ((e = metod_scan_next(scan, arena, &row)) != METOD_NOT_FOUND) {
		if (e || !is_derived(&row))
			ledger->altered++;
		else if (!find_line(ledger, row.id))
			ledger->phantom++;
		metod_arena_clear(arena);
	}
}

/* Every key at most once in the journal; numbers dense. */
static void check_journal(
    struct ledger *ledger, struct metod_txn *txn, struct metod_arena *arena)
{
	struct metod_event event;
	enum metod_err e;

	for (size_t i = 0; i < ledger->n; i++)
		ledger->lines[i].events = 0;
	for (uint64_t seq = 1;
	     (e = metod_journal_read(txn, seq, arena, &event)) != METOD_NOT_FOUND;
	     seq++) {
		struct line *line;

		if (e || event.seq != seq) {
			ledger->altered++;
			seq = event.seq;
		}
		/* The time of an event is its key here. */
		line = event.kind == METOD_E_ORG_PUT
		    ? find_line(ledger, (uint64_t)event.time_ms)
		    : NULL;
		if (line && line->events++)
			ledger->duplicate++;
		metod_arena_clear(arena);
	}
}

static void check(struct ledger *ledger, const char *dir, bool full)
{
	struct metod_store_config config = {.dir = dir, .map_bytes = MAP_BYTES};
	struct metod_verify_report report;
	struct metod_arena *arena;
	struct metod_error err = {0};
	struct metod_store *store;
	struct metod_txn *txn;

	/* In a process of its own: a bad image can crash its reader. */
	if (full && metod_store_verify(dir, dir, &report, &err)) {
		fprintf(stderr, "store_crash: verify: %s: %s\n", err.field, err.message);
		ledger->unverified++;
	}
	if (ledger->unverified || metod_store_open(&config, &store, &err)) {
		fprintf(stderr, "store_crash: open: %s: %s\n", err.field, err.message);
		ledger->unopenable++;
		for (size_t i = 0; i < ledger->n; i++)
			ledger->lost += ledger->lines[i].seq != 0;
		return;
	}
	arena = metod_arena_new();
	if (metod_read_begin(store, &txn))
		trouble("no snapshot");
	ledger->stored_unacknowledged = 0;
	for (size_t i = 0; i < ledger->n; i++) {
		check_line(ledger, &ledger->lines[i], txn, arena);
		metod_arena_clear(arena);
	}
	if (full) {
		check_rows(ledger, txn, arena);
		check_journal(ledger, txn, arena);
	}
	metod_read_end(txn);
	metod_arena_free(arena);
	metod_store_close(store);
}

/* ---- cycles ---- */

struct options {
	uint64_t cycles, seed;
	const char *preload, *self;
	bool nosync;
};

static void copy_file(const char *from, const char *to)
{
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	static char chunk[1 << 20];
	ssize_t n;

	if (in < 0 || out < 0)
		trouble(to);
	while ((n = read(in, chunk, sizeof(chunk))) > 0) {
		if (write(out, chunk, (size_t)n) != n)
			trouble(to);
	}
	if (n < 0)
		trouble(from);
	close(in);
	close(out);
}

static _Noreturn void become_child(const struct options *options, const char *dir,
    uint64_t cycle, int resend_fd, int notes_fd)
{
	char number[32], file[256];

	snprintf(number, sizeof(number), "%llu", (unsigned long long)cycle);
	snprintf(file, sizeof(file), "%s/store.mdb", dir);
	dup2(resend_fd, STDIN_FILENO);
	dup2(notes_fd, NOTES_FD);
	if (options->preload) {
		setenv("LD_PRELOAD", options->preload, 1);
		setenv("METOD_POWERLOSS_FILE", file, 1);
		setenv("METOD_POWERLOSS_EARLY", "30", 1);
	}
	execl(options->self, "store_crash", "--child", dir, number,
	    options->nosync ? "1" : "0", (char *)NULL);
	_exit(127);
}

/* Keys without receipt, and a few with one. */
static void resend(const struct ledger *ledger, uint64_t *rng, int fd)
{
	size_t n = 0;

	for (size_t i = ledger->n; i-- && n < RESEND_MAX;) {
		const struct line *line = &ledger->lines[i];

		if (line->seq && metod_rand64(rng) % 50)
			continue;
		if (write(fd, &line->key, sizeof(line->key)) !=
		    (ssize_t)sizeof(line->key))
			trouble("pipe");
		n++;
	}
	close(fd);
}

/* Reads notes until the child is dead; kills it when its time has come. */
static void gather(struct ledger *ledger, pid_t child, int fd, int64_t life_ms)
{
	struct metod_buf notes = {0};
	int64_t end = now_ms() + life_ms;
	int status;

	for (bool killed = false;;) {
		struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
		int64_t left = end - now_ms();
		struct note chunk[256];
		ssize_t n;

		if (!killed && left <= 0) {
			kill(child, SIGKILL);
			killed = true;
		}
		if (poll(&poll_fd, 1, killed ? -1 : (int)left) <= 0)
			continue;
		n = read(fd, chunk, sizeof(chunk));
		if (n <= 0)
			break;
		metod_buf_add(&notes, chunk, (size_t)n);
	}
	close(fd);
	if (waitpid(child, &status, 0) != child || !WIFSIGNALED(status))
		trouble("the child ended by itself");
	keep_notes(ledger, &notes);
	metod_buf_done(&notes);
}

static void run_cycle(const struct options *options, struct ledger *ledger,
    const char *dir, uint64_t cycle, uint64_t *rng)
{
	int64_t life_ms = 2 + (int64_t)(metod_rand64(rng) % 119);
	int notes[2], keys[2];
	pid_t child;

	if (pipe2(notes, O_CLOEXEC) || pipe2(keys, O_CLOEXEC))
		trouble("pipe");
	child = fork();
	if (child < 0)
		trouble("fork");
	if (!child)
		become_child(options, dir, cycle, keys[0], notes[1]);
	close(notes[1]);
	close(keys[0]);
	resend(ledger, rng, keys[1]);
	gather(ledger, child, notes[0], life_ms);
}

static void remove_store(const char *dir)
{
	static const char *names[] = {
	    "store.mdb", "store.mdb-lock", "store.mdb.durable", "lock", "FORMAT"};
	char path[256];

	for (size_t i = 0; i < METOD_LEN(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	rmdir(dir);
}

static int report(
    const struct options *options, const struct ledger *l, uint64_t cycles, int64_t ms)
{
	bool bad = l->lost || l->phantom || l->duplicate || l->altered || l->unopenable ||
	    l->unverified || !l->receipts;

	printf(
	    "{\"test\":\"store_crash\",\"mode\":\"%s\",\"cycles\":%llu,\"sent\":%llu,"
	    "\"receipts\":%llu,\"resent\":%llu,\"stored_unacknowledged\":%llu,\"lost\":%llu,"
	    "\"phantom\":%llu,\"duplicate\":%llu,\"altered\":%llu,\"unopenable\":%llu,"
	    "\"unverified\":%llu,\"seconds\":%.1f}\n",
	    options->nosync        ? "power-nosync"
		: options->preload ? "power"
				   : "kill",
	    (unsigned long long)cycles, (unsigned long long)l->sent,
	    (unsigned long long)l->receipts, (unsigned long long)l->resent,
	    (unsigned long long)l->stored_unacknowledged, (unsigned long long)l->lost,
	    (unsigned long long)l->phantom, (unsigned long long)l->duplicate,
	    (unsigned long long)l->altered, (unsigned long long)l->unopenable,
	    (unsigned long long)l->unverified, (double)ms / 1000);
	return bad ? 1 : 0;
}

static int parent_main(const struct options *options)
{
	static const struct metod_meta meta = {
	    .one = 1, .zone = {"Europe/Samara", 13}, .young_age = 35, .young_years = 3};
	char dir[64] = "/tmp/store_crash_XXXXXX", file[128], image[160];
	struct metod_store_config config = {.dir = dir, .map_bytes = MAP_BYTES};
	struct ledger ledger = {0};
	uint64_t rng = options->seed, cycle = 0;
	int64_t begin = now_ms();
	int status;

	if (!mkdtemp(dir) || metod_store_create(&config, &meta, 1, NULL))
		trouble("cannot create a store");
	snprintf(file, sizeof(file), "%s/store.mdb", dir);
	snprintf(image, sizeof(image), "%s.durable", file);
	if (options->preload)
		copy_file(file, image);
	while (cycle < options->cycles && !ledger.unopenable) {
		cycle++;
		run_cycle(options, &ledger, dir, cycle, &rng);
		if (options->preload)
			copy_file(image, file);
		check(&ledger, dir,
		    options->nosync || cycle % FULL_CHECK == 0 ||
			cycle == options->cycles);
		if (options->preload) /* opening it may have written */
			copy_file(file, image);
	}
	status = report(options, &ledger, cycle, now_ms() - begin);
	free(ledger.lines);
	remove_store(dir);
	return status;
}

int main(int argc, char **argv)
{
	struct options options = {.cycles = 50, .seed = 1, .self = "/proc/self/exe"};

	if (argc == 5 && !strcmp(argv[1], "--child"))
		return child_main(
		    argv[2], strtoull(argv[3], NULL, 10), argv[4][0] == '1');
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--cycles") && i + 1 < argc)
			options.cycles = strtoull(argv[++i], NULL, 10);
		else if (!strcmp(argv[i], "--seed") && i + 1 < argc)
			options.seed = strtoull(argv[++i], NULL, 10);
		else if (!strcmp(argv[i], "--preload") && i + 1 < argc)
			options.preload = argv[++i];
		else if (!strcmp(argv[i], "--nosync-control"))
			options.nosync = true;
		else
			options.cycles = 0;
	}
	if (!options.cycles || (options.nosync && !options.preload)) {
		fprintf(stderr,
		    "usage: store_crash --cycles N [--seed S] [--preload LIB "
		    "[--nosync-control]]\n");
		return 2;
	}
	return parent_main(&options);
}
