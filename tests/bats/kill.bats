#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load helpers

holding() {
    probe_args hold
    rt_detach
    wait_for 3 is_printed holding
}

@test "kill: SIGTERM is the default" {
    holding
    rt kill "$ID"
    wait_for 2 is_printed "signal 15"
    wait_for 2 is_state stopped
}

@test "kill: by name, with and without SIG, in any case, and by number" {
    differs crun "upper case only"
    holding
    local pair
    for pair in HUP:1 SIGINT:2 sigusr1:10 usr2:12 WINCH:28 3:3; do
        rt kill "$ID" "${pair%:*}"
        wait_for 2 is_printed "signal ${pair#*:}"
    done
}

@test "kill: real-time signals" {
    differs runc "1.1.5 knows only numbers"
    differs crun "1.8.1 knows only numbers"
    holding
    rt kill "$ID" RTMIN+3
    wait_for 2 is_printed "signal 37"
    rt kill "$ID" SIGRTMIN
    wait_for 2 is_printed "signal 34"
    rt kill "$ID" RTMAX-1
    wait_for 2 is_printed "signal 63"
    rt kill "$ID" 40
    wait_for 2 is_printed "signal 40"
}

@test "kill: KILL cannot be caught" {
    holding
    rt kill "$ID" KILL
    wait_for 2 is_state stopped
}

@test "kill: a created container" {
    rt_create
    rt kill "$ID" KILL
    wait_for 2 is_state stopped
}

@test "kill: what is no signal" {
    differs crun "1.8.1 exits 0"
    differs runc "1.1.5 accepts any number, knows no RTMIN"
    holding
    local name
    for name in NOSUCH SIG 65 -1 "" 9x 0x9 RTMIN+31 "TERM "; do
        run rt kill "$ID" "$name"
        [ "$status" = 1 ] || { echo "'$name'"; show; false; }
    done
    is_state running
    [ "$(cat "$T/container.out")" = holding ]
}

@test "kill: a stopped container" {
    rt_create
    rt_start
    wait_for 2 is_state stopped
    run rt kill "$ID" TERM
    fails 1
    says "container not running"
}

@test "kill: no such container" {
    run rt kill "$ID" TERM
    fails 1
    says "container does not exist"
}

@test "kill --all: every process of the container" {
    config 'del(.linux.namespaces[] | select(.type == "pid"))'
    probe_args spawn 5 hold
    rt_detach
    wait_for 3 is_printed holding
    [ "$(our_processes | wc -l)" -ge 6 ]
    rt kill --all "$ID" KILL
    wait_for 3 eval '[ -z "$(our_processes)" ]'
}

@test "kill KILL: without a pid namespace, no process stays behind" {
    differs crun "kills the first process only"
    differs runc "1.1.5 kills the first process only"
    config 'del(.linux.namespaces[] | select(.type == "pid"))'
    probe_args spawn 5 hold
    rt_detach
    wait_for 3 is_printed holding
    rt kill "$ID" KILL
    wait_for 3 eval '[ -z "$(our_processes)" ]'
}

@test "kill: only the container's processes" {
    holding
    sleep 100 &
    local bystander=$!
    BACKGROUND+=("$bystander")
    rt kill --all "$ID" KILL
    wait_for 2 is_state stopped
    kill -0 "$bystander"
}

@test "kill --all: a stopped container is no error" {
    differs crun "an error"
    rt_create
    rt_start
    wait_for 2 is_state stopped
    rt kill --all "$ID" KILL
}

# a_bystander: a process of the host, its pid in $bystander
a_bystander() {
    sleep 100 3>&- &
    bystander=$!
    BACKGROUND+=("$bystander")
}

@test "kill: a pid that another process has by now is left alone" {
    differs runc "1.1.5 keeps another record"
    differs crun "keeps another record"
    holding
    sleep 0.05 # another tick of the clock by which processes are told apart
    a_bystander
    local old
    old=$(pid_of)
    # as if init had died and its number had been given away
    jq -c --argjson pid "$bystander" '.init.pid = $pid' "$STATE/$ID/state.json" >"$T/record"
    cp "$T/record" "$STATE/$ID/state.json"
    is_state stopped
    run rt kill "$ID" KILL
    fails 1
    says "container not running"
    rt delete --force "$ID"
    kill -0 "$bystander"
    gone "$old"
}

@test "kill: pids that are given anew quickly never reach another process" {
    cgroupfs_only "the container is made in a pid namespace that systemd does not know"
    lorica_only "small numbers of processes need Linux 6.14"
    needs unshare
    # a pid namespace with 300 numbers above 300: one of them comes back soon
    cat >"$T/inside" <<'END'
echo 600 >/proc/sys/kernel/pid_max || exit 77
until [ "$(sh -c 'echo $$')" -gt 310 ]; do :; done # numbers below are given once only
"$RUNTIME" --root "$STATE" run --detach --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 || exit 1
pid=$("$RUNTIME" --root "$STATE" state "$ID" | jq .pid)
kill -KILL "$pid"
n=0
while [ $n -lt 3000 ]; do
    sleep 100 & new=$!
    [ "$new" != "$pid" ] || break
    kill -KILL $new
    wait $new 2>/dev/null
    n=$((n + 1))
done
[ "$new" = "$pid" ] || exit 2
"$RUNTIME" --root "$STATE" state "$ID" | grep -q '"status": "stopped"' || exit 3
"$RUNTIME" --root "$STATE" kill "$ID" KILL 2>/dev/null && exit 4
"$RUNTIME" --root "$STATE" delete --force "$ID" || exit 5
kill -0 "$new" || exit 6
kill -KILL "$new"
echo reused
END
    args /bin/probe hold
    run env RUNTIME="$RUNTIME" STATE="$STATE" BUNDLE="$BUNDLE" ID="$ID" timeout 60 \
        unshare --pid --fork --kill-child --mount-proc bash "$T/inside"
    [ "$status" != 77 ] || skip "the kernel has one pid_max for all"
    succeeds
    has reused
}

@test "kill: a paused container takes a signal when it goes on, and KILL at once" {
    differs crun "1.8.1 leaves it frozen"
    needs_v1
    holding
    echo FROZEN >"$(cgroup_of freezer)/freezer.state"
    wait_for 2 grep -q FROZEN "$(cgroup_of freezer)/freezer.state"
    rt kill "$ID" USR1
    not is_printed "signal 10"
    echo THAWED >"$(cgroup_of freezer)/freezer.state"
    wait_for 2 is_printed "signal 10"
    echo FROZEN >"$(cgroup_of freezer)/freezer.state"
    rt kill "$ID" KILL
    wait_for 3 is_state stopped
}

@test "kill KILL: init is gone, and others are left" {
    differs crun "not running"
    differs runc "1.1.5: not running"
    config 'del(.linux.namespaces[] | select(.type == "pid"))'
    probe_args spawn 3 hold
    rt_detach
    wait_for 3 is_printed holding
    kill -KILL "$(pid_of)"
    wait_for 2 is_state stopped
    [ -n "$(our_processes)" ]
    run rt kill "$ID" TERM
    fails 1
    rt kill "$ID" KILL
    wait_for 3 eval '[ -z "$(our_processes)" ]'
    wait_for 3 not rt kill "$ID" KILL
}

@test "kill --all: processes in cgroups that the container made below its own" {
    differs crun "1.8.1 looks at its own cgroup only"
    needs_v1
    probe_args hold
    rt_detach
    wait_for 3 is_printed holding
    a_bystander
    local sub
    for sub in freezer pids devices; do
        has_controller $sub || continue
        mkdir -p "$(cgroup_of $sub)/a/b"
        echo "$bystander" >"$(cgroup_of $sub)/a/b/cgroup.procs"
    done
    rt kill --all "$ID" KILL
    wait_for 3 gone "$bystander"
    wait_for 3 is_state stopped
}

@test "kill: a container that is being created" {
    lorica_only "nothing is recorded yet at peers"
    add_hook createRuntime "$(jq -n --arg p "$(hook_script slow "touch $T/in-hook; sleep 1")" '{path: $p}')"
    probe_args hold
    rt create --bundle "$BUNDLE" "$ID" </dev/null >"$T/container.out" 2>&1 3>&- &
    local creator=$!
    BACKGROUND+=("$creator")
    wait_for 5 test -e "$T/in-hook"
    is_state creating
    local before=$SECONDS
    run rt kill "$ID" KILL
    [ $((SECONDS - before)) -lt 5 ]
    await "$creator"
    # it had its init recorded and was killed, or it was too early and goes on: never half of it
    if [ "$status" = 0 ]; then is_state created; else nothing_left; fi
}

@test "kill --regex: every container that matches" {
    differs runc "has no --regex"
    local i
    probe_args hold
    for i in a1 a2 b1; do
        new_bundle "$T/$i"
        BUNDLE=$T/$i config '.linux.cgroupsPath = $p | .process.args = ["/bin/probe", "hold"]' --arg p "$(cgroups_path "$i")"
        rt run --detach --bundle "$T/$i" "$ID-$i" </dev/null >/dev/null 2>&1
    done
    rt kill --regex "$ID-a" KILL
    wait_for 2 eval '[ "$(state_of "$ID-a1") $(state_of "$ID-a2")" = "stopped stopped" ]'
    [ "$(state_of "$ID-b1")" = running ]
    rt kill -r '^no-such-name$' KILL
    rt kill -r "^$ID-b.\$" KILL
    wait_for 2 eval '[ "$(state_of "$ID-b1")" = stopped ]'
    # two that cannot be signalled, by name
    [ "$RT_KIND" = lorica ] || return 0
    run rt kill --regex "$ID-a" TERM
    fails 1
    message "2 of 2 containers not signalled: $ID-a1: container not running; $ID-a2: container not running"
    run rt kill --regex '[' KILL
    fails 1
    message 'invalid regular expression \['
}
