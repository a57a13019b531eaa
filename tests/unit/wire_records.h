/* SPDX-License-Identifier: Apache-2.0
 * Records of the codec tests and fuzz targets: every kind, every flag that matters on the
 * wire. Included by one program at a time; the descriptors are defined here. */
#pragma once

#include "metod/desc.h"

/* clang-format off */
#define PART_FIELDS(F, R)                                                              \
	F(R, STR,  code,  1, METOD_REQ, 1, 20, none, "Code")                           \
	F(R, REAL, share, 2, 0, 0, 1, none, "Share")                                   \
	F(R, STRS, tags,  3, 0, 0, 5, none, "Tags")
METOD_RECORD(part, PART_FIELDS)
METOD_RECORD_DEFINE(part, PART_FIELDS);

#define WHOLE_FIELDS(F, R)                                                             \
	F(R, U64,  id,     1, METOD_REQ, 1, 1.8446744073709552e19, none, "Id")         \
	F(R, I64,  shift,  2, 0, -1000, 1000, none, "Shift")                           \
	F(R, REAL, ratio,  3, 0, 0, 0, none, "Ratio")                                  \
	F(R, BOOL, young,  4, 0, 0, 1, none, "Young")                                  \
	F(R, STR,  name,   5, METOD_REQ, 1, 60, none, "Name")                          \
	F(R, BIN,  hash,   6, 0, 4, 32, none, "Hash")                                  \
	F(R, U64S, refs,   7, 0, 0, 50, none, "References")                            \
	F(R, I64S, steps,  8, 0, 0, 50, none, "Steps")                                 \
	F(R, STRS, words,  9, 0, 1, 10, none, "Words")                                 \
	F(R, REC,  main,  10, 0, 0, 0, part, "Main part")                              \
	F(R, RECS, parts, 11, 0, 0, 20, part, "Parts")                                 \
	/* 12 was "grade": never reused */                                            \
	F(R, I64,  until, 13, METOD_NULL | METOD_DATE, -20000, 100000, none, "Until")  \
	F(R, I64,  at,    14, METOD_TIME, 0, 9e15, none, "At")                         \
	F(R, I64,  score, 15, METOD_NULL | METOD_MILLI, -9e15, 9e15, none, "Score")    \
	F(R, STR,  secret, 16, METOD_SECRET, 0, 60, none, "Secret")                    \
	F(R, I64,  big,   17, METOD_NULL, 0, 0, none, "Big")                           \
	F(R, REALS, ends, 18, 0, 0, 20, none, "Ends")
METOD_RECORD(whole, WHOLE_FIELDS)
METOD_RECORD_DEFINE(whole, WHOLE_FIELDS);
/* clang-format on */
