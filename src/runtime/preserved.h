/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --preserve-fds: descriptors of the caller that the container's process gets.
 */
#pragma once

#include "base/err.h"

#include <stdint.h>

/* What the caller passes on must be there: a gap would be filled by a descriptor of ours. ERR_USAGE. */
int preserved_check(uint32_t n, struct err *reterr);
