/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mounts that are added to a container that lives: the same translation as at its creation
 * (core/plan_mounts), less what cannot be done later. `config` is the configuration that the container was
 * created from; its own mounts are not looked at.
 */
#pragma once

#include "core/plan.h"

/*
 * A struct plan_mount for each of the n mounts, in their order. `options` needs the bundle (relative
 * sources). A CONFIG error names /mounts/INDEX; refused are, besides what create refuses: remounts, cgroup
 * and proc, which belong to the namespaces the container was born with, and anything on or inside /proc.
 * -ENOMEM.
 */
int plan_live_mounts(struct arena *a, const struct config *config, const struct facts *facts,
                     const struct plan_options *options, struct config_mount *mounts, size_t n,
                     struct plan_mount **ret, struct err *reterr) NODISCARD;

/*
 * The file system is one instance for each namespace of the container, or belongs to who makes it: it is made
 * by a process inside. All others, and binds, are opened outside, where their source means what the caller
 * means.
 */
bool plan_live_mount_is_inside(const struct plan_mount *m);
