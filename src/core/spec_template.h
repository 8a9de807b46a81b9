/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The starter config.json of the `spec` command: key for key what runc 1.x writes, tab-indented, without a
 * newline at the end, with ociVersion 1.3.0 and the hostname "lorica".
 */
#pragma once

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

struct spec_template_options {
    bool cgroup2;  /* the host has cgroup v2 only: a cgroup namespace is added */
    bool rootless; /* for an unprivileged caller: user namespace, no network namespace, no cgroup limits */
    uint32_t uid;  /* host ids that become root inside; used with rootless only */
    uint32_t gid;
};

/* Failures stick in `out`. */
void spec_template_print(const struct spec_template_options *options, struct buf *out);
