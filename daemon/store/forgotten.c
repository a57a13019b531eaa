/* SPDX-License-Identifier: Apache-2.0
 * Which erasures the journal itself explains: whatever is erased must be covered by a
 * PERSON_FORGOTTEN that comes later. */
#include "internal.h"

#include <stdlib.h>

enum metod_err metod_forgotten_add(struct forgotten_list *list,
    const struct store_entry *entry, struct metod_arena *arena)
{
	struct metod_forgotten row;
	enum metod_err e = metod_load(
	    &metod_forgotten_desc, entry->body, METOD_KEYS_INT, true, arena, &row, NULL);

	if (e)
		return METOD_DAMAGED;
	list->p = metod_xrealloc(list->p, (list->n + 1) * sizeof(*list->p));
	list->p[list->n++] = (struct forgotten){.person = row.person,
	    .seq = entry->seq,
	    .answers_only = metod_scope_is_answers(row.scope)};
	return METOD_OK;
}

bool metod_forgotten_covers(const struct forgotten_list *list, uint64_t person,
    uint64_t seq, const struct schema_table *table)
{
	for (size_t i = 0; person && i < list->n; i++) {
		const struct forgotten *forgotten = &list->p[i];

		if (forgotten->person == person && forgotten->seq > seq && table &&
		    metod_forgets(table, forgotten->answers_only))
			return true;
	}
	return false;
}

void metod_forgotten_done(struct forgotten_list *list)
{
	free(list->p);
	*list = (struct forgotten_list){0};
}
