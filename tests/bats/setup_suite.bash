# SPDX-License-Identifier: Apache-2.0
#
# Once per run: the programs under test, and a root file system that every test's bundle is linked from.

# The runtime under test, as an absolute path: $RUNTIME (a path, or a name on PATH), else the newest sensible build.
find_runtime() {
    local candidate
    if [ -n "${RUNTIME:-}" ]; then
        command -v "$RUNTIME" || return 1
        return
    fi
    for candidate in static release dev; do
        if [ -x "$1/build/$candidate/lorica" ]; then
            printf '%s\n' "$1/build/$candidate/lorica"
            return
        fi
    done
    return 1
}

find_probe() {
    local candidate
    for candidate in "${PROBE:-}" "$1"/build/{static,release,dev,asan,clang}/bin/probe; do
        [ -n "$candidate" ] && [ -x "$candidate" ] && printf '%s\n' "$candidate" && return
    done
    return 1
}

# Where an ordinary user may make cgroups: beside its own, or beneath it; "none" where it may not.
find_delegated() {
    local own
    export CGROUP_TOP=
    [ -n "$ROOTLESS" ] || return 0
    CGROUP_TOP=none
    [ "$CGROUP" = v2 ] || return 0
    own=$(sed -n 's/^0:://p' /proc/self/cgroup)
    if [ -w "/sys/fs/cgroup${own%/*}" ] && [ -w "/sys/fs/cgroup${own%/*}/cgroup.procs" ]; then
        CGROUP_TOP=${own%/*}
    elif [ -w "/sys/fs/cgroup$own" ]; then
        CGROUP_TOP=$own
    fi
}

setup_suite() {
    local top applet
    PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
    top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
    # an ordinary user: every configuration has a user namespace, and what takes root is skipped
    ROOTLESS=
    [ "$(id -u)" = 0 ] || ROOTLESS=1
    export ROOTLESS
    RUNTIME=$(find_runtime "$top") || { echo "no runtime: \`make\` first, or set RUNTIME" >&2; return 1; }
    RUNTIME=$(realpath -s "$RUNTIME")
    PROBE=$(find_probe "$top") || { echo "no probe: \`make\` first" >&2; return 1; }
    PEER=$(dirname "$PROBE")/peer
    AGENT=$(dirname "$PROBE")/agent
    NOSYS=${PROBE%/*}/nosys
    RESCTRL=${PROBE%/*}/resctrl
    LEAKS=${PROBE%/*}/leaks
    BUSYBOX=$(command -v busybox) || { echo "busybox (busybox-static) is missing" >&2; return 1; }
    # for configurations and states, thousands of times: gojq starts ten times faster than jq 1.6
    # (it looks for ~/.jq, which may be somebody else's)
    JQ=$(command -v gojq) && "$JQ" -n 1 >/dev/null 2>&1 || JQ=$(command -v jq) || { echo "jq is missing" >&2; return 1; }
    case $(basename "$RUNTIME") in
    *crun*) RT_KIND=crun ;;
    *runc*) RT_KIND=runc ;;
    *) RT_KIND=lorica ;;
    esac
    RUN_TAG=$(od -An -N2 -tx2 /dev/urandom | tr -d ' ')
    export RUN_TAG
    export PATH RUNTIME PROBE PEER AGENT NOSYS RESCTRL LEAKS BUSYBOX JQ RT_KIND

    if [ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ]; then CGROUP=v2; else CGROUP=v1; fi
    export CGROUP
    find_delegated
    # where systemd puts containers: beneath pid 1's own slice, or a user's manager's
    export SLICE=system.slice
    if [ -n "$ROOTLESS" ] && [ "${CGROUP_MANAGER:-cgroupfs}" = systemd ]; then
        SLICE=user.slice
        CGROUP_TOP=$(sed -nE 's,^0::(.*/user@[0-9]+\.service)/.*,\1,p' /proc/self/cgroup)
        [ -n "$CGROUP_TOP" ] || { echo "CGROUP_MANAGER=systemd, and this is no service of a user's manager" >&2; return 1; }
    fi
    # the program itself, and what $RUNTIME adds to its command line
    export PROGRAM=$RUNTIME DRIVER_OPTION=
    if [ "${CGROUP_MANAGER:-cgroupfs}" = systemd ]; then
        [ "$(cat /proc/1/comm)" = systemd ] || { echo "CGROUP_MANAGER=systemd, and systemd is not pid 1" >&2; return 1; }
        mkdir "$BATS_RUN_TMPDIR/systemd"
        DRIVER_OPTION=--systemd-cgroup
        printf '#!/bin/sh\nexec %q %s "$@"\n' "$PROGRAM" "$DRIVER_OPTION" >"$BATS_RUN_TMPDIR/systemd/$RT_KIND"
        chmod 755 "$BATS_RUN_TMPDIR/systemd" "$BATS_RUN_TMPDIR/systemd/$RT_KIND"
        RUNTIME=$BATS_RUN_TMPDIR/systemd/$RT_KIND
    fi

    # a user namespace's root has to reach the bundles
    chmod 755 "$BATS_RUN_TMPDIR"
    # what every test's directory begins with (helpers.bash)
    export TEMPLATE=$BATS_RUN_TMPDIR/template
    export PROGRAMS=$TEMPLATE/bundle/rootfs/bin
    mkdir -p "$TEMPLATE/state" "$TEMPLATE"/bundle/rootfs/{bin,dev,etc,home,proc,root,run,sys,tmp,var}
    chmod 1777 "$TEMPLATE/bundle/rootfs/tmp"
    cp "$BUSYBOX" "$PROGRAMS/busybox"
    cp "$PROBE" "$PROGRAMS/probe"
    chmod 755 "$PROGRAMS/busybox" "$PROGRAMS/probe"
    for applet in sh true false cat echo ls id sleep mount umount stat readlink touch mkdir rm kill env pwd head wc \
        chmod mknod hostname grep test; do
        ln -s busybox "$PROGRAMS/$applet"
    done
}
