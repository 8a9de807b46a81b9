# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What the scripts of ci/ share: source it first. Sets ROOT (and changes into it), JOBS, and gives:
#   say TEXT…           a heading on stderr
#   die TEXT…           an error, exit 1
#   have PROGRAM…       whether all are on PATH
#   tally NAME P F S    adds one suite's passed, failed and skipped tests to $LORICA_TALLY, if that file is named
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT"
JOBS=${JOBS:-$(nproc)}
export JOBS
# runc and others live in sbin, which is not on everybody's PATH
export PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

say() { printf '== %s\n' "$*" >&2; }
die() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}
have() {
    local p
    for p; do command -v "$p" >/dev/null || return 1; done
}
tally() {
    [ -z "${LORICA_TALLY:-}" ] || printf '%s %d %d %d\n' "$1" "$2" "$3" "$4" >>"$LORICA_TALLY"
}
# Configurations that engines wrote, for the tests that read them; without them those tests are skipped.
if [ -z "${BUNDLES_DIR:-}" ] && [ -d ../shared/reference/bundles ]; then
    BUNDLES_DIR=$(cd ../shared/reference/bundles && pwd)
fi
[ -z "${BUNDLES_DIR:-}" ] || export BUNDLES_DIR
