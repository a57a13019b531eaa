/* SPDX-License-Identifier: Apache-2.0
 * The parts of a durable page save without what makes them metod: how fast could it be?
 *   bench_parts echo PORT       evhttp alone: takes the form, answers with its fields
 *   bench_parts all PORT FILE   the same, but each form first goes over one RPC echo to a
 *                               second process, which answers after it has committed a
 *                               batch of at most 64 of them to LMDB with a real flush
 * No session, no gate, no decision, no chain, no index, no receipt. */
#include <errno.h>
#include <lmdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>

#include "metod/wire.h"

enum { BATCH = 64, COMPANY_MS = 2 };

static _Noreturn void trouble(const char *what, const char *why)
{
	fprintf(stderr, "bench_parts: %s: %s\n", what, why);
	_exit(2);
}

/* ---- the store's side: RPC echo after an LMDB commit ---- */

struct item {
	struct item *next;
	uint32_t id;
	struct metod_str bytes;
};

struct keeper {
	int fd;
	MDB_env *env;
	MDB_dbi journal, pages;
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	struct item *first, **last;
	size_t queued;
};

static void must(int rc)
{
	if (rc)
		trouble("lmdb", mdb_strerror(rc));
}

/* As many as in the last batch are likely to be back; a single one never waits. */
static struct item *take(struct keeper *keeper, size_t last, size_t *ret_n)
{
	struct timespec until;
	struct item *items, *end;

	pthread_mutex_lock(&keeper->mutex);
	while (!keeper->queued)
		pthread_cond_wait(&keeper->cond, &keeper->mutex);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += COMPANY_MS * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	while (keeper->queued < last &&
	    !pthread_cond_timedwait(&keeper->cond, &keeper->mutex, &until))
		;
	items = end = keeper->first;
	for (*ret_n = 1; end->next && *ret_n < BATCH; ++*ret_n)
		end = end->next;
	keeper->first = end->next;
	end->next = NULL;
	if (!keeper->first)
		keeper->last = &keeper->first;
	keeper->queued -= *ret_n;
	pthread_mutex_unlock(&keeper->mutex);
	return items;
}

/* What a page save cannot do without: an entry under the next number, and the page under
 * a key as scattered as ids are. */
static void put(struct keeper *keeper, MDB_txn *txn, struct metod_str bytes)
{
	static uint64_t seq, rng;
	uint64_t number = __builtin_bswap64(++seq), page = metod_rand64(&rng);
	MDB_val value = {bytes.n, NULL};

	memcpy(&value.mv_data, &bytes.p, sizeof(void *));
	must(mdb_put(
	    txn, keeper->journal, &(MDB_val){sizeof(number), &number}, &value, 0));
	must(mdb_put(txn, keeper->pages, &(MDB_val){sizeof(page), &page}, &value, 0));
}

static void commit(struct keeper *keeper, const struct item *items)
{
	MDB_txn *txn;

	must(mdb_txn_begin(keeper->env, NULL, 0, &txn));
	for (; items; items = items->next)
		put(keeper, txn, items->bytes);
	must(mdb_txn_commit(txn));
}

static void answer(struct keeper *keeper, struct item *items, struct metod_buf *out)
{
	metod_buf_clear(out);
	while (items) {
		struct item *next = items->next;
		metod_rpc_result_pack(items->id, items->bytes, out);
		free(items);
		items = next;
	}
	for (size_t sent = 0; sent < out->n;) {
		ssize_t n = write(keeper->fd, out->p + sent, out->n - sent);
		if (n <= 0)
			_exit(0);
		sent += (size_t)n;
	}
}

static void *write_batches(void *arg)
{
	struct keeper *keeper = arg;
	struct metod_buf out = {0};

	for (size_t n = 1;;) {
		struct item *items = take(keeper, n, &n);
		commit(keeper, items);
		answer(keeper, items, &out);
	}
	return NULL;
}

static void on_call(
    struct keeper *keeper, struct metod_str message, struct metod_arena *arena)
{
	struct metod_rpc_request request;

	metod_arena_clear(arena);
	if (metod_rpc_request_parse(message, arena, &request, NULL) != METOD_OK)
		trouble("rpc", "no request");
	struct item *item = metod_xmalloc(sizeof(*item) + request.params.n);
	*item = (struct item){
	    .id = request.id, .bytes = {(const char *)(item + 1), request.params.n}};
	memcpy(item + 1, request.params.p, request.params.n);
	pthread_mutex_lock(&keeper->mutex);
	*keeper->last = item;
	keeper->last = &item->next;
	keeper->queued++;
	pthread_cond_signal(&keeper->cond);
	pthread_mutex_unlock(&keeper->mutex);
}

static _Noreturn void keep(int fd, const char *file)
{
	struct keeper keeper = {.fd = fd,
	    .mutex = PTHREAD_MUTEX_INITIALIZER,
	    .cond = PTHREAD_COND_INITIALIZER,
	    .last = &keeper.first};
	struct metod_arena *arena = metod_arena_new();
	struct metod_frames frames;
	struct metod_str message;
	static uint8_t in[1 << 16];
	pthread_t writer;
	MDB_txn *txn;
	ssize_t n;

	must(mdb_env_create(&keeper.env));
	must(mdb_env_set_maxdbs(keeper.env, 2));
	must(mdb_env_set_mapsize(keeper.env, (size_t)16 << 30));
	must(mdb_env_open(keeper.env, file, MDB_NOSUBDIR, 0600));
	must(mdb_txn_begin(keeper.env, NULL, 0, &txn));
	must(mdb_dbi_open(txn, "journal", MDB_CREATE, &keeper.journal));
	must(mdb_dbi_open(txn, "pages", MDB_CREATE, &keeper.pages));
	must(mdb_txn_commit(txn));
	metod_frames_init(&frames, METOD_MSG_MAX);
	if (pthread_create(&writer, NULL, write_batches, &keeper))
		trouble("pthread_create", strerror(errno));
	while ((n = read(fd, in, sizeof(in))) > 0) {
		metod_frames_feed(&frames, in, (size_t)n);
		while (metod_frames_next(&frames, &message) == METOD_SCAN_COMPLETE)
			on_call(&keeper, message, arena);
	}
	_exit(0);
}

/* ---- the web's side ---- */

struct front {
	struct event_base *base;
	struct bufferevent *bev; /* NULL: echo alone */
	struct metod_frames frames;
	struct metod_arena *arena;
	struct evhttp_request *asked[1 << 16]; /* by the low half of the id */
	uint32_t last_id;
};

/* The fields as they were understood, one a line. */
static void echo(struct evhttp_request *ev)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(ev), *out = evbuffer_new();
	size_t n = evbuffer_get_length(in);
	char *body = metod_xmalloc(n + 1);
	struct evkeyvalq fields;
	struct evkeyval *field;

	evbuffer_copyout(in, body, n);
	body[n] = 0;
	if (evhttp_parse_query_str(body, &fields))
		trouble("form", body);
	TAILQ_FOREACH (field, &fields, next)
		evbuffer_add_printf(out, "%s=%s\n", field->key, field->value);
	evhttp_clear_headers(&fields);
	evhttp_send_reply(ev, 200, "OK", out);
	evbuffer_free(out);
	free(body);
}

/* {"form": body} */
static void form_params(struct evhttp_request *ev, struct metod_buf *params)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(ev);
	size_t n = evbuffer_get_length(in);
	const uint8_t head[] = {
	    0x81, 0xa4, 'f', 'o', 'r', 'm', 0xda, (uint8_t)(n >> 8), (uint8_t)n};

	metod_buf_add(params, head, sizeof(head));
	metod_buf_add(params, evbuffer_pullup(in, -1), n);
}

static void on_request(struct evhttp_request *ev, void *arg)
{
	struct front *front = arg;
	struct metod_rpc_request request = {.method = METOD_STR("echo")};
	struct metod_buf params = {0}, out = {0};

	if (!front->bev) {
		echo(ev);
		return;
	}
	request.id = ++front->last_id;
	front->asked[request.id & 0xffff] = ev;
	form_params(ev, &params);
	request.params = metod_buf_view(&params);
	metod_rpc_request_pack(&request, &out);
	bufferevent_write(front->bev, out.p, out.n);
	metod_buf_done(&out);
	metod_buf_done(&params);
}

static void on_answers(struct bufferevent *bev, void *arg)
{
	struct front *front = arg;
	struct evbuffer *in = bufferevent_get_input(bev);
	struct metod_rpc_response response;
	struct metod_str message;
	size_t n;

	while ((n = evbuffer_get_contiguous_space(in)) > 0) {
		metod_frames_feed(&front->frames, evbuffer_pullup(in, (ev_ssize_t)n), n);
		evbuffer_drain(in, n);
		while (
		    metod_frames_next(&front->frames, &message) == METOD_SCAN_COMPLETE) {
			metod_arena_clear(front->arena);
			if (metod_rpc_response_parse(
				message, front->arena, &response, NULL) != METOD_OK)
				trouble("rpc", "no response");
			echo(front->asked[response.id & 0xffff]);
		}
	}
}

static void serve(struct front *front, ev_uint16_t port, int fd)
{
	front->base = event_base_new();
	front->arena = metod_arena_new();
	metod_frames_init(&front->frames, METOD_REPLY_MAX);
	if (fd >= 0) {
		evutil_make_socket_nonblocking(fd);
		front->bev =
		    bufferevent_socket_new(front->base, fd, BEV_OPT_CLOSE_ON_FREE);
		bufferevent_setcb(front->bev, on_answers, NULL, NULL, front);
		bufferevent_enable(front->bev, EV_READ | EV_WRITE);
	}
	struct evhttp *http = evhttp_new(front->base);
	evhttp_set_gencb(http, on_request, front);
	if (evhttp_bind_socket(http, "127.0.0.1", port))
		trouble("port", strerror(errno));
	event_base_dispatch(front->base);
}

int main(int argc, char **argv)
{
	static struct front front;
	uint64_t port;
	int pair[2] = {-1, -1};

	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* nothing is left behind */
	if (argc < 3 || !metod_str_u64(metod_str(argv[2]), &port))
		trouble("usage", "bench_parts echo PORT | all PORT FILE");
	if (argc == 4) {
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
			trouble("socketpair", strerror(errno));
		if (fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			close(pair[0]);
			keep(pair[1], argv[3]);
		}
		close(pair[1]);
	}
	serve(&front, (ev_uint16_t)port, pair[0]);
	return 0;
}
