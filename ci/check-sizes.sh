#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# ci/check-sizes.sh: files near 600 lines and functions near 70 want another room. Above 750 and 110 it is an error; so
# are file names that say nothing (util, misc, common, helper). Tables (core/tbl) and test data do not count.
. "$(dirname "$0")/lib.sh"

file_limit=750 function_limit=110 status=0
for file in src/*/*.[ch] fuzz/*.c; do
    lines=$(wc -l <"$file")
    [ "$lines" -le $file_limit ] || { echo "check-sizes: $file has $lines lines (at most $file_limit)" >&2; status=1; }
    case $(basename "$file") in
    *util* | *misc* | *common* | *helper*) echo "check-sizes: $file: a name that does not say what is in it" >&2; status=1 ;;
    esac
done
for file in src/*/*.c; do
    awk -v file="$file" -v limit=$function_limit '
        /^[A-Za-z_].*[^;]$/ && !/^(struct|enum|union|static const|typedef|#)/ { head = $0 }
        /^\{/ { start = NR; name = head }
        /^\}/ { if (start && NR - start > limit) { printf "check-sizes: %s:%d: %d lines: %s\n", file, start, NR - start, name; bad = 1 } start = 0 }
        END { exit bad }' "$file" >&2 || status=1
done
exit $status
