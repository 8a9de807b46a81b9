#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load helpers

@test "state: of a created container" {
    config '.annotations = {"org.example.key": "value", "b": "ü"}'
    rt_create
    run rt state "$ID"
    succeeds
    [ "$(jq -r .id <<<"$output")" = "$ID" ]
    [ "$(jq -r .status <<<"$output")" = created ]
    [ "$(jq -r .bundle <<<"$output")" = "$BUNDLE" ]
    # crun shows root.path as it was written
    [ "$RT_KIND" = crun ] || [ "$(jq -r .rootfs <<<"$output")" = "$ROOTFS" ]
    [ "$(jq -r '.annotations["org.example.key"], .annotations.b' <<<"$output")" = $'value\nü' ]
    [ -d "/proc/$(jq -r .pid <<<"$output")" ]
    jq -e '.ociVersion | test("^1\\.[0-9]+\\.[0-9]+")' <<<"$output"
    jq -e '.created | test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\\.[0-9]{1,9})?Z$")' <<<"$output"
    jq -e 'has("owner")' <<<"$output"
}

@test "state: no annotations, no key" {
    differs crun "prints an empty object"
    rt_create
    run rt state "$ID"
    jq -e 'has("annotations") | not' <<<"$output"
}

@test "state: the order of keys and the shape that runc prints" {
    lorica_only "text for text comparison"
    rt_create
    run rt state "$ID"
    [ "$(jq -r 'del(."systemd-scope") | keys_unsorted | join(" ")' <<<"$output")" = "ociVersion id pid status bundle rootfs created owner" ]
    has '  "id": "'"$ID"'",'
}

@test "state: running, then stopped with pid 0" {
    probe_args hold
    rt_create
    rt_start
    is_state running
    rt kill "$ID" KILL
    wait_for 2 is_state stopped
    [ "$(pid_of)" = 0 ]
}

@test "state: init killed from outside is stopped" {
    rt_create
    kill -KILL "$(pid_of)"
    wait_for 2 is_state stopped
}

@test "state: the pid is the program's own" {
    probe_args hold
    rt_detach
    grep -qE "[:/]$ID(-c.scope)?$" "/proc/$(pid_of)/cgroup"
    [ "$(tr '\0' ' ' <"/proc/$(pid_of)/cmdline")" = "/bin/probe hold " ]
}

@test "state: a container that is being removed: it does not exist, or it does" {
    lorica_only "peers keep another record"
    needs flock
    # as a delete that has removed the record, and not the directory yet
    mkdir "$STATE/$ID"
    (
        exec 9<"$STATE/$ID"
        flock -x 9
        touch "$T/held"
        sleep 1
        rmdir "$STATE/$ID"
    ) 3>&- &
    BACKGROUND+=("$!")
    wait_for 3 test -e "$T/held"
    run rt state "$ID"
    fails 1
    message "container does not exist"
}

@test "state: no such container" {
    run rt state nosuch
    fails 1
    says "container does not exist"
}

@test "state: a bundle given by a relative path is shown absolute" {
    cd "$T"
    rt create --bundle ./bundle/../bundle "$ID" </dev/null >/dev/null 2>&1
    [ "$(rt state "$ID" | jq -r .bundle)" = "$BUNDLE" ]
}

@test "state: a stopped init is not confused with a stranger that has its pid" {
    lorica_only "edits the record"
    rt_create
    kill -KILL "$(pid_of)"
    wait_for 2 is_state stopped
    # the record now names a living process that is not the container's
    sed -i -E 's/("pid"|"init_pid"|"init_process_pid"): ?[0-9]+/\1: 1/' "$STATE/$ID/state.json"
    [ "$(state_of)" = stopped ] || [ -z "$(state_of)" ]
    run rt kill "$ID" CONT
    fails 1
}

@test "state: of a run, creating until its program runs" {
    lorica_only "what is said while hooks run"
    config '.hooks.startContainer = [{"path": "/bin/sh", "args": ["sh", "-c", "cat >/dev/null; : >/hooked; while [ ! -e /go ]; do usleep 20000; done"]}]'
    args sh -c 'echo program; exec sleep 1000'
    writable_root
    rt_background
    wait_for 5 test -e "$ROOTFS/hooked"
    [ "$(state_of)" = creating ]
    [ "$(rt state "$ID" | jq 'has("startedAt")')" = false ]
    [ "$(rt list --format json | jq -r '.[0].status')" = creating ]
    touch "$ROOTFS/go"
    wait_for 5 is_printed program
    [ "$(state_of)" = running ]
    [ "$(rt state "$ID" | jq 'has("startedAt")')" = true ]
}
