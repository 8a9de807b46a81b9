/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The record of a container that is being created: filled from what was decided, written before each step
 * that a kill could interrupt.
 */
#pragma once

#include "runtime/host.h"

/* Everything but init, which does not exist yet. The set of cgroups must be prepared. */
int record_fill(struct host_ctx *c, struct err *reterr);

/* Write it in that phase, with init as soon as there is one. */
int record_write(struct host_ctx *c, enum state_phase phase, struct err *reterr);
