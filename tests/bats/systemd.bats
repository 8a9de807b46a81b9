#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# --systemd-cgroup: a container is a transient unit of systemd. tests/vm/run --systemd boots a machine where it is pid 1;
# what needs no systemd (errors) runs everywhere.
load helpers

setup() {
    lorica_setup
    UNIT=$ID-s.scope
    config '.linux.cgroupsPath = $p' --arg p "system.slice:$ID:s"
}
teardown() {
    local unit
    for unit in "${UNITS[@]}"; do
        systemctl stop "$unit" 2>/dev/null || true
        systemctl reset-failed "$unit" 2>/dev/null || true
    done
    lorica_teardown
}
UNITS=()

# sd ARG…: the runtime with the systemd driver; sd_run, sd_create, sd_detach as rt_run, ...
sd() { rt --systemd-cgroup "$@"; }
sd_run() { run sd run --bundle "$BUNDLE" "$@" "$ID"; }
sd_create() { sd create --bundle "$BUNDLE" "$@" "$ID" </dev/null >"$T/container.out" 2>&1; }
sd_detach() { sd run --detach --bundle "$BUNDLE" "$@" "$ID" </dev/null >"$T/container.out" 2>&1; }

# property NAME [UNIT]: as systemctl shows it
property() { systemctl show --value -p "$1" "${2:-$UNIT}"; }
is_property() {
    local value
    value=$(property "$1")
    [ "$value" = "$2" ] || { printf '%s is %s, not %s\n' "$1" "$value" "$2"; return 1; }
}
# no_unit [UNIT]: it is unknown to systemd, failed or not
no_unit() { [ "$(property LoadState "${1:-$UNIT}")" = not-found ] || { systemctl status "${1:-$UNIT}" --no-pager; return 1; }; }
# file NAME: of the unit's cgroup
file() {
    local dir=/sys/fs/cgroup
    [ "$CGROUP" = v2 ] || case $1 in cgroup.procs) dir+=/systemd ;; *) dir+=/${1%%.*} ;; esac
    cat "$dir/system.slice/$UNIT/$1"
}
# is_in PATH [PID]: in the hierarchy by which systemd follows processes; crun's containers are in a group below
is_in() { grep -qxE "(0:|[0-9]+:name=systemd):$1(/container)?" "/proc/${2:-$(pid_of)}/cgroup"; }

# ---- the unit ----

@test "a container is a scope in its slice, and the scope is gone after delete" {
    needs_systemd
    args /bin/probe hold
    sd_detach
    is_property ActiveState active
    is_property ControlGroup "/system.slice/$UNIT"
    is_property Slice system.slice
    is_property Delegate yes
    is_property DefaultDependencies no
    is_in "/system.slice/$UNIT"
    rt kill "$ID" KILL
    wait_for 5 is_state stopped
    rt delete "$ID"
    no_unit
    [ ! -e "/sys/fs/cgroup/system.slice/$UNIT" ]
}

@test "state names the scope" {
    needs_systemd
    differs runc "state has no such member"
    args /bin/probe hold
    sd_create
    [ "$(rt state "$ID" | jq -r '."systemd-scope"')" = "$UNIT" ]
    rt delete --force "$ID"
}

@test "delete needs no --systemd-cgroup, and --force ends a running container and its scope" {
    needs_systemd
    args /bin/probe hold
    sd_detach
    rt delete --force "$ID"
    no_unit
    [ ! -e "/sys/fs/cgroup/system.slice/$UNIT" ]
}

@test "without cgroupsPath the scope is named after runtime and id" {
    needs_systemd
    config 'del(.linux.cgroupsPath)'
    args /bin/probe hold
    sd_detach
    is_property_of_default() { [ "$(property ActiveState "$RT_KIND-$ID.scope")" = active ]; }
    is_property_of_default
    is_in "/system.slice/$RT_KIND-$ID.scope(/container)?"
    rt delete --force "$ID"
    no_unit "$RT_KIND-$ID.scope"
}

@test "a slice below slices, which stays when the container is gone" {
    needs_systemd
    local top=${ID%%-*} slice
    slice=$top-inner.slice
    UNITS=("$slice" "$top.slice")
    config '.linux.cgroupsPath = $p' --arg p "$slice:$ID:s"
    args /bin/probe hold
    sd_detach
    is_property ControlGroup "/$top.slice/$slice/$UNIT"
    is_in "/$top.slice/$slice/$UNIT"
    rt delete --force "$ID"
    no_unit
    [ "$(property ActiveState "$slice")" = active ]
    local dir=/sys/fs/cgroup
    [ "$CGROUP" = v2 ] || dir+=/systemd
    [ -d "$dir/$top.slice/$slice" ]
}

@test "the root slice, and a prefix that is empty" {
    needs_systemd
    differs crun "refuses an empty prefix"
    config '.linux.cgroupsPath = $p' --arg p "-.slice:$ID:s"
    args /bin/probe hold
    sd_detach
    is_property ControlGroup "/$UNIT"
    rt delete --force "$ID"
    no_unit
}

@test "cgroupsPath in another form is refused, with nothing left" {
    needs_systemd
    differs crun "takes any text for the name of a scope"
    local path
    for path in /a/b a:b a:b:c:d; do
        config '.linux.cgroupsPath = $p' --arg p "$path"
        sd_run
        fails
        says 'expected cgroupsPath to be of format "slice:prefix:name" for systemd cgroups, got "'"$path"'" instead'
        nothing_left
    done
    for path in -a.slice:p:n a--b.slice:p:n a.scope:p:n; do
        config '.linux.cgroupsPath = $p' --arg p "$path"
        sd_run
        fails
        says 'invalid slice name'
        nothing_left
    done
}

@test "a container that ends leaves no unit, deleted or not" {
    needs_systemd
    args /bin/false
    sd_detach
    wait_for 5 is_state stopped
    [ "$RT_KIND" != lorica ] || wait_for 5 no_unit
    rt delete "$ID"
    no_unit
}

@test "an attached run returns the status and leaves no unit" {
    needs_systemd
    args /bin/sh -c 'cat /proc/self/cgroup; exit 7'
    sd_run
    [ "$status" = 7 ]
    no_unit
}

@test "a cgroup namespace begins at the scope" {
    needs_systemd
    differs crun "begins in a group below the scope"
    config '.linux.namespaces += [{"type": "cgroup"}]'
    args /bin/sh -c 'cat /proc/self/cgroup'
    sd_run
    succeeds
    matches '^(0:|[0-9]+:name=systemd):/$'
}

@test "processes that outlive init are killed before the scope is stopped" {
    needs_systemd
    config 'del(.linux.namespaces[] | select(.type == "pid"))'
    args /bin/sh -c 'trap "" TERM; sleep 1000 & sleep 1000'
    sd_detach
    rt kill "$ID" KILL
    wait_for 5 is_state stopped
    local before=$SECONDS
    run rt delete --force "$ID"
    succeeds
    [ $((SECONDS - before)) -lt 15 ]
    no_unit
}

@test "a create that fails leaves no unit" {
    needs_systemd
    args /no/such/program
    sd_run
    fails
    nothing_left
    no_unit
}

# ---- names that are taken ----

@test "a scope of that name that failed earlier is no obstacle" {
    needs_systemd
    [ "$CGROUP" = v2 ] || skip "on version 1 systemd is not told when a scope is empty"
    UNITS=("$UNIT")
    systemd-run --quiet --scope --unit "$UNIT" -p RuntimeMaxSec=1 sleep 100 || true
    is_property ActiveState failed
    args /bin/true
    sd_run
    succeeds
    [ "$RT_KIND" != lorica ] || no_unit
}

@test "a scope of that name that is active is an error, and is left alone" {
    differs runc "1.1.5 warns, and shares it"
    needs_systemd
    UNITS=("$UNIT")
    systemd-run --quiet --scope --unit "$UNIT" sleep 1000 >/dev/null 2>&1 3>&- &
    BACKGROUND+=($!)
    wait_for 5 eval '[ "$(property ActiveState)" = active ]'
    args /bin/true
    sd_run
    fails
    lorica_says "container's cgroup is not empty|exists already"
    nothing_left_of_ours() { [ -z "$(ls "$STATE")" ]; }
    [ "$RT_KIND" != lorica ] || nothing_left_of_ours
    is_property ActiveState active
    [ -n "$(file cgroup.procs)" ]
}

# ---- resources ----

@test "resources are properties of the scope and exact in its files" {
    differs crun "1.8.1 leaves memory and pids to the files"
    needs_systemd
    needs_v2
    config '.linux.resources = {"memory": {"limit": 67108864, "reservation": 33554432}, "pids": {"limit": 25},
        "cpu": {"shares": 2048, "quota": 12345, "period": 50000}}'
    args /bin/probe hold
    sd_detach
    is_property MemoryMax 67108864
    is_property TasksMax 25
    is_property CPUQuotaPeriodUSec 50ms
    [ "$RT_KIND" = crun ] || is_property CPUQuotaPerSecUSec 250ms
    [ "$RT_KIND" != lorica ] || is_property CPUWeight 174
    [ "$(file memory.max)" = 67108864 ]
    [ "$(file memory.low)" = 33554432 ]
    [ "$(file pids.max)" = 25 ]
    [ "$(file cpu.max)" = "12345 50000" ]
    [ "$RT_KIND" != lorica ] || [ "$(file cpu.weight)" = 174 ]
    rt delete --force "$ID"
}

@test "limits and device rules survive a reload of systemd" {
    differs crun "1.8.1 leaves memory and pids to the files, which a reload of systemd resets"
    needs_systemd
    needs_v2
    config '.linux.resources = {"memory": {"limit": 67108864}, "pids": {"limit": 25},
        "devices": [{"allow": false, "access": "rwm"}]}'
    all_caps
    args /bin/sh -c 'mknod /dev/kmsg2 c 1 11; while :; do
        if [ -e /dev/go ]; then (echo x </dev/kmsg2) && echo opened || echo denied; rm /dev/go; fi; sleep 0.1; done'
    sd_detach
    systemctl daemon-reload
    [ "$(file memory.max)" = 67108864 ]
    [ "$(file pids.max)" = 25 ]
    touch "/proc/$(pid_of)/root/dev/go"
    wait_for 5 is_printed denied
    not is_printed opened
    rt delete --force "$ID"
}

@test "unified keys that systemd knows are properties" {
    differs crun "1.8.1 leaves memory and pids to the files"
    needs_systemd
    needs_v2
    config '.linux.resources = {"unified": {"memory.high": "52428800", "pids.max": "33", "cpu.weight": "77",
        "memory.oom.group": "1"}}'
    args /bin/probe hold
    sd_detach
    is_property MemoryHigh 52428800
    [ "$(file memory.high)" = 52428800 ]
    is_property TasksMax 33
    is_property CPUWeight 77
    [ "$(file memory.oom.group)" = 1 ]
    rt delete --force "$ID"
}

@test "pids.limit -1 is no limit, whatever systemd's default is" {
    needs_systemd
    config '.linux.resources.pids.limit = -1'
    args /bin/probe hold
    sd_detach
    is_property TasksMax infinity
    [ "$(file pids.max)" = max ]
    rt delete --force "$ID"
}

@test "device rules are given to systemd, and hold" {
    needs_systemd
    config '.linux.resources.devices = [{"allow": false, "access": "rwm"},
        {"allow": true, "type": "c", "major": 1, "minor": 11, "access": "rw"}]'
    all_caps
    args /bin/sh -c 'mknod /dev/k c 1 11 && mknod /dev/m c 1 1 && (: </dev/k) && echo k-ok
        (: </dev/m) || echo m-denied; (: </dev/zero) && echo zero-ok'
    sd_run
    succeeds
    has k-ok
    has m-denied
    has zero-ok
}

@test "device rules of the scope" {
    needs_systemd
    differs crun "has a program of its own"
    args /bin/probe hold
    sd_detach
    is_property DevicePolicy strict
    output=$(property DeviceAllow)
    has '/dev/char/1:3 rwm'
    has 'char-* m'
    rt delete --force "$ID"
}

@test "a container that may use every device leaves systemd's policy open" {
    needs_systemd
    config '.linux.resources.devices = [{"allow": true, "access": "rwm"}]'
    all_caps
    args /bin/sh -c 'mknod /dev/m c 1 1 && (: </dev/m) && echo ok'
    sd_run
    succeeds
    has ok
}

@test "update changes the scope's properties, which survive a reload" {
    differs crun "1.8.1 leaves memory and pids to the files, which a reload of systemd resets"
    needs_systemd
    needs_v2
    config '.linux.resources = {"memory": {"limit": 67108864}, "pids": {"limit": 25}}'
    args /bin/probe hold
    sd_detach
    rt update --memory 41943040 --cpu-quota 12345 --cpu-period 50000 "$ID"
    is_property MemoryMax 41943040
    is_property TasksMax 25
    [ "$(file memory.max)" = 41943040 ]
    [ "$(file cpu.max)" = "12345 50000" ]
    systemctl daemon-reload
    [ "$(file memory.max)" = 41943040 ]
    rt delete --force "$ID"
}

@test "an update that fails leaves the scope's properties as they were" {
    needs_systemd
    needs_v2
    lorica_only "its way back"
    config '.linux.resources = {"memory": {"limit": 67108864}, "pids": {"limit": 25}}'
    args /bin/probe hold
    sd_detach
    # the last write is refused by the kernel
    run rt update -r - "$ID" <<<'{"pids": {"limit": 30}, "cpu": {"shares": 2048}, "unified": {"memory.high": "x"}}'
    fails
    is_property TasksMax 25
    is_property CPUWeight '[not set]'
    [ "$(file pids.max)" = 25 ]
    [ "$(file cpu.weight)" = 100 ]
    rt delete --force "$ID"
}

# ---- annotations ----

@test "annotations org.systemd.property.* are properties of the scope" {
    needs_systemd
    config '.annotations = {"org.systemd.property.TimeoutStopUSec": "uint64 45000000",
        "org.systemd.property.CollectMode": "\u0027inactive\u0027", "org.systemd.property.Description": "\u0027mine\u0027"}'
    args /bin/probe hold
    sd_detach
    is_property TimeoutStopUSec 45s
    is_property CollectMode inactive
    [ "$RT_KIND" = crun ] || is_property Description mine
    rt delete --force "$ID"
}

@test "an annotation in seconds is sent in microseconds" {
    differs crun "1.8.1 refuses it"
    needs_systemd
    config '.annotations["org.systemd.property.TimeoutStopSec"] = "7"'
    args /bin/probe hold
    sd_detach
    is_property TimeoutStopUSec 7s
    rt delete --force "$ID"
}

@test "an annotation that is no value, or no property, is refused with nothing left" {
    needs_systemd
    config '.annotations["org.systemd.property.TimeoutStopUSec"] = "seven"'
    sd_run
    fails
    says 'annotation org.systemd.property.TimeoutStopUSec=seven value parse error'
    nothing_left
    config '.annotations = {"org.systemd.property.NoSuchProperty": "true"}'
    sd_run
    fails
    lorica_says "unable to start unit \"$UNIT\": .*NoSuchProperty"
    nothing_left
    no_unit
}

@test "annotations of systemd mean nothing to the cgroupfs driver" {
    cgroupfs_only "the annotation"
    config '.annotations["org.systemd.property.x"] = "seven" | .linux.cgroupsPath = $p' --arg p "/$ID"
    args /bin/true
    rt_run
    succeeds
}

# ---- the user's manager ----

@test "an ordinary user's container is a scope of the user's own manager" {
    needs_systemd
    needs_v2
    lorica_only "one way to a manager that is no session's"
    local own top user=54321 run=$T/run manager
    own=$(sed -n 's/^0:://p' /proc/self/cgroup)
    top=/sys/fs/cgroup$own/$ID-user
    mkdir -p "$run/systemd" "$top/manager" "$top/session"
    cp "$RUNTIME" "$T/lorica"
    own_programs
    rootless_config $user
    config '.linux.cgroupsPath = $p' --arg p ":$ID:u"
    args /bin/probe hold
    chmod 755 "$T"
    chown -R $user:$user "$BUNDLE" "$STATE" "$run" "$top" "$top/manager" "$top/session"
    # as GROUP COMMAND…
    as() {
        sh -c 'echo $$ >"$1/cgroup.procs"; shift; exec "$@"' sh "$top/$1" \
            setpriv --reuid $user --regid $user --clear-groups env HOME=/ XDG_RUNTIME_DIR="$run" "${@:2}" 3>&-
    }
    as manager /lib/systemd/systemd --user --unit=basic.target --log-target=null </dev/null >/dev/null 2>&1 &
    manager=$!
    BACKGROUND+=("$manager")
    wait_for 10 test -S "$run/systemd/private"
    as session "$T/lorica" --systemd-cgroup --root "$STATE" run --detach --bundle "$BUNDLE" "$ID" </dev/null >"$T/container.out" 2>&1
    [ "$(as session systemctl --user show --value -p ControlGroup "$ID-u.scope")" = "$own/$ID-user/manager/user.slice/$ID-u.scope" ]
    grep -qx "0::$own/$ID-user/manager/user.slice/$ID-u.scope" "/proc/$(jq .init.pid "$STATE/$ID/state.json")/cgroup"
    as session "$T/lorica" --root "$STATE" delete --force "$ID"
    [ "$(as session systemctl --user show --value -p LoadState "$ID-u.scope")" = not-found ]
    kill -KILL "$manager"
    echo 1 >"$top/cgroup.kill"
    wait_for 5 eval 'find "$top" -depth -type d -exec rmdir {} + 2>/dev/null; [ ! -e "$top" ]'
}

# ---- when systemd is not there, or does not answer ----

@test "a build without systemd says so in one line, and what to do" {
    lorica_only "builds"
    ! builds_with_systemd || skip "this build has systemd support"
    sd_run
    fails
    matches 'this build of lorica cannot talk to systemd.*use a dynamic build'
    [ "${#lines[@]}" = 1 ]
    nothing_left
}

@test "no systemd to be reached: one line that names the places, and nothing left" {
    lorica_only "its words"
    builds_with_systemd || skip "this build has no systemd support"
    DBUS_SYSTEM_BUS_ADDRESS=unix:path=$T/nobody sd_run
    fails
    matches "connect systemd \(unix:path=$T/nobody: no such file or directory\)"
    [ "${#lines[@]}" = 1 ]
    nothing_left
}

@test "a systemd that takes the connection and says nothing does not hang create" {
    lorica_only "its deadline"
    builds_with_systemd || skip "this build has no systemd support"
    needs python3
    python3 -c 'import socket, sys, time
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen(8)
time.sleep(60)' "$T/silent" 3>&- &
    BACKGROUND+=($!)
    wait_for 5 test -S "$T/silent"
    local before=$SECONDS
    DBUS_SYSTEM_BUS_ADDRESS=unix:path=$T/silent sd_run
    fails
    matches 'connection timed out'
    [ $((SECONDS - before)) -lt 20 ]
    nothing_left
}

@test "a pid namespace that systemd does not know is an error, and no process of the host is touched" {
    needs_systemd
    lorica_only "a check of its own"
    args /bin/true
    run timeout 30 unshare --pid --fork --kill-child --mount-proc \
        "$RUNTIME" --systemd-cgroup --root "$STATE" run --bundle "$BUNDLE" "$ID"
    fails
    matches 'systemd is outside this pid namespace'
    nothing_left
    no_unit
}

@test "delete works when systemd cannot be reached" {
    needs_systemd
    lorica_only "its warning"
    args /bin/probe hold
    sd_detach
    DBUS_SYSTEM_BUS_ADDRESS=unix:path=$T/nobody run rt delete --force "$ID"
    succeeds
    matches 'level=warning.*connect systemd'
    [ ! -e "/sys/fs/cgroup/system.slice/$UNIT" ]
    wait_for 5 no_unit # systemd sees by itself that nothing is left
}

@test "delete --force after a create that was killed at any call to systemd" {
    needs_systemd
    lorica_only "its record"
    needs strace
    local n
    args /bin/true
    # each message to systemd is one sendmsg
    for n in 1 2 3 4 5 6 7 8; do
        LORICA_TEST_ID=$ID strace -qq -o "$T/strace" -e inject=sendmsg:signal=KILL:when="$n" \
            "$RUNTIME" --systemd-cgroup --root "$STATE" create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&- || true
        run rt delete --force "$ID"
        succeeds
        no_unit
        nothing_left
    done
}

@test "plan shows the scope without systemd" {
    lorica_only "plan"
    needs_controller pids
    config '.linux.resources.pids.limit = 5'
    run sd plan "$BUNDLE"
    succeeds
    matches "systemd-scope +unit=$UNIT slice=system.slice attach properties=.*TasksMax=uint64 5"
}
