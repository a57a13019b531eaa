/* SPDX-License-Identifier: Apache-2.0
 * Pages for what went wrong: what happened, and what to do. A form that met a passing
 * trouble comes back whole, with its key, so that sending it again stores it once. */
#include "internal.h"

#include <string.h>

struct metod_str web_tr(const struct web_request *rq, const char *msgid)
{
	return metod_str(metod_tr(rq->lang, msgid));
}

void web_problem(struct web_request *rq, const char *msgid)
{
	rq->problem = web_tr(rq, msgid);
}

/* Upper case of the first letter: Latin, or Cyrillic of two bytes. */
static void raise_first(char *p, size_t n)
{
	unsigned char a = n > 0 ? (unsigned char)p[0] : 0,
		      b = n > 1 ? (unsigned char)p[1] : 0;

	if (a >= 'a' && a <= 'z') {
		p[0] = (char)(a - 'a' + 'A');
	} else if (a == 0xd0 && b >= 0xb0 && b <= 0xbf) {
		p[1] = (char)(b - 0x20);
	} else if (a == 0xd1 && b >= 0x80 && b <= 0x8f) {
		p[0] = (char)0xd0;
		p[1] = (char)(b + 0x20);
	}
}

struct metod_str web_sentence(struct web_request *rq, const char *text)
{
	struct metod_str s = metod_arena_printf(rq->arena, "%s.", text);

	if (s.n <= 1)
		return METOD_STR("");
	raise_first((char *)(uintptr_t)s.p, s.n);
	if (strchr(".!?", s.p[s.n - 2]))
		s.n--;
	return s;
}

bool web_form_problem(struct web_request *rq, enum metod_err e)
{
	if (e != METOD_MISSING && e != METOD_RANGE && e != METOD_FORMAT &&
	    e != METOD_BAD_ROWS)
		return false;
	rq->problem = web_sentence(rq, rq->error.message);
	return true;
}

static bool stays(struct metod_str name)
{
	return metod_str_is(name, "t") || metod_str_is(name, "code") ||
	    metod_str_is(name, "pin");
}

size_t web_carried(struct web_request *rq, struct web_carry **ret)
{
	size_t n = 0;

	*ret = METOD_NEWS(rq->arena, rq->form.n, struct web_carry);
	for (size_t i = 0; i < rq->form.n; i++) {
		if (!stays(rq->form.p[i].name))
			(*ret)[n++] = (struct web_carry){
			    .name = rq->form.p[i].name, .value = rq->form.p[i].value};
	}
	return n;
}

static const char *status_heading(int status)
{
	switch (status) {
	case 400:
	case 411:
	case 415:
	case 417:
	case 505:
		return "The request is not understood";
	case 401:
		return "Please enter your code again";
	case 403:
		return "This is not open to you";
	case 404:
		return "There is no such page";
	case 405:
	case 501:
		return "This address does not take such requests";
	case 409:
		return "Something has changed meanwhile";
	case 413:
	case 414:
	case 431:
		return "The message is too large";
	case 422:
		return "Something is missing";
	case 429:
		return "Too many attempts";
	case 503:
		return "The service did not answer in time";
	default:
		return "Something went wrong on our side";
	}
}

static const char *status_hint(const struct web_request *rq, int status)
{
	switch (status) {
	case 401:
		return "The session has ended. What you had saved is safe.";
	case 404:
		return "Check the address or begin at the first page.";
	case 429:
		return "Wait a few minutes and try again. The code stays valid.";
	case 500:
		return "Saved pages are safe. Try again in a few minutes; if it repeats, tell your "
		       "methodist.";
	case 503:
		return rq->in.post
		    ? "Your answers can safely be sent again: they will not be "
		      "stored twice."
		    : "Try again in a minute. Saved pages are safe.";
	default:
		return "";
	}
}

static void message(
    struct web_request *rq, int status, struct metod_str text, struct metod_str hint)
{
	struct web_message_page *page = METOD_NEW(rq->arena, struct web_message_page);

	page->heading = web_tr(rq, status_heading(status));
	page->text = text;
	page->hint = hint.n ? hint : web_tr(rq, status_hint(rq, status));
	page->back = rq->session.n && status != 401 ? METOD_STR("start") : METOD_STR("");
	page->ask_code = status == 401;
	if (status != 401) /* asking for the code is no trouble to tell anybody about */
		page->request = metod_str(rq->id);
	page->retry = rq->in.post && (status == 503 || status == 401);
	if (page->retry) /* it goes to the address it came to */
		page->fields.n = web_carried(rq, &page->fields.p);
	web_page(rq, status, WEB_PAGE_MESSAGE, page);
}

void web_refuse(struct web_request *rq, int status)
{
	message(rq, status, METOD_STR(""), METOD_STR(""));
}

void web_stale_form(struct web_request *rq)
{
	struct web_message_page *page = METOD_NEW(rq->arena, struct web_message_page);

	page->heading = web_tr(rq, "Please send this once more");
	page->text = web_tr(
	    rq, "The page was open for long, so we check that it is you who sends it.");
	page->retry = true;
	page->fields.n = web_carried(rq, &page->fields.p);
	web_page(rq, 403, WEB_PAGE_MESSAGE, page);
}

void web_fail(struct web_request *rq, enum metod_err e)
{
	int status = metod_err_http(e);

	if (e == METOD_PIN) {
		web_show_pin(rq, 401);
		return;
	}
	if (e == METOD_LOGIN) {
		/* The cookie is of no use any more; a new code may come with the same
		 * form. */
		rq->session = METOD_STR("");
		web_set_cookie(rq, "m", METOD_STR(""), 0);
		message(rq, 401, METOD_STR(""), METOD_STR(""));
		return;
	}
	message(rq, status,
	    e == METOD_UNREACHED ? METOD_STR("") : web_sentence(rq, rq->error.message),
	    web_sentence(rq, rq->error.hint));
}
