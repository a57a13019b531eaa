/* SPDX-License-Identifier: Apache-2.0
 * Checks of loaded content, apart from comparing and storing it. Only content.c and
 * content_check.c know this. */
#pragma once

#include "flow.h"

struct loading {
	struct metod_call *call;
	const struct metod_form_load_req *req;
	struct metod_forms_rep *rep;
	size_t cap;
	struct metod_str what; /* where in the request: "forms[0]" */
};

/* METOD_RANGE at a place below `what`; `named` is the value in question, may be empty. */
enum metod_err content_wrong(
    struct loading *load, const char *place, const char *text, struct metod_str named);
/* METOD_OK, or METOD_RANGE that names the place: every reference exists, every id is used
 * once. */
enum metod_err content_framework(
    struct loading *load, const struct metod_framework *framework);
enum metod_err content_form(struct loading *load, const struct metod_form *form);
enum metod_err content_paramset(struct loading *load, const struct metod_paramset *set);
enum metod_err content_rules(struct loading *load, const struct metod_rules *rules);
