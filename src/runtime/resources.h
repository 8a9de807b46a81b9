/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The resources of a container as they are now: those of its configuration, or what the last update has made
 * of them.
 */
#pragma once

#include "runtime/container.h"

/* On c->arena; NULL in *ret: the configuration has none. Any lock. */
int container_resources(struct container *c, const struct config_resources **ret, struct err *reterr);

/* Replace them (atomically). The container is locked by CONTAINER_CHANGE. */
int container_store_resources(struct container *c, const struct config_resources *r, struct err *reterr);
