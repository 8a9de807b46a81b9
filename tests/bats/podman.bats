#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The runtime under podman: the package, with the cgroupfs manager, storage of its own and an image made here.

load helpers
load engine

setup() {
    engine_here
    needs podman conmon
    has_controller pids || skip "no pids controller, and podman asks for a limit"
    lorica_setup
    engine_runtime
    engine_root "$T/image"
    cat >"$T/containers.conf" <<CONF
[containers]
cgroups = "enabled"
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
log_driver = "k8s-file"
netns = "none"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
lock_type = "file"
num_locks = 64
tmp_dir = "$T/tmp"
CONF
    printf '[storage]\ndriver = "vfs"\ngraphroot = "%s"\nrunroot = "%s"\n' "$T/graph" "$T/run" >"$T/storage.conf"
    echo '{"default": [{"type": "insecureAcceptAnything"}]}' >"$T/policy.json"
    export CONTAINERS_CONF=$T/containers.conf CONTAINERS_STORAGE_CONF=$T/storage.conf
    tar -C "$T/image" -c . | podman_ import --signature-policy "$T/policy.json" - box >/dev/null 2>&1
}

teardown() {
    [ -n "${ENGINE_RUNTIME:-}" ] && podman_ rm --all --force --time 0 >/dev/null 2>&1
    engine_remove_cgroups
    lorica_teardown
}

podman_() { timeout -k 2 60 podman --runtime "$ENGINE_RUNTIME" --tmpdir "$T/tmp" "$@" 3>&-; }
in_box() { podman_ run --cgroup-parent "/$ID" "$@"; }

@test "podman: run, output and exit status" {
    run in_box --rm box sh -c 'echo out; echo err >&2; exit 7'
    fails 7
    has out
    has err
}

@test "podman: run of what is not there or may not be run" {
    run in_box --rm box /no/such/program
    [ "$status" = 127 ]
    run in_box --rm box /etc
    [ "$status" = 126 ]
}

@test "podman: run -it has a terminal" {
    needs script
    run with_terminal podman --runtime "$ENGINE_RUNTIME" --tmpdir "$T/tmp" run --cgroup-parent "/$ID" --rm -it box \
        sh -c 'tty; test -t 0 && echo "a terminal"'
    succeeds
    matches '/dev/(pts/0|console)'
    matches 'a terminal'
}

@test "podman: exec, exec -it, exit status" {
    in_box -d --name c box sleep 1000 >/dev/null
    run podman_ exec --env A=b c sh -c 'echo "$A"; exit 5'
    fails 5
    has b
    needs script
    run with_terminal podman --runtime "$ENGINE_RUNTIME" --tmpdir "$T/tmp" exec -it c tty
    succeeds
    matches '/dev/pts/'
    run podman_ exec c /no/such/program
    [ "$status" = 127 ]
}

@test "podman: logs" {
    in_box -d --name c box sh -c 'echo one; echo two >&2' >/dev/null
    podman_ wait c >/dev/null
    run podman_ logs c
    succeeds
    has one
    has two
}

@test "podman: stop asks first, kill does not" {
    in_box -d --name c box sh -c 'trap "exit 3" TERM; while :; do sleep 0.05; done' >/dev/null
    run podman_ stop --time 10 c
    succeeds
    [ "$(podman_ inspect --format '{{.State.ExitCode}}' c)" = 3 ]
    podman_ start c >/dev/null
    podman_ kill c >/dev/null
    podman_ wait c >/dev/null
    [ "$(podman_ inspect --format '{{.State.ExitCode}}' c)" = 137 ]
}

@test "podman: pause and unpause" {
    has_controller freezer || [ "$CGROUP" = v2 ] || skip "no freezer"
    in_box -d --name c box sleep 1000 >/dev/null
    podman_ pause c >/dev/null
    [ "$(podman_ inspect --format '{{.State.Status}}' c)" = paused ]
    podman_ unpause c >/dev/null
    [ "$(podman_ inspect --format '{{.State.Status}}' c)" = running ]
}

@test "podman: stats and top" {
    in_box -d --name c box sleep 1000 >/dev/null
    if has_controller memory && has_controller pids; then
        run podman_ stats --no-stream --format '{{.PIDs}}' c
        succeeds
        has 1
    fi
    run podman_ top c args
    succeeds
    matches 'sleep 1000'
}

@test "podman: limits reach the cgroup" {
    has_controller memory && has_controller pids || skip "no controllers"
    in_box -d --name c --memory 64m --pids-limit 20 box sleep 1000 >/dev/null
    local pid file
    pid=$(podman_ inspect --format '{{.State.Pid}}' c)
    if [ "$CGROUP" = v2 ]; then
        file=/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$pid/cgroup")/memory.max
    else
        file=/sys/fs/cgroup/memory$(sed -nE 's/^[0-9]+:memory://p' "/proc/$pid/cgroup")/memory.limit_in_bytes
    fi
    [ "$(cat "$file")" = $((64 << 20)) ]
}

@test "podman: a seccomp profile and capabilities as podman asks for them" {
    run in_box --rm box cat /proc/self/status
    succeeds
    matches 'Seccomp:[[:space:]]+2'
    not matches 'CapEff:[[:space:]]+000001ffffffffff'
}

@test "podman: rm of a running container" {
    in_box -d --name c box sleep 1000 >/dev/null
    run podman_ rm --force --time 0 c
    succeeds
    [ -z "$(ls "$STATE")" ]
}

@test "podman: checkpoint and restore" {
    local criu
    criu=$("$BATS_TEST_DIRNAME/../../ci/criu.sh" 2>"$T/why") || skip "$(cat "$T/why")"
    PATH=${criu%/*}:$PATH
    [ "$RT_KIND" != crun ] || "$RUNTIME" --version | grep -q '+CRIU' || skip "this crun is built without criu"
    in_box -d --name c box sh -c 'i=0; while :; do i=$((i+1)); echo $i; sleep 0.02; done' >/dev/null
    wait_for 10 counted c 5
    run podman_ container checkpoint c
    succeeds
    [ "$(podman_ inspect --format '{{.State.Running}}' c)" = false ]
    local at
    at=$(podman_ logs c | tail -n 1)
    run podman_ container restore c
    succeeds
    wait_for 10 counted c "$((at + 5))"
    # it went on, and did not begin again
    [ "$(podman_ logs c | grep -cx 1)" = 1 ]
}
counted() { [ "$(podman_ logs "$1" 2>/dev/null | tail -n 1)" -ge "$2" ]; }
