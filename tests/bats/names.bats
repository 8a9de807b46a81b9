#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load helpers

@test "hostname: inside, not outside" {
    config '.hostname = "inside"'
    probe uname
    has "hostname inside"
    [ "$(cat /proc/sys/kernel/hostname)" != inside ]
}

@test "hostname: none given" {
    config 'del(.hostname)'
    probe uname
    has "hostname $(cat /proc/sys/kernel/hostname)"
}

@test "hostname: without a new uts namespace" {
    differs crun "1.8.1 sets the host's"
    config 'del(.linux.namespaces[] | select(.type == "uts"))'
    rt_run
    fails
    nothing_left
}

@test "hostname: 64 bytes fit, 65 do not" {
    local name
    name=$(printf 'h%.0s' $(seq 64))
    config '.hostname = $n' --arg n "$name"
    probe uname
    has "hostname $name"
    config '.hostname = $n' --arg n "${name}h"
    rt_run
    fails
    nothing_left
}

@test "domainname: inside, not outside" {
    differs runc "1.1.5 does not know it"
    differs crun "1.8.1 does not set it"
    config '.domainname = "example.org"'
    probe uname
    has "domainname example.org"
    [ "$(cat /proc/sys/kernel/domainname)" != example.org ]
}

@test "sysctl: of the container's namespaces" {
    config '.linux.sysctl = {"kernel.msgmax": "8193", "net.ipv4.ip_forward": "1", "net/ipv4/ping_group_range": "0 7",
        "fs.mqueue.msg_max": "11", "kernel.domainname": "sysctl.example"}'
    probe read /proc/sys/kernel/msgmax read /proc/sys/net/ipv4/ip_forward read /proc/sys/net/ipv4/ping_group_range uname
    has 8193
    has 1
    has "$(printf '0\t7')"
    has "domainname sysctl.example"
}

@test "sysctl: of the host, each kind" {
    local name
    for name in kernel.core_pattern kernel.hostname vm.swappiness fs.file-max kernel.pid_max user.max_user_namespaces \
        net/../kernel/core_pattern net.../kernel.core_pattern "" net. kernel.msgmax/../core_pattern; do
        config '.linux.sysctl = {($n): "1"}' --arg n "$name"
        rt_run
        [ "$RT_KIND" != crun ] || [ "$status" != 0 ] || continue
        fails || { echo "$name"; false; }
    done
    nothing_left
}

@test "sysctl: says which" {
    config '.linux.sysctl = {"kernel.core_pattern": "x"}'
    rt_run
    fails
    says 'sysctl "kernel.core_pattern" is not in a separate kernel namespace'
}

@test "sysctl: without the namespace it belongs to" {
    config '.linux.sysctl = {"kernel.msgmax": "8193"} | del(.linux.namespaces[] | select(.type == "ipc"))
        | del(.mounts[] | select(.type == "mqueue"))'
    rt_run
    fails
    config '.linux.sysctl = {"net.ipv4.ip_forward": "1"} | del(.linux.namespaces[] | select(.type == "network"))
        | del(.mounts[] | select(.type == "sysfs"))'
    rt_run
    fails
    nothing_left
}

@test "sysctl: the host's network namespace by path" {
    # the value that it has, so that a runtime which writes it does no harm
    config '.linux.sysctl = {"net.ipv4.ip_forward": $v}
        | (.linux.namespaces[] | select(.type == "network")).path = "/proc/self/ns/net"' \
        --arg v "$(cat /proc/sys/net/ipv4/ip_forward)"
    differs crun "1.8.1 writes it"
    rt_run
    fails
    nothing_left
}

@test "sysctl: a value that the kernel refuses" {
    config '.linux.sysctl = {"kernel.msgmax": "not a number"}'
    rt_run
    fails
    nothing_left
}

@test "sysctl: one that does not exist" {
    config '.linux.sysctl = {"net.ipv4.nosuch": "1"}'
    rt_run
    fails
    nothing_left
}

@test "sysctl: interface names with dots" {
    lorica_only "slash form"
    config '.linux.sysctl = {"net/ipv4/conf/lo/forwarding": "1"}'
    probe read /proc/sys/net/ipv4/conf/lo/forwarding
    has 1
}

@test "annotations: an empty key" {
    lorica_only "runc and crun take it"
    config '.annotations = {"": "x"}'
    rt_run
    fails
    message '/annotations'
    nothing_left
}
