#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# ci/vm.sh [PART…]: the tests in virtual machines (tests/vm): what this machine's own kernel cannot show.
# A PART is KERNEL/LAYOUT[/SET]. KERNEL: of tests/vm/kernels.txt.
# LAYOUT: v1, v2, hybrid; systemd (v2, systemd is pid 1, and the containers' cgroups are its scopes), systemd-v1 and
# systemd-hybrid (the same on those hierarchies), beside (v2, systemd is pid 1, but the cgroups are ours); v1, v2, systemd
# and beside with -user: an ordinary user, under systemd with a manager of its own.
# SET:
#   all      the end-to-end tests, but for files that no kernel, or with systemd no cgroup manager, changes (the default)
#   cgroups  the files that a cgroup manager beside the runtime may break
#   units    only those about cgroups and units themselves
#   smoke    the tests of smoke.txt
#   labels   lsm.bats, AppArmor switched on          selinux   the same with SELinux and a policy
#   kernel   tests/kernel: each file of src/kernel, called directly
#   rootless tests/vm/rootless-tests, which an ordinary user's all, cgroups and units include
# Default: the parts of the gate, below.
#   BUILD   the build to test (build/static)         MACHINES    at a time (one more than processors, for when others wait)
#   SYSTEMD_BUILD  the same, for systemd's driver, which a static build does not have (build/release)
#   FILES   only these files of tests/bats, no .bats VM_TIMEOUT  seconds for each machine (600)
# One machine runs one long file or several short ones, the longest first. A machine that fails as a machine is tried once
# more. Each test's TAP line is in build/vm/PART/; what fails is shown whole on stderr. A part whose packages cannot be had
# counts as one skipped test.
# The last line is "vm: N passed, N failed, N skipped".
. "$(dirname "$0")/lib.sh"

machines=${MACHINES:-$(($(nproc) + 1))}

: "${BUILD:=build/static}" "${SYSTEMD_BUILD:=build/release}" "${KERNEL_TESTS:=build/dev/tests/kernel}" "${VM_TIMEOUT:=600}"
gate=(uml/v2 uml/systemd uml/systemd-v1/units uml/v2-user/units uml/systemd-user/units
    6.1/v2/smoke newest/v2/smoke 6.1/v2/labels 6.1/v2/selinux
    uml/v2/kernel uml/v1/kernel 6.1/v2/kernel newest/v2/kernel)
cgroup_files='hugetlb_rdma create run delete kill state start list cgroup1 cgroup2 pause ps exec update events systemd nosys'
unit_files='systemd cgroup1 cgroup2'
# What is decided before the kernel is asked for anything, and engines, which take minutes and ask the kernel for nothing
# that the other files do not: the host's own run shows all of it.
same_everywhere='input validate docs spec plan features completion legacy podman ctr engines'

# The longest of those that hold no cgroup to anything: with the cgroupfs driver they run on the same kernel.
same_with_any_manager='attack paths rootless terminal'

# whole files of data/root-only, and those about ids, sysctls and namespaces that are not an ordinary user's (ci/bats.sh)
root_only='crash names namespaces netdev nosys rootless systemd'

# Those that ask for a second processor. In User Mode Linux it makes a wake-up many times dearer where others wait for the
# host's processors, so the rest does without it there.
second_processor='attack exec process'

# suite LAYOUT KERNEL: the names of all other files; none about a version of cgroups, a systemd, or root, where there is none
suite() {
    local not=$same_everywhere
    case $1 in v1 | hybrid | systemd-v1 | systemd-hybrid) not+=' cgroup2' ;; *) not+=' cgroup1' ;; esac
    case $1 in systemd* | beside*) ;; *) not+=' systemd' ;; esac
    case $1 in systemd*) not+=" $same_with_any_manager" ;; esac
    case $1 in *-user) not+=" $root_only" ;; esac
    case $2 in uml*) not+=' checkpoint checkpoint_options lsm' ;; esac # criu knows no such machine, which has no labels
    basename -s .bats tests/bats/*.bats | grep -vxF "${not// /$'\n'}"
}

# batches PART SET FACTOR NAME…: lines as those of units: a long file alone, short ones together, for each machine costs a start
batches() {
    local name
    for name in "${@:4}"; do
        [ ! -f "tests/bats/$name.bats" ] || awk -v file="tests/bats/$name.bats" '
            /^@test/ { n++ }
            END { print n * (file ~ /crash|input/ ? 10 : file ~ /systemd|nosys|terminal|rootless/ ? 2 : 1), file }' "tests/bats/$name.bats"
    done | sort -rn -s -k1,1 | awk -v what="$1 $2" -v factor="$3" '
        function out() { if (files != "") print sum * factor, what files; files = ""; sum = 0 }
        { if (sum + $1 > 45) out(); sum += $1; files = files " " $2 }
        END { out() }'
}

# smoke_names LAYOUT: without those about the other version of cgroups; smoke_filter LAYOUT: what bats --filter takes
smoke_names() {
    case $1 in v1 | hybrid | systemd-v1 | systemd-hybrid) grep -v '^cgroup v2:' tests/vm/smoke.txt ;; *) grep -v '^cgroup v1:' tests/vm/smoke.txt ;; esac
}
smoke_filter() { smoke_names "$1" | sed 's/[][\.*^$+?(){}|]/\\&/g' | paste -sd'|' | sed 's/.*/^(&)$/'; }

# emulated KERNEL: in qemu, some thirty times slower
emulated() { [ "$(awk -v k="$1" '$1 == k { print $2 }' tests/vm/kernels.txt)" = qemu ]; }

# units PART: lines "COST PART SET FILE…", one for each machine
units() {
    local kernel layout set files factor=1
    IFS=/ read -r kernel layout set <<<"$1"
    ! emulated "$kernel" || factor=8
    case $layout/${set:=all} in *-user/all | *-user/cgroups | *-user/units) echo "$((20 * factor)) $1 rootless" ;; esac
    # shellcheck disable=SC2086
    case $set in
    all | cgroups | units)
        files=$(suite "$layout" "$kernel")
        [ "$set" != cgroups ] || files=$(grep -xF "${cgroup_files// /$'\n'}" <<<"$files")
        [ "$set" != units ] || files=$(grep -xF "${unit_files// /$'\n'}" <<<"$files")
        batches "$1" "$set" "$factor" ${FILES:-$files}
        ;;
    smoke)
        echo "$(($(smoke_names "$layout" | wc -l) * factor)) $1 $set" \
            "$(grep -lFf <(smoke_names "$layout" | sed 's/^/@test "/; s/$/"/') tests/bats/*.bats | paste -sd' ')"
        ;;
    labels | selinux) echo "$((8 * factor)) $1 $set tests/bats/lsm.bats" ;;
    kernel | rootless) echo "$((20 * factor)) $1 $set" ;;
    esac
}

check_part() {
    local kernel layout set
    IFS=/ read -r kernel layout set <<<"$1"
    awk -v k="$kernel" '$1 == k { found = 1 } END { exit !found }' tests/vm/kernels.txt || die "no kernel $kernel"
    case $layout in
    v1 | v2 | hybrid | systemd | systemd-v1 | systemd-hybrid | beside) ;;
    v1-user | v2-user | systemd-user | beside-user) [[ ${set:-all} =~ ^(all|cgroups|units|rootless)$ ]] || die "no set $set as an ordinary user" ;;
    *) die "no layout $layout" ;;
    esac
    case ${set:-all} in
    all | smoke | cgroups | units | rootless | labels | selinux) ;;
    kernel) [ -x "$KERNEL_TESTS/test_kernel_fs" ] || ci/build.sh dev ;;
    *) die "no set $set" ;;
    esac
}

# whole TAP STATUS: is it all there? 1 is bats' own status: some test failed, and the TAP says which.
whole() {
    { [ "$2" = 0 ] || { [ "$2" = 1 ] && grep -q '^not ok ' "$1"; }; } &&
        [ "$(grep -cE '^(not )?ok ' "$1")" = "$(sed -n '1s/^1\.\.//p' "$1")" ]
}

# machine PART SET [FILE…]: one machine; its TAP is $log.tap
machine() {
    local part=$1 set=$2 kernel layout name options=() command=() try status start=$SECONDS
    shift 2
    IFS=/ read -r kernel layout _ <<<"$part"
    options=(--kernel "$kernel" --timeout "$VM_TIMEOUT" --env CRASH_STEP=48)
    case ${layout%-user} in
    systemd) options+=(--build build/vm/program-systemd --systemd --env CGROUP_MANAGER=systemd) ;;
    systemd-*) options+=(--build build/vm/program-systemd --systemd --cgroup "${layout#*-}" --env CGROUP_MANAGER=systemd) ;;
    beside) options+=(--build build/vm/program --systemd) ;;
    *) options+=(--build build/vm/program --cgroup "${layout%-user}") ;;
    esac
    [ "${layout%-user}" = "$layout" ] || options+=(--user)
    case $set in
    kernel) command=(tests/vm/kernel-tests build/vm/program/kernel-tests) ;;
    rootless) command=(tests/vm/rootless-tests) ;;
    labels) command=(bats -F tap --timing "$@") options+=(--append "apparmor=1 security=apparmor") ;;
    selinux) command=(bats -F tap --timing "$@") options+=(--append "selinux=1 security=selinux") ;;
    smoke) command=(bats -F tap --timing --filter "$(smoke_filter "$layout")" "$@") ;;
    *) command=(bats -F tap --timing "$@") ;;
    esac
    name=$set
    case $set in all | cgroups | units) name=$(basename -s .bats "$@" | paste -sd+) ;; esac
    # a kernel that is built with a configuration of its own has more than one
    [ ! -e "tests/vm/$kernel.config" ] || ! grep -qxF "${second_processor// /$'\n'}" <<<"${name//+/$'\n'}" || options+=(--cpus 2)
    local log=build/vm/${part//\//-}/$name
    mkdir -p "${log%/*}"
    for try in 1 2; do
        status=0
        setpriv --pdeathsig TERM tests/vm/run "${options[@]}" -- "${command[@]}" >"$log.tap" 2>"$log.err" 8>&- || status=$?
        ! whole "$log.tap" "$status" || break
        case $status in
        69)
            echo "ok 1 $part # skip no packages: $(sed -n 's/^fetch: //p' "$log.err" | tail -n1)" >"$log.tap"
            break
            ;;
        125) [ "$try" = 2 ] || { echo "vm $part $name: the machine failed, once more" >&2 && continue; } ;;
        esac
        {
            echo "not ok 0 $part $name: the virtual machine ended early, status $status"
            sed 's/^/# /' "$log.err"
        } >>"$log.tap"
        break
    done
    # what fails is shown at once: a gate that is stopped has said it then
    awk '/^ok / { show = 0 } /^not ok / { show = 1 } show' "$log.tap" >&2
    echo $((SECONDS - start)) >"$log.seconds"
}

# count PART: its line on stdout
count() {
    local p f s seconds dir=build/vm/${1//\//-}
    # packages that cannot be had are one skip, not one for each file
    read -r p f s < <(cat "$dir"/*.tap | awk '
        / # skip no packages: / { none = 1; next }
        /^ok .* # skip/ { s++; next } /^ok / { p++ } /^not ok / { f++ } END { print p + 0, f + 0, s + none }')
    seconds=$(cat "$dir"/*.seconds | awk '{ n += $1 } END { print n + 0 }')
    echo "vm $1: $p passed, $f failed, $s skipped, $seconds s"
    cat "$dir"/*.tap | grep -h -m1 ' # skip no packages: ' || true
    # last: tests/vm/matrix takes it for a sign that the part is whole
    [ -n "${FILES:-}" ] || printf 'commit=%s date=%s version=%s\n' "$(git describe --always --dirty 2>/dev/null || echo unknown)" "$(date -u +%F)" \
        "$(ls "${LORICA_VM_CACHE:-build/vm-cache}/${1%%/*}/lib/modules" 2>/dev/null || echo unknown)" >"$dir/about"
    tally "vm-$1" "$p" "$f" "$s"
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

[ "$(id -u)" = 0 ] || die "needs root"
have bats jq busybox setpriv unshare xz zstd || die "bats, jq, busybox, util-linux, xz-utils or zstd is missing"
[ -x "$BUILD/lorica" ] || ci/build.sh static
[ -x "$SYSTEMD_BUILD/lorica" ] || ci/build.sh release
mkdir -p build/vm
exec 8>build/vm/.lock
flock -n 8 || die "is running already in this checkout"
unknown=$(grep -vFf <(sed -n 's/^@test "\(.*\)" {$/\1/p' tests/bats/*.bats) tests/vm/smoke.txt || true)
[ -z "$unknown" ] || die "smoke.txt names tests that do not exist: $unknown"
passed=0 failed=0 skipped=0
[ $# -gt 0 ] || set -- "${gate[@]}"
for part; do check_part "$part" && rm -rf "build/vm/${part//\//-}"; done
# a copy: a build beside this run changes nothing in it
rm -rf build/vm/program build/vm/program-systemd
mkdir build/vm/program build/vm/program-systemd
cp -a "$BUILD/lorica" "$BUILD/bin" build/vm/program/
cp -a "$SYSTEMD_BUILD/lorica" "$BUILD/bin" build/vm/program-systemd/
[ ! -d "$KERNEL_TESTS" ] || cp -a "$KERNEL_TESTS" build/vm/program/kernel-tests
# What has to be downloaded comes while the first machines run.
mapfile -t kernels < <(printf '%s\n' "${@%%/*}" | awk '!seen[$0]++')
tests/vm/fetch kmod "${kernels[0]}" >/dev/null 2>&1 || true
(for kernel in "${kernels[@]}"; do
    ! emulated "$kernel" || tests/vm/fetch "$kernel" emulator virtiofsd || true
done) >/dev/null 2>build/vm/fetch.err 8>&- &
fetcher=$!
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
trap 'exit 143' TERM INT HUP
running=0
while read -r _ part set files; do
    while [ "$running" -ge "$machines" ]; do
        ended=
        wait -n -p ended || true
        [ "$ended" = "$fetcher" ] || running=$((running - 1))
    done
    # shellcheck disable=SC2086
    machine "$part" "$set" $files </dev/null &
    running=$((running + 1))
done < <(for part; do units "$part"; done | sort -rn -s -k1,1)
wait
for part; do count "$part"; done
echo "vm: $passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
