/* SPDX-License-Identifier: Apache-2.0
 * Several sources about one competency of one person: what a teacher says, what was seen
 * in lessons, what an outside test found (method.md section 10). Pure. Values are in
 * units of theta. */
#pragma once

#include "metod/score.h"

/* Unshrunken value and its error variance. */
struct metod_value {
	double u, v;
};
/* u = EAP / r, v = PSD^2 / r with r = 1 - PSD^2. False when psd is not in 0..1. */
bool metod_unshrink(double eap, double psd, struct metod_value *ret);

struct metod_fusion_settings {
	double beta;          /* self-reports stand this much higher: .32 */
	double self_tau2;     /* disagreement of self and observers: 1.94 */
	double lesson_tau2;   /* of one lesson and the person: .96 */
	double sigma2;        /* of the trait: 1 */
	double same_observer; /* lessons of one observer repeat each other: .5 */
};
struct metod_fusion_settings metod_fusion_defaults(void);

enum metod_source_kind {
	METOD_SOURCE_SELF,
	METOD_SOURCE_LESSON,
	METOD_SOURCE_EXTERNAL, /* its tau2 and weight are declared with it */
};
struct metod_source {
	enum metod_source_kind kind;
	struct metod_value value;
	uint64_t observer;   /* of a lesson */
	double tau2, weight; /* EXTERNAL: disagreement; share of trust 0..1 */
	double share;        /* result: of the whole weight with the prior, 0..1 */
};

struct metod_fused {
	double mean, sd;
	double p_need, p_resource; /* P(theta < need cut), P(theta >= resource cut) */
	double prior_share;        /* what the prior weighs, 0..1 */
	size_t lessons;
};
/* At most one SELF. Fills `share` of every source. */
void metod_fuse(struct metod_source *sources, size_t n, double need_cut,
    double resource_cut, const struct metod_fusion_settings *settings,
    struct metod_fused *ret);

/* What may be said (method.md section 10.3). */
enum metod_evidence {
	METOD_EVIDENCE_NONE = 0,     /* no self-report and fewer than two lessons */
	METOD_EVIDENCE_DECLARED = 1, /* «заявлено» */
	METOD_EVIDENCE_NOT_DECLARED = 2,
	METOD_EVIDENCE_UNCLEAR = 3,   /* «на границе» */
	METOD_EVIDENCE_CONFIRMED = 4, /* «подтверждено» */
	METOD_EVIDENCE_OTHER_VIEW = 5, /* «на уроке видно иначе, чем в ответах» */
	METOD_EVIDENCE_NOT_CONFIRMED = 6,
	METOD_EVIDENCE_ABSENT = 7, /* «не выявлен» */
};
/* p_self: P(T < 1.5) of the self-report alone, NaN without one. Other second sources than
 * lessons count in `seconds`. One second source alone never changes the class. */
enum metod_evidence metod_evidence_of(double p_self, double p_fused, size_t seconds);

/* (u_self - beta - u_lessons) / its standard error; beyond 1.96 they disagree. NaN
 * without a self-report or a lesson. */
double metod_discrepancy(const struct metod_source *sources, size_t n,
    const struct metod_fusion_settings *settings);
