#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# ci/check-purity.sh [BUILD]: base and core call nothing but memory and string functions of libc (and cJSON, in one
# file), and hold no data that can change. Read off the archives of a build (default: build/dev).
. "$(dirname "$0")/lib.sh"

build=${1:-build/dev}
status=0
allowed='malloc|calloc|realloc|free|mem(cpy|move|set|cmp|chr|rchr|mem)|str(len|nlen|cmp|ncmp|chr|rchr|chrnul|str|spn|cspn|pbrk)'
allowed+='|v?snprintf|__v?snprintf_chk|__mem(cpy|move|set)_chk|qsort|bsearch|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_|abort'
allowed+='|__assert_fail|__(u?div|u?mod)ti3|__popcountdi2|cJSON_[A-Za-z]*|__isoc23_.*|__gcov_.*|__asan_.*|__ubsan_.*'
for layer in base core; do
    archive=$build/liblorica_$layer.a
    [ -e "$archive" ] || die "$archive is missing: ci/build.sh dev"
    # what is undefined in the archive and defined in neither
    defined=$(nm --defined-only "$build/liblorica_base.a" "$build/liblorica_core.a" 2>/dev/null | awk 'NF == 3 { print $3 }' | sort -u)
    while read -r symbol; do
        [[ $symbol =~ ^($allowed)$ ]] && continue
        grep -qxF -- "$symbol" <<<"$defined" && continue
        echo "check-purity: $layer calls $symbol" >&2
        status=1
    done < <(nm -u "$archive" 2>/dev/null | awk '$1 == "U" { print $2 }' | sort -u)
    # constant tables with addresses in them are in .data.rel.ro: read-only once the program is loaded
    while read -r symbol; do
        echo "check-purity: $layer holds data that can change: $symbol" >&2
        status=1
    done < <(objdump -t "$archive" 2>/dev/null |
        awk '$3 == "O" && $4 ~ /^\.(data|bss|tbss|tdata)(\.|$)/ && $4 !~ /^\.data\.rel\.ro/ { print $NF }' | grep -vE '^__gcov|^__asan')
done
exit $status
