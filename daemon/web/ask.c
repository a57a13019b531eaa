/* SPDX-License-Identifier: Apache-2.0
 * Asking the store on behalf of one request: several calls at once, one continuation.
 * Lets no reply reach a handler whose connection has died. */
#include "internal.h"

#include <string.h>

#include "metod/log.h"
#include "request.h"

struct asked {
	struct web_request *rq;
	const struct metod_command *command;
	void *reply;
	bool optional;
};

static void fail_first(
    struct web_request *rq, enum metod_err e, const struct metod_error *error)
{
	if (rq->result)
		return;
	rq->result = e;
	if (error)
		rq->error = *error;
	else
		metod_fail(
		    &rq->error, e, "", "%s", metod_tr(rq->lang, metod_err_text(e)));
}

static void on_reply(
    void *ctx, enum metod_err e, const struct metod_rpc_response *response)
{
	struct asked *asked = ctx;
	struct web_request *rq = asked->rq;
	struct metod_error detail = {0};
	const struct metod_error *error = response ? &response->error : NULL;

	metod_log_set_request(rq->id);
	if (!e && rq->ev && asked->reply) {
		e = metod_load(asked->command->reply, response->result, METOD_KEYS_NAME,
		    true, rq->arena, asked->reply, &detail);
		if (e) {
			metod_log(METOD_LOG_ERROR, "web",
			    "event=bad_reply command=%s field=%s", asked->command->name,
			    detail.field);
			e = METOD_FAILED;
			error = NULL;
		}
	}
	if (e && !response)
		metod_log(METOD_LOG_WARNING, "web", "event=no_reply command=%s reason=%s",
		    asked->command->name, metod_err_wire(e));
	if (e && !asked->optional)
		fail_first(rq, e, error);
	if (--rq->waiting == 0) {
		if (rq->ev) {
			rq->asking = true;
			rq->then(rq, rq->result);
			rq->asking = false;
		}
		web_release(rq);
	}
	metod_log_set_request(NULL);
}

/* Commands that write are told apart by their key: the one of the form, so that a form
 * that comes twice is stored once. */
static struct metod_str key_of(
    struct web_request *rq, const struct metod_command *command)
{
	struct metod_str key = web_form_get(&rq->form, "k");

	if (command->mode == METOD_READ || command->mode == METOD_POOL)
		return METOD_STR("");
	if (metod_str_is(metod_str(command->name), "session.enter") || key.n < 16 ||
	    key.n > METOD_KEY_MAX)
		return web_random(rq->arena);
	return key;
}

static void send_one(struct web_request *rq, const struct web_want *want)
{
	static const struct metod_none_req empty;
	struct metod_rpc_request request = {.method = metod_str(want->command)};
	struct asked *asked = METOD_NEW(rq->arena, struct asked);
	struct metod_buf params = {0};

	asked->rq = rq;
	asked->command = metod_command_find(request.method);
	asked->reply = want->reply;
	asked->optional = want->optional;
	metod_pack(asked->command->request, want->request ? want->request : &empty,
	    METOD_KEYS_NAME, 0, &params);
	request.params = metod_buf_view(&params);
	request.session = rq->session;
	request.key = key_of(rq, asked->command);
	request.lang = metod_str(metod_lang_word(rq->lang));
	request.request = metod_str(rq->id);
	web_rpc_call(rq->web->rpc, &request, on_reply, asked);
	metod_buf_done(&params);
}

void web_ask(
    struct web_request *rq, web_then *then, const struct web_want *wants, size_t n)
{
	rq->then = then;
	rq->result = METOD_OK;
	memset(&rq->error, 0, sizeof(rq->error));
	rq->waiting = n;
	for (size_t i = 0; i < n; i++)
		send_one(rq, &wants[i]);
}
