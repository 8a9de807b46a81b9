#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load helpers

@test "create: the container waits, and its program has not run" {
    probe_args print ran
    rt_create
    is_state created
    sleep 0.2
    [ ! -s "$T/container.out" ] || { cat "$T/container.out"; false; }
    [ -d "/proc/$(pid_of)" ]
}

@test "create, start: the program runs" {
    probe_args print ran
    rt_create
    rt_start
    wait_for 2 is_printed ran
    wait_for 2 is_state stopped
    rt delete "$ID"
    nothing_left
}

@test "create --pid-file: the pid in decimal, without a newline" {
    rt_create --pid-file "$T/pid"
    [ "$(cat "$T/pid")" = "$(pid_of)" ]
    [ "$(wc -c <"$T/pid")" = "$(pid_of | tr -d '\n' | wc -c)" ]
}

@test "create --pid-file: a path that cannot be written is an error, and nothing is left" {
    differs crun "leaves the container"
    try rt create --bundle "$BUNDLE" --pid-file "$T/no/such/dir/pid" "$ID"
    fails 1
    nothing_left
}

@test "create: a name that is in use is refused, and the first container is not disturbed" {
    rt_create
    local pid
    pid=$(pid_of)
    try rt create --bundle "$BUNDLE" "$ID"
    fails 1
    says "container with given ID already exists"
    [ "$(pid_of)" = "$pid" ]
    is_state created
}

@test "create: eight at once with one name, exactly one succeeds" {
    differs runc "its check and the creation of the directory are two steps"
    local i pids=() won=0
    for i in 1 2 3 4 5 6 7 8; do
        rt create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 &
        pids+=($!)
    done
    for i in "${pids[@]}"; do
        if wait "$i"; then won=$((won + 1)); fi
    done
    [ "$won" = 1 ] || { echo "$won winners"; false; }
    is_state created
}

@test "create: names that are refused" {
    differs crun "1.8.1 accepts spaces and other characters"
    local name
    for name in "" . .. a/b ../x "a b" 'a$b' $'a\nb' 'ü' '/abs'; do
        try rt create --bundle "$BUNDLE" "$name"
        [ "$status" = 1 ] || { echo "name: '$name'"; show; false; }
    done
    nothing_left
    [ ! -e "$T/x" ]
}

@test "create: names that are accepted" {
    local suffix
    for suffix in _ .x +y -z Q0; do
        rt create --bundle "$BUNDLE" "$ID$suffix" </dev/null >/dev/null 2>&1
        rt delete --force "$ID$suffix"
    done
}

@test "create: no such bundle" {
    try rt create --bundle "$T/none" "$ID"
    fails 1
    nothing_left
}

@test "create: a bundle without config.json" {
    rm "$BUNDLE/config.json"
    try rt create --bundle "$BUNDLE" "$ID"
    fails 1
    says "JSON specification file .*config.json not found"
    nothing_left
}

@test "create: a bundle without its root file system" {
    config '.root.path = "elsewhere"'
    try rt create --bundle "$BUNDLE" "$ID"
    fails 1
    nothing_left
}

@test "create: a program that does not exist is an error of create" {
    args nosuchprogram
    try rt create --bundle "$BUNDLE" "$ID"
    fails 1
    says 'exec: "nosuchprogram": executable file not found in \$PATH'
    nothing_left
}

@test "create: a later edit of config.json has no effect" {
    probe_args print before
    rt_create
    probe_args print after
    rt_start
    wait_for 2 is_printed before
    not is_printed after
}

@test "create: a later removal of the bundle's config.json has no effect" {
    probe_args print before
    rt_create
    mv "$BUNDLE/config.json" "$T/gone.json"
    rt_start
    wait_for 2 is_printed before
    wait_for 2 is_state stopped
    rt delete "$ID"
}

@test "create: init of a created container has no descriptor of the host" {
    differs crun "descriptors of the caller reach init"
    rt_create
    local pid target fd
    pid=$(pid_of)
    for fd in "/proc/$pid/fd"/*; do
        target=$(readlink "$fd")
        case $target in
        /dev/null | pipe:* | socket:* | "$T/container.out" | "$STATE/$ID/"*fifo* | "anon_inode:"* | /memfd:*) ;;
        *) echo "fd $(basename "$fd") -> $target"; false ;;
        esac
    done
}

@test "create: descriptors that the caller had open do not reach init" {
    differs crun "descriptors of the caller reach init"
    exec 8</etc 9</proc/self/ns/mnt
    rt_create
    exec 8<&- 9<&-
    local pid fd
    pid=$(pid_of)
    for fd in "/proc/$pid/fd"/*; do
        [ "$(readlink "$fd")" != /etc ]
    done
}

@test "create --preserve-fds: the caller's descriptors, and no others" {
    echo three >"$T/three"
    echo four >"$T/four"
    probe_args fds
    run bash -c 'exec 3<"$1/three" 4<"$1/four" 5</etc 6</; shift
        exec "$@"' _ "$T" "$RUNTIME" --root "$STATE" run --preserve-fds 1 --bundle "$BUNDLE" "$ID"
    succeeds
    matches '^fd 3 file '
    never '^fd [4-9] '
}

@test "create: the container lives on when the runtime and its shell have gone" {
    probe_args hold
    bash -c '"$@" </dev/null >/dev/null 2>&1' _ "$RUNTIME" --root "$STATE" create --bundle "$BUNDLE" "$ID"
    sleep 0.2
    is_state created
}

@test "create --no-pivot: the root is the bundle's, and there is no way out" {
    all_caps
    writable_root
    probe_args escape stat /bin/probe ls /
    rt_run --no-pivot
    succeeds
    has "stat /bin/probe file 0755 0:0 $(stat -c %s "$ROOTFS/bin/probe")"
    never ' bundle| lost\+found'
}

@test "create: a session keyring of its own" {
    differs crun "1.8.1 names it without the prefix"
    probe keyring
    has "keyring _ses.$ID"
}

@test "create --no-new-keyring: the caller's session keyring" {
    probe_args keyring
    rt_run --no-new-keyring
    succeeds
    lacks "keyring _ses.$ID"
}

@test "create: a caller's secret in its session keyring is not readable inside" {
    probe_args keyfind secret
    run "$PROBE" keysession outer keyadd secret x keyfind secret exec "$RUNTIME" --root "$STATE" run --bundle "$BUNDLE" "$ID"
    succeeds
    has "keyadd ok"
    [ "$(tail -n 1 <<<"$output")" = "keyfind ENOKEY" ]
}

@test "create: a cgroup with processes in it is refused" {
    lorica_only "runc 1.1 warns, crun joins"
    local dir pid
    dir=$(cgroup_of pids)
    mkdir "$dir"
    sleep 100 &
    pid=$!
    BACKGROUND+=("$pid")
    echo "$pid" >"$dir/cgroup.procs"
    try rt create --bundle "$BUNDLE" "$ID"
    kill "$pid"
    wait "$pid" || true
    rmdir "$dir"
    fails 1
    message "container's cgroup is not empty"
}
