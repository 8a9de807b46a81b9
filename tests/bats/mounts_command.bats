# shellcheck shell=bats
# SPDX-License-Identifier: Apache-2.0
#
# mounts add, remove, list: mounts of a container that lives already.

load helpers

setup() {
    differs runc "has no such command"
    differs crun "1.8.1 has no such command"
    needs_kernel 5.12 "a mount of a running container"
    lorica_setup
    mkdir "$T/source"
    echo from-host >"$T/source/file"
    args /bin/sh -c 'echo up; sleep 600'
    writable_root
}

# mount_file JSON…: an array of them in $T/mounts.json
mount_file() {
    local IFS=,
    printf '[%s]\n' "$*" >"$T/mounts.json"
}

bind() { printf '{"destination": "%s", "source": "%s", "type": "bind", "options": ["%s"]}' "$1" "${2:-$T/source}" "${3:-bind}"; }

AND_USER=
# inside COMMAND…: in the container's mount namespace, below its root
inside() {
    [ -z "${ROOTLESS:-}" ] || { rt exec "$ID" "$@"; return; }
    nsenter --target "$(pid_of)" --mount --pid $AND_USER --root --wd=/ -- "$@" 3>&-
}
mounted() { inside /bin/busybox grep -c " $1 " /proc/self/mountinfo; }

up() {
    rt_detach
    wait_for 5 is_printed up
}

@test "mounts add: a bind mount appears in a running container, and goes by mounts remove" {
    up
    mount_file "$(bind /added)"
    rt mounts add "$ID" "$T/mounts.json"
    [ "$(inside /bin/busybox cat /added/file)" = from-host ]
    run -0 rt mounts list "$ID"
    jq -e --arg s "$T/source" '. == [{destination: "/added", source: $s, options: ["bind"]}]' <<<"$output"
    rt mounts list "$ID" | rt mounts remove "$ID" -
    not inside /bin/busybox test -e /added/file
    [ "$(inside /bin/busybox grep -c /added /proc/self/mountinfo || true)" = 0 ]
    [ "$(rt mounts list "$ID" | jq length)" = 0 ]
}

@test "mounts add: what is mounted below it inside does not reach the host" {
    mount --bind "$T/source" "$T/source"
    mount --make-shared "$T/source"
    mkdir "$T/source/in"
    up
    mount_file "$(bind /added)"
    rt mounts add "$ID" "$T/mounts.json"
    run -0 awk '$5 == "/added"' "/proc/$(pid_of)/mountinfo"
    inside /bin/busybox mount -t tmpfs tmpfs /added/in
    local out=0
    mountpoint -q "$T/source/in" || out=1
    umount --recursive "$T/source"
    matches ' /added .* master:'
    never 'shared:'
    [ "$out" = 1 ]
}

@test "mounts add: options, a file, several at once, an object with mounts" {
    up
    jq -n --arg s "$T/source" '{mounts: [
        {destination: "/a", source: $s, options: ["rbind", "ro", "nosuid", "noexec"]},
        {destination: "/etc/one", source: "\($s)/file", type: "bind", options: ["bind", "ro"]},
        {destination: "/a/../t/u", type: "tmpfs", source: "tmpfs", options: ["size=64k", "mode=1700", "ro"]}]}' >"$T/m.json"
    rt mounts add "$ID" "$T/m.json"
    inside /bin/busybox grep ' /a ' /proc/self/mountinfo | grep -q 'ro,nosuid,noexec'
    not inside /bin/busybox touch /a/x
    [ "$(inside /bin/busybox cat /etc/one)" = from-host ]
    inside /bin/busybox grep ' /t/u ' /proc/self/mountinfo | grep 'tmpfs' | grep -q 'size=64k'
    [ "$(inside /bin/busybox stat -c %a /t/u)" = 1700 ]
    not inside /bin/busybox touch /t/u/x
    [ "$(rt mounts list "$ID" | jq -r '[.[].destination] | join(" ")')" = "/a /etc/one /t/u" ]
    rt mounts remove "$ID" "$T/m.json"
    [ "$(rt mounts list "$ID" | jq length)" = 0 ]
    not inside /bin/busybox grep -qE ' (/a|/etc/one|/t/u) ' /proc/self/mountinfo
    [ "$(cat "$T/source/file")" = from-host ]
}

@test "mounts add: while start waits for a hook: recorded, and start keeps it" {
    config '.hooks.startContainer = [{"path": "/bin/sh", "args": ["sh", "-c", "cat >/dev/null; while [ ! -e /go ]; do usleep 20000; done"]}]'
    rt_create
    mount_file "$(bind /added)"
    LORICA_TEST_ID=$ID "$RUNTIME" --root "$STATE" start "$ID" </dev/null >"$T/start.out" 2>&1 3>&- &
    local start=$!
    wait_for 5 is_state running
    rt mounts add "$ID" "$T/mounts.json"
    touch "$ROOTFS/go"
    wait "$start"
    wait_for 5 is_printed up
    is_state running
    [ "$(rt state "$ID" | jq 'has("startedAt")')" = true ]
    [ "$(rt mounts list "$ID" | jq -r '[.[].destination] | join(" ")')" = /added ]
    rt mounts list "$ID" | rt mounts remove "$ID" -
}

@test "mounts add: created and paused containers" {
    rt_create
    mount_file "$(bind /added)"
    rt mounts add "$ID" "$T/mounts.json"
    rt_start
    wait_for 5 is_printed up
    [ "$(inside /bin/busybox cat /added/file)" = from-host ]
    rt kill "$ID" KILL
    wait_for 5 is_state stopped
    run ! rt mounts add "$ID" "$T/mounts.json"
    message 'container that is stopped'
}

@test "mounts add: all or nothing" {
    up
    mount_file "$(bind /one)" "$(bind /two)" "$(bind /three "$T/source/absent")"
    run ! rt mounts add "$ID" "$T/mounts.json"
    message 'source/absent: no such file or directory'
    # the third fails inside, after two were there
    inside /bin/busybox mkdir /three
    mount_file "$(bind /one)" "$(bind /two)" "$(bind /three "$T/source/file")"
    run ! rt mounts add "$ID" "$T/mounts.json"
    message '/three.*[Nn]ot a directory|/three is a directory'
    not inside /bin/busybox grep -qE ' /(one|two|three) ' /proc/self/mountinfo
    [ "$(rt mounts list "$ID" | jq length)" = 0 ]
}

@test "mounts add: what is refused" {
    up
    local case
    while IFS='|' read -r case text; do
        printf '[%s]\n' "$case" >"$T/mounts.json"
        run ! rt mounts add "$ID" "$T/mounts.json"
        message "$text"
    done <<END
{"destination": "/proc", "type": "proc", "source": "proc"}|proc, or inside.*cannot be added.*path=/mounts/0
{"destination": "/proc/meminfo", "source": "$T/source/file", "options": ["bind"]}|cannot be added
{"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup"}|cannot be added
{"destination": "/", "source": "$T/source", "options": ["bind"]}|the root itself
{"destination": "/etc", "options": ["remount", "bind", "ro"]}|cannot be added
{"destination": "/x", "source": "$T/source", "options": ["bind", "size=1"]}|filesystem-specific
{"destination": "/x", "type": "nofs"}|nofs
{"source": "x"}|destination
1|must be an object.*path=/mounts/0
END
    echo '{"other": []}' >"$T/mounts.json"
    run ! rt mounts add "$ID" "$T/mounts.json"
    message '/mounts'
    run ! rt mounts add "$ID" "$T/absent.json"
    message 'absent.json: no such file'
    run ! rt mounts add no-such "$T/mounts.json"
    message 'container does not exist'
    run ! rt mounts swap "$ID"
    message 'unknown command'
    mount_file "$(bind /twice)"
    rt mounts add "$ID" "$T/mounts.json"
    run ! rt mounts add "$ID" "$T/mounts.json"
    message 'a mount was added at /twice before'
    [ "$(mounted /twice)" = 1 ]
}

@test "mounts remove: only what was added" {
    config '.mounts += [{destination: "/from-config", source: $s, options: ["bind"]}]' --arg s "$T/source"
    up
    mount_file "$(bind /from-config)"
    run ! rt mounts remove "$ID" "$T/mounts.json"
    message 'no mount was added at /from-config'
    # another mount over ours, moved away, unmounted by the container itself
    mount_file "$(bind /added)"
    rt mounts add "$ID" "$T/mounts.json"
    inside /bin/busybox mount -t tmpfs over /added
    run ! rt mounts remove "$ID" "$T/mounts.json"
    message 'moved or covered'
    [ "$(mounted /added)" = 2 ]
    inside /bin/busybox umount /added
    inside /bin/busybox umount /added
    rt mounts remove "$ID" "$T/mounts.json"
    [ "$(rt mounts list "$ID" | jq length)" = 0 ]
    rt mounts add "$ID" "$T/mounts.json"
    [ "$(mounted /added)" = 1 ]
}

@test "mounts add: links of the container lead nowhere but inside" {
    mkdir "$T/outside"
    ln -s "$T/outside" "$ROOTFS/abs"
    ln -s ../../../../../../../../.."$T/outside" "$ROOTFS/rel"
    ln -s /proc/1/root"$T/outside" "$ROOTFS/magic"
    ln -s loop "$ROOTFS/loop"
    up
    local link
    for link in abs rel; do
        mount_file "$(bind "/$link/x")"
        rt mounts add "$ID" "$T/mounts.json"
        [ "$(inside /bin/busybox cat "$T/outside/x/file")" = from-host ]
        [ -z "$(ls "$T/outside")" ]
        rt mounts remove "$ID" "$T/mounts.json"
    done
    mount_file "$(bind /loop/x)"
    run ! rt mounts add "$ID" "$T/mounts.json"
    mount_file "$(bind /magic/x)"
    run ! rt mounts add "$ID" "$T/mounts.json"
    [ -z "$(ls "$T/outside")" ]
}

@test "mounts add: a target that is exchanged for a link all the time never lands outside" {
    mkdir "$T/outside"
    mkdir -p "$ROOTFS/real/x"
    ln -s "$T/outside" "$ROOTFS/trap"
    needs gcc
    cat >"$T/swap.c" <<'C'
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
int main(void) { write(1, "up\n", 3); for (;;) renameat2(AT_FDCWD, "/real", AT_FDCWD, "/trap", RENAME_EXCHANGE); }
C
    gcc -static -O2 -o "$ROOTFS/bin/swap" "$T/swap.c"
    args /bin/swap
    up
    mount_file "$(bind /real/x)"
    local i added=0 refused=0
    for i in $(rounds 60); do
        if rt mounts add "$ID" "$T/mounts.json" 2>/dev/null; then
            added=$((added + 1))
            # what is not found at its path for the moment is not removed, and said so
            until rt mounts remove "$ID" "$T/mounts.json" 2>"$T/err"; do grep -q 'moved or covered' "$T/err"; done
        else
            refused=$((refused + 1))
        fi
        [ -z "$(ls "$T/outside")" ]
        not grep -q " $T/outside" /proc/self/mountinfo
    done
    echo "added $added, refused $refused"
    [ "$added" -gt 0 ]
    # whichever name it has now, nothing is left on it
    not inside /bin/busybox grep -qE ' /(real|trap)' /proc/self/mountinfo
}

@test "mounts add: in a user namespace, with an id mapping" {
    user_namespace
    AND_USER=--user
    chown 0:0 "$T/source/file"
    up
    mount_file "$(bind /plain)" '{"destination": "/t", "type": "tmpfs", "source": "tmpfs", "options": ["mode=0755"]}'
    rt mounts add "$ID" "$T/mounts.json"
    [ "$(inside /bin/busybox stat -c %u /plain/file)" = 65534 ]
    [ "$(inside /bin/busybox stat -c %u /t)" = 0 ]
    jq -n --arg s "$T/source" '[{destination: "/mapped", source: $s, options: ["bind", "idmap"]}]' >"$T/m.json"
    rt mounts add "$ID" "$T/m.json"
    [ "$(inside /bin/busybox stat -c %u /mapped/file)" = 0 ]
    rt mounts remove "$ID" "$T/m.json"
    rt mounts remove "$ID" "$T/mounts.json"
    not inside /bin/busybox grep -qE ' (/plain|/t|/mapped) ' /proc/self/mountinfo
}

@test "mounts: the record survives other commands, and delete leaves nothing" {
    up
    mount_file "$(bind /added)"
    rt mounts add "$ID" "$T/mounts.json"
    rt state "$ID" >/dev/null
    [ "$(rt mounts list "$ID" | jq length)" = 1 ]
    rt delete --force "$ID"
    nothing_left
    [ "$(cat "$T/source/file")" = from-host ]
}
