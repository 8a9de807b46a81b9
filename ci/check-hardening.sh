#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# ci/check-hardening.sh: the release and static programs are what cmake/flags.cmake asks for, read off the files.
. "$(dirname "$0")/lib.sh"

status=0
expect() { # FILE WHAT COMMAND…
    local file=$1 what=$2
    shift 2
    "$@" >/dev/null 2>&1 || { echo "check-hardening: $file: $what is missing" >&2; status=1; }
}
# (a pipe into grep -q would end the writer by SIGPIPE)
has() { grep -qE "$1" <<<"$2"; }
elf() { has "$2" "$(readelf -W "$1" "$file")"; }
symbol() { has "$1" "$(nm -D --undefined-only "$file")"; }
debug_symbol() { has "$1" "$(nm "$file.debug")"; }
# The note that the linker would set needs every object of the C library to have it; the instructions are ours.
landing_pads() { [ "$(objdump -d --no-show-raw-insn "$file" | grep -c endbr64)" -gt 100 ]; }

for preset in release static; do
    file=build/$preset/lorica
    [ -x "$file" ] || ci/build.sh "$preset"
    expect "$file" "position independence" elf -h 'Type:.*DYN'
    expect "$file" "RELRO" elf -l 'GNU_RELRO'
    expect "$file" "immediate binding" elf -d 'BIND_NOW|FLAGS.*NOW'
    expect "$file" "a stack that is not executable" elf -l 'GNU_STACK .* RW '
    expect "$file" "no segment that is writable and executable" test -z "$(readelf -Wl "$file" | grep -E 'LOAD .* RWE')"
    expect "$file" "no search path for libraries" test -z "$(readelf -Wd "$file" | grep -E 'RPATH|RUNPATH')"
    expect "$file" "stack protector" debug_symbol '__stack_chk_fail'
    case $preset in
    release)
        expect "$file" "FORTIFY" symbol '__(mem|str|v?sn?printf|read|fprintf|printf)[a-z]*_chk'
        [ "$(uname -m)" != x86_64 ] || expect "$file" "CET" landing_pads
        ;;
    static) expect "$file" "static linking" test -z "$(readelf -Wl "$file" | grep INTERP)" ;;
    esac
done
exit $status
