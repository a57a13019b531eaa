/* SPDX-License-Identifier: Apache-2.0
 * See source.h. */
#include "source.h"

#include <string.h>

/* Cuts the last part of a list with commas off. */
static struct metod_str cut_last(struct metod_str *list)
{
	const char *comma = list->n ? memrchr(list->p, ',', list->n) : NULL;
	size_t head = comma ? (size_t)(comma - list->p) : 0;
	struct metod_str last = *list;

	if (comma) {
		last.p += head + 1;
		last.n -= head + 1;
	}
	list->n = head;
	return metod_str_trim(last);
}

struct metod_str web_source(const struct metod_networks *trusted, struct metod_str peer,
    const struct metod_str *forwarded, size_t n_forwarded, struct metod_arena *arena)
{
	uint8_t at[16], next[16];
	bool known = metod_address_parse(peer, at);

	while (n_forwarded > 0 && (!known || metod_networks_hold(trusted, at))) {
		struct metod_str list = forwarded[--n_forwarded];

		while (list.n && (!known || metod_networks_hold(trusted, at))) {
			/* What is no address ends the chain: nobody knows who wrote the
			 * rest. */
			if (!metod_address_parse(cut_last(&list), next))
				return known ? metod_source_text(at, arena)
					     : METOD_STR("local");
			memcpy(at, next, sizeof(at));
			known = true;
		}
	}
	return known ? metod_source_text(at, arena) : METOD_STR("local");
}
