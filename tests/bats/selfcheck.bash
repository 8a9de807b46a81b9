# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What a container sees of itself, to be compared with what another start of the same one saw: `load selfcheck`.
#   configure_all     a bundle with something of everything, whose program prints it
#   $SELF_CHECK       the probe's commands that print it
#   comparable FILE   that output without what may differ;  bounding FILE   its bounding set

SELF_CHECK=(id caps prctl umask rlimits cwd fds signals uname keyring syscall acct device r c 1 11 read /proc/keys open cw /new
    open w /proc/sys/kernel/hostname ls /sys/firmware ls /dev stat /dev/null mounts read /proc/self/cgroup read /proc/self/oom_score_adj ns)
self_check() { probe_args "${SELF_CHECK[@]}"; }
# Without what differs from start to start, and what may: the options of a superblock, which /dev/null covers a file,
# how small the bounding set is (see one_fault), and whether the cgroup2 that is shown is a new mount or, where that is
# not permitted, a bind of the container's own cgroup, which shows less.
comparable() {
    local host
    host=$(readlink /proc/self/ns/user | tr -dc 0-9)
    sed "s/user:\[$host\]/host/; s/user:\[[0-9]*\]/own/" "$1" |
    sed -E 's/^mountinfo [0-9]+ [0-9]+ [0-9:]+/mountinfo/; s/(shared|master|propagate_from):[0-9]+/\1/g
        s/(pipe|socket|mnt|net|ipc|uts|pid|cgroup):\[[0-9]+\]/\1/g; s/^keyring .*/keyring/
        s/^mountinfo (.*) - ([^ ]+) ([^ ]+) .*/mountinfo \1 - \2 \3/; s#^mountinfo /null (/proc/[a-z_]+) .*#mountinfo /null \1#
        s#^mountinfo /[^ ]* (/sys/fs/cgroup [^ ]*) (master )?- cgroup2 .*#mountinfo / \1 - cgroup2#' |
        grep -v '^bounding'
}
bounding() { sed -n 's/^bounding \([0-9a-f]*\).*/\1/p' "$1"; }

configure_all() {
    [ "$CGROUP" = v1 ] && config '.linux.resources += {"pids": {"limit": 50}}'
    config '.process.user = {"uid": 1000, "gid": 1000, "additionalGids": [5], "umask": 63} | .process.oomScoreAdj = 300 | .linux.seccomp =
        {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["acct"], "action": "SCMP_ACT_ERRNO", "errnoRet": 100}]}'
    self_check
}

# same_container WHOLE THIS: two outputs of comparable. The same mounts with the same flags, made by other calls, may say
# less about where they came from.
same_container() {
    diff <(grep -v '^mountinfo' "$1") <(grep -v '^mountinfo' "$2") &&
        diff <(awk '$1 == "mountinfo" { print $3, $4 }' "$1" | sort) <(awk '$1 == "mountinfo" { print $3, $4 }' "$2" | sort)
}
