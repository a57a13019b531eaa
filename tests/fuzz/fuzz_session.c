/* SPDX-License-Identifier: Apache-2.0
 * Cookies and what stands in them. Input: a length, bytes that are laid over a genuine
 * respondent's session (exclusive or), and a Cookie header. A session that differs from
 * the genuine one in any bit of what is read opens nothing; no header makes one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/keys.h"
#include "app/session.h"
#include "web/gate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NOW_MS = 1000, UNTIL_MS = 2000 };

static const struct metod_invitation invitation = {.id = 77, .generation = 3};
static struct metod_app app;
static struct metod_str genuine;

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void begin(void)
{
	static struct metod_arena *arena;
	char dir[] = "/tmp/metod-fuzz-XXXXXX", path[64];

	if (arena)
		return;
	arena = metod_arena_new();
	must(mkdtemp(dir) != NULL);
	must(metod_app_init_keys(dir, NULL) == METOD_OK);
	must(keys_open(dir, &app.keys, NULL) == METOD_OK);
	snprintf(path, sizeof(path), "%s/master.key", dir);
	unlink(path);
	rmdir(dir);
	app.sessions = sessions_new();
	genuine = respondent_session(&app, &invitation, true, UNTIL_MS, arena);
}

static char lower(char c)
{
	return c >= 'A' && c <= 'F' ? (char)(c - 'A' + 'a') : c;
}

/* Hexadecimal digits may be of either case: the bytes are the same. */
static bool same_session(struct metod_str session)
{
	if (session.n != genuine.n)
		return false;
	for (size_t i = 0; i < session.n; i++) {
		if (lower(session.p[i]) != genuine.p[i])
			return false;
	}
	return true;
}

static void try_session(struct metod_str session)
{
	struct respondent who;
	uint64_t user, generation;
	bool read = respondent_session_read(&app, session, NOW_MS, &who);

	must(read == same_session(session));
	must(!read || (who.invitation == invitation.id && who.result));
	must(!respondent_session_read(&app, session, UNTIL_MS, &who));
	must(!staff_session_user(&app, session, NOW_MS, &user, &generation));
}

static void try_code(struct metod_str typed, struct metod_arena *arena)
{
	struct metod_str code, again;

	if (!normalise_code(typed, arena, &code))
		return;
	must(normalise_code(code, arena, &again) && metod_str_eq(code, again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct metod_arena *arena;
	struct metod_str cookies;
	char *over;
	size_t n;

	begin();
	if (size == 0)
		return 0;
	n = data[0] < size - 1 ? data[0] : size - 1;
	n = n < genuine.n ? n : genuine.n;
	arena = metod_arena_new();
	over = metod_arena_alloc(arena, genuine.n);
	memcpy(over, genuine.p, genuine.n);
	for (size_t i = 0; i < n; i++)
		over[i] = (char)(over[i] ^ data[1 + i]);
	try_session((struct metod_str){over, genuine.n});
	cookies = (struct metod_str){(const char *)data + 1 + n, size - 1 - n};
	try_session(web_cookie(cookies, METOD_STR("m")));
	try_session(web_cookie(cookies, METOD_STR("__Host-m")));
	try_code(web_cookie(cookies, METOD_STR("e")), arena);
	metod_arena_free(arena);
	return 0;
}
