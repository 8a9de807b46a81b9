#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load helpers

setup() {
    lorica_only "info"
    lorica_setup
}

@test "info: kernel, cgroups, tools, and what is missing" {
    run rt info
    succeeds
    has "kernel: $(uname -r) $(uname -m)"
    matches "^caller: uid $(id -u)"
    matches '^kernel features: .*openat2'
    if [ "$CGROUP" = v2 ]; then matches '^cgroups: v2'; else matches '^cgroups: (v1|hybrid)'; fi
    never '^missing: (openat2|pidfd)'
}

@test "info --format json: the same as members" {
    run rt info --format json
    succeeds
    jq -e --arg r "$(uname -r)" --argjson u "$(id -u)" '.kernel.release == $r and .euid == $u and .rootless == ($u != 0)
        and .kernel.features.openat2 == true and (.missing | type) == "array"
        and ([.missing[] | has("what") and (has("remedy") or has("linux"))] | all)' <<<"$output"
    jq -e '.openFiles == ($n | tonumber)' --arg n "$(ulimit -Sn)" <<<"$output"
    run rt info --format xml
    fails 1
    message "invalid format option: xml"
}

@test "info: criu is found, or named as missing with the remedy" {
    mkdir "$T/bin"
    run env PATH="$T/bin" "$RUNTIME" info
    message "missing: criu: install criu"
    printf '#!/bin/sh\n' >"$T/bin/criu"
    chmod 755 "$T/bin/criu"
    run env PATH="$T/bin" "$RUNTIME" info
    has "criu: $T/bin/criu"
    never 'missing: criu'
}

@test "info: without privileges" {
    needs setpriv
    chmod 755 "$T"
    mkdir "$T/user"
    cp "$RUNTIME" "$T/user/runtime"
    chown -R 1000 "$T/user"
    run setpriv --reuid 1000 --regid 1000 --clear-groups env -u XDG_RUNTIME_DIR "$T/user/runtime" info
    succeeds
    matches '^caller: uid 1000, rootless'
    matches '^missing: permission to make cgroups: run as root'
}
