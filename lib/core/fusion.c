/* SPDX-License-Identifier: Apache-2.0
 * Fusion of sources by their precision. Owns method.md section 10; must not know who the
 * observers are nor what is done with the result. */
#include "metod/fusion.h"

#include <math.h>

#define SURE .80
#define CLEAR .20

bool metod_unshrink(double eap, double psd, struct metod_value *ret)
{
	double reliability = 1 - psd * psd;

	if (!(psd > 0 && reliability > 0))
		return false;
	*ret = (struct metod_value){eap / reliability, psd * psd / reliability};
	return true;
}

struct metod_fusion_settings metod_fusion_defaults(void)
{
	return (struct metod_fusion_settings){.beta = .32,
	    .self_tau2 = 1.94,
	    .lesson_tau2 = .96,
	    .sigma2 = 1,
	    .same_observer = .5};
}

static size_t lessons_of(const struct metod_source *sources, size_t n, uint64_t observer)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += sources[i].kind == METOD_SOURCE_LESSON &&
		    sources[i].observer == observer;
	return count;
}

/* g: each of the lessons of one observer counts for less. */
static double trust(const struct metod_source *sources, size_t n,
    const struct metod_source *source, const struct metod_fusion_settings *settings)
{
	size_t same;

	if (source->kind != METOD_SOURCE_LESSON)
		return source->kind == METOD_SOURCE_SELF ? 1 : source->weight;
	same = lessons_of(sources, n, source->observer);
	return 1 / (1 + settings->same_observer * ((double)same - 1));
}

static double disagreement(
    const struct metod_source *source, const struct metod_fusion_settings *settings)
{
	switch (source->kind) {
	case METOD_SOURCE_SELF:
		return settings->self_tau2;
	case METOD_SOURCE_LESSON:
		return settings->lesson_tau2;
	case METOD_SOURCE_EXTERNAL:
		break;
	}
	return source->tau2;
}

static double normal(double z)
{
	return erfc(-z / sqrt(2)) / 2;
}

void metod_fuse(struct metod_source *sources, size_t n, double need_cut,
    double resource_cut, const struct metod_fusion_settings *settings,
    struct metod_fused *ret)
{
	double all = 1 / settings->sigma2, sum = 0;
	struct metod_fused fused = {0};

	for (size_t i = 0; i < n; i++) {
		struct metod_source *source = &sources[i];
		double u = source->value.u;

		if (source->kind == METOD_SOURCE_SELF)
			u -= settings->beta;
		source->share = trust(sources, n, source, settings) /
		    (source->value.v + disagreement(source, settings));
		all += source->share;
		sum += source->share * u;
		fused.lessons += source->kind == METOD_SOURCE_LESSON;
	}
	for (size_t i = 0; i < n; i++)
		sources[i].share /= all;
	fused.prior_share = 1 / settings->sigma2 / all;
	fused.mean = sum / all;
	fused.sd = sqrt(1 / all);
	fused.p_need = normal((need_cut - fused.mean) / fused.sd);
	fused.p_resource = normal((fused.mean - resource_cut) / fused.sd);
	*ret = fused;
}

static enum metod_evidence of_self(double p)
{
	if (isnan(p))
		return METOD_EVIDENCE_NONE;
	return p >= SURE ? METOD_EVIDENCE_DECLARED
	    : p <= CLEAR ? METOD_EVIDENCE_NOT_DECLARED
			 : METOD_EVIDENCE_UNCLEAR;
}

enum metod_evidence metod_evidence_of(double p_self, double p_fused, size_t seconds)
{
	if (seconds < 2)
		return of_self(p_self);
	if (p_fused >= SURE)
		return p_self <= CLEAR ? METOD_EVIDENCE_OTHER_VIEW
				       : METOD_EVIDENCE_CONFIRMED;
	if (p_fused <= CLEAR)
		return p_self >= SURE ? METOD_EVIDENCE_NOT_CONFIRMED
				      : METOD_EVIDENCE_ABSENT;
	return METOD_EVIDENCE_UNCLEAR;
}

double metod_discrepancy(const struct metod_source *sources, size_t n,
    const struct metod_fusion_settings *settings)
{
	const struct metod_source *self = NULL;
	double weights = 0, sum = 0, errors = 0, effective = 0;

	for (size_t i = 0; i < n; i++) {
		const struct metod_source *source = &sources[i];
		double g, w;

		if (source->kind == METOD_SOURCE_SELF)
			self = source;
		if (source->kind != METOD_SOURCE_LESSON)
			continue;
		g = trust(sources, n, source, settings);
		w = g / (source->value.v + settings->lesson_tau2);
		weights += w;
		sum += w * source->value.u;
		errors += w * w * source->value.v;
		effective += g; /* n / (1 + .5 (n - 1)) of each observer */
	}
	if (!self || !(weights > 0))
		return NAN;
	return (self->value.u - settings->beta - sum / weights) /
	    sqrt(self->value.v + errors / (weights * weights) +
		settings->lesson_tau2 / effective);
}
