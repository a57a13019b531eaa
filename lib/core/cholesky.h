/* SPDX-License-Identifier: Apache-2.0
 * Linear equations with a positive definite matrix. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Solves m x = b for a symmetric positive definite n x n matrix (row by row): x takes the
 * place of b, m is destroyed. False when m is not positive definite. */
bool metod_cholesky_solve(double *m, double *b, size_t n);
