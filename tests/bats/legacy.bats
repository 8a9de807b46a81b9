#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Bundles of every version before 1.0.0, written by hand from the documents of that version (data/legacy), run as they
# are and in the form that `spec --upgrade` gives them.

load helpers

setup() {
    lorica_only "bundles of before 1.0.0"
    lorica_setup
    OLD=$BATS_TEST_DIRNAME/data/legacy
}

# settle VERSION ARG…: that version's bundle on this test's root, running the probe
settle() {
    local version=$1
    shift
    # shellcheck disable=SC2016
    jq --arg path "$(cgroups_path)" '
        (if .processes then .processes[0] else .process end).args = ["/bin/probe"] + $ARGS.positional
        | if .version != "0.2.0" and .version != "0.1.1" then .linux.cgroupsPath = $path else . end' \
        "$OLD/$version/config.json" --args "$@" >"$BUNDLE/config.json"
    [ ! -e "$OLD/$version/runtime.json" ] ||
        jq --arg path "$(cgroups_path)" '.linux.cgroupsPath = $path' "$OLD/$version/runtime.json" >"$BUNDLE/runtime.json"
}

report=(id caps rlimits cwd uname read /proc/self/oom_score_adj read /proc/sys/net/ipv4/ip_forward
    stat /dev/null2 mounts prctl)

# same_upgraded: the bundle says the same when it is upgraded
same_upgraded() {
    local before
    rt_run
    succeeds
    before=$output
    mkdir "$T/new"
    "$RUNTIME" spec --upgrade "$BUNDLE" --bundle "$T/new" >"$T/changes"
    [ "$(jq -r .ociVersion "$T/new/config.json")" = 1.3.0 ]
    rm -f "$BUNDLE/runtime.json"
    mv "$T/new/config.json" "$BUNDLE/config.json"
    run "$RUNTIME" validate "$BUNDLE"
    succeeds
    rt_run
    succeeds
    # mount ids and devices differ from one container to the next
    diff <(sed -E 's/[0-9]+/N/g' <<<"$before") <(sed -E 's/[0-9]+/N/g' <<<"$output")
    output=$before
}

for_all_versions() {
    matches "legacy"
    matches 'NOFILE.*256.*512'
    matches 'uid.*1000'
}

@test "legacy: pre-draft, one file with processes and devices by name" {
    settle pre-draft "${report[@]}"
    same_upgraded
    for_all_versions
    grep -q '^/processes: process now' "$T/changes"
}

@test "legacy: 0.1.1, two files, integer rlimits, bare capabilities" {
    settle 0.1.1 "${report[@]}"
    same_upgraded
    for_all_versions
    has "cwd /" # the default
    grep -q 'RLIMIT_NOFILE, was 7' "$T/changes"
    grep -q '/linux/systemProperties' "$T/changes"
}

@test "legacy: 0.2.0, two files" {
    settle 0.2.0 "${report[@]}"
    same_upgraded
    for_all_versions
    has "cwd /tmp"
    # what a read-only root implied
    matches ' /sys /proc/sys ro,'
    grep -q 'joined with "devpts" of runtime.json' "$T/changes"
    grep -q '^/linux/devices/0/type: "c", was 99' "$T/changes"
    matches '/dev/null2.*1:3'
}

@test "legacy: 0.2.0, permissions of devices are the only rules" {
    settle 0.2.0 device r c 1 3 device r c 1 1
    config '.linux.capabilities = ["CAP_MKNOD"] | .process.user = {"uid": 0, "gid": 0}'
    rt_run
    succeeds
    has "device open r c 1:3 ok"
    has "device open r c 1:1 EPERM"
}

@test "legacy: 0.3.0 and 0.4.0, one file" {
    local version
    for version in 0.3.0 0.4.0; do
        settle "$version" "${report[@]}"
        same_upgraded
        for_all_versions
        matches '/dev/null2.*1:3'
        matches 'no_new_privs 1'
        matches ' /sys /proc/sys ro,'
        rm -r "$T/new"
    done
}

@test "legacy: 0.5.0 and the release candidates of 1.0.0" {
    local version
    for version in 0.5.0 1.0.0-rc1 1.0.0-rc3 1.0.0-rc4 1.0.0-rc5 1.0.0-rc6; do
        settle "$version" "${report[@]}"
        same_upgraded
        for_all_versions
        matches 'no_new_privs 1'
        # oomScoreAdj, wherever that version had it
        has "500"
        rm -r "$T/new"
    done
}

@test "legacy: 0.6.0-dev, which became the first release candidate" {
    local shape
    for shape in 0.5.0 1.0.0-rc1; do
        settle "$shape" "${report[@]}"
        config '.ociVersion = "0.6.0-dev"'
        same_upgraded
        for_all_versions
        matches 'no_new_privs 1'
        has "500"
        rm -r "$T/new"
    done
}

@test "legacy: seccomp rules with one name each are in force" {
    settle 1.0.0-rc4 syscall sethostname,0,0
    rt_run
    succeeds
    matches 'EPERM'
}

@test "legacy: the shape counts where the version lies" {
    settle 0.4.0 caps
    config '.ociVersion = "1.0.2"'
    rt_run
    succeeds
    matches 'bounding.*KILL'
}

@test "legacy: create, start, kill and delete" {
    settle 0.2.0 hold
    rt_create
    [ "$(state_of)" = created ]
    rt_start
    [ "$(state_of)" = running ]
    rt kill "$ID" KILL
    wait_for 5 is_state stopped
    rt delete "$ID"
}

@test "legacy: a mount that runtime.json does not describe is named" {
    settle 0.2.0 id
    jq 'del(.mounts.shm)' "$BUNDLE/runtime.json" >"$T/r.json"
    mv "$T/r.json" "$BUNDLE/runtime.json"
    rt_run
    fails 1
    matches '/mounts/3'
    matches 'does not say what the mount'
}

@test "legacy: a broken runtime.json is named" {
    settle 0.2.0 id
    echo '{"linux": }' >"$BUNDLE/runtime.json"
    rt_run
    fails 1
    matches 'runtime.json'
}

@test "spec --upgrade: a bundle of today is given back as it is" {
    mkdir "$T/new"
    run "$RUNTIME" spec --upgrade "$BUNDLE" --bundle "$T/new"
    succeeds
    matches 'nothing to change'
    cmp "$BUNDLE/config.json" "$T/new/config.json"
}

@test "spec --upgrade: does not overwrite, and says what is wrong with a bundle" {
    settle 0.2.0 id
    cd "$BUNDLE"
    run "$RUNTIME" spec --upgrade .
    fails 1
    matches 'File config.json exists'
    jq -e '.version == "0.2.0"' config.json
    mkdir "$T/new"
    echo '{"version": "0.2.0", "process": 5}' >"$BUNDLE/config.json"
    run "$RUNTIME" spec --upgrade "$BUNDLE" --bundle "$T/new"
    fails 1
    matches '/process'
    [ ! -e "$T/new/config.json" ]
}

@test "validate: an old bundle, by what it is upgraded to" {
    settle 0.2.0 id
    run "$RUNTIME" validate "$BUNDLE"
    succeeds
    matches 'written for version "0.2.0"'
}
