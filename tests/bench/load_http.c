/* SPDX-License-Identifier: Apache-2.0
 * The form of a questionnaire's page, sent as a browser does, over a kept connection.
 * `http`: to metod, which must answer 303 to the next page. `form`: to the parts, which
 * must answer 200 and bring the form's key back. */
#include "load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "metod/limits.h"

struct browser {
	const struct sessions *sessions;
	const char *target;
	char key[33];
	char in[16384];
	size_t n;
};

static void open_http(const struct load *load, struct line *line)
{
	struct browser *browser = metod_xcalloc(1, sizeof(*browser));

	browser->sessions = load_sessions(load->list);
	browser->target = load->target;
	line->state = browser;
	line->fd = load_connect(load->target);
}

/* The fields of the page's form in their order (daemon/web/templates/answers.html). */
static int write_form(
    const struct line *line, const char *token, uint64_t page, char *body, size_t most)
{
	struct browser *browser = line->state;
	uint64_t rng = line->calls, items = browser->sessions->pages.p[page];
	int n =
	    snprintf(body, most, "t=%s&k=%s&f=0123456789abcdef&n=%llu&at=1764000000000",
		token, browser->key, (unsigned long long)items);

	for (uint64_t i = 1; i <= items; i++)
		n += snprintf(body + n, most - (size_t)n, "&q%llu=%llu",
		    (unsigned long long)i, (unsigned long long)(metod_rand64(&rng) % 4));
	n += snprintf(body + n, most - (size_t)n, "&act=next");
	return n;
}

static bool send_form(struct line *line)
{
	static const char token[] = "0123456789abcdef0123456789abcdef";
	struct browser *browser = line->state;
	const struct sessions *sessions = browser->sessions;
	uint64_t page = line->calls % sessions->pages.n;
	struct metod_str session =
	    sessions->list.p[sessions->list.n - 1 - line->index % sessions->list.n];
	char body[1024], request[2048];

	load_key(browser->key);
	int body_n = write_form(line, token, page, body, sizeof(body));
	int n = snprintf(request, sizeof(request),
	    "POST /a/%llu HTTP/1.1\r\nHost: %s\r\nOrigin: http://%s\r\n"
	    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
	    "Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\nAccept-Language: ru\r\n"
	    "Content-Type: application/x-www-form-urlencoded\r\n"
	    "Cookie: m=%.*s; c=%s\r\nContent-Length: %d\r\n\r\n%s",
	    (unsigned long long)page + 1, browser->target, browser->target,
	    METOD_FMT(session), token, body_n, body);
	browser->n = 0;
	load_write(line->fd, request, (size_t)n);
	return true;
}

/* Start of the body when the whole answer is here, else NULL. */
static char *whole_answer(struct line *line)
{
	struct browser *browser = line->state;
	ssize_t n = recv(line->fd, browser->in + browser->n,
	    sizeof(browser->in) - 1 - browser->n, MSG_DONTWAIT);

	if (n < 0 && errno == EAGAIN)
		return NULL;
	if (n <= 0)
		load_trouble(
		    "http", n ? strerror(errno) : "the peer closed the connection");
	browser->n += (size_t)n;
	browser->in[browser->n] = 0;
	char *end = strstr(browser->in, "\r\n\r\n");
	char *length = strcasestr(browser->in, "\r\nContent-Length:");
	if (!end)
		return NULL;
	if (!length || length > end)
		load_trouble("http", "an answer without its length");
	end += 4;
	size_t wanted = strtoull(length + 17, NULL, 10);
	return wanted <= browser->n - (size_t)(end - browser->in) ? end : NULL;
}

static bool take_saved(struct line *line)
{
	struct browser *browser = line->state;

	if (!whole_answer(line))
		return false;
	if (strncmp(browser->in, "HTTP/1.1 303", 12) ||
	    !strcasestr(browser->in, "\r\nLocation: /a/"))
		load_trouble("http", browser->in);
	return true;
}

static bool take_echo(struct line *line)
{
	struct browser *browser = line->state;
	char *body = whole_answer(line);

	if (!body)
		return false;
	if (strncmp(browser->in, "HTTP/1.1 200", 12) || !strstr(body, browser->key))
		load_trouble("form", browser->in);
	return true;
}

const struct driver driver_http = {"http", open_http, send_form, take_saved};
const struct driver driver_form = {"form", open_http, send_form, take_echo};
