#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load helpers

in_dir() { mkdir -p "$T/d" && cd "$T/d"; }
spec_has() { jq -e "$1" config.json >/dev/null || { jq . config.json; echo "not: $1"; return 1; }; }

@test "spec: writes config.json" {
    in_dir
    run "$RUNTIME" spec
    succeeds
    [ -z "$output" ]
    spec_has '.ociVersion | test("^1\\.")'
    spec_has '.process.terminal == true and .process.cwd == "/" and .process.args == ["sh"]'
    spec_has '.process.user == {"uid": 0, "gid": 0}'
    spec_has '.process.noNewPrivileges == true'
    spec_has '.root == {"path": "rootfs", "readonly": true}'
    spec_has '.process.rlimits == [{"type": "RLIMIT_NOFILE", "hard": 1024, "soft": 1024}]'
    spec_has '.process.capabilities.bounding | sort == ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"]'
    spec_has '[.mounts[].destination] == ["/proc", "/dev", "/dev/pts", "/dev/shm", "/dev/mqueue", "/sys", "/sys/fs/cgroup"]'
    spec_has '["pid", "network", "ipc", "uts", "mount"] - ([.linux.namespaces[].type]) == []'
    spec_has '.linux.resources.devices == [{"allow": false, "access": "rwm"}]'
    spec_has '["/proc/kcore"] - (.linux.maskedPaths) == []'
    spec_has '["/proc/sysrq-trigger"] - (.linux.readonlyPaths) == []'
}

@test "spec: no inheritable and no ambient capabilities" {
    lorica_only "runc 1.1 gives ambient ones"
    in_dir
    "$RUNTIME" spec
    spec_has '(.process.capabilities.inheritable // []) == [] and (.process.capabilities.ambient // []) == []'
}

@test "spec: indented by tabs" {
    differs crun "spaces"
    in_dir
    "$RUNTIME" spec
    grep -q $'^\t"process": {' config.json
    grep -q $'^\t\t"terminal": true' config.json
}

@test "spec: does not overwrite" {
    in_dir
    echo precious >config.json
    run "$RUNTIME" spec
    fails 1
    says 'File config.json exists. Remove it first'
    [ "$(cat config.json)" = precious ]
}

@test "spec: does not write through a dangling link" {
    differs runc "writes through it"
    differs crun "writes through it"
    in_dir
    ln -s "$T/elsewhere" config.json
    run "$RUNTIME" spec
    fails 1
    [ ! -e "$T/elsewhere" ]
}

@test "spec --bundle: in another directory" {
    in_dir
    mkdir "$T/other"
    run "$RUNTIME" spec --bundle "$T/other"
    succeeds
    [ -s "$T/other/config.json" ]
    [ ! -e config.json ]
}

@test "spec --bundle: a directory that does not exist" {
    in_dir
    run "$RUNTIME" spec --bundle "$T/none"
    fails 1
}

@test "spec --rootless" {
    in_dir
    run "$RUNTIME" spec --rootless
    succeeds
    spec_has '["user"] - [.linux.namespaces[].type] == []'
    [ "$RT_KIND" = crun ] && return # the rest is a documented difference
    spec_has '["network"] - [.linux.namespaces[].type] == ["network"]'
    spec_has '(.linux.uidMappings | length) == 1 and .linux.uidMappings[0].containerID == 0 and .linux.uidMappings[0].size == 1'
    spec_has '.linux.resources // {} | has("devices") | not'
    spec_has '[.mounts[] | .options // [] | .[] | select(startswith("gid="))] == []'
}

@test "spec: what it writes is a bundle that runs" {
    rm "$BUNDLE/config.json"
    "$RUNTIME" spec --bundle "$BUNDLE"
    config '.process.terminal = false | .process.args = ["/bin/probe", "print", "hello"] | .linux.cgroupsPath = $p
        | .ociVersion = "1.0.2"' --arg p "$(cgroups_path)"
    rt_run
    succeeds
    has hello
}

@test "spec: what it writes is valid" {
    lorica_only "validate"
    in_dir
    "$RUNTIME" spec
    mkdir rootfs
    run "$RUNTIME" validate .
    succeeds
}

@test "spec: no privileges are needed" {
    differs crun "writes no mappings"
    needs setpriv
    mkdir "$T/user"
    chown 1000:1000 "$T/user"
    cd "$T/user"
    chmod 755 "$T"
    local copy=$T/user/runtime
    cp "$RUNTIME" "$copy" # the build tree may not be readable for others
    run setpriv --reuid 1000 --regid 1000 --clear-groups env -u XDG_RUNTIME_DIR "$copy" spec --rootless
    succeeds
    [ "$(jq -r '.linux.uidMappings[0].hostID' config.json)" = 1000 ]
}
