/* SPDX-License-Identifier: Apache-2.0
 * Preloaded library that keeps beside a file the image that a power cut would leave:
 * FILE.durable gets only what was flushed (fdatasync, fsync, descriptors with O_DSYNC),
 * and now and then a part of an unflushed write, as a disk does that writes back early
 * and tears. The caller makes the image before the start. METOD_POWERLOSS_FILE names the
 * file, METOD_POWERLOSS_EARLY the percentage. Knows nothing of LMDB except that it writes
 * with write, writev, pwrite and pwritev.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { FDS = 1024, SECTOR = 512 };

struct piece {
	struct piece *next;
	off_t at;
	size_t n;
	char bytes[];
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct piece *first, **last = &first;
static int image = -1;
static const char *watched;
static unsigned early;
static uint64_t dice;
static struct {
	bool ours, dsync;
} fds[FDS];

static int (*real_open)(const char *, int, ...);
static int (*real_open64)(const char *, int, ...);
static int (*real_close)(int);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_writev)(int, const struct iovec *, int);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_pwritev)(int, const struct iovec *, int, off_t);
static int (*real_fdatasync)(int);
static int (*real_fsync)(int);

#define FIND(name) (*(void **)&real_##name = dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void begin(void)
{
	char path[4096];
	const char *percent = getenv("METOD_POWERLOSS_EARLY");

	FIND(open);
	FIND(open64);
	FIND(close);
	FIND(write);
	FIND(writev);
	FIND(pwrite);
	FIND(pwritev);
	FIND(fdatasync);
	FIND(fsync);
	watched = getenv("METOD_POWERLOSS_FILE");
	early = percent ? (unsigned)strtoul(percent, NULL, 10) : 0;
	dice = (uint64_t)getpid() * 0x9e3779b97f4a7c15;
	if (!watched)
		return;
	snprintf(path, sizeof(path), "%s.durable", watched);
	image = real_open(path, O_WRONLY | O_CLOEXEC);
	if (image < 0) {
		fprintf(stderr, "powerloss: no image %s\n", path);
		_exit(2);
	}
}

static unsigned roll(unsigned sides)
{
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return (unsigned)(dice >> 20) % sides;
}

static void to_image(const char *p, size_t n, off_t at)
{
	while (n) {
		ssize_t done = real_pwrite(image, p, n, at);

		if (done < 0 && errno != EINTR) {
			fprintf(stderr, "powerloss: image: %s\n", strerror(errno));
			_exit(2);
		}
		p += done > 0 ? done : 0;
		at += done > 0 ? done : 0;
		n -= done > 0 ? (size_t)done : 0;
	}
}

/* n bytes of the vector reached the file at `at`. */
static void note(int fd, const struct iovec *iov, size_t n, off_t at)
{
	pthread_mutex_lock(&mutex);
	for (; n; iov++) {
		size_t len = iov->iov_len < n ? iov->iov_len : n;

		if (fds[fd].dsync) {
			to_image(iov->iov_base, len, at);
		} else {
			struct piece *piece = malloc(sizeof(*piece) + len);

			if (!piece)
				abort();
			*piece = (struct piece){NULL, at, len};
			memcpy(piece->bytes, iov->iov_base, len);
			*last = piece;
			last = &piece->next;
			if (early && roll(100) < early)
				to_image(piece->bytes,
				    roll((unsigned)(len / SECTOR) + 1) * SECTOR, at);
		}
		at += (off_t)len;
		n -= len;
	}
	pthread_mutex_unlock(&mutex);
}

static void flushed(void)
{
	pthread_mutex_lock(&mutex);
	while (first) {
		struct piece *piece = first;

		to_image(piece->bytes, piece->n, piece->at);
		first = piece->next;
		free(piece);
	}
	last = &first;
	pthread_mutex_unlock(&mutex);
}

static bool is_ours(int fd)
{
	return fd >= 0 && fd < FDS && fds[fd].ours;
}

static int opened(int fd, const char *path, int flags)
{
	if (fd >= 0 && fd < FDS && image >= 0) {
		fds[fd].ours = !strcmp(path, watched);
		fds[fd].dsync = (flags & O_DSYNC) != 0;
	}
	return fd;
}

int open(const char *path, int flags, ...)
{
	va_list more;
	unsigned mode;

	va_start(more, flags);
	mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(more, unsigned) : 0;
	va_end(more);
	return opened(real_open(path, flags, mode), path, flags);
}

int open64(const char *path, int flags, ...)
{
	va_list more;
	unsigned mode;

	va_start(more, flags);
	mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(more, unsigned) : 0;
	va_end(more);
	return opened(real_open64(path, flags, mode), path, flags);
}

int close(int fd)
{
	if (fd >= 0 && fd < FDS)
		fds[fd].ours = false;
	return real_close(fd);
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at)
{
	ssize_t done = real_pwrite(fd, bytes, n, at);
	struct iovec iov = {.iov_len = n};

	memcpy(&iov.iov_base, &bytes, sizeof(bytes));
	if (done > 0 && is_ours(fd))
		note(fd, &iov, (size_t)done, at);
	return done;
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off_t at)
{
	return pwrite(fd, bytes, n, at);
}

ssize_t pwritev(int fd, const struct iovec *iov, int count, off_t at)
{
	ssize_t done = real_pwritev(fd, iov, count, at);

	if (done > 0 && is_ours(fd))
		note(fd, iov, (size_t)done, at);
	return done;
}

ssize_t pwritev64(int fd, const struct iovec *iov, int count, off_t at)
{
	return pwritev(fd, iov, count, at);
}

ssize_t write(int fd, const void *bytes, size_t n)
{
	off_t at = is_ours(fd) ? lseek(fd, 0, SEEK_CUR) : 0;
	ssize_t done = real_write(fd, bytes, n);
	struct iovec iov = {.iov_len = n};

	memcpy(&iov.iov_base, &bytes, sizeof(bytes));
	if (done > 0 && is_ours(fd))
		note(fd, &iov, (size_t)done, at);
	return done;
}

ssize_t writev(int fd, const struct iovec *iov, int count)
{
	off_t at = is_ours(fd) ? lseek(fd, 0, SEEK_CUR) : 0;
	ssize_t done = real_writev(fd, iov, count);

	if (done > 0 && is_ours(fd))
		note(fd, iov, (size_t)done, at);
	return done;
}

int fdatasync(int fd)
{
	int rc = real_fdatasync(fd);

	if (!rc && is_ours(fd))
		flushed();
	return rc;
}

int fsync(int fd)
{
	int rc = real_fsync(fd);

	if (!rc && is_ours(fd))
		flushed();
	return rc;
}
