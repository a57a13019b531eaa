/* SPDX-License-Identifier: Apache-2.0
 * The route table: every address of the service, its methods and whether it needs a
 * session. What is not here answers 404. */
#include "internal.h"

#include <string.h>

static const struct web_route routes[] = {
    {WEB_GET, "/", web_get_root},
    {WEB_POST, "/", web_post_root},
    {WEB_GET, "/i/CODE", web_get_code},
    {WEB_GET, "/pin", web_get_pin},
    {WEB_POST, "/pin", web_post_pin},
    {WEB_GET | WEB_SESSION, "/start", web_get_start},
    {WEB_POST | WEB_SESSION, "/start", web_post_start},
    {WEB_GET | WEB_SESSION, "/a/N", web_get_answers},
    {WEB_POST | WEB_SESSION, "/a/N", web_post_answers},
    {WEB_GET | WEB_SESSION, "/a/check", web_get_check},
    {WEB_POST | WEB_SESSION, "/submit", web_submit},
    {WEB_GET | WEB_SESSION, "/me", web_get_me},
    {WEB_POST | WEB_SESSION, "/me/wants", web_post_wants},
    {WEB_POST | WEB_SESSION, "/me/grant", web_post_grant},
    {WEB_POST | WEB_SESSION, "/me/revoke", web_post_revoke},
    {WEB_POST | WEB_SESSION, "/me/pair", web_post_pair},
    {WEB_POST | WEB_SESSION, "/me/pin", web_post_pin_set},
    {WEB_GET | WEB_SESSION, "/me/route", web_get_route},
    {WEB_POST | WEB_SESSION, "/me/route", web_post_route},
    {WEB_GET | WEB_SESSION, "/me/messages", web_get_messages},
    {WEB_POST | WEB_SESSION, "/me/messages", web_post_messages},
    {WEB_GET | WEB_SESSION, "/me/data", web_get_data},
    {WEB_GET | WEB_SESSION, "/me/data.json", web_get_data_json},
    {WEB_POST | WEB_SESSION, "/me/withdraw", web_withdraw},
    {WEB_POST, "/logout", web_logout},
    {WEB_GET, "/lang/WORD", web_language},
    {WEB_GET, "/help", web_get_help},
    {WEB_GET, "/privacy", web_get_privacy},
    {WEB_GET | WEB_QUIET, "/healthz", web_health},
    {WEB_GET | WEB_QUIET, "/readyz", web_ready},
    {WEB_GET | WEB_QUIET | WEB_METRICS, "/metrics", web_metrics},
    {WEB_GET | WEB_QUIET, "/assets/metod.css", web_css},
    {WEB_GET | WEB_QUIET, "/assets/metod.svg", web_icon},
};

/* Does the path fit the pattern? Its last part may be N, CODE or WORD. */
static bool fits(const char *pattern, struct metod_str path, struct web_request *rq)
{
	const char *last = strrchr(pattern, '/') + 1;
	size_t head = (size_t)(last - pattern);
	struct metod_str tail;

	if (path.n < head || memcmp(path.p, pattern, head))
		return false;
	tail = (struct metod_str){path.p + head, path.n - head};
	if (!strcmp(last, "N"))
		return metod_str_u64(tail, &rq->number) && rq->number >= 1 &&
		    rq->number <= METOD_ITEMS_FORM_MAX;
	if (!strcmp(last, "CODE") || !strcmp(last, "WORD")) {
		rq->word = tail;
		return tail.n > 0 && tail.n <= METOD_CODE_MAX &&
		    !memchr(tail.p, '/', tail.n);
	}
	return metod_str_is(tail, last);
}

static int find(struct web_request *rq)
{
	int status = 404;

	for (size_t i = 0; i < METOD_LEN(routes); i++) {
		if (!fits(routes[i].pattern, rq->in.path, rq) ||
		    rq->metrics != !!(routes[i].flags & WEB_METRICS))
			continue;
		rq->route = &routes[i];
		if (routes[i].flags & (rq->in.post ? WEB_POST : WEB_GET))
			return 200;
		status = 405;
	}
	return status;
}

static void entered(struct web_request *rq, enum metod_err e)
{
	if (e) {
		web_fail(rq, e);
		return;
	}
	rq->again = true;
	rq->route->handler(rq);
}

/* The form and the cookie carry the same random text, which no other site can read. */
static bool own_token(const struct web_request *rq)
{
	return rq->token.n && metod_str_eq(web_form_get(&rq->form, "t"), rq->token);
}

void web_dispatch(struct web_request *rq)
{
	int status = find(rq);
	struct metod_str code;

	if (status != 200) {
		web_refuse(rq, status);
		return;
	}
	if (rq->in.post && !own_token(rq)) {
		web_stale_form(rq);
		return;
	}
	/* A form whose session had ended comes back with the code: enter first, then go
	 * on. */
	code = metod_str_trim(web_form_get(&rq->form, "code"));
	if (rq->route->flags & WEB_SESSION && rq->in.post && code.n)
		web_enter(rq, code, web_form_get(&rq->form, "pin"), entered);
	else if (rq->route->flags & WEB_SESSION && rq->session.n == 0)
		web_fail(rq, METOD_LOGIN);
	else
		rq->route->handler(rq);
}
