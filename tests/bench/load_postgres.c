/* SPDX-License-Identifier: Apache-2.0
 * The same work for PostgreSQL: journal row, answers, profile of 24 cells and unique
 * receipt in one transaction, prepared, in one round trip like ours. Bodies are bytes of
 * the size of ours, so nothing is parsed; there are no foreign keys and no further
 * indexes. `postgres`: BEGIN, four INSERTs and COMMIT in one pipeline. `postgres-one`: a
 * single statement that inserts into the four tables, the cheapest form we know. */
#include "load.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BYTES_MAX = 1 << 16 };

static const char *const pipeline[][2] = {
    {"b", "BEGIN"},
    {"j", "INSERT INTO journal (person, body) VALUES ($1, $2)"},
    {"a", "INSERT INTO answers (wave, person, body) VALUES (1, $1, $2)"},
    {"p", "INSERT INTO profile (wave, person, cells) VALUES (1, $1, $2)"},
    {"r",
	"INSERT INTO receipt (key, seq, digest) "
	"VALUES ($1, currval('journal_seq_seq'), $2) RETURNING seq"},
    {"c", "COMMIT"},
};
static const char one[] =
    "WITH j AS (INSERT INTO journal (person, body) VALUES ($1, $3) RETURNING seq), "
    "a AS (INSERT INTO answers (wave, person, body) VALUES (1, $1, $3)), "
    "p AS (INSERT INTO profile (wave, person, cells) VALUES (1, $1, $4)) "
    "INSERT INTO receipt (key, seq, digest) SELECT $2, j.seq, $5 FROM j RETURNING seq";

static void check(PGconn *db, bool good)
{
	if (!good)
		load_trouble("postgres", PQerrorMessage(db));
}

static void prepare(PGconn *db, const char *name, const char *text)
{
	PGresult *result = PQprepare(db, name, text, 0, NULL);

	check(db, PQresultStatus(result) == PGRES_COMMAND_OK);
	PQclear(result);
}

static PGconn *open_db(const struct load *load, struct line *line)
{
	PGconn *db = PQconnectdb(load->target);

	check(db, PQstatus(db) == CONNECTION_OK);
	line->state = db;
	line->fd = PQsocket(db);
	if (load->answers_bytes + load->profile_bytes > BYTES_MAX)
		load_trouble("postgres", "too long");
	return db;
}

static void open_pipeline(const struct load *load, struct line *line)
{
	PGconn *db = open_db(load, line);

	for (size_t i = 0; i < METOD_LEN(pipeline); i++)
		prepare(db, pipeline[i][0], pipeline[i][1]);
	check(db, PQenterPipelineMode(db));
}

static void open_one(const struct load *load, struct line *line)
{
	prepare(open_db(load, line), "s", one);
}

/* ---- one submission ---- */

struct submission {
	uint8_t person[8];
	char key[33];
	char bytes[BYTES_MAX]; /* answers, then profile */
};

/* Persons of all runs differ and are as random as our ids. */
static void draw(struct submission *ret)
{
	static uint64_t n;
	uint64_t person = ((uint64_t)getpid() << 32 | ++n) * 0x9e3779b97f4a7c15ULL >> 1;

	for (int i = 0; i < 8; i++)
		ret->person[i] = (uint8_t)(person >> (56 - 8 * i));
	load_key(ret->key);
	memcpy(ret->bytes, ret->key, 32);
}

struct param {
	const void *p;
	size_t n;
};

static void send_statement(
    PGconn *db, const char *name, const struct param *params, int n)
{
	const char *values[5];
	int lengths[5];
	static const int binary[5] = {1, 1, 1, 1, 1};

	for (int i = 0; i < n; i++) {
		values[i] = params[i].p;
		lengths[i] = (int)params[i].n;
	}
	check(db, PQsendQueryPrepared(db, name, n, values, lengths, binary, 1));
}

static struct submission drawn;

static bool send_pipeline(struct line *line)
{
	const struct load *load = line->load;
	PGconn *db = line->state;

	draw(&drawn);
	const struct param person = {drawn.person, 8}, key = {drawn.key, 32},
			   digest = {drawn.key, 16},
			   answers = {drawn.bytes, load->answers_bytes},
			   cells = {
			       drawn.bytes + load->answers_bytes, load->profile_bytes};
	send_statement(db, "b", NULL, 0);
	send_statement(db, "j", (const struct param[]){person, answers}, 2);
	send_statement(db, "a", (const struct param[]){person, answers}, 2);
	send_statement(db, "p", (const struct param[]){person, cells}, 2);
	send_statement(db, "r", (const struct param[]){key, digest}, 2);
	send_statement(db, "c", NULL, 0);
	check(db, PQpipelineSync(db));
	check(db, PQflush(db) >= 0);
	return true;
}

static bool send_one(struct line *line)
{
	const struct load *load = line->load;
	PGconn *db = line->state;

	draw(&drawn);
	send_statement(db, "s",
	    (const struct param[]){{drawn.person, 8}, {drawn.key, 32},
		{drawn.bytes, load->answers_bytes},
		{drawn.bytes + load->answers_bytes, load->profile_bytes},
		{drawn.key, 16}},
	    5);
	check(db, PQflush(db) >= 0);
	return true;
}

/* ---- its answer ---- */

/* Both forms bring exactly one row, the receipt's. */
static void count_row(PGconn *db, const PGresult *result, uint64_t *rows)
{
	ExecStatusType status = PQresultStatus(result);

	check(db,
	    status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK ||
		status == PGRES_PIPELINE_SYNC);
	*rows += (uint64_t)PQntuples(result);
}

static bool take_pipeline(struct line *line)
{
	PGconn *db = line->state;

	check(db, PQconsumeInput(db));
	while (!PQisBusy(db)) {
		PGresult *result = PQgetResult(db);
		if (!result) /* the end of one statement */
			continue;
		bool end = PQresultStatus(result) == PGRES_PIPELINE_SYNC;
		count_row(db, result, &line->rows);
		PQclear(result);
		if (!end)
			continue;
		if (line->rows != line->calls)
			load_trouble("postgres", "an answer without its receipt");
		return true;
	}
	return false;
}

static bool take_one(struct line *line)
{
	PGconn *db = line->state;
	PGresult *result;

	check(db, PQconsumeInput(db));
	if (PQisBusy(db))
		return false;
	while ((result = PQgetResult(db))) {
		count_row(db, result, &line->rows);
		PQclear(result);
	}
	if (line->rows != line->calls)
		load_trouble("postgres", "an answer without its receipt");
	return true;
}

const struct driver driver_postgres = {
    "postgres", open_pipeline, send_pipeline, take_pipeline};
const struct driver driver_postgres_one = {"postgres-one", open_one, send_one, take_one};
