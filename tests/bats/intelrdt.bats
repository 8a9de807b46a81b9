#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# linux.intelRdt. No machine of ours has the hardware: a file system that behaves as resctrl does stands in for it
# (tests/probe/resctrl.c), and LORICA_RESCTRL names it.

load helpers

setup() {
    lorica_only "intelRdt in a tree that stands in for resctrl"
    lorica_setup
    R=$T/resctrl
    mkdir "$R"
    "$RESCTRL" "$R" "$T/joined" >"$T/resctrl.out" 2>&1 3>&- &
    SERVER=$!
    BACKGROUND+=("$SERVER")
    wait_for 5 test -s "$T/resctrl.out"
    grep -qx ready "$T/resctrl.out" || { grep -qE '/dev/fuse|mount' "$T/resctrl.out" && skip "$(cat "$T/resctrl.out")"; }
    export LORICA_RESCTRL=$R
}

teardown() {
    if mountpoint -q "${R:-/nowhere}"; then
        rt delete --force "$ID" >/dev/null 2>&1 || true
        umount "$R" || umount -l "$R"
    fi
    lorica_teardown
}

rdt() { config '.linux.intelRdt = $r' --argjson r "$1"; }
schemata() { tr -d ' ' <"$R/$1/schemata"; }
in_group() { grep -qx "$2" "$R/$1/tasks"; }
# groups [NAME…]: those are there, and no others
groups_are() {
    local have
    have=$(cd "$R" && for g in *; do [ ! -e "$g/schemata" ] || echo "$g"; done | paste -sd' ')
    [ "$have" = "$*" ] || { echo "groups: $have"; return 1; }
    have=$(cd "$R" && ls mon_groups ./*/mon_groups 2>/dev/null | grep -v '^\./.*:$' | grep -v '^mon_groups:$' | grep . | paste -sd' ')
    [ -z "$have" ] || [ "${MONITORS:-}" = "$have" ] || { echo "monitoring groups: $have"; return 1; }
}

@test "intelRdt: without closID, a group of the container's own, until delete" {
    rdt '{"l3CacheSchema": "L3:0=f;1=3", "memBwSchema": "MB:0=20", "schemata": ["L3:1=7"]}'
    rt_create
    groups_are "$ID"
    [ "$(schemata "$ID")" = $'MB:0=20;1=100\nL3:0=f;1=7' ] # the schemata last
    in_group "$ID" "$(pid_of)"
    rt_start
    rt delete --force "$ID"
    groups_are
}

@test "intelRdt: {} makes a group and writes nothing" {
    rdt '{}'
    rt_create
    [ "$(schemata "$ID")" = $'MB:0=100;1=100\nL3:0=7ff;1=7ff' ]
    in_group "$ID" "$(pid_of)"
    rt delete --force "$ID"
    groups_are
}

@test "intelRdt: run removes its group" {
    rdt '{"schemata": ["L3:0=1"]}'
    args true
    rt_run
    succeeds
    groups_are
}

@test "intelRdt: absent, resctrl is not touched" {
    args true
    rt_run
    succeeds
    LORICA_RESCTRL=/nowhere rt_run
    succeeds
}

@test "intelRdt: a closID without schemata must exist, and stays" {
    rdt '{"closID": "gold"}'
    try rt create --bundle "$BUNDLE" "$ID"
    fails 1
    message '/linux/intelRdt/closID'
    message 'closID "gold" does not exist'
    nothing_left
    groups_are
    mkdir "$R/gold"
    echo "L3:0=3" >"$R/gold/schemata"
    rt_create
    in_group gold "$(pid_of)"
    rt delete --force "$ID"
    groups_are gold
    [ "$(schemata gold)" = $'MB:0=100;1=100\nL3:0=3;1=7ff' ]
}

@test "intelRdt: a closID with schemata is made, shared and left" {
    rdt '{"closID": "gold", "l3CacheSchema": "L3:0=f", "memBwSchema": "MB:0=25"}'
    rt_create
    groups_are gold
    [ "$(schemata gold)" = $'MB:0=30;1=100\nL3:0=f;1=7ff' ]
    # a second one finds what it asks for, in other words, although the kernel has rounded
    rdt '{"closID": "gold", "l3CacheSchema": "L3:0=0F;1=7fF", "memBwSchema": "MB:0=25"}'
    config '.linux.cgroupsPath = $p' --arg p "$(cgroups_path 2)"
    rt create --bundle "$BUNDLE" "$ID-2" </dev/null >/dev/null
    in_group gold "$(pid_of)"
    in_group gold "$(pid_of "$ID-2")"
    rt delete --force "$ID"
    rt delete --force "$ID-2"
    groups_are gold
}

@test "intelRdt: a closID that exists with other schemata is refused" {
    mkdir "$R/gold"
    echo "L3:0=3" >"$R/gold/schemata"
    for other in '"l3CacheSchema": "L3:0=7"' '"memBwSchema": "MB:1=50"' '"schemata": ["L2:0=f"]' '"schemata": ["L3:2=7ff"]' \
        '"schemata": ["L3:0=3", "L3:0"]'; do
        rdt "{\"closID\": \"gold\", $other}"
        try rt create --bundle "$BUNDLE" "$ID"
        fails 1
        message '/linux/intelRdt'
        message 'do not match those of closID "gold"'
        nothing_left
    done
    groups_are gold
    [ "$(schemata gold)" = $'MB:0=100;1=100\nL3:0=3;1=7ff' ]
}

@test "intelRdt: closID / is the root group" {
    rdt '{"closID": "/"}'
    rt_create
    in_group . "$(pid_of)"
    rt delete --force "$ID"
    rdt '{"closID": "/", "schemata": ["L3:0=3"]}' # compared, not written
    try rt create --bundle "$BUNDLE" "$ID"
    fails 1
    message 'do not match'
    rdt '{"closID": "/", "schemata": ["L3:0=7ff"]}'
    rt_create
    rt delete --force "$ID"
    groups_are
}

@test "intelRdt: no closID leaves the root of resctrl" {
    local id
    for id in .. . a/b ../x info mon_groups mon_data; do
        config '.linux.intelRdt = {"closID": $c}' --arg c "$id"
        try rt create --bundle "$BUNDLE" "$ID"
        fails 1
        message '/linux/intelRdt/closID'
    done
    groups_are
}

@test "intelRdt: what the kernel refuses is an error with its reason, and nothing is left" {
    rdt '{"schemata": ["L3:0=ffff"]}'
    try rt create --bundle "$BUNDLE" "$ID"
    fails 1
    message 'write "L3:0=ffff" to schemata \(resctrl says: Mask out of range ffff\): invalid argument'
    nothing_left
    groups_are
    rdt '{"closID": "gold", "schemata": ["L3:0=1", "L9:0=1"]}'
    try rt create --bundle "$BUNDLE" "$ID"
    fails 1
    message 'Unknown or unsupported resource name L9:0=1'
    nothing_left
    groups_are
}

@test "intelRdt: a start that fails later removes its groups" {
    rdt '{"closID": "gold", "schemata": ["L3:0=1"], "enableMonitoring": true}'
    config '.process.args = ["/no/such/program"]'
    try rt create --bundle "$BUNDLE" "$ID"
    fails 1
    nothing_left
    groups_are
    # somebody else is in the group by now: it stays
    config '.hooks.createRuntime = [{path: $p}]' --arg p "$(hook_script join "echo $$ >$R/gold/tasks")"
    try rt create --bundle "$BUNDLE" "$ID"
    fails 1
    groups_are gold
}

@test "intelRdt: no group is left in the hardware" {
    mkdir "$R/a" "$R/b" "$R/c"
    rdt '{}'
    try rt create --bundle "$BUNDLE" "$ID"
    fails 1
    message 'the hardware has no more of them: no space left on device'
    nothing_left
    groups_are a b c
}

@test "intelRdt: enableMonitoring" {
    rdt '{"enableMonitoring": true}'
    rt_create
    in_group "$ID/mon_groups/$ID" "$(pid_of)"
    rt delete --force "$ID"
    groups_are
    mkdir "$R/gold"
    for clos in gold /; do
        rdt "{\"closID\": \"$clos\", \"enableMonitoring\": true}"
        rt_create
        MONITORS=$ID groups_are gold
        in_group "$clos/mon_groups/$ID" "$(pid_of)"
        rt delete --force "$ID"
        groups_are gold
    done
    rdt '{"closID": "gold", "enableMonitoring": false}'
    rt_create
    groups_are gold
    rt delete --force "$ID"
}

@test "intelRdt: a monitoring group that cannot be made is an error" {
    mkdir "$R"/mon_groups/{1,2,3,4,5,6,7,8}
    rdt '{"enableMonitoring": true}'
    try rt create --bundle "$BUNDLE" "$ID"
    fails 1
    message 'monitoring group .*no space left on device'
    nothing_left
    MONITORS="1 2 3 4 5 6 7 8" groups_are
    rmdir "$R/mon_groups/8"
    mkdir "$R/mon_groups/$ID"
    rdt '{"closID": "/", "enableMonitoring": true}'
    try rt create --bundle "$BUNDLE" "$ID"
    fails 1
    message 'monitoring group .*file exists'
    MONITORS="1 2 3 4 5 6 7 $ID" groups_are # it is somebody else's
}

@test "intelRdt: the enableCMT and enableMBM of 1.1 to 1.2.1 are unknown properties" {
    config '.ociVersion = "1.2.0"'
    rdt '{"enableCMT": true, "enableMBM": true}'
    rt_create
    groups_are "$ID"
    rt delete --force "$ID"
}

@test "intelRdt: exec's process is in the groups before it is in the container" {
    rdt '{"enableMonitoring": true}'
    args sleep 1000
    rt_detach
    local init
    init=$(pid_of)
    [ "$(cat "$T/joined")" = "$ID $init"$'\n'"$ID/$ID $init" ]
    rt exec --detach --pid-file "$T/pid" "$ID" sleep 1000
    # the process between, from which the program inherits both groups
    [ "$(wc -l <"$T/joined")" = 4 ]
    sed -n 3p "$T/joined" | grep -E "^$ID [0-9]+$"
    [ "$(sed -n 4p "$T/joined")" = "$ID/$(sed -n 3p "$T/joined")" ]
    not grep -x "$ID $init" <(tail -n 2 "$T/joined")
    rmdir "$R/$ID"
    run rt exec "$ID" true
    fails 255
    message "open resctrl group .*$ID: no such file"
    rt delete --force "$ID"
}

@test "intelRdt: update writes the schemata, or nothing" {
    rdt '{"l3CacheSchema": "L3:0=f"}'
    args sleep 1000
    rt_detach
    rt update --l3-cache-schema "L3:0=1;1=3" --mem-bw-schema "MB:1=50" "$ID"
    [ "$(schemata "$ID")" = $'MB:0=100;1=50\nL3:0=1;1=3' ]
    run rt update --l3-cache-schema "L3:0=7" --mem-bw-schema "MB:1=500" "$ID"
    fails 1
    message 'MB value out of range'
    [ "$(schemata "$ID")" = $'MB:0=100;1=50\nL3:0=1;1=3' ]
    for bad in --l3-cache-schema=MB:0=10 --mem-bw-schema=L3:0=1 --l3-cache-schema= $'--l3-cache-schema=L3:0=1\nMB:0=10'; do
        run rt update "$bad" "$ID"
        fails 1
        message 'invalid value for'
    done
    [ "$(schemata "$ID")" = $'MB:0=100;1=50\nL3:0=1;1=3' ]
    rt delete --force "$ID"
}

@test "intelRdt: what events says of it" {
    rdt '{"enableMonitoring": true, "schemata": ["L3:0=f", "MB:1=30"]}'
    args sleep 1000
    rt_detach
    run rt events --stats "$ID"
    succeeds
    jq -e '.data.intel_rdt == {l3_cache_info: {cbm_mask: "7ff", min_cbm_bits: 1, num_closids: 4},
        l3_cache_schema_root: "L3:0=7ff;1=7ff", l3_cache_schema: "L3:0=f;1=7ff",
        mem_bw_info: {bandwidth_gran: 10, delay_linear: 1, min_bandwidth: 10, num_closids: 4},
        mem_bw_schema_root: "MB:0=100;1=100", mem_bw_schema: "MB:0=100;1= 30",
        schemata: ["MB:0=100;1= 30", "L3:0=f;1=7ff"],
        mbm_stats: [{mbm_total_bytes: 2000, mbm_local_bytes: 1000}, {mbm_total_bytes: 2001, mbm_local_bytes: 1001}],
        cmt_stats: [{llc_occupancy: 65536}, {llc_occupancy: 131072}]}' <<<"$output" >/dev/null || { show; false; }
    rt delete --force "$ID"
}

@test "intelRdt: a create that is killed leaves what delete --force removes" {
    rdt '{"enableMonitoring": true}'
    config '.hooks.createRuntime = [{path: $p}]' \
        --arg p "$(hook_script stop "echo \$PPID >$T/runtime.pid; exec sleep 1000")"
    LORICA_TEST_ID=$ID "$RUNTIME" --root "$STATE" create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&- &
    local runtime=$!
    BACKGROUND+=("$runtime")
    wait_for 10 test -s "$T/runtime.pid"
    MONITORS=$ID groups_are "$ID"
    kill -KILL "$runtime"
    wait "$runtime" || true
    rt delete --force "$ID"
    groups_are
    local x
    for x in $(our_processes); do kill -KILL "$x" || true; done # the hook
}

@test "intelRdt: a delete that cannot remove its group can be repeated" {
    rdt '{}'
    rt_create
    rt kill "$ID" KILL
    wait_for 5 is_state stopped
    flock "$R" sleep 1000 3>&- &
    BACKGROUND+=("$!")
    local holder=$!
    wait_for 5 not flock -n "$R" true
    run rt delete "$ID"
    fails 1
    message "somebody has held the lock of resctrl"
    groups_are "$ID"
    pkill -P "$holder" || true
    wait "$holder" || true
    rt delete "$ID"
    groups_are
}
