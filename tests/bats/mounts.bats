#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load helpers

# tmpfs_at PATH OPTION…: a tmpfs with these options, looked at with the probe
tmpfs_at() {
    local path=$1
    shift
    config '.mounts += [{destination: $p, type: "tmpfs", source: "tmpfs", options: $ARGS.positional}]' --arg p "$path" --args -- "$@"
}

@test "mounts: the default set has the flags and types that were asked for" {
    probe mount /proc mount /dev mount /dev/pts mount /dev/shm mount /dev/mqueue mount /sys
    matches '^mount /proc rw,[a-z,]*relatime proc proc rw'
    matches '^mount /dev rw,nosuid[^ ]* tmpfs tmpfs rw,size=65536k,mode=755'
    never '^mount /dev [^ ]*(relatime|noatime)' # strictatime
    local gid=5
    [ -z "${ROOTLESS:-}" ] || gid='[0-9]+' # as the host calls it
    matches "^mount /dev/pts rw,nosuid,noexec[^ ]* devpts devpts rw,gid=$gid,mode=620,ptmxmode=666"
    matches '^mount /dev/shm rw,nosuid,nodev,noexec[^ ]* tmpfs shm rw,size=65536k'
    matches '^mount /dev/mqueue rw,nosuid,nodev,noexec[^ ]* mqueue mqueue'
    matches '^mount /sys ro,nosuid,nodev,noexec[^ ]* sysfs sysfs'
}

@test "mounts: flags of mount(2), each on its own" {
    local option
    for option in ro nosuid nodev noexec noatime nodiratime relatime sync dirsync; do
        tmpfs_at "/tmp/$option" "$option"
    done
    tmpfs_at /tmp/all ro nosuid nodev noexec noatime
    tmpfs_at /tmp/strictatime strictatime
    writable_root
    probe mounts
    local line
    for option in ro nosuid nodev noexec noatime nodiratime relatime; do
        line=$(grep " / /tmp/$option " <<<"$output")
        [[ ",$(cut -d' ' -f7 <<<"$line")," = *",$option,"* ]] || { echo "$option"; show; false; }
    done
    for option in sync dirsync; do
        line=$(grep " / /tmp/$option " <<<"$output")
        [[ ",${line##* }," = *",$option,"* ]] || { echo "$option"; show; false; }
    done
    matches ' / /tmp/all ro,nosuid,nodev,noexec,noatime '
    line=$(grep " / /tmp/strictatime " <<<"$output")
    [[ "$(cut -d' ' -f7 <<<"$line")" != *atime* ]]
}

@test "mounts: the last of two that contradict counts" {
    differs crun "rw does not undo ro"
    writable_root
    tmpfs_at /tmp/a ro rw
    tmpfs_at /tmp/b nosuid suid
    tmpfs_at /tmp/c noexec exec nodev dev
    tmpfs_at /tmp/d rw ro
    tmpfs_at /tmp/e exec noexec
    probe mounts
    matches ' /tmp/a rw'
    never ' /tmp/b [^ ]*nosuid'
    never ' /tmp/c [^ ]*(noexec|nodev)'
    matches ' /tmp/d ro'
    matches ' /tmp/e [^ ]*noexec'
}

@test "mounts: defaults clears nothing that is set later" {
    differs runc "1.1.5 hands the word to the file system"
    writable_root
    tmpfs_at /tmp/a defaults nosuid
    probe mount /tmp/a
    matches '^mount /tmp/a rw,nosuid'
}

@test "mounts: every option of the specification that is not recursive, alone and with its opposite" {
    lorica_only "the peers know fewer"
    local option line
    writable_root
    for option in async atime defaults dev diratime exec iversion lazytime loud noatime nodev nodiratime noexec noiversion nolazytime \
        norelatime nostrictatime nosuid nosymfollow private relatime ro rprivate rshared rslave runbindable rw shared silent slave \
        strictatime suid symfollow sync dirsync unbindable mand nomand; do
        tmpfs_at "/tmp/$option" "$option"
    done
    # the opposite takes it back
    for option in async,sync atime,noatime dev,nodev diratime,nodiratime exec,noexec nolazytime,lazytime rw,ro suid,nosuid symfollow,nosymfollow; do
        tmpfs_at "/tmp/no-${option#*,}" "${option#*,}" "${option%,*}"
    done
    probe mounts
    for option in async atime defaults dev diratime exec iversion lazytime loud noatime nodev nodiratime noexec noiversion nolazytime \
        norelatime nostrictatime nosuid nosymfollow relatime ro rw silent strictatime suid symfollow sync dirsync mand nomand; do
        line=$(grep " / /tmp/$option " <<<"$output") || { echo "no /tmp/$option"; show; false; }
        line=",$(cut -d' ' -f7 <<<"$line"),${line##* },"
        case $option in
        noatime | nodev | nodiratime | noexec | nosuid | nosymfollow | ro | sync | dirsync | lazytime | relatime) [[ $line = *",$option,"* ]] ;;
        *) [[ $line != *,no* && $line != *,ro,* && $line != *sync,* && $line != *lazytime* ]] ;;
        esac || { echo "$option: $line"; false; }
    done
    for option in sync noatime nodev nodiratime noexec lazytime ro nosuid nosymfollow; do
        line=$(grep " / /tmp/no-$option " <<<"$output")
        line=",$(cut -d' ' -f7 <<<"$line"),${line##* },"
        [[ $line != *",$option,"* ]] || { echo "no-$option: $line"; false; }
    done
    for option in private rprivate slave rslave; do never " / /tmp/$option .*(shared|master):"; done
    for option in shared rshared; do matches " / /tmp/$option .* shared:"; done
    for option in unbindable runbindable; do matches " / /tmp/$option .* unbindable"; done
}

@test "mounts: nosymfollow, lazytime" {
    lorica_only "not in runc 1.1 and crun"
    writable_root
    tmpfs_at /tmp/a nosymfollow
    tmpfs_at /tmp/b lazytime
    probe mounts
    matches ' /tmp/a [^ ]*nosymfollow'
    matches ' /tmp/b .*lazytime'
}

@test "mounts: data goes to the file system" {
    writable_root
    tmpfs_at /tmp/a size=1m mode=0700 nr_inodes=100 uid=1000 gid=2000
    probe mount /tmp/a stat /tmp/a
    matches 'size=1024k'
    matches 'nr_inodes=100'
    has "stat /tmp/a dir 0700 1000:2000"
}

@test "mounts: data that the file system does not know is an error" {
    tmpfs_at /tmp nosuchoption=1
    rt_run
    fails
    lorica_says '/mounts/7|/tmp'
    nothing_left
}

@test "mounts: a file system type that does not exist" {
    add_mount '{"destination": "/mnt", "type": "nosuchfs", "source": "x"}'
    rt_run
    fails
    lorica_says 'nosuchfs'
    nothing_left
}

@test "mounts: in the order of the list" {
    writable_root
    tmpfs_at /tmp/a
    tmpfs_at /tmp/a/b
    tmpfs_at /tmp/a/b/c
    tmpfs_at /tmp/x/y
    tmpfs_at /tmp/x # covers the one before
    probe stat /tmp/a/b/c stat /tmp/x/y
    matches '^stat /tmp/a/b/c dir'
    has "stat /tmp/x/y ENOENT"
}

@test "mounts: a missing destination is made inside the root, with its parents" {
    tmpfs_at /very/new/place
    probe mount /very/new/place
    matches '^mount /very/new/place rw'
    [ -d "$ROOTFS/very/new/place" ]
}

@test "mounts: a relative destination is taken from the root" {
    tmpfs_at tmp/rel
    probe mount /tmp/rel
    matches '^mount /tmp/rel rw'
}

@test "mounts: a destination through links stays inside the root" {
    mkdir "$T/outside"
    ln -s /etc/inner "$ROOTFS/abs"
    mkdir "$ROOTFS/etc/inner"
    ln -s ../../../../../../etc/inner "$ROOTFS/rel"
    tmpfs_at /abs/one
    tmpfs_at /rel/two
    probe mount /etc/inner/one mount /etc/inner/two
    matches '^mount /etc/inner/one rw'
    matches '^mount /etc/inner/two rw'
    [ -d "$ROOTFS/etc/inner/one" ]
    [ ! -e /etc/inner ]
}

@test "mounts: a destination through a dangling link is made inside the root" {
    differs crun "1.8.1 refuses it"
    differs runc "1.1.5 refuses it"
    ln -s /run/late "$ROOTFS/link"
    tmpfs_at /link/secrets
    probe mount /run/late/secrets
    matches '^mount /run/late/secrets rw'
    [ -d "$ROOTFS/run/late/secrets" ]
    [ ! -e /run/late ]
}

@test "mounts: dots in a destination stay inside the root" {
    tmpfs_at /tmp/../../../tmp/./x
    probe mount /tmp/x
    matches '^mount /tmp/x rw'
}

@test "mounts: tmpfs takes the mode of the directory that it covers" {
    differs crun "1.8.1 does not"
    mkdir "$ROOTFS/cover"
    chmod 0710 "$ROOTFS/cover"
    tmpfs_at /cover
    probe stat /cover
    matches '^stat /cover dir 0710'
}

@test "mounts: tmpcopyup" {
    mkdir -p "$ROOTFS/data/dir"
    echo content >"$ROOTFS/data/file"
    chmod 0640 "$ROOTFS/data/file"
    chown 1000:1000 "$ROOTFS/data/dir"
    ln -s file "$ROOTFS/data/link"
    tmpfs_at /data tmpcopyup
    probe mount /data read /data/file stat /data/file stat /data/dir stat /data/link open cw /data/new
    matches '^mount /data rw[^ ]* tmpfs'
    has content
    matches '^stat /data/file file 0640'
    matches '^stat /data/dir dir [0-7]+ 1000:1000'
    matches '^stat /data/link link .* -> file'
    has "open cw /data/new ok"
    [ ! -e "$ROOTFS/data/new" ]
}

@test "mounts: propagation of single mounts" {
    differs crun "1.8.1 ignores shared"
    writable_root
    tmpfs_at /tmp/shared shared
    tmpfs_at /tmp/private private
    tmpfs_at /tmp/unbindable unbindable
    probe mount /tmp/shared mount /tmp/private mount /tmp/unbindable
    matches '^mount /tmp/shared .* shared:'
    never '^mount /tmp/private .* (shared|master):'
    matches '^mount /tmp/unbindable .* unbindable'
}

@test "mounts: remount changes what is there" {
    differs crun "1.8.1 fails"
    writable_root
    tmpfs_at /tmp/a
    config '.mounts += [{destination: "/tmp/a", type: "tmpfs", source: "tmpfs", options: ["remount", "ro", "nosuid"]}]'
    probe mount /tmp/a
    matches '^mount /tmp/a ro,nosuid'
}

@test "mounts: sysfs read-only, proc as asked" {
    all_caps
    config '(.mounts[] | select(.destination == "/proc")).options = ["ro", "nosuid", "nodev", "noexec"]'
    probe mount /proc open w /sys/kernel/mm/transparent_hugepage/enabled
    matches '^mount /proc ro,nosuid,nodev,noexec'
    matches "^open w /sys/kernel/mm/transparent_hugepage/enabled (EROFS|ENOENT${ROOTLESS:+|EACCES})\$"
}

@test "mounts: cgroup, read-only" {
    needs_v1
    probe mount /sys/fs/cgroup ls /sys/fs/cgroup open cw /sys/fs/cgroup/x mkdir /sys/fs/cgroup/pids/x mount /sys/fs/cgroup/pids
    matches '^ls /sys/fs/cgroup .*pids'
    # peers leave the tmpfs itself writable
    [ "$RT_KIND" != lorica ] || has "open cw /sys/fs/cgroup/x EROFS"
    [ "$RT_KIND" != lorica ] || matches '^mount /sys/fs/cgroup ro,nosuid,nodev,noexec'
    matches '^mkdir /sys/fs/cgroup/pids/x (EROFS|EACCES)'
    matches '^mount /sys/fs/cgroup/pids ro'
}

@test "mounts: cgroup shows the container's own groups" {
    needs_v1
    config '.linux.resources.pids.limit = 77'
    probe read /sys/fs/cgroup/pids/pids.max
    has 77
}

@test "mounts: cgroup with a cgroup namespace" {
    config '.linux.namespaces += [{"type": "cgroup"}]'
    needs_controller pids
    config '.linux.resources.pids.limit = 77'
    if [ "$CGROUP" = v2 ]; then
        probe read /sys/fs/cgroup/pids.max mkdir /sys/fs/cgroup/x
    else
        probe read /sys/fs/cgroup/pids/pids.max mkdir /sys/fs/cgroup/pids/x
    fi
    has 77
    matches '^mkdir .* (EROFS|EACCES)'
}

@test "mounts: cgroup2, read-only" {
    needs_v2
    config '.linux.namespaces += [{"type": "cgroup"}]'
    probe mount /sys/fs/cgroup read /sys/fs/cgroup/cgroup.procs mkdir /sys/fs/cgroup/x
    matches '^mount /sys/fs/cgroup ro,nosuid,nodev,noexec[^ ]* cgroup2'
    has 1
    matches '^mkdir /sys/fs/cgroup/x EROFS'
}

@test "mounts: a hundred of them" {
    writable_root
    config '.mounts += [range(100) | {destination: "/tmp/m\(.)", type: "tmpfs", source: "tmpfs", options: ["size=4k"]}]'
    probe mount /tmp/m0 mount /tmp/m99
    matches '^mount /tmp/m99 rw'
}

@test "mounts: a destination that is a file, for a file system" {
    add_mount '{"destination": "/etc/passwd", "type": "tmpfs", "source": "tmpfs"}'
    rt_run
    fails
    nothing_left
}

@test "mounts: no options, no type, no source" {
    differs crun "wants a type"
    add_mount '{"destination": "/tmp/x", "type": "tmpfs"}'
    probe mount /tmp/x
    matches '^mount /tmp/x rw'
}
