/* SPDX-License-Identifier: Apache-2.0
 * The connection to the daemon: unix socket, handshake, one call at a time. A write
 * carries an idempotency key, so a call whose connection was lost is repeated without
 * doing it twice. Knows no command and shows nothing but the warning about another
 * schema. */
#include "cli.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
	TRIES = 3,
	PAUSE_MS = 200, /* before the connection is opened again */
	READ_BYTES = 65536,
};

struct metod_cli_rpc {
	int fd;
	uint32_t id;
	struct metod_frames frames;
	struct metod_str session;
	bool warned; /* about the schema */
	bool late; /* the last call was not answered in time: asking again would not help
		    */
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static enum metod_err unreached(struct metod_cli *cli, const char *why)
{
	metod_fail(&cli->error, METOD_UNREACHED, cli->socket, "%s", why);
	return metod_hint(&cli->error,
	    "is metodd running? systemctl status metodd; another "
	    "socket: --socket PATH or METOD_SOCKET");
}

/* The usual reasons in words; the rest as the system says it. */
static enum metod_err unreached_errno(struct metod_cli *cli)
{
	switch (errno) {
	case ENOENT:
		return unreached(cli, metod_cli_tr(cli, "there is no such socket"));
	case ECONNREFUSED:
		return unreached(cli, metod_cli_tr(cli, "nobody listens on this socket"));
	case EACCES:
		return unreached(
		    cli, metod_cli_tr(cli, "this user may not use the socket"));
	case EPIPE:
	case ECONNRESET:
		return unreached(cli, metod_cli_tr(cli, "the connection was closed"));
	default:
		return unreached(cli, strerror(errno));
	}
}

static enum metod_err too_late(struct metod_cli *cli)
{
	cli->rpc->late = true;
	return unreached(cli, metod_cli_tr(cli, "no answer in time"));
}

static void close_rpc(struct metod_cli_rpc *rpc)
{
	if (rpc->fd >= 0)
		close(rpc->fd);
	rpc->fd = -1;
	metod_frames_done(&rpc->frames);
}

void metod_cli_rpc_free(struct metod_cli_rpc *rpc)
{
	if (rpc)
		close_rpc(rpc);
}

/* Waits until the socket is ready for `events`; false at the deadline. */
static bool ready(int fd, short events, int64_t deadline)
{
	struct pollfd at = {fd, events, 0};

	for (;;) {
		int64_t left = deadline - now_ms();
		int n =
		    left > 0 ? poll(&at, 1, (int)(left < 1 << 30 ? left : 1 << 30)) : 0;

		if (n > 0)
			return true;
		if (n == 0 || errno != EINTR)
			return false;
	}
}

static enum metod_err send_all(
    struct metod_cli *cli, struct metod_str bytes, int64_t deadline)
{
	while (bytes.n) {
		ssize_t n =
		    send(cli->rpc->fd, bytes.p, bytes.n, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n > 0) {
			bytes.p += n;
			bytes.n -= (size_t)n;
		} else if (n < 0 && errno != EINTR && errno != EAGAIN) {
			return unreached_errno(cli);
		} else if (!ready(cli->rpc->fd, POLLOUT, deadline)) {
			return too_late(cli);
		}
	}
	return METOD_OK;
}

/* The next whole message; the slice is good until the next one. */
static enum metod_err receive(
    struct metod_cli *cli, int64_t deadline, struct metod_str *ret)
{
	static uint8_t bytes[READ_BYTES];
	struct metod_cli_rpc *rpc = cli->rpc;

	for (;;) {
		enum metod_scanned scan = metod_frames_next(&rpc->frames, ret);
		ssize_t n;

		if (scan == METOD_SCAN_COMPLETE)
			return METOD_OK;
		if (scan == METOD_SCAN_HOSTILE)
			return metod_fail(&cli->error, METOD_FORMAT, cli->socket,
			    "the answer is no message of this protocol");
		if (!ready(rpc->fd, POLLIN, deadline))
			return too_late(cli);
		n = recv(rpc->fd, bytes, sizeof(bytes), 0);
		if (n > 0)
			metod_frames_feed(&rpc->frames, bytes, (size_t)n);
		else if (n == 0 || errno != EINTR)
			return n ? unreached_errno(cli)
				 : unreached(cli,
				       metod_cli_tr(cli, "the connection was closed"));
	}
}

/* One request and its response. Fails with METOD_UNREACHED when the connection is lost.
 */
static enum metod_err exchange(struct metod_cli *cli, struct metod_rpc_request *request,
    const struct metod_desc *desc, const void *record, struct metod_rpc_response *ret)
{
	int64_t deadline = now_ms() + (int64_t)cli->timeout_s * 1000;
	struct metod_buf out = {0};
	struct metod_str message;
	enum metod_err e;

	request->id = ++cli->rpc->id;
	metod_rpc_call_pack(request, desc, record, &out);
	e = send_all(cli, metod_buf_view(&out), deadline);
	metod_buf_done(&out);
	while (!e) {
		enum metod_rpc_kind kind;
		uint32_t id;

		e = receive(cli, deadline, &message);
		if (e)
			break;
		if (!metod_rpc_peek(message, &kind, &id))
			return metod_fail(&cli->error, METOD_FORMAT, cli->socket,
			    "the answer is no message of this protocol");
		if (kind == METOD_RPC_RESPONSE && id == request->id)
			return metod_rpc_response_parse(
			    message, cli->arena, ret, &cli->error);
	}
	return e;
}

static enum metod_err greet(struct metod_cli *cli)
{
	char schema[17];
	struct metod_hello hello = {.proto = METOD_PROTO,
			       .client = METOD_STR("metodctl " METOD_VERSION_TEXT)},
			   reply = {0};
	struct metod_rpc_request request = {.method = METOD_STR("hello")};
	struct metod_rpc_response response;
	enum metod_err e;

	snprintf(schema, sizeof(schema), "%016" PRIx64, metod_schema_hash());
	hello.schema = metod_str(schema);
	e = exchange(cli, &request, &metod_hello_desc, &hello, &response);
	if (e)
		return e;
	if (response.error.code) {
		cli->error = response.error;
		return response.error.code;
	}
	e = metod_load(&metod_hello_desc, response.result, METOD_KEYS_NAME, true,
	    cli->arena, &reply, &cli->error);
	if (e)
		return e;
	if (reply.schema.n && !metod_str_is(reply.schema, schema) && !cli->rpc->warned) {
		cli->rpc->warned = true;
		metod_cli_say(cli,
		    metod_cli_tr(cli,
			"warning: the daemon has another schema (%.*s, "
			"here %s); upgrade both together"),
		    METOD_FMT(reply.schema), schema);
	}
	return METOD_OK;
}

static enum metod_err open_socket(struct metod_cli *cli)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd;

	if (strlen(cli->socket) >= sizeof(address.sun_path))
		return metod_fail(
		    &cli->error, METOD_USAGE, "--socket", "the path is too long");
	memcpy(address.sun_path, cli->socket, strlen(cli->socket));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return unreached_errno(cli);
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
		unreached_errno(cli);
		close(fd);
		return METOD_UNREACHED;
	}
	cli->rpc->fd = fd;
	metod_frames_init(&cli->rpc->frames, METOD_REPLY_MAX);
	return METOD_OK;
}

static enum metod_err connected(struct metod_cli *cli)
{
	enum metod_err e = METOD_OK;

	if (!cli->rpc) {
		struct metod_str session = {0};

		if (cli->token_file)
			e = metod_cli_read_line(cli, cli->token_file, &session);
		if (e)
			return e;
		cli->rpc = METOD_NEW(cli->arena, struct metod_cli_rpc);
		cli->rpc->fd = -1;
		cli->rpc->session = session;
	}
	if (cli->rpc->fd >= 0)
		return METOD_OK;
	e = open_socket(cli);
	if (!e)
		e = greet(cli);
	if (e)
		close_rpc(cli->rpc);
	return e;
}

/* The key given, or a fresh one: 128 random bits. A command of several calls (an import
 * in parts) gives each its own key, made from the one of the user. */
static struct metod_str call_key(
    struct metod_cli *cli, const struct metod_command *command)
{
	uint64_t bits[2] = {0};

	if (command->mode != METOD_WRITE && command->mode != METOD_PREPARE)
		return METOD_STR("");
	if (cli->key && cli->calls++ == 0)
		return metod_arena_strz(cli->arena, cli->key);
	if (cli->key) {
		bits[0] = metod_hash64(cli->calls, cli->key, strlen(cli->key));
		bits[1] = metod_hash64(bits[0], cli->key, strlen(cli->key));
	} else if (getrandom(bits, sizeof(bits), 0) != sizeof(bits)) {
		return METOD_STR("");
	}
	return metod_arena_printf(
	    cli->arena, "%016" PRIx64 "%016" PRIx64, bits[0], bits[1]);
}

static void pause_before_retry(void)
{
	const struct timespec pause = {0, PAUSE_MS * 1000000L};

	nanosleep(&pause, NULL);
}

/* Nobody knows whether a write whose answer was lost has happened; the key tells. */
static void hint_key(struct metod_cli *cli, struct metod_str key)
{
	if (key.n)
		metod_hint(&cli->error,
		    "perhaps it was done; repeating is safe with the same key: --key %.*s",
		    METOD_FMT(key));
}

enum metod_err metod_cli_call(struct metod_cli *cli, const struct metod_command *command,
    const void *request, void *ret_reply)
{
	struct metod_rpc_request call = {.method = metod_str(command->name),
	    .lang = metod_str(metod_lang_word(cli->lang))};
	struct metod_rpc_response response;
	enum metod_err e = connected(cli);
	unsigned tries = 1;

	if (e)
		return e;
	call.key = call_key(cli, command);
	call.session = cli->rpc->session;
	e = exchange(cli, &call, command->request, request, &response);
	while (e == METOD_UNREACHED && !cli->rpc->late && tries++ < TRIES &&
	    (call.key.n || command->mode == METOD_READ)) {
		close_rpc(cli->rpc);
		pause_before_retry();
		e = connected(cli);
		if (!e)
			e = exchange(cli, &call, command->request, request, &response);
	}
	if (e == METOD_UNREACHED)
		hint_key(cli, call.key);
	if (e)
		return e;
	if (response.error.code) {
		cli->error = response.error;
		return response.error.code;
	}
	return metod_load(command->reply, response.result, METOD_KEYS_NAME, true,
	    cli->arena, ret_reply, &cli->error);
}
