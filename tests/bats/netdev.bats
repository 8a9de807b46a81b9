#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# linux.netDevices. The runtime runs in a network namespace of this test's own, which plays the host's.

load helpers

setup() {
    lorica_only "netDevices (peers that know them are newer than the packaged ones)"
    needs ip nsenter
    lorica_setup
    unshare --net sleep 1000 3>&- &
    BACKGROUND+=("$!")
    HOLDER=$!
    wait_for 5 own_net "$HOLDER"
    # every command of the runtime from here on is given in that namespace
    printf '#!/bin/sh\nexec nsenter -t %s --net -- %s "$@"\n' "$HOLDER" "$RUNTIME" >"$T/runtime"
    chmod +x "$T/runtime"
    RUNTIME=$T/runtime
    host_ip link add lt0 type veth peer name lt1 ||
        skip "this kernel has no veth"
    host_ip addr add 192.0.2.7/24 dev lt0
    host_ip addr add 192.0.2.8/24 dev lt0
    config '.process.args = ["/bin/busybox", "ip", "addr"]'
}

own_net() { [ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }
host_ip() { nsenter -t "$HOLDER" --net -- ip "$@"; }
host_has() { host_ip -o link show dev "$1" >/dev/null 2>&1; }

@test "netDevices: moved, with its addresses, and up" {
    config '.linux.netDevices = {"lt0": {}}'
    rt_run
    succeeds
    matches 'lt0.*[<,]UP[,>]'
    matches 'inet 192\.0\.2\.7/24'
    matches 'inet 192\.0\.2\.8/24'
}

@test "netDevices: renamed" {
    config '.linux.netDevices = {"lt0": {"name": "eth0"}, "lt1": {"name": "up%d"}}'
    rt_run
    succeeds
    matches 'eth0@'
    matches ' up0@'
    lacks lt0
}

@test "netDevices: IPv6 addresses that are global" {
    host_ip addr add 2001:db8::7/64 dev lt0 nodad || skip "this kernel has no IPv6"
    config '.linux.netDevices = {"lt0": {}}'
    rt_run
    succeeds
    matches '2001:db8::7/64'
}

@test "netDevices: into a joined network namespace" {
    unshare --net sleep 1000 3>&- &
    BACKGROUND+=("$!")
    wait_for 5 own_net "$!"
    config '.linux.netDevices = {"lt0": {"name": "joined"}}
        | (.linux.namespaces[] | select(.type == "network")).path = $p' --arg p "/proc/$!/ns/net"
    rt_run
    succeeds
    matches 'joined'
    # never moved back
    not host_has lt0
    nsenter -t "$!" --net -- ip link show dev joined
}

@test "netDevices: found in place by createRuntime hooks and the program, in a user namespace too" {
    config '.linux.netDevices = {"lt0": {}} | .linux.namespaces += [{"type": "user"}]
        | .linux.uidMappings = [{"containerID": 0, "hostID": 0, "size": 65536}] | .linux.gidMappings = .linux.uidMappings'
    rt_run
    succeeds
    matches 'inet 192\.0\.2\.7/24'
}

@test "netDevices: one that does not exist" {
    config '.linux.netDevices = {"lt7": {}}'
    rt_run
    fails 1
    matches 'network device lt7'
    matches 'no such device'
}

@test "netDevices: a name that is taken, and everything is back where it was" {
    config '.linux.netDevices = {"lt0": {"name": "first"}, "lt1": {"name": "lo"}}'
    host_ip link set dev lt0 up
    rt_run
    fails 1
    matches 'the name lo is taken'
    host_has lt0
    host_has lt1
    host_ip -o addr show dev lt0 | grep -q '192\.0\.2\.7/24'
    host_ip -o link show dev lt0 | grep -q '[<,]UP[,>]'
}

@test "netDevices: back where they were when something later fails" {
    config '.linux.netDevices = {"lt0": {}} | .hooks.createRuntime = [{"path": "/bin/false"}]'
    rt_run
    fails 1
    host_has lt0
    host_ip -o addr show dev lt0 | grep -q '192\.0\.2\.8/24'
}

@test "netDevices: refused without a network namespace" {
    config '.linux.netDevices = {"lt0": {}} | del(.linux.namespaces[] | select(.type == "network"))'
    rt_run
    fails 1
    matches '/linux/netDevices'
    host_has lt0
}
