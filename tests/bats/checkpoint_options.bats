# shellcheck shell=bats
# SPDX-License-Identifier: Apache-2.0
#
# What the options of checkpoint and restore do: terminals, connections, locks, page servers, and what ends criu.

load helpers
load criu

teardown() {
    local pid
    for pid in $(cat "$T"/*.pid 2>/dev/null); do kill -KILL "$pid" 2>/dev/null || true; done
    lorica_teardown
}

# standin: what speaks criu's protocol, and writes down what it was asked, in criu's place
standin() {
    needs python3
    mkdir -p "$T/standin"
    ln -sf "$BATS_TEST_DIRNAME/data/criu-standin" "$T/standin/criu"
    PATH=$T/standin:$PATH
    export STANDIN_OUT=$T/asked
    : >"$STANDIN_OUT"
}
asked() { grep -qxF -- "$1" "$T/asked" || { echo "not asked: $1"; cat "$T/asked"; return 1; }; }

# python FILE: the program on standard input in the background; its pid in $!
python() {
    needs python3
    cat >"$T/$1.py"
    python3 "$T/$1.py" </dev/null >"$T/$1.log" 2>&1 3>&- &
    BACKGROUND+=("$!")
}

# receiver NAME: takes one terminal at the socket $T/NAME; what is typed into NAME.in, printed to NAME.out
receiver() { take_terminal "$T/$1" "$1"; }
shown() { tr -d '\r' <"$T/$1.out" | grep -qxF -- "$2"; }

# ---- terminals ----

@test "restore: --console-socket gets the terminal, and the program is talked to through it" {
    config '.process.terminal = true'
    args /bin/sh -c 'n=0; while read -r x; do n=$((n+1)); echo "got $x $n"; done'
    receiver first
    rt run --detach --console-socket "$T/first" --bundle "$BUNDLE" "$ID" </dev/null
    echo one >"$T/first.in"
    wait_for 5 shown first 'got one 1'
    dump || failed_log
    gone_again
    receiver second
    rt restore --detach --console-socket "$T/second" --bundle "$BUNDLE" --image-path "$IMAGES" "$ID" </dev/null
    wait_for 5 grep -q '^descriptors 1$' "$T/second.info"
    echo two >"$T/second.in"
    wait_for 5 shown second 'got two 2'
    not shown first 'got two 2'
}

@test "restore: attached, with the terminal that it had" {
    needs script
    config '.process.terminal = true'
    args /bin/sh -c 'echo ready; read -r x; echo "got $x"; exit 7'
    receiver first
    rt run --detach --console-socket "$T/first" --bundle "$BUNDLE" "$ID" </dev/null
    wait_for 5 shown first ready
    dump || failed_log
    gone_again
    { sleep 2; echo typed; sleep 1; } 3>&- |
        timeout 60 script -qec "LORICA_TEST_ID=$ID '$RUNTIME' --root '$STATE' restore --bundle '$BUNDLE' --image-path '$IMAGES' '$ID'" \
            /dev/null >"$T/second.out" 2>&1 3>&- || status=$?
    [ "${status:-0}" = 7 ] || { cat "$T/second.out"; false; }
    shown second 'got typed'
}

@test "checkpoint: --shell-job, a program on a terminal of the host goes on on another one" {
    differs runc "1.1.5 cannot dump files outside"
    python terminals <<PY
import os, pty, threading, time
def copy(master, name):
    with open("$T/" + name + ".out", "ab", 0) as out:
        while True:
            try:
                out.write(os.read(master, 4096))
            except OSError:
                time.sleep(0.05)
for name in "first", "second":
    master, slave = pty.openpty()
    threading.Thread(target=copy, args=(master, name), daemon=True).start()
    with open("$T/" + name + ".new", "w") as f:
        f.write(os.ttyname(slave))
    os.rename("$T/" + name + ".new", "$T/" + name + ".tty")
time.sleep(600)
PY
    args /bin/sh -c 'i=0; while :; do i=$((i+1)); echo "line $i"; echo $i >/c; /bin/busybox mv /c /count; /bin/busybox usleep 20000; done'
    wait_for 5 test -e "$T/second.tty"
    local first second at
    first=$(cat "$T/first.tty")
    second=$(cat "$T/second.tty")
    setsid -w timeout 30 "$RUNTIME" --root "$STATE" run --detach --bundle "$BUNDLE" "$ID" <"$first" >"$first" 2>&1 3>&-
    wait_for 5 shown first 'line 5'
    dump --shell-job || failed_log
    gone_again
    at=$(count)
    setsid -w timeout 30 "$RUNTIME" --root "$STATE" restore --shell-job --detach --bundle "$BUNDLE" --image-path "$IMAGES" "$ID" \
        <"$second" >"$second" 2>&1 3>&-
    wait_for 5 shown second "line $((at + 5))"
    not shown second 'line 1'
}

# ---- the root, labels ----

@test "restore: --no-pivot" {
    up
    dump || failed_log
    gone_again
    local at
    at=$(count)
    undump --no-pivot
    goes_on "$at"
}

@test "restore: --lsm-profile is looked for in this kernel" {
    differs runc "1.1.5 does not know it"
    [ ! -d /sys/module/apparmor ] || [ "$(cat /sys/module/apparmor/parameters/enabled)" != Y ] || skip "AppArmor is in force here"
    up
    dump || failed_log
    gone_again
    run ! undump --lsm-profile apparmor:of-the-test
    matches 'apparmor LSM specified but apparmor not supported by kernel'
    nothing_left
    : >"$T/container.out" # the size that it had
    undump
}

@test "restore: --lsm-profile and --lsm-mount-context are handed to criu" {
    lorica_only "a criu of the test"
    up
    dump || failed_log
    gone_again
    standin
    run ! undump --lsm-profile selinux:system_u:system_r:t:s0 --lsm-mount-context system_u:object_r:m:s0
    asked 'type 2'
    asked '53 selinux:system_u:system_r:t:s0'
    asked '63 system_u:object_r:m:s0'
    nothing_left
}

# ---- memory elsewhere ----

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
listens() { grep -qi ":$(printf %04x "$1") 00000000:0000 0A" /proc/net/tcp; }

@test "checkpoint: --page-server takes the memory" {
    needs python3
    local port at
    port=$(free_port)
    mkdir "$T/pages"
    criu page-server --images-dir "$T/pages" --address 127.0.0.1 --port "$port" </dev/null >"$T/server.log" 2>&1 3>&- &
    BACKGROUND+=("$!")
    wait_for 10 listens "$port"
    up
    dump --page-server "127.0.0.1:$port" || failed_log
    gone_again
    at=$(count)
    ls "$T"/pages/pages-*.img
    not ls "$IMAGES"/pages-*.img
    [ "$(du -k "$T/pages" | cut -f1)" -gt 8 ]
    run ! undump
    : >"$T/container.out" # the size that it had
    cp "$T"/pages/page*.img "$IMAGES"
    undump
    goes_on "$at"
}

@test "checkpoint: --lazy-pages, with --status-fd when pages can be asked for" {
    differs runc "1.1.5 writes nothing to --status-fd with a criu of today"
    needs python3
    local port at
    port=$(free_port)
    up
    at=$(count)
    mkfifo "$T/status"
    rt checkpoint --image-path "$IMAGES" --lazy-pages --page-server "127.0.0.1:$port" --status-fd 7 "$ID" 7<>"$T/status" \
        </dev/null >"$T/dump.out" 2>&1 3>&- &
    PID=$!
    BACKGROUND+=("$PID")
    wait_for 10 sh -c "[ ! -d /proc/$PID ] || grep -q '^State:.Z' /proc/$PID/status || [ -e '$IMAGES/pagemap-1.img' ]" || true
    if grep -q 'missing features: LazyPages' "$T/dump.out"; then
        [ "$(state_of)" = running ]
        goes_on "$(count)"
        skip "this criu and kernel have no lazy pages (userfaultfd)"
    fi
    [ "$(timeout 20 head -c 1 "$T/status" | od -An -tx1)" = " 00" ]
    wait_for 5 listens "$port"
    criu lazy-pages -vvv --images-dir "$IMAGES" --work-dir "$IMAGES" --page-server --address 127.0.0.1 --port "$port" \
        </dev/null >"$T/lazy.log" 2>&1 3>&- &
    BACKGROUND+=("$!")
    wait_for 10 test -S "$IMAGES/lazy-pages.socket"
    config '.linux.cgroupsPath = $p' --arg p "$(cgroups_path two)"
    if ! RT_TIMEOUT=15 ID=$ID-two undump --lazy-pages; then
        await "$PID"
        goes_on "$(count)" # here, as after every failure
        grep -q 'page-pipe: splice: -1' "$IMAGES/dump.log"
        skip "the page server of this criu fails: page-pipe: splice: Bad file descriptor"
    fi
    wait_for 10 counts_beyond "$at"
    rt delete --force "$ID-two"
    await "$PID"
}

@test "checkpoint: --status-fd hears of lazy pages, --pre-dump and --parent-path are asked for" {
    lorica_only "a criu of the test"
    up
    standin
    mkfifo "$T/status"
    STANDIN_NOTIFY=status-ready rt checkpoint --image-path "$IMAGES" --lazy-pages --page-server 192.0.2.7:77 --status-fd 7 \
        --leave-running "$ID" 7<>"$T/status" && false
    asked 'type 1'
    asked '48 1'
    asked 'reply status-ready 1'
    [ "$(grep -c '^11 ' "$T/asked")" = 1 ]
    exec 8<>"$T/status"
    : >"$T/asked"
    STANDIN_SUCCESS=1 rt checkpoint --image-path "$IMAGES" --pre-dump "$ID"
    asked 'type 4'
    asked '15 1'
    : >"$T/asked"
    run ! rt checkpoint --image-path "$IMAGES" --parent-path ../first "$ID"
    asked 'type 1'
    asked '14 ../first'
    exec 8>&-
    [ "$(state_of)" = running ]
}

# ---- connections, locks ----

@test "checkpoint: --tcp-close closes connections, and the rest goes on" {
    differs runc "1.1.5 does not know it"
    counter 'sleep 600 | /bin/busybox nc -l -p 4444 >/got & /bin/busybox usleep 200000
        { j=0; while echo $((j+=1)); do /bin/busybox usleep 20000; done; } 2>/gone | /bin/busybox nc 127.0.0.1 4444 &'
    up
    wait_for 5 test -s "$ROOTFS/got"
    run ! dump
    dump --tcp-close || failed_log
    gone_again
    local at got
    at=$(count)
    undump --tcp-close
    goes_on "$at"
    sleep 0.3
    got=$(cat "$ROOTFS/got")
    # local address, remote address, state: 01 is an established connection
    run ! grep -E '^ *[0-9]+: [0-9A-F]+:[0-9A-F]+ [0-9A-F]+:[0-9A-F]+ 01 ' "/proc/$(pid_of)/net/tcp"
    goes_on "$(count)"
    [ "$(cat "$ROOTFS/got")" = "$got" ]
}

@test "checkpoint: --ext-unix-sk keeps a connection to a socket outside" {
    differs runc "1.1.5 cannot dump files outside"
    mkdir "$T/host"
    python server <<PY
import os, socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("$T/host/sock")
while True:
    n = s.recv(64).decode()
    with open("$T/n.new", "w") as f:
        f.write(n)
    os.rename("$T/n.new", "$T/n")
PY
    wait_for 5 test -S "$T/host/sock"
    # criu sees both ends in one network namespace only, and connects to the name that the socket has outside
    config 'del(.linux.namespaces[] | select(.type == "network"))'
    add_mount '{"destination": "'"$T/host"'", "type": "bind", "source": "'"$T/host"'", "options": ["bind"]}'
    probe_args datagrams "$T/host/sock"
    count() { cat "$T/n" 2>/dev/null || echo 0; }
    up
    run ! dump
    lorica_says 'External socket is used'
    goes_on "$(count)"
    dump --ext-unix-sk || failed_log
    gone_again
    local at
    at=$(count)
    undump --ext-unix-sk
    goes_on "$at"
}

@test "checkpoint: --file-locks keeps a lock" {
    counter
    config '.process.args |= ["/bin/probe", "flock", "/lock", "exec"] + .'
    up
    not flock --nonblock "$ROOTFS/lock" true
    run ! dump
    lorica_says 'file locks|file-locks'
    goes_on "$(count)"
    dump --file-locks || failed_log
    flock --nonblock "$ROOTFS/lock" true
    gone_again
    local at
    at=$(count)
    undump --file-locks
    goes_on "$at"
    not flock --nonblock "$ROOTFS/lock" true
}

# ---- what ends criu ----

@test "checkpoint: SIGTERM ends it in order, and the container goes on" {
    lorica_only "what a signal does"
    up
    standin
    local signal
    for signal in TERM INT HUP; do
        rm -f "$T/now"
        : >"$T/asked"
        STANDIN_BEFORE=$T/now STANDIN_NOTIFY="pre-dump post-dump" STANDIN_SUCCESS=1 \
            LORICA_TEST_ID=$ID setsid env --default-signal=INT,HUP "$RUNTIME" --root "$STATE" checkpoint --image-path "$IMAGES" "$ID" </dev/null >"$T/out" 2>&1 3>&- &
        PID=$!
        BACKGROUND+=("$PID")
        wait_for 5 grep -q '^type 1' "$T/asked"
        kill -"$signal" "$PID"
        sleep 0.3
        [ -d "/proc/$PID" ] # it lets criu come to an end
        touch "$T/now"
        await "$PID"
        output=$(cat "$T/out")
        fails 1
        message "interrupted by SIG$signal"
        asked 'reply pre-dump 0'
        [ "$(state_of)" = running ]
        goes_on "$(count)"
    done
}

@test "checkpoint: SIGTERM, and a criu that does not end: killed, and the container goes on" {
    lorica_only "what a signal does"
    # takes the connection, and nothing more
    python silent <<PY
import socket, time
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen()
with open("$T/port", "w") as f:
    f.write("%d\n" % s.getsockname()[1])
c = s.accept()
open("$T/connected", "w").close()
time.sleep(600)
PY
    wait_for 5 test -s "$T/port"
    up
    LORICA_TEST_ID=$ID "$RUNTIME" --root "$STATE" checkpoint --image-path "$IMAGES" --page-server "127.0.0.1:$(cat "$T/port")" "$ID" \
        </dev/null >"$T/out" 2>&1 3>&- &
    PID=$!
    BACKGROUND+=("$PID")
    wait_for 10 test -e "$T/connected"
    sleep 1
    local at
    at=$(count)
    sleep 0.3
    [ "$(count)" = "$at" ] # it stands still
    kill -TERM "$PID"
    await "$PID"
    output=$(cat "$T/out")
    fails 1
    message 'interrupted by SIGTERM'
    not pgrep -f "criu swrk"
    [ "$(state_of)" = running ]
    goes_on "$at"
    rm -r "$IMAGES"
    dump || failed_log
    rt delete "$ID"
    at=$(count)
    undump
    goes_on "$at"
}

@test "restore: SIGTERM ends it, and nothing is left" {
    lorica_only "what a signal does"
    up
    dump || failed_log
    rt delete "$ID"
    standin
    local mode
    for mode in --detach --no-subreaper; do
        : >"$T/asked"
        STANDIN_HANG=1 LORICA_TEST_ID=$ID "$RUNTIME" --root "$STATE" restore "$mode" --bundle "$BUNDLE" --image-path "$IMAGES" "$ID" \
            </dev/null >"$T/out" 2>&1 3>&- &
        PID=$!
        BACKGROUND+=("$PID")
        wait_for 5 grep -q '^type 2' "$T/asked"
        kill -TERM "$PID"
        await "$PID"
        output=$(cat "$T/out")
        fails 1
        message 'interrupted by SIGTERM'
        nothing_left
    done
}

@test "checkpoint: criu's death is seen, whoever holds its socket" {
    lorica_only "against the runtime"
    up
    mkdir "$T/bin"
    printf '#!/bin/sh\nsetsid sleep 60 &\necho $! >%s\nkill -9 $$\n' "$T/sleep.pid" >"$T/bin/criu"
    chmod 755 "$T/bin/criu"
    PATH=$T/bin:$PATH RT_TIMEOUT=20 run ! dump
    message 'criu'
    [ "$status" = 1 ]
    kill "$(cat "$T/sleep.pid")" 2>/dev/null || true
    goes_on "$(count)"
}
