/* SPDX-License-Identifier: Apache-2.0
 * Cholesky factorisation in place. */
#include "cholesky.h"

#include <math.h>

static bool factor(double *m, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j <= i; j++) {
			double sum = m[i * n + j];

			for (size_t k = 0; k < j; k++)
				sum -= m[i * n + k] * m[j * n + k];
			if (i != j)
				m[i * n + j] = sum / m[j * n + j];
			else if (sum > 0)
				m[i * n + i] = sqrt(sum);
			else
				return false;
		}
	}
	return true;
}

bool metod_cholesky_solve(double *m, double *b, size_t n)
{
	if (!factor(m, n))
		return false;
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < i; k++)
			b[i] -= m[i * n + k] * b[k];
		b[i] /= m[i * n + i];
	}
	for (size_t i = n; i-- > 0;) {
		for (size_t k = i + 1; k < n; k++)
			b[i] -= m[k * n + i] * b[k];
		b[i] /= m[i * n + i];
	}
	return true;
}
