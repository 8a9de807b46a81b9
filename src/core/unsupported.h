/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is decoded, validated and planned, but not executed by this version: asking for it makes create and
 * run fail instead of giving less than was asked for. `lorica plan` and `lorica validate` do not look here.
 * The table is in unsupported.c; a feature that is done loses its row.
 */
#pragma once

#include "core/plan.h"

/*
 * 0, or -EINVAL with the first such property: a CONFIG error at its pointer, "... is not supported yet".
 * -ENOMEM never.
 */
int unsupported_check(const struct config *config, const struct facts *facts,
                      const struct plan_options *options, struct err *reterr);
