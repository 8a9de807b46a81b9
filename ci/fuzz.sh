#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# ci/fuzz.sh [NAME…]: each fuzz target (default: all) for SECS seconds (default: 60) from its corpus. What is new goes
# into build/fuzz-new/NAME; a finding stays there as crash-* and is an error.
. "$(dirname "$0")/lib.sh"

SECS=${SECS:-60}
ci/build.sh fuzz
if [ $# = 0 ]; then
    for source in fuzz/fuzz_*.c; do
        target=$(basename "$source" .c)
        set -- "$@" "${target#fuzz_}"
    done
fi
passed=0 failed=0
for name; do
    new=build/fuzz-new/$name
    mkdir -p "$new"
    dict=()
    [ ! -e "fuzz/dict/fuzz_$name.dict" ] || dict=("-dict=fuzz/dict/fuzz_$name.dict")
    if build/fuzz/fuzz/"fuzz_$name" "${dict[@]}" -max_total_time="$SECS" -timeout=10 -rss_limit_mb=3000 \
        -artifact_prefix="$new/" -print_final_stats=1 "$new" "fuzz/corpus/fuzz_$name" >"$new.log" 2>&1 </dev/null; then
        passed=$((passed + 1))
        echo "fuzz $name: $(awk '/stat::number_of_executed_units/ { print $2 }' "$new.log") inputs, nothing found"
    else
        failed=$((failed + 1))
        tail -n 40 "$new.log" >&2
        echo "fuzz $name: FOUND something, see $new" >&2
    fi
done
tally fuzz "$passed" "$failed" 0
[ "$failed" = 0 ]
