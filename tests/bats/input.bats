#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Bad input: whatever bytes config.json holds, there is one clear error, exit status 1, and nothing left behind.

load helpers

setup() {
    lorica_only "strict reading of config.json is lorica's"
    lorica_setup
    probe_args print ran
}

# refused [POINTER-OR-WORDS]: create says no, on one line
refused() {
    try rt create --bundle "$BUNDLE" "$ID"
    [ "$status" = 1 ] || { show; return 1; }
    [ "$(wc -l <"$T/try.out")" = 1 ] || { show; return 1; }
    never 'AddressSanitizer|runtime error|LeakSanitizer|internal' || return 1
    nothing_left || return 1
    [ -z "${1:-}" ] || message "$1"
}

raw() { printf '%s' "$1" >"$BUNDLE/config.json"; }

# text SED-PROGRAM: edit the text itself
text() { sed -i "$1" "$BUNDLE/config.json"; }

@test "input: empty, blank, and not JSON" {
    local bytes
    for bytes in '' ' ' $'\n\n' 'null' '[]' '""' '0' 'true' '{' '}' '{}' '{"ociVersion"}' '{"ociVersion":}' "{'ociVersion': 1}" \
        '{"ociVersion": "1.0.2",}' '{"ociVersion": "1.0.2"} x' '{} {}' '// comment' '{"a": 1 /* c */}' '{"a": NaN}' '{"a": .5}' '{"a": 1.}' \
        '{"a": 01}' '{"a": +1}' '{"a": 0x10}' '{"a": 1e}' '{"a": -}' '{"a": "x}' '{"a": tru}' '{"a" "b"}' '{"a": [1,]}' '{"a": [1 2]}'; do
        raw "$bytes"
        refused || { echo "input: $bytes"; false; }
    done
}

@test "input: a byte order mark" {
    { printf '\357\273\277'; cat "$BUNDLE/config.json"; } >"$T/x" && mv "$T/x" "$BUNDLE/config.json"
    refused
}

@test "input: UTF-8 that is none, and control characters" {
    local bytes
    for bytes in '\377' '\300\200' '\355\240\200' '\364\220\200\200' '\302' '\001' '\037' '\000'; do
        printf '{"ociVersion": "1.0.2", "hostname": "a'"$bytes"'b"}' >"$BUNDLE/config.json"
        refused || { echo "$bytes"; false; }
    done
}

@test "input: escapes" {
    local bytes
    for bytes in '\u0000' '\ud800' '\udc00' '\ud800\u0041' '\u12' '\u12g4' '\x41' '\q' '\'; do
        raw '{"ociVersion": "1.0.2", "hostname": "a'"$bytes"'b"}'
        refused || { echo "$bytes"; false; }
    done
}

@test "input: \\u0000 names the place" {
    text 's/"bats"/"ba\\u0000ts"/'
    refused '/hostname'
    rm -r "$BUNDLE"; new_bundle "$BUNDLE"
    text 's#"/bin/true"#"/bin/true\\u0000/evil"#'
    refused '/process/args/0'
}

@test "input: a name twice in one object" {
    text 's/"hostname": "bats"/"hostname": "bats", "hostname": "other"/'
    refused 'hostname'
    rm -r "$BUNDLE"; new_bundle "$BUNDLE"
    text 's/"uid": 0/"uid": 1000, "uid": 0/'
    refused '/process/user'
}

@test "input: depth" {
    { printf '{"ociVersion": "1.0.2", "x": '; head -c 10000 /dev/zero | tr '\0' '['; head -c 10000 /dev/zero | tr '\0' ']'; printf '}'; } >"$BUNDLE/config.json"
    refused
    { head -c 1000000 /dev/zero | tr '\0' '['; } >"$BUNDLE/config.json"
    refused
    { for _ in $(seq 10000); do printf '{"a":'; done; } >"$BUNDLE/config.json"
    refused
}

@test "input: size" {
    { printf '{"ociVersion": "1.0.2", "x": "'; head -c 100000000 /dev/zero | tr '\0' x; printf '"}'; } >"$BUNDLE/config.json"
    RT_TIMEOUT=20 refused
    truncate -s 10G "$BUNDLE/config.json"
    RT_TIMEOUT=20 refused
    rm "$BUNDLE/config.json"
}

@test "input: what is no regular file" {
    local kind
    for kind in dir fifo device loop; do
        rm -rf "$BUNDLE/config.json"
        case $kind in
        dir) mkdir "$BUNDLE/config.json" ;;
        fifo) mkfifo "$BUNDLE/config.json" ;;
        device) ln -s /dev/zero "$BUNDLE/config.json" ;;
        loop) ln -s config.json "$BUNDLE/config.json" ;;
        esac
        RT_TIMEOUT=5 refused || { echo "$kind"; false; }
    done
}

@test "input: numbers that do not fit, or are no integers" {
    local number
    for number in 18446744073709551616 -1 1.5 1e3 1e400 99999999999999999999999999 '"0"' true '[]' '{}' -0; do
        rm -r "$BUNDLE"; new_bundle "$BUNDLE"
        text 's/"uid": 0/"uid": '"$number"'/'
        refused '/process/user/uid' || { echo "$number"; false; }
    done
    for number in 9223372036854775808 -9223372036854775809 1.0 18446744073709551616; do
        rm -r "$BUNDLE"; new_bundle "$BUNDLE"
        config '.linux.resources.memory = {"limit": 4242}'
        text 's/4242/'"$number"'/'
        refused '/linux/resources/memory/limit' || { echo "$number"; false; }
    done
    for number in 18446744073709551616 -1 0.5; do
        rm -r "$BUNDLE"; new_bundle "$BUNDLE"
        text 's/"hard": 1024/"hard": '"$number"'/'
        refused '/process/rlimits/0/hard' || { echo "$number"; false; }
    done
}

# edits and the pointer that the error has to name
@test "input: wrong types and missing members, by name" {
    local line edit pointer n=0
    while IFS='|' read -r edit pointer; do
        rm -r "$BUNDLE"
        new_bundle "$BUNDLE"
        config "$edit"
        refused "$pointer([^0-9a-zA-Z]|\$)" || { echo "$edit"; false; }
        n=$((n + 1))
    done <<'LIST'
del(.ociVersion)|/ociVersion
.ociVersion = 1|/ociVersion
.ociVersion = "not a version"|/ociVersion
.ociVersion = "2.0.0"|/ociVersion
del(.root)|/root
.root = []|/root
.root = {}|/root/path
.root.path = ""|/root/path
.root.readonly = "yes"|/root/readonly
.process = "x"|/process
.process.terminal = 1|/process/terminal
del(.process.cwd)|/process/cwd
.process.cwd = "tmp"|/process/cwd
.process.args = "sh"|/process/args
.process.args = [1]|/process/args/0
.process.args = []|/process/args
.process.env = {"A": "b"}|/process/env
.process.env = ["A=1", 2]|/process/env/1
.process.user = "root"|/process/user
.process.user.uid = "0"|/process/user/uid
.process.user.additionalGids = 5|/process/user/additionalGids
.process.user.additionalGids = [-1]|/process/user/additionalGids/0
.process.capabilities.bounding = "CAP_KILL"|/process/capabilities/bounding
.process.rlimits = [{"type": "RLIMIT_CORE"}]|/process/rlimits/0/(hard|soft)
.process.rlimits[0].soft = 2000|/process/rlimits/0(/soft)?
.process.noNewPrivileges = "true"|/process/noNewPrivileges
.process.oomScoreAdj = 2000|/process/oomScoreAdj
.mounts = {}|/mounts
.mounts[0] = "proc"|/mounts/0
del(.mounts[0].destination)|/mounts/0/destination
.mounts[1].options = "ro"|/mounts/1/options
.hostname = 5|/hostname
.hooks = []|/hooks
.hooks = {"prestart": {}}|/hooks/prestart
.hooks = {"prestart": [{"args": ["x"]}]}|/hooks/prestart/0/path
.hooks = {"poststop": [{"path": "relative"}]}|/hooks/poststop/0/path
.hooks = {"poststop": [{"path": "/x", "timeout": 0}]}|/hooks/poststop/0/timeout
.annotations = ["x"]|/annotations
.annotations = {"a": 1}|/annotations/a
.linux = "x"|/linux
.linux.namespaces = [{}]|/linux/namespaces/0/type
.linux.namespaces[0].type = "pidd"|/linux/namespaces/0/type
.linux.namespaces[0].path = "relative"|/linux/namespaces/0/path
.linux.namespaces += [{"type": "pid"}]|/linux/namespaces/5
.linux.devices = [{"path": "/dev/x", "type": "c"}]|/linux/devices/0/(major|minor)
.linux.devices = [{"path": "/dev/x", "type": "q", "major": 1, "minor": 1}]|/linux/devices/0/type
.linux.cgroupsPath = {}|/linux/cgroupsPath
.linux.resources.devices = [{"access": "rwm"}]|/linux/resources/devices/0/allow
.linux.resources.devices = [{"allow": true, "access": "rwx"}]|/linux/resources/devices/0/access
.linux.resources.pids = {"limit": "many"}|/linux/resources/pids/limit
.linux.resources.cpu = {"shares": -1}|/linux/resources/cpu/shares
.linux.resources.cpu = {"cpus": 0}|/linux/resources/cpu/cpus
.linux.sysctl = {"kernel.msgmax": 5}|/linux/sysctl/kernel.msgmax
.linux.seccomp = {}|/linux/seccomp/defaultAction
.linux.seccomp = {"defaultAction": "ALLOW"}|/linux/seccomp/defaultAction
.linux.seccomp = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"action": "SCMP_ACT_ERRNO"}]}|/linux/seccomp/syscalls/0/names
.linux.maskedPaths = "x"|/linux/maskedPaths
.linux.maskedPaths = ["relative"]|/linux/maskedPaths/0
.linux.readonlyPaths = [5]|/linux/readonlyPaths/0
.linux.rootfsPropagation = "up"|/linux/rootfsPropagation
.linux.personality = {"domain": "BSD"}|/linux/personality/domain
LIST
    [ "$n" -ge 40 ]
}

@test "input: null is the same as absent" {
    config '.hooks = null | .annotations = null | .process.rlimits = null | .linux.sysctl = null | .process.oomScoreAdj = null'
    probe print x
    has x
}

@test "input: names that differ only in case, which other readers take for one" {
    config '.Process = {"args": ["/bin/false"]}'
    refused '/Process'
}

@test "input: unknown properties are ignored" {
    config '.x = {"deep": [[[[1]]]]} | .process.new = 1.5e30 | .linux.alsoNew = "\ud83d\ude00"'
    probe print x
    has x
}

@test "input: truncated at every byte" {
    local size n
    jq -c . "$BUNDLE/config.json" >"$T/whole"
    size=$(stat -c %s "$T/whole")
    # the last byte is a newline: without it the document is whole
    for n in $(seq 0 $((size - 2))); do
        head -c "$n" "$T/whole" >"$BUNDLE/config.json"
        if "$RUNTIME" validate "$BUNDLE" >"$T/out" 2>&1; then echo "valid at $n bytes"; false; fi
        ! grep -qE 'Sanitizer|runtime error' "$T/out" || { cat "$T/out"; false; }
    done
}

@test "input: truncated, and created" {
    local size n
    jq -c . "$BUNDLE/config.json" >"$T/whole"
    size=$(stat -c %s "$T/whole")
    for n in $(seq 0 37 $((size - 2))); do
        head -c "$n" "$T/whole" >"$BUNDLE/config.json"
        refused || { echo "at $n bytes"; false; }
    done
}

@test "input: a byte changed, at many places" {
    local size n
    cp "$BUNDLE/config.json" "$T/whole"
    size=$(stat -c %s "$T/whole")
    RANDOM=4711
    for n in $(seq 200); do
        cp "$T/whole" "$BUNDLE/config.json"
        # shellcheck disable=SC2059
        printf "\\x$(printf %02x $((RANDOM % 256)))" | dd of="$BUNDLE/config.json" bs=1 seek=$((RANDOM % size)) conv=notrunc 2>/dev/null
        status=0
        timeout 10 "$RUNTIME" validate "$BUNDLE" >"$T/out" 2>&1 || status=$?
        [ "$status" -le 1 ] || { cat "$T/out"; false; }
        ! grep -qE 'Sanitizer|runtime error' "$T/out" || { cat "$T/out"; false; }
    done
}

@test "input: enormous but legal" {
    config '.process.args = ["/bin/probe", "print", "x"] | .process.env = [range(20000) | "V\(.)=x"] | .annotations = ([range(20000) | {("k\(.)"): "v"}] | add)'
    rt_run
    [ "$status" = 0 ] || matches '[Aa]rgument list too long'
    nothing_left
}
