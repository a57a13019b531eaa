/* SPDX-License-Identifier: Apache-2.0
 * Answers: headers that every page has, cookies, redirects. Pages are never compressed,
 * because they mix secrets with what people typed. */
#include "internal.h"

#include <stdio.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/http.h>

#include "request.h"

static const char *const fixed_headers[][2] = {
    {"Content-Security-Policy",
	"default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
	"base-uri 'none'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Permissions-Policy", "camera=(), geolocation=(), microphone=()"},
};

void web_header_out(struct web_request *rq, const char *name, const char *value)
{
	if (rq->ev)
		evhttp_add_header(evhttp_request_get_output_headers(rq->ev), name, value);
}

static void send_bytes(struct web_request *rq, int status, const char *type,
    struct metod_str bytes, bool cache)
{
	struct evhttp_request *ev = rq->ev;
	struct evbuffer *body;

	if (!ev)
		return;
	for (size_t i = 0; i < METOD_LEN(fixed_headers); i++)
		web_header_out(rq, fixed_headers[i][0], fixed_headers[i][1]);
	if (rq->web->secure)
		web_header_out(rq, "Strict-Transport-Security", "max-age=31536000");
	web_header_out(rq, "Cache-Control",
	    cache ? "public, max-age=31536000, immutable" : "no-store");
	web_header_out(rq, "Content-Type", type);
	web_header_out(rq, "X-Request-Id", rq->id);
	if (status == 503)
		web_header_out(rq, "Retry-After", "5");
	if (status == 405)
		web_header_out(rq, "Allow", "GET, HEAD, POST");
	if (rq->web->stopping)
		web_header_out(rq, "Connection", "close");
	body = evbuffer_new();
	if (evhttp_request_get_command(ev) != EVHTTP_REQ_HEAD)
		evbuffer_add(body, bytes.p, bytes.n);
	else /* the library would send the body, which the client takes for an answer */
		web_header_out(rq, "Content-Length",
		    metod_arena_printf(rq->arena, "%zu", bytes.n).p);
	web_sent(rq, status);
	evhttp_send_reply(ev, status, NULL, body);
	evbuffer_free(body);
}

void web_bytes(struct web_request *rq, int status, const char *type,
    struct metod_str bytes, bool cache)
{
	send_bytes(rq, status, type, bytes, cache);
}

/* ---- pages ---- */

/* What `?done=word` says on the page that follows. */
static const char *done_text(struct metod_str word)
{
	static const char *const texts[][2] = {
	    {"saved", "Saved."},
	    {"opened", "Opened. You can close it at any time."},
	    {"closed", "Closed."},
	    {"agreed", "Your agreement is recorded."},
	    {"declined", "Your answer is recorded."},
	    {"built", "Your route is ready."},
	    {"pin", "The PIN is set."},
	    {"later", "Saved. Come back any time with the same code."},
	};

	for (size_t i = 0; i < METOD_LEN(texts); i++) {
		if (metod_str_is(word, texts[i][0]))
			return texts[i][1];
	}
	return NULL;
}

static void fill_frame(struct web_request *rq, struct web_frame *frame)
{
	const struct web_file *css = web_file_find("metod.css");
	const char *notice = rq->notice;

	if (!notice && !rq->in.post)
		notice = done_text(web_form_get(&rq->query, "done"));
	if (rq->token.n == 0) {
		rq->token = web_random(rq->arena);
		web_set_cookie(rq, "c", rq->token, -1);
	}
	*frame = (struct web_frame){
	    .lang = metod_str(metod_lang_word(rq->lang)),
	    .path = web_local_path(rq->in.path) && !metod_str_starts(rq->in.path, "/i/")
		? rq->in.path
		: METOD_STR("/"),
	    .css = metod_str(css ? css->digest : ""),
	    .demo = rq->web->demo,
	    .token = rq->token,
	    .key = web_random(rq->arena),
	    .inside = rq->session.n > 0,
	    .here = metod_str(rq->here ? rq->here : ""),
	    .problem = rq->problem,
	    .notice = metod_str(notice ? metod_tr(rq->lang, notice) : ""),
	    .territory = metod_str(rq->web->territory),
	};
}

void web_page(struct web_request *rq, int status, enum web_page_id id, void *page)
{
	const struct metod_render how = {
	    .lang = rq->lang, .zone_minutes = rq->web->zone_minutes, .arena = rq->arena};
	struct metod_buf html = {0};
	struct web_frame frame;

	if (!rq->ev)
		return;
	fill_frame(rq, &frame);
	memcpy(page, &frame, sizeof(frame));
	metod_template_render(rq->web->pages[id], page, &how, &html);
	web_header_out(rq, "Content-Language", metod_lang_word(rq->lang));
	send_bytes(rq, status, "text/html; charset=utf-8", metod_buf_view(&html), false);
	metod_buf_done(&html);
}

void web_see_other(struct web_request *rq, const char *path)
{
	web_header_out(rq, "Location", path);
	send_bytes(rq, 303, "text/plain; charset=utf-8", METOD_STR(""), false);
}

void web_see_done(struct web_request *rq, const char *path, const char *done)
{
	web_see_other(rq, metod_arena_printf(rq->arena, "%s?done=%s", path, done).p);
}

/* ---- cookies ---- */

static const char *cookie_name(const struct web_request *rq, const char *name)
{
	return metod_arena_printf(
	    rq->arena, "%s%s", rq->web->secure ? "__Host-" : "", name)
	    .p;
}

struct metod_str web_get_cookie(const struct web_request *rq, const char *name)
{
	return web_cookie(rq->in.cookie, metod_str(cookie_name(rq, name)));
}

bool web_plain_cookie(struct metod_str value)
{
	for (size_t i = 0; i < value.n; i++) {
		char c = value.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			(c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' ||
			c == '=' || c == '+' || c == '/' || c == '~' || c == ':'))
			return false;
	}
	return value.n > 0 && value.n <= METOD_SESSION_MAX;
}

void web_set_cookie(
    struct web_request *rq, const char *name, struct metod_str value, int64_t age_s)
{
	struct metod_str age = METOD_STR("");

	if (value.n && !web_plain_cookie(value))
		return;
	if (age_s >= 0)
		age = metod_arena_printf(rq->arena, "; Max-Age=%lld", (long long)age_s);
	web_header_out(rq, "Set-Cookie",
	    metod_arena_printf(rq->arena, "%s=%.*s; Path=/; HttpOnly; SameSite=Lax%s%.*s",
		cookie_name(rq, name), METOD_FMT(value),
		rq->web->secure ? "; Secure" : "", METOD_FMT(age))
		.p);
}
