#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every fuzz target for SECONDS_EACH (60) seconds under ASan and UBSan, starting from its corpus.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=build/fuzz
mkdir -p "$out"
make -s build/gen/catalogue.c build/gen/web_files.c
for target in tests/fuzz/fuzz_*.c; do
	name=$(basename "$target" .c)
	mkdir -p "$out/$name"
	clang -g -O1 -std=c11 -D_GNU_SOURCE -fno-strict-aliasing -fsanitize=fuzzer,address,undefined \
		-Iinclude -Ipo -Idaemon -o "$out/$name.run" "$target" lib/base/*.c lib/wire/*.c lib/conf/*.c \
		daemon/web/gate.c po/i18n.c build/gen/catalogue.c \
		-lmsgpackc -ljansson -lyaml -lm
	"$out/$name.run" -max_total_time="${SECONDS_EACH:-60}" -rss_limit_mb=512 -print_final_stats=1 \
		"$out/$name" "tests/fuzz/corpus/${name#fuzz_}" 2>&1 | tail -4
done
