/* SPDX-License-Identifier: Apache-2.0
 * The list of findings: kept up to a cap, counted beyond it, worded in the caller's
 * language. */
#include "internal.h"

#include <stdio.h>
#include <string.h>

const char *conf_tr(const struct metod_issues *issues, const char *msgid)
{
	return issues->tr ? issues->tr(msgid) : msgid;
}

METOD_PRINTF(2, 0)
static struct metod_str worded(
    struct metod_arena *arena, const char *format, va_list args)
{
	char text[1000];
	int n = vsnprintf(text, sizeof(text), format, args);
	struct metod_str s = {text, n < 0 ? 0 : (size_t)n};

	if (s.n >= sizeof(text)) {
		s.n = sizeof(text) - 1;
		while (s.n && ((unsigned char)text[s.n] & 0xc0) == 0x80)
			s.n--;
	}
	return metod_arena_str(arena, s);
}

static void grow(struct metod_issues *issues)
{
	size_t room = issues->room ? 2 * issues->room : 16;
	struct metod_issue *p = METOD_NEWS(issues->arena, room, struct metod_issue);

	if (issues->n)
		memcpy(p, issues->p, issues->n * sizeof(*p));
	issues->p = p;
	issues->room = room;
}

METOD_PRINTF(5, 0)
static struct metod_issue *add(struct source *source, enum metod_severity severity,
    size_t line, size_t column, const char *format, va_list args)
{
	struct metod_issues *issues = source->issues;
	struct metod_issue *issue;

	*(severity == METOD_SEV_ERROR ? &issues->errors : &issues->warnings) += 1;
	if (issues->n >= (issues->max ? issues->max : METOD_ISSUES_MAX))
		return NULL;
	if (issues->n == issues->room)
		grow(issues);
	issue = &issues->p[issues->n++];
	*issue = (struct metod_issue){
	    .file = source->file, .line = line, .column = column, .severity = severity};
	issue->text = worded(issues->arena, conf_tr(issues, format), args);
	return issue;
}

struct metod_issue *conf_error(
    struct source *source, size_t line, size_t column, const char *format, ...)
{
	struct metod_issue *issue;
	va_list args;

	va_start(args, format);
	issue = add(source, METOD_SEV_ERROR, line, column, format, args);
	va_end(args);
	return issue;
}

struct metod_issue *conf_warning(
    struct source *source, size_t line, size_t column, const char *format, ...)
{
	struct metod_issue *issue;
	va_list args;

	va_start(args, format);
	issue = add(source, METOD_SEV_WARNING, line, column, format, args);
	va_end(args);
	return issue;
}

struct metod_issue *conf_at(
    struct source *source, const struct metod_node *node, const char *format, ...)
{
	struct metod_issue *issue;
	va_list args;

	va_start(args, format);
	issue = add(source, METOD_SEV_ERROR, node->line, node->column, format, args);
	va_end(args);
	return issue;
}

void conf_hint(struct source *source, struct metod_issue *issue, const char *format, ...)
{
	va_list args;

	if (!issue)
		return;
	va_start(args, format);
	issue->hint =
	    worded(source->issues->arena, conf_tr(source->issues, format), args);
	va_end(args);
}

void conf_suggest(struct source *source, struct metod_issue *issue, const char *nearest)
{
	if (nearest)
		conf_hint(source, issue, "did you mean \"%s\"?", nearest);
}

struct metod_str metod_issue_line(
    const struct metod_issues *issues, const struct metod_issue *issue)
{
	struct metod_arena *arena = issues->arena;
	struct metod_str place = issue->file;

	if (issue->line)
		place = metod_arena_printf(arena, "%.*s:%zu:%zu", METOD_FMT(issue->file),
		    issue->line, issue->column);
	return metod_arena_printf(arena, "%.*s: %s%.*s%s%.*s%s", METOD_FMT(place),
	    issue->severity == METOD_SEV_WARNING ? conf_tr(issues, "warning: ") : "",
	    METOD_FMT(issue->text), issue->hint.n ? " (" : "", METOD_FMT(issue->hint),
	    issue->hint.n ? ")" : "");
}
