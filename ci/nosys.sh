#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# ci/nosys.sh [CALL…]: tests/bats/nosys.bats for each newer system call in turn, on this machine's cgroups and on a pure
# cgroup2: what the runtime does on a kernel without that call (ENOSYS) and under a filter that forbids it (EPERM).
. "$(dirname "$0")/lib.sh"

# those of tests/probe/nosys.c, and all at once
calls=(openat2 open_tree move_mount fsopen fspick fsconfig fsmount mount_setattr close_range clone3 pidfd_open
    pidfd_send_signal pidfd_getfd faccessat2 fchmodat2 statx epoll_pwait2 memfd_create seccomp keyctl execveat bpf
    set_mempolicy set_mempolicy_home_node newer)
[ $# = 0 ] || calls=("$@")

one() { # LAYOUT ERRNO
    NOSYS_ROWS=$(printf "%s=$2 " "${calls[@]}") ci/private-ns.sh "$1" bats --tap tests/bats/nosys.bats \
        >"build/nosys$1-$2.tap" 2>&1 </dev/null || return 1
}
mkdir -p build
rm -f build/nosys-*.tap
status=0
running=0
for layout in -1 -2; do
    for errno in ENOSYS EPERM; do
        if [ "$running" -ge "$JOBS" ]; then
            wait -n || status=1
            running=$((running - 1))
        fi
        one $layout $errno &
        running=$((running + 1))
    done
done
while [ "$running" -gt 0 ]; do
    wait -n || status=1
    running=$((running - 1))
done
passed=0 failed=0 skipped=0
for log in build/nosys-*.tap; do
    f=$(grep -c '^not ok' "$log" || true)
    s=$(grep -cE '^ok .* # skip' "$log" || true)
    p=$(($(grep -c '^ok' "$log" || true) - s))
    if [ "$f" = 0 ] && [ "$((p + s))" != "$(sed -n '1s/^1\.\.//p' "$log")" ]; then # it ended early
        f=1
        tail -n 20 "$log" >&2
    fi
    awk '/^not ok/ { show = 1 } /^ok/ { show = 0 } show' "$log" >&2
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
done
[ "$status" = 0 ] || [ "$failed" != 0 ] || failed=1
tally nosys $passed $failed $skipped
echo "nosys: ${#calls[@]} calls, $passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
