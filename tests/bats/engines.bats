# shellcheck shell=bats
# SPDX-License-Identifier: Apache-2.0
#
# Configurations as engines really wrote them, from $BUNDLES_DIR (a directory of ENGINE-config-N.json and
# ENGINE-process-N.json). Only what belongs to the engine's machine is replaced: the root, the sources of binds,
# namespaces of other containers, the cgroup, hooks, limits that this root may not raise.

load helpers

setup() {
    [ -d "${BUNDLES_DIR:-}" ] || skip "BUNDLES_DIR names no directory of recorded configurations"
    lorica_setup
}

# Limits need controllers, and a private cgroup2 has none.
limited() { has_controller pids && has_controller cpu && has_controller cpuset; }

# settle FILE: this test's config.json from a recorded one
settle() {
    local keep='.'
    limited || keep='.linux.resources |= with_entries(select(.key == "devices"))'
    mkdir -p "$T/source/dir"
    echo from-the-host >"$T/source/file"
    jq --arg root "$ROOTFS" --arg id "$(cgroups_path)" --arg dir "$T/source/dir" --arg file "$T/source/file" '
        def is_file: .destination | test("(hosts|hostname|resolv.conf|containerenv|passwd|group|localtime|\\.[a-z]+)$");
        .root.path = $root | .linux.cgroupsPath = $id | del(.hooks)
        | .mounts |= map(if .type == "bind" or ((.options // []) | any(. == "bind" or . == "rbind"))
                         then .source = (if is_file then $file else $dir end) else . end)
        | .linux.namespaces |= map(del(.path))
        | .process.rlimits = ((.process.rlimits // []) | map(.soft = ([.soft, 1024] | min) | .hard = ([.hard, 1024] | min)))
        | del(.process.oomScoreAdj, .process.apparmorProfile)
        | if .process.args[0] == "/dev/init" then .process.args = .process.args[2:] else . end
    | '"$keep" "$1" >"$BUNDLE/config.json"
}

# candidates ENGINE: recorded configurations of a container with a life of its own, on this root
candidates() {
    local file
    for file in "$BUNDLES_DIR/$1"-config-*.json; do
        jq -e '.process.terminal != true and ([.linux.namespaces[].type] | index("user") | not)
            and ([.linux.namespaces[].type] | index("mount")) and (.linux.seccomp.listenerPath == null)
            and ([.linux.namespaces[].type] | index("pid"))
            and (.linux.resources.memory.limit == null)' "$file" >/dev/null && echo "$file"
    done
}

# three of an engine: each runs with the process it was recorded with, and with a status of ours
runs_three() {
    local file count=0
    for file in $(candidates "$1"); do
        settle "$file"
        args /bin/sh -c 'exit 41'
        rt_run
        [ "$status" = 41 ] || { echo "$file"; show; return 1; }
        settle "$file"
        args /bin/sh -c 'echo running; kill -USR1 $$'
        rt_run
        grep -qx running <<<"$output" || { echo "$file"; show; return 1; }
        count=$((count + 1))
        [ $count -lt 3 ] || return 0
    done
    echo "only $count of $1 can run here"
    return 1
}

@test "engines: three configurations of Podman run and exit with the right status" { runs_three podman; }
@test "engines: three configurations of Docker run and exit with the right status" { runs_three docker; }
@test "engines: three configurations of containerd run and exit with the right status" { runs_three ctr; }
@test "engines: three configurations of Buildah run and exit with the right status" { runs_three buildah; }

@test "engines: every recorded configuration validates and plans, for root and without privileges" {
    lorica_only "plan and validate"
    limited || skip "no controllers: limits cannot be planned here"
    local file count=0
    for file in "$BUNDLES_DIR"/*-config-*.json; do
        cp "$file" "$BUNDLE/config.json"
        rt validate "$BUNDLE" >"$T/out" || { echo "$file"; cat "$T/out"; return 1; }
        rt plan "$BUNDLE" >"$T/out" || { echo "$file"; return 1; }
        grep -q '^init  exec' "$T/out"
        # without privileges: a plan, or a reason with its pointer
        rt --log-format json --log "$T/log" plan --rootless "$BUNDLE" >"$T/out" 2>/dev/null ||
            jq -e '.path | startswith("/linux")' "$T/log" >/dev/null || { echo "$file"; cat "$T/log"; return 1; }
        rm -f "$T/log"
        count=$((count + 1))
    done
    [ $count -ge 20 ]
}
