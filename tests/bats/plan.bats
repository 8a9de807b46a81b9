#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load helpers

setup() {
    lorica_only "plan"
    lorica_setup
}

@test "plan: what create would do, in order" {
    run "$RUNTIME" plan "$BUNDLE"
    succeeds
    local previous=0 op n
    for op in cgroup-create clone cgroup-join root-prepare mount device readonly-path mask-path pivot hostname \
        caps-bounding identity caps no-new-privs exec; do
        n=$(grep -nE "(^|[[:space:]])$op([[:space:]]|$)" <<<"$output" | head -1 | cut -d: -f1)
        [ -n "$n" ] || { echo "no $op"; show; false; }
        [ "$n" -gt "$previous" ] || { echo "$op is out of order"; show; false; }
        previous=$n
    done
}

@test "plan: nothing is done" {
    "$RUNTIME" plan "$BUNDLE" >/dev/null
    [ -z "$(our_cgroups)" ]
    nothing_left
}

@test "plan --format json" {
    run "$RUNTIME" plan --format json "$BUNDLE"
    succeeds
    jq -e '["pivot"] - ([.. | strings]) == []' <<<"$output"
}

@test "plan: the same every time" {
    [ "$("$RUNTIME" plan "$BUNDLE")" = "$("$RUNTIME" plan "$BUNDLE")" ]
}

@test "plan: the current directory by default is not assumed silently" {
    cd "$BUNDLE"
    run "$RUNTIME" plan .
    succeeds
}

@test "plan: no privileges are needed" {
    needs setpriv
    chmod 755 "$T"
    mkdir "$T/user"
    cp "$RUNTIME" "$T/user/runtime"
    chown -R 1000 "$T/user"
    run setpriv --reuid 1000 --regid 1000 --clear-groups env -u XDG_RUNTIME_DIR "$T/user/runtime" plan "$BUNDLE"
    succeeds
    matches pivot
}

@test "plan: a broken config ends with a pointer and exit 1" {
    config '.process.cwd = "relative"'
    run "$RUNTIME" plan "$BUNDLE"
    fails 1
    message '/process/cwd'
}

@test "plan: what this host does not have is refused by name, here and in create" {
    ! grep -q ' resctrl ' /proc/self/mountinfo || skip "resctrl is mounted"
    config '.linux.intelRdt = {"closID": "x"}'
    run "$RUNTIME" plan "$BUNDLE"
    fails 1
    message '/linux/intelRdt'
    try rt create --bundle "$BUNDLE" "$ID"
    fails 1
    message '/linux/intelRdt'
    nothing_left
}

@test "plan --rootless, --no-pivot, --no-new-keyring, --preserve-fds: as create would have it" {
    lorica_only "plan"
    local plain option
    plain=$(rt plan "$BUNDLE")
    for option in --rootless --no-pivot --no-new-keyring --preserve-fds=3; do
        run rt plan "$option" "$BUNDLE"
        [ "$output" != "$plain" ] || { echo "$option changes nothing"; return 1; }
    done
}
