/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process of `exec`: what the container's own stored configuration, a process file (--process) and the
 * flags of the command line make of it together. Pure.
 *
 *   - The base is the process file where there is one, else the container's process without its arguments.
 *   - What a process file leaves out of identity, limits and protection comes from the container's process
 *     (capabilities, noNewPrivileges, labels, rlimits, oomScoreAdj, scheduler, ioPriority, execCPUAffinity,
 *     umask): less must not mean more rights. Arguments, environment, directory, user and terminal do not.
 *   - Flags come on top: cwd, user, labels replace; environment, groups and capabilities are added;
 *     noNewPrivileges can only be set. Without a process file a terminal is there when the flag says so.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "core/config.h"

struct exec_flags {
    struct strings args; /* empty: those of the process file */
    struct strings env;  /* added; of one name the last counts */
    const char *cwd;     /* NULL: not given; the same below */
    const char *user;    /* "UID[:GID]"; without GID the group stays */
    struct strings additional_gids;
    struct strings caps; /* to bounding, effective, permitted; to ambient if the process may inherit it */
    const char *apparmor_profile;
    const char *selinux_label;
    bool no_new_privs;
    bool tty;
};

/*
 * file NULL: no process file. *ret is a new object on the arena; strings and lists are shared with the
 * arguments. It is to be validated (validate_process) like one that was read. ERR_USAGE for flags that are
 * wrong, -EINVAL; -ENOMEM.
 */
int exec_flags_merge(struct arena *a, const struct exec_flags *flags, const struct config_process *container,
                     const struct config_process *file, struct config_process **ret, struct err *reterr);
