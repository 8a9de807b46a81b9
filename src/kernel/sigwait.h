/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waiting for signals of every number. The raw calls: a C library keeps the signals that it uses itself (32,
 * 33, with some 34) out of every set, and those must be held back and forwarded too.
 */
#pragma once

#include "base/err.h"

#include <stdint.h>

/* Hold back every signal from now on; the mask before in *old. */
int sigwait_hold(uint64_t *old, struct err *reterr);
int sigwait_restore(uint64_t old, struct err *reterr);

/* The next signal that is pending, whatever it is. Blocks. */
int sigwait_next(int *ret, struct err *reterr);
