# shellcheck shell=bats
# SPDX-License-Identifier: Apache-2.0
#
# checkpoint and restore, with a criu that works on this kernel (ci/criu.sh).

load helpers
load criu

@test "checkpoint: a container is stopped until delete, and goes on where it was after restore" {
    differs runc "1.1.5 deletes the container"
    up
    dump || failed_log
    local at
    at=$(count)
    [ "$at" -gt 3 ]
    [ "$(state_of)" = stopped ]
    [ "$(pid_of)" = 0 ]
    run ! rt restore --detach --bundle "$BUNDLE" --image-path "$IMAGES" "$ID"
    message 'already exists'
    rt delete "$ID"
    nothing_left
    [ "$(count)" = "$at" ]
    undump --pid-file "$T/pid" || failed_log
    goes_on "$at"
    [ "$(state_of)" = running ]
    [ "$(cat "$T/pid")" = "$(pid_of)" ]
}

@test "checkpoint: twice, and with the images elsewhere than the log" {
    up
    mkdir "$T/work"
    dump --work-path "$T/work" || failed_log
    [ -e "$T/work/dump.log" ]
    [ ! -e "$IMAGES/dump.log" ]
    gone_again
    local at
    at=$(count)
    undump --work-path "$T/work"
    [ -e "$T/work/restore.log" ]
    goes_on "$at"
    rm -r "$IMAGES"
    dump || failed_log # made when it is missing
    gone_again
    at=$(count)
    undump
    goes_on "$at"
}

@test "checkpoint: --leave-running" {
    # what it has open is in the images: it goes on, and the root would no longer be what it was
    add_mount '{"destination": "/tmp", "type": "tmpfs", "source": "tmpfs"}'
    args /bin/sh -c 'i=0; while :; do i=$((i+1)); echo $i >/tmp/c && /bin/busybox mv /tmp/c /tmp/count; /bin/busybox usleep 20000; done'
    count() { cat "/proc/$(pid_of)/root/tmp/count" 2>/dev/null || echo 0; }
    up
    local at
    at=$(count)
    dump --leave-running || failed_log
    [ "$(state_of)" = running ]
    goes_on "$(count)"
    rt delete --force "$ID"
    undump
    goes_on "$at"
}

@test "checkpoint: a container that is paused" {
    differs runc "1.1.5 cannot"
    differs crun "1.8.1 cannot"
    up
    rt pause "$ID"
    local at
    at=$(count)
    dump || failed_log
    rt delete "$ID"
    undump
    goes_on "$at"
}

@test "checkpoint: containers that are created, stopped or not there" {
    rt_create
    run ! dump
    says 'cannot be checkpointed in created state'
    rt_start
    rt kill "$ID" KILL
    wait_for 5 is_state stopped
    run ! dump
    says 'cannot be checkpointed in stopped state'
    run ! rt checkpoint --image-path "$IMAGES" no-such-container
    says 'does not exist'
}

@test "checkpoint: the container's cgroups, limits and names are the old ones" {
    needs_controller pids
    config '.linux.resources.pids.limit = 33 | .hostname = "counting"'
    up
    dump || failed_log
    gone_again
    local at pid
    at=$(count)
    undump
    goes_on "$at"
    pid=$(pid_of)
    [ "$(cat "$(cgroup_of pids)/pids.max")" = 33 ]
    grep -q "$ID" "/proc/$pid/cgroup"
    grep -qx "$pid" "$(cgroup_of pids)/cgroup.procs"
    [ "$(nsenter -t "$pid" -u hostname 3>&-)" = counting ]
}

@test "checkpoint: cgroups of others are not in the images, and no restore makes them again" {
    lorica_only "criu dumps them all where the container has none of its own"
    local other=/sys/fs/cgroup/$ID-other hidden=$T/v1
    needs_root "cgroups"
    mkdir "$hidden"
    # a hierarchy in which the container has no cgroup of its own
    if [ "$CGROUP" = v2 ]; then
        mount -t cgroup -o none,name=systemd cgroup "$hidden" 2>/dev/null || skip "no version 1 hierarchy here"
        other=$hidden/$ID-other
    else
        skip "the container has a cgroup of its own in every hierarchy"
    fi
    mkdir "$other"
    up
    dump || failed_log
    rt delete "$ID"
    rmdir "$other"
    undump
    local made=0
    [ ! -d "$other" ] || made=1
    rmdir "$other" 2>/dev/null || true
    umount "$hidden"
    [ "$made" = 0 ]
}

@test "checkpoint: --bundle mounts, masked paths, mounts that were added" {
    mkdir "$T/host" "$T/added" "$ROOTFS/real"
    echo of-the-host >"$T/host/file"
    echo later >"$T/added/file"
    ln -s real "$ROOTFS/link"
    add_mount '{"destination": "/host", "source": "'"$T/host"'", "options": ["bind"]}'
    add_mount '{"destination": "/link/one", "source": "'"$T/host/file"'", "options": ["bind", "ro"]}'
    add_mount '{"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": ["size=1m"]}'
    add_mount '{"destination": "/tmp/host", "source": "'"$T/host"'", "options": ["rbind", "ro"]}'
    [ "$RT_KIND" = lorica ] || config '(.mounts[] | select(.options[0] == "bind" or .options[0] == "rbind")).type = "bind"'
    counter 'echo kept >/tmp/kept;'
    up
    [ "$RT_KIND" != lorica ] ||
        rt mounts add "$ID" - <<<'[{"destination": "/added", "source": "'"$T/added"'", "options": ["bind"]}]'
    dump || failed_log
    gone_again
    local at pid
    at=$(count)
    # mount points that a read-only image never had
    rmdir "$ROOTFS/host"
    undump
    goes_on "$at"
    pid=$(pid_of)
    [ "$(cat "/proc/$pid/root/host/file")" = of-the-host ]
    [ "$(cat "/proc/$pid/root/real/one")" = of-the-host ]
    [ "$(cat "/proc/$pid/root/tmp/kept")" = kept ]
    [ "$(cat "/proc/$pid/root/tmp/host/file")" = of-the-host ]
    [ "$RT_KIND" != lorica ] || added_again
    not touch "/proc/$pid/root/tmp/host/x"
    [ -z "$(cat "/proc/$pid/root/proc/kcore" 2>/dev/null | head -c 1)" ]
    not sh -c "echo 1 >/proc/$pid/root/proc/sysrq-trigger"
}

# added_again: the mount that was added lives on, and so does its record
added_again() {
    [ "$(cat "/proc/$(pid_of)/root/added/file")" = later ]
    [ "$(rt mounts list "$ID" | jq -r '.[].destination')" = /added ]
    rt mounts list "$ID" | rt mounts remove "$ID" -
    not test -e "/proc/$(pid_of)/root/added/file"
    [ "$(rt mounts list "$ID" | jq length)" = 0 ]
}

@test "checkpoint: standard input and output are found again" {
    counter 'while read -r line; do echo "got $line"; done <&0 &'
    differs crun "1.8.1 cannot restore with files outside"
    differs runc "1.1.5 cannot dump files outside"
    rt run --detach --bundle "$BUNDLE" "$ID" </dev/null >"$T/container.out" 2>&1
    wait_for 5 counts_beyond 3
    dump || failed_log
    rt delete "$ID"
    args /bin/sh -c 'i=0; while :; do i=$((i+1)); echo "out $i"; echo $i >/count; /bin/busybox usleep 20000; done'
    rt run --detach --bundle "$BUNDLE" "$ID" </dev/null >"$T/container.out" 2>&1
    wait_for 5 is_printed 'out 5'
    dump || failed_log
    rt delete "$ID"
    local at
    at=$(count)
    undump
    wait_for 5 is_printed "out $((at + 3))"
    [ "$(grep -c '^out 1$' "$T/container.out")" = 1 ]
}

@test "checkpoint: pipes to the outside" {
    args /bin/sh -c 'while read -r line; do echo "got $line"; done'
    local f
    for f in in in2; do
        mkfifo "$T/$f"
        sleep 600 >"$T/$f" 3>&- &
        BACKGROUND+=("$!")
    done
    { cat "$T/in"; } 3>&- | rt run --detach --bundle "$BUNDLE" "$ID" 2>&1 | cat >"$T/container.out" &
    BACKGROUND+=("$!")
    wait_for 5 is_state running
    echo first >"$T/in"
    wait_for 5 is_printed 'got first'
    dump || failed_log
    gone_again
    { cat "$T/in2"; } 3>&- | rt restore --detach --bundle "$BUNDLE" --image-path "$IMAGES" "$ID" 2>&1 | cat >"$T/container.out" &
    BACKGROUND+=("$!")
    wait_for 5 is_state running
    echo second >"$T/in2"
    wait_for 5 is_printed 'got second'
    not is_printed 'got first'
}

@test "restore: attached, with the exit status" {
    args /bin/sh -c 'echo 1 >/count; while [ ! -e /go ]; do /bin/busybox usleep 20000; done; exit 7'
    detached
    wait_for 5 counts_beyond 0
    dump || failed_log
    gone_again
    touch "$ROOTFS/go"
    try rt restore -no-subreaper --bundle "$BUNDLE" --image-path "$IMAGES" "$ID"
    [ "$status" = 7 ] || { cat "$T/try.out"; false; }
    run ! rt state "$ID"
}

@test "restore: hooks" {
    local kind
    for kind in prestart createRuntime createContainer startContainer poststart poststop; do
        add_hook "$kind" '{"path": "'"$(hook_script "$kind" "cat >$T/$kind.json; [ -n \"\$(ls /proc/self/ns)\" ]")"'"}'
    done
    config 'del(.hooks.startContainer, .hooks.createContainer)'
    up
    dump || failed_log
    gone_again
    local at
    at=$(count)
    rm -f "$T"/*.json
    undump
    goes_on "$at"
    [ "$(jq .pid "$T/prestart.json")" = "$(pid_of)" ]
    [ "$(jq .pid "$T/createRuntime.json")" = "$(pid_of)" ]
    [ ! -e "$T/poststop.json" ]
    rt delete --force "$ID"
    [ "$(jq -r .id "$T/poststop.json")" = "$ID" ]
}

@test "restore: a hook that fails ends it, and nothing is left" {
    up
    dump || failed_log
    gone_again
    add_hook createRuntime '{"path": "'"$(hook_script fail 'echo no such luck >&2; exit 3')"'"}'
    run ! undump
    [ "$RT_KIND" != lorica ] || grep -q 'no such luck' "$T/container.out"
    nothing_left
}

@test "restore: what is no checkpoint, or a broken one, and nothing is left" {
    run ! rt restore --detach --bundle "$BUNDLE" --image-path "$T/absent" "$ID"
    lorica_says 'images directory .*/absent: no such file or directory'
    run ! rt restore --detach --bundle "$BUNDLE" --image-path "$IMAGES" "$ID"
    lorica_says 'is not a checkpoint'
    up
    dump || failed_log
    gone_again
    rm "$IMAGES"/core-*.img
    run ! undump
    output=$(tail -n 1 "$T/container.out")
    says 'criu failed'
    lorica_says 'type RESTORE errno .*: .*\(log file: .*/images/restore.log\)'
    nothing_left
}

@test "checkpoint: an open TCP connection needs --tcp-established, and the log says so" {
    differs runc "1.1.5: the connection is restored before the loopback interface is up"
    args /bin/sh -c 'sleep 600 | /bin/busybox nc -l -p 4444 >/got & /bin/busybox usleep 200000
        (i=0; while :; do i=$((i+1)); echo $i; echo $i >/count; /bin/busybox usleep 20000; done) | /bin/busybox nc 127.0.0.1 4444'
    up
    run ! dump
    says 'criu failed: type (DUMP|NOTIFY) errno'
    lorica_says 'Connected TCP socket.*log file: .*/images/dump.log'
    [ "$(state_of)" = running ]
    goes_on "$(count)"
    dump --tcp-established || failed_log
    gone_again
    local at
    at=$(count)
    undump --tcp-established
    goes_on "$at"
    [ "$(tail -n 1 "$ROOTFS/got")" -gt "$at" ]
}

@test "checkpoint: Unix sockets inside, and with --ext-unix-sk to the outside" {
    needs python3
    python3 - "$T/sock" 3>&- <<'PY' &
import socket, sys, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
time.sleep(600)
PY
    BACKGROUND+=("$!")
    wait_for 5 test -S "$T/sock"
    add_mount '{"destination": "/sock", "type": "bind", "source": "'"$T/sock"'", "options": ["bind"]}'
    counter '/bin/busybox logger -h >/dev/null 2>&1;'
    up
    dump --ext-unix-sk || failed_log
    gone_again
    local at
    at=$(count)
    undump --ext-unix-sk
    goes_on "$at"
    [ -S "/proc/$(pid_of)/root/sock" ]
}

@test "checkpoint: a network namespace that was joined stays outside" {
    unshare --net sleep 600 3>&- &
    BACKGROUND+=("$!")
    touch "$T/netns"
    wait_for 5 sh -c "[ \$(readlink /proc/$!/ns/net) != \$(readlink /proc/self/ns/net) ]"
    mount --bind "/proc/$!/ns/net" "$T/netns"
    config '(.linux.namespaces[] | select(.type == "network")).path = $p' --arg p "$T/netns"
    up
    dump || failed_log
    gone_again
    local at
    at=$(count)
    undump
    goes_on "$at"
    [ "$(stat -Lc %i "/proc/$(pid_of)/ns/net")" = "$(stat -Lc %i "$T/netns")" ]
    rt delete --force "$ID"
    umount "$T/netns"
}

@test "checkpoint: --empty-ns network" {
    differs crun "1.8.1 does not know it"
    up
    dump --empty-ns network || failed_log
    gone_again
    local at
    at=$(count)
    undump --empty-ns network
    goes_on "$at"
}

@test "checkpoint: --shell-job, --file-locks, --link-remap, --auto-dedup, --manage-cgroups-mode, --tcp-skip-in-flight" {
    differs crun "1.8.1 does not know all of them"
    differs runc "1.1.5 has no --link-remap and --tcp-skip-in-flight"
    needs python3
    args /bin/sh -c 'i=0; exec 7>/gone; echo deleted >&7; rm /gone; while :; do i=$((i+1)); echo $i >/count; /bin/busybox usleep 20000; done'
    up
    dump --shell-job --file-locks --link-remap --auto-dedup --manage-cgroups-mode soft --tcp-skip-in-flight || failed_log
    gone_again
    local at
    at=$(count)
    undump --shell-job --file-locks --auto-dedup --manage-cgroups-mode soft
    goes_on "$at"
    [ "$(cat "/proc/$(pid_of)/fd/7")" = deleted ]
}

@test "checkpoint: --manage-cgroups-mode ignore, full, strict" {
    local mode at
    differs runc "1.1.5 cannot ignore"
    differs crun "1.8.1 fails with full"
    up
    for mode in ignore full; do
        dump --manage-cgroups-mode "$mode" || failed_log
        rt delete "$ID"
        at=$(count)
        undump --manage-cgroups-mode "$mode"
        goes_on "$at"
        grep -q "$ID" "/proc/$(pid_of)/cgroup"
    done
    # criu wants to make them all itself, and ours are there
    dump --manage-cgroups-mode strict || failed_log
    rt delete "$ID"
    run ! undump --manage-cgroups-mode strict
    grep -q 'Abort restore of existing cgroups' "$T/container.out"
    nothing_left
}

@test "checkpoint: --pre-dump and --parent-path" {
    up
    mkdir "$IMAGES/first" "$IMAGES/second"
    run rt checkpoint --pre-dump --image-path "$IMAGES/first" "$ID"
    if [ "$status" != 0 ]; then
        lorica_says 'criu is missing features: MemTrack'
        [ "$(state_of)" = running ]
        goes_on "$(count)"
        run ! rt checkpoint --parent-path ../first --image-path "$IMAGES/second" "$ID"
        skip "this kernel has no tracking of dirty memory"
    fi
    [ "$(state_of)" = running ]
    goes_on "$(count)"
    rt checkpoint --parent-path ../first --image-path "$IMAGES/second" "$ID"
    gone_again
    local at
    at=$(count)
    IMAGES=$IMAGES/second undump
    goes_on "$at"
}

@test "checkpoint: values that are refused" {
    lorica_only "wording, and when it is noticed"
    local args text
    up
    while IFS='|' read -r args text; do
        # shellcheck disable=SC2086
        run ! dump $args
        message "$text"
        [ "$(state_of)" = running ]
    done <<'END'
--manage-cgroups-mode sometimes|Invalid manage-cgroups-mode value: sometimes
--page-server nowhere|Use --page-server ADDRESS:PORT
--page-server :80|Use --page-server ADDRESS:PORT
--page-server host:0|Use --page-server ADDRESS:PORT
--empty-ns mount|namespace mount is not supported
--network-lock chain|invalid network-lock value: chain
--parent-path /abs|must be relative
--status-fd 77|invalid --status-fd argument 77: it is not open
--status-fd many|invalid value
--image-path /proc/x/y|images directory /proc/x/y
END
    run ! undump --lsm-profile docker-default
    message 'already exists|invalid lsm-profile' || grep -q 'already exists\|invalid lsm-profile' "$T/container.out"
    rt delete --force "$ID"
    run ! undump --lsm-profile docker-default
    grep -q 'invalid lsm-profile value' "$T/container.out"
    nothing_left
}

@test "checkpoint: org.criu.config names a file of criu's options" {
    differs crun "1.8.1 does not know it"
    echo 'log-file other.log' >"$T/criu.conf"
    config '.annotations = {"org.criu.config": $f}' --arg f "$T/criu.conf"
    up
    dump || failed_log
    [ -s "$IMAGES/other.log" ]
    gone_again
    undump
}

@test "checkpoint: without criu" {
    lorica_only "a message of its own"
    up
    # nothing but a name that is no program, wherever criu may be
    run unshare --mount --propagation private sh -c 'for f in /usr/sbin/criu /usr/local/sbin/criu; do
        [ ! -e $f ] || mount --bind /dev/null $f; done; PATH=/bin:/usr/bin exec "$@"' _ \
        "$RUNTIME" --root "$STATE" checkpoint --image-path "$IMAGES" "$ID"
    [ "$status" = 1 ]
    message 'criu is not installed \(package criu\)'
    [ "$(state_of)" = running ]
    goes_on "$(count)"
}

@test "checkpoint: a criu that dies, or talks nonsense" {
    lorica_only "against the runtime"
    up
    local body
    mkdir "$T/bin"
    for body in 'exit 3' 'kill -9 $$' 'printf nonsense >&3; sleep 1' 'printf "\010\012\020\001\122\004\010\001\020\000" >&3; exit 0' \
        'printf "\010\012\020\001\122\377\377\377\377\377\377" >&3; exit 0'; do
        printf '#!/bin/sh\n%s\n' "$body" >"$T/bin/criu"
        chmod 755 "$T/bin/criu"
        PATH=$T/bin:$PATH run ! dump
        message 'criu'
        [ "$(state_of)" = running ]
    done
    goes_on "$(count)"
    rt delete --force "$ID"
    echo '[]' >"$IMAGES/descriptors.json"
    PATH=$T/bin:$PATH run ! undump
    nothing_left
}

@test "checkpoint: in a user namespace" {
    user_namespace
    chmod 777 "$ROOTFS"
    # criu opens them anew, as the container's user
    touch "$T/container.out"
    chmod 666 "$T/container.out"
    up
    dump || failed_log
    gone_again
    local at
    at=$(count)
    undump || failed_log
    goes_on "$at"
    grep -q 100000 "/proc/$(pid_of)/uid_map"
}

@test "checkpoint and restore: --help" {
    run -0 rt checkpoint --help
    run -0 rt restore --help
}

@test "checkpoint: by name: made, listed with times, restored, deleted" {
    lorica_only "--name"
    [ "$(rt checkpoint --list --bundle "$BUNDLE" "$ID" | jq length)" = 0 ]
    up
    rt checkpoint --name first --leave-running "$ID"
    run ! rt checkpoint --name first "$ID"
    message 'checkpoint first exists already'
    [ "$(state_of)" = running ]
    goes_on "$(count)"
    rt checkpoint --name second "$ID"
    local at
    at=$(count)
    run -0 rt checkpoint --list "$ID"
    jq -e '[.[].name] == ["first", "second"] and (.[0].created | test("^20.*Z$")) and .[0].created < .[1].created' <<<"$output"
    rt delete "$ID"
    run ! rt restore --detach --bundle "$BUNDLE" --name third "$ID"
    message 'checkpoint third does not exist'
    nothing_left
    rt restore --detach --bundle "$BUNDLE" --name second "$ID" </dev/null >>"$T/container.out" 2>&1
    goes_on "$at"
    rt checkpoint --delete first "$ID"
    run ! rt checkpoint --delete first "$ID"
    message 'checkpoint first does not exist'
    rt delete --force "$ID"
    [ "$(rt checkpoint --list --bundle "$BUNDLE" "$ID" | jq -r '.[].name')" = second ]
    rt checkpoint --delete second --bundle "$BUNDLE" "$ID"
    local name
    for name in .. . a/b ''; do
        run ! rt checkpoint --delete "$name" --bundle "$BUNDLE" "$ID"
        message 'invalid name'
    done
}

@test "checkpoint: one by name that fails leaves nothing but the log" {
    lorica_only "--name"
    up
    run ! rt checkpoint --name no --manage-cgroups-mode never "$ID"
    message 'Invalid manage-cgroups-mode'
    [ "$(rt checkpoint --list "$ID" | jq length)" = 0 ]
    rt checkpoint --name no --leave-running "$ID"
    run ! rt checkpoint --name x no-such-container
    message 'does not exist'
}
