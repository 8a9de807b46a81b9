#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load helpers

@test "rootfs: read-only" {
    all_caps
    probe open cw /file mkdir /dir open cw /etc/passwd open cw /bin/probe
    has "open cw /file EROFS"
    has "mkdir /dir EROFS"
    has "open cw /etc/passwd EROFS"
    [ ! -e "$ROOTFS/file" ]
}

@test "rootfs: read-only, and the flag is the mount's" {
    probe mount /
    matches '^mount / ro[, ]'
}

@test "rootfs: writable" {
    writable_root
    probe open cw /file
    has "open cw /file ok"
    [ -e "$ROOTFS/file" ]
}

@test "rootfs: the old root is gone" {
    all_caps
    probe mounts ls /
    matches '^ls / bin dev etc home proc root run sys tmp var$'
    # every mount point is the root, or in what the configuration lists
    local points
    points=$(awk '$1 == "mountinfo" { print $6 }' <<<"$output" | grep -vE '^/(proc|dev|sys)(/|$)')
    [ "$points" = / ] || { echo "$points"; false; }
}

@test "rootfs: no way out by chroot" {
    all_caps
    writable_root
    probe escape
    has "escape no"
}

@test "rootfs: no way out by chroot with --no-pivot" {
    all_caps
    writable_root
    probe_args escape
    rt_run --no-pivot
    succeeds
    has "escape no"
}

@test "rootfs: an absolute root.path" {
    mv "$ROOTFS" "$T/elsewhere"
    config '.root.path = $p' --arg p "$T/elsewhere"
    probe print x
    has x
}

@test "rootfs: root.path with . and .. and a trailing slash" {
    config '.root.path = "./../bundle//rootfs/"'
    probe print x
    has x
}

@test "rootfs: names with spaces and other odd characters" {
    local name=$'a b\\040c\td:e,f#g\u00fc'
    mv "$ROOTFS" "$BUNDLE/$name"
    config '.root.path = $p' --arg p "$name"
    probe print x stat /bin/probe
    has x
}

@test "rootfs: a newline in the name" {
    local name=$'a\nb'
    mv "$ROOTFS" "$BUNDLE/$name"
    config '.root.path = $p' --arg p "$name"
    probe print x
    has x
}

@test "rootfs: a file instead of a directory" {
    touch "$T/file"
    config '.root.path = $p' --arg p "$T/file"
    rt_run
    fails
    nothing_left
}

@test "rootfs: no root at all" {
    config 'del(.root)'
    rt_run
    fails
    lorica_says '/root'
    nothing_left
}

@test "rootfs: a mount point already" {
    mkdir "$T/mnt"
    mount --bind "$ROOTFS" "$T/mnt"
    config '.root.path = $p' --arg p "$T/mnt"
    probe_args print x
    rt_run
    umount "$T/mnt"
    succeeds
    has x
}

@test "rootfs: a mount point that is shared" {
    mkdir "$T/mnt"
    mount --bind "$ROOTFS" "$T/mnt"
    mount --make-rshared "$T/mnt"
    config '.root.path = $p' --arg p "$T/mnt"
    probe_args print x
    rt_run
    umount "$T/mnt"
    succeeds
    has x
}

@test "rootfs: mounts of the container are not seen on the host" {
    probe_args hold
    rt_detach
    wait_for 2 is_printed holding
    not grep -q "$BUNDLE" /proc/self/mountinfo
    same_mounts
}

@test "rootfs: mounts of the host do not come in later by default" {
    mkdir "$T/src"
    mount -t tmpfs tmpfs "$T/src"
    mount --make-shared "$T/src"
    mkdir "$T/src/sub"
    add_mount '{"destination": "/mnt", "type": "bind", "source": "'"$T/src"'", "options": ["rbind", "rprivate"]}'
    probe_args sleep 600 ls /mnt/sub
    rt_detach
    mount -t tmpfs tmpfs "$T/src/sub"
    touch "$T/src/sub/late"
    wait_for 3 is_state stopped
    umount "$T/src/sub" "$T/src"
    grep -qx "ls /mnt/sub" "$T/container.out"
}

@test "rootfs: rootfsPropagation shared" {
    differs runc "1.1.5 leaves it private"
    config '.linux.rootfsPropagation = "shared"'
    probe mount /
    matches '^mount / .* shared:[0-9]+'
}

@test "rootfs: rootfsPropagation slave lets mounts of the host in" {
    mkdir "$T/src"
    mount -t tmpfs tmpfs "$T/src"
    mount --make-shared "$T/src"
    mkdir "$T/src/sub"
    config '.linux.rootfsPropagation = "rslave"'
    add_mount '{"destination": "/mnt", "type": "bind", "source": "'"$T/src"'", "options": ["rbind", "rslave"]}'
    probe_args sleep 600 ls /mnt/sub
    rt_detach
    mount -t tmpfs tmpfs "$T/src/sub"
    touch "$T/src/sub/late"
    wait_for 3 is_state stopped
    umount "$T/src/sub" "$T/src"
    grep -qx "ls /mnt/sub late" "$T/container.out"
}

@test "rootfs: rootfsPropagation private and unbindable" {
    config '.linux.rootfsPropagation = "private"'
    probe mount /
    never '^mount / .* (shared|master):'
    differs runc "1.1.5 fails with unbindable"
    config '.linux.rootfsPropagation = "unbindable"'
    probe mount /
    matches '^mount / .* unbindable'
}

@test "rootfs: a propagation that does not exist" {
    differs crun "1.8.1 ignores it"
    config '.linux.rootfsPropagation = "sideways"'
    rt_run
    fails
    lorica_says '/linux/rootfsPropagation'
    nothing_left
}

@test "rootfs: two containers on one root at the same time" {
    probe_args sleep 300 print one
    rt_detach
    new_bundle "$T/second"
    rm -r "$T/second/rootfs"
    BUNDLE=$T/second config '.root.path = $p | .linux.cgroupsPath = $g' --arg p "$ROOTFS" --arg g "$(cgroups_path "2")"
    BUNDLE=$T/second probe_args print two
    run rt run --bundle "$T/second" "$ID-2"
    succeeds
    has two
    wait_for 2 is_printed one
}
