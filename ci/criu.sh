#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# ci/criu.sh: print the path of a criu that works on this kernel: the system's, else a newer one of the distribution,
# fetched by the system's own package sources into build/criu and run with its own C library. Fails with a reason on
# standard error when there is none. Older versions do not know the vDSO of newer kernels, hence the trial.
. "$(dirname "$0")/lib.sh"

# works CRIU: dumps a process of ours. One without descriptors: what the caller has open may lie in a mount namespace
# that criu does not see.
works() {
    local dir pid ok=1
    dir=$(mktemp -d)
    (
        for fd in /proc/self/fd/*; do
            fd=${fd##*/}
            [ "$fd" -le 2 ] || exec {fd}>&-
        done
        exec setsid sleep 600 <&- >&- 2>&-
    ) &
    pid=$!
    until [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = sleep ]; do kill -0 "$pid" 2>/dev/null || break; done
    "$1" dump --tree "$pid" --images-dir "$dir" --log-file log --shell-job --leave-running >/dev/null 2>&1 && ok=0
    kill -KILL "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null || true
    rm -rf "$dir"
    return $ok
}

# unpack SUITE DIR: criu and the libraries it needs, beneath DIR
unpack() {
    local suite=$1 dir=$2 mirror apt=$2/.apt packages p
    mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep -m1 '/debian/*$') || return 1
    mkdir -p "$apt"/{lists/partial,cache/archives/partial,debs}
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror%/} $suite main" >"$apt/sources.list"
    local o=(-o "Dir::Etc::sourcelist=$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
        -o Dir::Etc::preferencesparts=/dev/null -o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt/cache"
        -o Dir::State::status=/dev/null -o APT::Sandbox::User=root -o Acquire::Check-Valid-Until=false)
    apt-get "${o[@]}" update -qq || return 1
    packages=$(apt-cache "${o[@]}" depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks \
        --no-replaces --no-enhances criu | grep -E '^lib[a-z]' | grep -vE 'python|perl|debconf' | sort -u)
    # shellcheck disable=SC2086
    (cd "$apt/debs" && apt-get "${o[@]}" download -qq criu $packages) || return 1
    for p in "$apt"/debs/*.deb; do dpkg -x "$p" "$dir" || return 1; done
    rm -rf "$apt/debs" "$apt/lists"
    mkdir -p "$dir/bin"
    cat >"$dir/bin/criu" <<END
#!/bin/sh
lib=$dir/usr/lib/\$(uname -m)-linux-gnu
for ld in "\$lib"/ld-linux-*.so.* "\$lib"/../../lib64/ld-linux-*.so.*; do
    [ ! -e "\$ld" ] || exec "\$ld" --library-path "\$lib" "$dir/usr/sbin/criu" "\$@"
done
exit 127
END
    chmod 755 "$dir/bin/criu"
}

system=$(PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin command -v criu || true)
if [ -n "$system" ] && works "$system"; then
    echo "$system"
    exit 0
fi
mkdir -p build
(
    flock 9
    for suite in sid trixie; do
        dir=$PWD/build/criu-$suite
        if [ ! -x "$dir/bin/criu" ]; then
            rm -rf "$dir"
            unpack "$suite" "$dir" >"build/criu-$suite.log" 2>&1 || continue
        fi
        if works "$dir/bin/criu"; then
            echo "$dir/bin/criu"
            exit 0
        fi
    done
    echo "no criu works on kernel $(uname -r): ${system:-none is installed}, and none of a newer distribution" >&2
    exit 1
) 9>build/criu.lock
