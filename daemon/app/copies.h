/* SPDX-License-Identifier: Apache-2.0
 * The folder of the backups: what it holds of those who are erased, and until when. */
#pragma once

#include "internal.h"

struct copies {
	uint64_t n;
	int64_t oldest, newest; /* days; undefined when n is 0 */
};
/* Copies (*.mbk) in the folder, by the time of their files. */
void copies_look(struct metod_call *call, struct copies *ret);
/* What the copies still hold after an erasure, and what to do about it. */
struct metod_str copies_note(struct metod_call *call);
/* Removes copies that got their name here (metod-*.mbk) and are METOD_BACKUP_DAYS older
 * than the newest, by the times of the files; none when the copy before the newest is as
 * old as that. To be called after a newer one was made and checked. */
void copies_expire(struct metod_call *call);
