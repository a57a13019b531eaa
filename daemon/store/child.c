/* SPDX-License-Identifier: Apache-2.0
 * Verification in a child process: a damaged file can make LMDB crash or abort, and that
 * must end the check and not the daemon. The child opens its own environment; it never
 * touches one that the parent has open. */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NO_MEMORY = 71 }; /* exit status of a child; in the store nobody else uses it */

struct answer {
	enum metod_err result;
	struct metod_verify_report report;
	struct store_state state;
	struct metod_error err;
};

static bool write_all(int fd, const void *bytes, size_t n)
{
	const char *p = bytes;

	while (n) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno != EINTR)
			return false;
		p += done > 0 ? done : 0;
		n -= done > 0 ? (size_t)done : 0;
	}
	return true;
}

static bool read_all(int fd, void *bytes, size_t n)
{
	char *p = bytes;

	while (n) {
		ssize_t done = read(fd, p, n);

		if (done == 0 || (done < 0 && errno != EINTR))
			return false;
		p += done > 0 ? done : 0;
		n -= done > 0 ? (size_t)done : 0;
	}
	return true;
}

/* Keeps only the pipe: the lock of the store and the clients' sockets must not outlive
 * the parent.
 */
static _Noreturn void be_child(int fd, const char *file, const char *scratch_file)
{
	struct answer answer;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	metod_no_memory_exits(NO_MEMORY);
	fd = dup2(fd, STDIN_FILENO);
	close_range(STDERR_FILENO + 1, ~0U, 0);
	memset(&answer, 0, sizeof(answer));
	answer.result = metod_check_file(
	    file, scratch_file, &answer.report, &answer.state, &answer.err);
	_exit(write_all(fd, &answer, sizeof(answer)) ? 0 : 1);
}

/* The C library keeps its own locks usable after fork(). The allocator of
 * AddressSanitizer does not: there a process with several threads checks for itself. */
static bool may_fork(void)
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

static enum metod_err ask_child(const char *file, const char *scratch_file,
    struct answer *answer, struct metod_error *err)
{
	int ends[2], status = 0;
	bool got;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		return metod_fail(err, METOD_FAILED, file, "%s", strerror(errno));
	pid = fork();
	if (!pid)
		be_child(ends[1], file, scratch_file);
	close(ends[1]);
	got = pid > 0 && read_all(ends[0], answer, sizeof(*answer));
	close(ends[0]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (pid < 0)
		return metod_fail(err, METOD_FAILED, file, "%s", strerror(errno));
	if (!got && lacked_memory(status))
		return metod_fail(
		    err, METOD_BUSY, file, "there is not enough memory to check it now");
	if (!got)
		return metod_fail(err, METOD_DAMAGED, file,
		    "reading it ended with signal %d: its pages are damaged",
		    WIFSIGNALED(status) ? WTERMSIG(status) : 0);
	return answer->result;
}

static enum metod_err check_apart(const char *file, const char *scratch_file,
    struct answer *answer, struct metod_error *err)
{
	struct metod_error own = {0};
	enum metod_err e;

	if (may_fork())
		e = ask_child(file, scratch_file, answer, &own);
	else
		e = metod_check_file(
		    file, scratch_file, &answer->report, &answer->state, &answer->err);
	if (e && err)
		*err = own.code ? own : answer->err;
	return e;
}

enum metod_err metod_verify_file(const char *file, const char *scratch,
    struct metod_verify_report *ret, struct store_state *ret_state,
    struct metod_error *err)
{
	char *lock = metod_dir_lock_path(file);
	char *dir = scratch ? metod_dir_path(scratch, "verify-XXXXXX") : NULL;
	bool lock_was = !access(lock, F_OK);
	struct answer answer;
	enum metod_err e = METOD_OK;

	memset(&answer, 0, sizeof(answer));
	if (dir && !mkdtemp(dir)) {
		e = metod_fail(err, metod_env_err(errno), scratch, "%s", strerror(errno));
	} else {
		char *copy = dir ? metod_dir_path(dir, "store.mdb") : NULL;
		char *copy_lock = copy ? metod_dir_lock_path(copy) : NULL;

		e = check_apart(file, copy, &answer, err);
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
	*ret = answer.report;
	if (ret_state)
		*ret_state = answer.state;
	free(dir);
	free(lock);
	return e;
}

enum metod_err metod_store_verify(const char *file_or_dir, const char *scratch,
    struct metod_verify_report *ret, struct metod_error *err)
{
	struct stat kind;
	bool is_dir = !stat(file_or_dir, &kind) && S_ISDIR(kind.st_mode);
	char *file = is_dir ? metod_dir_path(file_or_dir, "store.mdb")
			    : metod_xstrdup(file_or_dir);
	enum metod_err e = is_dir ? metod_dir_format_check(file_or_dir, err) : METOD_OK;

	*ret = (struct metod_verify_report){0};
	if (!e && access(file, R_OK))
		e = metod_fail(err, metod_env_err(errno), file, "%s", strerror(errno));
	if (!e)
		e = metod_verify_file(file, scratch, ret, NULL, err);
	free(file);
	return e;
}
