#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The runtime is killed at each of its system calls; a system call fails at each of its uses. Afterwards `delete --force`
# ends with nothing left, and a container that starts in spite of a fault is no weaker than one without it.
#
# CRASH_STEP=N: every N-th place only (default: 3; 1 takes minutes); in machines that are slow, also of the names of calls.

load helpers
load selfcheck

setup() {
    lorica_only "peers are known to leave things"
    needs strace
    # ptrace finds no descriptor leaks of its own, but sanitizers do not run under it
    ! grep -qa __asan_init "$PROGRAM" || skip "not with sanitizers"
    lorica_setup
    strace -qq -o /dev/null true 2>/dev/null || skip "strace does not work here"
    STEP=${CRASH_STEP:-3}
}

# traced STRACE-ARG… -- RUNTIME-ARG…
traced() {
    local options=()
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    shift
    LORICA_TEST_ID=$ID timeout -k 2 20 strace -qq -o "$T/strace" "${options[@]}" "$PROGRAM" ${DRIVER_OPTION:+$DRIVER_OPTION} --root "$STATE" "$@" </dev/null >"$T/try.out" 2>"$T/try.err" 3>&-
}

# calls: how many system calls the traced process made
calls() { grep -cvE '^(\+\+\+|---)' "$T/strace"; }

# clean WHERE: delete --force succeeds and nothing is left
clean() {
    rt delete --force "$ID" >"$T/delete.out" 2>&1 || { echo "delete failed after $1:"; cat "$T/delete.out"; return 1; }
    if [ -n "$(our_cgroups)$(ls "$STATE")" ]; then
        echo "left after $1:"
        our_cgroups
        ls "$STATE"
        return 1
    fi
    [ -z "$(our_processes)" ] || sleep 0.1
    [ -z "$(our_processes)" ] || { echo "processes after $1: $(our_processes)"; return 1; }
}

# kill_everywhere WHAT RUNTIME-ARG…: before each round prepare() is called
kill_everywhere() {
    local what=$1 n total
    shift
    prepare
    traced -- "$@" || true
    total=$(calls)
    clean "a whole $what"
    [ "$total" -gt 20 ]
    for n in $(seq 1 "$STEP" "$total"); do
        prepare
        traced -e "inject=all:signal=KILL:when=$n" -- "$@" || true
        clean "$what, killed at call $n of $total: $(tail -1 "$T/strace")" || return 1
    done
}

@test "crash: create, the runtime killed at its system calls" {
    prepare() { :; }
    kill_everywhere create create --bundle "$BUNDLE" "$ID"
}

@test "crash: create with everything configured" {
    config '.linux.resources += {"pids": {"limit": 50}, "memory": {"limit": 67108864}}
        | .linux.seccomp = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["acct"], "action": "SCMP_ACT_ERRNO"}]}
        | .hooks = {"createRuntime": [{"path": "/bin/true"}], "createContainer": [{"path": "/bin/true"}], "poststop": [{"path": "/bin/true"}]}'
    [ "$CGROUP" = v1 ] || config 'del(.linux.resources.pids, .linux.resources.memory)'
    prepare() { :; }
    STEP=$((STEP * 2)) kill_everywhere create create --bundle "$BUNDLE" "$ID"
}

@test "crash: create in a user namespace" {
    user_namespace
    prepare() { :; }
    STEP=$((STEP * 2)) kill_everywhere create create --bundle "$BUNDLE" "$ID"
}

@test "crash: run, the runtime killed at its system calls" {
    prepare() { :; }
    probe_args print x
    STEP=$((STEP * 2)) kill_everywhere run run --bundle "$BUNDLE" "$ID"
}

@test "crash: start" {
    probe_args hold
    prepare() { rt_create; }
    kill_everywhere start start "$ID"
}

@test "crash: delete" {
    prepare() { rt_create; }
    kill_everywhere delete delete --force "$ID"
}

@test "crash: kill" {
    prepare() { rt_create; }
    STEP=$((STEP * 2)) kill_everywhere kill kill "$ID" KILL
}

@test "crash: exec" {
    probe_args hold
    prepare() { [ -e "$STATE/$ID" ] || rt_detach; }
    STEP=$((STEP * 2)) kill_everywhere exec exec "$ID" /bin/true
}

@test "crash: pause and resume: what is left frozen can be deleted" {
    [ "$CGROUP" = v2 ] || [ -d /sys/fs/cgroup/freezer ] || skip "no freezer"
    probe_args hold
    prepare() { rt_detach; }
    STEP=$((STEP * 2)) kill_everywhere pause pause "$ID"
    prepare() { rt_detach && rt pause "$ID"; }
    STEP=$((STEP * 3)) kill_everywhere resume resume "$ID"
}

@test "crash: init killed at its system calls; the runtime cleans up and says so" {
    local n
    probe_args print x
    for n in $(seq 3 $((STEP * 2)) 150); do
        status=0
        # both processes reach their own n-th call; whichever dies, the other one may not hang
        traced -f -e "inject=all:signal=KILL:when=$n" -- run --bundle "$BUNDLE" "$ID" || status=$?
        [ "$status" != 124 ] || { echo "hangs at $n"; false; }
        clean "kill at call $n"
    done
}

@test "crash: a killed create can be repeated after delete" {
    traced -e inject=all:signal=KILL:when=60 -- create --bundle "$BUNDLE" "$ID" || true
    clean "a killed create"
    rt_create
    is_state created
}

@test "crash: state, list and kill of a half-made container do not hang or crash" {
    local n
    for n in $(seq 40 $((STEP * 10)) 200); do
        traced -e "inject=all:signal=KILL:when=$n" -- create --bundle "$BUNDLE" "$ID" || true
        run rt list
        [ "$status" -le 1 ]
        run rt state "$ID"
        [ "$status" -le 1 ]
        run rt kill "$ID" KILL
        [ "$status" -le 1 ]
        clean "create killed at $n"
    done
}

# ---- faults: what the container sees of itself has to be the same, or it does not start ----

# before_exec: "NAME BY-THE-RUNTIME BY-INIT": how often each calls it before the container's program is executed
before_exec() {
    awk '{ pid = $1; line = $0; sub(/^[0-9]+ +/, "", line); if (NR == 1) runtime = pid }
        line ~ /^execve(at)?\(.*"\/bin\/probe"/ { init = pid }
        pid == init || line !~ /^[a-z0-9_]+\(/ { next }
        { name = line; sub(/\(.*/, "", name); n[pid " " name]++; names[name] = 1 }
        END { for (name in names) print name, n[runtime " " name] + 0, n[init " " name] + 0 }' "$T/strace" | sort
}

# one_fault NAME N ERRNO [-f]
one_fault() {
    status=0
    traced ${4:-} -e "inject=$1:error=$3:when=$2" -- run --bundle "$BUNDLE" "$ID" || status=$?
    [ "$status" != 124 ] || { echo "$*: hangs"; return 1; }
    [ "$status" -lt 128 ] || { echo "$*: crashes with $status"; return 1; }
    if [ "$status" = 0 ]; then
        started=$((started + 1))
        comparable "$T/try.out" >"$T/this"
        diff "$T/whole" "$T/this" && [ $((0x$(bounding "$T/try.out") & ~0x$bounding_whole)) = 0 ] || { echo "$*: exit 0 and another container"; weaker=$((weaker + 1)); }
    else
        refused=$((refused + 1))
    fi
    clean "$*"
}

@test "faults: no system call may fail and leave a weaker container (EPERM, EINVAL)" {
    local name by_runtime by_init n errno started=0 refused=0 weaker=0 bounding_whole names=0 every=$(((STEP + 5) / 6))
    configure_all
    traced -f -- run --bundle "$BUNDLE" "$ID"
    comparable "$T/try.out" >"$T/whole"
    bounding_whole=$(bounding "$T/try.out")
    grep -q 'syscall acct ENETDOWN' "$T/whole"
    before_exec >"$T/calls"
    [ "$(wc -l <"$T/calls")" -gt 30 ]
    for errno in EPERM EINVAL; do
        while read -r name by_runtime by_init <&9; do
            # these cannot fail, or not like this, or are no steps
            case $name in
            exit* | brk | mmap | munmap | mprotect | clock_gettime | restart_syscall | rt_sigreturn | vfork | futex | umask | wait* | *poll | arch_prctl | set_tid_address) continue ;;
            esac
            names=$((names + 1))
            [ $((names % every)) = 0 ] || continue
            for n in $(seq 1 "$STEP" "$by_runtime"); do one_fault "$name" "$n" $errno; done
            # both processes meet it, each at its own n-th call; further on it would hit the container's program
            for n in $(seq 1 "$STEP" "$by_init"); do one_fault "$name" "$n" $errno -f; done
        done 9<"$T/calls"
    done
    echo "# $started started whole, $refused refused" >&3
    [ "$refused" -gt $((20 / every)) ]
    [ "$weaker" = 0 ]
}

@test "faults: system calls that an older kernel lacks, or a filter forbids" {
    local name errno started=0 tried=0 every=$(((STEP + 5) / 6))
    configure_all
    traced -f -- run --bundle "$BUNDLE" "$ID"
    comparable "$T/try.out" >"$T/whole"
    for errno in ENOSYS EPERM; do
        for name in openat2 open_tree move_mount fsopen fsconfig fsmount mount_setattr close_range clone3 pidfd_open pidfd_send_signal \
            faccessat2 fchmodat2 statx keyctl execveat; do
            tried=$((tried + 1))
            [ $((tried % every)) = 0 ] || continue
            status=0
            traced -f -e "inject=$name:error=$errno" -- run --bundle "$BUNDLE" "$ID" || status=$?
            [ "$status" != 124 ] || { echo "$name $errno: hangs"; false; }
            if [ "$status" = 0 ]; then
                started=$((started + 1))
                comparable "$T/try.out" >"$T/this"
                same_container "$T/whole" "$T/this" || { echo "$name $errno: another container"; false; }
            else
                [ -s "$T/try.err" ] || { echo "$name $errno: no message"; false; }
            fi
            clean "$name $errno"
        done
    done
    # the ladders are there to be climbed down
    [ "$started" -ge $((16 / every)) ] || { echo "only $started started"; false; }
}

@test "faults: nothing to write to: a full state directory" {
    mkdir "$T/small"
    mount -t tmpfs -o size=16k,mode=700 tmpfs "$T/small"
    head -c 16384 /dev/zero >"$T/small/fill" 2>/dev/null || true
    try "$RUNTIME" --root "$T/small" create --bundle "$BUNDLE" "$ID"
    [ -z "$(our_cgroups)" ] || { our_cgroups; umount "$T/small"; false; }
    rm "$T/small/fill"
    run "$RUNTIME" --root "$T/small" delete --force "$ID"
    local left
    left=$(ls "$T/small")
    umount "$T/small"
    [ -z "$left" ]
}

@test "faults: few descriptors" {
    local n
    probe_args print x
    for n in 4 6 8 10 12 16 24; do
        try bash -c 'ulimit -n "$1"; shift; exec "$@"' _ "$n" "$PROGRAM" ${DRIVER_OPTION:+$DRIVER_OPTION} --root "$STATE" run --bundle "$BUNDLE" "$ID"
        [ "$status" = 0 ] || [ "$status" = 1 ] || { echo "$n: $status"; show; false; }
        clean "ulimit -n $n"
    done
}

@test "faults: a caller's limits on the size of files and of memory" {
    probe_args print x
    try bash -c 'ulimit -f 0; exec "$@"' _ "$PROGRAM" ${DRIVER_OPTION:+$DRIVER_OPTION} --root "$STATE" run --bundle "$BUNDLE" "$ID"
    clean "ulimit -f 0"
    try bash -c 'ulimit -v 3000; exec "$@"' _ "$PROGRAM" ${DRIVER_OPTION:+$DRIVER_OPTION} --root "$STATE" run --bundle "$BUNDLE" "$ID"
    clean "ulimit -v"
}

@test "faults: a working directory that is gone" {
    probe_args print x
    mkdir "$T/gone"
    run bash -c 'cd "$1" && rmdir "$1"; shift; exec "$@"' _ "$T/gone" "$PROGRAM" ${DRIVER_OPTION:+$DRIVER_OPTION} --root "$STATE" run --bundle "$BUNDLE" "$ID"
    succeeds
    has x
}
