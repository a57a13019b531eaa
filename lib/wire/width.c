/* SPDX-License-Identifier: Apache-2.0
 * Width of text on a terminal. Own table, because the width function of the C library
 * answers by locale, and the base system has none that knows Cyrillic. */
#include "metod/wire.h"

/* clang-format off */
/* Ranges of code points, in order. */
static const struct {
	uint32_t first, last;
	uint8_t width;
} ranges[] = {
    {0x0300, 0x036f, 0}, {0x0483, 0x0489, 0}, {0x0591, 0x05bd, 0}, {0x0610, 0x061a, 0},
    {0x064b, 0x065f, 0}, {0x1100, 0x115f, 2}, {0x1ab0, 0x1aff, 0}, {0x1dc0, 0x1dff, 0},
    {0x200b, 0x200f, 0}, {0x202a, 0x202e, 0}, {0x2060, 0x2064, 0}, {0x2066, 0x2069, 0},
    {0x20d0, 0x20ff, 0}, {0x2e80, 0x303e, 2}, {0x3041, 0x33ff, 2}, {0x3400, 0x4dbf, 2},
    {0x4e00, 0x9fff, 2}, {0xa000, 0xa4cf, 2}, {0xa960, 0xa97f, 2}, {0xac00, 0xd7a3, 2},
    {0xf900, 0xfaff, 2}, {0xfe00, 0xfe0f, 0}, {0xfe20, 0xfe2f, 0}, {0xfe30, 0xfe6f, 2},
    {0xfeff, 0xfeff, 0}, {0xff00, 0xff60, 2}, {0xffe0, 0xffe6, 2}, {0x1f300, 0x1f64f, 2},
    {0x1f680, 0x1f6ff, 2}, {0x1f900, 0x1f9ff, 2}, {0x20000, 0x3fffd, 2},
    {0xe0100, 0xe01ef, 0},
};
/* clang-format on */

static size_t point_width(uint32_t point)
{
	if (point < ranges[0].first)
		return 1;
	for (size_t i = 0; i < METOD_LEN(ranges) && ranges[i].first <= point; i++) {
		if (point <= ranges[i].last)
			return ranges[i].width;
	}
	return 1;
}

size_t metod_text_width(struct metod_str text)
{
	size_t width = 0;

	for (size_t at = 0; at < text.n;)
		width += point_width(metod_utf8_next(text, &at));
	return width;
}
