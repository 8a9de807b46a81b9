#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load helpers

two_containers() {
    probe_args hold
    rt run --detach --bundle "$BUNDLE" "$ID-a" </dev/null >"$T/container.out" 2>&1
    new_bundle "$T/b"
    BUNDLE=$T/b config '.linux.cgroupsPath = $p' --arg p "/$ID-b"
    rt create --bundle "$T/b" "$ID-b" </dev/null >/dev/null 2>&1
}

@test "list: a table with a heading" {
    two_containers
    run rt list
    succeeds
    [ "${#lines[@]}" = 3 ]
    [ "$RT_KIND" = crun ] || [[ "${lines[0]}" =~ ^ID\ +PID\ +STATUS\ +BUNDLE\ +CREATED\ +OWNER$ ]]
    matches "^$ID-a +$(pid_of "$ID-a") +running +$BUNDLE +20[0-9-]+T[0-9:.]+Z +root$"
    matches "^$ID-b +$(pid_of "$ID-b") +created +$T/b +20[0-9-]+T[0-9:.]+Z +root$"
}

@test "list: columns are aligned" {
    differs crun "its columns are not"
    two_containers
    run rt list
    local column=${lines[0]%%STATUS*}
    [[ "${lines[1]:${#column}}" = running* ]]
    [[ "${lines[2]:${#column}}" = created* ]]
}

@test "list --format json" {
    two_containers
    run rt list --format json
    succeeds
    jq -e --arg id "$ID" 'map({(.id): .status}) | add == {($id + "-a"): "running", ($id + "-b"): "created"}' <<<"$output"
    jq -e '.[0] | has("pid") and has("bundle") and has("created") and .owner == "root"' <<<"$output"
}

@test "list --quiet: names only" {
    two_containers
    run rt list --quiet
    succeeds
    [ "$(sort <<<"$output")" = "$ID-a"$'\n'"$ID-b" ]
    run rt list -q
    [ "${#lines[@]}" = 2 ]
}

@test "list: a stopped container is listed with pid 0" {
    rt_create
    rt_start
    wait_for 2 is_state stopped
    run rt list
    matches "^$ID +0 +stopped "
}

@test "list: no containers" {
    run rt list
    succeeds
    [ "${#lines[@]}" = 1 ]
    run rt list --quiet
    succeeds
    [ -z "$output" ]
    run rt list --format json
    succeeds
    jq -e '. == null or . == []' <<<"$output"
}

@test "list: a format that does not exist" {
    differs crun "1.8.1 takes it for a table"
    run rt list --format yaml
    fails 1
}

@test "list: a record that cannot be read does not hide the others" {
    differs crun "gives up"
    rt_create
    mkdir "$STATE/broken"
    echo '{"' >"$STATE/broken/state.json"
    run --separate-stderr rt list --quiet
    rm -r "$STATE/broken"
    succeeds
    has "$ID"
    [ "$RT_KIND" != lorica ] || [[ "$stderr" = *broken* ]]
}
