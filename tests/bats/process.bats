#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load helpers

# ---- args ----

@test "args: argv arrives as it was written" {
    args /bin/probe args '' 'a b' $'new\nline' '"quoted"' 'ü' '*' '$HOME' '--' -x
    rt_run
    succeeds
    [ "$output" = $'arg \narg a b\narg new\nline\narg "quoted"\narg ü\narg *\narg $HOME\narg --\narg -x' ]
}

@test "args: a name is looked up in the container's PATH" {
    mkdir -p "$ROOTFS/opt"
    ln "$ROOTFS/bin/probe" "$ROOTFS/opt/only-here"
    config '.process.env = ["PATH=/nowhere:/opt:/bin"]'
    args only-here print found
    rt_run
    succeeds
    has found
}

@test "args: a name that is in the caller's PATH only" {
    args bats
    rt_run
    fails
    says 'exec: "bats": executable file not found in \$PATH'
    nothing_left
}

@test "args: a path that does not exist" {
    args /no/such/program
    rt_run
    fails
    says 'exec: "/no/such/program": (stat /no/such/program: )?no such file or directory'
}

@test "args: a file that is not executable" {
    args /etc/passwd
    rt_run
    fails
    says 'exec: "/etc/passwd": permission denied'
}

@test "args: a directory" {
    args /etc
    rt_run
    fails
    says 'exec: "/etc": (permission denied|is a directory)'
}

@test "args: a script without its interpreter" {
    printf '#!/no/such/interpreter\n' >"$ROOTFS/script"
    chmod 755 "$ROOTFS/script"
    args /script
    rt_run
    fails
    matches '[Nn]o such file or directory'
}

@test "args: a script" {
    printf '#!/bin/probe print\n' >"$ROOTFS/script"
    chmod 755 "$ROOTFS/script"
    args /script
    rt_run
    matches '^/script$'
}

@test "args: a file that is no program" {
    printf 'just text' >"$ROOTFS/text"
    chmod 755 "$ROOTFS/text"
    args /text
    rt_run
    fails
    matches '[Ee]xec format error'
}

@test "args: relative to cwd" {
    mkdir "$ROOTFS/work"
    ln "$ROOTFS/bin/probe" "$ROOTFS/work/tool"
    config '.process.cwd = "/work"'
    args ./tool print relative
    rt_run
    succeeds
    has relative
}

@test "args: empty, and absent" {
    config '.process.args = []'
    rt_run
    fails
    lorica_says '/process/args'
    config 'del(.process.args)'
    rt_run
    fails
    nothing_left
}

@test "args: an empty name" {
    args ''
    rt_run
    fails
    nothing_left
}

@test "args: as long as the kernel takes, and longer" {
    args /bin/probe args "$(head -c 100000 /dev/zero | tr '\0' x)"
    rt_run
    succeeds
    [ "${#output}" = 100004 ]
    config '.process.args[2] = ("x" * 131072)'
    rt_run
    fails
    matches '[Aa]rgument list too long'
}

@test "args: a program on a noexec mount" {
    add_mount '{"destination": "/mnt", "type": "bind", "source": "'"$ROOTFS"'/bin", "options": ["bind", "noexec"]}'
    args /mnt/probe print x
    rt_run
    fails
    says 'permission denied'
}

# ---- environment ----

@test "env: exactly what is given, and HOME" {
    config '.process.env = ["PATH=/bin", "A=1", "EMPTY=", "WITH=a=b c"]'
    probe environ
    [ "$(sort <<<"$output")" = $'A=1\nEMPTY=\nHOME=/root\nPATH=/bin\nWITH=a=b c' ]
}

@test "env: none" {
    config 'del(.process.env)'
    args /bin/probe environ
    rt_run
    succeeds
    [ "$output" = HOME=/root ]
}

@test "env: of two with one name the last counts" {
    config '.process.env = ["PATH=/bin", "A=first", "A=last"]'
    probe env A
    has "env A =last"
}

@test "env: a value of many kilobytes" {
    config '.process.env += ["BIG=" + ("x" * 100000)]'
    probe env BIG
    [ "${#output}" = 100009 ]
}

# ---- standard streams, session, signals ----

@test "stdio: no descriptors but 0, 1 and 2" {
    probe fds
    [ "$(grep -c '^fd ' <<<"$output")" = 3 ]
    matches '^fd 0 '
    matches '^fd 2 '
}

@test "stdio: a session of its own, pid 1" {
    probe session
    has "pid 1"
    has "sid 1"
    [ "$RT_KIND" = crun ] || has "pgrp 1"
}

@test "stdio: no controlling terminal, even when the caller has one" {
    needs script
    probe_args tty tiocsti
    run script -qec "'$RUNTIME' --root '$STATE' run --bundle '$BUNDLE' '$ID'" /dev/null
    succeeds
    output=${output//$'\r'/}
    matches '^ctty (ENXIO|ENOTTY)'
    matches '^tiocsti 0 (EPERM|EIO|ENOTTY)'
    never '^tiocsti . ok'
}

@test "stdio: may be opened again by the user" {
    differs runc "only when it changes the owner of the pipe"
    config '.process.user = {"uid": 1000, "gid": 1000}'
    probe_args open w /dev/stdout open w /dev/stderr
    run bash -c '"$0" --root "$1" run --bundle "$2" "$3" </dev/null 2>&1 | cat' "$RUNTIME" "$STATE" "$BUNDLE" "$ID"
    succeeds
    has "open w /dev/stdout ok"
    has "open w /dev/stderr ok"
}

@test "stdio: owner and mode of the caller's files stay as they are, devices above all" {
    config '.process.user = {"uid": 1000, "gid": 1000}'
    probe_args print x
    touch "$T/out"
    chmod 600 "$T/out"
    run bash -c '"$0" --root "$1" run --bundle "$2" "$3" </dev/null >/dev/null 2>"$4"' "$RUNTIME" "$STATE" "$BUNDLE" "$ID" "$T/out"
    succeeds
    [ "$(stat -c '%u:%g %a' /dev/null)" = "0:0 666" ]
    [ "$RT_KIND" != lorica ] || [ "$(stat -c '%u:%g %a' "$T/out")" = "$(id -u):$(id -g) 600" ] || [ "$(stat -c '%u:%a' "$T/out")" = "1000:600" ]
}

@test "signals: none blocked, none ignored, whatever the caller's" {
    differs runc "1.1.5 hands ignored ones on"
    differs crun "hands ignored ones on"
    probe_args signals
    run bash -c 'trap "" PIPE CHLD USR1 HUP; exec "$0" --root "$1" run --bundle "$2" "$3"' "$RUNTIME" "$STATE" "$BUNDLE" "$ID"
    succeeds
    has "blocked"
    has "ignored"
}

@test "signals: SIGPIPE and SIGCHLD ignored by the caller change nothing" {
    differs crun "waits for ever"
    probe_args exit 7
    run bash -c 'trap "" PIPE CHLD; exec "$0" --root "$1" run --bundle "$2" "$3"' "$RUNTIME" "$STATE" "$BUNDLE" "$ID"
    [ "$status" = 7 ]
}

# ---- limits and priorities ----

@test "rlimits: as given, the others inherited" {
    config '.process.rlimits = [{"type": "RLIMIT_NOFILE", "soft": 512, "hard": 1024},
        {"type": "RLIMIT_CORE", "soft": 0, "hard": 0}, {"type": "RLIMIT_FSIZE", "soft": 1048576, "hard": 2097152},
        {"type": "RLIMIT_STACK", "soft": 4194304, "hard": 8388608}]'
    probe rlimits
    has "RLIMIT_NOFILE 512 1024"
    has "RLIMIT_CORE 0 0"
    has "RLIMIT_FSIZE 1048576 2097152"
    has "RLIMIT_STACK 4194304 8388608"
    has "RLIMIT_CPU 18446744073709551615 18446744073709551615"
}

@test "rlimits: all sixteen names" {
    config '.process.rlimits = ([["AS", 1099511627776], ["CORE", 1], ["CPU", 1000], ["DATA", 1099511627776], ["FSIZE", 1048576],
        ["LOCKS", 100], ["MEMLOCK", 4096], ["MSGQUEUE", 4096], ["NICE", 0], ["NOFILE", 100], ["NPROC", 50], ["RSS", 1048576],
        ["RTPRIO", 0], ["RTTIME", 1000000], ["SIGPENDING", 10], ["STACK", 1048576]]
        | map({type: ("RLIMIT_" + .[0]), soft: .[1], hard: .[1]}))'
    probe rlimits
    has "RLIMIT_RTTIME 1000000 1000000"
    has "RLIMIT_SIGPENDING 10 10"
    has "RLIMIT_LOCKS 100 100"
    has "RLIMIT_AS 1099511627776 1099511627776"
}

@test "rlimits: unlimited is 2^64-1, exactly" {
    sed -i 's/"rlimits": *\[/"rlimits": [/' "$BUNDLE/config.json"
    config '.process.rlimits = [{"type": "RLIMIT_CPU", "soft": 4242, "hard": 4343}]'
    sed -i 's/4242/18446744073709551615/; s/4343/18446744073709551615/' "$BUNDLE/config.json"
    args_keep=$(sed 's#"/bin/true"#"/bin/probe", "rlimits"#' "$BUNDLE/config.json")
    printf '%s\n' "$args_keep" >"$BUNDLE/config.json"
    rt_run
    succeeds
    has "RLIMIT_CPU 18446744073709551615 18446744073709551615"
}

@test "rlimits: an unknown name" {
    config '.process.rlimits = [{"type": "RLIMIT_NOSUCH", "soft": 1, "hard": 1}]'
    rt_run
    fails
    lorica_says '/process/rlimits/0/type'
    nothing_left
}

@test "rlimits: one name twice" {
    differs runc "1.1.5 takes the last"
    differs crun "1.8.1 takes the last"
    config '.process.rlimits = [{"type": "RLIMIT_NOFILE", "soft": 1, "hard": 1}, {"type": "RLIMIT_NOFILE", "soft": 1, "hard": 1}]'
    rt_run
    fails
    lorica_says '/process/rlimits/1'
    nothing_left
}

@test "rlimits: soft above hard" {
    config '.process.rlimits = [{"type": "RLIMIT_NOFILE", "soft": 100, "hard": 10}]'
    rt_run
    fails
    nothing_left
}

@test "rlimits: above what the caller may give" {
    config '.process.rlimits = [{"type": "RLIMIT_NOFILE", "soft": 1000000000, "hard": 1000000000}]'
    rt_run
    fails
    matches '[Oo]peration not permitted|[Pp]ermission denied'
    nothing_left
}

@test "rlimits: small ones do not hurt the runtime" {
    config '.process.rlimits = [{"type": "RLIMIT_FSIZE", "soft": 0, "hard": 0}, {"type": "RLIMIT_NOFILE", "soft": 4, "hard": 4},
        {"type": "RLIMIT_CORE", "soft": 0, "hard": 0}]'
    differs crun "1.8.1 sets them on itself"
    differs runc "1.1.5 needs descriptors in init"
    probe rlimits
    has "RLIMIT_FSIZE 0 0"
    has "RLIMIT_NOFILE 4 4"
}

@test "oomScoreAdj: as given" {
    config '.process.oomScoreAdj = 500'
    probe read /proc/self/oom_score_adj
    has 500
}

@test "oomScoreAdj: not given, not changed" {
    probe_args read /proc/self/oom_score_adj
    run bash -c 'echo 123 >/proc/self/oom_score_adj; exec "$0" --root "$1" run --bundle "$2" "$3"' "$RUNTIME" "$STATE" "$BUNDLE" "$ID"
    succeeds
    has 123
}

@test "oomScoreAdj: out of range" {
    config '.process.oomScoreAdj = 1001'
    rt_run
    fails
    nothing_left
}

@test "scheduling: what is not asked for is inherited, and no more" {
    probe sched
    has "policy 0"
    has "nice $(nice)"
    has "personality 0x0"
    has "cpus $(seq -s' ' 0 $(($(nproc) - 1)))"
}

@test "scheduling: the caller's affinity is kept" {
    probe_args sched
    run taskset -c 0 "$RUNTIME" --root "$STATE" run --bundle "$BUNDLE" "$ID"
    succeeds
    differs runc "1.1.5 resets it"
    has "cpus 0"
}

@test "process: absent: run is refused" {
    lorica_only "peers differ on when they notice"
    config 'del(.process)'
    try rt run --bundle "$BUNDLE" "$ID"
    fails
    message "process property must not be empty"
    nothing_left
}

@test "process: absent: create works, start is an error and changes nothing" {
    lorica_only "they refuse create, though only start needs a process"
    config 'del(.process)'
    rt_create
    is_state created
    run rt_start
    fails 1
    says "created without a process"
    is_state created
    rt delete --force "$ID"
    nothing_left
}

@test "process: absent: exec into what was created" {
    lorica_only "they refuse create, though only start needs a process"
    config 'del(.process)'
    rt_create
    run rt exec --cwd / "$ID" /bin/probe id caps
    succeeds
    has "uid 0 0 0"
    matches "^permitted 0+( |$)"
    is_state created
}
