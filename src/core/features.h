/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The document of the `features` command (runtime-spec features.md and features-linux.md, 1.3.0): what this
 * build can do, independent of the host but for supportedFlags of seccomp. 4-space indentation and a newline
 * at the end, as runc prints it.
 */
#pragma once

#include "base/buf.h"

#include <stdbool.h>

/* Versions that only the build or a library knows. A NULL leaves the annotation out. */
struct features_info {
    const char *version;            /* of lorica, "0.1.0" */
    const char *commit;             /* "" or NULL when unknown */
    bool systemd;                   /* it can talk to systemd */
    const char *libseccomp_version; /* "2.5.4"; NULL: built without, seccomp is then not enabled */
    uint32_t seccomp_flags;         /* enum seccomp_flag: those that this kernel takes */
    uint32_t seccomp_archs;         /* 1 << enum seccomp_arch: those that the library can filter */
};

/* Failures stick in `out`. */
void features_print(const struct features_info *info, struct buf *out);
