#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load helpers

setup() {
    lorica_setup
    differs crun "1.8.1 has no features command"
    run "$RUNTIME" features
    succeeds
}

features_have() { jq -e "$1" <<<"$output" >/dev/null || { echo "not: $1"; show; return 1; }; }

@test "features: one JSON document with the versions" {
    features_have '.ociVersionMin == "1.0.0"'
    features_have '.ociVersionMax | test("^1\\.[0-9]+\\.[0-9]+")'
}

@test "features: the six hooks" {
    features_have '.hooks == ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"]'
}

@test "features: mount options, sorted" {
    features_have '["bind", "rbind", "ro", "rro", "nosuid", "rprivate", "tmpcopyup", "strictatime"] - (.mountOptions) == []'
    features_have '.mountOptions == (.mountOptions | sort)'
}

@test "features: namespaces, capabilities, cgroups" {
    features_have '["cgroup", "ipc", "mount", "network", "pid", "uts"] - (.linux.namespaces) == []'
    features_have '["CAP_CHOWN", "CAP_SYS_ADMIN", "CAP_BPF"] - (.linux.capabilities) == []'
    features_have '.linux.cgroup.v1 == true and .linux.cgroup.v2 == true'
}

@test "features: seccomp" {
    features_have '.linux.seccomp.enabled == true'
    features_have '["SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL_PROCESS"] - (.linux.seccomp.actions) == []'
    features_have '["SCMP_CMP_MASKED_EQ", "SCMP_CMP_NE"] - (.linux.seccomp.operators) == []'
    features_have '["SCMP_ARCH_X86_64"] - (.linux.seccomp.archs) == []'
}

@test "features: what specification 1.3 added" {
    lorica_only "1.3"
    features_have '.ociVersionMax == "1.3.0"'
    features_have '.linux | has("mountExtensions") and has("intelRdt") and has("netDevices")'
    features_have '.annotations["io.github.seccomp.libseccomp.version"] | test("^2\\.")'
}

@test "features: no member that specification 1.3 does not define" {
    lorica_only "1.3"
    # shellcheck disable=SC2016
    jq -e '[paths | map(select(type == "string")) | select(.[0] != "annotations") | join("/")] | unique
        - ["ociVersionMin", "ociVersionMax", "hooks", "mountOptions", "potentiallyUnsafeConfigAnnotations", "linux",
           "linux/namespaces", "linux/capabilities", "linux/cgroup", "linux/seccomp", "linux/apparmor", "linux/selinux",
           "linux/intelRdt", "linux/mountExtensions", "linux/netDevices", "linux/memoryPolicy", "linux/cgroup/v1",
           "linux/cgroup/v2", "linux/cgroup/systemd", "linux/cgroup/systemdUser", "linux/cgroup/rdma",
           "linux/seccomp/enabled", "linux/seccomp/actions", "linux/seccomp/operators", "linux/seccomp/archs",
           "linux/seccomp/knownFlags", "linux/seccomp/supportedFlags", "linux/apparmor/enabled", "linux/selinux/enabled",
           "linux/intelRdt/enabled", "linux/intelRdt/schemata", "linux/intelRdt/monitoring",
           "linux/mountExtensions/idmap", "linux/mountExtensions/idmap/enabled", "linux/netDevices/enabled",
           "linux/memoryPolicy/modes", "linux/memoryPolicy/flags"] == []' <<<"$output"
    features_have '[.annotations[] | type] | unique == ["string"]'
    # annotations of a configuration that change what we do
    features_have '.potentiallyUnsafeConfigAnnotations - ["org.systemd.property."] == ["org.criu.config"]'
    features_have '(.linux.cgroup.systemd | not) or (.potentiallyUnsafeConfigAnnotations | index("org.systemd.property."))'
}

@test "features: every mount option that is named is accepted, and no other" {
    lorica_only "its own list"
    needs_root "access times of the host's mounts are locked"
    local option named
    named=$(jq -r '.mountOptions[]' <<<"$output")
    writable_root
    mkdir "$T/source"
    cp "$BUNDLE/config.json" "$T/plain.json"
    for option in $named; do
        # what cannot stand alone beside "bind"
        case $option in
        tmpcopyup) add_mount '{"destination": "/m/tmpcopyup", "type": "tmpfs", "options": ["tmpcopyup"]}' && continue ;;
        remount) add_mount '{"destination": "/m/async", "type": "none", "options": ["bind", "remount", "ro"]}' && continue ;;
        idmap | ridmap) continue ;; # bind.bats, mounts.bats: they need mappings
        esac
        add_mount "{\"destination\": \"/m/$option\", \"source\": \"$T/source\", \"type\": \"none\", \"options\": [\"rbind\", \"$option\"]}"
    done
    probe print mounted
    has mounted
    for option in acl auto noauto user users owner _netdev nofail group x-mount.mkdir RO Rbind bindx rrbind rnone norro \
        nobind rslaves norprivate sunc rsilent context size=1 uid=0; do
        not grep -qxF -- "$option" <<<"$named"
        cp "$T/plain.json" "$BUNDLE/config.json"
        add_mount "{\"destination\": \"/m\", \"source\": \"$T/source\", \"type\": \"none\", \"options\": [\"bind\", \"$option\"]}"
        run "$RUNTIME" validate "$BUNDLE"
        fails 1 || { echo "$option"; false; }
    done
}

@test "features: what it names of seccomp, namespaces, capabilities and memory policies is accepted" {
    lorica_only "its own lists"
    local document=$output item
    # libseccomp puts no two byte orders into one filter
    local other='["MIPS", "MIPS64", "MIPS64N32", "PARISC", "PARISC64", "PPC", "PPC64", "S390", "S390X"] | map("SCMP_ARCH_" + .)'
    config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: ($d.linux.seccomp.archs - ('"$other"')),
            flags: ($d.linux.seccomp.supportedFlags - ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]),
            syscalls: ([$d.linux.seccomp.actions | map(select(. != "SCMP_ACT_NOTIFY")) | to_entries[]
                | {names: ["acct"], action: .value, args: [{index: 0, value: .key, op: "SCMP_CMP_EQ"}]}]
              + [$d.linux.seccomp.operators | to_entries[]
                | {names: ["swapon"], action: "SCMP_ACT_ERRNO", args: [{index: 1, value: .key, valueTwo: 1, op: .value}]}])}' \
        --argjson d "$document"
    probe print filtered
    has filtered
    config 'del(.linux.seccomp) | .process.capabilities |= {bounding: $d.linux.capabilities}' --argjson d "$document"
    run --separate-stderr rt run --bundle "$BUNDLE" "$ID"
    succeeds
    never 'unknown capability'
    # one by one: all at once need a user's mappings
    for item in $(jq -r '.linux.namespaces[]' <<<"$document"); do
        config '.linux.namespaces |= (map(select(.type != $n)) + [{type: $n}])
            | if $n == "user" and (has("uidMappings") | not) then .linux.uidMappings = [{containerID: 0, hostID: 0, size: 1}]
                | .linux.gidMappings = .linux.uidMappings else . end' --arg n "$item"
        run "$RUNTIME" validate "$BUNDLE"
        succeeds || { echo "$item"; false; }
    done
    for item in $(jq -r '.linux.memoryPolicy.modes[]' <<<"$document"); do
        config '.linux.memoryPolicy = {mode: $m} + (if $m | IN("MPOL_DEFAULT", "MPOL_LOCAL") then {} else {nodes: "0"} end)' --arg m "$item"
        run "$RUNTIME" validate "$BUNDLE"
        succeeds || { echo "$item"; false; }
    done
}

@test "features: both versions it names are accepted in a config" {
    lorica_only "runc 1.1 does not look"
    local v
    for v in $(jq -r '.ociVersionMin, .ociVersionMax' <<<"$output"); do
        config '.ociVersion = $v' --arg v "$v"
        probe print "$v"
        has "$v"
    done
}

@test "features: no bundle, no privileges, no state directory" {
    needs setpriv
    chmod 755 "$T"
    mkdir "$T/user"
    cp "$RUNTIME" "$T/user/runtime"
    chown -R 1000 "$T/user"
    run setpriv --reuid 1000 --regid 1000 --clear-groups env -u XDG_RUNTIME_DIR HOME=/nonexistent "$T/user/runtime" features
    succeeds
    features_have .ociVersionMin
}
