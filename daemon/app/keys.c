/* SPDX-License-Identifier: Apache-2.0
 * Key material of one installation and everything that is made from it: invitation codes,
 * token texts, password hashes. Keys live beside the data directory and never enter
 * journal or backups. */
#include "keys.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEY_BYTES = 32, CODE_SIGNS = 13 };

struct metod_secrets {
	uint8_t master[KEY_BYTES];
};

/* Hashing runs in the pool alone, so its threads bound the memory of logins. */
_Static_assert(
    (int)METOD_POOL_THREADS <= (int)METOD_HASHES_AT_ONCE, "too many hashes at once");

/* Crockford's alphabet: no I, L, O, U. */
static const char code_alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static enum metod_err key_error(
    struct metod_error *err, const char *path, const char *what)
{
	metod_fail(err, METOD_IO, path, "%s: %s", what, strerror(errno));
	return metod_hint(
	    err, "make the keys with `metodd init`, or restore them beside the store");
}

enum metod_err metod_app_init_keys(const char *keys_dir, struct metod_error *err)
{
	char path[4096];
	if (sodium_init() < 0)
		return metod_fail(err, METOD_FAILED, "", "libsodium does not start");
	if (mkdir(keys_dir, 0700) != 0 && errno != EEXIST)
		return key_error(err, keys_dir, "cannot make the directory of keys");
	snprintf(path, sizeof path, "%s/master.key", keys_dir);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno == EEXIST ? METOD_OK
				       : key_error(err, path, "cannot make the key");
	uint8_t key[KEY_BYTES];
	randombytes_buf(key, sizeof key);
	bool ok = write(fd, key, sizeof key) == (ssize_t)sizeof key && fsync(fd) == 0;
	sodium_memzero(key, sizeof key);
	close(fd);
	int dir = open(keys_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir >= 0) {
		ok = fsync(dir) == 0 && ok;
		close(dir);
	}
	if (!ok) {
		unlink(path);
		return key_error(err, path, "cannot write the key");
	}
	return METOD_OK;
}

enum metod_err keys_open(
    const char *keys_dir, struct metod_secrets **ret, struct metod_error *err)
{
	char path[4096];
	if (sodium_init() < 0)
		return metod_fail(err, METOD_FAILED, "", "libsodium does not start");
	snprintf(path, sizeof path, "%s/master.key", keys_dir);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return key_error(err, path, "cannot read the key");
	struct metod_secrets *keys = metod_xcalloc(1, sizeof *keys);
	ssize_t got = read(fd, keys->master, KEY_BYTES);
	close(fd);
	if (got != KEY_BYTES) {
		keys_close(keys);
		return metod_fail(
		    err, METOD_DAMAGED, path, "the key file is not 32 bytes long");
	}
	*ret = keys;
	return METOD_OK;
}

void keys_close(struct metod_secrets *keys)
{
	if (!keys)
		return;
	sodium_memzero(keys, sizeof *keys);
	free(keys);
}

void keyed_hash(const struct metod_secrets *keys, const char *purpose, const void *bytes,
    size_t n, uint8_t ret[32])
{
	uint8_t sub[KEY_BYTES];
	crypto_generichash(sub, sizeof sub, (const uint8_t *)purpose, strlen(purpose),
	    keys->master, KEY_BYTES);
	crypto_generichash(ret, 32, bytes, n, sub, sizeof sub);
	sodium_memzero(sub, sizeof sub);
}

uint64_t key_digest(const struct metod_secrets *keys, struct metod_str key)
{
	uint8_t hash[32];
	uint64_t digest = 0;
	keyed_hash(keys, "used key", key.p, key.n, hash);
	for (size_t i = 0; i < 8; i++)
		digest = digest << 8 | hash[i];
	return digest >> 11;
}

void digest16(const void *a, size_t an, const void *b, size_t bn, uint8_t ret[16])
{
	crypto_generichash_state state;
	crypto_generichash_init(&state, NULL, 0, 16);
	crypto_generichash_update(&state, a, an);
	crypto_generichash_update(&state, (const uint8_t *)"", 1);
	crypto_generichash_update(&state, b, bn);
	crypto_generichash_final(&state, ret, 16);
}

bool equal_secret(const void *a, const void *b, size_t n)
{
	return sodium_memcmp(a, b, n) == 0;
}

void random_bytes(void *to, size_t n)
{
	randombytes_buf(to, n);
}

struct metod_str hex_text(const uint8_t *bytes, size_t n, struct metod_arena *arena)
{
	char *text = metod_arena_alloc(arena, 2 * n + 1);
	sodium_bin2hex(text, 2 * n + 1, bytes, n);
	return (struct metod_str){text, 2 * n};
}

bool hex_bytes(struct metod_str text, uint8_t *to, size_t n)
{
	size_t got = 0;
	return text.n == 2 * n &&
	    sodium_hex2bin(to, n, text.p, text.n, NULL, &got, NULL) == 0 && got == n;
}

static void put_u64(uint8_t *to, uint64_t value)
{
	for (int i = 7; i >= 0; i--, value >>= 8)
		to[i] = (uint8_t)value;
}

struct metod_str invitation_code(struct metod_app *app, uint64_t invitation,
    uint64_t generation, struct metod_arena *arena)
{
	uint8_t name[16], hash[32];
	put_u64(name, invitation);
	put_u64(name + 8, generation);
	keyed_hash(app->keys, "code", name, sizeof name, hash);
	char *text = metod_arena_alloc(arena, CODE_SIGNS + 3);
	size_t at = 0;
	for (unsigned i = 0; i < CODE_SIGNS; i++) {
		unsigned bit = i * 5, byte = bit / 8;
		unsigned two = (unsigned)hash[byte] << 8 | hash[byte + 1];
		if (i == 4 || i == 8)
			text[at++] = '-';
		text[at++] = code_alphabet[two >> (11 - bit % 8) & 31];
	}
	return (struct metod_str){text, at};
}

/* One typed sign as a sign of the alphabet; 0: to be skipped, -1: no such sign. */
static int code_sign(uint32_t c)
{
	static const struct {
		uint32_t from;
		char to;
	} alike[] = {
	    {'O', '0'},
	    {'I', '1'},
	    {'L', '1'},
	    {0x41e, '0'},
	    {0x410, 'A'},
	    {0x412, 'B'},
	    {0x421, 'C'},
	    {0x415, 'E'},
	    {0x41d, 'H'},
	    {0x41a, 'K'},
	    {0x41c, 'M'},
	    {0x420, 'P'},
	    {0x422, 'T'},
	    {0x425, 'X'},
	    {0x423, 'Y'},
	    {0x417, '3'},
	};
	if (c == ' ' || c == '-' || c == 0xa0 || (c >= 0x2010 && c <= 0x2014) ||
	    c == '\t' || c == '\n')
		return 0;
	if (c >= 'a' && c <= 'z')
		c -= 'a' - 'A';
	if (c >= 0x430 && c <= 0x44f)
		c -= 0x20;
	for (size_t i = 0; i < METOD_LEN(alike); i++)
		if (alike[i].from == c)
			return alike[i].to;
	return c < 128 && c > 0 && strchr(code_alphabet, (int)c) ? (int)c : -1;
}

bool normalise_code(
    struct metod_str typed, struct metod_arena *arena, struct metod_str *ret)
{
	char *text = metod_arena_alloc(arena, CODE_SIGNS + 1);
	size_t n = 0, at = 0;
	uint32_t c;
	if (!metod_utf8_ok(typed))
		return false;
	while ((c = metod_utf8_next(typed, &at)) != 0) {
		int sign = code_sign(c);
		if (sign == 0)
			continue;
		if (sign < 0 || n == CODE_SIGNS)
			return false;
		text[n++] = (char)sign;
	}
	*ret = (struct metod_str){text, n};
	return n == CODE_SIGNS;
}

void invitation_code_hash(struct metod_app *app, struct metod_str code, uint8_t ret[32])
{
	uint8_t plain[CODE_SIGNS];
	size_t n = 0;
	for (size_t i = 0; i < code.n && n < CODE_SIGNS; i++)
		if (code.p[i] != '-')
			plain[n++] = (uint8_t)code.p[i];
	keyed_hash(app->keys, "code-hash", plain, n, ret);
}

struct metod_str token_text(
    struct metod_app *app, uint64_t token, struct metod_arena *arena)
{
	uint8_t name[8], hash[32];
	put_u64(name, token);
	keyed_hash(app->keys, "token", name, sizeof name, hash);
	return metod_arena_printf(arena, "t.%.64s", hex_text(hash, sizeof hash, arena).p);
}

void token_hash(struct metod_app *app, struct metod_str text, uint8_t ret[32])
{
	keyed_hash(app->keys, "token-hash", text.p, text.n, ret);
}

struct metod_str password_hash(struct metod_str password, struct metod_arena *arena)
{
	char *hash = metod_arena_alloc(arena, crypto_pwhash_STRBYTES);
	/* 19 MiB, two passes: design.md section 9; two at once fit the memory limit of
	 * the unit. */
	if (crypto_pwhash_str(
		hash, password.p, password.n, 2, (size_t)19 * 1024 * 1024) != 0)
		metod_no_memory();
	return metod_str(hash);
}

static bool base64_bytes(const char *text, uint8_t *to, size_t n)
{
	size_t got = 0;
	return sodium_base642bin(to, n, text, strlen(text), NULL, &got, NULL,
		   sodium_base64_VARIANT_ORIGINAL_NO_PADDING) == 0 &&
	    got == n;
}

bool password_fits(struct metod_str hash, struct metod_str password)
{
	enum { SALT = crypto_pwhash_SALTBYTES, OUT = 32 };
	char text[crypto_pwhash_STRBYTES] = {0}, salt64[23], out64[44];
	uint8_t salt[SALT], stored[OUT], made[OUT];
	unsigned kib, passes;
	if (hash.n == 0 || hash.n >= sizeof text)
		return false;
	memcpy(text, hash.p, hash.n);
	/* Not crypto_pwhash_str_verify: it has one answer for a wrong password and for no
	 * memory to tell. */
	if (sscanf(text, "$argon2id$v=19$m=%u,t=%u,p=1$%22[^$]$%43s", &kib, &passes,
		salt64, out64) != 4 ||
	    !base64_bytes(salt64, salt, SALT) || !base64_bytes(out64, stored, OUT))
		return false;
	if (crypto_pwhash(made, OUT, password.p, password.n, salt, passes,
		(size_t)kib * 1024, crypto_pwhash_ALG_ARGON2ID13) != 0)
		metod_no_memory();
	return equal_secret(made, stored, OUT);
}
