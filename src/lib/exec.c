/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/exeseal.h"
#include "lib/context.h"
#include "runtime/exec.h"

#include <errno.h>

static struct strings list_of(const char *const *v, size_t n)
{
    return (struct strings){.v = (const char **)(uintptr_t)v, .n = n};
}

static struct exec_request request_of(const char *id, const struct lorica_exec_options *o)
{
    return (struct exec_request){
        .id = id,
        .flags = {.args = list_of(o->args, o->n_args),
                  .env = list_of(o->env, o->n_env),
                  .cwd = o->cwd,
                  .user = o->user,
                  .additional_gids = list_of(o->additional_gids, o->n_additional_gids),
                  .caps = list_of(o->caps, o->n_caps),
                  .apparmor_profile = o->apparmor_profile,
                  .selinux_label = o->selinux_label,
                  .no_new_privs = o->no_new_privs,
                  .tty = o->tty},
        .process_file = o->process_file,
        .pid_file = o->pid_file,
        .pidfd_socket = o->pidfd_socket,
        .console_socket = o->console_socket,
        .cgroups = list_of(o->cgroups, o->n_cgroups),
        .preserve_fds = o->preserve_fds,
        .detach = o->detach,
        .ignore_paused = o->ignore_paused,
    };
}

int lorica_exec(struct lorica *l, const char *id, const struct lorica_exec_options *options, int *exit_status,
                struct lorica_error *err)
{
    static const struct lorica_exec_options none;
    struct exec_request req = request_of(id, options ? options : &none);
    struct err e;
    int r;

    err_init(&e);
    r = exeseal_is_sealed(&e);
    if (r == 0)
        r = err_state(&e, EPERM, "this program does not run from a sealed copy: call lorica_seal_self first");
    if (r > 0)
        r = container_exec(&l->rt, &req, exit_status, &e);
    if (r < 0)
        err_prefix(&e, "exec failed");
    return lib_hand_out(r, &e, err);
}
