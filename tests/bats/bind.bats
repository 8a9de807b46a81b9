#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load helpers

setup() {
    lorica_setup
    mkdir -p "$T/src/dir"
    echo content >"$T/src/file"
}

teardown() {
    umount "$T/src/dir/later" "$T/src/dir/in" "$T/src/dir" 2>/dev/null || true
    lorica_teardown
}

# bind SOURCE DESTINATION OPTION…
bind() {
    config '.mounts += [{destination: $d, type: "bind", source: $s, options: $ARGS.positional}]' \
        --arg s "$1" --arg d "$2" --args -- "${@:3}"
}

@test "bind: a directory, writable" {
    bind "$T/src" /mnt bind rw
    probe read /mnt/file open cw /mnt/new
    has content
    has "open cw /mnt/new ok"
    [ -e "$T/src/new" ]
}

@test "bind: a file onto a file that does not exist yet" {
    bind "$T/src/file" /new/place/file bind
    probe read /new/place/file
    has content
    [ -f "$ROOTFS/new/place/file" ]
}

@test "bind: a file onto a file" {
    bind "$T/src/file" /etc/passwd bind ro
    probe read /etc/passwd
    has content
    [ "$(head -c 4 "$ROOTFS/etc/passwd")" = root ]
}

@test "bind: read-only is read-only" {
    all_caps
    bind "$T/src" /mnt bind ro
    probe open cw /mnt/new open w /mnt/file mkdir /mnt/d unlink /mnt/file mount /mnt
    has "open cw /mnt/new EROFS"
    has "open w /mnt/file EROFS"
    has "mkdir /mnt/d EROFS"
    has "unlink /mnt/file EROFS"
    matches '^mount /mnt ro'
    # the source is not changed
    touch "$T/src/still-writable"
}

@test "bind: nosuid, nodev, noexec, noatime" {
    bind "$T/src" /mnt bind nosuid nodev noexec noatime
    probe mount /mnt
    matches '^mount /mnt rw,nosuid,nodev,noexec,noatime'
}

@test "bind: ro,noatime keeps both" {
    bind "$T/src" /mnt bind ro noatime
    probe mount /mnt
    matches '^mount /mnt ro,noatime'
}

@test "bind: noexec is in force" {
    bind "$ROOTFS/bin" /mnt bind noexec
    probe exec /mnt/probe print no
    has "exec /mnt/probe EACCES"
}

@test "bind: rbind takes mounts below along, bind does not" {
    mount -t tmpfs tmpfs "$T/src/dir"
    touch "$T/src/dir/below"
    bind "$T/src" /r rbind
    bind "$T/src" /b bind
    probe_args ls /r/dir ls /b/dir
    rt_run
    umount "$T/src/dir"
    succeeds
    has "ls /r/dir below"
    has "ls /b/dir"
}

@test "bind: rbind,ro makes the top read-only, rro all of it" {
    differs runc "1.1.5 has no rro"
    needs_kernel 5.12 "a recursive attribute"
    mount -t tmpfs tmpfs "$T/src/dir"
    bind "$T/src" /r rbind ro
    bind "$T/src" /rr rbind rro
    probe_args open cw /r/x open cw /r/dir/x open cw /rr/x open cw /rr/dir/x
    rt_run
    umount "$T/src/dir"
    succeeds
    has "open cw /r/x EROFS"
    has "open cw /r/dir/x ok"
    has "open cw /rr/x EROFS"
    has "open cw /rr/dir/x EROFS"
}

@test "bind: recursive attributes" {
    differs crun "1.8.1 fails with rnoatime"
    differs runc "1.1.5 has none"
    needs_kernel 5.12 "a recursive attribute"
    mount -t tmpfs tmpfs "$T/src/dir"
    bind "$T/src" /mnt rbind rnosuid rnodev rnoexec rnoatime
    probe_args mount /mnt mount /mnt/dir
    rt_run
    umount "$T/src/dir"
    succeeds
    matches '^mount /mnt rw,nosuid,nodev,noexec,noatime'
    matches '^mount /mnt/dir rw,nosuid,nodev,noexec,noatime'
}

@test "bind: every recursive attribute of the specification, set and cleared" {
    lorica_only "1.1.5 has none, and 1.8.1 not all"
    needs_kernel 5.14 "rnosymfollow"
    local option flag
    # plain: nothing is set; full: everything is, on the top and beneath
    mkdir -p "$T/plain" "$T/full"
    mount -t tmpfs -o strictatime tmpfs "$T/plain"
    mount -t tmpfs -o noatime,nosuid,nodev,noexec,nodiratime tmpfs "$T/full"
    mkdir "$T/plain/dir" "$T/full/dir"
    mount -t tmpfs -o strictatime tmpfs "$T/plain/dir"
    mount -t tmpfs -o noatime,nosuid,nodev,noexec,nodiratime tmpfs "$T/full/dir"
    for option in rro rnosuid rnodev rnoexec rnoatime rnodiratime rrelatime rnosymfollow; do bind "$T/plain" "/mnt/$option" rbind $option; done
    for option in rrw rsuid rdev rexec ratime rdiratime rstrictatime rsymfollow; do bind "$T/full" "/mnt/$option" rbind $option; done
    bind "$T/full" /mnt/rnorelatime rbind rnorelatime
    bind "$T/full" /mnt/rnostrictatime rbind rnostrictatime
    writable_root
    probe_args mounts
    rt_run
    umount "$T/plain/dir" "$T/plain" "$T/full/dir" "$T/full"
    succeeds
    local dir
    for dir in "" /dir; do
        for option in rro rnosuid rnodev rnoexec rnoatime rnodiratime rrelatime rnosymfollow; do
            matches " / /mnt/$option$dir ([^ ]*,)?${option#r}(,[^ ]*)? "
        done
        for option in rsuid rdev rexec rdiratime; do
            never " / /mnt/$option$dir ([^ ]*,)?no${option#r}(,[^ ]*)? "
        done
        matches " / /mnt/rrw$dir rw,"
        never " / /mnt/rsymfollow$dir [^ ]*nosymfollow"
        matches " / /mnt/ratime$dir [^ ]*relatime"
        never " / /mnt/rstrictatime$dir [^ ]*(noatime|relatime)"
        matches " / /mnt/rnorelatime$dir " # relatime is not there to be taken away
        matches " / /mnt/rnostrictatime$dir [^ ]*relatime"
        # and nothing else went
        matches " / /mnt/rsuid$dir rw,nodev,noexec,noatime,nodiratime "
    done
}

@test "bind: copy-symlink, src-nofollow: the link itself; dest-nofollow: onto the link itself" {
    lorica_only "options of later versions of crun"
    mkdir "$T/src/plain"
    echo 'the target' >"$T/src/plain/target"
    ln -s target "$T/src/plain/link"
    writable_root
    echo 'the image' >"$ROOTFS/old"
    ln -s old "$ROOTFS/way"
    bind "$T/src/plain/link" /copied bind copy-symlink
    bind "$T/src/plain/link" /bound bind src-nofollow
    bind "$T/src/plain/target" /way bind dest-nofollow
    probe stat /copied stat /bound read /old read /way
    matches '^stat /copied link .*-> target$'
    matches '^stat /bound link .*-> target$'
    [ "$(grep -A1 '^read /old' <<<"$output" | tail -n1)" = 'the image' ]
    [ "$(grep -A1 '^read /way' <<<"$output" | tail -n1)" = 'the target' ]
}

@test "bind: ridmap, the mounts below are mapped too" {
    lorica_only "1.1.5 and 1.8.1 have none"
    needs_root "an id-mapped mount"
    needs_kernel 6.3 "an id-mapped tmpfs"
    mount -t tmpfs tmpfs "$T/src/dir"
    touch "$T/src/dir/below"
    chown 10:20 "$T/src/file" "$T/src/dir/below"
    local maps='"uidMappings": [{"containerID": 10, "hostID": 1000, "size": 1}], "gidMappings": [{"containerID": 20, "hostID": 2000, "size": 1}]'
    add_mount '{"destination": "/mnt", "source": "'"$T/src"'", "options": ["rbind", "idmap"], '"$maps"'}'
    add_mount '{"destination": "/rec", "source": "'"$T/src"'", "options": ["rbind", "ridmap"], '"$maps"'}'
    writable_root
    probe_args stat /mnt/file stat /mnt/dir/below stat /rec/file stat /rec/dir/below
    rt_run
    umount "$T/src/dir"
    succeeds
    matches '^stat /mnt/file file 0644 1000:2000'
    matches '^stat /mnt/dir/below file 0644 10:20'
    matches '^stat /rec/file file 0644 1000:2000'
    matches '^stat /rec/dir/below file 0644 1000:2000'
}

@test "bind: the type may be none, or left out" {
    differs crun "wants a type"
    add_mount '{"destination": "/a", "source": "'"$T/src"'", "options": ["bind"]}'
    add_mount '{"destination": "/b", "type": "none", "source": "'"$T/src"'", "options": ["rbind"]}'
    probe read /a/file ls /b
    has content
    has "ls /b dir file"
}

@test "bind: a relative source is the bundle's" {
    mkdir "$BUNDLE/data"
    echo relative >"$BUNDLE/data/file"
    bind data /mnt bind
    probe read /mnt/file
    has relative
}

@test "bind: a source that is a link" {
    ln -s src "$T/link"
    bind "$T/link" /mnt bind
    probe read /mnt/file
    has content
}

@test "bind: a source that does not exist" {
    bind "$T/none" /mnt bind
    rt_run
    fails
    matches "$T/none|/mnt"
    nothing_left
}

@test "bind: a directory onto a file" {
    bind "$T/src" /etc/passwd bind
    rt_run
    fails
    nothing_left
}

@test "bind: options of a file system are refused" {
    differs runc "1.1.5 ignores them"
    differs crun "ignores them"
    bind "$T/src" /mnt bind size=1m
    rt_run
    fails
    lorica_says '/mounts/7'
    nothing_left
}

@test "bind: a socket, a fifo and a device" {
    mkfifo "$T/src/fifo"
    bind "$T/src/fifo" /tmp/fifo bind
    bind /dev/null /tmp/null bind
    mkdir -p "$ROOTFS/tmp"
    probe stat /tmp/fifo stat /tmp/null
    matches '^stat /tmp/fifo fifo'
    matches '^stat /tmp/null char 0666 0:0 1:3'
}

@test "bind: propagation" {
    differs crun "1.8.1 ignores shared"
    mount -t tmpfs tmpfs "$T/src/dir"
    mount --make-shared "$T/src/dir"
    bind "$T/src/dir" /shared bind shared
    bind "$T/src/dir" /slave bind rslave
    bind "$T/src/dir" /private bind private
    probe_args mount /shared mount /slave mount /private
    rt_run
    umount "$T/src/dir"
    succeeds
    matches '^mount /shared .* shared:'
    matches '^mount /slave .* master:'
    never '^mount /private .* (shared|master):'
}

# no_way_out: the container has a bind of $T/src/dir, shared on the host, at /out; what is mounted there is its own
no_way_out() {
    rt_detach
    run awk '$5 == "/out"' "/proc/$(pid_of)/mountinfo"
    matches ' /out '
    never ' shared:'
    nsenter --target "$(pid_of)" --mount --root --wd=/ -- /bin/busybox mount -t tmpfs tmpfs /out/in 3>&-
    grep -q ' /out/in ' "/proc/$(pid_of)/mountinfo"
    not mountpoint -q "$T/src/dir/in"
    # the other way it comes through
    mount -t tmpfs tmpfs "$T/src/dir/later"
    [ "$RT_KIND" = crun ] || # its binds are private
    grep -q ' /out/later ' "/proc/$(pid_of)/mountinfo"
    rt delete --force "$ID"
}

@test "bind: what is mounted inside does not reach the host, whoever opened the source" {
    mount -t tmpfs tmpfs "$T/src/dir"
    mount --make-shared "$T/src/dir"
    mkdir "$T/src/dir/in" "$T/src/dir/later"
    bind "$T/src/dir" /out bind
    args /bin/busybox sleep 600
    no_way_out
    umount "$T/src/dir/later"
    user_namespace
    no_way_out
}

@test "bind: the flags of the source stay unless they are cleared" {
    differs crun "1.8.1 clears them"
    mount -t tmpfs -o nosuid,nodev,noexec tmpfs "$T/src/dir"
    bind "$T/src/dir" /keep bind ro
    bind "$T/src/dir" /plain bind
    probe_args mount /keep mount /plain
    rt_run
    umount "$T/src/dir"
    succeeds
    matches '^mount /plain rw,nosuid,nodev,noexec'
    [ "$RT_KIND" != lorica ] || matches '^mount /keep ro,nosuid,nodev,noexec'
}

@test "bind: exec clears noexec of the source" {
    lorica_only "runc 1.1 cannot"
    mount -t tmpfs -o noexec tmpfs "$T/src/dir"
    bind "$T/src/dir" /mnt bind exec
    probe_args mount /mnt
    rt_run
    umount "$T/src/dir"
    succeeds
    never '^mount /mnt [^ ]*noexec'
}

@test "bind: nothing of the source's options changes on the host" {
    mount -t tmpfs tmpfs "$T/src/dir"
    local before after
    before=$(grep "$T/src/dir" /proc/self/mountinfo)
    bind "$T/src/dir" /mnt rbind ro nosuid noexec nodev
    probe_args print x
    rt_run
    after=$(grep "$T/src/dir" /proc/self/mountinfo)
    umount "$T/src/dir"
    succeeds
    [ "$before" = "$after" ]
}

@test "bind: in a user namespace" {
    user_namespace
    chown 100000:100000 "$T/src" "$T/src/file"
    bind "$T/src" /mnt rbind ro
    probe read /mnt/file stat /mnt/file open cw /mnt/new
    has content
    matches '^stat /mnt/file file [0-7]+ 0:0'
    has "open cw /mnt/new EROFS"
}

@test "bind: in a user namespace, over a source with locked flags" {
    differs runc "1.1.5 fails"
    differs crun "shows the flags of its own clone"
    user_namespace
    mount -t tmpfs -o nosuid,nodev,noexec,noatime tmpfs "$T/src/dir"
    chmod 755 "$T/src/dir"
    bind "$T/src/dir" /mnt rbind ro
    probe_args mount /mnt
    rt_run
    umount "$T/src/dir"
    succeeds
    matches '^mount /mnt ro,nosuid,nodev,noexec,noatime'
}
