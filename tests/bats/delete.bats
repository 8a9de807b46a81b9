#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load helpers

@test "delete: a stopped container" {
    rt_create
    rt_start
    wait_for 2 is_state stopped
    rt delete "$ID"
    nothing_left
    run rt state "$ID"
    fails 1
}

@test "delete: a running container is refused, and goes on" {
    probe_args hold
    rt_detach
    run rt delete "$ID"
    fails 1
    says "cannot delete container $ID that is not stopped: running"
    is_state running
}

@test "delete: a created container needs no force" {
    differs crun "1.8.1 wants force"
    rt_create
    local pid
    pid=$(pid_of)
    rt delete "$ID"
    gone "$pid"
    nothing_left
}

@test "delete --force: a running container" {
    probe_args hold
    rt_detach
    rt delete --force "$ID"
    nothing_left
    [ -z "$(our_processes)" ]
}

@test "delete --force: a created container" {
    rt_create
    rt delete --force "$ID"
    nothing_left
    [ -z "$(our_processes)" ]
}

@test "delete: no such container" {
    run rt delete "$ID"
    fails 1
    says "container does not exist"
}

@test "delete --force: no such container is no error" {
    rt delete --force "$ID"
}

@test "delete --force: without a pid namespace, every process" {
    config 'del(.linux.namespaces[] | select(.type == "pid"))'
    probe_args spawn 20 hold
    rt_detach
    wait_for 3 is_printed holding
    rt delete --force "$ID"
    [ -z "$(our_processes)" ]
    nothing_left
}

@test "delete: cgroups that the container made inside its own" {
    needs_v1
    probe_args hold
    rt_detach
    mkdir -p "$(cgroup_of pids)/a/b/c" "$(cgroup_of pids)/d"
    rt delete --force "$ID"
    nothing_left
}

@test "delete: leaves a parent cgroup that was there before" {
    cgroupfs_only "the path"
    local parent
    config '.linux.cgroupsPath = $p' --arg p "/$ID-parent/child"
    if [ "$CGROUP" = v2 ]; then parent=/sys/fs/cgroup/$ID-parent; else parent=/sys/fs/cgroup/pids/$ID-parent; fi
    mkdir "$parent"
    rt_create
    [ -d "$parent/child" ]
    rt delete --force "$ID"
    [ -d "$parent" ]
    [ ! -d "$parent/child" ]
    rmdir "$parent"
    our_cgroups | xargs -r rmdir
}

@test "delete: a frozen container" {
    needs_v1
    probe_args hold
    rt_detach
    echo FROZEN >"$(cgroup_of freezer)/freezer.state"
    rt delete --force "$ID"
    nothing_left
    [ -z "$(our_processes)" ]
}

@test "delete: eight at once, and nothing is left" {
    probe_args hold
    rt_detach
    local i pids=()
    for i in 1 2 3 4 5 6 7 8; do
        rt delete --force "$ID" </dev/null >/dev/null 2>&1 &
        pids+=($!)
    done
    wait "${pids[@]}" || true
    nothing_left
    [ -z "$(our_processes)" ]
}

@test "delete: does not follow a foreign mount in the state directory" {
    lorica_only "runc removes what is mounted there"
    rt_create
    mkdir "$T/precious" "$STATE/$ID/inner"
    echo keep >"$T/precious/file"
    mount --bind "$T/precious" "$STATE/$ID/inner"
    run rt delete --force "$ID"
    umount "$STATE/$ID/inner"
    [ "$(cat "$T/precious/file")" = keep ]
    rmdir "$STATE/$ID/inner"
    rt delete --force "$ID"
}

@test "delete --force: a record that cannot be read" {
    differs crun "needs its record"
    probe_args hold
    rt_create
    local pid
    pid=$(pid_of)
    echo '{"broken' >"$STATE/$ID/state.json"
    run rt delete --force "$ID"
    [ "$RT_KIND" = lorica ] || { kill -KILL "$pid"; skip "peers give up here"; }
    # the cgroup may not be known any more, but the state is gone and the message says so
    [ ! -e "$STATE/$ID" ]
    kill -KILL "$pid" 2>/dev/null || true
    sleep 0.1
    our_cgroups | xargs -r rmdir
}

# three CONTAINERS: of $ID-a and $ID-b, which have stopped, and $ID-c, which runs
three() {
    local i
    for i in a b c; do
        new_bundle "$T/$i"
        BUNDLE=$T/$i config '.linux.cgroupsPath = $p | .process.args = ["/bin/probe", "hold"]' --arg p "$(cgroups_path "$i")"
        rt run --detach --bundle "$T/$i" "$ID-$i" </dev/null >/dev/null 2>&1
        [ "$i" = c ] || rt kill "$ID-$i" KILL
    done
    wait_for 2 eval '[ "$(state_of "$ID-a") $(state_of "$ID-b")" = "stopped stopped" ]'
}

@test "delete: several at once, and what fails is named" {
    lorica_only "peers take one"
    three
    run rt delete "$ID-a" "$ID-c" "$ID-none" "$ID-b"
    fails 1
    message "2 of 4 containers not deleted: $ID-c: cannot delete container $ID-c that is not stopped: running; $ID-none: container does not exist"
    [ "$(ls "$STATE")" = "$ID-c" ]
    [ "$(state_of "$ID-c")" = running ]
    rt delete --force "$ID-a" "$ID-c" "$ID-none"
    nothing_left
}

@test "delete --regex: every container that matches" {
    differs runc "has no --regex"
    three
    rt delete --regex "$ID-(a|b)\$"
    [ "$(ls "$STATE")" = "$ID-c" ]
    rt delete -r nothing-matches-this
    rt delete --force -r "$ID"
    [ -z "$(ls "$STATE")" ]
}

@test "delete: a cgroup that somebody else has removed" {
    probe_args hold
    rt_detach
    rt kill "$ID" KILL
    wait_for 2 is_state stopped
    our_cgroups | xargs -r rmdir
    is_state stopped
    rt delete "$ID"
    nothing_left
}

@test "delete: init is gone, and others are left" {
    config 'del(.linux.namespaces[] | select(.type == "pid"))'
    probe_args spawn 3 hold
    rt_detach
    wait_for 3 is_printed holding
    kill -KILL "$(pid_of)"
    wait_for 2 is_state stopped
    [ -n "$(our_processes)" ]
    rt delete "$ID"
    wait_for 2 eval '[ -z "$(our_processes)" ]'
    nothing_left
}

@test "delete: a process that was put into the container's cgroup from outside" {
    differs crun "gives up"
    differs runc "gives up"
    local sub
    probe_args hold
    rt_detach
    sleep 100 3>&- &
    local guest=$!
    BACKGROUND+=("$guest")
    if [ "$CGROUP" = v2 ]; then
        echo "$guest" >"$(cgroup_of x)/cgroup.procs"
    else
        for sub in pids freezer; do echo "$guest" >"$(cgroup_of $sub)/cgroup.procs"; done
    fi
    rt kill "$ID" KILL
    wait_for 2 is_state stopped
    rt delete "$ID"
    gone "$guest"
    nothing_left
}

@test "delete: while the container is being created, waits for its turn" {
    lorica_only "peers find no state yet"
    add_hook createRuntime "$(jq -n --arg p "$(hook_script slow "touch $T/in-hook; sleep 1")" '{path: $p}')"
    rt create --bundle "$BUNDLE" "$ID" </dev/null >"$T/container.out" 2>&1 3>&- &
    local creator=$!
    BACKGROUND+=("$creator")
    wait_for 5 test -e "$T/in-hook"
    rt delete --force "$ID"
    await "$creator"
    nothing_left
    [ -z "$(our_processes)" ]
}

@test "delete --force: a container that cannot die: an error within bounds, and nothing is forgotten" {
    lorica_only "peers wait for other lengths of time, or forget it"
    needs_v1
    cgroupfs_only "the path"
    local above=/sys/fs/cgroup/freezer/$ID-above before=$SECONDS
    mkdir "$above"
    config '.linux.cgroupsPath = $p' --arg p "/$ID-above/child"
    probe_args hold
    rt_detach
    echo FROZEN >"$above/freezer.state"
    wait_for 3 grep -q FROZEN "$above/freezer.state"
    run rt delete --force "$ID"
    [ $((SECONDS - before)) -lt 25 ]
    echo THAWED >"$above/freezer.state"
    fails 1
    message "container init still running: [0-9]+ \(probe, state [A-Z]\) after 10 s; a cgroup above the container's is frozen"
    rt delete --force "$ID"
    nothing_left_but_above
    rmdir "$above"
    our_cgroups | xargs -r rmdir
}
nothing_left_but_above() { [ -z "$(ls "$STATE")" ] && [ "$(our_cgroups | grep -c child)" = 0 ]; }
