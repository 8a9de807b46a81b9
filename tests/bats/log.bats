#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Where messages go, how many, and in what shape.

load helpers

# daemon SOCKET COMMAND…: COMMAND with a /run and /dev/log of its own, where somebody listens; what comes is in $T/heard
daemon() {
    needs unshare python3
    local socket=$1
    shift
    cat >"$T/listen.py" <<'END'
import os, socket, subprocess, sys
path, heard = sys.argv[1:3]
os.makedirs(os.path.dirname(path), exist_ok=True)
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(path)
status = subprocess.call(sys.argv[3:])
s.setblocking(False)
with open(heard, "wb") as f:
    while True:
        try:
            f.write(s.recv(65536) + b"\n--\n")
        except BlockingIOError:
            break
sys.exit(status)
END
    local where=/run
    [[ $socket != /dev/* ]] || where=/dev
    [[ $T != "$where"/* ]] || skip "a private $where would hide this test's own files"
    run env LORICA_TEST_ID="$ID" unshare --mount --propagation private sh -c '
        mount -t tmpfs tmpfs "$1" && { [ "$1" = /run ] || { mknod -m 666 /dev/null c 1 3; mknod -m 666 /dev/zero c 1 5; }; }
        shift; exec python3 "$@"' - "$where" "$T/listen.py" "$socket" "$T/heard" "$@"
}

@test "--log file:PATH: as PATH" {
    differs runc "a file of that name"
    run "$RUNTIME" --log "file:$T/log" --root "$STATE" state nosuch
    fails 1
    [ -s "$T/log" ]
    [ ! -e "file:$T/log" ]
}

@test "--log journald:IDENT: an entry with its fields, and the error on standard error" {
    differs runc "a file of that name"
    differs crun "1.8.1 of Debian is built without it"
    daemon /run/systemd/journal/socket "$RUNTIME" --log journald:my-ctr --root "$STATE" delete nosuch
    fails 1
    message "container does not exist"
    grep -qx 'PRIORITY=3' "$T/heard"
    grep -qx 'SYSLOG_IDENTIFIER=my-ctr' "$T/heard"
    grep -qx 'MESSAGE=container does not exist' "$T/heard"
    grep -qx 'LORICA_CODE=state' "$T/heard"
    [ "$(grep -c '^--$' "$T/heard")" = 1 ]
}

@test "--log syslog:IDENT: a line of priority, name and pid" {
    differs runc "a file of that name"
    daemon /dev/log "$RUNTIME" --log syslog:my-ctr --root "$STATE" delete nosuch
    fails 1
    [ "$RT_KIND" = lorica ] || grep -q my-ctr "$T/heard"
    [ "$RT_KIND" = crun ] || grep -qE '^<11>my-ctr\[[0-9]+\]: container does not exist code="state"$' "$T/heard"
}

@test "--log journald: nobody listens: an error" {
    lorica_only "peers go on without"
    needs unshare
    run unshare --mount --propagation private sh -c 'mount -t tmpfs tmpfs /run; exec "$@"' - \
        "$PROGRAM" --log journald:x --root "$STATE" delete --force nosuch
    fails 1
    message "/run/systemd/journal/socket"
}

@test "--log-level: what appears" {
    lorica_only "crun's shape is another"
    local level
    probe_args print x
    # a capability that does not exist is a warning
    config '.process.capabilities.bounding += ["CAP_NO_SUCH"]'
    lines_at() { "$RUNTIME" "$@" --log "$T/log" --root "$STATE" run --bundle "$BUNDLE" "$ID" >/dev/null; sort "$T/log" | grep -oE 'level=[a-z]+|"level":"[a-z]+"' | tr -d '"' | sed 's/level[:=]//' | sort -u | tr '\n' ' '; rm -f "$T/log"; }
    [ "$(lines_at)" = "warning " ]
    [ "$(lines_at --log-level error)" = "" ]
    [ "$(lines_at --log-level warning)" = "warning " ]
    [ "$(lines_at --log-level debug)" = "debug warning " ]
    [ "$(lines_at --debug)" = "debug warning " ]
    [ "$(lines_at --debug --log-level error)" = "debug warning " ]
    [ "$(lines_at --log-format json)" = "" ]
    [ "$(lines_at --log-format json --log-level warning)" = "warning " ]
    run "$RUNTIME" --log-level loud list
    fails 1
    message "invalid log-level: loud"
}

@test "--log-format json: code, phase, path, errno and hint beside what engines read" {
    lorica_only "keys of its own"
    config '.linux.namespaces += [{"type": "nosuch"}]'
    try "$RUNTIME" --log "$T/log" --log-format json --root "$STATE" create --bundle "$BUNDLE" "$ID"
    fails 1
    jq -e '.level == "error" and .code == "config" and (.path | startswith("/linux/namespaces")) and .line > 1 and .column > 0' "$T/log"
    rm "$T/log"
    config 'del(.linux.namespaces[] | select(.type == "nosuch")) | .process.args = ["/no/such"]'
    try "$RUNTIME" --log "$T/log" --log-format json --root "$STATE" create --bundle "$BUNDLE" "$ID"
    jq -e '.level == "error" and .code == "system" and (.phase | length > 0) and .errno == 2' "$T/log"
    rm "$T/log"
    mkdir "$STATE/broken"
    try "$RUNTIME" --log "$T/log" --log-format json --root "$STATE" state broken
    rmdir "$STATE/broken"
    jq -e '.code == "state" and (.hint | test("delete --force"))' "$T/log"
}

@test "--log-format json: every failure is exactly one object, also before a container is looked for" {
    lorica_only "peers write some of them to standard error only"
    local n=0 line
    while IFS= read -r line; do
        rm -f "$T/log"
        # shellcheck disable=SC2086
        try "$RUNTIME" --log "$T/log" --log-format json $line
        fails 1
        jq -se 'length == 1 and .[0].level == "error" and (.[0].msg | length > 5) and (.[0].time | test("Z$"))' "$T/log" >/dev/null ||
            { echo "for: $line"; cat "$T/log"; return 1; }
        n=$((n + 1))
    done <<END
--root / list
--root $T/absent list
--root $STATE start
--root $STATE state a b
--root $STATE nosuchverb
--root $STATE create --nosuchflag x
--root $STATE --cgroup-manager what list
--root $STATE --rootless perhaps list
--root $STATE --log-level loud list
--root $STATE create --bundle $T/nosuchbundle x
--root $STATE create --bundle $BUNDLE bad/id
--root $STATE start nosuch
--root $STATE kill nosuch NOSUCHSIGNAL
--root $STATE delete nosuch nosuch2
--root $STATE list --format yaml
--root $STATE run --bundle $BUNDLE --preserve-fds 9000 x
END
    [ "$n" = 16 ]
}

@test "usage errors on the terminal: help on standard output, one line on standard error" {
    lorica_only "wording"
    run --separate-stderr "$RUNTIME" --root "$STATE" start
    [ "$status" = 1 ]
    [ "${lines[0]}" = "Incorrect Usage." ]
    [ "$stderr" = 'lorica: "start" requires exactly 1 argument(s)' ]
}
