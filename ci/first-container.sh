#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# ci/first-container.sh: on a fresh Debian machine, as root: install, build, and run a first container. What it prints
# last comes from inside the container.
. "$(dirname "$0")/lib.sh"

ci/deps.sh --min
ci/build.sh static
work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT
mkdir -p "$work/bundle/rootfs/bin"
cp "$(command -v busybox)" "$work/bundle/rootfs/bin/busybox"
for applet in sh echo hostname id uname ls; do ln -s busybox "$work/bundle/rootfs/bin/$applet"; done
build/static/lorica spec --bundle "$work/bundle"
script='echo "Hello from $(hostname), process $$, uid $(id -u), on $(uname -sr)"; ls /'
jq --arg s "$script" '.process.terminal = false | .process.args = ["/bin/sh", "-c", $s]' "$work/bundle/config.json" \
    >"$work/config.json"
mv "$work/config.json" "$work/bundle/config.json"
say "lorica run"
build/static/lorica run --bundle "$work/bundle" "first-$$"
