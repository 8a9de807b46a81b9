#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load helpers

setup() {
    [ "${RUNTIME##*/}" != crun ] || skip "crun has no events"
    lorica_setup
}

running() {
    args sleep 1000
    rt_detach
}
stats() { rt events --stats "$ID"; }
# figure JQ-PATH
figure() { stats | jq ".data$1"; }
# events_background ARG…: its pid in $EVENTS, its lines in $T/events
events_background() {
    LORICA_TEST_ID=$ID "$RUNTIME" --root "$STATE" events "$@" "$ID" >"$T/events" 2>"$T/events.err" 3>&- &
    EVENTS=$!
    BACKGROUND+=("$EVENTS")
}
events_of() { jq -r --arg t "$1" 'select(.type == $t) | .id' <"$T/events" | wc -l; }
has_events() { [ "$(events_of "$1")" -ge "$2" ]; }

@test "events --stats: one line of JSON, with type, id and data" {
    running
    run stats
    succeeds
    [ ${#lines[@]} = 1 ]
    [ "$(jq -r .type <<<"$output")" = stats ]
    [ "$(jq -r .id <<<"$output")" = "$ID" ]
    [ "$(jq -c '.data | keys' <<<"$output")" = '["blkio","cpu","cpuset","hugetlb","intel_rdt","memory","network_interfaces","pids"]' ]
    [ "$(jq -c '.data.cpu.usage | has("kernel", "user")' <<<"$output" | sort -u)" = true ]
    [ "$(jq -c '.data.cpu.throttling | type' <<<"$output")" = '"object"' ]
    [ "$(jq -c '.data.memory | [has("usage", "swap", "kernel", "kernelTCP")] | unique' <<<"$output")" = '[true]' ]
    [ "$(jq -c '.data.memory.usage | has("limit", "failcnt")' <<<"$output" | sort -u)" = true ]
    [ "$(jq -c '.data.cpuset | has("cpu_exclusive", "sched_load_balance", "sched_relax_domain_level")' <<<"$output" | sort -u)" = true ]
}

@test "events --stats: the same members as runc prints" {
    lorica_only "compares with runc"
    needs runc
    needs_v1
    running
    rt events --stats "$ID" | jq -c '[paths(scalars | true) | map(tostring) | select(.[1] != "network_interfaces" and .[1] != "blkio") | join(".")] | sort' >"$T/ours"
    rt delete --force "$ID"
    runc --root "$T/runc" run -d --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    runc --root "$T/runc" events --stats "$ID" >"$T/theirs.json" || true
    runc --root "$T/runc" delete --force "$ID"
    jq -c '[paths(scalars | true) | map(tostring) | select(.[1] != "network_interfaces" and .[1] != "blkio") | join(".")] | sort' <"$T/theirs.json" >"$T/theirs"
    # counters that happen to be 0 are left out
    not_ours=$(jq -c --slurpfile o "$T/ours" '. - $o[0]' <"$T/theirs")
    not_theirs=$(jq -c --slurpfile o "$T/theirs" '. - $o[0]' <"$T/ours")
    [ "$(jq '[.[] | select(test("raw|cache|\\.max$|usage$|total$|throttling|percpu") | not)] | length' <<<"$not_ours")" = 0 ] || { echo "$not_ours"; false; }
    [ "$(jq '[.[] | select(test("raw|cache|\\.max$|usage$|total$|throttling|percpu") | not)] | length' <<<"$not_theirs")" = 0 ] || { echo "$not_theirs"; false; }
}

@test "events --stats: memory is that of the cgroup" {
    needs_controller memory
    config '.linux.resources.memory = {limit: 104857600}'
    probe_args alloc 21 hold
    rt_detach
    wait_for 5 is_printed holding
    run stats
    [ "$(jq .data.memory.usage.limit <<<"$output")" = 104857600 ]
    [ "$(jq .data.memory.usage.usage <<<"$output")" -gt 20971520 ]
    [ "$(jq .data.memory.usage.usage <<<"$output")" -lt 104857600 ]
    local key=rss
    [ "$CGROUP" = v1 ] || key=anon
    # (one MiB more was taken: older kernels leave out what a processor has not handed on yet)
    [ "$(jq ".data.memory.raw.$key" <<<"$output")" -ge 20971520 ]
    [ "$(jq -c '.data.memory.raw | keys == (keys | sort)' <<<"$output")" = true ]
}

@test "events --stats: cpu time grows, in nanoseconds" {
    needs_controller cpu
    args sh -c 'while :; do :; done'
    rt_detach
    local before after
    before=$(figure .cpu.usage.total)
    sleep 1
    after=$(figure .cpu.usage.total)
    [ $((after - before)) -gt 100000000 ]
    [ $((after - before)) -lt 30000000000 ]
    [ "$(figure '.cpu.usage | .user + .kernel')" -gt 0 ]
}

@test "events --stats: throttled by a quota" {
    needs_controller cpu
    config '.linux.resources.cpu = {quota: 5000, period: 50000}'
    args sh -c 'while :; do :; done'
    rt_detach
    sleep 1
    run stats
    [ "$(jq .data.cpu.throttling.periods <<<"$output")" -gt 2 ]
    [ "$(jq .data.cpu.throttling.throttledPeriods <<<"$output")" -gt 0 ]
    [ "$(jq .data.cpu.throttling.throttledTime <<<"$output")" -gt 10000000 ]
}

@test "events --stats: processes, and their limit" {
    needs_controller pids
    config '.linux.resources.pids = {limit: 50}'
    probe_args spawn 3 hold
    rt_detach
    wait_for 3 is_printed holding
    [ "$(figure .pids)" = "$(jq -n '{current: 4, limit: 50}')" ]
}

@test "events --stats: without a controller the processes are counted" {
    needs_v2
    not has_controller pids || skip "about a host without the pids controller"
    differs runc "1.1.5 counts those of the top only"
    probe_args spawn 3 hold
    rt_detach
    wait_for 3 is_printed holding
    [ "$(figure .pids.current)" = 4 ]
}

@test "events --stats: cpuset lists are numbers" {
    needs_controller cpuset
    needs_v1
    config '.linux.resources.cpu = {cpus: "0", mems: "0"}'
    running
    [ "$(figure .cpuset.cpus | jq -c .)" = '[0]' ]
    [ "$(figure .cpuset.mems | jq -c .)" = '[0]' ]
}

@test "events --stats: pressure" {
    needs_v2
    lorica_only "1.1.5 has none"
    running
    [ -r "$(cgroup_of pids)/cpu.pressure" ] && cat "$(cgroup_of pids)/cpu.pressure" >/dev/null 2>&1 || skip "no pressure files"
    [ "$(figure '.cpu.psi.some | keys' | jq -c .)" = '["avg10","avg300","avg60","total"]' ]
    [ "$(figure '.memory.psi.full.total | type')" = '"number"' ]
}

@test "events --stats: interfaces of the container's network namespace" {
    differs runc "1.1.5 has none"
    running
    [ "$(figure '.network_interfaces | map(.Name)' | jq -c .)" = '["lo"]' ]
    [ "$(figure '.network_interfaces[0] | keys' | jq -c .)" = '["Name","RxBytes","RxDropped","RxErrors","RxPackets","TxBytes","TxDropped","TxErrors","TxPackets"]' ]
}

@test "events --stats: with the host's network there are none of its own" {
    config 'del(.linux.namespaces[] | select(.type == "network"))'
    running
    [ "$(figure .network_interfaces)" = null ]
}

@test "events --stats: a created and a paused container" {
    differs runc "counts the threads of its init"
    args sleep 1000
    rt_create
    [ "$(figure .pids.current)" = 1 ]
    rt pause "$ID"
    [ "$(figure .pids.current)" = 1 ]
}

@test "events --stats: a stopped container" {
    rt_create
    rt_start
    wait_for 3 is_state stopped
    run stats
    fails 1
    says "container with id $ID is not running"
}

@test "events: no such container" {
    run rt events "$ID"
    fails 1
    says "container does not exist"
    run rt events
    fails
    says '"events" requires exactly 1 argument'
}

@test "events --interval: stats again and again, until the container ends" {
    differs runc "1.1.5 goes on until it is deleted"
    running
    events_background --interval 200ms
    wait_for 5 has_events stats 3
    kill -0 "$EVENTS"
    rt kill "$ID" KILL
    await "$EVENTS"
    succeeds
    [ "$(jq -r .id <"$T/events" | sort -u)" = "$ID" ]
}

@test "events --interval: other commands do not wait for it" {
    running
    events_background --interval 10s
    sleep 0.3
    RT_TIMEOUT=5
    rt pause "$ID"
    rt resume "$ID"
    rt update "$ID"
    rt delete --force "$ID"
    await "$EVENTS"
    succeeds
    [ ! -s "$T/events" ]
}

@test "events --interval: what is no duration" {
    running
    local interval
    for interval in 5 x 1y "5 s" ""; do
        run rt events --interval "$interval" "$ID"
        [ "$status" = 1 ] || { echo "$interval"; show; false; }
    done
    for interval in 0 0s -5s; do
        run rt events --interval="$interval" "$ID"
        [ "$status" = 1 ] || { echo "$interval"; show; false; }
        says "duration interval must be greater than 0"
    done
}

@test "events: out of memory" {
    differs runc "1.1.5 goes on until it is deleted"
    needs_controller memory
    config '.linux.resources.memory = {limit: 33554432, swap: 33554432}'
    [ -e /sys/fs/cgroup/memory/memory.memsw.limit_in_bytes ] || [ -e /proc/swaps ] && config 'del(.linux.resources.memory.swap)'
    # the shell lives on, its child is killed
    args sh -c 'while ! [ -e /go ]; do sleep 0.05; done; /bin/probe alloc 100; sleep 1000'
    writable_root
    rt_detach
    events_background --interval 60s
    sleep 0.5
    touch "$ROOTFS/go"
    wait_for 10 has_events oom 1
    [ "$(jq -c 'select(.type == "oom")' <"$T/events" | head -1)" = "{\"type\":\"oom\",\"id\":\"$ID\"}" ]
    rt kill "$ID" KILL
    await "$EVENTS"
    succeeds
}

@test "events: out of memory of the first process itself" {
    differs runc "1.1.5 may miss it"
    needs_controller memory
    config '.linux.resources.memory = {limit: 33554432}'
    args sh -c 'while ! [ -e /go ]; do sleep 0.05; done; exec /bin/probe alloc 100'
    writable_root
    rt_detach
    if [ "$CGROUP_MANAGER" = systemd ]; then
        # it removes an empty scope at once, and the counter with it: somebody else stays there
        needs_root "a process put into a cgroup of the manager's"
        sleep 100 3>&- &
        BACKGROUND+=("$!")
        echo "$!" >"$(cgroup_of memory)/cgroup.procs"
    fi
    events_background --interval 60s
    sleep 0.5
    touch "$ROOTFS/go"
    await "$EVENTS"
    succeeds
    [ "$(events_of oom)" = 1 ]
}

@test "events: removing the cgroup is no out-of-memory event" {
    needs_controller memory
    running
    events_background --interval 60s
    sleep 0.3
    rt kill "$ID" KILL
    rt delete --force "$ID"
    await "$EVENTS"
    [ "$(events_of oom)" = 0 ]
}

@test "events: a reader that goes away ends it" {
    running
    local end=$((SECONDS + 10))
    rt events --interval 100ms "$ID" | head -n 2 >"$T/two"
    [ "$SECONDS" -lt "$end" ]
    [ "$(wc -l <"$T/two")" = 2 ]
}

@test "events --stats: output that cannot be written is an error" {
    lorica_only "wording"
    running
    run bash -c '"$0" --root "$1" events --stats "$2" >/dev/full' "$RUNTIME" "$STATE" "$ID"
    fails 1
    matches "write standard output: [Nn]o space left|write standard output: ([Ii]nput/output|I/O) error"
}
