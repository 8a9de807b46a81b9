#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The controllers hugetlb and rdma at work. Both need something that a machine has only once, huge pages and an RDMA
# device, so this is for virtual machines.

load helpers

setup() {
    [ -n "${LORICA_VM:-}" ] || skip "sets up huge pages and RDMA devices: in virtual machines only"
    needs_root "huge pages and RDMA devices"
    lorica_setup
}

resources() { config '.linux.resources += $r' --argjson r "$1"; }
# is CONTROLLER FILE VALUE: the file of the container's cgroup
is() {
    local value
    value=$(cat "$(cgroup_of "$1")/$2")
    [ "${value% }" = "$3" ] || { printf '%s is %s, not %s\n' "$2" "$value" "$3"; return 1; }
}
# max V2-NAME: the same file of this version of cgroups
max() { if [ "$CGROUP" = v2 ]; then echo "$1"; else echo "${1/%max/limit_in_bytes}"; fi; }

# rdma_device NAME: one that needs no hardware, over an interface that goes with it
rdma_device() {
    ip link add "$1" type veth peer name "$1-peer" && ip link set "$1" up
    modprobe rdma_rxe 2>/dev/null || "$(cat /proc/sys/kernel/modprobe)" rdma_rxe
    rdma link add "$1" type rxe netdev "$1"
}

@test "hugetlb: what is reserved and used is limited, exactly" {
    differs crun "1.8.1 does not limit reservations"
    differs runc "1.1.5 does not limit reservations"
    needs_controller hugetlb
    local pages=/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
    [ -e "$pages" ] || skip "no huge pages of 2 MiB"
    echo 8 >"$pages"
    [ "$(cat "$pages")" = 8 ] || skip "no memory for 8 huge pages"
    resources '{"hugepageLimits": [{"pageSize": "2MB", "limit": 6291456}]}'
    probe hugemap 3 hugemap 4
    has "hugemap 3 ok"
    has "hugemap 4 ENOMEM"
    rt_create
    is hugetlb "$(max hugetlb.2MB.max)" 6291456
    is hugetlb "$(max hugetlb.2MB.rsvd.max)" 6291456
}

@test "rdma: limits of a device, and their update" {
    differs crun "1.8.1 knows no rdma"
    differs runc "1.1.5 does not update rdma"
    needs_controller rdma
    rdma_device rxe0
    resources "{\"rdma\": {\"rxe0\": {\"hcaHandles\": 3, \"hcaObjects\": 1000}}}"
    rt_create
    is rdma rdma.max "rxe0 hca_handle=3 hca_object=1000"
    rt update --resources - "$ID" <<<"{\"rdma\": {\"rxe0\": {\"hcaHandles\": 5}}}"
    is rdma rdma.max "rxe0 hca_handle=5 hca_object=1000"
}

@test "rdma: a device that does not exist is an error" {
    differs crun "1.8.1 knows no rdma"
    needs_controller rdma
    resources '{"rdma": {"nothing0": {"hcaHandles": 3}}}'
    try rt create --bundle "$BUNDLE" "$ID"
    fails
    lorica_says 'rdma.max "nothing0 hca_handle=3": no such device'
    nothing_left
}
