/* SPDX-License-Identifier: Apache-2.0
 * Arena: chunks in a list, memory handed out from the first one, all freed at once.
 * Also malloc and friends that end the process. A chunk never moves, so pointers into the
 * arena stay good until clear or free. */
#include "metod/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	ALIGN = 16,
	CHUNK_MIN = 8 << 10,
	CHUNK_MAX = 1 << 20,
	CHUNK_KEEP = 64 << 10, /* a cleared arena holds no more than this */
};

struct chunk {
	struct chunk *next;
	size_t used, cap;
	_Alignas(ALIGN) unsigned char bytes[];
};

struct metod_arena {
	struct chunk *first; /* the one that serves small requests; NULL when empty */
	size_t next_cap;
	size_t given;
};

static int exit_status; /* 0: abort() */

void metod_no_memory_exits(int status)
{
	exit_status = status;
}

/* No allocation here: there is no memory. */
_Noreturn void metod_no_memory(void)
{
	static const char line[] = "<2>base event=out_of_memory\n";
	ssize_t ignored = write(STDERR_FILENO, line, sizeof(line) - 1);

	(void)ignored;
	if (exit_status)
		_exit(exit_status);
	abort();
}

void *metod_xmalloc(size_t bytes)
{
	void *p = malloc(bytes ? bytes : 1);

	if (!p)
		metod_no_memory();
	return p;
}

void *metod_xcalloc(size_t count, size_t bytes)
{
	void *p = calloc(count ? count : 1, bytes ? bytes : 1);

	if (!p)
		metod_no_memory();
	return p;
}

void *metod_xrealloc(void *old, size_t bytes)
{
	void *p = realloc(old, bytes ? bytes : 1);

	if (!p)
		metod_no_memory();
	return p;
}

char *metod_xstrdup(const char *z)
{
	size_t n = strlen(z) + 1;

	return memcpy(metod_xmalloc(n), z, n);
}

struct metod_arena *metod_arena_new(void)
{
	struct metod_arena *arena = metod_xcalloc(1, sizeof(*arena));

	arena->next_cap = CHUNK_MIN;
	return arena;
}

static void free_chunks(struct chunk *chunk)
{
	while (chunk) {
		struct chunk *next = chunk->next;

		free(chunk);
		chunk = next;
	}
}

struct metod_arena *metod_arena_free(struct metod_arena *arena)
{
	if (arena) {
		free_chunks(arena->first);
		free(arena);
	}
	return NULL;
}

void metod_arena_clear(struct metod_arena *arena)
{
	struct chunk *kept = arena->first;

	arena->given = 0;
	if (!kept)
		return;
	free_chunks(kept->next);
	kept->next = NULL;
	kept->used = 0;
	arena->next_cap = CHUNK_MIN;
	if (kept->cap > CHUNK_KEEP) {
		free(kept);
		arena->first = NULL;
	}
}

static struct chunk *new_chunk(size_t cap)
{
	struct chunk *chunk = metod_xmalloc(sizeof(*chunk) + cap);

	chunk->next = NULL;
	chunk->used = 0;
	chunk->cap = cap;
	return chunk;
}

/* A chunk with room for `need`. A large request gets a chunk of its own behind the first
 * one, so that the room left in the first is not lost. */
static struct chunk *chunk_for(struct metod_arena *arena, size_t need)
{
	struct chunk *first = arena->first, *chunk;

	if (first && first->cap - first->used >= need)
		return first;
	if (first && need > arena->next_cap / 4) {
		chunk = new_chunk(need);
		chunk->next = first->next;
		first->next = chunk;
		return chunk;
	}
	chunk = new_chunk(need > arena->next_cap ? need : arena->next_cap);
	chunk->next = first;
	arena->first = chunk;
	if (arena->next_cap < CHUNK_MAX)
		arena->next_cap *= 2;
	return chunk;
}

void *metod_arena_alloc(struct metod_arena *arena, size_t bytes)
{
	size_t need = bytes ? bytes : 1;
	struct chunk *chunk;
	void *p;

	if (need > SIZE_MAX / 2)
		metod_no_memory();
	need = (need + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	chunk = chunk_for(arena, need);
	p = chunk->bytes + chunk->used;
	chunk->used += need;
	arena->given += need;
	return memset(p, 0, need);
}

void *metod_arena_array(struct metod_arena *arena, size_t count, size_t bytes)
{
	size_t total;

	if (__builtin_mul_overflow(count, bytes, &total))
		metod_no_memory();
	return metod_arena_alloc(arena, total);
}

const char *metod_arena_z(struct metod_arena *arena, struct metod_str s)
{
	char *copy = metod_arena_alloc(arena, s.n + 1);

	if (s.n)
		memcpy(copy, s.p, s.n);
	return copy;
}

struct metod_str metod_arena_str(struct metod_arena *arena, struct metod_str s)
{
	return (struct metod_str){metod_arena_z(arena, s), s.n};
}

struct metod_str metod_arena_strz(struct metod_arena *arena, const char *z)
{
	return metod_arena_str(arena, metod_str(z));
}

struct metod_str metod_arena_printf(struct metod_arena *arena, const char *format, ...)
{
	va_list args;
	char *text;
	int n;

	va_start(args, format);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n < 0)
		return METOD_STR("");
	text = metod_arena_alloc(arena, (size_t)n + 1);
	va_start(args, format);
	vsnprintf(text, (size_t)n + 1, format, args);
	va_end(args);
	return (struct metod_str){text, (size_t)n};
}

size_t metod_arena_bytes(const struct metod_arena *arena)
{
	return arena->given;
}
