/* SPDX-License-Identifier: Apache-2.0
 * Slips with invitation codes to print, cut and hand out. The codes are secrets: this
 * document is made only by a command that was asked for it. */
#include "metod/doc.h"

/* clang-format off */
#define DOC_SLIP_FIELDS(F, R)                                      \
	F(R, STR, org, 1, 0, 0, 0, none, "Organisation")              \
	F(R, STR, name, 2, 0, 0, 0, none, "Name")                     \
	F(R, STR, teacher, 3, 0, 0, 0, none, "Teacher")               \
	F(R, STR, code, 4, 0, 0, 0, none, "Invitation code")          \
	F(R, STR, url, 5, 0, 0, 0, none, "Address")
#define DOC_SLIPS_FIELDS(F, R)                                     \
	F(R, STR, lang, 1, 0, 0, 0, none, "Language")                 \
	F(R, STR, wave, 2, 0, 0, 0, none, "Wave")                     \
	F(R, BOOL, demo, 3, 0, 0, 1, none, "Training data")           \
	F(R, RECS, slips, 4, 0, 0, 0, doc_slip, "Invitations")
/* clang-format on */
METOD_RECORD(doc_slip, DOC_SLIP_FIELDS)
METOD_RECORD_DEFINE(doc_slip, DOC_SLIP_FIELDS);
METOD_RECORD(doc_slips, DOC_SLIPS_FIELDS)
METOD_RECORD_DEFINE(doc_slips, DOC_SLIPS_FIELDS);

static const char page[] =
    "<!DOCTYPE html>\n<html lang=\"{{lang}}\"><head><meta charset=\"utf-8\">"
    "<meta name=\"viewport\" content=\"width=device-width\">"
    "<title>{{_ \"Invitations\"}}: {{wave}}</title>\n<style>\n"
    "@page{size:A4;margin:10mm}\n"
    "body{font:11pt/1.35 \"PT Sans\",\"Liberation Sans\",Arial,sans-serif;color:#000;"
    "background:#fff;margin:0 auto;max-width:190mm}\n"
    ".slip{box-sizing:border-box;padding:6mm 4mm;border-bottom:1pt dashed #000;"
    "break-inside:avoid}\n"
    "h2{font-size:13pt;margin:0 0 2mm}p{margin:1mm 0}\n"
    ".code{font:bold 22pt/1.3 \"PT Mono\",\"Liberation Mono\",monospace;letter-spacing:.08em}\n"
    ".url{font-family:\"PT Mono\",\"Liberation Mono\",monospace;overflow-wrap:anywhere}\n"
    "</style></head><body><h1 hidden>{{_ \"Invitations\"}}: {{wave}}</h1>\n"
    "{{#slips}}<section class=\"slip\">{{?demo}}<p><b>{{_ \"Training data: invented people and "
    "numbers\"}}</b></p>{{/?}}<h2>{{name}}{{^name}}{{teacher}}{{/^}}</h2>"
    "{{?org}}<p>{{org}}</p>{{/?}}"
    "<p>{{_ \"Your personal code\"}}:</p><p class=\"code\">{{code}}</p>"
    "{{?url}}<p>{{_ \"Open in a browser\"}}: <span class=\"url\">{{url}}</span></p>{{/?}}"
    "<p>{{_ \"An invitation to think about your own work: {wave}.\"}}</p>"
    "<p>{{_ \"Take your time: stop when you like, the same code opens the page where you were "
    "on any device. There are no right or wrong answers.\"}}</p>"
    "<p>{{_ \"Only you see your result until you open it yourself. Taking part is voluntary; "
    "it is not for attestation, hiring or pay.\"}}</p></section>\n{{/slips}}</body></html>\n";

void metod_doc_invitations(const struct metod_invites_rep *invites,
    const char *public_url, bool demo, const struct metod_render *how,
    struct metod_buf *out)
{
	const struct metod_template_file file = {
	    "invitations.html", {page, sizeof(page) - 1}};
	struct doc_slips slips = {
	    .lang = metod_str(metod_lang_word(how->lang)),
	    .wave = invites->wave_title,
	    .demo = demo,
	    .slips = {METOD_NEWS(how->arena, invites->rows.n, struct doc_slip),
		invites->rows.n},
	};
	const struct metod_template *template;
	struct metod_templates *templates;
	struct metod_error err;

	for (size_t i = 0; i < invites->rows.n; i++) {
		const struct metod_invite_row *row = &invites->rows.p[i];
		struct doc_slip *slip = &slips.slips.p[i];

		*slip = (struct doc_slip){.org = row->org,
		    .name = row->name,
		    .teacher = row->teacher,
		    .code = row->code};
		if (public_url && *public_url)
			slip->url = metod_arena_printf(
			    how->arena, "%s/i/%.*s", public_url, METOD_FMT(row->code));
	}
	if (metod_templates_new(&file, 1, &templates, &err))
		return;
	if (!metod_template_bind(
		templates, "invitations", &doc_slips_desc, &template, &err))
		metod_template_render(template, &slips, how, out);
	metod_templates_free(templates);
}
