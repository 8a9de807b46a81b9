#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load helpers

@test "start: a created container runs" {
    probe_args hold
    rt_create
    rt_start
    is_state running
    wait_for 2 is_printed holding
}

@test "start: no such container" {
    run rt start "$ID"
    fails 1
    says "container does not exist"
}

@test "start: a container that runs already" {
    probe_args hold
    rt_create
    rt_start
    run rt_start
    fails 1
    says "cannot start an already running container"
    is_state running
}

@test "start: a container that has stopped" {
    rt_create
    rt_start
    wait_for 2 is_state stopped
    run rt_start
    fails 1
    says "cannot start a container that has stopped"
}

@test "start: a created container whose init was killed" {
    rt_create
    kill -KILL "$(pid_of)"
    wait_for 2 is_state stopped
    run rt_start
    fails 1
    says "cannot start a container that has stopped"
}

@test "start: eight at once, exactly one succeeds" {
    differs crun "reports success more than once"
    probe_args hold
    rt_create
    local i pids=() won=0
    for i in 1 2 3 4 5 6 7 8; do
        rt start "$ID" </dev/null >/dev/null 2>&1 &
        pids+=($!)
    done
    for i in "${pids[@]}"; do
        if wait "$i"; then won=$((won + 1)); fi
    done
    [ "$won" = 1 ] || { echo "$won winners"; false; }
    is_state running
}

@test "start: a program that vanished after create is reported" {
    lorica_only "peers report it in the container's log, if at all"
    writable_root
    own_programs
    args /bin/probe
    rt_create
    rm "$ROOTFS/bin/probe"
    run rt_start
    fails 1
    matches "no such file or directory"
    wait_for 2 is_state stopped
}

@test "start: the status of a detached program is not start's" {
    probe_args exit 3
    rt_create
    run rt_start
    succeeds
}
