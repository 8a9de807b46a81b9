#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The runtime under containerd: a daemon with directories and a socket of its own, asked by ctr.

load helpers
load engine

setup() {
    engine_here
    needs containerd ctr containerd-shim-runc-v2
    has_controller cpu || skip "no cpu controller, and ctr asks for cpu shares"
    lorica_setup
    engine_runtime
    engine_root "$T/image"
    cat >"$T/containerd.toml" <<CONF
version = 2
root = "$T/lib"
state = "$T/run"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs",
    "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.aufs", "io.containerd.internal.v1.opt"]
[grpc]
address = "$T/c.sock"
CONF
    containerd --config "$T/containerd.toml" --log-level warn >"$T/containerd.log" 2>&1 3>&- &
    BACKGROUND+=("$!")
    wait_for 20 ctr_ version || { cat "$T/containerd.log"; false; }
}

teardown() {
    local task
    if [ -n "${ENGINE_RUNTIME:-}" ]; then
        for task in $(ctr_ task ls -q 2>/dev/null); do ctr_ task rm --force "$task" >/dev/null 2>&1; done
    fi
    # the daemon goes before what it has mounted
    for task in "${BACKGROUND[@]}"; do kill "$task" 2>/dev/null && wait "$task" 2>/dev/null; done
    engine_remove_cgroups
    lorica_teardown
}

ctr_() { timeout -k 2 60 ctr --address "$T/c.sock" --namespace "$ID" "$@" 3>&-; }
in_ctr() { ctr_ run --runc-binary "$ENGINE_RUNTIME" --runc-root "$STATE" --cgroup "/$ID/c" --rootfs "$@"; }

@test "ctr: run, output and exit status" {
    run in_ctr --rm "$T/image" c /bin/sh -c 'echo hello; exit 7'
    fails 7
    has hello
}

@test "ctr: run -d, exec, kill, delete" {
    in_ctr -d "$T/image" c /bin/sleep 1000
    run ctr_ task exec --exec-id e1 c /bin/sh -c 'echo inside; exit 3'
    fails 3
    has inside
    ctr_ task kill --signal SIGKILL c
    wait_for 10 stopped_task
    run ctr_ task delete c
    # ctr's own status is the container's
    matches '137|^$'
    ctr_ container delete c
    [ -z "$(ctr_ container ls -q)" ]
}
stopped_task() { ctr_ task ls | grep -q STOPPED; }

@test "ctr: run -t has a terminal" {
    needs script
    run with_terminal ctr --address "$T/c.sock" --namespace "$ID" run --runc-binary "$ENGINE_RUNTIME" --runc-root "$STATE" \
        --cgroup "/$ID/c" --rootfs --rm -t "$T/image" c /bin/tty
    succeeds
    matches '/dev/(pts/0|console)'
}

@test "ctr: pause and resume" {
    has_controller freezer || [ "$CGROUP" = v2 ] || skip "no freezer"
    in_ctr -d "$T/image" c /bin/sleep 1000
    ctr_ task pause c
    ctr_ task ls | grep -q PAUSED
    ctr_ task resume c
    ctr_ task ls | grep -q RUNNING
}

@test "ctr: the reason of a failure reaches the caller" {
    run in_ctr --rm "$T/image" c /no/such/program
    fails 1
    matches 'no such file or directory|not found'
}
