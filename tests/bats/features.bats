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
