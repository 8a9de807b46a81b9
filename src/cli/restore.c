/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/criu_options.h"

static const struct option_row rows[] = {
    CRIU_OPTION_ROWS,
    {"bundle", "b", OPTION_TEXT, RESTORE_OPT(bundle), "DIR", "directory with config.json (default: .)", NULL},
    {"detach", "d", OPTION_SWITCH, RESTORE_OPT(detach), NULL, "return once the processes run", NULL},
    {"pid-file", NULL, OPTION_TEXT, RESTORE_OPT(pid_file), "FILE",
     "write the pid of the container's init to FILE", NULL},
    {"console-socket", NULL, OPTION_TEXT, RESTORE_OPT(console_socket), "SOCKET",
     "send the master of the terminal to SOCKET", NULL},
    {"no-subreaper", NULL, OPTION_SWITCH, RESTORE_OPT(no_subreaper), NULL,
     "do not adopt processes that the container leaves behind", NULL},
    {"no-pivot", NULL, OPTION_SWITCH, RESTORE_OPT(no_pivot), NULL, "for ramdisks; criu does as it must",
     NULL},
    {"lsm-profile", NULL, OPTION_TEXT, CRIU_OPT(lsm_profile), "TYPE:NAME",
     "apparmor:PROFILE or selinux:LABEL, instead of what was dumped", NULL},
    {"lsm-mount-context", NULL, OPTION_TEXT, CRIU_OPT(lsm_mount_context), "CONTEXT",
     "SELinux context of mounts, instead of what was dumped", NULL},
    OPTIONS_END,
};

static int run(const struct invocation *inv)
{
    const struct criu_values *v = inv->values;
    int exit_status = 0,
        r = lorica_restore(inv->lorica, inv->args[0], &v->create, &v->options, &exit_status, inv->err);

    return r < 0 ? r : exit_status;
}

const struct verb verb_restore = {
    .name = "restore",
    .arguments = "CONTAINER",
    .summary = "make a container of the images of a checkpoint",
    .details = "By criu. Not detached, the exit status is that of the container's program.",
    .min_args = 1,
    .max_args = 1,
    .options = rows,
    .values_size = sizeof(struct criu_values),
    .run = run,
};
