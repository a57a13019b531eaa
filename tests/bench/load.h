/* SPDX-License-Identifier: Apache-2.0
 * Load of one outstanding call per connection. load.c turns the loop and takes the times;
 * what a call is, is a driver's business: RPC and HTTP calls of metod, statements of
 * PostgreSQL, calls of the parts. So all sides are measured by the same code. */
#pragma once

#include "metod/base.h"

struct load;
/* One connection. */
struct line {
	const struct load *load;
	int fd;
	uint64_t index;
	uint64_t calls; /* begun on this line */
	uint64_t rows;  /* that the answers brought (PostgreSQL) */
	int64_t begun_ns;
	bool waiting;
	void *state; /* of the driver */
};

/* Arguments of a run, as words of the command line. */
struct load {
	const char *target; /* path of a socket, or address:port */
	const char *list;   /* sessions (bench_fill) */
	uint64_t lines;
	uint64_t warm;                         /* answers that are not counted */
	uint64_t count;                        /* most calls after them; 0: any */
	double seconds;                        /* longest time after them; 0: any */
	uint64_t skip;                         /* sessions of the list that are used up */
	uint64_t answers_bytes, profile_bytes; /* of a submission (PostgreSQL) */
};

struct driver {
	const char *name;
	/* Connects and greets; waits. */
	void (*open)(const struct load *load, struct line *line);
	/* Sends the next call; false: there is nothing left to send. */
	bool (*send)(struct line *line);
	/* Takes what has arrived: true when the call is answered, and rightly. A wrong
	 * answer ends the program. */
	bool (*take)(struct line *line);
};

extern const struct driver driver_submit, driver_page, driver_http, driver_form,
    driver_postgres, driver_postgres_one;

/* Starts the program, sends one call, prints the time to its answer; exit status. */
int load_start(const struct driver *driver, const struct load *load, char **words);

_Noreturn void load_trouble(const char *what, const char *why);
/* The sessions of the list (bench_fill): read once. */
struct sessions {
	struct metod_strs list;
	struct metod_u64s pages; /* statements of each page */
};
const struct sessions *load_sessions(const char *path);
/* Connects to a unix socket or to address:port; ends the program when it cannot. */
int load_connect(const char *target);
/* Sends all of it; the peer reads while we wait. */
void load_write(int fd, const void *bytes, size_t n);
/* 32 hexadecimal signs, new with each call. */
void load_key(char *to);
