#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# ci/check-conformance.sh [--ran]: the tables of docs/spec-conformance.md, against the tree.
#   - every file, plan operation, test and golden case that a row names is there;
#   - a golden case that a row names has the row's member in its configuration, and the operations that the row names in the plans
#     of its cases; every row names one, unless what it is about is refused or ignored;
#   - every member of config.json that the decoders know (tests/unit/list_fields.c) and every mount option
#     (src/core/tbl/mount_options.h) has a row, and no row has a member that they do not know, unless it is one that is ignored;
#   - every section of the specification that a row or a rule of validate cites is one (ci/data/spec-sections).
# With --ran: every end-to-end and unit test that a row names ran here (build/*.tap, build/vm, the log of ctest) and passed, or was skipped with a
# reason wherever it ran.
. "$(dirname "$0")/lib.sh"

doc=docs/spec-conformance.md
fields=
for build in ${BUILD:-} build/dev build/static build/release build/asan; do
    [ -z "$fields" ] && [ -x "$build/tests/list_fields" ] && fields=$build/tests/list_fields
done
[ -n "$fields" ] || die "no list of members: ci/build.sh dev"
status=0
problem() { echo "check-conformance: $*" >&2; status=1; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# The rows as lines "ROW<TAB>COLUMN<TAB>WORD", a line for each `word`; columns: field section does decode plan kernel test.
# In the column of fields "{a,b}" stands for each of them.
awk -F ' [|] ' '
    BEGIN { split("row field section does decode plan kernel test", name, " ") }
    function expand(row, col, s,    open, close_, parts, n, i) {
        if (col != "field" || !match(s, /\{[^}]*\}/)) { printf "%s\t%s\t%s\n", row, col, s; return }
        open = substr(s, 1, RSTART - 1); close_ = substr(s, RSTART + RLENGTH)
        n = split(substr(s, RSTART + 1, RLENGTH - 2), parts, ",")
        for (i = 1; i <= n; i++) expand(row, col, open parts[i] close_)
    }
    /^\| [0-9]+ \|/ {
        sub(/^\| /, ""); sub(/ \|$/, "")
        if (NF != 8) { printf "%s\tbroken\t%d columns\n", $1, NF; next }
        for (c = 2; c <= 8; c++) {
            n = split($c, piece, "`")
            for (i = 2; i <= n; i += 2) { word = piece[i]; gsub(/\\\|/, "|", word); expand($1, name[c], word) }
        }
        if ($4 ~ /^refused/) printf "%s\trefused\t-\n", $1
        if ($4 ~ /^ignored/) printf "%s\tignored\t-\n", $1
        if (++seen[$1] > 1) printf "%s\tbroken\ttwice\n", $1
        if ($1 != ++rows) printf "%s\tbroken\tnot the number after %d\n", $1, rows - 1
    }' $doc >"$tmp/words"
words() { awk -F '\t' -v c="$1" '$2 == c { print $1 "\t" $3 }' "$tmp/words"; }
rows=$(cut -f1 "$tmp/words" | sort -nu)
[ "$(wc -l <<<"$rows")" -ge 153 ] || problem "$doc has $(wc -l <<<"$rows") rows"
while IFS=$'\t' read -r row what; do [ -z "$row" ] || problem "row $row: $what"; done < <(words broken)

# ---- files and operations ----
while IFS=$'\t' read -r row file; do
    [ -e "src/core/$file" ] || problem "row $row: no file src/core/$file"
done < <(words decode)
while IFS=$'\t' read -r row file; do
    case $file in */*) ;; *) file=kernel/$file ;; esac
    [ -e "src/$file" ] || problem "row $row: no file src/$file"
done < <(words kernel)
# unknown COLUMN FILE WHAT: words of that column that are no line of FILE
unknown() {
    words "$1" | awk -F '\t' -v what="$3" 'FILENAME == ARGV[1] { there[$0] = 1; next } !($2 in there) { print "row " $1 ": " what " \"" $2 "\"" }' "$2" -
}
# report: each line of the input is a problem
report() { while IFS= read -r line; do problem "$line"; done; }
sed -n 's/^X([A-Z_0-9]*, "\([a-z-]*\)".*/\1/p' src/core/tbl/plan_ops.h >"$tmp/ops"
report < <(unknown plan "$tmp/ops" "no plan operation")
for column in section test; do
    report < <(awk -F '\t' -v c=$column '{ row[$1] = 1 } $2 == c { has[$1] = 1 } END { for (r in row) if (!(r in has)) print "row " r ": no " c }' "$tmp/words")
done

# ---- members, options, sections ----
"$fields" | sort -u >"$tmp/known"
# "field|ignored<TAB>ROW<TAB>POINTER"
awk -F '\t' 'pass == 1 { if ($2 == "ignored") ignored[$1] = 1; next }
    $2 == "field" && $3 ~ /^\// { print (($1 in ignored) ? "ignored" : "field") "\t" $1 "\t" $3 }' pass=1 "$tmp/words" pass=2 "$tmp/words" >"$tmp/fields"
report < <(awk -F '\t' 'FILENAME == ARGV[1] { has[$3] = 1; next } !($0 in has) { print $0 " has no row" }' "$tmp/fields" "$tmp/known")
# a row may name an object or an array as a whole
report < <(awk -F '\t' '
    FILENAME == ARGV[1] { for (s = $0; s != ""; sub(/\/[^\/]*$/, "", s)) known[s] = 1; next }
    $1 == "field" && !($3 in known) { print "row " $2 ": decoding does not know " $3 }' "$tmp/known" "$tmp/fields")
words field | cut -f2 >"$tmp/field-words"
for option in $(sed -n 's/^X("\([a-z-]*\)".*/\1/p' src/core/tbl/mount_options.h); do
    grep -qxF -- "$option" "$tmp/field-words" || problem "mount option $option has no row"
done
report < <(unknown section ci/data/spec-sections "the specification has no section")
report < <(grep -ohE '"(config|config-linux|runtime)\.md#[^"]*"' src/core/validate_*.c | tr -d '"' | sort -u |
    grep -vxFf ci/data/spec-sections | sed 's/^/validate: the specification has no section /')

# ---- tests ----
for file in tests/bats/*.bats; do sed -n "s|^@test \"\(.*\)\" {.*\$|$(basename "$file"): \1|p" "$file"; done >"$tmp/tests"
for file in tests/unit/test_*.c tests/kernel/test_*.c; do sed -n "s|^static void \(test_[a-z0-9_]*\)(.*|$(basename "$file"): \1|p" "$file"; done >>"$tmp/tests"
golden=tests/unit/golden
for file in $golden/*/plan $golden/exec/*.plan; do
    case=${file#"$golden/"} case=${case%/plan}
    echo "golden: ${case%.plan}"
done >>"$tmp/tests"
report < <(unknown test "$tmp/tests" "no test")

# What the cases that rows name have: "CASE<TAB>POINTER" with the elements of arrays and the names in maps as "*", "CASE<TAB>operation"
for case in $(words test | sed -n 's/.*\tgolden: //p' | sort -u); do
    plan=$golden/$case/plan config=
    case $case in exec/*) plan=$golden/$case.plan config=${case#exec/} ;; esac
    [ -e "$plan" ] || continue
    [ -n "$config" ] || config=$(sed -n 's/^config //p' "$golden/$case/case")
    jq -r '[paths | map(if type == "number" then "*" else tostring end)] | unique[] | "/" + join("/")' "$golden/${config:-$case}/config.json" |
        sed -E "p; s,^(/linux/(netDevices|timeOffsets|resources/rdma))/[^/]+,\1/*,; s,^,$case\t," | sed "/^\//s,^,$case\t,"
    sed -nE "s,^(host|init) +([a-z-]+).*,$case\t\2,p" "$plan"
done >"$tmp/golden"
report < <(awk -F '\t' '
    FILENAME == ARGV[1] { has[$1, $2] = 1; next }
    FILENAME == ARGV[2] { pointer[$2] = pointer[$2] " " $3; next }
    { rows[$1] = 1 }
    $2 == "refused" || $2 == "ignored" { free[$1] = 1 }
    $2 == "plan" { op[$1] = op[$1] " " $3 }
    $2 == "test" && $3 ~ /^golden: / { sub(/^golden: /, "", $3); cases[$1] = cases[$1] " " $3 }
    function need(row, words, what,    n, w, m, c, i, k, ok) {
        n = split(words, w, " "); m = split(cases[row], c, " ")
        for (i = 1; i <= n; i++) {
            ok = 0
            for (k = 1; k <= m; k++) if ((c[k], w[i]) in has) ok = 1
            if (!ok) print "row " row ": none of its golden plans has the " what " " w[i]
        }
    }
    END {
        for (row in rows) {
            if (!(row in cases)) { if (!(row in free)) print "row " row ": no golden plan"; continue }
            need(row, pointer[row], "member"); need(row, op[row], "operation")
        }
    }' "$tmp/golden" "$tmp/fields" "$tmp/words")

# ---- did they run? ----
if [ "${1:-}" = --ran ]; then
    # one line a test: "TITLE<TAB>passed|failed|skipped<TAB>where and why". The peers' runs say nothing about us.
    for tap in build/*.tap build/vm/*/*.tap; do
        case $tap in *-crun.tap | *-runc.tap) continue ;; esac
        [ -e "$tap" ] || continue
        awk -v where="$tap" '
            /^not ok [0-9]+ / { sub(/^not ok [0-9]+ /, ""); sub(/ # .*/, ""); print $0 "\tfailed\t" where; next }
            /^ok [0-9]+ / { sub(/^ok [0-9]+ /, ""); why = ""; how = "passed"
                if (match($0, / # skip/)) { how = "skipped"; why = substr($0, RSTART + 8); $0 = substr($0, 1, RSTART - 1) }
                print $0 "\t" how "\t" where ":" why }' "$tap"
    done >"$tmp/ran"
    for log in build/*/Testing/Temporary/LastTest.log; do
        [ -e "$log" ] || continue
        sed -nE "s,^\[ +OK +\] (test_[a-z0-9_]+).*,\1\tpassed\t$log,p; s,^\[ +SKIPPED +\] (test_[a-z0-9_]+).*,\1\tskipped\t$log: see there,p
            s,^\[ +FAILED +\] (test_[a-z0-9_]+).*,\1\tfailed\t$log,p" "$log"
    done >>"$tmp/ran"
    words test | cut -f2 | grep -v '^golden: ' | sort -u | sed 's/^[^:]*: //' >"$tmp/named"
    awk -F '\t' '
        FILENAME == ARGV[1] { how[$1, $2]++; if ($2 != "passed") why[$1] = $3; next }
        how[$1, "failed"] { print "FAILED  " $1 ": " why[$1]; bad++; next }
        how[$1, "passed"] { passed++; next }
        how[$1, "skipped"] && why[$1] ~ /: *[^ ]/ { print "skipped " $1 ": " why[$1]; skipped++; next }
        { print "NOT RUN " $1; bad++ }
        END { printf "conformance: %d tests named, %d passed, %d skipped wherever they ran, %d failed or did not run\n", passed + skipped + bad, passed, skipped, bad; exit bad > 0 }
    ' "$tmp/ran" "$tmp/named" || status=1
fi
echo "conformance: $(wc -l <<<"$rows") rows, $(wc -l <"$tmp/known") members, $(words test | cut -f2 | sort -u | wc -l) tests"
exit $status
