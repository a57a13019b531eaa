/* SPDX-License-Identifier: Apache-2.0
 * A process of its own for whoever reads a file that may be damaged: LMDB can crash or
 * abort on it, and that must end the reading and not the daemon. The child opens its own
 * environment; it never touches one that the parent has open. */
#include "check.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NO_MEMORY = 71 }; /* exit status of a child; in the store nobody else uses it */

/* Signals by which a damaged page ends its reader. */
static const int of_damage[] = {SIGBUS, SIGSEGV, SIGABRT, SIGFPE, SIGILL};

/* Keeps no descriptor: the lock of the store and the clients' sockets must not outlive
 * the parent. Leaves no core: it would hold personal data. */
static _Noreturn void be_child(void *task, void (*work)(void *task))
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	metod_no_memory_exits(NO_MEMORY);
	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
	for (size_t i = 0; i < METOD_LEN(of_damage); i++)
		signal(of_damage[i], SIG_DFL);
	close_range(STDERR_FILENO + 1, ~0U, 0);
	work(task);
	_exit(0);
}

/* The C library keeps its own locks usable after fork(). The allocator of
 * AddressSanitizer does not: there a process with several threads works for itself. */
bool metod_apart_possible(void)
{
#if defined(__SANITIZE_ADDRESS__)
	struct stat tasks;

	return !stat("/proc/self/task", &tasks) && tasks.st_nlink == 3;
#else
	return true;
#endif
}

/* Our own end, or the kernel's: nothing is known about the file. */
static bool lacked_memory(int status)
{
	return (WIFEXITED(status) && WEXITSTATUS(status) == NO_MEMORY) ||
	    (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static enum metod_err judge(int status, const char *file, struct metod_error *err)
{
	int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return METOD_OK;
	if (lacked_memory(status))
		return metod_fail(
		    err, METOD_BUSY, file, "there is not enough memory to check it now");
	for (size_t i = 0; i < METOD_LEN(of_damage); i++) {
		if (signal == of_damage[i])
			return metod_fail(err, METOD_DAMAGED, file,
			    "reading it ended with signal %d: its pages are damaged",
			    signal);
	}
	return metod_fail(
	    err, METOD_FAILED, file, "reading it was cut short (status %d)", status);
}

enum metod_err metod_apart(void *task, size_t bytes, void (*work)(void *task),
    const char *file, struct metod_error *err)
{
	void *shared;
	int status = 0, failed;
	pid_t pid;

	if (!metod_apart_possible()) {
		work(task);
		return METOD_OK;
	}
	shared =
	    mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return metod_fail(err, metod_env_err(errno), file, "%s", strerror(errno));
	memcpy(shared, task, bytes);
	pid = fork();
	failed = errno;
	if (!pid)
		be_child(shared, work);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	memcpy(task, shared, bytes);
	munmap(shared, bytes);
	if (pid < 0)
		return metod_fail(
		    err, metod_env_err(failed), file, "%s", strerror(failed));
	return judge(status, file, err);
}

/* ---- verification ---- */

struct check_task {
	const char *file, *scratch_file;
	const struct metod_head *head;
	enum metod_err result;
	struct metod_verify_report report;
	struct store_state state;
	struct metod_error err;
};

static void check_here(void *arg)
{
	struct check_task *task = arg;

	task->result = metod_check_file(task->file, task->scratch_file, task->head,
	    &task->report, &task->state, &task->err);
}

static enum metod_err check_apart(struct check_task *task, struct metod_error *err)
{
	struct metod_error own = {0};
	enum metod_err e = metod_apart(task, sizeof(*task), check_here, task->file, &own);

	if (e == METOD_DAMAGED && task->report.reading[0])
		metod_fail(&own, e, task->report.reading, "%s", own.message);
	if (!e)
		e = task->result;
	if (e && err)
		*err = own.code ? own : task->err;
	return e;
}

enum metod_err metod_verify_file(const char *file, const char *scratch,
    const struct metod_head *head, struct metod_verify_report *ret,
    struct store_state *ret_state, struct metod_error *err)
{
	char *lock = metod_dir_lock_path(file);
	char *dir = scratch ? metod_dir_path(scratch, METOD_SCRATCH "XXXXXX") : NULL;
	bool lock_was = !access(lock, F_OK);
	struct check_task task = {.file = file, .head = head};
	enum metod_err e = METOD_OK;

	if (dir && !mkdtemp(dir)) {
		e = metod_fail(err, metod_env_err(errno), scratch, "%s", strerror(errno));
	} else {
		char *copy = dir ? metod_dir_path(dir, "store.mdb") : NULL;
		char *copy_lock = copy ? metod_dir_lock_path(copy) : NULL;

		task.scratch_file = copy;
		e = check_apart(&task, err);
		if (copy) {
			unlink(copy);
			unlink(copy_lock);
			rmdir(dir);
		}
		free(copy_lock);
		free(copy);
	}
	if (!lock_was) /* LMDB made it; a copy in a quiet folder needs none */
		unlink(lock);
	*ret = task.report;
	if (ret_state)
		*ret_state = task.state;
	free(dir);
	free(lock);
	return e;
}

static enum metod_err verify(const char *file_or_dir, const char *scratch,
    const struct metod_head *head, struct metod_verify_report *ret,
    struct metod_error *err)
{
	char *file = metod_dir_store(file_or_dir);
	bool is_dir = strcmp(file, file_or_dir) != 0;
	enum metod_err e = is_dir ? metod_dir_format_check(file_or_dir, err) : METOD_OK;

	*ret = (struct metod_verify_report){0};
	if (!e && access(file, R_OK))
		e = metod_fail(err, metod_env_err(errno), file, "%s", strerror(errno));
	if (!e)
		e = metod_verify_file(file, scratch, head, ret, NULL, err);
	free(file);
	return e;
}

enum metod_err metod_store_verify(const char *file_or_dir, const char *scratch,
    struct metod_verify_report *ret, struct metod_error *err)
{
	return verify(file_or_dir, scratch, NULL, ret, err);
}

enum metod_err metod_store_audit(const char *file_or_dir, const struct metod_head *head,
    struct metod_verify_report *ret, struct metod_error *err)
{
	return verify(file_or_dir, NULL, head, ret, err);
}
