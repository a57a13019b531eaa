/* SPDX-License-Identifier: Apache-2.0
 * All templates of the web process against the records of their pages, and their texts:
 * none is missing in Russian. No socket is opened. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "web/internal.h"

static struct web web;

static void every_template_fits_its_page(void **state)
{
	struct metod_error err = {0};

	(void)state;
	if (web_bind_pages(&web, &err))
		fail_msg("%s: %s %s", err.field, err.message, err.hint);
	for (size_t i = 0; i < WEB_PAGES_N; i++)
		assert_non_null(web.pages[i]);
}

/* Next "..." behind {{_ or {{_n; false at the end. */
static bool next_text(const char **at, char *text, size_t size)
{
	for (const char *tag; (tag = strstr(*at, "{{_")); *at = tag + 3) {
		const char *from, *to;

		if (tag[3] != ' ' && tag[3] != 'n')
			continue;
		from = strchr(tag, '"');
		to = from ? strchr(from + 1, '"') : NULL;
		assert_non_null(to);
		assert_true((size_t)(to - from) < size);
		memcpy(text, from + 1, (size_t)(to - from - 1));
		text[to - from - 1] = '\0';
		*at = to + 1;
		return true;
	}
	return false;
}

static void every_text_is_translated(void **state)
{
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < web_files_n; i++) {
		const char *at = web_files[i].bytes;
		char text[1000];

		while (next_text(&at, text, sizeof(text))) {
			n++;
			if (!strcmp(metod_trn(METOD_RU, text, text, 1), text))
				fail_msg("%s: \"%s\" has no Russian text",
				    web_files[i].name, text);
		}
	}
	assert_true(n > 150);
}

/* Content-Security-Policy lets none of it run, so none may be written. */
static void no_template_has_inline_code(void **state)
{
	static const char *const words[] = {"<script", "<style", " style=", " onclick",
	    " onload", "javascript:", "http://", "https://"};

	(void)state;
	for (size_t i = 0; i < web_files_n; i++) {
		if (!strstr(web_files[i].name, ".html"))
			continue;
		for (size_t w = 0; w < METOD_LEN(words); w++) {
			if (strstr(web_files[i].bytes, words[w]))
				fail_msg("%s has %s", web_files[i].name, words[w]);
		}
	}
}

/* A form without its token would be refused; one that writes needs a key of its own. */
static void every_form_has_its_token(void **state)
{
	(void)state;
	for (size_t i = 0; i < web_files_n; i++) {
		const char *at = web_files[i].bytes;

		if (!strstr(web_files[i].name, ".html"))
			continue;
		while ((at = strstr(at, "<form"))) {
			const char *end = strstr(at, "</form>");
			const char *token = strstr(at, "name=\"t\"");

			assert_non_null(end);
			if (!token || token > end)
				fail_msg("%s: a form without a token", web_files[i].name);
			at = end;
		}
	}
}

static void the_style_sheet_is_light(void **state)
{
	const struct web_file *css = web_file_find("metod.css");

	(void)state;
	assert_non_null(css);
	assert_true(css->n > 1000 && css->n < 15 * 1024);
	assert_int_equal(strlen(css->digest), 16);
}

static int end(void **state)
{
	(void)state;
	web.templates = metod_templates_free(web.templates);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_template_fits_its_page),
	    cmocka_unit_test(every_text_is_translated),
	    cmocka_unit_test(no_template_has_inline_code),
	    cmocka_unit_test(every_form_has_its_token),
	    cmocka_unit_test(the_style_sheet_is_light),
	};

	return cmocka_run_group_tests(tests, NULL, end);
}
