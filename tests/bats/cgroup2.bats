#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load helpers

setup() {
    needs_v2
    [ "$RT_KIND" = lorica ] || is_resourceful || skip "peers need CAP_SYS_RESOURCE to load device programs"
    lorica_setup
}

is_resourceful() { [ $((0x$(sed -n 's/^CapEff:\t//p' /proc/self/status) >> 24 & 1)) = 1 ]; }
resources() { config '.linux.resources += $r' --argjson r "$1"; }
is() { [ "$(cat "$(cgroup_of pids)/$1")" = "$2" ] || { printf '%s is %s, not %s\n' "$1" "$(cat "$(cgroup_of pids)/$1")" "$2"; return 1; }; }

@test "cgroup v2: the container is at its path" {
    rt_create
    grep -qx "$(pid_of)" "$(cgroup_of pids)/cgroup.procs"
    local path=$CGROUP_TOP/$ID
    [ "$CGROUP_MANAGER" != systemd ] || path=$(cgroup_path)
    grep -qx "0::$path" "/proc/$(pid_of)/cgroup"
}

@test "cgroup v2: gone after delete" {
    rt_create
    rt delete --force "$ID"
    [ ! -e "$(cgroup_of pids)" ]
}

@test "cgroup v2: a path of several levels" {
    cgroupfs_only "the path"
    config '.linux.cgroupsPath = $p' --arg p "/$ID-a/b/c"
    rt_create
    [ -d "/sys/fs/cgroup$CGROUP_TOP/$ID-a/b/c" ]
    rt delete --force "$ID"
    [ ! -e "/sys/fs/cgroup$CGROUP_TOP/$ID-a/b/c" ]
    our_cgroups | xargs -r rmdir
}

@test "cgroup v2: no path at all" {
    cgroupfs_only "the name (systemd.bats has the scope's)"
    config 'del(.linux.cgroupsPath)'
    rt_create
    [ -n "$(our_cgroups)" ]
    rt delete --force "$ID"
    [ -z "$(our_cgroups)" ]
}

@test "cgroup v2: sub-groups that the container made are removed" {
    probe_args hold
    rt_detach
    mkdir -p "$(cgroup_of pids)/a/b/c"
    rt delete --force "$ID"
    [ -z "$(our_cgroups)" ]
}

@test "cgroup v2: a frozen container is deleted" {
    probe_args hold
    rt_detach
    echo 1 >"$(cgroup_of pids)/cgroup.freeze"
    rt delete --force "$ID"
    nothing_left
    [ -z "$(our_processes)" ]
}

@test "cgroup v2: kill --all reaches processes in sub-groups" {
    config 'del(.linux.namespaces[] | select(.type == "pid"))'
    probe_args spawn 3 hold
    rt_detach
    wait_for 2 is_printed holding
    mkdir "$(cgroup_of pids)/sub"
    echo "$(our_processes | tail -1)" >"$(cgroup_of pids)/sub/cgroup.procs"
    rt kill --all "$ID" KILL
    wait_for 3 eval '[ -z "$(our_processes)" ]'
}

@test "cgroup v2: device rules by a program" {
    all_caps
    probe device r c 1 11 device rw c 1 3 device r c 1 9
    matches '^device (mknod|open r) c 1:11 EPERM'
    has "device open rw c 1:3 ok"
    has "device open r c 1:9 ok"
}

@test "cgroup v2: device rules, one more allowed, read only" {
    all_caps
    resources '{"devices": [{"allow": false, "access": "rwm"}, {"allow": true, "type": "c", "major": 1, "minor": 11, "access": "rm"}]}'
    probe device r c 1 11 device w c 1 11
    has "device open r c 1:11 ok"
    has "device open w c 1:11 EPERM"
}

@test "cgroup v2: pids" {
    needs_controller pids
    resources '{"pids": {"limit": 5}}'
    probe spawn 10
    has "spawn 4 EAGAIN"
}

@test "cgroup v2: memory" {
    needs_controller memory
    resources '{"memory": {"limit": 67108864, "reservation": 33554432, "swap": 134217728}}'
    rt_create
    is memory.max 67108864
    is memory.low 33554432
    is memory.swap.max 67108864
}

@test "cgroup v2: cpu" {
    needs_controller cpu
    resources '{"cpu": {"shares": 1024, "quota": 50000, "period": 200000}}'
    rt_create
    is cpu.weight 100
    is cpu.max "50000 200000"
}

@test "cgroup v2: unified" {
    needs_controller memory
    resources '{"unified": {"memory.high": "67108864"}}'
    rt_create
    is memory.high 67108864
}

@test "cgroup v2: unified, a controller that is not there" {
    has_controller memory && skip "about a host without the memory controller"
    resources '{"unified": {"memory.high": "67108864"}}'
    rt_run
    fails
    lorica_says 'memory'
    nothing_left
}

@test "cgroup v2: unified, files of the core" {
    resources '{"unified": {"cgroup.max.descendants": "7"}}'
    rt_create
    is cgroup.max.descendants 7
}

@test "cgroup v2: unified, names that would leave the directory" {
    local key
    for key in ../x/memory.max memory/max "" cgroup..; do
        config '.linux.resources.unified = {($k): "1"}' --arg k "$key"
        rt_run
        fails
    done
    nothing_left
}

@test "cgroup v2: a limit for a controller that is not there is an error, not silence" {
    has_controller pids && skip "about a host without the pids controller"
    resources '{"pids": {"limit": 5}}'
    rt_run
    fails
    nothing_left
}

@test "cgroup v2: what exists only in version 1 is refused" {
    local r
    for r in '{"memory": {"swappiness": 10}}' '{"memory": {"disableOOMKiller": true}}' '{"cpu": {"realtimeRuntime": 1000}}' \
        '{"network": {"classID": 1}}' '{"blockIO": {"leafWeight": 100}}'; do
        config '.linux.resources = {"devices": .linux.resources.devices} + $r' --argjson r "$r"
        rt_run
        fails || { echo "$r"; false; }
    done
    nothing_left
}

@test "cgroup v2: processes of a container that has ended do not stay" {
    config 'del(.linux.namespaces[] | select(.type == "pid"))'
    probe_args spawn 10
    rt_background
    await "$PID"
    succeeds
    [ -z "$(our_processes)" ]
}
