/* SPDX-License-Identifier: Apache-2.0
 * Texts that say nearly the same: the share of common runs of three letters. Texts are
 * compared only inside one pool, that is with those that the same person may meet. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

enum {
	ALIKE_PERCENT = 55, /* of all runs of both texts; different questions have < 30 */
	POOL_MAX = 1000,    /* comparing more with each other would take too long */
};

struct alike_text {
	const struct source *source;
	size_t line;
	uint64_t *runs; /* ascending, each once */
	size_t n;
	struct alike_text *next;
};

static int by_value(const void *a, const void *b)
{
	uint64_t x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (x > y) - (x < y);
}

/* Letters only, so that commas and quotation marks make no difference. */
static void cut_runs(struct source *source, struct metod_str text, struct alike_text *ret)
{
	struct metod_str folded = conf_fold(text, source->arena);
	uint64_t run = 0;
	size_t n = 0, letters = 0;

	ret->runs = METOD_NEWS(source->arena, folded.n + 1, uint64_t);
	for (size_t at = 0; at < folded.n;) {
		uint32_t point = metod_utf8_next(folded, &at);

		if (point != ' ' && !conf_cyrillic(point) && !conf_latin(point))
			continue;
		run = (run << 21 | point) & ((UINT64_C(1) << 63) - 1);
		if (++letters >= 3)
			ret->runs[n++] = run;
	}
	qsort(ret->runs, n, sizeof(*ret->runs), by_value);
	for (size_t i = 0; i < n; i++) {
		if (ret->n == 0 || ret->runs[ret->n - 1] != ret->runs[i])
			ret->runs[ret->n++] = ret->runs[i];
	}
}

static bool nearly_same(const struct alike_text *a, const struct alike_text *b)
{
	size_t i = 0, j = 0, common = 0;

	while (i < a->n && j < b->n) {
		uint64_t x = a->runs[i], y = b->runs[j];

		common += x == y;
		i += x <= y;
		j += y <= x;
	}
	return common && 100 * common >= ALIKE_PERCENT * (a->n + b->n - common);
}

static struct alike_text **pool_of(struct check *check, struct metod_str name)
{
	struct pool *pool = check->pools;

	while (pool && !metod_str_eq(pool->name, name))
		pool = pool->next;
	if (!pool) {
		pool = METOD_NEW(check->arena, struct pool);
		*pool = (struct pool){name, NULL, 0, check->pools};
		check->pools = pool;
	}
	return pool->n++ < POOL_MAX ? &pool->texts : NULL;
}

void conf_check_alike(struct check *check, const char *pool, struct metod_str part,
    struct source *source, size_t line, size_t column, struct metod_str text)
{
	struct metod_str name =
	    metod_arena_printf(check->arena, "%s %.*s", pool, METOD_FMT(part));
	struct alike_text **texts = pool_of(check, name), *one;

	if (!texts || !text.n)
		return;
	one = METOD_NEW(check->arena, struct alike_text);
	*one = (struct alike_text){source, line, NULL, 0, *texts};
	cut_runs(source, text, one);
	for (const struct alike_text *other = *texts; other; other = other->next) {
		if (!nearly_same(one, other))
			continue;
		conf_hint(source,
		    conf_error(source, line, column,
			"nearly the same text as in %s, line %zu", other->source->file.p,
			other->line),
		    "%s",
		    conf_tr(
			source->issues, "ask about another act, or drop one of them"));
		break;
	}
	*texts = one;
}
