/* SPDX-License-Identifier: Apache-2.0
 * What a handler records inside its work(): buffered as packed bodies, applied only after
 * the handler agreed. A refused command has written nothing because nothing was written
 * yet. */
#include "internal.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

struct pending {
	enum metod_event_kind kind;
	uint64_t actor, subject;
	int64_t now_ms;
	size_t at, n; /* of the body in bytes */
};

struct recording {
	_Atomic int64_t *step_ms;
	uint64_t actor;
	int64_t now_ms;
	struct pending *events;
	size_t n, cap;
	struct metod_buf bytes;
	bool keyed;
	struct metod_idem idem; /* seq is set when it is applied */
	struct metod_buf key, reply;
	uint8_t digest[16];
};

struct recording *metod_recording_new(_Atomic int64_t *step_ms)
{
	struct recording *recording = metod_xcalloc(1, sizeof(*recording));

	recording->step_ms = step_ms;
	return recording;
}

static void step(struct recording *recording)
{
	if (recording->step_ms)
		*recording->step_ms = metod_monotonic_ms();
}

void metod_recording_free(struct recording *recording)
{
	if (!recording)
		return;
	metod_buf_done(&recording->bytes);
	metod_buf_done(&recording->key);
	metod_buf_done(&recording->reply);
	free(recording->events);
	free(recording);
}

void metod_recording_clear(struct recording *recording)
{
	recording->actor = 0;
	recording->now_ms = 0;
	recording->n = 0;
	recording->keyed = false;
	metod_buf_clear(&recording->bytes);
	metod_buf_clear(&recording->key);
	metod_buf_clear(&recording->reply);
}

size_t metod_recording_bytes(const struct recording *recording)
{
	return recording->bytes.n + recording->reply.n;
}

void metod_record_as(struct metod_txn *txn, uint64_t actor, int64_t now_ms)
{
	txn->recording->actor = actor;
	txn->recording->now_ms = now_ms;
}

void metod_record(struct metod_txn *txn, enum metod_event_kind kind, const void *body)
{
	const struct schema_table *table = metod_schema_event(kind);
	struct recording *recording = txn->recording;
	struct pending *event;

	step(recording);
	if (recording->n == recording->cap) {
		recording->cap = recording->cap ? 2 * recording->cap : 16;
		recording->events = metod_xrealloc(
		    recording->events, recording->cap * sizeof(*recording->events));
	}
	event = &recording->events[recording->n++];
	*event = (struct pending){.kind = kind,
	    .actor = recording->actor,
	    .now_ms = recording->now_ms,
	    .subject = metod_schema_person(table, body),
	    .at = recording->bytes.n};
	metod_pack(table->desc, body, METOD_KEYS_INT, 0, &recording->bytes);
	event->n = recording->bytes.n - event->at;
}

size_t metod_recorded(const struct metod_txn *txn)
{
	return txn->recording ? txn->recording->n : 0;
}

uint64_t metod_record_last_seq(const struct metod_txn *txn)
{
	return metod_recorded(txn) ? txn->state.seq + txn->recording->n : 0;
}

static struct metod_str body_of(
    const struct recording *recording, const struct pending *event)
{
	return (struct metod_str){(const char *)recording->bytes.p + event->at, event->n};
}

void metod_record_digest(struct metod_txn *txn, uint8_t ret[16])
{
	const struct recording *recording = txn->recording;
	struct metod_str body = {NULL, 0};

	if (recording->n)
		body = body_of(recording, &recording->events[recording->n - 1]);
	crypto_generichash(ret, 16, (const uint8_t *)body.p, body.n, NULL, 0);
}

void metod_record_key(struct metod_txn *txn, uint64_t actor, struct metod_str key,
    const uint8_t digest[16], struct metod_str reply, uint64_t person)
{
	struct recording *recording = txn->recording;

	recording->keyed = true;
	recording->idem = (struct metod_idem){.actor = actor, .person = person};
	metod_buf_clear(&recording->key);
	metod_buf_str(&recording->key, key);
	metod_buf_clear(&recording->reply);
	metod_buf_str(&recording->reply, reply);
	memcpy(recording->digest, digest, sizeof(recording->digest));
}

static enum metod_err apply_event(
    struct metod_txn *txn, size_t i, struct metod_buf *extra, struct metod_arena *arena)
{
	struct recording *recording = txn->recording;
	const struct pending *event = &recording->events[i];
	struct store_entry entry = {.time_ms = event->now_ms,
	    .actor = event->actor,
	    .subject = event->subject,
	    .kind = event->kind,
	    .body = body_of(recording, event)};
	enum metod_err e;

	if (recording->keyed && i + 1 == recording->n) {
		struct metod_idem *idem = &recording->idem;

		idem->seq = txn->state.seq + 1;
		idem->key = metod_buf_view(&recording->key);
		idem->reply = metod_buf_view(&recording->reply);
		idem->digest = (struct metod_str){
		    (const char *)recording->digest, sizeof(recording->digest)};
		metod_pack(&metod_idem_desc, idem, METOD_KEYS_INT, 0, extra);
		entry.extra = metod_buf_view(extra);
		entry.person = idem->person;
	}
	e = metod_journal_append(txn, &entry);
	return e ? e : metod_apply(txn, &entry, false, arena);
}

enum metod_err metod_recording_apply(struct metod_txn *txn, struct metod_arena *arena)
{
	struct metod_buf extra = {0};
	enum metod_err e = METOD_OK;

	for (size_t i = 0; i < txn->recording->n && !e; i++) {
		metod_arena_clear(arena);
		step(txn->recording);
		e = apply_event(txn, i, &extra, arena);
	}
	metod_buf_done(&extra);
	return e;
}
