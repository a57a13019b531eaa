/* SPDX-License-Identifier: Apache-2.0
 * Small pieces of text for people: padding by columns of the terminal (bytes would break
 * Cyrillic tables), wrapping, grouped numbers. Knows no record. */
#include "cli.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *metod_cli_paint(
    struct metod_cli *cli, enum metod_cli_tone tone, const char *text)
{
	static const char *const tones[] = {
	    [METOD_CLI_TITLE] = "\033[1m",
	    [METOD_CLI_GOOD] = "\033[32m",
	    [METOD_CLI_CARE] = "\033[33m",
	    [METOD_CLI_BAD] = "\033[31m",
	};

	if (!cli->color || !tones[tone])
		return text;
	return metod_arena_printf(cli->arena, "%s%s\033[0m", tones[tone], text).p;
}

static void spaces(struct metod_buf *out, size_t n)
{
	while (n--)
		metod_buf_byte(out, ' ');
}

void metod_cli_pad(struct metod_buf *out, struct metod_str text, size_t width)
{
	size_t used = metod_text_width(text);

	metod_buf_str(out, text);
	spaces(out, used < width ? width - used : 0);
}

void metod_cli_pad_left(struct metod_buf *out, struct metod_str text, size_t width)
{
	size_t used = metod_text_width(text);

	spaces(out, used < width ? width - used : 0);
	metod_buf_str(out, text);
}

/* Columns of a text whose colours take none. */
static size_t seen_width(struct metod_str text)
{
	size_t width = 0;

	while (text.n) {
		struct metod_str plain = metod_str_cut(&text, '\033');

		width += metod_text_width(plain);
		if (text.n)
			metod_str_cut(&text, 'm');
	}
	return width;
}

/* The space behind № holds its number. */
static bool holds(struct metod_str text, size_t at)
{
	static const char number[] = "№";
	size_t n = sizeof(number) - 1;

	return at >= n && memcmp(text.p + at - n, number, n) == 0;
}

/* Cuts the next word off; line feeds part words too. */
static struct metod_str next_word(struct metod_str *text)
{
	struct metod_str word;
	size_t n = 0;

	while (text->n && (text->p[0] == ' ' || text->p[0] == '\n')) {
		text->p++;
		text->n--;
	}
	while (
	    n < text->n && text->p[n] != '\n' && (text->p[n] != ' ' || holds(*text, n)))
		n++;
	word = (struct metod_str){text->p, n};
	text->p += n;
	text->n -= n;
	return word;
}

void metod_cli_wrap(
    struct metod_buf *out, struct metod_str text, size_t indent, size_t width)
{
	size_t used = 0;

	for (struct metod_str word = next_word(&text); word.n; word = next_word(&text)) {
		size_t wide = seen_width(word);

		if (used && used + 1 + wide > width) {
			metod_buf_byte(out, '\n');
			used = 0;
		}
		if (used == 0) {
			spaces(out, indent);
			used = indent;
		} else {
			metod_buf_byte(out, ' ');
			used++;
		}
		metod_buf_str(out, word);
		used += wide;
	}
	if (used)
		metod_buf_byte(out, '\n');
}

void metod_cli_narrow(struct metod_buf *out, struct metod_str text, size_t width)
{
	while (text.n) {
		struct metod_str line = metod_str_cut(&text, '\n');
		size_t indent = 0;

		while (indent < line.n && line.p[indent] == ' ')
			indent++;
		if (seen_width(line) > width) {
			metod_cli_wrap(out, line, indent < width / 2 ? indent : 0, width);
		} else {
			metod_buf_str(out, line);
			metod_buf_byte(out, '\n');
		}
	}
}

struct metod_str metod_cli_cut(struct metod_cli *cli, struct metod_str text, size_t width)
{
	size_t at = 0, used = 0, fits = 0;

	if (metod_text_width(text) <= width || width == 0)
		return text;
	while (at < text.n) {
		size_t from = at;

		metod_utf8_next(text, &at);
		used += metod_text_width((struct metod_str){text.p + from, at - from});
		if (used + 1 > width)
			break;
		fits = at;
	}
	return metod_arena_printf(cli->arena, "%.*s…", (int)fits, text.p);
}

const char *metod_cli_number(struct metod_cli *cli, uint64_t number)
{
	struct metod_str text =
	    metod_arena_printf(cli->arena, "%llu", (unsigned long long)number);
	char *out = metod_arena_alloc(cli->arena, text.n * 2 + 1), *p = out;

	for (size_t i = 0; i < text.n; i++) {
		if (i && (text.n - i) % 3 == 0)
			*p++ = cli->lang == METOD_RU ? ' ' : ',';
		*p++ = text.p[i];
	}
	return out;
}

struct metod_str metod_cli_real(struct metod_cli *cli, double value, int digits)
{
	struct metod_str text;

	if (!isfinite(value))
		return METOD_STR("—");
	text = metod_arena_printf(cli->arena, "%.*f", digits, value);
	for (size_t i = 0; i < text.n && cli->lang == METOD_RU; i++)
		if (text.p[i] == '.') {
			char *copy = metod_arena_alloc(cli->arena, text.n + 1);

			memcpy(copy, text.p, text.n);
			copy[i] = ',';
			return (struct metod_str){copy, text.n};
		}
	return text;
}

struct metod_str metod_cli_day(struct metod_cli *cli, int64_t days)
{
	if (days == METOD_NIL)
		return METOD_STR("");
	return metod_tr_date(cli->lang, days, cli->arena);
}

static const char *zone_name(struct metod_cli *cli)
{
	int minutes = abs(cli->zone_minutes);
	char sign = cli->zone_minutes < 0 ? '-' : '+';

	if (minutes == 0)
		return "UTC";
	if (minutes % 60 == 0)
		return metod_arena_printf(cli->arena, "UTC%c%d", sign, minutes / 60).p;
	return metod_arena_printf(
	    cli->arena, "UTC%c%d:%02d", sign, minutes / 60, minutes % 60)
	    .p;
}

struct metod_str metod_cli_moment(struct metod_cli *cli, int64_t time_ms)
{
	int64_t day_ms = 86400000, local = time_ms + (int64_t)cli->zone_minutes * 60000;
	int64_t days = local / day_ms - (local % day_ms < 0);
	int minute = (int)((local - days * day_ms) / 60000);

	return metod_arena_printf(cli->arena, "%.*s %02d:%02d (%s)",
	    METOD_FMT(metod_cli_day(cli, days)), minute / 60, minute % 60,
	    zone_name(cli));
}

struct metod_str metod_cli_join(
    struct metod_cli *cli, struct metod_strs list, const char *sep)
{
	struct metod_buf buf = {0};
	struct metod_str text;

	for (size_t i = 0; i < list.n; i++) {
		if (i)
			metod_buf_z(&buf, sep);
		metod_buf_str(&buf, list.p[i]);
	}
	text = metod_arena_str(cli->arena, metod_buf_view(&buf));
	metod_buf_done(&buf);
	return text;
}
