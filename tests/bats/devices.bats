#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load helpers

# device TYPE MAJOR MINOR PATH [JSON]: in linux.devices, allowed by the cgroup
device() {
    config '.linux.devices += [{type: $t, path: $p} + (if $t == "p" then {} else {major: $ma, minor: $mi} end) + $x]
        | .linux.resources.devices += [{allow: true, access: "rwm"} + (if $t == "p" then {} else {type: $t, major: $ma, minor: $mi} end)]' \
        --arg t "$1" --argjson ma "$2" --argjson mi "$3" --arg p "$4" --argjson x "${5:-{\}}"
}

@test "devices: the default set" {
    probe stat /dev/null stat /dev/zero stat /dev/full stat /dev/random stat /dev/urandom stat /dev/tty
    has "stat /dev/null char 0666 0:0 1:3"
    has "stat /dev/zero char 0666 0:0 1:5"
    has "stat /dev/full char 0666 0:0 1:7"
    has "stat /dev/random char 0666 0:0 1:8"
    has "stat /dev/urandom char 0666 0:0 1:9"
    has "stat /dev/tty char 0666 0:0 5:0"
}

@test "devices: the default set is usable" {
    config '.process.user = {"uid": 1000, "gid": 1000}'
    probe open rw /dev/null open r /dev/zero open rw /dev/full open r /dev/random open r /dev/urandom write /dev/full x
    has "open rw /dev/null ok"
    has "open r /dev/zero ok"
    has "open r /dev/random ok"
    has "open r /dev/urandom ok"
    has "write /dev/full ENOSPC"
}

@test "devices: links" {
    probe stat /dev/fd stat /dev/stdin stat /dev/stdout stat /dev/stderr stat /dev/ptmx stat /dev/core
    matches '^stat /dev/fd link .* -> /proc/self/fd$'
    matches '^stat /dev/stdin link .* -> /proc/self/fd/0$'
    matches '^stat /dev/stdout link .* -> /proc/self/fd/1$'
    matches '^stat /dev/stderr link .* -> /proc/self/fd/2$'
    matches '^stat /dev/ptmx link .* -> (/dev/)?pts/ptmx$'
    [ "$RT_KIND" = crun ] || [ ! -e /proc/kcore ] || matches '^stat /dev/core link .* -> /proc/kcore$'
}

@test "devices: no console without a terminal" {
    probe stat /dev/console
    has "stat /dev/console ENOENT"
}

@test "devices: nothing else in /dev" {
    probe ls /dev
    output=${output/ core / } # only where the kernel has /proc/kcore
    has "ls /dev fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero"
}

@test "devices: additional ones, with mode and owner" {
    device c 10 200 /dev/net/tun '{"fileMode": 384, "uid": 1000, "gid": 2000}'
    device b 7 77 /dev/loopish '{"fileMode": 432}'
    device p 0 0 /dev/pipe '{"fileMode": 420}'
    probe stat /dev/net/tun stat /dev/loopish stat /dev/pipe
    has "stat /dev/net/tun char 0600 1000:2000 10:200"
    has "stat /dev/loopish block 0660 0:0 7:77"
    has "stat /dev/pipe fifo 0644 0:0"
}

@test "devices: without fileMode it is 0666" {
    device c 1 11 /dev/kmsgish
    probe stat /dev/kmsgish
    has "stat /dev/kmsgish char 0666 0:0 1:11"
}

@test "devices: the mode is exact, whatever the caller's umask" {
    device c 1 11 /dev/x '{"fileMode": 438}'
    probe_args stat /dev/x stat /dev/null stat /dev
    umask 0777
    rt_run
    umask 022
    succeeds
    has "stat /dev/x char 0666 0:0 1:11"
    has "stat /dev/null char 0666 0:0 1:3"
    matches '^stat /dev dir 0755'
}

@test "devices: outside of /dev" {
    writable_root
    device c 1 3 /srv/sub/mynull
    probe stat /srv/sub/mynull
    has "stat /srv/sub/mynull char 0666 0:0 1:3"
}

@test "devices: one of the default set given again" {
    device c 1 3 /dev/null '{"fileMode": 438, "uid": 0, "gid": 0}'
    probe stat /dev/null
    has "stat /dev/null char 0666 0:0 1:3"
}

@test "devices: an existing file that is another device" {
    differs runc "takes what is there"
    differs crun "takes what is there"
    local what
    writable_root
    device c 1 3 /srv-node
    for what in 'touch' 'mkdir' 'mkfifo' 'ln -s /dev/null'; do
        $what "$ROOTFS/srv-node"
        rt_run
        fails || { echo "$what"; false; }
        message '/srv-node' || { echo "$what"; false; }
        nothing_left
        rm -d "$ROOTFS/srv-node"
    done
}

@test "devices: an existing node of another type or number, and the same" {
    differs runc "takes what is there"
    differs crun "takes what is there"
    local what
    writable_root
    device c 1 3 /srv-node
    for what in 'c 1 5' 'c 2 3' 'b 1 3'; do
        # shellcheck disable=SC2086
        mknod "$ROOTFS/srv-node" $what
        rt_run
        fails || { echo "$what"; false; }
        message '/srv-node' || { echo "$what"; false; }
        nothing_left
        rm "$ROOTFS/srv-node"
    done
    mknod "$ROOTFS/srv-node" c 1 3
    probe stat /srv-node
    matches '^stat /srv-node char .* 1:3'
}

@test "devices: unbuffered is a character device, a pipe needs no numbers" {
    needs_root "other users' devices are the host's own, bound"
    writable_root
    config '.linux.devices += [{path: "/opt-u", type: "u", major: 1, minor: 5}, {path: "/opt-p", type: "p", fileMode: 384}]'
    probe stat /opt-u stat /opt-p
    matches '^stat /opt-u char 0666 0:0 1:5'
    matches '^stat /opt-p fifo 0600 0:0'
}

@test "devices: types that do not exist" {
    device x 1 3 /dev/what
    rt_run
    fails
    lorica_says '/linux/devices/0/type'
    nothing_left
}

@test "devices: a path that leaves the root stays inside" {
    writable_root
    device c 1 3 /dev/../../../../srv/escaped
    probe stat /srv/escaped
    has "stat /srv/escaped char 0666 0:0 1:3"
    [ ! -e /srv/escaped ]
}

@test "devices: /dev from the host is left alone" {
    mkdir "$T/dev"
    mknod "$T/dev/null" c 1 3
    config '.mounts |= map(select(.destination | startswith("/dev") | not))
        | .mounts += [{destination: "/dev", type: "bind", source: $p, options: ["rbind"]}]' --arg p "$T/dev"
    probe ls /dev
    [ "$RT_KIND" != lorica ] || [ ! -e "$T/dev/zero" ]
}

@test "device rules: everything is denied but the defaults" {
    all_caps
    config '(.mounts[] | select(.destination == "/dev")).options -= ["nosuid"]'
    probe device r c 1 1 device rw c 1 3 device r b 8 0 device rw c 10 229 device r c 1 9
    # mknod is allowed for all, use is not
    matches '^device (mknod|open r) c 1:1 EPERM'
    has "device open rw c 1:3 ok"
    matches '^device (mknod|open r) b 8:0 EPERM'
    matches '^device (mknod|open rw) c 10:229 EPERM'
    has "device open r c 1:9 ok"
}

@test "device rules: an allowed one" {
    all_caps
    config '.linux.resources.devices += [{"allow": true, "type": "c", "major": 1, "minor": 11, "access": "rwm"}]'
    probe device r c 1 11
    has "device open r c 1:11 ok"
}

@test "device rules: read only" {
    all_caps
    config '.linux.resources.devices += [{"allow": true, "type": "c", "major": 1, "minor": 11, "access": "rm"}]'
    probe device r c 1 11 device w c 1 11
    has "device open r c 1:11 ok"
    has "device open w c 1:11 EPERM"
}

@test "device rules: wildcards for major and minor" {
    all_caps
    config '.linux.resources.devices += [{"allow": true, "type": "c", "major": 1, "access": "rwm"}]'
    probe device r c 1 1 device r c 1 11 device rw c 10 229
    has "device open r c 1:11 ok"
    never '^device .* c 1:1 EPERM'
    matches '^device (mknod|open rw) c 10:229 EPERM'
}

@test "device rules: allow all" {
    all_caps
    config '.linux.resources.devices = [{"allow": true, "access": "rwm"}]'
    probe device r c 1 11
    has "device open r c 1:11 ok"
}

@test "device rules: in order, the later counts" {
    all_caps
    config '.linux.resources.devices += [{"allow": true, "type": "c", "major": 1, "minor": 11, "access": "rwm"},
        {"allow": false, "type": "c", "major": 1, "minor": 11, "access": "w"}]'
    probe device r c 1 11 device w c 1 11
    has "device open r c 1:11 ok"
    has "device open w c 1:11 EPERM"
}

@test "device rules: an empty access is an error" {
    differs crun "takes it for nothing"
    config '.linux.resources.devices += [{"allow": true, "type": "c", "major": 1, "minor": 11, "access": ""}]'
    rt_run
    fails
    nothing_left
}

@test "device rules: in force before the program's first instruction" {
    needs_v1
    rt_create
    grep -qx 'c 1:3 rwm' "$(cgroup_of devices)/devices.list"
    not grep -q '^a ' "$(cgroup_of devices)/devices.list"
}
