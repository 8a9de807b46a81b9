#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Attacks on the classes of bugs that container runtimes have had. Each says what a container, or an image, tries; what
# must not happen is looked at from the host.

load helpers

setup() {
    lorica_setup
    mkdir "$T/host"
    echo intact >"$T/host/canary"
    echo intact >"$T/host/ptmx"
}

# host_intact: nothing was made, removed or changed in the directory that attacks aim at
host_intact() {
    [ "$(ls "$T/host" | paste -sd' ')" = "canary ptmx" ] || { ls -la "$T/host"; return 1; }
    [ "$(cat "$T/host/canary" "$T/host/ptmx" | paste -sd' ')" = "intact intact" ] || return 1
    [ "$(host_facts)" = "$(<"$HOST_FACTS")" ]
}

# up: enough ".." to leave any directory here
up=../../../../../../../../../../../..

# ---- the image's directories are links to the host (CVE-2026-41579, CVE-2019-19921, CVE-2023-27561) ----

@test "an image whose /dev is a link to the host" {
    differs runc "1.1.5 makes its links there"
    differs crun "1.8.1 makes its links and nodes there"
    local target
    for target in "$T/host" "$up$T/host"; do
        rm -rf "$ROOTFS/dev"
        ln -s "$target" "$ROOTFS/dev"
        probe_args print x
        rt_run
        host_intact
        # and without a mount on /dev, so that the links and nodes go through it
        config 'del(.mounts[] | select(.destination | startswith("/dev")))'
        writable_root
        rt_run
        host_intact
    done
}

@test "an image in which any directory that we use is a link to the host" {
    differs runc "1.1.5 makes its links there"
    differs crun "1.8.1 makes its links and nodes there"
    local dir
    for dir in dev dev/pts dev/shm dev/mqueue proc sys sys/fs sys/fs/cgroup etc run tmp; do
        rm -rf "$BUNDLE"
        new_bundle "$BUNDLE"
        mkdir -p "$ROOTFS/$(dirname "$dir")"
        rm -rf "${ROOTFS:?}/$dir"
        ln -s "$up$T/host" "$ROOTFS/$dir"
        config 'del(.mounts[] | select(.destination == "/dev" and $d != "dev"))' --arg d "$dir"
        probe_args print x
        rt_run
        host_intact || { echo "$dir"; false; }
    done
}

@test "/proc or /sys of the image is a link, a file or a fifo" {
    local dir kind
    for dir in proc sys; do
        for kind in link file fifo; do
            rm -rf "$BUNDLE"
            new_bundle "$BUNDLE"
            rmdir "$ROOTFS/$dir"
            case $kind in
            link) ln -s /tmp "$ROOTFS/$dir" ;;
            file) touch "$ROOTFS/$dir" ;;
            fifo) mkfifo "$ROOTFS/$dir" ;;
            esac
            probe_args print x
            RT_TIMEOUT=10 rt_run
            fails || { echo "$dir $kind"; false; }
        done
    done
    nothing_left
}

# ---- mounts on and in /proc (CVE-2019-16884, CVE-2025-52881) ----

@test "mounts on and inside /proc are refused" {
    differs runc "1.1.5 refuses fewer"
    differs crun "refuses fewer"
    local m
    mkdir -p "$T/fake/self/attr"
    for m in '{"destination": "/proc", "type": "tmpfs", "source": "tmpfs"}' \
        '{"destination": "/proc", "type": "bind", "source": "'"$T/fake"'", "options": ["rbind"]}' \
        '{"destination": "/proc", "type": "bind", "source": "/proc/tty", "options": ["bind"]}' \
        '{"destination": "/proc/self/attr", "type": "tmpfs", "source": "tmpfs"}' \
        '{"destination": "/proc/sys", "type": "tmpfs", "source": "tmpfs"}' \
        '{"destination": "/proc/1", "type": "bind", "source": "'"$T/fake"'", "options": ["bind"]}' \
        '{"destination": "/proc/../proc//self/attr/", "type": "tmpfs", "source": "tmpfs"}'; do
        rm -rf "$BUNDLE"
        new_bundle "$BUNDLE"
        add_mount "$m"
        probe_args print x
        rt_run
        fails || { echo "$m"; false; }
    done
    nothing_left
}

@test "mounts inside /proc through a link of the image are refused" {
    differs runc "1.1.5 does not"
    differs crun "does not"
    ln -s /proc/self "$ROOTFS/link"
    add_mount '{"destination": "/link/attr", "type": "tmpfs", "source": "tmpfs"}'
    probe_args print x
    rt_run
    fails
}

@test "the few files of /proc that may be covered" {
    echo fake >"$T/fake"
    config '.mounts += [("cpuinfo", "meminfo", "uptime", "stat", "loadavg") | {destination: "/proc/\(.)", type: "bind", source: $p, options: ["bind", "ro"]}]' \
        --arg p "$T/fake"
    probe read /proc/cpuinfo read /proc/loadavg
    [ "$(grep -cx fake <<<"$output")" = 2 ]
}

# ---- links as mount targets and device paths (CVE-2021-30465, CVE-2024-45310) ----

@test "mount destinations through links that climb out" {
    local link
    for link in "$T/host" "$up$T/host" "$up/$T/host/new"; do
        rm -rf "$BUNDLE"
        new_bundle "$BUNDLE"
        ln -s "$link" "$ROOTFS/vol"
        add_mount '{"destination": "/vol/sub", "type": "tmpfs", "source": "tmpfs"}'
        add_mount '{"destination": "/vol/file", "type": "bind", "source": "/etc/hostname", "options": ["bind"]}'
        probe_args print x
        rt_run
        host_intact || { echo "$link"; false; }
    done
}

@test "links in a loop, and chains of forty" {
    differs runc "allows longer chains"
    local i
    ln -s loop2 "$ROOTFS/loop1"
    ln -s loop1 "$ROOTFS/loop2"
    add_mount '{"destination": "/loop1/x", "type": "tmpfs", "source": "tmpfs"}'
    rt_run
    fails
    rm -rf "$BUNDLE"
    new_bundle "$BUNDLE"
    mkdir "$ROOTFS/end"
    ln -s end "$ROOTFS/l0"
    for i in $(seq 45); do ln -s "l$((i - 1))" "$ROOTFS/l$i"; done
    add_mount '{"destination": "/l45/x", "type": "tmpfs", "source": "tmpfs"}'
    rt_run
    fails
    nothing_left
}

@test "a chain of links that grows beyond PATH_MAX" {
    local i long
    long=$(printf 'd%.0s' $(seq 200))
    mkdir "$ROOTFS/$long"
    ln -s "$long/.." "$ROOTFS/g0"
    for i in $(seq 30); do ln -s "g$((i - 1))/$long/../$long/.." "$ROOTFS/g$i"; done
    add_mount '{"destination": "/g30/x", "type": "tmpfs", "source": "tmpfs"}'
    probe_args print x
    rt_run
    [ "$status" = 0 ] || fails
    host_intact
}

@test "destinations with odd bytes and lengths" {
    local d
    for d in "" "/" "." "/tmp/$(printf 'x%.0s' $(seq 256))" "/$(printf 'a/%.0s' $(seq 2500))" $'/tmp/new\nline' '/tmp/\040x' "/tmp/ü"; do
        rm -rf "$BUNDLE"
        new_bundle "$BUNDLE"
        config '.mounts += [{destination: $d, type: "tmpfs", source: "tmpfs"}]' --arg d "$d"
        probe_args print x
        rt_run
        [ "$status" = 0 ] || fails
        host_intact
    done
}

@test "devices through a link that climbs out" {
    ln -s "$up$T/host" "$ROOTFS/srv"
    writable_root
    config '.linux.devices = [{"path": "/srv/dev/x", "type": "c", "major": 1, "minor": 3}, {"path": "/srv/canary", "type": "c", "major": 1, "minor": 3}]'
    probe_args print x
    rt_run
    host_intact
}

@test "a working directory through a link that climbs out" {
    ln -s "$up$T/host" "$ROOTFS/work"
    config '.process.cwd = "/work/new"'
    writable_root
    probe_args cwd
    rt_run
    host_intact
}

# A swapper exchanges a directory and a link in a volume that two containers share, while containers start.
@test "a race between a mount destination and a link (CVE-2021-30465)" {
    differs runc "1.1.5 makes directories outside (CVE-2024-45310)"
    needs gcc
    cat >"$T/swap.c" <<'C'
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
int main(int argc, char **argv) { (void)argc; for (;;) renameat2(AT_FDCWD, argv[1], AT_FDCWD, argv[2], RENAME_EXCHANGE); }
C
    gcc -O2 -o "$T/swap" "$T/swap.c"
    mkdir -p "$T/vol/d/x"
    ln -s "$T/host" "$T/vol/l"
    "$T/swap" "$T/vol/d" "$T/vol/l" 3>&- &
    BACKGROUND+=("$!")
    add_mount '{"destination": "/vol", "type": "bind", "source": "'"$T/vol"'", "options": ["bind"]}'
    add_mount '{"destination": "/vol/d/x", "type": "tmpfs", "source": "tmpfs"}'
    add_mount '{"destination": "/vol/d/x/y", "type": "tmpfs", "source": "tmpfs"}'
    probe_args ls /vol/d/x ls /vol/d
    local i
    for i in $(rounds 100); do
        rt_run
        never canary
    done
    host_intact
}

# ---- masked paths and /dev/null (CVE-2025-31133) ----

@test "/dev/null of the image is a trap, and /dev is not mounted" {
    differs runc "1.1.5 writes core_pattern of the host"
    local kind
    for kind in link fifo file absent other; do
        rm -rf "$BUNDLE"
        new_bundle "$BUNDLE"
        config 'del(.mounts[] | select(.destination | startswith("/dev"))) | .linux.maskedPaths += ["/masked"]'
        writable_root
        echo secret >"$ROOTFS/masked"
        case $kind in
        link) ln -s /proc/sys/kernel/core_pattern "$ROOTFS/dev/null" ;;
        fifo) mkfifo "$ROOTFS/dev/null" ;;
        file) echo trap >"$ROOTFS/dev/null" ;;
        other) mknod "$ROOTFS/dev/null" c 1 5 ;;
        esac
        probe_args write /masked overwritten read /masked stat /masked write /dev/null x
        RT_TIMEOUT=10 rt_run
        [ "$(cat /proc/sys/kernel/core_pattern)" = "$core_pattern" ]
        if [ "$status" = 0 ] && [ "$RT_KIND" = lorica ]; then
            has "read /masked 0 bytes"
            matches '^stat /masked char .* 1:3'
        fi
        host_intact
    done
}

# ---- descriptors (CVE-2024-21626, CVE-2016-9962) ----

@test "cwd on a descriptor that leaked" {
    differs crun "1.8.1 hands descriptors of the caller on"
    local i
    for i in $(seq 3 20); do
        config '.process.cwd = $c' --arg c "/proc/self/fd/$i"
        probe_args cwd ls .
        run bash -c 'cd /; exec 3</ 4</etc 5</sys/fs/cgroup 6</proc 7</ 8</ 9</ 10</ 11</; exec "$@"' _ "$RUNTIME" --root "$STATE" \
            run --bundle "$BUNDLE" "$ID"
        [ "$status" != 0 ] || never '^ls .* (boot|lib64|usr)( |$)|unreachable'
    done
    host_intact
}

@test "cwd through a link of the image to a descriptor" {
    local i
    for i in 5 6 7 8 9 10; do
        ln -sfn "/proc/self/fd/$i" "$ROOTFS/x"
        config '.process.cwd = "/x"'
        probe_args cwd ls .
        rt_run
        [ "$status" != 0 ] || never '^ls .* (boot|lib64|usr)( |$)|unreachable'
    done
}

@test "a program on a descriptor that leaked" {
    local i
    exec 12</bin/bash
    for i in $(seq 3 14); do
        args "/proc/self/fd/$i" -c 'echo escaped'
        rt_run
        fails || { echo "fd $i"; false; }
        never escaped
    done
    exec 12<&-
    nothing_left
}

@test "LISTEN_FDS from somebody else hands over nothing" {
    lorica_only "peers hand some over"
    probe_args fds
    run bash -c 'exec 3</etc 4</; export LISTEN_FDS=1000 LISTEN_PID=1; exec "$@"' _ "$RUNTIME" --root "$STATE" run --bundle "$BUNDLE" "$ID"
    succeeds
    [ "$(grep -c '^fd ' <<<"$output")" = 3 ]
}

# ---- the runtime's own binary (CVE-2019-5736) ----

@test "#!/proc/self/exe: the runtime is not run, and cannot be written" {
    local sum
    sum=$(sha256sum "$RUNTIME")
    printf '#!/proc/self/exe\n' >"$ROOTFS/bin/trap"
    chmod 755 "$ROOTFS/bin/trap"
    args /bin/trap
    RT_TIMEOUT=10 rt_run
    args /proc/self/exe
    RT_TIMEOUT=10 rt_run
    [ "$(sha256sum "$RUNTIME")" = "$sum" ]
}

@test "a container that waits for the runtime's binary, with every capability" {
    local sum copy=$T/runtime i
    cp "$RUNTIME" "$copy"
    sum=$(sha256sum <"$copy")
    all_caps
    config 'del(.linux.namespaces[] | select(.type == "pid")) | .linux.maskedPaths = [] | .linux.readonlyPaths = []'
    probe_args overwrite 400
    "$copy" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null >"$T/out" 2>&1 3>&- &
    BACKGROUND+=("$!")
    local attacker=$!
    # meanwhile others start from the same binary, in the attacker's pid namespace: the host's
    new_bundle "$T/second"
    BUNDLE=$T/second config '.linux.cgroupsPath = $p | del(.linux.namespaces[] | select(.type == "pid"))' --arg p "$(cgroups_path "2")"
    for i in $(rounds 40); do
        "$copy" --root "$STATE" run --bundle "$T/second" "$ID-2" </dev/null >/dev/null 2>&1 || true
    done
    await "$attacker"
    [ "$(sha256sum <"$copy")" = "$sum" ]
}

@test "what waits for start does not run from the host's file" {
    differs runc "1.1.5 runs from a read-only bind of the file"
    [ "$RT_KIND" != crun ] || skip "crun runs from a copy it makes itself, shown otherwise"
    rt_create
    local pid exe
    pid=$(pid_of)
    exe=$(readlink "/proc/$pid/exe")
    [ "$(stat -L -c %d:%i "/proc/$pid/exe")" != "$(stat -L -c %d:%i "$RUNTIME")" ] || { echo "$exe"; false; }
    # and it cannot be opened for writing, whoever asks
    not bash -c 'exec 5<>"/proc/$1/exe"' _ "$pid"
    not bash -c 'exec 5>>"/proc/$1/exe"' _ "$pid"
}

@test "what waits for start is not dumpable" {
    rt_create
    local pid
    pid=$(pid_of)
    [ "$(stat -c %u "/proc/$pid/environ")" = 0 ]
    [ ! -s "/proc/$pid/environ" ] || ! tr '\0' '\n' <"/proc/$pid/environ" | grep -q "$T"
}

# ---- terminals (CVE-2017-5226) ----

@test "TIOCSTI on the caller's terminal" {
    needs script
    probe_args tiocsti open rw /dev/tty session
    run script -qec "'$RUNTIME' --root '$STATE' run --bundle '$BUNDLE' '$ID'" /dev/null
    succeeds
    never 'tiocsti [0-9] ok|tioclinux [0-9] ok|open rw /dev/tty ok'
}

# ---- names in paths of the host ----

@test "cgroup paths and ids that climb" {
    local p
    for p in /../../etc "/a/../../../../tmp/$ID" "..$ID/x" $'/x\ny'; do
        config '.linux.cgroupsPath = $p' --arg p "$p"
        probe_args print x
        rt_run
    done
    [ ! -e "/tmp/$ID" ]
    find /sys/fs/cgroup -depth -type d -name "..$ID" -exec rmdir {}/x {} \; 2>/dev/null || true
    find /sys/fs/cgroup -depth -type d -name $'x\ny' -exec rmdir {} \; 2>/dev/null || true
    host_intact
}

@test "annotations, hostnames and environment with control characters are data" {
    config '.annotations = {"a\nb": "c\nd", "q\"": "\u001b[31m"} | .process.env += ["X=\n\t\u0001"]'
    rt_create
    rt state "$ID" | jq -e '.annotations["a\nb"] == "c\nd"'
}

# ---- propagation ----

@test "fifty starts while the host mounts and unmounts" {
    mkdir "$T/churn"
    (while [ ! -e "$T/stop" ]; do
        mount -t tmpfs tmpfs "$T/churn" 2>/dev/null
        umount "$T/churn" 2>/dev/null
    done) 3>&- &
    local churn=$! i
    BACKGROUND+=("$churn")
    args /bin/true
    for i in $(rounds 50); do rt run --bundle "$BUNDLE" "$ID" </dev/null; done
    touch "$T/stop"
    wait "$churn" || true
    umount "$T/churn" 2>/dev/null || true
    same_mounts
}

@test "--no-pivot does not leave a full proc or sysfs in reach" {
    all_caps
    writable_root
    probe_args mounts newmount proc /tmp umount /proc ls /proc
    rt_run --no-pivot
    succeeds
    # every mount point that is left is in the container
    not grep "^$T" <(awk '$1 == "mountinfo" { print $6 }' <<<"$output")
}

# ---- setuid and files of the image ----

@test "a setuid file on a nosuid bind stays without effect" {
    own_programs
    mkdir "$T/suid"
    cp "$PROBE" "$T/suid/probe"
    chmod 4755 "$T/suid/probe"
    add_mount '{"destination": "/mnt", "type": "bind", "source": "'"$T/suid"'", "options": ["bind", "nosuid"]}'
    config '.process.user = {"uid": 1000, "gid": 1000} | .process.noNewPrivileges = false'
    args /mnt/probe id
    rt_run
    succeeds
    has "uid 1000 1000 1000"
}
