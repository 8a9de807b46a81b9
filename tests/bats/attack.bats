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

rounds() { echo "${LORICA_ATTACK_ROUNDS:-$1}"; }

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
    for ((i = 0; i < $(rounds 60); i++)); do
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
    tracing
    echo >"$T/preserved"
    config '.process.capabilities |= with_entries(.value += ["CAP_SETUID", "CAP_SETGID"])'
    attacked --user 1000:1000 --preserve-fds 1 3<"$T/preserved"
    nothing_to_gain
}

@test "exec: a container with a user namespace is not let near what enters it, even if it may trace" {
    differs runc "1.1.5 enters by way of a process that can be traced"
    user_namespace
    tracing
    attacked
    has "early 0"
    has "memory 0"
    [ "$(met caught)" -gt 0 ]
}
