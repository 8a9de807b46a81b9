#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# ci/check-includes.sh: who may include whom (docs/ARCHITECTURE.md, "Layers"), and that each library is behind one file.
. "$(dirname "$0")/lib.sh"

status=0
complain() {
    echo "check-includes: $*" >&2
    status=1
}

# layer: the layers whose headers its files may include
declare -A may=(
    [base]="base"
    [core]="base core"
    [kernel]="base core kernel"
    [runtime]="base core kernel runtime"
    [lib]="base core kernel runtime lib"
    [cli]="cli"
)
for file in src/*/*.[ch] src/*/*/*.h; do
    layer=${file#src/}
    layer=${layer%%/*}
    while IFS=: read -r line include; do
        target=${include%%/*}
        [[ $include == */* ]] || { complain "$file:$line: \"$include\" is not written from src/"; continue; }
        [[ " ${may[$layer]} " == *" $target "* ]] && continue
        [ "$layer/$include" != cli/lib/lorica.h ] || continue
        complain "$file:$line: $layer may not include $include"
    done < <(grep -nE '^#include "' "$file" | sed -E 's/^([0-9]+):#include "([^"]*)".*/\1:\2/')
done

# the kernel layer decides nothing: of core it sees the plan's types and the pure helpers it is given
while read -r found; do
    complain "$found: the kernel layer builds no plan and reads no JSON"
done < <(grep -nE '#include "core/(plan_build|decode|validate|json|cgroup_plan|unsupported)' src/kernel/*.[ch] | cut -d: -f1,2)

only() { # HEADER FILE: the one file that includes a library's header
    while read -r found; do
        [ "$found" = "$2" ] || complain "$found includes $1, which is behind $2"
    done < <(grep -lE "#include <$1>" -r src)
}
only 'cjson/cJSON\.h' src/core/json.c
only 'seccomp\.h' src/kernel/seccomp_bpf.c
only 'systemd/sd-bus\.h' src/kernel/sdbus.h
exit $status
