/* SPDX-License-Identifier: Apache-2.0
 * Every cap on something that comes from outside. One file, so that a reviewer can read
 * them all. */
#pragma once

enum {
	/* wire */
	METOD_MSG_MAX = 4 * 1024 * 1024, /* bytes of one RPC message */
	METOD_REPLY_MAX =
	    32 * 1024 * 1024, /* bytes of one reply our own clients accept */
	METOD_DEPTH_MAX = 12, /* nested containers: 3 of the frame, 9 of the record */
	METOD_MSG_ITEMS_MAX = 400000, /* elements of one message */
	METOD_REPLY_ITEMS_MAX =
	    3200000,             /* elements of one reply our own clients accept */
	METOD_METHOD_MAX = 64,   /* bytes of a method name */
	METOD_KEY_MAX = 64,      /* bytes of an idempotency key */
	METOD_SESSION_MAX = 256, /* bytes of a session or token string */

	METOD_REQUEST_ID_MAX = 31,  /* bytes of the id that ties log lines together */
	METOD_LOG_PER_SECOND = 200, /* lines of one kind in the log */

	/* RPC server */
	METOD_CONNECTIONS_MAX = 1024,
	METOD_PIPELINE_MAX = 128, /* calls of one connection in work */
	METOD_CROWD = 256, /* calls in work at once; beyond: one of each connection */
	METOD_OUTBOX_MAX = 1024 * 1024, /* unread reply bytes before reading pauses */
	METOD_OUTBOXES_MAX = 64 * 1024 * 1024, /* the same of all connections together */
	METOD_FRAMES_MAX = 64 * 1024 * 1024,   /* begun messages of all together */
	METOD_UNREAD_MS = 30000,               /* a reply must be taken */
	METOD_HELLO_MS = 5000,                 /* first frame must arrive */
	METOD_FRAME_MS = 30000,                /* a begun frame must end */
	METOD_CALL_MS = 120000,                /* a call must be answered */
	METOD_DISK_LOW_BYTES =
	    64 * 1024 * 1024,        /* less free: not ready, while it still goes */
	METOD_QUEUE_MAX = 4096,      /* queued write commands */
	METOD_BATCH_MAX = 256,       /* commands of one group commit */
	METOD_POOL_QUEUE_MAX = 2048, /* > METOD_CROWD, and one of each connection */
	METOD_POOL_THREADS = 2,
	METOD_HASHES_AT_ONCE = 2,

	/* HTTP */
	METOD_HTTP_CONNECTIONS_MAX = 12000,
	METOD_HTTP_HEADERS_BYTES = 8 * 1024,
	METOD_HTTP_HEADERS_MAX = 64,
	METOD_HTTP_BODY_BYTES = 64 * 1024,
	METOD_HTTP_REQUEST_MS = 15000, /* absolute, from the first byte to the last */
	METOD_HTTP_ANSWER_MS = 30000,  /* from there until the answer is taken */
	METOD_HTTP_HASTE_MS = 3000, /* both, and idle time, when places become scarce */
	METOD_HTTP_UNREAD_BYTES = 128 * 1024, /* of an answer, kept by the system */
	METOD_HTTP_IDLE_S = 60,
	METOD_HTTP_BODIES_BYTES = 8 * 1024 * 1024, /* all bodies in flight: 2,000 of the
						    * largest page */
	METOD_FORM_FIELDS_MAX = 200,
	METOD_CODE_FAILURES = 20, /* wrong codes of one source per hour before it waits */
	METOD_PIN_FAILURES = 10,

	/* text */
	METOD_CODE_MAX = 64,
	METOD_NAME_MAX = 300,
	METOD_TEXT_MAX = 4000,
	METOD_LINE_MAX = 1000,

	/* files of people */
	METOD_FILE_MAX = 32 * 1024 * 1024,
	METOD_YAML_DEPTH_MAX = 12,
	METOD_YAML_NODES_MAX = 500000,
	METOD_YAML_KEYS_MAX = 256, /* keys of one map */
	METOD_CSV_ROWS_MAX = 200000,
	METOD_PAIRS_MAX = 100 * 1000 * 1000, /* rows of pairs.csv, benefits.csv */
	METOD_SOLVE_IDS_MAX = 4 * 1000 * 1000,
	METOD_DPO_BENEFIT_MAX = 1000 * 1000,      /* points, either sign */
	METOD_DPO_FIXED_MAX = 1000 * 1000 * 1000, /* points, of one group */
	METOD_DPO_PEOPLE_MAX = 10000,             /* in one group */
	METOD_DPO_GROUPS_MAX = 1000,              /* of one candidate */
	METOD_DPO_LIMIT_MAX = 1000,               /* programmes of one teacher */
	METOD_DPO_CANDIDATES_MAX = 100 * 1000,
	/* routes: metodctl route solve, and what the core takes */
	METOD_ROUTE_TEACHERS_MAX = 2 * 1000 * 1000,
	METOD_ROUTE_ACTIVITIES_MAX = 2000,
	METOD_ROUTE_SESSIONS_MAX = 10000,
	METOD_ROUTE_ROWS_MAX = 20 * 1000 * 1000, /* of needs.csv, gains.csv, ... */
	METOD_ROUTE_WEEK_MAX = 100000,
	METOD_ROUTE_WEEKS_MAX = 530, /* of one calendar */
	METOD_ROUTE_MINUTES_MAX = 1000000,
	METOD_ROUTE_GAIN_MAX = 3000, /* the whole scale, per mille */
	METOD_ROUTE_GAINS_MAX = 256, /* of one activity */
	METOD_ROUTE_NEED_MAX = 1000,
	METOD_ROUTE_NODES = 3000, /* of branch and bound, when nobody says more */
	METOD_ROUTE_NODES_MAX = 10 * 1000 * 1000,
	METOD_CSV_COLUMNS_MAX = 64,
	METOD_CSV_CELL_MAX = 8192,
	METOD_STAGE_ROWS = 1000, /* rows of one import call; more are staged */

	/* domain */
	METOD_PERSONS_MAX = 200000,
	METOD_ERASED_KEYS_MAX = 10000,
	METOD_BACKUP_DAYS = 30, /* a copy outlives an erasure so long at most */
	METOD_TOLD_MAX = 8,     /* earlier publications that a cell remembers */
	METOD_COMPETENCIES_MAX = 64,
	METOD_ITEMS_FORM_MAX = 400,
	METOD_PAGE_ITEMS_MAX = 6, /* statements of one page */
	METOD_WISHES_MAX = 3,
	METOD_ROWS_MAX = 100000, /* rows of one reply */
};
