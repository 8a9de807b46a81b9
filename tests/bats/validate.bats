#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load helpers

setup() {
    lorica_only "validate"
    lorica_setup
}

@test "validate: a good bundle" {
    run "$RUNTIME" validate "$BUNDLE"
    succeeds
}

@test "validate: every violation, with place, level and section" {
    config '.process.cwd = "relative" | .process.args = [] | .hooks.prestart = [{"path": "not/absolute"}]
        | .linux.maskedPaths = ["also/not"]'
    run "$RUNTIME" validate "$BUNDLE"
    fails 1
    local pointer
    for pointer in /process/cwd /process/args /hooks/prestart/0/path /linux/maskedPaths/0; do
        matches "$pointer.*error|error.*$pointer"
    done
    matches '(^|[ :(])[0-9]+:[0-9]+'
    matches 'config(-linux)?\.md#'
}

@test "validate: line and column are those of the value" {
    printf '{\n  "ociVersion": "1.0.2",\n  "root": {"path": "rootfs"},\n  "process": {"cwd": "/", "args": ["x"], "user": {"uid": "0", "gid": 0}}\n}\n' \
        >"$BUNDLE/config.json"
    run "$RUNTIME" validate "$BUNDLE"
    fails 1
    matches '/process/user/uid'
    matches '4:5[0-9]'
}

@test "validate: text that is not JSON" {
    printf '{\n  "ociVersion": "1.0.2",\n  oops\n}\n' >"$BUNDLE/config.json"
    run "$RUNTIME" validate "$BUNDLE"
    fails 1
    matches '3:3'
}

@test "validate: warnings alone are no failure" {
    config '.process.capabilities.bounding += ["CAP_NO_SUCH"]'
    run "$RUNTIME" validate "$BUNDLE"
    succeeds
    matches 'CAP_NO_SUCH'
}

@test "validate: unknown properties are ignored" {
    config '.somethingNew = {"x": [1, 2]} | .process.alsoNew = true'
    run "$RUNTIME" validate "$BUNDLE"
    succeeds
}

@test "validate: a bundle that does not exist" {
    run "$RUNTIME" validate "$T/none"
    fails 1
}

@test "validate: a wrong type names the section of the specification too" {
    config '.mounts[0].options = "ro"'
    run "$RUNTIME" validate "$BUNDLE"
    fails 1
    matches '^[0-9]+:[0-9]+: error: /mounts/0/options: .* \(config\.md#linux-mount-options\)$'
    config '.mounts[0].options = ["ro"] | .linux.resources.cpu.quota = "many"'
    run "$RUNTIME" validate "$BUNDLE"
    fails 1
    matches '^[0-9]+:[0-9]+: error: /linux/resources/cpu/quota: .* \(config-linux\.md#cpu\)$'
}
