#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load helpers

@test "user: uid and gid, all of them" {
    config '.process.user = {"uid": 1000, "gid": 2000}'
    probe id
    has "uid 1000 1000 1000"
    has "gid 2000 2000 2000"
    has "fsuid 1000 fsgid 2000"
}

@test "user: supplementary groups are exactly those of the configuration" {
    config '.process.user = {"uid": 1000, "gid": 1000, "additionalGids": [5, 2000, 2000000000]}'
    probe id
    has "groups 5 2000 2000000000"
}

@test "user: no supplementary groups of the caller" {
    needs setpriv
    probe_args id
    run setpriv --groups 4,24,27 "$RUNTIME" --root "$STATE" run --bundle "$BUNDLE" "$ID"
    succeeds
    matches '^groups( 0)?$'
    config '.process.user = {"uid": 1000, "gid": 1000}'
    run setpriv --groups 4,24,27 "$RUNTIME" --root "$STATE" run --bundle "$BUNDLE" "$ID"
    succeeds
    has groups
}

@test "user: the largest ids" {
    differs runc "1.1.5 ends at 2147483647"
    config '.process.user = {"uid": 4294967294, "gid": 4294967294}'
    probe id
    has "uid 4294967294 4294967294 4294967294"
}

@test "user: ids that mean something else to the kernel, or are no ids" {
    differs crun "1.8.1 takes some"
    differs runc "1.1.5 takes some"
    local bad
    for bad in 4294967295 4294967296 -1 1.5 '"0"' 1e3 18446744073709551616 null true; do
        printf '%s' "$(jq -c 'del(.process.user)' "$BUNDLE/config.json")" |
            sed "s/\"process\":{/\"process\":{\"user\":{\"uid\":$bad,\"gid\":0},/" >"$BUNDLE/x.json"
        mkdir -p "$T/bad"
        rm -rf "$T/bad/rootfs"
        ln -sfn "$ROOTFS" "$T/bad/rootfs"
        mv "$BUNDLE/x.json" "$T/bad/config.json"
        run rt run --bundle "$T/bad" "$ID"
        fails 1 || { echo "uid $bad"; false; }
        message '/process/user'
    done
    nothing_left
}

@test "user: thousands of groups" {
    config '.process.user.additionalGids = [range(1000; 4000)]'
    probe id
    [ "$(grep '^groups' <<<"$output" | wc -w)" = 3001 ]
}

@test "umask: the caller's when none is given, of exec too" {
    differs crun "0022"
    differs runc "0022"
    local mask
    probe_args umask
    for mask in 0077 0002; do
        umask $mask
        rt_run
        umask 022
        succeeds
        has "umask $mask"
    done
    args /bin/sleep 1000
    rt_detach
    umask 0027
    run rt exec "$ID" /bin/sh -c umask
    umask 022
    succeeds
    has 0027
}

@test "umask: as given" {
    config '.process.user.umask = 63'
    probe umask
    has "umask 0077"
    config '.process.user.umask = 0'
    probe umask
    has "umask 0000"
}

@test "HOME: from the container's passwd, if there is none in env" {
    config '.process.user = {"uid": 1000, "gid": 1000}'
    probe env HOME
    has "env HOME =/home/alice"
}

@test "HOME: root's" {
    probe env HOME
    has "env HOME =/root"
}

@test "HOME: of a user that passwd does not know" {
    differs crun "leaves it unset"
    config '.process.user = {"uid": 77, "gid": 77}'
    probe env HOME
    has "env HOME =/"
}

@test "HOME: as given in env" {
    config '.process.env += ["HOME=/elsewhere"]'
    probe env HOME
    has "env HOME =/elsewhere"
}

@test "HOME: a passwd that is a link out of the root, a fifo, a directory, or enormous" {
    differs crun "1.8.1 fails now and then"
    differs runc "1.1.5 reads a fifo"
    local kind
    for kind in link fifo dir large binary; do
        rm -rf "$ROOTFS/etc/passwd"
        case $kind in
        link) ln -s ../../../../../../../../etc/passwd "$ROOTFS/etc/passwd" ;;
        fifo) mkfifo "$ROOTFS/etc/passwd" ;;
        dir) mkdir "$ROOTFS/etc/passwd" ;;
        large) head -c 20000000 /dev/zero | tr '\0' x >"$ROOTFS/etc/passwd" ;;
        binary) head -c 100000 /dev/urandom >"$ROOTFS/etc/passwd" ;;
        esac
        [ "$RT_KIND$kind" != crunfifo ] || continue
        RT_TIMEOUT=5
        probe env HOME
        [ "$RT_KIND" = crun ] || matches '^env HOME =/'
        rm -rf "$ROOTFS/etc/passwd"
    done
}

@test "cwd: as given" {
    mkdir -p "$ROOTFS/some/dir"
    config '.process.cwd = "/some/dir"'
    probe cwd
    has "cwd /some/dir"
}

@test "cwd: made when it is missing" {
    writable_root
    config '.process.cwd = "/new/dir"'
    probe cwd stat /new/dir
    has "cwd /new/dir"
    matches '^stat /new/dir dir 0755 0:0'
}

@test "cwd: a file" {
    config '.process.cwd = "/etc/passwd"'
    rt_run
    fails
    nothing_left
}

@test "cwd: relative, or empty" {
    local bad
    for bad in "" some/dir .; do
        config '.process.cwd = $c' --arg c "$bad"
        rt_run
        [ "$RT_KIND" = crun ] || fails
    done
    nothing_left
}

@test "cwd: a directory that only the user may enter" {
    mkdir "$ROOTFS/mine"
    chown 1000:1000 "$ROOTFS/mine"
    chmod 700 "$ROOTFS/mine"
    config '.process.cwd = "/mine" | .process.user = {"uid": 1000, "gid": 1000}'
    probe cwd
    has "cwd /mine"
}

@test "cwd: through a link inside the root" {
    mkdir "$ROOTFS/real"
    ln -s /real "$ROOTFS/link"
    config '.process.cwd = "/link"'
    probe cwd
    has "cwd /real"
}
