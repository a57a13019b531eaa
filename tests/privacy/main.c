/* SPDX-License-Identifier: Apache-2.0
 * audit territories FIRST COUNT: random territories, published by the real commands.
 * audit systems: publications from standard input, as tests/privacy/test_daemon.py writes
 * them. Prints one line for each finding and the sums as JSON; status 1 if any. */
#include "territories.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool read_cell(FILE *in, size_t words, struct audit_cell *ret)
{
	int kind;
	long long lo, hi, n, atom;
	uint64_t *mask = calloc(words, sizeof *mask);
	ret->atoms = mask;
	if (fscanf(in, "%d %lld %lld %lld", &kind, &lo, &hi, &n) != 4)
		return false;
	ret->kind = (enum audit_kind)kind;
	ret->lo = lo;
	ret->hi = hi;
	for (long long i = 0; i < n; i++) {
		if (fscanf(in, "%lld", &atom) != 1)
			return false;
		mask[atom / 64] |= UINT64_C(1) << (atom % 64);
	}
	return true;
}

/* NAME n_atoms n_cells, then a line for each atom (n x) and cell (kind lo hi k atom...).
 */
static bool read_system(FILE *in, char name[64], struct audit_system *ret)
{
	size_t atoms, cells;
	if (fscanf(in, "%63s %zu %zu", name, &atoms, &cells) != 3)
		return false;
	*ret = (struct audit_system){name, calloc(atoms + 1, sizeof *ret->atoms), atoms,
	    calloc(cells + 1, sizeof *ret->cells), cells};
	for (size_t a = 0; a < atoms; a++) {
		long long n, x;
		if (fscanf(in, "%lld %lld", &n, &x) != 2)
			exit(2);
		ret->atoms[a] = (struct audit_atom){n, x, false};
	}
	for (size_t c = 0; c < cells; c++)
		if (!read_cell(in, atoms / 64 + 1, &ret->cells[c]))
			exit(2);
	return true;
}

int main(int argc, char **argv)
{
	struct audit_found found = {0};
	struct audit_system system;
	unsigned long long systems = 0, times = 0;
	char name[64];
	if (argc == 4 && strcmp(argv[1], "territories") == 0) {
		uint64_t first = strtoull(argv[2], NULL, 10);
		systems = strtoull(argv[3], NULL, 10);
		for (uint64_t i = 0; i < systems; i++)
			times += territory_audit(first + i, true, &found);
	} else if (argc == 2 && strcmp(argv[1], "systems") == 0) {
		for (; read_system(stdin, name, &system); systems++) {
			audit(&system, true, &found);
			for (size_t c = 0; c < system.n_cells; c++)
				free((void *)(uintptr_t)system.cells[c].atoms);
			free(system.atoms);
			free(system.cells);
		}
	} else
		return 2;
	printf(
	    "{\"systems\": %llu, \"publications\": %llu, \"cells\": %llu, \"shown\": %llu, \"groups\": %llu, \"solved\": %llu, "
	    "\"exact\": %llu, \"persons\": %llu, \"narrowed\": %llu, "
	    "\"classes\": %llu, \"broken\": %llu}\n",
	    systems, times, (unsigned long long)found.cells,
	    (unsigned long long)found.shown, (unsigned long long)found.targets,
	    (unsigned long long)found.solved, (unsigned long long)found.exact,
	    (unsigned long long)found.persons, (unsigned long long)found.narrowed,
	    (unsigned long long)found.classes, (unsigned long long)found.broken);
	return found.exact || found.narrowed || found.broken;
}
