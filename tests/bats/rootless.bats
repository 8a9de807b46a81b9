#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Containers of an ordinary user. Each test runs in a mount namespace of its own (setup_file leaves a user that exists
# nowhere else: /etc/passwd, /etc/subuid and /etc/subgid are covered), so nothing of the host changes.

load helpers

USER_ID=54321
SUB_FIRST=700000
SUB_COUNT=65536

setup() {
    [ "$(id -u)" = 0 ] || skip "makes the ordinary user itself: needs root"
    CGROUP_MANAGER=cgroupfs # this user has no manager of its own to ask for scopes
    lorica_setup
    needs setpriv unshare
    chmod 755 "$T"
    RUN=$T/run
    mkdir -p "$RUN"
    # a copy that the user can reach; its name says which runtime it is.
    USER_RUNTIME=$T/$(basename "$PROGRAM")
    cp "$PROGRAM" "$USER_RUNTIME"
    chmod 755 "$USER_RUNTIME"
    printf 'root:x:0:0:root:/root:/bin/sh\nwanderer:x:%s:%s::/home:/bin/sh\n' $USER_ID $USER_ID >"$T/passwd"
    printf 'wanderer:%s:%s\n' $SUB_FIRST $SUB_COUNT >"$T/subid"
    : >"$T/nothing"
    own_programs
    rootless_config $USER_ID
    chown -R $USER_ID:$USER_ID "$BUNDLE" "$STATE" "$RUN"
    chmod 700 "$STATE" "$RUN"
    SUBID=nothing
}

# as_user COMMAND…: as wanderer, who has the subordinate ids of $T/$SUBID, in a mount namespace of its own
as_user() {
    LORICA_TEST_ID=$ID unshare --mount --propagation slave sh -c '
        [ -z "$3" ] || echo $$ >"$3/cgroup.procs"
        mount --bind "$1/passwd" /etc/passwd
        [ -e /etc/subuid ] && mount --bind "$1/$2" /etc/subuid
        [ -e /etc/subgid ] && mount --bind "$1/$2" /etc/subgid
        shift 3
        exec "$@"' sh "$T" "${SUBID:-nothing}" "${OWN_CGROUP:-}" setpriv --reuid "$USER_ID" --regid "$USER_ID" --clear-groups \
        env HOME=/ XDG_RUNTIME_DIR="$RUN" "$@" 3>&-
}

# helpers.bash asks it for everything: the runtime of the user, with this test's state root
rt() { as_user timeout -k 2 "$RT_TIMEOUT" "$USER_RUNTIME" --root "$STATE" "$@"; }

# subordinate: wanderer has subordinate ids, and the container maps them
subordinate() {
    [ -e /etc/subuid ] && [ -e /etc/subgid ] || skip "no /etc/subuid to cover"
    needs newuidmap newgidmap
    SUBID=subid
}
map_subordinate() {
    subordinate
    config '.linux.uidMappings = [{containerID: 0, hostID: $u, size: 1}, {containerID: 1, hostID: $f, size: $n}]
        | .linux.gidMappings = .linux.uidMappings' --argjson u $USER_ID --argjson f $SUB_FIRST --argjson n $SUB_COUNT
}

@test "rootless: the bundle of spec --rootless runs, and its user is the caller" {
    rm "$BUNDLE/config.json"
    as_user "$USER_RUNTIME" spec --rootless --bundle "$BUNDLE"
    config '.process.terminal = false'
    chmod 644 "$BUNDLE/config.json"
    probe id read /proc/self/uid_map read /proc/self/gid_map read /proc/self/setgroups
    has "uid 0 0 0"
    matches "^ +0 +$USER_ID +1\$"
    has deny
}

@test "rootless: create, state, start, kill, delete, list" {
    probe_args hold
    rt_create
    is_state created
    [ "$(awk '/^Uid:/ { print $2 }' "/proc/$(pid_of)/status")" = $USER_ID ]
    rt_start
    is_state running
    [ "$(rt list -q)" = "$ID" ]
    not rt delete "$ID"
    rt kill "$ID" KILL
    wait_for 2 is_state stopped
    rt delete "$ID"
    [ -z "$(rt list -q)" ]
}

@test "rootless: exit codes and signals come through" {
    args /bin/sh -c 'exit 42'
    rt_run
    [ "$status" = 42 ]
    args /bin/sh -c 'trap "exit 43" TERM; kill -TERM $$; sleep 5'
    rt_run
    [ "$status" = 43 ]
}

@test "rootless: without a pid namespace" {
    config '.linux.namespaces -= [{"type": "pid"}] | (.mounts[] | select(.type == "proc")) |= {destination, type: "none",
        source: "/proc", options: ["rbind", "rslave"]} | del(.linux.maskedPaths, .linux.readonlyPaths)'
    args /bin/sh -c 'kill -KILL $$'
    rt_run
    show
    [ "$status" = 137 ]
}

@test "rootless: new namespaces of every kind that is asked for, and the host's network" {
    probe ns
    local name
    for name in ipc mnt pid user uts; do
        [ "$(sed -n "s/^ns $name //p" <<<"$output")" != "$(readlink "/proc/self/ns/$name")" ] || { echo "$name"; show; false; }
    done
    [ "$(sed -n "s/^ns net //p" <<<"$output")" = "$(readlink /proc/self/ns/net)" ]
}

@test "rootless: a network namespace of its own has its loopback interface up" {
    config '.linux.namespaces += [{"type": "network"}]'
    probe net
    has "net lo up"
}

@test "rootless: devices are the host's nodes, and can be used" {
    probe open rw /dev/null open r /dev/zero open r /dev/urandom
    has "open rw /dev/null ok"
    has "open r /dev/zero ok"
    has "open r /dev/urandom ok"
    args /bin/sh -c 'test -c /dev/null && echo x >/dev/null && test ! -s /dev/null && mknod /tmp/n c 1 3 || echo refused'
    rt_run
    has refused
}

@test "rootless: nothing of the host's cgroups, kernel settings or devices can be written" {
    differs crun "1.8.1 leaves the tmpfs at /sys/fs/cgroup writable"
    differs runc "1.1.5 leaves the tmpfs at /sys/fs/cgroup writable"
    local f
    args /bin/sh -c 'for f in /sys/fs/cgroup/x /sys/fs/cgroup/*/x /sys/kernel/x; do mkdir $f 2>/dev/null && echo "made $f"; done
        for f in /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/*/cgroup.procs /proc/sys/kernel/hostname /proc/sysrq-trigger; do
            echo 1 2>/dev/null >"$f" && echo "wrote $f"; done; echo end'
    rt_run
    has end
    never '^(made|wrote) '
}

@test "rootless: flags of the host's mounts stay on binds of them" {
    differs runc "1.1.5 fails"
    mkdir "$T/source"
    mount -t tmpfs -o nosuid,nodev,noexec,noatime tmpfs "$T/source"
    touch "$T/source/file"
    add_mount "$(jq -n --arg s "$T/source" '{destination: "/tmp", type: "bind", source: $s, options: ["rbind", "ro"]}')"
    probe_args mount /tmp
    rt_run
    umount "$T/source"
    succeeds
    matches '^mount /tmp [^ ]*\bro\b'
    matches '^mount /tmp [^ ]*nosuid'
    matches '^mount /tmp [^ ]*nodev'
    matches '^mount /tmp [^ ]*noexec'
}

@test "rootless: a configuration without a user namespace" {
    differs crun "makes one"
    config 'del(.linux.namespaces[] | select(.type == "user")) | del(.linux.uidMappings, .linux.gidMappings)'
    rt_run
    fails
    lorica_says "rootless container requires user namespaces.*path=/linux/namespaces"
    nothing_left
}

@test "rootless: additional groups need ids of their own" {
    differs crun "ignores them"
    config '.process.user.additionalGids = [0]'
    rt_run
    fails
    lorica_says 'additional groups in a rootless container.*path=/process/user/additionalGids'
    nothing_left
}

@test "rootless: limits without a cgroup that was delegated are refused" {
    differs crun "drops them"
    differs runc "1.1.5 says it in other words"
    config '.linux.resources = {pids: {limit: 5}}'
    rt_run
    fails
    says 'rootless needs no limits \+ no cgrouppath when no permission is granted for cgroups'
    nothing_left
}

@test "rootless: twice on a root that keeps the files that devices are bound to" {
    differs crun "1.8.1 mounts a tmpfs over /dev that was not asked for"
    config '.mounts |= map(select(.destination == "/dev" | not)) | .root.readonly = false'
    rm -rf "$ROOTFS/dev"
    mkdir -p "$ROOTFS/dev/pts" "$ROOTFS/dev/shm" "$ROOTFS/dev/mqueue"
    chown -R $USER_ID:$USER_ID "$ROOTFS/dev"
    probe stat /dev/null
    matches '^stat /dev/null char 0666 .* 1:3$'
    probe stat /dev/null
    matches '^stat /dev/null char 0666 .* 1:3$'
}

@test "rootless: an oom score that only root may lower" {
    config '.process.oomScoreAdj = 100'
    args /bin/cat /proc/self/oom_score_adj
    rt_run
    succeeds
    has 100
}

@test "rootless: the oom score of what is executed" {
    differs crun "its exec leaves the caller's"
    config '.process.oomScoreAdj = 100'
    args /bin/sleep 100
    rt_detach
    run rt exec "$ID" /bin/cat /proc/self/oom_score_adj
    has 100
}

@test "rootless: a user namespace without mappings maps the caller, and its subordinate ids" {
    differs runc "1.1.5 refuses"
    config 'del(.linux.uidMappings, .linux.gidMappings)'
    probe id read /proc/self/uid_map
    has "uid 0 0 0"
    matches "^ +0 +$USER_ID +1\$"
    subordinate
    probe id read /proc/self/uid_map
    matches "^ +0 +$USER_ID +1\$"
    matches "^ +1 +$SUB_FIRST +$SUB_COUNT\$"
}

@test "rootless: subordinate ids by newuidmap, additional groups with them" {
    differs runc "1.1.5 sets no additional groups"
    map_subordinate
    config '.process.user = {uid: 1000, gid: 1000, additionalGids: [5, 10]}'
    probe id read /proc/self/uid_map read /proc/self/setgroups
    has "uid 1000 1000 1000"
    matches "^ +1 +$SUB_FIRST +$SUB_COUNT\$"
    has allow
    matches 'groups.* 5 10$'
    probe_args hold
    rt_detach
    [ "$(awk '/^Uid:/ { print $2 }' "/proc/$(pid_of)/status")" = $((SUB_FIRST + 999)) ]
}

@test "rootless: a terminal's group, where it is mapped" {
    map_subordinate
    config '(.mounts[] | select(.destination == "/dev/pts").options) += ["gid=5"]'
    probe mount /dev/pts
    matches 'gid='
}

@test "rootless: ids that nobody granted: the remedy is named" {
    subordinate
    config '.linux.uidMappings = [{containerID: 0, hostID: 900000, size: 10}] | .linux.gidMappings = .linux.uidMappings'
    rt_run
    fails
    lorica_says 'newgidmap.*not allowed.*/etc/subgid.*usermod --add-subgids'
    nothing_left
}

@test "rootless: newuidmap is not installed: the remedy is named" {
    map_subordinate
    mkdir "$T/up" "$T/work"
    as_user_without_helpers() {
        unshare --mount --propagation slave sh -c 'mount -t overlay o -o "lowerdir=/usr/bin,upperdir=$1/up,workdir=$1/work" /usr/bin || exit 77
            rm -f /usr/bin/newuidmap /usr/bin/newgidmap; shift; exec "$@"' sh "$T" bash -c '
            load() { :; }; '"$(declare -f as_user rt)"'
            T=$1 ID=$2 STATE=$3 RUN=$4 USER_RUNTIME=$5 BUNDLE=$6 USER_ID=$7 SUBID=$8 RT_TIMEOUT=30; rt run --bundle "$BUNDLE" "$ID"' sh \
            "$T" "$ID" "$STATE" "$RUN" "$USER_RUNTIME" "$BUNDLE" "$USER_ID" "$SUBID"
    }
    run as_user_without_helpers
    [ "$status" != 77 ] || skip "no overlay"
    fails
    lorica_says 'newgidmap.*package uidmap'
    nothing_left
}

@test "rootless: joining one's own container's namespaces, the user namespace among them" {
    differs runc "1.1.5 wants the mappings beside the path"
    differs crun "1.8.1 cannot join the pid namespace"
    probe_args hold
    rt_detach
    local first=$ID pid
    pid=$(pid_of)
    ID=$ID-2
    config '.linux.namespaces |= map(if .type == "mount" or .type == "cgroup" then . else .path = "/proc/" + $p + "/ns/" + $n[.type] end)
        | del(.linux.uidMappings, .linux.gidMappings, .hostname)' --arg p "$pid" --argjson n '{"user": "user", "ipc": "ipc", "uts": "uts", "pid": "pid"}'
    probe ns id
    local name
    for name in user ipc uts pid; do
        [ "$(sed -n "s/^ns $name //p" <<<"$output")" = "$(readlink "/proc/$pid/ns/$name")" ] || { echo "$name"; show; false; }
    done
    has "uid 0 0 0"
    ID=$first
    is_state running
}

@test "rootless: what belongs to the host's user namespace cannot be joined, and is named" {
    unshare --net sleep 1000 3>&- &
    BACKGROUND+=("$!")
    local holder=$!
    wait_for 2 eval '[ "$(cat /proc/'"$holder"'/comm)" = sleep ]'
    touch "$T/netns"
    mount --bind "/proc/$holder/ns/net" "$T/netns"
    config '.linux.namespaces += [{type: "network", path: $p}]' --arg p "$T/netns"
    rt_run
    umount "$T/netns"
    fails
    lorica_says 'privilege is needed in the user namespace that owns it'
    nothing_left
}

@test "rootless: a new time namespace" {
    differs runc "1.1.5 knows no time namespaces"
    differs crun "1.8.1 loses the offsets beside a user namespace"
    config '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets.boottime = {secs: 864000}'
    args /bin/cat /proc/self/timens_offsets
    rt_run
    succeeds
    matches '^boottime +864000 +0$'
}

@test "rootless: a read-only root is read-only, and a writable one is the caller's" {
    args /bin/touch /file
    rt_run
    fails
    config '.root.readonly = false'
    rt_run
    succeeds
    [ "$(stat -c %u "$ROOTFS/file")" = $USER_ID ]
}

@test "rootless: the state root without --root lies in XDG_RUNTIME_DIR" {
    differs crun "calls it crun"
    differs runc "calls it runc"
    args /bin/true
    run as_user "$USER_RUNTIME" run --bundle "$BUNDLE" "$ID"
    succeeds
    [ -d "$RUN/lorica" ]
    [ "$(stat -c %a:%u "$RUN/lorica")" = "1700:$USER_ID" ]
}

@test "rootless: hooks run as the caller" {
    add_hook createRuntime "$(jq -n --arg p "$(hook_script hook "id -u >$RUN/hook.out")" '{path: $p}')"
    args /bin/true
    rt_run
    succeeds
    [ "$(cat "$RUN/hook.out")" = $USER_ID ]
}

# delegate DIR: the user may make cgroups in it, and move processes between them
delegate() {
    mkdir "$1"
    chown $USER_ID:$USER_ID "$1" "$1"/cgroup.{procs,threads,subtree_control}
}

# delegated: the user has /sys/fs/cgroup/$ID-user, and runs in "me" of it
delegated() {
    needs_v2
    DELEGATED=/sys/fs/cgroup/$ID-user
    delegate "$DELEGATED"
    delegate "$DELEGATED/me"
    OWN_CGROUP=$DELEGATED/me
}

# removed after the container is
undelegate() {
    wait_for 2 eval '[ -z "$(cat "$DELEGATED"/cgroup.procs "$DELEGATED"/me/cgroup.procs)" ]'
    rmdir "$DELEGATED/me" "$DELEGATED"
}


@test "rootless: with a delegated cgroup, the container's is beside the caller's own" {
    differs crun "1.8.1 stays in the caller's"
    delegated
    config '.linux.namespaces += [{type: "cgroup"}]'
    args /bin/sh -c 'cat /proc/self/cgroup; sleep 100'
    rt_detach
    is_state running
    [ -d "$DELEGATED/$ID" ]
    [ "$(stat -c %u "$DELEGATED/$ID")" = $USER_ID ]
    grep -qx "$(pid_of)" "$DELEGATED/$ID/cgroup.procs"
    wait_for 2 is_printed '0::/'
    rt kill "$ID" KILL
    wait_for 2 is_state stopped
    rt delete "$ID"
    [ ! -e "$DELEGATED/$ID" ]
    undelegate
}

@test "rootless: with a delegated cgroup: pause and resume, and kill reaches every process" {
    lorica_only "pause of ordinary users"
    delegated
    config '.linux.namespaces -= [{"type": "pid"}] | (.mounts[] | select(.type == "proc")) |= {destination, type: "none",
        source: "/proc", options: ["rbind", "rslave"]} | del(.linux.maskedPaths, .linux.readonlyPaths)'
    args /bin/sh -c 'sleep 1000 & sleep 1000 & sleep 1000'
    rt_detach
    wait_for 2 eval '[ "$(wc -l <"$DELEGATED/$ID/cgroup.procs")" = 3 ]'
    rt pause "$ID"
    is_state paused
    rt resume "$ID"
    is_state running
    rt kill --all "$ID" KILL
    wait_for 2 is_state stopped
    rt delete "$ID"
    [ ! -e "$DELEGATED/$ID" ]
    undelegate
}

@test "rootless: where only the own cgroup was delegated, the container's is beneath it" {
    differs crun "1.8.1 goes without"
    differs runc "1.1.5 goes without"
    needs_v2
    DELEGATED=/sys/fs/cgroup/$ID-user
    delegate "$DELEGATED"
    OWN_CGROUP=$DELEGATED
    probe_args hold
    rt_detach
    # where controllers were delegated too, a group beneath one with processes is threaded, and lists none
    grep -qx "0::/$ID-user/$ID" "/proc/$(pid_of)/cgroup"
    rt delete --force "$ID"
    [ ! -e "$DELEGATED/$ID" ]
    wait_for 2 rmdir "$DELEGATED"
}

@test "rootless: a cgroup path that was delegated, and one that was not" {
    delegated
    config '.linux.cgroupsPath = $p' --arg p "/$ID-user/a/$ID"
    probe_args hold
    rt_detach
    grep -qx "$(pid_of)" "$DELEGATED/a/$ID/cgroup.procs"
    rt delete --force "$ID"
    [ ! -e "$DELEGATED/a/$ID" ]
    rmdir "$DELEGATED/a" 2>/dev/null || [ ! -e "$DELEGATED/a" ]
    config '.linux.cgroupsPath = $p' --arg p "/$ID-other"
    rt_run
    fails
    nothing_left_but_user
    undelegate
}

nothing_left_but_user() {
    [ "$RT_KIND" != lorica ] || [ -z "$(ls "$STATE")$(our_cgroups | grep -v -- "-user")" ]
}

@test "rootless: limits within a delegated cgroup" {
    delegated
    grep -qw pids /sys/fs/cgroup/cgroup.controllers || {
        undelegate
        skip "no pids controller on cgroup2"
    }
    echo +pids >/sys/fs/cgroup/cgroup.subtree_control
    config '.linux.resources = {pids: {limit: 20}}'
    probe_args hold
    rt_detach
    [ "$(cat "$DELEGATED/$ID/pids.max")" = 20 ]
    rt delete --force "$ID"
    undelegate
}

@test "rootless: a writable cgroup mount in a cgroup namespace: the container makes its own sub-cgroups" {
    differs crun "1.8.1 stays in the caller's cgroup"
    delegated
    config '.linux.namespaces += [{type: "cgroup"}] | (.mounts[] | select(.type == "cgroup").options) -= ["ro"]'
    args /bin/sh -c 'mkdir /sys/fs/cgroup/sub && echo $$ >/sys/fs/cgroup/sub/cgroup.procs && cat /proc/self/cgroup'
    rt_run
    succeeds
    has 0::/sub
    undelegate
}

@test "rootless: exec, as the container's root and as another user" {
    lorica_only "one's own containers"
    map_subordinate
    probe_args hold
    rt_detach
    run rt exec "$ID" /bin/sh -c 'id -u; readlink /proc/self/ns/user; cat /proc/self/uid_map'
    succeeds
    has 0
    has "$(readlink "/proc/$(pid_of)/ns/user")"
    run rt exec --user 1000:1000 "$ID" /bin/id -u
    succeeds
    has 1000
}

@test "rootless: kill --all without a cgroup reaches the container's init" {
    [ "$CGROUP" = v1 ] || skip "about version 1, where an ordinary user has no cgroup"
    differs crun "1.8.1 signals nobody"
    differs runc "1.1.5 needs a cgroup"
    probe_args hold
    rt_detach
    rt kill --all "$ID" KILL
    wait_for 2 is_state stopped
}
