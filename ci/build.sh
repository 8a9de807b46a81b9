#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# ci/build.sh [PRESET…]: configure and build presets (default: static; release where no static build is possible).
# WERROR=1: warnings are errors. Prints nothing but errors when all is well.
. "$(dirname "$0")/lib.sh"

build() {
    local log=build/$1/build.log
    mkdir -p "build/$1"
    if ! cmake --preset "$1" -DLORICA_WERROR="${WERROR:+ON}" >"$log" 2>&1 ||
        ! cmake --build "build/$1" -j "$JOBS" >>"$log" 2>&1; then
        tail -n 60 "$log" >&2
        return 1
    fi
    say "built build/$1"
}

[ $# -gt 0 ] || set -- static
for preset; do
    build "$preset" || die "preset $preset does not build"
done
