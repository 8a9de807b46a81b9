#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What a service manager hands to a container: sockets (LISTEN_FDS), and a socket for notifications (NOTIFY_SOCKET).

load helpers

setup() {
    lorica_setup
    HOST=$T/notify
}

# manager N [SOCKET] [MODE]: takes N notifications into $T/told
manager() {
    "$PEER" "${3:-notify}" "${2:-$HOST}" "$1" >"$T/told" 2>"$T/manager" 3>&- &
    MANAGER=$!
    BACKGROUND+=("$MANAGER")
    wait_for 5 grep -q listening "$T/manager"
}
told() { wait_for 3 grep -qxF -- "$1" "$T/told" || { cat "$T/told"; return 1; }; }

# as_service ARG…: the runtime, told of the manager
as_service() { NOTIFY_SOCKET=${SOCKET:-$HOST} rt "$@"; }

# ---- notifications ----

@test "NOTIFY_SOCKET: run --detach returns when the container is ready, and says so" {
    differs runc "1.1.5 sends no barrier"
    differs crun "1.8.1 sends no MAINPID"
    manager 3
    probe_args env NOTIFY_SOCKET sleep 500 notify STATUS=almost sleep 500 notify READY=1 hold
    local before=$SECONDS
    as_service run --detach --bundle "$BUNDLE" "$ID" </dev/null >"$T/container.out" 2>&1
    is_printed "notify ok"
    wait "$MANAGER"
    [ "$(sed -n 1p "$T/told")" = "READY=1|" ]
    [ "$(sed -n 2p "$T/told")" = "MAINPID=$(pid_of)|" ]
    [ "$(sed -n 3p "$T/told")" = "BARRIER=1 +fd" ]
    is_printed "env NOTIFY_SOCKET =/run/notify/notify.sock"
    rt delete --force "$ID"
    nothing_left
}

@test "NOTIFY_SOCKET: start of a created container" {
    differs runc "1.1.5 sends no barrier"
    differs crun "1.8.1 sends no MAINPID"
    manager 3
    probe_args notify READY=1 hold
    NOTIFY_SOCKET=$HOST rt_create
    [ ! -s "$T/told" ]
    as_service start "$ID"
    wait "$MANAGER"
    [ "$(sed -n 1p "$T/told")" = "READY=1|" ]
    [ "$(sed -n 2p "$T/told")" = "MAINPID=$(pid_of)|" ]
    [ "$(sed -n 3p "$T/told")" = "BARRIER=1 +fd" ]
    rt delete --force "$ID"
    nothing_left
}

@test "NOTIFY_SOCKET: start by a caller who has none does not wait" {
    probe_args hold
    NOTIFY_SOCKET=$HOST rt_create
    rt start "$ID"
    is_state running
}

@test "NOTIFY_SOCKET: an attached run goes on" {
    differs runc "1.1.5 sends no barrier"
    differs crun "1.8.1 tells after its own fashion"
    manager 3
    probe_args notify READY=1 catch 10 sleep 300 print later exit 5
    NOTIFY_SOCKET=$HOST LORICA_TEST_ID=$ID "$RUNTIME" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null >"$T/container.out" 2>&1 3>&- &
    PID=$!
    BACKGROUND+=("$PID")
    told "READY=1|"
    told "BARRIER=1 +fd"
    [ "$RT_KIND" != lorica ] || told "MAINPID=$PID|" # who stays, and hands on the exit status
    await "$PID"
    fails 5
    is_printed later
    nothing_left
}

@test "NOTIFY_SOCKET: an attached run of a container that is ready and ends at once" {
    lorica_only "peers may lose it"
    manager 3
    probe_args notify STATUS=x notify "STATUS=y|READY=1|STATUS=z" exit 6
    run as_service run --bundle "$BUNDLE" "$ID"
    fails 6
    wait "$MANAGER"
    [ "$(sed -n 1p "$T/told")" = "READY=1|" ]
    nothing_left
}

@test "NOTIFY_SOCKET: the runtime waits for the barrier, which is bounded" {
    differs runc "1.1.5 sends no barrier"
    manager 3 "$HOST" hold-notify
    probe_args notify READY=1 hold
    as_service run --detach --bundle "$BUNDLE" "$ID" </dev/null >"$T/container.out" 2>&1 &
    local rt=$!
    told "BARRIER=1 +fd"
    sleep 0.5
    kill -0 "$rt"
    kill -KILL "$MANAGER"
    await "$rt"
    succeeds
}

@test "NOTIFY_SOCKET: a container that never gets ready and ends" {
    differs runc "1.1.5 waits for ever"
    differs crun "1.8.1 hands on its exit status"
    manager 1
    probe_args sleep 300 exit 3
    as_service run --detach --bundle "$BUNDLE" "$ID" </dev/null >"$T/container.out" 2>&1
    is_state stopped
    [ ! -s "$T/told" ]
}

@test "NOTIFY_SOCKET: delete --force ends the wait" {
    differs runc "1.1.5 waits for ever"
    differs crun "1.8.1 hands on its exit status"
    manager 1
    probe_args hold
    as_service run --detach --bundle "$BUNDLE" "$ID" </dev/null >"$T/container.out" 2>&1 &
    local rt=$!
    wait_for 3 is_state running
    wait_for 3 is_printed holding
    rt delete --force "$ID"
    await "$rt"
    succeeds
    nothing_left
}

@test "NOTIFY_SOCKET: an abstract socket" {
    differs runc "1.1.5 sends no barrier"
    differs crun "1.8.1 does not know them"
    manager 3 "@$ID-notify"
    probe_args notify READY=1 hold
    SOCKET=@$ID-notify as_service run --detach --bundle "$BUNDLE" "$ID" </dev/null >"$T/container.out" 2>&1
    wait "$MANAGER"
    [ "$(sed -n 1p "$T/told")" = "READY=1|" ]
}

@test "NOTIFY_SOCKET: for the user of a container in a user namespace" {
    differs crun "1.8.1 waits for ever"
    user_namespace
    config '.process.user = {"uid": 1000, "gid": 1000}'
    manager 3
    probe_args notify READY=1 hold
    as_service run --detach --bundle "$BUNDLE" "$ID" </dev/null >"$T/container.out" 2>&1
    told "READY=1|"
}

@test "NOTIFY_SOCKET: a relative --root" {
    differs crun "1.8.1 sends no newline"
    manager 3
    probe_args notify READY=1 hold
    cd "$T"
    NOTIFY_SOCKET=$HOST LORICA_TEST_ID=$ID timeout 30 "$RUNTIME" --root state run --detach --bundle "$BUNDLE" "$ID" </dev/null >"$T/container.out" 2>&1 3>&-
    told "READY=1|"
}

@test "NOTIFY_SOCKET: the container's socket is read-only, and not the manager's" {
    differs runc "1.1.5 waits for ever"
    manager 1
    probe_args statfs /run/notify write /run/notify/x y ls /run/notify env LISTEN_FDS
    run as_service run --bundle "$BUNDLE" "$ID"
    succeeds
    matches '^(open|write).* (EROFS|ENOENT)'
}

@test "NOTIFY_SOCKET: nobody listens at the manager's" {
    differs crun "1.8.1 fails"
    probe_args notify READY=1 print x exit 4
    run as_service run --bundle "$BUNDLE" "$ID"
    fails 4
    lorica_says "NOTIFY_SOCKET: connect $HOST: "
    nothing_left
}

@test "NOTIFY_SOCKET: what is no address of a socket is refused" {
    lorica_only "peers find out later"
    probe_args print ran
    local socket
    for socket in relative/path vsock:2:1 "/$(printf 'x%.0s' $(seq 200))"; do
        SOCKET=$socket run as_service run --bundle "$BUNDLE" "$ID"
        fails 1
        never ran
        message 'NOTIFY_SOCKET is'
    done
}

@test "NOTIFY_SOCKET: unset, nothing is added" {
    probe env NOTIFY_SOCKET ls /run
    never 'notify'
}

# ---- socket activation ----

# activated COUNT [ARG…]: the runtime's run with descriptors 3 and 4, of which COUNT are sockets of the manager
activated() {
    echo three >"$T/three"
    echo four >"$T/four"
    LISTEN_FDS=$1 LISTEN_FDNAMES=web:admin LORICA_TEST_ID=$ID timeout -k 2 30 "$PEER" activate "$RUNTIME" --root "$STATE" \
        run "${@:2}" --bundle "$BUNDLE" "$ID" 3<"$T/three" 4<"$T/four" </dev/null
}

@test "LISTEN_FDS: the descriptors, their number and names reach the program" {
    differs runc "1.1.5 hands on no names"
    differs crun "1.8.1 leaves LISTEN_FDS out"
    probe_args env LISTEN_FDS env LISTEN_PID env LISTEN_FDNAMES fds
    run activated 2
    succeeds
    has "env LISTEN_FDS =2"
    has "env LISTEN_PID =1"
    has "env LISTEN_FDNAMES =web:admin"
    matches '^fd 3 '
    matches '^fd 4 '
    never '^fd 5 '
}

@test "LISTEN_FDS: --preserve-fds counts from behind them" {
    differs crun "1.8.1 leaves LISTEN_FDS out"
    probe_args env LISTEN_FDS fds
    run activated 1 --preserve-fds 1
    succeeds
    has "env LISTEN_FDS =1"
    matches '^fd 3 '
    matches '^fd 4 '
}

@test "LISTEN_FDS: meant for another process" {
    differs crun "1.8.1 does not look at LISTEN_PID"
    probe_args env LISTEN_FDS fds
    echo three >"$T/three"
    LISTEN_PID=1 LISTEN_FDS=1 run rt run --bundle "$BUNDLE" "$ID" 4<"$T/three"
    succeeds
    has "env LISTEN_FDS unset"
    never '^fd [3-9] '
}

@test "LISTEN_FDS: more than are open is an error" {
    lorica_only "peers hand over what there is"
    probe_args print ran
    run activated 3
    fails 1
    never ran
    message 'descriptor 5 is not open'
}

@test "LISTEN_FDS: no number" {
    lorica_only "peers take it for none"
    probe_args print ran
    run activated 2x
    fails 1
    never ran
    message 'LISTEN_FDS is not a number'
}
