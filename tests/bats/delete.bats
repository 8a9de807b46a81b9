#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load helpers

@test "delete: a stopped container" {
    rt_create
    rt_start
    wait_for 2 is_state stopped
    rt delete "$ID"
    nothing_left
    run rt state "$ID"
    fails 1
}

@test "delete: a running container is refused, and goes on" {
    probe_args hold
    rt_detach
    run rt delete "$ID"
    fails 1
    says "cannot delete container $ID that is not stopped: running"
    is_state running
}

@test "delete: a created container needs no force" {
    differs crun "1.8.1 wants force"
    rt_create
    local pid
    pid=$(pid_of)
    rt delete "$ID"
    gone "$pid"
    nothing_left
}

@test "delete --force: a running container" {
    probe_args hold
    rt_detach
    rt delete --force "$ID"
    nothing_left
    [ -z "$(our_processes)" ]
}

@test "delete --force: a created container" {
    rt_create
    rt delete --force "$ID"
    nothing_left
    [ -z "$(our_processes)" ]
}

@test "delete: no such container" {
    run rt delete "$ID"
    fails 1
    says "container does not exist"
}

@test "delete --force: no such container is no error" {
    rt delete --force "$ID"
}

@test "delete --force: without a pid namespace, every process" {
    config 'del(.linux.namespaces[] | select(.type == "pid"))'
    probe_args spawn 20 hold
    rt_detach
    wait_for 3 is_printed holding
    rt delete --force "$ID"
    [ -z "$(our_processes)" ]
    nothing_left
}

@test "delete: cgroups that the container made inside its own" {
    needs_v1
    probe_args hold
    rt_detach
    mkdir -p "$(cgroup_of pids)/a/b/c" "$(cgroup_of pids)/d"
    rt delete --force "$ID"
    nothing_left
}

@test "delete: leaves a parent cgroup that was there before" {
    local parent
    config '.linux.cgroupsPath = $p' --arg p "/$ID-parent/child"
    if [ "$CGROUP" = v2 ]; then parent=/sys/fs/cgroup/$ID-parent; else parent=/sys/fs/cgroup/pids/$ID-parent; fi
    mkdir "$parent"
    rt_create
    [ -d "$parent/child" ]
    rt delete --force "$ID"
    [ -d "$parent" ]
    [ ! -d "$parent/child" ]
    rmdir "$parent"
    our_cgroups | xargs -r rmdir
}

@test "delete: a frozen container" {
    needs_v1
    probe_args hold
    rt_detach
    echo FROZEN >"$(cgroup_of freezer)/freezer.state"
    rt delete --force "$ID"
    nothing_left
    [ -z "$(our_processes)" ]
}

@test "delete: eight at once, and nothing is left" {
    probe_args hold
    rt_detach
    local i pids=()
    for i in 1 2 3 4 5 6 7 8; do
        rt delete --force "$ID" </dev/null >/dev/null 2>&1 &
        pids+=($!)
    done
    wait "${pids[@]}" || true
    nothing_left
    [ -z "$(our_processes)" ]
}

@test "delete: does not follow a foreign mount in the state directory" {
    lorica_only "runc removes what is mounted there"
    rt_create
    mkdir "$T/precious" "$STATE/$ID/inner"
    echo keep >"$T/precious/file"
    mount --bind "$T/precious" "$STATE/$ID/inner"
    run rt delete --force "$ID"
    umount "$STATE/$ID/inner"
    [ "$(cat "$T/precious/file")" = keep ]
    rmdir "$STATE/$ID/inner"
    rt delete --force "$ID"
}

@test "delete --force: a record that cannot be read" {
    differs crun "needs its record"
    probe_args hold
    rt_create
    local pid
    pid=$(pid_of)
    echo '{"broken' >"$STATE/$ID/state.json"
    run rt delete --force "$ID"
    [ "$RT_KIND" = lorica ] || { kill -KILL "$pid"; skip "peers give up here"; }
    # the cgroup may not be known any more, but the state is gone and the message says so
    [ ! -e "$STATE/$ID" ]
    kill -KILL "$pid" 2>/dev/null || true
    sleep 0.1
    our_cgroups | xargs -r rmdir
}
