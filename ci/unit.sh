#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# ci/unit.sh [PRESET…]: build (default: dev) and run every ctest test: unit, kernel, corpus replay.
. "$(dirname "$0")/lib.sh"

status=0
[ $# -gt 0 ] || set -- dev
for preset; do
    ci/build.sh "$preset"
    log=build/$preset/ctest.log
    say "ctest, $preset"
    ctest --test-dir "build/$preset" -j "$JOBS" --output-on-failure --no-tests=ignore >"$log" 2>&1 || status=1
    # one line a test: "1/9 Test #1: unit-json ........   Passed    0.01 sec", "***Failed", "***Skipped", "***Timeout"
    read -r passed failed skipped < <(awk '
        /^ *[0-9]+\/[0-9]+ Test +#/ {
            if (/ Passed /) p++; else if (/\*\*\*Skipped|Not Run \(Disabled\)/) s++; else f++
        }
        END { print p + 0, f + 0, s + 0 }' "$log")
    [ "$status" = 0 ] || cat "$log" >&2
    tally "ctest-$preset" "$passed" "$failed" "$skipped"
    echo "ctest $preset: $passed passed, $failed failed, $skipped skipped"
done
exit $status
