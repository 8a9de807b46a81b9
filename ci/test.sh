#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# ci/test.sh: installs what the tests need and runs all of them, as the gate does. As root: the end-to-end tests start
# containers.
cd "$(dirname "$0")/.." || exit
exec .ci/run
