/* SPDX-License-Identifier: Apache-2.0
 * F and Student quantiles by way of the incomplete beta function. Knows no statistics of
 * questionnaires. The libraries that have these functions are licensed GPL only. */
#include "distribution.h"

#include <math.h>

enum {
	FRACTION_MAX = 100000, /* steps: about sqrt(max(a, b)) are needed */
	HALVINGS = 200,
};

static double log_gamma(double x)
{
	int sign;

	return lgamma_r(x, &sign);
}

/* Keeps a step of the recursion below away from a division by zero. */
static double away(double x)
{
	return fabs(x) < 1e-300 ? 1e-300 : x;
}

/* Continued fraction of I_x(a, b) by the modified method of Lentz; quick for
 * x < (a+1)/(a+b+2). DLMF 8.17.22. */
static double fraction(double a, double b, double x)
{
	double c = 1, d = 1 / away(1 - (a + b) * x / (a + 1)), value = d;

	for (int m = 1; m < FRACTION_MAX; m++) {
		double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));

		d = 1 / away(1 + even * d);
		c = away(1 + even / c);
		value *= c * d;
		d = 1 / away(1 + odd * d);
		c = away(1 + odd / c);
		value *= c * d;
		if (fabs(c * d - 1) < 1e-15)
			break;
	}
	return value;
}

double metod_beta(double a, double b, double x)
{
	double front;

	if (x <= 0)
		return 0;
	if (x >= 1)
		return 1;
	front = exp(
	    log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * log(x) + b * log1p(-x));
	if (x < (a + 1) / (a + b + 2))
		return front * fraction(a, b, x) / a;
	return 1 - front * fraction(b, a, 1 - x) / b;
}

/* Halving: sure to end, and the function is cheap enough. */
double metod_beta_quantile(double a, double b, double p)
{
	double low = 0, high = 1;

	for (int i = 0; i < HALVINGS; i++) {
		double middle = (low + high) / 2;

		if (!(middle > low && middle < high))
			break;
		if (metod_beta(a, b, middle) < p)
			low = middle;
		else
			high = middle;
	}
	return (low + high) / 2;
}

double metod_f_quantile(double p, double d1, double d2)
{
	double x = metod_beta_quantile(d1 / 2, d2 / 2, p);
	/* Near 1 the rest is the more exact of the two. */
	double rest = x > .5 ? metod_beta_quantile(d2 / 2, d1 / 2, 1 - p) : 1 - x;

	return d2 * (1 - rest) / (d1 * rest);
}

double metod_t_quantile(double p, double degrees)
{
	double rest = metod_beta_quantile(degrees / 2, .5, 2 * (1 - p));

	return sqrt(degrees * (1 - rest) / rest);
}
