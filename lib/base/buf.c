/* SPDX-License-Identifier: Apache-2.0
 * Growing byte buffer on the heap. A zeroed struct is an empty buffer.
 * Growth doubles, so adding byte by byte stays linear. */
#include "metod/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CAP_MIN = 256 };

static void grow(struct metod_buf *buf, size_t n)
{
	size_t need, cap = buf->cap ? buf->cap : CAP_MIN;

	if (__builtin_add_overflow(buf->n, n, &need))
		need = SIZE_MAX; /* metod_xrealloc ends the process */
	while (cap < need)
		cap = cap > SIZE_MAX / 2 ? need : cap * 2;
	buf->p = metod_xrealloc(buf->p, cap);
	buf->cap = cap;
}

/* Room for n more bytes behind buf->n. */
static inline void reserve(struct metod_buf *buf, size_t n)
{
	if (n > buf->cap - buf->n)
		grow(buf, n);
}

void metod_buf_add(struct metod_buf *buf, const void *bytes, size_t n)
{
	if (n == 0)
		return;
	reserve(buf, n);
	memcpy(buf->p + buf->n, bytes, n);
	buf->n += n;
}

void metod_buf_byte(struct metod_buf *buf, uint8_t byte)
{
	reserve(buf, 1);
	buf->p[buf->n++] = byte;
}

void metod_buf_str(struct metod_buf *buf, struct metod_str s)
{
	metod_buf_add(buf, s.p, s.n);
}

void metod_buf_z(struct metod_buf *buf, const char *z)
{
	metod_buf_add(buf, z, strlen(z));
}

void metod_buf_printf(struct metod_buf *buf, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n <= 0)
		return;
	reserve(
	    buf, (size_t)n + 1); /* vsnprintf also writes a NUL, which is not counted */
	va_start(args, format);
	vsnprintf((char *)buf->p + buf->n, (size_t)n + 1, format, args);
	va_end(args);
	buf->n += (size_t)n;
}

void metod_buf_drop(struct metod_buf *buf, size_t n)
{
	if (n >= buf->n) {
		buf->n = 0;
		return;
	}
	if (n)
		memmove(buf->p, buf->p + n, buf->n - n);
	buf->n -= n;
}

void metod_buf_clear(struct metod_buf *buf)
{
	buf->n = 0;
}

void metod_buf_done(struct metod_buf *buf)
{
	free(buf->p);
	*buf = (struct metod_buf){0};
}

struct metod_str metod_buf_view(const struct metod_buf *buf)
{
	return (struct metod_str){(const char *)buf->p, buf->n};
}
