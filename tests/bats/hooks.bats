#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load helpers

# record KIND [MORE]: a host hook that appends its kind to $T/order and keeps its stdin in $T/state.KIND
record() {
    local script
    script=$(hook_script "$1.sh" "cat >'$T/state.$1'; echo $1 >>'$T/order'; ${2:-}")
    add_hook "$1" '{"path": "'"$script"'"}'
}
# failing KIND [TEXT]: one that fails with output
failing() {
    add_hook "$1" '{"path": "'"$(hook_script "fail-$1.sh" "cat >/dev/null; echo to-stdout; echo ${2:-to-stderr} >&2; exit 3")"'"}'
}

@test "hooks: all kinds, in order" {
    differs runc "1.1.5 runs poststart hooks at create"
    local kind
    for kind in poststop poststart createRuntime prestart; do record $kind; done
    # these two run with the container's files and names: they report by the bind mount
    writable_root
    mkdir "$T/shared"
    add_mount '{"destination": "/shared", "type": "bind", "source": "'"$T/shared"'", "options": ["bind"]}'
    add_hook startContainer '{"path": "/bin/sh", "args": ["sh", "-c", "cat >/shared/state.startContainer; echo startContainer >>/shared/order"]}'
    add_hook createContainer '{"path": "'"$(hook_script cc.sh "cat >'$T/state.createContainer'; echo createContainer >>'$T/order'")"'"}'
    probe_args hold
    rt_create
    [ "$(paste -sd' ' "$T/order")" = "prestart createRuntime createContainer" ]
    [ ! -e "$T/shared/order" ]
    rt_start
    wait_for 2 is_printed holding
    [ "$(cat "$T/shared/order")" = startContainer ]
    wait_for 2 grep -qx poststart "$T/order"
    rt kill "$ID" KILL
    wait_for 2 is_state stopped
    not grep -qx poststop "$T/order"
    rt delete "$ID"
    [ "$(paste -sd' ' "$T/order")" = "prestart createRuntime createContainer poststart poststop" ]
}

@test "hooks: several of one kind, in the order of the list" {
    local i
    for i in 1 2 3; do add_hook createRuntime '{"path": "'"$(hook_script h$i.sh "cat >/dev/null; echo $i >>'$T/order'")"'"}'; done
    probe print x
    [ "$(paste -sd' ' "$T/order")" = "1 2 3" ]
}

@test "hooks: the state on standard input" {
    differs runc "1.1.5 runs poststart hooks at create"
    local kind
    config '.annotations = {"k": "v"}'
    for kind in prestart createRuntime poststart poststop; do record $kind; done
    probe_args hold
    rt_create
    local pid
    pid=$(pid_of)
    rt_start
    wait_for 2 test -s "$T/state.poststart"
    rt kill "$ID" KILL
    wait_for 2 is_state stopped
    rt delete "$ID"
    for kind in prestart createRuntime poststart poststop; do
        jq -e --arg id "$ID" --arg b "$BUNDLE" '.id == $id and .bundle == $b and .annotations.k == "v" and (.ociVersion | startswith("1."))' \
            "$T/state.$kind" || { cat "$T/state.$kind"; false; }
    done
    jq -e --argjson p "$pid" '.pid == $p and (.status == "creating" or .status == "created")' "$T/state.createRuntime"
    [ "$RT_KIND" != lorica ] || jq -e '.status == "creating"' "$T/state.prestart"
    jq -e --argjson p "$pid" '.pid == $p and .status == "running"' "$T/state.poststart"
    jq -e '.status == "stopped"' "$T/state.poststop"
}

@test "hooks: namespaces and root of each kind" {
    local look="cat >/dev/null; readlink /proc/self/ns/mnt /proc/self/ns/net"
    add_hook createRuntime '{"path": "'"$(hook_script cr.sh "($look) >'$T/cr'")"'"}'
    add_hook createContainer '{"path": "'"$(hook_script cc.sh "($look; ls '$ROOTFS/bin/probe') >'$T/cc'")"'"}'
    mkdir "$T/shared"
    add_mount '{"destination": "/shared", "type": "bind", "source": "'"$T/shared"'", "options": ["bind"]}'
    add_hook startContainer '{"path": "/bin/sh", "args": ["sh", "-c", "cat >/dev/null; (readlink /proc/self/ns/mnt; readlink /proc/self/ns/net; ls /bin/probe) >/shared/sc"]}'
    probe_args hold
    rt_detach
    local inside outside
    wait_for 2 is_printed holding
    inside=$(readlink "/proc/$(pid_of)/ns/mnt" "/proc/$(pid_of)/ns/net")
    outside=$(readlink /proc/self/ns/mnt /proc/self/ns/net)
    [ "$(cat "$T/cr")" = "$outside" ]
    # before pivot_root: the host's paths, the container's namespaces
    [ "$(cat "$T/cc")" = "$inside"$'\n'"$ROOTFS/bin/probe" ]
    [ "$(cat "$T/shared/sc")" = "$inside"$'\n'/bin/probe ]
}

@test "hooks: createRuntime runs before pivot_root, with the mounts in place" {
    add_hook createRuntime '{"path": "'"$(hook_script m.sh "jq -r .pid >'$T/pid'; grep -c ' $ROOTFS/' /proc/\$(cat '$T/pid')/mountinfo >'$T/n'")"'"}'
    probe print x
    [ "$(cat "$T/n")" -ge 5 ]
}

@test "hooks: arguments and environment" {
    local script
    script=$(hook_script a.sh "cat >/dev/null; echo \"\$0\" \"\$@\" >'$T/args'; env | sort >'$T/env'")
    add_hook createRuntime '{"path": "'"$script"'", "args": ["name", "a b", ""], "env": ["A=1", "B=two words"]}'
    export LORICA_OUTER=x
    probe print x
    grep -q "a b" "$T/args"
    grep -qx "A=1" "$T/env"
    grep -qx "B=two words" "$T/env"
    not grep -q LORICA_OUTER "$T/env"
}

@test "hooks: an empty environment is empty" {
    lorica_only "peers take [] for none"
    add_hook createRuntime '{"path": "'"$(hook_script e.sh "cat >/dev/null; cat /proc/self/environ >'$T/env'")"'", "env": []}'
    LORICA_OUTER=x probe print x
    not grep -q LORICA "$T/env"
}

@test "hooks: the umask is the caller's, for startContainer the container's" {
    local kind
    for kind in prestart createRuntime createContainer; do
        add_hook $kind '{"path": "'"$(hook_script "$kind.sh" "cat >/dev/null; umask >>'$T/umasks'")"'"}'
    done
    mkdir "$T/shared"
    add_mount '{"destination": "/shared", "type": "bind", "source": "'"$T/shared"'", "options": ["bind"]}'
    add_hook startContainer '{"path": "/bin/sh", "args": ["sh", "-c", "umask >/shared/start"]}'
    config '.process.user.umask = 16'
    probe_args umask
    umask 0037
    rt_run
    umask 022
    succeeds
    has "umask 0020"
    [ "$(sort -u "$T/umasks")" = 0037 ]
    [ "$(wc -l <"$T/umasks")" = 3 ]
    [ "$(cat "$T/shared/start")" = 0020 ]
}

@test "hooks: no descriptors but 0, 1 and 2" {
    differs crun "hands on the caller's"
    add_hook createRuntime '{"path": "'"$PROBE"'", "args": ["probe", "fds", "exit", "1"]}'
    probe_args print x
    exec 9</etc
    rt_run
    exec 9<&-
    fails
    [ "$RT_KIND" != lorica ] || matches 'fd 2'
    never 'fd ([3-9]|[1-9][0-9]) '
}

@test "hooks: a failing prestart or createRuntime hook ends create, with its output" {
    local kind
    for kind in prestart createRuntime; do
        config 'del(.hooks)'
        failing $kind
        try rt create --bundle "$BUNDLE" "$ID"
        fails 1
        [ "$RT_KIND" = crun ] || matches to-stderr
        lorica_says "error running $kind hook #0: exit status 3, stdout: to-stdout.*, stderr: to-stderr"
        nothing_left
    done
}

@test "hooks: a failing createContainer hook ends create" {
    failing createContainer
    try rt create --bundle "$BUNDLE" "$ID"
    fails 1
    lorica_says "error running createContainer hook #0: exit status 3, .*stderr: to-stderr"
    nothing_left
}

@test "hooks: a failing startContainer hook ends start, and the program does not run" {
    add_hook startContainer '{"path": "/bin/sh", "args": ["sh", "-c", "echo to-stderr >&2; exit 3"]}'
    probe_args print ran
    rt_create
    run rt_start
    [ "$RT_KIND" != lorica ] || fails 1
    lorica_says "error running startContainer hook #0: exit status 3, .*stderr: to-stderr"
    wait_for 2 is_state stopped
    not is_printed ran
}

@test "hooks: a failing hook of one kind keeps the next from running" {
    failing createRuntime
    record createRuntime
    try rt create --bundle "$BUNDLE" "$ID"
    fails 1
    [ ! -e "$T/order" ]
}

@test "hooks: a failing poststart hook is an error, and stops the container" {
    differs crun "1.8.1 warns"
    differs runc "1.1.5 runs them at create"
    failing poststart
    probe_args hold
    rt_create
    run rt_start
    fails 1
    lorica_says "error running poststart hook #0: exit status 3"
    wait_for 2 is_state stopped
    rt delete "$ID"
    nothing_left
}

@test "hooks: a failing poststart hook of run" {
    differs crun "1.8.1 warns"
    failing poststart
    probe_args hold
    rt_run
    fails 1
    nothing_left
    [ -z "$(our_processes)" ]
}

@test "hooks: a failing poststop hook warns; the others run, and the container is deleted" {
    differs runc "1.1.5 returns the error"
    failing poststop
    record poststop
    rt_create
    run rt delete --force "$ID"
    succeeds
    [ -e "$T/order" ]
    [ "$RT_KIND" != lorica ] || matches 'poststop hook #0'
    nothing_left
}

@test "hooks: poststop hooks run after the cgroup is gone" {
    differs crun "runs them before"
    add_hook poststop '{"path": "'"$(hook_script ps.sh "cat >/dev/null; find /sys/fs/cgroup -type d -name '*$ID*' | wc -l >'$T/n'")"'"}'
    probe print x
    [ "$(cat "$T/n")" = 0 ]
}

@test "hooks: poststop hooks run after an attached run, too" {
    record poststop
    probe print x
    [ "$(cat "$T/order")" = poststop ]
}

@test "hooks: a timeout kills the hook" {
    add_hook createRuntime '{"path": "'"$(hook_script slow.sh "echo \$\$ >'$T/pid'; exec sleep 60")"'", "timeout": 1}'
    local start=$SECONDS
    try rt create --bundle "$BUNDLE" "$ID"
    fails 1
    [ $((SECONDS - start)) -le 5 ]
    [ "$RT_KIND" = crun ] || message 'hook ran past specified timeout of 1(\.0)?s'
    sleep 0.1
    wait_for 2 gone "$(cat "$T/pid")"
    nothing_left
}

@test "hooks: a timeout kills the whole process group, children included" {
    differs runc "1.1.5 kills the leader, and waits for the children's output"
    differs crun "1.8.1 kills the leader"
    add_hook createRuntime '{"path": "'"$(hook_script slow.sh "sleep 1000 & echo \$! >'$T/child'; (trap '' TERM; sleep 1000) & wait")"'", "timeout": 1}'
    local start=$SECONDS
    try rt create --bundle "$BUNDLE" "$ID"
    fails 1
    [ $((SECONDS - start)) -le 5 ]
    sleep 0.1
    wait_for 2 gone "$(cat "$T/child")"
}

@test "hooks: a daemon that a hook leaves behind does not hold the runtime" {
    differs crun "waits for its input"
    differs runc "waits for its output"
    add_hook createRuntime '{"path": "'"$(hook_script daemon.sh "cat >/dev/null; sleep 8 & echo \$! >'$T/child'; exit 0")"'", "timeout": 5}'
    local start=$SECONDS
    probe print x
    [ $((SECONDS - start)) -le 3 ]
    kill "$(cat "$T/child")"
}

@test "hooks: a timeout that is not positive" {
    lorica_only "peers take it"
    local t
    for t in 0 -1; do
        config '.hooks = {createRuntime: [{path: "/bin/true", timeout: $t}]}' --argjson t $t
        rt_run
        fails
        message '/hooks/createRuntime/0/timeout'
    done
    nothing_left
}

@test "hooks: one that reads nothing, with a state larger than a pipe" {
    differs crun "1.8.1 fails when the pipe breaks before all is written"
    config '.annotations = {big: ("x" * 1000000)}'
    add_hook createRuntime '{"path": "/bin/true"}'
    probe print x
    has x
}

@test "hooks: one that writes more than anybody wants" {
    add_hook createRuntime '{"path": "'"$(hook_script flood.sh "cat >/dev/null; head -c 20000000 /dev/zero | tr '\\\\0' x; echo the-end >&2; exit 1")"'"}'
    rt_run
    fails
    [ "${#output}" -lt 200000 ] || [ "$RT_KIND" != lorica ]
    [ "$RT_KIND" != lorica ] || matches the-end
    nothing_left
}

@test "hooks: one killed by a signal" {
    differs crun "1.8.1 takes it for success"
    add_hook createRuntime '{"path": "'"$(hook_script die.sh 'kill -SEGV $$')"'"}'
    rt_run
    fails
    lorica_says 'createRuntime hook #0: signal: segmentation fault'
    nothing_left
}

@test "hooks: a path that does not exist, is no program, or is relative" {
    local path
    echo text >"$T/text"
    for path in /no/such/hook "$T/text" /etc bin/true; do
        config '.hooks = {createRuntime: [{path: $p}]}' --arg p "$path"
        rt_run
        fails || { echo "$path"; false; }
    done
    nothing_left
}

@test "hooks: the working directory is not somewhere in the container's way" {
    add_hook createRuntime '{"path": "'"$(hook_script pwd.sh "cat >/dev/null; pwd >'$T/pwd'")"'"}'
    probe print x
    case $(cat "$T/pwd") in "$BUNDLE" | /) ;; *) [ "$RT_KIND" != lorica ] || { cat "$T/pwd"; false; } ;; esac
}

@test "hooks: a hook that asks the runtime for the container's state" {
    add_hook poststart '{"path": "'"$(hook_script ask.sh "cat >/dev/null; timeout 5 '$RUNTIME' --root '$STATE' state '$ID' >'$T/asked'")"'"}'
    probe_args sleep 200
    rt_run
    succeeds
    jq -e --arg id "$ID" '.id == $id' "$T/asked"
}

@test "hooks: a second hook kind after the program has ended quickly" {
    record poststart
    record poststop
    local i
    for i in 1 2 3 4 5; do
        probe print x
        has x
    done
    [ "$(grep -c poststop "$T/order")" = 5 ]
}
