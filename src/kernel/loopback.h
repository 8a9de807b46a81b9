/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loopback interface of a new network namespace is down; programs expect it up.
 */
#pragma once

#include "base/err.h"

/*
 * "lo" up in the caller's network namespace: two ioctls on a socket of that namespace, cheaper than netlink.
 * 0 too when it is up already; -ENODEV when there is no "lo".
 */
int loopback_up(struct err *reterr);
