#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load helpers

setup() {
    needs_v1
    lorica_setup
}

resources() { config '.linux.resources += $r' --argjson r "$1"; }
# file CONTROLLER NAME: of the created container
file() { cat "$(cgroup_of "$1")/$2"; }
is() { [ "$(file "$1" "$2")" = "$3" ] || { printf '%s is %s, not %s\n' "$2" "$(file "$1" "$2")" "$3"; return 1; }; }
hierarchies() { awk '$(NF-2) == "cgroup" { print $5 }' /proc/self/mountinfo; }

@test "cgroup v1: the container is in every hierarchy, at its path" {
    rt_create
    local mount line
    for mount in $(hierarchies); do
        [ -d "$mount$(cgroup_path)" ] || { echo "not in $mount"; false; }
        grep -qx "$(pid_of)" "$mount$(cgroup_path)/cgroup.procs"
    done
}

@test "cgroup v1: hybrid, in the unified hierarchy as well" {
    [ -d /sys/fs/cgroup/unified ] || skip "no hybrid"
    rt_create
    grep -qx "$(pid_of)" "/sys/fs/cgroup/unified$(cgroup_path)/cgroup.procs"
}

@test "cgroup v1: gone after delete, from every hierarchy" {
    rt_create
    rt delete --force "$ID"
    [ -z "$(our_cgroups)" ]
}

@test "cgroup v1: an absolute path of several levels" {
    cgroupfs_only "the path"
    config '.linux.cgroupsPath = $p' --arg p "/$ID-a/b/c"
    rt_create
    [ -d "/sys/fs/cgroup/pids/$ID-a/b/c" ]
    rt delete --force "$ID"
    [ ! -e "/sys/fs/cgroup/pids/$ID-a/b/c" ]
    # parents that were made for it may stay, as runc leaves them; they are ours to remove
    our_cgroups | xargs -r rmdir
}

@test "cgroup v1: no path at all" {
    cgroupfs_only "the name (systemd.bats has the scope's)"
    config 'del(.linux.cgroupsPath)'
    rt_create
    [ -n "$(our_cgroups)" ]
    [ "$(grep -c "$ID" "/proc/$(pid_of)/cgroup")" -ge 5 ]
    rt delete --force "$ID"
    [ -z "$(our_cgroups)" ]
}

@test "cgroup v1: a relative path" {
    cgroupfs_only "the path"
    config '.linux.cgroupsPath = $p' --arg p "$ID-rel/x"
    rt_create
    grep -qE ":pids:/.*$ID-rel/x\$|:pids:/$ID-rel/x\$" "/proc/$(pid_of)/cgroup"
    rt delete --force "$ID"
    our_cgroups | xargs -r rmdir
}

@test "cgroup v1: a path with .. stays beneath the mount" {
    config '.linux.cgroupsPath = $p' --arg p "/../../$ID"
    rt_run
    [ "$status" != 0 ] || [ -z "$(our_cgroups)" ]
    [ ! -e "/sys/fs/$ID" ]
    nothing_left
}

@test "cgroup v1: pids" {
    resources '{"pids": {"limit": 17}}'
    rt_create
    is pids pids.max 17
}

@test "cgroup v1: pids, in force" {
    resources '{"pids": {"limit": 5}}'
    probe spawn 10
    has "spawn 4 EAGAIN"
}

@test "cgroup v1: pids, unlimited" {
    differs crun "1.8.1 fails"
    resources '{"pids": {"limit": -1}}'
    rt_create
    is pids pids.max max
}

@test "cgroup v1: memory" {
    needs_controller memory
    resources '{"memory": {"limit": 67108864, "reservation": 33554432}}'
    rt_create
    is memory memory.limit_in_bytes 67108864
    local asked
    asked=$(cat "$(cgroup_of memory)/memory.soft_limit_in_bytes")
    needs_soft_limit "$(cgroup_of memory)"
    [ "$asked" = 33554432 ]
}

@test "cgroup v1: memory with swap" {
    [ -e /sys/fs/cgroup/memory/memory.memsw.limit_in_bytes ] || skip "no swap accounting"
    resources '{"memory": {"limit": 67108864, "swap": 134217728}}'
    rt_create
    is memory memory.limit_in_bytes 67108864
    is memory memory.memsw.limit_in_bytes 134217728
}

@test "cgroup v1: memory, in force" {
    needs_controller memory
    resources '{"memory": {"limit": 20971520}}'
    probe_args alloc 100 print survived
    rt_run
    [ "$status" = 137 ]
    lacks survived
}

@test "cgroup v1: swappiness and the oom killer" {
    needs_controller memory
    differs crun "1.8.1 does not write oom_control"
    resources '{"memory": {"limit": 67108864, "swappiness": 10, "disableOOMKiller": true}}'
    rt_create
    [ "$(file memory memory.swappiness)" = 10 ]
    file memory memory.oom_control | grep -qx 'oom_kill_disable 1'
}

@test "cgroup v1: a limit below what is needed to start" {
    resources '{"memory": {"limit": 4096}}'
    rt_run
    # an error of ours; or, when it was execve itself that found no memory, a program killed by SIGKILL
    [ "$status" = 137 ] || fails
    nothing_left
}

@test "cgroup v1: cpu shares, quota and period" {
    resources '{"cpu": {"shares": 2048, "quota": 50000, "period": 200000}}'
    rt_create
    is cpu cpu.shares 2048
    is cpu cpu.cfs_quota_us 50000
    is cpu cpu.cfs_period_us 200000
}

@test "cgroup v1: cpu quota alone, and without limit" {
    differs crun "1.8.1 fails with -1"
    resources '{"cpu": {"quota": 30000}}'
    rt_create
    is cpu cpu.cfs_quota_us 30000
    is cpu cpu.cfs_period_us 100000
    rt delete --force "$ID"
    resources '{"cpu": {"quota": -1}}'
    rt_create
    is cpu cpu.cfs_quota_us -1
}

@test "cgroup v1: a quota that only the new period allows" {
    resources '{"cpu": {"quota": 5000000, "period": 1000000}}'
    rt_create
    is cpu cpu.cfs_quota_us 5000000
    is cpu cpu.cfs_period_us 1000000
}

@test "cgroup v1: cpu burst, idle and real-time budget" {
    differs crun "1.8.1 does not know burst"
    differs runc "1.1.5 does not know burst"
    resources '{"cpu": {"quota": 50000, "period": 100000, "burst": 20000}}'
    [ ! -e /sys/fs/cgroup/cpu/cpu.cfs_burst_us ] && ! find /sys/fs/cgroup/cpu/*/ -maxdepth 1 -name cpu.cfs_burst_us | grep -q . && skip "the kernel has no burst"
    rt_create
    is cpu cpu.cfs_burst_us 20000
    rt delete -f "$ID"
    resources '{"cpu": {"idle": 1}}'
    rt_create
    is cpu cpu.idle 1
    rt delete -f "$ID"
    [ -e /sys/fs/cgroup/cpu/cpu.rt_runtime_us ] || skip "the kernel has no real-time groups"
    [ "${CGROUP_MANAGER:-}" != systemd ] || skip "systemd gives its slices no real-time budget"
    resources '{"cpu": {"realtimePeriod": 500000, "realtimeRuntime": 10000}}'
    rt_create
    is cpu cpu.rt_period_us 500000
    is cpu cpu.rt_runtime_us 10000
}

@test "cgroup v1: useHierarchy" {
    [ -e /sys/fs/cgroup/memory/memory.use_hierarchy ] || skip "no memory.use_hierarchy"
    resources '{"memory": {"useHierarchy": true}}'
    rt_create
    is memory memory.use_hierarchy 1
}

@test "cgroup v1: cpusets" {
    needs_controller cpuset
    resources '{"cpu": {"cpus": "0", "mems": "0"}}'
    rt_create
    is cpuset cpuset.cpus 0
    is cpuset cpuset.mems 0
}

@test "cgroup v1: cpusets are inherited when they are not given" {
    needs_controller cpuset
    rt_create
    [ -n "$(file cpuset cpuset.cpus)" ]
    [ -n "$(file cpuset cpuset.mems)" ]
    [ "$(file cpuset cpuset.cpus)" = "$(cat /sys/fs/cgroup/cpuset/cpuset.cpus)" ]
}

@test "cgroup v1: cpusets through several new levels" {
    needs_controller cpuset
    cgroupfs_only "the path"
    config '.linux.cgroupsPath = $p' --arg p "/$ID-a/b"
    resources '{"cpu": {"cpus": "0"}}'
    rt_create
    [ "$(cat "/sys/fs/cgroup/cpuset/$ID-a/b/cpuset.cpus")" = 0 ]
    rt delete --force "$ID"
    our_cgroups | xargs -r rmdir
}

@test "cgroup v1: a processor that does not exist" {
    resources '{"cpu": {"cpus": "999"}}'
    rt_run
    fails
    nothing_left
}

@test "cgroup v1: block I/O" {
    [ -e /sys/fs/cgroup/blkio/blkio.throttle.read_bps_device ] || skip "no throttling"
    local dev
    dev=$(lsblk -dnro MAJ:MIN 2>/dev/null | head -1)
    [ -n "$dev" ] || skip "no block device"
    resources '{"blockIO": {"throttleReadBpsDevice": [{"major": '"${dev%:*}"', "minor": '"${dev#*:}"', "rate": 1048576}],
        "throttleWriteIOPSDevice": [{"major": '"${dev%:*}"', "minor": '"${dev#*:}"', "rate": 100}]}}'
    rt_create
    is blkio blkio.throttle.read_bps_device "$dev 1048576"
    is blkio blkio.throttle.write_iops_device "$dev 100"
}

@test "cgroup v1: a limit for a controller that is not there" {
    [ ! -d /sys/fs/cgroup/hugetlb ] || skip "hugetlb is mounted"
    differs runc "1.1.5 leaves it out"
    differs crun "refuses such a host altogether"
    resources '{"hugepageLimits": [{"pageSize": "2MB", "limit": 0}]}'
    rt_run
    fails
    nothing_left
}

@test "cgroup v1: hugepages, classes and priorities" {
    [ -d /sys/fs/cgroup/hugetlb ] && [ -d /sys/fs/cgroup/net_cls ] || skip "no hugetlb or net_cls hierarchy"
    resources '{"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}], "network": {"classID": 1048577,
        "priorities": [{"name": "lo", "priority": 5}]}}'
    rt_create
    is hugetlb hugetlb.2MB.limit_in_bytes 4194304
    is net_cls net_cls.classid 1048577
    file net_prio net_prio.ifpriomap | grep -qx 'lo 5'
}

@test "cgroup v1: unified is refused" {
    differs crun "1.8.1 ignores it"
    resources '{"unified": {"memory.max": "1048576"}}'
    rt_run
    fails
    nothing_left
}

@test "cgroup v1: names that would leave the directory" {
    local r
    for r in '{"hugepageLimits": [{"pageSize": "../../2MB", "limit": 0}]}' '{"rdma": {"../x": {"hcaHandles": 1}}}' \
        '{"network": {"priorities": [{"name": "lo\n1", "priority": 1}]}}'; do
        config '.linux.resources = {"devices": .linux.resources.devices} + $r' --argjson r "$r"
        rt_run
        # what a peer ignores does not leave the directory either
        [ "$RT_KIND" != lorica ] || fails
    done
    nothing_left
}

@test "cgroup v1: numbers at the edges" {
    resources '{"cpu": {"shares": 2}}'
    has_controller memory && resources '{"memory": {"limit": -1}}'
    rt_create
    is cpu cpu.shares 2
    ! has_controller memory || [ "$(file memory memory.limit_in_bytes)" -gt 1000000000000 ]
}

@test "cgroup v1: shares that the kernel would raise silently" {
    differs crun "takes what the kernel makes of it"
    resources '{"cpu": {"shares": 1}}'
    rt_run
    fails
    [ "$CGROUP_MANAGER" = systemd ] || says 'minimum allowed cpu-shares is 2'
    nothing_left
}

@test "cgroup v1: two containers with one path" {
    lorica_only "crun joins, runc 1.1 warns"
    rt_create
    new_bundle "$T/second"
    try rt create --bundle "$T/second" "$ID-2"
    fails 1
    message "cgroup is not empty"
    [ ! -e "$STATE/$ID-2" ]
    is_state created
}
