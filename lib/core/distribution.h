/* SPDX-License-Identifier: Apache-2.0
 * Quantiles of the two distributions that intervals of reliability and change need. Pure.
 */
#pragma once

/* Regularised incomplete beta function I_x(a, b), a and b > 0, x in 0..1. Relative error
 * about 1e-12 for a and b up to a million. */
double metod_beta(double a, double b, double x);
/* The x with I_x(a, b) = p. */
double metod_beta_quantile(double a, double b, double p);
/* Quantile of F with d1 and d2 degrees of freedom; p strictly between 0 and 1. */
double metod_f_quantile(double p, double d1, double d2);
/* Quantile of Student's t; p in .5..1. */
double metod_t_quantile(double p, double degrees);
