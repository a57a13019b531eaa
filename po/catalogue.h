/* SPDX-License-Identifier: Apache-2.0
 * The compiled catalogue: rows sorted by msgid bytes, Russian plural forms for 1, 2
 * and 5. */
#pragma once

struct metod_catalogue_row {
	const char *msgid;
	const char *form[3];
	const char *en; /* English text that is not the msgid; 0: the msgid */
};
extern const struct metod_catalogue_row metod_catalogue[];
extern const unsigned metod_catalogue_n;
