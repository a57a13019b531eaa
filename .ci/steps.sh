# SPDX-License-Identifier: Apache-2.0
# Sourced by .ci/run: `step NAME LIMIT COMMAND...` runs a step and goes on; `finish TOTAL` prints what
# each took beside its limit in seconds, and as the last line the sum `N passed, N failed` over the
# last such line of each step. A step that fails counts at least once. A step is ended, and has
# failed, at three times its limit; between, it is marked as late only, for machines differ. All
# steps together may take TOTAL seconds.
steps=() passed=0 failed=0
report=$(mktemp)
trap 'rm -f "$report"' EXIT
step() {
	local name=$1 limit=$2 begun=$SECONDS status=0 counts mark=ok
	shift 2
	printf '\n== %s (at %s s)\n' "$name" "$SECONDS"
	timeout --kill-after=30 $((limit * 3)) "$@" 2>&1 | tee "$report" || status=${PIPESTATUS[0]}
	counts=$(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed.*/\1 \2/p' "$report" | tail -1)
	: "${counts:=0 0}"
	passed=$((passed + ${counts% *}))
	failed=$((failed + ${counts#* }))
	[ "$status" = 0 ] || [ "${counts#* }" != 0 ] || failed=$((failed + 1))
	local took=$((SECONDS - begun))
	[ "$took" -le "$limit" ] || mark=late
	[ "$status" != 124 ] && [ "$status" != 137 ] || mark="no end"
	[ "$status" = 0 ] && [ "${counts#* }" = 0 ] || mark="FAILED, status $status"
	steps+=("$(printf '%-16s %6d %6d  %6d %6d  %s' "$name" "$took" "$limit" ${counts% *} \
		${counts#* } "$mark")")
	return 0
}
# A step without which the others make no sense.
need() {
	step "$@"
	[ "$failed" = 0 ] || finish "${total:-3600}"
}
finish() {
	local mark=ok
	[ "$SECONDS" -le "$1" ] || {
		mark=FAILED
		failed=$((failed + 1))
	}
	printf '\n%-16s %6s %6s  %6s %6s\n' step seconds limit passed failed
	printf '%s\n' "${steps[@]}"
	printf '%-16s %6d %6d  %6d %6d  %s\n' total "$SECONDS" "$1" "$passed" "$failed" "$mark"
	echo "$passed passed, $failed failed"
	[ "$failed" = 0 ] && [ "$passed" != 0 ]
	exit
}
