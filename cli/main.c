/* SPDX-License-Identifier: Apache-2.0
 * Entry of metodctl; the program is metod_cli_main, so that tests link all of it. */
#include "cli.h"

int main(int argc, char **argv)
{
	return metod_cli_main(argc, argv);
}
