/* SPDX-License-Identifier: Apache-2.0
 * Letters that some systems write in two parts: file names and tables of macOS hold «й»
 * as «и» and a breve. Composed, names from all files are the same names. Knows the
 * Cyrillic letters of Russia with a breve, two dots or two strokes; other text stays as
 * it is. */
#include "import.h"

#include <string.h>

static const struct {
	uint16_t base, mark, letter;
} pairs[] = {
    {0x418, 0x306, 0x419}, {0x438, 0x306, 0x439}, /* Й */
    {0x415, 0x308, 0x401}, {0x435, 0x308, 0x451}, /* Ё */
    {0x410, 0x306, 0x4d0}, {0x430, 0x306, 0x4d1}, /* Ӑ */
    {0x410, 0x308, 0x4d2}, {0x430, 0x308, 0x4d3}, /* Ӓ */
    {0x415, 0x306, 0x4d6}, {0x435, 0x306, 0x4d7}, /* Ӗ */
    {0x416, 0x308, 0x4dc}, {0x436, 0x308, 0x4dd}, /* Ӝ */
    {0x417, 0x308, 0x4de}, {0x437, 0x308, 0x4df}, /* Ӟ */
    {0x418, 0x308, 0x4e4}, {0x438, 0x308, 0x4e5}, /* Ӥ */
    {0x41e, 0x308, 0x4e6}, {0x43e, 0x308, 0x4e7}, /* Ӧ */
    {0x423, 0x308, 0x4f0}, {0x443, 0x308, 0x4f1}, /* Ӱ */
    {0x423, 0x30b, 0x4f2}, {0x443, 0x30b, 0x4f3}, /* Ӳ */
    {0x427, 0x308, 0x4f4}, {0x447, 0x308, 0x4f5}, /* Ӵ */
    {0x42b, 0x308, 0x4f8}, {0x44b, 0x308, 0x4f9}, /* Ӹ */
};

/* All of them are two bytes long. */
static unsigned two_bytes(const char *p)
{
	return ((unsigned char)p[0] & 0x1fU) << 6 | ((unsigned char)p[1] & 0x3fU);
}

static unsigned letter_of(const char *p)
{
	unsigned base = two_bytes(p), mark = two_bytes(p + 2);
	for (size_t i = 0; i < METOD_LEN(pairs); i++)
		if (pairs[i].base == base && pairs[i].mark == mark)
			return pairs[i].letter;
	return 0;
}

struct metod_str import_compose(struct metod_str text, struct metod_arena *arena)
{
	if (text.n == 0 || !memchr(text.p, 0xcc, text.n))
		return text;
	char *out = metod_arena_alloc(arena, text.n);
	size_t n = 0;
	for (size_t i = 0; i < text.n; i++) {
		const char *p = text.p + i;
		bool pair = i + 4 <= text.n && ((unsigned char)p[0] & 0xfe) == 0xd0 &&
		    (unsigned char)p[2] == 0xcc;
		unsigned letter = pair ? letter_of(p) : 0;
		if (letter) {
			out[n++] = (char)(0xc0 | letter >> 6);
			out[n++] = (char)(0x80 | (letter & 0x3f));
			i += 3;
		} else {
			out[n++] = *p;
		}
	}
	return (struct metod_str){out, n};
}
