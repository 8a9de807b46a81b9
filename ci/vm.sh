#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# ci/vm.sh [PART…]: the end-to-end tests in virtual machines (tests/vm), what this machine's own kernel cannot show.
#   v2        the whole suite on cgroup v2, cgroupfs driver (User Mode Linux)
#   systemd   cgroup tests with systemd as pid 1 (User Mode Linux)
# Without PART: all of them. BUILD: the build to test (build/static). FILES: only these files of tests/bats, without .bats.
# JOBS virtual machines run at a time. Each test's TAP line is in build/vm/PART*.tap; what fails is shown whole, and the
# last line is "vm: N passed, N failed, N skipped". A part whose packages cannot be had counts as one skipped test.
. "$(dirname "$0")/lib.sh"

: "${BUILD:=build/static}"
out=build/vm
# what a cgroup manager beside the runtime may break
systemd_files='create delete kill state start list run cgroup cgroups resources pause update'

# share N FILE…: lines of file names, N or fewer, with about as many tests each
share() {
    local n=$1
    shift
    grep -c '^@test' /dev/null "$@" | tail -n +2 | tr ':' ' ' | sort -k2,2nr | awk -v n="$n" '
        { best = 1; for (i = 2; i <= n; i++) if (sum[i] + 0 < sum[best] + 0) best = i
          sum[best] += $2; files[best] = files[best] " " $1 }
        END { for (i = 1; i <= n; i++) if (files[i] != "") print files[i] }'
}

# suite PART MACHINES "VM OPTION…" FILE…: these files in as many machines; TAP into $out/PART-*.tap
suite() {
    local part=$1 machines=$2 line n=0 pid
    local options files pids=()
    read -ra options <<<"$3"
    shift 3
    rm -f "$out/$part"-*.tap
    while read -ra files; do
        n=$((n + 1))
        tests/vm/run "${options[@]}" --build "$BUILD" --timeout "${VM_TIMEOUT:-900}" -- bats -F tap "${files[@]}" \
            >"$out/$part-$n.tap" 2>"$out/$part-$n.log" &
        pids+=("$!")
    done < <(share "$machines" "$@")
    n=0
    for pid in "${pids[@]}"; do
        n=$((n + 1))
        line=0
        wait "$pid" || line=$?
        # 1 is bats' own: some test failed, and the TAP says which. Without all of the TAP it is a failure too.
        plan=$(sed -n '1s/^1\.\.//p' "$out/$part-$n.tap")
        if [ "$(grep -cE '^(not )?ok ' "$out/$part-$n.tap")" != "${plan:-none}" ] || [ "$line" -gt 1 ]; then
            echo "not ok 0 $part: the virtual machine ended early, status $line" >>"$out/$part-$n.tap"
            sed 's/^/# /' "$out/$part-$n.log" >>"$out/$part-$n.tap"
        fi
    done
}

# count PART SECONDS: its line on stdout, its failures on stderr
count() {
    local p f s
    read -r p f s < <(cat "$out/$1"-*.tap | awk '
        /^ok .* # skip/ { s++; next } /^ok / { p++ } /^not ok / { f++ } END { print p + 0, f + 0, s + 0 }')
    echo "vm $1: $p passed, $f failed, $s skipped, $2 s"
    cat "$out/$1"-*.tap | awk '/^ok /{ show = 0 } /^not ok /{ show = 1 } show' >&2
    tally "vm-$1" "$p" "$f" "$s"
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

# bats_files NAME…: those of them that there are
bats_files() {
    local name
    for name; do
        [ ! -f "tests/bats/$name.bats" ] || echo "tests/bats/$name.bats"
    done
}

part() {
    local part=$1 start=$SECONDS kernel=uml reason files
    shift
    if ! reason=$(tests/vm/fetch "$kernel" kmod 2>&1 >/dev/null); then
        mkdir -p "$out"
        rm -f "$out/$part"-*.tap
        echo "ok 1 $part # skip no virtual machine: $(tail -n1 <<<"$reason")" | tee "$out/$part-1.tap"
        count "$part" 0
        return
    fi
    case $part in
    v2)
        mapfile -t files < <(bats_files ${FILES:-$(cd tests/bats && ls ./*.bats | sed 's/\.bats$//')})
        suite v2 "$JOBS" '--cgroup v2' "${files[@]}"
        ;;
    systemd)
        mapfile -t files < <(bats_files ${FILES:-$systemd_files})
        suite systemd "$JOBS" --systemd "${files[@]}"
        ;;
    *) die "no part $part" ;;
    esac
    count "$part" $((SECONDS - start))
}

[ "$(id -u)" = 0 ] || die "needs root"
have bats jq busybox || die "bats, jq or busybox is missing"
[ -x "$BUILD/lorica" ] || ci/build.sh static
mkdir -p "$out"
passed=0 failed=0 skipped=0
[ $# -gt 0 ] || set -- v2 systemd
for name; do part "$name"; done
echo "vm: $passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
