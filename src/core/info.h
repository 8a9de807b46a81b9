/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The document of the `info` command: what this host offers to containers, what is missing, and what would
 * remedy it. Pure: facts in, text or JSON out.
 */
#pragma once

#include "base/buf.h"
#include "core/facts.h"

/* What the facts of a plan do not hold. Strings are borrowed; NULL where not known. */
struct info_host {
    const struct facts *facts; /* with everything of PROBE_ALL */
    const char *version;       /* of lorica */
    const char *release;       /* uname(2) */
    const char *machine;
    const char *lsms; /* "capability,landlock,apparmor" as in securityfs */
    const char *criu; /* path of the program */
    bool systemd_built, systemd_running;
    uint64_t max_user_namespaces; /* user.max_user_namespaces */
    bool has_max_user_namespaces;
    uint64_t open_files, open_files_max; /* RLIMIT_NOFILE; UINT64_MAX: no limit */
};

/* Failures stick in `out`. Text: "name: value" lines, then "missing:" lines with the remedy. */
void info_text(const struct info_host *h, struct buf *out);
/* One object, 2-space, with a newline: host, kernel, cgroup, security, tools, limits, missing[]. */
void info_json(const struct info_host *h, struct buf *out);
