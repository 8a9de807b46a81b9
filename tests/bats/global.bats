#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load helpers

@test "--version: name, version, specification" {
    local flag
    for flag in --version -v; do
        [ "$RT_KIND" != crun ] || [ "$flag" != -v ] || continue
        run "$RUNTIME" $flag
        succeeds
        matches "^$RT_KIND version [0-9]+\.[0-9]+"
        matches '^spec: 1\.[0-9]+\.[0-9]+'
    done
}

@test "--version: commit and libseccomp" {
    lorica_only "keys of its own"
    run "$RUNTIME" --version
    matches '^commit: [0-9a-z.-]+'
    has "spec: 1.3.0"
    matches '^libseccomp: 2\.'
}

@test "--help: every command is named" {
    local command
    run "$RUNTIME" --help
    succeeds
    for command in create start run state kill delete list spec; do matches "\\b$command\\b"; done
    [ "$RT_KIND" != lorica ] || for command in plan validate features; do matches "\\b$command\\b"; done
}

@test "COMMAND --help: usage and options, exit 0" {
    local command
    for command in create start run state kill delete list spec; do
        run "$RUNTIME" $command --help
        succeeds
        matches "$command"
    done
    run "$RUNTIME" create --help
    matches '[-]-bundle'
    matches '[-]-pid-file'
}

@test "a command that does not exist" {
    differs runc "1.1 prints its help"
    run "$RUNTIME" frobnicate
    fails 1
    lorica_says frobnicate
}

@test "no command: help" {
    differs crun "an error"
    run "$RUNTIME"
    matches 'start|COMMAND'
}

@test "an option that does not exist" {
    run "$RUNTIME" create --frobnicate x
    fails
    run "$RUNTIME" --frobnicate list
    fails
}

@test "too few and too many arguments" {
    run rt start
    fails 1
    says '"start" requires exactly 1 argument'
    run rt state a b
    fails
    says '"state" requires exactly 1 argument'
    run rt create
    fails 1
    says '"create" requires exactly 1 argument'
    run rt run --bundle "$BUNDLE"
    fails 1
    nothing_left
}

@test "--root: both spellings, and a directory that does not exist yet" {
    local root=$T/a/b/root
    probe_args print x
    run "$RUNTIME" --root "$root" run --bundle "$BUNDLE" "$ID"
    succeeds
    run "$RUNTIME" --root="$root" run --bundle "$BUNDLE" "$ID"
    succeeds
    has x
    [ -d "$root" ]
    [ "$(stat -c %a "$root")" != 755 ]
}

@test "--root: two roots know nothing of each other" {
    rt_create
    run "$RUNTIME" --root "$T/other" state "$ID"
    fails 1
}

@test "--root /: refused" {
    differs runc "1.1 uses it"
    differs crun "uses it"
    run "$RUNTIME" --root / list
    fails 1
    says 'Option --root argument should not be set to /'
}

@test "--root: a directory that others may write to is refused" {
    lorica_only "peers use it"
    mkdir "$T/open"
    chmod 777 "$T/open"
    run "$RUNTIME" --root "$T/open" create --bundle "$BUNDLE" "$ID"
    fails 1
    [ -z "$(ls "$T/open")" ]
}

@test "flags before and after: -b, --bundle, --bundle=" {
    local form
    probe_args print x
    for form in "-b $BUNDLE" "--bundle $BUNDLE" "--bundle=$BUNDLE"; do
        # shellcheck disable=SC2086
        run rt run $form "$ID"
        succeeds
        has x
    done
}

@test "boolean flags: =true and =false" {
    differs crun "its flags take no value"
    probe_args print x
    run rt run --detach=false --bundle "$BUNDLE" "$ID"
    succeeds
    has x
    rt run --detach=true --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    wait_for 2 is_state stopped
}

@test "one dash for a long flag" {
    differs crun "takes short flags only"
    probe_args print x
    run rt run -bundle "$BUNDLE" "$ID"
    succeeds
    run rt run -no-pivot -bundle="$BUNDLE" "$ID"
    succeeds
}

@test "--log: errors go to the file, and to standard error" {
    run "$RUNTIME" --log "$T/log" --root "$STATE" state nosuch
    fails 1
    [ -s "$T/log" ]
    says "container does not exist"
    [ "$RT_KIND" = crun ] || grep -q "exist" "$T/log"
    [ "$RT_KIND" = crun ] || grep -qE '^time="20[0-9-]+T[0-9:]+(Z|\+00:00)" level=error msg=' "$T/log"
}

@test "--log: appends" {
    "$RUNTIME" --log "$T/log" --root "$STATE" state nosuch || true
    "$RUNTIME" --log "$T/log" --root "$STATE" state nosuch || true
    [ "$(wc -l <"$T/log")" = 2 ]
}

@test "--log-format json: one object, at level error, with the outermost message" {
    args /no/such/program
    try "$RUNTIME" --log "$T/log" --log-format json --root "$STATE" create --bundle "$BUNDLE" "$ID"
    fails 1
    [ "$(wc -l <"$T/log")" = 1 ] || { cat "$T/log"; false; }
    jq -e '.level == "error" and (.time | test("^20.*T.*(Z|\\+00:00)$"))' "$T/log"
    jq -e '.msg | test("[Nn]o such file or directory|executable file .*not found")' "$T/log"
}

@test "--log-format json: text with quotes, backslashes and control characters is still JSON" {
    args $'/no/"such"\\\n\tprogram'
    try "$RUNTIME" --log "$T/log" --log-format json --root "$STATE" create --bundle "$BUNDLE" "$ID"
    fails 1
    jq -e .msg "$T/log"
}

@test "--log-format: what does not exist" {
    run "$RUNTIME" --log-format xml --root "$STATE" list
    fails 1
    says 'invalid log-format: xml'
}

@test "--log: a file that cannot be made" {
    run "$RUNTIME" --log "$T/no/such/log" --root "$STATE" list
    fails 1
}

@test "--debug: says more, and changes nothing" {
    probe_args print x
    run --separate-stderr "$RUNTIME" --debug --root "$STATE" run --bundle "$BUNDLE" "$ID"
    succeeds
    [ "$output" = x ]
    [ "$RT_KIND" = crun ] || [ -n "$stderr" ]
}

@test "--trace: a Chrome trace with phases of both processes" {
    lorica_only "--trace"
    probe_args print x
    run rt run --trace "$T/trace.json" --bundle "$BUNDLE" "$ID"
    succeeds
    jq -e '.traceEvents | length > 10' "$T/trace.json"
    jq -e '["pivot", "exec"] - ([.traceEvents[] | select(.ph == "X") | .name]) == []' "$T/trace.json"
}

@test "the environment of the caller does not reach the container" {
    probe_args environ
    run env SECRET=x LD_LIBRARY_PATH=/nowhere "$RUNTIME" --root "$STATE" run --bundle "$BUNDLE" "$ID"
    succeeds
    never 'SECRET|LD_LIBRARY_PATH|LORICA|LIBCONTAINER'
}

@test "no standard library of the container is loaded: a hostile environment changes nothing" {
    probe_args print x
    run env LD_PRELOAD=/no/such.so GLIBC_TUNABLES=x=y MALLOC_TRACE="$T/trace" LC_ALL=xx "$RUNTIME" --root "$STATE" \
        run --bundle "$BUNDLE" "$ID"
    succeeds
    has x
    [ ! -e "$T/trace" ]
}
