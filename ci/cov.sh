#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# ci/cov.sh: line coverage of base and core by unit tests and corpus replay (what needs no root). Below MIN percent
# (default: 90) of core is an error.
. "$(dirname "$0")/lib.sh"

MIN=${MIN:-90}
ci/build.sh cov
find build/cov -name '*.gcda' -delete
ctest --test-dir build/cov -j "$JOBS" -L 'unit|replay' >build/cov/ctest.log 2>&1 || { tail -n 30 build/cov/ctest.log >&2; die "tests fail"; }
gcovr --root . --object-directory build/cov --filter 'src/(base|core)/' --txt build/cov/coverage.txt build/cov \
    >/dev/null 2>build/cov/gcovr.log || { tail -n 5 build/cov/gcovr.log >&2; die "gcovr failed"; }
cat build/cov/coverage.txt
gcovr --root . --object-directory build/cov --filter 'src/core/' --fail-under-line "$MIN" --json-summary-pretty \
    --json-summary build/cov/core.json build/cov >/dev/null 2>&1 || { tally cov 0 1 0; die "core is covered less than $MIN %"; }
tally cov 1 0 0
echo "coverage of core: $(jq -r .line_percent build/cov/core.json) % of lines (at least $MIN)"
