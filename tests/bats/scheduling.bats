#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# process.scheduler, process.ioPriority, linux.personality, linux.memoryPolicy: what the program finds.

load helpers

newer() {
    differs runc "1.1.5 does not know $1"
    differs crun "1.8.1 does not know $1"
}
# A kernel with CONFIG_RT_GROUP_SCHED gives a version 1 group no real-time budget by itself, and a version 2 group none at all.
real_time_budget() {
    if [ "$CGROUP" = v2 ]; then
        local group=/sys/fs/cgroup/$ID-rt status=0
        mkdir "$group"
        sh -c 'echo $$ >"$1/cgroup.procs" && exec chrt -f 1 true' sh "$group" 2>/dev/null || status=$?
        rmdir "$group"
        [ "$status" = 0 ] || skip "this kernel gives a cgroup no real-time budget"
        return 0
    fi
    [ ! -e /sys/fs/cgroup/cpu/cpu.rt_runtime_us ] ||
        config '.linux.resources.cpu = {"realtimePeriod": 1000000, "realtimeRuntime": 10000}'
}

# each_refused POINTER JSON…: with each of these values there, create is an error at the pointer, and leaves nothing
each_refused() {
    local pointer=$1 wrong
    shift
    for wrong; do
        config "${pointer//\//.} = $wrong"
        try rt create --bundle "$BUNDLE" "$ID"
        fails
        message "$pointer" || { echo "$wrong"; false; }
        nothing_left
    done
}

@test "scheduler: SCHED_OTHER and SCHED_BATCH with nice, SCHED_IDLE" {
    newer scheduler
    probe_args sched
    config '.process.scheduler = {"policy": "SCHED_OTHER", "nice": 7}'
    rt_run
    succeeds
    has "policy 0"
    has "nice 7"
    config '.process.scheduler = {"policy": "SCHED_BATCH", "nice": 5}'
    rt_run
    succeeds
    has "policy 3"
    has "nice 5"
    config '.process.scheduler = {"policy": "SCHED_IDLE"}'
    rt_run
    succeeds
    has "policy 5"
    has "nice 0"
}

@test "scheduler: nice 0 when it is not given, whatever the caller's" {
    newer scheduler
    probe_args sched
    config '.process.scheduler = {"policy": "SCHED_BATCH"}'
    needs_root "a nice value that only root may lower"
    printf '#!/bin/sh\nexec nice -n 9 %s "$@"\n' "$RUNTIME" >"$T/nice-runtime"
    chmod +x "$T/nice-runtime"
    RUNTIME=$T/nice-runtime rt_run
    succeeds
    has "nice 0"
}

@test "scheduler: SCHED_FIFO and SCHED_RR with a priority" {
    newer scheduler
    needs_root "real-time priorities"
    real_time_budget
    probe_args sched
    config '.process.scheduler = {"policy": "SCHED_FIFO", "priority": 17}'
    rt_run
    succeeds
    has "policy 1"
    has "priority 17"
    config '.process.scheduler = {"policy": "SCHED_RR", "priority": 99, "flags": ["SCHED_FLAG_RESET_ON_FORK"]}'
    rt_run
    succeeds
    has "policy $((2 | 0x40000000))"
    has "priority 99"
}

@test "scheduler: SCHED_DEADLINE" {
    newer scheduler
    needs_root "SCHED_DEADLINE"
    config '.process.scheduler = {"policy": "SCHED_DEADLINE", "runtime": 1000000, "deadline": 20000000, "period": 30000000}'
    probe_args sched
    rt_run
    # not where a cpuset is smaller than its root domain, nor where others have the bandwidth
    if [ "$status" != 0 ] && grep -qE 'sched_setattr.*(operation not permitted|device or resource busy)' <<<"$output"; then
        nothing_left
        skip "the kernel admits no SCHED_DEADLINE here: $output"
    fi
    succeeds
    has "policy 6"
}

@test "scheduler: what the kernel does not have is an error of create, with the pointer" {
    newer scheduler
    config '.process.scheduler = {"policy": "SCHED_ISO"}'
    try rt create --bundle "$BUNDLE" "$ID"
    fails
    message 'sched_setattr'
    nothing_left
}

@test "scheduler: words and numbers that are refused" {
    newer scheduler
    each_refused /process/scheduler '{"policy": "SCHED_NORMAL"}' '{"policy": "SCHED_OTHER", "nice": 20}' '{"policy": "SCHED_OTHER", "priority": 1}' \
        '{"policy": "SCHED_FIFO", "priority": 0}' '{"policy": "SCHED_RR", "priority": 100}' '{"policy": "SCHED_OTHER", "runtime": 1}' \
        '{"policy": "SCHED_OTHER", "flags": ["SCHED_FLAG_NOTHING"]}' '{"nice": 1}' \
        '{"policy": "SCHED_DEADLINE", "runtime": 3000, "deadline": 2000, "period": 4000}'
}

@test "ioPriority: each class" {
    newer ioPriority
    probe_args sched
    config '.process.ioPriority = {"class": "IOPRIO_CLASS_BE", "priority": 6}'
    rt_run
    succeeds
    has "ioprio $((2 << 13 | 6))"
    config '.process.ioPriority = {"class": "IOPRIO_CLASS_IDLE", "priority": 0}'
    rt_run
    succeeds
    has "ioprio $((3 << 13))"
    needs_root "real-time I/O"
    config '.process.ioPriority = {"class": "IOPRIO_CLASS_RT", "priority": 0}'
    rt_run
    succeeds
    has "ioprio $((1 << 13))"
}

@test "ioPriority: classes and numbers that are refused" {
    newer ioPriority
    each_refused /process/ioPriority '{"class": "IOPRIO_CLASS_NONE", "priority": 0}' '{"class": "IOPRIO_CLASS_BE", "priority": 8}' \
        '{"class": "IOPRIO_CLASS_BE", "priority": -1}' '{"class": "IOPRIO_CLASS_BE"}' '{"priority": 1}'
}

@test "personality: LINUX and LINUX32" {
    differs runc "1.1.5 ignores it"
    probe_args sched uname
    config '.linux.personality = {"domain": "LINUX32"}'
    rt_run
    succeeds
    has "personality 0x8"
    config '.linux.personality = {"domain": "LINUX", "flags": []}'
    rt_run
    succeeds
    has "personality 0x0"
}

@test "personality: domains and flags that are refused" {
    lorica_only "peers take any flag"
    each_refused /linux/personality '{"domain": "LINUX64"}' '{"domain": "LINUX", "flags": ["ADDR_NO_RANDOMIZE"]}' '{"flags": []}'
}

@test "memoryPolicy: each mode on node 0" {
    newer memoryPolicy
    [ -e /proc/self/numa_maps ] || skip "the kernel has no NUMA"
    args /bin/sh -c 'cut -d" " -f2 /proc/self/numa_maps | sort | uniq'
    local row mode nodes flags policy
    # mode, nodes, flags, what numa_maps(5) calls it
    for row in "MPOL_BIND;0;;bind:0" "MPOL_INTERLEAVE;0;;interleave:0" "MPOL_PREFERRED;0;;prefer:0" "MPOL_BIND;0;MPOL_F_STATIC_NODES;bind=static:0" \
        "MPOL_INTERLEAVE;0;MPOL_F_RELATIVE_NODES;interleave=relative:0" "MPOL_LOCAL;;;local" "MPOL_DEFAULT;;;default"; do
        IFS=';' read -r mode nodes flags policy <<<"$row"
        config '.linux.memoryPolicy = ({"mode": $m} + if $n == "" then {} else {"nodes": $n} end + if $f == "" then {} else {"flags": [$f]} end)' \
            --arg m "$mode" --arg n "$nodes" --arg f "$flags"
        rt_run
        succeeds || { echo "$row"; false; }
        has "$policy" || { echo "$row"; false; }
    done
}

@test "memoryPolicy: what is refused" {
    newer memoryPolicy
    each_refused /linux/memoryPolicy '{"mode": "MPOL_ANY"}' '{"nodes": "0"}' '{"mode": "MPOL_BIND"}' '{"mode": "MPOL_DEFAULT", "nodes": "0"}' '{"mode": "MPOL_BIND", "nodes": "0-"}' \
        '{"mode": "MPOL_BIND", "nodes": "0", "flags": ["MPOL_F_STATIC_NODES", "MPOL_F_RELATIVE_NODES"]}' '{"mode": "MPOL_BIND", "nodes": "0", "flags": ["x"]}'
}
