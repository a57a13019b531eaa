/* SPDX-License-Identifier: Apache-2.0
 * Feeds each file of the command line to a fuzz target, so that the corpus runs with any
 * compiler. Fails when a file cannot be read; a defect stops the process in the
 * target. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metod/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *path)
{
	struct metod_buf bytes = {0};
	char block[65536];
	FILE *file = fopen(path, "rb");
	size_t n;
	int failed;

	if (!file) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return 1;
	}
	while ((n = fread(block, 1, sizeof(block), file)) > 0)
		metod_buf_add(&bytes, block, n);
	failed = ferror(file);
	fclose(file);
	if (!failed)
		LLVMFuzzerTestOneInput(bytes.n ? bytes.p : (const uint8_t *)"", bytes.n);
	metod_buf_done(&bytes);
	return failed;
}

int main(int argc, char **argv)
{
	int failed = argc < 2;

	for (int i = 1; i < argc; i++)
		failed += replay(argv[i]);
	printf("%d inputs, %d failed\n", argc - 1, failed);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
