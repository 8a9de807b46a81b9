#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# ci/check-security.sh: every test that docs/security.md names is there, and every row names one.
. "$(dirname "$0")/lib.sh"

doc=docs/security.md
status=0
problem() { echo "check-security: $*" >&2; status=1; }

rows=$(grep -cE '^\| [0-9]+ \|' $doc)
[ "$rows" -ge 67 ] || problem "$doc has $rows rows"
n=0
while IFS= read -r row; do
    n=$((n + 1))
    number=${row#| }
    number=${number%% *}
    [ "$number" = $n ] || problem "row $number stands where $n is expected"
    column=${row##* | }
    [[ $column == *'`'* ]] || problem "row $number names no test"
    # shellcheck disable=SC2016 # backquotes of the document
    while IFS= read -r name; do
        case $name in
        *.bats:*)
            file=tests/bats/${name%%:*}
            if ! grep -qsF -- "@test \"${name#*: }\" {" "$file"; then problem "row $number: no test \"$name\""; fi
            ;;
        test_*.c:*)
            file=$(find tests/unit tests/kernel -name "${name%%:*}")
            if [ -z "$file" ] || ! grep -qE -- "cmocka_unit_test(_setup_teardown)?\(\s*${name#*: }[,)]" "$file"; then
                problem "row $number: no test \"$name\""
            fi
            ;;
        fuzz_*) [ -e "fuzz/$name.c" ] || problem "row $number: no fuzz target $name" ;;
        *) problem "row $number: \`$name\` is no test" ;;
        esac
    done < <(grep -oE '`[^`]+`' <<<"$column" | tr -d '`')
done < <(grep -E '^\| [0-9]+ \|' $doc)
exit $status
