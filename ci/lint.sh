#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# ci/lint.sh: everything that can be said about the tree without running it.
. "$(dirname "$0")/lib.sh"

passed=0 failed=0 skipped=0
check() { # NAME COMMAND…
    local name=$1 log
    shift
    if log=$("$@" 2>&1); then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf '%s\nlint: %s FAILED\n' "$log" "$name" >&2
    fi
}
format() { clang-format --dry-run --Werror src/*/*.[ch] fuzz/*.c; }
scripts() {
    shellcheck -x -P SCRIPTDIR -S warning ci/*.sh .ci/run &&
        shellcheck -x -P SCRIPTDIR -S error tests/bats/*.bats tests/bats/*.bash
}
cloexec() {
    # every descriptor is close-on-exec at birth
    ! grep -nE '\b(open|openat)\([^;]*O_(RDONLY|WRONLY|RDWR|PATH)' -r src --include='*.c' | grep -vE 'O_CLOEXEC|sys_|inherited: '
}
tidy() { printf '%s\n' src/*/*.c | xargs -P "$JOBS" -n 8 clang-tidy -p build/dev --quiet --extra-arg=-Wno-unknown-warning-option --extra-arg=-Wno-error 2>/dev/null; }
licences() { ! grep -L 'SPDX-License-Identifier: Apache-2.0' src/*/*.[ch] fuzz/*.c tests/*/*.c tests/bats/*.ba* ci/*.sh | grep .; }

if command -v clang-format >/dev/null; then check format format; else skipped=$((skipped + 1)); fi
if command -v shellcheck >/dev/null; then check scripts scripts; else skipped=$((skipped + 1)); fi
check includes ci/check-includes.sh
check sizes ci/check-sizes.sh
check cloexec cloexec
check licences licences
check differences ci/differences.sh
[ -x build/dev/lorica ] || ci/build.sh dev
check cli ci/check-cli.sh
check conformance ci/check-conformance.sh
check security ci/check-security.sh
[ -e build/dev/liblorica_core.a ] || ci/build.sh dev
check purity ci/check-purity.sh build/dev
if command -v clang-tidy >/dev/null; then check tidy tidy; else skipped=$((skipped + 1)); fi
tally lint $passed $failed $skipped
echo "lint: $passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
