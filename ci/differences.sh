#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# ci/differences.sh [--write]: the table of docs/differences.md, made of what the end-to-end tests say of other runtimes
# (`differs RUNTIME "..."`, `lorica_only "..."`). --write puts it into the document; without, it checks that it is there.
. "$(dirname "$0")/lib.sh"

doc=docs/differences.md
table() {
    echo '| test | crun | runc |'
    echo '|---|---|---|'
    awk '
        function text(s) { sub(/^[^"]*"/, "", s); sub(/"[^"]*$/, "", s); gsub(/\|/, "\\|", s); return s }
        function flush() { if (name != "" && (crun != "" || runc != "")) printf "| %s | %s | %s |\n", name, crun, runc; name = crun = runc = "" }
        /^@test "/ { flush(); name = $0; sub(/^@test "/, "", name); sub(/" *\{.*$/, "", name); gsub(/\|/, "\\|", name); inside = 1; next }
        /^}/ { flush(); inside = 0 }
        inside && /^ +differs crun / { crun = text($0) }
        inside && /^ +differs runc / { runc = text($0) }
        inside && /^ +lorica_only / { crun = runc = text($0) }
    ' tests/bats/*.bats
}
document() {
    sed '/^<!-- table -->$/q' $doc
    table
}
if [ "${1:-}" = --write ]; then
    document >"$doc.new"
    mv "$doc.new" "$doc"
else
    document | cmp -s - "$doc" || die "$doc is not what the tests say: ci/differences.sh --write"
fi
