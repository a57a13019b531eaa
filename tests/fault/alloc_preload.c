/* SPDX-License-Identifier: Apache-2.0
 * Preloaded library that counts the allocations of a process and lets the n-th fail, or
 * that one and all after it. METOD_ALLOC_PLAN names two small files that the test maps
 * too: PLAN.web for a process whose second word is "web", PLAN.store for all others. The
 * plan is shared, so that the test starts to count when it likes, and children count as
 * well. Counted: malloc, calloc, realloc, the aligned ones, and anonymous maps. */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

struct plan {
	_Atomic int64_t at;     /* the allocation that fails; 0: none does */
	_Atomic int64_t onward; /* and all after it */
	_Atomic int64_t count;  /* since the test set it to 0 */
	_Atomic int64_t failed;
};

/* The C library's own names for what is replaced here. */
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

static struct plan *plan;

static bool is_web(void)
{
	char words[4096];
	int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, words, sizeof(words) - 1);
	size_t first;

	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return false;
	words[n] = 0;
	first = strlen(words) + 1;
	return first < (size_t)n && !strcmp(words + first, "web");
}

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("METOD_ALLOC_PLAN");
	char file[4096];
	void *shared;
	int fd;

	if (!path)
		return;
	snprintf(file, sizeof(file), "%s.%s", path, is_web() ? "web" : "store");
	fd = open(file, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return;
	shared = (void *)syscall(
	    SYS_mmap, NULL, sizeof(*plan), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (shared != MAP_FAILED)
		plan = shared;
}

static bool fails(void)
{
	int64_t number, at;

	if (!plan)
		return false;
	number = atomic_fetch_add(&plan->count, 1) + 1;
	at = atomic_load(&plan->at);
	if (!at || number < at || (number > at && !atomic_load(&plan->onward)))
		return false;
	atomic_fetch_add(&plan->failed, 1);
	errno = ENOMEM;
	return true;
}

void *malloc(size_t bytes)
{
	return fails() ? NULL : __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes)
{
	return fails() ? NULL : __libc_calloc(count, bytes);
}

void *realloc(void *old, size_t bytes)
{
	return fails() ? NULL : __libc_realloc(old, bytes);
}

void *memalign(size_t alignment, size_t bytes)
{
	return fails() ? NULL : __libc_memalign(alignment, bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes)
{
	return fails() ? NULL : __libc_memalign(alignment, bytes);
}

int posix_memalign(void **ret, size_t alignment, size_t bytes)
{
	void *p = fails() ? NULL : __libc_memalign(alignment, bytes);

	if (!p)
		return ENOMEM;
	*ret = p;
	return 0;
}

void *mmap(void *at, size_t bytes, int protection, int flags, int fd, off_t offset)
{
	if (flags & MAP_ANONYMOUS && fails())
		return MAP_FAILED;
	return (void *)syscall(SYS_mmap, at, bytes, protection, flags, fd, offset);
}

void *mmap64(void *at, size_t bytes, int protection, int flags, int fd, off_t offset)
{
	return mmap(at, bytes, protection, flags, fd, offset);
}
