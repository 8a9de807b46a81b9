# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# For the tests that let a container engine call the runtime: its binary with this test's state root, and an image.

# An engine takes minutes in an emulated machine, and asks its kernel nothing that the other tests do not.
engine_here() { [ -z "${LORICA_VM:-}" ] || skip "engines run on the host's own kernel only"; }

# engine_runtime: a program of the runtime's name that adds our state root; its path in $ENGINE_RUNTIME
engine_runtime() {
    mkdir -p "$T/bin"
    ENGINE_RUNTIME=$T/bin/$RT_KIND
    printf '#!/bin/sh\nLORICA_TEST_ID=%s exec %q --root %q "$@"\n' "$ID" "$RUNTIME" "$STATE" >"$ENGINE_RUNTIME"
    chmod +x "$ENGINE_RUNTIME"
}

# engine_root DIR: a root file system of busybox
engine_root() {
    local applet
    mkdir -p "$1"/{bin,dev,etc,proc,root,run,sys,tmp}
    cp "$BUSYBOX" "$1/bin/busybox"
    for applet in sh cat echo false hostname id kill ls mount nproc ps sleep stty test true tty; do
        ln -s busybox "$1/bin/$applet"
    done
    echo 'root:x:0:0:root:/root:/bin/sh' >"$1/etc/passwd"
    echo 'root:x:0:' >"$1/etc/group"
}

# engine_remove_cgroups: what the engine made below a directory of our name; its monitors may take a moment to go
engine_remove_cgroups() {
    [ -n "${ID:-}" ] || return 0 # skipped before it had a name: everything would match
    local dir end=$((SECONDS + 5))
    while [ -n "$(our_cgroups)" ] && [ "$SECONDS" -lt "$end" ]; do
        for dir in $(our_cgroups); do rmdir "$dir" 2>/dev/null || true; done
        sleep 0.05
    done
}

# with_terminal COMMAND…: its output as a terminal gets it, without carriage returns; the input never ends, for an
# engine lets go of its container then
with_terminal() {
    [ -p "$T/input" ] || mkfifo "$T/input"
    script -qec "$(printf '%q ' "$@")" /dev/null <>"$T/input" | tr -d '\r'
}
