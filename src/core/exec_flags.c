/* SPDX-License-Identifier: Apache-2.0 */
#include "core/exec_flags.h"

#include "core/caps.h"
#include "core/quote.h"
#include "core/user_spec.h"

#include <errno.h>

/* ---- the base ---- */

/* What protects or limits, and is not in the process file: the container's. */
static void inherit(struct config_process *p, const struct config_process *container)
{
    if (!p->has_capabilities) {
        p->has_capabilities = container->has_capabilities;
        memcpy(p->has_cap_set, container->has_cap_set, sizeof(p->has_cap_set));
        memcpy(p->capabilities, container->capabilities, sizeof(p->capabilities));
    }
    if (!p->no_new_privileges.has)
        p->no_new_privileges = container->no_new_privileges;
    if (!p->apparmor_profile)
        p->apparmor_profile = container->apparmor_profile;
    if (!p->selinux_label)
        p->selinux_label = container->selinux_label;
    if (!p->n_rlimits) {
        p->rlimits = container->rlimits;
        p->n_rlimits = container->n_rlimits;
    }
    if (!p->oom_score_adj.has)
        p->oom_score_adj = container->oom_score_adj;
    if (!p->scheduler)
        p->scheduler = container->scheduler;
    if (!p->io_priority)
        p->io_priority = container->io_priority;
    if (!p->exec_cpu_affinity)
        p->exec_cpu_affinity = container->exec_cpu_affinity;
    if (!p->user.umask.has)
        p->user.umask = container->user.umask;
}

/* ---- flags on top ---- */

static int append(struct arena *a, struct strings *to, const struct strings *more, struct err *reterr)
{
    const char **v;

    if (!more->n)
        return 0;
    v = arena_new_array(a, const char *, to->n + more->n);
    if (!v)
        return err_nomem(reterr);
    if (to->n)
        memcpy(v, to->v, to->n * sizeof(*v));
    memcpy(v + to->n, more->v, more->n * sizeof(*v));
    to->v = v;
    to->n += more->n;
    return 0;
}

static int set_user(struct config_process *p, const char *text, struct err *reterr)
{
    struct user_spec spec;
    int r = user_spec_parse(text, &spec, reterr);

    if (r < 0)
        return r;
    p->user.uid = spec.uid;
    if (spec.has_gid)
        p->user.gid = spec.gid;
    p->has_user = true;
    return 0;
}

static int add_groups(struct arena *a, struct config_process *p, const struct strings *gids,
                      struct err *reterr)
{
    size_t n = p->user.n_additional_gids;
    uint32_t *v;

    if (!gids->n)
        return 0;
    v = arena_new_array(a, uint32_t, n + gids->n);
    if (!v)
        return err_nomem(reterr);
    if (n)
        memcpy(v, p->user.additional_gids, n * sizeof(*v));
    for (size_t i = 0; i < gids->n; i++) {
        int r = user_id_parse(str_of(gids->v[i]), "additional gid", &v[n + i], reterr);

        if (r < 0)
            return r;
    }
    p->user.additional_gids = v;
    p->user.n_additional_gids = n + gids->n;
    return 0;
}

static bool has_name(const struct strings *names, const char *name)
{
    for (size_t i = 0; i < names->n; i++)
        if (streq(names->v[i], name))
            return true;
    return false;
}

/* Never to the inheritable set, from which files could give them back to another user (CVE-2022-29162). */
static int add_caps(struct arena *a, struct config_process *p, const struct strings *caps, struct err *reterr)
{
    static const enum cap_set sets[] = {CAP_SET_BOUNDING, CAP_SET_EFFECTIVE, CAP_SET_PERMITTED};
    struct strings ambient = {0};

    if (!caps->n)
        return 0;
    ambient.v = arena_new_array(a, const char *, caps->n);
    if (!ambient.v)
        return err_nomem(reterr);
    for (size_t i = 0; i < caps->n; i++) {
        char quoted[64];

        if (caps_number(str_of(caps->v[i])) < 0)
            return err_usage(reterr, "unknown capability %s",
                             quote_go_into(quoted, sizeof(quoted), str_of(caps->v[i])));
        if (has_name(&p->capabilities[CAP_SET_INHERITABLE], caps->v[i]))
            ambient.v[ambient.n++] = caps->v[i];
    }
    p->has_capabilities = true;
    for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
        int r = append(a, &p->capabilities[sets[i]], caps, reterr);

        if (r < 0)
            return r;
        p->has_cap_set[sets[i]] = true;
    }
    if (ambient.n)
        p->has_cap_set[CAP_SET_AMBIENT] = true;
    return append(a, &p->capabilities[CAP_SET_AMBIENT], &ambient, reterr);
}

static int add_flags(struct arena *a, struct config_process *p, const struct exec_flags *flags,
                     struct err *reterr)
{
    int r = flags->user ? set_user(p, flags->user, reterr) : 0;

    if (r == 0)
        r = add_groups(a, p, &flags->additional_gids, reterr);
    if (r == 0)
        r = append(a, &p->env, &flags->env, reterr);
    if (r == 0)
        r = add_caps(a, p, &flags->caps, reterr);
    if (r < 0)
        return r;
    if (flags->args.n)
        p->args = flags->args;
    if (flags->cwd)
        p->cwd = flags->cwd;
    if (flags->apparmor_profile)
        p->apparmor_profile = flags->apparmor_profile;
    if (flags->selinux_label)
        p->selinux_label = flags->selinux_label;
    if (flags->no_new_privs)
        p->no_new_privileges = (struct opt_bool){.has = true, .v = true};
    return 0;
}

int exec_flags_merge(struct arena *a, const struct exec_flags *flags, const struct config_process *container,
                     const struct config_process *file, struct config_process **ret, struct err *reterr)
{
    struct config_process *p = arena_new(a, struct config_process);
    int r;

    if (!p)
        return err_nomem(reterr);
    if (!file && !flags->args.n)
        return err_usage(reterr, "process args cannot be empty");
    *p = file ? *file : *container;
    if (file) {
        inherit(p, container);
        p->terminal = file->terminal || flags->tty;
    } else {
        p->terminal = flags->tty;
    }
    r = add_flags(a, p, flags, reterr);
    if (r == 0)
        *ret = p;
    return r;
}
