#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# ci/stress.sh [run [N [AT_ONCE]]] [race [ROUNDS [PROCESSES]]]: many containers, as root, in private namespaces.
#   run    N (default: 10000) times `run` with AT_ONCE (16) at a time: every exit code is right, nothing is left
#   race   ROUNDS (250) times PROCESSES (8) commands at once about one container: of create, start and delete exactly one
#          wins; kill, state, exec and delete in any order end, and nothing is left
#   short  what the gate does of both, in some seconds: 800 runs, 30 races
# Without arguments: run and race. RUNTIME: the runtime under test (default: build/static/lorica).
. "$(dirname "$0")/lib.sh"

runtime=$(realpath "${RUNTIME:-build/static/lorica}")
[ -x "$runtime" ] || die "$runtime is missing: ci/build.sh static"
[ "$(id -u)" = 0 ] || die "starting containers takes root"
if [ -z "${LORICA_STRESS_INSIDE:-}" ]; then
    [ $# -gt 0 ] || set -- run race
    [ "$*" != short ] || set -- run 800 16 race 30 8
    LORICA_STRESS_INSIDE=1 exec ci/private-ns.sh -1 "$0" "$@"
fi

work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT
name=stress$$
rt() { timeout -k 5 60 "$runtime" --root "$work/state" "$@"; }

# bundle NAME ARG…
bundle() {
    local dir=$work/$1
    shift
    mkdir -p "$dir/rootfs/bin"
    cp "$(command -v busybox)" "$dir/rootfs/bin/busybox"
    "$runtime" spec --bundle "$dir"
    jq '.process.terminal = false | .process.args = $ARGS.positional' --args -- "$@" <"$dir/config.json" >"$dir/new"
    mv "$dir/new" "$dir/config.json"
}
facts() {
    echo "cgroups $(find /sys/fs/cgroup -type d -name "*$name*" 2>/dev/null | wc -l)"
    echo "mounts $(wc -l </proc/self/mountinfo)"
    echo "state $(ls "$work/state" 2>/dev/null | wc -l)"
    echo "processes $({ grep -lE "/$name-" /proc/[0-9]*/cgroup 2>/dev/null || true; } | wc -l)"
}
memory_kib() { awk '/^(Slab|Percpu|KernelStack|PageTables|AnonPages):/ { n += $2 } END { print n }' /proc/meminfo; }
failed=0 checks=0
problem() { echo "stress: $*" >&2; failed=$((failed + 1)); }
unchanged() { # BEFORE
    local after i
    for i in 1 2 3 4 5 6 7 8 9 10; do
        after=$(facts)
        [ "$after" != "$1" ] || return 0
        sleep 0.5 # what is gone a moment later was only slow
    done
    problem "left behind: $(diff <(echo "$1") <(echo "$after") | grep '^>' | tr '\n' ' ')"
}

# ---- run ----

worker() { # NUMBER TIMES
    local i status codes=(0 0 0 7 42)
    for ((i = 0; i < $2; i++)); do
        local code=${codes[i % 5]}
        status=0
        rt run --bundle "$work/exit$code" "$name-$1" </dev/null >>"$work/out.$1" 2>&1 || status=$?
        [ "$status" = "$code" ] || echo "worker $1, round $i: status $status, expected $code" >>"$work/wrong"
    done
}
stress_run() {
    local n=${1:-10000} at_once=${2:-16} i before start kib
    bundle exit0 /bin/busybox true
    bundle exit7 /bin/busybox sh -c 'exit 7'
    bundle exit42 /bin/busybox sh -c 'exit 42'
    rm -f "$work"/out.* "$work"/st.*
    worker warm 20
    : >"$work/wrong"
    before=$(facts) kib=$(memory_kib) start=$SECONDS
    local pids=()
    for ((i = 0; i < at_once; i++)); do
        worker "$i" $((n / at_once)) &
        pids+=($!)
    done
    wait "${pids[@]}"
    [ ! -s "$work/wrong" ] || problem "$(wc -l <"$work/wrong") wrong exit codes: $(head -5 "$work/wrong")"
    [ -z "$(cat "$work"/out.*)" ] || problem "unexpected output: $(cat "$work"/out.* | sort | uniq -c | head -5)"
    unchanged "$before"
    checks=$((checks + n))
    echo "run: $((n / at_once * at_once)) containers, $at_once at a time, in $((SECONDS - start)) s;" \
        "$(wc -l <"$work/wrong") wrong exit codes; memory of the system changed by $(($(memory_kib) - kib)) KiB"
}

# ---- race ----

# at_once N COMMAND…: N times in parallel; statuses in st.*, output in out.*
at_once() {
    local n=$1 i pids=()
    shift
    rm -f "$work"/st.* "$work"/out.*
    for ((i = 0; i < n; i++)); do
        {
            status=0
            rt "$@" </dev/null >"$work/out.$i" 2>&1 || status=$?
            echo $status >"$work/st.$i"
        } &
        pids+=($!)
    done
    wait "${pids[@]}"
}
one_winner() { # WHAT ROUND
    local winners hung
    winners=$({ grep -lx 0 "$work"/st.* || true; } | wc -l)
    hung=$({ grep -lxE '124|137' "$work"/st.* || true; } | wc -l)
    [ "$winners" = 1 ] && [ "$hung" = 0 ] || problem "$1, round $2: $winners winners, $hung hung: $(cat "$work"/out.* | head -3)"
}
mixed() { # N ROUND: delete, kill, state, exec
    local n=$1 i pids=() status
    rm -f "$work"/st.* "$work"/out.*
    for ((i = 0; i < n; i++)); do
        {
            status=0
            case $(((i + $2) % 4)) in
            0) rt delete --force "$name-race" ;;
            1) rt kill "$name-race" KILL ;;
            2) rt state "$name-race" ;;
            3) rt exec "$name-race" /bin/busybox true ;;
            esac </dev/null >"$work/out.$i" 2>&1 || status=$?
            echo $status >"$work/st.$i"
        } &
        pids+=($!)
    done
    wait "${pids[@]}"
    # each ends, with success or an error that says which state it met
    for ((i = 0; i < n; i++)); do
        status=$(cat "$work/st.$i")
        case $status:$(((i + $2) % 4)) in
        0:*) ;;
        1:0) problem "delete --force, round $2: $(cat "$work/out.$i")" ;;
        1:* | 255:3)
            grep -qE 'does not exist|not running|stopped|is gone|no such process|ended by signal 9' "$work/out.$i" ||
                problem "round $2: $(cat "$work/out.$i")"
            ;;
        137:3) ;; # the process was killed with its container
        *) problem "round $2: command $(((i + $2) % 4)) ended with $status: $(cat "$work/out.$i")" ;;
        esac
    done
    rt delete --force "$name-race" || problem "round $2: delete"
}
stress_race() {
    local rounds=${1:-250} n=${2:-8} r before start=$SECONDS
    bundle hold /bin/busybox sleep 1000
    mkdir -p "$work/state"
    before=$(facts)
    for ((r = 0; r < rounds; r++)); do
        at_once "$n" create --bundle "$work/hold" "$name-race"
        one_winner create $r
        at_once "$n" start "$name-race"
        one_winner start $r
        if ((r % 2)); then
            mixed "$n" $r
        else
            rt kill "$name-race" KILL
            while [[ $(rt state "$name-race") = *'"status": "running"'* ]]; do :; done
            at_once "$n" delete "$name-race"
            one_winner delete $r
        fi
        [ "$failed" -lt 5 ] || break
    done
    unchanged "$before"
    checks=$((checks + rounds * 3))
    echo "race: $rounds rounds of $n processes, $((rounds * n * 3)) operations, in $((SECONDS - start)) s"
}

while [ $# -gt 0 ]; do
    what=$1
    shift
    counts=()
    while [[ ${1:-} =~ ^[0-9]+$ ]]; do
        counts+=("$1")
        shift
    done
    case $what in
    run) stress_run "${counts[@]}" ;;
    race) stress_race "${counts[@]}" ;;
    *) die "run or race, not $what" ;;
    esac
done
echo "stress: $failed problem(s)"
tally stress $((checks > failed ? checks - failed : 0)) "$failed" 0
[ "$failed" = 0 ]
