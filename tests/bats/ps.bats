#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load helpers

# needs_ps: one that works on this kernel (that of procps 4.0.2 finds no boot time in User Mode Linux)
needs_ps() {
    needs ps
    ps -ef >/dev/null 2>&1 || skip "ps does not work here: $(ps -ef 2>&1 | grep -o 'ps: .*' | head -n1)"
}

spawning() {
    probe_args spawn 3 hold
    rt_detach
    wait_for 3 is_printed holding
}
pids() { rt ps --format json "$ID" | jq -c sort; }
table_pids() { awk 'NR > 1 { print $'"$1"' }' | jq -sc sort; }

@test "ps --format json: every process, by its number on the host" {
    spawning
    run rt ps --format json "$ID"
    succeeds
    [ "$(jq length <<<"$output")" = 4 ]
    [ "$(jq ".[0] | type" <<<"$output")" = '"number"' ]
    [ "$(jq "index($(pid_of)) != null" <<<"$output")" = true ]
    [ "$(pids)" = "$(our_processes | jq -sc sort)" ]
    [ "$(rt ps -f json "$ID")" = "$output" ]
}

@test "ps: the table of ps -ef, without other processes" {
    differs crun "prints numbers only"
    spawning
    needs_ps
    run rt ps "$ID"
    succeeds
    [[ ${lines[0]} == *PID*CMD* ]]
    [ ${#lines[@]} = 5 ]
    [ "$(table_pids 2 <<<"$output")" = "$(pids)" ]
    [ "$(rt ps --format table "$ID" | wc -l)" = 5 ]
}

@test "ps: options of ps stand behind the container" {
    differs crun "takes none"
    spawning
    needs_ps
    run rt ps "$ID" -e -o pid,ppid,comm
    succeeds
    [ "$(xargs <<<"${lines[0]}")" = "PID PPID COMMAND" ]
    [ "$(table_pids 1 <<<"$output")" = "$(pids)" ]
    run rt ps "$ID" -e -o comm,pid
    succeeds
    [ "$(table_pids 2 <<<"$output")" = "$(pids)" ]
    # -f is ps's here
    run rt ps "$ID" -e -f
    succeeds
    [ ${#lines[@]} = 5 ]
}

@test "ps: a table without the column" {
    spawning
    needs_ps
    run rt ps "$ID" -e -o comm
    fails 1
    says "couldn't find PID field in ps output"
}

@test "ps: what ps itself refuses" {
    differs crun "shows an empty table"
    spawning
    needs_ps
    run rt ps "$ID" --no-such-option
    fails 1
    matches "unknown gnu long option"
}

@test "ps: without ps on the host" {
    lorica_only "wording"
    spawning
    mkdir "$T/empty"
    run env PATH="$T/empty" "$RUNTIME" --root "$STATE" ps "$ID"
    fails 1
    matches "run ps: no such file or directory"
    PATH=$T/empty "$RUNTIME" --root "$STATE" ps --format json "$ID"
}

@test "ps: processes in sub-cgroups" {
    config 'del(.linux.namespaces[] | select(.type == "pid"))'
    spawning
    local sub
    if [ "$CGROUP" = v2 ]; then sub=$(cgroup_of pids)/sub; else sub=$(cgroup_of devices)/sub; fi
    [ "$RT_KIND" != lorica ] || [ "$CGROUP" = v2 ] || sub=$(cgroup_of freezer)/sub
    mkdir "$sub"
    our_processes | tail -1 >"$sub/cgroup.procs"
    [ "$(pids | jq length)" = 4 ]
}

@test "ps: a created container has one process" {
    rt_create
    [ "$(pids)" = "[$(pid_of)]" ]
}

@test "ps: a paused container" {
    differs crun "an error"
    spawning
    rt pause "$ID"
    [ "$(pids | jq length)" = 4 ]
}

@test "ps: a stopped container has none" {
    differs crun "an error"
    rt_create
    rt_start
    wait_for 3 is_state stopped
    run rt ps --format json "$ID"
    succeeds
    [ "$output" = null ]
}

@test "ps: no such container" {
    differs crun "1.8.1 exits with 253"
    run rt ps "$ID"
    fails 1
    says "container does not exist"
}

@test "ps --format: an unknown one, and no container" {
    spawning
    run rt ps --format xml "$ID"
    fails 1
    says "invalid format option"
    run rt ps
    fails
    says '"ps" requires a minimum of 1 argument'
}
