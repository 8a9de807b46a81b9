# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What every file of tests/bats begins with: `load helpers`. docs/testing.md explains how to write a test with it.
#
#   $RUNTIME $RT_KIND   the runtime under test, and which it is: lorica, crun or runc
#   $PROGRAM $DRIVER_OPTION  the program behind $RUNTIME, and the option for the cgroup manager, which may be none
#   $CGROUP             v1 or v2
#   $CGROUP_MANAGER     cgroupfs, or systemd: $RUNTIME adds --systemd-cgroup, and every container is a unit
#   $BUNDLE $ROOTFS     this test's bundle, made from busybox and the probe; config.json is data/config.json
#   $STATE $ID          this test's state root and the name of its container
#   $T                  a directory for whatever else
#
# Each test ends with a leak check: no cgroup, mount, process, state or host setting may be left behind.

bats_require_minimum_version 1.5.0

# ---- set up and tear down; a file with its own setup() calls lorica_setup first ----

setup() { lorica_setup; }
teardown() { lorica_teardown; }

lorica_setup() {
    [ -z "${ROOTLESS:-}" ] || skip_root_only
    T=$BATS_TEST_TMPDIR
    BUNDLE=$T/bundle
    ROOTFS=$BUNDLE/rootfs
    STATE=$T/state
    # part of every name that we make in /sys/fs/cgroup; the process id keeps concurrent runs apart, and
    # $RUN_TAG those in different pid namespaces
    ID=lt$RUN_TAG$$-$BATS_SUITE_TEST_NUMBER
    RT_TIMEOUT=30
    BACKGROUND=()
    cp -a --link "$TEMPLATE/." "$T"
    fill_bundle "$BUNDLE"
    # as the test before this one has left it
    HOST_FACTS=$BATS_RUN_TMPDIR/host-facts
    [ -e "$HOST_FACTS" ] || host_facts >"$HOST_FACTS"
    core_pattern=$(</proc/sys/kernel/core_pattern)
    mountinfo_before=$(</proc/self/mountinfo)
}

# cgroups_path [NAME]: cgroupsPath of this test's bundle, or of another one of the test, as the cgroup manager wants it
cgroups_path() {
    if [ "$CGROUP_MANAGER" = systemd ]; then
        echo "$SLICE:$ID:${1:-c}"
    else
        echo "/$ID${1:+-$1}"
    fi
}

# data/root-only: FILE<TAB>TEST<TAB>REASON, what an ordinary user cannot do, or cannot look at. TEST may end in "*".
# A reason that begins with "cgroup: " counts where no cgroup was delegated.
skip_root_only() {
    local reason
    reason=$(awk -F '\t' -v f="$(basename "$BATS_TEST_FILENAME" .bats)" -v t="$BATS_TEST_DESCRIPTION" -v top="$CGROUP_TOP" '
        $1 != f || ($3 ~ /^cgroup: / && top != "none") { next }
        $2 == t || (sub(/[*]$/, "", $2) && index(t, $2) == 1) { print $3; exit }' "$BATS_TEST_DIRNAME/data/root-only")
    [ -z "$reason" ] || skip "needs root: $reason"
}

# new_bundle DIR: programs are links to the template's, everything else is its own
new_bundle() {
    cp -a --link --no-target-directory "$TEMPLATE/bundle" "$1"
    fill_bundle "$1"
}
fill_bundle() {
    local path config
    printf '%s\n' root:x:0:0:root:/root:/bin/sh alice:x:1000:1000:Alice:/home/alice:/bin/sh >"$1/rootfs/etc/passwd"
    printf '%s\n' root:x:0: alice:x:1000: team:x:2000:alice >"$1/rootfs/etc/group"
    path=$(cgroups_path)
    config=$(<"$BATS_TEST_DIRNAME/data/config.json")
    printf '%s\n' "${config/@cgroupsPath@/"$path"}" >"$1/config.json"
    [ -z "${ROOTLESS:-}" ] || BUNDLE=$1 config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = $map
        | .linux.gidMappings = $map' --argjson map "$(ordinary_ids)"
}

# ordinary_ids: the mappings of an ordinary user's bundle: itself is root, the others are its subordinate ids
ordinary_ids() {
    awk -F: -v user="$(id -un)" -v id="$(id -u)" '$1 == user { first = $2; n = $3 }
        END { printf "[{\"containerID\": 0, \"hostID\": %d, \"size\": 1}", id
            if (n) printf ", {\"containerID\": 1, \"hostID\": %d, \"size\": %d}", first, n
            print "]" }' /etc/subuid
}

# rootless_config UID: as `spec --rootless` would have written it for that user, of what new_bundle wrote
rootless_config() {
    config 'del(.linux.namespaces[] | select(.type == "network")) | .linux.namespaces += [{type: "user"}]
        | .linux.uidMappings = [{containerID: 0, hostID: $u, size: 1}] | .linux.gidMappings = .linux.uidMappings
        | (.mounts[] | select(.type == "devpts").options) -= ["gid=5"]
        | (.mounts[] | select(.type == "sysfs")) |= {destination, type: "none", source: "/sys",
            options: ["rbind", "nosuid", "noexec", "nodev", "ro"]}
        | del(.linux.resources, .linux.cgroupsPath)' --argjson u "$1"
}

# own_programs: give this bundle copies of its programs, for tests that change them
own_programs() {
    local p
    for p in busybox probe; do
        rm "$ROOTFS/bin/$p"
        cp "$PROGRAMS/$p" "$ROOTFS/bin/$p"
    done
}

lorica_teardown() {
    local pid id leaks=
    # skipped before lorica_setup: an empty name would match everything
    [ -n "${ID:-}" ] || return 0
    for pid in "${BACKGROUND[@]}"; do
        kill -KILL "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    for id in "$STATE"/*; do
        [ -e "$id" ] || continue
        rt delete --force "${id##*/}" >/dev/null 2>&1 || true
    done
    leaks=$(find_leaks)
    if [ -n "$leaks" ]; then
        # what is gone a moment later was only slow
        sleep 0.5
        leaks=$(find_leaks)
    fi
    if [ -n "$leaks" ]; then
        printf 'left behind:\n%s\n' "$leaks"
        clean_leaks
        host_facts >"$HOST_FACTS"
        # peers are allowed theirs: docs/differences.md
        [ "$RT_KIND" != lorica ] || return 1
    fi
    # never through a mount that a faulty runtime left in there
    rm -rf --one-file-system "$BUNDLE"
}

# (Set up and leak check run once for each of a thousand tests: they start as few programs as they can.)
host_facts() { "$LEAKS" facts; }

# settled_mounts MOUNTINFO: without those that the host's own services, or another run of these tests, may make at any time
settled_mounts() {
    awk -v ours="$BATS_RUN_TMPDIR/" 'index($5, "/bats-run-") && index($5, ours) != 1 { next }
        $5 !~ "^/(var/lib/(docker|containers|containerd)|run/(user|docker|containerd|netns)|mnt)/" {
        print $4, $5, $6, $7 }' <<<"$1" | sort
}
# same_mounts: those of the host are what they were before the test
same_mounts() {
    local now
    now=$(</proc/self/mountinfo)
    [ "$now" = "$mountinfo_before" ] || [ "$(settled_mounts "$now")" = "$(settled_mounts "$mountinfo_before")" ]
}

our_cgroups() { "$LEAKS" cgroups "$ID"; }
# those that sit in one of our cgroups, or were started by rt()
our_processes() { "$LEAKS" processes "$ID"; }

find_leaks() {
    local x
    "$LEAKS" all "$ID" "$HOST_FACTS"
    same_mounts || diff <(settled_mounts "$mountinfo_before") <(settled_mounts "$(</proc/self/mountinfo)") | sed -n 's/^[<>]/mount   &/p'
    # caches (".something") may stay in a state root
    for x in "$STATE"/*; do [ ! -e "$x" ] || echo "state   ${x##*/}"; done
}

clean_leaks() {
    local x
    for x in $(our_processes); do kill -KILL "$x" 2>/dev/null; done
    sleep 0.1
    our_cgroups | while read -r x; do
        [ -e "$x/freezer.state" ] && echo THAWED >"$x/freezer.state"
        rmdir "$x"
    done 2>/dev/null
    chown 0:0 /dev/null
    chmod 666 /dev/null
    echo "$core_pattern" >/proc/sys/kernel/core_pattern
    awk -v t="$T/" 'index($5, t) == 1 { print $5 }' /proc/self/mountinfo | tac | while read -r x; do umount -l "$x"; done
    rm -rf --one-file-system "$STATE"
}

# ---- running the runtime ----

# rt ARG…: the runtime with this test's state root, and a time limit that kills it
rt() {
    # 3 is bats' own: whoever keeps it open keeps bats waiting
    LORICA_TEST_ID=$ID timeout -k 2 "$RT_TIMEOUT" "$RUNTIME" --root "$STATE" "$@" 3>&-
}

# rt_run [ARG…]: `run` of $BUNDLE as $ID, status and output as bats' run leaves them
rt_run() { run rt run --bundle "$BUNDLE" "$@" "$ID"; }
# rt_create [ARG…]: the container's output goes to $T/container.out
rt_create() { rt create --bundle "$BUNDLE" "$@" "$ID" </dev/null >"$T/container.out" 2>&1; }
rt_start() { rt start "$ID"; }

# rt_background [ARG…]: an attached run in the background; its pid in $PID, its output in $T/container.out
rt_background() {
    LORICA_TEST_ID=$ID "$RUNTIME" --root "$STATE" run --bundle "$BUNDLE" "$@" "$ID" </dev/null >"$T/container.out" 2>&1 3>&- &
    PID=$!
    BACKGROUND+=("$PID")
}

# try COMMAND…: like run, for what may leave a process that keeps its output open (run would wait for that one)
try() {
    status=0
    "$@" </dev/null >"$T/try.out" 2>&1 3>&- || status=$?
    output=$(cat "$T/try.out")
}

# await PID: its exit status in $status
await() {
    local end=$((SECONDS + RT_TIMEOUT))
    while kill -0 "$1" 2>/dev/null; do
        if [ "$SECONDS" -ge "$end" ]; then
            echo "still running after $RT_TIMEOUT s: $1"
            kill -KILL "$1"
        fi
        sleep 0.01
    done
    status=0
    wait "$1" || status=$?
}

# rt_detach [ARG…]: `run --detach` of what the configuration says
rt_detach() { rt run --detach --bundle "$BUNDLE" "$@" "$ID" </dev/null >"$T/container.out" 2>&1; }

state_of() { rt state "${1:-$ID}" | "$JQ" -r .status; }
pid_of() { rt state "${1:-$ID}" | "$JQ" -r .pid; }

# wait_for SECONDS COMMAND…: until it succeeds
wait_for() {
    local end=$((SECONDS + $1 + 1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$end" ] || { echo "waited in vain for: $*"; return 1; }
        sleep 0.02
    done
}
is_state() { [ "$(state_of)" = "$1" ]; }
is_printed() { grep -qF -- "$1" "$T/container.out"; }

# ---- editing the bundle ----

# config JQ-PROGRAM [JQ-ARG…]
config() {
    local program=$1 new
    shift
    new=$("$JQ" "$program" "$@" <"$BUNDLE/config.json") && printf '%s\n' "$new" >"$BUNDLE/config.json"
    [ -z "${ROOTLESS:-}" ] || delegated_path
}

# An ordinary user's cgroup paths begin at what was delegated to it; where nothing was, there are none.
delegated_path() {
    "$JQ" --arg id "/$ID" --arg top "$CGROUP_TOP" 'if (.linux? | type) != "object" then . # a test of such input
        elif $top == "none" then del(.linux.cgroupsPath)
        else (.linux.cgroupsPath | strings | select(startswith($id))) |= $top + . end' \
        <"$BUNDLE/config.json" >"$BUNDLE/config.new" && mv "$BUNDLE/config.new" "$BUNDLE/config.json"
}

# args ARG…: the container's program
args() { config '.process.args = $ARGS.positional' --args -- "$@"; }

# probe_args COMMAND…: the probe is the container's program
probe_args() { args /bin/probe "$@"; }

# probe COMMAND…: run the probe in a container with the configuration as it stands; must exit 0
probe() {
    probe_args "$@"
    rt_run
    [ "$status" = 0 ] || { show; return 1; }
}

# add_mount JSON, add_hook KIND JSON
add_mount() { config '.mounts += [$m]' --argjson m "$1"; }
add_hook() { config '.hooks[$k] += [$h]' --arg k "$1" --argjson h "$2"; }

# hook_script NAME TEXT: an executable script on the host, its path printed
hook_script() {
    printf '#!/bin/sh\n%s\n' "$2" >"$T/$1"
    chmod 755 "$T/$1"
    printf '%s\n' "$T/$1"
}

# all_caps: bounding, effective and permitted hold everything
all_caps() {
    config '.process.capabilities |= ([$ARGS.positional[] | "CAP_" + .] as $c
        | {bounding: $c, effective: $c, permitted: $c})' --args CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL \
        SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER \
        SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_NICE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE \
        AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG AUDIT_READ
}

writable_root() { config '.root.readonly = false'; }

# user_namespace: ids 0-65535 of the container are 100000-165535 of the host
user_namespace() {
    needs_root "files of other users"
    config '.linux.namespaces += [{"type": "user"}]
        | .linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}]
        | .linux.gidMappings = .linux.uidMappings'
    own_programs # the template's have other links, to other tests' bundles
    chown -R 100000:100000 "$ROOTFS"
}

# needs_soft_limit DIRECTORY: of a memory cgroup of version 1. Linux 7.2 takes any and keeps none.
needs_soft_limit() {
    local file=$1/memory.soft_limit_in_bytes before
    before=$(cat "$file")
    echo 16777216 >"$file"
    [ "$(cat "$file")" = 16777216 ] || skip "this kernel has no soft limit of memory"
    echo "$before" >"$file"
}

# rounds N: the numbers from 1 for what chance has to show; a tenth of them in a virtual machine, where all is slow, and
# LORICA_ATTACK_ROUNDS where somebody has the time
rounds() { if [ -n "${LORICA_ATTACK_ROUNDS:-}" ]; then seq "$LORICA_ATTACK_ROUNDS"; elif [ -n "${LORICA_VM:-}" ]; then seq $((($1 + 9) / 10)); else seq "$1"; fi; }

# take_terminal SOCKET NAME: somebody who takes one terminal there; what is typed is read from $T/NAME.in, what is printed goes
# to $T/NAME.out, what came to $T/NAME.info. For BACKGROUND's sake not in a subshell
take_terminal() {
    mkfifo "$T/$2.in"
    "$PEER" console "$1" <>"$T/$2.in" >"$T/$2.out" 2>"$T/$2.info" 3>&- &
    BACKGROUND+=("$!")
    wait_for 5 grep -q listening "$T/$2.info"
}

# gone PID: no such process, or nothing but a zombie that its new parent has not reaped yet
gone() {
    # it may go while we look
    ! [ -d "/proc/$1" ] || grep -qs '^State:[[:space:]]*[ZX]' "/proc/$1/status" || ! [ -d "/proc/$1" ]
}

# ---- looking at results ----

show() { printf 'status %s\n%s\n' "$status" "$output"; }

# succeeds, fails [STATUS]
succeeds() { [ "$status" = 0 ] || { show; return 1; }; }
fails() {
    if [ -n "${1:-}" ] && [ "$RT_KIND" != crun ]; then # crun also knows 255
        [ "$status" = "$1" ] || { echo "expected status $1"; show; return 1; }
    else
        # 124 and 137: it did not fail, it hung
        [ "$status" != 0 ] && [ "$status" != 124 ] && [ "$status" != 137 ] && { [ "$status" -lt 129 ] || [ "$status" = 255 ]; } ||
            { echo "expected a failure"; show; return 1; }
    fi
}

# has LINE: a whole line of $output; lacks LINE; matches ERE: somewhere in it; never ERE
has() { grep -qxF -- "$1" <<<"$output" || { printf 'no line: %s\n' "$1"; show; return 1; }; }
lacks() { ! grep -qxF -- "$1" <<<"$output" || { printf 'unwanted line: %s\n' "$1"; show; return 1; }; }
matches() { grep -qE -- "$1" <<<"$output" || { printf 'no match: %s\n' "$1"; show; return 1; }; }
never() { ! grep -qE -- "$1" <<<"$output" || { printf 'unwanted match: %s\n' "$1"; show; return 1; }; }

# not COMMAND…: fails if it succeeds (a plain "! COMMAND" in the middle of a test does not)
not() {
    if "$@" 2>/dev/null; then
        echo "unexpectedly: $*"
        return 1
    fi
}

# The wording of errors. says: what callers match, in runc's words, so lorica and runc must say it.
# lorica_says: lorica's own words.
says() { [ "$RT_KIND" = crun ] || message "$1"; }
lorica_says() { [ "$RT_KIND" != lorica ] || message "$1"; }
message() {
    local unquoted=${output//\\\"/\"} # a log line in which quotes are escaped
    grep -qE -- "$1" <<<"$unquoted" || { printf 'no message: %s\n' "$1"; show; return 1; }
}

# nothing_left: a failed command left neither state nor cgroup behind (the leak check sees the rest)
nothing_left() {
    local left
    [ "$RT_KIND" != crun ] || return 0 # a documented difference
    left=$(ls "$STATE" && our_cgroups)
    [ -z "$left" ] || { printf 'left: %s\n' "$left"; return 1; }
}

# ---- who is tested ----

lorica_only() { [ "$RT_KIND" = lorica ] || skip "lorica only: $1"; }
# differs PEER REASON: a documented difference (docs/differences.md)
differs() { [ "$RT_KIND" != "$1" ] || skip "$1 differs: $2"; }
needs_root() { [ -z "${ROOTLESS:-}" ] || skip "needs root: $1"; }
needs_v1() { needs_root "version 1 hierarchies" && [ "$CGROUP" = v1 ] || skip "needs cgroup v1"; }
needs_v2() { [ "$CGROUP" = v2 ] || skip "needs a pure cgroup v2"; }
needs() {
    local p
    for p; do command -v "$p" >/dev/null || skip "$p is not installed"; done
}

# cgroupfs_only REASON: a test whose cgroup is no unit's
cgroupfs_only() { [ "$CGROUP_MANAGER" != systemd ] || skip "cgroupfs driver only: $1"; }
# needs_systemd: it is pid 1 here, and this build can talk to it
needs_systemd() {
    [ "$(cat /proc/1/comm)" = systemd ] || skip "systemd is not pid 1"
    builds_with_systemd || skip "this build has no systemd support"
}
builds_with_systemd() {
    [ "$RT_KIND" != lorica ] || [ "$("$RUNTIME" features | jq .linux.cgroup.systemd)" = true ]
}

# cgroup_path [NAME]: that of the container that cgroups_path NAME is of, as the kernel names it
cgroup_path() {
    if [ "$CGROUP_MANAGER" = systemd ]; then echo "${CGROUP_TOP:-}/$SLICE/$ID-${1:-c}.scope"; else echo "${CGROUP_TOP:-}/$ID${1:+-$1}"; fi
}
# cgroup_of CONTROLLER [NAME]: its directory
cgroup_of() {
    local top=/sys/fs/cgroup
    [ "$CGROUP" = v2 ] || top=$top/$1
    echo "$top$(cgroup_path "${2:-}")"
}
has_controller() {
    [ "${CGROUP_TOP:-}" != none ] || return 1
    if [ "$CGROUP" = v2 ]; then grep -qw "$1" "/sys/fs/cgroup${CGROUP_TOP:-}/cgroup.controllers"; else [ -d "/sys/fs/cgroup/$1" ]; fi
}
# needs_kernel VERSION WHAT
needs_kernel() {
    printf '%s\n' "$1" "$(uname -r)" | sort -CV || skip "$2 needs Linux $1"
}
needs_controller() { has_controller "$1" || skip "no $1 controller"; }

# What takes root, for an ordinary user: the test says so and is skipped.
if [ -n "${ROOTLESS:-}" ]; then
    mount() { needs_root "mount $*"; }
    umount() { needs_root "umount $*"; }
    chown() { needs_root "chown $*"; }
    mknod() { needs_root "mknod $*"; }
    unshare() { needs_root "unshare $*"; }
    nsenter() { needs_root "nsenter $*"; }
fi
