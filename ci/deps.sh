#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# ci/deps.sh [--min]: installs what the tests need, as root, on Debian 12. --min: only what building and running a first
# container needs. Does nothing where everything is there already.
. "$(dirname "$0")/lib.sh"

min=(build-essential cmake git musl-tools gperf dpkg-dev libseccomp-dev libcjson-dev libsystemd-dev busybox-static jq)
all=("${min[@]}" clang libclang-rt-14-dev clang-format clang-tidy libcmocka-dev gcovr bats gojq tmux shellcheck strace
    man-db procps iproute2 criu iptables uidmap util-linux libcap2-bin keyutils apparmor secilc python3 zsh fish crun runc podman conmon containerd)

packages=("${all[@]}")
[ "${1:-}" != --min ] || packages=("${min[@]}")
missing=()
for p in "${packages[@]}"; do
    dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing+=("$p")
done
[ ${#missing[@]} -gt 0 ] || exit 0
[ "$(id -u)" = 0 ] || die "these packages are missing, and only root can install them: ${missing[*]}"
say "installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
apt-get -qq install -y --no-install-recommends "${missing[@]}" >/dev/null
