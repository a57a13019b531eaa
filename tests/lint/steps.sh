#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The sums of .ci/run are right: counts of all steps are added, a failing step without counts counts
# once, a step without end is ended, the exit status follows. Small steps stand in for real ones.
set -u
cd "$(dirname "$0")/../.." || exit 1
bad=0
ci() { # what is expected at the end, exit status, then the steps
	local want=$1 status=$2 said got
	said=$(bash -uo pipefail -c ". .ci/steps.sh
		$3
		finish ${4:-3600}" 2>&1)
	got=$?
	[ "${said##*$'\n'}" = "$want" ] && [ $got = "$status" ] && return
	printf 'steps: %s: expected "%s" and %s, got %s and\n%s\n' "$3" "$want" "$status" "$got" "$said"
	bad=1
}
ci '5 passed, 0 failed' 0 'step a 9 echo 2 passed, 0 failed; step b 9 echo 3 passed, 0 failed'
ci '4 passed, 1 failed' 1 'step a 9 sh -c "echo 1 passed, 1 failed; exit 1"; step b 9 echo 3 passed, 0 failed'
ci '3 passed, 1 failed' 1 'step a 9 false; step b 9 echo 3 passed, 0 failed'
ci '3 passed, 2 failed' 1 'step a 9 echo 3 passed, 2 failed'
ci '7 passed, 0 failed' 0 'step a 9 printf "9 passed, 9 failed\n7 passed, 0 failed\n"'
ci '0 passed, 0 failed' 1 'step a 9 true'
ci '0 passed, 1 failed' 1 'need a 9 false; step b 9 echo 3 passed, 0 failed'
ci '1 passed, 1 failed' 1 'step a 1 sh -c "echo 1 passed, 0 failed; sleep 9"'
ci '1 passed, 1 failed' 1 'step a 9 sh -c "echo 1 passed, 0 failed; sleep 2"' 1
[ $bad = 0 ] && echo "steps: the sums of .ci/run are right"
exit $bad
