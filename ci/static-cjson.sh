#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# ci/static-cjson.sh DIR: builds DIR/libcjson.a and DIR/include/cjson/cJSON.h from the distribution's source package of
# cJSON, with a nesting limit of 64. The package is looked up on the system's own mirror, in the suites that the system
# uses, security updates included; the system's own lists are not touched.
set -euo pipefail
[ $# = 1 ] || { sed -n '4,6s/^# //p' "$0" >&2; exit 2; }
mkdir -p "$1"
dir=$(cd "$1" && pwd)
[ ! -e "$dir/libcjson.a" ] || exit 0
for tool in apt-get dpkg-source "${CC:=cc}" ar; do
    command -v "$tool" >/dev/null || { echo "static-cjson: $tool is missing" >&2; exit 1; }
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/src"
# The system's binary sources, as source-package sources.
apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 'Origin: Debian' |
    sort -u | sed 's/^/deb-src [signed-by=\/usr\/share\/keyrings\/debian-archive-keyring.gpg] /' >"$work/sources.list"
if [ ! -s "$work/sources.list" ]; then # before the first `apt-get update` there is no Origin
    apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
        grep -E '/debian(-security)?/? ' | sort -u |
        sed 's/^/deb-src [signed-by=\/usr\/share\/keyrings\/debian-archive-keyring.gpg] /' >"$work/sources.list"
fi
apt=(apt-get -qq
    -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o Dir::Etc::preferencesparts=/dev/null -o "Dir::State::lists=$work/lists" -o "Dir::Cache=$work/cache"
    -o APT::Sandbox::User=root)
"${apt[@]}" update
(cd "$work/src" && "${apt[@]}" --download-only source cjson && dpkg-source --no-check -x ./*.dsc tree >/dev/null)

cp "$work/src/tree/LICENSE" "$dir/LICENSE"
"$CC" -std=c99 -O2 -fPIE -ffunction-sections -fdata-sections -fstack-protector-strong -fvisibility=hidden \
    -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -DCJSON_NESTING_LIMIT=64 -DCJSON_HIDE_SYMBOLS \
    -c "$work/src/tree/cJSON.c" -o "$work/cJSON.o"
mkdir -p "$dir/include/cjson"
cp "$work/src/tree/cJSON.h" "$dir/include/cjson/cJSON.h"
rm -f "$dir/libcjson.a.new"
ar rcs "$dir/libcjson.a.new" "$work/cJSON.o"
mv "$dir/libcjson.a.new" "$dir/libcjson.a" # last, and whole: its presence means done
