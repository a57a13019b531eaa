/* SPDX-License-Identifier: Apache-2.0
 * Rows of the page records, and the binding of templates to them. */
#include "internal.h"

#include <string.h>

METOD_RECORD_DEFINE(web_frame, WEB_FRAME);
METOD_RECORD_DEFINE(web_carry, WEB_CARRY_FIELDS);
METOD_RECORD_DEFINE(web_plain_page, WEB_PLAIN_PAGE_FIELDS);
METOD_RECORD_DEFINE(web_enter_page, WEB_ENTER_PAGE_FIELDS);
METOD_RECORD_DEFINE(web_pin_page, WEB_PIN_PAGE_FIELDS);
METOD_RECORD_DEFINE(web_start_page, WEB_START_PAGE_FIELDS);
METOD_RECORD_DEFINE(web_question, WEB_QUESTION_FIELDS);
METOD_RECORD_DEFINE(web_answers_page, WEB_ANSWERS_PAGE_FIELDS);
METOD_RECORD_DEFINE(web_clash, WEB_CLASH_FIELDS);
METOD_RECORD_DEFINE(web_clash_page, WEB_CLASH_PAGE_FIELDS);
METOD_RECORD_DEFINE(web_check_group, WEB_CHECK_GROUP_FIELDS);
METOD_RECORD_DEFINE(web_check_page, WEB_CHECK_PAGE_FIELDS);
METOD_RECORD_DEFINE(web_area, WEB_AREA_FIELDS);
METOD_RECORD_DEFINE(web_grant, WEB_GRANT_FIELDS);
METOD_RECORD_DEFINE(web_me_page, WEB_ME_PAGE_FIELDS);
METOD_RECORD_DEFINE(web_route_page, WEB_ROUTE_PAGE_FIELDS);
METOD_RECORD_DEFINE(web_messages_page, WEB_MESSAGES_PAGE_FIELDS);
METOD_RECORD_DEFINE(web_sheet, WEB_SHEET_FIELDS);
METOD_RECORD_DEFINE(web_data_page, WEB_DATA_PAGE_FIELDS);
METOD_RECORD_DEFINE(web_message_page, WEB_MESSAGE_PAGE_FIELDS);

/* web_page copies the frame over the head of a page. */
#define FRAME_FITS(id, name, record)                                                     \
	_Static_assert(                                                                  \
	    offsetof(struct record, territory) == offsetof(struct web_frame, territory), \
	    "a page begins with the frame");
WEB_PAGES(FRAME_FITS)

enum metod_err web_bind_pages(struct web *web, struct metod_error *err)
{
	static const struct {
		const char *name;
		const struct metod_desc *desc;
	} pages[] = {
#define PAGE_ROW(id, name, record) {name, &record##_desc},
	    WEB_PAGES(PAGE_ROW)
#undef PAGE_ROW
	};
	struct metod_template_file files[64];
	size_t n = 0;
	enum metod_err e;

	for (size_t i = 0; i < web_files_n && n < METOD_LEN(files); i++) {
		if (strstr(web_files[i].name, ".html"))
			files[n++] = (struct metod_template_file){
			    web_files[i].name, {web_files[i].bytes, web_files[i].n}};
	}
	/* A name is looked up again at each rendering: the set keeps pointers to
	 * web_files only. */
	e = metod_templates_new(files, n, &web->templates, err);
	for (size_t i = 0; i < WEB_PAGES_N && !e; i++)
		e = metod_template_bind(
		    web->templates, pages[i].name, pages[i].desc, &web->pages[i], err);
	return e;
}

const struct web_file *web_file_find(const char *name)
{
	for (size_t i = 0; i < web_files_n; i++) {
		if (!strcmp(web_files[i].name, name))
			return &web_files[i];
	}
	return NULL;
}
