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
    if [ "$CGROUP" = v2 ]; then has "0::$(cgroup_path)"; else matches "^[0-9]+:pids:/$ID\$"; fi
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
    grep -qE "$(cgroup_path)\$" "/proc/$(pid_of)/cgroup"
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
           | map({type: .[0], path: ("/proc/" + $p + "/ns/" + .[1])})) | del(.hostname)' --arg p "$first" --arg g "$(cgroups_path "2")"
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

# hold_all [UNSHARE-OPTION…]: a process in new namespaces of every kind but mount, the pid of the one inside in $HOLDER
hold_all() {
    local outer
    unshare --pid --fork --kill-child --net --ipc --uts --cgroup "$@" sleep 1000 3>&- &
    outer=$!
    BACKGROUND+=("$outer")
    wait_for 2 eval 'pgrep -P '"$outer"' sleep'
    HOLDER=$(pgrep -P "$outer" sleep)
    if [[ " $* " == *" --user "* ]]; then # ids 0-65535 of it are 100000-165535 here
        echo 0 100000 65536 >"/proc/$HOLDER/gid_map"
        echo 0 100000 65536 >"/proc/$HOLDER/uid_map"
    fi
}

# ours: the rootfs belongs to root of that namespace
ours() {
    own_programs
    chown -R 100000:100000 "$ROOTFS"
}

# joins KIND…: take the paths of $HOLDER for those kinds
joins() {
    local kind name
    for kind; do
        name=$kind
        [ "$kind" != network ] || name=net
        config 'del(.linux.namespaces[] | select(.type == $k)) | .linux.namespaces += [{type: $k, path: $p}]' \
            --arg k "$kind" --arg p "/proc/$HOLDER/ns/$name"
        # 1.1.5 wants mappings beside the path
        [ "$kind $RT_KIND" != "user runc" ] || config '.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
            | .linux.gidMappings = .linux.uidMappings'
    done
    config 'del(.hostname)'
}

# is_in NAME…: the last probe was in the namespaces of $HOLDER
is_in() {
    local name
    for name; do
        [ "$(ns_of "$name")" = "$(readlink "/proc/$HOLDER/ns/$name")" ] || { echo "not in $name of $HOLDER"; show; return 1; }
    done
}

@test "namespaces: join a user namespace by path" {
    hold_all --user
    ours
    joins user
    probe id ns read /proc/self/uid_map
    is_in user
    has "uid 0 0 0"
    matches '^ +0 +100000 +65536$'
    [ "$(ns_of net)" != "$(readlink "/proc/$HOLDER/ns/net")" ]
}

@test "namespaces: each kind joined, where a user namespace is joined, new, or absent" {
    local user kind name
    for user in absent new joined; do
        for kind in network ipc uts pid cgroup; do
            name=${kind/network/net}
            rm -r "$BUNDLE"
            new_bundle "$BUNDLE"
            if [ "$user" = absent ]; then hold_all; else hold_all --user; fi
            case $user in
            new) user_namespace ;;
            joined) ours && joins user ;;
            esac
            joins "$kind"
            # whose network namespace is not ours, sysfs is not ours to mount; nor mqueue without the ipc namespace
            config 'del(.mounts[] | select(.type == "sysfs" or .type == "mqueue" or .type == "cgroup"))'
            # so does a procfs to a pid namespace
            [ "$user $kind" != "new pid" ] || config '(.mounts[] | select(.type == "proc")) |= {destination: "/proc",
                type: "bind", source: "/proc", options: ["rbind", "rslave"]} | .linux |= del(.maskedPaths, .readonlyPaths)'
            probe_args ns id
            rt_run
            succeeds || { echo "user $user, $kind joined"; return 1; }
            is_in "$name" || { echo "user $user, $kind joined"; return 1; }
            has "uid 0 0 0"
        done
    done
}

@test "namespaces: all of another container's at once, its user namespace among them" {
    hold_all --user
    ours
    joins user network ipc uts pid cgroup
    probe ns id read /proc/self/uid_map
    is_in user net ipc uts pid cgroup
    has "uid 0 0 0"
}

@test "namespaces: a pod with a user namespace: create, start, kill, delete" {
    user_namespace
    probe_args hold
    rt_detach
    HOLDER=$(pid_of)
    local first=$ID
    new_bundle "$T/second"
    BUNDLE=$T/second
    ROOTFS=$BUNDLE/rootfs
    ID=$ID-2
    config '.linux.cgroupsPath = $g' --arg g "$(cgroups_path)"
    ours
    joins user network ipc uts
    probe_args hold
    rt_create
    is_state created
    [ "$(readlink "/proc/$(pid_of)/ns/user")" = "$(readlink "/proc/$HOLDER/ns/user")" ]
    [ "$(awk '/^Uid:/ { print $2 }' "/proc/$(pid_of)/status")" = 100000 ]
    rt_start
    is_state running
    rt kill "$ID" KILL
    wait_for 2 is_state stopped
    rt delete "$ID"
    ID=$first
    is_state running
}

@test "namespaces: a mount namespace by path, alone and beside a joined user namespace" {
    local user
    for user in absent joined; do
        rm -r "$BUNDLE"
        new_bundle "$BUNDLE"
        if [ "$user" = absent ]; then hold_all --mount; else hold_all --mount --user; fi
        if [ "$user" = joined ]; then
            ours
            joins user
        fi
        config 'del(.linux.namespaces[] | select(.type == "mount")) | .linux.namespaces += [{type: "mount", path: $p}]' \
            --arg p "/proc/$HOLDER/ns/mnt"
        probe_args ns
        rt_run
        succeeds || { echo "user $user"; return 1; }
        is_in mnt
    done
}

@test "namespaces: mappings beside a user namespace that is joined: they must be its own" {
    differs crun "takes any"
    differs runc "1.1.5 takes any"
    hold_all --user
    ours
    joins user
    config '.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1000}, {containerID: 1000, hostID: 101000, size: 64536}]
        | .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}]'
    probe id
    config '.linux.gidMappings[0].hostID = 100001'
    rt_run
    fails
    lorica_says '/linux/gidMappings'
    nothing_left
}

@test "namespaces: the runtime's own user namespace cannot be joined" {
    config '.linux.namespaces += [{type: "user", path: "/proc/self/ns/user"}]'
    rt_run
    fails
    lorica_says 'own user namespace.*path=/linux/namespaces/5/path'
    nothing_left
}

@test "namespaces: a wrong kind of every type is refused at its path" {
    local kind wrong
    for kind in network pid ipc uts user cgroup time mount; do
        wrong=/proc/self/ns/uts
        [ "$kind" != uts ] || wrong=/proc/self/ns/net
        rm -r "$BUNDLE"
        new_bundle "$BUNDLE"
        config 'del(.linux.namespaces[] | select(.type == $k)) | .linux.namespaces += [{type: $k, path: $p}]
            | del(.hostname)' --arg k "$kind" --arg p "$wrong"
        rt_run
        fails || { echo "$kind"; return 1; }
        lorica_says "is not a .* namespace.*path=/linux/namespaces/[0-9]/path"
    done
    nothing_left
}

# clock_of FILE: seconds of uptime, as a container saw them
@test "namespaces: a new time namespace, with offsets" {
    differs runc "1.1.5 knows no time namespaces"
    differs crun "1.8.1 takes no negative offset"
    local before after inside
    config '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {boottime: {secs: 864000, nanosecs: 5}, monotonic: {secs: -1}}'
    args /bin/sh -c 'cat /proc/uptime /proc/self/timens_offsets; readlink /proc/self/ns/time'
    before=$(cut -d. -f1 /proc/uptime)
    rt_run
    after=$(cut -d. -f1 /proc/uptime)
    succeeds
    inside=$(sed -n '1s/\..*//p' <<<"$output")
    [ "$inside" -ge $((before + 864000)) ]
    [ "$inside" -le $((after + 864001)) ]
    matches '^monotonic +-1 +0$'
    matches '^boottime +864000 +5$'
    lacks "$(host_ns time)"
    # ours are untouched
    [ "$(cut -d. -f1 /proc/uptime)" -le $((after + 60)) ]
}

@test "namespaces: a new time namespace beside a user namespace, new or joined" {
    differs runc "1.1.5 knows no time namespaces"
    differs crun "1.8.1 loses the offsets beside a user namespace"
    local user
    for user in new joined; do
        rm -r "$BUNDLE"
        new_bundle "$BUNDLE"
        if [ "$user" = new ]; then
            user_namespace
        else
            hold_all --user
            ours
            joins user
        fi
        config '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets.boottime = {secs: 864000}'
        args /bin/cat /proc/self/timens_offsets
        rt_run
        succeeds
        matches '^boottime +864000 +0$' || { echo "user $user"; return 1; }
    done
}

@test "namespaces: a time namespace by path" {
    differs runc "1.1.5 knows no time namespaces"
    differs crun "1.8.1 fails"
    hold_all --time --boottime 864000
    joins time
    args /bin/sh -c 'readlink /proc/self/ns/time; cat /proc/uptime'
    rt_run
    succeeds
    has "$(readlink "/proc/$HOLDER/ns/time")"
    [ "$(sed -n '2s/\..*//p' <<<"$output")" -ge 864000 ]
    [ "$(cut -d. -f1 /proc/uptime)" -lt 8640000 ]
}

@test "namespaces: time offsets that the kernel does not take" {
    differs runc "1.1.5 knows no time namespaces"
    local offset
    for offset in -9999999999 9223372036854775807; do
        config 'del(.linux.namespaces[] | select(.type == "time")) | .linux.namespaces += [{type: "time"}]
            | .linux.timeOffsets.boottime = {secs: ($o | tonumber)}' --arg o "$offset"
        rt_run
        fails
        lorica_says 'out of range.*path=/linux/timeOffsets/boottime'
    done
    nothing_left
}

@test "namespaces: the intermediate process is gone when create returns, and no zombie stays" {
    lorica_only "how many processes it takes"
    hold_all --user
    ours
    joins user network
    probe_args hold
    rt_create
    [ "$(our_processes | wc -l)" = 1 ]
    [ "$(our_processes)" = "$(pid_of)" ]
}

@test "namespaces: an id-mapped mount with the mappings of a new, and of a joined, user namespace" {
    differs runc "1.1.5 knows no id-mapped mounts"
    needs_kernel 5.12 "an id-mapped mount"
    local user option
    mkdir -p "$T/source"
    for user in new joined; do
        for option in idmap ridmap; do
            [ "$RT_KIND" = lorica ] || [ "$option" = idmap ] || continue # crun has no ridmap
            rm -r "$BUNDLE" "$T/source"
            new_bundle "$BUNDLE"
            mkdir "$T/source"
            touch "$T/source/root" "$T/source/alice"
            chown 1000:1000 "$T/source/alice"
            if [ "$user" = new ]; then
                user_namespace
            else
                hold_all --user
                ours
                joins user
            fi
            add_mount "$(jq -n --arg s "$T/source" --arg o "$option" \
                '{destination: "/tmp", type: "bind", source: $s, options: ["rbind", $o]}')"
            args /bin/sh -c 'stat -c "%n %u %g" /tmp/*; touch /tmp/made'
            rt_run
            succeeds || { echo "$user $option"; return 1; }
            has "/tmp/root 0 0"
            has "/tmp/alice 1000 1000"
            [ "$(stat -c %u:%g "$T/source/made")" = 0:0 ]
        done
    done
}

@test "namespaces: an id-mapped mount without mappings and without a user namespace" {
    differs runc "1.1.5 ignores it"
    mkdir -p "$T/source"
    add_mount "$(jq -n --arg s "$T/source" '{destination: "/tmp", type: "bind", source: $s, options: ["rbind", "idmap"]}')"
    rt_run
    fails
    lorica_says 'path=/mounts/7/options'
    nothing_left
}
