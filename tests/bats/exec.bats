#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load helpers

# up: a container that waits for SIGTERM
up() {
    probe_args hold
    rt_detach "$@"
    wait_for 3 is_printed holding
}

# ex ARG…: exec, status and output as bats' run leaves them. Options first, then: --, and the command.
ex() {
    local options=()
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    shift
    run rt exec "${options[@]}" "$ID" "$@"
}

# process_file JQ-FILTER: $T/process.json from the container's process
process_file() { jq ".process | .args = [\"/bin/probe\", \"print\", \"x\"] | $1" "$BUNDLE/config.json" >"$T/process.json"; }

same_ns() { [ "$(readlink "/proc/$1/ns/$3")" = "$(readlink "/proc/$2/ns/$3")" ]; }

# ---- the process and its place ----

@test "exec: a command, its output and its exit status" {
    up
    ex -- /bin/probe print one stderr two exit 7
    fails 7
    has one
    has two
}

@test "exec: found in PATH of the container" {
    up
    ex -- probe print x
    succeeds
    has x
}

@test "exec: standard input is the caller's" {
    up
    run bash -c 'echo typed | "$0" --root "$1" exec "$2" /bin/probe cat' "$RUNTIME" "$STATE" "$ID"
    succeeds
    has typed
}

@test "exec: in every namespace of init, a member of its cgroups" {
    up
    local pid ns
    rt exec --detach --pid-file "$T/pid" "$ID" /bin/probe sleep 60000
    pid=$(cat "$T/pid")
    for ns in cgroup ipc mnt net pid user uts; do
        same_ns "$pid" "$(pid_of)" "$ns" || { echo "$ns"; false; }
    done
    diff <(sort "/proc/$pid/cgroup") <(sort "/proc/$(pid_of)/cgroup")
}

@test "exec: in a container with a user namespace" {
    user_namespace
    up
    ex -- probe id caps ns
    succeeds
    has "uid 0 0 0"
    matches "ns user $(readlink "/proc/$(pid_of)/ns/user" | sed 's/[][]/\\&/g')"
    rt exec --detach --pid-file "$T/pid" "$ID" /bin/probe sleep 60000
    [ "$(awk '/^Uid/ { print $2 }' "/proc/$(cat "$T/pid")/status")" = 100000 ]
}

@test "exec: in a container with cgroup and time namespaces" {
    differs runc "1.1.5 knows no time namespace"
    differs crun "1.8.1 knows no time namespace"
    [ -e /proc/self/ns/time ] || skip "no time namespaces"
    config '.linux.namespaces += [{type: "cgroup"}, {type: "time"}] | .linux.timeOffsets = {monotonic: {secs: 86400, nanosecs: 0}}'
    up
    local pid ns
    rt exec --detach --pid-file "$T/pid" "$ID" /bin/probe sleep 60000
    pid=$(cat "$T/pid")
    for ns in cgroup time pid; do same_ns "$pid" "$(pid_of)" "$ns"; done
}

@test "exec: in a container that shares the pid namespace of the host" {
    config 'del(.linux.namespaces[] | select(.type == "pid"))'
    up
    rt exec --detach --pid-file "$T/pid" "$ID" /bin/probe sleep 60000
    same_ns "$(cat "$T/pid")" self pid
    same_ns "$(cat "$T/pid")" "$(pid_of)" mnt
}

@test "exec: with nothing but 0, 1 and 2, in a session of its own" {
    differs crun "1.8.1 stays in the session of the caller"
    up
    ex -- probe fds session signals prctl tty
    succeeds
    [ "$(grep -c '^fd ' <<<"$output")" = 3 ]
    matches '^ppid 0$'
    [ "$(sed -n 's/^sid //p' <<<"$output")" = "$(sed -n 's/^pid //p' <<<"$output")" ]
    has "blocked"
    has "ignored"
    has "dumpable 1"
    has "pdeathsig 0"
    never '^ctty /'
}

@test "exec: signals to an attached exec reach the process" {
    up
    LORICA_TEST_ID=$ID "$RUNTIME" --root "$STATE" exec "$ID" /bin/probe hold </dev/null >"$T/exec.out" 2>&1 3>&- &
    PID=$!
    BACKGROUND+=("$PID")
    wait_for 3 grep -q holding "$T/exec.out"
    kill -USR1 "$PID"
    wait_for 3 grep -qx "signal 10" "$T/exec.out"
    kill -TERM "$PID"
    await "$PID"
    grep -qx "signal 15" "$T/exec.out"
}

@test "exec: exit status 128 + n after signal n" {
    up
    ex -- probe raise 9
    [ "$status" = 137 ]
    ex -- probe raise 15
    [ "$status" = 143 ]
}

@test "exec: options end at the container" {
    up
    ex -- probe args --help -t --user 5
    succeeds
    matches '--help'
    matches '--user'
    run rt exec "$ID" -- /bin/probe print x
    [ "$RT_KIND" != lorica ] || has x
}

# ---- which process ----

@test "exec: the base is the stored configuration, not what the bundle says by now" {
    differs runc "reads the bundle again"
    differs crun "1.8.1 does not apply noNewPrivileges and rlimits"
    config '.process.env += ["FROM=stored"]'
    up
    config '.process.env += ["FROM=edited"] | .process.noNewPrivileges = false'
    ex -- probe env FROM prctl rlimits caps umask
    succeeds
    has "env FROM =stored"
    has "no_new_privs 1"
    has "RLIMIT_NOFILE 1024 1024"
    matches '^umask 0?022$'
    matches '^bounding 0000000020000420'
}

@test "exec: seccomp, personality, scheduler and I/O priority are the container's" {
    differs runc "1.1.5 knows fewer"
    differs crun "1.8.1 knows fewer"
    config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["getpriority"], action: "SCMP_ACT_ERRNO", errnoRet: 42}]}
        | .linux.personality = {domain: "LINUX32"}
        | .process.scheduler = {policy: "SCHED_BATCH", nice: 3}
        | .process.ioPriority = {class: "IOPRIO_CLASS_IDLE", priority: 0}'
    probe_args hold
    rt_detach
    wait_for 3 is_printed holding
    ex -- probe prctl sched uname
    succeeds
    has "seccomp 2"
    has "policy 3"
    has "personality 0x8"
    matches '^ioprio 2457[0-9]$'
}

@test "exec: oom_score_adj is the container's" {
    differs crun "1.8.1 does not set it"
    config '.process.oomScoreAdj = 321'
    up
    ex -- probe read /proc/self/oom_score_adj
    succeeds
    has 321
}

@test "exec: the session keyring is the container's" {
    differs crun "1.8.1 stays in the keyring of the caller"
    up
    ex -- probe keyring
    succeeds
    has "keyring _ses.$ID"
    [ "$RT_KIND" != lorica ] || {
        ex -- probe keyring
        has "keyring _ses.$ID"
    }
}

@test "exec: every processor of the cgroup, whatever the caller may use" {
    differs crun "1.8.1 keeps the caller's"
    differs runc "1.1.5 keeps the caller's"
    [ "$(nproc)" -gt 1 ] || skip "one processor"
    up
    run taskset -c 0 "$RUNTIME" --root "$STATE" exec "$ID" /bin/probe sched
    succeeds
    matches '^cpus 0 1'
}

@test "exec: execCPUAffinity" {
    lorica_only "later than 1.1.5 and 1.8.1"
    [ "$(nproc)" -gt 1 ] || skip "one processor"
    config '.process.execCPUAffinity = {initial: "0", final: "1"}'
    up
    ex -- probe sched
    has "cpus 1"
    process_file '.execCPUAffinity = {initial: "1"} | .args = ["/bin/probe", "sched"]'
    ex --process "$T/process.json" --
    has "cpus 1"
    process_file '.execCPUAffinity = {final: "0"} | .args = ["/bin/probe", "sched"]'
    ex --process "$T/process.json" --
    has "cpus 0"
}

@test "exec: HOME from the container's passwd, unless it is given" {
    differs crun "1.8.1 replaces the environment"
    config '.process.env = ["PATH=/bin"]'
    echo 'other:x:1234:1234::/home/other:/bin/sh' >>"$ROOTFS/etc/passwd"
    up
    ex --user 1234:1234 -- probe env HOME
    has "env HOME =/home/other"
    ex --env HOME=/given -- probe env HOME
    has "env HOME =/given"
}

# ---- flags, one by one ----

@test "exec --process: the file, with what it leaves out from the container" {
    up
    process_file '{args: ["/bin/probe", "caps", "prctl", "rlimits", "cwd", "env", "A"], cwd: "/tmp", env: ["A=file", "PATH=/bin"], user: {uid: 0, gid: 0}}'
    ex --process "$T/process.json" --
    succeeds
    has "cwd /tmp"
    has "env A =file"
    [ "$RT_KIND" != lorica ] || has "no_new_privs 1" # of runc it gets fewer restrictions than its container
    [ "$RT_KIND" != lorica ] || matches '^bounding 0000000020000420'
}

@test "exec --process: other options come on top" {
    lorica_only "peers ignore them"
    up
    process_file '.env = ["A=file", "B=file"] | .cwd = "/tmp" | .args = ["/bin/probe", "env", "A", "env", "B", "cwd", "id"]'
    ex --process "$T/process.json" --env A=flag --cwd /bin --user 7 --
    succeeds
    has "env A =flag"
    has "env B =file"
    has "cwd /bin"
    has "uid 7 7 7"
    ex --process "$T/process.json" -- /bin/probe print instead
    has instead
}

@test "exec --process: what is wrong with it is said" {
    up
    local bad
    for bad in '{' '[]' '{"args": []}' '{"args": ["/bin/true"], "cwd": "relative"}' '{"args": ["/bin/true"], "cwd": "/", "user": {"uid": -1, "gid": 0}}' \
        '{"args": "x", "cwd": "/"}' '{"args": ["a\u0000b"], "cwd": "/"}'; do
        echo "$bad" >"$T/process.json"
        ex --process "$T/process.json" --
        fails 255 || { echo "$bad"; false; }
        lorica_says "process.json"
    done
    ex --process "$T/absent" --
    fails 255
    says "no such file or directory"
}

@test "exec --cwd: a directory of the container" {
    up
    ex --cwd /tmp -- probe cwd
    has "cwd /tmp"
    ex --cwd /nowhere -- probe cwd
    fails 255
    says 'chdir to cwd \("/nowhere"\).*no such file or directory'
    ex --cwd relative -- probe cwd
    [ "$RT_KIND" != lorica ] || fails 255
}

@test "exec --env: adds, and the last of one name counts" {
    differs crun "1.8.1 replaces the environment"
    config '.process.env += ["A=config", "KEPT=yes"]'
    up
    ex -e A=first -e A=last -e EMPTY= -- probe env A env KEPT env EMPTY
    has "env A =last"
    has "env KEPT =yes"
    has "env EMPTY ="
}

@test "exec --user: numbers, with and without a group" {
    config '.process.user = {uid: 0, gid: 5}'
    up
    ex --user 1000 -- probe id caps
    has "uid 1000 1000 1000"
    [ "$RT_KIND" = crun ] || has "gid 5 5 5"
    matches '^effective 0000000000000000'
    ex -u 1000:1001 -- probe id
    has "uid 1000 1000 1000"
    has "gid 1001 1001 1001"
}

@test "exec --user: what is no number" {
    lorica_only "strict"
    up
    local u
    for u in "" "1:" ":1" 0x1 "1 " -1 4294967295 4294967296 18446744073709551616 1:1:1 root " 1" 1e3 +1 01; do
        ex --user="$u" -- probe id
        fails 255 || { echo "user $u"; false; }
    done
}

@test "exec --additional-gids: adds groups" {
    differs crun "1.8.1 has no such option"
    config '.process.user.additionalGids = [5]'
    up
    ex -g 6 -g 7 -- probe id
    has "groups 5 6 7"
    [ "$RT_KIND" != lorica ] || {
        ex --additional-gids x -- probe id
        fails 255
    }
}

@test "exec --cap: bounding, effective and permitted, never inheritable (CVE-2022-29162)" {
    up
    ex --cap CAP_NET_RAW -- probe caps
    succeeds
    [ "$(grep -ci 'net_raw' <<<"$output")" = 3 ]
    never '^inheritable.*[Nn][Ee][Tt]'
    never '^ambient.*[Nn][Ee][Tt]'
    ex -- probe caps
    never '[Nn][Ee][Tt]_[Rr][Aa][Ww]'
}

@test "exec --cap: ambient where the process may inherit it" {
    lorica_only "peers differ among each other"
    config '.process.capabilities.inheritable = ["CAP_KILL"]'
    up
    ex --cap CAP_KILL --user 1000 -- probe caps
    matches '^ambient.*[Kk][Ii][Ll][Ll]'
    ex --cap CAP_NONE -- probe caps
    fails 255
    says 'unknown capability "CAP_NONE"'
}

@test "exec --no-new-privs: sets it, and never resets it" {
    config '.process.noNewPrivileges = false'
    up
    ex -- probe prctl
    has "no_new_privs 0"
    ex --no-new-privs -- probe prctl
    has "no_new_privs 1"
    [ "$RT_KIND" = crun ] || {
        ex --no-new-privs=false -- probe prctl
        has "no_new_privs 0"
    }
}

@test "exec --apparmor, --process-label: an error where the module is not enabled" {
    lorica_only "crun ignores them"
    up
    [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ] || {
        ex --apparmor profile -- probe print x
        fails 255
        says "apparmor"
    }
    [ -d /sys/fs/selinux/class ] || {
        ex --process-label system_u:system_r:container_t:s0 -- probe print x
        fails 255
        says "selinux"
    }
}

@test "exec --detach: returns while the process runs; it is not killed with the command" {
    up
    try rt exec --detach "$ID" /bin/probe sleep 60000
    succeeds
    [ "$(ps -o pid= --ppid "$(pid_of)" | wc -l)" = 0 ]
    run rt exec "$ID" sh -c 'ps | grep -c "[p]robe sleep"'
    has 1
}

@test "exec --pid-file: the pid as the caller sees it, without a newline" {
    up
    rt exec --detach --pid-file "$T/pid" "$ID" /bin/probe sleep 60000
    [[ $(cat "$T/pid") =~ ^[0-9]+$ ]]
    [ "$(stat -c %s "$T/pid")" = "$(tr -d '\n' <"$T/pid" | wc -c)" ]
    [ "$(tr '\0' ' ' <"/proc/$(cat "$T/pid")/cmdline")" = "/bin/probe sleep 60000 " ]
    rm "$T/pid"
    ex --pid-file "$T/pid" -- nothing-of-that-name
    [ ! -e "$T/pid" ]
    [ "$RT_KIND" != lorica ] || {
        try rt exec --detach --pid-file "$T/no/such/pid" "$ID" /bin/probe sleep 60000
        fails 255
        run rt exec "$ID" sh -c 'ps | grep -c "[p]robe sleep"'
        has 1
    }
}

@test "exec --preserve-fds: those, and no others" {
    up
    exec 4<"$BUNDLE/config.json" 5</etc/hostname 7</etc/passwd
    run bash -c 'exec 3</dev/null; "$0" --root "$1" exec --preserve-fds 2 "$2" /bin/probe fds' "$RUNTIME" "$STATE" "$ID"
    exec 4<&- 5<&- 7<&-
    succeeds
    [ "$(grep -c '^fd ' <<<"$output")" = 5 ]
    matches '^fd 4 file'
    [ "$RT_KIND" != lorica ] || {
        ex --preserve-fds 50 -- probe fds
        fails 255
        says "preserve-fds"
    }
}

@test "exec: descriptors of sockets that systemd passes to the caller are not passed on" {
    up
    run bash -c 'exec 3</dev/null; LISTEN_FDS=1 LISTEN_PID=$$ exec "$0" --root "$1" exec "$2" /bin/probe fds env LISTEN_FDS' "$RUNTIME" "$STATE" "$ID"
    succeeds
    [ "$RT_KIND" = crun ] || { has "env LISTEN_FDS unset"; [ "$(grep -c '^fd ' <<<"$output")" = 3 ]; }
}

@test "exec --cgroup: a sub-cgroup of the container" {
    differs crun "1.8.1 has no such option"
    up
    local dir
    if [ "$CGROUP" = v2 ]; then
        mkdir "$(cgroup_of pids)/sub"
        ex --cgroup sub -- probe read /proc/self/cgroup
        group=$(cgroup_of pids)
        has "0::${group#/sys/fs/cgroup}/sub"
        ex --cgroup / -- probe read /proc/self/cgroup
        has "0::${group#/sys/fs/cgroup}"
    else
        mkdir "$(cgroup_of pids)/sub" "$(cgroup_of freezer)/sub"
        ex --cgroup pids,freezer:/sub -- probe read /proc/self/cgroup
        matches ":pids:$(cgroup_path)/sub\$"
        matches ":freezer:$(cgroup_path)/sub\$"
        matches ":devices:$(cgroup_path)\$"
    fi
    ex --cgroup absent -- probe print x
    fails 255
    never '^x$'
}

@test "exec --cgroup: never outside of the container's" {
    differs crun "1.8.1 has no such option"
    up
    local path prefix
    [ "$CGROUP" = v2 ] && prefix= || prefix=pids:
    for path in .. ../.. sub/../.. /../; do
        ex --cgroup "$prefix$path" -- probe print x
        fails 255 || { echo "$path"; false; }
        says "sub cgroup path"
    done
    [ "$CGROUP" = v2 ] || {
        ex --cgroup nosuch:/ -- probe print x
        fails 255
    }
}

@test "exec: the leaf of init where the container's cgroup cannot hold processes" {
    needs_v2
    differs crun "1.8.1 fails"
    grep -q . /sys/fs/cgroup/cgroup.controllers || skip "no controllers to hand on"
    up
    mkdir "$(cgroup_of pids)/leaf"
    pid_of >"$(cgroup_of pids)/leaf/cgroup.procs"
    echo "+$(cut -d' ' -f1 "$(cgroup_of pids)/cgroup.controllers")" >"$(cgroup_of pids)/cgroup.subtree_control"
    ex -- probe read /proc/self/cgroup
    succeeds
    local group
    group=$(cgroup_of pids)
    has "0::${group#/sys/fs/cgroup}/leaf"
    ex --cgroup / -- probe print x
    fails 255
}

@test "exec --ignore-paused: waits until the container is resumed" {
    differs crun "1.8.1 has no such option"
    up
    rt pause "$ID"
    ex -- probe print x
    fails 255
    says "cannot exec in a paused container \(use --ignore-paused to override\)"
    LORICA_TEST_ID=$ID "$RUNTIME" --root "$STATE" exec --ignore-paused "$ID" /bin/probe print resumed </dev/null >"$T/exec.out" 2>&1 3>&- &
    PID=$!
    BACKGROUND+=("$PID")
    sleep 0.3
    not grep -q resumed "$T/exec.out"
    rt resume "$ID"
    await "$PID"
    [ "$status" = 0 ]
    grep -qx resumed "$T/exec.out"
}

@test "exec --tty: a terminal of the container, in the foreground" {
    needs script
    up
    run script -qec "'$RUNTIME' --root '$STATE' exec --tty '$ID' /bin/probe tty exit 9" /dev/null
    [ "$status" = 9 ]
    matches '/dev/pts/'
}

@test "exec --console-socket: only with --detach and --tty" {
    differs crun "1.8.1 goes on"
    up
    ex --tty --detach -- probe print x
    fails 255
    says "cannot allocate tty if (runc|lorica|the runtime) will detach without setting console socket|cannot allocate tty"
    ex --console-socket "$T/nobody" -- probe print x
    fails 255
}

# ---- states ----

@test "exec: no such container, and no command" {
    run rt exec absent /bin/true
    fails 255
    says "exec failed: container does not exist|does not exist"
    up
    run rt exec "$ID"
    fails
    says "process args cannot be empty"
    run rt exec
    fails 1
}

@test "exec: a stopped container" {
    probe_args print x
    rt_detach
    wait_for 3 is_state stopped
    ex -- probe print x
    fails 255
    says "cannot exec in a stopped container"
}

@test "exec: a created container" {
    rt_create
    ex -- probe session
    succeeds
    never '^pid 1$'
    is_state created
    rt_start
}

# ---- errors ----

@test "exec: failures before the program runs are 255, in one line of the log that engines can parse" {
    up
    run rt --log "$T/log" --log-format json exec "$ID" nothing-of-that-name
    fails 255
    [ "$RT_KIND" != lorica ] || {
        [ "$(wc -l <"$T/log")" = 1 ]
        jq -e '.level == "error" and (.msg | startswith("exec failed: ")) and (.msg | contains("exec: \"nothing-of-that-name\": executable file not found in $PATH"))' "$T/log"
    }
    ex -- /no/such/program
    fails 255
    says 'exec: "/no/such/program": stat /no/such/program: no such file or directory'
    ex -- /etc/passwd
    fails 255
    says 'exec: "/etc/passwd": permission denied'
    ex -- /etc
    fails 255
    says 'exec: "/etc":.*(permission denied|is a directory)'
}

@test "exec: why a program cannot be executed" {
    lorica_only "peers say what execve says"
    writable_root
    mkdir -p "$T/noexec"
    cp "$PROGRAMS/busybox" "$T/noexec/true"
    add_mount '{"destination": "/noexec", "type": "bind", "source": "'"$T/noexec"'", "options": ["bind", "noexec"]}'
    printf '#!/no/such/shell -e\n' >"$ROOTFS/bin/script"
    : >"$ROOTFS/bin/empty"
    echo text >"$ROOTFS/bin/text"
    cp "$PROGRAMS/busybox" "$ROOTFS/bin/foreign"
    printf '\267\000' | dd of="$ROOTFS/bin/foreign" bs=1 seek=18 conv=notrunc status=none # e_machine: aarch64
    chmod 755 "$ROOTFS"/bin/{script,empty,text,foreign}
    echo plain >"$ROOTFS/bin/plain"
    up
    ex -- /bin/script
    fails 255
    says 'no such file or directory \(interpreter "/no/such/shell" of the script is missing\)'
    ex -- /bin/text
    says 'exec format error \(neither a program nor a script'
    [ "$(uname -m)" != x86_64 ] || {
        ex -- /bin/foreign
        says 'exec format error \(a program for aarch64, and this machine is x86-64\)'
    }
    ex -- plain
    says 'exec: "plain": permission denied \(the file has no execute permission, mode 0644\)'
    ex -- /noexec/true
    says 'exec: "/noexec/true": permission denied \(its file system is mounted noexec\)'
    ex -- /bin
    says 'exec: "/bin": permission denied \(it is a directory\)'
    fails 255
}

# ---- together with others ----

@test "exec: many at once" {
    up
    local i pids=()
    for i in $(seq 20); do
        rt exec "$ID" /bin/probe exit "$i" &
        pids+=($!)
    done
    for i in $(seq 20); do
        status=0
        wait "${pids[i - 1]}" || status=$?
        [ "$status" = "$i" ] || { echo "$i: $status"; false; }
    done
}

@test "exec: the container ends meanwhile" {
    local i out
    for i in $(seq 8); do
        args sleep "0.0$i"
        rt_detach
        while out=$(rt exec "$ID" /bin/probe print x 2>&1); do [ "$out" = x ]; done
        [ "$RT_KIND" != lorica ] || grep -qE "cannot exec in a stopped container|container is not running" <<<"$out" ||
            [ -z "$out" ] || [ "$out" = x ] || { echo "$out"; false; }
        rt delete --force "$ID"
    done
}

@test "exec: while it is deleted: one of the two wins, and nothing is left" {
    local i
    for i in $(seq 8); do
        up
        rt exec "$ID" /bin/probe sleep 50 >/dev/null 2>&1 &
        rt exec --detach "$ID" /bin/probe sleep 60000 >/dev/null 2>&1 </dev/null &
        rt delete --force "$ID"
        wait
        nothing_left
        [ -z "$(our_processes)" ]
    done
}

# ---- attacks from inside ----

@test "exec: the container finds no way to the runtime's binary, memory, root or descriptors" {
    differs runc "the window exists"
    differs crun "the window exists"
    writable_root
    probe_args watch /tmp/stop
    rt_detach
    wait_for 3 is_printed watching
    local i
    for i in $(rounds 60); do rt exec "$ID" /bin/probe print x >/dev/null; done
    touch "$ROOTFS/tmp/stop"
    wait_for 5 is_state stopped
    output=$(cat "$T/container.out")
    has "watch mem 0"
    has "watch root 0"
    has "watch cwd 0"
    never '^watch fd'
}

@test "exec: even with every capability it finds no descriptor, root or directory of the host" {
    differs runc "the window exists"
    differs crun "the window exists"
    all_caps
    config '.process.noNewPrivileges = false'
    writable_root
    probe_args watch /tmp/stop
    rt_detach
    wait_for 3 is_printed watching
    local i
    for i in $(rounds 100); do rt exec "$ID" /bin/probe print x </dev/null >/dev/null 2>&1; done
    touch "$ROOTFS/tmp/stop"
    wait_for 5 is_state stopped
    output=$(cat "$T/container.out")
    has "watch root 0"
    has "watch cwd 0"
    never '^watch fd /(sys|run|tmp|proc|home|root|work|var)'
    never '^watch fd .*pidfd'
}

@test "exec: the host's program cannot be written (CVE-2019-5736)" {
    all_caps
    writable_root
    local before
    before=$(sha256sum <"$PROGRAM")
    printf '#!/proc/self/exe\n' >"$ROOTFS/bin/self"
    chmod 755 "$ROOTFS/bin/self"
    probe_args overwrite 300
    rt_detach
    local i
    for i in $(rounds 30); do
        rt exec "$ID" /bin/self >/dev/null 2>&1 || true
        rt exec "$ID" /bin/probe selfwrite >/dev/null 2>&1 || true
    done
    [ "$(sha256sum <"$PROGRAM")" = "$before" ]
}

@test "exec --cwd: on a descriptor, or a link to one (CVE-2024-21626)" {
    differs crun "1.8.1 goes there"
    writable_root
    up
    local i
    for i in $(seq 3 12); do
        ln -sfn "/proc/self/fd/$i" "$ROOTFS/tmp/cwd"
        for cwd in "/proc/self/fd/$i" /tmp/cwd "/proc/1/fd/$i"; do
            run bash -c 'exec 6</etc; "$0" --root "$1" exec --cwd "$3" "$2" /bin/probe ls .' "$RUNTIME" "$STATE" "$ID" "$cwd"
            never 'hostname|fstab|debian_version'
        done
    done
}

# ---- --pidfd-socket, of create and run too ----

# receive SOCKET: in the background; what came is in $T/received: the text, and the pid behind the descriptor
receive() {
    cat >"$T/receive.py" <<'PY'
import array, os, re, socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen(1)
s.settimeout(10)
open(sys.argv[2] + ".ready", "w").close()
c = s.accept()[0]
data, control, _, _ = c.recvmsg(100, socket.CMSG_SPACE(4))
fd = array.array("i", control[0][2])[0]
pid = re.search(r"^Pid:\s*(-?\d+)", open("/proc/self/fdinfo/%d" % fd).read(), re.M).group(1)
open(sys.argv[2], "w").write("%s %s\n" % (data.decode(), pid))
PY
    python3 "$T/receive.py" "$1" "$T/received" </dev/null >"$T/receive.out" 2>&1 3>&- &
    BACKGROUND+=("$!")
    wait_for 5 test -e "$T/received.ready"
}

@test "exec --pidfd-socket, create --pidfd-socket: a pidfd of the process arrives" {
    needs python3
    differs crun "1.8.1 has no such option"
    differs runc "1.1.5 has no such option"
    receive "$T/a"
    probe_args hold
    rt_create --pidfd-socket "$T/a"
    wait_for 5 test -s "$T/received"
    [ "$(cat "$T/received")" = "standard $(pid_of)" ]
    rt_start
    rm "$T/received" "$T/received.ready"
    receive "$T/b"
    rt exec --detach --pidfd-socket "$T/b" --pid-file "$T/pid" "$ID" /bin/probe sleep 60000 </dev/null >/dev/null 2>&1
    wait_for 5 test -s "$T/received"
    [ "$(cat "$T/received")" = "setns $(cat "$T/pid")" ]
}

@test "exec --pidfd-socket, run --pidfd-socket: nobody listens" {
    differs crun "1.8.1 has no such option"
    differs runc "1.1.5 has no such option"
    rt_run --pidfd-socket "$T/nobody"
    fails
    says "pidfd-socket"
    nothing_left
    up
    ex --pidfd-socket "$T/nobody" -- probe print x
    fails 255
    never '^x$'
}
