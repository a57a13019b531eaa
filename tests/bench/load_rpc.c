/* SPDX-License-Identifier: Apache-2.0
 * Calls of metod over its socket: attempt.submit of sheets that are full (each once), and
 * page.save of sheets that stay open. Every answer must bring a receipt with our key. */
#include "load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "metod/messages.h"
#include "metod/version.h"
#include "metod/wire.h"

struct caller {
	struct metod_frames frames;
	struct metod_arena *arena;
	struct metod_buf out;
	const struct sessions *sessions;
	struct metod_rpc_request request;
	char key[33];
};

static uint64_t next_sheet; /* the next one that was not sent yet */

static void send_request(
    struct line *line, const struct metod_desc *desc, const void *record)
{
	struct caller *caller = line->state;

	load_key(caller->key);
	caller->request.id = (uint32_t)line->calls;
	caller->request.key = (struct metod_str){caller->key, 32};
	caller->request.lang = METOD_STR("ru");
	metod_buf_clear(&caller->out);
	metod_rpc_call_pack(&caller->request, desc, record, &caller->out);
	load_write(line->fd, caller->out.p, caller->out.n);
}

/* The next whole message; false: not here yet. */
static bool next_message(struct line *line, struct metod_rpc_response *ret)
{
	struct caller *caller = line->state;
	struct metod_str message;
	struct metod_error err = {0};
	uint8_t bytes[8192];
	ssize_t n = recv(line->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (n < 0 && errno == EAGAIN)
		return false;
	if (n <= 0)
		load_trouble(
		    "rpc", n ? strerror(errno) : "the peer closed the connection");
	metod_frames_feed(&caller->frames, bytes, (size_t)n);
	if (metod_frames_next(&caller->frames, &message) != METOD_SCAN_COMPLETE)
		return false;
	metod_arena_clear(caller->arena);
	if (metod_rpc_response_parse(message, caller->arena, ret, &err) != METOD_OK)
		load_trouble("rpc", err.message);
	if (ret->error.code != METOD_OK)
		load_trouble("rpc", ret->error.message);
	if (ret->id != (uint32_t)line->calls)
		load_trouble("rpc", "an answer to another call");
	return true;
}

static void wait_message(struct line *line)
{
	struct metod_rpc_response response;
	uint8_t byte;

	do {
		if (recv(line->fd, &byte, 1, MSG_PEEK) < 0)
			load_trouble("rpc", strerror(errno));
	} while (!next_message(line, &response));
}

static void open_rpc(const struct load *load, struct line *line)
{
	const struct metod_hello hello = {
	    .proto = METOD_PROTO, .client = METOD_STR("bench")};
	struct caller *caller = metod_xcalloc(1, sizeof(*caller));

	caller->arena = metod_arena_new();
	caller->sessions = load_sessions(load->list);
	metod_frames_init(&caller->frames, METOD_REPLY_MAX);
	line->state = caller;
	line->fd = load_connect(load->target);
	caller->request.method = METOD_STR("hello");
	send_request(line, &metod_hello_desc, &hello);
	wait_message(line);
	if (next_sheet < load->skip)
		next_sheet = load->skip;
}

static bool right_key(const struct caller *caller, const struct metod_receipt *receipt)
{
	return receipt && receipt->seq > 0 &&
	    metod_str_eq(receipt->key, (struct metod_str){caller->key, 32});
}

/* ---- attempt.submit ---- */

static bool send_submit(struct line *line)
{
	const struct metod_submit_req request = {0};
	struct caller *caller = line->state;

	if (next_sheet >= caller->sessions->list.n)
		return false;
	caller->request.method = METOD_STR("attempt.submit");
	caller->request.session = caller->sessions->list.p[next_sheet++];
	send_request(line, &metod_submit_req_desc, &request);
	return true;
}

static bool take_submit(struct line *line)
{
	struct caller *caller = line->state;
	struct metod_rpc_response response;
	struct metod_submit_rep reply;

	if (!next_message(line, &response))
		return false;
	if (metod_load(&metod_submit_rep_desc, response.result, METOD_KEYS_NAME, true,
		caller->arena, &reply, NULL) != METOD_OK ||
	    !right_key(caller, reply.receipt) || !reply.session.n)
		load_trouble("submit", "an answer without its receipt");
	return true;
}

/* ---- page.save ---- */

static bool send_page(struct line *line)
{
	struct caller *caller = line->state;
	const struct sessions *sessions = caller->sessions;
	uint64_t page = line->calls % sessions->pages.n, rng = line->calls;
	int64_t answers[METOD_PAGE_ITEMS_MAX];
	struct metod_page_save_req request = {
	    .page = page + 1, .answers = {answers, sessions->pages.p[page]}};

	for (size_t i = 0; i < request.answers.n; i++)
		answers[i] = (int64_t)(metod_rand64(&rng) % 4);
	caller->request.method = METOD_STR("page.save");
	caller->request.session =
	    sessions->list.p[sessions->list.n - 1 - line->index % sessions->list.n];
	send_request(line, &metod_page_save_req_desc, &request);
	return true;
}

static bool take_page(struct line *line)
{
	struct caller *caller = line->state;
	struct metod_rpc_response response;
	struct metod_page_save_rep reply;

	if (!next_message(line, &response))
		return false;
	if (metod_load(&metod_page_save_rep_desc, response.result, METOD_KEYS_NAME, true,
		caller->arena, &reply, NULL) != METOD_OK ||
	    !right_key(caller, reply.receipt))
		load_trouble("page", "an answer without its receipt");
	return true;
}

const struct driver driver_submit = {"submit", open_rpc, send_submit, take_submit};
const struct driver driver_page = {"page", open_rpc, send_page, take_page};
