/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a person can do about an error: one sentence for those that have a usual cause. It goes into the log
 * beside the message, under the key "hint".
 */
#pragma once

#include "base/err.h"

/* NULL: nothing that would help is known. */
const char *hint_of(const struct err *e);
