#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# ci/vm.sh [PART…]: the end-to-end tests in virtual machines (tests/vm): what this machine's own kernel cannot show.
# A PART is KERNEL/LAYOUT[/SET]: a kernel of tests/vm/kernels.txt; v1, v2, hybrid, or systemd (v2 with systemd as pid 1);
# and all tests, those of smoke.txt (smoke), or those that a cgroup manager beside the runtime may break (cgroups).
# Default: uml/v2 uml/systemd/cgroups 6.1/v2/smoke newest/v2/smoke
#   BUILD   the build to test (build/static)         JOBS        machines at a time for each part (processors)
#   FILES   only these files of tests/bats, no .bats VM_TIMEOUT  seconds for each machine (900)
# Each test's TAP line is in build/vm/; what fails is shown whole on stderr. A part whose packages cannot be had counts as
# one skipped test. The last line is "vm: N passed, N failed, N skipped".
. "$(dirname "$0")/lib.sh"

: "${BUILD:=build/static}" "${VM_TIMEOUT:=900}"
cgroup_files='create delete kill state start list cgroup2 resources pause update'

# share N FILE…: lines of file names, N or fewer, with about as many tests each
share() {
    local n=$1
    shift
    grep -c '^@test' /dev/null "$@" | tail -n +2 | tr ':' ' ' | sort -k2,2nr | awk -v n="$n" '
        { best = 1; for (i = 2; i <= n; i++) if (sum[i] + 0 < sum[best] + 0) best = i
          sum[best] += $2; files[best] = files[best] " " $1 }
        END { for (i = 1; i <= n; i++) if (files[i] != "") print files[i] }'
}

# bats_files NAME…: those of them that there are
bats_files() {
    local name
    for name; do
        [ ! -f "tests/bats/$name.bats" ] || echo "tests/bats/$name.bats"
    done
}

# smoke_filter: what bats --filter takes
smoke_filter() { sed 's/[][\.*^$+?(){}|]/\\&/g' tests/vm/smoke.txt | paste -sd'|' | sed 's/.*/^(&)$/'; }

# whole TAP STATUS: is it all there? 1 is bats' own status: some test failed, and the TAP says which.
whole() {
    { [ "$2" = 0 ] || { [ "$2" = 1 ] && grep -q '^not ok ' "$1"; }; } &&
        [ "$(grep -cE '^(not )?ok ' "$1")" = "$(sed -n '1s/^1\.\.//p' "$1")" ]
}

# machines FILE…: runs bats on them in up to $machines of them, with $options and $filter; TAP into $log-*.tap
machines() {
    local n=0 pid status files pids=()
    while read -ra files; do
        n=$((n + 1))
        tests/vm/run "${options[@]}" --build "$BUILD" --timeout "$VM_TIMEOUT" -- \
            bats -F tap "${filter[@]}" "${files[@]}" >"$log-$n.tap" 2>"$log-$n.err" 8>&- &
        pids+=("$!")
    done < <(share "$machines" "$@")
    n=0
    for pid in "${pids[@]}"; do
        n=$((n + 1))
        status=0
        wait "$pid" || status=$?
        whole "$log-$n.tap" "$status" || {
            echo "not ok 0 the virtual machine ended early, status $status"
            sed 's/^/# /' "$log-$n.err"
        } >>"$log-$n.tap"
    done
}

# count PART SECONDS: its line on stdout, its failures on stderr
count() {
    local p f s
    read -r p f s < <(cat "$log"-*.tap | awk '
        /^ok .* # skip/ { s++; next } /^ok / { p++ } /^not ok / { f++ } END { print p + 0, f + 0, s + 0 }')
    echo "vm $1: $p passed, $f failed, $s skipped, $2 s"
    cat "$log"-*.tap | awk '/^ok / { show = 0 } /^not ok / { show = 1 } show' >&2
    tally "vm-$1" "$p" "$f" "$s"
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

part() {
    local kernel layout set start=$SECONDS machines=$JOBS reason files options filter=()
    local log=build/vm/${1//\//-}
    IFS=/ read -r kernel layout set <<<"$1"
    rm -f "$log"-*.tap "$log"-*.err
    case $layout in
    v1 | v2 | hybrid) options=(--kernel "$kernel" --cgroup "$layout") ;;
    systemd) options=(--kernel "$kernel" --systemd) ;;
    *) die "no layout $layout" ;;
    esac
    # shellcheck disable=SC2046,SC2086
    case ${set:-all} in
    all) mapfile -t files < <(bats_files ${FILES:-$(basename -s .bats tests/bats/*.bats)}) ;;
    cgroups) mapfile -t files < <(bats_files ${FILES:-$cgroup_files}) ;;
    smoke)
        mapfile -t files < <(grep -lFf <(sed 's/^/@test "/; s/$/"/' tests/vm/smoke.txt) tests/bats/*.bats)
        filter=(--filter "$(smoke_filter)")
        machines=1
        ;;
    *) die "no set $set" ;;
    esac
    awk -v k="$kernel" '$1 == k { found = 1 } END { exit !found }' tests/vm/kernels.txt || die "no kernel $kernel"
    if ! tests/vm/run "${options[@]}" --timeout 60 -- true >"$log-0.err" 2>&1; then
        reason=$(sed -n 's/^fetch: /no packages: /p' "$log-0.err" | tail -n1)
        [ -n "$reason" ] || die "$1: the machine does not boot: $(cat "$log-0.err")"
        echo "ok 1 $1 # skip $reason" | tee "$log-0.tap" >&2
    else
        machines "${files[@]}"
    fi
    count "$1" $((SECONDS - start))
}

[ "$(id -u)" = 0 ] || die "needs root"
have bats jq busybox setpriv unshare xz zstd || die "bats, jq, busybox, util-linux, xz-utils or zstd is missing"
[ -x "$BUILD/lorica" ] || ci/build.sh static
mkdir -p build/vm
exec 8>build/vm/.lock
flock -n 8 || die "is running already in this checkout"
unknown=$(grep -vFf <(sed -n 's/^@test "\(.*\)" {$/\1/p' tests/bats/*.bats) tests/vm/smoke.txt || true)
[ -z "$unknown" ] || die "smoke.txt names tests that do not exist: $unknown"
passed=0 failed=0 skipped=0
[ $# -gt 0 ] || set -- uml/v2 uml/systemd/cgroups 6.1/v2/smoke newest/v2/smoke
for name; do part "$name"; done
echo "vm: $passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
