/* SPDX-License-Identifier: Apache-2.0
 * Answers of the statistics commands: the keys of their JSON are a contract. */
#pragma once

#include "cli.h"
#include "metod/score.h"

/* clang-format off */
#define STATS_ITEM_FIELDS(F, R)                                                     \
	F(R, STR, name, 1, METOD_REQ, 0, 0, none, "Item")                           \
	F(R, U64, n, 2, METOD_REQ, 0, 0, none, "N")                                 \
	F(R, REAL, mean, 3, METOD_REQ, 0, 0, none, "Mean")                          \
	F(R, REAL, sd, 4, METOD_REQ, 0, 0, none, "SD")                              \
	F(R, REAL, item_rest, 5, METOD_REQ, 0, 0, none, "With the others")          \
	F(R, REAL, alpha_if_dropped, 6, METOD_REQ, 0, 0, none, "Alpha without it")  \
	F(R, U64S, counts, 7, METOD_REQ, 0, 0, none, "Answers")
METOD_RECORD(stats_item, STATS_ITEM_FIELDS)
#define STATS_SCALE_FIELDS(F, R)                                                    \
	F(R, U64, n, 1, METOD_REQ, 0, 0, none, "N")                                 \
	F(R, U64, k, 2, METOD_REQ, 0, 0, none, "Items")                             \
	F(R, REAL, alpha, 3, METOD_REQ, 0, 0, none, "Alpha")                        \
	F(R, REALS, alpha_ci, 4, METOD_REQ, 0, 0, none, "95 %")                     \
	F(R, REAL, omega, 5, METOD_REQ, 0, 0, none, "Omega")                        \
	F(R, REAL, sem, 6, METOD_REQ, 0, 0, none, "Error of measurement")           \
	F(R, REAL, mean, 7, METOD_REQ, 0, 0, none, "Mean")                          \
	F(R, REAL, sd, 8, METOD_REQ, 0, 0, none, "SD")                              \
	F(R, RECS, items, 9, METOD_REQ, 0, 0, stats_item, "Items")
METOD_RECORD(stats_scale, STATS_SCALE_FIELDS)

#define STATS_PARAM_FIELDS(F, R)                                                    \
	F(R, STR, name, 1, METOD_REQ, 1, METOD_NAME_MAX, none, "Item")              \
	F(R, REAL, a, 2, METOD_REQ, 0.05, 12, none, "Slope a")                      \
	F(R, REALS, b, 3, METOD_REQ, 1, METOD_CATEGORIES_MAX - 1, none, "Thresholds b")
METOD_RECORD(stats_param, STATS_PARAM_FIELDS)
#define STATS_PARAMS_FIELDS(F, R)                                                   \
	F(R, U64, n, 1, 0, 0, 0, none, "N")                                         \
	F(R, REAL, loglik, 2, 0, 0, 0, none, "Log-likelihood")                      \
	F(R, U64, iterations, 3, 0, 0, 0, none, "Cycles")                           \
	F(R, BOOL, converged, 4, 0, 0, 1, none, "Converged")                        \
	F(R, REAL, max_gradient_per_n, 5, 0, 0, 0, none, "Largest gradient / N")    \
	F(R, RECS, items, 6, METOD_REQ, 1, METOD_ITEMS_MAX, stats_param, "Items")
METOD_RECORD(stats_params, STATS_PARAMS_FIELDS)

#define STATS_SCORE_FIELDS(F, R)                                                    \
	F(R, STR, id, 1, METOD_REQ, 0, 0, none, "Id")                               \
	F(R, REAL, eap, 2, METOD_REQ, 0, 0, none, "EAP")                            \
	F(R, REAL, psd, 3, METOD_REQ, 0, 0, none, "PSD")                            \
	F(R, REAL, p_below, 4, METOD_REQ, 0, 0, none, "P below the cut")
METOD_RECORD(stats_score, STATS_SCORE_FIELDS)
#define STATS_SCORES_FIELDS(F, R) \
	F(R, RECS, rows, 1, METOD_REQ, 0, 0, stats_score, "Scores")
METOD_RECORD(stats_scores, STATS_SCORES_FIELDS)

#define STATS_CHANGE_FIELDS(F, R)                                                   \
	F(R, U64, n, 1, METOD_REQ, 0, 0, none, "N")                                 \
	F(R, REALS, alpha, 2, METOD_REQ, 0, 0, none, "Alpha")                       \
	F(R, REALS, mean, 3, METOD_REQ, 0, 0, none, "Mean")                         \
	F(R, REALS, sd, 4, METOD_REQ, 0, 0, none, "SD")                             \
	F(R, REAL, r12, 5, METOD_REQ, 0, 0, none, "r")                              \
	F(R, REAL, se_diff_jt, 6, METOD_REQ, 0, 0, none, "Error of a difference (JT)") \
	F(R, REAL, se_diff, 7, METOD_REQ, 0, 0, none, "Error of a difference")      \
	F(R, U64, down, 8, METOD_REQ, 0, 0, none, "Down")                           \
	F(R, U64, up, 9, METOD_REQ, 0, 0, none, "Up")                               \
	F(R, REAL, mean_change, 10, METOD_REQ, 0, 0, none, "Mean change")           \
	F(R, REALS, ci, 11, METOD_REQ, 0, 0, none, "95 %")                          \
	F(R, REAL, t, 12, METOD_REQ, 0, 0, none, "t")                               \
	F(R, REAL, d_av, 13, METOD_REQ, 0, 0, none, "d")
METOD_RECORD(stats_change, STATS_CHANGE_FIELDS)

/* clang-format on */
