#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load helpers

caps() { config '.process.capabilities = $c' --argjson c "$1"; }
set_is() { has "$1 $2"; }

@test "capabilities: the default sets" {
    probe caps
    has "bounding 0000000020000420 KILL,NET_BIND_SERVICE,AUDIT_WRITE"
    has "permitted 0000000020000420 KILL,NET_BIND_SERVICE,AUDIT_WRITE"
    has "effective 0000000020000420 KILL,NET_BIND_SERVICE,AUDIT_WRITE"
    has "inheritable 0000000000000000 "
    has "ambient 0000000000000000 "
}

@test "capabilities: none" {
    caps '{}'
    probe caps
    has "bounding 0000000000000000 "
    has "permitted 0000000000000000 "
    has "effective 0000000000000000 "
}

@test "capabilities: each set on its own" {
    caps '{"bounding": ["CAP_CHOWN", "CAP_KILL", "CAP_SYSLOG"]}'
    config '.process.user.uid = 1000'
    probe caps
    has "bounding 0000000400000021 CHOWN,KILL,SYSLOG"
    has "permitted 0000000000000000 "
    caps '{"bounding": ["CAP_CHOWN"], "permitted": ["CAP_CHOWN"], "inheritable": ["CAP_CHOWN"]}'
    probe caps
    has "inheritable 0000000000000001 CHOWN"
}

@test "capabilities: ambient ones reach an ordinary user's program" {
    caps '{"bounding": ["CAP_CHOWN", "CAP_NET_RAW"], "permitted": ["CAP_CHOWN", "CAP_NET_RAW"],
        "inheritable": ["CAP_NET_RAW"], "ambient": ["CAP_NET_RAW"], "effective": ["CAP_NET_RAW"]}'
    config '.process.user = {"uid": 1000, "gid": 1000}'
    probe caps
    has "ambient 0000000000002000 NET_RAW"
    has "permitted 0000000000002000 NET_RAW"
    has "effective 0000000000002000 NET_RAW"
}

@test "capabilities: without ambient ones an ordinary user's program has none" {
    config '.process.user = {"uid": 1000, "gid": 1000}'
    probe caps
    has "permitted 0000000000000000 "
    has "effective 0000000000000000 "
    has "bounding 0000000020000420 KILL,NET_BIND_SERVICE,AUDIT_WRITE"
}

@test "capabilities: an ambient one that is not inheritable is not granted" {
    caps '{"bounding": ["CAP_NET_RAW"], "permitted": ["CAP_NET_RAW"], "ambient": ["CAP_NET_RAW"]}'
    config '.process.user = {"uid": 1000, "gid": 1000}'
    probe_args caps
    rt_run
    [ "$status" != 0 ] || has "ambient 0000000000000000 "
}

@test "capabilities: names that do not exist are warned about, and left out" {
    differs crun "1.8.1 fails"
    config '.process.capabilities.bounding += ["CAP_NO_SUCH"]'
    probe caps
    matches '^bounding 0000000020000420 '
    [ "$RT_KIND" != lorica ] || matches 'CAP_NO_SUCH'
}

@test "capabilities: what the runtime itself does not have is warned about, and left out" {
    differs crun "1.8.1 fails"
    differs runc "1.1.5 fails"
    needs_root "a bounding set of root's"
    local set
    for set in bounding effective permitted; do config '.process.capabilities[$s] += ["CAP_NET_RAW"]' --arg s $set; done
    printf '#!/bin/sh\nexec setpriv --bounding-set=-net_raw --inh-caps=-net_raw %s "$@"\n' "$RUNTIME" >"$T/restricted"
    chmod +x "$T/restricted"
    probe_args caps
    RUNTIME=$T/restricted rt_run
    succeeds
    matches '^bounding 0000000020000420 '
    matches '^permitted 0000000020000420 '
    [ "$RT_KIND" != lorica ] || matches 'CAP_NET_RAW'
}

@test "capabilities: everything the kernel has" {
    config '.process.capabilities |= ([$n[] | "CAP_" + .] as $c | {bounding: $c, effective: $c, permitted: $c})' \
        --argjson n '["CHOWN", "SYS_ADMIN", "AUDIT_READ", "PERFMON", "BPF", "CHECKPOINT_RESTORE"]'
    probe caps
    has "bounding 000001e000200001 CHOWN,SYS_ADMIN,AUDIT_READ,PERFMON,BPF,CHECKPOINT_RESTORE"
}

@test "capabilities: no securebits, no keepcaps, no pdeathsig are left" {
    differs crun "leaves keepcaps"
    probe prctl
    has "keepcaps 0"
    has "securebits 0"
    has "pdeathsig 0"
    has "subreaper 0"
    has "dumpable 1"
}

@test "capabilities: those that were dropped do not work" {
    probe syscall sethostname newmount tmpfs /tmp mknod c 1 3 /dev/x setuid 1000 unshare mnt
    has "newmount tmpfs /tmp EPERM"
    has "mknod c 1:3 EPERM"
    has "setuid EPERM"
    has "unshare mnt EPERM"
}

@test "noNewPrivileges: on" {
    probe prctl
    has "no_new_privs 1"
}

@test "noNewPrivileges: off, and when absent" {
    config '.process.noNewPrivileges = false'
    probe prctl
    has "no_new_privs 0"
    config 'del(.process.noNewPrivileges)'
    probe prctl
    has "no_new_privs 0"
}

@test "noNewPrivileges: a program with the setuid bit gains nothing" {
    own_programs
    chmod 4755 "$ROOTFS/bin/probe"
    config '.process.user = {"uid": 1000, "gid": 1000}'
    args /bin/busybox sh -c 'exec /bin/probe id caps'
    rt_run
    succeeds
    has "uid 1000 1000 1000"
    has "permitted 0000000000000000 "
}

@test "noNewPrivileges: without it, the setuid bit works, within the bounding set" {
    own_programs
    chmod 4755 "$ROOTFS/bin/probe"
    config '.process.user = {"uid": 1000, "gid": 1000} | .process.noNewPrivileges = false'
    args /bin/busybox sh -c 'exec /bin/probe id caps'
    rt_run
    succeeds
    has "uid 1000 0 0"
    has "permitted 0000000020000420 KILL,NET_BIND_SERVICE,AUDIT_WRITE"
}
