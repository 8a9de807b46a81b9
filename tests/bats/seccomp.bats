#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load helpers

# seccomp JSON: the policy
seccomp() { config '.linux.seccomp = $s' --argjson s "$1"; }
# deny ACTION-JSON SYSCALL…: everything is allowed but these
deny() {
    config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
        syscalls: [{names: $ARGS.positional} + $a]}' --argjson a "$1" --args -- "${@:2}"
}

# an allow list with EPERM for the rest, of the size that real ones have
allow_most() {
    jq -n '{defaultAction: "SCMP_ACT_ERRNO", architectures: ["SCMP_ARCH_X86_64"], syscalls: [{names: ["execve", "exit", "exit_group", "write", "writev",
        "brk", "mmap", "munmap", "mprotect", "arch_prctl", "set_tid_address", "set_robust_list", "rseq", "prlimit64", "getrandom", "fstat",
        "newfstatat", "readlink", "uname", "access", "ioctl", "close", "close_range", "futex", "faccessat2", "openat2", "pidfd_open",
        "prctl", "clone3", "process_mrelease", "futex_waitv", "set_mempolicy_home_node", "read", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn",
        "getpid", "capget", "capset", "setuid", "setgid", "setgroups", "seccomp", "chdir", "getcwd", "umask", "fchdir", "lseek",
        "openat", "fcntl", "fstatfs", "readlinkat", "sched_yield", "sigaltstack", "madvise", "nanosleep", "epoll_ctl", "epoll_create1", "epoll_pwait", "eventfd2", "pipe2", "fchown", "getegid", "getgid", "geteuid", "statx", "dup", "dup2", "dup3", "epoll_wait", "getdents64", "stat", "lstat", "wait4", "kill", "gettid", "tgkill", "getuid"],
        action: "SCMP_ACT_ALLOW"}]}'
}

@test "seccomp: none, no filter" {
    probe prctl
    has "seccomp 0"
}

@test "seccomp: a filter is in force" {
    deny '{"action": "SCMP_ACT_ERRNO"}' getcwd
    probe prctl syscall getcwd
    has "seccomp 2"
    has "syscall getcwd EPERM"
}

@test "seccomp: errnoRet" {
    deny '{"action": "SCMP_ACT_ERRNO", "errnoRet": 100}' getcwd
    probe syscall getcwd
    has "syscall getcwd ENETDOWN"
}

@test "seccomp: errnoRet 0 means success" {
    differs crun "takes it for EPERM"
    deny '{"action": "SCMP_ACT_ERRNO", "errnoRet": 0}' sync
    probe syscall sync
    has "syscall sync ok 0"
}

@test "seccomp: an allow list, with errno for the rest" {
    seccomp '{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "architectures": ["SCMP_ARCH_X86_64"], "syscalls": [
        {"names": ["execve", "exit", "exit_group", "write", "writev", "brk", "mmap", "munmap", "mprotect", "arch_prctl", "set_tid_address",
        "set_robust_list", "rseq", "prlimit64", "getrandom", "fstat", "newfstatat", "readlink", "readlinkat", "uname", "access", "ioctl",
        "close", "close_range", "futex", "getpid", "openat", "fcntl", "fstatfs", "read", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack",
        "madvise", "sched_yield", "nanosleep", "gettid", "tgkill", "epoll_pwait", "epoll_ctl", "faccessat2", "getdents64", "capget", "prctl"], "action": "SCMP_ACT_ALLOW"}]}'
    probe syscall getpid syscall getppid
    has "syscall getpid ok 1"
    has "syscall getppid ENOSYS"
}

@test "seccomp: TRAP" {
    deny '{"action": "SCMP_ACT_TRAP"}' getppid
    probe catch 31 syscall getppid print after
    has "sigsys 110"
    has after
}

@test "seccomp: KILL_PROCESS" {
    deny '{"action": "SCMP_ACT_KILL_PROCESS"}' getppid
    probe_args print before syscall getppid print after
    rt_run
    [ "$status" = 159 ]
    has before
    lacks after
}

@test "seccomp: KILL and KILL_THREAD" {
    local action
    for action in SCMP_ACT_KILL SCMP_ACT_KILL_THREAD; do
        deny '{"action": "'$action'"}' getppid
        probe_args print before syscall getppid print after
        rt_run
        [ "$status" = 159 ] || { show; false; }
        lacks after
    done
}

@test "seccomp: LOG allows" {
    deny '{"action": "SCMP_ACT_LOG"}' getppid
    probe syscall getppid
    has "syscall getppid ok 0"
}

@test "seccomp: TRACE without a tracer is ENOSYS" {
    deny '{"action": "SCMP_ACT_TRACE"}' getppid
    probe syscall getppid
    has "syscall getppid ENOSYS"
}

@test "seccomp: arguments, each operator" {
    # dup(2) of descriptors that are not open gives EBADF when it is let through
    local case op value two allowed denied
    for case in EQ:70:0:71:70 NE:70:0:70:71 LT:70:0:70:69 LE:70:0:71:70 GT:70:0:70:71 GE:70:0:69:70 MASKED_EQ:15:5:70:69; do
        IFS=: read -r op value two allowed denied <<<"$case"
        deny '{"action": "SCMP_ACT_ERRNO", "errnoRet": 100, "args": [{"index": 0, "op": "SCMP_CMP_'"$op"'", "value": '"$value"', "valueTwo": '"$two"'}]}' dup
        probe syscall "dup,$allowed" syscall "dup,$denied"
        has "syscall dup,$allowed EBADF" || { echo "$op"; false; }
        has "syscall dup,$denied ENETDOWN" || { echo "$op"; false; }
    done
}

@test "seccomp: 64 bits of an argument count" {
    deny '{"action": "SCMP_ACT_ERRNO", "errnoRet": 100, "args": [{"index": 1, "op": "SCMP_CMP_EQ", "value": 4294967297}]}' getppid
    probe syscall getppid,0,1 syscall getppid,0,0x100000001
    has "syscall getppid,0,1 ok 0"
    has "syscall getppid,0,0x100000001 ENETDOWN"
}

@test "seccomp: several arguments are and-ed, one index twice is or-ed" {
    deny '{"action": "SCMP_ACT_ERRNO", "errnoRet": 100, "args": [{"index": 1, "op": "SCMP_CMP_EQ", "value": 1}, {"index": 2, "op": "SCMP_CMP_EQ", "value": 2}]}' getppid
    probe syscall getppid,0,1,2 syscall getppid,0,1,3 syscall getppid,0,0,2
    has "syscall getppid,0,1,2 ENETDOWN"
    has "syscall getppid,0,1,3 ok 0"
    has "syscall getppid,0,0,2 ok 0"
    deny '{"action": "SCMP_ACT_ERRNO", "errnoRet": 100, "args": [{"index": 1, "op": "SCMP_CMP_EQ", "value": 1}, {"index": 1, "op": "SCMP_CMP_EQ", "value": 2}]}' getppid
    probe syscall getppid,0,1 syscall getppid,0,2 syscall getppid,0,3
    has "syscall getppid,0,1 ENETDOWN"
    has "syscall getppid,0,2 ENETDOWN"
    has "syscall getppid,0,3 ok 0"
}

@test "seccomp: the 32-bit entry is covered" {
    [ "$(uname -m)" = x86_64 ] || skip "x86 only"
    # whatever is entered, User Mode Linux sees a 64-bit system call
    [[ "${LORICA_VM:-}" != uml* ]] || skip "User Mode Linux has no 32-bit entry"
    deny '{"action": "SCMP_ACT_ERRNO", "errnoRet": 100}' mkdir
    writable_root
    probe syscall mkdir,0 int80 39,0 # mkdir(NULL) would be EFAULT
    has "syscall mkdir,0 ENETDOWN"
    has "int80 39,0 ENETDOWN"
}

@test "seccomp: the 32-bit entry without its architecture in the policy is not let through" {
    [ "$(uname -m)" = x86_64 ] || skip "x86 only"
    seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"], "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO"}]}'
    probe_args print before int80 20 print after
    rt_run
    has before
    [ "$status" = 159 ] || never '^int80 20 ok'
}

@test "seccomp: x32 system calls are not a way around" {
    [ "$(uname -m)" = x86_64 ] || skip "x86 only"
    deny '{"action": "SCMP_ACT_ERRNO", "errnoRet": 100}' mkdir
    probe_args syscall $((0x40000000 + 83)),0
    rt_run
    never 'EFAULT|ok'
}

@test "seccomp: system calls newer than the policy knows are ENOSYS, so that libraries fall back" {
    differs crun "1.8.1 has no such stub"
    seccomp "$(allow_most)"
    probe syscall 999
    has "syscall 999 ENOSYS"
}

@test "seccomp: a system call that is denied by name keeps its errno" {
    config '.linux.seccomp = $s | .linux.seccomp.syscalls += [{"names": ["getppid"], "action": "SCMP_ACT_ERRNO", "errnoRet": 100}]' \
        --argjson s "$(allow_most)"
    probe syscall getppid syscall acct
    has "syscall getppid ENETDOWN"
    has "syscall acct EPERM"
}

@test "seccomp: names that this library or kernel does not know are no error in an allow list" {
    config '.linux.seccomp = $s | .linux.seccomp.syscalls[0].names += ["no_such_system_call"]' --argjson s "$(allow_most)"
    probe print x
    has x
}

@test "seccomp: with and without no_new_privs, for root and for a user" {
    local nnp uid
    deny '{"action": "SCMP_ACT_ERRNO", "errnoRet": 100}' acct
    for nnp in true false null; do
        for uid in 0 1000; do
            config '.process.noNewPrivileges = $n | .process.user = {uid: $u, gid: $u} | if $n == null then del(.process.noNewPrivileges) else . end' \
                --argjson n $nnp --argjson u $uid
            probe prctl syscall acct id
            has "seccomp 2"
            has "syscall acct ENETDOWN"
            has "uid $uid $uid $uid"
            if [ $nnp = true ]; then has "no_new_privs 1"; else has "no_new_privs 0"; fi
        done
    done
}

@test "seccomp: without no_new_privs and without any capability" {
    deny '{"action": "SCMP_ACT_ERRNO", "errnoRet": 100}' acct
    config '.process.noNewPrivileges = false | .process.capabilities = {} | .process.user = {uid: 1000, gid: 1000}'
    probe prctl syscall acct caps
    has "seccomp 2"
    has "syscall acct ENETDOWN"
    has "permitted 0000000000000000 "
}

@test "seccomp: a policy that denies what the runtime itself uses" {
    # all of it late in init: nothing of ours may fail, be skipped, or hang because of the filter
    deny '{"action": "SCMP_ACT_ERRNO"}' close_range capset setuid setresuid setgroups prctl seccomp chdir umask personality sched_setaffinity \
        mount umount2 pivot_root unshare setns clone3 openat2 keyctl
    config '.process.user = {uid: 1000, gid: 1000, additionalGids: [5]}'
    probe id caps fds
    has "uid 1000 1000 1000"
    has "groups 5"
    has "permitted 0000000000000000 "
    [ "$(grep -c '^fd ' <<<"$output")" = 3 ]
}

@test "seccomp: flags" {
    differs runc "1.1.5 has none"
    local flag
    for flag in SECCOMP_FILTER_FLAG_LOG SECCOMP_FILTER_FLAG_SPEC_ALLOW SECCOMP_FILTER_FLAG_TSYNC; do
        deny '{"action": "SCMP_ACT_ERRNO"}' getppid
        config '.linux.seccomp.flags = [$f]' --arg f $flag
        probe syscall getppid
        has "syscall getppid EPERM"
    done
}

@test "seccomp: words that do not exist" {
    local edit
    for edit in '.defaultAction = "SCMP_ACT_NOSUCH"' '.syscalls[0].action = "SCMP_ACT_NOSUCH"' '.architectures = ["SCMP_ARCH_NOSUCH"]' \
        '.flags = ["SECCOMP_FILTER_FLAG_NOSUCH"]' \
        '.syscalls[0].args = [{"index": 0, "op": "SCMP_CMP_NOSUCH", "value": 1}]' '.syscalls[0].args = [{"index": 6, "op": "SCMP_CMP_EQ", "value": 1}]'; do
        [ "$RT_KIND$edit" != 'crun.flags = ["SECCOMP_FILTER_FLAG_NOSUCH"]' ] || continue
        deny '{"action": "SCMP_ACT_ERRNO"}' getppid
        config ".linux.seccomp |= ($edit)"
        rt_run
        fails || { echo "$edit"; false; }
        lorica_says '/linux/seccomp'
    done
    nothing_left
}

@test "seccomp: errnoRet with an action that has none" {
    lorica_only "peers ignore it"
    deny '{"action": "SCMP_ACT_KILL", "errnoRet": 1}' getppid
    rt_run
    fails
    message '/linux/seccomp/syscalls/0/errnoRet'
    nothing_left
}

@test "seccomp: rules without names" {
    lorica_only "peers ignore them"
    seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": [], "action": "SCMP_ACT_ERRNO"}]}'
    rt_run
    fails
    message '/linux/seccomp/syscalls/0/names'
    nothing_left
}

@test "seccomp: no architectures means the native one" {
    seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["getppid"], "action": "SCMP_ACT_ERRNO", "errnoRet": 100}]}'
    probe syscall getppid
    has "syscall getppid ENETDOWN"
}

@test "seccomp: the second start with one policy is as strict as the first" {
    deny '{"action": "SCMP_ACT_ERRNO", "errnoRet": 100}' getppid
    probe syscall getppid
    has "syscall getppid ENETDOWN"
    probe syscall getppid
    has "syscall getppid ENETDOWN"
    # one number differs
    deny '{"action": "SCMP_ACT_ERRNO", "errnoRet": 101}' getppid
    probe syscall getppid
    has "syscall getppid ENETUNREACH"
}

@test "seccomp: a filter cache that was tampered with is not used" {
    lorica_only "its own cache"
    deny '{"action": "SCMP_ACT_ERRNO", "errnoRet": 100}' getppid
    probe syscall getppid
    local file n=0
    while read -r file; do
        n=$((n + 1))
        chmod 600 "$file"
        head -c $(($(stat -c %s "$file") / 16 * 8)) "$file" >"$T/x"
        cat "$T/x" >"$file"
    done < <(find "$STATE" -path '*seccomp*' -type f)
    [ "$n" -gt 0 ] || skip "no cache"
    probe syscall getppid
    has "syscall getppid ENETDOWN"
    # a cache that somebody else may write to
    find "$STATE" -path '*seccomp*' -type f -exec chmod 666 {} +
    find "$STATE" -path '*seccomp*' -type f -exec sh -c 'head -c 8 /dev/zero | dd of="$1" conv=notrunc 2>/dev/null' _ {} \;
    probe syscall getppid
    has "syscall getppid ENETDOWN"
}

@test "seccomp: a profile of the size that engines use" {
    local profile
    profile=$(find "$BATS_TEST_DIRNAME/../../ci/data" -name '*seccomp*.json' | head -1)
    [ -n "$profile" ] || skip "no profile in ci/data"
    config '.linux.seccomp = $p[0]' --slurpfile p "$profile"
    probe prctl syscall 999 syscall kexec_load
    has "seccomp 2"
    has "syscall kexec_load EPERM"
    [ "$RT_KIND" = crun ] || has "syscall 999 ENOSYS"
}
