#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load helpers

setup() {
    lorica_setup
    differs runc "has no --cgroup-manager"
}

@test "--cgroup-manager cgroupfs: as without" {
    probe_args print x
    run rt --cgroup-manager cgroupfs run --bundle "$BUNDLE" "$ID"
    succeeds
    has x
}

@test "--cgroup-manager disabled: no cgroup is made, and the whole life works" {
    cgroupfs_only "the option names another manager"
    local own
    config 'del(.linux.resources, .linux.cgroupsPath)'
    probe_args hold
    rt --cgroup-manager disabled create --bundle "$BUNDLE" "$ID" </dev/null >"$T/container.out" 2>&1
    [ -z "$(our_cgroups)" ]
    own=$(cat /proc/self/cgroup)
    [ "$(cat "/proc/$(pid_of)/cgroup")" = "$own" ]
    rt_start
    wait_for 3 is_printed holding
    is_state running
    [ "$RT_KIND" != lorica ] || {
        run rt pause "$ID"
        fails 1
        message "no cgroup"
        is_state running
    }
    rt kill "$ID" KILL
    wait_for 2 is_state stopped
    rt delete "$ID"
    nothing_left
}

@test "--cgroup-manager disabled: without a pid namespace, only init is known" {
    cgroupfs_only "the option names another manager"
    lorica_only "no peer says so"
    config 'del(.linux.resources, .linux.cgroupsPath)'
    probe_args hold
    rt --cgroup-manager disabled run --detach --bundle "$BUNDLE" "$ID" </dev/null >"$T/container.out" 2>&1
    rt delete --force "$ID"
    nothing_left
}

@test "--cgroup-manager disabled: limits that are not in force are warned about" {
    cgroupfs_only "the option names another manager"
    lorica_only "crun says nothing"
    config '.linux.resources.pids.limit = 5'
    probe_args print x
    run rt --cgroup-manager disabled run --bundle "$BUNDLE" "$ID"
    succeeds
    has x
    message "cgroups are disabled: nothing of linux.resources is in force"
    [ -z "$(our_cgroups)" ]
}

@test "--cgroup-manager: what does not exist, and what contradicts itself" {
    run rt --cgroup-manager what list
    fails 1
    lorica_says "invalid cgroup-manager: what"
    [ "$RT_KIND" = lorica ] || return 0
    run rt --cgroup-manager disabled --systemd-cgroup list
    fails 1
}

@test "--rootless true, false, auto: accepted; something else is not" {
    lorica_only "1.8.1 of crun has none"
    local when
    probe_args print x
    for when in true false auto; do
        run rt --rootless "$when" run --bundle "$BUNDLE" "$ID"
        succeeds
        has x
    done
    run rt --rootless=maybe list
    fails 1
    message "invalid rootless: maybe"
}
