#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load helpers

# a container that writes one byte after the other into the file /tmp/beat of the root file system
beating() {
    writable_root
    args sh -c 'while :; do echo >>/tmp/beat; sleep 0.01; done'
    rt_detach
    wait_for 3 test -s "$ROOTFS/tmp/beat"
}
beats() { stat -c %s "$ROOTFS/tmp/beat"; }
stands_still() {
    local n
    n=$(beats)
    sleep 0.2
    [ "$(beats)" = "$n" ]
}
frozen() {
    if [ "$CGROUP" = v2 ]; then grep -qx 'frozen 1' "$(cgroup_of pids)/cgroup.events"; else grep -qx FROZEN "$(cgroup_of freezer)/freezer.state"; fi
}
holding() {
    probe_args hold
    rt_detach
    wait_for 3 is_printed holding
}

@test "pause: every process stands still, and goes on after resume" {
    differs crun "does not wait until all is frozen"
    beating
    rt pause "$ID"
    frozen
    is_state paused
    stands_still
    rt resume "$ID"
    not frozen
    is_state running
    not stands_still
}

@test "pause: state and list show it, with the pid" {
    holding
    local pid
    pid=$(pid_of)
    rt pause "$ID"
    [ "$(pid_of)" = "$pid" ]
    [ "$(rt list --format json | jq -r '.[0].status')" = paused ]
}

@test "pause: a created container; it is created again after resume" {
    differs crun "1.8.1 says running"
    rt_create
    rt pause "$ID"
    frozen
    is_state paused
    rt resume "$ID"
    is_state created
    rt_start
}

@test "pause: a created container that is paused is not started" {
    differs crun "hangs"
    differs runc "1.1.5 waits for it"
    probe_args print hello
    rt_create
    rt pause "$ID"
    run rt start "$ID"
    fails 1
    says "cannot start a container in the paused state"
    rt resume "$ID"
    rt_start
    wait_for 3 is_printed hello
}

@test "pause: a paused container" {
    differs crun "no error"
    holding
    rt pause "$ID"
    run rt pause "$ID"
    fails 1
    says "container not running"
    is_state paused
    frozen
}

@test "pause: a stopped container" {
    rt_create
    rt_start
    wait_for 3 is_state stopped
    run rt pause "$ID"
    fails 1
    says "container not running"
    not frozen
}

@test "pause: no such container" {
    run rt pause "$ID"
    fails 1
    says "container does not exist"
}

@test "pause: without a container, and with two" {
    run rt pause
    fails
    says '"pause" requires exactly 1 argument'
    run rt pause a b
    fails
}

@test "pause: a container whose process has just died is not paused" {
    differs crun "freezes what is empty"
    differs runc "freezes what is empty"
    holding
    kill -KILL "$(pid_of)"
    run rt pause "$ID"
    fails 1
    wait_for 3 is_state stopped
    not frozen
}

@test "pause: processes in sub-cgroups stand still too" {
    config 'del(.linux.namespaces[] | select(.type == "pid"))'
    beating
    local sub
    sub=$(cgroup_of freezer)/sub
    mkdir "$sub"
    echo "$(pid_of)" >"$sub/cgroup.procs"
    rt pause "$ID"
    stands_still
    rt resume "$ID"
    not stands_still
}

@test "resume: a container that is not paused" {
    differs crun "no error"
    holding
    run rt resume "$ID"
    fails 1
    says "container not paused"
    is_state running
}

@test "resume: a stopped container" {
    rt_create
    rt_start
    wait_for 3 is_state stopped
    run rt resume "$ID"
    fails 1
    says "container not paused"
}

@test "resume: no such container" {
    run rt resume "$ID"
    fails 1
    says "container does not exist"
}

@test "resume: what somebody else has frozen" {
    beating
    if [ "$CGROUP" = v2 ]; then echo 1 >"$(cgroup_of pids)/cgroup.freeze"; else echo FROZEN >"$(cgroup_of freezer)/freezer.state"; fi
    wait_for 3 frozen
    is_state paused
    rt resume "$ID"
    not stands_still
}

@test "kill: SIGKILL ends a paused container" {
    differs crun "does not thaw it"
    holding
    rt pause "$ID"
    rt kill "$ID" KILL
    wait_for 5 is_state stopped
}

@test "kill: other signals wait until a paused container goes on" {
    holding
    rt pause "$ID"
    rt kill "$ID" TERM
    sleep 0.2
    is_state paused
    not is_printed "signal 15"
    rt resume "$ID"
    wait_for 5 is_printed "signal 15"
}

@test "delete: a paused container needs force" {
    holding
    rt pause "$ID"
    run rt delete "$ID"
    fails 1
    says "cannot delete container $ID that is not stopped: paused"
    rt delete --force "$ID"
    nothing_left
    [ -z "$(our_processes)" ]
}
