/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ownership of standard input, output and error. A program that is not root can open /dev/stdout again only
 * when it owns what is behind it. Engines pass pipes; those, and nothing else, are given to the container's
 * user: a terminal, a device, a socket or a file on disk is the host's and keeps its owner.
 */
#pragma once

#include "base/err.h"

#include <sys/types.h>

/* The pipes among descriptors 0, 1 and 2 to that user; the group stays. A pipe that cannot change is left
 * alone. */
int stdio_give_to(uid_t uid, struct err *reterr);
