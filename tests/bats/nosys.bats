#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The runtime where system calls fail: with ENOSYS as on an older kernel or under today's filters of engines, with EPERM as
# under older filters. Whatever is missing, the container is the same, or one error names what it lacks; never a weaker one,
# and nothing stays. What runs can be looked at and ended in any case.
#
# NOSYS_ROWS="CALL=ERRNO …": these one after the other (ci/nosys.sh names each call; default: all newer ones at once).

load helpers
load selfcheck

setup() {
    lorica_only "peers have other ladders"
    lorica_setup
    [ -n "${NOSYS_ROWS:-}" ] || NOSYS_ROWS='newer=ENOSYS newer=EPERM'
}

# nrt ROW ARG…: rt with those calls blocked
nrt() {
    local row=$1
    shift
    LORICA_TEST_ID=$ID timeout -k 2 "$RT_TIMEOUT" "$NOSYS" "$row" "$RUNTIME" --root "$STATE" "$@" 3>&-
}

# may_refuse ROW: what there is no other way for, or what is asked for and cannot be had
may_refuse() {
    case $1 in
    # the sealed copy that no container can write to; the filter; device rules on v2
    memfd_create=* | execveat=* | seccomp=* | bpf=*) return 0 ;;
    # kernels have these together: one alone is refused by nothing but a filter, which then says EPERM
    move_mount=* | fsconfig=EPERM | fsmount=EPERM | newer=EPERM) return 0 ;;
    # a session keyring that may not be made (--no-new-keyring asks for none)
    keyctl=EPERM) return 0 ;;
    *) return 1 ;;
    esac
}

# refused ROW FILE: that status and that text are one error that says what is missing
refused() {
    local row=$1 call=${1%%=*} text
    may_refuse "$row" || { echo "$row: refused, though there is another way: $(cat "$2")"; return 1; }
    [ "$status" = 1 ] || { echo "$row: status $status: $(cat "$2")"; return 1; }
    [ "$(wc -l <"$2")" = 1 ] || { echo "$row: not one line: $(cat "$2")"; return 1; }
    case $row in *ENOSYS) text='function not implemented' ;; *) text='operation not permitted' ;; esac
    [ "$call" != newer ] || call='[a-z_0-9]+'
    grep -qE "msg=\".*$call.*$text|too old" "$2" || { echo "$row: does not say what is missing: $(cat "$2")"; return 1; }
}

# clean ROW: nothing is left of the container
clean() {
    local left
    left=$(ls "$STATE"; our_cgroups; our_processes)
    [ -z "$left" ] || { printf '%s: left behind:\n%s\n' "$1" "$left"; return 1; }
}

# compared: the present bundle once without and once with each row; $started is how often it started
compared() {
    local row
    started=0
    rt run --bundle "$BUNDLE" "$ID" >"$T/out" 2>"$T/err" </dev/null || { cat "$T/err"; return 1; }
    comparable "$T/out" >"$T/whole"
    [ "$(wc -l <"$T/whole")" -gt 5 ]
    for row in $NOSYS_ROWS; do
        status=0
        nrt "$row" run --bundle "$BUNDLE" "$ID" >"$T/out" 2>"$T/err" </dev/null || status=$?
        if [ "$status" = 0 ]; then
            started=$((started + 1))
            comparable "$T/out" >"$T/this"
            same_container "$T/whole" "$T/this" || { echo "$row: exit 0 and another container"; return 1; }
            [ ! -s "$T/err" ] || { echo "$row: $(cat "$T/err")"; return 1; }
        else
            refused "$row" "$T/err" || return 1
        fi
        clean "$row" || return 1
    done
}

@test "nosys: the same container, or one clear error" {
    configure_all
    add_mount '{"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "nodev", "noexec", "mode=700", "size=1m"]}'
    mkdir -p "$T/data/sub"
    add_mount '{"destination": "/home", "type": "bind", "source": "'"$T/data"'", "options": ["rbind", "ro", "nosuid", "rprivate"]}'
    compared
}

@test "nosys: the same container in a user namespace" {
    user_namespace
    configure_all
    compared
}

@test "nosys: the same container for root with new privileges" {
    config 'del(.process.noNewPrivileges)'
    configure_all
    config '.process.user = {"uid": 0, "gid": 0} | .mounts |= map(select(.type != "cgroup"))'
    compared
}

@test "nosys: a recursive read-only mount is whole or refused" {
    local row
    mkdir -p "$T/data/sub"
    mount -t tmpfs sub "$T/data/sub"
    add_mount '{"destination": "/home", "type": "bind", "source": "'"$T/data"'", "options": ["rbind", "rro"]}'
    probe_args open cw /home/sub/file mount /home/sub
    for row in $NOSYS_ROWS; do
        status=0
        nrt "$row" run --bundle "$BUNDLE" "$ID" >"$T/out" 2>"$T/err" </dev/null || status=$?
        case $row in mount_setattr=* | newer=*) [ "$status" != 0 ] || { echo "$row: how?"; false; } ;; esac
        if [ "$status" = 0 ]; then
            grep -qx 'open cw /home/sub/file EROFS' "$T/out" || { cat "$T/out" "$T/err"; false; }
        elif ! [[ $row = mount_setattr=* || $row = newer=* || $row = open_tree=* ]]; then
            refused "$row" "$T/err"
        fi
        clean "$row"
    done
    umount "$T/data/sub"
}

@test "nosys: create, state, start, kill, delete" {
    local row pid
    probe_args hold
    for row in $NOSYS_ROWS; do
        status=0
        nrt "$row" create --bundle "$BUNDLE" "$ID" </dev/null >"$T/out" 2>&1 || status=$?
        if [ "$status" != 0 ]; then
            refused "$row" "$T/out"
            clean "$row"
            continue
        fi
        [ "$(nrt "$row" state "$ID" | jq -r .status)" = created ] || { echo "$row: not created"; false; }
        pid=$(pid_of)
        nrt "$row" start "$ID" || { echo "$row: start"; false; }
        is_state running
        not nrt "$row" delete "$ID"
        nrt "$row" list -q | grep -qx "$ID" || { echo "$row: list"; false; }
        nrt "$row" kill "$ID" KILL || { echo "$row: kill"; false; }
        wait_for 5 gone "$pid"
        nrt "$row" delete "$ID" || { echo "$row: delete"; false; }
        clean "$row"
    done
}

# exec_compared EXEC-ARG…: the self check by exec in a container that runs, once without and once with each row;
# $executed is how often it was executed
exec_compared() {
    local row
    executed=0
    rt exec "$@" "$ID" /bin/probe "${SELF_CHECK[@]}" >"$T/out" 2>"$T/err" </dev/null || { cat "$T/err"; return 1; }
    comparable "$T/out" >"$T/whole"
    [ "$(wc -l <"$T/whole")" -gt 5 ]
    for row in $NOSYS_ROWS; do
        status=0
        nrt "$row" exec "$@" "$ID" /bin/probe "${SELF_CHECK[@]}" >"$T/out" 2>"$T/err" </dev/null || status=$?
        if [ "$status" = 0 ]; then
            executed=$((executed + 1))
            comparable "$T/out" >"$T/this"
            diff "$T/whole" "$T/this" || { echo "$row: exit 0 and another process"; return 1; }
            [ ! -s "$T/err" ] || { echo "$row: $(cat "$T/err")"; return 1; }
        else
            # exec's own status, for what could not be run
            [ "$status" = 255 ] || { echo "$row: status $status: $(cat "$T/err")"; return 1; }
            status=1
            refused "$row" "$T/err" || return 1
        fi
        # nobody but the container's own first process is left in it
        [ "$(our_processes)" = "$(pid_of)" ] || { echo "$row: left: $(our_processes)"; return 1; }
    done
}

@test "nosys: exec, the same process or one clear error" {
    configure_all
    args /bin/probe hold
    rt_detach
    exec_compared
    # none of the calls that exec can do without was in the way
    [ "$executed" -gt 0 ] || [[ $NOSYS_ROWS != *' '* ]]
    rt delete --force "$ID"
}

@test "nosys: exec in a user namespace, as another user with capabilities of its own" {
    user_namespace
    configure_all
    args /bin/probe hold
    rt_detach
    exec_compared --user 5:6 --additional-gids 7 --cap CAP_NET_RAW --cwd /tmp --env A=b --no-new-privs
    rt delete --force "$ID"
}

@test "nosys: exec without namespaces of the container's own to join" {
    config '.linux.namespaces |= map(select(.type == "mount"))'
    writable_root
    configure_all
    config '.mounts |= map(select(.type != "cgroup" and .type != "sysfs" and .type != "mqueue")) | del(.hostname)'
    args /bin/probe hold
    rt_detach
    exec_compared
    rt delete --force "$ID"
}

@test "nosys: exec detached, its pid file, and its status" {
    local row pid
    args /bin/probe hold
    rt_detach
    for row in $NOSYS_ROWS; do
        rm -f "$T/pid"
        status=0
        nrt "$row" exec --detach --pid-file "$T/pid" "$ID" /bin/probe hold </dev/null >"$T/out" 2>&1 || status=$?
        if [ "$status" = 0 ]; then
            pid=$(cat "$T/pid")
            [ "$(tr '\0' ' ' <"/proc/$pid/cmdline")" = "/bin/probe hold " ] || { echo "$row: $pid is something else"; false; }
            [ "$(readlink "/proc/$pid/ns/mnt")" = "$(readlink "/proc/$(pid_of)/ns/mnt")" ] || { echo "$row: elsewhere"; false; }
            [ "$(cat "/proc/$pid/cgroup")" = "$(cat "/proc/$(pid_of)/cgroup")" ] || { echo "$row: another cgroup"; false; }
            kill -KILL "$pid"
            wait_for 5 gone "$pid"
        else
            status=1
            refused "$row" "$T/out"
            [ ! -e "$T/pid" ] || { echo "$row: a pid file"; false; }
        fi
        status=0
        nrt "$row" exec "$ID" /bin/sh -c 'exit 7' </dev/null >"$T/out" 2>&1 || status=$?
        [ "$status" = 7 ] || { status=1 && refused "$row" "$T/out"; }
    done
    rt delete --force "$ID"
}

@test "nosys: what was started elsewhere can be ended" {
    local row
    probe_args hold
    for row in $NOSYS_ROWS; do
        rt_detach
        nrt "$row" state "$ID" >/dev/null || { echo "$row: state"; false; }
        nrt "$row" delete --force "$ID" || { echo "$row: delete --force"; false; }
        clean "$row"
        rt_detach
        nrt "$row" kill --all "$ID" KILL || { echo "$row: kill --all"; false; }
        wait_for 5 is_state stopped
        nrt "$row" delete "$ID" || { echo "$row: delete"; false; }
        clean "$row"
    done
}

@test "nosys: a frozen container is deleted" {
    local row
    [ "$CGROUP" = v2 ] || needs_controller freezer
    probe_args hold
    for row in $NOSYS_ROWS; do
        rt_detach
        if [ "$CGROUP" = v2 ]; then echo 1 >"$(cgroup_of freezer)/cgroup.freeze"; else echo FROZEN >"$(cgroup_of freezer)/freezer.state"; fi
        nrt "$row" delete --force "$ID" || { echo "$row: delete --force"; false; }
        clean "$row"
    done
}

@test "nosys: hooks, detached runs and their output" {
    local row hook
    hook=$(hook_script hook 'cat >/dev/null; echo called >>"'"$T"'/hooks"')
    add_hook createRuntime "{\"path\": \"$hook\"}"
    add_hook poststop "{\"path\": \"$hook\"}"
    probe_args print x
    for row in $NOSYS_ROWS; do
        rm -f "$T/hooks"
        status=0
        nrt "$row" run --bundle "$BUNDLE" "$ID" </dev/null >"$T/out" 2>"$T/err" || status=$?
        if [ "$status" = 0 ]; then
            [ "$(wc -l <"$T/hooks")" = 2 ] && grep -qx x "$T/out" || { echo "$row: $(cat "$T/hooks" "$T/out")"; false; }
        else
            refused "$row" "$T/err"
        fi
        clean "$row"
    done
}

@test "nosys: validate, plan, features and spec need none of them" {
    local row
    for row in $NOSYS_ROWS; do
        nrt "$row" features | jq -e .ociVersionMax >/dev/null || { echo "$row: features"; false; }
        nrt "$row" plan "$BUNDLE" >/dev/null || { echo "$row: plan"; false; }
        nrt "$row" validate "$BUNDLE" || { echo "$row: validate"; false; }
    done
}
