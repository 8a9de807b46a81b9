#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What a caller can do wrong: one table of commands, for each state that a container can be in. Every row fails with the
# status and the phrase that runc has (its own where runc has none), in one line on standard error and one in the log; and
# nothing has changed afterwards: state, cgroups, mounts, processes.

load helpers

CGROUP_FILES=(cgroup.procs freezer.state cgroup.freeze pids.max memory.limit_in_bytes memory.max cpu.shares cpu.weight
    cpu.max cpu.cfs_quota_us cpuset.cpus devices.list)

# now: what the last command could have changed, in few programs, since it is asked after each
now() {
    find "$STATE" -mindepth 1 -printf '%P %y %m %s %T@ %C@\n'
    [ "${#groups[@]}" = 0 ] || find "${groups[@]}" -maxdepth 1 \( -false "${names[@]}" \) -exec grep -s . /dev/null {} +
    [ -z "$init" ] || printf '%s\n' "$(<"/proc/$init/mountinfo")"
}

# beginning: what is compared, and what it is now; then, at the end, also: no cgroup, process or mount came or went
beginning() {
    local name
    names=()
    for name in "${CGROUP_FILES[@]}"; do names+=(-o -name "$name"); done
    mapfile -t groups < <(our_cgroups)
    processes=$(our_processes)
    init=${processes%%$'\n'*}
    before=$(now)
}
ending() {
    [ "$(our_cgroups)" = "$(printf '%s\n' "${groups[@]}")" ] || { echo "cgroups: $(our_cgroups)"; return 1; }
    [ "$(our_processes)" = "$processes" ] || { echo "processes: $processes, now $(our_processes)"; return 1; }
    same_mounts
}

# one_line FILE ERE: it holds one line, and that matches
one_line() {
    local lines
    mapfile -t lines <"$1"
    [ "${#lines[@]}" = 1 ] && [[ ${lines[0]//\\\"/\"} =~ $2 ]] || { printf '%s is not %s:\n%s\n' "$1" "$2" "$(<"$1")"; return 1; }
}

# refused STATUS ERE ARG…
refused() {
    local want=$1 phrase=$2 after
    shift 2
    : >"$T/log"
    status=0
    LORICA_TEST_ID=$ID timeout -k 2 20 "$RUNTIME" --log "$T/log" --root "$STATE" "$@" </dev/null >"$T/out" 2>"$T/err" 3>&- || status=$?
    output=$(<"$T/err")
    fails "$want" || { echo "of: $*"; return 1; }
    if [ "$RT_KIND" = lorica ]; then
        one_line "$T/err" "$phrase" && one_line "$T/log" 'level=error msg=' && one_line "$T/log" "$phrase"
    elif [ "$RT_KIND" = runc ]; then
        message "$phrase"
    fi || { echo "of: $*"; return 1; }
    after=$(now)
    [ "$after" = "$before" ] || { echo "changed by: $*"; diff <(echo "$before") <(echo "$after"); return 1; }
}

# table: lines of WHO|STATUS|ERE|ARGUMENTS; WHO: all, or lorica (commands, flags and words of its own)
table() {
    local who want phrase line n=0
    beginning
    while IFS='|' read -r who want phrase line; do
        [ "$who" = all ] || [ "$who" = "$RT_KIND" ] || continue
        eval "set -- $line"
        refused "$want" "${phrase//,,/|}" "$@" || return 1
        n=$((n + 1))
    done
    [ "$n" -gt 0 ]
    ending
}

up() {
    args /bin/sleep 1000
    rt_create "$@"
}

# ---- without a container ----

@test "usage: every command: a flag that does not exist" {
    differs crun "words of its own"
    local command commands
    commands=$("$RUNTIME" --help | sed -n '/^COMMANDS/,/^$/s/^ \+\([a-z]\+\)[, ].*/\1/p' | grep -vx help)
    [ "$(wc -w <<<"$commands")" -ge 15 ]
    for command in $commands; do
        echo "all|1|flag provided but not defined: -nosuch|$command --nosuch $ID"
        [ "$RT_KIND" != lorica ] || echo "all|1|flag provided but not defined: -nosuch|$command --nosuch=1"
    done | table
    table <<'END'
all|1|flag provided but not defined: -nosuch|--nosuch list
lorica|1|no such command: frobnicate|frobnicate
lorica|1|invalid value "maybe" for flag -debug|--debug=maybe list
all|1|flag needs an argument: -bundle|create --bundle
all|1|invalid value "x" for flag -preserve-fds|create --preserve-fds x --bundle "$BUNDLE" "$ID"
all|1|invalid value "x" for flag -preserve-fds|exec --preserve-fds x "$ID" true
lorica|1|invalid value "-1" for flag -preserve-fds|exec --preserve-fds -1 "$ID" true
all|1|invalid value "x" for flag -interval|events --interval x "$ID"
all|1|invalid log-format: xml|--log-format xml list
lorica|1|invalid log-level: loud|--log-level loud list
lorica|1|invalid rootless: perhaps|--rootless perhaps list
lorica|1|invalid cgroup-manager: what|--cgroup-manager what list
lorica|1|Option --root argument should not be set to /|--root / list
all|1|invalid format option|list --format yaml
lorica|1|invalid format option: yaml|ps --format yaml "$ID"
lorica|1|invalid format option: yaml|info --format yaml
lorica|1|invalid format option: yaml|wait --format yaml "$ID"
lorica|1|no completion for shell tcsh|completion tcsh
END
}

@test "usage: every command: too few and too many arguments" {
    differs crun "takes any number, in words of its own"
    table <<'END'
all|1|"create" requires exactly 1 argument|create
all|1|"create" requires exactly 1 argument|create --bundle "$BUNDLE" a b
all|1|"run" requires exactly 1 argument|run
all|1|"run" requires exactly 1 argument|run --bundle "$BUNDLE" a b
all|1|"start" requires exactly 1 argument|start
all|1|"start" requires exactly 1 argument|start a b
all|1|"state" requires exactly 1 argument|state
all|1|"state" requires exactly 1 argument|state a b
all|1|"kill" requires a minimum of 1 argument|kill
all|1|"kill" requires a maximum of 2 argument|kill a TERM b
all|1|"delete" requires (exactly,,a minimum of) 1 argument|delete
all|1|"pause" requires exactly 1 argument|pause
all|1|"pause" requires exactly 1 argument|pause a b
all|1|"resume" requires exactly 1 argument|resume
all|1|"resume" requires exactly 1 argument|resume a b
all|1|"exec" requires a minimum of 1 argument|exec
all|1|"ps" requires a minimum of 1 argument|ps
all|1|"events" requires exactly 1 argument|events
all|1|"events" requires exactly 1 argument|events a b
all|1|"update" requires exactly 1 argument|update
all|1|"update" requires exactly 1 argument|update a b
all|1|"checkpoint" requires exactly 1 argument|checkpoint
all|1|"checkpoint" requires exactly 1 argument|checkpoint a b
all|1|"restore" requires exactly 1 argument|restore
all|1|"restore" requires exactly 1 argument|restore a b
all|1|"list" requires exactly 0 argument|list a
all|1|"spec" requires exactly 0 argument|spec a
all|1|"features" requires exactly 0 argument|features a
lorica|1|"info" requires exactly 0 argument|info a
lorica|1|"wait" requires exactly 1 argument|wait
lorica|1|"wait" requires exactly 1 argument|wait a b
lorica|1|"plan" requires a maximum of 1 argument|plan a b
lorica|1|"validate" requires a maximum of 1 argument|validate a b
lorica|1|"completion" requires exactly 1 argument|completion
lorica|1|"completion" requires exactly 1 argument|completion bash zsh
lorica|1|"mounts" requires a minimum of 2 argument|mounts list
lorica|1|"mounts" requires a maximum of 3 argument|mounts add a b c
lorica|1|mounts frob: unknown command|mounts frob "$ID"
lorica|1|mounts add needs a container and a file|mounts add "$ID"
lorica|1|mounts list takes a container only|mounts list "$ID" file
END
}

@test "usage: a container that does not exist" {
    differs crun "its ps ends with 253"
    echo '[]' >"$T/mounts"
    table <<'END'
all|1|container does not exist|start "$ID"
all|1|container does not exist|state "$ID"
all|1|container does not exist|kill "$ID"
all|1|container does not exist|kill "$ID" 9
all|1|container does not exist|delete "$ID"
lorica|1|2 of 2 containers not deleted: .*: container does not exist; .*: container does not exist|delete "$ID" "$ID-b"
all|1|container does not exist|pause "$ID"
all|1|container does not exist|resume "$ID"
all|255|exec failed: container does not exist|exec "$ID" true
all|1|container does not exist|ps "$ID"
lorica|1|container does not exist|events --stats "$ID"
all|1|container does not exist|update --pids-limit 10 "$ID"
all|1|container does not exist|checkpoint --image-path "$T/image" "$ID"
lorica|1|no such file or directory|restore --image-path "$T/image" --bundle "$BUNDLE" "$ID"
lorica|1|container does not exist|wait "$ID"
lorica|1|container does not exist|mounts list "$ID"
lorica|1|container does not exist|mounts add "$ID" "$T/mounts"
lorica|1|container does not exist|mounts remove "$ID" "$T/mounts"
all|1|no such file or directory|create --bundle "$T/nosuch" "$ID"
all|1|no such file or directory|run --bundle "$T/nosuch" "$ID"
END
    [ ! -e "$T/image" ] || [ "$RT_KIND" != lorica ]
}

@test "usage: what is no name of a container" {
    differs crun "1.8.1 takes some for paths, and removes what is there"
    local id command
    for id in a/b .. 'a b'; do
        for command in 'create --bundle "$BUNDLE"' 'run --bundle "$BUNDLE"' start state kill delete 'delete --force' pause \
            resume ps 'update --pids-limit 5' 'checkpoint --image-path "$T/image"'; do
            echo "all|1|invalid container ID format|$command $(printf %q "$id")"
        done
        echo "all|255|exec failed: invalid container ID format|exec $(printf %q "$id") true"
        for command in 'events --stats' wait 'mounts list' 'restore --bundle "$BUNDLE" --image-path "$T"'; do
            echo "lorica|1|invalid container ID format|$command $(printf %q "$id")"
        done
    done >"$T/rows"
    for command in 'create --bundle "$BUNDLE"' 'run --bundle "$BUNDLE"' start state kill delete pause resume ps; do
        echo "all|1|container id cannot be empty|$command ''"
    done >>"$T/rows"
    table <"$T/rows"
}

# ---- with one, in each state ----

# whatever the state: the name is taken, signals and numbers are looked at
always() {
    cat <<'END'
all|1|container with given ID already exists|create --bundle "$BUNDLE" "$ID"
all|1|container with given ID already exists|run --bundle "$BUNDLE" "$ID"
lorica|1|container with given ID already exists|restore --bundle "$BUNDLE" --image-path "$T" "$ID"
all|1|unknown signal|kill "$ID" NOSUCH
lorica|1|unknown signal "99"|kill "$ID" 99
lorica|1|unknown signal ""|kill "$ID" ''
lorica|1|unknown signal "SIGRTMIN\+99"|kill "$ID" SIGRTMIN+99
lorica|1|flag provided but not defined: -9|kill "$ID" -9
lorica|1|invalid timeout: soon|wait --timeout soon "$ID"
lorica|1|invalid format option: yaml|ps --format yaml "$ID"
lorica|1|duration interval must be greater than 0|events --interval 0s "$ID"
END
}

# numbers, sizes and lists of update; only where a container could be changed
numbers() {
    cat <<'END'
all|1|invalid value for memory|update --memory 1q "$ID"
all|1|invalid value for memory|update --memory x "$ID"
all|1|invalid value for cpu-quota|update --cpu-quota x "$ID"
all|1|invalid value for cpu-share|update --cpu-share -5 "$ID"
all|1|invalid value|update --pids-limit 1.5 "$ID"
lorica|1|invalid value for memory|update --memory 99999999999999999999 "$ID"
lorica|1|invalid value for blkio-weight: "9999999" is out of range|update --blkio-weight 9999999 "$ID"
lorica|1|cpu idle is 0 or 1, not 7|update --cpu-idle 7 "$ID"
lorica|1|not a list of numbers|update --cpuset-cpus a-b "$ID"
lorica|1|open /nosuch: no such file or directory|update --resources /nosuch "$ID"
lorica|1|unexpected end of the text|update --resources - "$ID"
lorica|1|open /nosuch: no such file or directory|mounts add "$ID" /nosuch
lorica|255|exec failed: bad uid|exec --user nobody "$ID" true
lorica|255|exec failed: bad additional gid|exec --additional-gids x "$ID" true
lorica|255|exec failed: unknown capability "CAP_NOSUCH"|exec --cap CAP_NOSUCH "$ID" true
lorica|255|exec failed: Cwd must be an absolute path|exec --cwd relative "$ID" true
lorica|255|exec failed: open process file /nosuch: no such file or directory|exec --process /nosuch "$ID"
lorica|255|exec failed: process args cannot be empty|exec "$ID"
lorica|255|exec failed: preserve-fds 9000: descriptor . is not open|exec --preserve-fds 9000 "$ID" true
END
}

@test "usage: of a created container" {
    differs crun "1.8.1 sends no signal for a name that is none, and says nothing"
    up
    { always; numbers; cat; } <<'END' | table
all|1|container not paused|resume "$ID"
all|1|cannot be checkpointed in created state|checkpoint --image-path "$T/image" "$ID"
lorica|1|is still running|wait --timeout 0.01 "$ID"
END
    is_state created
    rt_start
    is_state running
}

@test "usage: of a running container" {
    differs crun "1.8.1 sends no signal for a name that is none, and says nothing"
    up
    rt_start
    { always; numbers; cat; } <<'END' | table
all|1|cannot start an already running container|start "$ID"
all|1|container not paused|resume "$ID"
all|1|cannot delete container .* that is not stopped: running|delete "$ID"
lorica|1|2 of 2 containers not deleted: |delete "$ID" nosuch
lorica|1|is still running|wait --timeout 0.01 "$ID"
END
    is_state running
}

@test "usage: of a paused container" {
    differs crun "1.8.1 sends no signal for a name that is none, and says nothing"
    [ "${CGROUP_TOP:-}" != none ] || skip "no cgroup to pause"
    up
    rt_start
    rt pause "$ID"
    { always; cat; } <<'END' | table
all|1|cannot start a container in the paused state|start "$ID"
all|1|container not running|pause "$ID"
all|1|cannot delete container .* that is not stopped: paused|delete "$ID"
all|255|exec failed: cannot exec in a paused container \(use --ignore-paused to override\)|exec "$ID" true
lorica|1|is still running|wait --timeout 0.01 "$ID"
END
    is_state paused
    rt resume "$ID"
}

@test "usage: of a stopped container" {
    differs crun "1.8.1 sends no signal for a name that is none, and says nothing"
    up
    rt_start
    rt kill "$ID" KILL
    wait_for 5 is_state stopped
    echo '[]' >"$T/mounts"
    { always; cat; } <<'END' | table
all|1|cannot start a container that has stopped|start "$ID"
all|1|container not running|kill "$ID"
all|1|container not running|pause "$ID"
all|1|container not paused|resume "$ID"
all|255|exec failed: cannot exec in a stopped container|exec "$ID" true
all|1|container not running|update --pids-limit 10 "$ID"
all|1|cannot be checkpointed in stopped state|checkpoint --image-path "$T/image" "$ID"
lorica|1|container with id .* is not running|events --stats "$ID"
lorica|1|cannot change the mounts of a container that is stopped|mounts add "$ID" "$T/mounts"
lorica|1|cannot change the mounts of a container that is stopped|mounts remove "$ID" "$T/mounts"
END
    is_state stopped
}

@test "usage: of what an interrupted creation left" {
    lorica_only "a directory without a record"
    mkdir "$STATE/$ID"
    {
        cat <<'END'
lorica|1|container with given ID already exists|create --bundle "$BUNDLE" "$ID"
lorica|255|exec failed: container has no record: its creation was interrupted|exec "$ID" true
END
        for command in start state kill delete pause resume ps 'events --stats' 'update --pids-limit 5' wait 'mounts list' \
            'checkpoint --image-path "$T/image"'; do
            echo "lorica|1|container has no record: its creation was interrupted|$command \"\$ID\""
        done
    } | table
    rt delete --force "$ID"
    nothing_left
}
