#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Attacks that take many tries, or a process that is fast enough: the attacker (tests/probe) runs in the container or on a
# directory that it shares, while the runtime works. LORICA_ATTACK_ROUNDS=N: so many rounds instead of the few that find a
# hole which opens every time.

load helpers

setup() {
    lorica_setup
    install -m 755 "${PROBE%/*}/attacker" "$ROOTFS/bin/attacker"
    mkdir "$T/host"
    echo intact >"$T/host/canary"
    SECRET=attack$RANDOM$RANDOM
}

# ---- exec under the eyes of a container that may trace (CVE-2016-9962, and what is left of it where no user namespace helps) ----

tracing() {
    config '.process.capabilities |= with_entries(.value += ["CAP_SYS_PTRACE"])'
    args /bin/attacker trace "$SECRET"
}

# attacked EXEC-ARGS…: start the container, execute so often, and what the attacker says of it in $output
attacked() {
    local i
    rt_detach
    wait_for 5 is_printed ready
    for i in $(seq "${LORICA_ATTACK_ROUNDS:-30}"); do
        # not by rt: it closes 3
        LORICA_TEST_ID=$ID KEEP="KEEP-$SECRET" timeout -k 2 "$RT_TIMEOUT" "$RUNTIME" --root "$STATE" exec "$@" "$ID" /bin/true ||
            { echo "round $i"; return 1; }
    done
    rt kill "$ID" TERM
    wait_for 10 is_state stopped
    output=$(cat "$T/container.out")
    status=0
    rt delete "$ID"
}

met() { awk -v key="$1" '$1 == key { print $2 }' <<<"$output"; }

# nothing_to_gain: of the processes that were stopped in time (there were some), none had anything that the attacker has not
nothing_to_gain() {
    if [ "$(met early)" = 0 ] && { [ -n "${LORICA_VM:-}" ] || [ "$(nproc)" = 1 ]; }; then
        skip "the attacker never came in time on this machine"
    fi
    [ "$(met early)" -gt 0 ] || { echo "it never came in time"; show; return 1; }
    has "capabilities 0"
    has "unfiltered 0"
    has "privileged 0"
    has "memory 0"
    never "^descriptor"
}

@test "exec: a container that traces what enters it finds no privilege, descriptor or memory of the host" {
    differs runc "1.1.5 enters with every capability"
    differs crun "1.8.1 enters with every capability"
    needs_root "a container without a user namespace of its own"
    local setting
    for setting in '.process.noNewPrivileges = false' '.process.noNewPrivileges = true' \
        '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["swapon"], action: "SCMP_ACT_ERRNO"}]}' \
        '.process.noNewPrivileges = false' '.process.rlimits += [{type: "RLIMIT_NPROC", soft: 1000, hard: 1000}]'; do
        : >"$T/container.out"
        tracing
        config "$setting"
        attacked
        nothing_to_gain || { echo "$setting"; false; }
    done
}

@test "exec: as another user, and with a descriptor, under a container that traces" {
    differs runc "1.1.5 enters with every capability"
    differs crun "1.8.1 enters with every capability"
    needs_root "a container without a user namespace of its own"
    tracing
    echo >"$T/preserved"
    config '.process.capabilities |= with_entries(.value += ["CAP_SETUID", "CAP_SETGID"])'
    attacked --user 1000:1000 --preserve-fds 1 3<"$T/preserved"
    nothing_to_gain
}

@test "exec: a container with a user namespace is not let near what enters it, even if it may trace" {
    user_namespace
    tracing
    attacked
    has "early 0"
    has "memory 0"
    [ "$(met caught)" -gt 0 ]
}

# ---- races in a volume that the container shares ----

# swapping A B: the two are exchanged as long as the test lasts
swapping() {
    "${PROBE%/*}/attacker" swap "$1" "$2" 3>&- &
    BACKGROUND+=("$!")
}

host_intact() {
    [ "$(ls "$T/host")" = canary ] && [ "$(cat "$T/host/canary")" = intact ] || { ls -l "$T/host"; return 1; }
}

share_volume() { add_mount '{"destination": "/vol", "type": "bind", "source": "'"$T/vol"'", "options": ["bind"]}'; }

@test "mount points and devices in a directory that turns into a link to the host (CVE-2024-45310)" {
    differs runc "1.1.5 makes directories and files outside"
    local i started=0
    mkdir -p "$T/vol/d"
    ln -s "$T/host" "$T/vol/l"
    swapping "$T/vol/d" "$T/vol/l"
    share_volume
    add_mount '{"destination": "/vol/d/new/dir", "type": "tmpfs", "source": "tmpfs"}'
    add_mount '{"destination": "/vol/d/file", "type": "bind", "source": "/etc/hostname", "options": ["bind"]}'
    config '.linux.devices = [{path: "/vol/d/node", type: "c", major: 1, minor: 3, fileMode: 438}]'
    probe_args print x
    for i in $(rounds 40); do
        rt_run
        [ "$status" != 0 ] || started=$((started + 1))
        rm -rf "$T/vol"/[dl]/new "$T/vol"/[dl]/file "$T/vol"/[dl]/node 2>/dev/null || true
        host_intact || { echo "round $i"; false; }
    done
    echo "started $started of $i"
}

@test "a directory that turns into a link to /proc: sysctls land where they belong, and nothing is mounted there (CVE-2025-52881)" {
    differs runc "1.1.5 mounts there"
    differs crun "1.8.1 mounts there"
    needs_root "sysctls of a network namespace"
    local i
    mkdir -p "$T/vol/a/self/attr" "$T/vol/a/sys/net/ipv4"
    ln -s /proc "$T/vol/b"
    swapping "$T/vol/a" "$T/vol/b"
    share_volume
    add_mount '{"destination": "/vol/a/self/attr", "type": "tmpfs", "source": "tmpfs"}'
    add_mount '{"destination": "/vol/a/sys/net/ipv4", "type": "tmpfs", "source": "tmpfs"}'
    config '.linux.sysctl = {"net.ipv4.ip_default_ttl": "71"}'
    probe_args read /proc/sys/net/ipv4/ip_default_ttl mounts
    for i in $(rounds 40); do
        rt_run
        [ "$status" != 0 ] || has 71
        never ' /proc/(self|[0-9]+)/attr '
        never ' /proc/sys/net/ipv4 '
    done
    [ "$(cat /proc/sys/kernel/core_pattern)" = "$core_pattern" ]
}

@test "a storm of renames on every processor: containers start all the same" {
    differs runc "1.1.5 takes a rename for an attack"
    local i cpu
    mkdir -p "$T/vol/d/x" "$T/vol/e/x"
    for ((cpu = 0; cpu < $(nproc); cpu++)); do swapping "$T/vol/d" "$T/vol/e"; done
    share_volume
    add_mount '{"destination": "/vol/d/x", "type": "tmpfs", "source": "tmpfs"}'
    probe_args print x
    for i in $(rounds 25); do
        rt_run
        succeeds || { echo "round $i"; false; }
    done
}

# ---- exec, what the other tests leave out ----

@test "exec: TIOCSTI and /dev/tty of the caller's terminal" {
    needs script
    probe_args hold
    rt_detach
    run script -qec "'$RUNTIME' --root '$STATE' exec '$ID' /bin/probe tiocsti open rw /dev/tty session" /dev/null
    succeeds
    never 'tiocsti [0-9] ok|tioclinux [0-9] ok|open rw /dev/tty ok'
}

@test "exec and state: a stranger that has the pid of a dead init is left alone" {
    lorica_only "the record is its own"
    probe_args hold
    rt_detach
    local pid record=$STATE/$ID/state.json
    pid=$(pid_of)
    sleep 0.05 # another tick of the clock by which processes are told apart
    sleep 60 3>&- &
    BACKGROUND+=("$!")
    cp "$record" "$T/record"
    sed "s/\"pid\": *$pid\b/\"pid\": $!/" "$T/record" >"$record"
    not cmp -s "$record" "$T/record"
    [ "$(state_of)" = stopped ]
    run rt exec "$ID" /bin/true
    fails
    cp "$T/record" "$record"
    [ "$(state_of)" = running ]
}

@test "noNewPrivileges: in force for a startContainer hook too" {
    config '.process.noNewPrivileges = true | .process.user = {uid: 1000, gid: 1000}
        | .hooks.startContainer = [{path: "/bin/grep", args: ["grep", "-E", "^(NoNewPrivs:.1|CapEff:.0+$)", "/proc/self/status"]}]'
    probe_args print x
    rt_run
    succeeds
}

# ---- the record ----

@test "state: a record that is cut at every few bytes, or written by a newer version: an error, never a crash, and delete --force works" {
    lorica_only "the record is its own"
    args /bin/true
    rt_create
    rt kill "$ID" KILL
    wait_for 5 is_state stopped
    local record=$STATE/$ID/state.json n size step verb
    cp "$record" "$T/record"
    size=$(stat -c %s "$record")
    step=$((LORICA_ATTACK_ROUNDS ? 1 : size / 40 + 1))
    for ((n = 0; n < size - 1; n += step)); do
        head -c "$n" "$T/record" >"$record"
        for verb in state "kill KILL" start "exec true"; do
            run rt ${verb%% *} "$ID" ${verb#"${verb%% *}"}
            [ "$status" -gt 0 ] && [ "$status" -lt 128 ] || [ "$status" = 255 ] || { echo "$verb, cut at $n"; show; false; }
        done
        run rt list
        succeeds
    done
    sed 's/"version": *[0-9]*/"version": 99/' "$T/record" >"$record"
    run rt state "$ID"
    fails
    lorica_says "newer version"
    # of this version: whatever is optional may be missing
    jq '{version, phase, id, bundle, rootfs, init, bootId, cgroups}' "$T/record" >"$record"
    [ "$(state_of)" = stopped ]
    rt delete --force "$ID"
    [ -z "$(ls "$STATE")" ]
}

# ---- limits, and where everything lies ----

@test "limits of processes and memory that are too small: started, or refused with a reason, and nothing left" {
    needs_controller pids
    needs_controller memory
    local limit
    probe_args print x
    for limit in '{pids: {limit: 1}}' '{pids: {limit: 2}}' '{pids: {limit: 3}}' '{pids: {limit: 6}}' '{memory: {limit: 4096}}' \
        '{memory: {limit: 262144}}' '{memory: {limit: 1048576}}' '{memory: {limit: 8388608}}'; do
        config ".linux.resources = $limit"
        rt_run
        [ "$status" = 0 ] || { [ -n "$output" ] && [ "$status" != 124 ]; } || { echo "$limit"; show; false; }
        [ "$RT_KIND" != lorica ] || nothing_left || { echo "$limit"; false; }
        rt delete --force "$ID" >/dev/null 2>&1 || true
    done
}

@test "a bundle, a state root and a log whose names are awkward" {
    differs crun "1.8.1 fails with a colon or a comma in the path"
    local odd name i=0
    for odd in 'a b' $'new\nline' 'back\slash' 'colon:comma,equals=' $'\xc3\xbc\xe2\x82\xac' '*?[x]' '$(id)' '-rf' "quote\"'"; do
        name="$T/$odd"
        mkdir "$name" && new_bundle "$name/bundle" && mkdir -m 700 "$name/state"
        BUNDLE=$name/bundle args /bin/probe hold
        timeout 20 "$RUNTIME" --root "$name/state" --log "$name/log" run --detach --bundle "$name/bundle" "$ID" </dev/null >/dev/null 2>&1 3>&- ||
            { echo "run: $odd"; false; }
        [ "$("$RUNTIME" --root "$name/state" state "$ID" | jq -r .bundle)" = "$name/bundle" ] || { echo "state: $odd"; false; }
        "$RUNTIME" --root "$name/state" exec "$ID" /bin/true
        "$RUNTIME" --root "$name/state" delete --force "$ID"
        [ -z "$(ls "$name/state")" ]
        i=$((i + 1))
    done
    [ "$i" = 9 ]
    # as long as a path may be, and longer
    name=$T/$(printf 'd%.0s' {1..200})
    while [ "${#name}" -lt 3700 ]; do name=$name/$(printf 'e%.0s' {1..200}); done
    mkdir -p "$name" && new_bundle "$name/bundle"
    BUNDLE=$name/bundle args /bin/true
    run timeout 20 "$RUNTIME" --root "$STATE" run --bundle "$name/bundle" "$ID"
    succeeds
    run timeout 20 "$RUNTIME" --root "$STATE" run --bundle "$name/$name" "$ID"
    fails
}

@test "whatever the caller's environment is, the container is the same" {
    differs crun "1.8.1 needs all three standard descriptors"
    local how
    args /bin/sh -c 'umask; ulimit -s; ls /proc/self/fd | wc -l; grep -E "^Sig(Blk|Ign)" /proc/self/status; exit 7'
    config '.process.user.umask = 18 | .process.rlimits = [{type: "RLIMIT_STACK", soft: 8388608, hard: 8388608}]'
    rt_run
    [ "$status" = 7 ]
    local as_usual=$output
    for how in 'umask 0777' 'trap "" CHLD' 'trap "" PIPE' 'exec 0<&-' 'exec 0<&- 2>&-' 'ulimit -s unlimited' 'cd "$D" && chmod 0 "$D"' \
        'cd "$D" && rmdir "$D"' 'exec 5</ 6</etc 7</proc'; do
        mkdir -p "$T/d" && chmod 755 "$T/d"
        run env D="$T/d" bash -c "$how"'; exec "$@"' _ timeout -k 2 20 "$PROGRAM" ${DRIVER_OPTION:+$DRIVER_OPTION} --root "$STATE" run --bundle "$BUNDLE" "$ID"
        [ "$status" = 7 ] || { echo "$how"; show; false; }
        [ "$output" = "$as_usual" ] || { echo "$how"; show; false; }
    done
}

@test "five hundred binds with few descriptors, and thousands of masked paths" {
    differs crun "1.8.1 opens all sources at once"
    config '.mounts += [range(500) | {destination: "/tmp/m\(.)", type: "bind", source: "/etc/hostname", options: ["bind", "ro"]}]
        | .process.rlimits = [] | .linux.maskedPaths = [range(5000) | "/proc/acpi", "/etc/passwd", "/no/\(.)"]'
    writable_root
    probe_args read /etc/passwd print x
    run bash -c 'ulimit -n 64; exec "$@"' _ timeout 60 "$RUNTIME" --root "$STATE" run --bundle "$BUNDLE" "$ID"
    succeeds
    has x
    never root:
}
