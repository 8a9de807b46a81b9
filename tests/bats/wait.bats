#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# wait, and the members of `state` that say how a container ended.

load helpers

setup() {
    lorica_only "wait"
    lorica_setup
}

# a_parent COMMAND…: runs it and reaps what it leaves at once, as engines do
a_parent() {
    python3 - "$@" <<'END'
import ctypes, os, subprocess, sys
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
if subprocess.call(sys.argv[1:], stdin=subprocess.DEVNULL):
    sys.exit(1)
print("up", flush=True)
while True:
    try:
        os.wait()
    except ChildProcessError:
        break
END
}

# under_a_parent: `run --detach` beneath a process that reaps; in the background, its pid in $PARENT
under_a_parent() {
    a_parent env LORICA_TEST_ID="$ID" "$RUNTIME" --root "$STATE" run --detach --bundle "$BUNDLE" "$ID" >"$T/parent.out" 2>&1 3>&- &
    PARENT=$!
    BACKGROUND+=("$PARENT")
    wait_for 5 grep -q up "$T/parent.out"
}

# until_told CODE: the program runs until `tell`, and exits with CODE
until_told() {
    rm -f "$ROOTFS/told"
    args /bin/busybox sh -c "while [ ! -e /told ]; do sleep 0.02; done; exit $1"
}
tell() { touch "$ROOTFS/told"; }

# wait_in_background [ARG…]: its output in $T/wait.out, its pid in $WAITER
wait_in_background() {
    LORICA_TEST_ID=$ID "$RUNTIME" --root "$STATE" wait "$@" "$ID" </dev/null >"$T/wait.out" 2>&1 3>&- &
    WAITER=$!
    BACKGROUND+=("$WAITER")
}

@test "wait: the exit code, while nobody has reaped init" {
    local code
    # our shell is not its parent: that is bats, or pid 1, which may be slow to reap; the attached run is sure
    for code in 0 1 42 255; do
        until_told "$code"
        rt_background --keep
        wait_for 3 is_state running
        wait_in_background
        wait_for 3 grep -q '^State:.*sleeping' "/proc/$WAITER/status"
        tell
        await "$WAITER"
        [ "$(cat "$T/wait.out")" = "$code" ]
        await "$PID"
        [ "$status" = "$code" ]
        run rt wait "$ID" # from the record now
        has "$code"
        rt delete "$ID"
    done
}

@test "wait: what has just ended, while its runtime has not recorded that" {
    probe_args hold
    rt_background --keep
    wait_for 3 is_state running
    kill -STOP "$PID"
    rt kill "$ID" KILL
    wait_for 3 is_state stopped
    wait_in_background --format json
    sleep 0.3
    kill -CONT "$PID"
    await "$WAITER"
    [ "$status" = 0 ]
    jq -e '.exitCode == 137 and .exitSignal == 9 and .finishedAt >= .startedAt' "$T/wait.out"
    await "$PID"
}

@test "wait: a signal" {
    probe_args hold
    rt_background --keep
    wait_for 3 is_state running
    wait_in_background --format json
    rt kill "$ID" KILL
    await "$WAITER"
    [ "$status" = 0 ]
    jq -e --arg id "$ID" '.id == $id and .exitCode == 137 and .exitSignal == 9
        and (.startedAt | test("^20.*Z$")) and .finishedAt >= .startedAt' "$T/wait.out"
    await "$PID"
    run rt state "$ID"
    jq -e '.status == "stopped" and .exitCode == 137 and .exitSignal == 9 and has("startedAt") and has("finishedAt")' <<<"$output"
    run rt list --format json
    jq -e '.[0].exitCode == 137' <<<"$output"
}

@test "wait: a container that an engine reaps" {
    needs python3
    needs_kernel 6.15 "an exit status that is kept"
    args /bin/busybox sh -c 'trap "exit 7" TERM; echo ready; while :; do sleep 0.05; done'
    under_a_parent
    wait_in_background --format json
    sleep 0.2
    rt kill "$ID" TERM
    await "$WAITER"
    [ "$status" = 0 ]
    jq -e '.exitCode == 7 and (has("exitSignal") | not)' "$T/wait.out"
    # it stands in the record from now on
    run rt state "$ID"
    jq -e '.exitCode == 7' <<<"$output"
    run rt wait "$ID"
    has 7
}

@test "wait: reaped before anybody waited: said, not guessed" {
    needs python3
    args /bin/busybox sh -c 'exit 7'
    under_a_parent
    wait_for 3 is_state stopped
    await "$PARENT"
    run rt wait "$ID"
    fails 1
    message "exit status unknown: container $ID ended, and its parent took its status, before anybody waited"
    run rt state "$ID"
    jq -e 'has("startedAt") and (has("exitCode") or has("exitSignal") or has("finishedAt") | not)' <<<"$output"
}

@test "wait: the kernel does not keep the status: the attached run tells, also when it removes the container" {
    needs strace
    strace -qq -o /dev/null true 2>/dev/null || skip "strace does not work here"
    local keep
    for keep in "" --keep; do
        until_told 9
        # shellcheck disable=SC2086
        rt_background $keep
        wait_for 3 is_state running
        LORICA_TEST_ID=$ID strace -qq -o "$T/strace" -e inject=ioctl:error=ENOTTY "$RUNTIME" --root "$STATE" wait "$ID" \
            </dev/null >"$T/wait.out" 2>&1 3>&- &
        local waiter=$!
        BACKGROUND+=("$waiter")
        wait_for 5 grep -q '^pp*oll(' "$T/strace"
        tell
        await "$waiter"
        [ "$(cat "$T/wait.out")" = 9 ]
        await "$PID"
        [ "$status" = 9 ]
        [ -z "$keep" ] || rt delete "$ID"
        nothing_left
    done
}

@test "wait: the kernel does not keep the status, and an engine took it" {
    needs python3 strace
    strace -qq -o /dev/null true 2>/dev/null || skip "strace does not work here"
    until_told 9
    under_a_parent
    (sleep 1; tell) 3>&- &
    # slow to look: its parent has reaped by then
    run env LORICA_TEST_ID="$ID" strace -qq -o "$T/strace" -e inject=ioctl:error=ENOTTY \
        -e inject=poll,ppoll:delay_exit=300000 "$RUNTIME" --root "$STATE" wait "$ID"
    fails 1
    message "exit status unknown: the parent of container $ID's init took it first"
}

@test "wait: many at once, one answer" {
    local i pids=()
    until_told 3
    rt_background --keep
    wait_for 3 is_state running
    for i in 1 2 3 4 5 6; do
        rt wait "$ID" </dev/null >"$T/wait.$i" 2>&1 &
        pids+=($!)
    done
    sleep 0.3
    tell
    for i in "${pids[@]}"; do wait "$i"; done
    [ "$(sort -u "$T"/wait.[1-6])" = 3 ]
    await "$PID"
}

@test "wait: a container that was created and never started, until it is killed" {
    rt_create
    wait_in_background
    sleep 0.2
    kill -0 "$WAITER"
    rt kill "$ID" KILL
    await "$WAITER"
    run cat "$T/wait.out"
    matches '^137$|exit status unknown'
    run rt state "$ID"
    jq -e 'has("startedAt") | not' <<<"$output"
}

@test "wait: deleted meanwhile" {
    needs python3
    needs_kernel 6.15 "an exit status that is kept"
    probe_args hold
    under_a_parent
    wait_in_background
    sleep 0.2
    rt delete --force "$ID"
    await "$WAITER"
    [ "$(cat "$T/wait.out")" = 137 ]
    nothing_left
}

@test "wait --timeout: an error when it still runs" {
    local before=$SECONDS
    probe_args hold
    rt_detach
    run rt wait --timeout 0.3 "$ID"
    fails 1
    message "container $ID is still running"
    run rt wait -t 0 "$ID"
    fails 1
    [ $((SECONDS - before)) -lt 10 ]
    for t in -1 1.2.3 x "" 1e3 1s; do
        run rt wait --timeout="$t" "$ID"
        fails 1
        message "invalid timeout: $t"
    done
    is_state running
}

@test "wait: does not hold the container up" {
    probe_args hold
    rt_detach
    wait_in_background
    sleep 0.2
    [ "$(ps -o time= -p "$WAITER" | tr -d ' ')" = 00:00:00 ]
    grep -q '^State:.*sleeping' "/proc/$WAITER/status"
    is_state running
    run rt kill "$ID" 0
    succeeds
    rt delete --force "$ID"
    await "$WAITER"
}

@test "wait: no such container, no such format" {
    run rt wait nosuch
    fails 1
    message "container does not exist"
    rt_create
    run rt wait --format yaml "$ID"
    fails 1
    message "invalid format option: yaml"
    run rt wait
    fails 1
    message '"wait" requires exactly 1 argument'
}

@test "wait: killed for want of memory" {
    needs_controller memory
    config '.linux.resources.memory = {limit: 20971520, swap: 20971520}'
    args /bin/busybox sh -c 'x=xxxxxxxxxxxxxxxx; while :; do x=$x$x; done'
    rt_background --keep
    await "$PID"
    [ "$status" = 137 ] || skip "the limit does not hold here"
    # systemd takes an empty scope away at once, and who comes after that cannot count: then nothing is said
    local unsaid='false'
    [ "$CGROUP_MANAGER" != systemd ] || unsaid='has("oomKilled") | not'
    run rt state "$ID"
    jq -e "(.oomKilled == true or ($unsaid)) and .exitSignal == 9" <<<"$output"
    run rt wait --format json "$ID"
    jq -e ".oomKilled == true or ($unsaid)" <<<"$output"
    rt delete "$ID"
    config '.process.args = ["/bin/busybox", "true"]'
    rt_background --keep
    await "$PID"
    run rt state "$ID"
    jq -e "(.oomKilled == false or ($unsaid)) and .exitCode == 0" <<<"$output"
}
