#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load helpers

@test "run: output of the program, and nothing else" {
    probe print hello
    [ "$output" = hello ]
    nothing_left
}

@test "run: exit status of the program" {
    local n
    for n in 0 1 3 125 255; do
        probe_args exit "$n"
        rt_run
        [ "$status" = "$n" ] || { show; false; }
    done
}

@test "run: 128 plus the signal that killed the program" {
    # the first process of a pid namespace does not die of its own signals
    config 'del(.linux.namespaces[] | select(.type == "pid"))'
    local n
    for n in 9 15 6; do
        probe_args raise "$n"
        rt_run
        [ "$status" = $((128 + n)) ] || { show; false; }
    done
}

@test "run: standard output and standard error stay apart" {
    probe_args print out stderr err
    run --separate-stderr rt run --bundle "$BUNDLE" "$ID"
    [ "$output" = out ]
    [ "$stderr" = err ]
}

@test "run: standard input reaches the program" {
    probe_args cat
    run rt run --bundle "$BUNDLE" "$ID" < <(printf 'one\ntwo\n')
    succeeds
    [ "$output" = $'one\ntwo' ]
}

@test "run: a large output arrives whole" {
    probe_args flood 20480
    [ "$(rt run --bundle "$BUNDLE" "$ID" | wc -c)" = $((20480 * 1024)) ]
}

@test "run: the bundle is the current directory by default" {
    probe_args print here
    cd "$BUNDLE"
    run rt run "$ID"
    succeeds
    has here
}

@test "run: a relative --bundle" {
    probe_args print there
    cd "$T"
    run rt run --bundle bundle "$ID"
    succeeds
    has there
}

@test "run: the container is gone afterwards" {
    probe print x
    run rt state "$ID"
    fails 1
    nothing_left
}

@test "run: the same name can be used again at once" {
    local i
    for i in 1 2 3 4 5; do
        probe print "$i"
        has "$i"
    done
}

@test "run --keep: the stopped container stays until delete" {
    lorica_only "runc 1.1 has no --keep"
    probe_args exit 3
    rt_run --keep
    fails 3
    [ "$(state_of)" = stopped ]
    rt delete "$ID"
    nothing_left
}

@test "run --detach: returns while the program runs" {
    probe_args hold
    rt_detach --pid-file "$T/pid"
    is_state running
    [ "$(cat "$T/pid")" = "$(pid_of)" ]
    wait_for 2 is_printed holding
    rt kill "$ID" KILL
    wait_for 2 is_state stopped
    rt delete "$ID"
}

@test "run --detach: the program outlives the runtime and keeps its output" {
    probe_args sleep 300 print late
    rt_detach
    wait_for 2 is_printed late
    wait_for 2 is_state stopped
}

@test "run: SIGTERM to the runtime goes to the program" {
    probe_args hold
    rt_background
    wait_for 3 is_printed holding
    kill -TERM "$PID"
    await "$PID"
    [ "$status" = 15 ]
    grep -qx "signal 15" "$T/container.out"
}

@test "run: other signals to the runtime go to the program too" {
    probe_args hold
    rt_background
    wait_for 3 is_printed holding
    local n
    for n in 1 10 12; do
        kill -"$n" "$PID"
        wait_for 2 is_printed "signal $n"
    done
    kill -TERM "$PID"
    await "$PID"
    [ "$status" = 15 ]
}

@test "run: orphans of the container are gone with its first process" {
    args /bin/sh -c 'sleep 1000 & sleep 1000 & echo made'
    rt_run
    succeeds
    has made
    [ -z "$(our_processes)" ]
}

@test "run: without a pid namespace, children left behind are killed" {
    differs crun "waits for them"
    config 'del(.linux.namespaces[] | select(.type == "pid"))'
    args /bin/sh -c 'sleep 1000 & sleep 1000 & echo made'
    rt_background
    await "$PID"
    succeeds
    wait_for 3 eval '[ -z "$(our_processes)" ]'
}

@test "run: two containers with one name, the second fails" {
    probe_args hold
    rt_detach
    rt_run
    fails 1
    says "container with given ID already exists"
    [ "$(state_of)" = running ]
}

@test "run: a failed start leaves nothing" {
    args /no/such/program
    rt_run
    fails
    nothing_left
}

@test "run: standard input at its end from the start" {
    probe_args cat print done
    run rt run --bundle "$BUNDLE" "$ID" </dev/null
    succeeds
    has done
}

@test "run: descriptors 0, 1 and 2 closed by the caller" {
    differs runc "fails, Go needs its standard descriptors"
    differs crun "fails"
    args /bin/true
    run bash -c 'exec 0<&- 1>&- 2>&-; "$0" --root "$1" run --bundle "$2" "$3"' "$RUNTIME" "$STATE" "$BUNDLE" "$ID"
    succeeds
}

@test "run: many containers in a row leave nothing" {
    local i
    args /bin/true
    for i in $(rounds 100); do
        rt run --bundle "$BUNDLE" "$ID" </dev/null
    done
    nothing_left
}

@test "run: sixteen containers at once" {
    local i pids=()
    probe_args sleep 100 exit 7
    for i in $(seq 16); do
        mkdir "$T/b$i"
        ln -s "$ROOTFS" "$T/b$i/rootfs"
        cp "$BUNDLE/config.json" "$T/b$i/config.json"
        BUNDLE=$T/b$i config '.linux.cgroupsPath = $p | .root.path = $r' --arg p "$(cgroups_path "$i")" --arg r "$ROOTFS"
        rt run --bundle "$T/b$i" "$ID-$i" </dev/null >/dev/null 2>"$T/err$i" &
        pids+=($!)
    done
    for i in "${pids[@]}"; do
        await "$i"
        [ "$status" = 7 ] || { show; cat "$T"/err*; false; }
    done
    nothing_left
}

@test "run --no-subreaper: what the container leaves behind is not adopted" {
    args /bin/busybox sh -c 'exit 5'
    rt_run --no-subreaper
    fails 5
}
