#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load helpers

holding() {
    probe_args hold
    rt_detach
    wait_for 3 is_printed holding
}

@test "kill: SIGTERM is the default" {
    holding
    rt kill "$ID"
    wait_for 2 is_printed "signal 15"
    wait_for 2 is_state stopped
}

@test "kill: by name, with and without SIG, in any case, and by number" {
    differs crun "upper case only"
    holding
    local pair
    for pair in HUP:1 SIGINT:2 sigusr1:10 usr2:12 WINCH:28 3:3; do
        rt kill "$ID" "${pair%:*}"
        wait_for 2 is_printed "signal ${pair#*:}"
    done
}

@test "kill: real-time signals" {
    differs runc "1.1.5 knows only numbers"
    differs crun "1.8.1 knows only numbers"
    holding
    rt kill "$ID" RTMIN+3
    wait_for 2 is_printed "signal 37"
    rt kill "$ID" SIGRTMIN
    wait_for 2 is_printed "signal 34"
    rt kill "$ID" RTMAX-1
    wait_for 2 is_printed "signal 63"
    rt kill "$ID" 40
    wait_for 2 is_printed "signal 40"
}

@test "kill: KILL cannot be caught" {
    holding
    rt kill "$ID" KILL
    wait_for 2 is_state stopped
}

@test "kill: a created container" {
    rt_create
    rt kill "$ID" KILL
    wait_for 2 is_state stopped
}

@test "kill: what is no signal" {
    differs crun "1.8.1 exits 0"
    differs runc "1.1.5 accepts any number, knows no RTMIN"
    holding
    local name
    for name in NOSUCH SIG 65 -1 "" 9x 0x9 RTMIN+31 "TERM "; do
        run rt kill "$ID" "$name"
        [ "$status" = 1 ] || { echo "'$name'"; show; false; }
    done
    is_state running
    [ "$(cat "$T/container.out")" = holding ]
}

@test "kill: a stopped container" {
    rt_create
    rt_start
    wait_for 2 is_state stopped
    run rt kill "$ID" TERM
    fails 1
    says "container not running"
}

@test "kill: no such container" {
    run rt kill "$ID" TERM
    fails 1
    says "container does not exist"
}

@test "kill --all: every process of the container" {
    config 'del(.linux.namespaces[] | select(.type == "pid"))'
    probe_args spawn 5 hold
    rt_detach
    wait_for 3 is_printed holding
    [ "$(our_processes | wc -l)" -ge 6 ]
    rt kill --all "$ID" KILL
    wait_for 3 eval '[ -z "$(our_processes)" ]'
}

@test "kill KILL: without a pid namespace, no process stays behind" {
    differs crun "kills the first process only"
    differs runc "1.1.5 kills the first process only"
    config 'del(.linux.namespaces[] | select(.type == "pid"))'
    probe_args spawn 5 hold
    rt_detach
    wait_for 3 is_printed holding
    rt kill "$ID" KILL
    wait_for 3 eval '[ -z "$(our_processes)" ]'
}

@test "kill: only the container's processes" {
    holding
    sleep 100 &
    local bystander=$!
    BACKGROUND+=("$bystander")
    rt kill --all "$ID" KILL
    wait_for 2 is_state stopped
    kill -0 "$bystander"
}

@test "kill --all: a stopped container is no error" {
    differs crun "an error"
    rt_create
    rt_start
    wait_for 2 is_state stopped
    rt kill --all "$ID" KILL
}
