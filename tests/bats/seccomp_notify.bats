#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# SCMP_ACT_NOTIFY: an agent on the host (tests/probe/agent.c) takes listeners, and answers for the container's system calls.

load helpers

setup() {
    lorica_setup
    SOCKET=$T/agent.sock
}

# agent DEFAULT [SYSCALL=ANSWER…]: what it says goes to $T/agent
agent() {
    "$AGENT" "$SOCKET" "$@" >"$T/agent" 2>"$T/agent.err" 3>&- &
    BACKGROUND+=("$!")
    wait_for 5 grep -q listening "$T/agent.err"
}
agent_says() { wait_for 5 grep -qE -- "$1" "$T/agent" || { cat "$T/agent" "$T/agent.err"; return 1; }; }
agent_never() { not grep -qE -- "$1" "$T/agent" || { cat "$T/agent"; return 1; }; }
# agent_state JQ-FILTER [N]: of the n-th state
agent_state() {
    wait_for 5 test "$(grep -c '^state ' "$T/agent")" -ge "${2:-1}"
    grep '^state ' "$T/agent" | sed -n "${2:-1}p" | sed 's/^state [0-9]* //; s/ [a-z]*$//' | jq -e "$1" || { cat "$T/agent"; return 1; }
}

# notify SYSCALL…: everything is allowed but these, about which the agent is asked
notify() {
    config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
        listenerPath: $p, syscalls: [{names: $ARGS.positional, action: "SCMP_ACT_NOTIFY"}]}' --arg p "$SOCKET" --args -- "$@"
}
# comes LINE: the container prints it sooner or later
comes() { wait_for 5 is_printed "$1" || { cat "$T/container.out"; return 1; }; }
no_new_privs() { config '.process.noNewPrivileges = $v' --argjson v "$1"; }

@test "seccomp notify: the agent answers with an errno, a value, or lets the call go on" {
    agent continue acct=value:4711 sync=errno:100
    notify acct sync mkdir mkdirat
    writable_root
    probe syscall acct syscall sync mkdir /made stat /made
    has "syscall acct ok 4711"
    has "syscall sync ENETDOWN"
    has "mkdir /made ok"
    agent_says '^call (mkdir|mkdirat) '
    agent_says '^gone'
}

@test "seccomp notify: with and without no_new_privs, for root and for a user" {
    local nnp uid
    agent continue acct=value:4711
    notify acct
    for nnp in true false; do
        for uid in 0 1000; do
            no_new_privs $nnp
            config '.process.user = {uid: $u, gid: $u}' --argjson u $uid
            probe id prctl syscall acct
            has "uid $uid $uid $uid"
            has "seccomp 2"
            has "no_new_privs $([ $nnp = true ] && echo 1 || echo 0)"
            has "syscall acct ok 4711"
        done
    done
    [ "$(grep -c '^state 1 ' "$T/agent")" = 4 ]
}

@test "seccomp notify: the container process state" {
    differs crun "1.8.1 says version 0.2.0, and leaves the connection open"
    agent continue
    notify sync
    config '.linux.seccomp.listenerMetadata = "pod=1 ünï \"quoted\"" | .annotations = {"org.example.key": "a value"}'
    args sleep 100
    rt_create
    agent_says '^state 1 '
    local pid
    pid=$(pid_of)
    agent_state '.fds == ["seccompFd"]'
    agent_says '^state 1 .* eof$' # and the connection is closed
    agent_state '.ociVersion | test("^1\\.")'
    agent_state '.metadata == "pod=1 ünï \"quoted\""'
    agent_state ".pid == $pid and .state.pid == $pid"
    agent_state ".state.id == \"$ID\" and .state.status == \"creating\" and .state.bundle == \"$BUNDLE\""
    agent_state '.state.annotations["org.example.key"] == "a value"'
    agent_state '.state.ociVersion | test("^1\\.")'
    rt_start
    rt delete --force "$ID"
    [ "$(grep -c '^state ' "$T/agent")" = 1 ]
}

@test "seccomp notify: no metadata, no property" {
    agent continue
    notify sync
    probe print x
    has x
    agent_state 'has("metadata") | not'
}

@test "seccomp notify: a state that is longer than a socket takes at once" {
    agent continue
    notify sync
    config '.annotations = ([range(300)] | map({key: "key\(.)", value: ("x" * 1500)}) | from_entries)'
    probe print x
    has x
    agent_state '.state.annotations | length == 300'
}

@test "seccomp notify: create has handed the listener over, start asks the agent" {
    differs crun "1.8.1 loads the filter, and sends the listener, at start"
    agent continue acct=value:4711
    notify acct
    probe_args syscall acct hold
    rt_create
    [ "$(state_of)" = created ]
    agent_says '^state 1 '
    agent_never '^call acct'
    rt_start
    comes "syscall acct ok 4711"
    rt delete --force "$ID"
    agent_says '^gone'
}

@test "seccomp notify: each exec has a filter, and a connection, of its own" {
    differs crun "1.8.1 names no pid for exec"
    agent continue acct=value:4711
    notify acct
    args sleep 100
    rt_detach
    local init nnp n=1
    init=$(pid_of)
    for nnp in "" --no-new-privs; do
        n=$((n + 1))
        try rt exec $nnp "$ID" /bin/probe syscall acct prctl
        succeeds
        has "syscall acct ok 4711"
        has "seccomp 2"
        agent_state ".state.status == \"running\" and .state.pid == $init and .state.id == \"$ID\"" $n
        agent_state ".pid != $init and .pid > 1" $n
    done
    rt exec --detach --pid-file "$T/pid" "$ID" sleep 50
    agent_state ".pid == $(cat "$T/pid")" 4
    rt delete --force "$ID"
}

@test "seccomp notify: system calls that the runtime itself makes are no deadlock" {
    differs runc "cannot notify about write"
    local nnp
    agent continue
    notify write read close sendmsg recvmsg execve futex prctl wait4 waitid poll setuid setresuid capset chdir seccomp exit_group
    config '.process.user = {uid: 1000, gid: 1000}'
    for nnp in true false; do
        no_new_privs $nnp
        probe print through
        has through
        probe_args print created
        rt_create
        rt_start
        comes created
        wait_for 5 is_state stopped
        rt delete "$ID"
    done
    args sleep 100
    rt_detach
    try rt exec "$ID" /bin/probe print inside
    has inside
    rt delete --force "$ID"
}

@test "seccomp notify: what an allow list leaves out is not needed to hand the listener over" {
    lorica_only "peers need more system calls than these behind a filter"
    agent continue acct=value:4711
    config '.linux.seccomp = {defaultAction: "SCMP_ACT_KILL_PROCESS", architectures: ["SCMP_ARCH_X86_64"], listenerPath: $p, syscalls: [
        {names: ["acct"], action: "SCMP_ACT_NOTIFY"},
        {names: ["execve", "read", "close", "write", "writev", "exit", "exit_group", "brk", "mmap", "munmap", "mprotect", "arch_prctl",
            "set_tid_address", "set_robust_list", "rseq", "prlimit64", "getrandom", "readlinkat", "readlink", "newfstatat", "fstat", "uname", "ioctl"],
            action: "SCMP_ACT_ALLOW"}]}' --arg p "$SOCKET"
    probe syscall acct print x
    has "syscall acct ok 4711"
    probe_args syscall acct print x
    rt_create
    rt_start
    comes "syscall acct ok 4711"
    wait_for 5 is_state stopped
    rt delete "$ID"
}

@test "seccomp notify: nothing of the handing over is left in the container" {
    local nnp
    agent continue
    notify sync
    for nnp in true false; do
        no_new_privs $nnp
        probe fds ls /proc
        [ "$(grep -c '^fd ' <<<"$output")" = 3 ]
        matches '^ls /proc 1 [^0-9]' # no other process, not even a dead one
    done
}

@test "seccomp notify: startContainer hooks are behind the filter too" {
    local nnp
    agent continue acct=errno:100
    notify acct
    config '.hooks.startContainer = [{path: "/bin/sh", args: ["sh", "-c", "exit 0"]}]'
    for nnp in true false; do
        no_new_privs $nnp
        probe print x
        has x
    done
    [ "$(grep -c '^state ' "$T/agent")" = 2 ]
}

@test "seccomp notify: an agent that a createRuntime hook starts" {
    differs crun "1.8.1 connects before its hooks run"
    notify acct
    cat >"$T/hook" <<HOOK
#!/bin/sh
cat >/dev/null
"$AGENT" "$SOCKET" value:4711 >"$T/agent" 2>"$T/agent.err" </dev/null &
echo \$! >"$T/agent.pid"
while ! grep -q listening "$T/agent.err"; do sleep 0.02; done
HOOK
    chmod 755 "$T/hook"
    config '.hooks.createRuntime = [{path: $h}]' --arg h "$T/hook"
    probe syscall acct
    BACKGROUND+=("$(cat "$T/agent.pid")")
    has "syscall acct ok 4711"
}

@test "seccomp notify: listenerPath relative to the bundle, and longer than an address" {
    differs crun "wants an absolute path"
    SOCKET=agent.sock notify acct
    SOCKET=$BUNDLE/agent.sock agent value:4711
    probe syscall acct
    has "syscall acct ok 4711"
    differs runc "refuses what does not fit a socket address"
    local dir
    dir=$T/$(printf 'x%.0s' {1..120})
    mkdir "$dir"
    SOCKET=$dir/agent.sock
    agent value:4712
    notify acct
    probe syscall acct
    has "syscall acct ok 4712"
}

@test "seccomp notify: no agent" {
    local nnp
    notify sync
    for nnp in true false; do
        no_new_privs $nnp
        rt_run
        fails
        lorica_says "failed to connect with seccomp agent.*$SOCKET: no such file"
        nothing_left
        try rt create --bundle "$BUNDLE" --pid-file "$T/pid" "$ID"
        fails
        [ ! -e "$T/pid" ]
        nothing_left
    done
    # a socket of which nobody takes care any more
    agent continue
    kill -KILL "${BACKGROUND[-1]}"
    wait_for 5 test ! -d "/proc/${BACKGROUND[-1]}"
    rt_run
    fails
    lorica_says 'failed to connect with seccomp agent.*connection refused'
    nothing_left
}

@test "seccomp notify: no agent any more when something is executed" {
    agent continue
    notify sync
    probe_args print begun hold
    rt_detach
    # a peer may return before init has handed its listener over
    comes begun
    kill -KILL "${BACKGROUND[-1]}"
    wait_for 5 test ! -d "/proc/${BACKGROUND[-1]}"
    try rt exec "$ID" /bin/probe print x
    fails
    lacks x
    lorica_says 'failed to connect with seccomp agent'
    [ "$(state_of)" = running ]
    rt delete --force "$ID"
}

@test "seccomp notify: an agent that closes its connection at once" {
    agent shut
    notify acct
    # what was sent before it closed is lost, and with it the listener: nothing may wait for an answer then
    probe_args syscall acct print after
    rt_run
    [ "$status" != 124 ]
    if [ "$status" = 0 ]; then
        has "syscall acct ENOSYS"
    else
        lorica_says 'cannot send the seccomp listener'
        nothing_left
    fi
}

@test "seccomp notify: an agent that drops the listener" {
    agent leave
    notify acct
    probe syscall acct print after
    has "syscall acct ENOSYS"
    has after
}

@test "seccomp notify: an agent that dies while it is asked" {
    agent silent
    notify acct
    probe_args print before syscall acct print after
    rt_detach
    agent_says '^call acct'
    kill -KILL "${BACKGROUND[-1]}"
    comes "syscall acct ENOSYS"
    comes after
    wait_for 5 is_state stopped
    rt delete "$ID"
}

@test "seccomp notify: an agent that never answers cannot keep a container from being killed" {
    agent silent
    notify acct
    probe_args print before syscall acct print after
    rt_detach
    agent_says '^call acct'
    rt kill "$ID" KILL
    wait_for 5 is_state stopped
    rt delete "$ID"
    agent_says '^gone'
    not grep -q after "$T/container.out"
}

@test "seccomp notify: an agent that never answers init itself" {
    lorica_only "what init calls, and the shape of its record"
    agent continue execve=silent
    notify execve
    args /bin/true
    rt_create
    rt_start >"$T/start" 2>&1 3>&- &
    BACKGROUND+=("$!")
    agent_says '^call execve'
    rt delete --force "$ID"
    wait "${BACKGROUND[-1]}" || true # it ends with the container
    nothing_left
}

@test "seccomp notify: a runtime that is killed while the agent does not accept leaves nothing that delete does not find" {
    lorica_only "its own record"
    "$PEER" deaf "$SOCKET" 0 2>"$T/peer.err" 3>&- &
    BACKGROUND+=("$!")
    wait_for 5 grep -q listening "$T/peer.err"
    notify sync
    args sleep 100
    # the connection queues behind nobody: the first fits, the second does not
    rt_background
    wait_for 5 is_state running
    rt delete --force "$ID"
}

@test "seccomp notify: WAIT_KILLABLE_RECV" {
    differs runc "1.1.5 has no flags"
    differs crun "1.8.1 does not know the flag"
    needs_kernel 5.19 SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
    agent continue acct=value:4711
    notify acct
    config '.linux.seccomp.flags = ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]'
    probe syscall acct
    has "syscall acct ok 4711"
}

@test "seccomp notify: together with other flags, TSYNC too" {
    differs runc "1.1.5 has no flags"
    agent continue acct=value:4711
    notify acct
    config '.linux.seccomp.flags = ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW"]'
    probe syscall acct
    has "syscall acct ok 4711"
    differs crun "fails with EINVAL"
    config '.linux.seccomp.flags += ["SECCOMP_FILTER_FLAG_TSYNC"]'
    probe syscall acct
    has "syscall acct ok 4711"
}

@test "seccomp notify: the 32-bit entry asks too" {
    [ "$(uname -m)" = x86_64 ] || skip "x86 only"
    [[ "${LORICA_VM:-}" != uml* ]] || skip "User Mode Linux has no 32-bit entry"
    agent errno:100
    notify acct
    probe int80 51
    has "int80 51 ENETDOWN"
}

@test "seccomp notify: listenerPath and listenerMetadata without a rule that notifies" {
    differs crun "1.8.1 connects to it all the same"
    notify sync
    config '.linux.seccomp.syscalls[0].action = "SCMP_ACT_ERRNO" | .linux.seccomp.listenerMetadata = "x"'
    probe syscall sync
    has "syscall sync EPERM"
}

@test "seccomp notify: what is refused" {
    differs crun "1.8.1 starts without a listener"
    notify sync
    config 'del(.linux.seccomp.listenerPath)'
    rt_run
    fails
    lorica_says 'seccomp listenerPath is not set.*path=/linux/seccomp/listenerPath'
    nothing_left
    config '.linux.seccomp.listenerPath = ""'
    rt_run
    fails
    nothing_left
    notify sync
    config '.linux.seccomp.defaultAction = "SCMP_ACT_NOTIFY"'
    rt_run
    fails
    says 'SCMP_ACT_NOTIFY cannot be used as default action'
    nothing_left
    notify sync
    config '.linux.seccomp.listenerPath = 1'
    rt_run
    fails
    nothing_left
    differs runc "takes metadata without a path"
    notify sync
    config '.linux.seccomp.syscalls[0].action = "SCMP_ACT_ERRNO" | del(.linux.seccomp.listenerPath) | .linux.seccomp.listenerMetadata = "x"'
    rt_run
    fails
    lorica_says '/linux/seccomp/listenerMetadata'
    nothing_left
}

@test "seccomp notify: the second start with one policy asks as the first did" {
    agent value:4711
    notify acct
    probe syscall acct
    has "syscall acct ok 4711"
    probe syscall acct
    has "syscall acct ok 4711"
    # the same rules for another agent
    SOCKET=$T/other.sock
    agent value:4712
    notify acct
    probe syscall acct
    has "syscall acct ok 4712"
}
