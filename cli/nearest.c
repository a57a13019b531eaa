/* SPDX-License-Identifier: Apache-2.0
 * "Did you mean": the nearest known word to what was typed, also when the keyboard was in
 * the Russian layout («ьуещвсед») or Russian letters stand for Latin ones that look the
 * same. */
#include "cli.h"

#include <ctype.h>
#include <string.h>

enum { NEAR = 3, TYPED_MAX = 200 };

/* Key of the Russian layout -> key of the Latin one at the same place. */
static const char layout_ru[] = "йцукенгшщзхъфывапролджэячсмитьбю";
static const char layout_en[] = "qwertyuiop[]asdfghjkl;'zxcvbnm,.";
/* Letters that look the same. */
static const char like_ru[] = "авсенкмортхуігԁѕј";
static const char like_en[] = "abcehkmoptxyirdsj";

/* Russian capitals to small letters; the rest as it is. */
static uint32_t small(uint32_t point)
{
	if (point >= 0x410 && point <= 0x42f)
		return point + 0x20;
	return point < 0x80 ? (uint32_t)tolower((int)point) : point;
}

/* Writes the typed word with every letter of `from` replaced by its partner in `to`. */
static struct metod_str replaced(
    struct metod_cli *cli, struct metod_str typed, const char *from, const char *to)
{
	struct metod_buf out = {0};
	struct metod_str text;

	for (size_t at = 0; at < typed.n;) {
		size_t start = at, find = 0, index = 0;
		uint32_t point = small(metod_utf8_next(typed, &at));
		bool found = false;

		while (find < strlen(from) && !found) {
			found = metod_utf8_next(metod_str(from), &find) == point;
			index++;
		}
		if (found)
			metod_buf_byte(&out, (uint8_t)to[index - 1]);
		else if (point < 0x80)
			metod_buf_byte(&out, (uint8_t)point);
		else
			metod_buf_add(&out, typed.p + start, at - start);
	}
	text = metod_arena_str(cli->arena, metod_buf_view(&out));
	metod_buf_done(&out);
	return text;
}

/* In a short word every letter counts: two of four may differ, not all. */
static size_t allowed(size_t letters)
{
	size_t half = (letters + 1) / 2;

	return half < NEAR ? half : NEAR;
}

const char *metod_cli_nearest(
    struct metod_cli *cli, const char *typed, const char *const *candidates, size_t n)
{
	struct metod_str forms[3];
	const char *nearest = NULL;
	size_t best;

	if (strlen(typed) > TYPED_MAX)
		return NULL;
	forms[0] = replaced(cli, metod_str(typed), "", "");
	forms[1] = replaced(cli, metod_str(typed), layout_ru, layout_en);
	forms[2] = replaced(cli, metod_str(typed), like_ru, like_en);
	best = allowed(metod_utf8_count(forms[0])) + 1;
	for (size_t i = 0; i < n; i++) {
		for (size_t form = 0; form < METOD_LEN(forms); form++) {
			size_t far = metod_edit_distance(
			    forms[form], metod_str(candidates[i]), best);

			if (far < best) {
				best = far;
				nearest = candidates[i];
			}
		}
	}
	return nearest;
}
