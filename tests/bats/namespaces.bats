#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load helpers

# ns_of NAME: of the last probe; host_ns NAME
ns_of() { sed -n "s/^ns $1 //p" <<<"$output"; }
host_ns() { readlink "/proc/self/ns/$1"; }

# hold_ns UNSHARE-OPTION…: a process in namespaces of its own, its pid in $HOLDER
hold_ns() {
    unshare "$@" sleep 1000 3>&- &
    HOLDER=$!
    BACKGROUND+=("$HOLDER")
    wait_for 2 eval '[ "$(cat /proc/$HOLDER/comm)" = sleep ]'
}

@test "namespaces: new ones of every kind that is asked for" {
    probe ns
    local name
    for name in ipc mnt net pid uts; do
        [ "$(ns_of $name)" != "$(host_ns $name)" ] || { echo "$name"; show; false; }
    done
    for name in user time; do
        [ "$(ns_of $name)" = "$(host_ns $name)" ] || { echo "$name"; show; false; }
    done
}

@test "namespaces: those not asked for are the host's" {
    local kind name
    for kind in network:net ipc:ipc uts:uts pid:pid; do
        name=${kind#*:}
        rm -r "$BUNDLE"
        new_bundle "$BUNDLE"
        config 'del(.linux.namespaces[] | select(.type == $k)) | del(.hostname) | del(.mounts[] | select(.type == "sysfs" or .type == "mqueue"))' --arg k "${kind%:*}"
        probe ns
        [ "$(ns_of "$name")" = "$(host_ns "$name")" ] || { echo "$name"; show; false; }
    done
}

@test "namespaces: a cgroup namespace shows the container's cgroup as the root" {
    config '.linux.namespaces += [{"type": "cgroup"}]'
    probe ns read /proc/self/cgroup
    [ "$(ns_of cgroup)" != "$(host_ns cgroup)" ]
    if [ "$CGROUP" = v2 ]; then has "0::/"; else matches '^[0-9]+:pids:/$'; fi
}

@test "namespaces: without a cgroup namespace the path is the host's" {
    probe ns read /proc/self/cgroup
    [ "$(ns_of cgroup)" = "$(host_ns cgroup)" ]
    if [ "$CGROUP" = v2 ]; then has "0::/$ID"; else matches "^[0-9]+:pids:/$ID\$"; fi
}

@test "namespaces: join a network namespace by path" {
    hold_ns --net
    config '(.linux.namespaces[] | select(.type == "network")).path = $p' --arg p "/proc/$HOLDER/ns/net"
    probe ns net
    [ "$(ns_of net)" = "$(readlink "/proc/$HOLDER/ns/net")" ]
}

@test "namespaces: join an ipc and a uts namespace by path" {
    hold_ns --ipc --uts
    nsenter -t "$HOLDER" --uts hostname joined
    config '(.linux.namespaces[] | select(.type == "ipc" or .type == "uts")) |= (.path = "/proc/" + $p + "/ns/" + .type)
        | del(.hostname)' --arg p "$HOLDER"
    probe ns uname
    [ "$(ns_of ipc)" = "$(readlink "/proc/$HOLDER/ns/ipc")" ]
    [ "$(ns_of uts)" = "$(readlink "/proc/$HOLDER/ns/uts")" ]
    has "hostname joined"
}

@test "namespaces: join a pid namespace by path" {
    unshare --pid --fork --kill-child sleep 1000 3>&- &
    BACKGROUND+=("$!")
    local outer=$! inner
    wait_for 2 eval 'pgrep -P '"$outer"' sleep'
    inner=$(pgrep -P "$outer" sleep)
    config '(.linux.namespaces[] | select(.type == "pid")).path = $p' --arg p "/proc/$inner/ns/pid"
    probe ns session
    [ "$(ns_of pid)" = "$(readlink "/proc/$inner/ns/pid")" ]
    lacks "pid 1"
}

@test "namespaces: join a pid namespace, create and start and kill" {
    unshare --pid --fork --kill-child sleep 1000 3>&- &
    BACKGROUND+=("$!")
    local outer=$! inner
    wait_for 2 eval 'pgrep -P '"$outer"' sleep'
    inner=$(pgrep -P "$outer" sleep)
    config '(.linux.namespaces[] | select(.type == "pid")).path = $p' --arg p "/proc/$inner/ns/pid"
    probe_args hold
    rt_create
    rt_start
    is_state running
    # the pid is the host's
    grep -qE "[:/]$ID\$" "/proc/$(pid_of)/cgroup"
    rt kill "$ID" KILL
    wait_for 2 is_state stopped
    rt delete "$ID"
    kill -0 "$inner"
}

@test "namespaces: join a cgroup namespace by path" {
    hold_ns --cgroup
    config '.linux.namespaces += [{"type": "cgroup", "path": $p}]' --arg p "/proc/$HOLDER/ns/cgroup"
    probe ns
    [ "$(ns_of cgroup)" = "$(readlink "/proc/$HOLDER/ns/cgroup")" ]
}

@test "namespaces: join those of another container, as a pod does" {
    probe_args hold
    rt_detach
    local first
    first=$(pid_of)
    new_bundle "$T/second"
    BUNDLE=$T/second
    config '.linux.cgroupsPath = $g | .linux.namespaces = [{"type": "mount"}, {"type": "pid"}]
        + ([["network", "net"], ["ipc", "ipc"], ["uts", "uts"]]
           | map({type: .[0], path: ("/proc/" + $p + "/ns/" + .[1])})) | del(.hostname)' --arg p "$first" --arg g "/$ID-2"
    probe_args ns uname
    run rt run --bundle "$BUNDLE" "$ID-2"
    succeeds
    [ "$(ns_of net)" = "$(readlink "/proc/$first/ns/net")" ]
    has "hostname bats"
}

@test "namespaces: a bind-mounted namespace file, and the container's end leaves it alone" {
    hold_ns --net
    touch "$T/netns"
    mount --bind "/proc/$HOLDER/ns/net" "$T/netns"
    config '(.linux.namespaces[] | select(.type == "network")).path = $p' --arg p "$T/netns"
    probe_args ns
    rt_run
    umount "$T/netns"
    succeeds
    [ "$(ns_of net)" = "$(readlink "/proc/$HOLDER/ns/net")" ]
}

@test "namespaces: a path of the wrong kind" {
    config '(.linux.namespaces[] | select(.type == "network")).path = "/proc/self/ns/uts"'
    rt_run
    fails
    nothing_left
}

@test "namespaces: a path that does not exist, and files that are no namespace" {
    local path
    mkfifo "$T/fifo"
    for path in /no/such/ns /dev/null "$T" "$T/fifo"; do
        [ "$RT_KIND" = lorica ] || [ "$path" != "$T/fifo" ] || continue # peers wait for a writer
        config '(.linux.namespaces[] | select(.type == "network")).path = $p' --arg p "$path"
        RT_TIMEOUT=5 rt_run
        fails
    done
    nothing_left
}

@test "namespaces: one kind twice" {
    differs crun "1.8.1 takes the last"
    config '.linux.namespaces += [{"type": "uts"}]'
    rt_run
    fails
    lorica_says '/linux/namespaces/5'
    nothing_left
}

@test "namespaces: a kind that does not exist" {
    config '.linux.namespaces += [{"type": "nosuch"}]'
    rt_run
    fails
    lorica_says '/linux/namespaces/5/type'
    nothing_left
}

@test "namespaces: the loopback interface of a new network namespace is up, and alone" {
    probe net
    has "net lo up"
    # what the kernel itself puts into each (tunnels of loaded modules) is down
    never '^net (eth|wlan|en)'
}

@test "namespaces: a user namespace with mappings" {
    user_namespace
    probe id read /proc/self/uid_map read /proc/self/gid_map ns
    has "uid 0 0 0"
    matches '^ +0 +100000 +65536$'
    [ "$(ns_of user)" != "$(host_ns user)" ]
}

@test "namespaces: in a user namespace, the program is nobody special outside" {
    user_namespace
    config '.process.user = {"uid": 1000, "gid": 1000}'
    probe_args hold
    rt_detach
    [ "$(awk '/^Uid:/ { print $2 }' "/proc/$(pid_of)/status")" = 101000 ]
    [ "$(awk '/^Gid:/ { print $2 }' "/proc/$(pid_of)/status")" = 101000 ]
}

@test "namespaces: in a user namespace, all default mounts and devices are there" {
    user_namespace
    probe open rw /dev/null open r /dev/zero open r /dev/urandom mount /proc mount /dev/pts mount /sys \
        open r /proc/kcore stat /dev/shm
    has "open rw /dev/null ok"
    has "open r /dev/zero ok"
    has "open r /dev/urandom ok"
    matches '^mount /proc [^ ]+ proc '
    matches '^mount /dev/pts [^ ]+ devpts '
}

@test "namespaces: a user namespace without mappings" {
    differs crun "makes its own mappings"
    config '.linux.namespaces += [{"type": "user"}]'
    rt_run
    fails
    nothing_left
}

@test "namespaces: mappings without a user namespace" {
    differs runc "1.1.5 ignores them"
    differs crun "ignores them"
    config '.linux.uidMappings = [{"containerID": 0, "hostID": 1000, "size": 1}]'
    rt_run
    fails
    nothing_left
}

@test "namespaces: a user id that is not mapped" {
    user_namespace
    config '.process.user.uid = 70000'
    rt_run
    fails
    nothing_left
}

@test "namespaces: without a mount namespace" {
    lorica_only "peers differ from one another"
    config 'del(.linux.namespaces[] | select(.type == "mount"))'
    rt_run
    fails
    nothing_left
}
