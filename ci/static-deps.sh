#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# ci/static-deps.sh DIR: builds cJSON and libseccomp from the distribution's source packages against musl, for the static
# program: DIR/lib{cjson,seccomp}.a, their headers and the kernel's in DIR/include. The packages are looked up on the
# system's own mirror, in the suites that the system uses, security updates included; its own lists are not touched.
set -euo pipefail
[ $# = 1 ] || { sed -n '4,6s/^# //p' "$0" >&2; exit 2; }
mkdir -p "$1"
dir=$(cd "$1" && pwd)
[ ! -e "$dir/complete" ] || exit 0
for tool in apt-get dpkg-source musl-gcc gperf make ar; do
    command -v "$tool" >/dev/null || { echo "static-deps: $tool is missing (ci/deps.sh installs it)" >&2; exit 1; }
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/src"

# The system's binary sources, as source-package sources.
targets() { apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' "$@" | sort -u; }
{
    targets 'Created-By: Packages' 'Origin: Debian' | grep . ||
        # before the first `apt-get update` there is no Origin
        targets 'Created-By: Packages' | grep -E '/debian(-security)?/? '
} | sed 's/^/deb-src [signed-by=\/usr\/share\/keyrings\/debian-archive-keyring.gpg] /' >"$work/sources.list"
apt=(apt-get -qq
    -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o Dir::Etc::preferencesparts=/dev/null -o "Dir::State::lists=$work/lists" -o "Dir::Cache=$work/cache"
    -o APT::Sandbox::User=root)
"${apt[@]}" update
cd "$work/src"
"${apt[@]}" --download-only source cjson libseccomp
for dsc in *.dsc; do dpkg-source --no-check -x "$dsc" "${dsc%%_*}" >/dev/null; done

# The kernel's headers belong to no libc; musl's own directory does not have them.
mkdir -p "$dir/include/cjson"
ln -sfn /usr/include/linux "$dir/include/linux"
ln -sfn /usr/include/asm-generic "$dir/include/asm-generic"
ln -sfn "/usr/include/$(gcc -print-multiarch)/asm" "$dir/include/asm"
# Small rather than fast, as the program itself (cmake/flags.cmake).
flags=(-Os -fPIE -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables -fno-unwind-tables
    -fstack-protector-strong -fstack-clash-protection -fvisibility=hidden -idirafter "$dir/include")

musl-gcc -std=c99 "${flags[@]}" -DCJSON_NESTING_LIMIT=64 -DCJSON_HIDE_SYMBOLS -c cjson/cJSON.c -o cJSON.o
ar rcs "$dir/libcjson.a" cJSON.o
cp cjson/cJSON.h "$dir/include/cjson/"
cp cjson/LICENSE "$dir/LICENSE.cjson"

cd libseccomp
./configure -q CC=musl-gcc CFLAGS="${flags[*]}" --disable-shared --enable-static >"$work/configure.log" 2>&1 ||
    { tail -n 20 "$work/configure.log" >&2; exit 1; }
make -s -C src libseccomp.la >"$work/make.log" 2>&1 || { tail -n 20 "$work/make.log" >&2; exit 1; }
cp src/.libs/libseccomp.a "$dir/"
cp include/seccomp.h include/seccomp-syscalls.h "$dir/include/"
cp LICENSE "$dir/LICENSE.libseccomp"
touch "$dir/complete" # last: its presence means done
