#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load helpers

@test "maskedPaths: the defaults are covered" {
    all_caps
    probe read /proc/kcore read /proc/keys read /proc/timer_list ls /sys/firmware ls /proc/acpi
    never '^read /proc/(kcore|keys|timer_list) [1-9]'
    has "ls /sys/firmware"
}

@test "maskedPaths: a file of the image" {
    echo secret >"$ROOTFS/secret"
    config '.linux.maskedPaths += ["/secret"]'
    probe read /secret stat /secret
    has "read /secret 0 bytes"
    matches '^stat /secret char .* 1:3'
}

@test "maskedPaths: a directory is empty and read-only" {
    all_caps
    mkdir "$ROOTFS/private"
    touch "$ROOTFS/private/file"
    config '.linux.maskedPaths += ["/private"]'
    probe ls /private open cw /private/new statfs /private
    has "ls /private"
    has "open cw /private/new EROFS"
    [ -e "$ROOTFS/private/file" ]
}

@test "maskedPaths: what is not there is skipped" {
    config '.linux.maskedPaths += ["/no/such/path", "/proc/nosuch"]'
    probe print x
    has x
}

@test "maskedPaths: a file covered cannot be written through" {
    all_caps
    echo secret >"$ROOTFS/secret"
    writable_root
    config '.linux.maskedPaths += ["/secret"]'
    probe write /secret overwritten
    [ "$(cat "$ROOTFS/secret")" = secret ]
}

@test "maskedPaths: twice, nested, with a trailing slash" {
    mkdir -p "$ROOTFS/a/b"
    touch "$ROOTFS/a/b/c"
    config '.linux.maskedPaths += ["/a/b/c", "/a/b/", "/a/b", "/a", "/a/b/c"]'
    probe ls /a read /a/b/c
    has "ls /a"
    has "read /a/b/c ENOENT"
}

@test "maskedPaths: a link is resolved inside the root" {
    lorica_only "peers mask the link's target by path"
    echo secret >"$ROOTFS/target"
    ln -s /target "$ROOTFS/link"
    config '.linux.maskedPaths += ["/link"]'
    probe read /target
    has "read /target 0 bytes"
}

@test "maskedPaths: five hundred of them" {
    local i
    mkdir "$ROOTFS/many"
    for i in $(seq 500); do echo x >"$ROOTFS/many/$i"; done
    config '.linux.maskedPaths += [range(1; 501) | "/many/\(.)"]'
    probe read /many/1 read /many/500
    has "read /many/1 0 bytes"
    has "read /many/500 0 bytes"
}

@test "maskedPaths: a relative path" {
    lorica_only "peers take it"
    config '.linux.maskedPaths += ["proc/kcore"]'
    rt_run
    fails
    message '/linux/maskedPaths/10'
    nothing_left
}

@test "readonlyPaths: the defaults" {
    all_caps
    probe mount /proc/sys open w /proc/sys/kernel/hostname open w /proc/sysrq-trigger open w /proc/irq/default_smp_affinity
    matches '^mount /proc/sys ro'
    matches "^open w /proc/sys/kernel/hostname (EROFS${ROOTLESS:+|EACCES})\$" # files of the host's root
    matches "^open w /proc/sysrq-trigger (EROFS|ENOENT${ROOTLESS:+|EACCES})\$"
    matches "^open w /proc/irq/default_smp_affinity (EROFS|ENOENT${ROOTLESS:+|EACCES})\$"
}

@test "readonlyPaths: a directory and a file of a writable root" {
    all_caps
    writable_root
    mkdir "$ROOTFS/dir"
    touch "$ROOTFS/dir/file" "$ROOTFS/file"
    config '.linux.readonlyPaths += ["/dir", "/file"]'
    probe open w /dir/file open cw /dir/new open w /file open cw /free
    has "open w /dir/file EROFS"
    has "open cw /dir/new EROFS"
    has "open w /file EROFS"
    has "open cw /free ok"
}

@test "readonlyPaths: what is not there is skipped" {
    config '.linux.readonlyPaths += ["/no/such/path"]'
    probe print x
    has x
}

@test "readonlyPaths: flags of the mount stay" {
    mkdir "$ROOTFS/m"
    add_mount '{"destination": "/m", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "nodev", "noexec"]}'
    config '.linux.readonlyPaths += ["/m"]'
    probe mount /m
    differs crun "1.8.1 shows the new mount's only"
    matches '^mount /m ro,nosuid,nodev,noexec'
}

@test "readonlyPaths and maskedPaths: a mask inside a read-only path" {
    mkdir "$ROOTFS/dir"
    echo secret >"$ROOTFS/dir/secret"
    writable_root
    config '.linux.readonlyPaths += ["/dir"] | .linux.maskedPaths += ["/dir/secret"]'
    probe read /dir/secret open cw /dir/new
    has "read /dir/secret 0 bytes"
    has "open cw /dir/new EROFS"
}

@test "masks cannot be taken off by root without CAP_SYS_ADMIN" {
    probe umount /proc/keys umount /proc/sys remount /proc/sys
    has "umount /proc/keys EPERM"
    has "umount /proc/sys EPERM"
    has "remount /proc/sys EPERM"
}
