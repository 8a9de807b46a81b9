#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# ci/bench.sh [RUNTIME…]: lorica (build/static) against peers (default: crun and runc, where they are installed), as root,
# interleaved: run, create, start, delete, the whole cycle and exec, with the starter configuration and with a seccomp profile
# of the size of Docker's as well, compiled once (seccomp) and each time (uncached: no runtime can make its directory of
# filters; what `run` takes longer than with a plain configuration is the compilation). ROUNDS (default: 200) rounds; PIN=CPU: all on one processor. In private namespaces.
. "$(dirname "$0")/lib.sh"

[ "$(id -u)" = 0 ] || die "starting containers takes root"
lorica=build/static/lorica
bench=build/static/bin/bench
[ -x $lorica ] && [ -x $bench ] || ci/build.sh static
runtimes=("lorica=$ROOT/$lorica")
[ $# -gt 0 ] || set -- crun runc
for peer; do
    if program=$(command -v "$peer"); then runtimes+=("$(basename "$peer")=$program"); else say "no $peer here"; fi
done
work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT
mkdir -p "$work/bundle/rootfs/bin"
cp "$(command -v busybox)" "$work/bundle/rootfs/bin/true"
$lorica spec --bundle "$work/bundle"
# crun 1.8.1 refuses a newer version; root here may lack what raising limits takes
jq '.ociVersion = "1.0.2" | .process.terminal = false | .process.args = ["/bin/true"]' "$work/bundle/config.json" >"$work/plain"
# the container of `exec`
mkdir -p "$work/bundle-up/rootfs/bin"
cp "$(command -v busybox)" "$work/bundle-up/rootfs/bin/true"
cp "$(command -v busybox)" "$work/bundle-up/rootfs/bin/sleep"
jq --slurpfile s ci/data/seccomp-docker-like.json '.linux.seccomp = $s[0]' "$work/plain" >"$work/seccomp"

pin=()
[ -z "${PIN:-}" ] || pin=(taskset -c "$PIN")
failed=0
cp "$work/seccomp" "$work/uncached"
for kind in plain seccomp uncached; do
    cp "$work/$kind" "$work/bundle/config.json"
    jq '.process.args = ["/bin/sleep", "100000"]' "$work/$kind" >"$work/bundle-up/config.json"
    mkdir -p "$work/state/$kind"
    if [ $kind = uncached ]; then
        for runtime in "${runtimes[@]}"; do
            mkdir "$work/state/$kind/${runtime%%=*}"
            : >"$work/state/$kind/${runtime%%=*}/.cache"
        done
    fi
    printf '\n%s, %s rounds, %s\n' "$kind" "${ROUNDS:-200}" "${PIN:+on processor $PIN}"
    printf 'operation\truntime\tmedian us\tp95 us\tpeak KiB\tlorica/this\n' | cat - <(
        ci/private-ns.sh -1 "${pin[@]}" "$bench" "${ROUNDS:-200}" "$work/state/$kind" "$work/bundle" "${runtimes[@]}" || echo FAILED
    ) | tee "$work/table" | column -t -s $'\t'
    ! grep -q FAILED "$work/table" || failed=$((failed + 1))
done
tally bench $((3 - failed)) $failed 0
[ $failed = 0 ]
