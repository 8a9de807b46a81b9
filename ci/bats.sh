#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# ci/bats.sh [-2] [NAME…]: the end-to-end tests of tests/bats (NAME: run, create, …; default: all), as root.
#   RUNTIME=crun|runc|PATH   the runtime under test (default: build/static/lorica, else release, else dev)
#   LORICA_ROOTLESS=1        as an ordinary user, with the configuration of one. Without a NAME only the files whose
#                            containers differ for one (user_files below); "all" are all
#   -2                       on a pure cgroup2 without controllers, in namespaces of its own
. "$(dirname "$0")/lib.sh"

wrap=()
name=bats
if [ "${1:-}" = -2 ]; then
    wrap=(ci/private-ns.sh -2)
    name=bats-v2
    shift
fi
# A peer may leave what it likes, or change the owner of /dev/null: it gets namespaces of its own.
if [ -n "${RUNTIME:-}" ]; then
    name=$name-$(basename "$RUNTIME")
    # build/asan/lorica is "asan"
    [ "$(basename "$RUNTIME")" != lorica ] || name=${name%-lorica}-$(basename "$(dirname "$RUNTIME")")
    case $RUNTIME in
    *crun | *runc) [ ${#wrap[@]} -gt 0 ] || wrap=(ci/private-ns.sh -1) ;;
    esac
fi
# the same tests as an ordinary user: what takes root says so and is skipped
if [ -n "${LORICA_ROOTLESS:-}" ]; then
    name=$name-user
    [ ${#wrap[@]} -gt 0 ] || wrap=(ci/private-ns.sh)
    wrap+=(ci/ordinary-user.sh)
fi
# Left out: what costs much and parses or prints (input, security, terminal, ...), and what looks at ids, sysctls and
# namespaces that are not an ordinary user's (mounts, names, namespaces).
user_files="bind caps cgroup2 cgroup_manager create delete devices exec hooks info kill list mounts_command
    pause process ps rootfs run seccomp sockets start user wait"
# shellcheck disable=SC2086
[ $# -gt 0 ] || [ -z "${LORICA_ROOTLESS:-}" ] || set -- $user_files
[ "${1:-}" != all ] || shift
files=()
for t; do files+=("tests/bats/$t.bats"); done
[ ${#files[@]} -gt 0 ] || files=(tests/bats)
mkdir -p build
log=build/$name.tap
status=0
say "bats, $name"
"${wrap[@]}" bats --tap "${files[@]}" >"$log" 2>&1 </dev/null || status=1
failed=$(grep -c '^not ok' "$log" || true)
skipped=$(grep -cE '^ok .* # skip' "$log" || true)
passed=$(($(grep -c '^ok' "$log" || true) - skipped))
if [ "$status" != 0 ]; then
    # each failure with its comments
    awk '/^not ok/ { show = 1 } /^ok/ { show = 0 } show' "$log" >&2
    [ "$failed" != 0 ] || { failed=1; tail -n 20 "$log" >&2; }
fi
tally "$name" "$passed" "$failed" "$skipped"
echo "$name: $passed passed, $failed failed, $skipped skipped (reasons in $log)"
exit $status
