/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mounts that come and go while a container lives (created, running or paused). The record names each one
 * before it is there, with the kernel's id of the mount: what is taken away later is what was put there, or
 * nothing. All of a call's mounts are made, or none.
 *
 * Sources and file systems are opened in the caller's mount namespace; a child of ours joins the container's
 * and puts them in place by descriptor. It is not in the container's pid namespace, cannot be traced, and
 * runs nothing.
 */
#pragma once

#include "base/buf.h"
#include "runtime/runtime.h"

/* `text`: an array of mounts as in config.json, or an object with `mounts`. */
int container_mounts_add(struct runtime *rt, const char *id, const char *text, size_t len,
                         struct err *reterr);

/* The same text; only `destination` matters. -ENOENT when one of them was not added: then none is removed. */
int container_mounts_remove(struct runtime *rt, const char *id, const char *text, size_t len,
                            struct err *reterr);

/* What was added and not removed, as such an array. */
int container_mounts_list(struct runtime *rt, const char *id, struct buf *out, struct err *reterr);
