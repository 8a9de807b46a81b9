#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load helpers

two_containers() {
    probe_args hold
    rt run --detach --bundle "$BUNDLE" "$ID-a" </dev/null >"$T/container.out" 2>&1
    new_bundle "$T/b"
    BUNDLE=$T/b config '.linux.cgroupsPath = $p' --arg p "$(cgroups_path "b")"
    rt create --bundle "$T/b" "$ID-b" </dev/null >/dev/null 2>&1
}

@test "list: a table with a heading" {
    two_containers
    run rt list
    succeeds
    [ "${#lines[@]}" = 3 ]
    [ "$RT_KIND" = crun ] || [[ "${lines[0]}" =~ ^ID\ +PID\ +STATUS\ +BUNDLE\ +CREATED\ +OWNER$ ]]
    matches "^$ID-a +$(pid_of "$ID-a") +running +$BUNDLE +20[0-9-]+T[0-9:.]+Z +$(id -un)$"
    matches "^$ID-b +$(pid_of "$ID-b") +created +$T/b +20[0-9-]+T[0-9:.]+Z +$(id -un)$"
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
    jq -e '.[0] | has("pid") and has("bundle") and has("created") and .owner == $me' --arg me "$(id -un)" <<<"$output"
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

@test "list: an entry that cannot be read is shown as such, with the reason" {
    lorica_only "crun gives up, runc leaves it out"
    rt_create
    mkdir "$STATE/$ID-empty" "$STATE/$ID-cut" "$STATE/$ID-newer"
    echo '{"version":1' >"$STATE/$ID-cut/state.json"
    echo '{"version":99}' >"$STATE/$ID-newer/state.json"
    run --separate-stderr rt list
    [ "$status" = 0 ]
    matches "^$ID +[0-9]+ +created "
    matches "^$ID-empty +0 +broken +- +- +-\$"
    matches "^$ID-newer +0 +broken "
    grep -q "load container $ID-empty: container has no record" <<<"$stderr"
    run --separate-stderr rt list --format json
    jq -e --arg id "$ID" 'map({(.id): .}) | add | .[$id].status == "created" and (.[$id] | has("error") | not)
        and .[$id + "-cut"].status == "broken" and (.[$id + "-cut"].error | test("damaged"))
        and (.[$id + "-newer"].error | test("newer version"))' <<<"$output"
    run --separate-stderr rt list -q
    has "$ID-empty"
    rt delete --force "$ID" "$ID-empty" "$ID-cut"
    run rt delete --force "$ID-newer"
    fails 1
    rm -r "$STATE/$ID-newer"
}

@test "list: the default state directory may be absent, one that was given may not" {
    differs crun "makes it"
    differs runc "1.1.5 lists none"
    run rt list
    succeeds
    run "$RUNTIME" --root "$T/no/such" list
    fails 1
    [ ! -e "$T/no" ]
}
