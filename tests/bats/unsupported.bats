#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# --unsupported: resources that this host does not have.

load helpers

setup() {
    lorica_only "--unsupported"
    needs_root "the host's cgroups"
    lorica_setup
}

resources() { config '.linux.resources += $r' --argjson r "$1"; }
# left_out ID POINTER…: what `state` says is not in force, in any order
left_out() {
    local id=$1 have
    shift
    have=$(rt state "$id" | jq -r '.notApplied[]?.pointer' | sort | paste -sd' ')
    [ "$have" = "$(printf '/linux/resources/%s\n' "$@" | sort | paste -sd' ')" ] || { echo "not applied: $have"; return 1; }
}
# What this host does not have, for each way in which it may not: RESOURCES and POINTERS.
cases() {
    if [ "$CGROUP" = v2 ]; then
        printf '%s\n' '{"memory": {"swappiness": 10}} memory/swappiness' '{"memory": {"disableOOMKiller": true}} memory/disableOOMKiller' \
            '{"memory": {"useHierarchy": false}} memory/useHierarchy' '{"memory": {"kernel": 4096}} memory/kernel' \
            '{"memory": {"kernelTCP": 4096}} memory/kernelTCP' '{"cpu": {"realtimeRuntime": 1000}} cpu/realtimeRuntime' \
            '{"cpu": {"realtimePeriod": 1000}} cpu/realtimePeriod' '{"network": {"classID": 1}} network/classID' \
            '{"network": {"priorities": [{"name": "lo", "priority": 1}]}} network/priorities' \
            '{"blockIO": {"leafWeight": 100}} blockIO/leafWeight' \
            '{"blockIO": {"weightDevice": [{"major": 7, "minor": 0, "leafWeight": 100}]}} blockIO/weightDevice/0'
        has_controller pids || printf '%s\n' '{"pids": {"limit": 100}} pids/limit' '{"unified": {"pids.max": "100"}} unified/pids.max'
        has_controller rdma || echo '{"rdma": {"mlx5_0": {"hcaHandles": 3}}} rdma/mlx5_0'
    else
        printf '%s\n' '{"unified": {"memory.max": "max"}} unified'
        has_controller rdma || echo '{"rdma": {"mlx5_0": {"hcaHandles": 3}}} rdma/mlx5_0'
        has_controller net_cls || echo '{"network": {"classID": 1}} network/classID'
        # only the kernel can say that it has these no more
        [ -e /sys/fs/cgroup/blkio/blkio.leaf_weight ] || ! has_controller blkio || echo '{"blockIO": {"leafWeight": 100}} blockIO/leafWeight'
        has_controller memory && [ ! -e /sys/fs/cgroup/memory/memory.kmem.limit_in_bytes ] &&
            echo '{"memory": {"kernel": 8192}} memory/kernel'
        true
    fi
}

@test "--unsupported: an error at create, at the pointer of the resource" {
    local r pointer
    while read -r r; do
        pointer=${r##* }
        resources "${r% *}"
        for option in "" --unsupported=error; do
            try rt ${option:+"$option"} create --bundle "$BUNDLE" "$ID"
            fails 1
            message "/linux/resources/$pointer|write .*: (no such file|operation not supported)" || { echo "$r"; false; }
        done
        nothing_left
        config 'del(.linux.resources | .memory, .cpu, .network, .blockIO, .pids, .unified, .rdma)'
    done < <(cases)
}

@test "--unsupported: warn leaves it out, says so, and state lists it" {
    local r pointer
    while read -r r; do
        pointer=${r##* }
        resources "${r% *}"
        try rt --unsupported=warn create --bundle "$BUNDLE" "$ID"
        succeeds || { echo "$r"; false; }
        message "/linux/resources/$pointer: .*; left out"
        left_out "$ID" "$pointer"
        rt state "$ID" | jq -e '.notApplied[0].reason | length > 10' >/dev/null
        rt delete --force "$ID"
        config 'del(.linux.resources | .memory, .cpu, .network, .blockIO, .pids, .unified, .rdma)'
    done < <(cases)
}

@test "--unsupported: what this host has is in force all the same" {
    needs_controller pids
    resources '{"pids": {"limit": 77}, "rdma": {"mlx5_0": {"hcaHandles": 3}}}'
    has_controller rdma && skip "about a host without the rdma controller"
    rt --unsupported warn create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    [ "$(cat "$(cgroup_of pids)/pids.max")" = 77 ]
    left_out "$ID" rdma/mlx5_0
}

@test "--unsupported: nothing is listed where everything is in force" {
    rt --unsupported=warn create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    rt state "$ID" | jq -e 'has("notApplied") | not' >/dev/null
}

@test "--unsupported: a value that is wrong stays an error" {
    for r in '{"memory": {"swappiness": 101}}' '{"memory": {"limit": -5}}' '{"cpu": {"cpus": "x"}}' '{"rdma": {"a b": {"hcaHandles": 1}}}'; do
        resources "$r"
        try rt --unsupported=warn create --bundle "$BUNDLE" "$ID"
        fails 1
        config 'del(.linux.resources | .memory, .cpu, .rdma)'
    done
    nothing_left
}

@test "--unsupported: run, and the container ends as it would" {
    resources "$(cases | head -n 1 | sed 's/ [^ ]*$//')"
    args true
    run rt --unsupported=warn run --bundle "$BUNDLE" "$ID"
    succeeds
    message 'left out'
}

@test "--unsupported: update is an error, or adds to the list" {
    local first pointer
    first=$(cases | head -n 1)
    resources "${first% *}"
    args sleep 1000
    rt --unsupported=warn run --detach --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    pointer=${first##* }
    [ "$CGROUP" != v2 ] || set -- '{"network": {"classID": 5}}' network/classID
    [ "$CGROUP" != v1 ] || set -- '{"rdma": {"mlx5_1": {"hcaObjects": 5}}}' rdma/mlx5_1
    ! { [ "$CGROUP" = v1 ] && has_controller rdma; } || skip "about a host without the rdma controller"
    run rt update --resources - "$ID" <<<"$1"
    fails 1
    message "/linux/resources/$2"
    left_out "$ID" "$pointer"
    run rt --unsupported=warn update --resources - "$ID" <<<"$1"
    succeeds
    message "/linux/resources/$2: .*; left out"
    left_out "$ID" "$pointer" "$2"
    # what was left out at create does not stand in the way of another update
    run rt update --resources - "$ID" <<<'{}'
    succeeds
    if has_controller pids; then
        rt update --pids-limit 55 "$ID"
        [ "$(cat "$(cgroup_of pids)/pids.max")" = 55 ]
    fi
    left_out "$ID" "$pointer" "$2"
}

@test "--unsupported: plan shows what would not be in force" {
    local first
    first=$(cases | head -n 1)
    resources "${first% *}"
    run "$RUNTIME" plan "$BUNDLE"
    fails 1
    run "$RUNTIME" --unsupported=warn plan "$BUNDLE"
    succeeds
    message "^not-applied .*pointer=/linux/resources/${first##* }"
    "$RUNTIME" --unsupported=warn plan --format json "$BUNDLE" |
        jq -e --arg p "/linux/resources/${first##* }" '.notApplied[0].pointer == $p' >/dev/null
}

@test "--unsupported: another word is refused" {
    run "$RUNTIME" --unsupported=ignore list
    fails 1
    message 'invalid unsupported: ignore'
}

@test "--unsupported: huge pages are limited by usage and reservation" {
    local size
    size=$(ls /sys/kernel/mm/hugepages 2>/dev/null | head -n 1 | sed 's/hugepages-//; s/2048kB/2MB/; s/1048576kB/1GB/')
    [ "$size" = 2MB ] || [ "$size" = 1GB ] || skip "no huge pages"
    resources "{\"hugepageLimits\": [{\"pageSize\": \"$size\", \"limit\": 0}]}"
    if has_controller hugetlb; then
        rt_create
        local suffix=max
        [ "$CGROUP" = v2 ] || suffix=limit_in_bytes
        [ "$(cat "$(cgroup_of hugetlb)/hugetlb.$size.$suffix")" = 0 ]
        [ "$(cat "$(cgroup_of hugetlb)/hugetlb.$size.rsvd.$suffix")" = 0 ]
    else
        try rt create --bundle "$BUNDLE" "$ID"
        fails 1
        message '/linux/resources/hugepageLimits/0'
        rt --unsupported=warn create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
        left_out "$ID" hugepageLimits/0
    fi
}
