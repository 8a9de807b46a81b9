/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shapes of the configuration's larger objects, one file each (decode_process.c, decode_linux.c, ...).
 * Only for the decode files; everybody else calls core/decode.h.
 */
#pragma once

#include "core/decode_fields.h"

extern const struct shape decode_config_shape;    /* struct config: the document */
extern const struct shape decode_hook_shape;      /* struct config_hook */
extern const struct shape decode_hooks_shape;     /* struct config: the six lists */
extern const struct shape decode_idmap_shape;     /* struct config_idmap */
extern const struct shape decode_linux_shape;     /* struct config_linux */
extern const struct shape decode_mount_shape;     /* struct config_mount */
extern const struct shape decode_process_shape;   /* struct config_process */
extern const struct shape decode_resources_shape; /* struct config_resources */
extern const struct shape decode_seccomp_shape;   /* struct config_seccomp */
