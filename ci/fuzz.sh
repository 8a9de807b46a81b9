#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# ci/fuzz.sh [NAME…]: each fuzz target (default: all) for SECS seconds (default: 60) from its corpus, JOBS at a time. What is new goes
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

# fuzz NAME: 0 when nothing was found
fuzz() {
    local new=build/fuzz-new/$1 dict=()
    mkdir -p "$new"
    [ ! -e "fuzz/dict/fuzz_$1.dict" ] || dict=("-dict=fuzz/dict/fuzz_$1.dict")
    if build/fuzz/fuzz/"fuzz_$1" "${dict[@]}" -max_total_time="$SECS" -timeout=10 -rss_limit_mb=3000 \
        -artifact_prefix="$new/" -print_final_stats=1 "$new" "fuzz/corpus/fuzz_$1" >"$new.log" 2>&1 </dev/null; then
        echo "fuzz $1: $(awk '/stat::number_of_executed_units/ { print $2 }' "$new.log") inputs, nothing found"
    else
        { tail -n 40 "$new.log"; echo "fuzz $1: FOUND something, see $new"; } >&2
        return 1
    fi
}

started=0 failed=0
for name; do
    [ "$started" -lt "$JOBS" ] || wait -n || failed=$((failed + 1))
    fuzz "$name" &
    started=$((started + 1))
done
for ((left = started < JOBS ? started : JOBS; left > 0; left--)); do wait -n || failed=$((failed + 1)); done
tally fuzz $((started - failed)) "$failed" 0
[ "$failed" = 0 ]
