/* SPDX-License-Identifier: Apache-2.0
 * Pages and files that are the same for everybody, and the questions of operators. */
#include "internal.h"

#include "metod/metrics.h"

void web_get_help(struct web_request *rq)
{
	web_page(rq, 200, WEB_PAGE_HELP, METOD_NEW(rq->arena, struct web_plain_page));
}

void web_get_privacy(struct web_request *rq)
{
	web_page(rq, 200, WEB_PAGE_PRIVACY, METOD_NEW(rq->arena, struct web_plain_page));
}

static void send_file(struct web_request *rq, const char *name, const char *type)
{
	const struct web_file *file = web_file_find(name);
	struct metod_str digest = web_form_get(&rq->query, "v");

	if (!file)
		web_refuse(rq, 404);
	else
		web_bytes(rq, 200, type, (struct metod_str){file->bytes, file->n},
		    metod_str_is(digest, file->digest));
}

void web_css(struct web_request *rq)
{
	send_file(rq, "metod.css", "text/css; charset=utf-8");
}

void web_icon(struct web_request *rq)
{
	send_file(rq, "metod.svg", "image/svg+xml");
}

/* The loop turns. */
void web_health(struct web_request *rq)
{
	web_bytes(rq, 200, "text/plain; charset=utf-8", METOD_STR("ok\n"), false);
}

/* Why nobody should be sent here; NULL: all is well. */
static const char *not_ready(
    struct web_request *rq, enum metod_err e, const struct metod_status_rep *status)
{
	struct metod_str schema = metod_arena_printf(
	    rq->arena, "%016llx", (unsigned long long)metod_schema_hash());

	if (e)
		return "the store does not answer\n";
	if (!metod_str_eq(status->schema_hash, schema))
		return "the store is of another version\n";
	if (status->disk_full)
		return "the disk is full\n";
	if (status->disk_low)
		return "the disk is nearly full\n";
	return NULL;
}

static void readiness(struct web_request *rq, enum metod_err e)
{
	const char *why = not_ready(rq, e, rq->state);

	web_bytes(rq, why ? 503 : 200, "text/plain; charset=utf-8",
	    metod_str(why ? why : "ok\n"), false);
}

/* The store answers, speaks our language, and has room to write. */
void web_ready(struct web_request *rq)
{
	struct metod_status_rep *status = METOD_NEW(rq->arena, struct metod_status_rep);
	const struct web_want want = {"status", NULL, status, false};

	rq->state = status;
	if (!web_rpc_ready(rq->web->rpc))
		readiness(rq, METOD_UNREACHED);
	else
		web_ask(rq, readiness, &want, 1);
}

/* The counters of both processes; of this one alone when the store does not answer. */
static void send_metrics(struct web_request *rq, enum metod_err e)
{
	const struct metod_metrics_rep *store = rq->state;
	struct metod_buf text = {0};

	metod_metric_set(METOD_M_web_store_up, NULL, NULL, e == METOD_OK);
	metod_metric_set(
	    METOD_M_web_connections, NULL, NULL, web_guard_connections(rq->web->guard));
	metod_metric_memory(METOD_M_web_memory_bytes);
	metod_metrics_text("web_", &text);
	if (!e)
		metod_buf_str(&text, store->text);
	web_bytes(rq, 200, "text/plain; version=0.0.4; charset=utf-8",
	    metod_buf_view(&text), false);
	metod_buf_done(&text);
}

void web_metrics(struct web_request *rq)
{
	struct metod_metrics_rep *store = METOD_NEW(rq->arena, struct metod_metrics_rep);
	const struct web_want want = {"store.metrics", NULL, store, false};

	rq->state = store;
	if (!web_rpc_ready(rq->web->rpc))
		send_metrics(rq, METOD_UNREACHED);
	else
		web_ask(rq, send_metrics, &want, 1);
}
