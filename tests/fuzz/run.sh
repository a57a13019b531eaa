#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every fuzz target of a build for FUZZ_SECONDS (60) seconds, as many at once as there are
# processors, starting from its corpus. New inputs and findings stay below BUILD/found.
#   run.sh BUILD [NAME...]
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$1
shift
[ $# -gt 0 ] || set -- $(ls tests/fuzz | sed -n 's/^fuzz_\(.*\)\.c$/\1/p')
export build FUZZ_SECONDS="${FUZZ_SECONDS:-60}"
one() {
	local found="$build/found/$1"
	mkdir -p "$found"
	if "$build/tests/fuzz_$1" -max_total_time="$FUZZ_SECONDS" -timeout=10 -rss_limit_mb=1024 \
		-malloc_limit_mb=64 -max_len=16384 -print_final_stats=1 -artifact_prefix="$found/" \
		"$found" "tests/fuzz/corpus/$1" >"$found.log" 2>&1; then
		echo "ok     $1: $(sed -n 's/^stat::number_of_executed_units: *//p' "$found.log") executions"
	else
		tail -40 "$found.log"
		echo "FAILED $1"
		return 1
	fi
}
export -f one
mkdir -p "$build/found"
printf '%s\n' "$@" | xargs -P "$(nproc)" -I NAME bash -c 'one NAME' | tee "$build/found.log" || true
passed=$(grep -c '^ok ' "$build/found.log" || true)
echo "$passed passed, $(($# - passed)) failed ($FUZZ_SECONDS s each)"
[ "$passed" = $# ]
