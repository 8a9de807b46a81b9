#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# ci/check-cli.sh [--write]: the table of docs/cli.md, a row for each command and option of the program with the
# end-to-end test that is named after it. Without --write it checks that the document says so, that every command and
# option has a test, and that every test of ci/data/cli-tests exists. A test is found by its title, which begins with the
# command (or has it in a list) and names the option; ci/data/cli-tests names the others: COMMAND OPTION FILE: TITLE.
. "$(dirname "$0")/lib.sh"

doc=docs/cli.md map=ci/data/cli-tests
lorica=
for build in ${BUILD:-} build/dev build/static build/release; do
    [ -z "$lorica" ] && [ -x "$build/lorica" ] && lorica=$build/lorica
done
[ -n "$lorica" ] || die "no program: ci/build.sh dev"
status=0
problem() { echo "check-cli: $*" >&2; status=1; }

titles=$(for file in tests/bats/*.bats; do sed -n "s|^@test \"\(.*\)\" {\$|$(basename "$file" .bats): \1|p" "$file"; done)
while read -r command option test; do
    case $command in '' | '#'*) continue ;; esac
    grep -qxF -- "$test" <<<"$titles" || problem "$map: no test \"$test\" (for $command $option)"
done <$map

# test_of COMMAND OPTION: "file: title", nothing when there is none. OPTION "-": the command itself.
test_of() {
    local found verb
    found=$(awk -v c="$1" -v o="$2" '$1 == c && $2 == o { sub(/^[^ ]+ +[^ ]+ +/, ""); print; exit }' $map)
    if [ -z "$found" ] && [ "$2" = - ]; then
        found=$(grep -m1 -E "^[a-z_0-9]+: ([a-z]+, )*$1[ :,]" <<<"$titles" || true)
    elif [ -z "$found" ] && [ "$1" = global ]; then
        found=$(grep -m1 -E "^[a-z_0-9]+: $2[ :,]" <<<"$titles" || true)
    elif [ -z "$found" ]; then
        # what checkpoint is tested with, restore is
        for verb in "$1" "${1/#restore/checkpoint}"; do
            [ -n "$found" ] || found=$(grep -m1 -E "^[a-z_0-9]+: (.*, )?$verb:? (.*[ ,])?$2([ :,=]|\$)" <<<"$titles" || true)
        done
    fi
    printf '%s\n' "$found"
}
cell() { sed 's/|/\\|/g' <<<"$1"; }
row() { # COMMAND OPTION SPELLING TEXT
    local test
    test=$(test_of "$1" "$2")
    [ -n "$test" ] || problem "$1 $2: no test is named after it (or stands in $map)"
    printf '| `%s` | %s | %s |\n' "$(cell "$3")" "$(cell "$4")" "$(cell "$test")"
}
options() { # COMMAND: the options of a help text on standard input
    local line name left text
    while IFS= read -r line; do
        [[ $line =~ ^\ \ \ (--([a-z0-9-]+).*)$ ]] || continue
        name=${BASH_REMATCH[2]} left=${BASH_REMATCH[1]}
        text=$(sed -E 's/^.{34} *//' <<<"${left:0:34}${left:34}")
        left=$(sed -E 's/  +.*$//' <<<"$left")
        [[ $text != "$left"* ]] || text=${text#"$left"}
        row "$1" "--$name" "$left" "${text## }"
    done
}
table() {
    local verb arguments summary
    printf '\n## Before the command\n\n| option | meaning | test |\n|---|---|---|\n'
    "$lorica" help | sed -n '/^GLOBAL/,$p' | options global
    for verb in $("$lorica" help | sed -n '/^COMMANDS:/,/^$/s/^   \([a-z]*\) .*/\1/p'); do
        [ "$verb" != help ] || continue
        arguments=$("$lorica" help "$verb" | sed -n '/^USAGE:/{n;s/^   lorica //p;q}')
        summary=$("$lorica" help "$verb" | sed -n "2s/^   lorica $verb - //p")
        printf '\n## %s\n\n| | meaning | test |\n|---|---|---|\n' "$verb"
        row "$verb" - "$arguments" "$summary"
        "$lorica" help "$verb" | sed -n '/^OPTIONS:/,$p' | options "$verb"
    done
}
document() {
    sed '/^<!-- table -->$/q' $doc
    table
}
document >"$doc.new"
if [ "${1:-}" = --write ]; then
    mv "$doc.new" $doc
else
    cmp -s "$doc.new" $doc || problem "$doc is not what the program says: ci/check-cli.sh --write"
    rm -f "$doc.new"
fi
exit $status
