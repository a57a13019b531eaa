/* SPDX-License-Identifier: Apache-2.0
 * Publication of a wave: when it may happen, and its record. The counts come from
 * aggregate.c, already through the small-group rule. */
#include "aggregate.h"

struct publish_plan {
	uint64_t wave;
	uint64_t published; /* of the wave when it was counted */
	struct metod_str state;
	struct aggregate_result result;
};

/* A closed wave is published once: what would change later are only the sets of people,
 * and each of them would be a question about single ones. */
static bool is_final(const struct metod_wave *wave)
{
	return metod_str_is(wave->state, "closed") && wave->published_at != METOD_NIL &&
	    wave->published_at >= wave->closed;
}

/* The first refusal tells no number below 5, the second none at all. */
static enum metod_err check_answers(
    struct metod_call *call, const struct metod_wave *wave, uint64_t answers)
{
	if (answers < METOD_K)
		return metod_fail(call->err, METOD_SMALL, "wave", "%s",
		    metod_tr(call->lang, "fewer than 5 answers that may be counted"));
	if (metod_str_is(wave->state, "closed") ||
	    metod_smallgroup_may_refresh(wave->published, answers))
		return METOD_OK;
	metod_fail(call->err, METOD_SMALL, "wave", "%s",
	    metod_tr(call->lang, "fewer than 5 new answers since the last publication"));
	return metod_hint(call->err, "%s",
	    metod_tr(
		call->lang, "publish again when more have answered, or close the wave"));
}

enum metod_err metod_prepare_wave_publish(struct metod_call *call, const void *request)
{
	const struct metod_code_req *req = request;
	struct publish_plan *plan = METOD_NEW(call->arena, struct publish_plan);
	struct metod_wave wave;
	enum metod_err code = gate_wave(call, METOD_METHODIST, req->code, true, &wave);
	if (code == METOD_OK && !is_final(&wave))
		code = aggregate_wave(call, &wave, &plan->result);
	if (code == METOD_OK && !is_final(&wave))
		code = check_answers(call, &wave, plan->result.answers);
	if (code != METOD_OK)
		return code;
	plan->wave = wave.id;
	plan->published = wave.published;
	plan->state = wave.state;
	call->plan = plan;
	return METOD_OK;
}

enum metod_err metod_do_wave_publish(
    struct metod_call *call, const void *request, void *reply)
{
	const struct metod_code_req *req = request;
	const struct publish_plan *plan = call->plan;
	struct metod_done_rep *rep = reply;
	struct metod_wave wave;
	enum metod_err code = gate_wave(call, METOD_METHODIST, req->code, true, &wave);
	if (code != METOD_OK)
		return code;
	if (wave.id != plan->wave || wave.published != plan->published ||
	    !metod_str_eq(wave.state, plan->state))
		return metod_fail(call->err, METOD_CONFLICT, "wave", "%s",
		    metod_tr(call->lang, "the wave changed meanwhile, please repeat"));
	rep->code = wave.code;
	if (is_final(&wave)) {
		rep->note = metod_str(metod_tr(call->lang,
		    "This campaign is closed and published: its numbers no longer change."));
		return METOD_OK;
	}
	for (size_t i = 0; i < plan->result.n_releases; i++)
		metod_record(call->txn, METOD_E_RELEASED, &plan->result.releases[i]);
	/* Exports differ by 5 rows or by none, too. */
	if (wave.leaves_until == METOD_NIL || plan->result.answers == wave.published ||
	    metod_smallgroup_may_refresh(wave.published, plan->result.answers))
		wave.leaves_until = call->now_ms;
	wave.published = plan->result.answers;
	wave.published_at = call->now_ms;
	metod_record(call->txn, METOD_E_WAVE_PUT, &wave);
	rep->count = plan->result.n_releases;
	if (plan->result.waiting)
		rep->note = metod_str(metod_tr(call->lang,
		    "Some organisations have fewer than 5 new answers: these wait, so that the difference "
		    "of two publications shows nobody"));
	return METOD_OK;
}
