#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# ci/private-ns.sh [-1|-2] COMMAND…: run COMMAND in mount, pid, ipc and uts namespaces of its own, so that a runtime
# under test can neither leave mounts on the host nor outlive the call. The exit status is COMMAND's.
#   -1: /sys/fs/cgroup is a plain hybrid in which every controller is on a version 1 hierarchy (crun refuses any other)
#   -2: /sys/fs/cgroup is a pure cgroup2
set -euo pipefail

if [ "${1:-}" = --inside ]; then
    layout=$2
    shift 2
    # device nodes of its own: crun changes the owner of a /dev/null that it has as standard input
    dev=$(mktemp -d)
    mount -t tmpfs -o mode=755,nosuid tmpfs "$dev"
    for node in null zero full random urandom tty; do cp -a "/dev/$node" "$dev/$node"; done
    mkdir "$dev/pts" "$dev/shm" "$dev/mqueue"
    mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$dev/shm"
    mount --bind /dev/pts "$dev/pts"
    mknod -m 666 "$dev/ptmx" c 5 2 # not pts/ptmx, whose mode is up to the mount
    ln -s /proc/self/fd "$dev/fd"
    for n in 0:stdin 1:stdout 2:stderr; do ln -s "/proc/self/fd/${n%:*}" "$dev/${n#*:}"; done
    mount --move "$dev" /dev
    rmdir "$dev"
    exec </dev/null
    mount --make-rshared /
    case $layout in
    1)
        # mounting is private; which controllers are on version 1 is not, and ends with the last mount of each
        mounted=$(awk '$3 == "cgroup" { print $2 }' /proc/mounts)
        mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup
        for old in $mounted; do
            name=$(basename "$old")
            mkdir -p "/sys/fs/cgroup/$name"
            case $name in
            systemd) mount -t cgroup -o none,name=systemd cgroup "/sys/fs/cgroup/$name" ;;
            *) mount -t cgroup -o "$name" cgroup "/sys/fs/cgroup/$name" ;;
            esac
        done
        while read -r name hierarchy _ enabled; do
            [ "$hierarchy" = 0 ] && [ "$enabled" = 1 ] || continue
            mkdir -p "/sys/fs/cgroup/$name"
            mount -t cgroup -o "$name" cgroup "/sys/fs/cgroup/$name" 2>/dev/null || rmdir "/sys/fs/cgroup/$name"
        done < <(tail -n +2 /proc/cgroups)
        mkdir -p /sys/fs/cgroup/unified
        mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified
        ;;
    2) mount -t cgroup2 cgroup2 /sys/fs/cgroup ;;
    esac
    exec "$@"
fi

layout=
case ${1:-} in
-1) layout=1 && shift ;;
-2) layout=2 && shift ;;
esac
[ $# -gt 0 ] || { sed -n '4,7s/^# //p' "$0" >&2; exit 2; }
exec unshare --mount --pid --ipc --uts --fork --kill-child --mount-proc --propagation private \
    bash "$0" --inside "$layout" "$@"
