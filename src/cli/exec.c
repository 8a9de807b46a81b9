/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verb.h"

#include <string.h>

struct exec_values {
    struct lorica_exec_options options;
    struct option_list env, additional_gids, caps, cgroups;
};

#define OPT(field)  offsetof(struct exec_values, options.field)
#define LIST(field) offsetof(struct exec_values, field)

static const struct option_row rows[] = {
    {"process", "p", OPTION_TEXT, OPT(process_file), "FILE", "JSON of the process; other options come on top",
     NULL},
    {"cwd", NULL, OPTION_TEXT, OPT(cwd), "DIR", "working directory in the container", NULL},
    {"env", "e", OPTION_LIST, LIST(env), "NAME=VALUE", "add to the environment (repeatable)", NULL},
    {"user", "u", OPTION_TEXT, OPT(user), "UID[:GID]", "run as this user, by number", NULL},
    {"additional-gids", "g", OPTION_LIST, LIST(additional_gids), "GID", "add a group, by number (repeatable)",
     NULL},
    {"cap", "c", OPTION_LIST, LIST(caps), "CAP",
     "add to bounding, effective and permitted capabilities (repeatable)", NULL},
    {"no-new-privs", NULL, OPTION_SWITCH, OPT(no_new_privs), NULL, "set no_new_privs", NULL},
    {"apparmor", NULL, OPTION_TEXT, OPT(apparmor_profile), "PROFILE", "AppArmor profile", NULL},
    {"process-label", NULL, OPTION_TEXT, OPT(selinux_label), "LABEL", "SELinux label", NULL},
    {"tty", "t", OPTION_SWITCH, OPT(tty), NULL, "with a terminal", NULL},
    {"console-socket", NULL, OPTION_TEXT, OPT(console_socket), "SOCKET",
     "send the terminal to this Unix socket (with --detach)", NULL},
    {"detach", "d", OPTION_SWITCH, OPT(detach), NULL, "return once the program runs", NULL},
    {"pid-file", NULL, OPTION_TEXT, OPT(pid_file), "FILE", "write the pid of the process to FILE", NULL},
    {"pidfd-socket", NULL, OPTION_TEXT, OPT(pidfd_socket), "SOCKET", "send a pidfd of the process to SOCKET",
     NULL},
    {"preserve-fds", NULL, OPTION_COUNT, OPT(preserve_fds), "N", "hand descriptors 3 to N+2 to the process",
     NULL},
    {"cgroup", NULL, OPTION_LIST, LIST(cgroups), "[CONTROLLER[,...]:]PATH",
     "run in a sub-cgroup of the container (repeatable with controllers, v1)", NULL},
    {"ignore-paused", NULL, OPTION_SWITCH, OPT(ignore_paused), NULL,
     "do not refuse a paused container: wait until it is resumed", NULL},
    OPTIONS_END,
};

static int run(const struct invocation *inv)
{
    const struct exec_values *v = inv->values;
    struct lorica_exec_options o = v->options;
    int first = inv->n_args > 1 && strcmp(inv->args[1], "--") == 0 ? 2 : 1, exit_status = 0, r;

    o.args = (const char *const *)(inv->args + first);
    o.n_args = (size_t)(inv->n_args - first);
    o.env = v->env.v;
    o.n_env = v->env.n;
    o.additional_gids = v->additional_gids.v;
    o.n_additional_gids = v->additional_gids.n;
    o.caps = v->caps.v;
    o.n_caps = v->caps.n;
    o.cgroups = v->cgroups.v;
    o.n_cgroups = v->cgroups.n;
    r = lorica_exec(inv->lorica, inv->args[0], &o, &exit_status, inv->err);
    return r < 0 ? r : exit_status;
}

const struct verb verb_exec = {
    .name = "exec",
    .arguments = "CONTAINER [COMMAND [ARG...]]",
    .summary = "run one more process in a container",
    .details =
        "Options end at the container: what follows is the command. The base of the process is what\n"
        "   the container was created with. The exit status is that of the program, 128 + N when signal\n"
        "   N ended it, and 255 when it could not be run.",
    .min_args = 1,
    .max_args = VERB_ANY_ARGS,
    .completes_containers = true,
    .makes_container = true,
    .ends_options = true,
    .failure_status = 255,
    .options = rows,
    .values_size = sizeof(struct exec_values),
    .run = run,
};
